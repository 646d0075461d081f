//! Storage and world as one process sees them.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use caddis::backend::{Backend, BackendError, ErrorKind, Family, Listed, ObjectName, Put};
use caddis::world::{ProcessIdentity, Time, World};

use crate::random::Rng;
use crate::schedule::{Call, Core, Killed, Op, Sim};
use crate::storage::{Late, LateKind, Object};
use crate::trace::Outcome;

/// Seconds since 1970 when simulations begin.
const EPOCH: i64 = 1_700_000_000;

/// One process in a simulation.
#[derive(Debug)]
pub struct Handle {
    sim: Arc<Sim>,
    process: usize,
    random: Mutex<Rng>,
    /// When it began, by the clock of the simulation.
    start: Duration,
}

/// What becomes of one write.
enum Fate {
    Good,
    Refused,
    Unheard,
    UnderWay,
    Echoed,
}

fn storage_time(at: Duration) -> Time {
    Time { secs: EPOCH + at.as_secs() as i64, nanos: at.subsec_nanos() }
}

fn listed(name: ObjectName, object: &Object) -> Listed {
    Listed { name, size: object.bytes.len() as u64, modified: storage_time(object.modified) }
}

impl Handle {
    pub fn new(sim: &Arc<Sim>, process: usize) -> Arc<Handle> {
        let mut core = sim.core();
        let (random, start) = (core.rng.fork(), core.clock);
        drop(core);
        Arc::new(Handle { sim: sim.clone(), process, random: Mutex::new(random), start })
    }

    /// The number of the process.
    pub fn number(&self) -> usize {
        self.process
    }

    pub fn sim(&self) -> &Arc<Sim> {
        &self.sim
    }

    /// Waits for the turn; a dead process gets no further.
    fn step(&self, call: Call) -> Result<std::sync::MutexGuard<'_, Core>, BackendError> {
        if let Some(core) = self.sim.step(self.process, call) {
            return Ok(core);
        }
        let cut_off = self.sim.core().processes[self.process].cut_off;
        if !cut_off && !std::thread::panicking() {
            std::panic::resume_unwind(Box::new(Killed));
        }
        Err(error(ErrorKind::Other, &call))
    }

    fn read<T>(
        &self,
        op: Op,
        family: Option<Family>,
        name: Option<&ObjectName>,
        work: impl FnOnce(&mut Core) -> Result<T, ErrorKind>,
    ) -> Result<T, BackendError> {
        let call = Call::new(op, family, name);
        let mut core = self.step(call)?;
        let odds = core.weather.lost_reads;
        let result = if core.budget > 0 && core.rng.one_in(odds) {
            core.budget -= 1;
            core.processes[self.process].disturbed = true;
            Err(ErrorKind::Other)
        } else {
            work(&mut core)
        };
        let outcome = match &result {
            Ok(_) => Outcome::Done,
            Err(ErrorKind::NotFound) => Outcome::NotFound,
            Err(_) => Outcome::Refused,
        };
        let step = core.steps;
        core.trace.push(step, self.process, call, outcome, &[]);
        result.map_err(|kind| error(kind, &call))
    }

    fn write<T>(
        &self,
        op: Op,
        kind: LateKind,
        name: &ObjectName,
        bytes: &[u8],
        work: impl FnOnce(&mut Core, &Arc<[u8]>) -> (T, Outcome),
    ) -> Result<T, BackendError> {
        let call = Call::new(op, None, Some(name));
        let mut guard = self.step(call)?;
        let core = &mut *guard;
        let bytes: Arc<[u8]> = bytes.into();
        match kind {
            LateKind::Delete => core.watch.deleting(self.process, name, &core.storage),
            _ => core.watch.sent(self.process, name, &bytes),
        }
        let fate = fate(core, kind);
        let full = core.storage.full && kind != LateKind::Delete;
        let (result, outcome) = if full {
            (Err(ErrorKind::OutOfSpace), Outcome::NoSpace)
        } else {
            if matches!(fate, Fate::UnderWay | Fate::Echoed) {
                core.storage.late.push(Late { kind, name: *name, bytes: bytes.clone(), process: self.process });
            }
            match fate {
                Fate::Refused => (Err(ErrorKind::Other), Outcome::Refused),
                Fate::UnderWay => (Err(ErrorKind::Other), Outcome::UnderWay),
                Fate::Unheard => {
                    work(core, &bytes);
                    (Err(ErrorKind::Other), Outcome::Unheard)
                }
                Fate::Good | Fate::Echoed => {
                    let (value, outcome) = work(core, &bytes);
                    (Ok(value), if matches!(fate, Fate::Echoed) { Outcome::Echoed } else { outcome })
                }
            }
        };
        if result.is_err() {
            core.processes[self.process].disturbed = true;
        }
        let step = core.steps;
        core.trace.push(step, self.process, call, outcome, &bytes);
        result.map_err(|kind| error(kind, &call))
    }
}

