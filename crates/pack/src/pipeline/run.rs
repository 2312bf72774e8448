//! How a run is watched and stopped: the cancellation token and the progress sink.
//! Every event names types of its own stage, so the sink lies above the stages, here.

use std::path::Path;
use std::time::Duration;

use osusume_tables::{Cancel, CatalogueReport, RatingsReport};
use osusume_train::{ContentReport, Epoch, Trial};

use super::uncovered::UncoveredGroup;
use crate::assemble::PackReport;

/// The token and the sink that every stage of a run takes.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Stops the run from another thread.
    pub cancel: &'a Cancel,
    /// Called on the thread of the run.
    pub progress: &'a dyn Fn(Event<'_>),
}

impl Run<'_> {
    /// Starts a stage, unless the run is cancelled.
    pub(super) fn start(&self, stage: Stage<'_>) -> super::Result<()> {
        self.cancel.check()?;
        self.report(Event::Started(stage));
        Ok(())
    }

    pub(super) fn report(&self, event: Event<'_>) {
        (self.progress)(event);
    }
}

/// A part of a run that takes long enough to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage<'a> {
    /// Reading this file.
    Reading(&'a Path),
    /// Trying training settings.
    TryingSettings,
    /// Training this many epochs.
    Training(u32),
    /// Encoding texts; the first [`Event::Encoded`] says how many.
    Encoding,
    /// Distilling a text encoder from this many sentences.
    Distilling(usize),
    /// Putting the files of the release together.
    Packing,
    /// Drawing the map.
    DrawingMap,
    /// Writing the files and swapping the manifest.
    Publishing,
}

/// An event of a run.
#[non_exhaustive]
pub enum Event<'a> {
    /// A stage starts.
    Started(Stage<'a>),
    /// The catalogue has been read.
    CatalogueRead {
        /// The catalogue.
        path: &'a Path,
        /// The contents.
        report: &'a CatalogueReport,
    },
    /// The ratings have been read.
    RatingsRead {
        /// The contents.
        report: &'a RatingsReport,
        /// How many interactions are left.
        interactions: usize,
        /// How many items they are with.
        items: usize,
    },
    /// Items that training leaves out, because they have too few interactions.
    TooFewInteractions {
        /// The least number that it asks for.
        min_interactions: u32,
        /// The items and how many they have, the most first.
        items: &'a [(u32, u32)],
    },
    /// Some training settings have been tried.
    Tried(&'a Trial),
    /// Training continues from a checkpoint.
    Resumed {
        /// The checkpoint.
        path: &'a Path,
        /// How many epochs it holds.
        epochs: u32,
    },
    /// An epoch of the training is over.
    Epoch(&'a Epoch),
    /// The loss of this epoch was not a number; the vectors are those of the epoch before.
    Diverged(u32),
    /// This many items without ratings have got a vector by their texts.
    ColdItemsPlaced(usize),
    /// How many texts have a vector.
    Encoded {
        /// Texts so far, those of earlier runs included.
        done: usize,
        /// All texts.
        total: usize,
        /// The file that keeps their vectors.
        resume: &'a Path,
    },
    /// How many steps of distilling are over.
    Step {
        /// Steps so far.
        done: usize,
        /// All steps.
        total: usize,
    },
    /// A text encoder will be distilled, which takes longer than all other stages.
    DistillationAhead {
        /// From how many sentences.
        sentences: usize,
        /// About how long it takes here, if no earlier run has encoded any of them.
        time: Duration,
    },
    /// The text encoder is ready.
    Distilled {
        /// Its pieces of words.
        pieces: usize,
        /// Its whole words.
        words: usize,
        /// The sentences it was distilled from.
        sentences: usize,
    },
    /// The items that no model covers.
    Uncovered {
        /// The items by their reasons; none if there are no such items.
        groups: &'a [UncoveredGroup],
        /// Whether the release has them.
        are_kept: bool,
    },
    /// The release has been published.
    Published {
        /// Its folder.
        folder: &'a Path,
        /// The report of the packing.
        report: &'a PackReport,
    },
    /// Weights were added by the content of items.
    ContentAdded(ContentReport),
    /// Something failed that does not end the run.
    Warning(String),
}
