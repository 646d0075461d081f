//! `restore --to-command`.
use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::testenv::TestEnv;

#[test]
fn each_file_is_the_input_of_a_command_that_knows_what_it_is() {
    let env = TestEnv::ready();
    env.backup(&[]);
    let command = "test $(wc -c) = $CADDIS_SIZE && echo \"$(basename \"$CADDIS_FILE\") $CADDIS_SIZE $CADDIS_FILE_MODE $CADDIS_UID\" >> got; \
                   test \"$CADDIS_SNAPSHOT\" && test \"${CADDIS_MTIME%.*}\" -gt 1000000000";
    let summary = env.run(["--json", "restore", "latest", "--to-command", command]).ok().summary();
    assert_eq!((&summary["files_restored"], &summary["total_bytes"]), (&3.into(), &300_009.into()));
    let uid = rustix::process::geteuid().as_raw();
    let mode = fs::metadata(env.path("src/a.txt")).map(|meta| format!("{:04o}", meta.mode() & 0o7777)).expect("there");
    let mut got: Vec<String> = fs::read_to_string(env.path("got")).expect("made").lines().map(str::to_owned).collect();
    got.sort();
    assert_eq!(
        got,
        [("a.txt", 5), ("b.log", 4), ("c.txt", 300_000)].map(|(name, size)| format!("{name} {size} {mode} {uid}"))
    );
}

#[test]
fn contents_come_as_they_are() {
    let env = TestEnv::ready();
    env.file("src/holes", "");
    fs::File::options().write(true).open(env.path("src/holes")).and_then(|file| file.set_len(2 << 20)).expect("ours");
    env.backup(&[]);
    let run = env.run([
        "restore",
        "latest",
        "-i",
        "*.txt",
        "-i",
        "holes",
        "--to-command",
        "cat > copy.$(basename $CADDIS_FILE)",
    ]);
    run.ok().has("Restored 3 files");
    for (name, source) in [("a.txt", "a.txt"), ("c.txt", "sub/deep/c.txt"), ("holes", "holes")] {
        let copy = fs::read(env.path(&format!("copy.{name}"))).expect("made");
        assert!(copy == fs::read(env.path("src").join(source)).expect("there"), "{name}");
    }
    assert!(!env.path("copy.b.log").exists());
}

#[test]
fn a_command_that_fails_is_an_error_of_its_file() {
    let env = TestEnv::ready();
    env.backup(&[]);
    let command = "cat > /dev/null; case $CADDIS_FILE in *.log) exit 3;; esac";
    let run = env.run(["restore", "latest", "--to-command", command]).expect(1);
    run.complains("b.log").complains("exit status: 3").has("1 entry could not be restored");
    // Reading less is no failure.
    env.run(["restore", "latest", "--to-command", "true"]).ok();
    let json = env.run(["--json", "restore", "latest", "--to-command", "echo noise"]).ok();
    json.json_lines();
    env.run(["restore", "latest", "-n", "-vv", "--to-command", "touch ran"]).ok().has("a.txt").has("Would restore 3");
    assert!(!env.path("ran").exists());
    for more in [["--target", "x"], ["--delete", "--heal"], ["--uid-map", "1:2"]] {
        env.run([&["restore", "latest", "--to-command", "true"][..], &more].concat()).expect(2);
    }
}
