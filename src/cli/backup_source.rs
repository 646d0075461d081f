//! What a backup reads: paths, lists of paths, standard input, or the output of commands.
use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use caddis::error::Error;
use caddis::fs::source::{parse_globs, parse_lines, parse_raw};
use caddis::ops::backup::{Source, Started, Stream};
use clap::Args;

use super::exit::usage;

/// Everything but the paths themselves.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "What is backed up")]
pub struct SourceArgs {
    /// Take paths from a file, one pattern a line, - is standard input (can be repeated)
    #[arg(long, value_name = "FILE")]
    files_from: Vec<PathBuf>,

    /// Take paths from a file, one a line, as they are (can be repeated)
    #[arg(long, value_name = "FILE")]
    files_from_verbatim: Vec<PathBuf>,

    /// Take paths from a file in which each ends with a zero byte, as `find -print0` writes them (can be repeated)
    #[arg(long, value_name = "FILE")]
    files_from_raw: Vec<PathBuf>,

    /// Back up standard input as one file
    #[arg(long)]
    stdin: bool,

    /// Path in the snapshot of what comes from standard input or a command
    #[arg(long, value_name = "NAME", default_value = "stdin")]
    stdin_filename: OsString,

    /// Back up the output of a command, which follows after --; no snapshot is made if it fails
    #[arg(long, conflicts_with = "stdin")]
    stdin_from_command: bool,

    /// Back up the output of a shell command as a file (can be repeated: one snapshot has them all). They run one after another, and no snapshot
    /// is made if one of them fails. The shell is /bin/sh without pipefail, to which a pipe fails only if its last command does: `pg_dump app |
    /// gzip` hides a dump that fails, `bash -o pipefail -c 'pg_dump app | gzip'` does not
    #[arg(long = "command", value_name = "NAME=COMMAND", conflicts_with_all = ["stdin", "stdin_from_command"])]
    commands: Vec<OsString>,

    /// Store the path that is backed up as this one, such as /mnt/snap/home as /home. Parents, excludes and restores go by it
    #[arg(long, value_name = "PATH", conflicts_with_all = ["stdin", "stdin_from_command", "commands"])]
    as_path: Option<PathBuf>,
}

impl SourceArgs {
    /// Whether what is backed up are streams, and no paths.
    pub fn is_streams(&self) -> bool {
        self.stdin || self.stdin_from_command || !self.commands.is_empty()
    }

    /// Whether paths come from files.
    pub fn has_lists(&self) -> bool {
        [&self.files_from, &self.files_from_verbatim, &self.files_from_raw].iter().any(|list| !list.is_empty())
    }
}

/// What shall be read; nothing has been started.
#[derive(Debug, PartialEq, Eq)]
pub enum Plan {
    Paths(Vec<PathBuf>),
    Stdin {
        name: Vec<u8>,
    },
    Command {
        name: Vec<u8>,
        command: Vec<OsString>,
    },
    /// What the shell runs for each file.
    Commands(Vec<(Vec<u8>, OsString)>),
    PathAs {
        path: PathBuf,
        stored_as: PathBuf,
    },
}

/// Reads lists of paths, and finds contradictions.
pub fn plan(args: &SourceArgs, positional: &[OsString]) -> anyhow::Result<Plan> {
    let lists = [&args.files_from, &args.files_from_verbatim, &args.files_from_raw];
    let listed = lists.iter().any(|list| !list.is_empty());
    if args.stdin_from_command {
        if listed {
            return Err(usage("--stdin-from-command backs up one stream; --files-from cannot be added"));
        }
        if positional.is_empty() {
            return Err(usage("--stdin-from-command needs a command, e.g. --stdin-from-command -- pg_dump app"));
        }
        return Ok(Plan::Command { name: stream_name(&args.stdin_filename)?, command: positional.to_vec() });
    }
    if !args.commands.is_empty() {
        if listed || !positional.is_empty() {
            return Err(usage("--command backs up streams; paths cannot be added"));
        }
        return commands(&args.commands).map(Plan::Commands);
    }
    if args.stdin {
        if listed || !positional.is_empty() {
            return Err(usage("--stdin backs up one stream; paths cannot be added"));
        }
        return Ok(Plan::Stdin { name: stream_name(&args.stdin_filename)? });
    }
    let stdin_lists = lists.iter().flat_map(|list| list.iter()).filter(|file| is_stdin(file)).count();
    if stdin_lists > 1 {
        return Err(usage("Standard input can be only one list of paths"));
    }
    let mut paths: Vec<PathBuf> = positional.iter().map(PathBuf::from).collect();
    if positional.iter().any(|path| path.is_empty()) {
        return Err(usage("A path to back up is empty"));
    }
    for file in &args.files_from {
        let (found, unmatched) = parse_globs(&std::env::current_dir()?, &list(file)?)
            .with_context(|| format!("Could not use the list of paths {}", file.display()))?;
        paths.extend(found);
        // Kept as they are: the backup reports each as missing, and does not end with 0.
        paths.extend(unmatched.into_iter().map(PathBuf::from));
    }
    for file in &args.files_from_verbatim {
        paths.extend(parse_lines(&list(file)?));
    }
    for file in &args.files_from_raw {
        let found = parse_raw(&list(file)?);
        paths.extend(found.with_context(|| format!("Could not use the list of paths {}", file.display()))?);
    }
    if paths.is_empty() {
        return Err(usage(if listed {
            "The lists of paths are empty: nothing to back up"
        } else {
            "Nothing to back up: name files or directories, --files-from, --stdin, --command or --stdin-from-command"
        }));
    }
    let Some(stored_as) = &args.as_path else { return Ok(Plan::Paths(paths)) };
    let [path] = &paths[..] else { return Err(usage("--as-path is for one path; several are to be backed up")) };
    let lexical = |path: &Path| path.is_absolute() && !path.components().any(|part| part == Component::ParentDir);
    if !lexical(stored_as) {
        return Err(usage("--as-path takes an absolute path, without .."));
    }
    let absolute = std::path::absolute(path).context("Could not find out the current directory")?;
    // Only where it leads upwards does it matter where links point to.
    let path = if lexical(&absolute) { absolute } else { absolute.canonicalize().unwrap_or(absolute) };
    Ok(Plan::PathAs { path, stored_as: stored_as.clone() })
}

