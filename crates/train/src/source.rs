//! One file of interactions among several that a recipe trains on, and how much it counts.
//!
//! Imports the rule of dislikes and the columns; reads nothing itself.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use osusume_tables::{Dislikes, RatingColumns};

/// How much the interactions of one source count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceWeight {
    /// How much an interaction of a user with one interaction counts.
    pub weight: f32,
    /// An interaction of a user with n interactions counts `n^-length` as much.
    pub length: f32,
}

/// The kinds of rows of a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// Ratings, or plain interactions.
    #[default]
    Ratings,
    /// Lists with a status. Rows that are planned or dropped are dislikes, unless the source names
    /// its own `dislike_statuses`.
    Lists,
    /// Favourites: each row is a like, and a rating has no say.
    Favourites,
}

/// The statuses of [`SourceKind::Lists`] that say nothing good.
const NOT_LIKED: [&str; 4] = ["dropped", "plan_to_watch", "plan to watch", "planning"];

/// A file of interactions. Its users are other people than those of any other source, whatever
/// their ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The file, by its name in the folder of the ratings.
    pub file: PathBuf,
    /// The kind of its rows; default `ratings`.
    #[serde(default)]
    pub kind: SourceKind,
    /// How much a row counts, above 0; default 1. Only the proportion between sources matters.
    #[serde(default = "one")]
    pub weight: f32,
    /// A row of a user who has n rows counts `n^-length` as much, 0 (default) to 1: long lists say
    /// less a row.
    #[serde(default)]
    pub length: f32,
    /// As in the recipe, for this source.
    #[serde(default, skip_serializing_if = "is_unset")]
    pub dislike_below: f32,
    /// As in the recipe, for this source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dislike_statuses: Vec<String>,
    /// The columns, if the header line does not have the usual names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<RatingColumns>,
}

fn one() -> f32 {
    1.0
}

/// Returns whether a setting is 0, its default: it is then left out, so that recipes keep the text
/// that they had before it existed.
pub(super) fn is_unset<T: Default + PartialEq>(setting: &T) -> bool {
    *setting == T::default()
}

impl Source {
    /// Returns the setting that is wrong, if one is: its name, its value and what is expected.
    pub(super) fn problem(&self) -> Option<(&'static str, String, &'static str)> {
        let in_range = |from: f32, value: f32| value >= from && value.is_finite();
        if self.weight <= 0.0 || !self.weight.is_finite() {
            return Some(("weight", self.weight.to_string(), "above 0"));
        }
        if !(0.0..=1.0).contains(&self.length) {
            return Some(("length", self.length.to_string(), "0 to 1"));
        }
        if !in_range(0.0, self.dislike_below) {
            return Some(("dislike_below", self.dislike_below.to_string(), "0 or above"));
        }
        if self.kind == SourceKind::Favourites && self.dislike_below > 0.0 {
            let expected = "0 for favourites, which have no rating";
            return Some(("dislike_below", self.dislike_below.to_string(), expected));
        }
        let is_name = self.file.components().count() > 0 && self.file.is_relative();
        (!is_name).then(|| ("file", self.file.display().to_string(), "a name in the folder"))
    }

    /// Returns how much the rows count.
    #[must_use]
    pub fn source_weight(&self) -> SourceWeight {
        SourceWeight { weight: self.weight, length: self.length }
    }

    /// Returns which rows are dislikes.
    #[must_use]
    pub fn dislikes(&self) -> Dislikes {
        let own = !self.dislike_statuses.is_empty() || self.kind != SourceKind::Lists;
        let usual = || NOT_LIKED.map(str::to_owned).into();
        let statuses = if own { self.dislike_statuses.clone() } else { usual() };
        Dislikes { below: self.dislike_below, statuses }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Interactions, Keep, Recipe};
    use osusume_tables::ItemKeys;

