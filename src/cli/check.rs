//! `caddis check`.
use std::collections::BTreeSet;
use std::time::Duration;

use caddis::error::Error;
use caddis::ops::check::{self, CheckOptions, CheckReport, DamagedSnapshot, ReadData, Remedy, Severity};
use caddis::ops::snapshots;
use caddis::repo::Repository;
use clap::Args;
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use super::filter::FilterArgs;
use super::names;
use super::output::Output;
use super::progress::{Progress, Task};
use super::signals;
use super::units::{count as counted, parse_duration, parse_size, size};

/// Check that the repository holds what it promises
///
/// Changes nothing. Without --read-data only the structure is looked at: are all packs there, is everything that
/// snapshots need in the index. Which packs were read and sound is remembered in the cache folder of this machine;
/// those that were not verified for the longest time are read first. Packs that a check on this machine found damaged
/// are read by every later one, until they are mended. With snapshots named, or chosen by --host and the like, only their
/// trees are followed and, with --read-data, only packs that they need are read. The commands that mend what was found are printed at the end.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis check
  caddis check --read-data latest         (can the newest snapshot be restored?)
  caddis check --read-data-subset 5%
  caddis check --read-data-subset 2/7    (the second seventh)
  caddis check --max-duration 2h         (every night: goes on where the last one ended)
  caddis check --older-than 30d          (what was not verified for a month)")]
pub struct CheckArgs {
    /// Check only what these need: beginnings of ids, latest, latest~N, @label [default: everything]
    #[arg(value_name = "SNAPSHOT")]
    ids: Vec<String>,

    /// Read all packs too, and verify all they hold
    #[arg(long, conflicts_with = "read_data_subset")]
    read_data: bool,

    /// Read a part of the packs: n/t (part n of t), x% or a size of random ones
    #[arg(long, value_name = "SUBSET", value_parser = parse_subset)]
    read_data_subset: Option<ReadData>,

    /// Read only packs that were not verified on this machine for so long: 12h, 30d, 8w (implies --read-data)
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    older_than: Option<Duration>,

    /// Stop reading packs after this time: 45m, 2h (implies --read-data); no error if nothing bad was found
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    max_duration: Option<Duration>,

    /// Do not read again from an object store what is kept of its directories and snapshots on this machine; whether storage still has
    /// that is then not known
    #[arg(long)]
    with_cache: bool,

    #[command(flatten)]
    filter: FilterArgs,
}

impl CheckArgs {
    fn options(&self, repo: &Repository, progress: &Progress<'_>) -> Result<CheckOptions, Error> {
        let all = self.read_data || self.older_than.is_some() || self.max_duration.is_some();
        let read = self.read_data_subset.unwrap_or(if all { ReadData::All } else { ReadData::No });
        let filter = self.filter.filter();
        let one = |id: &String| snapshots::select_whole(repo, id, &filter, progress).map(|info| info.id);
        let snapshots = match &self.ids[..] {
            [] if filter.is_empty() => None,
            [] => match &snapshots::list(repo, &filter, progress)?[..] {
                [] => return Err(Error::Invalid(format!("There is no snapshot with {filter}; nothing was checked"))),
                found => Some(found.iter().map(|info| info.id).collect()),
            },
            ids => Some(ids.iter().map(one).collect::<Result<_, _>>()?),
        };
        Ok(CheckOptions {
            snapshots,
            read,
            older_than: self.older_than,
            max_duration: self.max_duration,
            with_cache: self.with_cache,
        })
    }
}

/// Findings, then a summary; damage of any kind is exit code 6.
pub fn run(args: &CheckArgs, context: &Context) -> anyhow::Result<Exit> {
    let repo = context.open()?;
    signals::install()?;
    let progress = context.progress(Task::Check);
    let options = args.options(&repo, &progress)?;
    let report = check::check_with(&repo, &options, &progress)?;
    progress.finish();
    show(&report, options.read != ReadData::No, &context.command_line(), &context.out);
    Ok(match signals::exit() {
        Some(exit) => exit,
        None => exit(&report, progress.problems()),
    })
}

fn exit(report: &CheckReport, problems: u64) -> Exit {
    match report.findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Lost | Severity::Repairable) => Exit::Damaged,
        Some(Severity::Note) | None if problems > 0 => Exit::Warnings,
        Some(Severity::Note) | None => Exit::Success,
    }
}

fn show(report: &CheckReport, reads: bool, program: &str, out: &Output) {
    for finding in report.findings.iter().filter(|finding| finding.severity > Severity::Note) {
        out.problem("check", &finding.object, &finding.message);
    }
    if out.style.json {
        out.status(&summary(report, program));
        return;
    }
    for finding in report.findings.iter().filter(|finding| finding.severity == Severity::Note) {
        out.detail(format_args!("note: {}: {}", finding.object, finding.message));
    }
    if reads && !report.remembered {
        out.say("without a cache nothing is remembered: the next check does not know what this one has read");
    }
    text(report, program).iter().for_each(|line| out.say(line));
}

