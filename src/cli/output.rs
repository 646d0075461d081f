//! Where text and JSON go: results to standard output, problems to standard error, neither through the progress bar.
use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::ops::Deref;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use caddis::backend::{RemoteBackend, Usage};
use serde_json::{Value, json};

use super::fold::fold;
use super::messages::Messages;
use super::names::{is_tricky, plain};
use super::units::{count, size};

/// How long a result may wait in the buffer when more of them keep coming.
const FLUSH_AFTER: Duration = Duration::from_millis(100);

/// What the user wants to see.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    pub json: bool,
    pub quiet: bool,
    /// How often `-v` was given.
    pub verbose: u8,
}

/// The reader of standard output has gone away, or it cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed;

/// Standard output and standard error of this process; the latter are its [`Messages`]. Shared by threads.
pub struct Output {
    pub style: Style,
    stdout: Mutex<Stdout>,
    messages: Arc<Messages>,
    /// What summaries tell the cost of.
    remotes: Arc<Mutex<Vec<Arc<RemoteBackend>>>>,
}

struct Stdout {
    writer: BufWriter<io::Stdout>,
    eager: bool,
    flushed: Instant,
    /// After the first error nothing more is written.
    error: Option<io::Error>,
}

impl Deref for Output {
    type Target = Messages;

    fn deref(&self) -> &Messages {
        &self.messages
    }
}

impl Output {
    /// Writes to the standard streams of this process.
    pub fn new(style: Style) -> Self {
        let stdout = io::stdout();
        let eager = stdout.is_terminal();
        let stdout =
            Stdout { writer: BufWriter::with_capacity(1 << 16, stdout), eager, flushed: Instant::now(), error: None };
        let messages = Arc::new(Messages::new(style));
        Output { style, stdout: Mutex::new(stdout), messages, remotes: Arc::default() }
    }

    /// How many characters a line of the terminal has, if standard output is one.
    pub fn width(&self) -> Option<usize> {
        width_of(&io::stdout())
    }

    /// A line of the result; wanted even with `-q`.
    pub fn line(&self, line: impl Display) -> Result<(), Closed> {
        self.write(false, |writer| writeln!(writer, "{line}"))
    }

    /// One JSON value of the result, in a line.
    pub fn object(&self, value: &Value) -> Result<(), Closed> {
        self.line(one_line(value))
    }

    /// Bytes as they are.
    pub fn bytes(&self, bytes: &[u8]) -> Result<(), Closed> {
        self.write(false, |writer| writer.write_all(bytes))
    }

    /// Whether the reader of standard output has gone away, or it could not be written.
    pub fn is_closed(&self) -> bool {
        self.stdout.lock().unwrap_or_else(PoisonError::into_inner).error.is_some()
    }

    /// A line that tells what goes on: not with `-q`, not with `--json`. It is lost if nobody reads. On a terminal sentences break at blanks.
    pub fn say(&self, line: impl Display) {
        let line = line.to_string();
        // What is in columns stays there, and commands, which are indented, in their line.
        let is_set = line.contains("  ");
        match self.width().filter(|_| !is_set) {
            Some(width) => self.as_is(fold(&line, width).lines()),
            None => self.as_is([&*line]),
        }
    }

    /// The same for a text of several lines, such as a table, and for paths: nothing is broken.
    pub fn lines(&self, text: &str) {
        self.as_is(text.lines());
    }

