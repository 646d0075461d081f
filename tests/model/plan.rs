//! What a prune decides from what it listed: candidates (G1), whom it need not wait for (G3), copies and replacements (G5).
use crate::config::{Config, GOp};
use crate::meaning::Decided;
use crate::state::*;

impl Prune {
    /// The decisions that it listed last.
    fn decided(&self) -> Decided {
        Decided { committed: self.committed, fenced: self.fenced, kept: self.kept, retired: self.retired }
    }
}

impl Config {
    /// Where G4 begins.
    pub fn relist(&self) -> GOp {
        let first = |op: &&GOp| matches!(op, GOp::Tombs | GOp::Snapshots | GOp::Index | GOp::Gc);
        *self.gprog.iter().find(first).expect("something is listed again")
    }

    /// G1, of the packs that were listed first: what is dead or unindexed; or, to cover every threshold, any one stripe. Not of undecided sessions.
    pub fn candidates(&self, s: &Store, g: &Prune) -> Vec<Stripes> {
        let decided = g.committed | g.fenced;
        let of_decided = |t: &usize| decided >> self.stripe_sid[*t] & 1 == 1 || self.rules.candidates_undecided;
        let eligible = stripe_set(bits(g.packs & !g.mine).filter(of_decided));
        let named = self.names(s, self.counting(g.listed, &g.decided(), false));
        let live = self.live_closed(s, self.live(g.committed, g.tombs), named, named);
        let wanted = |t: &usize| s.blobs[*t] & !live != 0 || named >> *t & 1 == 0;
        let mut choices = vec![stripe_set(bits(eligible).filter(wanted))];
        if self.free_candidates && (g.run as usize) < FINAL {
            choices.extend(bits(eligible).map(|t| 1 << t));
        }
        choices.dedup();
        choices
    }

    /// Marks of earlier runs whose recorded sessions have all ended; `open` are those that this run listed in G3 and that are
    /// undecided. None while another prune is under way: it may be about to say in its index that a stripe stays which is in one of them.
    pub fn ripe(&self, s: &Store, g: &Prune, open: Sids) -> Runs {
        if self.rules.waits_for_all || open & self.run_sids != 0 && !self.rules.overtakes_prunes {
            return 0;
        }
        let committed = self.decided(s).committed;
        let open = open | 1 << self.run_sid(g.run as usize);
        let told = |run: &usize| s.homed >> run & 1 == 1 || committed >> self.run_sid(*run) & 1 == 1;
        let over = |run: &usize| s.waits[*run] & open == 0 || self.rules.waits_nothing;
        let covers = |run: usize| if self.rules.waits_covers_all { !0 } else { s.covers[run] };
        // Never the own mark, which no record can be about: it was put just now.
        g.runs & (0..RUNS).filter(told).filter(over).fold(0, |all, run| all | covers(run))
    }

    /// G5's decisions, from what G4 listed; `mine` = own candidates and the marks adopted in G0.
    pub fn plan(&self, s: &Store, g: &mut Prune) {
        let r = &self.rules;
        if r.adopt_late {
            g.mine |= g.doomed;
        }
        let decided = Decided { retired: if r.g_ignores_retired { 0 } else { g.retired }, ..g.decided() };
        let counts = self.counting(g.listed, &decided, r.g_counts_undecided);
        if counts & s.unreadable != 0 {
            self.give_up(g);
            return;
        }
        let named = self.names(s, counts);
        let places = self.blobs_in(s, named & !g.doomed & !g.mine);
        let source = self.blobs_in(s, named & g.mine);
        let live = self.live_closed(s, self.live(g.committed, g.tombs), named, named & !g.mine);
        g.copy = live & source & !places;
        // What a repair gave up is lost for good, unless it was stored again since.
        let dead = g.copy & g.given_up & !self.readable_in(s, named & g.mine);
        g.copy &= !dead;
        let elsewhere = self.blobs_in(s, named & !g.mine);
        if !r.no_stop && live & !elsewhere & !g.copy & !dead != 0 {
            // A live blob without a place: what was listed is not a consistent picture; list again.
            *g = Prune {
                pc: self.gpos(self.relist()),
                run: g.run,
                runs: g.runs,
                mine: g.mine,
                left: g.left,
                wait: g.wait,
                ..Prune::default()
            };
            return;
        }
        g.retire = name_set(bits(counts).filter(|i| self.names_of(s, *i) & g.mine != 0));
        g.rename = self.names(s, g.retire) & !g.mine;
        if r.no_replacement {
            g.rename = 0;
        }
        let void = self.of_sids(g.fenced) & !g.kept;
        g.drop = g.retire | g.listed & (g.retired | void);
        if r.no_retire {
            g.retire = 0;
        }
        g.del = g.mine;
        let plan = (g.copy, g.rename, g.retire, g.drop, g.del);
        let (runs, left, wait) = (g.runs, g.left, g.wait);
        *g = Prune { pc: g.pc, run: g.run, told: g.told, runs, left, wait, ..Prune::default() };
        (g.copy, g.rename, g.retire, g.drop, g.del) = plan;
    }

    /// Fences its own session and goes home, at the next step.
    pub fn give_up(&self, g: &mut Prune) {
        *g = Prune { pc: HOME, run: g.run, runs: g.runs | g.left, ..Prune::default() };
    }
}
