//! `caddis du`.
use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::str::FromStr;

use caddis::ops::du::{self, Usage};
use caddis::ops::forget::{GroupBy, GroupKey};
use caddis::ops::snapshots::{self, SnapshotFilter, SnapshotInfo};
use clap::Args;
use serde_json::{Value, json};

use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::names;
use super::output::Output;
use super::progress::Task;
use super::table::{Align, DAYS, MINUTES, Step, Table};
use super::units::{count, size};
use super::when;

/// Show how much storage snapshots, hosts, labels or directories take
///
/// What would forgetting them free? "Alone" is what nothing else in the repository uses: it is freed when these snapshots are forgotten, or the directory is taken out of them, and `prune` has run.
/// "Shared" is what others use too. Several snapshots that share something with each other only free it together: see the last line, and --group-by.
///
/// Counted are blobs as they are stored, compressed and with their share of parity, over all snapshots of the repository. What is stored as a delta of an older
/// version needs that version, which then counts as used by both: forgetting the older snapshot does not free it. Padding of packs and the index are not counted.
/// Nothing is estimated, but directories of all snapshots are read, those that are the same once or twice.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis du
  caddis du --host web1 --group-by label
  caddis du latest latest~1
  caddis du --depth 2
  caddis du --beneath /home --depth 1
  caddis du latest:/home/me")]
pub struct DuArgs {
    /// Only these: beginnings of ids, latest, latest~N, @label, latest@{TIME}; with :PATH the directories there [default: all]
    #[arg(value_name = "SNAPSHOT[:PATH]")]
    ids: Vec<String>,

    /// Put snapshots together: snapshot for each by itself, or a list of host, label, paths and tags
    #[arg(short, long, value_name = "WHAT", default_value = "snapshot")]
    group_by: Grouping,

    /// Show directories instead of snapshots, down to this depth; all chosen snapshots count together [default: 1 with a path]
    #[arg(short, long, value_name = "N")]
    depth: Option<usize>,

    /// Show the directories beneath this path of the snapshots
    #[arg(long, value_name = "PATH")]
    beneath: Option<PathBuf>,

    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grouping {
    Snapshot,
    By(GroupBy),
}

impl FromStr for Grouping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "snapshot" | "snapshots" => Ok(Grouping::Snapshot),
            "" => Err("say what to group by: snapshot, host, label, paths or tags".to_owned()),
            other => other.parse().map(Grouping::By),
        }
    }
}

/// Deeper, tables say nothing any more, and each level costs as much as the first.
const MAX_DEPTH: usize = 32;

/// Counts and prints.
pub fn run(args: &DuArgs, context: &Context) -> anyhow::Result<Exit> {
    let by_path = args.depth.is_some() || args.beneath.is_some();
    if args.depth.is_some_and(|depth| depth > MAX_DEPTH) {
        return Err(usage(format!("--depth goes to {MAX_DEPTH}")));
    }
    if args.beneath.as_ref().is_some_and(|path| !path.is_absolute()) {
        return Err(usage("--beneath takes a path of snapshots, which begins with /"));
    }
    let repo = context.open()?;
    let progress = context.progress(Task::Read);
    repo.load_index(&progress)?;
    let all = snapshots::list(&repo, &SnapshotFilter::default(), &progress)?;
    let filter = args.filter.filter();
    let mut path = args.beneath.as_ref().map(|path| path.as_os_str().as_bytes().to_vec());
    let mut chosen: Vec<SnapshotInfo> = Vec::new();
    for id in &args.ids {
        let (info, given) = snapshots::select(&repo, id, &filter, &progress)?;
        if snapshots::has_path(id)? {
            if path.as_ref().is_some_and(|path| *path != given) {
                return Err(usage("Only one path can be shown; give the same one with every snapshot"));
            }
            path = Some(given);
        }
        chosen.push(info);
    }
    if args.ids.is_empty() {
        chosen = all.iter().filter(|info| filter.matches(&info.snapshot)).cloned().collect();
    }
    args.filter.tell_if_none(chosen.len(), &context.out);
    let mut seen = HashSet::new();
    chosen.retain(|info| seen.insert(info.id));
    let rest: Vec<SnapshotInfo> = all.into_iter().filter(|info| !seen.contains(&info.id)).collect();
    if by_path || path.is_some() {
        if args.group_by != Grouping::Snapshot {
            return Err(usage("Directories are not grouped; choose snapshots by --host, --label and so on instead"));
        }
        let base = path.unwrap_or_default();
        let depth = args.depth.unwrap_or(1);
        let found = du::paths(&repo, &chosen, &rest, &base, depth, &progress)?;
        progress.finish();
        if found.is_empty() {
            return Err(anyhow::anyhow!("{} is no directory of any of these snapshots", names::display(&base)));
        }
        print_paths(&context.out, &found, chosen.len());
    } else {
        print_groups(args, context, &repo, chosen, &rest, &progress)?;
    }
    Ok(if progress.problems() > 0 { Exit::Warnings } else { Exit::Success })
}

