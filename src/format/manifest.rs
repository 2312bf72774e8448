//! The manifest: the one mutable file of a release, JSON; it names and pins every other file.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{FormatError, MAX_DIMS, MAX_ITEMS};
use crate::message::Quoted;
use crate::names::ByName;

/// The format that this build reads and writes.
pub const FORMAT_VERSION: u32 = 1;

/// Most bytes of one file.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// What a release is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Format version, [`FORMAT_VERSION`].
    pub format: u32,
    /// Names this release: the first 16 hexadecimal digits of the SHA-256 of everything that decides an answer.
    pub release: String,
    /// Items in the catalogue.
    pub items: u32,
    /// The model that answers where none is asked for.
    pub default_model: String,
    /// Every other file.
    pub files: Vec<FileEntry>,
    /// Every model, the one to load first first.
    pub models: Vec<ModelEntry>,
}

/// One immutable file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name beside the manifest: lower-case letters, digits, `.`, `_`, `-`, and in it the first 16 digits of `sha256`.
    pub name: String,
    /// `catalogue`, `titles`, `model`, `residual`, `neighbours`, `text`, `map` or `images`; files of other kinds are left alone.
    pub kind: String,
    /// Length.
    pub bytes: u64,
    /// SHA-256 of the content, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// One model: how its file is to be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelEntry {
    /// Name in requests.
    pub name: String,
    /// Name of its file.
    pub file: String,
    /// `dot` or `cosine`.
    pub metric: String,
    /// The exponent p of `q·v / (|q||v|)^p`, in 0..=1; for `cosine` it is 1.
    pub exponent: f32,
    /// Values per row.
    pub dims: u32,
    /// Items covered.
    pub rows: u32,
    /// How several liked items become a query; the sum of their unit vectors where it is not said.
    #[serde(default)]
    pub profile: Profile,
    /// Sparse weights that are added to the products of the vectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<ResidualEntry>,
    /// Name of the file of its neighbour lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neighbours: Option<String>,
    /// Name of the file of its text encoder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How strongly `niche` acts: 0 to 100 times the distance from the mean score to
    /// the best at its ends; 1 where it is not said.
    #[serde(default = "one")]
    pub niche: f32,
    /// What it was made from, how, with which seed, and when.
    pub provenance: ByName<String, String>,
    /// Measured quality by name.
    pub quality: ByName<String, f64>,
}

fn one() -> f32 {
    1.0
}

/// How several liked items become a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Which rule.
    pub kind: ProfileKind,
    /// The exponent p for such queries, in 0..=1.
    pub exponent: f32,
    /// Weight of the unseen items in the ridge solution, 0 to 1000.
    pub a0: f32,
    /// Regularisation of the ridge solution, above 0, at most 1,000,000.
    pub lambda: f32,
}

/// The rules of [`Profile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfileKind {
    /// The weighted sum of the vectors, each divided by the p-th power of its length.
    Sum,
    /// The ridge solution.
    Ridge,
}

impl Default for Profile {
    fn default() -> Self {
        Self { kind: ProfileKind::Sum, exponent: 1.0, a0: 1.0, lambda: 3.0 }
    }
}

/// The residual of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResidualEntry {
    /// Name of its file.
    pub file: String,
    /// What the products of the vectors are multiplied by before its weights are added; finite.
    pub factor: f32,
}

