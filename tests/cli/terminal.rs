//! What comes out where it does not go to a file: terminals wide and narrow, with and without colours; pipes that close; names that are no text.
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::testenv::{Run, TestEnv};

/// Runs a command line on a terminal of its own, so many columns wide.
fn on_terminal(env: &TestEnv, columns: u32, variables: &str, line: &str) -> Run {
    let script = format!(
        "unset NO_COLOR CLICOLOR CLICOLOR_FORCE COLUMNS CI; export TERM=xterm {variables}
         script --quiet --return --command 'stty cols {columns} rows 40; env {variables} '\"$CADDIS\"' {line}' /dev/null < /dev/null"
    );
    env.shell(&script)
}

#[test]
fn colours_are_for_terminals_and_only_if_wanted() {
    let env = TestEnv::ready();
    let red = "\u{1b}[1;31mcaddis:\u{1b}[0m ";
    on_terminal(&env, 100, "", "restore none --target out").expect(1).has(red);
    on_terminal(&env, 100, "", "snapshots --frob").expect(2).has("\u{1b}[");
    on_terminal(&env, 100, "", "--help").ok().has("\u{1b}[");
    for variables in ["NO_COLOR=1", "TERM=dumb", "CLICOLOR=0"] {
        on_terminal(&env, 100, variables, "restore none --target out").expect(1).has_not("\u{1b}[1");
        on_terminal(&env, 100, variables, "snapshots --frob").expect(2).has_not("\u{1b}[1");
        on_terminal(&env, 100, variables, "--help").ok().has_not("\u{1b}[1");
    }
    // No terminal.
    let run = env.run(["restore", "none", "--target", "out"]).expect(1);
    assert!(run.stderr.starts_with("caddis: ") && !run.stderr.contains('\u{1b}'), "{run:?}");
    env.run(["--help"]).ok().has_not("\u{1b}");
    on_terminal(&env, 100, "", "--json restore none --target out").expect(1).has_not("\u{1b}[1");
}

#[test]
fn a_page_is_not_written_to_a_terminal() {
    let env = TestEnv::ready();
    on_terminal(&env, 100, "", "kit").expect(2).has("--output FILE");
    on_terminal(&env, 100, "", "kit --text").ok().has("caddis recovery sheet");
}

#[test]
fn narrow_terminals_are_not_overrun() {
    let env = TestEnv::ready();
    let host = "a-machine-with-a-long-name.example.org";
    env.backup(&["--host", host, "--tag", "one-long-tag,another-long-tag"]);
    let widest = |run: &Run| run.stdout.lines().map(|line| line.trim_end().chars().count()).max().unwrap_or(0);
    for command in ["snapshots", "status", "forget --keep-last 1 --dry-run", "cache"] {
        let silent = format!("{command} 2>/dev/null");
        let wide = on_terminal(&env, 300, "", &silent).ok();
        assert!(widest(&wide) > 70, "{command}: {wide:?}");
        for columns in [80, 70, 60] {
            let narrow = on_terminal(&env, columns, "", &silent).ok();
            // Lines that are no table wrap.
            let table =
                narrow.stdout.lines().filter(|line| line.contains("   ")).map(|line| line.trim_end().chars().count());
            assert!(table.max().unwrap_or(0) <= columns as usize, "{command} {columns}: {}", narrow.stdout);
        }
    }
    let said = on_terminal(&env, 300, "COLUMNS=60", "snapshots 2>/dev/null").ok();
    assert!(widest(&said) <= 60, "{}", said.stdout);
    // Somebody who reads a pipe wants it all.
    env.shell("COLUMNS=40 $CADDIS snapshots").ok().has(host);
    for columns in ["40", "60", "100"] {
        let help = env.shell(&format!("COLUMNS={columns} $CADDIS backup --help")).ok();
        let most: usize = columns.parse().expect("a number");
        // What cannot be wrapped is an example, or a long word.
        let lines = help.stdout.lines().filter(|line| !line.starts_with("  caddis ") && line.len() > most.max(60));
        assert_eq!(lines.count(), 0, "{columns}: {}", help.stdout);
    }
}

#[test]
fn what_is_done_soon_shows_no_bar() {
    let env = TestEnv::ready();
    env.backup(&[]);
    for command in ["snapshots", "ls latest", "find a.txt"] {
        let run = on_terminal(&env, 100, "", command).ok();
        assert!(!run.stdout.contains(['⠁', '⠉', '⠙']) && !run.stdout.contains("\u{1b}[2K"), "{command}: {run:?}");
    }
}

