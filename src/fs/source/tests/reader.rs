//! Content, holes and changes of files.
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, symlink};

use super::*;

/// The file `f` of a directory as the walk finds it.
fn entry(dir: &Path) -> (Place, Node) {
    let walked = walk(dir, &["f"]);
    (walked.place("f").clone(), walked.node("f").clone())
}

fn read_all(mut file: SourceFile, step: usize) -> (Vec<u8>, ReadReport) {
    let (mut content, mut buffer) = (Vec::new(), vec![0; step]);
    loop {
        match file.read(&mut buffer).unwrap() {
            0 => return (content, file.finish().unwrap()),
            read => content.extend_from_slice(&buffer[..read]),
        }
    }
}

fn open(dir: &Path) -> SourceFile {
    let (place, mut node) = entry(dir);
    SourceFile::open(&place, &mut node, &Names::default()).unwrap()
}

#[test]
fn plain_and_empty_files() {
    let dir = tree(&["f"]);
    for length in [0, 1, 4096, 100_000] {
        let content: Vec<u8> = (0..length).map(|i| i as u8).collect();
        std::fs::write(dir.path().join("f"), &content).unwrap();
        let report = ReadReport { size: length, holes: Vec::new(), changed: false };
        assert_eq!(read_all(open(dir.path()), 1000), (content, report));
    }
}

#[test]
fn holes_and_data_make_up_the_file() {
    let dir = tree(&["f"]);
    let file = std::fs::File::create(dir.path().join("f")).unwrap();
    let mut expected = vec![0; 10 << 20];
    for (offset, length) in [(1 << 20, 5000), (3 << 20, 1 << 20), ((9 << 20) - 7, 20)] {
        expected[offset..offset + length].fill(7);
        file.write_all_at(&vec![7; length], offset as u64).unwrap();
    }
    file.set_len(expected.len() as u64).unwrap();
    let (content, report) = read_all(open(dir.path()), 777_777);
    assert!(!report.holes.is_empty() && content.len() < 4 << 20, "the file system of the tests keeps holes");
    assert_eq!((report.size, report.changed), (10 << 20, false));
    let mut rebuilt: Vec<u8> = Vec::new();
    let mut data = content.iter();
    for &(offset, length) in &report.holes {
        assert!(offset > rebuilt.len() as u64 || offset == 0, "holes ascend and do not touch");
        let need = offset as usize - rebuilt.len();
        rebuilt.extend(data.by_ref().take(need));
        rebuilt.resize(rebuilt.len() + length as usize, 0);
    }
    rebuilt.extend(data);
    assert!(rebuilt == expected);
}

#[test]
fn a_file_that_is_all_hole_has_no_content() {
    let dir = tree(&["f"]);
    std::fs::File::create(dir.path().join("f")).unwrap().set_len(1 << 40).unwrap();
    let (content, report) = read_all(open(dir.path()), 4096);
    assert!(content.is_empty());
    assert_eq!(report, ReadReport { size: 1 << 40, holes: vec![(0, 1 << 40)], changed: false });
}

#[test]
fn growing_and_shrinking_files_stay_consistent() {
    let dir = tree(&["f"]);
    let path = dir.path().join("f");
    for (new_length, expected) in [(300_000, 200_000), (150_000, 150_000), (50_000, 100_000)] {
        std::fs::write(&path, vec![1; 200_000]).unwrap();
        let mut file = open(dir.path());
        assert_eq!(file.read(&mut vec![0; 100_000]).unwrap(), 100_000);
        std::fs::File::options().write(true).open(&path).unwrap().set_len(new_length).unwrap();
        let (rest, report) = read_all(file, 64 << 10);
        assert_eq!(report, ReadReport { size: expected, holes: Vec::new(), changed: true });
        assert_eq!(rest.len() as u64, expected - 100_000);
    }
}

#[test]
fn sparse_files_that_are_truncated_stay_consistent() {
    let dir = tree(&["f"]);
    let path = dir.path().join("f");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(8 << 20).unwrap();
    file.write_all_at(&[1; 4096], 4 << 20).unwrap();
    let mut source = open(dir.path());
    let mut buffer = [0; 100];
    assert_eq!(source.read(&mut buffer).unwrap(), 100);
    file.set_len(1 << 20).unwrap();
    let (rest, report) = read_all(source, 100);
    let holes: u64 = report.holes.iter().map(|hole| hole.1).sum();
    assert_eq!(report.size, holes + 100 + rest.len() as u64);
    assert!(report.changed);
}

#[test]
fn many_holes_stay_bounded() {
    let dir = tree(&["f"]);
    let file = std::fs::File::create(dir.path().join("f")).unwrap();
    let pairs = 70_000u64;
    for i in 0..pairs {
        file.write_all_at(b"x", i * 8192).unwrap();
    }
    file.set_len(pairs * 8192).unwrap();
    let (content, report) = read_all(open(dir.path()), 1 << 20);
    let holes: u64 = report.holes.iter().map(|hole| hole.1).sum();
    assert_eq!(report.holes.len(), 65_536);
    assert_eq!((report.size, content.len() as u64 + holes), (pairs * 8192, pairs * 8192));
    assert_eq!(content.iter().filter(|&&byte| byte == b'x').count() as u64, pairs);
}

#[test]
fn what_is_no_file_any_more_is_not_found() {
    let dir = tree(&["f"]);
    let path = dir.path().join("f");
    let (place, node) = entry(dir.path());
    let kind = || SourceFile::open(&place, &mut node.clone(), &Names::default()).unwrap_err().kind();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(kind(), ErrorKind::NotFound);
    std::fs::create_dir(&path).unwrap();
    assert_eq!(kind(), ErrorKind::NotFound);
    std::fs::remove_dir(&path).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert_eq!(kind(), ErrorKind::NotFound);
    std::fs::remove_file(&path).unwrap();
    symlink("/etc/passwd", &path).unwrap();
    assert_eq!(kind(), ErrorKind::NotFound);
    std::fs::remove_file(&path).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    assert_eq!(kind(), ErrorKind::NotFound);
}

#[test]
fn changes_before_opening_reach_the_node() {
    let dir = tree(&["f"]);
    let path = dir.path().join("f");
    let (place, mut node) = entry(dir.path());
    std::fs::write(&path, "longer than before").unwrap();
    let file = SourceFile::open(&place, &mut node, &Names::default()).unwrap();
    assert_eq!(node.size, 18);
    assert!(!read_all(file, 100).1.changed, "content and metadata are of the same moment");
    std::fs::rename(tree(&["f"]).keep().join("f"), &path).unwrap();
    let file = SourceFile::open(&place, &mut node, &Names::default()).unwrap();
    assert!(read_all(file, 100).1.changed, "another file may have other attributes");
}

#[test]
fn files_that_claim_to_be_empty_are_read() {
    let walked = walk("/proc/self".as_ref(), &["status"]);
    let mut node = walked.node("status").clone();
    let file = SourceFile::open(walked.place("status"), &mut node, &Names::default()).unwrap();
    let (content, report) = read_all(file, 4096);
    assert!(content.starts_with(b"Name:"));
    assert_eq!(report.size, content.len() as u64);
}
