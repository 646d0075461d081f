//! Changes which locations a repository has: a new config, known to most of them before anybody relies on it.
use std::collections::BTreeMap;

use super::super::objects::MAX_OBJECT;
use super::super::open::{OpenOptions, SEVERAL, repo_of};
use super::super::seal::seal_object;
use super::super::{Repository, Shared};
use super::connect::{Connect, refuse_scheme, refuse_used};
use crate::backend::{Backend, BackendError, ErrorKind, Family, ObjectName, Put};
use crate::error::{Error, Result};
use crate::format::{Config, LocationConfig};
use crate::id::SessionId;
use crate::monitor::{Event, Monitor, Problem};
use crate::world::random;

impl Repository {
    /// Makes a place ready to become a location: it must be empty, or an earlier attempt must have begun to make it one. It has all objects but packs and the new
    /// config when this returns.
    pub fn fill_location(&self, location: &LocationConfig, connect: &dyn Connect, monitor: &dyn Monitor) -> Result<()> {
        let shared = self.shared();
        let place = connect.create(location)?;
        if let Some(spread) = &shared.spread {
            spread.refuse_known(&location.place, &*place, SessionId(random(&*shared.world)))?;
        }
        if !self.began_to_fill(&*place)? {
            refuse_used(&*place)?;
        }
        monitor.event(Event::Phase("Copying objects to the new location"));
        let families = Family::ALL
            .into_iter()
            .filter(|family| !matches!(family, Family::Packs | Family::Sessions | Family::Config));
        shared.copy_sessions(&*shared.backend, &*place, false)?;
        // The configs last: without one the place is no location.
        for family in families.chain([Family::Config]) {
            let mut there: BTreeMap<ObjectName, u64> =
                place.list(family)?.into_iter().map(|listed| (listed.name, listed.size)).collect();
            for listed in shared.backend.list(family)? {
                if there.remove(&listed.name).is_none_or(|size| size != listed.size) {
                    shared.copy_object(&listed.name, &*shared.backend, &*place, false, monitor)?;
                }
            }
            // A key that was removed since an earlier attempt must not open the repository there.
            if matches!(family, Family::Keys | Family::ReplicaKeys) {
                place.delete_all(&there.into_keys().collect::<Vec<_>>())?;
            }
        }
        Ok(place.barrier()?)
    }

    /// Whether an earlier attempt has begun to make this place a location: it has keys, and everything else that says whose it is, of this repository alone.
    /// Nothing that is there counts unless the primary says so.
    fn began_to_fill(&self, place: &dyn Backend) -> Result<bool> {
        let ours =
            |name: &ObjectName| place.get(name, MAX_OBJECT).is_ok_and(|bytes| repo_of(&bytes) == Some(self.id()));
        let newest = |name: &ObjectName| !matches!(name, ObjectName::Config(number) if *number > self.config().number);
        let (keys, configs) = (place.list(Family::Keys)?, place.list(Family::Config)?);
        Ok(!keys.is_empty() && keys.iter().chain(&configs).all(|listed| ours(&listed.name) && newest(&listed.name)))
    }

    /// Writes a config with these locations, the primary first, to all of them that can be reached, and opens the repository there. Takes effect for
    /// commands that begin from then on; sessions under way do not commit any more.
    ///
    /// Fails unless more than half of the locations have it then, except that one of two suffices with `primary_is_gone`. Each place of `locations` must
    /// have been one before, or have been filled.
    pub fn change_locations(
        self,
        locations: Vec<LocationConfig>,
        options: &OpenOptions,
        primary_is_gone: bool,
        monitor: &dyn Monitor,
    ) -> Result<Repository> {
        let connect = options.connect.as_deref().ok_or_else(|| Error::Invalid(SEVERAL.to_owned()))?;
        let shared = self.shared();
        let old = &shared.config;
        refuse_scheme((old.k, old.m), if old.locations.is_empty() { 0 } else { locations.len() })?;
        let config = Config { number: old.number + 1, locations, ..old.clone() };
        let config = Config::decode(&config.encode())
            .map_err(|error| Error::Invalid(format!("These locations are not possible: {error}")))?;
        let name = ObjectName::Config(config.number);
        let bytes = seal_object(&name, &shared.repo, shared.keys.current(), &[], &config.encode(), &*shared.world)?;
        let places: Vec<_> = config.locations.iter().map(|location| (location, connect.connect(location))).collect();
        let reached = places.iter().filter(|(_, place)| place.is_ok()).count();
        refuse_minority(reached, places.len(), primary_is_gone)?;
        // Whoever changes the config meets others there: of two at a time one gets the number.
        let authority: &dyn Backend = match (old.locations.first(), &shared.spread) {
            (Some(primary), Some(spread)) => match spread.reach(primary.number) {
                Some(place) => place,
                None => match &places[0].1 {
                    Ok(place) => &**place,
                    Err(error) => return Err(error.copied().into()),
                },
            },
            _ => &*shared.backend,
        };
        if Shared::put_config(authority, &name, &bytes)? == Put::Exists {
            return Err(Error::Invalid(format!(
                "Somebody else has changed the locations at the same time ({name} is there); look with `caddis location list`, and try again"
            )));
        }
        let states = shared.spread.iter().flat_map(|spread| spread.states());
        let away: Vec<String> = states.filter_map(|state| state.away).collect();
        let mut written = 0;
        for (location, place) in &places {
            let put = match place {
                Ok(place) => Shared::put_config(&**place, &name, &bytes).map(drop).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            match put {
                Ok(()) => written += 1,
                Err(cause) => {
                    let item = format!("location {} ({})", location.number, location.place);
                    // A cause that was there from the beginning was told then.
                    let known = away.contains(&cause);
                    let cause = if known { String::new() } else { format!("{cause}; ") };
                    let message = format!("{cause}it does not know of the change yet, `caddis repair` tells it");
                    monitor.event(Event::Problem(&Problem { item, message }));
                }
            }
        }
        refuse_minority(written, places.len(), primary_is_gone)?;
        drop(places);
        self.moved(config, bytes, options, monitor)
    }
}

fn refuse_minority(reached: usize, all: usize, primary_is_gone: bool) -> Result<()> {
    if reached * 2 > all || (all == 2 && reached == 1 && primary_is_gone) {
        return Ok(());
    }
    let advice = match all {
        2 => {
            "if the other one is gone for good, say so with --primary-is-gone: should it come back, it must not be used by itself"
        }
        _ => "bring another one back first",
    };
    Err(Error::Invalid(format!(
        "Only {reached} of {all} locations can be reached, which is not most of them, so that others could decide otherwise; {advice}"
    )))
}

impl Shared {
    /// With its replica. What another attempt has put counts as well.
    pub(in crate::repo) fn put_config(place: &dyn Backend, name: &ObjectName, bytes: &[u8]) -> Result<Put> {
        let put = place.put_new(name, bytes)?;
        if put == Put::Exists && place.get(name, MAX_OBJECT)? != bytes {
            let mut error = BackendError::new(ErrorKind::Refused, "create", name);
            let cause = format!(
                "{} has another config of this number: others have changed the locations otherwise",
                place.describe()
            );
            error.source = Some(std::io::Error::other(cause));
            return Err(error.into());
        }
        if let (Put::Created, Some(replica)) = (put, name.replica()) {
            place.put_new(&replica, bytes)?;
        }
        place.barrier()?;
        Ok(put)
    }
}
