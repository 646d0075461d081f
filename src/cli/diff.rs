//! `caddis diff`.
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use caddis::error::Error;
use caddis::ops::diff::{self, DiffReport, DiffSide, LiveOptions, Mark, Part};
use caddis::ops::snapshots;
use clap::Args;
use serde_json::{Value, json};

use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::names;
use super::output::Closed;
use super::own_folders::OwnFolders;
use super::patterns::ExcludeArgs;
use super::progress::Task;
use super::units::size;

/// Show what differs between two snapshots, or between a snapshot and a directory here
///
/// Directories that are the same are not read. Blobs, and the bytes of them before compression, count as added or removed if nothing that was read has
/// them on the other side.
///
/// With a directory (or file) of this machine, a path that begins with /, ./ or ../, the snapshot is compared with what is there now: with the same
/// path of the snapshot, or with SNAPSHOT:PATH. The metadata of everything there is read; and of files whose size, times or inode are others than in
/// the snapshot, the content, which is cut and hashed as in a backup. --read-all reads all files, --no-content none. Nothing is read from the
/// repository but directories, and files whose holes are elsewhere now. --metadata compares mode, owner, time of modification and attributes. What
/// the backup left out by --exclude counts as added, unless it is left out here too.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Signs:
  +   it was added
  -   it was removed
  M   its content was modified (of a link where it leads)
  M?  its content changed, and no metadata at all: does a disk fail?
  T   its type changed
  U   only its metadata was updated (with --metadata)

Examples:
  caddis diff latest~1 latest
  caddis diff --metadata 1a2b3c4d:/etc 5e6f7a8b:/etc
  caddis diff latest /home/me
  caddis diff latest:/home/me ./restored --read-all")]
pub struct DiffArgs {
    /// The older side: beginning of an id, latest, latest~N, @label, latest@{TIME} (see caddis --help); with :PATH only what is there
    #[arg(value_name = "SNAPSHOT[:PATH]")]
    before: String,

    /// The newer side: a snapshot, or a directory or file of this machine
    #[arg(value_name = "SNAPSHOT[:PATH]|DIR")]
    after: String,

    /// Show also what differs in metadata only
    #[arg(long)]
    metadata: bool,

    /// With a directory: read all files, also those that seem unchanged
    #[arg(long, conflicts_with = "no_content")]
    read_all: bool,

    /// With a directory: read no file; those of another size are modified
    #[arg(long)]
    no_content: bool,

    /// With a directory: do not go into other file systems
    #[arg(short = 'x', long)]
    one_file_system: bool,

