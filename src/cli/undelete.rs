//! `caddis undelete`.
use caddis::ops::snapshots::SnapshotInfo;
use caddis::ops::undelete;
use clap::Args;

use super::changed::ChangeRun;
use super::context::Context;
use super::exit::Exit;

/// Bring forgotten snapshots back, as long as `caddis prune` has not removed their data
///
/// They come back under new ids. `caddis snapshots --deleted` lists them.
#[derive(Args, Debug, Clone)]
pub struct UndeleteArgs {
    /// Which: beginnings of ids
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
}

/// Brings each back.
pub fn run(args: &UndeleteArgs, context: &Context) -> anyhow::Result<Exit> {
    let run = ChangeRun::begin(context)?;
    let mut found: Vec<SnapshotInfo> = Vec::new();
    for id in &args.ids {
        let forgotten = undelete::select_forgotten(&run.repo, id, &run.progress)?.info;
        if !found.iter().any(|other| other.id == forgotten.id) {
            found.push(forgotten);
        }
    }
    run.each(&found, "back", "is back", |info, owner, progress| {
        undelete::undelete(&run.repo, owner, info, progress).map(Some)
    })
}
