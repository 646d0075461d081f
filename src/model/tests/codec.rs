//! Round trips of arbitrary values, pinned bytes, and arbitrary bytes.
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::id::{BlobId, RepoId, SessionId, WriterId};
use crate::model::*;
use crate::world::Time;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn times() -> impl Strategy<Value = Time> {
    (any::<i64>(), 0_u32..1_000_000_000).prop_map(|(secs, nanos)| Time { secs, nanos })
}

fn maybe_text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[a-zäöü☃]{1,12}")
}

fn ids(max: usize) -> impl Strategy<Value = Vec<BlobId>> {
    vec(any::<[u8; 32]>().prop_map(BlobId), 1..max)
}

fn unknown() -> impl Strategy<Value = Vec<(u32, Vec<u8>)>> {
    let value = prop_oneof![
        Just(vec![0x01]),
        Just(vec![0xf6]),
        Just(vec![0x82, 0x41, 0x00, 0xa1, 0x61, b'x', 0x20]),
        Just(vec![0xc1, 0x1a, 0, 0, 0, 1]),
        Just(vec![0xfb, 1, 2, 3, 4, 5, 6, 7, 8]),
    ];
    btree_map(prop_oneof![24_u32..70, 24..=u32::MAX], value, 0..8).prop_map(|map| map.into_iter().collect())
}

fn names() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>().prop_filter("no slash or zero", |b| !matches!(b, b'/' | 0)), 1..40)
        .prop_filter("no dots", |name| name != b"." && name != b"..")
}

fn xattrs() -> impl Strategy<Value = Vec<(Vec<u8>, XattrValue)>> {
    let value = prop_oneof![vec(any::<u8>(), 0..20).prop_map(XattrValue::Inline), ids(4).prop_map(XattrValue::Blobs)];
    btree_map(vec(any::<u8>(), 1..20), value, 0..4).prop_map(|map| map.into_iter().collect())
}

/// Kind with the fields that belong to it.
fn bodies() -> impl Strategy<Value = Node> {
    let content = prop_oneof![
        Just(Content::Empty),
        vec(any::<u8>(), 1..50).prop_map(Content::Inline),
        ids(5).prop_map(Content::Blobs),
        (0..=8_u8, any::<[u8; 32]>()).prop_map(|(height, id)| Content::List { height, id: BlobId(id) }),
    ];
    let file = (content, vec((1..1_u64 << 40, 1..1_u64 << 40), 0..5)).prop_map(|(content, gaps)| {
        let (mut holes, mut end) = (Vec::new(), 0);
        for (gap, len) in gaps {
            holes.push((end + gap, len));
            end += gap + len;
        }
        let in_holes: u64 = holes.iter().map(|(_, len)| len).sum();
        let (size, holes) = match &content {
            Content::Inline(bytes) => (bytes.len() as u64 + 7, vec![(0, 7)]),
            Content::Empty => (0, Vec::new()),
            _ => (end + in_holes, holes),
        };
        Node { size, holes, content, ..Node::default() }
    });
    prop_oneof![
        file,
        any::<[u8; 32]>().prop_map(|id| Node {
            kind: NodeType::Directory,
            subtree: Some(BlobId(id)),
            ..Node::default()
        }),
        vec(1_u8.., 1..30).prop_map(|target| Node { kind: NodeType::Symlink, target, ..Node::default() }),
        (any::<u64>(), any::<bool>()).prop_map(|(rdev, block)| Node {
            kind: if block { NodeType::BlockDevice } else { NodeType::CharDevice },
            rdev,
            ..Node::default()
        }),
    ]
}

prop_compose! {
    fn nodes()(
        body in bodies(), name in names(), mode in 0..=0o7777_u32, owner in any::<(u32, u32)>(),
        user in maybe_text(), group in maybe_text(), mtime in times(), ctime in times(), btime in times(),
        atime in proptest::option::of(times()), numbers in any::<(u64, u64, u64)>(), xattrs in xattrs(), changed in any::<bool>(), unknown in unknown(),
    ) -> Node {
        Node {
            name, mode, uid: owner.0, gid: owner.1, user, group, mtime, ctime, btime,
            atime: atime.filter(|time| *time != Time::default()), inode: numbers.0,
            device: numbers.1, links: numbers.2, xattrs, changed_while_read: changed, unknown, ..body
        }
    }
}

