//! Strict CBOR on top of minicbor: definite lengths, unsigned integer keys, no duplicates, no trailing bytes.
//!
//! Nothing here allocates by a length that the bytes merely claim: counts are looped over, and every turn consumes input.
use std::collections::BTreeSet;
use std::convert::Infallible;

use minicbor::data::Type;
use minicbor::encode;
pub use minicbor::{Decoder, Encoder};

use super::FormatError;
use crate::world::Time;

/// Deepest nesting of a value that is skipped.
const MAX_NESTING: usize = 16;

/// Result of a step of decoding.
pub type Result<T> = std::result::Result<T, FormatError>;

impl From<minicbor::decode::Error> for FormatError {
    fn from(_: minicbor::decode::Error) -> Self {
        FormatError("CBOR is malformed or has a value of a wrong type")
    }
}

/// Writes one value into a new buffer. Errors cannot happen; `?` is there for chaining.
pub fn write(
    fill: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> std::result::Result<(), encode::Error<Infallible>>,
) -> Vec<u8> {
    let mut out = Vec::new();
    fill(&mut Encoder::new(&mut out)).expect("a vector takes every byte");
    out
}

/// Writes a time as section 9 has it.
pub fn write_time<W: encode::Write>(
    out: &mut Encoder<W>,
    time: Time,
) -> std::result::Result<&mut Encoder<W>, encode::Error<W::Error>> {
    out.array(2)?.i64(time.secs)?.u32(time.nanos)
}

/// Decodes all of `bytes` with `value`; trailing bytes are refused.
pub fn read<'b, T>(bytes: &'b [u8], value: impl FnOnce(&mut Decoder<'b>) -> Result<T>) -> Result<T> {
    let mut decoder = Decoder::new(bytes);
    let result = value(&mut decoder)?;
    if decoder.position() != bytes.len() {
        return Err(FormatError("Bytes follow the CBOR value"));
    }
    Ok(result)
}

/// Decodes `bytes` as one map; see [`map`].
pub fn read_map<'b>(bytes: &'b [u8], field: impl FnMut(u64, &mut Decoder<'b>) -> Result<bool>) -> Result<()> {
    read(bytes, |decoder| map(decoder, field))
}

/// Decodes a map. `field` gets each key and takes the value, or returns false without having read: the key is unknown and skipped.
pub fn map<'b>(decoder: &mut Decoder<'b>, mut field: impl FnMut(u64, &mut Decoder<'b>) -> Result<bool>) -> Result<()> {
    let count = decoder.map()?.ok_or(FormatError("CBOR map of indefinite length"))?;
    let mut seen = BTreeSet::new();
    for _ in 0..count {
        let key = decoder.u64()?;
        if !seen.insert(key) {
            return Err(FormatError("Duplicate key in a CBOR map"));
        }
        if !field(key, decoder)? {
            skip(decoder)?;
        }
    }
    Ok(())
}

/// Decodes an array of any length, `item` by item.
pub fn array<'b>(decoder: &mut Decoder<'b>, mut item: impl FnMut(&mut Decoder<'b>) -> Result<()>) -> Result<()> {
    let count = decoder.array()?.ok_or(FormatError("CBOR array of indefinite length"))?;
    (0..count).try_for_each(|_| item(decoder))
}

/// Decodes the head of an array that must have `count` items.
pub fn tuple(decoder: &mut Decoder<'_>, count: u64) -> Result<()> {
    match decoder.array()? {
        Some(n) if n == count => Ok(()),
        _ => Err(FormatError("CBOR array of a wrong length")),
    }
}

/// Decodes exactly `N` bytes.
pub fn fixed<const N: usize>(decoder: &mut Decoder<'_>) -> Result<[u8; N]> {
    decoder.bytes()?.try_into().map_err(|_| FormatError("Byte string of a wrong length"))
}

/// Decodes a text.
pub fn text(decoder: &mut Decoder<'_>) -> Result<String> {
    Ok(decoder.str()?.to_owned())
}

