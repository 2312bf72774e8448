//! Splits texts into sentences, which are the training examples.
//! It imports nothing of the crate.

/// A training sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence<'a> {
    /// The sentence.
    pub text: &'a str,
    /// The position of its text, if other sentences come from the same text.
    pub of: Option<u32>,
}

/// Returns the sentences of a text that have at least four words.
#[must_use]
pub fn sentences(text: &str) -> Vec<&str> {
    /// Abbreviations. A full stop behind one does not end a sentence.
    const SHORT: [&str; 16] = [
        "Mr.", "Mrs.", "Ms.", "Dr.", "St.", "vs.", "No.", "Jr.", "Sr.", "Prof.", "Lt.", "Col.",
        "Gen.", "Sgt.", "Vol.", "etc.",
    ];
    let mut found = Vec::new();
    let mut start = 0;
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        if !matches!(c, '.' | '!' | '?' | '…') {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some(&(at, c)) = rest.peek()
            && matches!(c, '.' | '!' | '?' | '…' | '"' | '\'' | '”' | '’' | ')' | ']')
        {
            end = at + c.len_utf8();
            rest.next();
        }
        let behind = &text[end..];
        let next = behind.trim_start();
        let begins = next
            .trim_start_matches(['"', '\'', '“', '‘', '(', '['])
            .starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
        let last = text[start..end].rsplit(char::is_whitespace).next().unwrap_or_default();
        let initial = last.chars().count() == 2 && last.starts_with(char::is_uppercase);
        if next.len() < behind.len() && begins && !initial && !SHORT.contains(&last) {
            found.push(text[start..end].trim());
            start = end;
        }
    }
    found.push(text[start..].trim());
    found.retain(|sentence| sentence.split_whitespace().count() >= 4);
    found
}

/// Returns the sentences of all texts, each with the position of its text.
#[must_use]
pub fn sentences_of(texts: &[(u32, String)]) -> Vec<Sentence<'_>> {
    let mut all = Vec::new();
    for (of, (_, text)) in (0..).zip(texts) {
        all.extend(sentences(text).into_iter().map(|text| Sentence { text, of: Some(of) }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_into_sentences() {
        let text = "Mr. Sato met J. Doe at noon. \"Who are you?\" he asked… Then it was over! \
            Gone (for good). 3 years passed by then.";
        assert_eq!(
            sentences(text),
            [
                "Mr. Sato met J. Doe at noon.",
                "\"Who are you?\" he asked…",
                "Then it was over!",
                "3 years passed by then."
            ],
        );
        assert_eq!(sentences("too short"), [""; 0]);
        assert_eq!(sentences("no full stop at all"), ["no full stop at all"]);
    }
}
