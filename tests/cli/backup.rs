//! What each option of init and backup does.
use std::fs;
use std::process::Command;

use crate::testenv::TestEnv;

#[test]
fn init_settings_are_kept_in_the_config() {
    let env = TestEnv::new();
    let settings = ["--parity", "4+1", "--chunker", "4KiB,16KiB,64KiB", "--compression", "max", "--inline-limit", "0"];
    env.init(&settings).has("of every 5 packs, each of 256.000 KiB, any 1 can");
    let config = env.run(["--json", "cat", "config"]).ok().json();
    assert_eq!(config["parity"], serde_json::json!({"k": 4, "m": 1}));
    assert_eq!(config["chunker"]["min"], 4096);
    assert_eq!(config["chunker"]["average"], 16384);
    assert_eq!(config["chunker"]["max"], 65536);
    assert_eq!((config["compression"].as_i64(), config["inline_limit"].as_i64()), (Some(19), Some(0)));
    assert_eq!(config["pack_size"], 262_144);
    let run = TestEnv::new().run(["--json", "init", "--kdf-log-n", "4"]).ok().json();
    assert_eq!(run["message_type"], "initialized");
    assert_eq!(run["id"].as_str().map(str::len), Some(64));
}

#[test]
fn inline_files_need_no_blob() {
    let blobs = |limit: &str| {
        let env = TestEnv::new();
        env.init(&["--inline-limit", limit]);
        env.file("src/small", "tiny");
        env.backup(&[])["data_blobs"].as_u64()
    };
    assert_eq!((blobs("256"), blobs("0")), (Some(0), Some(1)));
}

#[test]
fn parity_can_be_off() {
    let env = TestEnv::new();
    env.init(&["--parity", "off"]).has("Without parity");
    env.file("src/a", "x");
    env.backup(&[]);
    let stats = env.run(["--json", "stats", "--mode", "repository"]).ok().json();
    assert_eq!(stats["parity_packs"], 0);
}

#[test]
fn key_derivation_costs_what_is_asked_for() {
    let env = TestEnv::new();
    env.run(["init", "--kdf-log-n", "5"]).ok();
    let slots = env.run(["--json", "key", "list"]).ok().json();
    assert_eq!(slots[0]["kdf"]["log_n"], 5);
}

#[test]
fn init_on_the_fly() {
    let env = TestEnv::new();
    env.file("src/a", "x");
    env.run(["backup", "src"]).expect(10);
    // The default derivation is slow in this build; it is the one that users get.
    env.run(["backup", "--init", "src"]).ok().has("created repository");
    env.run(["backup", "--init", "src"]).ok().has_not("created repository");
    assert_eq!(env.snapshots(&[]).len(), 2);
}

#[test]
fn compression_changes_what_is_stored() {
    // Frames without padding: packs come in steps, and what shares one depends on the threads' timing.
    let stored = |mode: &str| {
        let env = TestEnv::new();
        env.init(&[]);
        let words = ["backup", "stripe", "parity", "chunk", "frame", "blob", "tree", "index", "snapshot", "session"];
        let word = |n: u32| words[(n.wrapping_mul(2_654_435_761) >> 20) as usize % words.len()];
        let text: String = (0..200_000).map(|n| format!("{} ", word(n))).collect();
        env.file("src/text", &text);
        env.backup(&["--compression", mode]);
        let stats = env.run(["--json", "stats", "--mode", "repository"]).ok().json();
        stats["frame_bytes"].as_u64().expect("a number")
    };
    let (off, auto, max) = (stored("off"), stored("auto"), stored("max"));
    assert!(auto < off && max <= auto, "off {off}, auto {auto}, max {max}");
    let env = TestEnv::ready();
    env.backup(&["--compression", "5"]);
    env.run(["backup", "src", "--compression", "banana"]).expect(2);
}

#[test]
fn notes_are_kept() {
    let env = TestEnv::ready();
    let options =
        ["--tag", "a,b", "--tag", "c", "--label", "nightly", "--host", "web1", "--description", "before update"];
    env.backup(&[&options[..], &["--time", "2001-02-03 04:05:06"]].concat());
    let snapshot = env.snapshots(&[]).remove(0);
    assert_eq!(snapshot["tags"], serde_json::json!(["a", "b", "c"]));
    assert_eq!(snapshot["label"], "nightly");
    assert_eq!(snapshot["hostname"], "web1");
    assert_eq!(snapshot["description"], "before update");
    assert!(snapshot["time"].as_str().is_some_and(|time| time.starts_with("2001-02-03T04:05:06")), "{snapshot}");
    env.run(["snapshots"]).ok().has("2001-02-03 04:05:06").has("nightly").has("web1");
    env.backup(&["--time", "now"]);
    assert!(!env.snapshots(&["latest"])[0]["time"].as_str().expect("text").starts_with("2001"));
}

