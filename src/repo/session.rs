//! Sessions: heartbeat, decision, fence (protocol steps W1, W5, W6; repo-format.md, section 9).
use std::time::Duration;

use super::Shared;
use super::rules::Broken;
use crate::backend::{BackendError, ErrorKind, ObjectName, Put};
use crate::error::{Error, Result};
use crate::format::{Decision, Fence, LeftMarks, Session as SessionObject};
use crate::id::SessionId;
use crate::monitor::{Event, Monitor};
use crate::world::{ProcessIdentity, random};

/// How often the session object is written anew. Prune calls a session stale after 30 minutes.
const HEARTBEAT: Duration = Duration::from_secs(300);
/// Attempts to learn the outcome of a commit whose answer was lost.
const READ_BACKS: u32 = 5;

/// Who opens a session; kept in its object so that a later run can tell whose it was.
#[derive(Clone, Debug, Default)]
pub struct SessionOwner {
    /// Host name.
    pub host: String,
    /// Series label, if the run has one.
    pub label: Option<String>,
    /// The process.
    pub process: ProcessIdentity,
}

/// An undecided session.
pub(super) struct Session {
    pub sid: SessionId,
    object: SessionObject,
    last_beat: Duration,
}

impl Session {
    /// W1: announces a new session.
    pub(super) fn open(shared: &Shared, owner: &SessionOwner) -> Result<Session> {
        Session::announce(shared, owner, None)
    }

    /// W1 of a prune: others can tell that it is one.
    pub(super) fn open_prune(shared: &Shared, owner: &SessionOwner) -> Result<Session> {
        Session::announce(shared, owner, Some(Vec::new()))
    }

    fn announce(shared: &Shared, owner: &SessionOwner, waits: Option<Vec<SessionId>>) -> Result<Session> {
        let sid = SessionId(random(&*shared.world));
        let object = SessionObject {
            counter: 0,
            host: owner.host.clone(),
            label: owner.label.clone().unwrap_or_default(),
            boot_id: owner.process.boot.clone(),
            pid: owner.process.pid,
            process_start: owner.process.start,
            program: super::PROGRAM.to_owned(),
            config: shared.config.number,
            started: shared.world.now(),
            machine: owner.process.machine.clone(),
            waits,
        };
        let mut session = Session { sid, object, last_beat: shared.world.elapsed() };
        session.write(shared)?;
        shared.settle();
        Ok(session)
    }

    fn write(&mut self, shared: &Shared) -> Result<()> {
        let name = ObjectName::Session(self.sid);
        let bytes = shared.seal(&name, &[], &self.object.encode())?;
        shared.backend.put_session(&name, &bytes)?;
        self.object.counter += 1;
        self.last_beat = shared.world.elapsed();
        Ok(())
    }

    /// Writes the heartbeat.
    pub(super) fn beat_now(&mut self, shared: &Shared) -> Result<()> {
        self.write(shared)
    }

    /// Writes the heartbeat if it is due.
    pub(super) fn beat(&mut self, shared: &Shared) -> Result<()> {
        if shared.world.elapsed().saturating_sub(self.last_beat) >= HEARTBEAT { self.write(shared) } else { Ok(()) }
    }

