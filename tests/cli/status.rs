//! `status`: what was backed up when and where to, and the alarms of `--max-age`.
use std::fs;

use serde_json::Value;

use crate::testenv::{Run, TestEnv};

/// The JSON lines of one type.
fn of_type(run: &Run, kind: &str) -> Vec<Value> {
    run.json_lines().into_iter().filter(|line| line["message_type"] == kind).collect()
}

#[test]
fn a_series_without_a_new_snapshot_is_an_alarm() {
    let env = TestEnv::ready();
    env.run(["status"]).expect(4).complains("There are no such snapshots");
    env.backup(&["--host", "web1", "--time", "2020-01-02 03:04:05"]);
    env.backup(&["--host", "web1", "--label", "db"]);
    // Without a limit nothing is too old.
    let run = env.run(["status"]).ok().has("web1:").has("@db").has("2020-01-02 03:04:05").has("2 series");
    assert!(run.stdout.contains("three copies (the original and two more): no"), "{run:?}");
    let run = env.run(["status", "--max-age", "26h"]).expect(4).complains("which is more than 26 hours");
    assert!(run.stderr.contains("web1:") && !run.stderr.contains("@db"), "{run:?}");
    // A quiet one says what is wrong, and nothing if nothing is.
    let run = env.run(["-q", "status", "--max-age", "26h"]).expect(4);
    assert!(run.stdout.is_empty() && run.stderr.lines().count() == 1, "{run:?}");
    let run = env.run(["-q", "status", "--max-age", "26h", "--label", "db"]).ok();
    assert!(run.stdout.is_empty() && run.stderr.is_empty(), "{run:?}");
    env.run(["status", "--host", "typo"]).expect(4).complains("There are no such snapshots");
    env.run(["status", "--host", "web1", "--host", "typo"]).expect(4).complains("There are no snapshots: host typo");
    // What was given up is silent as long as something else is not.
    let ended = ["status", "--max-age", "26h", "--ended-after", "20d"];
    env.run(ended).ok().has("ended");
    env.run([&ended[..], &["--path", &env.text("src"), "--label", ""]].concat())
        .expect(4)
        .complains("all series count");
    env.run(["status", "--max-age", "2d", "--ended-after", "1d"]).expect(2);
}

#[test]
fn dates_to_come_and_unfinished_runs_hide_nothing() {
    let env = TestEnv::ready();
    env.backup(&["--host", "h", "--time", "2020-01-02 03:04:05"]);
    env.backup(&["--host", "h", "--time", "2199-01-01"]);
    let run = env.run(["--json", "status", "--max-age", "1d"]).expect(4);
    let series = of_type(&run, "series").remove(0);
    let copy = &series["repositories"][0];
    assert_eq!((&copy["snapshots"], &copy["too_old"]), (&Value::from(2), &Value::from(true)), "{series}");
    assert!(copy["time"].as_str().is_some_and(|time| time.starts_with("2020-01-02")), "{series}");
    assert!(copy["doubtful"][0]["time"].as_str().is_some_and(|time| time.starts_with("2199")), "{series}");
    assert!(run.stderr.contains("is later than now"), "{run:?}");
    let summary = run.summary();
    assert_eq!(summary["alarms"].as_array().map(Vec::len), Some(1), "{summary}");
    env.run(["status"]).ok().complains("2199-01-01").has("1 date not believed");
}

#[test]
fn errors_and_checks_of_this_machine_are_told() {
    let env = TestEnv::ready();
    env.run(["backup", "src", "nowhere", "--host", "h"]).expect(3);
    env.run(["status"]).ok().has("with 1 error").has("no check on this machine has read any of them");
    env.run(["check", "--read-data"]).ok();
    let run = env.run(["--json", "status"]).ok();
    let place = of_type(&run, "repository").remove(0);
    let verified = &place["verified_on_this_machine"];
    assert!(verified["newest"].is_string() && verified["packs_never"] == 0, "{place}");
    assert!(place["packs"].as_u64() > Some(0) && place["bytes"].as_u64() > Some(0), "{place}");
    env.run(["--no-cache", "status"]).ok().has("nothing is remembered of checks");
    env.run(["status"]).ok().has("last verified on this machine");
}

#[test]
fn several_places_are_looked_at_together() {
    let env = TestEnv::ready();
    env.backup(&["--host", "h"]);
    let other = env.text("other");
    env.run(["-r", &other, "init", "--kdf-log-n", "4"]).ok();
    // A place with nothing in it is not in order.
    env.run(["status", &other]).expect(4).complains(&other);
    env.run(["-r", &other, "backup", "src", "--host", "h", "--time", "2020-01-02 03:04:05"]).ok();
    let run = env.run(["--json", "status", &other, "other"]).ok();
    assert_eq!(of_type(&run, "repository").len(), 2, "the same place counts once");
    let series = of_type(&run, "series").remove(0);
    let told = ["copies", "three_copies", "two_kinds", "one_off_site"].map(|name| series[name].clone());
    // Both are on the disk of the temporary folder.
    assert_eq!(told, [Value::from(2), false.into(), false.into(), false.into()], "{series}");
    // In each place where it is it must be new; what is too old is no copy.
    let run = env.run(["--json", "status", &other, "--max-age", "2d"]).expect(4);
    assert!(run.stderr.contains(&other) && !run.stderr.contains(&env.text("repo")), "{run:?}");
    assert_eq!(of_type(&run, "series")[0]["copies"], 2);
    // A place that is away does not keep the others from being looked at.
    let run = env.run(["status", "nowhere"]).expect(3).has("h:").complains("nowhere");
    assert!(run.stderr.contains("no repository") || run.stderr.contains("Could not open"), "{run:?}");
    env.run(["-r", "nowhere", "status"]).expect(10);
    env.run(["status", "swift:x"]).expect(2);
}

#[test]
fn an_unreadable_snapshot_is_a_warning_and_a_rolled_back_place_an_alarm() {
    let env = TestEnv::ready();
    env.backup(&["--host", "h"]);
    env.backup(&["--host", "h2"]);
    let newest = env.objects("snapshots").pop().expect("two");
    env.damage(&newest);
    let replica = env.path("repo/replica/snapshots").join(newest.file_name().expect("has one"));
    env.damage(&replica);
    let run = env.run(["--no-cache", "status", "--max-age", "1d"]).expect(3);
    assert!(run.stdout.contains("1 series"), "{run:?}");
    let other = env.text("other");
    env.run(["-r", &other, "init", "--kdf-log-n", "4"]).ok();
    env.run(["-r", &other, "backup", "src"]).ok();
    fs::remove_dir_all(env.path("other")).expect("ours");
    env.run(["-r", &other, "--cache-dir", "cache2", "init", "--kdf-log-n", "4"]).ok();
    env.run(["status", &other]).expect(4).complains("was here before");
}
