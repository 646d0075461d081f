//! Valid bytes for each decoder, to be changed.
use caddis::compress::{Compression, Compressor};
use caddis::format::*;
use caddis::id::*;
use caddis::model::*;
use caddis::world::Time;
use zeroize::Zeroizing;

const TIME: Time = Time { secs: 1_700_000_000, nanos: 5 };
const SID: SessionId = SessionId([3; 16]);

/// At least one, for each name in `all::ALL`.
pub fn samples(decoder: &str) -> Vec<Vec<u8>> {
    match decoder {
        "object" => objects(),
        "config" => vec![config().encode()],
        "slot" => slots(),
        "decision" => decisions(),
        "gc" => gc(),
        "pack" => packs(),
        "index" => vec![index()],
        "parity" => vec![parity()],
        "tree" => trees().iter().map(encode_tree).collect(),
        "snapshot" => vec![encode_snapshot(&snapshot())],
        "zstd" => vec![zstd()],
        "tar" => vec![archive()],
        _ => Vec::new(),
    }
}

fn objects() -> Vec<Vec<u8>> {
    let payload = Payload { compressed: false, raw_len: 5, stored: b"hello" }.encode(ObjectType::Config, 4);
    let sealed = [payload.clone(), vec![9; 16]].concat();
    let header = ObjectHeader {
        object_type: ObjectType::Config,
        epoch: 1,
        repo: RepoId([1; 32]),
        salt: [2; 32],
        commitment: [3; 32],
        plain_len: 4,
        sealed_len: sealed.len(),
    };
    vec![[header.encode().as_slice(), b"abcd", &sealed].concat(), payload]
}

fn config() -> Config {
    Config {
        number: 1,
        optional_features: vec!["x".into()],
        chunker: ChunkerConfig { min: 64 << 10, average: 256 << 10, max: 1 << 20, level: 2 },
        pack_size: 16 << 20,
        k: 10,
        m: 2,
        locations: Vec::new(),
        compression: 1000,
        delta: 0,
        inline_limit: 512,
        frame_target: 1 << 20,
        created: TIME,
        single_writer: false,
        id_generation: 0,
        chunker_generation: 0,
        chunker_key: None,
        settings: Default::default(),
        unknown: vec![(40, vec![1])],
    }
}

fn slots() -> Vec<Vec<u8>> {
    let header = KeySlotHeader { log_n: 17, r: 8, p: 1, salt: [5; 32], note: Some(vec![6; 40]) };
    let note = KeySlotNote { created: TIME, host: "h".into(), user: "u".into(), label: "l".into() };
    let key = |number| (number, Zeroizing::new([number as u8; 32]));
    let epoch = BundleEpoch { epoch: 1, id_generation: 0, chunker_generation: 0, keys: (0..9).map(key).collect() };
    vec![header.encode(), note.encode(), encode_bundle(&[epoch]).to_vec()]
}

fn decisions() -> Vec<Vec<u8>> {
    let names = vec![IndexName { session: SID, number: 0 }, IndexName { session: SID, number: 12 }];
    let finished = Finished {
        time: TIME,
        retired: names.clone(),
        seen: vec![SID],
        left: LeftMarks { marks: vec![SID], waits: vec![SID] },
    };
    vec![
        Decision::Snapshot(encode_snapshot(&snapshot())).encode(),
        Decision::Fence(Fence { by: SID, reason: "gone".into(), kept: names.clone(), left: Default::default() })
            .encode(),
        Decision::Pruned(finished.clone()).encode(),
        Decision::Repaired(finished).encode(),
    ]
}

fn gc() -> Vec<Vec<u8>> {
    let retired = vec![IndexName { session: SID, number: 0 }, IndexName { session: SID, number: 12 }];
    let session =
        Session { counter: 4, host: "h".into(), boot_id: vec![1; 36], pid: 77, started: TIME, ..Default::default() };
    vec![
        session.encode(),
        Tombstone { time: TIME, host: "h".into(), reason: "r".into() }.encode(),
        Mark { stripes: vec![StripeId([8; 32]); 2], by: SID }.encode(),
        Done { retired, snapshots: vec![SID] }.encode(),
    ]
}

fn frames() -> Vec<FrameEntry> {
    let blob = |byte| (BlobId([byte; 32]), 1000 + u32::from(byte));
    let tag = |codec, kind| FrameTag { codec, kind };
    vec![
        FrameEntry {
            tag: tag(Codec::Zstd, BlobKind::Data),
            stored_len: 700,
            blobs: vec![blob(1), blob(2)],
            bases: vec![],
        },
        FrameEntry { tag: tag(Codec::Raw, BlobKind::Tree), stored_len: 1019, blobs: vec![blob(3)], bases: vec![] },
        FrameEntry {
            tag: tag(Codec::ZstdDelta, BlobKind::Data),
            stored_len: 100,
            blobs: vec![blob(4)],
            bases: vec![BlobId([1; 32])],
        },
    ]
}

