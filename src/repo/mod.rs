//! The repository: blobs, frames, packs, stripes, index, keys and sessions.
//!
//! Operations against one another, all without locks:
//!
//! | running | backup | restore, ls, check | repair | key add/remove |
//! |---|---|---|---|---|
//! | backup | yes, also of one host | yes | yes | yes |
//! | restore, ls, check | yes | yes | yes | yes |
//! | repair | yes | yes | yes, both may rebuild the same packs | yes |
mod ahead;
mod away;
mod cache_file;
mod catalog;
mod check_blobs;
mod check_objects;
mod check_orphans;
mod check_packs;
mod check_read;
mod copies;
mod deferred;
mod early;
mod fetch;
mod frame;
mod give_up;
mod heal;
pub mod index;
mod inspect;
mod kept;
mod keys;
mod locations;
mod locks;
mod mend;
mod mend_entwined;
mod near;
mod objects;
mod open;
mod pack;
mod parity_layout;
mod plans;
mod prune;
mod read;
mod rebuild;
mod resume;
mod rules;
mod salvage;
mod seal;
mod seen;
mod session;
mod slots;
mod stripe_parity;
mod tomb;
mod verified;
mod verify_pack;
mod write;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

use zeroize::Zeroizing;

pub use self::catalog::Catalog;
pub use self::check_packs::{Availability, Finding, Inspection, Remedy, Severity};
pub use self::copies::{CopyState, copied_objects, inspect_copies, mend_copy};
pub use self::fetch::WantedFrame;
pub use self::index::{BlobNumbers, DeltaTotals, IndexTotals, Location, PackRole};
use self::index::{LocalIndex, StaleIndex};
pub use self::inspect::PackView;
pub use self::kept::{Kept, Removal, Removed, kept, remove_kept};
pub use self::keys::KeySlot;
pub use self::locations::{Balance, Connect, Synced};
pub use self::locks::{ExtendOptions, LocksExtended};
pub use self::mend::{MendOptions, Mended};
pub use self::open::{InitOptions, OpenOptions};
pub use self::parity_layout::{layout_from_parity, top_up};
pub use self::prune::{
    BlobSet, CarryOut, Live, LooseStripe, NeededBlobs, Packs, Prune, Pruned, StripeUsage, Survey, Waiting,
};
pub use self::rebuild::{PackOutcome, PackRef, PackState, StripeLayout, rebuild, rebuild_packs};
#[cfg(feature = "mutants")]
pub use self::rules::Broken;
#[cfg(not(feature = "mutants"))]
use self::rules::Broken;
pub use self::seal::seal_object;
pub use self::seen::{forget_seen, seen_at};
pub use self::session::SessionOwner;
use self::slots::KeyBundle;
pub use self::stripe_parity::{StripeParity, encode_parity};
pub use self::verified::{Coverage, Verified};
pub use self::write::{DeltaMode, WriteOptions, Writer, Written};
use crate::backend::{Backend, Spread};
use crate::crypto::{KeyRing, Purpose, SecretKey, Subkeys, gear};
use crate::error::{Error, Result};
use crate::format::{ChunkerKey, Config, Decision, IndexName};
use crate::id::{BlobId, BlobKind, PackId, RepoId, SessionId, SlotId, StripeId};
use crate::monitor::{Event, Monitor, Problem, Silent};
use crate::parity::Matrix;
use crate::world::World;

/// Recorded in sessions and snapshots.
pub const PROGRAM: &str = concat!("caddis ", env!("CARGO_PKG_VERSION"));

