//! Replacement index objects: what index objects that go said about stripes that stay (G5).
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::rules::Broken;
use super::super::write::{put_index, split_stripes};
use super::REPLACEMENTS;
use super::run::Prune;
use crate::error::Result;
use crate::format::{IndexName, IndexObject, StripeEntry};
use crate::id::StripeId;
use crate::monitor::{Event, Monitor, Silent};

/// Index objects that name at most so many packs are small…
const SMALL: usize = 64;
/// …and more than so many small ones are put together.
const MANY_SMALL: usize = 32;

impl Prune<'_> {
    /// Puts the replacements, for many small index objects too if it is to `merge`; returns the names that the decision is to retire. `None`: another prune has replaced one of them, look again.
    pub(super) fn replace(
        &mut self,
        leaving: &HashSet<StripeId>,
        merge: bool,
        monitor: &dyn Monitor,
    ) -> Result<Option<BTreeSet<IndexName>>> {
        let shared = self.shared;
        let mut retired = BTreeSet::new();
        let mut sizes: HashMap<IndexName, usize> = HashMap::new();
        shared.index.for_each_stripe(|(session, number), stripe| {
            let name = IndexName { session, number };
            if session != self.sid {
                *sizes.entry(name).or_default() += stripe.slots.len();
                if leaving.contains(&stripe.id) {
                    retired.insert(name);
                }
            }
        })?;
        let small: Vec<IndexName> =
            sizes.into_iter().filter(|(_, packs)| *packs <= SMALL).map(|(name, _)| name).collect();
        if merge && small.len() > MANY_SMALL {
            retired.extend(small);
        }
        monitor.event(Event::Phase("Replacing the index"));
        monitor.event(Event::Total { items: retired.len() as u64, bytes: 0, complete: true });
        let mut rest: BTreeMap<StripeId, StripeEntry> = BTreeMap::new();
        for name in &retired {
            let object = match shared.read_index(*name, &Silent) {
                Err(error) if error.is_not_found() => return Ok(None),
                other => other?,
            };
            for stripe in object.stripes.into_iter().filter(|stripe| !leaving.contains(&stripe.id)) {
                match rest.get_mut(&stripe.id) {
                    None => drop(rest.insert(stripe.id, stripe)),
                    Some(known) => {
                        let new = |slot: &crate::format::SlotEntry| known.slots.iter().all(|old| old.pack != slot.pack);
                        let new: Vec<_> = stripe.slots.iter().filter(|slot| new(slot)).cloned().collect();
                        known.slots.extend(new);
                        known.slots.sort_by_key(|slot| slot.slot);
                    }
                }
            }
            monitor.event(Event::Progress { items: 1, bytes: 0 });
            self.writer.beat()?;
        }
        if shared.rules.is(Broken::NoReplacement) {
            rest.clear();
        }
        for (at, stripes) in split_stripes(rest.into_values().collect()).into_iter().enumerate() {
            put_index(shared, self.sid, REPLACEMENTS + at as u32, &IndexObject { stripes })?;
        }
        Ok(Some(retired))
    }
}
