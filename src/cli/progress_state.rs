//! What is known of a running operation, and how it reads as a line or a status object.
use std::time::{Duration, Instant};

use caddis::monitor::Action;
use serde_json::{Map, Value, json};

use super::names;
use super::progress::Task;
use super::units;

/// Sums of the events so far.
#[derive(Debug)]
pub struct State {
    pub started: Instant,
    pub problems: u64,
    pub healed: u64,
    phase: String,
    phase_started: Instant,
    shown: Option<Instant>,
    /// There was progress since something was shown.
    fresh: bool,
    items: u64,
    bytes: u64,
    total_items: u64,
    total_bytes: u64,
    /// The totals are final.
    complete: bool,
    current: Vec<u8>,
    restored: u64,
    restored_bytes: u64,
    skipped: u64,
    skipped_bytes: u64,
    deleted: u64,
}

impl State {
    pub fn new(now: Instant) -> Self {
        State {
            started: now,
            problems: 0,
            healed: 0,
            phase: String::new(),
            phase_started: now,
            shown: None,
            fresh: false,
            items: 0,
            bytes: 0,
            total_items: 0,
            total_bytes: 0,
            complete: false,
            current: Vec::new(),
            restored: 0,
            restored_bytes: 0,
            skipped: 0,
            skipped_bytes: 0,
            deleted: 0,
        }
    }

    /// `at_once`: its first step is shown; else only what is to be seen after an interval.
    pub fn phase(&mut self, name: &str, at_once: bool) {
        name.clone_into(&mut self.phase);
        self.phase_started = Instant::now();
        self.shown = (!at_once).then_some(self.phase_started);
        (self.items, self.bytes, self.total_items, self.total_bytes) = (0, 0, 0, 0);
        (self.complete, self.fresh) = (false, false);
    }

    pub fn total(&mut self, items: u64, bytes: u64, complete: bool) {
        (self.total_items, self.total_bytes, self.complete) = (items, bytes, complete);
    }

    pub fn progress(&mut self, items: u64, bytes: u64) {
        self.items = self.items.saturating_add(items);
        self.bytes = self.bytes.saturating_add(bytes);
        self.fresh = true;
    }

    pub fn item(&mut self, path: &[u8], action: Action, bytes: u64) {
        path.clone_into(&mut self.current);
        match action {
            Action::Restored | Action::Updated => {
                self.restored += 1;
                self.restored_bytes += bytes;
            }
            Action::Skipped => {
                self.skipped += 1;
                self.skipped_bytes += bytes;
            }
            Action::Deleted => self.deleted += 1,
            Action::New | Action::Changed | Action::Unchanged => {}
        }
    }

    /// Whether it is time to show something again; if so, the time counts anew.
    pub fn due(&mut self, interval: Duration) -> bool {
        let due = self.shown.is_none_or(|shown| shown.elapsed() >= interval);
        if due {
            self.shown = Some(Instant::now());
            self.fresh = false;
        }
        due
    }

    /// Whether the end of a phase is still to be shown; if so, it counts as shown.
    pub fn is_fresh(&mut self) -> bool {
        std::mem::take(&mut self.fresh)
    }

    /// Done and total in bytes, or in items where bytes are not counted; nothing before the total is known.
    pub fn measure(&self) -> Option<(u64, u64)> {
        match (self.complete, self.total_bytes) {
            (false, _) => None,
            (true, 0) => Some((self.items, self.total_items)),
            (true, total) => Some((self.bytes, total)),
        }
    }

