//! `caddis restore`.
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use caddis::fs::target::Overwrite;
use caddis::ops::restore::{self, RestoreOptions, RestoreReport};
use caddis::ops::snapshots;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::names;
use super::output::Output;
use super::own_folders::OwnFolders;
use super::patterns::{ExcludeArgs, IncludeArgs};
use super::progress::Task;
use super::restore_metadata::MetadataArgs;
use super::signals;
use super::to_command::ToCommand;
use super::units::{clock, count, size};

/// Bring files of a snapshot back
///
/// Files that are there already are compared piece by piece; only what differs is read from the repository and written. An interrupted
/// restore that is run again goes on with what is there, unfinished files too: until a restore has ended, a file .caddis-restore-….run in
/// the target says so. Files in place keep the time of the last write until all of their content is right, so that an interrupted restore
/// never looks finished; after a power failure sizes and times are not believed (--overwrite if-changed compares contents then).
/// Where the file system can (btrfs, XFS), files of the same content share their blocks. Packs that are damaged or lost are rebuilt from
/// parity on the way.
///
/// Patterns are compared with paths of the snapshot; with SNAPSHOT:PATH those beneath PATH count as well: /file is PATH/file. If there are
/// --include patterns and nothing matches them, the exit code is 1.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis restore latest --target /tmp/out
  caddis restore latest:/home/me/project --target /tmp/project
  caddis restore 1a2b3c4d --target / --include /etc --dry-run -vv
  caddis restore latest@{yesterday}:/home/me --target /home/me --delete
  caddis restore latest --target /mnt/other --uid-map 1000:1001 --gid-map 1000:1001
  caddis restore latest:/var/dumps --to-command 'psql \"$(basename \"$CADDIS_FILE\" .sql)\"'")]
pub struct RestoreArgs {
    /// Beginning of an id, latest, latest~N, @label, latest@{TIME} (see caddis --help); with :PATH that directory becomes the root
    #[arg(value_name = "SNAPSHOT[:PATH]")]
    snapshot: String,

    /// Directory beneath which files are restored; it is made if it does not exist. It gets the owner, mode and times of the directory that PATH
    /// names if it was empty, or with --delete
    #[arg(short, long, value_name = "DIR", required_unless_present_any = ["to_command", "to_device"])]
    target: Option<PathBuf>,

    /// Give the content of each file to a shell command instead, which learns CADDIS_FILE (its path in the snapshot), CADDIS_SIZE,
    /// CADDIS_FILE_MODE, CADDIS_MTIME, CADDIS_UID, CADDIS_GID, CADDIS_UNAME, CADDIS_GNAME and CADDIS_SNAPSHOT; one that fails is an error of
    /// this file
    #[arg(long, value_name = "COMMAND", conflicts_with_all = [
        "target", "overwrite", "delete", "verify", "sparse", "ownership_by_name", "numeric_ids", "no_ownership", "uid_map", "gid_map",
        "include_xattr", "exclude_xattr",
    ])]
    to_command: Option<String>,

    /// Write the file that PATH names to the beginning of a block device instead. What is there already is compared, and only what differs is written
    #[arg(long, value_name = "DEVICE", conflicts_with_all = [
        "target", "to_command", "overwrite", "delete", "verify", "sparse", "heal", "report_healed", "ownership_by_name", "numeric_ids",
        "no_ownership", "uid_map", "gid_map", "include_xattr", "exclude_xattr",
        "include", "iinclude", "include_file", "iinclude_file", "exclude", "iexclude", "exclude_file", "iexclude_file",
    ])]
    to_device: Option<PathBuf>,

    /// When files that are there may be changed
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = OverwriteArg::Always)]
    overwrite: OverwriteArg,

    /// Delete what is in restored directories and not in the snapshot. Where the snapshot does not have all of a directory (something could not be
    /// read or is lost, or the backup was interrupted), nothing in that directory is deleted
    #[arg(long)]
    delete: bool,

    /// Write nothing, tell what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Read every restored file back and compare it
    #[arg(long)]
    verify: bool,

    /// Make holes of long runs of zeros
    #[arg(long)]
    sparse: bool,

    /// Write packs that had to be rebuilt back to the repository
    #[arg(long)]
    heal: bool,

    /// End with exit code 5 if packs had to be rebuilt
    #[arg(long)]
    report_healed: bool,

    // Last, because the heading of a group of options holds for what follows it.
    #[command(flatten)]
    includes: IncludeArgs,
    #[command(flatten)]
    excludes: ExcludeArgs,
    #[command(flatten)]
    metadata: MetadataArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

