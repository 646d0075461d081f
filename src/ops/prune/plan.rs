//! The plan of a prune: which stripes go, and which are merged for the space in them (G1). A pure function of how stripes are used.
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
const SMALLEST_PACK: u64 = 32 << 10;

impl Facts<'_> {
    /// About what so many bytes of frames take in new stripes, parity included.
    fn stored(&self, frames: u64) -> u64 {
        if frames == 0 {
            return 0;
        }
        let (size, k, m) = (u64::from(self.pack_size), u64::from(self.k.max(1)), u64::from(self.m));
        let room = size - PACK_OVERHEAD;
        let (full, rest) = (frames / room, frames % room);
        let mut last = SMALLEST_PACK;
        while last < rest + PACK_OVERHEAD {
            last *= 2;
        }
        let data = full * size + if rest > 0 { last } else { 0 };
        let packs = full + u64::from(rest > 0);
        let stripes = packs.div_ceil(k);
        // The parity packs of a stripe are as long as its longest data pack.
        let long = if full > 0 { stripes.min(full.div_ceil(k)) } else { 0 };
        data + m * (long * size + (stripes - long) * last)
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
    if !options.delete_only && options.max_unused != MaxUnused::Unlimited {
        for (at, usage) in alive.iter().enumerate() {
            let rewritten = facts.stored(copied + extra);
            // What was written again is as good as it gets.
            if unused <= permitted(staying + rewritten) || usage.unused() == 0 {
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
            if gone.saturating_sub(written) * 50 >= gone {
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
