//! `caddis purge`.
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use caddis::ops::alter::{Alteration, paths_to_purge};
use caddis::ops::rewrite::LeaveOut;
use clap::Args;
use serde_json::json;

use super::altered::{self, How, Outcome};
use super::changed::ChangeRun;
use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::names;
use super::units::count;

/// Remove paths from all snapshots
///
/// Every snapshot that has one of the paths is replaced by a changed copy without it, and what is beneath it. Snapshots of which nothing changes
/// stay as they are. At the end a receipt tells what was removed from how many snapshots, and what is left to do until the data are gone from
/// storage too.
///
/// Nothing is changed if one of the snapshots is protected, unless --even-protected is given: the copies are protected as the old ones were.
/// An interrupted purge is simply run again. Paths that are in no snapshot are an error.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis purge --dry-run /home/me/secret.key
  caddis purge /srv/customers/4711 --host web1")]
pub struct PurgeArgs {
    /// Paths as they are in the snapshots and `caddis ls` shows them; no patterns
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Also from protected snapshots
    #[arg(long)]
    even_protected: bool,

    /// Write nothing, tell what would be removed
    #[arg(short = 'n', long)]
    dry_run: bool,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Removes the paths and prints the receipt.
pub fn run(args: &PurgeArgs, context: &Context) -> anyhow::Result<Exit> {
    let paths: Vec<Vec<u8>> = args.paths.iter().map(|path| path.as_os_str().as_bytes().to_vec()).collect();
    let paths = paths_to_purge(&paths).map_err(|error| usage(error.to_string()))?;
    let shown: Vec<Vec<u8>> = paths.iter().cloned().collect();
    let alteration = Alteration { leave_out: Some(LeaveOut::Paths(paths)), ..Alteration::default() };
    let run = ChangeRun::begin(context)?;
    let found = run.select_or_all(&[], &args.filter)?;
    let how = How { replace: true, even_protected: args.even_protected, dry_run: args.dry_run };
    let outcome = altered::run(&run, &found, &alteration, how)?;
    if outcome.changed == 0 {
        return Err(nowhere(&shown, found.len()));
    }
    let is_part = !args.filter.filter().is_empty();
    receipt(&outcome, &shown, is_part, args.dry_run, context);
    let exit = if run.progress.problems() > 0 { Exit::Warnings } else { Exit::Success };
    Ok(context.settle(&run.repo, exit))
}

/// Who purges what is in no snapshot has perhaps not written the path as it is there.
fn nowhere(paths: &[Vec<u8>], looked_at: usize) -> anyhow::Error {
    let list = paths.iter().map(|path| names::display(path)).collect::<Vec<_>>().join(", ");
    let name = paths.first().and_then(|path| path.rsplit(|byte| *byte == b'/').next()).unwrap_or_default();
    anyhow::anyhow!(
        "{list}: in none of {}; nothing was removed. `caddis find {}` shows where such a name is",
        count(looked_at as u64, "snapshot"),
        names::shell(&String::from_utf8_lossy(name))
    )
}

fn receipt(outcome: &Outcome, paths: &[Vec<u8>], is_part: bool, dry_run: bool, context: &Context) {
    let (out, program) = (&context.out, context.command_line());
    let steps = [format!("{program} prune --wipe")];
    if out.style.json {
        let mut value = json!({
            "message_type": "summary",
            "dry_run": dry_run,
            "paths": paths.iter().map(|path| names::lossy(path)).collect::<Vec<_>>(),
            "snapshots_checked": outcome.looked_at,
            "changed_snapshots": outcome.changed,
            "data_still_in_storage": true,
            "all_snapshots": !is_part,
            "next": steps,
        });
        altered::add_left_out(&mut value, &outcome.left_out);
        return out.status(&value);
    }
    let list = paths.iter().map(|path| names::display(path)).collect::<Vec<_>>().join(", ");
    let checked = count(outcome.looked_at as u64, "snapshot");
    let of = format!("{} of {checked}", outcome.changed);
    let gone = altered::left_out(&outcome.left_out);
    if dry_run {
        return out.say(format_args!("would remove {list} from {of}: {gone} in all (dry run: nothing was written)"));
    }
    out.say(format_args!("removed {list} from {of}: {gone} in all"));
    out.say("Their data are in storage until they are pruned:");
    steps.iter().for_each(|step| out.say(format_args!("  {step}")));
    if is_part {
        out.say("Other snapshots, which the filters left out, may have them too.");
    }
    out.say(
        "If the sources still have them, exclude them from backups; copies in other repositories are purged there.",
    );
}
