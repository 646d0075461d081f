//! The contract of a backend as a test: every implementation and every decorator has to pass it.
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use caddis::backend::{Backend, BackendError, ErrorKind, Family, Held, ObjectName, Put};
use caddis::id::{PackId, SessionId, SlotId};
use caddis::world::Time;

/// Makes an empty store.
pub type Make<'a> = &'a dyn Fn() -> Arc<dyn Backend>;

/// Runs everything; panics at the first breach.
pub fn run(make: Make<'_>) {
    one_of_many_racing_creators_wins(&*make());
    run_alone(make);
}

/// The same for storage on which only one client at a time writes.
pub fn run_alone(make: Make<'_>) {
    for check in [
        an_empty_store,
        put_and_read_back_every_family,
        what_exists_is_left_alone,
        readers_see_all_or_nothing,
        listings_are_sorted_and_complete,
        limits_and_ranges,
        deleting_twice_is_fine,
        what_no_lock_keeps_is_deleted,
        only_sessions_are_replaced,
        sessions_are_listed_while_they_are_replaced,
        only_true_packs_replace_packs,
        empty_and_large_objects,
        unfinished_files_are_no_objects,
    ] {
        check(&*make());
    }
}

/// The name of the pack with these bytes.
pub fn pack_of(bytes: &[u8]) -> ObjectName {
    ObjectName::Pack(PackId(*blake3::hash(bytes).as_bytes()))
}

/// Names of all kinds, `n` telling the sets apart.
pub fn names(n: u8) -> Vec<ObjectName> {
    let (sid, slot) = (SessionId([n; 16]), SlotId([n; 16]));
    vec![
        ObjectName::Config(u64::from(n) + 1),
        ObjectName::Key(slot),
        pack_of(&[n]),
        ObjectName::Index(sid, 0),
        ObjectName::Index(sid, 10),
        ObjectName::Session(sid),
        ObjectName::Snapshot(sid),
        ObjectName::Tomb(sid),
        ObjectName::Mark(sid),
        ObjectName::Done(sid),
        ObjectName::ReplicaConfig(u64::from(n) + 1),
        ObjectName::ReplicaKey(slot),
        ObjectName::ReplicaSnapshot(sid),
        ObjectName::ReplicaTomb(sid),
    ]
}

/// The kind of an error; panics on success.
#[track_caller]
pub fn kind<T: std::fmt::Debug>(result: Result<T, BackendError>) -> ErrorKind {
    result.expect_err("must fail").kind
}

fn session(n: u8) -> ObjectName {
    ObjectName::Session(SessionId([n; 16]))
}

fn an_empty_store(store: &dyn Backend) {
    assert!(!store.describe().is_empty());
    for family in Family::ALL {
        assert_eq!(store.list(family).unwrap(), [], "{family:?}");
    }
    for name in names(1) {
        assert_eq!(kind(store.get(&name, 1 << 20)), ErrorKind::NotFound, "{name}");
        assert_eq!(kind(store.get_range(&name, 0, 0)), ErrorKind::NotFound, "{name}");
        assert_eq!(kind(store.stat(&name)), ErrorKind::NotFound, "{name}");
        store.delete(&name).unwrap();
    }
    store.barrier().unwrap();
}

fn put_and_read_back_every_family(store: &dyn Backend) {
    for name in names(1) {
        let bytes = format!("bytes of {name}").into_bytes();
        assert_eq!(store.put_new(&name, &bytes).unwrap(), Put::Created, "{name}");
        assert_eq!(store.get(&name, bytes.len() as u64).unwrap(), bytes, "{name}");
        let stat = store.stat(&name).unwrap();
        assert_eq!((stat.name, stat.size), (name, bytes.len() as u64));
        let listed = store.list(name.family()).unwrap();
        assert_eq!(listed.iter().filter(|listed| listed.name == name).collect::<Vec<_>>(), [&stat], "{name}");
    }
    store.barrier().unwrap();
}

fn what_exists_is_left_alone(store: &dyn Backend) {
    for name in names(2) {
        assert_eq!(store.put_new(&name, b"first").unwrap(), Put::Created);
        let stat = store.stat(&name).unwrap();
        assert_eq!(store.put_new(&name, b"another").unwrap(), Put::Exists, "{name}");
        assert_eq!(store.put_new(&name, b"first").unwrap(), Put::Exists, "{name}");
        assert_eq!(store.put_new(&name, b"").unwrap(), Put::Exists, "{name}");
        assert_eq!(store.get(&name, 100).unwrap(), b"first", "{name}");
        assert_eq!(store.stat(&name).unwrap(), stat, "{name}");
        store.delete(&name).unwrap();
        assert_eq!(store.put_new(&name, b"another").unwrap(), Put::Created, "{name}");
        assert_eq!(store.get(&name, 100).unwrap(), b"another", "{name}");
    }
}

