//! Crashes while a snapshot is copied out of another repository: the copy is whole or absent, and the next one goes on.
use std::cell::RefCell;
use std::sync::Arc;

use caddis::backend::MemoryBackend;
use caddis::error::Result;
use caddis::monitor::Silent;
use caddis::ops::copy::{CopyOptions, CopyReport, copy};
use caddis::repo::Repository;

use crate::aftermath::at_every_operation;
use crate::engine::{PASSWORD, back_up, backup_options, init, open_options, snapshots};
use crate::scene::Scene;

/// Copies everything of another repository, which does not fail, into that of the scene.
fn copy_all(scene: &Scene, source: &Arc<MemoryBackend>) -> Result<()> {
    let target = scene.open()?;
    let source = Repository::open(source.clone(), scene.world.clone(), PASSWORD, &open_options(None), &Silent)?;
    let options = CopyOptions { owner: scene.owner(), dry_run: false, compression: None, extra_verify: true };
    copy(&source, &target, &snapshots(&source, &Silent)?, &options, &mut CopyReport::default(), &Silent)
}

#[test]
fn copied_into_a_repository_with_snapshots() {
    let source = RefCell::new(None);
    let points = at_every_operation(
        "copy",
        |scene| {
            scene.with_snapshot();
            scene.second_files();
            let other = Arc::new(MemoryBackend::new(scene.world.clone()));
            let repo = init(other.clone(), &scene.world, (2, 1)).unwrap();
            back_up(&repo, &scene.src(), &backup_options()).unwrap();
            *source.borrow_mut() = Some(other);
        },
        |scene| copy_all(scene, source.borrow().as_ref().expect("prepared")),
        |scene, (), succeeded| {
            let copies = |scene: &Scene| scene.snapshots().len() - scene.known().len();
            assert!(copies(scene) == 1 || !succeeded, "2");
            copy_all(scene, source.borrow().as_ref().expect("prepared")).unwrap();
            assert_eq!(copies(scene), 1, "6: the copy is there, once");
        },
    );
    assert!(points > 100, "{points}");
}
