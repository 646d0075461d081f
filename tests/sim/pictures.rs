//! What is backed up: small trees of few blobs out of a small universe, so that runs share what they store.
use std::collections::BTreeMap;
use std::sync::LazyLock;

use caddis::error::{Error, Result};
use caddis::format::Decision;
use caddis::id::{BlobId, BlobKind};
use caddis::model::{
    Content, ContentReader, Node, NodeType, Snapshot, TreeBuilder, TreeStore, decode_snapshot, encode_snapshot, find,
};
use caddis::monitor::Silent;
use caddis::ops::ls::ls;
use caddis::repo::{Repository, Writer};

use crate::random::Rng;

/// Files by directory and name; each is a sequence of blobs of the universe.
pub type Picture = BTreeMap<(u8, u8), Vec<u8>>;

/// Small blobs of the universe: versions of a few, so that most can be deltas of others.
const BLOBS: u8 = 9;
/// The small blobs with these remainders are versions of one.
const FAMILIES: u8 = 3;
/// Bytes in which versions of one family differ altogether; no other blob is so long.
pub const NEW: usize = 1_300;
/// Two blobs that are so large that one stripe of a single pack does not hold both.
pub const LARGE: [u8; 2] = [BLOBS, BLOBS + 1];

static UNIVERSE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let blob = |n: u8| {
        let (family, version) = (n % FAMILIES, n / FAMILIES);
        let mut bytes = vec![0; [300, 1_100, 6_000][usize::from(family)]];
        blake3::Hasher::new().update(&[family]).finalize_xof().fill(&mut bytes);
        let mut bytes = if family == 1 { bytes.iter().flat_map(|byte| [byte & 0x43; 3]).collect() } else { bytes };
        let middle = bytes.len() / 2;
        bytes.splice(middle..middle + 7, vec![version; 5 + usize::from(version)]);
        if family == 2 {
            // So much that it becomes a base of its own.
            blake3::Hasher::new().update(&[family, version]).finalize_xof().fill(&mut bytes[..NEW]);
        }
        bytes
    };
    let large = [40_000, 29_000].into_iter().zip(LARGE).map(|(len, n)| {
        let mut bytes = vec![0; len];
        blake3::Hasher::new().update(&[n]).finalize_xof().fill(&mut bytes);
        bytes
    });
    (0..BLOBS).map(blob).chain(large).collect()
});

/// A picture of one to three files, out of the first blobs of the universe.
pub fn draw(rng: &mut Rng, blobs: u8) -> Picture {
    let universe = usize::from(blobs.min(BLOBS));
    let mut picture = Picture::new();
    for _ in 0..1 + rng.below(3) {
        let blobs = (0..1 + rng.below(2)).map(|_| rng.below(universe) as u8).collect();
        picture.insert((rng.below(2) as u8, rng.below(3) as u8), blobs);
    }
    picture
}

/// The other versions of a small blob, the one before it first.
fn others(number: u8) -> impl Iterator<Item = u8> {
    (1..BLOBS / FAMILIES).rev().map(move |n| (number + n * FAMILIES) % BLOBS).filter(move |_| number < BLOBS)
}

/// Saves what a run saves: directories and files by way of a writer.
struct Trees<'a, 'r>(&'a Repository, &'a Writer<'r>);

impl TreeStore for Trees<'_, '_> {
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
        Ok(self.1.save(0, BlobKind::Tree, &bytes)?.0)
    }

    fn save_tree_over(&self, bytes: Vec<u8>, older: &mut dyn FnMut() -> Vec<BlobId>) -> Result<BlobId> {
        let id = self.1.id_of(BlobKind::Tree, &bytes);
        self.1.save_over(0, BlobKind::Tree, id, &bytes, older)?;
        Ok(id)
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.0.load_blob(BlobKind::Tree, id, &Silent)
    }
}

/// Reads trees.
struct Reading<'a>(&'a Repository);

impl TreeStore for Reading<'_> {
    fn save_tree(&self, _: Vec<u8>) -> Result<BlobId> {
        Err(Error::Invalid("reading only".to_owned()))
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.0.load_blob(BlobKind::Tree, id, &Silent)
    }
}

