//! Decisions, and the small objects around sessions (section 9).
use std::fmt;
use std::str::FromStr;

use super::cbor::{self, Decoder};
use super::{DecodeError, FormatError};
use crate::id::{InvalidId, SessionId, StripeId};
use crate::world::{ProcessIdentity, Time};

/// Name of an index object, written as `index/<sid>-<n>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexName {
    /// The session that wrote it.
    pub session: SessionId,
    /// Its number within the session.
    pub number: u32,
}

impl fmt::Display for IndexName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "index/{}-{}", self.session, self.number)
    }
}

impl FromStr for IndexName {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (session, number) = text.strip_prefix("index/").and_then(|rest| rest.split_once('-')).ok_or(InvalidId)?;
        let name = IndexName { session: session.parse()?, number: number.parse().map_err(|_| InvalidId)? };
        // One spelling only: neither plus signs nor leading zeros.
        if name.to_string() == text { Ok(name) } else { Err(InvalidId) }
    }
}

/// What ended a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A snapshot: its body as CBOR, of which nothing but the form was checked.
    Snapshot(Vec<u8>),
    /// Another process decided that the session is over.
    Fence(Fence),
    /// A prune has finished.
    Pruned(Finished),
    /// A repair has finished.
    Repaired(Finished),
}

/// The end of a session that did not decide for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The session of the process that fenced.
    pub by: SessionId,
    /// For people.
    pub reason: String,
    /// Index objects of the session that count all the same.
    pub kept: Vec<IndexName>,
    /// Of a prune that ended itself.
    pub left: LeftMarks,
}

/// Marks that a prune leaves to a later one, and for whose sake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftMarks {
    /// By their sessions. They were all there before the sessions of `waits` were listed.
    pub marks: Vec<SessionId>,
    /// The sessions that were undecided then: they may not have seen the marks, all others have.
    pub waits: Vec<SessionId>,
}

/// The end of a prune or repair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// When.
    pub time: Time,
    /// Index objects that do not count any more.
    pub retired: Vec<IndexName>,
    /// Of a prune: decided sessions that no earlier prune has named. One that is missing later was lost.
    pub seen: Vec<SessionId>,
    /// Of a prune.
    pub left: LeftMarks,
}

impl Decision {
    /// The content of the object.
    pub fn encode(&self) -> Vec<u8> {
        let (kind, body) = match self {
            Decision::Snapshot(body) => (1, body.clone()),
            Decision::Fence(fence) => (2, encode_fence(fence)),
            Decision::Pruned(finished) => (3, encode_finished(finished)),
            Decision::Repaired(finished) => (4, encode_finished(finished)),
        };
        cbor::write(|e| {
            e.map(2)?.u8(0)?.u8(kind)?.u8(1)?.writer_mut().extend_from_slice(&body);
            Ok(())
        })
    }

