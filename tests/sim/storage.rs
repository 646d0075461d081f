//! What lies in storage, what is still under way to it, and what was there a moment ago.
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use caddis::backend::{Family, ObjectName, Put};
use caddis::format::{BLOCK_BYTES, IndexObject, split_object};
use caddis::id::PackId;

use crate::random::Rng;

#[derive(Clone, Debug)]
pub struct Object {
    pub bytes: Arc<[u8]>,
    pub modified: Duration,
}

/// Nobody is so slow that storage loses what was put after he looked and before he acts.
const SAFE: Duration = Duration::from_secs(3 * 3600);

/// All objects.
pub type Objects = BTreeMap<ObjectName, Object>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateKind {
    /// Create if absent.
    Create,
    /// Create or replace.
    Replace,
    Delete,
}

/// An operation that was sent and has not arrived.
#[derive(Clone, Debug)]
pub struct Late {
    pub kind: LateKind,
    pub name: ObjectName,
    pub bytes: Arc<[u8]>,
    /// Who sent it.
    pub process: usize,
}

#[derive(Debug)]
struct Change {
    at: Duration,
    name: ObjectName,
    before: Option<Object>,
}

/// One storage place.
#[derive(Debug, Default)]
pub struct Storage {
    pub objects: Objects,
    pub late: Vec<Late>,
    /// No space is left.
    pub full: bool,
    /// There was a time when no space was left.
    pub has_been_full: bool,
    /// By how much listings may lag behind.
    pub staleness: Duration,
    /// The latest changes, if listings lag.
    recent: VecDeque<Change>,
    /// Packs that were lost or damaged.
    bad: BTreeSet<PackId>,
    /// Something was lost or damaged.
    pub damaged: bool,
}

impl Storage {
    pub fn new(objects: Objects, staleness: Duration) -> Storage {
        Storage { objects, staleness, ..Storage::default() }
    }

    /// A second copy of everything that prune may remove is still under way.
    pub fn haunt(&mut self) {
        let removable = |name: &ObjectName| matches!(name.family(), Family::Index | Family::Packs);
        for (name, object) in self.objects.iter().filter(|(name, _)| removable(name)) {
            let (bytes, process) = (object.bytes.clone(), usize::MAX);
            self.late.push(Late { kind: LateKind::Create, name: *name, bytes, process });
        }
    }

    fn change(&mut self, now: Duration, name: ObjectName, object: Option<Object>) {
        let before = match object {
            Some(object) => self.objects.insert(name, object),
            None => self.objects.remove(&name),
        };
        if !self.staleness.is_zero() {
            self.recent.push_back(Change { at: now, name, before });
            while self.recent.front().is_some_and(|change| change.at + self.staleness < now) {
                self.recent.pop_front();
            }
        }
    }

    pub fn create(&mut self, now: Duration, name: ObjectName, bytes: &Arc<[u8]>) -> Put {
        if self.objects.contains_key(&name) {
            return Put::Exists;
        }
        self.change(now, name, Some(Object { bytes: bytes.clone(), modified: now }));
        Put::Created
    }

    pub fn replace(&mut self, now: Duration, name: ObjectName, bytes: &Arc<[u8]>) {
        if let ObjectName::Pack(id) = name {
            self.bad.remove(&id);
        }
        self.change(now, name, Some(Object { bytes: bytes.clone(), modified: now }));
    }

    pub fn delete(&mut self, now: Duration, name: ObjectName) {
        if self.objects.contains_key(&name) {
            self.change(now, name, None);
        }
    }

