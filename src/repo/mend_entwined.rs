//! The part of making an index anew that is left when no stripe opens by itself any more: stripes that hold each other's bases, or have lost them.
use super::mend::{Entry, Mending};
use super::pack::open_pack;
use super::read_lock;
use super::rebuild::{PackOutcome, PackState, StripeLayout};
use super::salvage::MAX_PACK;
use crate::backend::ObjectName;
use crate::error::Result;
use crate::format::IndexObject;
use crate::id::{BlobId, BlobKind, SessionId};
use crate::monitor::Silent;
use crate::world::random;

impl Mending<'_> {
    /// Indexes stripes of which none opens with what is indexed so far. Packs may be lost; or a delta frame and its base are in the same stripe,
    /// or each in a stripe that needs the other; or nobody needed a delta any more and a prune has removed its base.
    pub(super) fn index_entwined(
        &mut self,
        layouts: Vec<StripeLayout>,
        wanted: &dyn Fn(SessionId) -> bool,
    ) -> Result<()> {
        let (mut sound, mut broken, mut entries) = (Vec::new(), Vec::new(), Vec::new());
        for layout in layouts {
            self.stop_if_asked()?;
            match self.entry(&layout, wanted, true)? {
                Entry::Made(entry) => {
                    entries.push(entry);
                    sound.push(layout);
                }
                Entry::Broken => broken.push(layout),
                Entry::NotWanted => {}
            }
        }
        // Whatever is stored in full in sound stripes may be a base from here on, for this process only. All of them stay.
        let name = (SessionId(random(&*self.shared.world)), 0);
        self.shared.index.add_own(name, &IndexObject { stripes: entries })?;
        let indexed = self.rescue_all(&broken).and_then(|()| {
            let mut entries = Vec::new();
            for layout in &sound {
                self.stop_if_asked()?;
                let entry = match self.entry(layout, wanted, false)? {
                    Entry::Broken => self.entry(layout, wanted, true)?,
                    entry => entry,
                };
                if let Entry::Made(entry) = entry {
                    self.mended.packs_indexed += entry.slots.iter().filter(|slot| slot.slot < entry.k).count() as u64;
                    entries.push(entry);
                }
            }
            Ok(entries)
        });
        self.shared.index.withdraw_own(name);
        self.adopt(indexed?)
    }

    /// Twice, if bases of some of them are in others.
    pub(super) fn rescue_all(&mut self, broken: &[StripeLayout]) -> Result<()> {
        let mut again = Vec::new();
        for layout in broken {
            self.stop_if_asked()?;
            if !self.rescue(layout)? {
                again.push(layout);
            }
        }
        if let Some(writer) = self.writer.as_ref().filter(|_| !again.is_empty()) {
            writer.finish_packs()?;
            for layout in again {
                self.rescue(layout)?;
            }
        }
        Ok(())
    }

    /// Stores again what still reads of a stripe that no index object names and that is damaged beyond its parity. False if frames did not open.
    pub(super) fn rescue(&mut self, layout: &StripeLayout) -> Result<bool> {
        let outcomes = self.read_stripe(layout)?;
        let doomed = read_lock(&self.shared.doomed).contains(&layout.id);
        if !doomed && !self.may_give_up(&outcomes) {
            return Ok(true);
        }
        let mut whole = true;
        for PackOutcome { pack, state } in outcomes {
            let bytes = match state {
                PackState::Good(bytes) | PackState::Rebuilt { bytes, .. } => bytes,
                PackState::Skipped => continue,
                PackState::Lost { .. } => {
                    if !doomed && !self.mended.packs_lost.contains(&pack.id) {
                        self.mended.packs_lost.push(pack.id);
                    }
                    self.shared.backend.get(&ObjectName::Pack(pack.id), MAX_PACK).unwrap_or_default()
                }
            };
            if pack.slot >= layout.k {
                continue;
            }
            let mut stored = Ok(());
            let writer = self.writer.as_ref();
            let mut each = |_: u32, kind: BlobKind, id: BlobId, blob: &[u8]| {
                if let (Ok(()), Some(writer)) = (&stored, writer) {
                    stored = writer.is_usable(&id).and_then(|usable| match usable {
                        true => Ok(()),
                        false => writer.save_again(0, kind, blob),
                    });
                }
            };
            let mut bases = |kind, ids: &[BlobId]| self.shared.load_prefix(kind, ids, &Silent);
            // What does not open says nothing about which blobs it held.
            let open = open_pack(self.shared.repo, &self.shared.keys, &bytes, &mut bases, &mut each);
            stored?;
            whole &= open.as_ref().is_ok_and(|open| open.bad_frames.is_empty());
            if let Ok(open) = open {
                self.note_unreadable_bases(&open)?;
            }
            self.rescued = true;
        }
        if !doomed && !self.doomed.contains(&layout.id) {
            self.doomed.push(layout.id);
        }
        Ok(whole)
    }
}
