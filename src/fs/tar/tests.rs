//! Archives made by hand: all forms of names, numbers and sparse maps, and what is malformed.
use proptest::prelude::*;

use super::*;
use crate::model::{NodeType, XattrValue};
use crate::world::Time;

/// A header with a right checksum.
fn header(kind: u8, name: &str, size: u64, change: impl FnOnce(&mut [u8; 512])) -> Vec<u8> {
    let mut block = [0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..107].copy_from_slice(b"0000644");
    block[108..115].copy_from_slice(b"0001750");
    block[116..123].copy_from_slice(b"0001751");
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[136..147].copy_from_slice(b"00000000144");
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    block[265..269].copy_from_slice(b"user");
    change(&mut block);
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block.to_vec()
}

fn entry(kind: u8, name: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = header(kind, name, content.len() as u64, |_| {});
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn records(pairs: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (keyword, value) in pairs {
        let rest = keyword.len() + value.len() + 3;
        let length = (rest..).find(|length| length.to_string().len() + rest == *length).unwrap();
        bytes.extend_from_slice(format!("{length} {keyword}=").as_bytes());
        bytes.extend_from_slice(value);
        bytes.push(b'\n');
    }
    bytes
}

/// Every entry with its content, and whether the mark at the end was there.
type Found = (Vec<(TarEntry, Vec<u8>)>, bool);

fn read(parts: &[Vec<u8>]) -> std::io::Result<Found> {
    read_bytes(&parts.concat())
}

fn read_bytes(bytes: &[u8]) -> std::io::Result<Found> {
    let mut reader = TarReader::new(bytes);
    let mut found = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        let mut content = Vec::new();
        let mut buffer = [0; 100];
        if entry.node.kind == NodeType::File {
            loop {
                match reader.read(&mut buffer)? {
                    0 => break,
                    len => content.extend_from_slice(&buffer[..len]),
                }
            }
        }
        found.push((entry, content));
    }
    Ok((found, reader.has_end()))
}

fn end() -> Vec<u8> {
    vec![0; 1024]
}

#[test]
fn entries_have_metadata_and_content() {
    let link = header(b'2', "link", 0, |block| block[157..163].copy_from_slice(b"target"));
    let device = header(b'4', "dev", 0, |block| {
        block[329..336].copy_from_slice(b"0000010");
        block[337..344].copy_from_slice(b"0000003");
    });
    let deep = header(b'0', "name", 0, |block| block[345..351].copy_from_slice(b"prefix"));
    let parts =
        [entry(b'0', "file", b"hello"), entry(b'5', "dir/", b""), link, device, deep, entry(b'0', "old/", b""), end()];
    let (found, has_end) = read(&parts).unwrap();
    assert!(has_end);
    let (file, content) = &found[0];
    assert_eq!((&file.path[..], &content[..], file.node.size), (&b"file"[..], &b"hello"[..], 5));
    assert_eq!((file.node.mode, file.node.uid, file.node.gid), (0o644, 0o1750, 0o1751));
    assert_eq!((file.node.mtime, file.node.user.as_deref()), (Time { secs: 100, nanos: 0 }, Some("user")));
    let kinds: Vec<NodeType> = found.iter().map(|(entry, _)| entry.node.kind).collect();
    use NodeType::*;
    assert_eq!(kinds, [File, Directory, Symlink, BlockDevice, File, Directory]);
    assert_eq!(found[2].0.node.target, b"target");
    assert_eq!(found[3].0.node.rdev, rustix::fs::makedev(8, 3));
    assert_eq!(found[4].0.path, b"prefix/name");
}

#[test]
fn long_names_and_large_numbers_are_read() {
    let long = "n".repeat(300);
    let parts = [
        entry(b'L', "././@LongLink", format!("{long}\0").as_bytes()),
        entry(b'K', "././@LongLink", b"where\0"),
        entry(b'2', "short", b""),
        entry(b'x', "pax", &records(&[("path", b"p"), ("mtime", b"-1.5"), ("uid", b"4000000000"), ("uname", b"J")])),
        header(b'0', "short", 0, |block| {
            block[116..124].copy_from_slice(&[0x80, 0, 0, 0, 0, 1, 0, 0]);
        }),
        // What holds for one entry does not for the next.
        entry(b'0', "last", b"x"),
        end(),
    ];
    let (found, _) = read(&parts).unwrap();
    assert_eq!((found[0].0.path.len(), &found[0].0.node.target[..]), (300, &b"where"[..]));
    let node = &found[1].0.node;
    assert_eq!((node.uid, node.gid, node.user.as_deref()), (4_000_000_000, 65_536, Some("J")));
    assert_eq!(node.mtime, Time { secs: -2, nanos: 500_000_000 });
    assert_eq!((&found[2].0.path[..], found[2].0.node.uid), (&b"last"[..], 0o1750));
}

