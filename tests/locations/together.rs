//! Several places as one: what becomes of packs and objects when some of them fail.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use caddis::backend::{
    Backend, BackendError, ErrorKind, Family, Listed, Member, MemoryBackend, ObjectName, Put, Spread,
};
use caddis::id::{PackId, SessionId};

use crate::engine::TestWorld;
use crate::faults::{Fault, FaultBackend, Op};

/// Places in memory with faults, and the spread over them.
fn spread_over(count: u8) -> (Vec<Arc<MemoryBackend>>, Vec<Arc<FaultBackend>>, Spread) {
    let world = TestWorld::new();
    let memory: Vec<_> = (0..count).map(|_| Arc::new(MemoryBackend::new(world.clone()))).collect();
    let places: Vec<_> = memory.iter().map(|memory| FaultBackend::new(memory.clone())).collect();
    let member = |(number, place): (u8, &Arc<FaultBackend>)| Member {
        number,
        place: format!("place-{number}"),
        capacity: None,
        priority: 0,
        backend: Ok(place.clone()),
    };
    let spread = Spread::new((1..).zip(&places).map(member).collect(), None);
    (memory, places, spread)
}

fn pack(n: u8) -> (ObjectName, Vec<u8>) {
    let bytes = vec![n; 5_000];
    (ObjectName::Pack(PackId(*blake3::hash(&bytes).as_bytes())), bytes)
}

#[test]
fn packs_that_are_not_durable_in_a_place_that_went_away_fail_the_barrier() {
    let (_, _, spread) = spread_over(2);
    let (name, bytes) = pack(1);
    spread.put_pack_at(2, &name, &bytes).unwrap();
    spread.set_away(2, "the cable was pulled");
    spread.barrier().unwrap_err();
    // Nor does it become durable later.
    spread.barrier().unwrap_err();
    // What had become durable before is no reason to fail.
    let (_, _, spread) = spread_over(2);
    spread.put_pack_at(2, &name, &bytes).unwrap();
    spread.barrier().unwrap();
    spread.set_away(2, "the cable was pulled");
    spread.barrier().unwrap();
}

/// Puts a pack while it makes the others durable.
#[derive(Debug, Default)]
struct Busy {
    spread: OnceLock<Arc<Spread>>,
    barriers: AtomicUsize,
    /// It is remote, and puts end in a panic.
    panics: bool,
}

impl Busy {
    fn alone(self) -> (Arc<Busy>, Arc<Spread>) {
        let busy = Arc::new(self);
        let (place, backend) = ("busy".to_owned(), Ok(busy.clone() as Arc<dyn Backend>));
        let member = Member { number: 1, place, capacity: None, priority: 0, backend };
        let spread = Arc::new(Spread::new(vec![member], None));
        busy.spread.set(spread.clone()).expect("once");
        (busy, spread)
    }
}

impl Backend for Busy {
    fn describe(&self) -> String {
        "busy".to_owned()
    }
    fn put_new(&self, _: &ObjectName, _: &[u8]) -> Result<Put, BackendError> {
        assert!(!self.panics, "as a test wants it");
        Ok(Put::Created)
    }
    fn is_remote(&self) -> bool {
        self.panics
    }
    fn put_session(&self, _: &ObjectName, _: &[u8]) -> Result<(), BackendError> {
        Ok(())
    }
    fn replace_pack(&self, _: &ObjectName, _: &[u8]) -> Result<(), BackendError> {
        Ok(())
    }
    fn get(&self, name: &ObjectName, _: u64) -> Result<Vec<u8>, BackendError> {
        Err(BackendError::new(ErrorKind::NotFound, "read", name))
    }
    fn get_range(&self, name: &ObjectName, _: u64, _: usize) -> Result<Vec<u8>, BackendError> {
        Err(BackendError::new(ErrorKind::NotFound, "read", name))
    }
    fn list(&self, _: Family) -> Result<Vec<Listed>, BackendError> {
        Ok(Vec::new())
    }
    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        Err(BackendError::new(ErrorKind::NotFound, "look at", name))
    }
    fn delete(&self, _: &ObjectName) -> Result<(), BackendError> {
        Ok(())
    }
    fn barrier(&self) -> Result<(), BackendError> {
        match self.barriers.fetch_add(1, Ordering::Relaxed) {
            0 if !self.panics => {
                let (name, bytes) = pack(2);
                self.spread.get().expect("it is set").put_pack_at(1, &name, &bytes)
            }
            _ => Err(BackendError::new(ErrorKind::Other, "sync", "everything")),
        }
    }
}

#[test]
fn a_pack_that_was_put_during_a_barrier_is_not_durable_after_it() {
    let (_busy, spread) = Busy::default().alone();
    let (name, bytes) = pack(1);
    spread.put_pack_at(1, &name, &bytes).unwrap();
    spread.barrier().unwrap();
    spread.barrier().unwrap_err();
}

#[test]
fn an_upload_that_panics_is_a_failure_and_nobody_waits_for_it_for_ever() {
    let (_busy, spread) = Busy { panics: true, ..Busy::default() }.alone();
    let (name, bytes) = pack(1);
    spread.put_pack_at(1, &name, &bytes).unwrap();
    let (told, outcome) = std::sync::mpsc::channel();
    std::thread::spawn(move || drop(told.send(spread.barrier())));
    let outcome = outcome.recv_timeout(std::time::Duration::from_secs(20)).expect("an answer");
    assert!(outcome.unwrap_err().to_string().contains("without a result"));
}

#[test]
fn an_object_whose_creation_was_not_acknowledged_gets_its_copies_when_it_is_tried_again() {
    let (memory, places, spread) = spread_over(3);
    let name = ObjectName::Snapshot(SessionId([7; 16]));
    places[0].set(Fault::fail(0, true, |call| call.op == Op::PutNew));
    spread.put_new(&name, b"decision").unwrap_err();
    assert_eq!(spread.put_new(&name, b"decision").unwrap(), Put::Exists);
    assert!(memory.iter().all(|place| place.get(&name, 100).is_ok_and(|bytes| bytes == b"decision")));
    // What somebody else has created is nobody's to copy.
    assert_eq!(spread.put_new(&name, b"another").unwrap(), Put::Exists);
    let other = ObjectName::Snapshot(SessionId([8; 16]));
    memory[0].put_new(&other, b"theirs").unwrap();
    assert_eq!(spread.put_new(&other, b"ours").unwrap(), Put::Exists);
    assert!(memory[1].get(&other, 100).is_err());
}

#[test]
fn a_pack_that_is_written_back_is_durable_whatever_becomes_of_others() {
    let (memory, places, spread) = spread_over(2);
    let ((first, bytes), (other, others)) = (pack(1), pack(2));
    spread.put_pack_at(2, &other, &others).unwrap();
    places[1].set(Fault::fail(0, false, |call| call.op == Op::Barrier));
    spread.settle_pack_at(2, &first, &bytes).unwrap();
    assert!(memory[1].stat(&first).is_ok());
    // Who put the others learns of it.
    spread.barrier().unwrap_err();
}
