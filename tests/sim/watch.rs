//! What must hold at every single storage operation: one content for a name, no key and nonce twice, no deletion before a decision.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use caddis::backend::{Family, ObjectName};
use caddis::format::{BLOCK_BYTES, PackHeader, ParityPage, split_object};
use caddis::id::{SessionId, StripeId};

use crate::storage::{Objects, Storage};

/// Who has done what, and what was wrong with it.
#[derive(Debug, Default)]
pub struct Watch {
    /// First content of every name that is written once, and who created it.
    contents: HashMap<ObjectName, (Arc<[u8]>, Option<usize>)>,
    /// What was sealed under a salt.
    salts: HashMap<Vec<u8>, blake3::Hash>,
    /// What was sealed for a slot of a stripe.
    slots: HashMap<(StripeId, u8), blake3::Hash>,
    /// Sessions that a process has announced.
    announced: HashMap<SessionId, usize>,
    /// Snapshots whose commit was reported, with the number of what they shall hold.
    pub acknowledged: Vec<(SessionId, usize)>,
    /// Snapshots on which somebody has tried to put a tombstone.
    pub buried: HashSet<SessionId>,
    pub violations: Vec<String>,
}

impl Watch {
    /// Everything that is there at first.
    pub fn new(objects: &Objects) -> Watch {
        let mut watch = Watch::default();
        for (name, object) in objects {
            watch.contents.insert(*name, (object.bytes.clone(), None));
        }
        watch
    }

    pub fn violate(&mut self, what: String) {
        self.violations.push(what);
    }

    /// Before a put has any effect: the bytes have left the process.
    pub fn sent(&mut self, process: usize, name: &ObjectName, bytes: &[u8]) {
        match name {
            ObjectName::Pack(id) => {
                let hash = blake3::hash(bytes);
                if hash.as_bytes() != id.as_bytes() {
                    self.violate(format!("{name} is not the hash of its bytes"));
                }
                let header = bytes.first_chunk().and_then(|bytes| PackHeader::decode(bytes).ok());
                let Some(header) = header else { return };
                if *self.slots.entry((header.stripe, header.slot)).or_insert(hash) != hash {
                    self.violate(format!("slot {} of stripe {} was sealed twice", header.slot, header.stripe));
                }
            }
            _ => {
                if let ObjectName::Session(sid) = name {
                    self.announced.entry(*sid).or_insert(process);
                }
                let Ok(parts) = split_object(bytes) else {
                    return self.violate(format!("{name} was put and is no sealed object"));
                };
                let hash = blake3::hash(bytes);
                if *self.salts.entry(parts.header.salt.to_vec()).or_insert(hash) != hash {
                    self.violate(format!("a salt was used twice, for {name} the second time"));
                }
            }
        }
        if let ObjectName::Tomb(sid) = name {
            self.buried.insert(*sid);
            self.before_tomb(process, name);
        }
    }

    /// A changed copy of a snapshot comes before the tombstone on it.
    fn before_tomb(&mut self, process: usize, name: &ObjectName) {
        let own = |sid: &SessionId| self.announced.get(sid) == Some(&process);
        // A process without sessions of its own only forgets.
        if self.announced.values().any(|by| *by == process) && !self.won(process).any(|sid| own(&sid)) {
            self.violate(format!("{name} was put before the new snapshot was committed"));
        }
    }

    /// Sessions that the process has decided.
    fn won(&self, process: usize) -> impl Iterator<Item = SessionId> {
        self.contents.iter().filter_map(move |(name, (_, by))| match name {
            ObjectName::Snapshot(sid) if *by == Some(process) => Some(*sid),
            _ => None,
        })
    }

    /// Whether the process has itself decided a session that it announced.
    fn has_decided_own(&self, process: usize) -> bool {
        self.won(process).any(|sid| self.announced.get(&sid) == Some(&process))
    }

    /// An object has appeared that was absent.
    pub fn created(&mut self, process: usize, name: &ObjectName, bytes: &Arc<[u8]>) {
        if name.family() == Family::Sessions {
            return;
        }
        let (first, by) = self.contents.entry(*name).or_insert_with(|| (bytes.clone(), Some(process)));
        // Who takes over a dead session goes on with its numbers: what the dead one had under way may come after that was retired.
        let taken_over = matches!(name, ObjectName::Index(..)) && *by != Some(process);
        if *first != *bytes && !taken_over {
            self.violate(format!("{name} has had two contents"));
        }
    }

    /// Packs and marks go only after the decision of whoever removes them; on a full disk parity may go before.
    pub fn deleting(&mut self, process: usize, name: &ObjectName, storage: &Storage) {
        let fine = match name {
            ObjectName::Pack(_) if storage.has_been_full => storage.objects.get(name).is_none_or(|object| {
                object.bytes.get(..BLOCK_BYTES).is_some_and(|page| ParityPage::decode(page).is_ok())
            }),
            ObjectName::Pack(_) | ObjectName::Mark(_) => self.has_decided_own(process),
            _ => true,
        };
        if !fine && !self.has_decided_own(process) {
            self.violate(format!("{name} was deleted by a process that had decided nothing"));
        }
    }

    /// A process reports the commit of a snapshot: it must be in storage by now, and its own.
    pub fn acknowledge(&mut self, process: usize, sid: SessionId, picture: usize) {
        self.acknowledged.push((sid, picture));
        if self.contents.get(&ObjectName::Snapshot(sid)).is_none_or(|(_, by)| *by != Some(process)) {
            self.violate(format!("success was reported without a commit of {sid}"));
        }
    }
}
