//! Checks the small objects: copies, sessions, marks; none is changed.
use std::collections::BTreeSet;

use super::check_packs::{Finding, Remedy, Severity};
use super::copies::{CopyState, copied_objects, inspect_copies};
use super::objects::MAX_OBJECT;
use super::open::repo_of;
use super::slots::slot_note;
use super::{Catalog, Shared};
use crate::backend::{Family, ObjectName};
use crate::error::Result;
use crate::format::{Config, Decision, DecodeError, KeySlotHeader, Session, check_object, split_object};
use crate::id::SessionId;
use crate::monitor::Silent;

impl Shared {
    /// Whether the bytes are what was sealed for this name. A key slot of another password is known by its note.
    pub(super) fn judge_copy(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), String> {
        match name.original() {
            ObjectName::Key(id) => {
                check_object(bytes).map_err(|error| error.to_string())?;
                let parts = split_object(bytes).map_err(|error| error.to_string())?;
                let header = KeySlotHeader::decode(parts.plain).map_err(|error| error.to_string())?;
                match header.note.is_none() || slot_note(&id, &self.keys, bytes).is_some() {
                    true => Ok(()),
                    false => Err("it belongs to another key slot".to_owned()),
                }
            }
            original => {
                let opened = self.unseal(name, bytes).map_err(|error| error.to_string())?;
                let decoded = match original {
                    ObjectName::Config(number) => match Config::decode(&opened.payload) {
                        Ok(config) if config.number != number => {
                            return Err(format!("it says that it is number {}", config.number));
                        }
                        decoded => decoded.map(drop),
                    },
                    ObjectName::Snapshot(_) => Decision::decode(&opened.payload).map(drop),
                    // A tombstone says all that matters by its name.
                    _ => Ok(()),
                };
                match decoded {
                    // What a later version understands is not for this one to mend.
                    Ok(()) | Err(DecodeError::Unsupported(_)) => Ok(()),
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }

    /// Whether it is a key slot of another repository.
    fn is_foreign_slot(&self, name: &ObjectName) -> bool {
        let copies = [Some(*name), name.replica()].into_iter().flatten();
        let mut found = copies.filter_map(|copy| repo_of(&self.backend.get(&copy, MAX_OBJECT).ok()?));
        matches!(name, ObjectName::Key(_)) && found.any(|repo| repo != self.repo)
    }

    /// Sessions whose object is there and that are not decided.
    pub(super) fn undecided(&self, catalog: &Catalog) -> Result<BTreeSet<SessionId>> {
        let listed = self.backend.list(Family::Sessions)?;
        let sids = listed.into_iter().filter_map(|listed| match listed.name {
            ObjectName::Session(sid) => Some(sid),
            _ => None,
        });
        Ok(sids.filter(|sid| !catalog.decisions.contains_key(sid) && !catalog.unreadable.contains(sid)).collect())
    }

    /// Sessions that put index objects and have neither a decision nor a session object: that one is removed only when the decision
    /// is there, so the decision is lost. Those that a tombstone names are forgotten.
    pub(super) fn headless(&self) -> Result<BTreeSet<SessionId>> {
        let mut headless: BTreeSet<SessionId> = self.listed_index()?.into_iter().map(|name| name.session).collect();
        if headless.is_empty() {
            return Ok(headless);
        }
        // Listed in this order: a session that ends meanwhile is decided before its object goes.
        let sessions: BTreeSet<ObjectName> =
            self.backend.list(Family::Sessions)?.into_iter().map(|listed| listed.name).collect();
        let catalog = self.catalog(&Silent)?;
        headless.retain(|sid| {
            let decided = catalog.decisions.contains_key(sid) || catalog.unreadable.contains(sid);
            !decided && !catalog.tombs.contains(sid) && !sessions.contains(&ObjectName::Session(*sid))
        });
        Ok(headless)
    }

    /// Findings about everything but packs and index, and what mends them.
    pub(super) fn check_objects(&self, catalog: &Catalog, remedies: &mut BTreeSet<Remedy>) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let mut find = |severity, object: &ObjectName, message: String| {
            findings.push(Finding { severity, object: object.to_string(), message });
        };
        for name in copied_objects(&*self.backend)? {
            match inspect_copies(&*self.backend, &name, &|name, bytes| self.judge_copy(name, bytes))? {
                CopyState::Good if matches!(name, ObjectName::Snapshot(sid) if catalog.unreadable.contains(&sid)) => {
                    find(Severity::Lost, &name, "it is sound, but this version cannot read it".to_owned());
                }
                CopyState::Good => {}
                CopyState::Mendable { bad, cause, .. } => {
                    remedies.insert(Remedy::Replicas);
                    find(
                        Severity::Repairable,
                        &bad,
                        format!("{cause}; its other copy is sound, `caddis repair replicas` restores it"),
                    );
                }
                // A forgotten snapshot need not be read any more.
                CopyState::Lost { .. } if matches!(name, ObjectName::Snapshot(sid) if catalog.tombs.contains(&sid)) => {
                    find(Severity::Note, &name, "it cannot be read; its snapshot is forgotten".to_owned());
                }
                CopyState::Lost { .. } if self.is_foreign_slot(&name) => {
                    let cause = "an attempt to make a repository here left it; it opens nothing and does no harm";
                    find(Severity::Note, &name, cause.to_owned());
                }
                CopyState::Lost { cause } if self.sound_elsewhere(&name).is_some() => {
                    remedies.insert(Remedy::Locations);
                    let number = self.sound_elsewhere(&name).unwrap_or_default();
                    find(
                        Severity::Repairable,
                        &name,
                        format!(
                            "{cause}; neither can its replica, but location {number} has a sound copy: `caddis repair locations` restores it"
                        ),
                    );
                }
                CopyState::Lost { cause } => {
                    let hint = match name {
                        ObjectName::Snapshot(_) => {
                            remedies.extend([Remedy::Index, Remedy::Recover]);
                            "; neither can its replica. The snapshot is lost; `caddis repair index` keeps its data, `caddis recover` \
                             makes another snapshot of its directories"
                        }
                        ObjectName::Key(_) => "; neither can its replica. `caddis key remove` removes the slot",
                        _ => "; neither can its replica",
                    };
                    find(Severity::Lost, &name, format!("{cause}{hint}"));
                }
            }
        }
        let undecided = self.undecided(catalog)?;
        for sid in undecided {
            let name = ObjectName::Session(sid);
            match self.read(&name, &Silent).ok().and_then(|opened| Session::decode(&opened.payload).ok()) {
                Some(session) => {
                    let host = session.host;
                    find(Severity::Note, &name, format!("a run of {host} is under way or was interrupted"));
                }
                None => find(Severity::Note, &name, "it cannot be read; sessions are advisory".to_owned()),
            }
        }
        for sid in self.headless()? {
            remedies.extend([Remedy::Index, Remedy::Recover]);
            find(Severity::Lost, &ObjectName::Snapshot(sid), headless_note(&sid));
        }
        for (name, cause) in self.collected(&Silent)?.unreadable {
            remedies.insert(Remedy::Packs);
            find(
                Severity::Repairable,
                &name,
                format!("{cause}; nothing can be backed up until `caddis repair packs` has dealt with it"),
            );
        }
        Ok(findings)
    }
}

/// What a lost decision means.
pub(super) fn headless_note(sid: &SessionId) -> String {
    format!(
        "the decision of session {} is missing, in both copies: if it was a snapshot, it is lost; its packs are still there. \
         `caddis repair index` keeps them, `caddis recover` makes another snapshot of their directories",
        sid.short()
    )
}
