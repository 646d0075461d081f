//! Tests of the view on a repository in memory, without FUSE.
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::backend::ObjectName;
use crate::model::NodeType;
use crate::monitor::{Recorder, Silent};
use crate::ops::snapshots::SnapshotFilter;
use crate::ops::testing::{PASSWORD, TestRepo, noise, text};

fn options() -> ViewOptions {
    let templates = PathTemplate::DEFAULT.iter().map(|text| PathTemplate::parse(text).unwrap()).collect();
    ViewOptions {
        naming: Naming { templates, time: Arc::new(|time| format!("{}.{:09}", time.secs, time.nanos)) },
        filter: SnapshotFilter::default(),
        owner: Owner { uid: 5, gid: 6, is_root: false },
        refresh: Duration::ZERO,
    }
}

fn view(repo: &TestRepo) -> View {
    View::new(repo.open(PASSWORD).unwrap(), Top::Snapshots, options(), &Silent).unwrap()
}

/// The source in the newest snapshot.
fn view_of_source(repo: &TestRepo) -> View {
    let info = Box::new(repo.snapshots().pop().unwrap());
    let top = Top::Snapshot { info, path: repo.source_path().into_bytes() };
    View::new(repo.open(PASSWORD).unwrap(), top, options(), &Silent).unwrap()
}

fn walk(view: &View, path: &str) -> Result<Attributes, Refusal> {
    let names = path.split('/').filter(|name| !name.is_empty());
    names.fold(view.attributes(TOP), |above, name| view.lookup(above?.number, name.as_bytes()))
}

fn read(view: &View, path: &str) -> Result<Vec<u8>, Refusal> {
    let number = walk(view, path)?.number;
    let file = view.open(number)?;
    view.read(number, &file, 0, usize::MAX)
}

fn entries(view: &View, path: &str, from: u64, with_attributes: bool) -> Vec<(u64, String, u64, NodeType)> {
    let directory = view.open_directory(walk(view, path).unwrap().number).unwrap();
    let mut found = Vec::new();
    let listed = view.list(&directory, from, with_attributes, &mut |next, entry| {
        found.push((next, String::from_utf8_lossy(entry.name).into_owned(), entry.number, entry.kind));
        true
    });
    listed.unwrap();
    found
}

fn names(view: &View, path: &str) -> Vec<String> {
    entries(view, path, 2, false).into_iter().map(|(_, name, ..)| name).collect()
}

#[test]
fn bytes_are_right_at_every_position() {
    let repo = TestRepo::new();
    let content = noise(1, 300_000);
    repo.file("random", &content);
    repo.file("empty", b"");
    repo.file("small", b"inline");
    let sparse = File::create(repo.source.path().join("sparse")).unwrap();
    sparse.write_all_at(&content[..70_000], 1 << 20).unwrap();
    sparse.write_all_at(&content[..10], 3 << 20).unwrap();
    sparse.set_len(5 << 20).unwrap();
    repo.backup();
    let view = view_of_source(&repo);
    assert_eq!(read(&view, "empty"), Ok(Vec::new()));
    assert_eq!(read(&view, "small").unwrap(), b"inline");
    assert_eq!(read(&view, "random").unwrap(), content);
    let mut sparse_content = vec![0; 5 << 20];
    sparse_content[1 << 20..][..70_000].copy_from_slice(&content[..70_000]);
    sparse_content[3 << 20..][..10].copy_from_slice(&content[..10]);
    assert!(read(&view, "sparse").unwrap() == sparse_content);
    for (name, content) in [("random", &content), ("sparse", &sparse_content)] {
        let number = walk(&view, name).unwrap().number;
        let file = view.open(number).unwrap();
        for n in 0..400_u64 {
            let random = u64::from_le_bytes(noise(n, 8).try_into().unwrap());
            let (offset, len) = (random % (content.len() as u64 + 1_000), (random >> 40) as usize % 100_000);
            let from = (offset as usize).min(content.len());
            let wanted = &content[from..(from + len).min(content.len())];
            assert!(view.read(number, &file, offset, len).unwrap() == wanted, "{name} {offset} {len}");
        }
    }
    let number = walk(&view, "sparse").unwrap().number;
    let attributes = view.attributes(number).unwrap();
    assert_eq!(attributes.size, 5 << 20);
    assert!(attributes.data < 1 << 20, "{attributes:?}");
    let file = view.open(number).unwrap();
    assert_eq!((view.seek(&file, 0, true), view.seek(&file, 0, false)), (Some(1 << 20), Some(0)));
    let hole = view.seek(&file, 1 << 20, false).unwrap();
    assert!(((1 << 20) + 70_000..2 << 20).contains(&hole));
    assert_eq!((view.seek(&file, hole, true), view.seek(&file, 4 << 20, true)), (Some(3 << 20), None));
    assert_eq!((view.seek(&file, 4 << 20, false), view.seek(&file, 5 << 20, false)), (Some(4 << 20), None));
    let whole = view.open(walk(&view, "random").unwrap().number).unwrap();
    assert_eq!((view.seek(&whole, 7, true), view.seek(&whole, 7, false)), (Some(7), Some(300_000)));
}

