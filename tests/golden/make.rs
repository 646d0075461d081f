//! Makes the golden repositories of a format version, once. They are never made again: a format that changes gets a version of its own.
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use caddis::backend::{Backend, Family, LocalBackend, ObjectName};
use caddis::crypto::KdfParams;
use caddis::format::{Decision, Done, Fence, IndexName, Mark, Session, Tombstone};
use caddis::id::{SessionId, StripeId};
use caddis::model::{Content, NodeType};
use caddis::monitor::{Event, Monitor, Silent};
use caddis::ops::backup::{BackupOptions, Source, backup};
use caddis::ops::repair::{RepairOptions, repair};
use caddis::repo::{InitOptions, OpenOptions, Repository};
use caddis::world::{Time, random};

use super::{FLOOR, PASSWORD, delta, describe};
use crate::engine::{TestWorld, back_up, backup_options, init_options, noise, pictures};
use crate::faults::{Fault, FaultBackend, Op};
use crate::sealed::put;

/// Both repositories beneath `version`, which must not exist.
pub fn make(version: &Path) {
    assert!(!version.exists(), "{} is there already and is never made again", version.display());
    let sources = tempfile::TempDir::new().expect("temporary folders can be made");
    write_source(sources.path());
    with_parity(&version.join("parity-4-2"), sources.path());
    without_parity(&version.join("parity-off"), sources.path());
}

fn write_source(dir: &Path) {
    let src = dir.join("src");
    fs::create_dir_all(src.join("sub/empty")).expect("folders can be made");
    let write = |name: &str, bytes: &[u8]| fs::write(src.join(name), bytes).expect("files can be written");
    write("text", &b"It was the best of times, it was the worst of times\n".repeat(80));
    write("noise", &noise(1, 9_000));
    write("sub/inline", b"short");
    write("sub/empty-file", b"");
    fs::write(src.join("sub/new\nline \u{fc}"), "odd name").expect("files can be written");
    symlink("../text", src.join("sub/link")).expect("links can be made");
    fs::set_permissions(src.join("noise"), fs::Permissions::from_mode(0o4711)).expect("ours");
    fs::create_dir(dir.join("stopped")).expect("folders can be made");
    fs::write(dir.join("stopped/file"), noise(3, 2_000)).expect("files can be written");
    fs::create_dir(dir.join("forgotten")).expect("folders can be made");
    fs::write(dir.join("forgotten/file"), noise(2, 5_000)).expect("files can be written");
}

fn options(parity: (u8, u8)) -> InitOptions {
    InitOptions { kdf: KdfParams { log_n: FLOOR, r: 8, p: 1 }, ..init_options(parity) }
}

fn series() -> BackupOptions {
    BackupOptions {
        label: Some("series".to_owned()),
        tags: vec!["one".to_owned(), "two".to_owned()],
        description: Some("A description".to_owned()),
        excludes: vec!["*.tmp".to_owned()],
        ..backup_options()
    }
}

fn init(backend: Arc<dyn Backend>, world: &Arc<TestWorld>, parity: (u8, u8)) -> Repository {
    let open = OpenOptions { kdf_floor: FLOOR, ..OpenOptions::default() };
    Repository::init(backend, world.clone(), PASSWORD, &options(parity), &open).expect("a new repository")
}

fn storage(folder: &Path) -> Arc<LocalBackend> {
    fs::create_dir_all(folder).expect("folders can be made");
    Arc::new(LocalBackend::create(folder.join("repo")).expect("a new folder"))
}

/// A snapshot, and one by hand that rests on it.
fn with_parity(folder: &Path, sources: &Path) {
    let world = TestWorld::new();
    let repo = init(storage(folder), &world, (4, 2));
    back_up(&repo, &sources.join("src"), &series()).expect("a backup");
    let (_, picture) = pictures(&repo).expect("it reads").remove(0);
    let (node, text) = picture.iter().find(|(path, _)| path.ends_with(b"/text")).expect("it is there").1;
    let Content::Blobs(ids) = &node.content else { panic!("one blob or more") };
    assert_eq!(ids.len(), 1, "the text is one chunk");
    let sub = picture.iter().find(|(path, _)| path.ends_with(b"/src")).expect("it is there").1.0.subtree;
    delta::commit(&repo, ids[0], text, sub.expect("a directory"));
    describe(folder, &repo);
}

/// Stops the run as soon as one file is done.
#[derive(Default)]
struct StopAfterOne(std::sync::atomic::AtomicBool);

