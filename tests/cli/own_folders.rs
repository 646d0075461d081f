//! The repository and the cache in what is backed up, and in what is restored over.
use crate::testenv::{Run, TestEnv};

/// Top levels of what a listing has.
fn listed(env: &TestEnv, beneath: &str) -> Vec<String> {
    let run = env.run(["-q", "ls", "latest"]).ok();
    let mut found: Vec<String> =
        run.stdout.lines().filter_map(|line| line.strip_prefix(beneath)).map(ToOwned::to_owned).collect();
    found.sort();
    found
}

#[test]
fn they_are_left_out_of_a_backup_of_what_they_are_in() {
    let env = TestEnv::ready();
    let repo = env.text("repo");
    let run = env.run(["backup", "."]).ok().has(&format!("left out the repository itself: {repo}\n")).has_not("cache");
    assert!(!run.stderr.contains("repository"), "{run:?}");
    assert_eq!(listed(&env, "/repo"), [""; 0]);
    assert_eq!(listed(&env, "/cache"), [""; 0]);
    // A folder that was there before may have other things in it.
    env.shell("rm cache/CACHEDIR.TAG && touch cache/mine").ok();
    env.run(["backup", "."]).ok();
    let found = listed(&env, "/cache");
    assert_eq!(found[..3], ["", "/mine", "/seen"], "{found:?}");
    assert_eq!(found.len(), 4, "{found:?}");
    // By its path, and with all that is told.
    let whole = env.text("");
    let run = env.run(["-v", "backup", &whole]).ok().has("left out the repository").has("left out a cache");
    assert_eq!(run.stdout.matches("left out").count(), 2, "{run:?}");
    let summary = env.run(["--json", "backup", &whole]).ok().summary();
    assert_eq!(summary["left_out"].as_array().map(Vec::len), Some(2), "{summary}");
    assert_eq!(env.backup(&[]).get("left_out"), None);
    // It is known by what it is.
    env.shell("mv repo moved && ln -s moved repo").ok();
    env.run(["backup", "."]).ok().has("left out the repository itself").has("/moved");
}

#[test]
fn all_repositories_of_a_run_are_left_out() {
    let env = TestEnv::ready();
    env.shell("mkdir second").ok();
    env.run(["--repo", "second/repo", "init", "--kdf-log-n", "4"]).ok();
    let run = env.run(["--repo", "repo", "--repo", "second/repo", "backup", "."]).ok();
    assert_eq!(run.stdout.matches("left out the repository itself").count(), 4, "{run:?}");
    assert_eq!(listed(&env, "/second"), [""]);
    // A restore that is given one of them does not take the other for something that is too much.
    env.file("second/extra", "of later");
    for dry in [&["-n"][..], &[]] {
        let run = env.run([&["restore", "latest", "-t", ".", "--delete"], dry].concat()).expect(1);
        run.complains("/second/repo").complains("looks like a repository");
        assert_eq!(env.path("second/extra").exists(), !dry.is_empty());
    }
    env.run(["-r", "second/repo", "check"]).ok();
}

#[test]
fn what_is_named_is_backed_up() {
    let env = TestEnv::ready();
    env.run(["backup", "repo"]).ok().has_not("left out");
    assert!(listed(&env, "/repo/").iter().any(|path| path.starts_with("config/")));
    env.run(["backup", ".", "repo/config"]).ok();
    let found = listed(&env, "/repo/");
    assert!(!found.is_empty() && found.iter().all(|path| path.starts_with("config")), "{found:?}");
}

#[test]
fn why_tells_it() {
    let env = TestEnv::ready();
    env.run(["why", "repo/config", "."]).ok().has("not backed up because of").has("it is the repository");
    env.run(["why", "repo/config", "repo"]).ok().has(": backed up");
    env.run(["why", "src", "."]).ok().has(": backed up");
    let answer = env.run(["--json", "why", "repo", "."]).ok().json();
    assert_eq!((&answer["included"], &answer["reason"]), (&false.into(), &"own_repository".into()));
}

#[test]
fn restoring_over_the_repository_leaves_it_as_it_is() {
    let env = TestEnv::ready();
    env.run(["backup", "."]).ok();
    env.file("extra", "of later");
    let restore = |more: &[&str]| env.run([&["restore", "latest", "-t", "."], more].concat());
    restore(&["--delete", "-n"]).ok().has(", deleted 1");
    restore(&["--delete"]).ok().has(", deleted 1");
    assert!(!env.path("extra").exists());
    env.run(["check"]).ok();
    // Nor is it removed with a directory that the snapshot does not have.
    env.shell("mkdir new && mv repo new/repo && ln -s new/repo repo").ok();
    restore(&["--delete"]).ok();
    env.shell("CADDIS_REPOSITORY=new/repo $CADDIS check").ok();
    env.shell("[ -d new/repo ] && rm -f repo && mv new/repo repo").ok();
    // One that has it.
    env.run(["backup", "repo", "src"]).ok();
    let before = env.count("repo");
    let run: Run = restore(&["--delete"]).expect(3);
    run.complains("/repo: It is the repository that is read from");
    assert_eq!(env.count("repo"), before);
    for target in ["repo/config/out", "nowhere/../repo/out"] {
        env.run(["restore", "latest", "-t", target]).expect(2).complains("in the repository itself");
    }
    env.run(["check"]).ok();
}
