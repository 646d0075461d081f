//! Keys, their derivation from master key and password, and authenticated encryption (sections 2 to 4, 6 and 7.1).
mod aead;
mod kdf;
mod keys;

pub use aead::{AeadKey, TAG_LEN};
pub use kdf::KdfParams;
pub use keys::{
    Generations, KeyRing, MasterKey, ObjectKey, PackKeys, PaddingKey, Purpose, SecretKey, Subkeys, check_commitment,
    gear, note_key, object_key,
};

/// Why a key did not do what was asked of it. Holds nothing secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The commitment is that of another key; the data may be fine.
    #[error("It is sealed with another key")]
    WrongKey,
    /// The ciphertext, or what it is bound to, was changed.
    #[error("Authentication failed")]
    Authentication,
    /// Parameters of the password derivation that are refused.
    #[error("{0}")]
    BadParameters(&'static str),
}

#[cfg(test)]
mod tests;
