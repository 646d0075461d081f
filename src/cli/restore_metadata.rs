//! Options about owners and extended attributes of restored entries.
use anyhow::Result;
use caddis::fs::source::Rules;
use caddis::fs::target::{IdRange, OwnedBy, Ownership, XattrSelection};
use clap::Args;

use super::exit::usage;

/// See the help texts. Of `--ownership-by-name`, `--numeric-ids` and `--no-ownership` the last one counts.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Owners and attributes")]
pub struct MetadataArgs {
    /// Owners by their names where this machine has them, else by number
    #[arg(long, overrides_with_all = ["numeric_ids", "no_ownership"])]
    ownership_by_name: bool,

    /// Owners by number, whatever names say [default]
    #[arg(long, overrides_with_all = ["ownership_by_name", "no_ownership"])]
    numeric_ids: bool,

    /// Set no owners: new files belong to whoever restores, those that are there keep theirs
    #[arg(long, overrides_with_all = ["ownership_by_name", "numeric_ids"])]
    no_ownership: bool,

    /// User FROM of the snapshot becomes user TO, and so on for COUNT numbers; in access-control lists too (can be repeated: the first
    /// that fits)
    #[arg(long, value_name = "FROM:TO[:COUNT]")]
    uid_map: Vec<IdRange>,

    /// The same for groups
    #[arg(long, value_name = "FROM:TO[:COUNT]")]
    gid_map: Vec<IdRange>,

    /// Only extended attributes whose names match, e.g. user.* (can be repeated)
    #[arg(long, value_name = "PATTERN", conflicts_with = "exclude_xattr")]
    include_xattr: Vec<String>,

    /// No extended attributes whose names match (can be repeated); access-control lists are system.posix_acl_*
    #[arg(long, value_name = "PATTERN")]
    exclude_xattr: Vec<String>,
}

impl MetadataArgs {
    /// For the library.
    pub fn ownership(&self) -> Ownership {
        let by = match (self.ownership_by_name, self.no_ownership) {
            (true, _) => OwnedBy::Name,
            (_, true) => OwnedBy::Nobody,
            // Also with --numeric-ids, which undoes the others.
            _ => OwnedBy::Number,
        };
        Ownership { by, users: self.uid_map.clone(), groups: self.gid_map.clone() }
    }

    /// The same.
    pub fn xattrs(&self) -> Result<XattrSelection> {
        let rules = |patterns: &[String]| {
            let mut rules = Rules::default();
            let added = patterns.iter().try_for_each(|pattern| rules.exclude(pattern));
            added.map(|()| rules).map_err(|error| usage(error.to_string()))
        };
        let only = if self.include_xattr.is_empty() { None } else { Some(rules(&self.include_xattr)?) };
        Ok(XattrSelection { only, except: rules(&self.exclude_xattr)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: MetadataArgs,
    }

    #[test]
    fn the_last_way_of_owning_counts() {
        let by = |args: &[&str]| {
            let line = Line::try_parse_from([&["x"], args].concat()).expect("valid");
            line.args.ownership().by
        };
        assert_eq!(by(&[]), OwnedBy::Number);
        assert_eq!(by(&["--ownership-by-name"]), OwnedBy::Name);
        assert_eq!(by(&["--ownership-by-name", "--numeric-ids"]), OwnedBy::Number);
        assert_eq!(by(&["--numeric-ids", "--ownership-by-name"]), OwnedBy::Name);
        assert_eq!(by(&["--ownership-by-name", "--no-ownership"]), OwnedBy::Nobody);
    }

    #[test]
    fn maps_and_patterns_must_make_sense() {
        let parse = |args: &[&str]| Line::try_parse_from([&["x"], args].concat());
        assert!(parse(&["--uid-map", "1:2:x"]).is_err());
        assert!(parse(&["--include-xattr", "a", "--exclude-xattr", "b"]).is_err());
        assert!(parse(&["--exclude-xattr", "user.[a"]).expect("parsed").args.xattrs().is_err());
    }
}