impl Monitor for StopAfterOne {
    fn event(&self, event: Event<'_>) {
        if matches!(event, Event::Item { .. }) {
            self.0.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    }

    fn stop(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// Everything that sessions, crashes, a repair and a prune leave behind.
fn without_parity(folder: &Path, sources: &Path) {
    let world = TestWorld::new();
    let local = storage(folder);
    let faulty = FaultBackend::new(local.clone());
    let repo = init(faulty.clone(), &world, (1, 0));
    let source = |name: &str| Source::Paths { base: "/".into(), paths: vec![sources.join(name)] };
    // A run that dies before it commits, and the one that takes it up: a fence that keeps an index object.
    let decides = |call: &crate::faults::Call| call.op == Op::PutNew && call.family == Some(Family::Snapshots);
    faulty.set(Fault { matching: decides, ..Fault::crash(0, false) });
    assert!(back_up(&repo, &sources.join("src"), &series()).is_err());
    faulty.heal();
    world.next_process();
    assert!(back_up(&repo, &sources.join("src"), &series()).expect("a backup").resumed);

    // A run that is stopped.
    let others = BackupOptions { label: Some("stopped".to_owned()), ..backup_options() };
    let stopped = backup(&repo, source("stopped"), &others, &StopAfterOne::default()).expect("a partial snapshot");
    assert!(stopped.stopped && stopped.snapshot.is_some());

    // The index object of a session is lost; a repair makes another one and decides.
    let first = local.list(Family::Index).expect("listed").remove(0).name;
    local.delete(&first).expect("ours");
    let index = RepairOptions {
        replicas: false,
        index: true,
        packs: false,
        locations: false,
        dry_run: false,
        host: "host".to_owned(),
    };
    assert!(repair(&repo, &index, &Silent).expect("a repair").index_written > 0);

    // A snapshot that is forgotten and pruned; what the prune retired is still there.
    let known: Vec<_> = local.list(Family::Packs).expect("listed").into_iter().map(|listed| listed.name).collect();
    let gone = back_up(&repo, &sources.join("forgotten"), &backup_options()).expect("a backup").snapshot.expect("one");
    let stone = Tombstone { time: Time { secs: 1, nanos: 2 }, host: "host".to_owned(), reason: "test".to_owned() };
    put(&repo, &ObjectName::Tomb(gone), &stone.encode());
    let mut doomed = Vec::new();
    for listed in local.list(Family::Packs).expect("listed") {
        if !known.contains(&listed.name) {
            let header = local.get_range(&listed.name, 0, 64).expect("a pack");
            doomed.extend(StripeId::from_slice(&header[32..]));
            local.delete(&listed.name).expect("ours");
        }
    }
    let snapshots = repo.catalog(&Silent).expect("listed").decisions.into_keys().collect();
    let prune = SessionId(random(&*world));
    put(&repo, &ObjectName::Mark(prune), &Mark { stripes: doomed, by: prune }.encode());
    let retired = vec![IndexName { session: gone, number: 0 }];
    put(&repo, &ObjectName::Done(prune), &Done { retired: retired.clone(), snapshots }.encode());
    let finished = caddis::format::Finished { time: Time { secs: 3, nanos: 4 }, retired, ..Default::default() };
    put(&repo, &ObjectName::Snapshot(prune), &Decision::Pruned(finished).encode());

    // A prune that died after its mark: its stripe is read all the same.
    let dead = SessionId(random(&*world));
    let used = local.get_range(&known[0], 32, 32).expect("a pack");
    let stripes = vec![StripeId::from_slice(&used).expect("32 bytes")];
    put(&repo, &ObjectName::Mark(dead), &Mark { stripes, by: dead }.encode());
    let fence = Fence { by: prune, reason: "it was stale".to_owned(), kept: Vec::new(), left: Default::default() };
    put(&repo, &ObjectName::Snapshot(dead), &Decision::Fence(fence).encode());

    // A session of another host that seems to go on.
    let session = Session { counter: 3, host: "elsewhere".to_owned(), pid: 17, config: 1, ..Session::default() };
    put(&repo, &ObjectName::Session(SessionId(random(&*world))), &session.encode());
    assert!(
        pictures(&repo)
            .expect("all of it reads")
            .iter()
            .any(|(_, picture)| { picture.values().any(|(node, _)| node.kind == NodeType::Symlink) })
    );
    describe(folder, &repo);
}