#[test]
fn files_with_thousands_of_blobs_are_read_anywhere_and_in_order() {
    let repo = TestRepo::new();
    let content = noise(3, 40_000_000);
    repo.file("large", &content);
    repo.backup();
    let view = view_of_source(&repo);
    let number = walk(&view, "large").unwrap().number;
    let file = view.open(number).unwrap();
    for offset in [39_999_000, 20_000_000, 0, 33_333_333, 10] {
        let wanted = &content[offset..(offset + 50_000).min(content.len())];
        assert!(view.read(number, &file, offset as u64, 50_000).unwrap() == wanted, "{offset}");
    }
    let mut all = Vec::new();
    while all.len() < content.len() {
        all.extend(view.read(number, &file, all.len() as u64, 131_072).unwrap());
    }
    assert!(all == content);
    // Several readers at a time, each with its own place.
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (view, content) = (&view, &content);
            scope.spawn(move || {
                let file = view.open(number).unwrap();
                for n in 0..50 {
                    let random = u64::from_le_bytes(noise(seed * 1_000 + n, 8).try_into().unwrap());
                    let offset = (random % 39_000_000) as usize;
                    let wanted = &content[offset..offset + 9_000];
                    assert!(view.read(number, &file, offset as u64, 9_000).unwrap() == wanted);
                }
            });
        }
    });
}

#[test]
fn snapshots_are_found_under_all_their_names() {
    let repo = TestRepo::new();
    repo.file("a", b"1");
    let first = repo.backup();
    repo.file("a", b"22");
    repo.backup();
    let view = view(&repo);
    assert_eq!(names(&view, ""), ["hosts", "ids", "snapshots", "versions"]);
    assert_eq!(names(&view, "hosts"), ["host"]);
    assert_eq!(names(&view, "snapshots").len(), 3);
    let latest = walk(&view, "snapshots/latest").unwrap();
    assert_eq!(latest.kind, NodeType::Symlink);
    let target = String::from_utf8(view.target(latest.number).unwrap()).unwrap();
    assert_eq!((target.len() as u64, &target), (latest.size, names(&view, "hosts/host").get(1).unwrap()));
    let base = repo.source_path();
    assert_eq!(read(&view, &format!("snapshots/{target}{base}/a")).unwrap(), b"22");
    let short = first.snapshot.unwrap().short();
    assert_eq!(read(&view, &format!("ids/{short}{base}/a")).unwrap(), b"1");
    let root = view.attributes(TOP).unwrap();
    assert_eq!((root.mode, root.uid, root.gid, root.kind), (0o555, 5, 6, NodeType::Directory));
    assert_eq!(walk(&view, "ids/nothing"), Err(Refusal::NotFound));
    assert_eq!(walk(&view, "snapshots/latest/x"), Err(Refusal::NotADirectory));
    assert_eq!(walk(&view, &format!("ids/{short}{base}/a/b")), Err(Refusal::NotADirectory));
    assert_eq!(view.open(TOP).err(), Some(Refusal::IsADirectory));
    assert!(view.totals().bytes >= 3 && view.totals().files >= 2);
}