fn packs() -> Vec<Vec<u8>> {
    let header = PackHeader {
        kinds: PackKinds::Both,
        epoch: 1,
        session: SID,
        stripe: StripeId([4; 32]),
        slot: 2,
        k: 10,
        m: 2,
        length: 32 << 10,
        data_commitment: [5; 32],
        tree_commitment: [6; 32],
    };
    let end = FRAMES_START + frames().iter().map(|frame| frame.stored_len).sum::<u32>();
    let locator = Locator { frames: 3, directory_offset: end, directory_len: 100 };
    vec![
        header.encode().to_vec(),
        [(32_u32 << 10).to_le_bytes().as_slice(), &locator.encode()].concat(),
        [end.to_le_bytes().as_slice(), &encode_directory(&frames())].concat(),
    ]
}

fn index() -> Vec<u8> {
    let slot = |slot, frames| SlotEntry { slot, location: 0, length: 32 << 10, pack: PackId([slot; 32]), frames };
    let stripe = StripeEntry {
        id: StripeId([4; 32]),
        k: 10,
        m: 2,
        generation: 0,
        slots: vec![slot(0, frames()), slot(10, Vec::new())],
    };
    let object = IndexObject { stripes: vec![stripe] };
    let plain = object.encode_plain();
    [&(plain.len() as u16).to_le_bytes(), plain.as_slice(), &object.encode_columns()].concat()
}

/// The payload, as the decoder's own pages have it.
fn parity() -> Vec<u8> {
    let member = |slot| ParityMember { slot, length: 32 << 10, id: PackId([slot; 32]) };
    let header = ParityHeader {
        stripe: StripeId([7; 32]),
        k: 4,
        m: 1,
        generation: 0,
        members: vec![member(0), member(3)],
        member_checksums: vec![vec![[1; 8]; 8]; 2],
        row_checksums: vec![vec![[2; 8]; 8]],
    };
    let pages = header.encode_pages(0);
    pages.chunks(BLOCK_BYTES).flat_map(|page| &page[48..BLOCK_BYTES - 32]).copied().collect()
}

fn trees() -> [Tree; 3] {
    let file = Node {
        name: b"file".to_vec(),
        mode: 0o644,
        user: Some("u".into()),
        size: 5,
        mtime: TIME,
        links: 1,
        xattrs: vec![
            (b"user.x".to_vec(), XattrValue::Inline(vec![1])),
            (b"user.y".to_vec(), XattrValue::Blobs(vec![BlobId([1; 32])])),
        ],
        content: Content::Inline(b"hello".to_vec()),
        ..Node::default()
    };
    let large = Node {
        name: b"large".to_vec(),
        size: 1 << 40,
        holes: vec![(4096, 8192)],
        content: Content::List { height: 1, id: BlobId([2; 32]) },
        ..Node::default()
    };
    let directory =
        Node { name: b"sub".to_vec(), kind: NodeType::Directory, subtree: Some(BlobId([3; 32])), ..Node::default() };
    let branch = |first: &[u8]| Branch { id: BlobId([4; 32]), first_name: first.to_vec(), nodes: 9 };
    [
        Tree::Leaf(vec![file, large, directory]),
        Tree::Inner(vec![branch(b"a"), branch(b"b")]),
        Tree::List { height: 0, ids: vec![BlobId([5; 32]); 3] },
    ]
}

fn snapshot() -> Snapshot {
    Snapshot {
        root: Some(BlobId([6; 32])),
        time: TIME,
        host: "host".into(),
        paths: vec![b"/home".to_vec()],
        tags: vec!["t".into()],
        program: "caddis".into(),
        writer: Some(WriterId([7; 16])),
        previous: Some(SID),
        ..Snapshot::default()
    }
}

fn zstd() -> Vec<u8> {
    let raw = b"hello hello hello hello ".repeat(20);
    let frame = Compressor::default().compress(&raw, Compression::Level(3)).expect("it compresses well");
    [&(raw.len() as u16).to_le_bytes(), frame.as_slice()].concat()
}

fn archive() -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let header = |kind, size| {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(size);
        header
    };
    let file = tar::EntryType::Regular;
    let pax: [(&str, &[u8]); 3] = [("mtime", b"1.5"), ("SCHILY.xattr.user.a", b"b"), ("GNU.sparse.map", b"1,2,4,3")];
    archive
        .append_pax_extensions(pax.into_iter().chain([("GNU.sparse.size", b"9".as_slice())]))
        .expect("it is written");
    archive.append_data(&mut header(file, 5), "file", &b"hello"[..]).expect("it is written");
    archive.append_link(&mut header(tar::EntryType::Link, 0), "first", "file").expect("it is written");
    archive.append_data(&mut tar::Header::new_gnu(), "long".repeat(30), &b""[..]).expect("it is written");
    archive.into_inner().expect("it is written")
}