#[test]
fn what_is_dumped_shows_how_far_it_is() {
    let env = TestEnv::ready();
    env.file("src/large", &"0123456789".repeat(400_000));
    env.backup(&[]);
    let run = on_terminal(&env, 100, "", "dump latest /src/large | (sleep 2; cat > copy)").ok();
    run.has("Dumping").has("/ 3.815 MiB");
    let line = "--json dump latest --target copy /src/large";
    let run = env.command(line.split(' ')).env("CADDIS_PROGRESS_FPS", "60").output().expect("runs");
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(text.contains("\"message_type\":\"status\"") && text.contains("\"total_bytes\":4000000"), "{text}");
}

#[test]
fn what_a_narrow_table_leaves_out_is_named() {
    let env = TestEnv::ready();
    env.backup(&["--host", "a-machine-with-a-long-name.example.org", "--tag", "one-long-tag,another-long-tag"]);
    let missing = "Not shown for lack of space: Paths";
    on_terminal(&env, 300, "", "snapshots").ok().has_not("Not shown");
    env.run(["snapshots"]).ok().has_not("Not shown");
    // Tags stay whole, or their number does.
    on_terminal(&env, 60, "", "snapshots").ok().has(missing).has("one-long-tag").has("another-long-tag");
    on_terminal(&env, 70, "", "snapshots --compact").ok().has("one-long-tag,…+1");
    on_terminal(&env, 60, "", "snapshots --compact").ok().has("…+2");
    on_terminal(&env, 50, "", "status").ok().has("Not shown for lack of space: Snapshots");
}

#[test]
fn numbers_fit_into_forty_columns() {
    let env = TestEnv::ready();
    env.file("src/large", &"0123456789".repeat(400_000));
    env.backup(&["--host", "a-machine-with-a-long-name.example.org", "--tag", "one-tag,another", "--label", "nightly"]);
    let id = env.snapshots(&["latest"])[0]["short_id"].as_str().expect("text").to_owned();
    for command in ["snapshots", "du", "du --group-by host", "du --depth 1", "cache", "history /src/large", "status"] {
        let run = on_terminal(&env, 40, "", &format!("{command} 2>/dev/null")).ok();
        let rows = run.stdout.lines().map(str::trim_end).skip_while(|line| !line.starts_with("---")).skip(1);
        let rows: Vec<&str> = rows.take_while(|line| !line.starts_with("---")).collect();
        assert!(!rows.is_empty() && rows.iter().all(|row| row.chars().count() <= 40), "{command}: {run:?}");
        assert!(rows.iter().all(|row| row.contains("iB") || command == "status"), "{command}: {run:?}");
        assert!(run.stdout.contains(&id) || !matches!(command, "snapshots" | "du"), "{command}: {run:?}");
    }
}

#[test]
fn what_changed_is_told_in_full() {
    let env = TestEnv::ready();
    env.backup(&[]);
    env.file("src/changes", "before");
    env.backup(&[]);
    env.file("src/changes", "some more");
    env.shell("chmod 600 src/changes").ok();
    env.backup(&[]);
    for columns in [60, 80, 100] {
        let run = on_terminal(&env, columns, "", "history /src/changes").ok();
        run.has("mode,").has("size,").has("ctime)").has_not("…");
    }
}

#[test]
fn sentences_break_at_blanks_and_not_within_paths() {
    let env = TestEnv::ready();
    let run = on_terminal(&env, 40, "NO_COLOR=1", "restore none --target out").expect(1);
    run.has("caddis: No snapshot matches \"none\";\r\n`caddis snapshots` lists them\r\n");
    let place = env.text("a-folder-that-is-not-there");
    let run = on_terminal(&env, 60, "NO_COLOR=1", &format!("--repo {place} snapshots")).expect(10);
    assert!(run.stdout.lines().any(|line| line.trim_end() == format!("{place}:") || line.contains(&place)), "{run:?}");
    // Who reads a log has lines.
    env.run(["restore", "none", "--target", "out"]).expect(1).complains("; `caddis snapshots` lists them");
}