fn one_of_many_racing_creators_wins(store: &dyn Backend) {
    const THREADS: u8 = 16;
    let packs = (0..50u8).map(|n| pack_of(&[n]));
    let decisions = (0..50u8).map(|n| ObjectName::Snapshot(SessionId([n; 16])));
    let names: Vec<_> = packs.chain(decisions).collect();
    let start = Barrier::new(usize::from(THREADS));
    let won: Vec<Vec<bool>> = thread::scope(|scope| {
        let race = |me: u8| {
            start.wait();
            names.iter().map(|name| store.put_new(name, &[me; 100]).unwrap() == Put::Created).collect()
        };
        let threads: Vec<_> = (0..THREADS).map(|me| scope.spawn(move || race(me))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (n, name) in names.iter().enumerate() {
        let winners: Vec<_> = (0..THREADS).filter(|me| won[usize::from(*me)][n]).collect();
        assert_eq!(winners.len(), 1, "{name}");
        assert_eq!(store.get(name, 100).unwrap(), [winners[0]; 100], "{name}");
    }
}

fn readers_see_all_or_nothing(store: &dyn Backend) {
    let bytes = |n: u8| vec![n; 300_000];
    let names: Vec<_> = (0..20).map(|n| (n, pack_of(&bytes(n)))).collect();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for (n, name) in &names {
                    match store.get(name, 300_000) {
                        Ok(read) => assert!(read == bytes(*n), "{name} was read in part"),
                        Err(error) => assert_eq!(error.kind, ErrorKind::NotFound, "{error}"),
                    }
                }
                assert!(store.list(Family::Packs).unwrap().iter().all(|listed| listed.size == 300_000));
            }
        });
        for (n, name) in &names {
            store.put_new(name, &bytes(*n)).unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
}

fn listings_are_sorted_and_complete(store: &dyn Backend) {
    let mut all = BTreeSet::new();
    // Enough packs for several in some folders; numbers whose order as text is another one.
    let packs = (0..600u32).map(|n| pack_of(&n.to_le_bytes()));
    let configs = [1, 2, 9, 10, 11, 100].map(ObjectName::Config);
    let indexes = [0, 2, 10].map(|n| ObjectName::Index(SessionId([5; 16]), n));
    for name in packs.chain(configs).chain(indexes).chain(names(3)).chain(names(200)) {
        store.put_new(&name, name.to_string().as_bytes()).unwrap();
        all.insert(name);
    }
    for family in Family::ALL {
        let listed = store.list(family).unwrap();
        let expected: Vec<_> = all.iter().copied().filter(|name| name.family() == family).collect();
        assert_eq!(listed.iter().map(|listed| listed.name).collect::<Vec<_>>(), expected, "{family:?}");
        assert!(listed.iter().all(|listed| listed.size == listed.name.to_string().len() as u64), "{family:?}");
    }
    for name in all.iter().filter(|name| name.family() == Family::Packs).take(100) {
        store.delete(name).unwrap();
    }
    assert_eq!(store.list(Family::Packs).unwrap().len(), 502);
}

fn limits_and_ranges(store: &dyn Backend) {
    let bytes: Vec<u8> = (0..1000u32).map(|n| n as u8).collect();
    let name = pack_of(&bytes);
    store.put_new(&name, &bytes).unwrap();
    assert_eq!(store.get(&name, 1000).unwrap(), bytes);
    assert_eq!(store.get(&name, u64::MAX).unwrap(), bytes);
    assert_eq!(kind(store.get(&name, 999)), ErrorKind::TooLarge);
    assert_eq!(kind(store.get(&name, 0)), ErrorKind::TooLarge);
    for (offset, len) in [(0, 1000), (0, 1), (999, 1), (100, 300), (0, 0), (1000, 0)] {
        let expected = &bytes[offset..offset + len];
        assert_eq!(store.get_range(&name, offset as u64, len).unwrap(), expected, "{offset}+{len}");
    }
    let beyond = [(0, 1001), (999, 2), (1000, 1), (1001, 0), (u64::MAX, 1), (u64::MAX, usize::MAX), (5, usize::MAX)];
    for (offset, len) in beyond {
        assert_eq!(kind(store.get_range(&name, offset, len)), ErrorKind::ShortRead, "{offset}+{len}");
    }
}

fn deleting_twice_is_fine(store: &dyn Backend) {
    for name in names(4) {
        store.put_new(&name, b"bytes").unwrap();
        store.delete(&name).unwrap();
        store.delete(&name).unwrap();
        assert_eq!(kind(store.get(&name, 100)), ErrorKind::NotFound, "{name}");
        assert_eq!(kind(store.stat(&name)), ErrorKind::NotFound, "{name}");
        assert_eq!(store.list(name.family()).unwrap().iter().filter(|listed| listed.name == name).count(), 0);
    }
}

/// Nothing that is written as ever is kept by a lock unless the store says that it locks what is written.
fn what_no_lock_keeps_is_deleted(store: &dyn Backend) {
    let names = names(5);
    assert_eq!(store.locks(&names).unwrap(), vec![Held::Free; names.len()], "there is nothing");
    for name in &names {
        store.put_new(name, b"bytes").unwrap();
    }
    let kept = store.delete_unlocked(&names).unwrap();
    for name in &names {
        let is_kept = kept.iter().any(|retained| retained.name == *name);
        assert_eq!(is_kept, store.object_lock().is_some() && name.family().is_lockable(), "{name}");
        assert_eq!(store.stat(name).is_ok(), is_kept, "{name}");
    }
    if store.object_lock().is_none() {
        assert!(store.extend_locks(&names, Time { secs: 1 << 33, nanos: 0 }).is_err());
        assert!(store.extend_locks(&[], Time::default()).is_ok());
    }
}

fn only_sessions_are_replaced(store: &dyn Backend) {
    let name = session(1);
    store.put_session(&name, b"one").unwrap();
    store.put_session(&name, b"the second").unwrap();
    assert_eq!(store.get(&name, 100).unwrap(), b"the second");
    assert_eq!(store.stat(&name).unwrap().size, 10);
    store.put_session(&name, b"").unwrap();
    assert_eq!(store.get(&name, 100).unwrap(), b"");
    assert_eq!(store.put_new(&name, b"x").unwrap(), Put::Exists);
    for name in names(1).into_iter().filter(|name| name.family() != Family::Sessions) {
        assert_eq!(kind(store.put_session(&name, b"x")), ErrorKind::Refused, "{name}");
        assert_eq!(kind(store.stat(&name)), ErrorKind::NotFound, "{name}");
    }
}

fn sessions_are_listed_while_they_are_replaced(store: &dyn Backend) {
    let names: Vec<_> = (0..20).map(session).collect();
    for name in &names {
        store.put_session(name, b"begin").unwrap();
    }
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in (0..5u8).cycle().take_while(|_| !done.load(Ordering::Relaxed)) {
                let name = &names[usize::from(round) * 4];
                store.put_session(name, &[round; 7]).unwrap();
                let read = store.get(name, 100).unwrap();
                assert_eq!(read, [round; 7]);
            }
        });
        for _ in 0..30 {
            let listed: Vec<_> = store.list(Family::Sessions).unwrap().iter().map(|listed| listed.name).collect();
            assert_eq!(listed, names);
        }
        done.store(true, Ordering::Relaxed);
    });
}

