//! Every kind of entry with its metadata, over nothing and over what was there.
use super::*;

#[test]
fn every_kind_keeps_its_metadata() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    let owned = |kind| match is_root() {
        true => Node { uid: 12_345, gid: 54_321, mode: 0o4751, ..node(kind, 0) },
        false => Node { mode: 0o751, ..node(kind, 0) },
    };
    for replace in [false, true] {
        let mut plain = owned(NodeType::File);
        plain.size = 3;
        plain.xattrs = vec![
            (acl_name(), XattrValue::Inline(acl(7))),
            (b"user.colour".to_vec(), XattrValue::Inline(b"green\0\xff".to_vec())),
        ];
        // The mode shows the mask of the list where the group's bits are.
        plain.mode = plain.mode & !0o077 | 0o040;
        assert!(target.write_whole(&root, b"file", b"abc", &plain, replace).unwrap().is_empty());
        assert_metadata(&place.path("file"), &plain);
        assert_eq!(xattr(&place.path("file"), "user.colour").unwrap(), b"green\0\xff");
        assert_eq!(xattr(&place.path("file"), "system.posix_acl_access").unwrap(), acl(7));
        let link = Node { target: b"../outside/\xff".to_vec(), ..owned(NodeType::Symlink) };
        assert!(target.create_special(&root, b"link", &link, replace).unwrap().is_empty());
        assert_metadata(&place.path("link"), &link);
        assert_eq!(fs::read_link(place.path("link")).unwrap().as_os_str().as_encoded_bytes(), link.target);
        let mut kinds = vec![NodeType::Fifo, NodeType::Socket];
        if is_root() {
            kinds.extend([NodeType::CharDevice, NodeType::BlockDevice]);
        }
        for kind in kinds {
            let special = Node { rdev: rustix::fs::makedev(240, 300), ..owned(kind) };
            let name = format!("{kind:?}");
            assert!(target.create_special(&root, name.as_bytes(), &special, replace).unwrap().is_empty());
            assert_metadata(&place.path(&name), &special);
            let existing = target.existing(&root, name.as_bytes()).unwrap().unwrap();
            assert_eq!(existing.kind, Some(kind));
            if matches!(kind, NodeType::CharDevice | NodeType::BlockDevice) {
                assert_eq!(fs::symlink_metadata(place.path(&name)).unwrap().rdev(), special.rdev);
            }
        }
        let dir = target.make_dir(&root, b"dir", replace).unwrap();
        assert_eq!(dir.is_new(), !replace);
        assert!(target.write_whole(&dir, b"inner", b"", &file(b""), replace).unwrap().is_empty());
        let mut made = owned(NodeType::Directory);
        made.mode = 0o3551;
        made.xattrs = vec![(b"user.shade".to_vec(), XattrValue::Inline(Vec::new()))];
        assert!(target.finish_dir(&dir, &made).unwrap().is_empty());
        assert_metadata(&place.path("dir"), &made);
        assert_eq!(xattr(&place.path("dir"), "user.shade").unwrap(), b"");
    }
    if is_root() {
        // Attributes of symlinks need a privilege.
        let mut link = Node { target: b"x".to_vec(), ..owned(NodeType::Symlink) };
        link.xattrs = vec![(b"trusted.note".to_vec(), XattrValue::Inline(b"1".to_vec()))];
        assert!(target.create_special(&root, b"link", &link, true).unwrap().is_empty());
        assert_eq!(xattr(&place.path("link"), "trusted.note").unwrap(), b"1");
        // Capabilities go when the owner changes, and so must come later.
        let mut program = file(b"x");
        let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        program.uid = 12_345;
        program.xattrs = vec![(b"security.capability".to_vec(), XattrValue::Inline(capability.to_vec()))];
        assert!(target.write_whole(&root, b"program", b"x", &program, false).unwrap().is_empty());
        assert_eq!(xattr(&place.path("program"), "security.capability").unwrap(), capability);
    }
    place.assert_no_temporary_files();
    place.assert_outside_untouched();
}

fn acl_name() -> Vec<u8> {
    b"system.posix_acl_access".to_vec()
}

