//! Tombstones: the only way by which a snapshot leaves (repo-format.md, section 9).
use super::objects::MAX_OBJECT;
use super::{Repository, Shared};
use crate::backend::{ObjectName, Put};
use crate::error::{Error, Result};
use crate::format::Tombstone;
use crate::id::SessionId;
use crate::monitor::{Event, Monitor};

impl Shared {
    /// Forgets the snapshot `sid`. Durable when it returns; one that is forgotten already stays as it is.
    ///
    /// The blobs stay until a prune has run.
    pub(super) fn bury(&self, sid: SessionId, host: &str, reason: &str, monitor: &dyn Monitor) -> Result<()> {
        let name = ObjectName::Tomb(sid);
        let tombstone = Tombstone { time: self.world.now(), host: host.to_owned(), reason: reason.to_owned() };
        let bytes = self.seal(&name, &[], &tombstone.encode())?;
        let bytes = match self.backend.put_new(&name, &bytes)? {
            Put::Created => bytes,
            // Both copies must be the same: a run that died after the first one may have made it.
            Put::Exists => self.backend.get(&name, MAX_OBJECT)?,
        };
        if let Err(error) = self.unseal(&name, &bytes) {
            monitor.event(Event::Note(&format!("{error}; `caddis repair replicas` deals with it")));
            return Ok(());
        }
        *super::lock(&self.listed) = None;
        self.seen.note([], [sid]);
        // A second copy for repair; the tombstone stands without it.
        if let Some(replica) = name.replica()
            && let Err(error) = self.backend.put_new(&replica, &bytes)
        {
            monitor.event(Event::Note(&format!("The replica of {name} could not be written: {error}")));
        }
        Ok(())
    }
}

impl Repository {
    /// Puts a tombstone on the snapshot `sid`, whether it exists or not. Durable when it returns. Its data stay until a prune has run.
    pub fn bury(&self, sid: SessionId, host: &str, reason: &str, monitor: &dyn Monitor) -> Result<()> {
        self.shared().bury(sid, host, reason, monitor)
    }

    /// Reads the tombstone of a snapshot.
    pub fn tombstone(&self, sid: SessionId, monitor: &dyn Monitor) -> Result<Tombstone> {
        let name = ObjectName::Tomb(sid);
        let opened = self.shared().read(&name, monitor)?;
        Tombstone::decode(&opened.payload).map_err(|error| Error::damaged(name, error))
    }
}
