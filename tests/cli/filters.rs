//! Options that choose snapshots, in every command that has them: by host, tag, label and path.
use std::fs;

use serde_json::Value;

use crate::testenv::{Run, TestEnv};

/// Two snapshots: the older one is what the options ask for. Both have `common/file`, which says of which it is.
fn two() -> TestEnv {
    let env = TestEnv::new();
    env.init(&[]);
    for (name, time) in [("wanted", "2026-01-01 12:00:00"), ("other", "2026-01-02 12:00:00")] {
        env.file(&format!("{name}/inside.txt"), name);
        env.file("common/file", &format!("of {name}"));
        let paths = [env.text(name), env.text("common")];
        let notes = ["--host", name, "--tag", name, "--label", name, "--time", time];
        env.run(["backup"].into_iter().chain(paths.iter().map(String::as_str)).chain(notes)).ok();
    }
    env
}

/// The options that choose the older snapshot, one at a time.
fn options(env: &TestEnv) -> [[String; 2]; 4] {
    let path = env.text("wanted");
    [("--host", "wanted"), ("--tag", "wanted"), ("--label", "wanted"), ("--path", &*path)]
        .map(|(option, value)| [option.to_owned(), value.to_owned()])
}

/// Runs the command with each of the options.
fn each(env: &TestEnv, command: &[&str], check: impl Fn(&Run, &str)) {
    for [option, value] in &options(env) {
        let run = env.run([command, &[option, value]].concat()).ok();
        check(&run, option);
    }
}

#[test]
fn what_looks_inside_sees_the_chosen_snapshot() {
    let env = two();
    let file = env.text("common/file");
    each(&env, &["ls", "latest"], |run, option| {
        assert!(
            run.stdout.contains("wanted/inside.txt") && !run.stdout.contains("other/inside.txt"),
            "{option} {run:?}"
        );
    });
    each(&env, &["find", "inside.txt"], |run, option| {
        assert!(
            run.stdout.contains("wanted/inside.txt") && !run.stdout.contains("other/inside.txt"),
            "{option} {run:?}"
        );
    });
    let versions = |run: &Run| run.json_lines().iter().filter(|line| line["message_type"] == "version").count();
    assert_eq!(versions(&env.run(["--json", "history", &file]).ok()), 2);
    each(&env, &["--json", "history", &file], |run, option| assert_eq!(versions(run), 1, "{option} {run:?}"));
    assert_eq!(env.run(["dump", "latest", &file]).ok().stdout, "of other");
    each(&env, &["dump", "latest", &file], |run, option| assert_eq!(run.stdout, "of wanted", "{option}"));
    each(&env, &["--json", "check", "--read-data"], |run, option| {
        assert_eq!(run.summary()["snapshots"], 1, "{option} {run:?}");
    });
    env.run(["diff", "latest", &file]).ok().has_not("common/file\n");
    let changed = |run: &Run| run.stdout.lines().any(|line| line.starts_with("M "));
    assert!(!changed(&env.run(["diff", "latest", &env.text("common")]).ok()));
    each(&env, &["diff", "latest", &env.text("common")], |run, option| assert!(changed(run), "{option} {run:?}"));
    each(&env, &["--json", "stats"], |run, option| assert_eq!(run.json()["snapshots_count"], 1, "{option}"));
    each(&env, &["--json", "du"], |run, option| {
        let hosts: Vec<_> =
            run.json_lines().iter().filter_map(|line| line["hostname"].as_str().map(str::to_owned)).collect();
        assert_eq!(hosts, ["wanted"], "{option}");
    });
    each(&env, &["status"], |run, option| {
        assert!(run.stdout.contains("wanted") && !run.stdout.contains("@other"), "{option} {run:?}");
    });
    each(&env, &["--json", "snapshots"], |run, option| assert_eq!(run.json()[0]["hostname"], "wanted", "{option}"));
}

