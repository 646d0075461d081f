//! The command line: arguments, prompts, text and JSON, exit codes. The only place that sees clap, the terminal, the environment and `exit`.
mod altered;
mod backup;
mod backup_report;
mod backup_source;
mod cache;
mod cat;
mod changed;
mod check;
mod complete;
mod connect;
mod context;
mod copy;
mod definition;
mod diff;
mod du;
mod dump;
mod exit;
mod export;
mod filter;
mod find;
mod fold;
mod forget;
mod forget_report;
mod from_repo;
mod generate;
mod globals;
mod history;
mod identity;
mod import;
mod init;
mod init_advice;
mod keep;
mod key;
mod kit;
mod kit_page;
mod list;
mod location;
mod location_command;
mod location_list;
mod long_line;
mod ls;
mod ls_ncdu;
mod messages;
mod mount;
mod names;
mod output;
mod own_folders;
mod password;
mod patterns;
mod progress;
mod progress_state;
mod protect;
mod prune;
mod prune_options;
mod purge;
mod recover;
mod repair;
mod repair_snapshots;
mod repo;
mod repo_info;
mod repo_lock;
mod repo_probe;
mod restore;
mod restore_metadata;
mod rewrite;
mod scrub;
mod signals;
mod snapshot_json;
mod snapshots;
mod spelling;
mod stats;
mod status;
mod status_report;
mod storage;
mod table;
mod tag;
mod time_template;
mod to_command;
mod undelete;
mod units;
mod unlock;
mod version;
mod when;
mod why;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;

use self::context::Context;
use self::definition::Cli;
use self::exit::Exit;
use self::output::{Output, Style};

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    complete::answer_shell();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let exit = match definition::parse(&arguments) {
        Ok(cli) => run(&cli),
        Err(error) => not_parsed(&error, &arguments),
    };
    ExitCode::from(exit as u8)
}

fn run(cli: &Cli) -> Exit {
    let context = Context::new(cli.globals.clone(), cli.command.writes(), cli.command.needs_index());
    let result = cli.command.run(&context).and_then(|exit| {
        if cli.globals.cleanup_cache {
            cache::clean_up(&context)?;
        }
        Ok(exit)
    });
    if let Some(line) = context.out.usage_line() {
        context.out.detail(line);
    }
    // A reader that went away (`| head`) has seen what it wanted.
    let written = context.out.finish();
    let error = match (result, written) {
        (Ok(exit), Ok(())) => return exit,
        (Ok(_), Err(error)) => anyhow::Error::from(error).context("Could not write to standard output"),
        (Err(error), _) => error,
    };
    let code = exit::code(&error);
    let message = exit::message(&error);
    let advice = exit::advice(code).filter(|_| !message.contains('`'));
    context.out.failure(code as u8, &message, advice);
    code
}

/// Help and version end here too; they are no errors.
fn not_parsed(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let json = arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--json");
    if json && !asked_for {
        let out = Output::new(Style { json, ..Style::default() });
        let message = error.to_string();
        out.failure(Exit::Usage as u8, message.trim().trim_start_matches("error: "), None);
    } else {
        // Nobody is there to be told that it could not be printed.
        let _ = error.print();
    }
    if asked_for { Exit::Success } else { Exit::Usage }
}