    /// From the rate so far; nothing before there is one.
    fn remaining(&self, elapsed: Duration) -> Option<Duration> {
        let (done, total) = self.measure()?;
        if done == 0 || elapsed < Duration::from_secs(1) {
            return None;
        }
        let seconds = elapsed.as_secs_f64() * total.saturating_sub(done) as f64 / done as f64;
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// `[0:12] Saving  45.00%  3 / 10 items, 1.2 MiB / 3.0 MiB, 1.1 MiB/s, 0 errors, ETA 0:30`; in so many characters without what matters least.
pub fn status_line(state: &State, width: Option<usize>) -> String {
    line(state, state.started.elapsed(), state.phase_started.elapsed(), width.unwrap_or(usize::MAX))
}

fn line(state: &State, elapsed: Duration, in_phase: Duration, width: usize) -> String {
    let phase = format!("[{}] {}", units::clock(elapsed), state.phase);
    let percent = state.measure().map(|(done, total)| format!("{phase}  {:.2}%", units::percent(done, total)));
    let of = |done: String, total: Option<String>| total.map_or(done.clone(), |total| format!("{done} / {total}"));
    let items = of(state.items.to_string(), state.complete.then(|| state.total_items.to_string()));
    let last = if state.complete { state.total_items } else { state.items };
    // With each, how soon it is left out; after items percent are, for the bar has them.
    let mut parts = vec![(3, format!("{items} {}", if last == 1 { "item" } else { "items" }))];
    if state.bytes > 0 || state.total_bytes > 0 {
        let bytes = of(units::size(state.bytes), state.complete.then(|| units::size(state.total_bytes)));
        parts.push((1, bytes));
        let seconds = in_phase.as_secs_f64();
        if seconds >= 1.0 {
            parts.push((4, format!("{}/s", units::size((state.bytes as f64 / seconds) as u64))));
        }
    }
    parts.extend((state.problems > 0).then(|| (0, units::count(state.problems, "error"))));
    parts.extend(state.remaining(in_phase).map(|remaining| (0, format!("ETA {}", units::clock(remaining)))));
    let with = |most: u8| {
        let shown: Vec<&str> = parts.iter().filter(|(soon, _)| *soon <= most).map(|(_, part)| part.as_str()).collect();
        let text = percent.as_ref().filter(|_| most > 1).unwrap_or(&phase);
        if shown.is_empty() { text.clone() } else { format!("{text}  {}", shown.join(", ")) }
    };
    (1..=4).rev().map(with).find(|line| line.chars().count() <= width).unwrap_or_else(|| with(0))
}

/// A `status` object with restic's field names.
pub fn status_json(state: &State, task: Task) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("message_type", json!("status"));
    put("seconds_elapsed", json!(state.started.elapsed().as_secs()));
    let percent = state.measure().map_or(0.0, |(done, total)| units::percent(done, total) / 100.0);
    put("percent_done", json!(percent));
    put("total_files", json!(state.total_items));
    put("total_bytes", json!(state.total_bytes));
    if task == Task::Restore {
        put("files_restored", json!(state.restored));
        put("files_skipped", json!(state.skipped));
        put("files_deleted", json!(state.deleted));
        put("bytes_restored", json!(state.restored_bytes));
        put("bytes_skipped", json!(state.skipped_bytes));
    } else {
        put("files_done", json!(state.items));
        put("bytes_done", json!(state.bytes));
        put("error_count", json!(state.problems));
        if !state.current.is_empty() {
            put("current_files", json!([names::lossy(&state.current)]));
        }
    }
    if let Some(remaining) = state.remaining(state.phase_started.elapsed()) {
        fields.insert("seconds_remaining".to_owned(), json!(remaining.as_secs()));
    }
    Value::Object(fields)
}

/// What restic tells when it has counted the files of a backup; nothing in another phase.
pub fn scan_json(state: &State) -> Option<Value> {
    let duration = state.phase_started.elapsed().as_secs_f64();
    let value = json!({
        "message_type": "verbose_status", "action": "scan_finished", "item": "", "duration": duration,
        "data_size": state.total_bytes, "total_files": state.total_items,
    });
    (state.phase == "Backing up").then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_what_is_known_and_no_more() {
        let mut state = State::new(Instant::now());
        state.phase("Saving", true);
        state.progress(3, 2048);
        let seconds = Duration::from_secs;
        assert_eq!(line(&state, seconds(12), seconds(0), usize::MAX), "[0:12] Saving  3 items, 2.000 KiB");
        state.total(10, 4096, true);
        state.problems = 1;
        assert_eq!(
            line(&state, seconds(12), seconds(2), usize::MAX),
            "[0:12] Saving  50.00%  3 / 10 items, 2.000 KiB / 4.000 KiB, 1.000 KiB/s, 1 error, ETA 0:02"
        );
        let narrow = |width| line(&state, seconds(12), seconds(2), width);
        assert_eq!(narrow(80), "[0:12] Saving  50.00%  3 / 10 items, 2.000 KiB / 4.000 KiB, 1 error, ETA 0:02");
        assert_eq!(narrow(66), "[0:12] Saving  50.00%  2.000 KiB / 4.000 KiB, 1 error, ETA 0:02");
        assert_eq!(narrow(60), "[0:12] Saving  2.000 KiB / 4.000 KiB, 1 error, ETA 0:02");
        assert_eq!(narrow(40), "[0:12] Saving  1 error, ETA 0:02");
        state.phase("Loading index", true);
        state.total(8, 0, true);
        state.progress(2, 0);
        assert_eq!(
            line(&state, seconds(14), seconds(0), usize::MAX),
            "[0:14] Loading index  25.00%  2 / 8 items, 1 error"
        );
    }

    #[test]
    fn status_objects_have_the_fields_of_restic() {
        let mut state = State::new(Instant::now());
        state.total(4, 100, true);
        state.progress(1, 25);
        state.item(b"/a", Action::New, 25);
        let status = status_json(&state, Task::Backup);
        assert_eq!(status["message_type"], "status");
        assert_eq!(status["percent_done"], 0.25);
        assert_eq!((&status["total_files"], &status["files_done"]), (&json!(4), &json!(1)));
        assert_eq!((&status["total_bytes"], &status["bytes_done"]), (&json!(100), &json!(25)));
        assert_eq!(status["current_files"], json!(["/a"]));
        state.item(b"/b", Action::Restored, 7);
        let status = status_json(&state, Task::Restore);
        assert_eq!((&status["files_restored"], &status["bytes_restored"]), (&json!(1), &json!(7)));
    }

    #[test]
    fn updates_are_paced() {
        let mut state = State::new(Instant::now());
        assert!(state.due(Duration::from_secs(60)));
        assert!(!state.due(Duration::from_secs(60)));
        assert!(state.due(Duration::ZERO));
        state.phase("Saving", true);
        assert!(state.due(Duration::from_secs(60)), "the first step of a phase");
        state.phase("Saving", false);
        state.progress(1, 0);
        assert!(!state.due(Duration::from_secs(60)), "in a log it says nothing");
        assert!(state.is_fresh() && !state.is_fresh(), "but its last one does");
    }
}
