//! Options that restrict snapshots by host, label, tags and paths.
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use caddis::ops::snapshots::SnapshotFilter;
use clap::Args;

use super::output::Output;
use super::when;

/// As in restic; they restrict lists, `latest` and labels, not ids.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Which snapshots")]
pub struct FilterArgs {
    /// Only snapshots of this host (can be repeated)
    #[arg(short = 'H', long, value_name = "HOST")]
    host: Vec<String>,

    /// Only snapshots that have all of these tags (can be repeated: any of the lists)
    #[arg(long, value_name = "TAG[,TAG…]")]
    tag: Vec<String>,

    /// Only snapshots with this label (can be repeated)
    #[arg(long, value_name = "LABEL")]
    label: Vec<String>,

    /// Only snapshots that include this absolute path (repeated: all of them)
    #[arg(long, value_name = "PATH")]
    path: Vec<PathBuf>,
}

impl FilterArgs {
    /// For the library.
    pub fn filter(&self) -> SnapshotFilter {
        // A relative path is meant from here, as when it was backed up.
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        SnapshotFilter {
            hosts: self.host.clone(),
            labels: self.label.clone(),
            tags: self.tag.iter().map(|list| split_tags(list)).collect(),
            paths: self.path.iter().map(|path| absolute(path).as_os_str().as_bytes().to_vec()).collect(),
            read_time: Some(when::not_after),
        }
    }

    /// Says what was asked for, if so few snapshots have it: a name that is misspelt must not look like a result.
    pub fn tell_if_none(&self, found: usize, out: &Output) {
        let filter = self.filter();
        if found == 0 && !filter.is_empty() {
            out.note(&format!("There is no snapshot with {filter}"));
        }
    }
}

/// `a,b` names two tags; blanks around them and empty ones do not count.
pub fn split_tags(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_lists_of_lists() {
        let args =
            FilterArgs { tag: vec!["a,b".into(), " c ,".into()], path: vec!["/x/y".into()], ..FilterArgs::default() };
        let filter = args.filter();
        assert_eq!(filter.tags, vec![vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]]);
        assert_eq!(filter.paths, vec![b"/x/y".to_vec()]);
    }
}
