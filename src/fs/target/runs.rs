//! Restores into one target that have not ended: each leaves a mark in the root, which goes when everything is on disk.
//!
//! A mark that stays behind names a run that was killed, stopped, or cut off by a power failure. Its temporary files are known by the
//! number of the run and can be gone on with; and after a power failure sizes and times say nothing of contents.
use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;

use super::remove::list_fd;
use crate::world::{ProcessIdentity, World, random};

const PREFIX: &str = ".caddis-restore-";
const SUFFIX: &str = ".run";
/// Longer marks are none of ours.
const MAX_MARK: u64 = 4096;

/// What a restore is about, as far as one that comes later must know: hashes of the part of the snapshot and of the patterns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Of what becomes the root.
    pub path: [u8; 8],
    /// Of what chooses beneath it.
    pub patterns: [u8; 8],
    /// Nothing beneath it is left out.
    pub is_all: bool,
}

impl Scope {
    fn covers(&self, other: &Scope) -> bool {
        self.path == other.path && (self.is_all || self.patterns == other.patterns)
    }
}

/// A restore that did not end.
#[derive(Clone, Debug)]
struct Ended {
    number: u64,
    scope: Scope,
    began_empty: bool,
}

/// Runs of which marks are in the root.
#[derive(Clone, Debug, Default)]
pub struct Unfinished {
    ended: Vec<Ended>,
    running: Vec<u64>,
    /// The machine was started anew since one of them wrote.
    pub in_doubt: bool,
}

impl Unfinished {
    /// Looks into a directory that may not be there.
    pub fn look(root: &Path, world: &dyn World) -> Self {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match rustix::fs::open(root, flags, Mode::empty()) {
            Ok(root) => Self::look_in(root.as_fd(), world),
            Err(_) => Unfinished::default(),
        }
    }

    /// What cannot be read is no mark.
    pub(super) fn look_in(root: BorrowedFd<'_>, world: &dyn World) -> Self {
        let mut found = Unfinished::default();
        let own = world.process();
        for entry in list_fd(root).unwrap_or_default() {
            let Some(number) = mark_number(&entry.name) else { continue };
            let Some((process, scope, began_empty)) = read_mark(root, &entry.name) else { continue };
            // Which run of its process it was is not known; the process itself knows that it is not this one.
            if world.is_running(&process) {
                found.running.push(number);
            } else {
                found.in_doubt |= process.boot != own.boot;
                found.ended.push(Ended { number, scope, began_empty });
            }
        }
        found
    }

    /// There is something to go on with.
    pub fn any_ended(&self) -> bool {
        !self.ended.is_empty()
    }

    /// A run about the same directory found its target empty.
    pub(super) fn began_empty(&self, scope: &Scope) -> bool {
        self.ended.iter().any(|run| run.began_empty && run.scope.path == scope.path)
    }

    /// From now on files of this number are known as those of a run that goes on.
    pub(super) fn begins(&mut self, number: u64) {
        self.running.push(number);
    }

    /// Whether this is the name of a temporary file or mark of one of these runs; with the hash of the final name if it is a file of one that
    /// has ended.
    pub fn leftover(&self, name: &[u8]) -> Option<Option<u64>> {
        let (number, file) = match mark_number(name) {
            Some(number) => (number, None),
            None => parse_temp(name).map(|(number, hash)| (number, Some(hash)))?,
        };
        let has_ended = self.ended.iter().any(|run| run.number == number);
        let is_known = has_ended || self.running.contains(&number);
        is_known.then_some(file.filter(|_| has_ended))
    }
}

/// The mark of this run.
#[derive(Debug)]
pub(super) struct Mark {
    scope: Scope,
    name: Option<CString>,
}

impl Mark {
    /// Durable when it returns. Where the root cannot be written to there is none: then nothing can be gone on with.
    pub(super) fn set(
        root: BorrowedFd<'_>,
        number: u64,
        scope: Scope,
        is_empty: bool,
        process: &ProcessIdentity,
    ) -> Self {
        let name = CString::new(format!("{PREFIX}{number:016x}{SUFFIX}")).unwrap_or_default();
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let made = rustix::fs::openat(root, &name, flags, Mode::RUSR | Mode::WUSR).ok();
        let name = made.and_then(|fd| {
            let mut file = File::from(fd);
            let written = file.write_all(&text(process, &scope, is_empty)).and_then(|()| file.sync_all());
            // Some file systems cannot sync a directory.
            let _ = rustix::fs::fsync(root);
            match written {
                Ok(()) => Some(name),
                Err(_) => {
                    let _ = rustix::fs::unlinkat(root, &name, AtFlags::empty());
                    None
                }
            }
        });
        Mark { scope, name }
    }