#[test]
fn attributes_and_globals_are_read() {
    let pax = records(&[
        ("SCHILY.xattr.user.b", b"\0=\n"),
        ("LIBARCHIVE.xattr.user.a%3D", b"aGVsbG8="),
        ("RHT.security.selinux", b"label"),
        ("SCHILY.acl.access", b"user::rw-"),
        ("SCHILY.acl.default", b"user::rw-,group::r--,other::---"),
        ("SCHILY.acl.ace", b"owner@:rwx"),
    ]);
    let parts =
        [entry(b'g', "g", &records(&[("gname", b"all")])), entry(b'x', "x", &pax), entry(b'0', "f", b""), end()];
    let (found, _) = read(&parts).unwrap();
    let inline = |bytes: &[u8]| XattrValue::Inline(bytes.to_vec());
    let expected = [
        (b"security.selinux".to_vec(), inline(b"label\0")),
        (
            b"system.posix_acl_default".to_vec(),
            inline(b"\x02\0\0\0\x01\0\x06\0\xff\xff\xff\xff\x04\0\x04\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff"),
        ),
        (b"user.a=".to_vec(), inline(b"hello")),
        (b"user.b".to_vec(), inline(b"\0=\n")),
    ];
    assert_eq!(found[0].0.node.xattrs, expected);
    assert_eq!(found[0].0.node.group.as_deref(), Some("all"));
    assert_eq!(
        found[0].0.left_out,
        ["its ACL, which makes no sense", "its ACL, which is of another system"],
        "{:?}",
        found[0].0.left_out
    );
}

#[test]
fn every_form_of_sparse_file_keeps_its_holes() {
    let gnu = header(b'S', "gnu", 3, |block| {
        block[257..265].copy_from_slice(b"ustar  \0");
        block[386..397].copy_from_slice(b"00000000004");
        block[398..409].copy_from_slice(b"00000000002");
        block[482] = 1;
        block[483..494].copy_from_slice(b"00000000020");
    });
    let mut extension = [0; 512];
    extension[..11].copy_from_slice(b"00000000010");
    extension[12..23].copy_from_slice(b"00000000001");
    let data = |bytes: &[u8]| [bytes, &vec![0; 512 - bytes.len()]].concat();
    let old = [gnu, extension.to_vec(), data(b"abc")].concat();
    let map = [data(b"2\n4\n2\n8\n1\n"), b"abc".to_vec()].concat();
    let parts = [
        old,
        entry(
            b'x',
            "x",
            &records(&[("GNU.sparse.size", b"16"), ("GNU.sparse.map", b"4,2,8,1"), ("GNU.sparse.name", b"pax-0.1")]),
        ),
        entry(b'0', "GNUSparseFile.1/x", b"abc"),
        entry(
            b'x',
            "x",
            &records(&[
                ("GNU.sparse.size", b"16"),
                ("GNU.sparse.offset", b"4"),
                ("GNU.sparse.numbytes", b"2"),
                ("GNU.sparse.offset", b"8"),
                ("GNU.sparse.numbytes", b"1"),
            ]),
        ),
        entry(b'0', "pax-0.0", b"abc"),
        entry(
            b'x',
            "x",
            &records(&[
                ("GNU.sparse.major", b"1"),
                ("GNU.sparse.minor", b"0"),
                ("GNU.sparse.realsize", b"16"),
                ("GNU.sparse.name", b"pax-1.0"),
            ]),
        ),
        entry(b'0', "GNUSparseFile.1/x", &map),
        entry(b'0', "after", b"z"),
        end(),
    ];
    let (found, _) = read(&parts).unwrap();
    let names: Vec<_> = found.iter().map(|(entry, _)| String::from_utf8_lossy(&entry.path)).collect();
    assert_eq!(names, ["gnu", "pax-0.1", "pax-0.0", "pax-1.0", "after"]);
    for (entry, content) in &found[..4] {
        assert_eq!((&entry.node.holes[..], entry.node.size), (&[(0, 4), (6, 2), (9, 7)][..], 16), "{entry:?}");
        assert_eq!(content, b"abc");
    }
    assert_eq!(found[4].1, b"z");
}

