//! Which place is asked, where several have the same.
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;

use super::super::MemoryBackend;
use super::*;
use crate::id::SessionId;
use crate::world::SystemWorld;

/// A place that takes its time, and counts what is read.
#[derive(Debug)]
struct Slow {
    memory: MemoryBackend,
    millis: AtomicU64,
    reads: AtomicU64,
}

impl Slow {
    fn new(millis: u64) -> Arc<Slow> {
        let memory = MemoryBackend::new(SystemWorld::new());
        Arc::new(Slow { memory, millis: millis.into(), reads: AtomicU64::new(0) })
    }

    fn reads(&self) -> u64 {
        self.reads.swap(0, Ordering::Relaxed)
    }
}

impl Backend for Slow {
    fn describe(&self) -> String {
        format!("{self:p}")
    }
    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
        self.memory.put_new(name, bytes)
    }
    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.memory.put_session(name, bytes)
    }
    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.memory.replace_pack(name, bytes)
    }
    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(self.millis.load(Ordering::Relaxed)));
        self.memory.get(name, limit)
    }
    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        self.memory.get_range(name, offset, len)
    }
    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
        self.memory.list(family)
    }
    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        self.memory.stat(name)
    }
    fn is_remote(&self) -> bool {
        true
    }
    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.memory.delete(name)
    }
    fn barrier(&self) -> Result<(), BackendError> {
        self.memory.barrier()
    }
}

fn spread(places: &[&Arc<Slow>], capacity: Option<u64>) -> Spread {
    let member = |(backend, number): (&&Arc<Slow>, u8)| Member {
        number,
        place: format!("place {number}"),
        capacity: capacity.filter(|_| number == 1),
        priority: 0,
        backend: Ok(Arc::clone(backend) as Arc<dyn Backend>),
    };
    Spread::new(places.iter().zip(1..).map(member).collect(), None)
}

fn index(n: u8) -> ObjectName {
    ObjectName::Index(SessionId([n; 16]), 0)
}

#[test]
fn index_objects_are_read_where_that_is_quickest_and_decisions_from_the_primary() {
    let (primary, quick, far) = (Slow::new(40), Slow::new(1), Slow::new(80));
    let places = spread(&[&primary, &quick, &far], None);
    for n in 0..20 {
        places.put_new(&index(n), &[n; 1_000]).expect("put");
        places.put_new(&ObjectName::Snapshot(SessionId([n; 16])), &[n; 10]).expect("put");
    }
    for n in 0..20 {
        assert_eq!(places.get(&index(n), 10_000).expect("reads"), [n; 1_000]);
    }
    let (here, there, farther) = (primary.reads(), quick.reads(), far.reads());
    assert!(here <= 3 && there >= 15 && farther <= 2, "{here} {there} {farther}");
    for n in 0..5 {
        places.get(&ObjectName::Snapshot(SessionId([n; 16])), 100).expect("reads");
    }
    assert_eq!((primary.reads(), quick.reads(), far.reads()), (5, 0, 0));

    // Whoever asks again has found it damaged.
    places.get(&index(19), 10_000).expect("reads");
    assert_eq!((primary.reads(), quick.reads()), (1, 0));
    // One that the quick place does not have comes from the primary.
    primary.put_new(&index(50), b"only here").expect("put");
    assert_eq!(places.get(&index(50), 100).expect("reads"), b"only here");
    places.read_from_primary_only();
    primary.reads();
    places.put_new(&index(60), b"x").expect("put");
    places.get(&index(60), 100).expect("reads");
    assert_eq!(primary.reads(), 1);
}

#[test]
fn a_primary_that_answers_at_once_is_asked_and_nobody_else() {
    let (primary, other) = (Slow::new(0), Slow::new(0));
    let places = spread(&[&primary, &other], None);
    for n in 0..10 {
        places.put_new(&index(n), b"x").expect("put");
        places.get(&index(n), 10).expect("reads");
    }
    // A guess is a hundredth of a second; this one is quicker.
    assert!(other.reads() <= 1);
}

#[test]
fn packs_in_quick_places_cost_less_and_capacity_holds_to_the_byte() {
    let (slow, quick) = (Slow::new(30), Slow::new(1));
    let places = spread(&[&slow, &quick], Some(2_500));
    let packs: Vec<(ObjectName, Vec<u8>)> = (0..6u8)
        .map(|n| vec![n; 1_000])
        .map(|bytes| (ObjectName::Pack(PackId(*blake3::hash(&bytes).as_bytes())), bytes))
        .collect();
    for (name, bytes) in &packs {
        places.put_pack_at(1, name, bytes).expect("put");
        places.barrier().expect("durable");
    }
    let held = |place: &Slow| place.list(Family::Packs).expect("lists").len();
    assert_eq!((held(&slow), held(&quick)), (2, 4));
    assert!(places.states()[0].is_full && places.room(1) == Some(0) && places.room(2).is_none());
    for (name, _) in &packs {
        places.get(name, 1_000).expect("reads");
    }
    let cost = |at: usize| places.read_cost(&packs[at].0, 1_000);
    assert!(cost(0) > cost(5), "{:?} {:?}", cost(0), cost(5));
    places.set_away(1, "gone");
    assert_eq!(cost(0), Duration::MAX);
}
