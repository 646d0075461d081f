//! What processes do: each act is one run of the program, by way of the library.
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use caddis::error::{Error, Result};
use caddis::id::SessionId;
use caddis::model::Snapshot;
use caddis::monitor::Silent;
use caddis::ops::prune::{MaxUnused, PruneOptions, prune};
use caddis::ops::repair::{RepairOptions, repair};
use caddis::ops::rewrite::{Rewrite, rewrite};
use caddis::ops::snapshots::{SnapshotFilter, from_catalog};
use caddis::repo::{Broken, Catalog, OpenOptions, Repository, SessionOwner, WriteOptions, Writer};
use caddis::world::World;

use crate::handle::Handle;
use crate::pictures::{compare, decision, number_of, save, snapshot_of};
use crate::schedule::{Killed, Sim};

pub const PASSWORD: &[u8] = b"secret";

/// One run.
#[derive(Clone, Debug)]
pub enum Act {
    /// Commits these pictures one after the other: all but the last are checkpoints.
    Backup {
        pictures: Vec<usize>,
        in_pieces: bool,
        abandon: bool,
    },
    /// Forgets one of the snapshots.
    Forget(usize),
    /// Changes one of the snapshots: a new one in place of the old one.
    Tag(usize),
    /// Brings a forgotten snapshot back, if nothing of it is lost.
    Undelete(usize),
    /// Restores all snapshots.
    Read,
    Repair,
    Prune {
        stale_after: Duration,
        max_unused: MaxUnused,
    },
}

/// An act and the process that does it.
#[derive(Clone, Debug)]
pub struct Job {
    pub act: Act,
    /// The program is not started anew: the repository is still open from the job before.
    pub same_process: bool,
    /// After so many storage operations it dies (true) or loses its storage (false).
    pub lifetime: Option<(usize, bool)>,
}

impl Job {
    pub fn new(act: Act) -> Job {
        Job { act, same_process: false, lifetime: None }
    }
}

impl Act {
    fn label(&self) -> &'static str {
        match self {
            Act::Backup { .. } => "backup",
            Act::Forget(_) => "forget",
            Act::Tag(_) => "tag",
            Act::Undelete(_) => "undelete",
            Act::Read => "read",
            Act::Repair => "repair",
            Act::Prune { .. } => "prune",
        }
    }
}

/// A process with its open repository.
struct Program {
    repo: Repository,
    handle: Arc<Handle>,
}

pub fn open_options() -> OpenOptions {
    OpenOptions { kdf_floor: 1, ..OpenOptions::default() }
}

fn open(handle: &Arc<Handle>, broken: &[Broken]) -> Result<Program> {
    let repo = Repository::open(handle.clone(), handle.clone(), PASSWORD, &open_options(), &Silent)?;
    broken.iter().for_each(|rule| repo.break_rule(*rule));
    Ok(Program { repo, handle: handle.clone() })
}

/// Does the jobs of one host's lane, one after the other; what goes wrong without a cause is a violation.
pub fn run_lane(sim: &Arc<Sim>, lane: usize, host: usize, jobs: &[Job], broken: &[Broken]) {
    sim.enter(lane);
    let mut program: Option<Program> = None;
    for job in jobs {
        if sim.core().halted() {
            break;
        }
        if !job.same_process {
            end(&mut program);
        }
        let handle = match &program {
            Some(program) => program.handle.clone(),
            None => {
                let process = sim.core().begin(lane, host, job.act.label(), job.lifetime);
                Handle::new(sim, process)
            }
        };
        let process = handle.number();
        let result = catch_unwind(AssertUnwindSafe(|| {
            if program.is_none() {
                program = Some(open(&handle, broken)?);
            }
            perform(program.as_ref().expect("it was opened just now"), host, &job.act)
        }));
        let mut core = sim.core();
        match result {
            Ok(Ok(said)) => core.trace.say(process, said),
            Ok(Err(error)) => {
                core.trace.say(process, format!("fails: {error}"));
                let excused = core.processes[process].disturbed
                    || core.storage.damaged
                    || !core.storage.staleness.is_zero()
                    || core.halted()
                    || matches!(error, Error::Fenced { .. });
                if !excused {
                    core.watch.violate(format!("{} failed without a cause: {error}", job.act.label()));
                }
            }
            Err(payload) if payload.is::<Killed>() => core.trace.say(process, "is dead".to_owned()),
            Err(payload) => core.watch.violate(format!("{} panicked: {}", job.act.label(), message(&*payload))),
        }
        // Who is dead, or has no storage any more, does not go on.
        if !core.processes[process].alive || core.processes[process].cut_off {
            core.processes[process].alive = false;
            drop(core);
            program = None;
        }
    }
    end(&mut program);
    sim.leave(lane);
}

fn end(program: &mut Option<Program>) {
    if let Some(Program { handle, .. }) = program.take() {
        handle.sim().core().processes[handle.number()].alive = false;
    }
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

fn owner(program: &Program, host: usize) -> SessionOwner {
    SessionOwner { host: format!("host{host}"), label: None, process: program.handle.process() }
}

fn begin(program: &Program, host: usize) -> Result<Writer<'_>> {
    let options = WriteOptions { extra_verify: false, ..WriteOptions::default() };
    Ok(Writer::begin(&program.repo, owner(program, host), options, &Silent)?.0)
}

