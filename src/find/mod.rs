//! Titles by what is typed: beginnings, parts, words in any order, and all of it with typos.
//!
//! Everything is compared folded (see [`fold`]), with the spaces left out, so that "steinsgate" and "K-ON" are no
//! typos. An index of a few megabytes is made by the first question; a release is opened without it.

mod distance;
mod fold;

use std::cmp::Reverse;

use distance::{MAX_UNITS, Pattern, starts};
pub use fold::{Unit, fold};

/// Most letters of a text that are looked at; the longest title of the anime release has 213.
const MAX_TYPED: usize = 512;

/// Most words of a text that are looked for one by one.
const MAX_WORDS: usize = 8;

/// How a title answers a text; the least is the best. Titles of equal rank go by popularity.
type Rank = u32;

/// The title is the text.
const WHOLE: Rank = 0;
/// It begins with the text.
const BEGINNING: Rank = 1;
/// The title is the text but for one typo.
const NEARLY_WHOLE: Rank = 2;
/// A word in it begins with the text.
const WORD_BEGINNING: Rank = 3;
/// It has all the words, in another order.
const WORDS: Rank = 4;
/// The text is somewhere inside.
const INSIDE: Rank = 5;
/// And three for each typo between the text and the title's beginning, one more for another word's, two more for
/// another part. The whole title counts as another part with one typo less.
const TYPOS: Rank = 6;
/// And one for each typo between the words and words of the title.
const TYPO_WORDS: Rank = 32;

/// A title that answers a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The item.
    pub row: u32,
    /// Which of the columns the title is from.
    pub column: usize,
    /// The parts that match, in UTF-16 code units: starts and ends, ascending.
    pub spans: Vec<[u32; 2]>,
}

/// Folded titles of one or several columns.
#[derive(Debug, Clone, Default)]
pub struct Index {
    rows: usize,
    /// All titles, one after the other, column by column.
    units: Vec<u16>,
    /// One bit a unit.
    word_starts: Vec<u64>,
    /// Where each title starts, and the end of the last.
    starts: Vec<u32>,
    /// One bit for each unit of a title, by its hash.
    signatures: Vec<u64>,
}

/// A text that is looked for.
struct Typed {
    units: Vec<u16>,
    words: Vec<Vec<u16>>,
    signature: u64,
}

