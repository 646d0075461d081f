//! A changed copy of a snapshot: what tags, protects, filters or brings back a snapshot makes a new one of it (repo-format.md, sections 9 and 11).
mod filter;
mod leave_out;
#[cfg(test)]
mod tests;

pub use self::leave_out::{LeaveOut, LeftOut, Survey, count};

use std::collections::HashSet;

use crate::error::{Error, Result};
use crate::format::Decision;
use crate::id::{BlobId, BlobKind, SessionId};
use crate::model::{Content, ContentReader, Node, Snapshot, TreeReader, TreeStore, XattrValue, encode_snapshot};
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::snapshots::{SnapshotFilter, list};
use crate::repo::{Repository, SessionOwner, WriteOptions, Writer};

/// What is to be changed.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// The snapshot from which the copy is made.
    pub old: SessionId,
    /// The new content; its `original` is set to the first id of the snapshot.
    pub changed: Snapshot,
    /// The old one is forgotten, after the commit of the copy. An old one that was forgotten by somebody else meanwhile is not copied.
    pub replace: bool,
    /// What is lost is no reason to refuse the copy, which lacks it as well.
    pub lost_may_go: bool,
}

/// Commits a changed copy; durable when it returns. Its id is new, its data are those of the old one.
///
/// This makes new references to blobs, so it is a writer (W1–W3, W5, W6). Everything that the snapshot consists of must stay until it is
/// committed: it does if nothing is doomed and the old snapshot is not forgotten, and no tree is read then. Otherwise everything is looked up,
/// which reads every tree once, and the copy is refused if a prune has removed any of it or is about to. File content is never read.
pub fn rewrite(repo: &Repository, owner: &SessionOwner, rewrite: &Rewrite, monitor: &dyn Monitor) -> Result<SessionId> {
    Ok(write(repo, owner, rewrite, None, false, monitor)?.0)
}

/// The same for a copy that leaves something out of its trees: only trees on the way to that are read and written. One that replaces nothing and
/// is there already is not made again; false, then, with its id.
pub fn rewrite_without(
    repo: &Repository,
    owner: &SessionOwner,
    rewrite: &Rewrite,
    leave_out: Option<&LeaveOut>,
    monitor: &dyn Monitor,
) -> Result<(SessionId, bool)> {
    write(repo, owner, rewrite, leave_out, !rewrite.replace, monitor)
}

fn write(
    repo: &Repository,
    owner: &SessionOwner,
    rewrite: &Rewrite,
    leave_out: Option<&LeaveOut>,
    only_once: bool,
    monitor: &dyn Monitor,
) -> Result<(SessionId, bool)> {
    let options = WriteOptions::default();
    let (writer, _) = Writer::begin(repo, owner.clone(), options, monitor)?;
    let root = match prepare(repo, &writer, owner, rewrite, leave_out, monitor) {
        Ok(root) => root,
        Err(error) => {
            writer.leave();
            return Err(error);
        }
    };
    let original = rewrite.changed.original.unwrap_or(rewrite.old);
    let changed = Snapshot { root, original: Some(original), ..rewrite.changed.clone() };
    if only_once && let Some(same) = find_equal(repo, &changed, monitor)? {
        writer.leave();
        return Ok((same, false));
    }
    let new = writer.commit(&Decision::Snapshot(encode_snapshot(&changed)), monitor)?;
    if rewrite.replace
        && let Err(error) = repo.bury(rewrite.old, &owner.host, &replaced_by(&new), monitor)
    {
        let message = format!("{} is its changed copy, but the old one could not be forgotten: {error}", new.short());
        monitor.event(Event::Problem(&Problem { item: format!("snapshot {}", rewrite.old.short()), message }));
    }
    Ok((new, true))
}

/// A snapshot that says and holds the same, by whatever version of the program.
fn find_equal(repo: &Repository, wanted: &Snapshot, monitor: &dyn Monitor) -> Result<Option<SessionId>> {
    let mut all = list(repo, &SnapshotFilter::default(), monitor)?.into_iter();
    let equal = |there: Snapshot| Snapshot { program: wanted.program.clone(), ..there } == *wanted;
    Ok(all.find(|info| equal(info.snapshot.clone())).map(|info| info.id))
}

/// Makes sure that the copy may be committed; gives its root.
fn prepare(
    repo: &Repository,
    writer: &Writer<'_>,
    owner: &SessionOwner,
    rewrite: &Rewrite,
    leave_out: Option<&LeaveOut>,
    monitor: &dyn Monitor,
) -> Result<Option<BlobId>> {
    let meanwhile = || {
        Error::Invalid(format!("Snapshot {} was forgotten or replaced by another run meanwhile", rewrite.old.short()))
    };
    let is_forgotten = repo.catalog(monitor)?.tombs.contains(&rewrite.old);
    if rewrite.replace && is_forgotten {
        return Err(meanwhile());
    }
    let root = match (rewrite.changed.root, leave_out) {
        (Some(root), Some(leave_out)) => Some(filter::filter(repo, writer, root, leave_out, monitor)?),
        (root, _) => root,
    };
    // No prune that began before this session has anything left to remove, and later ones wait for it: all that a snapshot needs that was not
    // forgotten by now (the list of tombstones is younger than that of marks) stays until the copy is there.
    monitor.event(Event::Phase("Checking that nothing is missing"));
    let stays = !is_forgotten && writer.dooms_nothing() && has_no_tombstone(repo, rewrite.old, monitor);
    if !stays && !repo.copies_unchecked() {
        // The new trees are read too.
        writer.finish_packs()?;
        let store = UsableTrees { repo, writer, monitor, lost_may_go: rewrite.lost_may_go };
        check(&store, rewrite.old, root)?;
        // Of one that was forgotten a prune may just have removed what could not be read.
        if rewrite.lost_may_go && !has_no_tombstone(repo, rewrite.old, monitor) {
            return Err(meanwhile());
        }
    }
    if rewrite.replace && repo.buries_early() {
        repo.bury(rewrite.old, &owner.host, "replaced", monitor)?;
    }
    Ok(root)
}