#[test]
fn what_takes_out_takes_the_chosen_snapshot() {
    let env = two();
    let file = format!("latest:{}", env.text("common"));
    each(&env, &["restore", &file, "--target", "out"], |_, option| {
        assert_eq!(fs::read_to_string(env.path("out/file")).expect("restored"), "of wanted", "{option}");
        fs::remove_dir_all(env.path("out")).expect("ours");
    });
    each(&env, &["export", &file, "--target", "out.tar"], |_, option| {
        let archive = fs::read(env.path("out.tar")).expect("written");
        assert!(archive.windows(9).any(|bytes| bytes == b"of wanted"), "{option}");
        fs::remove_file(env.path("out.tar")).expect("ours");
    });
    env.run(["-r", "second", "init", "--kdf-log-n", "4"]).ok();
    each(&env, &["copy", "--to", "second", "--dry-run"], |run, option| {
        assert!(run.stdout.contains("1 snapshot would be copied"), "{option} {run:?}");
    });
    each(&env, &["copy", "--to", "second"], |_, option| {
        let copied = env.run(["--json", "-r", "second", "snapshots"]).ok().json();
        assert_eq!((copied.as_array().map(Vec::len), &copied[0]["hostname"]), (Some(1), &"wanted".into()), "{option}");
    });
}

#[test]
fn what_changes_snapshots_changes_the_chosen_one() {
    let env = two();
    let found = |host: &str| env.snapshots(&["--host", host])[0].clone();
    each(&env, &["protect", "latest"], |_, option| {
        assert_eq!(found("wanted")["protected_until"], "forever", "{option}");
        assert_eq!(found("other")["protected_until"], Value::Null, "{option}");
    });
    each(&env, &["unprotect", "latest"], |_, option| {
        assert_eq!(found("wanted")["protected_until"], Value::Null, "{option}");
        env.run(["protect", "latest", "--host", "wanted"]).ok();
    });
    env.run(["unprotect", "latest", "--host", "wanted"]).ok();
    each(&env, &["tag", "--add", "more"], |_, option| {
        assert_eq!(found("wanted")["tags"], serde_json::json!(["wanted", "more"]), "{option}");
        assert_eq!(found("other")["tags"], serde_json::json!(["other"]), "{option}");
        env.run(["tag", "--remove", "more"]).ok();
    });
    each(&env, &["rewrite", "--exclude", "common", "--dry-run"], |run, option| {
        assert!(run.stdout.contains("would change 1 snapshot "), "{option} {run:?}");
    });
    each(&env, &["purge", "--dry-run", &env.text("common")], |run, option| {
        assert!(run.stdout.contains("from 1 of 1 snapshot:"), "{option} {run:?}");
    });
    each(&env, &["repair", "snapshots", "--dry-run"], |run, option| {
        assert!(run.stdout.contains("looked at 1 snapshot:"), "{option} {run:?}");
    });
    each(&env, &["forget", "--keep-last", "1", "--dry-run", "--json"], |run, option| {
        let kept = run.json()[0]["keep"].clone();
        assert_eq!((kept.as_array().map(Vec::len), &kept[0]["hostname"]), (Some(1), &"wanted".into()), "{option}");
    });
}

#[test]
fn options_that_no_snapshot_meets_are_named() {
    let env = two();
    let path = env.text("wanted");
    let options = ["--host", "nobody", "--tag", "a,b", "--label", "none", "--path", &path];
    let all = format!("with host nobody, tags a,b, label none, path {path}");
    for command in [
        &["snapshots"][..],
        &["stats"],
        &["find", "file"],
        &["du"],
        &["forget", "--keep-last", "1"],
        &["tag", "--add", "more"],
        &["rewrite", "--exclude", "common"],
        &["repair", "snapshots"],
    ] {
        let run = env.run([command, &options].concat()).ok();
        assert!(run.stderr.contains(&format!("There is no snapshot {all}")), "{command:?}: {run:?}");
        let run = env.run([command, &["--host", "wanted"]].concat()).ok();
        assert!(!run.stderr.contains("There is no snapshot"), "{command:?}: {run:?}");
    }
    for command in [&["ls", "latest"][..], &["restore", "latest", "--target", "out"], &["snapshots", "latest"]] {
        let run = env.run([command, &options].concat()).expect(1);
        run.complains(&format!("No snapshot {all} matches \"latest\""));
    }
    env.run([&["status"][..], &options].concat()).expect(4).complains(&format!("There is no snapshot {all}"));
}
