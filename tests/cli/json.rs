//! What every command prints with `--json` is as its schema in `docs/json` says, and every command has one.
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::testenv::{Run, TestEnv};

/// Schemas by command; `stderr` is that of standard error.
struct Schemas {
    all: BTreeMap<String, Value>,
    /// Forms of messages that were met.
    met: BTreeSet<(String, String)>,
}

impl Schemas {
    fn load() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json");
        let read = |path: &Path| -> Value {
            let text = fs::read_to_string(path).expect("readable");
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let common = read(&folder.join("common.json"));
        let mut all = BTreeMap::new();
        for entry in fs::read_dir(&folder).expect("schemas").flatten() {
            let name = entry.path().file_stem().expect("a name").to_string_lossy().into_owned();
            let mut schema = read(&entry.path());
            assert!(schema["title"].is_string() && schema["description"].is_string(), "{name} is not described");
            // What is in the other file becomes a part of this one.
            let own = schema["$defs"].as_object().cloned().unwrap_or_default();
            let mut parts = common["$defs"].as_object().expect("parts").clone();
            parts.extend(own);
            schema["$defs"] = Value::Object(parts);
            let mut schema: Value =
                serde_json::from_str(&schema.to_string().replace("common.json#", "#")).expect("still JSON");
            jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
            close(&mut schema);
            all.insert(name, schema);
        }
        Schemas { all, met: BTreeSet::new() }
    }

    /// The line has one of the forms that the schema names.
    #[track_caller]
    fn check(&mut self, name: &str, line: &str) {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}: {line}"));
        let schema = self.all.get(name).unwrap_or_else(|| panic!("docs/json/{name}.json is missing"));
        let forms = schema["anyOf"].as_array().unwrap_or_else(|| panic!("{name} has no forms"));
        let mut wrong = Vec::new();
        for form in forms {
            let place = form["$ref"].as_str().expect("a reference").to_owned();
            let whole = json!({"$ref": place, "$defs": schema["$defs"]});
            let validator = jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("{name}: {error}"));
            let errors: Vec<String> =
                validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
            if errors.is_empty() {
                self.met.insert((name.to_owned(), place));
                return;
            }
            wrong.push(format!("not {place}: {}", errors.join("; ")));
        }
        panic!("{name}: {line}\n{}", wrong.join("\n"));
    }
}

/// The schemas allow members of later versions; here each member must be documented.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("properties") && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Runs commands and compares what they print.
struct Stage {
    env: TestEnv,
    schemas: Schemas,
    /// Pages of the manual whose command was run.
    seen: BTreeSet<String>,
}

