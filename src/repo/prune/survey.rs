//! What is there when a prune begins (G0), and once more when all older sessions have ended (G4).
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::check_objects::headless_note;
use super::super::rules::Broken;
use super::super::salvage::{Unindexed, sort_unindexed};
use super::super::{Repository, Shared};
use crate::backend::{Family, ObjectName};
use crate::error::{Error, Result};
use crate::format::{Decision, IndexName};
use crate::id::{PackId, SessionId, StripeId};
use crate::monitor::{Event, Monitor};
use crate::repo::Catalog;

/// Decisions, marks and index objects as of one round of listings; the local index follows them.
pub struct Survey {
    /// Decisions and tombstones.
    pub catalog: Catalog,
    /// Marks with the stripes that they doom.
    pub marks: BTreeMap<ObjectName, Vec<StripeId>>,
    /// Index objects in storage.
    pub(super) listed: BTreeSet<IndexName>,
    /// Names that prunes and repairs have retired.
    pub(super) retired: BTreeSet<IndexName>,
}

/// Packs that no index object that counts names, of one stripe of a session that is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LooseStripe {
    /// The stripe, as the packs say.
    pub stripe: StripeId,
    /// The packs with their sizes.
    pub packs: Vec<(PackId, u64)>,
}

/// All packs, and those that nothing names.
#[derive(Default)]
pub struct Packs {
    /// Bytes of all packs in storage.
    pub total: u64,
    /// Of stripes of decided sessions.
    pub loose: Vec<LooseStripe>,
    /// Packs of doomed stripes that no index object names any more.
    pub doomed: Vec<LooseStripe>,
    /// Packs that do not say what they are, when no session is undecided that they could belong to.
    pub nameless: Vec<(PackId, u64)>,
    /// Stripes, not doomed, of which more data packs are missing than parity can bring back: no place for anything.
    pub broken: HashSet<StripeId>,
}

/// Packs in storage and sessions under way, listed before anything else.
pub struct Before {
    packs: Vec<crate::backend::Listed>,
    sessions: BTreeSet<SessionId>,
}

impl Survey {
    /// Doomed stripes.
    pub fn doomed(&self) -> HashSet<StripeId> {
        self.marks.values().flatten().copied().collect()
    }

    /// Whether nothing of this session is going to be added: it is decided, or forgotten without ever having been.
    pub(super) fn is_decided(&self, sid: &SessionId) -> bool {
        self.catalog.decisions.contains_key(sid) || self.catalog.tombs.contains(sid)
    }

    /// Decided sessions that no prune has recorded yet.
    pub(super) fn not_yet_seen(&self, known: &BTreeSet<SessionId>) -> Vec<SessionId> {
        self.catalog.decisions.keys().filter(|sid| !known.contains(sid)).copied().collect()
    }

    /// Sessions that earlier prunes have recorded.
    pub(super) fn seen(&self) -> BTreeSet<SessionId> {
        let seen = self.catalog.decisions.values().filter_map(|decision| match decision.as_ref() {
            Decision::Pruned(finished) => Some(&finished.seen),
            _ => None,
        });
        seen.flatten().copied().collect()
    }
}

impl Shared {
    /// One round of listings: tombstones, decisions, marks, index objects. In G4 the marks come last. Everything that is needed must be readable.
    pub(super) fn survey(&self, again: bool, monitor: &dyn Monitor) -> Result<Survey> {
        let early_index = self.rules.is(Broken::IndexFirst).then(|| self.listed_index()).transpose()?;
        let catalog = self.catalog(monitor)?;
        let (collected, listed) = match again {
            false => {
                let collected = self.collected(monitor)?;
                (collected, self.listed_index()?)
            }
            true => {
                let listed = self.listed_index()?;
                (self.collected(monitor)?, listed)
            }
        };
        let listed = early_index.unwrap_or(listed);
        if let Some((name, cause)) = collected.unreadable.first() {
            return Err(Error::damaged(name, format!("{cause}; `caddis repair packs` deals with it")));
        }
        let needed = |sid: &&SessionId| !catalog.tombs.contains(sid);
        if let Some(sid) = catalog.unreadable.iter().find(needed) {
            let cause = "it cannot be read, so nobody knows what it needs; `caddis repair replicas` may bring it back, \
                         and `caddis forget` with its full id gives it up";
            return Err(Error::damaged(ObjectName::Snapshot(*sid), cause));
        }
        if let Some(sid) = catalog.from_replica.iter().find(needed) {
            let cause = "it is missing, though its replica is there; run `caddis repair replicas` first";
            return Err(Error::damaged(ObjectName::Snapshot(*sid), cause));
        }
        let mut retired = catalog.retired.clone();
        if !self.rules.is(Broken::PruneIgnoresRetired) {
            retired.extend(collected.retired.iter().copied());
        } else {
            retired.clear();
        }
        let unreadable = self.refresh_index(&listed, &catalog, &collected, monitor)?;
        if let Some(name) = unreadable.first() {
            return Err(Error::damaged(name, "it cannot be read; `caddis repair index` makes it anew from the packs"));
        }
        let survey = Survey { catalog, marks: collected.marks, listed, retired };
        let gone = survey.seen().into_iter().chain(collected.seen).find(|sid| !survey.is_decided(sid));
        if let Some(sid) = gone {
            let cause = "an earlier prune saw it, and it is gone without having been forgotten; nothing was removed. If it cannot be \
                         brought back, `caddis forget` with its full id gives it up";
            return Err(Error::damaged(ObjectName::Snapshot(sid), cause));
        }
        Ok(survey)
    }

