//! What each option of restore does.
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::testenv::{TestEnv, find};

fn ready() -> TestEnv {
    let env = TestEnv::ready();
    env.backup(&[]);
    env
}

/// Names of all files beneath a folder.
fn files(root: &Path) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path().is_dir() {
                true => walk(&entry.path(), found),
                false => found.push(entry.file_name().to_string_lossy().into_owned()),
            }
        }
    }
    let mut found = Vec::new();
    walk(root, &mut found);
    found.sort();
    found
}

fn read(env: &TestEnv, folder: &str, name: &str) -> String {
    fs::read_to_string(find(&env.path(folder), name).expect("restored")).expect("text")
}

#[test]
fn everything_comes_back() {
    let env = ready();
    let summary = env.run(["--json", "restore", "latest", "--target", "out", "--verify"]).ok().summary();
    assert_eq!((&summary["files_restored"], &summary["files_verified"]), (&3.into(), &3.into()));
    assert_eq!(files(&env.path("out")), ["a.txt", "b.log", "c.txt"]);
    assert_eq!(read(&env, "out", "c.txt"), "gamma ".repeat(50_000));
    let (from, to) = (env.path("src/a.txt"), find(&env.path("out"), "a.txt").expect("restored"));
    let times =
        [from, to].map(|path| fs::metadata(path).expect("exists")).map(|meta| (meta.mtime(), meta.mtime_nsec()));
    assert_eq!(times[0], times[1]);
    env.run(["restore", "latest", "-t", "again", "--verify"]).ok().has("Verified 3 files");
    env.run(["restore", "latest"]).expect(2).complains("--target");
    env.run(["restore", "ffffffffffff", "-t", "x"]).expect(1).complains("No snapshot");
}

#[test]
fn parts_come_back() {
    let env = ready();
    let of = |target: &str, options: &[&str]| {
        let mut args = vec!["restore", "latest", "--target", target];
        args.extend(options);
        env.run(args).ok();
        files(&env.path(target))
    };
    env.file("patterns", "*.log\n");
    assert_eq!(of("1", &["--include", "*.txt"]), ["a.txt", "c.txt"]);
    assert_eq!(of("2", &["-i", "deep"]), ["c.txt"]);
    assert_eq!(of("3", &["--iinclude", "A.TXT"]), ["a.txt"]);
    assert_eq!(of("4", &["--exclude", "*.txt"]), ["b.log"]);
    assert_eq!(of("5", &["-e", "deep"]), ["a.txt", "b.log"]);
    assert_eq!(of("6", &["--iexclude", "*.TXT"]), ["b.log"]);
    assert_eq!(of("7", &["--include", "*.txt", "--exclude", "deep"]), ["a.txt"]);
    assert_eq!(of("8", &["--include-file", "patterns"]), ["b.log"]);
    assert_eq!(of("9", &["--iinclude-file", "patterns"]), ["b.log"]);
    assert_eq!(of("10", &["--exclude-file", "patterns"]), ["a.txt", "c.txt"]);
    assert_eq!(of("11", &["--iexclude-file", "patterns"]), ["a.txt", "c.txt"]);
    let none = ["restore", "latest", "-t", "12", "--include", "nowhere"];
    env.run(none).expect(1).complains("no file matches --include");
    assert!(!env.run(["restore", "latest", "-t", "1", "--include", "*.txt"]).ok().stderr.contains("--include"));
    let empty = env.file("none", "# nothing\n");
    env.run(["restore", "latest", "-t", "12", "--include-file", empty.to_str().expect("plain")]).expect(2);
}

#[test]
fn a_path_in_a_snapshot_becomes_the_root() {
    let env = ready();
    let listing = env.run(["-q", "ls", "latest"]).ok().stdout;
    let sub = listing.lines().find(|path| path.ends_with("/sub")).expect("listed");
    env.run(["restore", &format!("latest:{sub}"), "-t", "out"]).ok();
    assert!(env.path("out/b.log").is_file() && env.path("out/deep/c.txt").is_file());
    env.run(["restore", "latest:/no/such/path", "-t", "x"]).expect(1).complains("/no/such/path");
}

