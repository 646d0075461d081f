//! Checks index objects and packs against one another and against storage; nothing is changed.
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::catalog::Catalog;
use super::index::Location;
use super::rebuild::{PackOutcome, PackState, StripeLayout, rebuild};
use super::salvage::find_unindexed;
use super::verify_pack::{Verdict, read_pack};
use super::{Repository, Shared, lock, read_lock};
use crate::backend::{ErrorKind, Family, ObjectName};
use crate::error::{Error, Result};
use crate::format::{Codec, Decision, IndexName, IndexObject, SlotEntry, StripeEntry};
use crate::id::{BlobId, BlobKind, PackId, SessionId, StripeId};
use crate::monitor::{Event, Monitor, Silent};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Harmless: leftovers of interrupted runs and the like.
    Note,
    /// Redundancy is reduced, or something does not read until it is repaired; `repair` brings it back.
    Repairable,
    /// Data is lost.
    Lost,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Finding {
    pub severity: Severity,
    pub object: String,
    pub message: String,
}

/// What is known of a blob that something refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can be read, if need be with the help of parity.
    Available,
    /// No index object that counts names it.
    NotIndexed,
    /// All its places are lost.
    Lost,
}

/// A check under way: first [`Inspection::begin`], then the other steps in the order in which they are listed here.
pub struct Inspection<'r> {
    repo: &'r Repository,
    /// What was found so far.
    pub findings: Vec<Finding>,
    /// Decisions and tombstones.
    pub catalog: Catalog,
    /// Stripes that count and are not doomed.
    pub stripes: u64,
    /// Names and lengths of their packs.
    pub packs: HashMap<PackId, u32>,
    /// Packs read as data.
    pub packs_read: u64,
    /// Bytes of them.
    pub bytes_read: u64,
    /// There are packs, or index objects that cannot be read, that `repair index` indexes again.
    pub index_is_incomplete: bool,
    /// Blobs that snapshots need and that read from stripes that were given up, and from nowhere else.
    only_given_up: u64,
    /// Index objects that count and read.
    index: Vec<IndexName>,
    examined: BTreeSet<StripeId>,
    lost_packs: HashSet<PackId>,
    bad_frames: HashSet<(PackId, u32)>,
    lost_blobs: HashSet<BlobId>,
    /// Blobs outside of sound stripes, and whether they read.
    doubtful: HashMap<BlobId, (Availability, u32)>,
}

impl<'r> Inspection<'r> {
    /// Reads decisions and index.
    pub fn begin(repo: &'r Repository, monitor: &dyn Monitor) -> Result<Inspection<'r>> {
        // A problem that is found comes back as a finding; once is enough.
        let (catalog, _) = repo.shared().refresh_for_reading(&Silent)?;
        monitor.event(Event::Phase("Checking objects"));
        let findings = repo.shared().check_objects(&catalog, &Silent)?;
        Ok(Inspection {
            repo,
            findings,
            catalog,
            stripes: 0,
            packs: HashMap::new(),
            packs_read: 0,
            bytes_read: 0,
            index_is_incomplete: false,
            only_given_up: 0,
            index: Vec::new(),
            examined: BTreeSet::new(),
            lost_packs: HashSet::new(),
            bad_frames: HashSet::new(),
            lost_blobs: HashSet::new(),
            doubtful: HashMap::new(),
        })
    }

    fn shared(&self) -> &'r Shared {
        self.repo.shared()
    }

    /// Adds a finding.
    pub fn find(&mut self, severity: Severity, object: impl ToString, message: impl ToString) {
        self.findings.push(Finding { severity, object: object.to_string(), message: message.to_string() });
    }

