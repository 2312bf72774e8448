//! The rank of one title for a typed text, and the places that match.
//! Imports `index`, `typed` and `distance`.

use super::distance::{MAX_UNITS, part_starts};
use super::index::Index;
use super::typed::{FuzzyPattern, TypedText};

/// How well a title matches a text; lower is better. Titles of equal rank sort by popularity.
pub(super) type Rank = u32;

/// The title is the text.
pub(super) const WHOLE: Rank = 0;
/// It begins with the text.
pub(super) const BEGINNING: Rank = 1;
/// The title is the text but for one typo.
pub(super) const NEARLY_WHOLE: Rank = 2;
/// A word in it begins with the text.
pub(super) const WORD_BEGINNING: Rank = 3;
/// It has all the words, in another order.
pub(super) const WORDS: Rank = 4;
/// The text is somewhere inside.
pub(super) const INSIDE: Rank = 5;
/// Base rank of matches with typos. Three are added for each typo between the text and a part of
/// the title, then 0 if the part is the title's beginning, 1 if it begins another word, 2
/// otherwise. A match of the whole title ranks as 2 with one typo fewer.
pub(super) const TYPOS: Rank = 6;
/// Base rank of matches word by word; one is added for each typo.
pub(super) const TYPO_WORDS: Rank = 32;

impl Index {
    /// Returns the rank of a title that has the text, or all its words, without a typo.
    pub(super) fn rank_exact(&self, typed: &TypedText, title: usize) -> Option<Rank> {
        if typed.signature & !self.signatures[title] != 0 {
            return None;
        }
        let units = self.title(title);
        match self.find_exact(title, &typed.units) {
            Some(0) if units.len() == typed.units.len() => Some(WHOLE),
            Some(0) => Some(BEGINNING),
            Some(at) if self.starts_word(title, at) => Some(WORD_BEGINNING),
            Some(_) if typed.is_found_inside() => Some(INSIDE),
            _ => {
                (typed.words.len() > 1 && self.find_words(typed, title).is_some()).then_some(WORDS)
            }
        }
    }

    /// Returns where the units are in a title: at its beginning, else at the beginning of a word,
    /// else anywhere.
    pub(super) fn find_exact(&self, title: usize, typed: &[u16]) -> Option<usize> {
        let units = self.title(title);
        let last = units.len().checked_sub(typed.len())?;
        let mut inside = None;
        for at in 0..=last {
            if units[at] == typed[0] && units[at..].starts_with(typed) {
                if at == 0 || self.starts_word(title, at) {
                    return Some(at);
                }
                inside = inside.or(Some(at));
            }
        }
        inside
    }

    /// Returns where each of the words begins a word of the title, or `None` if one of them does
    /// not.
    pub(super) fn find_words(&self, typed: &TypedText, title: usize) -> Option<Vec<[usize; 2]>> {
        let place = |word: &Vec<u16>| {
            let at = self.find_exact(title, word)?;
            self.starts_word(title, at).then_some([at, at + word.len()])
        };
        typed.words.iter().map(place).collect()
    }

    /// Returns the rank of a title that is the text but for some typos.
    pub(super) fn rank_whole_with_typos(
        &self,
        whole: &FuzzyPattern,
        typed: &TypedText,
        title: usize,
    ) -> Option<Rank> {
        let units = self.title(title);
        let fits =
            units.len() <= MAX_UNITS && typed.units.len() <= MAX_UNITS && typed.units.len() > 2;
        let few = whole.typos.max(1);
        if !fits
            || units.len().abs_diff(typed.units.len()) > few as usize
            || !whole.may_be_in(self.signatures[title], few)
        {
            return None;
        }
        match whole.pattern.distance_to(units) {
            1 => Some(NEARLY_WHOLE),
            distance => (distance <= whole.typos).then_some(TYPOS + distance * 3 - 1),
        }
    }

    /// Returns the rank of a title with a part that is the text but for some typos.
    pub(super) fn rank_part_with_typos(
        &self,
        whole: &FuzzyPattern,
        typed: &TypedText,
        title: usize,
    ) -> Option<Rank> {
        let (distance, start, _) = self.find_nearest(whole, title)?;
        let rank = match start {
            0 => 0,
            start if self.starts_word(title, start) => 1,
            _ if typed.units.len() < 6 => return None,
            _ => 2,
        };
        Some(TYPOS + distance * 3 + rank)
    }

    /// Returns the distance, start and end of the nearest part of a title, if it is near enough.
    pub(super) fn find_nearest(
        &self,
        word: &FuzzyPattern,
        title: usize,
    ) -> Option<(u32, usize, usize)> {
        if !word.may_be_in(self.signatures[title], word.typos) {
            return None;
        }
        let units = self.title(title);
        let (distance, end) = word.pattern.nearest_part(units);
        if distance > word.typos || end == 0 {
            return None;
        }
        let mut best: Option<(bool, usize)> = None;
        part_starts(&word.reversed, &units[..end], distance, |start| {
            let found = (start != 0 && !self.starts_word(title, start), start);
            best = Some(best.map_or(found, |old| old.min(found)));
        });
        best.map(|(_, start)| (distance, start, end))
    }

    /// Returns the rank of a title that has every word but for some typos.
    pub(super) fn rank_words_with_typos(
        &self,
        words: &[FuzzyPattern],
        title: usize,
    ) -> Option<Rank> {
        let mut sum = 0;
        for word in words {
            let (distance, start, _) = self.find_nearest(word, title)?;
            if !self.starts_word(title, start) {
                return None;
            }
            sum += distance;
        }
        Some(TYPO_WORDS + sum)
    }
}
