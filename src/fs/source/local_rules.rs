//! Exclude rules that come from files in the directories themselves.
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustix::fs::{FileType, OFlags};

use super::directory::{Listing, without_atime};
use super::excludes::{Exclusion, Marker, Rules};

const GIT_IGNORE: &[u8] = b".gitignore";
/// Longer ones are a mistake.
const LARGEST_GIT_IGNORE: u64 = 16 << 20;

/// What the files in one directory, and `.gitignore` files above it, exclude of its entries.
#[derive(Clone, Debug, Default)]
pub(super) struct LocalRules {
    /// Index of the marker that excludes everything else in this directory.
    marker: Option<usize>,
    git_ignore: Option<Arc<GitIgnore>>,
}

#[derive(Debug)]
struct GitIgnore {
    lines: Gitignore,
    above: Option<Arc<GitIgnore>>,
}

impl LocalRules {
    /// Looks at a directory that was just listed. Costs a system call only for files that are there.
    pub(super) fn read(
        rules: &Rules,
        above: &LocalRules,
        dir: BorrowedFd<'_>,
        path: &[u8],
        names: &Listing,
        problem: &mut dyn FnMut(String),
    ) -> LocalRules {
        let marker = rules.markers.iter().position(|marker| names.contains(&marker.name) && is_marked(dir, marker));
        let mut git_ignore = above.git_ignore.clone();
        if rules.git_ignore
            && names.contains(GIT_IGNORE)
            && let Some(lines) = read_git_ignore(dir, path, problem)
        {
            git_ignore = Some(Arc::new(GitIgnore { lines, above: git_ignore }));
        }
        LocalRules { marker, git_ignore }
    }

    /// The rule that excludes an entry of the directory; none if it is wanted.
    pub(super) fn decide<'a>(&self, rules: &'a Rules, path: &[u8], name: &[u8], is_dir: bool) -> Option<Exclusion<'a>> {
        if let Some(marker) = self.marker.and_then(|index| rules.markers.get(index)) {
            return (marker.name != name).then_some(Exclusion::Marker(&marker.name));
        }
        let path = Path::new(OsStr::from_bytes(path));
        let mut next = self.git_ignore.as_deref();
        while let Some(level) = next {
            match level.lines.matched(path, is_dir) {
                Match::Ignore(_) => return Some(Exclusion::GitIgnore),
                Match::Whitelist(_) => return None,
                Match::None => next = level.above.as_deref(),
            }
        }
        None
    }
}

impl LocalRules {
    /// The `.gitignore` file and the line in it that exclude an entry, if one does.
    pub(super) fn git_ignore_line(&self, path: &[u8], is_dir: bool) -> Option<(Vec<u8>, String)> {
        let path = Path::new(OsStr::from_bytes(path));
        let mut next = self.git_ignore.as_deref();
        while let Some(level) = next {
            match level.lines.matched(path, is_dir) {
                Match::Ignore(glob) => {
                    let file = level.lines.path().join(".gitignore");
                    return Some((file.as_os_str().as_bytes().to_vec(), glob.original().to_owned()));
                }
                Match::Whitelist(_) => return None,
                Match::None => next = level.above.as_deref(),
            }
        }
        None
    }
}

fn open_file(dir: BorrowedFd<'_>, name: &[u8]) -> io::Result<std::fs::File> {
    // Without waiting: it may be a pipe that nobody writes to.
    let fd = without_atime(dir, name, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW)?;
    match FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode) {
        FileType::RegularFile => Ok(fd.into()),
        _ => Err(io::Error::other("not a regular file")),
    }
}

fn is_marked(dir: BorrowedFd<'_>, marker: &Marker) -> bool {
    if marker.header.is_empty() {
        return true;
    }
    let mut head = vec![0; marker.header.len()];
    open_file(dir, &marker.name).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == marker.header
}

fn read_git_ignore(dir: BorrowedFd<'_>, path: &[u8], problem: &mut dyn FnMut(String)) -> Option<Gitignore> {
    let mut text = Vec::new();
    let read = open_file(dir, GIT_IGNORE).and_then(|file| file.take(LARGEST_GIT_IGNORE).read_to_end(&mut text));
    if let Err(error) = read {
        problem(format!("Could not read .gitignore: {error}"));
        return None;
    }
    let text = String::from_utf8_lossy(&text);
    let mut builder = GitignoreBuilder::new(Path::new(OsStr::from_bytes(path)));
    for line in text.strip_prefix('\u{feff}').unwrap_or(&text).lines() {
        // Like git, leave out a line that makes no sense.
        let _: Result<_, ignore::Error> = builder.add_line(None, line);
    }
    match builder.build() {
        Ok(lines) => Some(lines),
        Err(error) => {
            problem(format!("Could not use .gitignore: {error}"));
            None
        }
    }
}
