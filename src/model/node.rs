//! One entry of a directory.
use super::ModelError;
use super::cbor::{check_time, check_unknown};
use crate::id::BlobId;
use crate::world::Time;

/// Kind of a file-system entry; the numbers are those of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum NodeType {
    #[default]
    File = 0,
    Directory = 1,
    Symlink = 2,
    Fifo = 3,
    Socket = 4,
    CharDevice = 5,
    BlockDevice = 6,
}

impl NodeType {
    pub(super) fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            0 => NodeType::File,
            1 => NodeType::Directory,
            2 => NodeType::Symlink,
            3 => NodeType::Fifo,
            4 => NodeType::Socket,
            5 => NodeType::CharDevice,
            6 => NodeType::BlockDevice,
            _ => return None,
        })
    }
}

/// The bytes of a file without its holes, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// Nothing: an empty file, or not a file.
    #[default]
    Empty,
    /// Stored in the node itself.
    Inline(Vec<u8>),
    /// Data blobs, at most [`Content::MAX_IDS`].
    Blobs(Vec<BlobId>),
    /// Root of a content list.
    List {
        /// 0: the list names data blobs; h: it names lists of height h-1.
        height: u8,
        /// Tree blob that holds the list.
        id: BlobId,
    },
}

impl Content {
    /// Longer lists of blobs become a content list.
    pub const MAX_IDS: usize = 1024;

    /// Whether it is in blobs of its own.
    pub fn has_blobs(&self) -> bool {
        matches!(self, Content::Blobs(_) | Content::List { .. })
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Content::Empty => true,
            Content::Inline(bytes) => bytes.is_empty(),
            Content::Blobs(ids) => ids.is_empty(),
            Content::List { .. } => false,
        }
    }
}

/// Value of an extended attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum XattrValue {
    /// As it is.
    Inline(Vec<u8>),
    /// Stored as data blobs because it is long.
    Blobs(Vec<BlobId>),
}

/// One file-system entry with everything that is kept of it. Numbers that do not apply are 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Node {
    /// Any bytes but `/` and zero; never empty, `.` or `..`.
    pub name: Vec<u8>,
    pub kind: NodeType,
    /// Permission, set-id and sticky bits (lower 12).
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub user: Option<String>,
    pub group: Option<String>,
    /// Length of a file with its holes.
    pub size: u64,
    pub mtime: Time,
    pub ctime: Time,
    pub btime: Time,
    /// Kept where the backup was asked to.
    pub atime: Option<Time>,
    pub inode: u64,
    pub device: u64,
    pub links: u64,
    pub rdev: u64,
    pub target: Vec<u8>,
    /// Ascending by name; POSIX ACLs and file capabilities are among them.
    pub xattrs: Vec<(Vec<u8>, XattrValue)>,
    pub content: Content,
    /// Offset and length of each hole, ascending, not touching.
    pub holes: Vec<(u64, u64)>,
    /// Tree of a directory.
    pub subtree: Option<BlobId>,
    /// The file changed while it was read; something in the directory could not be read, and is not in its tree.
    pub changed_while_read: bool,
    /// Fields of later versions: key and its encoded CBOR value, ascending; written back as they were.
    pub unknown: Vec<(u32, Vec<u8>)>,
}

/// What of two nodes is not compared when looking for changed files, because the file system does not keep it stable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeDetection {
    /// Some programs touch the ctime of files that they do not change.
    pub ignore_ctime: bool,
    /// Network and FUSE file systems may number files anew at each mount.
    pub ignore_inode: bool,
}

/// Nesting of inner trees, and of content lists, at most.
pub(super) const MAX_NESTING: u8 = 8;
/// Highest key that this version knows.
pub(super) const LAST_KEY: u32 = 23;

impl Node {
    /// Longest name in bytes; no file system comes near.
    pub const MAX_NAME: usize = 4096;

    /// Whether nothing speaks for a change of the content: type, size, mtime, ctime and inode are the same, and
    /// neither was changed while it was read.
    pub fn same_metadata_as(&self, other: &Node, detection: ChangeDetection) -> bool {
        self.kind == other.kind
            && self.size == other.size
            && self.mtime == other.mtime
            && (detection.ignore_ctime || self.ctime == other.ctime)
            && (detection.ignore_inode || self.inode == other.inode)
            && !self.changed_while_read
            && !other.changed_while_read
    }

    /// Whether the format allows this node. Encoding a node that it does not allow makes unreadable bytes.
    pub fn validate(&self) -> Result<(), ModelError> {
        let refuse = |cause| Err(ModelError::Value(cause));
        check_name(&self.name)?;
        if self.mode > 0o7777 {
            return refuse("Mode bits beyond the lower 12");
        }
        for time in [self.mtime, self.ctime, self.btime, self.atime.unwrap_or_default()] {
            check_time(time)?;
        }
        if !self.xattrs.is_sorted_by(|a, b| a.0 < b.0) {
            return refuse("Extended attributes out of order");
        }
        match &self.content {
            Content::Blobs(ids) if ids.len() > Content::MAX_IDS => return refuse("Too many blobs in a node"),
            Content::List { height, .. } if *height > MAX_NESTING => return refuse("A content list that is too high"),
            _ => {}
        }
        if self.kind != NodeType::File && !(self.content.is_empty() && self.holes.is_empty()) {
            return refuse("Content in a node that is no file");
        }
        if self.kind != NodeType::Directory && self.subtree.is_some() {
            return refuse("A subtree in a node that is no directory");
        }
        self.check_extents()?;
        check_unknown(&self.unknown, LAST_KEY)
    }

    /// Holes lie apart and inside; size = content + holes, as far as the content's length is known here.
    fn check_extents(&self) -> Result<(), ModelError> {
        let (mut free_from, mut in_holes) = (0_u64, 0);
        for (i, (offset, len)) in self.holes.iter().enumerate() {
            let end = offset.checked_add(*len).filter(|end| *end <= self.size);
            match end {
                Some(end) if *len > 0 && (i == 0 || *offset > free_from) => free_from = end,
                _ => return Err(ModelError::Value("Holes that touch, are out of order, or lie outside of the file")),
            }
            in_holes += len;
        }
        let content = match &self.content {
            _ if self.kind != NodeType::File => return Ok(()),
            Content::Inline(bytes) => bytes.len() as u64,
            content if content.is_empty() => 0,
            _ => return Ok(()),
        };
        match self.size - in_holes == content {
            true => Ok(()),
            false => Err(ModelError::Value("A size that is not that of content and holes")),
        }
    }
}

pub(super) fn check_name(name: &[u8]) -> Result<(), ModelError> {
    if name.is_empty() || name == b"." || name == b".." || name.iter().any(|byte| matches!(byte, b'/' | 0)) {
        return Err(ModelError::Value("A name that is empty, `.` or `..`, or has a slash or zero byte"));
    }
    if name.len() > Node::MAX_NAME {
        return Err(ModelError::Value("A name that is too long"));
    }
    Ok(())
}
