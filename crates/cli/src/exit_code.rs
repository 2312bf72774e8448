//! The exit codes: 0 success, 1 a failure, 130 and 143 an interruption by SIGINT and SIGTERM.
//! The command line parser exits with 2 if the command line is wrong.

use std::process::ExitCode;

use signal_hook::consts::SIGINT;

use crate::error::Result;

/// Returns the exit code of a subcommand that ended like this, and perhaps by this signal.
pub fn of(done: &Result<()>, signal: Option<u8>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.code() == "interrupted" => ExitCode::from(of_signal(signal)),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Returns the exit code of a run that a signal ended: 128 and the signal's number, as shells do.
pub fn of_signal(signal: Option<u8>) -> u8 {
    128 + signal.unwrap_or(SIGINT as u8)
}
