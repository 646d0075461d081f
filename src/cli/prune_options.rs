//! Options of a prune: for `prune`, and for `forget --prune`.
use caddis::monitor::Monitor;
use caddis::ops::prune::{self, MaxUnused, PruneOptions, PruneReport};
use caddis::repo::{Repository, SessionOwner};
use clap::Args;
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use super::output::Output;
use super::units::{count, parse_size, size};

/// How much is rewritten to free space.
#[derive(Args, Debug, Clone)]
pub struct PruneOptionsArgs {
    /// Unused space that may stay: a share (5%), a size (2GiB) or unlimited [default: 10%]
    #[arg(long, value_name = "LIMIT", value_parser = parse_limit)]
    pub max_unused: Option<MaxUnused>,

    /// Copy at most so many bytes; the rest is left to later prunes
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_repack_size: Option<u64>,

    /// Write at most so many bytes of new packs
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_rewrite: Option<u64>,
}

fn parse_limit(text: &str) -> Result<MaxUnused, String> {
    let text = text.trim();
    if text == "unlimited" {
        return Ok(MaxUnused::Unlimited);
    }
    if let Some(share) = text.strip_suffix('%') {
        let percent: f64 = share.trim().parse().map_err(|_| format!("{text:?} is not a share in percent"))?;
        return match (0.0..100.0).contains(&percent) {
            true => Ok(MaxUnused::Percent(percent)),
            false => Err(format!("{text:?} is not a share from 0% to less than 100%")),
        };
    }
    parse_size(text)
        .map(MaxUnused::Bytes)
        .map_err(|_| format!("{text:?} is neither a share (5%), a size (2GiB), nor unlimited"))
}

impl PruneOptionsArgs {
    /// Whether any of them is there.
    pub fn is_given(&self) -> bool {
        self.max_unused.is_some() || self.max_repack_size.is_some() || self.max_rewrite.is_some()
    }

    /// With the defaults for everything else.
    pub fn options(&self, dry_run: bool) -> PruneOptions {
        PruneOptions {
            max_unused: self.max_unused.unwrap_or(PruneOptions::default().max_unused),
            max_repack: self.max_repack_size,
            max_rewrite: self.max_rewrite,
            dry_run,
            ..PruneOptions::default()
        }
    }
}

/// Runs a prune and says what it did.
pub fn run(
    repo: &Repository,
    options: &PruneOptions,
    context: &Context,
    monitor: &dyn Monitor,
) -> anyhow::Result<(PruneReport, Exit)> {
    let owner = SessionOwner { host: context.host(None), label: None, process: repo.world().process() };
    let report = prune::prune(repo, &owner, options, monitor)?;
    let got_on = options.dry_run || report.waiting.is_empty() || report.packs_removed > 0;
    let exit = if got_on { Exit::Success } else { Exit::Warnings };
    Ok((report, exit))
}

/// The report as a JSON object.
pub fn json(report: &PruneReport, dry_run: bool) -> serde_json::Value {
    let plan = &report.plan;
    let waiting: Vec<_> = (report.waiting.iter())
        .map(|waiting| {
            json!({
                "session": waiting.session.to_string(),
                "host": waiting.host,
                "label": waiting.label,
                "idle_seconds": waiting.idle.as_secs(),
            })
        })
        .collect();
    json!({
        "message_type": "summary",
        "dry_run": dry_run,
        "stripes_deleted": plan.delete.len(),
        "stripes_repacked": plan.repack.len(),
        "stripes_doomed_before": plan.doomed.len(),
        "bytes_before": plan.bytes_before,
        "bytes_needed": plan.bytes_needed,
        "bytes_unused": plan.unused_before,
        "planned_bytes_deleted": plan.bytes_deleted,
        "planned_bytes_read": plan.bytes_copied,
        "planned_bytes_written": plan.bytes_written,
        "bytes_unused_after": plan.unused_after,
        "packs_removed": report.packs_removed,
        "bytes_removed": report.bytes_removed,
        "bytes_written": report.bytes_written,
        "blobs_copied": report.blobs_copied,
        "index_removed": report.index_removed,
        "unfinished_removed": report.unfinished_removed,
        "packs_locked": report.packs_locked,
        "bytes_locked": report.bytes_locked,
        "locked_until": report.locked_until.map(super::when::rfc3339),
        "storage_was_full": report.storage_was_full,
        "sessions_ended": report.fenced.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "waiting_for": waiting,
    })
}