    /// A listing. What changed within the time by which listings may lag shows as it is or as it was.
    pub fn list(&self, now: Duration, family: Family, rng: &mut Rng) -> Vec<(ObjectName, Object)> {
        let of_family = |(name, _): &(&ObjectName, &Object)| name.family() == family;
        let mut listed: Objects =
            self.objects.iter().filter(of_family).map(|(name, object)| (*name, object.clone())).collect();
        let mut decided = BTreeSet::new();
        // From the newest change back: a name shows as of some time, the same for all its changes.
        for change in self.recent.iter().rev().filter(|change| change.name.family() == family) {
            if change.at + self.staleness < now || decided.contains(&change.name) {
                continue;
            }
            if rng.one_in(2) {
                decided.insert(change.name);
                continue;
            }
            match &change.before {
                Some(object) => drop(listed.insert(change.name, object.clone())),
                None => drop(listed.remove(&change.name)),
            }
        }
        listed.into_iter().collect()
    }

    /// One of the operations that are under way, chosen by `rng`, arrives.
    pub fn take_late(&mut self, rng: &mut Rng) -> Option<Late> {
        let len = self.late.len();
        (len > 0).then(|| self.late.swap_remove(rng.below(len)))
    }

    /// Loses or damages something that must not matter: up to m packs of a stripe, or one of two copies. Returns its name.
    pub fn harm(&mut self, now: Duration, rng: &mut Rng) -> Option<ObjectName> {
        let name = if rng.one_in(2) { self.some_pack(rng) } else { self.some_copy(now, rng) }?;
        self.damaged = true;
        if let ObjectName::Pack(id) = name {
            self.bad.insert(id);
        }
        let mut bytes = self.objects.get(&name)?.bytes.to_vec();
        match rng.below(3) {
            0 => {
                self.change(now, name, None);
                return Some(name);
            }
            1 => {
                let at = rng.below(bytes.len());
                bytes[at] ^= 1 << rng.below(8);
            }
            _ => bytes.truncate(rng.below(bytes.len())),
        }
        self.change(now, name, Some(Object { bytes: bytes.into(), modified: now }));
        Some(name)
    }

    /// A pack of an indexed stripe that is complete but for fewer than m packs.
    fn some_pack(&self, rng: &mut Rng) -> Option<ObjectName> {
        let mut stripes = BTreeMap::new();
        for (name, object) in &self.objects {
            if name.family() == Family::Index
                && let Ok(parts) = split_object(&object.bytes)
                && let Ok(listed) = IndexObject::decode_plain(parts.plain)
            {
                stripes.extend(listed.into_iter().map(|stripe| (stripe.id, stripe)));
            }
        }
        let candidates: Vec<PackId> = (stripes.values())
            .filter(|stripe| {
                let gone =
                    |pack: &PackId| !self.objects.contains_key(&ObjectName::Pack(*pack)) || self.bad.contains(pack);
                let bad = stripe.slots.iter().filter(|slot| gone(&slot.pack)).count();
                let parity = stripe.slots.iter().filter(|slot| slot.slot >= stripe.k).count();
                parity == usize::from(stripe.m) && bad < parity
            })
            .flat_map(|stripe| stripe.slots.iter().map(|slot| slot.pack))
            .filter(|pack| self.objects.get(&ObjectName::Pack(*pack)).is_some_and(|o| o.bytes.len() >= BLOCK_BYTES))
            .filter(|pack| !self.bad.contains(pack))
            .collect();
        (!candidates.is_empty()).then(|| ObjectName::Pack(rng.pick(&candidates)))
    }

    /// One of two copies that are both sound. Not of an object that somebody may have looked for before it was made.
    fn some_copy(&self, now: Duration, rng: &mut Rng) -> Option<ObjectName> {
        let same = |a: &Object, b: &ObjectName| self.objects.get(b).is_some_and(|b| a.bytes == b.bytes);
        let pairs: Vec<ObjectName> = (self.objects.iter())
            .filter(|(_, object)| object.modified + SAFE < now)
            .filter(|(name, object)| name.replica().is_some_and(|replica| same(object, &replica)))
            .map(|(name, _)| *name)
            .collect();
        let name = (!pairs.is_empty()).then(|| rng.pick(&pairs))?;
        if rng.one_in(2) { Some(name) } else { name.replica() }
    }
}
