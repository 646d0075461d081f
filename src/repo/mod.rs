//! Placeholder.
mod rebuild;
mod stripe_parity;

pub use rebuild::{PackOutcome, PackRef, PackState, StripeLayout, rebuild, rebuild_packs};
pub use stripe_parity::{StripeParity, encode_parity};
