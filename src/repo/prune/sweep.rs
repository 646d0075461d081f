//! Removal of what nothing needs any more: index objects, packs, marks, sessions (G6 to G8).
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::super::copies::complete_copies;
use super::super::rules::Broken;
use super::run::{Prune, Removal};
use crate::backend::{Family, ObjectName};
use crate::error::Result;
use crate::format::{Decision, IndexName};
use crate::id::{PackId, StripeId};
use crate::monitor::{Event, Monitor};
use crate::world::Time;

/// Unfinished files are removed when nobody has written to them for so long.
const UNFINISHED: i64 = 24 * 3600;

/// Sizes and stripes; none for a pack that belongs to nothing.
type LeavingPacks = BTreeMap<PackId, (u64, Option<StripeId>)>;

impl Prune<'_> {
    /// All of it, in this order: who sees a later object gone finds the earlier ones gone too.
    pub(super) fn sweep(&mut self, removal: &Removal, monitor: &dyn Monitor) -> Result<()> {
        let broken = |rule| self.shared.rules.is(rule);
        let packs = self.leaving_packs(&removal.leaving)?;
        let mut leaving = removal.leaving.clone();
        if broken(Broken::MarksFirst) {
            self.drop_marks(&leaving)?;
        }
        if broken(Broken::StripesBeforeIndex) {
            self.drop_packs(&packs, monitor)?;
        }
        self.tidy(&removal.retired, monitor)?;
        if broken(Broken::MarksBeforeStripes) {
            self.drop_marks(&leaving)?;
        }
        // What a lock keeps stays doomed, so that nobody takes it for packs whose index is lost, and the next prune goes on with it.
        for stripe in self.drop_packs(&packs, monitor)? {
            leaving.remove(&stripe);
        }
        // A power cut must not bring packs back whose mark it does not bring back.
        self.shared.backend.barrier()?;
        // Nor may a listing show the index as it was to somebody who finds no mark any more.
        self.shared.settle();
        // Packs in a location that cannot be reached, or did not remove them, are still there: nobody must take them for packs whose index is lost.
        if self.shared.any_behind() {
            return Ok(());
        }
        self.drop_marks(&leaving)
    }

    /// Removes what is void whatever comes: index objects that were retired or that fences do not name, objects of decided sessions,
    /// what dead writers left unfinished. Second copies that are missing are written.
    pub(super) fn tidy(&mut self, retired: &BTreeSet<IndexName>, monitor: &dyn Monitor) -> Result<()> {
        let shared = self.shared;
        // They are never removed, so nothing comes back that was meant to go.
        complete_copies(&*shared.backend, &|name, bytes| shared.judge_copy(name, bytes));
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
            // Void it is whether or not a lock keeps it.
            let kept = shared.backend.delete_unlocked(&[ObjectName::Index(name.session, name.number)])?;
            self.done.index_removed += u64::from(kept.is_empty());
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

    /// Packs of stripes that go, with their sizes and stripes, and packs that belong to nothing. What was found in no index at first, and is in one by now
    /// because a repair has put it there, stays unless its stripe goes.
    fn leaving_packs(&self, leaving: &HashSet<StripeId>) -> Result<LeavingPacks> {
        let loose = self.packs.loose.iter().chain(&self.packs.doomed);
        let loose = loose.filter(|loose| leaving.contains(&loose.stripe));
        let loose = loose.flat_map(|loose| loose.packs.iter().map(|(pack, size)| (*pack, (*size, Some(loose.stripe)))));
        let nameless = self.packs.nameless.iter().map(|(pack, size)| (*pack, (*size, None)));
        let mut unnamed: LeavingPacks = loose.chain(nameless).collect();
        let mut packs = LeavingPacks::new();
        self.shared.index.for_each_stripe(|_, stripe| {
            for slot in &stripe.slots {
                if leaving.contains(&stripe.id) {
                    packs.insert(slot.pack, (u64::from(slot.length), Some(stripe.id)));
                } else {
                    unnamed.remove(&slot.pack);
                }
            }
        })?;
        packs.append(&mut unnamed);
        Ok(packs)
    }

    /// Returns the stripes of which something is left, because a lock keeps it.
    fn drop_packs(&mut self, packs: &LeavingPacks, monitor: &dyn Monitor) -> Result<BTreeSet<StripeId>> {
        let bytes = packs.values().map(|(bytes, _)| bytes).sum();
        monitor.event(Event::Total { items: packs.len() as u64, bytes, complete: true });
        let mut left = BTreeSet::new();
        (self.done.packs_locked, self.done.bytes_locked) = (0, 0);
        let names: Vec<ObjectName> = packs.keys().map(|id| ObjectName::Pack(*id)).collect();
        let size = |name: &ObjectName| match name {
            ObjectName::Pack(id) => packs.get(id).copied().unwrap_or_default(),
            _ => Default::default(),
        };
        for names in names.chunks(if self.shared.backend.concurrency() > 1 { 1000 } else { 1 }) {
            let kept = self.shared.backend.delete_unlocked(names)?;
            let mut bytes: u64 = names.iter().map(|name| size(name).0).sum();
            for retained in &kept {
                let (kept_bytes, stripe) = size(&retained.name);
                left.extend(stripe);
                bytes -= kept_bytes;
                self.done.bytes_locked += kept_bytes;
                self.done.locked_until = self.done.locked_until.max(retained.until);
            }
            let items = (names.len() - kept.len()) as u64;
            self.done.packs_locked += kept.len() as u64;
            self.done.packs_removed += items;
            self.done.bytes_removed += bytes;
            monitor.event(Event::Progress { items: names.len() as u64, bytes });
        }
        Ok(left)
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
