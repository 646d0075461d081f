//! Problems, notes and last words, on standard error, where they do not disturb the progress bar.
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice};
use indicatif::ProgressBar;
use serde_json::json;

use super::fold::fold;
use super::names::plain;
use super::output::{Style, one_line, width_of};
use super::signals;

/// What messages begin with.
const MARK: &str = "caddis:";

/// Standard error of this process. Shared by threads.
pub struct Messages {
    style: Style,
    /// What lines begin with: of problems, and of notes. In colour on a terminal, unless NO_COLOR is set.
    marks: [&'static str; 2],
    /// Cleared from the screen while something is written.
    bar: Mutex<Option<ProgressBar>>,
}

impl Messages {
    pub(super) fn new(style: Style) -> Self {
        let marks = match AutoStream::choice(&io::stderr()) {
            ColorChoice::Never => [MARK, MARK],
            _ => ["\x1b[1;31mcaddis:\x1b[0m", "\x1b[1;33mcaddis:\x1b[0m"],
        };
        Messages { style, marks, bar: Mutex::default() }
    }

    /// A problem, in text or JSON, on standard error. A standard error that cannot be written has nobody to tell.
    pub fn problem(&self, during: &str, item: &str, message: &str) {
        if self.style.json {
            let value = json!({
                "message_type": "error", "error": {"message": message}, "during": during, "item": item,
            });
            self.stderr(one_line(&value));
        } else if item.is_empty() || message.contains(item) {
            self.marked(0, message);
        } else {
            self.marked(0, &format!("{item}: {message}"));
        }
    }

    /// Worth knowing, nothing wrong. On standard error, so that it never mixes with results.
    pub fn note(&self, message: &str) {
        if self.style.json {
            self.stderr(one_line(&json!({"message_type": "note", "message": message})));
        } else if !self.style.quiet {
            self.marked(1, message);
        }
    }

    /// The last words of a run that failed.
    pub fn failure(&self, code: u8, message: &str, advice: Option<&str>) {
        if self.style.json {
            self.stderr(one_line(&json!({"message_type": "exit_error", "code": code, "message": message})));
        } else {
            self.marked(0, message);
            if let Some(advice) = advice {
                self.stderr(fold(advice, self.stderr_width().unwrap_or(usize::MAX)));
            }
        }
    }

    /// A message behind one of the marks; on a terminal it breaks at blanks.
    fn marked(&self, mark: usize, message: &str) {
        let text = fold(&format!("{MARK} {}", plain(message)), self.stderr_width().unwrap_or(usize::MAX));
        self.stderr(text.replacen(MARK, self.marks[mark], 1));
    }

    /// A line of text on standard error.
    pub fn stderr(&self, line: impl Display) {
        self.without_bar(|| {
            let _ = writeln!(io::stderr().lock(), "{line}");
        });
    }

    /// Shows (or with `None` forgets) a bar that steps aside for everything that is written.
    pub fn set_bar(&self, bar: Option<ProgressBar>) {
        signals::shows(bar.clone());
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = bar;
    }

    pub(super) fn without_bar<T>(&self, write: impl FnOnce() -> T) -> T {
        match &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// How many characters a line of the terminal has, if standard error is one.
    pub fn stderr_width(&self) -> Option<usize> {
        width_of(&io::stderr())
    }
}
