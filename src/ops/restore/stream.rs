//! Files of a snapshot as streams, one after the other in the order of the tree: for commands in place of a target.
use std::sync::Mutex;

use super::file::content_len;
use super::layout::Layout;
use super::run::{Run, add, lock};
use super::select::Verdict;
use super::{RestoreOptions, RestoreReport, ahead, count, find_start, select};
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::model::{Content, ContentReader, Node, NodeType, TreeReader};
use crate::monitor::{Action, Event, Monitor, ReadPlan};
use crate::ops::frames::{Taker, Wanted, fetch, plan_reads};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::{Location, Repository};

/// Content that is fetched together: of so many bytes…
const WINDOW: u64 = 16 << 20;
/// …or in so many pieces, or files.
const MAX_STEPS: usize = 8192;
/// Pieces of a file that have no byte. No backup makes any; a list of them could be endless.
const MAX_EMPTY: u64 = 4096;
const ZEROS: &[u8] = &[0; 64 << 10];

/// Takes files, one at a time.
pub trait Sink {
    /// A file of `node.size` bytes comes. If this fails it does not.
    fn begin(&mut self, path: &[u8], node: &Node) -> Result<()>;
    /// The next bytes of it.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;
    /// That was all of it, and all of it was right.
    fn end(&mut self) -> Result<()>;
    /// The rest cannot be had: what came so far must not be taken for the file.
    fn abort(&mut self);
}

/// Hands all files of the selection to `sink`: each name of a file by itself, holes as zeros. Of the options those about the target do not
/// matter. A file that the sink refuses, or that cannot be read, is in the report, not an error.
pub fn stream(
    repo: &Repository,
    snapshot: &SnapshotInfo,
    options: &RestoreOptions,
    sink: &mut dyn Sink,
    monitor: &dyn Monitor,
) -> Result<RestoreReport> {
    let names = select::names(&options.path)?;
    let options = &options.beneath(&names);
    monitor.event(Event::Phase("Loading index"));
    repo.load_index(monitor)?;
    repo.write_back_healed(options.heal && !options.dry_run);
    let run = Run::new(repo, options, monitor, None);
    let found = find_start(&run, snapshot, &names)?;
    let path: Vec<u8> = names.iter().flat_map(|name| [b"/", *name].concat()).collect();
    if repo.wants_plan(monitor)
        && !options.dry_run
        && let Some((items, bytes)) = ahead::announce(repo, options, &path, found.clone(), monitor)?
    {
        run.counts(items, bytes);
    }
    monitor.event(Event::Phase("Restoring"));
    std::thread::scope(|scope| {
        if options.scan && !run.is_counted() {
            let (run, path, found) = (&run, path.clone(), &found);
            scope.spawn(move || count::count(run, path, found));
        }
        let mut streaming = Streaming { run: &run, sink, steps: Vec::new(), bytes: 0, current: None };
        streaming.walk(path, found.clone());
        streaming.flush();
        if let Some(current) = streaming.current.take().filter(|current| current.has_begun) {
            drop(current);
            streaming.sink.abort();
        }
    });
    run.take_failure()?;
    run.total(true);
    if options.dry_run && repo.wants_plan(monitor) {
        monitor.event(Event::Plan(ReadPlan { is_dry_run: true, ..run.planned() }));
    }
    Ok(run.report())
}

/// What happens to files, in order.
enum Step {
    Begin(Vec<u8>, Box<Node>),
    Piece {
        id: BlobId,
        place: Option<Location>,
        bytes: Mutex<Result<Vec<u8>, String>>,
    },
    /// The content cannot be listed to its end.
    Lost(String),
    End,
}

/// The file that is being handed over.
struct Current {
    path: Vec<u8>,
    node: Box<Node>,
    layout: Layout,
    /// The sink has it.
    has_begun: bool,
    /// Bytes of content that came, without holes.
    at: u64,
    /// Bytes that the sink got.
    sent: u64,
    empty: u64,
    failed: Option<String>,
}

struct Streaming<'a, 'r> {
    run: &'a Run<'r>,
    sink: &'a mut dyn Sink,
    steps: Vec<Step>,
    /// Of the pieces.
    bytes: u64,
    current: Option<Current>,
}

