//! Sealed objects: everything but packs (section 3).
use zeroize::Zeroizing;

use crate::backend::ObjectName;
use crate::compress::{Compression, Compressor, Decompressor};
use crate::crypto::{CryptoError, KeyRing, Purpose, SecretKey, Subkeys, TAG_LEN, check_commitment, object_key};
use crate::error::{Error, Result};
use crate::format::{
    DecodeError, MAX_OBJECT_LEN, ObjectHeader, ObjectParts, ObjectType, Payload, object_aad, object_trailer,
    split_object,
};
use crate::id::RepoId;
use crate::world::{World, random};

/// What was in an object; both parts are authenticated.
#[derive(Debug)]
pub struct Opened {
    /// Readable without a key.
    pub plain: Vec<u8>,
    /// The sealed content.
    pub payload: Vec<u8>,
}

/// The type of a sealed object and the subkey it is sealed with; `None` for packs and for key slots, whose key comes from a password.
fn purpose(name: &ObjectName) -> Option<(ObjectType, Purpose)> {
    Some(match name.original() {
        ObjectName::Config(_) => (ObjectType::Config, Purpose::Administration),
        ObjectName::Index(..) => (ObjectType::Index, Purpose::Index),
        ObjectName::Session(_) => (ObjectType::Session, Purpose::Administration),
        ObjectName::Snapshot(_) => (ObjectType::Decision, Purpose::Snapshots),
        ObjectName::Tomb(_) => (ObjectType::Tombstone, Purpose::Administration),
        ObjectName::Mark(_) => (ObjectType::Mark, Purpose::Administration),
        ObjectName::Done(_) => (ObjectType::Done, Purpose::Administration),
        _ => return None,
    })
}

fn not_sealed(name: &ObjectName) -> Error {
    Error::Invalid(format!("{name} is not an object that is sealed with a subkey"))
}

/// The bytes of an object. A replica gets the bytes of its original: put the same bytes under both names.
/// Errors: the payload exceeds the bound of its type.
pub fn seal_object(
    name: &ObjectName,
    repo: &RepoId,
    keys: &Subkeys,
    plain: &[u8],
    payload: &[u8],
    world: &dyn World,
) -> Result<Vec<u8>> {
    let (object_type, purpose) = purpose(name).ok_or_else(|| not_sealed(name))?;
    let binding = Binding { name, object_type, repo, epoch: keys.epoch() };
    binding.seal(keys.key(purpose), plain, payload, world)
}

/// Checks and opens the object that was found under `name`, which may be a replica.
/// Errors: [`Error::Damaged`], also for an object that was moved here; [`Error::Unsupported`] for one of a later version.
pub fn open_object(name: &ObjectName, repo: &RepoId, keys: &KeyRing, bytes: &[u8]) -> Result<Opened> {
    let (object_type, purpose) = purpose(name).ok_or_else(|| not_sealed(name))?;
    let parts = split_intact(name, bytes)?;
    let epoch = parts.header.epoch;
    let subkeys = keys
        .epoch(epoch)
        .ok_or_else(|| Error::damaged(name, format!("It is of key epoch {epoch}, which is unknown")))?;
    let binding = Binding { name, object_type, repo, epoch };
    binding.open(subkeys.key(purpose), &parts)?.ok_or_else(|| Error::damaged(name, CryptoError::WrongKey))
}

/// Takes an object apart that is not damaged as far as can be told without a key.
pub(super) fn split_intact<'a>(name: &ObjectName, bytes: &'a [u8]) -> Result<ObjectParts<'a>> {
    let parts = split_object(bytes).map_err(|error| decode_error(name, error))?;
    if parts.intact { Ok(parts) } else { Err(Error::damaged(name, "Its checksum is wrong")) }
}

/// The library's error for what a decoder says about an object.
pub fn decode_error(name: &ObjectName, error: DecodeError) -> Error {
    match error {
        DecodeError::Damaged(cause) => Error::damaged(name, cause),
        DecodeError::Unsupported(what) => Error::Unsupported { object: name.to_string(), what },
    }
}

/// What the bytes of an object are bound to, besides its key.
pub(super) struct Binding<'a> {
    pub name: &'a ObjectName,
    pub object_type: ObjectType,
    pub repo: &'a RepoId,
    pub epoch: u32,
}

