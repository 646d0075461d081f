//! The workers of a backup: they read files, cut, hash and save what is new, for all targets that need it; many at once.
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender};

use super::older::Older;
use super::run::{Run, Trees};
use super::voices::Choir;
use super::work::{Chunks, FileJob, FileOutcome, Job, SMALL_FILE, Want, handover, note_report, unreadable};
use crate::chunker::ChunkBuffer;
use crate::error::Error;
use crate::fs::source::{Place, SourceFile};
use crate::id::BlobId;
use crate::model::{Content, ContentBuilder, Node};
use crate::monitor::{Event, Problem};

/// Bytes read at once of a large file.
const WINDOW: usize = 4 * 1024 * 1024;
/// Bytes of chunks that a worker gets at once: about a frame.
const GROUP: usize = 1024 * 1024;
/// Groups of one file with the workers.
const UNDER_WAY: usize = 6;

/// A large file, and where the outcome goes for each target that needs it.
pub(super) type LargeJob<'a> = (FileJob<'a>, Vec<Sender<FileOutcome>>);

/// The runs of all targets, which share what is read.
pub(super) struct Crew<'r, 'a> {
    pub runs: &'r [Run<'a>],
    /// For what all have in common. There is always one.
    pub first: &'r Run<'a>,
    choir: &'r Choir<'r>,
    /// Numbers of the runs in the choir.
    voices: &'r [usize],
    leader: AtomicUsize,
}

