//! `caddis repair`.
use caddis::ops::repair::{self, RepairOptions, RepairReport};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use super::output::Output;
use super::progress::Task;
use super::repair_snapshots::{self, SnapshotsArgs};
use super::signals;
use super::units::{count, size};

/// Mend what parity, replicas and packs can bring back
///
/// Never removes anything that can still be read. Snapshots are not touched unless `caddis repair snapshots` asks for it.
#[derive(Args, Debug, Clone)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_help_heading = "What else can be mended",
    override_usage = "caddis repair [OPTIONS] [SUBJECT]...\n       caddis repair snapshots [OPTIONS] [SNAPSHOT]...",
    after_long_help = "Examples:
  caddis repair --dry-run
  caddis repair packs
  caddis repair snapshots --dry-run

Exit codes: 0 nothing to do, 5 everything that was found is mended, 6 damage
remains (or a dry run found some)."
)]
pub struct RepairArgs {
    #[command(subcommand)]
    command: Option<RepairCommand>,

    /// What to mend [default: all]
    #[arg(value_name = "SUBJECT", value_enum)]
    subjects: Vec<Subject>,

    /// Write nothing, tell what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Subcommand, Debug, Clone)]
enum RepairCommand {
    Snapshots(SnapshotsArgs),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// Rebuild damaged and lost packs from parity
    Packs,
    /// Index packs that no index names, take lost blobs out of the index
    Index,
    /// Write missing copies of config, keys and snapshots
    Replicas,
    /// Copy to all locations what they lack, move packs to where they should be
    Locations,
}

/// Exit code 5 if something was mended, 6 if something is lost or only a dry run found it.
pub fn run(args: &RepairArgs, context: &Context) -> anyhow::Result<Exit> {
    if let Some(RepairCommand::Snapshots(args)) = &args.command {
        return repair_snapshots::run(args, context);
    }
    let wanted = |subject| args.subjects.is_empty() || args.subjects.contains(&subject);
    let options = RepairOptions {
        replicas: wanted(Subject::Replicas),
        index: wanted(Subject::Index),
        packs: wanted(Subject::Packs),
        locations: wanted(Subject::Locations),
        dry_run: args.dry_run,
        host: context.host(None),
    };
    let repo = context.open()?;
    signals::install()?;
    let progress = context.progress(Task::Repair);
    let report = repair::repair(&repo, &options, &progress)?;
    progress.finish();
    show(&report, args.dry_run, &context.out);
    let exit = match (signals::exit(), exit(&report, args.dry_run)) {
        (Some(exit), _) => exit,
        (None, Exit::Success) if progress.problems() > 0 => Exit::Warnings,
        (None, exit) => exit,
    };
    Ok(context.settle(&repo, exit))
}

fn mended(report: &RepairReport) -> u64 {
    (report.replicas_written.len() + report.packs_rebuilt.len()) as u64
        + report.packs_indexed
        + report.blobs_saved
        + report.objects_synced
        + report.packs_moved
}

fn lost(report: &RepairReport) -> usize {
    report.objects_lost.len() + report.packs_lost.len() + report.blobs_lost.len()
}

fn exit(report: &RepairReport, dry_run: bool) -> Exit {
    match (lost(report), mended(report)) {
        (0, 0) => Exit::Success,
        (0, _) if !dry_run => Exit::Repaired,
        _ => Exit::Damaged,
    }
}

fn show(report: &RepairReport, dry_run: bool, out: &Output) {
    if out.style.json {
        let packs = |ids: &[caddis::id::PackId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        out.status(&json!({
            "message_type": "summary",
            "dry_run": dry_run,
            "replicas_written": report.replicas_written,
            "objects_lost": report.objects_lost,
            "packs_checked": report.packs_checked,
            "packs_rebuilt": packs(&report.packs_rebuilt),
            "packs_lost": packs(&report.packs_lost),
            "packs_away": report.packs_away,
            "packs_moved": report.packs_moved,
            "bytes_moved": report.bytes_moved,
            "objects_synced": report.objects_synced,
            "packs_indexed": report.packs_indexed,
            "index_written": report.index_written,
            "blobs_saved": report.blobs_saved,
            "blobs_lost": report.blobs_lost.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }));
        return;
    }
    text(report, dry_run).iter().for_each(|line| out.say(line));
}

fn text(report: &RepairReport, dry_run: bool) -> Vec<String> {
    let [rebuilt, written, stored, indexed, taken, moved] = match dry_run {
        true => ["to be rebuilt", "to be written", "to be stored", "to be indexed", "to be taken", "to be moved"],
        false => ["rebuilt", "written", "stored", "indexed", "taken", "moved"],
    };
    let mut lines = Vec::new();
    if report.packs_checked > 0 {
        lines.push(format!("looked at {}", count(report.packs_checked, "pack")));
    }
    for pack in &report.packs_rebuilt {
        lines.push(format!("pack {}: {rebuilt} from parity", pack.short()));
    }
    for name in &report.replicas_written {
        lines.push(format!("{name}: {written} from its other copy"));
    }
    if report.packs_away > 0 {
        lines
            .push(format!("in locations that cannot be reached, and left alone: {}", count(report.packs_away, "pack")));
    }
    if report.objects_synced > 0 {
        lines.push(format!("{written} to locations that had missed them: {}", count(report.objects_synced, "object")));
    }
    if report.packs_moved > 0 {
        let (packs, bytes) = (count(report.packs_moved, "pack"), size(report.bytes_moved));
        lines.push(format!("{moved} to other locations: {packs}, {bytes}"));
    }
    if report.packs_indexed > 0 {
        lines.push(format!("{indexed} again, because no index named them: {}", count(report.packs_indexed, "pack")));
    }
    if report.blobs_saved > 0 {
        lines.push(format!(
            "readable again after they were given up, and {stored} anew: {}",
            count(report.blobs_saved, "blob")
        ));
    }
    for pack in &report.packs_lost {
        lines.push(format!("pack {}: lost, its stripe has not enough left", pack.short()));
    }
    for name in &report.objects_lost {
        lines.push(format!("{name}: lost, both copies are missing or damaged"));
    }
    if !report.blobs_lost.is_empty() {
        lines.push(format!(
            "{taken} out of the index, because nothing holds them any more: {}. The next backup stores them again if it meets \
             them; `caddis check` names the files that are affected",
            count(report.blobs_lost.len(), "blob")
        ));
    }
    let mended = mended(report);
    lines.push(match (lost(report), mended) {
        (0, 0) => "nothing to repair".to_owned(),
        (0, _) if dry_run => "everything would be repaired (dry run: nothing was written)".to_owned(),
        (0, _) => "everything was repaired".to_owned(),
        (_, 0) => "nothing of this can be repaired; `caddis check` tells what is lost, and what to do next".to_owned(),
        _ if dry_run => "a part of this would be repaired, the rest is lost (dry run: nothing was written)".to_owned(),
        _ => "a part of this was repaired; `caddis check` tells what is lost, and what to do next".to_owned(),
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::id::{BlobId, PackId};

    #[test]
    fn what_was_mended_and_lost_decides_the_exit_code() {
        let nothing = RepairReport::default();
        let rebuilt = RepairReport { packs_rebuilt: vec![PackId([1; 32])], ..RepairReport::default() };
        let gone = RepairReport { blobs_lost: vec![BlobId([1; 32])], ..rebuilt.clone() };
        assert_eq!(exit(&nothing, false), Exit::Success);
        assert_eq!(exit(&rebuilt, false), Exit::Repaired);
        assert_eq!(exit(&rebuilt, true), Exit::Damaged);
        assert_eq!(exit(&gone, false), Exit::Damaged);
        assert_eq!(text(&nothing, false), ["nothing to repair"]);
        assert!(text(&rebuilt, true).join("\n").contains("dry run"));
        assert!(
            text(&gone, false)
                .join("\n")
                .contains("taken out of the index, because nothing holds them any more: 1 blob.")
        );
    }
}
