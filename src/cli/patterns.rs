//! Options that leave files out or take only some, and the rules that they become.
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use anyhow::Context as _;
use caddis::fs::source::{Marker, Rules, numbered_exclude_lines};
use clap::Args;

use super::exit::usage;
use super::units::parse_size;

/// Exclude patterns, for backup and restore.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "What is left out")]
pub struct ExcludeArgs {
    /// Leave out what matches; `!` before a pattern takes it in again (can be repeated)
    #[arg(short = 'e', long, value_name = "PATTERN")]
    exclude: Vec<String>,

    /// The same without regard to case
    #[arg(long, value_name = "PATTERN")]
    iexclude: Vec<String>,

    /// Take exclude patterns from a file, one a line; # begins a comment, $VAR is replaced (can be repeated)
    #[arg(long, value_name = "FILE")]
    exclude_file: Vec<PathBuf>,

    /// The same without regard to case
    #[arg(long, value_name = "FILE")]
    iexclude_file: Vec<PathBuf>,
}

impl ExcludeArgs {
    /// Rules and, for the snapshot, the patterns as text.
    pub fn rules(&self) -> anyhow::Result<(Rules, Vec<String>)> {
        let exact = with_files(&self.exclude, &self.exclude_file)?;
        let caseless = with_files(&self.iexclude, &self.iexclude_file)?;
        let rules = rules(&exact, &caseless)?;
        Ok((rules, exact.into_iter().chain(caseless).collect()))
    }

    /// Where a pattern comes from that decided something.
    pub fn origin(&self, pattern: &str) -> anyhow::Result<Option<Origin>> {
        for (option, patterns, files) in
            [("--exclude", &self.exclude, &self.exclude_file), ("--iexclude", &self.iexclude, &self.iexclude_file)]
        {
            // Of two that are the same the last one counts.
            let found = located(option, patterns, files)?.into_iter().rev().find(|(text, _)| text == pattern);
            if let Some((_, origin)) = found {
                return Ok(Some(origin));
            }
        }
        Ok(None)
    }
}

/// Where a pattern was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Option(&'static str),
    /// With the number of the line.
    File(PathBuf, usize),
}

/// Include patterns, for restore and rewrite.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "What is taken")]
pub struct IncludeArgs {
    /// Take, or keep, only what matches (can be repeated)
    #[arg(short = 'i', long, value_name = "PATTERN")]
    include: Vec<String>,

    /// The same without regard to case
    #[arg(long, value_name = "PATTERN")]
    iinclude: Vec<String>,

    /// Take include patterns from a file, one a line; # begins a comment, $VAR is replaced (can be repeated)
    #[arg(long, value_name = "FILE")]
    include_file: Vec<PathBuf>,

    /// The same without regard to case
    #[arg(long, value_name = "FILE")]
    iinclude_file: Vec<PathBuf>,
}

impl IncludeArgs {
    /// `None` when there is no pattern: everything is taken.
    pub fn rules(&self) -> anyhow::Result<Option<Rules>> {
        let exact = with_files(&self.include, &self.include_file)?;
        let caseless = with_files(&self.iinclude, &self.iinclude_file)?;
        let given = [&self.include_file, &self.iinclude_file].iter().any(|files| !files.is_empty());
        // A file without patterns takes nothing, which is an answer too, but never what was meant.
        if exact.is_empty() && caseless.is_empty() {
            return if given { Err(usage("The include files have no patterns")) } else { Ok(None) };
        }
        rules(&exact, &caseless).map(Some)
    }
}

/// What else a backup may leave out.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "What is left out")]
pub struct BackupExcludeArgs {
    /// Leave out the content of directories that have such a file (that begins with HEADER)
    #[arg(long, value_name = "FILE[:HEADER]")]
    exclude_if_present: Vec<OsString>,

    /// Leave out the content of cache directories (those with a CACHEDIR.TAG)
    #[arg(long)]
    exclude_caches: bool,

