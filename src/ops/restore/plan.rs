//! Walks the snapshot: makes directories and special files, decides about files, and hands on batches of what must be read.
use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::batch::{Batch, First, Link, content_digest};
use super::dry;
use super::file::{FileJob, How};
use super::folder::Folder;
use super::level::{Leftovers, Level, leftovers_of, list};
use super::run::{Run, add};
use super::select::Verdict;
use super::xattrs::load_xattrs;
use crate::error::{Error, Result};
use crate::fs::target::{Decision, Existing, Overwrite, decide, has_special, name_hash};
use crate::id::BlobId;
use crate::model::{Content, ContentReader, Node, NodeType, TreeReader};
use crate::monitor::{Action, Event};

/// Size from which a file gets the blocks of one that is alike.
const WORTH_CLONING: u64 = 64 << 10;
/// Files that are remembered for that.
const MAX_ALIKE: usize = 4096;

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
    /// Files whose content others may have too, held.
    alike: HashMap<[u8; 32], First>,
    /// Where there is no current directory: what lies beside the one entry.
    leftovers: Leftovers,
    hand_on: &'a mut dyn FnMut(&mut Batch, &Run<'_>),
}

impl<'a> Plan<'a> {
    /// `hand_on` takes each batch that is full and leaves an empty one.
    pub(super) fn new(run: &'a Run<'a>, hand_on: &'a mut dyn FnMut(&mut Batch, &Run<'_>)) -> Self {
        let (linked, linked_others) = Default::default();
        let (levels, path, batch) = Default::default();
        let (alike, leftovers) = Default::default();
        Plan { run, levels, path, batch, linked, linked_others, alike, leftovers, hand_on }
    }

    /// A directory of the snapshot is restored as if it were the root, or another entry is all that there is in it. `path` is that of the
    /// entry, without a slash at its end.
    pub(super) fn start(self, path: &[u8], node: Node) {
        let verdict = self.run.judge(path, &node, false);
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
        // An empty target becomes the directory, and so does one that is to have nothing else; any other one keeps its owner and mode.
        let partial = node.changed_while_read;
        let is_empty = self.run.target.as_ref().is_some_and(|target| target.was_empty());
        let becomes = (!path.is_empty() && wanted && (is_empty || self.run.options.delete)).then(|| {
            let mut node = Box::new(node);
            load_xattrs(self.run, path, &mut node);
            node
        });
        let folder = self.root(path, becomes);
        self.path = path.to_vec();
        self.push(tree, Some(folder), None, wanted, partial);
        while !self.levels.is_empty() && !self.run.is_over() {
            self.step();
        }
        self.finish();
    }

    /// `path` is that of the directory that the entry is in.
    fn entry(mut self, path: &[u8], node: Node) {
        let folder = self.root(path, None);
        if self.run.unfinished.any_ended() {
            // Those of other entries are left alone.
            let names = list(self.run, &folder).unwrap_or_default();
            self.leftovers = leftovers_of(self.run, &names);
        }
        self.add(&folder, node);
        folder.release(self.run);
        self.finish();
    }

    fn root(&self, path: &[u8], node: Option<Box<Node>>) -> Arc<Folder> {
        let dir = self.run.target.as_ref().map(|target| target.root());
        let there = self.run.options.target.is_dir().then(|| self.run.options.target.clone());
        Folder::new(None, path, node, dir, there)
    }

    fn finish(mut self) {
        (self.hand_on)(&mut self.batch, self.run);
        let linked = self.linked.drain().map(|(_, (first, _))| first);
        for first in linked.chain(self.alike.drain().map(|(_, first)| first)) {
            first.folder.release(self.run);
        }
    }

    /// The directory of the current path.
    fn push(
        &mut self,
        tree: BlobId,
        folder: Option<Arc<Folder>>,
        node: Option<Box<Node>>,
        wanted: bool,
        partial: bool,
    ) {
        let (entries, path_len) = (TreeReader::new(self.run, tree), self.path.len());
        let (extra, leftovers) = Default::default();
        let mut level = Level { entries, path_len, folder, node, wanted, extra, leftovers, partial, broken: false };
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
                let verdict = self.run.judge(&self.path, &node, level.wanted);
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
        let partial = node.changed_while_read;
        self.push(tree, None, Some(Box::new(node)), wanted, partial);
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
            } else {
                add(&run.counters.others_skipped, 1);
            }
            return run.item(&path, Action::Skipped, node.size);
        }
        if let Some(directory) = existing.filter(|existing| existing.kind == Some(NodeType::Directory)) {
            if run.options.kept.contains(&directory.identity) {
                return run.problem(&path, "The repository or the cache is in the directory of this name, which stays");
            }
            if let Err(error) = clear(run, folder, &node) {
                return match is_not_empty(&error) && !run.options.delete {
                    true => {
                        run.problem(&path, format!("{error}; with --delete it would be removed with all that is in it"))
                    }
                    false => run.refused(&path, error),
                };
            }
        }
        load_xattrs(run, &path, &mut node);
        let replace = decision != Decision::Create;
        if node.kind == NodeType::File {
            return self.file(folder, node, existing, decision);
        }
        if existing.is_some_and(|there| there.links == 1) && node.links <= 1 && is_right(run, folder, &node) {
            add(&run.counters.others_skipped, 1);
            return run.item(&path, Action::Skipped, 0);
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
            let mut job = FileJob::new(folder.clone(), node, existing, how);
            let leftovers = self.levels.last_mut().map_or(&mut self.leftovers, |level| &mut level.leftovers);
            if matches!(how, How::New { .. })
                && !leftovers.is_empty()
                && job.node.content.has_blobs()
                && let Some(leftover) = leftovers.remove(&name_hash(&job.node.name))
            {
                job = job.resuming(leftover);
            }
            let job = Arc::new(job);
            if is_linked && !is_known {
                folder.hold();
                self.linked.insert(identity, (First::of(&job), job.node.links - 1));
            }
            match self.alike(&job) {
                Some(first) => self.batch.clone_of(job, first),
                None => plan_content(run, job, &mut self.batch, self.hand_on),
            }
        }
        if self.batch.is_full() {
            (self.hand_on)(&mut self.batch, run);
        }
    }
}

