//! Snapshots of tar archives, as GNU tar writes them.
use std::fs;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};

use serde_json::json;

use crate::testenv::TestEnv;

/// A tree with all kinds of entries; an archive of it in the form that is asked for.
fn archive(env: &TestEnv, options: &str) -> String {
    let root = env.path("tree");
    env.file("tree/file.txt", "hello");
    env.file("tree/sub/deep/large", &"0123456789abcdef".repeat(200_000));
    fs::set_permissions(env.path("tree/file.txt"), fs::Permissions::from_mode(0o640)).expect("ours");
    if !root.join("link").exists() {
        symlink("file.txt", root.join("link")).expect("a link");
        fs::hard_link(root.join("file.txt"), root.join("sub/again")).expect("a link");
        let sparse = fs::File::create(root.join("sparse")).expect("writable");
        sparse.write_all_at(b"start", 0).expect("writable");
        sparse.write_all_at(b"middle", 1 << 20).expect("writable");
        sparse.set_len(3 << 20).expect("writable");
        env.shell("mkfifo tree/pipe").ok();
    }
    env.shell("touch -d '2021-03-04 05:06:07.25' tree/file.txt").ok();
    env.shell(&format!("tar -c {options} -f archive.tar -C tree .")).ok();
    env.text("archive.tar")
}

fn check(env: &TestEnv, target: &str) {
    let (before, after) = (env.path("tree"), env.path(target));
    for file in ["file.txt", "sub/deep/large", "sub/again", "sparse"] {
        assert_eq!(fs::read(before.join(file)).ok(), fs::read(after.join(file)).ok(), "{file}");
        let metadata = |path: &std::path::Path| {
            fs::symlink_metadata(path).map(|found| (found.mode(), found.uid(), found.mtime())).ok()
        };
        assert_eq!(metadata(&before.join(file)), metadata(&after.join(file)), "{file}");
    }
    assert_eq!(fs::read_link(after.join("link")).expect("a link").to_str(), Some("file.txt"));
    let inode = |file: &str| fs::metadata(after.join(file)).expect("restored").ino();
    assert_eq!(inode("file.txt"), inode("sub/again"));
    assert!(fs::metadata(after.join("sparse")).expect("restored").blocks() < 3 << 10, "the holes are there");
    use std::os::unix::fs::FileTypeExt;
    assert!(fs::symlink_metadata(after.join("pipe")).expect("restored").file_type().is_fifo());
}

