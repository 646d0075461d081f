//! The directories at one depth beneath a path, over many snapshots, and what is beside them.
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::ledger::{Ledger, Names};
use crate::error::Result;
use crate::id::BlobId;
use crate::model::Tree;
use crate::ops::trees::names;

/// See above.
#[derive(Default)]
pub(super) struct Parts {
    /// Trees that a path has been, by path.
    pub groups: BTreeMap<Vec<u8>, BTreeSet<BlobId>>,
    /// Trees that are used outside of the base.
    pub beside: BTreeSet<BlobId>,
    /// Numbers of blobs that what lies above and between uses by itself.
    pub single: HashSet<usize>,
}

/// Walks down from the roots to `depth` beneath `base`; each distinct directory at a path is read once.
pub(super) fn collect(ledger: &mut Ledger<'_>, roots: &[BlobId], base: &[u8], depth: usize) -> Result<Parts> {
    let base = names(base);
    let mut parts = Parts::default();
    let mut seen: HashSet<(Vec<u8>, BlobId)> = HashSet::new();
    // Trees of directories, and of pieces of them, with how deep they lie beneath the root.
    let mut open: Vec<(Vec<u8>, usize, BlobId)> = Vec::new();
    for root in roots {
        arrive(&mut parts, &mut open, Vec::new(), 0, *root, base.len() + depth);
    }
    while let Some((path, level, id)) = open.pop() {
        if !seen.insert((path.clone(), id)) {
            continue;
        }
        parts.single.extend(ledger.number(&id)?);
        match ledger.load(&id)? {
            Some(Tree::Inner(branches)) => open.extend(branches.iter().map(|branch| (path.clone(), level, branch.id))),
            Some(Tree::Leaf(nodes)) => {
                for node in nodes {
                    let mut own = Names { trees: Vec::new(), data: Vec::new() };
                    own.node(&node, false);
                    single(ledger, &mut parts, own)?;
                    let Some(tree) = node.subtree else { continue };
                    // Down to the base there is one name at each level that leads there.
                    match base.get(level).is_none_or(|name| *name == node.name) {
                        true => {
                            let path = [&path[..], b"/", &node.name].concat();
                            arrive(&mut parts, &mut open, path, level + 1, tree, base.len() + depth);
                        }
                        false => drop(parts.beside.insert(tree)),
                    }
                }
            }
            Some(Tree::List { .. }) | None => {}
        }
    }
    Ok(parts)
}

fn arrive(
    parts: &mut Parts,
    open: &mut Vec<(Vec<u8>, usize, BlobId)>,
    path: Vec<u8>,
    level: usize,
    tree: BlobId,
    wanted: usize,
) {
    if level == wanted {
        let path = if path.is_empty() { b"/".to_vec() } else { path };
        parts.groups.entry(path).or_default().insert(tree);
    } else {
        open.push((path, level, tree));
    }
}

/// What an entry uses by itself; of a long list also the lists.
fn single(ledger: &mut Ledger<'_>, parts: &mut Parts, own: Names) -> Result<()> {
    let Names { mut trees, data } = own;
    for id in data {
        parts.single.extend(ledger.number(&id)?);
    }
    while let Some(id) = trees.pop() {
        let Some(number) = ledger.number(&id)? else { continue };
        if !parts.single.insert(number) {
            continue;
        }
        let Some(tree) = ledger.load(&id)? else { continue };
        let below = Names::of(&tree);
        for id in below.data {
            parts.single.extend(ledger.number(&id)?);
        }
        trees.extend(below.trees);
    }
    Ok(())
}