/// State behind a [`Repository`].
struct Shared {
    backend: Arc<dyn Backend>,
    /// The same, if it is several locations.
    spread: Option<Arc<Spread>>,
    world: Arc<dyn World>,
    repo: RepoId,
    keys: KeyRing,
    /// The master keys, for making key slots.
    bundle: KeyBundle,
    /// The key slot in use.
    slot: Mutex<SlotId>,
    /// Key slots with a weaker derivation are neither opened nor made.
    kdf_floor: u8,
    config: Config,
    /// Of the configured parity scheme; `None` without parity.
    matrix: Option<Arc<Matrix>>,
    index: Arc<LocalIndex>,
    /// Stripes that a mark names.
    doomed: RwLock<HashSet<StripeId>>,
    /// Decisions never change.
    decisions: Mutex<BTreeMap<SessionId, Arc<Decision>>>,
    /// For the next time that the index is read.
    listed: Mutex<Option<Catalog>>,
    /// Number of decisions that were listed before the index was, when it was read last; none if it was read in another order.
    read_as_of: Mutex<Option<usize>>,
    cache: read::FrameCache,
    near: near::Near,
    healing: heal::Healing,
    rules: rules::Rules,
    /// What was seen before at this place.
    seen: seen::Seen,
    /// What is kept of this repository on this machine.
    folder: Option<PathBuf>,
    /// Keeps that from being removed.
    _held: Option<kept::Held>,
}

/// An open repository.
pub struct Repository {
    shared: Shared,
}

impl Shared {
    /// Waits until listings show all that was put and deleted before, by anybody.
    fn settle(&self) {
        let lag = self.backend.staleness();
        if !lag.is_zero() && !self.rules.is(Broken::NoSettle) {
            self.world.sleep(lag);
        }
    }

    /// W2 and W3: what may be referenced.
    fn refresh_for_writing(&self, monitor: &dyn Monitor) -> Result<()> {
        let broken = |rule| self.rules.is(rule);
        let early_index = broken(Broken::IndexBeforeGc).then(|| self.listed_index()).transpose()?;
        let mut collected = self.collected(monitor)?;
        if let Some((name, cause)) = collected.unreadable.first() {
            return Err(Error::damaged(name, format!("{cause}; `caddis repair packs` deals with it")));
        }
        let early_catalog = broken(Broken::SnapshotsBeforeIndex).then(|| self.catalog(monitor)).transpose()?;
        let mut listed = early_index.map_or_else(|| self.listed_index(), Ok)?;
        let mut catalog = early_catalog.map_or_else(|| self.catalog(monitor), Ok)?;
        self.rules.mislead(&mut listed, &mut catalog, &mut collected, &self.index);
        self.refresh_index(&listed, &catalog, &collected, monitor)?;
        // What sessions of this process have stored before is in there if it counts. If it does not, it must not be referenced either.
        self.index.forget_own();
        Ok(())
    }

    /// Snapshots before index, so that every snapshot seen finds its blobs. Returns index objects that cannot be read.
    fn refresh_for_reading(&self, monitor: &dyn Monitor) -> Result<(Catalog, Vec<IndexName>)> {
        let catalog = self.catalog(monitor)?;
        self.refresh_as_of(catalog, monitor)
    }

    /// The same with decisions that were listed before. Blobs that were moved since are found when they are missed.
    fn refresh_as_of(&self, catalog: Catalog, monitor: &dyn Monitor) -> Result<(Catalog, Vec<IndexName>)> {
        let collected = self.collected(monitor)?;
        for (name, cause) in &collected.unreadable {
            let message = format!("{cause}; `caddis repair packs` deals with it");
            monitor.event(Event::Problem(&Problem { item: name.to_string(), message }));
        }
        let listed = self.listed_index()?;
        let unreadable = self.refresh_index(&listed, &catalog, &collected, monitor)?;
        *lock(&self.read_as_of) = Some(catalog.decisions.len() + catalog.unreadable.len());
        Ok((catalog, unreadable))
    }

    fn verified(&self) -> Verified {
        let key = self.keys.current().key(Purpose::Cache).expose();
        Verified::load(self.folder.as_deref(), key, &self.repo)
    }

    /// Length of a blob that is stored in full outside of doomed stripes: a delta may be made of it.
    fn full_length(&self, kind: BlobKind, id: &BlobId) -> Result<Option<u32>> {
        Ok(self.index.full_length(kind, id, &read_lock(&self.doomed))?)
    }

    fn is_usable(&self, id: &BlobId) -> Result<bool> {
        let contains = match self.rules.is(Broken::IgnoreDoomed) {
            true => self.index.contains(id, &HashSet::new()),
            false => self.index.contains(id, &read_lock(&self.doomed)),
        };
        match contains {
            Ok(usable) => Ok(usable),
            // Storing a blob twice is harmless, and the next update of the index discards what is damaged.
            Err(StaleIndex) => Ok(false),
        }
    }
}