    fn as_is<'a>(&self, lines: impl IntoIterator<Item = &'a str>) {
        if !self.style.quiet && !self.style.json {
            for line in lines {
                let _ = self.write(true, |writer| writeln!(writer, "{}", plain(line)));
            }
        }
    }

    /// The same for details that `-v` asks for.
    pub fn detail(&self, line: impl Display) {
        if self.style.verbose > 0 {
            self.say(line);
        }
    }

    /// A JSON message that tells what goes on; written at once. A summary tells also what storage was asked for.
    pub fn status(&self, value: &Value) {
        let mut value = value.clone();
        if value["message_type"] == "summary" {
            self.add_usage(&mut value);
        }
        let _ = self.write(true, |writer| writeln!(writer, "{}", one_line(&value)));
    }

    /// Takes storage whose requests count from now on, and whose troubles are told.
    pub fn counter(&self) -> impl Fn(&Arc<RemoteBackend>) + Send + Sync + 'static {
        let (remotes, messages) = (Arc::clone(&self.remotes), Arc::clone(&self.messages));
        move |remote| {
            let messages = Arc::clone(&messages);
            remote.on_trouble(move |trouble| messages.note(&format!("{trouble}; trying again")));
            let mut remotes = remotes.lock().unwrap_or_else(PoisonError::into_inner);
            if !remotes.iter().any(|known| Arc::ptr_eq(known, remote)) {
                remotes.push(Arc::clone(remote));
            }
        }
    }

    /// What storage was asked for so far, if it is one that counts.
    pub fn usage(&self) -> Option<Usage> {
        let remotes = self.remotes.lock().unwrap_or_else(PoisonError::into_inner);
        remotes.iter().map(|remote| remote.usage()).reduce(|a, b| a + b)
    }

    /// The same as a member of a JSON object.
    pub fn add_usage(&self, value: &mut Value) {
        if let (Some(usage), Some(members)) = (self.usage(), value.as_object_mut()) {
            let told = json!({
                "requests": usage.requests, "repeated": usage.repeated,
                "bytes_sent": usage.sent, "bytes_received": usage.received,
            });
            members.insert("storage".to_owned(), told);
        }
    }

    /// The same in a line, for the end of a run.
    pub fn usage_line(&self) -> Option<String> {
        let usage = self.usage()?;
        let repeated = if usage.repeated == 0 { String::new() } else { format!(" ({} repeated)", usage.repeated) };
        let (sent, received) = (size(usage.sent), size(usage.received));
        Some(format!("storage: {}{repeated}, {sent} sent, {received} received", count(usage.requests, "request")))
    }

    /// Writes what is buffered. An error other than a reader that went away is returned, also an earlier one.
    pub fn finish(&self) -> io::Result<()> {
        let mut stdout = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        let error = match stdout.error.take() {
            Some(error) => error,
            None => match stdout.writer.flush() {
                Ok(()) => return Ok(()),
                Err(error) => error,
            },
        };
        if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
    }

    fn write(&self, now: bool, write: impl FnOnce(&mut BufWriter<io::Stdout>) -> io::Result<()>) -> Result<(), Closed> {
        // What goes to a file or pipe is not in the way of the bar, and a slow reader would hide it.
        let is_terminal = self.stdout.lock().unwrap_or_else(PoisonError::into_inner).eager;
        let write = || {
            let mut stdout = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
            if stdout.error.is_some() {
                return Err(Closed);
            }
            let flush = now || stdout.eager || stdout.flushed.elapsed() > FLUSH_AFTER;
            let mut result = write(&mut stdout.writer);
            if flush && result.is_ok() {
                result = stdout.writer.flush();
                stdout.flushed = Instant::now();
            }
            result.map_err(|error| {
                stdout.error = Some(error);
                Closed
            })
        };
        if is_terminal { self.messages.without_bar(write) } else { write() }
    }
}

/// How many characters a line of a terminal has; COLUMNS says it if it is set.
pub fn width_of(stream: &(impl IsTerminal + AsFd)) -> Option<usize> {
    if !stream.is_terminal() {
        return None;
    }
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = said.or_else(|| Some(usize::from(rustix::termios::tcgetwinsize(stream).ok()?.ws_col)));
    width.filter(|width| *width > 0)
}

/// JSON in one line. What a terminal would act on is escaped, not only what JSON demands.
pub fn one_line(value: &Value) -> String {
    escaped(value.to_string())
}

/// JSON for people, in many lines.
pub fn indented(value: &Value) -> String {
    escaped(format!("{value:#}"))
}

fn escaped(json: String) -> String {
    let tricky = |c: char| is_tricky(c) && c != '\n';
    if !json.contains(tricky) {
        return json;
    }
    // They stand in strings only. All of them have four digits or fewer.
    let escape = |c: char| if tricky(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    json.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_the_same_value() {
        let value = json!({"a": "x\u{7f}\u{9b}\u{202e}\n\"", "b": [1, "Jürgen"]});
        for text in [one_line(&value), indented(&value)] {
            assert!(!text.contains(|c| is_tricky(c) && c != '\n'), "{text:?}");
            assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value.clone()));
        }
        assert!(!one_line(&value).contains('\n'));
    }
}
