//! Round trips, hostile surroundings and layouts on a real filesystem.
use std::fs;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::*;
use crate::error::Error;
use crate::model::{Node, NodeType, XattrValue};
use crate::world::{SystemWorld, Time};

mod entries;
mod hostile;
mod layout;

/// A directory with the target `t` in it and a file and a directory outside of it that must not change.
struct Place {
    dir: tempfile::TempDir,
    target: Target,
}

impl Place {
    fn new() -> Self {
        Self::with(TargetOptions::default())
    }

    fn with(options: TargetOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("outside")).unwrap();
        fs::write(dir.path().join("outside/file"), "untouched").unwrap();
        let target = Target::open(&dir.path().join("t"), &options, &*SystemWorld::new()).unwrap();
        Place { dir, target }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("t").join(name)
    }

    fn outside(&self) -> PathBuf {
        self.dir.path().join("outside")
    }

    /// Everything outside is as it was, with its mode.
    fn assert_outside_untouched(&self) {
        assert_eq!(fs::read_to_string(self.outside().join("file")).unwrap(), "untouched");
        let names: Vec<_> = fs::read_dir(self.outside()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["file"]);
        assert_ne!(fs::metadata(self.outside()).unwrap().mode() & 0o7777, 0o123);
        assert_ne!(fs::metadata(self.outside().join("file")).unwrap().mode() & 0o7777, 0o123);
    }

    fn assert_no_temporary_files(&self) {
        let names = fs::read_dir(self.path("")).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.filter(|name| name.to_string_lossy().starts_with(".caddis")).count(), 0);
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A node that belongs to whoever runs the test.
fn node(kind: NodeType, size: usize) -> Node {
    Node {
        kind,
        mode: 0o640,
        uid: rustix::process::geteuid().as_raw(),
        gid: rustix::process::getegid().as_raw(),
        size: size as u64,
        mtime: Time { secs: 1_234_567_890, nanos: 123_456_789 },
        ..Node::default()
    }
}

fn file(bytes: &[u8]) -> Node {
    node(NodeType::File, bytes.len())
}

fn assert_metadata(path: &Path, node: &Node) {
    let metadata = fs::symlink_metadata(path).unwrap();
    if node.kind != NodeType::Symlink {
        assert_eq!(metadata.mode() & 0o7777, node.mode, "{path:?}");
    }
    assert_eq!((metadata.mtime(), metadata.mtime_nsec()), (node.mtime.secs, node.mtime.nanos.into()), "{path:?}");
    if is_root() {
        assert_eq!((metadata.uid(), metadata.gid()), (node.uid, node.gid), "{path:?}");
    }
}

fn xattr(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 1024];
    let len = rustix::fs::lgetxattr(path, name, &mut value[..]).ok()?;
    value.truncate(len);
    Some(value)
}

/// An access-control list with an entry for user 12345: tag, permission, id.
fn acl(own: u16) -> Vec<u8> {
    let mut bytes = 2u32.to_le_bytes().to_vec();
    for (tag, perm, id) in
        [(1u16, own, u32::MAX), (2, 6, 12345), (4, 4, u32::MAX), (0x10, 4, u32::MAX), (0x20, 0, u32::MAX)]
    {
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&perm.to_le_bytes());
        bytes.extend_from_slice(&id.to_le_bytes());
    }
    bytes
}
