//! Which entries of a snapshot a restore is about.
use super::RestoreOptions;
use crate::error::{Error, Result};
use crate::model::NodeType;

/// What the rules say about one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Restored.
    Wanted,
    /// Not by itself, but something beneath it may be.
    Perhaps,
    /// Neither it nor anything beneath it.
    Unwanted,
}

/// `above_wanted`: the directory that it is in is wanted for its own sake, so that everything in it is included.
pub(super) fn judge(options: &RestoreOptions, path: &[u8], kind: NodeType, size: u64, above_wanted: bool) -> Verdict {
    if options.excludes.decide(path, kind, size).is_some() {
        return Verdict::Unwanted;
    }
    let included =
        above_wanted || options.includes.as_ref().is_none_or(|includes| includes.decide(path, kind, size).is_some());
    match (included, kind) {
        (true, _) => Verdict::Wanted,
        // Trees that no pattern leads into need not be read.
        (false, NodeType::Directory) if options.includes.as_ref().is_some_and(|rules| rules.reach_below(path)) => {
            Verdict::Perhaps
        }
        (false, _) => Verdict::Unwanted,
    }
}

/// Names of a path, which may begin with a slash.
pub(super) fn names(path: &[u8]) -> Result<Vec<&[u8]>> {
    let names: Vec<_> = path.split(|byte| *byte == b'/').filter(|name| !name.is_empty() && *name != b".").collect();
    match names.contains(&&b".."[..]) {
        true => Err(Error::Invalid(format!("{} leads upwards", String::from_utf8_lossy(path)))),
        false => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::source::Rules;

    #[test]
    fn only_directories_that_a_pattern_leads_into_are_read() {
        let verdict = |pattern: &str, path: &str| {
            let mut rules = Rules::default();
            rules.exclude(pattern).unwrap();
            let options = RestoreOptions { includes: Some(rules), ..RestoreOptions::default() };
            judge(&options, path.as_bytes(), NodeType::Directory, 0, false)
        };
        for (pattern, path, expected) in [
            ("/a/b/c", "/a", Verdict::Perhaps),
            ("/a/b/c", "/a/b", Verdict::Perhaps),
            ("/a/b/c", "/a/b/c", Verdict::Wanted),
            ("/a/b/c", "/a/b/c/d", Verdict::Wanted),
            ("/a/b/c", "/a/c", Verdict::Unwanted),
            ("/a/b/c", "/b", Verdict::Unwanted),
            ("/a/*/c", "/a/x", Verdict::Perhaps),
            ("/a/*/c", "/a/x/y", Verdict::Unwanted),
            ("/a/**/c", "/a/x/y", Verdict::Perhaps),
            ("b/c", "/a/x", Verdict::Perhaps),
        ] {
            assert_eq!(verdict(pattern, path), expected, "{pattern} {path}");
        }
    }
}
