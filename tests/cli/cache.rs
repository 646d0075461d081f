//! `cache`: what this machine keeps, and what goes of it when.
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::testenv::TestEnv;

fn listed(env: &TestEnv) -> Vec<Value> {
    env.run(["--json", "cache"]).ok().json()["repositories"].as_array().expect("an array").clone()
}

/// Every file that is kept was last touched so many days ago.
fn age(env: &TestEnv, days: u64) {
    let mut folders = vec![env.path("cache")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("reads").path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let then = SystemTime::now() - Duration::from_secs(days * 86_400);
                    fs::File::open(path).and_then(|file| file.set_modified(then)).expect("ours");
                }
            }
        }
    }
}

fn folder(env: &TestEnv, id: &str) -> PathBuf {
    env.path("cache").join(id)
}

#[test]
fn a_cache_folder_that_is_made_says_that_it_is_one() {
    let env = TestEnv::ready();
    let tag = fs::read_to_string(env.path("cache/CACHEDIR.TAG")).expect("a tag");
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55\n"), "{tag}");
    env.run(["why", "cache/CACHEDIR.TAG", "--exclude-caches", "cache"]).ok();
    // Folders of others are not called caches.
    fs::create_dir(env.path("other")).expect("new");
    env.run(["snapshots", "--cache-dir", "other"]).ok();
    assert!(!env.path("other/CACHEDIR.TAG").exists() && env.count("other") > 0);
}

#[test]
fn what_is_kept_is_listed_and_cleared_but_for_what_is_remembered() {
    let env = TestEnv::ready();
    env.backup(&[]);
    env.run(["check", "--read-data"]).ok();
    let one = listed(&env).remove(0);
    let id = one["id"].as_str().expect("an id").to_owned();
    assert_eq!(one["places"], serde_json::json!([env.text("repo")]));
    assert!(one["index_bytes"].as_u64() > Some(0) && one["verified_bytes"].as_u64() > Some(0), "{one}");
    assert_eq!(one["seen_places"], 1);
    // Nobody needs a repository or a password for it.
    let mut command = env.command(["cache"]);
    let output = command.env_remove("CADDIS_REPOSITORY").env_remove("CADDIS_PASSWORD").output().expect("runs");
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 repository"), "{output:?}");
    env.run(["cache"]).ok().has("Verified").has("iB in ");
    env.run(["cache", "--no-size"])
        .ok()
        .has(&env.text("repo"))
        .has_not("Verified")
        .has_not("iB")
        .has("1 repository in ");
    env.run(["cache", "--clear", "repo", "-n"]).ok().has("would remove");
    assert_eq!(listed(&env)[0]["index_bytes"], one["index_bytes"]);
    env.run(["cache", "--clear", "repo"]).ok().has("removed");
    let left = listed(&env).remove(0);
    assert_eq!(left["index_bytes"], 0);
    assert_eq!((&left["verified_bytes"], &left["seen_places"]), (&one["verified_bytes"], &one["seen_places"]));
    // It is made again, and checks remember what they did.
    let run = env.run(["--json", "check", "--older-than", "30d"]).ok();
    assert_eq!((&run.summary()["packs_read"], &run.summary()["num_errors"]), (&Value::from(0), &Value::from(0)));
    assert!(listed(&env)[0]["index_bytes"].as_u64() > Some(0));
    env.run(["cache", "--clear", &id[..8], "--memory"]).ok();
    assert!(listed(&env).is_empty() && !folder(&env, &id).exists());
    env.run(["cache", "--clear", "repo"]).expect(2);
    env.run(["cache", "--memory"]).expect(2);
    env.run(["--no-cache", "cache"]).expect(2);
}

#[test]
fn a_clean_up_takes_what_was_not_used_and_a_rollback_is_noticed_after_it() {
    let env = TestEnv::ready();
    env.backup(&[]);
    let other = env.text("other");
    env.run(["-r", &other, "init", "--kdf-log-n", "4"]).ok();
    env.run(["-r", &other, "backup", "src"]).ok();
    age(&env, 40);
    env.run(["snapshots"]).ok();
    env.run(["cache", "--cleanup", "--max-age", "50"]).ok().has("nothing to remove");
    let copy = env
        .shell("cp -a cache cache3; $CADDIS --cache-dir cache3 -v --cleanup-cache snapshots")
        .ok()
        .has("removed the cache of ");
    assert_eq!(copy.stdout.matches("removed the cache").count(), 1, "{copy:?}");
    let run = env.run(["--json", "cache", "--cleanup"]).ok().summary();
    assert_eq!(run["removed"].as_array().map(Vec::len), Some(1), "{run}");
    let sizes = || -> Vec<bool> {
        let all = listed(&env);
        let is_own = |one: &&Value| one["places"] == serde_json::json!([env.text("repo")]);
        let (own, others): (Vec<_>, Vec<_>) = all.iter().partition(is_own);
        own.iter().chain(&others).map(|one| one["index_bytes"].as_u64() > Some(0)).collect()
    };
    assert_eq!(sizes(), [true, false], "that of the other repository went");
    env.run(["cache", "--cleanup"]).ok().has("nothing to remove");
    fs::remove_dir_all(&other).expect("ours");
    env.run(["-r", &other, "--cache-dir", "cache2", "init", "--kdf-log-n", "4"]).ok();
    env.run(["-r", &other, "snapshots"]).expect(4);
    env.run(["cache", "--cleanup", "--memory", "--max-age", "0d"]).ok();
    env.run(["-r", &other, "snapshots"]).ok();
}

#[test]
fn what_a_run_has_open_stays() {
    let env = TestEnv::ready();
    env.backup(&[]);
    // A backup of a stream that does not end yet.
    let script = r#"
        mkfifo pipe
        "$CADDIS" backup --stdin < pipe > out 2>&1 &
        exec 3> pipe
        until [ -n "$(ls repo/sessions)" ]; do sleep 0.05; done
        "$CADDIS" cache --clear repo; echo "code $?"
        exec 3>&-
        wait $! && "$CADDIS" cache --clear repo; echo "code $?"
    "#;
    let run = env.shell(script).ok();
    assert!(run.stdout.contains("code 3") && run.stdout.ends_with("code 0\n"), "{run:?}");
    assert!(run.stderr.contains("A run has the cache of"), "{run:?}");
    env.run(["check"]).ok();
    env.run(["--cache-size", "x", "snapshots"]).expect(2);
    let wrong = env.command(["snapshots"]).env("CADDIS_CACHE_SIZE", "x").output().expect("runs");
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
}
