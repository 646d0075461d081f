//! Packs that are missing or damaged come back from their stripe while they are read.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::rebuild::{PackOutcome, PackRef, PackState, StripeLayout, rebuild, rebuild_packs};
use super::{Shared, lock, read_lock};
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::id::PackId;
use crate::monitor::{Event, Monitor, Problem};

/// Rebuilt packs of so many stripes are kept: readers go through packs in the order of stripes.
const KEPT_STRIPES: usize = 2;

/// What healing has done so far.
#[derive(Default)]
pub(super) struct Healing {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Every pack that was rebuilt, once.
    healed: BTreeSet<PackId>,
    /// Those of them that were written to storage.
    written: BTreeSet<PackId>,
    /// Packs that cannot be rebuilt, with the cause: not tried again for each of their frames.
    lost: BTreeMap<PackId, String>,
    /// Bytes of recently rebuilt packs, by stripe.
    kept: Vec<Vec<(PackId, Arc<Vec<u8>>)>>,
    /// Rebuilt packs are written back.
    write_back: bool,
}

impl Healing {
    /// Packs rebuilt so far.
    pub(super) fn healed(&self) -> Vec<PackId> {
        lock(&self.state).healed.iter().copied().collect()
    }

    /// Packs written back so far: not those of stripes that were given up, nor those that storage did not take.
    pub(super) fn written_back(&self) -> Vec<PackId> {
        lock(&self.state).written.iter().copied().collect()
    }

    pub(super) fn set_write_back(&self, on: bool) {
        lock(&self.state).write_back = on;
    }

    /// Forgets what was lost, because storage was mended.
    pub(super) fn reset(&self) {
        let mut state = lock(&self.state);
        *state = State { write_back: state.write_back, ..State::default() };
    }
}

impl Shared {
    /// The pack rebuilt, with the others of its stripe. Of several places only those are read that answer soonest, and no more than it takes: for this pack
    /// and for those that cannot be reached either.
    fn sources_of(&self, layout: &StripeLayout, pack: &PackId) -> Result<Vec<PackOutcome>> {
        if self.spread.is_none() {
            return rebuild(&*self.backend, layout);
        }
        let packs = layout.members.iter().chain(&layout.parity);
        let wanted = packs.filter(|one| one.id == *pack || self.is_away(&one.id)).map(|one| one.slot);
        rebuild_packs(&*self.backend, layout, &wanted.collect::<Vec<u8>>())
    }

    /// All bytes of a pack that does not read, rebuilt from parity and verified against its name. Reads about k packs once per stripe.
    pub(super) fn heal_pack(&self, pack: &PackId, monitor: &dyn Monitor) -> Result<Arc<Vec<u8>>> {
        // One at a time: another thread probably wants the same stripe.
        let mut state = lock(&self.healing.state);
        if let Some((_, bytes)) = state.kept.iter().flatten().find(|(id, _)| id == pack) {
            return Ok(bytes.clone());
        }
        if let Some(cause) = state.lost.get(pack) {
            return Err(Error::damaged(ObjectName::Pack(*pack), cause));
        }
        let layout = self
            .stripe_of(pack)?
            .ok_or_else(|| Error::damaged(ObjectName::Pack(*pack), "its stripe is in no index"))?;
        let mut found = None;
        let mut kept = Vec::new();
        for PackOutcome { pack: PackRef { id, .. }, state: outcome } in self.sources_of(&layout, pack)? {
            match outcome {
                PackState::Good(bytes) if id == *pack => {
                    // It reads after all. Kept like the others, or each of its frames would read the stripe again.
                    let bytes = Arc::new(bytes);
                    found = Some(bytes.clone());
                    kept.push((id, bytes));
                }
                PackState::Good(_) | PackState::Skipped => {}
                PackState::Rebuilt { bytes, .. } => {
                    let bytes = Arc::new(bytes);
                    if id == *pack {
                        found = Some(bytes.clone());
                    }
                    if !self.is_away(&id) && state.healed.insert(id) {
                        monitor.event(Event::Healed(id));
                    }
                    if state.write_back && !self.is_away(&id) && !read_lock(&self.doomed).contains(&layout.id) {
                        let name = ObjectName::Pack(id);
                        // The reader has what it came for, wherever it can or cannot be written.
                        match self.write_back(&layout, &id, &bytes) {
                            Ok(()) => drop(state.written.insert(id)),
                            Err(error) => {
                                let message = format!("It was rebuilt, but could not be written back: {error}");
                                monitor.event(Event::Problem(&Problem { item: name.to_string(), message }));
                            }
                        }
                    }
                    kept.push((id, bytes));
                }
                PackState::Lost { cause } => {
                    state.lost.insert(id, cause);
                }
            }
        }
        if state.kept.len() == KEPT_STRIPES {
            state.kept.remove(0);
        }
        state.kept.push(kept);
        found.ok_or_else(|| {
            let cause = state.lost.get(pack).map_or("it cannot be rebuilt", String::as_str);
            Error::damaged(ObjectName::Pack(*pack), cause)
        })
    }
}
