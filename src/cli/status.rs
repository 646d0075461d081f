//! `caddis status`.
use std::time::Duration;

use caddis::format::LocationConfig;
use caddis::ops::status::{self, Limits, Overview, Place};
use caddis::repo::{Coverage, Repository};
use clap::Args;

use super::context::Context;
use super::exit::{self, Exit, usage};
use super::filter::FilterArgs;
use super::location::Location;
use super::progress::Task;
use super::status_report;
use super::storage::Storage;
use super::units::parse_duration;

/// Show when everything was last backed up, where to, and whether that is enough
///
/// A series is what `caddis forget` takes for one: the snapshots of a label, or else those of a host and its paths. Only complete snapshots
/// whose date is to be believed count: one that is dated later than now, or contradicts others of its host, hides nothing.
///
/// With --max-age this is an alarm for cron. It ends with exit code 4, and tells why, if a series has no newer snapshot in one of the places
/// where it is, if a place has no snapshots, or if something that --host, --label or --tag names has none. A series that was given up on
/// purpose raises the alarm until its snapshots are forgotten: look at one machine with --host "$(hostname)", or say with --ended-after how
/// old is old enough. A place that cannot be looked at is exit code 3.
///
/// The rule of three copies counts the originals as one, on the disk of this machine; a folder as a disk, wherever it is mounted from, and folders on one
/// disk once; and as elsewhere what is reached by another address than one of this machine. When packs were last verified is what checks on this machine remember.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis status
  caddis status /mnt/usb/backup s3://bucket/backup
  caddis -q status --max-age 26h --host \"$(hostname)\"
  caddis status --max-age 2d --ended-after 90d --json")]
pub struct StatusArgs {
    /// Further repositories with the same password, e.g. copies
    #[arg(value_name = "PLACE")]
    places: Vec<String>,

    /// Exit with 4 if a series has no newer complete snapshot: 26h, 2d, 1w
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    max_age: Option<Duration>,

    /// A series without a snapshot for so long was given up on purpose: show it, and raise no alarm
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    ended_after: Option<Duration>,

    #[command(flatten)]
    filter: FilterArgs,
}

/// What was found out about a place besides its series.
pub struct Looked {
    pub id: String,
    pub coverage: Coverage,
    /// Whether checks on this machine remember anything.
    pub is_remembered: bool,
}

/// Looks at all places. Alarms come before problems.
pub fn run(args: &StatusArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.ended_after.zip(args.max_age).is_some_and(|(ended, max)| ended <= max) {
        return Err(usage("--ended-after must be longer than --max-age, or there is never an alarm"));
    }
    let storages = storages(args, context)?;
    let mut places: Vec<Place> = storages.iter().map(Storage::describe).collect();
    let limits = Limits { max_age: args.max_age, ended_after: args.ended_after };
    let filter = args.filter.filter();
    let now = context.world.now();
    let (mut found, mut looked, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    let mut problems = 0;
    for (number, storage) in storages.iter().enumerate() {
        let progress = context.progress(Task::Read);
        let look = || -> anyhow::Result<_> {
            let repo = context.open_at(storage, storages.len() == 1)?;
            let states = status::series(&repo, &filter, now, &progress)?;
            Ok((states, look_at(&repo, &progress)?, spread(&repo, storage.place(), context)?))
        };
        match look() {
            Ok((states, about, spread)) => {
                places[number] = spread.unwrap_or_else(|| storage.describe());
                found.push((number, states));
                looked.push(Some(about));
            }
            // Of the only place there is nothing to be told but this.
            Err(error) if storages.len() == 1 => return Err(error),
            Err(error) => {
                progress.finish();
                let place = places.get(number).map_or("", |place| &place.name);
                context.out.problem("status", place, &format!("{place}: {}", exit::message(&error)));
                failed.push(error);
                looked.push(None);
            }
        }
        progress.finish();
        problems += progress.problems();
    }
    if found.is_empty() && !failed.is_empty() {
        return Err(failed.swap_remove(0));
    }
    let overview = Overview::new(&places, found, &limits, now);
    args.filter.tell_if_none(overview.series.len(), &context.out);
    status_report::show(&overview, &places, &looked, &limits, &context.out);
    for alarm in &overview.alarms {
        let (item, message) = status_report::alarm(alarm, &places, args.max_age);
        context.out.problem("status", &item, &message);
    }
    let is_alarm = |error: &anyhow::Error| exit::code(error) == Exit::Alarm;
    Ok(if !overview.alarms.is_empty() || failed.iter().any(is_alarm) {
        Exit::Alarm
    } else if problems > 0 || !failed.is_empty() {
        Exit::Warnings
    } else {
        Exit::Success
    })
}

fn look_at(repo: &Repository, progress: &dyn caddis::monitor::Monitor) -> caddis::error::Result<Looked> {
    repo.load_index(progress)?;
    let (coverage, is_remembered) = (repo.verification()?, repo.verified().is_kept());
    Ok(Looked { id: repo.id().to_string(), coverage, is_remembered })
}

/// What a repository in several locations is for the rule of three copies.
fn spread(repo: &Repository, name: String, context: &Context) -> anyhow::Result<Option<Place>> {
    let config = repo.config();
    if config.locations.is_empty() {
        return Ok(None);
    }
    let describe = |location: &LocationConfig| -> anyhow::Result<Place> {
        let place = location.place.parse().map_err(usage)?;
        Ok(Storage::at(place, &location.settings, Some(location.number), &context.globals)?.describe())
    };
    let over = config.locations.iter().map(describe).collect::<anyhow::Result<Vec<Place>>>()?;
    let share = usize::from(config.k + config.m).div_ceil(over.len());
    Ok(Some(Place::spread(name, &over, usize::from(config.m) / share)))
}

/// That of the options or the environment first, unless only further ones are named; each place once.
fn storages(args: &StatusArgs, context: &Context) -> anyhow::Result<Vec<Storage>> {
    let globals = &context.globals;
    let mut locations: Vec<Location> = Vec::new();
    if args.places.is_empty() || globals.has_location() {
        locations.push(globals.location()?);
    }
    for place in &args.places {
        locations.push(place.parse().map_err(usage)?);
    }
    let mut storages: Vec<Storage> = Vec::new();
    for location in locations {
        let storage = Storage::alone(location, globals)?;
        if storages.iter().all(|other| other.place() != storage.place()) {
            storages.push(storage);
        }
    }
    Ok(storages)
}
