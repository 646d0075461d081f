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
    assert!(scripts.len() >= 11, "{scripts:?}");
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
    env.run(["list", "blobs"]).expect(2);
}
