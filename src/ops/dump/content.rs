//! The stream of pieces on the side of those who write, and the content of one file in it.
use std::io::{self, Read, Write};
use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::plan::{Piece, Sent};
use super::{DumpReport, through};
use crate::error::Error;
use crate::model::{Node, NodeType};
use crate::monitor::{Event, Monitor};

/// Bytes written at once.
const BUFFER: usize = 128 << 10;

pub(super) struct Stream<'a> {
    batches: &'a Receiver<Sent>,
    batch: std::vec::IntoIter<Piece>,
    monitor: &'a dyn Monitor,
    pub report: DumpReport,
}

impl<'a> Stream<'a> {
    pub(super) fn new(batches: &'a Receiver<Sent>, monitor: &'a dyn Monitor) -> Self {
        Stream { batches, batch: Vec::new().into_iter(), monitor, report: DumpReport::default() }
    }

    /// The next piece; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            match self.batch.next() {
                Some(Piece::Problem) => self.report.problems += 1,
                Some(piece) => {
                    if matches!(piece, Piece::Entry(..) | Piece::Link(..)) {
                        self.report.entries += 1;
                        self.monitor.event(Event::Progress { items: 1, bytes: 0 });
                    }
                    return Ok(Some(piece));
                }
                None => match self.batches.recv() {
                    Ok(Ok(batch)) => self.batch = batch.into_iter(),
                    Ok(Err(error)) => return Err(through(error)),
                    Err(_) => return Ok(None),
                },
            }
        }
    }

    /// Something of an entry is missing in what is written.
    pub(super) fn problem(&mut self, path: &[u8], message: String) {
        let item = format!("/{}", String::from_utf8_lossy(path));
        self.monitor.event(Event::Problem(&crate::monitor::Problem { item, message }));
        self.report.problems += 1;
    }
}

/// The bytes of the entry that has just begun, its holes as zeros unless they are skipped. There are exactly as many as its size says, or reading ends with an error.
pub(super) struct Content<'s, 'a> {
    stream: &'s mut Stream<'a>,
    name: Vec<u8>,
    size: u64,
    holes: std::iter::Peekable<std::vec::IntoIter<(u64, u64)>>,
    at: u64,
    zeros: u64,
    data: Arc<[u8]>,
    taken: usize,
    ended: bool,
    skips_holes: bool,
}

impl<'s, 'a> Content<'s, 'a> {
    pub(super) fn new(stream: &'s mut Stream<'a>, path: &[u8], node: &Node) -> Self {
        let size = if node.kind == NodeType::File { node.size } else { 0 };
        let holes = node.holes.clone().into_iter().peekable();
        let data = Arc::new([]);
        let name = path.to_vec();
        Content { stream, name, size, holes, at: 0, zeros: 0, data, taken: 0, ended: false, skips_holes: false }
    }

    pub(super) fn skipping_holes(self, skips_holes: bool) -> Self {
        Content { skips_holes, ..self }
    }

    fn damaged(&self, cause: &str) -> io::Error {
        through(Error::damaged(format!("/{}", String::from_utf8_lossy(&self.name)), cause))
    }

    fn went<N: Copy + TryInto<u64>>(&mut self, len: N) -> io::Result<N> {
        let bytes = len.try_into().unwrap_or(u64::MAX);
        self.at = self.at.saturating_add(bytes);
        if self.at > self.size {
            return Err(self.damaged("its content is longer than its size says"));
        }
        self.stream.report.bytes += bytes;
        self.stream.monitor.event(Event::Progress { items: 0, bytes });
        Ok(len)
    }
}

impl Read for Content<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if out.is_empty() {
                return Ok(0);
            }
            let hole = self.holes.peek().map_or(u64::MAX, |(offset, _)| *offset);
            if self.zeros == 0 && hole == self.at {
                self.zeros = self.holes.next().map_or(0, |(_, len)| len);
            }
            if self.zeros > 0 && self.skips_holes {
                let len = std::mem::take(&mut self.zeros);
                self.went(len)?;
                continue;
            }
            if self.zeros > 0 {
                let len = self.zeros.min(out.len() as u64) as usize;
                out[..len].fill(0);
                self.zeros -= len as u64;
                return self.went(len);
            }
            let rest = self.data.get(self.taken..).unwrap_or_default();
            if !rest.is_empty() {
                let len = rest.len().min(out.len()).min(usize::try_from(hole - self.at).unwrap_or(usize::MAX));
                out[..len].copy_from_slice(&rest[..len]);
                self.taken += len;
                return self.went(len);
            }
            if self.ended {
                return match self.at == self.size {
                    true => Ok(0),
                    false => Err(self.damaged("its content is shorter than its size says")),
                };
            }
            match self.stream.next()? {
                Some(Piece::Data(data)) => (self.data, self.taken) = (data, 0),
                Some(Piece::End) => self.ended = true,
                _ => return Err(self.damaged("its content ends too early")),
            }
        }
    }
}

/// Writes the content of the only file of a stream.
pub(super) fn file(stream: &mut Stream<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(Piece::Entry(path, node)) = stream.next()? else { return Ok(()) };
    copy(&mut Content::new(stream, &path, &node), out)
}

pub(super) fn copy(content: &mut Content<'_, '_>, out: &mut dyn Write) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match content.read(&mut buffer)? {
            0 => return out.flush(),
            len => out.write_all(&buffer[..len])?,
        }
    }
}
