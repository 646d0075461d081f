//! Which entries to leave out of a backup.
use std::borrow::Cow;
use std::fmt;

use super::glob::{PathPattern, components};
use crate::error::{Error, Result};
use crate::model::NodeType;

/// A file whose presence excludes the rest of its directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Its name.
    pub name: Vec<u8>,
    /// What it must begin with.
    pub header: Vec<u8>,
}

impl Marker {
    /// From `FILE` or `FILE:HEADER`.
    pub fn parse(text: &[u8]) -> Result<Self> {
        let cut = text.iter().position(|&byte| byte == b':');
        let (name, header) = cut.map_or((text, &b""[..]), |cut| (&text[..cut], &text[cut + 1..]));
        if matches!(name, b"" | b"." | b"..") || name.contains(&b'/') {
            return Err(Error::Invalid(format!("{:?} is not the name of a file", String::from_utf8_lossy(name))));
        }
        Ok(Marker { name: name.to_vec(), header: header.to_vec() })
    }

    /// Tag of directories that programs can fill again (<https://bford.info/cachedir/>).
    pub fn cache() -> Self {
        Marker { name: b"CACHEDIR.TAG".to_vec(), header: b"Signature: 8a477f597d28d172789f06886806bc55".to_vec() }
    }
}

/// A directory of this program, known by what it is and not by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Own {
    Repository,
    Cache,
}

/// All exclude rules of a backup; without any, asking costs nothing.
///
/// Patterns: `*`, `?` and `[…]` match within one component, `**` any number of components. A pattern that begins with
/// `/` is compared with the absolute path, any other one with every run of components; what is beneath a match is
/// excluded too. Of several patterns the last that matches counts; one that begins with `!` includes again, though
/// nothing beneath a directory that is left out. The patterns that ignore case are a list of their own.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    patterns: Vec<Pattern>,
    caseless: Vec<Pattern>,
    pub(super) markers: Vec<Marker>,
    pub(super) git_ignore: bool,
    larger_than: Option<u64>,
    own: Vec<((u64, u64), Own)>,
    base: usize,
}

#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    negated: bool,
    path: PathPattern,
}

/// The rule that excludes an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exclusion<'a> {
    /// A pattern, as given.
    Pattern(&'a str),
    /// The file is larger than this many bytes.
    LargerThan(u64),
    /// A file of this name is in the same directory.
    Marker(&'a [u8]),
    /// A line of a `.gitignore` file.
    GitIgnore,
    /// It belongs to this program.
    Own(Own),
}

impl fmt::Display for Exclusion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exclusion::Pattern(text) => write!(f, "pattern {text}"),
            Exclusion::LargerThan(bytes) => write!(f, "larger than {bytes} bytes"),
            Exclusion::Marker(name) => write!(f, "{} is in the directory", String::from_utf8_lossy(name)),
            Exclusion::GitIgnore => f.write_str(".gitignore"),
            Exclusion::Own(Own::Repository) => f.write_str("the repository itself"),
            Exclusion::Own(Own::Cache) => f.write_str("the cache of this program"),
        }
    }
}

impl Rules {
    /// Adds a pattern after the others. An empty one is ignored, a malformed one is an error.
    pub fn exclude(&mut self, pattern: &str) -> Result<()> {
        push(&mut self.patterns, pattern, Cow::Borrowed(pattern))
    }

    /// Adds a pattern that ignores case.
    pub fn exclude_ignoring_case(&mut self, pattern: &str) -> Result<()> {
        push(&mut self.caseless, pattern, Cow::Owned(pattern.to_lowercase()))
    }

    /// Leaves out the content of directories with this file, but not the file.
    pub fn exclude_if_present(&mut self, marker: Marker) {
        self.markers.push(marker);
    }

    /// Leaves out files of more than `bytes`.
    pub fn exclude_larger_than(&mut self, bytes: u64) {
        self.larger_than = Some(bytes);
    }

    /// Honours `.gitignore` files in and beneath the sources, also outside of git repositories.
    pub fn honour_git_ignore(&mut self) {
        self.git_ignore = true;
    }

    /// Leaves out the directory of this device and inode.
    pub fn leave_out(&mut self, identity: (u64, u64), own: Own) {
        self.own.push((identity, own));
    }

