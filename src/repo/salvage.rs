//! Index entries out of packs alone: for resuming a dead run and for rebuilding a lost index.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Shared;
use super::pack::{OpenPack, open_pack};
use super::stripe_parity::StripeParity;
use crate::backend::{ErrorKind, Family, Listed, ObjectName};
use crate::error::Result;
use crate::format::{BLOCK_BYTES, IndexObject, PackHeader, ParityPage, SlotEntry, StripeEntry, block_checksums};
use crate::id::{BlobId, PackId, SessionId, StripeId};
use crate::monitor::{Event, Monitor, Silent};
use crate::parity::Matrix;
use crate::world::random;

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
        // Half of the shortest pack says whose it is, too.
        let page = match shared.backend.get_range(&listed.name, 0, listed.size.min(BLOCK_BYTES as u64) as usize) {
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
/// computed and written. Packs that do not read are left out; `None` if no data pack reads. Delta frames that do not open have ids of zeros:
/// see [`open_closed`].
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
        let Some(open) = open_all_but_deltas(shared, &bytes).filter(|open| open.header.stripe == stripe) else {
            continue;
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
            location: shared.landed(id, 0),
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
            let slot = entry.k + row as u8;
            let location = shared.deal(&stripe, slot);
            shared.put_pack(id, &bytes, location)?;
            let length = bytes.len() as u32;
            entry.slots.push(SlotEntry { slot, location, length, pack: id, frames: Vec::new() });
        }
    }
    Ok(Some(entry))
}

fn open_all_but_deltas(shared: &Shared, bytes: &[u8]) -> Option<OpenPack> {
    let mut bases = |kind, ids: &[BlobId]| shared.load_prefix(kind, ids, &Silent);
    let open = open_pack(shared.repo, &shared.keys, bytes, &mut bases, &mut |_, _, _, _| {}).ok()?;
    let is_delta = |number: u32| open.frames.get(number as usize).is_some_and(|frame| !frame.bases.is_empty());
    open.bad_frames.iter().all(|(number, _)| is_delta(*number)).then_some(open)
}

/// Opens the delta frames that have ids of zeros, now that all stripes are at hand in which their bases may be. A run stores bases of its own,
/// in whichever stripes. What still does not open stays as it is: its bases did not reach storage, and nobody needs it.
pub(super) fn open_closed(shared: &Shared, stripes: &mut [StripeEntry]) -> Result<()> {
    let is_closed = |slot: &SlotEntry| {
        slot.frames.iter().any(|frame| !frame.bases.is_empty() && frame.blobs.iter().all(|(id, _)| id.0 == [0; 32]))
    };
    if !stripes.iter().flat_map(|stripe| &stripe.slots).any(is_closed) {
        return Ok(());
    }
    let name = (SessionId(random(&*shared.world)), 0);
    shared.index.add_own(name, &IndexObject { stripes: stripes.to_vec() })?;
    for slot in stripes.iter_mut().flat_map(|stripe| &mut stripe.slots).filter(|slot| is_closed(slot)) {
        let bytes = shared.backend.get(&ObjectName::Pack(slot.pack), MAX_PACK).unwrap_or_default();
        if let Some(open) = open_all_but_deltas(shared, &bytes).filter(|open| open.frames.len() == slot.frames.len()) {
            slot.frames = open.frames;
        }
    }
    shared.index.withdraw_own(name);
    Ok(())
}
