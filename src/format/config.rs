//! The config object (section 5).
use std::collections::BTreeMap;

use zeroize::Zeroize;

use super::LocationConfig;
use super::cbor::{self, Decoder};
use super::location::{read_settings, write_settings};
use super::{DecodeError, FormatError};
use crate::world::Time;

/// Settings of a repository, all of them validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `n` of its name.
    pub number: u64,
    /// Unknown ones are kept when a config is rewritten.
    pub optional_features: Vec<String>,
    /// Sizes of chunks.
    pub chunker: ChunkerConfig,
    /// Size of full packs: a power of two.
    pub pack_size: u32,
    /// Data packs of a stripe.
    pub k: u8,
    /// Parity packs of a stripe.
    pub m: u8,
    /// The places over which the repository is spread, the primary first; none if it is in one place, which it does not name.
    pub locations: Vec<LocationConfig>,
    /// Level of zstd; 0 is off, 1000 automatic.
    pub compression: i32,
    /// Whether what replaces older data is stored as a delta of it: 0 where it pays, 1 always, 2 never.
    pub delta: u8,
    /// Files of at most so many bytes are stored in their node.
    pub inline_limit: u32,
    /// Raw bytes that a frame should have.
    pub frame_target: u32,
    /// When the repository was made.
    pub created: Time,
    /// Whether only one machine ever writes.
    pub single_writer: bool,
    /// Of the key for blob ids.
    pub id_generation: u32,
    /// Of the chunker's key.
    pub chunker_generation: u32,
    /// Takes the place of the chunker's subkey: the repository cuts like another one, so that copies deduplicate with its own backups.
    pub chunker_key: Option<ChunkerKey>,
    /// Of a repository in one place, what else holds for that place, as in [`LocationConfig::settings`].
    pub settings: BTreeMap<String, String>,
    /// Fields of later versions: key and encoded value; written back as they were.
    pub unknown: Vec<(u64, Vec<u8>)>,
}

/// The key of the chunker's table, as secret as a subkey: not printable, zeroed on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct ChunkerKey(pub [u8; 32]);

impl Drop for ChunkerKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for ChunkerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChunkerKey")
    }
}
/// Locations of one repository at most.
const MAX_LOCATIONS: usize = 64;

/// Sizes of chunks in bytes, for FastCDC 2020.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ChunkerConfig {
    pub min: u32,
    pub average: u32,
    pub max: u32,
    pub level: u8,
}

impl Config {
    /// The content of the object.
    pub fn encode(&self) -> Vec<u8> {
        let chunker_key = self.chunker_key.iter().map(|key| (17, cbor::write(|e| e.bytes(&key.0)?.ok())));
        let settings = (!self.settings.is_empty()).then(|| (18, cbor::write(|e| write_settings(e, &self.settings))));
        let mut more: Vec<(u64, Vec<u8>)> = self.unknown.iter().cloned().chain(chunker_key).chain(settings).collect();
        more.sort();
        cbor::write(|e| {
            // Older programs know nothing of deltas as a setting, and `auto` is what they do without.
            let delta = u64::from(self.delta != 0);
            e.map(15 + delta + more.len() as u64)?.u8(0)?.u8(1)?.u8(1)?.u64(self.number)?.u8(2)?.array(0)?;
            e.u8(3)?.array(self.optional_features.len() as u64)?;
            for feature in &self.optional_features {
                e.str(feature)?;
            }
            let ChunkerConfig { min, average, max, level } = self.chunker;
            e.u8(4)?.map(5)?.u8(0)?.u8(1)?.u8(1)?.u32(min)?.u8(2)?.u32(average)?.u8(3)?.u32(max)?.u8(4)?.u8(level)?;
            e.u8(5)?.u32(self.pack_size)?;
            e.u8(6)?.map(2)?.u8(0)?.u8(self.k)?.u8(1)?.u8(self.m)?;
            e.u8(7)?.array(self.locations.len() as u64)?;
            for location in &self.locations {
                e.writer_mut().extend_from_slice(&location.encode());
            }
            e.u8(8)?.i32(self.compression)?;
            e.u8(9)?.u32(self.inline_limit)?.u8(10)?.u32(self.frame_target)?;
            cbor::write_time(e.u8(11)?, self.created)?;
            e.u8(12)?.bool(self.single_writer)?;
            e.u8(13)?.u32(self.id_generation)?.u8(14)?.u32(self.chunker_generation)?;
            if self.delta != 0 {
                e.u8(15)?.u8(self.delta)?;
            }
            for (key, value) in &more {
                e.u64(*key)?.writer_mut().extend_from_slice(value);
            }
            Ok(())
        })
    }

