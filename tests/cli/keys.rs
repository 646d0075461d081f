//! Where passwords come from, and key slots.
use std::process::Stdio;

use crate::testenv::TestEnv;

#[test]
fn passwords_come_from_many_places() {
    let env = TestEnv::ready();
    env.file("password", "secret\n");
    let code = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = env.command(args);
        command.env_remove("CADDIS_PASSWORD").envs(variables.iter().copied());
        command.output().expect("runs").status.code()
    };
    assert_eq!(code(&["snapshots", "--password-file", "password"], &[]), Some(0));
    assert_eq!(code(&["snapshots", "-p", "password"], &[]), Some(0));
    assert_eq!(code(&["snapshots", "--password-command", "echo secret"], &[]), Some(0));
    assert_eq!(code(&["snapshots"], &[("CADDIS_PASSWORD_FILE", "password")]), Some(0));
    assert_eq!(code(&["snapshots"], &[("CADDIS_PASSWORD_COMMAND", "cat password")]), Some(0));
    assert_eq!(code(&["snapshots"], &[("CADDIS_PASSWORD", "secret")]), Some(0));
    // An option comes before every variable, a file or command before the plain password.
    assert_eq!(code(&["snapshots", "-p", "password"], &[("CADDIS_PASSWORD_COMMAND", "echo wrong")]), Some(0));
    assert_eq!(code(&["snapshots"], &[("CADDIS_PASSWORD", "wrong"), ("CADDIS_PASSWORD_FILE", "password")]), Some(0));
    assert_eq!(code(&["snapshots", "-p", "password", "--password-command", "echo x"], &[]), Some(2));
    assert_eq!(
        code(&["snapshots"], &[("CADDIS_PASSWORD_FILE", "password"), ("CADDIS_PASSWORD_COMMAND", "echo secret")]),
        Some(2)
    );
    assert_eq!(code(&["snapshots", "--password-command", "echo secret; exit 1"], &[]), Some(1));
    assert_eq!(code(&["snapshots", "--password-command", "echo wrong"], &[]), Some(12));
    assert_eq!(code(&["snapshots", "-p", "missing"], &[]), Some(1));
    env.run_with_input(["snapshots", "--password-fd", "0"], b"secret\n").ok();
    env.run_with_input(["snapshots", "--password-fd", "0"], b"wrong\n").expect(12);
    env.shell("unset CADDIS_PASSWORD; $CADDIS --password-fd 7 snapshots 7< password").ok();
}

#[test]
fn empty_and_missing_passwords_are_refused() {
    let env = TestEnv::new();
    env.file("empty", "\n");
    env.run(["init", "--kdf-log-n", "4", "-p", "empty"]).expect(1).complains("empty");
    assert!(env.objects("keys").is_empty());
    // Without a terminal there is nobody to ask.
    let run = env.shell("unset CADDIS_PASSWORD; setsid -w $CADDIS init --kdf-log-n 4");
    run.expect(1).complains("--password-file");
}

#[test]
fn a_password_command_does_not_eat_what_is_backed_up() {
    let env = TestEnv::ready();
    let mut command = env.command(["backup", "--stdin", "--password-command", "cat >/dev/null; echo secret"]);
    command.env_remove("CADDIS_PASSWORD").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program is built");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), b"content").expect("it reads");
    assert!(child.wait().expect("it ends").success());
    env.run(["-q", "ls", "-l", "latest"]).ok().has(" 7 ");
}

#[test]
fn key_slots_come_and_go() {
    let env = TestEnv::ready();
    env.file("new", "second\n");
    let cheap = ["--kdf-log-n", "4"];
    let add = ["key", "add", "--new-password-file", "new", "--host", "h2", "--user", "u2", "--label", "spare"];
    env.run(add.iter().chain(&cheap)).ok().has("added key slot ");
    env.run(["key", "list"]).ok().has("h2").has("u2").has("spare").has("*");
    let slots = env.run(["--json", "key", "list"]).ok().json();
    let slots = slots.as_array().expect("an array");
    assert_eq!(slots.len(), 2);
    let of = |current: bool| slots.iter().find(|slot| slot["current"] == current).expect("one of each").clone();
    assert_eq!((&of(false)["hostName"], &of(false)["userName"]), (&"h2".into(), &"u2".into()));
    assert_eq!(of(false)["kdf"]["log_n"], 4);
    let id = |current: bool| of(current)["id"].as_str().expect("text").to_owned();
    let second = |args: &[&str]| {
        let output = env.command(args).env("CADDIS_PASSWORD", "second").output().expect("runs");
        output.status.code()
    };
    assert_eq!(second(&["snapshots"]), Some(0));
    // The one in use stays.
    env.run(["key", "remove", &id(true)]).expect(1);
    env.run(["key", "remove", "ffffffffffff"]).expect(1);
    env.run(["key", "remove", &id(false)[..12]]).ok().has("removed key slot ");
    assert_eq!(second(&["snapshots"]), Some(12));
    env.run(["key", "passwd", "--new-password-command", "echo second"].iter().chain(&cheap)).ok();
    assert_eq!(second(&["snapshots"]), Some(0));
    env.run(["snapshots"]).expect(12);
    assert_eq!(env.objects("keys").len(), 1);
}

