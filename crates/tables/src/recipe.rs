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
    /// Whether the release has items that no model covers. The default leaves them out.
    pub uncovered: Uncovered,
    /// The question of visitors who touch nothing.
    #[serde(skip_serializing_if = "DefaultList::is_unset")]
    pub default: DefaultList,
    /// How the catalogue is read.
    pub catalogue: CatalogueColumns,
    /// The words with which a page about this release names itself and its items. The build writes
    /// them beside the manifest as `site.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<toml::Table>,
}

/// The question of a request that names no model. The first model answers it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DefaultList {
    /// The `niche` of such a request if it has none either: 0 leans to the popular, 1 to the rest.
    /// By default popularity does not count. `osusume eval --protocol visitor` measures it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub niche: Option<f32>,
}

impl DefaultList {
    fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a release has an item that no model covers, one with too few ratings and no text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Uncovered {
    /// The release does not have it. The build's report names it.
    #[default]
    LeaveOut,
    /// The release has it: it is found by its title, and stands in no list.
    Keep,
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
            uncovered: Uncovered::default(),
            default: DefaultList::default(),
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
        let wrong = |reason| TableError::Recipe { path: path.to_owned(), reason };
        let mut recipe: Self =
            toml::from_str(&text).map_err(|e| wrong(e.to_string().trim().to_owned()))?;
        let niche = recipe.default.niche.unwrap_or(0.0);
        if !(0.0..=1.0).contains(&niche) {
            return Err(wrong(format!("niche of [default] is {niche}, it must be 0 to 1")));
        }
        if let Some(reason) = recipe.catalogue.problem() {
            return Err(wrong(reason));
        }
        recipe.train = recipe.train.map(|train| path.with_file_name(train));
        Ok(recipe)
    }

    /// Returns the settings as TOML for those who read a release. It names files without their
    /// folders, and leaves out what the release has as `site.toml`.
    #[must_use]
    pub fn published(&self) -> String {
        let train = self.train.as_ref().and_then(|path| path.file_name()).map(PathBuf::from);
        let recipe = Self { train, site: None, ..self.clone() };
        // Each setting has a form in TOML.
        toml::to_string(&recipe).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FieldType;

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
        let published = recipe.published();
        let again: ReleaseRecipe = toml::from_str(&published).unwrap();
        let train = Some(PathBuf::from("t.toml"));
        assert_eq!(again, ReleaseRecipe { train, site: None, ..recipe.clone() }, "{published}");
        assert_eq!(recipe.site.unwrap()["title"].as_str(), Some("Films"));
        for wrong in [
            "trian = \"t.toml\"\n",
            "uncovered = \"perhaps\"\n",
            "[default]\nniche = 2\n",
            "[[catalogue.fields]]\nname = \"price\"\n",
            "[[catalogue.fields]]\nname = \"price\"\ntype = \"money\"\n",
            "[[catalogue.fields]]\nname = \"price\"\ntype = \"number\"\nroll = \"url\"\n",
        ] {
            std::fs::write(&path, wrong).unwrap();
            assert_eq!(
                ReleaseRecipe::read(&path).unwrap_err().code().as_str(),
                "recipe_invalid",
                "{wrong}"
            );
        }
    }

    #[test]
    fn known_columns_and_declared_fields_are_read_by_their_plain_names() {
        let text = "uncovered = \"keep\"\n[catalogue]\ntype = \"kind of thing\"\ndate = \"when\"\n\
            [[catalogue.fields]]\nname = \"price\"\ncolumn = \"EUR\"\ntype = \"number\"\n\
            [[catalogue.fields]]\nname = \"page\"\nrole = \"url\"\n";
        let recipe: ReleaseRecipe = toml::from_str(text).unwrap();
        let CatalogueColumns { kind, date, fields, .. } = &recipe.catalogue;
        assert_eq!(recipe.uncovered, Uncovered::Keep);
        assert_eq!((kind.as_deref(), date.as_deref()), (Some("kind of thing"), Some("when")));
        assert_eq!(
            fields.iter().map(|field| (field.name.as_str(), field.kind())).collect::<Vec<_>>(),
            [("price", Some(FieldType::Number)), ("page", Some(FieldType::Text))]
        );
    }
}
