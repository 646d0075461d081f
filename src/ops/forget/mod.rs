//! Forget: snapshots leave by a policy or by name. Their data stay until a prune has run.
//!
//! [`plan`] and [`plan_ids`] say what would go, and why the rest stays; [`execute`] does it.
mod execute;
mod group;
mod hints;
mod lost;
mod period;
mod plan;
mod policy;
mod trust;

#[cfg(test)]
mod tests;

pub use self::execute::execute;
pub use self::group::{GroupBy, GroupKey};
pub use self::lost::{give_up, lost_decisions};
pub use self::period::{CalendarDuration, Period};
pub use self::plan::{ForgetOptions, Group, Plan, plan, plan_ids};
pub use self::policy::{Clock, Kept, Limit, Policy, Rule, Verdict, apply};
pub use self::trust::{Doubt, doubts};
