//! One configuration: who runs beside whom, the names of their objects, and the order of everybody's operations.
use crate::rules::Rules;
use crate::state::*;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WOp {
    CloseList,
    CloseIndex,
    CloseFence,
    EarlyGc,
    Session,
    ListGc,
    ListIndex,
    ListSnapshots,
    ListTombs,
    AskTomb,
    Rely,
    AskAgain,
    Inspect,
    Adopt,
    PutStripe,
    PutIndex,
    Doom,
    NextSession,
    Look,
    Commit,
    Replica,
    Tomb,
    EndSession,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GOp {
    Session,
    Packs0,
    Tombs0,
    Snapshots0,
    Gc0,
    Index0,
    Candidates,
    Mark,
    ListSessions,
    Decided,
    Tombs,
    Snapshots,
    Index,
    Gc,
    Plan,
    CopyStripe,
    CopyIndex,
    Replace,
    Decide,
    Replica,
    DropIndex,
    DropStripes,
    DropMarks,
    DropSessions,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Backup,
    /// A changed copy of a snapshot, which is forgotten afterwards.
    Tag(usize),
    /// The same without looking anything up, if that is safe; refused rather than stored again. What the old one does not need is.
    Copy(usize),
    /// The same of a protected snapshot, of which something may be lost.
    Lift(usize),
    /// A copy of a forgotten snapshot.
    Undelete(usize),
    /// A backup that first closes the first session of another writer, or of the first prune.
    Resume(usize),
    TakeOver,
    Repair,
}

#[derive(Clone)]
pub struct WriterCfg {
    pub role: Role,
    /// What the snapshots of its sessions need.
    pub needs: Vec<Blobs>,
    pub may_delete: bool,
}

pub struct Config {
    pub rules: Rules,
    pub writers: Vec<WriterCfg>,
    pub prunes: usize,
    /// One stripe and one index object for each blob.
    pub split: bool,
    /// Prune may take any one stripe, to cover every threshold, not only those with something dead.
    pub free_candidates: bool,
    /// Snapshots that may be forgotten at any time.
    pub forget: Sids,
    /// Kinds of puts that may be late, and how many may.
    pub late: u8,
    pub budget: u8,
    /// Kinds of faults that storage may have, and how many.
    pub fault_kinds: u8,
    pub faults: u8,
    /// Lists of tombstones may be as old as the session.
    pub stale: bool,
    /// Decisions get replicas.
    pub replicas: bool,
    /// Backups store blob b as a delta against blob a, when they may refer to that.
    pub deltas: bool,
    /// Look for leaked space; report lost data and lies only.
    pub leak: bool,
    pub only_lost: bool,
    // Derived.
    pub need: [Blobs; 16],
    pub snapshots: Sids,
    pub run_sids: Sids,
    /// Sessions, first stripes and first index objects of a writer's phases.
    pub w_sid: Vec<Vec<usize>>,
    pub w_stripe: Vec<Vec<usize>>,
    pub w_index: Vec<Vec<usize>>,
    pub slot_sid: [Option<usize>; SLOTS],
    pub r_stripe: [usize; RUNS],
    pub r_copy: [usize; RUNS],
    /// The index object of several stripes of a run or of the repair.
    pub slot_index: [usize; SLOTS],
    pub stripe_sid: [usize; STRIPES],
    pub index_sid: [usize; 32],
    pub index_of: [Names; 16],
    pub fixed_names: [Stripes; 32],
    pub slot_of_index: [Option<usize>; 32],
    pub initial_names: Names,
    pub sid_name: Vec<String>,
    pub wprog: Vec<WOp>,
    pub gprog: Vec<GOp>,
    pub start: Store,
    stripe_count: usize,
    index_count: usize,
}

fn move_before<T: Copy + PartialEq>(program: &mut Vec<T>, op: T, before: T) {
    program.retain(|other| *other != op);
    let at = program.iter().position(|other| *other == before).expect("the program has the operation");
    program.insert(at, op);
}

impl Config {
    /// Snapshot old0 needs blobs a and b, old1 needs b. Layouts: "shared" has two stripes {a}, {b} in one index object; "one" a stripe {a,b};
    /// "dup" stripes {a,b} and {b} with an index object each; "delta" is "shared", and b is a delta against a.
    pub fn new(layout: &str, writers: &[WriterCfg], prunes: usize) -> Config {
        let mut c = Config {
            rules: Rules::default(),
            writers: writers.to_vec(),
            prunes,
            split: false,
            free_candidates: true,
            forget: 1,
            late: 0,
            budget: 0,
            fault_kinds: 0,
            faults: 0,
            stale: false,
            replicas: false,
            deltas: false,
            leak: true,
            only_lost: false,
            need: [0; 16],
            snapshots: 3,
            run_sids: 0,
            w_sid: Vec::new(),
            w_stripe: Vec::new(),
            w_index: Vec::new(),
            slot_sid: [None; SLOTS],
            r_stripe: [0; RUNS],
            r_copy: [0; RUNS],
            slot_index: [0; SLOTS],
            stripe_sid: [0; STRIPES],
            index_sid: [0; 32],
            index_of: [0; 16],
            fixed_names: [0; 32],
            slot_of_index: [None; 32],
            initial_names: 0,
            sid_name: vec!["old0".to_owned(), "old1".to_owned()],
            wprog: Vec::new(),
            gprog: Vec::new(),
            start: Store { committed: 3, ..Store::default() },
            stripe_count: 0,
            index_count: 0,
        };
        (c.need[0], c.need[1]) = (A | B, B);
        c.lay_out(layout);
        c.name_writers();
        for run in 0..RUNS {
            let name = if run < FINAL { format!("R{run}") } else { format!("F{}", run - FINAL) };
            let sid = c.add_session(name);
            c.run_sids |= 1 << sid;
            c.slot_sid[run] = Some(sid);
            c.r_stripe[run] = c.add_stripe(sid);
            c.r_copy[run] = c.add_index(sid, 1 << c.r_stripe[run]);
            c.slot_index[run] = c.add_index(sid, 0);
            c.slot_of_index[c.slot_index[run]] = Some(run);
        }
        c
    }

    fn lay_out(&mut self, layout: &str) {
        let (stripes, together) = match layout {
            "shared" | "delta" => (vec![(0, A), (0, B)], true),
            "one" => (vec![(0, A | B)], true),
            "dup" => (vec![(0, A | B), (1, B)], false),
            _ => panic!("no layout {layout}"),
        };
        for (sid, blobs) in stripes {
            let t = self.add_stripe(sid);
            self.start.blobs[t] = blobs;
            self.start.stripes |= 1 << t;
            if !together {
                self.add_index(sid, 1 << t);
            }
        }
        if together {
            self.add_index(0, self.start.stripes);
        }
        if layout == "delta" {
            self.start.delta = 2;
            self.deltas = true;
        }
        self.start.index = (1 << self.index_count) - 1;
        self.initial_names = self.start.index;
    }

    fn name_writers(&mut self) {
        let room = self.writers.iter().map(|writer| writer.needs.len()).sum::<usize>() <= 4;
        for (w, writer) in self.writers.clone().iter().enumerate() {
            let (mut sids, mut stripes, mut index) = (Vec::new(), Vec::new(), Vec::new());
            for (phase, need) in writer.needs.iter().enumerate() {
                let letter = match writer.role {
                    Role::Tag(_) => "T",
                    Role::Undelete(_) => "U",
                    Role::Copy(_) | Role::Lift(_) => ["K", "L", "N"][w],
                    Role::Repair => "M",
                    _ => ["A", "B", "C"][w],
                };
                let sid = self.add_session(format!("{letter}{}", "'".repeat(phase)));
                self.need[sid] = *need;
                if writer.role != Role::Repair {
                    self.snapshots |= 1 << sid;
                }
                for piece in 0..1 + usize::from(room) {
                    let t = self.add_stripe(sid);
                    let i = self.add_index(sid, 1 << t);
                    if piece == 0 {
                        stripes.push(t);
                        index.push(i);
                    }
                }
                if writer.role == Role::Repair {
                    self.slot_sid[REPAIR] = Some(sid);
                    self.slot_index[REPAIR] = self.add_index(sid, 0);
                    self.slot_of_index[self.slot_index[REPAIR]] = Some(REPAIR);
                }
                sids.push(sid);
            }
            self.w_sid.push(sids);
            self.w_stripe.push(stripes);
            self.w_index.push(index);
        }
    }

    fn add_session(&mut self, name: String) -> usize {
        self.sid_name.push(name);
        self.sid_name.len() - 1
    }

    fn add_stripe(&mut self, sid: usize) -> usize {
        self.stripe_sid[self.stripe_count] = sid;
        self.stripe_count += 1;
        self.stripe_count - 1
    }

    fn add_index(&mut self, sid: usize, names: Stripes) -> usize {
        let i = self.index_count;
        self.index_sid[i] = sid;
        self.index_of[sid] |= 1 << i;
        self.fixed_names[i] = names;
        self.index_count += 1;
        i
    }

    pub fn run_sid(&self, run: usize) -> usize {
        self.slot_sid[run].expect("every run has a session")
    }

    /// The order of the operations *is* the protocol; orders that lose data are permutations.
    pub fn finish(mut self) -> Config {
        let r = self.rules;
        let mut w = {
            use WOp::*;
            vec![
                EarlyGc,
                Session,
                ListGc,
                ListIndex,
                ListSnapshots,
                ListTombs,
                AskTomb,
                Rely,
                AskAgain,
                Inspect,
                Adopt,
                PutStripe,
                PutIndex,
                Doom,
                NextSession,
                Look,
                Commit,
                Replica,
                Tomb,
                EndSession,
            ]
        };
        for (broken, op, before) in [
            (r.list_before_session, WOp::ListGc, WOp::Session),
            (r.index_before_gc, WOp::ListIndex, WOp::ListGc),
            (r.snapshots_before_index, WOp::ListSnapshots, WOp::ListIndex),
            (r.commit_before_index, WOp::Look, WOp::PutIndex),
            (r.commit_before_index, WOp::Commit, WOp::PutIndex),
            (r.index_before_stripe, WOp::PutIndex, WOp::PutStripe),
            (r.end_session_before_commit, WOp::EndSession, WOp::Commit),
            (r.commit_before_next_session, WOp::NextSession, WOp::EndSession),
            (r.tomb_before_commit, WOp::Tomb, WOp::Look),
            (r.copy_asks_before_gc, WOp::ListTombs, WOp::ListGc),
            (r.copy_asks_before_gc, WOp::AskTomb, WOp::ListGc),
            (r.undelete_removes_tomb, WOp::Tomb, WOp::PutStripe),
            (r.repair_dooms_first, WOp::Doom, WOp::Adopt),
        ] {
            if broken {
                move_before(&mut w, op, before);
            }
        }
        w.retain(|op| match op {
            WOp::Look => !r.no_look,
            WOp::EarlyGc => r.copy_dooms_early,
            WOp::Replica => self.replicas,
            _ => true,
        });
        if self.writers.iter().any(|writer| matches!(writer.role, Role::Resume(_) | Role::TakeOver)) {
            w.splice(0..0, [WOp::CloseList, WOp::CloseIndex, WOp::CloseFence]);
        }
        self.wprog = w;
        self.gprog = self.prune_program();
        if r.prune_no_session {
            // Nobody asks whether a prune is decided.
            self.start.committed |= self.run_sids;
        }
        (self.start.budget, self.start.faults) = (self.budget, self.faults);
        if self.replicas {
            self.start.committed_replica = self.start.committed;
        }
        self
    }

    fn prune_program(&self) -> Vec<GOp> {
        use GOp::*;
        let r = self.rules;
        let mut g = vec![
            Session,
            Packs0,
            Tombs0,
            Snapshots0,
            Gc0,
            Index0,
            Candidates,
            Mark,
            ListSessions,
            Decided,
            Tombs,
            Snapshots,
            Index,
            Gc,
            Plan,
            CopyStripe,
            CopyIndex,
            Replace,
            Decide,
            Replica,
            DropIndex,
            DropStripes,
            DropMarks,
            DropSessions,
        ];
        for (broken, op, before) in [
            (r.replace_after_decision, Replace, DropIndex),
            (r.sessions_before_mark, ListSessions, Mark),
            (r.snapshots_before_tombs, Snapshots, Tombs),
            (r.snapshots_before_tombs, Snapshots0, Tombs0),
            (r.g4_index_first, Index, Tombs),
            (r.g0_index_first, Index0, Tombs0),
            (r.decide_before_copy, Decide, CopyStripe),
            (r.decide_after_delete, Decide, DropMarks),
            (r.marks_before_decision, DropMarks, Decide),
            (r.marks_first, DropMarks, DropIndex),
            (r.marks_before_stripes, DropMarks, DropStripes),
            (r.stripes_before_index, DropStripes, DropIndex),
        ] {
            if broken {
                move_before(&mut g, op, before);
            }
        }
        g.retain(|op| match op {
            ListSessions | Decided => !r.ignore_sessions,
            Tombs | Snapshots => !r.no_second_scan,
            Index => !r.no_index_relist,
            Gc => !r.no_gc_relist,
            Session | Decide => !r.prune_no_session,
            Replica => self.replicas,
            _ => true,
        });
        g
    }

    pub fn init(&self) -> State {
        let idle = (Writer { pc: IDLE, ..Writer::default() }, Prune { pc: IDLE, ..Prune::default() });
        let mut st = State { s: self.start, w: [idle.0; WRITERS], g: [idle.1; PRUNES] };
        for w in 0..self.writers.len() {
            st.w[w] = Writer::default();
            self.settle_writer(w, &mut st.w[w]);
        }
        for g in 0..self.prunes {
            st.g[g] = Prune { run: g as u8, ..Prune::default() };
            self.settle_prune(&st.s, &mut st.g[g]);
        }
        st
    }

    pub fn wpos(&self, op: WOp) -> u8 {
        self.wprog.iter().position(|other| *other == op).unwrap_or(self.wprog.len()) as u8
    }

    pub fn gpos(&self, op: GOp) -> u8 {
        self.gprog.iter().position(|other| *other == op).expect("the program has the operation") as u8
    }
}
