//! Walks the trees of all snapshots: is everything there that they refer to, and which files are hit by what is not?
use std::collections::HashSet;

use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::format::Decision;
use crate::id::{BlobId, BlobKind, SessionId};
use crate::model::{Content, Node, NodeType, Tree, XattrValue, decode_snapshot, decode_tree};
use crate::monitor::{Event, Monitor, Silent};
use crate::repo::{Availability, Inspection, Remedy, Repository, Severity};

/// Files with lost content that are named.
const NAMED_FILES: usize = 1000;
/// Content lists within one another; the decoder refuses higher ones.
const MAX_HEIGHT: u8 = 8;

/// What was seen.
#[derive(Default)]
pub(in crate::ops) struct Walked {
    pub snapshots: u64,
    pub trees: u64,
    pub lost_files: Vec<(String, Vec<u8>)>,
    /// Snapshots that do not read in full, with the number of entries that are hit.
    pub damaged: Vec<(SessionId, u64)>,
}

/// What is left of one tree, on the way down.
struct Level {
    id: BlobId,
    /// Length of the path of its directory.
    path: usize,
    items: Items,
    whole: bool,
}

enum Items {
    Nodes(std::vec::IntoIter<Node>),
    Pieces(std::vec::IntoIter<crate::model::Branch>),
}

/// Losses of one snapshot.
#[derive(Default)]
struct Losses {
    files: u64,
    not_indexed: u64,
}

struct Walk<'a, 'r> {
    repo: &'r Repository,
    inspection: &'a mut Inspection<'r>,
    monitor: &'a dyn Monitor,
    walked: Walked,
    /// Trees, of directories and of contents, in and below which all is well: 32 bytes for each, the memory of a check.
    whole: HashSet<BlobId>,
    /// Trees that were read and below which something is missing: they are read again for each snapshot.
    broken: HashSet<BlobId>,
    losses: Losses,
    snapshot: String,
}

/// Walks every snapshot that is not forgotten. Every tree is read once, except those that lead to something that is lost.
pub(in crate::ops) fn walk<'r>(
    repo: &'r Repository,
    inspection: &mut Inspection<'r>,
    monitor: &dyn Monitor,
) -> Result<Walked> {
    monitor.event(Event::Phase("Checking snapshots"));
    let catalog = inspection.catalog.clone();
    let snapshots = catalog
        .decisions
        .iter()
        .filter(|(sid, decision)| matches!(decision.as_ref(), Decision::Snapshot(_)) && !catalog.tombs.contains(sid));
    monitor.event(Event::Total { items: snapshots.clone().count() as u64, bytes: 0, complete: true });
    let mut walk = Walk {
        repo,
        inspection,
        monitor,
        walked: Walked::default(),
        whole: HashSet::new(),
        broken: HashSet::new(),
        losses: Losses::default(),
        snapshot: String::new(),
    };
    for (sid, decision) in snapshots {
        let Decision::Snapshot(body) = decision.as_ref() else { continue };
        let named_before = walk.walked.lost_files.len();
        let name = ObjectName::Snapshot(*sid);
        walk.walked.snapshots += 1;
        walk.snapshot = sid.short();
        match decode_snapshot(body) {
            Ok(snapshot) => {
                if let Some(root) = snapshot.root {
                    walk.directory(root)?;
                }
            }
            Err(error) => walk.inspection.find(Severity::Lost, name, error),
        }
        let losses = std::mem::take(&mut walk.losses);
        if losses.files + losses.not_indexed > 0 && repo.catalog(&Silent)?.tombs.contains(sid) {
            walk.walked.lost_files.truncate(named_before);
            walk.inspection.find(Severity::Note, name, "it was forgotten while it was checked");
            continue;
        }
        if losses.files > 0 {
            walk.walked.damaged.push((*sid, losses.files));
            walk.inspection.remedies.extend([Remedy::Backup, Remedy::Snapshots]);
            walk.inspection.find(
                Severity::Lost,
                name,
                format!(
                    "{} of its entries are lost, in full or in part; a new backup stores again what its sources still have, \
                     `caddis repair snapshots {}` makes a snapshot of the rest",
                    losses.files,
                    sid.short()
                ),
            );
        }
        if losses.not_indexed > 0 {
            walk.inspection.advise(Remedy::Index);
            walk.inspection.find(
                Severity::Repairable,
                name,
                format!(
                    "{} of its entries refer to blobs that are in no index; `caddis repair index` looks for them in the packs",
                    losses.not_indexed
                ),
            );
        }
        monitor.event(Event::Progress { items: 1, bytes: 0 });
    }
    Ok(walk.walked)
}

