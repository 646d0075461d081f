//! `caddis dump`.
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use caddis::error::Error;
use caddis::ops::dump::{self, Archive, DumpReport, Dumped};
use caddis::ops::snapshots;
use clap::{Args, ValueEnum};
use serde_json::json;
use tempfile::NamedTempFile;

use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::names;
use super::output::Output;
use super::progress::Task;
use super::units::{count, size};

/// Write a file of a snapshot, or a directory as an archive, to standard output
///
/// A directory becomes a tar archive with owners, modes, times, links, devices, ACLs and extended attributes, or a zip archive with --archive zip. Names in it
/// are those of the snapshot; with SNAPSHOT:DIR / they are those beneath DIR. Holes stay holes in a tar archive, as
/// with tar --sparse; elsewhere they are written as zeros.
///
/// What is written is right. If something cannot be read, the output ends there and the exit code says so; a --target is not made then.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis dump latest /etc/fstab
  caddis dump latest /var/lib/db.dump | psql
  caddis dump latest:/home/me / | ssh host tar -x -C /home/me
  caddis dump --archive zip --target photos.zip latest /home/me/photos")]
pub struct DumpArgs {
    /// Beginning of an id, latest, latest~N, @label, latest@{TIME} (see caddis --help); with :DIR that directory is the root
    #[arg(value_name = "SNAPSHOT[:DIR]")]
    pub(super) snapshot: String,

    /// File or directory in the snapshot; / is all of it
    #[arg(value_name = "PATH")]
    pub(super) wanted: PathBuf,

    /// Kind of the archive that a directory becomes
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Tar)]
    pub(super) archive: Format,

    /// Write to this file, which replaces one of the same name when it is complete; only its owner can read it
    #[arg(short, long, value_name = "FILE")]
    pub(super) target: Option<PathBuf>,

    #[command(flatten)]
    pub(super) filter: FilterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// POSIX tar
    Tar,
    /// Zip
    Zip,
}

/// Streams.
pub fn run(args: &DumpArgs, context: &Context) -> anyhow::Result<Exit> {
    let repo = context.open()?;
    let progress = context.progress(Task::Read);
    repo.load_index(&progress)?;
    let (info, base) = snapshots::select(&repo, &args.snapshot, &args.filter.filter(), &progress)?;
    let what = Dumped::find(&repo, &info, &base, args.wanted.as_os_str().as_bytes(), &progress)?;
    if what.is_directory() && args.target.is_none() && io::stdout().is_terminal() {
        return Err(usage("An archive is not written to a terminal; redirect standard output, or give --target"));
    }
    let archive = match args.archive {
        Format::Tar => Archive::Tar,
        Format::Zip => Archive::Zip,
    };
    drop(progress);
    // With --json standard output is for the file or archive, or with a target for messages.
    let task = if context.out.style.json && args.target.is_none() { Task::Read } else { Task::Dump };
    let progress = context.progress(task);
    let report = match &args.target {
        Some(target) => write_to(target, |out| Ok(dump::dump(&repo, &what, archive, out, &progress)?))?,
        None => match dump::dump(&repo, &what, archive, &mut Stdout(&context.out), &progress) {
            // A reader that went away has seen what it wanted. Other errors of standard output are told at the end of the program.
            Err(Error::Local { .. }) if context.out.is_closed() => return Ok(Exit::Success),
            report => report?,
        },
    };
    progress.finish();
    if let Some(target) = &args.target {
        tell(&context.out, target, &report);
    }
    Ok(if report.problems > 0 { Exit::Warnings } else { Exit::Success })
}

fn tell(out: &Output, target: &Path, report: &DumpReport) {
    let DumpReport { entries, bytes, problems } = *report;
    if out.style.json {
        out.status(&json!({
            "message_type": "summary", "target": names::lossy(target.as_os_str().as_bytes()), "entries": entries,
            "total_bytes": bytes, "error_count": problems,
        }));
    } else {
        let target = names::display(target.as_os_str().as_bytes());
        out.say(format_args!("wrote {} ({}) to {target}", count(entries, "entry"), size(bytes)));
    }
}

/// A file gets its name when it is complete and on disk. A device or pipe is written as it is.
fn write_to(
    target: &Path,
    dump: impl FnOnce(&mut dyn Write) -> anyhow::Result<DumpReport>,
) -> anyhow::Result<DumpReport> {
    let could_not = || format!("Could not write {}", target.display());
    if std::fs::metadata(target).is_ok_and(|found| !found.is_file()) {
        let file = OpenOptions::new().write(true).open(target).with_context(could_not)?;
        return written(&file, dump);
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = NamedTempFile::new_in(folder).with_context(could_not)?;
    let report = written(file.as_file(), dump)?;
    file.as_file().sync_all().with_context(could_not)?;
    file.persist(target).map_err(|error| error.error).with_context(could_not)?;
    Ok(report)
}

fn written(file: &File, dump: impl FnOnce(&mut dyn Write) -> anyhow::Result<DumpReport>) -> anyhow::Result<DumpReport> {
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let report = dump(&mut out)?;
    out.flush().context("Could not write the target")?;
    Ok(report)
}

/// Standard output as a writer.
struct Stdout<'a>(&'a Output);

impl Write for Stdout<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.bytes(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(super::output::Closed) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
