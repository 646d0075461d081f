//! Frames that wait for a pack: each full pack takes those that fill it best.
use super::super::pack::{PendingFrame, capacity, fitting_length};
use crate::format::MIN_PACK_LEN;
use crate::id::BlobKind;

/// Waiting data frames that suffice to fill a pack to the last part in a thousand; trees get a third of that.
const WAITING_PACKS: usize = 12;
/// Memory that they may take, as far as there is enough for a pack.
const WAITING_BYTES: usize = 32 * 1024 * 1024;
/// Blobs of one pack at most, so that the index entry of its stripe stays within bounds.
const PACK_BLOBS: usize = 250_000;
/// Sizes are compared in so many parts of a pack.
const UNITS: usize = 4096;
/// At the end of a session a further object must save so many bytes.
const OBJECT_COST: u64 = 8 * 1024;
/// Frames that are considered for one pack, the oldest first.
const CANDIDATES: usize = 512;

/// Frames that make a pack, and the length that it shall have.
pub(super) struct PackContents {
    pub frames: Vec<PendingFrame>,
    pub length: u32,
}

/// Frames of one kind, the oldest first.
#[derive(Default)]
struct Waiting {
    frames: Vec<PendingFrame>,
    bytes: usize,
    blobs: usize,
}

/// All frames of a session that are not in a pack yet. Data and trees share a pack only at the end.
pub(super) struct Pool {
    pack_size: u32,
    waiting: [Waiting; 2],
}

impl Pool {
    pub(super) fn new(pack_size: u32) -> Self {
        Pool { pack_size, waiting: Default::default() }
    }

    /// Takes a frame, which must fit into a pack; returns a full pack when enough wait.
    pub(super) fn add(&mut self, frame: PendingFrame) -> Option<PackContents> {
        let kind = frame.tag.kind;
        let waiting = &mut self.waiting[kind as usize];
        waiting.bytes += frame.footprint();
        waiting.blobs += frame.blobs.len();
        waiting.frames.push(frame);
        let packs = if kind == BlobKind::Data { WAITING_PACKS } else { WAITING_PACKS / 3 };
        let room = capacity(self.pack_size);
        let enough = (packs * room).min(WAITING_BYTES).max(room + room / 4);
        (waiting.bytes >= enough || waiting.blobs >= PACK_BLOBS).then(|| waiting.take_full(self.pack_size))
    }

    /// Empties the pool: full packs of each kind into the `open` slots of a stripe whose parity has the full length already, then packs that
    /// both kinds may share. Of these the lengths are chosen so that they take the least together with their parity, of which a stripe has `m`
    /// packs for `k`, as long as the longest of these.
    pub(super) fn finish(&mut self, mut open: usize, k: u8, m: u8) -> Vec<PackContents> {
        let mut packs = Vec::new();
        for waiting in &mut self.waiting {
            while waiting.bytes >= capacity(self.pack_size) && (open > 0 || waiting.bytes >= WAITING_BYTES) {
                packs.push(waiting.take_full(self.pack_size));
                open = open.saturating_sub(1);
            }
        }
        let mut rest: Vec<PendingFrame> =
            self.waiting.iter_mut().flat_map(|waiting| std::mem::take(waiting).frames).collect();
        let sizes: Vec<Size> = rest.iter().map(Size::of).collect();
        // The shortest first: if it saves nothing, parity had better be short. More than two stripes save nothing.
        let footprint: usize = sizes.iter().map(|size| size.footprint).sum();
        let lengths = std::iter::successors(Some(MIN_PACK_LEN), |length| length.checked_mul(2))
            .take_while(|length| *length <= self.pack_size)
            .filter(|length| *length == self.pack_size || *length as usize * 2 * usize::from(k.max(1)) >= footprint);
        let plans = lengths.map(|length| plan(&sizes, length, self.pack_size));
        let cheapest = plans.min_by_key(|plan| cost(plan, open, usize::from(k), u64::from(m))).unwrap_or_default();
        let mut frames: Vec<Option<PendingFrame>> = rest.drain(..).map(Some).collect();
        packs.extend(cheapest.into_iter().map(|planned| PackContents {
            frames: planned.frames.iter().filter_map(|at| frames[*at].take()).collect(),
            length: planned.length,
        }));
        packs
    }
}

/// A pack at the end of a session: which frames, and how long.
struct Planned {
    frames: Vec<usize>,
    length: u32,
}

/// Packs for all frames, of `length` or less if the frames allow, the longest first.
fn plan(sizes: &[Size], length: u32, pack_size: u32) -> Vec<Planned> {
    let mut left: Vec<usize> = (0..sizes.len()).collect();
    let mut packs = Vec::new();
    while !left.is_empty() {
        let now: Vec<Size> = left.iter().map(|at| sizes[*at]).collect();
        // The oldest frame may not fit.
        let room = capacity(length.max(fitting_length(now[0].footprint, pack_size)));
        let mut chosen = choose(&now, room, true).into_iter().peekable();
        let mut at = 0;
        let frames: Vec<usize> = left
            .extract_if(.., |_| {
                at += 1;
                chosen.next_if_eq(&(at - 1)).is_some()
            })
            .collect();
        let footprint = frames.iter().map(|at| sizes[*at].footprint).sum();
        packs.push(Planned { frames, length: fitting_length(footprint, pack_size) });
    }
    packs.sort_by_key(|planned| std::cmp::Reverse(planned.length));
    packs
}

