//! Backup: the state of directories, streams, or an archive, become a snapshot.
//!
//! There may be several *targets*: repositories that each get a snapshot out of one reading of the sources. Each has a *run* with its own
//! session, parents, trees and snapshot; one that fails drops out, and the others go on. A slow one holds the others back.
//!
//! Threads and what they hand on: the *walk* yields entries in tree order; the *plan* compares them with the parent snapshots and makes jobs
//! of what must be read, once for all targets that need it; *workers* read, cut, hash, compress, seal and write; *readers* feed them the chunks of large files; the *archive* of each target takes
//! the results in tree order, builds the trees and commits. All queues between them are bounded.
mod archive;
mod crew;
mod gathered;
mod import;
mod intake;
mod older;
mod options;
mod parents;
mod plan;
mod rot;
pub(in crate::ops) mod run;
mod stream;
mod voices;
mod work;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};

use self::archive::{Archive, Archived};
use self::crew::{Crew, LargeJob};
pub use self::options::{BackupOptions, BackupReport, Parent, Source, Started, Stream};
use self::parents::Parents;
pub(in crate::ops) use self::parents::next_of_writer;
use self::plan::{Outlets, plan};
use self::run::{Run, RunContext};
use self::voices::{Choir, Voice};
use self::work::FileOutcome;
use crate::error::{Error, Result};
use crate::fs::source::{Names, Sources, Walk, WalkOptions, scan};
use crate::id::BlobId;
use crate::model::Node;
use crate::monitor::{Action, Event, Monitor};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::{Repository, SessionOwner, WriteOptions, Writer};

/// Steps that may wait for the archive.
const STEPS: usize = 4096;

/// What the archive takes, in tree order.
enum Step {
    Enter {
        node: Box<Node>,
        /// The tree of the parent's directory.
        older: Option<BlobId>,
    },
    Leave {
        parent: Option<Box<Node>>,
    },
    /// Something in the current directory could not be read.
    Missing,
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
    let mut results = backup_into(&[repo], source, options, monitor)?;
    results.pop().unwrap_or_else(|| Err(Error::Invalid("A backup needs a repository".to_owned())))
}

/// The same for several repositories, in the order of which the results come. Each file is read once, if any of them needs it. What fails in
/// one of them fails there alone: what it missed is what its next backup finds new. An error as a whole comes before anything was stored.
pub fn backup_into(
    repos: &[&Repository],
    source: Source,
    options: &BackupOptions,
    monitor: &dyn Monitor,
) -> Result<Vec<Result<BackupReport>>> {
    let workers = match options.threads {
        0 => std::thread::available_parallelism().map_or(2, |n| n.get()),
        n => n,
    };
    let readers = options.read_concurrency.max(1);
    // Before the sessions, so that a wrong path leaves nothing behind.
    let (source, paths) = match source {
        Source::Paths { base, paths } => {
            let sources = Sources::new(&base, &paths)?;
            let paths = sources.paths().iter().map(|path| path_bytes(path)).collect();
            (Either::Paths(sources), paths)
        }
        Source::PathAs { path, stored_as } => {
            let sources = Sources::new_as(&path, &stored_as)?;
            let paths = sources.paths().iter().map(|path| path_bytes(path)).collect();
            (Either::Paths(sources), paths)
        }
        Source::Streams(streams) => {
            let paths = streams.iter().map(|stream| [b"/".as_slice(), &stream.name].concat()).collect();
            (Either::Streams(streams), paths)
        }
        Source::Tar { reader, at } => {
            let names: Vec<&[u8]> = at.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).collect();
            let path = [b"/".as_slice(), &names.join(&b'/')].concat();
            (Either::Tar { reader, at: names.into_iter().map(<[u8]>::to_vec).collect() }, vec![path])
        }
    };
    let choir = Choir::new(monitor);
    let voices: Vec<Voice<'_>> = (0..repos.len()).map(|number| Voice::new(&choir, number)).collect();
    let names = Arc::default();
    let begun = repos.iter().zip(&voices).map(|(repo, voice)| {
        begin(repo, options, &paths, &names, workers + readers + 1, if repos.len() == 1 { monitor } else { voice })
    });
    let (mut runs, mut begun_as, mut results) = (Vec::new(), Vec::new(), Vec::new());
    for (number, begun) in begun.enumerate() {
        match begun {
            Ok(begun) => {
                let Begun { run, parents, resumed } = begun;
                runs.push(run);
                begun_as.push((number, parents, resumed));
                results.push(None);
            }
            Err(error) => results.push(Some(Err(error))),
        }
    }
    let numbers: Vec<usize> = begun_as.iter().map(|(number, ..)| *number).collect();
    let parents: Vec<&[SnapshotInfo]> = begun_as.iter().map(|(_, parents, _)| &parents[..]).collect();
    let crew = Crew::new(&runs, &choir, &numbers);
    let archived = match (crew, source) {
        (None, _) => Vec::new(),
        (Some(crew), Either::Paths(sources)) => tree(&crew, sources, &parents, workers, readers),
        (Some(crew), Either::Streams(streams)) => {
            intake::with(&crew, &parents, workers, |intake| stream::streams(intake, streams))
        }
        (Some(crew), Either::Tar { reader, at }) => {
            intake::with(&crew, &parents, workers, |intake| import::import(intake, reader, &at))
        }
    };
    for ((run, archived), (number, _, resumed)) in runs.into_iter().zip(archived).zip(begun_as) {
        results[number] = Some(match archived {
            Ok(archived) => run.finish(archived, resumed),
            Err(error) => give_up(run.into_writer(), error),
        });
    }
    Ok(results.into_iter().flatten().collect())
}

