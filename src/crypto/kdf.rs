//! Key encryption keys from passwords: scrypt with bounded parameters (section 4).
use super::{CryptoError, SecretKey};

/// Cost of one guess. Read from a key slot before anything is authenticated, so it is checked before it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KdfParams {
    /// log2 of N.
    pub log_n: u8,
    /// Block size.
    pub r: u32,
    /// Parallelism.
    pub p: u32,
}

impl KdfParams {
    /// What new slots use: 128 MiB, a third of a second or so.
    pub const DEFAULT: KdfParams = KdfParams { log_n: 17, r: 8, p: 1 };
    /// The smallest log2 N that is accepted unless the caller says otherwise.
    pub const FLOOR: u8 = 14;

    /// Refuses what would exhaust memory or time, and what is weaker than `floor` (log2 of N): an attacker who
    /// replaces a slot must not be able to make the password cheap to guess.
    pub fn check(&self, floor: u8) -> Result<(), CryptoError> {
        let refuse = |cause| Err(CryptoError::BadParameters(cause));
        if self.log_n > 22 || self.r > 32 || self.p > 16 {
            return refuse("The password derivation asks for more work than is allowed");
        }
        if self.log_n == 0 || self.r == 0 || self.p == 0 {
            return refuse("The password derivation has a parameter of zero");
        }
        if (128 * u64::from(self.r)) << self.log_n > 1 << 30 {
            return refuse("The password derivation asks for more than 1 GiB of memory");
        }
        if self.log_n < floor {
            return refuse("The password derivation is weaker than this program accepts");
        }
        Ok(())
    }

    /// The key encryption key. Takes 128·N·r bytes of memory; slow on purpose.
    pub fn derive(&self, floor: u8, password: &[u8], salt: &[u8; 32]) -> Result<SecretKey, CryptoError> {
        self.check(floor)?;
        let bad = CryptoError::BadParameters("The password derivation has impossible parameters");
        let params = scrypt::Params::new(self.log_n, self.r, self.p).map_err(|_| bad)?;
        SecretKey::fill_with(|key| scrypt::scrypt(password, salt, &params, key).map_err(|_| bad))
    }
}
