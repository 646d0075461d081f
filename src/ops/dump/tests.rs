//! Tests of dump on repositories in memory.
use std::io::Read;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::backend::{Backend, Family, ObjectName};
use crate::id::BlobId;
use crate::model::Content as Stored;
use crate::monitor::{Recorder, Silent};
use crate::ops::testing::{TestRepo, noise};

fn dumped(test: &TestRepo, base: &str, path: &str, archive: Archive) -> Result<(Vec<u8>, DumpReport)> {
    test.repo.load_index(&Silent).unwrap();
    let info = test.snapshots().pop().unwrap();
    let base = format!("{}{base}", test.source_path());
    let what = Dumped::find(&test.repo, &info, base.as_bytes(), path.as_bytes(), &Silent)?;
    let mut out = Vec::new();
    let report = dump(&test.repo, &what, archive, &mut out, &Silent)?;
    Ok((out, report))
}

/// A source with everything that an archive can hold.
fn varied() -> TestRepo {
    let test = TestRepo::new();
    let at = |name: &str| test.source.path().join(name);
    test.file("d/large", &noise(1, 300_000));
    test.file("d/small", b"small");
    test.file("d/empty", b"");
    test.file(&format!("{0}/{0}/end", "long name ".repeat(12)), b"long");
    test.file("d/\u{fc}ml\u{e4}ut", b"umlaut");
    symlink("../d/small", at("d/link")).unwrap();
    std::fs::hard_link(at("d/large"), at("d/other name")).unwrap();
    std::fs::set_permissions(at("d/small"), PermissionsExt::from_mode(0o4711)).unwrap();
    let time = UNIX_EPOCH + Duration::new(1_000_000, 123_456_789);
    std::fs::File::open(at("d/small")).unwrap().set_modified(time).unwrap();
    let sparse = std::fs::File::create(at("d/sparse")).unwrap();
    sparse.write_all_at(&noise(2, 70_000), 1 << 20).unwrap();
    sparse.set_len(3 << 20).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, at("d/pipe"), rustix::fs::Mode::RUSR).unwrap();
    test
}

#[test]
fn a_file_is_written_as_it_is() {
    let test = varied();
    test.backup();
    let file = |name: &str| dumped(&test, "", name, Archive::Tar).unwrap();
    for name in ["d/large", "/d/small", "d/empty", "d/sparse", "d/other name"] {
        let expected = std::fs::read(test.source.path().join(name.trim_start_matches('/'))).unwrap();
        let (bytes, report) = file(name);
        assert!(bytes == expected, "{name}");
        assert_eq!((report.entries, report.bytes), (1, expected.len() as u64), "{name}");
    }
    for name in ["d/link", "d/pipe", "d/no"] {
        assert!(matches!(dumped(&test, "", name, Archive::Tar), Err(Error::PathNotFound { .. })), "{name}");
    }
}

