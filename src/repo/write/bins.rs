//! Open packs: frames go where they fit best, so that full packs waste little (design: best fit over a few bins).
use super::super::pack::{PendingFrame, capacity, fitting_length};
use crate::id::BlobKind;

/// Memory that open packs may take together.
const OPEN_BYTES: usize = 32 * 1024 * 1024;

/// Blobs of one pack at most, so that the index entry of its stripe stays within bounds.
const PACK_BLOBS: usize = 250_000;

/// A pack under construction: unsealed frames of one kind.
struct Bin {
    kind: BlobKind,
    frames: Vec<PendingFrame>,
    used: usize,
    blobs: usize,
}

/// Frames that make a pack, and the length that it shall have.
pub(super) struct ClosedBin {
    pub frames: Vec<PendingFrame>,
    pub length: u32,
}

/// All open packs of a session. Data and tree frames do not share one.
pub(super) struct Bins {
    pack_size: u32,
    /// How many may be open for data; trees get a third of that.
    limit: usize,
    open: Vec<Bin>,
}

impl Bins {
    pub(super) fn new(pack_size: u32) -> Self {
        Bins { pack_size, limit: (OPEN_BYTES / pack_size as usize).clamp(1, 24), open: Vec::new() }
    }

    /// Takes a frame, which must fit into a pack; returns a pack that is full enough to be closed.
    pub(super) fn add(&mut self, frame: PendingFrame) -> Option<ClosedBin> {
        let need = frame.footprint();
        let room = capacity(self.pack_size);
        let kind = frame.tag.kind;
        let best = (self.open.iter().enumerate())
            .filter(|(_, bin)| bin.kind == kind && room - bin.used >= need)
            .max_by_key(|(_, bin)| bin.used)
            .map(|(at, _)| at);
        if let Some(at) = best {
            let bin = &mut self.open[at];
            bin.used += need;
            bin.blobs += frame.blobs.len();
            bin.frames.push(frame);
            // What is left would hardly take anything.
            return (room - bin.used < room / 256 || bin.blobs >= PACK_BLOBS).then(|| self.close(at));
        }
        let limit = match kind {
            BlobKind::Data => self.limit,
            BlobKind::Tree => self.limit.div_ceil(3),
        };
        let full = (self.open.iter().filter(|bin| bin.kind == kind).count() >= limit)
            .then(|| {
                (self.open.iter().enumerate())
                    .filter(|(_, bin)| bin.kind == kind)
                    .max_by_key(|(_, bin)| bin.used)
                    .map(|(at, _)| at)
            })
            .flatten()
            .map(|at| self.close(at));
        self.open.push(Bin { kind, used: need, blobs: frame.blobs.len(), frames: vec![frame] });
        full
    }

    fn close(&mut self, at: usize) -> ClosedBin {
        ClosedBin { frames: self.open.swap_remove(at).frames, length: self.pack_size }
    }

    /// Closes everything: first fit, largest first, into packs that both kinds may share; the last one is as short as it can be.
    pub(super) fn finish(&mut self) -> Vec<ClosedBin> {
        let mut frames: Vec<PendingFrame> = self.open.drain(..).flat_map(|bin| bin.frames).collect();
        frames.sort_by_key(|frame| std::cmp::Reverse(frame.footprint()));
        let room = capacity(self.pack_size);
        let mut packs: Vec<(usize, Vec<PendingFrame>)> = Vec::new();
        for frame in frames {
            let need = frame.footprint();
            match packs.iter_mut().find(|(used, _)| room - used >= need) {
                Some((used, pack)) => {
                    *used += need;
                    pack.push(frame);
                }
                None => packs.push((need, vec![frame])),
            }
        }
        (packs.into_iter())
            .map(|(used, frames)| ClosedBin { frames, length: fitting_length(used, self.pack_size) })
            .collect()
    }
}