impl Streaming<'_, '_> {
    fn walk(&mut self, mut path: Vec<u8>, start: Node) {
        let run = self.run;
        let verdict = run.judge(&path, &start, false);
        let tree = match (verdict, start.subtree) {
            (Verdict::Unwanted, _) => return,
            (_, Some(tree)) => tree,
            (_, None) => {
                return if verdict == Verdict::Wanted {
                    self.file(&path, start)
                };
            }
        };
        let mut levels = vec![(TreeReader::new(run, tree), path.len(), verdict == Verdict::Wanted)];
        while let Some((entries, length, wanted)) = levels.last_mut() {
            if run.is_over() {
                return;
            }
            path.truncate(*length);
            let node = match entries.next() {
                Some(Ok(node)) => node,
                Some(Err(error)) => {
                    let path = if path.is_empty() { b"/" } else { &path[..] };
                    run.problem(path, format!("The directory cannot be read to its end: {error}"));
                    continue;
                }
                None => {
                    levels.pop();
                    continue;
                }
            };
            path.push(b'/');
            path.extend_from_slice(&node.name);
            let verdict = run.judge(&path, &node, *wanted);
            match (verdict, node.kind, node.subtree) {
                (Verdict::Unwanted, ..) => {}
                (_, NodeType::Directory, Some(tree)) => {
                    levels.push((TreeReader::new(run, tree), path.len(), verdict == Verdict::Wanted));
                }
                (_, NodeType::Directory, None) => run.problem(&path, "The directory has no tree"),
                (Verdict::Wanted, ..) => self.file(&path, node),
                (Verdict::Perhaps, ..) => {}
            }
        }
    }

    /// Plans one file; hands over what was planned when there is enough of it.
    fn file(&mut self, path: &[u8], node: Node) {
        if node.kind != NodeType::File {
            return;
        }
        let run = self.run;
        add(&run.counters.total_files, 1);
        add(&run.counters.total_bytes, node.size);
        run.total(false);
        let content = node.content.clone();
        self.step(Step::Begin(path.to_vec(), Box::new(node)));
        if let Content::Inline(bytes) = content {
            let (id, bytes) = (BlobId([0; 32]), Mutex::new(Ok(bytes)));
            self.step(Step::Piece { id, place: None, bytes });
            return self.step(Step::End);
        }
        for id in ContentReader::new(run, &content) {
            if run.is_over() {
                return;
            }
            let place = id.and_then(|id| Ok((id, run.place(&id)?)));
            match place {
                Ok((id, place)) => {
                    self.bytes += u64::from(place.len);
                    let (place, bytes) = (Some(Location { bases: Vec::new(), ..place }), Mutex::new(Ok(Vec::new())));
                    self.step(Step::Piece { id, place, bytes });
                }
                Err(error) => {
                    self.step(Step::Lost(error.to_string()));
                    break;
                }
            }
            if self.current.as_ref().is_some_and(|current| current.failed.is_some()) {
                break;
            }
        }
        self.step(Step::End);
    }

    fn step(&mut self, step: Step) {
        self.steps.push(step);
        if self.bytes >= WINDOW || self.steps.len() >= MAX_STEPS {
            self.flush();
        }
    }

    /// Fetches what was planned and hands it over.
    fn flush(&mut self) {
        let steps = std::mem::take(&mut self.steps);
        self.bytes = 0;
        let pieces = steps.iter().enumerate().filter_map(|(job, step)| match step {
            Step::Piece { id, place: Some(place), .. } => Some(Wanted { job, id: *id, place: place.clone() }),
            _ => None,
        });
        let window = Window { run: self.run, steps: &steps };
        if self.run.options.dry_run {
            self.run.plans(plan_reads(&window, pieces));
        } else {
            let threads = std::thread::available_parallelism().map_or(2, |n| n.get());
            fetch(&window, threads.max(self.run.repo.backend().concurrency()), pieces);
        }
        for (number, step) in steps.iter().enumerate() {
            if self.run.is_over() {
                return;
            }
            match step {
                Step::Begin(path, node) => self.begin(path, node, steps.get(number + 1..).unwrap_or_default()),
                Step::Piece { place, bytes, .. } => {
                    let bytes = std::mem::replace(&mut *lock(bytes), Ok(Vec::new()));
                    self.piece(bytes, place.as_ref().map(|place| place.len));
                }
                Step::Lost(cause) => self.fail(cause.clone()),
                Step::End => self.end(),
            }
        }
    }