#[test]
fn a_weak_slot_is_refused_unless_allowed() {
    let env = TestEnv::ready();
    let run = env.command(["snapshots"]).env_remove("CADDIS_KDF_FLOOR").output().expect("runs");
    assert_ne!(run.status.code(), Some(0));
    env.run(["snapshots", "--kdf-floor", "4"]).ok();
}

#[test]
fn no_slot_is_made_that_could_not_be_opened() {
    let env = TestEnv::new();
    let refused = |args: &[&str], cost: &str, floor: &str| {
        let output =
            env.command([args, &["--kdf-log-n", cost]].concat()).env("CADDIS_KDF_FLOOR", floor).output().expect("runs");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    };
    for cost in ["0", "4", "13", "21", "22"] {
        refused(&["init"], cost, "14");
        assert!(!env.path("repo").exists());
    }
    env.init(&[]);
    for command in ["add", "passwd"] {
        refused(&["key", command, "--new-password-command", "echo new"], "4", "5");
        refused(&["key", command, "--new-password-command", "echo new"], "21", "1");
    }
    assert_eq!(env.objects("keys").len(), 1);
    env.run(["snapshots"]).ok();
}

#[test]
fn a_new_password_may_come_with_new_notes() {
    let env = TestEnv::ready();
    let options = ["--host", "h9", "--user", "u9", "--label", "desk", "--kdf-log-n", "5"];
    env.run(["key", "passwd", "--new-password-command", "echo next"].into_iter().chain(options)).ok();
    let output = env.command(["--json", "key", "list"]).env("CADDIS_PASSWORD", "next").output().expect("runs");
    let slots: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let slot = &slots[0];
    assert_eq!((&slot["hostName"], &slot["userName"], &slot["label"]), (&"h9".into(), &"u9".into(), &"desk".into()));
    assert_eq!(slot["kdf"]["log_n"], 5);
}

#[test]
fn a_hint_says_which_slot_is_tried_first() {
    let env = TestEnv::ready();
    env.run(["key", "add", "--new-password-command", "echo secret", "--kdf-log-n", "4"]).ok();
    let current = |options: &[&str]| {
        let slots = env.run([&["--json", "key", "list"], options].concat()).ok().json();
        let current = slots.as_array().expect("an array").iter().find(|slot| slot["current"] == true).cloned();
        current.expect("one of them")["id"].as_str().expect("text").to_owned()
    };
    let ids: Vec<String> = env.run(["list", "keys"]).ok().stdout.lines().map(str::to_owned).collect();
    assert_eq!(ids.len(), 2);
    for id in &ids {
        assert_eq!(current(&["--key-hint", &id[..12]]), *id);
        let run = env.shell(&format!("CADDIS_KEY_HINT={id} $CADDIS key list")).ok();
        assert!(run.stdout.contains(&format!("*{}", &id[..8])), "{run:?}");
    }
    // One that is of no use does no harm.
    assert!(ids.contains(&current(&["--key-hint", "none"])));
}

#[test]
fn an_empty_password_is_taken_from_whoever_insists() {
    let env = TestEnv::new();
    env.file("src/a", "x");
    let run = |args: &str| env.shell(&format!("unset CADDIS_PASSWORD; setsid -w $CADDIS {args}"));
    run("init --kdf-log-n 4").expect(1);
    run("--insecure-no-password init --kdf-log-n 4").ok();
    run("backup src --insecure-no-password").ok();
    run("snapshots").expect(1);
    env.run(["snapshots"]).expect(12);
    env.run(["snapshots", "--insecure-no-password"]).expect(2).complains("empty password");
    run("snapshots --insecure-no-password -p src/a").expect(2).complains("empty password");
    // Others can be added, and the empty one as well.
    run("--insecure-no-password key passwd --kdf-log-n 4 --new-password-command 'echo secret'").ok();
    run("snapshots --insecure-no-password").expect(12);
    env.run(["key", "add", "--new-insecure-no-password", "--kdf-log-n", "4"]).ok();
    run("snapshots --insecure-no-password").ok().has("1 snapshot");
    env.run(["key", "passwd", "--new-insecure-no-password", "--kdf-log-n", "4"]).ok();
    env.run(["snapshots"]).expect(12);
    env.run(["key", "add", "--new-insecure-no-password", "--new-password-file", "x"]).expect(2);
}