impl<'r, 'a> Crew<'r, 'a> {
    /// `None` if there is no run.
    pub(super) fn new(runs: &'r [Run<'a>], choir: &'r Choir<'r>, voices: &'r [usize]) -> Option<Self> {
        let first = runs.first()?;
        let crew = Crew { runs, first, choir, voices, leader: AtomicUsize::new(usize::MAX) };
        crew.choose_leader();
        Some(crew)
    }

    /// Of those that have not failed the first tells what goes on.
    fn choose_leader(&self) {
        let live = self.runs.iter().position(|run| !run.has_failed());
        if let Some(live) = live.filter(|live| self.leader.swap(*live, Ordering::Relaxed) != *live) {
            self.choir.lead(self.voices[live]);
        }
    }

    /// Whether nobody goes on.
    pub(super) fn is_over(&self) -> bool {
        self.choose_leader();
        self.first.is_stopped() || self.runs.iter().all(Run::has_failed)
    }

    /// Bytes were read, or need no reading.
    pub(super) fn progress(&self, bytes: u64) {
        let leader = self.leader.load(Ordering::Relaxed);
        let leader = self.runs.get(leader).unwrap_or(self.first);
        leader.monitor.event(Event::Progress { items: 0, bytes });
    }

    /// A problem with something that is read: told once, counted by all that miss it.
    pub(super) fn problem(&self, item: String, message: String, of: impl Iterator<Item = usize>) {
        of.for_each(|target| self.runs[target].count_problem());
        self.first.monitor.event(Event::Problem(&Problem { item, message }));
    }

    /// Does one job as thread number `thread`.
    pub(super) fn work(&self, thread: usize, job: Job<'_>, buffer: &mut Vec<u8>) {
        match job {
            Job::Files(files, outcomes) => {
                let mut done: Vec<Vec<FileOutcome>> = outcomes.iter().map(|_| Vec::new()).collect();
                for file in files {
                    let (targets, expected) = who_wants(&file.wants);
                    let place = file.place.clone();
                    let of_file = self.small_file(thread, file, buffer);
                    let of_file = self.locate(self.compare(of_file, &targets, &expected, &place), &targets, &place);
                    for (target, outcome) in targets.into_iter().zip(of_file) {
                        done[target].push(outcome);
                    }
                }
                // Nobody waits any more if the run has failed.
                outcomes.into_iter().zip(done).for_each(|(outcome, done)| drop(outcome.send(done)));
            }
            Job::Bytes { node, bytes, wants, outcomes } => {
                let done = wants.iter().map(|want| self.save_small(thread, &node, want, &bytes)).collect();
                // Nobody waits any more if the run has failed.
                drop(outcomes.send(done));
            }
            Job::Chunks(Chunks { bytes, ends, start, want }, ids) => {
                let run = &self.runs[want.target];
                drop(run.chunks(thread, &bytes, &ends, start, want.older.as_deref()).map(|done| ids.send(done)));
            }
        }
    }

    /// Opens a large file and reads it; outcomes in the order of those who need it.
    pub(super) fn open_large<'j>(&self, thread: usize, file: FileJob<'j>, jobs: &Sender<Job<'j>>) -> Vec<FileOutcome> {
        let FileJob { mut node, place, wants } = file;
        let (targets, expected) = who_wants(&wants);
        let outcomes = match SourceFile::open(&place, &mut node, &self.first.names) {
            Ok(source) => self.large_file(thread, node, source, wants, Some(jobs)),
            Err(error) => vec![unreadable(error); wants.len()],
        };
        self.locate(self.compare(outcomes, &targets, &expected, &place), &targets, &place)
    }

    fn small_file(&self, thread: usize, file: FileJob<'_>, buffer: &mut Vec<u8>) -> Vec<FileOutcome> {
        let FileJob { mut node, place, wants } = file;
        let all = |outcome: FileOutcome| vec![outcome; wants.len()];
        let mut source = match SourceFile::open(&place, &mut node, &self.first.names) {
            Ok(source) => source,
            Err(error) => return all(unreadable(error)),
        };
        if node.size > SMALL_FILE {
            // It grew since the walk saw it.
            return self.large_file(thread, node, source, wants, None);
        }
        buffer.resize(SMALL_FILE as usize + 1, 0);
        let mut len = 0;
        while len < buffer.len() {
            match source.read(&mut buffer[len..]) {
                Ok(0) => break,
                Ok(more) => len += more,
                Err(error) => return all(unreadable(error)),
            }
        }
        if len == buffer.len() {
            // It claimed to be smaller, as the files of /proc do.
            return match SourceFile::open(&place, &mut node, &self.first.names) {
                Ok(source) => self.large_file(thread, node, source, wants, None),
                Err(error) => all(unreadable(error)),
            };
        }
        let report = match source.finish() {
            Ok(report) => report,
            Err(error) => return all(unreadable(error)),
        };
        let buffer = &buffer[..len];
        self.progress(buffer.len() as u64);
        note_report(&mut node, report);
        wants.iter().map(|want| self.save_small(thread, &node, want, buffer)).collect()
    }

    /// Saves the content of a small file for one target.
    fn save_small(&self, thread: usize, node: &Node, want: &Want<'_>, bytes: &[u8]) -> FileOutcome {
        let run = &self.runs[want.target];
        let content = if bytes.is_empty() {
            Content::Empty
        } else if bytes.len() <= run.inline_limit {
            Content::Inline(bytes.to_vec())
        } else {
            let mut end = 0;
            let ends: Vec<usize> = run
                .chunker
                .chunks(bytes)
                .map(|chunk| {
                    end += chunk.len();
                    end
                })
                .collect();
            match run.chunks(thread, bytes, &ends, 0, want.older.as_deref()) {
                Some(ids) => Content::Blobs(ids),
                None => return FileOutcome::Failed,
            }
        };
        FileOutcome::Stored(Box::new(Node { content, ..node.clone() }))
    }

    /// Reads a large file in order and has its chunks saved by the workers, or, without `jobs`, by this thread.
    fn large_file<'j>(
        &self,
        thread: usize,
        mut node: Node,
        mut source: SourceFile,
        wants: Vec<Want<'j>>,
        jobs: Option<&Sender<Job<'j>>>,
    ) -> Vec<FileOutcome> {
        let count = wants.len();
        let mut read = |space: &mut [u8]| source.read(space);
        let contents = match self.stream(thread, &mut read, wants, jobs) {
            Ok(contents) => contents,
            Err(outcome) => return vec![outcome; count],
        };
        match source.finish() {
            Ok(report) => note_report(&mut node, report),
            Err(error) => return vec![unreadable(error); count],
        }
        let stored = |content| FileOutcome::Stored(Box::new(Node { content, ..node.clone() }));
        contents.into_iter().map(|content| content.map_or(FileOutcome::Failed, stored)).collect()
    }

    /// Cuts a stream into chunks and has them saved, for each who needs it; `None` for one that has failed meanwhile. Memory: the window of the
    /// chunker and a few groups under way, for each.
    pub(super) fn stream<'j>(
        &self,
        thread: usize,
        read: &mut dyn FnMut(&mut [u8]) -> std::io::Result<usize>,
        wants: Vec<Want<'j>>,
        jobs: Option<&Sender<Job<'j>>>,
    ) -> Result<Vec<Option<Content>>, FileOutcome> {
        let stores: Vec<Trees<'_>> = wants.iter().map(|want| self.runs[want.target].trees(thread)).collect();
        let lanes = wants.into_iter().zip(&stores);
        let mut lanes: Vec<Lane<'_, 'j, 'a>> =
            lanes.map(|(want, store)| Lane::new(&self.runs[want.target], thread, want, store)).collect();
        loop {
            lanes.iter_mut().for_each(|lane| lane.cut(jobs));
            // All have the same bytes; who has failed takes no more.
            let mut live = lanes.iter_mut().filter(|lane| !lane.is_over());
            let Some(first) = live.next() else { break };
            if first.window.is_done() {
                break;
            }
            if self.first.is_stopped() {
                return Err(FileOutcome::Stopped);
            }
            let mut others: Vec<_> = live.collect();
            let most = others.iter_mut().map(|lane| lane.window.space().len()).min().unwrap_or(usize::MAX);
            let space = first.window.space();
            let most = most.min(space.len());
            let len = read(&mut space[..most]).map_err(unreadable)?;
            for other in others {
                other.window.space()[..len].copy_from_slice(&space[..len]);
                other.window.filled(len);
            }
            first.window.filled(len);
            self.progress(len as u64);
        }
        Ok(lanes.into_iter().map(Lane::finish).collect())
    }

    /// Reports what could not be read, once, under the path that it has on this machine.
    fn locate(&self, outcomes: Vec<FileOutcome>, targets: &[usize], place: &Place) -> Vec<FileOutcome> {
        if let Some(FileOutcome::Unreadable(message)) = outcomes.first() {
            let path = String::from_utf8_lossy(&place.path()).into_owned();
            self.problem(path, message.clone(), targets.iter().copied());
        }
        outcomes
    }
}

