//! `caddis scrub`.
use std::path::PathBuf;
use std::sync::Arc;

use caddis::backend::{Backend, LocalBackend, Member, Spread};
use caddis::ops::scrub::{self, ScrubReport};
use clap::Args;
use serde_json::json;

use super::context::Context;
use super::exit::{Exit, usage};
use super::output::Output;
use super::progress::Task;
use super::signals;
use super::units::{count, size};

/// Verify, and repair, packs without a password
///
/// For the machine that keeps the repository and must not be able to read it.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis scrub /srv/backup
  caddis scrub /srv/backup --repair
  caddis scrub /disk1/backup /disk2/backup /disk3/backup     (one repository in three locations)")]
pub struct ScrubArgs {
    /// The repository, if it is not named by --repo; if it is in several locations, all of them that are folders here
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Write back what can be rebuilt from parity and replicas
    #[arg(long)]
    repair: bool,
}

/// Exit code 5 if all damage was repaired, 6 if there is some left.
pub fn run(args: &ScrubArgs, context: &Context) -> anyhow::Result<Exit> {
    let backend: Arc<dyn Backend> = match &args.paths[..] {
        [] => context.backend()?,
        _ if context.globals.names_place() => return Err(usage("Name the repository once: PATH or --repo")),
        [path] => Arc::new(LocalBackend::open(path)?),
        paths => Arc::new(together(paths)?),
    };
    signals::install()?;
    let progress = context.progress(Task::Scrub);
    let report = scrub::scrub(&*backend, args.paths.len().max(1), args.repair, &progress)?;
    progress.finish();
    show(&report, args.repair, &context.out);
    Ok(match (signals::exit(), exit(&report, args.repair)) {
        (Some(exit), _) => exit,
        (None, Exit::Success) if progress.problems() > 0 => Exit::Warnings,
        (None, exit) => exit,
    })
}

/// Folders of one repository.
fn together(paths: &[PathBuf]) -> anyhow::Result<Spread> {
    let member = |(path, number): (&PathBuf, u8)| {
        let backend: Arc<dyn Backend> = Arc::new(LocalBackend::open(path)?);
        Ok(Member { number, place: backend.describe(), capacity: None, priority: 0, backend: Ok(backend) })
    };
    let members = paths.iter().zip(1..).map(member).collect::<anyhow::Result<_>>()?;
    // Nothing is decided here.
    Ok(Spread::new(members, None))
}

fn exit(report: &ScrubReport, repair: bool) -> Exit {
    match (report.lost.is_empty(), report.rebuilt.is_empty()) {
        (true, true) => Exit::Success,
        (true, false) if repair => Exit::Repaired,
        _ => Exit::Damaged,
    }
}

fn show(report: &ScrubReport, repair: bool, out: &Output) {
    if out.style.json {
        let list = |problems: &[caddis::monitor::Problem]| {
            problems.iter().map(|problem| json!({"item": problem.item, "message": problem.message})).collect::<Vec<_>>()
        };
        out.status(&json!({
            "message_type": "summary",
            "repair": repair,
            "stripes": report.stripes,
            "packs": report.packs,
            "bytes": report.bytes,
            "objects": report.objects,
            "packs_elsewhere": report.elsewhere,
            "unknown_packs": report.unknown_packs,
            "rebuilt": list(&report.rebuilt),
            "lost": list(&report.lost),
        }));
        return;
    }
    text(report, repair).iter().for_each(|line| out.say(line));
}

fn text(report: &ScrubReport, repair: bool) -> Vec<String> {
    let mut lines: Vec<String> =
        report.rebuilt.iter().map(|problem| format!("{}: {}", problem.item, problem.message)).collect();
    lines.push(format!(
        "verified {} ({}) in {}, and {}",
        count(report.packs, "pack"),
        size(report.bytes),
        count(report.stripes, "stripe"),
        count(report.objects, "other object")
    ));
    if report.elsewhere > 0 {
        let elsewhere = count(report.elsewhere, "pack");
        lines.push(format!("in other locations, so that nothing here can be rebuilt without a password: {elsewhere}"));
    }
    if report.unknown_packs > 0 {
        lines.push(format!(
            "{} of no known stripe: left over, or the index is gone",
            count(report.unknown_packs, "pack")
        ));
    }
    let (rebuilt, lost) = (report.rebuilt.len(), report.lost.len());
    lines.push(match (rebuilt, lost) {
        (0, 0) => "no errors were found".to_owned(),
        (_, 0) if repair => format!("rebuilt {} that had been damaged or missing", count(rebuilt, "object")),
        (_, 0) => format!("{} damaged or missing; --repair rebuilds what is named above", count(rebuilt, "object")),
        (0, _) => format!("{} lost: too little is left of it", count(lost, "object")),
        _ if repair => format!("rebuilt {}, {lost} cannot be rebuilt", count(rebuilt, "object")),
        _ => format!("{} damaged that can be rebuilt (--repair), {lost} that cannot", count(rebuilt, "object")),
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::monitor::Problem;

    #[test]
    fn damage_decides_the_exit_code() {
        let problem = || vec![Problem { item: "packs/ab/cd".into(), message: "Wrong hash".into() }];
        let clean = ScrubReport::default();
        let rebuilt = ScrubReport { rebuilt: problem(), ..ScrubReport::default() };
        let lost = ScrubReport { lost: problem(), ..ScrubReport::default() };
        assert_eq!(exit(&clean, false), Exit::Success);
        assert_eq!(exit(&rebuilt, true), Exit::Repaired);
        assert_eq!(exit(&rebuilt, false), Exit::Damaged);
        assert_eq!(exit(&lost, true), Exit::Damaged);
        assert!(text(&rebuilt, false).join("\n").contains("packs/ab/cd: Wrong hash"));
        assert!(text(&clean, true).join("\n").contains("no errors"));
    }
}
