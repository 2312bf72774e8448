//! Negative sampling: items that a user lacks, for the loss to rank below an interaction.
//! It imports the interactions.

use rand::Rng;

use crate::data::Interactions;

/// Draws uniformly from the items that the user does not have. The user must lack an item.
pub fn negative(data: &Interactions, user: usize, rng: &mut impl Rng) -> u32 {
    let items = data.items() as u32;
    for _ in 0..32 {
        let item = rng.random_range(0..items);
        if !data.has(user, item) {
            return item;
        }
    }
    // The user has nearly every item: take the n-th of the others.
    let own = data.of(user);
    let mut item = rng.random_range(0..items - own.len() as u32);
    for &taken in own {
        item += u32::from(taken <= item);
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Builder, Keep};
    use osusume_tables::Rating;
    use rand::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    #[test]
    fn negatives_are_uniform_over_the_rest() {
        for own in [vec![1, 3, 4], (0..100).filter(|i| *i != 50 && *i != 7).collect()] {
            let mut builder = Builder::new(Keep::default());
            for item in 0..100 {
                builder.push(Rating { user: 1, item, ..Rating::default() });
            }
            for &item in &own {
                builder.push(Rating { user: 0, item, ..Rating::default() });
            }
            let (data, _) = builder.finish(&[0, 1]);
            let mut rng = Pcg64Mcg::seed_from_u64(1);
            let mut counts = [0; 100];
            let free = 100 - own.len() as u32;
            for _ in 0..free * 1000 {
                counts[negative(&data, 0, &mut rng) as usize] += 1;
            }
            for (item, &count) in (0..).zip(&counts) {
                let want = if own.contains(&item) { 0..1 } else { 850..1150 };
                assert!(want.contains(&count), "item {item}: {count}");
            }
        }
    }
}
