//! A title as words or letters that can be compared. This knows nothing of groups.

use std::collections::BTreeSet;

use osusume::internal::{Unit, fold};

/// Words that name a part of a show, so that they do not tell two shows apart.
const PARTS: &str = " \
    1st 2nd 3rd 4th 5th 6th 7th 8th act after animation anime another arc bangaihen chapter cm \
    collection compilation cour dash digest dx encore episode episodes epilogue ex extra extras \
    fifth final first fourth four g gaiden go gt i ii iii iv ix kai kanketsuhen kouhen meets \
    memorial movie movies music new next ni oad oads omake ona onas ova ovas part parts pilot plus \
    preview prologue promo pv r r2 recap recaps remake s saishuushou san season seasons second \
    series shin short shorts soushuuhen sp special specials stage summary super the third three \
    trailer tv two unaired v version vi vii viii video vs x z zenpen zero zoku zz ";

/// Words in front of a show's name.
const FRONT: &str =
    " aloha chibi eiga gekijo gekijouban mini motto petit puchi sd shin super tokubetsu zoku ";

/// Last words of collections of different shows.
pub(super) const COLLECTIONS: &str =
    " animax bunko cm collection gekijou library meisaku nhk theater ";

/// Words that begin many Japanese titles whatever the show is.
const FRONT_LETTERS: [&str; 10] =
    ["劇場版", "映画", "劇場", "OVA", "ova", "アニメ", "新", "続", "ミニ", "TV"];

/// The characters between two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    Space,
    /// A mark that may be part of a name: `!`, `☆`.
    Mark,
    /// A mark that ends a name: `:`, a dash, a bracket.
    End,
}

/// A title in a script with spaces, as its words.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Words {
    pub words: Vec<String>,
    /// The characters before each word.
    pub gaps: Vec<Option<Gap>>,
}

/// A title in a script without spaces: its folded letters, and the positions of marks.
#[derive(Debug, Clone, Default)]
pub(super) struct Letters {
    pub units: Vec<u16>,
    pub marks: BTreeSet<usize>,
}

/// The titles of one entry.
pub(super) struct Item {
    /// The main title and those of other languages with spaces, by language.
    pub columns: Vec<Words>,
    pub letters: Letters,
}

impl Words {
    pub fn new(title: &str) -> Self {
        let mut all = Self::default();
        let mut gap = String::new();
        let mut word = String::new();
        for c in title.chars().chain([' ']) {
            if c.is_alphanumeric() || matches!(c, '\'' | '’' | '\u{300}'..='\u{36f}') {
                word.push(c);
                continue;
            }
            if !word.is_empty() {
                all.push(&std::mem::take(&mut word), &std::mem::take(&mut gap));
            }
            gap.push(c);
        }
        while all.words.len() > 1 && is_in(FRONT, &all.words[0]) {
            all.words.remove(0);
            all.gaps.remove(0);
        }
        all
    }

    fn push(&mut self, word: &str, gap: &str) {
        const HONORIFICS: &str = " chan kun san sama tan ";
        let mut units = Vec::new();
        fold(word, |unit| units.push(unit.value));
        let word = String::from_utf16_lossy(&units);
        if word.is_empty() || (gap == "-" && is_in(HONORIFICS, &word)) {
            return;
        }
        let ends = |c: char| ":：/／(（~〜～".contains(c);
        let dash = |c: char| matches!(c, '-' | '–' | '—');
        let is_end = gap.contains(ends)
            || gap.starts_with(['.', ','])
            || gap.split(dash).nth(1).is_some()
                && gap.split(dash).next().is_some_and(|before| before.ends_with(' '));
        self.gaps.push(match gap.trim() {
            "" => Some(Gap::Space),
            "-" if gap == "-" => Some(Gap::Space),
            _ if is_end => Some(Gap::End),
            _ => Some(Gap::Mark),
        });
        self.words.push(word);
    }
}

impl Letters {
    pub fn new(title: &str) -> Self {
        let mut title = title;
        for _ in 0..2 {
            let front = FRONT_LETTERS.iter().find_map(|front| title.strip_prefix(front));
            title = front.map_or(title, |rest| rest.trim_start());
        }
        let mut all = Self::default();
        fold(title, |Unit { value, starts_word, .. }| {
            if starts_word {
                all.marks.insert(all.units.len());
            }
            all.units.push(value);
        });
        all.marks.insert(all.units.len());
        all
    }

    /// Says whether `run` letters in a row stand in both titles.
    pub fn share(&self, other: &Self, run: usize) -> bool {
        self.units.windows(run).any(|part| other.units.windows(run).any(|other| part == other))
    }

    /// Says whether two titles may be of one show. `None` if one is missing or is written in other
    /// letters.
    pub fn agree(&self, other: &Self) -> Option<bool> {
        let (short, long) = if self.units.len() <= other.units.len() {
            (&self.units, &other.units)
        } else {
            (&other.units, &self.units)
        };
        let (&first, &other_first) = (short.first()?, long.first()?);
        let part = |units: &[u16]| long.windows(units.len()).any(|part| part == units);
        if common(short, long) >= short.len().min(2) || part(short) || short.windows(3).any(part) {
            return Some(true);
        }
        if (first < 0x80) == (other_first < 0x80) { Some(false) } else { None }
    }
}

/// Says whether a title is mostly written in a script without spaces.
pub(super) fn uses_no_spaces(title: &str) -> bool {
    let (mut with, mut all) = (0, 0);
    fold(title, |unit| {
        all += 1;
        with += u32::from(unit.value >= 0x2e80);
    });
    with * 3 > all
}

pub(super) fn is_in(list: &str, word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric()) && list.contains(&format!(" {word} "))
}

pub(super) fn is_part(word: &str) -> bool {
    let digits = word.trim_start_matches(['s', 'r']);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) || is_in(PARTS, word)
}

pub(super) fn letters(words: &[String]) -> usize {
    words.iter().map(|word| word.chars().count()).sum()
}

/// Says whether the words are so many that two titles do not share them by chance.
pub(super) fn is_long(words: &[String]) -> bool {
    match words.len() {
        0 | 1 => false,
        2 => letters(words) >= 10,
        _ => letters(words) >= 9,
    }
}

pub(super) fn common<T: PartialEq>(one: &[T], other: &[T]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}
