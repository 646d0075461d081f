//! Takes in a tar archive: its entries as if they had been backed up.
use std::io::Read;

use super::gathered::{Contents, Leaf};
use super::intake::Intake;
use super::work::SMALL_FILE;
use crate::error::{Error, Result};
use crate::fs::tar::{TarEntry, TarReader};
use crate::model::{Node, NodeType};
use crate::world::Time;

/// Reads the archive to its end. Entries that make no sense are left out and told; an archive that does not read fails all of it.
pub(super) fn import(intake: &mut Intake<'_, '_, '_>, reader: Box<dyn Read + Send>, at: &[Vec<u8>]) -> Result<()> {
    let mut archive = TarReader::new(reader);
    let unreadable =
        |error: std::io::Error| Error::Invalid(format!("The archive cannot be read, no snapshot was made: {error}"));
    while let Some(entry) = archive.next_entry().map_err(unreadable)? {
        if intake.crew.first.is_stopped() {
            return Err(Error::Stopped { checkpoint: None });
        }
        let shown = String::from_utf8_lossy(&entry.path).into_owned();
        for left_out in &entry.left_out {
            problem(intake, &shown, format!("It is stored without {left_out}"));
        }
        if let Some(cause) = take(intake, &mut archive, entry, at)? {
            problem(intake, &shown, cause.to_owned());
        }
    }
    if !archive.has_end() {
        let message = "The archive ends without the mark that belongs there; it may have been cut off".to_owned();
        problem(intake, "archive", message);
    }
    Ok(())
}

fn problem(intake: &Intake<'_, '_, '_>, item: &str, message: String) {
    intake.crew.problem(item.to_owned(), message, 0..intake.crew.runs.len());
}

/// Takes one entry; gives why it is left out, if it is.
fn take(
    intake: &mut Intake<'_, '_, '_>,
    archive: &mut TarReader<Box<dyn Read + Send>>,
    entry: TarEntry,
    at: &[Vec<u8>],
) -> Result<Option<&'static str>> {
    let below = |path| names(path).map(|names| at.iter().map(Vec::as_slice).chain(names).collect::<Vec<&[u8]>>());
    let path = match below(&entry.path) {
        Ok(path) => path,
        Err(cause) => return Ok(Some(cause)),
    };
    // The root has no metadata.
    if path.is_empty() {
        return Ok(if entry.node.kind == NodeType::Directory { None } else { Some("It has no name; it is left out") });
    }
    if let Some(first) = &entry.hard_link {
        let linked = below(first).and_then(|first| intake.gathered.link(&path, &first));
        return Ok(match linked {
            Ok(true) => None,
            Ok(false) => Some("It is a further name of what the archive does not have before it; it is left out"),
            Err(cause) => Some(cause),
        });
    }
    let mut node = entry.node;
    if node.ctime == Time::default() {
        node.ctime = node.mtime;
    }
    let contents = match node.kind {
        NodeType::File => content(intake, archive, &path, &node)?,
        _ => Contents::default(),
    };
    Ok(intake.gathered.insert(&path, Leaf { node, contents }).err())
}

fn content(
    intake: &mut Intake<'_, '_, '_>,
    archive: &mut TarReader<Box<dyn Read + Send>>,
    path: &[&[u8]],
    node: &Node,
) -> Result<Contents> {
    let shown = || format!("{} in the archive", String::from_utf8_lossy(&path.join(&b'/')));
    let in_holes: u64 = node.holes.iter().map(|(_, length)| length).sum();
    let length = node.size.saturating_sub(in_holes);
    if length > SMALL_FILE {
        return intake.read(path, &shown(), &mut |space| archive.read(space));
    }
    let mut bytes = vec![0; length as usize];
    let mut filled = 0;
    while filled < bytes.len() {
        match archive.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) => {
                let message = format!("{} could not be read, so that no snapshot was made: {error}", shown());
                return Err(Error::Invalid(message));
            }
        }
    }
    bytes.truncate(filled);
    intake.small(path, node, bytes)
}

/// Names of a path, which is beneath the root even if it begins with a slash.
fn names(path: &[u8]) -> Result<impl Iterator<Item = &[u8]>, &'static str> {
    let names = path.split(|byte| *byte == b'/').filter(|name| !name.is_empty() && *name != b".");
    if names.clone().any(|name| name == b"..") {
        return Err("Its path leads upwards; it is left out");
    }
    if path.contains(&0) {
        return Err("Its path has a zero byte; it is left out");
    }
    Ok(names)
}
