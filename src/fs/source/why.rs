//! Tells why a path is backed up or left out: what the walk would decide on the way to it.
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{OFlags, Statx};
use rustix::io::Errno;

use super::directory::{Listing, open_at, open_path, push};
use super::excludes::{Exclusion, Rules};
use super::glob::components;
use super::local_rules::LocalRules;
use super::metadata;
use super::sources::Sources;
use super::walk::WalkOptions;
use crate::model::NodeType;

/// The answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Why<'r> {
    /// The entry of which it was decided: the path, or a directory above it. Absolute, as on this machine.
    pub at: Vec<u8>,
    /// What was decided, and by what.
    pub reason: Reason<'r>,
}

/// Why something is in a backup or not.
#[derive(Debug, PartialEq, Eq)]
pub enum Reason<'r> {
    /// It is there: named as a source, so that no rule applies to it.
    Named,
    /// It is there without what else is in it: a directory above a source.
    OnTheWay,
    /// It is there: nothing leaves it out.
    NotExcluded,
    /// It is there: this pattern takes in again what another one leaves out.
    IncludedBy(&'r str),
    /// It is left out.
    Excluded(Exclusion<'r>),
    /// It is left out by this `.gitignore` file and this line of it.
    GitIgnore(Vec<u8>, String),
    /// It is on another file system.
    OtherFileSystem,
    /// It is beneath what is no directory, such as a symbolic link, which is stored as that.
    NoDirectory,
    /// It is beneath none of the sources.
    Outside,
    /// It is not there, or cannot be looked at.
    Unreadable(Errno),
}

impl Reason<'_> {
    /// Whether it is in the backup.
    pub fn is_included(&self) -> bool {
        matches!(self, Reason::Named | Reason::OnTheWay | Reason::NotExcluded | Reason::IncludedBy(_))
    }
}

/// Looks at what is on the way from the source that has an absolute path in it down to that.
pub fn why<'r>(sources: &Sources, rules: &'r Rules, options: WalkOptions, path: &[u8]) -> Why<'r> {
    let wanted: Vec<&[u8]> = components(path).collect();
    let at = |count: usize| wanted[..count].iter().fold(Vec::new(), |path, name| [&path[..], b"/", name].concat());
    let decided = |count: usize, reason| Why { at: if count == 0 { b"/".to_vec() } else { at(count) }, reason };
    let named: Vec<Vec<u8>> = match &sources.stored_as {
        Some(stored_as) => vec![stored_as.from.clone()],
        None => sources.paths().iter().map(|path| path.as_os_str().as_bytes().to_vec()).collect(),
    };
    let named: Vec<Vec<&[u8]>> = named.iter().map(|path| components(path).collect()).collect();
    // The deepest one: what is named itself is not excluded.
    let Some(source) = named.iter().filter(|source| wanted.starts_with(source)).map(Vec::len).max() else {
        return decided(
            wanted.len(),
            match named.iter().any(|source| source.starts_with(&wanted)) {
                true => Reason::OnTheWay,
                false => Reason::Outside,
            },
        );
    };
    if source == wanted.len() {
        return decided(source, Reason::Named);
    }
    let mut full = decided(source, Reason::Named).at;
    let first = || -> Result<(Statx, Result<OwnedFd, Errno>), Errno> {
        let parent = if source == 0 { b"/".to_vec() } else { decided(source - 1, Reason::Named).at };
        let parent = open_path(&parent, OFlags::PATH)?;
        let name = if source == 0 { &b"."[..] } else { wanted[source - 1] };
        Ok((metadata::stat(parent.as_fd(), name)?, open_at(parent.as_fd(), name, OFlags::RDONLY, false)))
    };
    let mut found = first();
    let mut local = LocalRules::default();
    for (count, name) in (source + 1..).zip(&wanted[source..]) {
        let (above, dir) = match found {
            Ok((above, _)) if metadata::kind(&above) != Some(NodeType::Directory) => {
                return decided(count - 1, Reason::NoDirectory);
            }
            Ok((above, Ok(dir))) => (above, dir),
            Ok((_, Err(errno))) | Err(errno) => return decided(count - 1, Reason::Unreadable(errno)),
        };
        let (names, _) = Listing::read(dir.as_fd(), &mut [MaybeUninit::uninit(); 1 << 14]);
        local = LocalRules::read(rules, &local, dir.as_fd(), &full, &names, &mut drop);
        push(&mut full, name);
        let stat = match metadata::stat(dir.as_fd(), name) {
            Ok(stat) => stat,
            Err(errno) => return decided(count, Reason::Unreadable(errno)),
        };
        let kind = metadata::kind(&stat).unwrap_or_default();
        let is_dir = kind == NodeType::Directory;
        let stored = sources.stored_as.as_ref().map_or_else(|| full.clone(), |stored_as| stored_as.stored(&full));
        let is_last = count == wanted.len();
        // The directory on which another one is mounted is stored, but nothing in it.
        if options.one_file_system && metadata::device(&stat) != metadata::device(&above) && !(is_dir && is_last) {
            return decided(count, Reason::OtherFileSystem);
        }
        if let Some(own) = rules.own((metadata::device(&stat), stat.stx_ino)).filter(|_| is_dir) {
            return decided(count, Reason::Excluded(Exclusion::Own(own)));
        }
        if let Some(exclusion) = rules.decide(&stored, kind, stat.stx_size) {
            return decided(count, Reason::Excluded(exclusion));
        }
        match local.decide(rules, &full, name, is_dir) {
            Some(Exclusion::GitIgnore) => {
                let (file, line) = local.git_ignore_line(&full, is_dir).unwrap_or_default();
                return decided(count, Reason::GitIgnore(file, line));
            }
            Some(exclusion) => return decided(count, Reason::Excluded(exclusion)),
            None if is_last => {
                return decided(count, rules.included_by(&stored).map_or(Reason::NotExcluded, Reason::IncludedBy));
            }
            None => {}
        }
        let opened = if is_dir { open_at(dir.as_fd(), name, OFlags::RDONLY, false) } else { Err(Errno::NOTDIR) };
        found = Ok((stat, opened));
    }
    decided(wanted.len(), Reason::NotExcluded)
}
