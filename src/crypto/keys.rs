//! The master key, its subkeys, and the keys of single objects and packs (sections 2, 3, 6 and 7.1).
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::{AeadKey, CryptoError};
use crate::id::{BlobId, BlobKind, RepoId, SlotId, StripeId};
use crate::world::World;

/// 32 secret bytes, zeroed on drop. Neither printable nor clonable.
pub struct SecretKey([u8; 32]);

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl SecretKey {
    /// Takes the bytes over; the caller's copy is the caller's to wipe.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        SecretKey(bytes)
    }

    /// The bytes, for storing them in a sealed bundle.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Lets `fill` write the bytes where they stay, so that no copies are left behind.
    pub(super) fn fill_with<E>(fill: impl FnOnce(&mut [u8; 32]) -> Result<(), E>) -> Result<Self, E> {
        let mut key = SecretKey([0; 32]);
        fill(&mut key.0)?;
        Ok(key)
    }

    /// Extended output of the keyed hash of `label ‖ parts`.
    fn expand<const N: usize>(&self, label: &str, parts: &[&[u8]]) -> Zeroizing<[u8; N]> {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(label.as_bytes());
        for part in parts {
            hasher.update(part);
        }
        let mut out = Zeroizing::new([0; N]);
        let mut reader = hasher.finalize_xof();
        reader.fill(out.as_mut());
        reader.zeroize();
        hasher.zeroize();
        out
    }
}

/// What a subkey is for; the numbers are those of the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Purpose {
    BlobIds = 1,
    Chunker = 2,
    DataPacks = 3,
    TreePacks = 4,
    Index = 5,
    Snapshots = 6,
    Administration = 7,
    Cache = 8,
}

impl Purpose {
    /// All of them, by number.
    pub const ALL: [Purpose; 8] = [
        Purpose::BlobIds,
        Purpose::Chunker,
        Purpose::DataPacks,
        Purpose::TreePacks,
        Purpose::Index,
        Purpose::Snapshots,
        Purpose::Administration,
        Purpose::Cache,
    ];

    fn context(self) -> &'static str {
        match self {
            Purpose::BlobIds => "caddis v1 blob id",
            Purpose::Chunker => "caddis v1 chunker",
            Purpose::DataPacks => "caddis v1 data pack root",
            Purpose::TreePacks => "caddis v1 tree pack root",
            Purpose::Index => "caddis v1 index",
            Purpose::Snapshots => "caddis v1 snapshot",
            Purpose::Administration => "caddis v1 administration",
            Purpose::Cache => "caddis v1 local cache",
        }
    }
}

/// Counters that renew the keys of blob ids and of the chunker within an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Generations {
    /// Of blob ids.
    pub id: u32,
    /// Of the chunker.
    pub chunker: u32,
}

/// Root of all keys of an epoch.
pub struct MasterKey(SecretKey);

impl MasterKey {
    /// A new one.
    pub fn generate(world: &dyn World) -> Self {
        let mut key = SecretKey([0; 32]);
        world.fill(&mut key.0);
        MasterKey(key)
    }

    /// From a bundle.
    pub fn new(key: SecretKey) -> Self {
        MasterKey(key)
    }

    /// For storing it in a sealed bundle.
    pub fn secret(&self) -> &SecretKey {
        &self.0
    }

    /// Everything that follows from it in one repository and epoch.
    pub fn subkeys(&self, repo: &RepoId, epoch: u32, generations: Generations) -> Subkeys {
        let keys = Purpose::ALL.map(|purpose| {
            let generation = match purpose {
                Purpose::BlobIds => generations.id,
                Purpose::Chunker => generations.chunker,
                _ => 0,
            };
            let mut hasher = blake3::Hasher::new_derive_key(purpose.context());
            hasher.update(&self.0.0).update(&repo.0);
            hasher.update(&epoch.to_le_bytes()).update(&generation.to_le_bytes());
            let mut key = SecretKey([0; 32]);
            hasher.finalize_xof().fill(&mut key.0);
            hasher.zeroize();
            key
        });
        Subkeys { epoch, generations, keys }
    }
}

/// The subkeys of one epoch.
pub struct Subkeys {
    epoch: u32,
    generations: Generations,
    keys: [SecretKey; 8],
}

impl Subkeys {
    /// From a bundle without its master key; `keys` in the order of [`Purpose::ALL`].
    pub fn from_parts(epoch: u32, generations: Generations, keys: [SecretKey; 8]) -> Self {
        Subkeys { epoch, generations, keys }
    }

    /// Number of the epoch.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// With which the keys were derived.
    pub fn generations(&self) -> Generations {
        self.generations
    }

    /// One subkey.
    pub fn key(&self, purpose: Purpose) -> &SecretKey {
        &self.keys[purpose as usize - 1]
    }

