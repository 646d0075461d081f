//! Counts what a backup will have to look at.
use std::ops::ControlFlow;
use std::sync::Arc;

use super::excludes::Rules;
use super::names::Names;
use super::sources::Sources;
use super::walk::{Event, Walk, WalkOptions};
use crate::model::NodeType;

/// After so many items the caller hears of it.
const STRIDE: u64 = 1024;

/// Counts items (directories, files and others) and bytes of files, as a walk with these rules would meet them. Tells
/// `progress` both totals now and then, and at the end; it may break off. Problems are left to the walk itself.
/// Returns the totals, or none if it was broken off.
pub fn scan(
    sources: Sources,
    rules: Arc<Rules>,
    names: Arc<Names>,
    options: WalkOptions,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Option<(u64, u64)> {
    let (mut items, mut bytes) = (0, 0u64);
    for event in Walk::new(sources, rules, names, WalkOptions { stat_only: true, ..options }) {
        match event {
            Event::Enter(_) => items += 1,
            Event::Entry(entry) => {
                items += 1;
                if entry.node.kind == NodeType::File {
                    bytes = bytes.saturating_add(entry.node.size);
                }
            }
            Event::Leave | Event::Problem(_) | Event::LeftOut(..) => continue,
        }
        if items % STRIDE == 0 && progress(items, bytes).is_break() {
            return None;
        }
    }
    progress(items, bytes).is_continue().then_some((items, bytes))
}