impl Index {
    /// Returns the index of these columns of titles, all of the same length.
    pub fn new<'a>(columns: impl Iterator<Item = &'a str>) -> Self {
        let mut index = Self::default();
        columns.for_each(|column| index.add(column));
        index
    }

    /// Adds a column of titles, a line each.
    pub fn add(&mut self, column: &str) {
        self.units.reserve(column.len());
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.rows = 0;
        for title in column.split('\n') {
            self.rows += 1;
            self.push(title);
        }
    }

    /// How many columns it has.
    pub fn columns(&self) -> usize {
        self.signatures.len() / self.rows.max(1)
    }

    fn push(&mut self, title: &str) {
        let mut signature = 0;
        let Self { units, word_starts, .. } = self;
        fold(title, |Unit { value, starts_word, .. }| {
            let at = units.len();
            if at % 64 == 0 {
                word_starts.push(0);
            }
            word_starts[at / 64] |= u64::from(starts_word) << (at % 64);
            signature |= bit(value);
            units.push(value);
        });
        self.starts.push(self.units.len() as u32);
        self.signatures.push(signature);
    }

    /// Returns the rows of which a title of column `column` has the same letters and digits as `text`.
    ///
    /// Nothing is said, by `None`, of a text that has none.
    pub fn rows_like(&self, text: &str, column: usize) -> Option<Vec<u32>> {
        let mut units = Vec::new();
        fold(text, |unit| units.push(unit.value));
        let titles = column * self.rows..(column + 1) * self.rows;
        let rows =
            titles.zip(0..).filter(|&(title, _)| self.title(title) == units).map(|(_, row)| row);
        (!units.is_empty()).then(|| rows.collect())
    }

    /// Returns the `n` best rows for `text`, each once; among equals those with most `members` first.
    pub fn find<'a>(
        &self,
        text: &str,
        n: usize,
        members: &[u32],
        original: impl Fn(u32, usize) -> &'a str,
    ) -> Vec<Hit> {
        let typed = Typed::new(text);
        if typed.units.is_empty() || n == 0 {
            return Vec::new();
        }
        // The best rank of each row, and the column it comes from.
        let mut best: Vec<Option<(Rank, usize)>> = vec![None; self.rows];
        let better = |at: &mut Option<(Rank, usize)>, found: (Rank, usize)| {
            if at.is_none_or(|old| found < old) {
                *at = Some(found);
            }
        };
        let whole = typed.whole();
        self.each(|row, column, title| {
            let rank = self.exact(&typed, title).or_else(|| self.nearly(&whole, &typed, title));
            if let Some(rank) = rank {
                better(&mut best[row], (rank, column));
            }
        });
        // What is typed right is found by now; the rest is looked for only where there is room for it.
        if whole.typos > 0 && best.iter().flatten().count() < n {
            self.each(|row, column, title| {
                if best[row].is_none_or(|(rank, _)| rank >= TYPOS)
                    && let Some(rank) = self.near(&whole, &typed, title)
                {
                    better(&mut best[row], (rank, column));
                }
            });
            let words: Vec<Word> = typed.words.iter().map(|word| Word::new(word)).collect();
            if words.len() > 1 {
                self.each(|row, column, title| {
                    if best[row].is_none() {
                        best[row] = self.near_words(&words, title).map(|rank| (rank, column));
                    }
                });
            }
        }
        // The n best so far, ascending: few of many, so that most are only compared with the last of them.
        let mut found: Vec<(Rank, Reverse<u32>, u32, usize)> = Vec::new();
        for (best, row) in best.iter().zip(0_u32..) {
            let Some((rank, column)) = *best else { continue };
            let hit = (rank, Reverse(members[row as usize]), row, column);
            if found.len() < n || found.last().is_some_and(|last| hit < *last) {
                found.truncate(n - 1);
                found.insert(found.partition_point(|other| *other < hit), hit);
            }
        }
        let hit = |(rank, _, row, column): (Rank, Reverse<u32>, u32, usize)| {
            let title = column * self.rows + row as usize;
            let spans = self.spans(rank, &typed, title, original(row, column));
            Hit { row, column, spans }
        };
        found.into_iter().map(hit).collect()
    }

    fn title(&self, title: usize) -> &[u16] {
        &self.units[self.starts[title] as usize..self.starts[title + 1] as usize]
    }

    /// Calls `each` with the row, the column and the number of every title that is not empty.
    fn each(&self, mut each: impl FnMut(usize, usize, usize)) {
        for (column, first) in (0..self.signatures.len()).step_by(self.rows.max(1)).enumerate() {
            for row in 0..self.rows {
                if self.signatures[first + row] != 0 {
                    each(row, column, first + row);
                }
            }
        }
    }

    fn starts_word(&self, title: usize, at: usize) -> bool {
        let at = self.starts[title] as usize + at;
        self.word_starts[at / 64] >> (at % 64) & 1 == 1
    }

    /// The rank of a title that has the text, or all its words, to the letter.
    fn exact(&self, typed: &Typed, title: usize) -> Option<Rank> {
        if typed.signature & !self.signatures[title] != 0 {
            return None;
        }
        let units = self.title(title);
        match self.place(title, &typed.units) {
            Some(0) if units.len() == typed.units.len() => Some(WHOLE),
            Some(0) => Some(BEGINNING),
            Some(at) if self.starts_word(title, at) => Some(WORD_BEGINNING),
            Some(_) if typed.is_found_inside() => Some(INSIDE),
            _ => {
                (typed.words.len() > 1 && self.word_places(typed, title).is_some()).then_some(WORDS)
            }
        }
    }

    /// Where the units stand in a title: at its beginning, else at that of a word, else anywhere.
    fn place(&self, title: usize, typed: &[u16]) -> Option<usize> {
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

    /// Where each of the words begins a word of the title; none if one does not.
    fn word_places(&self, typed: &Typed, title: usize) -> Option<Vec<[usize; 2]>> {
        let place = |word: &Vec<u16>| {
            let at = self.place(title, word)?;
            self.starts_word(title, at).then_some([at, at + word.len()])
        };
        typed.words.iter().map(place).collect()
    }

    /// The rank of a title that is the text but for some typos.
    fn nearly(&self, whole: &Word, typed: &Typed, title: usize) -> Option<Rank> {
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
        match whole.pattern.whole(units) {
            1 => Some(NEARLY_WHOLE),
            distance => (distance <= whole.typos).then_some(TYPOS + distance * 3 - 1),
        }
    }

    /// The rank of a title with a part that is the text but for some typos.
    fn near(&self, whole: &Word, typed: &Typed, title: usize) -> Option<Rank> {
        let (distance, start, _) = self.near_place(whole, title)?;
        let rank = match start {
            0 => 0,
            start if self.starts_word(title, start) => 1,
            _ if typed.units.len() < 6 => return None,
            _ => 2,
        };
        Some(TYPOS + distance * 3 + rank)
    }

    /// The distance, start and end of the nearest part of a title, if it is near enough.
    fn near_place(&self, word: &Word, title: usize) -> Option<(u32, usize, usize)> {
        if !word.may_be_in(self.signatures[title], word.typos) {
            return None;
        }
        let units = self.title(title);
        let (distance, end) = word.pattern.nearest(units);
        if distance > word.typos || end == 0 {
            return None;
        }
        let mut best: Option<(bool, usize)> = None;
        starts(&word.reversed, &units[..end], distance, |start| {
            let found = (start != 0 && !self.starts_word(title, start), start);
            best = Some(best.map_or(found, |old| old.min(found)));
        });
        best.map(|(_, start)| (distance, start, end))
    }

    /// The rank of a title in which every word is found but for some typos.
    fn near_words(&self, words: &[Word], title: usize) -> Option<Rank> {
        let mut sum = 0;
        for word in words {
            let (distance, start, _) = self.near_place(word, title)?;
            if !self.starts_word(title, start) {
                return None;
            }
            sum += distance;
        }
        Some(TYPO_WORDS + sum)
    }

    /// The parts of the original title that match.
    fn spans(&self, rank: Rank, typed: &Typed, title: usize, original: &str) -> Vec<[u32; 2]> {
        let units = self.title(title);
        let mut parts = match rank {
            WHOLE | NEARLY_WHOLE => vec![[0, units.len()]],
            BEGINNING | WORD_BEGINNING | INSIDE => {
                let at = self.place(title, &typed.units).unwrap_or(0);
                vec![[at, at + typed.units.len()]]
            }
            WORDS => self.word_places(typed, title).unwrap_or_default(),
            TYPO_WORDS.. => {
                let words = typed.words.iter().map(|word| Word::new(word));
                let place = |word: Word| self.near_place(&word, title);
                words.filter_map(place).map(|(_, start, end)| [start, end]).collect()
            }
            _ if rank % 3 == (TYPOS + 2) % 3 && typed.is_near_whole(units) => {
                vec![[0, units.len()]]
            }
            _ => {
                let place = self.near_place(&typed.whole(), title);
                place.map(|(_, start, end)| [start, end]).into_iter().collect()
            }
        };
        parts.sort_unstable();
        let mut places = Vec::with_capacity(units.len());
        fold(original, |unit| places.push(unit.span));
        let mut spans: Vec<[u32; 2]> = Vec::new();
        for [start, end] in parts.into_iter().filter(|[start, end]| start < end) {
            let span = [places[start][0], places[end - 1][1]];
            match spans.last_mut() {
                Some(last) if span[0] <= last[1] => last[1] = last[1].max(span[1]),
                _ => spans.push(span),
            }
        }
        spans
    }
}

