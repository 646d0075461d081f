//! Merging of segments: one pass over each table, memory independent of their size.
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::batch::BlobWriter;
use super::page::StaleIndex;
use super::record::{
    Base, Blob, Bucket, Frame, Object, Pack, PackKey, RECORD_LENGTHS, Record, Sorted, Stripe, StripeKey, TABLES,
};
use super::segment::{Rows, Segment, SegmentWriter, Store};
use crate::error::Error;

/// Why a segment could not be made from others.
#[derive(Debug)]
pub enum BuildError {
    /// One of the others is damaged and out of use now.
    Stale,
    /// Nothing that trying again would help.
    Failed(Error),
}

impl From<StaleIndex> for BuildError {
    fn from(_: StaleIndex) -> Self {
        BuildError::Stale
    }
}

impl From<Error> for BuildError {
    fn from(error: Error) -> Self {
        BuildError::Failed(error)
    }
}

/// A segment and which of its objects are to be kept.
#[derive(Clone, Debug)]
pub struct Input {
    pub segment: Arc<Segment>,
    pub keep: Vec<bool>,
}

impl Input {
    /// Blobs of the objects that are kept.
    pub fn blobs(&self) -> u64 {
        self.segment.objects.iter().zip(&self.keep).filter(|(_, keep)| **keep).map(|(o, _)| u64::from(o.blobs)).sum()
    }
}

/// Old and new rows of the objects of one input.
struct Moved<'a> {
    input: &'a Input,
    /// Where each object's rows are in the new segment; `None`: nowhere.
    to: Vec<Option<Object>>,
    /// Its ordinal there.
    ordinals: Vec<u32>,
}

/// New rows for all that is kept, and how many there are. `None` if they are too many for one segment.
fn plan(inputs: &[Input]) -> Option<(Vec<Moved<'_>>, [u32; TABLES])> {
    let [mut objects, mut stripes, mut packs, mut frames, mut bases, mut blobs] = [0u32; 6];
    let mut all = Vec::with_capacity(inputs.len());
    for input in inputs {
        let segment = &input.segment;
        let mut moved = Moved { input, to: Vec::new(), ordinals: Vec::new() };
        for (at, object) in segment.objects.iter().enumerate() {
            moved.ordinals.push(objects);
            if !input.keep.get(at).copied().unwrap_or(false) {
                moved.to.push(None);
                continue;
            }
            let end = segment.end_of(at);
            moved.to.push(Some(Object {
                first_stripe: stripes,
                first_pack: packs,
                first_frame: frames,
                first_base: bases,
                ..*object
            }));
            objects = objects.checked_add(1)?;
            stripes = stripes.checked_add(end.first_stripe.checked_sub(object.first_stripe)?)?;
            packs = packs.checked_add(end.first_pack.checked_sub(object.first_pack)?)?;
            frames = frames.checked_add(end.first_frame.checked_sub(object.first_frame)?)?;
            bases = bases.checked_add(end.first_base.checked_sub(object.first_base)?)?;
            blobs = blobs.checked_add(object.blobs)?;
        }
        all.push(moved);
    }
    Some((all, [objects, stripes, packs, frames, bases, blobs, Bucket::count_for(blobs), stripes, packs]))
}

impl Moved<'_> {
    /// Copies a table object by object. `change` gets a row with its object's old and new first rows and new ordinal.
    fn copy<R: Record>(
        &self,
        out: &mut SegmentWriter,
        first: impl Fn(&Object) -> u32,
        change: impl Fn(&mut R, &Object, &Object, u32),
    ) -> Result<(), BuildError> {
        let segment = &self.input.segment;
        let mut rows = segment.rows::<R>();
        for (at, object) in segment.objects.iter().enumerate() {
            for _ in first(object)..first(&segment.end_of(at)) {
                let mut row = rows.next()?.ok_or(StaleIndex)?;
                if let Some(to) = &self.to[at] {
                    change(&mut row, object, to, self.ordinals[at]);
                    out.push(&row)?;
                }
            }
        }
        Ok(())
    }

    /// New number of a row that belongs to the object chosen by `first`; `None` if that is not kept.
    fn renumber(&self, row: u32, first: impl Fn(&Object) -> u32) -> Option<u32> {
        let objects = &self.input.segment.objects;
        let at = objects.partition_point(|object| first(object) <= row).checked_sub(1)?;
        let to = self.to.get(at)?.as_ref()?;
        Some(row - first(&objects[at]) + first(to))
    }
}

