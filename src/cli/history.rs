//! `caddis history`.
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use caddis::model::NodeType;
use caddis::ops::changes::Field;
use caddis::ops::history::{self, Change, Version};
use caddis::ops::snapshots::{self, SnapshotInfo};
use clap::Args;
use serde_json::{Value, json};

use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::names;
use super::progress::Task;
use super::snapshot_json;
use super::table::{Align, DAYS, MINUTES, Step, Table};
use super::units::{count, size};
use super::when;

/// Show all versions of a file or directory over the snapshots
///
/// A version is a run of snapshots of one host in which nothing of it changed: neither content nor metadata. Each is shown with the snapshots that have it
/// first and last, how many there are, and what is new in it. Of a directory the content is everything in and beneath it. Snapshots whose backup did not
/// include the path are left out.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis history /etc/fstab
  caddis history --host web1 ~/thesis.tex
  caddis history --content /home/me/notes.txt")]
pub struct HistoryArgs {
    /// Path in the snapshots; one that does not begin with / is meant from here
    #[arg(value_name = "PATH")]
    wanted: PathBuf,

    /// Only versions with other content: changes of metadata alone are left out
    #[arg(long)]
    content: bool,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Prints a table for each host, or a JSON line for each version.
pub fn run(args: &HistoryArgs, context: &Context) -> anyhow::Result<Exit> {
    let path =
        std::path::absolute(&args.wanted).map_err(|error| usage(format!("{}: {error}", args.wanted.display())))?;
    let path = path.as_os_str().as_bytes();
    let repo = context.open()?;
    let progress = context.progress(Task::Read);
    repo.load_index(&progress)?;
    let list = snapshots::list(&repo, &args.filter.filter(), &progress)?;
    let mut versions = history::history(&repo, &list, path, &progress)?;
    progress.finish();
    if args.content {
        versions = without_metadata(versions);
    }
    let mut written = Ok(());
    if context.out.style.json {
        for version in &versions {
            written = written.and_then(|()| context.out.object(&version_json(path, version, &list)));
        }
        let seen: usize = versions.iter().filter(|version| version.node.is_some()).map(|v| v.snapshots.len()).sum();
        context.out.status(&json!({
            "message_type": "summary", "path": names::lossy(path), "versions": versions.len(),
            "snapshots_with_it": seen, "snapshots_searched": list.len(),
        }));
    } else {
        for host in versions.chunk_by(|a, b| a.host == b.host) {
            let text = table(path, host, &list, context.out.width());
            written = written.and_then(|()| context.out.bytes(text.as_bytes()));
        }
    }
    // A reader that went away has seen enough.
    let _ = written;
    if versions.is_empty() {
        args.filter.tell_if_none(list.len(), &context.out);
        context.out.problem("history", &names::display(path), "no snapshot has it; `caddis find` looks everywhere");
        return Ok(Exit::Failed);
    }
    Ok(if progress.problems() > 0 { Exit::Warnings } else { Exit::Success })
}

/// A version that differs from the one before it in metadata only becomes part of that.
fn without_metadata(versions: Vec<Version>) -> Vec<Version> {
    let mut kept: Vec<Version> = Vec::new();
    for version in versions {
        match (kept.last_mut(), &version.change) {
            (Some(last), Change::Metadata(_)) if last.host == version.host => last.snapshots.extend(version.snapshots),
            _ => kept.push(version),
        }
    }
    kept
}

fn ends<'a>(version: &Version, list: &'a [SnapshotInfo]) -> Option<(&'a SnapshotInfo, &'a SnapshotInfo)> {
    Some((list.get(*version.snapshots.first()?)?, list.get(*version.snapshots.last()?)?))
}

fn word(change: &Change) -> &'static str {
    match change {
        Change::First => "new",
        Change::Back => "back",
        Change::Kind => "type",
        Change::Content(_) => "content",
        Change::Metadata(_) => "metadata",
        Change::Gone => "gone",
    }
}

