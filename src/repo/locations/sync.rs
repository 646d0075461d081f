//! Brings locations in order that missed something: objects that all of them should have, and packs that are where they should not be.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::super::ahead::in_parallel;
use super::super::index::StripeLayout;
use super::super::{Repository, Shared, lock, read_lock};
use super::balance::{Move, moves};
use super::connect::Connect;
use crate::backend::{Backend, Family, Listed, ObjectName, PackPlaces, Spread};
use crate::error::{Error, Result};
use crate::format::LocationConfig;
use crate::id::{PackId, SessionId, StripeId};
use crate::monitor::{Event, Monitor, Problem, Silent};
use crate::world::random;

/// Packs that are copied before they become durable together and are removed where they were.
const BATCH: usize = 256;
/// Packs copied at a time.
pub(super) const THREADS: usize = 8;

/// How packs are to be spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Equally, although fewer moves would suffice for the promise.
    pub even: bool,
    /// No pack may stay in this location.
    pub leave: Option<u8>,
    /// Only count.
    pub dry_run: bool,
}

/// Bytes that places may still be given, where that is limited.
struct Room(BTreeMap<u8, u64>);

impl Room {
    fn wanted(moves: &[(Move, u64)]) -> BTreeMap<u8, u64> {
        let mut wanted = BTreeMap::new();
        for (one, length) in moves.iter().filter(|(one, _)| !one.is_there) {
            *wanted.entry(one.to).or_default() += length;
        }
        wanted
    }

    /// A place that would get too much.
    fn lacks(&self, moves: &[(Move, u64)]) -> Option<u8> {
        let too_much =
            |(place, bytes): (u8, u64)| self.0.get(&place).is_some_and(|room| *room < bytes).then_some(place);
        Room::wanted(moves).into_iter().find_map(too_much)
    }

    fn take(&mut self, moves: &[(Move, u64)]) {
        for (place, bytes) in Room::wanted(moves) {
            self.0.entry(place).and_modify(|room| *room = room.saturating_sub(bytes));
        }
    }
}

/// What was brought in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Synced {
    /// Objects copied to locations that lacked them, by location.
    pub objects_copied: BTreeMap<u8, u64>,
    /// Keys and index objects removed from locations, because they were removed elsewhere while those were away.
    pub objects_removed: u64,
    pub packs_moved: u64,
    pub bytes_moved: u64,
}

impl Repository {
    /// Copies to all locations that can be reached what they lack of the objects that are in all of them. Decisions and tombstones that the primary
    /// lacks are copied to it, if they are sound: they were made before it became the primary, or it has lost them. What is damaged in one place is written anew
    /// from another where it is sound; for that all of these objects are read, everywhere.
    pub fn sync_locations(&self, dry_run: bool, monitor: &dyn Monitor) -> Result<Synced> {
        let shared = self.shared();
        let mut synced = Synced::default();
        let Some(spread) = &shared.spread else { return Ok(synced) };
        monitor.event(Event::Phase("Comparing locations"));
        let numbers: Vec<u8> = spread.states().iter().map(|state| state.number).collect();
        let Some((first, others)) = numbers.split_first() else { return Ok(synced) };
        let Some(primary) = spread.reach(*first) else { return Ok(synced) };
        for other in others {
            let Some(place) = spread.reach(*other) else { continue };
            // Damaged ones first: what is missing is copied from where it is sound.
            let mended = shared.mend_differences(primary, place, *other, dry_run, monitor)?;
            let copied = shared.compare(primary, place, true, dry_run, &mut synced, monitor)?;
            *synced.objects_copied.entry(*first).or_default() += mended.0 + copied.0;
            *synced.objects_copied.entry(*other).or_default() += mended.1 + copied.1;
        }
        synced.objects_copied.retain(|_, count| *count > 0);
        Ok(synced)
    }