    fn begin(&mut self, path: &[u8], node: &Node, next: &[Step]) {
        let layout = Layout::new(&node.holes);
        let (path, node) = (path.to_vec(), Box::new(node.clone()));
        let current = Current { path, node, layout, has_begun: false, at: 0, sent: 0, empty: 0, failed: None };
        let current = self.current.insert(current);
        // What is known to be lost is not begun at all.
        current.failed = next.iter().take_while(|step| !matches!(step, Step::End)).find_map(|step| match step {
            Step::Piece { bytes, .. } => lock(bytes).as_ref().err().cloned(),
            Step::Lost(cause) => Some(cause.clone()),
            _ => None,
        });
        if current.failed.is_some() || self.run.options.dry_run {
            return;
        }
        match self.sink.begin(&current.path, &current.node) {
            Ok(()) => current.has_begun = true,
            Err(error) => current.failed = Some(error.to_string()),
        }
    }

    fn fail(&mut self, cause: String) {
        let Some(current) = &mut self.current else { return };
        if std::mem::take(&mut current.has_begun) {
            self.sink.abort();
        }
        current.failed.get_or_insert(cause);
    }

    fn piece(&mut self, bytes: Result<Vec<u8>, String>, len: Option<u32>) {
        let Some(current) = self.current.as_mut().filter(|current| current.failed.is_none()) else { return };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(cause) => return self.fail(cause),
        };
        let len = len.map_or(bytes.len(), |len| len as usize);
        current.empty += u64::from(len == 0);
        let (end, size) = (current.at.saturating_add(len as u64), current.node.size);
        if end > content_len(&current.node) || current.empty > MAX_EMPTY {
            return self.fail(format!("Its content is longer than its size of {size} bytes says"));
        }
        let pieces = current.layout.pieces(current.at, len);
        current.at = end;
        if self.run.options.dry_run {
            return;
        }
        for piece in pieces {
            let written =
                self.zeros_until(piece.offset).and_then(|()| self.send(bytes.get(piece.range).unwrap_or_default()));
            if let Err(error) = written {
                return self.fail(error.to_string());
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.sink.write(bytes)?;
        if let Some(current) = &mut self.current {
            current.sent += bytes.len() as u64;
        }
        self.run.monitor.event(Event::Progress { items: 0, bytes: bytes.len() as u64 });
        Ok(())
    }

    /// Holes.
    fn zeros_until(&mut self, offset: u64) -> Result<()> {
        while let Some(gap) = self.current.as_ref().map(|current| offset.saturating_sub(current.sent))
            && gap > 0
        {
            if self.run.is_over() {
                return Err(Error::Stopped { checkpoint: None });
            }
            self.send(&ZEROS[..gap.min(ZEROS.len() as u64) as usize])?;
        }
        Ok(())
    }

    fn end(&mut self) {
        let Some(current) = &self.current else { return };
        let (size, at, content) = (current.node.size, current.at, content_len(&current.node));
        if current.failed.is_none() {
            if at != content {
                self.fail(format!("{at} of {content} bytes of its content are there"));
            } else if !self.run.options.dry_run
                && let Err(error) = self.zeros_until(size)
            {
                self.fail(error.to_string());
            }
        }
        let Some(mut current) = self.current.take() else { return };
        if current.has_begun {
            current.failed = self.sink.end().err().map(|error| error.to_string());
        }
        if self.run.is_over() {
            return;
        }
        let run = self.run;
        run.monitor.event(Event::Progress { items: 1, bytes: size.saturating_sub(current.sent) });
        match current.failed {
            Some(cause) => run.problem(&current.path, cause),
            None => {
                add(&run.counters.restored, 1);
                add(&run.counters.bytes_written, size);
                run.item(&current.path, Action::Restored, size);
            }
        }
    }
}

/// Gets what is fetched.
struct Window<'a, 'r> {
    run: &'a Run<'r>,
    steps: &'a [Step],
}

impl Taker for Window<'_, '_> {
    /// Number of the step.
    type Job = usize;

    fn repo(&self) -> &Repository {
        self.run.repo
    }

    fn monitor(&self) -> &dyn Monitor {
        self.run.monitor
    }

    fn is_over(&self) -> bool {
        self.run.is_over()
    }

    fn fail(&self, error: Error) {
        self.run.fail(error);
    }

    fn take(&self, wanted: &[Wanted<usize>], _bases: &[BlobId], blob: Result<&[u8]>) {
        let blob = blob.map_err(|error| error.to_string());
        for Wanted { job, .. } in wanted {
            if let Some(Step::Piece { bytes, .. }) = self.steps.get(*job) {
                *lock(bytes) = blob.clone().map(<[u8]>::to_vec);
            }
        }
    }
}
