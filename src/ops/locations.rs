//! Adding, removing and exchanging locations, and what the loss of each would cost.
use std::collections::BTreeMap;

use super::repair::{RepairOptions, RepairReport, repair};
use crate::error::{Error, Result};
use crate::format::LocationConfig;
use crate::monitor::{Monitor, counted};
use crate::repo::{Balance, Connect, OpenOptions, Repository, Synced};

/// One location as it is.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct LocationInfo {
    pub config: LocationConfig,
    pub is_primary: bool,
    /// Why it cannot be reached, if it cannot.
    pub away: Option<String>,
    pub packs: u64,
    pub bytes: u64,
    /// Stripes of which data would be lost with this location.
    pub needed_by: u64,
}

/// All locations.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Locations {
    /// The primary first; none for a repository in one place.
    pub all: Vec<LocationInfo>,
    pub stripes: u64,
}

/// Lists packs everywhere and finds out what would be lost with each location.
pub fn list(repo: &Repository, monitor: &dyn Monitor) -> Result<Locations> {
    repo.load_index(monitor)?;
    let places = repo.pack_places()?;
    let (needed, stripes) = repo.stripes_that_need(&places)?;
    let mut held: BTreeMap<u8, (u64, u64)> = BTreeMap::new();
    for (number, size) in places.values().flatten() {
        let (packs, bytes) = held.entry(*number).or_default();
        *packs += 1;
        *bytes += size;
    }
    let states = repo.location_states();
    let info = |(at, config): (usize, &LocationConfig)| {
        let (packs, bytes) = held.get(&config.number).copied().unwrap_or_default();
        LocationInfo {
            config: config.clone(),
            is_primary: at == 0,
            away: states.get(at).and_then(|state| state.away.clone()),
            packs,
            bytes,
            needed_by: needed.get(&config.number).copied().unwrap_or_default(),
        }
    };
    Ok(Locations { all: repo.config().locations.iter().enumerate().map(info).collect(), stripes })
}

fn connection(options: &OpenOptions) -> Result<&dyn Connect> {
    options.connect.as_deref().ok_or_else(|| Error::Invalid("Nothing tells how to reach locations".to_owned()))
}

fn position(repo: &Repository, number: u8) -> Result<usize> {
    let found = repo.config().locations.iter().position(|location| location.number == number);
    found.ok_or_else(|| Error::Invalid(format!("There is no location {number}; `caddis location list` shows them")))
}

fn is_away(repo: &Repository, number: u8) -> bool {
    repo.location_states().iter().any(|state| state.number == number && state.away.is_some())
}

/// Adds a location to a repository that has several. New stripes use it; with `even`, packs of the old ones are moved there until all have the same share.
pub fn add(
    repo: Repository,
    location: LocationConfig,
    even: bool,
    options: &OpenOptions,
    monitor: &dyn Monitor,
) -> Result<(Repository, Synced)> {
    let mut locations = repo.config().locations.clone();
    locations.push(location.clone());
    repo.fill_location(&location, connection(options)?, monitor)?;
    let repo = repo.change_locations(locations, options, false, monitor)?;
    let synced = match even {
        true => repo.balance_locations(Balance { even, ..Balance::default() }, monitor)?,
        false => Synced::default(),
    };
    Ok((repo, synced))
}

/// Takes a location out: moves its packs to the others first; if it cannot be reached, `is_gone` says that they are to be rebuilt there instead.
pub fn remove(
    repo: Repository,
    number: u8,
    is_gone: bool,
    options: &OpenOptions,
    monitor: &dyn Monitor,
) -> Result<(Repository, Synced)> {
    let at = position(&repo, number)?;
    let mut locations = repo.config().locations.clone();
    if at == 0 {
        return Err(Error::Invalid(format!(
            "Location {number} is the primary; make another one the primary first: `caddis location promote`"
        )));
    }
    if locations.len() == 2 {
        return Err(Error::Invalid("A repository in several locations has at least two of them".to_owned()));
    }
    let mut synced = Synced::default();
    match (is_away(&repo, number), is_gone) {
        (true, false) => {
            return Err(Error::Invalid(format!(
                "Location {number} cannot be reached; if it is gone for good, say so with --is-gone, and what it had is rebuilt in the others"
            )));
        }
        (true, true) => {}
        (false, _) => {
            synced = repo.balance_locations(Balance { leave: Some(number), ..Balance::default() }, monitor)?;
            let left = repo.packs_only_at(number)?;
            if left > 0 {
                return Err(Error::Invalid(format!(
                    "{} could not be moved to another location, so that location {number} stays: see above, make room in the others, and try again",
                    counted(left, "pack")
                )));
            }
        }
    }
    locations.remove(at);
    Ok((repo.change_locations(locations, options, false, monitor)?, synced))
}

