//! Compares what should be the same in all locations with the primary, object by object: for `check`, which tells, and for `repair`, which mends.
use std::collections::{BTreeMap, BTreeSet};

use super::super::ahead::in_parallel;
use super::super::check_packs::{Finding, Remedy, Severity};
use super::super::objects::MAX_OBJECT;
use super::super::{Shared, lock};
use super::mirror::{SHARED, Standing};
use super::sync::THREADS;
use crate::backend::{Backend, ErrorKind, Family, ObjectName, Put};
use crate::error::Result;
use crate::monitor::{Event, Monitor, Problem};

/// What is wrong with one object in two places that should have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Difference {
    /// The copy is damaged, and the primary's is sound.
    Copy(String),
    /// The primary's is damaged, and the copy is sound.
    Primary(String),
    /// Neither is sound.
    Both(String),
    /// Both are sound, and are not the same.
    Contradiction,
}

/// Sizes by name.
fn sizes(place: &dyn Backend, family: Family) -> Result<BTreeMap<ObjectName, u64>> {
    Ok(place.list(family)?.into_iter().map(|listed| (listed.name, listed.size)).collect())
}

impl Shared {
    /// Reads an object in one place: its bytes if they are sound, or what is wrong with them; none if it is gone.
    fn judged(&self, place: &dyn Backend, name: &ObjectName) -> Result<Option<std::result::Result<Vec<u8>, String>>> {
        let read = || match place.get(name, MAX_OBJECT) {
            Ok(bytes) => match self.judge_copy(name, &bytes) {
                Ok(()) => Ok(Some(Ok(bytes))),
                Err(cause) => Ok(Some(Err(cause))),
            },
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) if matches!(error.kind, ErrorKind::TooLarge | ErrorKind::ShortRead | ErrorKind::Other) => {
                Ok(Some(Err(error.to_string())))
            }
            Err(error) => Err(error.into()),
        };
        // Once more before it is called damaged.
        match read()? {
            Some(Err(_)) => read(),
            other => Ok(other),
        }
    }

    /// Reads an object in both places; none if nothing is wrong, or it is being removed.
    fn difference(&self, primary: &dyn Backend, other: &dyn Backend, name: &ObjectName) -> Result<Option<Difference>> {
        let (Some(here), Some(there)) = (self.judged(primary, name)?, self.judged(other, name)?) else {
            return Ok(None);
        };
        Ok(match (here, there) {
            (Ok(here), Ok(there)) if here == there => None,
            (Ok(_), Ok(_)) => Some(Difference::Contradiction),
            (Ok(_), Err(cause)) => Some(Difference::Copy(cause)),
            (Err(cause), Ok(_)) => Some(Difference::Primary(cause)),
            (Err(cause), Err(_)) => Some(Difference::Both(cause)),
        })
    }

    /// Objects that both places have and that differ, with what is wrong. Without `deep` only those are read whose sizes differ.
    fn differences(
        &self,
        primary: &dyn Backend,
        other: &dyn Backend,
        family: Family,
        deep: bool,
    ) -> Result<Vec<(ObjectName, Difference)>> {
        let (there, here) = (sizes(other, family)?, sizes(primary, family)?);
        let both = here.iter().filter_map(|(name, size)| Some((*name, *size, *there.get(name)?)));
        let names: Vec<ObjectName> =
            both.filter(|(_, here, there)| deep || here != there).map(|(name, ..)| name).collect();
        let found = std::sync::Mutex::new(Vec::new());
        in_parallel(THREADS, &names, |name| match self.difference(primary, other, name) {
            Ok(None) => {}
            Ok(Some(difference)) => lock(&found).push(Ok((*name, difference))),
            Err(error) => lock(&found).push(Err(error)),
        });
        let found = std::mem::take(&mut *lock(&found));
        let mut found = found.into_iter().collect::<Result<Vec<_>>>()?;
        found.sort_by_key(|(name, _)| *name);
        Ok(found)
    }

    /// What locations lack or have damaged of the objects that all should have. `deep`: their contents are read, everywhere.
    pub(in crate::repo) fn check_locations(
        &self,
        deep: bool,
        remedies: &mut BTreeSet<Remedy>,
        monitor: &dyn Monitor,
    ) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let Some(spread) = &self.spread else { return Ok(findings) };
        let states = spread.states();
        let Some((first, others)) = states.split_first() else { return Ok(findings) };
        let Some(primary) = spread.reach(first.number) else { return Ok(findings) };
        monitor.event(Event::Phase("Comparing locations"));
        let mut find = |name: &ObjectName, number: u8, severity, message: String| {
            if severity != Severity::Note {
                remedies.insert(Remedy::Locations);
            }
            findings.push(Finding { severity, object: format!("{name} in location {number}"), message });
        };
        for state in others {
            let Some(other) = spread.reach(state.number) else { continue };
            for family in SHARED {
                // In this order: what a run puts meanwhile shows at the primary only, and is looked for once more.
                let (there, here) = (sizes(other, family)?, sizes(primary, family)?);
                for name in here.keys().filter(|name| !there.contains_key(name)) {
                    let is_gone =
                        |place: &dyn Backend| place.stat(name).is_err_and(|error| error.kind == ErrorKind::NotFound);
                    if is_gone(other) && !is_gone(primary) {
                        let message = "it is missing there; `caddis repair locations` copies it".to_owned();
                        find(name, state.number, Severity::Repairable, message);
                    }
                }
                for name in there.keys().filter(|name| !here.contains_key(name)) {
                    let is_key = matches!(family, Family::Keys | Family::ReplicaKeys);
                    if is_key {
                        let message = "the primary has no such key slot: it was removed while this location was away, and opens the \
                                       repository there until `caddis repair locations` removes it here too";
                        find(name, state.number, Severity::Repairable, message.to_owned());
                    } else if family == Family::Index && !matches!(self.standing(name)?, Standing::Counts) {
                        let message = "a prune has removed it elsewhere; `caddis repair locations` removes it here too";
                        find(name, state.number, Severity::Note, message.to_owned());
                    } else if primary.stat(name).is_err_and(|error| error.kind == ErrorKind::NotFound)
                        && other.stat(name).is_ok()
                    {
                        let message = "the primary lacks it; `caddis repair locations` copies it there";
                        find(name, state.number, Severity::Repairable, message.to_owned());
                    }
                }
                for (name, difference) in self.differences(primary, other, family, deep)? {
                    let (severity, message) = match difference {
                        Difference::Copy(cause) => (
                            Severity::Repairable,
                            format!("{cause}; the primary's is sound, `caddis repair locations` copies it"),
                        ),
                        Difference::Primary(cause) => (
                            Severity::Repairable,
                            format!(
                                "the primary's is damaged ({cause}), and this one is sound: `caddis repair locations` copies it"
                            ),
                        ),
                        // Of the primary it is told elsewhere.
                        Difference::Both(cause) => (Severity::Note, format!("{cause}, and so is the primary's")),
                        Difference::Contradiction => (
                            Severity::Repairable,
                            "it is another one than the primary's, and both look sound; the primary's counts"
                                .to_owned(),
                        ),
                    };
                    find(&name, state.number, severity, message);
                }
            }
        }
        Ok(findings)
    }

    /// Whether a location other than the primary has a sound copy of an object, or of its replica: its number.
    pub(in crate::repo) fn sound_elsewhere(&self, original: &ObjectName) -> Option<u8> {
        let spread = self.spread.as_ref()?;
        let names = [Some(*original), original.replica()];
        let is_sound = |place: &dyn Backend| {
            names.iter().flatten().any(|name| matches!(self.judged(place, name), Ok(Some(Ok(_)))))
        };
        let others = spread.states().into_iter().skip(1).map(|state| state.number);
        others.into_iter().find(|number| spread.reach(*number).is_some_and(is_sound))
    }

    /// Writes damaged objects anew from the place where they are sound. Returns how many were mended at the primary and at the other.
    pub(super) fn mend_differences(
        &self,
        primary: &dyn Backend,
        other: &dyn Backend,
        number: u8,
        dry_run: bool,
        monitor: &dyn Monitor,
    ) -> Result<(u64, u64)> {
        let (mut to_primary, mut to_other) = (0, 0);
        for family in SHARED {
            for (name, difference) in self.differences(primary, other, family, true)? {
                let (from, to, count) = match difference {
                    Difference::Copy(_) => (primary, other, &mut to_other),
                    Difference::Primary(_) => (other, primary, &mut to_primary),
                    // Its second copy may be sound.
                    Difference::Both(_) => continue,
                    Difference::Contradiction => {
                        let message = format!(
                            "location {number} has another one than the primary, and both look sound; nothing was changed"
                        );
                        monitor.event(Event::Problem(&Problem { item: name.to_string(), message }));
                        continue;
                    }
                };
                let Some(Ok(bytes)) = self.judged(from, &name)? else { continue };
                if !dry_run {
                    // Nothing but packs can be replaced. It is there under its name all the time, in the other place.
                    to.delete(&name)?;
                    if to.put_new(&name, &bytes)? == Put::Exists {
                        continue;
                    }
                }
                *count += 1;
            }
        }
        Ok((to_primary, to_other))
    }
}