/// One segment from several, with the objects that are kept. `None` if it would have too many rows.
pub fn merge(inputs: &[Input], store: &Store, named: bool) -> Result<Option<Segment>, BuildError> {
    debug_assert_eq!(RECORD_LENGTHS.len(), TABLES);
    let Some((moved, rows)) = plan(inputs) else { return Ok(None) };
    let mut out = store.create(rows, named)?;
    for input in &moved {
        input.to.iter().flatten().try_for_each(|object| out.push(object))?;
        input.copy::<Stripe>(
            &mut out,
            |o| o.first_stripe,
            |row, old, new, ordinal| {
                row.object = ordinal;
                row.first_pack = row.first_pack.wrapping_sub(old.first_pack).wrapping_add(new.first_pack);
            },
        )?;
        input.copy::<Pack>(
            &mut out,
            |o| o.first_pack,
            |row, old, new, _| {
                row.stripe = row.stripe.wrapping_sub(old.first_stripe).wrapping_add(new.first_stripe);
                row.first_frame = row.first_frame.wrapping_sub(old.first_frame).wrapping_add(new.first_frame);
            },
        )?;
        input.copy::<Frame>(
            &mut out,
            |o| o.first_frame,
            |row, old, new, _| {
                row.pack = row.pack.wrapping_sub(old.first_pack).wrapping_add(new.first_pack);
                row.first_base = row.first_base.wrapping_sub(old.first_base).wrapping_add(new.first_base);
            },
        )?;
        input.copy::<Base>(&mut out, |o| o.first_base, |_, _, _, _| {})?;
    }
    let mut blobs = BlobWriter::new(rows[Blob::TABLE]);
    merge_sorted::<Blob>(&moved, |from, mut row| {
        if let Some(frame) = from.renumber(row.frame, |o| o.first_frame) {
            row.frame = frame;
            blobs.push(&mut out, &row)?;
        }
        Ok(())
    })?;
    blobs.finish(&mut out)?;
    merge_sorted::<StripeKey>(&moved, |from, mut key| {
        if let Some(row) = from.renumber(key.row, |o| o.first_stripe) {
            key.row = row;
            out.push(&key)?;
        }
        Ok(())
    })?;
    merge_sorted::<PackKey>(&moved, |from, mut key| {
        if let Some(row) = from.renumber(key.row, |o| o.first_pack) {
            key.row = row;
            out.push(&key)?;
        }
        Ok(())
    })?;
    Ok(Some(out.finish(store)?))
}

fn merge_sorted<R: Sorted>(
    inputs: &[Moved<'_>],
    mut emit: impl FnMut(&Moved<'_>, R) -> Result<(), BuildError>,
) -> Result<(), BuildError> {
    let mut streams: Vec<(Rows<'_, R>, Option<R>)> = Vec::with_capacity(inputs.len());
    let mut heap = BinaryHeap::new();
    for (at, input) in inputs.iter().enumerate() {
        let mut rows = input.input.segment.rows::<R>();
        let head = rows.next()?;
        heap.extend(head.as_ref().map(|row| Reverse((row.key(), at))));
        streams.push((rows, head));
    }
    while let Some(Reverse((_, at))) = heap.pop() {
        let (rows, head) = &mut streams[at];
        if let Some(row) = head.take() {
            emit(&inputs[at], row)?;
        }
        *head = rows.next()?;
        heap.extend(head.as_ref().map(|row| Reverse((row.key(), at))));
    }
    Ok(())
}
