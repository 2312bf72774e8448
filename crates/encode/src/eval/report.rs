//! Sums up the answers of one encoder.
//! It imports the answers.

use serde::Serialize;

use super::answer::{Answered, LIST};

/// How well an encoder answers all questions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TextReport {
    /// The number of questions.
    pub questions: usize,
    /// Mean share of the transformer's ten best items that the encoder also finds.
    pub overlap10: f64,
    /// Share of the questions with a wanted item at rank 0.
    pub hit1: f64,
    /// Share of the questions with a wanted item among the first ten.
    pub hit10: f64,
    /// Half the width of the 95% interval of `hit10`, by the normal distribution.
    pub hit10_half_width: f64,
    /// Mean of `1 / (rank + 1)`.
    pub mrr: f64,
}

impl TextReport {
    /// Returns the report of `answers`, compared with those of the transformer to the same
    /// questions.
    #[must_use]
    pub fn new(answers: &[Answered], transformer: &[Answered]) -> Self {
        let count = answers.len().max(1) as f64;
        let mean = |of: &dyn Fn(&Answered) -> f64| answers.iter().map(of).sum::<f64>() / count;
        let hit = |ranks: usize| mean(&|answer| f64::from(u8::from(answer.rank < ranks)));
        let common = answers.iter().zip(transformer).map(|(answer, other)| {
            answer.list.iter().filter(|&at| other.list.contains(at)).count() as f64
                / other.list.len().max(1) as f64
        });
        let hit10 = hit(LIST);
        Self {
            questions: answers.len(),
            overlap10: common.sum::<f64>() / count,
            hit1: hit(1),
            hit10,
            hit10_half_width: 1.96 * (hit10 * (1.0 - hit10) / count).sqrt(),
            mrr: mean(&|answer| 1.0 / (answer.rank + 1) as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
