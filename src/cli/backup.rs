//! `caddis backup`.
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use caddis::compress::Compression;
use caddis::error::Error;
use caddis::ops::backup::{self, BackupOptions, BackupReport, Parent};
use caddis::ops::forget::GroupBy;
use caddis::ops::snapshots;
use caddis::repo::{DeltaMode, Repository};
use caddis::world::Time;
use clap::Args;

use super::backup_report;
use super::backup_source;
use super::context::Context;
use super::exit::{self, Exit, usage};
use super::filter::{FilterArgs, split_tags};
use super::identity;
use super::init;
use super::own_folders::OwnFolders;
use super::patterns::{BackupExcludeArgs, ExcludeArgs};
use super::progress::{Progress, Task};
use super::signals;
use super::when;

/// A run that is cut off loses at most so much.
pub const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(600);
pub const CHECKPOINT_BYTES: u64 = 10 << 30;

/// Save files and directories, or a stream, as a new snapshot
///
/// Unchanged files are taken over from the newest snapshot of the same host and paths. A run that is interrupted leaves
/// a partial snapshot, and the next one goes on from there.
///
/// The folder of the repository and the caches of this program are left out, unless they are named as a PATH themselves.
///
/// With several --repo options each repository gets a snapshot, and each file is read once. They must have a common password (`caddis key add`
/// gives one more). A slow repository holds the others back; one that fails drops out, is told at the end (exit code 3), and has it all with its
/// next backup.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis backup /home --exclude-caches --exclude '*.tmp'
  caddis backup --init --tag nightly /etc /srv
  caddis --repo /srv/backup --repo s3://bucket/backup backup /home
  caddis backup --as-path /home /mnt/snap/home
  caddis backup --stdin-filename db.sql --stdin-from-command -- pg_dump app
  caddis backup --command db/app.sql='pg_dump app' --command db/wiki.sql='pg_dump wiki'
  caddis backup --command app.sql.gz=\"bash -o pipefail -c 'pg_dump app | gzip'\"
  caddis backup --read-special /dev/vg/root-snapshot")]
pub struct BackupArgs {
    /// Files and directories to back up; with --stdin-from-command the command and its arguments
    #[arg(value_name = "PATH")]
    pub paths: Vec<OsString>,

    /// Make the repository first if there is none
    #[arg(long)]
    init: bool,

    /// How hard new data is compressed: auto, off, fastest, better, max or a level of zstd [default: the repository's]
    #[arg(long, value_name = "MODE", value_parser = init::parse_compression)]
    compression: Option<Compression>,

    /// Whether changed files are stored as deltas of their older versions: auto, on or off [default: the repository's]
    #[arg(long, value_name = "MODE", value_parser = init::parse_delta)]
    delta: Option<DeltaMode>,

    /// Large files read at the same time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    read_concurrency: u16,

    /// Do not open and compare what was just encrypted before it is stored
    #[arg(long)]
    no_extra_verify: bool,

    /// Do not count files first; progress then has no end to show
    #[arg(long)]
    no_scan: bool,

    /// Snapshot from which unchanged files are taken over [default: the newest of the same host and paths; with --label
    /// one that has this label, if there is any]
    #[arg(long, value_name = "SNAPSHOT", conflicts_with = "force")]
    parent: Option<String>,

    /// What that snapshot must have in common with the new one, in place of the default: host, paths, tags, label; '' is nothing
    #[arg(short, long, value_name = "WHAT[,WHAT…]", conflicts_with_all = ["parent", "force"])]
    group_by: Option<GroupBy>,

    /// Read everything again
    #[arg(short, long)]
    force: bool,

    /// Make no snapshot if it would be equal to the one before
    #[arg(long)]
    skip_if_unchanged: bool,

    /// Write nothing, tell what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Read files that seem unchanged too, and report those whose content has changed all the same: suspected bitrot, exit code 3. The snapshot
    /// keeps the content that the parent has, which is what was there when the file was written last; so the report comes again until the file is
    /// restored, or touched if its content is right
    #[arg(long, conflicts_with = "force")]
    detect_bitrot: bool,

