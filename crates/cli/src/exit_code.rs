//! The exit codes: 0 success, 1 a failure, 2 a wrong command line or recipe, 130 and 143 an
//! interruption by SIGINT and SIGTERM. The table of errors says which error ends with which.

use std::process::ExitCode;

use osusume::code::Exit;
use signal_hook::consts::SIGINT;

use crate::error::Result;

/// The exit code of a wrong command line; the parser's own is the same.
pub const USAGE: u8 = 2;

/// Returns the exit code of a subcommand that ended like this, and perhaps by this signal.
pub fn of(done: &Result<()>, signal: Option<u8>) -> ExitCode {
    let Err(error) = done else { return ExitCode::SUCCESS };
    match error.code().exit() {
        Exit::Failure => ExitCode::FAILURE,
        Exit::Usage => ExitCode::from(USAGE),
        Exit::Interrupted => ExitCode::from(of_signal(signal)),
    }
}

/// Returns the exit code of a run that a signal ended: 128 and the signal's number, as shells do.
pub fn of_signal(signal: Option<u8>) -> u8 {
    128 + signal.unwrap_or(SIGINT as u8)
}
