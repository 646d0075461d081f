//! Path patterns that are followed one component at a time, on the way down a tree.
use std::borrow::Cow;

use super::glob::{PathPattern, Step};
use crate::error::{Error, Result};

/// Parts of one pattern: as many as a step has bits, without the first and the last.
const MAX_PARTS: usize = 60;

/// Patterns of which one must match. They are those of [`super::Rules`]: one that begins with `/` matches from the root, any other at any
/// depth, and what is beneath a match matches too. Case may be ignored.
///
/// Where a directory stands in a walk is a [`PathSteps`]. What the patterns say of everything beneath depends on that alone: equal directories with
/// equal steps have equal matches.
#[derive(Clone, Debug, Default)]
pub struct PathPatterns {
    patterns: Vec<PathPattern>,
    ignore_case: bool,
}

/// How far each pattern has come with the components of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathSteps(Box<[Step]>);

impl PathPatterns {
    /// A malformed pattern is an error; without any, everything matches.
    pub fn new(patterns: &[String], ignore_case: bool) -> Result<Self> {
        let parse = |text: &String| {
            let folded = if ignore_case { Cow::Owned(text.to_lowercase()) } else { Cow::Borrowed(text.as_str()) };
            let pattern = PathPattern::within(folded.as_bytes()).ok_or_else(|| {
                Error::Invalid(format!("Pattern {text:?} is malformed: it is empty, or a bracket or backslash is open"))
            })?;
            match pattern.parts() > MAX_PARTS {
                true => Err(Error::Invalid(format!("Pattern {text:?} has too many components"))),
                false => Ok(pattern),
            }
        };
        Ok(PathPatterns { patterns: patterns.iter().map(parse).collect::<Result<_>>()?, ignore_case })
    }

    /// Where the root is.
    pub fn root(&self) -> PathSteps {
        PathSteps(self.patterns.iter().map(PathPattern::first_step).collect())
    }

    /// Where an entry is whose directory is at `steps`.
    pub fn enter(&self, steps: &PathSteps, name: &[u8]) -> PathSteps {
        let name = match self.ignore_case {
            true => Cow::Owned(String::from_utf8_lossy(name).to_lowercase().into_bytes()),
            false => Cow::Borrowed(name),
        };
        PathSteps(self.patterns.iter().zip(&steps.0).map(|(pattern, step)| pattern.next_step(*step, &name)).collect())
    }

    /// Whether what is there matches.
    pub fn is_match(&self, steps: &PathSteps) -> bool {
        self.patterns.is_empty() || self.patterns.iter().zip(&steps.0).any(|(pattern, step)| pattern.is_match(*step))
    }

    /// Whether anything there or beneath can match.
    pub fn may_match(&self, steps: &PathSteps) -> bool {
        self.patterns.is_empty() || steps.0.iter().any(|step| *step != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::source::Rules;
    use crate::model::NodeType;

    fn steps(patterns: &PathPatterns, path: &str) -> PathSteps {
        let names = path.split('/').filter(|name| !name.is_empty());
        names.fold(patterns.root(), |steps, name| patterns.enter(&steps, name.as_bytes()))
    }

    #[test]
    fn steps_say_what_whole_paths_say() {
        let patterns =
            ["b", "*.txt", "/a", "/a/b", "a/b", "/a/**/c", "**/c.txt", "/", "[ab]", "a*/?", "/x/../a", "nothing", "**"];
        let paths =
            ["/", "/a", "/b", "/a/b", "/a/b/c", "/a/x/y/c", "/x/a/b", "/x/c.txt", "/x/y.txt/z", "/A/B", "/ab/c/d"];
        for pattern in patterns {
            let mut rules = Rules::default();
            rules.exclude(pattern).unwrap();
            let one = PathPatterns::new(&[pattern.to_owned()], false).unwrap();
            for path in paths {
                let expected = rules.decide(path.as_bytes(), NodeType::File, 0).is_some();
                assert_eq!(one.is_match(&steps(&one, path)), expected, "{pattern} {path}");
                assert!(!expected || one.may_match(&steps(&one, path)), "{pattern} {path}");
            }
        }
    }

    #[test]
    fn what_cannot_match_is_known_early() {
        let patterns = PathPatterns::new(&["/a/b".to_owned(), "/c".to_owned()], false).unwrap();
        assert!(patterns.may_match(&steps(&patterns, "/a")) && !patterns.is_match(&steps(&patterns, "/a")));
        assert!(!patterns.may_match(&steps(&patterns, "/x")) && !patterns.may_match(&steps(&patterns, "/a/x")));
        assert!(patterns.is_match(&steps(&patterns, "/c/deep/beneath")));
        assert_eq!(steps(&patterns, "/x"), steps(&patterns, "/y/z"));
        let any = PathPatterns::new(&[], false).unwrap();
        assert!(any.is_match(&any.root()) && any.may_match(&steps(&any, "/x")));
    }

    #[test]
    fn case_can_be_ignored_and_nonsense_is_refused() {
        let patterns = PathPatterns::new(&["ReadMe*".to_owned()], true).unwrap();
        assert!(patterns.is_match(&steps(&patterns, "/x/README.md")));
        let exact = PathPatterns::new(&["ReadMe*".to_owned()], false).unwrap();
        assert!(!exact.is_match(&steps(&exact, "/x/README.md")));
        for bad in ["", "[a", "x\\", &"a/".repeat(100)] {
            assert!(PathPatterns::new(&[bad.to_owned()], false).is_err(), "{bad}");
        }
    }
}
