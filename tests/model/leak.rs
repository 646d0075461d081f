//! The LEAK check: everything stops; what do complete prunes leave?
use std::fmt::Write as _;

use crate::config::Config;
use crate::state::*;

impl Config {
    /// All processes stop, what was under way never lands; complete prunes run alone. One must do, one more if a session was
    /// undecided, one more if deltas kept their bases.
    pub fn clean(&self, s: &Store) -> Result<(), String> {
        let mut st = State { s: *s, ..self.init() };
        (st.s.late, st.s.budget, st.s.faults) = (Late::default(), 0, 0);
        st.w = [Writer { pc: IDLE, ..Writer::default() }; WRITERS];
        let undecided = bits(s.sessions).any(|sid| !self.is_decided(s, sid));
        let mut left = String::new();
        for round in 0..FINAL {
            st.g = [Prune { pc: IDLE, ..Prune::default() }; PRUNES];
            st.g[0] = Prune { run: (FINAL + round) as u8, ..Prune::default() };
            self.settle_prune(&st.s, &mut st.g[0]);
            for _ in 0..200 {
                let mut first = None;
                self.prune_steps(&st, 0, &mut |_, next| first = first.or(Some(next)));
                match first {
                    Some(next) => st = next,
                    None => break,
                }
                if let Some(violation) = self.violation(&st) {
                    return Err(format!("{violation} in the closing prune"));
                }
            }
            if st.g[0].pc != OK {
                return Err(format!("the closing prune does not finish (pc {})", st.g[0].pc));
            }
            left = self.leftovers(&st.s);
            if left.is_empty() && round > usize::from(undecided) + usize::from(self.deltas) {
                return Err(format!("{} prunes were needed", round + 1));
            }
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(left)
    }

    fn leftovers(&self, s: &Store) -> String {
        let decided = self.decided(s);
        let counts = self.counting(s.index, &decided, false);
        let named = self.names(s, counts);
        let live = self.live_closed(s, self.live(decided.committed, s.tombs), named, 0);
        let dead = stripe_set(bits(s.stripes).filter(|t| s.blobs[*t] & !live != 0));
        let unindexed = s.stripes & !named;
        let mut left = String::new();
        for (is, what, names) in [
            (dead != 0, "dead", self.show_stripes(s, dead)),
            (unindexed != 0, "unindexed", self.show_stripes(s, unindexed)),
            (s.marks != 0, "marks", format!("{:b}", s.marks)),
            (s.index != counts, "index", self.show_index(s, s.index & !counts)),
            (s.sessions != 0, "sessions", self.show_sids(s.sessions)),
        ] {
            if is {
                let _ = write!(left, "{what} {names} ");
            }
        }
        left.trim_end().to_owned()
    }
}
