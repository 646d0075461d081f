//! The worked examples of `repo-format.md`, section 13: decoded, compared with what the text says they are, encoded again.
#[path = "format_text/values.rs"]
mod values;

use std::collections::BTreeMap;

use caddis::compress::Decompressor;
use caddis::crypto::AeadKey;
use caddis::format::*;
use caddis::model::{Tree, decode_snapshot, decode_tree, encode_snapshot, encode_tree};

const TEXT: &str = include_str!("../repo-format.md");

/// Bytes of the fenced blocks behind lines `Example: name`, by name.
fn examples() -> BTreeMap<&'static str, Vec<u8>> {
    let mut examples = BTreeMap::new();
    for part in TEXT.split("\nExample: ").skip(1) {
        let (name, rest) = part.split_once(['\n', '.']).expect("a name ends");
        let (before, rest) = rest.split_once("```hex\n").expect("a block of hex follows");
        assert!(!before.contains("```"), "{name}: another block comes first");
        let (block, _) = rest.split_once("```").expect("blocks end");
        let digits: Vec<u8> = block.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let pairs = digits.chunks(2).map(|pair| std::str::from_utf8(pair).expect("hex is ASCII"));
        let bytes = pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hex")).collect();
        assert!(examples.insert(name, bytes).is_none(), "{name} occurs twice");
    }
    examples
}

fn example(name: &str) -> Vec<u8> {
    examples().remove(name).unwrap_or_else(|| panic!("the text has no example {name:?}"))
}

/// What the text must have, all of it in one message if it has not.
#[test]
fn the_text_has_what_the_program_writes() {
    let written = values::all();
    let mut text = String::new();
    for (name, bytes) in &written {
        if examples().get(name) != Some(bytes) {
            text.push_str(&format!("\n{name}\n```hex\n"));
            for line in bytes.chunks(48) {
                text.extend(line.iter().map(|byte| format!("{byte:02x}")));
                text.push('\n');
            }
            text.push_str("```\n");
        }
    }
    assert!(text.is_empty(), "these examples differ from the text:{text}");
    let names: Vec<&str> = examples().into_keys().collect();
    let mut expected: Vec<&str> = written.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    assert_eq!(names, expected, "the text has examples that are not checked");
}

#[test]
fn trees_and_snapshots_decode() {
    let leaf_of_one = [&[0xa2, 0, 0, 1, 0x81][..], &example("node")].concat();
    assert_eq!(decode_tree(&leaf_of_one).expect("valid"), Tree::Leaf(vec![values::node()]));
    let leaf = example("leaf");
    let tree = decode_tree(&leaf).expect("valid");
    assert_eq!((&tree, encode_tree(&tree)), (&values::leaf(), leaf));
    let bytes = example("snapshot");
    let snapshot = decode_snapshot(&bytes).expect("valid");
    assert_eq!((&snapshot, encode_snapshot(&snapshot)), (&values::snapshot(), bytes));
}

#[test]
fn settings_and_decisions_decode() {
    let bytes = example("config");
    let config = Config::decode(&bytes).expect("valid");
    assert_eq!((&config, config.encode()), (&values::config(), bytes));
    let bytes = example("fence");
    let fence = Decision::decode(&bytes).expect("valid");
    assert_eq!((&fence, fence.encode()), (&values::fence(), bytes));
}

#[test]
fn packs_and_index_decode() {
    let directory = example("directory");
    let end = FRAMES_START + values::frames().iter().map(|frame| frame.stored_len).sum::<u32>();
    let shapes = decode_directory(&directory, end).expect("valid");
    for (shape, frame) in shapes.iter().zip(values::frames()) {
        let lengths: Vec<u32> = frame.blobs.iter().map(|(_, len)| *len).collect();
        assert_eq!(
            (shape.tag, shape.stored_len, &shape.blobs, &shape.bases),
            (frame.tag, frame.stored_len, &lengths, &frame.bases)
        );
    }
    assert_eq!(shapes.len(), values::frames().len());
    let plain = example("index plain part");
    let index = IndexObject::decode(&plain, &example("index columns")).expect("valid");
    assert_eq!(index, values::index());
    assert_eq!((index.encode_plain(), index.encode_columns()), (plain, example("index columns")));

    let header = example("pack header");
    let bytes = header.as_slice().try_into().expect("a whole header");
    assert_eq!(PackHeader::decode(bytes).expect("valid"), values::pack_header());
}

