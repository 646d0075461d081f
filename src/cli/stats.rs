//! `caddis stats`.
use caddis::ops::snapshots;
use caddis::ops::stats::{self, FileStats, FilesBy, RepositoryStats, SnapshotStats};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::progress::Task;
use super::units::{count, size};

/// Show sizes and counts
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis stats latest
  caddis stats --mode raw-data --host web1
  caddis stats --mode files-by-contents
  caddis stats --mode repository")]
pub struct StatsArgs {
    /// Only these: beginnings of ids, latest, latest~N, @label, latest@{TIME} [default: all]
    #[arg(value_name = "SNAPSHOT")]
    ids: Vec<String>,

    /// What is counted
    #[arg(long, value_name = "MODE", value_enum, default_value_t = Mode::RestoreSize)]
    mode: Mode,

    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Files and bytes that restoring the snapshots would write
    RestoreSize,
    /// Files with distinct content, whatever their names
    FilesByContents,
    /// The blobs of those files, each once for a path
    BlobsPerFile,
    /// Distinct blobs that the snapshots use, as they are stored and before compression
    RawData,
    /// Everything that is stored, whichever snapshot uses it
    Repository,
}

/// Counts and prints.
pub fn run(args: &StatsArgs, context: &Context) -> anyhow::Result<Exit> {
    let filter = args.filter.filter();
    if args.mode == Mode::Repository && (!filter.is_empty() || !args.ids.is_empty()) {
        return Err(usage("--mode repository counts all that is stored; snapshots cannot be chosen"));
    }
    let repo = context.open()?;
    let progress = context.progress(Task::Read);
    let (mut text, mut value) = if args.mode == Mode::Repository {
        let found = stats::repository(&repo, &progress)?;
        (repository_text(&found), repository_json(&found))
    } else {
        let chosen = if args.ids.is_empty() {
            snapshots::list(&repo, &filter, &progress)?
        } else {
            let one = |id: &String| snapshots::select(&repo, id, &filter, &progress).map(|(found, _)| found);
            args.ids.iter().map(one).collect::<Result<_, _>>()?
        };
        args.filter.tell_if_none(chosen.len(), &context.out);
        match args.mode {
            Mode::FilesByContents | Mode::BlobsPerFile => {
                let by = if args.mode == Mode::FilesByContents { FilesBy::Contents } else { FilesBy::BlobsPerFile };
                let found = stats::files(&repo, &chosen, by, &progress)?;
                (files_text(&found, by), files_json(&found, by))
            }
            mode => {
                let found = stats::snapshots(&repo, &chosen, &progress)?;
                (snapshots_text(&found, mode), snapshots_json(&found, mode))
            }
        }
    };
    progress.finish();
    if let Some(line) = context.out.usage_line().filter(|_| context.globals.verbose == 0) {
        text.push_str(&format!("{line}\n"));
    }
    context.out.add_usage(&mut value);
    // A reader that went away has seen enough.
    let _ = if context.out.style.json { context.out.object(&value) } else { context.out.bytes(text.as_bytes()) };
    Ok(if progress.problems() > 0 { Exit::Warnings } else { Exit::Success })
}

fn rows(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(title, _)| title.len()).max().unwrap_or(0);
    rows.iter().map(|(title, value)| format!("{title:>width$}:  {value}\n")).collect()
}

fn snapshots_text(found: &SnapshotStats, mode: Mode) -> String {
    let snapshots = ("Snapshots processed", found.snapshots.to_string());
    if mode == Mode::RestoreSize {
        let files = ("Total File Count", found.files.to_string());
        return rows(&[snapshots, files, ("Total Size", size(found.restore_bytes))]);
    }
    let blobs = ("Total Blob Count", found.blobs.to_string());
    let mut lines = vec![snapshots, blobs, ("Total Uncompressed Size", size(found.blob_bytes))];
    lines.push(("Total Size", size(found.stored_bytes)));
    if let Some((ratio, saving)) = compression(found) {
        lines.extend([
            ("Compression Ratio", format!("{ratio:.2}x")),
            ("Compression Space Saving", format!("{saving:.2}%")),
        ]);
    }
    rows(&lines)
}

