//! Runs a scenario once for every operation and way of stopping, and checks the invariants after each crash.
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use caddis::backend::{ErrorKind, Family, ObjectName};
use caddis::error::Result;
use caddis::format::{Decision, IndexName};
use caddis::monitor::Silent;
use caddis::ops::backup::BackupReport;
use caddis::ops::check::{Finding, ReadData, check};
use caddis::ops::prune::{PruneOptions, prune};

use crate::engine::{backup_options, pictures};
use crate::faults::{Call, Fault, Op};
use crate::protocol::assert_kept;
use crate::record::Deed;
use crate::scene::{Scene, Stop, files, files_of};

fn puts(call: &Call) -> bool {
    matches!(call.op, Op::PutNew | Op::PutSession | Op::ReplacePack)
}

/// `prepare` comes before, `act` is interrupted, `judge` is what this scenario demands after the restart, besides the invariants; it gets
/// whether `act` said that it had succeeded. Prints and returns the number of crash points.
pub fn at_every_operation<T>(
    scenario: &str,
    prepare: impl Fn(&Scene) -> T,
    act: impl Fn(&Scene) -> Result<()>,
    judge: impl Fn(&Scene, &T, bool),
) -> usize {
    let mut points = 0;
    for stop in [Stop::Before, Stop::After, Stop::PowerCut, Stop::Half] {
        let whole = Scene::new(stop);
        let prepared = prepare(&whole);
        let reads = whole.open().and_then(|repo| pictures(&repo)).is_ok();
        for nth in 0.. {
            let scene = whole.again();
            let fault = Fault::crash(nth, stop != Stop::Before);
            scene.backend.set(if stop == Stop::Half { Fault { matching: puts, ..fault } } else { fault });
            let succeeded = act(&scene).is_ok();
            if !scene.backend.fired() {
                assert!(
                    succeeded && (nth > 3 || stop == Stop::Half),
                    "{stop:?}: nothing failed, and yet it did not succeed"
                );
                break;
            }
            points += 1;
            let mut calls = scene.backend.calls().into_iter();
            let last = if stop == Stop::Half { calls.filter(puts).nth(nth) } else { calls.nth(nth) };
            scene.restart(stop, last.and_then(|call| call.name));
            let judged = catch_unwind(AssertUnwindSafe(|| {
                if reads {
                    assert_committed_reads(&scene);
                }
                judge(&scene, &prepared, succeeded);
                assert_aftermath(&scene);
            }));
            if let Err(panic) = judged {
                eprintln!("{scenario}: after a crash {stop:?} at operation {nth}: {last:?}");
                resume_unwind(panic);
            }
        }
    }
    println!("REPORT crash.{scenario} {points}");
    points
}

/// Invariants 1 and 3.
fn assert_committed_reads(scene: &Scene) {
    let now = pictures(&scene.open().unwrap()).unwrap();
    let known: BTreeMap<_, _> = scene.known().into_iter().collect();
    let source = files(&scene.src());
    for (info, picture) in &now {
        let held = files_of(picture);
        // A changed copy holds what the snapshot held that it was made of.
        match known.get(&info.id).or_else(|| known.get(&info.snapshot.original?)) {
            Some(before) => assert!(before == picture, "1: {} changed", info.id),
            None if info.snapshot.partial => {
                assert!(held.iter().all(|(path, bytes)| source.get(path) == Some(bytes)), "3: {}", info.id);
            }
            None => assert!(held == source, "3: {} is not the source", info.id),
        }
    }
    let listed: BTreeSet<_> = now.iter().map(|(info, _)| info.id).collect();
    let stays = |name: ObjectName| scene.place.backend().stat(&name).is_ok();
    for id in known.keys() {
        let forgotten = stays(ObjectName::Tomb(*id)) || stays(ObjectName::Tomb(*id).replica().unwrap());
        assert_eq!(listed.contains(id), !forgotten, "1: {id}, forgotten: {forgotten}");
    }
}