    /// Everything that this run wrote is on disk, and it leaves nothing to go on with: its mark goes, and those of earlier runs of which it
    /// has done again all that they were about. What stays behind does no harm.
    pub(super) fn clear(self, root: BorrowedFd<'_>, earlier: &Unfinished, is_complete: bool) {
        let before = rustix::fs::fstat(root);
        let mut names: Vec<CString> = self.name.into_iter().collect();
        let done = earlier.ended.iter().filter(|run| is_complete && self.scope.covers(&run.scope));
        names.extend(done.filter_map(|run| CString::new(format!("{PREFIX}{:016x}{SUFFIX}", run.number)).ok()));
        for name in &names {
            let unlink = || rustix::fs::unlinkat(root, name, AtFlags::empty());
            if let (Err(Errno::ACCESS), Ok(stat)) = (unlink(), &before) {
                // The root has got its mode.
                let mode = Mode::from_raw_mode(stat.st_mode & 0o7777);
                let _ = rustix::fs::fchmod(root, mode | Mode::RWXU).and_then(|()| unlink());
                let _ = rustix::fs::fchmod(root, mode);
            }
        }
        if let Ok(stat) = before {
            // And its times.
            let time = |secs, nanos: u64| Timespec { tv_sec: secs, tv_nsec: nanos as _ };
            let times = Timestamps {
                last_access: time(stat.st_atime, stat.st_atime_nsec),
                last_modification: time(stat.st_mtime, stat.st_mtime_nsec),
            };
            let _ = rustix::fs::futimens(root, &times);
        }
    }
}

/// A number for a run.
pub(super) fn random_number(world: &dyn World) -> u64 {
    u64::from_le_bytes(random(world))
}

/// Name of a temporary file: of which run, for which name, and which try.
pub(super) fn temp_name(run: u64, name: &[u8], number: u64) -> Result<CString, Errno> {
    let hash = name_hash(name);
    CString::new(format!("{PREFIX}{run:016x}-{hash:016x}-{number}")).map_err(|_| Errno::INVAL)
}

/// By which the temporary file of a name is found.
pub fn name_hash(name: &[u8]) -> u64 {
    let hash = blake3::hash(name);
    hash.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn hex(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() == 16 && !text.starts_with('+'))?;
    u64::from_str_radix(text, 16).ok()
}

fn mark_number(name: &[u8]) -> Option<u64> {
    hex(name.strip_prefix(PREFIX.as_bytes())?.strip_suffix(SUFFIX.as_bytes())?)
}

/// Run and hash of the final name.
fn parse_temp(name: &[u8]) -> Option<(u64, u64)> {
    let (run, rest) = name.strip_prefix(PREFIX.as_bytes())?.split_at_checked(16)?;
    let (hash, number) = rest.strip_prefix(b"-")?.split_at_checked(16)?;
    let number = number.strip_prefix(b"-")?;
    let is_number = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    Some((hex(run)?, hex(hash)?)).filter(|_| is_number)
}

fn text(process: &ProcessIdentity, scope: &Scope, is_empty: bool) -> Vec<u8> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let ProcessIdentity { machine, boot, pid, start } = process;
    format!(
        "An unfinished `caddis restore`. Run it again to go on; then this file goes.\n{}\n{}\n{pid}\n{start}\n{}\n{}\n{is_empty}\n",
        hex(machine),
        hex(boot),
        hex(&scope.path),
        hex(&scope.patterns)
    )
    .into_bytes()
}

fn read_mark(root: BorrowedFd<'_>, name: &[u8]) -> Option<(ProcessIdentity, Scope, bool)> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(root, OsStr::from_bytes(name), flags, Mode::empty()).ok()?;
    let stat = rustix::fs::fstat(&fd).ok()?;
    // Somebody else's says nothing.
    if stat.st_uid != rustix::process::geteuid().as_raw() {
        return None;
    }
    let mut text = String::new();
    File::from(fd).take(MAX_MARK).read_to_string(&mut text).ok()?;
    parse_mark(&text)
}