    /// Listings that come first of all.
    pub(super) fn before_survey(&self) -> Result<Before> {
        self.refuse_unknown_decisions()?;
        let packs = self.backend.list(Family::Packs)?;
        let sessions = self.backend.list(Family::Sessions)?.into_iter().filter_map(|listed| match listed.name {
            ObjectName::Session(sid) => Some(sid),
            _ => None,
        });
        Ok(Before { packs, sessions: sessions.collect() })
    }

    /// What the packs are that were listed before the survey.
    ///
    /// A pack's session object is put before the pack and removed after its decision, and index objects are put before the decision: a pack that
    /// was there before decisions and index were listed, and that no index object names, is of no use if its session is decided.
    pub(super) fn packs(&self, before: Before, survey: &Survey, own: Option<SessionId>) -> Result<Packs> {
        let mut named: HashSet<PackId> = HashSet::new();
        self.index.for_each_stripe(|_, stripe| named.extend(stripe.slots.iter().map(|slot| slot.pack)))?;
        let sizes: HashMap<PackId, u64> = (before.packs.iter())
            .filter_map(|listed| match listed.name {
                ObjectName::Pack(id) => Some((id, listed.size)),
                _ => None,
            })
            .collect();
        let Unindexed { data, mut parity, unknown, .. } =
            sort_unindexed(self, &before.packs, &|id| Ok(named.contains(id)), None)?;
        let sized = |id: PackId| (id, sizes.get(&id).copied().unwrap_or_default());
        let doomed = survey.doomed();
        let broken = self.broken_stripes(&sizes, &doomed)?;
        let mut packs = Packs { total: sizes.values().sum(), broken, ..Packs::default() };
        let idle = before.sessions.iter().all(|sid| Some(*sid) == own || survey.is_decided(sid));
        for (stripe, members) in data {
            let decided = members
                .iter()
                .all(|(_, header)| survey.is_decided(&header.session) || self.rules.is(Broken::CandidatesUndecided));
            let rows = parity.remove(&stripe).unwrap_or_default();
            let members = members.into_iter().map(|(id, _)| id).chain(rows.into_iter().map(|(id, _)| id));
            let loose = LooseStripe { stripe, packs: members.map(sized).collect() };
            match doomed.contains(&stripe) {
                true => packs.doomed.push(loose),
                false if decided => packs.loose.push(loose),
                false => {}
            }
        }
        // Parity does not say whose it is. Where its stripe is still indexed it is an extra copy of a row.
        for (stripe, rows) in parity {
            let loose = LooseStripe { stripe, packs: rows.into_iter().map(|(id, _)| sized(id)).collect() };
            match doomed.contains(&stripe) {
                true => packs.doomed.push(loose),
                false if idle && self.index.stripe(&stripe)?.is_none() => packs.loose.push(loose),
                false if idle => packs.nameless.extend(loose.packs),
                false => {}
            }
        }
        if idle {
            packs.nameless.extend(unknown.into_iter().map(sized));
        }
        Ok(packs)
    }

    /// Stripes of which too many packs are missing. One more listing if any is, since what was put after the first one is not in that.
    fn broken_stripes(&self, before: &HashMap<PackId, u64>, doomed: &HashSet<StripeId>) -> Result<HashSet<StripeId>> {
        let mut suspects = HashSet::new();
        self.index.for_each_stripe(|_, stripe| {
            if !doomed.contains(&stripe.id)
                && stripe.slots.iter().any(|slot| !before.contains_key(&slot.pack) && !self.is_away(&slot.pack))
            {
                suspects.insert(stripe.id);
            }
        })?;
        if suspects.is_empty() {
            return Ok(suspects);
        }
        let there: HashSet<ObjectName> =
            self.backend.list(Family::Packs)?.into_iter().map(|listed| listed.name).collect();
        let mut broken = HashSet::new();
        for id in suspects {
            let Some(stripe) = self.index.stripe(&id)? else { continue };
            let is_there = |pack: PackId| {
                there.contains(&ObjectName::Pack(pack)) || before.contains_key(&pack) || self.is_away(&pack)
            };
            let missing = stripe.slots.iter().filter(|slot| slot.slot < stripe.k && !is_there(slot.pack)).count();
            let parity = stripe.slots.iter().filter(|slot| slot.slot >= stripe.k && is_there(slot.pack)).count();
            if missing > parity {
                broken.insert(id);
            }
        }
        Ok(broken)
    }

    /// An error if index objects tell of a session whose decision is lost.
    pub(super) fn refuse_headless(&self) -> Result<()> {
        match self.headless()?.first() {
            None => Ok(()),
            Some(sid) => {
                let cause = format!(
                    "{}; nothing was removed. `caddis forget` with its full id, {sid}, gives it up",
                    headless_note(sid)
                );
                Err(Error::damaged(ObjectName::Snapshot(*sid), cause))
            }
        }
    }
}

impl Repository {
    /// Looks at everything without announcing a prune: for a plan that is not carried out. Reads the first page of every pack that nothing names.
    pub fn survey(&self, monitor: &dyn Monitor) -> Result<(Survey, Packs)> {
        monitor.event(Event::Phase("Reading the index"));
        let before = self.shared().before_survey()?;
        let survey = self.shared().survey(false, monitor)?;
        self.shared().refuse_headless()?;
        let packs = self.shared().packs(before, &survey, None)?;
        Ok((survey, packs))
    }
}