    /// Patterns are compared with paths beneath a directory of so many components as well as with whole paths.
    pub fn also_beneath(&mut self, base: usize) {
        if self.lists().next().is_some() {
            self.base = base;
        }
    }

    /// Whether a directory is one of those.
    pub(super) fn own(&self, identity: (u64, u64)) -> Option<Own> {
        self.own.iter().find(|(known, _)| *known == identity).map(|(_, own)| *own)
    }

    /// The rule that excludes an entry by itself; none if it is wanted. `path` is absolute. Markers and `.gitignore`
    /// files depend on the directory and are looked at by the walk.
    pub fn decide(&self, path: &[u8], kind: NodeType, size: u64) -> Option<Exclusion<'_>> {
        if let Some(limit) = self.larger_than
            && kind == NodeType::File
            && size > limit
        {
            return Some(Exclusion::LargerThan(limit));
        }
        let last =
            self.lists().find_map(|(list, lower)| self.last_match(list, lower, path).filter(|last| !last.negated))?;
        Some(Exclusion::Pattern(&last.text))
    }

    /// The pattern that takes an entry in again after another one excluded it, if there is one.
    pub(super) fn included_by(&self, path: &[u8]) -> Option<&str> {
        self.lists().find_map(|(list, lower)| self.last_match(list, lower, path)).map(|last| last.text.as_str())
    }

    /// Whether anything beneath a directory may be excluded by itself. `path` is absolute.
    pub fn reach_below(&self, path: &[u8]) -> bool {
        self.larger_than.is_some()
            || self.lists().any(|(list, lower)| {
                let path = folded(path, lower);
                let path: Vec<&[u8]> = components(&path).collect();
                let below = self.beneath(&path).unwrap_or(&path);
                let reaches = |pattern: &PathPattern| pattern.reaches_below(&path) || pattern.reaches_below(below);
                list.iter().any(|pattern| !pattern.negated && reaches(&pattern.path))
            })
    }

    /// The lists that have patterns, and whether they ignore case.
    fn lists(&self) -> impl Iterator<Item = (&Vec<Pattern>, bool)> {
        [(&self.patterns, false), (&self.caseless, true)].into_iter().filter(|(list, _)| !list.is_empty())
    }

    /// Of several patterns the last that matches counts.
    fn last_match<'p>(&self, list: &'p [Pattern], lower: bool, path: &[u8]) -> Option<&'p Pattern> {
        let path = folded(path, lower);
        let path: Vec<&[u8]> = components(&path).collect();
        let below = self.beneath(&path).filter(|below| !below.is_empty());
        // One without a slash in front is not meant for the way to that directory.
        let matches = |pattern: &Pattern| {
            (self.base == 0 || pattern.path.is_anchored()) && pattern.path.matches(&path)
                || below.is_some_and(|below| pattern.path.matches(below))
        };
        list.iter().rev().find(|pattern| matches(pattern))
    }

    fn beneath<'p, 'c>(&self, path: &'p [&'c [u8]]) -> Option<&'p [&'c [u8]]> {
        path.get(self.base..).filter(|_| self.base > 0)
    }
}

fn folded(path: &[u8], lower: bool) -> Cow<'_, [u8]> {
    if lower { String::from_utf8_lossy(path).to_lowercase().into_bytes().into() } else { Cow::Borrowed(path) }
}

fn push(list: &mut Vec<Pattern>, text: &str, folded: Cow<'_, str>) -> Result<()> {
    let (negated, body) = match folded.strip_prefix('!') {
        Some(body) => (true, body),
        None => (false, &*folded),
    };
    if body.is_empty() {
        return Ok(());
    }
    let path = PathPattern::within(body.as_bytes()).ok_or_else(|| {
        Error::Invalid(format!("Exclude pattern {text:?} is malformed: a bracket or backslash is open"))
    })?;
    list.push(Pattern { text: text.to_owned(), negated, path });
    Ok(())
}

/// Patterns of an exclude file: one a line, without surrounding blanks, without empty lines and those that begin with `#`.
pub fn parse_exclude_lines(text: &str) -> impl Iterator<Item = &str> {
    numbered_exclude_lines(text).map(|(_, line)| line)
}

/// The same with the number of each line, from 1.
pub fn numbered_exclude_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}
