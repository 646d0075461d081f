//! What a restore will read, told before it begins where that costs money: the same plan once more, with nothing written and no data read.
use super::options::RestoreOptions;
use super::run::Run;
use crate::error::Result;
use crate::model::Node;
use crate::monitor::{Event, Monitor, ReadPlan};
use crate::repo::Repository;

/// Passes on whether to stop, and nothing else: what is wrong is told by the run itself.
struct Quiet<'a>(&'a dyn Monitor);

impl Monitor for Quiet<'_> {
    fn event(&self, _: Event<'_>) {}

    fn stop(&self) -> bool {
        self.0.stop()
    }
}

/// Walks the trees, which are then at hand for the restore, and tells what the frames of all files will take. Files that are there are
/// compared, which reads them twice; when that is too much, it is a bound. Returns how many files, of how many bytes, it is about.
pub(super) fn announce(
    repo: &Repository,
    options: &RestoreOptions,
    path: &[u8],
    found: Node,
    monitor: &dyn Monitor,
) -> Result<Option<(u64, u64)>> {
    monitor.event(Event::Phase("Planning"));
    let options = RestoreOptions { dry_run: true, delete: false, verify: false, scan: false, ..options.clone() };
    let before = repo.trees_read();
    let quiet = Quiet(monitor);
    let run = Run::ahead(repo, &options, &quiet);
    super::carry_out(&run, path, found);
    if monitor.stop() {
        run.take_failure()?;
    }
    // The restore will meet the same, and say what it is.
    if run.take_failure().is_err() {
        return Ok(None);
    }
    let mut plan = run.planned();
    let after = repo.trees_read();
    let trees = ReadPlan { requests: after.requests - before.requests, bytes: after.bytes - before.bytes, ..plan };
    if !repo.keeps_trees(trees.bytes) {
        plan.and(trees);
    }
    monitor.event(Event::Plan(plan));
    let report = run.report();
    Ok(Some((report.total_files, report.total_bytes)))
}
