//! `caddis repo lock`.
use caddis::backend::ObjectLock;
use caddis::format::LocationConfig;
use caddis::monitor::Monitor;
use caddis::repo::{ExtendOptions, OpenOptions, Repository};
use caddis::world::random;
use clap::Args;
use serde_json::json;

use super::context::Context;
use super::exit::{Exit, usage};
use super::location::Location;
use super::progress::Task;
use super::signals;
use super::units::count;
use super::when;

/// Lock objects in a bucket of S3 against removal, and extend the locks of what is still needed
///
/// A lock is put on each object by the service, and nobody can remove the object before its end: with `governance` nobody but those with the right
/// s3:BypassGovernanceRetention, with `compliance` nobody at all, the owner of the account included. The bucket must have been made with object lock. New objects
/// get it when they are written, whoever writes them, since the repository has recorded it: by `init -o object_lock=governance:30d`, or by this command. A run
/// need not repeat it, and one that says otherwise is refused. Objects of runs under way (sessions/, gc/) get none.
///
/// Locks are extended to the full time again where less than half of it is left, of everything that is not yet to be removed: config, keys, snapshots and what
/// belongs to them, the index and all packs that it names. This command does it at once. A backup and a prune do it at their end when it is due: before any lock
/// has less than a third of its time left, by what this machine remembers in its cache folder; so one of them must run more often than that, or this command.
/// A look costs one request for each object that was written more than half of the time ago, and one more for each that is extended. In the time of one
/// lock that is at most six looks and two extensions: with 1 TiB in packs of 1 MiB and governance:30d up to six million cheap requests and two million that
/// cost as much as writing each month; with packs of 16 MiB (`init --pack-size`) a sixteenth, with governance:90d a third of that.
///
/// Prune leaves what is locked, tells until when, and removes it later. Removal is by version, so that it frees the space; what was replaced or hidden
/// besides (session objects) needs a lifecycle rule of the bucket for noncurrent versions. The writer needs the rights s3:PutObjectRetention and
/// s3:GetObjectRetention, and prune s3:DeleteObjectVersion.
///
/// Other services have no such locks, or none that caddis sets: Azure, Google Cloud, SFTP, WebDAV and folders. Lock the whole bucket or container there.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis repo lock governance:30d             (from now on, and everything that is there already)
  caddis repo lock                            (extend what has less than half of its time left)
  caddis repo lock --location 2 compliance:90d
  caddis repo lock off                        (for new objects; the locks that there are end by themselves)")]
pub struct LockArgs {
    /// How new objects are locked from now on: governance:TIME or compliance:TIME with a time as 30d, 12h or 8w; off [default: as it is]
    #[arg(value_name = "MODE:TIME", value_parser = parse_setting)]
    setting: Option<Setting>,

    /// In this location of several (can be repeated) [default: all that are in buckets of S3]
    #[arg(long, value_name = "NUMBER", requires = "setting")]
    location: Vec<u8>,

    /// Change nothing, tell how many locks would be extended
    #[arg(short = 'n', long, conflicts_with = "setting")]
    dry_run: bool,
}

/// A lock, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Setting(Option<ObjectLock>);

fn parse_setting(text: &str) -> Result<Setting, String> {
    if text == "off" { Ok(Setting(None)) } else { text.parse().map(Some).map(Setting) }
}

/// Records the setting, if one is given, and extends locks. Exit code 3 if that failed somewhere.
pub fn run(args: &LockArgs, context: &Context) -> anyhow::Result<Exit> {
    let storage = context.storage()?;
    let mut repo = context.open_at(&storage, true)?;
    signals::install()?;
    let progress = context.progress(Task::Read);
    if let Some(Setting(lock)) = args.setting {
        let locations = targets(args, &repo)?;
        let token = || u64::from_le_bytes(random(&*context.world));
        if let Some(lock) = lock {
            let connect = context.locations(None);
            for location in repo.config().locations.iter().filter(|location| locations.contains(&location.number)) {
                connect.find(location)?.refuse_without_locks(lock, token())?;
            }
            if locations.is_empty() {
                storage.refuse_without_locks(lock, token())?;
            }
        }
        repo = set(repo, lock, &locations, context, &progress)?;
        let told = lock.map_or_else(|| "off".to_owned(), |lock| lock.to_string());
        context.out.say(format_args!("object lock of new objects: {told}"));
        if lock.is_none() {
            progress.finish();
            if context.out.style.json {
                context.out.status(&json!({"message_type": "summary", "object_lock": null}));
            }
            return Ok(context.settle(&repo, Exit::Success));
        }
    }
    let extended = repo.extend_locks(ExtendOptions { if_due: false, dry_run: args.dry_run }, &progress)?;
    progress.finish();
    if extended.places == 0 {
        return Err(usage(
            "No object lock is recorded, or its place cannot be reached: `caddis repo lock governance:30d` sets one",
        ));
    }
    if context.out.style.json {
        context.out.status(&json!({
            "message_type": "summary", "object_lock": args.setting.and_then(|setting| setting.0).map(|lock| lock.to_string()), "dry_run": args.dry_run, "objects": extended.objects, "requests_to_look": extended.asked,
            "locks_extended": extended.extended, "locked_until_at_least": extended.until.map(when::rfc3339),
        }));
    } else {
        let would = if args.dry_run { "would be extended" } else { "were extended" };
        let (all, some) = (count(extended.objects, "object"), count(extended.extended, "lock"));
        context.out.say(format_args!("{all} to keep: {some} {would}"));
        if let Some(until) = extended.until {
            context.out.say(format_args!("none of them can be removed before {}", when::human(until)));
        }
    }
    let exit = if extended.failed > 0 || progress.problems() > 0 { Exit::Warnings } else { Exit::Success };
    Ok(context.settle(&repo, exit))
}

/// Numbers of the locations that are meant; none for a repository in one place.
fn targets(args: &LockArgs, repo: &Repository) -> anyhow::Result<Vec<u8>> {
    let all = &repo.config().locations;
    let is_s3 = |location: &&LocationConfig| matches!(location.place.parse(), Ok(Location::Remote(place)) if place.service == "s3");
    if let Some(number) = args.location.iter().find(|number| all.iter().all(|location| location.number != **number)) {
        return Err(usage(format!("There is no location {number} in this repository")));
    }
    if all.is_empty() || !args.location.is_empty() {
        return Ok(args.location.clone());
    }
    let found: Vec<u8> = all.iter().filter(is_s3).map(|location| location.number).collect();
    if found.is_empty() {
        Err(usage("None of the locations is in a bucket of S3, which alone has such locks"))
    } else {
        Ok(found)
    }
}

fn set(
    repo: Repository,
    lock: Option<ObjectLock>,
    locations: &[u8],
    context: &Context,
    monitor: &dyn Monitor,
) -> anyhow::Result<Repository> {
    let connect = std::sync::Arc::new(context.locations(None));
    let options = OpenOptions { connect: Some(connect), ..context.open_options() };
    Ok(repo.set_object_lock(lock, locations, &options, monitor)?)
}