    fn source(text: &str) -> Source {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn each_kind_has_its_dislikes() {
        let lists = source("file = \"a.csv\"\nkind = \"lists\"\ndislike_below = 7");
        let rule = lists.dislikes();
        assert!(rule.holds(Some(9.0), "Plan_To_Watch") && rule.holds(Some(6.0), "completed"));
        assert!(!rule.holds(None, "watching") && !rule.holds(Some(7.0), "completed"));
        let own = source("file = \"a.csv\"\nkind = \"lists\"\ndislike_statuses = [\"gone\"]");
        assert!(own.dislikes().holds(None, "gone") && !own.dislikes().holds(None, "dropped"));
        assert_eq!(source("file = \"a.csv\"").dislikes(), Dislikes::default());
    }

    #[test]
    fn sources_are_read_each_by_its_own_rule_and_their_users_are_not_mixed() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("ratings.csv", "user_id,item_id,rating\n1,10,9\n1,20,3\n2,10,8\n");
        write(
            "lists.csv",
            "who,what,state,mark\n1,20,completed,0\n1,30,dropped,9\n1,10,watching,8\n",
        );
        write("loved.csv", "user_id,item_id,rating\n1,30,1\n");
        let text = "[[interactions]]\nfile = \"ratings.csv\"\ndislike_below = 7\nweight = 2\n\
            [[interactions]]\nfile = \"lists.csv\"\nkind = \"lists\"\nlength = 0.5\n\
            columns = { user = \"who\", item = \"what\", rating = \"mark\", status = \"state\" }\n\
            [[interactions]]\nfile = \"loved.csv\"\nkind = \"favourites\"\nweight = 4\n";
        let recipe: Recipe = toml::from_str(text).unwrap();
        recipe.check().unwrap();
        let again: Recipe = toml::from_str(&toml::to_string(&recipe).unwrap()).unwrap();
        assert_eq!(again, recipe);
        let keep = Keep { ratings: true, order: false };
        let read = |source: &Source| {
            let rule = source.dislikes();
            let (data, _) =
                Interactions::read_source(source, dir.path(), &rule, ItemKeys::Any, keep).unwrap();
            (data, source.source_weight())
        };
        let all = Interactions::joined(recipe.interactions.iter().map(read).collect());
        assert_eq!(all.ids(), [10, 20, 30]);
        let lists: Vec<&[u32]> = (0..all.users()).map(|user| all.of(user)).collect();
        assert_eq!(lists, [&[0][..], &[0], &[0, 1], &[2]]);
        let weights: Vec<f32> = (0..4).map(|user| all.user_weight(user)).collect();
        let ratio = |user: usize| weights[user] / weights[0];
        assert!((ratio(1) - 1.0).abs() < 1e-6 && (ratio(3) - 2.0).abs() < 1e-6, "{weights:?}");
        assert!((ratio(2) - 0.5 / 2_f32.sqrt()).abs() < 1e-6, "{weights:?}");
        let total: f32 = (0..4).map(|user| weights[user] * all.of(user).len() as f32).sum();
        assert!((total - all.len() as f32).abs() < 1e-4, "the mean weight is 1");
    }

    #[test]
    fn wrong_sources_are_named() {
        for (line, name) in [
            ("weight = 0", "weight"),
            ("weight = nan", "weight"),
            ("length = 2", "length"),
            ("dislike_below = -1", "dislike_below"),
            ("dislike_below = 3\nkind = \"favourites\"", "dislike_below"),
        ] {
            let problem = source(&format!("file = \"a.csv\"\n{line}")).problem().unwrap();
            assert_eq!(problem.0, name);
        }
        assert_eq!(source("file = \"/a.csv\"").problem().unwrap().0, "file");
        assert_eq!(source("file = \"a.csv\"").problem(), None);
        let dir = tempfile::tempdir().unwrap();
        let one = [source("file = \"a.csv\"")];
        let code = |path: &Path, sources: &[Source]| {
            let recipe = Recipe { interactions: sources.to_vec(), ..Recipe::default() };
            recipe.check_ratings(path).map_err(|e| e.code().as_str())
        };
        assert_eq!(code(dir.path(), &one), Ok(()));
        assert_eq!(code(dir.path(), &[]), Err("setting_out_of_range"));
        assert_eq!(code(&dir.path().join("a.csv"), &one), Err("setting_out_of_range"));
    }
}
