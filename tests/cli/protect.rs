//! Protection from being forgotten, and how forgotten snapshots come back.
use serde_json::Value;

use crate::testenv::TestEnv;

fn two() -> TestEnv {
    let env = TestEnv::ready();
    env.backup(&["--time", "2026-02-27 08:00:00"]);
    env.file("src/a.txt", "alpha, changed");
    env.backup(&["--time", "2026-02-28 08:00:00", "--tag", "x"]);
    env
}

fn ids(env: &TestEnv, args: &[&str]) -> Vec<String> {
    env.snapshots(args).iter().map(|snapshot| snapshot["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn protected_snapshots_are_never_forgotten() {
    let env = two();
    let before = ids(&env, &[]);
    env.run(["protect", "latest~1"])
        .ok()
        .has(&format!("snapshot {} is now ", &before[0][..8]))
        .has("protected for ever");
    let protected = env.snapshots(&[])[0].clone();
    assert_eq!(protected["protected_until"], "forever");
    assert_eq!(protected["original"].as_str(), Some(before[0].as_str()));
    assert!(protected["time"].as_str().expect("a time").starts_with("2026-02-27T08:00:00"));
    env.run(["snapshots"]).ok().has("(protected)");
    let id = protected["id"].as_str().expect("an id").to_owned();
    env.run(["forget", "latest", &id]).expect(1).complains("is protected for ever").complains("caddis unprotect");
    assert_eq!(ids(&env, &[]).len(), 2);
    env.run(["forget", "--keep-last", "1"]).ok().has("No snapshots were removed").has("protected");
    env.run(["forget", "--unsafe-allow-remove-all", "--path", "src"]).ok();
    assert_eq!(ids(&env, &[]), std::slice::from_ref(&id));
    env.run(["protect", &id]).ok().has("protected for ever already");
    env.run(["protect", "--until", "1d", &id]).expect(1).complains("is protected for ever");
    env.run(["unprotect", &id]).ok().has("not protected");
    env.run(["unprotect", "latest"]).ok().has("is not protected\n");
    assert!(env.snapshots(&[])[0]["protected_until"].is_null());
    env.run(["forget", "latest"]).ok();
    assert!(ids(&env, &[]).is_empty());
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn protection_may_end() {
    let env = two();
    env.run(["protect", "--until", "2031-01-01 00:00:00", "latest", "latest~1"]).ok().has("changed 2 snapshots");
    let reasons = |at: &str| {
        let run = env.run(["--json", "forget", "-n", "--keep-last", "1", "--simulate-at", at]).ok();
        run.json()[0]["reasons"]
            .as_array()
            .expect("reasons")
            .iter()
            .map(|reason| reason["matches"].clone())
            .collect::<Vec<Value>>()
    };
    let until = "protected until 2031-01-01 00:00:00";
    assert_eq!(reasons("2030-12-31"), [serde_json::json!([until]), serde_json::json!([until, "last snapshot"])]);
    assert_eq!(reasons("2031-01-01"), [serde_json::json!(["last snapshot"])]);
    // A simulated time ends no protection.
    env.run(["forget", "--keep-last", "1", "--simulate-at", "2031-01-01"]).ok().has("No snapshots were removed");
    env.run(["protect", "--until", "1y6m", "latest"]).expect(1).complains("protected until 2031-01-01");
    env.run(["protect", "--until", "90y", "latest"]).ok().has("protected until 2");
    for bad in ["yesterday", "2020-01-01", "now", "0d"] {
        env.run(["protect", "--until", bad, "latest"]).expect(2);
    }
    env.run(["protect"]).expect(2);
    env.run(["protect", "123456"]).expect(1).complains("No snapshot matches");
}

#[test]
fn changes_are_told_to_scripts() {
    let env = two();
    let before = ids(&env, &[]);
    let run = env.run(["--json", "protect", "--tag", "x", "latest"]).ok();
    let lines = run.json_lines();
    assert_eq!(lines[0]["message_type"], "changed");
    assert_eq!(lines[0]["old_snapshot_id"].as_str(), Some(before[1].as_str()));
    assert_eq!(lines[0]["new_snapshot_id"].as_str(), ids(&env, &[]).get(1).map(String::as_str));
    assert_eq!((&lines[1]["message_type"], &lines[1]["changed_snapshots"]), (&"summary".into(), &1.into()));
    let again = env.run(["--json", "protect", "latest"]).ok();
    assert_eq!(again.json_lines(), [serde_json::json!({"message_type": "summary", "changed_snapshots": 0})]);
}

#[test]
fn forgotten_snapshots_come_back() {
    let env = two();
    let before = ids(&env, &[]);
    env.run(["snapshots", "--deleted"]).ok().has("\n0 snapshots\n");
    env.run(["-v", "forget", "latest~1"]).ok().has("caddis undelete");
    env.run(["snapshots", "--deleted"]).ok().has("Forgotten").has(&before[0][..8]).has("\n1 snapshot\n");
    let listed = env.run(["--json", "snapshots", "--deleted"]).ok().json();
    assert_eq!(listed[0]["id"].as_str(), Some(before[0].as_str()));
    assert_eq!(listed[0]["forgotten"]["reason"], "by id");
    assert_eq!(env.run(["--json", "snapshots", "--deleted", "--tag", "x"]).ok().json(), serde_json::json!([]));
    env.run(["undelete", &before[1][..8]]).expect(1).complains("snapshots --deleted");
    env.run(["undelete", &before[0][..8]]).ok().has(&format!("snapshot {} is now ", &before[0][..8]));
    let back = env.snapshots(&[]);
    assert_eq!(back[0]["original"].as_str(), Some(before[0].as_str()));
    env.run(["snapshots", "--deleted"]).ok().has("\n0 snapshots\n");
    let id = back[0]["id"].as_str().expect("an id");
    env.run(["restore", id, "--target", "out"]).ok();
    let restored = crate::testenv::find(&env.path("out"), "a.txt").expect("restored");
    assert_eq!(std::fs::read_to_string(restored).expect("text"), "alpha");
    env.run(["snapshots", "--deleted", "latest"]).expect(2);
    env.run(["undelete"]).expect(2);
}

#[test]
fn a_protected_snapshot_of_which_something_is_lost_can_be_given_up() {
    let env = TestEnv::new();
    env.file("src/file", "content");
    env.init(&["--parity", "off"]);
    env.backup(&[]);
    env.run(["protect", "latest"]).ok();
    std::fs::remove_dir_all(env.path("repo/packs")).expect("ours");
    std::fs::create_dir(env.path("repo/packs")).expect("ours");
    env.run(["forget", "latest"]).expect(1);
    env.run(["unprotect", "latest"]).ok();
    env.run(["forget", "latest"]).ok();
    env.run(["prune"]).ok();
}
