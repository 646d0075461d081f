//! `caddis find`.
use caddis::error::Error;
use caddis::fs::source::PathPatterns;
use caddis::id::{BlobId, BlobKind};
use caddis::model::{Node, NodeType};
use caddis::ops::find::{self, Entries, Found, ObjectKind, Objects, SizeTest, Wanted};
use caddis::ops::snapshots::{self, SnapshotInfo};
use caddis::repo::Repository;
use caddis::world::Time;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::long_line::long_line;
use super::names;
use super::output::{Closed, one_line};
use super::progress::Task;
use super::snapshot_json;
use super::units::{count, parse_size};
use super::when;

/// Find files and directories in snapshots, or where blobs and packs are used
///
/// A pattern is compared with every run of names in a path: `*.txt`, `docs/*.txt`; one that begins with a slash with the whole path. `*`, `?` and `[…]`
/// match within a name, `**` any number of names; what is beneath a match matches too. The newest snapshots come first. What snapshots have in common is
/// searched once, however many they are.
///
/// With --blob, --tree or --pack the arguments are ids, or their first digits, and what is shown is which files and directories of which snapshots use
/// them.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis find config.json
  caddis find -l --type f --size +100M --oldest 2026-01-01 '*.iso'
  caddis find -i --host web1 '/home/*/notes*'
  caddis find --blob 420f620f --show-pack-id
  caddis find --pack 025c1d06")]
pub struct FindArgs {
    /// Names, paths or patterns: any of them must match; with --blob, --tree or --pack ids
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,

    /// Ignore case
    #[arg(short, long)]
    ignore_case: bool,

    /// Only what was modified then or later: 2026-01-31 (its first moment), "2026-01-31 23:59:59", "2 days ago", yesterday
    #[arg(short = 'O', long, value_name = "TIME", value_parser = when::past)]
    oldest: Option<Time>,

    /// Only what was modified then or before; times as with --oldest
    #[arg(short = 'N', long, value_name = "TIME", value_parser = when::past)]
    newest: Option<Time>,

    /// Only files of more than (+10M), less than (-1k) or exactly (512) so many bytes (repeated: all must hold)
    #[arg(long, value_name = "[+-]SIZE", value_parser = parse_test, allow_hyphen_values = true)]
    size: Vec<SizeTest>,

    /// Only files (f), directories (d), links (l), pipes (p), sockets (s), character (c) or block devices (b); several with commas
    #[arg(long = "type", value_name = "TYPE", value_enum, value_delimiter = ',')]
    kinds: Vec<Kind>,

    /// The arguments are ids of blobs
    #[arg(long)]
    blob: bool,

    /// The arguments are ids of trees
    #[arg(long)]
    tree: bool,

    /// The arguments are ids of packs
    #[arg(long)]
    pack: bool,

    /// With --blob, --tree or --pack: show which packs hold what is found
    #[arg(long)]
    show_pack_id: bool,

    /// Show mode, owner, size and time too
    #[arg(short, long)]
    long: bool,

    /// With --long: sizes in KiB, MiB and so on
    #[arg(long)]
    human_readable: bool,

    /// Oldest snapshots first
    #[arg(short = 'R', long)]
    reverse: bool,

    /// Only in this snapshot: beginning of an id, latest, latest~N, @label, latest@{TIME} (see caddis --help) (can be repeated)
    #[arg(short, long, value_name = "SNAPSHOT")]
    snapshot: Vec<String>,

    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// File
    #[value(alias = "file")]
    F,
    /// Directory
    #[value(alias = "dir")]
    D,
    /// Symbolic link
    #[value(alias = "symlink")]
    L,
    /// Named pipe
    #[value(alias = "fifo")]
    P,
    /// Socket
    #[value(alias = "socket")]
    S,
    /// Character device
    #[value(alias = "chardev")]
    C,
    /// Block device
    #[value(alias = "dev")]
    B,
}

