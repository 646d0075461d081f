//! The series of snapshots in one repository, each with the newest snapshot whose date is to be believed.
use crate::error::Result;
use crate::monitor::Monitor;
use crate::ops::forget::{Doubt, GroupBy, GroupKey, doubts};
use crate::ops::snapshots::{self, SnapshotFilter, SnapshotInfo};
use crate::repo::Repository;
use crate::world::Time;

/// One series in one repository. Series are what a policy of `forget` is applied to by default: a label, or else a host and its paths.
#[derive(Clone, Debug)]
pub struct SeriesState {
    /// What its snapshots have in common.
    pub key: GroupKey,
    /// How many there are.
    pub snapshots: u64,
    /// The newest complete one whose date is believed.
    pub latest: Option<SnapshotInfo>,
    /// A partial one that is newer: the run that made it was interrupted, or goes on.
    pub partial: Option<SnapshotInfo>,
    /// Those whose dates are not believed, with the reason. They count as no backup: one that is dated next year would hide for a year that
    /// there were no others.
    pub doubtful: Vec<(SnapshotInfo, Doubt)>,
}

/// All series of a repository that pass a filter.
#[derive(Clone, Debug, Default)]
pub struct SeriesStates {
    /// In the order of their keys.
    pub series: Vec<SeriesState>,
    /// Names in the filter that no snapshot has, in words: a misspelt host must not look like one that is backed up.
    pub unmatched: Vec<String>,
}

/// Lists the snapshots. One that cannot be read is a problem for the monitor. Dates are judged by `now` and by the other snapshots of the
/// same host, whether they pass the filter or not.
pub fn series(repo: &Repository, filter: &SnapshotFilter, now: Time, monitor: &dyn Monitor) -> Result<SeriesStates> {
    let all = snapshots::list(repo, &SnapshotFilter::default(), monitor)?;
    Ok(of_snapshots(all, filter, now))
}

/// The same of a list of all snapshots, oldest first.
pub(super) fn of_snapshots(all: Vec<SnapshotInfo>, filter: &SnapshotFilter, now: Time) -> SeriesStates {
    let doubts = doubts(&all, now);
    let mine: Vec<SnapshotInfo> = all.into_iter().filter(|info| filter.matches(&info.snapshot)).collect();
    let unmatched = unmatched(&mine, filter);
    let states = GroupBy::default().groups(mine).into_iter().map(|(key, group)| {
        let mut state = SeriesState { key, snapshots: 0, latest: None, partial: None, doubtful: Vec::new() };
        for info in group {
            state.snapshots += 1;
            match doubts.get(&info.id) {
                Some(doubt) => state.doubtful.push((info, *doubt)),
                None if info.snapshot.partial => state.partial = Some(info),
                None => {
                    state.latest = Some(info);
                    state.partial = None;
                }
            }
        }
        state
    });
    SeriesStates { series: states.collect(), unmatched }
}

fn unmatched(mine: &[SnapshotInfo], filter: &SnapshotFilter) -> Vec<String> {
    let hosts = filter.hosts.iter().map(|host| {
        let one = SnapshotFilter { hosts: vec![host.clone()], ..SnapshotFilter::default() };
        (format!("host {host}"), one)
    });
    let labels = filter.labels.iter().map(|label| {
        let one = SnapshotFilter { labels: vec![label.clone()], ..SnapshotFilter::default() };
        (format!("label {label:?}"), one)
    });
    let tags = filter.tags.iter().map(|list| {
        let one = SnapshotFilter { tags: vec![list.clone()], ..SnapshotFilter::default() };
        (if list.is_empty() { "without tags".to_owned() } else { format!("tag {}", list.join(",")) }, one)
    });
    let named = hosts.chain(labels).chain(tags);
    named.filter(|(_, one)| !mine.iter().any(|info| one.matches(&info.snapshot))).map(|(name, _)| name).collect()
}