/// The report for people.
pub fn show(report: &PruneReport, dry_run: bool, out: &Output) {
    let plan = &report.plan;
    let row = |title: &str, bytes: u64| out.say(format_args!("{title:<12} {:>12}", size(bytes)));
    row("stored:", plan.bytes_before);
    row("needed:", plan.bytes_needed);
    row("unused:", plan.unused_before);
    if plan.is_empty() {
        let unused = match plan.unused_before {
            0 => "",
            _ => ": what is unused stays below --max-unused, or is not worth the copying",
        };
        out.say(format_args!("nothing to remove{unused}"));
    } else {
        let parts = [
            (plan.delete.len(), "that nothing needs".to_owned()),
            (plan.repack.len(), format!("of which {} is copied first", size(plan.bytes_copied))),
            (plan.doomed.len(), "left by earlier prunes".to_owned()),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts = parts.map(|(number, what)| format!("{} {what}", count(*number, "stripe")));
        out.say(format_args!("to remove: {}", parts.collect::<Vec<_>>().join(", ")));
        row("to delete:", plan.bytes_deleted);
        row("to write:", plan.bytes_written);
        row("unused then:", plan.unused_after);
    }
    for sid in &report.fenced {
        out.say(format_args!("ended session {}, which was dead or not heard of for long", sid.short()));
    }
    for waiting in &report.waiting {
        let label = if waiting.label.is_empty() { String::new() } else { format!(" ({})", waiting.label) };
        out.say(format_args!(
            "{} for session {} of {}{label}, last heard of {} ago",
            if dry_run { "would wait" } else { "waiting" },
            waiting.session.short(),
            waiting.host,
            super::units::clock(waiting.idle)
        ));
    }
    let removed = report.packs_removed > 0 || report.waiting.is_empty();
    if plan.is_empty() && report.packs_removed == 0 {
        // That is said above.
    } else if dry_run {
        out.say("nothing was changed (dry run)");
    } else if removed {
        out.say(format_args!(
            "removed {} with {}, wrote {}, freed {}",
            count(report.packs_removed, "pack"),
            size(report.bytes_removed),
            size(report.bytes_written),
            size(report.bytes_removed.saturating_sub(report.bytes_written))
        ));
    }
    if report.packs_locked > 0 {
        let (packs, bytes) = (count(report.packs_locked, "pack"), size(report.bytes_locked));
        let until =
            report.locked_until.map_or_else(String::new, |end| format!(", the last until {}", super::when::human(end)));
        let stays = if dry_run { "would stay" } else { "stay" };
        out.say(format_args!("{packs} with {bytes} {stays} until a later prune: locks keep them{until}"));
    }
    if !dry_run && !report.waiting.is_empty() {
        let what = if removed { "the rest was not removed yet" } else { "nothing was removed yet" };
        out.say(format_args!("{what}: runs that are under way may need it; run prune again when they have ended"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_shares_sizes_or_none() {
        assert_eq!(parse_limit("5%"), Ok(MaxUnused::Percent(5.0)));
        assert_eq!(parse_limit("0.5 %"), Ok(MaxUnused::Percent(0.5)));
        assert_eq!(parse_limit("2KiB"), Ok(MaxUnused::Bytes(2048)));
        assert_eq!(parse_limit("unlimited"), Ok(MaxUnused::Unlimited));
        for bad in ["", "100%", "-1%", "x%", "much"] {
            assert!(parse_limit(bad).is_err(), "{bad}");
        }
    }
}
