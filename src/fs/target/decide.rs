//! What to do about an entry that is there already.
use rustix::fs::{FileType, Stat};

use crate::model::{Node, NodeType};
use crate::world::Time;

/// When an existing entry that is not a directory may be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overwrite {
    /// Always; contents are compared and only what differs is written.
    #[default]
    Always,
    /// Like `Always`, but the content of a file whose size and mtime are right is taken to be right.
    IfChanged,
    /// Only if the entry in the snapshot has the newer mtime.
    IfNewer,
    /// Never: what is there stays as it is.
    Never,
}

/// An entry of the target, not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Existing {
    /// `None`: of a kind that no node has.
    pub kind: Option<NodeType>,
    pub size: u64,
    pub mtime: Time,
    pub links: u64,
    /// Device and inode.
    pub identity: (u64, u64),
}

impl Existing {
    pub(super) fn of(stat: &Stat) -> Self {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Some(NodeType::File),
            FileType::Directory => Some(NodeType::Directory),
            FileType::Symlink => Some(NodeType::Symlink),
            FileType::Fifo => Some(NodeType::Fifo),
            FileType::Socket => Some(NodeType::Socket),
            FileType::CharacterDevice => Some(NodeType::CharDevice),
            FileType::BlockDevice => Some(NodeType::BlockDevice),
            FileType::Unknown => None,
        };
        Existing {
            kind,
            size: stat.st_size as u64,
            mtime: Time { secs: stat.st_mtime, nanos: stat.st_mtime_nsec as u32 },
            links: stat.st_nlink,
            identity: (stat.st_dev, stat.st_ino),
        }
    }
}

/// What a restore does with one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing is there: make it, and fail if something has appeared meanwhile.
    Create,
    /// Leave what is there wholly alone.
    Skip,
    /// Enter the directory that is there.
    Enter,
    /// The content is right: only the metadata is set ([`Target::open_existing`](super::Target::open_existing), then
    /// [`OpenFile::verified`](super::OpenFile::verified) for all of it, then finish).
    Metadata,
    /// Write in place what differs.
    Update,
    /// Make a new one under a temporary name and rename it over the old one; an old directory must be removed before.
    Replace,
}

/// Decides about one node. Regular files with several links are never updated in place, not even their metadata: the
/// other names may lie outside the target.
pub fn decide(existing: Option<&Existing>, node: &Node, policy: Overwrite) -> Decision {
    let Some(existing) = existing else { return Decision::Create };
    if node.kind == NodeType::Directory && existing.kind == Some(NodeType::Directory) {
        return Decision::Enter;
    }
    match policy {
        Overwrite::Never => return Decision::Skip,
        Overwrite::IfNewer if node.mtime <= existing.mtime => return Decision::Skip,
        _ => {}
    }
    if node.kind != NodeType::File || existing.kind != Some(NodeType::File) || existing.links != 1 {
        return Decision::Replace;
    }
    if policy == Overwrite::IfChanged && (existing.size, existing.mtime) == (node.size, node.mtime) {
        return Decision::Metadata;
    }
    Decision::Update
}
