//! `caddis ls`.
use std::cmp::Ordering;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use caddis::error::Error;
use caddis::model::Node;
use caddis::ops::ls;
use caddis::ops::snapshots::{self, SnapshotInfo};
use caddis::repo::Repository;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::long_line::long_line;
use super::ls_ncdu;
use super::names;
use super::output::Closed;
use super::progress::Task;
use super::snapshot_json;
use super::when;

/// List the files of a snapshot
///
/// Without directories everything is listed; directories are listed to their first level, unless --recursive. The list appears while it is read, unless
/// it is to be sorted by anything but names.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis ls latest
  caddis ls --long latest /home/me
  caddis ls 1a2b3c4d:/etc
  caddis ls -l --human-readable --sort size --reverse latest | head
  caddis ls --ncdu latest:/home | ncdu -f -")]
pub struct LsArgs {
    /// Beginning of an id, latest, latest~N, @label, latest@{TIME} (see caddis --help); with :PATH only what is there
    #[arg(value_name = "SNAPSHOT[:PATH]")]
    snapshot: String,

    /// Only these files and directories, as absolute paths in the snapshot
    #[arg(value_name = "DIR")]
    paths: Vec<PathBuf>,

    /// Show mode, owner, size and time too
    #[arg(short, long)]
    long: bool,

    /// With directories: list everything beneath them
    #[arg(short = 'R', long)]
    recursive: bool,

    /// With --long: sizes in KiB, MiB and so on
    #[arg(long)]
    human_readable: bool,

    /// Sort the whole list; the smallest, oldest or first in the alphabet comes first [default: by name, within directories]
    #[arg(short, long, value_name = "WHAT", value_enum, conflicts_with = "ncdu")]
    sort: Option<Sort>,

    /// Turn the order around
    #[arg(long, conflicts_with = "ncdu")]
    reverse: bool,

    /// Write what `ncdu -f` reads (JSON, version 1.2); always with everything beneath
    #[arg(long, conflicts_with_all = ["long", "recursive", "human_readable"])]
    ncdu: bool,

    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// Path
    Name,
    /// Size of files
    Size,
    /// Time of the last modification
    #[value(alias = "time")]
    Mtime,
    /// Time of the last change of content or metadata
    Ctime,
    /// What follows the last dot of the name
    Extension,
}

type Each<'a> = dyn FnMut(&[u8], &Node) -> Result<(), Error> + 'a;

/// Prints paths, or JSON lines: the snapshot, then its nodes.
pub fn run(args: &LsArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.paths.iter().any(|path| !path.is_absolute()) {
        return Err(usage("Directories in a snapshot are absolute paths, they begin with /"));
    }
    if args.ncdu && context.out.style.json {
        return Err(usage("--ncdu is JSON of its own kind; give it without --json"));
    }
    if args.human_readable && !args.long {
        return Err(usage("--human-readable goes with --long"));
    }
    let repo = context.open()?;
    let progress = context.progress(Task::Read);
    let (info, base) = snapshots::select(&repo, &args.snapshot, &args.filter.filter(), &progress)?;
    progress.finish();
    let given: Vec<Vec<u8>> = args.paths.iter().map(|path| below(&base, path)).collect();
    let listed = match args.ncdu {
        true => ls_ncdu::print(&repo, &info, &base, &given, &context.out),
        false => list(args, context, &repo, &info, if given.is_empty() { vec![base] } else { given }),
    };
    match listed {
        // Whether output failed or its reader went away is found out at the end of the program.
        Err(Error::Stopped { .. }) | Ok(()) => Ok(Exit::Success),
        Err(error) => Err(error.into()),
    }
}

fn list(
    args: &LsArgs,
    context: &Context,
    repo: &Repository,
    info: &SnapshotInfo,
    paths: Vec<Vec<u8>>,
) -> Result<(), Error> {
    let out = &context.out;
    let json = out.style.json;
    if json {
        let _ = out.object(&header(info));
    } else {
        out.say(title(info));
    }
    let print = |path: &[u8], node: &Node| {
        let written = if json {
            out.object(&snapshot_json::node(path, node))
        } else if args.long {
            out.line(long_line(path, node, args.human_readable))
        } else {
            out.line(names::display(path))
        };
        // The reader is gone: no use in going on.
        written.map_err(|Closed| Error::Stopped { checkpoint: None })
    };
    let recursive = args.paths.is_empty() || args.recursive;
    let each_of =
        |each: &mut Each<'_>| paths.iter().try_for_each(|path| ls::ls(repo, &info.snapshot, path, recursive, each));
    if args.sort.is_none() && !args.reverse {
        return each_of(&mut |path, node| print(path, node));
    }
    let mut entries = Vec::new();
    each_of(&mut |path, node| {
        // What is not shown need not be kept.
        let (content, xattrs, holes, unknown) = Default::default();
        entries.push((path.to_vec(), Node { content, xattrs, holes, unknown, ..node.clone() }));
        Ok(())
    })?;
    sort(&mut entries, args.sort, args.reverse);
    entries.iter().try_for_each(|(path, node)| print(path, node))
}

/// What is equal otherwise comes by path.
fn sort(entries: &mut [(Vec<u8>, Node)], by: Option<Sort>, reverse: bool) {
    if let Some(by) = by {
        entries.sort_by(|(a_path, a), (b_path, b)| {
            let order = match by {
                Sort::Name => Ordering::Equal,
                Sort::Size => a.size.cmp(&b.size),
                Sort::Mtime => a.mtime.cmp(&b.mtime),
                Sort::Ctime => a.ctime.cmp(&b.ctime),
                Sort::Extension => extension(&a.name).cmp(extension(&b.name)),
            };
            order.then_with(|| a_path.cmp(b_path))
        });
    }
    if reverse {
        entries.reverse();
    }
}

fn extension(name: &[u8]) -> &[u8] {
    name.iter().rposition(|byte| *byte == b'.').and_then(|dot| name.get(dot..)).unwrap_or_default()
}

/// `SNAPSHOT:BASE` with a directory means the one beneath the base, as if the base were the root.
fn below(base: &[u8], path: &std::path::Path) -> Vec<u8> {
    let path = path.as_os_str().as_bytes();
    match base.strip_suffix(b"/").unwrap_or(base) {
        b"" => path.to_vec(),
        base => [base, path].concat(),
    }
}

fn header(info: &SnapshotInfo) -> Value {
    let mut value = snapshot_json::snapshot(info);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("message_type".to_owned(), json!("snapshot"));
        fields.insert("struct_type".to_owned(), json!("snapshot"));
    }
    value
}

fn title(SnapshotInfo { id, snapshot }: &SnapshotInfo) -> String {
    let paths: Vec<String> = snapshot.paths.iter().map(|path| names::display(path)).collect();
    let shown = |text: &str| names::display(text.as_bytes());
    format!(
        "snapshot {} of [{}] at {} by {}@{}:",
        id.short(),
        paths.join(" "),
        when::human(snapshot.time),
        shown(&snapshot.user),
        shown(&snapshot.host)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn directories_are_looked_up_beneath_the_base() {
        assert_eq!(below(b"", Path::new("/a")), b"/a");
        assert_eq!(below(b"/", Path::new("/a")), b"/a");
        assert_eq!(below(b"/home", Path::new("/a")), b"/home/a");
    }

    #[test]
    fn extensions_begin_with_the_last_dot() {
        assert_eq!(
            (extension(b"a.tar.gz"), extension(b"Makefile"), extension(b".bashrc")),
            (&b".gz"[..], &b""[..], &b".bashrc"[..])
        );
    }
}
