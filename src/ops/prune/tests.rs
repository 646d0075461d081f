//! Forgetting and pruning in memory: what is needed stays, what is not goes, whoever else is there.
mod beside;
mod damaged;
mod deltas;

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::backend::{Backend, Family, ObjectName};
use crate::format::Finished;
use crate::id::{BlobId, BlobKind, SessionId};
use crate::model::encode_snapshot;
use crate::monitor::{Recorder, Silent};
use crate::ops::check::{ReadData, check};
use crate::ops::testing::{PASSWORD, TestRepo, noise};
use crate::repo::{DeltaMode, Severity, WriteOptions, Writer};
use crate::world::ProcessIdentity;

fn owner(pid: u32) -> SessionOwner {
    SessionOwner { host: "host".to_owned(), label: None, process: ProcessIdentity { pid, ..Default::default() } }
}

fn options() -> PruneOptions {
    PruneOptions { max_unused: MaxUnused::Bytes(0), ..PruneOptions::default() }
}

impl TestRepo {
    fn prune(&self, options: &PruneOptions) -> PruneReport {
        prune(&self.open(PASSWORD).unwrap(), &owner(1), options, &Silent).unwrap()
    }

    fn forget(&self, sid: SessionId) {
        self.repo.bury(sid, "host", "test", &Silent).unwrap();
    }

    fn count(&self, family: Family) -> usize {
        self.backend.list(family).unwrap().len()
    }

    fn stored(&self) -> u64 {
        self.backend.list(Family::Packs).unwrap().iter().map(|listed| listed.size).sum()
    }

    /// All is well, to the last byte, and nothing is left over.
    #[track_caller]
    fn assert_sound(&self, snapshots: usize) {
        let repo = self.open(PASSWORD).unwrap();
        let recorder = Recorder::default();
        let report = check(&repo, ReadData::All, &recorder).unwrap();
        let bad: Vec<_> = report.findings.iter().filter(|finding| finding.severity > Severity::Note).collect();
        assert!(bad.is_empty() && recorder.problems().is_empty(), "{bad:?} {:?}", recorder.problems());
        assert_eq!(report.snapshots, snapshots as u64);
        assert_eq!((self.count(Family::Gc), self.count(Family::Sessions)), (0, 0));
        let (survey, packs) = repo.survey(&Silent).unwrap();
        assert!(survey.marks.is_empty() && packs.loose.is_empty() && packs.nameless.is_empty());
    }
}

/// Three snapshots: `keep` is in all of them, each has a large file of its own.
fn three() -> (TestRepo, Vec<SessionId>) {
    three_with(DeltaMode::Auto)
}

fn three_with(delta: DeltaMode) -> (TestRepo, Vec<SessionId>) {
    let test = TestRepo { delta, ..TestRepo::new() };
    test.file("keep", &noise(1, 300_000));
    let sids = (0..3)
        .map(|n| {
            test.file("own", &noise(100 + n, 2_000_000));
            test.file(&format!("small/{n}"), &noise(200 + n, 3_000));
            test.backup().snapshot.unwrap()
        })
        .collect();
    (test, sids)
}

#[test]
fn nothing_goes_while_everything_is_needed() {
    let (test, _) = three();
    let before = test.stored();
    let report = test.prune(&PruneOptions::default());
    assert_eq!((report.packs_removed, report.bytes_written), (0, 0));
    assert_eq!(test.stored(), before);
    test.assert_sound(3);
}

#[test]
fn what_a_forgotten_snapshot_alone_needed_goes() {
    let (test, sids) = three();
    let before = test.stored();
    test.forget(sids[0]);
    test.forget(sids[1]);
    let plan = test.prune(&PruneOptions { dry_run: true, ..options() }).plan;
    assert_eq!(test.stored(), before);
    let report = test.prune(&options());
    assert_eq!(plan, report.plan, "a dry run tells what is done");
    assert!(report.bytes_removed > 4_000_000 && report.blobs_copied > 0, "{report:?}");
    assert_eq!(report.bytes_removed, plan.bytes_deleted);
    assert_eq!(test.stored(), before - report.bytes_removed + report.bytes_written);
    // What is left is one snapshot's worth with parity 4+1.
    assert!(test.stored() < 3_300_000, "{}", test.stored());
    test.assert_sound(1);

    let again = test.prune(&options());
    assert_eq!((again.packs_removed, again.bytes_written), (0, 0), "{again:?}");
    test.file("own", &noise(7, 1_000));
    test.backup();
    test.assert_sound(2);
}

