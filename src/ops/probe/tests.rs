//! What the probe says of storage with one fault each.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use super::{ProbeReport, Verdict, probe};
use crate::backend::{Backend, BackendError, ErrorKind, Family, Listed, MemoryBackend, ObjectName, Put};
use crate::monitor::Silent;
use crate::world::{SystemWorld, Time};

/// What is wrong with a storage.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    Overwrites,
    LooksThenPuts,
    CannotCreate,
    ListsLate,
    ReadsOther,
    KeepsSessions,
    ShowsParts,
    ReadsShort,
    MayNotDelete,
    DeletesNothing,
    ListsDeleted,
    Clock(i64),
    MayNotWrite,
}

#[derive(Debug)]
struct Faulty {
    inner: MemoryBackend,
    fault: Fault,
    is_alone: AtomicBool,
}

impl Faulty {
    fn refused<T>(&self, kind: ErrorKind, name: &ObjectName) -> Result<T, BackendError> {
        Err(BackendError::new(kind, "try", name))
    }
}

impl Backend for Faulty {
    fn describe(&self) -> String {
        format!("{:?}", self.fault)
    }
    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
        match self.fault {
            _ if self.is_alone.load(Ordering::Relaxed) => {}
            Fault::MayNotWrite => return self.refused(ErrorKind::PermissionDenied, name),
            Fault::CannotCreate => return self.refused(ErrorKind::Refused, name),
            Fault::Overwrites => {
                self.inner.overwrite(name, bytes);
                return Ok(Put::Created);
            }
            Fault::LooksThenPuts => {
                if self.inner.stat(name).is_ok() {
                    return Ok(Put::Exists);
                }
                sleep(Duration::from_millis(20));
                self.inner.overwrite(name, bytes);
                return Ok(Put::Created);
            }
            _ => {}
        }
        self.inner.put_new(name, bytes)
    }
    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        match self.fault {
            Fault::KeepsSessions if self.inner.stat(name).is_ok() => Ok(()),
            _ => self.inner.put_session(name, bytes),
        }
    }
    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.inner.replace_pack(name, bytes)
    }
    fn put_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        if self.fault == Fault::ShowsParts {
            self.inner.overwrite(name, &bytes[..bytes.len() / 2]);
            // The watcher looks every 20 ms.
            sleep(Duration::from_millis(500));
        }
        self.inner.replace_pack(name, bytes)
    }
    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        let mut bytes = self.inner.get(name, limit)?;
        if self.fault == Fault::ReadsOther && name.family() == Family::Packs {
            bytes[77] ^= 1;
        }
        Ok(bytes)
    }
    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        match self.fault {
            Fault::ReadsShort => {
                let all = self.inner.get(name, u64::MAX)?;
                Ok(all.into_iter().skip(offset as usize).take(len).collect())
            }
            _ => self.inner.get_range(name, offset, len),
        }
    }
    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
        let mut listed = self.inner.list(family)?;
        if self.fault == Fault::ListsLate && family == Family::Index {
            listed.pop();
        }
        if self.fault == Fault::ListsDeleted && listed.is_empty() && family == Family::Tombs {
            let name = ObjectName::Tomb(crate::id::SessionId([1; 16]));
            listed.push(Listed { name, size: 1, modified: Time::default() });
        }
        Ok(listed)
    }
    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        let mut listed = self.inner.stat(name)?;
        if let Fault::Clock(ahead) = self.fault {
            listed.modified.secs += ahead;
        }
        Ok(listed)
    }
    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        match self.fault {
            Fault::MayNotDelete => self.refused(ErrorKind::PermissionDenied, name),
            Fault::DeletesNothing => Ok(()),
            _ => self.inner.delete(name),
        }
    }
    fn barrier(&self) -> Result<(), BackendError> {
        Ok(())
    }
    fn assume_single_writer(&self) {
        self.is_alone.store(true, Ordering::Relaxed);
    }
}

fn probed(fault: Fault) -> Result<ProbeReport, BackendError> {
    let world = SystemWorld::new();
    let is_alone = AtomicBool::new(false);
    let store: Arc<dyn Backend> = Arc::new(Faulty { inner: MemoryBackend::new(world.clone()), fault, is_alone });
    let report = probe(&store, &store, &*world, 2 << 20, &Silent)?;
    let left: usize = Family::ALL.iter().map(|family| store.list(*family).unwrap().len()).sum();
    assert_eq!(report.left, left as u64, "{fault:?}");
    Ok(report)
}

#[test]
fn sound_storage_is_good_and_left_as_it_was() {
    let report = probed(Fault::None).unwrap();
    assert_eq!((report.verdict(), report.left, report.may_delete), (Verdict::Good, 0, true), "{report:?}");
    assert!(report.skew_secs.abs() <= 1 && report.speed.up > 0.0 && report.speed.down > 0.0);
}

#[test]
fn storage_that_overwrites_is_for_a_single_writer() {
    for fault in [Fault::Overwrites, Fault::LooksThenPuts, Fault::CannotCreate] {
        let report = probed(fault).unwrap();
        assert_eq!((report.verdict(), report.left), (Verdict::SingleWriter, 0), "{report:?}");
    }
}

#[test]
fn storage_that_lies_is_unusable() {
    let faults = [
        (Fault::ListsLate, "read and list after write"),
        (Fault::ReadsOther, "large objects"),
        (Fault::KeepsSessions, "overwrite"),
        (Fault::ShowsParts, "large objects"),
        (Fault::ReadsShort, "parts of objects"),
        (Fault::ListsDeleted, "list after delete"),
    ];
    for (fault, test) in faults {
        let report = probed(fault).unwrap();
        let bad: Vec<_> = report.findings.iter().filter(|finding| finding.allows == Verdict::Unusable).collect();
        assert!(bad.len() == 1 && bad[0].test == test, "{fault:?} {report:?}");
    }
}

#[test]
fn what_may_not_be_deleted_is_told_and_counted() {
    for fault in [Fault::MayNotDelete, Fault::DeletesNothing] {
        let report = probed(fault).unwrap();
        assert!(report.verdict() == Verdict::Good && !report.may_delete && report.left > 20, "{report:?}");
    }
}

#[test]
fn a_clock_that_is_off_is_told() {
    let report = probed(Fault::Clock(-900)).unwrap();
    assert!(report.verdict() == Verdict::Good && (-901..=-898).contains(&report.skew_secs), "{report:?}");
    assert!(report.findings.iter().any(|finding| finding.test == "clock" && finding.seen.contains("behind")));
}

#[test]
fn where_nothing_can_be_written_there_is_no_verdict() {
    assert_eq!(probed(Fault::MayNotWrite).unwrap_err().kind, ErrorKind::PermissionDenied);
}