/// Numbers of the targets, and what each expects.
fn who_wants(wants: &[Want<'_>]) -> (Vec<usize>, Vec<Option<Arc<Node>>>) {
    wants.iter().map(|want| (want.target, want.expected.clone())).unzip()
}

/// One target of a stream.
struct Lane<'s, 'j, 'a> {
    run: &'s Run<'a>,
    thread: usize,
    want: Want<'j>,
    content: ContentBuilder<'s>,
    window: ChunkBuffer,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    start: u64,
    under_way: VecDeque<Receiver<Vec<BlobId>>>,
    failed: bool,
}

impl<'s, 'j, 'a> Lane<'s, 'j, 'a> {
    fn new(run: &'s Run<'a>, thread: usize, want: Want<'j>, store: &'s Trees<'s>) -> Self {
        let older = want.older.as_ref().map(|older: &Arc<Older<'_>>| older.content());
        Lane {
            content: ContentBuilder::over(store, older),
            window: ChunkBuffer::new(&run.chunker, WINDOW),
            run,
            thread,
            want,
            bytes: Vec::new(),
            ends: Vec::new(),
            start: 0,
            under_way: VecDeque::new(),
            failed: false,
        }
    }

    fn is_over(&self) -> bool {
        self.failed || self.run.has_failed()
    }

    /// Takes all chunks out of the window, and has them saved in groups.
    fn cut(&mut self, jobs: Option<&Sender<Job<'j>>>) {
        while !self.is_over()
            && let Some(chunk) = self.window.next_chunk(&self.run.chunker)
        {
            self.bytes.extend_from_slice(chunk);
            self.ends.push(self.bytes.len());
            let longest = chunk.len();
            if self.bytes.len() >= GROUP {
                self.hand_on(longest, jobs);
            }
        }
    }

    fn hand_on(&mut self, longest: usize, jobs: Option<&Sender<Job<'j>>>) {
        let bytes = std::mem::replace(&mut self.bytes, Vec::with_capacity(GROUP + longest));
        let ends = std::mem::take(&mut self.ends);
        let start = self.start;
        self.start += bytes.len() as u64;
        let Some(jobs) = jobs else {
            let ids = self.run.chunks(self.thread, &bytes, &ends, start, self.want.older.as_deref());
            return self.append(ids);
        };
        let (ids, done) = handover();
        self.failed |= jobs.send(Job::Chunks(Chunks { bytes, ends, start, want: self.want.clone() }, ids)).is_err();
        self.under_way.push_back(done);
        if self.under_way.len() == UNDER_WAY
            && let Some(first) = self.under_way.pop_front()
        {
            self.append(first.recv().ok());
        }
    }

    fn append(&mut self, ids: Option<Vec<BlobId>>) {
        let Some(ids) = ids else {
            self.failed = true;
            return;
        };
        if let Err(error) = ids.into_iter().try_for_each(|id| self.content.push(id)) {
            self.fail(error);
        }
    }

    fn fail(&mut self, error: Error) {
        self.run.fail(error);
        self.failed = true;
    }

    fn finish(mut self) -> Option<Content> {
        for done in std::mem::take(&mut self.under_way) {
            self.append(done.recv().ok());
        }
        let (bytes, ends) = (std::mem::take(&mut self.bytes), std::mem::take(&mut self.ends));
        if !self.is_over() {
            let ids = self.run.chunks(self.thread, &bytes, &ends, self.start, self.want.older.as_deref());
            self.append(ids);
        }
        if self.is_over() {
            return None;
        }
        self.content.finish().map_err(|error| self.run.fail(error)).ok()
    }
}