#[test]
fn parents_spare_reading() {
    let env = TestEnv::ready();
    let first = env.backup(&[]);
    let id = first["snapshot_id"].as_str().expect("an id").to_owned();
    assert_eq!(first["files_new"], 3);
    let second = env.backup(&[]);
    assert_eq!((&second["files_unmodified"], &second["parent"]), (&3.into(), &first["snapshot_id"]));
    assert_eq!(second["data_added"], 0);
    let forced = env.backup(&["--force"]);
    assert_eq!((&forced["files_new"], forced.get("parent")), (&3.into(), None));
    assert_eq!(forced["data_blobs"], 0, "what is read again is not stored again");
    assert_eq!(env.backup(&["--parent", &id[..10]])["parent"], first["snapshot_id"]);
    // Another host has no parent of its own.
    assert_eq!(env.backup(&["--host", "elsewhere"])["files_new"], 3);
    env.run(["backup", "src", "--parent", "ffffffffffff"]).expect(1);
    env.run(["backup", "src", "--parent", &id, "--force"]).expect(2);
}

#[test]
fn the_parent_is_the_newest_of_the_same_host_and_paths_and_of_the_label_if_there_is_one() {
    let env = TestEnv::ready();
    let id = |summary: &serde_json::Value| summary["snapshot_id"].clone();
    let first = id(&env.backup(&["--label", "a"]));
    let second = env.backup(&["--label", "b"]);
    assert_eq!((&second["parent"], &second["files_unmodified"]), (&first, &3.into()), "there is none of that label");
    assert_eq!(env.backup(&["--label", "a"])["parent"], first);
    let third = id(&env.backup(&["--label", "b"]));
    assert_eq!(env.backup(&[])["parent"], third, "whatever its label");
    // In whatever order.
    env.file("other/new", "of its own");
    let both = env.run(["--json", "backup", "src", "other"]).ok().summary();
    assert_eq!(env.run(["--json", "backup", "other", "src"]).ok().summary()["parent"], both["snapshot_id"]);
    // One that has nothing of it is of no use.
    let third = third.as_str().expect("an id");
    env.run(["backup", "src", "--parent", third]).ok().has(&format!("using parent snapshot {}", &third[..8]));
    let run = env.run(["backup", "other", "--parent", third]).ok().has_not("using parent");
    run.has(&format!("parent snapshot {} has none of these files: everything was read", &third[..8]));
}

#[test]
fn changed_files_are_seen() {
    let env = TestEnv::ready();
    env.backup(&[]);
    env.file("src/a.txt", "alpha two");
    let summary = env.backup(&[]);
    assert_eq!((&summary["files_changed"], &summary["files_unmodified"]), (&1.into(), &2.into()));
}

#[test]
fn ctime_and_inode_can_be_ignored() {
    let env = TestEnv::ready();
    env.backup(&[]);
    // The same content and mtime under another inode, which has another ctime too.
    let replace = "cp -p src/a.txt x && mv x src/a.txt";
    let unmodified = |options: &[&str]| {
        assert!(Command::new("sh").args(["-c", replace]).current_dir(env.path("")).status().expect("runs").success());
        env.backup(options)["files_unmodified"].as_u64()
    };
    assert_eq!(unmodified(&[]), Some(2));
    assert_eq!(unmodified(&["--ignore-ctime"]), Some(2));
    assert_eq!(unmodified(&["--ignore-inode"]), Some(2));
    assert_eq!(unmodified(&["--ignore-ctime", "--ignore-inode"]), Some(3));
    // Only the ctime.
    assert!(
        Command::new("sh")
            .args(["-c", "chmod 600 src/a.txt && chmod 644 src/a.txt"])
            .current_dir(env.path(""))
            .status()
            .expect("runs")
            .success()
    );
    assert_eq!(env.backup(&["--ignore-ctime"])["files_unmodified"], 3);
}