    /// From the content of the object.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (mut kind, mut body) = (None, None);
        cbor::read_map(bytes, |key, d| {
            match key {
                0 => kind = Some(d.u64()?),
                1 => body = Some(cbor::skip(d)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let (Some(kind), Some(body)) = (kind, body) else {
            return Err(FormatError("The decision is incomplete").into());
        };
        Ok(match kind {
            1 => Decision::Snapshot(body.to_vec()),
            2 => Decision::Fence(decode_fence(body)?),
            3 => Decision::Pruned(decode_finished(body)?),
            4 => Decision::Repaired(decode_finished(body)?),
            _ => return Err(DecodeError::Unsupported(format!("decision {kind}"))),
        })
    }
}

fn encode_fence(fence: &Fence) -> Vec<u8> {
    cbor::write(|e| {
        e.map(3 + u64::from(!fence.left.is_empty()))?.u8(0)?.bytes(&fence.by.0)?.u8(1)?.str(&fence.reason)?.u8(2)?;
        write_names(e, &fence.kept)?;
        fence.left.write(e)
    })
}

fn decode_fence(bytes: &[u8]) -> Result<Fence, FormatError> {
    let (mut by, mut reason, mut kept, mut left) = (None, String::new(), Vec::new(), LeftMarks::default());
    cbor::read_map(bytes, |key, d| {
        match key {
            0 => by = Some(SessionId(cbor::fixed(d)?)),
            1 => reason = cbor::text(d)?,
            2 => kept = names(d)?,
            3 => left = LeftMarks::read(d)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(Fence { by: by.ok_or(FormatError("The fence does not say whose it is"))?, reason, kept, left })
}

fn encode_finished(finished: &Finished) -> Vec<u8> {
    cbor::write(|e| {
        let with_seen = !finished.seen.is_empty();
        let fields = 2 + u64::from(with_seen) + u64::from(!finished.left.is_empty());
        cbor::write_time(e.map(fields)?.u8(0)?, finished.time)?.u8(1)?;
        write_names(e, &finished.retired)?;
        if with_seen {
            write_sids(e.u8(2)?, &finished.seen)?;
        }
        finished.left.write(e)
    })
}

fn decode_finished(bytes: &[u8]) -> Result<Finished, FormatError> {
    let mut finished = Finished::default();
    cbor::read_map(bytes, |key, d| {
        match key {
            0 => finished.time = cbor::time(d)?,
            1 => finished.retired = names(d)?,
            2 => finished.seen = sids(d)?,
            3 => finished.left = LeftMarks::read(d)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(finished)
}

impl LeftMarks {
    /// Nothing was left.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// As key 3 of a map, unless it is empty.
    fn write(&self, e: &mut cbor::Encoder<&mut Vec<u8>>) -> Written {
        if self.is_empty() {
            return Ok(());
        }
        write_sids(e.u8(3)?.array(2)?, &self.marks)?;
        write_sids(e, &self.waits)
    }

    fn read(d: &mut Decoder<'_>) -> Result<Self, FormatError> {
        cbor::tuple(d, 2)?;
        Ok(LeftMarks { marks: sids(d)?, waits: sids(d)? })
    }
}

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

fn write_names(e: &mut cbor::Encoder<&mut Vec<u8>>, names: &[IndexName]) -> Written {
    e.array(names.len() as u64)?;
    names.iter().try_for_each(|name| e.str(&name.to_string()).map(|_| ()))
}

fn write_sids(e: &mut cbor::Encoder<&mut Vec<u8>>, sids: &[SessionId]) -> Written {
    e.array(sids.len() as u64)?;
    sids.iter().try_for_each(|sid| e.bytes(&sid.0).map(|_| ()))
}

fn sids(decoder: &mut Decoder<'_>) -> Result<Vec<SessionId>, FormatError> {
    list(decoder, |d| Ok(SessionId(cbor::fixed(d)?)))
}

fn names(decoder: &mut Decoder<'_>) -> Result<Vec<IndexName>, FormatError> {
    list(decoder, |d| d.str()?.parse().map_err(|_| FormatError("Not the name of an index object")))
}

fn list<'b, T>(
    decoder: &mut Decoder<'b>,
    mut item: impl FnMut(&mut Decoder<'b>) -> Result<T, FormatError>,
) -> Result<Vec<T>, FormatError> {
    let mut out = Vec::new();
    cbor::array(decoder, |d| {
        out.push(item(d)?);
        Ok(())
    })?;
    Ok(out)
}

/// Heartbeat of a writer: says who writes, and by its counter that it is alive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Session {
    pub counter: u64,
    pub host: String,
    pub label: String,
    pub boot_id: Vec<u8>,
    pub pid: u32,
    /// Ticks between boot and the start of the process.
    pub process_start: u64,
    pub program: String,
    /// The config it works by.
    pub config: u64,
    pub started: Time,
    /// Tells machines of the same name apart; empty where it is not known.
    pub machine: Vec<u8>,
    /// Of a prune, and of nobody else: the sessions that it waits for.
    pub waits: Option<Vec<SessionId>>,
}

impl Session {
    /// Who wrote it, to be asked for with [`crate::world::World::is_running`].
    pub fn process(&self) -> ProcessIdentity {
        ProcessIdentity {
            machine: self.machine.clone(),
            boot: self.boot_id.clone(),
            pid: self.pid,
            start: self.process_start,
        }
    }

    /// The content of the object.
    pub fn encode(&self) -> Vec<u8> {
        cbor::write(|e| {
            let with_machine = !self.machine.is_empty();
            e.map(9 + u64::from(with_machine) + u64::from(self.waits.is_some()))?
                .u8(0)?
                .u64(self.counter)?
                .u8(1)?
                .str(&self.host)?
                .u8(2)?
                .str(&self.label)?;
            e.u8(3)?.bytes(&self.boot_id)?.u8(4)?.u32(self.pid)?.u8(5)?.u64(self.process_start)?;
            e.u8(6)?.str(&self.program)?.u8(7)?.u64(self.config)?;
            cbor::write_time(e.u8(8)?, self.started)?;
            if with_machine {
                e.u8(9)?.bytes(&self.machine)?;
            }
            if let Some(waits) = &self.waits {
                write_sids(e.u8(10)?, waits)?;
            }
            Ok(())
        })
    }

    /// From the content of the object. Missing fields are empty: the object is advisory.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut session = Session::default();
        cbor::read_map(bytes, |key, d| {
            match key {
                0 => session.counter = d.u64()?,
                1 => session.host = cbor::text(d)?,
                2 => session.label = cbor::text(d)?,
                3 => session.boot_id = d.bytes()?.to_vec(),
                4 => session.pid = d.u32()?,
                5 => session.process_start = d.u64()?,
                6 => session.program = cbor::text(d)?,
                7 => session.config = d.u64()?,
                8 => session.started = cbor::time(d)?,
                9 => session.machine = d.bytes()?.to_vec(),
                10 => session.waits = Some(sids(d)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(session)
    }
}

/// Record that a snapshot is forgotten. That it exists is what counts; the fields are for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Tombstone {
    pub time: Time,
    pub host: String,
    pub reason: String,
}

impl Tombstone {
    /// The content of the object.
    pub fn encode(&self) -> Vec<u8> {
        cbor::write(|e| {
            cbor::write_time(e.map(3)?.u8(0)?, self.time)?;
            e.u8(1)?.str(&self.host)?.u8(2)?.str(&self.reason)?;
            Ok(())
        })
    }

    /// From the content of the object; missing fields are empty.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut tombstone = Tombstone::default();
        cbor::read_map(bytes, |key, d| {
            match key {
                0 => tombstone.time = cbor::time(d)?,
                1 => tombstone.host = cbor::text(d)?,
                2 => tombstone.reason = cbor::text(d)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(tombstone)
    }
}

/// A prune's list of stripes that nobody may refer to any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The doomed stripes.
    pub stripes: Vec<StripeId>,
    /// The prune's session.
    pub by: SessionId,
}

impl Mark {
    /// The content of the object.
    pub fn encode(&self) -> Vec<u8> {
        cbor::write(|e| {
            e.map(2)?.u8(0)?.array(self.stripes.len() as u64)?;
            for stripe in &self.stripes {
                e.bytes(&stripe.0)?;
            }
            e.u8(1)?.bytes(&self.by.0)?;
            Ok(())
        })
    }

    /// From the content of the object. A mark without its list is refused, because acting on less than was doomed loses data.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let (mut stripes, mut by) = (None, None);
        cbor::read_map(bytes, |key, d| {
            match key {
                0 => stripes = Some(list(d, |d| Ok(StripeId(cbor::fixed(d)?)))?),
                1 => by = Some(SessionId(cbor::fixed(d)?)),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        stripes.zip(by).map(|(stripes, by)| Mark { stripes, by }).ok_or(FormatError("The mark is incomplete"))
    }
}

/// The end of a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Index objects that do not count any more, those of earlier runs included.
    pub retired: Vec<IndexName>,
    /// Snapshots that the prune had seen.
    pub snapshots: Vec<SessionId>,
}

impl Done {
    /// The content of the object.
    pub fn encode(&self) -> Vec<u8> {
        cbor::write(|e| {
            write_names(e.map(2)?.u8(0)?, &self.retired)?;
            write_sids(e.u8(1)?, &self.snapshots)
        })
    }

    /// From the content of the object; both lists must be there.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let (mut retired, mut snapshots) = (None, None);
        cbor::read_map(bytes, |key, d| {
            match key {
                0 => retired = Some(names(d)?),
                1 => snapshots = Some(sids(d)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let both = retired.zip(snapshots).map(|(retired, snapshots)| Done { retired, snapshots });
        both.ok_or(FormatError("The end of the mark is incomplete"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names() -> Vec<IndexName> {
        [0, 7, u32::MAX].map(|number| IndexName { session: SessionId([number as u8; 16]), number }).to_vec()
    }

    fn decisions() -> [Decision; 4] {
        let (time, seen) = (Time { secs: 1, nanos: 2 }, vec![SessionId([7; 16])]);
        let left = LeftMarks { marks: vec![SessionId([4; 16])], waits: vec![SessionId([5; 16]), SessionId([6; 16])] };
        let (by, reason) = (SessionId([3; 16]), "dead".to_owned());
        [
            Decision::Snapshot(b"\xa1\0\x01".to_vec()),
            Decision::Fence(Fence { by, reason, kept: names(), left: left.clone() }),
            Decision::Pruned(Finished { time, retired: names(), seen: seen.clone(), left }),
            Decision::Repaired(Finished { time, retired: names(), seen, left: LeftMarks::default() }),
        ]
    }

    fn session() -> Session {
        Session { counter: 1, host: "h".into(), boot_id: vec![2], pid: 3, process_start: 4, ..Default::default() }
    }

    #[test]
    fn all_round_trip() {
        for decision in decisions() {
            assert_eq!(Decision::decode(&decision.encode()), Ok(decision));
        }
        let session = Session {
            label: "l".into(),
            program: "p".into(),
            config: 5,
            started: Time { secs: 6, nanos: 7 },
            waits: Some(vec![SessionId([8; 16])]),
            ..session()
        };
        assert_eq!(Session::decode(&session.encode()), Ok(session));
        let tombstone = Tombstone { time: Time { secs: 6, nanos: 7 }, host: "h".into(), reason: "r".into() };
        assert_eq!(Tombstone::decode(&tombstone.encode()), Ok(tombstone));
        let mark = Mark { stripes: vec![StripeId([1; 32]), StripeId([2; 32])], by: SessionId([3; 16]) };
        assert_eq!(Mark::decode(&mark.encode()), Ok(mark));
        let done = Done { retired: names(), snapshots: vec![SessionId([4; 16])] };
        assert_eq!(Done::decode(&done.encode()), Ok(done));
    }

    #[test]
    fn index_names_have_one_spelling() {
        for name in names() {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        let sid = "07".repeat(16);
        for bad in ["", "index/", &format!("{sid}-0"), &format!("index/{sid}-00"), &format!("index/{sid}-+1")] {
            assert_eq!(bad.parse::<IndexName>(), Err(InvalidId), "{bad}");
        }
    }

    #[test]
    fn incomplete_and_unknown_ones_are_told_apart() {
        assert!(matches!(Decision::decode(b"\xa2\0\x05\x01\xa0"), Err(DecodeError::Unsupported(_))));
        for bad in [&b"\xa0"[..], b"\xa1\0\x01", b"\xa2\0\x02\x01\xa0", b"\xa2\0\x01\x01\xbf\xff"] {
            assert!(matches!(Decision::decode(bad), Err(DecodeError::Damaged(_))), "{bad:02x?}");
        }
        assert!(Mark::decode(b"\xa0").is_err());
        assert!(Done::decode(b"\xa1\0\x80").is_err());
        assert!(Done::decode(b"\xa2\0\x81\x60\x01\x80").is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_and_changed_bytes_never_panic(
            noise in prop::collection::vec(any::<u8>(), 0..200), at: prop::sample::Index, value: u8,
        ) {
            let decode_all = |bytes: &[u8]| {
                let _ = (Decision::decode(bytes), Session::decode(bytes), Tombstone::decode(bytes));
                let _ = (Mark::decode(bytes), Done::decode(bytes));
            };
            decode_all(&noise);
            for mut bytes in decisions().map(|decision| decision.encode()).into_iter().chain([session().encode()]) {
                *at.get_mut(&mut bytes) = value;
                decode_all(&bytes);
            }
        }
    }
}
