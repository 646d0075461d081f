//! What the options of prune make of it.
use std::fs;
use std::sync::Arc;

use caddis::backend::LocalBackend;
use caddis::format::Decision;
use caddis::id::BlobKind;
use caddis::model::{Snapshot, encode_snapshot};
use caddis::monitor::Silent;
use caddis::repo::{OpenOptions, Repository, SessionOwner, WriteOptions, Writer};
use caddis::world::{SystemWorld, World};
use serde_json::Value;

use crate::testenv::TestEnv;

/// Two snapshots of noise that share one file of three; the older one is forgotten, and with it most of its packs are in need of copies.
fn half_used() -> TestEnv {
    let env = TestEnv::new();
    env.init(&["--delta", "off"]);
    let noise = |seed: u8| {
        let mut bytes = vec![0; 700_000];
        blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut bytes);
        bytes
    };
    for (number, name) in ["kept", "gone", "also"].into_iter().enumerate() {
        fs::write(env.path("src").join(name), noise(number as u8)).expect("writes");
    }
    env.backup(&[]);
    for name in ["gone", "also"] {
        fs::remove_file(env.path("src").join(name)).expect("there");
    }
    env.backup(&[]);
    env.run(["forget", "latest~1"]).ok();
    env
}

fn prune(env: &TestEnv, options: &[&str]) -> Value {
    env.run([&["--json", "prune"], options].concat()).ok().summary()
}

fn number(report: &Value, field: &str) -> u64 {
    report[field].as_u64().unwrap_or_else(|| panic!("{field}: {report}"))
}

#[test]
fn copies_are_bounded_or_left_alone() {
    let env = half_used();
    let all = prune(&env, &["--dry-run", "--max-unused", "0"]);
    assert!(number(&all, "stripes_repacked") > 0 && number(&all, "planned_bytes_written") > 0, "{all}");
    let few = prune(&env, &["--dry-run", "--max-unused", "0", "--max-rewrite", "1KiB"]);
    assert_eq!((number(&few, "planned_bytes_written"), number(&few, "stripes_repacked")), (0, 0), "{few}");
    let few = prune(&env, &["--dry-run", "--max-unused", "0", "--max-repack-size", "0"]);
    assert_eq!(number(&few, "stripes_repacked"), 0, "{few}");
    let without = prune(&env, &["--max-unused", "0", "--delete-only"]);
    assert_eq!((number(&without, "stripes_repacked"), number(&without, "bytes_written")), (0, 0), "{without}");
    let with = prune(&env, &["--max-unused", "0"]);
    assert!(number(&with, "stripes_repacked") > 0 && number(&with, "bytes_written") > 0, "{with}");
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn a_prune_waits_for_runs_that_were_there_before_it() {
    let env = half_used();
    let script = r#"
        mkfifo pipe
        "$CADDIS" backup --stdin < pipe > out 2>&1 & backup=$!
        exec 3> pipe
        until [ -n "$(ls repo/sessions)" ]; do sleep 0.05; done
        "$CADDIS" prune --max-unused 0; echo "at once: $?"
        "$CADDIS" prune --max-unused 0 --wait 10m > waited 3>&- & prune=$!
        sleep 1; kill -0 $prune && echo "it waits"
        exec 3>&-
        wait $backup && wait $prune; echo "in the end: $?"; cat waited
    "#;
    env.shell(script).ok().has("at once: 3\n").has("it waits\n").has("in the end: 0\n").has("freed ");
    env.run(["check", "--read-data"]).ok();
}

/// A snapshot whose session has stored far more than the snapshot needs.
fn store_in_vain(env: &TestEnv) {
    let world = SystemWorld::new();
    let backend = Arc::new(LocalBackend::open(env.path("repo")).expect("it is there"));
    let open = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
    let repo = Repository::open(backend, world.clone(), b"secret", &open, &Silent).expect("opens");
    let owner = SessionOwner { host: "h".to_owned(), label: None, process: world.process() };
    let (writer, _) = Writer::begin(&repo, owner, WriteOptions::default(), &Silent).expect("begins");
    for number in 0..500_u32 {
        let mut bytes = vec![0; 60_000];
        blake3::Hasher::new().update(&number.to_le_bytes()).finalize_xof().fill(&mut bytes);
        writer.save(0, BlobKind::Data, &bytes).expect("saves");
    }
    let empty = encode_snapshot(&Snapshot::default());
    writer.commit(&Decision::Snapshot(empty), &Silent).expect("commits");
}

#[test]
fn what_is_unused_without_a_reason_is_not_removed_until_it_is_accepted() {
    let env = TestEnv::ready();
    env.backup(&[]);
    store_in_vain(&env);
    env.run(["prune"]).expect(1).complains("--accept-unexplained");
    let freed = prune(&env, &["--accept-unexplained"]);
    assert!(number(&freed, "bytes_removed") > 20_000_000, "{freed}");
    env.run(["prune"]).ok();
}

#[test]
fn nothing_to_do_is_said_once() {
    let env = TestEnv::ready();
    env.backup(&[]);
    for options in [&["prune"][..], &["prune", "--dry-run"]] {
        let run = env.run(options).ok();
        assert!(run.stdout.lines().last().is_some_and(|last| last.starts_with("nothing to remove: ")), "{run:?}");
    }
}
