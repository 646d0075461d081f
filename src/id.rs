//! Typed identifiers: one type for each kind of name, so that they cannot be mixed up.
use std::fmt;
use std::str::FromStr;

/// What a blob, or a frame, holds; the numbers are those of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum BlobKind {
    /// A piece of a file.
    Data = 0,
    /// A piece of a tree, or a content list.
    Tree = 1,
}

/// The text is not the hex form of an id of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Not a valid id: lower-case hex of full length expected")
    }
}

impl std::error::Error for InvalidId {}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// The bytes, if there are exactly [`Self::LEN`] of them.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// All bytes.
            pub fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// The first eight hex digits, for people.
            pub fn short(&self) -> String {
                let mut hex = self.to_string();
                hex.truncate(8);
                hex
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.short())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let mut bytes = [0; $len];
                parse_hex(text.as_bytes(), &mut bytes).ok_or(InvalidId)?;
                Ok(Self(bytes))
            }
        }
    };
}

fn parse_hex(text: &[u8], out: &mut [u8]) -> Option<()> {
    if text.len() != out.len() * 2 {
        return None;
    }
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(())
}

id!(
    /// Keyed hash of a blob's type and plaintext.
    BlobId, 32
);
id!(
    /// BLAKE3 of all bytes of a pack.
    PackId, 32
);
id!(
    /// Random name of a stripe.
    StripeId, 32
);
id!(
    /// Random name of a repository, public.
    RepoId, 32
);
id!(
    /// Random name of a session and of its decision; a snapshot's id is that of the session that committed it.
    SessionId, 16
);
id!(
    /// Random name of a key slot.
    SlotId, 16
);
id!(
    /// Random name of one installation that writes snapshots.
    WriterId, 16
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_and_rejects_anything_else() {
        let id = SessionId(*b"0123456789abcdef");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.short(), "30313233");
        for bad in ["", "00", &"0".repeat(31), &"A".repeat(32), &"g".repeat(32), &"é".repeat(16)] {
            assert_eq!(bad.parse::<SessionId>(), Err(InvalidId), "{bad}");
        }
    }
}
