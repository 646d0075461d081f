//! A session made by the letter of repo-format.md, sections 7 to 11: delta frames, packs of one kind each, a cut directory and a content list.
use std::sync::Arc;

use caddis::backend::ObjectName;
use caddis::compress::{Compression, Compressor};
use caddis::format::{
    Codec, DIRECTORY_NONCE, Decision, FRAMES_OFFSET, FrameBinding, FrameEntry, FrameTag, IndexObject, LOCATOR_NONCE,
    Locator, PackHeader, PackKinds, SlotEntry, StripeEntry, directory_aad, encode_directory, frame_nonce, locator_aad,
};
use caddis::id::{BlobId, BlobKind, PackId, SessionId, StripeId};
use caddis::model::{Branch, Content, Node, NodeType, Snapshot, Tree, decode_tree, encode_snapshot, encode_tree};
use caddis::monitor::Silent;
use caddis::parity::Matrix;
use caddis::repo::{Repository, encode_parity};
use caddis::world::{Time, random};

use crate::sealed::{put, sealed};

const LENGTH: usize = 32 << 10;

/// One frame to be sealed.
struct Frame {
    codec: Codec,
    encoded: Vec<u8>,
    blobs: Vec<(BlobId, u32)>,
    bases: Vec<BlobId>,
}

/// Blobs of one kind, each in a frame of its own.
struct Frames<'a> {
    repo: &'a Repository,
    kind: BlobKind,
    frames: Vec<Frame>,
}

impl Frames<'_> {
    fn add(&mut self, blob: &[u8], bases: &[BlobId]) -> BlobId {
        let id = self.repo.subkeys().blob_id(self.kind, blob);
        let load = |id: &BlobId| self.repo.load_blob(self.kind, id, &Silent).expect("bases are there");
        let prefix: Vec<u8> = bases.iter().flat_map(load).collect();
        let (codec, encoded) = match bases {
            [] => (Codec::Raw, blob.to_vec()),
            _ => {
                let delta = Compressor::default().compress_with_prefix(blob, &prefix, Compression::Level(3));
                (Codec::ZstdDelta, delta.expect("much alike"))
            }
        };
        self.frames.push(Frame { codec, encoded, blobs: vec![(id, blob.len() as u32)], bases: bases.to_vec() });
        id
    }

    /// The pack in a slot of a stripe, with what an index says about it.
    fn pack(&self, session: SessionId, stripe: &StripeEntry, slot: u8) -> (Vec<u8>, SlotEntry) {
        let keys = self.repo.subkeys();
        let own = keys.pack_keys(self.kind, &stripe.id, slot);
        let header = PackHeader {
            kinds: PackKinds::from(self.kind),
            epoch: keys.epoch(),
            session,
            stripe: stripe.id,
            slot,
            k: stripe.k,
            m: stripe.m,
            length: LENGTH as u32,
            data_commitment: keys.pack_keys(BlobKind::Data, &stripe.id, slot).commitment,
            tree_commitment: keys.pack_keys(BlobKind::Tree, &stripe.id, slot).commitment,
        };
        let header = header.encode();
        let mut pack = header.to_vec();
        pack.resize(FRAMES_OFFSET as usize, 0);
        let mut entries = Vec::new();
        for (number, frame) in (0..).zip(&self.frames) {
            let tag = FrameTag { codec: frame.codec, kind: self.kind };
            let stored_len = frame.encoded.len() as u32 + 16;
            let binding = FrameBinding {
                repo: &self.repo.id(),
                epoch: keys.epoch(),
                stripe: &stripe.id,
                slot,
                frame: number,
                tag: tag.to_byte(),
                raw_len: frame.blobs.iter().map(|(_, len)| len).sum(),
                stored_len,
                bases: &frame.bases,
            };
            own.aead.seal_into(frame_nonce(number), &binding.aad(), &frame.encoded, &mut pack);
            entries.push(FrameEntry { tag, stored_len, blobs: frame.blobs.clone(), bases: frame.bases.clone() });
        }
        let directory_offset = pack.len();
        let directory = encode_directory(&entries);
        own.aead.seal_into(DIRECTORY_NONCE, &directory_aad(&self.repo.id(), &header), &directory, &mut pack);
        let locator = Locator {
            frames: entries.len() as u32,
            directory_offset: directory_offset as u32,
            directory_len: (pack.len() - directory_offset) as u32,
        };
        let mut locator_bytes = Vec::new();
        own.aead.seal_into(
            LOCATOR_NONCE,
            &locator_aad(&self.repo.id(), &header),
            &locator.encode(),
            &mut locator_bytes,
        );
        pack[header.len()..FRAMES_OFFSET as usize].copy_from_slice(&locator_bytes);
        let end = pack.len();
        assert!(end <= LENGTH, "it fits");
        pack.resize(LENGTH, 0);
        own.padding.fill(&mut pack[end..]);
        let id = PackId(*blake3::hash(&pack).as_bytes());
        let entry = SlotEntry { slot, location: 0, length: LENGTH as u32, pack: id, frames: entries };
        (pack, entry)
    }
}

