//! `caddis repair snapshots`.
use caddis::ops::repair_snapshots::{
    Outcome, RepairSnapshotsOptions, RepairSnapshotsReport, RepairedSnapshot, repair_snapshots,
};
use caddis::ops::salvage::Change;
use caddis::ops::snapshots::{self, SnapshotInfo};
use clap::Args;
use serde_json::{Value, json};

use super::context::Context;
use super::exit::Exit;
use super::filter::FilterArgs;
use super::names;
use super::output::Output;
use super::progress::Task;
use super::signals;
use super::units::count;

/// Make snapshots anew without what is lost of them
///
/// Each snapshot that does not read in full gets a successor with the tag `repaired`: files lose the parts that are
/// lost, and with them their former size; directories that cannot be read are empty. The original stays, unless
/// --forget is given.
///
/// Run `caddis repair packs` first: it brings back what parity can. If the sources still exist, a new backup is better
/// than this: it stores again what was lost, and older snapshots are whole again.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis repair snapshots --dry-run
  caddis repair snapshots latest 1a2b3c4d --forget")]
pub struct SnapshotsArgs {
    /// Only these: beginnings of ids, latest, latest~N, @label, latest@{TIME} [default: all]
    #[arg(value_name = "SNAPSHOT")]
    ids: Vec<String>,

    /// Write nothing, tell what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Forget the originals of snapshots that were made anew
    #[arg(long)]
    forget: bool,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Exit code 5 if all that was damaged has a successor, 6 if something has none or only a dry run found it.
pub fn run(args: &SnapshotsArgs, context: &Context) -> anyhow::Result<Exit> {
    let repo = context.open()?;
    signals::install()?;
    let progress = context.progress(Task::Repair);
    let filter = args.filter.filter();
    let wanted: Vec<SnapshotInfo> = if args.ids.is_empty() {
        snapshots::list(&repo, &filter, &progress)?
    } else {
        let one = |id: &String| snapshots::select(&repo, id, &filter, &progress).map(|(found, _)| found);
        args.ids.iter().map(one).collect::<Result<_, _>>()?
    };
    args.filter.tell_if_none(wanted.len(), &context.out);
    let options = RepairSnapshotsOptions { forget: args.forget, dry_run: args.dry_run, owner: context.owner() };
    let report = repair_snapshots(&repo, &wanted, &options, &progress)?;
    progress.finish();
    show(&report, args.dry_run, &context.command_line(), &context.out);
    let exit = match (signals::exit(), exit(&report)) {
        (Some(exit), _) => exit,
        (None, Exit::Success) if progress.problems() > 0 => Exit::Warnings,
        (None, exit) => exit,
    };
    Ok(context.settle(&repo, exit))
}

fn exit(report: &RepairSnapshotsReport) -> Exit {
    let has_successor =
        |one: &RepairedSnapshot| matches!(one.outcome, Outcome::Repaired(_) | Outcome::AlreadyRepaired(_));
    match report.damaged.is_empty() {
        true => Exit::Success,
        false if report.damaged.iter().all(has_successor) => Exit::Repaired,
        false => Exit::Damaged,
    }
}

fn show(report: &RepairSnapshotsReport, dry_run: bool, program: &str, out: &Output) {
    if out.style.json {
        out.status(&json!({
            "message_type": "summary",
            "dry_run": dry_run,
            "snapshots_checked": report.checked,
            "snapshots_damaged": report.damaged.len(),
            "snapshots": report.damaged.iter().map(one_json).collect::<Vec<_>>(),
        }));
        return;
    }
    for one in &report.damaged {
        for (path, change) in &one.changes {
            out.detail(format_args!("{}: {}: {}", one.original.short(), names::display(path), told(*change)));
        }
        out.say(line(one));
    }
    let checked = count(report.checked, "snapshot");
    out.say(match (report.damaged.len(), dry_run) {
        (0, _) => format!("looked at {checked}: none is damaged"),
        (damaged, true) => format!("looked at {checked}, damaged: {damaged} (dry run: nothing was written)"),
        (damaged, false) => format!("looked at {checked}, damaged: {damaged}"),
    });
    let left = to_be_forgotten(report);
    if !left.is_empty() {
        out.say("once nothing more is expected of the damaged originals, remove them:");
        out.say(format_args!("  {program} forget {}", left.join(" ")));
    }
}

/// Originals that are still there, and of which nothing more can be had.
fn to_be_forgotten(report: &RepairSnapshotsReport) -> Vec<String> {
    let is_left =
        |one: &&RepairedSnapshot| !one.forgotten && !one.protected && !matches!(one.outcome, Outcome::Repairable);
    report.damaged.iter().filter(is_left).map(|one| one.original.short()).collect()
}

/// What became of an entry, in words.
pub fn told(change: Change) -> &'static str {
    match change {
        Change::Shortened => "parts of it are lost and left out",
        Change::Emptied => "directory that cannot be read, in full or in part; what is lost of it is left out",
        Change::AttributeLost => "an extended attribute is lost and left out",
        Change::Dropped => "cannot be stored as it is and is left out",
    }
}

