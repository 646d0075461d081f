//! How quickly each place answers, as measured in this run: where several places have the same, the quickest is asked.
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::{Listed, ObjectName};

/// Answers up to this size tell how long a place takes to answer at all, longer ones how much comes in a second.
const SMALL: usize = 16 << 10;
/// How much the last answer counts against all before.
const WEIGHT: f64 = 0.25;
/// What is believed of a place that was not asked yet: seconds until it answers, and for each byte.
const NEAR: (f64, f64) = (0.0005, 1e-9);
const FAR: (f64, f64) = (0.01, 5e-8);

/// Something that was read.
pub(super) trait Answer {
    /// Its bytes, where their number says something about the place.
    fn bytes(&self) -> Option<usize>;
}

impl Answer for Vec<u8> {
    fn bytes(&self) -> Option<usize> {
        Some(self.len())
    }
}

impl Answer for Vec<Listed> {
    fn bytes(&self) -> Option<usize> {
        None
    }
}

impl Answer for Listed {
    fn bytes(&self) -> Option<usize> {
        Some(size_of::<ObjectName>())
    }
}

/// Moving averages.
#[derive(Debug, Default)]
pub(super) struct Speed(Mutex<Measured>);

#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    wait: Option<f64>,
    per_byte: Option<f64>,
}

fn average(old: Option<f64>, new: f64) -> Option<f64> {
    Some(old.map_or(new, |old| old + (new - old) * WEIGHT))
}

impl Speed {
    /// An answer came.
    pub(super) fn note(&self, took: Duration, bytes: usize) {
        let mut measured = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let took = took.as_secs_f64();
        if bytes <= SMALL {
            measured.wait = average(measured.wait, took);
        } else {
            let wait = measured.wait.unwrap_or(0.0).min(took);
            measured.per_byte = average(measured.per_byte, (took - wait) / bytes as f64);
        }
    }

    /// How long so many bytes would take.
    pub(super) fn estimate(&self, bytes: usize, is_remote: bool) -> Duration {
        let measured = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (wait, per_byte) = if is_remote { FAR } else { NEAR };
        // One that was measured in one way only is not slower in the other than is believed of its kind.
        let wait = measured.wait.unwrap_or(if measured.per_byte.is_some() { 0.0 } else { wait });
        Duration::from_secs_f64((wait + measured.per_byte.unwrap_or(per_byte) * bytes as f64).clamp(0.0, 3_600.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_as_quick_as_it_was_lately() {
        let (quick, slow) = (Speed::default(), Speed::default());
        for _ in 0..20 {
            quick.note(Duration::from_millis(2), 100);
            slow.note(Duration::from_millis(80), 100);
        }
        assert!(quick.estimate(1_000, true) < slow.estimate(1_000, true));
        // What answers soon and sends slowly is the worse for large objects.
        quick.note(Duration::from_secs(10), 1 << 20);
        slow.note(Duration::from_millis(100), 1 << 20);
        assert!(quick.estimate(1 << 20, true) > slow.estimate(1 << 20, true));
        for _ in 0..40 {
            quick.note(Duration::from_secs(1), 100);
        }
        assert!(quick.estimate(100, true) > slow.estimate(100, true));
    }

    #[test]
    fn what_was_never_asked_is_believed_to_be_like_its_kind() {
        let new = Speed::default();
        assert!(new.estimate(1_000, false) < new.estimate(1_000, true));
        let measured = Speed::default();
        measured.note(Duration::from_millis(200), 10);
        assert!(measured.estimate(1_000, true) > new.estimate(1_000, true), "the other is tried then");
    }
}