#[test]
fn a_tar_archive_has_all_that_was_backed_up() {
    let test = varied();
    test.backup();
    let (bytes, report) = dumped(&test, "", "/", Archive::Tar).unwrap();
    let target = tempfile::tempdir().unwrap();
    let mut archive = ::tar::Archive::new(&bytes[..]);
    let mut seen = 0;
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        seen += 1;
        let path = entry.path().unwrap().into_owned();
        if path == Path::new("d/GNUSparseFile.0/sparse") {
            // This reader does not know what follows; others do, see below.
            assert!(entry.size() < 80_000);
            continue;
        }
        let kind = entry.header().entry_type();
        let there = test.source.path().join(&path);
        let metadata = std::fs::symlink_metadata(&there).unwrap();
        assert_eq!(entry.header().mode().unwrap(), metadata.permissions().mode() & 0o7777, "{path:?}");
        let records: Vec<(String, String)> = entry
            .pax_extensions()
            .unwrap()
            .into_iter()
            .flatten()
            .map(|record| record.map(|r| (r.key().unwrap().to_owned(), r.value().unwrap().to_owned())).unwrap())
            .collect();
        if path.ends_with("small") {
            assert!(records.contains(&("mtime".to_owned(), "1000000.123456789".to_owned())), "{records:?}");
        }
        match kind {
            EntryType::Regular => {
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                assert!(content == std::fs::read(&there).unwrap(), "{path:?}");
            }
            EntryType::Link => {
                assert_eq!(path, Path::new("d/other name"));
                assert_eq!(entry.link_name().unwrap().unwrap(), Path::new("d/large"));
            }
            EntryType::Symlink => assert_eq!(entry.link_name().unwrap().unwrap(), Path::new("../d/small")),
            EntryType::Fifo => assert_eq!(path, Path::new("d/pipe")),
            EntryType::Directory => assert!(metadata.is_dir()),
            other => panic!("{other:?} {path:?}"),
        }
    }
    assert_eq!((seen, report.entries, report.problems), (12, 12, 0));
    // And so say others.
    let status = std::process::Command::new("tar")
        .args(["-x", "-C"])
        .arg(target.path())
        .stdin(std::process::Stdio::piped())
        .spawn()
        .and_then(|mut child| {
            Write::write_all(&mut child.stdin.take().unwrap(), &bytes)?;
            child.wait()
        })
        .unwrap();
    assert!(status.success());
    // These cannot be compared.
    std::fs::remove_file(target.path().join("d/pipe")).unwrap();
    std::fs::remove_file(test.source.path().join("d/pipe")).unwrap();
    let compared = std::process::Command::new("diff")
        .arg("-r")
        .arg("--no-dereference")
        .args([test.source.path(), target.path()])
        .output()
        .unwrap();
    assert!(compared.status.success(), "{compared:?}");
}

use ::tar::EntryType;

#[test]
fn names_are_those_beneath_the_base() {
    let test = varied();
    test.backup();
    let names = |base: &str, path: &str| {
        let (bytes, _) = dumped(&test, base, path, Archive::Tar).unwrap();
        let mut archive = ::tar::Archive::new(&bytes[..]);
        let first = archive.entries().unwrap().next().unwrap().unwrap();
        first.path().unwrap().to_str().unwrap().to_owned()
    };
    assert_eq!(names("", "d"), "d/");
    assert_eq!(names("/d", "/"), "empty");
}

#[test]
fn a_zip_archive_has_names_content_links_and_modes() {
    let test = varied();
    test.backup();
    let (bytes, report) = dumped(&test, "", "/", Archive::Zip).unwrap();
    // The pipe cannot be in it.
    assert_eq!(report.problems, 1);
    let mut archive = ::zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
    assert_eq!(archive.len(), 11);
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).unwrap();
        let name = entry.name().unwrap().into_owned();
        let there = test.source.path().join(&name);
        let mode = entry.unix_mode().unwrap();
        let metadata = std::fs::symlink_metadata(&there).unwrap();
        assert_eq!(mode & 0o777, metadata.permissions().mode() & 0o777, "{name}");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        match mode & 0o170_000 {
            0o120_000 => assert_eq!(content, b"../d/small"),
            0o040_000 => assert!(metadata.is_dir() && content.is_empty()),
            _ => assert!(content == std::fs::read(&there).unwrap(), "{name}"),
        }
    }
}