    /// A file is unchanged even if its status change time differs
    #[arg(long)]
    ignore_ctime: bool,

    /// A file is unchanged even if its inode number differs
    #[arg(long)]
    ignore_inode: bool,

    // Last, because the heading of a group of options holds for what follows it.
    #[command(flatten)]
    pub sources: backup_source::SourceArgs,
    #[command(flatten)]
    excludes: ExcludeArgs,
    #[command(flatten)]
    more_excludes: BackupExcludeArgs,

    /// Do not go into other file systems
    #[arg(short = 'x', long)]
    one_file_system: bool,

    /// Store block devices, pipes and character devices that are named as files with what comes out of them. `caddis restore --to-device` writes
    /// one back to a device
    #[arg(long)]
    read_special: bool,

    /// Keep the times at which files and directories were read last
    #[arg(long)]
    with_atime: bool,

    #[command(flatten)]
    note: NoteArgs,
}

/// What is noted in the snapshot.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "What is noted in the snapshot")]
pub struct NoteArgs {
    /// Tags of the snapshot (can be repeated)
    #[arg(long, value_name = "TAG[,TAG…]")]
    pub tag: Vec<String>,

    /// Label of the series to which the snapshot belongs
    #[arg(long, value_name = "LABEL")]
    pub label: Option<String>,

    /// Host name of the snapshot [default: that of this machine]
    #[arg(short = 'H', long, value_name = "HOST")]
    pub host: Option<String>,

    /// Time of the snapshot: "2026-01-31 23:59:59", 2026-01-31, "2 hours ago", yesterday or now
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = parse_time)]
    pub time: SnapshotTime,

    /// A text that goes with the snapshot
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
}

/// The present, or another time.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotTime(pub Option<Time>);

fn parse_time(text: &str) -> Result<SnapshotTime, String> {
    // The present is asked for when the snapshot is made.
    if text.trim() == "now" { Ok(SnapshotTime(None)) } else { when::past(text).map(|time| SnapshotTime(Some(time))) }
}

/// Makes the snapshot, and none if anything but single files fails.
pub fn run(args: &BackupArgs, context: &Context) -> anyhow::Result<Exit> {
    // Everything that can be wrong with the arguments is told before a password is asked for.
    let mut options = options(args, context)?;
    let plan = backup_source::plan(&args.sources, &args.paths)?;
    if context.globals.repo.len() > 1 {
        return into_several(args, context, options, plan);
    }
    let repo =
        if args.init && !args.dry_run { context.open_or_init(&init::defaults(context)?)? } else { context.open()? };
    if let Some(selector) = &args.parent {
        let progress = context.progress(Task::Read);
        let (found, _) = snapshots::select(&repo, selector, &FilterArgs::default().filter(), &progress)?;
        options.parent = Parent::Snapshot(found.id);
    }
    OwnFolders::find(&context.globals, &[&repo]).leave_out(Arc::make_mut(&mut options.rules));
    signals::install()?;
    // Dropped at the end: a command that still runs is ended.
    let (source, _running) = plan.start()?;
    let progress = context.progress(Task::Backup);
    options.scan = !args.no_scan && progress.is_shown();
    let report = backup::backup(&repo, source, &options, &progress).map_err(without_snapshot)?;
    progress.finish();
    backup_report::show(&report, None, args.dry_run, progress.elapsed(), &context.out);
    let exit = context.settle(&repo, exit_of(&report, &progress));
    Ok(if args.dry_run || report.stopped { exit } else { context.extend_locks_if_due(&repo, exit) })
}

/// A stream that is cut off is no file; what was stored of it is not lost.
fn without_snapshot(error: Error) -> anyhow::Error {
    let is_stopped = matches!(error, Error::Stopped { .. });
    let error = anyhow::Error::from(error);
    match is_stopped {
        true => error.context("No snapshot was made; run again, the same backup takes over what was stored"),
        false => error,
    }
}

pub fn exit_of(report: &BackupReport, progress: &Progress<'_>) -> Exit {
    if report.stopped {
        signals::exit().unwrap_or(Exit::Failed)
    } else if report.statistics.problems > 0 || progress.problems() > 0 {
        Exit::Warnings
    } else {
        Exit::Success
    }
}

