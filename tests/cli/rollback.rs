//! Storage that was rolled back or exchanged is noticed.
use std::fs;
use std::path::Path;

use crate::testenv::TestEnv;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("new");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        match entry.file_type().expect("known").is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("reads")),
        }
    }
}

fn put_back(env: &TestEnv, copy_of: &str) {
    fs::remove_dir_all(env.path("repo")).expect("ours");
    copy(&env.path(copy_of), &env.path("repo"));
}

#[test]
fn an_older_state_is_an_alarm_until_it_is_accepted() {
    let env = TestEnv::ready();
    env.backup(&[]);
    copy(&env.path("repo"), &env.path("old"));
    env.file("src/a.txt", "alpha 2");
    env.backup(&[]);
    // Nothing has listed the newest snapshot since it was made.
    put_back(&env, "old");
    for command in [&["snapshots"][..], &["check"], &["restore", "latest", "--target", "out"], &["backup", "src"]] {
        let run = env.run(command).expect(4);
        assert!(run.stderr.contains("are gone") && run.stderr.contains("--accept-rollback"), "{run:?}");
    }
    assert!(!env.path("out/src").exists());
    let run = env.run(["--json", "snapshots"]).expect(4);
    assert!(run.stderr.contains("\"code\":4"), "{run:?}");
    // Another machine has no memory of it, and does not change what this one knows.
    assert_eq!(env.run(["--cache-dir", "other", "snapshots"]).code, Some(0));
    assert_eq!(env.run(["--no-cache", "snapshots"]).code, Some(0));
    env.run(["snapshots"]).expect(4);
    env.run(["--accept-rollback", "snapshots"]).ok();
    env.run(["snapshots"]).ok();
    env.backup(&[]);
    env.run(["check"]).ok();
}

#[test]
fn another_repository_in_the_same_place_is_an_alarm() {
    let env = TestEnv::ready();
    env.backup(&[]);
    fs::rename(env.path("repo"), env.path("first")).expect("ours");
    // Whoever makes a repository means it.
    env.init(&[]);
    env.backup(&[]);
    fs::rename(env.path("repo"), env.path("second")).expect("ours");
    copy(&env.path("first"), &env.path("repo"));
    let run = env.run(["snapshots"]).expect(4);
    assert!(run.stderr.contains("was here before"), "{run:?}");
    env.run(["key", "list"]).expect(4);
    env.run(["--accept-rollback", "key", "list"]).ok();
    env.run(["snapshots"]).ok();
    // A repository may move.
    env.run(["-r", "second", "snapshots"]).ok();
    env.run(["-r", "first", "snapshots"]).ok();
}

#[test]
fn a_place_that_lost_its_repository_gets_no_new_one_by_the_way() {
    let env = TestEnv::ready();
    env.backup(&[]);
    fs::rename(env.path("repo"), env.path("away")).expect("ours");
    let run = env.run(["backup", "--init", "src"]).expect(4);
    assert!(run.stderr.contains("is everything mounted"), "{run:?}");
    fs::create_dir(env.path("repo")).expect("new");
    env.run(["backup", "--init", "src"]).expect(4);
    env.run(["--accept-rollback", "backup", "--init", "src"]).ok();
    env.run(["snapshots"]).ok();
}

#[test]
fn a_damaged_memory_is_told_and_begins_anew() {
    let env = TestEnv::ready();
    env.backup(&[]);
    let memory = fs::read_dir(env.path("cache/seen")).expect("a memory").flatten().next().expect("a file").path();
    env.damage(&memory);
    env.run(["snapshots"]).ok().complains("remembered of the repository is damaged");
    let run = env.run(["snapshots"]).ok();
    assert!(!run.stderr.contains("remembered"), "{run:?}");
}

#[test]
fn a_forgotten_snapshot_that_is_back_is_an_alarm() {
    let env = TestEnv::ready();
    env.backup(&[]);
    let name = env.objects("snapshots")[0].file_name().expect("named").to_owned();
    // A tombstone that this machine has seen; what is in it is not looked at for that.
    fs::create_dir_all(env.path("repo/tombs")).expect("ours");
    let tomb = env.path("repo/tombs").join(name);
    fs::write(&tomb, "x").expect("ours");
    env.run(["snapshots"]).ok();
    fs::remove_file(tomb).expect("ours");
    env.run(["snapshots"]).expect(4).complains("forgotten are back");
}
