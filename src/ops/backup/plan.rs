//! The plan of a backup: compares what the walk yields with the parent snapshots of each target and hands out what must be read.
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::Step;
use super::crew::{Crew, LargeJob};
use super::older::Older;
use super::parents::Parents;
use super::work::{FileJob, FileOutcome, Job, SMALL_FILE, Want, handover};
use crate::fs::source::{Entry, Event, Walk};
use crate::model::{Node, NodeType};
use crate::monitor::Action;

/// Raw bytes of small files that a worker gets at once: about a frame.
const BATCH_BYTES: u64 = 1024 * 1024;
/// Number of them.
const BATCH_FILES: usize = 256;

/// Where the results go, to each target its own, and the work.
pub(super) struct Outlets<'p> {
    pub steps: Vec<Sender<Step>>,
    pub jobs: Sender<Job<'p>>,
    pub large: Sender<LargeJob<'p>>,
}

/// Where the outcomes of a batch go to one target.
type Outcomes = (Sender<Vec<FileOutcome>>, Receiver<Vec<FileOutcome>>);

/// Small files that are collected for one job.
struct Batch<'p> {
    files: Vec<FileJob<'p>>,
    bytes: u64,
    /// For each target.
    outcomes: Vec<Outcomes>,
    /// How many of the files each target needs.
    counts: Vec<usize>,
}

impl Batch<'_> {
    fn new(targets: usize) -> Self {
        let outcomes = (0..targets).map(|_| handover()).collect();
        Batch { files: Vec::new(), bytes: 0, outcomes, counts: vec![0; targets] }
    }
}

/// The other end is gone: all runs have failed, and say so themselves.
struct Ended;

/// Goes through the whole walk. Ends early when all runs fail or are stopped.
pub(super) fn plan<'p>(crew: &'p Crew<'_, '_>, walk: Walk, parents: Vec<Parents<'p>>, outlets: Outlets<'p>) {
    let Outlets { steps, jobs, large } = outlets;
    let targets = parents.into_iter().zip(steps).map(|(parents, steps)| Target { parents, steps: Some(steps) });
    let mut planner = Planner { crew, targets: targets.collect(), jobs, large, batch: Batch::new(crew.runs.len()) };
    // The other end tells why it ended.
    drop(planner.all(walk));
}

struct Target<'p> {
    parents: Parents<'p>,
    /// None once its run has failed.
    steps: Option<Sender<Step>>,
}

struct Planner<'p, 'r, 'a> {
    crew: &'p Crew<'r, 'a>,
    targets: Vec<Target<'p>>,
    jobs: Sender<Job<'p>>,
    large: Sender<LargeJob<'p>>,
    batch: Batch<'p>,
}

impl<'p> Planner<'p, '_, '_> {
    fn all(&mut self, walk: Walk) -> Result<(), Ended> {
        for event in walk {
            if self.crew.is_over() {
                break;
            }
            for target in 0..self.targets.len() {
                if self.is_live(target) && self.crew.runs[target].pause_is_wanted() {
                    self.send_batch()?;
                    let (resume, resumed) = handover();
                    self.send(target, Step::Pause(resume))?;
                    // If it is gone it has said why.
                    let _ = resumed.recv();
                }
            }
            match event {
                Event::Enter(node) => {
                    for target in 0..self.targets.len() {
                        let older = self.targets[target].parents.enter(&node.name);
                        self.send(target, Step::Enter { node: Box::new(node.clone()), older })?;
                    }
                }
                Event::Leave => {
                    for target in 0..self.targets.len() {
                        let parent = self.targets[target].parents.leave();
                        self.send(target, Step::Leave { parent: parent.map(Box::new) })?;
                    }
                }
                Event::Entry(entry) => self.entry(entry)?,
                Event::LeftOut(path, own) => self.crew.runs.iter().for_each(|run| run.leaves_out(&path, own)),
                Event::Problem(problem) => {
                    self.crew.problem(problem.item, problem.message, 0..self.targets.len());
                    (0..self.targets.len()).try_for_each(|target| self.send(target, Step::Missing))?;
                }
            }
        }
        self.send_batch()?;
        (0..self.targets.len()).try_for_each(|target| self.send(target, Step::End))
    }

    /// A target whose run has failed gets nothing more; that ends its archive.
    fn is_live(&mut self, target: usize) -> bool {
        let Target { steps, .. } = &mut self.targets[target];
        if self.crew.runs[target].has_failed() {
            *steps = None;
        }
        steps.is_some()
    }

