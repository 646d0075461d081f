//! The monitor of the command line: a bar on a terminal, a line now and then in logs, status objects with `--json`.
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use caddis::monitor::{Action, Event, Monitor, ReadPlan};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::exit::Exit;
use super::names;
use super::output::Output;
use super::progress_state::{State, scan_json, status_json, status_line};
use super::signals;
use super::units;

/// What is going on; field names of status objects and the `during` of errors depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Backup,
    Restore,
    Check,
    Repair,
    Scrub,
    Prune,
    Copy,
    Dump,
    /// Opening, listing, counting: no status objects.
    Read,
}

impl Task {
    /// What problems are told to have happened in.
    pub fn during(self) -> &'static str {
        match self {
            Task::Backup => "archival",
            Task::Restore => "restore",
            Task::Check => "check",
            Task::Repair => "repair",
            Task::Scrub => "scrub",
            Task::Prune => "prune",
            Task::Copy => "copy",
            Task::Dump => "dump",
            Task::Read => "read",
        }
    }
}

/// What ends sooner needs no bar, which would only flicker.
const HIDDEN_FOR: Duration = Duration::from_millis(500);

enum Display {
    /// Nobody wants to see it.
    Nothing,
    Bar(ProgressBar),
    Lines,
    Json,
}

/// One operation's events on their way to the user. Dropping it clears the bar.
pub struct Progress<'a> {
    out: &'a Output,
    task: Task,
    display: Display,
    interval: Duration,
    state: Mutex<State>,
    /// It was said that the operation is being stopped.
    told_stop: AtomicBool,
}

impl<'a> Progress<'a> {
    /// `fps` is the wish of `CADDIS_PROGRESS_FPS`: updates per second.
    pub fn new(out: &'a Output, task: Task, fps: Option<f64>) -> Self {
        let style = out.style;
        let (display, default) = if style.quiet || (style.json && task == Task::Read) {
            (Display::Nothing, 1.0)
        } else if style.json {
            (Display::Json, 1.0)
        } else if std::io::stderr().is_terminal() {
            (Display::Bar(new_bar(out, fps.is_some())), 0.1)
        } else if style.verbose > 0 || fps.is_some() {
            (Display::Lines, 60.0)
        } else {
            (Display::Nothing, 1.0)
        };
        let interval = Duration::from_secs_f64(fps.map_or(default, |fps| 1.0 / fps));
        Progress {
            out,
            task,
            display,
            interval,
            state: Mutex::new(State::new(Instant::now())),
            told_stop: AtomicBool::new(false),
        }
    }

    /// Whether somebody sees progress; knowing its end is worth some work then.
    pub fn is_shown(&self) -> bool {
        !matches!(self.display, Display::Nothing)
    }

    /// Problems so far.
    pub fn problems(&self) -> u64 {
        self.state().problems
    }

    /// Since the operation began.
    pub fn elapsed(&self) -> Duration {
        self.state().started.elapsed()
    }

    /// In a log, where a phase came to before it ended.
    fn last_line(&self) {
        let mut state = self.state();
        if matches!(self.display, Display::Lines) && state.is_fresh() {
            let line = status_line(&state, None);
            drop(state);
            self.out.stderr(line);
        }
    }

