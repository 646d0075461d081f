//! Sessions that run beside a prune: they are left to finish, or fenced when they are stale or dead (G3).
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::rules::Broken;
use super::super::{Repository, Shared};
use crate::backend::{Family, Listed, ObjectName, Put};
use crate::error::Result;
use crate::format::{Decision, Fence, IndexName, LeftMarks, Session as SessionObject};
use crate::id::{SessionId, StripeId};
use crate::monitor::{Event, Monitor};
use crate::world::Time;

/// A session that a prune waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Waiting {
    pub session: SessionId,
    pub host: String,
    pub label: String,
    /// Since it was last heard of, by the clock of the storage.
    pub idle: Duration,
}

/// What became of the sessions that were under way.
#[derive(Debug, Default)]
pub(super) struct Others {
    pub waiting: Vec<Waiting>,
    pub fenced: Vec<SessionId>,
    /// Prunes among those waited for.
    pub prunes: BTreeSet<SessionId>,
    /// One of them that waits for this one, and began earlier.
    pub rival: Option<SessionId>,
    /// What prunes have said of marks that they left.
    pub left: Vec<LeftMarks>,
}

impl Others {
    /// Marks among these that nobody can have missed who is undecided still: some prune has listed sessions when they were there, and those
    /// that were undecided then have ended.
    ///
    /// None if a prune is among `known`, who are waited for: it may be about to say in its index that a stripe stays which is in one of them.
    pub(super) fn ripe(
        &self,
        marks: &BTreeMap<ObjectName, Vec<StripeId>>,
        known: &BTreeSet<SessionId>,
        own: SessionId,
    ) -> BTreeMap<ObjectName, Vec<StripeId>> {
        if !self.prunes.is_disjoint(known) {
            return BTreeMap::new();
        }
        let open: BTreeSet<SessionId> = self.waiting.iter().map(|waiting| waiting.session).chain([own]).collect();
        let over = self.left.iter().filter(|left| !left.waits.iter().any(|sid| open.contains(sid)));
        let covered: BTreeSet<ObjectName> =
            over.flat_map(|left| &left.marks).map(|sid| ObjectName::Mark(*sid)).collect();
        marks.iter().filter(|(mark, _)| covered.contains(mark)).map(|(mark, doomed)| (*mark, doomed.clone())).collect()
    }
}

impl Shared {
    /// Lists sessions and fences those that are stale or dead; none if there is no own one. `now` is the storage's time of something that was just
    /// put.
    pub(super) fn end_sessions(
        &self,
        own: Option<SessionId>,
        now: Time,
        stale_after: Duration,
        monitor: &dyn Monitor,
    ) -> Result<Others> {
        let mut others = Others::default();
        if self.rules.is(Broken::IgnoreSessions) {
            return Ok(others);
        }
        let listed = self.backend.list(Family::Sessions)?;
        // Listed after the sessions, so that one that ended meanwhile is known to have ended; replicas stand in for lost decisions.
        let catalog = self.catalog(monitor)?;
        let left = catalog.decisions.values().filter_map(|decision| match decision.as_ref() {
            Decision::Fence(Fence { left, .. }) => Some(left),
            Decision::Pruned(finished) => Some(&finished.left),
            _ => None,
        });
        others.left.extend(left.filter(|left| !left.is_empty()).cloned());
        for Listed { name, modified, .. } in listed {
            let ObjectName::Session(sid) = name else { continue };
            let overwrites = self.rules.is(Broken::FenceOverwrites);
            if Some(sid) == own
                || catalog.unreadable.contains(&sid)
                || catalog.decisions.contains_key(&sid) && !overwrites
            {
                continue;
            }
            let session = self.read_session(sid);
            let idle = since(modified, now);
            let process = session.as_ref().map(SessionObject::process);
            // Sessions of this very process are left over from an attempt that failed.
            let dead = process.is_some_and(|process| {
                process == self.world.process() || !process.machine.is_empty() && !self.world.is_running(&process)
            });
            if !dead && idle < stale_after {
                // One that cannot be read might be anything.
                let waits = session.as_ref().map_or(Some(&[][..]), |session| session.waits.as_deref());
                others.prunes.extend(waits.map(|_| sid));
                let started = session.as_ref().map(|session| session.started);
                if let Some(own) = own
                    && waits.is_some_and(|waits| waits.contains(&own))
                    && self.read_session(own).is_some_and(|me| (started, sid) < (Some(me.started), own))
                {
                    others.rival = Some(sid);
                }
                let SessionObject { host, label, .. } = session.unwrap_or_default();
                others.waiting.push(Waiting { session: sid, host, label, idle });
                continue;
            }
            let Some(own) = own.filter(|_| !self.rules.is(Broken::NoFence)) else { continue };
            let reason = match dead {
                true => "its process had ended".to_owned(),
                false => format!("it was not heard of for {} minutes", idle.as_secs() / 60),
            };
            if self.fence(sid, own, format!("{reason}; a prune ended it"))? {
                monitor.event(Event::Note(&format!("Ended session {} because {reason}", sid.short())));
                others.fenced.push(sid);
            }
        }
        Ok(others)
    }

    /// True if the fence is what decided the session.
    fn fence(&self, sid: SessionId, own: SessionId, reason: String) -> Result<bool> {
        let mut kept = Vec::new();
        if self.rules.is(Broken::FenceKeepsAll) {
            let numbers = (0..8).chain(super::REPLACEMENTS..super::REPLACEMENTS + 8);
            kept.extend(numbers.map(|number| IndexName { session: sid, number }));
        }
        let name = ObjectName::Snapshot(sid);
        if self.is_decided(sid)? && !self.rules.is(Broken::FenceOverwrites) {
            return Ok(false);
        }
        if self.rules.is(Broken::FenceOverwrites) {
            self.backend.delete(&name)?;
            super::super::lock(&self.decisions).remove(&sid);
        }
        let bytes = self.seal(
            &name,
            &[],
            &Decision::Fence(Fence { by: own, reason, kept, left: LeftMarks::default() }).encode(),
        )?;
        Ok(self.create(&name, &bytes)? == Put::Created)
    }
}

impl Repository {
    /// Sessions that a prune would wait for. Nothing is put, so the own clock stands in for that of the storage.
    pub fn sessions_under_way(&self, stale_after: Duration, monitor: &dyn Monitor) -> Result<Vec<Waiting>> {
        let shared = self.shared();
        Ok(shared.end_sessions(None, shared.world.now(), stale_after, monitor)?.waiting)
    }
}

/// Time between two times of one clock; none if it went back.
fn since(earlier: Time, later: Time) -> Duration {
    let nanos = |time: Time| i128::from(time.secs) * 1_000_000_000 + i128::from(time.nanos);
    u64::try_from(nanos(later) - nanos(earlier)).map_or(Duration::ZERO, Duration::from_nanos)
}
