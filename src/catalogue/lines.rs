//! The lines of a text by number. Imports nothing of the crate.
//! A column of texts is one text with an item a line.

/// The lines of one text, by number.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    text: String,
    /// Where each line starts, then where a line after the last would start.
    starts: Vec<u32>,
}

impl Lines {
    pub(super) fn new(text: String) -> Self {
        let ends = text.bytes().zip(1..).filter(|&(byte, _)| byte == b'\n').map(|(_, next)| next);
        let starts = std::iter::once(0).chain(ends).chain([text.len() as u32 + 1]).collect();
        Self { text, starts }
    }

    pub(super) fn get(&self, line: u32) -> &str {
        let (start, next) = (self.starts[line as usize], self.starts[line as usize + 1]);
        &self.text[start as usize..next as usize - 1]
    }
}