/// Asks by name, because a list may be older than it seems; false when in doubt.
fn has_no_tombstone(repo: &Repository, id: SessionId, monitor: &dyn Monitor) -> bool {
    repo.tombstone(id, monitor).is_err_and(|error| error.is_not_found())
}

/// Reason of the tombstone of a snapshot that has a changed copy.
fn replaced_by(new: &SessionId) -> String {
    format!("{REPLACED}{new}")
}

const REPLACED: &str = "replaced by ";

/// Whether a tombstone with this reason stands on a snapshot that lives on in a changed copy.
pub(super) fn is_replaced(reason: &str) -> bool {
    reason.starts_with(REPLACED)
}

/// Whether everything that the copy consists of may be referenced. Where a piece of a directory or of a list is lost and that does not matter,
/// what follows that piece is as good as lost: nobody who reads comes to it.
fn check(store: &UsableTrees<'_>, old: SessionId, root: Option<BlobId>) -> Result<()> {
    let Some(root) = root else { return Ok(()) };
    let mut seen = HashSet::from([root]);
    let mut directories = vec![(root, Vec::new())];
    while let Some((tree, path)) = directories.pop() {
        if store.monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        for node in TreeReader::new(store, tree) {
            let node = match node {
                Err(error) if store.passes(&error) => break,
                node => node.map_err(|error| refuse(&old, &path, error))?,
            };
            let below = [path.as_slice(), b"/", &node.name].concat();
            match check_node(store, &node) {
                Err(error) if store.passes(&error) => {}
                checked => checked.map_err(|error| refuse(&old, &below, error))?,
            }
            if let Some(subtree) = node.subtree.filter(|subtree| seen.insert(*subtree)) {
                directories.push((subtree, below));
            }
        }
        store.monitor.event(Event::Progress { items: 1, bytes: 0 });
    }
    Ok(())
}

pub(super) fn check_node(store: &UsableTrees<'_>, node: &Node) -> Result<()> {
    for (_, value) in &node.xattrs {
        if let XattrValue::Blobs(ids) = value {
            ids.iter().try_for_each(|id| store.usable(id))?;
        }
    }
    match &node.content {
        Content::Empty | Content::Inline(_) => Ok(()),
        Content::Blobs(ids) => ids.iter().try_for_each(|id| store.usable(id)),
        Content::List { .. } => ContentReader::new(store, &node.content).try_for_each(|id| store.usable(&id?)),
    }
}

fn refuse(snapshot: &SessionId, path: &[u8], error: Error) -> Error {
    let path = if path.is_empty() { "/".into() } else { String::from_utf8_lossy(path) };
    match error {
        Error::BlobNotFound { id } => Error::Invalid(format!(
            "Snapshot {} cannot be copied: blob {id}, which {path} needs, is lost, or is about to be removed by a prune; `caddis check` tells which",
            snapshot.short()
        )),
        other => other,
    }
}

/// Trees that may be referenced; others read as missing.
pub(super) struct UsableTrees<'a> {
    pub repo: &'a Repository,
    pub writer: &'a Writer<'a>,
    pub monitor: &'a dyn Monitor,
    /// What does not read any more does not matter.
    pub lost_may_go: bool,
}

impl UsableTrees<'_> {
    fn usable(&self, id: &BlobId) -> Result<()> {
        self.usable_as(BlobKind::Data, id)
    }

    fn usable_as(&self, kind: BlobKind, id: &BlobId) -> Result<()> {
        if self.writer.is_usable(id)? {
            return Ok(());
        }
        if self.lost_may_go {
            return match self.repo.load_blob(kind, id, self.monitor) {
                Ok(_) => Err(Error::Invalid(format!(
                    "A prune may be about to remove blob {id}, which the snapshot needs; run `caddis prune` to its end first"
                ))),
                Err(error) if self.passes(&error) => self.repo.confirm_lost(id),
                Err(error) => Err(error),
            };
        }
        Err(Error::BlobNotFound { id: *id })
    }

    /// Whether an error is that something is lost, and does not matter.
    fn passes(&self, error: &Error) -> bool {
        self.lost_may_go && matches!(error, Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. })
    }
}

impl TreeStore for UsableTrees<'_> {
    fn save_tree(&self, _: Vec<u8>) -> Result<BlobId> {
        Err(Error::Invalid("A changed copy stores no trees".to_owned()))
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.usable_as(BlobKind::Tree, id)?;
        self.repo.load_blob(BlobKind::Tree, id, self.monitor).or_else(|error| {
            if self.passes(&error) {
                self.repo.confirm_lost(id)?;
            }
            Err(error)
        })
    }
}
