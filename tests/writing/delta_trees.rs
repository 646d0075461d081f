//! Deltas of directories: a change in one costs little, also if it was cut into pieces.
use caddis::id::BlobKind;

use super::deltas::{blobs, deltas, frames, raw, store, stored};
use super::scene::{Scene, backup_options, init_options, noise};

#[test]
fn trees_of_changed_directories_are_deltas() {
    let scene = Scene::new(&init_options());
    for n in 0..600 {
        scene.file(&format!("{}/{n}", n % 3), &noise(n, 70));
    }
    store(&scene, &backup_options());
    let before = stored(&scene);
    scene.file("0/9", &noise(7, 71));
    scene.file("1/10", &noise(8, 72));
    store(&scene, &backup_options());
    let found = deltas(&scene, BlobKind::Tree);
    assert!(blobs(&found) >= 2, "{found:?}");
    assert!(stored(&scene) < before + 4_000, "{} {before}", stored(&scene));
}

#[test]
fn a_large_split_directory_costs_what_changed_in_it() {
    let scene = Scene::new(&init_options());
    for n in 0..9_000 {
        scene.file(&format!("a file with a long name {n:06}"), &noise(n, 50));
    }
    store(&scene, &backup_options());
    let before = stored(&scene);
    scene.file("a file with a long name 004444", &noise(7, 50));
    scene.file("a file with a long name 002222", &noise(8, 50));
    store(&scene, &backup_options());
    assert!(blobs(&deltas(&scene, BlobKind::Tree)) > 0);
    let trees = || frames(&scene).into_iter().filter(|(_, frame)| frame.tag.kind == BlobKind::Tree);
    let all: Vec<_> =
        trees().map(|(_, frame)| (frame.tag.codec, frame.blobs.len(), raw(&frame), frame.stored_len)).collect();
    assert!(stored(&scene) < before + 8_000, "{} {before} {all:?}", stored(&scene));
}

#[test]
fn an_insertion_before_pieces_that_were_cut_for_their_length_costs_little() {
    // No name ends a piece: each is as long as it may be, and what comes in moves all their ends.
    let name = |n: u32| format!("{}{n:06}", "a long name ".repeat(18));
    let is_cut =
        |name: &String| u16::from_le_bytes(*blake3::hash(name.as_bytes()).as_bytes().first_chunk().unwrap()) % 512 == 0;
    let names: Vec<String> = (10_000..13_500).map(name).filter(|name| !is_cut(name)).collect();
    for many in [1, 60] {
        let scene = Scene::new(&init_options());
        for (n, name) in names.iter().enumerate() {
            scene.file(name, &noise(n as u64, 50));
        }
        store(&scene, &backup_options());
        let before = stored(&scene);
        let pieces =
            frames(&scene).into_iter().filter(|(_, frame)| frame.tag.kind == BlobKind::Tree && raw(frame) > 200_000);
        assert!(pieces.count() >= 4);
        for name in (1_000..).map(name).filter(|name| !is_cut(name)).take(many) {
            scene.file(&name, b"new");
        }
        store(&scene, &backup_options());
        let found = deltas(&scene, BlobKind::Tree);
        // All pieces but the first have some names of the old piece before theirs, and most of one that begins behind it.
        let added = stored(&scene) - before;
        assert!(blobs(&found) >= 4 && added < 12_000 + 500 * many as u64, "{many}: {added}");
    }
}
