//! Scrub: verification and repair of packs without any key.
use std::collections::{BTreeMap, HashSet};

use crate::backend::{Backend, ErrorKind, Family, ObjectName, Put};
use crate::error::Result;
use crate::format::{
    BLOCK_BYTES, IndexObject, MAX_OBJECT_LEN, PACK_HEADER_LEN, PackHeader, ParityPage, check_object, split_object,
};
use crate::id::{PackId, StripeId};
use crate::monitor::{Event, Monitor, Problem};
use crate::repo::{
    CopyState, PackOutcome, PackRef, PackState, StripeLayout, copied_objects, inspect_copies, layout_from_parity,
    mend_copy, rebuild, top_up,
};

/// What was seen.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct ScrubReport {
    pub stripes: u64,
    pub packs: u64,
    pub bytes: u64,
    pub objects: u64,
    /// Damaged or missing packs and objects that can be (with `repair`: were) rebuilt.
    pub rebuilt: Vec<Problem>,
    /// Those that cannot.
    pub lost: Vec<Problem>,
    /// Packs that belong to no known stripe: leftovers of interrupted runs, or their index object is gone.
    pub unknown_packs: u64,
    /// Packs that are in other locations of the repository.
    pub elsewhere: u64,
    /// The monitor asked to stop before everything was seen.
    pub stopped: bool,
}

/// Verifies every pack against its name, every stripe for completeness and every other object against its checksum; with `repair`
/// writes back what can be rebuilt. Needs no password. Memory: one stripe.
///
/// Stripes are known from index objects, and from the headers of parity packs that no index object names. Without keys it cannot be
/// told which stripes a repair has given up: their losses are reported until a prune removes them.
///
/// `places` is how many locations `backend` is. Of stripes that are spread over more of them, only the packs that are here are verified, and nothing
/// of them can be rebuilt.
pub fn scrub(backend: &dyn Backend, places: usize, repair: bool, monitor: &dyn Monitor) -> Result<ScrubReport> {
    let (report, named) = (ScrubReport::default(), HashSet::new());
    let mut scrub = Scrub { backend, places, is_part: false, repair, monitor, report, named };
    scrub.copies()?;
    scrub.single_objects()?;
    scrub.indexed_stripes()?;
    if !scrub.report.stopped {
        scrub.other_packs()?;
    }
    Ok(scrub.report)
}

struct Scrub<'a> {
    backend: &'a dyn Backend,
    places: usize,
    /// Some stripe is spread over more locations than are here.
    is_part: bool,
    repair: bool,
    monitor: &'a dyn Monitor,
    report: ScrubReport,
    /// Packs of stripes seen so far.
    named: HashSet<PackId>,
}

/// Packs that no index object names, of one stripe.
#[derive(Default)]
struct Found {
    data: Vec<PackId>,
    parity: Vec<(PackId, u8)>,
}