fn file(name: &str, size: u64, content: Content) -> Node {
    let mtime = Time { secs: 1_600_000_000, nanos: 1 };
    Node { name: name.as_bytes().to_vec(), mode: 0o640, size, mtime, content, ..Node::default() }
}

fn directory(name: &str, subtree: BlobId) -> Node {
    Node { kind: NodeType::Directory, mode: 0o750, subtree: Some(subtree), ..file(name, 0, Content::Empty) }
}

/// Commits a snapshot whose content rests on blobs of an earlier one: `text` is the plaintext of the data blob `base`, `tree` a tree blob.
pub fn commit(repo: &Repository, base: BlobId, text: &[u8], tree: BlobId) {
    let mut data = Frames { repo, kind: BlobKind::Data, frames: Vec::new() };
    let changed = [b"changed ", text].concat();
    let delta = data.add(&changed, &[base]);
    let twice = [text, b" and again ", text].concat();
    let two_bases = data.add(&twice, &[base, base]);
    let raw = data.add(b"raw frame", &[]);

    let mut trees = Frames { repo, kind: BlobKind::Tree, frames: Vec::new() };
    let list = trees.add(&encode_tree(&Tree::List { height: 0, ids: vec![raw, delta, raw] }), &[]);
    let listed = file("d-listed", changed.len() as u64 + 18, Content::List { height: 0, id: list });
    let hole = Node { holes: vec![(9, 100)], ..file("c-hole", 109, Content::Blobs(vec![raw])) };
    let first = vec![
        file("a-delta", changed.len() as u64, Content::Blobs(vec![delta])),
        file("b-two-bases", twice.len() as u64, Content::Blobs(vec![two_bases])),
    ];
    let second = vec![hole, listed];
    let leaves = [first, second].map(|nodes| {
        let (first_name, count) = (nodes[0].name.clone(), nodes.len() as u64);
        Branch { id: trees.add(&encode_tree(&Tree::Leaf(nodes)), &[]), first_name, nodes: count }
    });
    let cut = trees.add(&encode_tree(&Tree::Inner(leaves.to_vec())), &[]);
    // The earlier directory with one more entry, against the earlier one.
    let earlier = repo.load_blob(BlobKind::Tree, &tree, &Silent).expect("it is there");
    let Ok(Tree::Leaf(mut nodes)) = decode_tree(&earlier) else { panic!("a small directory") };
    nodes.push(file("zz", 9, Content::Blobs(vec![raw])));
    let later = trees.add(&encode_tree(&Tree::Leaf(nodes)), &[tree]);
    let dirs = vec![directory("cut", cut), directory("earlier", tree), directory("later", later)];
    let root = trees.add(&encode_tree(&Tree::Leaf(dirs)), &[]);

    let sid = SessionId(random(repo.world()));
    let (k, m) = (repo.config().k, repo.config().m);
    let mut stripe = StripeEntry { id: StripeId(random(repo.world())), k, m, generation: 0, slots: Vec::new() };
    let mut packs = Vec::new();
    for (slot, frames) in (0..).zip([&data, &trees]) {
        let (bytes, entry) = frames.pack(sid, &stripe, slot);
        stripe.slots.push(entry);
        packs.push(bytes);
    }
    let members: Vec<_> =
        stripe.slots.iter().zip(&packs).map(|(slot, bytes)| (slot.slot, slot.pack, bytes.as_slice())).collect();
    let matrix = Arc::new(Matrix::new(k, m).expect("the scheme is possible"));
    let parity = encode_parity(stripe.id, &matrix, &members);
    for (row, bytes) in (0..).zip(&parity) {
        let pack = PackId(*blake3::hash(bytes).as_bytes());
        let length = bytes.len() as u32;
        stripe.slots.push(SlotEntry { slot: k + row, location: 0, length, pack, frames: Vec::new() });
    }
    for bytes in packs.iter().chain(&parity) {
        let name = ObjectName::Pack(PackId(*blake3::hash(bytes).as_bytes()));
        repo.backend().put_new(&name, bytes).expect("storage works");
    }
    let index = IndexObject { stripes: vec![stripe] };
    let name = ObjectName::Index(sid, 0);
    let bytes = sealed(repo, &name, &index.encode_plain(), &index.encode_columns());
    repo.backend().put_new(&name, &bytes).expect("storage works");
    let snapshot = Snapshot {
        root: Some(root),
        time: Time { secs: 1_900_000_000, nanos: 5 },
        host: "by-hand".to_owned(),
        paths: vec![b"/cut".to_vec(), b"/earlier".to_vec()],
        original: Some(SessionId([7; 16])),
        protected_until: Some(Time { secs: 2_000_000_000, nanos: 0 }),
        unknown: vec![(99, vec![0x63, b'n', b'e', b'w'])],
        ..Snapshot::default()
    };
    put(repo, &ObjectName::Snapshot(sid), &Decision::Snapshot(encode_snapshot(&snapshot)).encode());
}
