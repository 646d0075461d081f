//! What commands have in common that make changed copies of snapshots: select all, change one after the other, tell the new ids.
use caddis::error::Result;
use caddis::id::SessionId;
use caddis::ops::snapshots::{self, SnapshotInfo};
use caddis::repo::{Repository, SessionOwner};
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use super::filter::FilterArgs;
use super::identity;
use super::progress::{Progress, Task};
use super::signals;
use super::units::count;

/// One run of such a command.
pub struct ChangeRun<'a> {
    pub context: &'a Context,
    pub repo: Repository,
    pub progress: Progress<'a>,
    pub owner: SessionOwner,
}

impl<'a> ChangeRun<'a> {
    /// Opens the repository.
    pub fn begin(context: &'a Context) -> anyhow::Result<Self> {
        let repo = context.open()?;
        signals::install()?;
        let owner = SessionOwner { host: identity::host(), label: None, process: repo.world().process() };
        Ok(ChangeRun { context, repo, progress: context.progress(Task::Read), owner })
    }

    /// The snapshots that the user named, each once. All are found before any is changed.
    pub fn select(&self, names: &[String], filter: &FilterArgs) -> Result<Vec<SnapshotInfo>> {
        let mut found: Vec<SnapshotInfo> = Vec::new();
        for name in names {
            let info = snapshots::select_whole(&self.repo, name, &filter.filter(), &self.progress)?;
            if !found.iter().any(|other| other.id == info.id) {
                found.push(info);
            }
        }
        Ok(found)
    }

    /// The same, or without names all that the filter lets through.
    pub fn select_or_all(&self, names: &[String], filter: &FilterArgs) -> Result<Vec<SnapshotInfo>> {
        match names {
            [] => {
                let found = snapshots::list(&self.repo, &filter.filter(), &self.progress)?;
                filter.tell_if_none(found.len(), &self.context.out);
                Ok(found)
            }
            names => self.select(names, filter),
        }
    }

    /// Changes each; `change` gives the new id, or none if there was nothing to change. `state` is what it is afterwards, e.g. "not protected",
    /// `unchanged` what is said of one that needs no change.
    pub fn each(
        &self,
        found: &[SnapshotInfo],
        state: &str,
        unchanged: &str,
        change: impl Fn(&SnapshotInfo, &SessionOwner, &Progress<'_>) -> Result<Option<SessionId>>,
    ) -> anyhow::Result<Exit> {
        let out = &self.context.out;
        let mut changed = 0;
        for info in found {
            let old = info.id;
            match change(info, &self.owner, &self.progress)? {
                None => out.say(format_args!("snapshot {} {unchanged}", old.short())),
                Some(new) => {
                    changed += 1;
                    if out.style.json {
                        out.status(&json!({
                            "message_type": "changed",
                            "old_snapshot_id": old.to_string(),
                            "new_snapshot_id": new.to_string(),
                        }));
                    } else {
                        out.say(format_args!("snapshot {} is now {}, {state}", old.short(), new.short()));
                    }
                }
            }
        }
        self.progress.finish();
        if out.style.json {
            out.status(&json!({"message_type": "summary", "changed_snapshots": changed}));
        } else if found.len() > 1 {
            out.say(format_args!("changed {}", count(changed as u64, "snapshot")));
        }
        let exit = if self.progress.problems() > 0 { Exit::Warnings } else { Exit::Success };
        Ok(self.context.settle(&self.repo, exit))
    }
}
