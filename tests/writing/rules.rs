//! What a run writes, and that neither threads, settings, checkpoints nor company change what is stored.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use caddis::backend::{Backend, Family};
use caddis::compress::Compression;
use caddis::id::BlobKind;
use caddis::monitor::{Event, Monitor, Silent};
use caddis::ops::backup::BackupOptions;
use caddis::repo::{InitOptions, SessionOwner, WriteOptions, Writer};

use super::scene::{Scene, backup_options, init_options, noise};
use crate::faults::Op;

#[test]
fn an_unchanged_backup_writes_a_snapshot_and_nothing_else() {
    let scene = Scene::filled(&init_options());
    scene.back_up(&backup_options()).unwrap();
    scene.backend.forget_calls();
    let report = scene.back_up(&backup_options()).unwrap();
    let writes: Vec<_> = (scene.backend.calls().into_iter())
        .filter(|call| call.op.writes() && call.op != Op::Barrier)
        .map(|call| (call.op, call.family.unwrap()))
        .collect();
    assert_eq!(
        writes,
        [
            (Op::PutSession, Family::Sessions),
            (Op::PutNew, Family::Snapshots),
            (Op::PutNew, Family::ReplicaSnapshots),
            (Op::Delete, Family::Sessions),
        ]
    );
    assert_eq!((report.statistics.new_files, report.statistics.changed_files), (0, 0));
    scene.assert_newest_is_source(report.snapshot);
}

#[test]
fn a_dry_run_touches_nothing() {
    let scene = Scene::filled(&init_options());
    scene.backend.forget_calls();
    let report = scene.back_up(&BackupOptions { dry_run: true, checkpoint_bytes: 1, ..backup_options() }).unwrap();
    assert!(report.statistics.stored_added_bytes > 1_000_000 && report.snapshot.is_none());
    assert!(!scene.backend.calls().iter().any(|call| call.op.writes()));
}

#[test]
fn threads_and_settings_do_not_change_the_tree() {
    let scene = Scene::filled(&init_options());
    let settings = [(1, Compression::Auto), (4, Compression::Auto), (4, Compression::Off), (2, Compression::Level(1))];
    for (threads, compression) in settings {
        let options = BackupOptions {
            threads,
            compression: Some(compression),
            parent: caddis::ops::backup::Parent::None,
            read_concurrency: 3,
            ..backup_options()
        };
        scene.back_up(&options).unwrap();
    }
    let roots: Vec<_> = scene.snapshots().into_iter().map(|(info, _)| info.snapshot.root).collect();
    assert!(roots.len() == 4 && roots.iter().all(|root| *root == roots[0]));
}

#[test]
fn pack_sizes_and_parity_of_every_kind() {
    for (pack_size, parity, compression) in [
        (256 << 10, (1, 0), Compression::Auto),
        (4 << 20, (1, 1), Compression::Off),
        (4 << 20, (20, 2), Compression::Auto),
        (256 << 10, (3, 1), Compression::Off),
    ] {
        let scene = Scene::filled(&InitOptions { pack_size, parity, compression, ..init_options() });
        scene.file("huge", &noise(5, 9_000_000));
        let report = scene.back_up(&backup_options()).unwrap();
        scene.assert_newest_is_source(report.snapshot);
    }
}

#[test]
fn trees_that_do_not_compress_fit_into_the_smallest_packs() {
    let scene = Scene::new(&InitOptions { compression: Compression::Off, ..init_options() });
    for n in 0..3_000u64 {
        let target: Vec<u8> = noise(n, 1_000).into_iter().map(|byte| byte.max(1)).collect();
        let target: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(target);
        std::os::unix::fs::symlink(target, scene.dir.path().join(format!("link{n:04}"))).unwrap();
    }
    let report = scene.back_up(&backup_options()).unwrap();
    scene.assert_newest_is_source(report.snapshot);
}

#[test]
fn the_longest_blob_fits_and_a_longer_one_is_refused() {
    let scene = Scene::new(&init_options());
    let repo = scene.open().unwrap();
    let write = WriteOptions::default();
    let (writer, _) = Writer::begin(&repo, SessionOwner::default(), write, &Silent).unwrap();
    let longest = noise(1, writer.largest_blob());
    let (id, _) = writer.save(0, BlobKind::Tree, &longest).unwrap();
    writer.save(0, BlobKind::Data, &longest).unwrap();
    writer.finish_packs().unwrap();
    assert!(repo.load_blob(BlobKind::Tree, &id, &Silent).unwrap() == longest);
    let too_long = noise(2, writer.largest_blob() + 1);
    assert!(writer.save(0, BlobKind::Data, &too_long).is_err());
    writer.leave();
    assert_eq!(scene.count(Family::Sessions), 1);
}

