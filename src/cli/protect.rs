//! `caddis protect` and `caddis unprotect`.
use caddis::ops::forget::CalendarDuration;
use caddis::ops::protect::{self, FOREVER};
use caddis::world::Time;
use clap::Args;
use jiff::tz::TimeZone;

use super::changed::ChangeRun;
use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::when;

/// Protect snapshots: no `caddis forget` removes them
///
/// A protected snapshot is a changed copy with a new id.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis protect latest
  caddis protect --until 1y6m 4bba301e
  caddis protect --until 2030-01-01 @audit")]
pub struct ProtectArgs {
    /// Which: beginnings of ids, latest, latest~N, @label, latest@{TIME}
    #[arg(value_name = "SNAPSHOT", required = true)]
    ids: Vec<String>,

    /// Until then: a time, or a duration from now such as 90d [default: for ever]
    #[arg(long, value_name = "TIME")]
    until: Option<String>,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Lift the protection of snapshots
///
/// Like protecting, this makes changed copies with new ids.
#[derive(Args, Debug, Clone)]
pub struct UnprotectArgs {
    /// Which: beginnings of ids, latest, latest~N, @label, latest@{TIME}
    #[arg(value_name = "SNAPSHOT", required = true)]
    ids: Vec<String>,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Protects.
pub fn run(args: &ProtectArgs, context: &Context) -> anyhow::Result<Exit> {
    let until = match &args.until {
        None => FOREVER,
        Some(text) => parse_until(text, context.world.now()).map_err(usage)?,
    };
    let run = ChangeRun::begin(context)?;
    let found = run.select(&args.ids, &args.filter)?;
    let state = format!("protected {}", when::until(until));
    run.each(&found, &state, &format!("is {state} already"), |info, owner, progress| {
        protect::protect(&run.repo, owner, info, until, progress)
    })
}

/// Lifts protection.
pub fn unprotect(args: &UnprotectArgs, context: &Context) -> anyhow::Result<Exit> {
    let run = ChangeRun::begin(context)?;
    let found = run.select(&args.ids, &args.filter)?;
    run.each(&found, "not protected", "is not protected", |info, owner, progress| {
        protect::unprotect(&run.repo, owner, info, progress)
    })
}

/// A duration from now, or a time; it must lie ahead.
fn parse_until(text: &str, now: Time) -> Result<Time, String> {
    let until = match text.parse::<CalendarDuration>() {
        Ok(duration) => duration.after(now, &TimeZone::system()).ok_or_else(|| format!("{text:?} is too long"))?,
        Err(_) => when::parse(text)
            .map_err(|_| format!("{text:?} is neither a time nor a duration; write \"2030-01-31 23:59:59\" or 1y6m"))?
            .unwrap_or(now),
    };
    if until > now { Ok(until) } else { Err(format!("{text:?} is over already; protection needs a time ahead")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protection_ends_at_a_time_or_after_a_duration() {
        let now = Time { secs: 1_700_000_000, nanos: 5 };
        assert_eq!(parse_until("48h", now), Ok(Time { secs: now.secs + 48 * 3600, nanos: 5 }));
        assert_eq!(parse_until("2030-01-01T00:00:00Z", now), Ok(Time { secs: 1_893_456_000, nanos: 0 }));
        for bad in ["now", "2020-01-01", "0d", "soon", "", "99999y"] {
            assert!(parse_until(bad, now).is_err(), "{bad}");
        }
    }
}
