//! Tries out whether storage keeps what a repository rests on, and how quick it is, before anything is entrusted to it.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::backend::{Backend, BackendError, ErrorKind, Family, ObjectName, Put};
use crate::id::{PackId, SessionId};
use crate::monitor::{Event, Monitor, counted};
use crate::world::{World, random};

/// Clients that create the same objects at the same time, and how many objects.
const WRITERS: u8 = 8;
const RACES: usize = 8;
/// Objects that are put, read and listed one by one.
const SMALL: u32 = 12;
/// A clock that is off by more is worth a word; services refuse requests from about fifteen minutes on.
const SKEW: i64 = 60;

/// What storage is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Any number of machines may write at the same time.
    Good,
    /// One machine at a time may write (`init --single-writer`).
    SingleWriter,
    /// No repository is safe here.
    Unusable,
}

/// What one test found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What was tested, in a few words; does not change between versions.
    pub test: &'static str,
    /// What it allows at most.
    pub allows: Verdict,
    /// What was seen.
    pub seen: String,
}

/// How quick storage is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Speed {
    /// Median of small objects, one after the other.
    pub put: Duration,
    /// The same for reading them.
    pub get: Duration,
    /// Bytes per second of packs that are written as a backup writes them.
    pub up: f64,
    /// Bytes per second of packs that are read as a restore reads them.
    pub down: f64,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct ProbeReport {
    /// In the order of the tests.
    pub findings: Vec<Finding>,
    /// Seconds that the clock of storage is ahead of the one of this machine; storage tells whole seconds.
    pub skew_secs: i64,
    /// Measured.
    pub speed: Speed,
    /// Whether objects can be deleted, which prune needs and backups do not.
    pub may_delete: bool,
    /// Objects of the probe that could not be removed.
    pub left: u64,
}

impl ProbeReport {
    /// The least that a test allows.
    pub fn verdict(&self) -> Verdict {
        self.findings.iter().map(|finding| finding.allows).max().unwrap_or(Verdict::Good)
    }

    fn tell(&mut self, test: &'static str, allows: Verdict, seen: impl Into<String>) {
        self.findings.push(Finding { test, allows, seen: seen.into() });
    }

    fn judge(&mut self, test: &'static str, result: Result<String, String>) {
        match result {
            Ok(seen) => self.tell(test, Verdict::Good, seen),
            Err(seen) => self.tell(test, Verdict::Unusable, seen),
        }
    }
}

struct Probe<'a> {
    store: &'a dyn Backend,
    /// Another connection to the same place.
    watcher: &'a dyn Backend,
    world: &'a dyn World,
    written: Vec<ObjectName>,
    report: ProbeReport,
}

/// Tries `store`, an empty place that nobody else uses; `watcher` is a second way to it, for what a single one would not show. Writes about
/// `bytes` of packs and removes everything again.
///
/// Errors: nothing can be written there at all. What fails later is a finding.
pub fn probe(
    store: &Arc<dyn Backend>,
    watcher: &Arc<dyn Backend>,
    world: &dyn World,
    bytes: u64,
    monitor: &dyn Monitor,
) -> Result<ProbeReport, BackendError> {
    let (store, watcher) = (&**store, &**watcher);
    let mut probe = Probe { store, watcher, world, written: Vec::new(), report: ProbeReport::default() };
    let result = probe.all(bytes, monitor);
    monitor.event(Event::Phase("Removing what the probe wrote"));
    probe.clean_up();
    result.map(|()| probe.report)
}