#[test]
fn names_of_one_file_have_one_number_that_comes_back() {
    let repo = TestRepo::new();
    repo.file("dir/first", b"several names");
    std::fs::hard_link(repo.source.path().join("dir/first"), repo.source.path().join("second")).unwrap();
    symlink("dir/first", repo.source.path().join("link")).unwrap();
    repo.backup();
    let view = view_of_source(&repo);
    let (first, second) = (walk(&view, "dir/first").unwrap(), walk(&view, "second").unwrap());
    assert_eq!((first.number, first.links, second.links), (second.number, 2, 2));
    let listed = entries(&view, "dir", 2, false);
    assert_eq!(listed[0].2, first.number);
    let link = walk(&view, "link").unwrap();
    assert_eq!(view.target(link.number).unwrap(), b"dir/first");
    assert_eq!(view.target(first.number), Err(Refusal::WrongKind));
    assert_eq!(view.open(link.number).err(), Some(Refusal::WrongKind));
    let known = view.known_numbers();
    view.forget(first.number, 2);
    view.forget(link.number, 1);
    assert_eq!(view.known_numbers(), known - 2);
    assert_eq!(view.attributes(link.number), Err(Refusal::Stale));
    assert_eq!(walk(&view, "link").unwrap().number, link.number);
    assert_eq!(walk(&view, "second").unwrap().number, first.number);
    // Under another name of the same snapshot it is another file.
    let all = self::view(&repo);
    let numbers: Vec<u64> = ["ids", "snapshots"]
        .iter()
        .map(|shelf| {
            let name = names(&all, shelf).remove(0);
            walk(&all, &format!("{shelf}/{name}{}/second", repo.source_path())).unwrap().number
        })
        .collect();
    assert_ne!(numbers[0], numbers[1]);
}

#[test]
fn directories_are_listed_from_any_position() {
    let repo = TestRepo::new();
    for n in 0..4_000 {
        repo.file(&format!("many/{n:04}-{}", "x".repeat(60)), b"");
    }
    repo.backup();
    let view = view_of_source(&repo);
    let all = entries(&view, "many", 0, false);
    assert_eq!(all.len(), 4_002);
    assert!(all[..2].iter().map(|entry| entry.1.as_str()).eq([".", ".."]));
    assert!(all[2..].is_sorted_by(|a, b| a.1 < b.1));
    for from in [0, 1, 2, 3, 100, 1_999, 2_000, 4_001, 4_002, 9_999] {
        assert_eq!(entries(&view, "many", from, false), all[(from as usize).min(all.len())..], "{from}");
    }
    let known = view.known_numbers();
    assert_eq!(entries(&view, "many", 2, true), all[2..]);
    assert_eq!(view.known_numbers(), known + 4_000);
    // What is not taken does not count as looked up.
    let directory = view.open_directory(walk(&view, "many").unwrap().number).unwrap();
    all[2..].iter().for_each(|(_, _, number, _)| view.forget(*number, 1));
    view.list(&directory, 2, true, &mut |next, _| next < 5).unwrap();
    assert_eq!(view.known_numbers(), known + 2);
}

#[test]
fn attributes_of_all_lengths_are_read() {
    let repo = TestRepo::new();
    repo.file("file", b"x");
    let path = repo.source.path().join("file");
    let set =
        |name: &str, value: &[u8]| rustix::fs::setxattr(&path, name, value, rustix::fs::XattrFlags::empty()).is_ok();
    let long = noise(1, 3_000);
    let has_long = set("user.long", &long);
    if !set("user.short", b"s") {
        return;
    }
    repo.backup();
    let view = view_of_source(&repo);
    let number = walk(&view, "file").unwrap().number;
    assert_eq!(view.xattr(number, b"user.short").unwrap(), b"s");
    assert_eq!(view.xattr(number, b"user.none"), Err(Refusal::NoAttribute));
    assert!(view.xattr_names(number).unwrap().contains(&b"user.short".to_vec()));
    if has_long {
        assert_eq!(view.xattr(number, b"user.long").unwrap(), long);
    }
    assert_eq!(view.xattr_names(TOP).unwrap(), Vec::<Vec<u8>>::new());
}

