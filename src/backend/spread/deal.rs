//! Which place gets which pack of a stripe.

/// The number of the place for a slot of a stripe with `slots` slots; none without places. `open`: numbers and priorities.
pub(super) fn deal(open: &[(u8, u8)], stripe: &[u8; 32], slot: u8, slots: u8) -> Option<u8> {
    let turn = usize::from(stripe[0]);
    let mut order: Vec<(u8, usize, u8)> = (open.iter().enumerate())
        .map(|(i, (number, priority))| (u8::MAX - priority, (i + turn) % open.len(), *number))
        .collect();
    order.sort_unstable();
    let at = usize::from(slot) * order.len() / usize::from(slots.max(1));
    order.get(at.min(order.len().saturating_sub(1))).map(|(_, _, number)| *number)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Where the scheme allows it, no place gets more packs of a stripe than parity can replace.
        #[test]
        fn no_place_gets_more_than_its_share(
            priorities in prop::collection::vec(0u8..3, 1..9), stripe: [u8; 32], k in 1u8..100, m in 1u8..30,
        ) {
            let open: Vec<(u8, u8)> = priorities.iter().enumerate().map(|(i, p)| (i as u8 + 1, *p)).collect();
            let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
            let mut data: BTreeMap<u8, usize> = BTreeMap::new();
            for slot in 0..k + m {
                let number = deal(&open, &stripe, slot, k + m).expect("there are places");
                *counts.entry(number).or_default() += 1;
                *data.entry(number).or_default() += usize::from(slot < k);
            }
            let share = usize::from(k + m).div_ceil(open.len());
            prop_assert!(counts.values().all(|count| *count <= share), "{:?}", counts);
            // Data goes to the places of the highest priority.
            for (number, priority) in &open {
                for (other, lower) in open.iter().filter(|(_, other)| other < priority) {
                    let (a, b) = (data.get(number).unwrap_or(&0), data.get(other).unwrap_or(&0));
                    prop_assert!(a + 1 >= *b, "{}: {} {}: {} of {:?} {}", number, a, other, b, open, lower);
                }
            }
        }
    }

    #[test]
    fn places_of_one_priority_take_turns() {
        let open = [(1, 5), (2, 5), (3, 5)];
        let first: std::collections::BTreeSet<_> = (0..3).map(|turn| deal(&open, &[turn; 32], 0, 6)).collect();
        assert_eq!(first, [Some(1), Some(2), Some(3)].into());
        assert_eq!(deal(&[], &[0; 32], 0, 6), None);
    }
}