impl Probe<'_> {
    fn all(&mut self, bytes: u64, monitor: &dyn Monitor) -> Result<(), BackendError> {
        monitor.event(Event::Phase("Creating objects that exist"));
        if self.creates_once()? {
            self.races();
        }
        monitor.event(Event::Phase("Writing, reading and listing"));
        let small = self.small_objects().map_err(|error| error.to_string());
        self.report.judge("read and list after write", small.and_then(|seen| seen));
        let replaced = self.replaces_sessions().map_err(|error| error.to_string());
        self.report.judge("overwrite", replaced.and_then(|seen| seen));
        monitor.event(Event::Phase("Measuring"));
        let packs = self.packs(bytes.max(1 << 20)).map_err(|error| error.to_string());
        if let Err(seen) = packs {
            self.report.tell("large objects", Verdict::Unusable, seen);
        }
        monitor.event(Event::Phase("Deleting"));
        self.deletes();
        Ok(())
    }

    fn sid(&self) -> SessionId {
        SessionId(random(self.world))
    }

    /// Whether create-if-absent leaves alone what exists. From the end on the store is one that is usable.
    fn creates_once(&mut self) -> Result<bool, BackendError> {
        const TEST: &str = "create only if absent";
        let name = ObjectName::Snapshot(self.sid());
        self.written.push(name);
        let seen = match self.store.put_new(&name, b"first") {
            Err(error) if error.kind == ErrorKind::Refused => "storage has no such request".to_owned(),
            Err(error) => return Err(error),
            Ok(_) => match self.store.put_new(&name, b"second") {
                Ok(Put::Exists) => match self.store.get(&name, 100) {
                    Ok(bytes) if bytes == b"first" => {
                        self.report.tell(TEST, Verdict::Good, "refused what exists");
                        return Ok(true);
                    }
                    Ok(_) => "what exists was said to be left alone, and is not".to_owned(),
                    Err(error) => error.to_string(),
                },
                Ok(Put::Created) => "overwrote what exists".to_owned(),
                Err(error) => error.to_string(),
            },
        };
        self.report.tell(TEST, Verdict::SingleWriter, seen);
        self.store.assume_single_writer();
        self.watcher.assume_single_writer();
        Ok(false)
    }

    /// Several writers create the same objects at the same time.
    fn races(&mut self) {
        let names: Vec<_> = (0..RACES).map(|_| ObjectName::Snapshot(self.sid())).collect();
        self.written.extend(&names);
        let stores = [self.store, self.watcher];
        let race = |me: u8| -> Result<Vec<bool>, BackendError> {
            let store = stores[usize::from(me % 2)];
            names.iter().map(|name| Ok(store.put_new(name, &[me; 64])? == Put::Created)).collect()
        };
        let won: Result<Vec<Vec<bool>>, BackendError> = thread::scope(|scope| {
            let race = &race;
            let writers: Vec<_> = (0..WRITERS).map(|me| scope.spawn(move || race(me))).collect();
            writers
                .into_iter()
                .map(|writer| writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        let judge = |won: &[Vec<bool>], n: usize, name: &ObjectName| {
            let winners: Vec<u8> = (0..WRITERS).filter(|me| won[usize::from(*me)][n]).collect();
            match winners[..] {
                [winner] => self.store.get(name, 100).is_ok_and(|bytes| bytes == [winner; 64]),
                _ => false,
            }
        };
        let (allows, seen) = match won {
            Err(error) => (Verdict::SingleWriter, error.to_string()),
            Ok(won) => match names.iter().enumerate().filter(|(n, name)| !judge(&won, *n, name)).count() {
                0 => (Verdict::Good, format!("{WRITERS} writers at a time: {RACES} objects, one winner each")),
                bad => (
                    Verdict::SingleWriter,
                    format!("{WRITERS} writers at a time: {bad} of {RACES} objects had not one winner"),
                ),
            },
        };
        self.report.tell("create only if absent, at the same time", allows, seen);
        if allows > Verdict::Good {
            self.store.assume_single_writer();
            self.watcher.assume_single_writer();
        }
    }

    /// What was put is read and listed at once, with the right size; what was deleted is not, where it can be deleted.
    fn small_objects(&mut self) -> Result<Result<String, String>, BackendError> {
        let sid = self.sid();
        let (mut puts, mut gets) = (Vec::new(), Vec::new());
        for n in 0..SMALL {
            let name = ObjectName::Index(sid, n);
            let bytes = vec![n as u8; 500 + n as usize];
            self.written.push(name);
            let start = self.world.elapsed();
            self.store.put_new(&name, &bytes)?;
            let put = self.world.elapsed();
            let read = self.watcher.get(&name, 10_000)?;
            puts.push(put - start);
            gets.push(self.world.elapsed() - put);
            if read != bytes {
                return Ok(Err("another content was read than had been written".to_owned()));
            }
            let listed = self.watcher.list(Family::Index)?;
            if !listed.iter().any(|listed| listed.name == name && listed.size == bytes.len() as u64) {
                return Ok(Err("an object was missing in the list right after it was written".to_owned()));
            }
        }
        puts.sort_unstable();
        gets.sort_unstable();
        (self.report.speed.put, self.report.speed.get) = (puts[puts.len() / 2], gets[gets.len() / 2]);
        Ok(Ok(format!("{}, each read and listed at once", counted(SMALL.into(), "object"))))
    }

    /// Objects of running backups are replaced; their time is that of the last write.
    fn replaces_sessions(&mut self) -> Result<Result<String, String>, BackendError> {
        let name = ObjectName::Session(self.sid());
        self.written.push(name);
        self.store.put_session(&name, b"first")?;
        let before = self.world.now().secs;
        self.store.put_session(&name, b"the second")?;
        let after = self.world.now().secs;
        if self.watcher.get(&name, 100)? != b"the second" {
            return Ok(Err("an object that was overwritten still read as before".to_owned()));
        }
        let modified = self.watcher.stat(&name)?.modified.secs;
        self.report.skew_secs = match modified {
            early if early < before => early - before,
            late if late > after => late - after,
            _ => 0,
        };
        let skew = self.report.skew_secs;
        if skew.abs() > SKEW {
            let order = if skew > 0 { "ahead of" } else { "behind" };
            let seen =
                format!("storage is {} {order} this machine; set the clock", counted(skew.unsigned_abs(), "second"));
            self.report.tell("clock", Verdict::Good, seen);
        }
        Ok(Ok("an object that runs replace was replaced".to_owned()))
    }

    /// Packs: how quickly they are written and read, whether they show before they are whole, and parts of them.
    fn packs(&mut self, bytes: u64) -> Result<(), BackendError> {
        const LEN: usize = 1 << 20;
        let packs: Vec<(ObjectName, Vec<u8>)> = (0..bytes.div_ceil(LEN as u64))
            .map(|_| {
                let mut bytes = vec![0; LEN];
                blake3::Hasher::new().update(&random::<32>(self.world)).finalize_xof().fill(&mut bytes);
                (ObjectName::Pack(PackId(*blake3::hash(&bytes).as_bytes())), bytes)
            })
            .collect();
        self.written.extend(packs.iter().map(|(name, _)| *name));
        let (done, partial) = (AtomicBool::new(false), AtomicBool::new(false));
        let start = self.world.elapsed();
        let written = thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    // What cannot be listed now is found out by others.
                    let listed = self.watcher.list(Family::Packs).unwrap_or_default();
                    if listed.iter().any(|listed| listed.size != LEN as u64) {
                        partial.store(true, Ordering::Relaxed);
                    }
                    self.world.sleep(Duration::from_millis(20));
                }
            });
            let written = packs.iter().try_for_each(|(name, bytes)| self.store.put_pack(name, bytes));
            let written = written.and_then(|()| self.store.barrier());
            done.store(true, Ordering::Relaxed);
            written
        });
        written?;
        let time = (self.world.elapsed() - start).as_secs_f64().max(1e-6);
        self.report.speed.up = (packs.len() * LEN) as f64 / time;
        let start = self.world.elapsed();
        let readers = self.store.concurrency().clamp(1, 16);
        let read_all = |share: &[(ObjectName, Vec<u8>)]| -> Result<bool, BackendError> {
            let mut same = true;
            for (name, bytes) in share {
                same &= self.watcher.get(name, LEN as u64)? == *bytes;
            }
            Ok(same)
        };
        let same: Result<bool, BackendError> = thread::scope(|scope| {
            let shares: Vec<_> =
                packs.chunks(packs.len().div_ceil(readers)).map(|share| scope.spawn(move || read_all(share))).collect();
            let join = |share: thread::ScopedJoinHandle<'_, Result<bool, BackendError>>| {
                share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            shares.into_iter().map(join).try_fold(true, |all, same| Ok(all & same?))
        });
        let same = same?;
        let time = (self.world.elapsed() - start).as_secs_f64().max(1e-6);
        self.report.speed.down = (packs.len() * LEN) as f64 / time;
        let whole = match (same, partial.into_inner()) {
            (false, _) => Err("another content was read than had been written".to_owned()),
            (true, true) => Err("an object showed before it was whole".to_owned()),
            (true, false) => {
                Ok(format!("{} of 1 MiB, none showed before it was whole", counted(packs.len() as u64, "object")))
            }
        };
        self.report.judge("large objects", whole);
        if let Some((name, bytes)) = packs.first() {
            let middle = self.watcher.get_range(name, 300_001, 7_777)?;
            let beyond = self.watcher.get_range(name, LEN as u64 - 10, 11);
            let right =
                middle == bytes[300_001..][..7_777] && beyond.is_err_and(|error| error.kind == ErrorKind::ShortRead);
            let seen = if right { Ok("as they should be".to_owned()) } else { Err("wrong bytes were read".to_owned()) };
            self.report.judge("parts of objects", seen);
        }
        Ok(())
    }

    /// One object, then many at a time. What may not be deleted is no reason not to make backups.
    fn deletes(&mut self) {
        const TEST: &str = "delete";
        let Some(first) = self.written.first().copied() else { return };
        let result = self.store.delete(&first).and_then(|()| match self.watcher.stat(&first) {
            Err(error) if error.kind == ErrorKind::NotFound => self.store.delete_all(&self.written).map(|()| true),
            Err(error) => Err(error),
            Ok(_) => Ok(false),
        });
        match result {
            Ok(true) => {
                self.report.may_delete = true;
                self.report.tell(TEST, Verdict::Good, "one object and many at a time");
            }
            Ok(false) => {
                self.report.tell(TEST, Verdict::Good, "what was deleted is still there: prune would free nothing")
            }
            Err(error) if error.kind == ErrorKind::PermissionDenied => {
                self.report.tell(TEST, Verdict::Good, "refused: backups work, prune must run with other rights");
            }
            Err(error) => self.report.tell(TEST, Verdict::Unusable, error.to_string()),
        }
    }

    /// Removes what can be removed and counts what stays.
    fn clean_up(&mut self) {
        // Told by the deletion before, or nothing could be written in the first place.
        drop(self.store.barrier());
        drop(self.store.delete_all(&self.written));
        let left = Family::ALL.iter().map(|family| self.watcher.list(*family).map_or(0, |listed| listed.len() as u64));
        self.report.left = left.sum();
        if self.report.may_delete && self.report.left > 0 {
            let seen = format!("{} listed after all were deleted", counted(self.report.left, "object"));
            self.report.tell("list after delete", Verdict::Unusable, seen);
        }
    }
}

#[cfg(test)]
mod tests;