/// Saves a picture, in several stripes and index objects if it is to be in pieces; returns its root. What resembles something stored
/// becomes a delta of it: blobs of any other version, trees of those of the older root.
pub fn save(
    repo: &Repository,
    writer: &Writer<'_>,
    older: Option<BlobId>,
    picture: &Picture,
    in_pieces: bool,
) -> Result<BlobId> {
    let trees = Trees(repo, writer);
    let mut root = TreeBuilder::over(&trees, older);
    for directory in 0..=u8::MAX {
        let files: Vec<_> = picture.range((directory, 0)..=(directory, u8::MAX)).collect();
        if files.is_empty() {
            continue;
        }
        let name = [b'A' + directory];
        // What cannot be read is no base.
        let older = older.and_then(|older| find(&trees, &older, [&name[..]]).ok()??.subtree);
        let mut builder = TreeBuilder::over(&trees, older);
        for ((_, name), blobs) in files {
            let mut ids = Vec::new();
            let mut size = 0;
            for number in blobs {
                let bytes = &UNIVERSE[usize::from(*number)];
                let id = writer.id_of(BlobKind::Data, bytes);
                let id_of = |other: u8| writer.id_of(BlobKind::Data, &UNIVERSE[usize::from(other)]);
                writer.save_over(0, BlobKind::Data, id, bytes, &mut || others(*number).map(id_of).collect())?;
                ids.push(id);
                size += bytes.len() as u64;
                if in_pieces {
                    writer.finish_packs()?;
                }
            }
            let content = Content::Blobs(ids);
            builder.push(&Node { name: vec![b'a' + name], mode: 0o644, size, content, ..Node::default() })?;
        }
        let subtree = Some(builder.finish()?);
        let kind = NodeType::Directory;
        root.push(&Node { name: name.to_vec(), kind, mode: 0o755, subtree, ..Node::default() })?;
    }
    root.finish()
}

/// The decision that commits a snapshot of the picture with this number.
pub fn decision(root: BlobId, number: usize, at: caddis::world::Time) -> Decision {
    let snapshot =
        Snapshot { root: Some(root), time: at, description: Some(number.to_string()), ..Snapshot::default() };
    Decision::Snapshot(encode_snapshot(&snapshot))
}

/// The number of the picture that a snapshot shall hold.
pub fn number_of(snapshot: &Snapshot) -> Option<usize> {
    snapshot.description.as_ref()?.parse().ok()
}

/// The same of a decision; `None` if it is no snapshot.
pub fn snapshot_of(decision: &Decision) -> Option<Snapshot> {
    match decision {
        Decision::Snapshot(body) => decode_snapshot(body).ok(),
        _ => None,
    }
}

/// All blobs of a snapshot: trees, then data.
pub fn blobs_of(repo: &Repository, snapshot: &Snapshot) -> Result<Vec<(BlobKind, BlobId)>> {
    let mut blobs: Vec<_> = snapshot.root.iter().map(|root| (BlobKind::Tree, *root)).collect();
    ls(repo, snapshot, b"", true, &mut |_, node| {
        blobs.extend(node.subtree.iter().map(|tree| (BlobKind::Tree, *tree)));
        if let Content::Blobs(ids) = &node.content {
            blobs.extend(ids.iter().map(|id| (BlobKind::Data, *id)));
        }
        Ok(())
    })?;
    Ok(blobs)
}

/// Restores a snapshot and compares it with what it shall hold; the difference in words.
pub fn compare(repo: &Repository, snapshot: &Snapshot, picture: &Picture) -> Result<Result<(), String>> {
    let mut nodes = Vec::new();
    ls(repo, snapshot, b"", true, &mut |path, node| {
        if node.kind == NodeType::File {
            nodes.push((path.to_vec(), node.clone()));
        }
        Ok(())
    })?;
    let mut found = BTreeMap::new();
    for (path, node) in nodes {
        let mut bytes = Vec::new();
        for id in ContentReader::new(&Reading(repo), &node.content) {
            bytes.extend(repo.load_blob(BlobKind::Data, &id?, &Silent)?);
        }
        found.insert(path, bytes);
    }
    let expected: BTreeMap<Vec<u8>, Vec<u8>> = (picture.iter())
        .map(|((directory, name), blobs)| {
            let path = vec![b'/', b'A' + directory, b'/', b'a' + name];
            (path, blobs.iter().flat_map(|number| UNIVERSE[usize::from(*number)].iter().copied()).collect())
        })
        .collect();
    Ok(if found == expected { Ok(()) } else { Err(format!("it holds {:?}", found.keys())) })
}
