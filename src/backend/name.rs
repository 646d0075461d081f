//! Names of objects: parsed, never free text (repo-format.md, section 1).
use std::fmt;

use crate::id::{PackId, SessionId, SlotId};

/// Objects that are listed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Family {
    Config,
    Keys,
    Packs,
    Index,
    Sessions,
    Snapshots,
    Tombs,
    Gc,
    ReplicaConfig,
    ReplicaKeys,
    ReplicaSnapshots,
    ReplicaTombs,
}

impl Family {
    /// Every family.
    pub const ALL: [Family; 12] = [
        Family::Config,
        Family::Keys,
        Family::Packs,
        Family::Index,
        Family::Sessions,
        Family::Snapshots,
        Family::Tombs,
        Family::Gc,
        Family::ReplicaConfig,
        Family::ReplicaKeys,
        Family::ReplicaSnapshots,
        Family::ReplicaTombs,
    ];

    /// The folder, without a slash at the end.
    pub fn folder(self) -> &'static str {
        match self {
            Family::Config => "config",
            Family::Keys => "keys",
            Family::Packs => "packs",
            Family::Index => "index",
            Family::Sessions => "sessions",
            Family::Snapshots => "snapshots",
            Family::Tombs => "tombs",
            Family::Gc => "gc",
            Family::ReplicaConfig => "replica/config",
            Family::ReplicaKeys => "replica/keys",
            Family::ReplicaSnapshots => "replica/snapshots",
            Family::ReplicaTombs => "replica/tombs",
        }
    }
}

/// The name of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum ObjectName {
    Config(u64),
    Key(SlotId),
    Pack(PackId),
    Index(SessionId, u32),
    Session(SessionId),
    Snapshot(SessionId),
    Tomb(SessionId),
    Mark(SessionId),
    Done(SessionId),
    ReplicaConfig(u64),
    ReplicaKey(SlotId),
    ReplicaSnapshot(SessionId),
    ReplicaTomb(SessionId),
}

impl ObjectName {
    /// Where it is listed.
    pub fn family(&self) -> Family {
        match self {
            ObjectName::Config(_) => Family::Config,
            ObjectName::Key(_) => Family::Keys,
            ObjectName::Pack(_) => Family::Packs,
            ObjectName::Index(..) => Family::Index,
            ObjectName::Session(_) => Family::Sessions,
            ObjectName::Snapshot(_) => Family::Snapshots,
            ObjectName::Tomb(_) => Family::Tombs,
            ObjectName::Mark(_) | ObjectName::Done(_) => Family::Gc,
            ObjectName::ReplicaConfig(_) => Family::ReplicaConfig,
            ObjectName::ReplicaKey(_) => Family::ReplicaKeys,
            ObjectName::ReplicaSnapshot(_) => Family::ReplicaSnapshots,
            ObjectName::ReplicaTomb(_) => Family::ReplicaTombs,
        }
    }

    /// Whether this names the pack with these bytes: packs are named by their BLAKE3.
    pub fn is_pack_of(&self, bytes: &[u8]) -> bool {
        matches!(self, ObjectName::Pack(id) if id.0 == *blake3::hash(bytes).as_bytes())
    }

    /// The name of the second copy, for objects that have one.
    pub fn replica(&self) -> Option<ObjectName> {
        match *self {
            ObjectName::Config(n) => Some(ObjectName::ReplicaConfig(n)),
            ObjectName::Key(id) => Some(ObjectName::ReplicaKey(id)),
            ObjectName::Snapshot(id) => Some(ObjectName::ReplicaSnapshot(id)),
            ObjectName::Tomb(id) => Some(ObjectName::ReplicaTomb(id)),
            _ => None,
        }
    }

    /// The object that this one is a replica of; itself if it is none. Sealed objects are bound to this name.
    pub fn original(&self) -> ObjectName {
        match *self {
            ObjectName::ReplicaConfig(n) => ObjectName::Config(n),
            ObjectName::ReplicaKey(id) => ObjectName::Key(id),
            ObjectName::ReplicaSnapshot(id) => ObjectName::Snapshot(id),
            ObjectName::ReplicaTomb(id) => ObjectName::Tomb(id),
            name => name,
        }
    }

