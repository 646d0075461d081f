//! What happens while files are read, on its way to the monitor: requests are served by threads that outlive any caller.
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::id::PackId;
use crate::monitor::{Event, Monitor, Problem};

/// What waits to be told, at most; the monitor is quick.
const WAITING: usize = 4096;
/// Different problems that are remembered, so that the same one is told once.
const REMEMBERED: usize = 16 * 1024;

/// An event that owns what it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Problem(Problem),
    Note(String),
    Healed(PackId),
}

impl Told {
    /// Hands it on.
    pub(super) fn tell(&self, monitor: &dyn Monitor) {
        monitor.event(match self {
            Told::Problem(problem) => Event::Problem(problem),
            Told::Note(note) => Event::Note(note),
            Told::Healed(pack) => Event::Healed(*pack),
        });
    }
}

/// A monitor that passes on what it is told, problems once each.
pub(super) struct Teller {
    sender: Sender<Told>,
    seen: Mutex<HashSet<(String, String)>>,
}

impl Teller {
    pub(super) fn new() -> (Teller, Receiver<Told>) {
        let (sender, receiver) = bounded(WAITING);
        (Teller { sender, seen: Mutex::default() }, receiver)
    }
}

impl Monitor for Teller {
    fn event(&self, event: Event<'_>) {
        let told = match event {
            Event::Problem(problem) => {
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                if seen.len() >= REMEMBERED {
                    seen.clear();
                }
                if !seen.insert((problem.item.clone(), problem.message.clone())) {
                    return;
                }
                Told::Problem(problem.clone())
            }
            Event::Note(note) => Told::Note(note.to_owned()),
            Event::Healed(pack) => Told::Healed(pack),
            // Of stretches of work that a reader knows nothing of.
            Event::Phase(_) | Event::Total { .. } | Event::Progress { .. } | Event::Item { .. } | Event::Plan(_) => {
                return;
            }
        };
        // When thousands wait, one more tells nothing new; a reader must not wait for it.
        let _ = self.sender.try_send(told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_once() {
        let (teller, told) = Teller::new();
        let problem = |item: &str| Problem { item: item.to_owned(), message: "no".to_owned() };
        for item in ["a", "b", "a"] {
            teller.event(Event::Problem(&problem(item)));
        }
        teller.event(Event::Phase("x"));
        teller.event(Event::Note("n"));
        let all: Vec<_> = told.try_iter().collect();
        assert_eq!(all, [Told::Problem(problem("a")), Told::Problem(problem("b")), Told::Note("n".to_owned())]);
    }
}
