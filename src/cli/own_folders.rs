//! Folders of this program: a backup of what they are in leaves them out, and a restore over it leaves them alone.
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use caddis::fs::source::{Own, Rules};
use caddis::id::RepoId;
use caddis::ops::restore::RestoreOptions;
use caddis::repo::Repository;

use super::exit::usage;
use super::globals::GlobalArgs;
use super::location::Location;

/// As far as they are there, on this machine.
pub struct OwnFolders {
    repositories: Vec<PathBuf>,
    caches: Vec<PathBuf>,
}

impl OwnFolders {
    /// Of the repositories that options and environment name, with the locations of those that are open.
    pub fn find(globals: &GlobalArgs, open: &[&Repository]) -> Self {
        let named = match globals.repo.is_empty() {
            true => globals.place().into_iter().collect(),
            false => globals.repo.clone(),
        };
        let recorded = open.iter().flat_map(|repo| &repo.config().locations).map(|location| location.place.clone());
        let places = named.into_iter().chain(recorded).filter_map(|place| place.parse().ok());
        let places = places.chain(globals.at.iter().map(|(_, place)| place.clone()));
        let folder = |place| match place {
            Location::Local(folder) => std::fs::canonicalize(folder).ok(),
            Location::Remote(_) => None,
        };
        OwnFolders {
            repositories: places.filter_map(folder).collect(),
            caches: globals.cache().map_or(Vec::new(), |cache| caches(&cache)),
        }
    }

    /// For a backup.
    pub fn leave_out(&self, rules: &mut Rules) {
        let repositories = self.repositories.iter().map(|folder| (folder, Own::Repository));
        for (folder, own) in repositories.chain(self.caches.iter().map(|folder| (folder, Own::Cache))) {
            identity(folder).into_iter().for_each(|identity| rules.leave_out(identity, own));
        }
    }

    /// For a restore, which does not go into the repository that it reads.
    pub fn protect(&self, options: &mut RestoreOptions) -> anyhow::Result<()> {
        options.closed.extend(self.repositories.iter().filter_map(|folder| identity(folder)));
        let all = self.repositories.iter().chain(&self.caches);
        options.kept.extend(all.flat_map(|folder| folder.ancestors()).filter_map(identity));
        let target = resolved(&std::path::absolute(&options.target)?);
        match target.ancestors().filter_map(identity).any(|identity| options.closed.contains(&identity)) {
            true => Err(usage("The target is in the repository itself")),
            false => Ok(()),
        }
    }
}

/// Without links and `..`, also where it is not there yet.
fn resolved(path: &Path) -> PathBuf {
    let mut at = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(at.pop()),
            Component::CurDir => {}
            other => at.push(other),
        }
        at = std::fs::canonicalize(&at).unwrap_or(at);
    }
    at
}

fn identity(folder: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(folder).ok().map(|found| (found.dev(), found.ino()))
}

/// The folder for caches if this program has made it; else it may have other things in it, and only those of repositories count.
fn caches(cache: &Path) -> Vec<PathBuf> {
    if std::fs::read_to_string(cache.join("CACHEDIR.TAG")).is_ok_and(|tag| tag.contains("a cache of caddis")) {
        return std::fs::canonicalize(cache).into_iter().collect();
    }
    let entries = std::fs::read_dir(cache).into_iter().flatten().flatten();
    let of_repositories =
        entries.filter(|entry| entry.file_name().to_str().is_some_and(|name| name.parse::<RepoId>().is_ok()));
    of_repositories.filter_map(|entry| std::fs::canonicalize(entry.path()).ok()).collect()
}
