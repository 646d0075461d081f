//! The plan of a prune: which stripes go, and which are merged for the space in them (G1). A pure function of how stripes are used.
use crate::format::{MIN_PACK_LEN, parity_header_bytes};
use crate::id::StripeId;
use crate::repo::{LooseStripe, StripeUsage};

use super::{MaxUnused, PruneOptions};

/// What a prune is going to do.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Plan {
    /// Stripes that go without anything being copied.
    pub delete: Vec<StripeId>,
    /// Stripes of which something is copied first.
    pub repack: Vec<StripeId>,
    /// Stripes that earlier prunes have doomed.
    pub doomed: Vec<StripeId>,
    pub packs_deleted: u64,
    pub bytes_deleted: u64,
    /// Frames that are read and written again, as stored.
    pub bytes_copied: u64,
    /// About what that takes in new packs, with parity.
    pub bytes_written: u64,
    /// All packs, before.
    pub bytes_before: u64,
    /// What snapshots need, with the parity of full stripes.
    pub bytes_needed: u64,
    /// Dead blobs, second copies, padding, and parity beyond that of full stripes.
    pub unused_before: u64,
    pub unused_after: u64,
}

/// What the plan is made of.
pub(super) struct Facts<'a> {
    /// Stripes that index objects name.
    pub usages: &'a [StripeUsage],
    /// Those among them that are doomed.
    pub doomed: &'a dyn Fn(&StripeId) -> bool,
    /// Stripes that nothing names, and what is left of doomed ones.
    pub loose: &'a [LooseStripe],
    pub remains: &'a [LooseStripe],
    /// Bytes of all packs.
    pub total: u64,
    /// Of new packs.
    pub pack_size: u32,
    pub k: u8,
    pub m: u8,
}

/// Bytes of a pack that frames cannot use: header, locator, directory.
const PACK_OVERHEAD: u64 = 1024;
/// One part in so many must be freed by copying.
const WORTH_IT: u64 = 50;

impl Facts<'_> {
    /// About what so many bytes of frames take in new stripes, parity included.
    fn stored(&self, frames: u64) -> u64 {
        if frames == 0 {
            return 0;
        }
        let (size, k, m) = (u64::from(self.pack_size), u64::from(self.k.max(1)), u64::from(self.m));
        let room = size - PACK_OVERHEAD;
        let (full, rest) = (frames / room, frames % room);
        let mut last = u64::from(MIN_PACK_LEN);
        while last < rest + PACK_OVERHEAD {
            last *= 2;
        }
        let data = full * size + if rest > 0 { last } else { 0 };
        let packs = full + u64::from(rest > 0);
        let stripes = packs.div_ceil(k);
        // The parity packs of a stripe are as long as its longest data pack, and their header.
        let long = if full > 0 { stripes.min(full.div_ceil(k)) } else { 0 };
        let row =
            |packs: u64, length: u64| length + parity_header_bytes(self.m, (0..packs).map(|_| length as u32)) as u64;
        data + m * (long * row(packs.min(k), size) + (stripes - long) * row(1, last))
    }
}