    /// Moves packs between locations so that none has more of a stripe than parity can replace. A pack is removed from where it was only when it
    /// is durable where it goes, and was read there or on its way.
    pub fn balance_locations(&self, balance: Balance, monitor: &dyn Monitor) -> Result<Synced> {
        let shared = self.shared();
        let mut synced = Synced::default();
        let Some(spread) = &shared.spread else { return Ok(synced) };
        shared.refresh_for_reading(&Silent)?;
        monitor.event(Event::Phase("Looking where packs are"));
        let places = spread.pack_places()?;
        let open = spread.open_places();
        let mut room = Room(open.iter().filter_map(|place| Some((*place, spread.room(*place)?))).collect());
        let mut planned: Vec<(Move, u64)> = Vec::new();
        for stripe in shared.stripes()?.values() {
            let of_stripe: Vec<(PackId, Vec<u8>)> = (stripe.slots.iter())
                .filter_map(|slot| {
                    let whole = |(place, size): &(u8, u64)| (*size == u64::from(slot.length)).then_some(*place);
                    Some((slot.pack, places.get(&slot.pack)?.iter().filter_map(whole).collect()))
                })
                .collect();
            let length = |pack: &PackId| {
                let slot = stripe.slots.iter().find(|slot| slot.pack == *pack);
                slot.map_or(0, |slot| u64::from(slot.length))
            };
            // A place that would get more than it may have gets none of this stripe.
            let mut open = open.clone();
            let moved = loop {
                let moved = moves(&of_stripe, &open, stripe.m, balance.even, balance.leave);
                let moved: Vec<(Move, u64)> = moved.into_iter().map(|one| (one, length(&one.pack))).collect();
                match room.lacks(&moved) {
                    Some(place) => open.retain(|open| *open != place),
                    None => break moved,
                }
            };
            room.take(&moved);
            planned.extend(moved);
        }
        if let Some(leave) = balance.leave {
            // Doomed stripes are needed until a prune has copied them, and packs of a run that goes on later when it is resumed.
            let moved: BTreeSet<PackId> = planned.iter().map(|(planned, _)| planned.pack).collect();
            let open: Vec<u8> = open.iter().copied().filter(|place| *place != leave).collect();
            let only_here = places
                .iter()
                .filter(|(pack, places)| places.iter().all(|(place, _)| *place == leave) && !moved.contains(pack));
            let mut turn = 0;
            for (pack, places) in only_here {
                let length = places.first().map_or(0, |(_, length)| *length);
                let to_each = (0..open.len()).map(|n| open[(turn + n) % open.len()]);
                let move_to = |to: u8| (Move { pack: *pack, from: leave, to, is_there: false }, length);
                // What has no room anywhere stays, and so does the location.
                let Some(planned_move) = to_each.map(move_to).find(|one| room.lacks(&[*one]).is_none()) else {
                    continue;
                };
                turn += 1;
                room.take(&[planned_move]);
                planned.push(planned_move);
            }
        }
        let bytes = planned.iter().map(|(_, bytes)| bytes).sum();
        monitor.event(Event::Phase("Moving packs"));
        monitor.event(Event::Total { items: planned.len() as u64, bytes, complete: true });
        if balance.dry_run {
            synced.packs_moved = planned.len() as u64;
            synced.bytes_moved = bytes;
            return Ok(synced);
        }
        if !planned.is_empty() {
            spread.refuse_same(SessionId(random(&*shared.world)))?;
        }
        for batch in planned.chunks(BATCH) {
            if monitor.stop() {
                return Err(Error::Stopped { checkpoint: None });
            }
            let moved = carry_out(spread, batch, monitor)?;
            synced.packs_moved += moved.0;
            synced.bytes_moved += moved.1;
        }
        Ok(synced)
    }

    /// Copies all packs that a location has to the place where it shall be from now on; nothing if it cannot be reached.
    pub fn copy_location(
        &self,
        target: &LocationConfig,
        connect: &dyn Connect,
        monitor: &dyn Monitor,
    ) -> Result<Synced> {
        let mut synced = Synced::default();
        let from = self.shared().spread.as_ref().and_then(|spread| spread.reach(target.number));
        let Some(from) = from else { return Ok(synced) };
        let to = connect.create(target)?;
        if to.describe() == from.describe() {
            return Ok(synced);
        }
        monitor.event(Event::Phase("Copying packs"));
        let packs = from.list(Family::Packs)?;
        let bytes = packs.iter().map(|listed| listed.size).sum();
        if target.capacity.is_some_and(|capacity| capacity < bytes) {
            return Err(Error::Invalid(format!(
                "Location {} has {bytes} bytes of packs, which is more than the capacity of its new place; nothing was copied",
                target.number
            )));
        }
        // What an earlier attempt has copied. A folder may have lost or spoilt some of it, if the machine stopped.
        let there: BTreeMap<ObjectName, u64> =
            to.list(Family::Packs)?.into_iter().map(|listed| (listed.name, listed.size)).collect();
        let is_there = |listed: &Listed| {
            there.get(&listed.name) == Some(&listed.size)
                && (to.is_remote()
                    || to.get(&listed.name, listed.size).is_ok_and(|bytes| listed.name.is_pack_of(&bytes)))
        };
        monitor.event(Event::Total { items: packs.len() as u64, bytes, complete: true });
        let copied: Mutex<Vec<u64>> = Mutex::default();
        let failed: Mutex<Option<Error>> = Mutex::default();
        in_parallel(THREADS, &packs, |listed| {
            if lock(&failed).is_some() || monitor.stop() {
                return;
            }
            // What does not read, or has other bytes than its name says, is rebuilt later.
            if !is_there(listed)
                && let Ok(bytes) = from.get(&listed.name, listed.size)
                && listed.name.is_pack_of(&bytes)
            {
                match to.put_pack(&listed.name, &bytes) {
                    Ok(()) => lock(&copied).push(listed.size),
                    Err(error) => drop(lock(&failed).get_or_insert(error.into())),
                }
            }
            monitor.event(Event::Progress { items: 1, bytes: listed.size });
        });
        if monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        if let Some(error) = lock(&failed).take() {
            return Err(error);
        }
        to.barrier()?;
        let copied = lock(&copied);
        (synced.packs_moved, synced.bytes_moved) = (copied.len() as u64, copied.iter().sum());
        Ok(synced)
    }