/// Searches and prints as it finds.
pub fn run(args: &FindArgs, context: &Context) -> anyhow::Result<Exit> {
    check(args)?;
    let repo = context.open()?;
    let progress = context.progress(Task::Read);
    repo.load_index(&progress)?;
    let wanted = wanted(args, &repo)?;
    let filter = args.filter.filter();
    let mut chosen = match args.snapshot.is_empty() {
        true => snapshots::list(&repo, &filter, &progress)?,
        false => {
            let one = |id: &String| snapshots::select_whole(&repo, id, &filter, &progress);
            args.snapshot.iter().map(one).collect::<Result<Vec<_>, _>>()?
        }
    };
    chosen.sort_by_key(SnapshotInfo::order);
    chosen.dedup_by_key(|info| info.id);
    if !args.reverse {
        chosen.reverse();
    }
    let mut printer =
        Printer { args, context, repo: &repo, chosen: &chosen, current: None, hits: 0, has_printed: false };
    // A reader that is gone: no use in going on.
    let stop = |_: Closed| Error::Stopped { checkpoint: None };
    let found = printer.begin().map_err(stop).and_then(|()| {
        let mut each = |number: usize, path: &[u8], found: &Found| printer.print(number, path, found);
        find::find(&repo, &chosen, &wanted, &mut each, &progress)
    });
    let ended = printer.end();
    progress.finish();
    match found {
        Err(Error::Stopped { .. }) if context.out.is_closed() => Ok(Exit::Success),
        Err(error) => Err(error.into()),
        Ok(_) => {
            if chosen.is_empty() && !filter.is_empty() {
                args.filter.tell_if_none(0, &context.out);
            } else if !printer.has_printed && !context.out.style.json {
                context.out.note(&format!("nothing found in {}", count(chosen.len() as u64, "snapshot")));
            }
            // Whether output failed is found out at the end of the program.
            let _ = ended;
            Ok(if progress.problems() > 0 { Exit::Warnings } else { Exit::Success })
        }
    }
}

fn check(args: &FindArgs) -> anyhow::Result<()> {
    let by_id = args.blob || args.tree || args.pack;
    let by_entry = args.oldest.is_some() || args.newest.is_some() || !args.size.is_empty() || !args.kinds.is_empty();
    let useless = match by_id {
        true if args.patterns.is_empty() => return Err(usage("Say which: the ids are missing")),
        true if args.pack && (args.blob || args.tree) => return Err(usage("--pack does not go with --blob or --tree")),
        true => by_entry || args.ignore_case || args.long,
        false if args.patterns.is_empty() && !by_entry => {
            return Err(usage("Nothing to look for: give a pattern, or --size, --type, --oldest or --newest"));
        }
        false => args.show_pack_id,
    };
    match useless {
        true if by_id => {
            Err(usage("Ids are not found by --type, --size, --oldest, --newest, --ignore-case, nor shown --long"))
        }
        true => Err(usage("--show-pack-id goes with --blob, --tree or --pack")),
        false if args.human_readable && !args.long => Err(usage("--human-readable goes with --long")),
        false => Ok(()),
    }
}

fn wanted(args: &FindArgs, repo: &Repository) -> anyhow::Result<Wanted> {
    let kinds = [(args.blob, ObjectKind::Blob), (args.tree, ObjectKind::Tree), (args.pack, ObjectKind::Pack)];
    let kinds: Vec<ObjectKind> = kinds.into_iter().filter(|(given, _)| *given).map(|(_, kind)| kind).collect();
    if !kinds.is_empty() {
        return Ok(Wanted::Objects(Objects::new(repo, &kinds, &args.patterns)?));
    }
    Ok(Wanted::Entries(Entries {
        patterns: PathPatterns::new(&args.patterns, args.ignore_case).map_err(|error| usage(error.to_string()))?,
        kinds: args.kinds.iter().map(|kind| node_type(*kind)).collect(),
        sizes: args.size.clone(),
        oldest: args.oldest,
        newest: args.newest,
    }))
}

fn node_type(kind: Kind) -> NodeType {
    match kind {
        Kind::F => NodeType::File,
        Kind::D => NodeType::Directory,
        Kind::L => NodeType::Symlink,
        Kind::P => NodeType::Fifo,
        Kind::S => NodeType::Socket,
        Kind::C => NodeType::CharDevice,
        Kind::B => NodeType::BlockDevice,
    }
}

/// `+10M`, `-1k`, `512`.
fn parse_test(text: &str) -> Result<SizeTest, String> {
    match text.split_at_checked(1) {
        Some(("+", size)) => parse_size(size).map(SizeTest::Above),
        Some(("-", size)) => parse_size(size).map(SizeTest::Below),
        _ => parse_size(text).map(SizeTest::Exactly),
    }
}

/// restic's forms: one array in JSON, of snapshots with their matches, or of objects.
struct Printer<'a> {
    args: &'a FindArgs,
    context: &'a Context,
    repo: &'a Repository,
    chosen: &'a [SnapshotInfo],
    /// The snapshot of which matches are being told.
    current: Option<usize>,
    /// Told of it, or of objects in all.
    hits: u64,
    has_printed: bool,
}

