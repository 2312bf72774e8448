//! Packs a distilled table as the file of a text encoder: rotated as the model's rows are, and
//! quantized. This knows the format and the rotation, and no folders.

use crate::error::Result;
use crate::files::gzipped;
use crate::rotation::{Rotation, rounded};
use osusume::format::{PackedNumbers, TextColumns, TextFile};
use osusume::text::TextEncoder;
use osusume_tables::{TextTable, Vectors};

/// The root mean square of all values, in finest quantization steps. A value then takes about two
/// bits; docs/notes/quality-trials.md has the quality for other numbers.
pub const STEPS: f32 = 7.8;

/// The fewest uses of a piece for steps of four times, two times and once the finest step; rarer
/// pieces have eight times. Frequent pieces matter most, so they are the most exact. Tuned together
/// with [`STEPS`].
const USES: [u32; 3] = [12, 100, 800];

/// The fraction of a step from which a value is rounded up: a little above the middle, since the
/// lower step takes fewer bits.
const UP: f32 = 0.55;

/// Returns the parts of the file: the bytes before the gzip, and the bytes to compress.
pub(super) fn encode(
    table: &TextTable,
    rotation: Option<&Rotation>,
    items: u32,
    steps: f32,
) -> Result<(Vec<u8>, Vec<u8>)> {
    let (rows, dims) = (table.vectors.ids.len(), table.vectors.dims);
    let square: f64 = table.vectors.values.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
    let finest = (square / table.vectors.values.len() as f64).sqrt() as f32 / steps;
    let shifts: Vec<u8> = table
        .uses
        .iter()
        .map(|&uses| USES.iter().filter(|&&many| uses < many).count() as u8)
        .collect();
    let mut codes = vec![0; rows * dims];
    for (row, &shift) in shifts.iter().enumerate() {
        let vector = table.vectors.row(row);
        let vector = rotation.map_or_else(|| vector.to_vec(), |rotation| rotation.apply(vector));
        for (dim, value) in vector.into_iter().enumerate() {
            let code =
                (value.abs() / (finest * f32::from(1_u8 << shift)) + 1.0 - UP).floor().min(127.0);
            codes[dim * rows + row] = code.copysign(value) as i8;
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
        values: PackedNumbers::encode(&codes, rows),
    };
    Ok(columns.encode(items, rows as u32, dims as u32)?)
}

/// A text encoder as a release holds it. Its queries are in the axes of its table.
#[derive(Debug, Clone)]
pub struct PackedText {
    /// The encoder.
    pub encoder: TextEncoder,
    /// Bytes of its file.
    pub bytes: usize,
    rotation: Option<Rotation>,
}

impl PackedText {
    /// Packs `table` with a model whose rows are `items`. Releases use [`STEPS`].
    pub fn new(table: &TextTable, items: &Vectors, steps: f32) -> Result<Self> {
        let rotation = rounded(&items.values, items.dims).1;
        let (head, plain) = encode(table, rotation.as_ref(), items.ids.len() as u32, steps)?;
        let content = gzipped(&head, &plain)?;
        let encoder = TextEncoder::new(&TextFile::decode(&content)?, &plain)?;
        Ok(Self { encoder, bytes: content.len(), rotation })
    }

    /// Returns the vector of a text; zeros if none of its words is known.
    #[must_use]
    pub fn query(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0; self.encoder.shape().1];
        for (_, part) in self.encoder.encode(text).words {
            sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
        }
        self.rotation.as_ref().map_or_else(|| sum.clone(), |rotation| rotation.undo(&sum))
    }
}
