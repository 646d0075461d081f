//! A tree of everything that a file system can hold, and what rsync does not compare of two trees.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, FileTimes};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, Timespec, Timestamps, UTIME_OMIT, Uid, XattrFlags};

/// Fills an empty directory.
pub fn plant(src: &Path) {
    files_and_modes(src);
    links_and_special_files(src);
    attributes(src);
    holes(src);
    names(src);
    stamp_all(src, &mut 0);
}

/// What rsync would do to make the second tree like the first: nothing if they are the same.
pub fn rsync_differences(wanted: &Path, found: &Path) -> String {
    let rsync = Command::new("rsync")
        .args(["-aHAXn", "--checksum", "--delete", "--itemize-changes"])
        .args([format!("{}/", wanted.display()), format!("{}/", found.display())])
        .output()
        .expect("rsync is needed to compare: apt-get install rsync");
    let mut differences = String::from_utf8_lossy(&rsync.stdout).into_owned();
    differences.push_str(&String::from_utf8_lossy(&rsync.stderr));
    if !rsync.status.success() {
        differences.push_str(&format!("{}\n", rsync.status));
    }
    differences
}

/// Entries of which times, device numbers and holes are not the same.
pub fn differing_details(wanted: &Path, found: &Path) -> Vec<String> {
    let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
    details(wanted, wanted, &mut ours);
    details(found, found, &mut theirs);
    let mut differing: Vec<_> = (ours.iter().filter(|(name, detail)| theirs.get(*name) != Some(detail)))
        .map(|(name, detail)| format!("{}: {detail:?} {:?}", name.escape_ascii(), theirs.get(name)))
        .collect();
    differing
        .extend(theirs.keys().filter(|name| !ours.contains_key(*name)).map(|name| name.escape_ascii().to_string()));
    differing
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Root and on a file system that takes it: true if the attribute was set.
fn xattr(path: &Path, name: &str, value: &[u8]) -> bool {
    rustix::fs::lsetxattr(path, name, value, XattrFlags::empty()).is_ok()
}

/// A time with nanoseconds that no other entry has.
fn stamp(path: &Path, n: u32) {
    let at = Timespec { tv_sec: 1_500_000_000 - i64::from(n) * 86_400, tv_nsec: 123_456_789 + i64::from(n) };
    let times = Timestamps { last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT }, last_modification: at };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

pub fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn files_and_modes(src: &Path) {
    for bits in [0o000, 0o400, 0o644, 0o755, 0o2755, 0o4755, 0o6711, 0o1777] {
        let path = src.join(format!("mode-{bits:o}"));
        fs::write(&path, format!("{bits:o}")).unwrap();
        mode(&path, bits);
    }
    fs::write(src.join("empty"), "").unwrap();
    fs::create_dir(src.join("empty-dir")).unwrap();
    for (name, bits) in [("sticky-dir", 0o1777), ("setgid-dir", 0o2775), ("read-only-dir", 0o555)] {
        let dir = src.join(name);
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("inside"), name).unwrap();
        mode(&dir, bits);
    }
    let noise: Vec<u8> = blake3::Hasher::new().finalize_xof().then(3_000_000);
    fs::write(src.join("large"), noise).unwrap();
    let old = File::create(src.join("before-1970")).unwrap();
    old.set_times(FileTimes::new().set_modified(UNIX_EPOCH - Duration::new(1_000_000, 1))).unwrap();
    if is_root() {
        for (name, uid, gid) in [("owner", 1234, 0), ("group", 0, 2345), ("both", 65_534, 4_000_000)] {
            let path = src.join(name);
            fs::write(&path, name).unwrap();
            rustix::fs::chown(&path, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid))).unwrap();
        }
        symlink("owner", src.join("owned-link")).unwrap();
        let (uid, gid) = (Some(Uid::from_raw(77)), Some(Gid::from_raw(88)));
        rustix::fs::chownat(CWD, src.join("owned-link"), uid, gid, AtFlags::SYMLINK_NOFOLLOW).unwrap();
    }
}

/// Reads so many bytes of an endless stream.
trait Then {
    fn then(self, len: usize) -> Vec<u8>;
}

impl Then for blake3::OutputReader {
    fn then(mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes);
        bytes
    }
}

fn links_and_special_files(src: &Path) {
    symlink("large", src.join("link")).unwrap();
    symlink("no/such/thing", src.join("dangling")).unwrap();
    symlink("x/".repeat(2_000), src.join("long-link")).unwrap();
    symlink("/", src.join("link-to-root")).unwrap();
    fs::create_dir(src.join("linked")).unwrap();
    fs::write(src.join("linked/first"), "several names").unwrap();
    for name in ["linked/second", "a-third", "z-fourth"] {
        fs::hard_link(src.join("linked/first"), src.join(name)).unwrap();
    }
    rustix::fs::mknodat(CWD, src.join("fifo"), FileType::Fifo, Mode::from_raw_mode(0o640), 0).unwrap();
    fs::hard_link(src.join("fifo"), src.join("fifo-again")).unwrap();
    // The path of a socket is short, so it is bound by way of the open directory.
    let here = File::open(src).unwrap();
    drop(UnixListener::bind(format!("/proc/self/fd/{}/socket", here.as_raw_fd())).unwrap());
    if is_root() {
        let node = |name: &str, kind, major, minor| {
            let device = rustix::fs::makedev(major, minor);
            rustix::fs::mknodat(CWD, src.join(name), kind, Mode::from_raw_mode(0o600), device).is_ok()
        };
        // Not permitted in every container.
        node("char-device", FileType::CharacterDevice, 1, 3);
        node("block-device", FileType::BlockDevice, 7, 300);
    }
}

