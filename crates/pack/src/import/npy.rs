//! Reads the `.npy` files of `NumPy`, version 1 to 3: a Python dictionary as the header, then values.
//! This knows the table of a reader alone.

use std::path::Path;

use half::f16;

use super::error::ImportError;
use super::table::{ImportOptions, ItemName, Table, check_shape};
use osusume_tables::TableError;

const FLOATS: &str = "float16, float32 or float64";
const INTEGERS: &str = "whole numbers of 8 to 64 bits";

/// A file's header, and its values.
pub(super) struct Array<'a> {
    /// For instance `f4`.
    pub kind: &'a str,
    big_endian: bool,
    pub by_columns: bool,
    pub shape: Vec<usize>,
    pub bytes: &'a [u8],
}

pub(super) fn read(options: &ImportOptions) -> Result<Table, ImportError> {
    let path = &options.path;
    let bytes = std::fs::read(path).map_err(TableError::io(path))?;
    let array = Array::parse(path, &bytes)?;
    let &[rows, columns] = array.shape.as_slice() else {
        let reason =
            format!("the array has {} dimensions, expected 2: rows and values", array.shape.len());
        return Err(ImportError::Shape { path: path.clone(), reason });
    };
    check_shape(path, rows, columns)?;
    let id_column = match &options.id_column {
        None if options.ids.is_none() => {
            return Err(ImportError::Ids { path: path.clone(), column: Some(false) });
        }
        None => None,
        Some(text) => {
            let at = text.parse().ok().filter(|at| *at < columns);
            Some(at.ok_or_else(|| ImportError::Column {
                path: path.clone(),
                column: text.clone(),
                found: format!("0 to {}", columns - 1),
            })?)
        }
    };
    let values = array.floats(path)?;
    let at = |row: usize, column: usize| {
        values[if array.by_columns { column * rows + row } else { row * columns + column }]
    };
    let mut table = Table { rows, dims: columns, ..Table::default() };
    if let Some(ids) = id_column {
        table.dims -= 1;
        let name = |row| match at(row, ids) {
            value if value.fract() == 0.0 => ItemName::Number(value as i128),
            value => ItemName::Text(value.to_string()),
        };
        table.ids = Some((0..rows).map(name).collect());
    }
    for row in 0..rows {
        let others = (0..columns).filter(|column| Some(*column) != id_column);
        table.values.extend(others.map(|column| at(row, column) as f32));
    }
    Ok(table)
}

/// Reads a one-dimensional array of whole numbers.
pub(super) fn ids(path: &Path) -> Result<Vec<ItemName>, ImportError> {
    let bytes = std::fs::read(path).map_err(TableError::io(path))?;
    let array = Array::parse(path, &bytes)?;
    if array.shape.len() != 1 {
        let reason = format!("the array of ids has {} dimensions, expected 1", array.shape.len());
        return Err(ImportError::Shape { path: path.to_owned(), reason });
    }
    Ok(array.wholes(path)?.map(ItemName::Number).collect())
}

impl<'a> Array<'a> {
    pub fn parse(path: &Path, bytes: &'a [u8]) -> Result<Self, ImportError> {
        let broken =
            |reason: &str| ImportError::Broken { path: path.to_owned(), reason: reason.to_owned() };
        let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or_else(|| broken("not an .npy file"))?;
        let (length, rest) = match rest {
            [1, _, a, b, rest @ ..] => (usize::from(u16::from_le_bytes([*a, *b])), rest),
            [2 | 3, _, a, b, c, d, rest @ ..] => {
                (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest)
            }
            _ => return Err(broken("cut off, or of a version of .npy that is not known")),
        };
        let (header, bytes) =
            rest.split_at_checked(length).ok_or_else(|| broken("cut off in its header"))?;
        let header = std::str::from_utf8(header).map_err(|_| broken("its header is not text"))?;
        let field = |name: &str| -> Option<&str> {
            let (_, rest) = header.split_once(&format!("'{name}':"))?;
            Some(rest.trim_start())
        };
        let missing = || broken("its header does not say descr, fortran_order and shape");
        let descr = field("descr").ok_or_else(missing)?;
        let descr = match descr.strip_prefix('\'').and_then(|rest| rest.split_once('\'')) {
            Some((descr, _)) => descr,
            None => descr, // a list: named fields, which no type below is
        };
        let shape = field("shape")
            .and_then(|rest| rest.strip_prefix('(')?.split_once(')'))
            .ok_or_else(missing)?
            .0;
        let shape = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
        let shape: Vec<usize> =
            shape.map(|size| size.parse().map_err(|_| missing())).collect::<Result<_, _>>()?;
        let by_columns = field("fortran_order").ok_or_else(missing)?.starts_with("True");
        let kind = descr.trim_start_matches(['<', '>', '=', '|']);
        Ok(Self { kind, big_endian: descr.starts_with('>'), by_columns, shape, bytes })
    }

    /// Returns the bytes of a value, if its type is one of `kinds` and the file has the length that
    /// its header says.
    fn width(
        &self,
        path: &Path,
        kinds: &[&str],
        expected: &'static str,
    ) -> Result<usize, ImportError> {
        if !kinds.contains(&self.kind) {
            let (what, found) = ("the array".to_owned(), self.kind.chars().take(40).collect());
            return Err(ImportError::Dtype { path: path.to_owned(), what, found, expected });
        }
        let width = usize::from(self.kind.as_bytes()[1] - b'0');
        let needed = self.shape.iter().try_fold(width, |product, size| product.checked_mul(*size));
        if needed != Some(self.bytes.len()) {
            let shape: Vec<String> = self.shape.iter().map(usize::to_string).collect();
            let found = self.bytes.len();
            let reason = format!(
                "the header promises {} values of {width} bytes, {found} bytes follow",
                shape.join(" × ")
            );
            return Err(ImportError::Broken { path: path.to_owned(), reason });
        }
        Ok(width)
    }

    /// Returns the values of an array of whole numbers.
    pub fn wholes(
        &self,
        path: &Path,
    ) -> Result<impl ExactSizeIterator<Item = i128> + use<'_>, ImportError> {
        let width =
            self.width(path, &["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"], INTEGERS)?;
        let signed = self.kind.starts_with('i');
        let big_endian = self.big_endian;
        let number = move |bytes: &[u8]| {
            let mut wide = [0; 8];
            wide[..width].copy_from_slice(bytes);
            if big_endian {
                wide[..width].reverse();
            }
            let unused = 64 - 8 * width as u32;
            let raw = u64::from_le_bytes(wide);
            if signed {
                i128::from((raw << unused).cast_signed() >> unused)
            } else {
                i128::from(raw)
            }
        };
        Ok(self.bytes.chunks_exact(width).map(number))
    }

    pub fn floats(&self, path: &Path) -> Result<Vec<f64>, ImportError> {
        let width = self.width(path, &["f2", "f4", "f8"], FLOATS)?;
        let value = |bytes: &[u8]| {
            let mut bytes: Vec<u8> = bytes.to_vec();
            if self.big_endian {
                bytes.reverse();
            }
            match width {
                2 => bytes.try_into().map_or(f64::NAN, |bytes| f16::from_le_bytes(bytes).to_f64()),
                4 => bytes.try_into().map_or(f64::NAN, |bytes| f32::from_le_bytes(bytes).into()),
                _ => bytes.try_into().map_or(f64::NAN, f64::from_le_bytes),
            }
        };
        Ok(self.bytes.chunks_exact(width).map(value).collect())
    }
}
