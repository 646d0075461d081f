//! Where the bytes of a file lie between its holes.
use crate::model::Node;

/// A run of content without a hole in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// In the file.
    pub offset: u64,
    /// In the bytes.
    pub range: std::ops::Range<usize>,
}

/// Holes of a file: before which byte of the content each lies, and how many bytes it and those before it have.
#[derive(Debug)]
pub(super) struct Layout(Vec<(u64, u64)>);

impl Layout {
    /// Holes are in order and do not overlap.
    pub(super) fn new(holes: &[(u64, u64)]) -> Self {
        let mut sum = 0_u64;
        let entry = |&(offset, len): &(u64, u64)| {
            let before = offset.saturating_sub(sum);
            sum = sum.saturating_add(len);
            (before, sum)
        };
        Layout(holes.iter().map(entry).collect())
    }

    /// Splits `len` bytes of content from `at` on around the holes.
    pub(super) fn pieces(&self, at: u64, len: usize) -> Vec<Piece> {
        let passed = self.0.partition_point(|(before, _)| *before <= at);
        let (gone, ahead) = self.0.split_at(passed);
        let mut shift = gone.last().map_or(0, |(_, sum)| *sum);
        let mut pieces = Vec::with_capacity(1);
        let mut done = 0;
        for &(before, sum) in ahead {
            let end = usize::try_from(before - at).map_or(len, |end| end.min(len));
            if end > done {
                pieces.push(Piece { offset: (at + done as u64).saturating_add(shift), range: done..end });
                done = end;
            }
            if done == len {
                return pieces;
            }
            shift = sum;
        }
        if done < len {
            pieces.push(Piece { offset: at.saturating_add(done as u64).saturating_add(shift), range: done..len });
        }
        pieces
    }
}

pub(super) fn holes_of(node: &Node) -> u64 {
    node.holes.iter().map(|(_, len)| *len).fold(0, u64::saturating_add)
}