#[test]
fn what_parity_brings_back_is_read_and_the_rest_is_an_error() {
    let repo = TestRepo::new();
    let files: BTreeMap<String, Vec<u8>> = (0..30).map(|n| (format!("{n:02}"), noise(n, 90_000))).collect();
    files.iter().for_each(|(name, content)| repo.file(name, content));
    repo.backup();
    let packs: Vec<ObjectName> =
        repo.backend.snapshot_contents().into_keys().filter(|name| matches!(name, ObjectName::Pack(_))).collect();
    let mut healed = 0;
    for pack in &packs {
        let bytes = repo.backend.snapshot_contents()[pack].clone();
        repo.backend.remove(pack);
        let view = view_of_source(&repo);
        for (name, content) in &files {
            assert!(read(&view, name).as_ref() == Ok(content), "{pack} {name}");
        }
        healed += view.healed();
        repo.backend.overwrite(pack, &bytes);
    }
    assert!(healed > 5, "{healed}");
    // Half of all packs is more than parity can bring back; the trees are at hand by then.
    let view = view_of_source(&repo);
    let numbers: Vec<u64> = files.keys().map(|name| walk(&view, name).unwrap().number).collect();
    for pack in packs.iter().step_by(2) {
        repo.backend.remove(pack);
    }
    let mut lost = 0;
    for ((name, content), number) in files.iter().zip(numbers) {
        let file = view.open(number).unwrap();
        match view.read(number, &file, 0, usize::MAX) {
            Ok(bytes) => assert!(bytes == *content, "{name}"),
            Err(refusal) => {
                assert_eq!(refusal, Refusal::Unreadable);
                lost += 1;
            }
        }
    }
    assert!(lost > 3, "{lost}");
    let recorder = Recorder::default();
    view.told.try_iter().for_each(|told| told.tell(&recorder));
    let problems = recorder.problems();
    assert_eq!(problems.len(), lost, "{problems:#?}");
    assert!(problems.iter().all(|problem| files.contains_key(&problem.item)), "{problems:#?}");
}

#[test]
fn versions_of_a_file_are_side_by_side() {
    let repo = TestRepo::new();
    let base = repo.source_path();
    let contents = ["one".to_owned(), text(2), text(2) + "and more"];
    let write = |content: &str| repo.file("doc/a.txt", content.as_bytes());
    write(&contents[0]);
    repo.file("doc/same", b"same");
    repo.file("gone", b"gone");
    repo.backup();
    write(&contents[1]);
    std::fs::remove_file(repo.source.path().join("gone")).unwrap();
    repo.backup();
    write(&contents[2]);
    repo.file("gone/now a directory", b"x");
    repo.backup();
    // An old content that comes back is no new version.
    write(&contents[0]);
    repo.backup();
    let view = view(&repo);
    let at = |path: &str| format!("versions{base}/{path}");
    assert_eq!(names(&view, &at("")), ["doc", "gone"]);
    assert_eq!(names(&view, &at("doc")), ["a.txt", "same"]);
    let versions = names(&view, &at("doc/a.txt"));
    assert_eq!(versions.len(), 3);
    for (version, content) in versions.iter().zip(&contents) {
        assert!(version.ends_with(".txt"), "{version}");
        assert_eq!(read(&view, &at(&format!("doc/a.txt/{version}"))).unwrap(), content.as_bytes());
    }
    assert_eq!(names(&view, &at("doc/same")).len(), 1);
    let snapshots = names(&view, "snapshots");
    let gone = names(&view, &at("gone"));
    assert_eq!(gone, [snapshots[0].as_str(), "now a directory"]);
    assert_eq!(read(&view, &at(&format!("gone/{}", gone[0]))).unwrap(), b"gone");
    assert_eq!(walk(&view, &at("nothing")), Err(Refusal::NotFound));
    let directory = walk(&view, &at("doc/a.txt")).unwrap();
    assert_eq!((directory.kind, directory.mode & 0o111 != 0), (NodeType::Directory, true));
    // Another version joins them.
    write("four");
    repo.backup();
    assert_eq!(names(&view, &at("doc/a.txt")).len(), 4);
}

