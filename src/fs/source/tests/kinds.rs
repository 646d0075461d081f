//! Every kind of entry with all that is kept of it.
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use rustix::fs::{CWD, FileType, XattrFlags};

use super::*;
use crate::model::{NodeType, XattrValue};

#[test]
fn all_fields_are_filled() {
    let dir = tree(&["f"]);
    let path = dir.path().join("f");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o4751)).unwrap();
    std::fs::hard_link(&path, dir.path().join("g")).unwrap();
    let walked = walk(dir.path(), &["."]);
    let (f, g) = (walked.node("f"), walked.node("g"));
    let stat = std::fs::metadata(&path).unwrap();
    assert_eq!((f.kind, f.mode, f.size, f.links), (NodeType::File, 0o4751, 1, 2));
    assert_eq!((f.uid, f.gid, f.inode, f.device), (stat.uid(), stat.gid(), stat.ino(), stat.dev()));
    assert_eq!((f.mtime.secs, i64::from(f.mtime.nanos)), (stat.mtime(), stat.mtime_nsec()));
    assert_eq!((f.ctime.secs, i64::from(f.ctime.nanos)), (stat.ctime(), stat.ctime_nsec()));
    if let Ok(created) = stat.created() {
        assert_eq!(f.btime, created.into());
    }
    assert_eq!(f.user, Names::default().user(stat.uid()));
    assert_eq!(f.rdev, 0);
    assert_eq!(*g, Node { name: b"g".to_vec(), ..f.clone() });
    assert_eq!(walk(dir.path(), &["."]).nodes, walked.nodes, "a second walk sees the same");
}

#[test]
fn odd_kinds_and_names() {
    let dir = tempfile::tempdir().unwrap();
    let names: [&[u8]; 5] = [b"\xff\xfe", b"new\nline", b" ", b"...", b"-"];
    for name in names {
        std::fs::write(dir.path().join(OsStr::from_bytes(name)), name).unwrap();
    }
    std::fs::write(dir.path().join("n".repeat(255)), "").unwrap();
    let target = "t/".repeat(2000);
    symlink(&target, dir.path().join("long-link")).unwrap();
    symlink(OsStr::from_bytes(b"\xff\n"), dir.path().join("odd-link")).unwrap();
    rustix::fs::mknodat(CWD, dir.path().join("fifo"), FileType::Fifo, 0o600.into(), 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
    let number = rustix::fs::makedev(1, 3);
    let device = rustix::fs::mknodat(CWD, dir.path().join("null"), FileType::CharacterDevice, 0o600.into(), number);
    let walked = walk(dir.path(), &["."]);
    assert_eq!(walked.problems, [""; 0]);
    for name in names {
        assert_eq!(walked.node(&name.escape_ascii().to_string()).name, name);
    }
    assert_eq!(walked.node(&"n".repeat(255)).size, 0);
    assert_eq!(walked.node("long-link").target, target.as_bytes());
    assert_eq!(walked.node("long-link").size, 0);
    assert_eq!(walked.node("odd-link").target, b"\xff\n");
    assert_eq!(walked.node("fifo").kind, NodeType::Fifo);
    assert_eq!(walked.node("socket").kind, NodeType::Socket);
    match device {
        Ok(()) => {
            let node = walked.node("null");
            assert_eq!((node.kind, node.rdev, node.size), (NodeType::CharDevice, number, 0));
        }
        // Needs a privilege that the tests need not have.
        Err(errno) => assert_eq!(errno, rustix::io::Errno::PERM),
    }
}

#[test]
fn extended_attributes_and_lists_of_access_rights() {
    let dir = tree(&["f", "d/x"]);
    let set = |name: &str, key: &str, value: &[u8]| {
        rustix::fs::lsetxattr(dir.path().join(name), key, value, XattrFlags::empty())
    };
    if set("f", "user.short", b"v").is_err() {
        return; // A file system without attributes.
    }
    let long = vec![0xff; 3000];
    set("f", "user.a-long", &long).unwrap();
    set("f", "user.empty", b"").unwrap();
    set("d", "user.on-directory", b"d").unwrap();
    symlink("f", dir.path().join("link")).unwrap();
    // Version 2; owner rw, user 1 r, group r, mask r, others none.
    let entries: [(u16, u16, u32); 5] = [(1, 6, !0), (2, 4, 1), (4, 4, !0), (16, 4, !0), (32, 0, !0)];
    let mut acl = 2u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        acl.extend([&tag.to_le_bytes()[..], &rights.to_le_bytes(), &id.to_le_bytes()].concat());
    }
    let has_acl = set("f", "system.posix_acl_access", &acl).is_ok();
    let walked = walk(dir.path(), &["."]);
    let xattrs = &walked.node("f").xattrs;
    let get = |key: &[u8]| xattrs.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
    assert_eq!(get(b"user.short"), Some(XattrValue::Inline(b"v".to_vec())));
    assert_eq!(get(b"user.a-long"), Some(XattrValue::Inline(long)));
    assert_eq!(get(b"user.empty"), Some(XattrValue::Inline(Vec::new())));
    assert_eq!(get(b"system.posix_acl_access").is_some(), has_acl);
    assert!(xattrs.is_sorted_by(|a, b| a.0 < b.0));
    assert_eq!(walked.node("d").xattrs, [(b"user.on-directory".to_vec(), XattrValue::Inline(b"d".to_vec()))]);
    assert!(!walked.node("link").xattrs.iter().any(|(name, _)| name.starts_with(b"user.")));
    assert_eq!(walk(dir.path(), &["d/x"]).node("d").xattrs, walked.node("d").xattrs, "also on the way to a source");
}

#[test]
fn unreadable_directories_are_kept_and_reported() {
    if rustix::process::geteuid().is_root() {
        return; // Nothing is unreadable for the superuser.
    }
    let dir = tree(&["closed/x", "open"]);
    let mode =
        |mode| std::fs::set_permissions(dir.path().join("closed"), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o111);
    let walked = walk(dir.path(), &["."]);
    let with_named = walk(dir.path(), &["closed", "closed/x", "open"]);
    mode(0o755);
    assert_eq!(walked.paths(), ["closed", "open"]);
    assert_eq!(walked.problems.len(), 1);
    assert_eq!(with_named.paths(), ["closed", "closed/x", "open"]);
}
