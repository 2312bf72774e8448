//! A typed text, and its parts prepared for a search with typos.
//! Imports `fold` and `distance`.

use super::distance::{MAX_UNITS, Pattern};
use super::fold::fold;

/// Most letters of a text that the search reads; the longest title of the anime release has 213.
const MAX_TYPED: usize = 512;

/// Most words of a text that the search looks for one by one.
const MAX_WORDS: usize = 8;

/// A typed text, folded.
pub(super) struct TypedText {
    pub(super) units: Vec<u16>,
    pub(super) words: Vec<Vec<u16>>,
    pub(super) signature: u64,
}

impl TypedText {
    pub(super) fn new(text: &str) -> Self {
        let mut typed = Self { units: Vec::new(), words: Vec::new(), signature: 0 };
        // A letter makes two units at most. This also cuts a text that is only marks.
        let end = text.char_indices().nth(4 * MAX_TYPED).map_or(text.len(), |(at, _)| at);
        fold(&text[..end], |unit| {
            if typed.units.len() == MAX_TYPED {
                return;
            }
            if unit.starts_word {
                typed.words.push(Vec::new());
            }
            typed.units.push(unit.value);
            typed.signature |= signature_bit(unit.value);
            typed.words.last_mut().expect("the first unit starts a word").push(unit.value);
        });
        if typed.words.len() > MAX_WORDS || typed.words.iter().any(|word| word.len() > MAX_UNITS) {
            typed.words.clear();
        }
        typed
    }

    /// Returns the pattern for a search with typos: the text, or the beginning of a very long one.
    pub(super) fn to_pattern(&self) -> FuzzyPattern {
        FuzzyPattern::new(&self.units[..self.units.len().min(MAX_UNITS)])
    }

    /// Says whether the text may match inside a word: from three letters on, and any text in
    /// Chinese or Japanese, which do not separate words.
    pub(super) fn is_found_inside(&self) -> bool {
        self.units.len() > 2 || self.units.iter().any(|&unit| unit >= 0x2e80)
    }

    /// Says whether a whole title is the text but for the allowed typos.
    pub(super) fn is_near_whole(&self, units: &[u16]) -> bool {
        let whole = self.to_pattern();
        self.units.len() <= MAX_UNITS && whole.pattern.distance_to(units) <= whole.typos
    }
}

/// A part of a text, prepared for a search with typos.
pub(super) struct FuzzyPattern {
    pub(super) pattern: Pattern,
    pub(super) reversed: Pattern,
    pub(super) signature: u64,
    pub(super) typos: u32,
}

impl FuzzyPattern {
    pub(super) fn new(units: &[u16]) -> Self {
        Self {
            pattern: Pattern::new(units.iter().copied()),
            reversed: Pattern::new(units.iter().rev().copied()),
            signature: units.iter().fold(0, |signature, &unit| signature | signature_bit(unit)),
            typos: typos(units.len()),
        }
    }

    /// Says whether a title with this signature lacks at most `missing` of the letters.
    pub(super) fn may_be_in(&self, signature: u64, missing: u32) -> bool {
        (self.signature & !signature).count_ones() <= missing
    }
}

/// Returns how many typos a text of this length may have. Two edits may take two letters from a
/// title of nine.
fn typos(units: usize) -> u32 {
    match units {
        0..=3 => 0,
        4..=6 => 1,
        7..=19 => 2,
        _ => 3,
    }
}

/// Returns the bit of a unit in a signature; each ASCII letter has its own.
pub(super) fn signature_bit(unit: u16) -> u64 {
    1 << (unit.wrapping_mul(0x9e37) >> 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_tell_the_letters_apart() {
        let bits: std::collections::BTreeSet<u64> =
            (b'a'..=b'z').map(|letter| signature_bit(u16::from(letter))).collect();
        assert_eq!(bits.len(), 26);
    }
}
