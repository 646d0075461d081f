//! Forgetting by policy and by name: what each option keeps, what is refused, what scripts read.
use serde_json::Value;

use crate::testenv::{Run, TestEnv};

/// Snapshots of these times, UTC, oldest first.
fn made(times: &[&str]) -> TestEnv {
    let env = TestEnv::new();
    env.file("src/a", "x");
    env.init(&[]);
    times.iter().for_each(|time| drop(env.backup(&["--time", time])));
    env
}

const DAYS: [&str; 6] = [
    "2026-02-27 08:00:00",
    "2026-02-27 20:00:00",
    "2026-02-28 08:00:00",
    "2026-03-01 08:00:00",
    "2026-03-02 08:00:00",
    "2026-03-02 08:30:00",
];

/// Times of the snapshots that are there, without the seconds.
fn times(list: &Value) -> Vec<String> {
    let time = |snapshot: &Value| snapshot["time"].as_str().expect("a time")[..16].to_owned();
    list.as_array().expect("an array").iter().map(time).collect()
}

fn left(env: &TestEnv) -> Vec<String> {
    times(&Value::from(env.snapshots(&[])))
}

fn id(env: &TestEnv, at: usize) -> String {
    env.snapshots(&[])[at]["id"].as_str().expect("an id").to_owned()
}

/// Which of `DAYS` a dry run would keep.
fn kept(env: &TestEnv, args: &[&str]) -> Vec<usize> {
    let run = env.run([&["--json", "forget", "--dry-run"], args].concat()).ok();
    let groups = run.json();
    let times = times(&groups[0]["keep"]);
    let at = |time: &String| DAYS.iter().position(|day| day.replace(' ', "T")[..16] == *time).expect("one of these");
    times.iter().map(at).collect()
}

#[test]
fn every_keep_option_keeps_what_it_says() {
    let env = made(&DAYS);
    for (args, expected) in [
        (&["--keep-last", "2"][..], &[4, 5][..]),
        (&["-l", "2"], &[4, 5]),
        (&["--keep-last", "unlimited"], &[0, 1, 2, 3, 4, 5]),
        (&["--keep-last", "-1"], &[0, 1, 2, 3, 4, 5]),
        (&["--keep-last=-1"], &[0, 1, 2, 3, 4, 5]),
        (&["--keep-hourly", "2"], &[3, 5]),
        (&["-H", "2"], &[3, 5]),
        (&["--keep-daily", "3"], &[2, 3, 5]),
        (&["-d", "3"], &[2, 3, 5]),
        // There are four days only: the oldest stays too.
        (&["--keep-daily", "5"], &[0, 1, 2, 3, 5]),
        // 2026-03-01 is a Sunday.
        (&["--keep-weekly", "2"], &[3, 5]),
        (&["-w", "2"], &[3, 5]),
        (&["--keep-monthly", "2"], &[2, 5]),
        (&["-m", "2"], &[2, 5]),
        (&["--keep-yearly", "1"], &[5]),
        (&["-y", "1"], &[5]),
        (&["--keep-within", "1d1h"], &[3, 4, 5]),
        (&["--keep-last", "1d1h"], &[3, 4, 5]),
        (&["--keep-within-hourly", "25h"], &[3, 5]),
        (&["--keep-hourly", "25h"], &[3, 5]),
        (&["--keep-within-daily", "3d"], &[1, 2, 3, 5]),
        (&["--keep-daily", "3d"], &[1, 2, 3, 5]),
        (&["--keep-within-weekly", "1w"], &[0, 3, 5]),
        (&["--keep-weekly", "1w"], &[0, 3, 5]),
        (&["--keep-within-monthly", "2d12h"], &[2, 5]),
        (&["--keep-within-yearly", "1h"], &[5]),
        (&["--keep-last", "1", "--keep-monthly", "2"], &[2, 5]),
    ] {
        assert_eq!(kept(&env, args), expected, "{args:?}");
    }
    let third = id(&env, 2);
    assert_eq!(kept(&env, &["--keep-last", "1", "--keep-id", &third, "--keep-id", "latest~4"]), [1, 2, 5]);
    assert_eq!(left(&env).len(), DAYS.len());
}

