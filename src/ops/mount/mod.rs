//! Mount: a repository as a read-only file system.
//!
//! [`View`] is the file system as a value, without FUSE: numbers of entries, their metadata, directories from any position on, bytes of files
//! at any position. Trees are read when somebody looks into them and kept in a bounded cache; a number is remembered for as long as the
//! kernel knows it, and is computed anew from the path when it comes back, so that it stays the same. Memory is bounded by the caches
//! (pieces of trees, blobs, lists of blobs), by what the kernel remembers, and by directories that are open, not by what is in the repository.
//!
//! [`mount`] serves a view to the kernel by several threads until it is unmounted.
//!
//! | lock | guards |
//! |---|---|
//! | `Inodes` | what the kernel knows |
//! | `Frames` in `chunks` | which frames are being read: two readers of one frame decode it once |
//! | `Walk` of an open file | how far the lists of its blobs are known |
//! | `Refresh` in `view` | the list of snapshots; others see the old one meanwhile |
mod attributes;
mod chunks;
mod content;
mod fuse;
mod inodes;
mod listing;
mod lru;
mod merged;
mod place;
mod serve;
mod shelves;
mod teller;
mod template;
#[cfg(test)]
mod tests;
mod trees;
mod view;

pub use self::attributes::{Attributes, Owner, Totals};
pub use self::content::OpenFile;
pub use self::listing::{Directory, Entry};
pub use self::place::refuse_bad_place;
pub use self::serve::{MountOptions, MountReport, mount};
pub use self::shelves::{Naming, TimeFormat};
pub use self::template::PathTemplate;
pub use self::view::{Refusal, TOP, Top, VERSIONS, View, ViewOptions};
