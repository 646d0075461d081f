//! What every command prints with `--json` is as its schema in `docs/json` says, and every command has one.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

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
    stage.run("ls", &["ls", "latest"], 0);
    for kind in ["snapshots", "packs", "index", "keys", "locks"] {
        stage.run("list", &["list", kind], 0);
    }
    for mode in ["restore-size", "raw-data", "repository"] {
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
    snapshots(stage, &id);
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

    // What is documented can be seen. A plan is told where storage is not a folder.
    let documented = stage.schemas.all.iter().filter(|(name, _)| *name != "common").flat_map(|(name, schema)| {
        let forms = schema["anyOf"].as_array().into_iter().flatten();
        forms.map(move |form| (name.clone(), form["$ref"].as_str().expect("a reference").to_owned()))
    });
    let unseen: Vec<_> =
        documented.filter(|form| !stage.schemas.met.contains(form) && !form.1.ends_with("/plan")).collect();
    assert!(unseen.is_empty(), "documented and never seen: {unseen:?}");
}