impl Repository {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Its public id.
    pub fn id(&self) -> RepoId {
        self.shared.repo
    }

    /// Its settings.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// Where it is.
    pub fn backend(&self) -> &dyn Backend {
        &*self.shared.backend
    }

    /// From now on everything is read from storage, also what a copy was kept of on this machine: for looking whether storage still has it.
    pub fn read_from_storage_only(&self) {
        self.shared.near.switch_off();
        self.read_from_primary_only();
    }

    /// From now on what all locations have is read from the primary.
    pub fn read_from_primary_only(&self) {
        if let Some(spread) = &self.shared.spread {
            spread.read_from_primary_only();
        }
    }

    /// How much may be kept on this machine of what was read of directories and snapshots of storage that is far away, 1 GiB by default.
    /// Runs at the same time may exceed it by an eighth each. With 0 nothing is kept, and what is there is removed.
    pub fn limit_cache(&self, bytes: u64) {
        self.shared.near.set_limit(bytes);
    }

    /// Time and randomness.
    pub fn world(&self) -> &dyn World {
        &*self.shared.world
    }

    /// The subkeys for writing, e.g. for the chunker's gear table.
    pub fn subkeys(&self) -> &Subkeys {
        self.shared.keys.current()
    }

    /// The key from which the chunker's table follows: the own subkey, or that of the repository like which this one cuts.
    pub(in crate::repo) fn chunker_key(&self) -> ChunkerKey {
        let own = || ChunkerKey(*self.shared.keys.current().key(Purpose::Chunker).expose());
        self.shared.config.chunker_key.clone().unwrap_or_else(own)
    }

    /// The chunker's table; as secret as the key.
    pub fn gear(&self) -> Zeroizing<[u64; 256]> {
        gear(&SecretKey::from_bytes(self.chunker_key().0))
    }

    /// Whether both cut files at the same places, so that what is copied from one to the other deduplicates with what is backed up there.
    pub fn cuts_like(&self, other: &Repository) -> bool {
        self.shared.config.chunker == other.shared.config.chunker && self.chunker_key() == other.chunker_key()
    }

    /// Lists decisions and tombstones.
    pub fn catalog(&self, monitor: &dyn Monitor) -> Result<Catalog> {
        self.shared.catalog(monitor)
    }

    /// The same for choosing snapshots that are read next: [`Repository::load_index`] does not list decisions again then, unless this process has made one meanwhile.
    pub fn catalog_to_read(&self, monitor: &dyn Monitor) -> Result<Catalog> {
        let catalog = self.shared.catalog(monitor)?;
        *lock(&self.shared.listed) = Some(catalog.clone());
        Ok(catalog)
    }

    /// Reads the index for reading blobs; returns what counts, and index objects that cannot be read.
    pub fn load_index(&self, monitor: &dyn Monitor) -> Result<(Catalog, Vec<IndexName>)> {
        let listed = lock(&self.shared.listed).take();
        match listed {
            Some(catalog) => self.shared.refresh_as_of(catalog, monitor),
            None => self.shared.refresh_for_reading(monitor),
        }
    }

    /// Length of a blob; `None` if no index object that counts has it.
    pub fn blob_length(&self, kind: BlobKind, id: &BlobId) -> Option<u32> {
        self.shared.index.length(kind, id, &HashSet::new()).ok().flatten()
    }

    /// Whether an index object that counts has the blob outside of doomed stripes, as of the last time the index was loaded. Only a
    /// [`Writer`] may conclude that it stays.
    pub fn is_usable(&self, id: &BlobId) -> Result<bool> {
        self.shared.is_usable(id)
    }

    /// Plaintext of a blob, verified against its id; heals from parity. The index must be loaded.
    pub fn load_blob(&self, kind: BlobKind, id: &BlobId, monitor: &dyn Monitor) -> Result<Vec<u8>> {
        self.shared.load_blob(kind, id, monitor)
    }