impl Manifest {
    /// Returns `self` if it contradicts neither itself nor what this build reads.
    pub fn checked(self) -> Result<Self, FormatError> {
        if self.format != FORMAT_VERSION {
            return Err(FormatError::Version { found: self.format });
        }
        let ok = |ok: bool, what: &str| {
            if ok { Ok(()) } else { Err(FormatError::Manifest(what.into())) }
        };
        let of = |ok: bool, kind: &str, name: &str, what: &str| {
            if ok {
                Ok(())
            } else {
                Err(FormatError::Manifest(format!("{kind}{} {what}", Quoted(name))))
            }
        };
        ok(is_hex(&self.release, 16), "the release id is not 16 hexadecimal digits")?;
        ok((1..=MAX_ITEMS).contains(&self.items), "the item count is not in 1..=2^24")?;
        for (at, file) in self.files.iter().enumerate() {
            let FileEntry { name, bytes, sha256, .. } = file;
            let ok = |ok: bool, what: &str| of(ok, "", name, what);
            ok(is_hex(sha256, 64), "has a SHA-256 that is not 64 hexadecimal digits")?;
            let named = name.as_bytes().windows(16).any(|part| *part == sha256.as_bytes()[..16]);
            ok(
                is_file_name(name) && named,
                "is not a plain file name that holds the first 16 digits of its SHA-256",
            )?;
            ok((1..=MAX_FILE_BYTES).contains(bytes), "has a length that is not in 1..=2^30")?;
            ok(self.files[..at].iter().all(|other| other.name != *name), "stands twice")?;
        }
        self.catalogue()?;
        self.titles()?;
        ok(
            self.files.iter().filter(|file| file.kind == "map").count() < 2,
            "it names more than one map",
        )?;
        let images = self.files.iter().filter(|file| file.kind == "images");
        ok(images.count() < 2, "it names two files of images")?;
        for (at, model) in self.models.iter().enumerate() {
            let ModelEntry { name, metric, exponent, dims, rows, .. } = model;
            let ok = |ok: bool, what: &str| of(ok, "model ", name, what);
            self.file(model)?;
            ok(self.models[..at].iter().all(|other| other.name != *name), "stands twice")?;
            ok((1..=MAX_DIMS).contains(dims), "has dims that are not in 1..=4096")?;
            ok((1..=self.items).contains(rows), "has rows that are not in 1..=items")?;
            let Profile { exponent: p, a0, lambda, .. } = model.profile;
            let profile_ok = (0.0..=1.0).contains(&p)
                && (0.0..=1000.0).contains(&a0)
                && lambda > 0.0
                && lambda <= 1e6
                && (0.0..=100.0).contains(&model.niche);
            ok(profile_ok, "has numbers out of range in its profile or niche")?;
            if let Some(residual) = &model.residual {
                self.file_of_kind(&residual.file, "residual", name)?;
                ok(residual.factor.is_finite(), "has a residual whose factor is not finite")?;
            }
            self.neighbours_file(model)?;
            let sums = metric == "cosine" && model.profile.kind == ProfileKind::Sum;
            ok(
                self.text_file(model)?.is_none() || sums,
                "has a text encoder and no cosines, or profiles that are no sums",
            )?;
            let metric_known = metric == "dot" || (metric == "cosine" && *exponent == 1.0);
            ok(
                metric_known && (0.0..=1.0).contains(exponent),
                "has a metric that is not dot with an exponent in 0..=1, or cosine with 1",
            )?;
        }
        let default = &self.default_model;
        of(
            self.model(default).is_some(),
            "the default model ",
            default,
            "is not among the models",
        )?;
        Ok(self)
    }

    /// Returns the catalogue's file.
    pub fn catalogue(&self) -> Result<&FileEntry, FormatError> {
        let mut found = self.files.iter().filter(|file| file.kind == "catalogue");
        match (found.next(), found.next()) {
            (Some(file), None) => Ok(file),
            _ => Err(FormatError::Manifest("it does not name exactly one catalogue".into())),
        }
    }

    /// Returns the file of the titles that suffice for the neighbour lists of the default model, if there is one.
    pub fn titles(&self) -> Result<Option<&FileEntry>, FormatError> {
        let mut found = self.files.iter().filter(|file| file.kind == "titles");
        match (found.next(), found.next()) {
            (found, None) => Ok(found),
            _ => Err(FormatError::Manifest("it names two files of titles".into())),
        }
    }

    /// Returns the file of the neighbour lists of `model`, if it has one.
    pub fn neighbours_file(&self, model: &ModelEntry) -> Result<Option<&FileEntry>, FormatError> {
        let file = model.neighbours.as_ref();
        file.map(|file| self.file_of_kind(file, "neighbours", &model.name)).transpose()
    }

