//! From the locations in a config to a storage place.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::super::open::{lock_as_recorded, repo_of};
use crate::backend::{AgreedConfig, Backend, BackendError, ErrorKind, Family, Member, ObjectName, Spread};
use crate::error::{Error, Result};
use crate::format::{Config, LocationConfig};
use crate::id::{RepoId, SessionId};
use crate::monitor::{Event, Monitor, Problem};

/// Knows how to reach the locations that a config names.
pub trait Connect: Send + Sync + fmt::Debug {
    /// The place, which is there already.
    fn connect(&self, location: &LocationConfig) -> Result<Arc<dyn Backend>, BackendError>;

    /// The place, made if need be, for a repository that does not use it yet.
    fn create(&self, location: &LocationConfig) -> Result<Arc<dyn Backend>, BackendError>;
}

fn member(location: &LocationConfig, backend: Result<Arc<dyn Backend>, String>) -> Member {
    let LocationConfig { number, place, capacity, priority, .. } = location.clone();
    Member { number, place, capacity, priority, backend }
}

/// Refuses a scheme for which some place would get more packs of a stripe than parity can replace.
pub(in crate::repo) fn refuse_scheme((k, m): (u8, u8), locations: usize) -> Result<()> {
    let share = usize::from(k + m).div_ceil(locations.max(1));
    if locations < 2 || share <= usize::from(m) {
        return Ok(());
    }
    let proposed = if locations == 2 { (1, 1) } else { (2 * locations - 2, 2) };
    Err(Error::Invalid(format!(
        "With parity {k}+{m} each of {locations} locations would hold {share} of the {} packs of a stripe, and with one of them more would be lost \
         than the {m} that can be: use --parity {}+{}",
        k + m,
        proposed.0,
        proposed.1
    )))
}

/// The places of a new repository, which will have this config. All of them must be there, empty, and not the same. `unused` is a random number.
pub(in crate::repo) fn create(
    config: &Config,
    bytes: Vec<u8>,
    connect: &dyn Connect,
    unused: SessionId,
) -> Result<Arc<Spread>> {
    refuse_scheme((config.k, config.m), config.locations.len())?;
    let members = config.locations.iter().map(|location| {
        let backend = connect.create(location)?;
        refuse_used(&*backend)?;
        Ok(member(location, Ok(backend)))
    });
    let agreed = AgreedConfig { number: config.number, bytes };
    let spread = Spread::new(members.collect::<Result<_>>()?, Some(agreed));
    spread.refuse_same(unused)?;
    Ok(Arc::new(spread))
}

/// Refuses a place that has a config, snapshots, an index or packs. Key slots alone are what an attempt left that died before it wrote
/// its config: they open nothing.
pub(in crate::repo) fn refuse_used(backend: &dyn Backend) -> Result<()> {
    let families = [
        Family::Config,
        Family::ReplicaConfig,
        Family::Snapshots,
        Family::ReplicaSnapshots,
        Family::Index,
        Family::Packs,
    ];
    for family in families {
        if !backend.list(family)?.is_empty() {
            return Err(Error::RepositoryExists { location: backend.describe() });
        }
    }
    Ok(())
}

