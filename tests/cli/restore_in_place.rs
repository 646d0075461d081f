//! Restores over what is there, interrupted ones, and blocks that files share.
use std::fs;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;

use crate::testenv::{Run, TestEnv, find};

/// Bytes that neither compress nor repeat.
fn noise(seed: u8, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut bytes);
    bytes
}

fn with_large() -> TestEnv {
    let env = TestEnv::new();
    env.init(&[]);
    fs::write(env.path("src/large"), noise(1, 6 << 20)).expect("ours");
    env.backup(&[]);
    env
}

fn restore(env: &TestEnv, more: &[&str]) -> Run {
    env.run([&["--json", "-v", "restore", "latest", "-t", "out"], more].concat()).ok()
}

/// What was to be read according to the plan.
fn planned(run: &Run) -> u64 {
    let plan = run.json_lines().into_iter().find(|line| line["message_type"] == "plan").expect("a plan");
    assert_eq!(plan["at_most"], false);
    plan["bytes_to_read"].as_u64().expect("a number")
}

fn large(env: &TestEnv) -> PathBuf {
    find(&env.path("out"), "large").expect("restored")
}

type Change = fn(&fs::File);

#[test]
fn only_what_differs_is_read_and_written() {
    let env = with_large();
    restore(&env, &[]);
    let (content, inode) = (noise(1, 6 << 20), fs::metadata(large(&env)).expect("there").ino());
    assert_eq!(planned(&restore(&env, &[])), 0);
    let changes: [(&str, Change); 3] = [
        ("changed", |file| file.write_all_at(b"other", 3_000_000).expect("ours")),
        ("cut off", |file| file.set_len(5 << 20).expect("ours")),
        ("grown", |file| file.set_len(9 << 20).expect("ours")),
    ];
    for (what, change) in changes {
        let most = if what == "cut off" { 2 << 20 } else { 1 << 20 };
        change(&fs::File::options().write(true).open(large(&env)).expect("ours"));
        let dry = restore(&env, &["--dry-run"]);
        let run = restore(&env, &["--verify"]);
        assert_eq!(planned(&dry), planned(&run), "{what}");
        assert!(planned(&run) < most, "{what}: {} bytes", planned(&run));
        let (dry, summary) = (dry.summary(), run.summary());
        assert!(summary["bytes_restored"].as_u64() < Some(most), "{what}: {summary}");
        assert_eq!(
            (&summary["bytes_restored"], &summary["files_updated"]),
            (&dry["bytes_restored"], &dry["files_updated"])
        );
        assert!(fs::read(large(&env)).expect("there") == content, "{what}");
        assert_eq!(fs::metadata(large(&env)).expect("there").ino(), inode, "{what}");
    }
}

#[test]
fn dry_runs_compare_more_files_than_may_be_open() {
    let env = TestEnv::new();
    env.init(&[]);
    (0..400).for_each(|number| drop(env.file(&format!("src/{number}"), &format!("{number} ").repeat(200))));
    env.backup(&[]);
    restore(&env, &[]);
    let run = env.shell("ulimit -n 150; \"$CADDIS\" --json restore latest -t out --dry-run").ok();
    assert_eq!((&run.summary()["files_skipped"], &run.summary()["bytes_restored"]), (&400.into(), &0.into()));
}

#[test]
fn an_interrupted_restore_is_gone_on_with() {
    let env = with_large();
    // A file system that is full is one way to be interrupted; only those who may mount can have one.
    let run = env.shell(
        "unshare -rm true || exit 77; mkdir small && exec unshare -rm bash -c \
         'mount -t tmpfs -o size=4m none small || exit 77; \"$CADDIS\" restore latest -t small; echo code $?; ls -A small; \
          mount -o remount,size=20m none small; \"$CADDIS\" -v --json restore latest -t small -n; \
          \"$CADDIS\" -v --json restore latest -t small --verify; ls -A small; cmp src/large $(find small -name large)'",
    );
    if run.code == Some(77) {
        return;
    }
    let run = run.ok().has("code 14").has(".run").complains("1 unfinished file kept");
    let lines: Vec<serde_json::Value> = run.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let plans: Vec<u64> = lines.iter().filter_map(|line| line["bytes_to_read"].as_u64()).collect();
    assert!(plans.len() == 2 && plans[0] == plans[1] && plans[0] < 5 << 20, "{plans:?}");
    let summary = lines.last().expect("a summary");
    assert!(summary["bytes_skipped"].as_u64() > Some(1 << 20), "{summary}");
    assert_eq!(run.stdout.matches(".caddis-restore").count(), 1, "nothing is left: {run:?}");
}

