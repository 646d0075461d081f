//! Steps of changed copies that take over what an old snapshot needs without looking it up (W2 to W5).
use crate::config::{Config, Role, WOp};
use crate::state::*;

impl Config {
    /// The snapshot whose blobs a writer takes over like that.
    pub fn taken_over(&self, wi: usize) -> Option<usize> {
        match self.writers[wi].role {
            Role::Copy(old) | Role::Lift(old) => Some(old),
            _ => None,
        }
    }

    /// What it looked up and did not find, and may do without; gives it up if it must not. True if it must read before that is known.
    pub fn rely(&self, wi: usize, w: &mut Writer) -> bool {
        let (Some(old), r) = (self.taken_over(wi), &self.rules) else { return false };
        let lift = matches!(self.writers[wi].role, Role::Lift(_));
        let stays = (!w.dooms || r.copy_ignores_doomed) && !w.forgotten;
        if stays || r.tag_no_check || lift && r.lift_unchecked {
            w.missing &= !self.need[old];
        } else if w.missing & self.need[old] != 0 && !lift {
            w.pc = GAVE_UP;
        }
        let reads = w.pc < BACK && w.missing & self.need[old] != 0;
        (w.dooms, w.forgotten, w.early) = (false, false, 0);
        reads
    }

    pub fn copy_step(&self, st: &State, wi: usize, emit: Emit) {
        let old = self.taken_over(wi).expect("only such copies have these steps");
        let (s, w, r) = (&st.s, &st.w[wi], &self.rules);
        let (who, name) = (&self.sid_name[self.w_sid[wi][0]], &self.sid_name[old]);
        let next = |f: &dyn Fn(&mut Writer)| {
            let mut next = *st;
            next.w[wi].pc += 1;
            f(&mut next.w[wi]);
            self.settle_writer(wi, &mut next.w[wi]);
            next
        };
        let gone = s.tombs >> old & 1 == 1;
        match self.wprog[w.pc as usize] {
            WOp::EarlyGc => {
                step!(emit, next(&|w| w.dooms = s.marks != 0), "{who} list gc: {}", self.show_gc(s));
            }
            WOp::ListTombs => {
                let words = |tombs| format!("{who} W3 list tombs: {}", self.show_sids(tombs));
                let take = |w: &mut Writer| {
                    if self.rules.copy_asks_before_gc {
                        return;
                    }
                    w.early = 0;
                };
                emit(&|| words(s.tombs), next(&|w| if gone { w.pc = GAVE_UP } else { take(w) }));
                if gone && w.early >> old & 1 == 0 && self.stale {
                    emit(&|| words(w.early) + " (as of before)", next(&take));
                }
            }
            WOp::AskTomb => {
                step!(emit, next(&|w| w.forgotten = gone), "{who} asks for tombs/{name}: there {gone}");
            }
            WOp::Rely => {
                // What cannot be read is lost; of what can be read a prune is about to remove something.
                let reads = self.readable_in(s, self.names(s, s.index & !s.unreadable));
                let refuses = w.missing & self.need[old] & reads != 0;
                let after = next(&|w| match refuses {
                    true => w.pc = GAVE_UP,
                    false => (w.lossy, w.missing) = (!r.lift_asks_once, w.missing & !self.need[old]),
                });
                let words = self.show_blobs(w.missing);
                step!(
                    emit,
                    after,
                    "{who} tries to read {words}: {}",
                    if refuses { "it is there, refused" } else { "lost" }
                );
            }
            WOp::AskAgain => {
                let after = next(&|w| {
                    w.lossy = false;
                    if gone {
                        w.pc = GAVE_UP;
                    }
                });
                step!(emit, after, "{who} asks for tombs/{name} again: there {gone}");
            }
            _ => unreachable!("other writers do this too"),
        }
    }
}