fn print_groups(
    args: &DuArgs,
    context: &Context,
    repo: &caddis::repo::Repository,
    mut chosen: Vec<SnapshotInfo>,
    rest: &[SnapshotInfo],
    progress: &super::progress::Progress<'_>,
) -> anyhow::Result<()> {
    // Like beside like is cheaper to count.
    chosen.sort_by(|a, b| {
        let key = |info: &SnapshotInfo| {
            (info.snapshot.host.clone(), info.snapshot.paths.clone(), info.snapshot.time, info.id)
        };
        key(a).cmp(&key(b))
    });
    let number = chosen.len();
    let mut groups: Vec<(Option<GroupKey>, Vec<SnapshotInfo>)> = match args.group_by {
        Grouping::Snapshot => chosen.into_iter().map(|info| (None, vec![info])).collect(),
        Grouping::By(by) => by.groups(chosen).into_iter().map(|(key, group)| (Some(key), group)).collect(),
    };
    let snapshots: Vec<Vec<SnapshotInfo>> = groups.iter().map(|(_, group)| group.clone()).collect();
    let found = du::groups(repo, &snapshots, rest, progress)?;
    progress.finish();
    let mut rows: Vec<_> = groups.drain(..).zip(found.groups).collect();
    rows.sort_by_key(|((key, group), _)| (key.clone(), group.first().map(|info| (info.snapshot.time, info.id))));
    let out = &context.out;
    if out.style.json {
        for ((key, group), usage) in &rows {
            // A reader that went away has seen enough.
            let _ = out.object(&group_json(key.as_ref(), group, *usage));
        }
        out.status(&summary_json(number, found.together));
        return Ok(());
    }
    let footer =
        format!("Together {} that nothing else uses, in {}", size(found.together.exclusive), count(number, "snapshot"));
    let table = match args.group_by {
        Grouping::Snapshot => snapshot_table(&rows, footer, out.width()),
        Grouping::By(_) => group_table(&rows, footer, out.width()),
    };
    let _ = out.bytes(table.as_bytes());
    Ok(())
}

type Row = ((Option<GroupKey>, Vec<SnapshotInfo>), Usage);

fn one(text: impl ToString) -> Vec<String> {
    vec![text.to_string()]
}

fn sizes(usage: &Usage) -> [Vec<String>; 3] {
    [one(size(usage.exclusive)), one(size(usage.shared())), one(size(usage.total))]
}

fn snapshot_table(rows: &[Row], footer: String, width: Option<usize>) -> String {
    let mut table = Table::new(&[
        ("ID", Align::Left),
        ("Time", Align::Left),
        ("Host", Align::Left),
        ("Label", Align::Left),
        ("Alone", Align::Right),
        ("Shared", Align::Right),
        ("Total", Align::Right),
    ]);
    for ((_, group), usage) in rows {
        let Some(SnapshotInfo { id, snapshot }) = group.first() else { continue };
        let label = snapshot.label.as_ref().map(|label| names::display(label.as_bytes()));
        let host = names::display(snapshot.host.as_bytes());
        let first = [one(id.short()), one(when::human(snapshot.time)), one(host), label.into_iter().collect()];
        table.row(first.into_iter().chain(sizes(usage)).collect());
    }
    table.footer(footer);
    if let Some(width) = width {
        let steps = [
            Step::DropEmpty("Label"),
            Step::Cut("Time", MINUTES),
            Step::Shorten("Host", 12),
            Step::Shorten("Label", 8),
            Step::Cut("Time", DAYS),
            Step::Shorten("Host", 8),
            Step::Drop("Total"),
            Step::Drop("Label"),
            Step::Drop("Host"),
            Step::Drop("Shared"),
        ];
        table.fit(width, &steps);
    }
    table.render()
}

fn group_table(rows: &[Row], footer: String, width: Option<usize>) -> String {
    let mut table = Table::new(&[
        ("Group", Align::Left),
        ("Snapshots", Align::Right),
        ("Alone", Align::Right),
        ("Shared", Align::Right),
        ("Total", Align::Right),
    ]);
    for ((key, group), usage) in rows {
        let name = key.as_ref().map(group_name).unwrap_or_default();
        table.row([one(name), one(group.len())].into_iter().chain(sizes(usage)).collect());
    }
    table.footer(footer);
    if let Some(width) = width {
        table.fit(
            width,
            &[Step::Shorten("Group", 20), Step::Drop("Total"), Step::Drop("Snapshots"), Step::Shorten("Group", 8)],
        );
    }
    table.render()
}

