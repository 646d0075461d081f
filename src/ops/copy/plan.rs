//! Walks a snapshot of the source and plans its copy; everything that the target has, as far as a pair tells, is left out of what is read.
use super::batch::{Batch, Step};
use super::known::Known;
use super::pair::{Both, Pair};
use super::transfer::Transfer;
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::model::{Content, ContentReader, Node, TreeReader, TreeStore, XattrValue};

/// Ids of a content list that are planned at a time.
const SOME_IDS: usize = 4096;

/// Does what is planned so far.
pub(super) type Execute<'e> = dyn FnMut(&mut Batch, &mut Known) -> Result<()> + 'e;

pub(super) struct Plan<'p, 'a> {
    pub transfer: &'p Transfer<'a>,
    pub source: &'p dyn TreeStore,
    pub target: &'p dyn TreeStore,
    pub pair: Pair<'p>,
    pub batch: Batch,
}

impl<'p> Plan<'p, '_> {
    /// Plans all that is beneath `root`, and has it done batch by batch.
    pub(super) fn all(&mut self, root: BlobId, known: &mut Known, execute: &mut Execute<'_>) -> Result<()> {
        let mut open: Vec<TreeReader<'p>> = vec![TreeReader::new(self.source, root)];
        let mut path: Vec<Vec<u8>> = Vec::new();
        while let Some(level) = open.last_mut() {
            if self.transfer.monitor.stop() {
                return Err(Error::Stopped { checkpoint: None });
            }
            match level.next() {
                None => {
                    open.pop();
                    path.pop();
                    self.pair.leave();
                    self.batch.push(Step::Leave);
                }
                Some(node) => {
                    let node = node.map_err(|error| self.locate(&path, error))?;
                    let name = node.name.clone();
                    if let Some(below) = self.entry(node, known, execute)? {
                        open.push(TreeReader::new(self.source, below));
                        path.push(name);
                    }
                }
            }
            self.execute_if_full(known, execute)?;
        }
        execute(&mut self.batch, known)
    }

    fn locate(&self, path: &[Vec<u8>], error: Error) -> Error {
        match error {
            error @ (Error::BlobLost { .. } | Error::BlobNotFound { .. } | Error::Damaged { .. }) => {
                let path = path.iter().flat_map(|name| [b"/", &name[..]].concat()).collect::<Vec<u8>>();
                let path = if path.is_empty() { "/".into() } else { String::from_utf8_lossy(&path) };
                Error::damaged(path, error)
            }
            other => other,
        }
    }

    fn execute_if_full(&mut self, known: &mut Known, execute: &mut Execute<'_>) -> Result<()> {
        if self.batch.is_full() { execute(&mut self.batch, known) } else { Ok(()) }
    }

    /// One entry; gives the tree of a directory into which to go.
    fn entry(&mut self, node: Node, known: &mut Known, execute: &mut Execute<'_>) -> Result<Option<BlobId>> {
        let both = self.pair.find(&node.name);
        if let Some(both) = &both {
            self.learn(both.xattr_blobs(), known);
        }
        for (_, value) in &node.xattrs {
            if let XattrValue::Blobs(ids) = value {
                ids.iter().try_for_each(|id| self.want(id, known))?;
            }
        }
        let Some(tree) = node.subtree else {
            self.file(node, both.as_ref(), known, execute)?;
            return Ok(None);
        };
        let pair = both.as_ref().and_then(Both::subtrees);
        if known.tree(&tree).is_none()
            && let Some([old, new]) = pair
            && old == tree
            && self.transfer.is_whole(new, known)?
        {
            known.learn_tree(old, new);
        }
        if let Some(new) = known.tree(&tree) {
            let node = Box::new(Node { subtree: Some(new), ..node });
            self.batch.push(Step::Entry { node, is_mapped: true });
            return Ok(None);
        }
        self.pair.enter(pair);
        self.batch.push(Step::Enter { node: Box::new(node), id: tree, older: pair.map(|[_, new]| new) });
        Ok(Some(tree))
    }

    /// Anything but a directory with entries.
    fn file(
        &mut self,
        mut node: Node,
        both: Option<&Both>,
        known: &mut Known,
        execute: &mut Execute<'_>,
    ) -> Result<()> {
        if let Some(both) = both.filter(|_| node.content.has_blobs()) {
            if both.source.content == node.content && self.is_usable(&both.target.content)? {
                node.content = both.target.content.clone();
                self.batch.push(Step::Entry { node: Box::new(node), is_mapped: true });
                return Ok(());
            }
            let ids = [(self.source, &both.source), (self.target, &both.target)]
                .map(|(store, node)| ContentReader::new(store, &node.content).map_while(Result::ok));
            let [source, target] = ids;
            self.learn(source.zip(target), known);
        }
        if !matches!(node.content, Content::List { .. }) {
            if let Content::Blobs(ids) = &node.content {
                ids.iter().try_for_each(|id| self.want(id, known))?;
            }
            self.batch.push(Step::Entry { node: Box::new(node), is_mapped: false });
            return Ok(());
        }
        let content = node.content.clone();
        let name = node.name.clone();
        self.batch.push(Step::Open(Box::new(node)));
        let mut some = Vec::new();
        for id in ContentReader::new(self.source, &content) {
            let id = id.map_err(|error| self.locate(std::slice::from_ref(&name), error))?;
            self.want(&id, known)?;
            some.push(id);
            if some.len() == SOME_IDS {
                self.batch.push(Step::Ids(std::mem::take(&mut some)));
                self.execute_if_full(known, execute)?;
            }
        }
        self.batch.push(Step::Ids(some));
        self.batch.push(Step::Close);
        Ok(())
    }

    /// Whether all of it, in the target, may be referenced.
    fn is_usable(&self, content: &Content) -> Result<bool> {
        let usable = |id: &BlobId| self.transfer.writer.is_usable(id);
        match content {
            Content::Empty | Content::Inline(_) => Ok(true),
            Content::Blobs(ids) => ids.iter().try_fold(true, |all, id| Ok(all && usable(id)?)),
            Content::List { .. } => {
                for id in ContentReader::new(self.target, content) {
                    match id {
                        Ok(id) if usable(&id)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(true)
            }
        }
    }

    /// What a pair says, unless lengths contradict it.
    fn learn(&self, ids: impl IntoIterator<Item = (BlobId, BlobId)>, known: &Known) {
        for (old, new) in ids {
            if known.is_full() || !self.transfer.have_equal_lengths(&old, &new) {
                return;
            }
            known.learn(old, new);
        }
    }

    /// A blob must be known when its step is taken.
    fn want(&mut self, id: &BlobId, known: &Known) -> Result<()> {
        let is_there = match known.data(id) {
            Some(new) => self.transfer.writer.is_usable(&new)?,
            None => false,
        };
        if !is_there {
            self.batch.wanted.insert(*id);
        }
        Ok(())
    }
}