#[test]
fn days_begin_at_local_midnight() {
    let env = made(&["2026-05-01 20:00:00", "2026-05-01 23:00:00"]);
    let kept = |zone: &str| {
        let run =
            env.command(["--json", "forget", "-n", "--keep-daily", "1", "--keep-yearly", "1"]).env("TZ", zone).output();
        let value: Value = serde_json::from_slice(&run.expect("runs").stdout).expect("JSON");
        value[0]["remove"].as_array().map(Vec::len)
    };
    assert_eq!(kept("UTC"), Some(1));
    let daily = |zone: &str| {
        let run = env.command(["--json", "forget", "-n", "--keep-daily", "2"]).env("TZ", zone).output();
        let value: Value = serde_json::from_slice(&run.expect("runs").stdout).expect("JSON");
        value[0]["reasons"][0]["matches"][0].as_str().map(ToOwned::to_owned)
    };
    assert_eq!(daily("UTC").as_deref(), Some("oldest daily snapshot"));
    // Two hours ahead of UTC: the second is of the next day.
    assert_eq!(daily("XXX-2").as_deref(), Some("daily snapshot"));
}

#[test]
fn a_policy_removes_and_tells_like_restic() {
    let env = made(&DAYS);
    let run = env.run(["forget", "--keep-daily", "2", "--dry-run"]).ok();
    assert_eq!(left(&env).len(), 6);
    let run = run.has("Applying policy: keep 2 daily\n").has("Would have removed 4 snapshots: ");
    run.has("keep 2 snapshots:\n").has("remove 4 snapshots:\n").has("Reasons         Paths").has("daily snapshot");
    env.run(["forget", "--keep-daily", "2"]).ok().has("snapshots for host ").has("4 snapshots have been removed\n");
    assert_eq!(left(&env), ["2026-03-01T08:00", "2026-03-02T08:30"]);
    env.run(["forget", "--keep-last", "1", "--compact"])
        .ok()
        .has("1 snapshot has been removed\n")
        .has("keep 1 snapshot:\n");
    env.run(["forget", "--keep-last", "1"]).ok().has("No snapshots were removed\n").has_not("remove ");
    let quiet = env.run(["-q", "forget", "--keep-last", "1"]).ok();
    assert_eq!(quiet.stdout, "");
    env.run(["snapshots"]).ok().has("\n1 snapshot\n");
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn json_has_the_shape_of_restic() {
    let env = made(&DAYS[..3]);
    env.backup(&["--tag", "x,y", "--label", "serie", "--time", "2026-03-05 08:00:00"]);
    let groups = env.run(["--json", "forget", "--keep-last", "1"]).ok().json();
    assert_eq!(groups.as_array().map(Vec::len), Some(2));
    let series = &groups[0];
    assert_eq!((&series["label"], &series["host"], &series["paths"]), (&"serie".into(), &"".into(), &Value::Null));
    let group = &groups[1];
    assert_eq!(group["tags"], Value::Null);
    assert_eq!(group["paths"][0].as_str(), Some(env.text("src").as_str()));
    assert_eq!(group["host"], env.snapshots(&[])[0]["hostname"]);
    assert_eq!((times(&group["keep"]).len(), times(&group["remove"]).len()), (1, 2));
    let reason = &group["reasons"][0];
    assert_eq!(reason["matches"], serde_json::json!(["last snapshot"]));
    assert_eq!(reason["snapshot"]["id"], group["keep"][0]["id"]);
    assert!(group["remove"][0]["short_id"].is_string());
    let by_tags = env.run(["--json", "forget", "-n", "--keep-last", "9", "--group-by", "tags"]).ok().json();
    assert_eq!(by_tags[1]["tags"], serde_json::json!(["x", "y"]));
    // By name: one group, and nothing is said of what stays.
    let named = env.run(["--json", "forget", "latest"]).ok().json();
    assert_eq!(times(&named[0]["remove"]), ["2026-03-05T08:00"]);
    assert_eq!((&named[0]["keep"], left(&env)), (&serde_json::json!([]), vec!["2026-02-28T08:00".to_owned()]));
}

#[test]
fn snapshots_are_forgotten_by_name() {
    let env = made(&DAYS);
    let (first, second) = (id(&env, 0), id(&env, 1));
    env.run(["forget", "--dry-run", &first]).ok().has("Would have removed 1 snapshot: ");
    let run = env.run(["forget", &first[..8], &first, "latest~1"]).ok();
    assert_eq!(run.stdout.matches("removed snapshot ").count(), 2, "{run:?}");
    run.has(&format!("removed snapshot {}\n", &first[..8])).has("`caddis undelete` brings them back");
    assert_eq!(left(&env).len(), 4);
    env.run(["forget", &first]).expect(1).complains("No snapshot matches");
    env.run(["forget", "latest:/src"]).expect(1).complains("a part of a snapshot");
    // One that is not there: nothing goes.
    env.run(["forget", &second, "0123456789"]).expect(1);
    assert_eq!(left(&env).len(), 4);
    // The last one too, if somebody insists.
    (0..4).for_each(|_| drop(env.run(["forget", "latest"]).ok()));
    assert!(left(&env).is_empty());
    env.backup(&[]);
}

#[test]
fn filters_restrict_what_a_policy_sees() {
    let env = made(&DAYS[..1]);
    env.file("other/b", "y");
    env.backup(&["--host", "web", "--time", "2026-03-01 08:00:00"]);
    env.backup(&["--host", "web", "--tag", "a,b", "--time", "2026-03-02 08:00:00"]);
    env.backup(&["--host", "web", "--tag", "a", "--time", "2026-03-03 08:00:00"]);
    env.backup(&["--host", "web", "--label", "series", "--time", "2026-03-04 08:00:00"]);
    env.run(["backup", "other", "--host", "web", "--time", "2026-03-05 08:00:00"]).ok();
    let seen = |args: &[&str]| {
        let run = env.run([&["--json", "forget", "-n", "--keep-last", "9", "--group-by", ""], args].concat()).ok();
        times(&run.json()[0]["keep"]).iter().map(|time| time[8..10].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(seen(&[]), ["27", "01", "02", "03", "04", "05"]);
    assert_eq!(seen(&["--host", "web"]), ["01", "02", "03", "04", "05"]);
    assert_eq!(seen(&["--tag", "a"]), ["02", "03"]);
    assert_eq!(seen(&["--tag", "a,b"]), ["02"]);
    assert_eq!(seen(&["--tag", ""]), ["27", "01", "04", "05"]);
    assert_eq!(seen(&["--label", "series"]), ["04"]);
    assert_eq!(seen(&["--path", "other"]), ["05"]);
    assert_eq!(seen(&["--host", "web", "--tag", "b", "--path", "src"]), ["02"]);
    // Two lists, and those without tags.
    let kept = |tags: &[&str]| {
        let run = env.run([&["--json", "forget", "-n", "--group-by", ""], tags].concat()).ok();
        times(&run.json()[0]["keep"]).len()
    };
    assert_eq!(kept(&["--keep-tag", "a"]), 2);
    assert_eq!(kept(&["--keep-tag", "a,b"]), 1);
    assert_eq!(kept(&["--keep-tag", "b", "--keep-tag", ""]), 5);
}

#[test]
fn groups_are_what_was_asked_for() {
    let env = made(&DAYS[..2]);
    env.backup(&["--host", "web", "--time", "2026-03-01 08:00:00"]);
    env.backup(&["--host", "web", "--label", "series", "--time", "2026-03-02 08:00:00"]);
    env.backup(&["--host", "db", "--label", "series", "--time", "2026-03-03 08:00:00"]);
    let groups = |args: &[&str]| {
        let run = env.run([&["--json", "forget", "-n", "--keep-last", "unlimited"], args].concat()).ok();
        let mut sizes: Vec<_> =
            run.json().as_array().expect("groups").iter().map(|group| times(&group["keep"]).len()).collect();
        sizes.sort_unstable();
        sizes
    };
    assert_eq!(groups(&[]), [1, 2, 2]);
    assert_eq!(groups(&["--group-by", "host"]), [1, 2, 2]);
    assert_eq!(groups(&["--group-by", "label"]), [2, 3]);
    assert_eq!(groups(&["-g", "host,label"]), [1, 1, 1, 2]);
    assert_eq!(groups(&["-g", "paths"]), [5]);
    assert_eq!(groups(&["-g", ""]), [5]);
    env.run(["forget", "-n", "--keep-last", "1", "-g", "size"]).expect(2).complains("nothing to group by");
    env.run(["forget", "-n", "--keep-last", "1"]).ok().complains("One series for db, web");
}

fn refused(run: Run, code: i32, text: &str, env: &TestEnv) {
    let run = run.expect(code).complains(text);
    assert_eq!(run.stdout.matches("removed").count(), 0, "{run:?}");
    assert_eq!(left(env).len(), 2);
}

#[test]
fn empty_and_dangerous_policies_are_refused() {
    let env = made(&DAYS[..2]);
    refused(env.run(["forget"]), 2, "Nothing says what to keep", &env);
    refused(env.run(["forget", "--keep-last", "0"]), 2, "Nothing says what to keep", &env);
    refused(env.run(["forget", "--keep-within", "0d"]), 2, "Nothing says what to keep", &env);
    refused(env.run(["forget", "--keep-last", "1", "latest"]), 2, "not both", &env);
    refused(env.run(["forget", "latest", "--group-by", "host"]), 2, "belong to a policy", &env);
    refused(env.run(["forget", "--unsafe-allow-remove-all"]), 2, "--host", &env);
    refused(env.run(["forget", "--keep-last", "some"]), 2, "neither a number nor a duration", &env);
    refused(env.run(["forget", "--keep-within", "7"]), 2, "not a duration", &env);
    refused(env.run(["forget", "--keep-last", "1", "--simulate-at", "tomorrow"]), 2, "not a time", &env);
    refused(env.run(["forget", "--keep-tag", "none"]), 1, "--unsafe-allow-remove-all", &env);
    refused(env.run(["forget", "--keep-last", "1", "--max-unused", "120%"]), 2, "share", &env);
    refused(env.run(["forget", "--keep-last", "1", "--keep-id", "123"]), 1, "No snapshot matches", &env);
    let error = env.run(["--json", "forget", "--keep-tag", "none"]).expect(1);
    let error: Value = serde_json::from_str(&error.stderr).expect("one JSON object");
    assert_eq!((&error["message_type"], &error["code"]), (&"exit_error".into(), &1.into()));
    env.backup(&["--tag", "keep", "--host", "web"]);
    env.run(["forget", "--keep-tag", "keep"]).expect(1);
    env.run(["forget", "--keep-tag", "keep", "--unsafe-allow-remove-all"]).ok().has("2 snapshots have been removed");
    env.run(["forget", "--unsafe-allow-remove-all", "--host", "web"]).ok().has("keep nothing");
    assert!(left(&env).is_empty());
}

#[test]
fn a_policy_without_effect_is_noticed() {
    let env = TestEnv::new();
    env.init(&[]);
    for (n, day) in DAYS[..3].iter().enumerate() {
        env.file(&format!("src{n}/a"), "x");
        env.run(["backup", &format!("src{n}"), "--time", day]).ok();
    }
    let run = env.run(["forget", "--keep-last", "1"]).ok().complains("their paths differ");
    run.has("No snapshots were removed");
    let run = env.run(["forget", "--keep-last", "1", "--group-by", "host"]).ok();
    assert!(run.stderr.is_empty(), "{run:?}");
    assert_eq!(left(&env).len(), 1);
}

#[test]
fn dates_in_the_future_do_not_steer() {
    let env = made(&DAYS[..3]);
    env.backup(&["--time", "2099-01-01 08:00:00"]);
    env.backup(&["--time", "2099-01-02 08:00:00"]);
    let run = env.run(["forget", "--keep-last", "1"]).expect(3);
    let run = run.complains("2 snapshots are dated later than now, e.g. 2099-01-01 08:00:00");
    run.has("untrusted date").has("2 snapshots have been removed");
    assert_eq!(left(&env), ["2026-02-28T08:00", "2099-01-01T08:00", "2099-01-02T08:00"]);
    // At another time they are not in the future.
    let run = env.run(["--json", "forget", "--keep-last", "1", "--simulate-at", "2099-06-01 00:00:00"]).ok();
    assert_eq!(times(&run.json()[0]["keep"]), ["2099-01-02T08:00"]);
    // And earlier everything is.
    env.backup(&["--time", "2099-01-03 08:00:00"]);
    env.run(["forget", "--keep-last", "1", "--simulate-at", "2000-01-01"]).expect(3).has("No snapshots were removed");
    env.run(["forget", "latest"]).ok();
}

#[test]
fn dates_in_the_past_do_not_steer() {
    let env = made(&[]);
    // Good ones carry the time at which they are made; who may only add snapshots dates empty ones back.
    (0..3).for_each(|_| drop(env.backup(&[])));
    env.run(["backup", "src", "--time", "2026-01-31 23:59:59"]).ok();
    let run = env.run(["--json", "forget", "--dry-run", "--keep-monthly", "12"]).expect(3);
    let group = &run.json()[0];
    let attack =
        group["reasons"].as_array().expect("reasons").iter().find(|reason| reason["matches"][0] == "untrusted date");
    assert!(
        attack.is_some_and(|reason| reason["snapshot"]["time"].as_str().expect("a time").starts_with("2026-01-31"))
    );
    let error: Value = serde_json::from_str(run.stderr.trim()).expect("one JSON object");
    assert_eq!(error["message_type"], "error");
    let text = env.run(["forget", "-n", "--keep-monthly", "12"]).expect(3).complains("another order");
    // What the message proposes settles it.
    let proposal =
        text.stderr.split("`caddis forget ").nth(1).and_then(|rest| rest.split('`').next()).expect("a proposal");
    env.run(["forget", proposal]).ok();
    env.run(["forget", "--keep-monthly", "12"]).ok();
}

#[test]
fn prune_follows_if_asked_for() {
    let env = TestEnv::new();
    env.init(&[]);
    for (n, day) in DAYS[..3].iter().enumerate() {
        // Digits that do not repeat: each version has packs of its own.
        let line = |at: u64| format!("{}\n", (at + 1_000_000 * n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        env.file("src/a", &(0..40_000).map(line).collect::<String>());
        // Nothing of a snapshot may be a base of the next one.
        env.backup(&["--time", day, "--delta", "off"]);
    }
    let packs = || env.objects("packs").len();
    let (before, first) = (packs(), id(&env, 0));
    let dry = env.run(["forget", "--keep-last", "1", "--prune", "--dry-run"]).ok();
    dry.has("Would have removed 2").has("to delete:").has("nothing was changed (dry run)");
    assert_eq!((left(&env).len(), packs()), (3, before));
    // Nothing goes, so nothing is freed.
    env.run(["forget", "--keep-last", "3", "--prune"]).ok().has_not("freed");
    assert_eq!((left(&env).len(), packs()), (3, before));
    let run = env.run(["forget", "--prune", "--max-unused", "unlimited", "--max-repack-size", "1G", &first]).ok();
    run.has("removed snapshot").has("freed");
    let after = packs();
    assert!(after < before, "{after} of {before}");
    // Its data are gone for good.
    env.run(["snapshots", "--deleted"]).ok().has("\n0 snapshots\n");
    env.run(["undelete", &first]).expect(1);
    let run =
        env.run(["--json", "forget", "--keep-last", "1", "--prune", "--max-unused", "0", "--max-rewrite", "1G"]).ok();
    assert_eq!(times(&run.json()[0]["remove"]).len(), 1);
    let summary: Value = serde_json::from_str(run.stderr.trim()).expect("one JSON object");
    assert_eq!(summary["message_type"], "summary");
    assert!(summary["packs_removed"].as_u64() > Some(0), "{summary}");
    assert!(packs() < after);
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn what_stays_and_what_goes_is_shown_in_tables() {
    let env = made(&DAYS);
    let run = env.run(["forget", "--dry-run", "--keep-last", "1"]).ok();
    assert!(!run.stdout.contains("\\n"), "{}", run.stdout);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines.iter().any(|line| line.starts_with("ID ") && line.contains("Reasons")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("last snapshot")), "{lines:?}");
}

#[test]
fn a_snapshot_whose_decision_is_lost_can_be_given_up() {
    let env = made(&DAYS);
    let id = id(&env, 0);
    for name in ["snapshots", "replica/snapshots"] {
        std::fs::remove_file(env.path("repo").join(name).join(&id)).expect("ours");
    }
    env.run(["--accept-rollback", "snapshots"]).ok();
    env.run(["prune"]).expect(6).complains(&id);
    env.run(["forget", &id]).ok().has("whose decision is lost");
    // Other snapshots need what it had stored.
    env.run(["prune"]).expect(6).complains("caddis repair index");
    env.run(["repair", "index"]).expect(5);
    env.run(["prune", "--max-unused", "0"]).ok();
    env.run(["check", "--read-data"]).ok();
    env.run(["forget", &id]).expect(1);
}

#[test]
fn options_of_prune_need_a_prune() {
    let env = made(&DAYS);
    env.run(["forget", "--keep-last", "1", "--max-unused", "5%"]).expect(2).complains("belong to --prune");
}
