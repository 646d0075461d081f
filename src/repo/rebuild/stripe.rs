//! The rebuild itself: finds what is wrong in a stripe, block by block, and solves it.
use std::sync::Arc;

use super::load::Loaded;
use super::{PackRef, StripeLayout};
use crate::backend::{Backend, ObjectName};
use crate::error::Result;
use crate::format::{BLOCK_BYTES, ParityHeader, ParityPage, block_checksum};
use crate::parity::{Block, Matrix, Solver};
use crate::repo::encode_parity;

/// What became of one pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackState {
    /// It is in storage as it should be; these are its bytes.
    Good(Vec<u8>),
    /// It is not, but these are its bytes: their BLAKE3 is its name. Nothing was written.
    Rebuilt {
        /// All of them.
        bytes: Vec<u8>,
        /// What is wrong with the pack in storage.
        cause: String,
    },
    /// More is damaged than the stripe's parity covers.
    Lost {
        /// What is wrong with the pack in storage.
        cause: String,
    },
    /// Not asked of [`rebuild_packs`], and either not read or found damaged and left so.
    Skipped,
}

/// One pack and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackOutcome {
    /// The pack.
    pub pack: PackRef,
    /// What became of it.
    pub state: PackState,
}

/// Reads every pack of a stripe and rebuilds all that can be. Writes nothing.
///
/// The result has one entry for each pack of the layout, data first. Damage is an outcome and not an error; errors are a layout
/// out of bounds and a store that is gone. Holds the whole stripe in memory: k+m packs.
pub fn rebuild(backend: &dyn Backend, layout: &StripeLayout) -> Result<Vec<PackOutcome>> {
    let everything: Vec<u8> = layout.members.iter().chain(&layout.parity).map(|pack| pack.slot).collect();
    rebuild_packs(backend, layout, &everything)
}

/// As [`rebuild`], for the packs in `slots` only: stops reading as soon as they are there, so that one lost pack costs as many
/// reads as the stripe has members, and one more.
pub fn rebuild_packs(backend: &dyn Backend, layout: &StripeLayout, slots: &[u8]) -> Result<Vec<PackOutcome>> {
    let matrix = layout.check()?;
    let packs = layout.members.iter().chain(&layout.parity);
    let of_stripe = packs.map(|pack| Slot { pack: *pack, wanted: slots.contains(&pack.slot), loaded: None }).collect();
    let mut stripe = Stripe { layout, matrix, slots: of_stripe };
    let (wanted, mut other): (Vec<usize>, Vec<usize>) = (0..stripe.slots.len()).partition(|i| stripe.slots[*i].wanted);
    // The quickest first, where they are in several places; else as they are, data before parity.
    other.sort_by_cached_key(|i| {
        let pack = stripe.slots[*i].pack;
        backend.read_cost(&ObjectName::Pack(pack.id), pack.length as usize)
    });
    let mut read = wanted.len();

    for i in wanted {
        stripe.read(backend, i)?;
    }
    for i in other {
        if stripe.is_done() {
            break;
        }
        stripe.read(backend, i)?;
        read += 1;
        // From as many as there are data packs on, each further pack may be the one that was missing.
        if read >= layout.members.len() {
            stripe.solve();
        }
    }
    stripe.solve();
    stripe.solve_unchecked();
    Ok(stripe.finish())
}

/// A pack of the layout and what was read of it.
struct Slot {
    pack: PackRef,
    wanted: bool,
    loaded: Option<Loaded>,
}

struct Stripe<'a> {
    layout: &'a StripeLayout,
    matrix: Arc<Matrix>,
    /// In the order of the layout, data first.
    slots: Vec<Slot>,
}

