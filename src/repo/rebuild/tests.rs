//! Damage of every kind to stripes: within the promise all comes back, beyond it nothing wrong does.
use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

use super::*;
use crate::backend::{Backend, BackendError, ErrorKind, Family, Listed, ObjectName, Put};
use crate::format::{BLOCK_BYTES, ParityHeader, ParityPage, block_checksums};
use crate::id::{PackId, StripeId};
use crate::parity::Matrix;
use crate::repo::{StripeParity, encode_parity};

/// Packs in memory, with bad sectors (pack, block) and a count of reads.
#[derive(Debug, Default)]
struct Disk {
    packs: BTreeMap<PackId, Vec<u8>>,
    bad_sectors: Vec<(PackId, usize)>,
    gone: bool,
    reads: Mutex<Vec<PackId>>,
}

impl Disk {
    fn read(&self, name: &ObjectName, offset: u64, len: Option<usize>) -> Result<Vec<u8>, BackendError> {
        let error = |kind| Err(BackendError::new(kind, "read", name));
        let ObjectName::Pack(id) = name else { return error(ErrorKind::Refused) };
        self.reads.lock().expect("no panics").push(*id);
        if self.gone {
            return error(ErrorKind::NoStore);
        }
        let Some(bytes) = self.packs.get(id) else { return error(ErrorKind::NotFound) };
        let start = offset as usize;
        let Some(bytes) = bytes.get(start..len.map_or(bytes.len(), |len| start + len)) else {
            return error(ErrorKind::ShortRead);
        };
        let blocks = start / BLOCK_BYTES..(start + bytes.len()).div_ceil(BLOCK_BYTES);
        if self.bad_sectors.iter().any(|(pack, block)| pack == id && blocks.contains(block)) {
            return error(ErrorKind::Other);
        }
        Ok(bytes.to_vec())
    }
}

impl Backend for Disk {
    fn describe(&self) -> String {
        "test".to_owned()
    }
    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        let ObjectName::Pack(id) = name else { unreachable!("only packs are read") };
        if self.packs.get(id).is_some_and(|bytes| bytes.len() as u64 > limit) {
            return Err(BackendError::new(ErrorKind::TooLarge, "read", name));
        }
        self.read(name, 0, None)
    }
    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        self.read(name, offset, Some(len))
    }
    fn put_new(&self, _: &ObjectName, _: &[u8]) -> Result<Put, BackendError> {
        unreachable!("nothing is written")
    }
    fn put_session(&self, _: &ObjectName, _: &[u8]) -> Result<(), BackendError> {
        unreachable!("nothing is written")
    }
    fn replace_pack(&self, _: &ObjectName, _: &[u8]) -> Result<(), BackendError> {
        unreachable!("nothing is written")
    }
    fn list(&self, _: Family) -> Result<Vec<Listed>, BackendError> {
        unreachable!("nothing is listed")
    }
    fn stat(&self, _: &ObjectName) -> Result<Listed, BackendError> {
        unreachable!("only bytes are read")
    }
    fn delete(&self, _: &ObjectName) -> Result<(), BackendError> {
        unreachable!("nothing is deleted")
    }
    fn barrier(&self) -> Result<(), BackendError> {
        unreachable!("nothing is written")
    }
}

/// A stripe with its true packs, all of them on a disk.
#[derive(Debug)]
struct Case {
    layout: StripeLayout,
    truth: Vec<Vec<u8>>,
    disk: Disk,
}

/// `members` are slots and numbers of blocks.
fn case(k: u8, m: u8, members: &[(u8, usize)], seed: u64) -> Case {
    let id = StripeId([seed as u8; 32]);
    let bytes = |(slot, blocks): &(u8, usize)| {
        let mut bytes = vec![0; blocks * BLOCK_BYTES];
        blake3::Hasher::new().update(&seed.to_le_bytes()).update(&[*slot]).finalize_xof().fill(&mut bytes);
        bytes
    };
    let mut truth: Vec<Vec<u8>> = members.iter().map(bytes).collect();
    let name = |bytes: &[u8]| PackId(*blake3::hash(bytes).as_bytes());
    let data: Vec<_> = members.iter().zip(&truth).map(|((slot, _), bytes)| (*slot, name(bytes), &bytes[..])).collect();
    let parity = encode_parity(id, &Matrix::new(k, m).expect("valid scheme").into(), &data);
    truth.extend(parity);
    let slots = members.iter().map(|(slot, _)| *slot).chain(k..k + m);
    let mut packs: Vec<PackRef> =
        slots.zip(&truth).map(|(slot, bytes)| PackRef { slot, length: bytes.len() as u32, id: name(bytes) }).collect();
    let disk = Disk { packs: truth.iter().map(|bytes| (name(bytes), bytes.clone())).collect(), ..Disk::default() };
    let parity = packs.split_off(members.len());
    Case { layout: StripeLayout { id, k, m, members: packs, parity }, truth, disk }
}

