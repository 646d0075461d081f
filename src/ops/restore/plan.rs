//! Walks the snapshot: makes directories and special files, decides about files, and hands on batches of what must be read.
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::batch::{Batch, First, Link, content_digest};
use super::dry;
use super::file::{FileJob, How};
use super::folder::Folder;
use super::run::{Run, add};
use super::select::{Verdict, judge};
use crate::error::{Error, Result};
use crate::fs::target::{Decision, Existing, decide};
use crate::id::{BlobId, BlobKind};
use crate::model::{Content, ContentReader, Node, NodeType, TreeReader, XattrValue};
use crate::monitor::{Action, Event};

/// Bytes of one extended attribute: what kernels allow.
const MAX_XATTR: u64 = 64 << 10;
/// Of all of an entry that are not in its node: what a node may have in it.
const MAX_XATTRS: u64 = 8 << 20;

/// A directory on the way down.
struct Level<'a> {
    entries: TreeReader<'a>,
    /// Length of its path, with which that of the plan begins.
    path_len: usize,
    /// `None` as long as nothing in it is known to be wanted.
    folder: Option<Arc<Folder>>,
    /// Its own node, until the folder is made.
    node: Option<Box<Node>>,
    wanted: bool,
    /// With the delete option: names that were there and have not come up in the snapshot.
    extra: HashSet<Vec<u8>>,
    /// It cannot be entered, or what is in it is not known for sure.
    broken: bool,
}

/// Where an entry with several names was made, as what, and how many are to come.
type Other = (Arc<Folder>, Node, u64);

/// The walk. Memory depends on the depth of the tree, the directories in use, and files with further names to come.
pub(super) struct Plan<'a> {
    run: &'a Run<'a>,
    levels: Vec<Level<'a>>,
    /// That of the current directory.
    path: Vec<u8>,
    batch: Batch,
    /// Files with several names by device and inode, and how many names are still to come.
    linked: HashMap<(u64, u64), (First, u64)>,
    /// The same of entries that are neither files nor directories; they are made at once.
    linked_others: HashMap<(u64, u64), Other>,
    hand_on: &'a mut dyn FnMut(&mut Batch, &Run<'_>),
}

