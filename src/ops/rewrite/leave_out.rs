//! What a changed copy leaves out of its trees, and how much that is.
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::error::{Error, Result};
use crate::fs::source::Rules;
use crate::id::BlobId;
use crate::model::{Node, TreeReader};
use crate::monitor::{Action, Event, Monitor};
use crate::ops::totals::Totals;
use crate::ops::trees::ReadTrees;
use crate::repo::Repository;

/// What is left out, always with everything beneath it.
#[derive(Clone, Debug)]
pub enum LeaveOut {
    /// What patterns exclude.
    Rules(Rules),
    /// These paths, absolute and without a slash at their ends.
    Paths(BTreeSet<Vec<u8>>),
    /// What patterns include stays, with everything beneath it, and so do the directories on the way there.
    AllBut(Rules),
}

/// What becomes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Goes,
    /// It stays, and so does all that is beneath it.
    Stays,
    /// It stays, and what is beneath it is looked at.
    Perhaps,
    /// The same, but it goes if nothing beneath it stays.
    IfNotEmpty,
}

impl LeaveOut {
    pub(super) fn fate(&self, path: &[u8], node: &Node) -> Fate {
        let decides = |rules: &Rules| rules.decide(path, node.kind, node.size).is_some();
        let (goes, reaches_below) = match self {
            LeaveOut::Rules(rules) => (decides(rules), rules.reach_below(path)),
            LeaveOut::Paths(paths) => {
                let below = [path, b"/"].concat();
                let next = paths.range(below.clone()..).next();
                (paths.contains(path), next.is_some_and(|first| first.starts_with(&below)))
            }
            LeaveOut::AllBut(rules) if decides(rules) => return Fate::Stays,
            LeaveOut::AllBut(rules) if node.subtree.is_some() && rules.reach_below(path) => return Fate::IfNotEmpty,
            LeaveOut::AllBut(_) => return Fate::Goes,
        };
        match (goes, reaches_below && node.subtree.is_some()) {
            (true, _) => Fate::Goes,
            (false, true) => Fate::Perhaps,
            (false, false) => Fate::Stays,
        }
    }
}

/// What is left out of a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// All entries and the bytes of the files.
    pub totals: Totals,
    /// Directories that go as well and could not be read, so that nobody knows what is in them.
    pub unread: u64,
    /// Nothing stays.
    pub is_all: bool,
}

impl LeftOut {
    /// Whether that is nothing.
    pub fn is_empty(&self) -> bool {
        self.totals == Totals::default()
    }

    /// Adds what is left out of another snapshot.
    pub fn add(&mut self, other: LeftOut) {
        self.totals.add(other.totals);
        self.unread += other.unread;
    }
}

/// A directory that is being looked at.
struct Level<'a> {
    reader: TreeReader<'a>,
    tree: BlobId,
    /// Length of its path.
    path: usize,
    /// It goes, so that everything in it is counted.
    goes: bool,
    /// It goes if nothing in it stays.
    if_not_empty: Option<Node>,
    has_something: bool,
    left_out: LeftOut,
}

/// Finds out, without writing anything, what would be left out of snapshots. What they have in common is read once.
pub struct Survey<'a> {
    trees: ReadTrees<'a>,
    leave_out: &'a LeaveOut,
    monitor: &'a dyn Monitor,
    /// Trees of directories at paths of which nothing is left out.
    untouched: HashSet<(Vec<u8>, BlobId)>,
    totals: HashMap<BlobId, LeftOut>,
    /// The monitor hears of each entry that would go.
    tells: bool,
}

impl<'a> Survey<'a> {
    /// Ready to look.
    pub fn new(repo: &'a Repository, leave_out: &'a LeaveOut, monitor: &'a dyn Monitor) -> Self {
        let trees = ReadTrees { repo, monitor };
        Survey { trees, leave_out, monitor, untouched: HashSet::new(), totals: HashMap::new(), tells: true }
    }

