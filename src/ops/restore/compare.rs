//! What is in the target already: looked at, compared blob by blob, and not read from storage once more.
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::batch::{Reference, SOME};
use super::file::{FileJob, How};
use super::run::{Run, lock};
use crate::fs::target::Overwrite;
use crate::id::{BlobId, BlobKind};
use crate::model::NodeType;
use crate::ops::frames::in_parallel;
use crate::repo::Location;

/// What a thread has at hand: bytes, and the file that it read last, since references to one file come one after the other.
#[derive(Default)]
struct Reading {
    bytes: Vec<u8>,
    file: Option<(Arc<FileJob>, Option<File>)>,
}

impl Reading {
    fn file(&mut self, run: &Run<'_>, job: &Arc<FileJob>) -> Option<&File> {
        if !self.file.as_ref().is_some_and(|(open, _)| Arc::ptr_eq(open, job)) {
            self.file = Some((job.clone(), job.open_there(run)));
        }
        self.file.as_ref()?.1.as_ref()
    }
}

/// Drops the places of references whose bytes are in the target already.
pub(super) fn compare(run: &Run<'_>, threads: usize, references: &mut [Reference]) {
    compare_once(run, threads, references);
    let mut again = false;
    for Reference { job, place, .. } in references.iter_mut() {
        if job.how() == How::Compare {
            match job.differs.load(Ordering::Relaxed) {
                true => {
                    job.differs.store(false, Ordering::Relaxed);
                    job.set_how(How::New { replace: true });
                    again = true;
                }
                false => {
                    job.tell(run, place.take().map_or(0, |place| place.len.into()));
                }
            }
        }
    }
    if again {
        // What is right of it goes into the new file.
        compare_once(run, threads, references);
    }
}

fn compare_once(run: &Run<'_>, threads: usize, references: &mut [Reference]) {
    in_parallel(threads, references, SOME, |references| {
        let mut reading = Reading::default();
        for Reference { job, id, at, place } in references.iter_mut().filter(|_| !run.is_over()) {
            let Some(Location { len, .. }) = *place else { continue };
            if job.is_failed() || job.differs.load(Ordering::Relaxed) || !job.is_compared() {
                continue;
            }
            match (job.has(run, id, *at, len, &mut reading), job.how()) {
                (true, How::Update | How::Resume { .. }) => {
                    job.tell(run, len.into());
                    *place = None;
                }
                (true, How::New { .. }) => {
                    job.write(run, *at, &reading.bytes);
                    *place = None;
                }
                (false, How::Compare) => job.differs.store(true, Ordering::Relaxed),
                _ => {}
            }
        }
    });
}

impl FileJob {
    /// Something is there that may have the same blobs.
    pub(super) fn is_compared(&self) -> bool {
        match self.how() {
            How::Update | How::Compare | How::Resume { .. } => true,
            How::New { replace } => {
                replace && self.existing.is_some_and(|there| there.kind == Some(NodeType::File) && there.size > 0)
            }
            How::Metadata => false,
        }
    }

    /// Opens what is to be written to, if something is there. Without it everything is written.
    pub(super) fn look(&self, run: &Run<'_>) {
        let name = &self.node.name;
        match (self.how(), &run.target, &self.folder.dir) {
            (How::Update | How::Metadata, Some(target), Some(dir)) => {
                match target.open_existing(dir, name, self.node.size) {
                    Ok(Some(file)) => {
                        self.in_place.store(file.is_in_place(), Ordering::Relaxed);
                        *lock(&self.open) = Some(Arc::new(file));
                    }
                    Ok(None) => self.set_how(How::New { replace: true }),
                    Err(error) => self.refuse(run, error),
                }
            }
            (How::Resume { replace }, Some(target), Some(dir)) => {
                let leftover = self.leftover.as_deref().unwrap_or_default();
                match target.go_on_with(dir, leftover, name, self.node.size, replace) {
                    Ok(Some(file)) => *lock(&self.open) = Some(Arc::new(file)),
                    Ok(None) => self.set_how(How::New { replace }),
                    Err(error) => self.refuse(run, error),
                }
            }
            (How::Compare, ..) if !self.same_metadata(run, self.open_there(run).as_ref()) => {
                self.differs.store(true, Ordering::Relaxed);
            }
            _ => {}
        }
    }

    /// What is there, for reading only.
    fn open_there(&self, run: &Run<'_>) -> Option<File> {
        let name = match self.how() {
            How::Resume { .. } => self.leftover.as_deref()?,
            _ => &self.node.name,
        };
        if let (Some(target), Some(dir)) = (&run.target, &self.folder.dir) {
            return target.open_for_verify(dir, name).ok();
        }
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let path = self.folder.there.as_ref()?.join(OsStr::from_bytes(name));
        let file = std::fs::OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path).ok()?;
        file.metadata().is_ok_and(|found| found.is_file()).then_some(file)
    }

    fn same_metadata(&self, run: &Run<'_>, file: Option<&File>) -> bool {
        let Some(Ok(found)) = file.map(File::metadata) else { return false };
        let node = &self.node;
        let owned = !rustix::process::geteuid().is_root()
            || !run.owners.are_set()
            || (found.uid(), found.gid()) == run.owners.of(node);
        let time = (found.mtime(), found.mtime_nsec()) == (node.mtime.secs, i64::from(node.mtime.nanos));
        (found.len(), found.mode() & 0o7777) == (node.size, node.mode)
            && time
            && (run.options.overwrite == Overwrite::IfChanged && !run.unfinished.in_doubt
                || owned && node.xattrs.is_empty())
    }

    /// Whether what is there has this blob at this place of the content. Then its bytes are at hand.
    fn has(self: &Arc<Self>, run: &Run<'_>, id: &BlobId, at: u64, len: u32, reading: &mut Reading) -> bool {
        let open = lock(&self.open).clone();
        let mut bytes = std::mem::take(&mut reading.bytes);
        bytes.resize(len as usize, 0);
        let read = self.pieces(at, len as usize).into_iter().all(|piece| {
            let Some(into) = bytes.get_mut(piece.range) else { return false };
            match (&open, self.how()) {
                // What is written to a new file meanwhile is not what was there.
                (Some(file), How::Update | How::Resume { .. }) => {
                    file.read_at(piece.offset, into).is_ok_and(|read| read == into.len())
                }
                _ => reading.file(run, self).is_some_and(|file| file.read_exact_at(into, piece.offset).is_ok()),
            }
        });
        reading.bytes = bytes;
        if !read || run.repo.subkeys().blob_id(BlobKind::Data, &reading.bytes) != *id {
            return false;
        }
        if let (Some(file), How::Update | How::Resume { .. }) = (open, self.how()) {
            file.verified(u64::from(len));
        }
        true
    }

    pub(super) fn has_inline(&self, run: &Run<'_>, inline: &[u8]) -> bool {
        let open = lock(&self.open).clone();
        let there = if open.is_none() { self.open_there(run) } else { None };
        let mut found = vec![0; inline.len()];
        let read = self.pieces(0, inline.len()).into_iter().all(|piece| {
            let Some(into) = found.get_mut(piece.range) else { return false };
            match (&open, &there) {
                (Some(file), _) => file.read_at(piece.offset, into).is_ok_and(|read| read == into.len()),
                (None, Some(file)) => file.read_exact_at(into, piece.offset).is_ok(),
                (None, None) => false,
            }
        });
        read && found == inline
    }
}
