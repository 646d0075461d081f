//! Parity headers: round trips, pages from several copies, hostile bytes.
use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

fn header(k: u8, m: u8, slots: &[u8], blocks: &[u32], seed: u8) -> ParityHeader {
    let fill = |tag: u8, length: u32| -> Vec<BlockChecksum> {
        let mut bytes = vec![[0; 8]; length as usize / BLOCK_BYTES];
        blake3::Hasher::new().update(&[seed, tag]).finalize_xof().fill(bytes.as_flattened_mut());
        bytes
    };
    let members: Vec<ParityMember> = slots
        .iter()
        .zip(blocks.iter().cycle())
        .map(|(&slot, &blocks)| ParityMember { slot, length: blocks * 4096, id: PackId([slot ^ seed; 32]) })
        .collect();
    let mut header = ParityHeader {
        stripe: StripeId([seed; 32]),
        k,
        m,
        generation: 0,
        member_checksums: members.iter().map(|member| fill(member.slot, member.length)).collect(),
        members,
        row_checksums: vec![],
    };
    header.row_checksums = (0..m).map(|row| fill(200 + row, header.row_length())).collect();
    header
}

fn headers() -> impl Strategy<Value = ParityHeader> {
    (1u8..=128, 1u8..=32).prop_flat_map(|(k, m)| {
        let slots = subsequence((0..k).collect::<Vec<_>>(), 1..=usize::from(k));
        (Just(k), Just(m), slots, vec(1u32..40, 1..4), any::<u8>())
            .prop_map(|(k, m, slots, blocks, seed)| header(k, m, &slots, &blocks, seed))
    })
}

fn pages(bytes: &[u8]) -> impl Iterator<Item = ParityPage<'_>> {
    bytes.chunks(BLOCK_BYTES).filter_map(|page| ParityPage::decode(page).ok())
}

/// Replaces the payload of a header that fits one page and makes its checksum right again.
fn forge(header: &ParityHeader, change: impl FnOnce(&mut [u8])) -> Result<ParityHeader, FormatError> {
    let mut page = header.encode_pages(0);
    assert_eq!(page.len(), BLOCK_BYTES);
    change(&mut page[PAYLOAD_START..PAYLOAD_START + PAYLOAD_BYTES]);
    let hash = blake3::hash(&page[..4064]);
    page[4064..].copy_from_slice(hash.as_bytes());
    ParityHeader::assemble(&header.stripe, pages(&page))
}

proptest! {
    #[test]
    fn headers_round_trip(header in headers(), row in 0u8..32) {
        let bytes = header.encode_pages(row);
        prop_assert_eq!(bytes.len(), header.bytes());
        prop_assert!(pages(&bytes).all(|page| page.row == row && usize::from(page.count) * BLOCK_BYTES == bytes.len()));
        prop_assert_eq!(ParityHeader::assemble(&header.stripe, pages(&bytes)), Ok(header));
    }

    #[test]
    fn pages_of_several_copies_complete_each_other(header in headers(), damage in vec(any::<bool>(), 64)) {
        let (mut first, mut second) = (header.encode_pages(0), header.encode_pages(1));
        for (i, damage) in (0..first.len() / BLOCK_BYTES).zip(damage.iter().cycle()) {
            let copy = if *damage { &mut first } else { &mut second };
            copy[i * BLOCK_BYTES + 77] ^= 1;
        }
        prop_assert_eq!(ParityHeader::assemble(&header.stripe, pages(&first).chain(pages(&second))), Ok(header.clone()));
        second[..BLOCK_BYTES].fill(0);
        first[..BLOCK_BYTES].fill(0);
        prop_assert!(ParityHeader::assemble(&header.stripe, pages(&first).chain(pages(&second))).is_err());
    }

    #[test]
    fn a_changed_bit_is_noticed(header in headers(), at in any::<proptest::sample::Index>(), bit in 0u8..8) {
        let mut bytes = header.encode_pages(0);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(ParityPage::decode(&bytes[at / BLOCK_BYTES * BLOCK_BYTES..][..BLOCK_BYTES]).is_err());
    }

    #[test]
    fn any_payload_with_a_right_checksum_is_read_without_panic(
        header in headers(),
        junk in vec((0usize..200, any::<u8>()), 1..6),
        page in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = header.encode_pages(0);
        let start = page.index(bytes.len() / BLOCK_BYTES) * BLOCK_BYTES;
        for (at, value) in junk {
            bytes[start + 8 + at] = value;
        }
        let hash = blake3::hash(&bytes[start..start + 4064]);
        bytes[start + 4064..start + BLOCK_BYTES].copy_from_slice(hash.as_bytes());
        if let Ok(read) = ParityHeader::assemble(&header.stripe, pages(&bytes)) {
            // Whatever is believed says the same in bytes again.
            prop_assert_eq!(read.encode_pages(0).len(), read.bytes());
            prop_assert_eq!(read.members.len(), read.member_checksums.len());
            prop_assert_eq!(usize::from(read.m), read.row_checksums.len());
        }
    }

    #[test]
    fn arbitrary_bytes_are_no_page(bytes in vec(any::<u8>(), 0..5000)) {
        prop_assert!(ParityPage::decode(&bytes).is_err());
    }
}

