//! The envelope of sealed objects, without their keys (section 3).
use super::{DecodeError, FormatError};
use crate::id::RepoId;

/// Bytes before the plain part.
pub const HEADER_LEN: usize = 128;
/// Bytes behind the sealed part.
pub const TRAILER_LEN: usize = 32;
/// No object but a pack is larger.
pub const MAX_OBJECT_LEN: usize = 64 << 20;

const MAGIC: &[u8; 8] = b"CADDISO1";
const TAG_LEN: usize = 16;
/// Codec and the two lengths before the stored bytes.
const PAYLOAD_HEADER_LEN: usize = 9;

/// What an object is; the numbers are those of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum ObjectType {
    Config = 1,
    KeySlot = 2,
    Index = 3,
    Session = 4,
    Decision = 5,
    Tombstone = 6,
    Mark = 7,
    Done = 8,
}

impl ObjectType {
    fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => ObjectType::Config,
            2 => ObjectType::KeySlot,
            3 => ObjectType::Index,
            4 => ObjectType::Session,
            5 => ObjectType::Decision,
            6 => ObjectType::Tombstone,
            7 => ObjectType::Mark,
            8 => ObjectType::Done,
            _ => return None,
        })
    }

    /// The length of a whole object of at least `len` bytes: a multiple that hides what it says.
    pub fn padded(self, len: usize) -> usize {
        match self {
            ObjectType::Index if len > 8192 => len.next_multiple_of(4096),
            _ => len.next_multiple_of(1024),
        }
    }

    /// No payload is longer when it is decompressed.
    pub fn max_payload_len(self) -> usize {
        if self == ObjectType::Index { 64 << 20 } else { 16 << 20 }
    }
}

/// The first 128 bytes, all of them readable without a key and authenticated when the object is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectHeader {
    /// What it is.
    pub object_type: ObjectType,
    /// Epoch of the key; 0 in a key slot.
    pub epoch: u32,
    /// The repository it belongs to.
    pub repo: RepoId,
    /// Makes the key of this object.
    pub salt: [u8; 32],
    /// Tells whether a key is the right one.
    pub commitment: [u8; 32],
    /// Length of the plain part.
    pub plain_len: usize,
    /// Length of the sealed part with its tag.
    pub sealed_len: usize,
}

impl ObjectHeader {
    /// Its bytes.
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let mut out = [0; HEADER_LEN];
        out[..8].copy_from_slice(MAGIC);
        out[8] = self.object_type as u8;
        out[12..16].copy_from_slice(&self.epoch.to_le_bytes());
        out[16..48].copy_from_slice(&self.repo.0);
        out[48..80].copy_from_slice(&self.salt);
        out[80..112].copy_from_slice(&self.commitment);
        out[112..120].copy_from_slice(&(self.plain_len as u64).to_le_bytes());
        out[120..].copy_from_slice(&(self.sealed_len as u64).to_le_bytes());
        out
    }

    /// From bytes; lengths are bounded, so that their sum cannot overflow.
    pub fn decode(bytes: &[u8; HEADER_LEN]) -> Result<Self, DecodeError> {
        let at = |start: usize| -> &[u8] { &bytes[start..] };
        if &bytes[..8] != MAGIC {
            return Err(FormatError("It does not begin like an object of caddis").into());
        }
        let object_type =
            ObjectType::from_number(bytes[8]).ok_or(DecodeError::Unsupported(format!("object type {}", bytes[8])))?;
        if bytes[9] != 0 {
            return Err(DecodeError::Unsupported(format!("key wrap {}", bytes[9])));
        }
        if bytes[10..12] != [0; 2] {
            return Err(FormatError("Reserved bytes of the header are not zero").into());
        }
        let length = |start| {
            let length = u64::from_le_bytes(array(at(start)));
            if length > MAX_OBJECT_LEN as u64 {
                return Err(FormatError("A length in the header is too large"));
            }
            Ok(length as usize)
        };
        Ok(ObjectHeader {
            object_type,
            epoch: u32::from_le_bytes(array(at(12))),
            repo: RepoId(array(at(16))),
            salt: array(at(48)),
            commitment: array(at(80)),
            plain_len: length(112)?,
            sealed_len: length(120)?,
        })
    }
}

/// The first `N` bytes of a slice that has them: fixed offsets within a fixed array.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    *bytes.first_chunk().expect("offsets lie within the header")
}

