//! Objects that are in all locations: what one lacks and another has.
use std::collections::BTreeSet;

use super::super::objects::MAX_OBJECT;
use super::super::{Shared, lock};
use super::sync::Synced;
use crate::backend::{Backend, ErrorKind, Family, ObjectName};
use crate::error::Result;
use crate::monitor::{Event, Monitor, Problem, Silent};

/// Families that are the same everywhere. Of the objects of sessions the primary's count, and the others need those of undecided ones.
pub(super) const SHARED: [Family; 10] = [
    Family::Snapshots,
    Family::ReplicaSnapshots,
    Family::Tombs,
    Family::ReplicaTombs,
    Family::Gc,
    // Which of them count follows from the above.
    Family::Index,
    Family::Keys,
    Family::ReplicaKeys,
    Family::ReplicaConfig,
    Family::Config,
];

/// What an index object is worth.
pub(super) enum Standing {
    Counts,
    /// It never will.
    Void,
    Undecided,
}

impl Shared {
    /// Makes one location and the primary the same, as far as they should be. Returns how many objects each got. Unless `may_remove`, nothing is removed,
    /// and no key is copied.
    pub(super) fn compare(
        &self,
        primary: &dyn Backend,
        other: &dyn Backend,
        may_remove: bool,
        dry_run: bool,
        synced: &mut Synced,
        monitor: &dyn Monitor,
    ) -> Result<(u64, u64)> {
        let (mut to_primary, mut to_other) = (0, 0);
        for family in SHARED {
            if family == Family::Index {
                to_other += self.copy_sessions(primary, other, dry_run)?;
                to_primary += self.copy_sessions(other, primary, dry_run)?;
            }
            let names = |place: &dyn Backend| -> Result<BTreeSet<ObjectName>> {
                Ok(place.list(family)?.into_iter().map(|listed| listed.name).collect())
            };
            // What a run that goes on puts in between is then seen at the primary only.
            let there = names(other)?;
            let here = names(primary)?;
            let is_key = matches!(family, Family::Keys | Family::ReplicaKeys);
            for name in here.difference(&there) {
                // Only the primary says which keys there are: a new one does not yet.
                if is_key && !may_remove {
                    continue;
                }
                to_other += u64::from(self.copy_object(name, primary, other, dry_run, monitor)?);
            }
            for name in there.difference(&here) {
                match family {
                    Family::Index => match self.standing(name)? {
                        Standing::Counts => {
                            to_primary += u64::from(self.copy_object(name, other, primary, dry_run, monitor)?)
                        }
                        // Prune removed it while the location was away.
                        Standing::Void if may_remove => {
                            if !dry_run {
                                other.delete(name)?;
                            }
                            synced.objects_removed += 1;
                        }
                        Standing::Void | Standing::Undecided => {}
                    },
                    // A key that was removed while the location was away must not open the repository any more.
                    _ if is_key => {
                        let current = ObjectName::Key(*lock(&self.slot));
                        if may_remove && primary.stat(&current).is_ok() {
                            if !dry_run {
                                other.delete(name)?;
                            }
                            synced.objects_removed += 1;
                        }
                    }
                    _ => to_primary += u64::from(self.copy_object(name, other, primary, dry_run, monitor)?),
                }
            }
        }
        Ok((to_primary, to_other))
    }

    pub(super) fn standing(&self, name: &ObjectName) -> Result<Standing> {
        let ObjectName::Index(session, number) = *name else { return Ok(Standing::Undecided) };
        let index = crate::format::IndexName { session, number };
        let catalog = self.catalog(&Silent)?;
        let retired = catalog.retired.contains(&index) || self.collected(&Silent)?.retired.contains(&index);
        Ok(match catalog.decisions.contains_key(&session) {
            _ if retired => Standing::Void,
            true if catalog.counts(&index) => Standing::Counts,
            true => Standing::Void,
            false => Standing::Undecided,
        })
    }

    /// Copies what a place lacks of the objects of undecided sessions: before their index objects, which without them would be those of a decision that is lost.
    pub(super) fn copy_sessions(&self, from: &dyn Backend, to: &dyn Backend, dry_run: bool) -> Result<u64> {
        let mut copied = 0;
        let there: BTreeSet<ObjectName> = to.list(Family::Sessions)?.into_iter().map(|listed| listed.name).collect();
        let here: Vec<ObjectName> = from.list(Family::Sessions)?.into_iter().map(|listed| listed.name).collect();
        let missing = here.into_iter().filter(|name| !there.contains(name));
        for name in missing {
            let ObjectName::Session(sid) = name else { continue };
            if from.stat(&ObjectName::Snapshot(sid)).is_ok() {
                continue;
            }
            match from.get(&name, MAX_OBJECT) {
                Ok(bytes) if !dry_run => to.put_session(&name, &bytes)?,
                Ok(_) => {}
                // The session has ended meanwhile.
                Err(error) if error.kind == ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            }
            copied += 1;
        }
        Ok(copied)
    }

    /// Copies an object that is sound. One that is not is left to the repair of its copies.
    pub(super) fn copy_object(
        &self,
        name: &ObjectName,
        from: &dyn Backend,
        to: &dyn Backend,
        dry_run: bool,
        monitor: &dyn Monitor,
    ) -> Result<bool> {
        let bytes = match from.get(name, MAX_OBJECT) {
            Ok(bytes) => bytes,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        if let Err(cause) = self.judge_copy(name, &bytes) {
            let message = format!("{cause}; it was not copied to {}", to.describe());
            monitor.event(Event::Problem(&Problem { item: name.to_string(), message }));
            return Ok(false);
        }
        if !dry_run {
            to.put_new(name, &bytes)?;
        }
        Ok(true)
    }
}
