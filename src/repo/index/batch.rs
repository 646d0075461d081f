//! Index objects on their way into a segment: collected in memory up to a bound, then sorted and written.
use super::record::{Base, Blob, Bucket, Frame, Object, Pack, PackKey, Record, Stripe, StripeKey, TREE, prefix};
use super::segment::{Segment, SegmentWriter, Store};
use crate::error::{Error, Result};
use crate::format::{FRAMES_START, IndexObject};
use crate::id::{BlobId, BlobKind, SessionId};

/// Rows of the tables, in memory.
#[derive(Debug, Default)]
pub struct Batch {
    objects: Vec<Object>,
    stripes: Vec<Stripe>,
    packs: Vec<Pack>,
    frames: Vec<Frame>,
    bases: Vec<Base>,
    blobs: Vec<Blob>,
}

impl Batch {
    /// Takes in an object. Refuses counts that decoding has bounded already.
    pub fn add(&mut self, (session, number): (SessionId, u32), object: &IndexObject) -> Result<()> {
        let too_much = |_| Error::damaged(format!("index/{session}-{number}"), "More than a cache can hold");
        let row = |len: usize| u32::try_from(len).map_err(too_much);
        let blobs_before = self.blobs.len();
        let ordinal = row(self.objects.len())?;
        self.objects.push(Object {
            session: session.0,
            number,
            first_stripe: row(self.stripes.len())?,
            first_pack: row(self.packs.len())?,
            first_frame: row(self.frames.len())?,
            first_base: row(self.bases.len())?,
            blobs: 0,
        });
        for entry in &object.stripes {
            let stripe = row(self.stripes.len())?;
            self.stripes.push(Stripe {
                id: entry.id.0,
                k: entry.k,
                m: entry.m,
                generation: entry.generation,
                object: ordinal,
                first_pack: row(self.packs.len())?,
                packs: row(entry.slots.len())?,
            });
            for slot in &entry.slots {
                let pack = row(self.packs.len())?;
                self.packs.push(Pack {
                    id: slot.pack.0,
                    length: slot.length,
                    stripe,
                    first_frame: row(self.frames.len())?,
                    slot: slot.slot,
                    location: slot.location,
                });
                let mut offset = FRAMES_START;
                for entry in &slot.frames {
                    let frame = row(self.frames.len())?;
                    self.frames.push(Frame {
                        pack,
                        offset,
                        stored_len: entry.stored_len,
                        raw_len: entry.raw_len(),
                        tag: entry.tag.to_byte(),
                        bases: u8::try_from(entry.bases.len()).map_err(too_much)?,
                        first_base: row(self.bases.len())?,
                    });
                    offset = offset.saturating_add(entry.stored_len);
                    self.bases.extend(entry.bases.iter().map(|id| Base { id: id.0 }));
                    let flag = if entry.tag.kind == BlobKind::Tree { TREE } else { 0 };
                    let mut start = 0;
                    for (id, len) in &entry.blobs {
                        self.blobs.push(Blob { id: id.0, frame, offset: start, len: len | flag });
                        start += len;
                    }
                }
            }
        }
        row(self.blobs.len())?;
        if let Some(last) = self.objects.last_mut() {
            last.blobs = row(self.blobs.len() - blobs_before)?;
        }
        Ok(())
    }

    /// Nothing was added.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Bytes of all rows.
    pub fn size(&self) -> usize {
        self.objects.len() * Object::LEN
            + self.stripes.len() * (Stripe::LEN + StripeKey::LEN)
            + self.packs.len() * (Pack::LEN + PackKey::LEN)
            + self.frames.len() * Frame::LEN
            + self.bases.len() * Base::LEN
            + self.blobs.len() * Blob::LEN
    }

    /// Writes a segment and empties the batch, keeping its memory for the next one.
    pub fn write(&mut self, store: &Store, named: bool) -> Result<Segment> {
        self.blobs.sort_unstable_by_key(|blob| blob.id);
        let blobs = self.blobs.len() as u32;
        let count = |len: usize| len as u32;
        let (stripes, packs) = (count(self.stripes.len()), count(self.packs.len()));
        let rows = [
            count(self.objects.len()),
            stripes,
            packs,
            count(self.frames.len()),
            count(self.bases.len()),
            blobs,
            Bucket::count_for(blobs),
            stripes,
            packs,
        ];
        let mut out = store.create(rows, named)?;
        self.objects.iter().try_for_each(|row| out.push(row))?;
        self.stripes.iter().try_for_each(|row| out.push(row))?;
        self.packs.iter().try_for_each(|row| out.push(row))?;
        self.frames.iter().try_for_each(|row| out.push(row))?;
        self.bases.iter().try_for_each(|row| out.push(row))?;
        let mut sorted = BlobWriter::new(blobs);
        self.blobs.iter().try_for_each(|row| sorted.push(&mut out, row))?;
        sorted.finish(&mut out)?;
        let mut keys: Vec<_> =
            (0..).zip(&self.stripes).map(|(row, s)| StripeKey { prefix: prefix(&s.id), row }).collect();
        keys.sort_unstable_by_key(|key| key.prefix);
        keys.iter().try_for_each(|row| out.push(row))?;
        let mut keys: Vec<_> = (0..).zip(&self.packs).map(|(row, p)| PackKey { prefix: prefix(&p.id), row }).collect();
        keys.sort_unstable_by_key(|key| key.prefix);
        keys.iter().try_for_each(|row| out.push(row))?;
        self.objects.clear();
        self.stripes.clear();
        self.packs.clear();
        self.frames.clear();
        self.bases.clear();
        self.blobs.clear();
        out.finish(store)
    }
}

/// Writes the blob table and, beside it, its buckets.
#[derive(Debug)]
pub struct BlobWriter {
    buckets: u32,
    number: u32,
    bucket: Bucket,
    row: u32,
}

impl BlobWriter {
    /// For so many blobs in all.
    pub fn new(blobs: u32) -> Self {
        BlobWriter { buckets: Bucket::count_for(blobs), number: 0, bucket: Bucket::new(0), row: 0 }
    }

    /// Takes blobs in ascending order of their ids.
    pub fn push(&mut self, out: &mut SegmentWriter, blob: &Blob) -> Result<()> {
        let id = BlobId(blob.id);
        self.advance(out, Bucket::of(&id, self.buckets))?;
        self.bucket.add(&id);
        self.row += 1;
        out.push(blob)
    }

    fn advance(&mut self, out: &mut SegmentWriter, to: u32) -> Result<()> {
        while self.number < to {
            out.push(&self.bucket)?;
            self.bucket = Bucket::new(self.row);
            self.number += 1;
        }
        Ok(())
    }

    /// Writes what is left of the buckets.
    pub fn finish(mut self, out: &mut SegmentWriter) -> Result<()> {
        self.advance(out, self.buckets)
    }
}
