//! Several places that behave as one: packs are dealt out among them, everything else is in all of them (repo-format.md, section 1.1).
mod backend;
mod deal;
mod each;
mod member;
mod speed;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

pub use self::each::PackPlaces;
use self::member::Place;
pub use self::member::{Member, MemberState};
use self::speed::Answer;
use super::uploads::{self, Uploads};
use super::{Backend, BackendError, ErrorKind, Family, Listed, ObjectName, Put};
use crate::id::PackId;

/// Tells where a pack should be, by the number of a place.
type Expected = Box<dyn Fn(&PackId) -> Option<u8> + Send + Sync>;

/// Several places as one. The first is the *primary*: what it says of decisions counts, and nothing is written without it. The others
/// have copies of all objects but packs, for readers and for the day when one of them becomes the primary.
///
/// A place that cannot be reached is left out for the rest of the run: packs that were meant for it go to others, what reads packs that
/// only it can have gets [`ErrorKind::Away`], and what it lacks in the end is in [`Spread::states`].
pub struct Spread {
    inner: Arc<Inner>,
}

/// The config that names the places. Decisions are made only where most places have it, so that others cannot decide elsewhere.
#[derive(Clone, Debug)]
pub struct AgreedConfig {
    /// One with a higher number anywhere means that others decide now.
    pub number: u64,
    /// All of the object: another one of this number means that the places were changed in two ways.
    pub bytes: Vec<u8>,
}

struct Inner {
    places: Vec<Place>,
    /// The config that says so.
    agreed: Option<AgreedConfig>,
    /// Where packs are that were put or listed.
    known: Mutex<HashMap<PackId, u8>>,
    expected: OnceLock<Expected>,
    uploads: Uploads,
    /// Objects that were read from another place than the primary. Whoever reads one again has found it damaged.
    read_elsewhere: Mutex<HashSet<ObjectName>>,
    /// What the primary has is looked at.
    primary_only: AtomicBool,
}

impl fmt::Debug for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.places.iter().map(|place| &place.member.place)).finish()
    }
}

impl Spread {
    /// Of at least one member, the primary first. Without a config nobody is asked before decisions.
    pub fn new(members: Vec<Member>, agreed: Option<AgreedConfig>) -> Self {
        let places: Vec<Place> = members.into_iter().map(Place::new).collect();
        let at_once = places.iter().filter_map(Place::up).map(Backend::concurrency).sum::<usize>().max(1);
        let inner = Inner {
            places,
            agreed,
            known: Mutex::default(),
            expected: OnceLock::new(),
            uploads: Uploads::new(at_once),
            read_elsewhere: Mutex::default(),
            primary_only: AtomicBool::new(false),
        };
        Spread { inner: Arc::new(inner) }
    }

    /// Says how to find out where packs should be that this process has neither put nor listed. The first call counts.
    pub fn expect_packs(&self, expected: impl Fn(&PackId) -> Option<u8> + Send + Sync + 'static) {
        drop(self.inner.expected.set(Box::new(expected)));
    }

    /// From now on everything but packs is read from the primary, as long as it can be reached, although another place would be quicker.
    pub fn read_from_primary_only(&self) {
        self.inner.primary_only.store(true, Ordering::Relaxed);
    }

    /// What became of the places so far, the primary first.
    pub fn states(&self) -> Vec<MemberState> {
        self.inner.places.iter().map(|place| place.state().clone()).collect()
    }

    /// Leaves a place out from now on.
    pub fn set_away(&self, number: u8, cause: &str) {
        if let Some(place) = self.inner.place(number) {
            place.set_away(cause.to_owned());
        }
    }

    /// A place by itself, if it can be reached.
    pub fn reach(&self, number: u8) -> Option<&dyn Backend> {
        self.inner.place(number)?.up()
    }

    /// The place for a pack of a stripe. Slots go to the places that can be reached in parts of equal length, so that none gets more than
    /// its share; those of the highest priority get the first, which are data, and places of equal priority take turns.
    pub fn deal(&self, stripe: &[u8; 32], slot: u8, slots: u8) -> u8 {
        let open: Vec<(u8, u8)> = (self.inner.places.iter())
            .filter(|place| place.takes_packs())
            .map(|place| (place.member.number, place.member.priority))
            .collect();
        deal::deal(&open, stripe, slot, slots).unwrap_or_else(|| self.inner.primary().member.number)
    }