    /// Returns the file of the text encoder of `model`, if it has one.
    pub fn text_file(&self, model: &ModelEntry) -> Result<Option<&FileEntry>, FormatError> {
        model.text.as_ref().map(|file| self.file_of_kind(file, "text", &model.name)).transpose()
    }

    /// Returns the file of the map, if there is one.
    #[must_use]
    pub fn map(&self) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.kind == "map")
    }

    /// Returns the file of the addresses of pictures, if there is one.
    #[must_use]
    pub fn images(&self) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.kind == "images")
    }

    /// Returns the file of `model`.
    pub fn file(&self, model: &ModelEntry) -> Result<&FileEntry, FormatError> {
        self.file_of_kind(&model.file, "model", &model.name)
    }

    /// Returns the file of the residual of `model`, if it has one.
    pub fn residual_file(&self, model: &ModelEntry) -> Result<Option<&FileEntry>, FormatError> {
        let found = model
            .residual
            .as_ref()
            .map(|residual| self.file_of_kind(&residual.file, "residual", &model.name));
        found.transpose()
    }

    fn file_of_kind(&self, file: &str, kind: &str, model: &str) -> Result<&FileEntry, FormatError> {
        let found = self.files.iter().find(|entry| entry.kind == kind && entry.name == file);
        found.ok_or_else(|| {
            let (model, file) = (Quoted(model), Quoted(file));
            FormatError::Manifest(format!("model {model} names the missing file {file}"))
        })
    }

    /// Returns the entry of the model called `name`.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&ModelEntry> {
        self.models.iter().find(|model| model.name == name)
    }
}

impl FileEntry {
    /// Checks the whole content against the length and the hash that the manifest pins.
    pub fn verify(&self, content: &[u8]) -> Result<(), FormatError> {
        let mut checked = self.checked_as_it_comes();
        checked.update(content);
        checked.finish()
    }

    /// As [`FileEntry::verify`], of content that comes in parts.
    #[must_use]
    pub fn checked_as_it_comes(&self) -> Checked<'_> {
        Checked { entry: self, hash: Sha256::new(), found: 0 }
    }
}

/// The content of a file on its way, held to what the manifest pins.
#[derive(Debug, Clone)]
pub struct Checked<'a> {
    entry: &'a FileEntry,
    hash: Sha256,
    found: u64,
}

impl Checked<'_> {
    /// Takes the next part; what is behind the promised length is counted only.
    pub fn update(&mut self, part: &[u8]) {
        self.found += part.len() as u64;
        if self.found <= self.entry.bytes {
            self.hash.update(part);
        }
    }

    /// Says whether all of it was what the manifest pins.
    pub fn finish(self) -> Result<(), FormatError> {
        let (expected, found) = (self.entry.bytes, self.found);
        if found < expected {
            return Err(FormatError::Truncated { needed: expected, found });
        }
        if found > expected {
            return Err(FormatError::TooLong { expected, found });
        }
        if hex(&self.hash.finalize()) == self.entry.sha256 {
            Ok(())
        } else {
            Err(FormatError::Integrity { file: self.entry.name.clone() })
        }
    }
}

