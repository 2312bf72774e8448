//! Reads the sparse matrices that `scipy.sparse.save_npz` writes: a zip of `.npy` arrays.
//! This knows the arrays of `npy` and the entries of `weights`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use osusume::format::MAX_ITEMS;
use osusume_tables::TableError;
use zip::ZipArchive;
use zip::result::ZipError;

use super::error::ImportError;
use super::npy::Array;
use super::weights::{MAX_WEIGHTS, Matrix, too_many};

/// Bytes of the largest header of an array that is read.
const HEADER_BYTES: usize = 1 << 16;

/// The arrays of one file.
struct Arrays<'a> {
    path: &'a Path,
    zip: ZipArchive<File>,
}

pub(super) fn read(path: &Path) -> Result<Matrix, ImportError> {
    let file = File::open(path).map_err(TableError::io(path))?;
    let zip = ZipArchive::new(file).map_err(|error| broken(path, error.to_string()))?;
    let mut arrays = Arrays { path, zip };
    let format = arrays.text("format")?;
    let size = arrays.size()?;
    let entries = match format.as_str() {
        "csr" | "csc" | "bsr" => arrays.compressed(&format, size)?,
        "coo" => arrays.coordinates(size)?,
        _ => {
            let reason = format!("a sparse matrix of the format {format:?}; save its .tocsr()");
            return Err(broken(path, reason));
        }
    };
    Ok(Matrix { size, entries })
}

