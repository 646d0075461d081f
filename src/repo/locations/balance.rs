//! Which packs are to be moved so that the loss of a location costs no more of a stripe than parity can replace.
use std::collections::BTreeMap;

use crate::id::PackId;

/// A pack that is in one place and should be in another; or that is in two, and in one of them too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) pack: PackId,
    /// From here it goes.
    pub(super) from: u8,
    /// Here it is in the end.
    pub(super) to: u8,
    /// It is there already.
    pub(super) is_there: bool,
}

/// What is to be moved of one stripe. `packs`: its packs and the places in which they are. `open`: places that take packs. A place keeps at most `m`
/// of them, or its equal share with `even`; `leave` keeps none.
pub(super) fn moves(packs: &[(PackId, Vec<u8>)], open: &[u8], m: u8, even: bool, leave: Option<u8>) -> Vec<Move> {
    let open: Vec<u8> = open.iter().copied().filter(|place| Some(*place) != leave).collect();
    let mut counts: BTreeMap<u8, usize> = open.iter().map(|place| (*place, 0)).collect();
    let mut moves = Vec::new();
    let mut settled: Vec<(PackId, u8)> = Vec::new();
    // A pack that is in several places stays in the one that has fewest of the stripe.
    let (single, several): (Vec<_>, Vec<_>) = packs.iter().partition(|(_, places)| places.len() < 2);
    for (pack, places) in single.into_iter().chain(several) {
        let wanted = places.iter().copied().filter(|place| Some(*place) != leave);
        let Some(kept) = wanted.min_by_key(|place| counts.get(place).copied().unwrap_or(usize::MAX)) else {
            settled.extend(places.first().map(|place| (*pack, *place)));
            continue;
        };
        *counts.entry(kept).or_default() += 1;
        settled.push((*pack, kept));
        let others = places.iter().filter(|place| **place != kept);
        moves.extend(others.map(|from| Move { pack: *pack, from: *from, to: kept, is_there: true }));
    }
    let share = packs.len().div_ceil(open.len().max(1));
    let most = usize::from(m.max(1)).max(share);
    for (pack, at) in &settled {
        let leaving = Some(*at) == leave;
        let Some(count) = counts.get(at).copied().or(leaving.then_some(0)) else { continue };
        if !leaving && !even && count <= most {
            continue;
        }
        let target = open.iter().copied().filter(|place| place != at).min_by_key(|place| counts[place]);
        let Some(to) = target.filter(|to| leaving || counts[to] + 1 < count) else { continue };
        *counts.entry(to).or_default() += 1;
        if !leaving {
            *counts.entry(*at).or_default() -= 1;
        }
        moves.push(Move { pack: *pack, from: *at, to, is_there: false });
    }
    moves
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(packs: &[(PackId, Vec<u8>)], moves: &[Move]) -> Vec<(PackId, Vec<u8>)> {
        let mut packs = packs.to_vec();
        for Move { pack, from, to, is_there } in moves {
            let (_, places) = packs.iter_mut().find(|(id, _)| id == pack).expect("a pack of the stripe");
            assert_eq!(places.contains(to), *is_there);
            if !is_there {
                places.push(*to);
            }
            let at = places.iter().position(|place| place == from).expect("it was there");
            places.swap_remove(at);
        }
        packs
    }

    proptest! {
        #[test]
        fn afterwards_each_pack_is_in_one_place_and_no_place_has_too_many(
            places in prop::collection::vec(prop::collection::btree_set(1u8..6, 1..3), 1..20),
            m in 1u8..4, even: bool, leave in prop::option::of(1u8..6),
        ) {
            let packs: Vec<(PackId, Vec<u8>)> = (places.iter().enumerate())
                .map(|(i, places)| (PackId([i as u8; 32]), places.iter().copied().collect()))
                .collect();
            let open = [1, 2, 3, 4, 5];
            let result = after(&packs, &moves(&packs, &open, m, even, leave));
            let used = open.len() - usize::from(leave.is_some());
            let share = packs.len().div_ceil(used);
            let most = if even { share } else { share.max(m.into()) };
            for place in open {
                let count = result.iter().filter(|(_, places)| places.contains(&place)).count();
                prop_assert!(count <= if Some(place) == leave { 0 } else { most }, "{:?}", result);
            }
            prop_assert!(result.iter().all(|(_, places)| places.len() == 1));
            prop_assert_eq!(moves(&result, &open, m, even, leave), vec![]);
        }
    }

    #[test]
    fn a_place_that_cannot_be_reached_gets_nothing() {
        let packs: Vec<_> = (0..6).map(|i| (PackId([i; 32]), vec![1 + i / 3])).collect();
        assert_eq!(moves(&packs, &[1, 2], 2, false, None), []);
        assert_eq!(moves(&packs, &[1, 2, 3], 2, false, None).len(), 2);
    }
}
