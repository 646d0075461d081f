//! Invariants 4, 5 and 9: what the record of all effects on the storage must show.
use std::collections::{BTreeMap, BTreeSet};

use caddis::backend::ObjectName;
use caddis::compress::Decompressor;
use caddis::crypto::object_key;
use caddis::format::{Decision, IndexName, IndexObject, Mark, Payload, object_aad, split_object};
use caddis::id::{PackId, SessionId, StripeId};
use caddis::repo::Repository;

use crate::record::{Deed, Entry};
use crate::sealed::purpose;

/// What has come about so far.
#[derive(Default)]
struct Past {
    /// The stripe that a pack says it belongs to.
    stripes: BTreeMap<PackId, StripeId>,
    parity: BTreeSet<PackId>,
    /// Packs that were not removed.
    packs: BTreeSet<PackId>,
    /// Content by what makes the key: stripe and slot, or salt.
    sealed: BTreeMap<Vec<u8>, blake3::Hash>,
    contents: BTreeMap<ObjectName, blake3::Hash>,
    /// Stripes of each mark, and whether a prune was finished since.
    marks: BTreeMap<SessionId, (Vec<StripeId>, bool)>,
    decisions: BTreeMap<SessionId, Decision>,
    /// Sessions that packs or index objects name.
    named: BTreeSet<SessionId>,
    /// Packs that index objects name, of those in storage and of all that were.
    index: BTreeMap<ObjectName, BTreeSet<PackId>>,
    indexed: BTreeSet<PackId>,
}

/// Fails if one of the invariants does not hold.
pub fn assert_kept(repo: &Repository, entries: &[Entry]) {
    let mut past = Past::default();
    for entry in entries {
        match entry.deed {
            Deed::Deleted => past.deleted(&entry.name),
            Deed::Lost | Deed::Torn => {
                past.index.remove(&entry.name);
                // A torn one may go at any time when no session is undecided.
                let ObjectName::Pack(id) = entry.name else { continue };
                past.packs.remove(&id);
            }
            deed => past.written(repo, deed, &entry.name, &entry.bytes),
        }
    }
}

impl Past {
    fn written(&mut self, repo: &Repository, deed: Deed, name: &ObjectName, bytes: &[u8]) {
        let hash = blake3::hash(bytes);
        if let Some(key) = self.key_of(name, bytes) {
            let before = self.sealed.insert(key, hash);
            assert!(before.is_none_or(|before| before == hash), "5: {name} is sealed like something else");
        }
        if deed == Deed::Created {
            let before = self.contents.insert(*name, hash);
            assert!(before.is_none_or(|before| before == hash), "4: {name} had another content before");
        }
        if !matches!(deed, Deed::Created | Deed::Replaced) {
            return;
        }
        match *name {
            ObjectName::Pack(id) => drop(self.packs.insert(id)),
            ObjectName::Index(sid, _) => {
                self.named.insert(sid);
                let plain = split_object(bytes).unwrap().plain;
                let stripes = IndexObject::decode(plain, &opened(repo, name, bytes)).unwrap().stripes;
                let packs: BTreeSet<_> =
                    stripes.iter().flat_map(|stripe| &stripe.slots).map(|slot| slot.pack).collect();
                self.indexed.extend(&packs);
                self.index.insert(*name, packs);
            }
            ObjectName::Mark(run) => {
                let mark = Mark::decode(&opened(repo, name, bytes)).unwrap();
                self.marks.insert(run, (mark.stripes, false));
            }
            ObjectName::Snapshot(sid) => {
                let decision = Decision::decode(&opened(repo, name, bytes)).unwrap();
                if matches!(decision, Decision::Pruned(_)) {
                    self.marks.values_mut().for_each(|(_, finished)| *finished = true);
                }
                self.decisions.insert(sid, decision);
            }
            _ => {}
        }
    }

    /// What must not come twice with different content; notes the stripes of packs. Parity is not sealed.
    fn key_of(&mut self, name: &ObjectName, bytes: &[u8]) -> Option<Vec<u8>> {
        let ObjectName::Pack(id) = *name else { return Some(bytes[48..80].to_vec()) };
        let (at, data) = if bytes.starts_with(b"CADDISP1") { (32, true) } else { (16, false) };
        match data {
            true => drop(self.named.insert(SessionId(bytes[16..32].try_into().unwrap()))),
            false => drop(self.parity.insert(id)),
        }
        self.stripes.insert(id, StripeId(bytes[at..at + 32].try_into().unwrap()));
        data.then(|| bytes[32..65].to_vec())
    }

    fn deleted(&mut self, name: &ObjectName) {
        match *name {
            ObjectName::Pack(id) if self.packs.remove(&id) => {
                let naming = self.index.iter().find(|(_, packs)| packs.contains(&id));
                assert!(naming.is_none(), "9: {name} went before {}", naming.unwrap().0);
                let stripe = self.stripes[&id];
                let finished = |(stripes, finished): &(Vec<_>, bool)| *finished && stripes.contains(&stripe);
                // A row of parity that a run computed once more, with other members, and that no index names: it belongs to no stripe.
                let surplus = !self.indexed.contains(&id) && self.parity.contains(&id);
                let marked = self.marks.values().any(finished);
                assert!(marked || surplus, "9: {name} was in no mark of a prune that had finished");
            }
            ObjectName::Index(session, number) => {
                self.index.remove(name);
                let name = IndexName { session, number };
                let void = match self.decisions.get(&session) {
                    Some(Decision::Fence(fence)) => !fence.kept.contains(&name),
                    _ => false,
                };
                let retired = |decision: &Decision| match decision {
                    Decision::Pruned(finished) | Decision::Repaired(finished) => finished.retired.contains(&name),
                    _ => false,
                };
                assert!(void || self.decisions.values().any(retired), "9: {name} was still in use");
            }
            ObjectName::Session(sid) => {
                assert!(self.decisions.contains_key(&sid) || !self.named.contains(&sid), "9: {name} was undecided");
            }
            ObjectName::Mark(run) => {
                let (stripes, _) = &self.marks[&run];
                let left = self.packs.iter().find(|pack| stripes.contains(&self.stripes[pack]));
                assert!(left.is_none(), "9: {name} went before {left:?}");
            }
            _ => {}
        }
    }
}

/// The content of an object.
fn opened(repo: &Repository, name: &ObjectName, bytes: &[u8]) -> Vec<u8> {
    let (object_type, purpose) = purpose(name);
    let parts = split_object(bytes).expect("a sealed object");
    let key = object_key(repo.subkeys().key(purpose), &parts.header.salt);
    let aad = object_aad(&name.original().to_string(), parts.header_bytes, parts.plain);
    let framed = key.aead.open(0, &aad, parts.sealed).expect("sealed for this name");
    let payload = Payload::decode(&framed, object_type).expect("a payload");
    match payload.compressed {
        true => Decompressor::default().decompress(payload.stored, payload.raw_len, None).expect("compressed"),
        false => payload.stored.to_vec(),
    }
}
