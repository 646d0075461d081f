//! The end of a backup as text and as a JSON summary, in the words of restic.
use std::time::Duration;

use caddis::fs::source::Own;
use caddis::model::Statistics;
use caddis::ops::backup::BackupReport;
use serde_json::{Map, Value, json};

use super::names;
use super::output::Output;
use super::signals;
use super::units::{clock, count, size};
use super::when;

/// Tells what came of it; `place` names the repository if there are several.
pub fn show(report: &BackupReport, place: Option<&str>, dry_run: bool, took: Duration, out: &Output) {
    if out.style.json {
        let mut value = summary(report, dry_run, took);
        if let Some(place) = place {
            value["repository"] = json!(place);
        }
        out.status(&value);
    } else {
        if let Some(place) = place {
            out.say(format_args!("repository {place}:"));
        }
        text(report, dry_run, took, out.style.verbose > 0).iter().for_each(|line| out.say(line));
        if let Some(exit) = signals::exit().filter(|_| report.stopped && !dry_run) {
            out.say(format_args!("run again, the same backup goes on from there (exit code {})", exit as u8));
        }
    }
}

fn text(report: &BackupReport, dry_run: bool, took: Duration, verbose: bool) -> Vec<String> {
    let statistics = &report.statistics;
    let mut lines = Vec::new();
    if report.resumed {
        lines.push("took up a run that was interrupted before".to_owned());
    }
    let known = statistics.changed_files + statistics.unmodified_files;
    lines.push(match &report.parent {
        Some(parent) if known > 0 || statistics.new_files == 0 || report.stopped => {
            format!("using parent snapshot {}", parent.short())
        }
        Some(parent) => format!(
            "parent snapshot {} has none of these files: everything was read, and only what is new was stored",
            parent.short()
        ),
        None if report.stopped => "no parent snapshot".to_owned(),
        None => "no parent snapshot: everything was read".to_owned(),
    });
    for (path, own) in &report.left_out {
        match own {
            Own::Repository => lines.push(format!("left out the repository itself: {}", names::display(path))),
            Own::Cache if verbose => lines.push(format!("left out a cache of this program: {}", names::display(path))),
            Own::Cache => {}
        }
    }
    lines.push(String::new());
    let row = |title: &str, counts: [u64; 3]| {
        let [new, changed, unmodified] = counts;
        format!("{title:<7} {new:>5} new, {changed:>5} changed, {unmodified:>5} unmodified")
    };
    let files = [statistics.new_files, statistics.changed_files, statistics.unmodified_files];
    lines.push(row("Files:", files));
    lines.push(row("Dirs:", directories(statistics)));
    let would = if dry_run { "Would add" } else { "Added" };
    lines.push(format!(
        "{would} to the repository: {} ({} stored, with parity and padding)",
        size(statistics.raw_added_bytes),
        size(statistics.stored_added_bytes)
    ));
    lines.push(String::new());
    lines.push(format!(
        "processed {}, {} in {}",
        count(files.iter().sum::<u64>(), "file"),
        size(statistics.bytes),
        clock(took)
    ));
    lines.push(match (&report.snapshot, dry_run) {
        (Some(id), _) if report.stopped => {
            format!("interrupted: partial snapshot {} has what was read by then", id.short())
        }
        (Some(id), _) => format!("snapshot {} saved", id.short()),
        (None, true) => "nothing was written (dry run)".to_owned(),
        (None, false) => "skipped creating a snapshot: nothing has changed".to_owned(),
    });
    if report.suspected_rot > 0 {
        let files = count(report.suspected_rot, "file");
        lines.push(format!("suspected bitrot in {files}; the snapshot has what the parent snapshot has of them"));
    }
    if statistics.problems > 0 {
        let plural = if statistics.problems == 1 { "problem" } else { "problems" };
        lines.push(format!("{} {plural} with single files; the messages are above", statistics.problems));
    }
    lines
}

