//! What stat(2) tells of an entry.
use super::shelves::Shown;
use crate::model::{Node, NodeType, Snapshot};
use crate::world::Time;

/// Whose the entries are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Of directories that are in no snapshot.
    pub uid: u32,
    /// The same.
    pub gid: u32,
    /// Everything belongs to root.
    pub is_root: bool,
}

/// See above. Times of access are those of modification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Attributes {
    pub number: u64,
    pub kind: NodeType,
    /// Permission, set-id and sticky bits.
    pub mode: u32,
    pub links: u32,
    pub uid: u32,
    pub gid: u32,
    pub size: u64,
    /// Without holes.
    pub data: u64,
    pub rdev: u64,
    pub mtime: Time,
    pub atime: Time,
    pub ctime: Time,
    /// It will not change as long as the mount lasts.
    pub is_fixed: bool,
    /// It is the root of a snapshot: its name may go, or stand for another one.
    pub is_root: bool,
}

/// Metadata of a directory that stands for something else: for all directories of one path, or for all versions of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looks {
    mode: u32,
    uid: u32,
    gid: u32,
    mtime: Time,
    ctime: Time,
}

impl Looks {
    /// Who may read a file may look at its versions.
    pub(super) fn of(node: &Node) -> Looks {
        let mode = match node.kind {
            NodeType::Directory => node.mode & 0o7777,
            NodeType::Symlink => 0o555,
            _ => node.mode & 0o444 | (node.mode & 0o444) >> 2,
        };
        Looks { mode, uid: node.uid, gid: node.gid, mtime: node.mtime, ctime: node.ctime }
    }
}

impl Owner {
    fn of(self, uid: u32, gid: u32) -> (u32, u32) {
        if self.is_root { (0, 0) } else { (uid, gid) }
    }

    /// Of a directory that is in no snapshot.
    pub(super) fn folder(self, number: u64, time: Time) -> Attributes {
        let (uid, gid) = self.of(self.uid, self.gid);
        Attributes {
            number,
            kind: NodeType::Directory,
            mode: 0o555,
            // As file systems say that do not count subdirectories.
            links: 1,
            uid,
            gid,
            size: 0,
            data: 0,
            rdev: 0,
            mtime: time,
            atime: time,
            ctime: time,
            is_fixed: false,
            is_root: false,
        }
    }

    /// Of the root of a snapshot.
    pub(super) fn snapshot(self, number: u64, shown: &Shown) -> Attributes {
        Attributes { is_fixed: true, is_root: true, ..self.folder(number, shown.time) }
    }

    /// Of a link that leads to the newest snapshot.
    pub(super) fn latest(self, number: u64, target: &[u8], time: Time) -> Attributes {
        let size = target.len() as u64;
        Attributes { kind: NodeType::Symlink, mode: 0o777, size, ..self.folder(number, time) }
    }

    /// Of a merged directory.
    pub(super) fn merged(self, number: u64, looks: &Looks) -> Attributes {
        let (uid, gid) = self.of(looks.uid, looks.gid);
        let folder = self.folder(number, looks.mtime);
        Attributes { mode: looks.mode, uid, gid, ctime: looks.ctime, ..folder }
    }

    /// Of an entry of a snapshot. `is_linked`: other names of it have the same number.
    pub(super) fn node(self, number: u64, node: &Node, is_linked: bool) -> Attributes {
        let (uid, gid) = self.of(node.uid, node.gid);
        let holes = node.holes.iter().fold(0_u64, |sum, (_, len)| sum.saturating_add(*len));
        let size = match node.kind {
            NodeType::File => node.size,
            NodeType::Symlink => node.target.len() as u64,
            _ => 0,
        };
        let links = match node.kind {
            NodeType::Directory => node.links,
            _ if is_linked => node.links,
            _ => 1,
        };
        Attributes {
            number,
            kind: node.kind,
            mode: node.mode & 0o7777,
            links: u32::try_from(links).unwrap_or(u32::MAX).max(1),
            uid,
            gid,
            size,
            data: size.saturating_sub(holes),
            rdev: node.rdev,
            mtime: node.mtime,
            atime: node.atime.unwrap_or(node.mtime),
            ctime: node.ctime,
            is_fixed: true,
            is_root: false,
        }
    }
}

/// When the top was last changed: with its newest snapshot.
pub(super) fn newest_time<'a>(snapshots: impl IntoIterator<Item = &'a Shown>) -> Time {
    snapshots.into_iter().map(|shown| shown.time).max().unwrap_or_default()
}

/// Size of everything that is shown, for statfs(2): there is no room for more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes of the files of all snapshots, as they would be restored.
    pub bytes: u64,
    /// Number of files.
    pub files: u64,
}

impl Totals {
    pub(super) fn of(snapshot: &Snapshot) -> Totals {
        Totals { bytes: snapshot.statistics.bytes, files: snapshot.statistics.files }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Owner = Owner { uid: 7, gid: 8, is_root: false };

    #[test]
    fn nodes_are_shown_as_they_were() {
        let node = Node {
            kind: NodeType::File,
            mode: 0o4755,
            uid: 1,
            gid: 2,
            size: 100,
            links: 3,
            holes: vec![(10, 20), (50, 5)],
            ..Node::default()
        };
        let shown = OWNER.node(9, &node, true);
        assert_eq!((shown.links, shown.size, shown.data, shown.mode), (3, 100, 75, 0o4755));
        assert_eq!((shown.uid, shown.gid, shown.number), (1, 2, 9));
        assert_eq!(OWNER.node(9, &node, false).links, 1);
        let root = Owner { is_root: true, ..OWNER };
        assert_eq!((root.node(9, &node, true).uid, root.folder(1, Time::default()).gid), (0, 0));
    }

    #[test]
    fn directories_of_versions_may_be_entered_by_who_may_read_them() {
        let file = Node { kind: NodeType::File, mode: 0o4640, ..Node::default() };
        assert_eq!(Looks::of(&file).mode, 0o550);
        let directory = Node { kind: NodeType::Directory, mode: 0o1750, ..Node::default() };
        assert_eq!(Looks::of(&directory).mode, 0o1750);
    }
}