impl Case {
    fn id(&self, i: usize) -> PackId {
        self.layout.members.iter().chain(&self.layout.parity).nth(i).expect("a pack of the stripe").id
    }

    /// Where the row begins in pack `i`.
    fn first(&self, i: usize) -> usize {
        if i < self.layout.members.len() { 0 } else { self.layout.header_bytes() / BLOCK_BYTES }
    }

    fn bytes(&mut self, i: usize) -> &mut Vec<u8> {
        let id = self.id(i);
        self.disk.packs.get_mut(&id).expect("still there")
    }

    fn flip(&mut self, i: usize, block: usize) {
        self.bytes(i)[block * BLOCK_BYTES + 99] ^= 0x10;
    }

    /// Whatever comes back is right; returns which packs do not.
    fn lost(&self) -> Vec<usize> {
        let outcomes = rebuild(&self.disk, &self.layout).expect("the store is there");
        assert_eq!(outcomes.len(), self.truth.len());
        let mut lost = Vec::new();
        for (i, (outcome, truth)) in outcomes.iter().zip(&self.truth).enumerate() {
            assert_eq!(outcome.pack.id, self.id(i));
            let intact = self.disk.packs.get(&outcome.pack.id) == Some(truth)
                && self
                    .disk
                    .bad_sectors
                    .iter()
                    .all(|(id, block)| *id != outcome.pack.id || *block >= truth.len() / BLOCK_BYTES);
            match &outcome.state {
                PackState::Good(bytes) => assert!(intact && bytes == truth, "pack {i}"),
                PackState::Rebuilt { bytes, cause } => {
                    assert!(!intact && bytes == truth && !cause.is_empty(), "pack {i}")
                }
                PackState::Lost { .. } => lost.push(i),
                PackState::Skipped => panic!("all were asked for"),
            }
        }
        lost
    }
}

fn stripes() -> impl Strategy<Value = Case> {
    (1u8..=24, 1u8..=5).prop_flat_map(|(k, m)| {
        let slots = subsequence((0..k).collect::<Vec<_>>(), 1..=usize::from(k));
        (Just(k), Just(m), slots, vec(1usize..12, 24), any::<u64>()).prop_map(|(k, m, slots, blocks, seed)| {
            case(k, m, &slots.into_iter().zip(blocks).collect::<Vec<_>>(), seed)
        })
    })
}

#[derive(Clone, Debug)]
enum Damage {
    Delete,
    Truncate(Index),
    Extend,
    Sector(Index),
    Overwrite(Index, u8),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::Delete),
        any::<Index>().prop_map(Damage::Truncate),
        Just(Damage::Extend),
        any::<Index>().prop_map(Damage::Sector),
        (any::<Index>(), any::<u8>()).prop_map(|(at, with)| Damage::Overwrite(at, with)),
    ]
}

