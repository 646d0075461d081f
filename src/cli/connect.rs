//! Reaches the locations of a repository that is in several.
use std::sync::Arc;

use caddis::backend::{Backend, BackendError, ErrorKind, ObjectLock, RemoteBackend};
use caddis::format::LocationConfig;
use caddis::repo::Connect;
use caddis::world::{World, random};

use super::globals::GlobalArgs;
use super::location::Location;
use super::storage::Storage;

/// Called with every remote place that is opened, so that what is asked of it counts.
type Opened = Box<dyn Fn(&Arc<RemoteBackend>) + Send + Sync>;

/// Knows the place that the command names, and how to find the others.
pub struct Locations {
    pub globals: GlobalArgs,
    pub world: Arc<dyn World>,
    /// What the command named, and the place there: it is not opened twice.
    pub named: Option<(String, Arc<dyn Backend>)>,
    pub opened: Opened,
}

impl std::fmt::Debug for Locations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Locations")
    }
}

impl Locations {
    /// The place that is meant, with its settings.
    pub fn find(&self, location: &LocationConfig) -> Result<Storage, BackendError> {
        let refused = |cause: String| {
            let mut error = BackendError::new(ErrorKind::Refused, "open", &location.place);
            error.source = Some(std::io::Error::other(cause));
            error
        };
        let moved = self.globals.at.iter().rev().find(|(number, _)| *number == location.number);
        let (place, recorded) = match moved {
            Some((_, place)) => (place.clone(), Default::default()),
            None => (location.place.parse().map_err(refused)?, location.settings.clone()),
        };
        let storage = Storage::at(place, &recorded, Some(location.number), &self.globals);
        let storage = storage.map_err(|error| match error.downcast::<BackendError>() {
            Ok(error) => error,
            Err(error) => refused(error.to_string()),
        })?;
        if let Storage::Remote(backend) = &storage {
            (self.opened)(backend);
        }
        Ok(storage)
    }
}

impl Connect for Locations {
    fn connect(&self, location: &LocationConfig) -> Result<Arc<dyn Backend>, BackendError> {
        let storage = self.find(location)?;
        match &self.named {
            Some((place, backend)) if *place == storage.place() => Ok(Arc::clone(backend)),
            _ => storage.open(),
        }
    }

    fn create(&self, location: &LocationConfig) -> Result<Arc<dyn Backend>, BackendError> {
        let token = u64::from_le_bytes(random(&*self.world));
        self.find(location)?.create(token, false).map_err(|error| match error.downcast::<BackendError>() {
            Ok(error) => error,
            Err(error) => {
                let mut refused = BackendError::new(ErrorKind::Refused, "create", &location.place);
                refused.source = Some(std::io::Error::other(error.to_string()));
                refused
            }
        })
    }
}

/// `PLACE[,capacity=SIZE][,priority=N]` as it is given for a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocationArg {
    place: String,
    location: Location,
    capacity: Option<u64>,
    priority: Option<u8>,
}

impl LocationArg {
    /// In place of another: what is not said of it stays.
    pub fn instead_of(&self, old: &LocationConfig, globals: &GlobalArgs) -> anyhow::Result<LocationConfig> {
        let mut new = self.config(old.number, globals)?;
        // What is said of its objects holds elsewhere too, where that can be.
        if let (Location::Remote(place), Some(lock)) = (&self.location, old.settings.get(ObjectLock::SETTING))
            && place.service == "s3"
        {
            new.settings.entry(ObjectLock::SETTING.to_owned()).or_insert_with(|| lock.clone());
        }
        let (capacity, priority) = (self.capacity.or(old.capacity), self.priority.unwrap_or(old.priority));
        Ok(LocationConfig { capacity, priority, ..new })
    }

    /// What a config says of it.
    pub fn config(&self, number: u8, globals: &GlobalArgs) -> anyhow::Result<LocationConfig> {
        let settings = match Storage::settled(self.location.clone(), &Default::default(), Some(number), globals) {
            Location::Remote(place) => Storage::recorded(&place),
            Location::Local(_) => Default::default(),
        };
        let place = match &self.location {
            Location::Local(path) => std::path::absolute(path)?.display().to_string(),
            // Without secrets, if that suffices to find it again.
            Location::Remote(place) => match place.shown.parse::<Location>() {
                Ok(_) => place.shown.clone(),
                Err(_) => self.place.clone(),
            },
        };
        Ok(LocationConfig {
            number,
            place,
            settings,
            capacity: self.capacity,
            priority: self.priority.unwrap_or_default(),
        })
    }
}

/// Parses the above.
pub fn parse_location(text: &str) -> Result<LocationArg, String> {
    let (mut place, mut capacity, mut priority) = (text, None, None);
    while let Some((rest, setting)) = place.rsplit_once(',') {
        match setting.split_once('=') {
            Some(("capacity", size)) => capacity = Some(super::units::parse_size(size)?),
            Some(("priority", number)) => {
                priority = Some(number.parse().map_err(|_| "a priority is a number from 0 to 255".to_owned())?);
            }
            _ => break,
        }
        place = rest;
    }
    Ok(LocationArg { place: place.to_owned(), location: place.parse()?, capacity, priority })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_have_capacities_and_priorities() {
        let location = parse_location("/srv/a,b,capacity=2GiB,priority=3").unwrap();
        assert_eq!((&*location.place, location.capacity, location.priority), ("/srv/a,b", Some(2 << 30), Some(3)));
        let config = location.config(2, &GlobalArgs::default()).unwrap();
        assert_eq!((config.number, &*config.place, config.priority), (2, "/srv/a,b", 3));
        let plain = parse_location("s3:https://host/bucket/p").unwrap().config(1, &GlobalArgs::default()).unwrap();
        assert_eq!((&*plain.place, &*plain.settings["endpoint"]), ("s3:https://host/bucket/p", "https://host"));
        assert!(parse_location("/srv,priority=x").is_err() && parse_location("/srv,capacity=x").is_err());
    }
}
