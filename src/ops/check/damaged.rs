//! Says of each snapshot that does not read in full what can be done about it.
use super::walk::DamagedSnapshot;
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::monitor::{Event, Monitor, Silent};
use crate::ops::repair_snapshots::all_that_is_left;
use crate::ops::snapshots::{SnapshotFilter, list};
use crate::repo::{Inspection, Remedy, Repository, Severity};

/// Finds out which of them have a successor, and adds a finding and the remedies for each. Reads the trees of those for which `repair
/// snapshots` seems to have made one.
pub(super) fn conclude<'r>(
    repo: &'r Repository,
    inspection: &mut Inspection<'r>,
    damaged: &mut [DamagedSnapshot],
    monitor: &dyn Monitor,
) -> Result<()> {
    if damaged.is_empty() {
        return Ok(());
    }
    let known = list(repo, &SnapshotFilter::default(), &Silent)?;
    for one in damaged {
        if !one.root_is_lost && !inspection.index_is_incomplete {
            one.successor = match all_that_is_left(repo, one.id, &known, inspection, &OnlyStop(monitor)) {
                Ok(successor) => successor,
                Err(error @ Error::Stopped { .. }) => return Err(error),
                // Then it is advised to make one, and the repair says what is in its way.
                Err(_) => None,
            };
        }
        inspection.remedies.extend(remedies(one));
        inspection.find(Severity::Lost, ObjectName::Snapshot(one.id), message(one));
    }
    Ok(())
}

/// What the attempt of a repair meets is no news.
struct OnlyStop<'a>(&'a dyn Monitor);

impl Monitor for OnlyStop<'_> {
    fn event(&self, _: Event<'_>) {}

    fn stop(&self) -> bool {
        self.0.stop()
    }
}

fn remedies(one: &DamagedSnapshot) -> Vec<Remedy> {
    let mut remedies = match (one.root_is_lost, one.successor) {
        (true, _) => vec![Remedy::Backup, Remedy::Recover],
        (false, None) => vec![Remedy::Backup, Remedy::Snapshots],
        (false, Some(_)) => Vec::new(),
    };
    remedies.extend(one.is_to_be_forgotten().then_some(Remedy::Forget));
    remedies
}

fn message(one: &DamagedSnapshot) -> String {
    let short = one.id.short();
    let forget = match one.is_protected {
        false => format!("`caddis forget {short}` removes this one"),
        true => format!("this one is protected; `caddis unprotect {short}` makes one of it that can be forgotten"),
    };
    let loss = format!("entries lost, in full or in part: {}", one.entries);
    match (one.root_is_lost, one.successor) {
        (true, _) => format!(
            "its root directory is lost, so that nothing of it can be restored; `caddis recover` makes another snapshot of the directories \
             beneath that still read, {forget}"
        ),
        (false, Some(successor)) => {
            format!("{loss}; snapshot {} has all that is left of it, {forget}", successor.short())
        }
        (false, None) => format!(
            "{loss}; a new backup stores again what its sources still have, `caddis repair snapshots {short}` makes a snapshot of the rest"
        ),
    }
}
