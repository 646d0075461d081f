//! What each way of leaving files out leaves out.
use std::fs;

use crate::testenv::TestEnv;

/// Files of the source that a backup with these options takes.
fn taken(env: &TestEnv, options: &[&str]) -> Vec<String> {
    env.backup(options);
    let mut listed: Vec<String> =
        env.listed("latest").into_iter().filter(|path| env.path("src").join(path).is_file()).collect();
    listed.sort();
    listed
}

#[test]
fn patterns_leave_out_what_they_match() {
    let env = TestEnv::ready();
    env.file("src/Big.LOG", "x");
    let all = ["Big.LOG", "a.txt", "sub/b.log", "sub/deep/c.txt"];
    assert_eq!(taken(&env, &[]), all);
    env.file("patterns", "# comment\n\n  *.log  \n$NAME.txt\n");
    let absolute = env.text("src/sub");
    for (options, expected) in [
        (&["-e", "*.log"][..], &["Big.LOG", "a.txt", "sub/deep/c.txt"][..]),
        (&["--exclude", "*.log", "--exclude", "a.*"], &["Big.LOG", "sub/deep/c.txt"]),
        (&["--iexclude", "*.log"], &["a.txt", "sub/deep/c.txt"]),
        (&["--exclude", "deep"], &["Big.LOG", "a.txt", "sub/b.log"]),
        (&["--exclude", &absolute], &["Big.LOG", "a.txt"]),
        (&["--exclude", "*.txt", "--exclude", "!a.txt"], &["Big.LOG", "a.txt", "sub/b.log"]),
        (&["--exclude-file", "patterns"], &["Big.LOG", "a.txt", "sub/deep/c.txt"]),
        (&["--iexclude-file", "patterns"], &["a.txt", "sub/deep/c.txt"]),
        (&["--exclude-larger-than", "1KiB"], &["Big.LOG", "a.txt", "sub/b.log"]),
    ] {
        assert_eq!(taken(&env, options), expected, "{options:?}");
    }
    let kept = env.snapshots(&["latest"])[0]["excludes"].clone();
    assert!(kept.is_null(), "a size is no pattern: {kept}");
    env.run(["backup", "src", "--exclude", "[open"]).expect(2);
    env.run(["backup", "src", "--exclude-file", "missing"]).expect(1).complains("missing");
}

#[test]
fn variables_in_exclude_files_are_replaced() {
    let env = TestEnv::ready();
    env.file("patterns", "${NAME}.txt\n$$x\n");
    let run = env.command(["backup", "src", "--exclude-file", "patterns"]).env("NAME", "a").output().expect("runs");
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    assert!(!env.listed("latest").contains(&"a.txt".to_owned()));
    assert_eq!(env.snapshots(&["latest"])[0]["excludes"], serde_json::json!(["a.txt", "$x"]));
}

#[test]
fn markers_leave_out_their_directories() {
    let env = TestEnv::ready();
    env.file("src/sub/.nobackup", "header and more");
    let without = ["a.txt", "sub/.nobackup"];
    assert_eq!(taken(&env, &["--exclude-if-present", ".nobackup"]), without);
    assert_eq!(taken(&env, &["--exclude-if-present", ".nobackup:header"]), without);
    assert_eq!(taken(&env, &["--exclude-if-present", ".nobackup:other"]).len(), 4);
    env.file("src/sub/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
    assert_eq!(taken(&env, &["--exclude-caches"]), ["a.txt", "sub/CACHEDIR.TAG"]);
    assert_eq!(taken(&env, &[]).len(), 5);
    env.run(["backup", "src", "--exclude-if-present", "a/b"]).expect(2);
}

#[test]
fn git_ignore_files_are_honoured_on_request() {
    let env = TestEnv::ready();
    env.file("src/.gitignore", "*.log\n");
    assert_eq!(taken(&env, &["--git-ignore"]), [".gitignore", "a.txt", "sub/deep/c.txt"]);
    assert!(taken(&env, &[]).contains(&"sub/b.log".to_owned()));
}

#[test]
fn one_file_system_stops_at_borders() {
    let env = TestEnv::ready();
    // Another file system within reach of everybody: /dev/shm beneath /dev.
    let shm = std::path::Path::new("/dev/shm");
    let Ok(mine) = tempfile::tempdir_in(shm) else { return };
    let device = |path: &std::path::Path| std::os::unix::fs::MetadataExt::dev(&fs::metadata(path).expect("exists"));
    if device(shm) == device(std::path::Path::new("/dev")) {
        return;
    }
    fs::write(mine.path().join("beyond"), "x").expect("writable");
    let excludes = ["-e", "/dev/pts", "-e", "/dev/mqueue", "-e", "/dev/hugepages", "-e", "/dev/fd"];
    let listed = |more: &[&str]| {
        let mut args = vec!["backup", "/dev"];
        args.extend(excludes);
        args.extend(more);
        let run = env.run(&args);
        assert!(matches!(run.code, Some(0 | 3)), "{run:?}");
        env.run(["-q", "ls", "latest"]).ok().stdout
    };
    assert!(listed(&[]).contains("/beyond\n"));
    assert!(!listed(&["--one-file-system"]).contains("/beyond\n"));
    assert!(!listed(&["-x"]).contains("/beyond\n"));
}
