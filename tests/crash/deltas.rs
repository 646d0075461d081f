//! Crashes while deltas are written, and while prunes remove what they were made of.
use std::collections::BTreeSet;

use caddis::backend::{Family, ObjectName};
use caddis::error::Result;
use caddis::format::{FrameEntry, IndexName};
use caddis::id::{BlobId, BlobKind};
use caddis::monitor::Silent;
use caddis::ops::prune::{MaxUnused, PruneOptions, prune};

use crate::aftermath::at_every_operation;
use crate::engine::{backup_options, noise};
use crate::scene::Scene;

/// Frames in the index.
fn frames(scene: &Scene) -> Vec<FrameEntry> {
    let repo = scene.open().unwrap();
    let mut frames = Vec::new();
    for listed in scene.list(Family::Index) {
        let ObjectName::Index(session, number) = listed.name else { continue };
        let object = repo.read_index_object(IndexName { session, number }, &Silent).unwrap();
        frames.extend(object.stripes.into_iter().flat_map(|stripe| stripe.slots).flat_map(|slot| slot.frames));
    }
    frames
}

/// Delta frames in the index.
fn deltas(scene: &Scene) -> usize {
    frames(scene).iter().filter(|frame| !frame.bases.is_empty()).count()
}

/// Bases in the index that hold what was new: shorter than any chunk.
fn new_bases(scene: &Scene) -> usize {
    let frames = frames(scene);
    let bases: BTreeSet<BlobId> = frames.iter().flat_map(|frame| frame.bases.iter().copied()).collect();
    let full = frames.iter().filter(|frame| frame.bases.is_empty() && frame.tag.kind == BlobKind::Data);
    full.flat_map(|frame| &frame.blobs).filter(|(id, len)| (1_024..1_510).contains(len) && bases.contains(id)).count()
}

/// The first files with some bytes changed here and there; what was changed before stays so.
fn edit(scene: &Scene, edits: u8) {
    for n in 0..6 {
        let mut bytes = noise(n, 100_000);
        for edit in 1..=edits {
            let at = usize::from(edit) * 15_000;
            bytes[at..at + 9].fill(edit);
            if n < 3 {
                // So much is new that it becomes a base of its own.
                bytes[at + 5_000..at + 6_500].copy_from_slice(&noise(1_000 + u64::from(edit) * 10 + n, 1_500));
            }
        }
        scene.file(&format!("sub/noise{n}"), &bytes);
    }
}

/// A snapshot of edited files, which is known.
fn with_edits(scene: &Scene, edits: u8) {
    edit(scene, edits);
    scene.back_up(&backup_options()).unwrap();
    scene.know();
}

fn forget_and_prune(scene: &Scene, nth: usize) -> Result<()> {
    let repo = scene.open()?;
    repo.bury(scene.known()[nth].0, "host", "test", &Silent)?;
    let options = PruneOptions { max_unused: MaxUnused::Percent(0.0), ..PruneOptions::default() };
    prune(&repo, &scene.owner(), &options, &Silent).map(drop)
}

#[test]
fn backup_of_deltas() {
    let points = at_every_operation(
        "backup_of_deltas",
        |scene| {
            scene.with_snapshot();
            with_edits(scene, 1);
            assert!(deltas(scene) > 0 && new_bases(scene) > 0);
            edit(scene, 2);
            deltas(scene)
        },
        |scene| scene.back_up(&backup_options()).map(drop),
        |scene, before, succeeded| {
            assert!(scene.snapshots().len() == 3 || !succeeded, "2");
            assert!(deltas(scene) > *before || !succeeded, "there are deltas");
        },
    );
    assert!(points > 40, "{points}");
}

#[test]
fn prune_of_bases_and_of_deltas() {
    let points = at_every_operation(
        "prune_of_deltas",
        |scene| {
            scene.with_snapshot();
            (1..4).for_each(|edits| with_edits(scene, edits));
            assert!(deltas(scene) > 0 && new_bases(scene) > 0);
        },
        // Bases that stay for deltas; then deltas in the midst; then the last that need the bases are all that is left.
        |scene| [0, 2, 1].into_iter().try_for_each(|nth| forget_and_prune(scene, nth)),
        |scene, (), succeeded| assert!(!succeeded || scene.snapshots().len() == 1, "2"),
    );
    assert!(points > 150, "{points}");
}