/// Returns the SHA-256 of `content` as 64 lower-case hexadecimal digits.
#[must_use]
pub fn hex_sha256(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// Returns bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from(b"0123456789abcdef"[usize::from(n)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Says whether a text is `len` lower-case hexadecimal digits.
#[must_use]
pub fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Plain means: cannot leave the folder, needs no escaping in a URL.
fn is_file_name(name: &str) -> bool {
    name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
        && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Manifest {
        let file = |stem: &str, kind: &str, digit: &str| FileEntry {
            name: format!("{stem}.{}.bin", digit.repeat(16)),
            kind: kind.into(),
            bytes: 40,
            sha256: digit.repeat(64),
        };
        let files = vec![file("catalogue", "catalogue", "a"), file("ncf", "model", "b")];
        let ncf = ModelEntry {
            name: "ncf".into(),
            file: files[1].name.clone(),
            metric: "dot".into(),
            exponent: 0.5,
            dims: 2,
            rows: 1,
            profile: Profile::default(),
            residual: None,
            neighbours: None,
            text: None,
            niche: 1.0,
            provenance: ByName::default(),
            quality: ByName::default(),
        };
        let release = "0123456789abcdef".into();
        Manifest {
            format: 1,
            release,
            items: 3,
            default_model: "ncf".into(),
            files,
            models: vec![ncf],
        }
    }

    #[test]
    fn a_right_one_passes_and_each_contradiction_does_not() {
        assert!(sample().checked().is_ok());
        let code = |change: fn(&mut Manifest)| {
            let mut manifest = sample();
            change(&mut manifest);
            manifest.checked().map_or_else(|e| e.code(), |_| "ok")
        };
        assert_eq!(code(|m| m.format = 2), "blob_version");
        let cases: [fn(&mut Manifest); 29] = [
            |m| m.models[0].text = Some("missing".into()),
            |m| {
                m.files.push(FileEntry {
                    name: "t.cccccccccccccccc.bin".into(),
                    kind: "text".into(),
                    ..m.files[0].clone()
                });
                m.files[2].sha256 = "c".repeat(64);
                m.models[0].text = Some(m.files[2].name.clone());
            },
            |m| m.models[0].neighbours = Some("missing".into()),
            |m| {
                for digit in ["c", "d"] {
                    let (name, sha256) = (format!("t.{}.bin", digit.repeat(16)), digit.repeat(64));
                    m.files.push(FileEntry { name, kind: "titles".into(), bytes: 1, sha256 });
                }
            },
            |m| m.release = "../x".into(),
            |m| m.items = 0,
            |m| m.items = MAX_ITEMS + 1,
            |m| m.default_model = "none".into(),
            |m| m.files[0].name = "../catalogue.aaaaaaaaaaaaaaaa".into(),
            |m| m.files[0].name = ".aaaaaaaaaaaaaaaa".into(),
            |m| m.files[0].name = "catalogue.bin".into(),
            |m| m.files[0].name = "http:aaaaaaaaaaaaaaaa".into(),
            |m| m.files[0].sha256 = "A".repeat(64),
            |m| m.files[0].bytes = 0,
            |m| m.files[0].bytes = MAX_FILE_BYTES + 1,
            |m| m.files[0].kind = "other".into(),
            |m| m.files.push(m.files[1].clone()),
            |m| {
                m.files[1].kind = "map".into();
                m.files.push(FileEntry {
                    name: "map.aaaaaaaaaaaaaaaa.bin".into(),
                    ..m.files[1].clone()
                });
                m.files[2].sha256 = "a".repeat(64);
            },
            |m| m.models[0].file = "missing".into(),
            |m| m.models.push(m.models[0].clone()),
            |m| m.models[0].metric = "euclid".into(),
            |m| m.models[0].exponent = f32::NAN,
            |m| m.models[0].rows = 4,
            |m| m.models[0].niche = -1.0,
            |m| m.models[0].profile.exponent = 2.0,
            |m| m.models[0].profile.lambda = 0.0,
            |m| m.models[0].profile.a0 = f32::NAN,
            |m| m.models[0].residual = Some(ResidualEntry { file: "missing".into(), factor: 1.0 }),
            |m| {
                m.files[1].kind = "residual".into();
                m.models[0].residual =
                    Some(ResidualEntry { file: m.files[1].name.clone(), factor: 1.0 });
            },
        ];
        for (at, case) in cases.into_iter().enumerate() {
            assert_eq!(code(case), "manifest_invalid", "case {at}");
        }
    }

    #[test]
    fn content_is_held_to_its_hash() {
        let content = b"abc";
        let sha256 = hex_sha256(content);
        assert_eq!(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let file = FileEntry { name: "f".into(), kind: "model".into(), bytes: 3, sha256 };
        let code = |content: &[u8]| file.verify(content).map_or_else(|e| e.code(), |()| "ok");
        assert_eq!(code(b"abc"), "ok");
        assert_eq!(code(b"abd"), "integrity");
        assert_eq!(code(b"ab"), "blob_truncated");
        assert_eq!(code(b"abcd"), "blob_length");
    }
}
