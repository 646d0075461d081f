//! Mends packs and index: rebuilds from parity, indexes again, and saves what is left of stripes that are beyond it
//! (repo-format.md, section 9).
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::pack::{OpenPack, open_pack};
use super::parity_layout::{layout_from_parity, missing_parity};
use super::rebuild::{PackOutcome, PackRef, PackState, StripeLayout, rebuild};
use super::salvage::find_unindexed;
use super::session::SessionOwner;
use super::write::{WriteOptions, Writer};
use super::{Repository, Shared, read_lock};
use crate::backend::{ErrorKind, ObjectName};
use crate::error::{Error, Result};
use crate::format::{Codec, Decision, Finished, FrameEntry, IndexName, PackHeader, SlotEntry, StripeEntry};
use crate::id::{BlobId, PackId, SessionId, StripeId};
use crate::monitor::{Event, Monitor, Problem, Silent};

/// Blobs of adopted stripes that are collected for one index object.
const ADOPT_BLOBS: usize = 100_000;

/// What is to be mended.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct MendOptions {
    /// Index again the packs of index objects that are missing or damaged.
    pub index: bool,
    /// Snapshots need something that no index names: what is left of doomed stripes may have it.
    pub missing: bool,
    /// Verify all packs, rebuild bad ones, give up what cannot be.
    pub packs: bool,
    /// Only tell.
    pub dry_run: bool,
    /// Whose session it is.
    pub owner: SessionOwner,
}

/// What was mended.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Mended {
    pub packs_checked: u64,
    pub packs_rebuilt: Vec<PackId>,
    pub packs_lost: Vec<PackId>,
    /// Packs in locations that cannot be reached.
    pub packs_away: u64,
    pub packs_indexed: u64,
    pub index_written: u64,
    pub blobs_lost: Vec<BlobId>,
    /// Blobs that were given up earlier, read again, and are stored anew.
    pub blobs_saved: u64,
    /// Objects that were given up because they cannot be read.
    pub removed: Vec<ObjectName>,
}

pub(super) struct Mending<'r> {
    pub(super) shared: &'r Shared,
    pub(super) monitor: &'r dyn Monitor,
    /// None: nothing is written.
    pub(super) writer: Option<Writer<'r>>,
    pub(super) mended: Mended,
    /// To be doomed.
    pub(super) doomed: Vec<StripeId>,
    /// Blobs were stored again out of packs that no index object names.
    pub(super) rescued: bool,
    /// A pack that stripes beyond their parity need, and that storage does not let be read: nothing is given up then.
    unreadable: Option<Error>,
}

impl Repository {
    /// Mends index and packs under a session of its own. What was rebuilt is durable when this returns; what had to be indexed or copied is
    /// committed at the end, so that a run that is interrupted changes nothing but packs for the better.
    ///
    /// Fails, and gives nothing up, if packs are lost only for as long as storage does not let them be read.
    pub fn mend(&self, options: &MendOptions, monitor: &dyn Monitor) -> Result<Mended> {
        let shared = self.shared();
        let mut mended = Mended::default();
        remove_unreadable_marks(shared, options, &mut mended, monitor)?;
        let writer = match options.dry_run {
            true => {
                shared.refresh_for_reading(&Silent)?;
                None
            }
            false => {
                let write = WriteOptions { extra_verify: false, ..WriteOptions::default() };
                Some(Writer::begin(self, options.owner.clone(), write, &Silent)?.0)
            }
        };
        let mut mending =
            Mending { shared, monitor, writer, mended, doomed: Vec::new(), rescued: false, unreadable: None };
        let result = mending.all(options);
        let Mending { writer, mut mended, doomed, rescued, .. } = mending;
        // Storage is not what it was when packs were found lost.
        shared.healing.reset();
        let retired = match (result, writer) {
            (Ok(retired), Some(writer)) => {
                if retired.is_empty() && doomed.is_empty() && mended.index_written == 0 && !rescued {
                    writer.abandon("there was nothing to repair", monitor)?;
                } else {
                    let finished =
                        Finished { time: shared.world.now(), retired: retired.clone(), ..Finished::default() };
                    writer.commit(&Decision::Repaired(finished), monitor)?;
                }
                retired
            }
            (Ok(retired), None) => retired,
            (Err(error), writer) => {
                if let Some(writer) = writer {
                    writer.leave();
                }
                return Err(error);
            }
        };
        mended.removed.extend(retired.iter().map(|name| ObjectName::Index(name.session, name.number)));
        if !options.dry_run {
            self.load_index(monitor)?;
        }
        Ok(mended)
    }
}