impl Binding<'_> {
    pub(super) fn seal(&self, key: &SecretKey, plain: &[u8], payload: &[u8], world: &dyn World) -> Result<Vec<u8>> {
        // Keys do not compress, and the compressor's buffers are not wiped.
        let compression = if self.object_type == ObjectType::KeySlot { Compression::Off } else { Compression::Auto };
        let compressed = Compressor::default().compress(payload, compression);
        let stored = compressed.as_deref().unwrap_or(payload);
        if payload.len() > self.object_type.max_payload_len() || plain.len() + stored.len() > MAX_OBJECT_LEN - 8192 {
            return Err(Error::Invalid(format!("{} would exceed the size that is allowed", self.name)));
        }
        let framed = Payload { compressed: compressed.is_some(), raw_len: payload.len(), stored };
        let framed = Zeroizing::new(framed.encode(self.object_type, plain.len()));
        let salt = random(world);
        let key = object_key(key, &salt);
        let header = ObjectHeader {
            object_type: self.object_type,
            epoch: self.epoch,
            repo: *self.repo,
            salt,
            commitment: key.commitment,
            plain_len: plain.len(),
            sealed_len: framed.len() + TAG_LEN,
        };
        let header = header.encode();
        let mut out = Vec::with_capacity(header.len() + plain.len() + framed.len() + 64);
        out.extend_from_slice(&header);
        out.extend_from_slice(plain);
        key.aead.seal_into(0, &object_aad(&self.name.original().to_string(), &header, plain), &framed, &mut out);
        out.extend_from_slice(&object_trailer(&out));
        Ok(out)
    }

    /// `None` if the object is sealed with another key.
    pub(super) fn open(&self, key: &SecretKey, parts: &ObjectParts<'_>) -> Result<Option<Opened>> {
        let damaged = |cause| Error::damaged(self.name, cause);
        let header = &parts.header;
        if header.object_type != self.object_type || header.epoch != self.epoch {
            return Err(damaged("It is another kind of object than its name says"));
        }
        if header.repo != *self.repo {
            return Err(damaged("It belongs to another repository"));
        }
        let key = object_key(key, &header.salt);
        if check_commitment(&key.commitment, &header.commitment).is_err() {
            return Ok(None);
        }
        let aad = object_aad(&self.name.original().to_string(), parts.header_bytes, parts.plain);
        let framed = key.aead.open(0, &aad, parts.sealed).map_err(|error| Error::damaged(self.name, error))?;
        let framed = Zeroizing::new(framed);
        let payload = Payload::decode(&framed, self.object_type).map_err(|error| decode_error(self.name, error))?;
        let payload = if payload.compressed {
            let content = Decompressor::default().decompress(payload.stored, payload.raw_len, None);
            content.map_err(|error| Error::damaged(self.name, error))?
        } else {
            payload.stored.to_vec()
        };
        Ok(Some(Opened { plain: parts.plain.to_vec(), payload }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Generations, MasterKey};
    use crate::id::SessionId;
    use crate::world::SystemWorld;

    const REPO: RepoId = RepoId([1; 32]);
    const SID: SessionId = SessionId([2; 16]);

    fn keys(master: u8, epoch: u32) -> Subkeys {
        MasterKey::new(SecretKey::from_bytes([master; 32])).subkeys(&REPO, epoch, Generations::default())
    }

    fn ring() -> KeyRing {
        KeyRing::new(vec![keys(3, 1), keys(4, 2)]).unwrap()
    }

    fn seal(name: &ObjectName, plain: &[u8], payload: &[u8]) -> Vec<u8> {
        seal_object(name, &REPO, &keys(3, 1), plain, payload, &*SystemWorld::new()).unwrap()
    }

    #[test]
    fn all_types_open_again() {
        let names = [
            ObjectName::Config(1),
            ObjectName::Index(SID, 3),
            ObjectName::Session(SID),
            ObjectName::Snapshot(SID),
            ObjectName::Tomb(SID),
            ObjectName::Mark(SID),
            ObjectName::Done(SID),
        ];
        let long = [7; 100_000];
        for name in names {
            for payload in [&b""[..], b"short", &long] {
                let bytes = seal(&name, b"plain", payload);
                assert_eq!(bytes.len(), 1024);
                for found in [Some(name), name.replica()].into_iter().flatten() {
                    let opened = open_object(&found, &REPO, &ring(), &bytes).unwrap();
                    assert_eq!((&opened.plain[..], &opened.payload[..]), (&b"plain"[..], payload));
                }
            }
        }
        let pack = ObjectName::Pack(crate::id::PackId([0; 32]));
        assert!(matches!(open_object(&pack, &REPO, &ring(), &[]), Err(Error::Invalid(_))));
    }

    #[test]
    fn every_flipped_bit_is_refused_even_with_a_fitting_checksum() {
        let name = ObjectName::Tomb(SID);
        let bytes = seal(&name, b"plain", b"payload");
        let body = bytes.len() - 32;
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let refused = |bytes: &[u8]| {
                let error = open_object(&name, &REPO, &ring(), bytes).unwrap_err();
                assert!(matches!(error, Error::Damaged { .. } | Error::Unsupported { .. }), "{bit}: {error}");
            };
            refused(&changed);
            if bit / 8 < body {
                let trailer = object_trailer(&changed[..body]);
                changed[body..].copy_from_slice(&trailer);
                refused(&changed);
            }
        }
    }

    #[test]
    fn moved_objects_are_refused() {
        let bytes = seal(&ObjectName::Index(SID, 3), b"", b"x");
        let damaged = |name, repo: &RepoId, ring: &KeyRing| {
            matches!(open_object(&name, repo, ring, &bytes), Err(Error::Damaged { .. }))
        };
        assert!(!damaged(ObjectName::Index(SID, 3), &REPO, &ring()));
        assert!(damaged(ObjectName::Index(SID, 4), &REPO, &ring()));
        assert!(damaged(ObjectName::Index(SessionId([3; 16]), 3), &REPO, &ring()));
        assert!(damaged(ObjectName::Session(SID), &REPO, &ring()));
        assert!(damaged(ObjectName::Index(SID, 3), &RepoId([9; 32]), &ring()));
        assert!(damaged(ObjectName::Index(SID, 3), &REPO, &KeyRing::new(vec![keys(3, 2)]).unwrap()));
        assert!(damaged(ObjectName::Index(SID, 3), &REPO, &KeyRing::new(vec![keys(4, 1)]).unwrap()));
    }

    #[test]
    fn payloads_are_bounded_by_type() {
        let world = SystemWorld::new();
        let seal = |name, len| seal_object(&name, &REPO, &keys(3, 1), &[], &vec![0; len], &*world);
        assert!(seal(ObjectName::Mark(SID), 16 << 20).is_ok());
        assert!(matches!(seal(ObjectName::Mark(SID), (16 << 20) + 1), Err(Error::Invalid(_))));
        let large = seal(ObjectName::Index(SID, 0), 64 << 20).unwrap();
        assert_eq!(open_object(&ObjectName::Index(SID, 0), &REPO, &ring(), &large).unwrap().payload.len(), 64 << 20);
    }
}
