//! `caddis mount`.
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use caddis::monitor::{Event, Monitor};
use caddis::ops::mount::{
    MountOptions, MountReport, Naming, Owner, PathTemplate, Top, View, ViewOptions, mount, refuse_bad_place,
};
use caddis::ops::snapshots;
use clap::Args;
use serde_json::json;

use super::context::Context;
use super::exit::{Exit, usage};
use super::filter::FilterArgs;
use super::output::Output;
use super::progress::Task;
use super::signals;
use super::time_template::TimeTemplate;
use super::units::{count, size};

/// How long the list of snapshots is believed: listing costs next to nothing where storage is near.
const NEAR: Duration = Duration::from_secs(5);
const FAR: Duration = Duration::from_secs(60);

const LONG: &str = "\
Look at snapshots as files, without restoring them

Mounts the repository read-only (FUSE) at an empty directory, and serves it
until Ctrl-C or SIGTERM, or until somebody unmounts it with `umount MOUNTPOINT`
(users other than root: `fusermount3 -u MOUNTPOINT`). In it are

  snapshots/TIME      every snapshot by its time
  ids/ID              by the first eight digits of its id
  hosts/HOST/TIME     by host
  tags/TAG/TIME       by tag, once for each of its tags
  labels/LABEL/TIME   by label
  versions/           all snapshots at once, see below

Where snapshots are, a link `latest` leads to the newest of them (to a
checkpoint only if nothing is complete). Of snapshots with the same name later
ones get -1, -2 and so on. New snapshots appear, and forgotten ones go, while
it is mounted: after five seconds, or a minute where storage is remote.

With SNAPSHOT the mount point is that snapshot, or the directory PATH in it.

Versions: beneath `versions` the directories of all snapshots are merged, and
every file that was ever there is a directory. In it are the distinct versions
of the file, each under the time of the first snapshot that has it, with the
extension of the file: versions/home/me/a.odt/2026-01-03T17:13:09Z.odt.
Versions differ in content: another owner, mode or time makes none, and a
content that came back is not there twice. A first look into a directory that
changed in each of thousands of snapshots takes seconds.

Files are read when they are needed, and ahead where that is in order. Packs
that are damaged or lost are rebuilt from parity on the way. What cannot be
read is an input/output error, never zeros, and is told on standard error.
Hard links, holes, extended attributes, ACLs, owners and times are those of
the snapshot; set-user-id bits and devices have no effect. Memory stays at
some 400 MiB whatever the size of the repository, and 150 bytes for each name
that the kernel remembers.

Without --allow-other only the user who mounts sees anything, and sees all of
it, whoever owned the files.

The exit code is 0 when it was unmounted, by Ctrl-C or SIGTERM too, and 3 if
something could not be read. If it is in use when it shall end, it goes out of
sight, and the program ends when nobody uses it any more, or with a second
Ctrl-C.

It takes the kernel module fuse, and for users other than root the program
fusermount3 (package fuse3).";

const AFTER: &str = "\
Placeholders of --path-template:
  %i  short id of the snapshot      %I  whole id
  %h  host                          %u  user
  %t  tag, a path for each          %l  label
  %T  time, as --time-template says
A snapshot without tags, or without a label, has no path of a template with %t,
or %l. A slash in a host, user, tag or label becomes _; one in the time makes
directories.

