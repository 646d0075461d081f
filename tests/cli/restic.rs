//! Scripts that were written for restic, in `tests/restic_scripts`, work when they call caddis instead.
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::testenv::TestEnv;

/// Runs a script in an empty folder, with `restic` and `RESTIC_` replaced by our names and nothing else changed.
fn play(path: &Path) -> Result<(), String> {
    let env = TestEnv::new();
    let script = fs::read_to_string(path).expect("a script").replace("restic", "caddis").replace("RESTIC_", "CADDIS_");
    env.file("script", &script);
    fs::create_dir(env.path("bin")).expect("new");
    symlink(env!("CARGO_BIN_EXE_caddis"), env.path("bin/caddis")).expect("linked");
    fs::create_dir(env.path("here")).expect("new");
    // Where the repository is and what its password is the script says itself.
    let run = env.shell(
        "unset CADDIS_REPOSITORY CADDIS_PASSWORD; export CADDIS_KDF_LOG_N=4 PATH=\"$PWD/bin:$PATH\"; cd here; bash ../script",
    );
    if run.code == Some(0) { Ok(()) } else { Err(format!("{}: {run:#?}", path.display())) }
}

#[test]
fn scripts_for_restic_work_after_replacing_the_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/restic_scripts");
    let scripts: Vec<_> = fs::read_dir(folder).expect("scripts").flatten().map(|entry| entry.path()).collect();
    assert!(scripts.len() >= 14, "{scripts:?}");
    let failed: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = scripts.iter().map(|path| scope.spawn(move || play(path))).collect();
        running.into_iter().filter_map(|one| one.join().expect("no panic").err()).collect()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn what_restic_has_locks_for_says_that_there_are_none() {
    let env = TestEnv::ready();
    env.run(["unlock"]).ok().has("no locks");
    env.run(["-v", "--no-lock", "snapshots"]).ok().has("there are no locks");
    env.run(["--retry-lock", "5m", "-v", "snapshots"]).ok().has("there are no locks");
    env.run(["snapshots", "--no-lock", "--retry-lock", "5m"]).ok().has_not("lock");
    env.run(["snapshots", "--retry-lock", "soon"]).expect(2);
    env.run(["list", "locks"]).ok();
    // It is there for scripts, not for people who look for what to do.
    env.run(["--help"]).ok().has_not("unlock").has_not("--no-lock");
    env.run(["unlock", "--help"]).ok().has("there are no locks");
}

#[test]
fn certificates_have_an_option_of_their_own() {
    let env = TestEnv::ready();
    // Of a folder nobody needs a certificate.
    env.run(["--cacert", "file.pem", "snapshots"]).expect(2).complains("cacert");
    let run =
        env.run(["-r", "s3:https://127.0.0.1:1/bucket", "--cacert", "no-such.pem", "-o", "retries=0", "snapshots"]);
    run.expect(1).complains("no-such.pem");
}

#[test]
fn ids_are_listed() {
    let env = TestEnv::ready();
    let id = env.backup(&[])["snapshot_id"].as_str().expect("text").to_owned();
    assert_eq!(env.run(["list", "snapshots"]).ok().stdout, format!("{id}\n"));
    let packs = env.run(["list", "packs"]).ok();
    assert_eq!(packs.stdout.lines().count(), env.objects("packs").len());
    assert!(packs.stdout.lines().all(|id| id.len() == 64), "{packs:?}");
    let key = env.run(["list", "keys"]).ok();
    env.run(["cat", "key", key.stdout.trim()]).ok();
    let index = env.run(["list", "index"]).ok();
    env.run(["cat", "index", index.stdout.trim()]).ok();
    assert_eq!(env.run(["list", "locks"]).ok().stdout, "");
    let blobs = env.run(["list", "blobs"]).ok().stdout;
    let of = |kind: &str| -> Vec<String> {
        blobs.lines().filter_map(|line| line.strip_prefix(kind)).map(str::to_owned).collect()
    };
    assert_eq!(of("data ").len() + of("tree ").len(), blobs.lines().count(), "{blobs}");
    env.run(["cat", "blob", &of("data ")[0]]).ok().has("gamma ");
    env.run(["cat", "tree", &of("tree ")[0]]).ok();
    let lines = env.run(["--json", "list", "blobs"]).ok().json_lines();
    assert_eq!((lines.len(), &lines[0]["blob_type"]), (blobs.lines().count(), &"data".into()));
}

#[test]
fn snapshots_are_listed_in_groups() {
    let env = TestEnv::ready();
    env.file("other/a", "x");
    for (path, host, tag) in [("src", "h1", "a"), ("src", "h1", "b"), ("other", "h1", "a"), ("src", "h2", "a")] {
        env.run(["backup", path, "--host", host, "--tag", tag, "--label", "same"]).ok();
    }
    let groups = |by: &str, more: &[&str]| {
        let run = env.run([&["--json", "snapshots", "--group-by", by], more].concat()).ok().json();
        let sizes =
            run.as_array().expect("groups").iter().map(|group| group["snapshots"].as_array().expect("some").len());
        (sizes.collect::<Vec<_>>(), run[0]["group_key"].clone())
    };
    let key = serde_json::json!({"hostname": "h1", "paths": null, "tags": null, "label": null});
    assert_eq!(groups("host", &[]), (vec![3, 1], key));
    assert_eq!(groups("paths", &[]).0, [1, 3]);
    assert_eq!(groups("host,paths", &[]).0, [1, 2, 1]);
    assert_eq!(groups("tags", &["--latest", "2"]).0, [2, 1]);
    assert_eq!(groups("label", &["--host", "h2"]).0, [1]);
    // One group is none.
    assert_eq!(env.run(["snapshots", "-g", ""]).ok().stdout, env.run(["snapshots"]).ok().stdout);
    let run = env.run(["snapshots", "-g", "host"]).ok().has("snapshots for host h1:\n").has("snapshots for host h2:\n");
    run.has("3 snapshots\n").has("1 snapshot\n");
    env.run(["snapshots", "-g", "size"]).expect(2).complains("nothing to group by");
}

#[test]
fn the_parent_is_of_the_group_that_is_asked_for() {
    let env = TestEnv::ready();
    env.file("other/a", "x");
    let first = env.backup(&["--host", "h1", "--tag", "a"])["snapshot_id"].clone();
    let second = env.backup(&["--host", "h2", "--tag", "b"])["snapshot_id"].clone();
    let parent =
        |args: &[&str]| env.run([&["--json", "backup", "--dry-run"], args].concat()).ok().summary()["parent"].clone();
    let none = serde_json::Value::Null;
    assert_eq!(parent(&["src", "--host", "h3"]), none);
    assert_eq!(parent(&["src", "--host", "h3", "--group-by", "paths"]), second);
    assert_eq!(parent(&["src", "--host", "h1", "--group-by", "host,paths"]), first);
    assert_eq!(parent(&["src", "--host", "h3", "--tag", "a", "--group-by", "tags"]), first);
    assert_eq!(parent(&["other", "src", "--host", "h1"]), none);
    assert_eq!(parent(&["other", "src", "--host", "h1", "-g", "host"]), first);
    assert_eq!(parent(&["other", "--host", "h3", "-g", ""]), second);
    env.run(["backup", "src", "--group-by", "host", "--force"]).expect(2);
}
