//! How fast parity is made, and how fast lost packs come back from it.
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use caddis::backend::{Backend, BackendError, ErrorKind, Family, Listed, ObjectName, Put};
use caddis::format::block_checksums;
use caddis::id::{PackId, StripeId};
use caddis::parity::{Matrix, RowAccumulator};
use caddis::repo::{PackRef, PackState, StripeLayout, encode_parity, rebuild, rebuild_packs};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const K: u8 = 20;
const M: u8 = 2;
const PACK_BYTES: usize = 1 << 20;

/// Packs in memory, to read only.
#[derive(Debug)]
struct Packs(BTreeMap<PackId, Vec<u8>>);

impl Backend for Packs {
    fn describe(&self) -> String {
        "memory".to_owned()
    }
    fn get(&self, name: &ObjectName, _: u64) -> Result<Vec<u8>, BackendError> {
        match name {
            ObjectName::Pack(id) => self.0.get(id).cloned(),
            _ => None,
        }
        .ok_or_else(|| BackendError::new(ErrorKind::NotFound, "read", name))
    }
    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        let bytes = self.get(name, u64::MAX)?;
        let range = bytes.get(offset as usize..offset as usize + len).map(<[u8]>::to_vec);
        range.ok_or_else(|| BackendError::new(ErrorKind::ShortRead, "read", name))
    }
    fn put_new(&self, name: &ObjectName, _: &[u8]) -> Result<Put, BackendError> {
        Err(BackendError::new(ErrorKind::Refused, "create", name))
    }
    fn put_session(&self, name: &ObjectName, _: &[u8]) -> Result<(), BackendError> {
        Err(BackendError::new(ErrorKind::Refused, "write", name))
    }
    fn replace_pack(&self, name: &ObjectName, _: &[u8]) -> Result<(), BackendError> {
        Err(BackendError::new(ErrorKind::Refused, "replace", name))
    }
    fn list(&self, _: Family) -> Result<Vec<Listed>, BackendError> {
        Err(BackendError::new(ErrorKind::Refused, "list", "packs"))
    }
    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        Err(BackendError::new(ErrorKind::Refused, "look at", name))
    }
    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        Err(BackendError::new(ErrorKind::Refused, "delete", name))
    }
    fn barrier(&self) -> Result<(), BackendError> {
        Ok(())
    }
}

fn name(bytes: &[u8]) -> PackId {
    PackId(*blake3::hash(bytes).as_bytes())
}

fn stripe() -> (Arc<Matrix>, StripeLayout, Packs) {
    let matrix = Arc::new(Matrix::new(K, M).expect("a valid scheme"));
    let data: Vec<Vec<u8>> = (0..K)
        .map(|slot| {
            let mut bytes = vec![0; PACK_BYTES];
            blake3::Hasher::new().update(&[slot]).finalize_xof().fill(&mut bytes);
            bytes
        })
        .collect();
    let members: Vec<_> = (0..K).zip(&data).map(|(slot, bytes)| (slot, name(bytes), bytes.as_slice())).collect();
    let id = StripeId([1; 32]);
    let parity = encode_parity(id, &matrix, &members);
    let reference = |slot: u8, bytes: &[u8]| PackRef { slot, length: bytes.len() as u32, id: name(bytes) };
    let layout = StripeLayout {
        id,
        k: K,
        m: M,
        members: (0..K).zip(&data).map(|(slot, bytes)| reference(slot, bytes)).collect(),
        parity: (K..).zip(&parity).map(|(slot, bytes)| reference(slot, bytes)).collect(),
    };
    let packs = data.into_iter().chain(parity).map(|bytes| (name(&bytes), bytes)).collect();
    (matrix, layout, Packs(packs))
}

fn encode(criterion: &mut Criterion) {
    let (matrix, layout, packs) = stripe();
    let members: Vec<_> =
        layout.members.iter().map(|pack| (pack.slot, pack.id, packs.0[&pack.id].as_slice())).collect();
    let mut group = criterion.benchmark_group("encode 20+2 of 1 MiB");
    group.throughput(Throughput::Bytes(members.len() as u64 * PACK_BYTES as u64));
    group.bench_function("rows only", |bencher| {
        bencher.iter(|| {
            let mut rows = RowAccumulator::new(matrix.clone());
            members.iter().for_each(|(slot, _, bytes)| rows.add(*slot, bytes));
            rows.finish()
        });
    });
    group.bench_function("block checksums", |bencher| {
        bencher.iter(|| members.iter().map(|(_, _, bytes)| block_checksums(bytes).len()).sum::<usize>());
    });
    group.bench_function("whole parity packs", |bencher| {
        bencher.iter(|| encode_parity(layout.id, &matrix, black_box(&members)));
    });
    group.finish();
}

fn repair(criterion: &mut Criterion) {
    let (_, layout, packs) = stripe();
    let lost = [3, 11];
    let without = |slots: &[u8]| {
        let kept = |id: &PackId| layout.members.iter().all(|pack| pack.id != *id || !slots.contains(&pack.slot));
        Packs(packs.0.iter().filter(|(id, _)| kept(id)).map(|(id, bytes)| (*id, bytes.clone())).collect())
    };
    let mut group = criterion.benchmark_group("rebuild of a stripe 20+2 of 1 MiB");
    group.throughput(Throughput::Bytes(u64::from(K) * PACK_BYTES as u64));
    let damaged = without(&lost);
    group.bench_function("two lost packs", |bencher| {
        bencher.iter(|| {
            let outcomes = rebuild(&damaged, &layout).expect("storage answers");
            assert!(matches!(outcomes[3].state, PackState::Rebuilt { .. }));
            outcomes
        });
    });
    let damaged = without(&lost[..1]);
    group.bench_function("one lost pack, healing read", |bencher| {
        bencher.iter(|| {
            let outcomes = rebuild_packs(&damaged, &layout, &lost[..1]).expect("storage answers");
            assert!(matches!(outcomes[3].state, PackState::Rebuilt { .. }));
            outcomes
        });
    });
    group.bench_function("nothing lost", |bencher| {
        bencher.iter(|| rebuild(&packs, &layout).expect("storage answers"));
    });
    group.finish();
}

criterion_group!(benches, encode, repair);
criterion_main!(benches);
