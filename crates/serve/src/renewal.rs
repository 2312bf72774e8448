//! The release in memory, and its refresh while the server runs. Imports no module of `http`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::owner::Owner;
use crate::{Error, Result};
use osusume::Code;
use osusume::engine::Engine;
use osusume::format::{AlignedBytes, FileEntry};
use osusume_release::{self as release, Trust};

/// Time between two attempts to load a release while there is none to answer from.
pub const RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// A place that a release is loaded from.
pub trait ReleaseSource: Send + Sync {
    /// Returns the current manifest.
    fn manifest(&self) -> Result<Vec<u8>>;
    /// Returns the signature of the manifest, if there is one.
    fn signature(&self) -> Result<Option<String>>;
    /// Returns a file that the manifest names.
    fn file(&self, entry: &FileEntry) -> Result<AlignedBytes>;
    /// Returns where a file is, for messages.
    fn place(&self, name: &str) -> String;
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

    fn signature(&self) -> Result<Option<String>> {
        Ok(release::signature_text(&self.path)?)
    }

    fn file(&self, entry: &FileEntry) -> Result<AlignedBytes> {
        Ok(release::read(&self.path, entry)?)
    }

    fn place(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
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
    /// Whose releases are taken; `None` means anybody's.
    owner: Option<Owner>,
    /// Time between two checks for another release; `None` means never.
    poll_interval: Option<Duration>,
    current: RwLock<Option<Arc<Engine>>>,
    /// Held during a refresh. Other requests go on with the current release meanwhile.
    refresh_state: Mutex<RefreshState>,
    /// Code of the last error, until a refresh succeeds.
    error_code: Mutex<Option<Code>>,
}

#[derive(Default)]
struct RefreshState {
    checked_at: Option<Instant>,
    /// The manifest of the current release.
    manifest: Vec<u8>,
    /// When the owner signed that manifest; `None` without an owner.
    signed: Option<Timestamp>,
}

/// A release that was loaded to replace the current one.
struct Loaded {
    engine: Engine,
    manifest: Vec<u8>,
    signed: Option<Timestamp>,
}

impl Store {
    /// Returns a store without a release; [`Store::refresh`] loads it.
    #[must_use]
    pub fn new(source: Box<dyn ReleaseSource>, poll_interval: Option<Duration>) -> Self {
        Self {
            source,
            owner: None,
            poll_interval,
            current: RwLock::default(),
            refresh_state: Mutex::default(),
            error_code: Mutex::default(),
        }
    }

    /// Takes only releases that this owner has signed, and none that is older than the one that
    /// answers. Every file is then checked, however far the source is trusted.
    #[must_use]
    pub fn with_owner(self, owner: Owner) -> Self {
        Self { owner: Some(owner), ..self }
    }

    /// Returns the time between two checks for another release; `None` means that none is due.
    #[must_use]
    pub fn check_interval(&self) -> Option<Duration> {
        if self.current().is_some() { self.poll_interval } else { Some(RETRY_INTERVAL) }
    }

    /// Returns the release that answers, if there is one.
    #[must_use]
    pub fn current(&self) -> Option<Arc<Engine>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the code of the error that keeps the newest release from answering.
    #[must_use]
    pub fn error_code(&self) -> Option<Code> {
        *lock(&self.error_code)
    }

    /// Checks for another release, if a check is due, loads it, and then replaces the current one.
    ///
    /// Runs in the caller's thread, because a Lambda function gets no time between two requests.
    /// Callers that come meanwhile return at once if there is a release to answer from.
    pub fn refresh(&self) -> Option<RefreshEvent> {
        let mut state = self.lock_refresh()?;
        let wait = self.check_interval();
        let is_due = |checked: Instant| wait.is_some_and(|wait| checked.elapsed() >= wait);
        if !state.checked_at.is_none_or(is_due) {
            return None;
        }
        let loaded = self.load(&state);
        let error_code = loaded.as_ref().err().map(Error::code);
        let event = match loaded {
            Ok(None) => None,
            Ok(Some(Loaded { engine, manifest, signed })) => {
                let release = engine.manifest().release.clone();
                *self.current.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(Arc::new(engine));
                (state.manifest, state.signed) = (manifest, signed);
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

    /// Returns the whole release, or `None` if its manifest is the known one.
    fn load(&self, known: &RefreshState) -> Result<Option<Loaded>> {
        let manifest = self.source.manifest()?;
        if manifest == known.manifest {
            return Ok(None);
        }
        // Nothing of the manifest is read before its signature is checked.
        let (signed, trust) = match &self.owner {
            None => (None, self.source.trust()),
            Some(owner) => {
                let signature = self.source.signature()?;
                let place = self.source.place(release::SIGNATURE);
                let signed = owner.check(&manifest, signature.as_deref(), place, known.signed)?;
                (Some(signed), Trust::Nothing)
            }
        };
        let checked = release::parse(&manifest)?;
        let engine = release::assemble(checked, trust, None, |entry| self.source.file(entry))?;
        Ok(Some(Loaded { engine, manifest, signed }))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