impl<'a> Plan<'a> {
    /// `hand_on` takes each batch that is full and leaves an empty one.
    pub(super) fn new(run: &'a Run<'a>, hand_on: &'a mut dyn FnMut(&mut Batch, &Run<'_>)) -> Self {
        let (linked, linked_others) = Default::default();
        Plan { run, levels: Vec::new(), path: Vec::new(), batch: Batch::default(), linked, linked_others, hand_on }
    }

    /// A directory of the snapshot is restored as if it were the root, or another entry is all that there is in it. `path` is that of the
    /// entry, without a slash at its end.
    pub(super) fn start(self, path: &[u8], node: Node) {
        let verdict = judge(self.run.options, path, node.kind, node.size, false);
        match (verdict, node.subtree) {
            (_, Some(tree)) => self.directory(path, node, tree, verdict == Verdict::Wanted),
            (Verdict::Wanted, None) => {
                let end = path.len().saturating_sub(node.name.len() + 1);
                self.entry(path.get(..end).unwrap_or_default(), node);
            }
            _ => {}
        }
    }

    fn directory(mut self, path: &[u8], node: Node, tree: BlobId, wanted: bool) {
        // An empty target becomes the directory; one that has a life of its own keeps its owner and mode.
        let becomes = !path.is_empty() && wanted && self.target_is_empty();
        let folder = self.root(path, becomes.then(|| Box::new(node)));
        self.path = path.to_vec();
        self.push(tree, Some(folder), None, wanted);
        while !self.levels.is_empty() && !self.run.is_over() {
            self.step();
        }
        self.finish();
    }

    /// `path` is that of the directory that the entry is in.
    fn entry(mut self, path: &[u8], node: Node) {
        let folder = self.root(path, None);
        self.add(&folder, node);
        folder.release(self.run);
        self.finish();
    }

    fn target_is_empty(&self) -> bool {
        let target = self.run.target.as_ref();
        target.is_some_and(|target| target.list(&target.root()).is_ok_and(|entries| entries.is_empty()))
    }

    fn root(&self, path: &[u8], node: Option<Box<Node>>) -> Arc<Folder> {
        let dir = self.run.target.as_ref().map(|target| target.root());
        let there = self.run.options.target.is_dir().then(|| self.run.options.target.clone());
        Folder::new(None, path, node, dir, there)
    }

    fn finish(mut self) {
        (self.hand_on)(&mut self.batch, self.run);
        for (_, (first, _)) in self.linked.drain() {
            first.folder.release(self.run);
        }
    }

    /// The directory of the current path.
    fn push(&mut self, tree: BlobId, folder: Option<Arc<Folder>>, node: Option<Box<Node>>, wanted: bool) {
        let (entries, path_len) = (TreeReader::new(self.run, tree), self.path.len());
        let mut level = Level { entries, path_len, folder, node, wanted, extra: HashSet::new(), broken: false };
        level.list(self.run, &self.path);
        self.levels.push(level);
    }

    fn pop(&mut self) -> Option<Level<'a>> {
        let level = self.levels.pop();
        self.path.truncate(self.levels.last().map_or(0, |level| level.path_len));
        level
    }

    /// The next entry of the current directory, or its end.
    fn step(&mut self) {
        let Some(level) = self.levels.last_mut() else { return };
        match level.entries.next() {
            Some(Ok(node)) => {
                level.extra.remove(&node.name);
                let length = self.path.len();
                self.path.push(b'/');
                self.path.extend_from_slice(&node.name);
                let verdict = judge(self.run.options, &self.path, node.kind, node.size, level.wanted);
                if verdict == Verdict::Perhaps {
                    return self.descend(node, false);
                }
                let folder = if verdict == Verdict::Wanted { self.folder() } else { None };
                match (folder, node.kind) {
                    (Some(_), NodeType::Directory) => self.descend(node, true),
                    (folder, _) => {
                        self.path.truncate(length);
                        if let Some(folder) = folder {
                            self.add(&folder, node);
                        }
                    }
                }
            }
            Some(Err(error)) => {
                let path = if self.path.is_empty() { b"/" } else { &self.path[..] };
                self.run.problem(path, format!("The directory cannot be read to its end: {error}"));
                level.broken = true;
            }
            None => {
                if let Some(level) = self.pop() {
                    level.leave(self.run);
                }
            }
        }
    }

    /// The current path is that of the directory.
    fn descend(&mut self, mut node: Node, wanted: bool) {
        let Some(tree) = node.subtree.take() else {
            self.run.problem(&self.path, "The directory has no tree");
            self.path.truncate(self.levels.last().map_or(0, |level| level.path_len));
            return;
        };
        self.push(tree, None, Some(Box::new(node)), wanted);
        // One that is wanted itself is made even if it is empty.
        if wanted && self.folder().is_none() {
            self.pop();
        }
    }

    /// The folder of the current directory, made with those above it if need be. `None`, and a problem is reported: it is not to be had.
    fn folder(&mut self) -> Option<Arc<Folder>> {
        let first = self.levels.iter().position(|level| level.folder.is_none()).unwrap_or(self.levels.len());
        for number in first..self.levels.len() {
            let (above, below) = self.levels.split_at_mut(number);
            let parent = above.last().and_then(|level| level.folder.clone())?;
            let level = below.first_mut()?;
            if level.broken {
                return None;
            }
            let path = self.path.get(..level.path_len).unwrap_or_default();
            level.folder = level.node.take().and_then(|node| make_folder(self.run, &parent, path, node));
            if level.folder.is_none() {
                level.broken = true;
                return None;
            }
            level.list(self.run, path);
        }
        self.levels.last()?.folder.clone()
    }

    /// One entry that is no directory.
    fn add(&mut self, folder: &Arc<Folder>, mut node: Node) {
        let run = self.run;
        let path = folder.path_of(&node.name);
        if node.kind == NodeType::File {
            // Files are counted whatever becomes of them; further names of one are not.
            if !self.linked.get(&(node.device, node.inode)).is_some_and(|(first, _)| first.is_of(&node)) {
                add(&run.counters.total_files, 1);
                add(&run.counters.total_bytes, node.size);
            }
        }
        let (existing, decision) = match look(run, folder, &node) {
            Ok(found) => found,
            Err(error) => return run.refused(&path, error),
        };
        if decision == Decision::Skip {
            if node.kind == NodeType::File {
                add(&run.counters.skipped, 1);
                add(&run.counters.bytes_skipped, node.size);
                run.monitor.event(Event::Progress { items: 1, bytes: node.size });
            }
            return run.item(&path, Action::Skipped, node.size);
        }
        if existing.is_some_and(|existing| existing.kind == Some(NodeType::Directory))
            && let Err(error) = clear(run, folder, &node)
        {
            return run.refused(&path, error);
        }
        load_xattrs(run, &path, &mut node);
        let replace = decision != Decision::Create;
        if node.kind == NodeType::File {
            return self.file(folder, node, existing, decision);
        }
        if !self.link_other(folder, &node, replace) {
            if let (Some(target), Some(dir)) = (&run.target, &folder.dir) {
                match target.create_special(dir, &node.name, &node, replace) {
                    Ok(warnings) => warnings.iter().for_each(|warning| run.warning(&path, warning)),
                    Err(error) => return run.refused(&path, error),
                }
            }
            if node.links > 1 && node.inode != 0 {
                let identity = (node.device, node.inode);
                let to_come = node.links - 1;
                self.linked_others.entry(identity).or_insert_with(|| (folder.clone(), node, to_come));
            }
        }
        add(&run.counters.others, 1);
        run.item(&path, if replace { Action::Updated } else { Action::Restored }, 0);
    }

    /// Makes a further name of what was made before. False: it is the first name, or has to be made anew.
    fn link_other(&mut self, folder: &Arc<Folder>, node: &Node, replace: bool) -> bool {
        if node.links < 2 || node.inode == 0 {
            return false;
        }
        let identity = (node.device, node.inode);
        let Some((first, made, to_come)) = self.linked_others.get_mut(&identity) else { return false };
        // Numbers are taken again while a backup runs, and snapshots can lie: what differs is not the same.
        if (made.kind, &made.target, made.rdev) != (node.kind, &node.target, node.rdev) {
            return false;
        }
        let linked = match (&self.run.target, &first.dir, &folder.dir) {
            (Some(target), Some(first_dir), Some(dir)) => {
                target.hard_link((first_dir, &made.name), dir, &node.name, replace).is_ok()
            }
            _ => false,
        };
        *to_come -= 1;
        if *to_come == 0 {
            self.linked_others.remove(&identity);
        }
        linked
    }

    fn file(&mut self, folder: &Arc<Folder>, node: Node, existing: Option<Existing>, decision: Decision) {
        let run = self.run;
        let several = existing.is_some_and(|there| {
            there.kind == Some(NodeType::File) && there.links > 1 && there.size == node.size && node.links > 1
        });
        let how = match decision {
            Decision::Update => How::Update,
            Decision::Metadata => How::Metadata,
            Decision::Replace if several && !matches!(node.content, Content::List { .. }) => How::Compare,
            Decision::Replace => How::New { replace: true },
            _ => How::New { replace: false },
        };
        let identity = (node.device, node.inode);
        let is_linked = node.links > 1 && node.inode != 0;
        let known = self.linked.get_mut(&identity).filter(|_| is_linked);
        let is_known = known.is_some();
        if let Some((first, to_come)) = known.filter(|(first, _)| first.is_of(&node)) {
            *to_come = to_come.saturating_sub(1);
            let last = *to_come == 0;
            let first = first.clone();
            if last {
                // Its hold passes on to the link.
                self.linked.remove(&identity);
            } else {
                first.folder.hold();
            }
            folder.hold();
            self.batch.link(Link { first, folder: folder.clone(), node, how });
        } else {
            let job = Arc::new(FileJob::new(folder.clone(), node, existing, how));
            if is_linked && !is_known {
                folder.hold();
                let first = First {
                    folder: folder.clone(),
                    name: job.node.name.as_slice().into(),
                    content: content_digest(&job.node),
                    outcome: job.outcome.clone(),
                };
                self.linked.insert(identity, (first, job.node.links - 1));
            }
            plan_content(run, job, &mut self.batch, self.hand_on);
        }
        if self.batch.is_full() {
            (self.hand_on)(&mut self.batch, run);
        }
    }
}

