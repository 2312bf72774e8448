//! The release in memory, and its refresh while the server runs. Imports no module of `http`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::time::{Duration, Instant};

use crate::{Error, Result};
use osusume::engine::Engine;
use osusume::format::{AlignedBytes, FileEntry};
use osusume_release::{self as release, Trust};

/// Time between two attempts to load a release while there is none to answer from.
pub const RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// A place that a release is loaded from.
pub trait ReleaseSource: Send + Sync {
    /// Returns the current manifest.
    fn manifest(&self) -> Result<Vec<u8>>;
    /// Returns a file that the manifest names.
    fn file(&self, entry: &FileEntry) -> Result<AlignedBytes>;
    /// Returns how far the files are trusted.
    fn trust(&self) -> Trust {
        Trust::Nothing
    }
}

/// A release in a folder.
#[derive(Debug, Clone)]
pub struct ReleaseFolder {
    /// The folder.
    pub path: PathBuf,
    /// How far its files are trusted.
    pub trust: Trust,
}

impl ReleaseSource for ReleaseFolder {
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

/// The result of a refresh that found another release; it belongs in the log.
#[derive(Debug)]
pub enum RefreshEvent {
    /// This release answers from now on.
    Loaded {
        /// Its id.
        release: String,
    },
    /// The release could not be loaded. The one before it, if any, still answers.
    Failed(Error),
}

/// A release in memory, refreshed from its source.
pub struct Store {
    source: Box<dyn ReleaseSource>,
    /// Time between two checks for another release; `None` means never.
    poll_interval: Option<Duration>,
    current: RwLock<Option<Arc<Engine>>>,
    /// Held during a refresh. Other requests go on with the current release meanwhile.
    refresh_state: Mutex<RefreshState>,
    /// Code of the last error, until a refresh succeeds.
    error_code: Mutex<Option<&'static str>>,
}

#[derive(Default)]
struct RefreshState {
    checked_at: Option<Instant>,
    /// The manifest of the current release.
    manifest: Vec<u8>,
}

impl Store {
    /// Returns a store without a release; [`Store::refresh`] loads it.
    #[must_use]
    pub fn new(source: Box<dyn ReleaseSource>, poll_interval: Option<Duration>) -> Self {
        Self {
            source,
            poll_interval,
            current: RwLock::default(),
            refresh_state: Mutex::default(),
            error_code: Mutex::default(),
        }
    }

    /// Returns the release that answers, if there is one.
    #[must_use]
    pub fn current(&self) -> Option<Arc<Engine>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the code of the error that keeps the newest release from answering.
    #[must_use]
    pub fn error_code(&self) -> Option<&'static str> {
        *lock(&self.error_code)
    }

    /// Checks for another release, if a check is due, loads it, and then replaces the current one.
    ///
    /// Runs in the caller's thread, because a Lambda function gets no time between two requests.
    /// Callers that come meanwhile return at once if there is a release to answer from.
    pub fn refresh(&self) -> Option<RefreshEvent> {
        let mut state = self.lock_refresh()?;
        let wait = if self.current().is_some() { self.poll_interval } else { Some(RETRY_INTERVAL) };
        let is_due = |checked: Instant| wait.is_some_and(|wait| checked.elapsed() >= wait);
        if !state.checked_at.is_none_or(is_due) {
            return None;
        }
        let loaded = self.load(&state.manifest);
        let error_code = loaded.as_ref().err().map(Error::code);
        let event = match loaded {
            Ok(None) => None,
            Ok(Some((engine, manifest))) => {
                let release = engine.manifest().release.clone();
                *self.current.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(Arc::new(engine));
                state.manifest = manifest;
                Some(RefreshEvent::Loaded { release })
            }
            Err(error) => Some(RefreshEvent::Failed(error)),
        };
        *lock(&self.error_code) = error_code;
        // Set after the work, so that a slow source is not asked again at once.
        state.checked_at = Some(Instant::now());
        event
    }

    /// Waits for the refresh of another thread only while there is no release to answer from.
    fn lock_refresh(&self) -> Option<MutexGuard<'_, RefreshState>> {
        match self.refresh_state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(state)) => Some(state.into_inner()),
            Err(TryLockError::WouldBlock) if self.current().is_some() => None,
            Err(TryLockError::WouldBlock) => Some(lock(&self.refresh_state)),
        }
    }

    /// Returns the whole release and its manifest, or `None` if the manifest is still `known`.
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
