//! Ctrl-C and SIGTERM: the first one asks for an orderly end, the second one ends at once.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use super::exit::Exit;

/// Signals are a property of the process, so is this.
static CAUGHT: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// From now on a first signal only sets a flag; for commands that know how to stop in order. Others are ended by the signal itself.
pub fn install() -> std::io::Result<()> {
    if CAUGHT.get().is_some() {
        return Ok(());
    }
    let caught = Arc::new(AtomicUsize::new(0));
    let again = Arc::new(AtomicBool::new(false));
    for (signal, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
        // The order matters: on the first signal the shutdown still sees `false`.
        flag::register_conditional_shutdown(signal, exit as i32, Arc::clone(&again))?;
        flag::register(signal, Arc::clone(&again))?;
        flag::register_usize(signal, Arc::clone(&caught), signal as usize)?;
    }
    let _ = CAUGHT.set(caught);
    Ok(())
}

/// Becomes true when the terminal has gone away; for commands that leave something behind if they are just ended.
pub fn hangup() -> std::io::Result<Arc<AtomicBool>> {
    let caught = Arc::new(AtomicBool::new(false));
    flag::register(SIGHUP, Arc::clone(&caught))?;
    Ok(caught)
}

/// Whether a signal has asked to stop.
pub fn stop_requested() -> bool {
    exit().is_some()
}

/// The exit code of the signal that asked to stop.
pub fn exit() -> Option<Exit> {
    match CAUGHT.get()?.load(Ordering::Relaxed) as i32 {
        SIGINT => Some(Exit::Interrupted),
        SIGTERM => Some(Exit::Terminated),
        _ => None,
    }
}
