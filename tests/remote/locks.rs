//! Object locks on a real server that has them: who can remove what, until when, and what prune makes of it.
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use caddis::backend::{Backend, Family, Held, ObjectLock, ObjectName, RemoteBackend};
use caddis::id::SessionId;
use caddis::world::{SystemWorld, Time, World};

use crate::life::Client;
use crate::proxy::{Action, Proxy};
use crate::servers::{Server, Service};

const SMALL: [&str; 6] = ["--kdf-log-n", "4", "--pack-size", "256KiB", "--parity", "4+2"];

/// With a place of its own in a bucket that was made with object lock.
fn client(port: u16) -> Client {
    let mut client = Client::new(Service::S3, port);
    let bucket = Server::shared(Service::S3).lockable_bucket();
    client.place.settings.insert("bucket".to_owned(), bucket);
    client
}

fn init(client: &Client, lock: &str) {
    client.run(&[&["init", "-o", &format!("object_lock={lock}")], &SMALL[..]].concat()).ok().has("locks");
}

/// As any client sees the place; it sets no locks itself.
fn storage(client: &Client) -> RemoteBackend {
    let store = RemoteBackend::open(client.place.clone()).expect("good settings");
    // Asks about locks.
    store.lock_objects(Some("governance:1d".parse().expect("a lock")));
    store
}

fn held(store: &RemoteBackend, family: Family) -> Vec<Held> {
    let names: Vec<ObjectName> = store.list(family).expect("lists").into_iter().map(|listed| listed.name).collect();
    store.locks(&names).expect("an answer")
}

fn ends(store: &RemoteBackend, family: Family) -> Vec<Time> {
    held(store, family)
        .into_iter()
        .map(|held| held.end().unwrap_or_else(|| panic!("{family:?} is not locked")))
        .collect()
}

fn now() -> Time {
    SystemWorld::new().now()
}

const LOCKED: [Family; 8] = [
    Family::Config,
    Family::Keys,
    Family::Packs,
    Family::Index,
    Family::Snapshots,
    Family::ReplicaConfig,
    Family::ReplicaKeys,
    Family::ReplicaSnapshots,
];

#[test]
fn everything_that_snapshots_need_is_locked_and_later_runs_need_no_option() {
    let server = Server::shared(Service::S3);
    let client = client(server.port);
    init(&client, "governance:5h");
    for turn in 0..2 {
        client.write_source(turn);
        client.run(&["backup", "src"]).ok();
    }
    client.run(&["repo", "info"]).ok().has("governance:5h");
    let store = storage(&client);
    for family in LOCKED {
        let ends = ends(&store, family);
        let left = |end: &Time| end.secs - now().secs;
        assert!(
            !ends.is_empty() && ends.iter().all(|end| (4 * 3600..=5 * 3600).contains(&left(end))),
            "{family:?} {ends:?}"
        );
    }
    client.assert_restores("out");
    client.run(&["check", "--read-data"]).ok().has("no errors were found");
    // Somebody with all rights but that of lifting locks removes nothing for good.
    server.in_locked_place(&client.place, "wipe-locked");
    client.run(&["--accept-rollback", "snapshots"]).expect(10);
    server.in_locked_place(&client.place, "undo");
    client.assert_restores("after");
    // Of runs that have ended nothing is left, locked or not.
    assert!(store.list(Family::Sessions).expect("lists").is_empty());

    client.run(&["backup", "src", "-o", "object_lock=governance:5h"]).ok();
    client.run(&["backup", "src", "-o", "object_lock=compliance:5h"]).expect(2).complains("repo lock compliance:5h");
}

#[test]
fn a_place_with_locks_conforms() {
    let server = Server::shared(Service::S3);
    let bucket = server.lockable_bucket();
    crate::conformance::run(&|| {
        let mut place = server.place(server.port);
        place.settings.insert("bucket".to_owned(), bucket.clone());
        place.settings.insert("object_lock".to_owned(), "governance:10m".to_owned());
        Arc::new(RemoteBackend::open(place).expect("good settings"))
    });
}

