//! Item-item weights of another trainer: checked, cut to the largest of each item, and joined with
//! vectors as a residual. This knows no format of files.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use osusume::format::MAX_ITEMS;
use osusume_tables::{Provenance, Vectors};
use osusume_train::{Residual, keep_strongest};

use super::error::ImportError;
use super::table::ItemName;

/// Weights that one file may hold before the largest are kept: a million items with 64 each.
pub(super) const MAX_WEIGHTS: usize = 1 << 26;

/// The file of the weights, and how it is read.
#[derive(Debug, Clone)]
pub struct WeightOptions {
    /// The weights: a file, or a folder of Parquet files as Spark writes it.
    pub path: PathBuf,
    /// A file of ids, in the order of the rows, for a matrix.
    pub ids: Option<PathBuf>,
    /// The columns of the liked item, the other item and the weight, for triples.
    pub columns: [String; 3],
    /// Whether columns are the liked items, and rows those whose score grows.
    pub transpose: bool,
    /// Weights to keep for each liked item; those of the largest absolute value stay.
    pub keep: usize,
}

/// A square matrix by coordinates.
pub(super) struct Matrix {
    /// Rows and columns.
    pub size: usize,
    /// Row, column and value.
    pub entries: Vec<(u32, u32, f32)>,
}

/// Weights between items, by id.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// For each liked item: the others, ascending, and what a like adds to their scores. No weight
    /// is 0 or of an item for itself.
    pub pairs: BTreeMap<u32, Vec<(u32, f32)>>,
    /// Weights of items that the catalogue does not have, left out.
    pub unknown: usize,
    /// The name of the file.
    file: String,
}

/// The weights of a file by ids, as they are read.
#[derive(Default)]
pub(super) struct Entries {
    /// Liked item, other item and weight.
    of: Vec<(u32, u32, f32)>,
    unknown: usize,
}

impl Entries {
    /// Adds a triple. It is left out if one of its items is not among `keys`.
    pub fn push(
        &mut self,
        path: &Path,
        items: [&ItemName; 2],
        weight: f32,
        keys: Option<&BTreeMap<String, u32>>,
    ) -> Result<(), ImportError> {
        let row = self.of.len() + self.unknown;
        if row >= MAX_WEIGHTS {
            return Err(too_many(path));
        }
        let [liked, other] = items.map(|item| item.id(path, row, keys));
        match (liked?, other?) {
            (Some(liked), Some(other)) => self.of.push((liked, other, weight)),
            _ => self.unknown += 1,
        }
        Ok(())
    }

    /// Returns the entries of a matrix whose rows and columns are the items `names`.
    pub fn of_matrix(
        path: &Path,
        Matrix { size, entries }: Matrix,
        names: &[ItemName],
        keys: Option<&BTreeMap<String, u32>>,
    ) -> Result<Self, ImportError> {
        if names.len() != size {
            let reason = format!("a matrix of {size} × {size} and {} ids", names.len());
            return Err(ImportError::Shape { path: path.to_owned(), reason });
        }
        let mut seen = HashSet::with_capacity(size);
        let mut ids = Vec::with_capacity(size);
        for (row, name) in names.iter().enumerate() {
            let id = name.id(path, row, keys)?;
            if let Some(id) = id.filter(|id| !seen.insert(*id)) {
                return Err(ImportError::Duplicate { path: path.to_owned(), id });
            }
            ids.push(id);
        }
        let count = entries.len();
        let by_id = |(row, column, weight): (u32, u32, f32)| {
            Some((ids[row as usize]?, ids[column as usize]?, weight))
        };
        let of: Vec<_> = entries.into_iter().filter_map(by_id).collect();
        Ok(Self { unknown: count - of.len(), of })
    }

