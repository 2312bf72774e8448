//! The search: the best titles for a typed text, and their spans.
//! Imports all other files of `find`.

use std::cmp::Reverse;

use super::fold::fold;
use super::index::Index;
use super::rank::{
    BEGINNING, INSIDE, NEARLY_WHOLE, Rank, TYPO_WORDS, TYPOS, WHOLE, WORD_BEGINNING, WORDS,
};
use super::typed::{FuzzyPattern, TypedText};

/// A title that matches a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The item.
    pub row: u32,
    /// The column of the title.
    pub column: usize,
    /// The parts that match, in UTF-16 code units: starts and ends, ascending.
    pub spans: Vec<[u32; 2]>,
}

impl Index {
    /// Returns the `n` best rows for `text`, each once. Rows of equal rank sort by
    /// `popularity`, 0 or more, the largest first. `original` returns the title of a row and a column.
    pub fn find<'a>(
        &self,
        text: &str,
        n: usize,
        popularity: &[f64],
        original: impl Fn(u32, usize) -> &'a str,
    ) -> Vec<Hit> {
        let typed = TypedText::new(text);
        if typed.units.is_empty() || n == 0 {
            return Vec::new();
        }
        // The best rank of each row, and its column.
        let mut best: Vec<Option<(Rank, usize)>> = vec![None; self.rows];
        let better = |at: &mut Option<(Rank, usize)>, found: (Rank, usize)| {
            if at.is_none_or(|old| found < old) {
                *at = Some(found);
            }
        };
        let whole = typed.to_pattern();
        self.for_each_title(|row, column, title| {
            let rank = self
                .rank_exact(&typed, title)
                .or_else(|| self.rank_whole_with_typos(&whole, &typed, title));
            if let Some(rank) = rank {
                better(&mut best[row], (rank, column));
            }
        });
        // The search with typos is slow. It runs only if the exact matches leave room.
        if whole.typos > 0 && best.iter().flatten().count() < n {
            self.for_each_title(|row, column, title| {
                if best[row].is_none_or(|(rank, _)| rank >= TYPOS)
                    && let Some(rank) = self.rank_part_with_typos(&whole, &typed, title)
                {
                    better(&mut best[row], (rank, column));
                }
            });
            let words: Vec<FuzzyPattern> =
                typed.words.iter().map(|word| FuzzyPattern::new(word)).collect();
            if words.len() > 1 {
                self.for_each_title(|row, column, title| {
                    if best[row].is_none() {
                        best[row] =
                            self.rank_words_with_typos(&words, title).map(|rank| (rank, column));
                    }
                });
            }
        }
        // The n best so far, ascending. Most rows cost one comparison, with the last of these.
        // Numbers of 0 or more are in the order of their bits.
        let mut found: Vec<(Rank, Reverse<u64>, u32, usize)> = Vec::new();
        for (best, row) in best.iter().zip(0_u32..) {
            let Some((rank, column)) = *best else { continue };
            let hit = (rank, Reverse(popularity[row as usize].to_bits()), row, column);
            if found.len() < n || found.last().is_some_and(|last| hit < *last) {
                found.truncate(n - 1);
                found.insert(found.partition_point(|other| *other < hit), hit);
            }
        }
        let hit = |(rank, _, row, column): (Rank, Reverse<u64>, u32, usize)| {
            let title = column * self.rows + row as usize;
            let spans = self.spans(rank, &typed, title, original(row, column));
            Hit { row, column, spans }
        };
        found.into_iter().map(hit).collect()
    }

    /// Returns the parts of the original title that match.
    fn spans(&self, rank: Rank, typed: &TypedText, title: usize, original: &str) -> Vec<[u32; 2]> {
        let units = self.title(title);
        let mut parts = match rank {
            WHOLE | NEARLY_WHOLE => vec![[0, units.len()]],
            BEGINNING | WORD_BEGINNING | INSIDE => {
                let at = self.find_exact(title, &typed.units).unwrap_or(0);
                vec![[at, at + typed.units.len()]]
            }
            WORDS => self.find_words(typed, title).unwrap_or_default(),
            TYPO_WORDS.. => {
                let words = typed.words.iter().map(|word| FuzzyPattern::new(word));
                let place = |word: FuzzyPattern| self.find_nearest(&word, title);
                words.filter_map(place).map(|(_, start, end)| [start, end]).collect()
            }
            _ if rank % 3 == (TYPOS + 2) % 3 && typed.is_near_whole(units) => {
                vec![[0, units.len()]]
            }
            _ => {
                let place = self.find_nearest(&typed.to_pattern(), title);
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

#[cfg(test)]
mod tests {
    use super::*;

    const TITLES: [&str; 3] = [
        "Cowboy Bebop\nNaruto\nSteins;Gate\nShingeki no Kyojin\nK-On!\nHunter x Hunter\n\
         Naruto: Shippuuden\n!!!\nBebop",
        "\n\n\nAttack on Titan\n\n\n\n\n",
        "カウボーイビバップ\nナルト\n\n進撃の巨人\nけいおん!\nHUNTER×HUNTER\n\n\n",
    ];
    const POPULARITY: [f64; 9] = [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 30.0, 2.0, 1.0];

    /// The titles found, with the parts that match in brackets.
    fn found(text: &str) -> Vec<String> {
        let title = |row: u32, column: usize| TITLES[column].split('\n').nth(row as usize).unwrap();
        let hits = Index::new(TITLES.into_iter()).find(text, 5, &POPULARITY, title);
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
        assert!(Index::new(std::iter::once("A\nB")).find("a", 0, &[0.0; 2], |_, _| "A").is_empty());
        assert_eq!(Index::new(std::iter::once("")).find("a", 5, &[0.0], |_, _| ""), []);
    }
}
