//! Fetches the frames of a batch pack by pack, each once, and delta frames when their bases have just been there; hands on the blobs in them.
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::format::Codec;
use crate::id::{BlobId, BlobKind, PackId};
use crate::monitor::{Monitor, ReadPlan};
use crate::repo::{Location, Repository, WantedFrame};

/// Bytes read from a pack at once, by each thread.
const MAX_READ: u64 = 4 * 1024 * 1024;
/// Unwanted bytes between two frames that are read along rather than to read twice.
const MAX_GAP: u64 = 128 * 1024;

/// A data blob that is to be read.
pub(super) struct Wanted<J> {
    /// What for.
    pub job: J,
    pub id: BlobId,
    /// Without bases.
    pub place: Location,
}

/// Takes what was fetched, in many threads at once.
pub(super) trait Taker: Sync {
    type Job: Send;

    fn repo(&self) -> &Repository;
    fn monitor(&self) -> &dyn Monitor;
    /// Nothing more is wanted.
    fn is_over(&self) -> bool;
    /// Storage is gone altogether.
    fn fail(&self, error: Error);
    /// All that wants one blob, and the blob, whose id is right, or why it cannot be had. `bases` are those of its frame.
    fn take(&self, wanted: &[Wanted<Self::Job>], bases: &[BlobId], blob: Result<&[u8]>);
}

/// A frame to be read.
struct Frame<J> {
    /// When its stripe is first needed: what belongs together comes together.
    turn: usize,
    place: Location,
    /// None: it is only the base of others.
    wanted: Vec<Wanted<J>>,
    /// A delta frame of the batch needs it.
    is_base: bool,
}

type FrameKey = (PackId, u32);

fn key(place: &Location) -> FrameKey {
    (place.pack, place.frame)
}

/// Frames of one batch.
struct Frames<J> {
    stripes: HashMap<crate::id::StripeId, usize>,
    frames: HashMap<FrameKey, Frame<J>>,
}

impl<J> Frames<J> {
    fn frame(&mut self, place: &Location) -> &mut Frame<J> {
        let next = self.stripes.len();
        let turn = *self.stripes.entry(place.stripe).or_insert(next);
        let new = || Frame { turn, place: place.clone(), wanted: Vec::new(), is_base: false };
        self.frames.entry(key(place)).or_insert_with(new)
    }

    /// Those of one sort, in the order of stripes, so that healing reads a stripe once.
    fn take(&mut self, is_taken: impl Fn(&Location) -> bool) -> Vec<Frame<J>> {
        let mut taken: Vec<_> =
            self.frames.extract_if(|_, frame| is_taken(&frame.place)).map(|(_, frame)| frame).collect();
        taken.sort_unstable_by_key(|frame| (frame.turn, frame.place.slot, frame.place.pack, frame.place.frame));
        taken
    }
}

/// The frames of one pack that are read with one request.
type Read<J> = Vec<Frame<J>>;

/// Counts what [`fetch`] would read.
pub(super) fn plan_reads<T: Taker>(run: &T, wanted: impl Iterator<Item = Wanted<T::Job>>) -> ReadPlan {
    let mut plan = ReadPlan::default();
    for read in steps(run, wanted).iter().flatten().flatten() {
        if let (Some(first), Some(last)) = (read.first(), read.last()) {
            let end = u64::from(last.place.frame_offset) + u64::from(last.place.stored_len);
            plan.add(end.saturating_sub(first.place.frame_offset.into()));
        }
    }
    plan
}

/// Reads each wanted frame once. Frames that others are deltas of are read first, also if nothing else in them is wanted, and kept in memory
/// until the deltas follow, as long as there is room.
pub(super) fn fetch<T: Taker>(run: &T, threads: usize, wanted: impl Iterator<Item = Wanted<T::Job>>) {
    let Some(mut steps) = steps(run, wanted) else { return };
    in_parallel(threads, &mut steps, 1, |steps| {
        for read in steps.iter_mut().flat_map(std::mem::take).filter(|_| !run.is_over()) {
            if let Err(error) = fetch_some(run, read) {
                run.fail(error);
            }
        }
    });
}

/// What is read, in steps that one thread takes each; `None` if the run is over.
fn steps<T: Taker>(run: &T, wanted: impl Iterator<Item = Wanted<T::Job>>) -> Option<Vec<Vec<Read<T::Job>>>> {
    let mut frames = Frames { stripes: HashMap::new(), frames: HashMap::new() };
    for wanted in wanted {
        frames.frame(&wanted.place).wanted.push(wanted);
    }
    let is_delta = |place: &Location| place.tag.codec == Codec::ZstdDelta;
    let mut deltas = frames.take(is_delta);
    let mut bases_of = Vec::new();
    for delta in &mut deltas {
        if run.is_over() {
            return None;
        }
        match bases(run, delta) {
            Ok(bases) => {
                bases.iter().for_each(|place| frames.frame(place).is_base = true);
                bases_of.push(bases.iter().map(key).collect::<Vec<_>>());
            }
            Err(error) => {
                run.fail(error);
                return None;
            }
        }
    }
    let mut steps: Vec<Vec<Read<T::Job>>> = reads(frames.take(|_| true)).into_iter().map(|read| vec![read]).collect();
    // A delta is decoded by the thread that has just read the last of its bases.
    let step_of: HashMap<FrameKey, usize> = steps
        .iter()
        .enumerate()
        .flat_map(|(number, step)| {
            step.iter().flatten().filter(|frame| frame.is_base).map(move |frame| (key(&frame.place), number))
        })
        .collect();
    let mut after: HashMap<usize, Vec<Frame<T::Job>>> = HashMap::new();
    let mut rest = Vec::new();
    for (delta, bases) in deltas.into_iter().zip(bases_of) {
        match bases.iter().filter_map(|key| step_of.get(key)).max() {
            Some(step) => after.entry(*step).or_default().push(delta),
            // It will fail.
            None => rest.push(delta),
        }
    }
    for (number, deltas) in after {
        if let Some(step) = steps.get_mut(number) {
            step.extend(reads(deltas));
        }
    }
    steps.extend(reads(rest).into_iter().map(|read| vec![read]));
    Some(steps)
}

