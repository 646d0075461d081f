//! The plan of a backup: compares what the walk yields with the parent snapshots and hands out what must be read.
use crossbeam_channel::{Receiver, Sender};

use super::Step;
use super::parents::Parents;
use super::run::Run;
use super::work::{FileJob, FileOutcome, Job, SMALL_FILE, handover};
use crate::fs::source::{Entry, Event, Walk};
use crate::model::{Node, NodeType};
use crate::monitor::Action;

/// Raw bytes of small files that a worker gets at once: about a frame.
const BATCH_BYTES: u64 = 1024 * 1024;
/// Number of them.
const BATCH_FILES: usize = 256;

/// Where the results go, and the work.
pub(super) struct Outlets {
    pub steps: Sender<Step>,
    pub jobs: Sender<Job>,
    pub large: Sender<(FileJob, Sender<FileOutcome>)>,
}

/// Small files that are collected for one job.
struct Batch {
    files: Vec<FileJob>,
    bytes: u64,
    outcomes: (Sender<Vec<FileOutcome>>, Receiver<Vec<FileOutcome>>),
}

impl Batch {
    fn new() -> Self {
        Batch { files: Vec::new(), bytes: 0, outcomes: handover() }
    }
}

/// The other end is gone: the run has failed or was stopped, and says so itself.
struct Ended;

/// Goes through the whole walk. Ends early when the run fails or is stopped.
pub(super) fn plan<'p>(run: &'p Run<'_>, walk: Walk, parents: Parents<'p>, outlets: Outlets) {
    let mut planner = Planner { run, parents, outlets, batch: Batch::new() };
    // The other end tells why it ended.
    drop(planner.all(walk));
}

struct Planner<'p, 'a> {
    run: &'p Run<'a>,
    parents: Parents<'p>,
    outlets: Outlets,
    batch: Batch,
}

impl Planner<'_, '_> {
    fn all(&mut self, walk: Walk) -> Result<(), Ended> {
        for event in walk {
            if self.run.has_failed() || self.run.is_stopped() {
                break;
            }
            if self.run.pause_is_wanted() {
                self.send_batch()?;
                let (resume, resumed) = handover();
                self.send(Step::Pause(resume))?;
                resumed.recv().map_err(|_| Ended)?;
            }
            match event {
                Event::Enter(node) => {
                    self.parents.enter(&node.name);
                    self.send(Step::Enter(Box::new(node)))?;
                }
                Event::Leave => {
                    let parent = self.parents.leave();
                    self.send(Step::Leave { parent: parent.map(Box::new) })?;
                }
                Event::Entry(entry) => self.entry(entry)?,
                Event::Problem(problem) => self.run.problem(problem.item, problem.message),
            }
        }
        self.send_batch()?;
        self.send(Step::End)
    }

    fn entry(&mut self, entry: Entry) -> Result<(), Ended> {
        let Entry { node, place } = entry;
        let candidates = self.parents.find(&node.name);
        if node.kind != NodeType::File {
            let action = action(&candidates, |parent| *parent == node);
            return self.send(Step::Ready { node: Box::new(node), action });
        }
        for parent in &candidates {
            if !parent.changed_while_read
                && node.same_metadata_as(parent, self.run.change_detection)
                && self.run.content_is_usable(parent)
            {
                let mut node = node;
                node.content = parent.content.clone();
                node.holes = parent.holes.clone();
                node.size = parent.size;
                self.run.progress(0, node.size);
                return self.send(Step::Ready { node: Box::new(node), action: Action::Unchanged });
            }
        }
        let action = action(&candidates, |_| false);
        if node.size > SMALL_FILE {
            let (outcome, result) = handover();
            self.send(Step::Large { action, outcome: result })?;
            // The archive may be waiting for the batch while all readers are busy.
            self.send_batch()?;
            return self.outlets.large.send((FileJob { node, place }, outcome)).map_err(|_| Ended);
        }
        self.batch.bytes += node.size;
        let step = Step::Small { action, batch: self.batch.outcomes.1.clone(), at: self.batch.files.len() };
        self.batch.files.push(FileJob { node, place });
        if self.batch.bytes >= BATCH_BYTES || self.batch.files.len() == BATCH_FILES {
            self.send_batch()?;
        }
        self.send(step)
    }

    fn send_batch(&mut self) -> Result<(), Ended> {
        if self.batch.files.is_empty() {
            return Ok(());
        }
        let batch = std::mem::replace(&mut self.batch, Batch::new());
        self.outlets.jobs.send(Job::Files(batch.files, batch.outcomes.0)).map_err(|_| Ended)
    }

    fn send(&mut self, step: Step) -> Result<(), Ended> {
        // Whoever takes the steps may be waiting for the batch: it must be on its way before this waits for room.
        if self.outlets.steps.is_full() {
            self.send_batch()?;
        }
        self.outlets.steps.send(step).map_err(|_| Ended)
    }
}

/// New, changed or, if one of the candidates is the same, unchanged.
fn action(candidates: &[Node], same: impl Fn(&Node) -> bool) -> Action {
    match candidates {
        [] => Action::New,
        all if all.iter().any(same) => Action::Unchanged,
        _ => Action::Changed,
    }
}
