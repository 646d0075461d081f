//! Usage, places, exit codes, output that nobody reads.
use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::testenv::TestEnv;

#[test]
fn a_round_trip() {
    let env = TestEnv::new();
    env.file("src/a.txt", "alpha");
    env.file("src/sub/b.txt", "beta");
    env.init(&[]).has("created repository").has("Losing the password");
    env.run(["backup", "src"])
        .ok()
        .has("Files:      2 new,     0 changed,     0 unmodified")
        .has("Added to the repository: ")
        .has("processed 2 files, 9 B in 0:0")
        .has(" saved\n");
    env.run(["backup", "src"]).ok().has("Files:      0 new,     0 changed,     2 unmodified");
    env.run(["snapshots"]).ok().has("ID ").has("2 snapshots\n");
    env.run(["ls", "latest"]).ok().has("a.txt\n").has("b.txt\n");
    env.run(["restore", "latest", "--target", "out"]).ok().has("Summary: Restored");
    assert_eq!(
        fs::read_to_string(crate::testenv::find(&env.path("out"), "b.txt").expect("restored")).expect("text"),
        "beta"
    );
    env.run(["check", "--read-data"]).ok().has("no errors were found");
}

#[test]
fn usage_errors_are_2() {
    let env = TestEnv::new();
    for args in [
        &["frobnicate"][..],
        &["backup", "--no-such-option"],
        &["init", "--parity", "0+1"],
        &["init", "--pack-size", "3MiB"],
        &["init", "--chunker", "3,2,1"],
        &["check", "--read-data-subset", "9/2"],
        &["backup"],
        &["backup", "--stdin", "x"],
        &["backup", "src", "--time", "tomorrow"],
        &["cat", "blob"],
        &["ls", "latest", "relative"],
        &["restore", "latest", "--target", "/", "--delete"],
        &["-r", "rest:http://host/x", "snapshots"],
    ] {
        let run = env.run(args).expect(2);
        assert!(!run.stderr.is_empty() && run.stdout.is_empty(), "{run:?}");
    }
    let run = env.run(["--json", "frobnicate"]).expect(2);
    let error: serde_json::Value = serde_json::from_str(&run.stderr).expect("one JSON object");
    assert_eq!((&error["message_type"], &error["code"]), (&"exit_error".into(), &2.into()));
    env.run(["--help"]).ok().has("Back up and restore:");
    env.run(["--version"]).ok().has("caddis ");
    assert_eq!(env.run(["--json", "version"]).ok().json()["message_type"], "version");
}

#[test]
fn places_that_are_no_repository_are_10() {
    let env = TestEnv::new();
    env.run(["snapshots"]).expect(10).complains("caddis: ").complains("repo");
    let run = env.run(["-r", "no/such/place", "init", "--kdf-log-n", "4"]).expect(10).complains("`mkdir -p`");
    assert!(!run.stderr.contains("caddis init"), "{run:?}");
    fs::create_dir(env.path("repo")).expect("new");
    env.run(["snapshots"]).expect(10);
    env.run(["backup", "src"]).expect(10);
    let run = env.run(["--json", "snapshots"]).expect(10);
    let error: serde_json::Value = serde_json::from_str(run.stderr.trim()).expect("one JSON object");
    assert_eq!((&error["message_type"], &error["code"]), (&"exit_error".into(), &10.into()));
    // An empty folder may become one.
    env.init(&[]);
    env.run(["snapshots"]).ok();
    let again = env.run(["init", "--kdf-log-n", "4"]).expect(1);
    again.complains("already");
}

#[test]
fn wrong_passwords_are_12() {
    let env = TestEnv::ready();
    let run = env.command(["snapshots"]).env("CADDIS_PASSWORD", "wrong").output().expect("runs");
    assert_eq!(run.status.code(), Some(12));
    assert!(String::from_utf8_lossy(&run.stderr).starts_with("caddis: Wrong password"), "{run:?}");
}

#[test]
fn a_refused_repository_is_13() {
    let env = TestEnv::ready();
    let keys = env.path("repo/keys");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o000)).expect("ours");
    // The superuser is refused nothing; then there is nothing to see here.
    let refused = fs::read_dir(&keys).is_err();
    let run = env.run(["snapshots"]);
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o700)).expect("ours");
    if refused {
        run.expect(13).complains("caddis: ");
    } else {
        run.ok();
    }
}

#[test]
fn the_repository_is_named_in_many_ways() {
    let env = TestEnv::ready();
    let repo = env.text("repo");
    let without = |args: &[&str]| {
        let mut command = env.command(args);
        command.env_remove("CADDIS_REPOSITORY");
        command
    };
    let code = |mut command: std::process::Command| command.output().expect("runs").status.code();
    assert_eq!(code(without(&["snapshots"])), Some(2));
    assert_eq!(code(without(&["snapshots", "-r", &repo])), Some(0));
    assert_eq!(code(without(&["--repo", &format!("file://{repo}"), "snapshots"])), Some(0));
    assert_eq!(code(without(&["--repo", "local:repo", "snapshots"])), Some(0));
    let place = env.file("place", &format!("{repo}\n"));
    let place = place.to_str().expect("plain");
    assert_eq!(code(without(&["--repository-file", place, "snapshots"])), Some(0));
    assert_eq!(code(without(&["--repository-file", place, "-r", &repo, "snapshots"])), Some(2));
    let mut by_variable = without(&["snapshots"]);
    by_variable.env("CADDIS_REPO", &repo);
    assert_eq!(code(by_variable), Some(0));
    let mut by_file = without(&["snapshots"]);
    by_file.env("CADDIS_REPOSITORY_FILE", place);
    assert_eq!(code(by_file), Some(0));
    // The option comes before the variable.
    env.run(["-r", "elsewhere", "snapshots"]).expect(10);
}

