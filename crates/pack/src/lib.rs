//! Vectors and a catalogue to a release: f16 blobs, the catalogue file and the manifest.
//!
//! The same inputs give the same bytes. New files are written beside the old ones, the manifest is swapped last, and
//! only then what nothing names is removed: whatever interrupts this, the folder holds one whole release.

mod eigen;
mod error;
mod first_answers;
pub mod import;
mod map;
pub mod rotation;
mod series;
mod text;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use half::f16;

use osusume::catalogue::Catalogue;
use osusume::engine::Engine;
use osusume::format::{
    AlignedBytes, CatalogueFile, Columns, FORMAT_VERSION, FileEntry, Manifest, ModelBlob,
    ModelEntry, Neighbours, ProfileKind, ProfileRule, ResidualBlob, ResidualEntry, TagList,
    UNKNOWN_SCORE, hex_sha256,
};
use osusume::internal::is_hex;
use osusume_release::{MANIFEST, ReleaseError};
use osusume_tables::{Entry, TextTable, Vectors, write_whole};
use rotation::Rotation;
use series::series;

pub use error::{PackError, Result};
pub use import::ImportError;
pub use map::{MapError, add_map};
pub use text::{PackedText, STEPS};

/// How the rows of a model compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Metric {
    /// `q·v / (|q||v|)^p`; 0 is the dot product. The vectors keep their lengths.
    Dot(f32),
    /// The cosine. The vectors are normalised when packed.
    Cosine,
}

/// A model to pack.
#[derive(Debug, Clone)]
pub struct Model {
    /// Name in requests and in the file's name.
    pub name: String,
    /// Its vectors.
    pub vectors: Vectors,
    /// How they compare.
    pub metric: Metric,
    /// What is added to the products of the vectors.
    pub residual: Option<Residual>,
    /// How several liked items become a query; where it is not said: the sum, with the metric's exponent.
    pub profile: Option<ProfileRule>,
    /// What makes queries of typed words: a table in the space of the vectors.
    pub text: Option<TextTable>,
}

/// Sparse weights between the items of a model.
#[derive(Debug, Clone)]
pub struct Residual {
    /// What the products of the vectors are multiplied by before the weights are added.
    pub factor: f32,
    /// For each row of the vectors: other rows and what liking the one adds to the score of the other.
    pub pairs: Vec<Vec<(u32, f32)>>,
}

impl Model {
    /// Returns a model of vectors alone.
    pub fn new(name: impl Into<String>, vectors: Vectors, metric: Metric) -> Self {
        Self { name: name.into(), vectors, metric, residual: None, profile: None, text: None }
    }
}

/// What was packed.
#[derive(Debug, Clone)]
pub struct PackReport {
    /// The manifest that was written.
    pub manifest: Manifest,
    /// By model: vectors of items that the catalogue does not have, left out.
    pub unknown: BTreeMap<String, usize>,
    /// Catalogue entries that no model covers, left out.
    pub uncovered: usize,
}

