//! Reads tar archives from front to back: ustar, GNU and pax, as entries with nodes and the bytes of their files.
//!
//! Archives are hostile: lengths are bounded before anything is allocated, names are split and checked, and holes of sparse files are kept as
//! holes. A reader of our own, because that of the `tar` crate takes extended headers of any length into memory and expands holes to zeros.
mod acl;
mod header;
mod pax;
mod reader;
mod sparse;
#[cfg(test)]
mod tests;

pub use acl::acl_text;
pub use reader::{TarEntry, TarReader};

/// What is wrong with an archive.
fn malformed(cause: impl ToString) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, cause.to_string())
}
