//! Names of snapshots.
use crate::testenv::TestEnv;

/// Snapshots of three days: labels a, b, a.
fn days() -> TestEnv {
    let env = TestEnv::ready();
    for (time, label) in [("2026-03-01 10:00:00", "a"), ("2026-03-02 10:00:00", "b"), ("2026-03-03 10:00:00", "a")] {
        env.file("src/when", time);
        env.backup(&["--time", time, "--label", label]);
    }
    env
}

#[test]
fn a_time_names_the_newest_snapshot_not_after_it() {
    let env = days();
    let time = |selector: &str| {
        let run = env.run(["--json", "snapshots", selector]).ok();
        run.json()[0]["time"].as_str().expect("a time")[..10].to_owned()
    };
    for (selector, day) in [
        ("latest@{2026-03-02}", "2026-03-02"),
        ("latest@{2026-03-02 09:59:59}", "2026-03-01"),
        ("latest@{2026-03-02 10:00:00}", "2026-03-02"),
        ("latest@{2026-03-02T12:00:00+03:00}", "2026-03-01"),
        ("@a@{2026-03-02}", "2026-03-01"),
        ("@{2026-03}", "2026-03-03"),
        ("@{2026-03}~2", "2026-03-01"),
        ("@{now}", "2026-03-03"),
        ("@b@{1 hour ago}", "2026-03-02"),
        ("@{yesterday}", "2026-03-03"),
    ] {
        assert_eq!(time(selector), day, "{selector}");
    }
    env.run(["snapshots", "latest@{2026-02-28}"]).expect(1).complains("No snapshot matches");
    env.run(["snapshots", "latest@{soon}"]).expect(1).complains("2 days ago");
    env.run(["snapshots", "latest@{now"]).expect(1).complains("}");
    env.run(["snapshots", "1a2b@{now}"]).expect(1).complains("@LABEL");
    env.run(["--help"]).ok().has("latest@{2026-03-01}");
}

#[test]
fn every_command_understands_it() {
    let env = days();
    let when = |selector: &str, path: &str| {
        env.run(["restore", selector, "-t", path]).ok();
        let file = crate::testenv::find(&env.path(path), "when").expect("restored");
        std::fs::read_to_string(file).expect("text")
    };
    assert_eq!(when("latest@{2026-03-02 23:00}", "whole"), "2026-03-02 10:00:00");
    let source = "/src";
    assert_eq!(when(&format!("@a@{{2026-03-02 23:00:00}}:{source}"), "part"), "2026-03-01 10:00:00");
    assert!(env.path("part/when").exists());
    env.run(["ls", "latest@{2026-03-01 12:00:00}"]).ok().has("2026-03-01");
    env.run(["stats", "@{2026-03-01}"]).ok();
    env.run(["cat", "snapshot", "@{2026-03-01}"]).ok().has("\"a\"");
    env.run(["cat", "tree", &format!("@{{2026-03-01 20:00}}:{source}")]).ok().has("when");
    env.run(["dump", "@{2026-03-01 20:00}", "/src/when"]).ok().has("2026-03-01 10:00:00");
    env.run(["diff", "latest@{2026-03-01 20:00}", "@{2026-03-02}"]).ok().has("/src/when");
    env.run(["du", "@{2026-03-01 20:00:00}"]).ok();
    env.run(["find", "--snapshot", "@{2026-03-01 20:00}", "when"]).ok().has("/src/when");
    env.run(["protect", "@{2026-03-01}"]).ok();
    env.run(["unprotect", "@{2026-03-01}"]).ok();
    env.backup(&["--parent", "@{2026-03-01 20:00}"]);
    env.run(["forget", "latest@{2026-03-02 20:00}"]).ok();
    assert!(env.snapshots(&[]).iter().all(|snapshot| snapshot["label"] != "b"));
    env.run(["forget", "latest@{2026-03-02 20:00}:/x"]).expect(1).complains("a part of a snapshot");
}
