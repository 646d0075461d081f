//! Where a restore writes: everything beneath one directory, nothing followed, final names last.
//!
//! Order for one entry: find out what is there ([`Target::existing`], [`decide`]), write under a temporary name in the same
//! directory, set owner, extended attributes, mode and times, rename. Directories get their metadata last, the deepest
//! first ([`Target::finish_dir`]). Nothing is durable before [`Target::sync`] has returned: after a power failure before
//! that, files may have their final names, sizes and times without their bytes, so such a restore is run again with
//! [`Overwrite::Always`], which compares contents.
//!
//! All names are single components that were checked here, opened relative to a held directory without following; what
//! has to be opened again is compared with the device and inode that it had.
mod decide;
mod device;
mod file;
mod handle;
mod metadata;
mod remove;
mod root;
mod special;
#[cfg(test)]
mod tests;

pub use decide::{Decision, Existing, Overwrite, decide};
pub use device::Device;
pub use file::OpenFile;
pub use handle::Dir;
pub use metadata::Warnings;
pub use remove::Entry;
pub use root::{Target, TargetOptions};
