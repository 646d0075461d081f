//! Storage fails, processes die, objects get lost: the run ends, what was committed stays, the next run works.
use caddis::backend::{Backend, ErrorKind, Family, ObjectName};
use caddis::error::Error;
use caddis::ops::backup::{Source, backup};

use super::scene::{Scene, backup_options, init_options, must_end, noise};
use crate::faults::{Call, Fault, Op};

fn puts_pack(call: &Call) -> bool {
    (call.op, call.family) == (Op::PutNew, Some(Family::Packs))
}

#[test]
fn whichever_operation_fails_the_run_ends_and_the_next_one_works() {
    for after_effect in [false, true] {
        let mut failures = 0;
        for nth in 0.. {
            let scene = Scene::filled(&init_options());
            scene.backend.set(Fault::fail(nth, after_effect, |_| true));
            let first = scene.back_up(&backup_options());
            if !scene.backend.fired() {
                break;
            }
            failures += 1;
            scene.backend.heal();
            scene.next_process();
            let committed = scene.snapshots().len();
            assert!(committed == 1 || first.is_err(), "operation {nth}: {first:?}");
            let report = scene.back_up(&backup_options()).unwrap();
            scene.assert_newest_is_source(report.snapshot);
            assert_eq!(scene.count(Family::Sessions), 0, "operation {nth}");
        }
        assert!(failures > 30, "{failures}");
    }
}

#[test]
fn a_run_that_stored_something_before_it_failed_is_taken_up() {
    let scene = Scene::filled(&init_options());
    scene.backend.set(Fault { crash: true, ..Fault::fail(1, false, puts_pack) });
    assert!(scene.back_up(&backup_options()).is_err());
    scene.backend.heal();
    assert_eq!((scene.count(Family::Packs), scene.count(Family::Sessions)), (1, 1));
    scene.next_process();
    let report = scene.back_up(&backup_options()).unwrap();
    assert!(report.resumed);
    scene.assert_newest_is_source(report.snapshot);
}

#[test]
fn parity_that_a_stop_of_the_machine_left_torn_is_written_again_when_its_stripe_is_taken_up() {
    let scene = Scene::filled(&init_options());
    scene.backend.set(Fault {
        crash: true,
        ..Fault::fail(0, false, |call| (call.op, call.family) == (Op::PutNew, Some(Family::Index)))
    });
    assert!(scene.back_up(&backup_options()).is_err());
    scene.backend.heal();
    scene.next_process();
    let packs = scene.memory.list(Family::Packs).unwrap();
    // Data packs are powers of two long, parity packs have a header before that.
    let parity: Vec<_> = packs.iter().filter(|pack| !pack.size.is_power_of_two()).collect();
    assert!(!parity.is_empty());
    let whole = scene.memory.get(&parity[0].name, parity[0].size).unwrap();
    scene.memory.overwrite(&parity[0].name, &whole[..whole.len() / 2]);
    let report = scene.back_up(&backup_options()).unwrap();
    assert!(report.resumed);
    assert!(scene.memory.get(&parity[0].name, parity[0].size).unwrap() == whole);
    scene.assert_newest_is_source(report.snapshot);
}

#[test]
fn nothing_is_stored_twice_after_a_crash() {
    let whole = Scene::filled(&init_options());
    whole.back_up(&backup_options()).unwrap();
    let bytes =
        |scene: &Scene| -> u64 { scene.memory.list(Family::Packs).unwrap().iter().map(|listed| listed.size).sum() };
    let scene = Scene::filled(&init_options());
    scene.backend.set(Fault { crash: true, ..Fault::fail(6, false, puts_pack) });
    assert!(scene.back_up(&backup_options()).is_err());
    scene.backend.heal();
    scene.next_process();
    let before = bytes(&scene);
    let report = scene.back_up(&backup_options()).unwrap();
    scene.assert_newest_is_source(report.snapshot);
    let new = report.statistics.raw_added_bytes;
    assert!(report.resumed && new < 900_000, "{new} of 1.5 MB were stored again, {before} bytes were there");
    // The stripe that was cut short has parity of its own.
    assert!(bytes(&scene) <= bytes(&whole) + 3 * (256 << 10), "{} and {}", bytes(&scene), bytes(&whole));
}