    fn entry(&mut self, entry: Entry) -> Result<(), Ended> {
        let Entry { node, place } = entry;
        let mut wants = Vec::new();
        let mut actions = Vec::new();
        for target in 0..self.targets.len() {
            if !self.is_live(target) {
                continue;
            }
            let (action, older, expected) = match self.compare(target, &node, place.is_special) {
                Compared::Ready(node, action) => {
                    self.send(target, Step::Ready { node, action })?;
                    continue;
                }
                Compared::Wanted(action, older, expected) => (action, older, expected),
            };
            wants.push(Want { target, older, expected });
            actions.push(action);
        }
        if wants.is_empty() {
            // Somebody has read it, or nobody had to.
            if node.kind == NodeType::File {
                self.crew.progress(node.size);
            }
            return Ok(());
        }
        // A pipe cannot be read again when more comes out of it than a small file has.
        if node.size > SMALL_FILE || place.is_special {
            let (outcomes, results): (Vec<_>, Vec<_>) = wants.iter().map(|_| handover()).unzip();
            for ((want, action), outcome) in wants.iter().zip(actions).zip(results) {
                self.send(want.target, Step::Large { action, outcome })?;
            }
            // The archive may be waiting for the batch while all readers are busy.
            self.send_batch()?;
            return self.large.send((FileJob { node, place, wants }, outcomes)).map_err(|_| Ended);
        }
        let mut steps = Vec::with_capacity(wants.len());
        for (want, action) in wants.iter().zip(actions) {
            let at = &mut self.batch.counts[want.target];
            let batch = self.batch.outcomes[want.target].1.clone();
            steps.push((want.target, Step::Small { action, batch, at: *at }));
            *at += 1;
        }
        self.batch.bytes += node.size;
        self.batch.files.push(FileJob { node, place, wants });
        if self.batch.bytes >= BATCH_BYTES || self.batch.files.len() == BATCH_FILES {
            self.send_batch()?;
        }
        steps.into_iter().try_for_each(|(target, step)| self.send(target, step))
    }

    /// What one target makes of an entry.
    fn compare(&mut self, target: usize, node: &Node, is_special: bool) -> Compared<'p> {
        let run = &self.crew.runs[target];
        let parents = &mut self.targets[target].parents;
        let candidates = parents.find(&node.name);
        if node.kind != NodeType::File {
            let action = action(&candidates, |parent| parent == node);
            return Compared::Ready(Box::new(node.clone()), action);
        }
        let mut expected = None;
        for parent in &candidates {
            if !is_special
                && !parent.changed_while_read
                && node.same_metadata_as(parent, run.change_detection)
                && run.content_is_usable(parent)
            {
                if run.options.detect_rot {
                    expected = Some(Arc::new(parent.clone()));
                    break;
                }
                let (content, holes) = (parent.content.clone(), parent.holes.clone());
                let node = Node { content, holes, size: parent.size, ..node.clone() };
                return Compared::Ready(Box::new(node), Action::Unchanged);
            }
        }
        let older = candidates.iter().find(|parent| parent.content.has_blobs());
        let older = older.map(|parent| Arc::new(Older::new(parents.store(), &parent.content)));
        Compared::Wanted(action(&candidates, |_| expected.is_some()), older, expected)
    }

    fn send_batch(&mut self) -> Result<(), Ended> {
        if self.batch.files.is_empty() {
            return Ok(());
        }
        let batch = std::mem::replace(&mut self.batch, Batch::new(self.targets.len()));
        let outcomes = batch.outcomes.into_iter().map(|(outcome, _)| outcome).collect();
        self.jobs.send(Job::Files(batch.files, outcomes)).map_err(|_| Ended)
    }

    /// An error if no target is left.
    fn send(&mut self, target: usize, step: Step) -> Result<(), Ended> {
        if !self.is_live(target) {
            return Ok(());
        }
        // Whoever takes the steps may be waiting for the batch: it must be on its way before this waits for room.
        if self.targets[target].steps.as_ref().is_some_and(Sender::is_full) {
            self.send_batch()?;
        }
        let Target { steps, .. } = &mut self.targets[target];
        if let Some(sender) = steps
            && sender.send(step).is_err()
        {
            *steps = None;
        }
        if self.targets.iter().any(|target| target.steps.is_some()) { Ok(()) } else { Err(Ended) }
    }
}

/// What is to be done for a target.
enum Compared<'p> {
    /// It needs no reading.
    Ready(Box<Node>, Action),
    /// The node is that of the parent if it is only read to be compared with it.
    Wanted(Action, Option<Arc<Older<'p>>>, Option<Arc<Node>>),
}

/// New, changed or, if one of the candidates is the same, unchanged.
fn action(candidates: &[Node], same: impl Fn(&Node) -> bool) -> Action {
    match candidates {
        [] => Action::New,
        all if all.iter().any(same) => Action::Unchanged,
        _ => Action::Changed,
    }
}
