//! One entry of a directory.
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
    /// The file changed while it was read.
    pub changed_while_read: bool,
    /// Fields of later versions: key and its encoded CBOR value, ascending; written back as they were.
    pub unknown: Vec<(u32, Vec<u8>)>,
}
