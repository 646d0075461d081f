//! `caddis cache`.
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use caddis::id::RepoId;
use caddis::repo::{Kept, Removal, Removed, kept, remove_kept};
use caddis::world::Time;
use clap::Args;
use serde_json::{Value, json};

use super::context::Context;
use super::exit::{Exit, usage};
use super::names;
use super::table::{Align, DAYS, Step, Table};
use super::units::{count, parse_duration, size};
use super::when;

/// As in restic.
const UNUSED_AFTER: Duration = Duration::from_secs(30 * 86_400);

/// Show what this machine keeps of repositories, and remove what is not used any more
///
/// For each repository: the index and, of object stores, what was read of directories and snapshots (as much as --cache-size allows), which
/// can be had from storage again; which packs checks have verified; and what was seen in its places, by which a rollback is noticed. The
/// latter two are kept unless --memory is given. Nothing is removed that a run has open. Works without a repository and without a password.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis cache
  caddis cache --cleanup --max-age 90d
  caddis cache --clear s3://bucket/backup
  caddis cache --clear 4bba301e --memory")]
pub struct CacheArgs {
    /// Remove the caches of repositories that were not used for --max-age
    #[arg(long)]
    cleanup: bool,

    /// What counts as unused: a number of days, or 12h, 30d, 8w [env: CADDIS_CACHE_MAX_AGE]
    #[arg(long, value_name = "DAYS", default_value = "30", env = "CADDIS_CACHE_MAX_AGE", hide_env = true, value_parser = parse_days)]
    max_age: Duration,

    /// Remove the cache of this repository: the beginning of its id, or a place where it was found (can be repeated)
    #[arg(long, value_name = "REPOSITORY", conflicts_with = "cleanup")]
    clear: Vec<String>,

    /// Remove what is remembered too: what checks have verified, and what protects against rollback
    #[arg(long)]
    memory: bool,

    /// Remove nothing, tell what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Do not list sizes
    #[arg(long)]
    no_size: bool,
}

/// A bare number is days, as in restic.
fn parse_days(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(days) => {
            days.checked_mul(86_400).map(Duration::from_secs).ok_or_else(|| format!("{text} days are too many"))
        }
        Err(_) => parse_duration(text),
    }
}

/// Lists, or removes.
pub fn run(args: &CacheArgs, context: &Context) -> anyhow::Result<Exit> {
    let removes = args.cleanup || !args.clear.is_empty();
    if !removes && (args.memory || args.dry_run) {
        return Err(usage("--memory and --dry-run belong to --cleanup or --clear"));
    }
    let Some(cache) = context.globals.cache() else {
        return Err(usage("There is no cache folder; give --cache-dir, and not --no-cache"));
    };
    let all = kept(&cache)?;
    if !removes {
        list(&all, &cache, args.no_size, context);
        return Ok(Exit::Success);
    }
    let chosen: Vec<RepoId> = match args.cleanup {
        true => unused(&all, args.max_age, args.memory, context),
        false => args.clear.iter().map(|name| find(&all, name)).collect::<anyhow::Result<_>>()?,
    };
    remove(args, &chosen, &all, &cache, context)
}

/// What `--cleanup-cache` asks for at the end of a command.
pub fn clean_up(context: &Context) -> anyhow::Result<()> {
    let Some(cache) = context.globals.cache() else { return Ok(()) };
    for repo in unused(&kept(&cache)?, UNUSED_AFTER, false, context) {
        if let Removed::Bytes(gone) = remove_kept(&cache, &repo, Removal::Caches)? {
            context.out.detail(format_args!(
                "removed the cache of {} ({}), not used for long",
                repo.short(),
                size(gone)
            ));
        }
    }
    Ok(())
}

fn unused(all: &BTreeMap<RepoId, Kept>, max_age: Duration, memory: bool, context: &Context) -> Vec<RepoId> {
    let now = context.world.now().secs;
    let limit = now.saturating_sub(i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX));
    let has_caches = |kept: &Kept| memory || kept.index_bytes + kept.near_bytes > 0;
    all.iter().filter(|(_, kept)| kept.last_used.secs < limit && has_caches(kept)).map(|(repo, _)| *repo).collect()
}

fn find(all: &BTreeMap<RepoId, Kept>, name: &str) -> anyhow::Result<RepoId> {
    // A folder has the name that it has where it is.
    let path = Path::new(name).canonicalize().ok().and_then(|path| Some(path.to_str()?.to_owned()));
    let is_place = |kept: &Kept| kept.places.iter().any(|place| *place == name || Some(place) == path.as_ref());
    let by_place: Vec<RepoId> = all.iter().filter(|(_, kept)| is_place(kept)).map(|(repo, _)| *repo).collect();
    let by_id = || all.keys().filter(|repo| !name.is_empty() && repo.to_string().starts_with(name)).copied().collect();
    let found: Vec<RepoId> = if by_place.is_empty() { by_id() } else { by_place };
    match found[..] {
        [repo] => Ok(repo),
        [] => Err(usage(format!("Nothing is kept of {name}; `caddis cache` lists what there is"))),
        _ => Err(usage(format!("{name} means {} repositories; give more of the id", found.len()))),
    }
}

