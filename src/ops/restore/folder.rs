//! Directories of the target that are in use: each gets its metadata when the last that concerns it is done, the deepest first.
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::run::Run;
use crate::fs::target::Dir;
use crate::model::Node;

/// A directory that something is, or may be, written to. Kept small: millions may wait at a time.
pub(super) struct Folder {
    /// Its name in its parent; of a root its path in the snapshot, without a slash at its end. Not the path of each: those of
    /// directories far down would together take far more memory than the directories.
    name: Box<[u8]>,
    /// `None` in a dry run.
    pub dir: Option<Dir>,
    /// In a dry run: where it is, if it is there.
    pub there: Option<PathBuf>,
    parent: Option<Arc<Folder>>,
    /// `None` for a root whose metadata is left alone.
    node: Option<Box<Node>>,
    /// Who still needs it as it is: the walk, entries, directories in it.
    holds: AtomicU64,
}

impl Folder {
    /// Held once, for the walk.
    pub(super) fn new(
        parent: Option<Arc<Folder>>,
        name: &[u8],
        node: Option<Box<Node>>,
        dir: Option<Dir>,
        there: Option<PathBuf>,
    ) -> Arc<Self> {
        if let Some(parent) = &parent {
            parent.hold();
        }
        Arc::new(Folder { name: name.into(), dir, there, parent, node, holds: AtomicU64::new(1) })
    }

    pub(super) fn hold(&self) {
        self.holds.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends a hold. The last one sets the metadata and lets go of the parent.
    pub(super) fn release(self: &Arc<Self>, run: &Run<'_>) {
        let mut folder = self;
        while folder.holds.fetch_sub(1, Ordering::AcqRel) == 1 {
            if let (Some(target), Some(dir), Some(node)) = (&run.target, &folder.dir, &folder.node) {
                match target.finish_dir(dir, node) {
                    Ok(warnings) => warnings.iter().for_each(|warning| run.warning(&folder.path(), warning)),
                    Err(error) => run.warning(&folder.path(), error),
                }
            }
            match &folder.parent {
                Some(parent) => folder = parent,
                None => break,
            }
        }
    }

    pub(super) fn path_of(&self, name: &[u8]) -> Vec<u8> {
        let mut path = self.path();
        path.push(b'/');
        path.extend_from_slice(name);
        path
    }

    /// Path in the snapshot, without a slash at its end.
    pub(super) fn path(&self) -> Vec<u8> {
        let mut names = vec![&*self.name];
        let mut next = &self.parent;
        while let Some(folder) = next {
            names.push(&*folder.name);
            next = &folder.parent;
        }
        names.reverse();
        names.join(&b'/')
    }
}

impl Drop for Folder {
    /// A long chain of parents must not be dropped by recursion.
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut folder) = next.and_then(Arc::into_inner) {
            next = folder.parent.take();
        }
    }
}
