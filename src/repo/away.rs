//! Tells packs that are lost from packs that cannot be read for the time being: only the former may be given up.
use super::index::Location;
use super::rebuild::{PackOutcome, PackState};
use super::{Shared, read_lock};
use crate::backend::{ErrorKind, Family, ObjectName};
use crate::error::{Error, Result};
use crate::id::PackId;

impl Shared {
    /// An error if index objects name packs and storage has not one of them: then a folder is away rather than all packs lost.
    /// The index must be loaded.
    pub(super) fn refuse_without_packs(&self) -> Result<()> {
        let doomed = read_lock(&self.doomed).clone();
        for listed in self.backend.list(Family::Packs)? {
            let ObjectName::Pack(id) = listed.name else { continue };
            if self.index.stripe_of(&id)?.is_some_and(|stripe| !doomed.contains(&stripe.id)) {
                return Ok(());
            }
        }
        let mut named = 0_u64;
        self.index.for_each_stripe(|_, stripe| {
            if !doomed.contains(&stripe.id) {
                named += stripe.slots.len() as u64;
            }
        })?;
        if named == 0 {
            return Ok(());
        }
        Err(Error::Invalid(format!(
            "None of the {named} packs that the index names is in {}; nothing was changed. Is everything mounted, was the folder \
             `packs` moved away? If they are gone for good, nothing can be repaired: make a new repository",
            self.backend.describe()
        )))
    }

    /// An error if a pack that was found lost is there, or may be there, and storage does not let it be read.
    pub(super) fn lost_for_good(&self, outcomes: &[PackOutcome]) -> Result<()> {
        let lost = outcomes.iter().filter(|outcome| matches!(outcome.state, PackState::Lost { .. }));
        lost.map(|outcome| &outcome.pack).try_for_each(|pack| self.is_readable(&pack.id, 0, pack.length as usize))
    }

    /// As [`Shared::lost_for_good`], for the frames of these places.
    pub(super) fn frames_lost_for_good(&self, places: &[Location]) -> Result<()> {
        for place in places {
            self.is_readable(&place.pack, place.frame_offset.into(), place.stored_len as usize)?;
            for base in &place.bases {
                for place in self.places(base)? {
                    self.is_readable(&place.pack, place.frame_offset.into(), place.stored_len as usize)?;
                }
            }
        }
        Ok(())
    }

    /// That a pack is missing or too short is an answer; any other failure says nothing about what it holds.
    fn is_readable(&self, pack: &PackId, offset: u64, len: usize) -> Result<()> {
        match self.backend.get_range(&ObjectName::Pack(*pack), offset, len) {
            Err(error) if !matches!(error.kind, ErrorKind::NotFound | ErrorKind::ShortRead | ErrorKind::TooLarge) => {
                Err(error.into())
            }
            _ => Ok(()),
        }
    }
}
