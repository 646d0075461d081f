//! Steps of prune (G0 to G8).
use crate::config::{Config, GOp};
use crate::environment::Put;
use crate::state::*;

impl Config {
    pub fn settle_prune(&self, s: &Store, g: &mut Prune) {
        while g.pc < BACK {
            if g.pc as usize == self.gprog.len() {
                g.pc = OK;
                break;
            }
            let applies = match self.gprog[g.pc as usize] {
                GOp::Mark => g.cand != 0,
                GOp::Plan => {
                    let pc = g.pc;
                    self.plan(s, g);
                    if g.pc != pc {
                        continue;
                    }
                    false
                }
                GOp::CopyStripe | GOp::CopyIndex => g.copy != 0,
                GOp::Replace => g.rename != 0,
                GOp::DropIndex => g.drop != 0,
                GOp::DropStripes => g.del != 0,
                GOp::DropMarks => g.runs != 0,
                _ => true,
            };
            if applies {
                break;
            }
            g.pc += 1;
        }
        if g.pc > HOME {
            *g = Prune { pc: g.pc, run: g.run, told: g.told, ..Prune::default() };
        }
    }

    pub fn prune_steps(&self, st: &State, gi: usize, emit: Emit) {
        let (s, g, r) = (&st.s, &st.g[gi], &self.rules);
        if g.pc > HOME {
            return;
        }
        let sid = self.run_sid(g.run as usize);
        let me: Sids = 1 << sid;
        let who = &self.sid_name[sid];
        // Success is reported when the replica does not say otherwise.
        let told = !self.replicas || r.replica_not_looked_at;
        let with = |f: &dyn Fn(&mut Prune)| {
            let mut next = *st;
            f(&mut next.g[gi]);
            self.settle_prune(s, &mut next.g[gi]);
            next
        };
        if g.pc == HOME {
            step!(
                emit,
                self.go_home(st, gi, s.sessions & !s.committed & !s.fenced & !me),
                "{who} gives up: fences itself and goes home"
            );
            return;
        }
        if g.pc == BACK {
            if s.committed & me != 0 || r.timeout_is_success {
                let next = with(&|g| {
                    g.pc = self.gpos(GOp::Decide) + 1;
                    g.told = told;
                });
                step!(emit, next, "{who} G5 reads its decision back: finished");
            } else if s.fenced & me != 0 {
                step!(emit, with(&|g| g.pc = FENCED), "{who} G5 reads its decision back: fenced");
            } else {
                step!(emit, with(&|g| g.pc = self.gpos(GOp::Decide)), "{who} G5 reads its decision back: nothing yet");
            }
            return;
        }
        if self.gprog[g.pc as usize] != GOp::Decided {
            return self.prune_op(st, gi, emit);
        }
        // G3: every session that was listed must be decided; waiting for it is not a step.
        let undecided = |sid: &usize| !self.is_decided(s, *sid);
        let open = if r.no_fence { 0 } else { bits(g.wait).filter(undecided).fold(0, |all, sid| all | 1 << sid) };
        self.fence_steps(st, gi, open, emit);
        let go_on = |f: &dyn Fn(&mut Prune)| {
            with(&|g| {
                g.pc += 1;
                if !r.no_index_relist {
                    g.listed = 0;
                }
                f(g);
            })
        };
        if open == 0 {
            // All decided: the next operation is done at once.
            return self.prune_op(&go_on(&|g| g.wait = 0), gi, emit);
        }
        let ripe = self.ripe(s, g, open);
        if ripe != 0 {
            let next = go_on(&|g| {
                g.wait = if r.waits_listed_early { open & g.early } else { open };
                g.left = g.runs & !ripe;
                g.runs = ripe;
                g.mine = bits(ripe).fold(0, |all, run| all | s.doomed[run]);
            });
            self.prune_op(&next, gi, emit);
        }
        if undecided(&sid) && self.gprog.contains(&GOp::Session) {
            step!(emit, self.go_home(st, gi, open), "{who} G3 does not wait: fences itself and goes home");
        }
    }

