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

#[test]
fn options_of_every_command_have_variables_too() {
    let env = TestEnv::ready();
    // In a folder they are of no use, which is told.
    for (name, value, told) in [
        ("CADDIS_LIMIT_UPLOAD", "5MiB", "--limit-upload"),
        ("CADDIS_LIMIT_DOWNLOAD", "5MiB", "--limit-download"),
        ("CADDIS_CACERT", "file.pem", "cacert"),
        ("CADDIS_TLS_CLIENT_CERT", "file.pem", "tls_client_cert"),
        ("CADDIS_AT", "2=/srv", "There is no location 2"),
        ("CADDIS_RETRY_LOCK", "soon", "soon"),
    ] {
        with(&env, &[(name, value)], "snapshots").expect(2).complains(told);
        with(&env, &[(name, "")], "snapshots").ok();
    }
    env.file("password", "secret\n");
    let fd = "unset CADDIS_PASSWORD; export CADDIS_PASSWORD_FD=3; ";
    env.shell(&format!("{fd} $CADDIS snapshots 3< password")).ok();
    env.shell(&format!("{fd} $CADDIS snapshots --password-file password 3< /dev/null")).ok();
    env.shell("CADDIS_PASSWORD_FD=x $CADDIS snapshots").expect(2).complains("CADDIS_PASSWORD_FD");
    // What a file's command is told of its owner.
    env.backup(&[]);
    let command = "echo \"$CADDIS_UID:$CADDIS_GID:$CADDIS_UNAME:$CADDIS_GNAME\" > owner";
    env.run(["restore", "latest", "--include", "a.txt", "--to-command", command]).ok();
    let owner = env.shell("stat -c %u:%g:%U:%G src/a.txt").ok().stdout;
    assert_eq!(std::fs::read_to_string(env.path("owner")).expect("written"), owner);
}
