//! Snapshots that are made anew of what is left, and directories that no snapshot refers to any more.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use caddis::backend::{ErrorKind, MemoryBackend, ObjectName};
use caddis::format::StripeEntry;
use caddis::id::SessionId;
use caddis::model::Node;
use caddis::monitor::Silent;
use caddis::ops::check::{ReadData, Severity};
use caddis::ops::ls::ls;
use caddis::ops::prune::{MaxUnused, PruneOptions, prune};
use caddis::ops::recover::{RecoverOptions, RecoverReport, recover};
use caddis::ops::repair_snapshots::{Outcome, RepairSnapshotsOptions, RepairSnapshotsReport, repair_snapshots};
use caddis::ops::salvage::Change;
use caddis::ops::snapshots::{SnapshotFilter, list};
use caddis::repo::{Repository, SessionOwner};

use super::away::Stubborn;
use super::beyond::stripes;
use super::fixture::{Contents, assert_clean, contents, fixture, look, mend, reopen, worst};

fn owner() -> SessionOwner {
    SessionOwner { host: "host".to_owned(), ..SessionOwner::default() }
}

fn repair_all(repo: &Repository, forget: bool, dry_run: bool) -> RepairSnapshotsReport {
    let wanted = list(repo, &SnapshotFilter::default(), &Silent).expect("a list");
    let options = RepairSnapshotsOptions { forget, dry_run, owner: owner() };
    repair_snapshots(repo, &wanted, &options, &Silent).expect("a repair")
}

fn find(repo: &Repository) -> RecoverReport {
    let options = RecoverOptions { user: "user".to_owned(), uid: 1, gid: 2, dry_run: false, owner: owner() };
    recover(repo, &options, &Silent).expect("a recovery")
}

/// What a snapshot holds, by path.
fn of(contents: &Contents, sid: &str) -> BTreeMap<String, String> {
    contents.iter().filter(|((id, _), _)| id == sid).map(|((_, path), hash)| (path.clone(), hash.clone())).collect()
}

#[test]
fn what_is_left_is_kept_whatever_is_lost() {
    let fixture = fixture(1, 0);
    let (mut shortened, mut emptied, mut unreadable) = (0, 0, 0);
    for stripe in stripes(&fixture.backend) {
        let place = Arc::new(fixture.backend.clone());
        place.remove(&ObjectName::Pack(stripe.slots[0].pack));
        let repo = reopen(&place).expect("opens");
        let before = place.snapshot_contents();
        let planned = repair_all(&repo, false, true);
        assert_eq!(place.snapshot_contents(), before, "a dry run writes nothing");
        let report = repair_all(&repo, false, false);
        assert_eq!(planned.damaged.len(), report.damaged.len());
        let repo = reopen(&place).expect("opens");
        let now = look(&repo, ReadData::No);
        let lost: BTreeSet<_> = report.damaged.iter().map(|one| one.original).collect();
        let damaged: BTreeSet<_> = now.damaged_snapshots.iter().map(|one| one.id).collect();
        assert_eq!(lost, damaged, "the originals are as they were, and all that is new is whole");
        for (one, planned) in report.damaged.iter().zip(&planned.damaged) {
            assert_eq!((one.changed, &one.changes), (planned.changed, &planned.changes));
            let told = now.damaged_snapshots.iter().find(|told| told.id == one.original).expect("named");
            match one.outcome {
                Outcome::Repaired(new) => assert_eq!((told.successor, told.root_is_lost), (Some(new), false)),
                _ => assert_eq!((told.successor, told.root_is_lost), (None, true)),
            }
            assert!(told.is_to_be_forgotten() && !told.is_to_be_repaired());
            let Outcome::Repaired(new) = one.outcome else {
                assert_eq!((one.outcome, planned.outcome), (Outcome::Unreadable, Outcome::Unreadable));
                unreadable += 1;
                continue;
            };
            let changed: BTreeMap<String, Change> = one
                .changes
                .iter()
                .map(|(path, change)| (String::from_utf8_lossy(path).into_owned(), *change))
                .collect();
            shortened += changed.values().filter(|change| **change == Change::Shortened).count();
            emptied += changed.values().filter(|change| **change == Change::Emptied).count();
            changed.iter().filter(|(path, change)| **change == Change::Emptied && *path != "/").for_each(
                |(path, _)| {
                    assert!(is_marked(&repo, new, path), "{path} lacks something, and restore must know");
                },
            );
            let original = of(&fixture.truth, &one.original.to_string());
            // Only what is new can be read in full; the check above says so.
            let only_new = readable(&repo, &new.to_string());
            for (path, hash) in &original {
                let beneath = |lost: &str| path.strip_prefix(lost).is_some_and(|rest| rest.starts_with('/'));
                let gone = changed.iter().any(|(lost, change)| *change == Change::Emptied && beneath(lost));
                match (only_new.get(path), changed.get(path)) {
                    (None, _) => assert!(gone, "{path} is missing without a reason"),
                    (Some(found), None) => assert_eq!(found, hash, "{path}"),
                    (Some(found), Some(Change::Shortened)) => assert_ne!(found, hash, "{path}"),
                    (Some(_), Some(_)) => {}
                }
            }
            assert!(only_new.keys().all(|path| original.contains_key(path)));
        }
    }
    // What is emptied hangs on where trees were cut and what they are deltas of.
    assert!(shortened + emptied > 0 && unreadable > 0, "{shortened} {emptied} {unreadable}");
}

