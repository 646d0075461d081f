//! One of several places, and what is known of it.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::super::{Backend, BackendError, ErrorKind, Family};
use super::speed::Speed;

/// A place among several.
#[derive(Clone, Debug)]
pub struct Member {
    /// From 1; see [`super::Spread::put_pack_at`].
    pub number: u8,
    /// As it is told to users.
    pub place: String,
    /// Bytes of packs that it takes at most.
    pub capacity: Option<u64>,
    /// See [`super::Spread::deal`].
    pub priority: u8,
    /// The place; or why it cannot be reached.
    pub backend: Result<Arc<dyn Backend>, String>,
}

/// What became of a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberState {
    /// Of the place.
    pub number: u8,
    /// As it is told to users.
    pub place: String,
    /// Why it cannot be used, if it cannot.
    pub away: Option<String>,
    /// It takes no more packs.
    pub is_full: bool,
    /// Packs that were meant for it and were put elsewhere.
    pub packs_elsewhere: u64,
    /// Other objects that it lacks, or still has, because it could not be reached.
    pub objects_behind: u64,
}

/// A member at work. What went away stays away until the end of the run: a place that comes and goes would be asked again and again.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) member: Member,
    state: Mutex<MemberState>,
    used: OnceLock<AtomicU64>,
    pub(super) speed: Speed,
    /// Packs that were put there, as far as they are durable only after a barrier, and how many of them are.
    puts: AtomicU64,
    durable: AtomicU64,
}

impl Place {
    pub(super) fn new(member: Member) -> Self {
        let away = member.backend.as_ref().err().cloned();
        let state = MemberState { number: member.number, place: member.place.clone(), away, ..MemberState::default() };
        let (puts, durable, speed) = Default::default();
        Place { member, state: Mutex::new(state), used: OnceLock::new(), speed, puts, durable }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, MemberState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place, if it can be reached.
    pub(super) fn up(&self) -> Option<&dyn Backend> {
        let backend = self.member.backend.as_ref().ok()?;
        self.state().away.is_none().then_some(&**backend)
    }

    pub(super) fn set_away(&self, cause: String) {
        self.state().away.get_or_insert(cause);
    }

    /// Whether an error means that the place as a whole cannot be reached. Storage that answers is asked for its config once more.
    pub(super) fn is_gone(&self, error: &BackendError) -> bool {
        let gone = match error.kind {
            ErrorKind::NoStore => true,
            ErrorKind::Other | ErrorKind::PermissionDenied => {
                self.up().is_none_or(|backend| backend.list(Family::Config).is_err())
            }
            _ => false,
        };
        if gone {
            self.set_away(error.to_string());
        }
        gone
    }

    /// What a failed write means for the rest of the run.
    pub(super) fn failed_to_write(&self, error: &BackendError) {
        match error.kind {
            ErrorKind::OutOfSpace => self.state().is_full = true,
            _ => self.set_away(error.to_string()),
        }
    }

    /// Whether it may be given packs.
    pub(super) fn takes_packs(&self) -> bool {
        self.takes(1)
    }

    /// Whether it may be given so many bytes of packs. One that may not is full from then on.
    pub(super) fn takes(&self, bytes: u64) -> bool {
        if self.room().is_some_and(|room| room < bytes) {
            self.state().is_full = true;
        }
        self.up().is_some() && !self.state().is_full
    }

    /// Bytes of packs that it may be given, if that is limited. Lists its packs the first time.
    pub(super) fn room(&self) -> Option<u64> {
        let (capacity, backend) = (self.member.capacity?, self.up()?);
        let used = self.used.get_or_init(|| {
            let listed = backend.list(Family::Packs).unwrap_or_default();
            AtomicU64::new(listed.iter().map(|listed| listed.size).sum())
        });
        Some(capacity.saturating_sub(used.load(Ordering::Relaxed)))
    }

    /// Makes packs durable. A place that goes away meanwhile is left out; if packs may be lost with it, that is an error.
    pub(super) fn barrier(&self, backend: &dyn Backend) -> Result<(), BackendError> {
        // What is put meanwhile may have come too late.
        let puts = self.puts.load(Ordering::SeqCst);
        match backend.barrier() {
            Ok(()) => drop(self.durable.fetch_max(puts, Ordering::SeqCst)),
            Err(error) if self.durable.load(Ordering::SeqCst) < puts => return Err(error),
            Err(error) => self.set_away(error.to_string()),
        }
        Ok(())
    }

    /// An error if the place went away with packs that had not become durable: they may be lost.
    pub(super) fn refuse_lost(&self) -> Result<(), BackendError> {
        if self.up().is_some() || self.durable.load(Ordering::SeqCst) >= self.puts.load(Ordering::SeqCst) {
            return Ok(());
        }
        let mut error = BackendError::new(ErrorKind::Away, "make everything durable in", &self.member.place);
        let cause = self.state().away.clone().unwrap_or_default();
        let advice = "packs that were put there may be lost; run the command again, it goes on without this location";
        error.source = Some(std::io::Error::other(format!("{cause}; {advice}")));
        Err(error)
    }

    pub(super) fn took(&self, bytes: usize) {
        // Storage that is far away has acknowledged them.
        if self.member.backend.as_ref().is_ok_and(|backend| !backend.is_remote()) {
            self.puts.fetch_add(1, Ordering::SeqCst);
        }
        self.holds_more(bytes);
    }

    /// Packs came there, and are durable.
    pub(super) fn holds_more(&self, bytes: usize) {
        if let Some(used) = self.used.get() {
            used.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }
}