#[test]
fn lies_are_refused() {
    let honest = header(3, 2, &[0, 2], &[4, 8], 9);
    assert_eq!(forge(&honest, |_| {}), Ok(honest.clone()));
    let u32_at =
        |at: usize, value: u32| move |payload: &mut [u8]| payload[at..at + 4].copy_from_slice(&value.to_le_bytes());
    let byte_at = |at: usize, value: u8| move |payload: &mut [u8]| payload[at] = value;
    for (at, value) in [(0, 0), (0, 129), (0, 2), (1, 0), (1, 33), (1, 1), (2, 0), (2, 1), (2, 3), (3, 1)] {
        assert!(forge(&honest, byte_at(at, value)).is_err(), "scheme byte {at} = {value}");
    }
    // Slots out of order, the same twice, beyond k, with a tail.
    for (at, value) in [(12, 2), (12, 3), (12, 200), (13, 1), (52, 0), (52, 3), (4015, 1)] {
        assert!(forge(&honest, byte_at(at, value)).is_err(), "member byte {at} = {value}");
    }
    for length in [0, 1, 4095, 4 * 4096, 12 * 4096, 64 << 20, (64 << 20) + 4096, u32::MAX] {
        assert!(forge(&honest, u32_at(4, length)).is_err(), "row length {length}");
        assert!(
            length == 4 * 4096 || length == 12 * 4096 || forge(&honest, u32_at(16, length)).is_err(),
            "member {length}"
        );
    }
}

#[test]
fn layout_is_that_of_the_format() {
    let header = header(3, 1, &[1], &[1], 5);
    let page = header.encode_pages(0);
    assert_eq!(&page[..16], b"CADDISR1\0\0\x01\0\0\0\0\0");
    assert_eq!(page[16..48], [5; 32]);
    assert_eq!(page[48..68], [3, 1, 1, 0, 0, 16, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 16, 0, 0]);
    assert_eq!(page[68..100], [4; 32]);
    assert_eq!(page[100..108], header.member_checksums[0][0]);
    assert_eq!(page[108..116], header.row_checksums[0][0]);
    assert!(page[116..4064].iter().all(|byte| *byte == 0));
    assert_eq!(page[4064..], blake3::hash(&page[..4064]).as_bytes()[..]);
    assert_eq!(block_checksums(&[7; 4096 * 2])[1], blake3::hash(&[7; 4096]).as_bytes()[..8]);
}

#[test]
fn the_largest_header_fits_its_page_numbers() {
    assert!(pages_of(32, [MAX_PACK_BYTES; 128]) <= usize::from(u16::MAX));
}