/// Returns what there is to say.
fn perform(program: &Program, host: usize, act: &Act) -> Result<String> {
    let repo = &program.repo;
    match act {
        Act::Backup { pictures, in_pieces, abandon } => back_up(program, host, pictures, *in_pieces, *abandon),
        Act::Forget(nth) => {
            let catalog = repo.catalog(&Silent)?;
            let infos = from_catalog(&catalog, &SnapshotFilter::default(), &Silent);
            let Some(info) = (!infos.is_empty()).then(|| &infos[nth % infos.len()]) else {
                return Ok("nothing to forget".to_owned());
            };
            repo.bury(info.id, "host", "forgotten", &Silent)?;
            Ok(format!("forgot {}", info.id.short()))
        }
        Act::Tag(nth) => tag(program, host, *nth, false),
        Act::Undelete(nth) => tag(program, host, *nth, true),
        Act::Read => read(program),
        Act::Repair => {
            let host = format!("host{host}");
            let options =
                RepairOptions { replicas: true, index: true, packs: true, locations: true, dry_run: false, host };
            let report = repair(repo, &options, &Silent)?;
            Ok(format!("repaired {} packs, gave up {}", report.packs_rebuilt.len(), report.blobs_lost.len()))
        }
        Act::Prune { stale_after, max_unused } => {
            let options =
                PruneOptions { stale_after: *stale_after, max_unused: *max_unused, ..PruneOptions::default() };
            let report = prune(repo, &owner(program, host), &options, &Silent)?;
            let (packs, waiting) = (report.packs_removed, report.waiting.len());
            Ok(format!("removed {packs} packs, waits for {waiting}"))
        }
    }
}

fn back_up(program: &Program, host: usize, pictures: &[usize], in_pieces: bool, abandon: bool) -> Result<String> {
    let sim = program.handle.sim();
    let acknowledge = |sid: SessionId, number: usize| {
        sim.core().watch.acknowledge(program.handle.number(), sid, number);
    };
    let writer = begin(program, host)?;
    // Of the parent, if there is one; without it nothing is a delta of its trees.
    let newest = |catalog: &Catalog| from_catalog(catalog, &SnapshotFilter::default(), &Silent).last()?.snapshot.root;
    let mut older = program.repo.catalog(&Silent).ok().as_ref().and_then(newest);
    let mut said = "committed".to_owned();
    for (at, &number) in pictures.iter().enumerate() {
        let picture = sim.core().pictures[number].clone();
        let saved = save(&program.repo, &writer, older, &picture, in_pieces)
            .and_then(|root| writer.finish_packs().map(|_| root));
        let root = match saved {
            Ok(root) => root,
            Err(error) => {
                writer.leave();
                return Err(error);
            }
        };
        let decision = decision(root, number, program.handle.now());
        older = Some(root);
        if at + 1 == pictures.len() {
            if abandon {
                writer.abandon("a simulation wants it so", &Silent)?;
                return Ok(format!("{said}, abandoned {number}"));
            }
            let sid = writer.commit(&decision, &Silent)?;
            acknowledge(sid, number);
            said += &format!(" {number} as {}", sid.short());
            return Ok(said);
        }
        match writer.checkpoint(&decision, &Silent) {
            Ok(sid) => {
                acknowledge(sid, number);
                said += &format!(" {number} as {}", sid.short());
            }
            Err(error) => {
                writer.leave();
                return Err(error);
            }
        }
    }
    Ok(said)
}

/// A changed copy of a snapshot; the old one is forgotten afterwards, unless it is already.
fn tag(program: &Program, host: usize, nth: usize, forgotten: bool) -> Result<String> {
    let repo = &program.repo;
    let catalog = repo.catalog(&Silent)?;
    let candidates: Vec<(SessionId, Snapshot)> = (catalog.decisions.iter())
        .filter(|(sid, _)| catalog.tombs.contains(sid) == forgotten)
        .filter_map(|(sid, decision)| Some((*sid, snapshot_of(decision)?)))
        .collect();
    let Some((old, snapshot)) = (!candidates.is_empty()).then(|| candidates[nth % candidates.len()].clone()) else {
        return Ok("nothing to change".to_owned());
    };
    let number = number_of(&snapshot).unwrap_or(usize::MAX);
    let changed = Snapshot { tags: vec!["changed".to_owned()], ..snapshot };
    let rewritten = rewrite(
        repo,
        &owner(program, host),
        &Rewrite { old, changed, replace: !forgotten, lost_may_go: false },
        &Silent,
    );
    let sid = match rewritten {
        Ok(sid) => sid,
        // Something of it is doomed or gone.
        Err(Error::Invalid(cause)) => return Ok(cause),
        Err(error) => return Err(error),
    };
    program.handle.sim().core().watch.acknowledge(program.handle.number(), sid, number);
    Ok(format!("{} is {} now", old.short(), sid.short()))
}

fn read(program: &Program) -> Result<String> {
    let sim = program.handle.sim();
    let (catalog, _) = program.repo.load_index(&Silent)?;
    let mut count = 0;
    for info in from_catalog(&catalog, &SnapshotFilter::default(), &Silent) {
        let Some(picture) = number_of(&info.snapshot).and_then(|number| sim.core().pictures.get(number).cloned())
        else {
            sim.core().watch.violate(format!("snapshot {} is not what anybody wrote", info.id));
            continue;
        };
        match compare(&program.repo, &info.snapshot, &picture) {
            Ok(Ok(())) => count += 1,
            Ok(Err(difference)) => {
                sim.core().watch.violate(format!("snapshot {} restores wrongly: {difference}", info.id));
            }
            // Forgotten meanwhile, and pruned.
            Err(_) if sim.core().watch.buried.contains(&info.id) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(format!("read {count} snapshots"))
}
