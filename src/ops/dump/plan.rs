//! Walks what is to be dumped, fetches it batch by batch, and sends it on in order.
use std::collections::HashMap;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::Dumped;
use super::fetch::{Reference, fetch};
use crate::error::{Error, Result};
use crate::id::BlobKind;
use crate::model::{Content, ContentReader, Node, NodeType, TreeReader, XattrValue};
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::restore::content_digest;
use crate::ops::trees::ReadTrees;
use crate::repo::{Location, Repository};

/// Bytes of content of one batch.
const BATCH_BYTES: u64 = 16 << 20;
/// Entries and blobs of one batch.
const BATCH_PIECES: usize = 16 * 1024;
/// Bytes of one extended attribute: what kernels allow.
const MAX_XATTR: u64 = 64 << 10;
/// Pieces of a file that have no byte. No backup makes any; a list of them could be endless.
const MAX_EMPTY: u64 = 4096;

/// What a stream consists of.
pub(super) enum Piece {
    /// An entry begins. The path is beneath the base, without a slash at either end.
    Entry(Vec<u8>, Box<Node>),
    /// A further name of a file, and where it came first.
    Link(Vec<u8>, Box<Node>, Vec<u8>),
    /// The next bytes of its content, without holes.
    Data(Arc<[u8]>),
    /// Its content is complete.
    End,
    /// An entry is left out, or lacks something; the monitor was told.
    Problem,
}

/// Pieces, and how the stream ends if they are the last.
pub(super) type Sent = Result<Vec<Piece>>;

enum Planned {
    Piece(Piece),
    /// Number of a reference.
    Blob(usize),
}

/// Nobody takes what is sent.
enum End {
    Gone,
    Failed(Error),
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        End::Failed(error)
    }
}

pub(super) struct Plan<'a> {
    repo: &'a Repository,
    monitor: &'a dyn Monitor,
    send: &'a Sender<Sent>,
    /// Further names of files are told as such.
    links: bool,
    /// By device and inode, where a file came first and what was in it.
    first: HashMap<(u64, u64), (Vec<u8>, [u8; 32])>,
    planned: Vec<Planned>,
    references: Vec<Reference>,
    bytes: u64,
}

impl<'a> Plan<'a> {
    pub(super) fn new(repo: &'a Repository, monitor: &'a dyn Monitor, links: bool, send: &'a Sender<Sent>) -> Self {
        Plan {
            repo,
            monitor,
            send,
            links,
            first: HashMap::new(),
            planned: Vec::new(),
            references: Vec::new(),
            bytes: 0,
        }
    }

    /// Sends everything, then nothing more; or an error, then nothing more.
    pub(super) fn all(mut self, what: &Dumped) {
        match self.walk(what).and_then(|()| self.flush()) {
            Ok(()) | Err(End::Gone) => {}
            // Nobody is there to be told if this fails.
            Err(End::Failed(error)) => drop(self.send.send(Err(error))),
        }
    }

