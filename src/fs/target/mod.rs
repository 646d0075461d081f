//! Where a restore writes: everything beneath one directory, nothing followed, final names last.
//!
//! Order for one entry: find out what is there ([`Target::existing`], [`decide`]), write under a temporary name in the same
//! directory, set owner, extended attributes, mode and times, rename. Directories get their metadata last, the deepest
//! first ([`Target::finish_dir`]). What is updated in place has the time of its last write until all of its content is right, and
//! gets its mode and times last: a process that is killed never leaves a file that has the size and time of the snapshot and
//! another content. Nothing is durable before [`Target::sync`] has returned: after a power failure before that, files may have
//! their final names, sizes and times without their bytes. The mark in the root ([`Unfinished`]) tells that to the next restore,
//! which then believes no size and time.
//!
//! All names are single components that were checked here, opened relative to a held directory without following; what
//! has to be opened again is compared with the device and inode that it had.
mod attributes;
mod clone;
mod decide;
mod device;
mod file;
mod handle;
mod metadata;
mod ownership;
mod remove;
mod root;
mod runs;
mod special;
#[cfg(test)]
mod tests;

pub use attributes::{LeftOutXattrs, XattrSelection};
pub use decide::{Decision, Existing, Overwrite, decide};
pub use device::Device;
pub use file::OpenFile;
pub use handle::Dir;
pub use metadata::Warnings;
pub use ownership::{IdRange, OwnedBy, Owners, Ownership};
pub use remove::{Entry, refuse_repository};
pub use root::{Target, TargetOptions};
pub use runs::{Scope, Unfinished, name_hash};
pub use special::has_special;