/// Names of restic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OverwriteArg {
    /// Always; files are compared and only what differs is written
    Always,
    /// If size or modification time differ
    IfChanged,
    /// If the file in the snapshot is newer
    IfNewer,
    /// Never
    Never,
}

/// Restores and sums up.
pub fn run(args: &RestoreArgs, context: &Context) -> anyhow::Result<Exit> {
    if let Some(device) = &args.to_device {
        return to_device(args, device, context);
    }
    let (excludes, _) = args.excludes.rules()?;
    let includes = args.includes.rules()?;
    let has_includes = includes.is_some();
    if args.delete && includes.is_none() && args.target.as_deref().is_some_and(is_root) {
        return Err(usage(
            "--delete with --target / would delete all that is not in the snapshot; say what with --include",
        ));
    }
    let repo = context.open()?;
    let reading = context.progress(Task::Read);
    let (info, path) = snapshots::select(&repo, &args.snapshot, &args.filter.filter(), &reading)?;
    reading.finish();
    let progress = context.progress(Task::Restore);
    let mut options = RestoreOptions {
        target: args.target.clone().unwrap_or_default(),
        path,
        includes,
        excludes,
        overwrite: match args.overwrite {
            OverwriteArg::Always => Overwrite::Always,
            OverwriteArg::IfChanged => Overwrite::IfChanged,
            OverwriteArg::IfNewer => Overwrite::IfNewer,
            OverwriteArg::Never => Overwrite::Never,
        },
        delete: args.delete,
        dry_run: args.dry_run,
        verify: args.verify,
        sparse: args.sparse,
        heal: args.heal,
        ownership: args.metadata.ownership(),
        xattrs: args.metadata.xattrs()?,
        scan: progress.is_shown(),
        ..RestoreOptions::default()
    };
    if args.target.is_some() {
        OwnFolders::find(&context.globals, &[&repo]).protect(&mut options)?;
    }
    signals::install()?;
    let partial = if info.snapshot.partial { " (partial: a checkpoint of a backup that did not end)" } else { "" };
    let to = match (&args.target, &args.to_command) {
        (Some(target), _) => names::display(target.as_os_str().as_bytes()),
        (None, command) => format!("the command {}", command.as_deref().unwrap_or_default()),
    };
    context.out.say(format_args!("restoring snapshot {}{partial} to {to}", info.id.short()));
    let report = match &args.to_command {
        Some(command) => {
            let mut sink = ToCommand::new(command, info.id.to_string(), context.out.style.json);
            restore::stream(&repo, &info, &options, &mut sink, &progress)?
        }
        None => restore::restore(&repo, &info, &options, &progress)?,
    };
    progress.finish();
    show(&report, args, progress.elapsed(), &context.out);
    let is_unmatched = has_includes && !report.matched && report.problems.is_empty();
    if is_unmatched && signals::exit().is_none() {
        context.out.note("no file matches --include; `caddis find` shows what there is, and where");
    }
    Ok(if let Some(exit) = signals::exit() {
        exit
    } else if report.missing > 0 || is_unmatched {
        Exit::Failed
    } else if !report.problems.is_empty() || progress.problems() > 0 {
        Exit::Warnings
    } else if args.report_healed && !report.healed.is_empty() {
        Exit::Repaired
    } else {
        Exit::Success
    })
}

/// One file to a block device.
fn to_device(args: &RestoreArgs, device: &Path, context: &Context) -> anyhow::Result<Exit> {
    let repo = context.open()?;
    let reading = context.progress(Task::Read);
    let (info, path) = snapshots::select(&repo, &args.snapshot, &args.filter.filter(), &reading)?;
    reading.finish();
    signals::install()?;
    let progress = context.progress(Task::Restore);
    let report = restore::restore_to_device(&repo, &info, &path, device, args.dry_run, &progress)?;
    progress.finish();
    if context.out.style.json {
        context.out.status(&json!({
            "message_type": "summary",
            "seconds_elapsed": progress.elapsed().as_secs(),
            "total_files": 1,
            "total_bytes": report.total_bytes,
            "bytes_restored": report.bytes_written,
            "bytes_skipped": report.bytes_skipped,
            "dry_run": args.dry_run,
        }));
    } else {
        let would = if args.dry_run { "Would make" } else { "Made" };
        let (total, device) = (size(report.total_bytes), device.display());
        let (written, skipped) = (size(report.bytes_written), size(report.bytes_skipped));
        context.out.say(format_args!("{would} {total} of {device}: {written} written, {skipped} were right already"));
    }
    Ok(if progress.problems() > 0 { Exit::Warnings } else { Exit::Success })
}