impl Plan<'_> {
    /// A file, held, of which this one can have the blocks. If there is none yet, it becomes that for others.
    fn alike(&mut self, job: &Arc<FileJob>) -> Option<First> {
        let target = self.run.target.as_ref()?;
        let is_new = matches!(job.how(), How::New { .. });
        if !is_new || job.node.size < WORTH_CLONING || !job.node.content.has_blobs() || !target.can_clone() {
            return None;
        }
        let digest = content_digest(&job.node);
        if let Some(first) = self.alike.get(&digest) {
            first.folder.hold();
            return Some(first.clone());
        }
        if self.alike.len() >= MAX_ALIKE {
            self.alike.drain().for_each(|(_, first)| first.folder.release(self.run));
        }
        job.folder.hold();
        self.alike.insert(digest, First::of(job));
        None
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

pub(super) fn existing(run: &Run<'_>, folder: &Folder, name: &[u8]) -> Result<Option<Existing>> {
    match (&run.target, &folder.dir, &folder.there) {
        (Some(target), Some(dir), _) => target.existing(dir, name),
        (_, _, Some(there)) => dry::existing(&there.join(dry::name(name))),
        _ => Ok(None),
    }
}

fn look(run: &Run<'_>, folder: &Folder, node: &Node) -> Result<(Option<Existing>, Decision)> {
    let existing = existing(run, folder, &node.name)?;
    let policy = match (run.options.overwrite, &existing) {
        // It may have size and time, and not the content.
        (Overwrite::IfChanged, _) if run.unfinished.in_doubt => Overwrite::Always,
        (Overwrite::IfNewer, Some(there)) if run.unfinished.in_doubt && there.mtime == node.mtime => Overwrite::Always,
        (policy, _) => policy,
    };
    Ok((existing, decide(existing.as_ref(), node, policy)))
}

/// Whether a symlink, fifo, socket or device is there as it was.
fn is_right(run: &Run<'_>, folder: &Folder, node: &Node) -> bool {
    match (&run.target, &folder.dir, &folder.there) {
        (Some(target), Some(dir), _) => target.has_special(dir, &node.name, node).unwrap_or(false),
        (_, _, Some(there)) => {
            has_special(&there.join(dry::name(&node.name)), node, &run.options.ownership, &run.options.xattrs)
        }
        _ => false,
    }
}

/// Removes a directory that is in the way of something else; one with something in it only with the delete option.
fn clear(run: &Run<'_>, folder: &Folder, node: &Node) -> Result<()> {
    match (&run.target, &folder.dir, &folder.there) {
        (Some(target), Some(dir), _) => target.remove(dir, &node.name, run.options.delete).map(drop),
        (_, _, Some(there)) if !run.options.delete => dry::check_empty(&there.join(dry::name(&node.name))),
        _ => Ok(()),
    }
}

fn is_not_empty(error: &Error) -> bool {
    matches!(error, Error::Local { source, .. } if source.kind() == ErrorKind::DirectoryNotEmpty)
}

/// Makes or enters a directory.
fn make_folder(run: &Run<'_>, parent: &Arc<Folder>, path: &[u8], mut node: Box<Node>) -> Option<Arc<Folder>> {
    let decision = match look(run, parent, &node) {
        Ok((_, Decision::Skip)) => {
            run.problem(path, "Something else has the name of the directory and is to be kept");
            return None;
        }
        Ok((Some(there), _)) if run.options.closed.contains(&there.identity) => {
            run.warning(path, "It is the repository that is read from, and is left as it is");
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
