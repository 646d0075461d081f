//! Locks of objects that are kept (repo-format.md, section 1.2): extended before they end, as long as the objects are needed.
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use super::open::OpenOptions;
use super::seal::seal_object;
use super::{Repository, Shared, cache_file};
use crate::backend::{Backend, Family, Held, ObjectLock, ObjectName, Put};
use crate::crypto::Purpose;
use crate::error::{Error, Result};
use crate::format::{Config, LocationConfig};
use crate::id::{PackId, StripeId};
use crate::monitor::{Event, Monitor, Problem};
use crate::world::Time;

/// Objects that are asked about, and extended, before the monitor hears of them.
const BATCH: usize = 1_000;
/// Runs that began under an older setting may have put objects for so long after the new one.
const OLD_RUNS: i64 = 86_400;
const MAGIC: &[u8; 8] = b"CADDISL1";

/// How locks are extended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtendOptions {
    /// Nothing is done in a place that needs no look yet, by what this machine remembers of the last one.
    pub if_due: bool,
    /// Only count.
    pub dry_run: bool,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct LocksExtended {
    /// Places with locks that were looked at.
    pub places: u64,
    /// Objects that are kept there.
    pub objects: u64,
    /// Those of them about whose lock storage was asked: the others are known to be locked for long enough by when they were written.
    pub asked: u64,
    /// Those whose lock was extended, or would be.
    pub extended: u64,
    /// The earliest end of all locks afterwards.
    pub until: Option<Time>,
    /// Places in which it failed, which was told to the monitor.
    pub failed: u64,
}

/// What is kept in one place.
#[derive(Default)]
struct Kept {
    /// With the time when each was written.
    objects: Vec<(ObjectName, Time)>,
    /// When the setting in force was written.
    setting_since: Option<Time>,
}

impl Repository {
    /// Extends the locks of everything that is kept to the full time, from now on, wherever less than half of it is left: config, keys, decisions, tombstones, their
    /// replicas, index objects that count and the packs that they name. Packs of doomed stripes are among them until a prune has copied what is needed.
    ///
    /// Lists all objects of each place with locks. Storage is asked about each that was written more than half of the time ago (one request), and once more for
    /// each whose lock is extended.
    pub fn extend_locks(&self, options: ExtendOptions, monitor: &dyn Monitor) -> Result<LocksExtended> {
        let shared = self.shared();
        let mut done = LocksExtended::default();
        for place in self.places_with_locks() {
            let Some(lock) = place.object_lock() else { continue };
            let memory = shared.lock_memory(place, &lock);
            let now = shared.world.now();
            if options.if_due && memory.due().is_some_and(|due| now < due) {
                continue;
            }
            monitor.event(Event::Phase("Extending locks"));
            done.places += 1;
            match shared.extend_in(place, &lock, options, &mut done, monitor) {
                Ok(Some(until)) if !options.dry_run => {
                    memory.remember(lock.due(until));
                    done.until = Some(done.until.map_or(until, |earliest| earliest.min(until)));
                }
                Ok(_) => {}
                Err(Error::Stopped { checkpoint }) => return Err(Error::Stopped { checkpoint }),
                Err(error) => {
                    done.failed += 1;
                    let message = format!("locks were not extended: {error}; `caddis repo lock` tries again");
                    monitor.event(Event::Problem(&Problem { item: place.describe(), message }));
                }
            }
        }
        Ok(done)
    }

    fn places_with_locks(&self) -> Vec<&dyn Backend> {
        let shared = self.shared();
        let all: Vec<&dyn Backend> = match &shared.spread {
            Some(spread) => spread.states().iter().filter_map(|state| spread.reach(state.number)).collect(),
            None => vec![&*shared.backend],
        };
        all.into_iter().filter(|place| place.object_lock().is_some()).collect()
    }

    /// Records the lock that new objects get from now on, whoever writes them, and uses it: in the only place, or in the locations with these numbers. Objects that
    /// exist are not changed. Takes effect for commands that begin from then on.
    pub fn set_object_lock(
        self,
        setting: Option<ObjectLock>,
        locations: &[u8],
        options: &OpenOptions,
        monitor: &dyn Monitor,
    ) -> Result<Repository> {
        let record = |settings: &mut BTreeMap<String, String>| match setting {
            Some(lock) => drop(settings.insert(ObjectLock::SETTING.to_owned(), lock.to_string())),
            None => drop(settings.remove(ObjectLock::SETTING)),
        };
        let old = &self.shared().config;
        if !old.locations.is_empty() {
            let change = |location: &LocationConfig| {
                let mut location = location.clone();
                if locations.contains(&location.number) {
                    record(&mut location.settings);
                }
                location
            };
            let changed = old.locations.iter().map(change).collect();
            return self.change_locations(changed, options, false, monitor);
        }
        let mut config = Config { number: old.number + 1, ..old.clone() };
        record(&mut config.settings);
        let shared = self.shared();
        let name = ObjectName::Config(config.number);
        let bytes = seal_object(&name, &shared.repo, shared.keys.current(), &[], &config.encode(), &*shared.world)?;
        if Shared::put_config(&*shared.backend, &name, &bytes)? == Put::Exists {
            return Err(Error::Invalid(format!(
                "Somebody else has changed settings at the same time ({name} is there); try again"
            )));
        }
        self.moved(config, bytes, options, monitor)
    }
}

