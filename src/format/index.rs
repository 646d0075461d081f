//! Index objects (section 8).
use super::FrameEntry;
use crate::id::{PackId, StripeId};

/// One slot of a stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotEntry {
    /// Slot number; from k on it is a parity pack.
    pub slot: u8,
    /// Location number; 0 is the only one now.
    pub location: u8,
    /// Length of the pack in bytes.
    pub length: u32,
    /// Its name.
    pub pack: PackId,
    /// Its frames; empty for parity.
    pub frames: Vec<FrameEntry>,
}

/// One stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeEntry {
    /// Random name.
    pub id: StripeId,
    /// Data slots of the scheme.
    pub k: u8,
    /// Parity slots of the scheme.
    pub m: u8,
    /// 0 in version 1.
    pub generation: u32,
    /// Slots that were written, ascending.
    pub slots: Vec<SlotEntry>,
}

/// Content of `index/<sid>-<n>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexObject {
    /// Stripes in the order in which they were written.
    pub stripes: Vec<StripeEntry>,
}