/// Makes the plan.
pub(super) fn plan(facts: &Facts<'_>, options: &PruneOptions) -> Plan {
    let (mut doomed, mut alive): (Vec<&StripeUsage>, Vec<&StripeUsage>) =
        facts.usages.iter().partition(|usage| (facts.doomed)(&usage.stripe));
    // One order, whatever the local index looks like.
    doomed.sort_by_key(|usage| usage.stripe);
    alive.sort_by_key(|usage| usage.stripe);
    let mut plan = Plan { bytes_before: facts.total, ..Plan::default() };
    let needed: u64 = facts.usages.iter().map(StripeUsage::needed).sum();
    plan.bytes_needed = needed;
    plan.unused_before = facts.total.saturating_sub(needed);

    // A doomed stripe goes unless it must not be copied from.
    let mut copied = 0;
    for usage in doomed.iter().filter(|usage| !options.delete_only || usage.live == 0) {
        plan.doomed.push(usage.stripe);
        copied += usage.live;
        plan.take(usage);
    }
    for loose in facts.loose.iter().chain(facts.remains) {
        plan.packs_deleted += loose.packs.len() as u64;
        plan.bytes_deleted += loose.packs.iter().map(|(_, size)| size).sum::<u64>();
    }
    plan.delete.extend(facts.loose.iter().map(|loose| loose.stripe));
    alive.retain(|usage| {
        if usage.live == 0 {
            plan.delete.push(usage.stripe);
            plan.take(usage);
        }
        usage.live > 0
    });

    // Of the rest, those with the largest unused share go until no more than permitted is left, if that frees anything.
    let share = |usage: &StripeUsage| usage.unused() as f64 / usage.bytes.max(1) as f64;
    alive.sort_by(|a, b| share(b).total_cmp(&share(a)).then_with(|| a.stripe.cmp(&b.stripe)));
    let permitted = |size: u64| match options.max_unused {
        MaxUnused::Percent(percent) => (size as f64 * percent / 100.0) as u64,
        MaxUnused::Bytes(bytes) => bytes,
        MaxUnused::Unlimited => u64::MAX,
    };
    let mut staying: u64 = alive.iter().map(|usage| usage.bytes).sum();
    let mut unused: u64 = alive.iter().map(|usage| usage.unused()).sum();
    let (mut taken, mut extra, mut gone) = (0, 0, 0);
    if options.wipe && !options.delete_only {
        // Whatever has something in it that nothing needs.
        alive.sort_by_key(|usage| (usage.dead == 0, usage.stripe));
        taken = alive.partition_point(|usage| usage.dead > 0);
    } else if !options.delete_only && options.max_unused != MaxUnused::Unlimited {
        for (at, usage) in alive.iter().enumerate() {
            let rewritten = facts.stored(copied + extra);
            // New stripes have padding, and the last one has parity beyond what a full one would have.
            let waste =
                rewritten.saturating_sub((copied + extra) * u64::from(facts.k + facts.m) / u64::from(facts.k.max(1)));
            if unused + waste <= permitted(staying + rewritten) || usage.unused() * WORTH_IT < usage.bytes {
                break;
            }
            let within = |limit: Option<u64>, bytes: u64| limit.is_none_or(|limit| bytes <= limit);
            if !within(options.max_repack, copied + extra + usage.live)
                || !within(options.max_rewrite, facts.stored(copied + extra + usage.live))
            {
                break;
            }
            extra += usage.live;
            gone += usage.bytes;
            unused -= usage.unused();
            staying -= usage.bytes;
            // Writing nearly as much again as goes would not be worth it: a single short stripe stays as it is.
            let written = facts.stored(copied + extra) - facts.stored(copied);
            if gone.saturating_sub(written) * WORTH_IT >= gone {
                taken = at + 1;
            }
        }
    }
    for usage in &alive[..taken] {
        plan.repack.push(usage.stripe);
        copied += usage.live;
        plan.take(usage);
    }
    plan.bytes_copied = copied;
    plan.bytes_written = facts.stored(copied);
    let after = facts.total.saturating_sub(plan.bytes_deleted) + plan.bytes_written;
    plan.unused_after = after.saturating_sub(needed);
    plan
}

impl Plan {
    fn take(&mut self, usage: &StripeUsage) {
        self.packs_deleted += u64::from(usage.packs);
        self.bytes_deleted += usage.bytes;
    }

    /// There is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.delete.is_empty() && self.repack.is_empty() && self.doomed.is_empty() && self.packs_deleted == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const MIB: u64 = 1 << 20;

    /// A stripe of 20+2 with so many full packs, of which so many bytes are needed.
    fn usage(number: u8, packs: u32, live: u64) -> StripeUsage {
        let data_bytes = u64::from(packs) * MIB;
        let (stripe, bytes) = (StripeId([number; 32]), data_bytes + 2 * MIB);
        StripeUsage { stripe, k: 20, m: 2, packs: packs + 2, bytes, data_bytes, live, dead: data_bytes - live }
    }

    fn of(usages: &[StripeUsage], doomed: &dyn Fn(&StripeId) -> bool, options: &PruneOptions) -> Plan {
        let total = usages.iter().map(|usage| usage.bytes).sum();
        let facts = Facts { usages, doomed, loose: &[], remains: &[], total, pack_size: 1 << 20, k: 20, m: 2 };
        plan(&facts, options)
    }

