//! Reads packs for a check, those first that were not verified for the longest time, and remembers what was sound.
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::check_packs::{Inspection, Remedy, Severity};
use super::verified::{Verified, oldest_first};
use super::verify_pack::{Verdict, WrongFrame, judge, read_pack};
use super::{lock, read_lock};
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::format::{IndexObject, SlotEntry, StripeEntry};
use crate::id::PackId;
use crate::monitor::{Event, Monitor, Silent};
use crate::world::Time;

/// The memory is written so often, so that a check that is killed has not been in vain.
const SAVE_EVERY: Duration = Duration::from_secs(300);

/// What was found out since the check began.
struct Notes {
    verified: Verified,
    /// All packs count as verified when the check began: so they keep together, and never seem fresher than they are.
    began: Time,
    good: HashSet<PackId>,
    bad: HashSet<PackId>,
    /// Good, as soon as the frames have been decoded that wait for their bases.
    waiting: HashSet<PackId>,
    saved: Duration,
}

impl Inspection<'_> {
    /// Reads packs, compares them with their names, opens all their frames and compares these with the index. Two packs at a time. One that
    /// reads badly is read once more before it is called damaged.
    ///
    /// Begins with those whose last verification is the longest ago, by what is remembered on this machine, and ends in order when
    /// [`crate::world::World::elapsed`] comes to `until`. What was sound is remembered, also if the monitor asks to stop.
    pub fn read_packs(&mut self, mut packs: Vec<PackId>, until: Option<Duration>, monitor: &dyn Monitor) -> Result<()> {
        let shared = self.shared();
        packs.retain(|pack| self.packs.contains_key(pack));
        let bytes = packs.iter().map(|pack| self.length(pack)).sum();
        monitor.event(Event::Phase("Reading packs"));
        monitor.event(Event::Total { items: packs.len() as u64, bytes, complete: true });
        let verified = shared.verified();
        oldest_first(&verified, &self.packs, &self.delta_packs, &mut packs);
        let (began, saved) = (shared.world.now(), shared.world.elapsed());
        let (good, bad, waiting) = Default::default();
        let mut notes = Notes { verified, began, good, bad, waiting, saved };
        let result =
            self.read_in_order(&packs, until, &mut notes, monitor).and_then(|()| self.decode_rest(&mut notes, monitor));
        self.remember(&mut notes, monitor);
        let read = notes.good.len() + notes.bad.len();
        self.packs_left = packs.len().saturating_sub(read) as u64;
        let is_left = |pack: &&PackId| !notes.good.contains(*pack) && !notes.bad.contains(*pack);
        self.bytes_left = packs.iter().filter(is_left).map(|pack| self.length(pack)).sum();
        result
    }

    fn length(&self, pack: &PackId) -> u64 {
        self.packs.get(pack).map_or(0, |(length, _)| u64::from(*length))
    }

    fn remember(&self, notes: &mut Notes, monitor: &dyn Monitor) {
        notes.saved = self.shared().world.elapsed();
        notes.verified.update(notes.began, &notes.good, &notes.bad, self.packs.keys());
        if let Err(error) = notes.verified.save() {
            monitor.event(Event::Note(&format!("What was verified could not be remembered: {error}")));
        }
    }

    fn read_in_order(
        &mut self,
        packs: &[PackId],
        until: Option<Duration>,
        notes: &mut Notes,
        monitor: &dyn Monitor,
    ) -> Result<()> {
        let shared = self.shared();
        // With little time nothing that is begun is left for later.
        let may_wait = until.is_none();
        let time_is_up = || until.is_some_and(|until| shared.world.elapsed() >= until);
        let mut rest = packs;
        while let Some(first) = rest.first() {
            // A run of packs that one index object names.
            let object_of = |pack: &PackId| self.packs.get(pack).map(|(_, object)| *object);
            let number = object_of(first);
            let (group, others) = rest.split_at(rest.iter().take_while(|pack| object_of(pack) == number).count());
            rest = others;
            if time_is_up() {
                break;
            }
            let name = number.and_then(|number| self.index.get(number as usize).copied());
            let Some(name) = name else { continue };
            if let Some(object) = self.index_object(name)? {
                self.read_group(&object, group, (&time_is_up, may_wait), notes, monitor)?;
            }
            if shared.world.elapsed().saturating_sub(notes.saved) >= SAVE_EVERY {
                self.remember(notes, monitor);
            }
        }
        Ok(())
    }

    /// Reads those packs of an index object that are in `group`.
    fn read_group(
        &mut self,
        object: &IndexObject,
        group: &[PackId],
        (time_is_up, may_wait): (&(dyn Fn() -> bool + Sync), bool),
        notes: &mut Notes,
        monitor: &dyn Monitor,
    ) -> Result<()> {
        let shared = self.shared();
        let deferred = &self.deferred;
        let mut wanted: HashSet<&PackId> = group.iter().collect();
        let doomed = read_lock(&shared.doomed).clone();
        let stripes = object.stripes.iter().filter(|stripe| !doomed.contains(&stripe.id));
        let slots = stripes.flat_map(|stripe| stripe.slots.iter().map(move |slot| (stripe, slot)));
        let jobs: Vec<(&StripeEntry, &SlotEntry)> = slots.filter(|(_, slot)| wanted.remove(&slot.pack)).collect();
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::new());
        let work = || -> Result<()> {
            while let Some((stripe, slot)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                if monitor.stop() || time_is_up() {
                    break;
                }
                let verdict = read_pack(shared, stripe, slot, deferred, may_wait)?;
                monitor.event(Event::Progress { items: 1, bytes: slot.length.into() });
                lock(&results).push((*stripe, *slot, verdict));
            }
            Ok(())
        };
        let done = by_two(work);
        for (stripe, slot, (verdict, wrong)) in results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()) {
            match verdict {
                Verdict::Good => notes.good.insert(slot.pack),
                Verdict::Waiting => notes.waiting.insert(slot.pack),
                _ => notes.bad.insert(slot.pack),
            };
            self.judge(stripe, slot, verdict)?;
            self.find_wrong(wrong, notes);
        }
        done?;
        if monitor.stop() { Err(Error::Stopped { checkpoint: None }) } else { Ok(()) }
    }

    /// Decodes frames whose bases are in no pack that was read.
    fn decode_rest(&mut self, notes: &mut Notes, monitor: &dyn Monitor) -> Result<()> {
        let shared = self.shared();
        let deferred = &self.deferred;
        let results = Mutex::new(Vec::new());
        by_two(|| {
            while !monitor.stop()
                && let Some(ready) = deferred.next()
            {
                let wrong = judge(shared, ready);
                lock(&results).extend(wrong);
            }
            Ok(())
        })?;
        if monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        self.find_wrong(results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()), notes);
        let sound = std::mem::take(&mut notes.waiting);
        notes.good.extend(sound.difference(&notes.bad));
        Ok(())
    }

    fn judge(&mut self, stripe: &StripeEntry, slot: &SlotEntry, verdict: Verdict) -> Result<()> {
        if !matches!(verdict, Verdict::Missing) {
            self.packs_read += 1;
            self.bytes_read += u64::from(slot.length);
        }
        match verdict {
            Verdict::Good | Verdict::Waiting => {}
            Verdict::Damaged | Verdict::Missing => {
                // A prune may have removed it since the index was listed.
                self.shared().refresh_for_reading(&Silent)?;
                self.examine(&self.layout(stripe)?)?;
            }
            Verdict::WrongFrames(frames) => {
                frames.into_iter().for_each(|(number, cause)| self.find_wrong_frame((slot.pack, number, cause)));
            }
        }
        Ok(())
    }

    /// Frames that have waited, and are not what they should be.
    fn find_wrong(&mut self, frames: Vec<WrongFrame>, notes: &mut Notes) {
        for frame in frames {
            notes.bad.insert(frame.0);
            self.find_wrong_frame(frame);
        }
    }

    fn find_wrong_frame(&mut self, (pack, number, cause): WrongFrame) {
        self.remedies.extend([Remedy::Packs, Remedy::Backup]);
        self.bad_frames.insert((pack, number));
        let message =
            format!("{cause}, though its bytes are those that were written; `caddis repair packs` gives it up");
        self.find(Severity::Lost, ObjectName::Pack(pack), message);
    }
}

/// Does the same in two threads.
fn by_two(work: impl Fn() -> Result<()> + Sync) -> Result<()> {
    std::thread::scope(|scope| {
        let other = scope.spawn(&work);
        let own = work();
        let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        own.and(other)
    })
}