/// The parts of an object's bytes. Nothing of it is authenticated.
#[derive(Debug)]
pub struct ObjectParts<'a> {
    /// Decoded header.
    pub header: ObjectHeader,
    /// Its bytes.
    pub header_bytes: &'a [u8; HEADER_LEN],
    /// Plain part.
    pub plain: &'a [u8],
    /// Sealed part with its tag.
    pub sealed: &'a [u8],
    /// Whether the checksum at the end is right: if it is not, the object is damaged. If it is, nobody has vouched for it.
    pub intact: bool,
}

/// Takes an object apart. Costs one hash over it.
pub fn split_object(bytes: &[u8]) -> Result<ObjectParts<'_>, DecodeError> {
    if bytes.len() > MAX_OBJECT_LEN {
        return Err(FormatError("It is too large").into());
    }
    let cut = FormatError("It ends early");
    let (body, trailer) = bytes.split_last_chunk::<TRAILER_LEN>().ok_or(cut)?;
    let (header_bytes, parts) = body.split_first_chunk::<HEADER_LEN>().ok_or(cut)?;
    let intact = blake3::hash(body) == *trailer;
    let header = ObjectHeader::decode(header_bytes).map_err(|error| match error {
        // A damaged header is not one of a later version, and must not be taken for one: a replica may help.
        DecodeError::Unsupported(_) if !intact => FormatError("Its header is damaged").into(),
        error => error,
    })?;
    if header.plain_len + header.sealed_len != parts.len() {
        return Err(FormatError("Its length is not what its header says").into());
    }
    let (plain, sealed) = parts.split_at_checked(header.plain_len).ok_or(cut)?;
    Ok(ObjectParts { header, header_bytes, plain, sealed, intact })
}

/// What a scrub without a key can say about an object: that it has the right form and its checksum is right.
pub fn check_object(bytes: &[u8]) -> Result<(), DecodeError> {
    match split_object(bytes)?.intact {
        true => Ok(()),
        false => Err(FormatError("Its checksum is wrong").into()),
    }
}

/// The trailer for everything before it.
pub fn object_trailer(body: &[u8]) -> [u8; TRAILER_LEN] {
    *blake3::hash(body).as_bytes()
}

/// Additional data of the sealed part; `name` is that of section 1 without `replica/`.
pub fn object_aad(name: &str, header: &[u8; HEADER_LEN], plain: &[u8]) -> Vec<u8> {
    let mut aad = Vec::with_capacity(2 + name.len() + HEADER_LEN + plain.len());
    aad.extend_from_slice(&(name.len() as u16).to_le_bytes());
    aad.extend_from_slice(name.as_bytes());
    aad.extend_from_slice(header);
    aad.extend_from_slice(plain);
    aad
}

/// The sealed plaintext as it is stored, possibly compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    /// Whether `stored` is a zstd frame.
    pub compressed: bool,
    /// Length of the content.
    pub raw_len: usize,
    /// The content, or its zstd frame.
    pub stored: &'a [u8],
}

impl<'a> Payload<'a> {
    /// With zeros behind it, for an object of this type with a plain part of `plain_len` bytes.
    pub fn encode(&self, object_type: ObjectType, plain_len: usize) -> Vec<u8> {
        let len = PAYLOAD_HEADER_LEN + self.stored.len();
        let around = HEADER_LEN + plain_len + TAG_LEN + TRAILER_LEN;
        let padded = object_type.padded(around + len) - around;
        // The tag gets appended by the one who seals.
        let mut out = Vec::with_capacity(padded + TAG_LEN);
        out.push(u8::from(self.compressed));
        out.extend_from_slice(&(self.raw_len as u32).to_le_bytes());
        out.extend_from_slice(&(self.stored.len() as u32).to_le_bytes());
        out.extend_from_slice(self.stored);
        out.resize(padded, 0);
        out
    }

