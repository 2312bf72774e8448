//! Reads safetensors of any trainer. Their names and types may differ from those of this project's
//! vector files. This knows the table of a reader alone.

use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::error::ImportError;
use super::table::{ImportOptions, ItemName, Table, check_shape};
use osusume_tables::TableError;

pub(super) fn read(options: &ImportOptions) -> Result<Table, ImportError> {
    let path = &options.path;
    let bytes = std::fs::read(path).map_err(TableError::io(path))?;
    let tensors = SafeTensors::deserialize(&bytes)
        .map_err(|e| ImportError::Broken { path: path.clone(), reason: e.to_string() })?;
    let tensor = |name: &str| {
        tensors.tensor(name).map_err(|_| {
            let mut names = tensors.names();
            names.sort_unstable();
            let found = names.join(", ").chars().take(200).collect();
            ImportError::Column { path: path.clone(), column: format!("{name:?}"), found }
        })
    };
    let name = options.vector_column.as_deref().unwrap_or("vectors");
    let vectors = tensor(name)?;
    let &[rows, dims] = vectors.shape() else {
        let reason = format!(
            "{name:?} has {} dimensions, expected 2: rows and values",
            vectors.shape().len()
        );
        return Err(ImportError::Shape { path: path.clone(), reason });
    };
    check_shape(path, rows, dims)?;
    let values = floats(&vectors).ok_or_else(|| ImportError::Dtype {
        path: path.clone(),
        what: format!("{name:?}"),
        found: format!("{:?}", vectors.dtype()),
        expected: "F16, BF16, F32 or F64",
    })?;
    let ids = match (&options.id_column, &options.ids) {
        (None, Some(_)) => None,
        (asked, _) => {
            let name = asked.as_deref().unwrap_or("ids");
            let ids = match tensor(name) {
                Err(_) if asked.is_none() => {
                    return Err(ImportError::Ids { path: path.clone(), column: Some(true) });
                }
                ids => ids?,
            };
            Some(integers(&ids).ok_or_else(|| ImportError::Dtype {
                path: path.clone(),
                what: format!("{name:?}"),
                found: format!("{:?} {:?}", ids.dtype(), ids.shape()),
                expected: "one dimension of I32, I64, U32 or U64",
            })?)
        }
    };
    Ok(Table { ids, rows, dims, values })
}

fn floats(tensor: &TensorView<'_>) -> Option<Vec<f32>> {
    let data = tensor.data();
    Some(match tensor.dtype() {
        Dtype::F16 => {
            data.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
        }
        Dtype::BF16 => {
            data.chunks_exact(2).map(|b| bf16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
        }
        Dtype::F32 => {
            data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
        }
        Dtype::F64 => words(data).map(|b| f64::from_le_bytes(b) as f32).collect(),
        _ => return None,
    })
}

fn integers(tensor: &TensorView<'_>) -> Option<Vec<ItemName>> {
    if tensor.shape().len() != 1 {
        return None;
    }
    let data = tensor.data();
    let four = || data.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]]);
    Some(match tensor.dtype() {
        Dtype::I32 => four().map(|b| ItemName::Number(i32::from_le_bytes(b).into())).collect(),
        Dtype::U32 => four().map(|b| ItemName::Number(u32::from_le_bytes(b).into())).collect(),
        Dtype::I64 => words(data).map(|b| ItemName::Number(i64::from_le_bytes(b).into())).collect(),
        Dtype::U64 => words(data).map(|b| ItemName::Number(u64::from_le_bytes(b).into())).collect(),
        _ => return None,
    })
}

fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 8]> + '_ {
    bytes.chunks_exact(8).map(|b| [b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])
}
