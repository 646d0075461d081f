//! What happens by itself: snapshots are forgotten, late puts land, storage has faults; and how a put may go.
use crate::config::Config;
use crate::state::*;

/// A put: `next` is the state after it, contents set, without the object itself; `dead` the same with the process dead.
pub struct Put<'a> {
    pub kind: u8,
    pub next: State,
    pub dead: State,
    pub land: &'a dyn Fn(&mut Store),
    pub late: &'a dyn Fn(&mut Late),
}

impl Config {
    pub fn steps(&self, st: &State, emit: Emit) {
        for w in 0..self.writers.len() {
            self.writer_steps(st, w, emit);
        }
        for g in 0..PRUNES {
            self.prune_steps(st, g, emit);
        }
        self.environment_steps(st, emit);
    }

    fn environment_steps(&self, st: &State, emit: Emit) {
        let (s, late) = (&st.s, &st.s.late);
        let go = |f: &dyn Fn(&mut Store)| {
            let mut next = *st;
            f(&mut next.s);
            next
        };
        let absent = |i: usize| (s.committed | s.fenced) >> i & 1 == 0;
        for i in bits(self.forget & s.committed & !s.tombs) {
            step!(emit, go(&|s| s.tombs |= 1 << i), "forget {}: put tombs/{0}", self.sid_name[i]);
        }
        for i in bits(late.sessions) {
            let next = go(&|s| {
                s.late.sessions &= !(1 << i);
                s.sessions |= 1 << i;
            });
            step!(emit, next, "late put lands: sessions/{}", self.sid_name[i]);
        }
        for i in bits(late.commits) {
            let next = go(&|s| {
                s.late.commits &= !(1 << i);
                if absent(i) {
                    s.committed |= 1 << i;
                }
            });
            step!(emit, next, "late put lands if absent: snapshots/{} = commit", self.sid_name[i]);
        }
        for i in bits(late.fences) {
            let next = go(&|s| {
                s.late.fences &= !(1 << i);
                if absent(i) {
                    s.fenced |= 1 << i;
                }
            });
            step!(emit, next, "late put lands if absent: snapshots/{} = fence", self.sid_name[i]);
        }
        for i in bits(late.index) {
            let next = go(&|s| {
                s.late.index &= !(1 << i);
                s.index |= 1 << i;
            });
            step!(emit, next, "late put lands: {}", self.show_index(s, 1 << i));
        }
        for i in bits(late.stripes) {
            let next = go(&|s| {
                s.late.stripes &= !(1 << i);
                s.stripes |= 1 << i;
            });
            step!(emit, next, "late put lands: stripe {}", self.show_stripes(s, 1 << i));
        }
        for i in bits(late.marks) {
            let next = go(&|s| {
                s.late.marks &= !(1 << i);
                s.marks |= 1 << i;
            });
            step!(emit, next, "late put lands: mark of run {i}");
        }
        if s.faults > 0 {
            self.fault_steps(st, emit);
        }
        for i in bits((s.committed_replica | s.fenced_replica) & !(s.committed | s.fenced)) {
            let next = go(&|s| {
                s.committed |= s.committed_replica & 1 << i;
                s.fenced |= s.fenced_replica & 1 << i;
            });
            step!(emit, next, "snapshots/{} is copied back from its replica", self.sid_name[i]);
        }
    }

    fn fault_steps(&self, st: &State, emit: Emit) {
        let s = &st.s;
        let go = |f: &dyn Fn(&mut Store)| {
            let mut next = *st;
            f(&mut next.s);
            next
        };
        if self.fault_kinds & F_STRIPE != 0 && s.harmed == 0 {
            for t in bits(s.stripes) {
                // Blob a is lost with it, or all: what can be lost is a subset of what it holds.
                for lost in
                    [A, A | B].into_iter().filter(|lost| s.blobs[t] & lost == *lost || s.blobs[t] | lost == *lost)
                {
                    let next = go(&|s| {
                        s.faults -= 1;
                        (s.harmed, s.lost) = (1 << t, lost & s.blobs[t]);
                    });
                    if lost & s.blobs[t] != 0 {
                        let stripe = self.show_stripes(s, 1 << t);
                        step!(
                            emit,
                            next,
                            "FAULT stripe {stripe} loses {} beyond its parity",
                            self.show_blobs(lost & s.blobs[t])
                        );
                    }
                }
            }
        }
        if self.fault_kinds & F_INDEX != 0 {
            for i in bits(s.index & !s.unreadable) {
                let next = go(&|s| {
                    s.faults -= 1;
                    s.unreadable |= 1 << i;
                });
                step!(emit, next, "FAULT {} cannot be read any more", self.show_index(s, 1 << i));
            }
        }
        if self.fault_kinds & F_DECISION != 0 {
            let twice = s.committed & s.committed_replica | s.fenced & s.fenced_replica;
            for i in bits(twice) {
                let next = go(&|s| {
                    s.faults -= 1;
                    s.committed &= !(1 << i);
                    s.fenced &= !(1 << i);
                });
                step!(emit, next, "FAULT snapshots/{} is lost, its replica is there", self.sid_name[i]);
            }
        }
    }

    /// It lands and is acknowledged; or so, but a second copy is still under way; or the process dies while it is.
    pub fn put(&self, put: Put, label: &dyn Fn() -> String, emit: Emit) {
        let mut there = put.next;
        (put.land)(&mut there.s);
        emit(label, there);
        if self.late & put.kind == 0 || put.next.s.budget == 0 {
            return;
        }
        there.s.budget -= 1;
        (put.late)(&mut there.s.late);
        emit(&|| label() + " (a second copy of this put is still under way)", there);
        let mut dead = put.dead;
        dead.s.budget -= 1;
        (put.late)(&mut dead.s.late);
        emit(&|| label() + " (under way when the process dies)", dead);
    }
}