    /// Sums what stands twice, and keeps the largest weights of each liked item.
    pub fn checked(self, options: &WeightOptions) -> Result<Weights, ImportError> {
        let path = &options.path;
        let Self { mut of, unknown } = self;
        if options.transpose {
            for (liked, other, _) in &mut of {
                std::mem::swap(liked, other);
            }
        }
        // By weight too, so that the order in the file changes no sum.
        of.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        let mut pairs = BTreeMap::new();
        for row in of.chunk_by(|a, b| a.0 == b.0) {
            let liked = row[0].0;
            let mut others = Vec::new();
            for same in row.chunk_by(|a, b| a.1 == b.1) {
                let weight = same.iter().map(|entry| f64::from(entry.2)).sum::<f64>() as f32;
                if !weight.is_finite() {
                    let (path, what) = (path.clone(), "weights");
                    return Err(ImportError::NotFinite { path, what, id: liked });
                }
                if weight != 0.0 && same[0].1 != liked {
                    others.push((same[0].1, weight));
                }
            }
            keep_strongest(&mut others, options.keep);
            others.sort_unstable_by_key(|&(other, _)| other);
            if !others.is_empty() {
                pairs.insert(liked, others);
            }
        }
        if pairs.is_empty() {
            let reason = if unknown == 0 {
                "it has no weight between two items".to_owned()
            } else {
                format!("none of its {unknown} weights is between two items of the catalogue")
            };
            return Err(ImportError::Shape { path: path.clone(), reason });
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Weights { pairs, unknown, file })
    }
}

impl Weights {
    /// Returns how many weights there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.values().map(Vec::len).sum()
    }

    /// Returns whether there are none; files without weights are refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Joins the weights with `vectors`, or with none, as a vector file holds both.
    ///
    /// A score is that of the vectors times `factor`, and the weights are added as they are. An
    /// item that has only weights gets a vector of zeros, which packing does not store.
    pub fn join(
        &self,
        vectors: Option<Vectors>,
        factor: f32,
    ) -> Result<(Vectors, Residual), ImportError> {
        let alone = || Vectors {
            ids: Vec::new(),
            dims: 1,
            values: Vec::new(),
            provenance: Provenance {
                recipe: "imported".into(),
                exponent: Some(0.0),
                ..Provenance::default()
            },
        };
        let mut vectors = vectors.unwrap_or_else(alone);
        let known: HashSet<u32> = vectors.ids.iter().copied().collect();
        vectors.ids.extend(self.ids().into_iter().filter(|id| !known.contains(id)));
        if vectors.ids.len() > MAX_ITEMS as usize {
            let reason = format!("{} items; at most {MAX_ITEMS} are read", vectors.ids.len());
            return Err(ImportError::Shape { path: self.file.clone().into(), reason });
        }
        vectors.values.resize(vectors.ids.len() * vectors.dims, 0.0);
        let counted = format!("{}, {} weights", self.file, self.len());
        let data = &mut vectors.provenance.data;
        *data = if data.is_empty() { counted } else { format!("{data}; {counted}") };

        let row_of: HashMap<u32, u32> = vectors.ids.iter().copied().zip(0..).collect();
        let of = |id: &u32| {
            let of = self.pairs.get(id).map_or(&[][..], Vec::as_slice);
            of.iter().map(|&(other, weight)| (row_of[&other], weight)).collect()
        };
        let rows = vectors.ids.iter().map(of).collect();
        Ok((vectors, Residual::from_rows(factor, rows)))
    }

    /// Returns how many items have a weight, on either side.
    #[must_use]
    pub fn items(&self) -> usize {
        self.ids().len()
    }

    fn ids(&self) -> BTreeSet<u32> {
        let others = self.pairs.values().flatten().map(|&(other, _)| other);
        self.pairs.keys().copied().chain(others).collect()
    }
}

pub(super) fn too_many(path: &Path) -> ImportError {
    let reason = format!("more than {MAX_WEIGHTS} weights; keep the largest of each item");
    ImportError::Shape { path: path.to_owned(), reason }
}
