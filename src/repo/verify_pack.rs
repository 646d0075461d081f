//! Reads one pack whole and compares it with its name and with what the index says of its frames.
use super::Shared;
use super::pack::open_pack;
use crate::backend::{ErrorKind, ObjectName};
use crate::error::Result;
use crate::format::{SlotEntry, StripeEntry};
use crate::id::BlobId;

/// What reading a pack showed.
pub(super) enum Verdict {
    Good,
    /// It is not what its name says.
    Damaged,
    /// There is nothing to be read.
    Missing,
    /// Frames by number, with the cause.
    WrongFrames(Vec<(u32, String)>),
}

/// Reads a pack, twice if need be, compares it with its name, and a data pack's frames with the index.
pub(super) fn read_pack(shared: &Shared, stripe: &StripeEntry, slot: &SlotEntry) -> Result<Verdict> {
    let name = ObjectName::Pack(slot.pack);
    let mut attempts = 0;
    let bytes = loop {
        attempts += 1;
        match shared.backend.get(&name, u64::from(slot.length)) {
            Ok(bytes) if blake3::hash(&bytes).as_bytes() == slot.pack.as_bytes() => break bytes,
            Err(error) if error.kind == ErrorKind::NoStore => return Err(error.into()),
            _ if attempts < 2 => {}
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(Verdict::Missing),
            _ => return Ok(Verdict::Damaged),
        }
    };
    if slot.slot >= stripe.k {
        return Ok(Verdict::Good);
    }
    Ok(match frames_differ(shared, stripe, slot, &bytes) {
        wrong if wrong.is_empty() => Verdict::Good,
        wrong => Verdict::WrongFrames(wrong),
    })
}

/// Opens all frames of a data pack; tells which are not what the index says.
fn frames_differ(shared: &Shared, stripe: &StripeEntry, slot: &SlotEntry, bytes: &[u8]) -> Vec<(u32, String)> {
    let mut bases = |ids: &[BlobId]| shared.load_prefix(ids);
    let all = |cause: String| (0..slot.frames.len().max(1) as u32).map(|number| (number, cause.clone())).collect();
    let open = match open_pack(shared.repo, &shared.keys, bytes, &mut bases, &mut |_, _, _, _| {}) {
        Ok(open) => open,
        Err(cause) => return all(cause),
    };
    if open.header.stripe != stripe.id || open.header.slot != slot.slot {
        return all("it says that it belongs elsewhere".to_owned());
    }
    if open.frames.len() != slot.frames.len() {
        return all("it has another number of frames than the index says".to_owned());
    }
    let mut wrong = open.bad_frames;
    for (number, (found, indexed)) in (0..).zip(open.frames.iter().zip(&slot.frames)) {
        if found != indexed && !wrong.iter().any(|(bad, _)| *bad == number) {
            wrong.push((number, format!("frame {number} is not what the index says")));
        }
    }
    wrong
}