/// One reading of the sources, a snapshot in each repository. What fails in one of them is told, and the others go on.
fn into_several(
    args: &BackupArgs,
    context: &Context,
    mut options: BackupOptions,
    plan: backup_source::Plan,
) -> anyhow::Result<Exit> {
    if args.parent.is_some() {
        return Err(usage("--parent names a snapshot of one repository; several are given"));
    }
    let init = if args.init && !args.dry_run { Some(init::defaults(context)?) } else { None };
    let places = &context.globals.repo;
    let opened: Vec<anyhow::Result<Repository>> =
        places.iter().map(|place| context.open_one_of(place, init.as_ref())).collect();
    let ids: Vec<_> = opened.iter().flatten().map(Repository::id).collect();
    if ids.iter().enumerate().any(|(at, id)| ids[..at].contains(id)) {
        return Err(usage("Two of the --repo options name the same repository"));
    }
    signals::install()?;
    let progress = context.progress(Task::Backup);
    options.scan = !args.no_scan && progress.is_shown();
    let repos: Vec<&Repository> = opened.iter().flatten().collect();
    context.refuse_useless_options(&repos)?;
    OwnFolders::find(&context.globals, &repos).leave_out(Arc::make_mut(&mut options.rules));
    let mut reports = Vec::new().into_iter();
    if !repos.is_empty() {
        // Dropped at the end: a command that still runs is ended.
        let (source, _running) = plan.start()?;
        reports = backup::backup_into(&repos, source, &options, &progress)?.into_iter();
    }
    progress.finish();
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (place, opened) in places.iter().zip(opened) {
        match opened
            .and_then(|repo| Ok((repo, reports.next().transpose().map_err(without_snapshot)?.unwrap_or_default())))
        {
            Ok((repo, report)) => {
                backup_report::show(&report, Some(place), args.dry_run, progress.elapsed(), &context.out);
                let exit = context.settle(&repo, exit_of(&report, &progress));
                done.push(if args.dry_run || report.stopped { exit } else { context.extend_locks_if_due(&repo, exit) });
            }
            Err(error) => {
                let message = exit::message(&error);
                context.out.problem(Task::Backup.during(), place, &format!("{place}: {message}"));
                failed.push(exit::code(&error));
            }
        }
    }
    let finished = done.iter().find(|exit| **exit != Exit::Success).or(done.first());
    Ok(match (finished, failed.first()) {
        (None, Some(exit)) => *exit,
        (Some(Exit::Success), Some(_)) => Exit::Warnings,
        (Some(exit), _) => *exit,
        (None, None) => Exit::Success,
    })
}

fn options(args: &BackupArgs, context: &Context) -> anyhow::Result<BackupOptions> {
    let (mut rules, excludes) = args.excludes.rules()?;
    args.more_excludes.add_to(&mut rules)?;
    let note = &args.note;
    Ok(BackupOptions {
        rules: Arc::new(rules),
        excludes,
        one_file_system: args.one_file_system,
        read_special: args.read_special,
        with_atime: args.with_atime,
        detect_rot: args.detect_bitrot,
        ignore_ctime: args.ignore_ctime,
        ignore_inode: args.ignore_inode,
        host: context.host(note.host.as_ref()),
        user: identity::user(),
        uid: identity::uid(),
        gid: identity::gid(),
        label: note.label.clone(),
        tags: note.tag.iter().flat_map(|list| split_tags(list)).collect(),
        description: note.description.clone(),
        time: note.time.0,
        parent: match args.group_by {
            _ if args.force => Parent::None,
            Some(by) => Parent::NewestOf(by),
            None => Parent::Newest,
        },
        skip_if_unchanged: args.skip_if_unchanged,
        dry_run: args.dry_run,
        compression: args.compression,
        delta: args.delta,
        read_concurrency: args.read_concurrency.into(),
        threads: 0,
        extra_verify: !args.no_extra_verify,
        scan: false,
        checkpoint_interval: CHECKPOINT_INTERVAL,
        checkpoint_bytes: CHECKPOINT_BYTES,
    })
}
