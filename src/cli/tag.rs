//! `caddis tag`.
use caddis::ops::tag::{self, TagChange};
use clap::Args;

use super::changed::ChangeRun;
use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::{FilterArgs, split_tags};

/// Change tags of snapshots
///
/// A snapshot with other tags is a changed copy with a new id. It takes the place of the old one, and notes the first id as its original.
/// Without ids all snapshots are changed that the filters let through.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis tag --add keep,audit 4bba301e
  caddis tag --tag nightly --host web1 --remove nightly
  caddis tag --set '' latest")]
pub struct TagArgs {
    /// Only these: beginnings of ids, latest, latest~N, @label [default: all]
    #[arg(value_name = "SNAPSHOT")]
    ids: Vec<String>,

    /// Add these tags (can be repeated)
    #[arg(long, value_name = "TAG[,TAG…]", conflicts_with = "set")]
    add: Vec<String>,

    /// Take these tags away (can be repeated)
    #[arg(long, value_name = "TAG[,TAG…]", conflicts_with = "set")]
    remove: Vec<String>,

    /// Replace all tags by these; '' is none (can be repeated)
    #[arg(long, value_name = "TAG[,TAG…]")]
    set: Vec<String>,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Changes one snapshot after the other.
pub fn run(args: &TagArgs, context: &Context) -> anyhow::Result<Exit> {
    let change = change(args)?;
    let run = ChangeRun::begin(context)?;
    let found = run.select_or_all(&args.ids, &args.filter)?;
    run.each(&found, "with its tags changed", "has these tags already", |info, owner, progress| {
        tag::tag(&run.repo, owner, info, &change, progress)
    })
}

fn change(args: &TagArgs) -> anyhow::Result<TagChange> {
    let all = |lists: &[String]| lists.iter().flat_map(|list| split_tags(list)).collect::<Vec<_>>();
    let (add, remove) = (all(&args.add), all(&args.remove));
    match (args.set.is_empty(), add.is_empty() && remove.is_empty()) {
        (false, _) => Ok(TagChange::Set(all(&args.set))),
        (true, false) => Ok(TagChange::Modify { add, remove }),
        (true, true) => Err(usage("Nothing to do: give --add, --remove or --set")),
    }
}
