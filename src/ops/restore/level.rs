//! A directory while the plan is in it: what was there before, and what must go.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::dry;
use super::folder::Folder;
use super::plan::existing;
use super::run::{Run, add};
use super::select::{Verdict, judge};
use crate::error::Result;
use crate::model::{Node, TreeReader};
use crate::monitor::{Action, counted};

/// A directory on the way down.
pub(super) struct Level<'a> {
    pub entries: TreeReader<'a>,
    /// Length of its path, with which that of the plan begins.
    pub path_len: usize,
    /// `None` as long as nothing in it is known to be wanted.
    pub folder: Option<Arc<Folder>>,
    /// Its own node, until the folder is made.
    pub node: Option<Box<Node>>,
    pub wanted: bool,
    /// With the delete option: names that were there and have not come up in the snapshot.
    pub extra: HashSet<Vec<u8>>,
    /// Files that an earlier restore began, by hash of the name that they were to have.
    pub leftovers: Leftovers,
    /// It had, or may have had, more when it was backed up: something could not be read, is lost, or had not been reached.
    pub partial: bool,
    /// It cannot be entered, or what is in it is not known for sure.
    pub broken: bool,
}

pub(super) type Leftovers = HashMap<u64, Vec<u8>>;

impl Level<'_> {
    /// Notes what is in the directory before anything is written to it.
    pub(super) fn list(&mut self, run: &Run<'_>, path: &[u8]) {
        let Some(folder) = &self.folder else { return };
        if !run.options.delete && !run.unfinished.any_ended() {
            return;
        }
        match list(run, folder) {
            Ok(names) => {
                self.leftovers = leftovers_of(run, &names);
                if run.options.delete {
                    // Marks and files of unfinished runs have rules of their own.
                    self.extra = names.into_iter().filter(|name| run.unfinished.leftover(name).is_none()).collect();
                }
            }
            Err(error) if run.options.delete => run.problem(path, error),
            // Then nothing is gone on with.
            Err(_) => {}
        }
    }

    /// Removes what is too much, and lets go of the directory.
    pub(super) fn leave(self, run: &Run<'_>) {
        let Some(folder) = &self.folder else { return };
        // What a damaged tree does not name may be in the snapshot all the same, and what could not be read would be.
        if self.partial {
            let would_go =
                |name: &&Vec<u8>| is_extra(run, folder, name, &folder.path_of(name), self.wanted).unwrap_or(true);
            let stay = self.extra.iter().filter(would_go).count() as u64;
            if run.is_partial {
                add(&run.counters.spared, stay);
            } else if stay > 0 {
                let message = format!(
                    "The snapshot does not have all that was in it, so nothing is deleted from it: {} that the snapshot lacks stay",
                    counted(stay, "name")
                );
                run.warning(&folder.path(), message);
            }
        }
        for name in self.extra.iter().filter(|_| !self.broken && !self.partial) {
            let path = folder.path_of(name);
            match remove_extra(run, folder, name, &path, self.wanted) {
                Ok(0) => {}
                Ok(removed) => {
                    run.matched.store(true, Ordering::Relaxed);
                    add(&run.counters.deleted, removed);
                    run.item(&path, Action::Deleted, 0);
                }
                Err(error) => run.refused(&path, error),
            }
        }
        if let (Some(target), Some(dir)) = (&run.target, &folder.dir) {
            for name in self.leftovers.values() {
                // Nobody will go on with it; one that stays does no harm.
                let _ = target.remove(dir, name, false);
            }
        }
        folder.release(run);
    }
}

/// Names in a directory that was there before.
pub(super) fn list(run: &Run<'_>, folder: &Folder) -> Result<Vec<Vec<u8>>> {
    match (&run.target, &folder.dir, &folder.there) {
        (_, Some(dir), _) if dir.is_new() => Ok(Vec::new()),
        (Some(target), Some(dir), _) => Ok(target.list(dir)?.into_iter().map(|entry| entry.name).collect()),
        (_, None, Some(there)) => dry::list(there),
        _ => Ok(Vec::new()),
    }
}

pub(super) fn leftovers_of(run: &Run<'_>, names: &[Vec<u8>]) -> Leftovers {
    names.iter().filter_map(|name| Some((run.unfinished.leftover(name)??, name.clone()))).collect()
}

/// Whether it is there, and nothing else that was asked for keeps it, nor that the repository is in it.
fn is_extra(run: &Run<'_>, folder: &Folder, name: &[u8], path: &[u8], wanted: bool) -> Result<bool> {
    let Some(existing) = existing(run, folder, name)? else { return Ok(false) };
    if run.options.kept.contains(&existing.identity) {
        return Ok(false);
    }
    let kind = existing.kind.unwrap_or_default();
    Ok(judge(run.options, path, kind, existing.size, wanted) == Verdict::Wanted)
}

fn remove_extra(run: &Run<'_>, folder: &Folder, name: &[u8], path: &[u8], wanted: bool) -> Result<u64> {
    if !is_extra(run, folder, name, path, wanted)? {
        return Ok(0);
    }
    match (&run.target, &folder.dir, &folder.there) {
        (Some(target), Some(dir), _) => target.remove(dir, name, true),
        (_, _, Some(there)) => dry::count(&there.join(dry::name(name))),
        _ => Ok(0),
    }
}