    /// Clears the bar; what is written from now on stays below what is there.
    pub fn finish(&self) {
        self.last_line();
        if let Display::Bar(bar) = &self.display {
            self.out.set_bar(None);
            bar.finish_and_clear();
        }
        let healed = std::mem::take(&mut self.state().healed);
        // The reports of the others tell it.
        if healed > 0 && matches!(self.task, Task::Backup | Task::Read) {
            self.out.note(&format!(
                "{} damaged or missing; what was needed was rebuilt from parity. `caddis repair packs` writes it back",
                units::count(healed, "pack")
            ));
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn item(&self, path: &[u8], action: Action, bytes: u64) {
        self.state().item(path, action, bytes);
        if self.out.style.quiet || self.out.style.verbose < 2 {
            return;
        }
        let word = action_word(action);
        if self.out.style.json {
            let size = if self.task == Task::Restore { "size" } else { "data_size" };
            self.out.status(&serde_json::json!({
                "message_type": "verbose_status", "action": word, "item": names::lossy(path), size: bytes,
            }));
        } else {
            self.out.lines(&format!("{word:<9} {} ({})", names::display(path), units::size(bytes)));
        }
    }

    /// Tells when the files of a backup have been counted.
    fn scan_finished(&self) {
        let style = self.out.style;
        if style.json && style.verbose > 1 && self.task == Task::Backup {
            let told = scan_json(&self.state());
            told.iter().for_each(|value| self.out.status(value));
        }
    }

    fn plan(&self, plan: ReadPlan) {
        if self.out.style.json {
            let mut value = serde_json::json!({
                "message_type": "plan", "requests": plan.requests, "bytes_to_read": plan.bytes, "at_most": plan.is_at_most,
                "dry_run": plan.is_dry_run,
            });
            self.out.add_usage(&mut value);
            match self.task {
                // Standard output has the one value of the command.
                Task::Read => self.out.stderr(value),
                _ => self.out.status(&value),
            }
        } else {
            self.out.say(plan_line(plan));
        }
    }

    /// For a line beside what else the style has.
    fn width(&self, state: &State) -> Option<usize> {
        let spinner = if state.measure().is_some() { 0 } else { "⠁ ".chars().count() };
        Some(self.out.stderr_width()?.saturating_sub(spinner))
    }

    fn show(&self, now: bool) {
        let line = {
            let mut state = self.state();
            if !now && !state.due(self.interval) {
                return;
            }
            match &self.display {
                Display::Nothing => return,
                Display::Json => {
                    let status = status_json(&state, self.task);
                    drop(state);
                    return self.out.status(&status);
                }
                Display::Bar(bar) => {
                    if let Some((done, total)) = state.measure() {
                        bar.set_length(total);
                        bar.set_position(done);
                    }
                    bar.set_message(status_line(&state, self.width(&state)));
                    return;
                }
                Display::Lines => status_line(&state, None),
            }
        };
        // Standard error: with `ls` or `cat` the result goes to standard output.
        self.out.stderr(line);
    }
}

impl Monitor for Progress<'_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Phase(name) => {
                self.last_line();
                // In a log the name of a phase says enough while there is only its first step.
                self.state().phase(name, !matches!(self.display, Display::Lines));
                match &self.display {
                    Display::Bar(bar) => {
                        bar.set_style(style(false));
                        bar.set_message(name.to_owned());
                    }
                    Display::Lines => self.out.detail(name),
                    Display::Nothing | Display::Json => {}
                }
            }
            Event::Total { items, bytes, complete } => {
                self.state().total(items, bytes, complete);
                if complete {
                    self.scan_finished();
                }
                if let Display::Bar(bar) = &self.display {
                    bar.set_style(style(complete));
                }
            }
            Event::Progress { items, bytes } => {
                self.state().progress(items, bytes);
                self.show(false);
            }
            Event::Item { path, action, bytes } => self.item(path, action, bytes),
            Event::Problem(problem) => {
                self.state().problems += 1;
                let shown = |text: &str| match self.task {
                    Task::Restore | Task::Repair if !self.out.style.json => names::with_short_ids(text),
                    _ => text.to_owned(),
                };
                self.out.problem(self.task.during(), &shown(&problem.item), &shown(&problem.message));
            }
            Event::Healed(pack) => {
                self.state().healed += 1;
                if self.out.style.verbose > 0 {
                    self.out.note(&format!("Pack {} was damaged or missing; its bytes were rebuilt", pack.short()));
                }
            }
            Event::Note(note) => self.out.note(note),
            Event::Plan(plan) => self.plan(plan),
        }
    }

    fn stop(&self) -> bool {
        let stop = signals::stop_requested();
        if stop && !self.told_stop.swap(true, Ordering::Relaxed) {
            let again = match signals::exit() {
                Some(Exit::Terminated) => "a second signal ends at once",
                _ => "once more Ctrl-C ends at once",
            };
            self.out.note(&match self.task {
                Task::Backup => format!("stopping; what was read so far is being saved ({again})"),
                _ => format!("stopping ({again})"),
            });
        }
        stop
    }

    fn wants_plan(&self) -> bool {
        self.out.style.verbose > 0
    }
}

/// `will read 1.200 GiB in about 1,300 requests`.
fn plan_line(plan: ReadPlan) -> String {
    let will = if plan.is_dry_run { "would read" } else { "will read" };
    let most = if plan.is_at_most { "at most " } else { "" };
    let requests = match plan.requests {
        1 => "1 request".to_owned(),
        number => format!("{} requests", units::grouped(number)),
    };
    format!("{will} {most}{} in about {requests}", units::size(plan.bytes))
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.finish();
    }
}

/// restic's words.
fn action_word(action: Action) -> &'static str {
    match action {
        Action::New => "new",
        Action::Changed => "modified",
        Action::Unchanged | Action::Skipped => "unchanged",
        Action::Restored => "restored",
        Action::Updated => "updated",
        Action::Deleted => "deleted",
    }
}

/// `at_once`: also for what does not take long.
fn new_bar(out: &Output, at_once: bool) -> ProgressBar {
    let target = if at_once { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target).with_style(style(false));
    bar.enable_steady_tick(Duration::from_millis(200));
    if !at_once {
        let weak = bar.downgrade();
        std::thread::spawn(move || {
            std::thread::sleep(HIDDEN_FOR);
            if let Some(bar) = weak.upgrade() {
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
        });
    }
    out.set_bar(Some(bar.clone()));
    bar
}

/// A line of text, and a bar beneath it once the end is known. Both are cut to the terminal's width.
fn style(with_bar: bool) -> ProgressStyle {
    let template = if with_bar { "{wide_msg}\n{wide_bar} {percent:>3}%" } else { "{spinner} {wide_msg}" };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner()).progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_valid() {
        for template in ["{wide_msg}\n{wide_bar} {percent:>3}%", "{spinner} {wide_msg}"] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn plans_are_told_in_a_line() {
        let plan = ReadPlan { requests: 1_300, bytes: 3 << 29, ..ReadPlan::default() };
        assert_eq!(plan_line(plan), "will read 1.500 GiB in about 1,300 requests");
        let plan = ReadPlan { requests: 1, bytes: 5, is_at_most: true, is_dry_run: true };
        assert_eq!(plan_line(plan), "would read at most 5 B in about 1 request");
    }

    #[test]
    fn actions_have_the_words_of_restic() {
        assert_eq!(action_word(Action::Changed), "modified");
        assert_eq!(action_word(Action::Skipped), "unchanged");
    }
}