#[test]
fn everything_may_be_forgotten() {
    let (test, sids) = three();
    sids.into_iter().for_each(|sid| test.forget(sid));
    test.prune(&options());
    assert_eq!((test.stored(), test.count(Family::Packs), test.count(Family::Index)), (0, 0, 0));
    test.assert_sound(0);
    test.backup();
    test.assert_sound(1);
}

#[test]
fn short_stripes_of_many_sessions_are_merged() {
    let test = TestRepo::new();
    for n in 0..40 {
        test.file(&format!("file{n}"), &noise(n, 5_000));
        test.backup();
    }
    let (stored, index) = (test.stored(), test.count(Family::Index));
    let report = test.prune(&PruneOptions::default());
    assert!(test.stored() * 2 < stored, "{stored} {}", test.stored());
    assert!(index >= 40 && test.count(Family::Index) < 5, "{index} {}", test.count(Family::Index));
    assert_eq!(report.waiting, []);
    test.assert_sound(40);
    let again = test.prune(&PruneOptions::default());
    assert_eq!((again.packs_removed, again.bytes_written), (0, 0), "{again:?}");
}

#[test]
fn a_single_short_stripe_is_not_written_again_and_again() {
    let test = TestRepo::new();
    test.file("file", b"hello");
    test.backup();
    let report = test.prune(&PruneOptions::default());
    assert_eq!((report.packs_removed, report.bytes_written), (0, 0), "{report:?}");
}

#[test]
fn limits_are_kept() {
    let (test, sids) = three();
    test.forget(sids[1]);
    let unlimited = test.prune(&PruneOptions { max_unused: MaxUnused::Unlimited, dry_run: true, ..options() }).plan;
    assert!(unlimited.repack.is_empty());
    let all = test.prune(&PruneOptions { dry_run: true, ..options() }).plan;
    assert!(all.bytes_copied > 200_000, "{all:?}");
    let some = PruneOptions { max_repack: Some(all.bytes_copied - 1), dry_run: true, ..options() };
    assert!(test.prune(&some).plan.bytes_copied < all.bytes_copied);
    let some = PruneOptions { max_rewrite: Some(0), dry_run: true, ..options() };
    assert_eq!(test.prune(&some).plan.bytes_written, 0);
    let half = PruneOptions { max_unused: MaxUnused::Percent(50.0), dry_run: true, ..options() };
    let half = test.prune(&half).plan;
    assert!(half.unused_after > all.unused_after || half == all, "{half:?} {all:?}");

    let deleted = test.prune(&PruneOptions { delete_only: true, ..options() });
    assert_eq!((deleted.blobs_copied, deleted.bytes_written), (0, 0));
    test.assert_sound(2);
}

#[test]
fn a_session_under_way_is_waited_for_and_a_stale_one_is_ended() {
    let (test, sids) = three();
    let other = test.open(PASSWORD).unwrap();
    let write = WriteOptions::default();
    let (writer, _) = Writer::begin(&other, owner(2), write, &Silent).unwrap();
    writer.save(0, BlobKind::Data, b"something new").unwrap();
    test.forget(sids[0]);
    let before = test.stored();
    let report = test.prune(&options());
    assert_eq!(report.waiting.len(), 1);
    assert_eq!((report.packs_removed, test.stored()), (0, before));

    // It is doomed by now, and goes as soon as the other one has ended.
    let report = test.prune(&PruneOptions { stale_after: Duration::ZERO, ..options() });
    assert_eq!((report.waiting.len(), report.fenced.len()), (0, 1), "{report:?}");
    assert!(!report.plan.doomed.is_empty() && test.stored() < before);
    let fenced = writer.commit(&Decision::Snapshot(vec![0xa0]), &Silent);
    assert!(matches!(fenced, Err(Error::Fenced { .. })), "{fenced:?}");
    // What the fenced one had stored goes in the next prune.
    test.prune(&options());
    test.assert_sound(2);
}