fn apply(case: &mut Case, i: usize, damage: &Damage) {
    let id = case.id(i);
    let bytes = case.bytes(i);
    match damage {
        Damage::Delete => {
            case.disk.packs.remove(&id);
        }
        Damage::Truncate(at) => bytes.truncate(at.index(bytes.len())),
        Damage::Extend => bytes.extend([1, 2, 3]),
        Damage::Sector(at) => {
            let block = at.index(bytes.len().div_ceil(BLOCK_BYTES));
            case.disk.bad_sectors.push((id, block));
        }
        Damage::Overwrite(at, with) => {
            let start = at.index(bytes.len());
            bytes[start..].iter_mut().take(9000).for_each(|byte| *byte = *with);
            // Long runs of one value do not occur in the truth, so this always is damage.
            bytes[start] = !bytes[start];
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn any_damage_to_m_packs_is_mended(
        mut case in stripes(),
        hits in vec((any::<Index>(), damage()), 5),
    ) {
        let mut hit = Vec::new();
        for (at, damage) in hits.iter().take(usize::from(case.layout.m)) {
            let i = at.index(case.truth.len());
            if !hit.contains(&i) {
                hit.push(i);
                apply(&mut case, i, damage);
            }
        }
        prop_assert_eq!(case.lost(), Vec::<usize>::new());
    }

    /// Any number of packs may be hit if no row of blocks is hit more than m times and each header page is left in one copy.
    #[test]
    fn m_bad_blocks_in_every_row_are_mended(mut case in stripes(), picks in vec(any::<Index>(), 12 * 5)) {
        let m = usize::from(case.layout.m);
        for row in 0..case.layout.row_length() as usize / BLOCK_BYTES {
            for pick in &picks[row * 5..][..m] {
                let i = pick.index(case.truth.len());
                let block = case.first(i) + row;
                if block < case.truth[i].len() / BLOCK_BYTES {
                    case.bytes(i)[block * BLOCK_BYTES + pick.index(BLOCK_BYTES)] ^= 1;
                }
            }
        }
        if m > 1 {
            for page in 0..case.first(case.truth.len() - 1) {
                let i = case.layout.members.len() + page % m;
                case.flip(i, page);
            }
        }
        prop_assert_eq!(case.lost(), Vec::<usize>::new());
    }

    #[test]
    fn beyond_the_promise_no_wrong_byte_comes_back(
        mut case in stripes(),
        hits in vec((any::<Index>(), damage()), 1..40),
    ) {
        for (at, damage) in &hits {
            let i = at.index(case.truth.len());
            if case.disk.packs.get(&case.id(i)).is_some_and(|bytes| !bytes.is_empty()) {
                apply(&mut case, i, damage);
            }
        }
        case.lost();
    }

    #[test]
    fn more_whole_packs_than_parity_are_lost_and_the_rest_is_not(mut case in stripes(), order in any::<u64>()) {
        let m = usize::from(case.layout.m);
        prop_assume!(case.layout.members.len() > m);
        let from = order as usize % (case.layout.members.len() - m);
        let gone: Vec<usize> = (from..=from + m).collect();
        gone.iter().for_each(|&i| apply(&mut case, i, &Damage::Delete));
        prop_assert_eq!(case.lost(), gone);
    }

    #[test]
    fn members_may_come_in_any_order(case in stripes(), shuffle in any::<u64>()) {
        let layout = &case.layout;
        let matrix = Matrix::new(layout.k, layout.m).expect("valid scheme");
        let mut parity = StripeParity::new(layout.id, matrix.into());
        let mut order: Vec<usize> = (0..layout.members.len()).collect();
        order.sort_by_key(|i| blake3::hash(&(shuffle ^ *i as u64).to_le_bytes()).to_string());
        for i in order {
            let bytes = &case.truth[i];
            parity.add(layout.members[i].slot, layout.members[i].id, bytes, block_checksums(bytes));
        }
        prop_assert_eq!(parity.members(), layout.members.len());
        prop_assert_eq!(&parity.finish()[..], &case.truth[layout.members.len()..]);
    }
}

const SMALL: [(u8, usize); 4] = [(0, 8), (1, 8), (2, 2), (4, 8)];

#[test]
fn a_row_with_more_than_m_bad_blocks_costs_only_the_packs_it_hits() {
    let mut case = case(6, 2, &SMALL, 1);
    for i in [0, 1, 3] {
        case.flip(i, 5);
    }
    case.flip(2, 1);
    let parity_block = case.first(4) + 7;
    case.flip(4, parity_block);
    assert_eq!(case.lost(), [0, 1, 3]);
}

#[test]
fn without_any_header_whole_packs_still_come_back() {
    let mut case = case(6, 2, &SMALL, 2);
    case.flip(4, 0);
    case.flip(5, 0);
    assert_eq!(case.lost(), Vec::<usize>::new(), "parity from complete data");
    case.flip(0, 3);
    apply(&mut case, 3, &Damage::Delete);
    assert_eq!(case.lost(), Vec::<usize>::new(), "rows are taken for good");
    let parity_block = case.first(4) + 3;
    case.flip(4, parity_block);
    assert_eq!(case.lost(), [0, 3, 4, 5], "they are not, and nothing says where");
}

#[test]
fn bad_sectors_of_many_packs_are_erasures_of_their_rows_only() {
    let mut case = case(6, 2, &SMALL, 3);
    for (i, block) in [(0, 0), (1, 0), (3, 7), (0, 7), (2, 1)] {
        let id = case.id(i);
        case.disk.bad_sectors.push((id, block));
    }
    assert_eq!(case.lost(), Vec::<usize>::new());
}

#[test]
fn a_healing_read_reads_no_more_than_it_needs() {
    let mut case = case(6, 2, &SMALL, 4);
    let reads = |case: &Case| std::mem::take(&mut *case.disk.reads.lock().expect("no panics"));
    let state =
        |case: &Case, i: usize| rebuild_packs(&case.disk, &case.layout, &[1]).expect("store").swap_remove(i).state;
    assert_eq!(state(&case, 1), PackState::Good(case.truth[1].clone()));
    assert_eq!(reads(&case), [case.id(1)]);

    case.flip(1, 6);
    assert!(matches!(state(&case, 1), PackState::Rebuilt { bytes, .. } if bytes == case.truth[1]));
    assert_eq!(reads(&case), [1, 0, 2, 3, 4].map(|i| case.id(i)));
    assert_eq!(state(&case, 5), PackState::Skipped);

    // Another damaged pack needs the second row; it is not rebuilt itself.
    case.flip(0, 6);
    reads(&case);
    assert!(matches!(state(&case, 1), PackState::Rebuilt { bytes, .. } if bytes == case.truth[1]));
    assert_eq!(reads(&case), [1, 0, 2, 3, 4, 5].map(|i| case.id(i)));
    assert_eq!(state(&case, 0), PackState::Skipped);

    case.flip(3, 6);
    assert!(matches!(state(&case, 1), PackState::Lost { .. }));
}

#[test]
fn a_store_that_is_gone_is_an_error_and_no_loss() {
    let mut case = case(6, 2, &SMALL, 5);
    case.disk.gone = true;
    assert!(rebuild(&case.disk, &case.layout).is_err());
}

#[test]
fn an_unreachable_pack_is_given_up_after_some_attempts() {
    let mut case = case(2, 1, &[(0, 400), (1, 400)], 6);
    let id = case.id(0);
    case.disk.bad_sectors = (0..400).map(|block| (id, block)).collect();
    assert_eq!(case.lost(), Vec::<usize>::new());
    let attempts = case.disk.reads.lock().expect("no panics").iter().filter(|read| **read == id).count();
    assert!((2..=64).contains(&attempts), "{attempts} reads");
}

#[test]
fn layouts_out_of_bounds_are_refused() {
    let case = case(6, 2, &SMALL, 7);
    let refused = |change: &dyn Fn(&mut StripeLayout)| {
        let mut layout = case.layout.clone();
        change(&mut layout);
        assert!(rebuild(&case.disk, &layout).is_err(), "{layout:?}");
    };
    refused(&|layout| layout.k = 0);
    refused(&|layout| layout.k = 255);
    refused(&|layout| layout.m = 255);
    refused(&|layout| layout.m = 1);
    refused(&|layout| layout.members.clear());
    refused(&|layout| layout.members[0].slot = 6);
    refused(&|layout| layout.members[1].slot = 0);
    refused(&|layout| layout.members[0].length = u32::MAX);
    refused(&|layout| layout.members[0].length = 0);
    refused(&|layout| layout.members[0].length += 1);
    refused(&|layout| layout.parity[0].length += 4096);
    refused(&|layout| layout.parity[0].slot = 5);
    assert!(case.disk.reads.lock().expect("no panics").is_empty());
}

#[test]
fn the_layout_can_be_had_from_a_parity_pack() {
    let case = case(6, 2, &SMALL, 8);
    let pages = case.truth[4].chunks(BLOCK_BYTES).map_while(|page| ParityPage::decode(page).ok());
    let header = ParityHeader::assemble(&case.layout.id, pages).expect("intact");
    assert_eq!(StripeLayout::from_header(&header, case.layout.parity.clone()), case.layout);
}

#[test]
fn a_stripe_without_parity_is_only_looked_at() {
    let mut case = case(1, 0, &[(0, 3)], 9);
    assert_eq!(case.lost(), Vec::<usize>::new());
    case.flip(0, 1);
    assert_eq!(case.lost(), [0]);
}
