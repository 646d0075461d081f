//! Time and randomness as the engine sees them, so that a simulator can stand in for both.
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A point in time: seconds since 1970 UTC (negative before) plus nanoseconds below 10^9.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Whole seconds, rounded down.
    pub secs: i64,
    /// Nanoseconds after `secs`.
    pub nanos: u32,
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Time { secs: after.as_secs() as i64, nanos: after.subsec_nanos() },
            Err(before) => {
                let before = before.duration();
                match before.subsec_nanos() {
                    0 => Time { secs: -(before.as_secs() as i64), nanos: 0 },
                    nanos => Time { secs: -(before.as_secs() as i64) - 1, nanos: 1_000_000_000 - nanos },
                }
            }
        }
    }
}

/// Source of time and randomness.
pub trait World: Send + Sync + fmt::Debug {
    /// Wall clock; used for what people read and never for safety.
    fn now(&self) -> Time;
    /// Time since some fixed point, never going back; paces flushes and checkpoints.
    fn elapsed(&self) -> Duration;
    /// Fills `bytes` from a cryptographic generator.
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` random bytes.
pub fn random<const N: usize>(world: &dyn World) -> [u8; N] {
    let mut bytes = [0; N];
    world.fill(&mut bytes);
    bytes
}

/// The clock and the generator of the operating system.
#[derive(Debug)]
pub struct SystemWorld {
    start: Instant,
}

impl SystemWorld {
    /// Ready for use.
    pub fn new() -> Arc<dyn World> {
        Arc::new(SystemWorld { start: Instant::now() })
    }
}

impl World for SystemWorld {
    fn now(&self) -> Time {
        SystemTime::now().into()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn fill(&self, bytes: &mut [u8]) {
        // Going on without randomness would reuse keys; there is nothing sensible to return.
        getrandom::fill(bytes).expect("the operating system has a random generator");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_1970_round_down() {
        let half = UNIX_EPOCH - Duration::from_millis(1500);
        assert_eq!(Time::from(half), Time { secs: -2, nanos: 500_000_000 });
        assert_eq!(Time::from(UNIX_EPOCH - Duration::from_secs(3)), Time { secs: -3, nanos: 0 });
    }
}