/// The places of an existing repository, those that can be reached and have it.
///
/// An error if two of them, or one and the place by way of which the config was read in these `bytes`, have different configs of the same number that both `opens`: then the locations were changed in two ways, and nobody but the
/// operator knows which one counts.
pub(in crate::repo) fn connect(
    config: &Config,
    repo: &RepoId,
    connect: &dyn Connect,
    bytes: &[u8],
    opens: &dyn Fn(&ObjectName, &[u8]) -> bool,
) -> Result<Arc<Spread>> {
    let opened: Vec<Result<Found, String>> = std::thread::scope(|scope| {
        let open = |location| {
            let backend = connect.connect(location).map_err(|error| error.to_string())?;
            let config = holds(&*backend, repo)?;
            lock_as_recorded(&*backend, &location.settings);
            Ok(Found { backend, config })
        };
        let threads: Vec<_> = config.locations.iter().map(|location| scope.spawn(move || open(location))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    });
    refuse_contradiction(config, bytes, &opened, opens)?;
    let backends = opened.into_iter().map(|found| found.map(|found| found.backend)).collect();
    let members: Vec<Member> = config
        .locations
        .iter()
        .zip(without_doubles(backends))
        .map(|(location, backend)| member(location, backend))
        .collect();
    let agreed = AgreedConfig { number: config.number, bytes: bytes.to_vec() };
    Ok(Arc::new(Spread::new(members, Some(agreed))))
}

/// Tells of the places that cannot be reached, but for those of these numbers. What is to be written fails without the primary, and says so.
pub(in crate::repo) fn tell_away(spread: &Spread, except: &[u8], monitor: &dyn Monitor) {
    for (at, state) in spread.states().into_iter().enumerate() {
        let Some(cause) = state.away.filter(|_| !except.contains(&state.number)) else { continue };
        let role = match at {
            0 => "it is the primary location: the newest snapshots may be missing from the others",
            _ => "going on without it",
        };
        let item = format!("location {} ({})", state.number, state.place);
        monitor.event(Event::Problem(&Problem { item, message: format!("{cause}; {role}") }));
    }
}

/// A place, and the newest config there.
struct Found {
    backend: Arc<dyn Backend>,
    /// Absent if it is damaged, in both copies.
    config: Option<(ObjectName, Vec<u8>)>,
}

fn refuse_contradiction(
    config: &Config,
    read: &[u8],
    opened: &[Result<Found, String>],
    opens: &dyn Fn(&ObjectName, &[u8]) -> bool,
) -> Result<()> {
    let mut first: BTreeMap<ObjectName, (String, &[u8])> = BTreeMap::new();
    first.insert(ObjectName::Config(config.number), ("the place that was named".to_owned(), read));
    for (location, found) in config.locations.iter().zip(opened) {
        let Some((name, found)) = found.as_ref().ok().and_then(|found| found.config.as_ref()) else { continue };
        let place = format!("location {} ({})", location.number, location.place);
        let Some((other, bytes)) = first.get(name) else {
            first.insert(*name, (place, found));
            continue;
        };
        // One that does not open is damaged, which is for `repair`.
        if bytes == found || !opens(name, found) {
            continue;
        }
        if !opens(name, bytes) {
            first.insert(*name, (place, found));
            continue;
        }
        return Err(Error::Invalid(format!(
            "{place} and {other} have different configs of the same number ({name}): the locations were changed in two ways, each while the other place was \
             away. Nothing is read or written until it is known which one counts. Look at each by itself: `caddis -r PLACE --at N=/nowhere location list`, \
             with the other one as N. Then remove {name} and replica/{name} from the place that is wrong, and run `caddis repair`, which copies the right one \
             there and brings back what it lacks"
        )));
    }
    Ok(())
}

/// A place that two locations name is one location only.
fn without_doubles(backends: Vec<Result<Arc<dyn Backend>, String>>) -> Vec<Result<Arc<dyn Backend>, String>> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    let once = |backend: Result<Arc<dyn Backend>, String>| {
        let backend = backend?;
        let name = backend.describe();
        if names.insert(name.clone()) { Ok(backend) } else { Err(format!("{name} is another location already")) }
    };
    backends.into_iter().map(once).collect()
}

/// The newest config of this repository in a place, from either of its copies; an error in words unless the place has the repository. `None` if it has configs that cannot
/// be read, and its keys are those of the repository.
fn holds(backend: &dyn Backend, repo: &RepoId) -> Result<Option<(ObjectName, Vec<u8>)>, String> {
    let listed = backend.list(Family::Config).map_err(|error| error.to_string())?;
    let read =
        |name: &ObjectName| backend.get(name, super::super::objects::MAX_OBJECT).map(|bytes| (repo_of(&bytes), bytes));
    let mut cause = None;
    for listed in listed.iter().rev() {
        for name in [Some(listed.name), listed.name.replica()].into_iter().flatten() {
            match read(&name) {
                Ok((Some(found), bytes)) if found == *repo => return Ok(Some((listed.name, bytes))),
                Ok((Some(_), _)) => cause = Some("it holds another repository".to_owned()),
                Ok((None, _)) => {}
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => cause = Some(error.to_string()),
            }
        }
    }
    if cause.is_none() && !listed.is_empty() {
        let keys = backend.list(Family::Keys).map_err(|error| error.to_string())?;
        let is_ours = |name: &ObjectName| read(name).is_ok_and(|(found, _)| found == Some(*repo));
        if keys.iter().any(|listed| is_ours(&listed.name)) {
            return Ok(None);
        }
    }
    Err(cause.unwrap_or_else(|| {
        "it does not hold this repository: was it emptied, or is another disk mounted there? `caddis location replace` fills it again"
            .to_owned()
    }))
}

/// The number of the newest config in any place that can be reached, and the place, if it is newer than `known`.
pub(in crate::repo) fn newer_config(spread: &Spread, known: u64) -> Option<(u64, &dyn Backend)> {
    let numbers = spread.states().into_iter().filter_map(|state| {
        let backend = spread.reach(state.number)?;
        let listed = backend.list(Family::Config).ok()?;
        let numbers = listed.iter().filter_map(|listed| match listed.name {
            ObjectName::Config(number) => Some(number),
            _ => None,
        });
        Some((numbers.max()?, backend))
    });
    numbers.filter(|(number, _)| *number > known).max_by_key(|(number, _)| *number)
}