fn only_true_packs_replace_packs(store: &dyn Backend) {
    let (bytes, name) = (b"right", pack_of(b"right"));
    assert_eq!(kind(store.replace_pack(&name, b"wrong")), ErrorKind::Refused);
    assert_eq!(kind(store.stat(&name)), ErrorKind::NotFound);
    // Missing, damaged and sound packs are replaced alike.
    store.replace_pack(&name, bytes).unwrap();
    assert_eq!(store.get(&name, 100).unwrap(), bytes);
    store.delete(&name).unwrap();
    store.put_new(&name, b"damaged in some way").unwrap();
    assert_eq!(kind(store.replace_pack(&name, b"wrong")), ErrorKind::Refused);
    assert_eq!(store.get(&name, 100).unwrap(), b"damaged in some way");
    for _ in 0..2 {
        store.replace_pack(&name, bytes).unwrap();
        assert_eq!(store.get(&name, 100).unwrap(), bytes);
    }
    assert_eq!(store.list(Family::Packs).unwrap().len(), 1);
    for name in names(1).into_iter().filter(|name| name.family() != Family::Packs) {
        assert_eq!(kind(store.replace_pack(&name, bytes)), ErrorKind::Refused, "{name}");
        assert_eq!(kind(store.stat(&name)), ErrorKind::NotFound, "{name}");
    }
}

fn empty_and_large_objects(store: &dyn Backend) {
    let name = ObjectName::Tomb(SessionId([9; 16]));
    assert_eq!(store.put_new(&name, b"").unwrap(), Put::Created);
    assert_eq!(store.put_new(&name, b"x").unwrap(), Put::Exists);
    assert_eq!(store.get(&name, 0).unwrap(), b"");
    assert_eq!(store.get_range(&name, 0, 0).unwrap(), b"");
    assert_eq!(kind(store.get_range(&name, 0, 1)), ErrorKind::ShortRead);
    assert_eq!(store.stat(&name).unwrap().size, 0);
    let mut bytes = vec![0; 20 << 20];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    let name = pack_of(&bytes);
    assert_eq!(store.put_new(&name, &bytes).unwrap(), Put::Created);
    store.barrier().unwrap();
    assert!(store.get(&name, 20 << 20).unwrap() == bytes);
    assert!(store.get_range(&name, 12_345_678, 1 << 20).unwrap() == bytes[12_345_678..12_345_678 + (1 << 20)]);
}

fn unfinished_files_are_no_objects(store: &dyn Backend) {
    for name in names(6) {
        store.put_new(&name, b"finished").unwrap();
    }
    let future = Time { secs: i64::MAX, nanos: 0 };
    assert_eq!(store.remove_unfinished(future).unwrap(), 0);
    for name in names(6) {
        assert_eq!(store.get(&name, 100).unwrap(), b"finished", "{name}");
    }
}
