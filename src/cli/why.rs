//! `caddis why`.
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, PathBuf};

use anyhow::Context as _;
use caddis::fs::source::{Exclusion, Own, Reason, Sources, WalkOptions, Why, why};
use clap::Args;
use serde_json::{Value, json};

use super::backup_source::{self, Plan, SourceArgs};
use super::context::Context;
use super::exit::{Exit, usage};
use super::names;
use super::own_folders::OwnFolders;
use super::patterns::{BackupExcludeArgs, ExcludeArgs, Origin};

/// Tell why a path is in a backup or left out
///
/// Takes the sources and the options of `caddis backup` that say what is backed up and left out, and tells which of them decides about the path,
/// and where it was given. Needs no repository; one in a folder that
/// --repo or the environment names is left out as in a backup. Exit code 3 if the path cannot be looked at.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis why ~/work/target/debug /home --exclude-file ~/.backup-excludes --exclude-caches
  caddis why /var/lib/docker / -x")]
pub struct WhyArgs {
    /// The path that is asked for
    #[arg(value_name = "PATH")]
    path: PathBuf,

    /// What is backed up [default: /]
    #[arg(value_name = "SOURCE")]
    sources: Vec<OsString>,

    #[command(flatten)]
    lists: SourceArgs,
    #[command(flatten)]
    excludes: ExcludeArgs,
    #[command(flatten)]
    more_excludes: BackupExcludeArgs,

    /// Do not go into other file systems
    #[arg(short = 'x', long)]
    one_file_system: bool,
}

/// Answers.
pub fn run(args: &WhyArgs, context: &Context) -> anyhow::Result<Exit> {
    let (mut rules, _) = args.excludes.rules()?;
    args.more_excludes.add_to(&mut rules)?;
    OwnFolders::find(&context.globals, &[]).leave_out(&mut rules);
    let base = std::env::current_dir().context("Could not find out the current directory")?;
    let is_all = args.sources.is_empty() && !args.lists.has_lists() && !args.lists.is_streams();
    let named = if is_all { vec!["/".into()] } else { args.sources.clone() };
    let sources = match backup_source::plan(&args.lists, &named)? {
        Plan::Paths(paths) => Sources::new(&base, &paths)?,
        Plan::PathAs { path, stored_as } => Sources::new_as(&path, &stored_as)?,
        Plan::Stdin { .. } | Plan::Command { .. } | Plan::Commands(_) => {
            return Err(usage("Streams have no paths of which one could ask"));
        }
    };
    let path = std::path::absolute(&args.path).context("Could not find out the current directory")?;
    if path.components().any(|part| part == Component::ParentDir) {
        return Err(usage("The path leads upwards (..); give it without"));
    }
    let options = WalkOptions { one_file_system: args.one_file_system, ..WalkOptions::default() };
    let path = path.as_os_str().as_bytes();
    let found = why(&sources, &rules, options, path);
    let origin = match &found.reason {
        Reason::Excluded(Exclusion::Pattern(pattern)) | Reason::IncludedBy(pattern) => args.excludes.origin(pattern)?,
        _ => None,
    };
    if context.out.style.json {
        context.out.status(&answer_json(path, &found, origin.as_ref()));
    } else {
        // A reader that went away has seen enough.
        let _ = context.out.line(answer(path, &found, origin.as_ref()));
    }
    Ok(if matches!(found.reason, Reason::Unreadable(_)) { Exit::Warnings } else { Exit::Success })
}

fn given(origin: Option<&Origin>) -> String {
    match origin {
        Some(Origin::Option(option)) => format!(" ({option})"),
        Some(Origin::File(file, line)) => {
            format!(" ({}:{line})", names::display(file.as_os_str().as_bytes()))
        }
        None => String::new(),
    }
}