/// How many times smaller the blobs are stored, and how much that saves, in percent.
fn compression(found: &SnapshotStats) -> Option<(f64, f64)> {
    let (raw, stored) = (found.blob_bytes as f64, found.stored_bytes as f64);
    (found.blob_bytes > 0 && found.stored_bytes > 0).then(|| (raw / stored, (1.0 - stored / raw) * 100.0))
}

fn files_text(found: &FileStats, by: FilesBy) -> String {
    let mut lines = vec![("Snapshots processed", found.snapshots.to_string())];
    if by == FilesBy::BlobsPerFile {
        lines.push(("Total Blob Count", found.blobs.to_string()));
    }
    lines.extend([("Total File Count", found.files.to_string()), ("Total Size", size(found.bytes))]);
    rows(&lines)
}

fn files_json(found: &FileStats, by: FilesBy) -> Value {
    let mut value = json!({
        "total_size": found.bytes, "total_file_count": found.files, "snapshots_count": found.snapshots,
    });
    if by == FilesBy::BlobsPerFile {
        value["total_blob_count"] = json!(found.blobs);
    }
    value
}

fn snapshots_json(found: &SnapshotStats, mode: Mode) -> Value {
    if mode == Mode::RestoreSize {
        return json!({
            "total_size": found.restore_bytes, "total_file_count": found.files, "snapshots_count": found.snapshots,
        });
    }
    let mut value = json!({
        "total_size": found.stored_bytes, "total_uncompressed_size": found.blob_bytes, "total_blob_count": found.blobs,
        "snapshots_count": found.snapshots,
    });
    if let Some((ratio, saving)) = compression(found) {
        value["compression_ratio"] = json!(ratio);
        // No repository has anything from before there was compression, as those of restic may.
        value["compression_progress"] = json!(100);
        value["compression_space_saving"] = json!(saving);
    }
    value
}

/// How many times smaller the frames are than what is in them.
fn ratio(found: &RepositoryStats) -> Option<f64> {
    (found.frame_bytes > 0).then(|| found.raw_bytes as f64 / found.frame_bytes as f64)
}

/// How much more the deltas would take in full, about.
fn saved(found: &RepositoryStats) -> u64 {
    found.deltas.full_bytes.saturating_sub(found.deltas.frame_bytes)
}

fn total(found: &RepositoryStats) -> u64 {
    found.data_bytes + found.parity_bytes + found.index_bytes + found.other_bytes
}

fn repository_text(found: &RepositoryStats) -> String {
    let mut lines = vec![
        ("Snapshots", found.snapshots.to_string()),
        ("Blobs", format!("{} in {}", found.blobs, count(found.frames, "frame"))),
        ("Uncompressed", size(found.raw_bytes)),
        ("Compressed", size(found.frame_bytes)),
    ];
    if let Some(ratio) = ratio(found) {
        lines.push(("Compression Ratio", format!("{ratio:.2}x")));
    }
    let deltas = &found.deltas;
    if deltas.frames > 0 {
        let frames = count(deltas.frames, "frame");
        let (raw, stored) = (size(deltas.raw_bytes), size(deltas.frame_bytes));
        lines.push(("Deltas", format!("{raw} as {stored} in {frames}, saving about {}", size(saved(found)))));
    }
    lines.extend([
        ("Data packs", format!("{} ({})", found.data_packs, size(found.data_bytes))),
        ("Parity packs", format!("{} ({})", found.parity_packs, size(found.parity_bytes))),
        ("Stripes", found.stripes.to_string()),
        ("Index", size(found.index_bytes)),
        ("Other objects", size(found.other_bytes)),
        ("Total Size", size(total(found))),
    ]);
    rows(&lines)
}