    /// What would be left out of the snapshot with this root. An error if a directory cannot be read that may have something in it that goes.
    pub fn of(&mut self, root: BlobId) -> Result<LeftOut> {
        if self.untouched.contains(&(Vec::new(), root)) {
            return Ok(LeftOut::default());
        }
        // Not by recursion: trees may be deeper than the stack of a thread.
        let mut path = Vec::new();
        let trees = ReadTrees { ..self.trees };
        let open = |tree, path: &[u8], goes, if_not_empty| Level {
            reader: TreeReader::new(&trees, tree),
            tree,
            path: path.len(),
            goes,
            if_not_empty,
            has_something: false,
            left_out: LeftOut::default(),
        };
        let mut levels = vec![open(root, b"", false, None)];
        while let Some(level) = levels.last_mut() {
            if self.monitor.stop() {
                return Err(Error::Stopped { checkpoint: None });
            }
            path.truncate(level.path);
            let node = match level.reader.next() {
                None => {
                    let Some(mut level) = levels.pop() else { break };
                    if let Some(node) = level.if_not_empty.take_if(|_| !level.has_something) {
                        level.left_out.totals.count(&node);
                        self.tell(&path, &node);
                    } else {
                        level.has_something |= !level.goes && !levels.is_empty();
                    }
                    self.learn(&level, &path);
                    match levels.last_mut() {
                        Some(above) => {
                            above.left_out.add(level.left_out);
                            above.has_something |= level.has_something;
                        }
                        None => return Ok(LeftOut { is_all: !level.has_something, ..level.left_out }),
                    }
                    continue;
                }
                Some(Ok(node)) => node,
                Some(Err(Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. }))
                    if level.goes =>
                {
                    level.left_out.unread += 1;
                    continue;
                }
                Some(Err(error)) => return Err(error),
            };
            path.push(b'/');
            path.extend_from_slice(&node.name);
            let fate = if level.goes { Fate::Goes } else { self.leave_out.fate(&path, &node) };
            let goes = fate == Fate::Goes;
            if goes {
                level.left_out.totals.count(&node);
                if !level.goes {
                    self.tell(&path, &node);
                }
            }
            let known = node.subtree.filter(|_| goes).and_then(|tree| self.totals.get(&tree).copied());
            let is_untouched = |tree: BlobId| self.untouched.contains(&(path.clone(), tree));
            match (fate, node.subtree, known) {
                (_, _, Some(known)) => level.left_out.add(known),
                (Fate::Goes, Some(tree), None) => levels.push(open(tree, &path, true, None)),
                (Fate::Goes, None, None) => {}
                (Fate::Perhaps, Some(tree), None) if !is_untouched(tree) => {
                    levels.push(open(tree, &path, false, None));
                }
                (Fate::IfNotEmpty, Some(tree), None) if !is_untouched(tree) => {
                    levels.push(open(tree, &path, false, Some(node)));
                }
                _ => level.has_something = true,
            }
        }
        Ok(LeftOut::default())
    }

    fn tell(&self, path: &[u8], node: &Node) {
        if self.tells {
            self.monitor.event(Event::Item { path, action: Action::Deleted, bytes: node.size });
        }
    }

    fn learn(&mut self, level: &Level<'_>, path: &[u8]) {
        if level.goes {
            self.totals.insert(level.tree, level.left_out);
        } else if level.left_out.is_empty() {
            self.untouched.insert((path.to_vec(), level.tree));
        }
    }
}

/// All entries of a tree, for a count that is missing or wrong. Each tree is read once.
pub fn count(repo: &Repository, root: BlobId, monitor: &dyn Monitor) -> Result<Totals> {
    let everything = LeaveOut::Rules(everything()?);
    let left_out = Survey { tells: false, ..Survey::new(repo, &everything, monitor) }.of(root)?;
    match left_out.unread {
        0 => Ok(left_out.totals),
        unread => Err(Error::Invalid(format!("{unread} directories cannot be read, so that nothing can be counted"))),
    }
}

fn everything() -> Result<Rules> {
    let mut rules = Rules::default();
    rules.exclude("*")?;
    Ok(rules)
}
