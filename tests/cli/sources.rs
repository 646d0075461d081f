//! Other sources of backups: paths that are stored elsewhere, commands, devices; and which rule decides.
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::testenv::{TestEnv, find};

#[test]
fn a_path_is_stored_as_another_one() {
    let env = TestEnv::ready();
    let source = env.text("src");
    let stored = format!("{source}-live");
    let listed = || env.run(["-q", "ls", "latest"]).ok().stdout;
    // As if it were there: with the directories above it.
    env.run(["backup", &source, "--as-path", "/data/live"]).ok();
    let paths: Vec<String> = listed().lines().map(str::to_owned).collect();
    assert_eq!(paths[..3], ["/data", "/data/live", "/data/live/a.txt"]);
    assert_eq!(env.snapshots(&["latest"])[0]["paths"], json!(["/data/live"]));
    // The parent is found by the path under which it is stored, wherever it is read.
    env.shell("cp -a src elsewhere").ok();
    let args = ["--json", "backup", "elsewhere", "--as-path", "/data/live", "--ignore-inode", "--ignore-ctime"];
    let summary = env.run(args).ok().summary();
    assert_eq!((&summary["files_unmodified"], &summary["files_new"]), (&json!(3), &json!(0)), "{summary}");
    // Excludes are compared with where it is stored.
    env.run(["backup", &source, "--as-path", "/data/live", "--exclude", "/data/live/sub"]).ok();
    assert!(!listed().contains("sub") && listed().contains("a.txt"));
    env.run(["backup", &source, "--as-path", "/"]).ok();
    assert!(listed().starts_with("/a.txt\n"), "{}", listed());
    env.run(["backup", &format!("{source}/a.txt"), "--as-path", &format!("{stored}/b.txt")]).ok();
    assert!(listed().ends_with(&format!("{stored}/b.txt\n")), "{}", listed());
    env.run(["restore", &format!("latest:{stored}"), "-t", "out"]).ok();
    assert_eq!(fs::read_to_string(env.path("out/b.txt")).expect("restored"), "alpha");
    env.run(["backup", &source, &stored, "--as-path", "/x"]).expect(2);
    env.run(["backup", &source, "--as-path", "x"]).expect(2);
    env.run(["backup", "missing", "--as-path", "/x"]).expect(1);
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn commands_become_files_of_one_snapshot() {
    let env = TestEnv::ready();
    let args = [
        "--json",
        "backup",
        "--command",
        "db/one.sql=echo one | tr a-z A-Z",
        "--command",
        "db/two.sql=printf '%s' a=b",
    ];
    let summary = env.run(args).ok().summary();
    assert_eq!((&summary["files_new"], &summary["total_bytes_processed"]), (&json!(2), &json!(7)));
    assert_eq!(env.snapshots(&["latest"])[0]["paths"], json!(["/db/one.sql", "/db/two.sql"]));
    env.run(["restore", "latest", "-t", "out"]).ok();
    assert_eq!(fs::read_to_string(env.path("out/db/one.sql")).expect("restored"), "ONE\n");
    assert_eq!(fs::read_to_string(env.path("out/db/two.sql")).expect("restored"), "a=b");
    let before = env.snapshots(&[]).len();
    let run =
        env.run(["backup", "--command", "a=echo fine", "--command", "b=echo half; exit 3", "--command", "c=touch ran"]);
    run.expect(1).complains("command b failed").complains("exit status: 3").complains("no snapshot was made");
    assert_eq!(env.snapshots(&[]).len(), before);
    assert!(!env.path("ran").exists(), "what comes after a failure is not run");
    env.run(["backup", "--command", "a=x", "src"]).expect(2);
    env.run(["backup", "--command", "a=x", "--command", "a/b=x"]).expect(2);
    env.run(["backup", "--command", "ax"]).expect(2);
    env.run(["check"]).ok();
}

#[test]
fn why_names_the_rule_and_where_it_was_given() {
    let env = TestEnv::ready();
    env.file("src/sub/keep.log", "x");
    env.file("src/cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
    env.file("src/cache/blob", "x");
    env.file("src/git/.gitignore", "# objects\n*.o\n");
    env.file("src/git/a.o", "x");
    env.file("patterns", "# comment\n\n*.log\n!keep.log\n");
    std::os::unix::fs::symlink("sub", env.path("src/link")).expect("a link");
    let why = |path: &str, options: &[&str]| {
        let mut args = vec!["--json", "why", path];
        args.extend(options);
        env.run(args).ok().summary()
    };
    let file = ["src", "--exclude-file", "patterns"];
    let found = why("src/sub/b.log", &file);
    assert_eq!(
        (&found["included"], &found["reason"], &found["rule"]),
        (&json!(false), &json!("pattern"), &json!("*.log"))
    );
    assert_eq!((&found["file"], &found["line"]), (&json!("patterns"), &json!(3)));
    let found = why("src/sub/keep.log", &file);
    assert_eq!(
        (&found["included"], &found["reason"], &found["line"]),
        (&json!(true), &json!("included_by_pattern"), &json!(4))
    );
    let found = why("src/sub/deep/c.txt", &["src", "--iexclude", "SUB"]);
    assert_eq!((&found["option"], &found["decided_at"]), (&json!("--iexclude"), &json!(env.text("src/sub"))));
    for (path, options, reason) in [
        ("src/a.txt", &["src"][..], "not_excluded"),
        ("src", &["src", "--exclude", "src"], "named"),
        ("src/cache/blob", &["src", "--exclude-caches"], "marker"),
        ("src/cache/CACHEDIR.TAG", &["src", "--exclude-caches"], "not_excluded"),
        ("src/git/a.o", &["src", "--git-ignore"], "git_ignore"),
        ("src/git/a.o", &["src"], "not_excluded"),
        ("src/sub/deep/c.txt", &["src", "--exclude-larger-than", "1KiB"], "larger_than"),
        ("src/link/b.log", &["src"], "no_directory"),
        ("src/sub", &["src/sub/deep"], "on_the_way"),
        ("src/a.txt", &["src/sub"], "outside"),
        ("src/sub/b.log", &["src", "src/sub/b.log", "--exclude", "*.log"], "named"),
        ("src/sub/b.log", &["src", "--as-path", "/data", "--exclude", "/data/sub"], "pattern"),
    ] {
        assert_eq!(why(path, options)["reason"], reason, "{path} {options:?}");
    }
    env.run(["why", "src/git/a.o", "src", "--git-ignore"])
        .ok()
        .has("not backed up")
        .has("line *.o of")
        .has(".gitignore");
    env.run(["why", "src/sub/b.log", "src", "--exclude-file", "patterns"]).ok().has("pattern *.log (patterns:3)");
    env.run(["why", "src/gone", "src"]).expect(3).has("cannot be looked at");
    env.run(["why", "/proc/version", "-x"]).ok().has("--one-file-system");
    for stream in [&["--stdin"][..], &["--stdin", "--stdin-filename", "x"], &["--command", "x=true"]] {
        env.run([&["why", "src/a.txt"], stream].concat()).expect(2).complains("Streams have no paths");
    }
    let command = ["why", "src/a.txt", "--stdin-from-command", "--", "true"];
    env.run(command).expect(2).complains("Streams have no paths");
    env.file("list", "src/su*\n");
    env.file("plain", "src/sub\n");
    env.file("raw", "src/sub\0");
    for (option, file) in [("--files-from", "list"), ("--files-from-verbatim", "plain"), ("--files-from-raw", "raw")] {
        assert_eq!(why("src/a.txt", &[option, file])["reason"], "outside", "{option}");
        assert_eq!(why("src/sub/b.log", &[option, file])["reason"], "not_excluded", "{option}");
    }
    env.file("capitals", "*.LOG\n");
    assert_eq!(why("src/sub/b.log", &["src", "--exclude-file", "capitals"])["reason"], "not_excluded");
    let found = why("src/sub/b.log", &["src", "--iexclude-file", "capitals"]);
    assert_eq!((&found["reason"], &found["file"]), (&json!("pattern"), &json!("capitals")));
    assert_eq!(why("src/sub/b.log", &["src", "--exclude-if-present", "keep.log"])["reason"], "marker");
    // What it says is what a backup does.
    env.backup(&["--exclude-file", "patterns", "--exclude-caches", "--git-ignore"]);
    let listed = env.listed("latest");
    assert!(listed.contains(&"sub/keep.log".to_owned()) && !listed.contains(&"sub/b.log".to_owned()), "{listed:?}");
}

/// Changes the content of a file and nothing that a backup looks at.
fn rot(env: &TestEnv, file: &str) {
    let path = env.path(file);
    let times = format!("touch -r stamp {file}");
    env.shell(&format!("touch -r {file} stamp")).ok();
    let mut bytes = fs::read(&path).expect("readable");
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&path, bytes).expect("writable");
    env.shell(&times).ok();
}

#[test]
fn content_that_changes_by_itself_is_found() {
    let env = TestEnv::ready();
    env.file("src/large", &"0123456789abcdef\n".repeat(200_000));
    let options = ["--ignore-ctime", "--detect-bitrot"];
    env.backup(&options);
    let quiet = env.backup(&options);
    assert_eq!(
        (&quiet["suspected_bitrot"], &quiet["files_unmodified"], &quiet["data_blobs"]),
        (&json!(0), &json!(4), &json!(0))
    );
    rot(&env, "src/a.txt");
    rot(&env, "src/large");
    // Without the option nobody looks.
    assert_eq!(env.backup(&["--ignore-ctime"])["files_unmodified"], 4);
    for _ in 0..2 {
        let run = env.run(["--json", "backup", "src", options[0], options[1]]).expect(3);
        assert_eq!((&run.summary()["suspected_bitrot"], &run.summary()["error_count"]), (&json!(2), &json!(2)));
        assert!(run.stderr.contains("Suspected bitrot") && run.stderr.contains("src/a.txt"), "{run:?}");
    }
    // The snapshot has what was there when the files were written.
    env.run(["restore", "latest", "-t", "out"]).ok();
    assert_eq!(fs::read_to_string(find(&env.path("out"), "a.txt").expect("restored")).expect("text"), "alpha");
    // A file that is written anew is a changed file.
    env.file("src/a.txt", "alphB");
    let run = env.run(["--json", "backup", "src", options[0], options[1]]).expect(3);
    assert_eq!((&run.summary()["suspected_bitrot"], &run.summary()["files_changed"]), (&json!(1), &json!(1)));
    env.run(["backup", "src", "--detect-bitrot", "--force"]).expect(2);
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn pipes_and_devices_that_are_named_are_files() {
    let env = TestEnv::ready();
    env.shell("mkfifo src/pipe").ok();
    // As what it is, and, on request, as what comes out of it; one beneath a source stays a pipe.
    env.run(["backup", "src/pipe"]).ok();
    assert_eq!(
        env.run(["--json", "ls", "latest"]).ok().json_lines().last().map(|node| node["type"].clone()),
        Some(json!("fifo"))
    );
    let text = "line\n".repeat(500_000);
    env.file("text", &text);
    env.shell("(cat text > src/pipe &) ; $CADDIS backup --read-special src/pipe").ok();
    env.run(["restore", "latest", "-t", "out"]).ok();
    assert_eq!(fs::read_to_string(find(&env.path("out"), "pipe").expect("restored")).expect("text"), text);
    env.run(["backup", "--read-special", "src"]).ok();
    env.run(["-q", "ls", "-l", "latest"]).ok().has("prw");
}

/// A loop device of a file, if this machine lets us have one.
struct Loop(String);

impl Loop {
    fn new(file: &Path) -> Option<Loop> {
        let run = Command::new("losetup").args(["-f", "--show"]).arg(file).output().ok()?;
        let device = String::from_utf8(run.stdout).ok()?.trim().to_owned();
        (run.status.success() && Path::new(&device).exists()).then_some(Loop(device))
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = Command::new("losetup").args(["-d", &self.0]).status();
    }
}

#[test]
fn a_block_device_is_backed_up_and_written_back() {
    let env = TestEnv::ready();
    let content: Vec<u8> =
        (0..3_000_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).take(4 << 20).collect();
    fs::write(env.path("disk"), &content).expect("writable");
    let Some(device) = Loop::new(&env.path("disk")) else { return };
    let name = device.0.trim_start_matches("/dev/");
    std::os::unix::fs::symlink(&device.0, env.path("volume")).expect("a link");
    let summary = env.run(["--json", "backup", "--read-special", &device.0]).ok().summary();
    assert_eq!(summary["total_bytes_processed"], 4 << 20);
    env.run(["restore", "latest", "-t", "out"]).ok();
    assert!(fs::read(find(&env.path("out"), name).expect("restored")).expect("readable") == content);
    // It is read again although its times say nothing.
    env.run(["backup", "--read-special", "volume"]).ok();
    env.run(["-q", "ls", "-l", "latest"]).ok().has("4194304").has("/volume");
    let selector = format!("latest~1:{}", device.0);
    env.run(["restore", &selector, "--to-device", &device.0]).ok().has("0 B written");
    fs::write(env.path("other"), vec![7; 5 << 20]).expect("writable");
    let Some(other) = Loop::new(&env.path("other")) else { return };
    env.run(["restore", &selector, "--to-device", &other.0, "-n"]).ok().has("Would make 4.000 MiB");
    env.run(["restore", &selector, "--to-device", &other.0]).ok().has("4.000 MiB written");
    let _ = Command::new("sync").status();
    let read = fs::read(&other.0).expect("a device");
    assert!(read[..4 << 20] == content[..] && read[4 << 20..].iter().all(|byte| *byte == 7));
    // Too small, no device, no file.
    fs::write(env.path("small"), vec![0; 1 << 20]).expect("writable");
    let Some(small) = Loop::new(&env.path("small")) else { return };
    env.run(["restore", &selector, "--to-device", &small.0]).expect(1).complains("too small");
    env.run(["restore", &selector, "--to-device", &env.text("small")]).expect(1).complains("no block device");
    env.run(["restore", "latest~1:/dev", "--to-device", &other.0]).expect(1).complains("no file of that name");
    env.run(["restore", &selector, "--to-device", &other.0, "-t", "x"]).expect(2);
}
