//! How much of each stripe snapshots use.
use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::Shared;
use super::super::index::SlotPlace;
use super::super::rules::Broken;
use super::live::{BlobSet, Live};
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::format::Decision;
use crate::id::{BlobKind, SessionId, StripeId};
use crate::repo::{Catalog, Repository};

/// One stripe that index objects name, doomed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct StripeUsage {
    pub stripe: StripeId,
    /// Of the scheme.
    pub k: u8,
    pub m: u8,
    pub packs: u32,
    /// Data and parity packs.
    pub bytes: u64,
    pub data_bytes: u64,
    /// Stored bytes of frames, in proportion to the blobs in them that are needed and that no other stripe counts as its own.
    pub live: u64,
    /// Of blobs that nothing refers to; the rest are second copies and padding.
    pub dead: u64,
}

impl Repository {
    /// Finds the bases of delta frames that hold a needed blob. The index must be loaded. Reads all of it once, twice if there are deltas.
    pub fn close_over_bases(&self, live: &mut Live) -> Result<()> {
        let broken = |rule| self.shared().rules.is(rule);
        (live.bases, live.shared_bases, live.lost_bases) = Default::default();
        live.deltas_hold = broken(Broken::DeltaHoldsBase);
        if broken(Broken::NoBaseClosure) {
            return Ok(());
        }
        let mut frames = HashSet::new();
        for kind in [BlobKind::Tree, BlobKind::Data] {
            self.shared().index.for_each_blob(kind, |id, place| {
                if place.bases.is_empty() || !live.needed.contains(&id) || !frames.insert((place.pack, place.frame)) {
                    return;
                }
                for base in &place.bases {
                    if !live.bases.insert(base) {
                        live.shared_bases.insert(base);
                    }
                }
            })?;
        }
        if live.bases.is_empty() {
            return Ok(());
        }
        let mut lost = live.bases.clone();
        for kind in [BlobKind::Tree, BlobKind::Data] {
            self.shared().index.for_each_blob(kind, |id, place| {
                if live.holds(&place) {
                    lost.remove(&id);
                }
            })?;
        }
        live.bases.remove_all(&lost);
        live.lost_bases = lost;
        Ok(())
    }

    /// How all stripes are used, those of `doomed` as well: these count as places of last resort. The index must be loaded.
    ///
    /// Memory: 48 bytes for each pack, and 16 for each needed blob.
    pub fn usage(&self, live: &Live, doomed: &HashSet<StripeId>) -> Result<Vec<StripeUsage>> {
        let mut stripes: BTreeMap<StripeId, (StripeUsage, Vec<SlotPlace>)> = BTreeMap::new();
        self.shared().index.for_each_stripe(|_, stripe| {
            let usage = StripeUsage {
                stripe: stripe.id,
                k: stripe.k,
                m: stripe.m,
                packs: 0,
                bytes: 0,
                data_bytes: 0,
                live: 0,
                dead: 0,
            };
            stripes.entry(stripe.id).or_insert_with(|| (usage, Vec::new())).1.extend(stripe.slots);
        })?;
        for (usage, slots) in stripes.values_mut() {
            slots.sort_unstable();
            slots.dedup();
            usage.packs = slots.len() as u32;
            usage.bytes = slots.iter().map(|slot| u64::from(slot.length)).sum();
            let data = slots.iter().filter(|slot| slot.slot < usage.k);
            usage.data_bytes = data.map(|slot| u64::from(slot.length)).sum();
        }
        let mut placed = BlobSet::default();
        for last_resort in [false, true] {
            if last_resort && doomed.is_empty() {
                break;
            }
            for kind in [BlobKind::Tree, BlobKind::Data] {
                self.shared().index.for_each_blob(kind, |id, place| {
                    if doomed.contains(&place.stripe) != last_resort {
                        return;
                    }
                    let Some((usage, _)) = stripes.get_mut(&place.stripe) else { return };
                    let share = u64::from(place.stored_len) * u64::from(place.len) / u64::from(place.raw_len.max(1));
                    match live.contains(&id) {
                        true if live.counts(&id, &place) && placed.insert(&id) => usage.live += share,
                        true => {}
                        // Never none: a prune that wipes goes by it.
                        false => usage.dead += share.max(1),
                    }
                })?;
            }
        }
        Ok(stripes.into_values().map(|(usage, _)| usage).collect())
    }
}

impl Shared {
    /// How many blobs of `live` have no place outside of `leaving`, in index objects that count or are of the own session.
    pub(super) fn uncovered(&self, live: &Live, leaving: &HashSet<StripeId>) -> Result<usize> {
        let mut uncovered = live.clone();
        for kind in [BlobKind::Tree, BlobKind::Data] {
            self.index.for_each_blob(kind, |id, place| {
                if !leaving.contains(&place.stripe) {
                    if live.opens(&place) {
                        uncovered.needed.remove(&id);
                    }
                    if live.holds(&place) {
                        uncovered.bases.remove(&id);
                    }
                }
            })?;
        }
        Ok(uncovered.needed.len() + uncovered.bases.len())
    }