/// Adds a file and its blobs to the batch.
pub(super) fn plan_content(
    run: &Run<'_>,
    job: Arc<FileJob>,
    batch: &mut Batch,
    hand_on: &mut dyn FnMut(&mut Batch, &Run<'_>),
) {
    if job.how() == How::Metadata {
        // If it cannot be opened it is replaced, and then its content is needed.
        job.look(run);
    }
    batch.begin(&job);
    if job.how() != How::Metadata {
        for id in ContentReader::new(run, &job.node.content) {
            match id {
                Ok(id) => batch.refer(&job, id),
                Err(error) => job.fail(error),
            }
            // What is wrong with it shows when a batch is executed; a list may go on for ever.
            if job.is_failed() {
                break;
            }
            // Only a file with a content list is spread over batches: others are compared as a whole.
            if matches!(job.node.content, Content::List { .. }) && batch.is_full() {
                hand_on(batch, run);
            }
            if run.is_over() {
                return;
            }
        }
    }
    batch.end(job);
}

impl Level<'_> {
    /// Notes what is in the directory before anything is written to it.
    fn list(&mut self, run: &Run<'_>, path: &[u8]) {
        let Some(folder) = self.folder.as_ref().filter(|_| run.options.delete) else { return };
        let listed = match (&folder.dir, &folder.there) {
            (Some(dir), _) if dir.is_new() => return,
            (Some(dir), _) => run
                .target
                .as_ref()
                .map_or(Ok(Vec::new()), |target| Ok(target.list(dir)?.into_iter().map(|entry| entry.name).collect())),
            (None, Some(there)) => dry::list(there),
            (None, None) => return,
        };
        match listed {
            Ok(names) => self.extra = names.into_iter().collect(),
            Err(error) => run.problem(path, error),
        }
    }

    /// Removes what is too much, and lets go of the directory.
    fn leave(self, run: &Run<'_>) {
        let Some(folder) = &self.folder else { return };
        // What a damaged tree does not name may be in the snapshot all the same.
        for name in self.extra.iter().filter(|_| !self.broken) {
            let path = folder.path_of(name);
            match remove_extra(run, folder, name, &path, self.wanted) {
                Ok(0) => {}
                Ok(removed) => {
                    add(&run.counters.deleted, removed);
                    run.item(&path, Action::Deleted, 0);
                }
                Err(error) => run.refused(&path, error),
            }
        }
        folder.release(run);
    }
}

