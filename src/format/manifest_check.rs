//! The checks of a manifest: it must contradict neither itself nor the limits of this build.
//! Imports `manifest`, `columns`, `hex`, `chunks`, `header` and the errors.

use super::columns::MAX_FIELDS;
use super::hex::is_hex;
#[cfg(not(target_arch = "wasm32"))]
use super::related::{MAX_LISTED, MAX_SHARDS, RelatedEntry};
use super::{
    ABOUT, CHUNK_BYTES, FORMAT_VERSION, FieldEntry, FileEntry, FormatError, MAX_DIMS, MAX_ITEMS,
    Manifest, ModelEntry, ProfileKind, ProfileRule, Role,
};
use crate::message::Quoted;

/// Most models of a release.
pub(crate) const MAX_MODELS: usize = 100;

/// Most bytes of one file.
const MAX_FILE_BYTES: u64 = 1 << 30;

impl Manifest {
    /// Returns `self` if it contradicts neither itself nor the limits of this build.
    pub fn checked(self) -> Result<Self, FormatError> {
        if self.format != FORMAT_VERSION {
            return Err(FormatError::Version { found: self.format });
        }
        ensure(is_hex(&self.release, 16), "the release id is not 16 hexadecimal digits")?;
        ensure((1..=MAX_ITEMS).contains(&self.items), "the item count is not in 1..=2^24")?;
        let mut files = self.files.iter().enumerate();
        files.try_for_each(|(at, file)| check_file(file, &self.files[..at]))?;
        self.catalogue()?;
        let count = |kind: &str| self.files.iter().filter(|file| file.kind == kind).count();
        ensure(count("map") < 2, "it names more than one map")?;
        ensure(count("images") < 2, "it names two files of images")?;
        ensure(count(ABOUT) < 2, "it names two files about the release")?;
        self.check_fields()?;
        ensure(self.models.len() <= MAX_MODELS, "it has more than 100 models")?;
        let mut models = self.models.iter().enumerate();
        models.try_for_each(|(at, model)| self.check_model(model, &self.models[..at]))?;
        let default = &self.default.model;
        let is_model = self.model(default).is_some();
        ensure_of(is_model, "the default model ", default, "is not among the models")?;
        let niche = self.default.niche.unwrap_or(0.0);
        ensure((0.0..=1.0).contains(&niche), "the niche of the default question is not 0 to 1")?;
        #[cfg(not(target_arch = "wasm32"))]
        if let Some(related) = &self.related {
            self.check_related(related)?;
        }
        Ok(self)
    }

    /// Checks the fields against each other.
    fn check_fields(&self) -> Result<(), FormatError> {
        ensure(self.fields.len() <= MAX_FIELDS, "it has more than 100 fields")?;
        for (at, FieldEntry { name, kind, role }) in self.fields.iter().enumerate() {
            let ok = |ok: bool, what: &str| ensure_of(ok, "the field ", name, what);
            let mut before = self.fields[..at].iter();
            ok(before.clone().all(|other| other.name != *name), "occurs twice")?;
            let Some(role) = role else { continue };
            ok(role.fits(*kind), "has a role that its type cannot have")?;
            let is_taken = *role != Role::Title && before.any(|other| other.role == Some(*role));
            ok(!is_taken, "has the role of another field")?;
        }
        Ok(())
    }

    /// Checks the entry of the related lists.
    #[cfg(not(target_arch = "wasm32"))]
    fn check_related(&self, related: &RelatedEntry) -> Result<(), FormatError> {
        let RelatedEntry { folder, shards, listed, models, sha256 } = related;
        let tag = folder.strip_prefix("related.");
        ensure(
            tag.is_some_and(|tag| is_hex(tag, 16)),
            "the folder of the related lists is not related. and 16 hexadecimal digits",
        )?;
        ensure(is_hex(sha256, 64), "the hash of the related lists is no SHA-256")?;
        ensure(
            (1..=MAX_SHARDS).contains(shards),
            "the number of shards of the related lists is not in 1..=2^20",
        )?;
        ensure(
            (1..=MAX_LISTED).contains(listed),
            "the length of the related lists is not in 1..=100",
        )?;
        ensure(
            models.first() == Some(&self.default.model),
            "the first related lists are not those of the default model",
        )?;
        let mut names = models.iter().enumerate();
        ensure(
            names.all(|(at, name)| self.model(name).is_some() && !models[..at].contains(name)),
            "the related lists are of a model that is missing or named twice",
        )
    }

