//! Plain part and note of key slots, and the bundle of keys that is sealed in them (sections 2 and 4).
use zeroize::Zeroizing;

use super::cbor::{self, Decoder};
use super::{DecodeError, FormatError};
use crate::world::Time;

/// How the key encryption key follows from the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySlotHeader {
    /// log2 of scrypt's N. Not validated here: bounds are the business of whoever runs it.
    pub log_n: u8,
    /// scrypt's r.
    pub r: u32,
    /// scrypt's p.
    pub p: u32,
    /// scrypt's salt.
    pub salt: [u8; 32],
    /// A sealed [`KeySlotNote`].
    pub note: Option<Vec<u8>>,
}

impl KeySlotHeader {
    /// The plain part of the object.
    pub fn encode(&self) -> Vec<u8> {
        cbor::write(|e| {
            e.map(if self.note.is_some() { 6 } else { 5 })?;
            e.u8(0)?.u8(1)?.u8(1)?.u8(self.log_n)?.u8(2)?.u32(self.r)?.u8(3)?.u32(self.p)?;
            e.u8(4)?.bytes(&self.salt)?;
            if let Some(note) = &self.note {
                e.u8(5)?.bytes(note)?;
            }
            Ok(())
        })
    }

    /// From the plain part.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (mut kind, mut log_n, mut r, mut p, mut salt, mut note) = (None, None, None, None, None, None);
        cbor::read_map(bytes, |key, d| {
            match key {
                0 => kind = Some(d.u64()?),
                1 => log_n = Some(d.u8()?),
                2 => r = Some(d.u32()?),
                3 => p = Some(d.u32()?),
                4 => salt = Some(cbor::fixed(d)?),
                5 => note = Some(d.bytes()?.to_vec()),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        match kind {
            Some(1) => {}
            Some(kind) => return Err(DecodeError::Unsupported(format!("password derivation {kind}"))),
            None => return Err(FormatError("The key slot does not say how its key is derived").into()),
        }
        let missing = FormatError("A parameter of the key slot is missing");
        let (Some(log_n), Some(r), Some(p), Some(salt)) = (log_n, r, p, salt) else { return Err(missing.into()) };
        Ok(KeySlotHeader { log_n, r, p, salt, note })
    }
}

/// What people want to know of a key slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySlotNote {
    /// When it was made.
    pub created: Time,
    /// Where.
    pub host: String,
    /// By whom.
    pub user: String,
    /// What for.
    pub label: String,
}

impl KeySlotNote {
    /// To be sealed.
    pub fn encode(&self) -> Vec<u8> {
        cbor::write(|e| {
            cbor::write_time(e.map(4)?.u8(0)?, self.created)?;
            e.u8(1)?.str(&self.host)?.u8(2)?.str(&self.user)?.u8(3)?.str(&self.label)?;
            Ok(())
        })
    }