/// Names and shell commands; no two may be stored in the same place.
fn commands(given: &[OsString]) -> anyhow::Result<Vec<(Vec<u8>, OsString)>> {
    let mut found: Vec<(Vec<u8>, OsString)> = Vec::new();
    for text in given {
        let bytes = text.as_bytes();
        let split = bytes.iter().position(|byte| *byte == b'=').map(|at| (&bytes[..at], &bytes[at + 1..]));
        let (name, command) = split
            .filter(|(_, command)| !command.is_empty())
            .ok_or_else(|| usage(format!("--command {text:?} is not NAME=COMMAND, e.g. db.sql='pg_dump app'")))?;
        let name = stream_name(OsStr::from_bytes(name))?;
        let within = |one: &[u8], other: &[u8]| one == other || one.starts_with(&[other, b"/"].concat());
        if found.iter().any(|(other, _)| within(other, &name) || within(&name, other)) {
            return Err(usage(format!("--command {text:?} would be stored where another one is")));
        }
        found.push((name, OsStr::from_bytes(command).to_owned()));
    }
    Ok(found)
}

/// Without a slash at its beginning.
fn stream_name(given: &OsStr) -> anyhow::Result<Vec<u8>> {
    let name = given.as_bytes();
    let name = name.strip_prefix(b"/").unwrap_or(name);
    let invalid = |part: &[u8]| matches!(part, b"" | b"." | b"..") || part.contains(&0);
    if name.split(|&byte| byte == b'/').any(invalid) {
        return Err(usage(format!("{given:?} is not a path of a file; --stdin-filename and --command take one")));
    }
    Ok(name.to_vec())
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

fn list(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if is_stdin(file) {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|mut open| open.read_to_end(&mut bytes))
    };
    read.with_context(|| format!("Could not read the list of paths {}", file.display()))?;
    Ok(bytes)
}

/// Ends the command that still runs, if one does, and never leaves a zombie.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<Option<Child>>>);

