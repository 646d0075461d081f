//! Key slots: a bundle of keys wrapped by a password (sections 2 and 4).
use zeroize::Zeroizing;

use super::seal::{Binding, decode_error, split_intact};
use crate::backend::ObjectName;
use crate::crypto::{CryptoError, Generations, KdfParams, KeyRing, MasterKey, Purpose, SecretKey, Subkeys, note_key};
use crate::error::{Error, Result};
use crate::format::{
    BundleEpoch, FormatError, KeySlotHeader, KeySlotNote, ObjectType, decode_bundle, encode_bundle, split_object,
};
use crate::id::{RepoId, SlotId};
use crate::world::{World, random};

/// The keys of all epochs with full rights: what a key slot holds.
pub struct KeyBundle(Vec<(MasterKey, Subkeys)>);

impl KeyBundle {
    /// With a new master key, for a new repository.
    pub fn generate(repo: &RepoId, world: &dyn World) -> Self {
        let master = MasterKey::generate(world);
        let subkeys = master.subkeys(repo, 1, Generations::default());
        KeyBundle(vec![(master, subkeys)])
    }

    /// The subkeys of all epochs, for everything but making key slots.
    pub fn ring(&self, repo: &RepoId) -> KeyRing {
        let epochs =
            self.0.iter().map(|(master, keys)| master.subkeys(repo, keys.epoch(), keys.generations())).collect();
        KeyRing::new(epochs).expect("bundles have epochs, all of them different")
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let epochs: Vec<_> = self.0.iter().map(|(master, subkeys)| encode_epoch(master, subkeys)).collect();
        encode_bundle(&epochs)
    }

    /// The subkeys are derived anew, and must be those that the bundle lists.
    fn decode(repo: &RepoId, epochs: &[BundleEpoch]) -> Result<Self, FormatError> {
        let mut bundle: Vec<(MasterKey, Subkeys)> = Vec::new();
        for epoch in epochs {
            if bundle.iter().any(|(_, subkeys)| subkeys.epoch() == epoch.epoch) {
                return Err(FormatError("An epoch occurs twice in the key bundle"));
            }
            let master = epoch.key(0).ok_or(FormatError("The key bundle has no master key"))?;
            let master = MasterKey::new(SecretKey::from_bytes(*master));
            let generations = Generations { id: epoch.id_generation, chunker: epoch.chunker_generation };
            let subkeys = master.subkeys(repo, epoch.epoch, generations);
            for purpose in Purpose::ALL {
                if epoch.key(purpose as u32).is_some_and(|key| key != subkeys.key(purpose).expose()) {
                    return Err(FormatError("A key of the bundle does not follow from its master key"));
                }
            }
            bundle.push((master, subkeys));
        }
        Ok(KeyBundle(bundle))
    }
}

fn encode_epoch(master: &MasterKey, subkeys: &Subkeys) -> BundleEpoch {
    let numbered = |number, key: &SecretKey| (number, Zeroizing::new(*key.expose()));
    let subs = Purpose::ALL.into_iter().map(|purpose| numbered(purpose as u32, subkeys.key(purpose)));
    let Generations { id, chunker } = subkeys.generations();
    BundleEpoch {
        epoch: subkeys.epoch(),
        id_generation: id,
        chunker_generation: chunker,
        keys: std::iter::once(numbered(0, master.secret())).chain(subs).collect(),
    }
}

/// A key slot to be made.
pub struct NewSlot<'a> {
    /// Its random name.
    pub id: SlotId,
    /// As typed, without a newline.
    pub password: &'a [u8],
    /// Cost of a guess; [`KdfParams::DEFAULT`] outside of tests.
    pub kdf: KdfParams,
    /// For people.
    pub note: &'a KeySlotNote,
}

/// The password that slots are tried with.
pub struct PasswordCheck<'a> {
    /// As typed, without a newline.
    pub password: &'a [u8],
    /// Smallest log2 of scrypt's N that is accepted; [`KdfParams::FLOOR`] outside of tests.
    pub floor: u8,
}

/// A slot that the password opened.
pub struct OpenedSlot {
    /// Which one.
    pub id: SlotId,
    /// Of the repository, authenticated by the slot.
    pub repo: RepoId,
    /// What was in it.
    pub keys: KeyBundle,
}

/// The bytes of a new key slot. They have been opened again with the password and the `floor` for later: a slot that cannot be
/// opened may be the only one. Slow on purpose, twice. Errors: parameters that would be refused when it is opened.
pub fn seal_slot(slot: &NewSlot<'_>, floor: u8, repo: &RepoId, keys: &KeyBundle, world: &dyn World) -> Result<Vec<u8>> {
    let bytes = seal_unproven(slot, floor, repo, keys, world)?;
    let check = PasswordCheck { password: slot.password, floor };
    match open_slot(&ObjectName::Key(slot.id), &bytes, &check)? {
        Some(opened) if opened.repo == *repo && opened.id == slot.id => Ok(bytes),
        _ => Err(Error::damaged(
            "A key slot that was just made",
            "it does not open with its password; nothing was stored",
        )),
    }
}

