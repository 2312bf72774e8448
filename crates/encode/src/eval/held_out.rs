//! Splits sentences into questions and training data.
//! It imports the sentences and the random numbers.

use std::collections::HashSet;

use crate::distil::{Sentence, sentences, sentences_of};
use crate::math::Random;

/// A query whose right answers are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The text of the query.
    pub text: String,
    /// The items that answer it, as positions among all texts. Finding one of them is enough.
    pub wanted: Vec<usize>,
    /// The text that stands for the first wanted item in this question, if it is not the item's own
    /// text.
    pub without: Option<String>,
}

/// Questions, and the sentences that an encoder may learn from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOut<'a> {
    /// The questions.
    pub questions: Vec<Question>,
    /// The sentences to train on. None of them is the text of a question.
    pub sentences: Vec<Sentence<'a>>,
}

/// Holds out `count` sentences drawn at random.
///
/// Their items keep their texts, so that an encoder may recognise an item by its wording.
#[must_use]
pub fn sentences_held_out(texts: &[(u32, String)], count: usize, seed: u64) -> HeldOut<'_> {
    let mut all = sentences_of(texts);
    Random::new(seed).shuffle(&mut all);
    let rest = all.split_off(count.min(all.len()));
    let question = |Sentence { text, of }: Sentence<'_>| Question {
        text: text.to_owned(),
        wanted: of.map(|of| of as usize).into_iter().collect(),
        without: None,
    };
    HeldOut::new(all.into_iter().map(question).collect(), rest)
}

/// Holds out all sentences of `count` items drawn at random.
///
/// Each sentence becomes a question for its item. The item's text in that question lacks the
/// sentence, so that its wording alone finds nothing. An item of one sentence gets no question.
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
    /// Takes the texts of the questions out of `rest`, and puts the others in the order of their
    /// texts.
    fn new(questions: Vec<Question>, mut rest: Vec<Sentence<'a>>) -> Self {
        let queries: HashSet<&str> =
            questions.iter().map(|question| question.text.as_str()).collect();
        rest.retain(|sentence| !queries.contains(sentence.text));
        rest.sort_by_key(|sentence| sentence.of);
        Self { questions, sentences: rest }
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
    fn questions_are_not_in_the_training_data() {
        let texts = texts();
        let HeldOut { questions, sentences } = sentences_held_out(&texts, 2, 1);
        assert_eq!(questions.len(), 2);
        assert!(
            questions
                .iter()
                .all(|question| sentences.iter().all(|learned| learned.text != question.text))
        );
        for Question { text, wanted, without } in questions {
            assert!(texts[wanted[0]].1.contains(&text) && without.is_none());
        }
        assert_eq!(sentences_held_out(&texts, 100, 1).sentences, []);

        let HeldOut { questions, sentences } = items_held_out(&texts, 3, 1);
        assert_eq!(sentences, []);
        assert_eq!(questions.len(), 5, "the bird has one sentence");
        let dog = questions.iter().find(|question| question.text.starts_with("A dog")).unwrap();
        assert_eq!(
            (&dog.wanted[..], dog.without.as_deref()),
            (&[1][..], Some("Nobody minds the dog."))
        );
        assert_eq!(items_held_out(&texts, 0, 1).sentences.len(), 6);
    }
}