/// Bytes of the packs and of the parity that they need, and something for each request.
fn cost(packs: &[Planned], open: usize, k: usize, m: u64) -> u64 {
    let stored: u64 = packs.iter().map(|planned| u64::from(planned.length) + OBJECT_COST).sum();
    let stripes = packs.get(open..).unwrap_or_default().chunks(k.max(1));
    // The longest of each stripe comes first.
    let parity: u64 = stripes.map(|stripe| m * (u64::from(stripe[0].length) + OBJECT_COST)).sum();
    stored + parity
}

fn total(frames: &[PendingFrame]) -> usize {
    frames.iter().map(PendingFrame::footprint).sum()
}

impl Waiting {
    fn take_full(&mut self, length: u32) -> PackContents {
        let sizes: Vec<Size> = self.frames.iter().map(Size::of).collect();
        let chosen = choose(&sizes, capacity(length), true);
        let frames = take(&mut self.frames, chosen);
        self.bytes -= total(&frames);
        self.blobs -= frames.iter().map(|frame| frame.blobs.len()).sum::<usize>();
        PackContents { frames, length }
    }
}

/// Removes the frames at ascending positions.
fn take(frames: &mut Vec<PendingFrame>, positions: Vec<usize>) -> Vec<PendingFrame> {
    let mut positions = positions.into_iter().peekable();
    let mut at = 0;
    let chosen = |_: &mut PendingFrame| {
        at += 1;
        positions.next_if_eq(&(at - 1)).is_some()
    };
    frames.extract_if(.., chosen).collect()
}

/// What a frame takes in a pack.
#[derive(Clone, Copy)]
struct Size {
    footprint: usize,
    blobs: usize,
}

impl Size {
    fn of(frame: &PendingFrame) -> Size {
        Size { footprint: frame.footprint(), blobs: frame.blobs.len() }
    }
}

/// Positions, ascending, of frames that fill `room` as far as possible. The oldest is among them if it must be, so that none waits for ever.
fn choose(frames: &[Size], room: usize, with_oldest: bool) -> Vec<usize> {
    let mut blobs = 0;
    let within = |frame: &&Size| {
        blobs += frame.blobs;
        blobs <= PACK_BLOBS
    };
    let footprints: Vec<usize> = frames.iter().take_while(within).map(|frame| frame.footprint).collect();
    // Of frames so small that the candidates would not fill the room, the oldest are taken as they come.
    let (mut first, mut left) = (0, room);
    let mut ahead: usize = footprints.iter().take(CANDIDATES).sum();
    while first + CANDIDATES < footprints.len() && ahead < left {
        ahead += footprints[first + CANDIDATES] - footprints[first];
        left -= footprints[first];
        first += 1;
    }
    let candidates = &footprints[first..footprints.len().min(first + CANDIDATES)];
    let mut chosen: Vec<usize> = (0..first).collect();
    chosen.extend(fill(candidates, left, with_oldest && first == 0).into_iter().map(|at| first + at));
    chosen
}