impl Printer<'_> {
    fn json(&self) -> bool {
        self.context.out.style.json
    }

    fn raw(&self, text: &str) -> Result<(), Closed> {
        self.context.out.bytes(text.as_bytes())
    }

    fn begin(&self) -> Result<(), Closed> {
        if self.json() { self.raw("[") } else { Ok(()) }
    }

    fn end(&self) -> Result<(), Closed> {
        if !self.json() {
            return Ok(());
        }
        self.end_snapshot()?;
        self.raw("]\n")
    }

    fn end_snapshot(&self) -> Result<(), Closed> {
        match self.current.and_then(|number| self.chosen.get(number)) {
            Some(info) => self.raw(&format!("],\"hits\":{},\"snapshot\":\"{}\"}}", self.hits, info.id)),
            None => Ok(()),
        }
    }

    fn print(&mut self, number: usize, path: &[u8], found: &Found) -> Result<(), Error> {
        let Some(info) = self.chosen.get(number) else { return Ok(()) };
        self.has_printed = true;
        let packs = match found {
            Found::Object { id, .. } if self.args.show_pack_id => self.packs(id)?,
            _ => Vec::new(),
        };
        let printed = match found {
            Found::Entry(node) => self.entry(number, info, path, node),
            Found::Object { kind, id, parent } => self.object((*kind, *id, *parent), info, path, &packs),
        };
        printed.map_err(|Closed| Error::Stopped { checkpoint: None })
    }

    fn packs(&self, id: &BlobId) -> Result<Vec<String>, Error> {
        Ok(self.repo.places(id)?.iter().map(|place| place.pack.to_string()).collect())
    }

    fn entry(&mut self, number: usize, info: &SnapshotInfo, path: &[u8], node: &Node) -> Result<(), Closed> {
        let is_new = self.current != Some(number);
        if self.json() {
            if is_new {
                self.end_snapshot()?;
                self.raw(if self.current.is_some() { ",{\"matches\":[" } else { "{\"matches\":[" })?;
                (self.current, self.hits) = (Some(number), 0);
            }
            let comma = if self.hits > 0 { "," } else { "" };
            self.hits += 1;
            return self.raw(&format!("{comma}{}", one_line(&entry_json(path, node))));
        }
        if is_new {
            if self.current.is_some() {
                self.context.out.say("");
            }
            self.current = Some(number);
            let (id, time) = (info.id.short(), when::human(info.snapshot.time));
            self.context.out.say(format_args!("Found matching entries in snapshot {id} from {time}"));
        }
        match self.args.long {
            true => self.context.out.line(long_line(path, node, self.args.human_readable)),
            false => self.context.out.line(names::display(path)),
        }
    }

    fn object(
        &mut self,
        (kind, id, parent): (BlobKind, BlobId, Option<BlobId>),
        info: &SnapshotInfo,
        path: &[u8],
        packs: &[String],
    ) -> Result<(), Closed> {
        let name = if kind == BlobKind::Data { "blob" } else { "tree" };
        if self.json() {
            let comma = if self.hits > 0 { "," } else { "" };
            self.hits += 1;
            let mut value = json!({
                "object_type": name, "id": id.to_string(), "path": names::lossy(path),
                "snapshot": info.id.to_string(), "time": when::rfc3339(info.snapshot.time),
            });
            if let Some(parent) = parent {
                value["parent_tree"] = json!(parent.to_string());
            }
            if self.args.show_pack_id {
                value["packs"] = json!(packs);
            }
            return self.raw(&format!("{comma}{}", one_line(&value)));
        }
        let out = &self.context.out;
        out.line(format_args!("Found {name} {id}"))?;
        match parent {
            Some(parent) => {
                out.line(format_args!(" ... in file {}", names::display(path)))?;
                out.line(format_args!("     (tree {parent})"))?;
            }
            None => out.line(format_args!(" ... path {}", names::display(path)))?,
        }
        for pack in packs {
            out.line(format_args!(" ... in pack {pack}"))?;
        }
        let (id, time) = (info.id.short(), when::human(info.snapshot.time));
        out.line(format_args!(" ... in snapshot {id} ({time})"))
    }
}

/// As in `ls`, without what says which kind of message it is.
fn entry_json(path: &[u8], node: &Node) -> Value {
    let mut value = snapshot_json::node(path, node);
    if let Some(fields) = value.as_object_mut() {
        ["message_type", "struct_type", "name"].into_iter().for_each(|name| drop(fields.remove(name)));
        fields.insert("device_id".to_owned(), json!(node.device));
        fields.insert("links".to_owned(), json!(node.links));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_compared() {
        assert_eq!(parse_test("+10M"), Ok(SizeTest::Above(10 << 20)));
        assert_eq!(parse_test("-1k"), Ok(SizeTest::Below(1024)));
        assert_eq!(parse_test("512"), Ok(SizeTest::Exactly(512)));
        assert!(parse_test("").is_err() && parse_test("+").is_err() && parse_test("10X").is_err());
        assert!(SizeTest::Above(5).holds(6) && !SizeTest::Above(5).holds(5) && SizeTest::Below(5).holds(4));
    }
}