impl Stripe<'_> {
    fn read(&mut self, backend: &dyn Backend, i: usize) -> Result<()> {
        let slot = &mut self.slots[i];
        slot.loaded = Some(Loaded::read(backend, &slot.pack)?);
        Ok(())
    }

    /// Every wanted pack is there.
    fn is_done(&self) -> bool {
        self.slots.iter().all(|slot| !slot.wanted || slot.loaded.as_ref().is_some_and(|loaded| loaded.good))
    }

    fn data_is_good(&self) -> bool {
        self.slots[..self.layout.members.len()]
            .iter()
            .all(|slot| slot.loaded.as_ref().is_some_and(|loaded| loaded.good))
    }

    /// Finds bad blocks by their checksums and solves what can be solved with what was read so far.
    fn solve(&mut self) {
        if self.is_done() {
            return;
        }
        if let Some(header) = self.header() {
            self.check_blocks(&header);
            self.solve_rows(Some(&header));
            self.restore_pages(&header);
            self.accept();
        }
        self.encode_again();
    }

    /// The last resort where nothing vouches for single blocks: takes damaged packs as lost altogether, and rows for what they
    /// seem to be. Whether that was right, the names of the packs tell.
    fn solve_unchecked(&mut self) {
        if self.is_done() || self.data_is_good() {
            return;
        }
        for slot in &mut self.slots[..self.layout.members.len()] {
            if let Some(loaded) = slot.loaded.as_mut().filter(|loaded| !loaded.good) {
                loaded.bad.fill(true);
            }
        }
        self.solve_rows(None);
        self.accept();
        self.encode_again();
    }

    /// The header, from whatever valid pages there are, if it describes this layout.
    fn header(&self) -> Option<ParityHeader> {
        let header_bytes = self.layout.header_bytes();
        let packs = self.slots.iter().filter(|slot| slot.pack.slot >= self.layout.k);
        let bytes = packs.filter_map(|slot| slot.loaded.as_ref()?.bytes.get(..header_bytes));
        let pages = bytes.flat_map(|bytes| bytes.chunks(BLOCK_BYTES)).filter_map(|page| ParityPage::decode(page).ok());
        let header = ParityHeader::assemble(&self.layout.id, pages).ok()?;
        let described = StripeLayout::from_header(&header, self.layout.parity.clone());
        (described == *self.layout).then_some(header)
    }

    fn check_blocks(&mut self, header: &ParityHeader) {
        let first = header.bytes() / BLOCK_BYTES;
        let (data, parity) = self.slots.split_at_mut(self.layout.members.len());
        let data = data.iter_mut().zip(&header.member_checksums).map(|(slot, checksums)| (slot, 0, checksums));
        let parity = parity.iter_mut().filter_map(|slot| {
            let row = usize::from(slot.pack.slot.checked_sub(header.k)?);
            Some((slot, first, header.row_checksums.get(row)?))
        });
        for (slot, first, checksums) in data.chain(parity) {
            if let Some(loaded) = slot.loaded.as_mut().filter(|loaded| !loaded.good) {
                loaded.check_blocks(first, checksums);
            }
        }
    }

    /// Solves each row of blocks in which a wanted pack has a bad one. With a header, a solved block counts only if its checksum is
    /// right; without one, only data is solved, because wrong blocks in a row would spoil the next attempt.
    fn solve_rows(&mut self, header: Option<&ParityHeader>) {
        let pages = self.layout.header_bytes() / BLOCK_BYTES;
        let k = usize::from(self.layout.k);
        let first = |slot: usize| if slot < k { 0 } else { pages };
        let mut solver = Solver::new(self.matrix.clone(), BLOCK_BYTES);
        for row in 0..self.layout.row_length() as usize / BLOCK_BYTES {
            let is_bad =
                |slot: &Slot, loaded: &Loaded| loaded.bad.get(first(slot.pack.slot.into()) + row) == Some(&true);
            let asked = |slot: &Slot| slot.wanted && slot.loaded.as_ref().is_some_and(|loaded| is_bad(slot, loaded));
            if !self.slots.iter().any(asked) {
                continue;
            }
            let mut blocks = vec![Block::Zero; k];
            blocks.resize(k + self.matrix.m(), Block::Absent);
            for slot in &self.slots {
                let number = usize::from(slot.pack.slot);
                blocks[number] = match &slot.loaded {
                    _ if number < k && row >= slot.pack.length as usize / BLOCK_BYTES => Block::Zero,
                    None => Block::Absent,
                    Some(loaded) if !is_bad(slot, loaded) => Block::Present(&loaded.blocks()[first(number) + row]),
                    Some(_) if slot.wanted && (number < k || header.is_some()) => Block::Erased,
                    Some(_) => Block::Absent,
                };
            }
            for (number, bytes) in solver.solve(&blocks).unwrap_or_default() {
                let found = self.slots.iter_mut().enumerate().find(|(_, slot)| usize::from(slot.pack.slot) == *number);
                let Some((i, slot)) = found else { continue };
                let checksums = header.map(|header| match number.checked_sub(k) {
                    None => &header.member_checksums[i],
                    Some(row) => &header.row_checksums[row],
                });
                if let Some(loaded) = &mut slot.loaded
                    && checksums.is_none_or(|checksums| checksums[row] == block_checksum(bytes))
                {
                    loaded.set_block(first(*number) + row, bytes);
                }
            }
        }
    }

    /// Puts the right header pages into damaged parity packs.
    fn restore_pages(&mut self, header: &ParityHeader) {
        for slot in &mut self.slots[self.layout.members.len()..] {
            if let Some(loaded) = slot.loaded.as_mut().filter(|loaded| !loaded.good) {
                let pages = header.encode_pages(slot.pack.slot - header.k);
                for (block, page) in pages.chunks(BLOCK_BYTES).enumerate() {
                    loaded.set_block(block, page);
                }
            }
        }
    }

    /// Makes wanted parity from complete data, which needs no header.
    fn encode_again(&mut self) {
        if self.is_done() || !self.data_is_good() {
            return;
        }
        let (data, parity) = self.slots.split_at_mut(self.layout.members.len());
        let members: Vec<_> = data
            .iter()
            .filter_map(|slot| Some((slot.pack.slot, slot.pack.id, slot.loaded.as_ref()?.bytes.as_slice())))
            .collect();
        let packs = encode_parity(self.layout.id, &self.matrix, &members);
        for slot in parity {
            let row = usize::from(slot.pack.slot - self.layout.k);
            if let (Some(loaded), Some(pack)) = (slot.loaded.as_mut().filter(|loaded| !loaded.good), packs.get(row)) {
                loaded.bytes.clone_from(pack);
                loaded.bad.fill(false);
            }
        }
        self.accept();
    }

    /// Packs without a bad block are good now if they have their name; nothing else decides that.
    fn accept(&mut self) {
        for slot in self.slots.iter_mut().filter(|slot| slot.wanted) {
            if let Some(loaded) = slot.loaded.as_mut().filter(|loaded| !loaded.good && !loaded.bad.contains(&true)) {
                loaded.good = loaded.has_id(&slot.pack);
            }
        }
    }

    fn finish(self) -> Vec<PackOutcome> {
        let state = |wanted: bool, loaded: Option<Loaded>| match loaded {
            Some(Loaded { good: true, cause, bytes, .. }) if cause.is_empty() => PackState::Good(bytes),
            Some(Loaded { good: true, cause, bytes, .. }) => PackState::Rebuilt { bytes, cause },
            Some(Loaded { cause, .. }) if wanted => PackState::Lost { cause },
            _ => PackState::Skipped,
        };
        let outcome = |slot: Slot| PackOutcome { pack: slot.pack, state: state(slot.wanted, slot.loaded) };
        self.slots.into_iter().map(outcome).collect()
    }
}
