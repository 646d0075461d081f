//! `caddis rewrite`.
use caddis::ops::alter::Alteration;
use caddis::ops::rewrite::LeaveOut;
use caddis::world::Time;
use clap::Args;
use serde_json::json;

use super::altered::{self, How, Outcome};
use super::changed::ChangeRun;
use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::output::Output;
use super::patterns::{ExcludeArgs, IncludeArgs};
use super::units::count;
use super::when;

/// Make changed copies of snapshots: without some files, with another host, time or label
///
/// A changed copy has a new id and notes the first id as its original. The original stays, and the copy gets the tag `rewrite`, unless --forget
/// is given. A copy that is there already is not made again. Patterns are compared with the paths in the snapshots, as `caddis ls` shows them.
/// With --include only what matches stays, with everything beneath it and the directories on the way there; a snapshot that has nothing of that stays as it is.
/// Only directories on the way to what is left out are written anew; content of files is neither read nor written. Space is freed by `caddis forget` of the originals and `caddis prune`.
///
/// `caddis purge` is for removing paths from everywhere.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis rewrite --exclude '*.iso' --dry-run -vv
  caddis rewrite --exclude /home/me/Downloads --forget
  caddis rewrite --include '*.pst' latest
  caddis rewrite --new-host web1 --new-label web --forget 4bba301e")]
pub struct RewriteArgs {
    /// Only these: beginnings of ids, latest, latest~N, @label [default: all]
    #[arg(value_name = "SNAPSHOT")]
    ids: Vec<String>,

    /// Host name of the copies
    #[arg(long, value_name = "HOST")]
    new_host: Option<String>,

    /// Time of the copies: "2026-01-31 23:59:59", 2026-01-31, "2 days ago", yesterday
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    new_time: Option<Time>,

    /// Label of the copies; '' is none
    #[arg(long, value_name = "LABEL")]
    new_label: Option<String>,

    /// Count files and bytes anew, for snapshots that note no count or a wrong one
    #[arg(short = 's', long)]
    snapshot_summary: bool,

    /// Forget the originals; refused if one is protected and would be changed
    #[arg(long)]
    forget: bool,

    /// With --forget also originals that are protected; the copies are protected as they were
    #[arg(long, requires = "forget")]
    even_protected: bool,

    /// Write nothing, tell what would be done; with -vv each path that would go
    #[arg(short = 'n', long)]
    dry_run: bool,

    #[command(flatten)]
    excludes: ExcludeArgs,
    #[command(flatten)]
    includes: IncludeArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

fn parse_time(text: &str) -> Result<Time, String> {
    match text.trim() {
        "now" => Err("a snapshot cannot be dated now; give its time".to_owned()),
        _ => when::past(text),
    }
}

/// Makes the copies.
pub fn run(args: &RewriteArgs, context: &Context) -> anyhow::Result<Exit> {
    let (rules, patterns) = args.excludes.rules()?;
    let leave_out = match args.includes.rules()? {
        Some(_) if !patterns.is_empty() => {
            return Err(usage("Patterns either include or exclude; make two copies, one after the other"));
        }
        Some(includes) => Some(LeaveOut::AllBut(includes)),
        None => Some(LeaveOut::Rules(rules)).filter(|_| !patterns.is_empty()),
    };
    let alteration = Alteration {
        leave_out,
        host: args.new_host.clone(),
        time: args.new_time,
        label: args.new_label.clone(),
        recount: args.snapshot_summary,
    };
    let Alteration { leave_out, host, time, label, recount } = &alteration;
    if leave_out.is_none() && host.is_none() && time.is_none() && label.is_none() && !recount {
        return Err(usage(
            "Nothing to do: give --exclude, --include, --new-host, --new-time, --new-label or --snapshot-summary",
        ));
    }
    if host.as_ref().is_some_and(|host| host.is_empty()) {
        return Err(usage("--new-host is empty"));
    }
    let run = ChangeRun::begin(context)?;
    let found = run.select_or_all(&args.ids, &args.filter)?;
    let how = How { replace: args.forget, even_protected: args.even_protected, dry_run: args.dry_run };
    let outcome = altered::run(&run, &found, &alteration, how)?;
    show(&outcome, args.dry_run, &context.out);
    let exit = if run.progress.problems() > 0 { Exit::Warnings } else { Exit::Success };
    Ok(context.settle(&run.repo, exit))
}

fn show(outcome: &Outcome, dry_run: bool, out: &Output) {
    if out.style.json {
        let mut value = json!({
            "message_type": "summary",
            "dry_run": dry_run,
            "snapshots_checked": outcome.looked_at,
            "changed_snapshots": outcome.changed,
        });
        altered::add_left_out(&mut value, &outcome.left_out);
        return out.status(&value);
    }
    out.say(match (outcome.changed, dry_run) {
        (0, _) => format!("nothing to change in {}", count(outcome.looked_at as u64, "snapshot")),
        (changed, true) => format!("would change {} (dry run: nothing was written)", count(changed as u64, "snapshot")),
        (changed, false) => format!("changed {}", count(changed as u64, "snapshot")),
    });
}