#[test]
fn locks_are_extended_when_half_is_left_and_not_before() {
    let port = Server::shared(Service::S3).port;
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let noting = Arc::clone(&asked);
    let proxy = Proxy::start(port, move |request| {
        if request.target.contains("retention") {
            noting.lock().expect("no panic").push(request.target.clone());
        }
        Action::Forward
    });
    let client = client(proxy.port);
    init(&client, "governance:4h");
    client.write_source(0);
    client.run(&["backup", "src"]).ok();
    let store = storage(&client);
    let before = ends(&store, Family::Packs);
    // The trial of init is one.
    let extended = || asked.lock().expect("no panic").iter().filter(|target| !target.contains("probe-")).count();
    client.run(&["repo", "lock"]).ok().has("0 locks were extended");
    client.run(&["backup", "src"]).ok();
    assert_eq!((extended(), ends(&store, Family::Packs)), (0, before.clone()));
    // Of twelve hours less than a half is left everywhere.
    let summary = client.run(&["--json", "repo", "lock", "governance:12h"]).ok().summary();
    let count = summary["locks_extended"].as_u64().expect("a number");
    assert!(count > 10 && extended() as u64 == count, "{summary}");
    for family in LOCKED {
        let all = ends(&store, family);
        assert!(all.iter().all(|end| end.secs - now().secs > 11 * 3600), "{family:?} {all:?}");
    }
    let again = client.run(&["--json", "repo", "lock", "--dry-run"]).ok().summary();
    assert_eq!(again["locks_extended"], 0, "{again}");
    // New objects are locked for so long now.
    client.write_source(3);
    client.run(&["backup", "src"]).ok();
    assert!(ends(&store, Family::Packs).iter().all(|end| end.secs - now().secs > 11 * 3600));

    client.run(&["repo", "lock", "off"]).ok();
    client.write_source(4);
    client.run(&["backup", "src"]).ok();
    assert!(held(&store, Family::Packs).contains(&Held::Free));
    client.run(&["repo", "lock"]).expect(2).complains("No object lock is recorded");
    client.run(&["check", "--read-data"]).ok().has("no errors were found");
}

#[test]
fn a_backup_extends_what_is_due_and_asks_nothing_before() {
    let client = client(Server::shared(Service::S3).port);
    init(&client, "governance:60s");
    client.write_source(0);
    client.run(&["backup", "src"]).ok();
    let store = storage(&client);
    let first: Vec<ObjectName> =
        store.list(Family::Packs).expect("lists").into_iter().map(|listed| listed.name).collect();
    let before = store.locks(&first).expect("an answer");
    // Long enough that less than a third is left, and not so long that a lock has ended.
    sleep(Duration::from_secs(42));
    client.write_source(1);
    client.run(&["backup", "src"]).ok().has("extended the locks of");
    let after = store.locks(&first).expect("an answer");
    assert!(before.iter().zip(&after).all(|(before, after)| before < after), "{before:?} {after:?}");
    client.run(&["backup", "src"]).ok().has_not("extended");
}

#[test]
fn prune_leaves_what_is_locked_and_removes_it_when_the_lock_has_ended() {
    let client = client(Server::shared(Service::S3).port);
    init(&client, "governance:40s");
    for turn in 0..3 {
        client.write_source(turn);
        client.run(&["backup", "src", "--force"]).ok();
    }
    let store = storage(&client);
    let packs = || store.list(Family::Packs).expect("lists").len();
    let before = packs();
    client.run(&["forget", "--keep-last", "1"]).ok();
    let plan = client.run(&["--json", "prune", "--max-unused", "0", "--dry-run"]).ok().summary();
    assert!(plan["packs_locked"].as_u64() > Some(0) && plan["locked_until"].is_string(), "{plan}");
    let pruned = client.run(&["--json", "prune", "--max-unused", "0"]).ok().summary();
    let locked = pruned["packs_locked"].as_u64().expect("a number");
    assert!(locked > 0 && pruned["packs_removed"] == 0 && pruned["locked_until"].is_string(), "{pruned}");
    assert!(packs() >= before, "they are still listed: {} {before}", packs());
    // What stays is doomed, and no damage.
    client.run(&["check", "--read-data"]).ok().has("no errors were found");
    client.run(&["backup", "src"]).ok();
    client.run(&["prune", "--max-unused", "0"]).ok().has("until a later prune: locks keep them");
    sleep(Duration::from_secs(45));
    let removed = client.run(&["--json", "prune", "--max-unused", "0"]).ok().summary();
    assert!(removed["packs_removed"].as_u64() >= Some(locked) && removed["packs_locked"] == 0, "{removed}");
    assert!(packs() < before, "{} {before}", packs());
    client.assert_restores("out");
    client.run(&["check", "--read-data"]).ok().has("no errors were found");
    // They are gone for good, so that the space is free: no version of a pack is left that is not listed.
    let versions = Server::shared(Service::S3).in_locked_place(&client.place, "versions");
    assert_eq!(versions.lines().filter(|name| name.contains("/packs/")).count(), packs());
}

