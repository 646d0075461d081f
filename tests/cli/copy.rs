//! Copies between repositories, new repositories that cut like others, and backups into several at once.
use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::testenv::{TestEnv, find};

/// A second repository beside the first.
fn second(env: &TestEnv, more: &[&str]) {
    let args = ["init", "-r", "second", "--kdf-log-n", "4"];
    env.run([&args[..], more].concat()).ok();
}

fn in_second(env: &TestEnv, args: &[&str]) -> Vec<serde_json::Value> {
    let run = env.run([&["--json", "-r", "second", "snapshots"], args].concat()).ok();
    run.json().as_array().expect("an array").clone()
}

#[test]
fn both_forms_copy_and_a_second_time_nothing() {
    let env = TestEnv::ready();
    env.backup(&["--tag", "keep"]);
    env.file("src/new", "new");
    env.backup(&[]);
    second(&env, &[]);
    env.run(["copy", "--to", "second", "--tag", "keep", "--dry-run"]).ok().has("1 snapshot would be copied");
    assert_eq!(in_second(&env, &[]).len(), 0);
    env.run(["copy", "--to", "second", "--tag", "keep"]).ok().has("1 snapshot copied, 0 there already");
    let first = &in_second(&env, &[])[0];
    let original = &env.snapshots(&[])[0];
    assert_eq!((&first["time"], &first["tags"]), (&original["time"], &original["tags"]));
    assert_eq!(first["origin"]["snapshot"], original["id"]);
    // As restic has it.
    let summary = env.run(["--json", "-r", "second", "copy", "--from-repo", "repo"]).ok().summary();
    let outcomes: Vec<_> = summary["snapshots"].as_array().expect("a list").iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["already_there", "copied"]);
    env.run(["copy", "--to", "second"]).ok().has("0 snapshots copied, 2 there already");
    env.run(["-r", "second", "check", "--read-data"]).ok();
    env.run(["-r", "second", "restore", "latest", "--target", "out"]).ok();
    for name in ["a.txt", "b.log", "c.txt", "new"] {
        let restored = fs::read(find(&env.path("out"), name).expect("restored")).expect("readable");
        assert_eq!(restored, fs::read(find(&env.path("src"), name).expect("there")).expect("readable"), "{name}");
    }
}

#[test]
fn a_filter_that_finds_nothing_is_told() {
    let env = TestEnv::ready();
    second(&env, &[]);
    // Nothing is asked for, and nothing is there.
    env.run(["copy", "--to", "second"]).ok();
    env.backup(&["--tag", "keep"]);
    for filter in [["--tag", "kep"], ["--host", "typo"], ["--path", "/nowhere"]] {
        env.run([&["copy", "--to", "second"], &filter[..]].concat()).expect(3).complains("nothing was copied");
        env.run([&["-r", "second", "copy", "--from-repo", "repo"], &filter[..]].concat()).expect(3);
    }
    let run = env.run(["--json", "copy", "--to", "second", "--tag", "kep"]).expect(3);
    assert!(run.summary()["snapshots"].as_array().is_some_and(Vec::is_empty), "{run:?}");
    env.run(["copy", "--to", "second", "--tag", "keep"]).ok();
    assert_eq!(in_second(&env, &[]).len(), 1);
}

#[test]
fn several_targets_fail_one_by_one() {
    let env = TestEnv::ready();
    env.backup(&[]);
    second(&env, &[]);
    env.run(["copy", "--to", "gone", "--to", "second"]).expect(3).complains("gone");
    assert_eq!(in_second(&env, &[]).len(), 1);
    env.run(["copy", "--to", "gone"]).expect(10);
    env.run(["copy"]).expect(2).complains("--from-repo");
    env.run(["copy", "--to", "second", "--from-repo", "repo"]).expect(2);
    env.run(["copy", "--to", "repo"]).expect(1).complains("the one to copy from");
}