    /// Ends a run by its own fence, which records what a later run must wait for before it deletes what this one marked.
    fn go_home(&self, st: &State, gi: usize, open: Sids) -> State {
        let mut next = *st;
        let run = st.g[gi].run as usize;
        let sid = self.run_sid(run);
        if !self.is_decided(&st.s, sid) {
            next.s.fenced |= 1 << sid;
            if self.replicas {
                next.s.fenced_replica |= 1 << sid;
            }
            if !self.rules.waits_for_all && st.g[gi].pc != HOME {
                next.s.homed |= 1 << run;
                let open = if self.rules.waits_listed_early { open & st.g[gi].early } else { open };
                (next.s.waits[run], next.s.covers[run]) = (open, st.g[gi].runs);
            }
        }
        next.g[gi].pc = GAVE_UP;
        self.settle_prune(&st.s, &mut next.g[gi]);
        next
    }

    fn fence_steps(&self, st: &State, gi: usize, open: Sids, emit: Emit) {
        let (s, g, r) = (&st.s, &st.g[gi], &self.rules);
        let who = &self.sid_name[self.run_sid(g.run as usize)];
        let blind = if r.fence_ignores_replica { g.wait & !(s.committed | s.fenced) } else { 0 };
        for i in bits(open | blind) {
            let mut next = *st;
            next.s.fenced |= 1 << i;
            if self.replicas {
                next.s.fenced_replica |= 1 << i & !s.committed_replica;
            }
            if r.fence_keeps_listed {
                // As listed in G0.
                next.s.kept |= g.listed & self.index_of[i];
            }
            if r.fence_keeps_all {
                next.s.kept |= self.index_of[i];
            }
            step!(emit, next, "{who} G3 FENCE {}", self.sid_name[i]);
            if self.late & L_FENCE != 0 && s.budget > 0 && s.late.fences >> i & 1 == 0 {
                let mut next = *st;
                next.s.budget -= 1;
                next.s.late.fences |= 1 << i;
                step!(emit, next, "{who} G3 fence {}, no answer", self.sid_name[i]);
            }
        }
        for i in bits(if r.fence_overwrites { g.wait & s.committed } else { 0 }) {
            let mut next = *st;
            next.s.committed &= !(1 << i);
            next.s.fenced |= 1 << i;
            step!(emit, next, "{who} G3 plain put of a fence over {}", self.sid_name[i]);
        }
    }

