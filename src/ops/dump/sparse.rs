//! Files with holes in tar archives: format 1.0 of GNU tar, in which a map of the data precedes them.
use crate::model::{Node, NodeType};

const BLOCK: u64 = 512;
/// What the map costs in records before the header.
const RECORDS: u64 = 2 * BLOCK;
/// Longer maps are refused by who reads them.
const MAX_PIECES: usize = 1 << 20;

/// Where the data of a file are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Map {
    /// As it is in the archive, up to a whole block.
    pub text: Vec<u8>,
    /// Bytes in the archive: of the map and the data.
    pub stored: u64,
}

/// None: without a map the file takes no more.
pub(super) fn map(node: &Node) -> Option<Map> {
    if node.kind != NodeType::File || node.holes.is_empty() || node.holes.len() > MAX_PIECES - 2 {
        return None;
    }
    let (mut pieces, mut data, mut end) = (Vec::new(), 0, 0_u64);
    for (offset, len) in &node.holes {
        // Holes that contradict each other are told when the content is read.
        let between = offset.checked_sub(end)?;
        if between > 0 {
            pieces.push((end, between));
            data += between;
        }
        end = offset.checked_add(*len).filter(|end| *end <= node.size)?;
        // Readers look for each piece at the beginning of a block. File systems have no other holes.
        if offset % BLOCK != 0 || end % BLOCK != 0 && end != node.size {
            return None;
        }
    }
    // An empty piece at the end makes readers give the file its length.
    pieces.push((end, node.size - end));
    data += node.size - end;
    let mut text = format!("{}\n", pieces.len());
    pieces.iter().for_each(|(offset, len)| text.push_str(&format!("{offset}\n{len}\n")));
    let mut text = text.into_bytes();
    text.resize(text.len().next_multiple_of(BLOCK as usize), 0);
    let stored = data + text.len() as u64;
    (stored + RECORDS < node.size).then_some(Map { text, stored })
}

/// The name under which those find the file who do not know the format, as GNU tar has it.
pub(super) fn stand_in(path: &[u8]) -> Vec<u8> {
    let cut = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    let (directory, name) = path.split_at(cut);
    [directory, b"GNUSparseFile.0/", name].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(size: u64, holes: &[(u64, u64)]) -> Option<(String, u64)> {
        let node = Node { kind: NodeType::File, size, holes: holes.to_vec(), ..Node::default() };
        map(&node).map(|map| {
            assert_eq!(map.text.len() % 512, 0);
            (String::from_utf8(map.text).unwrap().trim_end_matches('\0').to_owned(), map.stored)
        })
    }

    #[test]
    fn data_are_what_is_not_in_holes() {
        let expect = |text: &str, stored| Some((text.to_owned(), stored));
        assert_eq!(of(10_000, &[(1024, 5120)]), expect("2\n0\n1024\n6144\n3856\n", 5392));
        assert_eq!(of(10_000, &[(0, 2048), (3072, 6928)]), expect("2\n2048\n1024\n10000\n0\n", 1536));
        assert_eq!(of(1 << 40, &[(0, 1 << 40)]), expect("1\n1099511627776\n0\n", 512));
    }

    #[test]
    fn what_saves_nothing_or_makes_no_sense_has_no_map() {
        for (size, holes) in [
            (10_000, &[][..]),
            (10_000, &[(0, 1000)]),
            (10_000, &[(4000, 4000), (1000, 1000)]),
            (10_000, &[(0, 10_001)]),
            (10_000, &[(1, u64::MAX)]),
            (10_000, &[(1000, 5144)]),
            (10_000, &[(1024, 5000)]),
        ] {
            assert_eq!(of(size, holes), None, "{holes:?}");
        }
        let many: Vec<(u64, u64)> = (0..10_000).map(|number| (4 * number * 512, 512)).collect();
        assert!(of(20_480_000, &many).is_some());
        let many: Vec<(u64, u64)> = (0..10).map(|number| (64 * number * 512, 512)).collect();
        assert_eq!(of(640 * 512, &many[..3]), None);
    }

    #[test]
    fn the_name_says_what_it_is() {
        assert_eq!(stand_in(b"a/b"), b"a/GNUSparseFile.0/b");
        assert_eq!(stand_in(b"b"), b"GNUSparseFile.0/b");
    }
}
