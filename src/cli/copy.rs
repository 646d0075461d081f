//! `caddis copy`.
use std::path::PathBuf;

use caddis::compress::Compression;
use caddis::ops::copy::{CopyOptions, CopyReport, Outcome, copy};
use caddis::ops::snapshots::{self, SnapshotInfo};
use caddis::repo::Repository;
use clap::Args;
use serde_json::{Value, json};

use super::context::Context;
use super::exit::{self, Exit, usage};
use super::filter::FilterArgs;
use super::from_repo::FromArgs;
use super::init;
use super::output::Output;
use super::password;
use super::progress::Task;
use super::signals;
use super::units::{count, size};

/// Copy snapshots into other repositories
///
/// As in restic, --from-repo names the repository to copy from, and --repo the one to copy to. The other way round, --to names one or more
/// repositories to copy to, one after another, and --repo the one to copy from.
///
/// Everything is encrypted anew with the keys of the target. Snapshots that are there are not copied again, and what is left of an interrupted
/// copy is taken up. A copy keeps time, host, tags, label and protection of its snapshot; changing these later in one of the repositories changes
/// nothing in the other. Chunks stay as they were cut: for copies to deduplicate with backups made into the target, make it with `caddis init
/// --from-repo`.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis --repo /mnt/second copy --from-repo /srv/backup
  caddis --repo /srv/backup copy --to /mnt/second --to s3://bucket/third latest
  caddis --repo /srv/backup copy --to /mnt/second --tag keep --host web1 --dry-run")]
pub struct CopyArgs {
    /// Only these: beginnings of ids, latest, latest~N, @label, latest@{TIME} [default: all]
    #[arg(value_name = "SNAPSHOT")]
    ids: Vec<String>,

    /// Write nothing, tell what would be copied
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// How hard data is compressed: auto, off, fastest, better, max or a level of zstd [default: that of the target]
    #[arg(long, value_name = "MODE", value_parser = init::parse_compression)]
    compression: Option<Compression>,

    /// Do not open and compare what was just encrypted before it is stored
    #[arg(long)]
    no_extra_verify: bool,

    #[command(flatten, next_help_heading = "From where")]
    from: FromArgs,

    #[command(flatten, next_help_heading = "Or to where")]
    to: ToArgs,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Repositories to copy to.
#[derive(Args, Debug, Clone)]
pub struct ToArgs {
    /// Copy into this repository (can be repeated); --repo is then the one to copy from
    #[arg(long, value_name = "PLACE", conflicts_with_all = ["from_repo", "from_repository_file"])]
    to: Vec<String>,

    /// File that holds the password of all of them [env: CADDIS_TO_PASSWORD_FILE; the password itself may be in CADDIS_TO_PASSWORD]
    /// [default: the same password]
    #[arg(long, value_name = "FILE")]
    to_password_file: Option<PathBuf>,

