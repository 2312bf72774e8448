//! Niche: how the popularity of an item enters its score.
//!
//! Imports nothing of `engine`.

/// Returns the weight of popularity: from 1 at `niche` 0 down to -1 at `niche` 1.
pub(super) fn strength(niche: f32) -> f32 {
    1.0 - 2.0 * niche
}

/// The numbers that turn a model's score of an item into its term of the weighted mean:
/// `weight × ((score − mean) / span + popularity_weight × (niche_sign × popularity))`.
pub(super) struct Terms {
    pub mean: f32,
    pub span: f32,
    pub weight: f32,
    pub niche_sign: f32,
    pub popularity_weight: f32,
}

impl Terms {
    /// Returns the term of a score.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a build for size would call it for each item")]
    pub fn term(&self, score: f32, popularity: f32) -> f32 {
        self.weight
            * ((score - self.mean) / self.span
                + self.popularity_weight * (self.niche_sign * popularity))
    }

    /// Returns a floor for this model's score: if every model scores an item below its own floor,
    /// the weighted mean is below `least`.
    ///
    /// Suppose that every term is below `weight × x`. Rounding is monotone, so the computed mean is
    /// at most the one computed from the products `weight × x`. Those have one sign, so nothing
    /// cancels: with n models, n products, 2 (n − 1) additions and one quotient round, and the mean
    /// is at most x plus `3 n u |x|`, where u = 2^-24. The format allows at most 100 models, and
    /// `300 u` is below 1.8e-5. So x lies 2e-5 of its size below `least`, and 1e-10 more for numbers
    /// near 0.
    ///
    /// The floor need not be the exact inverse of x: the method checks that the floor's term is
    /// below `weight × x`, and rounding is monotone, so this holds for every smaller score too.
    pub fn score_floor(&self, least: f32) -> f32 {
        let x = least - (least.abs() * 2e-5 + 1e-10);
        let most_popular = if self.popularity_weight * self.niche_sign > 0.0 { 1.0 } else { 0.0 };
        let size = self.span.min(f32::MAX);
        let popular = self.popularity_weight * self.niche_sign * most_popular;
        let floor = ((x - popular) * size + self.mean).min(f32::MAX);
        let floor = floor - (floor.abs() * 1e-5 + self.mean.abs() * 1e-5 + x.abs() * 1e-5 * size);
        // The floor is NaN while no threshold is known.
        if self.weight > 1e-20 && self.term(floor, most_popular) < self.weight * x {
            floor
        } else {
            f32::NEG_INFINITY
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn an_item_below_every_floor_is_below_the_least_mean(
            parts in proptest::collection::vec(
                (-5.0_f32..5.0, 0.01_f32..10.0, 0.001_f32..1000.0, -2.0_f32..2.0, 0.0_f32..2.0),
                1..=100,
            ),
            least in -5.0_f32..5.0,
            popularity in 0.0_f32..=1.0,
        ) {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (mean, span, weight, niche_sign, popularity_weight) in parts {
                let terms = Terms { mean, span, weight, niche_sign, popularity_weight };
                let floor = terms.score_floor(least);
                let below = floor.next_down();
                sum += terms.term(below, popularity);
                weights += weight;
                for popularity in [0.0, 0.5, 1.0] {
                    proptest::prop_assert!(terms.term(below, popularity) < weight * least);
                }
                // The floor is not much lower than it must be.
                let more = floor + 1e-4 * (floor.abs() + mean.abs() + span * (least.abs() + 4.0));
                let above = terms.term(more, 0.0).max(terms.term(more, 1.0));
                proptest::prop_assert!(above >= weight * least, "{} {}", above, weight * least);
            }
            proptest::prop_assert!(sum / weights < least);
        }
    }

    #[test]
    fn an_unreachable_floor_leaves_nothing_out() {
        let terms = |span: f32, weight: f32| Terms {
            mean: 1.0,
            span,
            weight,
            niche_sign: 0.0,
            popularity_weight: 1.0,
        };
        assert_eq!(
            terms(1.0, 1.0).score_floor(f32::NEG_INFINITY),
            f32::NEG_INFINITY,
            "no threshold is known"
        );
        assert!(terms(f32::INFINITY, 1.0).score_floor(0.5) > 1e38, "it gives every item 0");
        assert_eq!(terms(f32::INFINITY, 1.0).score_floor(-0.5), f32::NEG_INFINITY);
        assert_eq!(
            terms(1.0, 1e-21).score_floor(0.5),
            f32::NEG_INFINITY,
            "products lose such a weight"
        );
        assert!(terms(1.0, 1e-19).score_floor(0.5) > 1.4);
        assert!(terms(1.0, 1.0).score_floor(0.0) < 1.0, "0 is not below itself");
        // The margins for the roundings of the mean and of the floor, and the one for a least of 0.
        let plain = |mean: f32, least: f32| Terms { mean, ..terms(1.0, 1.0) }.score_floor(least);
        for (mean, least, margin) in
            [(0.0, 0.0, 1e-10), (0.0, 1.0, 4e-5), (0.0, -1.0, 4e-5), (3.0, 1.0, 1e-4)]
        {
            let got = mean + least - plain(mean, least);
            assert!((got / margin - 1.0).abs() < 0.02, "{mean} {least}: {got}");
        }
    }
}
