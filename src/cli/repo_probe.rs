//! `caddis repo probe`, and what later commands say because of it.
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use caddis::backend::{Backend, LocalBackend, LockTrial, ObjectLock, RemoteBackend, RemotePlace};
use caddis::ops::probe::{Finding, ProbeReport, Verdict, probe};
use caddis::repo::Repository;
use caddis::world::{Time, random};
use clap::Args;
use serde_json::{Value, json};

use super::context::Context;
use super::exit::{Exit, usage};
use super::progress::Task;
use super::storage::Storage;
use super::table::{Align, Step, Table};
use super::units::{parse_size, size};
use super::when;

/// More is no better measured, and somebody may pay for it.
const MOST: u64 = 4 << 30;

/// Try out whether storage keeps what a repository rests on, and how quick it is
///
/// Works before `init` and on the place of an existing repository, which it leaves alone: everything is written into a folder
/// `probe-…` of its own and removed again. No password is needed. Exit code 0: any number of machines may write at the same time;
/// 3: one at a time (`init --single-writer`); 1: no repository is safe there. What was found is remembered in the cache folder,
/// and commands that write tell when it contradicts the repository. With `-o object_lock=governance:30d` it also tries whether the service locks objects
/// and keeps them; a few bytes stay for two minutes then, hidden, since they are locked.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis --repo s3:https://minio.example.org/my-bucket/backup repo probe
  caddis --repo webdav:https://dav.example.org/backup repo probe --size 64MiB
  caddis --repo s3://my-bucket/backup -o object_lock=compliance:30d repo probe")]
pub struct ProbeArgs {
    /// How much is written to measure the rate
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = parse_size)]
    size: u64,
}

/// A place beside the objects of a repository that is removed when this is dropped.
enum Ground {
    Local(PathBuf),
    Remote { above: Arc<RemoteBackend>, folder: String, place: RemotePlace },
}

impl Drop for Ground {
    fn drop(&mut self) {
        // The report tells what is left; empty folders are no more than untidy.
        match self {
            Ground::Local(path) => drop(std::fs::remove_dir_all(path)),
            Ground::Remote { above, folder, .. } => drop(above.remove_folder(folder)),
        }
    }
}

impl Ground {
    fn find(storage: &Storage, token: &str) -> anyhow::Result<Ground> {
        let folder = format!("probe-{token}");
        match storage {
            Storage::Local(path) => {
                // What is not there yet will be on the file system of what is above it.
                Ok(Ground::Local(above(path).join(folder)))
            }
            Storage::Remote(above) => {
                let mut place = above.place().clone();
                let root = place.settings.get("root").map_or("", String::as_str).trim_end_matches('/');
                let root =
                    if root.is_empty() && place.service != "sftp" { format!("/{folder}") } else { join(root, &folder) };
                place.settings.insert("root".to_owned(), root);
                // Nobody could remove what was written.
                place.settings.remove(ObjectLock::SETTING);
                place.shown = format!("{}/{folder}", place.shown);
                Ok(Ground::Remote { above: Arc::clone(above), folder, place })
            }
        }
    }

    fn open(&self, make: bool) -> anyhow::Result<Arc<dyn Backend>> {
        Ok(match self {
            Ground::Local(path) if make => Arc::new(LocalBackend::create(path)?),
            Ground::Local(path) => Arc::new(LocalBackend::open(path)?),
            Ground::Remote { place, .. } => Arc::new(RemoteBackend::open(place.clone())?),
        })
    }
}

fn join(root: &str, folder: &str) -> String {
    if root.is_empty() { folder.to_owned() } else { format!("{root}/{folder}") }
}

/// Tests the place, tells and remembers the verdict.
pub fn run(args: &ProbeArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.size > MOST {
        return Err(usage(format!("--size is at most {}", size(MOST))));
    }
    let storage = context.storage()?;
    let token: [u8; 8] = random(&*context.world);
    let token: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
    let ground = Ground::find(&storage, &token)?;
    let (store, watcher) = (ground.open(true)?, ground.open(false)?);
    let progress = context.progress(Task::Read);
    let report = probe(&store, &watcher, &*context.world, args.size, &progress);
    drop(progress);
    drop(ground);
    let mut report = report.with_context(|| format!("{} cannot be tried out", store.describe()))?;
    let place = storage.place();
    // What locks do is no matter for those who use none.
    let verdict = report.verdict();
    remember(context, &place, verdict);
    report.findings.extend(try_lock(&storage, context)?);
    if let Storage::Local(path) = &storage
        && !path.is_dir()
    {
        let there = std::path::absolute(above(path)).unwrap_or_else(|_| above(path));
        let message =
            format!("{} is not there yet: what would hold it was tried out, {}", path.display(), there.display());
        context.out.note(&message);
    }
    if context.out.style.json {
        // The verdict is remembered and is the exit code, whether or not somebody reads this.
        let mut value = to_json(&report, &place, &store.describe());
        if let Storage::Local(path) = &storage {
            value["exists"] = path.is_dir().into();
        }
        let _ = context.out.object(&value);
    } else {
        tell(context, &report, &store.describe());
    }
    Ok(match report.verdict() {
        Verdict::Good => Exit::Success,
        Verdict::SingleWriter => Exit::Warnings,
        Verdict::Unusable => Exit::Failed,
    })
}

