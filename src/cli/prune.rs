//! `caddis prune`.
use std::time::Duration;

use caddis::ops::prune::PruneOptions;
use clap::Args;

use super::context::Context;
use super::exit::Exit;
use super::progress::Task;
use super::prune_options::{self, PruneOptionsArgs};
use super::signals;
use super::units::parse_duration;

/// Remove what no snapshot needs
///
/// Needs no lock: backups, restores and other prunes may run at the same time, on any machine. While a backup is under way nothing is
/// removed that it may refer to; run prune again when it has ended. Backups that have begun since then do not matter.
///
/// What an object lock keeps (`caddis repo lock --help`) is not hidden but stays until the lock has ended: prune tells how much that is and until when, and
/// a later prune removes it. That is no failure.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis prune --dry-run
  caddis prune --max-unused 5%
  caddis prune --max-unused unlimited
  caddis prune --wipe")]
pub struct PruneArgs {
    #[command(flatten)]
    options: PruneOptionsArgs,

    /// Change nothing, tell what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Copy nothing: remove only what can go as a whole. A full disk needs no flag
    #[arg(long)]
    delete_only: bool,

    /// End runs that were not heard of for so long; they have to start over
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = parse_duration)]
    stale_after: Duration,

    /// Wait at most so long for runs that are under way, not for those that begin meanwhile
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
    wait: Duration,

    /// Go on although more is unused than forgotten snapshots explain
    #[arg(long)]
    accept_unexplained: bool,

    /// Leave nothing that no snapshot needs, whatever must be copied for that (after `caddis purge`). Only what newer data are stored as deltas
    /// of stays with them
    #[arg(long, conflicts_with_all = ["max_unused", "max_repack_size", "max_rewrite", "delete_only"])]
    wipe: bool,
}

/// Exit code 3 if nothing could be removed yet because other runs are under way.
pub fn run(args: &PruneArgs, context: &Context) -> anyhow::Result<Exit> {
    let options = PruneOptions {
        delete_only: args.delete_only,
        stale_after: args.stale_after,
        wait: args.wait,
        accept_unexplained: args.accept_unexplained,
        wipe: args.wipe,
        ..args.options.options(args.dry_run)
    };
    let repo = context.open()?;
    signals::install()?;
    let progress = context.progress(Task::Prune);
    let (report, exit) = prune_options::run(&repo, &options, context, &progress)?;
    progress.finish();
    match context.out.style.json {
        true => context.out.status(&prune_options::json(&report, args.dry_run)),
        false => prune_options::show(&report, args.dry_run, &context.out),
    }
    let exit = match (signals::exit(), exit) {
        (Some(exit), _) => exit,
        (None, Exit::Success) if progress.problems() > 0 => Exit::Warnings,
        (None, exit) => exit,
    };
    let exit = context.settle(&repo, exit);
    Ok(if args.dry_run || signals::exit().is_some() { exit } else { context.extend_locks_if_due(&repo, exit) })
}
