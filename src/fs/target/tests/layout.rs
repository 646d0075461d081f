//! Pieces, holes, depth, and what is left of unfinished files.
use super::*;

/// Offsets and lengths of the data, as the filesystem keeps it.
fn data(path: &Path) -> Vec<(u64, u64)> {
    let file = fs::File::open(path).unwrap();
    let (mut found, mut at) = (Vec::new(), 0);
    while let Ok(start) = rustix::fs::seek(&file, rustix::fs::SeekFrom::Data(at)) {
        at = rustix::fs::seek(&file, rustix::fs::SeekFrom::Hole(start)).unwrap();
        found.push((start, at - start));
    }
    found
}

#[test]
fn pieces_come_in_any_order_and_from_many_threads_with_few_descriptors() {
    let place = Place::with(TargetOptions { open_limit: 4, ..TargetOptions::default() });
    let (target, root) = (&place.target, place.target.root());
    let dirs: Vec<_> =
        (0..20).map(|number| target.make_dir(&root, format!("d{number}").as_bytes(), false).unwrap()).collect();
    let content: Vec<u8> = (0..100_000u32).map(|number| (number % 251) as u8).collect();
    let files: Vec<_> =
        dirs.iter().map(|dir| target.create_file(dir, b"f", content.len() as u64, false).unwrap()).collect();
    std::thread::scope(|scope| {
        for start in 0..4usize {
            let (files, content) = (&files, &content);
            scope.spawn(move || {
                for piece in (start..10).step_by(4).rev() {
                    for file in files {
                        file.write_at(piece as u64 * 10_000, &content[piece * 10_000..][..10_000]).unwrap();
                    }
                }
            });
        }
    });
    let open = fs::read_dir("/proc/self/fd").unwrap().filter_map(|fd| fs::read_link(fd.unwrap().path()).ok());
    assert!(open.filter(|path| path.starts_with(place.path("")) && path.file_name().is_some()).count() <= 4 + 3);
    assert!(!place.path("d0/f").exists(), "the final name must come last");
    for file in files {
        assert!(target.finish(file, &super::file(&content)).unwrap().is_empty());
    }
    for number in 0..20 {
        assert_eq!(fs::read(place.path(&format!("d{number}/f"))).unwrap(), content);
        assert_eq!(fs::read_dir(place.path(&format!("d{number}"))).unwrap().count(), 1);
    }
    target.sync().unwrap();
}

#[test]
fn a_file_with_missing_pieces_does_not_appear() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    let file = target.create_file(&root, b"f", 10, false).unwrap();
    assert!(file.write_at(8, b"abc").is_err());
    assert!(file.write_at(u64::MAX, b"abc").is_err());
    file.write_at(0, b"12345").unwrap();
    assert!(matches!(target.finish(file, &node(NodeType::File, 10)), Err(Error::Invalid(_))));
    assert!(target.write_whole(&root, b"f", b"12345", &node(NodeType::File, 10), false).is_err());
    drop(target.create_file(&root, b"g", 10, false).unwrap());
    assert_eq!(fs::read_dir(place.path("")).unwrap().count(), 0);
}

#[test]
fn holes_are_kept_in_new_files_and_made_in_old_ones() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    const UNIT: u64 = 1 << 20;
    let piece = vec![7; UNIT as usize];
    let mut node = node(NodeType::File, 4 * UNIT as usize);
    node.holes = vec![(UNIT, UNIT), (3 * UNIT, UNIT)];
    fs::write(place.path("old"), vec![1; 5 * UNIT as usize]).unwrap();
    for name in ["new", "old"] {
        let file = match name {
            "old" => target.open_existing(&root, b"old", node.size).unwrap().unwrap(),
            _ => target.create_file(&root, b"new", node.size, false).unwrap(),
        };
        file.write_at(2 * UNIT, &piece).unwrap();
        file.write_at(0, &piece).unwrap();
        assert!(target.finish(file, &node).unwrap().is_empty());
        assert_eq!(data(&place.path(name)), [(0, UNIT), (2 * UNIT, UNIT)], "{name}");
        let content = fs::read(place.path(name)).unwrap();
        assert_eq!(content.len() as u64, node.size);
        assert!(content[UNIT as usize..2 * UNIT as usize].iter().all(|byte| *byte == 0));
    }
}

#[test]
fn the_sparse_option_leaves_out_blocks_of_zeros() {
    let place = Place::with(TargetOptions { sparse: true, ..TargetOptions::default() });
    let (target, root) = (&place.target, place.target.root());
    let mut content = vec![0; 64 * 4096 + 5];
    content[..3].copy_from_slice(b"abc");
    content[40 * 4096..40 * 4096 + 1].copy_from_slice(b"x");
    *content.last_mut().unwrap() = b'z';
    let written = target.create_file(&root, b"pieces", content.len() as u64, false).unwrap();
    // Pieces that begin and end within blocks.
    for (number, piece) in content.chunks(10_001).enumerate() {
        written.write_at(number as u64 * 10_001, piece).unwrap();
    }
    target.finish(written, &file(&content)).unwrap();
    target.write_whole(&root, b"whole", &content, &file(&content), false).unwrap();
    target.write_whole(&root, b"zeros", &[0; 4096], &file(&[0; 4096]), false).unwrap();
    for name in ["pieces", "whole"] {
        assert_eq!(fs::read(place.path(name)).unwrap(), content, "{name}");
        assert!(fs::metadata(place.path(name)).unwrap().blocks() * 512 < 100_000, "{name}");
    }
    assert_eq!(data(&place.path("whole")), [(0, 4096), (40 * 4096, 4096), (64 * 4096, 5)]);
    assert_eq!(fs::read(place.path("zeros")).unwrap(), [0; 4096]);
    assert_eq!(fs::metadata(place.path("zeros")).unwrap().blocks(), 0);
}

#[test]
fn paths_longer_than_the_kernel_takes_work_and_are_opened_again() {
    for without_openat2 in [false, true] {
        let place = Place::with(TargetOptions { open_limit: 4, ..TargetOptions::default() });
        let (target, root) = (&place.target, place.target.root());
        if without_openat2 {
            target.descriptors.forget_openat2();
        }
        let name = [b'n'; 200];
        let mut dirs = vec![root];
        for _ in 0..100 {
            dirs.push(target.make_dir(dirs.last().unwrap(), &name, false).unwrap());
        }
        assert!(dirs[100].path().as_os_str().len() > 20_000);
        for dir in [&dirs[100], &dirs[3], &dirs[50], &dirs[99]] {
            target.write_whole(dir, b"f", b"deep", &file(b"deep"), false).unwrap();
            let mut back = [0; 4];
            target.open_for_verify(dir, b"f").unwrap().read_exact_at(&mut back, 0).unwrap();
            assert_eq!(&back, b"deep");
        }
        let made = node(NodeType::Directory, 0);
        dirs.iter()
            .skip(1)
            .rev()
            .for_each(|dir| assert!(target.finish_dir(dir, &Node { mode: 0o755, ..made.clone() }).unwrap().is_empty()));
        target.remove(&dirs[0], &name, true).unwrap();
    }
}