#[test]
fn a_lost_decision_or_tree_stops_a_prune() {
    let (test, sids) = three();
    test.forget(sids[0]);
    test.prune(&options());
    let names = [ObjectName::Snapshot(sids[1]), ObjectName::ReplicaSnapshot(sids[1])];
    let stored = test.stored();
    for name in names {
        test.backend.delete(&name).unwrap();
    }
    let error = prune(&test.open(PASSWORD).unwrap(), &owner(1), &options(), &Silent).unwrap_err();
    assert!(error.to_string().contains("an earlier prune saw it"), "{error}");
    assert_eq!((test.stored(), test.count(Family::Sessions)), (stored, 0));
    test.forget(sids[1]);
    test.prune(&options());
    assert!(test.stored() < stored);
    test.assert_sound(1);

    let packs: BTreeSet<_> = test.backend.list(Family::Packs).unwrap().into_iter().map(|l| l.name).collect();
    packs.iter().for_each(|name| test.backend.delete(name).unwrap());
    let error = prune(&test.open(PASSWORD).unwrap(), &owner(1), &options(), &Silent).unwrap_err();
    assert!(error.to_string().contains("nobody knows what else is needed"), "{error}");
    assert_eq!(test.count(Family::Gc), 0);
}

#[test]
fn a_plan_stops_a_prune_that_would_remove_what_no_snapshot_explains() {
    let test = TestRepo::new();
    test.file("big", &noise(1, 40_000_000));
    let first = test.backup();
    // A snapshot that commits nothing of what its session stored.
    let repo = test.open(PASSWORD).unwrap();
    let write = WriteOptions { extra_verify: false, ..WriteOptions::default() };
    let (writer, _) = Writer::begin(&repo, owner(1), write, &Silent).unwrap();
    for n in 0..700 {
        writer.save(0, BlobKind::Data, &noise(1000 + n, 60_000)).unwrap();
    }
    let empty = crate::model::Snapshot::default();
    let sid = writer.commit(&Decision::Snapshot(encode_snapshot(&empty)), &Silent).unwrap();
    let error = prune(&test.open(PASSWORD).unwrap(), &owner(1), &options(), &Silent).unwrap_err();
    assert!(error.to_string().contains(&sid.short()), "{error}");
    test.forget(sid);
    test.prune(&options());
    test.assert_sound(1);
    assert!(first.snapshot.is_some());
}

#[test]
fn what_an_interrupted_backup_stored_in_vain_is_explained() {
    let test = TestRepo::new();
    test.file("small", b"small");
    test.backup();
    let repo = test.open(PASSWORD).unwrap();
    let write = WriteOptions { extra_verify: false, ..WriteOptions::default() };
    let (writer, _) = Writer::begin(&repo, owner(1), write, &Silent).unwrap();
    for n in 0..700 {
        writer.save(0, BlobKind::Data, &noise(1000 + n, 60_000)).unwrap();
    }
    let partial = crate::model::Snapshot { partial: true, ..Default::default() };
    writer.commit(&Decision::Snapshot(encode_snapshot(&partial)), &Silent).unwrap();
    let bytes = || test.backend.list(Family::Packs).unwrap().iter().map(|pack| pack.size).sum::<u64>();
    let before = bytes();
    test.prune(&options());
    assert!(bytes() < before / 10, "{} of {before}", bytes());
    test.assert_sound(2);
}

#[test]
fn damaged_sources_are_copied_with_the_help_of_parity() {
    let (test, sids) = three();
    test.forget(sids[0]);
    // One pack of each stripe that is going to be copied from.
    let repo = test.open(PASSWORD).unwrap();
    repo.load_index(&Silent).unwrap();
    let plan = test.prune(&PruneOptions { dry_run: true, ..options() }).plan;
    assert!(!plan.repack.is_empty());
    let mut damaged = BTreeSet::new();
    for listed in test.backend.list(Family::Packs).unwrap() {
        let ObjectName::Pack(id) = listed.name else { continue };
        let view = repo.view_pack(&id, &Silent).unwrap();
        if let crate::repo::PackView::Data { header, .. } = view
            && plan.repack.contains(&header.stripe)
            && damaged.insert(header.stripe)
        {
            test.backend.delete(&listed.name).unwrap();
        }
    }
    assert!(!damaged.is_empty());
    test.prune(&options());
    test.assert_sound(2);
}

