//! Rules of the protocol that tests can break, to show that the tests notice: each is an order or a belief that is unsafe.
//!
//! The switches exist with the feature `mutants` only, which the tests of this package turn on; without it they are constants.
use std::collections::BTreeSet;
#[cfg(feature = "mutants")]
use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(feature = "mutants")]
use std::sync::{Arc, Mutex};

use super::catalog::{Catalog, Collected};
use super::index::LocalIndex;
use crate::backend::ObjectName;
#[cfg(feature = "mutants")]
use crate::format::Decision;
use crate::format::IndexName;

/// What goes wrong when a rule is broken. Named as in the protocol model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
#[cfg_attr(not(feature = "mutants"), allow(dead_code))]
pub enum Broken {
    // Orders of the writer.
    ListBeforeSession,
    IndexBeforeGc,
    SnapshotsBeforeIndex,
    CommitBeforeIndex,
    IndexBeforeStripe,
    EndSessionBeforeCommit,
    ChainKeepsView,
    NoLook,
    // What the writer believes.
    WriterCountsUndecided,
    IgnoreDoomed,
    StaleCache,
    NoVoid,
    WriterIgnoresRetired,
    TimeoutIsSuccess,
    UnknownEndsSession,
    CommitOverwrites,
    NoSettle,
    // Changed copies of snapshots.
    TagWithoutCheck,
    TombBeforeCommit,
    // Orders of prune.
    SessionsBeforeMark,
    NoFence,
    IgnoreSessions,
    NoSecondScan,
    NoIndexRelist,
    NoGcRelist,
    IndexFirst,
    DecideAfterDelete,
    MarksFirst,
    MarksBeforeStripes,
    StripesBeforeIndex,
    // What prune believes.
    AdoptLate,
    PruneIgnoresFence,
    NoReplacement,
    NoStop,
    CandidatesUndecided,
    DropsUndecidedSessions,
    DropsFences,
    FenceOverwrites,
    PruneIgnoresRetired,
    FenceKeepsAll,
    // Bases of deltas.
    NoBaseClosure,
    DeltaHoldsBase,
    DeltaAsBase,
    DoomedBases,
}

/// Which rules are broken in one repository; none in a program that is not a test.
#[derive(Debug, Default)]
pub(super) struct Rules {
    #[cfg(feature = "mutants")]
    broken: AtomicU64,
    #[cfg(feature = "mutants")]
    deferred: Mutex<Vec<(ObjectName, Vec<u8>)>>,
}

impl Rules {
    #[cfg(feature = "mutants")]
    pub(super) fn is(&self, broken: Broken) -> bool {
        self.broken.load(Ordering::Relaxed) >> (broken as u8) & 1 == 1
    }

    #[cfg(not(feature = "mutants"))]
    pub(super) const fn is(&self, _: Broken) -> bool {
        false
    }

    /// What a writer with broken rules takes listings for.
    #[cfg(feature = "mutants")]
    pub(super) fn mislead(
        &self,
        listed: &mut BTreeSet<IndexName>,
        catalog: &mut Catalog,
        collected: &mut Collected,
        index: &LocalIndex,
    ) {
        let committed = || Arc::new(Decision::Snapshot(Vec::new()));
        if self.is(Broken::StaleCache) {
            listed.extend(index.known().into_iter().map(|(session, number)| IndexName { session, number }));
        }
        if self.is(Broken::WriterIgnoresRetired) {
            catalog.retired.clear();
            collected.retired.clear();
        }
        if self.is(Broken::NoVoid) {
            let fenced = |decision: &&mut Arc<Decision>| matches!(decision.as_ref(), Decision::Fence(_));
            catalog.decisions.values_mut().filter(fenced).for_each(|decision| *decision = committed());
        }
        if self.is(Broken::WriterCountsUndecided) || self.is(Broken::NoVoid) {
            for name in listed.iter() {
                catalog.decisions.entry(name.session).or_insert_with(committed);
            }
        }
    }

    #[cfg(not(feature = "mutants"))]
    pub(super) const fn mislead(
        &self,
        _: &mut BTreeSet<IndexName>,
        _: &mut Catalog,
        _: &mut Collected,
        _: &LocalIndex,
    ) {
    }

    /// Keeps a pack back that is put too late; false: put it now.
    #[cfg(feature = "mutants")]
    pub(super) fn defers(&self, name: &ObjectName, pack: &[u8]) -> bool {
        let defers = self.is(Broken::IndexBeforeStripe);
        if defers {
            super::lock(&self.deferred).push((*name, pack.to_vec()));
        }
        defers
    }

    #[cfg(not(feature = "mutants"))]
    pub(super) const fn defers(&self, _: &ObjectName, _: &[u8]) -> bool {
        false
    }

    /// The packs that were kept back.
    #[cfg(feature = "mutants")]
    pub(super) fn deferred(&self) -> Vec<(ObjectName, Vec<u8>)> {
        std::mem::take(&mut *super::lock(&self.deferred))
    }

    #[cfg(not(feature = "mutants"))]
    pub(super) const fn deferred(&self) -> Vec<(ObjectName, Vec<u8>)> {
        Vec::new()
    }

    #[cfg(feature = "mutants")]
    fn set(&self, broken: Broken) {
        self.broken.fetch_or(1 << (broken as u8), Ordering::Relaxed);
    }
}

#[cfg(feature = "mutants")]
impl super::Repository {
    /// Breaks a rule from now on, in everything that is done with this open repository.
    pub fn break_rule(&self, broken: Broken) {
        self.shared().rules.set(broken);
    }
}

impl super::Repository {
    /// A test breaks the rule that a changed copy is made only of blobs that may be referenced.
    pub(crate) fn copies_unchecked(&self) -> bool {
        self.shared().rules.is(Broken::TagWithoutCheck)
    }

    /// A test breaks the rule that the old snapshot goes only after the commit of its changed copy.
    pub(crate) fn buries_early(&self) -> bool {
        self.shared().rules.is(Broken::TombBeforeCommit)
    }
}
