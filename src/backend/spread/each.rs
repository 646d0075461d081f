//! What is in which place: for looking at places one by one, and for moving packs between them.
use std::collections::BTreeMap;

use super::{Backend, BackendError, ErrorKind, ObjectName, Place, Put, Spread};
use crate::id::{PackId, SessionId};

fn distinct(places: &[(&String, &dyn Backend)], unused: SessionId) -> Result<(), BackendError> {
    let name = ObjectName::Session(unused);
    for (at, (one, place)) in places.iter().enumerate() {
        let Some((_, rest)) = places.split_at_checked(at + 1) else { continue };
        if rest.is_empty() {
            break;
        }
        place.put_session(&name, b"caddis")?;
        let same = rest.iter().find(|(_, other)| other.stat(&name).is_ok());
        drop(place.delete(&name));
        if let Some((other, _)) = same {
            let mut error = BackendError::new(ErrorKind::Refused, "use", other);
            error.source = Some(std::io::Error::other(format!("it is the same place as {one}")));
            return Err(error);
        }
    }
    Ok(())
}

/// Where packs are that are listed somewhere: numbers of places, ascending, with the length there.
pub type PackPlaces = BTreeMap<PackId, Vec<(u8, u64)>>;

impl Spread {
    /// Numbers of the places that can be reached and take packs.
    pub fn open_places(&self) -> Vec<u8> {
        self.inner.places.iter().filter(|place| place.takes_packs()).map(|place| place.member.number).collect()
    }

    /// Bytes of packs that a place may be given besides those that it has; no limit if absent.
    pub fn room(&self, number: u8) -> Option<u64> {
        match self.inner.place(number) {
            Some(place) if place.takes_packs() => place.room(),
            _ => Some(0),
        }
    }

    /// Lists the packs of all places that can be reached. One that cannot be reached any more is left out from now on.
    pub fn pack_places(&self) -> Result<PackPlaces, BackendError> {
        let mut places = PackPlaces::new();
        for listing in self.inner.pack_listings() {
            let (number, listed) = listing?;
            for listed in listed {
                if let ObjectName::Pack(id) = listed.name {
                    places.entry(id).or_default().push((number, listed.size));
                }
            }
        }
        places.values_mut().for_each(|numbers| numbers.sort_unstable());
        Ok(places)
    }

    /// An error if two of the places that can be reached are one and the same: what is removed from one would be gone from the other. Tries it out
    /// with a session object that nobody else may have the name of.
    pub fn refuse_same(&self, unused: SessionId) -> Result<(), BackendError> {
        let places: Vec<_> =
            self.inner.places.iter().filter_map(|place| Some((&place.member.place, place.up()?))).collect();
        distinct(&places, unused)
    }

    /// The same for a place that is to become one of them.
    pub fn refuse_known(&self, name: &String, place: &dyn Backend, unused: SessionId) -> Result<(), BackendError> {
        let others = self.inner.places.iter().filter_map(|place| Some((&place.member.place, place.up()?)));
        distinct(&[(name, place)].into_iter().chain(others).collect::<Vec<_>>(), unused)
    }

    /// Copies a pack from one place to another, if its bytes are those of its name; durable there after [`Backend::barrier`].
    pub fn copy_pack(&self, pack: &PackId, from: u8, to: u8, length: u64) -> Result<(), BackendError> {
        let name = ObjectName::Pack(*pack);
        let away = |action| BackendError::new(ErrorKind::Away, action, name);
        let (from, place) = (self.reach(from).ok_or_else(|| away("read"))?, self.inner.place(to));
        let (Some(place), Some(to)) = (place, place.and_then(Place::up)) else { return Err(away("create")) };
        let bytes = from.get(&name, length)?;
        if !name.is_pack_of(&bytes) {
            return Err(BackendError::new(ErrorKind::Refused, "copy", name));
        }
        if to.put_new(&name, &bytes)? == Put::Exists {
            to.replace_pack(&name, &bytes)?;
        }
        place.took(bytes.len());
        self.inner.known().insert(*pack, place.member.number);
        Ok(())
    }

    /// Whether a place has the pack, with all its bytes as they should be. Reads it.
    pub fn has_pack(&self, pack: &PackId, at: u8, length: u64) -> bool {
        let name = ObjectName::Pack(*pack);
        self.reach(at).is_some_and(|backend| backend.get(&name, length).is_ok_and(|bytes| name.is_pack_of(&bytes)))
    }
}