#[test]
fn files_of_the_same_content_share_blocks_where_that_is_possible() {
    let env = TestEnv::new();
    env.init(&[]);
    for name in ["one", "two", "sub/three"] {
        fs::create_dir_all(env.path("src/sub")).expect("ours");
        fs::write(env.path("src").join(name), noise(1, 8 << 20)).expect("ours");
    }
    env.backup(&[]);
    let mut tried = 0;
    for (make, size) in [("mkfs.btrfs -q", 130), ("mkfs.xfs -q", 320)] {
        let run = env.shell(&format!(
            "command -v {make} >/dev/null || exit 77; rm -f image; truncate -s {size}m image; {make} image || exit 77; \
             unshare -m true || exit 77; mkdir -p disk; exec unshare -m bash -c '\
             mount -o loop image disk 2>/dev/null || exit 77; mkdir disk/t; sync; before=$(df --output=used -k disk | tail -1); \
             \"$CADDIS\" --json restore latest -t disk/t --verify || exit 1; sync; \
             after=$(df --output=used -k disk | tail -1); for name in one two sub/three; do \
             cmp src/$name $(find disk/t -path \"*/$name\") || exit 1; done; ls -A disk/t; echo used $((after - before)); umount disk'",
        ));
        if run.code == Some(77) {
            continue;
        }
        tried += 1;
        let run = run.ok().has_not(".caddis");
        let used: u64 = run.stdout.lines().find_map(|line| line.strip_prefix("used ")?.parse().ok()).expect("a number");
        assert!((8 << 10..14 << 10).contains(&used), "{make}: {used} KiB");
        assert!(run.stdout.contains("\"files_restored\":3") && run.stdout.contains("\"files_verified\":3"), "{run:?}");
    }
    // Elsewhere they are written.
    restore(&env, &["--verify"]);
    assert!(
        fs::read(find(&env.path("out"), "three").expect("restored")).expect("there") == noise(1, 8 << 20),
        "{tried}"
    );
}

#[test]
fn partial_snapshots_are_called_that() {
    let env = TestEnv::new();
    env.init(&[]);
    (0..3000).for_each(|number| drop(env.file(&format!("src/{number:05}"), &format!("{number} ").repeat(100))));
    // It waits for its reader when the pipe is full.
    let script = "mkfifo pipe; \"$CADDIS\" --json -vv backup src > pipe & exec 3< pipe; \
                  while read -r line <&3; do case $line in *verbose_status*) break;; esac; done; \
                  kill -INT $!; cat <&3 > /dev/null; wait $!; echo code $?";
    env.shell(script).has("code 130");
    let run = env.run(["restore", "latest", "-t", "out"]).ok();
    run.has("(partial: ").complains("is partial, a checkpoint of a backup that did not end");
    env.run(["ls", "latest"]).ok().complains("is partial");
    env.backup(&[]);
    let run = env.run(["restore", "latest", "-t", "out"]).ok().has_not("partial");
    assert!(!run.stderr.contains("partial"), "{run:?}");
}