    fn walk(&mut self, what: &Dumped) -> Result<(), End> {
        let store = &ReadTrees { repo: self.repo, monitor: self.monitor };
        if what.node.kind != NodeType::Directory {
            return self.entry(what.path.clone(), what.node.clone());
        }
        let mut path = what.path.clone();
        if !path.is_empty() {
            self.entry(path.clone(), what.node.clone())?;
        }
        // Not by recursion: trees may be deeper than the stack of a thread.
        let mut open: Vec<(TreeReader<'_>, usize)> = Vec::new();
        open.extend(what.node.subtree.map(|id| (TreeReader::new(store, id), path.len())));
        while let Some((reader, length)) = open.last_mut() {
            path.truncate(*length);
            let Some(node) = reader.next() else {
                open.pop();
                continue;
            };
            let node = node?;
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(&node.name);
            let subtree = node.subtree;
            self.entry(path.clone(), node)?;
            open.extend(subtree.map(|id| (TreeReader::new(store, id), path.len())));
        }
        Ok(())
    }

    fn problem(&mut self, path: &[u8], message: String) {
        let item = format!("/{}", String::from_utf8_lossy(path));
        self.monitor.event(Event::Problem(&Problem { item, message }));
        self.planned.push(Planned::Piece(Piece::Problem));
    }

    fn entry(&mut self, path: Vec<u8>, mut node: Node) -> Result<(), End> {
        if node.kind == NodeType::Socket {
            let name = String::from_utf8_lossy(&path);
            self.monitor.event(Event::Note(&format!("/{name} is a socket, which no archive can hold; it is left out")));
            return Ok(());
        }
        self.load_xattrs(&path, &mut node)?;
        let content = std::mem::take(&mut node.content);
        if node.links > 1 && self.links && node.kind == NodeType::File {
            let digest = content_digest(&Node { content: content.clone(), ..node.clone() });
            match self.first.get(&(node.device, node.inode)) {
                Some((first, known)) if *known == digest => {
                    let first = first.clone();
                    return self.push(Piece::Link(path, Box::new(node), first));
                }
                _ => drop(self.first.insert((node.device, node.inode), (path.clone(), digest))),
            }
        }
        let room = holes(&node).and_then(|holes| node.size.checked_sub(holes)).unwrap_or(0);
        self.push(Piece::Entry(path.clone(), Box::new(node)))?;
        let damaged = |cause: &str| End::Failed(Error::damaged(format!("/{}", String::from_utf8_lossy(&path)), cause));
        let (mut planned, mut empty) = (0_u64, 0);
        match content {
            Content::Empty => {}
            Content::Inline(bytes) => self.push(Piece::Data(bytes.into()))?,
            content => {
                let store = &ReadTrees { repo: self.repo, monitor: self.monitor };
                for id in ContentReader::new(store, &content) {
                    let id = id?;
                    // One delta frame has many blobs, and its bases are looked up again by who fetches.
                    let place = self.repo.places(&id)?.into_iter().find(|place| place.tag.kind == BlobKind::Data);
                    let place = place.map(|place| Location { bases: Vec::new(), ..place });
                    let len = place.as_ref().map_or(0, |place| u64::from(place.len));
                    planned = planned.saturating_add(len);
                    empty += u64::from(len == 0);
                    if planned > room || empty > MAX_EMPTY {
                        return Err(damaged("its content is longer than its size says"));
                    }
                    self.planned.push(Planned::Blob(self.references.len()));
                    self.references.push(Reference { id, place });
                    self.bytes += len;
                    self.flush_if_full()?;
                }
            }
        }
        self.push(Piece::End)
    }

    fn push(&mut self, piece: Piece) -> Result<(), End> {
        self.bytes += match &piece {
            Piece::Data(bytes) => bytes.len() as u64,
            Piece::Entry(path, node) | Piece::Link(path, node, _) => {
                let xattrs = node.xattrs.iter().map(|(name, value)| match value {
                    XattrValue::Inline(bytes) => name.len() + bytes.len(),
                    XattrValue::Blobs(_) => name.len(),
                });
                (path.len() + xattrs.sum::<usize>() + 16 * node.holes.len()) as u64
            }
            _ => 0,
        };
        self.planned.push(Planned::Piece(piece));
        self.flush_if_full()
    }

    fn flush_if_full(&mut self) -> Result<(), End> {
        match self.bytes >= BATCH_BYTES || self.planned.len() >= BATCH_PIECES {
            true => self.flush(),
            false => Ok(()),
        }
    }

    /// Fetches what is planned, and waits until the batch before was taken.
    fn flush(&mut self) -> Result<(), End> {
        let planned = std::mem::take(&mut self.planned);
        let mut fetched: Vec<_> =
            fetch(self.repo, std::mem::take(&mut self.references), self.monitor)?.into_iter().map(Some).collect();
        self.bytes = 0;
        let mut pieces = Vec::with_capacity(planned.len());
        for planned in planned {
            pieces.push(match planned {
                Planned::Piece(piece) => piece,
                Planned::Blob(number) => match fetched.get_mut(number).and_then(Option::take) {
                    Some(Ok(bytes)) => Piece::Data(bytes),
                    Some(Err(error)) => {
                        // What comes before it is right.
                        self.send.send(Ok(pieces)).map_err(|_| End::Gone)?;
                        return Err(End::Failed(error));
                    }
                    None => return Err(End::Failed(Error::Invalid("A blob was fetched twice".to_owned()))),
                },
            });
        }
        self.send.send(Ok(pieces)).map_err(|_| End::Gone)
    }

    /// Long values are blobs of their own. One that cannot be had is a problem, and left out.
    fn load_xattrs(&mut self, path: &[u8], node: &mut Node) -> Result<(), End> {
        let mut kept = Vec::with_capacity(node.xattrs.len());
        for (name, value) in std::mem::take(&mut node.xattrs) {
            let XattrValue::Blobs(ids) = value else {
                kept.push((name, value));
                continue;
            };
            let mut bytes = Vec::new();
            let mut load = || -> Result<()> {
                for id in &ids {
                    if ids.len() as u64 > MAX_XATTR
                        || u64::from(self.repo.blob_length(BlobKind::Data, id).unwrap_or(0)) + bytes.len() as u64
                            > MAX_XATTR
                    {
                        return Err(Error::Invalid(format!(
                            "it is longer than the {MAX_XATTR} bytes that kernels allow"
                        )));
                    }
                    bytes.extend(self.repo.load_blob(BlobKind::Data, id, self.monitor)?);
                }
                Ok(())
            };
            match load() {
                Ok(()) => kept.push((name, XattrValue::Inline(bytes))),
                Err(error) => {
                    let name = String::from_utf8_lossy(&name);
                    self.problem(path, format!("Extended attribute {name} is left out: {error}"));
                }
            }
        }
        node.xattrs = kept;
        Ok(())
    }
}

/// Bytes in holes; none if they are more than any file has.
fn holes(node: &Node) -> Option<u64> {
    node.holes.iter().try_fold(0_u64, |sum, (_, len)| sum.checked_add(*len))
}
