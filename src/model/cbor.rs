//! Strict reading and compact writing of CBOR on top of minicbor: definite lengths, integer keys, no duplicates.
use std::convert::Infallible;

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

use super::ModelError;
use crate::id::BlobId;
use crate::world::Time;

/// Deepest nesting of a value that is skipped.
const MAX_NESTING: usize = 16;
const NANOS: u32 = 1_000_000_000;

type Result<T> = std::result::Result<T, ModelError>;

/// Fields of later versions: key and encoded value.
pub(super) type Unknown = Vec<(u32, Vec<u8>)>;

/// Reads values one after the other. Nothing is allocated by a length that was only claimed.
pub(super) struct Reader<'b>(Decoder<'b>);

fn malformed(error: minicbor::decode::Error) -> ModelError {
    ModelError::Encoding(if error.is_end_of_input() { "it ends too early" } else { "a value of another type" })
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Reader(Decoder::new(bytes))
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        self.0.u64().map_err(malformed)
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        self.0.u32().map_err(malformed)
    }

    pub(super) fn bytes(&mut self) -> Result<&'b [u8]> {
        self.0.bytes().map_err(malformed)
    }

    pub(super) fn text(&mut self) -> Result<String> {
        self.0.str().map(str::to_owned).map_err(malformed)
    }

    /// A byte string of exactly `N` bytes.
    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.bytes()?.try_into().map_err(|_| ModelError::Value("An id of the wrong length"))
    }

    pub(super) fn time(&mut self) -> Result<Time> {
        self.array_of(2)?;
        let time = Time { secs: self.0.i64().map_err(malformed)?, nanos: self.u32()? };
        check_time(time)?;
        Ok(time)
    }

    /// One byte string of concatenated ids.
    pub(super) fn ids(&mut self) -> Result<Vec<BlobId>> {
        let bytes = self.bytes()?;
        if bytes.len() % BlobId::LEN != 0 {
            return Err(ModelError::Value("A list of ids that is no multiple of 32 bytes"));
        }
        Ok(bytes.chunks_exact(BlobId::LEN).filter_map(BlobId::from_slice).collect())
    }

    /// Length of a definite array whose items follow.
    pub(super) fn array(&mut self) -> Result<u64> {
        self.0.array().map_err(malformed)?.ok_or(ModelError::Encoding("an array of indefinite length"))
    }

    /// Whether an array comes next.
    pub(super) fn is_array(&self) -> bool {
        matches!(self.0.datatype(), Ok(Type::Array))
    }

    /// The head of an array of exactly `len` items.
    pub(super) fn array_of(&mut self, len: u64) -> Result<()> {
        if self.array()? != len {
            return Err(ModelError::Encoding("an array of another length"));
        }
        Ok(())
    }

    /// All items of an array, each of which takes at least `min_bytes` bytes.
    pub(super) fn items<T>(&mut self, min_bytes: usize, read: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let len = self.array()?;
        // Each item is there in full before the next one is made room for, so memory stays in proportion to the input.
        let possible = self.remaining() / min_bytes;
        let mut items = Vec::with_capacity(usize::try_from(len).map_or(possible, |len| len.min(possible)));
        for _ in 0..len {
            items.push(read(self)?);
        }
        Ok(items)
    }

    pub(super) fn map(&mut self) -> Result<MapKeys> {
        let left = self.0.map().map_err(malformed)?.ok_or(ModelError::Encoding("a map of indefinite length"))?;
        Ok(MapKeys { left, seen: 0 })
    }

    /// Skips a value of any type; returns its bytes.
    pub(super) fn raw(&mut self) -> Result<&'b [u8]> {
        let start = self.0.position();
        self.skip(0)?;
        // The decoder's positions never leave its input.
        Ok(self.0.input().get(start..self.0.position()).unwrap_or_default())
    }

    fn skip(&mut self, depth: usize) -> Result<()> {
        if depth > MAX_NESTING {
            return Err(ModelError::Encoding("nested too deeply"));
        }
        let (children, head) = match self.0.datatype().map_err(malformed)? {
            Type::Bytes => return self.bytes().map(drop),
            Type::String => return self.0.str().map(drop).map_err(malformed),
            Type::Array => (self.array()?, 1),
            Type::Map => (self.map()?.left, 2),
            Type::Tag => (self.0.tag().map(|_| 1).map_err(malformed)?, 1),
            Type::BytesIndef | Type::StringIndef | Type::ArrayIndef | Type::MapIndef => {
                return Err(ModelError::Encoding("a value of indefinite length"));
            }
            Type::Break | Type::Unknown(_) => return Err(ModelError::Encoding("a value of no known type")),
            _ => return self.0.skip().map_err(malformed),
        };
        // A lie about the number ends at the end of the input, as each child has at least one byte.
        for _ in 0..children {
            for _ in 0..head {
                self.skip(depth + 1)?;
            }
        }
        Ok(())
    }

    pub(super) fn position(&self) -> usize {
        self.0.position()
    }

    /// A reader of the same input at another position.
    pub(super) fn at(&self, position: usize) -> Self {
        let mut decoder = Decoder::new(self.0.input());
        decoder.set_position(position);
        Reader(decoder)
    }

    fn remaining(&self) -> usize {
        self.0.input().len().saturating_sub(self.0.position())
    }

    /// Nothing may follow.
    pub(super) fn end(&self) -> Result<()> {
        if self.remaining() != 0 {
            return Err(ModelError::Encoding("bytes behind its end"));
        }
        Ok(())
    }
}

