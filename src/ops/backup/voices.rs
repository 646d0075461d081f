//! Several targets of one backup that speak to one monitor: what all of them have to say is told once.
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::monitor::{Event, Monitor};

/// Problems that are remembered; beyond these one may be told several times.
const REMEMBERED: usize = 10_000;

/// What the voices of one backup share.
pub(super) struct Choir<'m> {
    monitor: &'m dyn Monitor,
    /// Number of the target that tells what goes on.
    leader: AtomicUsize,
    told: Mutex<HashSet<(String, String)>>,
}

impl<'m> Choir<'m> {
    pub(super) fn new(monitor: &'m dyn Monitor) -> Self {
        Choir { monitor, leader: AtomicUsize::new(0), told: Mutex::default() }
    }

    /// The target that leads has failed; another one does.
    pub(super) fn lead(&self, number: usize) {
        self.leader.store(number, Ordering::Relaxed);
    }
}

/// The monitor of one target.
pub(super) struct Voice<'c> {
    choir: &'c Choir<'c>,
    number: usize,
}

impl<'c> Voice<'c> {
    pub(super) fn new(choir: &'c Choir<'c>, number: usize) -> Self {
        Voice { choir, number }
    }
}

impl Monitor for Voice<'_> {
    fn event(&self, event: Event<'_>) {
        let is_wanted = match &event {
            Event::Phase(_) | Event::Total { .. } | Event::Progress { .. } | Event::Item { .. } => {
                self.choir.leader.load(Ordering::Relaxed) == self.number
            }
            Event::Problem(problem) => {
                let mut told = self.choir.told.lock().unwrap_or_else(PoisonError::into_inner);
                told.len() >= REMEMBERED || told.insert((problem.item.clone(), problem.message.clone()))
            }
            Event::Healed(_) | Event::Note(_) | Event::Plan(_) => true,
        };
        if is_wanted {
            self.choir.monitor.event(event);
        }
    }

    fn stop(&self) -> bool {
        self.choir.monitor.stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::{Problem, Recorder};

    #[test]
    fn a_problem_of_all_targets_is_told_once() {
        let recorder = Recorder::default();
        let choir = Choir::new(&recorder);
        let voices = [Voice::new(&choir, 0), Voice::new(&choir, 1)];
        let problem = |message: &str| Problem { item: "file".to_owned(), message: message.to_owned() };
        for voice in &voices {
            voice.event(Event::Problem(&problem("unreadable")));
        }
        voices[1].event(Event::Problem(&problem("another")));
        assert_eq!(recorder.problems(), [problem("unreadable"), problem("another")]);
    }
}
