//! Bad moments of storage: what reads on the second attempt is not damaged.
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use caddis::backend::{Backend, BackendError, ErrorKind, Family, Listed, MemoryBackend, ObjectName, Put};
use caddis::monitor::Recorder;
use caddis::ops::check::{ReadData, check};

use super::fixture::{contents, fixture, reopen, worst};

/// What goes wrong with a first read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Good,
    FlippedBit,
    Failure,
}

/// The first read of every object goes wrong.
#[derive(Debug)]
struct Flaky {
    inner: MemoryBackend,
    moment: Mutex<Moment>,
    read: Mutex<BTreeSet<ObjectName>>,
}

impl Flaky {
    fn set(&self, moment: Moment) {
        *self.moment.lock().unwrap_or_else(PoisonError::into_inner) = moment;
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn spoil(&self, name: &ObjectName, bytes: Result<Vec<u8>, BackendError>) -> Result<Vec<u8>, BackendError> {
        let moment = *self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        let first = self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(*name);
        match (first, moment) {
            (false, _) | (_, Moment::Good) => bytes,
            (true, Moment::Failure) => Err(BackendError::new(ErrorKind::Other, "read", name)),
            (true, Moment::FlippedBit) => bytes.map(|mut bytes| {
                if let Some(byte) = bytes.get_mut(200) {
                    *byte ^= 1;
                }
                bytes
            }),
        }
    }
}

impl Backend for Flaky {
    fn describe(&self) -> String {
        self.inner.describe()
    }
    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
        self.inner.put_new(name, bytes)
    }
    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.inner.put_session(name, bytes)
    }
    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.inner.replace_pack(name, bytes)
    }
    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        self.spoil(name, self.inner.get(name, limit))
    }
    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        self.spoil(name, self.inner.get_range(name, offset, len))
    }
    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
        self.inner.list(family)
    }

    fn is_remote(&self) -> bool {
        self.inner.is_remote()
    }
    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        self.inner.stat(name)
    }
    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.inner.delete(name)
    }
    fn barrier(&self) -> Result<(), BackendError> {
        self.inner.barrier()
    }
}

#[test]
fn what_reads_on_the_second_attempt_is_sound() {
    for (k, m) in [(4, 2), (1, 0)] {
        let fixture = fixture(k, m);
        let (moment, read) = (Mutex::new(Moment::Good), Mutex::default());
        let place = Arc::new(Flaky { inner: fixture.backend.clone(), moment, read });
        for moment in [Moment::FlippedBit, Moment::Failure] {
            for read in [ReadData::No, ReadData::All] {
                place.set(Moment::Good);
                let repo = reopen(&place).expect("opens");
                place.set(moment);
                let recorder = Recorder::default();
                let report = check(&repo, read, &recorder).expect("a check");
                let what = format!("{k}+{m} {moment:?} {read:?}");
                let (_, findings) = worst(&report);
                assert!(findings.is_empty() && report.lost_files.is_empty(), "{what}: {findings:#?}");
                assert_eq!(recorder.problems(), [], "{what}");
                assert_eq!(report.snapshots, 2, "{what}");
                assert!(report.remedies.is_empty(), "{what}");
            }
        }
        place.set(Moment::FlippedBit);
        let repo = reopen(&place).expect("opens");
        assert_eq!(contents(&repo).expect("reads"), fixture.truth);
    }
}
