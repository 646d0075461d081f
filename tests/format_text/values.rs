//! What the worked examples are, in words of the program.
use caddis::crypto::{Generations, MasterKey, Purpose, SecretKey, Subkeys, object_key};
use caddis::format::*;
use caddis::id::*;
use caddis::model::*;
use caddis::world::Time;

pub const MASTER: [u8; 32] = [1; 32];
pub const REPO: RepoId = RepoId([2; 32]);
pub const STRIPE: StripeId = StripeId([0x55; 32]);
const SESSION: SessionId = SessionId([0x66; 16]);
const TIME: Time = Time { secs: 1_700_000_000, nanos: 5 };

/// Name and bytes of every example.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let page = parity_header().encode_pages(0);
    let used = page[..BLOCK_BYTES - 32].iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let keys = keys();
    let mut pack_keys = [0; 96];
    let mut hasher = blake3::Hasher::new_keyed(keys.key(Purpose::DataPacks).expose());
    hasher.update(b"caddis v1 pack").update(&STRIPE.0).update(&[0; 4]).finalize_xof().fill(&mut pack_keys);
    vec![
        // A leaf of one node has five bytes in front of it.
        ("node", encode_tree(&Tree::Leaf(vec![node()]))[5..].to_vec()),
        ("leaf", encode_tree(&leaf())),
        ("snapshot", encode_snapshot(&snapshot())),
        ("config", config().encode()),
        ("fence", fence().encode()),
        ("directory", encode_directory(&frames())),
        ("index plain part", index().encode_plain()),
        ("index columns", index().encode_columns()),
        ("pack header", pack_header().encode().to_vec()),
        ("parity page", page[..used].to_vec()),
        ("parity page checksum", page[BLOCK_BYTES - 32..].to_vec()),
        ("subkeys", Purpose::ALL.iter().flat_map(|purpose| *keys.key(*purpose).expose()).collect()),
        ("blob id", keys.blob_id(BlobKind::Data, b"hello").0.to_vec()),
        ("gear", keys.gear()[0].to_le_bytes().to_vec()),
        ("pack keys", pack_keys.to_vec()),
        ("sealed config", sealed_config()),
    ]
}

fn keys() -> Subkeys {
    MasterKey::new(SecretKey::from_bytes(MASTER)).subkeys(&REPO, 1, Generations::default())
}

pub fn node() -> Node {
    Node {
        name: b"notes.txt".to_vec(),
        mode: 0o644,
        uid: 1000,
        gid: 1000,
        user: Some("ada".into()),
        group: Some("ada".into()),
        size: 69_632,
        mtime: TIME,
        ctime: Time { secs: 1_700_000_001, nanos: 0 },
        inode: 42,
        links: 1,
        content: Content::Blobs(vec![BlobId([0x11; 32])]),
        holes: vec![(4096, 65_536)],
        ..Node::default()
    }
}

pub fn leaf() -> Tree {
    let small = Node { name: b"a".to_vec(), size: 2, content: Content::Inline(b"hi".to_vec()), ..Node::default() };
    let folder = Node {
        name: b"b".to_vec(),
        kind: NodeType::Directory,
        mode: 0o755,
        subtree: Some(BlobId([0x22; 32])),
        ..Node::default()
    };
    Tree::Leaf(vec![small, folder])
}

pub fn snapshot() -> Snapshot {
    Snapshot {
        root: Some(BlobId([0x33; 32])),
        time: Time { secs: 1_700_000_002, nanos: 0 },
        host: "box".into(),
        user: "ada".into(),
        uid: 1000,
        gid: 1000,
        paths: vec![b"/home".to_vec()],
        tags: vec!["daily".into()],
        statistics: Statistics { files: 1, directories: 1, bytes: 69_632, ..Statistics::default() },
        program: "caddis 0.1.0".into(),
        writer: Some(WriterId([0x44; 16])),
        counter: 1,
        ..Snapshot::default()
    }
}

pub fn config() -> Config {
    Config {
        number: 1,
        optional_features: Vec::new(),
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
        unknown: Vec::new(),
    }
}

pub fn fence() -> Decision {
    let kept = vec![IndexName { session: SESSION, number: 0 }];
    Decision::Fence(Fence {
        by: SessionId([0x77; 16]),
        reason: "process is gone".into(),
        kept,
        left: Default::default(),
    })
}

/// A frame of two data blobs, and a tree frame with a base.
pub fn frames() -> Vec<FrameEntry> {
    vec![
        FrameEntry {
            tag: FrameTag { codec: Codec::Zstd, kind: BlobKind::Data },
            stored_len: 1000,
            blobs: vec![(BlobId([0x11; 32]), 4096), (BlobId([0x12; 32]), 5)],
            bases: Vec::new(),
        },
        FrameEntry {
            tag: FrameTag { codec: Codec::ZstdDelta, kind: BlobKind::Tree },
            stored_len: 100,
            blobs: vec![(BlobId([0x22; 32]), 300)],
            bases: vec![BlobId([0x23; 32])],
        },
    ]
}

pub fn index() -> IndexObject {
    let slot = |slot, pack, frames| SlotEntry { slot, location: 0, length: 32 << 10, pack: PackId([pack; 32]), frames };
    let slots = vec![slot(0, 0x88, frames()), slot(2, 0x99, Vec::new())];
    IndexObject { stripes: vec![StripeEntry { id: STRIPE, k: 2, m: 1, generation: 0, slots }] }
}

pub fn pack_header() -> PackHeader {
    let keys = keys();
    let commitment = |kind| keys.pack_keys(kind, &STRIPE, 0).commitment;
    PackHeader {
        kinds: PackKinds::Both,
        epoch: 1,
        session: SESSION,
        stripe: STRIPE,
        slot: 0,
        k: 2,
        m: 1,
        length: 32 << 10,
        data_commitment: commitment(BlobKind::Data),
        tree_commitment: commitment(BlobKind::Tree),
    }
}

pub fn parity_header() -> ParityHeader {
    ParityHeader {
        stripe: STRIPE,
        k: 2,
        m: 1,
        generation: 0,
        members: vec![ParityMember { slot: 0, length: 32 << 10, id: PackId([0x88; 32]) }],
        member_checksums: vec![vec![[0xaa; 8]; 8]],
        row_checksums: vec![vec![[0xbb; 8]; 8]],
    }
}

/// The config above, with a salt of 0x03 bytes, not compressed.
fn sealed_config() -> Vec<u8> {
    let config = config().encode();
    let payload = Payload { compressed: false, raw_len: config.len(), stored: &config }.encode(ObjectType::Config, 0);
    let salt = [3; 32];
    let key = object_key(keys().key(Purpose::Administration), &salt);
    let header = ObjectHeader {
        object_type: ObjectType::Config,
        epoch: 1,
        repo: REPO,
        salt,
        commitment: key.commitment,
        plain_len: 0,
        sealed_len: payload.len() + 16,
    }
    .encode();
    let mut out = header.to_vec();
    key.aead.seal_into(0, &object_aad("config/1", &header, &[]), &payload, &mut out);
    let trailer = object_trailer(&out);
    out.extend(trailer);
    out
}