Examples:
  caddis mount /mnt/backup
  caddis mount /mnt/backup latest:/home/me
  caddis mount --host web1 --path-template '%h/%T' --time-template %Y/%m/%d /mnt/b
  caddis mount --allow-other /mnt/backup     # permissions are those of the files
  diff /mnt/backup/versions/etc/fstab/*      # what changed, and when
  cp -a /mnt/backup/snapshots/latest/home/me/lost.txt ~";

/// Look at snapshots as files, without restoring them
#[derive(Args, Debug, Clone)]
#[command(long_about = LONG, after_long_help = AFTER)]
pub struct MountArgs {
    /// An empty directory
    #[arg(value_name = "MOUNTPOINT")]
    mountpoint: PathBuf,

    /// Show this snapshot alone: beginning of an id, latest, latest~N, @label, latest@{TIME} (see caddis --help); with :PATH the directory there
    #[arg(value_name = "SNAPSHOT[:PATH]")]
    snapshot: Option<String>,

    /// Let other users look at it, with the permissions of the files
    #[arg(long)]
    allow_other: bool,

    /// With --allow-other: let them read everything, whatever the permissions say
    #[arg(long, requires = "allow_other")]
    no_default_permissions: bool,

    /// Show everything as owned by root
    #[arg(long)]
    owner_root: bool,

    /// Where snapshots are shown (can be repeated; instead of the default)
    #[arg(long, value_name = "TEMPLATE", conflicts_with = "snapshot")]
    path_template: Vec<String>,

    /// How times are shown: the time Mon Jan 2 15:04:05 -0700 MST 2006 written as wanted, or strftime
    #[arg(long, value_name = "TEMPLATE", default_value = "2006-01-02T15:04:05Z07:00")]
    time_template: TimeTemplate,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Serves until it is unmounted.
pub fn run(args: &MountArgs, context: &Context) -> anyhow::Result<Exit> {
    let naming = Naming { templates: templates(&args.path_template)?, time: args.time_template.format() };
    let search: Vec<PathBuf> = std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect();
    refuse_bad_place(&args.mountpoint, &search)?;
    let repo = context.open()?;
    let progress = context.progress(Task::Read);
    let filter = args.filter.filter();
    let top = match &args.snapshot {
        None => Top::Snapshots,
        Some(selector) => {
            let (info, path) = snapshots::select(&repo, selector, &filter, &progress)?;
            Top::Snapshot { info: Box::new(info), path }
        }
    };
    let source = repo.backend().describe();
    let refresh = if repo.backend().is_remote() { FAR } else { NEAR };
    let owner = Owner {
        uid: rustix::process::geteuid().as_raw(),
        gid: rustix::process::getegid().as_raw(),
        is_root: args.owner_root,
    };
    let view = View::new(repo, top, ViewOptions { naming, filter, owner, refresh }, &progress)?;
    progress.finish();
    let options = MountOptions {
        allow_other: args.allow_other,
        check_permissions: !args.no_default_permissions,
        source,
        processors: std::thread::available_parallelism().map_or(1, usize::from),
    };
    signals::install()?;
    let serving = Serving { out: &context.out, problems: AtomicU64::new(0), hangup: signals::hangup()? };
    let started = Instant::now();
    let report = mount(view, &args.mountpoint, &options, &serving, &mut || announce(args, &context.out))?;
    let problems = serving.problems.load(Ordering::Relaxed);
    sum_up(&report, problems, started.elapsed(), &context.out);
    Ok(if problems > 0 { Exit::Warnings } else { Exit::Success })
}

fn templates(given: &[String]) -> anyhow::Result<Vec<PathTemplate>> {
    let default = || PathTemplate::DEFAULT.iter().map(|text| (*text).to_owned()).collect();
    let texts: Vec<String> = if given.is_empty() { default() } else { given.to_vec() };
    texts.iter().map(|text| PathTemplate::parse(text).map_err(|error| usage(error.to_string()))).collect()
}

fn announce(args: &MountArgs, out: &Output) {
    let place = args.mountpoint.display();
    if out.style.json {
        out.status(&json!({"message_type": "mounted", "mountpoint": place.to_string()}));
    } else {
        out.say(format_args!(
            "The {} is at {place} now",
            if args.snapshot.is_some() { "snapshot" } else { "repository" }
        ));
        let unmount = if rustix::process::geteuid().is_root() { "umount" } else { "fusermount3 -u" };
        out.say(format_args!("Ctrl-C here, or `{unmount} {place}`, ends it"));
    }
}

fn sum_up(report: &MountReport, problems: u64, took: Duration, out: &Output) {
    if out.style.json {
        out.status(&json!({
            "message_type": "summary",
            "seconds_elapsed": took.as_secs(),
            "reads": report.reads,
            "bytes_read": report.bytes,
            "packs_healed": report.healed,
            "error_count": problems,
        }));
        return;
    }
    out.say(format_args!("unmounted; {} read", size(report.bytes)));
    if report.healed > 0 {
        out.note(&format!(
            "{} damaged or missing; what was needed was rebuilt from parity. `caddis repair packs` writes it back",
            count(report.healed as u64, "pack")
        ));
    }
}

/// Tells what happens while it is mounted, without a bar.
struct Serving<'a> {
    out: &'a Output,
    problems: AtomicU64,
    hangup: Arc<AtomicBool>,
}

impl Monitor for Serving<'_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Problem(problem) => {
                self.problems.fetch_add(1, Ordering::Relaxed);
                self.out.problem("mount", &problem.item, &problem.message);
            }
            Event::Healed(pack) if self.out.style.verbose > 0 => {
                self.out.note(&format!("Pack {} was damaged or missing; its bytes were rebuilt", pack.short()));
            }
            Event::Note(note) => self.out.note(note),
            _ => {}
        }
    }

    fn stop(&self) -> bool {
        signals::stop_requested() || self.hangup.load(Ordering::Relaxed)
    }
}
