//! A batch of files: finds the places of their blobs, compares with what is there, fetches the rest pack by pack and writes it.
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::compare::compare;
use super::file::{FileJob, How};
use super::folder::Folder;
use super::run::{Run, add};
use crate::error::Error;
use crate::id::BlobId;
use crate::model::{Content, Node, XattrValue};
use crate::monitor::{Action, ReadPlan};
use crate::ops::frames::{Wanted, fetch, in_parallel, plan_reads};
use crate::repo::Location;

/// References to blobs in one batch. Each takes some 300 bytes, and two batches are in memory at a time.
pub(super) const MAX_REFERENCES: usize = 64 * 1024;
/// Files of one batch.
pub(super) const MAX_FILES: usize = 16 * 1024;
/// What the nodes of one batch have in them: content, attributes, holes.
pub(super) const MAX_IN_NODES: usize = 8 * 1024 * 1024;
/// Pieces of a file that have no byte. No backup makes any; a list of them could be endless.
const MAX_EMPTY: u64 = 4096;
/// Files, or references, that a thread takes at a time.
pub(super) const SOME: usize = 64;

/// A blob that belongs somewhere in a file of the batch.
pub(super) struct Reference {
    pub job: Arc<FileJob>,
    pub id: BlobId,
    /// In the content, that is, without holes.
    pub at: u64,
    /// `None`: it is not to be fetched.
    pub place: Option<Location>,
}

/// A further name of a file.
pub(super) struct Link {
    pub first: First,
    /// Held.
    pub folder: Arc<Folder>,
    pub node: Node,
    pub how: How,
}

/// The name under which a file with several names was restored; its folder is held.
#[derive(Clone)]
pub(super) struct First {
    pub folder: Arc<Folder>,
    pub name: Arc<[u8]>,
    /// See [`content_digest`].
    pub content: [u8; 32],
    pub outcome: Arc<super::file::Outcome>,
}

impl First {
    /// Its folder must be held for it.
    pub(super) fn of(job: &FileJob) -> Self {
        First {
            folder: job.folder.clone(),
            name: job.node.name.as_slice().into(),
            content: content_digest(&job.node),
            outcome: job.outcome.clone(),
        }
    }

    /// Numbers are taken again while a backup runs, and snapshots can lie: a further name has the same content, or is another file.
    pub(super) fn is_of(&self, node: &Node) -> bool {
        node.links > 1 && self.content == content_digest(node)
    }
}

/// Equal for nodes with equal content.
pub(in crate::ops) fn content_digest(node: &Node) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&node.size.to_le_bytes()).update(&node.holes.len().to_le_bytes());
    for (offset, len) in &node.holes {
        hasher.update(&offset.to_le_bytes()).update(&len.to_le_bytes());
    }
    match &node.content {
        Content::Empty => hasher.update(&[0]),
        Content::Inline(bytes) => hasher.update(&[1]).update(bytes),
        Content::Blobs(ids) => ids.iter().fold(hasher.update(&[2]), |hasher, id| hasher.update(id.as_bytes())),
        Content::List { height, id } => hasher.update(&[3, *height]).update(id.as_bytes()),
    };
    *hasher.finalize().as_bytes()
}

/// Bytes that a node holds in memory, about.
fn weight(node: &Node) -> usize {
    let inline = match &node.content {
        Content::Inline(bytes) => bytes.len(),
        _ => 0,
    };
    let xattrs = node.xattrs.iter().map(|(name, value)| match value {
        XattrValue::Inline(bytes) => 64 + name.len() + bytes.len(),
        XattrValue::Blobs(ids) => 64 + name.len() + 32 * ids.len(),
    });
    let unknown = node.unknown.iter().map(|(_, value)| 32 + value.len());
    inline + node.name.len() + 16 * node.holes.len() + xattrs.sum::<usize>() + unknown.sum::<usize>()
}

/// What is planned and not yet done.
#[derive(Default)]
pub(super) struct Batch {
    references: Vec<Reference>,
    /// Files whose references are all in this batch or in those before.
    whole: Vec<Arc<FileJob>>,
    /// Files that are compared with what is there.
    compared: Vec<Arc<FileJob>>,
    /// Files that get the blocks of another one, with that.
    clones: Vec<(Arc<FileJob>, First)>,
    links: Vec<Link>,
    /// Of all nodes.
    weight: usize,
}

impl Batch {
    pub(super) fn is_full(&self) -> bool {
        self.references.len() >= MAX_REFERENCES
            || self.whole.len() + self.clones.len() + self.links.len() >= MAX_FILES
            || self.weight >= MAX_IN_NODES
    }

    /// The first reference of a file, or none, is still to come.
    pub(super) fn begin(&mut self, job: &Arc<FileJob>) {
        if job.is_compared() {
            self.compared.push(job.clone());
        }
        self.weight += weight(&job.node);
    }

    pub(super) fn refer(&mut self, job: &Arc<FileJob>, id: BlobId) {
        job.expect();
        self.references.push(Reference { job: job.clone(), id, at: 0, place: None });
    }

    /// All references of a file are planned.
    pub(super) fn end(&mut self, job: Arc<FileJob>) {
        self.whole.push(job);
    }

    /// A file has the content of another one, which is held.
    pub(super) fn clone_of(&mut self, job: Arc<FileJob>, first: First) {
        self.weight += weight(&job.node);
        self.clones.push((job, first));
    }

    pub(super) fn link(&mut self, link: Link) {
        self.weight += weight(&link.node);
        self.links.push(link);
    }

