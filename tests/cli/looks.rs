//! How help and results look: snapshots of what users see. `tests/refresh` writes them anew; look at the difference.
use std::fs;
use std::process::Command;

use insta::{assert_snapshot, with_settings};

use crate::testenv::TestEnv;

/// A command line of help, 100 characters wide wherever the test runs.
fn help(env: &TestEnv, command: &str) -> String {
    let mut args: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).collect();
    args.push("--help");
    let output = env.command(&args).env("COLUMNS", "100").output().expect("runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn help_of_every_command() {
    let env = TestEnv::new();
    env.run(["generate", "--man", "man"]).ok();
    let pages = fs::read_dir(env.path("man")).expect("pages").flatten();
    let mut commands: Vec<String> = pages
        .filter_map(|page| {
            Some(page.file_name().to_str()?.strip_prefix("caddis-")?.strip_suffix(".1")?.replace('-', " "))
        })
        .collect();
    // As `caddis unlock --help` tells it; it has no page.
    commands.push("unlock".to_owned());
    commands.sort();
    let mut text = format!("$ caddis --help\n{}", help(&env, ""));
    for command in commands {
        let whole = help(&env, &command);
        // What is the same in all of them stands once, above.
        let own = whole.split_once("\nOptions of every command:\n").map_or(&*whole, |(own, _)| own);
        let examples =
            whole.split_once("\nExamples:\n").map_or(String::new(), |(_, lines)| format!("\nExamples:\n{lines}"));
        text.push_str(&format!("\n$ caddis {command} --help\n{}\n{}", own.trim_end(), examples));
    }
    with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, { assert_snapshot!("help", text) });
}

/// What a user sees on a first day: commands and what they print, with what differs from run to run made equal.
#[test]
fn results_of_the_main_commands() {
    let env = TestEnv::new();
    env.file("src/a.txt", "alpha");
    env.file("src/sub/b.log", &"beta ".repeat(1000));
    for (path, mode) in [("src/a.txt", "644"), ("src/sub/b.log", "644"), ("src/sub", "755"), ("src", "755")] {
        for (program, value) in [("chmod", mode), ("touch", "--date=2026-01-01T00:00:00Z"), ("chown", ":")] {
            let done = Command::new(program).arg(value).arg(env.path(path)).status().expect("there");
            assert!(done.success(), "{program} {path}");
        }
    }
    let mut text = String::new();
    let mut show = |line: &str| {
        let args: Vec<&str> = line.split(' ').collect();
        let run = env.run(&args);
        text.push_str(&format!("$ caddis {line}\n{}{}", run.stdout, run.stderr));
        match run.code {
            Some(0) => text.push('\n'),
            code => text.push_str(&format!("[exit code {}]\n\n", code.expect("no signal"))),
        }
    };
    for line in [
        "snapshots",
        "init --kdf-log-n 4 --parity 4+2",
        "backup --host web --time 2026-01-02 src",
        "backup --host web --time 2026-01-03 --tag nightly src missing",
        "backup --host web --time 2026-01-04 --dry-run src",
        "snapshots",
        "snapshots --compact",
        "ls --long latest",
        "restore latest --target out",
        "stats",
        "stats --mode repository",
        "check",
        "check --read-data",
        "forget --keep-last 1 --dry-run",
        "forget --keep-last 1",
        "forget",
        "prune",
        "repair",
        "key list",
        "repo info",
        "kit --text",
        "cache",
        "scrub repo",
        "recover",
        "unlock",
        "version",
        "restore none --target out",
        "backup --exclud x src",
    ] {
        show(line);
    }
    let text = text
        .replace(&env.text("repo"), "[repo]")
        .replace(&env.text("cache"), "[cache]")
        .replace(&env.text(""), "[folder]/");
    let slot = env.run(["--json", "key", "list"]).ok().json()[0].clone();
    let whose = ["userName", "hostName"].map(|part| slot[part].as_str().expect("noted").to_owned());
    let filters = [
        (r"[0-9a-f]{64}", "[hash]"),
        (r"[0-9a-f]{32}", "[id]"),
        (r"\b[0-9a-f]{8}\b", "[short id]"),
        (r"202[6-9]-\d\d-\d\d \d\d:\d\d:\d\d", "[time]"),
        (r"\d+\.\d{3} [KMG]iB|\b\d+ B\b", "[size]"),
        (r"in \d+:\d\d", "in [time]"),
        (r"\d+\.\d\dx", "[ratio]"),
        (r" {2,}", "  "),
        (r"-{5,}", "-----"),
        (r"([-dlrwx]{10})  \d+  \d+", "$1  [uid]  [gid]"),
        (r"by \S+@web", "by [user]@web"),
        (r"on \w+/\w+\n", "on [system]\n"),
        (&format!(r"{}(, |  ){}", whose[0], whose[1]), "[user]$1[host]"),
    ];
    with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, filters => filters.to_vec() }, {
        assert_snapshot!("results", text)
    });
}
