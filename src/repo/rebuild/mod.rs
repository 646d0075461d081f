//! Rebuilding packs of a stripe from what is left of it, with no key (repo-format.md, section 7.3).
mod layout;
mod load;
mod stripe;
#[cfg(test)]
mod tests;

pub use layout::{PackRef, StripeLayout};
pub use stripe::{PackOutcome, PackState, rebuild, rebuild_packs};
