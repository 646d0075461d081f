//! Lists of paths to back up.
use std::ffi::OsString;
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::directory::{Listing, open_path, push};
use super::glob::NamePattern;
use crate::error::{Error, Result};

/// Paths separated by line feeds, taken as they are. Empty lines are left out.
pub fn parse_lines(text: &[u8]) -> Vec<PathBuf> {
    text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(path).collect()
}

/// Paths that each end with a zero byte. A last one without it means that the list was cut off, an empty one that it is
/// something else; both are errors.
pub fn parse_raw(text: &[u8]) -> Result<Vec<PathBuf>> {
    let Some(text) = text.strip_suffix(b"\0") else {
        return if text.is_empty() {
            Ok(Vec::new())
        } else {
            Err(Error::Invalid("The list of paths does not end with a zero byte".to_owned()))
        };
    };
    let paths: Vec<_> = text.split(|&byte| byte == 0).map(path).collect();
    if paths.iter().any(|path| path.as_os_str().is_empty()) {
        return Err(Error::Invalid("The list of paths has an empty path".to_owned()));
    }
    Ok(paths)
}

/// Patterns, one a line, expanded to the paths that exist. Surrounding blanks, empty lines and lines that begin with
/// `#` are left out. `*`, `?` and `[…]` match within a component. Relative patterns are looked up in `base` and
/// yield relative paths. Returns the paths and the patterns that match nothing.
pub fn parse_globs(base: &Path, text: &[u8]) -> Result<(Vec<PathBuf>, Vec<String>)> {
    let (mut paths, mut unmatched) = (Vec::new(), Vec::new());
    for line in text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii) {
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let found = expand(base.as_os_str().as_bytes(), line)
            .ok_or_else(|| Error::Invalid(format!("Pattern {:?} is malformed", String::from_utf8_lossy(line))))?;
        if found.is_empty() {
            unmatched.push(String::from_utf8_lossy(line).into_owned());
        }
        paths.extend(found.iter().map(|found| path(found)));
    }
    Ok((paths, unmatched))
}

fn path(bytes: &[u8]) -> PathBuf {
    OsString::from_vec(bytes.to_vec()).into()
}

/// Expands a pattern, component by component; none if it is malformed.
fn expand(base: &[u8], pattern: &[u8]) -> Option<Vec<Vec<u8>>> {
    let start = if pattern.starts_with(b"/") { b"/".to_vec() } else { Vec::new() };
    let mut found = vec![start];
    for component in super::glob::components(pattern) {
        let pattern = NamePattern::new(component)?;
        let mut next = Vec::new();
        for parent in &found {
            let mut add = |name: &[u8]| {
                let mut path = parent.clone();
                if path.is_empty() {
                    path.extend_from_slice(name);
                } else {
                    push(&mut path, name);
                }
                next.push(path);
            };
            match pattern.literal() {
                Some(name) => add(name),
                None => list(&absolute(base, parent), |name| {
                    if pattern.matches(name) {
                        add(name);
                    }
                }),
            }
        }
        found = next;
    }
    found.retain(|path| !path.is_empty() && exists(&absolute(base, path)));
    Some(found)
}

fn absolute(base: &[u8], path: &[u8]) -> Vec<u8> {
    if path.starts_with(b"/") {
        return path.to_vec();
    }
    let mut full = base.to_vec();
    if !path.is_empty() {
        push(&mut full, path);
    }
    full
}

fn exists(path: &[u8]) -> bool {
    Path::new(std::ffi::OsStr::from_bytes(path)).symlink_metadata().is_ok()
}

/// Lists what can be listed: a pattern matches nothing in a directory that cannot be read.
fn list(path: &[u8], each: impl FnMut(&[u8])) {
    if let Ok(fd) = open_path(path, OFlags::RDONLY) {
        let (names, _) = Listing::read(fd.as_fd(), &mut [MaybeUninit::uninit(); 1 << 14]);
        (0..).map_while(|index| names.get(index)).for_each(each);
    }
}