/// Whether objects can be locked, where a lock is asked for.
fn try_lock(storage: &Storage, context: &Context) -> anyhow::Result<Option<Finding>> {
    let Storage::Remote(backend) = storage else { return Ok(None) };
    let tried = backend.try_lock(u64::from_le_bytes(random(&*context.world)))?;
    Ok(tried.map(|trial| {
        let (allows, seen) = match trial {
            LockTrial::Works => {
                (Verdict::Good, "a locked object could not be removed, and its lock was extended".to_owned())
            }
            LockTrial::Fails(cause) => (Verdict::Unusable, cause),
        };
        Finding { test: "object lock", allows, seen }
    }))
}

/// What is there of a path.
fn above(path: &Path) -> PathBuf {
    let there = path.ancestors().find(|path| path.is_dir() || path.as_os_str().is_empty());
    there.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "good",
        Verdict::SingleWriter => "single-writer",
        Verdict::Unusable => "unusable",
    }
}

fn says(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "Good: any number of machines may write at the same time.",
        Verdict::SingleWriter => {
            "Usable by a single writer only: it takes `init --single-writer`, and only one machine at a time may write."
        }
        Verdict::Unusable => "Unusable: no repository is safe there.",
    }
}

fn millis(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

fn tell(context: &Context, report: &ProbeReport, tried: &str) {
    let mut table = Table::new(&[("Test", Align::Left), ("Result", Align::Left), ("Seen", Align::Left)]);
    for finding in &report.findings {
        let result = match finding.allows {
            Verdict::Good => "ok",
            allows => word(allows),
        };
        table.row([finding.test, result, &finding.seen].map(|cell| vec![cell.to_owned()]).into());
    }
    if let Some(width) = context.out.width() {
        table.fit(width, &[Step::Fold("Seen", 24), Step::Fold("Test", 16), Step::Fold("Seen", 12)]);
    }
    context.out.lines(&table.render());
    let speed = &report.speed;
    let rate = |rate: f64| format!("{}/s", size(rate as u64));
    context.out.say(format_args!(
        "small objects: written in {}, read in {}; packs: {} up, {} down; clock of storage: {:+} s",
        millis(speed.put),
        millis(speed.get),
        rate(speed.up),
        rate(speed.down),
        report.skew_secs
    ));
    if report.left > 0 {
        let left = super::units::count(report.left, "object");
        context.out.note(&format!("{left} of the probe could not be removed; delete everything below {tried}"));
    }
    // The result, wanted with -q too.
    let _ = context.out.line(says(report.verdict()));
}

fn to_json(report: &ProbeReport, place: &str, tried: &str) -> Value {
    let tests: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| json!({"test": finding.test, "result": word(finding.allows), "seen": finding.seen}))
        .collect();
    let speed = &report.speed;
    let rate = |rate: f64| rate as u64;
    json!({
        "message_type": "probe", "repository": place, "verdict": word(report.verdict()), "tests": tests,
        "may_delete": report.may_delete, "clock_skew_seconds": report.skew_secs,
        "seconds_to_write": speed.put.as_secs_f64(), "seconds_to_read": speed.get.as_secs_f64(),
        "bytes_per_second_up": rate(speed.up), "bytes_per_second_down": rate(speed.down),
        "objects_left": report.left, "tried": tried,
    })
}

/// Where the last verdict on a place is kept.
fn file(cache: &Path, place: &str) -> PathBuf {
    let hash = blake3::derive_key("caddis v1 place that was probed", place.as_bytes());
    let name: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    cache.join("probed").join(name)
}

/// A verdict that cannot be kept was told all the same.
fn remember(context: &Context, place: &str, verdict: Verdict) {
    let Some(cache) = context.globals.cache() else { return };
    let path = file(&cache, place);
    let text = json!({"place": place, "verdict": word(verdict), "seconds": context.world.now().secs}).to_string();
    if let Some(folder) = path.parent()
        && std::fs::create_dir_all(folder).is_ok()
    {
        drop(std::fs::write(&path, text));
    }
}

/// The verdict of an earlier probe from this machine, and when that was.
fn remembered(cache: &Path, place: &str) -> Option<(String, Time)> {
    let value: Value = serde_json::from_slice(&std::fs::read(file(cache, place)).ok()?).ok()?;
    let secs = value["seconds"].as_i64()?;
    Some((value["verdict"].as_str()?.to_owned(), Time { secs, nanos: 0 }))
}

/// A line before anything is written where only one machine may write, or where a probe found that this is so.
pub fn warn_writers(context: &Context, repo: &Repository) {
    if repo.config().single_writer {
        context.out.note("Single-writer repository: only one machine at a time may write");
        return;
    }
    let place = repo.backend().describe();
    if repo.config().settings.contains_key(ObjectLock::SETTING) && repo.backend().object_lock().is_none() {
        context.out.note(&format!(
            "The repository wants its objects locked, and {place} does not do that: what is written now can be removed"
        ));
    }
    let found = context.globals.cache().and_then(|cache| remembered(&cache, &place));
    if let Some((verdict, time)) = found.filter(|(verdict, _)| verdict != word(Verdict::Good)) {
        let message = format!(
            "`repo probe` found on {} that {place} is {verdict}, and this repository was not made for that: let only one machine write, and \
             move it to other storage",
            when::human(time)
        );
        context.out.note(&message);
    }
}