/// The keys of a map that is being read: any order, no duplicates below 64. Keys from 64 on are unknown to this
/// version and [`sort_unknown`] finds their duplicates.
pub(super) struct MapKeys {
    left: u64,
    seen: u64,
}

impl MapKeys {
    pub(super) fn next(&mut self, reader: &mut Reader<'_>) -> Result<Option<u32>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let key = reader.u32()?;
        let bit = 1_u64.checked_shl(key).unwrap_or(0);
        if self.seen & bit != 0 {
            return Err(ModelError::Encoding("a key twice in a map"));
        }
        self.seen |= bit;
        Ok(Some(key))
    }
}

/// Puts the unknown fields of a map in order and refuses duplicates.
pub(super) fn sort_unknown(unknown: &mut Unknown) -> Result<()> {
    unknown.sort_unstable_by_key(|(key, _)| *key);
    match unknown.is_sorted_by(|a, b| a.0 < b.0) {
        true => Ok(()),
        false => Err(ModelError::Encoding("a key twice in a map")),
    }
}

/// Whether unknown fields can be written behind the fields up to `last_known`.
pub(super) fn check_unknown(unknown: &[(u32, Vec<u8>)], last_known: u32) -> Result<()> {
    let mut last = last_known;
    for (key, value) in unknown {
        if *key <= last {
            return Err(ModelError::Value("Unknown fields that are known or out of order"));
        }
        last = *key;
        let mut reader = Reader::new(value);
        reader.raw()?;
        reader.end()?;
    }
    Ok(())
}

pub(super) fn check_time(time: Time) -> Result<()> {
    if time.nanos >= NANOS {
        return Err(ModelError::Value("A time with a full second of nanoseconds"));
    }
    Ok(())
}

/// Writes into memory, which cannot fail.
pub(super) fn write(
    out: &mut Vec<u8>,
    encode: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> std::result::Result<(), minicbor::encode::Error<Infallible>>,
) {
    encode(&mut Encoder::new(out)).expect("writing to a vector cannot fail");
}

/// Writes a map whose number of entries is known only at its end. Keys must come in ascending order.
pub(super) struct MapWriter<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    entries: u64,
}

/// Head of an empty map; entries are added to it.
const MAP: u8 = 0xa0;

impl<'a> MapWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        out.push(MAP);
        MapWriter { out, start, entries: 0 }
    }

    /// Writes a key; its value is to follow.
    pub(super) fn key(&mut self, key: u32) -> &mut Vec<u8> {
        self.entries += 1;
        write(self.out, |e| e.u32(key)?.ok());
        self.out
    }

    pub(super) fn uint(&mut self, key: u32, value: u64) {
        if value != 0 {
            write(self.key(key), |e| e.u64(value)?.ok());
        }
    }

    pub(super) fn bytes(&mut self, key: u32, value: &[u8]) {
        if !value.is_empty() {
            write(self.key(key), |e| e.bytes(value)?.ok());
        }
    }

    pub(super) fn text(&mut self, key: u32, value: &str) {
        if !value.is_empty() {
            write(self.key(key), |e| e.str(value)?.ok());
        }
    }

    pub(super) fn texts(&mut self, key: u32, values: &[String]) {
        if !values.is_empty() {
            write(self.key(key), |e| {
                e.array(values.len() as u64)?;
                values.iter().try_for_each(|value| e.str(value)?.ok())
            });
        }
    }

    pub(super) fn time(&mut self, key: u32, value: Time) {
        if value != Time::default() {
            write_time(self.key(key), value);
        }
    }

    pub(super) fn ids(&mut self, key: u32, ids: &[BlobId]) {
        if !ids.is_empty() {
            write_ids(self.key(key), ids);
        }
    }

    pub(super) fn unknown(&mut self, unknown: &[(u32, Vec<u8>)]) {
        for (key, value) in unknown {
            self.key(*key).extend_from_slice(value);
        }
    }

    pub(super) fn finish(self) {
        match (u8::try_from(self.entries), self.out.get_mut(self.start)) {
            (Ok(entries @ ..=23), Some(head)) => *head = MAP | entries,
            _ => {
                let mut head = Vec::new();
                write(&mut head, |e| e.map(self.entries)?.ok());
                self.out.splice(self.start..=self.start, head);
            }
        }
    }
}

pub(super) fn write_time(out: &mut Vec<u8>, time: Time) {
    write(out, |e| e.array(2)?.i64(time.secs)?.u32(time.nanos)?.ok());
}

/// One byte string of concatenated ids.
pub(super) fn write_ids(out: &mut Vec<u8>, ids: &[BlobId]) {
    write(out, |e| e.bytes_len((ids.len() * BlobId::LEN) as u64)?.ok());
    out.reserve(ids.len() * BlobId::LEN);
    ids.iter().for_each(|id| out.extend_from_slice(id.as_bytes()));
}
