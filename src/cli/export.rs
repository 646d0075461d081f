//! `caddis export`.
use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::dump::{self, DumpArgs, Format};
use super::exit::Exit;
use super::filter::FilterArgs;

/// Write a snapshot, or a directory of it, as a tar archive
///
/// What `caddis dump --archive tar` does with all of it; `caddis import` makes a snapshot of it again, in this or in another repository.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis export latest | zstd > all.tar.zst
  caddis export --target etc.tar latest:/etc")]
pub struct ExportArgs {
    /// Beginning of an id, latest, latest~N or @label; with :PATH only that directory, whose entries are then at the root of the archive
    #[arg(value_name = "SNAPSHOT[:PATH]")]
    snapshot: String,

    /// Write to this file, which replaces one of the same name when it is complete; only its owner can read it
    #[arg(short, long, value_name = "FILE")]
    target: Option<PathBuf>,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Streams.
pub fn run(args: &ExportArgs, context: &Context) -> anyhow::Result<Exit> {
    let ExportArgs { snapshot, target, filter } = args.clone();
    dump::run(&DumpArgs { snapshot, wanted: "/".into(), archive: Format::Tar, target, filter }, context)
}