/// Removes marks and dones that cannot be read, if nobody can be relying on them: no session but dead ones is undecided. What they
/// doomed and is gone by now is found by looking at all packs, and is doomed anew.
fn remove_unreadable_marks(
    shared: &Shared,
    options: &MendOptions,
    mended: &mut Mended,
    monitor: &dyn Monitor,
) -> Result<()> {
    let unreadable = shared.collected(&Silent)?.unreadable;
    if unreadable.is_empty() {
        return Ok(());
    }
    let catalog = shared.catalog(&Silent)?;
    let busy = !shared.undecided(&catalog)?.is_empty();
    for (name, cause) in unreadable {
        let message = match (options.packs, busy) {
            (false, _) => format!("{cause}; `caddis repair packs` deals with it"),
            (true, true) => format!("{cause}; it is left alone while other runs are under way"),
            (true, false) => {
                if !options.dry_run {
                    shared.backend.delete(&name)?;
                }
                mended.removed.push(name);
                continue;
            }
        };
        monitor.event(Event::Problem(&Problem { item: name.to_string(), message }));
    }
    Ok(())
}

impl<'r> Mending<'r> {
    /// Returns the index objects that are to be retired.
    fn all(&mut self, options: &MendOptions) -> Result<Vec<IndexName>> {
        let shared = self.shared;
        let catalog = shared.catalog(&Silent)?;
        let collected = shared.collected(&Silent)?;
        self.monitor.event(Event::Phase("Reading the index"));
        let (mut readable, mut damaged) = (Vec::new(), Vec::new());
        let mut stripes: BTreeMap<StripeId, StripeLayout> = BTreeMap::new();
        let mut named: HashSet<PackId> = HashSet::new();
        for name in shared.listed_index()? {
            if !catalog.counts(&name) || collected.retired.contains(&name) {
                continue;
            }
            let mut read = shared.read_index(name, &Silent);
            if matches!(&read, Err(error) if !error.is_not_found()) {
                read = shared.read_index(name, &Silent);
            }
            match read {
                Ok(object) => {
                    readable.push(name);
                    for stripe in object.stripes {
                        named.extend(stripe.slots.iter().map(|slot| slot.pack));
                        if !read_lock(&shared.doomed).contains(&stripe.id) {
                            merge(&mut stripes, StripeLayout::from_index(&stripe));
                        }
                    }
                }
                Err(Error::Damaged { .. }) => damaged.push(name),
                Err(Error::Backend(error)) if error.kind == ErrorKind::Other => damaged.push(name),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        if options.index {
            let undecided = shared.undecided(&catalog)?;
            let wanted = |session: SessionId| {
                !undecided.contains(&session) && shared.should_be_indexed(&catalog, &readable, session)
            };
            let is_lost = options.missing || !damaged.is_empty();
            self.index_again(&named, &|stripe| stripes.contains_key(stripe), &wanted, is_lost)?;
        } else {
            damaged.clear();
        }
        if options.packs {
            self.verify(&stripes)?;
        }
        if let Some(error) = self.unreadable.take() {
            return Err(error);
        }
        if options.packs || !self.doomed.is_empty() {
            self.give_up()?;
        }
        Ok(damaged)
    }

    pub(super) fn stop_if_asked(&self) -> Result<()> {
        if self.monitor.stop() { Err(Error::Stopped { checkpoint: None }) } else { Ok(()) }
    }

    /// Reads a stripe twice before anything of it is called lost.
    pub(super) fn read_stripe(&self, layout: &StripeLayout) -> Result<Vec<PackOutcome>> {
        let outcomes = rebuild(&*self.shared.backend, layout)?;
        match outcomes.iter().any(|outcome| matches!(outcome.state, PackState::Lost { .. })) {
            true => rebuild(&*self.shared.backend, layout),
            false => Ok(outcomes),
        }
    }

    /// Whether a stripe may be given up because of the packs that are lost of it.
    pub(super) fn may_give_up(&mut self, outcomes: &[PackOutcome]) -> bool {
        let Err(error) = self.shared.lost_for_good(outcomes) else { return true };
        if let Error::Backend(error) = &error {
            let message = format!("{error}; nothing is given up before it can be read or is gone");
            self.monitor.event(Event::Problem(&Problem { item: error.object.clone(), message }));
        }
        self.unreadable.get_or_insert(error);
        false
    }

    /// Rebuilds what can be; gives all bytes. Whoever calls deals with what is lost.
    fn rebuild(&mut self, layout: &StripeLayout) -> Result<Vec<PackOutcome>> {
        let outcomes = self.read_stripe(layout)?;
        for PackOutcome { pack, state } in &outcomes {
            self.mended.packs_checked += 1;
            self.monitor.event(Event::Progress { items: 1, bytes: pack.length.into() });
            match state {
                PackState::Rebuilt { bytes, .. } => {
                    // It may be as good as ever.
                    if self.shared.is_away(&pack.id) {
                        self.mended.packs_away += 1;
                        continue;
                    }
                    if self.writer.is_some() {
                        self.shared.write_back(layout, &pack.id, bytes)?;
                    }
                    self.monitor.event(Event::Healed(pack.id));
                    self.mended.packs_rebuilt.push(pack.id);
                }
                PackState::Lost { .. } => self.mended.packs_lost.push(pack.id),
                PackState::Good(_) | PackState::Skipped => {}
            }
        }
        Ok(outcomes)
    }

    /// Verifies all packs of all stripes.
    fn verify(&mut self, stripes: &BTreeMap<StripeId, StripeLayout>) -> Result<()> {
        let packs = || stripes.values().flat_map(|layout| layout.members.iter().chain(&layout.parity));
        self.monitor.event(Event::Phase("Checking packs"));
        let bytes = packs().map(|pack| u64::from(pack.length)).sum();
        self.monitor.event(Event::Total { items: packs().count() as u64, bytes, complete: true });
        for (stripe, layout) in stripes {
            self.stop_if_asked()?;
            let outcomes = match self.rebuild(layout) {
                Ok(outcomes) => outcomes,
                Err(error @ Error::Damaged { .. }) => {
                    let problem = Problem { item: format!("Stripe {stripe}"), message: error.to_string() };
                    self.monitor.event(Event::Problem(&problem));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let lost = outcomes.iter().any(|outcome| matches!(outcome.state, PackState::Lost { .. }));
            if lost && self.may_give_up(&outcomes) {
                self.doomed.push(*stripe);
            }
        }
        Ok(())
    }

    /// Indexes the packs that no index object names. `known`: stripes that one names in part; what it does not name of them was left out on purpose.
    fn index_again(
        &mut self,
        named: &HashSet<PackId>,
        known: &dyn Fn(&StripeId) -> bool,
        wanted: &dyn Fn(SessionId) -> bool,
        something_is_lost: bool,
    ) -> Result<()> {
        self.monitor.event(Event::Phase("Looking for packs that are not indexed"));
        let mut found = find_unindexed(self.shared, &|id| Ok(named.contains(id)), None)?;
        let ids: BTreeSet<StripeId> = found.data.keys().chain(found.parity.keys()).copied().collect();
        let (mut layouts, mut given_up) = (Vec::new(), Vec::new());
        for stripe in ids {
            let doomed = read_lock(&self.shared.doomed).contains(&stripe);
            // A doomed stripe is needed until a prune has moved what is in it, and the index that told of it may be what is lost.
            if known(&stripe) || doomed && !something_is_lost {
                continue;
            }
            let data = found.data.remove(&stripe).unwrap_or_default();
            if data.iter().any(|(_, header)| !wanted(header.session)) {
                continue;
            }
            let parity = found.parity.remove(&stripe).unwrap_or_default();
            let described = layout_from_parity(&*self.shared.backend, stripe, &parity)?;
            let layout = described.or_else(|| layout_from_headers(stripe, &data));
            match layout {
                Some(layout) if doomed => given_up.push(layout),
                layout => layouts.extend(layout),
            }
        }
        self.rescue_all(&given_up)?;
        self.monitor.event(Event::Phase("Indexing packs"));
        let packs = layouts.iter().map(|layout| layout.members.len() as u64).sum();
        self.monitor.event(Event::Total { items: packs, bytes: 0, complete: true });
        // Delta frames open when their bases are indexed: what fails is tried again as long as anything succeeds.
        loop {
            let (mut entries, mut later, before) = (Vec::new(), Vec::new(), layouts.len());
            let mut blobs = 0;
            for layout in layouts {
                self.stop_if_asked()?;
                match self.entry(&layout, wanted, false)? {
                    Entry::Made(entry) => {
                        self.mended.packs_indexed +=
                            entry.slots.iter().filter(|slot| slot.slot < entry.k).count() as u64;
                        blobs += entry.slots.iter().flat_map(|slot| &slot.frames).map(|f| f.blobs.len()).sum::<usize>();
                        entries.push(entry);
                    }
                    Entry::Broken => later.push(layout),
                    Entry::NotWanted => {}
                }
                if blobs >= ADOPT_BLOBS {
                    self.adopt(std::mem::take(&mut entries))?;
                    blobs = 0;
                }
            }
            self.adopt(entries)?;
            if later.is_empty() {
                return Ok(());
            }
            if later.len() == before {
                return self.index_entwined(later, wanted);
            }
            layouts = later;
        }
    }

    pub(super) fn adopt(&mut self, entries: Vec<StripeEntry>) -> Result<()> {
        if let Some(writer) = self.writer.as_ref().filter(|_| !entries.is_empty()) {
            self.mended.index_written += writer.adopt(entries)?;
        }
        Ok(())
    }

    /// The index entry of a stripe; all its packs are in storage afterwards. If it may be `partial`, delta frames that do not open are in it
    /// with ids that are all zeros.
    pub(super) fn entry(
        &mut self,
        layout: &StripeLayout,
        wanted: &dyn Fn(SessionId) -> bool,
        partial: bool,
    ) -> Result<Entry> {
        let outcomes = match self.rebuild(layout) {
            Ok(outcomes) => outcomes,
            Err(Error::Damaged { .. }) => return Ok(Entry::NotWanted),
            Err(error) => return Err(error),
        };
        let mut entry = StripeEntry { id: layout.id, k: layout.k, m: layout.m, generation: 0, slots: Vec::new() };
        let mut members = Vec::new();
        for PackOutcome { pack, state } in &outcomes {
            let (PackState::Good(bytes) | PackState::Rebuilt { bytes, .. }) = state else {
                self.mended.packs_lost.retain(|lost| !outcomes.iter().any(|outcome| outcome.pack.id == *lost));
                return Ok(Entry::Broken);
            };
            let mut slot = SlotEntry {
                slot: pack.slot,
                location: self.shared.landed(&pack.id, 0),
                length: pack.length,
                pack: pack.id,
                frames: vec![],
            };
            if pack.slot < layout.k {
                let mut bases = |kind, ids: &[BlobId]| self.shared.load_prefix(kind, ids, &Silent);
                match open_pack(self.shared.repo, &self.shared.keys, bytes, &mut bases, &mut |_, _, _, _| {}) {
                    Ok(open) if !wanted(open.header.session) => return Ok(Entry::NotWanted),
                    Ok(open)
                        if open.header.stripe == layout.id
                            && open.header.slot == pack.slot
                            && open.bad_frames.iter().all(|(number, _)| partial && is_delta(&open.frames, *number)) =>
                    {
                        self.note_unreadable_bases(&open)?;
                        slot.frames = open.frames;
                    }
                    _ => return Ok(Entry::Broken),
                }
                members.push((pack.slot, pack.id, bytes.as_slice()));
            }
            entry.slots.push(slot);
        }
        for (PackRef { slot, length, id }, bytes) in missing_parity(layout, &members) {
            let location = self.shared.deal(&layout.id, slot);
            if self.writer.is_some() {
                self.shared.put_pack(id, &bytes, location)?;
            }
            entry.slots.push(SlotEntry { slot, location, length, pack: id, frames: Vec::new() });
        }
        entry.slots.sort_by_key(|slot| slot.slot);
        Ok(Entry::Made(entry))
    }

    /// Delta frames that do not open are given up only if their bases are lost, and not if storage does not let these be read now.
    pub(super) fn note_unreadable_bases(&mut self, open: &OpenPack) -> Result<()> {
        for (number, _) in &open.bad_frames {
            for base in open.frames.get(*number as usize).iter().flat_map(|frame| &frame.bases) {
                if let Err(error) = self.shared.frames_lost_for_good(&self.shared.places(base)?) {
                    self.unreadable.get_or_insert(error);
                }
            }
        }
        Ok(())
    }
}

fn is_delta(frames: &[FrameEntry], number: u32) -> bool {
    frames.get(number as usize).is_some_and(|frame| frame.tag.codec == Codec::ZstdDelta)
}

pub(super) enum Entry {
    Made(StripeEntry),
    /// A pack is lost, or a frame does not open (yet).
    Broken,
    /// Of a session that is under way or void, or no stripe at all.
    NotWanted,
}

/// Adds what another index object says about the same stripe.
fn merge(stripes: &mut BTreeMap<StripeId, StripeLayout>, layout: StripeLayout) {
    match stripes.get_mut(&layout.id) {
        None => drop(stripes.insert(layout.id, layout)),
        Some(known) => {
            for (old, new) in [(&mut known.members, layout.members), (&mut known.parity, layout.parity)] {
                old.extend(new);
                old.sort_by_key(|pack| pack.slot);
                old.dedup();
            }
        }
    }
}

/// A stripe of which no parity is left, as its data packs describe it.
fn layout_from_headers(stripe: StripeId, data: &[(PackId, PackHeader)]) -> Option<StripeLayout> {
    let (_, first) = data.first()?;
    let mut members: Vec<PackRef> =
        data.iter().map(|(id, header)| PackRef { slot: header.slot, length: header.length, id: *id }).collect();
    members.sort_by_key(|pack| pack.slot);
    members.dedup_by_key(|pack| pack.slot);
    Some(StripeLayout { id: stripe, k: first.k, m: first.m, members, parity: Vec::new() })
}
