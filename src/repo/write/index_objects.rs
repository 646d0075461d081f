//! Index objects of a session: how stripes are distributed to them, and how they are put (W4).
use super::super::Shared;
use super::super::objects::MAX_OBJECT;
use crate::backend::{ErrorKind, ObjectName, Put};
use crate::error::{Error, Result};
use crate::format::{IndexObject, StripeEntry};
use crate::id::SessionId;

/// Blobs of one index object: keeps it below 8 MiB.
const INDEX_BLOBS: usize = 150_000;

/// Puts one index object; its packs must be durable.
pub(in crate::repo) fn put_index(shared: &Shared, sid: SessionId, n: u32, object: &IndexObject) -> Result<()> {
    let name = ObjectName::Index(sid, n);
    let bytes = shared.seal(&name, &object.encode_plain(), &object.encode_columns())?;
    if shared.backend.put_new(&name, &bytes)? == Put::Created {
        return Ok(());
    }
    match shared.backend.get(&name, MAX_OBJECT) {
        // Storage has tried twice, because the first answer got lost.
        Ok(there) if there == bytes => Ok(()),
        Err(error) if error.kind != ErrorKind::NotFound => Err(error.into()),
        _ => Err(Error::Fenced { session: sid, reason: format!("another process wrote {name}") }),
    }
}

/// Distributes stripes to index objects of bounded size.
pub(in crate::repo) fn split_stripes(stripes: Vec<StripeEntry>) -> Vec<Vec<StripeEntry>> {
    let blobs = |stripe: &StripeEntry| -> usize {
        stripe.slots.iter().flat_map(|slot| &slot.frames).map(|frame| frame.blobs.len()).sum()
    };
    let mut parts: Vec<Vec<StripeEntry>> = Vec::new();
    let mut room = 0;
    for stripe in stripes {
        // A stripe costs about as much as 30 blobs for its packs' names.
        let cost = blobs(&stripe) + 30;
        match parts.last_mut() {
            Some(part) if cost <= room => {
                room -= cost;
                part.push(stripe);
            }
            _ => {
                room = INDEX_BLOBS.saturating_sub(cost);
                parts.push(vec![stripe]);
            }
        }
    }
    parts
}