    /// Checks a model against the files and against the models before it.
    fn check_model(&self, model: &ModelEntry, before: &[ModelEntry]) -> Result<(), FormatError> {
        let ModelEntry { name, metric, exponent, dims, rows, .. } = model;
        let ok = |ok: bool, what: &str| ensure_of(ok, "model ", name, what);
        self.file(model)?;
        ok(before.iter().all(|other| other.name != *name), "occurs twice")?;
        ok((1..=MAX_DIMS).contains(dims), "has dims that are not in 1..=4096")?;
        ok((1..=self.items).contains(rows), "has rows that are not in 1..=items")?;
        let ProfileRule { exponent: p, a0, lambda, scale, .. } = model.profile;
        let in_range = (0.0..=1.0).contains(&p)
            && (0.0..=1000.0).contains(&a0)
            && lambda > 0.0
            && lambda <= 1e6
            && (0.0..=100.0).contains(&model.niche)
            && [model.scale, scale].iter().all(|scale| (1e-6..=1e6).contains(scale));
        ok(in_range, "has numbers out of range in its profile, niche or scale")?;
        if let Some(residual) = &model.residual {
            self.residual_file(model)?;
            ok(residual.factor.is_finite(), "has a residual whose factor is not finite")?;
        }
        let sums = metric == "cosine" && model.profile.kind == ProfileKind::Sum;
        ok(
            self.text_file(model)?.is_none() || sums,
            "has a text encoder and no cosines, or profiles that are no sums",
        )?;
        let metric_known = metric == "dot" || (metric == "cosine" && *exponent == 1.0);
        ok(
            metric_known && (0.0..=1.0).contains(exponent),
            "has a metric that is not dot with an exponent in 0..=1, or cosine with 1",
        )
    }
}

/// Checks a file entry by itself and against the entries before it.
fn check_file(file: &FileEntry, before: &[FileEntry]) -> Result<(), FormatError> {
    let FileEntry { name, bytes, sha256, .. } = file;
    let ok = |ok: bool, what: &str| ensure_of(ok, "", name, what);
    ok(is_hex(sha256, 64), "has a SHA-256 that is not 64 hexadecimal digits")?;
    let named = name.as_bytes().windows(16).any(|part| *part == sha256.as_bytes()[..16]);
    ok(
        is_file_name(name) && named,
        "is not a plain file name that holds the first 16 digits of its SHA-256",
    )?;
    ok((1..=MAX_FILE_BYTES).contains(bytes), "has a length that is not in 1..=2^30")?;
    ok(
        file.kind != ABOUT || *bytes <= CHUNK_BYTES as u64,
        "has more than the 262,144 bytes of a file about the release",
    )?;
    ok(before.iter().all(|other| other.name != *name), "occurs twice")
}

fn ensure(ok: bool, what: &str) -> Result<(), FormatError> {
    if ok { Ok(()) } else { Err(FormatError::Manifest(what.into())) }
}

/// As [`ensure`], for the file or model called `name`; `kind` comes before the name in the message.
fn ensure_of(ok: bool, kind: &str, name: &str, what: &str) -> Result<(), FormatError> {
    if ok { Ok(()) } else { Err(FormatError::Manifest(format!("{kind}{} {what}", Quoted(name)))) }
}

