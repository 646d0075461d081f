//! Maps of sparse files: where the data are, and so where the holes.
use std::io;

use super::header::{BLOCK, Header};
use super::malformed;

/// Longer maps are no maps.
pub(super) const MAX_PIECES: usize = 1 << 20;
/// A file with more holes has the rest of them as zeros, so that its node stays small.
const MAX_HOLES: usize = 65_536;

/// What comes next of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// So many bytes of the archive.
    Data(u64),
    /// So many zeros that are not in the archive.
    Zeros(u64),
}

/// A file with holes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub runs: Vec<Run>,
    pub holes: Vec<(u64, u64)>,
}

/// From offsets and lengths of the data in ascending order. `stored` bytes are in the archive.
pub(super) fn layout(pieces: &[(u64, u64)], size: u64, stored: u64) -> io::Result<Layout> {
    let mut layout = Layout::default();
    let (mut end, mut sum) = (0_u64, 0_u64);
    let gap = |layout: &mut Layout, from: u64, to: u64| match layout.holes.len() < MAX_HOLES {
        _ if from == to => {}
        true => layout.holes.push((from, to - from)),
        false => layout.runs.push(Run::Zeros(to - from)),
    };
    for (offset, length) in pieces.iter().filter(|(_, length)| *length > 0) {
        let next = offset.checked_add(*length).filter(|next| *offset >= end && *next <= size);
        let next = next.ok_or_else(|| malformed("the map of a sparse file contradicts itself"))?;
        gap(&mut layout, end, *offset);
        layout.runs.push(Run::Data(*length));
        sum += length;
        end = next;
    }
    if sum != stored {
        return Err(malformed("the map of a sparse file does not fit to its data"));
    }
    gap(&mut layout, end, size);
    Ok(layout)
}

/// Offsets and lengths in turns.
pub(super) fn pairs(numbers: &[u64]) -> io::Result<Vec<(u64, u64)>> {
    match numbers.len().is_multiple_of(2) {
        true => Ok(numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()),
        false => Err(malformed("the map of a sparse file ends in the middle")),
    }
}

/// The pieces in a GNU header of type S, or in one of its extensions; and whether an extension follows.
pub(super) fn gnu_pieces(block: &Header, extension: bool) -> io::Result<(Vec<(u64, u64)>, bool)> {
    let (start, count, more) = if extension { (0, 21, 504) } else { (386, 4, 482) };
    let mut pieces = Vec::new();
    for at in (0..count).map(|number| start + 24 * number) {
        if block.0[at] == 0 {
            break;
        }
        pieces.push((block.length(at, 12)?, block.length(at + 12, 12)?));
    }
    Ok((pieces, block.0[more] != 0))
}

/// Reads the map of the format 1.0, which precedes the data in decimal lines; gives its pieces and how many bytes of the archive it took.
pub(super) fn read_map(mut next: impl FnMut() -> io::Result<[u8; BLOCK]>) -> io::Result<(Vec<(u64, u64)>, u64)> {
    let (mut numbers, mut digits, mut wanted, mut taken) = (Vec::new(), Vec::new(), None, 0);
    loop {
        let block = next()?;
        taken += BLOCK as u64;
        for byte in block {
            if byte != b'\n' {
                digits.push(byte);
                if digits.len() > 20 {
                    return Err(malformed("the map of a sparse file has a line that is too long"));
                }
                continue;
            }
            let number = super::pax::decimal(&digits);
            let number = number.ok_or_else(|| malformed("the map of a sparse file has what is no number"))?;
            digits.clear();
            match wanted {
                None if number as usize > MAX_PIECES => return Err(malformed("the map of a sparse file is too long")),
                None => wanted = Some(2 * number as usize),
                Some(_) => numbers.push(number),
            }
            if wanted == Some(numbers.len()) {
                return Ok((pairs(&numbers)?, taken));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_what_is_not_data() {
        let found = layout(&[(0, 2), (4, 1), (5, 1), (9, 0)], 9, 4).unwrap();
        assert_eq!(found.holes, [(2, 2), (6, 3)]);
        assert_eq!(found.runs, [Run::Data(2), Run::Data(1), Run::Data(1)]);
        assert_eq!(layout(&[], 5, 0).unwrap().holes, [(0, 5)]);
        assert_eq!(layout(&[], 0, 0).unwrap(), Layout::default());
    }

    #[test]
    fn maps_that_lie_are_refused() {
        for (pieces, size, stored) in [
            (&[(4, 2), (0, 2)][..], 9, 4),
            (&[(0, 5), (4, 2)], 9, 7),
            (&[(8, 2)], 9, 2),
            (&[(u64::MAX, 2)], 9, 2),
            (&[(0, 2)], 9, 3),
        ] {
            assert!(layout(pieces, size, stored).is_err(), "{pieces:?}");
        }
        assert!(pairs(&[1, 2, 3]).is_err());
    }

    #[test]
    fn beyond_many_holes_zeros_come() {
        let pieces: Vec<(u64, u64)> = (0..MAX_HOLES as u64 + 2).map(|number| (2 * number + 1, 1)).collect();
        let size = 2 * pieces.len() as u64;
        let found = layout(&pieces, size, pieces.len() as u64).unwrap();
        assert_eq!(found.holes.len(), MAX_HOLES);
        assert_eq!(found.runs.iter().filter(|run| matches!(run, Run::Zeros(1))).count(), 2);
    }

    #[test]
    fn maps_are_read_from_blocks() {
        let map = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
            let mut blocks =
                bytes.chunks_exact(BLOCK).map(|block| block.try_into().unwrap()).collect::<Vec<_>>().into_iter();
            read_map(move || blocks.next().ok_or_else(|| malformed("end")))
        };
        assert_eq!(map("2\n0\n512\n4096\n1\n").unwrap(), (vec![(0, 512), (4096, 1)], 512));
        assert_eq!(map("0\n").unwrap(), (Vec::new(), 512));
        let long = (0..100).fold("100\n".to_owned(), |text, number| text + &format!("{}\n10\n", 1000 * number));
        assert_eq!(map(&long).unwrap().0.len(), 100);
        for bad in ["", "x\n", "2\n1\n", "99999999999\n", "123456789012345678901\n"] {
            assert!(map(bad).is_err(), "{bad}");
        }
    }
}
