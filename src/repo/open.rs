//! Making and opening repositories: config, key slots, local index.
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};

use super::early::{Early, read_early, read_keys_and_configs};
use super::index::LocalIndex;
use super::kept;
use super::locations::{self, Connect, refuse_used};
use super::near::Near;
use super::objects::MAX_OBJECT;
use super::seal::{decode_error, open_object, seal_object};
use super::seen::{Seen, forget_seen};
use super::slots::{KeyBundle, NewSlot, OpenedSlot, PasswordCheck, open_slots, seal_slot};
use super::{DeltaMode, Repository, Shared};
use crate::backend::{Backend, Family, ObjectLock, ObjectName, Put, Spread};
use crate::compress::Compression;
use crate::crypto::{KdfParams, Purpose};
use crate::error::{Error, Result};
use crate::format::{ChunkerConfig, ChunkerKey, Config, KeySlotNote, LocationConfig, split_object};
use crate::id::{RepoId, SessionId, SlotId};
use crate::monitor::{Event, Monitor, Problem, Silent};
use crate::parity::Matrix;
use crate::world::{World, random};

/// Settings of a new repository; they live in its config.
#[derive(Clone, Debug)]
pub struct InitOptions {
    /// A power of two from 256 KiB to 64 MiB.
    pub pack_size: u32,
    /// Data and parity packs of a stripe; (1, 0) is off.
    pub parity: (u8, u8),
    /// Its maximum is at most half a pack.
    pub chunker: ChunkerConfig,
    /// Default for backups.
    pub compression: Compression,
    /// Default for backups.
    pub delta: DeltaMode,
    /// Files of at most so many bytes are stored in their node.
    pub inline_limit: u32,
    /// Raw bytes that a frame takes at most.
    pub frame_target: u32,
    /// The operator promises that only one machine at a time writes, for storage that overwrites what exists.
    pub single_writer: bool,
    /// Cost of guessing the first password.
    pub kdf: KdfParams,
    /// Of a repository in one place: what holds for that place from now on, whoever uses it. Locations have their own.
    pub settings: BTreeMap<String, String>,
    /// Over which places the repository is spread, the primary first; none for one place.
    pub locations: Vec<LocationConfig>,
    /// Recorded in the first key slot.
    pub host: String,
    /// Recorded in the first key slot.
    pub user: String,
}

/// How a repository is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Folder of caches; a temporary one if absent.
    pub cache: Option<PathBuf>,
    /// Key slots with a weaker scrypt than N = 2^this are refused.
    pub kdf_floor: u8,
    /// For repositories in several locations.
    pub connect: Option<Arc<dyn Connect>>,
    /// Beginning of the id of the key slot that is tried first.
    pub key_hint: Option<String>,
    /// The index is going to be needed: where it is far away, and there is no cache, it is read while the key is derived.
    pub needs_index: bool,
    /// Number of a location that is going to be replaced or taken out: that it is away is not told.
    pub given_up: Option<u8>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions {
            cache: None,
            kdf_floor: KdfParams::FLOOR,
            connect: None,
            key_hint: None,
            needs_index: false,
            given_up: None,
        }
    }
}

impl Repository {
    /// Makes a repository. Refuses a place that has a config, snapshots, an index or packs. Durable when it returns. With several
    /// locations, `backend` is not used: they are made by way of `open`.
    pub fn init(
        backend: Arc<dyn Backend>,
        world: Arc<dyn World>,
        password: &[u8],
        options: &InitOptions,
        open: &OpenOptions,
    ) -> Result<Repository> {
        Repository::init_with(backend, world, password, options, open, None)
    }

    /// The same for a repository that cuts files like another one: it gets the sizes of chunks of that one, instead of those of the
    /// options, and its chunker key. What is copied between the two deduplicates with what is backed up into either of them.
    pub fn init_like(
        other: &Repository,
        backend: Arc<dyn Backend>,
        world: Arc<dyn World>,
        password: &[u8],
        options: &InitOptions,
        open: &OpenOptions,
    ) -> Result<Repository> {
        let options = InitOptions { chunker: other.config().chunker, ..options.clone() };
        Repository::init_with(backend, world, password, &options, open, Some(other.chunker_key()))
    }