#[test]
fn a_lost_decision_with_a_replica_is_never_fenced() {
    let scene = Scene::filled(&init_options());
    scene.backend.set(Fault::fail(0, false, |call| call.op == Op::Delete));
    let id = scene.back_up(&backup_options()).unwrap().snapshot.unwrap();
    assert_eq!(scene.count(Family::Sessions), 1);
    assert!(scene.memory.remove(&ObjectName::Snapshot(id)));
    scene.next_process();
    let report = scene.back_up(&backup_options()).unwrap();
    let ids: Vec<_> = scene.snapshots().into_iter().map(|(info, _)| info.id).collect();
    assert_eq!(ids, [id, report.snapshot.unwrap()]);
}

#[test]
fn what_the_parent_lost_is_stored_again_even_if_the_tree_is_the_same() {
    let scene = Scene::filled(&init_options());
    scene.back_up(&backup_options()).unwrap();
    for listed in scene.memory.list(Family::Index).unwrap() {
        scene.memory.remove(&listed.name);
    }
    let options = caddis::ops::backup::BackupOptions { skip_if_unchanged: true, ..backup_options() };
    let report = scene.back_up(&options).unwrap();
    scene.assert_newest_is_source(report.snapshot);
    assert_eq!(scene.back_up(&options).unwrap().snapshot, None);
    assert_eq!(scene.snapshots().len(), 2);
    assert_eq!(scene.count(Family::Sessions), 0);
}

#[test]
fn one_copy_of_config_and_keys_is_enough() {
    for family in [Family::Config, Family::Keys] {
        let scene = Scene::filled(&init_options());
        let matching = match family {
            Family::Config => |call: &Call| (call.op, call.family) == (Op::Get, Some(Family::Config)),
            _ => |call: &Call| (call.op, call.family) == (Op::Get, Some(Family::Keys)),
        };
        scene.backend.set(Fault { kind: ErrorKind::Other, ..Fault::fail(0, false, matching) });
        let report = scene.back_up(&backup_options()).unwrap();
        assert!(scene.backend.fired());
        scene.assert_newest_is_source(report.snapshot);
    }
}

#[test]
fn a_stream_that_fails_or_is_stopped_commits_nothing() {
    struct Failing(usize);
    impl std::io::Read for Failing {
        fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
            let bytes = noise(self.0 as u64, space.len());
            space.copy_from_slice(&bytes);
            self.0 = self.0.checked_sub(1).ok_or_else(|| std::io::Error::other("broken"))?;
            Ok(space.len())
        }
    }
    let scene = Scene::new(&init_options());
    let repo = scene.open().unwrap();
    let stream = |reader: Box<dyn std::io::Read + Send>, fails: bool, monitor: &dyn caddis::monitor::Monitor| {
        let finish = Box::new(move || if fails { Err(Error::Invalid("it failed".into())) } else { Ok(()) });
        let source = Source::stream(b"a/b".to_vec(), reader, finish);
        must_end("a stream", || backup(&repo, source, &backup_options(), monitor))
    };
    let silent = caddis::monitor::Silent;
    assert!(stream(Box::new(Failing(2)), false, &silent).is_err());
    assert!(stream(Box::new(std::io::Cursor::new(noise(7, 16_000_000))), true, &silent).is_err());
    let stopped = caddis::monitor::Recorder::default();
    stopped.request_stop();
    let result = stream(Box::new(Failing(usize::MAX - 1)), false, &stopped);
    assert!(matches!(result, Err(Error::Stopped { .. })), "{result:?}");
    assert!(scene.snapshots().is_empty());
    scene.next_process();
    let finish = Box::new(|| Ok(()));
    let reader = Box::new(std::io::Cursor::new(noise(7, 16_000_000)));
    let source = Source::stream(b"a/b".to_vec(), reader, finish);
    let report = backup(&repo, source, &backup_options(), &silent).unwrap();
    assert!(report.resumed && report.raw_added[0] < 12_000_000, "{report:?}");
    let (_, files) = scene.snapshots().pop().unwrap();
    assert!(files == [("/a/b".to_owned(), noise(7, 16_000_000))].into());
}