#[test]
fn the_other_repository_may_have_another_password() {
    let env = TestEnv::ready();
    env.backup(&[]);
    env.file("other", "geheim\n");
    env.run(["-r", "second", "-p", "other", "init", "--kdf-log-n", "4"]).ok();
    env.run(["copy", "--to", "second"]).expect(12);
    env.run(["copy", "--to", "second", "--to-password-file", "other"]).ok();
    env.run(["copy", "--to", "second", "--to-password-command", "echo geheim"]).ok().has("1 there already");
    env.run(["copy", "--to", "second", "--to-password-command", "echo wrong"]).expect(12);
    let init = |command: &str| {
        env.run([
            "-r",
            "third",
            "init",
            "--kdf-log-n",
            "4",
            "--from-repo",
            "second",
            "--from-password-command",
            command,
        ])
    };
    init("echo wrong").expect(12);
    init("echo geheim").ok();
    env.run(["-r", "second", "-p", "other", "copy", "--from-repo", "repo"]).expect(12);
    let with = ["-r", "second", "-p", "other", "copy", "--from-repo", "repo", "--from-password-command", "echo secret"];
    env.run(with).ok().has("1 there already");
    let slot = env.run(["list", "keys"]).ok().stdout.trim_end().to_owned();
    env.run(with.into_iter().chain(["--from-key-hint", &slot])).ok().has("1 there already");
    let mut by_variables = env.command(["-p", "other", "-r", "second", "copy"]);
    by_variables.env("CADDIS_FROM_REPOSITORY", env.path("repo")).env("CADDIS_FROM_PASSWORD", "secret");
    by_variables.env("CADDIS_FROM_KEY_HINT", "none");
    let output = by_variables.output().expect("runs");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn what_is_made_like_another_deduplicates() {
    let env = TestEnv::ready();
    env.file("src/large", &"0123456789abcdef".chars().cycle().take(64).collect::<String>());
    let noise: Vec<u8> = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    fs::write(env.path("src/noise"), &noise).expect("writable");
    env.backup(&[]);
    second(&env, &["--from-repo", "repo", "--copy-chunker-params"]);
    env.run(["copy", "--to", "second"]).ok();
    let run = env.run(["--json", "-r", "second", "backup", "--force", "src"]).ok();
    assert_eq!(run.summary()["data_blobs"], 0, "{run:?}");
    env.run(["-r", "third", "init", "--kdf-log-n", "4", "--from-repo", "repo", "--chunker", "4KiB,16KiB,64KiB"])
        .expect(2);
    env.run(["-r", "third", "init", "--kdf-log-n", "4", "--copy-chunker-params"]).expect(2);
}

#[test]
fn an_interrupted_copy_is_taken_up() {
    let env = TestEnv::ready();
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    fs::write(env.path("src/noise"), (0..20_000_000).map(|_| noise()).collect::<Vec<u8>>()).expect("writable");
    env.backup(&[]);
    second(&env, &["--pack-size", "1MiB"]);
    let mut child = env.command(["copy", "--to", "second"]).spawn().expect("runs");
    let packs = || env.count("second/packs");
    while packs() < 8 && child.try_wait().expect("a child").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().expect("ours");
    child.wait().expect("ended");
    if in_second(&env, &[]).is_empty() {
        let summary = env.run(["--json", "copy", "--to", "second"]).ok().summary();
        assert_eq!(summary["resumed"], true);
        // What was in full packs is not stored again.
        assert!(summary["data_added"].as_u64().expect("a number") < 20_000_000, "{summary}");
    }
    env.run(["-r", "second", "check", "--read-data"]).ok();
    assert_eq!(in_second(&env, &[]).len(), 1);
}

#[test]
fn one_backup_into_two_repositories_reads_once() {
    let env = TestEnv::ready();
    second(&env, &[]);
    let run = env.run(["--json", "-r", "repo", "-r", "second", "backup", "src"]).ok();
    let lines = run.json_lines();
    let summaries: Vec<_> = lines.iter().filter(|line| line["message_type"] == "summary").collect();
    assert_eq!(summaries.len(), 2, "{run:?}");
    for summary in &summaries {
        assert_eq!((&summary["files_new"], summary["snapshot_id"].is_string()), (&3.into(), true));
    }
    assert_eq!((env.snapshots(&[]).len(), in_second(&env, &[]).len()), (1, 1));
    // One of them misses a backup and has another parent then.
    env.file("src/a.txt", "another alpha");
    env.backup(&[]);
    env.file("src/sub/b.log", "another beta");
    let run = env.run(["--json", "-r", "repo", "-r", "second", "backup", "src"]).ok();
    let changed: Vec<_> = run
        .json_lines()
        .iter()
        .filter(|line| line["message_type"] == "summary")
        .map(|one| one["files_changed"].clone())
        .collect();
    assert_eq!(changed, [1, 2]);
    for repo in ["repo", "second"] {
        env.run(["-r", repo, "check", "--read-data"]).ok();
        let out = format!("out-{repo}");
        env.run(["-r", repo, "restore", "latest", "--target", &out]).ok();
        for name in ["a.txt", "b.log", "c.txt"] {
            let restored = fs::read(find(&env.path(&out), name).expect("restored")).expect("readable");
            assert_eq!(restored, fs::read(find(&env.path("src"), name).expect("there")).expect("readable"), "{name}");
        }
    }
    let stream = ["-r", "repo", "-r", "second", "backup", "--stdin", "--stdin-filename", "x"];
    env.run_with_input(stream, &[7; 3_000_000]).ok();
    for repo in ["repo", "second"] {
        let dumped = format!("stream-{repo}");
        env.run(["-r", repo, "restore", "latest", "--target", &dumped]).ok();
        assert_eq!(fs::read(env.path(&dumped).join("x")).expect("restored"), [7; 3_000_000]);
    }
}

#[test]
fn a_target_that_fails_does_not_stop_the_others() {
    let env = TestEnv::ready();
    second(&env, &[]);
    env.run(["-r", "gone", "-r", "second", "backup", "src"]).expect(3).complains("gone");
    assert_eq!(in_second(&env, &[]).len(), 1);
    env.run(["-r", "gone", "-r", "away", "backup", "src"]).expect(10);
    // Fails when it is written to: root may write anywhere, so a file is where packs belong.
    env.file("src/more", &"more ".repeat(100_000));
    fs::remove_dir_all(env.path("second/packs")).expect("ours");
    fs::write(env.path("second/packs"), b"").expect("ours");
    fs::set_permissions(env.path("second/packs"), fs::Permissions::from_mode(0o400)).expect("ours");
    env.run(["-r", "second", "-r", "repo", "backup", "src"]).expect(3).complains("second").has("saved");
    assert_eq!(env.snapshots(&[]).len(), 1);
    env.run(["check", "--read-data"]).ok();
    env.run(["-r", "repo", "-r", "second", "snapshots"]).expect(2).complains("backup");
    env.run(["-r", "repo", "-r", "repo", "backup", "src"]).expect(2);
}

#[test]
fn copies_are_compressed_as_hard_as_is_asked_for() {
    let env = TestEnv::ready();
    env.backup(&[]);
    let stored = |place: &str, options: &[&str]| {
        env.run(["-r", place, "init", "--kdf-log-n", "4"]).ok();
        env.run([&["copy", "--to", place], options].concat()).ok();
        env.run(["-r", place, "check", "--read-data"]).ok();
        env.run(["--json", "-r", place, "stats", "--mode", "repository"]).ok().json()["frame_bytes"].as_u64()
    };
    let off = stored("second", &["--compression", "off"]);
    assert!(stored("third", &["--compression", "max"]) < off);
    // What is not verified while it is written reads all the same.
    assert!(stored("fourth", &["--compression", "max", "--no-extra-verify"]) < off);
}

#[test]
fn the_other_repository_may_be_named_in_a_file_and_have_no_password() {
    let env = TestEnv::ready();
    env.backup(&[]);
    env.file("place", &format!("{}\n", env.text("repo")));
    second(&env, &["--from-repository-file", "place", "--copy-chunker-params"]);
    env.run(["-r", "second", "copy", "--from-repository-file", "place"]).ok().has("1 snapshot copied");
    env.run(["-r", "second", "copy", "--from-repository-file", "missing"]).expect(1).complains("missing");
    env.run(["copy", "--to", "second", "--from-repository-file", "place"]).expect(2);
    let run = env.shell("CADDIS_FROM_REPOSITORY_FILE=place $CADDIS -r second copy").ok();
    run.has("1 there already");
    env.run(["key", "passwd", "--new-insecure-no-password", "--kdf-log-n", "4"]).ok();
    env.run(["-r", "second", "copy", "--from-repo", "repo"]).expect(12);
    env.run(["-r", "second", "copy", "--from-repo", "repo", "--from-insecure-no-password"]).ok();
    let like = ["-r", "third", "init", "--kdf-log-n", "4", "--from-repo", "repo", "--from-insecure-no-password"];
    env.run(like).ok().has("It cuts files like");
}