/// Positions, ascending, of footprints whose sum comes closest to `room` from below, the first one among them if it must be.
///
/// A subset sum over bit sets: `reach[i]` has the sums that footprints up to `i` can make.
fn fill(footprints: &[usize], room: usize, with_first: bool) -> Vec<usize> {
    const WORDS: usize = UNITS / 64 + 1;
    let unit = room.div_ceil(UNITS).max(1);
    let most = room / unit;
    let sizes: Vec<usize> = footprints.iter().map(|footprint| footprint.div_ceil(unit)).collect();
    let mut reach: Vec<[u64; WORDS]> = Vec::with_capacity(sizes.len());
    for (at, &size) in sizes.iter().enumerate() {
        let before = reach.last().copied().unwrap_or_else(|| {
            let mut nothing = [0; WORDS];
            nothing[0] = 1;
            nothing
        });
        // Rounding up must not keep out the one frame that must be taken and fits.
        let size = size.min(if at == 0 && with_first { most } else { size });
        let mut sums = if at == 0 && with_first { [0; WORDS] } else { before };
        let (words, bits) = (size / 64, size % 64);
        for to in words..WORDS {
            sums[to] |= before[to - words] << bits;
            if bits > 0 && to > words {
                sums[to] |= before[to - words - 1] >> (64 - bits);
            }
        }
        reach.push(sums);
    }
    let has = |sums: &[u64; WORDS], sum: usize| sums[sum / 64] >> (sum % 64) & 1 == 1;
    let Some(mut sum) = reach.last().and_then(|sums| (0..=most).rev().find(|sum| has(sums, *sum))) else {
        return if with_first { vec![0] } else { Vec::new() };
    };
    let mut chosen = Vec::new();
    for at in (0..sizes.len()).rev() {
        let without = match at {
            0 => sum == 0,
            _ => has(&reach[at - 1], sum),
        };
        if !without {
            chosen.push(at);
            sum = sum.saturating_sub(sizes[at]);
        }
    }
    chosen.reverse();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Codec, FrameTag};
    use crate::id::BlobId;
    use proptest::prelude::*;

    fn frame(kind: BlobKind, number: usize, len: usize) -> PendingFrame {
        let mut id = BlobId([0; 32]);
        id.0[..8].copy_from_slice(&number.to_le_bytes());
        let tag = FrameTag { codec: Codec::Raw, kind };
        PendingFrame::new(tag, vec![0; len], vec![(id, len as u32)], Vec::new())
    }

    /// Packs of frames with these lengths; every third of them is a tree.
    fn pack(pack_size: u32, lengths: &[usize]) -> (Vec<PackContents>, usize) {
        let mut pool = Pool::new(pack_size);
        let mut packs = Vec::new();
        for (number, len) in lengths.iter().enumerate() {
            let kind = if number % 3 == 2 { BlobKind::Tree } else { BlobKind::Data };
            packs.extend(pool.add(frame(kind, number, *len)));
        }
        let full = packs.len();
        packs.extend(pool.finish(0, 20, 0));
        (packs, full)
    }

    proptest! {
        #[test]
        fn every_frame_gets_into_exactly_one_pack_that_holds_it(
            lengths in prop::collection::vec(prop_oneof![0..600_usize, 0..253_000_usize], 0..120),
        ) {
            let (packs, full) = pack(256 << 10, &lengths);
            let mut seen: Vec<BlobId> = packs.iter().flat_map(|pack| &pack.frames).map(|frame| frame.blobs[0].0).collect();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), lengths.len());
            prop_assert_eq!(packs.iter().map(|pack| pack.frames.len()).sum::<usize>(), lengths.len());
            for (at, pack) in packs.iter().enumerate() {
                prop_assert!(!pack.frames.is_empty() && total(&pack.frames) <= capacity(pack.length));
                let kinds = pack.frames.iter().filter(|frame| frame.tag.kind == BlobKind::Data).count();
                prop_assert!(at >= full || kinds == 0 || kinds == pack.frames.len());
            }
        }
    }

    #[test]
    fn packs_are_full_to_a_part_in_two_hundred() {
        let mut seed = 1_u64;
        let lengths: Vec<usize> = (0..900)
            .map(|_| {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                60_000 + (seed >> 33) as usize % 240_000
            })
            .collect();
        let (packs, _) = pack(1 << 20, &lengths);
        let stored: usize = packs.iter().map(|pack| pack.length as usize).sum();
        let needed: usize = packs.iter().map(|pack| total(&pack.frames)).sum();
        assert!(stored - needed < needed / 200, "{needed} bytes in {stored}");
    }

    #[test]
    fn many_tiny_frames_fill_packs_too() {
        let (packs, full) = pack(256 << 10, &[300; 30_000]);
        assert!(packs[..full].iter().all(|pack| total(&pack.frames) > capacity(pack.length) * 199 / 200));
        assert!(full >= 4 && packs.iter().map(|pack| pack.frames.len()).sum::<usize>() == 30_000);
    }

    #[test]
    fn a_small_session_has_little_parity() {
        let stored = |lengths: &[usize], open| {
            let mut pool = Pool::new(1 << 20);
            lengths
                .iter()
                .enumerate()
                .for_each(|(number, len)| assert!(pool.add(frame(BlobKind::Data, number, *len)).is_none()));
            let packs = pool.finish(open, 20, 2);
            let longest = packs.iter().map(|pack| pack.length).max().unwrap();
            let paid = if open > packs.len() { 0 } else { 2 * longest };
            (packs.iter().map(|pack| pack.length).sum::<u32>() + paid) >> 10
        };
        assert!(stored(&[50_000; 60], 0) < 3600);
        assert!(stored(&[10_000; 12], 0) < 210);
        // Where parity is paid for already, full packs are best.
        assert_eq!(stored(&[50_000; 60], 15), 3072);
    }

    #[test]
    fn a_small_rest_takes_short_packs() {
        let lengths = |lengths: &[usize]| -> Vec<u32> {
            let mut all: Vec<u32> = pack(1 << 20, lengths).0.iter().map(|pack| pack.length >> 10).collect();
            all.sort_unstable();
            all
        };
        assert_eq!(lengths(&[100]), [4]);
        // A tree and data share a pack.
        assert_eq!(lengths(&[700, 900, 1500]), [4]);
        assert_eq!(lengths(&[20_000, 20_000, 20_000]), [64]);
        assert_eq!(lengths(&[300_000, 200_000, 90_000]), [128, 512]);
        assert_eq!(lengths(&[600_000]), [1024]);
    }
}