#[test]
fn what_is_no_archive_or_cut_off_is_an_error() {
    let whole =
        [entry(b'x', "x", &records(&[("path", b"p")])), entry(b'0', "f", &[1; 700]), entry(b'0', "g", b"")].concat();
    assert!(!read_bytes(&whole).unwrap().1, "there is no mark at its end");
    assert_eq!(read_bytes(b"").unwrap().0.len(), 0);
    for cut in 1..whole.len() {
        let result = read_bytes(&whole[..cut]);
        // Between two entries nobody can tell, but for the mark.
        assert!(result.is_err() || cut.is_multiple_of(512) && !result.unwrap().1, "{cut}");
    }
    let mut wrong = whole.clone();
    wrong[0] ^= 1;
    let error = read_bytes(&wrong).unwrap_err();
    assert!(error.to_string().contains("checksum") && error.to_string().contains("byte 0"), "{error}");
    for bad in [
        entry(b'M', "volume", b""),
        entry(b'?', "unknown", b""),
        header(b'x', "x", 17 << 20, |_| {}),
        header(b'0', "negative", 0, |block| block[124..136].fill(0xff)),
        header(b'0', "no number", 0, |block| block[124..130].copy_from_slice(b"zzzzzz")),
    ] {
        assert!(read_bytes(&bad).is_err());
    }
}

#[test]
fn no_lengths_are_too_large_and_many_headers_are_not_held() {
    for kind in [b'0', b'1', b'5'] {
        let huge = records(&[("size", u64::MAX.to_string().as_bytes())]);
        let error = read(&[entry(b'x', "x", &huge), entry(kind, "f", b""), end()]).unwrap_err();
        assert!(error.to_string().contains("in the middle"), "{error}");
    }
    let half = vec![b'x'; 9 << 20];
    let headers = |second: &str| {
        ["first", second].map(|keyword| entry(b'x', "x", &records(&[(keyword, half.as_slice())]))).concat()
    };
    read(&[headers("first"), entry(b'0', "f", b""), end()]).unwrap();
    let error = read(&[headers("second"), entry(b'0', "f", b""), end()]).unwrap_err();
    assert!(error.to_string().contains("too long"), "{error}");
    // What is about all entries is copied for each of them.
    let error = read(&[entry(b'g', "g", &records(&[("comment", &half[..2 << 20])])), end()]).unwrap_err();
    assert!(error.to_string().contains("an extended header has"), "{error}");
}

#[test]
fn what_was_not_read_of_an_entry_is_skipped() {
    let bytes = [entry(b'0', "a", &[1; 700]), entry(b'1', "linked", b"again"), entry(b'0', "b", b"x"), end()].concat();
    let mut reader = TarReader::new(&bytes[..]);
    let mut names = Vec::new();
    while let Some(entry) = reader.next_entry().unwrap() {
        names.push(entry.path);
    }
    assert_eq!(names, [&b"a"[..], b"linked", b"b"]);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(flips in proptest::collection::vec((0_usize..3000, any::<u8>()), 1..8), fix in any::<bool>()) {
        let mut bytes = [
            entry(b'x', "x", &records(&[("GNU.sparse.major", b"1"), ("GNU.sparse.realsize", b"16"), ("mtime", b"1.5")])),
            entry(b'0', "f", &[&b"2\n4\n2\n8\n1\n"[..], &[0; 501], b"abc"].concat()),
            entry(b'S', "s", b"abc"),
        ].concat();
        for (at, byte) in flips {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        if fix {
            for start in (0..bytes.len()).step_by(512) {
                bytes[start + 148..start + 156].fill(b' ');
                let sum: u32 = bytes[start..start + 512].iter().map(|byte| u32::from(*byte)).sum();
                bytes[start + 148..start + 155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
            }
        }
        let _ = read_bytes(&bytes);
    }
}