/// The commands that mend what was found, as they are to be typed.
fn commands(report: &CheckReport, program: &str) -> Vec<String> {
    let command = |remedy: &Remedy| match remedy {
        Remedy::Replicas => format!("{program} repair replicas"),
        Remedy::Index => format!("{program} repair index"),
        Remedy::Packs => format!("{program} repair packs"),
        Remedy::Locations => format!("{program} repair locations"),
        Remedy::Backup => format!("{program} backup PATH...    (of what still exists)"),
        Remedy::Snapshots => {
            format!("{program} repair snapshots {}", ids(report, DamagedSnapshot::is_to_be_repaired))
        }
        Remedy::Recover => format!("{program} recover"),
        Remedy::Forget => format!("{program} forget {}", ids(report, DamagedSnapshot::is_to_be_forgotten)),
    };
    report.remedies.iter().map(command).collect()
}

fn ids(report: &CheckReport, wanted: fn(&DamagedSnapshot) -> bool) -> String {
    let wanted = report.damaged_snapshots.iter().filter(|one| wanted(one));
    wanted.map(|one| one.id.short()).collect::<Vec<_>>().join(" ")
}

fn count(report: &CheckReport, severity: Severity) -> usize {
    report.findings.iter().filter(|finding| finding.severity == severity).count()
}

/// Ids of the packs that have findings, each once.
fn broken_packs(report: &CheckReport) -> BTreeSet<&str> {
    let findings = report.findings.iter().filter(|finding| finding.severity > Severity::Note);
    findings.filter_map(|finding| finding.object.strip_prefix("packs/")?.rsplit('/').next()).collect()
}

fn summary(report: &CheckReport, program: &str) -> serde_json::Value {
    let (lost, repairable) = (count(report, Severity::Lost), count(report, Severity::Repairable));
    let files: Vec<_> = report
        .lost_files
        .iter()
        .map(|(snapshot, path)| json!({"snapshot": snapshot, "path": names::lossy(path)}))
        .collect();
    let damaged: Vec<_> = (report.damaged_snapshots.iter())
        .map(|one| {
            json!({
                "id": one.id.to_string(),
                "short_id": one.id.short(),
                "entries": one.entries,
                "root_lost": one.root_is_lost,
                "protected": one.is_protected,
                "successor": one.successor.map(|id| id.to_string()),
            })
        })
        .collect();
    json!({
        "message_type": "summary",
        "num_errors": lost + repairable,
        "num_lost": lost,
        "num_repairable": repairable,
        "num_notes": count(report, Severity::Note),
        "broken_packs": broken_packs(report),
        "suggest_repair_index": report.remedies.contains(&Remedy::Index),
        "suggest_prune": report.prune_removes,
        "snapshots": report.snapshots,
        "trees": report.trees,
        "blobs": report.blobs,
        "stripes": report.stripes,
        "packs": report.packs,
        "packs_read": report.packs_read,
        "bytes_read": report.bytes_read,
        "packs_left": report.packs_left,
        "bytes_left": report.bytes_left,
        "packs_recent": report.packs_recent,
        "packs_suspected": report.packs_suspected,
        "remembered": report.remembered,
        "damaged_snapshots": damaged,
        "lost_files": files,
        "commands": commands(report, program),
    })
}

fn text(report: &CheckReport, program: &str) -> Vec<String> {
    let mut lines = vec![format!(
        "checked {}, {}, {}, {} in {}",
        counted(report.snapshots, "snapshot"),
        counted(report.trees, "tree"),
        counted(report.blobs, "blob"),
        counted(report.packs, "pack"),
        counted(report.stripes, "stripe")
    )];
    if report.packs_read > 0 {
        lines.push(format!("read {} ({})", counted(report.packs_read, "pack"), size(report.bytes_read)));
    }
    if report.packs_suspected > 0 {
        lines.push(format!(
            "among them, because an earlier check found them damaged: {}",
            counted(report.packs_suspected, "pack")
        ));
    }
    if report.packs_recent > 0 {
        lines.push(format!(
            "left out, because they were verified not long ago: {}",
            counted(report.packs_recent, "pack")
        ));
    }
    if report.packs_left > 0 {
        lines.push(format!(
            "the time was up: {} ({}) left, the next check begins with them",
            counted(report.packs_left, "pack"),
            size(report.bytes_left)
        ));
    }
    let notes = count(report, Severity::Note);
    if notes > 0 {
        lines.push(format!("{} (-v shows them)", counted(notes, "harmless note")));
    }
    let (lost, repairable) = (count(report, Severity::Lost), count(report, Severity::Repairable));
    if lost + repairable == 0 {
        lines.push("no errors were found".to_owned());
        return lines;
    }
    if repairable > 0 {
        lines.push(format!("{} without loss of data", counted(repairable, "error")));
    }
    if lost > 0 {
        lines.push(format!("{} with loss of data", counted(lost, "error")));
    }
    for one in &report.damaged_snapshots {
        lines.extend(losses(one, &report.lost_files));
    }
    let commands = commands(report, program);
    if !commands.is_empty() {
        lines.push("to mend this, run in this order:".to_owned());
        lines.extend(commands.iter().map(|command| format!("  {command}")));
    }
    lines
}

