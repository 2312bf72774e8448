//! A text encoder on disk: `encode --distil` writes it and `pack` reads it.
//! It imports the vector files and the error.

use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors};

use super::error::TableError;
use super::vectors::{Provenance, Tensor, Vectors};

/// A trained text encoder: a vector for each piece of a vocabulary, and the rules that split texts
/// into pieces. The vectors are in the space of the sentence transformer.
#[derive(Debug, Clone, PartialEq)]
pub struct TextTable {
    /// A vector for each of `pieces` and then for each of `words`. The ids are positions.
    pub vectors: Vectors,
    /// How often each piece and word occurs in the training sentences.
    pub uses: Vec<u32>,
    /// Pieces with a vector, in ascending order of their bytes.
    pub pieces: Vec<String>,
    /// Pieces without a vector, in the same order.
    pub others: Vec<String>,
    /// Words of several pieces that have a vector of their own, in the same order.
    pub words: Vec<String>,
    /// The mark before a piece that continues a word.
    pub prefix: String,
    /// The number of characters of the longest word that is looked up.
    pub longest: u32,
    /// Ranges of characters that the tokenizer replaces, ascending: the first character, the last
    /// one and the replacement. The replacement is written as in the format.
    pub foldings: Vec<(u32, u32, String)>,
}

impl TextTable {
    /// Writes a vector file with more tensors.
    pub fn write(&self, path: &Path) -> Result<(), TableError> {
        let text = |name: &str, text: String| Tensor {
            name: name.into(),
            dtype: Dtype::U8,
            shape: vec![text.len()],
            bytes: text.into_bytes(),
        };
        let numbers = |name: &str, numbers: Vec<u32>| Tensor {
            name: name.into(),
            dtype: Dtype::U32,
            shape: vec![numbers.len()],
            bytes: numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
        };
        let folded: Vec<&str> = self.foldings.iter().map(|(_, _, to)| to.as_str()).collect();
        let more = [
            numbers("text.uses", self.uses.clone()),
            text("text.pieces", self.pieces.join("\n")),
            text("text.others", self.others.join("\n")),
            text("text.words", self.words.join("\n")),
            text("text.prefix", self.prefix.clone()),
            numbers("text.longest", vec![self.longest]),
            numbers("text.firsts", self.foldings.iter().map(|&(first, _, _)| first).collect()),
            numbers("text.lasts", self.foldings.iter().map(|&(_, last, _)| last).collect()),
            text("text.folded", folded.join("\n")),
        ];
        self.vectors.write_with(path, &more)
    }

    /// Reads a file that [`TextTable::write`] wrote.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let vectors = Vectors::read(path)?;
        let bytes = std::fs::read(path).map_err(TableError::io(path))?;
        let bad = |reason: String| TableError::VectorFile { path: path.to_owned(), reason };
        let tensors = SafeTensors::deserialize(&bytes).map_err(|e| bad(e.to_string()))?;
        let tensor = |name: &str, dtype: Dtype| {
            let found = tensors.tensor(name).ok().filter(|tensor| tensor.dtype() == dtype);
            found.ok_or_else(|| {
                bad(format!("it has no {dtype:?} tensor \"{name}\"; is it a text encoder?"))
            })
        };
        let text = |name: &str| {
            let bytes = tensor(name, Dtype::U8)?.data().to_vec();
            String::from_utf8(bytes).map_err(|_| bad(format!("\"{name}\" is not UTF-8")))
        };
        let numbers = |name: &str| {
            let tensor = tensor(name, Dtype::U32)?;
            let numbers =
                tensor.data().chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            Ok::<Vec<u32>, TableError>(numbers.collect())
        };
        let lines = |name: &str| -> Result<Vec<String>, TableError> {
            Ok(text(name)?.split('\n').map(str::to_owned).collect())
        };
        let (firsts, lasts, folded) =
            (numbers("text.firsts")?, numbers("text.lasts")?, lines("text.folded")?);
        let (pieces, uses) = (lines("text.pieces")?, numbers("text.uses")?);
        let mut words = lines("text.words")?;
        words.retain(|word| !word.is_empty());
        if firsts.len() != lasts.len()
            || firsts.len() != folded.len()
            || pieces.len() + words.len() != vectors.ids.len()
            || uses.len() != vectors.ids.len()
        {
            return Err(bad("its text tensors differ in length".into()));
        }
        Ok(Self {
            vectors,
            uses,
            pieces,
            others: lines("text.others")?,
            words,
            prefix: text("text.prefix")?,
            longest: numbers("text.longest")?.first().copied().unwrap_or(0),
            foldings: firsts
                .into_iter()
                .zip(lasts)
                .zip(folded)
                .map(|((first, last), to)| (first, last, to))
                .collect(),
        })
    }

    /// Returns where the vectors come from.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        &self.vectors.provenance
    }
}