fn seal_unproven(slot: &NewSlot<'_>, floor: u8, repo: &RepoId, keys: &KeyBundle, world: &dyn World) -> Result<Vec<u8>> {
    let name = ObjectName::Key(slot.id);
    let salt = random(world);
    let kek = slot.kdf.derive(floor, slot.password, &salt).map_err(|error| Error::Invalid(error.to_string()))?;
    let note = keys.0.last().map(|(_, subkeys)| {
        let mut sealed = Vec::new();
        let key = note_key(subkeys.key(Purpose::Administration), &slot.id);
        key.seal_into(0, &repo.0, &slot.note.encode(), &mut sealed);
        sealed
    });
    let KdfParams { log_n, r, p } = slot.kdf;
    let plain = KeySlotHeader { log_n, r, p, salt, note }.encode();
    let binding = Binding { name: &name, object_type: ObjectType::KeySlot, repo, epoch: 0 };
    binding.seal(&kek, &plain, &keys.encode(), world)
}

/// Tries the slot that was found under `name`, which may be a replica. `None`: it is another password's. Slow on purpose.
/// Errors: [`Error::Damaged`], also for parameters that are refused; [`Error::Unsupported`] for a slot of a later version.
pub fn open_slot(name: &ObjectName, bytes: &[u8], check: &PasswordCheck<'_>) -> Result<Option<OpenedSlot>> {
    let ObjectName::Key(id) = name.original() else {
        return Err(Error::Invalid(format!("{name} is no key slot")));
    };
    let parts = split_intact(name, bytes)?;
    let repo = parts.header.repo;
    let header = KeySlotHeader::decode(parts.plain).map_err(|error| decode_error(name, error))?;
    let kdf = KdfParams { log_n: header.log_n, r: header.r, p: header.p };
    let kek = kdf.derive(check.floor, check.password, &header.salt);
    let kek = kek.map_err(|error: CryptoError| Error::damaged(name, error))?;
    let binding = Binding { name, object_type: ObjectType::KeySlot, repo: &repo, epoch: 0 };
    let Some(opened) = binding.open(&kek, &parts)? else { return Ok(None) };
    let payload = Zeroizing::new(opened.payload);
    let epochs = decode_bundle(&payload).map_err(|error| decode_error(name, error))?;
    let keys = KeyBundle::decode(&repo, &epochs).map_err(|error| Error::damaged(name, error))?;
    Ok(Some(OpenedSlot { id, repo, keys }))
}

/// The first slot that opens. A slot that cannot be tried does not stop the others; `problem` hears of it.
/// Errors: [`Error::WrongPassword`] if at least one slot is fine and another password's, else the first problem.
pub fn open_slots(
    slots: &[(ObjectName, Vec<u8>)],
    check: &PasswordCheck<'_>,
    mut problem: impl FnMut(&Error),
) -> Result<OpenedSlot> {
    let (mut tried, mut first) = (0, None);
    for (name, bytes) in slots {
        match open_slot(name, bytes, check) {
            Ok(Some(opened)) => return Ok(opened),
            Ok(None) => tried += 1,
            Err(error) => {
                problem(&error);
                first.get_or_insert(error);
            }
        }
    }
    match first {
        Some(error) if tried == 0 => Err(error),
        _ => Err(Error::WrongPassword { slots: tried }),
    }
}