/// The same for JSON.
pub fn change_json((path, change): &(Vec<u8>, Change)) -> Value {
    let change = match change {
        Change::Shortened => "shortened",
        Change::Emptied => "emptied",
        Change::AttributeLost => "attribute_lost",
        Change::Dropped => "dropped",
    };
    json!({"path": names::lossy(path), "change": change})
}

fn one_json(one: &RepairedSnapshot) -> Value {
    let (outcome, new) = match one.outcome {
        Outcome::Repaired(new) => ("repaired", Some(new)),
        Outcome::AlreadyRepaired(new) => ("already_repaired", Some(new)),
        Outcome::Repairable => ("repairable", None),
        Outcome::Unreadable => ("unreadable", None),
    };
    json!({
        "original": one.original.to_string(),
        "outcome": outcome,
        "snapshot_id": new.map(|new| new.to_string()),
        "forgotten": one.forgotten,
        "protected": one.protected,
        "entries_changed": one.changed,
        "entries": one.changes.iter().map(change_json).collect::<Vec<_>>(),
    })
}

fn line(one: &RepairedSnapshot) -> String {
    let (original, changed) = (one.original.short(), count(one.changed, "entry"));
    let mut text = match one.outcome {
        Outcome::Repaired(new) => {
            format!("snapshot {original}: made anew as {} without what is lost of {changed}", new.short())
        }
        Outcome::AlreadyRepaired(new) => {
            format!("snapshot {original}: damaged; {} has all that is left of it", new.short())
        }
        Outcome::Repairable => {
            format!("snapshot {original}: would be made anew without what is lost of {changed}")
        }
        Outcome::Unreadable => format!(
            "snapshot {original}: its root directory is lost, nothing can be made of it; \
             `caddis recover` finds directories that still read"
        ),
    };
    if one.forgotten {
        text.push_str("; the original is forgotten");
    }
    if one.protected {
        text.push_str("; the original is protected and stays");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::id::SessionId;

    fn one(outcome: Outcome) -> RepairedSnapshot {
        RepairedSnapshot {
            original: SessionId([0xab; 16]),
            outcome,
            forgotten: false,
            protected: false,
            changed: 2,
            changes: vec![(b"/a".to_vec(), Change::Shortened)],
        }
    }

    #[test]
    fn what_has_a_successor_is_repaired() {
        let new = SessionId([1; 16]);
        let report = |outcomes: &[Outcome]| RepairSnapshotsReport {
            checked: 3,
            damaged: outcomes.iter().map(|outcome| one(*outcome)).collect(),
        };
        assert_eq!(exit(&report(&[])), Exit::Success);
        assert_eq!(to_be_forgotten(&report(&[Outcome::Repairable])).len(), 0);
        assert_eq!(to_be_forgotten(&report(&[Outcome::Repaired(new), Outcome::Unreadable])), ["abababab", "abababab"]);
        assert_eq!(exit(&report(&[Outcome::Repaired(new), Outcome::AlreadyRepaired(new)])), Exit::Repaired);
        assert_eq!(exit(&report(&[Outcome::Repairable])), Exit::Damaged);
        assert_eq!(exit(&report(&[Outcome::Repaired(new), Outcome::Unreadable])), Exit::Damaged);
    }

    #[test]
    fn lines_name_both_snapshots() {
        let mut repaired = one(Outcome::Repaired(SessionId([1; 16])));
        repaired.forgotten = true;
        let text = line(&repaired);
        assert!(text.contains("abababab") && text.contains("01010101") && text.contains("forgotten"), "{text}");
        assert_eq!(one_json(&repaired)["entries"][0], json!({"path": "/a", "change": "shortened"}));
        assert_eq!(one_json(&one(Outcome::Unreadable))["snapshot_id"], Value::Null);
    }
}