/// Writes the release of `models`, the default one first, over `entries` into the folder `out`.
///
/// `language` names the main titles. Items are ordered so that those of the first model come first, and within that
/// those on most lists: ties then go to the popular, and the rows of the first model are one run.
pub fn pack(out: &Path, entries: &[Entry], language: &str, models: &[Model]) -> Result<PackReport> {
    let Some(first) = models.first() else { return Err(PackError::NoModel.into()) };
    let rows_by_id: Vec<HashMap<u32, usize>> =
        models.iter().map(|model| model.vectors.ids.iter().copied().zip(0..).collect()).collect();
    let covered = |entry: &Entry| {
        rows_by_id.iter().map(|rows| rows.contains_key(&entry.id)).collect::<Vec<_>>()
    };
    let mut items: Vec<&Entry> =
        entries.iter().filter(|entry| covered(entry).contains(&true)).collect();
    items.sort_by_cached_key(|entry| {
        (Reverse(covered(entry)), Reverse(entry.members.unwrap_or(0)), entry.id)
    });

    let mut files = Vec::new();
    let mut manifest_models = Vec::new();
    let mut covered_by = Vec::new();
    let mut unknown = BTreeMap::new();
    for (model, rows_by_id) in models.iter().zip(&rows_by_id) {
        let (rows, values) = covered_rows(model, rows_by_id, &items)?;
        let (values, rotation) = rounded(&values, model.vectors.dims);
        unknown.insert(model.name.clone(), model.vectors.ids.len() - rows.len());
        let dims = model.vectors.dims as u32;
        let blob = ModelBlob::encode(items.len() as u32, dims, &rows, &values)?;
        let file = entry("model", &model.name, &blob);
        let mut described = model_entry(model, &file, rows.len() as u32);
        files.push((file, blob.to_vec()));
        if let Some(residual) = &model.residual {
            let pairs = residual_pairs(model, residual, rows_by_id, &items)?;
            let blob = ResidualBlob::encode(items.len() as u32, &pairs)?;
            let file = entry("residual", &format!("{}-residual", model.name), &blob);
            described.residual =
                Some(ResidualEntry { file: file.name.clone(), factor: residual.factor });
            files.push((file, blob));
        }
        if let Some(table) = &model.text {
            if table.vectors.dims != model.vectors.dims {
                return Err(PackError::TextDims(model.name.clone()).into());
            }
            let (head, plain) = text::encode(table, rotation.as_ref(), items.len() as u32, STEPS)?;
            let content = [head, gzip(&plain)?].concat();
            let file = entry("text", &format!("{}-text", model.name), &content);
            described.text = Some(file.name.clone());
            files.push((file, content));
        }
        manifest_models.push(described);
        covered_by.push(rows);
    }
    let columns = columns(&items, language)?;
    let catalogue = catalogue_file(&columns)?;
    files.insert(0, (entry("catalogue", "catalogue", &catalogue), catalogue));
    if let Some(images) = images(&items) {
        let content = catalogue_file(&images)?;
        files.insert(1, (entry("images", "images", &content), content));
    }

    let mut manifest = Manifest {
        format: FORMAT_VERSION,
        release: String::new(),
        items: items.len() as u32,
        default_model: first.name.clone(),
        files: files.iter().map(|(file, _)| file.clone()).collect(),
        models: manifest_models,
    };
    manifest.release = release_id(&manifest);
    let mut manifest = manifest.checked()?;
    add_first_answers(&mut manifest, &mut files, columns, &covered_by)?;
    manifest.release = release_id(&manifest);
    let manifest = manifest.checked()?;
    write(out, &manifest, &files)?;
    Ok(PackReport { manifest, unknown, uncovered: entries.len() - items.len() })
}

/// Adds the neighbour lists of each model, as the engine answers from the files so far, and the titles for the default one.
fn add_first_answers(
    manifest: &mut Manifest,
    files: &mut Vec<(FileEntry, Vec<u8>)>,
    columns: Columns,
    covered_by: &[Vec<u32>],
) -> Result<()> {
    let titles = first_answers::titles(&columns, covered_by[0].len());
    let content = |name: &str| {
        files.iter().find(|(file, _)| file.name == name).map(|(_, content)| &content[..])
    };
    let mut engine = Engine::new(manifest.clone(), Catalogue::new(columns)?)?;
    for model in &manifest.models {
        let residual = model.residual.as_ref().and_then(|residual| content(&residual.file));
        engine.add_unhashed(
            &model.name,
            AlignedBytes::from(content(&model.file).unwrap_or_default()),
            residual,
        )?;
    }
    for (at, (model, rows)) in manifest.models.iter_mut().zip(covered_by).enumerate() {
        if rows.len() < 2 || rows.len() > first_answers::MAX_ROWS {
            continue;
        }
        let (n, lists) = first_answers::lists(&engine, &model.name, rows)?;
        let (head, plain) = Neighbours::encode(manifest.items, rows, n, &lists);
        let content = [head, gzip(&plain)?].concat();
        let file = entry("neighbours", &format!("{}-neighbours", model.name), &content);
        model.neighbours = Some(file.name.clone());
        files.push((file, content));
        if at == 0 {
            let content = catalogue_file(&titles)?;
            files.push((entry("titles", "titles", &content), content));
        }
    }
    manifest.files = files.iter().map(|(file, _)| file.clone()).collect();
    Ok(())
}

