//! Steps of writers: backups with checkpoints, changed copies, undelete, resuming (W1 to W6). The repair's own are elsewhere.
use crate::config::{Config, Role, WOp, WriterCfg};
use crate::environment::Put;
use crate::state::*;

impl Config {
    /// What the next stripe holds.
    fn piece(&self, w: &Writer) -> Blobs {
        match self.split {
            false => w.missing,
            true => bits(w.missing).nth(w.piece as usize).map_or(0, |blob| 1 << blob),
        }
    }

    fn is_copy(&self, wi: usize) -> bool {
        matches!(self.writers[wi].role, Role::Tag(_) | Role::Undelete(_) | Role::Copy(_) | Role::Lift(_))
    }

    /// Skips operations that do not apply to this writer now; a finished phase goes on with the next session.
    pub fn settle_writer(&self, wi: usize, w: &mut Writer) {
        let writer = &self.writers[wi];
        let no_session = self.rules.tag_no_session && self.is_copy(wi);
        let takes_over = self.taken_over(wi).is_some();
        let closes = matches!(writer.role, Role::Resume(_) | Role::TakeOver);
        while w.pc < BACK {
            let more = (w.phase as usize) + 1 < writer.needs.len();
            if w.pc as usize == self.wprog.len() {
                self.next_phase(wi, w);
                continue;
            }
            let applies = match self.wprog[w.pc as usize] {
                WOp::CloseList | WOp::CloseFence => closes && w.phase == 0,
                WOp::CloseIndex => writer.role == Role::TakeOver && w.phase == 0,
                WOp::Session => {
                    w.phase == 0 && !no_session && !(writer.role == Role::Repair && self.rules.repair_no_session)
                }
                WOp::ListGc => !no_session,
                WOp::EarlyGc => takes_over,
                WOp::ListTombs => takes_over && !self.rules.copy_does_not_list && !self.rules.copy_ignores_tomb,
                WOp::AskTomb => takes_over && !self.rules.copy_only_lists && !self.rules.copy_ignores_tomb,
                WOp::Rely => self.rely(wi, w),
                WOp::AskAgain => w.lossy,
                WOp::Inspect => writer.role == Role::Repair,
                WOp::Adopt => w.adopt != 0,
                WOp::Doom => w.doom != 0,
                WOp::PutStripe | WOp::PutIndex => self.piece(w) != 0,
                WOp::NextSession => more,
                WOp::Tomb => {
                    matches!(writer.role, Role::Tag(_) | Role::Copy(_) | Role::Lift(_))
                        || matches!(writer.role, Role::Undelete(_)) && self.rules.undelete_removes_tomb
                }
                WOp::EndSession => writer.may_delete,
                _ => true,
            };
            if applies || w.pc > BACK {
                break;
            }
            w.pc += 1;
        }
        if w.pc > BACK {
            *w = Writer { pc: w.pc, told: w.told, tombed: w.tombed, phase: w.phase, ..Writer::default() };
        }
    }

    fn next_phase(&self, wi: usize, w: &mut Writer) {
        if (w.phase as usize) + 1 == self.writers[wi].needs.len() {
            w.pc = OK;
            return;
        }
        let (told, phase, have) = (w.told, w.phase + 1, w.have | w.missing);
        *w = Writer { told, phase, ..Writer::default() };
        w.pc = self.wpos(WOp::Session) + 1;
        if self.rules.chain_keeps_view {
            (w.have, w.missing) = (have, self.writers[wi].needs[phase as usize] & !have);
            w.pc = self.wpos(WOp::PutStripe);
        }
    }

    /// The session that a resuming writer closes.
    fn resumed(&self, writer: &WriterCfg) -> usize {
        match writer.role {
            Role::Resume(other) => self.w_sid[other][0],
            _ => self.run_sid(0),
        }
    }

    /// The end of W3: what must be uploaded.
    fn look_up(&self, s: &Store, wi: usize, w: &mut Writer) {
        let r = &self.rules;
        let mut decided =
            crate::meaning::Decided { committed: w.committed, fenced: w.fenced, kept: w.kept, retired: w.retired };
        if r.no_void {
            decided.fenced = 0;
        }
        let counts = self.counting(w.listed, &decided, r.w_counts_undecided || r.no_void) & !s.unreadable;
        let have = self.usable_in(s, self.names(s, counts) & !w.doomed);
        w.missing = self.writers[wi].needs[w.phase as usize] & !have;
        if r.tag_no_check && self.is_copy(wi) {
            w.missing = 0;
        }
        let keeps = r.chain_keeps_view || self.deltas;
        w.have = if keeps { have } else { 0 };
        if self.writers[wi].role != Role::Repair {
            (w.doomed, w.retired, w.listed, w.committed, w.fenced, w.kept) = (0, 0, 0, 0, 0, 0);
        }
    }

