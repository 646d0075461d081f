//! Recover: makes a snapshot of directories that no snapshot refers to.
use std::collections::{BTreeSet, HashMap};

use super::backup::next_of_writer;
use super::repair_snapshots::{begin, inspect};
use super::salvage::{Change, Salvage, SalvageStore};
use crate::error::{Error, Result};
use crate::format::Decision;
use crate::id::{BlobId, BlobKind, SessionId};
use crate::model::{Node, NodeType, Snapshot, Statistics, Tree, TreeBuilder, decode_tree, encode_snapshot};
use crate::monitor::{Event, Monitor, Silent};
use crate::repo::{PROGRAM, Repository, SessionOwner};

/// The tag of the snapshot, as in restic.
pub const RECOVERED: &str = "recovered";
/// Entries that are named.
const NAMED_ENTRIES: usize = 1000;

/// For whom.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct RecoverOptions {
    pub user: String,
    pub uid: u32,
    pub gid: u32,
    pub dry_run: bool,
    pub owner: SessionOwner,
}

/// What was found.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct RecoverReport {
    /// Tree blobs in the index.
    pub trees: u64,
    /// Those that cannot be read.
    pub trees_unreadable: u64,
    /// Names in the snapshot of directories that were found, with the id of their tree.
    pub found: Vec<(String, BlobId)>,
    /// None if nothing was found, and in a dry run.
    pub snapshot: Option<SessionId>,
    /// Entries beneath that are not as they were.
    pub changed: u64,
    /// The first 1,000 of them by path.
    pub changes: Vec<(Vec<u8>, Change)>,
}

/// What is known of a tree blob.
#[derive(Clone, Copy, Default)]
struct Known {
    is_directory: bool,
    has_parent: bool,
}

/// Finds directories in the index that are in no snapshot and in no other directory, and commits one snapshot that has an entry for each,
/// named by the id of its tree. Deletes nothing.
///
/// Reads every tree blob of the repository once; memory: some 40 bytes for each. Snapshots that were forgotten are found until a prune has
/// run. What is lost beneath is left out, as in [`super::repair_snapshots`].
pub fn recover(repo: &Repository, options: &RecoverOptions, monitor: &dyn Monitor) -> Result<RecoverReport> {
    let mut inspection = inspect(repo, monitor)?;
    let mut report = RecoverReport::default();
    let known = known_trees(repo, &mut report, monitor)?;
    let roots: BTreeSet<BlobId> = known.iter().filter(|(_, tree)| tree.is_orphan()).map(|(id, _)| *id).collect();
    if roots.is_empty() {
        return Ok(report);
    }
    report.found = named(roots);
    monitor.event(Event::Phase("Recovering directories"));
    monitor.event(Event::Total { items: report.found.len() as u64, bytes: 0, complete: true });
    let writer = begin(repo, &options.owner, options.dry_run, monitor)?;
    let now = repo.world().now();
    let mut statistics = Statistics { started: now, ..Statistics::default() };
    let made = {
        let store = SalvageStore::new(repo, &writer, &mut inspection);
        let mut salvage = Salvage::new(&store, NAMED_ENTRIES, monitor);
        let node = Node {
            kind: NodeType::Directory,
            mode: 0o755,
            uid: options.uid,
            gid: options.gid,
            mtime: now,
            ..Node::default()
        };
        let made = one_tree(&store, &mut salvage, (&mut report.found, &known), &node, &mut statistics, monitor);
        (report.changed, report.changes) = (salvage.changed, salvage.changes);
        made
    };
    let root = match made {
        Ok(root) => root,
        Err(error) => {
            writer.leave();
            return Err(error);
        }
    };
    if report.found.is_empty() {
        (report.changed, report.changes) = (0, Vec::new());
        writer.abandon("what is left is in a snapshot already", monitor)?;
        return Ok(report);
    }
    if options.dry_run {
        return Ok(report);
    }
    let finished = writer.finish_packs().and_then(|written| Ok((written, next_of_writer(repo, &options.owner.host)?)));
    let (written, (writer_id, counter, previous)) = match finished {
        Ok(finished) => finished,
        Err(error) => {
            writer.leave();
            return Err(error);
        }
    };
    [statistics.new_data_blobs, statistics.new_tree_blobs] = written.blobs;
    statistics.raw_added_bytes = written.raw_bytes.iter().sum();
    statistics.stored_added_bytes = written.stored_bytes;
    statistics.finished = repo.world().now();
    let snapshot = Snapshot {
        root: Some(root),
        time: now,
        host: options.owner.host.clone(),
        user: options.user.clone(),
        uid: options.uid,
        gid: options.gid,
        paths: vec![b"/recover".to_vec()],
        tags: vec![RECOVERED.to_owned()],
        statistics,
        program: PROGRAM.to_owned(),
        writer: Some(writer_id),
        counter,
        previous,
        ..Snapshot::default()
    };
    report.snapshot = Some(writer.commit(&Decision::Snapshot(encode_snapshot(&snapshot)), monitor)?);
    Ok(report)
}