/// The catalogue rows that a model covers, ascending, and their values, normalised where they shall be.
fn covered_rows(
    model: &Model,
    rows_by_id: &HashMap<u32, usize>,
    items: &[&Entry],
) -> Result<(Vec<u32>, Vec<f32>)> {
    let name_ok = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    if model.name.is_empty() || !model.name.bytes().all(name_ok) {
        return Err(PackError::Name(model.name.clone()).into());
    }
    let mut rows = Vec::new();
    let mut values = Vec::new();
    for (item, row) in items.iter().zip(0..) {
        let Some(&at) = rows_by_id.get(&item.id) else { continue };
        let vector = model.vectors.row(at);
        let scale = match model.metric {
            Metric::Dot(_) => 1.0,
            Metric::Cosine => {
                let norm = vector.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
                if norm > 0.0 { 1.0 / norm } else { 0.0 }
            }
        };
        rows.push(row);
        for &value in vector {
            let value = (f64::from(value) * scale) as f32;
            if !f16::from_f32(value).is_finite() {
                return Err(PackError::Range { model: model.name.clone(), id: item.id }.into());
            }
            values.push(value);
        }
    }
    if rows.is_empty() {
        Err(PackError::NoItems(model.name.clone()).into())
    } else {
        Ok((rows, values))
    }
}

/// Rounds rows of `dims` finite values as they are packed: by their principal axes where they are wide, and the rotation.
fn rounded(values: &[f32], dims: usize) -> (Vec<f16>, Option<Rotation>) {
    let round = |values: &[f32]| values.iter().map(|&v| f16::from_f32(v)).collect::<Vec<_>>();
    if dims >= rotation::WIDE
        && let Some(rotation) = rotation::principal(values, dims)
    {
        let rotated: Vec<f16> =
            values.chunks_exact(dims).flat_map(|row| round(&rotation.apply(row))).collect();
        // What every old axis could hold, a new one need not.
        if rotated.iter().all(|v| v.is_finite()) {
            return (rotated, Some(rotation));
        }
    }
    (round(values), None)
}

/// The residual's pairs by blob row, without those of items that are left out or whose weight f16 rounds to 0.
fn residual_pairs(
    model: &Model,
    residual: &Residual,
    rows_by_id: &HashMap<u32, usize>,
    items: &[&Entry],
) -> Result<Vec<Vec<(u32, f16)>>> {
    let covered: Vec<usize> =
        items.iter().filter_map(|item| rows_by_id.get(&item.id).copied()).collect();
    let blob_rows: HashMap<usize, u32> = covered.iter().copied().zip(0..).collect();
    let mut all = Vec::new();
    for &at in &covered {
        let mut pairs = Vec::new();
        for &(other, weight) in residual.pairs.get(at).map_or(&[][..], Vec::as_slice) {
            let packed = f16::from_f32(weight);
            if !packed.is_finite() {
                return Err(PackError::Range {
                    model: model.name.clone(),
                    id: model.vectors.ids[at],
                }
                .into());
            }
            if let Some(&row) = blob_rows.get(&(other as usize))
                && packed != f16::ZERO
            {
                pairs.push((row, packed));
            }
        }
        pairs.sort_unstable_by_key(|&(row, _)| row);
        all.push(pairs);
    }
    Ok(all)
}

fn model_entry(model: &Model, file: &FileEntry, rows: u32) -> ModelEntry {
    let (metric, exponent) = match model.metric {
        Metric::Dot(exponent) => ("dot", exponent),
        Metric::Cosine => ("cosine", 1.0),
    };
    let from = &model.vectors.provenance;
    let facts = [
        ("data", Some(from.data.clone())),
        ("recipe", Some(from.recipe.clone())),
        ("seed", from.seed.map(|seed| seed.to_string())),
        ("date", from.date.clone()),
    ];
    let facts = facts.into_iter().filter_map(|(name, fact)| Some((name.to_owned(), fact?)));
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
        neighbours: None,
        text: None,
        niche: 1.0,
        provenance: facts.filter(|(_, fact)| !fact.is_empty()).collect(),
        quality: from.quality.clone().into_iter().collect(),
    }
}

