//! Room on a full disk, for the few small objects without which a prune cannot even begin.
use std::collections::HashSet;

use super::walk::Walk;
use crate::error::Result;
use crate::id::StripeId;
use crate::monitor::{Event, Monitor};
use crate::repo::{NeededBlobs, Repository};

/// More is not needed to announce a prune, doom stripes and decide.
const ROOM: u64 = 16 << 20;

/// Opens the reserve, and removes parity packs of stripes in which nothing is used, without having doomed them: should a backup that is under
/// way still refer to them, their data packs are all there.
pub(super) fn make(repo: &Repository, monitor: &dyn Monitor) -> Result<()> {
    repo.open_reserve();
    let (survey, _) = repo.survey(monitor)?;
    let mut walk = Walk::new(repo, monitor);
    let needed = walk.update(&survey.catalog, &|| Ok(()))?;
    let unused: HashSet<StripeId> = (repo.usage(needed, &survey.doomed())?.into_iter())
        .filter(|usage| usage.live == 0)
        .map(|usage| usage.stripe)
        .collect();
    let removed = repo.drop_parity(&unused, ROOM)?;
    if removed > 0 {
        monitor.event(Event::Note(&format!("Removed {removed} parity packs of stripes in which nothing is used")));
    }
    Ok(())
}