/// Looks up the bases of a delta frame: where each is stored in full, as far as that is known.
fn bases<T: Taker>(run: &T, delta: &mut Frame<T::Job>) -> Result<Vec<Location>> {
    let Some(Wanted { id, .. }) = delta.wanted.first() else { return Ok(Vec::new()) };
    let again = run.repo().places(id)?.into_iter().find(|place| key(place) == key(&delta.place));
    delta.place.bases = again.map_or(Vec::new(), |place| place.bases);
    let mut found = Vec::with_capacity(delta.place.bases.len());
    for base in &delta.place.bases {
        let places = run.repo().places(base)?.into_iter();
        found.extend(
            places.filter(|place| place.tag.kind == BlobKind::Data).find(|place| place.tag.codec != Codec::ZstdDelta),
        );
    }
    Ok(found)
}

/// Groups frames, ordered by place, into reads.
fn reads<J>(frames: Vec<Frame<J>>) -> Vec<Read<J>> {
    let mut reads: Vec<Read<J>> = Vec::new();
    // Of the current read: its pack, first and last byte.
    let mut current = None;
    for frame in frames {
        let from = u64::from(frame.place.frame_offset);
        let to = from + u64::from(frame.place.stored_len);
        match (&mut current, reads.last_mut()) {
            (Some((pack, start, end)), Some(read))
                if *pack == frame.place.pack && from <= *end + MAX_GAP && (to - *start <= MAX_READ || to <= *end) =>
            {
                *end = to.max(*end);
                read.push(frame);
            }
            _ => {
                current = Some((frame.place.pack, from, to));
                reads.push(vec![frame]);
            }
        }
    }
    reads
}

/// Fetches frames of one pack and hands on the blobs in them.
fn fetch_some<T: Taker>(run: &T, frames: Vec<Frame<T::Job>>) -> Result<()> {
    let mut wanted = Vec::with_capacity(frames.len());
    let mut places = Vec::with_capacity(frames.len());
    for frame in frames {
        places.push(WantedFrame { place: frame.place, is_base: frame.is_base });
        wanted.push(frame.wanted);
    }
    run.repo().fetch_frames(&places, run.monitor(), &mut |number, frame| {
        let mut wanted = wanted.get_mut(number).map(std::mem::take).unwrap_or_default();
        wanted.sort_by_key(|wanted| wanted.place.offset);
        let frame = frame.unwrap_or_default();
        let bases = places.get(number).map_or(&[][..], |wanted| &wanted.place.bases);
        for wanted in wanted.chunk_by(|a, b| a.id == b.id) {
            hand_on(run, wanted, bases, &frame);
        }
    })
}

/// Hands on one blob. `frame` is empty if it could not be read.
fn hand_on<T: Taker>(run: &T, wanted: &[Wanted<T::Job>], bases: &[BlobId], frame: &[u8]) {
    let Some(Wanted { id, place, .. }) = wanted.first() else { return };
    let found = frame
        .get(place.offset as usize..)
        .and_then(|rest| rest.get(..place.len as usize))
        .filter(|blob| run.repo().subkeys().blob_id(BlobKind::Data, blob) == *id);
    if let Some(blob) = found {
        return run.take(wanted, bases, Ok(blob));
    }
    let loaded = match run.repo().load_blob(BlobKind::Data, id, run.monitor()) {
        Ok(blob) if blob.len() != place.len as usize => {
            Err(Error::damaged(format!("Blob {id}"), "it has another length than the index says"))
        }
        loaded => loaded,
    };
    match loaded {
        Ok(blob) => run.take(wanted, bases, Ok(&blob)),
        Err(error) => run.take(wanted, bases, Err(error)),
    }
}

/// Runs `work` on pieces of `items` in several threads.
pub(super) fn in_parallel<T: Send>(threads: usize, items: &mut [T], size: usize, work: impl Fn(&mut [T]) + Sync) {
    let threads = threads.min(items.len().div_ceil(size));
    if threads <= 1 {
        return items.chunks_mut(size).for_each(work);
    }
    let pieces = Mutex::new(items.chunks_mut(size));
    let (pieces, work) = (&pieces, &work);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(move || {
                loop {
                    let piece = pieces.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(piece) = piece else { break };
                    work(piece);
                }
            });
        }
    });
}