fn columns(items: &[&Entry], language: &str) -> Result<Columns> {
    let others: BTreeSet<&String> = items.iter().flat_map(|item| item.titles.keys()).collect();
    let lines = |text: &dyn Fn(&Entry) -> String| -> String {
        items.iter().map(|item| text(item)).collect::<Vec<_>>().join("\n")
    };
    let mut titles = vec![lines(&|item| item.title.clone())];
    titles.extend(
        others
            .iter()
            .map(|&other| lines(&|item| item.titles.get(other).cloned().unwrap_or_default())),
    );
    let languages =
        std::iter::once(language.to_owned()).chain(others.iter().map(|&other| other.clone()));

    let tag_names = by_use(items.iter().flat_map(|item| &item.tags));
    let type_names = by_use(items.iter().filter_map(|item| item.kind.as_ref()));
    let few = |ok: bool, what| if ok { Ok(()) } else { Err(PackError::TooMany(what)) };
    few(u16::try_from(tag_names.len()).is_ok(), "tags")?;
    few(items.iter().all(|item| u8::try_from(item.tags.len()).is_ok()), "tags of one item")?;
    few(u8::try_from(type_names.len()).is_ok(), "types")?;
    let tag_numbers: HashMap<&String, u16> = tag_names.iter().zip(0..).collect();
    let type_numbers: HashMap<&String, u8> = type_names.iter().zip(1..).collect();

    let hundredths = |score: f64| ((score * 100.0).round() as u16).min(UNKNOWN_SCORE - 1);
    Ok(Columns {
        ids: items.iter().map(|item| item.id).collect(),
        keys: if items.iter().any(|item| item.key.is_some()) {
            lines(&|item| item.key.clone().unwrap_or_default())
        } else {
            String::new()
        },
        languages: languages.collect(),
        titles,
        tags: TagList {
            counts: items.iter().map(|item| item.tags.len() as u8).collect(),
            indices: items.iter().flat_map(|item| &item.tags).map(|tag| tag_numbers[tag]).collect(),
            names: tag_names.clone(),
        },
        types: items
            .iter()
            .map(|item| item.kind.as_ref().map_or(0, |kind| type_numbers[kind]))
            .collect(),
        type_names: type_names.clone(),
        years: items.iter().map(|item| item.year.unwrap_or(0)).collect(),
        scores: items.iter().map(|item| item.score.map_or(UNKNOWN_SCORE, hundredths)).collect(),
        members: items.iter().map(|item| item.members.unwrap_or(0)).collect(),
        series: series(items).into_iter().zip(0..).map(|(first, row)| row - first).collect(),
    })
}

/// Returns the items that have a picture, with its address in the place of the title; nothing where there are none.
fn images(items: &[&Entry]) -> Option<Columns> {
    let (ids, images): (Vec<u32>, Vec<&str>) =
        items.iter().filter_map(|item| Some((item.id, item.image.as_deref()?))).unzip();
    let unknown = first_answers::unknown(ids.len());
    (!ids.is_empty()).then(|| Columns {
        languages: vec!["image".to_owned()],
        titles: vec![images.join("\n")],
        ids,
        ..unknown
    })
}

/// Every name once, the most used first, then by name.
fn by_use<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut uses: BTreeMap<&String, usize> = BTreeMap::new();
    for name in names {
        *uses.entry(name).or_default() += 1;
    }
    let mut names: Vec<&String> = uses.keys().copied().collect();
    names.sort_by_key(|name| Reverse(uses[name]));
    names.into_iter().cloned().collect()
}

fn catalogue_file(columns: &Columns) -> Result<Vec<u8>> {
    let items = columns.ids.len() as u32;
    let plain = columns.encode(items)?;
    Ok(CatalogueFile::encode(items, plain.len() as u32, &gzip(&plain)?))
}

/// Compresses once what is downloaded many times: zopfli takes seconds and saves some 4 % over gzip's best. It writes no
/// name and no time, so that the same bytes give the same gzip.
fn gzip(plain: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = Vec::new();
    zopfli::compress(zopfli::Options::default(), zopfli::Format::Gzip, plain, &mut gzip)
        .map_err(ReleaseError::io(Path::new("a gzip in memory")))?;
    Ok(gzip)
}