fn repository_json(found: &RepositoryStats) -> Value {
    let mut value = json!({
        "total_size": total(found),
        "total_uncompressed_size": found.raw_bytes,
        "total_blob_count": found.blobs,
        "snapshots_count": found.snapshots,
        "frames": found.frames,
        "frame_bytes": found.frame_bytes,
        "delta_frames": found.deltas.frames,
        "delta_uncompressed_bytes": found.deltas.raw_bytes,
        "delta_bytes": found.deltas.frame_bytes,
        "delta_saved_bytes": saved(found),
        "stripes": found.stripes,
        "data_packs": found.data_packs,
        "data_bytes": found.data_bytes,
        "parity_packs": found.parity_packs,
        "parity_bytes": found.parity_bytes,
        "index_bytes": found.index_bytes,
        "other_bytes": found.other_bytes,
    });
    if let (Some(ratio), Some(fields)) = (ratio(found), value.as_object_mut()) {
        fields.insert("compression_ratio".to_owned(), json!(ratio));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::repo::DeltaTotals;

    #[test]
    fn totals_and_ratio_are_computed() {
        let found = RepositoryStats {
            raw_bytes: 300,
            frame_bytes: 100,
            data_bytes: 120,
            parity_bytes: 12,
            index_bytes: 5,
            other_bytes: 3,
            ..RepositoryStats::default()
        };
        let value = repository_json(&found);
        assert_eq!((&value["total_size"], &value["compression_ratio"]), (&json!(140), &json!(3.0)));
        assert!(repository_text(&found).contains("3.00x"));
        assert!(repository_json(&RepositoryStats::default()).get("compression_ratio").is_none());
        assert!(!repository_text(&found).contains("Deltas"));
    }

    #[test]
    fn deltas_tell_what_they_save() {
        let deltas = DeltaTotals { frames: 2, raw_bytes: 8192, frame_bytes: 1024, full_bytes: 3072 };
        let found = RepositoryStats { deltas, ..RepositoryStats::default() };
        let text = repository_text(&found);
        assert!(text.contains("Deltas:  8.000 KiB as 1.000 KiB in 2 frames, saving about 2.000 KiB\n"), "{text}");
        let value = repository_json(&found);
        assert_eq!((&value["delta_frames"], &value["delta_uncompressed_bytes"]), (&json!(2), &json!(8192)));
        assert_eq!((&value["delta_bytes"], &value["delta_saved_bytes"]), (&json!(1024), &json!(2048)));
    }

    #[test]
    fn modes_show_different_things() {
        let found = SnapshotStats {
            snapshots: 2,
            files: 3,
            restore_bytes: 4096,
            blobs: 5,
            blob_bytes: 1024,
            stored_bytes: 512,
        };
        assert_eq!(
            snapshots_text(&found, Mode::RestoreSize),
            "Snapshots processed:  2\n   Total File Count:  3\n         Total Size:  4.000 KiB\n"
        );
        assert_eq!(snapshots_json(&found, Mode::RestoreSize)["total_size"], 4096);
        let raw = snapshots_json(&found, Mode::RawData);
        assert_eq!((&raw["total_uncompressed_size"], &raw["total_size"]), (&json!(1024), &json!(512)));
        assert_eq!((&raw["compression_ratio"], &raw["compression_space_saving"]), (&json!(2.0), &json!(50.0)));
        assert_eq!(raw["compression_progress"], 100);
        assert!(snapshots_text(&found, Mode::RawData).contains("Compression Space Saving:  50.00%\n"));
        let files = FileStats { snapshots: 1, files: 2, bytes: 3, blobs: 4 };
        assert!(files_json(&files, FilesBy::Contents).get("total_blob_count").is_none());
        assert_eq!(files_json(&files, FilesBy::BlobsPerFile)["total_blob_count"], 4);
        assert!(files_text(&files, FilesBy::BlobsPerFile).contains("Total Blob Count:  4\n"));
    }
}