    /// W5: decides this session. Everything it relies on must be durable.
    pub(super) fn decide(&self, shared: &Shared, decision: &Decision, monitor: &dyn Monitor) -> Result<()> {
        let broken = |rule| shared.rules.is(rule);
        // The look: prune removes session objects only after it fenced the session.
        match shared.backend.stat(&ObjectName::Session(self.sid)) {
            Err(BackendError { kind: ErrorKind::NotFound, .. }) if !broken(Broken::NoLook) => {
                return Err(self.fenced(shared, "its session object is gone".to_owned(), monitor));
            }
            Err(error) if error.kind != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        };
        let name = ObjectName::Snapshot(self.sid);
        // A fence whose original was lost is still one.
        match shared.backend.stat(&ObjectName::ReplicaSnapshot(self.sid)) {
            Ok(_) if !broken(Broken::NoLook) => {
                return Err(self.fenced(shared, "its decision is there".to_owned(), monitor));
            }
            Err(error) if error.kind != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        if broken(Broken::EndSessionBeforeCommit) {
            self.remove_object(shared);
        }
        // What was listed before does not have this one.
        *super::lock(&shared.listed) = None;
        let bytes = shared.seal(&name, &[], &decision.encode())?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            match shared.backend.put_new(&name, &bytes) {
                Ok(Put::Created) => break,
                Ok(Put::Exists) if broken(Broken::CommitOverwrites) => shared.backend.delete(&name)?,
                // Ours may have arrived although its answer got lost.
                Ok(Put::Exists) => match shared.backend.get(&name, super::objects::MAX_OBJECT) {
                    Ok(there) if there == bytes => break,
                    Ok(_) => return Err(self.fenced(shared, "fenced".to_owned(), monitor)),
                    Err(error) if attempt < READ_BACKS => drop(error),
                    Err(error) => return Err(error.into()),
                },
                Err(_) if broken(Broken::TimeoutIsSuccess) => break,
                Err(error) if broken(Broken::UnknownEndsSession) => {
                    self.remove_object(shared);
                    return Err(error.into());
                }
                Err(error) if attempt < READ_BACKS && error.kind == ErrorKind::Other => drop(error),
                Err(error) => return Err(error.into()),
            }
        }
        shared.seen.note([self.sid], []);
        // A second copy for repair; the decision stands without it.
        if let Some(replica) = name.replica()
            && let Err(error) = shared.backend.put_new(&replica, &bytes)
        {
            monitor.event(Event::Note(&format!("The replica of {name} could not be written: {error}")));
        }
        Ok(())
    }

    fn fenced(&self, shared: &Shared, otherwise: String, monitor: &dyn Monitor) -> Error {
        let reason = match shared.read_decision(self.sid, monitor) {
            Ok(Decision::Fence(fence)) => fence.reason,
            _ => otherwise,
        };
        Error::Fenced { session: self.sid, reason }
    }

    /// W6: removes the session object of a decided session. A failure leaves litter that prune removes.
    pub(super) fn close(self, shared: &Shared) {
        self.remove_object(shared);
    }

    fn remove_object(&self, shared: &Shared) {
        drop(shared.backend.delete(&ObjectName::Session(self.sid)));
    }

    /// Says in the next heartbeats whom this prune waits for.
    pub(super) fn waits_for(&mut self, sessions: Vec<SessionId>) {
        self.object.waits = Some(sessions);
    }

    /// Ends a session that shall not count: nothing of it is referenced by anybody. A prune says what marks it leaves to a later one.
    pub(super) fn abandon(self, shared: &Shared, reason: &str, left: LeftMarks, monitor: &dyn Monitor) -> Result<()> {
        let fence = Fence { by: self.sid, reason: reason.to_owned(), kept: Vec::new(), left };
        self.decide(shared, &Decision::Fence(fence), monitor)?;
        self.close(shared);
        Ok(())
    }
}

impl Shared {
    /// What a session object says; `None` if it cannot be read: sessions are advisory.
    pub(super) fn read_session(&self, sid: SessionId) -> Option<SessionObject> {
        let name = ObjectName::Session(sid);
        let bytes = self.backend.get(&name, super::objects::MAX_OBJECT).ok()?;
        SessionObject::decode(&self.unseal(&name, &bytes).ok()?.payload).ok()
    }

    /// A decision whose original is lost is still one: it must not be overruled by a fence.
    pub(super) fn is_decided(&self, sid: SessionId) -> Result<bool> {
        for name in [ObjectName::Snapshot(sid), ObjectName::ReplicaSnapshot(sid)] {
            match self.backend.stat(&name) {
                Ok(_) => return Ok(true),
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }
}
