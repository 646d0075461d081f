//! How a restore is made, and what came of it.
use std::collections::HashSet;
use std::path::PathBuf;

use crate::fs::source::Rules;
use crate::fs::target::{Overwrite, Ownership, Scope, XattrSelection};
use crate::id::PackId;
use crate::monitor::Problem;

/// How files come back.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct RestoreOptions {
    pub target: PathBuf,
    /// Restored as if it were the root; empty: everything. A directory's own metadata is restored only to a target that was empty,
    /// or with the delete option.
    pub path: Vec<u8>,
    /// If there are any, only what matches, everything beneath that, and the directories above it. Like the excludes they are
    /// compared with paths of the snapshot and with those beneath `path`, and only by patterns and size: markers and `.gitignore` files are for backups.
    pub includes: Option<Rules>,
    pub excludes: Rules,
    pub overwrite: Overwrite,
    /// Remove what is in restored directories and not in the snapshot, unless includes and excludes leave it out.
    pub delete: bool,
    /// Nothing is written; the report says what would be. Files that are there are read and compared, storage is not read for data.
    pub dry_run: bool,
    /// Read every restored file back and compare.
    pub verify: bool,
    /// Make holes of long runs of zeros, beyond those that the source had.
    pub sparse: bool,
    /// Write packs that had to be rebuilt back to storage.
    pub heal: bool,
    pub ownership: Ownership,
    pub xattrs: XattrSelection,
    /// Count the files while they are being restored, so that the end can be told.
    pub scan: bool,
    /// Directories, by device and inode, that are not removed whatever the snapshot has: those of this program and those that they are in.
    pub kept: HashSet<(u64, u64)>,
    /// Directories that nothing is written to: those of the repository.
    pub closed: HashSet<(u64, u64)>,
}

impl RestoreOptions {
    /// With patterns that hold beneath the path as well.
    pub(super) fn beneath(&self, names: &[&[u8]]) -> Self {
        let mut options = self.clone();
        options.includes.iter_mut().chain([&mut options.excludes]).for_each(|rules| rules.also_beneath(names.len()));
        options
    }

    /// For the mark that an unfinished restore leaves.
    pub(super) fn scope(&self, names: &[&[u8]]) -> Scope {
        let hash = |bytes: &[u8]| *blake3::hash(bytes).as_bytes().first_chunk().unwrap_or(&[0; 8]);
        let all = format!("{:?} {:?}", None::<Rules>, Rules::default());
        let patterns = format!("{:?} {:?}", self.includes, self.excludes);
        Scope { path: hash(&names.join(&b'/')), patterns: hash(patterns.as_bytes()), is_all: patterns == all }
    }
}

/// What came of it.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct RestoreReport {
    /// Were not there before.
    pub files_restored: u64,
    /// Were there and have been changed or replaced.
    pub files_updated: u64,
    /// Left alone by the policy, or their content was right already.
    pub files_skipped: u64,
    /// Entries of any kind.
    pub files_deleted: u64,
    /// Directories, links and so on, and further names of files.
    pub others_restored: u64,
    /// Links and so on that were left alone by the policy, or were right already.
    pub others_skipped: u64,
    pub bytes_written: u64,
    pub bytes_skipped: u64,
    /// Regular files of the selection, each counted once however many names it has.
    pub total_files: u64,
    pub total_bytes: u64,
    pub files_verified: u64,
    /// Something matched includes and excludes.
    pub matched: bool,
    /// Packs that were rebuilt from parity on the way.
    pub healed: Vec<PackId>,
    /// Those of them that were written to the repository: not packs of stripes that a repair has given up.
    pub written_back: Vec<PackId>,
    /// Entries that are not restored or whose content is not right. The other problems are about metadata.
    pub missing: u64,
    /// What is not restored, or not fully: lost data, refused writes. Files with lost content are not left under their name.
    pub problems: Vec<Problem>,
}
