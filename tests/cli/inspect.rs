//! Looking inside: snapshots, ls, stats, cat.
use crate::testenv::TestEnv;

/// Three snapshots of two hosts.
fn history() -> TestEnv {
    let env = TestEnv::ready();
    env.backup(&["--host", "h1", "--tag", "a,b", "--label", "l1", "--time", "2001-01-01"]);
    env.backup(&["--host", "h1", "--tag", "b", "--time", "2002-01-01"]);
    env.backup(&["--host", "h2", "--tag", "c", "--time", "2003-01-01"]);
    env
}

fn years(env: &TestEnv, args: &[&str]) -> Vec<String> {
    env.snapshots(args).iter().map(|snapshot| snapshot["time"].as_str().expect("text")[..4].to_owned()).collect()
}

#[test]
fn snapshots_are_filtered() {
    let env = history();
    for (args, expected) in [
        (&[][..], &["2001", "2002", "2003"][..]),
        (&["--host", "h1"], &["2001", "2002"]),
        (&["-H", "h1", "--host", "h2"], &["2001", "2002", "2003"]),
        (&["--tag", "b"], &["2001", "2002"]),
        (&["--tag", "a,b"], &["2001"]),
        (&["--tag", "a,b", "--tag", "c"], &["2001", "2003"]),
        (&["--label", "l1"], &["2001"]),
        (&["--path", "/nowhere"], &[]),
        (&["--path", "src"], &["2001", "2002", "2003"]),
        (&["--latest", "1"], &["2002", "2003"]),
        (&["latest"], &["2003"]),
        (&["latest", "--host", "h1"], &["2002"]),
        (&["latest~1", "@l1"], &["2002", "2001"]),
    ] {
        assert_eq!(years(&env, args), expected, "{args:?}");
    }
    env.run(["snapshots", "--latest", "0"]).expect(2);
    env.run(["snapshots", "ffffffffffff"]).expect(1);
}

#[test]
fn tables_are_long_or_compact() {
    let env = history();
    let long = env.run(["snapshots"]).ok().has("Paths").has("3 snapshots");
    let compact = env.run(["snapshots", "--compact"]).ok().has("a,b").has_not("Paths");
    assert!(compact.stdout.lines().count() < long.stdout.lines().count());
    assert_eq!(env.run(["snapshots", "-c"]).ok().stdout, compact.stdout);
    let all = env.snapshots(&[]);
    for field in
        ["time", "tree", "paths", "hostname", "username", "uid", "gid", "id", "short_id", "summary", "program_version"]
    {
        assert!(!all[0][field].is_null(), "{field}: {}", all[0]);
    }
}

#[test]
fn ls_lists_all_or_one_level() {
    let env = TestEnv::ready();
    env.backup(&[]);
    let all = env.run(["ls", "latest"]).ok().has("snapshot ").stdout;
    let sub = all.lines().find(|line| line.ends_with("/sub")).expect("listed").to_owned();
    assert!(all.contains("/deep/c.txt"));
    env.run(["-q", "ls", "latest", &sub]).ok().has("/sub/deep\n").has("/sub/b.log\n").has_not("c.txt").has_not("a.txt");
    env.run(["-q", "ls", "--recursive", "latest", &sub]).ok().has("/sub/deep/c.txt\n").has_not("a.txt");
    env.run(["-q", "ls", &format!("latest:{sub}")]).ok().has("c.txt").has_not("a.txt");
    env.run(["ls", "latest", "/no/such"]).expect(1).complains("/no/such");
    env.run(["-q", "ls", "-l", "latest"]).ok().has("-rw").has("drwx").has(" 300000 ");
    assert_eq!(
        env.run(["-q", "ls", "--long", "latest"]).ok().stdout,
        env.run(["-q", "ls", "-l", "latest"]).ok().stdout
    );
    env.run(["ls", "latest", "--host", "nobody"]).expect(1);
}

