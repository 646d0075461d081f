//! `caddis location`.
use std::sync::Arc;

use caddis::ops::locations;
use caddis::repo::{OpenOptions, Synced};
use clap::{Args, Subcommand};
use serde_json::json;

use super::connect::{LocationArg, parse_location};
use super::context::Context;
use super::definition::NoArgs;
use super::exit::{Exit, usage};
use super::progress::Task;
use super::signals;
use super::units::{count, size};
use super::{location_list, repo_info};

/// Manage the locations of a repository that is in several
///
/// The stripes of such a repository are dealt out, so that each location can be lost without loss of data; everything else is in all of them. The
/// first location is the primary: without it nothing can be written.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis location list
  caddis location replace 3 s3://new-bucket/backup
  caddis location replace 2                         (its disk was exchanged)
  caddis location promote 2 --primary-is-gone")]
pub struct LocationArgs {
    #[command(subcommand)]
    command: LocationCommand,
}

#[derive(Subcommand, Debug, Clone)]
enum LocationCommand {
    /// List locations, what they hold, and whether they can be reached
    List(NoArgs),
    /// Add a location; it must be empty
    Add(AddArgs),
    /// Move everything from a location to the others and take it out
    Remove(RemoveArgs),
    /// Put a location elsewhere, or fill the same place again after it lost everything
    Replace(ReplaceArgs),
    /// Make a location the primary one
    Promote(PromoteArgs),
}

#[derive(Args, Debug, Clone)]
struct AddArgs {
    /// PLACE[,capacity=SIZE][,priority=N]
    #[arg(value_name = "PLACE", value_parser = parse_location)]
    place: LocationArg,

    /// Move packs there until all locations have the same share; else only new ones go there
    #[arg(long)]
    rebalance: bool,
}

#[derive(Args, Debug, Clone)]
struct RemoveArgs {
    /// Number of the location
    #[arg(value_name = "NUMBER")]
    number: u8,

    /// It cannot be reached and will not be back: rebuild what it had in the others
    #[arg(long)]
    is_gone: bool,
}

#[derive(Args, Debug, Clone)]
struct ReplaceArgs {
    /// Number of the location
    #[arg(value_name = "NUMBER")]
    number: u8,

    /// PLACE[,capacity=SIZE][,priority=N], which must be empty [default: where it was]
    #[arg(value_name = "PLACE", value_parser = parse_location)]
    place: Option<LocationArg>,
}

#[derive(Args, Debug, Clone)]
struct PromoteArgs {
    /// Number of the location
    #[arg(value_name = "NUMBER")]
    number: u8,

    /// Of two locations, the primary is gone for good and must not be used by itself should it come back
    #[arg(long)]
    primary_is_gone: bool,
}

/// See there. Exit code 3 if a location could not be reached and is behind afterwards.
pub fn run(args: &LocationArgs, context: &Context) -> anyhow::Result<Exit> {
    let given_up = match &args.command {
        LocationCommand::Replace(replace) => Some(replace.number),
        LocationCommand::Remove(remove) if remove.is_gone => Some(remove.number),
        _ => None,
    };
    let repo = context.open_giving_up(given_up)?;
    if repo.config().locations.is_empty() {
        return Err(usage(
            "This repository is in one place. `caddis init --location` makes one that is in several, `caddis copy` fills it",
        ));
    }
    let options = context.location_options();
    let progress = context.progress(Task::Repair);
    signals::install()?;
    let host = context.host(None);
    let (repo, synced, mended) = match &args.command {
        LocationCommand::List(NoArgs {}) => {
            let found = locations::list(&repo, &progress)?;
            progress.finish();
            let _ = match context.out.style.json {
                true => context.out.object(&location_list::value(&found)),
                false => context.out.line(location_list::table(&found).trim_end()),
            };
            return Ok(Exit::Success);
        }
        LocationCommand::Add(add) => {
            let highest = repo.config().locations.iter().map(|location| location.number).max();
            let number = highest
                .and_then(|number| number.checked_add(1))
                .ok_or_else(|| usage("There are too many locations"))?;
            let location = add.place.config(number, &context.globals)?;
            let (repo, synced) = locations::add(repo, location, add.rebalance, &options, &progress)?;
            (repo, synced, None)
        }
        LocationCommand::Remove(remove) => {
            let (repo, synced) = locations::remove(repo, remove.number, remove.is_gone, &options, &progress)?;
            let mended = remove.is_gone.then(|| locations::bring_back(&repo, &host, &progress)).transpose()?;
            (repo, synced, mended)
        }
        LocationCommand::Replace(replace) => {
            let old = repo.config().locations.iter().find(|location| location.number == replace.number).cloned();
            let location = match (&replace.place, old) {
                (Some(place), Some(old)) => place.instead_of(&old, &context.globals)?,
                (None, Some(old)) => old,
                (_, None) => return Err(usage(format!("There is no location {}", replace.number))),
            };
            let (repo, synced) = locations::replace(repo, location, &options, &progress)?;
            let mended = locations::bring_back(&repo, &host, &progress)?;
            (repo, synced, Some(mended))
        }
        LocationCommand::Promote(promote) => {
            let repo = locations::promote(repo, promote.number, promote.primary_is_gone, &options, &progress)?;
            (repo, Synced::default(), None)
        }
    };
    let found = locations::list(&repo, &progress)?;
    progress.finish();
    let rebuilt = mended.as_ref().map_or(0, |report| report.packs_rebuilt.len() as u64);
    let moved = synced.packs_moved + mended.as_ref().map_or(0, |report| report.packs_moved);
    let bytes = synced.bytes_moved + mended.as_ref().map_or(0, |report| report.bytes_moved);
    let lost = mended.as_ref().map_or(0, |report| report.packs_lost.len());
    let out = &context.out;
    if out.style.json {
        out.status(&json!({
            "message_type": "summary",
            "packs_moved": moved,
            "bytes_moved": bytes,
            "packs_rebuilt": rebuilt,
            "packs_lost": lost,
            "locations": location_list::value(&found),
            "survives": repo_info::survives(repo.config(), &found),
        }));
    } else {
        if moved > 0 {
            out.say(format_args!("copied to other locations: {}, {}", count(moved, "pack"), size(bytes)));
        }
        if rebuilt > 0 {
            out.say(format_args!("rebuilt from parity: {}", count(rebuilt, "pack")));
        }
        if lost > 0 {
            out.say(format_args!("lost, because their stripes have not enough left: {}", count(lost as u64, "pack")));
        }
        out.lines(&location_list::table(&found));
        repo_info::survives(repo.config(), &found).iter().for_each(|line| out.say(line));
    }
    let exit = match (lost, progress.problems()) {
        (0, 0) => Exit::Success,
        (0, _) => Exit::Warnings,
        _ => Exit::Damaged,
    };
    Ok(context.settle(&repo, exit))
}

impl Context {
    fn location_options(&self) -> OpenOptions {
        OpenOptions { connect: Some(Arc::new(self.locations(None))), ..self.open_options() }
    }
}
