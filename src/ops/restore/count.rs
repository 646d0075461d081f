//! Counts what a restore is about while it runs: the plan knows its end only when nearly all is done.
use std::collections::HashSet;

use super::run::Run;
use super::select::{Verdict, judge};
use crate::model::{Node, NodeType, TreeReader};

/// Names of files with several that are told apart; beyond them a few files are counted twice, which the end puts right.
const MAX_LINKED: usize = 1 << 16;

/// Walks the trees, which the plan needs too and which are at hand for whoever comes second. What cannot be read is told by the plan.
pub(super) fn count(run: &Run<'_>, mut path: Vec<u8>, start: &Node) {
    let verdict = judge(run.options, &path, start.kind, start.size, false);
    let Some(tree) = start.subtree else { return };
    let (mut files, mut bytes) = (0_u64, 0_u64);
    let mut linked = HashSet::new();
    let mut levels = vec![(TreeReader::new(run, tree), path.len(), verdict == Verdict::Wanted)];
    while let Some((entries, length, wanted)) = levels.last_mut() {
        if run.is_over() {
            return;
        }
        path.truncate(*length);
        let node = match entries.next() {
            Some(Ok(node)) => node,
            Some(Err(_)) => return,
            None => {
                levels.pop();
                continue;
            }
        };
        path.push(b'/');
        path.extend_from_slice(&node.name);
        let verdict = judge(run.options, &path, node.kind, node.size, *wanted);
        match (verdict, node.kind, node.subtree) {
            (Verdict::Unwanted, ..) => {}
            (_, NodeType::Directory, Some(tree)) => {
                levels.push((TreeReader::new(run, tree), path.len(), verdict == Verdict::Wanted));
            }
            (Verdict::Wanted, NodeType::File, _) => {
                let several = node.links > 1 && node.inode != 0 && linked.len() < MAX_LINKED;
                if !several || linked.insert((node.device, node.inode)) {
                    files += 1;
                    bytes = bytes.saturating_add(node.size);
                }
            }
            _ => {}
        }
    }
    run.counts(files, bytes);
}
