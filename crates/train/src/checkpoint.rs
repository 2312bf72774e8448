//! The file from which an interrupted training goes on.
//!
//! Imports the data, the recipe and the learners' trait; knows no learner.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};

use super::data::Interactions;
use super::error::TrainError;
use super::learner::Learner;
use super::recipe::Recipe;
use osusume::internal::hex;
use osusume_tables::{TableError, write_whole};

const KEY: &str = "osusume.checkpoint";
const EPOCHS: &str = "osusume.epochs";

/// Seconds of work that an interruption may lose. Writing more often would cost more than it saves.
const EVERY: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 5 });

/// The file with the state of a learner after a whole epoch: safetensors, one tensor of raw words
/// for each table.
pub(super) struct Checkpoint {
    path: PathBuf,
    /// Names the data and every setting except the number of epochs, so that a training can be made
    /// longer. An averaged training includes the number, because it decides which epochs count.
    key: String,
    /// When it was last written. The first epoch is always written, since it may be a long one.
    written: Option<Instant>,
}

impl Checkpoint {
    pub(super) fn new(path: &Path, recipe: &Recipe, data: &Interactions) -> Self {
        let mut hash = Sha256::new();
        let epochs = if recipe.average > 1 { recipe.epochs } else { 1 };
        hash.update(Recipe { epochs, ..recipe.clone() }.to_string());
        for user in 0..data.users() {
            let items = data.of(user);
            hash.update((items.len() as u64).to_le_bytes());
            for item in items {
                hash.update(item.to_le_bytes());
            }
            for rating in data.ratings_of(user).unwrap_or_default() {
                hash.update(rating.to_le_bytes());
            }
        }
        for id in data.ids() {
            hash.update(id.to_le_bytes());
        }
        let key = hex(&hash.finalize());
        Self { path: path.to_owned(), key, written: None }
    }

    /// Restores the state of the file, if it exists, into `learner` and returns the number of
    /// epochs done.
    pub(super) fn restore(&self, learner: &mut dyn Learner) -> Result<u32, TrainError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(TableError::io(&self.path)(error).into()),
        };
        let wrong = |reason: &str| TrainError::Checkpoint {
            path: self.path.clone(),
            reason: reason.to_owned(),
        };
        let broken = "it is not a checkpoint, or it is damaged";
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|_| wrong(broken))?;
        let fields = metadata.metadata().as_ref().ok_or_else(|| wrong(broken))?;
        let field = |name: &str| fields.get(name).ok_or_else(|| wrong(broken));
        if *field(KEY)? != self.key {
            return Err(wrong("it belongs to other ratings or other settings"));
        }
        let epochs = field(EPOCHS)?.parse().map_err(|_| wrong(broken))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|_| wrong(broken))?;
        let mut state = learner.state();
        for (at, words) in state.iter_mut().enumerate() {
            let tensor = tensors.tensor(&at.to_string()).map_err(|_| wrong(broken))?;
            if tensor.dtype() != Dtype::U32 || tensor.data().len() != words.len() * 4 {
                return Err(wrong(broken));
            }
            for (word, bytes) in words.iter_mut().zip(tensor.data().chunks_exact(4)) {
                *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            }
        }
        learner.restore(&state);
        Ok(epochs)
    }

    /// Writes the state after `epochs` epochs, unless the last one was written moments ago.
    pub(super) fn keep(&mut self, learner: &dyn Learner, epochs: u32) -> Result<(), TableError> {
        if self.written.is_some_and(|written| written.elapsed() < EVERY) {
            return Ok(());
        }
        let written = self.write(learner, epochs);
        self.written = Some(Instant::now());
        written
    }

    fn write(&self, learner: &dyn Learner, epochs: u32) -> Result<(), TableError> {
        let state: Vec<Vec<u8>> = learner
            .state()
            .into_iter()
            .map(|words| words.into_iter().flat_map(u32::to_le_bytes).collect())
            .collect();
        let wrong = |e: safetensors::SafeTensorError| TableError::VectorFile {
            path: self.path.clone(),
            reason: e.to_string(),
        };
        let mut tensors = Vec::new();
        for (at, bytes) in state.iter().enumerate() {
            let view = TensorView::new(Dtype::U32, vec![bytes.len() / 4], bytes).map_err(wrong)?;
            tensors.push((at.to_string(), view));
        }
        let fields = [(KEY.to_owned(), self.key.clone()), (EPOCHS.to_owned(), epochs.to_string())];
        let bytes = safetensors::serialize(tensors, Some(fields.into())).map_err(wrong)?;
        write_whole(&self.path, &bytes)
    }
}
