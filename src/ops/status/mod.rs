//! Status: when each series was last backed up and to which places, and what is wrong with that.
//!
//! [`series`] looks into one repository, [`Overview`] puts several places together; both only read.
mod overview;
mod rule;
mod series;
#[cfg(test)]
mod tests;

pub use self::overview::{Alarm, Copy, Limits, Overview, Series};
pub use self::rule::{Place, Rule};
pub use self::series::{SeriesState, SeriesStates, series};