fn entry(kind: &str, stem: &str, content: &[u8]) -> FileEntry {
    let sha256 = hex_sha256(content);
    let name = format!("{stem}.{}.bin", &sha256[..16]);
    FileEntry { name, kind: kind.to_owned(), bytes: content.len() as u64, sha256 }
}

/// Hashes what decides an answer: the files and how they are used, not when or from what they were made.
fn release_id(manifest: &Manifest) -> String {
    let files = manifest.files.iter().map(|file| format!("{} {}\n", file.kind, file.sha256));
    let models = manifest.models.iter().map(|model| {
        let ModelEntry { name, file, metric, exponent, profile, residual, niche, text, .. } = model;
        let text = text.as_ref().map_or_else(String::new, |text| format!(" {text}"));
        let ProfileRule { kind, exponent: p, a0, lambda } = profile;
        let kind = match kind {
            ProfileKind::Sum => "sum",
            ProfileKind::Ridge => "ridge",
        };
        let (sparse, factor) = residual.as_ref().map_or(("-", 0.0), |r| (r.file.as_str(), r.factor));
        format!(
            "{name} {file} {metric} {exponent} {kind} {p} {a0} {lambda} {sparse} {factor} {niche}{text}\n"
        )
    });
    let first = format!("{FORMAT_VERSION} {}\n", manifest.default_model);
    let lines: String = std::iter::once(first).chain(files).chain(models).collect();
    hex_sha256(lines.as_bytes())[..16].to_owned()
}

/// Puts a file of `kind` in the place of the one that the release in `folder` has; all others stay as they are.
pub(crate) fn put(
    folder: &Path,
    mut manifest: Manifest,
    kind: &str,
    content: &[u8],
) -> Result<Manifest> {
    let file = entry(kind, kind, content);
    manifest.files.retain(|file| file.kind != kind);
    manifest.files.push(file.clone());
    manifest.release = release_id(&manifest);
    let manifest = manifest.checked()?;
    write(folder, &manifest, &[(file, content.to_vec())])?;
    Ok(manifest)
}

fn write(out: &Path, manifest: &Manifest, files: &[(FileEntry, Vec<u8>)]) -> Result<()> {
    std::fs::create_dir_all(out).map_err(ReleaseError::io(out))?;
    for (file, content) in files {
        write_whole(&out.join(&file.name), content)?;
    }
    let mut json =
        serde_json::to_vec_pretty(manifest).expect("a manifest has string keys and finite numbers");
    json.push(b'\n');
    write_whole(&out.join(MANIFEST), &json)?;
    for found in std::fs::read_dir(out).map_err(ReleaseError::io(out))? {
        let path = found.map_err(ReleaseError::io(out))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if is_hashed(&name) && !manifest.files.iter().any(|file| file.name == *name) {
            std::fs::remove_file(&path).map_err(ReleaseError::io(&path))?;
        }
    }
    Ok(())
}

