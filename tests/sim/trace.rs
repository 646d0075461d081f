//! The record of a run: printed when something is wrong, and hashed to show that a seed replays exactly.
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

use caddis::backend::ObjectName;

use crate::schedule::{Call, Op, Process};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Done,
    Exists,
    NotFound,
    /// An error, and nothing was done.
    Refused,
    /// An error, though it was done.
    Unheard,
    /// An error, and it is still under way.
    UnderWay,
    /// Done, and a second copy is under way.
    Echoed,
    NoSpace,
    Dies,
}

#[derive(Debug)]
struct Entry {
    step: usize,
    process: usize,
    call: Call,
    outcome: Outcome,
    len: usize,
}

#[derive(Debug)]
enum Line {
    Entry(Entry),
    Said(usize, String),
}

/// What happened, in order.
#[derive(Debug, Default)]
pub struct Trace {
    lines: Vec<Line>,
    hasher: DefaultHasher,
    /// Several threads read at once: in which order says nothing.
    pub in_any_order: bool,
}

impl Trace {
    pub fn push(&mut self, step: usize, process: usize, call: Call, outcome: Outcome, bytes: &[u8]) {
        let sum = if matches!(call.name, Some(ObjectName::Pack(_))) { &[] } else { bytes };
        if !self.in_any_order {
            (process, call.op, call.name, outcome, sum).hash(&mut self.hasher);
        }
        self.lines.push(Line::Entry(Entry { step, process, call, outcome, len: bytes.len() }));
    }

    /// What a process has to say, e.g. how it ended.
    pub fn say(&mut self, process: usize, what: String) {
        what.hash(&mut self.hasher);
        self.lines.push(Line::Said(process, what));
    }

    /// The same for the same run, different for about any other.
    pub fn hash(&self) -> u64 {
        self.hasher.finish()
    }

    pub fn steps(&self) -> usize {
        self.lines.len()
    }

    pub fn render(&self, processes: &[Process]) -> String {
        let mut out = String::new();
        let label = |process: usize| processes.get(process).map_or("storage", |process| process.label.as_str());
        for line in &self.lines {
            let written = match line {
                Line::Said(process, what) => writeln!(out, "      {:<14} {what}", label(*process)),
                Line::Entry(Entry { step, process, call, outcome, len }) => {
                    let mut what = match (&call.name, call.family) {
                        (Some(name), _) => short(name),
                        (None, Some(family)) => family.folder().to_owned(),
                        (None, None) => String::new(),
                    };
                    if matches!(call.op, Op::Put | Op::PutSession | Op::ReplacePack) {
                        write!(what, " ({len} bytes)").expect("a string takes everything");
                    }
                    let op = format!("{:?}", call.op);
                    writeln!(out, "{step:>5} {:<14} {op:<11} {what:<44} {outcome:?}", label(*process))
                }
            };
            written.expect("a string takes everything");
        }
        out
    }
}

/// An object name with eight digits of its id.
fn short(name: &ObjectName) -> String {
    let text = name.to_string();
    let (folder, file) = text.rsplit_once('/').unwrap_or(("", &text));
    let (id, rest) = file.split_at(file.find(['-', '.']).unwrap_or(file.len()));
    format!("{folder}/{}{rest}", id.get(..8).unwrap_or(id))
}
