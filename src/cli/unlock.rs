//! `caddis unlock`, which scripts written for restic call.
use clap::Args;
use serde_json::json;

use super::context::Context;
use super::exit::Exit;

/// Do nothing, for there are no locks: scripts written for restic may call it
///
/// What a run that was killed leaves behind holds nobody up, and the next prune removes it. The repository is opened all the same, so that
/// the exit code tells, as in restic, whether it is there (10) and the password is right (12).
#[derive(Args, Debug, Clone)]
#[command(hide = true)]
pub struct UnlockArgs {
    /// As in restic; there are no locks that could be left out without it
    #[arg(long)]
    remove_all: bool,
}

/// Opens the repository and changes nothing.
pub fn run(args: &UnlockArgs, context: &Context) -> anyhow::Result<Exit> {
    context.open()?;
    let all = if args.remove_all { ", stale or not" } else { "" };
    if context.out.style.json {
        context.out.status(&json!({"message_type": "summary", "locks_removed": 0}));
    } else {
        context.out.say(format_args!("there are no locks to remove{all}: caddis needs none"));
    }
    Ok(Exit::Success)
}
