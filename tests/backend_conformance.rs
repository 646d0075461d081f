//! The contract of storage on every backend and decorator.
#![allow(clippy::print_stderr, reason = "a skipped test says why")]

mod conformance;
#[allow(dead_code, reason = "shared with other tests")]
mod faults;
mod local_folder;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use caddis::backend::{Backend, ErrorKind, Family, Member, MemoryBackend, ObjectName, Put, Spread};
use caddis::id::SessionId;
use caddis::world::SystemWorld;
use conformance::{kind, pack_of};
use faults::{Call, Fault, FaultBackend, Op};
use local_folder::{local, temporary_files};

fn memory() -> Arc<MemoryBackend> {
    Arc::new(MemoryBackend::new(SystemWorld::new()))
}

fn snapshot(n: u8) -> ObjectName {
    ObjectName::Snapshot(SessionId([n; 16]))
}

#[test]
fn memory_conforms() {
    conformance::run(&|| memory());
}

#[test]
fn local_folder_conforms() {
    let folders = RefCell::new(Vec::new());
    conformance::run(&|| {
        let (folder, _, backend) = local();
        folders.borrow_mut().push(folder);
        Arc::new(backend)
    });
    for folder in folders.into_inner() {
        assert_eq!(temporary_files(folder.path()), Vec::<PathBuf>::new());
    }
}

#[test]
fn fault_decorator_without_faults_conforms() {
    conformance::run(&|| FaultBackend::new(memory()));
}

fn spread(places: Vec<Arc<dyn Backend>>) -> Spread {
    let members = places.into_iter().zip(1..).map(|(place, number)| Member {
        number,
        place: format!("place {number}"),
        capacity: None,
        priority: 0,
        backend: Ok(place),
    });
    Spread::new(members.collect(), None)
}

#[test]
fn several_places_conform() {
    conformance::run(&|| Arc::new(spread(vec![memory(), memory(), memory()])));
}

#[test]
fn memory_can_be_damaged_and_copied() {
    let store = memory();
    let name = snapshot(1);
    store.put_new(&name, b"good").unwrap();
    let copy = (*store).clone();
    store.overwrite(&name, b"bad");
    assert_eq!(store.get(&name, 10).unwrap(), b"bad");
    assert!(store.remove(&name));
    assert!(!store.remove(&name));
    assert_eq!(kind(store.get(&name, 10)), ErrorKind::NotFound);
    assert_eq!(copy.snapshot_contents(), BTreeMap::from([(name, Arc::from(b"good".as_slice()))]));
    assert_eq!(store.snapshot_contents().len(), 0);
}

#[test]
fn calls_are_recorded_and_counted() {
    let store = FaultBackend::new(memory());
    store.put_new(&snapshot(1), b"x").unwrap();
    store.put_new(&pack_of(b"y"), b"y").unwrap();
    store.barrier().unwrap();
    store.list(Family::Packs).unwrap();
    assert_eq!((store.count(Op::PutNew, None), store.count(Op::PutNew, Some(Family::Packs))), (2, 1));
    let list = Call { op: Op::List, family: Some(Family::Packs), name: None };
    assert_eq!(store.calls().last(), Some(&list));
    assert_eq!(store.calls().iter().filter(|call| call.op.writes()).count(), 3);
    store.forget_calls();
    assert_eq!(store.count(Op::PutNew, None), 0);
}

#[test]
fn faults_come_when_they_were_ordered() {
    let store = FaultBackend::new(memory());
    let put = |n| store.put_new(&snapshot(n), b"x");
    store.set(Fault::fail(1, false, |call| call.op == Op::PutNew));
    put(1).unwrap();
    store.barrier().unwrap();
    assert!(!store.fired());
    assert_eq!(kind(put(2)), ErrorKind::Other);
    assert!(store.fired());
    // Before the effect: nothing happened, and the next try gets through.
    assert_eq!(put(2).unwrap(), Put::Created);
    store.set(Fault { kind: ErrorKind::OutOfSpace, ..Fault::fail(0, true, |call| call.op == Op::PutNew) });
    assert_eq!(kind(put(3)), ErrorKind::OutOfSpace);
    assert_eq!(put(3).unwrap(), Put::Exists);
    store.set(Fault::crash(1, true));
    store.stat(&snapshot(1)).unwrap();
    assert_eq!(kind(put(4)), ErrorKind::Other);
    assert_eq!(kind(put(5)), ErrorKind::Other);
    assert_eq!(kind(store.get(&snapshot(4), 10)), ErrorKind::Other);
    store.heal();
    assert_eq!(store.get(&snapshot(4), 10).unwrap(), b"x");
    assert_eq!(kind(store.get(&snapshot(5), 10)), ErrorKind::NotFound);
}