    /// The name for a file called `file` in a family's folder (packs: `xx/<id>`); `None` for anything foreign.
    pub fn parse(family: Family, file: &str) -> Option<ObjectName> {
        let number = |text: &str| -> Option<u64> {
            let canonical = text.bytes().all(|c| c.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
            text.parse().ok().filter(|_| canonical)
        };
        match family {
            Family::Config | Family::ReplicaConfig => {
                let name = ObjectName::Config(number(file).filter(|n| *n > 0)?);
                if family == Family::Config { Some(name) } else { name.replica() }
            }
            Family::Keys => Some(ObjectName::Key(file.parse().ok()?)),
            Family::ReplicaKeys => Some(ObjectName::ReplicaKey(file.parse().ok()?)),
            Family::Packs => {
                let (folder, id) = file.split_once('/')?;
                id.starts_with(folder).then_some(())?;
                Some(ObjectName::Pack(id.parse().ok().filter(|_| folder.len() == 2)?))
            }
            Family::Index => {
                let (sid, n) = file.split_once('-')?;
                Some(ObjectName::Index(sid.parse().ok()?, number(n)?.try_into().ok()?))
            }
            Family::Sessions => Some(ObjectName::Session(file.parse().ok()?)),
            Family::Snapshots => Some(ObjectName::Snapshot(file.parse().ok()?)),
            Family::ReplicaSnapshots => Some(ObjectName::ReplicaSnapshot(file.parse().ok()?)),
            Family::Tombs => Some(ObjectName::Tomb(file.parse().ok()?)),
            Family::ReplicaTombs => Some(ObjectName::ReplicaTomb(file.parse().ok()?)),
            Family::Gc => match file.split_once('.')? {
                (run, "mark") => Some(ObjectName::Mark(run.parse().ok()?)),
                (run, "done") => Some(ObjectName::Done(run.parse().ok()?)),
                _ => None,
            },
        }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.family().folder())?;
        match self {
            ObjectName::Config(n) | ObjectName::ReplicaConfig(n) => write!(f, "{n}"),
            ObjectName::Key(id) | ObjectName::ReplicaKey(id) => write!(f, "{id}"),
            ObjectName::Pack(id) => write!(f, "{:02x}/{id}", id.0[0]),
            ObjectName::Index(sid, n) => write!(f, "{sid}-{n}"),
            ObjectName::Session(sid) => write!(f, "{sid}"),
            ObjectName::Snapshot(sid) | ObjectName::ReplicaSnapshot(sid) => write!(f, "{sid}"),
            ObjectName::Tomb(sid) | ObjectName::ReplicaTomb(sid) => write!(f, "{sid}"),
            ObjectName::Mark(run) => write!(f, "{run}.mark"),
            ObjectName::Done(run) => write!(f, "{run}.done"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_foreign_ones_are_refused() {
        let (sid, slot, pack) = (SessionId([7; 16]), SlotId([8; 16]), PackId([0xab; 32]));
        let names = [
            ObjectName::Config(1),
            ObjectName::Key(slot),
            ObjectName::Pack(pack),
            ObjectName::Index(sid, 0),
            ObjectName::Index(sid, 120),
            ObjectName::Session(sid),
            ObjectName::Snapshot(sid),
            ObjectName::Tomb(sid),
            ObjectName::Mark(sid),
            ObjectName::Done(sid),
            ObjectName::ReplicaConfig(12),
            ObjectName::ReplicaKey(slot),
            ObjectName::ReplicaSnapshot(sid),
            ObjectName::ReplicaTomb(sid),
        ];
        for name in names {
            let text = name.to_string();
            let file = text.strip_prefix(name.family().folder()).and_then(|rest| rest.strip_prefix('/'));
            assert_eq!(file.and_then(|file| ObjectName::parse(name.family(), file)), Some(name), "{text}");
        }
        for (family, file) in [
            (Family::Config, "0"),
            (Family::Config, "01"),
            (Family::Config, "+1"),
            (Family::Config, ""),
            (Family::Index, "07070707070707070707070707070707-00"),
            (Family::Packs, "00/abababababababababababababababababababababababababababababababab"),
            (Family::Gc, "07070707070707070707070707070707.tmp"),
            (Family::Sessions, "07070707070707070707070707070707.tmp"),
        ] {
            assert_eq!(ObjectName::parse(family, file), None, "{file}");
        }
    }
}
