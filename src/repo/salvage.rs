//! Index entries out of packs alone: for resuming a dead run and for rebuilding a lost index.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Shared;
use super::pack::open_pack;
use super::stripe_parity::StripeParity;
use crate::backend::{ErrorKind, Family, Listed, ObjectName};
use crate::error::Result;
use crate::format::{BLOCK_BYTES, PackHeader, ParityPage, SlotEntry, StripeEntry, block_checksums};
use crate::id::{BlobId, PackId, SessionId, StripeId};
use crate::monitor::{Event, Monitor};
use crate::parity::Matrix;

/// Largest pack with its parity header.
pub(super) const MAX_PACK: u64 = 68 * 1024 * 1024;

/// Packs that no index object names, sorted by what they say they are.
#[derive(Default)]
pub(super) struct Unindexed {
    /// Data packs by stripe, each with its header.
    pub data: BTreeMap<StripeId, Vec<(PackId, PackHeader)>>,
    /// Parity packs by stripe, with the row number.
    pub parity: BTreeMap<StripeId, Vec<(PackId, u8)>>,
    /// Those whose first bytes say nothing.
    pub unknown: Vec<PackId>,
    /// Those that storage does not let be read now.
    pub unreadable: Vec<PackId>,
}

/// Reads the first bytes of every pack that is not in `indexed`. `only` restricts to data packs of these sessions.
pub(super) fn find_unindexed(
    shared: &Shared,
    indexed: &dyn Fn(&PackId) -> Result<bool>,
    only: Option<&BTreeSet<SessionId>>,
) -> Result<Unindexed> {
    sort_unindexed(shared, &shared.backend.list(Family::Packs)?, indexed, only)
}

/// The same for packs that were listed before.
pub(super) fn sort_unindexed(
    shared: &Shared,
    listed: &[Listed],
    indexed: &dyn Fn(&PackId) -> Result<bool>,
    only: Option<&BTreeSet<SessionId>>,
) -> Result<Unindexed> {
    let mut found = Unindexed::default();
    for listed in listed {
        let ObjectName::Pack(id) = listed.name else { continue };
        if indexed(&id)? {
            continue;
        }
        let page = match shared.backend.get_range(&listed.name, 0, BLOCK_BYTES) {
            Ok(page) => page,
            Err(error) => {
                match error.kind {
                    ErrorKind::ShortRead => found.unknown.push(id),
                    ErrorKind::NotFound => {}
                    _ => found.unreadable.push(id),
                }
                continue;
            }
        };
        let header = page.first_chunk().and_then(|bytes| PackHeader::decode(bytes).ok());
        if let Some(header) = header {
            if only.is_none_or(|sessions| sessions.contains(&header.session)) {
                found.data.entry(header.stripe).or_default().push((id, header));
            }
        } else if let Ok(page) = ParityPage::decode(&page) {
            found.parity.entry(page.stripe).or_default().push((id, page.row));
        } else {
            found.unknown.push(id);
        }
    }
    Ok(found)
}

/// Makes the index entry of one stripe from its packs: reads each, verifies it against its name, decodes every frame. Missing parity is
/// computed and written. Packs that do not read are left out; `None` if no data pack reads.
///
/// Memory: the parity packs and one more.
pub(super) fn index_stripe(
    shared: &Shared,
    stripe: StripeId,
    data: &[PackId],
    monitor: &dyn Monitor,
) -> Result<Option<StripeEntry>> {
    let mut entry: Option<StripeEntry> = None;
    let mut parity: Option<StripeParity> = None;
    for id in data {
        let name = ObjectName::Pack(*id);
        let bytes = match shared.backend.get(&name, MAX_PACK) {
            Ok(bytes) if blake3::hash(&bytes).as_bytes() == id.as_bytes() => bytes,
            Ok(_) => continue,
            Err(error) => {
                monitor.event(Event::Note(&error.to_string()));
                continue;
            }
        };
        let mut bases = |ids: &[BlobId]| shared.load_prefix(ids);
        let open = match open_pack(shared.repo, &shared.keys, &bytes, &mut bases, &mut |_, _, _, _| {}) {
            Ok(open) if open.header.stripe == stripe && open.bad_frames.is_empty() => open,
            _ => continue,
        };
        let header = &open.header;
        let entry = entry.get_or_insert_with(|| {
            let matrix = (header.m > 0).then(|| Matrix::new(header.k, header.m)).flatten();
            parity = matrix.map(|matrix| StripeParity::new(stripe, Arc::new(matrix)));
            StripeEntry { id: stripe, k: header.k, m: header.m, generation: 0, slots: Vec::new() }
        });
        let of_this_scheme = (header.k, header.m) == (entry.k, entry.m) && header.slot < entry.k;
        if !of_this_scheme || entry.slots.iter().any(|slot| slot.slot == header.slot) {
            continue;
        }
        if let Some(parity) = &mut parity {
            parity.add(header.slot, *id, &bytes, block_checksums(&bytes));
        }
        entry.slots.push(SlotEntry {
            slot: header.slot,
            location: 0,
            length: bytes.len() as u32,
            pack: *id,
            frames: open.frames,
        });
    }
    let Some(mut entry) = entry else { return Ok(None) };
    entry.slots.sort_by_key(|slot| slot.slot);
    if let Some(parity) = parity {
        for (row, bytes) in parity.finish().into_iter().enumerate() {
            let id = PackId(*blake3::hash(&bytes).as_bytes());
            shared.backend.put_new(&ObjectName::Pack(id), &bytes)?;
            let slot = entry.k + row as u8;
            let length = bytes.len() as u32;
            entry.slots.push(SlotEntry { slot, location: 0, length, pack: id, frames: Vec::new() });
        }
    }
    Ok(Some(entry))
}
