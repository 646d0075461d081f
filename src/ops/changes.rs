//! In what two nodes of the same path differ.
use std::fmt;

use crate::model::Node;

/// A part of an entry's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Field {
    Mode,
    Owner,
    Size,
    Mtime,
    Ctime,
    Inode,
    Links,
    Target,
    Device,
    Xattrs,
}

impl Field {
    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Field::Mode => "mode",
            Field::Owner => "owner",
            Field::Size => "size",
            Field::Mtime => "mtime",
            Field::Ctime => "ctime",
            Field::Inode => "inode",
            Field::Links => "links",
            Field::Target => "target",
            Field::Device => "device",
            Field::Xattrs => "xattrs",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether the content of two files is the same, by the blobs that it consists of.
pub(super) fn same_content(a: &Node, b: &Node) -> bool {
    a.size == b.size && a.content == b.content && a.holes == b.holes
}

/// All metadata that differs. Neither the number of the device that an entry is on, which changes when a machine starts, nor a birth time counts.
pub(super) fn metadata(a: &Node, b: &Node) -> Vec<Field> {
    let differs = [
        (a.mode != b.mode, Field::Mode),
        ((a.uid, a.gid, &a.user, &a.group) != (b.uid, b.gid, &b.user, &b.group), Field::Owner),
        (a.size != b.size, Field::Size),
        (a.mtime != b.mtime, Field::Mtime),
        (a.ctime != b.ctime, Field::Ctime),
        (a.inode != b.inode, Field::Inode),
        (a.links != b.links, Field::Links),
        (a.target != b.target, Field::Target),
        (a.rdev != b.rdev, Field::Device),
        (a.xattrs != b.xattrs, Field::Xattrs),
    ];
    differs.into_iter().filter(|(differs, _)| *differs).map(|(_, field)| field).collect()
}