    #[command(flatten)]
    excludes: ExcludeArgs,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Prints changes as they are found, then the sums.
pub fn run(args: &DiffArgs, context: &Context) -> anyhow::Result<Exit> {
    let (mut rules, patterns) = args.excludes.rules()?;
    let is_live =
        ["/", "./", "../"].iter().any(|start| args.after.starts_with(start)) || matches!(&*args.after, "." | "..");
    if !is_live && (args.read_all || args.no_content || args.one_file_system || !patterns.is_empty()) {
        return Err(usage(
            "--read-all, --no-content, --one-file-system and --exclude go with a directory of this machine",
        ));
    }
    let repo = context.open()?;
    let progress = context.progress(Task::Read);
    repo.load_index(&progress)?;
    let filter = args.filter.filter();
    let select =
        |selector: &str| snapshots::select(&repo, selector, &filter, &progress).map(|(info, path)| Part { info, path });
    let out = &context.out;
    let mut before = select(&args.before)?;
    let mut each = |path: &[u8], mark: Mark| {
        let written = match out.style {
            style if style.json => out.object(&change_json(path, mark)),
            style if style.quiet => Ok(()),
            _ => out.line(format_args!("{:<5}{}", mark.sign(), names::display(path))),
        };
        written.map_err(|Closed| Error::Stopped { checkpoint: None })
    };
    let found = if is_live {
        let path = normal(Path::new(&args.after))?;
        if !snapshots::has_path(&args.before)? {
            before.path = path.as_os_str().as_bytes().to_vec();
        }
        OwnFolders::find(&context.globals, &[&repo]).leave_out(&mut rules);
        let options = LiveOptions {
            metadata: args.metadata,
            read_all: args.read_all,
            no_content: args.no_content,
            rules: Arc::new(rules),
            one_file_system: args.one_file_system,
        };
        out.lines(&format!(
            "comparing snapshot {} with {}:\n\n",
            before.info.id.short(),
            names::display(path.as_os_str().as_bytes())
        ));
        diff::diff_live(&repo, &before, &path, &options, &mut each, &progress)
    } else {
        let after = select(&args.after).map_err(|error| meant_directory(error, &args.after))?;
        let (a, b) = (before.info.id.short(), after.info.id.short());
        out.lines(&format!("comparing snapshot {a} to {b}:\n\n"));
        diff::diff(&repo, &before, &after, args.metadata, &mut each, &progress)
    };
    progress.finish();
    let report = match found {
        Err(Error::Stopped { .. }) if out.is_closed() => return Ok(Exit::Success),
        Err(error @ Error::PathNotFound { .. }) if is_live => {
            let (snapshot, directory) = (before.info.id.short(), &args.after);
            anyhow::bail!(
                "{error}. `caddis diff {snapshot}:/PATH {directory}` compares it with another directory of the snapshot"
            );
        }
        found => found?,
    };
    // A reader that went away has seen enough.
    let _ = match out.style.json {
        true => out.object(&statistics_json(args, &report)),
        false => out.bytes(statistics(&report).as_bytes()),
    };
    Ok(if progress.problems() > 0 { Exit::Warnings } else { Exit::Success })
}

/// A name that no snapshot has may be that of a directory here.
fn meant_directory(error: Error, name: &str) -> anyhow::Error {
    match error {
        Error::SnapshotNotFound { .. } if Path::new(name).exists() => {
            anyhow::anyhow!("{error}. For what is here on this machine write ./{name}")
        }
        error => error.into(),
    }
}

/// An absolute path without `.` and `..`, as snapshots have it.
fn normal(path: &Path) -> anyhow::Result<PathBuf> {
    let path = std::path::absolute(path).map_err(|error| usage(format!("{}: {error}", path.display())))?;
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    Ok(normal)
}

fn change_json(path: &[u8], mark: Mark) -> Value {
    json!({"message_type": "change", "path": names::lossy(path), "modifier": mark.sign()})
}

fn statistics_json(args: &DiffArgs, report: &DiffReport) -> Value {
    let side = |side: &DiffSide| {
        json!({
            "files": side.files, "dirs": side.directories, "others": side.others,
            "data_blobs": side.data_blobs, "tree_blobs": side.tree_blobs, "bytes": side.bytes,
        })
    };
    json!({
        "message_type": "statistics", "source_snapshot": args.before, "target_snapshot": args.after,
        "changed_files": report.changed_files, "added": side(&report.added), "removed": side(&report.removed),
    })
}

fn statistics(report: &DiffReport) -> String {
    let DiffReport { changed_files, added, removed } = report;
    format!(
        "\nFiles:       {:5} new, {:5} removed, {changed_files:5} changed\n\
         Dirs:        {:5} new, {:5} removed\n\
         Others:      {:5} new, {:5} removed\n\
         Data Blobs:  {:5} new, {:5} removed\n\
         Tree Blobs:  {:5} new, {:5} removed\n  Added:   {}\n  Removed: {}\n",
        added.files,
        removed.files,
        added.directories,
        removed.directories,
        added.others,
        removed.others,
        added.data_blobs,
        removed.data_blobs,
        added.tree_blobs,
        removed.tree_blobs,
        size(added.bytes),
        size(removed.bytes),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_those_of_snapshots() {
        assert_eq!(normal(Path::new("/a/./b/../c/")).expect("absolute"), Path::new("/a/c"));
        assert_eq!(normal(Path::new("/../x")).expect("absolute"), Path::new("/x"));
        assert!(normal(Path::new("./x")).expect("relative to here").is_absolute());
    }
}
