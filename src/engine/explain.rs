//! The reasons for a result: which liked items and words speak for it, and what each model gives.
//!
//! Imports `blend` and `state`.

use super::answer::Because;
use super::blend::{Part, Term};
use super::model::ModelQuery;
use super::state::Engine;
use crate::names::ByName;

/// Most reasons of a result.
pub(super) const MAX_REASONS: usize = 10;

/// A liked item by its catalogue row, or a word.
type Cause<'a> = Result<u32, &'a str>;

impl Engine {
    /// Returns the causes of a result with their shares, and what each model gives to its score.
    pub(super) fn reasons(
        &self,
        row: u32,
        parts: &[Part<'_>],
    ) -> (Vec<Because>, ByName<&str, f64>) {
        let terms = Term::all(parts);
        let covering = parts.iter().zip(&terms);
        let covering =
            covering.filter_map(|(part, term)| Some((part, term, part.model.blob.row_of(row)?)));
        let mut by_cause: Vec<(Cause<'_>, f64)> = Vec::new();
        let mut by_model = Vec::new();
        for (part, term, model_row) in covering {
            let scale = f64::from(term.factor);
            let given = term.of(part.model.score(&part.query, model_row));
            let entry = self.manifest.models.iter().find(|entry| entry.name == part.model.name());
            by_model.extend(entry.map(|entry| (entry.name.as_str(), f64::from(given))));
            let contributions = part.model.contributions(&part.query, model_row);
            let ModelQuery { items, words, .. } = &*part.query;
            let items = items.iter().map(|&(item, _)| Ok(part.model.item_rows[item as usize]));
            let causes = items.chain(words.iter().map(|word| Err(word.as_str())));
            by_cause.extend(causes.zip(contributions).map(|(cause, value)| (cause, value * scale)));
        }
        (self.shares(by_cause), by_model.into_iter().collect())
    }

    /// Returns the causes whose contributions add up to more than 0, with their shares of the sum:
    /// the largest share first, then items before words, by id and by letter; at most ten.
    fn shares(&self, mut by_cause: Vec<(Cause<'_>, f64)>) -> Vec<Because> {
        by_cause.sort_by_key(|&(cause, _)| cause);
        by_cause.dedup_by(|(cause, more), (kept, sum)| {
            let same = cause == kept;
            if same {
                *sum += *more;
            }
            same
        });
        by_cause.retain(|&(_, value)| value > 0.0);
        let positive: f64 = by_cause.iter().map(|(_, value)| value).sum();
        let because = |(cause, value): (Cause<'_>, f64)| {
            let share = value / positive;
            match cause {
                Ok(row) => Because::Item { id: self.catalogue.id(row), share },
                Err(word) => Because::Word { word: word.to_owned(), share },
            }
        };
        let mut because: Vec<Because> = by_cause.into_iter().map(because).collect();
        let name = |because: &Because| match because {
            Because::Item { id, .. } => (*id, String::new()),
            Because::Word { word, .. } => (u32::MAX, word.clone()),
        };
        because.sort_by(|a, b| b.share().total_cmp(&a.share()).then_with(|| name(a).cmp(&name(b))));
        because.truncate(MAX_REASONS);
        because
    }
}