fn remove_extra(run: &Run<'_>, folder: &Folder, name: &[u8], path: &[u8], wanted: bool) -> Result<u64> {
    let Some(existing) = existing(run, folder, name)? else { return Ok(0) };
    let kind = existing.kind.unwrap_or_default();
    if judge(run.options, path, kind, existing.size, wanted) != Verdict::Wanted {
        return Ok(0);
    }
    match (&run.target, &folder.dir, &folder.there) {
        (Some(target), Some(dir), _) => target.remove(dir, name, true),
        (_, _, Some(there)) => dry::count(&there.join(dry::name(name))),
        _ => Ok(0),
    }
}

fn existing(run: &Run<'_>, folder: &Folder, name: &[u8]) -> Result<Option<Existing>> {
    match (&run.target, &folder.dir, &folder.there) {
        (Some(target), Some(dir), _) => target.existing(dir, name),
        (_, _, Some(there)) => dry::existing(&there.join(dry::name(name))),
        _ => Ok(None),
    }
}

fn look(run: &Run<'_>, folder: &Folder, node: &Node) -> Result<(Option<Existing>, Decision)> {
    let existing = existing(run, folder, &node.name)?;
    Ok((existing, decide(existing.as_ref(), node, run.options.overwrite)))
}

/// Removes a directory that is in the way of something else; one with something in it only with the delete option.
fn clear(run: &Run<'_>, folder: &Folder, node: &Node) -> Result<()> {
    if let (Some(target), Some(dir)) = (&run.target, &folder.dir) {
        target.remove(dir, &node.name, run.options.delete)?;
    }
    Ok(())
}

