//! Words for traces.
use crate::config::Config;
use crate::state::*;

fn set(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(",") }
}

impl Config {
    pub fn show_blobs(&self, blobs: Blobs) -> String {
        bits(blobs).map(|blob| char::from(b'a' + blob as u8)).collect()
    }

    pub fn show_sids(&self, sids: Sids) -> String {
        set(bits(sids).map(|sid| self.sid_name[sid].clone()))
    }

    pub fn show_stripes(&self, s: &Store, stripes: Stripes) -> String {
        let second = |t| if t == 1 && self.stripe_sid[t] == 0 { "'" } else { "" };
        let delta = |t: usize| if s.delta >> t & 1 == 1 { "~" } else { "" };
        let name = |t: usize| &self.sid_name[self.stripe_sid[t]];
        set(bits(stripes).map(|t| format!("{}:{}{}{}", name(t), self.show_blobs(s.blobs[t]), delta(t), second(t))))
    }

    pub fn show_index(&self, s: &Store, names: Names) -> String {
        let word = |i: usize| {
            let sid = self.index_sid[i];
            let name = &self.sid_name[sid];
            match self.slot_of_index[i] {
                Some(slot) => format!("index/{name}-r naming {}", self.show_stripes(s, s.renamed[slot])),
                None => format!("index/{name}-{}", i as u32 - self.index_of[sid].trailing_zeros()),
            }
        };
        set(bits(names).map(word))
    }

    pub fn show_gc(&self, s: &Store) -> String {
        format!("doomed {}", self.show_stripes(s, self.all_doomed(s)))
    }

    pub fn show_decisions(&self, s: &Store) -> String {
        let decided = self.decided(s);
        let (committed, fenced) = (self.show_sids(decided.committed), self.show_sids(decided.fenced));
        format!("committed {committed} fenced {fenced}, retired {}", self.show_index(s, decided.retired))
    }
}