    fn init_with(
        backend: Arc<dyn Backend>,
        world: Arc<dyn World>,
        password: &[u8],
        options: &InitOptions,
        open: &OpenOptions,
        chunker_key: Option<ChunkerKey>,
    ) -> Result<Repository> {
        let config = new_config(options, chunker_key, world.now())?;
        let repo = RepoId(random(&*world));
        let bundle = KeyBundle::generate(&repo, &*world);
        let name = ObjectName::Config(config.number);
        let bytes = seal_object(&name, &repo, bundle.ring(&repo).current(), &[], &config.encode(), &*world)?;
        let (backend, spread): (Arc<dyn Backend>, _) = match (config.locations.is_empty(), &open.connect) {
            (true, _) => {
                refuse_used(&*backend)?;
                (backend, None)
            }
            (false, None) => return Err(Error::Invalid(SEVERAL.to_owned())),
            (false, Some(connect)) => {
                let spread = locations::create(&config, bytes.clone(), &**connect, SessionId(random(&*world)))?;
                (spread.clone(), Some(spread))
            }
        };
        if options.single_writer {
            backend.assume_single_writer();
        }
        let note = KeySlotNote {
            created: world.now(),
            host: options.host.clone(),
            user: options.user.clone(),
            label: String::new(),
        };
        let slot = NewSlot { id: SlotId(random(&*world)), password, kdf: options.kdf, note: &note };
        let key = seal_slot(&slot, open.kdf_floor, &repo, &bundle, &*world)?;
        // The config last: without it there is no repository, whatever else is there.
        let id = slot.id;
        create_both(&*backend, &ObjectName::Key(id), &key)?;
        if create_both(&*backend, &name, &bytes)? == Put::Exists {
            // Another init was faster; a slot of this one would only stand in the way of its password.
            for name in [Some(ObjectName::Key(id)), ObjectName::Key(id).replica()].into_iter().flatten() {
                drop(backend.delete(&name));
            }
            return Err(Error::RepositoryExists { location: backend.describe() });
        }
        remove_foreign_slots(&*backend, &repo);
        backend.barrier()?;
        // Whoever makes a repository knows that it is another one than was here before.
        if let Some(cache) = &open.cache {
            forget_seen(cache, &backend.describe())?;
        }
        if let Some(behind) = spread.iter().flat_map(|spread| spread.states()).find(|state| state.objects_behind > 0) {
            let cause = behind.away.unwrap_or_else(|| "it does not take objects".to_owned());
            return Err(Error::Invalid(format!(
                "The repository was made, but not in location {} ({}): {cause}. Empty the other locations, and try again",
                behind.number, behind.place
            )));
        }
        let place = Place { backend, spread };
        assemble(place, world, OpenedSlot { id, repo, keys: bundle }, config, open, &Silent)
    }

    /// Opens with a password: tries the key slots, reads the config. The index is not read yet.
    pub fn open(
        backend: Arc<dyn Backend>,
        world: Arc<dyn World>,
        password: &[u8],
        options: &OpenOptions,
        monitor: &dyn Monitor,
    ) -> Result<Repository> {
        let [mut slots, configs] = read_keys_and_configs(&*backend, monitor)?;
        if slots.is_empty() && configs.is_empty() {
            let place = backend.describe();
            return Err(match backend.list(Family::Snapshots)?.is_empty() {
                true => Error::NoRepository { location: place },
                false => Error::damaged(place, format!("neither a key slot nor a config is left. {ONLY_COPIES}")),
            });
        }
        // Slots of attempts to make a repository here that came to nothing may have the same password.
        let repos: Vec<RepoId> = configs.iter().filter_map(|(_, bytes)| repo_of(bytes)).collect();
        if !repos.is_empty() {
            slots.retain(|(_, bytes)| repo_of(bytes).is_none_or(|repo| repos.contains(&repo)));
        }
        if slots.is_empty() {
            let cause =
                format!("no key slot is left, in the original or as replica: nothing can be decrypted. {ONLY_COPIES}");
            return Err(Error::damaged(backend.describe(), cause));
        }
        if let Some(hint) = &options.key_hint {
            let is_other = |name: &ObjectName| match name.original() {
                ObjectName::Key(id) => !id.to_string().starts_with(hint),
                _ => true,
            };
            slots.sort_by_key(|(name, _)| is_other(name));
        }
        let check = PasswordCheck { password, floor: options.kdf_floor };
        let mut problem = |error: &Error| {
            let message = error.to_string();
            monitor.event(Event::Problem(&Problem { item: "keys".to_owned(), message }));
        };
        let is_new_here = |cache: &PathBuf| repos.iter().all(|repo| !cache.join(repo.to_string()).exists());
        let reads_early = backend.concurrency() > 1 && options.cache.as_ref().is_none_or(is_new_here);
        // Both copies of a slot are here if they differ: a damaged one does not stop the other.
        let mut derive = || open_slots(&slots, &check, &mut problem);
        let (slot, early) = match reads_early {
            true => read_early(&*backend, options.needs_index, derive),
            false => (derive(), Early::new()),
        };
        let slot = slot?;
        let found = newest_config(&backend.describe(), configs, &slot, &mut problem)?;
        let (place, config) = open_place(backend, &slot, found, options)?;
        if let Some(spread) = &place.spread {
            locations::tell_away(spread, options.given_up.as_slice(), monitor);
        }
        let repo = assemble(place, world, slot, config, options, monitor)?;
        repo.shared.near.expect(early);
        Ok(repo)
    }
}