    /// As [`Backend::put_pack`], into one place, or into another if that one does not take it.
    pub fn put_pack_at(&self, number: u8, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        let ObjectName::Pack(id) = *name else {
            return Err(BackendError::new(ErrorKind::Refused, "create", name));
        };
        let inner = &self.inner;
        inner.uploads.begin(name, bytes.len())?;
        let is_remote = inner.place(number).and_then(Place::up).is_some_and(Backend::is_remote);
        if !is_remote {
            let done = inner.store_pack(id, bytes, number);
            let result = done.as_ref().map(|_| ()).map_err(BackendError::copied);
            inner.uploads.end(name, bytes.len(), done);
            return result;
        }
        let (inner, name, bytes) = (Arc::clone(inner), *name, bytes.to_vec());
        std::thread::spawn(move || {
            let store = || inner.store_pack(id, &bytes, number);
            let done = catch_unwind(AssertUnwindSafe(store)).unwrap_or_else(|_| Err(uploads::died(&name)));
            inner.uploads.end(&name, bytes.len(), done);
        });
        Ok(())
    }

    /// Where a pack is, as far as this process has put or listed it.
    pub fn location(&self, pack: &PackId) -> Option<u8> {
        self.inner.known().get(pack).copied()
    }

    /// Where a pack should be.
    pub fn expected(&self, pack: &PackId) -> Option<u8> {
        self.inner.expected.get()?(pack)
    }

    /// Whether a pack should be in a place that cannot be reached.
    pub fn is_away(&self, pack: &PackId) -> bool {
        let Some(number) = self.location(pack).or_else(|| self.expected(pack)) else { return false };
        self.inner.place(number).is_some_and(|place| place.up().is_none())
    }

    /// Puts a pack that was copied from elsewhere, durably, and forgets where it was before.
    pub fn settle_pack_at(&self, number: u8, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        let (ObjectName::Pack(id), Some(backend)) = (*name, self.reach(number)) else {
            return Err(BackendError::new(ErrorKind::Away, "create", name));
        };
        // Not with a barrier, which might tell of the failure of another pack, to nobody else.
        backend.replace_pack(name, bytes)?;
        if let Some(place) = self.inner.place(number) {
            place.holds_more(bytes.len());
        }
        self.inner.known().insert(id, number);
        Ok(())
    }
}

impl Inner {
    fn primary(&self) -> &Place {
        &self.places[0]
    }