#[test]
fn what_is_missing_is_an_error_and_never_zeros() {
    let test = TestRepo::new();
    test.file("a", &noise(1, 300_000));
    test.backup();
    let first: Vec<_> = test.backend.list(Family::Packs).unwrap().into_iter().map(|listed| listed.name).collect();
    test.file("b", &noise(2, 600_000));
    test.backup();
    test.repo.load_index(&Silent).unwrap();
    let path = format!("{}/b", test.source_path());
    let info = test.snapshots().pop().unwrap();
    let store = ReadTrees { repo: &test.repo, monitor: &Silent };
    let node = entry(&store, &info, path.as_bytes()).unwrap();
    let Stored::Blobs(ids) = &node.content else { panic!("{node:?}") };
    // One pack of it without trees, and all parity of that session.
    let pack = |id: &BlobId| ObjectName::Pack(test.repo.places(id).unwrap().remove(0).pack);
    let content: Vec<_> = ids.iter().map(pack).collect();
    let trees: Vec<_> = test.repo.tree_blobs().unwrap().iter().map(pack).collect();
    let lost = content.iter().rev().find(|name| !trees.contains(name)).unwrap();
    for listed in test.backend.list(Family::Packs).unwrap() {
        let name = listed.name;
        if name == *lost || !(first.contains(&name) || trees.contains(&name) || content.contains(&name)) {
            test.backend.delete(&name).unwrap();
        }
    }
    let what = Dumped::find(&test.repo, &info, path.as_bytes(), b"/", &Silent).unwrap();
    let mut out = Vec::new();
    let result = dump(&test.repo, &what, Archive::Tar, &mut out, &Silent);
    assert!(
        matches!(result, Err(Error::BlobLost { .. } | Error::Damaged { .. } | Error::BlobNotFound { .. })),
        "{result:?}"
    );
    let content = std::fs::read(test.source.path().join("b")).unwrap();
    assert!(out.len() < content.len() && content.starts_with(&out), "only what is right is written");
    // An archive has no end that would make it look complete.
    let what = Dumped::find(&test.repo, &info, test.source_path().as_bytes(), b"/", &Silent).unwrap();
    for archive in [Archive::Tar, Archive::Zip] {
        let mut out = Vec::new();
        let result = dump(&test.repo, &what, archive, &mut out, &Silent);
        assert!(matches!(result, Err(Error::BlobLost { .. })), "{result:?}");
        match archive {
            Archive::Tar => {
                assert!(out.len() > 300_000 && !out.ends_with(&[0; 512]));
                let mut archive = ::tar::Archive::new(&out[..]);
                let read = |entry: io::Result<::tar::Entry<'_, &[u8]>>| io::copy(&mut entry?, &mut io::sink());
                assert!(archive.entries().unwrap().map(read).any(|read| read.is_err()));
            }
            Archive::Zip => assert!(::zip::ZipArchive::new(io::Cursor::new(out)).is_err()),
        }
    }
}

#[test]
fn a_size_that_lies_is_an_error() {
    let test = TestRepo::new();
    test.file("f", &noise(1, 100_000));
    test.backup();
    test.repo.load_index(&Silent).unwrap();
    let info = test.snapshots().remove(0);
    let path = format!("{}/f", test.source_path());
    for size in [99_999, 100_001] {
        let mut what = Dumped::find(&test.repo, &info, b"", path.as_bytes(), &Silent).unwrap();
        what.node.size = size;
        let result = dump(&test.repo, &what, Archive::Tar, &mut Vec::new(), &Silent);
        assert!(matches!(result, Err(Error::Damaged { .. })), "{size} {result:?}");
    }
    let mut what = Dumped::find(&test.repo, &info, b"", path.as_bytes(), &Silent).unwrap();
    what.node.content = Stored::Blobs(vec![BlobId([1; 32])]);
    assert!(matches!(dump(&test.repo, &what, Archive::Tar, &mut Vec::new(), &Silent), Err(Error::BlobNotFound { .. })));
}

/// Takes so much and no more.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn errors_of_the_output_and_a_stop_end_it() {
    let test = varied();
    test.file("more", &noise(9, 40 << 20));
    test.backup();
    test.repo.load_index(&Silent).unwrap();
    let info = test.snapshots().remove(0);
    let what = Dumped::find(&test.repo, &info, test.source_path().as_bytes(), b"/", &Silent).unwrap();
    for archive in [Archive::Tar, Archive::Zip] {
        let result = dump(&test.repo, &what, archive, &mut Full(400_000), &Silent);
        let Err(Error::Local { source, .. }) = result else { panic!("{result:?}") };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
    }
    let recorder = Recorder::default();
    recorder.request_stop();
    let result = dump(&test.repo, &what, Archive::Tar, &mut io::sink(), &recorder);
    assert!(matches!(result, Err(Error::Stopped { .. })));
    let (bytes, report) = dumped(&test, "", "more", Archive::Tar).unwrap();
    assert!(bytes == noise(9, 40 << 20) && report.bytes == 40 << 20, "across batches");
}