impl Repository {
    /// The same repository in the locations of another config, which is in storage already.
    pub(super) fn moved(
        self,
        config: Config,
        bytes: Vec<u8>,
        options: &OpenOptions,
        monitor: &dyn Monitor,
    ) -> Result<Repository> {
        // Told when it was opened.
        let told: Vec<u8> = self.location_states().iter().filter(|s| s.away.is_some()).map(|s| s.number).collect();
        let Shared { backend, world, repo, bundle, slot, .. } = self.shared;
        let slot = OpenedSlot { id: *super::lock(&slot), repo, keys: bundle };
        let (place, config) = open_place(backend, &slot, FoundConfig { config, bytes }, options)?;
        if let Some(spread) = &place.spread {
            locations::tell_away(spread, &told, monitor);
        }
        assemble(place, world, slot, config, options, monitor)
    }
}

/// A config, and the object that has it.
struct FoundConfig {
    config: Config,
    bytes: Vec<u8>,
}

/// Where a repository is: one place, or several that behave as one.
struct Place {
    backend: Arc<dyn Backend>,
    spread: Option<Arc<Spread>>,
}

/// A repository that needs [`OpenOptions::connect`].
pub(super) const SEVERAL: &str = "This repository is in several locations, and nothing tells how to reach them";

/// What helps if neither original nor replica is left. Parity is of packs only.
const ONLY_COPIES: &str = "No repair brings it back: key slots and configs are in no pack. What helps is a copy of this repository's folders `keys`, \
     `config` and `replica`: those of another of its locations, or of a copy of the storage";

/// The config with the highest number that can be read.
fn newest_config(
    place: &str,
    mut configs: Vec<(ObjectName, Vec<u8>)>,
    slot: &OpenedSlot,
    problem: &mut dyn FnMut(&Error),
) -> Result<FoundConfig> {
    let ring = slot.keys.ring(&slot.repo);
    let mut newest =
        Err(Error::damaged(place, format!("no config is left, in the original or as replica. {ONLY_COPIES}")));
    // Of two copies that differ, and are both sound, the original is the one to believe.
    let is_replica = |name: &ObjectName| *name != name.original();
    configs.sort_by_key(|(name, _)| (std::cmp::Reverse(name.original()), is_replica(name)));
    for (name, bytes) in &configs {
        newest = open_object(name, &slot.repo, &ring, bytes)
            .and_then(|opened| Config::decode(&opened.payload).map_err(|error| decode_error(name, error)))
            .map(|config| FoundConfig { config, bytes: bytes.clone() });
        if let Ok(FoundConfig { config, .. }) = &newest
            && name.original() != ObjectName::Config(config.number)
        {
            newest = Err(Error::damaged(name, format!("It says that it is number {}", config.number)));
        }
        match &newest {
            // Settings of a later version must not be passed over.
            Ok(_) | Err(Error::Unsupported { .. }) => break,
            Err(error) => problem(error),
        }
    }
    newest
}

/// All locations of a repository that was found in one of them. Another one may know of a newer config: that counts.
fn open_place(
    backend: Arc<dyn Backend>,
    slot: &OpenedSlot,
    found: FoundConfig,
    options: &OpenOptions,
) -> Result<(Place, Config)> {
    let FoundConfig { mut config, mut bytes } = found;
    if config.locations.is_empty() {
        return Ok((Place { backend, spread: None }, config));
    }
    let connect = options.connect.as_ref().ok_or_else(|| Error::Invalid(SEVERAL.to_owned()))?;
    loop {
        let ring = slot.keys.ring(&slot.repo);
        let opens = |name: &ObjectName, bytes: &[u8]| open_object(name, &slot.repo, &ring, bytes).is_ok();
        let spread = locations::connect(&config, &slot.repo, &**connect, &bytes, &opens)?;
        let Some((number, place)) = locations::newer_config(&spread, config.number) else {
            return Ok((Place { backend: spread.clone(), spread: Some(spread) }, config));
        };
        let name = ObjectName::Config(number);
        let found = vec![(name, place.get(&name, MAX_OBJECT)?)];
        FoundConfig { config, bytes } = newest_config(&place.describe(), found, slot, &mut |_| {})?;
    }
}

/// The repository that an undamaged object says it is of.
pub(super) fn repo_of(bytes: &[u8]) -> Option<RepoId> {
    split_object(bytes).ok().filter(|parts| parts.intact).map(|parts| parts.header.repo)
}