struct Begun<'a> {
    run: Run<'a>,
    parents: Vec<SnapshotInfo>,
    resumed: bool,
}

/// Opens a session in one repository.
fn begin<'a>(
    repo: &'a Repository,
    options: &'a BackupOptions,
    paths: &[Vec<u8>],
    names: &Arc<Names>,
    threads: usize,
    monitor: &'a dyn Monitor,
) -> Result<Begun<'a>> {
    let owner =
        SessionOwner { host: options.host.clone(), label: options.label.clone(), process: repo.world().process() };
    let write = WriteOptions {
        compression: options.compression,
        delta: options.delta,
        extra_verify: options.extra_verify,
        dry_run: options.dry_run,
        threads,
    };
    let chunker = run::chunker(repo)?;
    let (writer, resumed) = Writer::begin(repo, owner, write, monitor)?;
    let (parents, previous) = match parents::choose(repo, options, paths, monitor) {
        Ok(parents) => parents,
        Err(error) => return give_up(writer, error),
    };
    let context = RunContext { repo, options, monitor, names: Arc::clone(names) };
    let run = Run::new(context, writer, chunker, paths.to_vec(), &parents, previous.as_ref());
    Ok(Begun { run, parents, resumed })
}

enum Either {
    Paths(Sources),
    Streams(Vec<Stream>),
    Tar { reader: Box<dyn std::io::Read + Send>, at: Vec<Vec<u8>> },
}

/// Ends a run that failed. Its session stays open, for the next run to take up what was stored, unless nothing was.
fn give_up<T>(writer: Writer<'_>, error: Error) -> Result<T> {
    writer.leave();
    Err(error)
}

fn path_bytes(path: &Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

/// Backs up directories; gives what came of each run.
fn tree(
    crew: &Crew<'_, '_>,
    sources: Sources,
    parents: &[&[SnapshotInfo]],
    workers: usize,
    readers: usize,
) -> Vec<Result<Archived>> {
    let Crew { runs, first, .. } = crew;
    let options = first.options;
    let (steps, steps_in): (Vec<_>, Vec<_>) = runs.iter().map(|_| bounded(STEPS)).unzip();
    let (jobs, jobs_in) = bounded(2 * workers);
    let (large, large_in) = bounded::<LargeJob<'_>>(0);
    let roots: Vec<Vec<BlobId>> =
        parents.iter().map(|parents| parents.iter().filter_map(|parent| parent.snapshot.root).collect()).collect();
    let parent_trees: Vec<_> = runs.iter().map(|run| run.trees(workers)).collect();
    let trees: Vec<_> = runs.iter().map(|run| run.trees(workers)).collect();
    first.monitor.event(Event::Phase("Backing up"));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if options.scan {
            let (sources, rules, names, over) = (sources.clone(), options.rules.clone(), first.names.clone(), &over);
            scope.spawn(move || {
                let total = scan(sources, rules, names, walk_options(options), |items, bytes| {
                    first.monitor.event(Event::Total { items, bytes, complete: false });
                    if over.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                });
                if let Some((items, bytes)) = total {
                    first.monitor.event(Event::Total { items, bytes, complete: true });
                }
            });
        }
        for thread in 0..workers {
            let jobs_in = jobs_in.clone();
            scope.spawn(move || {
                let mut buffer = Vec::new();
                for job in jobs_in {
                    crew.work(thread, job, &mut buffer);
                }
            });
        }
        for reader in 0..readers {
            let (large_in, jobs) = (large_in.clone(), jobs.clone());
            scope.spawn(move || {
                for (file, outcomes) in large_in {
                    let done = crew.open_large(workers + 1 + reader, file, &jobs);
                    outcomes.into_iter().zip(done).for_each(|(outcome, done)| drop(outcome.send(done)));
                }
            });
        }
        // The threads above hold what they need: when the plan ends, they end.
        drop((jobs_in, large_in));
        let parents = parent_trees.iter().zip(&roots).map(|(trees, roots)| Parents::new(trees, roots)).collect();
        let walk = Walk::new(sources, options.rules.clone(), first.names.clone(), walk_options(options));
        scope.spawn(move || plan(crew, walk, parents, Outlets { steps, jobs, large }));
        let archives: Vec<_> = steps_in
            .into_iter()
            .zip(runs.iter().zip(&trees).zip(&roots))
            .map(|(steps, ((run, trees), roots))| {
                scope.spawn(move || {
                    let archived = Archive::new(run, workers, trees, roots.first().copied()).all(&steps);
                    if archived.is_err() {
                        // Readers must not go on to the end of their files.
                        run.wind_down();
                    }
                    // The plan may be waiting for the answer to a step that is still in here.
                    steps.into_iter().for_each(drop);
                    archived
                })
            })
            .collect();
        let died = |_| Err(Error::Invalid("A thread that builds trees ended without a result".to_owned()));
        let archived = archives.into_iter().map(|archive| archive.join().unwrap_or_else(died)).collect();
        over.store(true, Ordering::Relaxed);
        archived
    })
}

fn walk_options(options: &BackupOptions) -> WalkOptions {
    let BackupOptions { one_file_system, read_special, with_atime, .. } = *options;
    WalkOptions { one_file_system, read_special, with_atime, stat_only: false }
}
