//! `caddis repo`: what concerns the repository as a whole, and its place.
use clap::{Args, Subcommand};

use super::context::Context;
use super::definition::NoArgs;
use super::exit::Exit;
use super::{repo_info, repo_lock, repo_probe};

/// Look at the repository as a whole, or at the place where it is or shall be
#[derive(Args, Debug, Clone)]
pub struct RepoArgs {
    #[command(subcommand)]
    command: RepoCommand,
}

#[derive(Subcommand, Debug, Clone)]
enum RepoCommand {
    /// Show its settings, its locations, and what it survives
    Info(NoArgs),
    Probe(repo_probe::ProbeArgs),
    Lock(repo_lock::LockArgs),
}

impl RepoArgs {
    /// Whether it may write to the repository.
    pub fn writes(&self) -> bool {
        matches!(self.command, RepoCommand::Lock(_))
    }
}

/// See there.
pub fn run(args: &RepoArgs, context: &Context) -> anyhow::Result<Exit> {
    match &args.command {
        RepoCommand::Info(NoArgs {}) => repo_info::run(context),
        RepoCommand::Probe(args) => repo_probe::run(args, context),
        RepoCommand::Lock(args) => repo_lock::run(args, context),
    }
}
