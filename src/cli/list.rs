//! `caddis list`.
use caddis::backend::Family;
use caddis::id::BlobKind;
use caddis::ops::snapshots::{self, SnapshotFilter};
use caddis::repo::Repository;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use super::progress::Task;

/// List the ids of what is stored, one a line
///
/// For scripts; `caddis snapshots` and `caddis key list` tell more. There are no locks: their list is always empty.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis list snapshots
  caddis list packs | wc -l")]
pub struct ListArgs {
    /// What
    #[arg(value_name = "KIND", value_enum)]
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Snapshots, the oldest first
    Snapshots,
    /// Packs with data or parity
    Packs,
    /// Index objects
    Index,
    /// Key slots
    Keys,
    /// Blobs, each with its type before it: data or tree
    Blobs,
    /// As in restic; none, for caddis needs none
    Locks,
}

impl Kind {
    fn singular(self) -> &'static str {
        match self {
            Kind::Snapshots => "snapshot",
            Kind::Packs => "pack",
            Kind::Index => "index",
            Kind::Keys => "key",
            Kind::Blobs => "blob",
            Kind::Locks => "lock",
        }
    }
}

/// Prints ids, or a JSON line for each.
pub fn run(args: &ListArgs, context: &Context) -> anyhow::Result<Exit> {
    let repo = context.open()?;
    let progress = context.progress(Task::Read);
    if args.kind == Kind::Blobs {
        repo.load_index(&progress)?;
        progress.finish();
        for (kind, name) in [(BlobKind::Data, "data"), (BlobKind::Tree, "tree")] {
            // Whoever stops reading has seen enough.
            let _ = repo.blobs(kind)?.iter().try_for_each(|id| match context.out.style.json {
                true => {
                    let id = id.to_string();
                    context.out.object(&json!({"message_type": "object", "type": "blob", "blob_type": name, "id": id}))
                }
                false => context.out.line(format_args!("{name} {id}")),
            });
        }
        return Ok(if progress.problems() > 0 { Exit::Warnings } else { Exit::Success });
    }
    let ids = match args.kind {
        Kind::Snapshots => {
            let found = snapshots::list(&repo, &SnapshotFilter::default(), &progress)?;
            found.iter().map(|info| info.id.to_string()).collect()
        }
        Kind::Packs => names(&repo, Family::Packs)?,
        Kind::Index => names(&repo, Family::Index)?,
        Kind::Keys => names(&repo, Family::Keys)?,
        Kind::Locks | Kind::Blobs => Vec::new(),
    };
    progress.finish();
    // Whoever stops reading has seen enough.
    let _ = ids.iter().try_for_each(|id| match context.out.style.json {
        true => context.out.object(&json!({"message_type": "object", "type": args.kind.singular(), "id": id})),
        false => context.out.line(id),
    });
    Ok(if progress.problems() > 0 { Exit::Warnings } else { Exit::Success })
}

/// Names without the folders they are in.
fn names(repo: &Repository, family: Family) -> anyhow::Result<Vec<String>> {
    let listed = repo.backend().list(family)?;
    let last = |name: String| name.rsplit('/').next().map_or_else(String::new, str::to_owned);
    Ok(listed.into_iter().map(|object| last(object.name.to_string())).collect())
}
