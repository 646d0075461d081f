//! Repositories in several locations (repo-format.md, section 1.1): how they are reached, changed, and brought in order again.
mod balance;
mod change;
mod compare;
mod connect;
mod mirror;
mod sync;

use std::collections::BTreeSet;

pub use self::connect::Connect;
pub(super) use self::connect::{connect, create, newer_config, refuse_used, tell_away};
pub use self::sync::{Balance, Synced};
use super::rebuild::StripeLayout;
use super::{Repository, Shared};
use crate::backend::{BackendError, ErrorKind, Family, MemberState, ObjectName};
use crate::error::{Error, Result};
use crate::id::{PackId, StripeId};

impl Shared {
    /// The location for a pack; 0 if there is only one.
    pub(super) fn deal(&self, stripe: &StripeId, slot: u8) -> u8 {
        let slots = self.config.k.saturating_add(self.config.m);
        self.spread.as_ref().map_or(0, |spread| spread.deal(&stripe.0, slot, slots))
    }

    /// Puts a pack, whatever a machine that stopped may have left under its name.
    pub(super) fn put_pack(&self, id: PackId, bytes: &[u8], location: u8) -> Result<()> {
        let name = ObjectName::Pack(id);
        let put = match &self.spread {
            Some(spread) => spread.put_pack_at(location, &name, bytes),
            None => self.backend.put_pack(&name, bytes),
        };
        Ok(put?)
    }

    /// Writes a pack that was rebuilt: where a damaged copy lies, or where it should be, or, if that is no location any more, where fewest of its stripe
    /// are. Durable when it returns.
    pub(super) fn write_back(&self, stripe: &StripeLayout, pack: &PackId, bytes: &[u8]) -> Result<()> {
        let name = ObjectName::Pack(*pack);
        let Some(spread) = &self.spread else { return Ok(self.backend.replace_pack(&name, bytes)?) };
        let place_of = |pack: &PackId| spread.location(pack).or_else(|| spread.expected(pack));
        let open = spread.open_places();
        let mates = stripe.members.iter().chain(&stripe.parity).filter(|mate| mate.id != *pack);
        let mates: Vec<u8> = mates.filter_map(|mate| place_of(&mate.id)).collect();
        let has_room = |place: &u8| spread.room(*place).is_none_or(|room| room >= bytes.len() as u64);
        let with_room = open.iter().copied().filter(has_room);
        let fewest = with_room.min_by_key(|place| mates.iter().filter(|mate| *mate == place).count());
        // One that is damaged is replaced where it is, which takes no room.
        let damaged = spread.location(pack).filter(|place| spread.reach(*place).is_some());
        let target = damaged.or_else(|| place_of(pack).filter(has_room)).or(fewest);
        let Some(target) = target else { return Err(BackendError::new(ErrorKind::Away, "replace", name).into()) };
        Ok(spread.settle_pack_at(target, &name, bytes)?)
    }

    /// Where a pack has come to be that was put at `location`.
    pub(super) fn landed(&self, id: &PackId, location: u8) -> u8 {
        self.spread.as_ref().and_then(|spread| spread.location(id)).unwrap_or(location)
    }

    /// An error if a location has decisions that the primary lacks, as one has that was taken for gone when another became the primary: nobody knows
    /// here what its snapshots need.
    pub(super) fn refuse_unknown_decisions(&self) -> Result<()> {
        let Some(spread) = &self.spread else { return Ok(()) };
        let states = spread.states();
        let Some((primary, others)) = states.split_first() else { return Ok(()) };
        let mut found = Vec::new();
        for MemberState { number, place, .. } in others {
            match spread.reach(*number).map(|place| place.list(Family::Snapshots)) {
                Some(Ok(listed)) => found.extend(listed.into_iter().map(|listed| (listed.name, *number, place))),
                Some(Err(error)) => spread.set_away(*number, &error.to_string()),
                None => {}
            }
        }
        let Some(place) = spread.reach(primary.number) else { return Ok(()) };
        // Last, since it has everything first.
        let known: BTreeSet<ObjectName> =
            place.list(Family::Snapshots)?.into_iter().map(|listed| listed.name).collect();
        match found.into_iter().find(|(name, ..)| !known.contains(name)) {
            None => Ok(()),
            Some((name, number, place)) => Err(Error::Invalid(format!(
                "location {number} ({place}) has {name}, which the primary location lacks; nothing was removed. `caddis repair locations` copies it"
            ))),
        }
    }

    /// Whether a location cannot be reached.
    pub(super) fn any_away(&self) -> bool {
        self.spread.iter().flat_map(|spread| spread.states()).any(|state| state.away.is_some())
    }

    /// Whether something could not be done in some location.
    pub(super) fn any_behind(&self) -> bool {
        self.spread
            .iter()
            .flat_map(|spread| spread.states())
            .any(|state| state.away.is_some() || state.objects_behind > 0)
    }

    /// Whether a pack should be in a location that cannot be reached: that it is not listed says nothing.
    pub(super) fn is_away(&self, pack: &PackId) -> bool {
        self.spread.as_ref().is_some_and(|spread| spread.is_away(pack))
    }
}

impl Repository {
    /// What became of the locations since the repository was opened, the primary first; none if it has but one.
    pub fn location_states(&self) -> Vec<MemberState> {
        self.shared().spread.as_ref().map_or_else(Vec::new, |spread| spread.states())
    }
}