#[test]
fn refused_attributes_are_one_warning_that_names_them_all() {
    let place = Place::new();
    let mut node = file(b"x");
    node.xattrs = vec![
        (b"nonsense.a".to_vec(), XattrValue::Inline(Vec::new())),
        (b"nonsense.b".to_vec(), XattrValue::Inline(Vec::new())),
        (b"user.long".to_vec(), XattrValue::Blobs(Vec::new())),
        (b"user.ok".to_vec(), XattrValue::Inline(b"1".to_vec())),
    ];
    let warnings = place.target.write_whole(&place.target.root(), b"f", b"x", &node, false).unwrap();
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    let text = warning.to_string();
    for part in ["Could not set extended attributes of", "t/f", "nonsense.a", "nonsense.b", "user.long"] {
        assert!(text.contains(part), "{text}");
    }
    assert_metadata(&place.path("f"), &node);
    assert_eq!(xattr(&place.path("f"), "user.ok").unwrap(), b"1");
}

#[test]
fn attributes_that_the_node_lacks_go_inherited_ones_too() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    fs::write(place.path("f"), "abc").unwrap();
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(place.path("f"), "user.old", b"1", flags).unwrap();
    rustix::fs::setxattr(place.path("f"), "system.posix_acl_access", &acl(7), flags).unwrap();
    let old = target.open_existing(&root, b"f", 3).unwrap().unwrap();
    old.verified(3);
    assert!(target.finish(old, &file(b"abc")).unwrap().is_empty());
    fs::create_dir(place.path("d")).unwrap();
    rustix::fs::setxattr(place.path("d"), "system.posix_acl_default", &acl(7), flags).unwrap();
    let dir = target.make_dir(&root, b"d", false).unwrap();
    let inner = target.make_dir(&dir, b"inner", false).unwrap();
    target.write_whole(&dir, b"whole", b"x", &file(b"x"), false).unwrap();
    let pieces = target.create_file(&dir, b"pieces", 0, false).unwrap();
    target.finish(pieces, &file(b"")).unwrap();
    target.write_whole(&inner, b"whole", b"x", &file(b"x"), false).unwrap();
    target.finish_dir(&inner, &Node { mode: 0o755, ..node(NodeType::Directory, 0) }).unwrap();
    target.finish_dir(&dir, &Node { mode: 0o755, ..node(NodeType::Directory, 0) }).unwrap();
    for name in ["f", "d", "d/whole", "d/pieces", "d/inner", "d/inner/whole"] {
        for attribute in ["user.old", "system.posix_acl_access", "system.posix_acl_default"] {
            assert_eq!(xattr(&place.path(name), attribute), None, "{name} {attribute}");
        }
    }
}

#[test]
fn owners_by_name_where_the_name_is_known() {
    if !is_root() {
        return;
    }
    let ownership = Ownership { by: OwnedBy::Name, ..Ownership::default() };
    let place = Place::with(TargetOptions { ownership, ..TargetOptions::default() });
    let user = |name: &str| Node { user: Some(name.to_owned()), uid: 777, gid: 778, ..file(b"") };
    for (name, uid) in [("root", 0), ("nobody-of-this-name", 777), ("ro\0ot", 777)] {
        place.target.write_whole(&place.target.root(), b"f", b"", &user(name), true).unwrap();
        let metadata = fs::metadata(place.path("f")).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (uid, 778), "{name}");
    }
}

#[test]
fn a_read_only_file_is_updated_in_place_and_stays_the_same_inode() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    fs::write(place.path("f"), "one two three and more").unwrap();
    fs::set_permissions(place.path("f"), fs::Permissions::from_mode(0o444)).unwrap();
    let inode = fs::metadata(place.path("f")).unwrap().ino();
    let old = target.open_existing(&root, b"f", 13).unwrap().unwrap();
    let mut there = [0; 100];
    assert_eq!(old.read_at(4, &mut there).unwrap(), 18);
    assert_eq!(&there[..3], b"two");
    old.verified(4);
    old.write_at(4, b"TWO").unwrap();
    assert_eq!(fs::metadata(place.path("f")).unwrap().mode() & 0o777, 0o600);
    old.verified(6);
    let node = Node { mode: 0o444, ..node(NodeType::File, 13) };
    assert!(target.finish(old, &node).unwrap().is_empty());
    assert_eq!(fs::read_to_string(place.path("f")).unwrap(), "one TWO three");
    assert_eq!(fs::metadata(place.path("f")).unwrap().ino(), inode);
    assert_metadata(&place.path("f"), &node);
}

