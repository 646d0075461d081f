//! `caddis forget`.
use caddis::id::SessionId;
use caddis::ops::forget::{self, Clock, ForgetOptions, GroupBy, Plan};
use caddis::ops::snapshots::{self, SnapshotInfo};
use caddis::repo::{Repository, SessionOwner};
use caddis::world::Time;
use clap::Args;
use jiff::tz::TimeZone;

use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::forget_report;
use super::identity;
use super::keep::{KeepArgs, describe};
use super::progress::{Progress, Task};
use super::prune_options::{self, PruneOptionsArgs};
use super::signals;
use super::when;

/// Remove snapshots by a policy, or by name; their data stay until `caddis prune`
///
/// Snapshots are divided into groups, and the policy is applied to each of them: a snapshot stays if any --keep option speaks for it. A
/// snapshot with a label belongs to the group of that label, others to that of their host and paths. Days, weeks and so on are those of local time. If
/// there are fewer snapshots than an option would keep, the oldest one stays too.
///
/// A snapshot whose date is in the future, or contradicts the order in which its host made snapshots, stays, and the policy does not
/// count it. A partial snapshot stays until there is a newer complete one in its group. Protected snapshots stay.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis forget --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --prune
  caddis forget --keep-last 3 --keep-daily 14d --dry-run
  caddis forget 4bba301e latest~2")]
pub struct ForgetArgs {
    /// Snapshots to remove: beginnings of ids, latest, latest~N, @label, latest@{TIME}
    #[arg(value_name = "SNAPSHOT")]
    ids: Vec<String>,

    /// What the snapshots of a group have in common: host, paths, tags, label; '' makes one group [default: label where there is one, else host,paths]
    #[arg(short, long, value_name = "WHAT[,WHAT…]")]
    group_by: Option<GroupBy>,

    /// Remove nothing, tell what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Apply the policy as if it were that time: "2026-01-31 23:59:59", 2026-01-31, "2 days ago", yesterday
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    simulate_at: Option<Time>,

    /// Free space afterwards, if a snapshot was removed
    #[arg(long)]
    prune: bool,

    /// One line for each snapshot
    #[arg(short, long)]
    compact: bool,

    /// Allow a policy that keeps nothing of a group; without a policy, remove all that --host, --label, --tag and --path select
    #[arg(long)]
    unsafe_allow_remove_all: bool,

    // Last, because the heading of a group of options holds for what follows it.
    #[command(flatten)]
    keep: KeepArgs,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten, next_help_heading = "With --prune")]
    prune_options: PruneOptionsArgs,
}

fn parse_time(text: &str) -> Result<Time, String> {
    match text.trim() {
        "now" => Err("it is now anyway; give another time".to_owned()),
        _ => when::past(text),
    }
}

/// Prints what goes and stays, and removes it.
pub fn run(args: &ForgetArgs, context: &Context) -> anyhow::Result<Exit> {
    check_usage(args)?;
    let repo = context.open()?;
    signals::install()?;
    let progress = context.progress(Task::Read);
    let (args, lost) = &without_lost(args, &repo)?;
    let plan = plan(args, context, &repo, &progress)?;
    progress.finish();
    let by_policy = args.ids.is_empty() && lost.is_empty();
    if by_policy {
        args.filter.tell_if_none(plan.groups.len(), &context.out);
    }
    if !context.out.style.json && by_policy {
        forget_report::show(&plan, args.compact, &context.out);
    }
    let owner = SessionOwner { host: identity::host(), label: None, process: repo.world().process() };
    for sid in lost {
        if !args.dry_run {
            forget::give_up(&repo, *sid, &owner.host, &progress)?;
        }
        let gives = if args.dry_run { "would give" } else { "gave" };
        context.out.say(format_args!("{gives} up session {}, whose decision is lost", sid.short()));
    }
    let removed = match args.dry_run {
        true => plan.removed().map(|info| info.id).collect(),
        false => forget::execute(&repo, &plan, &owner.host, &progress)?,
    };
    progress.finish();
    if context.out.style.json {
        // A reader that went away has seen enough.
        let _ = context.out.object(&forget_report::json(&plan));
    } else {
        forget_report::conclude(&removed, args.dry_run, by_policy, args.prune, &context.out);
    }
    let mut exit = if progress.problems() > 0 { Exit::Warnings } else { Exit::Success };
    if args.prune && args.dry_run && !lost.is_empty() {
        context.out.note("A dry run does not tell what --prune would free when lost decisions are given up");
    } else if args.prune && !(removed.is_empty() && lost.is_empty()) {
        // With --json standard output has the one value that restic has there, so no status objects.
        let progress = context.progress(if context.out.style.json { Task::Read } else { Task::Prune });
        let mut options = args.prune_options.options(args.dry_run);
        options.forgotten.extend(removed.iter().filter(|_| args.dry_run));
        let (report, outcome) = prune_options::run(&repo, &options, context, &progress)?;
        progress.finish();
        if context.out.style.json {
            context.out.stderr(prune_options::json(&report, args.dry_run));
        } else {
            prune_options::show(&report, args.dry_run, &context.out);
        }
        if outcome != Exit::Success || progress.problems() > 0 {
            exit = Exit::Warnings;
        }
    }
    let exit = context.settle(&repo, exit);
    Ok(if args.prune && !args.dry_run { context.extend_locks_if_due(&repo, exit) } else { exit })
}