    /// Name of a blob. Reads compare it with the expected one on every blob.
    pub fn blob_id(&self, kind: BlobKind, plaintext: &[u8]) -> BlobId {
        let mut hasher = blake3::Hasher::new_keyed(&self.key(Purpose::BlobIds).0);
        hasher.update(&[kind as u8]).update(plaintext);
        BlobId(*hasher.finalize().as_bytes())
    }

    /// The chunker's table; as secret as the key.
    pub fn gear(&self) -> Zeroizing<[u64; 256]> {
        gear(self.key(Purpose::Chunker))
    }

    /// The keys of one pack for frames of one kind. A slot of a stripe is filled once, so that no nonce recurs.
    pub fn pack_keys(&self, kind: BlobKind, stripe: &StripeId, slot: u8) -> PackKeys {
        let root = match kind {
            BlobKind::Data => self.key(Purpose::DataPacks),
            BlobKind::Tree => self.key(Purpose::TreePacks),
        };
        let slot = u32::from(slot).to_le_bytes();
        let bytes = root.expand::<96>("caddis v1 pack", &[&stripe.0, &slot]);
        let [aead, commitment, padding] = thirds(&bytes);
        PackKeys { aead: AeadKey::new(aead), commitment: *commitment, padding: PaddingKey(SecretKey(*padding)) }
    }
}

/// The chunker's table that follows from a key.
pub fn gear(key: &SecretKey) -> Zeroizing<[u64; 256]> {
    let bytes = key.expand::<2048>("caddis v1 gear", &[]);
    let mut gear = Zeroizing::new([0; 256]);
    for (word, bytes) in gear.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    gear
}

/// Splits what [`SecretKey::expand`] made for a pack.
fn thirds(bytes: &[u8; 96]) -> [&[u8; 32]; 3] {
    let parts = bytes.as_chunks::<32>().0;
    [&parts[0], &parts[1], &parts[2]]
}

/// Subkeys of all epochs of a repository.
pub struct KeyRing(Vec<Subkeys>);

impl KeyRing {
    /// From all epochs, the current one last. `None` if there is none, or if one occurs twice.
    pub fn new(epochs: Vec<Subkeys>) -> Option<Self> {
        let repeated = |(i, keys): (usize, &Subkeys)| epochs[..i].iter().any(|earlier| earlier.epoch == keys.epoch);
        let valid = !epochs.is_empty() && !epochs.iter().enumerate().any(repeated);
        valid.then_some(KeyRing(epochs))
    }

    /// The epoch for writing.
    pub fn current(&self) -> &Subkeys {
        self.0.last().expect("`new` refuses an empty ring")
    }

    /// The epoch that an object names.
    pub fn epoch(&self, epoch: u32) -> Option<&Subkeys> {
        self.0.iter().find(|keys| keys.epoch == epoch)
    }

    /// All epochs in the order of the bundle.
    pub fn epochs(&self) -> &[Subkeys] {
        &self.0
    }
}

/// The keys of one pack for one kind.
pub struct PackKeys {
    /// Seals locator, directory and frames.
    pub aead: AeadKey,
    /// Goes into the header; see [`check_commitment`].
    pub commitment: [u8; 32],
    /// Makes the padding.
    pub padding: PaddingKey,
}

/// Makes the bytes behind a pack's directory.
pub struct PaddingKey(SecretKey);

impl PaddingKey {
    /// Fills `out` with the first `out.len()` bytes of the padding.
    pub fn fill(&self, out: &mut [u8]) {
        blake3::Hasher::new_keyed(&self.0.0).update(b"caddis v1 padding").finalize_xof().fill(out);
    }
}

/// The key of one sealed object.
pub struct ObjectKey {
    /// Seals once, with nonce 0.
    pub aead: AeadKey,
    /// Goes into the header; see [`check_commitment`].
    pub commitment: [u8; 32],
}

/// The key of the object with this salt.
pub fn object_key(subkey: &SecretKey, salt: &[u8; 32]) -> ObjectKey {
    let bytes = subkey.expand::<64>("caddis v1 object", &[salt]);
    let parts = bytes.as_chunks::<32>().0;
    ObjectKey { aead: AeadKey::new(&parts[0]), commitment: parts[1] }
}

/// The key of the note in a key slot, for holders of the administration key.
pub fn note_key(administration: &SecretKey, slot: &SlotId) -> AeadKey {
    AeadKey::new(&administration.expand::<32>("caddis v1 slot note", &[&slot.0]))
}

/// Compares in constant time; to be done before anything is decrypted.
pub fn check_commitment(ours: &[u8; 32], found: &[u8; 32]) -> Result<(), CryptoError> {
    if ours.ct_eq(found).into() { Ok(()) } else { Err(CryptoError::WrongKey) }
}