fn remove(
    args: &CacheArgs,
    chosen: &[RepoId],
    all: &BTreeMap<RepoId, Kept>,
    cache: &Path,
    context: &Context,
) -> anyhow::Result<Exit> {
    let what = if args.memory { Removal::CachesAndMemory } else { Removal::Caches };
    let (mut removed, mut in_use, mut bytes) = (Vec::new(), Vec::new(), 0);
    for repo in chosen {
        let done = match (args.dry_run, all.get(repo)) {
            (true, Some(kept)) => {
                let memory = if args.memory { kept.verified_bytes } else { 0 };
                Removed::Bytes(kept.index_bytes + kept.near_bytes + memory)
            }
            _ => remove_kept(cache, repo, what)?,
        };
        match done {
            Removed::Bytes(gone) => {
                bytes += gone;
                removed.push(repo.to_string());
                let verb = if args.dry_run { "would remove" } else { "removed" };
                let places = all.get(repo).map(|kept| shown(&kept.places)).unwrap_or_default();
                context.out.say(format_args!("{verb} {} of {} {}", size(gone), repo.short(), places.join(", ")));
            }
            Removed::InUse => {
                in_use.push(repo.to_string());
                let message = format!("A run has the cache of {} open; it was left as it is", repo.short());
                context.out.problem("cache", &repo.short(), &message);
            }
        }
    }
    if context.out.style.json {
        context.out.status(&json!({
            "message_type": "summary", "dry_run": args.dry_run, "removed": removed, "in_use": in_use, "bytes_removed": bytes,
        }));
    } else if removed.is_empty() && in_use.is_empty() {
        context.out.say("nothing to remove");
    }
    Ok(if in_use.is_empty() { Exit::Success } else { Exit::Warnings })
}

fn shown(places: &[String]) -> Vec<String> {
    places.iter().map(|place| names::display(place.as_bytes())).collect()
}

fn list(all: &BTreeMap<RepoId, Kept>, cache: &Path, no_size: bool, context: &Context) {
    let total: u64 = all.values().map(|kept| kept.index_bytes + kept.near_bytes + kept.verified_bytes).sum();
    // A reader that went away has seen enough.
    if context.out.style.json {
        let repositories: Vec<Value> = all.iter().map(|(repo, kept)| as_json(repo, kept)).collect();
        let _ = context.out.object(&json!({
            "message_type": "cache", "folder": cache.display().to_string(), "bytes": total, "repositories": repositories,
        }));
        return;
    }
    const SIZES: [&str; 3] = ["Index", "Near", "Verified"];
    let mut columns = vec![("Repository", Align::Left), ("Last used", Align::Left)];
    columns.extend(SIZES.iter().filter(|_| !no_size).map(|title| (*title, Align::Right)));
    columns.extend([("Seen", Align::Right), ("Places", Align::Left)]);
    let mut table = Table::new(&columns);
    for (repo, kept) in all {
        let last_used = last_used(kept).map_or_else(|| "never".to_owned(), when::human);
        let mut row = vec![vec![repo.short()], vec![last_used]];
        let sizes = [kept.index_bytes, kept.near_bytes, kept.verified_bytes];
        row.extend(sizes.iter().filter(|_| !no_size).map(|bytes| vec![size(*bytes)]));
        row.extend([
            vec![count(kept.seen_places, "place")],
            if kept.places.is_empty() { vec!["(not known)".to_owned()] } else { shown(&kept.places) },
        ]);
        table.row(row);
    }
    let repositories = count(all.len(), "repository");
    let total = if no_size { String::new() } else { format!(", {}", size(total)) };
    table.footer(format!("{repositories}{total} in {}", names::display(cache.as_os_str().as_encoded_bytes())));
    if let Some(width) = context.out.width() {
        let steps = [
            Step::Shorten("Places", 20),
            Step::Cut("Last used", DAYS),
            Step::Drop("Seen"),
            Step::Shorten("Places", 8),
            Step::Drop("Verified"),
            Step::Drop("Near"),
            Step::Drop("Places"),
        ];
        table.fit(width, &steps);
    }
    let _ = context.out.bytes(table.render().as_bytes());
}

fn last_used(kept: &Kept) -> Option<Time> {
    Some(kept.last_used).filter(|time| *time > Time::default())
}

fn as_json(repo: &RepoId, kept: &Kept) -> Value {
    json!({
        "id": repo.to_string(),
        "short_id": repo.short(),
        "places": kept.places,
        "last_used": last_used(kept).map(when::rfc3339),
        "index_bytes": kept.index_bytes,
        "near_bytes": kept.near_bytes,
        "verified_bytes": kept.verified_bytes,
        "seen_places": kept.seen_places,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_numbers_are_days() {
        assert_eq!(parse_days("30"), Ok(Duration::from_secs(30 * 86_400)));
        assert_eq!(parse_days("12h"), Ok(Duration::from_secs(12 * 3600)));
        assert!(parse_days("x").is_err() && parse_days("99999999999999999").is_err());
    }
}