/// Takes full ids of sessions whose decision is lost out of the arguments: nothing else selects them.
fn without_lost(args: &ForgetArgs, repo: &Repository) -> anyhow::Result<(ForgetArgs, Vec<SessionId>)> {
    let mut args = args.clone();
    let full: Vec<SessionId> = args.ids.iter().filter_map(|id| id.parse().ok()).collect();
    if full.is_empty() {
        return Ok((args, Vec::new()));
    }
    let mut lost = forget::lost_decisions(repo)?;
    lost.retain(|sid| full.contains(sid));
    args.ids.retain(|id| id.parse().is_ok_and(|sid| !lost.contains(&sid)) || id.parse::<SessionId>().is_err());
    Ok((args, lost.into_iter().collect()))
}

/// What is wrong with the arguments is told before a password is asked for.
fn check_usage(args: &ForgetArgs) -> anyhow::Result<()> {
    if !args.prune && args.prune_options.is_given() {
        return Err(usage("--max-unused, --max-repack-size and --max-rewrite belong to --prune"));
    }
    match (args.ids.is_empty(), args.keep.is_empty()) {
        (false, false) => {
            Err(usage("Name snapshots or give a policy, not both; --keep-id excepts a snapshot from a policy"))
        }
        (false, true) if args.simulate_at.is_some() || args.group_by.is_some() || args.unsafe_allow_remove_all => Err(
            usage("--simulate-at, --group-by and --unsafe-allow-remove-all belong to a policy, not to named snapshots"),
        ),
        (true, true) if !args.unsafe_allow_remove_all => Err(usage(
            "Nothing says what to keep or what to remove; give a policy, e.g. --keep-daily 7, or name snapshots",
        )),
        (true, true) if args.filter.filter().is_empty() => Err(usage(
            "--unsafe-allow-remove-all without a policy takes --host, --label, --tag or --path, to say which snapshots are meant",
        )),
        _ => Ok(()),
    }
}

fn plan(args: &ForgetArgs, context: &Context, repo: &Repository, progress: &Progress<'_>) -> anyhow::Result<Plan> {
    let filter = args.filter.filter();
    let select = |names: &[String]| -> caddis::error::Result<Vec<SnapshotInfo>> {
        names.iter().map(|name| snapshots::select_whole(repo, name, &filter, progress)).collect()
    };
    let now = repo.world().now();
    if !args.ids.is_empty() || args.keep.is_empty() && !args.unsafe_allow_remove_all {
        return Ok(forget::plan_ids(select(&args.ids)?, now)?);
    }
    let ids = select(&args.keep.keep_id)?.into_iter().map(|info| info.id).collect();
    let policy = args.keep.policy(ids);
    if !context.out.style.json {
        context.out.say(format_args!("Applying policy: keep {}", describe(&policy)));
    }
    let at = args.simulate_at.unwrap_or(now);
    // A simulated future ends no protection but in a dry run.
    let protected_at = if args.dry_run { at } else { at.min(now) };
    let options = ForgetOptions {
        filter,
        policy,
        group_by: args.group_by.unwrap_or_default(),
        clock: Clock { now: at, protected_at, zone: TimeZone::system() },
        allow_remove_all: args.unsafe_allow_remove_all,
    };
    Ok(forget::plan(repo, &options, progress)?)
}
