//! What a backup reads: paths, lists of paths, standard input, or the output of a command.
use std::ffi::OsString;
use std::io::{IsTerminal, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, anyhow};
use caddis::error::Error;
use caddis::fs::source::{parse_globs, parse_lines, parse_raw};
use caddis::ops::backup::Source;
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
}

/// What shall be read; nothing has been started.
#[derive(Debug, PartialEq, Eq)]
pub enum Plan {
    Paths(Vec<PathBuf>),
    Stdin { name: Vec<u8> },
    Command { name: Vec<u8>, command: Vec<OsString> },
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
        return Ok(Plan::Command { name: stream_name(args)?, command: positional.to_vec() });
    }
    if args.stdin {
        if listed || !positional.is_empty() {
            return Err(usage("--stdin backs up one stream; paths cannot be added"));
        }
        return Ok(Plan::Stdin { name: stream_name(args)? });
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
            "Nothing to back up: name files or directories, --files-from, --stdin or --stdin-from-command"
        }));
    }
    Ok(Plan::Paths(paths))
}

/// Without a slash at its beginning.
fn stream_name(args: &SourceArgs) -> anyhow::Result<Vec<u8>> {
    let name = args.stdin_filename.as_bytes();
    let name = name.strip_prefix(b"/").unwrap_or(name);
    let invalid = |part: &[u8]| matches!(part, b"" | b"." | b"..") || part.contains(&0);
    if name.split(|&byte| byte == b'/').any(invalid) {
        return Err(usage(format!("--stdin-filename {:?} is not a path of a file", args.stdin_filename)));
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

/// Ends the command if it still runs, and never leaves a zombie.
pub struct Running(Option<Arc<Mutex<Child>>>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &self.0 {
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            // Both fail only if it has been waited for already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Plan {
    /// Starts the command, if it is one.
    pub fn start(self) -> anyhow::Result<(Source, Running)> {
        match self {
            Plan::Paths(paths) => {
                let base = std::env::current_dir().context("Could not find out the current directory")?;
                Ok((Source::Paths { base, paths }, Running(None)))
            }
            Plan::Stdin { name } => {
                let stdin = std::io::stdin();
                if stdin.is_terminal() {
                    return Err(usage("--stdin reads standard input, but that is the terminal; pipe something in"));
                }
                let source = Source::Stream { name, reader: Box::new(stdin), finish: Box::new(|| Ok(())) };
                Ok((source, Running(None)))
            }
            Plan::Command { name, command } => start_command(name, &command),
        }
    }
}

fn start_command(name: Vec<u8>, command: &[OsString]) -> anyhow::Result<(Source, Running)> {
    let (program, arguments) = command.split_first().ok_or_else(|| usage("The command is empty"))?;
    let shown = program.to_string_lossy().into_owned();
    // Its messages go where ours go; what is typed or piped to us is not for it.
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("Could not run {shown}; no snapshot was made"))?;
    let reader = child.stdout.take().ok_or_else(|| anyhow!("{shown} has no output"))?;
    let child = Arc::new(Mutex::new(child));
    let running = Running(Some(Arc::clone(&child)));
    let finish = move || {
        let status = child.lock().unwrap_or_else(PoisonError::into_inner).wait();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Error::Invalid(format!("The command {shown} failed ({status}); no snapshot was made"))),
            Err(error) => Err(Error::local("wait for", &shown, error)),
        }
    };
    Ok((Source::Stream { name, reader: Box::new(reader), finish: Box::new(finish) }, running))
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
            assert!(stream_name(&SourceArgs { stdin_filename: bad.into(), ..args() }).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_failing_command_fails_at_its_end() {
        let command = ["/bin/sh", "-c", "echo half; exit 7"].map(OsString::from);
        let (source, _running) = start_command(b"/x".to_vec(), &command).expect("starts");
        let Source::Stream { mut reader, finish, .. } = source else { panic!("a stream") };
        let mut text = String::new();
        reader.read_to_string(&mut text).expect("readable");
        assert_eq!(text, "half\n");
        assert!(finish().unwrap_err().to_string().contains("exit status: 7"));
        assert!(start_command(Vec::new(), &["/nonexistent/program".into()]).is_err());
    }

    #[test]
    fn a_command_that_runs_on_is_ended() {
        let (source, running) = start_command(b"/x".to_vec(), &["sleep", "1000"].map(OsString::from)).expect("starts");
        let child = Arc::clone(running.0.as_ref().expect("a command"));
        drop((source, running));
        let status = child.lock().expect("not poisoned").try_wait().expect("known");
        assert!(status.is_some_and(|status| !status.success()));
    }
}