fn group_name(key: &GroupKey) -> String {
    let shown = |text: &String| names::display(text.as_bytes());
    let list = |texts: Vec<String>| if texts.is_empty() { "none".to_owned() } else { texts.join(" ") };
    let label =
        |label: &String| if label.is_empty() { "no label".to_owned() } else { format!("label {}", shown(label)) };
    let parts = [
        key.host.as_ref().map(|host| format!("host {}", shown(host))),
        key.label.as_ref().map(label),
        key.tags.as_ref().map(|tags| format!("tags {}", list(tags.iter().map(shown).collect()))),
        key.paths
            .as_ref()
            .map(|paths| format!("paths {}", list(paths.iter().map(|path| names::display(path)).collect()))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn print_paths(out: &Output, found: &[(Vec<u8>, Usage)], snapshots: usize) {
    // A reader that went away has seen enough.
    let mut written = Ok(());
    if out.style.json {
        for (path, usage) in found {
            let mut value = usage_json(*usage);
            value["message_type"] = json!("directory");
            value["path"] = json!(names::lossy(path));
            written = written.and_then(|()| out.object(&value));
        }
        let first = found.first().map(|(_, usage)| *usage).unwrap_or_default();
        out.status(&summary_json(snapshots, first));
        return;
    }
    let mut table = Table::new(&[
        ("Alone", Align::Right),
        ("Shared", Align::Right),
        ("Total", Align::Right),
        ("Path", Align::Left),
    ]);
    for (path, usage) in found {
        table.row(sizes(usage).into_iter().chain([one(names::display(path))]).collect());
    }
    table.footer(format!("{} in {}", count(found.len(), "directory"), count(snapshots, "snapshot")));
    if let Some(width) = out.width() {
        table.fit(width, &[Step::Shorten("Path", 20), Step::Drop("Total"), Step::Shorten("Path", 8)]);
    }
    let _ = written.and_then(|()| out.bytes(table.render().as_bytes()));
}

fn usage_json(usage: Usage) -> Value {
    json!({"exclusive_bytes": usage.exclusive, "shared_bytes": usage.shared(), "total_bytes": usage.total})
}

fn group_json(key: Option<&GroupKey>, group: &[SnapshotInfo], usage: Usage) -> Value {
    let mut value = usage_json(usage);
    match (key, group.first()) {
        (Some(key), _) => {
            let paths = key.paths.as_ref().map(|paths| paths.iter().map(|path| names::lossy(path)).collect::<Vec<_>>());
            value["message_type"] = json!("group");
            value["group_key"] = json!({"hostname": key.host, "paths": paths, "tags": key.tags, "label": key.label});
            value["snapshots"] = group.iter().map(|info| info.id.to_string()).collect();
        }
        (None, Some(SnapshotInfo { id, snapshot })) => {
            value["message_type"] = json!("snapshot");
            value["id"] = json!(id.to_string());
            value["short_id"] = json!(id.short());
            value["time"] = json!(when::rfc3339(snapshot.time));
            value["hostname"] = json!(snapshot.host);
            value["label"] = json!(snapshot.label);
        }
        (None, None) => {}
    }
    value
}

fn summary_json(snapshots: usize, usage: Usage) -> Value {
    let mut value = usage_json(usage);
    value["message_type"] = json!("summary");
    value["snapshots_count"] = json!(snapshots);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_named_by_what_they_have_in_common() {
        let key = GroupKey {
            host: Some("h".into()),
            label: Some(String::new()),
            tags: Some(Vec::new()),
            ..GroupKey::default()
        };
        assert_eq!(group_name(&key), "host h, no label, tags none");
        let key = GroupKey { paths: Some(vec![b"/a".to_vec(), b"/b".to_vec()]), ..GroupKey::default() };
        assert_eq!(group_name(&key), "paths /a /b");
        assert_eq!("snapshot".parse(), Ok(Grouping::Snapshot));
        assert!("".parse::<Grouping>().is_err() && "size".parse::<Grouping>().is_err());
        assert!(matches!("host,label".parse(), Ok(Grouping::By(_))));
    }

    #[test]
    fn tables_fit_narrow_terminals() {
        let mut info = SnapshotInfo { id: caddis::id::SessionId([7; 16]), snapshot: Default::default() };
        info.snapshot.host = "a-host-with-a-very-long-name.example.org".into();
        let usage = Usage { exclusive: 5 << 30, total: 7 << 30 };
        let rows = [((None, vec![info]), usage)];
        let wide = snapshot_table(&rows, String::new(), None);
        assert!(wide.contains("a-host-with-a-very-long-name.example.org") && wide.contains("2.000 GiB"));
        let narrow = snapshot_table(&rows, String::new(), Some(60));
        assert!(narrow.lines().all(|line| line.chars().count() <= 60) && narrow.contains("5.000 GiB"), "{narrow}");
    }
}
