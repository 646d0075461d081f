//! What objects mean, and the invariants: which index objects count, which blobs are live, which states are wrong.
use crate::config::Config;
use crate::state::*;

impl Config {
    /// Blobs that frames tables of these stripes name. A delta counts if its base is among them, unless `bases` says that nobody looks.
    fn open(&self, s: &Store, stripes: Stripes, bases: bool, lost: bool) -> Blobs {
        let (mut full, mut delta) = (0, 0);
        for t in bits(stripes) {
            let gone = if lost && s.harmed >> t & 1 == 1 { s.lost } else { 0 };
            let against = if s.delta >> t & 1 == 1 { B } else { 0 };
            full |= s.blobs[t] & !gone & !against;
            delta |= s.blobs[t] & !gone & against;
        }
        if full & A != 0 || !bases { full | delta } else { full }
    }

    /// Blobs that have a place in these stripes, whether or not it can be read.
    pub fn blobs_in(&self, s: &Store, stripes: Stripes) -> Blobs {
        self.open(s, stripes, false, false)
    }

    /// Blobs that a writer may refer to if these stripes are usable.
    pub fn usable_in(&self, s: &Store, stripes: Stripes) -> Blobs {
        self.open(s, stripes, !self.rules.w_ignores_bases, false)
    }

    /// Blobs that these stripes really give.
    pub fn readable_in(&self, s: &Store, stripes: Stripes) -> Blobs {
        self.open(s, stripes & s.stripes, true, true)
    }

    /// Stripes that index objects name.
    pub fn names(&self, s: &Store, index: Names) -> Stripes {
        bits(index).fold(0, |all, i| all | self.names_of(s, i))
    }

    pub fn names_of(&self, s: &Store, i: usize) -> Stripes {
        match self.slot_of_index[i] {
            Some(slot) => s.renamed[slot],
            None => self.fixed_names[i],
        }
    }

    pub fn of_sids(&self, sids: Sids) -> Names {
        bits(sids).fold(0, |all, sid| all | self.index_of[sid])
    }

    /// The central definition; `undecided`: the looser rule of the first draft.
    pub fn counting(&self, listed: Names, decided: &Decided, undecided: bool) -> Names {
        let by_decision = if undecided { !self.of_sids(decided.fenced) } else { self.of_sids(decided.committed) };
        listed & (by_decision | decided.kept) & !decided.retired
    }

    /// Decisions as a listing gives them: the primary's, and replicas where it has none.
    pub fn decided(&self, s: &Store) -> Decided {
        if self.rules.list_ignores_replica {
            let retired = self.retired_by(s, s.committed);
            return Decided { committed: s.committed, fenced: s.fenced, kept: s.kept, retired };
        }
        self.truth(s)
    }

    /// Of copies that differ the fence is true: whoever fenced may have deleted already, and whoever committed has not reported success.
    fn truth(&self, s: &Store) -> Decided {
        let fences = if self.rules.commit_beats_fence { 0 } else { s.fenced_replica };
        let fenced = s.fenced | fences | s.fenced_replica & !s.committed;
        let committed = (s.committed | s.committed_replica) & !fenced;
        Decided { committed, fenced, kept: s.kept, retired: self.retired_by(s, committed) }
    }

    fn retired_by(&self, s: &Store, committed: Sids) -> Names {
        let by = |slot: &usize| self.slot_sid[*slot].is_some_and(|sid| committed >> sid & 1 == 1);
        (0..SLOTS).filter(by).fold(0, |all, slot| all | s.retired[slot])
    }

    pub fn is_decided(&self, s: &Store, sid: usize) -> bool {
        let decided = self.decided(s);
        (decided.committed | decided.fenced) >> sid & 1 == 1
    }

    pub fn all_doomed(&self, s: &Store) -> Stripes {
        bits(s.marks).fold(0, |all, slot| all | s.doomed[slot])
    }

    /// Blobs that snapshots without tombstone need.
    pub fn live(&self, committed: Sids, tombs: Sids) -> Blobs {
        bits(committed & !tombs & self.snapshots).fold(0, |all, sid| all | self.need[sid])
    }

    /// ... and the bases, if there are any left, of those that have a place in `stripes` as a delta: also in stripes that other runs doomed,
    /// because those runs copy deltas as they are.
    pub fn live_closed(&self, s: &Store, live: Blobs, stripes: Stripes, kept: Stripes) -> Blobs {
        if self.rules.no_base_closure {
            return live;
        }
        let is_delta = |set: Stripes| bits(set & s.delta).any(|t| s.blobs[t] & B != 0);
        let needed = live & B != 0 && is_delta(stripes) || self.rules.close_over_kept && is_delta(kept);
        if needed { live | A & self.blobs_in(s, stripes) } else { live }
    }

    /// The invariant that a state breaks. The first file of this test says what they are.
    pub fn violation(&self, st: &State) -> Option<&'static str> {
        let s = &st.s;
        // Whatever processes believe.
        let truth = self.truth(s);
        let counts = self.counting(s.index, &truth, self.rules.read_undecided);
        let named = self.names(s, counts);
        let any = self.readable_in(s, self.names(s, s.index));
        let counted = self.readable_in(s, named);
        for sid in bits(truth.committed & !s.tombs & self.snapshots) {
            let excused = if s.warned >> sid & 1 == 1 { 0 } else { s.lost };
            let need = self.need[sid] & !excused;
            if need & !any != 0 {
                return Some("LOST");
            }
            if need & !counted != 0 && !self.only_lost {
                return Some("VOID");
            }
        }
        let lie = |w: usize| {
            let (w, first) = (&st.w[w], self.w_sid[w][0]);
            w.told & !truth.committed != 0 || w.tombed && truth.committed >> first & 1 == 0
        };
        let prune_lies = |g: &Prune| g.told && truth.committed >> self.run_sid(g.run as usize) & 1 == 0;
        if (0..self.writers.len()).any(lie) || st.g.iter().any(prune_lies) {
            return Some("LIE");
        }
        if named & !self.all_doomed(s) & !s.stripes != 0 && !self.only_lost {
            return Some("DANGLING");
        }
        None
    }
}

/// The decisions that a listing found.
#[derive(Clone, Copy, Default)]
pub struct Decided {
    pub committed: Sids,
    pub fenced: Sids,
    pub kept: Names,
    pub retired: Names,
}