impl Walk<'_, '_> {
    fn directory(&mut self, root: BlobId) -> Result<()> {
        let mut path = Vec::new();
        let mut levels = Vec::new();
        levels.extend(self.open(root, &path)?);
        while let Some(level) = levels.last_mut() {
            path.truncate(level.path);
            let next = match &mut level.items {
                Items::Pieces(pieces) => pieces.next().map(|piece| piece.id),
                Items::Nodes(nodes) => match nodes.next() {
                    None => None,
                    Some(node) => {
                        path.push(b'/');
                        path.extend_from_slice(&node.name);
                        if !self.node(&node, &path)? {
                            level.whole = false;
                        }
                        match node.subtree.filter(|tree| !self.whole.contains(tree)) {
                            Some(tree) => Some(tree),
                            None => continue,
                        }
                    }
                },
            };
            match next {
                Some(tree) if self.whole.contains(&tree) => {}
                Some(tree) => match self.open(tree, &path)? {
                    Some(below) => levels.push(below),
                    None => level.whole = false,
                },
                None => {
                    let (id, whole) = (level.id, level.whole);
                    levels.pop();
                    if whole {
                        self.whole.insert(id);
                    } else if let Some(above) = levels.last_mut() {
                        above.whole = false;
                    }
                    if !whole {
                        self.broken.insert(id);
                    }
                }
            }
        }
        Ok(())
    }

    /// Loads a piece of the directory at `path`; `None` if it is lost.
    fn open(&mut self, id: BlobId, path: &[u8]) -> Result<Option<Level>> {
        if self.monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        let items = match self.load(&id)? {
            Some(Tree::Leaf(nodes)) => Items::Nodes(nodes.into_iter()),
            Some(Tree::Inner(pieces)) => Items::Pieces(pieces.into_iter()),
            Some(Tree::List { .. }) => {
                self.senseless(&id, "It is a content list in place of a directory");
                self.lose(path, &Availability::Lost);
                return Ok(None);
            }
            None => {
                let availability = self.inspection.availability(BlobKind::Tree, &id)?;
                self.lose(path, &availability);
                return Ok(None);
            }
        };
        Ok(Some(Level { id, path: path.len(), items, whole: true }))
    }

    fn load(&mut self, id: &BlobId) -> Result<Option<Tree>> {
        let bytes = match self.repo.load_blob(BlobKind::Tree, id, &Silent) {
            Ok(bytes) => bytes,
            Err(Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        if !self.broken.contains(id) {
            self.walked.trees += 1;
        }
        match decode_tree(&bytes) {
            Ok(tree) => {
                // Noted if its only place is in a stripe that was given up.
                self.inspection.availability(BlobKind::Tree, id)?;
                Ok(Some(tree))
            }
            Err(error) => {
                self.senseless(id, &error.to_string());
                Ok(None)
            }
        }
    }

    fn senseless(&mut self, id: &BlobId, cause: &str) {
        self.inspection.find(Severity::Lost, format!("Tree {id}"), cause);
    }

    fn lose(&mut self, path: &[u8], availability: &Availability) {
        if *availability == Availability::NotIndexed && self.inspection.index_is_incomplete {
            // Whether it is lost shows when the index is whole.
            self.losses.not_indexed += 1;
            return;
        }
        self.losses.files += 1;
        let path = if path.is_empty() { b"/" } else { path };
        if self.walked.lost_files.len() < NAMED_FILES {
            self.walked.lost_files.push((self.snapshot.clone(), path.to_vec()));
        }
    }

    /// Whether all that belongs to the node itself is there.
    fn node(&mut self, node: &Node, path: &[u8]) -> Result<bool> {
        let mut worst = Availability::Available;
        let values = node.xattrs.iter().filter_map(|(_, value)| match value {
            XattrValue::Blobs(ids) => Some(ids),
            XattrValue::Inline(_) => None,
        });
        for ids in values {
            self.blobs(ids, &mut worst)?;
        }
        match &node.content {
            Content::Blobs(ids) => self.blobs(ids, &mut worst)?,
            Content::List { height, id } => self.list(id, *height, &mut worst)?,
            Content::Empty | Content::Inline(_) => {}
        }
        if node.kind == NodeType::Directory && node.subtree.is_none() {
            worst = Availability::Lost;
        }
        if worst != Availability::Available {
            self.lose(path, &worst);
        }
        Ok(worst == Availability::Available)
    }

    fn blobs(&mut self, ids: &[BlobId], worst: &mut Availability) -> Result<()> {
        for id in ids {
            match self.inspection.availability(BlobKind::Data, id)? {
                Availability::Available => {}
                Availability::NotIndexed if *worst != Availability::Available => {}
                other => *worst = other,
            }
        }
        Ok(())
    }

    fn list(&mut self, id: &BlobId, height: u8, worst: &mut Availability) -> Result<()> {
        if self.whole.contains(id) {
            return Ok(());
        }
        let mut own = Availability::Available;
        match self.load(id)? {
            Some(Tree::List { height: found, ids }) if found == height && height <= MAX_HEIGHT => {
                match height.checked_sub(1) {
                    None => self.blobs(&ids, &mut own)?,
                    Some(below) => ids.iter().try_for_each(|id| self.list(id, below, &mut own))?,
                }
            }
            Some(_) => {
                self.senseless(id, "It is not the content list that belongs there");
                own = Availability::Lost;
            }
            None => own = self.inspection.availability(BlobKind::Tree, id)?,
        }
        if own == Availability::Available {
            self.whole.insert(*id);
        } else {
            self.broken.insert(*id);
            *worst = own;
        }
        Ok(())
    }
}
