//! Scrub: verification and repair of packs without any key.
use crate::backend::Backend;
use crate::error::Result;
use crate::monitor::{Monitor, Problem};

/// What was seen.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct ScrubReport {
    pub stripes: u64,
    pub packs: u64,
    pub bytes: u64,
    pub objects: u64,
    /// Damaged or missing packs and objects that can be (with `repair`: were) rebuilt.
    pub rebuilt: Vec<Problem>,
    /// Those that cannot.
    pub lost: Vec<Problem>,
    /// Packs that belong to no known stripe: leftovers of interrupted runs, or their index object is gone.
    pub unknown_packs: u64,
}

/// Verifies every pack against its name, every stripe for completeness and every other object against its checksum; with `repair`
/// writes back what can be rebuilt. Needs no password. Memory: one stripe.
pub fn scrub(backend: &dyn Backend, repair: bool, monitor: &dyn Monitor) -> Result<ScrubReport> {
    let _ = (backend, repair, monitor);
    todo!()
}
