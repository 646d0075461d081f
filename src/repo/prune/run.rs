//! The steps of a prune in their order. Any other order loses data, as the protocol model shows.
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use super::super::rules::Broken;
use super::super::session::SessionOwner;
use super::super::write::{WriteOptions, Writer};
use super::super::{Repository, Shared};
use super::live::Live;
use super::sessions::Waiting;
use super::survey::{Packs, Survey};
use crate::backend::{ErrorKind, ObjectName};
use crate::error::{Error, Result};
use crate::format::{Decision, Finished, LeftMarks};
use crate::id::{SessionId, StripeId};
use crate::monitor::{Event, Monitor, Problem};
use crate::repo::Catalog;
use crate::world::Time;

/// So often a prune looks again when others moved what it was about to copy.
const ROUNDS: u32 = 5;
/// Pause between two looks at sessions that are waited for.
const PAUSE: Duration = Duration::from_secs(5);

/// Knows what snapshots need.
pub trait NeededBlobs {
    /// All blobs that the snapshots of the catalog need, bases of delta frames included; also of snapshots that were asked for before.
    /// Calls `alive` now and then: a prune that is silent for long is taken for dead.
    fn update(&mut self, catalog: &Catalog, alive: &dyn Fn() -> Result<()>) -> Result<&Live>;
}

/// How a plan is carried out.
#[derive(Clone, Debug)]
pub struct CarryOut {
    /// Nothing is copied; stripes that hold something needed stay.
    pub delete_only: bool,
    /// Sessions that were last heard of so long ago, by the clock of the storage, are fenced.
    pub stale_after: Duration,
    /// Live sessions are waited for at most so long.
    pub wait: Duration,
    /// Nothing that is not needed is copied along with what is.
    pub wipe: bool,
}

/// What was done.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Pruned {
    pub packs_removed: u64,
    pub bytes_removed: u64,
    pub bytes_written: u64,
    pub blobs_copied: u64,
    pub index_removed: u64,
    pub unfinished_removed: u64,
    /// Packs that were to go and that locks keep; a later prune removes them.
    pub packs_locked: u64,
    pub bytes_locked: u64,
    /// When the last of these locks ends, as far as storage says so.
    pub locked_until: Option<Time>,
    pub fenced: Vec<SessionId>,
    /// Not empty: what this run has doomed, and earlier ones unless all have seen it, was not removed.
    pub waiting: Vec<Waiting>,
}

/// A prune that has announced itself and looked at everything (W1, G0).
pub struct Prune<'r> {
    pub(super) shared: &'r Shared,
    pub(super) writer: Writer<'r>,
    pub(super) sid: SessionId,
    /// As of the last look.
    pub survey: Survey,
    /// As of the first look.
    pub packs: Packs,
    /// Marks that were there at the first look, and the own one, without those that are left: what they doom may be removed by this run.
    pub(super) marks: BTreeMap<ObjectName, Vec<StripeId>>,
    /// Marks that wait for other sessions.
    left: LeftMarks,
    pub(super) done: Pruned,
}

impl Repository {
    /// Takes over what dead runs of this machine left, announces a prune and looks at everything. Without `room` what no index object names is given up.
    pub fn begin_prune(&self, owner: &SessionOwner, room: bool, monitor: &dyn Monitor) -> Result<Prune<'_>> {
        let shared = self.shared();
        let options = WriteOptions::default();
        let writer = Writer::begin_prune(self, owner.clone(), options, room, monitor)?;
        let sid = writer.session();
        let looked = (|| {
            monitor.event(Event::Phase("Reading the index"));
            let before = shared.before_survey()?;
            let survey = shared.survey(false, monitor)?;
            shared.refuse_headless()?;
            let packs = shared.packs(before, &survey, Some(sid))?;
            Ok((survey, packs))
        })();
        match looked {
            Ok((survey, packs)) => {
                let marks = survey.marks.clone();
                let (left, done) = (LeftMarks::default(), Pruned::default());
                Ok(Prune { shared, writer, sid, survey, packs, marks, left, done })
            }
            Err(error) => {
                // Nothing was written under it: as if it had never been.
                writer.leave();
                Err(error)
            }
        }
    }
}

