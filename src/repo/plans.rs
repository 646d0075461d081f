//! What will be read of storage, before it is: for those who pay for it.
use std::collections::HashSet;

use super::Repository;
use crate::error::Result;
use crate::id::BlobKind;
use crate::monitor::{Monitor, ReadPlan};

impl Repository {
    /// Whether somebody wants to know what will be read.
    pub fn wants_plan(&self, monitor: &dyn Monitor) -> bool {
        self.shared().backend.is_remote() || monitor.wants_plan()
    }

    /// What reading all trees takes, each frame once. The index must be loaded; reads half of it.
    pub fn reads_of_trees(&self) -> Result<ReadPlan> {
        let (mut plan, mut frames) = (ReadPlan::default(), HashSet::new());
        self.shared().index.for_each_blob(BlobKind::Tree, |_, place| {
            if frames.insert((place.pack, place.frame)) {
                plan.add(place.stored_len.into());
            }
        })?;
        Ok(plan)
    }

    /// What was read of trees so far, of storage that is far away.
    pub fn trees_read(&self) -> ReadPlan {
        self.shared().near.read_so_far()
    }

    /// Whether so many bytes of trees that were just read are still here, and cost nothing when they are needed again.
    pub fn keeps_trees(&self, bytes: u64) -> bool {
        self.shared().near.holds(bytes)
    }
}