    /// Copies to a location what it lacks and any other has of the objects that are in all of them, and to the others what it has: before it
    /// becomes the primary.
    pub fn gather_decisions(&self, number: u8, monitor: &dyn Monitor) -> Result<()> {
        let shared = self.shared();
        let Some(spread) = &shared.spread else { return Ok(()) };
        let Some(primary) = spread.reach(number) else { return Ok(()) };
        for state in spread.states() {
            if let Some(other) = spread.reach(state.number).filter(|_| state.number != number) {
                shared.compare(primary, other, false, false, &mut Synced::default(), monitor)?;
            }
        }
        Ok(())
    }

    /// Packs that are in this location and in no other that can be reached.
    pub fn packs_only_at(&self, number: u8) -> Result<u64> {
        let places = self.pack_places()?;
        Ok(places.values().filter(|places| places.iter().all(|(place, _)| *place == number)).count() as u64)
    }

    /// In which locations packs are.
    pub fn pack_places(&self) -> Result<PackPlaces> {
        Ok(match &self.shared().spread {
            Some(spread) => spread.pack_places()?,
            None => PackPlaces::new(),
        })
    }

    /// For each location how many stripes would lose data with it, and the number of all stripes; packs that are missing now count as lost. The index
    /// must be loaded.
    pub fn stripes_that_need(&self, places: &PackPlaces) -> Result<(BTreeMap<u8, u64>, u64)> {
        let shared = self.shared();
        let numbers: Vec<u8> = self.location_states().iter().map(|state| state.number).collect();
        let mut needed: BTreeMap<u8, u64> = numbers.iter().map(|number| (*number, 0)).collect();
        let stripes = shared.stripes()?;
        for stripe in stripes.values() {
            for number in &numbers {
                let elsewhere = |pack: &PackId| {
                    let listed = places.get(pack).into_iter().flatten().any(|(place, _)| place != number);
                    let away = || {
                        shared
                            .spread
                            .as_ref()
                            .is_some_and(|spread| spread.is_away(pack) && spread.expected(pack) != Some(*number))
                    };
                    listed || !places.contains_key(pack) && away()
                };
                let left = |parity: bool| {
                    let slots = stripe.slots.iter().filter(move |slot| (slot.slot >= stripe.k) == parity);
                    slots.filter(|slot| elsewhere(&slot.pack)).count()
                };
                let members = stripe.slots.iter().filter(|slot| slot.slot < stripe.k).count();
                if members - left(false) > left(true) {
                    *needed.entry(*number).or_default() += 1;
                }
            }
        }
        Ok((needed, stripes.len() as u64))
    }
}

/// Copies, makes durable, then removes what is too many. Returns packs and bytes.
fn carry_out(spread: &Spread, batch: &[(Move, u64)], monitor: &dyn Monitor) -> Result<(u64, u64)> {
    let done: Mutex<Vec<(Move, u64)>> = Mutex::default();
    in_parallel(THREADS, batch, |(planned, length)| {
        let Move { pack, from, to, is_there } = planned;
        let copied = match is_there {
            true if spread.has_pack(pack, *to, *length) => Ok(()),
            _ => spread.copy_pack(pack, *from, *to, *length),
        };
        match copied {
            Ok(()) => lock(&done).push((*planned, *length)),
            Err(error) => {
                let message = format!("it stays where it is: {error}");
                let item = ObjectName::Pack(*pack).to_string();
                monitor.event(Event::Problem(&Problem { item, message }));
            }
        }
        monitor.event(Event::Progress { items: 1, bytes: *length });
    });
    spread.barrier()?;
    let mut done = lock(&done);
    // Somebody else may be moving packs too, the other way.
    done.retain(|(Move { pack, to, .. }, length)| {
        let name = ObjectName::Pack(*pack);
        spread.reach(*to).is_some_and(|place| place.stat(&name).is_ok_and(|listed| listed.size == *length))
    });
    let from: BTreeSet<u8> = done.iter().map(|(planned, _)| planned.from).collect();
    for from in from {
        let names: Vec<ObjectName> = (done.iter())
            .filter(|(planned, _)| planned.from == from)
            .map(|(planned, _)| ObjectName::Pack(planned.pack))
            .collect();
        if let Some(place) = spread.reach(from) {
            place.delete_all(&names)?;
        }
    }
    Ok((done.len() as u64, done.iter().map(|(_, bytes)| bytes).sum()))
}

impl Shared {
    /// All stripes that count and are not doomed, each with all its packs.
    fn stripes(&self) -> Result<BTreeMap<StripeId, StripeLayout>> {
        let mut ids = BTreeSet::new();
        self.index.for_each_stripe(|_, stripe| ids.extend([stripe.id]))?;
        let doomed = read_lock(&self.doomed);
        let mut stripes = BTreeMap::new();
        for id in ids.into_iter().filter(|id| !doomed.contains(id)) {
            stripes.extend(self.index.stripe(&id)?.map(|stripe| (id, stripe)));
        }
        Ok(stripes)
    }
}
