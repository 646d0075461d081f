//! Backup: the state of directories, or a stream, becomes a snapshot.
//!
//! Threads and what they hand on: the *walk* yields entries in tree order; the *plan* compares them with the parent snapshots and makes jobs
//! of what must be read; *workers* read, cut, hash, compress, seal and write; *readers* feed them the chunks of large files; the *archive* takes
//! the results in tree order, builds the trees and commits. All queues between them are bounded.
mod archive;
mod options;
mod parents;
mod plan;
mod run;
mod work;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};

use self::archive::{Archive, Archived};
pub use self::options::{BackupOptions, BackupReport, Parent, Source};
use self::parents::Parents;
pub(in crate::ops) use self::parents::next_of_writer;
use self::plan::{Outlets, plan};
use self::run::Run;
use self::work::{FileJob, FileOutcome};
use crate::error::{Error, Result};
use crate::fs::source::{Sources, Walk, WalkOptions, scan};
use crate::model::{Node, NodeType, TreeBuilder};
use crate::monitor::{Action, Event, Monitor};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::{Repository, SessionOwner, WriteOptions, Writer};

/// Steps that may wait for the archive.
const STEPS: usize = 4096;

/// What the archive takes, in tree order.
enum Step {
    Enter(Box<Node>),
    Leave {
        parent: Option<Box<Node>>,
    },
    /// An entry that needs no reading.
    Ready {
        node: Box<Node>,
        action: Action,
    },
    /// Number `at` of a batch of small files.
    Small {
        action: Action,
        batch: Receiver<Vec<FileOutcome>>,
        at: usize,
    },
    Large {
        action: Action,
        outcome: Receiver<FileOutcome>,
    },
    /// Everything before this is done; commit a checkpoint, then let the plan go on.
    Pause(Sender<()>),
    End,
}

/// Makes a snapshot. Problems with single files go to the monitor and are counted; the run goes on.
///
/// The snapshot is committed and durable when this returns `Ok` with an id. When the monitor asks to stop, what has been read so far is
/// committed as a partial snapshot and the report says `stopped`; the next run goes on from there.
pub fn backup(
    repo: &Repository,
    source: Source,
    options: &BackupOptions,
    monitor: &dyn Monitor,
) -> Result<BackupReport> {
    let workers = match options.threads {
        0 => std::thread::available_parallelism().map_or(2, |n| n.get()),
        n => n,
    };
    let readers = options.read_concurrency.max(1);
    let owner =
        SessionOwner { host: options.host.clone(), label: options.label.clone(), process: repo.world().process() };
    let write = WriteOptions {
        compression: options.compression,
        extra_verify: options.extra_verify,
        dry_run: options.dry_run,
        threads: workers + readers + 1,
    };
    // Before the session, so that a wrong path leaves nothing behind.
    let (source, paths) = match source {
        Source::Paths { base, paths } => {
            let sources = Sources::new(&base, &paths)?;
            let paths = sources.paths().iter().map(|path| path_bytes(path)).collect();
            (Either::Paths(sources), paths)
        }
        Source::Stream { name, reader, finish } => {
            let path = [b"/".as_slice(), name.as_slice()].concat();
            (Either::Stream { name, reader, finish }, vec![path])
        }
    };
    let chunker = run::chunker(repo)?;
    let (writer, resumed) = Writer::begin(repo, owner, write, monitor)?;
    let (parents, previous) = match parents::choose(repo, options, &paths, monitor) {
        Ok(parents) => parents,
        Err(error) => return give_up(writer, error),
    };
    let run = Run::new(repo, writer, chunker, options, monitor, paths, &parents, previous.as_ref());
    let result = match source {
        Either::Paths(sources) => tree(&run, sources, &parents, workers, readers),
        Either::Stream { name, reader, finish } => stream(&run, &name, reader, finish, workers),
    };
    match result {
        Ok(archived) => run.finish(archived, resumed),
        Err(error) => give_up(run.into_writer(), error),
    }
}

enum Either {
    Paths(Sources),
    Stream { name: Vec<u8>, reader: Box<dyn std::io::Read + Send>, finish: Box<dyn FnOnce() -> Result<()> + Send> },
}

/// Ends a run that failed. Its session stays open, for the next run to take up what was stored, unless nothing was.
fn give_up<T>(writer: Writer<'_>, error: Error) -> Result<T> {
    writer.leave();
    Err(error)
}

