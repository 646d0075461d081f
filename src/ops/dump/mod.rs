//! The content of a file, or a directory as an archive, written as a stream.
//!
//! While one batch of some megabytes is written, the next one is fetched: its frames pack by pack, each decoded once, in several threads. Memory is
//! that of two batches and a few frames, whatever is dumped; for an archive also what names files have in common, and for a zip its directory.
mod content;
mod fetch;
mod plan;
mod sparse;
mod tar;
mod zip;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use self::content::Stream;
use self::plan::Plan;
use super::trees::{ReadTrees, entry};
use crate::error::{Error, Result};
use crate::model::{Node, NodeType};
use crate::monitor::{Event, Monitor};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::Repository;

/// What a directory becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archive {
    /// POSIX tar with everything that a snapshot has, but sockets.
    Tar,
    /// Zip: names, content, links, permissions and times of modification.
    Zip,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DumpReport {
    /// Files and others in an archive; 1 for a file.
    pub entries: u64,
    /// Bytes of files.
    pub bytes: u64,
    /// What was left out, or is there without an attribute; each was a problem for the monitor.
    pub problems: u64,
}

/// What is at a path of a snapshot.
#[derive(Clone, Debug)]
pub struct Dumped {
    node: Node,
    /// Beneath the directory that is taken for the root.
    path: Vec<u8>,
}

impl Dumped {
    /// Looks it up: `path` beneath the directory `base`. The index must be loaded. Neither a file nor a directory is an error.
    pub fn find(
        repo: &Repository,
        info: &SnapshotInfo,
        base: &[u8],
        path: &[u8],
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        let whole = [base, b"/", path.strip_prefix(b"/").unwrap_or(path)].concat();
        let node = entry(&ReadTrees { repo, monitor }, info, &whole)?;
        if !matches!(node.kind, NodeType::File | NodeType::Directory) {
            return Err(Error::PathNotFound {
                path: String::from_utf8_lossy(&whole).into_owned(),
                snapshot: info.id.short(),
                cause: "it is neither a file nor a directory, so it has no content; `caddis restore` brings it back"
                    .to_owned(),
            });
        }
        Ok(Dumped { node, path: super::trees::names(path).join(&b'/') })
    }

    /// A file by itself.
    pub(in crate::ops) fn file(node: Node) -> Self {
        Dumped { path: node.name.clone(), node }
    }

    /// Whether it becomes an archive.
    pub fn is_directory(&self) -> bool {
        self.node.kind == NodeType::Directory
    }

    /// Bytes of the file, or 0.
    pub fn size(&self) -> u64 {
        self.node.size
    }
}

/// What is left of an archive that could not be completed: nothing more is written, so that nobody takes it for a whole one.
fn abandon<T>(archive: T, error: io::Error) -> io::Error {
    // Dropping it would write its end.
    std::mem::forget(archive);
    error
}

/// Writes the content of a file as it is, or a directory as an archive whose names are beneath the base.
///
/// The first byte that cannot be had, or be written, is an error; what was written before is right but not all. Errors of `out` come as
/// [`Error::Local`] with the kind that they have.
pub fn dump(
    repo: &Repository,
    what: &Dumped,
    archive: Archive,
    out: &mut dyn Write,
    monitor: &dyn Monitor,
) -> Result<DumpReport> {
    monitor.event(Event::Phase("Dumping"));
    if !what.is_directory() {
        monitor.event(Event::Total { items: 1, bytes: what.size(), complete: true });
    }
    let links = what.is_directory() && archive == Archive::Tar;
    let (send, receive) = crossbeam_channel::bounded(0);
    std::thread::scope(|scope| {
        scope.spawn(move || Plan::new(repo, monitor, links, &send).all(what));
        let mut stream = Stream::new(&receive, monitor);
        let written = match (what.is_directory(), archive) {
            (false, _) => content::file(&mut stream, out),
            (true, Archive::Tar) => tar::write(&mut stream, out),
            (true, Archive::Zip) => zip::write(&mut stream, out),
        };
        // The planner ends when nobody takes what it sends.
        let report = stream.report;
        drop(stream);
        drop(receive);
        written.map(|()| report).map_err(back)
    })
}

/// An error on its way through those who know only errors of input and output.
fn through(error: Error) -> io::Error {
    io::Error::other(error)
}

fn back(error: io::Error) -> Error {
    let of_output = |error: io::Error| Error::local("write", "the output", error);
    match error.get_ref().is_some_and(|inner| inner.is::<Error>()) {
        false => of_output(error),
        true => match error.into_inner().map(|inner| inner.downcast::<Error>()) {
            Some(Ok(error)) => *error,
            _ => of_output(io::ErrorKind::Other.into()),
        },
    }
}
