//! Which items are one show: seasons, films, specials and side stories share a series.
//!
//! A catalogue may say so in a column. Where it does not, titles do: `Cowboy Bebop: Tengoku no Tobira` continues the
//! title `Cowboy Bebop`, and `涼宮ハルヒの消失` continues `涼宮ハルヒの`. What only looks alike in one
//! language is held to the title in the other: `Monster` and `Monster Farm` share a word, `モンスターファーム` has no
//! mark behind the word they share. `tests/series.rs` measures it on shows that were labelled by hand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use osusume::internal::{Unit, fold};
use osusume_tables::Entry;

/// Words that tell the parts of a show apart and not shows.
const PARTS: &str = " 1st 2nd 3rd 4th 5th 6th 7th 8th act after animation anime another arc bangaihen chapter cm collection \
compilation cour dash digest dx encore episode episodes epilogue ex extra extras fifth final first fourth four g gaiden go \
gt i ii iii iv ix kai kanketsuhen kouhen meets memorial movie movies music new next ni oad oads omake ona onas ova ovas \
part parts pilot plus preview prologue promo pv r r2 recap recaps remake s saishuushou san season seasons second series \
shin short shorts soushuuhen sp special specials stage summary super the third three trailer tv two unaired v version vi \
vii viii video vs x z zenpen zero zoku zz ";

/// Words in front of a show's name.
const FRONT: &str =
    " aloha chibi eiga gekijo gekijouban mini motto petit puchi sd shin super tokubetsu zoku ";

/// Words that end the name of a collection of different shows.
const COLLECTIONS: &str = " animax bunko cm collection gekijou library meisaku nhk theater ";

/// Words that begin many Japanese titles and say nothing of the show.
const FRONT_LETTERS: [&str; 10] =
    ["劇場版", "映画", "劇場", "OVA", "ova", "アニメ", "新", "続", "ミニ", "TV"];

/// What stands between two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    Space,
    /// A mark that may be part of a name: `!`, `☆`.
    Mark,
    /// A mark that ends a name: `:`, a dash, a bracket.
    End,
}

/// A title by its words, in letters that use words.
#[derive(Debug, Clone, Default, PartialEq)]
struct Words {
    words: Vec<String>,
    /// What stands before each word.
    gaps: Vec<Option<Gap>>,
}

/// A title in letters that use no spaces: folded, and after how many letters a mark stands.
#[derive(Debug, Clone, Default)]
struct Letters {
    units: Vec<u16>,
    marks: BTreeSet<usize>,
}

struct Item {
    columns: Vec<Words>,
    letters: Letters,
}

/// Returns for each entry the position of the first entry of its series, itself where it is alone.
#[must_use]
pub fn series(entries: &[&Entry]) -> Vec<u32> {
    let mut groups = Groups((0..entries.len()).collect());
    if entries.iter().any(|entry| entry.series.is_some()) {
        by_column(entries, &mut groups);
    } else {
        by_titles(entries, &mut groups);
    }
    (0..entries.len()).map(|at| groups.first(at) as u32).collect()
}

/// Joins entries that name the same series, or each other's id.
fn by_column(entries: &[&Entry], groups: &mut Groups) {
    let mut known: HashMap<String, usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        known.insert(entry.key.clone().unwrap_or_else(|| entry.id.to_string()), at);
    }
    for (at, entry) in entries.iter().enumerate() {
        let names = entry.series.iter().flat_map(|text| text.split([',', '|'])).map(str::trim);
        for name in names.filter(|name| !name.is_empty()) {
            let other = *known.entry(name.to_owned()).or_insert(at);
            groups.join(at, other);
        }
    }
}

fn by_titles(entries: &[&Entry], groups: &mut Groups) {
    let names: BTreeSet<&String> = entries.iter().flat_map(|entry| entry.titles.keys()).collect();
    let in_letters = |name: &String| {
        let titles = || entries.iter().filter_map(|entry| entry.titles.get(name));
        titles().filter(|title| uses_no_spaces(title)).count() * 2 > titles().count()
    };
    let (letters, words): (Vec<&String>, Vec<&String>) =
        names.into_iter().partition(|name| in_letters(name));
    let item = |entry: &&Entry| {
        let titles = words.iter().map(|&name| entry.titles.get(name).unwrap_or(&entry.title));
        let columns =
            std::iter::once(&entry.title).chain(titles).map(|title| Words::new(title)).collect();
        let letters = letters.iter().find_map(|&name| entry.titles.get(name));
        Item { columns, letters: Letters::new(letters.map_or("", String::as_str)) }
    };
    let items: Vec<Item> = entries.iter().map(item).collect();
    let mut names_of_shows = Vec::new();
    for column in 0..=words.len() {
        names_of_shows.push((column, by_beginnings(&items, column, groups)));
    }
    by_letters(&items, groups);
    by_names_inside(&items, &names_of_shows, groups);
    by_brand(&items, groups);
}

