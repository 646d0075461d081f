//! Tool: gives a repository an index of many made-up blobs, to measure what a backup into a large repository costs.
//!
//! Usage: `CADDIS_PASSWORD=… cargo bench --bench large_index -- REPOSITORY BLOBS`: the blobs are committed as a finished repair. Their packs do
//! not exist, so the repository is good for nothing else.
#![allow(missing_docs)]
use std::sync::Arc;

use caddis::backend::{Backend, LocalBackend, ObjectName};
use caddis::format::{Codec, Decision, Finished, FrameEntry, FrameTag, IndexObject, SlotEntry, StripeEntry};
use caddis::id::{BlobId, BlobKind, PackId, SessionId, StripeId};
use caddis::monitor::Silent;
use caddis::repo::{OpenOptions, Repository, seal_object};
use caddis::world::{SystemWorld, World, random};

const BLOBS_PER_FRAME: u64 = 4;
const FRAMES_PER_PACK: u64 = 4;
const PACKS_PER_STRIPE: u64 = 20;
const STRIPES_PER_OBJECT: u64 = 400;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let (Some(path), Some(blobs)) = (args.next(), args.next()) else {
        // Run with all the benches: there is nothing to measure here.
        return Ok(());
    };
    let blobs: u64 = blobs.parse()?;
    let backend: Arc<dyn Backend> = Arc::new(LocalBackend::open(std::path::Path::new(&path))?);
    let world = SystemWorld::new();
    let password = std::env::var("CADDIS_PASSWORD")?;
    let open = OpenOptions::default();
    let repo = Repository::open(backend.clone(), world.clone(), password.as_bytes(), &open, &Silent)?;
    let session = SessionId(random(&*world));
    let per_object = STRIPES_PER_OBJECT * PACKS_PER_STRIPE * FRAMES_PER_PACK * BLOBS_PER_FRAME;
    for number in 0..blobs.div_ceil(per_object) as u32 {
        let stripes = (0..STRIPES_PER_OBJECT).map(|_| stripe(&*world)).collect();
        let object = IndexObject { stripes };
        let name = ObjectName::Index(session, number);
        let (plain, columns) = (object.encode_plain(), object.encode_columns());
        backend.put_new(&name, &seal_object(&name, &repo.id(), repo.subkeys(), &plain, &columns, &*world)?)?;
    }
    let name = ObjectName::Snapshot(session);
    let decision = Decision::Repaired(Finished { time: world.now(), ..Finished::default() });
    backend.put_new(&name, &seal_object(&name, &repo.id(), repo.subkeys(), &[], &decision.encode(), &*world)?)?;
    Ok(())
}

fn stripe(world: &dyn World) -> StripeEntry {
    let frame = || FrameEntry {
        tag: FrameTag { codec: Codec::Zstd, kind: BlobKind::Data },
        stored_len: 200_000,
        blobs: (0..BLOBS_PER_FRAME).map(|_| (BlobId(random(world)), 128 << 10)).collect(),
        bases: Vec::new(),
    };
    let slot = |slot| SlotEntry {
        slot,
        location: 0,
        length: 1 << 20,
        pack: PackId(random(world)),
        frames: (0..FRAMES_PER_PACK).map(|_| frame()).collect(),
    };
    let slots = (0..PACKS_PER_STRIPE as u8).map(slot).collect();
    StripeEntry { id: StripeId(random(world)), k: 20, m: 2, generation: 0, slots }
}
