//! The release that a server answers from, and its renewal while it serves.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::time::{Duration, Instant};

use crate::{Error, Result};
use osusume::engine::Engine;
use osusume::format::{AlignedBytes, FileEntry};
use osusume_release::{self as release, Trust};

/// How soon a release that could not be loaded is tried again while there is none to answer from.
pub const RETRY: Duration = Duration::from_secs(2);

/// Where a release is kept.
pub trait Source: Send + Sync {
    /// Returns the manifest as it is now.
    fn manifest(&self) -> Result<Vec<u8>>;
    /// Returns a file that the manifest names.
    fn file(&self, entry: &FileEntry) -> Result<AlignedBytes>;
    /// Says how far the files are believed.
    fn trust(&self) -> Trust {
        Trust::Nothing
    }
}

/// A release in a folder.
#[derive(Debug, Clone)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// How far its files are believed.
    pub trust: Trust,
}

impl Source for Folder {
    fn manifest(&self) -> Result<Vec<u8>> {
        Ok(release::manifest_bytes(&self.path)?)
    }

    fn file(&self, entry: &FileEntry) -> Result<AlignedBytes> {
        Ok(release::read(&self.path, entry)?)
    }

    fn trust(&self) -> Trust {
        self.trust
    }
}

/// What a renewal came to; worth a line in the log.
#[derive(Debug)]
pub enum Event {
    /// This release answers from now on.
    Loaded {
        /// Its id.
        release: String,
    },
    /// It could not be loaded; what answered before still does.
    Failed(Error),
}

/// A release in memory, renewed from its source.
pub struct Store {
    source: Box<dyn Source>,
    /// How often the source is looked at; never, unless told.
    every: Option<Duration>,
    current: RwLock<Option<Arc<Engine>>>,
    /// Held by whoever renews: the others go on with what there is.
    renewal: Mutex<Renewal>,
    /// Code of the last failure, until a renewal succeeds.
    problem: Mutex<Option<&'static str>>,
}

#[derive(Default)]
struct Renewal {
    looked: Option<Instant>,
    /// The manifest of the release that answers.
    manifest: Vec<u8>,
}

impl Store {
    /// Returns a store without a release; [`Store::renew`] loads it.
    #[must_use]
    pub fn new(source: Box<dyn Source>, every: Option<Duration>) -> Self {
        let (current, renewal, problem) = (RwLock::default(), Mutex::default(), Mutex::default());
        Self { source, every, current, renewal, problem }
    }

    /// Returns the release that answers, if there is one.
    #[must_use]
    pub fn current(&self) -> Option<Arc<Engine>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the code of the failure that keeps the newest release from answering.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        *lock(&self.problem)
    }

    /// Looks whether another release is there, if it is time to, and loads it beside the one that answers.
    ///
    /// In the caller's thread, since a function has no time of its own between two requests; callers that come
    /// meanwhile are not held up as long as there is a release to answer from.
    pub fn renew(&self) -> Option<Event> {
        let mut renewal = match self.renewal.try_lock() {
            Ok(renewal) => renewal,
            Err(TryLockError::Poisoned(renewal)) => renewal.into_inner(),
            Err(TryLockError::WouldBlock) if self.current().is_some() => return None,
            Err(TryLockError::WouldBlock) => lock(&self.renewal),
        };
        let wait = if self.current().is_some() { self.every } else { Some(RETRY) };
        let due = |looked: Instant| wait.is_some_and(|wait| looked.elapsed() >= wait);
        if !renewal.looked.is_none_or(due) {
            return None;
        }
        let event = match self.load(&renewal.manifest) {
            Ok(None) => {
                *lock(&self.problem) = None;
                None
            }
            Ok(Some((engine, manifest))) => {
                let release = engine.manifest().release.clone();
                *self.current.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(Arc::new(engine));
                renewal.manifest = manifest;
                *lock(&self.problem) = None;
                Some(Event::Loaded { release })
            }
            Err(error) => {
                *lock(&self.problem) = Some(error.code());
                Some(Event::Failed(error))
            }
        };
        // After the work: a slow source is not asked again at once.
        renewal.looked = Some(Instant::now());
        event
    }

    /// Returns another release than that of `known`, whole, and its manifest.
    fn load(&self, known: &[u8]) -> Result<Option<(Engine, Vec<u8>)>> {
        let manifest = self.source.manifest()?;
        if manifest == known {
            return Ok(None);
        }
        let checked = release::parse(&manifest)?;
        let engine =
            release::assemble(checked, self.source.trust(), None, |entry| self.source.file(entry))?;
        Ok(Some((engine, manifest)))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