fn answer(path: &[u8], found: &Why<'_>, origin: Option<&Origin>) -> String {
    let reason = match &found.reason {
        Reason::Named => "it is named as a source, so that nothing leaves it out".to_owned(),
        Reason::OnTheWay => "it is on the way to a source; what else is in it is not".to_owned(),
        Reason::NotExcluded => "nothing leaves it out".to_owned(),
        Reason::IncludedBy(pattern) => format!("pattern {}{} takes it in", names::plain(pattern), given(origin)),
        Reason::Excluded(Exclusion::Pattern(pattern)) => format!("pattern {}{}", names::plain(pattern), given(origin)),
        Reason::Excluded(Exclusion::LargerThan(bytes)) => {
            format!("larger than {} (--exclude-larger-than)", super::units::size(*bytes))
        }
        Reason::Excluded(Exclusion::Marker(name)) => {
            let option = if *name == b"CACHEDIR.TAG" { "--exclude-caches" } else { "--exclude-if-present" };
            format!("{} is in the directory ({option})", names::display(name))
        }
        Reason::Excluded(Exclusion::GitIgnore) => "a .gitignore file (--git-ignore)".to_owned(),
        Reason::Excluded(Exclusion::Own(Own::Repository)) => {
            "it is the repository, which is only in a backup if it is named".to_owned()
        }
        Reason::Excluded(Exclusion::Own(Own::Cache)) => {
            "it is a cache of this program, which is only in a backup if it is named".to_owned()
        }
        Reason::GitIgnore(file, line) => {
            format!("line {} of {} (--git-ignore)", names::plain(line), names::display(file))
        }
        Reason::OtherFileSystem => "on another file system (--one-file-system)".to_owned(),
        Reason::NoDirectory => "it is no directory, or a link, which is stored as that".to_owned(),
        Reason::Outside => "beneath none of the sources".to_owned(),
        Reason::Unreadable(errno) => format!("it cannot be looked at: {}", std::io::Error::from(*errno)),
    };
    let verdict = if found.reason.is_included() { "backed up" } else { "not backed up" };
    let at = match found.at == path {
        true => String::new(),
        false => format!(" because of {}", names::display(&found.at)),
    };
    format!("{}: {verdict}{at}: {reason}", names::display(path))
}

fn answer_json(path: &[u8], found: &Why<'_>, origin: Option<&Origin>) -> Value {
    let (reason, rule) = match &found.reason {
        Reason::Named => ("named", None),
        Reason::OnTheWay => ("on_the_way", None),
        Reason::NotExcluded => ("not_excluded", None),
        Reason::IncludedBy(pattern) => ("included_by_pattern", Some((*pattern).to_owned())),
        Reason::Excluded(Exclusion::Pattern(pattern)) => ("pattern", Some((*pattern).to_owned())),
        Reason::Excluded(Exclusion::LargerThan(bytes)) => ("larger_than", Some(bytes.to_string())),
        Reason::Excluded(Exclusion::Marker(name)) => ("marker", Some(names::lossy(name))),
        Reason::Excluded(Exclusion::GitIgnore) => ("git_ignore", None),
        Reason::Excluded(Exclusion::Own(Own::Repository)) => ("own_repository", None),
        Reason::Excluded(Exclusion::Own(Own::Cache)) => ("own_cache", None),
        Reason::GitIgnore(_, line) => ("git_ignore", Some(line.clone())),
        Reason::OtherFileSystem => ("other_file_system", None),
        Reason::NoDirectory => ("no_directory", None),
        Reason::Outside => ("outside", None),
        Reason::Unreadable(_) => ("unreadable", None),
    };
    let mut value = json!({
        "message_type": "summary",
        "path": names::lossy(path),
        "included": found.reason.is_included(),
        "reason": reason,
        "decided_at": names::lossy(&found.at),
    });
    if let Some(rule) = rule {
        value["rule"] = json!(rule);
    }
    match (origin, &found.reason) {
        (Some(Origin::Option(option)), _) => value["option"] = json!(option),
        (Some(Origin::File(file, line)), _) => {
            value["file"] = json!(names::lossy(file.as_os_str().as_bytes()));
            value["line"] = json!(line);
        }
        (None, Reason::GitIgnore(file, _)) => value["file"] = json!(names::lossy(file)),
        _ => {}
    }
    value
}
