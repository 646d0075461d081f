//! `caddis ls`.
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use caddis::error::Error;
use caddis::model::{Node, NodeType};
use caddis::ops::ls;
use caddis::ops::snapshots::{self, SnapshotInfo};
use clap::Args;
use serde_json::{Value, json};

use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::names;
use super::output::Closed;
use super::progress::Task;
use super::snapshot_json;
use super::when;

/// List the files of a snapshot
///
/// Without directories everything is listed; directories are listed to their first level, unless --recursive.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis ls latest
  caddis ls --long latest /home/me
  caddis ls 1a2b3c4d:/etc")]
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
    #[arg(long)]
    recursive: bool,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Prints paths, or JSON lines: the snapshot, then its nodes.
pub fn run(args: &LsArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.paths.iter().any(|path| !path.is_absolute()) {
        return Err(usage("Directories in a snapshot are absolute paths, they begin with /"));
    }
    let repo = context.open()?;
    let progress = context.progress(Task::Read);
    let (info, base) = snapshots::select(&repo, &args.snapshot, &args.filter.filter(), &progress)?;
    progress.finish();
    let out = &context.out;
    let json = out.style.json;
    if json {
        let _ = out.object(&header(&info));
    } else {
        out.say(title(&info));
    }
    let mut each = |path: &[u8], node: &Node| {
        let written = if json {
            out.object(&snapshot_json::node(path, node))
        } else if args.long {
            out.line(long(path, node))
        } else {
            out.line(names::display(path))
        };
        // The reader is gone: no use in going on.
        written.map_err(|Closed| Error::Stopped { checkpoint: None })
    };
    let recursive = args.paths.is_empty() || args.recursive;
    let paths =
        if args.paths.is_empty() { vec![base] } else { args.paths.iter().map(|path| below(&base, path)).collect() };
    let listed = paths.iter().try_for_each(|path| ls::ls(&repo, &info.snapshot, path, recursive, &mut each));
    match listed {
        // Whether output failed or its reader went away is found out at the end of the program.
        Err(Error::Stopped { .. }) | Ok(()) => Ok(Exit::Success),
        Err(error) => Err(error.into()),
    }
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

fn long(path: &[u8], node: &Node) -> String {
    let mut line = format!(
        "{} {:>5} {:>5} {:>10} {} {}",
        names::permissions(node),
        node.uid,
        node.gid,
        node.size,
        when::human(node.mtime),
        names::display(path)
    );
    if node.kind == NodeType::Symlink {
        line.push_str(" -> ");
        line.push_str(&names::display(&node.target));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn long_lines_show_metadata_and_targets() {
        let node =
            Node { kind: NodeType::Symlink, mode: 0o777, uid: 1000, target: b"../x".to_vec(), ..Node::default() };
        let line = long(b"/d/l", &node);
        assert!(line.starts_with("lrwxrwxrwx  1000     0          0 "), "{line}");
        assert!(line.ends_with(" /d/l -> ../x"), "{line}");
    }

    #[test]
    fn directories_are_looked_up_beneath_the_base() {
        assert_eq!(below(b"", Path::new("/a")), b"/a");
        assert_eq!(below(b"/", Path::new("/a")), b"/a");
        assert_eq!(below(b"/home", Path::new("/a")), b"/home/a");
    }
}