    /// Reads every index object that counts and compares it with the listing of packs.
    pub fn structure(&mut self, monitor: &dyn Monitor) -> Result<()> {
        let shared = self.shared();
        monitor.event(Event::Phase("Checking the index"));
        let collected = shared.collected(&Silent)?;
        let counting: Vec<IndexName> = (shared.listed_index()?.into_iter())
            .filter(|name| self.catalog.counts(name) && !collected.retired.contains(name))
            .collect();
        let listed: HashMap<PackId, u64> = (shared.backend.list(Family::Packs)?.into_iter())
            .filter_map(|listed| match listed.name {
                ObjectName::Pack(id) => Some((id, listed.size)),
                _ => None,
            })
            .collect();
        monitor.event(Event::Total { items: counting.len() as u64, bytes: 0, complete: true });
        let mut suspects: BTreeMap<StripeId, StripeLayout> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        // All packs that anything names, also of doomed stripes.
        let mut named: HashSet<PackId> = HashSet::new();
        for name in counting {
            if monitor.stop() {
                return Err(Error::Stopped { checkpoint: None });
            }
            let Some(object) = self.index_object(name)? else {
                self.index_is_incomplete = true;
                continue;
            };
            self.index.push(name);
            for stripe in &object.stripes {
                named.extend(stripe.slots.iter().map(|slot| slot.pack));
                if read_lock(&shared.doomed).contains(&stripe.id) {
                    continue;
                }
                if seen.insert(stripe.id) {
                    self.stripes += 1;
                }
                let whole = |slot: &SlotEntry| listed.get(&slot.pack) == Some(&u64::from(slot.length));
                if !stripe.slots.iter().all(whole) {
                    suspects.insert(stripe.id, self.layout(stripe)?);
                }
                self.packs.extend(stripe.slots.iter().map(|slot| (slot.pack, slot.length)));
                self.check_bases(stripe)?;
            }
            monitor.event(Event::Progress { items: 1, bytes: 0 });
        }
        for layout in suspects.into_values() {
            self.examine(&layout)?;
        }
        self.explain_others(&named)
    }

