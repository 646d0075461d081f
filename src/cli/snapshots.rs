//! `caddis snapshots`.
use std::collections::{BTreeMap, HashMap};

use caddis::ops::forget::{GroupBy, GroupKey};
use caddis::ops::snapshots::{self, SnapshotInfo};
use caddis::ops::undelete;
use caddis::repo::Repository;
use clap::Args;
use serde_json::{Value, json};

use super::context::Context;
use super::exit::Exit;
use super::filter::FilterArgs;
use super::forget_report::heading;
use super::names;
use super::output::Closed;
use super::progress::Task;
use super::snapshot_json;
use super::table::{Align, DAYS, MINUTES, Step, Table};
use super::units::{count, size};
use super::when;

/// List snapshots
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis snapshots --host web1 --latest 3
  caddis snapshots --group-by host,paths --latest 1
  caddis snapshots --deleted
  caddis snapshots --json latest")]
pub struct SnapshotsArgs {
    /// Only these: beginnings of ids, latest, latest~N, @label, latest@{TIME} [default: all]
    #[arg(value_name = "SNAPSHOT")]
    ids: Vec<String>,

    /// A list for each group of snapshots that have this in common: host, paths, tags, label
    #[arg(short, long, value_name = "WHAT[,WHAT…]", conflicts_with = "deleted")]
    group_by: Option<GroupBy>,

    /// Only the newest N of each host and set of paths, or of each group
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    latest: Option<u32>,

    /// One line for each snapshot
    #[arg(short, long)]
    compact: bool,