#[test]
fn what_a_doomed_stripe_holds_survives_the_loss_of_its_index() {
    let (test, sids) = three();
    test.forget(sids[0]);
    let other = test.open(PASSWORD).unwrap();
    let write = WriteOptions::default();
    let (writer, _) = Writer::begin(&other, owner(2), write, &Silent).unwrap();
    // Dooms the stripe that all snapshots need and cannot go on.
    assert_eq!(test.prune(&options()).waiting.len(), 1);
    writer.abandon("the test goes on", &Silent).unwrap();
    let name = test.backend.list(Family::Index).unwrap().into_iter().map(|listed| listed.name);
    let name = name.into_iter().find(|name| matches!(name, ObjectName::Index(sid, _) if *sid == sids[0])).unwrap();
    test.backend.delete(&name).unwrap();
    test.backend.put_new(&name, b"no index object").unwrap();
    let repair = crate::ops::repair::RepairOptions {
        replicas: true,
        index: true,
        packs: true,
        locations: false,
        dry_run: false,
        host: "host".to_owned(),
    };
    crate::ops::repair::repair(&test.open(PASSWORD).unwrap(), &repair, &Silent).unwrap();
    test.prune(&options());
    test.assert_sound(2);
}

#[test]
fn a_good_copy_is_not_removed_for_the_sake_of_one_whose_pack_is_missing() {
    for lost in [0, 1] {
        let test = TestRepo::new();
        let blob = noise(9, 3000);
        // Stored twice, by two sessions, before a snapshot needs it.
        let mut stored: Vec<Vec<ObjectName>> = Vec::new();
        let mut id = BlobId([0; 32]);
        for _ in 0..2 {
            let write = WriteOptions::default();
            let (writer, _) = Writer::begin(&test.repo, owner(2), write, &Silent).unwrap();
            writer.save_again(0, BlobKind::Data, &blob).unwrap();
            id = writer.id_of(BlobKind::Data, &blob);
            let finished = Finished::default();
            writer.commit(&Decision::Repaired(finished), &Silent).unwrap();
            let packs = test.backend.list(Family::Packs).unwrap().into_iter().map(|listed| listed.name);
            stored.push(packs.filter(|name| !stored.iter().flatten().any(|other| other == name)).collect());
        }
        test.file("one", &blob);
        test.backup();
        let repo = test.open(PASSWORD).unwrap();
        stored[lost].iter().for_each(|name| test.backend.delete(name).unwrap());
        // It may refuse. What stays is not copied, so that nothing is saved by that.
        let options = PruneOptions { max_unused: MaxUnused::Unlimited, ..options() };
        drop(prune(&repo, &owner(1), &options, &Silent));
        let repo = test.open(PASSWORD).unwrap();
        repo.load_index(&Silent).unwrap();
        assert_eq!(repo.load_blob(BlobKind::Data, &id, &Silent).unwrap(), blob, "{lost}");
        assert_eq!(test.count(Family::Sessions), 0);
    }
}

#[test]
fn a_walk_through_trees_shows_that_the_prune_lives() {
    let (test, _) = three();
    let catalog = test.repo.load_index(&Silent).unwrap().0;
    let beats = std::cell::Cell::new(0);
    let beat = || {
        beats.set(beats.get() + 1);
        Ok(())
    };
    Walk::new(&test.repo, &Silent).update(&catalog, &beat).unwrap();
    assert!(beats.get() >= 3, "{beats:?}");
    let fenced = || Err(Error::Invalid("fenced".to_owned()));
    assert!(Walk::new(&test.repo, &Silent).update(&catalog, &fenced).is_err());
}