    /// An error if a session that committed a snapshot that is still there stored much that the snapshot does not need: then something
    /// is missing from the listings, or the snapshot is not what it was. `is_explained` tells from a snapshot that it may be so.
    pub(super) fn refuse_unexplained(
        &self,
        catalog: &Catalog,
        usages: &[StripeUsage],
        is_explained: &dyn Fn(&[u8]) -> bool,
    ) -> Result<()> {
        let dead: HashMap<StripeId, (u64, u64)> = usages.iter().map(|u| (u.stripe, (u.dead, u.data_bytes))).collect();
        let mut sessions: HashMap<SessionId, (u64, u64)> = HashMap::new();
        let is_kept = |sid: &SessionId| match catalog.decisions.get(sid).map(AsRef::as_ref) {
            Some(Decision::Snapshot(body)) => !is_explained(body),
            _ => false,
        };
        self.index.for_each_stripe(|(sid, number), stripe| {
            if is_kept(&sid) && number < super::REPLACEMENTS && !catalog.tombs.contains(&sid) {
                let (dead, bytes) = dead.get(&stripe.id).copied().unwrap_or_default();
                let sum = sessions.entry(sid).or_default();
                *sum = (sum.0 + dead, sum.1 + bytes);
            }
        })?;
        // Files that changed while they were read leave something behind.
        match sessions.into_iter().find(|(_, (dead, bytes))| *dead > bytes / 4 + (16 << 20)) {
            None => Ok(()),
            Some((sid, (dead, bytes))) => Err(Error::Invalid(format!(
                "Snapshot {} is not forgotten, and {dead} of the {bytes} bytes of packs that its backup wrote are not used by any \
                 snapshot; nothing was removed. `caddis check` may tell why; --accept-unexplained goes on",
                sid.short()
            ))),
        }
    }
}

/// The stripe's bytes beyond what its live blobs would take in a full stripe.
impl StripeUsage {
    /// Bytes that a full stripe needs for what is live here, parity included.
    pub fn needed(&self) -> u64 {
        let k = u64::from(self.k.max(1));
        self.live * (k + u64::from(self.m)) / k
    }

    /// What could be freed: dead blobs, second copies, padding, and parity beyond that of a full stripe.
    pub fn unused(&self) -> u64 {
        self.bytes.saturating_sub(self.needed())
    }
}

impl Repository {
    /// An error if blobs that snapshots need are in no index object that counts.
    pub fn refuse_missing(&self, live: &Live) -> Result<()> {
        match self.shared().uncovered(live, &HashSet::new())? {
            0 => Ok(()),
            missing => Err(Error::Invalid(format!(
                "{missing} blobs that snapshots need are in no index; nothing was removed. `caddis repair index` looks for them, `caddis \
                 check` names the files, and `caddis repair snapshots` gives them up"
            ))),
        }
    }

    /// An error if a stripe that holds something needed has lost more packs than its parity can bring back: what is stored a second time
    /// elsewhere must not go for its sake.
    pub fn refuse_broken(&self, packs: &super::Packs, usages: &[StripeUsage]) -> Result<()> {
        match usages.iter().find(|usage| usage.live > 0 && packs.broken.contains(&usage.stripe)) {
            None => Ok(()),
            Some(usage) => Err(Error::Invalid(format!(
                "Packs of stripe {} are missing, more than parity can bring back, and snapshots need it; nothing was removed. `caddis repair \
                 packs` saves what is left of it",
                usage.stripe.short()
            ))),
        }
    }

    /// See [`Shared::refuse_unexplained`].
    pub fn refuse_unexplained(
        &self,
        survey: &super::Survey,
        usages: &[StripeUsage],
        is_explained: &dyn Fn(&[u8]) -> bool,
    ) -> Result<()> {
        self.shared().refuse_unexplained(&survey.catalog, usages, is_explained)
    }

    /// What this process puts may use the space that is kept back for prunes.
    pub fn open_reserve(&self) {
        self.shared().backend.open_reserve();
    }

    /// Removes parity packs of these stripes, of so many bytes at most; returns how many packs.
    pub fn drop_parity(&self, stripes: &HashSet<StripeId>, most: u64) -> Result<u64> {
        let mut packs = Vec::new();
        self.shared().index.for_each_stripe(|_, stripe| {
            if stripes.contains(&stripe.id) {
                packs.extend(stripe.slots.into_iter().filter(|slot| slot.slot >= stripe.k));
            }
        })?;
        let (mut removed, mut bytes) = (0, 0);
        for pack in packs {
            if bytes >= most {
                break;
            }
            self.shared().backend.delete(&ObjectName::Pack(pack.pack))?;
            removed += 1;
            bytes += u64::from(pack.length);
        }
        Ok(removed)
    }
}
