//! Packs that are away for a while: nothing is given up because of them, and what was given up is saved when they come back.
use std::collections::BTreeSet;
use std::sync::Arc;

use caddis::backend::{Backend, BackendError, ErrorKind, Family, Listed, MemoryBackend, ObjectName, Put};
use caddis::error::{Error, Result};
use caddis::monitor::Silent;
use caddis::ops::check::{ReadData, Severity};
use caddis::ops::repair::{RepairOptions, RepairReport, repair};
use caddis::repo::Repository;

use super::fixture::{assert_clean, contents, fixture, look, mend, reopen, worst};

/// Lists everything and does not let some objects be read.
#[derive(Debug)]
pub struct Stubborn {
    pub inner: MemoryBackend,
    pub refused: BTreeSet<ObjectName>,
    pub kind: ErrorKind,
}

impl Stubborn {
    fn pass(&self, name: &ObjectName) -> Result<(), BackendError> {
        match self.refused.contains(name) {
            true => Err(BackendError::new(self.kind, "read", name)),
            false => Ok(()),
        }
    }
}

impl Backend for Stubborn {
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
        self.pass(name)?;
        self.inner.get(name, limit)
    }
    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        // The first bytes read: the damaged sectors are further on.
        if offset > 0 || len > 4096 {
            self.pass(name)?;
        }
        self.inner.get_range(name, offset, len)
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

fn packs(place: &MemoryBackend) -> Vec<ObjectName> {
    place.snapshot_contents().into_keys().filter(|name| name.family() == Family::Packs).collect()
}

fn try_mend(repo: &Repository) -> Result<RepairReport> {
    let options = RepairOptions {
        replicas: true,
        index: true,
        packs: true,
        locations: true,
        dry_run: false,
        host: "host".to_owned(),
    };
    repair(repo, &options, &Silent)
}

#[test]
fn packs_that_storage_does_not_let_be_read_are_not_given_up() {
    let fixture = fixture(4, 2);
    let all = packs(&fixture.backend);
    for kind in [ErrorKind::PermissionDenied, ErrorKind::Other] {
        for with_index in [true, false] {
            let inner = fixture.backend.clone();
            if !with_index {
                for name in inner.snapshot_contents().into_keys().filter(|name| name.family() == Family::Index) {
                    inner.remove(&name);
                }
            }
            let refused = all.iter().copied().skip(1).collect();
            let place = Arc::new(Stubborn { inner, refused, kind });
            let result = try_mend(&reopen(&place).unwrap());
            assert!(matches!(&result, Err(Error::Backend(error)) if error.kind == kind), "{result:?}");
            assert!(
                !place.inner.snapshot_contents().keys().any(|name| matches!(name, ObjectName::Mark(_))),
                "nothing is doomed"
            );
            // Once they read, all is as it was.
            let place = Arc::new(place.inner.clone());
            let report = try_mend(&reopen(&place).unwrap()).unwrap();
            assert!(report.packs_lost.is_empty() && report.blobs_lost.is_empty(), "{report:?}");
            assert_eq!(contents(&reopen(&place).unwrap()).unwrap(), fixture.truth);
        }
    }
}

#[test]
fn when_no_pack_at_all_is_there_nothing_is_changed() {
    let fixture = fixture(4, 2);
    let place = Arc::new(fixture.backend.clone());
    for name in packs(&place) {
        place.remove(&name);
    }
    let before = place.snapshot_contents();
    let error = try_mend(&reopen(&place).unwrap()).unwrap_err();
    assert!(error.to_string().contains("nothing was changed"), "{error}");
    assert_eq!(place.snapshot_contents(), before);
}

#[test]
fn what_was_given_up_is_saved_when_its_packs_come_back() {
    let fixture = fixture(4, 2);
    let place = Arc::new(fixture.backend.clone());
    let all = packs(&place);
    for name in &all[1..] {
        place.remove(name);
    }
    let report = mend(&reopen(&place).unwrap());
    assert!(!report.blobs_lost.is_empty());
    // The one that is left is enough for its stripe if that is short: then this one is not given up.
    let rebuilt: Vec<ObjectName> = report.packs_rebuilt.iter().map(|id| ObjectName::Pack(*id)).collect();
    let is_whole = |name: &ObjectName| rebuilt.contains(name) || !rebuilt.is_empty() && *name == all[0];
    // They come back, one of them damaged: it is read with the help of its stripe.
    let whole = fixture.backend.snapshot_contents();
    for name in &all[1..] {
        place.overwrite(name, &whole[name]);
    }
    super::fixture::Damage::Flip.inflict(&place, &all[0], None);
    let repo = reopen(&place).unwrap();
    assert_eq!(contents(&repo).unwrap(), fixture.truth, "restore reads them");
    let (severity, findings) = (worst(&look(&repo, ReadData::No)).0, look(&repo, ReadData::No).findings);
    assert_eq!(severity, Severity::Note, "{findings:#?}");
    assert!(findings.iter().any(|finding| finding.message.contains("had given up")), "{findings:#?}");
    let report = mend(&repo);
    assert!(report.blobs_saved > 10 && report.blobs_lost.is_empty(), "{report:?}");
    // A prune removes the stripes that were given up: nothing depends on them any more.
    for name in all.iter().filter(|name| !is_whole(name)) {
        place.remove(name);
    }
    let repo = reopen(&place).unwrap();
    assert_clean(&repo, "after the second repair");
    assert_eq!(contents(&repo).unwrap(), fixture.truth);
    assert_eq!(mend(&repo).blobs_saved, 0);
}