impl Stage {
    /// `page` is the command as its page in the manual is called: `key-add`.
    #[track_caller]
    fn run(&mut self, page: &str, args: &[&str], code: i32) -> Run {
        let mut command = self.env.command(["--json"]);
        command.args(args).env("CADDIS_PROGRESS_FPS", "60");
        let output = command.output().expect("runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("JSON is UTF-8");
        let run = Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        let run = run.expect(code);
        let name = page.split('-').next().expect("a word");
        run.stdout.lines().for_each(|line| self.schemas.check(name, line));
        run.stderr.lines().for_each(|line| self.schemas.check("stderr", line));
        self.seen.insert(page.to_owned());
        run
    }

    /// This machine cannot show a form of messages.
    fn cannot_be_met(&mut self, command: &str, form: &str) {
        self.schemas.met.insert((command.to_owned(), format!("#/$defs/{form}")));
    }

    fn packs(&self) -> Vec<std::path::PathBuf> {
        self.env.objects("packs")
    }
}

/// Every command at least once, in the order in which somebody might type them.
fn everything(stage: &mut Stage) {
    stage.run("snapshots", &["snapshots"], 10);
    stage.run("init", &["init", "--kdf-log-n", "4", "--pack-size", "256KiB"], 0);
    stage.run("init", &["init", "--kdf-log-n", "4"], 1);
    stage.run("backup", &["backup", "-vv", "src"], 0);
    stage.run("backup", &["backup", "src", "missing"], 3);
    stage.run("backup", &["backup", "--dry-run", "src"], 0);
    stage.run("backup", &["backup", "--tag", "one", "--label", "nightly", "--description", "text", "src"], 0);
    stage.run("backup", &["backup", "--no-such-option"], 2);
    let latest = stage.env.snapshots(&[]).pop().expect("there are some");
    let (id, tree) =
        (latest["id"].as_str().expect("text").to_owned(), latest["tree"].as_str().expect("text").to_owned());
    stage.run("snapshots", &["snapshots"], 0);
    stage.run("snapshots", &["snapshots", "--group-by", "host,paths,tags,label"], 0);
    stage.run("ls", &["ls", "latest"], 0);
    stage.run("ls", &["ls", "--sort", "size", "--reverse", "latest", "/src"], 0);
    for kind in ["snapshots", "packs", "index", "keys", "blobs", "locks"] {
        stage.run("list", &["list", kind], 0);
    }
    for mode in ["restore-size", "files-by-contents", "blobs-per-file", "raw-data", "repository"] {
        stage.run("stats", &["stats", "--mode", mode], 0);
    }
    stage.run("status", &["status", "--max-age", "1h"], 0);
    stage.run("status", &["status", "--host", "nobody", "--max-age", "1h"], 4);
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    let (packs, index) = (stage.packs(), stage.env.objects("index"));
    stage.run("cat", &["cat", "config"], 0);
    stage.run("cat", &["cat", "snapshot", &id], 0);
    stage.run("cat", &["cat", "tree", &tree], 0);
    stage.run("cat", &["cat", "index", &name(&index[0])], 0);
    packs.iter().for_each(|pack| drop(stage.run("cat", &["cat", "pack", &name(pack)], 0)));
    stage.run("restore", &["restore", "latest", "--target", "out", "-vv"], 0);
    stage.run("restore", &["restore", "no-such-snapshot", "--target", "out"], 1);
    restore_to_device(stage);
    snapshots(stage, &id);
    inspect(stage);
    archives(stage);
    changes(stage);
    mount(stage);
    keys(stage);
    others(stage);
    damage(stage);
    locations(stage);
}

fn snapshots(stage: &mut Stage, id: &str) {
    stage.run("protect", &["protect", "--until", "1y", id], 0);
    stage.run("protect", &["protect", "latest"], 0);
    stage.run("snapshots", &["snapshots"], 0);
    stage.run("unprotect", &["unprotect", "latest"], 0);
    stage.run("forget", &["forget", "--keep-last", "1", "--group-by", "host,paths,tags,label", "--dry-run"], 0);
    stage.run("forget", &["forget", "--keep-last", "1"], 0);
    let deleted = stage.run("snapshots", &["snapshots", "--deleted"], 0).json();
    stage.run("undelete", &["undelete", deleted[0]["id"].as_str().expect("text")], 0);
    stage.env.file("src/more", &"more ".repeat(1000));
    stage.run("backup", &["backup", "src"], 0);
    stage.run("forget", &["forget", "--keep-last", "1", "--prune"], 0);
    stage.run("prune", &["prune", "-v"], 0);
}

/// Where a file can be a block device.
fn restore_to_device(stage: &mut Stage) {
    fs::write(stage.env.path("disk"), vec![7; 4 << 20]).expect("writable");
    let shown = Command::new("losetup").args(["--find", "--show"]).arg(stage.env.path("disk")).output();
    let Some(shown) = shown.ok().filter(|shown| shown.status.success()) else {
        stage.cannot_be_met("restore", "device_summary");
        return;
    };
    let device = String::from_utf8(shown.stdout).expect("a path");
    let device = device.trim();
    let restored = catch_unwind(AssertUnwindSafe(|| {
        stage.run("restore", &["restore", "latest:/src/noise", "--to-device", device], 0);
    }));
    let _ = Command::new("losetup").args(["-d", device]).status();
    restored.unwrap_or_else(|panic| resume_unwind(panic));
}

/// What looks at snapshots only.
fn inspect(stage: &mut Stage) {
    // By the absolute path, which is then that of the snapshot.
    let src = stage.env.text("src");
    stage.run("backup", &["backup", &src], 0);
    fs::remove_file(stage.env.path("src/more")).expect("ours");
    stage.env.file("src/a.txt", "changed");
    stage.run("backup", &["backup", &src], 0);
    stage.run("find", &["find", "no such name"], 0);
    let found = stage.run("find", &["find", "a.txt", "link", "sub"], 0).json();
    assert_eq!(found[0]["hits"].as_u64(), found[0]["matches"].as_array().map(|all| all.len() as u64));
    let tree = stage.env.snapshots(&["latest"])[0]["tree"].as_str().expect("text").to_owned();
    let found = stage.run("find", &["find", "--tree", "--show-pack-id", &tree], 0).json();
    stage.run("find", &["find", "--pack", found[0]["packs"][0].as_str().expect("text")], 0);
    stage.run("history", &["history", "src/a.txt"], 0);
    stage.run("history", &["history", "src/more"], 0);
    stage.run("history", &["history", "/no/such/path"], 1);
    stage.run("diff", &["diff", "--metadata", "latest~1", "latest"], 0);
    stage.run("diff", &["diff", "latest", "./src"], 0);
    stage.run("du", &["du"], 0);
    stage.run("du", &["du", "--group-by", "host,label,paths,tags"], 0);
    stage.run("du", &["du", "--depth", "2"], 0);
    stage.env.file("excludes", "# none\n*.log\n");
    stage.env.file("src/git/.gitignore", "*.o\n");
    stage.env.file("src/git/b.o", "object");
    stage.run("why", &["why", "src/sub/b.log", "src", "--exclude-file", "excludes"], 0);
    stage.run("why", &["why", "src/sub/b.log", "src", "--exclude", "sub"], 0);
    stage.run("why", &["why", "src/noise", "src", "--exclude-larger-than", "1MiB"], 0);
    stage.run("why", &["why", "src/git/b.o", "src", "--git-ignore"], 0);
    stage.run("why", &["why", "src/gone", "src"], 3);
    fs::remove_dir_all(stage.env.path("src/git")).expect("ours");
    stage.env.file("src/a.txt", &"a.txt".repeat(20_000));
}

fn archives(stage: &mut Stage) {
    let src = stage.env.text("src");
    stage.run("dump", &["dump", "--target", "a.zip", "--archive", "zip", "latest", &src], 0);
    stage.run("export", &["export", "--target", "all.tar", "latest"], 0);
    stage.run("import", &["import", "all.tar", "--as-path", "/old", "--host", "other", "--dry-run"], 0);
    stage.run("import", &["import", "all.tar", "--as-path", "/old", "--host", "other"], 0);
    stage.run("import", &["import", "a.zip"], 1);
}

/// What makes changed copies of snapshots.
fn changes(stage: &mut Stage) {
    stage.run("tag", &["tag", "--add", "two", "latest"], 0);
    stage.run("tag", &["tag", "--add", "two", "latest"], 0);
    stage.run("rewrite", &["rewrite", "--exclude", "b.log", "--dry-run", "-vv", "latest"], 0);
    stage.run("rewrite", &["rewrite", "--exclude", "b.log", "--new-label", "other", "--forget", "latest"], 0);
    let sub = format!("/old{}/sub", stage.env.text("src"));
    stage.run("purge", &["purge", &sub, "--dry-run"], 0);
    stage.run("purge", &["purge", &sub], 0);
    stage.run("snapshots", &["snapshots"], 0);
}

fn mount(stage: &mut Stage) {
    let can = crate::odd_tree::is_root() && File::options().read(true).write(true).open("/dev/fuse").is_ok();
    if !can {
        ["mounted", "summary"].into_iter().for_each(|form| stage.cannot_be_met("mount", form));
        stage.seen.insert("mount".to_owned());
        return;
    }
    fs::create_dir(stage.env.path("mnt")).expect("new");
    let mut command = stage.env.command(["--json", "mount", "mnt"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program is built");
    let mut first = String::new();
    // It is mounted when this line is there. The pipe is not closed: the rest is read below.
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    stdout.read_line(&mut first).expect("text");
    let read = fs::read_dir(stage.env.path("mnt/snapshots/latest")).map(Iterator::count);
    let _ = kill_process(Pid::from_child(&child), Signal::TERM);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("text");
    let ended = child.wait_with_output().expect("it ends");
    assert!(ended.status.success() && read.is_ok(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!((first.lines().count(), rest.lines().count()), (1, 1), "{first}{rest}");
    [first, rest].iter().for_each(|line| stage.schemas.check("mount", line.trim_end()));
    stage.seen.insert("mount".to_owned());
}

fn keys(stage: &mut Stage) {
    stage.env.file("new", "second\n");
    let new = ["--new-password-file", "new", "--kdf-log-n", "4"];
    stage.run("key-list", &["key", "list"], 0);
    let added = stage.run("key-add", &[&["key", "add", "--label", "spare"], &new[..]].concat(), 0).json();
    stage.run("key-list", &["key", "list"], 0);
    stage.run("cat", &["cat", "key", added["id"].as_str().expect("text")], 0);
    stage.run("key-remove", &["key", "remove", added["id"].as_str().expect("text")], 0);
    stage.env.file("new", "secret\n");
    stage.run("key-passwd", &[&["key", "passwd"], &new[..]].concat(), 0);
    stage.env.file("wrong", "wrong\n");
    stage.run("key-list", &["--password-file", "wrong", "key", "list"], 12);
    stage.run("kit", &["kit"], 0);
    stage.run("kit", &["kit", "--with-password"], 0);
}

fn others(stage: &mut Stage) {
    let second = stage.env.text("second");
    stage.run("init", &["-r", &second, "init", "--kdf-log-n", "4", "--from-repo", &stage.env.text("repo")], 0);
    stage.run("copy", &["copy", "--to", &second, "--dry-run"], 0);
    stage.run("copy", &["copy", "--to", &second], 0);
    stage.run("copy", &["copy", "--to", &second], 0);
    stage.run("snapshots", &["-r", &second, "snapshots"], 0);
    stage.run("backup", &["-r", &second, "-r", &stage.env.text("repo"), "backup", "src"], 0);
    let third = stage.env.text("third");
    stage.run("init", &["-r", &third, "init", "--kdf-log-n", "4", "--single-writer"], 0);
    stage.run("backup", &["-r", &third, "backup", "src/a.txt"], 0);
    stage.run("repo-info", &["repo", "info"], 0);
    stage.run("repo-probe", &["repo", "probe", "--size", "64KiB"], 0);
    stage.run("repo-lock", &["repo", "lock"], 2);
    stage.run("cache", &["cache"], 0);
    stage.run("cache", &["cache", "--clear", &second, "--dry-run"], 0);
    stage.run("generate", &["generate", "--bash-completion", "bash"], 0);
    stage.run("unlock", &["unlock", "--remove-all"], 0);
    stage.run("version", &["version"], 0);
    stage.run("check", &["check"], 0);
    stage.run("check", &["check", "-v", "--read-data"], 0);
    stage.run("scrub", &["scrub", "repo"], 0);
    stage.run("recover", &["recover"], 0);
    stage.run("repair", &["repair"], 0);
    stage.run("repair-snapshots", &["repair", "snapshots"], 0);
}

/// What is there to be told when something is wrong.
fn damage(stage: &mut Stage) {
    let pack = stage.packs()[0].clone();
    stage.env.damage(&pack);
    stage.run("check", &["check", "--read-data"], 6);
    stage.run("scrub", &["scrub", "repo"], 6);
    stage.run("repair", &["repair", "--dry-run"], 6);
    stage.run("repair", &["repair"], 5);
    for pack in stage.packs().iter().skip(1) {
        fs::remove_file(pack).expect("ours");
    }
    stage.run("check", &["check"], 6);
    stage.run("repair", &["repair"], 6);
    stage.run("repair-snapshots", &["repair", "snapshots", "--dry-run"], 6);
    stage.run("restore", &["restore", "latest", "--target", "back"], 1);
}

fn locations(stage: &mut Stage) {
    fs::remove_dir_all(stage.env.path("repo")).expect("ours");
    let places = ["repo", "two", "three"].map(|name| stage.env.text(name));
    let mut args = vec!["--accept-rollback", "init", "--kdf-log-n", "4", "--pack-size", "256KiB"];
    places.iter().for_each(|place| args.extend(["--location", place]));
    stage.run("init", &args, 0);
    stage.run("backup", &["backup", "--accept-rollback", "src"], 0);
    stage.run("location-list", &["location", "list"], 0);
    stage.run("location-add", &["location", "add", &stage.env.text("four"), "--rebalance"], 0);
    stage.run("location-promote", &["location", "promote", "2"], 0);
    fs::rename(stage.env.path("three"), stage.env.path("gone")).expect("renamed");
    stage.env.file("src/yet", &"yet more ".repeat(2000));
    stage.run("backup", &["backup", "src"], 3);
    stage.run("location-list", &["location", "list"], 0);
    stage.run("repo-info", &["repo", "info"], 0);
    stage.run("location-replace", &["location", "replace", "3"], 0);
    stage.run("location-remove", &["location", "remove", "4"], 0);
    stage.run("kit", &["kit"], 0);
}

#[test]
fn every_command_prints_what_its_schema_says() {
    let env = TestEnv::new();
    for name in ["a.txt", "sub/b.log", "sub/deep/c.txt"] {
        env.file(&format!("src/{name}"), &name.repeat(20_000));
    }
    // Enough for several packs.
    let mut noise = vec![0; 2_000_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    fs::write(env.path("src/noise"), noise).expect("writes");
    std::os::unix::fs::symlink("a.txt", env.path("src/link")).expect("linked");
    let mut stage = Stage { env, schemas: Schemas::load(), seen: BTreeSet::new() };
    everything(&mut stage);

    stage.env.run(["generate", "--man", "man"]).ok();
    let pages: BTreeSet<String> = fs::read_dir(stage.env.path("man"))
        .expect("pages")
        .flatten()
        .filter_map(|page| Some(page.file_name().to_str()?.strip_prefix("caddis-")?.strip_suffix(".1")?.to_owned()))
        .collect();
    let is_above = |page: &str| pages.iter().any(|other| other.starts_with(&format!("{page}-")));
    let missing: Vec<_> = pages.iter().filter(|page| !stage.seen.contains(*page) && !is_above(page)).collect();
    assert!(pages.len() > 20 && missing.is_empty(), "not run here: {missing:?}");

    // What is documented can be seen. A plan is told where storage is not a folder, and only buckets of S3 have locks.
    let documented = stage.schemas.all.iter().filter(|(name, _)| *name != "common").flat_map(|(name, schema)| {
        let forms = schema["anyOf"].as_array().into_iter().flatten();
        forms.map(move |form| (name.clone(), form["$ref"].as_str().expect("a reference").to_owned()))
    });
    let unseen = documented
        .filter(|form| !stage.schemas.met.contains(form) && !form.1.ends_with("/plan") && !form.1.ends_with("/locks"));
    let unseen: Vec<_> = unseen.collect();
    assert!(unseen.is_empty(), "documented and never seen: {unseen:?}");
}