/// What is lost of a snapshot: entries by name as far as they are named, then how many more there are.
fn losses(one: &DamagedSnapshot, named: &[(String, Vec<u8>)]) -> Vec<String> {
    let short = one.id.short();
    let own = named.iter().filter(|(snapshot, _)| *snapshot == short);
    let mut lines: Vec<_> =
        own.map(|(_, path)| format!("lost in snapshot {short}: {}", names::display(path))).collect();
    match (one.entries.saturating_sub(lines.len() as u64), lines.is_empty()) {
        (0, _) => {}
        (rest, true) => lines.push(format!("lost in snapshot {short}: {}", counted(rest, "entry"))),
        (rest, false) => lines.push(format!("lost in snapshot {short}: and {rest} more")),
    }
    lines
}

fn parse_subset(text: &str) -> Result<ReadData, String> {
    let bad = || format!("{text:?} is no subset; write n/t with n from 1 to t, x% up to 100, or a size");
    if let Some((n, t)) = text.split_once('/') {
        let (n, t) = (n.parse().map_err(|_| bad())?, t.parse().map_err(|_| bad())?);
        return if 0 < n && n <= t { Ok(ReadData::Part { n, t }) } else { Err(bad()) };
    }
    if let Some(percent) = text.strip_suffix('%') {
        let percent: f64 = percent.parse().map_err(|_| bad())?;
        return if percent > 0.0 && percent <= 100.0 { Ok(ReadData::Percent(percent)) } else { Err(bad()) };
    }
    match parse_size(text) {
        Ok(0) | Err(_) => Err(bad()),
        Ok(bytes) => Ok(ReadData::Bytes(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::id::SessionId;
    use caddis::ops::check::Finding;

    #[test]
    fn subsets_parse() {
        assert_eq!(parse_subset("2/7"), Ok(ReadData::Part { n: 2, t: 7 }));
        assert_eq!(parse_subset("2.5%"), Ok(ReadData::Percent(2.5)));
        assert_eq!(parse_subset("10G"), Ok(ReadData::Bytes(10 << 30)));
        for bad in ["", "0/7", "8/7", "1/0", "0%", "101%", "NaN%", "-1%", "0", "x"] {
            assert!(parse_subset(bad).is_err(), "{bad}");
        }
    }

    fn damaged(id: u8) -> DamagedSnapshot {
        let id = SessionId([id; 16]);
        DamagedSnapshot { id, entries: 1, root_is_lost: false, is_protected: false, successor: None }
    }

    #[test]
    fn findings_decide_the_exit_code_and_the_advice() {
        let report = |severities: &[Severity]| CheckReport {
            findings: severities
                .iter()
                .map(|&severity| Finding { severity, object: "packs/x".into(), message: "bad".into() })
                .collect(),
            lost_files: vec![("1a1a1a1a".into(), b"/a".to_vec())],
            damaged_snapshots: vec![
                DamagedSnapshot { entries: 3, ..damaged(0x1a) },
                DamagedSnapshot { successor: Some(SessionId([9; 16])), ..damaged(0x2b) },
                DamagedSnapshot { root_is_lost: true, ..damaged(0x3c) },
                DamagedSnapshot { root_is_lost: true, is_protected: true, ..damaged(0x4d) },
            ],
            remedies: [Remedy::Snapshots, Remedy::Packs, Remedy::Forget].into(),
            ..CheckReport::default()
        };
        assert_eq!(exit(&report(&[]), 0), Exit::Success);
        assert_eq!(exit(&report(&[Severity::Note]), 0), Exit::Success);
        assert_eq!(exit(&report(&[Severity::Note]), 1), Exit::Warnings);
        assert_eq!(exit(&report(&[Severity::Note, Severity::Repairable]), 0), Exit::Damaged);
        assert!(text(&report(&[Severity::Note]), "caddis").contains(&"no errors were found".to_owned()));
        let lost = text(&report(&[Severity::Lost]), "caddis -r /x").join("\n");
        assert!(lost.contains("1 error with loss of data\nlost in snapshot 1a1a1a1a: /a\n"), "{lost}");
        assert!(lost.contains("\nlost in snapshot 1a1a1a1a: and 2 more\n"), "{lost}");
        assert!(lost.contains("\nlost in snapshot 2b2b2b2b: 1 entry\n"), "{lost}");
        let commands = ["repair packs", "repair snapshots 1a1a1a1a", "forget 2b2b2b2b 3c3c3c3c"];
        let commands = commands.map(|command| format!("\n  caddis -r /x {command}")).concat();
        assert!(lost.ends_with(&commands), "{lost}");
        let value = summary(&report(&[Severity::Lost, Severity::Repairable]), "caddis");
        assert_eq!((&value["num_errors"], &value["num_lost"]), (&json!(2), &json!(1)));
        assert_eq!((&value["broken_packs"], &value["suggest_repair_index"]), (&json!(["x"]), &json!(false)));
    }
}
