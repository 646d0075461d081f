//! Names that lead elsewhere, and traps in the target: nothing outside changes.
use super::*;

#[test]
fn names_that_are_no_names_are_refused_everywhere() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    fs::write(place.path("good"), "").unwrap();
    for bad in [&b""[..], b".", b"..", b"a/b", b"/", b"../outside/file", b"a\0b"] {
        let refused = |result: Result<(), Error>| assert!(matches!(result, Err(Error::Invalid(_))), "{bad:?}");
        refused(target.existing(&root, bad).map(drop));
        refused(target.make_dir(&root, bad, true).map(drop));
        refused(target.create_file(&root, bad, 0, true).map(drop));
        refused(target.open_existing(&root, bad, 0).map(drop));
        refused(target.write_whole(&root, bad, b"", &file(b""), true).map(drop));
        refused(target.create_special(&root, bad, &node(NodeType::Fifo, 0), true).map(drop));
        refused(target.hard_link((&root, b"good"), &root, bad, true));
        refused(target.hard_link((&root, bad), &root, b"new", true));
        refused(target.remove(&root, bad, true).map(drop));
        refused(target.open_for_verify(&root, bad).map(drop));
    }
    assert_eq!(fs::read_dir(place.path("")).unwrap().count(), 1);
    place.assert_outside_untouched();
}

#[test]
fn a_symlink_in_place_of_a_directory_is_refused_or_replaced() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    symlink(place.outside(), place.path("d")).unwrap();
    assert!(target.make_dir(&root, b"d", false).is_err());
    assert!(fs::symlink_metadata(place.path("d")).unwrap().is_symlink());
    let dir = target.make_dir(&root, b"d", true).unwrap();
    target.write_whole(&dir, b"file", b"new", &file(b"new"), true).unwrap();
    assert!(fs::symlink_metadata(place.path("d")).unwrap().is_dir());
    place.assert_outside_untouched();
}

#[test]
fn a_symlink_in_place_of_a_file_is_replaced_not_followed() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    let outside = place.outside().join("file");
    let mut node = file(b"new");
    node.mode = 0o123;
    for name in ["whole", "pieces", "special"] {
        symlink(&outside, place.path(name)).unwrap();
        assert!(target.open_existing(&root, name.as_bytes(), 3).unwrap().is_none());
        assert!(target.open_for_verify(&root, name.as_bytes()).is_err());
    }
    target.write_whole(&root, b"whole", b"new", &node, true).unwrap();
    let pieces = target.create_file(&root, b"pieces", 3, true).unwrap();
    pieces.write_at(0, b"new").unwrap();
    target.finish(pieces, &node).unwrap();
    target.create_special(&root, b"special", &Node { kind: NodeType::Fifo, ..node }, true).unwrap();
    for name in ["whole", "pieces", "special"] {
        assert!(!fs::symlink_metadata(place.path(name)).unwrap().is_symlink(), "{name}");
    }
    place.assert_outside_untouched();
}

#[test]
fn a_file_with_a_second_name_outside_is_never_changed_in_place() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    fs::hard_link(place.outside().join("file"), place.path("f")).unwrap();
    let existing = target.existing(&root, b"f").unwrap();
    let mut node = file(b"untouched");
    node.mode = 0o123;
    node.mtime = existing.unwrap().mtime;
    for policy in [Overwrite::Always, Overwrite::IfChanged] {
        assert_eq!(decide(existing.as_ref(), &node, policy), Decision::Replace);
    }
    assert!(target.open_existing(&root, b"f", 9).unwrap().is_none());
    target.write_whole(&root, b"f", b"untouched", &node, true).unwrap();
    assert_metadata(&place.path("f"), &node);
    place.assert_outside_untouched();
}

#[test]
fn a_directory_swapped_while_it_was_closed_is_not_entered() {
    for without_openat2 in [false, true] {
        let place = Place::with(TargetOptions { open_limit: 2, ..TargetOptions::default() });
        let (target, root) = (&place.target, place.target.root());
        if without_openat2 {
            target.descriptors.forget_openat2();
        }
        let dir = target.make_dir(&root, b"d", false).unwrap();
        let inner = target.make_dir(&dir, b"inner", false).unwrap();
        for number in 0..8 {
            target.make_dir(&root, format!("other{number}").as_bytes(), false).unwrap();
        }
        // Registered directories that are still referenced are closed only when others are kept, too.
        let kept: Vec<_> = (0..8).map(|n| target.make_dir(&root, format!("k{n}").as_bytes(), false).unwrap()).collect();
        fs::rename(place.path("d"), place.path("moved")).unwrap();
        symlink(place.outside(), place.path("d")).unwrap();
        fs::create_dir(place.path("moved/inner/real")).unwrap();
        for dir in [&dir, &inner] {
            assert!(target.write_whole(dir, b"file", b"new", &file(b"new"), true).is_err());
        }
        fs::remove_file(place.path("d")).unwrap();
        fs::create_dir_all(place.path("d/inner")).unwrap();
        for dir in [&dir, &inner] {
            assert!(target.write_whole(dir, b"file", b"new", &file(b"new"), true).is_err());
        }
        fs::remove_dir_all(place.path("d")).unwrap();
        fs::rename(place.path("moved"), place.path("d")).unwrap();
        target.write_whole(&inner, b"file", b"new", &file(b"new"), true).unwrap();
        assert_eq!(kept.len(), 8);
        place.assert_outside_untouched();
    }
}

#[test]
fn removing_does_not_follow_and_reaches_any_depth() {
    let place = Place::with(TargetOptions { open_limit: 8, ..TargetOptions::default() });
    let (target, root) = (&place.target, place.target.root());
    let mut dir = target.make_dir(&root, b"deep", false).unwrap();
    for _ in 0..1500 {
        dir = target.make_dir(&dir, b"component", false).unwrap();
    }
    rustix::fs::symlinkat(place.outside(), target.fd(&dir).unwrap(), "link").unwrap();
    target.write_whole(&dir, b"file", b"x", &file(b"x"), false).unwrap();
    drop(dir);
    assert!(target.remove(&root, b"deep", false).is_err());
    assert_eq!(target.remove(&root, b"deep", true).unwrap(), 1503);
    assert_eq!(target.remove(&root, b"deep", true).unwrap(), 0);
    symlink(place.outside(), place.path("link")).unwrap();
    assert_eq!(target.remove(&root, b"link", true).unwrap(), 1);
    place.assert_outside_untouched();
}

#[test]
fn set_id_bits_do_not_survive_without_their_owner() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    let mut node = file(b"x");
    node.mode = 0o6755;
    node.uid = 4242;
    node.gid = 4242;
    target.write_whole(&root, b"f", b"x", &node, false).unwrap();
    let expected = if is_root() { 0o6755 } else { 0o755 };
    assert_eq!(fs::metadata(place.path("f")).unwrap().mode() & 0o7777, expected);
}
