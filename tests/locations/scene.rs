//! A repository in several locations in memory, what was backed up into it, and what locations go through.
use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use caddis::backend::{Backend, BackendError, ErrorKind, Family, MemberState, MemoryBackend, ObjectName};
use caddis::error::{Error, Result};
use caddis::format::LocationConfig;
use caddis::monitor::{Event, Monitor, Silent};
use caddis::ops::forget::{execute, plan_ids};
use caddis::ops::locations;
use caddis::ops::prune::{MaxUnused, PruneOptions, prune};
use caddis::ops::repair::{RepairOptions, RepairReport, repair};
use caddis::repo::{Connect, InitOptions, OpenOptions, Repository, SessionOwner};
use caddis::world::World;

use crate::engine::{self, PASSWORD, Picture, TestWorld, noise};
use crate::faults::{Fault, FaultBackend};

/// Rounds of a random test: `CADDIS_LOCATION_CASES`, or so many.
pub fn cases(default: u32) -> u32 {
    std::env::var("CADDIS_LOCATION_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default)
}

/// Everything that is unused goes.
fn prune_options() -> PruneOptions {
    PruneOptions {
        max_unused: MaxUnused::Percent(0.0),
        stale_after: std::time::Duration::ZERO,
        accept_unexplained: true,
        ..PruneOptions::default()
    }
}

pub fn is_parity(pack: &[u8]) -> bool {
    pack.starts_with(b"CADDISR1")
}

/// What may be at a place's name.
#[derive(Debug)]
pub struct Place {
    memory: Mutex<Option<Arc<MemoryBackend>>>,
    faults: Mutex<Arc<FaultBackend>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Place {
    fn new(world: &Arc<TestWorld>) -> Self {
        let memory = Arc::new(MemoryBackend::new(world.clone()));
        let faults = FaultBackend::new(memory.clone());
        Place { memory: Mutex::new(Some(memory)), faults: Mutex::new(faults) }
    }

    pub fn set(&self, fault: Fault) {
        lock(&self.faults).set(fault);
    }

    pub fn heal(&self) {
        lock(&self.faults).heal();
    }

    fn fill_with(&self, memory: Arc<MemoryBackend>) {
        *lock(&self.faults) = FaultBackend::new(memory.clone());
        *lock(&self.memory) = Some(memory);
    }

    pub fn packs(&self) -> Vec<Arc<[u8]>> {
        let memory = lock(&self.memory).clone().expect("it has content");
        let contents = memory.snapshot_contents();
        contents.into_iter().filter(|(name, _)| name.family() == Family::Packs).map(|(_, bytes)| bytes).collect()
    }
}

/// All places by name.
#[derive(Debug)]
struct Places {
    world: Arc<TestWorld>,
    all: Mutex<BTreeMap<String, Arc<Place>>>,
}

impl Places {
    fn get(&self, name: &str) -> Arc<Place> {
        let mut all = lock(&self.all);
        all.entry(name.to_owned()).or_insert_with(|| Arc::new(Place::new(&self.world))).clone()
    }

    fn backend(&self, location: &LocationConfig) -> std::result::Result<Arc<dyn Backend>, BackendError> {
        let backend = lock(&self.get(&location.place).faults).clone();
        backend.call_it(&location.place);
        match backend.list(Family::Keys) {
            Ok(_) => Ok(backend),
            Err(_) => Err(BackendError::new(ErrorKind::Other, "reach", &location.place)),
        }
    }
}

impl Connect for Places {
    fn connect(&self, location: &LocationConfig) -> std::result::Result<Arc<dyn Backend>, BackendError> {
        self.backend(location)
    }

    fn create(&self, location: &LocationConfig) -> std::result::Result<Arc<dyn Backend>, BackendError> {
        self.backend(location)
    }
}

/// Keeps what it is told of problems.
#[derive(Default)]
pub struct Monitored(Mutex<Vec<String>>);

impl Monitored {
    pub fn problems(&self) -> Vec<String> {
        lock(&self.0).clone()
    }
}

impl Monitor for Monitored {
    fn event(&self, event: Event<'_>) {
        if let Event::Problem(problem) = event {
            lock(&self.0).push(format!("{}: {}", problem.item, problem.message));
        }
    }
}

pub struct Scene {
    world: Arc<TestWorld>,
    places: Arc<Places>,
    name: String,
    source: tempfile::TempDir,
    /// What was backed up, by snapshot, unless it was forgotten.
    expected: Mutex<Vec<(caddis::id::SessionId, Picture)>>,
}

fn location(name: &str, number: u8) -> LocationConfig {
    LocationConfig { number, place: format!("{name}-{number}"), ..LocationConfig::default() }
}

impl Scene {
    pub fn make(name: &str, parity: (u8, u8), count: u8) -> Result<Scene> {
        Scene::of(name, parity, (1..=count).map(|number| location(name, number)).collect())
    }

    pub fn with_capacity(name: &str, parity: (u8, u8), count: u8, capacity: Option<(u8, u64)>) -> Result<Scene> {
        let limit = |number| capacity.filter(|(of, _)| *of == number).map(|(_, bytes)| bytes);
        let location = |number| LocationConfig { capacity: limit(number), ..location(name, number) };
        Scene::of(name, parity, (1..=count).map(location).collect())
    }

    /// Only the last location takes more than a little.
    pub fn with_room_in_one(name: &str, parity: (u8, u8), count: u8, capacity: u64) -> Result<Scene> {
        let capacity = |number| (number < count).then_some(capacity);
        let location = |number| LocationConfig { capacity: capacity(number), ..location(name, number) };
        Scene::of(name, parity, (1..=count).map(location).collect())
    }

    /// Whether the location opens with this password.
    pub fn opens(&self, number: u8, password: &[u8]) -> bool {
        let backend = lock(&self.place(number).faults).clone();
        Repository::open(backend, self.world.clone(), password, &self.options(), &Silent).is_ok()
    }

    pub fn with_priority(name: &str, parity: (u8, u8), count: u8, first: u8) -> Result<Scene> {
        let location = |number| LocationConfig { priority: u8::from(number == first), ..location(name, number) };
        Scene::of(name, parity, (1..=count).map(location).collect())
    }

    fn of(name: &str, parity: (u8, u8), locations: Vec<LocationConfig>) -> Result<Scene> {
        let world = TestWorld::new();
        let places = Arc::new(Places { world: world.clone(), all: Mutex::default() });
        let scene = Scene {
            world: world.clone(),
            places,
            name: name.to_owned(),
            source: tempfile::tempdir().expect("a folder"),
            expected: Mutex::default(),
        };
        let options = InitOptions { locations, ..engine::init_options(parity) };
        let unused = Arc::new(MemoryBackend::new(world.clone()));
        Repository::init(unused, world, PASSWORD, &options, &scene.options())?;
        Ok(scene)
    }

    fn options(&self) -> OpenOptions {
        OpenOptions { connect: Some(self.places.clone()), ..engine::open_options(None) }
    }

    pub fn place(&self, number: u8) -> Arc<Place> {
        self.places.get(&format!("{}-{number}", self.name))
    }

    /// By way of the first place that can be reached.
    pub fn open(&self) -> Result<Repository> {
        let all: Vec<Arc<Place>> = lock(&self.places.all).values().cloned().collect();
        let mut result = Err(Error::Invalid("no location can be reached".to_owned()));
        for place in all {
            let backend = lock(&place.faults).clone();
            if backend.list(Family::Config).is_ok_and(|listed| !listed.is_empty()) {
                let opened = Repository::open(backend, self.world.clone(), PASSWORD, &self.options(), &Silent);
                if opened.is_ok() {
                    return opened;
                }
                result = opened;
            }
        }
        result
    }

    /// Numbers of the locations, the primary first.
    pub fn numbers(&self) -> Vec<u8> {
        let repo = self.open().expect("opens");
        repo.config().locations.iter().map(|location| location.number).collect()
    }

    fn write_source(&self, turn: u32) {
        for n in 0..12u32 {
            let changes = n % 4 == turn % 4;
            let seed = u64::from(n) << 32 | u64::from(if changes { turn } else { 0 });
            fs::write(self.source.path().join(format!("f{n}")), noise(seed, 30_000 + 9_000 * n as usize))
                .expect("writes");
        }
    }

    /// Returns what became of the locations.
    pub fn back_up(&self, turn: u32) -> Result<Vec<MemberState>> {
        let repo = self.open()?;
        self.back_up_with(&repo, turn)
    }

    pub fn back_up_with(&self, repo: &Repository, turn: u32) -> Result<Vec<MemberState>> {
        self.write_source(turn);
        let report = engine::back_up(repo, self.source.path(), &engine::backup_options())?;
        let sid = report.snapshot.expect("a snapshot");
        let made = self.open()?;
        let infos = engine::snapshots(&made, &Silent)?;
        let info = infos.iter().find(|info| info.id == sid).expect("it is listed");
        lock(&self.expected).push((sid, engine::picture(&made, info)?));
        Ok(repo.location_states())
    }

    /// All snapshots that were made, and not forgotten, can be read and are what they were.
    pub fn assert_reads(&self) {
        let repo = self.open().expect("opens");
        let infos = engine::snapshots(&repo, &Silent).expect("lists");
        for (sid, picture) in lock(&self.expected).iter() {
            let info = infos.iter().find(|info| info.id == *sid).expect("the snapshot is there");
            let found = engine::picture(&repo, info).unwrap_or_else(|error| panic!("{sid}: {error}"));
            assert!(found == *picture, "{sid} has changed");
        }
    }

    pub fn repair(&self) -> Result<RepairReport> {
        let all = RepairOptions {
            replicas: true,
            index: true,
            packs: true,
            locations: true,
            dry_run: false,
            host: "host".to_owned(),
        };
        let report = repair(&self.open()?, &all, &Silent)?;
        // What a prune has removed must not come back in pieces.
        assert_eq!(
            (report.packs_lost.len(), report.blobs_lost.len(), report.objects_lost.len()),
            (0, 0, 0),
            "{report:?}"
        );
        Ok(report)
    }

    pub fn forget_oldest(&self) {
        let mut expected = lock(&self.expected);
        if expected.len() < 2 {
            return;
        }
        let (sid, _) = expected.remove(0);
        let repo = self.open().expect("opens");
        let infos = engine::snapshots(&repo, &Silent).expect("lists");
        let info = infos.into_iter().find(|info| info.id == sid).expect("it is there");
        let plan = plan_ids(vec![info], self.world.now()).expect("nothing protects it");
        execute(&repo, &plan, "host", &Silent).expect("forgets");
    }

    /// Removes all that is not used, if no other run is in the way.
    pub fn prune(&self) -> Result<()> {
        let owner = SessionOwner { host: "host".to_owned(), label: None, process: self.world.process() };
        prune(&self.open()?, &owner, &prune_options(), &Silent).map(drop)
    }

    /// The place loses everything.
    pub fn empty(&self, number: u8) {
        self.place(number).fill_with(Arc::new(MemoryBackend::new(self.world.clone())));
    }

    /// Another repository's location is found at the place.
    pub fn exchange(&self, number: u8, other: &Scene) {
        let memory = lock(&other.place(number).memory).clone().expect("it has content");
        self.place(number).fill_with(Arc::new((*memory).clone()));
    }

    /// Every location fails at its nth call, as if the program had been killed.
    pub fn fail_everything(&self, nth: usize) {
        lock(&self.places.all).values().for_each(|place| place.set(Fault::crash(nth, false)));
    }

    pub fn heal_everything(&self) {
        lock(&self.places.all).values().for_each(|place| place.heal());
    }

    pub fn next_process(&self) {
        self.world.next_process();
    }

    pub fn promote(&self, number: u8, primary_is_gone: bool) -> Result<()> {
        locations::promote(self.open()?, number, primary_is_gone, &self.options(), &Silent).map(drop)
    }

    pub fn add(&self, number: u8, even: bool) -> Result<()> {
        locations::add(self.open()?, location(&self.name, number), even, &self.options(), &Silent).map(drop)
    }

    pub fn remove(&self, number: u8, is_gone: bool) -> Result<()> {
        let (repo, _) = locations::remove(self.open()?, number, is_gone, &self.options(), &Silent)?;
        if is_gone {
            locations::bring_back(&repo, "host", &Silent)?;
        }
        // It is no location any more, and is not asked for the repository.
        self.empty(number);
        Ok(())
    }

    /// Puts a location to another place, or to the same.
    pub fn replace(&self, number: u8, elsewhere: bool) -> Result<()> {
        let repo = self.open()?;
        if elsewhere {
            // A new place of the same name: what was there is away.
            self.empty(number);
        }
        let (repo, _) = locations::replace(repo, location(&self.name, number), &self.options(), &Silent)?;
        locations::bring_back(&repo, "host", &Silent).map(drop)
    }

    /// A place of this number that is no location yet.
    pub fn elsewhere(&self, number: u8) -> LocationConfig {
        location(&self.name, number)
    }

    /// Where a location is.
    pub fn place_of(&self, number: u8) -> LocationConfig {
        let repo = self.open().expect("opens");
        let all = &repo.config().locations;
        let found = all.iter().find(|location| location.number == number).expect("there is one");
        LocationConfig {
            number: found.place.rsplit('-').next().and_then(|text| text.parse().ok()).expect("a number"),
            ..found.clone()
        }
    }

    /// Puts a location to another place.
    pub fn replace_by(&self, number: u8, place: &LocationConfig) -> Result<()> {
        let target = LocationConfig { number, ..place.clone() };
        let (repo, _) = locations::replace(self.open()?, target, &self.options(), &Silent)?;
        locations::bring_back(&repo, "host", &Silent).map(drop)
    }

    /// The first steps of that. Returns how many packs were copied.
    pub fn copy_to(&self, number: u8, place: &LocationConfig) -> Result<u64> {
        let target = LocationConfig { number, ..place.clone() };
        let repo = self.open()?;
        repo.fill_location(&target, &*self.places, &Silent)?;
        Ok(repo.copy_location(&target, &*self.places, &Silent)?.packs_moved)
    }

    fn memory(&self, number: u8) -> Arc<MemoryBackend> {
        lock(&self.place(number).memory).clone().expect("it has content")
    }

    /// Names of objects in one place, ascending.
    pub fn objects(&self, number: u8, family: Family) -> Vec<ObjectName> {
        self.memory(number).snapshot_contents().into_keys().filter(|name| name.family() == family).collect()
    }

    pub fn newest_config(&self, number: u8) -> ObjectName {
        self.objects(number, Family::Config).pop().expect("it has one")
    }

    fn bytes(&self, number: u8, name: &ObjectName) -> Vec<u8> {
        self.memory(number).get(name, u64::MAX).expect("it is there")
    }

    /// Changes a byte in the middle.
    pub fn damage(&self, number: u8, name: &ObjectName) {
        let mut bytes = self.bytes(number, name);
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        self.memory(number).overwrite(name, &bytes);
    }

    /// Cuts off the end.
    pub fn truncate(&self, number: u8, name: &ObjectName) {
        let bytes = self.bytes(number, name);
        self.memory(number).overwrite(name, &bytes[..bytes.len() - 7]);
    }

    pub fn lose(&self, number: u8, name: &ObjectName) {
        self.memory(number).remove(name);
    }

    /// Does the same with an object and with its replica.
    pub fn with_replica(&self, number: u8, name: &ObjectName, act: impl Fn(&Scene, u8, &ObjectName)) {
        [Some(*name), name.replica()].iter().flatten().for_each(|name| act(self, number, name));
    }

    /// All configs of a place, with their replicas.
    pub fn take(&self, number: u8, family: Family) -> BTreeMap<ObjectName, Vec<u8>> {
        let names = self.objects(number, family).into_iter();
        let names = names.flat_map(|name| [Some(name), name.replica()]).flatten();
        names.map(|name| (name, self.bytes(number, &name))).collect()
    }

    /// The same without the newest of them.
    pub fn without_newest(&self, configs: &BTreeMap<ObjectName, Vec<u8>>) -> BTreeMap<ObjectName, Vec<u8>> {
        let newest = configs.keys().filter(|name| name.family() == Family::Config).max().copied();
        configs
            .iter()
            .filter(|(name, _)| Some(name.original()) != newest)
            .map(|(name, bytes)| (*name, bytes.clone()))
            .collect()
    }

    /// A place has these configs and no others.
    pub fn put_back(&self, number: u8, configs: &BTreeMap<ObjectName, Vec<u8>>) {
        for name in self.objects(number, Family::Config) {
            self.with_replica(number, &name, Scene::lose);
        }
        configs.iter().for_each(|(name, bytes)| self.memory(number).overwrite(name, bytes));
    }

    /// The location by itself gets a new config, as if it were sure that the other one is gone.
    pub fn write_config_alone(&self, number: u8) {
        let repo = self.open().expect("opens");
        let mut locations = repo.config().locations.clone();
        let at = locations.iter().position(|location| location.number == number).expect("there is one");
        locations[at].priority += 1;
        repo.change_locations(locations, &self.options(), true, &Silent).map(drop).expect("changes");
    }
}
