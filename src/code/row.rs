//! The columns of the table of errors. Imports nothing.

/// Whose turn it is after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The caller changes something: the request, an option, a file of theirs.
    Caller,
    /// Nothing is wrong; the same call may succeed later.
    NotReady,
    /// The release, the installation or this program is at fault, and the caller cannot help it.
    Fault,
}

impl Class {
    /// Returns the name of the class in JSON and JavaScript.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::NotReady => "notReady",
            Self::Fault => "fault",
        }
    }

    /// Returns the HTTP status of the codes that have no other.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) const fn http_status(self) -> u16 {
        match self {
            Self::Caller => 400,
            Self::NotReady => 503,
            Self::Fault => 500,
        }
    }
}

/// Where an error can be met.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// In the browser, over HTTP and on the command line.
    Everywhere,
    /// In JavaScript alone.
    Browser,
    /// Over HTTP alone. The JavaScript client passes it on.
    Http,
    /// On the command line alone, and where a server loads its release.
    Command,
}

/// How the command ends after an error.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 1: the data, the release or the system is not as needed.
    Failure,
    /// 2: the command line or a recipe is wrong, whatever the data.
    Usage,
    /// 128 and the number of the signal: 130 or 143.
    Interrupted,
}

/// A row of the table.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The name of the kind in Rust.
    pub kind: &'static str,
    /// The stable token for programs.
    pub code: &'static str,
    /// Where it can be met.
    pub face: Face,
    /// One sentence about it.
    pub meaning: &'static str,
    /// Whose turn it is.
    pub class: Class,
    /// Its HTTP status, if a request can meet it.
    pub status: Option<u16>,
    /// The end of the command, if the command can meet it.
    pub exit: Option<Exit>,
    /// How to mend it.
    pub hint: &'static str,
}