    fn place(&self, number: u8) -> Option<&Place> {
        self.places.iter().find(|place| place.member.number == number)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<PackId, u8>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Backend::put_pack`], into a place or into the next one that takes it.
    fn store_pack(&self, id: PackId, bytes: &[u8], number: u8) -> Result<(), BackendError> {
        let name = ObjectName::Pack(id);
        let put = |backend: &dyn Backend| {
            // In the background of the place itself a failure would come when the bytes are gone.
            if !backend.is_remote() {
                return backend.put_pack(&name, bytes).map(|()| Put::Created);
            }
            let put = backend.put_new(&name, bytes)?;
            if put == Put::Exists {
                backend.replace_pack(&name, bytes)?;
            }
            Ok(put)
        };
        self.store(id, bytes.len(), number, put).map(drop)
    }

    /// Puts a pack of `len` bytes into a place, or into the next one that takes it.
    fn store(
        &self,
        id: PackId,
        len: usize,
        number: u8,
        put: impl Fn(&dyn Backend) -> Result<Put, BackendError>,
    ) -> Result<Put, BackendError> {
        let name = ObjectName::Pack(id);
        let meant = self.place(number);
        let others = self.places.iter().filter(|place| place.member.number != number);
        let mut failed = None;
        for place in meant.into_iter().chain(others) {
            let Some(backend) = place.up().filter(|_| place.takes(len as u64)) else { continue };
            match put(backend) {
                Ok(done) => {
                    place.took(len);
                    if place.member.number != number
                        && let Some(meant) = meant
                    {
                        meant.state().packs_elsewhere += 1;
                    }
                    self.known().insert(id, place.member.number);
                    return Ok(done);
                }
                Err(error) if error.kind == ErrorKind::Refused => return Err(error),
                Err(error) => {
                    place.failed_to_write(&error);
                    failed = Some(error);
                }
            }
        }
        Err(failed.unwrap_or_else(|| BackendError::new(ErrorKind::OutOfSpace, "create", name)))
    }

    /// Places in which to look for an object: for packs the one where it should be first, for all else the primary.
    fn order(&self, name: &ObjectName) -> Vec<&Place> {
        let mut places: Vec<&Place> = self.places.iter().collect();
        if let ObjectName::Pack(id) = name {
            let known = self.known().get(id).copied();
            let number = known.or_else(|| self.expected.get()?(id));
            places.sort_by_key(|place| Some(place.member.number) != number);
        }
        places
    }

    /// Reads from a place and notes how long that took.
    fn measured<T: Answer>(
        place: &Place,
        backend: &dyn Backend,
        read: impl Fn(&dyn Backend) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        let begun = Instant::now();
        let answer = read(backend)?;
        if let Some(bytes) = answer.bytes() {
            place.speed.note(begun.elapsed(), bytes);
        }
        Ok(answer)
    }

    /// Reads a pack from where it is.
    fn read_pack<T: Answer>(
        &self,
        name: &ObjectName,
        read: impl Fn(&dyn Backend) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        self.uploads.wait_for(name);
        let mut absent = None;
        let mut away = false;
        for place in self.order(name) {
            let Some(backend) = place.up() else {
                away = true;
                continue;
            };
            match Inner::measured(place, backend, &read) {
                Ok(found) => {
                    if let ObjectName::Pack(id) = *name {
                        self.known().insert(id, place.member.number);
                    }
                    return Ok(found);
                }
                Err(error) if error.kind == ErrorKind::NotFound => drop(absent.get_or_insert(error)),
                Err(error) if place.is_gone(&error) => away = true,
                Err(error) => return Err(error),
            }
        }
        match absent {
            Some(error) if !away => Err(error),
            _ => Err(BackendError::new(ErrorKind::Away, "read", name)),
        }
    }

    /// Reads what is in all places: from the primary, or from another as long as it cannot be reached.
    fn read<T: Answer>(&self, read: impl Fn(&dyn Backend) -> Result<T, BackendError>) -> Result<T, BackendError> {
        for place in &self.places {
            let Some(backend) = place.up() else { continue };
            match Inner::measured(place, backend, &read) {
                Err(error) if place.is_gone(&error) => {}
                result => return result,
            }
        }
        Err(self.unreachable("read"))
    }

    /// Reads an object that never changes and that the primary has listed: from the place that should be the quickest, and if that does not have it, or
    /// what it has turned out not to be sound, from the primary.
    fn read_quickly(
        &self,
        name: &ObjectName,
        read: impl Fn(&dyn Backend) -> Result<Vec<u8>, BackendError>,
    ) -> Result<Vec<u8>, BackendError> {
        /// Bytes of a typical index object.
        const TYPICAL: usize = 128 << 10;
        let lock = || self.read_elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
        let cost = |place: &&Place| place.up().map(|backend| place.speed.estimate(TYPICAL, backend.is_remote()));
        let reached = self.places.iter().filter(|place| place.up().is_some());
        // The first of equal ones, which may be the primary.
        let quickest = reached.min_by_key(cost).filter(|place| place.member.number != self.primary().member.number);
        if !self.primary_only.load(Ordering::Relaxed)
            && let Some(place) = quickest
            && let Some(backend) = place.up()
            && lock().insert(*name)
            && let Ok(bytes) = Inner::measured(place, backend, &read)
        {
            return Ok(bytes);
        }
        self.read(read)
    }

    /// How long it should take to read so much of a pack, if its place can be reached.
    fn pack_cost(&self, name: &ObjectName, bytes: usize) -> Option<Duration> {
        let place = self.order(name).first().copied()?;
        Some(place.speed.estimate(bytes, place.up()?.is_remote()))
    }

    fn unreachable(&self, action: &'static str) -> BackendError {
        let place = self.primary();
        let mut error = BackendError::new(ErrorKind::Away, action, &place.member.place);
        // What was so from the beginning was told then.
        let cause = match &place.member.backend {
            Ok(_) => place.state().away.clone().unwrap_or_default() + "; ",
            Err(_) => String::new(),
        };
        let advice = "without the primary location nothing can be written; if it is gone for good, `caddis location promote` makes another one the primary";
        error.source = Some(std::io::Error::other(format!("{cause}{advice}")));
        error
    }

    /// Writes to the primary.
    fn at_primary<T>(
        &self,
        action: &'static str,
        write: impl Fn(&dyn Backend) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        let Some(backend) = self.primary().up() else { return Err(self.unreachable(action)) };
        write(backend).inspect_err(|error| {
            self.primary().is_gone(error);
        })
    }

    /// Does the same in all other places at a time; what fails there is noted, and a place that cannot be reached left out.
    fn at_others(&self, change: impl Fn(&dyn Backend) -> Result<(), BackendError> + Sync) {
        let change = &change;
        std::thread::scope(|scope| {
            for place in self.places.iter().skip(1) {
                scope.spawn(move || match place.up().map(change) {
                    Some(Ok(())) => {}
                    Some(Err(error)) => {
                        place.state().objects_behind += 1;
                        place.is_gone(&error);
                    }
                    None => place.state().objects_behind += 1,
                });
            }
        });
    }

    /// The same in each place that can be reached, at a time.
    fn at_each<T: Send>(&self, act: impl Fn(&Place, &dyn Backend) -> T + Sync) -> Vec<T> {
        let act = &act;
        std::thread::scope(|scope| {
            let reached = self.places.iter().filter_map(|place| Some((place, place.up()?)));
            let threads: Vec<_> = reached.map(|(place, backend)| scope.spawn(move || act(place, backend))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }

    /// Before a decision: no place may know of a later config, or else others have made another place the primary, and decisions are made there; and most
    /// places must have this one, or else others may be about to.
    fn confirm_primary(&self, name: &ObjectName) -> Result<(), BackendError> {
        let Some(agreed) = &self.agreed else { return Ok(()) };
        let name_of_agreed = ObjectName::Config(agreed.number);
        let has_it = |backend: &dyn Backend| {
            // Of a damaged one the replica tells.
            [Some(name_of_agreed), name_of_agreed.replica()]
                .into_iter()
                .flatten()
                .any(|name| backend.get(&name, agreed.bytes.len() as u64).is_ok_and(|bytes| bytes == agreed.bytes))
        };
        let asked = self.at_each(|_, backend| {
            let listed = backend.list(Family::Config).ok()?;
            let is_later =
                |listed: &Listed| matches!(listed.name, ObjectName::Config(number) if number > agreed.number);
            Some((listed.iter().any(is_later), has_it(backend)))
        });
        let asked: Vec<(bool, bool)> = asked.into_iter().flatten().collect();
        let refuse = |cause: String| {
            let mut error = BackendError::new(ErrorKind::Refused, "create", name);
            error.source = Some(std::io::Error::other(cause));
            Err(error)
        };
        if asked.iter().any(|(is_later, _)| *is_later) {
            return refuse("the locations of this repository were changed meanwhile; run the command again".to_owned());
        }
        // Of two places the primary decides alone: nobody takes its part without having said that it is gone.
        let (all, reached) = (self.places.len(), asked.len());
        let most = all / 2 + 1;
        if all > 2 && reached < most {
            return refuse(format!(
                "only {reached} of {all} locations can be reached, so that others may have made another one the primary; at least {most} must be"
            ));
        }
        let agree = asked.iter().filter(|(_, has_it)| *has_it).count();
        if all > 2 && agree < most {
            return refuse(format!(
                "only {agree} of {all} locations have {name_of_agreed}, which says where the repository is, so that others may be changing it; if nobody is, \
                 `caddis repair locations` tells the others of it"
            ));
        }
        Ok(())
    }

    /// The packs of each place; none of one that turns out to be away.
    fn pack_listings(&self) -> Vec<Result<(u8, Vec<Listed>), BackendError>> {
        self.at_each(|place, backend| match backend.list(Family::Packs) {
            Err(error) if place.is_gone(&error) => Ok((place.member.number, Vec::new())),
            listed => listed.map(|listed| (place.member.number, listed)),
        })
    }

    fn list_packs(&self) -> Result<Vec<Listed>, BackendError> {
        self.uploads.wait_for_all();
        let listings = self.pack_listings();
        let mut all: Vec<Listed> = Vec::new();
        let mut known = self.known();
        for listing in listings {
            let (number, listed) = listing?;
            known.extend(listed.iter().filter_map(|listed| match listed.name {
                ObjectName::Pack(id) => Some((id, number)),
                _ => None,
            }));
            all.extend(listed);
        }
        // One that is in two places counts once, and whole rather than in part.
        all.sort_by(|a, b| (a.name, b.size).cmp(&(b.name, a.size)));
        all.dedup_by_key(|listed| listed.name);
        Ok(all)
    }
}
