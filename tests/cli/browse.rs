//! Looking for things: ls in other orders and forms, find, history.
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use crate::testenv::{Run, TestEnv};

fn set_time(env: &TestEnv, file: &str, secs: u64) {
    let file = std::fs::File::open(env.path(file)).expect("it is there");
    file.set_modified(UNIX_EPOCH + Duration::from_secs(secs)).expect("ours");
}

/// Names of files as they are listed.
fn names(run: Run) -> Vec<String> {
    let names = run.stdout.lines().filter_map(|line| Some(line.rsplit_once('/')?.1.to_owned()));
    names.filter(|name| name.contains('.')).collect()
}

#[test]
fn ls_sorts() {
    let env = TestEnv::new();
    env.init(&[]);
    for (name, size, secs) in
        [("a.txt", 30, 2_000), ("b.log", 10, 3_000), ("c.Txt", 20, 1_000), ("sub/d.log", 40, 4_000)]
    {
        env.file(&format!("src/{name}"), &"x".repeat(size));
        set_time(&env, &format!("src/{name}"), secs);
    }
    env.backup_absolute(&[]);
    let base = env.text("src");
    let ls = |args: &[&str]| names(env.run([&["-q", "ls", "-R", "latest", &base], args].concat()).ok());
    assert_eq!(ls(&[]), ["a.txt", "b.log", "c.Txt", "d.log"]);
    assert_eq!(ls(&["--reverse"]), ["d.log", "c.Txt", "b.log", "a.txt"]);
    assert_eq!(ls(&["--sort", "size"]), ["b.log", "c.Txt", "a.txt", "d.log"]);
    assert_eq!(ls(&["-s", "time"]), ["c.Txt", "a.txt", "b.log", "d.log"]);
    assert_eq!(ls(&["--sort", "mtime", "--reverse"]), ["d.log", "b.log", "a.txt", "c.Txt"]);
    assert_eq!(ls(&["--sort", "extension"]), ["c.Txt", "b.log", "d.log", "a.txt"]);
    assert_eq!(ls(&["--sort", "name"]), ["a.txt", "b.log", "c.Txt", "d.log"]);
    assert_eq!(ls(&["--sort", "ctime"]).len(), 4);
    env.run(["ls", "latest", "--sort", "atime"]).expect(2);
    env.run(["ls", "latest", "--human-readable"]).expect(2);
    env.run(["-q", "ls", "-l", "--human-readable", "latest"]).ok().has(" 30 B ");
    let json = env.run(["--json", "ls", "-R", "latest", &base, "--sort", "size", "--reverse"]).ok().json_lines();
    assert!(json[1]["name"] == "d.log" || json[1]["type"] == "dir", "{json:?}");
}

/// Fails unless the value is a directory of ncdu's export format; returns the names in it with their depth.
fn ncdu_directory(value: &Value, depth: usize, names: &mut Vec<(usize, String)>) {
    let items = value.as_array().expect("a directory is an array");
    let info = items.first().expect("that begins with its own information");
    ncdu_info(info, depth, names);
    for item in &items[1..] {
        match item {
            Value::Array(_) => ncdu_directory(item, depth + 1, names),
            item => ncdu_info(item, depth + 1, names),
        }
    }
}

fn ncdu_info(value: &Value, depth: usize, names: &mut Vec<(usize, String)>) {
    let fields = value.as_object().expect("information is an object");
    for (name, field) in fields {
        let is_right = match name.as_str() {
            "name" => field.is_string(),
            "asize" | "dsize" | "dev" | "ino" | "nlink" | "uid" | "gid" | "mtime" => field.is_u64(),
            "mode" => field.as_u64().is_some_and(|mode| mode <= 65_535),
            "hlnkc" | "notreg" | "read_error" => field.is_boolean(),
            _ => false,
        };
        assert!(is_right, "{name}: {field}");
    }
    names.push((depth, fields["name"].as_str().expect("text").to_owned()));
}

