//! Taking up what a dead run of the same owner left: its packs are indexed, its session is fenced with that index kept (section 9).
use std::collections::{BTreeMap, BTreeSet};

use super::Shared;
use super::copies::complete_copies;
use super::prune::REPLACEMENTS;
use super::salvage::{find_unindexed, index_stripe, open_closed};
use super::session::SessionOwner;
use super::write::{put_index, split_stripes};
use crate::backend::{Family, ObjectName, Put};
use crate::error::{Error, Result};
use crate::format::{Decision, Fence, IndexName, IndexObject};
use crate::id::{PackId, SessionId};
use crate::monitor::{Event, Monitor};
use crate::world::random;

/// Index objects that are put for a dead session have random numbers from here to the [`REPLACEMENTS`]: puts of the dead run, and of others that
/// took it over and died, may still arrive, and a name must have one content only.
const TAKEN_OVER: u32 = 1 << 30;

/// Which dead sessions a run takes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dead {
    /// Of the owner's host and label.
    OfLabel,
    /// Of the owner's host: nobody else can tell that they are dead.
    OfHost,
    /// The same, of which nothing is to be stored, because there is no room: what no index object names is given up.
    AsItIs,
}

/// Closes dead sessions of `owner` and writes what copies are missing. True if one of them had stored something.
pub(super) fn resume(shared: &Shared, owner: &SessionOwner, whose: Dead, monitor: &dyn Monitor) -> Result<bool> {
    complete_copies(&*shared.backend, &|name, bytes| shared.judge_copy(name, bytes));
    let mut dead = BTreeSet::new();
    for listed in shared.backend.list(Family::Sessions)? {
        let ObjectName::Session(sid) = listed.name else { continue };
        let Some(session) = shared.read_session(sid) else { continue };
        let label = whose != Dead::OfLabel || session.label == owner.label.as_deref().unwrap_or_default();
        // Of a machine that does not say which it is nobody else can tell whether its processes run; one's own series is one's own.
        let known = whose == Dead::OfLabel || !session.machine.is_empty();
        let own = session.host == owner.host && label && known;
        if !own || shared.world.is_running(&session.process()) {
            continue;
        }
        // Decided already, and killed before it could remove its session object.
        if shared.is_decided(sid)? {
            drop(shared.backend.delete(&ObjectName::Session(sid)));
        } else {
            dead.insert(sid);
        }
    }
    if dead.is_empty() {
        return Ok(false);
    }
    let kept = if whose == Dead::AsItIs {
        monitor.event(Event::Note("An earlier run was interrupted; what it had stored last is given up, to make room"));
        index_of_dead(shared, &dead, monitor)?.into_keys().collect()
    } else {
        monitor.event(Event::Note("An earlier run was interrupted; what it stored is taken over"));
        shared.refresh_for_reading(monitor)?;
        index_leftovers(shared, &dead, monitor)?
    };
    let some = !kept.is_empty();
    for sid in dead {
        let fence = Fence {
            by: sid,
            reason: "the run was interrupted and another one took over".to_owned(),
            kept: kept.iter().filter(|name| name.session == sid).copied().collect(),
            left: Default::default(),
        };
        let name = ObjectName::Snapshot(sid);
        let bytes = shared.seal(&name, &[], &Decision::Fence(fence).encode())?;
        // If another run was faster, its fence is as good.
        if !shared.is_decided(sid)? && shared.create(&name, &bytes)? == Put::Created {
            // Allowed to fail: without the right to delete it stays until a prune.
            drop(shared.backend.delete(&ObjectName::Session(sid)));
        }
    }
    Ok(some)
}

/// The index objects of dead sessions that are sound.
fn index_of_dead(
    shared: &Shared,
    dead: &BTreeSet<SessionId>,
    monitor: &dyn Monitor,
) -> Result<BTreeMap<IndexName, IndexObject>> {
    let mut sound = BTreeMap::new();
    for name in shared.listed_index()? {
        if !dead.contains(&name.session) {
            continue;
        }
        // What a dead prune was about to replace still counts as it was.
        if name.number >= REPLACEMENTS {
            continue;
        }
        // One that cannot be read is not kept; its packs may be indexed again.
        if let Ok(object) = shared.read_index(name, monitor) {
            sound.insert(name, object);
        }
    }
    Ok(sound)
}

/// Puts index objects for packs of dead sessions that none names. Returns all index objects of these sessions that are sound.
fn index_leftovers(shared: &Shared, dead: &BTreeSet<SessionId>, monitor: &dyn Monitor) -> Result<Vec<IndexName>> {
    let sound = index_of_dead(shared, dead, monitor)?;
    let stripes = sound.values().flat_map(|object| &object.stripes);
    let named: BTreeSet<PackId> = stripes.flat_map(|stripe| &stripe.slots).map(|slot| slot.pack).collect();
    let mut kept: Vec<IndexName> = sound.into_keys().collect();
    let indexed = |pack: &PackId| Ok(named.contains(pack) || shared.stripe_of(pack)?.is_some());
    let found = find_unindexed(shared, &indexed, Some(dead))?;
    let (mut sids, mut entries) = (Vec::new(), Vec::new());
    for (stripe, packs) in found.data {
        let Some(sid) = packs.first().map(|(_, header)| header.session) else { continue };
        let ids: Vec<PackId> = packs.into_iter().map(|(id, _)| id).collect();
        if let Some(entry) = index_stripe(shared, stripe, &ids, monitor)? {
            sids.push(sid);
            entries.push(entry);
        }
    }
    open_closed(shared, &mut entries)?;
    let mut stripes: BTreeMap<SessionId, Vec<_>> = BTreeMap::new();
    for (sid, entry) in sids.into_iter().zip(entries) {
        stripes.entry(sid).or_default().push(entry);
    }
    shared.backend.barrier()?;
    for (sid, stripes) in stripes {
        for stripes in split_stripes(stripes) {
            let number = TAKEN_OVER | u32::from_le_bytes(random(&*shared.world)) & (TAKEN_OVER - 1);
            match put_index(shared, sid, number, &IndexObject { stripes }) {
                Ok(()) => kept.push(IndexName { session: sid, number }),
                // Somebody else has that name: not kept, its packs are for a prune then.
                Err(Error::Fenced { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(kept)
}
