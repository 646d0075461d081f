//! Variables of the environment, each beside a run without it.
use crate::testenv::{Run, TestEnv};

/// Runs a command with more variables.
fn with(env: &TestEnv, variables: &[(&str, &str)], command: &str) -> Run {
    let set: Vec<String> = variables.iter().map(|(name, value)| format!("export {name}='{value}'; ")).collect();
    env.shell(&format!("{}$CADDIS {command}", set.concat()))
}

#[test]
fn an_option_that_takes_a_value_can_be_a_variable() {
    let env = TestEnv::ready();
    with(&env, &[("CADDIS_EXCLUDE_LARGER_THAN", "1KiB")], "backup src").ok();
    assert!(!env.listed("latest").contains(&"sub/deep/c.txt".to_owned()));
    // The option comes first.
    with(&env, &[("CADDIS_EXCLUDE_LARGER_THAN", "1KiB")], "backup src --exclude-larger-than 1GiB").ok();
    assert!(env.listed("latest").contains(&"sub/deep/c.txt".to_owned()));
    with(&env, &[("CADDIS_COMPRESSION", "banana")], "backup src").expect(2).complains("banana");
    // An empty one is none.
    with(&env, &[("CADDIS_COMPRESSION", "")], "backup src").ok();
    let stored = |mode: &str| {
        let env = TestEnv::ready();
        with(&env, &[("CADDIS_COMPRESSION", mode)], "backup src").ok();
        env.run(["--json", "stats", "--mode", "repository"]).ok().json()["frame_bytes"].as_u64()
    };
    assert!(stored("off") > stored("max"));
    // Flags without a value are not taken from there.
    with(&env, &[("CADDIS_DRY_RUN", "true")], "backup src").ok().has(" saved");
}

#[test]
fn caches_are_old_when_the_variable_says() {
    let env = TestEnv::ready();
    env.backup(&[]);
    env.shell("find cache -type f -exec touch -d '20 days ago' {} +").ok();
    let unused = |days: &str| with(&env, &[("CADDIS_CACHE_MAX_AGE", days)], "cache --cleanup --dry-run").ok().stdout;
    assert!(unused("10").contains("would remove") && unused("25").contains("nothing to remove"), "{}", unused("10"));
}

#[test]
fn other_repositories_have_passwords_of_their_own() {
    let env = TestEnv::ready();
    env.backup(&[]);
    env.file("other", "geheim\n");
    env.run(["-r", "second", "-p", "other", "init", "--kdf-log-n", "4"]).ok();
    env.run(["copy", "--to", "second"]).expect(12);
    for (name, value) in [
        ("CADDIS_TO_PASSWORD", "geheim"),
        ("CADDIS_TO_PASSWORD_FILE", "other"),
        ("CADDIS_TO_PASSWORD_COMMAND", "echo geheim"),
    ] {
        with(&env, &[(name, value)], "copy --to second").ok();
    }
    for (name, value) in [
        ("CADDIS_FROM_PASSWORD", "secret"),
        ("CADDIS_FROM_PASSWORD_COMMAND", "echo secret"),
        ("CADDIS_FROM_PASSWORD_FILE", "own"),
    ] {
        env.file("own", "secret\n");
        let variables = [("CADDIS_FROM_REPOSITORY", "repo"), (name, value)];
        with(&env, &variables, "-r second -p other copy").ok().has("1 there already");
    }
    with(&env, &[("CADDIS_FROM_REPOSITORY", "repo")], "-r second -p other copy").expect(12);
}
