//! Packs become stripes: slots are dealt out, parity grows as packs close, complete stripes wait for their index object.
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::pack::{PackPlace, PendingFrame, build_pack, verify_pack};
use super::super::stripe_parity::StripeParity;
use super::super::{Shared, lock};
use super::pool::PackContents;
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::format::{SlotEntry, StripeEntry, block_checksums};
use crate::id::{PackId, SessionId, StripeId};
use crate::world::random;

/// Blobs after which a stripe ends early: its index object must stay well below the 64 MiB that readers accept.
const STRIPE_BLOBS: usize = 750_000;

/// A stripe whose packs are being written.
struct OpenStripe {
    entry: StripeEntry,
    /// Slots given out so far, and blobs in them.
    slots: u8,
    blobs: usize,
    /// Packs written so far.
    written: u8,
    parity: Option<StripeParity>,
}

/// What is known of stripes that are not in an index object yet.
struct State {
    session: SessionId,
    open: Vec<OpenStripe>,
    complete: Vec<StripeEntry>,
    complete_bytes: u64,
}

/// The stripes of one session. Packs may be written by several threads at once.
pub(super) struct Stripes {
    verify: bool,
    /// Nothing reaches storage.
    dry_run: bool,
    /// A pack was, or may have been, written.
    touched: AtomicBool,
    state: Mutex<State>,
}

impl OpenStripe {
    /// Takes no more packs.
    fn is_full(&self) -> bool {
        self.slots == self.entry.k || self.blobs >= STRIPE_BLOBS
    }
}

impl Stripes {
    pub(super) fn new(session: SessionId, verify: bool, dry_run: bool) -> Self {
        let state = State { session, open: Vec::new(), complete: Vec::new(), complete_bytes: 0 };
        Stripes { verify, dry_run, touched: AtomicBool::new(false), state: Mutex::new(state) }
    }

    /// Whether anything may have reached storage, even if that failed.
    pub(super) fn touched(&self) -> bool {
        self.touched.load(Ordering::Relaxed)
    }

    /// Something was stored under the session by other ways than packs.
    pub(super) fn touch(&self) {
        self.touched.store(true, Ordering::Relaxed);
    }

    /// Goes on under another session. Everything of the one before must be finished and taken.
    pub(super) fn restart(&self, session: SessionId) {
        lock(&self.state).session = session;
    }

    /// Seals a pack, gives it the next slot and writes it (W4). Returns the bytes that went to storage, parity included.
    pub(super) fn write(&self, shared: &Shared, contents: PackContents) -> Result<u64> {
        let (k, m) = (shared.config.k, shared.config.m);
        let blobs = contents.frames.iter().map(|frame| frame.blobs.len()).sum();
        let (session, stripe, slot) = self.next_slot(shared, blobs);
        let place = PackPlace {
            repo: shared.repo,
            epoch: shared.keys.current().epoch(),
            session,
            stripe,
            slot,
            k,
            m,
            length: contents.length,
        };
        let pack = build_pack(place, shared.keys.current(), &contents.frames);
        let id = match self.verify {
            true => verify_pack(shared.repo, &shared.keys, &pack, &contents.frames).map_err(|cause| {
                Error::damaged(
                    "A pack that was just sealed",
                    format!(
                        "{cause}; nothing wrong was stored, but this machine's memory or processor is not reliable"
                    ),
                )
            })?,
            false => PackId(*blake3::hash(&pack).as_bytes()),
        };
        let location = shared.deal(&stripe, slot);
        let mut stored = self.put(shared, id, &pack, location)?;
        let checksums = if m > 0 { block_checksums(&pack) } else { Vec::new() };
        let frames = contents.frames.iter().map(PendingFrame::entry).collect();
        let entry = SlotEntry { slot, location, length: pack.len() as u32, pack: id, frames };

        let finished = {
            let mut state = lock(&self.state);
            let Some(at) = state.open.iter().position(|open| open.entry.id == stripe) else {
                return Err(Error::Invalid("A stripe was closed while a pack of it was written".to_owned()));
            };
            let open = &mut state.open[at];
            if let Some(parity) = &mut open.parity {
                parity.add(slot, id, &pack, checksums);
            }
            open.entry.slots.push(entry);
            open.written += 1;
            (open.is_full() && open.written == open.slots).then(|| state.open.swap_remove(at))
        };
        if let Some(open) = finished {
            stored += self.complete(shared, open)?;
        }
        Ok(stored)
    }

    /// Slots that are left in the stripe that takes the next pack, if it has packs already.
    pub(super) fn open_slots(&self) -> usize {
        let state = lock(&self.state);
        let open = state.open.iter().find(|open| !open.is_full());
        open.map_or(0, |open| usize::from(open.entry.k - open.slots))
    }

    fn next_slot(&self, shared: &Shared, blobs: usize) -> (SessionId, StripeId, u8) {
        let (k, m) = (shared.config.k, shared.config.m);
        let mut state = lock(&self.state);
        let session = state.session;
        if let Some(open) = state.open.iter_mut().find(|open| !open.is_full()) {
            open.slots += 1;
            open.blobs += blobs;
            return (session, open.entry.id, open.slots - 1);
        }
        let id = StripeId(random(&*shared.world));
        let entry = StripeEntry { id, k, m, generation: 0, slots: Vec::new() };
        let parity = shared.matrix.as_ref().map(|matrix| StripeParity::new(id, matrix.clone()));
        state.open.push(OpenStripe { entry, slots: 1, blobs, written: 0, parity });
        (session, id, 0)
    }

    fn put(&self, shared: &Shared, id: PackId, pack: &[u8], location: u8) -> Result<u64> {
        if !self.dry_run {
            self.touched.store(true, Ordering::Relaxed);
            if !shared.rules.defers(&ObjectName::Pack(id), pack) {
                shared.put_pack(id, pack, location)?;
            }
        }
        Ok(pack.len() as u64)
    }

    /// Writes the parity packs of a stripe whose data packs are all written.
    fn complete(&self, shared: &Shared, mut open: OpenStripe) -> Result<u64> {
        let mut stored = 0;
        open.entry.slots.sort_by_key(|slot| slot.slot);
        if let Some(parity) = open.parity {
            for (row, pack) in parity.finish().into_iter().enumerate() {
                let id = PackId(*blake3::hash(&pack).as_bytes());
                let slot = open.entry.k + row as u8;
                let location = shared.deal(&open.entry.id, slot);
                stored += self.put(shared, id, &pack, location)?;
                let length = pack.len() as u32;
                open.entry.slots.push(SlotEntry { slot, location, length, pack: id, frames: Vec::new() });
            }
        }
        let bytes: u64 = open.entry.slots.iter().map(|slot| u64::from(slot.length)).sum();
        let mut state = lock(&self.state);
        state.complete.push(open.entry);
        state.complete_bytes += bytes;
        Ok(stored)
    }

    /// Completes stripes that are short of packs. No pack may be under way in another thread.
    pub(super) fn finish(&self, shared: &Shared) -> Result<u64> {
        let open = std::mem::take(&mut lock(&self.state).open);
        open.into_iter().map(|open| self.complete(shared, open)).sum()
    }

    /// Bytes of stripes that wait for their index object.
    pub(super) fn waiting_bytes(&self) -> u64 {
        lock(&self.state).complete_bytes
    }

    /// Takes the stripes that are completely written.
    pub(super) fn take_complete(&self) -> Vec<StripeEntry> {
        let mut state = lock(&self.state);
        state.complete_bytes = 0;
        std::mem::take(&mut state.complete)
    }
}