#[test]
fn a_read_only_directory_can_be_entered_and_filled() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    for mode in [0o555, 0o000] {
        fs::create_dir(place.path("d")).unwrap();
        fs::set_permissions(place.path("d"), fs::Permissions::from_mode(mode)).unwrap();
        let dir = target.make_dir(&root, b"d", false).unwrap();
        target.write_whole(&dir, b"f", b"x", &file(b"x"), false).unwrap();
        target.finish_dir(&dir, &Node { mode, ..node(NodeType::Directory, 0) }).unwrap();
        assert_eq!(fs::metadata(place.path("d")).unwrap().mode() & 0o7777, mode);
        assert_eq!(target.remove(&root, b"d", true).unwrap(), 2);
    }
}

#[test]
fn what_is_there_is_replaced_only_on_request() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    fs::write(place.path("f"), "old").unwrap();
    let node = file(b"new");
    assert!(target.write_whole(&root, b"f", b"new", &node, false).is_err());
    assert!(target.create_special(&root, b"f", &Node { kind: NodeType::Fifo, ..node.clone() }, false).is_err());
    assert!(target.make_dir(&root, b"f", false).is_err());
    let pieces = target.create_file(&root, b"f", 3, false).unwrap();
    pieces.write_at(0, b"new").unwrap();
    assert!(target.finish(pieces, &node).is_err());
    assert_eq!(fs::read_to_string(place.path("f")).unwrap(), "old");
    place.assert_no_temporary_files();
    target.write_whole(&root, b"f", b"new", &node, true).unwrap();
    assert_eq!(fs::read_to_string(place.path("f")).unwrap(), "new");
    assert!(target.make_dir(&root, b"f", true).unwrap().is_new());
    assert!(target.write_whole(&root, b"f", b"new", &node, true).is_err(), "a directory must be removed first");
    assert_eq!(target.remove(&root, b"f", false).unwrap(), 1);
    place.assert_no_temporary_files();
}

#[test]
fn further_names_of_a_file() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    let dir = target.make_dir(&root, b"d", false).unwrap();
    target.write_whole(&root, b"first", b"x", &file(b"x"), false).unwrap();
    target.hard_link((&root, b"first"), &dir, b"second", false).unwrap();
    assert!(target.hard_link((&root, b"first"), &dir, b"second", false).is_err());
    target.hard_link((&root, b"first"), &dir, b"second", true).unwrap();
    symlink(place.outside().join("file"), place.path("third")).unwrap();
    target.hard_link((&root, b"first"), &root, b"third", true).unwrap();
    for name in ["d/second", "third"] {
        assert_eq!(
            fs::symlink_metadata(place.path(name)).unwrap().ino(),
            fs::metadata(place.path("first")).unwrap().ino()
        );
    }
    assert_eq!(fs::metadata(place.path("first")).unwrap().nlink(), 3);
    // A symlink is linked itself, not what it points to.
    symlink(place.outside().join("file"), place.path("link")).unwrap();
    target.hard_link((&root, b"link"), &root, b"fourth", false).unwrap();
    assert!(fs::symlink_metadata(place.path("fourth")).unwrap().is_symlink());
    place.assert_no_temporary_files();
    place.assert_outside_untouched();
}

#[test]
fn lists_what_is_there() {
    let place = Place::new();
    let (target, root) = (&place.target, place.target.root());
    for number in 0..3000 {
        fs::write(place.path(&format!("a name that is somewhat long {number}")), "").unwrap();
    }
    fs::create_dir(place.path("d")).unwrap();
    for _ in 0..2 {
        let entries = target.list(&root).unwrap();
        assert_eq!(entries.len(), 3001);
        assert!(entries.contains(&Entry { name: b"d".to_vec(), is_dir: true }));
    }
}