#[test]
fn the_parity_page_decodes() {
    let mut page = example("parity page");
    page.resize(BLOCK_BYTES - 32, 0);
    page.extend(example("parity page checksum"));
    let decoded = ParityPage::decode(&page).expect("valid");
    assert_eq!((decoded.row, decoded.number, decoded.count), (0, 0, 1));
    let header = ParityHeader::assemble(&decoded.stripe, [decoded]).expect("valid");
    assert_eq!((&header, header.encode_pages(0)), (&values::parity_header(), page));
}

/// By the words of section 2 and 6, with nothing of the program's own.
#[test]
fn keys_follow_from_the_text() {
    let contexts = [
        "caddis v1 blob id",
        "caddis v1 chunker",
        "caddis v1 data pack root",
        "caddis v1 tree pack root",
        "caddis v1 index",
        "caddis v1 snapshot",
        "caddis v1 administration",
        "caddis v1 local cache",
    ];
    let input = [&values::MASTER[..], &values::REPO.0, &1_u32.to_le_bytes(), &0_u32.to_le_bytes()].concat();
    let subkeys: Vec<[u8; 32]> = contexts.map(|context| blake3::derive_key(context, &input)).to_vec();
    assert_eq!(subkeys.concat(), example("subkeys"));
    let mut id = blake3::Hasher::new_keyed(&subkeys[0]);
    assert_eq!(id.update(&[0]).update(b"hello").finalize().as_bytes().as_slice(), example("blob id"));
    let mut gear = [0; 8];
    blake3::Hasher::new_keyed(&subkeys[1]).update(b"caddis v1 gear").finalize_xof().fill(&mut gear);
    assert_eq!(gear.as_slice(), example("gear"));
    let mut pack = [0; 96];
    let (stripe, slot) = (values::STRIPE.0, 0_u32.to_le_bytes());
    let mut hasher = blake3::Hasher::new_keyed(&subkeys[2]);
    hasher.update(b"caddis v1 pack").update(&stripe).update(&slot).finalize_xof().fill(&mut pack);
    assert_eq!(pack.as_slice(), example("pack keys"));
    // The header of the example names these keys.
    assert_eq!(pack[32..64], example("pack header")[128..160]);
}

/// Opens the object by the words of section 3; only AES-256-GCM-SIV and zstd are the program's.
#[test]
fn the_sealed_object_opens() {
    let object = example("sealed config");
    assert_eq!(object.len() % 1024, 0);
    let (body, checksum) = object.split_at(object.len() - 32);
    assert_eq!(blake3::hash(body).as_bytes().as_slice(), checksum);
    let number = |at: usize| u64::from_le_bytes(body[at..at + 8].try_into().expect("eight bytes")) as usize;
    let (plain, sealed) = (number(112), number(120));
    assert_eq!((&body[..8], body[8], 128 + plain + sealed), (&b"CADDISO1"[..], 1, body.len()));
    let administration: [u8; 32] = example("subkeys")[6 * 32..][..32].try_into().expect("32 bytes");
    let mut keys = [0; 64];
    let mut hasher = blake3::Hasher::new_keyed(&administration);
    hasher.update(b"caddis v1 object").update(&body[48..80]).finalize_xof().fill(&mut keys);
    assert_eq!(keys[32..], body[80..112], "the commitment");
    let name = b"config/1";
    let aad = [&(name.len() as u16).to_le_bytes(), &name[..], &body[..128 + plain]].concat();
    let key = AeadKey::new(keys.first_chunk().expect("32 bytes"));
    let opened = key.open(0, &aad, &body[128 + plain..]).expect("it is authentic");
    let length = |at: usize| u32::from_le_bytes(opened[at..at + 4].try_into().expect("four bytes")) as usize;
    let stored = &opened[9..9 + length(5)];
    let raw = match opened[0] {
        0 => stored.to_vec(),
        _ => Decompressor::default().decompress(stored, length(1), None).expect("a zstd frame"),
    };
    assert!(opened[9 + length(5)..].iter().all(|byte| *byte == 0));
    assert_eq!(raw, example("config"));
    // One bit of anything, and it does not open.
    let mut aad = aad;
    aad[3] ^= 1;
    assert!(key.open(0, &aad, &body[128 + plain..]).is_err());
}