/// Whether the directory is one of which the snapshot does not have all.
fn is_marked(repo: &Repository, sid: SessionId, path: &str) -> bool {
    let all = list(repo, &SnapshotFilter::default(), &Silent).expect("a list");
    let info = all.iter().find(|info| info.id == sid).expect("it is there");
    let mut marked = false;
    let mut each = |found: &[u8], node: &Node| {
        marked |= found == path.as_bytes() && node.changed_while_read;
        Ok(())
    };
    ls(repo, &info.snapshot, path.as_bytes(), false, &mut each).expect("a listing");
    marked
}

#[test]
fn what_was_made_when_less_could_be_read_is_no_successor() {
    let fixture = fixture(1, 0);
    let without = |packs: &[ObjectName]| {
        let place = Arc::new(fixture.backend.clone());
        packs.iter().for_each(|pack| assert!(place.remove(pack)));
        place
    };
    let is_damaged = |place: &Arc<MemoryBackend>, sid| {
        let report = look(&reopen(place).expect("opens"), ReadData::No);
        report.damaged_snapshots.iter().any(|one| one.id == sid && !one.root_is_lost)
    };
    let packs: Vec<_> = stripes(&fixture.backend).iter().map(|stripe| ObjectName::Pack(stripe.slots[0].pack)).collect();
    let repo = reopen(&without(&[])).expect("opens");
    let sid = list(&repo, &SnapshotFilter::default(), &Silent).expect("a list").remove(0).id;
    let mut hit = packs.into_iter().filter(|pack| is_damaged(&without(&[*pack]), sid));
    let (first, second) = (hit.next().expect("a pack"), hit.next().expect("another"));
    let place = without(&[first, second]);
    repair_all(&reopen(&place).expect("opens"), false, false);
    let told = |place: &Arc<MemoryBackend>| {
        let report = look(&reopen(place).expect("opens"), ReadData::No);
        *report.damaged_snapshots.iter().find(|one| one.id == sid).expect("damaged")
    };
    assert!(told(&place).is_to_be_forgotten());
    place.overwrite(&first, &fixture.backend.snapshot_contents()[&first]);
    assert!(told(&place).is_to_be_repaired(), "more of it reads than the other has");
}

/// The contents of one snapshot, which must read.
fn readable(repo: &Repository, sid: &str) -> BTreeMap<String, String> {
    let all = list(repo, &SnapshotFilter::default(), &Silent).expect("a list");
    let others: Vec<_> = all.iter().filter(|info| info.id.to_string() != sid).map(|info| info.id).collect();
    super::fixture::contents_but(repo, &others)
        .expect("reads")
        .into_iter()
        .map(|((_, path), hash)| (path, hash))
        .collect()
}

#[test]
fn a_snapshot_that_was_made_anew_outlives_a_prune() {
    let fixture = fixture(4, 2);
    let place = Arc::new(fixture.backend.clone());
    // Without its root nothing could be made of a snapshot.
    let trees = tree_packs(&place);
    let packs = |stripe: StripeEntry| stripe.slots.into_iter().map(|slot| ObjectName::Pack(slot.pack)).take(3);
    let mut lost = stripes(&place).into_iter().map(|stripe| packs(stripe).collect::<Vec<_>>());
    let lost = lost.find(|packs| packs.len() == 3 && packs.iter().all(|pack| !trees.contains(pack)));
    for pack in lost.expect("a stripe that is full of data") {
        assert!(place.remove(&pack));
    }
    // Doomed stripes: blobs that are still in there must not be referred to.
    mend(&reopen(&place).expect("opens"));
    let repo = reopen(&place).expect("opens");
    let report = repair_all(&repo, true, false);
    assert!(!report.damaged.is_empty() && report.damaged.iter().all(|one| one.forgotten), "{report:?}");
    let repo = reopen(&place).expect("opens");
    let before = contents(&repo).expect("all that is listed reads");
    assert_eq!(worst(&look(&repo, ReadData::All)).0, Severity::Note);
    let options = PruneOptions { max_unused: MaxUnused::Bytes(0), accept_unexplained: true, ..PruneOptions::default() };
    let pruned = prune(&repo, &owner(), &options, &Silent).expect("a prune");
    assert!(pruned.packs_removed > 0, "{pruned:?}");
    let repo = reopen(&place).expect("opens");
    assert_eq!(contents(&repo).expect("reads"), before);
    assert_clean(&repo, "after the prune");
    assert!(repair_all(&repo, true, false).damaged.is_empty());
}