impl Arrays<'_> {
    /// Returns the bytes of an array of at most `most` values; `None` if the file has none.
    fn bytes(&mut self, name: &str, most: usize) -> Result<Option<Vec<u8>>, ImportError> {
        let error = |reason: String| broken(self.path, format!("{name}: {reason}"));
        let limit = (HEADER_BYTES + 8 * most) as u64;
        let entry = match self.zip.by_name(&format!("{name}.npy")) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(other) => return Err(error(other.to_string())),
        };
        // The directory may lie about the size, so the limit is on what is unpacked.
        let mut bytes = Vec::new();
        entry.take(limit + 1).read_to_end(&mut bytes).map_err(|e| error(e.to_string()))?;
        if bytes.len() as u64 > limit {
            return Err(error(format!("more than {most} values")));
        }
        Ok(Some(bytes))
    }

    fn needed(&mut self, name: &str, most: usize) -> Result<Vec<u8>, ImportError> {
        self.bytes(name, most)?.ok_or_else(|| {
            broken(self.path, format!("no array {name:?}; write it by scipy.sparse.save_npz"))
        })
    }

    fn text(&mut self, name: &str) -> Result<String, ImportError> {
        let bytes = self.needed(name, 64)?;
        let array = Array::parse(self.path, &bytes)?;
        if !array.kind.starts_with(['S', 'U']) {
            return Err(broken(self.path, format!("{name:?} is not text")));
        }
        let letters = array.bytes.iter().filter(|byte| **byte != 0).take(20);
        Ok(letters.map(|&byte| char::from(byte)).collect())
    }

    /// Returns the rows of the matrix, which has as many columns.
    fn size(&mut self) -> Result<usize, ImportError> {
        let bytes = self.needed("shape", 64)?;
        let shape: Vec<i128> = Array::parse(self.path, &bytes)?.wholes(self.path)?.collect();
        let size = match shape[..] {
            [rows, columns] if rows == columns => usize::try_from(rows).ok(),
            _ => None,
        };
        let size = size.filter(|size| *size <= MAX_ITEMS as usize).ok_or_else(|| {
            let shape: Vec<String> = shape.iter().take(4).map(i128::to_string).collect();
            let shape = shape.join(" × ");
            let reason = format!(
                "a matrix of {shape}; expected as many rows as columns, at most {MAX_ITEMS}"
            );
            ImportError::Shape { path: self.path.to_owned(), reason }
        })?;
        if size == 0 { Err(ImportError::Empty { path: self.path.to_owned() }) } else { Ok(size) }
    }

    /// Returns the positions in an array, each below `end`.
    fn positions(
        &self,
        name: &str,
        bytes: &[u8],
        end: usize,
    ) -> Result<(Vec<usize>, Vec<u32>), ImportError> {
        let array = Array::parse(self.path, bytes)?;
        if array.by_columns && array.shape.len() > 1 {
            return Err(broken(self.path, format!("{name}: stored by columns; save a copy")));
        }
        let position = |at: i128| {
            u32::try_from(at).ok().filter(|at| (*at as usize) < end).ok_or_else(|| {
                broken(self.path, format!("{name}: {at} is not a position from 0 to {}", end - 1))
            })
        };
        let positions = array.wholes(self.path)?.map(position).collect::<Result<_, _>>()?;
        Ok((array.shape, positions))
    }

    /// Returns the values, and their shape.
    fn values(&mut self, most: usize) -> Result<(Vec<usize>, Vec<f32>), ImportError> {
        let bytes = self.needed("data", most)?;
        let array = Array::parse(self.path, &bytes)?;
        if array.by_columns && array.shape.len() > 1 {
            return Err(broken(self.path, "data: stored by columns; save a copy".to_owned()));
        }
        let values = if array.kind.starts_with(['i', 'u']) {
            array.wholes(self.path)?.map(|value| value as f32).collect()
        } else {
            array.floats(self.path)?.into_iter().map(|value| value as f32).collect()
        };
        Ok((array.shape, values))
    }

    /// Reads compressed rows (csr), columns (csc) or rows of dense blocks (bsr).
    fn compressed(
        &mut self,
        format: &str,
        size: usize,
    ) -> Result<Vec<(u32, u32, f32)>, ImportError> {
        let ends = self.needed("indptr", size + 1)?;
        let (_, ends) = self.positions("indptr", &ends, MAX_WEIGHTS + 1)?;
        let count = ends.last().map_or(0, |end| *end as usize);
        let places = self.needed("indices", count)?;
        let (_, places) = self.positions("indices", &places, size)?;
        let most = if format == "bsr" { MAX_WEIGHTS } else { count };
        let (shape, values) = self.values(most)?;
        let [height, width] = match (format, &shape[..]) {
            ("csr" | "csc", [_]) => [1, 1],
            ("bsr", &[_, height, width]) if height > 0 && width > 0 => [height, width],
            _ => return Err(broken(self.path, format!("data has {} dimensions", shape.len()))),
        };
        let is_whole = ends.first() == Some(&0)
            && ends.is_sorted()
            && (ends.len() - 1).checked_mul(height) == Some(size)
            && size.is_multiple_of(width)
            && places.len() == shape[0]
            && places.len() == count;
        if !is_whole {
            let reason = "its indptr, indices and data do not fit together";
            return Err(broken(self.path, reason.to_owned()));
        }
        let mut entries = Vec::with_capacity(count * height * width);
        for (row, range) in ends.windows(2).enumerate() {
            for at in range[0] as usize..range[1] as usize {
                for (inside, &value) in
                    values[at * height * width..][..height * width].iter().enumerate()
                {
                    let row = row * height + inside / width;
                    let column = places[at] as usize * width + inside % width;
                    if column >= size {
                        let reason = format!("indices: block {} is outside", places[at]);
                        return Err(broken(self.path, reason));
                    }
                    let [row, column] = [row as u32, column as u32];
                    let is_by_columns = format == "csc";
                    let [row, column] = if is_by_columns { [column, row] } else { [row, column] };
                    entries.push((row, column, value));
                }
            }
        }
        Ok(entries)
    }

    fn coordinates(&mut self, size: usize) -> Result<Vec<(u32, u32, f32)>, ImportError> {
        let [rows, columns] = if let Some(rows) = self.bytes("row", MAX_WEIGHTS)? {
            let columns = self.needed("col", MAX_WEIGHTS)?;
            let (_, rows) = self.positions("row", &rows, size)?;
            let (_, columns) = self.positions("col", &columns, size)?;
            [rows, columns]
        } else {
            let both = self.needed("coords", 2 * MAX_WEIGHTS)?;
            let (_, mut rows) = self.positions("coords", &both, size)?;
            let columns = rows.split_off(rows.len() / 2);
            [rows, columns]
        };
        let (_, values) = self.values(MAX_WEIGHTS)?;
        if rows.len() != values.len() || columns.len() != values.len() {
            let reason = "its rows, columns and data are not equally many";
            return Err(broken(self.path, reason.to_owned()));
        }
        if values.len() > MAX_WEIGHTS {
            return Err(too_many(self.path));
        }
        let places = rows.into_iter().zip(columns);
        Ok(places.zip(values).map(|((row, column), value)| (row, column, value)).collect())
    }
}

fn broken(path: &Path, reason: String) -> ImportError {
    ImportError::Broken { path: path.to_owned(), reason }
}
