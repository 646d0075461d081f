//! diff: between snapshots, and with this machine.
use crate::testenv::TestEnv;

fn changed() -> TestEnv {
    let env = TestEnv::ready();
    env.backup_absolute(&[]);
    std::fs::remove_file(env.path("src/sub/b.log")).expect("there");
    env.file("src/a.txt", "omega");
    env.file("src/new/file", "new");
    env
}

#[test]
fn diff_compares_snapshots() {
    let env = changed();
    env.backup_absolute(&[]);
    let base = env.text("src");
    let run = env.run(["diff", "latest~1", "latest"]).ok().has("comparing snapshot ");
    let lines: Vec<&str> = run.stdout.lines().filter(|line| line.contains("/src/")).collect();
    let line = |sign: &str, path: &str| format!("{sign:<5}{base}{path}");
    assert_eq!(lines, [line("M", "/a.txt"), line("+", "/new/"), line("+", "/new/file"), line("-", "/sub/b.log")]);
    run.has("Files:           1 new,     1 removed,     1 changed\n")
        .has("Dirs:            1 new,     0 removed\n")
        .has("  Added:   ");
    env.run(["diff", "latest", "src"]).expect(1).complains("`caddis snapshots`").complains("write ./src");
    assert!(!env.run(["diff", "latest", "nowhere"]).expect(1).stderr.contains("./"));
    env.run(["diff", "--metadata", "latest~1", "latest"]).ok().has(&line("U", "/sub/"));
    env.run(["diff", &format!("latest~1:{base}/sub"), &format!("latest:{base}/sub")])
        .ok()
        .has("-    /b.log\n")
        .has_not("a.txt");
    env.run(["-q", "diff", "latest~1", "latest"]).ok().has_not("a.txt").has("Files:");
    let json = env.run(["--json", "diff", "latest~1", "latest"]).ok().json_lines();
    assert_eq!((&json[0]["message_type"], &json[0]["modifier"]), (&"change".into(), &"M".into()));
    let last = json.last().expect("statistics");
    assert_eq!((&last["message_type"], &last["changed_files"]), (&"statistics".into(), &1.into()));
    assert_eq!((&last["source_snapshot"], &last["target_snapshot"]), (&"latest~1".into(), &"latest".into()));
    assert_eq!(
        (&last["added"]["files"], &last["removed"]["files"], &last["added"]["dirs"]),
        (&1.into(), &1.into(), &1.into())
    );
    for field in ["others", "data_blobs", "tree_blobs", "bytes"] {
        assert!(last["added"][field].is_u64(), "{last}");
    }
    env.run(["diff", "latest", "latest"]).ok().has_not("/src");
    env.run(["diff", "latest", "ffffffffff"]).expect(1);
    env.run(["diff", "latest~1", "latest", "--read-all"]).expect(2);
    env.run(["diff", "latest"]).expect(2);
}

#[test]
fn diff_compares_with_this_machine() {
    let env = changed();
    let base = env.text("src");
    let run = env.run(["diff", "latest", &base]).ok();
    let lines: Vec<&str> = run.stdout.lines().filter(|line| line.contains("    /")).collect();
    assert_eq!(lines, ["M    /a.txt", "+    /new/", "+    /new/file", "-    /sub/b.log"]);
    let relative = env.run(["diff", "latest", "./src"]).ok();
    assert_eq!(relative.stdout, run.stdout);
    env.run(["diff", "latest", "./src", "--exclude", "new"]).ok().has_not("/new");
    env.run(["diff", "latest", "./src", "--exclude", "NEW"]).ok().has("/new");
    env.run(["diff", "latest", "./src", "--iexclude", "NEW"]).ok().has_not("/new");
    env.file("patterns", "# comment\nNEW\n");
    env.run(["diff", "latest", "./src", "--exclude-file", "patterns"]).ok().has("/new");
    env.run(["diff", "latest", "./src", "--iexclude-file", "patterns"]).ok().has_not("/new");
    env.file("patterns", "new\n");
    env.run(["diff", "latest", "./src", "--exclude-file", "patterns"]).ok().has_not("/new");
    env.run(["diff", "latest", "./src", "--metadata"]).ok().has("U    /sub/");
    env.run(["diff", &format!("latest:{base}/sub"), "./src/sub", "-x"]).ok().has("-    /b.log").has_not("a.txt");
    // The same length: that nothing was read is to be seen.
    env.run(["diff", "latest", "./src", "--no-content"]).ok().has_not("a.txt");
    env.run(["diff", "latest", "./src/a.txt"]).ok().has("M    /a.txt");
    let json = env.run(["--json", "diff", "latest", "./src"]).ok().json_lines();
    assert_eq!(json.last().expect("statistics")["changed_files"], 1);
    env.run(["diff", "latest", "./nowhere"]).expect(1);
    env.run(["diff", "latest", "./src", "--no-content", "--read-all"]).expect(2);
}

#[test]
fn a_restored_copy_is_the_same_as_its_snapshot() {
    let env = TestEnv::ready();
    env.backup_absolute(&[]);
    let base = env.text("src");
    env.run(["restore", &format!("latest:{base}"), "--target", "copy"]).ok();
    env.run(["diff", "latest", "./copy"]).expect(1).complains(":/PATH ./copy` compares it with another directory");
    let run = env.run(["diff", "--metadata", "--read-all", &format!("latest:{base}"), "./copy"]).ok();
    assert!(!run.stdout.lines().any(|line| line.contains("    /")), "{run:#?}");
    // One byte, and nothing else: that is what --read-all finds.
    let file = env.path("src/sub/deep/c.txt");
    let time = std::fs::metadata(&file).and_then(|metadata| metadata.modified()).expect("there");
    let mut bytes = std::fs::read(&file).expect("there");
    bytes[1000] ^= 1;
    std::fs::write(&file, bytes).expect("ours");
    std::fs::File::open(&file).and_then(|file| file.set_modified(time)).expect("ours");
    env.run(["diff", "latest", "./src"]).ok().has("M    /sub/deep/c.txt");
}