/// Puts a location elsewhere, or fills the place again that lost everything. What the old place still has is copied, the rest rebuilt by [`bring_back`].
///
/// A location that is in that place already, and can be reached there, stays: an earlier attempt came so far. Its capacity and priority are changed.
///
/// The primary's part is taken by another location before the new place becomes one: marks and decisions that others put meanwhile, and that it did not get, would
/// not be known to whoever uses it as the primary. An attempt that stops there leaves the other one the primary.
pub fn replace(
    repo: Repository,
    location: LocationConfig,
    options: &OpenOptions,
    monitor: &dyn Monitor,
) -> Result<(Repository, Synced)> {
    let at = position(&repo, location.number)?;
    let mut locations = repo.config().locations.clone();
    if at == 0 && is_away(&repo, location.number) {
        return Err(Error::Invalid(format!(
            "Location {} is the primary and cannot be reached; make another one the primary first: `caddis location promote`",
            location.number
        )));
    }
    if locations[at].place == location.place && !is_away(&repo, location.number) {
        let is_changed = locations[at] != location;
        locations[at] = location;
        let repo = if is_changed { repo.change_locations(locations, options, false, monitor)? } else { repo };
        return Ok((repo, Synced::default()));
    }
    let is_primary = at == 0;
    let deputy = locations.iter().skip(1).map(|other| other.number).find(|number| !is_away(&repo, *number));
    let deputy = match (is_primary, deputy) {
        (true, None) => {
            let cause = "No other location can be reached, to be the primary meanwhile; bring one back first";
            return Err(Error::Invalid(cause.to_owned()));
        }
        (_, deputy) => deputy.filter(|_| is_primary),
    };
    repo.fill_location(&location, connection(options)?, monitor)?;
    let synced = repo.copy_location(&location, connection(options)?, monitor)?;
    let number = location.number;
    let mut repo = repo;
    if let Some(deputy) = deputy {
        repo = promote(repo, deputy, false, options, monitor)?;
        repo.fill_location(&location, connection(options)?, monitor)?;
        locations = repo.config().locations.clone();
    }
    let at = position(&repo, number)?;
    locations[at] = location;
    repo = repo.change_locations(locations, options, false, monitor)?;
    if is_primary {
        repo = promote(repo, number, false, options, monitor)?;
    }
    Ok((repo, synced))
}

/// Makes a location the primary one.
pub fn promote(
    repo: Repository,
    number: u8,
    primary_is_gone: bool,
    options: &OpenOptions,
    monitor: &dyn Monitor,
) -> Result<Repository> {
    let at = position(&repo, number)?;
    if at == 0 {
        return Err(Error::Invalid(format!("Location {number} is the primary already")));
    }
    if is_away(&repo, number) {
        return Err(Error::Invalid(format!("Location {number} cannot be reached")));
    }
    repo.sync_locations(false, monitor)?;
    repo.gather_decisions(number, monitor)?;
    let mut locations = repo.config().locations.clone();
    let chosen = locations.remove(at);
    locations.insert(0, chosen);
    repo.change_locations(locations, options, primary_is_gone, monitor)
}

/// After a location was replaced or removed: rebuilds what is missing, and moves what is where it should not be.
pub fn bring_back(repo: &Repository, host: &str, monitor: &dyn Monitor) -> Result<RepairReport> {
    let options = RepairOptions {
        replicas: true,
        index: false,
        packs: true,
        locations: true,
        dry_run: false,
        host: host.to_owned(),
    };
    repair(repo, &options, monitor)
}