    #[test]
    fn the_worst_stripes_go_until_the_rest_is_good_enough() {
        let full = 20 * (MIB - 2 * PACK_OVERHEAD);
        let usages = [usage(1, 20, full), usage(2, 20, full / 2), usage(3, 20, full * 9 / 10), usage(4, 20, 0)];
        let none = |_: &StripeId| false;
        let planned = of(&usages, &none, &PruneOptions::default());
        assert_eq!((planned.delete, planned.repack), (vec![StripeId([4; 32])], vec![StripeId([2; 32])]));
        let options = PruneOptions { max_unused: MaxUnused::Percent(1.0), ..PruneOptions::default() };
        assert_eq!(of(&usages, &none, &options).repack, [StripeId([2; 32]), StripeId([3; 32])]);
        let options = PruneOptions { max_unused: MaxUnused::Percent(30.0), ..PruneOptions::default() };
        assert_eq!(of(&usages, &none, &options).repack, []);
        // Three short stripes are worth merging, one alone is not.
        let short = [usage(1, 1, MIB / 2), usage(2, 1, MIB / 2), usage(3, 1, MIB / 2)];
        assert_eq!(of(&short, &none, &PruneOptions::default()).repack.len(), 3);
        assert!(of(&short[..1], &none, &PruneOptions::default()).is_empty());
    }

    proptest! {
        #[test]
        fn plans_keep_their_promises(
            stripes in prop::collection::vec((1..=20_u32, 0..=100_u64, prop::bool::weighted(0.1)), 0..40),
            percent in 0..60_u32,
            delete_only: bool,
            max_repack in prop::option::of(0..100 * MIB),
            max_rewrite in prop::option::of(0..100 * MIB),
        ) {
            let usages: Vec<StripeUsage> = (0..).zip(&stripes)
                .map(|(number, (packs, share, _))| usage(number, *packs, u64::from(*packs) * (MIB - 2048) * share / 100))
                .collect();
            let doomed = |stripe: &StripeId| stripes[usize::from(stripe.0[0])].2;
            let options = PruneOptions {
                max_unused: MaxUnused::Percent(percent.into()), delete_only, max_repack, max_rewrite, ..PruneOptions::default()
            };
            let plan = of(&usages, &doomed, &options);
            let all: BTreeSet<StripeId> = plan.delete.iter().chain(&plan.repack).chain(&plan.doomed).copied().collect();
            prop_assert_eq!(all.len(), plan.delete.len() + plan.repack.len() + plan.doomed.len());
            let find = |stripe: &StripeId| &usages[usize::from(stripe.0[0])];
            prop_assert!(plan.delete.iter().all(|stripe| find(stripe).live == 0 && !doomed(stripe)));
            prop_assert!(plan.repack.iter().all(|stripe| find(stripe).live > 0 && !doomed(stripe)));
            prop_assert!(plan.doomed.iter().all(doomed));
            for usage in &usages {
                prop_assert!(usage.live > 0 || all.contains(&usage.stripe));
                prop_assert!(!doomed(&usage.stripe) || delete_only || all.contains(&usage.stripe));
            }
            let gone: u64 = all.iter().map(|stripe| find(stripe).bytes).sum();
            let copied: u64 = all.iter().map(|stripe| find(stripe).live).sum();
            prop_assert_eq!((plan.bytes_deleted, plan.bytes_copied), (gone, copied));
            if delete_only {
                prop_assert_eq!(copied, 0);
            }
            if !plan.repack.is_empty() {
                prop_assert!(max_repack.is_none_or(|limit| plan.bytes_copied <= limit));
                prop_assert!(max_rewrite.is_none_or(|limit| plan.bytes_written <= limit));
            }
            // What stays unused is within the limit, as far as nothing else forbids it and copying would free anything.
            let after = plan.bytes_before - plan.bytes_deleted + plan.bytes_written;
            if !delete_only && max_repack.is_none() && max_rewrite.is_none() {
                let short = 23 * MIB;
                prop_assert!(plan.unused_after <= after * u64::from(percent) / 100 + after / 40 + short, "{:?}", plan);
            }
        }
    }
}
