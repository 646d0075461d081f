//! The whole command line as one clap definition: the only source of parsing, help, man pages and completions.
use std::ffi::OsString;

use clap::{Arg, ArgMatches, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::globals::GlobalArgs;
use super::storage::parse_option;
use super::{
    backup, cache, cat, check, copy, diff, du, dump, export, find, forget, generate, history, import, init, key, kit,
    list, location_command, ls, mount, protect, prune, purge, recover, repair, repo, restore, rewrite, scrub,
    snapshots, spelling, stats, status, tag, undelete, unlock, version, why,
};

/// Encrypted, deduplicating backups that heal themselves
#[derive(Parser, Debug)]
#[command(name = "caddis", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub globals: GlobalArgs,
    #[command(subcommand)]
    pub command: Commands,
}

/// Each has its file.
#[derive(Subcommand, Debug)]
pub enum Commands {
    Init(Box<init::InitArgs>),
    Backup(Box<backup::BackupArgs>),
    Why(Box<why::WhyArgs>),
    Import(Box<import::ImportArgs>),
    Restore(Box<restore::RestoreArgs>),
    Copy(Box<copy::CopyArgs>),
    Snapshots(snapshots::SnapshotsArgs),
    Forget(Box<forget::ForgetArgs>),
    Undelete(undelete::UndeleteArgs),
    Protect(protect::ProtectArgs),
    Unprotect(protect::UnprotectArgs),
    Tag(tag::TagArgs),
    Rewrite(Box<rewrite::RewriteArgs>),
    Purge(purge::PurgeArgs),
    Status(status::StatusArgs),
    Ls(ls::LsArgs),
    Find(find::FindArgs),
    History(history::HistoryArgs),
    Diff(Box<diff::DiffArgs>),
    Dump(dump::DumpArgs),
    Export(export::ExportArgs),
    Mount(Box<mount::MountArgs>),
    Stats(stats::StatsArgs),
    Du(du::DuArgs),
    Cat(cat::CatArgs),
    List(list::ListArgs),
    Prune(prune::PruneArgs),
    Check(check::CheckArgs),
    Repair(repair::RepairArgs),
    Recover(recover::RecoverArgs),
    Scrub(scrub::ScrubArgs),
    Location(location_command::LocationArgs),
    Repo(repo::RepoArgs),
    Key(key::KeyArgs),
    Kit(kit::KitArgs),
    Cache(cache::CacheArgs),
    Generate(generate::GenerateArgs),
    Unlock(unlock::UnlockArgs),
    Version(NoArgs),
}

/// Print the version of the program
#[derive(Args, Debug, Clone)]
pub struct NoArgs {}

/// Commands in the order and groups of `caddis --help`.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Back up and restore", &["init", "backup", "why", "snapshots", "status", "restore", "copy", "import", "export"]),
    ("Remove, keep and change", &["forget", "undelete", "protect", "unprotect", "tag", "rewrite", "purge"]),
    ("Look inside", &["ls", "find", "history", "diff", "dump", "mount", "stats", "du", "cat", "list"]),
    ("Keep it healthy", &["prune", "check", "repair", "recover", "scrub"]),
    ("Administration", &["location", "repo", "key", "kit", "cache", "generate", "version"]),
];

const AFTER_HELP: &str = "\
A snapshot is named by the beginning of its id, by latest, or by @LABEL for
the latest of that label; ~N behind it goes N snapshots further back. With
@{TIME} it is the newest that is not after that time: latest@{2026-03-01},
@home@{2 days ago}, latest@{yesterday 18:00}~1; @{yesterday} is short for
latest@{yesterday}. A day means its end. Options such as --host restrict what
latest and @LABEL choose from. Where a part is wanted, :PATH follows.

Every option that takes a value can also be given as a variable, CADDIS_ and
its name in capitals: CADDIS_COMPRESSION=max. An option comes first.

Exit codes: 0 success, 1 failed, 2 usage, 3 finished with warnings, 4 alarm:
storage was rolled back or exchanged, or `status` found a backup missing, 5
damage found and repaired, 6 damage found and not repaired, 10 no repository,
11 fenced by another process, 12 wrong password, 13 permission denied by
storage, 14 out of space, 130 or 143 stopped by a signal.";

/// The definition with everything that derives cannot say.
pub fn command() -> Command {
    let command = Cli::command();
    let groups = grouped(&command);
    command
        .help_template(format!(
            "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}Options of every command:\n{{options}}{{after-help}}"
        ))
        .after_help(AFTER_HELP)
        // As in restic: here -H is --keep-hourly.
        .mut_subcommand("forget", |forget| forget.mut_arg("host", |host| host.short(None)))
        .mut_args(|arg| if READ_LATER.contains(&arg.get_id().as_str()) { arg } else { with_variable(arg) })
        // Their `help` is an option; `caddis help key add` goes too.
        .mut_subcommands(|command| command.disable_help_subcommand(true))
        .mut_subcommands(with_variables)
        .mut_subcommands(with_added_up)
}

