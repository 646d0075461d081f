//! Restore of one file to a block device.
use std::path::Path;

use super::select;
use crate::error::{Error, Result};
use crate::fs::target::Device;
use crate::id::BlobKind;
use crate::model::{Content, ContentReader, NodeType, find};
use crate::monitor::{Event, Monitor};
use crate::ops::snapshots::SnapshotInfo;
use crate::ops::trees::ReadTrees;
use crate::repo::Repository;

/// Zeros that are written at once.
const ZEROS: usize = 1 << 20;

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct DeviceReport {
    pub total_bytes: u64,
    pub bytes_written: u64,
    /// Were there already.
    pub bytes_skipped: u64,
}

/// Makes a block device have the content of a file at its beginning; holes become zeros, what is beyond the file stays. Blocks that are right are
/// not written. On the device when this returns. A dry run only looks whether it would fit.
pub fn restore_to_device(
    repo: &Repository,
    snapshot: &SnapshotInfo,
    path: &[u8],
    device: &Path,
    dry_run: bool,
    monitor: &dyn Monitor,
) -> Result<DeviceReport> {
    let names = select::names(path)?;
    monitor.event(Event::Phase("Loading index"));
    repo.load_index(monitor)?;
    let trees = ReadTrees { repo, monitor };
    let node = match snapshot.snapshot.root {
        Some(root) => find(&trees, &root, names)?,
        None => None,
    };
    let node = node.filter(|node| node.kind == NodeType::File).ok_or_else(|| Error::PathNotFound {
        path: String::from_utf8_lossy(path).into_owned(),
        snapshot: snapshot.id.short(),
        cause: "There is no file of that name; a device gets the content of one file, as in latest:/dev/sdb1"
            .to_owned(),
    })?;
    let shown = device.display();
    let device = Device::open(device)?;
    if device.length() < node.size {
        let cause = format!("{shown} has {} bytes and is too small for {} bytes", device.length(), node.size);
        return Err(Error::Invalid(cause));
    }
    let mut report = DeviceReport { total_bytes: node.size, ..DeviceReport::default() };
    if dry_run {
        return Ok(report);
    }
    monitor.event(Event::Phase("Restoring"));
    monitor.event(Event::Total { items: 1, bytes: node.size, complete: true });
    let mut position = 0;
    let mut put = |position: &mut u64, bytes: &[u8]| {
        if monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        let length = bytes.len() as u64;
        if node.size - *position < length {
            return Err(Error::damaged(String::from_utf8_lossy(path), "Its content is longer than it says"));
        }
        match device.put(*position, bytes)? {
            true => report.bytes_written += length,
            false => report.bytes_skipped += length,
        }
        *position += length;
        monitor.event(Event::Progress { items: 0, bytes: length });
        Ok(())
    };
    let mut holes = node.holes.iter().peekable();
    let mut fill_holes = |position: &mut u64, put: &mut dyn FnMut(&mut u64, &[u8]) -> Result<()>| {
        while let Some((_, length)) = holes.next_if(|(offset, _)| offset == position) {
            let end = *position + length;
            while *position < end {
                let most = usize::try_from(end - *position).unwrap_or(usize::MAX).min(ZEROS);
                put(position, &vec![0; most])?;
            }
        }
        Ok::<_, Error>(holes.peek().map(|(offset, _)| *offset))
    };
    let mut pieces: Box<dyn Iterator<Item = Result<Vec<u8>>>> = match &node.content {
        Content::Inline(bytes) => Box::new(std::iter::once(Ok(bytes.clone()))),
        content => Box::new(
            ContentReader::new(&trees, content)
                .map(|id| id.and_then(|id| repo.load_blob(BlobKind::Data, &id, monitor))),
        ),
    };
    loop {
        let mut until = fill_holes(&mut position, &mut put)?;
        let Some(piece) = pieces.next() else { break };
        let piece = piece?;
        let mut rest = &piece[..];
        while !rest.is_empty() {
            let most = until.map_or(rest.len(), |until| rest.len().min((until - position) as usize));
            put(&mut position, &rest[..most])?;
            rest = &rest[most..];
            until = fill_holes(&mut position, &mut put)?;
        }
    }
    if position != node.size {
        let what = String::from_utf8_lossy(path);
        return Err(Error::damaged(
            what,
            format!("Its content has another length than it says; {shown} is not complete"),
        ));
    }
    monitor.event(Event::Phase("Syncing"));
    device.sync()?;
    Ok(report)
}
