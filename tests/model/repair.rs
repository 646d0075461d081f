//! What a repair finds and means to do: a writer whose decision retires index objects and whose mark gives stripes up.
use crate::config::Config;
use crate::meaning::Decided;
use crate::state::*;

impl Config {
    /// Reads all packs and index objects. Returns the writer's memory with the plan: stripes to index again, blobs to store again,
    /// stripes to doom, index objects to retire.
    pub fn inspect(&self, s: &Store, w: &Writer) -> Writer {
        let r = &self.rules;
        let decided = Decided { committed: w.committed, fenced: w.fenced, kept: w.kept, retired: w.retired };
        let counts = self.counting(w.listed, &decided, false);
        // What a prune has deleted since it was listed needs no repair.
        let unreadable = counts & s.unreadable & s.index;
        let readable = counts & !s.unreadable;
        let named = self.names(s, readable);
        let doomed = if r.repair_ignores_marks { 0 } else { w.doomed };
        let beyond = named & !doomed & s.harmed & s.stripes;

        // Index objects that cannot be read: their stripes are those that no other one names.
        let (mut adopt, mut save, mut doom) = (0, 0, beyond);
        if unreadable != 0 {
            let void = |sid: usize| {
                let kept = w.kept & self.index_of[sid];
                w.fenced >> sid & 1 == 1 && kept & !readable & !w.retired == 0 && !r.repair_adopts_void
            };
            let open =
                |sid: usize| !self.is_decided(s, sid) && s.sessions >> sid & 1 == 1 && !r.repair_adopts_undecided;
            let wanted = |t: &usize| !void(self.stripe_sid[*t]) && !open(self.stripe_sid[*t]);
            let unnamed = stripe_set(bits(s.stripes & !named).filter(wanted));
            adopt = unnamed & !doomed & !s.harmed;
            doom |= unnamed & !doomed & s.harmed;
            save = unnamed & (doomed | s.harmed);
            if r.repair_skips_doomed {
                save &= !doomed;
            }
        }
        let usable = self.blobs_in(s, named & !doomed & !beyond | adopt);
        let missing = self.readable_in(s, named & (doomed | beyond) | save) & !usable;
        let missing = if r.repair_keeps_nothing { 0 } else { missing };
        Writer { pc: w.pc, phase: w.phase, missing, adopt, doom, retire: unreadable, ..Writer::default() }
    }

    pub fn show_findings(&self, s: &Store, w: &Writer) -> String {
        format!(
            "reads everything: to be indexed again {}, stored again {}, doomed {}, retired {}",
            self.show_stripes(s, w.adopt),
            self.show_blobs(w.missing),
            self.show_stripes(s, w.doom),
            self.show_index(s, w.retire)
        )
    }
}