fn fate(core: &mut Core, kind: LateKind) -> Fate {
    if core.budget == 0 {
        return Fate::Good;
    }
    let (lost, echoes) = (core.weather.lost_writes, core.weather.echoes);
    let fate = if core.rng.one_in(lost) {
        match core.rng.below(3) {
            0 => Fate::Refused,
            1 => Fate::Unheard,
            _ => Fate::UnderWay,
        }
    } else if kind != LateKind::Delete && core.rng.one_in(echoes) {
        Fate::Echoed
    } else {
        return Fate::Good;
    };
    core.budget -= 1;
    fate
}

fn error(kind: ErrorKind, call: &Call) -> BackendError {
    let object = match (call.name, call.family) {
        (Some(name), _) => name.to_string(),
        (None, Some(family)) => family.folder().to_owned(),
        (None, None) => "everything".to_owned(),
    };
    BackendError::new(kind, "do in a simulation what concerns", object)
}

impl Backend for Handle {
    fn describe(&self) -> String {
        "simulated storage".to_owned()
    }

    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
        self.write(Op::Put, LateKind::Create, name, bytes, |core, bytes| {
            let put = core.storage.create(core.clock, *name, bytes);
            if put == Put::Created {
                core.watch.created(self.process, name, bytes);
            }
            (put, if put == Put::Created { Outcome::Done } else { Outcome::Exists })
        })
    }

    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        assert_eq!(name.family(), Family::Sessions);
        self.write(Op::PutSession, LateKind::Replace, name, bytes, |core, bytes| {
            core.storage.replace(core.clock, *name, bytes);
            ((), Outcome::Done)
        })
    }

    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.write(Op::ReplacePack, LateKind::Replace, name, bytes, |core, bytes| {
            core.storage.replace(core.clock, *name, bytes);
            ((), Outcome::Done)
        })
    }

    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        self.read(Op::Get, None, Some(name), |core| {
            let object = core.storage.objects.get(name).ok_or(ErrorKind::NotFound)?;
            if object.bytes.len() as u64 > limit { Err(ErrorKind::TooLarge) } else { Ok(object.bytes.to_vec()) }
        })
    }

    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        self.read(Op::GetRange, None, Some(name), |core| {
            let object = core.storage.objects.get(name).ok_or(ErrorKind::NotFound)?;
            let range = object.bytes.get(offset as usize..).and_then(|rest| rest.get(..len));
            range.map(<[u8]>::to_vec).ok_or(ErrorKind::ShortRead)
        })
    }

    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
        self.read(Op::List, Some(family), None, |core| {
            let objects = core.storage.list(core.clock, family, &mut core.rng);
            Ok(objects.iter().map(|(name, object)| listed(*name, object)).collect())
        })
    }

    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        self.read(Op::Stat, None, Some(name), |core| {
            let object = core.storage.objects.get(name).ok_or(ErrorKind::NotFound)?;
            Ok(listed(*name, object))
        })
    }

    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.write(Op::Delete, LateKind::Delete, name, &[], |core, _| {
            core.storage.delete(core.clock, *name);
            ((), Outcome::Done)
        })
    }

    fn barrier(&self) -> Result<(), BackendError> {
        self.read(Op::Barrier, None, None, |_| Ok(()))
    }

    fn staleness(&self) -> Duration {
        self.sim.core().storage.staleness
    }

    fn is_remote(&self) -> bool {
        // Listings of a local folder do not lag behind.
        !self.staleness().is_zero()
    }
}

impl World for Handle {
    fn now(&self) -> Time {
        let core = self.sim.core();
        let time = storage_time(core.clock);
        Time { secs: time.secs + core.processes[self.process].skew, ..time }
    }

    fn elapsed(&self) -> Duration {
        self.sim.core().clock.saturating_sub(self.start)
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    }

    fn process(&self) -> ProcessIdentity {
        let core = self.sim.core();
        let host = core.processes[self.process].host as u8;
        ProcessIdentity { machine: vec![host], boot: vec![host], pid: self.process as u32, start: 1 }
    }

    fn is_running(&self, process: &ProcessIdentity) -> bool {
        let core = self.sim.core();
        let here = core.processes[self.process].host as u8;
        process.machine != [here] || core.processes.get(process.pid as usize).is_some_and(|process| process.alive)
    }

    fn sleep(&self, duration: Duration) {
        self.sim.sleep(self.process, duration);
    }
}
