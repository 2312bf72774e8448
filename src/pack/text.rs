//! A distilled table to a text encoder's file: its vectors in the axes of the model's rows, and in whole numbers.

use super::rotation::Rotation;
use crate::Result;
use crate::format::{TextColumns, TextFile};
use crate::tables::{TextTable, Vectors};
use crate::text::TextEncoder;

/// How many steps the root of the mean square of all values has. With 1.25 a value takes some 2.2 bits; docs/QUALITY.md has what
/// other numbers keep.
pub const STEPS: f32 = 1.25;

/// From so many uses on, a piece has steps of half the width, and from so many of these, half of that: what stands in many
/// texts shall be the most exact. Found beside `STEPS`.
const USES: [u32; 2] = [6, 100];

/// Returns the parts of the file: what stands before the gzip, and what that must hold.
pub(super) fn encode(
    table: &TextTable,
    rotation: Option<&Rotation>,
    items: u32,
    steps: f32,
) -> Result<(Vec<u8>, Vec<u8>)> {
    let (rows, dims) = (table.vectors.ids.len(), table.vectors.dims);
    let square: f64 = table.vectors.values.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
    let step = (square / table.vectors.values.len() as f64).sqrt() as f32 / steps;
    let finest = step / 2.0;
    let shifts: Vec<u8> =
        table.uses.iter().map(|&uses| USES.iter().filter(|&&many| uses < many).count() as u8).collect();
    let mut codes = vec![0; rows * dims];
    for (row, &shift) in shifts.iter().enumerate() {
        let vector = table.vectors.row(row);
        let vector = rotation.map_or_else(|| vector.to_vec(), |rotation| rotation.apply(vector));
        for (dim, value) in vector.into_iter().enumerate() {
            let code = (value / (finest * f32::from(1_u8 << shift))).round().clamp(-127.0, 127.0);
            codes[dim * rows + row] = (code as i8).cast_unsigned();
        }
    }
    let folded: Vec<&str> = table.foldings.iter().map(|(_, _, to)| to.as_str()).collect();
    let columns = TextColumns {
        longest: table.longest,
        firsts: table.foldings.iter().map(|&(first, _, _)| first).collect(),
        lasts: table.foldings.iter().map(|&(_, last, _)| last).collect(),
        folded: folded.join("\n"),
        prefix: table.prefix.clone(),
        pieces: table.pieces.join("\n"),
        others: table.others.join("\n"),
        words: table.words.join("\n"),
        shifts,
        codes,
    };
    Ok(columns.encode(items, rows as u32, dims as u32)?)
}

/// A text encoder as a release holds it, for asking it in the axes that its table has.
#[derive(Debug, Clone)]
pub struct PackedText {
    /// The encoder.
    pub encoder: TextEncoder,
    /// Bytes of its file.
    pub bytes: usize,
    rotation: Option<Rotation>,
}

impl PackedText {
    /// Packs `table` beside a model whose rows are `items`. A release has [`STEPS`].
    pub fn new(table: &TextTable, items: &Vectors, steps: f32) -> Result<Self> {
        let rotation = super::rounded(&items.values, items.dims).1;
        let (head, plain) = encode(table, rotation.as_ref(), items.ids.len() as u32, steps)?;
        let content = [head, super::gzip(&plain)?].concat();
        let encoder = TextEncoder::new(&TextFile::decode(&content)?, &plain)?;
        Ok(Self { encoder, bytes: content.len(), rotation })
    }

    /// Returns the vector of a text; zeros where no word of it is known.
    #[must_use]
    pub fn query(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0; self.encoder.shape().1];
        for (_, part) in self.encoder.encode(text).words {
            sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
        }
        self.rotation.as_ref().map_or_else(|| sum.clone(), |rotation| rotation.undo(&sum))
    }
}