#[test]
fn the_time_that_is_left_is_told() {
    let env = TestEnv::new();
    env.init(&[]);
    (0..500)
        .for_each(|number| drop(env.file(&format!("src/{}/{number}", number % 9), &format!("{number} ").repeat(900))));
    env.backup(&[]);
    let mut command = env.command(["--json", "restore", "latest", "-t", "out"]);
    let output = command.env("CADDIS_PROGRESS_FPS", "10000").output().expect("it runs");
    let run = Run {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    let lines = run.ok().json_lines();
    let status = lines.iter().filter(|line| line["message_type"] == "status");
    let halfway =
        status.filter(|line| line["percent_done"].as_f64().is_some_and(|done| done > 0.0 && done < 1.0)).count();
    assert!(halfway > 0, "nobody knows how far it is");
}

#[test]
fn what_could_not_be_read_is_not_deleted_because_the_snapshot_lacks_it() {
    let env = TestEnv::new();
    env.file("src/closed/kept", "still wanted");
    env.file("src/open/file", "alpha");
    // Root reads everything.
    let as_nobody = match rustix::process::geteuid().is_root() {
        true => "setpriv --reuid=65534 --regid=65534 --clear-groups",
        false => "",
    };
    let script = format!(
        "cp $CADDIS caddis; chmod -R a+rwX .; chmod a+rx caddis; {as_nobody} bash -e -c '
            ./caddis init --kdf-log-n 4; chmod 000 src/closed; ./caddis backup src || echo code $?; chmod 755 src/closed
            touch src/extra src/closed/more
            ./caddis restore latest:/src -t src --delete || echo code $?; chmod 755 src/closed; ls -R src'"
    );
    env.shell(&format!("chown -R {} .", if as_nobody.is_empty() { "$(id -u)" } else { "65534" })).ok();
    let run = env.shell(&script);
    assert_eq!(
        run.stdout.lines().filter(|line| line.starts_with("code ")).collect::<Vec<_>>(),
        ["code 3", "code 3"],
        "{run:#?}"
    );
    let run = run.has("kept").has("more").has_not("extra");
    run.complains("/src/closed").complains("2 names that the snapshot lacks stay");
}

#[test]
fn what_is_right_already_is_not_touched() {
    let env = TestEnv::ready();
    env.shell("setfattr -n user.note -v kept src/a.txt; chmod 640 src/a.txt; $CADDIS -q backup src").ok();
    let changed = || env.shell("find src -mindepth 1 -printf '%C@ %p\n' | sort -k2").ok().stdout;
    let before = changed();
    env.run(["restore", "latest:/src", "-t", "src"]).ok();
    assert_eq!(changed(), before, "times of change");
    let summary = env.backup(&[]);
    assert_eq!((&summary["files_unmodified"], &summary["files_changed"]), (&3.into(), &0.into()), "{summary}");
    // What is wrong is set, and nothing else.
    env.shell("chmod 600 src/a.txt; setfattr -n user.note -v other src/a.txt; touch -d 2001-01-01 src/sub/b.log").ok();
    let before = changed();
    env.run(["restore", "latest:/src", "-t", "src"]).ok();
    let after = changed();
    let differ: Vec<&str> =
        after.lines().filter(|line| !before.contains(*line)).filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(differ, ["src/a.txt", "src/sub/b.log"]);
    env.shell("[ $(stat -c %a src/a.txt) = 640 ] && getfattr -d src/a.txt | grep 'note=\"kept\"'").ok();
}

#[test]
fn what_an_interrupted_backup_had_not_reached_is_not_deleted() {
    let env = TestEnv::new();
    env.init(&[]);
    (0..20).for_each(|number| drop(env.file(&format!("src/a/{number}"), "whole")));
    (0..12_000).for_each(|number| drop(env.file(&format!("src/b/{number:05}"), "many")));
    env.file("src/c/kept", "not reached");
    let script = "mkfifo pipe; \"$CADDIS\" -vv backup src > pipe & exec 3< pipe; \
                  while read -r line <&3; do case $line in new*) break;; esac; done; \
                  kill -TERM $!; cat <&3; wait $!; echo code $?";
    let run = env
        .shell(script)
        .has("code 143")
        .complains("stopping; what was read so far is being saved (a second signal ends at once)");
    run.has("interrupted: partial snapshot").has("run again, the same backup goes on from there (exit code 143)");
    for extra in ["src/a/extra", "src/b/extra", "src/extra"] {
        env.file(extra, "of later");
    }
    let dry = env.run(["restore", "latest:/src", "-t", "src", "--delete", "-n"]).expect(3);
    let run = env.run(["restore", "latest:/src", "-t", "src", "--delete"]).expect(3).has(", deleted 1");
    assert_eq!(
        run.stderr.matches("The snapshot is partial: nothing is deleted from directories").count(),
        1,
        "{run:?}"
    );
    assert_eq!(run.stderr, dry.stderr);
    assert!(!env.path("src/a/extra").exists(), "all of src/a had been read");
    assert!(env.path("src/c/kept").exists() && env.path("src/extra").exists());
    assert_eq!(env.count("src/b"), 12_001);
    // The whole snapshot as well.
    env.file("top/mine", "not of the snapshot");
    env.run(["restore", "latest", "-t", "top", "--delete"]).expect(3).complains("1 name that it lacks stay");
    assert!(env.path("top/mine").exists());
    env.backup(&[]);
    env.shell("rm src/extra");
    env.run(["restore", "latest:/src", "-t", "src", "--delete"]).ok().has_not("deleted");
    env.file("src/b/extra-too", "of later");
    env.run(["restore", "latest:/src", "-t", "src", "--delete"]).ok().has(", deleted 1");
}

#[test]
fn links_and_pipes_that_are_right_are_left_alone() {
    let env = TestEnv::new();
    env.init(&[]);
    env.shell("ln -s nowhere src/link && mkfifo -m 620 src/pipe && touch -hd 2001-02-03 src/link src/pipe").ok();
    env.backup(&[]);
    let restore = |more: &[&str]| env.run([&["restore", "latest:/src", "-t", "out"], more].concat()).ok();
    restore(&[]).has("Restored 2 files/dirs");
    let changed = || env.shell("stat -c '%i %Z %n' out/link out/pipe").ok().stdout;
    let before = changed();
    restore(&["-vv"]).has("Restored 0 files/dirs").has("unchanged /src/link").has("unchanged /src/pipe");
    assert_eq!(changed(), before);
    restore(&["-n"]).has("Would restore 0 files/dirs");
    let note = "no file matches --include";
    assert!(!restore(&["--include", "link"]).stderr.contains(note));
    for wrong in [
        "ln -sfn elsewhere out/link",
        "touch -hd 2001-02-04 out/link",
        "chmod 600 out/pipe",
        "rm out/pipe; touch out/pipe",
    ] {
        env.shell(wrong).ok();
        restore(&["-n"]).has("Would restore 1 files/dirs");
        restore(&[]).has("Restored 1 files/dirs");
        restore(&[]).has("Restored 0 files/dirs");
    }
    env.shell("[ $(readlink out/link) = nowhere ] && [ -p out/pipe ] && [ $(stat -c %a out/pipe) = 620 ]").ok();
}

#[test]
fn a_directory_in_the_way_is_foreseen() {
    let env = TestEnv::new();
    env.init(&[]);
    env.file("src/file", "content");
    env.backup(&[]);
    env.file("out/file/inside", "of later");
    for more in [&[][..], &["-n"]] {
        env.run([&["restore", "latest:/src", "-t", "out"], more].concat())
            .expect(1)
            .complains("; with --delete it would be removed");
    }
    env.run(["restore", "latest:/src", "-t", "out", "--delete", "-n"]).ok();
    env.run(["restore", "latest:/src", "-t", "out", "--delete"]).ok();
    assert_eq!(fs::read(env.path("out/file")).expect("a file"), b"content");
    env.shell("rm out/file; mkdir out/file").ok();
    env.run(["restore", "latest:/src", "-t", "out", "-n"]).ok();
    env.run(["restore", "latest:/src", "-t", "out"]).ok();
}

#[test]
fn with_delete_the_target_becomes_the_directory() {
    let env = TestEnv::new();
    env.init(&[]);
    env.file("src/file", "content");
    env.shell("chmod 750 src; touch -d 2001-02-03 src").ok();
    env.backup(&[]);
    let root = || fs::metadata(env.path("out")).map(|found| (found.mode() & 0o777, found.mtime())).expect("there");
    let wanted = fs::metadata(env.path("src")).map(|found| (found.mode() & 0o777, found.mtime())).expect("there");
    env.file("out/later", "");
    env.shell("chmod 711 out").ok();
    env.run(["restore", "latest:/src", "-t", "out"]).ok();
    assert_eq!(root().0, 0o711);
    env.run(["restore", "latest:/src", "-t", "out", "--delete", "-i", "file"]).ok();
    env.run(["restore", "latest", "-t", "out", "--delete", "-i", "file"]).ok();
    assert_eq!(root().0, 0o711);
    for _ in 0..2 {
        env.run(["restore", "latest:/src", "-t", "out", "--delete"]).ok();
        assert_eq!(root(), wanted);
    }
}