/// Creates an object and its replica.
fn create_both(backend: &dyn Backend, name: &ObjectName, bytes: &[u8]) -> Result<Put> {
    let put = backend.put_new(name, bytes)?;
    if let (Put::Created, Some(replica)) = (put, name.replica()) {
        backend.put_new(&replica, bytes)?;
    }
    Ok(put)
}

/// Removes key slots of attempts that came to nothing. One that stays opens nothing.
fn remove_foreign_slots(backend: &dyn Backend, repo: &RepoId) {
    for family in [Family::ReplicaKeys, Family::Keys] {
        for listed in backend.list(family).unwrap_or_default() {
            let bytes = backend.get(&listed.name, MAX_OBJECT);
            if bytes.is_ok_and(|bytes| repo_of(&bytes).is_some_and(|other| other != *repo)) {
                drop(backend.delete(&listed.name));
            }
        }
    }
}

fn new_config(options: &InitOptions, chunker_key: Option<ChunkerKey>, created: crate::world::Time) -> Result<Config> {
    let InitOptions { pack_size, parity: (k, m), chunker, .. } = *options;
    let config = Config {
        number: 1,
        optional_features: Vec::new(),
        chunker,
        pack_size,
        k,
        m,
        locations: options.locations.clone(),
        compression: options.compression.number(),
        delta: options.delta.number(),
        inline_limit: options.inline_limit,
        frame_target: options.frame_target,
        created,
        single_writer: options.single_writer,
        id_generation: 0,
        chunker_generation: 0,
        chunker_key,
        settings: options.settings.clone(),
        unknown: Vec::new(),
    };
    // The rules for settings are those for reading them.
    Config::decode(&config.encode())
        .map_err(|error| Error::Invalid(format!("These settings are not possible: {error}")))
}

/// Locks new objects as the repository wants it, whatever the command said.
pub(super) fn lock_as_recorded(backend: &dyn Backend, settings: &BTreeMap<String, String>) {
    // A setting of a later version is told by whoever looks at what the place does.
    let lock = settings.get(ObjectLock::SETTING).and_then(|text| text.parse().ok());
    backend.lock_objects(lock);
}

fn assemble(
    place: Place,
    world: Arc<dyn World>,
    slot: OpenedSlot,
    config: Config,
    options: &OpenOptions,
    monitor: &dyn Monitor,
) -> Result<Repository> {
    let Place { backend, spread } = place;
    if config.single_writer {
        backend.assume_single_writer();
    }
    if spread.is_none() {
        lock_as_recorded(&*backend, &config.settings);
    }
    let keys = slot.keys.ring(&slot.repo);
    if let Some(cache) = &options.cache {
        kept::make_cache(cache);
    }
    // Without the primary the newest is missing, which is known and no alarm.
    let is_whole =
        spread.as_ref().is_none_or(|spread| spread.states().first().is_some_and(|state| state.away.is_none()));
    let seen = Seen::open(options.cache.as_deref().filter(|_| is_whole), &backend.describe(), &slot.repo, monitor)?;
    let mut folder = options.cache.as_ref().map(|folder| folder.join(slot.repo.to_string()));
    let held = folder.as_ref().and_then(|folder| kept::hold(folder, &backend.describe(), world.now()));
    let key = keys.current().key(Purpose::Cache).expose();
    let index_folder = folder.as_ref().map(|folder| folder.join("index"));
    let index = match LocalIndex::open(index_folder.as_deref(), key, &slot.repo, world.clone()) {
        // A cache is never needed, only quicker.
        Err(error) if folder.is_some() => {
            monitor
                .event(Event::Note(&format!("{error}; going on without a cache (--no-cache, or another --cache-dir)")));
            folder = None;
            LocalIndex::open(None, key, &slot.repo, world.clone())?
        }
        index => index?,
    };
    let index = Arc::new(index);
    if let Some(spread) = &spread {
        let index = Arc::clone(&index);
        spread.expect_packs(move |pack| {
            let stripe = index.stripe_of(pack).ok().flatten()?;
            stripe.slots.iter().find(|slot| slot.pack == *pack).map(|slot| slot.location)
        });
    }
    let near = Near::new(&*backend, folder.as_ref().map(|folder| folder.join("near")));
    let matrix = (config.m > 0).then(|| Matrix::new(config.k, config.m)).flatten().map(Arc::new);
    let shared = Shared {
        backend,
        spread,
        world,
        repo: slot.repo,
        keys,
        bundle: slot.keys,
        slot: Mutex::new(slot.id),
        kdf_floor: options.kdf_floor,
        config,
        matrix,
        index,
        doomed: RwLock::new(HashSet::new()),
        decisions: Mutex::default(),
        listed: Mutex::default(),
        read_as_of: Mutex::default(),
        cache: Default::default(),
        near,
        healing: Default::default(),
        rules: Default::default(),
        seen,
        folder,
        _held: held,
    };
    Ok(Repository { shared })
}