#[test]
fn output_that_nobody_reads_is_no_error() {
    let env = TestEnv::ready();
    env.backup(&[]);
    for command in [
        "snapshots",
        "--json snapshots",
        "ls latest",
        "stats",
        "cat config",
        "list packs",
        "key list",
        "repo info",
        "cache",
        "kit",
        "check",
        "status",
        "backup src",
        "backup -vv --force src",
        "--json backup -vv src",
        "generate --bash-completion -",
        "--help",
        "backup --help",
        "version",
        "forget --keep-last 1 --dry-run",
        "prune",
        "repair",
        "scrub repo",
        "restore latest --target out -vv",
        "recover",
        "unlock",
    ] {
        let run = env.shell(&format!("$CADDIS {command} | true; echo ${{PIPESTATUS[0]}}"));
        assert!(run.stdout == "0\n" && !run.stderr.contains("caddis"), "{command}: {run:?}");
        let run = env.shell(&format!("$CADDIS {command} >&- 2>&-; echo $?"));
        assert!(matches!(run.stdout.trim(), "0" | "1"), "{command}: {run:?}");
        // Messages that cannot be written are no reason to fail either.
        let run = env.shell(&format!("$CADDIS {command} 2>/dev/full >/dev/null; echo $?"));
        assert_eq!(run.stdout, "0\n", "{command}");
    }
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn names_that_are_no_text_survive_and_do_not_harm_the_terminal() {
    let env = TestEnv::new();
    env.init(&[]);
    let name = OsStr::from_bytes(b"bad\xff\x1b[2Jname\n");
    fs::write(env.path("src").join(name), "content").expect("any name");
    let shown = r#"bad\xff\u{1b}[2Jname\n""#;
    env.run(["backup", "-vv", "src"]).ok().has(shown).has_not("\u{1b}");
    env.run(["ls", "latest"]).ok().has(shown).has_not("\u{1b}");
    let json = env.run(["--json", "ls", "latest"]).ok();
    let names: Vec<String> =
        json.json_lines().iter().filter_map(|node| Some(node["name"].as_str()?.to_owned())).collect();
    assert!(names.contains(&"bad\u{fffd}\u{1b}[2Jname\n".to_owned()), "{names:?}");
    assert!(!json.stdout.contains('\u{1b}'), "{json:?}");
    env.run(["restore", "latest", "--target", "out", "-vv"]).ok().has(shown).has_not("\u{1b}");
    let parent = crate::testenv::find(&env.path("out"), "bad").is_none();
    assert!(parent, "no part of a name");
    let found = env.shell("find out -type f -print0 | od -An -c | tr -d ' \\n'").ok();
    assert!(found.stdout.contains(r"bad377033[2Jname\n\0"), "{found:?}");
    // As an argument too, also one that is wrong.
    let mut command = env.command(["backup"]);
    let output = command.arg(env.path("src").join(OsStr::from_bytes(b"missing\xff\x1b[2J"))).output().expect("runs");
    assert!(!output.stderr.contains(&0x1b) && !output.status.success(), "{output:?}");
    let output = env.command(["snapshots"]).arg(OsStr::from_bytes(b"--no\xff\x1b[2J")).output().expect("runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let output = env.command(["ls"]).arg(OsStr::from_bytes(b"la\xfftest")).output().expect("runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn whatever_takes_long_shows_that_it_lives() {
    let env = TestEnv::ready();
    env.backup(&[]);
    let second = env.text("second");
    env.run(["-r", &second, "init", "--kdf-log-n", "4"]).ok();
    // Something new each time, else there is nothing to copy.
    let mut number = 0;
    let mut back_up = || {
        number += 1;
        env.file("src/new", &number.to_string().repeat(50_000));
        env.backup(&[]);
    };
    for args in [
        &["backup", "--force", "src"][..],
        &["restore", "latest", "--target", "out"],
        &["check", "--read-data"],
        &["copy", "--to", &second],
        &["recover"],
        &["repair"],
        &["repair", "snapshots"],
        &["scrub", "repo"],
        &["prune"],
    ] {
        back_up();
        let run = env.command(["--json"]).args(args).env("CADDIS_PROGRESS_FPS", "60").output().expect("runs");
        let text = String::from_utf8_lossy(&run.stdout);
        assert!(text.contains("\"message_type\":\"status\""), "{args:?}: {text}");
        // In a log that asks for it a line, and with -q nothing.
        back_up();
        let run = env.command(args).env("CADDIS_PROGRESS_FPS", "60").output().expect("runs");
        assert!(String::from_utf8_lossy(&run.stderr).contains("[0:0"), "{args:?}: {run:?}");
        let run = env.command(["-q"]).args(args).env("CADDIS_PROGRESS_FPS", "60").output().expect("runs");
        assert!(run.stderr.is_empty(), "{args:?}: {run:?}");
        // And on a terminal something that moves.
        back_up();
        let shown = on_terminal(&env, 100, "CADDIS_PROGRESS_FPS=60", &args.join(" "));
        assert!(shown.stdout.contains('\u{1b}'), "{args:?}: {shown:?}");
    }
}

#[test]
fn whoever_interrupts_twice_has_no_bar_left() {
    let env = TestEnv::new();
    env.init(&[]);
    // Nothing ever comes, so that only the second signal ends it.
    let script = "mkfifo pipe; sleep 60 > pipe & script --quiet --return --command 'stty cols 80; \"$CADDIS\" backup --stdin < pipe & \
                  sleep 2; kill -INT $!; sleep 1; kill -INT $!; wait $!; echo code $?' /dev/null < /dev/null; kill %1";
    let run = env.shell(script).has("code 130").has("Backing up");
    let (before, after) = run.stdout.split_once("ended at once").expect("told");
    let bar = before.rfind("Backing up").expect("shown");
    assert!(before[bar..].contains("\u{1b}[2K"), "the bar is cleared: {run:?}");
    assert!(!after.contains("Backing up"), "{run:?}");
}
