//! Limits on bytes per second.
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Lets bytes through at a rate, on average: what was sent at once is paid for by waiting before the next.
#[derive(Debug)]
pub(super) struct Pace {
    per_second: u64,
    /// When what was let through so far would have gone at that rate.
    due: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(per_second: u64) -> Self {
        Pace { per_second: per_second.max(1), due: Mutex::new(None) }
    }

    /// Returns when `bytes` more may go.
    pub(super) async fn wait(&self, bytes: u64) {
        let now = Instant::now();
        let begin = {
            let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
            let begin = due.map_or(now, |due| due.max(now));
            *due = Some(begin + Duration::from_secs_f64(bytes as f64 / self.per_second as f64));
            begin
        };
        sleep_until(begin).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_is_paid_for_by_what_comes_next() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let pace = Pace::new(1000);
            let start = Instant::now();
            pace.wait(100).await;
            pace.wait(100).await;
            pace.wait(1).await;
            assert!(start.elapsed() >= Duration::from_millis(200));
        });
    }
}