    /// From the content of the object. Version and required features are looked at before anything else is judged.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        check_version(bytes)?;
        let (mut chunker, mut parity, mut created) = (None, None, None);
        let (mut number, mut pack_size, mut compression, mut inline_limit, mut frame_target) =
            (None, None, None, None, None);
        let (mut optional_features, mut unknown) = (Vec::new(), Vec::new());
        let (mut single_writer, mut id_generation, mut chunker_generation) = (false, 0, 0);
        let (mut chunker_kind, mut locations, mut delta, mut chunker_key) = (None, Vec::new(), 0, None);
        let mut settings = BTreeMap::new();
        cbor::read_map(bytes, |key, d| {
            match key {
                0 | 2 => return Ok(false),
                1 => number = Some(d.u64()?),
                3 => optional_features = texts(d)?,
                4 => (chunker_kind, chunker) = decode_chunker(d)?,
                5 => pack_size = Some(d.u32()?),
                6 => parity = decode_parity(d)?,
                7 => cbor::array(d, |d| {
                    if locations.len() == MAX_LOCATIONS {
                        return Err(FormatError("There are too many locations"));
                    }
                    locations.push(LocationConfig::decode(d)?);
                    Ok(())
                })?,
                8 => compression = Some(d.i32()?),
                9 => inline_limit = Some(d.u32()?),
                10 => frame_target = Some(d.u32()?),
                11 => created = Some(cbor::time(d)?),
                12 => single_writer = d.bool()?,
                13 => id_generation = d.u32()?,
                14 => chunker_generation = d.u32()?,
                15 => delta = d.u8()?,
                17 => chunker_key = Some(ChunkerKey(cbor::fixed(d)?)),
                18 => settings = read_settings(d)?,
                _ => unknown.push((key, cbor::skip(d)?.to_vec())),
            }
            Ok(true)
        })?;
        // As they are written again.
        unknown.sort();
        if let Some(kind) = chunker_kind.filter(|kind| *kind != 1) {
            return Err(DecodeError::Unsupported(format!("chunker {kind}")));
        }
        let missing = FormatError("A setting is missing");
        let (k, m) = parity.ok_or(missing)?;
        let config = Config {
            number: number.ok_or(missing)?,
            optional_features,
            chunker: chunker.filter(|_| chunker_kind.is_some()).ok_or(missing)?,
            pack_size: pack_size.ok_or(missing)?,
            k,
            m,
            locations,
            compression: compression.ok_or(missing)?,
            delta,
            inline_limit: inline_limit.ok_or(missing)?,
            frame_target: frame_target.ok_or(missing)?,
            created: created.ok_or(missing)?,
            single_writer,
            id_generation,
            chunker_generation,
            chunker_key,
            settings,
            unknown,
        };
        config.validate()?;
        Ok(config)
    }

    /// Whether all values are allowed; [`Config::decode`] and `init` refuse others.
    pub fn validate(&self) -> Result<(), FormatError> {
        let ChunkerConfig { min, average, max, level } = self.chunker;
        let refuse = |wrong: bool, cause| if wrong { Err(FormatError(cause)) } else { Ok(()) };
        refuse(self.number == 0, "The number of the config is 0")?;
        refuse([min, average, max].iter().any(|size| size % 2 != 0), "Chunk sizes must be even")?;
        refuse(min < 64 || !(256..=4 << 20).contains(&average) || max > 16 << 20, "Chunk sizes are out of range")?;
        refuse(min > average || average > max, "Chunk sizes do not ascend")?;
        refuse(level > 3, "The chunker's normalization level is more than 3")?;
        refuse(
            !self.pack_size.is_power_of_two() || !(256 << 10..=64 << 20).contains(&self.pack_size),
            "The pack size is no power of two from 256 KiB to 64 MiB",
        )?;
        refuse(max > self.pack_size / 2, "Chunks may have half the pack size at most")?;
        refuse(self.k == 0 || self.k > 128 || self.m > 32, "The parity scheme is out of range")?;
        let numbers: std::collections::BTreeSet<u8> = self.locations.iter().map(|location| location.number).collect();
        refuse(numbers.len() < self.locations.len() || numbers.contains(&0), "The numbers of locations are wrong")?;
        refuse(self.locations.iter().any(|location| location.place.is_empty()), "A location has no place")?;
        refuse(!(-7..=19).contains(&self.compression) && self.compression != 1000, "No such compression level")?;
        refuse(self.delta > 2, "No such delta mode")?;
        refuse(self.inline_limit > 64 << 10, "The inline limit is more than 64 KiB")?;
        refuse(self.frame_target == 0 || self.frame_target > 16 << 20, "The frame target is out of range")
    }
}

