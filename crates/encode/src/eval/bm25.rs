//! Ranking by words as a reference: BM25 of Robertson and Zaragoza 2009, "The probabilistic
//! relevance framework: BM25 and beyond", section 3.5, with its usual k1 = 1.2 and b = 0.75. It
//! imports the questions and the answers.

use std::collections::{HashMap, HashSet};

use super::answer::Answered;
use super::held_out::Question;

/// An index that ranks texts by the words that they share with a query.
#[derive(Debug)]
pub struct Bm25 {
    /// By word: the texts that contain it, each with the number of times.
    uses: HashMap<String, Vec<(usize, f32)>>,
    /// The number of words of each text.
    lengths: Vec<f32>,
}

/// Returns the words of a text in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    let lowered = text.to_lowercase();
    let words: Vec<String> = lowered
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.into_iter()
}

impl Bm25 {
    /// Returns the index of the texts.
    #[must_use]
    pub fn new(texts: &[(u32, String)]) -> Self {
        let mut uses: HashMap<String, Vec<(usize, f32)>> = HashMap::new();
        let mut lengths = Vec::with_capacity(texts.len());
        for (at, (_, text)) in texts.iter().enumerate() {
            let mut count = 0.0;
            for word in words(text) {
                count += 1.0;
                let uses = uses.entry(word).or_default();
                match uses.last_mut() {
                    Some((last, times)) if *last == at => *times += 1.0,
                    _ => uses.push((at, 1.0)),
                }
            }
            lengths.push(count);
        }
        Self { uses, lengths }
    }

    /// Returns the answer to a question.
    #[must_use]
    pub fn answer(&self, question: &Question) -> Answered {
        Answered::new(&self.scores(question), &question.wanted)
    }

    /// Returns a score for each text.
    fn scores(&self, question: &Question) -> Vec<f32> {
        let count = self.lengths.len() as f32;
        let mean = self.lengths.iter().sum::<f32>() / count;
        let weight =
            |times: f32, length: f32| times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length / mean));
        let mut scores = vec![0.0; self.lengths.len()];
        let instead = question.without.as_ref().map(|text| words(text).collect::<Vec<_>>());
        for word in words(&question.text).collect::<HashSet<_>>() {
            let Some(uses) = self.uses.get(&word) else { continue };
            let texts = uses.len() as f32;
            let idf = (1.0 + (count - texts + 0.5) / (texts + 0.5)).ln();
            for &(at, times) in uses {
                if instead.is_none() || at != question.wanted[0] {
                    scores[at] += idf * weight(times, self.lengths[at]);
                }
            }
            if let Some(instead) = &instead {
                let times = instead.iter().filter(|other| **other == word).count() as f32;
                scores[question.wanted[0]] += idf * weight(times, instead.len() as f32);
            }
        }
        scores
    }

    /// Says whether the question shares a word with the text of its first wanted item. Words that
    /// occur in more than 5% of the texts do not count.
    #[must_use]
    pub fn shares_a_word(&self, question: &Question) -> bool {
        words(&question.text).filter_map(|word| self.uses.get(&word)).any(|uses| {
            uses.len() * 20 <= self.lengths.len()
                && uses.iter().any(|(at, _)| question.wanted.first() == Some(at))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Vec<(u32, String)> {
        let texts = [
            "A cat sleeps all day. The cat wakes at night.",
            "A dog barks all day. Nobody minds the dog. A dog barks all day.",
            "One sentence about a bird.",
        ];
        (1..).zip(texts.map(str::to_owned)).collect()
    }

    #[test]
    fn bm25_finds_by_words() {
        let texts = texts();
        let index = Bm25::new(&texts);
        let question = |text: &str, without: Option<&str>| Question {
            text: text.into(),
            wanted: vec![1],
            without: without.map(str::to_owned),
        };
        assert_eq!(index.answer(&question("Does a DOG bark?", None)).rank, 0);
        assert_eq!(
            index.answer(&question("the dog", Some("nothing of it"))).rank,
            2,
            "another text stands for its own"
        );
        assert_eq!(index.answer(&question("unknown", None)).rank, 2);
        // By hand: 14 words, and the mean is 29 / 3. `dog` occurs three times there and nowhere
        // else.
        let length = 14.0 / (29.0 / 3.0);
        let want = (1.0_f32 + 2.5 / 1.5).ln() * 3.0 * 2.2 / (3.0 + 1.2 * (0.25 + 0.75 * length));
        let scores = index.uses["dog"].iter().map(|&(at, times)| (at, times)).collect::<Vec<_>>();
        assert_eq!(scores, [(1, 3.0)]);
        assert!((index.scores(&question("dog", None))[1] - want).abs() < 1e-5);
    }
}
