//! What a forget is going to do, computed from one listing of the snapshots.
use super::group::{GroupBy, GroupKey};
use super::hints;
use super::policy::{Clock, Policy, Verdict, apply};
use super::trust::doubts;
use crate::error::{Error, Result};
use crate::id::SessionId;
use crate::monitor::{Event, Monitor};
use crate::ops::protect::is_protected;
use crate::ops::snapshots::{self, SnapshotFilter, SnapshotInfo};
use crate::repo::Repository;
use crate::world::Time;

/// What a policy is applied to, and how.
#[derive(Clone, Debug)]
pub struct ForgetOptions {
    /// Others are left alone.
    pub filter: SnapshotFilter,
    /// What to keep.
    pub policy: Policy,
    /// To which snapshots it is applied together.
    pub group_by: GroupBy,
    /// The time, and where days begin.
    pub clock: Clock,
    /// All snapshots of a group may go.
    pub allow_remove_all: bool,
}

/// Snapshots that a policy was applied to together.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Group {
    pub key: GroupKey,
    pub verdict: Verdict,
}

/// Computed by [`plan`] and [`plan_ids`], carried out by [`super::execute`].
#[derive(Clone, Debug)]
pub struct Plan {
    /// Every group, in the order of its key.
    pub groups: Vec<Group>,
    /// Told in the tombstones.
    pub(super) reason: &'static str,
}

impl Plan {
    /// All snapshots that go.
    pub fn removed(&self) -> impl Iterator<Item = &SnapshotInfo> {
        self.groups.iter().flat_map(|group| &group.verdict.remove)
    }
}

/// Applies the policy to every group. Refuses a policy that keeps nothing, and to remove all complete snapshots of a group, unless that is allowed and a
/// filter says which ones are meant. Doubtful dates are problems for the monitor, what may be a mistake in the options is a note.
pub fn plan(repo: &Repository, options: &ForgetOptions, monitor: &dyn Monitor) -> Result<Plan> {
    if options.policy.is_empty() {
        if !options.allow_remove_all {
            return Err(Error::Invalid("The policy keeps nothing; say what to keep, e.g. --keep-daily 7".to_owned()));
        }
        if options.filter.is_empty() {
            let cause = "Without a policy and without --host, --label, --tag or --path nothing would be left; nothing was forgotten";
            return Err(Error::Invalid(cause.to_owned()));
        }
    }
    let all = snapshots::list(repo, &SnapshotFilter::default(), monitor)?;
    let doubts = doubts(&all, options.clock.now);
    let mine: Vec<SnapshotInfo> = all.into_iter().filter(|info| options.filter.matches(&info.snapshot)).collect();
    hints::doubtful(&mine, &doubts, options, monitor);
    let groups: Vec<Group> = (options.group_by.groups(mine).into_iter())
        .map(|(key, group)| Group { key, verdict: apply(&options.policy, group, &doubts, &options.clock) })
        .collect();
    if !options.allow_remove_all
        && let Some(group) = groups.iter().find(|group| group.verdict.leaves_nothing())
    {
        let count = group.verdict.remove.len();
        return Err(Error::Invalid(format!(
            "The policy keeps none of {}: {count} would be forgotten. Nothing was forgotten; if that is what you want, add --unsafe-allow-remove-all",
            hints::name(&group.key)
        )));
    }
    let plan = Plan { groups, reason: "policy" };
    for hint in hints::about(&plan, options, &doubts) {
        monitor.event(Event::Note(&hint));
    }
    Ok(plan)
}

/// Snapshots that a user named, in one group. A protected one is refused, and the others with it.
pub fn plan_ids(named: Vec<SnapshotInfo>, protected_at: Time) -> Result<Plan> {
    if let Some(info) = named.iter().find(|info| is_protected(&info.snapshot, protected_at)) {
        return Err(Error::Protected { snapshot: info.id, until: info.snapshot.protected_until.unwrap_or_default() });
    }
    let mut remove = Vec::new();
    let mut seen: Vec<SessionId> = Vec::new();
    for info in named {
        if !seen.contains(&info.id) {
            seen.push(info.id);
            remove.push(info);
        }
    }
    let group = Group { key: GroupKey::default(), verdict: Verdict { keep: Vec::new(), remove } };
    Ok(Plan { groups: vec![group], reason: "by id" })
}