/// Refuses other versions and unknown required features.
fn check_version(bytes: &[u8]) -> Result<(), DecodeError> {
    let (mut version, mut required) = (None, Vec::new());
    cbor::read_map(bytes, |key, d| {
        match key {
            0 => version = Some(d.u64()?),
            2 => required = texts(d)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    match (version, required.first()) {
        (Some(1), None) => Ok(()),
        (Some(1), Some(feature)) => Err(DecodeError::Unsupported(format!("feature {feature:?}"))),
        (Some(version), _) => Err(DecodeError::Unsupported(format!("format version {version}"))),
        (None, _) => Err(FormatError("The format version is missing").into()),
    }
}

fn texts(decoder: &mut Decoder<'_>) -> Result<Vec<String>, FormatError> {
    let mut out = Vec::new();
    cbor::array(decoder, |d| {
        out.push(cbor::text(d)?);
        Ok(())
    })?;
    Ok(out)
}

type Chunking = (Option<u64>, Option<ChunkerConfig>);

fn decode_chunker(decoder: &mut Decoder<'_>) -> Result<Chunking, FormatError> {
    let (mut kind, mut min, mut average, mut max, mut level) = (None, None, None, None, None);
    cbor::map(decoder, |key, d| {
        match key {
            0 => kind = Some(d.u64()?),
            1 => min = Some(d.u32()?),
            2 => average = Some(d.u32()?),
            3 => max = Some(d.u32()?),
            4 => level = Some(d.u8()?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let sizes = match (min, average, max, level) {
        (Some(min), Some(average), Some(max), Some(level)) => Some(ChunkerConfig { min, average, max, level }),
        _ => None,
    };
    Ok((kind, sizes))
}

fn decode_parity(decoder: &mut Decoder<'_>) -> Result<Option<(u8, u8)>, FormatError> {
    let (mut k, mut m) = (None, None);
    cbor::map(decoder, |key, d| {
        match key {
            0 => k = Some(d.u8()?),
            1 => m = Some(d.u8()?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(k.zip(m))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn config() -> Config {
        Config {
            number: 3,
            optional_features: vec!["later".into()],
            chunker: ChunkerConfig { min: 32 << 10, average: 128 << 10, max: 512 << 10, level: 1 },
            pack_size: 1 << 20,
            k: 20,
            m: 2,
            locations: vec![
                LocationConfig {
                    number: 3,
                    place: "s3://bucket".into(),
                    settings: [("endpoint".to_owned(), "https://host".to_owned())].into(),
                    capacity: Some(1 << 40),
                    priority: 7,
                },
                LocationConfig { number: 1, place: "/srv".into(), ..LocationConfig::default() },
            ],
            compression: 1000,
            delta: 2,
            inline_limit: 256,
            frame_target: 512 << 10,
            created: Time { secs: 5, nanos: 6 },
            single_writer: true,
            id_generation: 1,
            chunker_generation: 2,
            chunker_key: None,
            settings: BTreeMap::new(),
            unknown: vec![(16, vec![0x81, 1]), (70_000, vec![0xf6])],
        }
    }

    #[test]
    fn round_trips_with_fields_of_later_versions() {
        assert_eq!(Config::decode(&config().encode()), Ok(config()));
        let shared = Config { chunker_key: Some(ChunkerKey([7; 32])), ..config() };
        assert_eq!(Config::decode(&shared.encode()), Ok(shared.clone()));
        assert!(!format!("{shared:?}").contains("7, 7"));
        let locked = Config { settings: [("object_lock".to_owned(), "governance:30d".to_owned())].into(), ..config() };
        assert_eq!(Config::decode(&locked.encode()), Ok(locked));
    }

    #[test]
    fn every_value_is_validated() {
        let wrong: [fn(&mut Config); 26] = [
            |c| c.number = 0,
            |c| c.chunker.min = 62,
            |c| c.chunker.min = 1001,
            |c| c.chunker.min = 256 << 10,
            |c| c.chunker.average = 254,
            |c| c.chunker.average = 1 << 20,
            |c| c.chunker.max = 32 << 20,
            |c| c.chunker.max = 600 << 10,
            |c| c.chunker.level = 4,
            |c| c.pack_size = 128 << 10,
            |c| c.pack_size = 128 << 20,
            |c| c.pack_size = 3 << 19,
            |c| c.k = 0,
            |c| c.k = 129,
            |c| c.m = 33,
            |c| c.locations[0].number = 0,
            |c| c.locations[0].number = 1,
            |c| c.locations[1].place.clear(),
            |c| c.locations = (1..=65).map(|number| LocationConfig { number, ..c.locations[0].clone() }).collect(),
            |c| c.compression = 20,
            |c| c.compression = -8,
            |c| c.compression = 999,
            |c| c.delta = 3,
            |c| c.inline_limit = 65_537,
            |c| c.frame_target = 0,
            |c| c.frame_target = (16 << 20) + 1,
        ];
        for (i, change) in wrong.iter().enumerate() {
            let mut config = config();
            change(&mut config);
            assert!(matches!(Config::decode(&config.encode()), Err(DecodeError::Damaged(_))), "{i}");
        }
    }

    #[test]
    fn the_future_is_refused_as_such() {
        let unsupported = |bytes: &[u8]| matches!(Config::decode(bytes), Err(DecodeError::Unsupported(_)));
        let mut version = config().encode();
        assert_eq!(version[..3], [0xb2, 0, 1]);
        version[2] = 2;
        assert!(unsupported(&version));
        // Later versions may have whatever they like elsewhere.
        assert!(unsupported(b"\xa2\0\x02\x01\x60"));
        assert!(unsupported(b"\xa2\0\x01\x02\x81\x63new"));
        assert!(matches!(Config::decode(b"\xa1\0\x01"), Err(DecodeError::Damaged(_))));
        assert!(matches!(Config::decode(b"\xa0"), Err(DecodeError::Damaged(_))));
        let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|window| window == what).unwrap();
        let mut chunker = config().encode();
        let at = find(&chunker, &[4, 0xa5, 0, 1]);
        chunker[at + 3] = 2;
        assert!(unsupported(&chunker));
    }

    proptest! {
        #[test]
        fn arbitrary_and_changed_bytes_never_panic(
            noise in prop::collection::vec(any::<u8>(), 0..200), at: prop::sample::Index, value: u8,
        ) {
            let _ = Config::decode(&noise);
            let mut bytes = config().encode();
            *at.get_mut(&mut bytes) = value;
            if let Ok(config) = Config::decode(&bytes) {
                prop_assert_eq!(config.validate(), Ok(()));
            }
        }
    }
}
