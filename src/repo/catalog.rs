//! Which snapshots, index objects and stripes count (repo-format.md, section 8): decisions, tombstones, marks.
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::ahead::IndexAhead;
use super::seal::decode_error;
use super::{Shared, lock};
use crate::backend::{Family, ObjectName};
use crate::error::{Error, Result};
use crate::format::{Decision, Done, IndexName, IndexObject, Mark};
use crate::id::{SessionId, StripeId};
use crate::monitor::{Event, Monitor, Problem};

/// So often a listing is repeated because what it named was gone.
const LISTINGS: u32 = 20;

/// Decisions and tombstones as of one listing.
#[derive(Clone, Default)]
pub struct Catalog {
    /// By session.
    pub decisions: BTreeMap<SessionId, Arc<Decision>>,
    /// Sessions whose decision object is damaged or missing and could be read from its replica only.
    pub from_replica: BTreeSet<SessionId>,
    /// Decisions that cannot be read at all.
    pub unreadable: BTreeSet<SessionId>,
    /// Forgotten snapshots.
    pub tombs: BTreeSet<SessionId>,
    /// Index objects that decisions of prunes and repairs have retired.
    pub retired: BTreeSet<IndexName>,
}

/// What prunes have said.
#[derive(Clone, Default)]
pub(super) struct Collected {
    pub doomed: HashSet<StripeId>,
    /// The same, by mark.
    pub marks: BTreeMap<ObjectName, Vec<StripeId>>,
    pub retired: BTreeSet<IndexName>,
    /// Decided sessions that they knew.
    pub seen: BTreeSet<SessionId>,
    /// Marks and dones that cannot be read.
    pub unreadable: Vec<(ObjectName, String)>,
}

/// Sessions with a decision, `true` where its original is there, and those with a tombstone.
type ListedDecisions = (Vec<(SessionId, bool)>, BTreeSet<SessionId>);

impl Catalog {
    /// Whether an index object counts, names aside that a `.done` has retired.
    pub(super) fn counts(&self, name: &IndexName) -> bool {
        if self.retired.contains(name) {
            return false;
        }
        match self.decisions.get(&name.session).map(Arc::as_ref) {
            None => false,
            Some(Decision::Fence(fence)) => fence.kept.contains(name),
            Some(_) => true,
        }
    }
}

impl Shared {
    /// Lists and reads decisions and tombstones. One that cannot be read is a problem for the monitor and in `unreadable`.
    ///
    /// Errors: [`Error::RolledBack`] if one is missing that this machine saw here before.
    pub(super) fn catalog(&self, monitor: &dyn Monitor) -> Result<Catalog> {
        let (listed, tombs) = self.list_decisions()?;
        let mut catalog = Catalog { tombs, ..Catalog::default() };
        self.read_decisions_ahead(&listed);
        for (sid, original) in listed {
            if !original {
                catalog.from_replica.insert(sid);
            }
            let cached = lock(&self.decisions).get(&sid).cloned();
            let decision = match cached {
                Some(decision) => decision,
                None => match self.read_decision(sid, monitor) {
                    Ok(decision) => {
                        let decision = Arc::new(decision);
                        lock(&self.decisions).insert(sid, decision.clone());
                        decision
                    }
                    Err(error @ (Error::Damaged { .. } | Error::Unsupported { .. })) => {
                        let item = ObjectName::Snapshot(sid).to_string();
                        monitor.event(Event::Problem(&Problem { item, message: error.to_string() }));
                        catalog.unreadable.insert(sid);
                        continue;
                    }
                    // A prune or another process may have moved on between listing and reading; decisions never go.
                    Err(error) => return Err(error),
                },
            };
            if let Decision::Pruned(finished) | Decision::Repaired(finished) = decision.as_ref() {
                catalog.retired.extend(finished.retired.iter().copied());
            }
            catalog.decisions.insert(sid, decision);
        }
        self.seen.note(catalog.decisions.keys().copied(), catalog.tombs.iter().copied());
        Ok(catalog)
    }

    /// Lists decisions and tombstones. All that were seen here before must be there.
    fn list_decisions(&self) -> Result<ListedDecisions> {
        let mut again = false;
        loop {
            let tombs = self.list_with_replicas(Family::Tombs, Family::ReplicaTombs)?;
            let tombs: BTreeSet<SessionId> = tombs.into_iter().map(|(sid, _)| sid).collect();
            let decisions = self.list_with_replicas(Family::Snapshots, Family::ReplicaSnapshots)?;
            match self.seen.missing(&|sid| decisions.binary_search_by_key(sid, |(sid, _)| *sid).is_ok(), &tombs) {
                None => return Ok((decisions, tombs)),
                Some(error) if again => return Err(error),
                // A listing may be late; what is gone stays gone.
                Some(_) => {
                    self.settle();
                    again = true;
                }
            }
        }
    }