#[test]
fn variables_stand_in_for_options() {
    let env = TestEnv::ready();
    let run = env.command(["backup", "src"]).env("CADDIS_TAG", "from-env").output().expect("runs");
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    env.backup(&["--tag", "from-option"]);
    let tags: Vec<String> = env.snapshots(&[]).iter().map(|snapshot| snapshot["tags"][0].to_string()).collect();
    assert_eq!(tags, ["\"from-env\"", "\"from-option\""]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let env = TestEnv::ready();
    for n in 0..3_000 {
        env.file(&format!("src/many/{n:0>200}"), "x");
    }
    env.backup(&[]);
    // More output than a pipe holds: the program meets the closed pipe.
    let run = env.shell("$CADDIS ls latest | head -n 1; echo ${PIPESTATUS[0]}");
    assert!(run.stdout.ends_with("\n0\n") && run.stderr.is_empty(), "{run:?}");
    let run = env.shell("$CADDIS backup -vv --force src | head -n 1; echo ${PIPESTATUS[0]}");
    assert!(run.stdout.ends_with("\n0\n"), "{run:?}");
    assert_eq!(env.snapshots(&[]).len(), 2);
    let run = env.shell("$CADDIS ls latest > /dev/full; echo $?");
    assert!(run.stdout.ends_with("1\n") && run.stderr.contains("standard output"), "{run:?}");
}

#[test]
fn quiet_verbose_and_json_say_what_they_should() {
    let env = TestEnv::ready();
    let quiet = env.run(["-q", "backup", "src"]).ok();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    env.run(["backup", "src"]).ok().has_not("a.txt");
    env.file("src/new.txt", "new");
    env.run(["backup", "-vv", "src"]).ok().has("new       ").has("new.txt").has("unchanged");
    env.file("src/newer.txt", "newer");
    let run = env.command(["--json", "-vv", "backup", "src"]).env("CADDIS_PROGRESS_FPS", "60").output().expect("runs");
    let text = String::from_utf8(run.stdout).expect("JSON is UTF-8");
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["message_type"] == kind).count();
    assert!(of("status") > 0 && of("verbose_status") > 0, "{text}");
    assert_eq!(of("summary"), 1);
    let scanned = lines.iter().find(|line| line["action"] == "scan_finished").expect("the files were counted");
    let summary = lines.last().expect("some");
    assert_eq!(scanned["total_files"], summary["total_files_processed"], "{scanned}");
    assert!(scanned["duration"].is_f64(), "{scanned}");
    let directories = &env.snapshots(&["latest"])[0]["summary"];
    assert_eq!(directories["dirs_new"], 0, "{directories}");
    assert!(directories["dirs_changed"].as_u64() > Some(0), "{directories}");
    let new = lines.iter().find(|line| line["action"] == "new").expect("one is new");
    assert!(new["item"].as_str().is_some_and(|item| item.ends_with("newer.txt")), "{new}");
    // In a log that asks for it there is a line about progress.
    let run = env.command(["-v", "backup", "--force", "src"]).env("CADDIS_PROGRESS_FPS", "60").output().expect("runs");
    assert!(String::from_utf8_lossy(&run.stderr).contains("[0:0"), "{run:?}");
}

#[test]
fn caches_go_where_they_should() {
    let env = TestEnv::ready();
    env.run(["backup", "src", "--cache-dir", "here"]).ok();
    assert!(env.path("here").read_dir().is_ok_and(|mut entries| entries.next().is_some()));
    fs::remove_dir_all(env.path("cache")).ok();
    env.run(["backup", "src", "--no-cache"]).ok();
    assert!(!env.path("cache").exists());
    let run = env
        .command(["snapshots"])
        .env_remove("CADDIS_CACHE_DIR")
        .env("XDG_CACHE_HOME", env.path("xdg"))
        .output()
        .expect("runs");
    assert_eq!(run.status.code(), Some(0));
}

#[test]
fn signals_end_a_backup_in_order() {
    let env = TestEnv::ready();
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let script = format!(
            "$CADDIS backup --stdin-from-command -- bash -c 'echo begun; touch running; exec sleep 30 2>/dev/null' & pid=$!
             while ! test -e running; do sleep 0.05; done
             sleep 0.3; kill -{signal} $pid; sleep 0.2; kill -{signal} $pid; wait $pid; echo $?; rm running"
        );
        let run = env.shell(&script);
        assert!(run.stdout.ends_with(&format!("{code}\n")), "{run:?}");
    }
    // The repository is none the worse for it.
    env.backup(&[]);
    env.run(["check"]).ok();
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let env = TestEnv::new();
    let ssh = env.file("bin/ssh", "#!/bin/sh\nexec sleep 300\n");
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).expect("ours");
    let call =
        "PATH=\"$PWD/bin:$PATH\" timeout -s KILL 30 $CADDIS -r sftp:host:/srv -o timeout=1 -o retries=0 snapshots";
    env.shell(call).expect(1).complains("no answer within 1 s");
}