/// When the locks of a place have to be looked at again, kept on this machine.
struct Memory<'a> {
    shared: &'a Shared,
    file: Option<PathBuf>,
    period: u64,
}

impl Memory<'_> {
    fn key(&self) -> &[u8; 32] {
        self.shared.keys.current().key(Purpose::Cache).expose()
    }

    fn due(&self) -> Option<Time> {
        let content = cache_file::read(self.file.as_deref()?, MAGIC, Some(self.key()), 1_000)?;
        let (period, due) = content.split_first_chunk::<8>()?;
        let due = i64::from_le_bytes(due.try_into().ok()?);
        (u64::from_le_bytes(*period) == self.period).then_some(Time { secs: due, nanos: 0 })
    }

    /// What cannot be remembered is found out again.
    fn remember(&self, due: Time) {
        if let Some(file) = &self.file {
            let content = [self.period.to_le_bytes(), due.secs.to_le_bytes()].concat();
            drop(cache_file::write(file, MAGIC, Some(self.key()), &content));
        }
    }
}

impl Shared {
    fn lock_memory(&self, place: &dyn Backend, lock: &ObjectLock) -> Memory<'_> {
        let name = blake3::derive_key("caddis v1 place with locks", place.describe().as_bytes());
        let name: String = name[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let file = self.folder.as_ref().map(|folder| folder.join(format!("locks-{name}")));
        Memory { shared: self, file, period: lock.period.as_secs() }
    }

    /// What one place has of what is kept.
    fn kept_at(&self, place: &dyn Backend, monitor: &dyn Monitor) -> Result<Kept> {
        let mut kept = Kept::default();
        let (catalog, unreadable) = self.refresh_for_reading(monitor)?;
        let retired = self.collected(monitor)?.retired;
        let mut packs: HashSet<PackId> = HashSet::new();
        self.index.for_each_stripe(|_, stripe| packs.extend(stripe.slots.iter().map(|slot| slot.pack)))?;
        for family in Family::ALL.into_iter().filter(|family| family.is_lockable()) {
            for listed in place.list(family)? {
                let is_kept = match listed.name {
                    // An index object that cannot be read may name any of them.
                    ObjectName::Pack(id) => packs.contains(&id) || !unreadable.is_empty(),
                    ObjectName::Index(session, number) => {
                        let name = crate::format::IndexName { session, number };
                        catalog.counts(&name) && !retired.contains(&name)
                    }
                    ObjectName::Config(number) => {
                        if number == self.config.number {
                            kept.setting_since = Some(listed.modified);
                        }
                        true
                    }
                    _ => true,
                };
                if is_kept {
                    kept.objects.push((listed.name, listed.modified));
                }
            }
        }
        Ok(kept)
    }

    /// Returns the earliest end of a lock there.
    fn extend_in(
        &self,
        place: &dyn Backend,
        lock: &ObjectLock,
        options: ExtendOptions,
        done: &mut LocksExtended,
        monitor: &dyn Monitor,
    ) -> Result<Option<Time>> {
        let kept = self.kept_at(place, monitor)?;
        done.objects += kept.objects.len() as u64;
        let now = self.world.now();
        let limit = lock.extend_before(now);
        let mut earliest: Option<Time> = None;
        let mut note = |end: Time| earliest = Some(earliest.map_or(end, |earliest| earliest.min(end)));
        // What was written under the setting that is in force got its lock then. An explicit look takes nothing for granted.
        let known_from = kept.setting_since.map(|since| Time { secs: since.secs.saturating_add(OLD_RUNS), ..since });
        let mut unknown = Vec::new();
        for (name, modified) in &kept.objects {
            let end = lock.end(*modified);
            match options.if_due && known_from.is_some_and(|from| *modified > from) && end >= limit {
                true => note(end),
                false => unknown.push(*name),
            }
        }
        monitor.event(Event::Total { items: unknown.len() as u64, bytes: 0, complete: true });
        for names in unknown.chunks(BATCH) {
            if monitor.stop() {
                return Err(Error::Stopped { checkpoint: None });
            }
            let held = place.locks(names)?;
            done.asked += names.len() as u64;
            let mut short = Vec::new();
            for (name, held) in names.iter().zip(held) {
                match held {
                    Held::Always => {}
                    Held::Until(end) if end >= limit => note(end),
                    Held::Free | Held::Until(_) => short.push(*name),
                }
            }
            done.extended += short.len() as u64;
            if !options.dry_run && !short.is_empty() {
                let end = lock.end(self.world.now());
                place.extend_locks(&short, end)?;
                note(end);
            }
            monitor.event(Event::Progress { items: names.len() as u64, bytes: 0 });
        }
        Ok(earliest)
    }
}

impl Repository {
    /// Packs of these stripes with their lengths, as the index that is loaded has them.
    pub fn packs_of(&self, stripes: &HashSet<StripeId>) -> Result<BTreeMap<PackId, u64>> {
        let mut packs = BTreeMap::new();
        self.shared().index.for_each_stripe(|_, stripe| {
            if stripes.contains(&stripe.id) {
                packs.extend(stripe.slots.iter().map(|slot| (slot.pack, u64::from(slot.length))));
            }
        })?;
        Ok(packs)
    }
}
