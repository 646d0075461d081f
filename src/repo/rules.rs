//! Rules of the protocol that tests can break, to show that the tests notice: each is an order or a belief that is unsafe.
//!
//! The switches exist with the feature `mutants` only, which the tests of this package turn on; without it they are constants.
#[cfg(feature = "mutants")]
use std::sync::atomic::{AtomicU64, Ordering};

/// What goes wrong when a rule is broken. Named as in the protocol model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Broken {
    // Orders of the writer.
    ListBeforeSession,
    IndexBeforeGc,
    SnapshotsBeforeIndex,
    CommitBeforeIndex,
    IndexBeforeStripe,
    EndSessionBeforeCommit,
    ChainKeepsView,
    CommitBeforeNextSession,
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
    NoBaseClosure,
}

/// Which rules are broken in one repository; none in a program that is not a test.
#[derive(Debug, Default)]
pub(super) struct Rules {
    #[cfg(feature = "mutants")]
    broken: AtomicU64,
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