    /// Missing fields are empty.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut note = KeySlotNote::default();
        cbor::read_map(bytes, |key, d| {
            match key {
                0 => note.created = cbor::time(d)?,
                1 => note.host = cbor::text(d)?,
                2 => note.user = cbor::text(d)?,
                3 => note.label = cbor::text(d)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(note)
    }
}

/// The keys of one epoch in a bundle.
pub struct BundleEpoch {
    /// Its number, from 1.
    pub epoch: u32,
    /// Generation of the key for blob ids.
    pub id_generation: u32,
    /// Generation of the chunker's key.
    pub chunker_generation: u32,
    /// By number, 0 being the master key.
    pub keys: Vec<(u32, Zeroizing<[u8; 32]>)>,
}

impl BundleEpoch {
    /// The key with this number.
    pub fn key(&self, number: u32) -> Option<&[u8; 32]> {
        self.keys.iter().find(|(n, _)| *n == number).map(|(_, key)| &**key)
    }
}

/// Encodes a bundle with full rights.
pub fn encode_bundle(epochs: &[BundleEpoch]) -> Zeroizing<Vec<u8>> {
    // Room for all of it, so that growing leaves no copies of keys behind.
    let keys: usize = epochs.iter().map(|epoch| epoch.keys.len()).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(64 + epochs.len() * 64 + keys * 48));
    let bytes = &mut *out;
    let write = |bytes: &mut Vec<u8>| -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        let mut e = cbor::Encoder::new(bytes);
        e.map(2)?.u8(0)?.array(epochs.len() as u64)?;
        for epoch in epochs {
            e.map(4)?.u8(0)?.u32(epoch.epoch)?.u8(1)?.u32(epoch.id_generation)?;
            e.u8(2)?.u32(epoch.chunker_generation)?.u8(3)?.map(epoch.keys.len() as u64)?;
            for (number, key) in &epoch.keys {
                e.u32(*number)?.bytes(&**key)?;
            }
        }
        e.u8(1)?.u8(1)?;
        Ok(())
    };
    write(bytes).expect("a vector takes every byte");
    out
}

/// Decodes a bundle with full rights; there is at least one epoch, and numbers of epochs are not 0.
pub fn decode_bundle(bytes: &[u8]) -> Result<Vec<BundleEpoch>, DecodeError> {
    let (mut epochs, mut roles) = (Vec::new(), None);
    cbor::read_map(bytes, |key, d| {
        match key {
            0 => cbor::array(d, |d| {
                epochs.push(decode_epoch(d)?);
                Ok(())
            })?,
            1 => roles = Some(d.u64()?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    match roles {
        Some(1) if !epochs.is_empty() => Ok(epochs),
        Some(1) | None => Err(FormatError("The key bundle is incomplete").into()),
        Some(roles) => Err(DecodeError::Unsupported(format!("a key with roles {roles}"))),
    }
}

fn decode_epoch(decoder: &mut Decoder<'_>) -> Result<BundleEpoch, FormatError> {
    let mut epoch = BundleEpoch { epoch: 0, id_generation: 0, chunker_generation: 0, keys: Vec::new() };
    cbor::map(decoder, |key, d| {
        match key {
            0 => epoch.epoch = d.u32()?,
            1 => epoch.id_generation = d.u32()?,
            2 => epoch.chunker_generation = d.u32()?,
            3 => cbor::map(d, |number, d| {
                let number = u32::try_from(number).map_err(|_| FormatError("Absurd number of a key"))?;
                epoch.keys.push((number, Zeroizing::new(cbor::fixed(d)?)));
                Ok(true)
            })?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if epoch.epoch == 0 {
        return Err(FormatError("An epoch of the key bundle has no number"));
    }
    Ok(epoch)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> KeySlotHeader {
        KeySlotHeader { log_n: 17, r: 8, p: 1, salt: [3; 32], note: Some(b"sealed".to_vec()) }
    }

    fn bundle() -> Vec<BundleEpoch> {
        let key = |n: u32| (n, Zeroizing::new([n as u8; 32]));
        let epoch = |epoch| BundleEpoch { epoch, id_generation: 2, chunker_generation: 3, keys: vec![key(0), key(8)] };
        vec![epoch(1), epoch(7)]
    }

    #[test]
    fn all_parts_round_trip() {
        for header in [header(), KeySlotHeader { note: None, ..header() }] {
            assert_eq!(KeySlotHeader::decode(&header.encode()), Ok(header));
        }
        let note =
            KeySlotNote {
                created: Time { secs: -1, nanos: 5 }, host: "h".into(), user: "u".into(), label: "é".into()
            };
        assert_eq!(KeySlotNote::decode(&note.encode()), Ok(note));
        let epochs = decode_bundle(&encode_bundle(&bundle())).ok().unwrap();
        assert_eq!(epochs.iter().map(|epoch| epoch.epoch).collect::<Vec<_>>(), [1, 7]);
        assert_eq!((epochs[1].id_generation, epochs[1].chunker_generation), (2, 3));
        assert_eq!((epochs[1].key(8), epochs[1].key(1)), (Some(&[8; 32]), None));
    }

    #[test]
    fn other_derivations_and_roles_are_not_called_damage() {
        let mut bytes = header().encode();
        bytes[2] = 2;
        assert!(matches!(KeySlotHeader::decode(&bytes), Err(DecodeError::Unsupported(_))));
        let mut bytes = encode_bundle(&bundle()).to_vec();
        *bytes.last_mut().unwrap() = 2;
        assert!(matches!(decode_bundle(&bytes), Err(DecodeError::Unsupported(_))));
        assert!(matches!(decode_bundle(&encode_bundle(&[])), Err(DecodeError::Damaged(_))));
        assert!(matches!(decode_bundle(b"\xa2\0\x81\xa1\0\0\x01\x01"), Err(DecodeError::Damaged(_))));
        assert!(matches!(KeySlotHeader::decode(b"\xa1\0\x01"), Err(DecodeError::Damaged(_))));
    }

    proptest! {
        #[test]
        fn arbitrary_and_changed_bytes_never_panic(
            noise in prop::collection::vec(any::<u8>(), 0..200), at: prop::sample::Index, value: u8,
        ) {
            let _ = (KeySlotHeader::decode(&noise), KeySlotNote::decode(&noise), decode_bundle(&noise));
            for mut bytes in [header().encode(), KeySlotNote::default().encode(), encode_bundle(&bundle()).to_vec()] {
                *at.get_mut(&mut bytes) = value;
                let _ = (KeySlotHeader::decode(&bytes), KeySlotNote::decode(&bytes), decode_bundle(&bytes));
            }
        }
    }
}