/// Decodes a time (section 9).
pub fn time(decoder: &mut Decoder<'_>) -> Result<Time> {
    tuple(decoder, 2)?;
    let time = Time { secs: decoder.i64()?, nanos: decoder.u32()? };
    if time.nanos >= 1_000_000_000 {
        return Err(FormatError("Nanoseconds of a time are a second or more"));
    }
    Ok(time)
}

/// Passes over one value of any type and returns its bytes, so that a rewriting program can keep it.
pub fn skip<'b>(decoder: &mut Decoder<'b>) -> Result<&'b [u8]> {
    let (input, start) = (decoder.input(), decoder.position());
    // How many values each open container still has to give.
    let mut open: Vec<u64> = vec![1];
    while let Some(left) = open.last_mut() {
        if *left == 0 {
            open.pop();
            continue;
        }
        *left -= 1;
        let inner = match decoder.datatype()? {
            Type::Array => decoder.array()?.ok_or(FormatError("CBOR array of indefinite length"))?,
            Type::Map => decoder
                .map()?
                .and_then(|pairs| pairs.checked_mul(2))
                .ok_or(FormatError("CBOR map of indefinite or absurd length"))?,
            Type::Tag => {
                decoder.tag()?;
                1
            }
            Type::BytesIndef | Type::StringIndef | Type::ArrayIndef | Type::MapIndef | Type::Break => {
                return Err(FormatError("CBOR value of indefinite length"));
            }
            Type::String => {
                decoder.str()?;
                0
            }
            _ => {
                decoder.skip()?;
                0
            }
        };
        if inner > 0 {
            if open.len() > MAX_NESTING {
                return Err(FormatError("CBOR is nested too deeply"));
            }
            open.push(inner);
        }
    }
    input.get(start..decoder.position()).ok_or(FormatError("CBOR ends early"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn maps_take_known_keys_in_any_order_and_skip_the_rest() {
        let bytes = write(|e| {
            e.map(3)?.u8(9)?.array(2)?.map(1)?.str("x")?.bytes(b"yz")?.null()?;
            e.u8(1)?.u8(7)?.u8(0)?;
            write_time(e, Time { secs: -3, nanos: 5 })?;
            Ok(())
        });
        let (mut number, mut when) = (None, None);
        read_map(&bytes, |key, decoder| {
            match key {
                0 => when = Some(time(decoder)?),
                1 => number = Some(decoder.u32()?),
                _ => return Ok(false),
            }
            Ok(true)
        })
        .unwrap();
        assert_eq!((number, when), (Some(7), Some(Time { secs: -3, nanos: 5 })));
    }

    #[test]
    fn duplicates_trailing_bytes_indefinite_lengths_and_lies_are_refused() {
        let ignore = |_, _: &mut Decoder<'_>| Ok(false);
        assert!(read_map(b"\xa1\x00\x01", ignore).is_ok());
        for bad in [
            &b"\xa2\x00\x01\x00\x02"[..],            // duplicate key
            b"\xa1\x00\x01\x00",                     // trailing byte
            b"\xbf\x00\x01\xff",                     // indefinite map
            b"\xa1\x00\x9f\x01\xff",                 // indefinite array within
            b"\xa1\x00\x5f\x41\x00\xff",             // indefinite bytes within
            b"\xa1\x20\x01",                         // negative key
            b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff", // 2^64-1 pairs
            b"\xa1\x00\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\xa1\x00\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x00",
            b"\xa1\x00\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"",
        ] {
            assert!(read_map(bad, ignore).is_err(), "{bad:02x?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| [vec![0x81; depth], vec![0]].concat();
        assert_eq!(read(&nested(16), skip).unwrap().len(), 17);
        assert!(read(&nested(17), skip).is_err());
        assert!(read(&vec![0xc1; 1 << 20], skip).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, skip);
            let _ = read_map(&bytes, |key, decoder| match key {
                0 => time(decoder).map(|_| true),
                1 => text(decoder).map(|_| true),
                2 => fixed::<4>(decoder).map(|_| true),
                _ => Ok(false),
            });
        }
    }
}