prop_compose! {
    fn snapshots()(
        root in any::<[u8; 32]>(), time in times(), words in vec("[a-z☃]{0,9}", 3), owner in any::<(u32, u32)>(),
        paths in vec(vec(any::<u8>(), 0..20), 0..4), label in maybe_text(), tags in vec("[a-z]{0,9}", 0..4),
        excludes in vec("[a-z*]{0,9}", 0..4), sids in any::<[Option<[u8; 16]>; 4]>(), counts in any::<[u64; 16]>(),
        started in times(), flags in any::<(bool, bool)>(), until in proptest::option::of(times()),
        description in maybe_text(), unknown in unknown(), statistics_unknown in unknown(),
        origin in proptest::option::of(any::<([u8; 32], [u8; 16], [u8; 32])>()),
    ) -> Snapshot {
        let [parent, writer, previous, original] = sids;
        Snapshot {
            root: Some(BlobId(root)), time, host: words[0].clone(), user: words[1].clone(), uid: owner.0, gid: owner.1,
            paths, label, tags, excludes, parent: parent.map(SessionId), writer: writer.map(WriterId),
            previous: previous.map(SessionId), original: original.map(SessionId), program: words[2].clone(),
            statistics: Statistics {
                files: counts[0], directories: counts[1], others: counts[2], bytes: counts[3], new_files: counts[4],
                changed_files: counts[5], unmodified_files: counts[6], new_data_blobs: counts[7],
                new_tree_blobs: counts[8], raw_added_bytes: counts[9], stored_added_bytes: counts[10], started,
                finished: time, problems: counts[11], new_directories: counts[13],
                changed_directories: counts[14], unmodified_directories: counts[15], unknown: statistics_unknown,
            },
            counter: counts[12], partial: flags.0, with_problems: flags.1, protected_until: until, description, unknown,
            origin: origin.map(|(repository, snapshot, root)| Origin {
                repository: RepoId(repository), snapshot: SessionId(snapshot), root: BlobId(root),
            }),
        }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    prop_oneof![
        vec(nodes(), 0..6).prop_map(|mut nodes| {
            nodes.sort_by(|a, b| a.name.cmp(&b.name));
            nodes.dedup_by(|a, b| a.name == b.name);
            Tree::Leaf(nodes)
        }),
        btree_map(names(), (any::<[u8; 32]>(), 1..=u64::MAX), 1..6).prop_map(|map| {
            let branch = |(first_name, (id, nodes))| Branch { id: BlobId(id), first_name, nodes };
            Tree::Inner(map.into_iter().map(branch).collect())
        }),
        (0..=8_u8, ids(40)).prop_map(|(height, ids)| Tree::List { height, ids }),
    ]
}

/// One bit flipped, a byte replaced, or the end cut off.
fn mutate(bytes: &mut Vec<u8>, place: usize, byte: u8, how: u8) {
    if let Some(at) = place.checked_rem(bytes.len()) {
        match how {
            0 => bytes[at] ^= 1 << (byte % 8),
            1 => bytes[at] = byte,
            _ => bytes.truncate(at),
        }
    }
}

proptest! {
    #[test]
    fn trees_round_trip(tree in trees()) {
        let bytes = encode_tree(&tree);
        prop_assert_eq!(decode_tree(&bytes), Ok(tree));
    }

    #[test]
    fn snapshots_round_trip(snapshot in snapshots()) {
        let bytes = encode_snapshot(&snapshot);
        prop_assert_eq!(decode_snapshot(&bytes), Ok(snapshot));
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in vec(any::<u8>(), 0..300)) {
        let _ = decode_tree(&bytes);
        let _ = decode_snapshot(&bytes);
    }

    #[test]
    fn whatever_of_damaged_bytes_is_accepted_can_be_written_again(
        tree in trees(), snapshot in snapshots(), place in any::<usize>(), byte in any::<u8>(), how in 0..3_u8,
    ) {
        let mut bytes = encode_tree(&tree);
        mutate(&mut bytes, place, byte, how);
        if let Ok(tree) = decode_tree(&bytes) {
            prop_assert_eq!(decode_tree(&encode_tree(&tree)), Ok(tree));
        }
        let mut bytes = encode_snapshot(&snapshot);
        mutate(&mut bytes, place, byte, how);
        if let Ok(snapshot) = decode_snapshot(&bytes) {
            prop_assert_eq!(decode_snapshot(&encode_snapshot(&snapshot)), Ok(snapshot));
        }
    }
}

fn example_file() -> Node {
    Node {
        name: b"notes.txt".to_vec(),
        mode: 0o644,
        uid: 1000,
        gid: 1000,
        user: Some("ada".into()),
        group: Some("ada".into()),
        size: 69_632,
        mtime: Time { secs: 1_700_000_000, nanos: 5 },
        ctime: Time { secs: 1_700_000_001, nanos: 0 },
        inode: 42,
        links: 1,
        content: Content::Blobs(vec![BlobId([0x11; 32])]),
        holes: vec![(4096, 65_536)],
        ..Node::default()
    }
}

/// The worked examples of repo-format.md.
#[test]
fn encodings_are_pinned() {
    let mut node = Vec::new();
    node_codec::write_node(&mut node, &example_file());
    assert_eq!(hex(&node), NODE);

    let small = Node { name: b"a".to_vec(), size: 2, content: Content::Inline(b"hi".to_vec()), ..Node::default() };
    let folder = Node {
        name: b"b".to_vec(),
        kind: NodeType::Directory,
        mode: 0o755,
        subtree: Some(BlobId([0x22; 32])),
        ..Node::default()
    };
    assert_eq!(hex(&encode_tree(&Tree::Leaf(vec![small, folder]))), LEAF);

    let snapshot = Snapshot {
        root: Some(BlobId([0x33; 32])),
        time: Time { secs: 1_700_000_002, nanos: 0 },
        host: "box".into(),
        user: "ada".into(),
        uid: 1000,
        gid: 1000,
        paths: vec![b"/home".to_vec()],
        tags: vec!["daily".into()],
        statistics: Statistics { files: 1, directories: 1, bytes: 69_632, ..Statistics::default() },
        program: "caddis 0.1.0".into(),
        writer: Some(WriterId([0x44; 16])),
        counter: 1,
        ..Snapshot::default()
    };
    assert_eq!(hex(&encode_snapshot(&snapshot)), SNAPSHOT);
}

const NODE: &str = "\
    ad00496e6f7465732e747874021901a4031903e8041903e805636164610663616461071a0001100008821a6553f100050982\
    1a6553f101000b182a0d01115820111111111111111111111111111111111111111111111111111111111111111114821910\
    001a00010000";
const LEAF: &str = "\
    a200000182a3004161070212426869a40041620101021901ed15582022222222222222222222222222222222222222222222\
    22222222222222222222";
const SNAPSHOT: &str = "\
    ac005820333333333333333333333333333333333333333333333333333333333333333301821a6553f102000263626f7803\
    63616461041903e8051903e80681452f686f6d650881656461696c790ba300010101031a000110000c6c6361646469732030\
    2e312e300d50444444444444444444444444444444440e01";

#[test]
fn zeros_and_empty_values_are_left_out() {
    assert_eq!(encode_snapshot(&Snapshot::default()), [0xa0]);
    let mut bytes = Vec::new();
    let node = Node { name: b"x".to_vec(), user: Some(String::new()), ..Node::default() };
    node_codec::write_node(&mut bytes, &node);
    assert_eq!(bytes, [0xa1, 0, 0x41, b'x']);
}

#[test]
fn more_than_23_fields_have_a_longer_head() {
    let unknown: Vec<_> = (24..300).map(|key| (key, vec![0xf5])).collect();
    let tree = Tree::Leaf(vec![Node { unknown, ..example_file() }]);
    assert_eq!(decode_tree(&encode_tree(&tree)), Ok(tree));
}

#[test]
fn unchanged_means_same_type_size_times_and_inode() {
    let node = Node { inode: 7, ..example_file() };
    let all = ChangeDetection::default();
    assert!(node.same_metadata_as(&Node { mode: 0, uid: 5, name: b"moved".to_vec(), ..node.clone() }, all));
    let touch = Time { secs: 1, nanos: 1 };
    for changed in [
        Node { kind: NodeType::Fifo, ..node.clone() },
        Node { size: 0, ..node.clone() },
        Node { mtime: touch, ..node.clone() },
        Node { changed_while_read: true, ..node.clone() },
        Node { ctime: touch, ..node.clone() },
        Node { inode: 8, ..node.clone() },
    ] {
        assert!(!node.same_metadata_as(&changed, all), "{changed:?}");
        assert!(!changed.same_metadata_as(&node, all), "{changed:?}");
    }
    let ctime = Node { ctime: touch, ..node.clone() };
    assert!(node.same_metadata_as(&ctime, ChangeDetection { ignore_ctime: true, ..all }));
    assert!(!node.same_metadata_as(&ctime, ChangeDetection { ignore_inode: true, ..all }));
    let inode = Node { inode: 8, ..node.clone() };
    assert!(node.same_metadata_as(&inode, ChangeDetection { ignore_inode: true, ..all }));
    assert!(!node.same_metadata_as(&inode, ChangeDetection { ignore_ctime: true, ..all }));
}
