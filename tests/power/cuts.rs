//! What may be on a disk after a power cut: everything that was synced, and any part of the rest.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::disk::{Content, Node, Step};

/// The fate of content that was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Fate {
    Whole,
    Empty,
    Half,
    Zeros,
}

/// A disk after a power cut: files by path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Image {
    /// `None` is a folder.
    paths: BTreeMap<String, Option<(Node, usize, Fate)>>,
}

/// Random numbers that a seed repeats.
pub struct Dice(blake3::OutputReader);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof())
    }

    pub fn below(&mut self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        (u64::from_le_bytes(bytes) % end as u64) as usize
    }
}

/// The state of the disk while the steps go by.
#[derive(Default)]
struct Progress<'a> {
    durable: BTreeMap<(Node, &'a str), Node>,
    /// Changes of folders since these were synced.
    pending: Vec<&'a Step>,
    /// Lengths of files, and of those that were not synced since they were written.
    len: BTreeMap<Node, usize>,
    dirty: BTreeSet<Node>,
}

fn folder(step: &Step) -> Node {
    match step {
        Step::Name { folder, .. } | Step::Rename { folder, .. } | Step::Unlink { folder, .. } => *folder,
        Step::Write { .. } | Step::Sync { .. } | Step::SyncAll => unreachable!("not pending in a folder"),
    }
}

fn apply<'a>(entries: &mut BTreeMap<(Node, &'a str), Node>, step: &'a Step) {
    match step {
        Step::Name { folder, name, node } => drop(entries.insert((*folder, name), *node)),
        Step::Rename { folder, from, to, node } => {
            // The name may have been lost with the step that made it.
            entries.remove(&(*folder, from.as_str()));
            entries.insert((*folder, to), *node);
        }
        Step::Unlink { folder, name } => drop(entries.remove(&(*folder, name.as_str()))),
        Step::Write { .. } | Step::Sync { .. } | Step::SyncAll => {}
    }
}

impl<'a> Progress<'a> {
    fn step(&mut self, step: &'a Step) {
        match step {
            Step::Write { node, len } => {
                *self.len.entry(*node).or_default() += len;
                self.dirty.insert(*node);
            }
            Step::Sync { node } => {
                self.dirty.remove(node);
                let (synced, rest) = self.pending.drain(..).partition(|step| folder(step) == *node);
                let synced: Vec<_> = synced;
                synced.into_iter().for_each(|step| apply(&mut self.durable, step));
                self.pending = rest;
            }
            Step::SyncAll => {
                self.dirty.clear();
                self.pending.drain(..).for_each(|step| apply(&mut self.durable, step));
            }
            change => self.pending.push(change),
        }
    }

    /// The disk on which of the pending steps, and of the contents that were not synced, those remain that `kept` says.
    fn image(&self, nodes: &[Content], kept: &[bool], dice: &mut Dice) -> Image {
        let (steps, contents) = kept.split_at(self.pending.len());
        let mut entries = self.durable.clone();
        for (step, kept) in self.pending.iter().zip(steps) {
            if *kept {
                apply(&mut entries, step);
            }
        }
        let fates: BTreeMap<Node, Fate> = (self.dirty.iter().zip(contents))
            .filter(|(_, kept)| !**kept)
            .map(|(node, _)| (*node, [Fate::Empty, Fate::Half, Fate::Zeros][dice.below(3)]))
            .collect();
        let mut paths = BTreeMap::new();
        // The first node is the folder in which the repository is made. What is in a folder without a name is lost.
        let mut folders = vec![(0, String::new())];
        while let Some((at, path)) = folders.pop() {
            for ((_, name), node) in entries.range((at, "")..(at + 1, "")) {
                let path = format!("{path}/{name}");
                match nodes[*node] {
                    Content::Folder => {
                        paths.insert(path.clone(), None);
                        folders.push((*node, path));
                    }
                    Content::File(_) => {
                        let fate = fates.get(node).copied().unwrap_or(Fate::Whole);
                        paths.insert(path, Some((*node, self.len.get(node).copied().unwrap_or(0), fate)));
                    }
                }
            }
        }
        Image { paths }
    }
}

/// Which of `n` things remain: all subsets when they are few, otherwise none, all, each alone, each missing, and random ones.
fn subsets(n: usize, dice: &mut Dice) -> Vec<Vec<bool>> {
    if n <= 4 {
        return (0..1_u32 << n).map(|bits| (0..n).map(|at| bits >> at & 1 == 1).collect()).collect();
    }
    let mut subsets = vec![vec![false; n], vec![true; n]];
    for only in 0..n {
        subsets.push((0..n).map(|at| at == only).collect());
        subsets.push((0..n).map(|at| at != only).collect());
    }
    subsets.extend((0..2 * n).map(|_| (0..n).map(|_| dice.below(2) == 1).collect()));
    subsets
}

/// The disks after power cuts between the steps, from `from` on, each with the number of steps before: the one on which nothing
/// remains that was not synced, and at most `some` others for every cut. No disk comes twice between two of the `marks`.
pub fn images(
    steps: &[Step],
    nodes: &[Content],
    from: usize,
    marks: &[usize],
    some: usize,
    dice: &mut Dice,
) -> Vec<(usize, Image)> {
    let mut progress = Progress::default();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for cut in 0..=steps.len() {
        if marks.contains(&cut) {
            seen.clear();
        }
        if cut >= from {
            let mut choices = subsets(progress.pending.len() + progress.dirty.len(), dice);
            while choices.len() > some + 1 {
                // The first has nothing.
                choices.remove(1 + dice.below(choices.len() - 1));
            }
            for choice in choices {
                let image = progress.image(nodes, &choice, dice);
                if seen.insert(image.clone()) {
                    found.push((cut, image));
                }
            }
        }
        if let Some(step) = steps.get(cut) {
            progress.step(step);
        }
    }
    found
}

impl Image {
    /// Objects that are not whole although they have their names, but packs.
    pub fn torn(&self, nodes: &[Content]) -> Vec<&str> {
        let torn = self.paths.iter().filter(|(path, file)| {
            let unfinished = path.ends_with(".tmp") || path.contains("/packs/") || path.contains("/reserve");
            !unfinished
                && file.is_some_and(|(node, len, fate)| {
                    let Content::File(bytes) = &nodes[node] else { return true };
                    fate != Fate::Whole || len != bytes.len()
                })
        });
        torn.map(|(path, _)| path.as_str()).collect()
    }

    /// Makes the files beneath a folder that is empty.
    pub fn write(&self, nodes: &[Content], root: &Path) {
        for (path, file) in &self.paths {
            let path = root.join(&path[1..]);
            let Some((node, len, fate)) = file else {
                fs::create_dir(path).expect("a new folder");
                continue;
            };
            let Content::File(bytes) = &nodes[*node] else { panic!("{} is a file", path.display()) };
            let bytes = match fate {
                Fate::Whole => bytes[..*len].to_vec(),
                Fate::Empty => Vec::new(),
                Fate::Half => bytes[..len / 2].to_vec(),
                Fate::Zeros => vec![0; *len],
            };
            fs::write(path, bytes).expect("a new file");
        }
    }
}