fn attributes(src: &Path) {
    let file = src.join("attributes");
    fs::write(&file, "x").unwrap();
    xattr(&file, "user.empty", b"");
    xattr(&file, "user.binary", &[0, 1, 255, 0]);
    xattr(&file, "user.long", &vec![b'v'; 2_000]);
    let dir = src.join("attributes-dir");
    fs::create_dir(&dir).unwrap();
    xattr(&dir, "user.dir", b"on a directory");
    if is_root() {
        // Version 2, effective, cap_net_bind_service permitted.
        let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let path = src.join("capability");
        fs::write(&path, "x").unwrap();
        mode(&path, 0o755);
        xattr(&path, "security.capability", &capability);
        symlink("x", src.join("link-with-attribute")).unwrap();
        xattr(&src.join("link-with-attribute"), "trusted.link", b"on a link");
    }
    // Version 2; owner rwx, user 1234 r--, group r-x, mask r-x, others ---.
    let mut acl = vec![2, 0, 0, 0];
    for (tag, bits, id) in
        [(1u16, 7u16, u32::MAX), (2, 4, 1234), (4, 5, u32::MAX), (0x10, 5, u32::MAX), (0x20, 0, u32::MAX)]
    {
        acl.extend(tag.to_le_bytes().into_iter().chain(bits.to_le_bytes()).chain(id.to_le_bytes()));
    }
    let path = src.join("acl");
    fs::write(&path, "x").unwrap();
    xattr(&path, "system.posix_acl_access", &acl);
    fs::create_dir(src.join("acl-dir")).unwrap();
    xattr(&src.join("acl-dir"), "system.posix_acl_access", &acl);
    xattr(&src.join("acl-dir"), "system.posix_acl_default", &acl);
}

fn holes(src: &Path) {
    let write = |name: &str, pieces: &[(u64, usize)], size: u64| {
        let file = File::create(src.join(name)).unwrap();
        for (offset, len) in pieces {
            file.write_all_at(&vec![b'd'; *len], *offset).unwrap();
        }
        file.set_len(size).unwrap();
    };
    write("hole-only", &[], 10 << 20);
    write("hole-first", &[(5 << 20, 100)], (5 << 20) + 100);
    write("hole-last", &[(0, 4_096)], 3 << 20);
    write("holes", &[(0, 65_536), (1 << 20, 65_536), (9 << 20, 1_000_000)], 20 << 20);
}

fn names(src: &Path) {
    let dir = src.join("names");
    fs::create_dir(&dir).unwrap();
    let long = "n".repeat(255);
    let names: [&[u8]; 12] = [
        b"new\nline",
        b"\xff\xfe invalid",
        b" ",
        b"-rf",
        b"*?[x]",
        b"back\\slash",
        b"\"quotes'",
        b"\x01\x7f",
        b"...",
        "ünïcödé".as_bytes(),
        "u\u{308}".as_bytes(),
        long.as_bytes(),
    ];
    for name in names {
        fs::write(dir.join(OsStr::from_bytes(name)), name).unwrap();
    }
    let mut deep = src.join("deep");
    for _ in 0..60 {
        deep.push("d".repeat(30));
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("bottom"), "deep").unwrap();
    let many = src.join("many");
    fs::create_dir(&many).unwrap();
    for n in 0..20_000 {
        let file = File::create(many.join(format!("{n:x}"))).unwrap();
        if n % 100 == 0 {
            file.write_all_at(format!("{n}").as_bytes(), 0).unwrap();
        }
    }
}

/// Parents after their entries, so that stamping them lasts.
fn stamp_all(dir: &Path, next: &mut u32) {
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            stamp_all(&entry.path(), next);
        } else if *next < 3_000 && entry.file_name() != "before-1970" {
            *next += 1;
            stamp(&entry.path(), *next);
        }
    }
    *next += 1;
    stamp(dir, *next);
}

/// Modification time to the nanosecond, device number, and where there is data.
type Detail = (i64, i64, u64, Vec<(u64, u64)>);

/// What rsync does not compare to the last digit.
fn details(dir: &Path, below: &Path, found: &mut BTreeMap<Vec<u8>, Detail>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let meta = fs::symlink_metadata(&path).unwrap();
        let data = if meta.is_file() { data_of(&path, meta.len()) } else { Vec::new() };
        let name = path.strip_prefix(below).unwrap().as_os_str().as_bytes().to_vec();
        found.insert(name, (meta.mtime(), meta.mtime_nsec(), meta.rdev(), data));
        if meta.is_dir() {
            details(&path, below, found);
        }
    }
}

/// Where a file has data, as the file system tells.
fn data_of(path: &Path, len: u64) -> Vec<(u64, u64)> {
    // Without permission to read (mode 000, not root) there is nothing to compare.
    let Ok(file) = File::open(path) else { return Vec::new() };
    let mut data = Vec::new();
    let mut at = 0;
    while at < len {
        let Ok(start) = rustix::fs::seek(&file, rustix::fs::SeekFrom::Data(at)) else { break };
        let end = rustix::fs::seek(&file, rustix::fs::SeekFrom::Hole(start)).unwrap();
        data.push((start, end));
        at = end;
    }
    data
}
