//! SIGINT and SIGTERM: the first cancels the run, the second ends the process at once.
//! This knows the cancellation token and how errors are printed, and no subcommand.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use osusume_pack::pipeline::PipelineError;
use osusume_tables::{Cancel, Cancelled};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::Error;
use crate::{exit_code, output};

/// How long a cancelled run may take to end by itself. After that the process ends without it, since
/// some steps cannot be stopped, such as reading a pipe. That is safe: every file is written beside
/// its target and renamed, and a run that has committed cannot be cancelled any more.
const GRACE: Duration = Duration::from_millis(1500);

/// How often the signals are looked at.
const TICK: Duration = Duration::from_millis(50);

static CANCEL: Cancel = Cancel::new();
static SIGNAL: AtomicUsize = AtomicUsize::new(0);
static IS_REPORTED: AtomicBool = AtomicBool::new(false);

/// Watches the signals until the process ends, and returns the token that the first one cancels.
pub fn watch(json: bool) -> &'static Cancel {
    match register() {
        Ok(signal) => drop(thread::spawn(move || wait(&signal, json))),
        Err(error) => eprintln!("signals end the process at once, without its checkpoint: {error}"),
    }
    &CANCEL
}

/// Calls `then` on the first signal; the second ends the process at once. For a command that ends by
/// itself then, and has nothing to cancel.
pub fn on_first(then: impl FnOnce() + Send + 'static) {
    match register() {
        Ok(signal) => drop(thread::spawn(move || {
            wait_for_first(&signal);
            then();
        })),
        Err(error) => eprintln!("signals end the server at once, without its replies: {error}"),
    }
}

/// Returns where the number of the first signal will stand.
fn register() -> io::Result<Arc<AtomicUsize>> {
    let (is_second, signal) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    for number in [SIGINT, SIGTERM] {
        // They run in this order: the first signal finds the flag unset and sets it.
        flag::register_conditional_shutdown(number, 128 + number, Arc::clone(&is_second))?;
        flag::register(number, Arc::clone(&is_second))?;
        flag::register_usize(number, Arc::clone(&signal), number.unsigned_abs() as usize)?;
    }
    Ok(signal)
}

/// Cancels the run on the first signal, and ends the process if the run does not.
fn wait(signal: &AtomicUsize, json: bool) {
    wait_for_first(signal);
    if CANCEL.cancel() {
        thread::sleep(GRACE);
        report(&PipelineError::Interrupted(Cancelled).into(), json);
        signal_hook::low_level::exit(exit_code::of_signal(first()).into());
    }
}

/// Waits for the first signal and keeps its number for [`first`].
fn wait_for_first(signal: &AtomicUsize) {
    while signal.load(SeqCst) == 0 {
        thread::sleep(TICK);
    }
    SIGNAL.store(signal.load(SeqCst), SeqCst);
}

/// Says once why the process ends.
pub fn report(error: &Error, json: bool) {
    if !IS_REPORTED.swap(true, SeqCst) {
        output::error(error, json);
    }
}

/// Returns the number of the first signal, if one came.
pub fn first() -> Option<u8> {
    Some(SIGNAL.load(SeqCst) as u8).filter(|&signal| signal != 0)
}