    /// Stripes that marks name, as of the last time the index was loaded.
    pub fn doomed_stripes(&self) -> HashSet<StripeId> {
        read_lock(&self.shared.doomed).clone()
    }

    /// Number of places of blobs in the index that is loaded; a blob that is stored twice counts twice.
    pub fn blob_places(&self) -> u64 {
        self.shared.index.blob_count()
    }

    /// Whether bytes that were found under a name are what was sealed for it.
    pub fn judge_copy(&self, name: &crate::backend::ObjectName, bytes: &[u8]) -> Result<(), String> {
        self.shared.judge_copy(name, bytes)
    }

    /// An error if the index names packs and not one of them is in storage: nothing may be given up then.
    pub fn refuse_without_packs(&self) -> Result<()> {
        let (before, _) = self.shared.refresh_for_reading(&Silent)?;
        match self.shared.refuse_without_packs() {
            // A prune may have moved all of them since the index was read.
            Err(_) if self.shared.catalog(&Silent)?.decisions.len() > before.decisions.len() => {
                self.refuse_without_packs()
            }
            other => other,
        }
    }

    /// An error if a blob that does not read may be away only for the time being: storage has what should hold it, and does not let it be read.
    pub fn confirm_lost(&self, id: &BlobId) -> Result<()> {
        let places = self.shared.places(id)?;
        self.shared.frames_lost_for_good(&places)
    }

    /// All tree blobs of the index that is loaded, each once, in the order in which they lie in packs. 100 bytes of memory for each place.
    pub fn tree_blobs(&self) -> Result<Vec<BlobId>> {
        let mut places = Vec::new();
        self.shared.index.for_each_blob(BlobKind::Tree, |id, place| places.push((place.pack, place.frame, id)))?;
        places.sort_unstable();
        let mut seen = HashSet::new();
        Ok(places.into_iter().map(|(_, _, id)| id).filter(|id| seen.insert(*id)).collect())
    }

    /// All blobs of a kind that are in the index that is loaded, ascending. 32 bytes of memory for each.
    pub fn blobs(&self, kind: BlobKind) -> Result<Vec<BlobId>> {
        let mut blobs = Vec::new();
        self.shared.index.for_each_blob(kind, |id, _| blobs.push(id))?;
        blobs.sort_unstable();
        blobs.dedup();
        Ok(blobs)
    }

    /// Names of decisions that are missing, in both copies, and what that means.
    pub fn missing_decisions(&self) -> Result<Vec<(crate::backend::ObjectName, String)>> {
        let headless = self.shared.headless()?;
        let told = |sid| (crate::backend::ObjectName::Snapshot(sid), check_objects::headless_note(&sid));
        Ok(headless.into_iter().map(told).collect())
    }

    /// Which packs earlier checks found sound, when, and which damaged.
    pub fn verified(&self) -> Verified {
        self.shared.verified()
    }

    /// How far the packs of all stripes that are not doomed were verified, by what this machine remembers. The index must be loaded; 40 bytes
    /// of memory for each pack.
    pub fn verification(&self) -> Result<Coverage> {
        let doomed = read_lock(&self.shared.doomed).clone();
        let mut packs: BTreeMap<PackId, u32> = BTreeMap::new();
        self.shared.index.for_each_stripe(|_, stripe| {
            if !doomed.contains(&stripe.id) {
                packs.extend(stripe.slots.iter().map(|slot| (slot.pack, slot.length)));
            }
        })?;
        Ok(self.shared.verified().coverage(packs.into_iter()))
    }

    /// Packs that had to be rebuilt so far.
    pub fn healed(&self) -> Vec<PackId> {
        self.shared.healing.healed()
    }

    /// Those of them that were written back.
    pub fn written_back(&self) -> Vec<PackId> {
        self.shared.healing.written_back()
    }

    /// Whether packs that had to be rebuilt are written back, unless their stripe is doomed.
    pub fn write_back_healed(&self, on: bool) {
        self.shared.healing.set_write_back(on);
    }
}

// A panic in one thread ends the run; until then the data behind a poisoned lock is as good as its last complete change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn read_lock<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn write_lock<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(|poisoned| poisoned.into_inner())
}