#[test]
fn ls_prints_json_lines() {
    let env = TestEnv::ready();
    std::os::unix::fs::symlink("a.txt", env.path("src/link")).expect("new");
    env.backup(&[]);
    let lines = env.run(["--json", "ls", "latest"]).ok().json_lines();
    assert_eq!(lines[0]["message_type"], "snapshot");
    let of = |name: &str| lines.iter().find(|line| line["name"] == name).expect("listed");
    assert_eq!((&of("a.txt")["type"], &of("a.txt")["size"]), (&"file".into(), &5.into()));
    assert_eq!((&of("sub")["type"], &of("sub")["message_type"]), (&"dir".into(), &"node".into()));
    assert_eq!((&of("link")["type"], &of("link")["linktarget"]), (&"symlink".into(), &"a.txt".into()));
}

#[test]
fn names_that_a_terminal_must_not_see_are_escaped() {
    let env = TestEnv::ready();
    env.file("src/\x1b[31mred", "x");
    env.backup(&[]);
    env.run(["ls", "latest"]).ok().has("\\u{1b}[31mred").has_not("\x1b");
}

#[test]
fn stats_count_in_many_ways() {
    let env = TestEnv::ready();
    env.backup(&["--host", "h1"]);
    env.backup(&["--host", "h2"]);
    let stats = |args: &[&str]| env.run([&["--json", "stats"], args].concat()).ok().json();
    let size = 5 + 4 + 300_000;
    assert_eq!(stats(&[])["total_size"], 2 * size);
    assert_eq!((&stats(&["latest"])["total_size"], &stats(&["latest"])["total_file_count"]), (&size.into(), &3.into()));
    assert_eq!(stats(&["--host", "h1"])["snapshots_count"], 1);
    let (one, both) = (stats(&["--mode", "raw-data", "latest"]), stats(&["--mode", "raw-data"]));
    assert_eq!(one["total_blob_count"], both["total_blob_count"]);
    assert!(one["total_size"].as_u64() < one["total_uncompressed_size"].as_u64(), "{one}");
    assert!(one["compression_ratio"].as_f64() > Some(1.0) && one["compression_space_saving"].is_f64(), "{one}");
    env.file("src/copy", "alpha");
    env.backup(&["--host", "h3"]);
    let contents = stats(&["--mode", "files-by-contents"]);
    assert_eq!((&contents["total_size"], &contents["total_file_count"]), (&size.into(), &3.into()));
    let blobs = stats(&["--mode", "blobs-per-file"]);
    assert_eq!((&blobs["total_size"], &blobs["total_file_count"]), (&size.into(), &3.into()));
    assert!(blobs["total_blob_count"].as_u64() >= Some(1), "{blobs}");
    env.run(["stats", "--mode", "blobs-per-file", "latest"]).ok().has("Total Blob Count");
    let all = stats(&["--mode", "repository"]);
    assert!(all["parity_packs"].as_u64() >= Some(1) && all["total_size"].as_u64() > Some(0), "{all}");
    env.run(["stats", "--mode", "restore-size"]).ok().has("Total Size");
    env.run(["stats", "--mode", "repository", "latest"]).expect(2);
}

#[test]
fn single_objects_can_be_seen() {
    let env = TestEnv::ready();
    let id = env.backup(&[])["snapshot_id"].as_str().expect("an id").to_owned();
    let cat = |args: &[&str]| env.run([&["cat"], args].concat()).ok();
    cat(&["config"]).json();
    assert!(cat(&["snapshot", &id[..12]]).json().is_object());
    cat(&["tree", "latest"]).has("src");
    let index = env.objects("index").remove(0);
    cat(&["index", index.file_name().and_then(|name| name.to_str()).expect("plain")]).json();
    let key = env.objects("keys").remove(0);
    cat(&["key", key.file_name().and_then(|name| name.to_str()).expect("plain")]).json();
    let tree = env.snapshots(&[])[0]["tree"].as_str().expect("an id").to_owned();
    cat(&["tree", &tree]).json();
    assert!(!cat(&["blob", &tree]).stdout.is_empty());
    let packs = env.objects("packs");
    let names = packs.iter().filter_map(|pack| pack.file_name()?.to_str());
    let seen = names.filter(|name| env.run(["cat", "pack", name]).code == Some(0)).count();
    assert!(seen > 0, "data packs have a directory");
    assert_eq!(env.run(["--json", "cat", "config"]).ok().stdout.lines().count(), 1);
    env.run(["cat", "blob", &"0".repeat(64)]).expect(6);
    env.run(["cat", "config", "x"]).expect(2);
}
