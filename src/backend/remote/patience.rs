//! Tells that a place is being waited for, so that nobody takes it for one that hangs.
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Shorter waits are nobody's business.
const SHORTEST: Duration = Duration::from_secs(1);
/// Between two messages.
const PAUSE: Duration = Duration::from_secs(15);

type Listener = Box<dyn Fn(&str) + Send + Sync>;

/// See above.
#[derive(Default)]
pub(super) struct Patience {
    listener: OnceLock<Listener>,
    told: Mutex<Option<Instant>>,
}

impl Patience {
    pub(super) fn listen(&self, listener: Listener) {
        // Whoever was first knows it already.
        let _ = self.listener.set(listener);
    }

    /// Something is tried again after `delay`.
    pub(super) fn tell(&self, delay: Duration, trouble: impl FnOnce() -> String) {
        let Some(listener) = self.listener.get().filter(|_| delay >= SHORTEST) else { return };
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.is_some_and(|told| told.elapsed() < PAUSE) {
                return;
            }
            *told = Some(Instant::now());
        }
        listener(&trouble());
    }
}