/// Invariant 6: the next backup works without any help, and its snapshot is the source.
pub fn next_backup_works(scene: &Scene) -> BackupReport {
    let report = scene.back_up(&backup_options()).unwrap();
    let id = report.snapshot.unwrap();
    let pictures = pictures(&scene.open().unwrap()).unwrap();
    let (info, picture) = pictures.iter().find(|(info, _)| info.id == id).unwrap();
    assert!(!info.snapshot.partial && !info.snapshot.with_problems);
    assert_eq!(files_of(picture), files(&scene.src()), "6");
    report
}

/// Everything that must be so after any crash, when life goes on.
fn assert_aftermath(scene: &Scene) {
    next_backup_works(scene);
    scene.know();
    scene.place.days_later(&scene.world);
    let repo = scene.open().unwrap();
    // The first ends what died, and what only that had needed as bases may go with the second or, where frames were dealt to packs otherwise, the third.
    for _ in 0..3 {
        prune(&repo, &scene.owner(), &PruneOptions::default(), &Silent).unwrap();
    }
    assert_no_garbage(scene);
    assert_committed_reads(scene);
    let repo = scene.open().unwrap();
    let checked = check(&repo, ReadData::All, &Silent).unwrap();
    let findings: Vec<_> = checked.findings.iter().filter(|finding| !is_left_over(finding)).collect();
    assert!(findings.is_empty(), "7: {findings:#?}");
    assert_record(scene);
}

/// Invariants 4, 5 and 9.
pub fn assert_record(scene: &Scene) {
    assert_kept(&scene.open().unwrap(), &scene.record.entries());
    for entry in scene.record.entries() {
        if entry.deed == Deed::Created && matches!(entry.name.family(), Family::Snapshots | Family::Tombs) {
            let found = scene.place.backend().stat(&entry.name).map_err(|error| error.kind);
            assert_ne!(found.err(), Some(ErrorKind::NotFound), "9: {} is gone", entry.name);
        }
    }
}

/// What an interrupted `init` or `key` may leave, see invariant 7.
fn is_left_over(finding: &Finding) -> bool {
    let uncopied = ["replica/keys/", "replica/config/"].iter().any(|folder| finding.object.starts_with(folder));
    uncopied || finding.object.starts_with("keys/") && finding.message.starts_with("it belongs to another key slot")
}

/// Invariant 8.
fn assert_no_garbage(scene: &Scene) {
    let repo = scene.open().unwrap();
    let (catalog, unreadable) = repo.load_index(&Silent).unwrap();
    assert!(unreadable.is_empty() && catalog.unreadable.is_empty());
    let mut indexed = BTreeSet::new();
    for listed in scene.list(Family::Index) {
        let ObjectName::Index(session, number) = listed.name else { unreachable!() };
        let name = IndexName { session, number };
        let counts = match catalog.decisions.get(&session).map(AsRef::as_ref) {
            None => false,
            Some(Decision::Fence(fence)) => fence.kept.contains(&name),
            Some(_) => true,
        };
        assert!(counts && !catalog.retired.contains(&name), "8: {name} is void and still there");
        let object = repo.read_index_object(name, &Silent).unwrap();
        indexed.extend(object.stripes.iter().flat_map(|stripe| &stripe.slots).map(|slot| slot.pack));
    }
    for listed in scene.list(Family::Packs) {
        let ObjectName::Pack(id) = listed.name else { unreachable!() };
        assert!(indexed.contains(&id), "8: {} is in no index and still there", listed.name);
    }
    assert_eq!(scene.list(Family::Gc), [], "8");
    assert_eq!(scene.list(Family::Sessions), [], "8");
    assert_eq!(scene.place.unfinished().len(), 0, "8: {:?}", scene.place.unfinished());
    // Nothing that could go at once is left.
    let plan = PruneOptions { dry_run: true, ..PruneOptions::default() };
    let plan = prune(&repo, &scene.owner(), &plan, &Silent).unwrap().plan;
    assert!(plan.delete.is_empty(), "8: {plan:?}");
}
