//! Lists of a file's blobs, of any length (repo-format.md, section 10).
use super::build::{MIN_ITEMS, is_cut};
use super::node::{Content, MAX_NESTING};
use super::older_lists::OlderLists;
use super::tree::{MAX_LIST_IDS, Tree, encode_list};
use super::{TreeStore, decode_tree};
use crate::error::{Error, Result};
use crate::id::BlobId;

/// Takes the ids of a file's blobs in order and makes its content of them. Holds one list of each height: memory does
/// not grow with the file. A change in the middle changes few lists.
pub struct ContentBuilder<'a> {
    store: &'a dyn TreeStore,
    /// All ids as long as they fit into a node; then the open list of each height.
    levels: Vec<Vec<BlobId>>,
    listed: bool,
    /// Data blobs in the lists that are saved.
    saved: usize,
    older: Option<OlderLists<'a>>,
}

impl<'a> ContentBuilder<'a> {
    /// An empty file.
    pub fn new(store: &'a dyn TreeStore) -> Self {
        ContentBuilder::over(store, None)
    }

    /// An empty file whose content will take the place of an older one. Lists of data blobs are told what they replace; for those the older
    /// lists are read as far as the new ones have come, and kept as far as 2 MiB go. Lists of lists are far smaller.
    pub fn over(store: &'a dyn TreeStore, older: Option<&Content>) -> Self {
        let older = older.and_then(|content| OlderLists::new(store, content));
        ContentBuilder { store, levels: vec![Vec::new()], listed: false, saved: 0, older }
    }

    /// Adds the next data blob. Errors come from the store, or the file is too large for any list.
    pub fn push(&mut self, id: BlobId) -> Result<()> {
        if self.listed {
            return self.add(0, id);
        }
        self.levels[0].push(id);
        if self.levels[0].len() > Content::MAX_IDS {
            self.listed = true;
            for id in std::mem::take(&mut self.levels[0]) {
                self.add(0, id)?;
            }
        }
        Ok(())
    }

    /// Saves what is left; returns the content of the node.
    pub fn finish(mut self) -> Result<Content> {
        if !self.listed {
            let ids = std::mem::take(&mut self.levels[0]);
            return Ok(if ids.is_empty() { Content::Empty } else { Content::Blobs(ids) });
        }
        let mut height = 0;
        loop {
            let ids = std::mem::take(self.levels.get_mut(height as usize).ok_or_else(too_large)?);
            if height as usize + 1 == self.levels.len() {
                return match ids[..] {
                    // A list of one list says nothing more than that one.
                    [id] if height > 0 => Ok(Content::List { height: height - 1, id }),
                    _ => Ok(Content::List { height, id: self.save_list(height, &ids)? }),
                };
            }
            if !ids.is_empty() {
                self.save(height, &ids)?;
            }
            height += 1;
        }
    }

    fn add(&mut self, height: u8, id: BlobId) -> Result<()> {
        if height > MAX_NESTING {
            return Err(too_large());
        }
        let level = usize::from(height);
        if level == self.levels.len() {
            self.levels.push(Vec::new());
        }
        let list = &mut self.levels[level];
        list.push(id);
        if list.len() == MAX_LIST_IDS || (list.len() as u64 >= MIN_ITEMS && is_cut(id.as_bytes())) {
            let ids = std::mem::take(list);
            self.save(height, &ids)?;
        }
        Ok(())
    }

    fn save(&mut self, height: u8, ids: &[BlobId]) -> Result<()> {
        let id = self.save_list(height, ids)?;
        self.add(height + 1, id)
    }

    fn save_list(&mut self, height: u8, ids: &[BlobId]) -> Result<BlobId> {
        let bytes = encode_list(height, ids);
        if height > 0 {
            return self.store.save_tree(bytes);
        }
        let (older, start) = (&mut self.older, self.saved);
        self.saved += ids.len();
        self.store.save_tree_over(bytes, &mut || older.as_mut().map_or(Vec::new(), |older| older.replaced(start, ids)))
    }
}

fn too_large() -> Error {
    Error::Invalid("A file has too many pieces to be stored".into())
}

/// The ids of a file's data blobs, in order, loading content lists as it comes to them. Ends after an error.
pub struct ContentReader<'a> {
    store: &'a dyn TreeStore,
    /// Lists on the way down: what is left of each, and its height; data blobs are height 0.
    stack: Vec<(std::vec::IntoIter<BlobId>, u8)>,
    /// The list that was read last.
    list: Option<BlobId>,
}

impl<'a> ContentReader<'a> {
    /// At the beginning of the file. Inline content has no blobs.
    pub fn new(store: &'a dyn TreeStore, content: &Content) -> Self {
        let stack = match content {
            Content::Empty | Content::Inline(_) => Vec::new(),
            Content::Blobs(ids) => vec![(ids.clone().into_iter(), 0)],
            // As if a list of the next height had this one in it.
            Content::List { height, id } => vec![(vec![*id].into_iter(), height.saturating_add(1))],
        };
        ContentReader { store, stack, list: None }
    }

    /// The list of which the last id was, and all that follow in it.
    pub(super) fn rest_of_list(&mut self) -> Option<(BlobId, Vec<BlobId>)> {
        let (ids, _) = self.stack.last_mut().filter(|(_, height)| *height == 0)?;
        Some((self.list?, ids.by_ref().collect()))
    }

    fn descend(&mut self, id: &BlobId, height: u8) -> Result<()> {
        match decode_tree(&self.store.load_tree(id)?) {
            Ok(Tree::List { height: found, ids }) if found == height => {
                self.stack.push((ids.into_iter(), height));
                self.list = Some(*id);
                Ok(())
            }
            Ok(_) => Err(Error::damaged(format!("Tree {id}"), "It is not the content list that belongs here")),
            Err(cause) => Err(Error::damaged(format!("Tree {id}"), cause)),
        }
    }
}

impl Iterator for ContentReader<'_> {
    type Item = Result<BlobId>;

    fn next(&mut self) -> Option<Result<BlobId>> {
        loop {
            let (ids, height) = self.stack.last_mut()?;
            let height = *height;
            match (ids.next(), height.checked_sub(1)) {
                (None, _) => {
                    self.stack.pop();
                }
                (Some(id), None) => return Some(Ok(id)),
                // Heights decrease, so this ends: at most MAX_NESTING + 1 lists are open.
                (Some(id), Some(below)) => {
                    if let Err(error) = self.descend(&id, below) {
                        self.stack.clear();
                        return Some(Err(error));
                    }
                }
            }
        }
    }
}