    /// Shell command that prints it [env: CADDIS_TO_PASSWORD_COMMAND]
    #[arg(long, value_name = "COMMAND")]
    to_password_command: Option<String>,
}

/// What came of one target.
struct Target {
    place: String,
    report: CopyReport,
    failure: Option<anyhow::Error>,
    problems: u64,
}

/// Exit code 3 if one target failed and another did not, or if a filter finds nothing, 6 if something cannot be read in the source.
pub fn run(args: &CopyArgs, context: &Context) -> anyhow::Result<Exit> {
    match (args.from.is_given(), args.to.to.is_empty()) {
        (false, true) => {
            return Err(usage("Name the other repository: --from-repo PLACE to copy from, or --to PLACE to copy to"));
        }
        // One of them by a variable.
        (true, false) => return Err(usage("Give --from-repo or --to, not both")),
        _ => {}
    }
    let own = context.open_among_others()?;
    signals::install()?;
    let mut targets = Vec::new();
    let nothing_found;
    if let Some(source) = args.from.open(context)? {
        context.refuse_useless_options(&[&own, &source])?;
        let wanted = wanted(args, context, &source)?;
        nothing_found = wanted.is_empty();
        let place = own.backend().describe();
        targets.push(one(args, context, &source, place, Ok(own), &wanted));
    } else {
        let (file, command) = (args.to.to_password_file.as_deref(), args.to.to_password_command.as_deref());
        let password = password::of_other("TO", file, command)?;
        let wanted = wanted(args, context, &own)?;
        nothing_found = wanted.is_empty();
        let open = |place: &String| context.open_other(place, password.as_ref(), None);
        let opened: Vec<_> = args.to.to.iter().map(open).collect();
        context.refuse_useless_options(&opened.iter().flatten().chain([&own]).collect::<Vec<_>>())?;
        let opened = args.to.to.iter().zip(opened);
        for (place, target) in opened.take_while(|_| !signals::stop_requested()) {
            targets.push(one(args, context, &own, place.clone(), target, &wanted));
        }
    }
    targets.iter().for_each(|target| show(target, args.dry_run, &context.out));
    let exit = finish(targets, context)?;
    // A name that is misspelt must not look like a copy that is complete.
    let filter = args.filter.filter();
    if nothing_found && !filter.is_empty() {
        let message = format!("There is no snapshot with {filter}; nothing was copied");
        context.out.problem(Task::Copy.during(), "", &message);
        return Ok(if exit == Exit::Success { Exit::Warnings } else { exit });
    }
    Ok(exit)
}

/// Snapshots of the source.
fn wanted(args: &CopyArgs, context: &Context, source: &Repository) -> anyhow::Result<Vec<SnapshotInfo>> {
    let progress = context.progress(Task::Read);
    let filter = args.filter.filter();
    if args.ids.is_empty() {
        return Ok(snapshots::list(source, &filter, &progress)?);
    }
    let one = |id: &String| snapshots::select_whole(source, id, &filter, &progress);
    Ok(args.ids.iter().map(one).collect::<Result<_, _>>()?)
}

fn one(
    args: &CopyArgs,
    context: &Context,
    source: &Repository,
    place: String,
    target: anyhow::Result<Repository>,
    wanted: &[SnapshotInfo],
) -> Target {
    let options = CopyOptions {
        owner: context.owner(),
        dry_run: args.dry_run,
        compression: args.compression,
        extra_verify: !args.no_extra_verify,
    };
    let progress = context.progress(Task::Copy);
    let mut report = CopyReport::default();
    let copied = target.and_then(|target| {
        copy(source, &target, wanted, &options, &mut report, &progress)?;
        progress.finish();
        Ok(context.settle(&target, Exit::Success) != Exit::Success)
    });
    progress.finish();
    let problems = progress.problems() + u64::from(matches!(copied, Ok(true)));
    Target { place, report, failure: copied.err(), problems }
}

/// The code of the whole run. What failed is told here, unless it is told at the end of the program.
fn finish(mut targets: Vec<Target>, context: &Context) -> anyhow::Result<Exit> {
    if let Some(exit) = signals::exit() {
        return Ok(exit);
    }
    if let [Target { failure, .. }] = &mut targets[..]
        && let Some(error) = failure.take()
    {
        return Err(error);
    }
    let failures: Vec<_> =
        targets.iter().filter_map(|target| Some((&target.place, target.failure.as_ref()?))).collect();
    for (place, error) in &failures {
        context.out.problem(Task::Copy.during(), place, &format!("{place}: {}", exit::message(error)));
    }
    let unreadable = targets.iter().any(|target| target.report.count(|one| matches!(one, Outcome::Unreadable(_))) > 0);
    Ok(match (failures.first(), unreadable) {
        (Some((_, error)), _) if failures.len() == targets.len() => exit::code(error),
        (Some(_), _) => Exit::Warnings,
        (None, true) => Exit::Damaged,
        (None, false) if targets.iter().any(|target| target.problems > 0) => Exit::Warnings,
        (None, false) => Exit::Success,
    })
}

fn show(target: &Target, dry_run: bool, out: &Output) {
    if out.style.json {
        out.status(&summary(target, dry_run));
    } else {
        text(target, dry_run).iter().for_each(|line| out.say(line));
    }
}

fn summary(Target { place, report, failure, .. }: &Target, dry_run: bool) -> Value {
    let one = |(id, outcome): &(caddis::id::SessionId, Outcome)| {
        let (word, new, cause) = match outcome {
            Outcome::Copied(new) => ("copied", Some(new), None),
            Outcome::AlreadyThere(new) => ("already_there", Some(new), None),
            Outcome::WouldCopy => ("would_copy", None, None),
            Outcome::Unreadable(cause) => ("unreadable", None, Some(cause)),
        };
        json!({
            "source_snapshot_id": id.to_string(), "outcome": word,
            "snapshot_id": new.map(ToString::to_string), "message": cause,
        })
    };
    json!({
        "message_type": "summary",
        "repository": place,
        "dry_run": dry_run,
        "snapshots": report.snapshots.iter().map(one).collect::<Value>(),
        "data_blobs_read": report.blobs_read,
        "bytes_read": report.bytes_read,
        "data_blobs": report.written.blobs[0],
        "tree_blobs": report.written.blobs[1],
        "data_added": report.written.raw_bytes.iter().sum::<u64>(),
        "data_added_packed": report.written.stored_bytes,
        "resumed": report.resumed,
        "error": failure.as_ref().map(exit::message),
    })
}

fn text(Target { place, report, failure, .. }: &Target, dry_run: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if report.resumed {
        lines.push("took up a run that was interrupted before".to_owned());
    }
    for (id, outcome) in &report.snapshots {
        let id = id.short();
        match outcome {
            Outcome::Copied(new) => lines.push(format!("snapshot {id} copied as {}", new.short())),
            Outcome::WouldCopy => lines.push(format!("snapshot {id} would be copied")),
            Outcome::Unreadable(_) => lines.push(format!("snapshot {id} not copied: it cannot be read in full")),
            Outcome::AlreadyThere(_) => {}
        }
    }
    let copied = report.count(|outcome| matches!(outcome, Outcome::Copied(_) | Outcome::WouldCopy));
    let there = report.count(|outcome| matches!(outcome, Outcome::AlreadyThere(_)));
    let (snapshots, would) = (count(copied as u64, "snapshot"), if dry_run { "would be copied" } else { "copied" });
    lines.push(format!("{place}: {snapshots} {would}, {there} there already"));
    if report.written.stored_bytes > 0 {
        lines.push(format!(
            "read {}, added {} ({} stored, with parity and padding)",
            size(report.bytes_read),
            size(report.written.raw_bytes.iter().sum()),
            size(report.written.stored_bytes)
        ));
    }
    if failure.is_some() {
        lines.push(format!("{place}: not finished; what was stored is taken up by the next copy"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::error::Error;
    use caddis::id::SessionId;

    fn target(outcome: Outcome, failure: Option<Error>) -> Target {
        let report = CopyReport { snapshots: vec![(SessionId([0xab; 16]), outcome)], ..CopyReport::default() };
        Target { place: "/x".to_owned(), report, failure: failure.map(Into::into), problems: 0 }
    }

    #[test]
    fn text_and_summary_name_both_ids() {
        let copied = target(Outcome::Copied(SessionId([1; 16])), None);
        assert_eq!(text(&copied, false)[0], "snapshot abababab copied as 01010101");
        assert_eq!(text(&copied, false)[1], "/x: 1 snapshot copied, 0 there already");
        assert_eq!(summary(&copied, false)["snapshots"][0]["snapshot_id"], "01".repeat(16));
        let lost = target(Outcome::Unreadable("why".to_owned()), Some(Error::Invalid("bad".to_owned())));
        assert_eq!(
            (&summary(&lost, false)["error"], &summary(&lost, false)["snapshots"][0]["message"]),
            (&json!("bad"), &json!("why"))
        );
        assert!(text(&lost, false).join(" ").contains("taken up by the next copy"));
    }
}