impl Running {
    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held by whoever runs the backup.
pub struct Guard(Running);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.child().take() {
            // Both fail only if it has been waited for already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Plan {
    /// What the library reads. Commands are run when their turn comes.
    pub fn start(self) -> anyhow::Result<(Source, Guard)> {
        let running = Running::default();
        let source = match self {
            Plan::Paths(paths) => {
                let base = std::env::current_dir().context("Could not find out the current directory")?;
                Source::Paths { base, paths }
            }
            Plan::PathAs { path, stored_as } => Source::PathAs { path, stored_as },
            Plan::Stdin { name } => {
                let stdin = std::io::stdin();
                if stdin.is_terminal() {
                    return Err(usage("--stdin reads standard input, but that is the terminal; pipe something in"));
                }
                Source::stream(name, Box::new(stdin), Box::new(|| Ok(())))
            }
            Plan::Command { name, command } => {
                let running = running.clone();
                let shown = command.first().map_or_else(String::new, |program| program.to_string_lossy().into_owned());
                let start = Box::new(move || start_command(&command, shown, running));
                Source::Streams(vec![Stream { name, start }])
            }
            Plan::Commands(commands) => {
                let stream = |(name, command): (Vec<u8>, OsString)| {
                    let running = running.clone();
                    let shown = String::from_utf8_lossy(&name).into_owned();
                    let command = ["/bin/sh".into(), "-c".into(), command];
                    Stream { name, start: Box::new(move || start_command(&command, shown, running)) }
                };
                Source::Streams(commands.into_iter().map(stream).collect())
            }
        };
        Ok((source, Guard(running)))
    }
}

fn start_command(command: &[OsString], shown: String, running: Running) -> Result<Started, Error> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| Error::Invalid("The command is empty".to_owned()))?;
    let failed = |cause: &dyn std::fmt::Display| {
        Error::Invalid(format!("The command {shown} could not be run: {cause}; no snapshot was made"))
    };
    // Its messages go where ours go; what is typed or piped to us is not for it.
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error))?;
    let reader = child.stdout.take().ok_or_else(|| failed(&"it has no output"))?;
    *running.child() = Some(child);
    let finish = move || {
        let Some(mut child) = running.child().take() else { return Ok(()) };
        match child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Error::Invalid(format!("The command {shown} failed ({status}); no snapshot was made"))),
            Err(error) => Err(Error::local("wait for", &shown, error)),
        }
    };
    Ok(Started { reader: Box::new(reader), finish: Box::new(finish) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> SourceArgs {
        SourceArgs { stdin_filename: "stdin".into(), ..SourceArgs::default() }
    }

    #[test]
    fn one_kind_of_source_is_chosen() {
        let paths = ["a".into(), "b".into()];
        assert_eq!(plan(&args(), &paths).expect("paths"), Plan::Paths(vec!["a".into(), "b".into()]));
        assert!(plan(&args(), &[]).is_err());
        assert!(plan(&args(), &[OsString::new()]).is_err());
        let stdin = SourceArgs { stdin: true, ..args() };
        assert_eq!(plan(&stdin, &[]).expect("stream"), Plan::Stdin { name: b"stdin".to_vec() });
        assert!(plan(&stdin, &paths).is_err());
        let command = SourceArgs { stdin_from_command: true, stdin_filename: "db/x.sql".into(), ..args() };
        let expected = Plan::Command { name: b"db/x.sql".to_vec(), command: paths.to_vec() };
        assert_eq!(plan(&command, &paths).expect("command"), expected);
        assert!(plan(&command, &[]).is_err());
    }

    #[test]
    fn names_of_streams_are_paths_of_files() {
        for bad in ["", "/", "a/../b", "a//b", ".", "a/"] {
            assert!(stream_name(OsStr::new(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn commands_have_names_of_their_own() {
        let given = |list: &[&str]| commands(&list.iter().map(OsString::from).collect::<Vec<_>>());
        let found = given(&["a/x=echo a=b", "/b=true"]).expect("commands");
        assert_eq!(found[0], (b"a/x".to_vec(), OsString::from("echo a=b")));
        assert_eq!(found[1].0, b"b");
        for bad in [&["x"][..], &["x="], &["=true"], &["a=x", "a=y"], &["a=x", "a/b=y"], &["a/b=x", "a=y"], &["../x=y"]]
        {
            assert!(given(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn one_path_may_be_stored_as_another_one() {
        let args = |stored_as: &str| SourceArgs { as_path: Some(stored_as.into()), ..args() };
        let expected = Plan::PathAs { path: "/mnt/home".into(), stored_as: "/home".into() };
        assert_eq!(plan(&args("/home"), &["/mnt/home".into()]).expect("a path"), expected);
        assert!(plan(&args("/home"), &["/a".into(), "/b".into()]).is_err());
        assert!(plan(&args("home"), &["/a".into()]).is_err());
        assert!(plan(&args("/x/../home"), &["/a".into()]).is_err());
    }

    fn start(command: &[&str]) -> (Result<Started, Error>, Guard) {
        let plan = Plan::Command { name: b"x".to_vec(), command: command.iter().map(OsString::from).collect() };
        let (source, guard) = plan.start().expect("starts later");
        let Source::Streams(mut streams) = source else { panic!("streams") };
        ((streams.remove(0).start)(), guard)
    }

    #[test]
    fn a_failing_command_fails_at_its_end() {
        let (started, _guard) = start(&["/bin/sh", "-c", "echo half; exit 7"]);
        let Started { mut reader, finish } = started.expect("starts");
        let mut text = String::new();
        reader.read_to_string(&mut text).expect("readable");
        assert_eq!(text, "half\n");
        assert!(finish().unwrap_err().to_string().contains("exit status: 7"));
        assert!(start(&["/nonexistent/program"]).0.is_err());
    }

    #[test]
    fn a_command_that_runs_on_is_ended() {
        let (started, guard) = start(&["sleep", "1000"]);
        let mut reader = started.expect("starts").reader;
        drop(guard);
        // Nobody has the other end any more.
        assert_eq!(reader.read(&mut [0; 8]).expect("readable"), 0);
    }
}
