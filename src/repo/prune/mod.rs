//! Prune: everything of it that does not know what a snapshot is (G0 to G8; repo-format.md, section 9).
//!
//! The unit of deletion is the stripe. A stripe is doomed by a mark, what is needed of it is stored again in other stripes, and it goes when no
//! session is left that might not have seen the mark.
mod copy;
mod live;
mod replace;
mod run;
mod sessions;
mod survey;
mod sweep;
mod usage;

pub use self::live::{BlobSet, Live};
pub use self::run::{CarryOut, NeededBlobs, Prune, Pruned};
pub use self::sessions::Waiting;
pub use self::survey::{LooseStripe, Packs, Survey};
pub use self::usage::StripeUsage;

/// Index objects of a prune that say again what other sessions' index objects said have numbers from here on: they count only by the
/// decision of the prune itself, never by a fence.
pub(super) const REPLACEMENTS: u32 = 1 << 31;