impl Typed {
    fn new(text: &str) -> Self {
        let mut typed = Self { units: Vec::new(), words: Vec::new(), signature: 0 };
        // A letter makes two units at most; a text of marks alone is cut as well.
        let end = text.char_indices().nth(4 * MAX_TYPED).map_or(text.len(), |(at, _)| at);
        fold(&text[..end], |unit| {
            if typed.units.len() == MAX_TYPED {
                return;
            }
            if unit.starts_word {
                typed.words.push(Vec::new());
            }
            typed.units.push(unit.value);
            typed.signature |= bit(unit.value);
            typed.words.last_mut().expect("the first unit starts a word").push(unit.value);
        });
        if typed.words.len() > MAX_WORDS || typed.words.iter().any(|word| word.len() > MAX_UNITS) {
            typed.words.clear();
        }
        typed
    }

    /// What typos are looked for in: the text, or the beginning of a very long one.
    fn whole(&self) -> Word {
        Word::new(&self.units[..self.units.len().min(MAX_UNITS)])
    }

    /// A part of a word says something from three letters on; in Chinese and Japanese there are no words to begin.
    fn is_found_inside(&self) -> bool {
        self.units.len() > 2 || self.units.iter().any(|&unit| unit >= 0x2e80)
    }

    fn is_near_whole(&self, units: &[u16]) -> bool {
        let whole = self.whole();
        self.units.len() <= MAX_UNITS && whole.pattern.whole(units) <= whole.typos
    }
}

/// A part of a text, prepared for being looked for with typos.
struct Word {
    pattern: Pattern,
    reversed: Pattern,
    signature: u64,
    typos: u32,
}

impl Word {
    fn new(units: &[u16]) -> Self {
        Self {
            pattern: Pattern::new(units.iter().copied()),
            reversed: Pattern::new(units.iter().rev().copied()),
            signature: units.iter().fold(0, |signature, &unit| signature | bit(unit)),
            typos: typos(units.len()),
        }
    }

    /// Says whether a title of this signature has all letters but so many.
    fn may_be_in(&self, signature: u64, but: u32) -> bool {
        (self.signature & !signature).count_ones() <= but
    }
}

/// How many typos a text of this length may have. Two edits may take two letters from a title of nine.
fn typos(units: usize) -> u32 {
    match units {
        0..=3 => 0,
        4..=6 => 1,
        7..=19 => 2,
        _ => 3,
    }
}

