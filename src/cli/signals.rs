//! Ctrl-C and SIGTERM: the first one asks for an orderly end, the second one ends at once.
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use indicatif::ProgressBar;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};

use super::exit::Exit;

/// How long the end may wait for the terminal.
const TIDYING: Duration = Duration::from_millis(300);

/// Signals are a property of the process, so is this.
static CAUGHT: OnceLock<Arc<AtomicUsize>> = OnceLock::new();
/// And so is the terminal.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// From now on a first signal only sets a flag; for commands that know how to stop in order. Others are ended by the signal itself.
pub fn install() -> std::io::Result<()> {
    if CAUGHT.get().is_some() {
        return Ok(());
    }
    let caught = Arc::new(AtomicUsize::new(0));
    let ending = Arc::new(AtomicBool::new(false));
    for (signal, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
        // Should the end itself hang, a third one ends all.
        flag::register_conditional_shutdown(signal, exit as i32, Arc::clone(&ending))?;
        flag::register_usize(signal, Arc::clone(&caught), signal as usize)?;
    }
    let _ = CAUGHT.set(caught);
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        let mut signals = signals.forever();
        let first = signals.next();
        first.into_iter().for_each(|signal| tidy(signal, false));
        if let Some(signal) = signals.next() {
            ending.store(true, Ordering::Relaxed);
            tidy(signal, true);
            low_level::exit(if signal == SIGINT { Exit::Interrupted } else { Exit::Terminated } as i32);
        }
    });
    Ok(())
}

/// The bar that is on the terminal, or none any more.
pub fn shows(bar: Option<ProgressBar>) {
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

/// Leaves nothing of a bar on the terminal, or, if the program goes on, nothing that does not belong to it. Whoever writes may have it for long.
fn tidy(signal: i32, is_end: bool) {
    let Some(bar) = BAR.lock().unwrap_or_else(PoisonError::into_inner).clone() else { return };
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || {
        let terminal = std::io::stderr();
        if signal == SIGINT && is_in_foreground() {
            // The ^C that the terminal shows has begun a line beneath the bar.
            bar.suspend(|| drop(write!(terminal.lock(), "\x1b[A\r\x1b[2K")));
        }
        if is_end {
            bar.finish_and_clear();
            let _ = writeln!(terminal.lock(), "ended at once, without saving what was under way");
        }
        let _ = done.send(());
    });
    let _ = wait.recv_timeout(TIDYING);
}

/// Whether keys that are typed come to this program.
fn is_in_foreground() -> bool {
    rustix::termios::tcgetpgrp(std::io::stderr()).is_ok_and(|group| group == rustix::process::getpgrp())
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
