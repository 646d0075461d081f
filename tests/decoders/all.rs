//! Each decoder with what must hold for any bytes: no panic, and what it accepts it reads back from its own encoding. Used by tests and fuzzing.
use caddis::compress::Decompressor;
use caddis::format::{
    BLOCK_BYTES, Config, Decision, Done, FrameEntry, IndexObject, KeySlotHeader, KeySlotNote, Locator, Mark,
    ObjectType, PACK_HEADER_LEN, PackHeader, ParityHeader, ParityPage, Payload, Session, Tombstone, decode_bundle,
    decode_directory, encode_bundle, encode_directory, object_trailer, split_object,
};
use caddis::fs::tar::TarReader;
use caddis::id::{BlobId, StripeId};
use caddis::model::{Node, decode_snapshot, decode_tree, encode_snapshot, encode_tree};

/// A decoder by name.
pub type Decoder = (&'static str, fn(&[u8]));

/// All of them.
#[allow(dead_code)]
pub const ALL: &[Decoder] = &[
    ("object", object),
    ("config", config),
    ("slot", slot),
    ("decision", decision),
    ("gc", gc),
    ("pack", pack),
    ("index", index),
    ("parity", parity),
    ("tree", tree),
    ("snapshot", snapshot),
    ("zstd", zstd),
    ("tar", tar),
];

/// The envelope and the payload in it. Its checksum is made right, or nothing behind it would be reached.
pub fn object(bytes: &[u8]) {
    let _ = split_object(bytes).is_ok();
    let mut whole = bytes.to_vec();
    whole.extend(object_trailer(bytes));
    if let Ok(parts) = split_object(&whole) {
        assert!(parts.intact);
        assert_eq!(&parts.header.encode(), parts.header_bytes);
        let _ = Payload::decode(parts.sealed, parts.header.object_type).is_ok();
    }
    for object_type in [ObjectType::Config, ObjectType::Index, ObjectType::Decision] {
        if let Ok(payload) = Payload::decode(bytes, object_type) {
            let again = payload.encode(object_type, 0);
            assert_eq!(Payload::decode(&again, object_type), Ok(payload));
        }
    }
}

/// Settings.
pub fn config(bytes: &[u8]) {
    if let Ok(config) = Config::decode(bytes) {
        assert_eq!(Config::decode(&config.encode()), Ok(config));
    }
}

/// Plain part, note and bundle of a key slot.
pub fn slot(bytes: &[u8]) {
    if let Ok(header) = KeySlotHeader::decode(bytes) {
        assert_eq!(KeySlotHeader::decode(&header.encode()), Ok(header));
    }
    if let Ok(note) = KeySlotNote::decode(bytes) {
        assert_eq!(KeySlotNote::decode(&note.encode()), Ok(note));
    }
    if let Ok(epochs) = decode_bundle(bytes) {
        let again = decode_bundle(&encode_bundle(&epochs)).expect("what was decoded can be encoded");
        assert_eq!(epochs.len(), again.len());
    }
}

/// Decisions of every kind, with the snapshot in those that have one.
pub fn decision(bytes: &[u8]) {
    if let Ok(decision) = Decision::decode(bytes) {
        if let Decision::Snapshot(body) = &decision {
            snapshot(body);
        }
        assert_eq!(Decision::decode(&decision.encode()), Ok(decision));
    }
}

/// Sessions, tombstones, marks and dones.
pub fn gc(bytes: &[u8]) {
    if let Ok(session) = Session::decode(bytes) {
        assert_eq!(Session::decode(&session.encode()), Ok(session));
    }
    if let Ok(tombstone) = Tombstone::decode(bytes) {
        assert_eq!(Tombstone::decode(&tombstone.encode()), Ok(tombstone));
    }
    if let Ok(mark) = Mark::decode(bytes) {
        assert_eq!(Mark::decode(&mark.encode()), Ok(mark));
    }
    if let Ok(done) = Done::decode(bytes) {
        assert_eq!(Done::decode(&done.encode()), Ok(done));
    }
}

/// Header (with its checksum made right), locator and directory of a data pack.
pub fn pack(bytes: &[u8]) {
    if let Some((body, _)) = bytes.split_first_chunk::<PACK_HEADER_LEN>() {
        let mut header = *body;
        let hash = blake3::hash(&header[..PACK_HEADER_LEN - 32]);
        header[PACK_HEADER_LEN - 32..].copy_from_slice(hash.as_bytes());
        if let Ok(decoded) = PackHeader::decode(&header) {
            assert_eq!(decoded.encode(), header);
        }
        let _ = PackHeader::decode(body).is_ok();
    }
    if let Some((length, locator)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length);
        if let Ok(locator) = Locator::decode(locator, length) {
            assert_eq!(Locator::decode(&locator.encode(), length), Ok(locator));
        }
    }
    if let Some((end, directory)) = bytes.split_first_chunk::<4>() {
        let end = u32::from_le_bytes(*end);
        if let Ok(shapes) = decode_directory(directory, end) {
            let zero = BlobId([0; 32]);
            let entries: Vec<FrameEntry> = (shapes.iter())
                .map(|shape| FrameEntry {
                    tag: shape.tag,
                    stored_len: shape.stored_len,
                    blobs: shape.blobs.iter().map(|len| (zero, *len)).collect(),
                    bases: shape.bases.clone(),
                })
                .collect();
            assert_eq!(decode_directory(&encode_directory(&entries), end), Ok(shapes));
        }
    }
}

