//! Files that keep some space back: on a full disk they make way for what is needed to forget and prune.
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::Ordering;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::LocalBackend;
use super::publish::write_all;
use crate::backend::Family;

/// For whoever forgets or prunes.
const NAME: &str = "reserve";
/// For prunes alone: between forgetting and pruning somebody else may take what the other one has left.
const FOR_PRUNES: &str = "reserve-prune";
const SIZE: usize = 1 << 20;

impl LocalBackend {
    /// Makes the files if they are missing and there is plenty of space. Nothing relies on them: failures are passed over.
    pub(super) fn keep_reserve(&self) {
        let (disk, root) = (&*self.disk, self.root.as_fd());
        for name in [NAME, FOR_PRUNES] {
            if disk.stat_at(root, name).err() != Some(Errno::NOENT)
                || disk.free_space(root).is_ok_and(|free| free < 4 * SIZE as u64)
            {
                continue;
            }
            // File systems that compress must not make nothing of it, nor those that store what is equal once.
            let mut bytes = vec![0; SIZE];
            let mut hasher = blake3::Hasher::new();
            hasher.update(self.token.as_bytes()).update(name.as_bytes()).finalize_xof().fill(&mut bytes);
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            if let Ok(file) = disk.open(root, Path::new(name), flags, self.modes.file)
                && write_all(disk, &file, &bytes).is_err()
            {
                let _ = disk.unlink(root, name);
            }
        }
    }

    /// Whether putting an object of the family may be tried again after this failure, because a reserve has made way.
    pub(super) fn gives_way(&self, family: Family, cause: Errno) -> bool {
        // What leads to space being freed and nothing else puts; and all that a prune puts without which it cannot free any.
        let names: &[&str] = match family {
            Family::Tombs | Family::ReplicaTombs => &[NAME],
            Family::Gc => &[NAME, FOR_PRUNES],
            Family::Packs => &[],
            _ if self.reserve_is_open.load(Ordering::Relaxed) => &[NAME, FOR_PRUNES],
            _ => &[],
        };
        let full = matches!(cause, Errno::NOSPC | Errno::DQUOT);
        full && names.iter().any(|name| self.disk.unlink(self.root.as_fd(), name).is_ok())
    }
}
