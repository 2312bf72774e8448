//! Item vectors on disk, as safetensors: any trainer can write them and any tool can read them.
//! It imports the error and the file writer.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::error::TableError;
use super::write_whole::write_whole;
use osusume::format::ProfileKind;

/// Where vectors come from. The packer copies it into the release's manifest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The data that they were made from: file names and row counts.
    pub data: String,
    /// How they were made: the recipe's name and settings.
    pub recipe: String,
    /// The random seed, if any was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Day of the build, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Measured quality by name, for instance `"ndcg@10": 0.2`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub quality: BTreeMap<String, f64>,
    /// The exponent p for which `q·v / (|q||v|)^p` ranked best. 0 is the dot product and 1 the
    /// cosine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exponent: Option<f32>,
    /// The rule that makes one query of several liked items, if it is not their sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileKind>,
}

/// One model's item vectors: `ids.len() × dims` values, row-major. The rows have any order.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    /// The item of each row. No id occurs twice.
    pub ids: Vec<u32>,
    /// Values per row.
    pub dims: usize,
    /// `ids.len() × dims` finite values.
    pub values: Vec<f32>,
    /// Where the vectors come from.
    pub provenance: Provenance,
}

/// One more tensor in a vector file.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its name, neither "ids" nor "vectors".
    pub name: String,
    /// The type of its values.
    pub dtype: Dtype,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, little-endian.
    pub bytes: Vec<u8>,
}

const PROVENANCE: &str = "osusume.provenance";

impl Vectors {
    /// Returns the vector of row `row`.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.dims..][..self.dims]
    }

    /// Writes the file. A reader of `path` finds all of it or none, as with [`write_whole`].
    pub fn write(&self, path: &Path) -> Result<(), TableError> {
        self.write_with(path, &[])
    }

    /// Writes the file as [`Vectors::write`] does, with more tensors.
    pub fn write_with(&self, path: &Path, more: &[Tensor]) -> Result<(), TableError> {
        let ids: Vec<u8> = self.ids.iter().flat_map(|id| id.to_le_bytes()).collect();
        let values: Vec<u8> = self.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let rows = self.ids.len();
        let view = |dtype, shape, bytes| {
            TensorView::new(dtype, shape, bytes)
                .map_err(|e| bad(path, format!("cannot be written: {e}")))
        };
        let mut tensors = vec![
            ("ids", view(Dtype::U32, vec![rows], &ids)?),
            ("vectors", view(Dtype::F32, vec![rows, self.dims], &values)?),
        ];
        for Tensor { name, dtype, shape, bytes } in more {
            tensors.push((name, view(*dtype, shape.clone(), bytes)?));
        }
        let provenance = serde_json::to_string(&self.provenance)
            .map_err(|e| bad(path, format!("provenance cannot be written: {e}")))?;
        let bytes =
            safetensors::serialize(tensors, Some([(PROVENANCE.to_owned(), provenance)].into()))
                .map_err(|e| bad(path, format!("cannot be written: {e}")))?;
        write_whole(path, &bytes)
    }

    /// Reads and checks a file that [`Vectors::write`] or another tool wrote.
    ///
    /// A file without a provenance gets an empty one.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let bytes = std::fs::read(path).map_err(TableError::io(path))?;
        let (_, metadata) =
            SafeTensors::read_metadata(&bytes).map_err(|e| bad(path, e.to_string()))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|e| bad(path, e.to_string()))?;
        let tensor = |name| {
            tensors.tensor(name).map_err(|_| bad(path, format!("it has no tensor \"{name}\"")))
        };
        let (ids, vectors) = (tensor("ids")?, tensor("vectors")?);
        let &[rows, dims] = vectors.shape() else {
            return Err(bad(
                path,
                format!("\"vectors\" has {} dimensions, not 2", vectors.shape().len()),
            ));
        };
        if ids.dtype() != Dtype::U32 || ids.shape() != [rows] {
            let found = format!("{:?} {:?}", ids.dtype(), ids.shape());
            return Err(bad(path, format!("\"ids\" is {found}, expected U32 [{rows}]")));
        }
        if vectors.dtype() != Dtype::F32 {
            return Err(bad(path, format!("\"vectors\" is {:?}, expected F32", vectors.dtype())));
        }
        let ids: Vec<u32> = words(ids.data()).map(u32::from_le_bytes).collect();
        let values: Vec<f32> = words(vectors.data()).map(f32::from_le_bytes).collect();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        if let Some(&[id, ..]) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(bad(path, format!("item {id} has two rows")));
        }
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            return Err(TableError::NotFinite { path: path.to_owned(), id: ids[at / dims] });
        }
        let provenance = match metadata.metadata().as_ref().and_then(|all| all.get(PROVENANCE)) {
            Some(json) => {
                serde_json::from_str(json).map_err(|e| bad(path, format!("provenance: {e}")))?
            }
            None => Provenance::default(),
        };
        Ok(Self { ids, dims, values, provenance })
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> + '_ {
    bytes.chunks_exact(4).map(|word| [word[0], word[1], word[2], word[3]])
}

fn bad(path: &Path, reason: String) -> TableError {
    TableError::VectorFile { path: path.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vectors {
        let provenance = Provenance { data: "d".into(), seed: Some(7), ..Provenance::default() };
        Vectors {
            ids: vec![5, 1],
            dims: 3,
            values: vec![1.0, -2.0, 0.5, 0.0, 3.0, -0.0],
            provenance,
        }
    }

    #[test]
    fn written_vectors_are_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.safetensors");
        sample().write(&path).unwrap();
        assert_eq!(Vectors::read(&path).unwrap(), sample());
    }

    #[test]
    fn hostile_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.safetensors");
        let code = |vectors: Vectors| {
            vectors.write(&path).unwrap();
            Vectors::read(&path).unwrap_err().code().as_str()
        };
        assert_eq!(code(Vectors { ids: vec![5, 5], ..sample() }), "vector_file");
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut vectors = sample();
            vectors.values[4] = value;
            assert_eq!(code(vectors), "vector_not_finite");
        }
        sample().write(&path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for len in 0..whole.len() {
            std::fs::write(&path, &whole[..len]).unwrap();
            assert_eq!(
                Vectors::read(&path).unwrap_err().code().as_str(),
                "vector_file",
                "at {len} bytes"
            );
        }
        assert_eq!(Vectors::read(&dir.path().join("none")).unwrap_err().code().as_str(), "io");
    }
}
