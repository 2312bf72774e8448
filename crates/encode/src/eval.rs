//! How close a text encoder comes to the sentence transformer that it was distilled from: sentences that it has not learned
//! from are asked, and the items that they are from are looked for.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::distil::{Sentence, sentences, sentences_of};
use crate::math::{Random, dot};
use osusume_tables::Vectors;

/// How many answers are looked at.
const LIST: usize = 10;

/// A text that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The text.
    pub text: String,
    /// The items that answer it, as positions among all texts; one of them is to be found.
    pub wanted: Vec<usize>,
    /// What the first of them is described by for this question, if not by its own text.
    pub without: Option<String>,
}

/// What is asked, and what may be learned from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOut<'a> {
    /// What is asked.
    pub questions: Vec<Question>,
    /// The sentences that are left; none of them is asked.
    pub sentences: Vec<Sentence<'a>>,
}

/// Holds out `count` sentences drawn at random. Their items keep their texts, so that an encoder may know an item by its wording.
#[must_use]
pub fn sentences_held_out(texts: &[(u32, String)], count: usize, seed: u64) -> HeldOut<'_> {
    let mut all = sentences_of(texts);
    Random::new(seed).shuffle(&mut all);
    let rest = all.split_off(count.min(all.len()));
    let ask = |Sentence { text, of }: Sentence<'_>| Question {
        text: text.to_owned(),
        wanted: of.map(|of| of as usize).into_iter().collect(),
        without: None,
    };
    HeldOut::new(all.into_iter().map(ask).collect(), rest)
}

/// Holds out all sentences of `count` items drawn at random. Each sentence is asked for an item whose text is all but the
/// sentence, so that its wording finds nothing; an item of one sentence is not asked for.
#[must_use]
pub fn items_held_out(texts: &[(u32, String)], count: usize, seed: u64) -> HeldOut<'_> {
    let mut items: Vec<usize> = (0..texts.len()).collect();
    Random::new(seed).shuffle(&mut items);
    items.truncate(count);
    let held: HashSet<usize> = items.iter().copied().collect();
    let is_held =
        |sentence: &Sentence<'_>| sentence.of.is_some_and(|of| held.contains(&(of as usize)));
    let mut rest = sentences_of(texts);
    rest.retain(|sentence| !is_held(sentence));
    let mut questions = Vec::new();
    for at in items {
        let all = sentences(&texts[at].1);
        for (own, &sentence) in all.iter().enumerate() {
            let others =
                all.iter().enumerate().filter(|&(other, text)| other != own && *text != sentence);
            let without = others.map(|(_, &text)| text).collect::<Vec<_>>().join(" ");
            if !without.is_empty() {
                questions.push(Question {
                    text: sentence.to_owned(),
                    wanted: vec![at],
                    without: Some(without),
                });
            }
        }
    }
    HeldOut::new(questions, rest)
}

impl<'a> HeldOut<'a> {
    /// Of `rest`, in the order of the texts, those sentences are learned from that nobody asks.
    fn new(questions: Vec<Question>, mut rest: Vec<Sentence<'a>>) -> Self {
        let asked: HashSet<&str> =
            questions.iter().map(|question| question.text.as_str()).collect();
        rest.retain(|sentence| !asked.contains(sentence.text));
        rest.sort_by_key(|sentence| sentence.of);
        Self { questions, sentences: rest }
    }
}

/// What one encoder answers to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The ten best, the best first.
    pub list: Vec<usize>,
    /// The place of the wanted item that stands highest, from 0; where others score the same, behind them.
    pub rank: usize,
}

impl Answered {
    /// Returns the answer that `scores`, one an item, gives to a question for `wanted`.
    #[must_use]
    pub fn new(scores: &[f32], wanted: &[usize]) -> Self {
        let above = |at: usize| {
            scores
                .iter()
                .enumerate()
                .filter(|&(other, score)| other != at && *score >= scores[at])
                .count()
        };
        let mut list: Vec<usize> = (0..scores.len()).collect();
        let best_first = |a: &usize, b: &usize| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b));
        if list.len() > LIST {
            list.select_nth_unstable_by(LIST - 1, best_first);
            list.truncate(LIST);
        }
        list.sort_by(best_first);
        Self { list, rank: wanted.iter().map(|&at| above(at)).min().unwrap_or(scores.len()) }
    }

    /// Returns the answer by vectors: `query` to the `items`, the first wanted one of which has the vector `instead`.
    #[must_use]
    pub fn by_vectors(
        query: &[f32],
        items: &Vectors,
        wanted: &[usize],
        instead: Option<&[f32]>,
    ) -> Self {
        let mut scores: Vec<f32> =
            (0..items.ids.len()).map(|at| dot(query, items.row(at))).collect();
        if let (Some(instead), Some(&at)) = (instead, wanted.first()) {
            scores[at] = dot(query, instead);
        }
        Self::new(&scores, wanted)
    }
}

/// How well an encoder answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TextReport {
    /// Questions asked.
    pub questions: usize,
    /// How much of the transformer's ten best is among the encoder's.
    pub overlap10: f64,
    /// Share of the questions whose item comes first.
    pub hit1: f64,
    /// Share of the questions whose item is among the first ten.
    pub hit10: f64,
    /// Half the width of the 95 % interval of `hit10`, by the normal distribution.
    pub hit10_half_width: f64,
    /// Mean of `1 / (rank + 1)`.
    pub mrr: f64,
}