/// Says whether a file is one that `pack` wrote: `stem.16 hexadecimal digits.bin`, or `.part` where it was interrupted.
fn is_hashed(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let Some((_, hash)) = stem.rsplit_once('.') else { return false };
    matches!(extension, "bin" | "part") && is_hex(hash, 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use osusume::engine::{ModelChoice, Request};
    use osusume_release::open;
    use osusume_tables::Provenance;

    fn catalogue() -> Vec<Entry> {
        let entry = |id: u32, title: &str, members: u32| Entry {
            id,
            key: None,
            title: title.into(),
            titles: BTreeMap::from([("english".into(), format!("The {title}"))]),
            tags: vec!["B".into(), format!("T{id}")],
            kind: Some("TV".into()),
            year: Some(1990 + id as u16),
            score: Some(8.755),
            members: Some(members),
            text: None,
            series: None,
            image: (id < 3).then(|| format!("https://pictures.example/{id}.jpg")),
        };
        vec![
            entry(1, "One", 5),
            entry(2, "Two", 9),
            entry(3, "Three", 7),
            entry(4, "Four", 99),
            entry(5, "Five", 1),
        ]
    }

    fn model(name: &str, ids: &[u32], metric: Metric) -> Model {
        let values = ids.iter().flat_map(|&id| [id as f32, 2.0]).collect();
        let vectors =
            Vectors { ids: ids.into(), dims: 2, values, provenance: Provenance::default() };
        Model::new(name, vectors, metric)
    }

    fn models() -> [Model; 2] {
        [model("ncf", &[3, 1, 2], Metric::Dot(0.5)), model("text", &[2, 4, 77], Metric::Cosine)]
    }

    fn names(folder: &Path) -> BTreeSet<String> {
        let found = std::fs::read_dir(folder).unwrap();
        found.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_is_packed_answers() {
        let dir = tempfile::tempdir().unwrap();
        let report = pack(dir.path(), &catalogue(), "romaji", &models()).unwrap();
        assert_eq!((report.uncovered, report.unknown["ncf"], report.unknown["text"]), (1, 0, 1));
        let engine = open(dir.path(), None).unwrap();
        let order: Vec<u32> = (0..4).map(|row| engine.catalogue().id(row)).collect();
        assert_eq!(
            order,
            [2, 3, 1, 4],
            "covered by both, then by the first model, then by members"
        );
        let item = engine.item(2).unwrap();
        assert_eq!(
            (item.titles.get("english"), item.score, item.year),
            (Some(&"The Two"), Some(8.76), Some(1992))
        );
        assert_eq!(item.genres, ["B", "T2"]);
        assert_eq!(item.image, Some("https://pictures.example/2.jpg"));
        assert_eq!(engine.item(3).unwrap().image, None);
        let request = Request {
            liked: vec![4.into()],
            n: 1,
            model: Some(ModelChoice::One("text".into())),
            ..Request::default()
        };
        let answer = engine.recommend(&request).unwrap();
        assert_eq!(answer.items[0].id, 2);
        assert!(
            (answer.items[0].score - 0.9487).abs() < 1e-3,
            "12 / √20·√8 as f16: {}",
            answer.items[0].score
        );
    }

    #[test]
    fn wide_vectors_are_packed_by_their_axes_and_keep_their_products() {
        let dims = rotation::WIDE;
        let value = |n: usize| ((n * 7919) % 2003) as f32 / 2003.0 - 0.3;
        let values: Vec<f32> = (0..40 * dims).map(value).collect();
        let (packed, rotation) = rounded(&values, dims);
        let (plain, none) = rounded(&values[..40 * (dims - 1)], dims - 1);
        assert!(none.is_none() && plain.iter().zip(&values).all(|(a, b)| *a == f16::from_f32(*b)));
        let rotation = rotation.unwrap();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let wide = |row: &[f32]| row.iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
        let (mut by_axes, mut by_rows) = (0.0_f64, 0.0_f64);
        for at in 0..40 {
            let row = |at: usize| &values[at * dims..][..dims];
            let half = |row: &[f16]| row.iter().map(|v| v.to_f64()).collect::<Vec<_>>();
            let query = wide(row(39 - at));
            let want = dot(&query, &wide(row(at)));
            let turned =
                dot(&wide(&rotation.apply(row(39 - at))), &half(&packed[at * dims..][..dims]));
            let plain =
                dot(&query, &half(&row(at).iter().map(|v| f16::from_f32(*v)).collect::<Vec<_>>()));
            by_axes += (turned - want).powi(2);
            by_rows += (plain - want).powi(2);
        }
        assert!(by_axes < 2.0 * by_rows, "rounding costs what it cost: {by_axes} {by_rows}");
        // A diagonal that fits where its axis does not.
        let large = vec![60_000.0; 3 * dims];
        let (packed, rotation) = rounded(&large, dims);
        assert!(rotation.is_none() && packed == vec![f16::from_f32(60_000.0); 3 * dims]);
    }

    #[test]
    fn the_same_inputs_give_the_same_bytes_in_any_order() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        pack(one.path(), &catalogue(), "romaji", &models()).unwrap();
        let mut entries = catalogue();
        entries.reverse();
        let reordered = [model("ncf", &[1, 2, 3], Metric::Dot(0.5)), models()[1].clone()];
        pack(two.path(), &entries, "romaji", &reordered).unwrap();
        assert_eq!(names(one.path()), names(two.path()));
        for name in names(one.path()) {
            let read = |dir: &tempfile::TempDir| std::fs::read(dir.path().join(&name)).unwrap();
            assert_eq!(read(&one), read(&two), "{name}");
        }
    }

    #[test]
    fn a_new_release_replaces_the_old_one_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let old = pack(dir.path(), &catalogue(), "romaji", &models()).unwrap().manifest;
        std::fs::create_dir(dir.path().join("recipes")).unwrap();
        std::fs::write(dir.path().join("README.md"), "card").unwrap();
        std::fs::write(dir.path().join("old.0123456789abcdef.part"), "interrupted").unwrap();
        let [ncf, _] = models();
        let new = pack(dir.path(), &catalogue(), "romaji", &[ncf]).unwrap().manifest;
        assert_ne!(old.release, new.release);
        let mut want: BTreeSet<String> = new.files.iter().map(|file| file.name.clone()).collect();
        want.extend(["manifest.json", "README.md", "recipes"].map(str::to_owned));
        assert_eq!(names(dir.path()), want);
    }

    #[test]
    fn a_pack_that_stops_leaves_the_old_release() {
        let dir = tempfile::tempdir().unwrap();
        let old = pack(dir.path(), &catalogue(), "romaji", &models()).unwrap().manifest;
        // The new files can be written, the manifest cannot: as if it was stopped between the two.
        std::fs::create_dir(dir.path().join("manifest.part")).unwrap();
        let [ncf, _] = models();
        let stopped = pack(dir.path(), &catalogue(), "romaji", &[ncf]).unwrap_err();
        assert_eq!(stopped.code(), "io");
        assert_eq!(open(dir.path(), None).unwrap().manifest().release, old.release);
    }

    #[test]
    fn bad_inputs_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let code =
            |models: &[Model]| pack(dir.path(), &catalogue(), "romaji", models).unwrap_err().code();
        assert_eq!(code(&[]), "no_model");
        assert_eq!(code(&[model("../x", &[1], Metric::Cosine)]), "model_name");
        assert_eq!(code(&[model("a", &[70], Metric::Cosine)]), "no_items");
        let mut large = model("a", &[1], Metric::Dot(0.0));
        large.vectors.values[0] = 1e5;
        assert_eq!(code(&[large.clone()]), "vector_range");
        large.metric = Metric::Cosine;
        assert!(pack(dir.path(), &catalogue(), "romaji", &[large.clone()]).is_ok());
        for value in [f32::NAN, f32::INFINITY] {
            large.vectors.values[0] = value;
            assert_eq!(code(&[large.clone()]), "vector_range");
        }
        let twins = [model("a", &[1], Metric::Cosine), model("a", &[1], Metric::Cosine)];
        assert_eq!(code(&twins), "manifest_invalid");
        assert_eq!(code(&[model("a", &[1], Metric::Dot(2.0))]), "manifest_invalid");
    }

    #[test]
    fn broken_folders_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let code = || open(dir.path(), None).unwrap_err().code();
        assert_eq!(code(), "file_missing");
        let manifest = pack(dir.path(), &catalogue(), "romaji", &models()).unwrap().manifest;
        let path = dir.path().join(&manifest.models[1].file);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[1..]).unwrap();
        assert_eq!(code(), "blob_truncated");
        std::fs::write(&path, [whole.as_slice(), b"x"].concat()).unwrap();
        assert_eq!(code(), "blob_length");
        let mut flipped = whole.clone();
        flipped[50] ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        assert_eq!(code(), "integrity");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(code(), "file_missing");
        assert!(open(dir.path(), Some(&["ncf"])).is_ok(), "the other model is whole");
        for (text, want) in
            [("<!doctype html>", "manifest_invalid"), (r#"{"format": 2}"#, "blob_version")]
        {
            std::fs::write(dir.path().join(MANIFEST), text).unwrap();
            assert_eq!(code(), want);
        }
    }
}
