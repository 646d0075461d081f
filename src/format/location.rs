//! A location in the config object (section 5).
use std::collections::BTreeMap;

use minicbor::{Encoder, encode};

use super::FormatError;
use super::cbor::{self, Decoder};

/// One of several places of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocationConfig {
    /// From 1. Index objects say by it where packs were put; they may have been moved since.
    pub number: u8,
    /// As on the command line; without secrets.
    pub place: String,
    /// Settings with which it is reached; without secrets.
    pub settings: BTreeMap<String, String>,
    /// Bytes of packs that it takes at most.
    pub capacity: Option<u64>,
    /// Locations with a higher priority are given data packs, the others parity; where it is equal they take turns.
    pub priority: u8,
}

/// `[[setting, value]…]`.
pub(super) fn write_settings<W: encode::Write>(
    e: &mut Encoder<W>,
    settings: &BTreeMap<String, String>,
) -> Result<(), encode::Error<W::Error>> {
    e.array(settings.len() as u64)?;
    for (name, value) in settings {
        e.array(2)?.str(name)?.str(value)?;
    }
    Ok(())
}

pub(super) fn read_settings(d: &mut Decoder<'_>) -> Result<BTreeMap<String, String>, FormatError> {
    let mut settings = BTreeMap::new();
    cbor::array(d, |d| {
        cbor::tuple(d, 2)?;
        settings.insert(cbor::text(d)?, cbor::text(d)?);
        Ok(())
    })?;
    Ok(settings)
}

impl LocationConfig {
    pub(super) fn encode(&self) -> Vec<u8> {
        cbor::write(|e| {
            e.map(4 + u64::from(self.capacity.is_some()))?.u8(0)?.u8(self.number)?.u8(1)?.str(&self.place)?;
            write_settings(e.u8(2)?, &self.settings)?;
            if let Some(capacity) = self.capacity {
                e.u8(3)?.u64(capacity)?;
            }
            e.u8(4)?.u8(self.priority)?;
            Ok(())
        })
    }

    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<LocationConfig, FormatError> {
        let mut location = LocationConfig::default();
        cbor::map(decoder, |key, d| {
            match key {
                0 => location.number = d.u8()?,
                1 => location.place = cbor::text(d)?,
                2 => location.settings = read_settings(d)?,
                3 => location.capacity = Some(d.u64()?),
                4 => location.priority = d.u8()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(location)
    }
}