#[test]
fn directories_of_snapshots_that_are_gone_are_found() {
    let fixture = fixture(4, 2);
    let place = Arc::new(fixture.backend.clone());
    let repo = reopen(&place).expect("opens");
    assert_eq!(find(&repo).snapshot, None, "all is in snapshots");
    let all = list(&repo, &SnapshotFilter::default(), &Silent).expect("a list");
    for info in &all {
        repo.bury(info.id, "host", "by accident", &Silent).expect("a tombstone");
    }
    let repo = reopen(&place).expect("opens");
    let before = place.snapshot_contents();
    let report = find(&repo);
    // The roots of both, and nothing that is in them.
    let roots: BTreeSet<_> = all.iter().filter_map(|info| info.snapshot.root).collect();
    assert_eq!(report.found.iter().map(|(_, id)| *id).collect::<BTreeSet<_>>(), roots);
    assert_eq!((report.changed, report.trees_unreadable), (0, 0));
    let after = place.snapshot_contents();
    assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)), "nothing is deleted or changed");
    let repo = reopen(&place).expect("opens");
    let found: BTreeSet<(String, String)> =
        contents(&repo).expect("reads").into_iter().map(|((_, path), hash)| (path, hash)).collect();
    for info in &all {
        let name = info.snapshot.root.expect("has a root").short();
        for (path, hash) in of(&fixture.truth, &info.id.to_string()) {
            assert!(found.contains(&(format!("/{name}{path}"), hash)), "{path}");
        }
    }
    let options = PruneOptions { max_unused: MaxUnused::Bytes(0), accept_unexplained: true, ..PruneOptions::default() };
    prune(&repo, &owner(), &options, &Silent).expect("a prune");
    assert_clean(&reopen(&place).expect("opens"), "after a prune");
    assert_eq!(find(&reopen(&place).expect("opens")).snapshot, None);
}

#[test]
fn what_is_left_of_a_damaged_directory_is_recovered_once() {
    let fixture = fixture(1, 0);
    let place = Arc::new(fixture.backend.clone());
    let trees = tree_packs(&place);
    let data = stripes(&place).into_iter().map(|stripe| ObjectName::Pack(stripe.slots[0].pack));
    assert!(place.remove(&data.filter(|pack| !trees.contains(pack)).min().expect("a pack of data")));
    let repo = reopen(&place).expect("opens");
    for info in list(&repo, &SnapshotFilter::default(), &Silent).expect("a list") {
        repo.bury(info.id, "host", "by accident", &Silent).expect("a tombstone");
    }
    let report = find(&reopen(&place).expect("opens"));
    assert!(report.snapshot.is_some() && report.changed > 0, "{report:?}");
    let again = find(&reopen(&place).expect("opens"));
    assert_eq!((again.snapshot, again.found.len(), again.changed), (None, 0, 0));
}

#[test]
fn what_cannot_be_read_for_now_is_not_left_out() {
    let fixture = fixture(1, 0);
    let trees: BTreeSet<_> = tree_packs(&fixture.backend);
    let data = stripes(&fixture.backend).into_iter().map(|stripe| ObjectName::Pack(stripe.slots[0].pack));
    let data = data.filter(|pack| !trees.contains(pack)).collect();
    for refused in [data, trees] {
        let place = Arc::new(Stubborn { inner: fixture.backend.clone(), refused, kind: ErrorKind::PermissionDenied });
        let repo = reopen(&place).expect("opens");
        let wanted = list(&repo, &SnapshotFilter::default(), &Silent).expect("a list");
        let options = RepairSnapshotsOptions { forget: true, dry_run: false, owner: owner() };
        let before = place.inner.snapshot_contents();
        let result = repair_snapshots(&repo, &wanted, &options, &Silent);
        // Packs that are listed are not looked at, so that data that does not read is no loss; trees are.
        assert!(result.as_ref().is_ok_and(|report| report.damaged.is_empty()) || result.is_err(), "{result:?}");
        let after = place.inner.snapshot_contents();
        assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "{result:?}");
    }
}

/// Packs that have frames of trees.
fn tree_packs(place: &MemoryBackend) -> BTreeSet<ObjectName> {
    let repo = reopen(&Arc::new(place.clone())).expect("opens");
    repo.load_index(&Silent).expect("an index");
    let trees = repo.tree_blobs().expect("trees");
    let places = trees.iter().flat_map(|id| repo.places(id).expect("places"));
    places.map(|place| ObjectName::Pack(place.pack)).collect()
}
