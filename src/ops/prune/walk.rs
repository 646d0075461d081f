//! Which blobs do snapshots need? Walks their trees, each tree once.
use std::collections::BTreeSet;

use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::format::Decision;
use crate::id::{BlobId, BlobKind, SessionId};
use crate::model::{Content, Node, Tree, XattrValue, decode_snapshot, decode_tree};
use crate::monitor::{Event, Monitor};
use crate::repo::{Catalog, Live, NeededBlobs, Repository};

/// The blobs that snapshots need, as far as they have been walked. A snapshot that is forgotten later stays in it.
pub(in crate::ops) struct Walk<'a> {
    repo: &'a Repository,
    monitor: &'a dyn Monitor,
    live: Live,
    walked: BTreeSet<SessionId>,
    /// What cannot be read is left out.
    is_lenient: bool,
}

impl<'a> Walk<'a> {
    pub(in crate::ops) fn new(repo: &'a Repository, monitor: &'a dyn Monitor) -> Self {
        Walk { repo, monitor, live: Live::default(), walked: BTreeSet::new(), is_lenient: false }
    }

    /// Finds what can be found where trees are damaged. Nothing may be removed because it is not in that.
    pub(in crate::ops) fn of_what_reads(repo: &'a Repository, monitor: &'a dyn Monitor) -> Self {
        Walk { is_lenient: true, ..Walk::new(repo, monitor) }
    }

    /// Everything beneath a tree of whatever form. What cannot be read ends the walk, unless it is lenient: it might need anything.
    fn tree(&mut self, root: BlobId, snapshot: &SessionId, alive: &dyn Fn() -> Result<()>) -> Result<()> {
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            if !self.live.needed.insert(&id) {
                continue;
            }
            if self.monitor.stop() {
                return Err(Error::Stopped { checkpoint: None });
            }
            alive()?;
            let unreadable = |cause: &dyn std::fmt::Display| {
                let cause = format!(
                    "it is needed by snapshot {} and cannot be read ({cause}), so nobody knows what else is needed; nothing was removed. \
                     `caddis repair` brings back what it can; if this stays, `caddis forget` that snapshot",
                    snapshot.short()
                );
                Error::damaged(format_args!("Tree {}", id.short()), cause)
            };
            let bytes = match self.repo.load_blob(BlobKind::Tree, &id, self.monitor) {
                Err(Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. }) if self.is_lenient => {
                    continue;
                }
                Err(error @ (Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. })) => {
                    return Err(unreadable(&error));
                }
                other => other?,
            };
            let tree = match decode_tree(&bytes) {
                Err(_) if self.is_lenient => continue,
                other => other.map_err(|error| unreadable(&error))?,
            };
            match tree {
                Tree::Leaf(nodes) => nodes.iter().for_each(|node| self.node(node, &mut open)),
                Tree::Inner(branches) => open.extend(branches.iter().map(|branch| branch.id)),
                Tree::List { height: 0, ids } => self.data(&ids),
                Tree::List { ids, .. } => open.extend(ids),
            }
        }
        Ok(())
    }

    fn data(&mut self, ids: &[BlobId]) {
        for id in ids {
            self.live.needed.insert(id);
        }
    }

    fn node(&mut self, node: &Node, open: &mut Vec<BlobId>) {
        for (_, value) in &node.xattrs {
            if let XattrValue::Blobs(ids) = value {
                self.data(ids);
            }
        }
        match &node.content {
            Content::Blobs(ids) => self.data(ids),
            Content::List { id, .. } => open.push(*id),
            Content::Empty | Content::Inline(_) => {}
        }
        open.extend(node.subtree);
    }
}

impl NeededBlobs for Walk<'_> {
    fn update(&mut self, catalog: &Catalog, alive: &dyn Fn() -> Result<()>) -> Result<&Live> {
        let new: Vec<_> = (catalog.decisions.iter())
            .filter(|(sid, _)| !catalog.tombs.contains(sid) && !self.walked.contains(sid))
            .filter_map(|(sid, decision)| match decision.as_ref() {
                Decision::Snapshot(body) => Some((*sid, body)),
                _ => None,
            })
            .collect();
        self.monitor.event(Event::Phase("Finding what snapshots need"));
        self.monitor.event(Event::Total { items: new.len() as u64, bytes: 0, complete: true });
        for (sid, body) in new {
            match decode_snapshot(body) {
                Ok(snapshot) => snapshot.root.map_or(Ok(()), |root| self.tree(root, &sid, alive))?,
                Err(_) if self.is_lenient => {}
                Err(error) => return Err(Error::damaged(ObjectName::Snapshot(sid), error)),
            }
            self.walked.insert(sid);
            self.monitor.event(Event::Progress { items: 1, bytes: 0 });
        }
        self.repo.close_over_bases(&mut self.live)?;
        Ok(&self.live)
    }
}