    pub fn writer_steps(&self, st: &State, wi: usize, emit: Emit) {
        let (s, w, writer, r) = (&st.s, &st.w[wi], &self.writers[wi], &self.rules);
        if w.pc > BACK {
            return;
        }
        let sid = self.w_sid[wi][w.phase as usize];
        let me: Sids = 1 << sid;
        let who = &self.sid_name[sid];
        // Success is reported when the replica does not say otherwise.
        let told = if self.replicas && !r.replica_not_looked_at { 0 } else { me };
        let with = |f: &dyn Fn(&mut Writer)| {
            let mut next = *st;
            f(&mut next.w[wi]);
            self.settle_writer(wi, &mut next.w[wi]);
            next
        };
        let next = |f: &dyn Fn(&mut Writer)| {
            with(&|w| {
                w.pc += 1;
                f(w);
            })
        };
        let dead = |mut st: State| {
            st.w[wi].pc = DEAD;
            self.settle_writer(wi, &mut st.w[wi]);
            st
        };
        // Fenced: a chain starts over with the session that it has announced, any other writer exits.
        let more = (w.phase as usize) + 1 < writer.needs.len() && !r.commit_before_next_session;
        let fenced = |w: &mut Writer| if more { self.next_phase(wi, w) } else { w.pc = FENCED };
        if w.pc == BACK {
            if s.committed & me != 0 || r.timeout_is_success {
                let next = with(&|w| {
                    w.pc = self.wpos(WOp::Commit) + 1;
                    w.told |= told;
                });
                step!(emit, next, "{who} W5 reads back: committed");
            } else if s.fenced & me != 0 {
                step!(emit, with(&fenced), "{who} W5 reads back: fenced");
            } else if r.unknown_ends_session {
                let mut next = with(&|w| w.pc = GAVE_UP);
                next.s.sessions &= !me;
                step!(emit, next, "{who} W5 reads back: nothing, so it gives up and deletes its session object");
            } else {
                step!(emit, with(&|w| w.pc = self.wpos(WOp::Commit)), "{who} W5 reads back: nothing yet");
            }
            return;
        }
        let slot = REPAIR;
        match self.wprog[w.pc as usize] {
            // What is to be copied was found before.
            _ if self.taken_over(wi).is_some_and(|old| (s.committed | s.committed_replica) >> old & 1 == 0) => {}
            WOp::EarlyGc | WOp::ListTombs | WOp::AskTomb | WOp::Rely | WOp::AskAgain => self.copy_step(st, wi, emit),
            WOp::CloseList => {
                let old = self.resumed(writer);
                let listed = s.index & self.index_of[old];
                let words = self.show_index(s, listed);
                step!(emit, next(&|w| w.listed = listed), "{who} resumes {}: lists {words}", self.sid_name[old]);
            }
            WOp::CloseIndex => {
                // Copies of a dead prune that no index object names are verified and indexed, under a number of the dead session.
                let (t, i) = (self.r_stripe[0], self.r_copy[0]);
                let mut after = next(&|_| ());
                if s.stripes >> t & 1 == 1 {
                    after.s.index |= 1 << i;
                    after.w[wi].listed |= 1 << i;
                    if !r.keep_replacements {
                        after.w[wi].listed &= !(1 << self.slot_index[0]);
                    }
                } else {
                    after.w[wi].listed &= if r.keep_replacements { 1 << self.slot_index[0] } else { 0 };
                }
                if r.keep_unlisted {
                    after.w[wi].listed |= 1 << self.slot_index[0];
                }
                step!(emit, after, "{who} indexes what {} left", self.sid_name[self.resumed(writer)]);
            }
            WOp::CloseFence => {
                let old = self.resumed(writer);
                let mut after = next(&|w| w.listed = 0);
                let won = (s.committed | s.fenced) >> old & 1 == 0;
                if won {
                    after.s.fenced |= 1 << old;
                    after.s.kept |= w.listed;
                }
                let words = self.show_index(s, w.listed);
                step!(emit, after, "{who} fences {} keeping {words}, wins: {won}", self.sid_name[old]);
            }
            WOp::Session => {
                let put = Put {
                    kind: L_SESSION,
                    next: next(&|w| w.early = if self.stale { s.tombs } else { 0 }),
                    dead: dead(*st),
                    land: &|s| s.sessions |= me,
                    late: &|l| l.sessions |= me,
                };
                self.put(put, &|| format!("{who} W1 put session"), emit);
            }
            WOp::NextSession => {
                let new = self.w_sid[wi][w.phase as usize + 1];
                let (land, late) = (|s: &mut Store| s.sessions |= 1 << new, |l: &mut Late| l.sessions |= 1 << new);
                let put = Put { kind: L_SESSION, next: next(&|_| ()), dead: dead(*st), land: &land, late: &late };
                self.put(put, &|| format!("{who} checkpoint: W1 put session of {}", self.sid_name[new]), emit);
            }
            WOp::ListGc => {
                let doomed = if r.ignore_doomed { 0 } else { self.all_doomed(s) };
                let mut after = next(&|w| {
                    w.doomed = doomed;
                    w.dooms |= self.taken_over(wi).is_some() && !r.copy_dooms_early && s.marks != 0;
                });
                let looks = self.taken_over(wi).is_none() || matches!(writer.role, Role::Copy(_)) && s.marks != 0;
                if looks && s.harmed != 0 && s.harmed & !(self.all_doomed(s) | !s.stripes) == 0 {
                    after.s.warned |= me;
                } else {
                    after.s.warned &= !me;
                }
                step!(emit, after, "{who} W2 list gc: {}", self.show_gc(s));
            }
            WOp::ListIndex => {
                let after = next(&|w| {
                    w.listed = s.index | if r.stale_cache { self.initial_names } else { 0 };
                    if r.snapshots_before_index {
                        self.look_up(s, wi, w);
                    }
                });
                step!(emit, after, "{who} W3 list index: {}", self.show_index(s, s.index));
            }
            WOp::ListSnapshots => {
                let after = next(&|w| {
                    let decided = self.decided(s);
                    (w.committed, w.fenced, w.kept) = (decided.committed, decided.fenced, decided.kept);
                    w.retired = if r.w_ignores_retired { 0 } else { decided.retired };
                    if !r.snapshots_before_index {
                        self.look_up(s, wi, w);
                    }
                });
                step!(emit, after, "{who} W3 list snapshots: {}", self.show_decisions(s));
            }
            WOp::Inspect => {
                let found = self.inspect(s, w);
                let words = self.show_findings(s, &found);
                let nothing = found.missing == 0 && found.adopt == 0 && found.doom == 0 && found.retire == 0;
                if nothing {
                    // Nothing was named under it: as if it had never been.
                    let mut after = with(&|w| w.pc = GAVE_UP);
                    after.s.sessions &= !me;
                    step!(emit, after, "{who} finds nothing to repair");
                } else {
                    step!(emit, next(&|w| *w = Writer { pc: w.pc, ..found }), "{who} {words}");
                }
            }
            WOp::Adopt => {
                let i = self.slot_index[slot];
                let fill = |mut st: State| {
                    st.s.renamed[slot] = w.adopt;
                    st
                };
                let put = Put {
                    kind: L_INDEX,
                    next: fill(next(&|w| w.adopt = 0)),
                    dead: fill(dead(*st)),
                    land: &|s| s.index |= 1 << i,
                    late: &|l| l.index |= 1 << i,
                };
                self.put(put, &|| format!("{who} W4 put index of {}", self.show_stripes(s, w.adopt)), emit);
            }
            WOp::Doom => {
                let fill = |mut st: State| {
                    st.s.doomed[slot] = w.doom;
                    st
                };
                let put = Put {
                    kind: L_MARK,
                    next: fill(next(&|w| w.doom = 0)),
                    dead: fill(dead(*st)),
                    land: &|s| s.marks |= 1 << slot,
                    late: &|l| l.marks |= 1 << slot,
                };
                self.put(put, &|| format!("{who} put mark {}", self.show_stripes(s, w.doom)), emit);
            }
            WOp::PutStripe => {
                // A copy has no source files: it copies from stripes that it can still read, or gives up.
                let (blobs, t) = (self.piece(w), self.w_stripe[wi][w.phase as usize] + w.piece as usize);
                let sources = s.stripes & self.names(s, s.index & !s.unreadable);
                if self.is_copy(wi) && blobs & !self.readable_in(s, sources) != 0 {
                    step!(emit, with(&|w| w.pc = GAVE_UP), "{who} cannot read what it needs, gives up");
                    return;
                }
                let fill = |mut st: State| {
                    st.s.blobs[t] = blobs;
                    if self.deltas && writer.role == Role::Backup && blobs & B != 0 && (blobs | w.have) & A != 0 {
                        st.s.delta |= 1 << t;
                    }
                    st
                };
                let (land, late) = (|s: &mut Store| s.stripes |= 1 << t, |l: &mut Late| l.stripes |= 1 << t);
                let put =
                    Put { kind: L_STRIPE, next: fill(next(&|_| ())), dead: fill(dead(*st)), land: &land, late: &late };
                self.put(put, &|| format!("{who} W4 put stripe {who}:{}", self.show_blobs(blobs)), emit);
            }
            WOp::PutIndex => {
                let i = self.w_index[wi][w.phase as usize] + w.piece as usize;
                let after = next(&|w| {
                    if self.split {
                        w.piece += 1;
                        if self.piece(w) != 0 {
                            w.pc = self.wpos(WOp::PutStripe);
                        }
                    }
                });
                let put = Put {
                    kind: L_INDEX,
                    next: after,
                    dead: dead(*st),
                    land: &|s| s.index |= 1 << i,
                    late: &|l| l.index |= 1 << i,
                };
                self.put(put, &|| format!("{who} W4 put {}", self.show_index(s, 1 << i)), emit);
            }
            WOp::Look => {
                let none = r.tag_no_session && self.is_copy(wi) || r.repair_no_session && writer.role == Role::Repair;
                if s.sessions & me != 0 || none {
                    step!(emit, next(&|_| ()), "{who} W5 looks at its session object: there");
                } else {
                    step!(emit, with(&fenced), "{who} W5 looks at its session object: gone");
                }
            }
            WOp::Commit => {
                let won = (s.committed | s.fenced) & me == 0 || r.commit_overwrites;
                let retire = |mut st: State| {
                    if writer.role == Role::Repair && s.fenced & me == 0 {
                        st.s.retired[slot] = w.retire;
                    }
                    st
                };
                let mut after =
                    retire(if won || s.committed & me != 0 { next(&|w| w.told |= told) } else { with(&fenced) });
                if won {
                    after.s.committed |= me;
                    after.s.fenced &= !me;
                }
                step!(emit, after, "{who} W5 {}", if won { "COMMIT" } else { "finds a decision" });
                if self.late & L_COMMIT != 0 && s.budget > 0 {
                    let mut after = retire(with(&|w| w.pc = BACK));
                    after.s.budget -= 1;
                    after.s.late.commits |= me;
                    step!(emit, after, "{who} W5 commit, no answer");
                }
            }
            WOp::Replica => {
                if s.fenced_replica & me != 0 && !r.replica_not_looked_at {
                    step!(emit, with(&fenced), "{who} W5 finds a fence where its replica should be");
                    return;
                }
                let mut after = next(&|w| w.told |= me);
                after.s.committed_replica |= me & !s.fenced_replica;
                step!(emit, after, "{who} W5 put replica");
            }
            WOp::Tomb => match writer.role {
                Role::Tag(old) | Role::Copy(old) | Role::Lift(old) => {
                    let mut after = next(&|w| w.tombed = true);
                    after.s.tombs |= 1 << old;
                    step!(emit, after, "{who} put tombs/{}", self.sid_name[old]);
                }
                Role::Undelete(old) => {
                    // The broken undelete: no copy under a session of its own, the tombstone goes.
                    let mut after = with(&|w| w.pc = GAVE_UP);
                    if w.missing == 0 {
                        after.s.tombs &= !(1 << old);
                    }
                    step!(emit, after, "{who} deletes tombs/{} if all is there", self.sid_name[old]);
                }
                _ => unreachable!("no other writer gets here"),
            },
            WOp::EndSession => {
                let mut after = next(&|_| ());
                after.s.sessions &= !me;
                step!(emit, after, "{who} W6 delete session");
            }
        }
    }
}
