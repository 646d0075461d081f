//! `caddis cat`.
use caddis::ops::cat::{self, CatOutput, CatTarget};
use clap::{Args, ValueEnum};

use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::output::indented;

/// Print single objects of the repository
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis cat config
  caddis cat tree latest:/home
  caddis cat blob 0f3a… > chunk")]
pub struct CatArgs {
    /// Kind of the object
    #[arg(value_name = "KIND", value_enum)]
    kind: Kind,

    /// Its id; a beginning is enough for snapshots, packs and keys
    #[arg(value_name = "ID")]
    id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Settings of the repository
    Config,
    /// A snapshot, by the beginning of its id or latest
    Snapshot,
    /// An index object, by its name: session id, dash, number
    Index,
    /// The directory of a pack
    Pack,
    /// The content of a blob, as it is
    Blob,
    /// A directory: a blob id, or SNAPSHOT[:PATH]
    Tree,
    /// The plain part of a key slot
    Key,
}

/// JSON, or the bytes of a blob.
pub fn run(args: &CatArgs, context: &Context) -> anyhow::Result<Exit> {
    let target = target(args)?;
    let repo = context.open()?;
    // A reader that went away has seen enough.
    let _ = match cat::cat(&repo, &target, &FilterArgs::default().filter())? {
        CatOutput::Json(value) if context.out.style.json => context.out.object(&value),
        CatOutput::Json(value) => context.out.line(indented(&value)),
        CatOutput::Bytes(bytes) => context.out.bytes(&bytes),
    };
    Ok(Exit::Success)
}

fn target(args: &CatArgs) -> anyhow::Result<CatTarget> {
    let id = || args.id.clone().ok_or_else(|| usage("Say which one: the id is missing"));
    Ok(match args.kind {
        Kind::Config if args.id.is_some() => return Err(usage("There is only one config; it takes no id")),
        Kind::Config => CatTarget::Config,
        Kind::Snapshot => CatTarget::Snapshot(id()?),
        Kind::Index => CatTarget::Index(id()?),
        Kind::Pack => CatTarget::Pack(id()?),
        Kind::Blob => CatTarget::Blob(id()?),
        Kind::Tree => CatTarget::Tree(id()?),
        Kind::Key => CatTarget::Key(id()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_config_need_an_id() {
        let of = |kind, id: Option<&str>| target(&CatArgs { kind, id: id.map(Into::into) });
        assert_eq!(of(Kind::Config, None).expect("complete"), CatTarget::Config);
        assert!(of(Kind::Config, Some("x")).is_err());
        assert!(of(Kind::Blob, None).is_err());
        assert_eq!(of(Kind::Tree, Some("latest:/a")).expect("complete"), CatTarget::Tree("latest:/a".into()));
    }
}
