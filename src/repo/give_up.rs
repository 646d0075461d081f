//! Stripes that are beyond parity: saves what still reads of them, or reads again, and dooms them (repo-format.md, section 9).
use std::collections::{BTreeSet, HashSet};

use super::index::Location;
use super::mend::Mending;
use super::read_lock;
use crate::error::{Error, Result};
use crate::format::Codec;
use crate::id::{BlobKind, StripeId};
use crate::monitor::{Event, Silent};

impl Mending<'_> {
    /// Stores again what still reads of stripes that are beyond parity, and dooms them. The same for stripes that were doomed
    /// earlier: their packs may have been away only, and a prune is going to remove them.
    pub(super) fn give_up(&mut self) -> Result<()> {
        let shared = self.shared;
        let new: BTreeSet<StripeId> = self.doomed.iter().copied().collect();
        let old: HashSet<StripeId> = read_lock(&shared.doomed).clone();
        if new.is_empty() && old.is_empty() {
            return Ok(());
        }
        self.monitor.event(Event::Phase("Saving what is left of damaged stripes"));
        shared.healing.reset();
        let given_up = |place: &Location| new.contains(&place.stripe) || old.contains(&place.stripe);
        for kind in [BlobKind::Tree, BlobKind::Data] {
            let mut blobs = BTreeSet::new();
            shared.index.for_each_blob(kind, |id, place| {
                if given_up(&place) {
                    blobs.insert((place.pack, place.frame, id));
                }
            })?;
            self.monitor.event(Event::Total { items: blobs.len() as u64, bytes: 0, complete: true });
            // A blob may have a place in several of these stripes.
            let mut seen = HashSet::new();
            for (_, _, id) in blobs {
                self.stop_if_asked()?;
                self.monitor.event(Event::Progress { items: 1, bytes: 0 });
                let places = shared.places(&id)?;
                let in_full = |place: &Location| place.tag.codec != Codec::ZstdDelta;
                // What was in full may be a base, and as a delta it is none.
                let was_full = places.iter().any(|place| given_up(place) && in_full(place));
                let stays = places.iter().any(|place| !given_up(place) && (in_full(place) || !was_full));
                if !seen.insert(id) || stays {
                    continue;
                }
                let known = places.iter().filter(|place| given_up(place)).all(|place| old.contains(&place.stripe));
                match shared.load_blob(kind, &id, &Silent) {
                    Ok(blob) => {
                        if let Some(writer) = &self.writer {
                            writer.save_again(0, kind, &blob)?;
                        }
                        if known {
                            self.mended.blobs_saved += 1;
                            self.rescued = true;
                        }
                    }
                    Err(Error::BlobLost { .. } | Error::Damaged { .. } | Error::BlobNotFound { .. }) if known => {}
                    // Nobody needed it any more when a prune removed its bases.
                    Err(_) if places.iter().all(|place| shared.has_lost_bases(&place.bases)) => {}
                    Err(Error::BlobLost { .. } | Error::Damaged { .. } | Error::BlobNotFound { .. }) => {
                        shared.frames_lost_for_good(&places)?;
                        self.mended.blobs_lost.push(id);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        // The mark comes last: a run that is interrupted before has given up nothing, and what it copied is taken up by the next one.
        if let Some(writer) = self.writer.as_ref().filter(|_| !self.doomed.is_empty()) {
            writer.finish_packs()?;
            writer.doom(&self.doomed)?;
        }
        Ok(())
    }
}