    /// From an opened sealed part. The raw length is within the bound of the type.
    pub fn decode(bytes: &'a [u8], object_type: ObjectType) -> Result<Self, DecodeError> {
        let cut = FormatError("Its sealed part ends early");
        let ([codec, lengths @ ..], rest) = bytes.split_first_chunk::<PAYLOAD_HEADER_LEN>().ok_or(cut)?;
        let [raw_len, stored_len] = [0, 4].map(|at| u32::from_le_bytes(array(&lengths[at..])) as usize);
        let (stored, zeros) = rest.split_at_checked(stored_len).ok_or(cut)?;
        if raw_len > object_type.max_payload_len() {
            return Err(FormatError("Its content is too large").into());
        }
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(FormatError("Its padding is not zero").into());
        }
        match codec {
            0 if raw_len != stored_len => Err(FormatError("Its two lengths differ though it is not compressed").into()),
            0 | 1 => Ok(Payload { compressed: *codec == 1, raw_len, stored }),
            _ => Err(DecodeError::Unsupported(format!("codec {codec}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Vec<u8> {
        let payload = Payload { compressed: false, raw_len: 5, stored: b"hello" }.encode(ObjectType::Mark, 3);
        let header = ObjectHeader {
            object_type: ObjectType::Mark,
            epoch: 0x01020304,
            repo: RepoId([5; 32]),
            salt: [6; 32],
            commitment: [7; 32],
            plain_len: 3,
            sealed_len: payload.len() + TAG_LEN,
        };
        let mut bytes = [&header.encode()[..], b"abc", &payload, &[8; TAG_LEN]].concat();
        bytes.extend_from_slice(&object_trailer(&bytes));
        bytes
    }

    #[test]
    fn fields_are_where_the_format_says() {
        let bytes = sample();
        assert_eq!(bytes.len(), 1024);
        assert_eq!(bytes[..16], *b"CADDISO1\x07\0\0\0\x04\x03\x02\x01");
        assert_eq!((bytes[16], bytes[47], bytes[48], bytes[79], bytes[80], bytes[111]), (5, 5, 6, 6, 7, 7));
        assert_eq!(bytes[112..128], [3, 0, 0, 0, 0, 0, 0, 0, 0x5d, 3, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes[128..145], *b"abc\0\x05\0\0\0\x05\0\0\0hello");
        let parts = split_object(&bytes).unwrap();
        assert!(parts.intact);
        assert_eq!((parts.plain, parts.sealed.len()), (&b"abc"[..], 0x35d));
        assert_eq!(parts.header.encode(), *parts.header_bytes);
        assert_eq!(object_aad("gc/x", &[9; 128], b"abc")[..7], *b"\x04\0gc/x\x09");
        for (content, length) in [(1, 1024), (8192 - 185, 8192), (8193 - 185, 12_288), (12_289 - 185, 16_384)] {
            let index =
                Payload { compressed: true, raw_len: 9, stored: &vec![1; content] }.encode(ObjectType::Index, 0);
            assert_eq!(index.len() + 128 + 16 + 32, length);
        }
    }

    #[test]
    fn every_change_is_found_without_a_key() {
        let bytes = sample();
        check_object(&bytes).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(check_object(&changed).is_err(), "{bit}");
        }
        for len in 0..bytes.len() {
            assert!(check_object(&bytes[..len]).is_err(), "{len}");
        }
        assert!(check_object(&[&bytes[..], b"\0"].concat()).is_err());
    }

    #[test]
    fn unknown_wraps_types_and_codecs_are_not_called_damage() {
        let bytes = sample();
        for (at, value) in [(8, 0), (8, 9), (9, 1)] {
            let mut changed = bytes.clone();
            changed[at] = value;
            assert!(matches!(split_object(&changed), Err(DecodeError::Damaged(_))), "the checksum is wrong as well");
            let body = changed.len() - TRAILER_LEN;
            let trailer = object_trailer(&changed[..body]);
            changed[body..].copy_from_slice(&trailer);
            assert!(matches!(split_object(&changed), Err(DecodeError::Unsupported(_))));
        }
        let decode = |bytes: &[u8]| Payload::decode(bytes, ObjectType::Mark).map(|_| ());
        assert_eq!(decode(b"\0\x01\0\0\0\x01\0\0\0x\0\0"), Ok(()));
        assert!(matches!(decode(b"\x02\x01\0\0\0\x01\0\0\0x"), Err(DecodeError::Unsupported(_))));
        for bad in [
            &b""[..],
            b"\0\x01\0\0\0\x01\0\0\0",
            b"\0\x01\0\0\0\x02\0\0\0xy",
            b"\0\x01\0\0\0\x01\0\0\0x\x01",
            b"\x01\x01\0\0\x01\x01\0\0\0x",
        ] {
            assert!(matches!(decode(bad), Err(DecodeError::Damaged(_))), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_and_changed_bytes_never_panic(
            noise in prop::collection::vec(any::<u8>(), 0..300), at: prop::sample::Index, value: u8,
        ) {
            let _ = split_object(&noise);
            let _ = Payload::decode(&noise, ObjectType::Index);
            let mut bytes = sample();
            *at.get_mut(&mut bytes) = value;
            let _ = split_object(&bytes);
        }
    }
}
