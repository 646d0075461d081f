//! `caddis recover`.
use caddis::ops::recover::{RecoverOptions, RecoverReport, recover};
use clap::Args;
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use super::identity;
use super::names;
use super::output::Output;
use super::progress::Task;
use super::repair_snapshots::{change_json, told};
use super::signals;
use super::units::count;

/// Make a snapshot of directories that are in no snapshot
///
/// Finds the directories that are stored and that nothing leads to: of snapshots that were lost or forgotten, until a
/// prune has removed them. The new snapshot has an entry for each, named by its id, and the tag `recovered`. Reads all
/// trees of the repository; deletes nothing.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis recover --dry-run
  caddis recover && caddis ls latest")]
pub struct RecoverArgs {
    /// Write nothing, tell what would be found
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// Exit code 3 if trees could not be read or parts of what was found are lost.
pub fn run(args: &RecoverArgs, context: &Context) -> anyhow::Result<Exit> {
    let repo = context.open()?;
    signals::install()?;
    let progress = context.progress(Task::Repair);
    let (uid, gid) = (identity::uid(), identity::gid());
    let options = RecoverOptions { user: identity::user(), uid, gid, dry_run: args.dry_run, owner: context.owner() };
    let report = recover(&repo, &options, &progress)?;
    progress.finish();
    show(&report, args.dry_run, &context.out);
    let exit = match signals::exit() {
        Some(exit) => exit,
        None if report.trees_unreadable + report.changed > 0 || progress.problems() > 0 => Exit::Warnings,
        None => Exit::Success,
    };
    Ok(context.settle(&repo, exit))
}

fn show(report: &RecoverReport, dry_run: bool, out: &Output) {
    if out.style.json {
        let found: Vec<_> =
            report.found.iter().map(|(name, tree)| json!({"name": name, "tree": tree.to_string()})).collect();
        out.status(&json!({
            "message_type": "summary",
            "dry_run": dry_run,
            "trees": report.trees,
            "trees_unreadable": report.trees_unreadable,
            "found": found,
            "snapshot_id": report.snapshot.map(|id| id.to_string()),
            "entries_changed": report.changed,
            "entries": report.changes.iter().map(change_json).collect::<Vec<_>>(),
        }));
        return;
    }
    for (name, _) in &report.found {
        out.detail(format_args!("found directory {name}"));
    }
    for (path, change) in &report.changes {
        out.detail(format_args!("{}: {}", names::display(path), told(*change)));
    }
    text(report, dry_run).iter().for_each(|line| out.say(line));
}

fn text(report: &RecoverReport, dry_run: bool) -> Vec<String> {
    let mut lines = vec![format!("read {}", count(report.trees, "tree"))];
    if report.trees_unreadable > 0 {
        lines.push(format!("cannot be read: {}; `caddis check` tells more", report.trees_unreadable));
    }
    if report.changed > 0 {
        lines.push(format!("left out what is lost of {} (-v tells what)", count(report.changed, "entry")));
    }
    lines.push(match (report.found.len(), report.snapshot) {
        (0, _) => "all directories are in snapshots: nothing to recover".to_owned(),
        (found, Some(id)) => format!("found {}, saved in snapshot {}", count(found, "directory"), id.short()),
        (found, None) if dry_run => format!("found {} (dry run: nothing was written)", count(found, "directory")),
        (found, None) => format!("found {}", count(found, "directory")),
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::id::{BlobId, SessionId};

    #[test]
    fn what_was_found_is_told() {
        let mut report = RecoverReport { trees: 7, ..RecoverReport::default() };
        assert!(text(&report, false).contains(&"all directories are in snapshots: nothing to recover".to_owned()));
        report.found = vec![("01010101".to_owned(), BlobId([1; 32]))];
        assert!(text(&report, true).join(" ").contains("dry run"));
        report.snapshot = Some(SessionId([2; 16]));
        report.trees_unreadable = 1;
        let told = text(&report, false).join(" ");
        assert!(
            told.contains("found 1 directory, saved in snapshot 02020202") && told.contains("cannot be read: 1;"),
            "{told}"
        );
    }
}