/// New, changed, unmodified.
fn directories(statistics: &Statistics) -> [u64; 3] {
    [statistics.new_directories, statistics.changed_directories, statistics.unmodified_directories]
}

fn summary(report: &BackupReport, dry_run: bool, took: Duration) -> Value {
    let statistics = &report.statistics;
    let [dirs_new, dirs_changed, dirs_unmodified] = directories(statistics);
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("message_type", json!("summary"));
    put("files_new", json!(statistics.new_files));
    put("files_changed", json!(statistics.changed_files));
    put("files_unmodified", json!(statistics.unmodified_files));
    put("dirs_new", json!(dirs_new));
    put("dirs_changed", json!(dirs_changed));
    put("dirs_unmodified", json!(dirs_unmodified));
    put("data_blobs", json!(statistics.new_data_blobs));
    put("tree_blobs", json!(statistics.new_tree_blobs));
    put("data_added", json!(statistics.raw_added_bytes));
    put("data_added_packed", json!(statistics.stored_added_bytes));
    put("total_files_processed", json!(statistics.new_files + statistics.changed_files + statistics.unmodified_files));
    put("total_bytes_processed", json!(statistics.bytes));
    put("total_duration", json!(took.as_secs_f64()));
    put("backup_start", json!(when::rfc3339(statistics.started)));
    put("backup_end", json!(when::rfc3339(statistics.finished)));
    put("error_count", json!(statistics.problems));
    put("dry_run", json!(dry_run));
    put("suspected_bitrot", json!(report.suspected_rot));
    put("resumed", json!(report.resumed));
    put("partial", json!(report.stopped));
    if !report.left_out.is_empty() {
        let paths: Vec<String> = report.left_out.iter().map(|(path, _)| names::lossy(path)).collect();
        put("left_out", json!(paths));
    }
    // As in restic these are absent when there is none.
    if let Some(id) = &report.snapshot {
        put("snapshot_id", json!(id.to_string()));
    }
    if let Some(id) = &report.parent {
        put("parent", json!(id.to_string()));
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::id::SessionId;

    fn report() -> BackupReport {
        BackupReport {
            snapshot: Some(SessionId([0x1a; 16])),
            statistics: Statistics {
                new_files: 2,
                changed_files: 1,
                new_directories: 1,
                bytes: 2048,
                raw_added_bytes: 1024,
                stored_added_bytes: 512,
                ..Statistics::default()
            },
            ..BackupReport::default()
        }
    }

    #[test]
    fn text_reads_like_that_of_restic() {
        let text = text(&report(), false, Duration::from_secs(61), false).join("\n");
        let expected = "\
no parent snapshot: everything was read

Files:      2 new,     1 changed,     0 unmodified
Dirs:       1 new,     0 changed,     0 unmodified
Added to the repository: 1.000 KiB (512 B stored, with parity and padding)

processed 3 files, 2.000 KiB in 1:01
snapshot 1a1a1a1a saved";
        assert_eq!(text, expected);
    }

    #[test]
    fn runs_without_a_snapshot_say_why() {
        let last = |report: &BackupReport, dry| text(report, dry, Duration::ZERO, false).pop().unwrap_or_default();
        let none = BackupReport { snapshot: None, ..report() };
        assert!(last(&none, true).contains("dry run"));
        assert!(last(&none, false).contains("nothing has changed"));
        let stopped = BackupReport { stopped: true, ..report() };
        assert!(last(&stopped, false).contains("partial snapshot 1a1a1a1a"));
    }

    #[test]
    fn the_summary_has_the_fields_of_restic() {
        let value = summary(&report(), true, Duration::from_millis(1500));
        assert_eq!(value["files_new"], 2);
        assert_eq!(value["total_files_processed"], 3);
        assert_eq!(value["data_added_packed"], 512);
        assert_eq!(value["total_duration"], 1.5);
        assert_eq!(value["dry_run"], true);
        assert_eq!(value["snapshot_id"], "1a".repeat(16));
    }
}
