//! What is said about a plan: dates that are not believed, and options that probably do not do what was meant.
use std::collections::{BTreeMap, BTreeSet};

use super::group::{GroupBy, GroupKey};
use super::period::zoned;
use super::plan::{ForgetOptions, Plan};
use super::policy::{Limit, apply};
use super::trust::Doubt;
use crate::id::SessionId;
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::snapshots::SnapshotInfo;

/// Tells which dates are not believed: one problem for impossible ones, one for each host whose dates contradict each other.
pub(super) fn doubtful(
    list: &[SnapshotInfo],
    doubts: &BTreeMap<SessionId, Doubt>,
    options: &ForgetOptions,
    monitor: &dyn Monitor,
) {
    let date = |info: &SnapshotInfo| match zoned(info.snapshot.time, &options.clock.zone) {
        Some(moment) => moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        None => format!("@{}", info.snapshot.time.secs),
    };
    let mut impossible: Vec<&SnapshotInfo> = Vec::new();
    let mut hosts: BTreeMap<&str, Vec<(usize, &SnapshotInfo)>> = BTreeMap::new();
    for info in list {
        match doubts.get(&info.id) {
            None => {}
            Some(Doubt::Impossible) => impossible.push(info),
            Some(Doubt::Order { contradicted_by }) => {
                hosts.entry(&info.snapshot.host).or_default().push((*contradicted_by, info));
            }
        }
    }
    let tell = |info: &SnapshotInfo, message: String| {
        monitor.event(Event::Problem(&Problem { item: format!("snapshot {}", info.id.short()), message }));
    };
    if let Some(first) = impossible.first() {
        let message = format!(
            "{} dated later than now, e.g. {} of {}: kept, and not counted by the policy; `caddis forget ID` removes them",
            are(impossible.len()),
            date(first),
            first.snapshot.host
        );
        tell(first, message);
    }
    for (host, doubtful) in hosts {
        let Some((others, worst)) = doubtful.iter().max_by_key(|(count, _)| *count) else { continue };
        let message = format!(
            "{} of {host} dated in another order than they were written in, most of all this one of {}, which contradicts {others}: \
             kept, and not counted by the policy. If this date is wrong, `caddis forget {}` settles it",
            are(doubtful.len()),
            date(worst),
            worst.id.short()
        );
        tell(worst, message);
    }
}

fn are(count: usize) -> String {
    if count == 1 { "1 snapshot is".to_owned() } else { format!("{count} snapshots are") }
}

/// A group for people: `the snapshots of host web, paths /etc, /srv`.
pub(super) fn name(key: &GroupKey) -> String {
    let mut parts = Vec::new();
    parts.extend(key.host.as_ref().map(|host| format!("host {host}")));
    let paths = |paths: &Vec<Vec<u8>>| {
        let paths: Vec<_> = paths.iter().map(|path| String::from_utf8_lossy(path)).collect();
        format!("paths {}", paths.join(", "))
    };
    parts.extend(key.paths.as_ref().map(paths));
    parts.extend(key.tags.as_ref().map(|tags| format!("tags {}", tags.join(", "))));
    parts.extend(key.label.as_ref().map(|label| format!("label {label}")));
    if parts.is_empty() { "the snapshots".to_owned() } else { format!("the snapshots of {}", parts.join(", ")) }
}

/// Whether grouping keeps the policy from having any effect, and series that several hosts share.
pub(super) fn about(plan: &Plan, options: &ForgetOptions, doubts: &BTreeMap<SessionId, Doubt>) -> Vec<String> {
    let mut hints = Vec::new();
    hints.extend(without_effect(plan, options, doubts));
    for group in plan.groups.iter().filter(|group| options.group_by.label_first && group.key.label.is_some()) {
        let verdict = &group.verdict;
        let infos = verdict.keep.iter().map(|kept| &kept.info).chain(&verdict.remove);
        let hosts: BTreeSet<&str> = infos.map(|info| info.snapshot.host.as_str()).collect();
        if hosts.len() > 1 {
            let hosts = hosts.into_iter().collect::<Vec<_>>().join(", ");
            hints.push(format!(
                "One series for {hosts}: {} count together; --group-by host,label keeps them apart",
                name(&group.key)
            ));
        }
    }
    hints
}

/// Every group is too small for the policy, which would remove something if there were but one group.
fn without_effect(plan: &Plan, options: &ForgetOptions, doubts: &BTreeMap<SessionId, Doubt>) -> Option<String> {
    let groups = &plan.groups;
    if groups.len() < 2 || plan.removed().next().is_some() {
        return None;
    }
    let smallest = (options.policy.rules.iter())
        .filter(|rule| !rule.is_empty())
        .map(|rule| match rule.limit {
            Limit::Count(count) => count as usize,
            Limit::All | Limit::Within(_) => usize::MAX,
        })
        .min()?;
    let size = |at: &usize| groups[*at].verdict.keep.len();
    let largest = (0..groups.len()).map(|at| size(&at)).max()?;
    let single = largest == 1;
    if !single && (largest >= smallest || smallest == usize::MAX) {
        return None;
    }
    let mut all: Vec<SnapshotInfo> =
        groups.iter().flat_map(|group| &group.verdict.keep).map(|kept| kept.info.clone()).collect();
    all.sort_by_key(SnapshotInfo::order);
    if apply(&options.policy, all, doubts, &options.clock).remove.is_empty() {
        return None;
    }
    let by_paths = GroupBy { paths: false, ..options.group_by };
    let why = if single { "each has a single snapshot" } else { "each has fewer snapshots than are to be kept" };
    let paths_differ = {
        let keys: BTreeSet<GroupKey> =
            groups.iter().flat_map(|group| &group.verdict.keep).map(|kept| by_paths.key(&kept.info.snapshot)).collect();
        keys.len() < groups.len()
    };
    let paths = if paths_differ { ", because their paths differ" } else { "" };
    Some(format!(
        "Nothing to forget: the snapshots are in {} groups, and {why}{paths}; --group-by says what makes a group, e.g. --group-by host",
        groups.len()
    ))
}
