//! Who uses which blob: counts references from tree to tree, group after group.
use std::collections::{HashMap, HashSet};

use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::model::{Content, Node, Tree, XattrValue, decode_tree};
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::du::Usage;
use crate::ops::trees::is_fatal;
use crate::repo::{BlobNumbers, Repository};

/// No group uses it.
const NOBODY: u32 = u32::MAX;
/// More than one does.
const MANY: u32 = u32::MAX - 1;
/// The group of what is not to be told.
const OTHERS: u32 = 0;

/// One more or less; true if it was the first that came, or the last that went.
fn count_one(count: &mut u32, up: bool) -> bool {
    let before = *count;
    *count = if up { before.saturating_add(1) } else { before.saturating_sub(1) };
    before == u32::from(!up)
}

/// What a tree names.
pub(super) struct Names {
    pub trees: Vec<BlobId>,
    pub data: Vec<BlobId>,
}

impl Names {
    /// Of a tree of whatever form.
    pub(super) fn of(tree: &Tree) -> Self {
        let mut names = Names { trees: Vec::new(), data: Vec::new() };
        match tree {
            Tree::Leaf(nodes) => nodes.iter().for_each(|node| names.node(node, true)),
            Tree::Inner(branches) => names.trees.extend(branches.iter().map(|branch| branch.id)),
            Tree::List { height: 0, ids } => names.data.extend(ids),
            Tree::List { ids, .. } => names.trees.extend(ids),
        }
        names
    }

    /// Of an entry; of a directory what is in it only if `below`.
    pub(super) fn node(&mut self, node: &Node, below: bool) {
        for (_, value) in &node.xattrs {
            if let XattrValue::Blobs(ids) = value {
                self.data.extend(ids);
            }
        }
        match &node.content {
            Content::Blobs(ids) => self.data.extend(ids),
            Content::List { id, .. } => self.trees.push(*id),
            Content::Empty | Content::Inline(_) => {}
        }
        self.trees.extend(node.subtree.filter(|_| below));
    }
}

