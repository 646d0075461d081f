//! A file that keeps some space back: on a full disk it makes way for what is needed to forget and prune.
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::LocalBackend;
use super::publish::write_all;
use crate::backend::Family;

const NAME: &str = "reserve";
const SIZE: usize = 1 << 20;

/// Objects that lead to space being freed, and that nothing else puts.
fn frees(family: Family) -> bool {
    matches!(family, Family::Tombs | Family::ReplicaTombs | Family::Gc)
}

impl LocalBackend {
    /// Makes the reserve if it is missing and there is plenty of space. Nothing relies on it: failures are passed over.
    pub(super) fn keep_reserve(&self) {
        let (disk, root) = (&*self.disk, self.root.as_fd());
        if disk.stat_at(root, NAME).err() != Some(Errno::NOENT)
            || disk.free_space(root).is_ok_and(|free| free < 4 * SIZE as u64)
        {
            return;
        }
        // File systems that compress must not make nothing of it.
        let mut bytes = vec![0; SIZE];
        blake3::Hasher::new().update(self.token.as_bytes()).finalize_xof().fill(&mut bytes);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        if let Ok(file) = disk.open(root, Path::new(NAME), flags, self.modes.file)
            && write_all(disk, &file, &bytes).is_err()
        {
            let _ = disk.unlink(root, NAME);
        }
    }

    /// Whether putting an object of the family may be tried again after this failure, because the reserve has made way.
    pub(super) fn gives_way(&self, family: Family, cause: Errno) -> bool {
        matches!(cause, Errno::NOSPC | Errno::DQUOT)
            && frees(family)
            && self.disk.unlink(self.root.as_fd(), NAME).is_ok()
    }
}
