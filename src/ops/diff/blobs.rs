//! The blobs of both sides, as far as they were met.
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{DiffReport, DiffSide};
use crate::error::Result;
use crate::id::{BlobId, BlobKind};
use crate::model::{Content, ContentReader, Node, TreeStore, XattrValue};
use crate::monitor::Monitor;
use crate::ops::trees::ReadTrees;
use crate::repo::Repository;

/// Where a blob was met.
#[derive(Clone, Copy)]
struct Met {
    kind: BlobKind,
    before: bool,
    after: bool,
    /// None: the index tells it.
    len: Option<u32>,
}

#[derive(Default)]
pub(super) struct Blobs(Mutex<HashMap<BlobId, Met>>);

impl Blobs {
    fn met(&self) -> MutexGuard<'_, HashMap<BlobId, Met>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, kind: BlobKind, id: BlobId, is_before: bool, len: Option<u32>) {
        let mut met = self.met();
        let met = met.entry(id).or_insert(Met { kind, before: false, after: false, len });
        *(if is_before { &mut met.before } else { &mut met.after }) = true;
    }

    /// Adds what is on one side only to the report.
    pub(super) fn sum(&self, repo: &Repository, report: &mut DiffReport) -> Result<()> {
        for (id, met) in self.met().iter() {
            let side: &mut DiffSide = match (met.before, met.after) {
                (true, false) => &mut report.removed,
                (false, true) => &mut report.added,
                _ => continue,
            };
            *(if met.kind == BlobKind::Data { &mut side.data_blobs } else { &mut side.tree_blobs }) += 1;
            let len = match met.len {
                Some(len) => Some(len),
                None => repo.blob_info(id)?.map(|(_, len)| len),
            };
            side.bytes += u64::from(len.unwrap_or(0));
        }
        Ok(())
    }
}

/// The trees of one side; what is loaded is noted.
pub(super) struct Side<'a> {
    trees: ReadTrees<'a>,
    blobs: &'a Blobs,
    is_before: bool,
    notes_trees: bool,
}

impl<'a> Side<'a> {
    pub(super) fn before(repo: &'a Repository, monitor: &'a dyn Monitor, blobs: &'a Blobs) -> Self {
        Side { trees: ReadTrees { repo, monitor }, blobs, is_before: true, notes_trees: true }
    }

    /// Where the other side has no trees.
    pub(super) fn without_trees(repo: &'a Repository, monitor: &'a dyn Monitor, blobs: &'a Blobs) -> Self {
        Side { notes_trees: false, ..Side::before(repo, monitor, blobs) }
    }

    pub(super) fn after(repo: &'a Repository, monitor: &'a dyn Monitor, blobs: &'a Blobs) -> Self {
        Side { is_before: false, ..Side::before(repo, monitor, blobs) }
    }

    pub(super) fn is_before(&self) -> bool {
        self.is_before
    }

    /// Notes the blobs of an entry. Those of a long list are not looked at if the other side has the same list.
    pub(super) fn note(&self, node: &Node, other: Option<&Node>) -> Result<()> {
        let data = |id: &BlobId| self.blobs.add(BlobKind::Data, *id, self.is_before, None);
        for (_, value) in &node.xattrs {
            if let XattrValue::Blobs(ids) = value {
                ids.iter().for_each(data);
            }
        }
        match &node.content {
            Content::Blobs(ids) => ids.iter().for_each(data),
            Content::List { .. } if other.is_some_and(|other| other.content == node.content) => {}
            content @ Content::List { .. } => {
                for id in ContentReader::new(self, content) {
                    data(&id?);
                }
            }
            Content::Empty | Content::Inline(_) => {}
        }
        Ok(())
    }
}

impl TreeStore for Side<'_> {
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
        self.trees.save_tree(bytes)
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        let bytes = self.trees.load_tree(id)?;
        if self.notes_trees {
            self.blobs.add(BlobKind::Tree, *id, self.is_before, Some(bytes.len() as u32));
        }
        Ok(bytes)
    }
}