#[test]
fn ls_writes_what_ncdu_reads() {
    let env = TestEnv::ready();
    symlink("a.txt", env.path("src/link")).expect("new");
    std::fs::hard_link(env.path("src/a.txt"), env.path("src/other")).expect("new");
    std::fs::create_dir(env.path("src/empty")).expect("new");
    env.backup_absolute(&[]);
    let base = env.text("src");
    let export = |args: &[&str]| {
        let value = env.run([&["ls", "--ncdu"], args].concat()).ok().json();
        let top = value.as_array().expect("an array").clone();
        assert_eq!((top.len(), &top[0], &top[1]), (4, &1.into(), &2.into()));
        assert!(top[2]["progname"] == "caddis" && top[2]["timestamp"].is_u64(), "{}", top[2]);
        let mut names = Vec::new();
        ncdu_directory(&top[3], 0, &mut names);
        (names, value)
    };
    let (names, value) = export(&[&format!("latest:{base}")]);
    let names: Vec<_> = names.iter().map(|(depth, name)| (*depth, name.as_str())).collect();
    let expected = [
        (0, base.as_str()),
        (1, "a.txt"),
        (1, "empty"),
        (1, "link"),
        (1, "other"),
        (1, "sub"),
        (2, "b.log"),
        (2, "deep"),
        (3, "c.txt"),
    ];
    assert_eq!(names, expected);
    assert_eq!((&value[3][1]["hlnkc"], &value[3][1]["nlink"]), (&true.into(), &2.into()));
    assert_eq!((&value[3][3]["notreg"], &value[3][1]["dsize"]), (&true.into(), &512.into()));
    let (part, _) = export(&["latest", &format!("{base}/sub/deep")]);
    assert_eq!(part[0].1, "/");
    assert!(part.iter().any(|(_, name)| name == "c.txt") && !part.iter().any(|(_, name)| name == "b.log"), "{part:?}");
    env.run(["ls", "--ncdu", "latest", "/no/such"]).expect(1);
    env.run(["ls", "--ncdu", "--sort", "size", "latest"]).expect(2);
    env.run(["--json", "ls", "--ncdu", "latest"]).expect(2);
}

#[test]
fn listings_end_when_nobody_reads_and_names_are_bytes() {
    let env = TestEnv::new();
    env.init(&[]);
    for number in 0..3000 {
        env.file(&format!("src/a long name of a file that fills buffers, number {number}"), "");
    }
    let strange = env.path("src").join(std::ffi::OsStr::from_bytes(b"stra\xffnge"));
    std::fs::write(strange, "x").expect("any bytes are a name");
    env.backup_absolute(&[]);
    env.backup_absolute(&[]);
    for command in [
        "ls latest",
        "ls --ncdu latest",
        "ls -l --sort size latest",
        "find '*'",
        "--json find '*'",
        "diff latest:/ /etc",
    ] {
        let script = format!("set -o pipefail; $CADDIS {command} | head -c 100 > /dev/null");
        env.shell(&script).ok();
    }
    env.run(["find", "stra*"]).ok().has("stra\\xffnge");
    let export = env.command(["ls", "--ncdu", "latest"]).output().expect("it runs");
    assert!(export.stdout.windows(9).any(|part| part == b"stra\xffnge\""), "as it is");
}

/// Three snapshots in which a file changes and another goes.
fn history() -> TestEnv {
    let env = TestEnv::ready();
    set_time(&env, "src/a.txt", 1_000_000);
    env.backup_absolute(&["--host", "h1", "--time", "2001-01-01"]);
    env.file("src/a.txt", "alpha and more");
    std::fs::remove_file(env.path("src/sub/b.log")).expect("there");
    env.backup_absolute(&["--host", "h1", "--time", "2002-01-01"]);
    env.backup_absolute(&["--host", "h2", "--time", "2003-01-01"]);
    env
}