/// The note of a slot, for listing slots; `None` if it has none or it cannot be read, which does no harm.
pub fn slot_note(id: &SlotId, keys: &KeyRing, bytes: &[u8]) -> Option<KeySlotNote> {
    let parts = split_object(bytes).ok()?;
    let sealed = KeySlotHeader::decode(parts.plain).ok()?.note?;
    keys.epochs().iter().rev().find_map(|subkeys| {
        let key = note_key(subkeys.key(Purpose::Administration), id);
        KeySlotNote::decode(&key.open(0, &parts.header.repo.0, &sealed).ok()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::object_trailer;
    use crate::world::SystemWorld;

    const REPO: RepoId = RepoId([1; 32]);
    const CHEAP: KdfParams = KdfParams { log_n: 1, r: 1, p: 1 };

    fn make(id: u8, password: &[u8], keys: &KeyBundle) -> (ObjectName, Vec<u8>) {
        let note =
            KeySlotNote { host: "host".into(), label: password.escape_ascii().to_string(), ..Default::default() };
        let slot = NewSlot { id: SlotId([id; 16]), password, kdf: CHEAP, note: &note };
        (ObjectName::Key(slot.id), seal_slot(&slot, 1, &REPO, keys, &*SystemWorld::new()).unwrap())
    }

    fn keys() -> KeyBundle {
        KeyBundle::generate(&REPO, &*SystemWorld::new())
    }

    fn check(password: &[u8]) -> PasswordCheck<'_> {
        PasswordCheck { password, floor: 1 }
    }

    #[test]
    fn each_password_opens_its_slot() {
        let keys = keys();
        let index = *keys.0[0].1.key(Purpose::Index).expose();
        let slots = [make(1, b"one", &keys), make(2, b"two", &keys)];
        assert_eq!(slots[0].1.len(), 1024);
        for (i, password) in [b"one", b"two"].into_iter().enumerate() {
            let opened = open_slots(&slots, &check(password), |error| panic!("{error}")).ok().unwrap();
            assert_eq!((ObjectName::Key(opened.id), opened.repo), (slots[i].0, REPO));
            let ring = opened.keys.ring(&opened.repo);
            assert_eq!(ring.current().key(Purpose::Index).expose(), &index);
            assert_eq!(slot_note(&opened.id, &ring, &slots[i].1).unwrap().label.as_bytes(), password);
            assert_eq!(slot_note(&SlotId([9; 16]), &ring, &slots[i].1), None);
        }
        let replica = slots[0].0.replica().unwrap();
        assert!(open_slot(&replica, &slots[0].1, &check(b"one")).unwrap().is_some());
        assert!(matches!(open_slots(&slots, &check(b"three"), |_| ()), Err(Error::WrongPassword { slots: 2 })));
    }

    #[test]
    fn wrong_passwords_and_damage_are_told_apart() {
        let keys = keys();
        let slots = [make(1, b"one", &keys), make(2, b"two", &keys)];
        let mut damaged = slots.clone();
        damaged[0].1[600] ^= 1;
        let mut problems = 0;
        // The other slot still opens; a password that opens none is called wrong, and the damage is told as well.
        assert!(open_slots(&damaged, &check(b"two"), |_| problems += 1).is_ok());
        let result = open_slots(&damaged, &check(b"one"), |_| problems += 1);
        assert!(matches!(result, Err(Error::WrongPassword { slots: 1 })));
        assert_eq!(problems, 2);
        assert!(matches!(open_slots(&damaged[..1], &check(b"one"), |_| ()), Err(Error::Damaged { .. })));
        assert!(matches!(open_slots(&[], &check(b"one"), |_| ()), Err(Error::WrongPassword { slots: 0 })));
        let moved = (ObjectName::Key(SlotId([3; 16])), slots[0].1.clone());
        assert!(matches!(open_slots(&[moved], &check(b"one"), |_| ()), Err(Error::Damaged { .. })));
    }

    #[test]
    fn no_flipped_bit_yields_keys() {
        let (name, bytes) = make(1, b"one", &keys());
        let body = bytes.len() - 32;
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open_slot(&name, &changed, &check(b"one")).is_err(), "{bit}");
            if bit / 8 < body {
                let trailer = object_trailer(&changed[..body]);
                changed[body..].copy_from_slice(&trailer);
                let opened = open_slot(&name, &changed, &check(b"one"));
                // Salts and commitments make it look like another password's, which cannot be helped.
                assert!(!matches!(opened, Ok(Some(_))), "{bit}");
            }
        }
    }

    #[test]
    fn weak_parameters_are_refused_before_the_password_is_used() {
        let slot = make(1, b"one", &keys());
        let check = PasswordCheck { password: b"one", floor: KdfParams::FLOOR };
        assert!(matches!(open_slots(&[slot], &check, |_| ()), Err(Error::Damaged { .. })));
    }

    #[test]
    fn bundles_must_be_consistent() {
        let keys = keys();
        let decode = |change: fn(&mut Vec<BundleEpoch>)| {
            let mut epochs = vec![encode_epoch(&keys.0[0].0, &keys.0[0].1)];
            change(&mut epochs);
            KeyBundle::decode(&REPO, &epochs).is_ok()
        };
        assert!(decode(|_| ()));
        assert!(decode(|epochs| epochs[0].keys.truncate(1)));
        assert!(!decode(|epochs| drop(epochs[0].keys.remove(0))));
        assert!(!decode(|epochs| epochs[0].keys[3].1[0] ^= 1));
        assert!(!decode(|epochs| epochs[0].id_generation += 1));
        assert!(!decode(|epochs| {
            let again = decode_bundle(&encode_bundle(epochs)).ok().unwrap();
            epochs.extend(again);
        }));
    }
}