#[test]
fn a_deletion_that_is_refused_all_the_same_does_not_stop_a_prune() {
    let port = Server::shared(Service::S3).port;
    let is_strict = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let strict = Arc::clone(&is_strict);
    // The role may not remove versions.
    let proxy = Proxy::start(port, move |request| {
        let refuse = strict.load(std::sync::atomic::Ordering::Relaxed) && request.target.contains("versionId=");
        if refuse && request.method == "DELETE" { Action::Refuse } else { Action::Forward }
    });
    let client = client(proxy.port);
    init(&client, "governance:1s");
    for turn in 0..2 {
        client.write_source(turn);
        client.run(&["backup", "src", "--force"]).ok();
    }
    sleep(Duration::from_secs(2));
    client.run(&["forget", "--keep-last", "1"]).ok();
    let pruned = client.run(&["--json", "prune", "--max-unused", "0"]).ok().summary();
    assert!(pruned["packs_locked"].as_u64() > Some(0) && pruned["packs_removed"] == 0, "{pruned}");
    is_strict.store(false, std::sync::atomic::Ordering::Relaxed);
    sleep(Duration::from_secs(2));
    let pruned = client.run(&["--json", "prune", "--max-unused", "0"]).ok().summary();
    assert!(pruned["packs_removed"].as_u64() > Some(0) && pruned["packs_locked"] == 0, "{pruned}");
    client.run(&["check", "--read-data"]).ok().has("no errors were found");
}

#[test]
fn what_is_removed_in_other_ways_is_hidden() {
    let client = client(Server::shared(Service::S3).port);
    init(&client, "governance:1h");
    client.run(&["key", "list"]).ok();
    let store = storage(&client);
    let name = ObjectName::Snapshot(SessionId([7; 16]));
    store.put_new(&name, b"damaged").expect("an answer");
    assert!(held(&store, Family::Snapshots).iter().all(|held| held.holds(now())));
    let kept = store.delete_unlocked(&[name]).expect("an answer");
    assert!(kept.len() == 1 && kept[0].until.is_some(), "{kept:?}");
    assert_eq!(store.get(&name, 100).expect("still there"), b"damaged");
    // As a repair does.
    store.delete(&name).expect("an answer");
    assert!(store.list(Family::Snapshots).expect("lists").is_empty());
    store.put_new(&name, b"mended").expect("an answer");
    assert_eq!(store.get(&name, 100).expect("there"), b"mended");
    store.delete(&name).expect("an answer");
}

#[test]
fn storage_without_locks_refuses_the_option_and_a_bucket_without_them_is_told() {
    let s3 = Client::new(Service::S3, Server::shared(Service::S3).port);
    let option = ["-o", "object_lock=governance:1h"];
    s3.run(&[&["init"], &option[..], &SMALL[..]].concat()).expect(1).complains("made with object lock");
    s3.run(&["snapshots"]).expect(10);
    s3.init();
    s3.run(&["repo", "lock", "governance:1h"]).expect(1).complains("made with object lock");
    s3.run(&[&["repo", "probe", "--size", "1MiB"], &option[..]].concat()).expect(1).has("object lock");
    s3.write_source(0);
    s3.run(&["backup", "src"]).ok();
    s3.run(&["-o", "object_lock=later:1h", "snapshots"]).expect(1).complains("governance:30d");
    for service in [Service::Azure, Service::WebDav, Service::Sftp] {
        let client = Client::new(service, Server::shared(service).port);
        client
            .run(&[&["init"], &option[..], &SMALL[..]].concat())
            .expect(1)
            .complains("docs/storage.md, Locked buckets");
    }
    let folder = crate::testenv::TestEnv::ready();
    folder.run(["-o", "object_lock=governance:1h", "snapshots"]).expect(2).complains("folder");
    folder.run(["repo", "lock", "governance:1h"]).expect(2).complains("docs/storage.md, Locked buckets");
    folder.run(["repo", "lock"]).expect(2).complains("No object lock is recorded");
}