/// The tree that has all that were found, as entries that are like `node`. Those of which all that is left is in another tree already, as
/// an earlier recovery or repair leaves it, are taken out of `found`.
fn one_tree(
    store: &SalvageStore<'_, '_>,
    salvage: &mut Salvage<'_, '_, '_>,
    (found, known): (&mut Vec<(String, BlobId)>, &HashMap<BlobId, Known>),
    node: &Node,
    statistics: &mut Statistics,
    monitor: &dyn Monitor,
) -> Result<BlobId> {
    let mut builder = TreeBuilder::new(store);
    for (name, id) in std::mem::take(found) {
        let path = [b"/", name.as_bytes()].concat();
        if let Some((tree, totals)) = salvage.directory(id, &path)?
            && !known.get(&tree).is_some_and(|tree| tree.has_parent)
        {
            builder.push(&Node { name: name.clone().into_bytes(), subtree: Some(tree), ..node.clone() })?;
            found.push((name, id));
            statistics.files += totals.files;
            statistics.directories += totals.directories + 1;
            statistics.others += totals.others;
            statistics.bytes = statistics.bytes.saturating_add(totals.bytes);
        }
        monitor.event(Event::Progress { items: 1, bytes: 0 });
    }
    builder.finish()
}

/// Names of entries: the beginning of the id, or all of it where that is the same for two; in order.
fn named(roots: BTreeSet<BlobId>) -> Vec<(String, BlobId)> {
    let mut count: HashMap<String, u32> = HashMap::new();
    roots.iter().for_each(|id| *count.entry(id.short()).or_default() += 1);
    let name = |id: &BlobId| match count.get(&id.short()) {
        Some(1) => id.short(),
        _ => id.to_string(),
    };
    roots.iter().map(|id| (name(id), *id)).collect()
}

impl Known {
    /// A directory, not empty, to which nothing leads.
    fn is_orphan(&self) -> bool {
        self.is_directory && !self.has_parent
    }
}

/// All trees.
fn known_trees(repo: &Repository, report: &mut RecoverReport, monitor: &dyn Monitor) -> Result<HashMap<BlobId, Known>> {
    monitor.event(Event::Phase("Reading all trees"));
    let order = repo.tree_blobs()?;
    let mut known: HashMap<BlobId, Known> = order.iter().map(|id| (*id, Known::default())).collect();
    report.trees = known.len() as u64;
    monitor.event(Event::Total { items: report.trees, bytes: 0, complete: true });
    let has_parent = |known: &mut HashMap<BlobId, Known>, id: &BlobId| {
        if let Some(tree) = known.get_mut(id) {
            tree.has_parent = true;
        }
    };
    for id in order {
        if monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        monitor.event(Event::Progress { items: 1, bytes: 0 });
        let bytes = match repo.load_blob(BlobKind::Tree, &id, &Silent) {
            Ok(bytes) => bytes,
            Err(Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. }) => {
                report.trees_unreadable += 1;
                continue;
            }
            Err(error) => return Err(error),
        };
        let children: Vec<BlobId> = match decode_tree(&bytes) {
            Ok(Tree::Leaf(nodes)) if nodes.is_empty() => continue,
            Ok(Tree::Leaf(nodes)) => nodes.iter().filter_map(|node| node.subtree).collect(),
            Ok(Tree::Inner(pieces)) => pieces.iter().map(|piece| piece.id).collect(),
            // Without the node that it belongs to, a list of blobs has no name.
            Ok(Tree::List { .. }) => continue,
            Err(_) => {
                report.trees_unreadable += 1;
                continue;
            }
        };
        if let Some(tree) = known.get_mut(&id) {
            tree.is_directory = true;
        }
        children.iter().for_each(|child| has_parent(&mut known, child));
    }
    for info in super::snapshots::list(repo, &Default::default(), &Silent)? {
        info.snapshot.root.iter().for_each(|root| has_parent(&mut known, root));
    }
    Ok(known)
}
