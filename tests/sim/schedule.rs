//! Turns: of all threads exactly one runs, and at every storage operation the seed says which one goes on.
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use caddis::backend::{Family, ObjectName};

use crate::pictures::Picture;
use crate::random::Rng;
use crate::storage::{LateKind, Storage};
use crate::trace::{Outcome, Trace};
use crate::watch::Watch;

/// The methods of storage, and waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    Put,
    PutSession,
    ReplacePack,
    Get,
    GetRange,
    List,
    Stat,
    Delete,
    Barrier,
    Sleep,
    /// Something under way arrives.
    Arrive,
    /// Storage harms itself.
    Harm,
}

/// What a process is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    pub op: Op,
    pub family: Option<Family>,
    pub name: Option<ObjectName>,
}

impl Call {
    pub fn new(op: Op, family: Option<Family>, name: Option<&ObjectName>) -> Call {
        Call { op, family: family.or(name.map(ObjectName::family)), name: name.copied() }
    }
}

/// How often things go wrong: once in so many operations; 0 is never.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    pub lost_writes: usize,
    pub lost_reads: usize,
    /// Puts of which a second copy is under way though they were acknowledged.
    pub echoes: usize,
    pub harm: usize,
    pub full_disk: usize,
    /// Something that is under way arrives.
    pub arrivals: usize,
}

/// A stretch of a directed run: this lane makes so many calls.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    pub lane: usize,
    pub calls: usize,
}

/// A sequence of processes on one host, one after the other.
#[derive(Debug, Default)]
pub struct Lane {
    ended: bool,
    entered: bool,
    wake_at: Duration,
    /// The process that runs now.
    pub process: usize,
}

/// One process.
#[derive(Debug)]
pub struct Process {
    pub label: String,
    pub host: usize,
    pub lane: usize,
    pub alive: bool,
    /// Storage does not answer it any more.
    pub cut_off: bool,
    /// Calls that it may still make before it dies or is cut off.
    pub lifetime: Option<(usize, bool)>,
    /// Something went wrong for it, so it may fail.
    pub disturbed: bool,
    /// How far its clock is off.
    pub skew: i64,
}

/// Everything that the threads of one simulation share.
#[derive(Debug)]
pub struct Core {
    pub rng: Rng,
    pub storage: Storage,
    pub watch: Watch,
    pub trace: Trace,
    pub weather: Weather,
    pub clock: Duration,
    pub lanes: Vec<Lane>,
    pub processes: Vec<Process>,
    /// What snapshots shall hold; a snapshot tells its number in its description.
    pub pictures: Vec<Picture>,
    turn: Option<usize>,
    burst: usize,
    /// How long a process goes on, at most, before another one has its turn.
    pub longest_burst: usize,
    pub script: VecDeque<Stretch>,
    pub steps: usize,
    /// At this step the power fails everywhere.
    pub halt_at: usize,
    /// Not more than this goes wrong in total.
    pub budget: usize,
    /// Delta frames when all had ended.
    pub deltas: usize,
    /// Of their bases those that hold what was new in a blob, and that no snapshot ever refers to.
    pub new_bases: usize,
    /// Bases that after the last prune no snapshot refers to.
    pub bases_kept: usize,
}

/// How a process ends that is killed.
pub struct Killed;

/// One simulation.
#[derive(Debug)]
pub struct Sim {
    core: Mutex<Core>,
    bells: Vec<Condvar>,
}

impl Core {
    pub fn new(rng: Rng, storage: Storage, pictures: Vec<Picture>) -> Core {
        let watch = Watch::new(&storage.objects);
        Core {
            rng,
            storage,
            watch,
            trace: Trace::default(),
            weather: Weather::default(),
            clock: Duration::from_secs(86_400),
            lanes: Vec::new(),
            processes: Vec::new(),
            pictures,
            turn: None,
            burst: 0,
            longest_burst: 1,
            script: VecDeque::new(),
            steps: 0,
            halt_at: usize::MAX,
            budget: 0,
            deltas: 0,
            new_bases: 0,
            bases_kept: 0,
        }
    }

    pub fn halted(&self) -> bool {
        self.steps >= self.halt_at
    }

    /// Whose turn it is next; `None` when all have ended.
    fn choose(&mut self) -> Option<usize> {
        while let Some(stretch) = self.script.front_mut() {
            if stretch.calls > 0 && !self.lanes[stretch.lane].ended {
                stretch.calls -= 1;
                // It sleeps while nobody else does anything.
                self.clock = self.clock.max(self.lanes[stretch.lane].wake_at);
                return Some(stretch.lane);
            }
            self.script.pop_front();
        }
        let awake = |lane: &Lane, clock: Duration| !lane.ended && lane.wake_at <= clock;
        if self.burst > 0
            && let Some(last) = self.turn
            && awake(&self.lanes[last], self.clock)
        {
            self.burst -= 1;
            return Some(last);
        }
        let mut ready: Vec<usize> = (0..self.lanes.len()).filter(|at| awake(&self.lanes[*at], self.clock)).collect();
        if ready.is_empty() {
            // All sleep: time passes.
            let first = self.lanes.iter().filter(|lane| !lane.ended).map(|lane| lane.wake_at).min()?;
            self.clock = first;
            ready = (0..self.lanes.len()).filter(|at| awake(&self.lanes[*at], self.clock)).collect();
        }
        self.burst = self.rng.below(self.longest_burst);
        Some(self.rng.pick(&ready))
    }