/// Makes or enters a directory.
fn make_folder(run: &Run<'_>, parent: &Arc<Folder>, path: &[u8], mut node: Box<Node>) -> Option<Arc<Folder>> {
    let decision = match look(run, parent, &node) {
        Ok((_, Decision::Skip)) => {
            run.problem(path, "Something else has the name of the directory and is to be kept");
            return None;
        }
        Ok((_, decision)) => decision,
        Err(error) => {
            run.refused(path, error);
            return None;
        }
    };
    load_xattrs(run, path, &mut node);
    let dir = match (&run.target, &parent.dir) {
        (Some(target), Some(dir)) => match target.make_dir(dir, &node.name, decision == Decision::Replace) {
            Ok(dir) => Some(dir),
            Err(error) => {
                run.refused(path, error);
                return None;
            }
        },
        _ => None,
    };
    let there = parent.there.as_deref().filter(|_| decision == Decision::Enter && dir.is_none());
    let there = there.map(|there: &Path| there.join(dry::name(&node.name)));
    if decision != Decision::Enter {
        add(&run.counters.others, 1);
        run.item(path, Action::Restored, 0);
    }
    let name = node.name.clone();
    Some(Folder::new(Some(parent.clone()), &name, Some(node), dir, there))
}

/// Loads values of extended attributes that are blobs. One that is lost is a problem of its own; the entry comes without it.
fn load_xattrs(run: &Run<'_>, path: &[u8], node: &mut Node) {
    if run.is_ahead || !node.xattrs.iter().any(|(_, value)| matches!(value, XattrValue::Blobs(_))) {
        return;
    }
    let mut room = MAX_XATTRS;
    node.xattrs.retain_mut(|(name, value)| {
        let XattrValue::Blobs(ids) = value else { return true };
        match load_value(run, ids, room) {
            Ok(bytes) => {
                room -= bytes.len() as u64;
                *value = XattrValue::Inline(bytes);
                true
            }
            Err(error) => {
                run.warning(path, format!("Without its extended attribute {}: {error}", name.escape_ascii()));
                false
            }
        }
    });
}

fn load_value(run: &Run<'_>, ids: &[BlobId], room: u64) -> Result<Vec<u8>> {
    let mut length = 0;
    for id in ids {
        length += u64::from(run.place(id)?.len);
        if length > MAX_XATTR.min(room) {
            return Err(Error::Invalid("it is, or all of them are, too long for any system".to_owned()));
        }
    }
    let mut bytes = Vec::new();
    for id in ids {
        bytes.extend_from_slice(&run.repo.load_blob(BlobKind::Data, id, run.monitor)?);
    }
    Ok(bytes)
}
