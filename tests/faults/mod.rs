//! A backend around another one that counts, records and fails on demand.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use caddis::backend::{Backend, BackendError, ErrorKind, Family, Listed, ObjectName, Put};
use caddis::world::Time;

/// The methods of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    PutNew,
    PutSession,
    ReplacePack,
    Get,
    GetRange,
    List,
    Stat,
    Delete,
    Barrier,
    RemoveUnfinished,
}

impl Op {
    /// True for what changes the store or its durability.
    pub fn writes(self) -> bool {
        !matches!(self, Op::Get | Op::GetRange | Op::List | Op::Stat)
    }
}

/// One call, in the order in which they began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    pub op: Op,
    /// `None` for calls that concern the whole store.
    pub family: Option<Family>,
    /// `None` for listings too.
    pub name: Option<ObjectName>,
}

/// Which call fails, and how.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Counted from 0 among the calls that `matching` accepts, from the time when the fault was set.
    pub nth: usize,
    /// Which calls count.
    pub matching: fn(&Call) -> bool,
    /// Does the call still do its work, so that only the answer is lost?
    pub after_effect: bool,
    /// Do all later calls fail too, without effect, as if the process had died?
    pub crash: bool,
    /// The kind of the error.
    pub kind: ErrorKind,
}

impl Fault {
    /// The machine stops at the nth call of any kind, before or after its effect.
    pub fn crash(nth: usize, after_effect: bool) -> Self {
        Fault { nth, matching: |_| true, after_effect, crash: true, kind: ErrorKind::Other }
    }

    /// The nth call of those that match fails once.
    pub fn fail(nth: usize, after_effect: bool, matching: fn(&Call) -> bool) -> Self {
        Fault { nth, matching, after_effect, crash: false, kind: ErrorKind::Other }
    }
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    /// The fault and how many calls it still lets pass.
    fault: Option<(Fault, usize)>,
    crashed: bool,
    fired: bool,
}

/// See the first line of this file. Everything not made to fail goes to the inner backend.
#[derive(Debug)]
pub struct FaultBackend {
    inner: Arc<dyn Backend>,
    state: Mutex<State>,
    remote: AtomicBool,
    bytes_read: AtomicU64,
    name: OnceLock<String>,
}

/// What shall become of one call.
enum Fate {
    Live,
    FailBefore(ErrorKind),
    FailAfter(ErrorKind),
}

impl FaultBackend {
    pub fn new(inner: Arc<dyn Backend>) -> Arc<Self> {
        Arc::new(FaultBackend {
            inner,
            state: Mutex::default(),
            remote: AtomicBool::new(false),
            bytes_read: AtomicU64::new(0),
            name: OnceLock::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the fault, in place of an earlier one, and ends a crash.
    pub fn set(&self, fault: Fault) {
        let mut state = self.state();
        *state = State { calls: std::mem::take(&mut state.calls), fault: Some((fault, fault.nth)), ..State::default() };
    }

    /// No more faults; ends a crash. The record stays.
    pub fn heal(&self) {
        let mut state = self.state();
        *state = State { calls: std::mem::take(&mut state.calls), ..State::default() };
    }

    /// Did the fault that was set last happen?
    pub fn fired(&self) -> bool {
        self.state().fired
    }

    /// All calls since the beginning or [`FaultBackend::forget_calls`], failed ones included.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    pub fn forget_calls(&self) {
        self.state().calls.clear();
    }

    /// How many calls of a method there were, of one family or (`None`) of all.
    pub fn count(&self, op: Op, family: Option<Family>) -> usize {
        let calls = self.state();
        calls.calls.iter().filter(|call| call.op == op && (family.is_none() || call.family == family)).count()
    }

    /// Describes itself by this name. The first call counts.
    pub fn call_it(&self, name: &str) {
        drop(self.name.set(name.to_owned()));
    }

    /// Says from now on that it is remote.
    pub fn set_remote(&self, remote: bool) {
        self.remote.store(remote, Ordering::Relaxed);
    }

    /// Bytes of ranges, that is of packs, that were read so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    fn fate(&self, call: Call) -> Fate {
        let mut state = self.state();
        state.calls.push(call);
        if state.crashed {
            return Fate::FailBefore(ErrorKind::Other);
        }
        let Some((fault, left)) = state.fault.filter(|(fault, _)| (fault.matching)(&call)) else { return Fate::Live };
        if left > 0 {
            state.fault = Some((fault, left - 1));
            return Fate::Live;
        }
        state.fault = None;
        state.fired = true;
        state.crashed = fault.crash;
        if fault.after_effect { Fate::FailAfter(fault.kind) } else { Fate::FailBefore(fault.kind) }
    }

    fn call<T>(
        &self,
        op: Op,
        family: Option<Family>,
        name: Option<&ObjectName>,
        work: impl FnOnce(&dyn Backend) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        let call = Call { op, family, name: name.copied() };
        let error = |kind| {
            let object = name.map_or_else(|| self.describe(), ToString::to_string);
            Err(BackendError::new(kind, "do what a test lets fail with", object))
        };
        match self.fate(call) {
            Fate::Live => work(&*self.inner),
            Fate::FailBefore(kind) => error(kind),
            Fate::FailAfter(kind) => work(&*self.inner).and_then(|_| error(kind)),
        }
    }

    fn on<T>(
        &self,
        op: Op,
        name: &ObjectName,
        work: impl FnOnce(&dyn Backend) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        self.call(op, Some(name.family()), Some(name), work)
    }
}

impl Backend for FaultBackend {
    fn describe(&self) -> String {
        self.name.get().cloned().unwrap_or_else(|| self.inner.describe())
    }

    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
        self.on(Op::PutNew, name, |inner| inner.put_new(name, bytes))
    }

    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.on(Op::PutSession, name, |inner| inner.put_session(name, bytes))
    }

    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.on(Op::ReplacePack, name, |inner| inner.replace_pack(name, bytes))
    }

    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        self.on(Op::Get, name, |inner| inner.get(name, limit))
    }

    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        self.bytes_read.fetch_add(len as u64, Ordering::Relaxed);
        self.on(Op::GetRange, name, |inner| inner.get_range(name, offset, len))
    }

    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
        self.call(Op::List, Some(family), None, |inner| inner.list(family))
    }

    fn staleness(&self) -> Duration {
        self.inner.staleness()
    }

    fn is_remote(&self) -> bool {
        self.remote.load(Ordering::Relaxed) || self.inner.is_remote()
    }

    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        self.on(Op::Stat, name, |inner| inner.stat(name))
    }

    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.on(Op::Delete, name, |inner| inner.delete(name))
    }

    fn barrier(&self) -> Result<(), BackendError> {
        self.call(Op::Barrier, None, None, |inner| inner.barrier())
    }

    fn remove_unfinished(&self, before: Time) -> Result<u64, BackendError> {
        self.call(Op::RemoveUnfinished, None, None, |inner| inner.remove_unfinished(before))
    }
}
