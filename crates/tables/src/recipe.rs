//! The recipe of a release: how its catalogue is read and its models are made.
//! It imports the columns of catalogues and the error.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::catalogue::CatalogueColumns;
use super::error::TableError;

/// The settings of a release. Its input files hold the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReleaseRecipe {
    /// Language of the main titles, as answers name it. The default is `title`.
    pub language: String,
    /// Day of the build in the manifest, `YYYY-MM-DD`. By default there is none, because the same
    /// inputs should give the same bytes.
    pub date: Option<String>,
    /// The training recipe, a file beside this one. The default is the trainer's own settings.
    pub train: Option<PathBuf>,
    /// Whether the release gets a map, as `osusume map` makes it. The default is false.
    pub map: bool,
    /// Whether the model of texts gets a text encoder, with which visitors search in their own
    /// words. The default is false.
    pub distil: bool,
    /// How the catalogue is read.
    pub catalogue: CatalogueColumns,
    /// The words with which a page about this release names itself and its items. The build writes
    /// them beside the manifest as `site.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<toml::Table>,
}

impl Default for ReleaseRecipe {
    fn default() -> Self {
        let catalogue = CatalogueColumns::default();
        Self {
            language: "title".into(),
            date: None,
            train: None,
            map: false,
            distil: false,
            catalogue,
            site: None,
        }
    }
}

impl ReleaseRecipe {
    /// Reads a recipe. A setting that it does not name keeps its default. An unknown name is an
    /// error.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let text = std::fs::read_to_string(path).map_err(TableError::io(path))?;
        let mut recipe: Self = toml::from_str(&text).map_err(|e| TableError::Recipe {
            path: path.to_owned(),
            reason: e.to_string().trim().to_owned(),
        })?;
        recipe.train = recipe.train.map(|train| path.with_file_name(train));
        Ok(recipe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_settings_are_refused_and_files_are_found_beside_the_recipe() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.toml");
        std::fs::write(
            &path,
            "train = \"t.toml\"\n[catalogue]\nid = \"x\"\n[catalogue.drop]\ntags = [\"A\"]\n\
             [site]\ntitle = \"Films\"\n",
        )
        .unwrap();
        let recipe = ReleaseRecipe::read(&path).unwrap();
        assert_eq!(recipe.train, Some(dir.path().join("t.toml")));
        assert_eq!(
            (recipe.language.as_str(), recipe.catalogue.id.as_deref()),
            ("title", Some("x"))
        );
        assert_eq!(recipe.site.unwrap()["title"].as_str(), Some("Films"));
        std::fs::write(&path, "trian = \"t.toml\"\n").unwrap();
        assert_eq!(ReleaseRecipe::read(&path).unwrap_err().code(), "recipe_invalid");
    }
}