#[test]
fn unchanged_sources_make_no_snapshot_on_request() {
    let env = TestEnv::ready();
    env.backup(&[]);
    let skipped = env.backup(&["--skip-if-unchanged"]);
    assert!(skipped.get("snapshot_id").is_none(), "{skipped}");
    env.run(["backup", "src", "--skip-if-unchanged"]).ok().has("nothing has changed");
    env.file("src/new", "x");
    assert!(env.backup(&["--skip-if-unchanged"])["snapshot_id"].is_string());
    assert_eq!(env.snapshots(&[]).len(), 2);
}

#[test]
fn dry_runs_write_nothing() {
    let env = TestEnv::ready();
    let before = env.objects("");
    let summary = env.backup(&["--dry-run"]);
    assert_eq!((&summary["dry_run"], &summary["files_new"]), (&true.into(), &3.into()));
    assert!(summary.get("snapshot_id").is_none());
    env.run(["backup", "-n", "src", "-vv"]).ok().has("Would add").has("a.txt");
    assert_eq!(env.objects(""), before);
}

#[test]
fn without_a_scan_progress_has_no_end() {
    let env = TestEnv::ready();
    let ends = |options: &[&str]| {
        let mut command = env.command([&["--json", "backup", "src", "--force"], options].concat());
        let run = command.env("CADDIS_PROGRESS_FPS", "60").output().expect("runs");
        let text = String::from_utf8(run.stdout).expect("JSON is UTF-8");
        let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        lines.filter(|line| line["message_type"] == "status" && line["total_bytes"] != 0).count()
    };
    assert_eq!(ends(&["--no-scan"]), 0);
}

#[test]
fn reading_in_parallel_and_without_verification_give_the_same() {
    let env = TestEnv::ready();
    env.backup(&["--read-concurrency", "1"]);
    env.backup(&["--read-concurrency", "8", "--no-extra-verify", "--force"]);
    let trees: Vec<_> = env.snapshots(&[]).iter().map(|snapshot| snapshot["tree"].clone()).collect();
    assert_eq!(trees[0], trees[1]);
    env.run(["backup", "src", "--read-concurrency", "0"]).expect(2);
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn sources_that_cannot_be_read_are_3_or_1() {
    let env = TestEnv::ready();
    env.run(["backup", "src", "missing"]).expect(3).complains("missing").has(" saved");
    assert_eq!(env.listed("latest").len(), 5);
    let run = env.run(["--json", "backup", "src", "missing"]).expect(3);
    let error: serde_json::Value = serde_json::from_str(run.stderr.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&error["message_type"], &error["during"]), (&"error".into(), &"archival".into()));
    env.run(["backup", "missing"]).expect(1).complains("missing");
    assert_eq!(env.snapshots(&[]).len(), 2);
}

#[test]
fn a_full_disk_is_14_and_harms_nothing() {
    let env = TestEnv::new();
    fs::create_dir(env.path("repo")).expect("new");
    env.file("src/noise.sh", "head -c 20000000 /dev/urandom > src/noise; $CADDIS backup src; echo code $?");
    let script = "unshare -rm bash -c 'mount -t tmpfs -o size=6m none repo && $CADDIS init --kdf-log-n 4 && \
                  . src/noise.sh; $CADDIS -q snapshots; echo code $?'";
    let run = env.shell(script);
    if run.stderr.contains("unshare") || run.stderr.contains("mount") {
        return; // No right to mount here.
    }
    let codes: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("code ")).collect();
    assert_eq!(codes, ["code 14", "code 0"], "{run:?}");
}

#[test]
fn what_a_backup_has_left_on_a_disk_that_it_filled_is_pruned() {
    let env = TestEnv::new();
    fs::create_dir(env.path("repo")).expect("new");
    env.file("small/a", "alpha");
    env.file(
        "script",
        "$CADDIS init --kdf-log-n 4 && $CADDIS -q backup small && head -c 40000000 /dev/urandom > src/noise
         $CADDIS -q backup src; echo code $?
         $CADDIS prune; echo code $?
         free=$(df --output=avail -k repo | tail -1); [ $free -gt 15000 ]; echo code $?
         echo beta > small/b; $CADDIS -q backup small; echo code $?
         $CADDIS check --read-data; echo code $?",
    );
    let run = env.shell("unshare -rm bash -c 'mount -t tmpfs -o size=24m none repo && . ./script'");
    if run.stderr.contains("unshare") || run.stderr.contains("mount:") {
        return; // No right to mount here.
    }
    let codes: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("code ")).collect();
    assert_eq!(codes, ["code 14", "code 0", "code 0", "code 0", "code 0"], "{run:#?}");
}
