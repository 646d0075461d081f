//! Extended attributes of entries, as far as they are restored.
use super::run::Run;
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::model::{Node, XattrValue};

/// Bytes of one extended attribute: what kernels allow.
const MAX_XATTR: u64 = 64 << 10;
/// Of all of an entry that are not in its node: what a node may have in it.
const MAX_XATTRS: u64 = 8 << 20;

/// Drops extended attributes that are not restored and loads the values of the others that are blobs. One that is lost is a problem of its own; the entry comes without it.
pub(super) fn load_xattrs(run: &Run<'_>, path: &[u8], node: &mut Node) {
    node.xattrs.retain(|(name, _)| run.options.xattrs.takes(name));
    if run.is_ahead || !node.xattrs.iter().any(|(_, value)| matches!(value, XattrValue::Blobs(_))) {
        return;
    }
    let mut room = MAX_XATTRS;
    node.xattrs.retain_mut(|(name, value)| {
        let XattrValue::Blobs(ids) = value else { return true };
        match load_value(run, ids, room) {
            Ok(bytes) => {
                room -= bytes.len() as u64;
                *value = XattrValue::Inline(bytes);
                true
            }
            Err(error) => {
                run.warning(path, format!("Without its extended attribute {}: {error}", name.escape_ascii()));
                false
            }
        }
    });
}

fn load_value(run: &Run<'_>, ids: &[BlobId], room: u64) -> Result<Vec<u8>> {
    let mut length = 0;
    for id in ids {
        length += u64::from(run.place(id)?.len);
        if length > MAX_XATTR.min(room) {
            return Err(Error::Invalid("it is, or all of them are, too long for any system".to_owned()));
        }
    }
    let mut bytes = Vec::new();
    for id in ids {
        bytes.extend_from_slice(&run.repo.load_blob(BlobKind::Data, id, run.monitor)?);
    }
    Ok(bytes)
}
