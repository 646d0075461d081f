//! Reads a restored file back and compares it with the snapshot.
use std::os::unix::fs::FileExt;

use super::file::FileJob;
use super::run::Run;
use crate::error::{Error, Result};
use crate::id::BlobKind;
use crate::model::{Content, ContentReader};

/// Compares length and content; bytes are read through the kernel's cache.
pub(super) fn verify(run: &Run<'_>, job: &FileJob) -> Result<()> {
    let (Some(target), Some(dir)) = (&run.target, &job.folder.dir) else { return Ok(()) };
    let node = &job.node;
    let file = target.open_for_verify(dir, &node.name)?;
    let failed = |error| Error::local("read back", dir.path(), error);
    let found = file.metadata().map_err(failed)?.len();
    if found != node.size {
        return Err(Error::Invalid(format!("it has {found} bytes and not {}", node.size)));
    }
    let read = |at, len: usize| -> Result<Vec<u8>> {
        let mut bytes = vec![0; len];
        for piece in job.pieces(at, len) {
            file.read_exact_at(bytes.get_mut(piece.range).unwrap_or_default(), piece.offset).map_err(failed)?;
        }
        Ok(bytes)
    };
    let differs = |at| Error::Invalid(format!("it differs from the snapshot at byte {at} of its content"));
    if let Content::Inline(inline) = &node.content {
        return if read(0, inline.len())? == *inline { Ok(()) } else { Err(differs(0)) };
    }
    let mut at = 0;
    for id in ContentReader::new(run, &node.content) {
        let id = id?;
        let len = run.place(&id)?.len;
        let bytes = read(at, len as usize)?;
        if run.repo.subkeys().blob_id(BlobKind::Data, &bytes) != id {
            return Err(differs(at));
        }
        at += u64::from(len);
    }
    Ok(())
}
