//! Standard input, commands, and lists of paths.
use std::fs;

use crate::testenv::{TestEnv, find};

#[test]
fn standard_input_becomes_a_file() {
    let env = TestEnv::ready();
    let run = env.run_with_input(["--json", "backup", "--stdin", "--stdin-filename", "db/dump.sql"], b"insert into x");
    assert_eq!(run.ok().summary()["total_bytes_processed"], 13);
    env.run(["-q", "ls", "latest"]).ok().has("/db/dump.sql\n");
    env.run(["restore", "latest", "-t", "out"]).ok();
    assert_eq!(fs::read_to_string(env.path("out/db/dump.sql")).expect("restored"), "insert into x");
    env.run_with_input(["backup", "--stdin"], b"").ok();
    env.run(["-q", "ls", "latest"]).ok().has("/stdin\n");
}

#[test]
fn a_command_s_output_becomes_a_file() {
    let env = TestEnv::ready();
    let args =
        ["backup", "--stdin-filename", "n", "--stdin-from-command", "--", "sh", "-c", "echo $0 $1", "-q", "--host"];
    env.run(args).ok();
    env.run(["restore", "latest", "-t", "out"]).ok();
    assert_eq!(fs::read_to_string(find(&env.path("out"), "n").expect("restored")).expect("text"), "-q --host\n");
}

#[test]
fn a_failing_command_makes_no_snapshot() {
    let env = TestEnv::ready();
    let run =
        env.run(["backup", "--stdin-from-command", "--", "sh", "-c", "echo half; echo why >&2; exit 3"]).expect(1);
    run.complains("why").complains("exit status: 3").complains("no snapshot");
    env.run(["backup", "--stdin-from-command", "--", "/nonexistent/program"]).expect(1);
    assert!(env.snapshots(&[]).is_empty());
    env.run(["check"]).ok();
}

#[test]
fn lists_name_the_paths() {
    let env = TestEnv::ready();
    env.file("src/d[x].txt", "delta");
    env.file("globs", "# comment\nsrc/*.txt\n\nsrc/sub/b.log\n");
    env.run(["backup", "--files-from", "globs"]).ok();
    assert_eq!(sorted(env.listed("latest")), ["a.txt", "d[x].txt", "sub", "sub/b.log"]);
    env.file("verbatim", "src/d[x].txt\n");
    env.run(["backup", "--files-from-verbatim", "verbatim"]).ok();
    assert_eq!(env.listed("latest"), ["d[x].txt"]);
    env.file("raw", "src/a.txt\0src/sub/deep\0");
    env.run(["backup", "--files-from-raw", "raw"]).ok();
    assert_eq!(sorted(env.listed("latest")), ["a.txt", "sub", "sub/deep", "sub/deep/c.txt"]);
    for option in ["--files-from", "--files-from-verbatim"] {
        env.run_with_input(["backup", option, "-", "src/sub/b.log"], b"src/a.txt\n").ok();
        assert_eq!(sorted(env.listed("latest")), ["a.txt", "sub", "sub/b.log"]);
    }
    env.run_with_input(["backup", "--files-from-raw", "-"], b"src/a.txt\0").ok();
    assert_eq!(env.listed("latest"), ["a.txt"]);
}

#[test]
fn lists_that_say_nothing_or_too_much_are_errors() {
    let env = TestEnv::ready();
    env.file("empty", "# nothing\n");
    env.run(["backup", "--files-from", "empty"]).expect(2).complains("empty");
    env.run(["backup", "--files-from", "missing"]).expect(1).complains("missing");
    env.file("cut", "src/a.txt\0src/su");
    env.run(["backup", "--files-from-raw", "cut"]).expect(1);
    env.run(["backup", "--files-from", "-", "--files-from-raw", "-"]).expect(2);
    // A pattern without a match is a source that could not be read.
    env.file("half", "src/a.txt\nsrc/none*\n");
    env.run(["backup", "--files-from", "half"]).expect(3).complains("none*");
    assert!(env.snapshots(&[]).len() == 1);
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

#[test]
fn a_stream_that_is_interrupted_makes_no_snapshot_and_says_so() {
    let env = TestEnv::new();
    env.init(&[]);
    let script = "mkfifo pipe; \"$CADDIS\" backup --stdin < pipe & exec 3> pipe; echo one >&3; sleep 1; kill -INT $!; sleep 1; \
                  echo two >&3; wait $!; echo code $?";
    let run = env.shell(script).has("code 130");
    run.complains("No snapshot was made; run again, the same backup takes over what was stored: Stopped on request");
    assert_eq!(env.snapshots(&[]).len(), 0);
}