impl Scrub<'_> {
    fn rebuilt(&mut self, item: impl ToString, message: impl ToString) {
        self.report.rebuilt.push(Problem { item: item.to_string(), message: message.to_string() });
    }

    fn lost(&mut self, item: impl ToString, message: impl ToString) {
        let problem = Problem { item: item.to_string(), message: message.to_string() };
        self.monitor.event(Event::Problem(&problem));
        self.report.lost.push(problem);
    }

    fn stopped(&mut self) -> bool {
        self.report.stopped |= self.monitor.stop();
        self.report.stopped
    }

    /// Config, keys, decisions, tombstones.
    fn copies(&mut self) -> Result<()> {
        self.monitor.event(Event::Phase("Checking objects"));
        let judge = |_: &ObjectName, bytes: &[u8]| check_object(bytes).map_err(|error| error.to_string());
        for name in copied_objects(self.backend)? {
            self.report.objects += 1;
            match inspect_copies(self.backend, &name, &judge)? {
                CopyState::Good => {}
                CopyState::Mendable { bad, damaged, cause, bytes } => {
                    if !self.repair || mend_copy(self.backend, &bad, damaged, &bytes)? {
                        self.rebuilt(bad, cause);
                    }
                }
                CopyState::Lost { cause } => {
                    self.lost(name, format!("{cause}; `caddis repair replicas` may know more with the password"));
                }
            }
            self.monitor.event(Event::Progress { items: 1, bytes: 0 });
        }
        Ok(())
    }

    /// Marks and dones. Sessions are advisory and rewritten while they are read.
    fn single_objects(&mut self) -> Result<()> {
        for listed in self.backend.list(Family::Gc)? {
            self.report.objects += 1;
            let problem = match self.backend.get(&listed.name, MAX_OBJECT_LEN as u64) {
                Ok(bytes) => check_object(&bytes).err().map(|error| error.to_string()),
                // A prune ended meanwhile.
                Err(error) if error.kind == ErrorKind::NotFound => None,
                Err(error) if error.kind == ErrorKind::NoStore => return Err(error.into()),
                Err(error) => Some(error.to_string()),
            };
            if let Some(cause) = problem {
                self.lost(listed.name, format!("{cause}; `caddis repair` deals with it"));
            }
        }
        Ok(())
    }

    fn indexed_stripes(&mut self) -> Result<()> {
        let listed = self.backend.list(Family::Index)?;
        self.monitor.event(Event::Phase("Checking stripes"));
        for listed in listed {
            self.report.objects += 1;
            let bytes = match self.backend.get(&listed.name, MAX_OBJECT_LEN as u64) {
                Ok(bytes) => bytes,
                Err(error) if error.kind == ErrorKind::NotFound => continue,
                Err(error) if error.kind == ErrorKind::NoStore => return Err(error.into()),
                Err(error) => {
                    self.lost(listed.name, format!("{error}; `caddis repair index` makes it anew from the packs"));
                    continue;
                }
            };
            let stripes = split_object(&bytes).map_err(|error| error.to_string()).and_then(|parts| {
                if !parts.intact {
                    return Err("its checksum is wrong".to_owned());
                }
                IndexObject::decode_plain(parts.plain).map_err(|error| error.to_string())
            });
            let stripes = match stripes {
                Ok(stripes) => stripes,
                Err(cause) => {
                    self.lost(listed.name, format!("{cause}; `caddis repair index` makes it anew from the packs"));
                    continue;
                }
            };
            drop(bytes);
            for stripe in stripes {
                if self.stopped() {
                    return Ok(());
                }
                let layout = StripeLayout::from_index(&stripe);
                let new = layout.members.iter().chain(&layout.parity).any(|pack| !self.named.contains(&pack.id));
                self.named.extend(layout.members.iter().chain(&layout.parity).map(|pack| pack.id));
                let locations: HashSet<u8> = stripe.slots.iter().map(|slot| slot.location).collect();
                let is_part = locations.len() > self.places;
                self.is_part |= is_part;
                if new && is_part {
                    self.part_of_stripe(&layout)?;
                } else if new {
                    self.stripe(&layout)?;
                }
            }
        }
        Ok(())
    }

    /// Verifies the packs of a stripe that are here.
    fn part_of_stripe(&mut self, layout: &StripeLayout) -> Result<()> {
        self.report.stripes += 1;
        for pack in layout.members.iter().chain(&layout.parity) {
            let name = ObjectName::Pack(pack.id);
            let cause = match self.backend.get(&name, u64::from(pack.length)) {
                Err(error) if error.kind == ErrorKind::NotFound => {
                    self.report.elsewhere += 1;
                    continue;
                }
                Err(error) if error.kind == ErrorKind::NoStore => return Err(error.into()),
                Err(error) => Some(error.to_string()),
                Ok(bytes) if name.is_pack_of(&bytes) => None,
                Ok(_) => Some("its bytes are not those that were written".to_owned()),
            };
            self.report.packs += 1;
            self.report.bytes += u64::from(pack.length);
            if let Some(cause) = cause {
                self.lost(
                    name,
                    format!("{cause}; `caddis repair` with the password rebuilds it from the other locations"),
                );
            }
            self.monitor.event(Event::Progress { items: 1, bytes: u64::from(pack.length) });
        }
        Ok(())
    }

    fn stripe(&mut self, layout: &StripeLayout) -> Result<()> {
        self.report.stripes += 1;
        let outcomes = match rebuild(self.backend, layout) {
            Ok(outcomes) => outcomes,
            Err(error @ crate::error::Error::Damaged { .. }) => {
                self.lost(format!("Stripe {}", layout.id), error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for PackOutcome { pack, state } in outcomes {
            let name = ObjectName::Pack(pack.id);
            self.report.packs += 1;
            self.report.bytes += u64::from(pack.length);
            match state {
                PackState::Good(_) | PackState::Skipped => {}
                PackState::Rebuilt { bytes, cause } => {
                    if self.repair {
                        self.backend.replace_pack(&name, &bytes)?;
                    }
                    self.monitor.event(Event::Healed(pack.id));
                    self.rebuilt(name, cause);
                }
                PackState::Lost { cause } => self.lost(name, cause),
            }
            self.monitor.event(Event::Progress { items: 1, bytes: u64::from(pack.length) });
        }
        Ok(())
    }

    /// Packs that no intact index object names: those of stripes that a parity pack describes, and others.
    fn other_packs(&mut self) -> Result<()> {
        let mut stripes: BTreeMap<StripeId, Found> = BTreeMap::new();
        for listed in self.backend.list(Family::Packs)? {
            let ObjectName::Pack(id) = listed.name else { continue };
            if self.named.contains(&id) {
                continue;
            }
            let length = listed.size.min(BLOCK_BYTES as u64) as usize;
            let page = self.backend.get_range(&listed.name, 0, length).unwrap_or_default();
            let header = page.first_chunk::<PACK_HEADER_LEN>().and_then(|bytes| PackHeader::decode(bytes).ok());
            if let Some(header) = header {
                stripes.entry(header.stripe).or_default().data.push(id);
            } else if let Ok(page) = ParityPage::decode(&page) {
                stripes.entry(page.stripe).or_default().parity.push((id, page.row));
            } else {
                self.report.unknown_packs += 1;
            }
        }
        for (stripe, found) in stripes {
            if self.stopped() {
                return Ok(());
            }
            let Some(layout) = layout_from_parity(self.backend, stripe, &found.parity)? else {
                self.report.unknown_packs += (found.data.len() + found.parity.len()) as u64;
                continue;
            };
            let known = |id: &PackId| layout.members.iter().chain(&layout.parity).any(|pack| pack.id == *id);
            let strangers = found.data.iter().chain(found.parity.iter().map(|(id, _)| id)).filter(|id| !known(id));
            self.report.unknown_packs += strangers.count() as u64;
            if self.is_part {
                self.part_of_stripe(&layout)?;
                continue;
            }
            self.stripe(&layout)?;
            self.top_up(&layout)?;
        }
        Ok(())
    }

    /// Parity packs whose names nothing tells any more.
    fn top_up(&mut self, layout: &StripeLayout) -> Result<()> {
        for (PackRef { id, .. }, bytes) in top_up(self.backend, layout)? {
            let name = ObjectName::Pack(id);
            if !self.repair || self.backend.put_new(&name, &bytes)? == Put::Created {
                self.rebuilt(name, "it is missing");
            }
        }
        Ok(())
    }
}
