//! Owners and extended attributes of restored files.
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use crate::testenv::{TestEnv, find};

fn owner(env: &TestEnv, target: &str) -> (u32, u32) {
    let meta = fs::metadata(find(&env.path(target), "a.txt").expect("restored")).expect("exists");
    (meta.uid(), meta.gid())
}

/// Only root may give files away.
fn owned_by(uid: u32, gid: u32) -> Option<TestEnv> {
    let env = TestEnv::ready();
    chown(env.path("src/a.txt"), Some(uid), Some(gid)).ok()?;
    env.backup(&[]);
    Some(env)
}

#[test]
fn owners_are_numbers_names_maps_or_nobody() {
    let Some(env) = owned_by(1234, 2345) else { return };
    let of = |target: &str, options: &[&str]| {
        env.run([&["restore", "latest", "-t", target], options].concat()).ok();
        owner(&env, target)
    };
    assert_eq!(of("plain", &[]), (1234, 2345));
    assert_eq!(of("nobody", &["--no-ownership"]), (0, 0));
    assert_eq!(of("user", &["--uid-map", "1234:77"]), (77, 2345));
    assert_eq!(of("both", &["--uid-map", "1200:5000:100", "--gid-map", "2345:0"]), (5034, 0));
    // Where it is there already.
    assert_eq!(of("plain", &["--uid-map", "1234:77"]), (77, 2345));
    assert_eq!(of("plain", &["--no-ownership"]), (77, 2345));
    env.run(["restore", "latest", "-t", "x", "--uid-map", "a:b"]).expect(2).complains("FROM:TO");
}

#[test]
fn names_lead_to_the_numbers_of_this_machine() {
    let Some(env) = owned_by(0, 0) else { return };
    // Another machine, on which the names have other numbers: made of the namespace of users that a test may have.
    let restored = env.shell(
        "cp /etc/passwd passwd; sed -i 's/^root:x:0:0:/root:x:4321:0:/' passwd; unshare -m true || exit 77; \
         exec unshare -m bash -c 'mount --bind passwd /etc/passwd || exit 77; \
         \"$CADDIS\" restore latest -t named --ownership-by-name && \"$CADDIS\" restore latest -t numbers --ownership-by-name --numeric-ids'",
    );
    if restored.code == Some(77) {
        return;
    }
    restored.ok();
    assert_eq!((owner(&env, "named"), owner(&env, "numbers")), ((4321, 0), (0, 0)));
}

fn xattr(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 100];
    let len = rustix::fs::getxattr(path, name, &mut value[..]).ok()?;
    value.truncate(len);
    Some(value)
}

#[test]
fn patterns_choose_attributes() {
    let env = TestEnv::ready();
    let flags = rustix::fs::XattrFlags::empty();
    for name in ["user.one", "user.two"] {
        if rustix::fs::setxattr(env.path("src/a.txt"), name, b"value", flags).is_err() {
            return;
        }
    }
    env.backup(&[]);
    let of = |target: &str, options: &[&str]| {
        env.run([&["restore", "latest", "-t", target], options].concat()).ok();
        let file = find(&env.path(target), "a.txt").expect("restored");
        ["user.one", "user.two"].map(|name| xattr(&file, name).is_some())
    };
    assert_eq!(of("all", &[]), [true, true]);
    assert_eq!(of("some", &["--exclude-xattr", "*.one"]), [false, true]);
    assert_eq!(of("only", &["--include-xattr", "user.one"]), [true, false]);
    assert_eq!(of("none", &["--exclude-xattr", "user.*"]), [false, false]);
    // What is there and not taken stays.
    let file = find(&env.path("none"), "a.txt").expect("restored");
    rustix::fs::setxattr(&file, "user.own", b"x", flags).expect("as above");
    assert_eq!(of("none", &["--include-xattr", "user.two"]), [false, true]);
    assert!(xattr(&file, "user.own").is_some());
    assert_eq!(of("none", &[]), [true, true]);
    assert!(xattr(&file, "user.own").is_none());
    env.run(["restore", "latest", "-t", "x", "--include-xattr", "a", "--exclude-xattr", "b"]).expect(2);
}

#[test]
fn times_of_access_are_kept_if_asked_for() {
    let env = TestEnv::new();
    env.init(&[]);
    env.file("src/dir/old", "a");
    env.file("src/plain", "b");
    let atimes = |folder: &str| {
        let list = format!("cd {folder} && stat -c '%n %.9X' plain dir dir/old");
        env.shell(&list).ok().stdout
    };
    env.shell("touch -a -d '2001-02-03 04:05:06.700' src/plain src/dir/old; touch -a -d 2002-03-04 src/dir").ok();
    let before = atimes("src");
    env.run(["backup", "src"]).ok();
    env.run(["restore", "latest:src", "-t", "without"]).ok();
    assert_ne!(atimes("without"), before);
    env.run(["backup", "--with-atime", "src"]).ok();
    assert_eq!(atimes("src"), before, "a backup does not read files in the sense of the file system");
    env.run(["restore", "latest:src", "-t", "with", "--verify"]).ok();
    assert_eq!(atimes("with"), before);
    // In place too.
    env.shell("touch -a with/plain with/dir").ok();
    env.run(["restore", "latest:src", "-t", "with"]).ok();
    assert_eq!(atimes("with"), before);
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn attributes_for_root_alone_are_left_out_by_others() {
    let env = TestEnv::new();
    env.init(&[]);
    env.file("src/file", "content");
    let set = "setfattr -n trusted.note -v 1 src/file && setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 src/file";
    if env.shell(set).code != Some(0) {
        eprintln!("skipped: attributes that need root cannot be set here");
        return;
    }
    env.backup(&[]);
    let restore = |rights: &str, target: &str| {
        env.shell(&format!("setpriv --bounding-set={rights} \"$CADDIS\" restore latest -t {target}"))
    };
    restore("-chown,-setfcap,-sys_admin", "1")
        .ok()
        .complains("2 extended attributes that only root may set were left out: security.capability, trusted.note");
    // Who may set owners is told.
    restore("-setfcap,-sys_admin", "2").expect(3).complains("trusted.note: Operation not permitted");
}