    /// Forgotten snapshots that `caddis undelete` can bring back, as long as `caddis prune` has not run
    #[arg(long, conflicts_with_all = ["ids", "latest"])]
    deleted: bool,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Prints a table, or a JSON array.
pub fn run(args: &SnapshotsArgs, context: &Context) -> anyhow::Result<Exit> {
    let repo = context.open()?;
    if args.deleted {
        return deleted(args, context, &repo);
    }
    let progress = context.progress(Task::Read);
    let filter = args.filter.filter();
    let mut found = if args.ids.is_empty() {
        snapshots::list(&repo, &filter, &progress)?
    } else {
        let one = |id: &String| snapshots::select(&repo, id, &filter, &progress).map(|(found, _)| found);
        args.ids.iter().map(one).collect::<Result<_, _>>()?
    };
    if args.ids.is_empty() {
        args.filter.tell_if_none(found.len(), &context.out);
    }
    let by = args.group_by.filter(|by| *by != GroupBy::NOTHING);
    if let Some(count) = args.latest {
        newest(&mut found, count as usize, by.unwrap_or(GroupBy { label_first: false, ..GroupBy::default() }));
    }
    progress.finish();
    let problems = progress.problems();
    // A reader that went away has seen enough.
    let _ = if let Some(by) = by {
        show_groups(by.groups(found), args.compact, context)
    } else if context.out.style.json {
        context.out.object(&found.iter().map(snapshot_json::snapshot).collect::<Value>())
    } else {
        context.out.bytes(table(&found, args.compact, None, context.out.width()).as_bytes())
    };
    Ok(if problems > 0 { Exit::Warnings } else { Exit::Success })
}

/// Keeps the newest `count` of each group; `found` ascends in time.
fn newest(found: &mut Vec<SnapshotInfo>, count: usize, by: GroupBy) {
    let mut seen: HashMap<GroupKey, usize> = HashMap::new();
    let mut keep: Vec<bool> = found
        .iter()
        .rev()
        .map(|info| {
            let seen = seen.entry(by.key(&info.snapshot)).or_default();
            *seen += 1;
            *seen <= count
        })
        .collect();
    found.retain(|_| keep.pop().unwrap_or(false));
}

/// A table for each group; or restic's array of groups.
fn show_groups(groups: BTreeMap<GroupKey, Vec<SnapshotInfo>>, compact: bool, context: &Context) -> Result<(), Closed> {
    if context.out.style.json {
        let group = |(key, found): (&GroupKey, &Vec<SnapshotInfo>)| {
            let paths = key.paths.as_ref().map(|paths| paths.iter().map(|path| names::lossy(path)).collect::<Vec<_>>());
            json!({
                "group_key": {
                    "hostname": key.host.clone().unwrap_or_default(),
                    "paths": paths,
                    "tags": key.tags,
                    "label": key.label,
                },
                "snapshots": found.iter().map(snapshot_json::snapshot).collect::<Value>(),
            })
        };
        return context.out.object(&groups.iter().map(group).collect::<Value>());
    }
    for (number, (key, found)) in groups.iter().enumerate() {
        let space = if number > 0 { "\n" } else { "" };
        let table = table(found, compact, None, context.out.width());
        context.out.bytes(format!("{space}{}\n{table}", heading(key)).as_bytes())?;
    }
    Ok(())
}

/// The same for those that were forgotten, with when and why.
fn deleted(args: &SnapshotsArgs, context: &Context, repo: &Repository) -> anyhow::Result<Exit> {
    let progress = context.progress(Task::Read);
    let found = undelete::forgotten(repo, &args.filter.filter(), &progress)?;
    progress.finish();
    // A reader that went away has seen enough.
    let _ = if context.out.style.json {
        context.out.object(&found.iter().map(snapshot_json::forgotten).collect::<Value>())
    } else {
        let cells = found.iter().map(|forgotten| vec![when::human(forgotten.time)]).collect();
        let infos: Vec<SnapshotInfo> = found.into_iter().map(|forgotten| forgotten.info).collect();
        let extra = Extra { title: "Forgotten", cells };
        context.out.bytes(table(&infos, args.compact, Some(extra), context.out.width()).as_bytes())
    };
    Ok(if progress.problems() > 0 { Exit::Warnings } else { Exit::Success })
}

/// One more column.
pub struct Extra {
    pub title: &'static str,
    /// A cell for each snapshot, as lines.
    pub cells: Vec<Vec<String>>,
}

/// What is left out, in this order, until the table fits: never of an id, and rather of paths than of anything else.
const STEPS: [Step; 22] = [
    Step::DropEmpty("Tags"),
    Step::Shorten("Paths", 24),
    Step::Cut("Time", MINUTES),
    Step::Cut("Forgotten", MINUTES),
    Step::Shorten("Paths", 16),
    Step::Shorten("Host", 16),
    Step::Fewer("Tags", 16),
    Step::Shorten("Label", 12),
    Step::Shorten("Host", 10),
    Step::Shorten("Paths", 10),
    Step::Fewer("Tags", 9),
    Step::Cut("Forgotten", DAYS),
    Step::Drop("Paths"),
    Step::Shorten("Host", 8),
    Step::Cut("Time", DAYS),
    Step::Drop("Host"),
    Step::Shorten("Label", 8),
    Step::Shorten("Reasons", 14),
    Step::Drop("Tags"),
    Step::Drop("Label"),
    Step::Drop("Reasons"),
    Step::Drop("Forgotten"),
];

/// Snapshots as a table, as all commands show them, that takes care to be no wider than `width`.
pub fn table(found: &[SnapshotInfo], compact: bool, extra: Option<Extra>, width: Option<usize>) -> String {
    let labels = found.iter().any(|info| info.snapshot.label.is_some());
    let mut columns = vec![("ID", Align::Left), ("Time", Align::Left), ("Host", Align::Left), ("Tags", Align::Left)];
    if labels {
        columns.push(("Label", Align::Left));
    }
    columns.extend(extra.as_ref().map(|extra| (extra.title, Align::Left)));
    if !compact {
        columns.push(("Paths", Align::Left));
    }
    columns.push(("Size", Align::Right));
    let mut table = Table::new(&columns);
    for (at, SnapshotInfo { id, snapshot }) in found.iter().enumerate() {
        // Host, tags and labels come from whoever wrote the snapshot, like paths.
        let shown = |text: &str| names::display(text.as_bytes());
        let mut tags: Vec<String> = snapshot.tags.iter().map(|tag| shown(tag)).collect();
        if snapshot.partial {
            tags.push("(partial)".to_owned());
        }
        if snapshot.protected_until.is_some() {
            tags.push("(protected)".to_owned());
        }
        let lines = |lines: Vec<String>| if compact && lines.len() > 1 { vec![lines.join(",")] } else { lines };
        let mut row =
            vec![vec![id.short()], vec![when::human(snapshot.time)], vec![shown(&snapshot.host)], lines(tags)];
        if labels {
            row.push(snapshot.label.iter().map(|label| shown(label)).collect());
        }
        row.extend(extra.as_ref().map(|extra| lines(extra.cells.get(at).cloned().unwrap_or_default())));
        if !compact {
            row.push(snapshot.paths.iter().map(|path| names::display(path)).collect());
        }
        row.push(vec![size(snapshot.statistics.bytes)]);
        table.row(row);
    }
    table.footer(count(found.len(), "snapshot"));
    if let Some(width) = width {
        table.fit(width, &STEPS);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::id::SessionId;
    use caddis::model::Snapshot;

    fn info(id: u8, host: &str) -> SnapshotInfo {
        let snapshot =
            Snapshot { host: host.into(), paths: vec![b"/a".to_vec(), b"/b".to_vec()], ..Snapshot::default() };
        SnapshotInfo { id: SessionId([id; 16]), snapshot }
    }

    #[test]
    fn the_newest_of_each_host_and_paths_are_kept() {
        let mut found = vec![info(1, "x"), info(2, "y"), info(3, "x"), info(4, "x")];
        newest(&mut found, 2, GroupBy::default());
        let ids: Vec<u8> = found.iter().map(|info| info.id.0[0]).collect();
        assert_eq!(ids, [2, 3, 4]);
    }

    #[test]
    fn tables_show_every_path_and_compact_ones_none() {
        let mut one = info(0xab, "host");
        one.snapshot.tags = vec!["t1".into(), "t2".into()];
        one.snapshot.partial = true;
        let full = table(std::slice::from_ref(&one), false, None, None);
        assert_eq!(full.lines().count(), 7, "{full}");
        assert!(full.starts_with("ID        Time                 Host  Tags       Paths  Size\n"), "{full}");
        assert!(full.contains("(partial)") && full.contains("/b"), "{full}");
        let compact = table(std::slice::from_ref(&one), true, None, None);
        assert_eq!(compact.lines().count(), 5, "{compact}");
        assert!(compact.contains("t1,t2,(partial)") && !compact.contains("/a"), "{compact}");
        one.snapshot.label = Some("nightly".into());
        assert!(table(std::slice::from_ref(&one), true, None, None).contains("nightly"));
        one.snapshot.label = None;
        one.snapshot.tags.clear();
        one.snapshot.partial = false;
        one.snapshot.host = "build-server.example.org".into();
        one.snapshot.paths = vec![b"/home/someone/projects/with/a/long/path".to_vec()];
        one.snapshot.statistics.bytes = 123 << 20;
        for width in [80, 60, 40] {
            let narrow = table(std::slice::from_ref(&one), false, None, Some(width));
            assert!(narrow.lines().all(|line| line.chars().count() <= width), "{width}: {narrow}");
            assert!(narrow.contains("abababab") && narrow.contains("123.000 MiB"), "{width}: {narrow}");
        }
    }
}