    fn prune_op(&self, st: &State, gi: usize, emit: Emit) {
        let (s, g, r) = (&st.s, &st.g[gi], &self.rules);
        let run = g.run as usize;
        let sid = self.run_sid(run);
        let (me, mark): (Sids, Runs) = (1 << sid, 1 << run);
        let who = &self.sid_name[sid];
        // Success is reported when the replica does not say otherwise.
        let told = !self.replicas || r.replica_not_looked_at;
        let with = |f: &dyn Fn(&mut Prune)| {
            let mut next = *st;
            f(&mut next.g[gi]);
            self.settle_prune(s, &mut next.g[gi]);
            next
        };
        let next = |f: &dyn Fn(&mut Prune)| {
            with(&|g| {
                g.pc += 1;
                f(g);
            })
        };
        let dead = |mut st: State| {
            st.g[gi].pc = DEAD;
            self.settle_prune(s, &mut st.g[gi]);
            st
        };
        let op = self.gprog[g.pc as usize];
        let step = if matches!(op, GOp::Tombs | GOp::Snapshots | GOp::Index | GOp::Gc) { "G4" } else { "G0" };
        match op {
            GOp::Session => {
                let put = Put {
                    kind: L_SESSION,
                    next: next(&|_| ()),
                    dead: dead(*st),
                    land: &|s| s.sessions |= me,
                    late: &|l| l.sessions |= me,
                };
                self.put(put, &|| format!("{who} W1 put session"), emit);
            }
            GOp::Tombs0 | GOp::Tombs => {
                step!(emit, next(&|g| g.tombs = s.tombs), "{who} {step} list tombs: {}", self.show_sids(s.tombs));
            }
            GOp::Snapshots0 | GOp::Snapshots => {
                let decided = self.decided(s);
                let after = next(&|g| {
                    (g.committed, g.fenced, g.kept) = (decided.committed, decided.fenced, decided.kept);
                    g.retired = decided.retired;
                });
                step!(emit, after, "{who} {step} list snapshots: {}", self.show_decisions(s));
            }
            GOp::Gc0 | GOp::Gc => {
                let after = next(&|g| {
                    g.doomed = self.all_doomed(s);
                    let gives_up = s.marks >> REPAIR & 1 == 1 && s.doomed[REPAIR] & s.harmed != 0;
                    g.given_up = if gives_up { s.lost } else { 0 };
                    if op == GOp::Gc0 {
                        // Marks adopted in G0, not later ones.
                        g.mine = g.doomed;
                    }
                    if op == GOp::Gc0 || r.adopt_late {
                        g.runs |= s.marks;
                    }
                });
                step!(emit, after, "{who} {step} list gc: {}", self.show_gc(s));
            }
            GOp::Index0 | GOp::Index => {
                step!(emit, next(&|g| g.listed = s.index), "{who} {step} list index: {}", self.show_index(s, s.index));
            }
            GOp::Packs0 => {
                let after = next(&|g| {
                    g.packs = s.stripes;
                    g.early = if r.waits_listed_early { s.sessions & !s.committed & !s.fenced & !me } else { 0 };
                });
                step!(emit, after, "{who} G0 list packs: {}", self.show_stripes(s, s.stripes));
            }
            GOp::Candidates => {
                for cand in self.candidates(s, g) {
                    if cand | g.mine == 0 && run < FINAL {
                        step!(emit, with(&|g| g.pc = OK), "{who} G1 nothing to do");
                        continue;
                    }
                    let after = next(&|g| {
                        (g.cand, g.mine, g.packs) = (cand, g.mine | cand, 0);
                        if cand != 0 {
                            g.runs |= mark;
                        }
                        if !r.no_second_scan {
                            (g.tombs, g.committed, g.fenced, g.kept, g.retired) = (0, 0, 0, 0, 0);
                        }
                        if !r.no_index_relist && !r.fence_keeps_listed {
                            g.listed = 0;
                        }
                        if !r.no_gc_relist {
                            (g.doomed, g.given_up) = (0, 0);
                        }
                    });
                    step!(emit, after, "{who} G1 candidates {}", self.show_stripes(s, cand));
                }
            }
            GOp::Mark => {
                let fill = |mut st: State| {
                    st.s.doomed[run] = g.cand;
                    st
                };
                let put = Put {
                    kind: L_MARK,
                    next: fill(next(&|g| g.cand = 0)),
                    dead: fill(dead(*st)),
                    land: &|s| s.marks |= mark,
                    late: &|l| l.marks |= mark,
                };
                self.put(put, &|| format!("{who} G2 put mark {}", self.show_stripes(s, g.cand)), emit);
            }
            GOp::ListSessions => {
                let known = |sid: &usize| !self.is_decided(s, *sid) || r.fence_ignores_replica || r.fence_overwrites;
                let open = bits(s.sessions & !me).filter(known).fold(0, |all, sid| all | 1 << sid);
                step!(emit, next(&|g| g.wait = open), "{who} G3 list sessions: undecided {}", self.show_sids(open));
            }
            GOp::Decided | GOp::Plan => unreachable!("these are not operations on storage"),
            GOp::CopyStripe if r.unmark => {
                // The broken rescue: take stripes off the marks instead of copying.
                let keep = stripe_set(bits(g.del).filter(|t| s.blobs[*t] & g.copy != 0));
                let mut after = next(&|g| {
                    g.copy = 0;
                    g.del &= !keep;
                    g.rename |= self.names(s, g.retire) & keep;
                });
                after.s.doomed.iter_mut().for_each(|doomed| *doomed &= !keep);
                step!(emit, after, "{who} G5 unmarks {}", self.show_stripes(s, keep));
            }
            GOp::CopyStripe => {
                let sources = g.del & s.stripes;
                if g.copy & !self.blobs_in(s, sources) != 0 {
                    // Another prune was faster.
                    let again = Prune {
                        pc: self.gpos(self.relist()),
                        run: g.run,
                        runs: g.runs,
                        mine: g.del,
                        left: g.left,
                        wait: g.wait,
                        ..Prune::default()
                    };
                    step!(emit, with(&|g| *g = again), "{who} G5 source is gone: lists again");
                    return;
                }
                if bits(sources)
                    .fold(0, |all, t| all | if s.harmed >> t & 1 == 1 { s.blobs[t] & !s.lost } else { s.blobs[t] })
                    & g.copy
                    != g.copy
                {
                    step!(emit, with(&|g| self.give_up(g)), "{who} G5 cannot read what it must copy");
                    return;
                }
                let t = self.r_stripe[run];
                let fill = |mut st: State| {
                    st.s.blobs[t] = g.copy;
                    // Frames are copied as they are.
                    if g.copy & B != 0
                        && bits(sources).any(|source| s.blobs[source] & B != 0 && s.delta >> source & 1 == 1)
                    {
                        st.s.delta |= 1 << t;
                    }
                    st
                };
                let (land, late) = (|s: &mut Store| s.stripes |= 1 << t, |l: &mut Late| l.stripes |= 1 << t);
                let put =
                    Put { kind: L_STRIPE, next: fill(next(&|_| ())), dead: fill(dead(*st)), land: &land, late: &late };
                self.put(put, &|| format!("{who} G5 put copy {who}:{}", self.show_blobs(g.copy)), emit);
            }
            GOp::CopyIndex => {
                let i = self.r_copy[run];
                let put = Put {
                    kind: L_INDEX,
                    next: next(&|g| g.copy = 0),
                    dead: dead(*st),
                    land: &|s| s.index |= 1 << i,
                    late: &|l| l.index |= 1 << i,
                };
                self.put(put, &|| format!("{who} G5 put {}", self.show_index(s, 1 << i)), emit);
            }
            GOp::Replace => {
                let i = self.slot_index[run];
                let fill = |mut st: State| {
                    st.s.renamed[run] = g.rename;
                    st
                };
                let put = Put {
                    kind: L_INDEX,
                    next: fill(next(&|g| g.rename = 0)),
                    dead: fill(dead(*st)),
                    land: &|s| s.index |= 1 << i,
                    late: &|l| l.index |= 1 << i,
                };
                self.put(put, &|| format!("{who} G5 put replacement naming {}", self.show_stripes(s, g.rename)), emit);
            }
            GOp::Decide => {
                let won = (s.committed | s.fenced) & me == 0;
                let fill = |mut st: State| {
                    if s.fenced & me == 0 {
                        st.s.retired[run] = g.retire;
                        (st.s.waits[run], st.s.covers[run]) = (g.wait, g.left);
                    }
                    st
                };
                let ended = |g: &mut Prune| {
                    g.told = won && told;
                    (g.retire, g.wait, g.left) = (0, 0, 0);
                };
                let go_on = won || s.committed & me != 0 || r.prune_ignores_fence;
                let mut after = fill(if go_on { next(&ended) } else { with(&|g| g.pc = FENCED) });
                if won {
                    after.s.committed |= me;
                }
                step!(emit, after, "{who} G5 {}", if won { "wins its own decision" } else { "finds a decision" });
                if self.late & L_COMMIT != 0 && s.budget > 0 {
                    let mut after = fill(with(&|g| g.pc = BACK));
                    after.s.budget -= 1;
                    after.s.late.commits |= me;
                    step!(emit, after, "{who} G5 own decision, no answer");
                }
            }
            GOp::Replica => {
                if s.fenced_replica & me != 0 && !r.replica_not_looked_at {
                    step!(emit, with(&|g| g.pc = FENCED), "{who} G5 finds a fence where its replica should be");
                    return;
                }
                let mut after = next(&|g| g.told = true);
                after.s.committed_replica |= me & !s.fenced_replica;
                step!(emit, after, "{who} G5 put replica");
            }
            GOp::DropIndex => {
                let i = g.drop.trailing_zeros();
                let mut after = with(&|g| g.drop &= !(1 << i));
                after.s.index &= !(1 << i);
                step!(emit, after, "{who} G6 delete {}", self.show_index(s, 1 << i));
            }
            GOp::DropStripes => {
                let i = g.del.trailing_zeros();
                let mut after = with(&|g| g.del &= !(1 << i));
                after.s.stripes &= !(1 << i);
                step!(emit, after, "{who} G7 DELETE stripe {}", self.show_stripes(s, 1 << i));
            }
            GOp::DropMarks => {
                let i = g.runs.trailing_zeros();
                let mut after = with(&|g| g.runs &= !(1 << i));
                after.s.marks &= !(1 << i);
                step!(emit, after, "{who} G8 delete mark of run {i}");
            }
            GOp::DropSessions => {
                let decided = self.decided(s);
                let all = r.drops_undecided_sessions;
                let gone = s.sessions & if all { !0 } else { decided.committed | decided.fenced };
                let mut after = next(&|g| g.pc = OK);
                after.s.sessions &= !gone;
                if r.drops_fences {
                    after.s.fenced &= !gone;
                }
                step!(emit, after, "{who} G8 delete session objects {}", self.show_sids(gone));
            }
        }
    }
}
