//! Which rows of a ratings file say that a user dislikes an item.
//! It imports nothing of the project.

/// Rows that are dislikes: no interactions to learn from, and no items to find again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dislikes {
    /// A rating below this is a dislike. 0, the default, makes none.
    pub below: f32,
    /// A row with one of these statuses is a dislike, whatever its rating. Case does not count.
    pub statuses: Vec<String>,
}

impl Dislikes {
    /// Says whether a row with this rating and status is a dislike.
    #[must_use]
    pub fn holds(&self, rating: Option<f32>, status: &str) -> bool {
        rating.is_some_and(|rating| rating < self.below)
            || self.statuses.iter().any(|other| other.trim().eq_ignore_ascii_case(status.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_ratings_and_named_statuses_are_dislikes() {
        let rule = Dislikes { below: 5.0, statuses: vec!["Dropped".into()] };
        assert!(rule.holds(Some(4.5), "completed") && rule.holds(Some(9.0), " dropped "));
        assert!(rule.holds(None, "DROPPED"));
        assert!(
            !rule.holds(Some(5.0), "completed")
                && !rule.holds(None, "")
                && !rule.holds(None, "drop")
        );
        let none = Dislikes::default();
        assert!(!none.holds(Some(0.5), "dropped") && !none.holds(None, ""));
    }
}