fn is_root(target: &Path) -> bool {
    std::fs::canonicalize(target).is_ok_and(|path| path == Path::new("/"))
}

fn show(report: &RestoreReport, args: &RestoreArgs, took: Duration, out: &Output) {
    if out.style.json {
        out.status(&json!({
            "message_type": "summary",
            "seconds_elapsed": took.as_secs(),
            "total_files": report.total_files,
            "files_restored": report.files_restored + report.files_updated,
            "files_updated": report.files_updated,
            "files_skipped": report.files_skipped,
            "files_deleted": report.files_deleted,
            "files_verified": report.files_verified,
            "total_bytes": report.total_bytes,
            "bytes_restored": report.bytes_written,
            "bytes_skipped": report.bytes_skipped,
            "packs_healed": report.healed.len(),
            "packs_written_back": report.written_back.len(),
            "files_missing": report.missing,
            "error_count": report.problems.len(),
            "dry_run": args.dry_run,
        }));
        return;
    }
    text(report, args.dry_run, args.verify, args.heal, took).iter().for_each(|line| out.say(line));
}

fn text(report: &RestoreReport, dry_run: bool, verified: bool, heal: bool, took: Duration) -> Vec<String> {
    let would = if dry_run { "Would restore" } else { "Restored" };
    let entries = report.files_restored + report.files_updated + report.others_restored;
    let mut summary =
        format!("Summary: {would} {} files/dirs ({}) in {}", entries, size(report.bytes_written), clock(took));
    if report.files_skipped > 0 {
        summary.push_str(&format!(
            ", skipped {} ({})",
            count(report.files_skipped, "file"),
            size(report.bytes_skipped)
        ));
    }
    if report.files_deleted > 0 {
        summary.push_str(&format!(", deleted {}", report.files_deleted));
    }
    let mut lines = vec![summary];
    if verified {
        lines.push(format!("Verified {}", count(report.files_verified, "file")));
    }
    let healed = report.healed.len();
    if healed > 0 {
        let outcome = match report.missing {
            0 => "what was needed was rebuilt from parity and is right",
            _ => "what parity could bring back of them was rebuilt and is right",
        };
        lines.push(format!("{} damaged or missing; {outcome}", count(healed, "pack")));
        let written = report.written_back.len();
        lines.push(match heal && !dry_run {
            true if written >= healed => format!("Packs written back to the repository: {written}"),
            true => {
                format!("Packs written back to the repository: {written}; `caddis repair packs` deals with the others")
            }
            false => "`caddis repair packs` (or --heal) writes back to the repository what is right".to_owned(),
        });
    }
    if report.missing > 0 {
        lines.push(format!("{} could not be restored (named above)", count(report.missing, "entry")));
        lines.push(
            "`caddis check` tells what the repository has lost; `caddis history PATH` finds other versions".to_owned(),
        );
    }
    let partly = (report.problems.len() as u64).saturating_sub(report.missing);
    if partly > 0 {
        lines.push(format!("Not wholly as in the snapshot: {} (named above)", count(partly, "case")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::id::PackId;

    #[test]
    fn the_summary_tells_what_was_healed() {
        let report = RestoreReport {
            files_restored: 3,
            others_restored: 1,
            bytes_written: 10 << 10,
            files_skipped: 2,
            healed: vec![PackId([1; 32])],
            ..RestoreReport::default()
        };
        let lines = text(&report, false, true, false, Duration::from_secs(1));
        assert_eq!(lines[0], "Summary: Restored 4 files/dirs (10.000 KiB) in 0:01, skipped 2 files (0 B)");
        assert_eq!(lines[1], "Verified 0 files");
        assert!(lines[2].starts_with("1 pack damaged or missing") && lines[3].contains("repair packs"));
        assert!(text(&report, true, false, true, Duration::ZERO)[0].contains("Would restore"));
        let last = |report: &RestoreReport| text(report, false, false, true, Duration::ZERO).pop();
        assert!(last(&report).is_some_and(|line| line.starts_with("Packs written back to the repository: 0;")));
        let written = RestoreReport { written_back: report.healed.clone(), ..report };
        assert!(last(&written).is_some_and(|line| line == "Packs written back to the repository: 1"));
    }

    #[test]
    fn the_root_is_known_by_any_name() {
        assert!(is_root(Path::new("/")) && is_root(Path::new("/tmp/..")));
        assert!(!is_root(Path::new("/tmp")) && !is_root(Path::new("/nonexistent")));
    }
}
