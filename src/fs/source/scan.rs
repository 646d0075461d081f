//! Counts what a backup will have to look at.
use std::ops::ControlFlow;
use std::sync::Arc;

use super::excludes::Rules;
use super::names::Names;
use super::sources::Sources;
use super::walk::{Event, Walk, WalkOptions};
use crate::model::NodeType;

/// After so many entries the caller hears of it.
const STRIDE: u64 = 1024;

/// Counts files and their bytes, as a walk with these rules would meet them. Tells
/// `progress` both totals now and then, and at the end; it may break off. Problems are left to the walk itself.
/// Returns the totals, or none if it was broken off.
pub fn scan(
    sources: Sources,
    rules: Arc<Rules>,
    names: Arc<Names>,
    options: WalkOptions,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Option<(u64, u64)> {
    let (mut entries, mut files, mut bytes) = (0u64, 0, 0u64);
    for event in Walk::new(sources, rules, names, WalkOptions { stat_only: true, ..options }) {
        match event {
            Event::Enter(_) => {}
            Event::Entry(entry) => {
                if entry.node.kind == NodeType::File {
                    files += 1;
                    bytes = bytes.saturating_add(entry.node.size);
                }
            }
            Event::Leave | Event::Problem(_) | Event::LeftOut(..) => continue,
        }
        entries += 1;
        if entries % STRIDE == 0 && progress(files, bytes).is_break() {
            return None;
        }
    }
    progress(files, bytes).is_continue().then_some((files, bytes))
}
