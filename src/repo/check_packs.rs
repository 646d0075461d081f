//! Checks index objects and packs against one another and against storage; nothing is changed.
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::catalog::Catalog;
use super::deferred::Deferred;
use super::rebuild::{PackOutcome, PackRef, PackState, StripeLayout, rebuild};
use super::{Repository, Shared, read_lock};
use crate::backend::{ErrorKind, Family, ObjectName};
use crate::error::{Error, Result};
use crate::format::{IndexName, IndexObject, SlotEntry, StripeEntry};
use crate::id::{BlobId, PackId, StripeId};
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

/// A command that mends something, in the order in which they are to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// `repair replicas`
    Replicas,
    /// `repair index`
    Index,
    /// `repair packs`
    Packs,
    /// `repair locations`
    Locations,
    /// `backup` of the same sources: what they still have is stored again.
    Backup,
    /// `repair snapshots` of those that are damaged.
    Snapshots,
    /// `recover`: what is left of a snapshot that is lost.
    Recover,
    /// `forget` of damaged snapshots of which nothing more can be had than is elsewhere.
    Forget,
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
    pub(super) repo: &'r Repository,
    /// What was found so far.
    pub findings: Vec<Finding>,
    /// Decisions and tombstones.
    pub catalog: Catalog,
    /// Stripes that count and are not doomed.
    pub stripes: u64,
    /// Their packs: length, and the number of an index object that names them.
    pub packs: HashMap<PackId, (u32, u32)>,
    /// What mends what was found.
    pub remedies: BTreeSet<Remedy>,
    /// Packs read as data.
    pub packs_read: u64,
    /// Bytes of them.
    pub bytes_read: u64,
    /// Packs in locations that cannot be reached.
    pub packs_away: u64,
    /// Stripes of which too many packs are there for the rest to be read without them.
    pub stripes_away: u64,
    /// Packs that were to be read and were not, because the time was up.
    pub packs_left: u64,
    /// Bytes of them.
    pub bytes_left: u64,
    /// There are packs, or index objects that cannot be read, that `repair index` indexes again.
    pub index_is_incomplete: bool,
    /// Something lies about that a prune removes.
    pub prune_removes: bool,
    /// Blobs that snapshots need and that read from stripes that were given up, and from nowhere else.
    pub(super) only_given_up: u64,
    /// Packs with delta frames.
    pub(super) delta_packs: HashSet<PackId>,
    pub(super) deferred: Deferred,
    /// Index objects that count and read.
    pub(super) index: Vec<IndexName>,
    examined: BTreeSet<StripeId>,
    pub(super) lost_packs: HashSet<PackId>,
    pub(super) bad_frames: HashSet<(PackId, u32)>,
    pub(super) lost_blobs: HashSet<BlobId>,
    /// Blobs outside of sound stripes, and whether they read.
    pub(super) doubtful: HashMap<BlobId, (Availability, u32)>,
}

impl<'r> Inspection<'r> {
    /// Reads decisions and index. `deep`: compares the contents of what all locations should have, not only names and sizes.
    pub fn begin(repo: &'r Repository, deep: bool, monitor: &dyn Monitor) -> Result<Inspection<'r>> {
        // A problem that is found comes back as a finding; once is enough.
        let (catalog, _) = repo.shared().refresh_for_reading(&Silent)?;
        monitor.event(Event::Phase("Checking objects"));
        let mut remedies = BTreeSet::new();
        let mut findings = repo.shared().check_objects(&catalog, &mut remedies)?;
        findings.extend(repo.shared().check_locations(deep, &mut remedies, monitor)?);
        Ok(Inspection {
            repo,
            findings,
            catalog,
            stripes: 0,
            packs: HashMap::new(),
            remedies,
            packs_read: 0,
            bytes_read: 0,
            packs_away: 0,
            stripes_away: 0,
            packs_left: 0,
            bytes_left: 0,
            index_is_incomplete: false,
            prune_removes: false,
            only_given_up: 0,
            delta_packs: HashSet::new(),
            deferred: Deferred::default(),
            index: Vec::new(),
            examined: BTreeSet::new(),
            lost_packs: HashSet::new(),
            bad_frames: HashSet::new(),
            lost_blobs: HashSet::new(),
            doubtful: HashMap::new(),
        })
    }

    pub(super) fn shared(&self) -> &'r Shared {
        self.repo.shared()
    }