/// Options of every command whose variables are looked at where the options are absent, because they exclude each other or have other names.
const READ_LATER: [&str; 7] =
    ["repo", "repository_file", "password_file", "password_command", "password_fd", "cache_size", "option"];

/// Parses the arguments of a run.
pub fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let matches = command().try_get_matches_from(spelling::plain(&Cli::command(), arguments))?;
    let cli = Cli::from_arg_matches(&matches)?;
    Ok(Cli { globals: collected(cli.globals, &matches), ..cli })
}

/// The options of every command among arguments that are still being typed.
pub fn globals(arguments: &[OsString]) -> Option<GlobalArgs> {
    let arguments = spelling::plain(&Cli::command(), arguments);
    let matches = command().ignore_errors(true).try_get_matches_from(arguments).ok()?;
    Some(collected(GlobalArgs::from_arg_matches(&matches).ok()?, &matches))
}

fn collected(mut globals: GlobalArgs, matches: &ArgMatches) -> GlobalArgs {
    globals.repo = everywhere(matches, "repo");
    globals.option = everywhere(matches, "option");
    globals.at = everywhere(matches, "at");
    let settings = globals.settings();
    globals.option.extend(settings.iter().filter_map(|setting| parse_option(setting).ok()));
    globals
}

/// Options of every command of which those before it and those behind it count together.
const ADDED_UP: [&str; 3] = ["repo", "option", "at"];

fn with_added_up(command: Command) -> Command {
    let own = Cli::command();
    let added = own.get_arguments().filter(|arg| ADDED_UP.contains(&arg.get_id().as_str())).cloned();
    command.args(added).mut_subcommands(with_added_up)
}

fn everywhere<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, id: &str) -> Vec<T> {
    let mut found: Vec<T> = matches.get_many(id).into_iter().flatten().cloned().collect();
    if let Some((_, below)) = matches.subcommand() {
        found.extend(everywhere(below, id));
    }
    found
}

fn grouped(command: &Command) -> String {
    let mut text = String::new();
    for (title, names) in GROUPS {
        text.push_str(&format!("{title}:\n"));
        for name in names {
            let about = command.find_subcommand(name).and_then(Command::get_about).map(ToString::to_string);
            text.push_str(&format!("  {name:<10} {}\n", about.unwrap_or_default()));
        }
        text.push('\n');
    }
    text
}

/// Adds the environment variable to each option that takes a value and has none yet. Flags without a value are left
/// out: nobody wants a forgotten variable to mean `--delete`.
fn with_variables(command: Command) -> Command {
    command.mut_subcommands(with_variables).mut_args(with_variable)
}

fn with_variable(arg: Arg) -> Arg {
    let Some(long) = arg.get_long().filter(|_| arg.get_action().takes_values() && arg.get_env().is_none()) else {
        return arg;
    };
    let variable = format!("CADDIS_{}", long.replace('-', "_").to_uppercase());
    // clap keeps names for as long as the program runs; this is done once.
    let variable: &'static str = Box::leak(variable.into_boxed_str());
    if std::env::var_os(variable).is_some_and(|value| value.is_empty()) {
        return arg;
    }
    arg.env(variable).hide_env(true)
}

impl Commands {
    /// Whether it may write to an existing repository.
    pub fn writes(&self) -> bool {
        if let Commands::Repo(args) = self {
            return args.writes();
        }
        !matches!(
            self,
            Commands::Restore(_)
                | Commands::Snapshots(_)
                | Commands::Why(_)
                | Commands::Ls(_)
                | Commands::Find(_)
                | Commands::History(_)
                | Commands::Diff(_)
                | Commands::Dump(_)
                | Commands::Export(_)
                | Commands::Mount(_)
                | Commands::Stats(_)
                | Commands::Du(_)
                | Commands::Cat(_)
                | Commands::List(_)
                | Commands::Check(_)
                | Commands::Kit(_)
                | Commands::Generate(_)
                | Commands::Unlock(_)
                | Commands::Version(_)
        )
    }

    /// Whether it needs to know where the content of snapshots is.
    pub fn needs_index(&self) -> bool {
        matches!(
            self,
            Commands::Backup(_)
                | Commands::Import(_)
                | Commands::Restore(_)
                | Commands::Copy(_)
                | Commands::Ls(_)
                | Commands::Find(_)
                | Commands::History(_)
                | Commands::Diff(_)
                | Commands::Dump(_)
                | Commands::Export(_)
                | Commands::Mount(_)
                | Commands::Du(_)
                | Commands::Rewrite(_)
                | Commands::Purge(_)
                | Commands::Prune(_)
                | Commands::Check(_)
        )
    }

