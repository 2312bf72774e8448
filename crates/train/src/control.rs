//! How a caller watches, stops and resumes a training.
//!
//! Plain types; imports nothing of this crate.

use std::path::Path;
use std::sync::atomic::AtomicBool;

/// The report of one epoch: loss, quality and speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// Number of the epoch, from 1.
    pub epoch: u32,
    /// Epochs planned.
    pub epochs: u32,
    /// Mean loss of a sample.
    pub loss: f64,
    /// HR@10 of the held-out items among 99 negatives.
    pub hr10: f64,
    /// NDCG@10 of the same ranking.
    pub ndcg10: f64,
    /// Samples trained per second. Negatives count; the time of the evaluation does not.
    pub samples_per_s: f64,
}

/// Why training ended before its last epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The loss of this epoch (from 1) was not a number. The vectors are those of the epoch before.
    Diverged(u32),
}

/// Where an interrupted training keeps its state.
pub struct Resume<'a> {
    /// The checkpoint file. Training writes it every few seconds and starts from it if it exists.
    /// The caller removes it once the output is safe.
    pub path: &'a Path,
    /// Called with the reason when the checkpoint could not be written. Training goes on.
    pub warn: &'a mut dyn FnMut(String),
}

/// How a caller watches, stops and resumes a training.
pub struct Control<'a> {
    /// Called after every epoch.
    pub progress: &'a mut dyn FnMut(&Epoch),
    /// The caller sets this to stop the training within one batch. The training then ends with
    /// [`TrainError::Cancelled`](super::TrainError::Cancelled), and the checkpoint stays.
    pub cancel: &'a AtomicBool,
    /// Where to keep the state between runs; `None` keeps none.
    pub resume: Option<Resume<'a>>,
    /// Number of threads, at least 1. One thread gives the same bytes for the same seed; more
    /// threads give the same quality.
    pub threads: usize,
}
