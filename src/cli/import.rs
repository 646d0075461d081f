//! `caddis import`.
use std::fs::File;
use std::io::{BufReader, IsTerminal, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use caddis::ops::backup::{self, BackupOptions, Parent, Source};
use clap::Args;

use super::backup::{CHECKPOINT_BYTES, CHECKPOINT_INTERVAL, NoteArgs, exit_of};
use super::backup_report;
use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::split_tags;
use super::identity;
use super::init;
use super::progress::Task;
use super::signals;

/// Make a snapshot of what is in a tar archive
///
/// The archive may be compressed with gzip or zstd, and is read from front to back without being unpacked anywhere. Owners, modes, times, links,
/// devices, extended attributes, ACLs and holes are kept. Absolute paths become relative ones; what leads upwards (..), or makes no sense otherwise, is
/// left out and told (exit code 3). An archive that is cut off or damaged makes no snapshot.
///
/// What is stored already is not stored again, as in a backup. Memory holds all entries without their content. `caddis restore` of the snapshot
/// brings the files back.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis import old.tar.gz --as-path /home --time \"2019-05-01 12:00:00\" --host oldbox
  ssh web1 tar c /etc | caddis import - --host web1 --label web1-etc")]
pub struct ImportArgs {
    /// The archive; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Directory in the snapshot beneath which the entries are stored [default: the root]
    #[arg(long, value_name = "PATH")]
    as_path: Option<PathBuf>,

    /// Make no snapshot if it would be equal to the one before
    #[arg(long)]
    skip_if_unchanged: bool,

    /// Write nothing, tell what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// How hard new data is compressed: auto, off, fastest, better, max or a level of zstd [default: the repository's]
    #[arg(long, value_name = "MODE", value_parser = init::parse_compression)]
    compression: Option<caddis::compress::Compression>,

    #[command(flatten)]
    note: NoteArgs,
}

/// Makes the snapshot.
pub fn run(args: &ImportArgs, context: &Context) -> anyhow::Result<Exit> {
    let at = args.as_path.as_ref().map(|path| path.as_os_str().as_bytes().to_vec()).unwrap_or_default();
    if at.split(|byte| *byte == b'/').any(|name| name == b".." || name == b".") {
        return Err(usage("--as-path takes the path of a directory, without . and .."));
    }
    let reader = decompressed(open(&args.file)?)
        .with_context(|| format!("Could not read the archive {}", args.file.display()))?;
    let repo = context.open()?;
    signals::install()?;
    let progress = context.progress(Task::Backup);
    let options = options(args, context);
    let report = backup::backup(&repo, Source::Tar { reader, at }, &options, &progress)?;
    progress.finish();
    backup_report::show(&report, None, args.dry_run, progress.elapsed(), &context.out);
    Ok(context.settle(&repo, exit_of(&report, &progress)))
}

fn open(file: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    if file == Path::new("-") {
        let stdin = std::io::stdin();
        if stdin.is_terminal() {
            return Err(usage(
                "The archive would come from standard input, but that is the terminal; pipe something in",
            ));
        }
        return Ok(Box::new(stdin));
    }
    let opened = File::open(file).with_context(|| format!("Could not open the archive {}", file.display()))?;
    Ok(Box::new(opened))
}

/// Finds out from the first bytes how the archive is compressed.
fn decompressed(mut reader: Box<dyn Read + Send>) -> anyhow::Result<Box<dyn Read + Send>> {
    let mut head = Vec::new();
    reader.by_ref().take(6).read_to_end(&mut head)?;
    let unknown = |what: &str, program: &str| {
        usage(format!(
            "The archive is compressed with {what}; unpack it on the way: {program} -dc FILE | caddis import -"
        ))
    };
    let whole = std::io::Cursor::new(head.clone()).chain(reader);
    Ok(match &head[..] {
        [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(BufReader::with_capacity(1 << 17, whole))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::Decoder::new(whole)?),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => return Err(unknown("xz", "xz")),
        [b'B', b'Z', b'h', ..] => return Err(unknown("bzip2", "bzip2")),
        _ => Box::new(BufReader::with_capacity(1 << 17, whole)),
    })
}

fn options(args: &ImportArgs, context: &Context) -> BackupOptions {
    let note = &args.note;
    BackupOptions {
        rules: Arc::default(),
        excludes: Vec::new(),
        one_file_system: false,
        read_special: false,
        with_atime: false,
        detect_rot: false,
        ignore_ctime: false,
        ignore_inode: false,
        host: context.host(note.host.as_ref()),
        user: identity::user(),
        uid: identity::uid(),
        gid: identity::gid(),
        label: note.label.clone(),
        tags: note.tag.iter().flat_map(|list| split_tags(list)).collect(),
        description: note.description.clone(),
        time: note.time.0,
        parent: Parent::Newest,
        skip_if_unchanged: args.skip_if_unchanged,
        dry_run: args.dry_run,
        compression: args.compression,
        delta: None,
        read_concurrency: 1,
        threads: 0,
        extra_verify: true,
        scan: false,
        checkpoint_interval: CHECKPOINT_INTERVAL,
        checkpoint_bytes: CHECKPOINT_BYTES,
    }
}