fn parse_mark(text: &str) -> Option<(ProcessIdentity, Scope, bool)> {
    let mut lines = text.lines().skip(1);
    let mut bytes = || {
        let line = lines.next()?;
        let pairs = line.as_bytes().chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
            u8::from_str_radix(pair, 16).ok()
        });
        pairs.collect::<Option<Vec<u8>>>()
    };
    let (machine, boot) = (bytes()?, bytes()?);
    let (pid, start) = (lines.next()?.parse().ok()?, lines.next()?.parse().ok()?);
    let mut hash = || u64::from_str_radix(lines.next()?, 16).ok().map(u64::to_be_bytes);
    let scope = Scope { path: hash()?, patterns: hash()?, is_all: false };
    Some((ProcessIdentity { machine, boot, pid, start }, scope, lines.next()? == "true"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::SystemWorld;

    #[test]
    fn names_tell_run_and_final_name() {
        let unfinished = Unfinished {
            ended: vec![Ended { number: 7, scope: Scope::default(), began_empty: false }],
            running: vec![9],
            in_doubt: false,
        };
        let temp = |run, name: &[u8]| unfinished.leftover(temp_name(run, name, 3).unwrap().as_bytes());
        assert_eq!(temp(7, b"a"), Some(Some(name_hash(b"a"))));
        assert_eq!(temp(9, b"a"), Some(None));
        assert_eq!(temp(8, b"a"), None);
        assert_eq!(unfinished.leftover(b".caddis-restore-0000000000000007.run"), Some(None), "a mark is no file");
        for name in [
            &b".caddis-restore-0000000000000007-3"[..],
            b".caddis-restore-",
            b"a",
            b".caddis-restore-0000000000000007-0000000000000000-x",
        ] {
            assert_eq!(unfinished.leftover(name), None);
        }
    }

    #[test]
    fn a_mark_tells_whose_it_is_and_goes_when_all_is_done_again() {
        let dir = tempfile::tempdir().unwrap();
        let root = File::open(dir.path()).unwrap();
        let world = SystemWorld::new();
        let own = world.process();
        let gone = ProcessIdentity { start: own.start - 1, ..own.clone() };
        let scope = Scope { path: [1; 8], patterns: [0xfe; 8], is_all: false };
        drop(Mark::set(root.as_fd(), 1, scope, true, &gone));
        drop(Mark::set(root.as_fd(), 2, scope, false, &own));
        let found = Unfinished::look(dir.path(), &*world);
        assert!(found.any_ended() && !found.in_doubt && found.running == [2]);
        assert!(found.ended[0].scope == scope && found.began_empty(&scope));
        let other_boot = ProcessIdentity { boot: b"another".to_vec(), ..own.clone() };
        drop(Mark::set(root.as_fd(), 3, scope, false, &other_boot));
        assert!(Unfinished::look(dir.path(), &*world).in_doubt);

        let names = || std::fs::read_dir(dir.path()).unwrap().count();
        let other = Scope { patterns: [3; 8], ..scope };
        Mark::set(root.as_fd(), 4, other, false, &own).clear(root.as_fd(), &found, true);
        assert_eq!(names(), 3, "another selection says nothing of it");
        Mark::set(root.as_fd(), 4, scope, false, &own).clear(root.as_fd(), &found, false);
        assert_eq!(names(), 3);
        Mark::set(root.as_fd(), 4, Scope { is_all: true, ..other }, false, &own).clear(root.as_fd(), &found, true);
        assert_eq!(names(), 2);
        assert!(!Unfinished::look(&dir.path().join("none"), &*world).any_ended());
    }

    #[test]
    fn what_is_no_mark_is_passed_over() {
        let good = String::from_utf8(text(&ProcessIdentity::default(), &Scope::default(), true)).unwrap();
        assert!(parse_mark(&good).is_some());
        for bad in [
            "",
            "x\n",
            "x\nzz\n\n1\n2\n0\n0\n",
            "x\nabc\n\n1\n2\n0\n0\n",
            "x\n\n\n1\n2\n0\n",
            "x\n\n\né\n2\n0\n0\n",
            "x\n\n\n1\n2\n0\n0\n",
        ] {
            assert!(parse_mark(bad).is_none(), "{bad:?}");
        }
    }
}