/// A plain file name cannot leave the folder and needs no escaping in a URL.
fn is_file_name(name: &str) -> bool {
    name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
        && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{DefaultQuestion, FieldType, ResidualEntry};

    fn file(stem: &str, kind: &str, digit: &str) -> FileEntry {
        FileEntry {
            name: format!("{stem}.{}.bin", digit.repeat(16)),
            kind: kind.into(),
            bytes: 40,
            sha256: digit.repeat(64),
        }
    }

    fn sample() -> Manifest {
        let files = vec![file("catalogue", "catalogue", "a"), file("ncf", "model", "b")];
        let ncf = ModelEntry {
            name: "ncf".into(),
            file: files[1].name.clone(),
            metric: "dot".into(),
            exponent: 0.5,
            dims: 2,
            rows: 1,
            profile: ProfileRule::default(),
            residual: None,
            text: None,
            niche: 1.0,
            scale: 1.0,
        };
        let field = |name: &str, kind, role| FieldEntry { name: name.into(), kind, role };
        let fields = vec![
            field("price", FieldType::Number, None),
            field("family", FieldType::Category, Some(Role::Group)),
            field("main", FieldType::Text, Some(Role::Title)),
            field("other", FieldType::Text, Some(Role::Title)),
        ];
        let release = "0123456789abcdef".into();
        Manifest {
            format: 2,
            release,
            items: 3,
            default: DefaultQuestion { model: "ncf".into(), niche: None },
            fields,
            files,
            models: vec![ncf],
            related: None,
        }
    }

    /// The error code of the sample after a change.
    fn code(change: fn(&mut Manifest)) -> &'static str {
        let mut manifest = sample();
        change(&mut manifest);
        manifest.checked().map_or_else(|e| e.code().as_str(), |_| "ok")
    }

    fn each_is_refused(cases: &[fn(&mut Manifest)]) {
        for (at, case) in cases.iter().enumerate() {
            assert_eq!(code(*case), "manifest_invalid", "case {at}");
        }
    }

    #[test]
    fn a_right_one_passes_and_another_version_does_not() {
        assert_eq!(code(|_| ()), "ok");
        assert_eq!(code(|m| m.format = 1), "blob_version");
    }

    #[test]
    fn each_contradiction_of_the_release_and_its_files_is_refused() {
        each_is_refused(&[
            |m| m.release = "../x".into(),
            |m| m.items = 0,
            |m| m.items = MAX_ITEMS + 1,
            |m| m.default.model = "none".into(),
            |m| m.default.niche = Some(1.5),
            |m| m.default.niche = Some(f32::NAN),
            |m| m.files[0].name = "../catalogue.aaaaaaaaaaaaaaaa".into(),
            |m| m.files[0].name = ".aaaaaaaaaaaaaaaa".into(),
            |m| m.files[0].name = "catalogue.bin".into(),
            |m| m.files[0].name = "http:aaaaaaaaaaaaaaaa".into(),
            |m| m.files[0].sha256 = "A".repeat(64),
            |m| m.files[0].bytes = 0,
            |m| m.files[0].bytes = MAX_FILE_BYTES + 1,
            |m| m.files[0].kind = "other".into(),
            |m| m.files.push(m.files[1].clone()),
            |m| m.files.extend([file("about", ABOUT, "c"), file("about", ABOUT, "d")]),
            |m| {
                let bytes = CHUNK_BYTES as u64 + 1;
                m.files.push(FileEntry { bytes, ..file("about", ABOUT, "c") });
            },
            |m| {
                m.files[1].kind = "map".into();
                m.files.push(file("map", "map", "a"));
            },
        ]);
    }

    #[test]
    fn each_contradiction_of_the_fields_is_refused() {
        each_is_refused(&[
            |m| m.fields[0].name = "family".into(),
            |m| m.fields[0].role = Some(Role::Url),
            |m| (m.fields[0].kind, m.fields[0].role) = (FieldType::Category, Some(Role::Group)),
            |m| m.fields[2].kind = FieldType::Tags,
            |m| {
                let field = |at: usize| FieldEntry { name: at.to_string(), ..m.fields[0].clone() };
                let more: Vec<FieldEntry> = (0..MAX_FIELDS).map(field).collect();
                m.fields.extend(more);
            },
        ]);
    }

    #[test]
    fn each_contradiction_of_a_model_is_refused() {
        each_is_refused(&[
            |m| m.models[0].text = Some("missing".into()),
            |m| {
                m.files.push(file("t", "text", "c"));
                m.models[0].text = Some(m.files[2].name.clone());
            },
            |m| m.models[0].file = "missing".into(),
            |m| m.models.push(m.models[0].clone()),
            |m| {
                let named = |at: usize| ModelEntry { name: at.to_string(), ..m.models[0].clone() };
                let others: Vec<ModelEntry> = (0..MAX_MODELS).map(named).collect();
                m.models.extend(others);
            },
            |m| m.models[0].metric = "euclid".into(),
            |m| m.models[0].exponent = f32::NAN,
            |m| m.models[0].rows = 4,
            |m| m.models[0].niche = -1.0,
            |m| m.models[0].scale = 0.0,
            |m| m.models[0].profile.scale = f32::NAN,
            |m| m.models[0].profile.exponent = 2.0,
            |m| m.models[0].profile.lambda = 0.0,
            |m| m.models[0].profile.a0 = f32::NAN,
            |m| m.models[0].residual = Some(ResidualEntry { file: "missing".into(), factor: 1.0 }),
            |m| {
                m.files[1].kind = "residual".into();
                m.models[0].residual =
                    Some(ResidualEntry { file: m.files[1].name.clone(), factor: 1.0 });
            },
        ]);
    }
}