    /// Runs it.
    pub fn run(&self, context: &super::context::Context) -> anyhow::Result<super::exit::Exit> {
        match self {
            Commands::Init(args) => init::run(args, context),
            Commands::Backup(args) => backup::run(args, context),
            Commands::Why(args) => why::run(args, context),
            Commands::Import(args) => import::run(args, context),
            Commands::Restore(args) => restore::run(args, context),
            Commands::Copy(args) => copy::run(args, context),
            Commands::Snapshots(args) => snapshots::run(args, context),
            Commands::Forget(args) => forget::run(args, context),
            Commands::Undelete(args) => undelete::run(args, context),
            Commands::Protect(args) => protect::run(args, context),
            Commands::Unprotect(args) => protect::unprotect(args, context),
            Commands::Tag(args) => tag::run(args, context),
            Commands::Rewrite(args) => rewrite::run(args, context),
            Commands::Purge(args) => purge::run(args, context),
            Commands::Status(args) => status::run(args, context),
            Commands::Ls(args) => ls::run(args, context),
            Commands::Find(args) => find::run(args, context),
            Commands::History(args) => history::run(args, context),
            Commands::Diff(args) => diff::run(args, context),
            Commands::Dump(args) => dump::run(args, context),
            Commands::Export(args) => export::run(args, context),
            Commands::Mount(args) => mount::run(args, context),
            Commands::Stats(args) => stats::run(args, context),
            Commands::Du(args) => du::run(args, context),
            Commands::Cat(args) => cat::run(args, context),
            Commands::List(args) => list::run(args, context),
            Commands::Prune(args) => prune::run(args, context),
            Commands::Check(args) => check::run(args, context),
            Commands::Repair(args) => repair::run(args, context),
            Commands::Recover(args) => recover::run(args, context),
            Commands::Scrub(args) => scrub::run(args, context),
            Commands::Location(args) => location_command::run(args, context),
            Commands::Repo(args) => repo::run(args, context),
            Commands::Key(args) => key::run(args, context),
            Commands::Cache(args) => cache::run(args, context),
            Commands::Kit(args) => kit::run(args, context),
            Commands::Generate(args) => generate::run(args, context),
            Commands::Unlock(args) => unlock::run(args, context),
            Commands::Version(NoArgs {}) => version::run(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_command_is_in_one_group_and_every_option_has_help() {
        fn look(command: &Command) {
            assert!(command.get_about().is_some(), "{} has no help", command.get_name());
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{} of {} has no help", arg.get_id(), command.get_name());
            }
            command.get_subcommands().for_each(look);
        }
        let command = command();
        look(&command);
        let mut grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
        let mut named: Vec<_> = shown.map(Command::get_name).collect();
        grouped.sort_unstable();
        named.sort_unstable();
        assert_eq!(grouped, named);
    }

    #[test]
    fn options_with_values_have_variables_and_flags_have_none() {
        let command = command();
        let backup = command.find_subcommand("backup").expect("exists");
        let variable = |name: &str| {
            let arg = backup.get_arguments().find(|arg| arg.get_long() == Some(name)).expect("exists");
            arg.get_env().map(|name| name.to_string_lossy().into_owned())
        };
        assert_eq!(variable("exclude-larger-than").as_deref(), Some("CADDIS_EXCLUDE_LARGER_THAN"));
        assert_eq!(variable("force"), None);
        assert_eq!(variable("dry-run"), None);
    }

    #[test]
    fn repositories_before_and_behind_the_command_add_up() {
        let repos = |words: &str| {
            let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
            parse(&words).expect("parses").globals.repo
        };
        assert_eq!(repos("caddis -r a backup -r b --repo=c x"), ["a", "b", "c"]);
        assert_eq!(repos("caddis key -r a list -rb"), ["a", "b"]);
        assert!(repos("caddis backup x").is_empty());
    }

    #[test]
    fn a_level_of_verbosity_may_be_a_number() {
        let verbose = |words: &str| {
            let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
            parse(&words).map(|cli| cli.globals.verbose).ok()
        };
        assert_eq!(verbose("caddis --verbose=2 snapshots"), Some(2));
        assert_eq!(verbose("caddis snapshots --verbose=1 -v"), Some(2));
        assert_eq!(verbose("caddis snapshots --verbose=0"), Some(0));
        assert_eq!(verbose("caddis snapshots --verbose=x"), None);
        assert_eq!(verbose("caddis backup x -- --verbose=2"), Some(0));
    }

    #[test]
    fn a_command_after_two_dashes_is_not_parsed() {
        let matches = command()
            .try_get_matches_from(["caddis", "backup", "--stdin-from-command", "--", "dump", "--host", "db", "-q"])
            .expect("parses");
        let Commands::Backup(args) = Cli::from_arg_matches(&matches).expect("fits").command else { panic!() };
        assert_eq!(args.paths.len(), 4);
    }
}
