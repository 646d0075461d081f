//! Entries that come in any order, and the trees that they become.
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use crossbeam_channel::{Sender, bounded};

use super::archive::{Archive, Archived};
use super::crew::Crew;
use super::parents::Parents;
use super::run::Trees;
use super::{STEPS, Step};
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::model::{Content, Node, NodeType};
use crate::monitor::Action;

/// Longest path. Each of its directories becomes a tree.
const MAX_PATH: usize = 16 << 10;

/// The content of a file for each target, when it is known; none for a target that has failed.
pub(super) type Contents = Arc<OnceLock<Vec<Option<Content>>>>;

/// An entry without its name.
#[derive(Clone)]
pub(super) struct Leaf {
    pub node: Node,
    pub contents: Contents,
}

/// All entries in memory, without the content of files. Directories above them need not be there.
#[derive(Default)]
pub(super) struct Gathered {
    /// By the names of the path with a zero byte between them: so the order is that of trees.
    entries: BTreeMap<Vec<u8>, Leaf>,
}

impl Gathered {
    /// Adds an entry; one of the same path goes. If that makes no sense, the error says why.
    pub(super) fn insert(&mut self, path: &[&[u8]], leaf: Leaf) -> Result<(), &'static str> {
        let key = path.join(&0_u8);
        if key.len() > MAX_PATH {
            return Err("Its path is too long; it is left out");
        }
        let is_directory = |leaf: &Leaf| leaf.node.kind == NodeType::Directory;
        let mut ends = key.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(at, _)| at);
        if !ends.all(|end| self.entries.get(&key[..end]).is_none_or(is_directory)) {
            return Err("It is beneath what is no directory; it is left out");
        }
        if !is_directory(&leaf) {
            let below = [&key[..], b"\0"].concat();
            if self.entries.range(below.clone()..).next().is_some_and(|(next, _)| next.starts_with(&below)) {
                return Err("It would take the place of a directory that is not empty; it is left out");
            }
        }
        self.entries.insert(key, leaf);
        Ok(())
    }

    /// Makes an entry a further name of another one; false if there is none that could have further names.
    pub(super) fn link(&mut self, path: &[&[u8]], first: &[&[u8]]) -> Result<bool, &'static str> {
        let first = first.join(&0_u8);
        let Some(leaf) = self.entries.get_mut(&first).filter(|leaf| leaf.node.kind != NodeType::Directory) else {
            return Ok(false);
        };
        if leaf.node.inode == 0 {
            // Names of one file have the same number, which another reading of the same entries gives them too.
            let number = blake3::hash(&first).as_bytes()[..8].try_into().map(u64::from_le_bytes);
            leaf.node.inode = number.unwrap_or_default() | 1;
        }
        let leaf = leaf.clone();
        self.insert(path, leaf).map(|()| true)
    }

    /// Builds the trees; gives what came of each run.
    pub(super) fn archive(
        mut self,
        crew: &Crew<'_, '_>,
        roots: &[Option<BlobId>],
        thread: usize,
    ) -> Vec<Result<Archived>> {
        self.count_links();
        let trees: Vec<Trees<'_>> = crew.runs.iter().map(|run| run.trees(thread)).collect();
        let died = |_: Box<dyn std::any::Any + Send>| {
            Err(Error::Invalid("A thread that builds trees ended without a result".to_owned()))
        };
        std::thread::scope(|scope| {
            let (mut ways, mut archives) = (Vec::new(), Vec::new());
            for ((run, trees), root) in crew.runs.iter().zip(&trees).zip(roots) {
                let (steps, steps_in) = bounded(STEPS);
                let parents: Vec<BlobId> = root.iter().copied().collect();
                ways.push(Way { parents: Parents::new(trees, &parents), steps });
                archives.push(scope.spawn(move || Archive::new(run, thread, trees, *root).all(&steps_in)));
            }
            let complete: Vec<bool> =
                ways.into_iter().enumerate().map(|(target, way)| self.walk(crew, target, way)).collect();
            let archived = archives.into_iter().map(|archive| archive.join().unwrap_or_else(died));
            let whole = |(archived, complete): (Result<Archived>, bool)| match complete {
                // A stop comes too late: everything is there.
                true => archived.map(|archived| Archived { stopped: false, ..archived }),
                false => archived.and_then(|_| died(Box::new(()))),
            };
            archived.zip(complete).map(whole).collect()
        })
    }

    fn count_links(&mut self) {
        let mut links: HashMap<u64, u64> = HashMap::new();
        for leaf in self.entries.values().filter(|leaf| leaf.node.inode != 0) {
            *links.entry(leaf.node.inode).or_default() += 1;
        }
        for leaf in self.entries.values_mut() {
            leaf.node.links = links.get(&leaf.node.inode).copied().unwrap_or(1);
        }
    }

    /// Takes one target through the entries as a walk would go through them; false if its run has failed.
    fn walk(&self, crew: &Crew<'_, '_>, target: usize, mut way: Way<'_>) -> bool {
        let options = crew.first.options;
        let mut open: Vec<&[u8]> = Vec::new();
        for (key, leaf) in &self.entries {
            let names: Vec<&[u8]> = key.split(|byte| *byte == 0).collect();
            let Some((name, above)) = names.split_last() else { continue };
            let common = open.iter().zip(above).take_while(|(open, above)| open == above).count();
            open.drain(common..).for_each(|_| way.leave());
            for name in &above[common..] {
                let node = Node {
                    name: name.to_vec(),
                    kind: NodeType::Directory,
                    mode: 0o755,
                    uid: options.uid,
                    gid: options.gid,
                    user: Some(options.user.clone()),
                    // Nobody says when; so it is at least the same again for the same entries.
                    mtime: leaf.node.mtime,
                    ctime: leaf.node.mtime,
                    links: 1,
                    ..Node::default()
                };
                way.enter(node);
                open.push(*name);
            }
            let mut node = Node { name: name.to_vec(), ..leaf.node.clone() };
            if node.kind == NodeType::Directory {
                way.enter(node);
                open.push(*name);
                continue;
            }
            match leaf.contents.get().map(|contents| contents.get(target)) {
                Some(Some(Some(content))) => node.content = content.clone(),
                Some(_) => return false,
                None => {}
            }
            way.ready(node);
        }
        open.iter().for_each(|_| way.leave());
        way.send(Step::End);
        true
    }
}

/// Where the steps of one target go.
struct Way<'a> {
    parents: Parents<'a>,
    steps: Sender<Step>,
}

impl Way<'_> {
    fn enter(&mut self, node: Node) {
        let older = self.parents.enter(&node.name);
        self.send(Step::Enter { node: Box::new(node), older });
    }

    fn leave(&mut self) {
        let parent = self.parents.leave().map(Box::new);
        self.send(Step::Leave { parent });
    }

    fn ready(&mut self, node: Node) {
        let action = match &self.parents.find(&node.name)[..] {
            [] => Action::New,
            [first, ..] if *first == node => Action::Unchanged,
            _ => Action::Changed,
        };
        self.send(Step::Ready { node: Box::new(node), action });
    }

    /// If the other end is gone, its run has failed and says so itself.
    fn send(&self, step: Step) {
        drop(self.steps.send(step));
    }
}