/// Names that titles begin with, and which items begin with them and end where.
type Names = BTreeMap<Vec<String>, Vec<(bool, usize, usize)>>;

/// Joins what begins with one name, where the other titles do not speak against it.
fn by_beginnings(items: &[Item], column: usize, groups: &mut Groups) -> Names {
    let mut names: Names = BTreeMap::new();
    let mut ended: BTreeSet<Vec<String>> = BTreeSet::new();
    for (at, item) in items.iter().enumerate() {
        let Words { words, gaps } = &item.columns[column];
        for cut in 1..=words.len() {
            let whole = cut == words.len();
            if !whole && (gaps[cut] < Some(Gap::Mark) || is_in(COLLECTIONS, &words[cut - 1])) {
                continue;
            }
            let mut good = whole || gaps[cut] == Some(Gap::End);
            let mut end = cut;
            loop {
                let name = &words[..end];
                if letters(name) >= 4 {
                    let list = names.entry(name.to_vec()).or_default();
                    if !list.contains(&(end != words.len(), at, end)) {
                        list.push((end != words.len(), at, end));
                    }
                    if good {
                        ended.insert(name.to_vec());
                    }
                }
                if end == 1 || !is_part(&words[end - 1]) {
                    break;
                }
                (end, good) = (end - 1, true);
            }
        }
    }
    for (name, list) in &mut names {
        if name.len() == 1 && (!ended.contains(name) || is_part(&name[0])) {
            continue;
        }
        list.sort_unstable(); // items whose whole title it is come first
        let mut apart: Vec<(bool, usize)> = Vec::new();
        for &(longer, at, end) in list.iter() {
            let goes_on = |whole: bool| {
                let Words { words, gaps } = &items[at].columns[column];
                whole && letters(name) >= 6 && words.len() > end && gaps[end] >= Some(Gap::Mark)
            };
            let is_one = |&(other_longer, other): &(bool, usize)| match items[at]
                .letters
                .agree(&items[other].letters)
            {
                Some(true) | None => true,
                Some(false) => goes_on(!other_longer) || (name.len() > 2 && letters(name) >= 9),
            };
            match apart.iter().copied().find(is_one) {
                Some((_, other)) => groups.join(at, other),
                None => apart.push((longer, at)),
            }
        }
    }
    // Long titles that go on without a mark.
    for (at, item) in items.iter().enumerate() {
        let words = &item.columns[column].words;
        for end in 2..words.len() {
            if !is_long(&words[..end]) {
                continue;
            }
            for &(longer, other, _) in names.get(&words[..end]).into_iter().flatten() {
                let agree = item.letters.agree(&items[other].letters);
                if !longer && (agree == Some(true) || (agree.is_none() && end > 2)) {
                    groups.join(at, other);
                }
            }
        }
    }
    names.retain(|name, _| ended.contains(name));
    names
}

/// Joins what begins with the same letters in a language without spaces, and with the same word in the main title.
fn by_letters(items: &[Item], groups: &mut Groups) {
    let mut blocks: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut by_whole: HashMap<&[u16], usize> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        if item.letters.units.is_empty() {
            continue;
        }
        if item.letters.units.len() >= 6 {
            by_whole.entry(&item.letters.units).or_insert(at);
        }
        if let Some(word) = item.columns[0].words.first().filter(|word| word.len() > 2) {
            blocks.entry(word).or_default().push(at);
        }
    }
    for block in blocks.values() {
        for (n, &one) in block.iter().enumerate() {
            for &other in &block[..n] {
                let (a, b) = (&items[one].letters, &items[other].letters);
                let common = common(&a.units, &b.units);
                if common < 4 {
                    continue;
                }
                let (short, long) = if a.units.len() <= b.units.len() { (a, b) } else { (b, a) };
                let (one_words, other_words) =
                    (&items[one].columns[0].words, &items[other].columns[0].words);
                let words = self::common(one_words, other_words);
                let shared = letters(&one_words[..words]);
                let ends = words > 1 || (common > 4 && shared > 8) || long.marks.contains(&common);
                let whole = common == short.units.len() && ends;
                let most = common > 5
                    && (words > 1 || common > 7)
                    && common * 10 >= short.units.len() * 7
                    && words * 2 >= one_words.len().min(other_words.len());
                if shared > 4 && (whole || most) {
                    groups.join(one, other);
                }
            }
        }
    }
    for (at, item) in items.iter().enumerate() {
        for end in 6..item.letters.units.len() {
            if let Some(&other) = by_whole
                .get(&item.letters.units[..end])
                .filter(|_| item.letters.marks.contains(&end))
            {
                groups.join(at, other);
            }
        }
    }
}

