//! Search: all states breadth first, or random walks; a violation comes with its trace.
use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hash, Hasher};

use crate::config::Config;
use crate::state::*;

/// 128-bit fingerprints of states: two independent multiply-mix lanes.
#[derive(Clone, Copy)]
struct Mix(u64, u64);

impl Mix {
    #[inline]
    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 ^= self.0 >> 29;
        self.1 = self.1.rotate_left(23).wrapping_add(word).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        self.1 ^= self.1 >> 32;
    }
}

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.word(u64::from_le_bytes(word));
        }
    }
    #[inline]
    fn write_u8(&mut self, number: u8) {
        self.word(number.into());
    }
    #[inline]
    fn write_u16(&mut self, number: u16) {
        self.word(number.into());
    }
    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.word(number.into());
    }
    fn write_usize(&mut self, number: usize) {
        self.word(number as u64);
    }
}

fn fingerprint<T: Hash>(value: &T) -> u128 {
    let mut mix = Mix(1, 2);
    value.hash(&mut mix);
    mix.word(77);
    u128::from(mix.0) << 64 | u128::from(mix.1)
}

/// A fingerprint is its own hash.
#[derive(Default, Clone, Copy)]
struct Take(u64);

impl Hasher for Take {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {
        unreachable!("only fingerprints are hashed")
    }
    fn write_u128(&mut self, number: u128) {
        self.0 = (number >> 64) as u64 ^ number as u64;
    }
}

type Seen = HashSet<u128, BuildHasherDefault<Take>>;

/// What a search found.
pub struct Outcome {
    /// The invariant that is broken.
    pub violation: Option<String>,
    pub states: usize,
    /// Nothing was left out.
    pub exhaustive: bool,
    pub trace: Vec<String>,
}

impl Config {
    /// With the closing prunes, if this configuration asks for them and the storage has not been judged yet.
    fn judge(&self, st: &State, clean: &mut Seen) -> Option<String> {
        if let Some(violation) = self.violation(st) {
            return Some(violation.to_owned());
        }
        let mut s = st.s;
        (s.late, s.budget, s.faults) = (Late::default(), 0, 0);
        if !self.leak || s.harmed != 0 || s.unreadable & s.index != 0 || !clean.insert(fingerprint(&s)) {
            return None;
        }
        self.clean(&s).err().map(|why| format!("LEAK ({why})"))
    }

    /// All states, or the first `cap` of them.
    pub fn explore(&self, cap: usize) -> Outcome {
        let (mut seen, mut clean) = (Seen::default(), Seen::default());
        let mut from: Vec<(u32, u16)> = vec![(0, 0)];
        let mut queue = VecDeque::new();
        let init = self.init();
        seen.insert(fingerprint(&init));
        queue.push_back((0, init));
        while let Some((id, st)) = queue.pop_front() {
            let violation = self.judge(&st, &mut clean);
            if violation.is_some() {
                return Outcome { violation, states: from.len(), exhaustive: false, trace: self.trace(&from, id) };
            }
            if from.len() > cap {
                return Outcome { violation, states: from.len(), exhaustive: false, trace: Vec::new() };
            }
            let mut nth = 0;
            self.steps(&st, &mut |_, next| {
                if seen.insert(fingerprint(&next)) {
                    queue.push_back((from.len() as u32, next));
                    from.push((id, nth));
                }
                nth += 1;
            });
        }
        Outcome { violation: None, states: from.len(), exhaustive: true, trace: Vec::new() }
    }

    fn trace(&self, from: &[(u32, u16)], mut id: u32) -> Vec<String> {
        let mut path = Vec::new();
        while id != 0 {
            path.push((ALL, from[id as usize].1 as usize));
            id = from[id as usize].0;
        }
        path.reverse();
        self.replay(&path)
    }

    fn replay(&self, path: &[(usize, usize)]) -> Vec<String> {
        let (mut st, mut words) = (self.init(), Vec::new());
        for (who, want) in path {
            let (mut nth, mut after) = (0, st);
            self.steps_of(&st, *who, &mut |label, next| {
                if nth == *want {
                    after = next;
                    words.push(label());
                }
                nth += 1;
            });
            st = after;
        }
        words
    }

    fn steps_of(&self, st: &State, who: usize, emit: Emit) {
        match who {
            0..WRITERS if who >= self.writers.len() => {}
            0..WRITERS => self.writer_steps(st, who, emit),
            WRITERS..ALL => self.prune_steps(st, who - WRITERS, emit),
            _ => self.steps(st, emit),
        }
    }

    /// Random walks of `steps` steps in all; a process moves for a while before another gets its turn, and after a while everything
    /// crashes and the LEAK check runs.
    pub fn walk(&self, steps: usize, mut seed: u64) -> Outcome {
        let mut random = move |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed >> 20) as usize % below
        };
        let mut states = 0;
        while states < steps {
            let (mut st, mut path, mut violation) = (self.init(), Vec::new(), None);
            let (length, mut who, mut turns) = (10 + random(200), 0, 0);
            while path.len() < length && violation.is_none() {
                if turns == 0 {
                    (who, turns) = (random(ALL + 1), 1 + random(12));
                }
                turns -= 1;
                let mut all = Vec::new();
                self.steps_of(&st, who, &mut |_, next| all.push(next));
                if all.is_empty() {
                    turns = 0;
                    if random(50) == 0 {
                        break;
                    }
                    continue;
                }
                let nth = random(all.len());
                st = all[nth];
                path.push((who, nth));
                states += 1;
                violation = self.violation(&st).map(str::to_owned);
            }
            let violation = violation.or_else(|| self.judge(&st, &mut Seen::default()));
            if violation.is_some() {
                return Outcome { violation, states, exhaustive: false, trace: self.replay(&path) };
            }
        }
        Outcome { violation: None, states, exhaustive: false, trace: Vec::new() }
    }
}

/// In a walk: a turn of everybody.
const ALL: usize = WRITERS + PRUNES;