#[test]
fn find_looks_through_snapshots() {
    let env = history();
    env.run(["find", "nowhere"]).ok().complains("nothing found in 3 snapshots");
    assert_eq!(env.run(["-q", "find", "nowhere"]).ok().stderr, "");
    assert_eq!(env.run(["--json", "find", "nowhere"]).ok().stderr, "");
    let all = env.run(["find", "a.txt"]).ok().has("/src/a.txt\n").has("Found matching entries in snapshot ");
    assert_eq!(all.stdout.matches("/src/a.txt\n").count(), 3);
    let years = |run: &Run| {
        let lines = run.stdout.lines().filter(|line| line.starts_with("Found"));
        lines.filter_map(|line| Some(line.split_once(" from ")?.1[..4].to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(years(&all), ["2003", "2002", "2001"]);
    assert_eq!(years(&env.run(["find", "-R", "a.txt"]).ok()), ["2001", "2002", "2003"]);
    assert_eq!(years(&env.run(["find", "--reverse", "--host", "h1", "a.txt"]).ok()), ["2001", "2002"]);
    assert_eq!(years(&env.run(["find", "-s", "latest~1", "-s", "latest", "a.txt"]).ok()), ["2003", "2002"]);
    assert_eq!(years(&env.run(["find", "b.log"]).ok()), ["2001"]);
    env.run(["find", "-i", "A.TXT"]).ok().has("/src/a.txt\n");
    env.run(["find", "A.TXT"]).ok().has_not("a.txt");
    env.run(["-q", "find", "sub/*.log", "c.*"])
        .ok()
        .has("/sub/b.log\n")
        .has("/sub/deep/c.txt\n")
        .has_not("a.txt")
        .has_not("Found");
    env.run(["-q", "find", &format!("{}/*.txt", env.text("src"))]).ok().has("a.txt").has_not("c.txt");
    env.run(["-q", "find", "--size", "+100k"]).ok().has("c.txt").has_not("a.txt");
    env.run(["-q", "find", "--size", "-10", "--type", "f"]).ok().has("a.txt").has("b.log").has_not("c.txt");
    env.run(["-q", "find", "--type", "d,l", "--size", "5"]).ok().has_not("a.txt");
    env.run(["-q", "find", "--type", "d", "deep"]).ok().has("/deep\n").has_not("c.txt");
    let old = env.run(["find", "-N", "1970-02-01", "a.txt"]).ok();
    assert_eq!(years(&old), ["2001"]);
    assert_eq!(years(&env.run(["find", "--oldest", "1970-02-01", "a.txt"]).ok()), ["2003", "2002"]);
    assert_eq!(years(&env.run(["find", "--newest", "9000 days ago", "a.txt"]).ok()), ["2001"]);
    assert_eq!(years(&env.run(["find", "--oldest", "9000 days ago", "a.txt"]).ok()), ["2003", "2002"]);
    env.run(["find", "--oldest", "tomorrow", "a.txt"]).expect(2);
    env.run(["-q", "find", "-l", "a.txt"]).ok().has("-rw").has(" 14 ");
    env.run(["-q", "find", "-l", "--human-readable", "a.txt"]).ok().has(" 14 B ");
    env.run(["find", "nothing at all"]).ok();
    for bad in [&["find"][..], &["find", "--show-pack-id", "x"], &["find", "--human-readable", "x"], &["find", "[x"]] {
        env.run(bad).expect(2);
    }
}

#[test]
fn find_prints_restics_json() {
    let env = history();
    let found = env.run(["--json", "find", "*.txt"]).ok().json();
    let snapshots = found.as_array().expect("an array");
    assert_eq!((snapshots.len(), &snapshots[0]["hits"]), (3, &2.into()));
    let first = &snapshots[0]["matches"][0];
    for field in ["path", "permissions", "type", "mode", "mtime", "ctime", "uid", "gid", "inode", "size", "links"] {
        assert!(!first[field].is_null(), "{field}: {first}");
    }
    assert!(
        first.get("message_type").is_none()
            && snapshots[0]["snapshot"].as_str().is_some_and(|id| id.len() == 32 || id.len() == 64)
    );
    assert_eq!(env.run(["--json", "find", "nothing"]).ok().json(), Value::Array(Vec::new()));
}

#[test]
fn find_follows_ids() {
    let env = history();
    let tree = env.run(["cat", "tree", &format!("latest:{}/sub/deep", env.text("src"))]).ok().json();
    let blob = tree["nodes"][0]["content"][0].as_str().expect("it is large").to_owned();
    env.run(["find", "--blob", &blob])
        .ok()
        .has(&format!("Found blob {blob}"))
        .has("/deep/c.txt")
        .has(" ... in snapshot ");
    let found = env.run(["--json", "find", "--blob", &blob[..10], "--show-pack-id"]).ok().json();
    let found = found.as_array().expect("an array");
    assert_eq!((found.len(), &found[0]["object_type"], &found[0]["id"]), (3, &"blob".into(), &blob.as_str().into()));
    assert!(found[0]["parent_tree"].is_string() && found[0]["time"].is_string() && found[0]["snapshot"].is_string());
    let pack = found[0]["packs"][0].as_str().expect("an id").to_owned();
    env.run(["find", "--show-pack-id", "--blob", &blob]).ok().has(&pack);
    env.run(["find", "--pack", &pack[..8]]).ok().has(&blob);
    let root = env.snapshots(&["latest"])[0]["tree"].as_str().expect("an id").to_owned();
    env.run(["find", "--tree", &root]).ok().has(&format!("Found tree {root}\n ... path /\n"));
    env.run(["find", "--blob", "--tree", &root, &blob]).ok().has("Found tree").has("Found blob");
    env.run(["find", "--pack", "0000000000"]).expect(1);
    env.run(["find", "--blob", "xyz"]).expect(1);
    for bad in
        [&["find", "--blob"][..], &["find", "--pack", "--tree", "abcd"], &["find", "--blob", "abcd", "--type", "f"]]
    {
        env.run(bad).expect(2);
    }
}

#[test]
fn history_shows_versions() {
    let env = history();
    std::fs::set_permissions(env.path("src/a.txt"), PermissionsExt::from_mode(0o600)).expect("ours");
    env.backup_absolute(&["--host", "h1", "--time", "2004-01-01"]);
    let table =
        env.run(["history", "src/a.txt"]).ok().has("2001-01-01").has("new").has("content (size").has("metadata (mode");
    assert!(table.stdout.contains("3 versions of ") && table.stdout.contains("1 version of "), "{}", table.stdout);
    env.run(["history", "--content", "src/a.txt", "--host", "h1"]).ok().has("2 versions of ").has_not("metadata");
    env.run(["history", "src/sub/b.log"]).ok().has("gone");
    env.run(["history", "src/sub"]).ok().has("dir");
    let lines = env.run(["--json", "history", "--host", "h1", "src/a.txt"]).ok().json_lines();
    let told: Vec<_> = lines.iter().map(|line| (line["message_type"].clone(), line["change"].clone())).collect();
    let version = |change: &str| (Value::from("version"), Value::from(change));
    assert_eq!(told[..3], [version("new"), version("content"), version("metadata")]);
    assert_eq!(
        (&lines[1]["size"], &lines[1]["snapshots"], &lines[1]["hostname"]),
        (&14.into(), &1.into(), &"h1".into())
    );
    assert!(lines[1]["first_seen"].as_str().is_some_and(|time| time.starts_with("2002")), "{}", lines[1]);
    assert!(lines[1]["changed"].as_array().is_some_and(|changed| changed.contains(&"size".into())));
    assert_eq!((&lines[3]["message_type"], &lines[3]["versions"]), (&"summary".into(), &3.into()));
    env.run(["history", "src/no such"]).expect(1).complains("no snapshot has it");
    env.run(["history"]).expect(2);
}
