//! A disk that is full to the last byte: the program says so, and forgetting and pruning make room again.
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use caddis::backend::LocalBackend;
use caddis::monitor::Silent;
use caddis::repo::{OpenOptions, Repository};
use caddis::world::SystemWorld;

use crate::engine::{noise, snapshots};
use crate::testenv::{TestEnv, find};

/// Set when this test runs itself with the right to mount.
const INSIDE: &str = "CADDIS_TEST_UNSHARED";

/// A tmpfs, unmounted on drop.
struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    fn new(path: &'a Path, size: &str) -> Option<Mount<'a>> {
        fs::create_dir(path).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", size, "tmpfs"]).arg(path).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Mount(path))
    }

    fn free(&self) -> u64 {
        let stat = rustix::fs::statvfs(self.0).unwrap();
        stat.f_bavail * stat.f_frsize
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).output();
    }
}

/// Again in a namespace of its own, where everybody may mount.
fn run_inside(test: &str) {
    let test = &format!("full_disk::{test}");
    let allowed = Command::new("unshare").args(["-rm", "true"]).output();
    if std::env::var_os(INSIDE).is_some() || !allowed.is_ok_and(|output| output.status.success()) {
        eprintln!("\n\n*** SKIPPED: {test} needs the right to mount a tmpfs, and `unshare -rm` does not give it\n\n");
        return;
    }
    let me = std::env::current_exe().unwrap();
    let mut command = Command::new("unshare");
    let output = command.arg("-rm").arg(me).args(["--exact", test, "--nocapture"]).env(INSIDE, "1").output().unwrap();
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Takes all space there is.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [64 << 10, 4 << 10, 1] {
        let bytes = vec![7; size];
        while file.write_all(&bytes).is_ok() {}
    }
}

fn forget(env: &TestEnv, id: &str) {
    let backend = Arc::new(LocalBackend::open(env.path("repo")).unwrap());
    let options = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
    let repo = Repository::open(backend, SystemWorld::new(), b"secret", &options, &Silent).unwrap();
    let infos = snapshots(&repo, &Silent).unwrap();
    let info = infos.iter().find(|info| info.id.to_string() == id).expect("it is listed");
    repo.bury(info.id, "host", "test", &Silent).unwrap();
}

#[test]
fn a_full_disk_becomes_usable_again() {
    becomes_usable("a_full_disk_becomes_usable_again", &[]);
}

/// There is no parity that could make room for a mark.
#[test]
fn a_full_disk_without_parity_becomes_usable_again() {
    becomes_usable("a_full_disk_without_parity_becomes_usable_again", &["--parity", "off"]);
}

fn becomes_usable(test: &str, init: &[&str]) {
    let env = TestEnv::new();
    let disk = env.path("disk");
    let Some(mount) = Mount::new(&disk, "size=16m") else { return run_inside(test) };
    fs::create_dir(disk.join("repo")).unwrap();
    std::os::unix::fs::symlink("disk/repo", env.path("repo")).unwrap();
    env.init(init);
    let file = env.path("src/changes");
    let mut committed = 0;
    for n in 0.. {
        assert!(n < 20, "the disk is never full");
        fs::write(&file, noise(n, 2 << 20)).unwrap();
        let run = env.run(["backup", "src"]);
        if run.code != Some(0) {
            run.expect(14).complains("No space left").complains("Make room");
            break;
        }
        committed += 1;
    }
    assert!(committed > 2);
    fill(&disk.join("filler"));
    assert_eq!(mount.free(), 0);
    // Reading needs no room.
    let listed = env.snapshots(&[]);
    assert_eq!(listed.len(), committed);
    env.run(["check", "--read-data"]).ok();
    env.run(["backup", "src"]).expect(14);
    for snapshot in &listed[..committed - 1] {
        forget(&env, snapshot["id"].as_str().unwrap());
    }
    // What the reserve left is taken by somebody else.
    fill(&disk.join("more"));
    assert_eq!(mount.free(), 0);
    let pruned = env.run(["--json", "prune"]).ok().summary();
    assert_eq!(pruned["storage_was_full"], true, "{pruned}");
    assert!(mount.free() > 4 << 20, "{} bytes are free; {pruned}", mount.free());
    env.backup(&[]);
    env.run(["check", "--read-data"]).ok();
    env.run(["prune"]).ok();
    env.run(["restore", "latest", "--target", "out"]).ok();
    assert!(
        find(&env.path("out"), "changes")
            .is_some_and(|restored| fs::read(restored).unwrap() == fs::read(&file).unwrap())
    );
    assert_eq!(env.snapshots(&[]).len(), 2);
}
