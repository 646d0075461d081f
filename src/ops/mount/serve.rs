//! Mounts a view and serves it until it is unmounted, by whomever.
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use fuser::{Config, MountOption, Session, SessionACL, SessionUnmounter};
use rustix::mount::UnmountFlags;

use super::fuse::{Counts, Fuse};
use super::place::explain;
use super::teller::Told;
use super::view::View;
use crate::error::{Error, Result};
use crate::monitor::{Event, Monitor};

/// How often it is looked whether to stop.
const PAUSE: Duration = Duration::from_millis(100);
/// Threads that answer requests, at least and at most.
const THREADS: (usize, usize) = (4, 24);

/// How it is mounted.
#[derive(Clone, Debug, Default)]
pub struct MountOptions {
    /// Other users may look at it too.
    pub allow_other: bool,
    /// The kernel lets users do what the owners and modes of files allow; else everybody who may look at it may read everything.
    pub check_permissions: bool,
    /// Shown as the source of the mount.
    pub source: String,
    /// Processors of this machine.
    pub processors: usize,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MountReport {
    /// Requests for bytes of files.
    pub reads: u64,
    /// Bytes handed out.
    pub bytes: u64,
    /// Packs that had to be rebuilt from parity.
    pub healed: usize,
}

/// Mounts and serves. `ready` is called when it can be looked at. Returns when it was unmounted, or when the monitor asks to stop: then it is
/// unmounted first, and if it is in use it is taken out of sight and served until nobody uses it any more.
pub fn mount(
    view: View,
    mountpoint: &Path,
    options: &MountOptions,
    monitor: &dyn Monitor,
    ready: &mut dyn FnMut(),
) -> Result<MountReport> {
    let view = Arc::new(view);
    let counts = Arc::new(Counts::default());
    let checks = options.allow_other && options.check_permissions;
    let fuse = || Fuse::new(view.clone(), counts.clone(), checks);
    let failed = |error| explain(error, mountpoint);
    // The name does not change when the working directory does.
    let absolute = mountpoint.canonicalize().map_err(|error| Error::local("look at", mountpoint, error))?;
    let config = |with_type| config(options, checks, view.concurrency(), with_type);
    // Kernels before 5.4 refuse a type.
    let typed = Session::new(fuse(), &absolute, &config(true));
    let mut session = typed.or_else(|_| Session::new(fuse(), &absolute, &config(false))).map_err(failed)?;
    let mut unmounter = session.unmount_callable();
    let (ended, end) = crossbeam_channel::bounded(1);
    let serving = std::thread::Builder::new()
        .name("mount".to_owned())
        .spawn(move || {
            let result = session.run();
            // Nobody waits any more if the caller has panicked.
            let _ = ended.send(());
            result
        })
        .map_err(failed)?;
    ready();
    let told = view.told.clone();
    wait(&end, &told, monitor, &mut || leave(&mut unmounter, &absolute, monitor));
    let result =
        serving.join().map_err(|_| Error::Invalid("A thread that served the mount has panicked".to_owned()))?;
    told.try_iter().for_each(|told| told.tell(monitor));
    result.map_err(|error| Error::local("serve", mountpoint, error))?;
    Ok(MountReport {
        reads: counts.reads.load(Ordering::Relaxed),
        bytes: counts.bytes.load(Ordering::Relaxed),
        healed: view.healed(),
    })
}

fn config(options: &MountOptions, checks: bool, concurrency: usize, with_type: bool) -> Config {
    let mut config = Config::default();
    config.mount_options = vec![
        MountOption::RO,
        MountOption::NoDev,
        MountOption::NoSuid,
        MountOption::NoAtime,
        // A comma would begin another option.
        MountOption::FSName(options.source.replace([',', '\\', '\0'], "_")),
    ];
    if with_type {
        // `MountOption::Subtype` is for fusermount only, and not for a mount by root.
        config.mount_options.push(MountOption::CUSTOM("subtype=caddis".to_owned()));
    }
    if checks {
        config.mount_options.push(MountOption::DefaultPermissions);
    }
    config.acl = if options.allow_other { SessionACL::All } else { SessionACL::Owner };
    config.n_threads = Some((2 * options.processors).max(concurrency).clamp(THREADS.0, THREADS.1));
    config
}

/// Until the session has ended: hands on what is told, and begins to leave when that is wanted.
fn wait(end: &Receiver<()>, told: &Receiver<Told>, monitor: &dyn Monitor, leave: &mut dyn FnMut()) {
    let mut is_leaving = false;
    loop {
        let ended = end.recv_timeout(PAUSE);
        told.try_iter().for_each(|told| told.tell(monitor));
        if !matches!(ended, Err(RecvTimeoutError::Timeout)) {
            return;
        }
        if !is_leaving && monitor.stop() {
            is_leaving = true;
            leave();
        }
    }
}

fn leave(unmounter: &mut SessionUnmounter, mountpoint: &Path, monitor: &dyn Monitor) {
    let Err(error) = unmounter.unmount() else { return };
    // Somebody has a file open, or is in there: out of sight for everybody else.
    match rustix::mount::unmount(mountpoint, UnmountFlags::DETACH) {
        Ok(()) => monitor.event(Event::Note("it is still in use; the program ends when nobody uses it any more")),
        Err(_) => monitor.event(Event::Note(&format!(
            "it could not be unmounted ({error}); `umount {}` does it when it is not in use",
            mountpoint.display()
        ))),
    }
}
