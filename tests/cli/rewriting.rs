//! Changing what snapshots say and hold: tag, rewrite, purge.
use std::fs;

use serde_json::json;

use crate::testenv::{TestEnv, find};

fn ids(env: &TestEnv, args: &[&str]) -> Vec<String> {
    env.snapshots(args).iter().map(|snapshot| snapshot["id"].as_str().expect("an id").to_owned()).collect()
}

fn tags(env: &TestEnv, selector: &str) -> serde_json::Value {
    env.snapshots(&[selector])[0]["tags"].clone()
}

/// Two snapshots of different days, the second with the tag `x`.
fn two() -> TestEnv {
    let env = TestEnv::ready();
    env.backup(&["--time", "2026-02-27 08:00:00"]);
    env.file("src/new.txt", "new");
    env.backup(&["--time", "2026-02-28 08:00:00", "--tag", "x"]);
    env
}

#[test]
fn tags_are_added_removed_and_set() {
    let env = two();
    let before = ids(&env, &[]);
    let run = env.run(["--json", "tag", "--add", "a,b", "--add", "c", "latest"]).ok();
    let lines = run.json_lines();
    assert_eq!(lines[0]["message_type"], "changed");
    assert_eq!(lines[0]["old_snapshot_id"].as_str(), Some(before[1].as_str()));
    assert_eq!(lines[0]["new_snapshot_id"].as_str(), ids(&env, &[]).get(1).map(String::as_str));
    assert_eq!(run.summary()["changed_snapshots"], 1);
    assert_eq!(tags(&env, "latest"), json!(["x", "a", "b", "c"]));
    assert_eq!(env.snapshots(&["latest"])[0]["original"].as_str(), Some(before[1].as_str()));
    env.run(["tag", "--remove", "x,b", "latest"]).ok().has("is now");
    assert_eq!(tags(&env, "latest"), json!(["a", "c"]));
    // The first id stays the original.
    assert_eq!(env.snapshots(&["latest"])[0]["original"].as_str(), Some(before[1].as_str()));
    env.run(["tag", "--add", "a", "latest"]).ok().has("has these tags already");
    env.run(["tag", "--set", "z", "--set", "y"]).ok().has("changed 2 snapshots");
    assert_eq!((tags(&env, "latest"), tags(&env, "latest~1")), (json!(["z", "y"]), json!(["z", "y"])));
    env.run(["tag", "--set", "", "latest"]).ok();
    assert!(tags(&env, "latest").is_null());
    // Only what the filter lets through.
    env.run(["tag", "--tag", "z", "--add", "more"]).ok();
    assert_eq!((tags(&env, "latest"), tags(&env, "latest~1")), (json!(null), json!(["z", "y", "more"])));
    assert_eq!(ids(&env, &[]).len(), 2);
    env.run(["tag", "latest"]).expect(2).complains("Nothing to do");
    env.run(["tag", "--add", "a", "--set", "b"]).expect(2);
    // A protected snapshot stays protected.
    env.run(["protect", "latest"]).ok();
    env.run(["tag", "--add", "p", "latest"]).ok();
    assert_eq!(env.snapshots(&["latest"])[0]["protected_until"], "forever");
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn rewrite_leaves_out_what_patterns_name() {
    let env = two();
    let before = ids(&env, &[]);
    let dry = env.run(["-vv", "rewrite", "--exclude", "*.log", "--dry-run"]).ok();
    dry.has("would be changed, without 1 file (4 B)").has("sub/b.log").has("would change 2 snapshots");
    assert_eq!(ids(&env, &[]), before);
    let run = env.run(["--json", "rewrite", "--exclude", "*.log", "latest"]).ok();
    let new = run.json_lines()[0]["new_snapshot_id"].as_str().expect("an id").to_owned();
    assert_eq!((&run.summary()["changed_snapshots"], &run.summary()["files_removed"]), (&json!(1), &json!(1)));
    let copy = env.snapshots(&[&new])[0].clone();
    assert_eq!((&copy["tags"], copy["original"].as_str()), (&json!(["x", "rewrite"]), Some(before[1].as_str())));
    assert!(ids(&env, &[]).contains(&before[1]), "the original stays");
    assert!(!env.listed(&new).contains(&"sub/b.log".to_owned()) && env.listed(&new).contains(&"a.txt".to_owned()));
    assert!(env.listed(&before[1]).contains(&"sub/b.log".to_owned()));
    let counts = |id: &str| env.snapshots(&[id])[0]["summary"]["total_files_processed"].as_u64();
    assert_eq!(counts(&new).map(|count| count + 1), counts(&before[1]));
    env.run(["restore", &new, "-t", "out"]).ok();
    assert!(find(&env.path("out"), "c.txt").is_some() && find(&env.path("out"), "b.log").is_none());
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn a_copy_that_is_there_is_not_made_again() {
    let env = two();
    let rewrite = ["rewrite", "--exclude", "*.log", "--new-label", "less"];
    env.run(rewrite).ok().has("changed 2 snapshots");
    let all = ids(&env, &[]);
    assert_eq!(all.len(), 4);
    env.run(rewrite).ok().has("has such a changed copy already").has("nothing to change in 4 snapshots");
    let again = env.run(["--json"].into_iter().chain(rewrite)).ok();
    assert_eq!(again.summary()["changed_snapshots"], 0);
    assert_eq!(ids(&env, &[]), all);
    // Another change makes another copy; one that was forgotten does not count.
    env.run(["rewrite", "--exclude", "*.log", "--new-label", "other", &all[0]]).ok().has("changed 1 snapshot");
    let copies: Vec<String> = ids(&env, &["--label", "less"]);
    env.run(["forget"].into_iter().chain(copies.iter().map(String::as_str))).ok();
    env.run(rewrite).ok().has("changed");
    assert_eq!(ids(&env, &["--label", "less"]).len(), 2);
}

#[test]
fn every_kind_of_pattern_works_and_nothing_to_do_changes_nothing() {
    let env = two();
    env.file("patterns", "# comment\nnew.*\n");
    let inside = "/src/sub/deep".to_owned();
    for (options, gone) in [
        (&["--exclude", inside.as_str()][..], "sub/deep/c.txt"),
        (&["--iexclude", "A.TXT"], "a.txt"),
        (&["--exclude-file", "patterns"], "new.txt"),
        (&["--iexclude-file", "patterns"], "new.txt"),
    ] {
        let mut args = vec!["--json", "rewrite", "latest", "--tag", "x"];
        args.extend(options);
        let new = env.run(&args).ok().json_lines()[0]["new_snapshot_id"].as_str().expect("an id").to_owned();
        assert!(!env.listed(&new).contains(&gone.to_owned()), "{options:?}");
        env.run(["forget", &new]).ok();
    }
    let count = ids(&env, &[]).len();
    env.run(["rewrite", "--exclude", "nowhere"]).ok().has("nothing to change in 2 snapshots");
    env.run(["rewrite", "--exclude", "*", "--exclude", "!*"]).ok().has("nothing to change");
    assert_eq!(ids(&env, &[]).len(), count);
    env.run(["rewrite"]).expect(2).complains("Nothing to do");
    env.run(["rewrite", "--exclude", "[open"]).expect(2);
}

#[test]
fn rewrite_changes_notes_and_replaces() {
    let env = two();
    let before = ids(&env, &[]);
    let args =
        ["--new-host", "other", "--new-time", "2026-01-01 00:00:00", "--new-label", "series", "--forget", "latest"];
    env.run(["rewrite"].into_iter().chain(args)).ok().has("changed 1 snapshot");
    let changed = env.snapshots(&["--host", "other"])[0].clone();
    assert_eq!(
        (&changed["hostname"], &changed["label"], &changed["tags"]),
        (&json!("other"), &json!("series"), &json!(["x"]))
    );
    assert!(changed["time"].as_str().expect("a time").starts_with("2026-01-01T00:00:00"));
    assert_eq!(changed["original"].as_str(), Some(before[1].as_str()));
    assert!(!ids(&env, &[]).contains(&before[1]));
    env.run(["rewrite", "--new-label", "", "--forget", "@series"]).ok();
    assert!(env.snapshots(&["--host", "other"])[0]["label"].is_null());
    env.run(["rewrite", "--new-time", "now"]).expect(2);
    env.run(["rewrite", "--new-host", ""]).expect(2);
    // Counts that are right stay as they are.
    env.run(["rewrite", "--snapshot-summary"]).ok().has("nothing to change");
}

#[test]
fn protected_snapshots_are_not_replaced_unless_told() {
    let env = two();
    env.run(["protect", "latest~1"]).ok();
    let path = "/src/a.txt";
    env.run(["protect", "latest", "--until", "48h"]).ok();
    let before = ids(&env, &[]);
    for line in [&["rewrite", "--exclude", "a.txt", "--forget"][..], &["purge", path]] {
        let run = env.run(line).expect(1).complains("--even-protected").complains("Nothing was changed");
        run.complains(&format!("{} (for ever), {} (until ", &before[0][..8], &before[1][..8]));
        let dry = env.run([line, &["--dry-run"]].concat()).ok().complains("--even-protected");
        dry.has("2 snapshots");
    }
    assert_eq!(ids(&env, &[]), before, "nothing was changed");
    env.run(["rewrite", "--exclude", "nowhere", "--forget"]).ok();
    env.run(["purge", "--even-protected", path]).ok().has("from 2 of 2 snapshots");
    assert_eq!(env.snapshots(&["latest~1"])[0]["protected_until"], "forever");
    assert!(!env.listed("latest~1").contains(&"a.txt".to_owned()));
    env.run(["rewrite", "--exclude", "*.log", "--forget", "--even-protected"]).ok().has("changed 2 snapshots");
    env.run(["rewrite", "--exclude", "*.log", "--even-protected"]).expect(2);
}

#[test]
fn purge_removes_paths_from_all_snapshots_and_prints_a_receipt() {
    let env = two();
    let (log, deep) = ("/src/sub/b.log", "/src/sub/deep");
    let dry = env.run(["--json", "purge", "-n", log, deep]).ok();
    assert_eq!(dry.json_lines()[0]["message_type"], "would_change");
    assert_eq!((&dry.summary()["changed_snapshots"], &dry.summary()["files_removed"]), (&json!(2), &json!(4)));
    let before = ids(&env, &[]);
    let run = env.run(["--json", "purge", log, "src/sub/deep/"]).ok();
    let receipt = run.summary();
    assert_eq!(receipt["paths"], json!([log, deep]));
    assert_eq!((&receipt["changed_snapshots"], &receipt["dirs_removed"]), (&json!(2), &json!(2)));
    assert_eq!(receipt["bytes_removed"], 2 * (4 + 300_000));
    assert_eq!((&receipt["data_still_in_storage"], &receipt["all_snapshots"]), (&json!(true), &json!(true)));
    assert!(receipt["next"][0].as_str().expect("a command").ends_with("prune --wipe"));
    assert!(ids(&env, &[]).iter().all(|id| !before.contains(id)), "all were replaced");
    assert_eq!(tags(&env, "latest"), json!(["x"]));
    for selector in ["latest", "latest~1"] {
        let listed = env.listed(selector);
        assert!(listed.contains(&"sub".to_owned()) && listed.contains(&"a.txt".to_owned()), "{listed:?}");
        assert!(!listed.iter().any(|path| path.contains("deep") || path.contains("b.log")), "{listed:?}");
    }
    let none = env.run(["purge", log]).expect(1).complains("in none of 2 snapshots; nothing was removed");
    none.complains("`caddis find b.log`");
    env.run(["purge", "--dry-run", "/nowhere", log]).expect(1);
    env.run(["purge", "--tag", "x", "/src/a.txt"]).ok().has("Other snapshots");
    assert!(env.listed("latest~1").contains(&"a.txt".to_owned()));
    for bad in ["/", "/a/../b", ""] {
        env.run(["purge", bad]).expect(2);
    }
    env.run(["prune"]).ok();
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn a_prune_that_wipes_leaves_nothing_of_a_purged_file() {
    let env = TestEnv::new();
    // Many small files in one frame, so that an ordinary prune would copy it as it is.
    for number in 0..40_u64 {
        let noise: String =
            (0..200).map(|at| format!("{:016x}", (at + 977 * number).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        env.file(&format!("src/{number:02}"), &noise);
    }
    env.init(&[]);
    env.backup(&[]);
    env.run(["purge", "src/07"]).ok().has("prune --wipe");
    env.run(["prune"]).ok();
    // Whatever an ordinary prune did, it left stripes in which something is not needed.
    let left = || env.run(["--json", "prune", "--wipe", "--dry-run"]).ok().summary()["stripes_repacked"].clone();
    assert_eq!(left(), 1);
    env.run(["prune", "--wipe"]).ok();
    assert_eq!(left(), 0);
    env.run(["check", "--read-data"]).ok();
    env.run(["restore", "latest", "-t", "out"]).ok();
    assert!(find(&env.path("out"), "07").is_none());
    assert_eq!(fs::read(find(&env.path("out"), "08").expect("restored")).ok(), fs::read(env.path("src/08")).ok());
    env.run(["prune", "--wipe", "--max-unused", "1%"]).expect(2);
}

#[test]
fn rewrite_keeps_what_patterns_include() {
    let env = two();
    for file in ["src/deep/er/kept.log", "src/deep/gone.txt", "src/other/gone.txt", "src/whole.log/any.txt"] {
        env.file(file, "x");
    }
    fs::create_dir(env.path("src/empty.log")).expect("ours");
    env.backup(&["--time", "2026-03-01 08:00:00"]);
    let before = ids(&env, &[]);
    let dry = env.run(["-vv", "rewrite", "--include", "*.log", "--dry-run", "latest"]).ok();
    dry.has("other/gone.txt").has("/src/other (0 B)").has_not("kept.log");
    let run = env.run(["--json", "rewrite", "--include", "*.log", "latest"]).ok();
    let new = run.json_lines()[0]["new_snapshot_id"].as_str().expect("an id").to_owned();
    let mut listed = env.listed(&new);
    listed.sort();
    let expected =
        ["deep", "deep/er", "deep/er/kept.log", "empty.log", "sub", "sub/b.log", "whole.log", "whole.log/any.txt"];
    assert_eq!(listed, expected);
    let summary = |id: &str| env.snapshots(&[id])[0]["summary"].clone();
    assert_eq!(summary(&new)["total_files_processed"], 3);
    let (old, gone) = (summary(&before[2]), run.summary());
    let number = |value: &serde_json::Value| value.as_u64().expect("a number");
    assert_eq!(number(&old["total_files_processed"]) - number(&gone["files_removed"]), 3, "{old} {gone}");
    // A mistyped pattern empties nothing.
    let none = env.run(["rewrite", "--iinclude", "*.LOGX", "--forget"]).expect(3);
    none.complains("Nothing in it is included").has("nothing to change");
    env.file("names", "sub\n");
    // Both copies have the time of their original, so that either may be the latest.
    let run = env.run(["--json", "rewrite", "--include-file", "names", "--forget", &before[2]]).ok();
    let kept = run.json_lines()[0]["new_snapshot_id"].as_str().expect("an id").to_owned();
    assert_eq!(env.listed(&kept), ["sub", "sub/b.log", "sub/deep", "sub/deep/c.txt"]);
    env.file("NAMES", "C.TXT\n");
    env.run(["rewrite", "--iinclude-file", "NAMES", "--dry-run", &before[1]]).ok().has("would be changed");
    env.run(["rewrite", "--include", "a", "--exclude", "b"]).expect(2).complains("either include or exclude");
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn changed_copies_are_listed_behind_what_they_were_made_of() {
    let env = TestEnv::ready();
    env.file("src/a.log", "x");
    let mut originals = Vec::new();
    for day in 1..5 {
        env.run(["backup", "--time", &format!("2026-01-0{day} 10:00:00"), "src"]).ok();
    }
    originals.extend(env.snapshots(&[]).iter().map(|one| one["id"].clone()));
    env.run(["rewrite", "--exclude", "*.log"]).ok();
    let all = env.snapshots(&[]);
    for (pair, original) in all.chunks(2).zip(&originals) {
        assert_eq!((&pair[0]["id"], &pair[1]["original"]), (original, original), "{all:?}");
    }
}
