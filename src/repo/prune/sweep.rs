//! Removal of what nothing needs any more: index objects, packs, marks, sessions (G6 to G8).
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::super::objects::MAX_OBJECT;
use super::super::rules::Broken;
use super::run::{Prune, Removal};
use crate::backend::{Family, ObjectName};
use crate::error::{Error, Result};
use crate::format::{Decision, IndexName};
use crate::id::{PackId, StripeId};
use crate::monitor::{Event, Monitor};
use crate::world::Time;

/// Unfinished files are removed when nobody has written to them for so long.
const UNFINISHED: i64 = 24 * 3600;

impl Prune<'_> {
    /// All of it, in this order: who sees a later object gone finds the earlier ones gone too.
    pub(super) fn sweep(&mut self, removal: &Removal, monitor: &dyn Monitor) -> Result<()> {
        let broken = |rule| self.shared.rules.is(rule);
        let packs = self.leaving_packs(&removal.leaving)?;
        if broken(Broken::MarksFirst) {
            self.drop_marks(&removal.leaving)?;
        }
        if broken(Broken::StripesBeforeIndex) {
            self.drop_packs(&packs, monitor)?;
        }
        self.tidy(&removal.retired, monitor)?;
        if broken(Broken::MarksBeforeStripes) {
            self.drop_marks(&removal.leaving)?;
        }
        self.drop_packs(&packs, monitor)?;
        // A power cut must not bring packs back whose mark it does not bring back.
        self.shared.backend.barrier()?;
        self.drop_marks(&removal.leaving)
    }

    /// Writes the second copies of decisions and tombstones whose writers died before they could. These are never removed, so that nothing
    /// that was meant to go comes back.
    fn complete_copies(&self, monitor: &dyn Monitor) -> Result<()> {
        for (originals, replicas) in
            [(Family::Snapshots, Family::ReplicaSnapshots), (Family::Tombs, Family::ReplicaTombs)]
        {
            let twice: HashSet<_> =
                self.shared.backend.list(replicas)?.into_iter().map(|listed| listed.name.original()).collect();
            for listed in self.shared.backend.list(originals)? {
                let Some(replica) = listed.name.replica().filter(|_| !twice.contains(&listed.name)) else { continue };
                let written = (self.shared.backend.get(&listed.name, MAX_OBJECT).map_err(Error::from))
                    .and_then(|bytes| self.shared.unseal(&listed.name, &bytes).map(|_| bytes))
                    .and_then(|bytes| Ok(self.shared.backend.put_new(&replica, &bytes)?));
                if let Err(error) = written {
                    monitor
                        .event(Event::Note(&format!("The replica of {} could not be written: {error}", listed.name)));
                }
            }
        }
        Ok(())
    }

    /// Removes what is void whatever comes: index objects that were retired or that fences do not name, objects of decided sessions,
    /// what dead writers left unfinished. Second copies that are missing are written.
    pub(super) fn tidy(&mut self, retired: &BTreeSet<IndexName>, monitor: &dyn Monitor) -> Result<()> {
        let shared = self.shared;
        self.complete_copies(monitor)?;
        let is_void = |name: &IndexName| {
            let fenced = match self.survey.catalog.decisions.get(&name.session).map(AsRef::as_ref) {
                Some(Decision::Fence(fence)) => !fence.kept.contains(name),
                Some(_) => false,
                // Forgotten without ever having been decided.
                None => self.survey.catalog.tombs.contains(&name.session),
            };
            fenced || retired.contains(name) || self.survey.retired.contains(name)
        };
        monitor.event(Event::Phase("Removing"));
        for name in self.survey.listed.iter().filter(|name| is_void(name)) {
            shared.backend.delete(&ObjectName::Index(name.session, name.number))?;
            self.done.index_removed += 1;
        }
        let mut newest = Time::default();
        for listed in shared.backend.list(Family::Sessions)? {
            let ObjectName::Session(sid) = listed.name else { continue };
            if sid == self.sid {
                newest = listed.modified;
            } else if self.survey.catalog.decisions.contains_key(&sid)
                || shared.rules.is(Broken::DropsUndecidedSessions)
            {
                shared.backend.delete(&listed.name)?;
            }
        }
        if shared.rules.is(Broken::DropsFences) {
            for (sid, decision) in &self.survey.catalog.decisions {
                if matches!(decision.as_ref(), Decision::Fence(_)) {
                    shared.backend.delete(&ObjectName::Snapshot(*sid))?;
                    shared.backend.delete(&ObjectName::ReplicaSnapshot(*sid))?;
                }
            }
        }
        let before = Time { secs: newest.secs - UNFINISHED, ..newest };
        self.done.unfinished_removed += shared.backend.remove_unfinished(before)?;
        Ok(())
    }

    /// Packs of stripes that go, with their sizes, and packs that belong to nothing.
    fn leaving_packs(&self, leaving: &HashSet<StripeId>) -> Result<BTreeMap<PackId, u64>> {
        let mut packs = BTreeMap::new();
        self.shared.index.for_each_stripe(|_, stripe| {
            if leaving.contains(&stripe.id) {
                packs.extend(stripe.slots.iter().map(|slot| (slot.pack, u64::from(slot.length))));
            }
        })?;
        let loose = self.packs.loose.iter().chain(&self.packs.doomed);
        packs.extend(loose.filter(|loose| leaving.contains(&loose.stripe)).flat_map(|loose| loose.packs.clone()));
        packs.extend(self.packs.nameless.iter().copied());
        Ok(packs)
    }

    fn drop_packs(&mut self, packs: &BTreeMap<PackId, u64>, monitor: &dyn Monitor) -> Result<()> {
        monitor.event(Event::Total { items: packs.len() as u64, bytes: packs.values().sum(), complete: true });
        for (id, bytes) in packs {
            self.shared.backend.delete(&ObjectName::Pack(*id))?;
            self.done.packs_removed += 1;
            self.done.bytes_removed += bytes;
            monitor.event(Event::Progress { items: 1, bytes: *bytes });
        }
        Ok(())
    }

    /// Marks of which nothing is left.
    fn drop_marks(&self, leaving: &HashSet<StripeId>) -> Result<()> {
        for (mark, stripes) in &self.marks {
            if stripes.iter().all(|stripe| leaving.contains(stripe)) {
                self.shared.backend.delete(mark)?;
            }
        }
        Ok(())
    }
}
