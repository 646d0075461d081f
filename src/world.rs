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

/// A process of this machine, told apart from later ones with the same number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessIdentity {
    /// The same for as long as the operating system is installed; empty where the system does not tell.
    pub machine: Vec<u8>,
    /// Changes with every boot.
    pub boot: Vec<u8>,
    /// Process id.
    pub pid: u32,
    /// Start of the process in ticks since boot.
    pub start: u64,
}

/// Source of time and randomness, and of what runs on this machine.
pub trait World: Send + Sync + fmt::Debug {
    /// Wall clock; used for what people read and never for safety.
    fn now(&self) -> Time;
    /// Time since some fixed point, never going back; paces flushes and checkpoints.
    fn elapsed(&self) -> Duration;
    /// Lets time pass.
    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
    /// Fills `bytes` from a cryptographic generator.
    fn fill(&self, bytes: &mut [u8]);
    /// This process.
    fn process(&self) -> ProcessIdentity;
    /// Whether a process still runs. When in doubt, and for a process of another machine: true.
    fn is_running(&self, process: &ProcessIdentity) -> bool;
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
    pub fn new() -> Arc<Self> {
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

    fn process(&self) -> ProcessIdentity {
        let pid = std::process::id();
        ProcessIdentity { machine: machine_id(), boot: boot_id(), pid, start: process_start(pid).unwrap_or(0) }
    }

    fn is_running(&self, process: &ProcessIdentity) -> bool {
        process.machine != machine_id()
            || process.boot == boot_id() && process_start(process.pid).is_some_and(|start| start == process.start)
    }
}

/// Empty where the system does not tell.
fn machine_id() -> Vec<u8> {
    std::fs::read("/etc/machine-id").map(|id| id.trim_ascii().to_vec()).unwrap_or_default()
}

/// Empty where the system does not tell.
fn boot_id() -> Vec<u8> {
    std::fs::read("/proc/sys/kernel/random/boot_id").map(|id| id.trim_ascii().to_vec()).unwrap_or_default()
}

/// Start time of a running process: field 22 of its stat line, counted behind the name, which may hold anything.
fn process_start(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    // A zombie has ended; only its parent has not looked yet.
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_and_another_start_does_not() {
        let world = SystemWorld::new();
        let own = world.process();
        assert!(own.start > 0 && world.is_running(&own));
        assert!(!world.is_running(&ProcessIdentity { start: own.start - 1, ..own.clone() }));
        assert!(!world.is_running(&ProcessIdentity { boot: b"another".to_vec(), ..own.clone() }));
        assert!(world.is_running(&ProcessIdentity { machine: b"another".to_vec(), ..own }));
    }

    #[test]
    fn times_before_1970_round_down() {
        let half = UNIX_EPOCH - Duration::from_millis(1500);
        assert_eq!(Time::from(half), Time { secs: -2, nanos: 500_000_000 });
        assert_eq!(Time::from(UNIX_EPOCH - Duration::from_secs(3)), Time { secs: -3, nanos: 0 });
    }
}