#[test]
fn every_checkpoint_is_a_snapshot_of_what_came_before() {
    let scene = Scene::filled(&init_options());
    let report = scene.back_up(&BackupOptions { checkpoint_interval: Duration::ZERO, ..backup_options() }).unwrap();
    scene.assert_newest_is_source(report.snapshot);
    let all = scene.snapshots();
    let (_, whole) = all.last().unwrap();
    assert!(all.len() > 2, "{} snapshots", all.len());
    for pair in all.windows(2) {
        let ((before, fewer), (_, more)) = (&pair[0], &pair[1]);
        assert_eq!(pair[1].0.snapshot.previous, Some(before.id));
        assert!(before.snapshot.partial && fewer.len() <= more.len());
        assert!(fewer.iter().all(|(path, content)| whole.get(path) == Some(content)));
    }
    assert_eq!(scene.count(Family::Sessions), 0);
}

/// Asks to stop when so much has been read.
struct StopAfter(AtomicU64, u64);

impl Monitor for StopAfter {
    fn event(&self, event: Event<'_>) {
        if let Event::Progress { bytes, .. } = event {
            self.0.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    fn stop(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= self.1
    }
}

#[test]
fn a_stopped_run_leaves_a_parent_for_the_next_one() {
    let scene = Scene::filled(&init_options());
    scene.back_up(&backup_options()).unwrap();
    scene.file("a", &noise(50, 200_000));
    scene.file("large2", &noise(60, 20_000_000));
    let stop = StopAfter(AtomicU64::new(0), 3_000_000);
    let report = scene.back_up_watched(&backup_options(), &stop).unwrap();
    assert!(report.stopped);
    let (info, files) = scene.snapshots().pop().unwrap();
    assert!(info.snapshot.partial && Some(info.id) == report.snapshot);
    assert!(files.contains_key("/a") && !files.contains_key("/large2"));
    // Unchanged files come from the checkpoint or from the complete snapshot before it.
    let report = scene.back_up(&backup_options()).unwrap();
    assert_eq!(report.statistics.new_files, 1, "{:?}", report.statistics);
    assert_eq!(report.parent, Some(info.id));
    scene.assert_newest_is_source(report.snapshot);
}

#[test]
fn two_writers_at_once_both_succeed() {
    let scene = Scene::filled(&init_options());
    for round in 0..5 {
        scene.file("large", &noise(200 + round, 2_000_000));
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..2).map(|_| scope.spawn(|| scene.back_up(&backup_options()))).collect();
            for writer in writers {
                writer.join().unwrap().unwrap();
            }
        });
    }
    let all = scene.snapshots();
    assert_eq!((all.len(), scene.count(Family::Sessions)), (10, 0));
    assert!(all[9].1 == all[8].1);
}

#[test]
fn millions_of_tiny_blobs_make_index_objects_that_can_be_read() {
    let options = InitOptions { pack_size: 4 << 20, parity: (20, 1), frame_target: 16 << 20, ..init_options() };
    let scene = Scene::new(&options);
    let repo = scene.open().unwrap();
    let write = WriteOptions { extra_verify: false, ..WriteOptions::default() };
    let (writer, _) = Writer::begin(&repo, SessionOwner::default(), write, &Silent).unwrap();
    const BLOBS: u32 = 2_200_000;
    for n in 0..BLOBS {
        assert!(writer.save(0, BlobKind::Data, &n.to_le_bytes()).unwrap().1);
    }
    writer.finish_packs().unwrap();
    let largest = scene.memory.list(Family::Index).unwrap().iter().map(|listed| listed.size).max().unwrap();
    assert!(largest < 48 << 20, "{largest}");
    for n in (0..BLOBS).step_by(100_003) {
        let id = writer.id_of(BlobKind::Data, &n.to_le_bytes());
        assert_eq!(repo.load_blob(BlobKind::Data, &id, &Silent).unwrap(), n.to_le_bytes());
    }
    writer.abandon("a test", &Silent).unwrap();
}