    pub(super) fn read_decision(&self, sid: SessionId, monitor: &dyn Monitor) -> Result<Decision> {
        let name = ObjectName::Snapshot(sid);
        let opened = self.read(&name, monitor)?;
        Decision::decode(&opened.payload).map_err(|error| decode_error(&name, error))
    }

    /// Lists and reads marks and dones (W2). One that vanishes while it is read means that a prune ended: list again.
    ///
    /// What cannot be read is in `unreadable`: a writer must not go on then, because it would not know what is doomed.
    pub(super) fn collected(&self, monitor: &dyn Monitor) -> Result<Collected> {
        'again: for _ in 0..LISTINGS {
            let mut collected = Collected::default();
            for listed in self.backend.list(Family::Gc)? {
                let opened = self.read(&listed.name, monitor).and_then(|opened| match listed.name {
                    ObjectName::Mark(_) => Mark::decode(&opened.payload)
                        .map(|mark| {
                            collected.doomed.extend(&mark.stripes);
                            collected.marks.insert(listed.name, mark.stripes);
                        })
                        .map_err(|error| Error::damaged(listed.name, error)),
                    _ => Done::decode(&opened.payload)
                        .map(|done| {
                            collected.retired.extend(done.retired);
                            collected.seen.extend(done.snapshots);
                        })
                        .map_err(|error| Error::damaged(listed.name, error)),
                });
                match opened {
                    Ok(()) => {}
                    Err(error) if error.is_not_found() => continue 'again,
                    Err(Error::Damaged { cause, .. }) => collected.unreadable.push((listed.name, cause)),
                    Err(error) => return Err(error),
                }
            }
            return Ok(collected);
        }
        Err(Error::damaged("gc/", "it lists objects that cannot be found, time and again"))
    }

    /// Lists index objects.
    pub(super) fn listed_index(&self) -> Result<BTreeSet<IndexName>> {
        let listed = self.backend.list(Family::Index)?;
        Ok((listed.into_iter())
            .filter_map(|listed| match listed.name {
                ObjectName::Index(session, number) => Some(IndexName { session, number }),
                _ => None,
            })
            .collect())
    }

    /// Reads one index object.
    pub(super) fn read_index(&self, name: IndexName, monitor: &dyn Monitor) -> Result<IndexObject> {
        let name = ObjectName::Index(name.session, name.number);
        let opened = self.read(&name, monitor)?;
        IndexObject::decode(&opened.plain, &opened.payload).map_err(|error| Error::damaged(name, error))
    }

    /// Brings the local index up to date with index objects that count. Returns those that cannot be read: their blobs are unknown.
    ///
    /// A writer passes a catalog that was listed *after* `listed` (W3); a reader one that was listed before.
    pub(super) fn refresh_index(
        &self,
        listed: &BTreeSet<IndexName>,
        catalog: &Catalog,
        collected: &Collected,
        monitor: &dyn Monitor,
    ) -> Result<Vec<IndexName>> {
        let counting: BTreeSet<(SessionId, u32)> = (listed.iter())
            .filter(|name| catalog.counts(name) && !collected.retired.contains(name))
            .map(|name| (name.session, name.number))
            .collect();
        let mut unreadable = Vec::new();
        *lock(&self.read_as_of) = None;
        let known = self.index.known();
        let coming = counting.iter().filter(|name| !known.contains(name));
        let mut ahead = IndexAhead::new(
            self,
            coming.map(|(session, number)| IndexName { session: *session, number: *number }).collect(),
        );
        self.index.update(&counting, &mut |session, number| {
            let name = IndexName { session, number };
            match ahead.take(&name).map_or_else(|| self.read_index(name, monitor), Ok) {
                Ok(object) => Ok(Some(object)),
                Err(error @ Error::Damaged { .. }) => {
                    let message = format!("{error}; `caddis repair index` rebuilds it from the packs");
                    monitor.event(Event::Problem(&Problem { item: name.to_string(), message }));
                    unreadable.push(name);
                    Ok(None)
                }
                // A prune replaced it since it was listed.
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        })?;
        // For ever, also when the mark is gone: a listing of this moment may still show what the prune has removed.
        super::write_lock(&self.doomed).extend(&collected.doomed);
        Ok(unreadable)
    }
}