    /// One index object as it is in storage; the local index may know it although it was damaged since.
    fn index_object(&mut self, name: IndexName) -> Result<Option<IndexObject>> {
        let shared = self.shared();
        let mut read = shared.read_index(name, &Silent);
        if matches!(&read, Err(error) if !error.is_not_found()) {
            read = shared.read_index(name, &Silent);
        }
        match read {
            Ok(object) => Ok(Some(object)),
            Err(Error::Damaged { cause, .. }) => {
                self.find(
                    Severity::Repairable,
                    name,
                    format!("{cause}; `caddis repair index` makes it anew from the packs"),
                );
                Ok(None)
            }
            Err(Error::Backend(error)) if error.kind == ErrorKind::Other => {
                self.find(
                    Severity::Repairable,
                    name,
                    format!("{error}; `caddis repair index` makes it anew from the packs"),
                );
                Ok(None)
            }
            // A prune or repair replaced it since it was listed.
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The stripe with all that any index object names of it.
    fn layout(&self, stripe: &StripeEntry) -> Result<StripeLayout> {
        let shared = self.shared();
        let merged = shared.index.stripe(&stripe.id)?.map(StripeLayout::from);
        Ok(merged.unwrap_or_else(|| StripeLayout::from_index(stripe)))
    }

    /// Bases of delta frames exist, stored in full.
    fn check_bases(&mut self, stripe: &StripeEntry) -> Result<()> {
        for slot in &stripe.slots {
            for (number, frame) in slot.frames.iter().enumerate() {
                for base in &frame.bases {
                    let places = self.shared().places(base)?;
                    if !places
                        .iter()
                        .any(|place| place.tag.codec != Codec::ZstdDelta && place.tag.kind == frame.tag.kind)
                    {
                        self.bad_frames.insert((slot.pack, number as u32));
                        self.find(
                            Severity::Lost,
                            ObjectName::Pack(slot.pack),
                            format!("frame {number} needs blob {base}, which is nowhere stored in full"),
                        );
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads a stripe in which something is wrong and tells whether parity can bring it back.
    fn examine(&mut self, layout: &StripeLayout) -> Result<()> {
        if !self.examined.insert(layout.id) {
            return Ok(());
        }
        let outcomes = match rebuild(&*self.shared().backend, layout) {
            Ok(outcomes) => outcomes,
            Err(error @ Error::Damaged { .. }) => {
                self.find(Severity::Lost, format!("Stripe {}", layout.id), error);
                self.lost_packs.extend(layout.members.iter().map(|pack| pack.id));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for PackOutcome { pack, state } in outcomes {
            let name = ObjectName::Pack(pack.id);
            match state {
                PackState::Good(_) | PackState::Skipped => {}
                PackState::Rebuilt { cause, .. } => {
                    self.find(Severity::Repairable, name, format!("{cause}; `caddis repair packs` brings it back"))
                }
                PackState::Lost { cause } => {
                    self.lost_packs.insert(pack.id);
                    self.find(
                        Severity::Lost,
                        name,
                        format!(
                            "{cause}, and its stripe {} is damaged beyond its parity; `caddis repair packs` saves what still reads, \
                             and the next backup stores again what its sources still have",
                            layout.id.short()
                        ),
                    );
                }
            }
        }
        Ok(())
    }

    /// Packs that no index object names.
    fn explain_others(&mut self, named: &HashSet<PackId>) -> Result<()> {
        let shared = self.shared();
        let found = find_unindexed(shared, &|id| Ok(named.contains(id)), None)?;
        let (undecided, headless) = (shared.undecided(&self.catalog)?, shared.headless()?);
        let (mut running, mut void, mut missing) = (0_usize, 0_usize, BTreeMap::<SessionId, usize>::new());
        void += found.unknown.len();
        for (stripe, packs) in &found.data {
            let doomed = read_lock(&shared.doomed).contains(stripe);
            for (_, header) in packs {
                match () {
                    () if doomed => void += 1,
                    () if undecided.contains(&header.session) => running += 1,
                    // Said about the session already; a repair keeps these packs for other snapshots.
                    () if headless.contains(&header.session) => self.index_is_incomplete = true,
                    () if shared.should_be_indexed(&self.catalog, &self.index, header.session) => {
                        *missing.entry(header.session).or_default() += 1;
                    }
                    () => void += 1,
                }
            }
        }
        void += found
            .parity
            .iter()
            .filter(|(stripe, _)| !found.data.contains_key(stripe))
            .map(|(_, packs)| packs.len())
            .sum::<usize>();
        let known = |stripe: &StripeId| read_lock(&shared.doomed).contains(stripe);
        self.index_is_incomplete |=
            !missing.is_empty() || !found.unknown.is_empty() || found.parity.keys().any(|stripe| !known(stripe));
        for (sid, packs) in missing {
            self.find(
                Severity::Repairable,
                ObjectName::Snapshot(sid),
                format!("{packs} packs of this session are in no index; `caddis repair index` indexes them again"),
            );
        }
        if running > 0 {
            self.find(
                Severity::Note,
                "packs",
                format!("{running} packs belong to runs that are under way or were interrupted"),
            );
        }
        if void > 0 {
            self.find(Severity::Note, "packs", format!("{void} packs are not used by anything; a prune removes them"));
        }
        Ok(())
    }

    /// Reads the packs that `select` chooses, compares them with their names, opens all their frames and compares these with the index.
    /// Two packs at a time. One that reads badly is read once more before it is called damaged.
    pub fn read_packs(&mut self, select: &(dyn Fn(&PackId) -> bool + Sync), monitor: &dyn Monitor) -> Result<()> {
        let shared = self.shared();
        let selected = self.packs.iter().filter(|(id, _)| select(id));
        let (items, bytes) = selected.fold((0, 0), |(n, sum), (_, len)| (n + 1, sum + u64::from(*len)));
        monitor.event(Event::Phase("Reading packs"));
        monitor.event(Event::Total { items, bytes, complete: true });
        let mut done: HashSet<PackId> = HashSet::new();
        for name in std::mem::take(&mut self.index) {
            let Some(object) = self.index_object(name)? else { continue };
            let mut jobs = Vec::new();
            for stripe in &object.stripes {
                if read_lock(&shared.doomed).contains(&stripe.id) {
                    continue;
                }
                let slots = stripe.slots.iter().filter(|slot| select(&slot.pack) && done.insert(slot.pack));
                jobs.extend(slots.map(|slot| (stripe, slot)));
            }
            let next = std::sync::atomic::AtomicUsize::new(0);
            let results = std::sync::Mutex::new(Vec::new());
            let work = || -> Result<()> {
                while let Some((stripe, slot)) = jobs.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    if monitor.stop() {
                        return Err(Error::Stopped { checkpoint: None });
                    }
                    let verdict = read_pack(shared, stripe, slot)?;
                    monitor.event(Event::Progress { items: 1, bytes: slot.length.into() });
                    lock(&results).push((*stripe, *slot, verdict));
                }
                Ok(())
            };
            std::thread::scope(|scope| {
                let other = scope.spawn(work);
                let own = work();
                let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                own.and(other)
            })?;
            for (stripe, slot, verdict) in results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()) {
                if !matches!(verdict, Verdict::Missing) {
                    self.packs_read += 1;
                    self.bytes_read += u64::from(slot.length);
                }
                match verdict {
                    Verdict::Good => {}
                    Verdict::Damaged | Verdict::Missing => self.examine(&self.layout(stripe)?)?,
                    Verdict::WrongFrames(frames) => {
                        for (number, cause) in frames {
                            self.bad_frames.insert((slot.pack, number));
                            self.find(
                                Severity::Lost,
                                ObjectName::Pack(slot.pack),
                                format!("{cause}, though its bytes are those that were written; `caddis repair packs` gives it up"),
                            );
                        }
                    }
                }
            }
            self.index.push(name);
        }
        Ok(())
    }

    /// Finds out which blobs are lost with the packs that are.
    pub fn settle(&mut self, monitor: &dyn Monitor) -> Result<()> {
        if self.lost_packs.is_empty() && self.bad_frames.is_empty() {
            return Ok(());
        }
        monitor.event(Event::Phase("Looking for what is lost"));
        let shared = self.shared();
        for kind in [BlobKind::Tree, BlobKind::Data] {
            let mut touched = BTreeSet::new();
            let is_touched = |place: &Location| {
                self.lost_packs.contains(&place.pack) || self.bad_frames.contains(&(place.pack, place.frame))
            };
            shared.index.for_each_blob(kind, |id, place| {
                if is_touched(&place) || !place.bases.is_empty() {
                    touched.insert((place.pack, place.frame, id));
                }
            })?;
            for (_, _, id) in touched {
                if shared.load_blob(kind, &id, &Silent).is_err() {
                    self.lost_blobs.insert(id);
                }
            }
        }
        Ok(())
    }

    /// To be called when all that snapshots need was asked for.
    pub fn conclude(&mut self) {
        if self.only_given_up > 0 {
            self.find(
                // Nothing is lost: what lies in a doomed stripe stays until a prune has moved it.
                Severity::Note,
                "packs",
                format!(
                    "{} blobs that snapshots need read again, out of stripes that a repair had given up; \
                     `caddis repair packs` stores them anew before a prune removes these",
                    self.only_given_up
                ),
            );
        }
    }

    /// Whether a blob that something refers to can be had, and its length if it can. Reads only what lies in doomed stripes alone.
    pub fn availability(&mut self, kind: BlobKind, id: &BlobId) -> Result<(Availability, u32)> {
        if self.lost_blobs.contains(id) {
            return Ok((Availability::Lost, 0));
        }
        let shared = self.shared();
        // A damaged local index knows nothing; reading the blob makes it anew.
        if let Ok(Some(length)) = shared.index.length(kind, id, &read_lock(&shared.doomed)) {
            return Ok((Availability::Available, length));
        }
        if let Some(known) = self.doubtful.get(id) {
            return Ok(known.clone());
        }
        let (availability, length) = match shared.load_blob(kind, id, &Silent) {
            Ok(blob) => (Availability::Available, blob.len() as u32),
            Err(Error::BlobNotFound { .. }) => (Availability::NotIndexed, 0),
            Err(Error::BlobLost { .. } | Error::Damaged { .. }) => (Availability::Lost, 0),
            Err(error) => return Err(error),
        };
        if availability == Availability::Available {
            let doomed = read_lock(&shared.doomed);
            // Not so if the index was brought up to date for it.
            let given_up = shared
                .index
                .lookup(id)
                .is_ok_and(|places| !places.is_empty() && places.iter().all(|place| doomed.contains(&place.stripe)));
            self.only_given_up += u64::from(given_up);
        }
        self.doubtful.insert(*id, (availability.clone(), length));
        Ok((availability, length))
    }
}

impl Shared {
    /// Whether packs of a session that no index object names belong into the index: not those of a session that was fenced and of which all
    /// that was kept is there.
    pub(super) fn should_be_indexed(&self, catalog: &Catalog, readable: &[IndexName], session: SessionId) -> bool {
        match catalog.decisions.get(&session).map(AsRef::as_ref) {
            Some(Decision::Fence(fence)) => {
                !fence.kept.iter().all(|name| readable.contains(name) || catalog.retired.contains(name))
            }
            _ => true,
        }
    }
}