/// An index object; the first two bytes are the length of the plain part.
pub fn index(bytes: &[u8]) {
    let _ = IndexObject::decode_plain(bytes).is_ok();
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return };
    let Some((plain, columns)) = rest.split_at_checked(u16::from_le_bytes(*length).into()) else { return };
    if let Ok(object) = IndexObject::decode(plain, columns) {
        assert_eq!(IndexObject::decode(&object.encode_plain(), &object.encode_columns()), Ok(object));
    }
}

/// Pages of a parity header, as they are; and a header made of pages with right checksums that have the bytes as payload.
pub fn parity(bytes: &[u8]) {
    for page in bytes.chunks(BLOCK_BYTES) {
        let _ = ParityPage::decode(page).is_ok();
    }
    let stripe = StripeId([7; 32]);
    let payloads: Vec<&[u8]> = bytes.chunks(BLOCK_BYTES - 80).take(32).collect();
    let pages: Vec<Vec<u8>> = (0_u16..)
        .zip(&payloads)
        .map(|(number, payload)| {
            let count = payloads.len() as u16;
            let mut page = b"CADDISR1".to_vec();
            page.extend([number.to_le_bytes(), count.to_le_bytes()].concat());
            page.extend([0; 4]);
            page.extend(stripe.0);
            page.extend(*payload);
            page.resize(BLOCK_BYTES - 32, 0);
            let hash = blake3::hash(&page);
            page.extend(hash.as_bytes());
            page
        })
        .collect();
    let pages = pages.iter().map(|page| ParityPage::decode(page).expect("a page with the right checksum"));
    if let Ok(header) = ParityHeader::assemble(&stripe, pages) {
        let again = header.encode_pages(0);
        let pages = again.chunks(BLOCK_BYTES).map(|page| ParityPage::decode(page).expect("just made"));
        assert_eq!(ParityHeader::assemble(&stripe, pages), Ok(header));
    }
}

/// Tree blobs of all forms.
pub fn tree(bytes: &[u8]) {
    if let Ok(tree) = decode_tree(bytes) {
        assert_eq!(decode_tree(&encode_tree(&tree)).expect("what was decoded can be encoded"), tree);
    }
}

/// The body of a snapshot's decision.
pub fn snapshot(bytes: &[u8]) {
    if let Ok(snapshot) = decode_snapshot(bytes) {
        assert_eq!(decode_snapshot(&encode_snapshot(&snapshot)).expect("what was decoded can be encoded"), snapshot);
    }
}

/// A zstd frame; the first two bytes are the length that is expected, and the rest of it may be its own prefix.
pub fn zstd(bytes: &[u8]) {
    let Some((length, frame)) = bytes.split_first_chunk::<2>() else { return };
    let length = u16::from_le_bytes(*length) as usize;
    let mut decompressor = Decompressor::default();
    for prefix in [None, Some(frame)] {
        if let Ok(raw) = decompressor.decompress(frame, length, prefix) {
            assert_eq!(raw.len(), length);
        }
    }
}

/// An archive, as it is and with the checksums of its headers made right. Whoever passes over what is in files finds the same entries.
pub fn tar(bytes: &[u8]) {
    let mut sound = bytes.to_vec();
    for block in sound.chunks_exact_mut(512).filter(|block| block[257..262] == *b"ustar") {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    }
    for bytes in [bytes, &sound] {
        let (read, passed_over) = (entries(bytes, true), entries(bytes, false));
        assert!(read == passed_over, "{read:?}\n{passed_over:?}");
    }
}

/// Path, metadata and first name of each, and whether the archive has an end; none if it does not read to there.
type Entries = Option<(Vec<(Vec<u8>, Node, Option<Vec<u8>>)>, bool)>;

fn entries(bytes: &[u8], contents: bool) -> Entries {
    let (mut archive, mut found) = (TarReader::new(bytes), Vec::new());
    while let Some(entry) = archive.next_entry().ok()? {
        let node = &entry.node;
        let (mut end, mut in_holes) = (0, 0);
        for (offset, length) in &node.holes {
            assert!(*offset >= end && *length > 0, "{:?}", node.holes);
            (end, in_holes) = (offset + length, in_holes + length);
        }
        assert!(end <= node.size, "{:?} in {}", node.holes, node.size);
        let (mut length, mut buffer) = (0, [0; 700]);
        while contents && let more @ 1.. = archive.read(&mut buffer).ok()? {
            length += more as u64;
        }
        assert!(!contents || entry.hard_link.is_some() || node.size == 0 || length == node.size - in_holes);
        found.push((entry.path, entry.node, entry.hard_link));
    }
    Some((found, archive.has_end()))
}