    /// What happens by itself before an operation: time passes, things arrive, storage breaks.
    fn happen(&mut self) {
        self.steps += 1;
        let most = match self.rng.below(64) {
            0 => 1_200_000_000,
            1..4 => 90_000_000,
            4..10 => 1_000_000,
            _ => 50_000,
        };
        self.clock += Duration::from_micros(1 + self.rng.below(most) as u64);
        if !self.storage.late.is_empty() && self.rng.one_in(self.weather.arrivals) {
            self.arrive();
        }
        if self.weather.harm > 0 && self.rng.one_in(self.weather.harm) {
            self.harm();
        }
        if self.weather.full_disk > 0 && self.rng.one_in(self.weather.full_disk) {
            self.storage.full = !self.storage.full;
            self.storage.has_been_full = true;
        }
    }

    /// One operation that is under way arrives.
    pub fn arrive(&mut self) {
        let Some(late) = self.storage.take_late(&mut self.rng) else { return };
        let call = Call::new(Op::Arrive, None, Some(&late.name));
        let absent = !self.storage.objects.contains_key(&late.name);
        match late.kind {
            LateKind::Create if absent => {
                self.storage.create(self.clock, late.name, &late.bytes);
                self.watch.created(late.process, &late.name, &late.bytes);
            }
            LateKind::Create => {}
            LateKind::Replace => self.storage.replace(self.clock, late.name, &late.bytes),
            LateKind::Delete => self.storage.delete(self.clock, late.name),
        }
        let outcome = if absent { Outcome::Done } else { Outcome::Exists };
        self.trace.push(self.steps, late.process, call, outcome, &late.bytes);
    }

    fn harm(&mut self) {
        if let Some(name) = self.storage.harm(self.clock, &mut self.rng) {
            self.trace.push(self.steps, usize::MAX, Call::new(Op::Harm, None, Some(&name)), Outcome::Done, &[]);
        }
    }

    /// A process begins in a lane; the one before has ended.
    pub fn begin(&mut self, lane: usize, host: usize, label: &str, lifetime: Option<(usize, bool)>) -> usize {
        let number = self.processes.len();
        let skew = match self.rng.below(4) {
            0 => self.rng.below(2_000_000) as i64 - 1_000_000,
            _ => 0,
        };
        self.processes.push(Process {
            label: format!("{label}#{number}"),
            host,
            lane,
            alive: true,
            cut_off: false,
            lifetime,
            disturbed: lifetime.is_some(),
            skew,
        });
        self.lanes[lane].process = number;
        number
    }
}

impl Sim {
    pub fn new(mut core: Core, lanes: usize) -> Sim {
        core.lanes = (0..lanes).map(|_| Lane::default()).collect();
        Sim { core: Mutex::new(core), bells: (0..lanes).map(|_| Condvar::new()).collect() }
    }

    pub fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn into_core(self) -> Core {
        self.core.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// A thread takes up a lane; returns when it is its turn for the first time.
    pub fn enter(&self, lane: usize) {
        let mut core = self.core();
        core.lanes[lane].entered = true;
        if core.lanes.iter().all(|lane| lane.entered) {
            let first = core.choose();
            core.turn = first;
            self.ring(first);
        }
        drop(self.wait(core, lane));
    }

    /// The lane has ended; another one goes on.
    pub fn leave(&self, lane: usize) {
        let mut core = self.core();
        core.lanes[lane].ended = true;
        let next = core.choose();
        core.turn = next;
        self.ring(next);
    }

    fn ring(&self, lane: Option<usize>) {
        if let Some(lane) = lane {
            self.bells[lane].notify_one();
        }
    }

    fn wait<'a>(&'a self, mut core: MutexGuard<'a, Core>, lane: usize) -> MutexGuard<'a, Core> {
        while core.turn != Some(lane) {
            core = self.bells[lane].wait(core).unwrap_or_else(PoisonError::into_inner);
        }
        core
    }

    /// A process is about to do something: others may have their turns first. `None`: it is dead, or cut off from storage.
    pub fn step(&self, process: usize, call: Call) -> Option<MutexGuard<'_, Core>> {
        let mut core = self.core();
        let lane = core.processes[process].lane;
        if !core.processes[process].alive || core.processes[process].cut_off {
            return None;
        }
        let next = core.choose();
        if next != Some(lane) {
            core.turn = next;
            self.ring(next);
            core = self.wait(core, lane);
        }
        core.happen();
        if core.halted() {
            core.processes[process].alive = false;
            return None;
        }
        if let Some((left, by_unwinding)) = core.processes[process].lifetime {
            if left == 0 {
                let dying = &mut core.processes[process];
                dying.disturbed = true;
                *(if by_unwinding { &mut dying.alive } else { &mut dying.cut_off }) = !by_unwinding;
                let step = core.steps;
                core.trace.push(step, process, call, Outcome::Dies, &[]);
                return None;
            }
            core.processes[process].lifetime = Some((left - 1, by_unwinding));
        }
        Some(core)
    }

    /// Others have their turns for so long.
    pub fn sleep(&self, process: usize, duration: Duration) {
        let lane = {
            let mut core = self.core();
            let lane = core.processes[process].lane;
            core.lanes[lane].wake_at = core.clock + duration;
            core.burst = 0;
            lane
        };
        drop(self.step(process, Call::new(Op::Sleep, None, None)));
        self.core().lanes[lane].wake_at = Duration::ZERO;
    }
}
