//! AES-256-GCM-SIV with numbered nonces.
use aes_gcm_siv::aead::AeadInOut;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce, Tag};

use super::CryptoError;

/// Bytes that sealing adds.
pub const TAG_LEN: usize = 16;

/// A key that is ready for use. Every (key, nonce) pair seals one message only; keys are therefore made for one
/// object, or one pack, and never shared. The expanded key is zeroed on drop.
pub struct AeadKey(Aes256GcmSiv);

impl AeadKey {
    /// Expands the key; costs less than a microsecond.
    pub fn new(key: &[u8; 32]) -> Self {
        AeadKey(Aes256GcmSiv::new(key.into()))
    }

    /// Appends ciphertext and tag to `out`.
    pub fn seal_into(&self, nonce: u32, aad: &[u8], plaintext: &[u8], out: &mut Vec<u8>) {
        out.reserve(plaintext.len() + TAG_LEN);
        let start = out.len();
        out.extend_from_slice(plaintext);
        let tag = self
            .0
            .encrypt_inout_detached(&nonce_bytes(nonce), aad, (&mut out[start..]).into())
            .expect("no message is near the limit of 64 GiB");
        out.extend_from_slice(&tag);
    }

    /// Decrypts in place and returns the plaintext, which is all but the last 16 bytes. After an error the content of
    /// the buffer is ciphertext again.
    pub fn open_in_place<'a>(&self, nonce: u32, aad: &[u8], sealed: &'a mut [u8]) -> Result<&'a mut [u8], CryptoError> {
        let (body, tag) = sealed.split_last_chunk_mut::<TAG_LEN>().ok_or(CryptoError::Authentication)?;
        self.0
            .decrypt_inout_detached(&nonce_bytes(nonce), aad, (&mut *body).into(), &Tag::from(*tag))
            .map_err(|_| CryptoError::Authentication)?;
        Ok(body)
    }

    /// Decrypts into `out`, replacing what it held; for buffers that are used again. Empty after an error.
    pub fn open_into(&self, nonce: u32, aad: &[u8], sealed: &[u8], out: &mut Vec<u8>) -> Result<(), CryptoError> {
        out.clear();
        out.extend_from_slice(sealed);
        let len = match self.open_in_place(nonce, aad, out) {
            Ok(plaintext) => plaintext.len(),
            Err(error) => {
                out.clear();
                return Err(error);
            }
        };
        out.truncate(len);
        Ok(())
    }

    /// The plaintext of `sealed`.
    pub fn open(&self, nonce: u32, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut out = Vec::new();
        self.open_into(nonce, aad, sealed, &mut out)?;
        Ok(out)
    }
}

/// A number in the first four bytes, the rest zero.
fn nonce_bytes(number: u32) -> Nonce {
    let mut nonce = [0; 12];
    nonce[..4].copy_from_slice(&number.to_le_bytes());
    nonce.into()
}