impl Prune<'_> {
    /// Shows other prunes that this one is alive, when it is time.
    pub fn beat(&self) -> Result<()> {
        self.writer.beat()
    }

    /// Whether there are marks of runs that died, even if nothing is left of what they doomed, or packs that belong to nothing.
    pub fn has_remains(&self) -> bool {
        !self.marks.is_empty() || !self.packs.nameless.is_empty()
    }

    /// Stripes that this run may remove.
    pub(super) fn mine(&self) -> HashSet<StripeId> {
        self.marks.values().flatten().copied().collect()
    }

    /// Ends the run without having removed a pack. Stale sessions are fenced, so that the next prune can remove what they left, and what
    /// earlier runs left half done, and harms nobody, is tidied up.
    pub fn go_home(mut self, stale_after: Duration, monitor: &dyn Monitor) -> Result<Pruned> {
        let at_once = CarryOut { delete_only: true, stale_after, wait: Duration::ZERO, wipe: false };
        let tidied = self.others_have_ended(&at_once, monitor).and_then(|_| self.tidy(&BTreeSet::new(), monitor));
        // In any case, so that nobody has to wait for it.
        let ended = self.writer.abandon("there was nothing to prune", monitor);
        tidied.and(ended)?;
        let mut done = self.done;
        // Nothing waits for them.
        done.waiting.clear();
        Ok(done)
    }

    /// Ends the run after a failure, or without doing anything; nobody has to wait for it.
    pub fn give_up(self, reason: &str, monitor: &dyn Monitor) -> Result<()> {
        let (shared, sid) = (self.shared, self.sid);
        let decision = shared.read_decision(sid, monitor);
        self.writer.abandon(reason, monitor)?;
        match decision {
            Ok(_) => Err(Error::Fenced { session: sid, reason: "another prune was faster".to_owned() }),
            Err(_) => Ok(()),
        }
    }

    /// Dooms `candidates`, moves what is needed and removes the rest, in this order:
    /// mark (G2), other sessions (G3), second look (G4), copies, replacement index and decision (G5), removal (G6 to G8).
    pub fn carry_out(
        mut self,
        candidates: &[StripeId],
        options: &CarryOut,
        needed: &mut dyn NeededBlobs,
        monitor: &dyn Monitor,
    ) -> Result<Pruned> {
        let shared = self.shared;
        let broken = |rule| shared.rules.is(rule);
        let result = (|| -> Result<Option<Removal>> {
            if broken(Broken::SessionsBeforeMark) && !self.others_have_ended(options, monitor)? {
                return Ok(None);
            }
            if !candidates.is_empty() {
                self.writer.doom(candidates)?;
                self.marks.insert(ObjectName::Mark(self.sid), candidates.to_vec());
            }
            if !self.marks.is_empty() {
                // Who announces himself from now on sees the marks; everybody else shows in G3.
                shared.settle();
            }
            if !broken(Broken::SessionsBeforeMark) && !self.others_have_ended(options, monitor)? {
                return Ok(None);
            }
            for round in 0..ROUNDS {
                if !broken(Broken::NoSecondScan) {
                    self.look_again(monitor)?;
                }
                if self.survey.catalog.decisions.contains_key(&self.sid) && !broken(Broken::PruneIgnoresFence) {
                    let reason = "another prune did not wait for it".to_owned();
                    return Err(Error::Fenced { session: self.sid, reason });
                }
                let live = needed.update(&self.survey.catalog, &|| self.writer.beat())?;
                if let Some(removal) = self.prepare(live, options, round > 0, monitor)? {
                    return Ok(Some(removal));
                }
                monitor.event(Event::Note("Something moved meanwhile; looking again"));
            }
            Err(Error::Invalid(
                "Not everything that snapshots need can be found; nothing was removed. `caddis check` tells what is \
                 missing, `caddis repair` what can be done"
                    .to_owned(),
            ))
        })();
        match result {
            Ok(Some(removal)) => self.finish(removal, monitor),
            Ok(None) => {
                let mut done = std::mem::take(&mut self.done);
                self.writer.abandon_marks("other runs are under way", self.left, monitor)?;
                done.bytes_written = 0;
                Ok(done)
            }
            Err(error) => {
                // Others must not wait for it, and what it wrote is to go. Storage may be full or away: then it will be found dead.
                let reason = format!("it failed: {error}");
                if let Err(also) = self.writer.abandon(&reason, monitor) {
                    monitor.event(Event::Note(&format!("The prune could not be ended in order: {also}")));
                }
                Err(error)
            }
        }
    }

    /// G3. False if sessions go on that may not have seen any of the marks. If there are marks that all of them have seen, these alone are
    /// what this run goes on with.
    ///
    /// Who is not in the first listing has announced himself when the marks were there, and is not waited for.
    fn others_have_ended(&mut self, options: &CarryOut, monitor: &dyn Monitor) -> Result<bool> {
        let mut waited = Duration::ZERO;
        let mut first: Option<BTreeSet<SessionId>> = None;
        loop {
            self.writer.beat_now(first.iter().flatten().copied().collect())?;
            let now = match self.shared.backend.stat(&ObjectName::Session(self.sid)) {
                Ok(listed) => listed.modified,
                Err(error) if error.kind == ErrorKind::NotFound => {
                    return Err(Error::Fenced { session: self.sid, reason: "its session object is gone".to_owned() });
                }
                Err(error) => return Err(error.into()),
            };
            let mut others = self.shared.end_sessions(Some(self.sid), now, options.stale_after, monitor)?;
            self.done.fenced.append(&mut others.fenced);
            let known = first.get_or_insert_with(|| others.waiting.iter().map(|waiting| waiting.session).collect());
            self.done.waiting = others.waiting.iter().filter(|other| known.contains(&other.session)).cloned().collect();
            known.retain(|sid| self.done.waiting.iter().any(|waiting| waiting.session == *sid));
            if known.is_empty() || self.shared.rules.is(Broken::NoFence) {
                return Ok(true);
            }
            let rival = others.rival.filter(|_| !options.wait.is_zero());
            if let Some(sid) = rival {
                let note =
                    format!("Prune {} began earlier and waits for this one, which leaves the rest to it", sid.short());
                monitor.event(Event::Note(&note));
            }
            if waited >= options.wait || rival.is_some() || monitor.stop() {
                self.left.waits = known.iter().copied().collect();
                let ripe = others.ripe(&self.marks, known, self.sid);
                self.left.marks =
                    self.marks.keys().filter(|mark| !ripe.contains_key(mark)).filter_map(session_of).collect();
                if ripe.is_empty() {
                    return Ok(false);
                }
                self.marks = ripe;
                // Somebody may be about to find out what they are.
                self.packs.nameless.clear();
                return Ok(true);
            }
            if waited.is_zero() {
                monitor.event(Event::Phase("Waiting for other runs"));
            }
            self.shared.world.sleep(PAUSE);
            waited += PAUSE;
        }
    }

    /// G4.
    fn look_again(&mut self, monitor: &dyn Monitor) -> Result<()> {
        let before = (self.survey.listed.clone(), self.survey.marks.clone());
        // What the sessions have committed that have just ended must show.
        self.shared.settle();
        self.survey = self.shared.survey(true, monitor)?;
        let rules = &self.shared.rules;
        if rules.is(Broken::NoIndexRelist) {
            self.shared.refresh_index(&before.0, &self.survey.catalog, &Default::default(), monitor)?;
            self.survey.listed = before.0;
        }
        if rules.is(Broken::NoGcRelist) {
            self.survey.marks = before.1;
            *super::super::write_lock(&self.shared.doomed) = self.mine();
        }
        if rules.is(Broken::AdoptLate) {
            self.marks.extend(self.survey.marks.clone());
        }
        Ok(())
    }

    /// G5 without the decision: copies and replacements are put. `None`: not everything that is needed was found, look again.
    ///
    /// What cannot be copied `again`, after another look, is damaged: its stripes stay, doomed.
    fn prepare(
        &mut self,
        live: &Live,
        options: &CarryOut,
        again: bool,
        monitor: &dyn Monitor,
    ) -> Result<Option<Removal>> {
        let mut leaving = self.mine();
        if options.delete_only {
            let staying = self.stripes_in_use(live, &leaving)?;
            leaving.retain(|stripe| !staying.contains(stripe));
        } else {
            let stuck = self.copy(live, &leaving, options.wipe, monitor)?;
            if !stuck.is_empty() && !again {
                return Ok(None);
            }
            for stripe in stuck {
                leaving.remove(&stripe);
                let item = format!("stripe {}", stripe.short());
                let message = "Snapshots need something in it that cannot be read, so it stays; `caddis repair packs` brings back or \
                               saves what it can, and `caddis check --read-data` names the files"
                    .to_owned();
                monitor.event(Event::Problem(&Problem { item, message }));
            }
        }
        let written = self.writer.finish_packs()?;
        self.done.bytes_written = written.stored_bytes;
        self.done.blobs_copied = written.blobs.iter().sum();
        let missing = self.shared.uncovered(live, &leaving)?;
        if missing > 0 && !self.shared.rules.is(Broken::NoStop) {
            return Ok(None);
        }
        // Where nothing is copied there may be no room either.
        let retired = self.replace(&leaving, !options.delete_only, monitor)?;
        Ok(retired.map(|retired| Removal { leaving, retired }))
    }

    /// The decision (end of G5), then removal.
    fn finish(mut self, removal: Removal, monitor: &dyn Monitor) -> Result<Pruned> {
        let shared = self.shared;
        let broken = |rule| shared.rules.is(rule);
        let retired = removal.retired.iter().copied().collect();
        let seen = self.survey.not_yet_seen(&self.survey.seen());
        let decision = Decision::Pruned(Finished { time: shared.world.now(), retired, seen, left: self.left.clone() });
        if broken(Broken::DecideAfterDelete) {
            self.sweep(&removal, monitor)?;
        }
        match self.writer.decide(&decision, monitor) {
            Err(Error::Fenced { .. }) if broken(Broken::PruneIgnoresFence) => {}
            other => drop(other?),
        }
        if !broken(Broken::DecideAfterDelete) {
            self.sweep(&removal, monitor)?;
        }
        let done = std::mem::take(&mut self.done);
        self.writer.close();
        Ok(done)
    }
}

fn session_of(mark: &ObjectName) -> Option<SessionId> {
    match mark {
        ObjectName::Mark(sid) => Some(*sid),
        _ => None,
    }
}

/// What goes once the prune is decided.
pub(super) struct Removal {
    pub leaving: HashSet<StripeId>,
    pub retired: BTreeSet<crate::format::IndexName>,
}
