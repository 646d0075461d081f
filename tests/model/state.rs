//! What a state is: the storage with puts that are under way, and the memory of all processes.

/// Prune runs; the last [`FINAL`] are kept for the closing prunes of the leak check.
pub const RUNS: usize = 6;
pub const FINAL: usize = 3;
/// Runs, and behind them the repair, which has a mark, retired names and an index object of several stripes too.
pub const SLOTS: usize = RUNS + 1;
pub const REPAIR: usize = RUNS;
pub const STRIPES: usize = 16;
pub const WRITERS: usize = 3;
pub const PRUNES: usize = 3;

// Bit sets.
pub type Sids = u16;
pub type Stripes = u16;
pub type Names = u32;
pub type Blobs = u8;
pub type Runs = u8;

pub const A: Blobs = 1;
pub const B: Blobs = 2;

// Program counters that are not positions in a program.
/// A create-if-absent got no answer: read it back.
pub const BACK: u8 = 240;
/// A prune that is about to fence itself.
pub const HOME: u8 = 241;
pub const OK: u8 = 250;
pub const FENCED: u8 = 251;
pub const DEAD: u8 = 252;
pub const GAVE_UP: u8 = 253;
pub const IDLE: u8 = 254;

/// Puts that are still under way.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Late {
    pub sessions: Sids,
    pub commits: Sids,
    pub fences: Sids,
    pub index: Names,
    pub stripes: Stripes,
    pub marks: Runs,
}

// Which puts may be late.
pub const L_SESSION: u8 = 1;
pub const L_COMMIT: u8 = 2;
pub const L_FENCE: u8 = 4;
pub const L_INDEX: u8 = 8;
pub const L_STRIPE: u8 = 16;
pub const L_MARK: u8 = 32;
pub const L_ALL: u8 = 63;

// Which faults storage may have.
pub const F_STRIPE: u8 = 1;
pub const F_INDEX: u8 = 2;
pub const F_DECISION: u8 = 4;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Store {
    pub sessions: Sids,
    /// `snapshots/<sid>` is a snapshot, a finished prune or repair.
    pub committed: Sids,
    /// `snapshots/<sid>` is a fence.
    pub fenced: Sids,
    /// `replica/snapshots/<sid>`, as the two above.
    pub committed_replica: Sids,
    pub fenced_replica: Sids,
    /// Index objects that fences name as good.
    pub kept: Names,
    pub tombs: Sids,
    pub index: Names,
    pub stripes: Stripes,
    pub marks: Runs,
    // Contents, fixed when the put is issued.
    pub blobs: [Blobs; STRIPES],
    /// Stripes in which blob b is a delta against blob a.
    pub delta: Stripes,
    /// Stripes that an index object of several stripes names: a run's replacement, the repair's adopted ones.
    pub renamed: [Stripes; SLOTS],
    /// By a mark.
    pub doomed: [Stripes; SLOTS],
    /// By a decision.
    pub retired: [Names; SLOTS],
    /// What a run recorded when it left marks behind: the sessions to wait for, the marks this is about.
    pub waits: [Sids; RUNS],
    pub covers: [Runs; RUNS],
    /// Runs that went home by their own fence.
    pub homed: Runs,
    pub late: Late,
    /// How many more puts may be late, how many more faults storage may have.
    pub budget: u8,
    pub faults: u8,
    /// Index objects that cannot be read.
    pub unreadable: Names,
    /// Blobs that a damaged stripe does not give any more.
    pub harmed: Stripes,
    pub lost: Blobs,
    /// Snapshots whose writers could know of the damage, and must be whole.
    pub warned: Sids,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Writer {
    pub pc: u8,
    pub phase: u8,
    pub piece: u8,
    pub missing: Blobs,
    pub have: Blobs,
    pub doomed: Stripes,
    pub retired: Names,
    pub listed: Names,
    pub committed: Sids,
    pub fenced: Sids,
    pub kept: Names,
    pub told: Sids,
    pub tombed: bool,
    /// Of a changed copy: whether anything was doomed, the old one had a tombstone, something of it is lost; and tombstones before its session.
    pub dooms: bool,
    pub forgotten: bool,
    pub lossy: bool,
    pub early: Sids,
    // The repair's findings.
    pub adopt: Stripes,
    pub doom: Stripes,
    pub retire: Names,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Prune {
    pub pc: u8,
    pub run: u8,
    pub told: bool,
    // What the listings said.
    pub packs: Stripes,
    pub tombs: Sids,
    pub committed: Sids,
    pub fenced: Sids,
    pub kept: Names,
    pub listed: Names,
    pub retired: Names,
    pub doomed: Stripes,
    /// Stripes that a repair gave up, and what that cost.
    pub given_up: Blobs,
    // G0, G1, G3.
    pub runs: Runs,
    pub mine: Stripes,
    pub cand: Stripes,
    pub wait: Sids,
    /// With a broken rule: undecided sessions of a listing before the mark.
    pub early: Sids,
    /// Marks that this run leaves to a later one.
    pub left: Runs,
    // The plan.
    pub copy: Blobs,
    pub rename: Stripes,
    pub retire: Names,
    pub drop: Names,
    pub del: Stripes,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    pub s: Store,
    pub w: [Writer; WRITERS],
    pub g: [Prune; PRUNES],
}

/// Receives a step: its words, and the state after it.
pub type Emit<'a> = &'a mut dyn FnMut(&dyn Fn() -> String, State);

macro_rules! step {
    ($emit:expr, $state:expr, $($words:tt)*) => { $emit(&|| format!($($words)*), $state) };
}
pub(crate) use step;

/// Positions of the bits that are set.
pub fn bits(set: impl Into<u32>) -> impl Iterator<Item = usize> {
    let set = set.into();
    (0..32).filter(move |bit| set >> bit & 1 == 1)
}

/// The set of some stripes.
pub fn stripe_set(stripes: impl Iterator<Item = usize>) -> Stripes {
    stripes.fold(0, |set, stripe| set | 1 << stripe)
}

/// The set of some index objects.
pub fn name_set(names: impl Iterator<Item = usize>) -> Names {
    names.fold(0, |set, name| set | 1 << name)
}