/// The bit that stands for a unit in a signature; the letters of ASCII have one each.
fn bit(unit: u16) -> u64 {
    1 << (unit.wrapping_mul(0x9e37) >> 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLES: [&str; 3] = [
        "Cowboy Bebop\nNaruto\nSteins;Gate\nShingeki no Kyojin\nK-On!\nHunter x Hunter\nNaruto: Shippuuden\n!!!\nBebop",
        "\n\n\nAttack on Titan\n\n\n\n\n",
        "カウボーイビバップ\nナルト\n\n進撃の巨人\nけいおん!\nHUNTER×HUNTER\n\n\n",
    ];
    const MEMBERS: [u32; 9] = [9, 8, 7, 6, 5, 4, 30, 2, 1];

    /// The titles found, with the parts that match in brackets.
    fn found(text: &str) -> Vec<String> {
        let title = |row: u32, column: usize| TITLES[column].split('\n').nth(row as usize).unwrap();
        let hits = Index::new(TITLES.into_iter()).find(text, 5, &MEMBERS, title);
        let marked = |hit: Hit| {
            let mut units: Vec<u16> = title(hit.row, hit.column).encode_utf16().collect();
            for [start, end] in hit.spans.into_iter().rev() {
                units.insert(end as usize, u16::from(b']'));
                units.insert(start as usize, u16::from(b'['));
            }
            String::from_utf16(&units).unwrap()
        };
        hits.into_iter().map(marked).collect()
    }

    #[test]
    fn the_best_way_to_match_comes_first() {
        assert_eq!(found("naruto"), ["[Naruto]", "[Naruto]: Shippuuden"], "whole before popular");
        assert_eq!(found("na"), ["[Na]ruto: Shippuuden", "[Na]ruto"], "popular first among equals");
        assert_eq!(found("bebop"), ["[Bebop]", "Cowboy [Bebop]"]);
        assert_eq!(found("on titan"), ["Attack [on Titan]"]);
        assert_eq!(found("eins"), ["St[eins];Gate"]);
        assert_eq!(found("ei"), [""; 0], "two letters inside a word say nothing");
        assert_eq!(found("巨人"), ["進撃の[巨人]"]);
    }

    #[test]
    fn case_accents_width_marks_and_order_do_not_count() {
        assert_eq!(found("STEINSGATE"), ["[Steins;Gate]"]);
        assert_eq!(found("k on"), ["[K-On]!", "Attac[k on] Titan"]);
        assert_eq!(found("Ｎärutó Ｓ"), ["[Naruto: S]hippuuden", "[Naruto]"]);
        assert_eq!(found("ｶｳﾎﾞｰｲ"), ["[カウボーイ]ビバップ"]);
        assert_eq!(found("ケイオン"), ["[けいおん]!"]);
        assert_eq!(found("bebop cow"), ["[Cow]boy [Bebop]"]);
        assert_eq!(found("titan att"), ["[Att]ack on [Titan]"]);
    }

    #[test]
    fn typos_are_forgiven() {
        assert_eq!(found("cowbyo bebop"), ["[Cowboy Bebop]"]);
        assert_eq!(found("cwboy"), ["[Cowboy] Bebop"]);
        assert_eq!(found("shipuden"), ["Naruto: [Shippuuden]"]);
        assert_eq!(found("shingki no kyojni"), ["[Shingeki no Kyojin]"]);
        assert_eq!(found("bebpo cowboi"), ["[Cowboy] [Bebop]"], "word by word");
        assert_eq!(found("進撃の人"), ["[進撃の巨人]"]);
        assert_eq!(found("zzzzzzzz"), [""; 0]);
    }

    #[test]
    fn no_text_is_too_strange() {
        for text in ["", " ", "!!!", "\0\u{7}", "\u{202e}\u{200f}", "\u{fffd}", "\u{301}\u{301}"] {
            assert_eq!(found(text), [""; 0], "{text:?}");
        }
        assert_eq!(found("\u{202e}naruto\0"), found("naruto"));
        for part in ["naruto ", "a", "é", "ナ", "!", "𝐀", "\u{301}", "a b "] {
            let _ = found(&part.repeat((1 << 20) / part.len()));
        }
        let _ = found(&"naruto x".repeat(9));
        assert!(Index::new(std::iter::once("A\nB")).find("a", 0, &[0, 0], |_, _| "A").is_empty());
        assert_eq!(Index::new(std::iter::once("")).find("a", 5, &[0], |_, _| ""), []);
    }

    #[test]
    fn signatures_tell_the_letters_apart() {
        let bits: std::collections::BTreeSet<u64> =
            (b'a'..=b'z').map(|letter| bit(u16::from(letter))).collect();
        assert_eq!(bits.len(), 26);
    }
}
