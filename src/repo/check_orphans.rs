//! Explains what no snapshot can need: packs in no index, index objects that do not count, sessions that ended.
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::check_packs::{Inspection, Remedy, Severity};
use super::salvage::find_unindexed;
use super::{Catalog, Shared, read_lock};
use crate::backend::{Family, ObjectName};
use crate::error::Result;
use crate::format::{Decision, IndexName};
use crate::id::{PackId, SessionId, StripeId};
use crate::monitor::{Silent, counted};

/// Sessions that are named; the packs of further ones are told in one number.
const NAMED_SESSIONS: usize = 20;

/// Why a pack is in no index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// Its session has no decision yet.
    Running,
    /// Its session was fenced without it.
    Fenced,
    /// Its stripe is doomed.
    Doomed,
    /// Its index object is lost.
    Missing,
}

impl Inspection<'_> {
    /// Packs that no index object names, and what else lies about.
    pub(super) fn explain_others(&mut self, named: &HashSet<PackId>) -> Result<()> {
        let shared = self.shared();
        let found = find_unindexed(shared, &|id| Ok(named.contains(id)), None)?;
        let (undecided, headless) = (shared.undecided(&self.catalog)?, shared.headless()?);
        // What was committed since the check began is in index objects that it has not seen.
        let now = shared.catalog(&Silent)?;
        let is_new = |sid: &SessionId| now.decisions.contains_key(sid) && !self.catalog.decisions.contains_key(sid);
        let mut others: BTreeMap<(Why, SessionId), usize> = BTreeMap::new();
        for (stripe, packs) in &found.data {
            let doomed = read_lock(&shared.doomed).contains(stripe);
            for (_, header) in packs {
                let sid = header.session;
                let why = match () {
                    () if doomed => Why::Doomed,
                    () if undecided.contains(&sid) || is_new(&sid) => Why::Running,
                    // Said about the session already; a repair keeps these packs for other snapshots.
                    () if headless.contains(&sid) => {
                        self.index_is_incomplete = true;
                        continue;
                    }
                    () if shared.should_be_indexed(&self.catalog, &self.index, sid) => Why::Missing,
                    () => Why::Fenced,
                };
                *others.entry((why, sid)).or_default() += 1;
            }
        }
        let doomed = |stripe: &StripeId| read_lock(&shared.doomed).contains(stripe);
        let lonely = found.parity.iter().filter(|(stripe, _)| !found.data.contains_key(stripe));
        let lonely = lonely.map(|(_, packs)| packs.len()).sum::<usize>();
        self.index_is_incomplete |= others.keys().any(|(why, _)| *why == Why::Missing)
            || !found.unknown.is_empty()
            || !found.unreadable.is_empty()
            || found.parity.keys().any(|stripe| !doomed(stripe));
        let mut rest = 0;
        for (number, ((why, sid), packs)) in others.into_iter().enumerate() {
            if why != Why::Missing && number >= NAMED_SESSIONS {
                rest += packs;
                continue;
            }
            self.explain(why, sid, packs);
        }
        if rest > 0 {
            self.find(
                Severity::Note,
                "packs",
                format!("of further sessions, in no index: {}", counted(rest as u64, "pack")),
            );
        }
        if !found.unknown.is_empty() {
            let count = counted(found.unknown.len() as u64, "pack");
            self.find_removable(
                "packs",
                format!("in no index, and nobody knows of what session: {count}; a prune removes what nothing uses"),
            );
        }
        if !found.unreadable.is_empty() {
            let count = counted(found.unreadable.len() as u64, "pack");
            self.find(
                Severity::Note,
                "packs",
                format!("in no index, and unreadable, so that nobody knows what they are: {count}"),
            );
        }
        if lonely > 0 {
            self.find_removable(
                "packs",
                format!(
                    "for no data pack that needs them: {}; a prune removes them",
                    counted(lonely as u64, "parity pack")
                ),
            );
        }
        self.explain_objects(shared, &undecided, &now)
    }

    fn explain(&mut self, why: Why, sid: SessionId, packs: usize) {
        let (short, packs) = (sid.short(), counted(packs as u64, "pack"));
        let text = match why {
            Why::Running => format!("of session {short}, which is under way or was interrupted"),
            Why::Fenced => {
                let reason = match self.catalog.decisions.get(&sid).map(AsRef::as_ref) {
                    Some(Decision::Fence(fence)) => fence.reason.clone(),
                    _ => "it ended without a result".to_owned(),
                };
                format!("of session {short}, without use ({reason}); a prune removes them")
            }
            Why::Doomed => {
                format!("of session {short}, in stripes that were given up; a prune removes them")
            }
            Why::Missing => {
                self.advise(Remedy::Index);
                let text = "of this session, in no index; `caddis repair index` indexes them again";
                self.find(Severity::Repairable, ObjectName::Snapshot(sid), format!("{packs} {text}"));
                return;
            }
        };
        match why {
            Why::Fenced | Why::Doomed => self.find_removable("packs", format!("{packs} {text}")),
            _ => self.find(Severity::Note, "packs", format!("{packs} {text}")),
        }
    }

    fn find_removable(&mut self, object: &str, message: String) {
        self.prune_removes = true;
        self.find(Severity::Note, object, message);
    }

    /// Index objects that do not count and session objects of sessions that have ended.
    fn explain_objects(&mut self, shared: &Shared, undecided: &BTreeSet<SessionId>, now: &Catalog) -> Result<()> {
        let retired = shared.collected(&Silent)?.retired;
        let counts = |name: &IndexName| now.counts(name) && !retired.contains(name);
        let is_void =
            |name: &IndexName| !undecided.contains(&name.session) && now.decisions.contains_key(&name.session);
        let void = shared.listed_index()?.iter().filter(|name| !counts(name) && is_void(name)).count();
        if void > 0 {
            self.find_removable(
                "index",
                format!(
                    "replaced, or of fenced sessions: {}; a prune removes them",
                    counted(void as u64, "index object")
                ),
            );
        }
        let listed = shared.backend.list(Family::Sessions)?;
        let ended = listed.iter().filter(|listed| match listed.name {
            ObjectName::Session(sid) => now.decisions.contains_key(&sid),
            _ => false,
        });
        let ended = ended.count();
        if ended > 0 {
            self.find(
                Severity::Note,
                "sessions",
                format!(
                    "{} of sessions that have ended; the next backup or a prune removes them",
                    counted(ended as u64, "object")
                ),
            );
        }
        Ok(())
    }
}

impl Shared {
    /// Whether packs of a session that no index object names belong into the index: not those of a session that was fenced and of which all
    /// that was kept is there.
    pub(super) fn should_be_indexed(&self, catalog: &Catalog, readable: &[IndexName], session: SessionId) -> bool {
        match catalog.decisions.get(&session).map(AsRef::as_ref) {
            Some(Decision::Fence(fence)) => {
                !fence.kept.iter().all(|name| readable.contains(name) || catalog.retired.contains(name))
            }
            _ => true,
        }
    }
}
