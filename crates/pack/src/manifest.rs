//! The manifest's description of a model, and the id of a release. This knows nothing of folders.

use osusume::format::{
    ABOUT, About, AboutModel, FORMAT_VERSION, FileEntry, Manifest, ModelEntry, ProfileKind,
    ProfileRule, hex_sha256,
};

use crate::input::{Metric, ModelInput};

pub(crate) fn model_entry(model: &ModelInput, file: &FileEntry, rows: u32) -> ModelEntry {
    let (metric, exponent) = match model.metric {
        Metric::Dot(exponent) => ("dot", exponent),
        Metric::Cosine => ("cosine", 1.0),
    };
    ModelEntry {
        name: model.name.clone(),
        file: file.name.clone(),
        metric: metric.to_owned(),
        exponent,
        dims: model.vectors.dims as u32,
        rows,
        profile: model
            .profile
            .clone()
            .unwrap_or(ProfileRule { exponent, ..ProfileRule::default() }),
        residual: None,
        text: None,
        niche: 1.0,
        scale: 1.0,
    }
}

/// Returns how the models were made, and the recipe of the release.
pub(crate) fn about(models: &[ModelInput], recipe: &str) -> About {
    let model = |model: &ModelInput| {
        let from = &model.vectors.provenance;
        let facts = [
            ("data", Some(from.data.clone())),
            ("recipe", Some(from.recipe.clone())),
            ("seed", from.seed.map(|seed| seed.to_string())),
            ("date", from.date.clone()),
        ];
        let facts = facts.into_iter().filter_map(|(name, fact)| Some((name.to_owned(), fact?)));
        let provenance = facts.filter(|(_, fact)| !fact.is_empty()).collect();
        let quality = from.quality.clone().into_iter().collect();
        (model.name.clone(), AboutModel { provenance, quality })
    };
    About { models: models.iter().map(model).collect(), recipe: Some(recipe.to_owned()) }
}

/// Returns a hash of everything that decides an answer: the files and how they are used. The file
/// about the release is left out.
pub(crate) fn release_id(manifest: &Manifest) -> String {
    let files = manifest.files.iter().filter(|file| file.kind != ABOUT);
    let files = files.map(|file| format!("{} {}\n", file.kind, file.sha256));
    let models = manifest.models.iter().map(|model| {
        let ModelEntry {
            name, file, metric, exponent, profile, residual, niche, scale, text, ..
        } = model;
        let text = text.as_ref().map_or_else(String::new, |text| format!(" {text}"));
        let ProfileRule { kind, exponent: p, a0, lambda, scale: by } = profile;
        let kind = match kind {
            ProfileKind::Sum => "sum",
            ProfileKind::Ridge => "ridge",
        };
        let (sparse, factor) =
            residual.as_ref().map_or(("-", 0.0), |r| (r.file.as_str(), r.factor));
        format!(
            "{name} {file} {metric} {exponent} {kind} {p} {a0} {lambda} {by} {sparse} {factor} \
             {niche} {scale}{text}\n"
        )
    });
    let niche = manifest.default.niche.map_or_else(String::new, |niche| format!(" {niche}"));
    let first = format!("{FORMAT_VERSION} {}{niche}\n", manifest.default.model);
    let lines: String = std::iter::once(first).chain(files).chain(models).collect();
    hex_sha256(lines.as_bytes())[..16].to_owned()
}