impl TextReport {
    /// Sums up the answers of an encoder, beside those of the transformer.
    #[must_use]
    pub fn new(answers: &[Answered], transformer: &[Answered]) -> Self {
        let count = answers.len().max(1) as f64;
        let mean = |of: &dyn Fn(&Answered) -> f64| answers.iter().map(of).sum::<f64>() / count;
        let within = |places: usize| mean(&|answer| f64::from(u8::from(answer.rank < places)));
        let common = answers.iter().zip(transformer).map(|(answer, other)| {
            answer.list.iter().filter(|&at| other.list.contains(at)).count() as f64
                / other.list.len().max(1) as f64
        });
        let hit10 = within(LIST);
        Self {
            questions: answers.len(),
            overlap10: common.sum::<f64>() / count,
            hit1: within(1),
            hit10,
            hit10_half_width: 1.96 * (hit10 * (1.0 - hit10) / count).sqrt(),
            mrr: mean(&|answer| 1.0 / (answer.rank + 1) as f64),
        }
    }
}

/// Ranking by the words that a text shares with a query, as a reference: Robertson and Zaragoza 2009, "The probabilistic relevance
/// framework: BM25 and beyond", section 3.5, with its usual k1 = 1.2 and b = 0.75.
#[derive(Debug)]
pub struct Bm25 {
    /// How often a word stands in each text that has it.
    uses: HashMap<String, Vec<(usize, f32)>>,
    lengths: Vec<f32>,
}

/// A word of a text, as BM25 takes it.
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
    /// Reads the texts.
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

    fn scores(&self, question: &Question) -> Vec<f32> {
        let count = self.lengths.len() as f32;
        let mean = self.lengths.iter().sum::<f32>() / count;
        let weight =
            |times: f32, length: f32| times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length / mean));
        let mut scores = vec![0.0; self.lengths.len()];
        let instead = question.without.as_ref().map(|text| words(text).collect::<Vec<_>>());
        for word in words(&question.text).collect::<HashSet<_>>() {
            let Some(uses) = self.uses.get(&word) else { continue };
            let having = uses.len() as f32;
            let idf = (1.0 + (count - having + 0.5) / (having + 0.5)).ln();
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

    /// Whether the question has a word in common with the text of its first wanted item, words of more than a twentieth of all
    /// texts left aside.
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
    fn what_is_asked_is_not_learned_from() {
        let texts = texts();
        let HeldOut { questions, sentences } = sentences_held_out(&texts, 2, 1);
        assert_eq!(questions.len(), 2);
        assert!(
            questions
                .iter()
                .all(|asked| sentences.iter().all(|learned| learned.text != asked.text))
        );
        for Question { text, wanted, without } in questions {
            assert!(texts[wanted[0]].1.contains(&text) && without.is_none());
        }
        assert_eq!(sentences_held_out(&texts, 100, 1).sentences, []);

        let HeldOut { questions, sentences } = items_held_out(&texts, 3, 1);
        assert_eq!(sentences, []);
        assert_eq!(questions.len(), 5, "the bird has one sentence");
        let dog = questions.iter().find(|asked| asked.text.starts_with("A dog")).unwrap();
        assert_eq!(
            (&dog.wanted[..], dog.without.as_deref()),
            (&[1][..], Some("Nobody minds the dog."))
        );
        assert_eq!(items_held_out(&texts, 0, 1).sentences.len(), 6);
    }

    #[test]
    fn ranks_and_lists() {
        let scores = [0.5, 0.9, 0.5, 0.1];
        assert_eq!(Answered::new(&scores, &[1]), Answered { list: vec![1, 0, 2, 3], rank: 0 });
        assert_eq!(Answered::new(&scores, &[0]).rank, 2, "behind its equal");
        assert_eq!(Answered::new(&scores, &[3, 2]).rank, 2);
        let many: Vec<f32> = (0..30_u8).map(f32::from).collect();
        let answer = Answered::new(&many, &[19]);
        assert_eq!((answer.list, answer.rank), ((20..30).rev().collect(), 10));
        let other = Answered { list: (25..35).collect(), rank: 1 };
        let report =
            TextReport::new(&[Answered::new(&many, &[19]), other.clone()], &[other.clone(), other]);
        assert_eq!((report.overlap10, report.hit1, report.hit10), (0.75, 0.0, 0.5));
        assert!((report.mrr - f64::midpoint(1.0 / 11.0, 0.5)).abs() < 1e-12);
    }

    #[test]
    fn bm25_finds_by_words() {
        let texts = texts();
        let index = Bm25::new(&texts);
        let ask = |text: &str, without: Option<&str>| Question {
            text: text.into(),
            wanted: vec![1],
            without: without.map(str::to_owned),
        };
        assert_eq!(index.answer(&ask("Does a DOG bark?", None)).rank, 0);
        assert_eq!(
            index.answer(&ask("the dog", Some("nothing of it"))).rank,
            2,
            "its text is another"
        );
        assert_eq!(index.answer(&ask("unknown", None)).rank, 2);
        // By hand: 14 words, the mean is 29 / 3; `dog` stands there three times and nowhere else.
        let length = 14.0 / (29.0 / 3.0);
        let want = (1.0_f32 + 2.5 / 1.5).ln() * 3.0 * 2.2 / (3.0 + 1.2 * (0.25 + 0.75 * length));
        let scores = index.uses["dog"].iter().map(|&(at, times)| (at, times)).collect::<Vec<_>>();
        assert_eq!(scores, [(1, 3.0)]);
        assert!((index.scores(&ask("dog", None))[1] - want).abs() < 1e-5);
    }
}
