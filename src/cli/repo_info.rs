//! `caddis repo info`.
use std::collections::BTreeMap;

use caddis::backend::ObjectLock;
use caddis::compress::Compression;
use caddis::format::Config;
use caddis::ops::locations::{self, Locations};
use caddis::repo::Repository;
use serde_json::{Value, json};

use super::context::Context;
use super::exit::Exit;
use super::location_list;
use super::progress::Task;
use super::units::{count, size};
use super::when;

/// Lists packs in all locations.
pub fn run(context: &Context) -> anyhow::Result<Exit> {
    let repo = context.open()?;
    let progress = context.progress(Task::Read);
    let found = locations::list(&repo, &progress)?;
    progress.finish();
    // Whoever stops reading has seen what they wanted.
    let _ = match context.out.style.json {
        true => context.out.object(&value(&repo, &found)),
        false => text(&repo, &found).iter().try_for_each(|line| context.out.line(line)),
    };
    Ok(if progress.problems() > 0 { Exit::Warnings } else { Exit::Success })
}

fn compression(config: &Config) -> String {
    Compression::from_number(config.compression).map_or_else(|| config.compression.to_string(), |mode| mode.to_string())
}

/// A line for the objects that are locked, for each place.
pub fn locks(config: &Config) -> Vec<String> {
    let lock = |settings: &BTreeMap<String, String>| settings.get(ObjectLock::SETTING).cloned();
    let alone =
        lock(&config.settings).map(|lock| format!("locks        {lock}: new objects cannot be removed for so long"));
    let located = config.locations.iter().filter_map(|location| {
        let (lock, number) = (lock(&location.settings)?, location.number);
        Some(format!("locks        {lock} in location {number}: new objects cannot be removed there for so long"))
    });
    alone.into_iter().chain(located).collect()
}

fn text(repo: &Repository, found: &Locations) -> Vec<String> {
    let config = repo.config();
    let chunker = config.chunker;
    let [min, average, max] = [chunker.min, chunker.average, chunker.max].map(|bytes| size(bytes.into()));
    let mut lines = vec![
        format!("repository   {}", repo.id()),
        format!("created      {}", when::human(config.created)),
        format!("config       number {}, format version 1", config.number),
        format!("chunks       {min} to {max}, {average} on average"),
        format!("packs        {}; {} of them", size(config.pack_size.into()), count(found.stripes, "stripe")),
        format!("parity       {}", if config.m == 0 { "off".to_owned() } else { format!("{}+{}", config.k, config.m) }),
        format!("compression  {}", compression(config)),
    ];
    if config.single_writer {
        lines.push("writers      one machine at a time: storage does not refuse to overwrite".to_owned());
    }
    lines.extend(locks(config));
    if found.all.is_empty() {
        lines.push(format!("location     {}", repo.backend().describe()));
    } else {
        lines.push(String::new());
        lines.extend(location_list::table(found).lines().map(str::to_owned));
    }
    lines.push(String::new());
    lines.extend(survives(config, found));
    lines
}

/// What the repository as it is now can lose without losing data.
pub fn survives(config: &Config, found: &Locations) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(match config.m {
        0 => "A lost or damaged pack loses its data: there is no parity.".to_owned(),
        m => format!("Survives the loss of any {} of a stripe of {}.", count(m, "pack"), config.k + m),
    });
    if found.all.is_empty() {
        lines.push("Everything is in one location: with it everything is lost.".to_owned());
        return lines;
    }
    let dispensable = |needed: u64| needed == 0;
    let all = found.all.len();
    let needed: Vec<String> = (found.all.iter())
        .filter(|location| !dispensable(location.needed_by))
        .map(|location| {
            let stripes = count(location.needed_by, "stripe");
            format!(
                "Does NOT survive the loss of location {} ({}): {stripes} of {} need it.",
                location.config.number, location.config.place, found.stripes
            )
        })
        .collect();
    if needed.is_empty() {
        lines.push(format!("Survives the loss of any 1 of {all} locations."));
    } else {
        lines.extend(needed);
        lines.push("`caddis repair` rebuilds what is missing and moves packs to where they should be.".to_owned());
    }
    let away: Vec<String> = (found.all.iter())
        .filter(|location| location.away.is_some())
        .map(|location| format!("{} ({})", location.config.number, location.config.place))
        .collect();
    if !away.is_empty() {
        lines.push(format!(
            "Cannot be reached now: location {}. Its packs were counted as if they were there.",
            away.join(", ")
        ));
    }
    lines
}

fn value(repo: &Repository, found: &Locations) -> Value {
    let config = repo.config();
    json!({
        "message_type": "repository",
        "id": repo.id().to_string(),
        "config": config.number,
        "created": when::rfc3339(config.created),
        "pack_size": config.pack_size,
        "parity": {"data": config.k, "parity": config.m},
        "chunker": {"min": config.chunker.min, "average": config.chunker.average, "max": config.chunker.max},
        "compression": compression(config),
        "single_writer": config.single_writer,
        "object_lock": config.settings.get(ObjectLock::SETTING),
        "stripes": found.stripes,
        "locations": location_list::value(found),
        "survives": survives(config, found),
    })
}
