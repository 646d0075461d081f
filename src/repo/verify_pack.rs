//! Reads one pack whole and compares it with its name and with what the index says of its frames.
use super::Shared;
use super::deferred::{Deferred, Ready, Waiting};
use super::pack::open_frames;
use crate::backend::{ErrorKind, ObjectName};
use crate::compress::Decompressor;
use crate::error::Result;
use crate::format::{Codec, FrameEntry, SlotEntry, StripeEntry};
use crate::id::{BlobId, PackId};
use crate::monitor::Silent;

/// What reading a pack showed.
pub(super) enum Verdict {
    Good,
    /// Good, unless one of its frames that wait for their bases is not.
    Waiting,
    /// It is not what its name says.
    Damaged,
    /// There is nothing to be read.
    Missing,
    /// Frames by number, with the cause.
    WrongFrames(Vec<(u32, String)>),
}

/// A frame of a pack that is not what the index says, and why.
pub(super) type WrongFrame = (PackId, u32, String);

/// Reads a pack, twice if need be, compares it with its name, and a data pack's frames with the index. `deferred` gets delta frames if
/// `may_wait`, and the bases of those that wait there already: what is wrong with these is told as well.
pub(super) fn read_pack(
    shared: &Shared,
    stripe: &StripeEntry,
    slot: &SlotEntry,
    deferred: &Deferred,
    may_wait: bool,
) -> Result<(Verdict, Vec<WrongFrame>)> {
    let name = ObjectName::Pack(slot.pack);
    let mut attempts = 0;
    let bytes = loop {
        attempts += 1;
        match shared.backend.get(&name, u64::from(slot.length)) {
            Ok(bytes) if blake3::hash(&bytes).as_bytes() == slot.pack.as_bytes() => break bytes,
            Err(error) if error.kind == ErrorKind::NoStore => return Err(error.into()),
            _ if attempts < 2 => {}
            Err(error) if error.kind == ErrorKind::NotFound => return Ok((Verdict::Missing, Vec::new())),
            _ => return Ok((Verdict::Damaged, Vec::new())),
        }
    };
    if slot.slot >= stripe.k {
        return Ok((Verdict::Good, Vec::new()));
    }
    let mut found = Frames { waiting: Vec::new(), ready: Vec::new() };
    let mut wrong = found.differ(shared, stripe, slot, &bytes, deferred, may_wait && deferred.has_room());
    if !wrong.is_empty() && !found.waiting.is_empty() {
        // All that is wrong with a pack is told at once.
        found.waiting.clear();
        wrong = found.differ(shared, stripe, slot, &bytes, deferred, false);
    }
    let verdict = match (wrong.is_empty(), found.waiting.is_empty()) {
        (true, true) => Verdict::Good,
        (true, false) => Verdict::Waiting,
        (false, _) => Verdict::WrongFrames(wrong),
    };
    if matches!(verdict, Verdict::Waiting) {
        let ready = found.waiting.into_iter().filter_map(|frame| deferred.wait(frame));
        found.ready.extend(ready);
    }
    Ok((verdict, found.ready.into_iter().filter_map(|ready| judge(shared, ready)).collect()))
}

/// Decodes a frame that has waited for its bases. `None` if it is what the index says, or left over.
pub(super) fn judge(shared: &Shared, ready: Ready) -> Option<WrongFrame> {
    let (pack, number) = (ready.frame.pack, ready.frame.number);
    let bases = ready.frame.entry.bases.clone();
    let cause = ready.verify(shared).err()?;
    (!shared.has_lost_bases(&bases)).then_some((pack, number, cause))
}

/// What came out of a pack.
struct Frames {
    waiting: Vec<Waiting>,
    /// Of other packs.
    ready: Vec<Ready>,
}

impl Frames {
    /// Opens all frames of a data pack, delta frames only as far as their seals if they may wait; tells which are not what the index says.
    fn differ(
        &mut self,
        shared: &Shared,
        stripe: &StripeEntry,
        slot: &SlotEntry,
        bytes: &[u8],
        deferred: &Deferred,
        may_wait: bool,
    ) -> Vec<(u32, String)> {
        let Frames { waiting, ready } = self;
        let entry = |number: u32| slot.frames.get(number as usize);
        // What nobody needs any more may have lost its bases to a prune. An index that was made anew since then does not know what it was.
        let is_unknown =
            |frame: &FrameEntry| !frame.bases.is_empty() && frame.blobs.iter().all(|(id, _)| id.0 == [0; 32]);
        let has_deltas = slot.frames.iter().any(|frame| !frame.bases.is_empty());
        let mut each = |number, _, id: BlobId, blob: &[u8]| {
            // What is a delta itself is no base.
            if entry(number).is_some_and(|frame| frame.bases.is_empty()) {
                ready.extend(deferred.offer(&id, blob, has_deltas));
            }
        };
        let mut decompressor = Decompressor::default();
        let opened = open_frames(shared.repo, &shared.keys, bytes, &mut each, &mut |address, epoch, aead, sealed| {
            if address.tag.codec != Codec::ZstdDelta {
                return address.open(shared.repo, epoch, aead, sealed, None, &mut decompressor).map(Some);
            }
            if may_wait && let Some(entry) = entry(address.number).filter(|frame| !is_unknown(frame)) {
                let encoded = address.unseal(shared.repo, epoch, aead, sealed)?;
                let (pack, number, entry) = (slot.pack, address.number, entry.clone());
                waiting.push(Waiting { pack, number, epoch, encoded, entry });
                return Ok(None);
            }
            let prefix = shared.load_prefix(address.tag.kind, address.bases, &Silent)?;
            address.open(shared.repo, epoch, aead, sealed, Some(&prefix), &mut decompressor).map(Some)
        });
        let all = |cause: String| (0..slot.frames.len().max(1) as u32).map(|number| (number, cause.clone())).collect();
        let mut open = match opened {
            Ok(open) => open,
            Err(cause) => return all(cause),
        };
        if open.header.stripe != stripe.id || open.header.slot != slot.slot {
            return all("it says that it belongs elsewhere".to_owned());
        }
        if open.frames.len() != slot.frames.len() {
            return all("it has another number of frames than the index says".to_owned());
        }
        // Their ids are not known yet.
        for Waiting { number, entry, .. } in waiting.iter() {
            let found = open.frames.get_mut(*number as usize).into_iter().flat_map(|frame| &mut frame.blobs);
            found.zip(&entry.blobs).for_each(|(found, (id, _))| found.0 = *id);
        }
        let is_left =
            |number: u32| entry(number).is_some_and(|frame| is_unknown(frame) || shared.has_lost_bases(&frame.bases));
        let mut wrong = open.bad_frames;
        wrong.retain(|(number, _)| !is_left(*number));
        for (number, (found, indexed)) in (0..).zip(open.frames.iter().zip(&slot.frames)) {
            if found != indexed && !is_left(number) && !wrong.iter().any(|(bad, _)| *bad == number) {
                wrong.push((number, format!("frame {number} is not what the index says")));
            }
        }
        wrong
    }
}