#[test]
fn one_snapshot_or_a_directory_of_it_can_be_the_top() {
    let repo = TestRepo::new();
    repo.file("dir/a", b"a");
    repo.backup();
    let info = Box::new(repo.snapshots().remove(0));
    let open = |path: String| {
        let top = Top::Snapshot { info: info.clone(), path: path.into_bytes() };
        View::new(repo.open(PASSWORD).unwrap(), top, options(), &Silent)
    };
    let base = repo.source_path();
    let view = open(format!("{base}/dir/")).unwrap();
    assert_eq!(names(&view, ""), ["a"]);
    assert_eq!(read(&view, "a").unwrap(), b"a");
    let found = view.attributes(TOP).unwrap();
    assert_eq!(found.mtime.secs, std::fs::metadata(repo.source.path().join("dir")).unwrap().mtime());
    assert_eq!(names(&open(String::new()).unwrap(), "")[0], base.split('/').nth(1).unwrap());
    for (path, cause) in [("/no/such", "no such entry"), (&*format!("{base}/dir/a"), "is no directory")] {
        let error = open(path.to_owned()).err().unwrap().to_string();
        assert!(error.contains(cause), "{error}");
    }
}

#[test]
fn snapshots_come_and_go_while_it_is_open() {
    let repo = TestRepo::new();
    repo.file("a", b"1");
    let first = repo.backup().snapshot.unwrap();
    let view = view(&repo);
    assert_eq!(names(&view, "ids"), [first.short().as_str(), "latest"]);
    let number = walk(&view, &format!("ids/{}{}/a", first.short(), repo.source_path())).unwrap().number;
    repo.file("a", b"2");
    let second = repo.backup().snapshot.unwrap();
    assert_eq!(names(&view, "ids").len(), 3);
    repo.repo.bury(first, "host", "test", &Silent).unwrap();
    assert_eq!(walk(&view, &format!("ids/{}", first.short())), Err(Refusal::NotFound));
    let latest = walk(&view, "ids/latest").unwrap().number;
    assert_eq!(view.target(latest).unwrap(), second.short().as_bytes());
    // Whoever is in there can go on.
    let file = view.open(number).unwrap();
    assert_eq!(view.read(number, &file, 0, 10).unwrap(), b"1");
}

#[test]
fn numbers_in_listings_are_those_of_lookups_and_never_those_of_another_snapshot() {
    let repo = TestRepo::new();
    repo.file("a", b"1");
    let first = repo.backup().snapshot.unwrap();
    let mut options = options();
    options.naming.time = Arc::new(|_| "always".to_owned());
    let view = View::new(repo.open(PASSWORD).unwrap(), Top::Snapshots, options, &Silent).unwrap();
    let path = format!("snapshots/always{}/a", repo.source_path());
    let versions = format!("versions{}/a", repo.source_path());
    for directory in ["", "snapshots", "ids", "versions", &versions] {
        for (_, name, number, kind) in entries(&view, directory, 2, false) {
            let found = walk(&view, &format!("{directory}/{name}")).unwrap();
            assert_eq!((found.number, found.kind), (number, kind), "{directory}/{name}");
        }
    }
    let (old, old_version) = (walk(&view, &path).unwrap(), walk(&view, &format!("{versions}/always")).unwrap());
    repo.file("a", b"2");
    repo.backup();
    repo.repo.bury(first, "host", "test", &Silent).unwrap();
    names(&view, "snapshots");
    // The name is free for a snapshot that comes later; the kernel must not take its files for those that it has read.
    repo.file("a", b"3");
    repo.backup();
    assert_eq!(names(&view, "snapshots"), ["always", "always-1", "latest"]);
    let new = walk(&view, &path).unwrap();
    assert_ne!(new.number, old.number);
    assert_ne!(walk(&view, &format!("{versions}/always")).unwrap().number, old_version.number);
    assert_ne!(read(&view, &path).unwrap(), b"1");
}
