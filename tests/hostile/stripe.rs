//! Packs, stripes and index objects made by the letter of repo-format.md, sections 7 and 8, with whatever lies a test wants in them.
use std::sync::Arc;

use caddis::backend::ObjectName;
use caddis::format::{
    Codec, DIRECTORY_NONCE, Decision, FRAMES_OFFSET, FrameBinding, FrameEntry, FrameTag, IndexObject, LOCATOR_NONCE,
    Locator, PackHeader, PackKinds, SlotEntry, StripeEntry, directory_aad, encode_directory, frame_nonce, locator_aad,
};
use caddis::id::{BlobId, BlobKind, PackId, SessionId, StripeId};
use caddis::model::{Snapshot, encode_snapshot};
use caddis::parity::Matrix;
use caddis::repo::{Repository, encode_parity};
use caddis::world::random;

use crate::scene::Scene;
use crate::sealed::{put, sealed};

const LENGTH: usize = 64 << 10;

/// One frame to be sealed: what it claims to be, and its bytes as they are.
#[derive(Clone)]
pub struct Frame {
    pub codec: Codec,
    pub kind: BlobKind,
    pub encoded: Vec<u8>,
    pub blobs: Vec<(BlobId, u32)>,
    pub bases: Vec<BlobId>,
}

/// A frame of one blob, not compressed.
pub fn raw(repo: &Repository, kind: BlobKind, blob: &[u8]) -> Frame {
    let id = repo.subkeys().blob_id(kind, blob);
    Frame { codec: Codec::Raw, kind, encoded: blob.to_vec(), blobs: vec![(id, blob.len() as u32)], bases: Vec::new() }
}

/// A session made by hand.
pub struct Hand<'a> {
    pub repo: &'a Repository,
    pub sid: SessionId,
}

impl<'a> Hand<'a> {
    pub fn new(scene: &'a Scene) -> Self {
        Hand { repo: &scene.repo, sid: SessionId(random(&*scene.world)) }
    }

    fn pack(&self, stripe: &StripeEntry, slot: u8, frames: &[Frame]) -> (Vec<u8>, SlotEntry) {
        let keys = self.repo.subkeys();
        let [data, tree] = [BlobKind::Data, BlobKind::Tree].map(|kind| keys.pack_keys(kind, &stripe.id, slot));
        let has = |kind| frames.iter().any(|frame| frame.kind == kind);
        let kinds = match (has(BlobKind::Data), has(BlobKind::Tree)) {
            (true, true) => PackKinds::Both,
            (false, true) => PackKinds::Tree,
            _ => PackKinds::Data,
        };
        let header = PackHeader {
            kinds,
            epoch: keys.epoch(),
            session: self.sid,
            stripe: stripe.id,
            slot,
            k: stripe.k,
            m: stripe.m,
            length: LENGTH as u32,
            data_commitment: data.commitment,
            tree_commitment: tree.commitment,
        };
        let header = header.encode();
        let own = if kinds == PackKinds::Data { &data } else { &tree };
        let mut pack = header.to_vec();
        pack.resize(FRAMES_OFFSET as usize, 0);
        let mut entries = Vec::new();
        for (number, frame) in (0..).zip(frames) {
            let tag = FrameTag { codec: frame.codec, kind: frame.kind };
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
            let keys = if frame.kind == BlobKind::Data { &data } else { &tree };
            keys.aead.seal_into(frame_nonce(number), &binding.aad(), &frame.encoded, &mut pack);
            entries.push(FrameEntry { tag, stored_len, blobs: frame.blobs.clone(), bases: frame.bases.clone() });
        }
        let directory_offset = pack.len() as u32;
        let directory = encode_directory(&entries);
        own.aead.seal_into(DIRECTORY_NONCE, &directory_aad(&self.repo.id(), &header), &directory, &mut pack);
        let directory_len = pack.len() as u32 - directory_offset;
        let locator = Locator { frames: entries.len() as u32, directory_offset, directory_len };
        let mut sealed = Vec::new();
        own.aead.seal_into(LOCATOR_NONCE, &locator_aad(&self.repo.id(), &header), &locator.encode(), &mut sealed);
        pack[header.len()..FRAMES_OFFSET as usize].copy_from_slice(&sealed);
        let end = pack.len();
        assert!(end <= LENGTH, "it fits");
        pack.resize(LENGTH, 0);
        own.padding.fill(&mut pack[end..]);
        let id = PackId(*blake3::hash(&pack).as_bytes());
        (pack, SlotEntry { slot, location: 0, length: LENGTH as u32, pack: id, frames: entries })
    }

    /// Puts the packs of a stripe, one for each list of frames, with parity; returns what an index says of it.
    pub fn stripe(&self, packs: &[Vec<Frame>]) -> StripeEntry {
        let (k, m) = (self.repo.config().k, self.repo.config().m);
        let id = StripeId(random(self.repo.world()));
        let mut stripe = StripeEntry { id, k, m, generation: 0, slots: Vec::new() };
        let mut bytes = Vec::new();
        for (slot, frames) in (0..).zip(packs) {
            let (pack, entry) = self.pack(&stripe, slot, frames);
            stripe.slots.push(entry);
            bytes.push(pack);
        }
        let members: Vec<_> =
            stripe.slots.iter().zip(&bytes).map(|(slot, bytes)| (slot.slot, slot.pack, bytes.as_slice())).collect();
        let parity = encode_parity(id, &Arc::new(Matrix::new(k, m).unwrap()), &members);
        for (row, bytes) in (0..).zip(&parity) {
            let pack = PackId(*blake3::hash(bytes).as_bytes());
            let length = bytes.len() as u32;
            stripe.slots.push(SlotEntry { slot: k + row, location: 0, length, pack, frames: Vec::new() });
        }
        for bytes in bytes.iter().chain(&parity) {
            let name = ObjectName::Pack(PackId(*blake3::hash(bytes).as_bytes()));
            self.repo.backend().put_new(&name, bytes).unwrap();
        }
        stripe
    }

    /// Puts an index object of this session.
    pub fn index(&self, number: u32, stripes: Vec<StripeEntry>) {
        let object = IndexObject { stripes };
        self.index_bytes(number, &object.encode_plain(), &object.encode_columns());
    }

    /// With any bytes in its two parts.
    pub fn index_bytes(&self, number: u32, plain: &[u8], columns: &[u8]) {
        let name = ObjectName::Index(self.sid, number);
        self.repo.backend().put_new(&name, &sealed(self.repo, &name, plain, columns)).unwrap();
    }

    pub fn decide(&self, decision: &Decision) {
        put(self.repo, &ObjectName::Snapshot(self.sid), &decision.encode());
    }

    pub fn commit(&self, snapshot: &Snapshot) {
        self.decide(&Decision::Snapshot(encode_snapshot(snapshot)));
    }
}