#[test]
fn a_probe_tries_locks_out_and_leaves_nothing_locked_for_long() {
    let client = client(Server::shared(Service::S3).port);
    let report =
        client.run(&["--json", "repo", "probe", "--size", "1MiB", "-o", "object_lock=compliance:30d"]).ok().json();
    let tests = report["tests"].as_array().expect("a list");
    let lock = tests.iter().find(|test| test["test"] == "object lock").expect("tried");
    assert!(lock["result"] == "good" && report["objects_left"] == 0, "{report}");
    // The longest of all locks ends in two minutes.
    let left = Server::shared(Service::S3).in_locked_place(&client.place, "longest");
    let left: i64 = left.trim().parse().expect("a number");
    assert!((1..=125).contains(&left), "{left}");
    let plain = client.run(&["--json", "repo", "probe", "--size", "1MiB"]).ok().json();
    assert!(plain["tests"].as_array().expect("a list").iter().all(|test| test["test"] != "object lock"), "{plain}");
}

#[test]
fn objects_without_another_checksum_get_one() {
    let server = Server::shared(Service::S3);
    let sums: Arc<Mutex<Vec<bool>>> = Arc::default();
    let noting = Arc::clone(&sums);
    let proxy = Proxy::start(server.port, move |request| {
        if request.method == "PUT" {
            let head = request.head.to_lowercase();
            assert_eq!(head.matches("\nauthorization:").count(), 1, "{head}");
            if head.contains("x-amz-object-lock-mode: governance") {
                noting.lock().expect("no panic").push(head.contains("content-md5: "));
            }
        }
        Action::Forward
    });
    let mut client = client(proxy.port);
    client.place.settings.insert("checksum_algorithm".to_owned(), "none".to_owned());
    init(&client, "governance:1h");
    client.write_source(0);
    client.run(&["backup", "src"]).ok();
    client.assert_restores("out");
    let sums = sums.lock().expect("no panic");
    assert!(sums.len() > 10 && sums.iter().all(|has| *has), "{sums:?}");
}

#[test]
fn one_of_several_locations_has_locks() {
    let server = Server::shared(Service::S3);
    let client = client(server.port);
    let bucket = client.place.settings["bucket"].clone();
    let root = format!("{}-spread", client.place.settings["root"]);
    let s3 = format!("s3:http://127.0.0.1:{}/{bucket}{root}", server.port);
    let (first, second) = (client.env.text("first"), client.env.text("second"));
    let run = |args: &[&str]| {
        let mut command = client.env.command(args);
        command
            .env_remove("CADDIS_REPOSITORY")
            .env("AWS_ACCESS_KEY_ID", "testkey")
            .env("AWS_SECRET_ACCESS_KEY", "testsecret");
        let output = command.output().expect("the program is built");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        crate::testenv::Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    };
    let places = ["--location", &first, "--location", &second, "--location", &s3, "-o", "3.object_lock=governance:2h"];
    run(&[&["init"], &SMALL[..], &places[..]].concat()).ok().has("governance:2h in location 3");
    for turn in 0..2 {
        client.write_source(turn);
        run(&["-r", &first, "backup", "src", "--force"]).ok();
    }
    let mut place = client.place.clone();
    place.settings.insert("root".to_owned(), root.clone());
    let store = RemoteBackend::open(place).expect("good settings");
    store.lock_objects(Some("governance:1d".parse::<ObjectLock>().expect("a lock")));
    for family in LOCKED {
        let all = ends(&store, family);
        assert!(!all.is_empty() && all.iter().all(|end| end.secs - now().secs > 3600), "{family:?} {all:?}");
    }
    run(&["-r", &first, "repo", "lock", "governance:10h"]).ok().has("were extended");
    assert!(ends(&store, Family::Packs).iter().all(|end| end.secs - now().secs > 9 * 3600));
    run(&["-r", &first, "repo", "lock", "--location", "3", "governance:30h"]).ok().has("were extended");
    assert!(ends(&store, Family::Packs).iter().all(|end| end.secs - now().secs > 29 * 3600));
    run(&["-r", &first, "repo", "lock", "--location", "2", "governance:11h"]).expect(2);
    run(&["-r", &first, "repo", "lock", "--location", "9", "governance:11h"]).expect(2).complains("no location 9");
    run(&["-r", &first, "forget", "--keep-last", "1"]).ok();
    let pruned = run(&["-r", &first, "--json", "prune", "--max-unused", "0"]).ok().summary();
    assert!(pruned["packs_locked"].as_u64() > Some(0) && pruned["packs_removed"].as_u64() > Some(0), "{pruned}");
    run(&["-r", &first, "check", "--read-data"]).ok().has("no errors were found");
}