#[test]
fn policies() {
    use Decision::*;
    use Overwrite::*;
    let time = |secs| Time { secs, nanos: 5 };
    let node = |kind, size, secs| Node { mtime: time(secs), ..node(kind, size) };
    let existing =
        |kind, size, secs, links| Some(Existing { kind: Some(kind), size, mtime: time(secs), links, identity: (1, 1) });
    use NodeType::{Directory, File, Symlink};
    let all = [Always, IfChanged, IfNewer, Never];
    let table = [
        (None, node(File, 1, 9), [Create; 4]),
        (existing(File, 1, 9, 1), node(File, 1, 9), [Update, Metadata, Skip, Skip]),
        (existing(File, 2, 9, 1), node(File, 1, 9), [Update, Update, Skip, Skip]),
        (existing(File, 1, 8, 1), node(File, 1, 9), [Update, Update, Update, Skip]),
        (existing(File, 1, 10, 1), node(File, 1, 9), [Update, Update, Skip, Skip]),
        (existing(File, 1, 9, 2), node(File, 1, 9), [Replace, Replace, Skip, Skip]),
        (existing(Symlink, 1, 8, 1), node(File, 1, 9), [Replace, Replace, Replace, Skip]),
        (existing(File, 1, 8, 1), node(Symlink, 1, 9), [Replace, Replace, Replace, Skip]),
        (existing(Directory, 1, 9, 2), node(File, 1, 9), [Replace, Replace, Skip, Skip]),
        (existing(Directory, 1, 9, 2), node(Directory, 1, 9), [Enter; 4]),
        (existing(Symlink, 1, 9, 1), node(Directory, 1, 9), [Replace, Replace, Skip, Skip]),
    ];
    for (number, (existing, node, expected)) in table.into_iter().enumerate() {
        assert_eq!(all.map(|policy| decide(existing.as_ref(), &node, policy)), expected, "row {number}");
    }
}

#[test]
fn owners_can_be_mapped_or_left_alone() {
    if !is_root() {
        return;
    }
    let owner = |place: &Place| {
        let metadata = fs::metadata(place.path("f")).unwrap();
        (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777)
    };
    let node = Node { uid: 1_000, gid: 1_001, mode: 0o6755, ..file(b"") };
    let (users, groups) = (vec!["1000:2000:10".parse().unwrap()], vec!["1000:3000:10".parse().unwrap()]);
    let place = Place::with(TargetOptions {
        ownership: Ownership { users, groups, ..Ownership::default() },
        ..TargetOptions::default()
    });
    place.target.write_whole(&place.target.root(), b"f", b"", &node, true).unwrap();
    assert_eq!(owner(&place), (2_000, 3_001, 0o6755));
    let nobody = Ownership { by: OwnedBy::Nobody, ..Ownership::default() };
    let place = Place::with(TargetOptions { ownership: nobody, ..TargetOptions::default() });
    let root = place.target.root();
    place.target.write_whole(&root, b"f", b"", &node, true).unwrap();
    assert_eq!(owner(&place), (0, 0, 0o755), "nobody becomes root by a program of somebody else");
    std::os::unix::fs::chown(place.path("f"), Some(1_000), Some(5)).unwrap();
    let old = place.target.open_existing(&root, b"f", 0).unwrap().unwrap();
    place.target.finish(old, &node).unwrap();
    assert_eq!(owner(&place), (1_000, 5, 0o4755), "what is there keeps its owner");
    let link = Node { kind: NodeType::Symlink, target: b"x".to_vec(), ..node.clone() };
    place.target.create_special(&root, b"l", &link, false).unwrap();
    assert_eq!(fs::symlink_metadata(place.path("l")).unwrap().uid(), 0);
}

#[test]
fn attributes_that_are_not_taken_are_neither_set_nor_removed() {
    let mut except = crate::fs::source::Rules::default();
    except.exclude("user.local*").unwrap();
    let xattrs = XattrSelection { except, ..XattrSelection::default() };
    let place = Place::with(TargetOptions { xattrs, ..TargetOptions::default() });
    let root = place.target.root();
    fs::write(place.path("f"), "abc").unwrap();
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(place.path("f"), "user.local", b"here", flags).unwrap();
    rustix::fs::setxattr(place.path("f"), "user.old", b"here", flags).unwrap();
    let value = |text: &[u8]| XattrValue::Inline(text.to_vec());
    let xattrs = vec![
        (b"user.local".to_vec(), value(b"snapshot")),
        (b"user.local2".to_vec(), value(b"snapshot")),
        (b"user.other".to_vec(), value(b"snapshot")),
    ];
    let old = place.target.open_existing(&root, b"f", 3).unwrap().unwrap();
    old.verified(3);
    assert!(place.target.finish(old, &Node { xattrs, ..file(b"abc") }).unwrap().is_empty());
    let found = ["user.local", "user.local2", "user.other", "user.old"].map(|name| xattr(&place.path("f"), name));
    assert_eq!(found, [Some(b"here".to_vec()), None, Some(b"snapshot".to_vec()), None]);
}