#[test]
fn archives_of_every_form_become_snapshots() {
    let env = TestEnv::new();
    env.init(&[]);
    for (number, options) in [
        "--format=gnu -S",
        "--format=pax -S --sparse-version=1.0",
        "--format=pax -S --sparse-version=0.1",
        "--format=pax -S --sparse-version=0.0",
        "--format=ustar",
    ]
    .into_iter()
    .enumerate()
    {
        let file = archive(&env, options);
        let summary = env.run(["--json", "import", &file, &format!("--label={options}")]).ok().summary();
        assert_eq!((&summary["error_count"], &summary["total_files_processed"]), (&json!(0), &json!(4)), "{options}");
        let target = format!("out{number}");
        env.run(["restore", "latest", "-t", &target]).ok();
        if options.contains("-S") {
            check(&env, &target);
        }
        let nanos = fs::metadata(env.path(&target).join("file.txt")).expect("restored").mtime_nsec();
        assert_eq!(nanos, if options.contains("pax") { 250_000_000 } else { 0 });
    }
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn archives_may_be_compressed_and_come_from_a_pipe() {
    let env = TestEnv::new();
    env.init(&[]);
    let plain = fs::read(archive(&env, "--format=gnu -S")).expect("written");
    env.run_with_input(["import", "-"], &plain).ok().has("saved");
    env.shell("gzip -k archive.tar").ok();
    fs::write(env.path("archive.tar.zst"), zstd::encode_all(&plain[..], 3).expect("encodes")).expect("writable");
    for file in ["archive.tar.gz", "archive.tar.zst"] {
        // The same entries: nothing is new.
        let summary = env.run(["--json", "import", file]).ok().summary();
        assert_eq!(
            (&summary["files_unmodified"], &summary["data_blobs"], &summary["tree_blobs"]),
            (&json!(4), &json!(0), &json!(0))
        );
        assert!(summary["parent"].is_string());
    }
    env.run(["import", "archive.tar.gz", "--skip-if-unchanged"]).ok().has("skipped");
    env.run(["restore", "latest", "-t", "out"]).ok();
    check(&env, "out");
    env.file("x.tar.xz", "\u{fd}7zXZ");
    fs::write(env.path("x.tar.xz"), b"\xfd7zXZ\0rest").expect("writable");
    env.run(["import", "x.tar.xz"]).expect(2).complains("xz -dc");
    env.run(["import", "missing.tar"]).expect(1).complains("missing.tar");
}

#[test]
fn notes_and_places_are_chosen() {
    let env = TestEnv::new();
    env.init(&[]);
    let file = archive(&env, "--format=pax");
    let args =
        ["--time", "2020-01-01 00:00:00", "--host", "old", "--tag", "a,b", "--label", "l", "--as-path", "/srv/old"];
    env.run(["import", &file, "--description", "from the attic"].into_iter().chain(args)).ok();
    let snapshot = env.snapshots(&["latest"])[0].clone();
    assert_eq!(snapshot["description"], "from the attic");
    assert_eq!(
        (&snapshot["hostname"], &snapshot["tags"], &snapshot["label"]),
        (&json!("old"), &json!(["a", "b"]), &json!("l"))
    );
    assert_eq!(snapshot["paths"], json!(["/srv/old"]));
    assert!(snapshot["time"].as_str().expect("a time").starts_with("2020-01-01T00:00:00"));
    env.run(["-q", "ls", "latest"]).ok().has("/srv/old/file.txt\n").has("/srv/old/sub/deep/large\n");
    let before = env.snapshots(&[]).len();
    env.run(["import", "-n", &file]).ok().has("dry run");
    assert_eq!(env.snapshots(&[]).len(), before);
    env.run(["import", &file, "--as-path", "/a/../b"]).expect(2);
}

#[test]
fn hostile_names_are_left_out_and_absolute_ones_become_relative() {
    let env = TestEnv::new();
    env.init(&[]);
    env.file("x", "content");
    env.shell("tar -cP -f a.tar --transform 's,^x$,../../escaped,' x").ok();
    env.shell("tar -rP -f a.tar --transform 's,^x$,/absolute/x,' x").ok();
    env.shell("tar -rP -f a.tar --transform 's,^x$,fine/./y,' x").ok();
    // A link, and a file beneath it.
    env.shell("ln -s /etc trap && tar -rP -f a.tar trap && tar -rP -f a.tar --transform 's,^x$,trap/passwd,' x").ok();
    let run = env.run(["import", "a.tar"]).expect(3);
    let run = run
        .complains("../../escaped: Its path leads upwards")
        .complains("trap/passwd: It is beneath what is no directory");
    run.has("saved");
    let listed = env.run(["-q", "ls", "latest"]).ok().stdout;
    assert_eq!(listed, "/absolute\n/absolute/x\n/fine\n/fine/y\n/trap\n");
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn a_damaged_archive_makes_no_snapshot() {
    let env = TestEnv::new();
    env.init(&[]);
    let bytes = fs::read(archive(&env, "--format=gnu")).expect("written");
    env.run_with_input(["import", "-"], &bytes[..bytes.len() / 2 + 100]).expect(1).complains("no snapshot was made");
    env.run_with_input(["import", "-"], b"this is not an archive at all").expect(1).complains("no snapshot was made");
    assert!(env.snapshots(&[]).is_empty());
    // Cut off between two entries: only the mark at the end is missing.
    let end = bytes.iter().rposition(|byte| *byte != 0).expect("not empty") / 512 * 512 + 512;
    env.run_with_input(["import", "-"], &bytes[..end]).expect(3).complains("cut off");
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn attributes_survive() {
    let env = TestEnv::new();
    env.init(&[]);
    env.file("tree/file", "x");
    // Not every file system has them, and not every machine the programs.
    let set = "setfattr -n user.caddis -v value tree/file && tar -c --xattrs --format=pax -f a.tar tree";
    if env.shell(set).code != Some(0) {
        return;
    }
    env.run(["import", "a.tar"]).ok();
    env.run(["restore", "latest", "-t", "out"]).ok();
    env.shell("getfattr -n user.caddis --only-values out/tree/file").ok().has("value");
}

#[test]
fn what_was_exported_is_imported_as_it_was() {
    let env = TestEnv::new();
    env.init(&[]);
    archive(&env, "--format=pax");
    env.run(["backup", "tree"]).ok();
    env.run(["export", "latest:/tree", "--target", "out.tar"]).ok();
    env.run(["import", "out.tar"]).ok();
    env.run(["restore", "latest", "-t", "out"]).ok();
    let (before, after) = (env.path("tree"), env.path("out"));
    for file in ["file.txt", "sub/deep/large", "sub/again", "sparse"] {
        assert_eq!(fs::read(before.join(file)).ok(), fs::read(after.join(file)).ok(), "{file}");
    }
    let inode = |file: &str| fs::metadata(after.join(file)).expect("restored").ino();
    assert_eq!(inode("file.txt"), inode("sub/again"));
    let time = |path: &std::path::Path| {
        fs::metadata(path.join("file.txt")).map(|found| (found.mtime(), found.mtime_nsec())).ok()
    };
    assert_eq!(time(&before), time(&after));
    env.shell("$CADDIS export latest | tar -t").ok().has("file.txt");
}

#[test]
fn access_control_lists_survive() {
    let env = TestEnv::new();
    env.init(&[]);
    env.file("tree/dir/file", "x");
    let set =
        "setfacl -m u:1234:rx,g:root:r tree/dir/file && setfacl -dm u:0:rwx,g:77:x tree/dir && chmod o= tree/dir/file";
    if env.shell(set).code != Some(0) {
        eprintln!("skipped: access-control lists cannot be set here");
        return;
    }
    let lists = |directory: &str| env.shell(&format!("cd {directory} && getfacl -nR tree")).ok().stdout;
    let before = lists(".");
    env.run(["backup", "tree"]).ok();
    env.run(["export", "latest", "-t", "ours.tar"]).ok();
    // As GNU tar writes them, with names.
    env.shell("tar -c --acls -f theirs.tar tree").ok();
    for archive in ["ours", "theirs"] {
        env.run(["import", &format!("{archive}.tar")]).ok();
        env.run(["restore", "latest", "-t", archive]).ok();
        assert_eq!(lists(archive), before, "{archive}");
    }
}

#[test]
fn holes_survive_export_and_import() {
    let env = TestEnv::new();
    env.init(&[]);
    let long = "long name ".repeat(12);
    env.file("tree/plain", "x");
    env.shell("truncate -s 40G tree/huge && echo start | dd of=tree/huge conv=notrunc status=none && echo end | dd of=tree/huge seek=5000000 conv=notrunc status=none").ok();
    env.shell(&format!(
        "truncate -s 20G \"tree/all holes\" && mkdir \"tree/{long}\" && truncate -s 1M \"tree/{long}/\u{fc}\""
    ))
    .ok();
    env.shell("echo more >> tree/huge && ln tree/huge tree/again").ok();
    let blocks = |directory: &str| {
        env.shell(&format!("cd {directory} && find . -type f -printf '%P %s %k\\n' | sort")).ok().stdout
    };
    let before = blocks("tree");
    env.run(["backup", "tree"]).ok();
    env.run(["export", "latest", "-t", "out.tar"]).ok();
    assert!(fs::metadata(env.path("out.tar")).expect("made").len() < 1 << 20);
    env.shell("mkdir theirs && tar -x -C theirs -f out.tar").ok();
    env.run(["import", "out.tar"]).ok();
    env.run(["restore", "latest", "-t", "ours"]).ok();
    for directory in ["theirs/tree", "ours/tree"] {
        assert_eq!(blocks(directory), before, "{directory}");
        env.shell(&format!("tail -c 6 {directory}/huge; dd if={directory}/huge skip=5000000 count=1 status=none | head -c 4; head -c 6 {directory}/again"))
            .ok()
            .has("\0more\nend\nstart\n");
    }
    env.shell("$CADDIS dump latest /tree/ | tar -t").ok().has("tree/huge\n").has("tree/again\n").has("\ntree/plain\n");
}

#[test]
fn archives_are_compressed_as_hard_as_is_asked_for() {
    let stored = |mode: &str| {
        let env = TestEnv::new();
        env.init(&[]);
        env.run(["import", &archive(&env, "--format=pax"), "--compression", mode]).ok();
        env.run(["--json", "stats", "--mode", "repository"]).ok().json()["frame_bytes"].as_u64()
    };
    assert!(stored("off") > stored("fastest"));
}
