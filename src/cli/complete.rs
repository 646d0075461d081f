//! Completions that ask the repository: ids of snapshots, hosts, tags, labels and paths. Shells call the program for them, with the words so far behind
//! a `--`; the scripts by which they do come from clap.
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use caddis::monitor::Silent;
use caddis::ops::snapshots::{self, SnapshotFilter, SnapshotInfo};
use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Shells, Zsh};
use clap_complete::{ArgValueCandidates, CompleteEnv, ValueHint};

use super::context::Context;
use super::definition;
use super::generate::shown;
use super::names;
use super::password;
use super::when;

/// Names the shell that asks.
const VARIABLE: &str = "CADDIS_COMPLETE";

/// Names of values that are files.
const FILES: [&str; 5] = ["PATH", "FILE", "DIR", "PLACE", "MOUNTPOINT"];

/// Nobody waits longer behind a Tab.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers, and ends the process, if a shell asks.
pub fn answer_shell() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    // A message would be written into the line that is being typed.
    if std::env::args_os().len() > 1
        && let Ok(nothing) = File::options().write(true).open("/dev/null")
    {
        let _ = rustix::stdio::dup2_stderr(nothing);
    }
    let shells: [&dyn EnvCompleter; 4] = [&Tidy(&Bash), &Tidy(&Zsh), &Tidy(&Fish), &Tidy(&Powershell)];
    CompleteEnv::with_factory(offered).var(VARIABLE).shells(Shells(&shells)).bin("caddis").complete();
}

/// A shell that is offered options behind a `-` only.
struct Tidy<'a>(&'a dyn EnvCompleter);

impl EnvCompleter for Tidy<'_> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn is(&self, name: &str) -> bool {
        self.0.is(name)
    }

    fn write_registration(
        &self,
        variable: &str,
        name: &str,
        program: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut script = Vec::new();
        self.0.write_registration(variable, name, program, completer, &mut script)?;
        // Without more bash would complete names of variables and hosts alone where nothing is offered.
        let script = String::from_utf8_lossy(&script).replace("-o bashdefault", "-o bashdefault -o default");
        out.write_all(script.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        // As the scripts of clap say it.
        let said = |name: &str| std::env::var(format!("_CLAP_{name}")).ok();
        let number =
            said("COMPLETE_INDEX").and_then(|index| index.parse().ok()).unwrap_or(words.len().saturating_sub(1));
        let is_option = words.get(number).is_some_and(|word| word.as_encoded_bytes().starts_with(b"-"));
        let between = said("IFS").unwrap_or_else(|| "\n".to_owned());
        let mut all = Vec::new();
        self.0.write_complete(command, words, folder, &mut all)?;
        let all = String::from_utf8_lossy(&all);
        let offered: Vec<&str> = all.split(&*between).filter(|one| is_option || !one.starts_with('-')).collect();
        write!(out, "{}", offered.join(&between))
    }
}

fn offered() -> Command {
    // Bash completes files itself where nothing is offered, and better.
    let with_files = std::env::var(VARIABLE).is_ok_and(|shell| !shell.ends_with("bash"));
    with_candidates(shown(&definition::command()), with_files)
}

fn with_candidates(command: Command, with_files: bool) -> Command {
    command.mut_subcommands(|below| with_candidates(below, with_files)).mut_args(|arg| {
        let value = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        match (value.unwrap_or_default(), arg.get_id().as_str()) {
            (value, _) if value.starts_with("SNAPSHOT") => arg.add(ArgValueCompleter::new(named)),
            (_, "host") => of_each(arg, |info| vec![info.snapshot.host.clone()]),
            (_, "tag") => of_each(arg, |info| info.snapshot.tags.clone()),
            (_, "label") => of_each(arg, |info| info.snapshot.label.iter().cloned().collect()),
            (value, _) if with_files && FILES.contains(&&*value) => arg.value_hint(ValueHint::AnyPath),
            _ => arg,
        }
    })
}

/// What the snapshots say, each once.
fn of_each(arg: Arg, what: fn(&SnapshotInfo) -> Vec<String>) -> Arg {
    arg.add(ArgValueCandidates::new(move || {
        let all: BTreeSet<String> = known().iter().flat_map(what).filter(|word| is_plain(word)).collect();
        all.into_iter().map(CompletionCandidate::new).collect()
    }))
}

/// A shell would take anything else for its own, and others may have written it.
fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "._,:/@+-".contains(c)) && !word.starts_with('-')
}

/// Snapshots by their short ids, the newest first; `latest` and labels.
fn named(current: &OsStr) -> Vec<CompletionCandidate> {
    let known = known();
    let mut names = vec![("latest".to_owned(), "the newest".to_owned())];
    names.extend(known.iter().rev().map(|info| {
        let snapshot = &info.snapshot;
        let paths: Vec<_> = snapshot.paths.iter().map(|path| String::from_utf8_lossy(path)).collect();
        let help = format!("{} {} {}", when::human(snapshot.time), snapshot.host, paths.join(" "));
        (info.id.short(), names::plain(&help).into_owned())
    }));
    let labels = known.iter().filter_map(|info| info.snapshot.label.as_deref()).filter(|label| is_plain(label));
    let labels: BTreeSet<_> = labels.collect();
    names.extend(labels.into_iter().map(|label| (format!("@{label}"), "the newest with this label".to_owned())));
    let begins = |name: &str| current.to_str().is_some_and(|current| name.starts_with(current));
    let offered = names.into_iter().filter(|(name, _)| begins(name));
    offered.map(|(name, help)| CompletionCandidate::new(name).help(Some(help.into()))).collect()
}

/// Snapshots of the repository that the words name; none if it cannot be opened without asking for a password, or not at once.
fn known() -> Vec<SnapshotInfo> {
    let (answer, answered) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = answer.send(read().unwrap_or_default());
    });
    answered.recv_timeout(PATIENCE).unwrap_or_default()
}

fn read() -> Option<Vec<SnapshotInfo>> {
    let words: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    let mut globals = definition::globals(&words)?;
    globals.quiet = true;
    // What is still being typed is not run.
    globals.password_command = None;
    globals.accept_rollback = false;
    if !password::is_given(&globals) {
        return None;
    }
    let repo = Context::new(globals, false, false).open().ok()?;
    snapshots::list(&repo, &SnapshotFilter::default(), &Silent).ok()
}