/// Joins what stands alone so far with a show whose name stands inside its title.
fn by_names_inside(items: &[Item], names: &[(usize, Names)], groups: &mut Groups) {
    let sizes = groups.sizes();
    for (at, item) in items.iter().enumerate().filter(|&(at, _)| sizes[at] == 1) {
        let found = names.iter().find_map(|(column, names)| {
            let words = &item.columns[*column].words;
            let parts = (1..words.len())
                .flat_map(|from| (from + 2..=words.len()).rev().map(move |to| from..to));
            parts.filter(|part| letters(&words[part.clone()]) >= 9).find_map(|part| {
                let same = names.get(&words[part])?.iter().filter(|&&(_, other, _)| other != at);
                let agrees = |&&(_, other, _): &&(bool, usize, usize)| {
                    item.letters.agree(&items[other].letters) == Some(true)
                };
                same.clone().find(agrees).map(|&(_, other, _)| other)
            })
        });
        if let Some(other) = found {
            groups.join(at, other);
        }
    }
}

/// Joins whole groups by a word that most of the items which have it share with one big group: `Gundam`.
fn by_brand(items: &[Item], groups: &mut Groups) {
    let mut having: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        for word in
            item.columns.iter().flat_map(|column| &column.words).filter(|word| word.len() > 5)
        {
            having.entry(word).or_default().insert(at);
        }
    }
    let sizes = groups.sizes();
    for having in having.values().filter(|having| having.len() >= 8) {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for &at in having {
            *counts.entry(groups.first(at)).or_default() += 1;
        }
        let Some((&brand, &most)) = counts.iter().max_by_key(|&(_, count)| *count) else {
            continue;
        };
        // The fewer there are, the more of them must be of one show.
        let enough = if having.len() >= 40 { 50 } else { 85 };
        if most * 100 < having.len() * enough {
            continue;
        }
        for &at in having {
            let first = groups.first(at);
            let all = counts.get(&first) == Some(&sizes[at]);
            if first != brand && all && items[at].letters.share(&items[brand].letters, 4) {
                groups.join(at, brand);
            }
        }
    }
}

impl Words {
    fn new(title: &str) -> Self {
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
    fn new(title: &str) -> Self {
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

    /// Says whether so many letters in a row stand in both titles.
    fn share(&self, other: &Self, run: usize) -> bool {
        self.units.windows(run).any(|part| other.units.windows(run).any(|other| part == other))
    }

    /// Whether two titles may be of one show; nothing where one is missing or is written in other letters.
    fn agree(&self, other: &Self) -> Option<bool> {
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

/// Says whether a title is mostly written in letters that use no spaces.
fn uses_no_spaces(title: &str) -> bool {
    let (mut with, mut all) = (0, 0);
    fold(title, |unit| {
        all += 1;
        with += u32::from(unit.value >= 0x2e80);
    });
    with * 3 > all
}

fn is_in(list: &str, word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric()) && list.contains(&format!(" {word} "))
}

fn is_part(word: &str) -> bool {
    let digits = word.trim_start_matches(['s', 'r']);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) || is_in(PARTS, word)
}

fn letters(words: &[String]) -> usize {
    words.iter().map(|word| word.chars().count()).sum()
}

/// Says whether words are too many to be the same by chance.
fn is_long(words: &[String]) -> bool {
    match words.len() {
        0 | 1 => false,
        2 => letters(words) >= 10,
        _ => letters(words) >= 9,
    }
}

fn common<T: PartialEq>(one: &[T], other: &[T]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// Sets of items, each known by its first.
struct Groups(Vec<usize>);

impl Groups {
    fn first(&mut self, at: usize) -> usize {
        let mut first = at;
        while self.0[first] != first {
            first = self.0[first];
        }
        self.0[at] = first;
        first
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        self.0[one.max(other)] = one.min(other);
    }

    /// How many items are in the set of each.
    fn sizes(&mut self) -> Vec<usize> {
        let firsts: Vec<usize> = (0..self.0.len()).map(|at| self.first(at)).collect();
        let mut counts = vec![0; firsts.len()];
        for &first in &firsts {
            counts[first] += 1;
        }
        firsts.iter().map(|&first| counts[first]).collect()
    }
}