    /// Leave out files larger than this, e.g. 500MiB
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    exclude_larger_than: Option<u64>,

    /// Leave out what .gitignore files in the sources name
    #[arg(long)]
    git_ignore: bool,
}

impl BackupExcludeArgs {
    /// Adds to the rules.
    pub fn add_to(&self, rules: &mut Rules) -> anyhow::Result<()> {
        for marker in &self.exclude_if_present {
            rules.exclude_if_present(Marker::parse(marker.as_bytes()).map_err(|error| usage(error.to_string()))?);
        }
        if self.exclude_caches {
            rules.exclude_if_present(Marker::cache());
        }
        if let Some(bytes) = self.exclude_larger_than {
            rules.exclude_larger_than(bytes);
        }
        if self.git_ignore {
            rules.honour_git_ignore();
        }
        Ok(())
    }
}

fn rules(exact: &[String], caseless: &[String]) -> anyhow::Result<Rules> {
    let mut rules = Rules::default();
    exact.iter().try_for_each(|pattern| rules.exclude(pattern)).map_err(|error| usage(error.to_string()))?;
    caseless
        .iter()
        .try_for_each(|pattern| rules.exclude_ignoring_case(pattern))
        .map_err(|error| usage(error.to_string()))?;
    Ok(rules)
}

/// Patterns of the command line, then those of the files.
fn with_files(patterns: &[String], files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    Ok(located("", patterns, files)?.into_iter().map(|(pattern, _)| pattern).collect())
}

/// The same with where each comes from.
fn located(option: &'static str, patterns: &[String], files: &[PathBuf]) -> anyhow::Result<Vec<(String, Origin)>> {
    let mut all: Vec<_> = patterns.iter().map(|pattern| (pattern.clone(), Origin::Option(option))).collect();
    for file in files {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("Could not read patterns from {}", file.display()))?;
        all.extend(
            numbered_exclude_lines(&text).map(|(number, line)| {
                (expand(line, |name| std::env::var(name).ok()), Origin::File(file.clone(), number))
            }),
        );
    }
    Ok(all)
}

/// Replaces `$NAME` and `${NAME}` (by nothing if unset), and `$$` by `$`. Any other `$` stays.
fn expand(line: &str, lookup: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('$') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        out.push_str(before);
        let name_len = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        rest = if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            after
        } else if let Some((name, after)) = after.strip_prefix('{').and_then(|after| after.split_once('}')) {
            out.push_str(&lookup(name).unwrap_or_default());
            after
        } else if name_len > 0 && !after.starts_with(|c: char| c.is_ascii_digit()) {
            out.push_str(&lookup(&after[..name_len]).unwrap_or_default());
            &after[name_len..]
        } else {
            out.push('$');
            after
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced() {
        let lookup = |name: &str| (name == "HOME").then(|| "/home/x".to_owned());
        for (line, expanded) in [
            ("$HOME/.cache", "/home/x/.cache"),
            ("${HOME}s", "/home/xs"),
            ("$UNSET/a", "/a"),
            ("a$$b", "a$b"),
            ("*.$", "*.$"),
            ("$.x", "$.x"),
            ("$1", "$1"),
            ("${open", "${open"),
            ("ü$HOME", "ü/home/x"),
        ] {
            assert_eq!(expand(line, lookup), expanded, "{line}");
        }
    }

    #[test]
    fn files_follow_the_command_line() {
        let file = std::env::temp_dir().join(format!("caddis-patterns-{}", std::process::id()));
        std::fs::write(&file, "# comment\n\n  *.o  \n$$x\n").expect("temporary files can be written");
        let patterns = with_files(&["a".to_owned()], std::slice::from_ref(&file));
        std::fs::remove_file(&file).expect("it is ours");
        assert_eq!(patterns.expect("readable"), ["a", "*.o", "$x"]);
        assert!(with_files(&[], &[file]).unwrap_err().to_string().contains("Could not read patterns"));
    }
}