#[test]
fn overwriting_follows_the_policy() {
    let env = ready();
    let attempt = |policy: &str, age: i64| {
        let target = format!("{policy}{age}");
        env.run(["restore", "latest", "-t", &target]).ok();
        let file = find(&env.path(&target), "a.txt").expect("restored");
        fs::write(&file, "ALPHA").expect("ours");
        let original = fs::metadata(env.path("src/a.txt")).and_then(|meta| meta.modified()).expect("exists");
        let day = Duration::from_secs(86_400);
        let time: SystemTime = match age {
            0 => original,
            1 => original - day,
            _ => original + day,
        };
        fs::File::options().write(true).open(&file).and_then(|open| open.set_modified(time)).expect("ours");
        env.run(["restore", "latest", "-t", &target, "--overwrite", policy]).ok();
        read(&env, &target, "a.txt")
    };
    // Size is the same; 0: the time too, 1: the one on disk is older, -1: newer.
    assert_eq!(attempt("always", 0), "alpha");
    assert_eq!(attempt("always", -1), "alpha");
    assert_eq!(attempt("if-changed", 0), "ALPHA");
    assert_eq!(attempt("if-changed", -1), "alpha");
    assert_eq!(attempt("if-newer", 1), "alpha");
    assert_eq!(attempt("if-newer", -1), "ALPHA");
    assert_eq!(attempt("never", 1), "ALPHA");
    env.run(["restore", "latest", "-t", "x", "--overwrite", "maybe"]).expect(2);
}

#[test]
fn deleting_removes_only_what_is_not_in_the_snapshot() {
    let env = ready();
    env.run(["restore", "latest", "-t", "out"]).ok();
    let folder = find(&env.path("out"), "b.log").expect("restored").parent().expect("a folder").to_owned();
    fs::write(folder.join("extra"), "x").expect("ours");
    env.run(["restore", "latest", "-t", "out"]).ok();
    assert!(folder.join("extra").exists());
    env.run(["restore", "latest", "-t", "out", "--delete", "--dry-run", "-vv"]).ok().has("extra");
    assert!(folder.join("extra").exists());
    let summary = env.run(["--json", "restore", "latest", "-t", "out", "--delete"]).ok().summary();
    assert_eq!(summary["files_deleted"], 1);
    assert!(!folder.join("extra").exists());
    assert_eq!(files(&env.path("out")), ["a.txt", "b.log", "c.txt"]);
}

#[test]
fn dry_runs_write_nothing() {
    let env = ready();
    env.run(["restore", "latest", "-t", "out", "--dry-run", "-vv"]).ok().has("Would restore").has("a.txt");
    assert!(files(&env.path("out")).is_empty());
}

#[test]
fn a_full_target_ends_the_run_at_once() {
    let env = TestEnv::ready();
    for number in 0..200 {
        env.file(&format!("src/more/{number}"), &format!("{number} ").repeat(5000));
    }
    env.backup(&[]);
    // A file system of its own can be had only by those who may mount.
    let run = env.shell(
        "unshare -rm true || exit 77; mkdir small && exec unshare -rm bash -c \
         'mount -t tmpfs -o size=300k none small && exec \"$CADDIS\" restore latest -t small' || exit 77",
    );
    if run.code == Some(77) {
        return;
    }
    let run = run.expect(14).complains("No space left on device").complains("Make room");
    assert!(run.stderr.lines().count() <= 2, "{run:?}");
}

#[test]
fn zeros_become_holes_on_request() {
    let env = TestEnv::new();
    env.init(&[]);
    // Written zeros, no hole in the source.
    env.file("src/zeros", &"\0".repeat(4 << 20));
    env.backup(&[]);
    let blocks = |target: &str, options: &[&str]| {
        env.run([&["restore", "latest", "-t", target], options].concat()).ok();
        let file = find(&env.path(target), "zeros").expect("restored");
        let meta = fs::metadata(&file).expect("exists");
        assert_eq!(meta.len(), 4 << 20);
        meta.blocks()
    };
    let (plain, sparse) = (blocks("plain", &[]), blocks("sparse", &["--sparse"]));
    assert!(sparse < plain / 4, "{sparse} blocks of {plain}");
}

#[test]
fn filters_choose_what_latest_is() {
    let env = TestEnv::ready();
    env.backup(&["--host", "h1", "--tag", "t1", "--label", "l1", "--time", "2001-01-01"]);
    env.file("src/later", "x");
    env.backup(&["--host", "h2", "--tag", "t2", "--label", "l2", "--time", "2002-01-01"]);
    let has_later = |target: &str, filter: &[&str]| {
        env.run([&["restore", "latest", "-t", target], filter].concat()).ok();
        find(&env.path(target), "later").is_some()
    };
    assert!(has_later("0", &[]));
    for (n, filter) in [["--host", "h1"], ["-H", "h1"], ["--tag", "t1"], ["--label", "l1"]].iter().enumerate() {
        assert!(!has_later(&format!("f{n}"), filter), "{filter:?}");
    }
    assert!(has_later("p", &["--path", "src"]));
    env.run(["restore", "latest", "-t", "x", "--path", "/elsewhere"]).expect(1);
    env.run(["restore", "@l1", "-t", "label"]).ok();
    assert!(find(&env.path("label"), "later").is_none());
}