fn fields(change: &Change) -> &[Field] {
    match change {
        Change::Content(fields) | Change::Metadata(fields) => fields,
        _ => &[],
    }
}

fn version_json(path: &[u8], version: &Version, list: &[SnapshotInfo]) -> Value {
    let mut value = match &version.node {
        Some(node) => snapshot_json::node(path, node),
        None => json!({"path": names::lossy(path)}),
    };
    if let Some(members) = value.as_object_mut() {
        members.remove("struct_type");
    }
    value["message_type"] = json!("version");
    value["change"] = json!(word(&version.change));
    value["changed"] = fields(&version.change).iter().map(|field| field.name()).collect();
    value["hostname"] = json!(version.host);
    value["snapshots"] = json!(version.snapshots.len());
    if let Some((first, last)) = ends(version, list) {
        for (name, info) in [("first", first), ("last", last)] {
            value[format!("{name}_snapshot")] = json!(info.id.to_string());
            value[format!("{name}_seen")] = json!(when::rfc3339(info.snapshot.time));
        }
    }
    value
}

fn table(path: &[u8], versions: &[Version], list: &[SnapshotInfo], width: Option<usize>) -> String {
    let mut table = Table::new(&[
        ("First seen", Align::Left),
        ("Snapshot", Align::Left),
        ("Last seen", Align::Left),
        ("In", Align::Right),
        ("Size", Align::Right),
        ("Modified", Align::Left),
        ("What changed", Align::Left),
    ]);
    for version in versions {
        let Some((first, last)) = ends(version, list) else { continue };
        let one = |text: String| vec![text];
        let (bytes, modified) = match &version.node {
            Some(node) if node.kind == NodeType::File => (size(node.size), when::human(node.mtime)),
            Some(node) => (names::kind(node).to_owned(), when::human(node.mtime)),
            None => Default::default(),
        };
        let changed: Vec<&str> = fields(&version.change).iter().map(|field| field.name()).collect();
        let changed = match changed.is_empty() {
            true => word(&version.change).to_owned(),
            false => format!("{} ({})", word(&version.change), changed.join(", ")),
        };
        table.row(vec![
            one(when::human(first.snapshot.time)),
            one(first.id.short()),
            one(when::human(last.snapshot.time)),
            one(version.snapshots.len().to_string()),
            one(bytes),
            one(modified),
            one(changed),
        ]);
    }
    if let Some(version) = versions.first() {
        let number = versions.iter().filter(|version| version.node.is_some()).count();
        let host = names::display(version.host.as_bytes());
        table.footer(format!("{} of {} on {host}", count(number, "version"), names::display(path)));
    }
    if let Some(width) = width {
        table.fit(
            width,
            &[
                Step::Cut("Modified", MINUTES),
                Step::Cut("Last seen", MINUTES),
                Step::Cut("First seen", MINUTES),
                Step::Fold("What changed", 24),
                Step::Drop("Last seen"),
                Step::Fold("What changed", 16),
                Step::Cut("Modified", DAYS),
                Step::Cut("First seen", DAYS),
                Step::Drop("Modified"),
                Step::Fold("What changed", 10),
                Step::Drop("In"),
                Step::Drop("What changed"),
            ],
        );
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::model::Node;

    #[test]
    fn versions_of_metadata_join_the_one_before() {
        let version = |change, number| Version {
            host: "h".to_owned(),
            change,
            node: Some(Node::default()),
            snapshots: vec![number],
        };
        let all = vec![
            version(Change::First, 0),
            version(Change::Metadata(vec![Field::Mode]), 1),
            version(Change::Content(Vec::new()), 2),
        ];
        let kept = without_metadata(all);
        assert_eq!(kept.iter().map(|version| version.snapshots.clone()).collect::<Vec<_>>(), [vec![0, 1], vec![2]]);
    }
}