fn path_bytes(path: &Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

/// Backs up directories.
fn tree(run: &Run<'_>, sources: Sources, parents: &[SnapshotInfo], workers: usize, readers: usize) -> Result<Archived> {
    let options = run.options;
    let (steps, steps_in) = bounded(STEPS);
    let (jobs, jobs_in) = bounded(2 * workers);
    let (large, large_in) = bounded::<(FileJob, Sender<FileOutcome>)>(0);
    let roots: Vec<_> = parents.iter().filter_map(|parent| parent.snapshot.root).collect();
    let parent_trees = run.trees(workers);
    let trees = run.trees(workers);
    run.monitor.event(Event::Phase("Backing up"));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if options.scan {
            let (sources, rules, names, over) = (sources.clone(), options.rules.clone(), run.names.clone(), &over);
            scope.spawn(move || {
                let total = scan(sources, rules, names, walk_options(options), |items, bytes| {
                    run.monitor.event(Event::Total { items, bytes, complete: false });
                    if over.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                });
                if let Some((items, bytes)) = total {
                    run.monitor.event(Event::Total { items, bytes, complete: true });
                }
            });
        }
        for thread in 0..workers {
            let jobs_in = jobs_in.clone();
            scope.spawn(move || {
                let mut buffer = Vec::new();
                for job in jobs_in {
                    run.work(thread, job, &mut buffer);
                }
            });
        }
        for reader in 0..readers {
            let (large_in, jobs) = (large_in.clone(), jobs.clone());
            scope.spawn(move || {
                for (file, outcome) in large_in {
                    drop(outcome.send(run.open_large(workers + 1 + reader, file, &jobs)));
                }
            });
        }
        // The threads above hold what they need: when the plan ends, they end.
        drop((jobs_in, large_in));
        let parents = Parents::new(&parent_trees, &roots);
        let walk = Walk::new(sources, options.rules.clone(), run.names.clone(), walk_options(options));
        scope.spawn(move || plan(run, walk, parents, Outlets { steps, jobs, large }));
        let archived = Archive::new(run, workers, &trees).all(steps_in);
        if archived.is_err() {
            // Readers must not go on to the end of their files.
            run.wind_down();
        }
        over.store(true, Ordering::Relaxed);
        archived
    })
}

fn walk_options(options: &BackupOptions) -> WalkOptions {
    WalkOptions { one_file_system: options.one_file_system, ..WalkOptions::default() }
}

/// Backs up one stream as a file.
fn stream(
    run: &Run<'_>,
    name: &[u8],
    mut reader: Box<dyn std::io::Read + Send>,
    finish: Box<dyn FnOnce() -> Result<()> + Send>,
    workers: usize,
) -> Result<Archived> {
    let (jobs, jobs_in) = bounded(2 * workers);
    run.monitor.event(Event::Phase("Backing up"));
    let mut size = 0;
    let content = std::thread::scope(|scope| {
        for thread in 0..workers {
            let jobs_in = jobs_in.clone();
            scope.spawn(move || {
                let mut buffer = Vec::new();
                for job in jobs_in {
                    run.work(thread, job, &mut buffer);
                }
            });
        }
        let mut read = |space: &mut [u8]| {
            let len = reader.read(space)?;
            size += len as u64;
            Ok(len)
        };
        let content = run.stream(workers + 1, &mut read, Some(&jobs));
        drop(jobs);
        content
    });
    let content = match content {
        Ok(content) => content,
        Err(FileOutcome::Unreadable(message)) => {
            return Err(Error::Invalid(format!("Could not read the stream: {message}")));
        }
        Err(FileOutcome::Stopped) => return Err(Error::Stopped { checkpoint: None }),
        Err(_) => {
            run.failure()?;
            return Err(Error::Invalid("The stream ended without a result".to_owned()));
        }
    };
    finish()?;
    let now = run.repo.world().now();
    let trees = run.trees(workers);
    let mut components: Vec<&[u8]> = name.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).collect();
    let Some(last) = components.pop() else {
        return Err(Error::Invalid("The name of the stream is empty".to_owned()));
    };
    let options = run.options;
    let entry = |name: &[u8], kind, mode| Node {
        name: name.to_vec(),
        kind,
        mode,
        uid: options.uid,
        gid: options.gid,
        user: Some(options.user.clone()),
        mtime: now,
        ctime: now,
        links: 1,
        ..Node::default()
    };
    let mut node = Node { size, content, ..entry(last, NodeType::File, 0o644) };
    run.count_entry(&node, Action::New);
    while let Some(name) = components.pop() {
        let mut builder = TreeBuilder::new(&trees);
        builder.push(&node)?;
        node = Node { subtree: Some(builder.finish()?), ..entry(name, NodeType::Directory, 0o755) };
        run.count_entry(&node, Action::New);
    }
    let mut builder = TreeBuilder::new(&trees);
    builder.push(&node)?;
    Ok(Archived { root: builder.finish()?, stopped: false })
}