#[test]
fn what_is_read_of_a_folder_is_told_to_those_who_ask() {
    let env = TestEnv::ready();
    env.backup(&[]);
    let old = env.snapshots(&[])[0]["id"].as_str().expect("an id").to_owned();
    env.file("src/a.txt", "another");
    env.backup(&[]);
    env.run(["-v", "restore", "latest", "--target", "out"]).ok().has("will read ");
    env.run(["-v", "restore", "latest", "--target", "out2", "-n"]).ok().has("would read ");
    env.run(["restore", "latest", "--target", "out3"]).ok().has_not("will read");
    env.run(["-v", "check", "--read-data"]).ok().has("will read ");
    env.run(["check", "--read-data"]).ok().has_not("will read");
    env.run(["forget", &old]).ok();
    env.run(["-v", "prune", "--max-unused", "0", "-n"]).ok().has("would read ");
    env.run(["-v", "prune", "--max-unused", "0"]).ok().has("will read ");
    env.run(["check"]).ok();
}

#[test]
fn a_path_that_is_not_there_is_told_with_those_that_are() {
    let env = TestEnv::ready();
    (0..9).for_each(|number| drop(env.file(&format!("src/sub/many/{number}"), "x")));
    env.backup(&[]);
    let wanted = env.text("src/a.txt");
    let top = wanted.split('/').nth(1).expect("a name");
    let told = format!("there is no {top:?} at its top; what is there: \"src\"");
    env.run(["restore", &format!("latest:{wanted}"), "-t", "out"]).expect(1).complains(&told);
    env.run(["ls", "latest", &wanted]).expect(1).complains(&told);
    env.run(["ls", "--ncdu", "latest", &wanted]).expect(1).complains(&told);
    env.run(["dump", "latest", &wanted]).expect(1).complains(&told);
    env.run(["dump", "latest", "/src/b"])
        .expect(1)
        .complains("there is no \"b\" in /src; what is there: \"a.txt\", \"sub\"");
    env.run(["dump", "latest", "/src/sub/many/x"]).expect(1).complains("\"3\", \"4\" and others");
    env.run(["dump", "latest", "/src/a.txt/x"]).expect(1).complains("/src/a.txt is no directory");
}

#[test]
fn patterns_may_be_relative_to_the_path() {
    let env = TestEnv::new();
    env.init(&[]);
    for file in ["keep", "sub/keep", "sub/drop", "sub/src/sub/keep"] {
        env.file(&format!("src/{file}"), file);
    }
    env.backup(&[]);
    let of = |target: &str, options: &[&str]| {
        env.run([&["restore", "latest:/src/sub", "-t", target], options].concat()).ok();
        env.shell(&format!("cd {target} && find . -type f | sort")).ok().stdout
    };
    assert_eq!(of("1", &["--include", "/keep"]), "./keep\n");
    assert_eq!(of("2", &["--include", "/src/sub/keep"]), "./keep\n./src/sub/keep\n");
    assert_eq!(of("3", &["--exclude", "/keep", "--exclude", "/src/sub/src"]), "./drop\n");
    assert_eq!(of("4", &["--exclude", "/src/sub/drop"]), "./keep\n./src/sub/keep\n");
    // Names of directories on the way there are not meant.
    assert_eq!(of("8", &["--exclude", "sub"]), "./drop\n./keep\n");
    assert_eq!(of("9", &["--include", "src"]), "./src/sub/keep\n");
    let later = |file: &str| drop(env.file(&format!("5/{file}"), "of later"));
    ["a/x", "b/x", "keep"].into_iter().for_each(later);
    assert_eq!(of("5", &["--include", "/a", "--delete"]), "./b/x\n./keep\n");
    let command = "cat >> streamed";
    let stream = |pattern| env.run(["restore", "latest:/src/sub", "--to-command", command, "--include", pattern]);
    stream("/keep").ok();
    assert_eq!(read(&env, "", "streamed"), "sub/keep");
    for nothing in ["/nowhere", "/sub/keep"] {
        stream(nothing).expect(1).complains("no file matches --include");
        let args = ["restore", "latest:/src/sub", "-t", "6", "--include", nothing];
        env.run(args).expect(1).complains("no file matches --include");
        env.run([&args[..], &["-n"]].concat()).expect(1);
    }
    // What is there already is a match, too.
    env.shell("mkdir src/sub/empty").ok();
    env.backup(&[]);
    (0..2).for_each(|_| drop(of("7", &["--include", "/empty"])));
}
