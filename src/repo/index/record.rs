//! Records of the tables of a segment: fixed size, numbers little-endian.
use crate::id::BlobId;

/// Longest record.
pub const MAX_RECORD: usize = 64;
/// Number of tables.
pub const TABLES: usize = 9;
/// Length of the records of each table.
pub const RECORD_LENGTHS: [usize; TABLES] =
    [Object::LEN, Stripe::LEN, Pack::LEN, Frame::LEN, Base::LEN, Blob::LEN, Bucket::LEN, StripeKey::LEN, PackKey::LEN];

/// A row of one of the tables.
pub trait Record: Sized {
    /// Which table.
    const TABLE: usize;
    /// Bytes of a row.
    const LEN: usize;
    /// Row of exactly [`Self::LEN`] bytes.
    fn get(bytes: &[u8]) -> Self;
    /// Appends the row.
    fn put(&self, out: &mut Vec<u8>);
}

/// A row of a table that is sorted by a key.
pub trait Sorted: Record {
    type Key: Ord;
    fn key(&self) -> Self::Key;
}

trait Field: Sized {
    const SIZE: usize;
    fn take(bytes: &mut &[u8]) -> Self;
    fn put(&self, out: &mut Vec<u8>);
}

impl<const N: usize> Field for [u8; N] {
    const SIZE: usize = N;
    fn take(bytes: &mut &[u8]) -> Self {
        let (field, rest) = bytes.split_first_chunk().expect("callers pass whole rows");
        *bytes = rest;
        *field
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
}

impl Field for u32 {
    const SIZE: usize = 4;
    fn take(bytes: &mut &[u8]) -> Self {
        u32::from_le_bytes(<[u8; 4]>::take(bytes))
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
}

impl Field for u8 {
    const SIZE: usize = 1;
    fn take(bytes: &mut &[u8]) -> Self {
        <[u8; 1]>::take(bytes)[0]
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
}

macro_rules! record {
    ($(#[$doc:meta])* $table:literal $name:ident { $($field:ident: $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name { $(pub $field: $ty),* }

        impl Record for $name {
            const TABLE: usize = $table;
            const LEN: usize = 0 $(+ <$ty as Field>::SIZE)*;
            fn get(mut bytes: &[u8]) -> Self {
                $name { $($field: <$ty>::take(&mut bytes)),* }
            }
            fn put(&self, out: &mut Vec<u8>) {
                $(Field::put(&self.$field, out);)*
            }
        }
    };
}

record!(
    /// An index object; its rows in the other tables go on until those of the next object.
    0 Object {
        session: [u8; 16], number: u32, first_stripe: u32, first_pack: u32, first_frame: u32, first_base: u32, blobs: u32,
    }
);
record!(
    /// A stripe, or the part of it that one index object names.
    1 Stripe { id: [u8; 32], k: u8, m: u8, generation: u32, object: u32, first_pack: u32, packs: u32 }
);
record!(2 Pack { id: [u8; 32], length: u32, stripe: u32, first_frame: u32, slot: u8, location: u8 });
record!(
    3 Frame { pack: u32, offset: u32, stored_len: u32, raw_len: u32, tag: u8, bases: u8, first_base: u32 }
);
record!(4 Base { id: [u8; 32] });
record!(
    /// A place of a blob. `len` has [`TREE`] set for tree blobs.
    5 Blob { id: [u8; 32], frame: u32, offset: u32, len: u32 }
);
record!(
    /// The blobs whose ids start with one of a range of prefixes, and a Bloom filter of them.
    6 Bucket { start: u32, count: u32, filter: [u8; 56] }
);
record!(7 StripeKey { prefix: [u8; 8], row: u32 });
record!(8 PackKey { prefix: [u8; 8], row: u32 });

/// Flag in [`Blob::len`].
pub const TREE: u32 = 1 << 31;

macro_rules! sorted {
    ($name:ident, $field:ident, $len:literal) => {
        impl Sorted for $name {
            type Key = [u8; $len];
            fn key(&self) -> Self::Key {
                self.$field
            }
        }
    };
}
sorted!(Blob, id, 32);
sorted!(StripeKey, prefix, 8);
sorted!(PackKey, prefix, 8);

/// The first eight bytes of an id.
pub fn prefix(id: &[u8; 32]) -> [u8; 8] {
    id.first_chunk().copied().expect("an id has more than eight bytes")
}

impl Bucket {
    /// Blobs of a bucket on average: leaves about ten bits of filter for each.
    const LOAD: u32 = 42;
    const BITS: u64 = 56 * 8;
    const PROBES: u64 = 7;

    /// Buckets for so many blobs.
    pub fn count_for(blobs: u32) -> u32 {
        blobs / Self::LOAD + 1
    }

    /// The bucket, of `buckets`, that holds `id`; grows with the id.
    pub fn of(id: &BlobId, buckets: u32) -> u32 {
        ((u128::from(u64::from_be_bytes(prefix(&id.0))) * u128::from(buckets)) >> 64) as u32
    }

    /// An empty one.
    pub fn new(start: u32) -> Self {
        Bucket { start, count: 0, filter: [0; 56] }
    }

    /// Ids are keyed hashes, so their later bytes serve as the filter's hash functions.
    fn probes(id: &BlobId) -> impl Iterator<Item = (usize, u8)> {
        let word = |at: usize| u64::from_le_bytes(id.0[at..at + 8].try_into().expect("eight bytes"));
        let (start, step) = (word(8), word(16) | 1);
        (0..Self::PROBES).map(move |i| {
            let bit = ((start.wrapping_add(step.wrapping_mul(i)) >> 32) * Self::BITS) >> 32;
            (bit as usize / 8, 1 << (bit % 8))
        })
    }

    /// Counts one more blob in.
    pub fn add(&mut self, id: &BlobId) {
        self.count += 1;
        Self::probes(id).for_each(|(byte, bit)| self.filter[byte] |= bit);
    }

    /// False: the blob is not there. True: it may be.
    pub fn may_hold(&self, id: &BlobId) -> bool {
        Self::probes(id).all(|(byte, bit)| self.filter[byte] & bit != 0)
    }
}