/// A word of each kind for every blob of the index.
///
/// Groups come one after the other; the trees of the next one are counted in before those of the one before are counted out, so that what both have
/// is not read again. A blob is alive while anything that is counted in names it, or is a delta of it. What was alive once, during one group only, is
/// that group's own.
pub(super) struct Ledger<'a> {
    repo: &'a Repository,
    monitor: &'a dyn Monitor,
    numbers: BlobNumbers<'a>,
    references: Vec<u32>,
    /// By deltas; most blobs are no base.
    held: HashMap<usize, u32>,
    owner: Vec<u32>,
    /// Bytes in storage; 0: not asked yet.
    cost: Vec<u32>,
    /// Whether the others use it: one bit for each.
    others: Vec<u64>,
    /// Bytes of all that is alive.
    alive: u64,
    group: u32,
    totals: Vec<u64>,
    /// Trees that could not be read, and blobs that are in no index.
    bad: HashSet<BlobId>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(repo: &'a Repository, monitor: &'a dyn Monitor) -> Result<Self> {
        let numbers = repo.blob_numbers()?;
        let count = numbers.len();
        Ok(Ledger {
            repo,
            monitor,
            references: vec![0; count],
            held: HashMap::new(),
            owner: vec![NOBODY; count],
            cost: vec![0; count],
            others: vec![0; count.div_ceil(64)],
            numbers,
            alive: 0,
            group: OTHERS,
            totals: Vec::new(),
            bad: HashSet::new(),
        })
    }

    /// Counts the trees of the others, then those of each group.
    pub(super) fn count(&mut self, others: Vec<BlobId>, groups: Vec<Vec<BlobId>>) -> Result<()> {
        let mut before = Vec::new();
        for (number, roots) in std::iter::once(others).chain(groups).enumerate() {
            self.group = number as u32;
            roots.iter().try_for_each(|root| self.tree(*root, true))?;
            self.group = (number as u32).saturating_sub(1);
            before.iter().try_for_each(|root| self.tree(*root, false))?;
            self.totals.push(self.alive);
            before = roots;
            self.monitor.event(Event::Progress { items: 1, bytes: 0 });
        }
        // What is alive now was so in the last group.
        let last = (self.totals.len() as u32).saturating_sub(1);
        for number in 0..self.owner.len() {
            if self.is_alive(number) {
                self.leave(number, last);
            }
        }
        Ok(())
    }

    /// What each group uses, without the others.
    pub(super) fn usages(&self) -> Vec<Usage> {
        let mut usages: Vec<Usage> = self.totals.iter().map(|total| Usage { exclusive: 0, total: *total }).collect();
        for (owner, cost) in self.owner.iter().zip(&self.cost) {
            if let Some(usage) = usages.get_mut(*owner as usize) {
                usage.exclusive += u64::from(*cost);
            }
        }
        usages.drain(..1.min(usages.len()));
        usages
    }

    /// What all groups use together.
    pub(super) fn together(&self) -> Usage {
        let mut usage = Usage::default();
        for (number, (owner, cost)) in self.owner.iter().zip(&self.cost).enumerate() {
            if *owner != NOBODY && *owner != OTHERS {
                usage.total += u64::from(*cost);
                let of_others = self.others.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1);
                usage.exclusive += if of_others { 0 } else { u64::from(*cost) };
            }
        }
        usage
    }

    /// Something that is in no group uses the blob too.
    pub(super) fn is_used_by_others(&mut self, number: usize) {
        if let Some(owner) = self.owner.get_mut(number).filter(|owner| **owner != NOBODY) {
            *owner = MANY;
        }
    }

    /// The number of a blob; one that is in no index is a problem, once.
    pub(super) fn number(&mut self, id: &BlobId) -> Result<Option<usize>> {
        let found = self.numbers.find(id)?;
        if found.is_none() {
            self.bad(id, &Error::BlobNotFound { id: *id });
        }
        Ok(found)
    }

    /// A tree; `None` if it cannot be read, which is a problem, once.
    pub(super) fn load(&mut self, id: &BlobId) -> Result<Option<Tree>> {
        if self.monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        // What could not be read when it was counted in is not counted out either.
        if self.bad.contains(id) {
            return Ok(None);
        }
        let loaded = self
            .repo
            .load_blob(BlobKind::Tree, id, self.monitor)
            .and_then(|bytes| decode_tree(&bytes).map_err(|cause| Error::damaged(format!("Tree {id}"), cause)));
        match loaded {
            Ok(tree) => Ok(Some(tree)),
            Err(error) => {
                self.bad(id, &error);
                if is_fatal(&error) { Err(error) } else { Ok(None) }
            }
        }
    }

    fn bad(&mut self, id: &BlobId, error: &Error) {
        if self.bad.insert(*id) {
            let problem = Problem { item: format!("Blob {id}"), message: error.to_string() };
            self.monitor.event(Event::Problem(&problem));
        }
    }

    /// One more reference to a tree, or one less, with all that changes beneath it.
    fn tree(&mut self, root: BlobId, up: bool) -> Result<()> {
        let mut open = Vec::new();
        if self.refer(&root, up)? {
            open.push(root);
        }
        while let Some(id) = open.pop() {
            let Some(tree) = self.load(&id)? else { continue };
            let names = Names::of(&tree);
            drop(tree);
            for id in &names.data {
                self.refer(id, up)?;
            }
            for id in names.trees {
                if self.refer(&id, up)? {
                    open.push(id);
                }
            }
        }
        Ok(())
    }

    /// One reference more or less; true if it is the first that comes, or the last that goes.
    fn refer(&mut self, id: &BlobId, up: bool) -> Result<bool> {
        let Some(number) = self.number(id)? else { return Ok(false) };
        let Some(count) = self.references.get_mut(number) else { return Ok(false) };
        if !count_one(count, up) {
            return Ok(false);
        }
        for base in self.turn(number, up)? {
            // The number of a base is one in full, so that it holds nothing in turn.
            let Some(base) = self.number(&base)? else { continue };
            if count_one(self.held.entry(base).or_default(), up) {
                self.turn(base, up)?;
            }
        }
        Ok(true)
    }

    fn is_alive(&self, number: usize) -> bool {
        self.references.get(number).is_some_and(|count| *count > 0)
            || self.held.get(&number).is_some_and(|count| *count > 0)
    }

    /// A blob got its first reference, or first delta, or lost the last. Returns its bases.
    fn turn(&mut self, number: usize, up: bool) -> Result<Vec<BlobId>> {
        let (cost, bases) = self.numbers.cost(number)?;
        let references = self.references.get(number).map_or(0, |count| u64::from(*count));
        let held = self.held.get(&number).map_or(0, |count| u64::from(*count));
        // Of both kinds together: does it come alive, or die?
        if references + held != u64::from(up) {
            return Ok(bases);
        }
        if let Some(known) = self.cost.get_mut(number) {
            *known = cost;
        }
        match up {
            true => {
                self.alive += u64::from(cost);
                let group = self.group;
                if let Some(owner) = self.owner.get_mut(number) {
                    *owner = if *owner == NOBODY { group } else { MANY };
                }
                if group == OTHERS
                    && let Some(word) = self.others.get_mut(number / 64)
                {
                    *word |= 1 << (number % 64);
                }
            }
            false => {
                self.alive = self.alive.saturating_sub(u64::from(cost));
                self.leave(number, self.group);
            }
        }
        Ok(bases)
    }

    /// It was alive up to this group.
    fn leave(&mut self, number: usize, last: u32) {
        if let Some(owner) = self.owner.get_mut(number).filter(|owner| **owner != last && **owner != NOBODY) {
            *owner = MANY;
        }
    }
}
