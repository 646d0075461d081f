//! The archive of a backup: takes results in tree order, builds trees from the leaves up, commits checkpoints and the snapshot.
use crossbeam_channel::Receiver;

use super::Step;
use super::run::{Run, Trees};
use super::work::FileOutcome;
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::model::{Node, TreeBuilder, XattrValue};
use crate::monitor::{Action, Event};

/// Longer values of extended attributes become blobs of their own (repo-format.md, section 10).
const XATTR_INLINE: usize = 4096;

/// A directory whose entries are still arriving.
struct OpenDirectory<'a> {
    path: Vec<u8>,
    node: Node,
    builder: TreeBuilder<'a>,
}

/// What the archive came to.
pub(super) struct Archived {
    pub root: BlobId,
    /// The walk was not finished.
    pub stopped: bool,
}

/// A batch of small files: where its outcomes came from, and those that were not taken yet.
type Batch = (Receiver<Vec<FileOutcome>>, Vec<Option<FileOutcome>>);

pub(super) struct Archive<'a> {
    run: &'a Run<'a>,
    thread: usize,
    trees: &'a Trees<'a>,
    /// The root, and the directories down to the current one.
    open: Vec<OpenDirectory<'a>>,
    /// Outcomes of the batch that is being taken.
    batch: Option<Batch>,
}

impl<'a> Archive<'a> {
    /// `older` is the root of the parent.
    pub(super) fn new(run: &'a Run<'a>, thread: usize, trees: &'a Trees<'a>, older: Option<BlobId>) -> Self {
        let builder = TreeBuilder::over(trees, older);
        let root = OpenDirectory { path: Vec::new(), node: Node::default(), builder };
        Archive { run, thread, trees, open: vec![root], batch: None }
    }

    /// Takes every step until the end of the walk, a stop, or a failure of the run.
    pub(super) fn all(mut self, steps: &Receiver<Step>) -> Result<Archived> {
        let mut stopped = true;
        for step in steps {
            self.run.failure()?;
            match step {
                Step::Enter { node, older } => {
                    let path = self.path_of(&node);
                    let builder = TreeBuilder::over(self.trees, older);
                    self.open.push(OpenDirectory { path, node: *node, builder });
                }
                Step::Leave { parent } => self.leave(parent.as_deref())?,
                Step::Missing => self.lacks_something(),
                Step::Ready { node, action } => self.add(*node, action)?,
                Step::Small { action, batch, at } => {
                    let outcome = self.take_from_batch(&batch, at);
                    self.outcome(action, outcome)?;
                }
                Step::Large { action, outcome } => {
                    self.outcome(action, outcome.recv().unwrap_or(FileOutcome::Failed))?
                }
                Step::Pause(resume) => {
                    let root = self.root_so_far()?;
                    self.run.commit_checkpoint(root)?;
                    // If the plan is gone it has said why.
                    let _ = resume.send(());
                }
                Step::End => {
                    stopped = self.run.is_stopped();
                    break;
                }
            }
        }
        self.run.failure()?;
        let root = self.root_so_far()?;
        Ok(Archived { root, stopped })
    }

    fn take_from_batch(&mut self, batch: &Receiver<Vec<FileOutcome>>, at: usize) -> FileOutcome {
        let outcomes = match &mut self.batch {
            Some((current, outcomes)) if current.same_channel(batch) => outcomes,
            _ => {
                let outcomes = batch.recv().unwrap_or_default().into_iter().map(Some).collect();
                &mut self.batch.insert((batch.clone(), outcomes)).1
            }
        };
        outcomes.get_mut(at).and_then(Option::take).unwrap_or(FileOutcome::Failed)
    }

    fn outcome(&mut self, action: Action, outcome: FileOutcome) -> Result<()> {
        match outcome {
            FileOutcome::Stored(node) => {
                if node.changed_while_read {
                    let message = "It changed while it was read; what was read is stored and marked".to_owned();
                    self.run.problem(display(&self.path_of(&node)), message);
                }
                self.add(*node, action)
            }
            // What was unreadable has been reported where its path is known.
            FileOutcome::Unreadable(_) | FileOutcome::Stopped => {
                self.lacks_something();
                Ok(())
            }
            FileOutcome::Vanished => Ok(()),
            FileOutcome::Failed => {
                self.run.failure()?;
                Err(Error::Invalid("A thread that read files ended without a result".to_owned()))
            }
        }
    }

    /// Marks the current directory: what it does not have may have been there.
    fn lacks_something(&mut self) {
        if let Some(directory) = self.open.last_mut() {
            directory.node.changed_while_read = true;
        }
    }

    fn path_of(&self, node: &Node) -> Vec<u8> {
        let directory = self.open.last().map_or(&[][..], |directory| &directory.path);
        [directory, b"/", &node.name].concat()
    }

    fn add(&mut self, mut node: Node, action: Action) -> Result<()> {
        self.store_long_xattrs(&mut node)?;
        self.run.count_entry(&node, action);
        let bytes = node.size;
        self.run.monitor.event(Event::Item { path: &self.path_of(&node), action, bytes });
        self.push(&node)
    }

    /// Adds a finished node to the current directory. One that the format cannot hold is a problem of that entry alone.
    fn push(&mut self, node: &Node) -> Result<()> {
        if let Err(cause) = node.validate() {
            self.run.problem(display(&self.path_of(node)), format!("Cannot be stored: {cause}"));
            return Ok(());
        }
        let Some(directory) = self.open.last_mut() else {
            return Err(Error::Invalid("The walk left the root".to_owned()));
        };
        match directory.builder.push(node) {
            // Too long: the builder is as it was.
            Err(Error::Invalid(cause)) => {
                self.run.problem(display(&self.path_of(node)), cause);
                Ok(())
            }
            other => other,
        }
    }

    fn leave(&mut self, parent: Option<&Node>) -> Result<()> {
        let Some(OpenDirectory { path, mut node, builder }) = self.open.pop() else { return Ok(()) };
        node.subtree = Some(builder.finish()?);
        self.store_long_xattrs(&mut node)?;
        let action = match parent {
            None => Action::New,
            Some(parent) if *parent == node => Action::Unchanged,
            Some(_) => Action::Changed,
        };
        self.run.count_entry(&node, action);
        self.run.monitor.event(Event::Item { path: &path, action, bytes: 0 });
        self.push(&node)
    }

    fn store_long_xattrs(&self, node: &mut Node) -> Result<()> {
        for (_, value) in &mut node.xattrs {
            if let XattrValue::Inline(bytes) = value
                && bytes.len() > XATTR_INLINE
            {
                let (id, _) = self.run.writer.save(self.thread, BlobKind::Data, bytes)?;
                *value = XattrValue::Blobs(vec![id]);
            }
        }
        Ok(())
    }

    /// The tree of everything that has arrived so far. The open directories stay open.
    fn root_so_far(&self) -> Result<BlobId> {
        let mut below: Option<Node> = None;
        for directory in self.open.iter().rev() {
            let mut builder = directory.builder.clone();
            if let Some(node) = below.take() {
                builder.push(&node)?;
            }
            // What it does not have may come yet.
            let mut node = Node { changed_while_read: true, ..directory.node.clone() };
            node.subtree = Some(builder.finish()?);
            // Long values would have to be saved for the clone as well; a checkpoint goes without them.
            node.xattrs.retain(|(_, value)| !matches!(value, XattrValue::Inline(bytes) if bytes.len() > XATTR_INLINE));
            below = Some(node);
        }
        below.and_then(|root| root.subtree).ok_or_else(|| Error::Invalid("A backup has a root".to_owned()))
    }
}

fn display(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