    /// Does all of it. Batches are executed in the order in which they were planned.
    pub(super) fn execute(mut self, run: &Run<'_>, threads: usize) {
        in_parallel(threads, &mut self.references, SOME, |references| {
            for reference in references.iter_mut().filter(|_| !run.is_over()) {
                match run.place(&reference.id) {
                    Ok(place) => {
                        // One delta frame has many, and its place is known to every blob in it; who fetches looks again.
                        reference.place = Some(Location { bases: Vec::new(), ..place });
                    }
                    Err(error @ Error::BlobNotFound { .. }) => reference.job.fail(error),
                    Err(error) => run.fail(error),
                }
            }
        });
        if run.is_over() {
            return;
        }
        for reference in &mut self.references {
            if let Some(place) = &reference.place {
                let (job, len) = (&reference.job, u64::from(place.len));
                reference.at = job.planned.fetch_add(len, Ordering::Relaxed);
                // Writing would notice; but a list may say the same piece again and again, for ever.
                if reference.at.saturating_add(len) > job.content_len() {
                    job.fail(format!("Its content is longer than its size of {} bytes says", job.node.size));
                } else if len == 0 && job.empty.fetch_add(1, Ordering::Relaxed) >= MAX_EMPTY {
                    job.fail("Its content has thousands of empty pieces");
                }
            }
        }
        if run.is_ahead {
            let before = self.compared.len();
            self.compared.retain(|job| {
                let affordable = run.affords(job.node.size);
                if !affordable {
                    job.set_how(How::New { replace: false });
                }
                affordable
            });
            run.plans(ReadPlan { is_at_most: self.compared.len() < before, ..ReadPlan::default() });
        }
        in_parallel(threads, &mut self.compared, SOME, |jobs| {
            jobs.iter().filter(|job| !run.is_over() && !job.is_failed()).for_each(|job| job.look(run));
        });
        if self.references.iter().any(|reference| reference.job.is_compared()) {
            compare(run, threads, &mut self.references);
        }
        if run.is_over() {
            return;
        }
        // What is not to be fetched is done.
        let (wanted, done): (Vec<_>, Vec<_>) =
            self.references.into_iter().partition(|reference| reference.place.is_some() && !reference.job.is_failed());
        done.into_iter().for_each(|reference| reference.job.release(run));
        in_parallel(threads, &mut self.whole, SOME, |jobs| {
            jobs.iter().filter(|_| !run.is_over()).for_each(|job| job.release(run));
        });
        if run.target.is_some() {
            let wanted = wanted.into_iter();
            fetch(
                run,
                threads,
                wanted
                    .filter_map(|Reference { job, id, at, place }| Some(Wanted { job: (job, at), id, place: place? })),
            );
        } else {
            let planned = wanted.iter().filter_map(|Reference { job, id, at, place }| {
                Some(Wanted { job: (job.clone(), *at), id: *id, place: place.clone()? })
            });
            run.plans(plan_reads(run, planned));
            for Reference { job, place, .. } in wanted {
                job.would_write(place.map_or(0, |place| place.len.into()));
                job.release(run);
            }
        }
        let mut again = Batch::default();
        for (job, first) in self.clones {
            if run.is_over() {
                return;
            }
            make_clone(run, job, first, &mut again);
        }
        // Links may be to them.
        if !again.whole.is_empty() {
            std::mem::take(&mut again).execute(run, threads);
        }
        for link in self.links {
            if run.is_over() {
                return;
            }
            make_link(run, link, &mut again);
        }
        if !again.whole.is_empty() {
            again.execute(run, threads);
        }
    }
}

/// Makes a file of the blocks of another one; where that is impossible it is written.
fn make_clone(run: &Run<'_>, job: Arc<FileJob>, first: First, again: &mut Batch) {
    let cloned = match (&run.target, &first.folder.dir, &job.folder.dir) {
        (Some(target), Some(first_dir), Some(dir)) if first.outcome.is_good() => {
            let replace = job.how() != How::New { replace: false };
            target.clone_file((first_dir, &first.name), dir, &job.node.name, &job.node, replace)
        }
        _ => Ok(None),
    };
    match cloned {
        Ok(Some(warnings)) => {
            job.is_cloned(run, &warnings);
            job.release(run);
        }
        Ok(None) => plan_at_once(run, job, again),
        Err(error) => {
            job.refuse(run, error);
            job.release(run);
        }
    }
    first.folder.release(run);
}

/// Bounded by the length of a list in memory, but rare: a filesystem's limit of links, or none at all.
fn plan_at_once(run: &Run<'_>, job: Arc<FileJob>, again: &mut Batch) {
    super::plan::plan_content(run, job, again, &mut |batch, run| std::mem::take(batch).execute(run, 1));
}

/// Gives a file a further name; where that is impossible it is written again.
fn make_link(run: &Run<'_>, link: Link, again: &mut Batch) {
    let Link { first, folder, node, how } = link;
    let path = folder.path_of(&node.name);
    if !first.outcome.is_good() {
        let first = first.folder.path_of(&first.name);
        let first = String::from_utf8_lossy(&first);
        run.problem(&path, format!("It is the same file as {first}, which could not be restored"));
    } else {
        let made = match (&run.target, &first.folder.dir, &folder.dir) {
            (Some(target), Some(first_dir), Some(dir)) => {
                let replace = how != How::New { replace: false };
                target.hard_link((first_dir, &first.name), dir, &node.name, replace)
            }
            _ => Ok(()),
        };
        match made {
            Ok(()) => {
                add(&run.counters.others, 1);
                run.item(&path, Action::Restored, 0);
            }
            Err(_) => {
                let replace = how != How::New { replace: false };
                let job = Arc::new(FileJob::new(folder.clone(), node, None, How::New { replace }));
                add(&run.counters.total_files, 1);
                add(&run.counters.total_bytes, job.node.size);
                plan_at_once(run, job, again);
            }
        }
    }
    folder.release(run);
    first.folder.release(run);
}