    /// Says what mends a finding.
    pub fn advise(&mut self, remedy: Remedy) {
        self.remedies.insert(remedy);
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
            let number = self.index.len() as u32;
            self.index.push(name);
            for stripe in &object.stripes {
                named.extend(stripe.slots.iter().map(|slot| slot.pack));
                if read_lock(&shared.doomed).contains(&stripe.id) {
                    continue;
                }
                if seen.insert(stripe.id) {
                    self.stripes += 1;
                }
                let whole = |slot: &&SlotEntry| listed.get(&slot.pack) == Some(&u64::from(slot.length));
                let is_away = |slot: &&SlotEntry| !listed.contains_key(&slot.pack) && shared.is_away(&slot.pack);
                let (away, here): (Vec<&SlotEntry>, Vec<&SlotEntry>) = stripe.slots.iter().partition(is_away);
                self.note_away(stripe, &away, &here);
                if !here.iter().all(whole) {
                    suspects.insert(stripe.id, self.layout(stripe)?);
                }
                self.packs.extend(here.iter().map(|slot| (slot.pack, (slot.length, number))));
                let with_deltas = here.iter().filter(|slot| self.deferred.want_bases_of(slot));
                self.delta_packs.extend(with_deltas.map(|slot| slot.pack));
            }
            monitor.event(Event::Progress { items: 1, bytes: 0 });
        }
        if !suspects.is_empty() {
            // A prune may have removed them since the index was listed.
            shared.refresh_for_reading(&Silent)?;
        }
        for layout in suspects.into_values() {
            self.examine(&layout)?;
        }
        self.explain_others(&named)
    }

    /// Counts packs in locations that cannot be reached.
    fn note_away(&mut self, stripe: &StripeEntry, away: &[&SlotEntry], here: &[&SlotEntry]) {
        self.packs_away += away.len() as u64;
        let members = away.iter().filter(|slot| slot.slot < stripe.k).count();
        if members > here.iter().filter(|slot| slot.slot >= stripe.k).count() {
            self.stripes_away += 1;
        }
    }

    /// One index object as it is in storage; the local index may know it although it was damaged since.
    pub(super) fn index_object(&mut self, name: IndexName) -> Result<Option<IndexObject>> {
        let shared = self.shared();
        let cause = match shared.read_index(name, &Silent) {
            Ok(object) => return Ok(Some(object)),
            Err(Error::Damaged { cause, .. }) => cause,
            Err(Error::Backend(error)) if error.kind == ErrorKind::Other => error.to_string(),
            // A prune or repair replaced it since it was listed.
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        self.advise(Remedy::Index);
        self.find(Severity::Repairable, name, format!("{cause}; `caddis repair index` makes it anew from the packs"));
        Ok(None)
    }

    /// The stripe with all that any index object names of it.
    pub(super) fn layout(&self, stripe: &StripeEntry) -> Result<StripeLayout> {
        let shared = self.shared();
        let merged = shared.index.stripe(&stripe.id)?.map(StripeLayout::from);
        Ok(merged.unwrap_or_else(|| StripeLayout::from_index(stripe)))
    }

    /// Reads a stripe in which something is wrong and tells whether parity can bring it back.
    pub(super) fn examine(&mut self, layout: &StripeLayout) -> Result<()> {
        if !self.examined.insert(layout.id) {
            return Ok(());
        }
        let shared = self.shared();
        if read_lock(&shared.doomed).contains(&layout.id) || shared.index.stripe(&layout.id)?.is_none() {
            return Ok(());
        }
        let outcomes = match rebuild(&*shared.backend, layout) {
            Ok(outcomes) => outcomes,
            Err(error @ Error::Damaged { .. }) => {
                self.advise(Remedy::Packs);
                self.find(Severity::Lost, format!("Stripe {}", layout.id), error);
                self.lost_packs.extend(layout.members.iter().map(|pack| pack.id));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let is_bad = |state: &PackState| matches!(state, PackState::Rebuilt { .. } | PackState::Lost { .. });
        // What reads now had a bad moment only; the rest of its stripe is then judged anew.
        let better = outcomes.iter().any(|outcome| is_bad(&outcome.state) && shared.reads_well(&outcome.pack));
        let outcomes = if better { rebuild(&*shared.backend, layout)? } else { outcomes };
        for PackOutcome { pack, state } in outcomes {
            let name = ObjectName::Pack(pack.id);
            if is_bad(&state) {
                self.advise(Remedy::Packs);
            }
            match state {
                PackState::Good(_) | PackState::Skipped => {}
                PackState::Rebuilt { cause, .. } => {
                    self.find(Severity::Repairable, name, format!("{cause}; `caddis repair packs` brings it back"))
                }
                PackState::Lost { cause } => {
                    self.advise(Remedy::Backup);
                    self.lost_packs.insert(pack.id);
                    self.find(
                        Severity::Lost,
                        name,
                        format!(
                            "{cause}; its stripe {} has lost more than parity can bring back, `caddis repair packs` saves what still reads",
                            layout.id.short()
                        ),
                    );
                }
            }
        }
        Ok(())
    }
}

impl Shared {
    /// Whether a pack is in storage as it should be.
    fn reads_well(&self, pack: &PackRef) -> bool {
        let read = self.backend.get(&ObjectName::Pack(pack.id), pack.length.into());
        read.is_ok_and(|bytes| blake3::hash(&bytes).as_bytes() == pack.id.as_bytes())
    }
}
