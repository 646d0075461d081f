//! What only a backend on a local folder can get wrong.
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use caddis::backend::{Backend, ErrorKind, Family, LocalBackend, ObjectName, Put};
use caddis::id::SessionId;
use caddis::world::Time;
use tempfile::TempDir;

use crate::conformance::{kind, names, pack_of};

/// A new repository folder.
pub fn local() -> (TempDir, PathBuf, LocalBackend) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("repo");
    let backend = LocalBackend::create(&path).unwrap();
    (folder, path, backend)
}

fn snapshot(n: u8) -> ObjectName {
    ObjectName::Snapshot(SessionId([n; 16]))
}

/// All `*.tmp` files below a folder.
pub fn temporary_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(temporary_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "tmp") {
            found.push(path);
        }
    }
    found
}

#[test]
fn foreign_and_unfinished_files_are_ignored() {
    let (_folder, path, backend) = local();
    for name in names(1) {
        backend.put_new(&name, b"bytes").unwrap();
        let file = path.join(name.to_string());
        fs::write(file.with_extension("tmp"), "x").unwrap();
        fs::write(format!("{}.0123456789abcdef-0.tmp", file.display()), "x").unwrap();
        fs::write(file.with_file_name("README"), "x").unwrap();
        fs::write(file.with_file_name(".hidden"), "x").unwrap();
        fs::write(format!("{}~", file.display()), "x").unwrap();
    }
    fs::write(path.join("notes.txt"), "x").unwrap();
    fs::create_dir(path.join("packs/zz")).unwrap();
    fs::create_dir(path.join("snapshots").join("22".repeat(16))).unwrap();
    let wrong_folder = pack_of(b"z").to_string();
    let wrong = if wrong_folder.starts_with("packs/00") { "01" } else { "00" };
    fs::create_dir_all(path.join("packs").join(wrong)).unwrap();
    let (_, id) = wrong_folder.rsplit_once('/').unwrap();
    fs::write(path.join("packs").join(wrong).join(id), "x").unwrap();
    for family in Family::ALL {
        let expected: Vec<_> = names(1).into_iter().filter(|name| name.family() == family).collect();
        let listed: Vec<_> = backend.list(family).unwrap().iter().map(|listed| listed.name).collect();
        assert_eq!(listed, expected, "{family:?}");
    }
    // A leftover does not stand in the way of its object.
    fs::write(path.join(format!("{}.tmp", snapshot(7))), "x").unwrap();
    assert_eq!(backend.put_new(&snapshot(7), b"bytes").unwrap(), Put::Created);
}

#[test]
fn unfinished_files_are_removed_when_they_are_old_enough() {
    let (_folder, path, backend) = local();
    let mut leftovers = Vec::new();
    for name in names(1) {
        backend.put_new(&name, b"bytes").unwrap();
        leftovers.push(format!("{}.0123456789abcdef-0.tmp", path.join(name.to_string()).display()));
        fs::write(leftovers.last().unwrap(), "x").unwrap();
    }
    fs::write(path.join("snapshots/foreign.tmp"), "x").unwrap();
    assert_eq!(backend.remove_unfinished(Time { secs: 1_000_000, nanos: 0 }).unwrap(), 0);
    assert!(leftovers.iter().all(|file| Path::new(file).exists()));
    let future = Time { secs: i64::MAX, nanos: 0 };
    assert_eq!(backend.remove_unfinished(future).unwrap(), leftovers.len() as u64);
    assert_eq!(temporary_files(&path), [path.join("snapshots/foreign.tmp")]);
    assert_eq!(backend.get(&snapshot(1), 100).unwrap(), b"bytes");
}

#[test]
fn nothing_foreign_becomes_a_repository() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("repo");
    assert_eq!(kind(LocalBackend::open(&path)), ErrorKind::NoStore);
    assert_eq!(kind(LocalBackend::create(path.join("deeper"))), ErrorKind::NoStore);
    fs::write(&path, "a file").unwrap();
    assert_eq!(kind(LocalBackend::open(&path)), ErrorKind::NoStore);
    assert!(LocalBackend::create(&path).is_err());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    // An empty mount point.
    assert_eq!(kind(LocalBackend::open(&path)), ErrorKind::NoStore);
    fs::write(path.join("thesis.txt"), "x").unwrap();
    assert_eq!(kind(LocalBackend::create(&path)), ErrorKind::Refused);
    assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
    fs::remove_file(path.join("thesis.txt")).unwrap();
    fs::create_dir(path.join("lost+found")).unwrap();
    let backend = LocalBackend::create(&path).unwrap();
    backend.put_new(&ObjectName::Config(1), b"config").unwrap();
    // Once more: nothing is lost, and it is the caller who finds the config.
    LocalBackend::create(&path).unwrap();
    assert_eq!(LocalBackend::open(&path).unwrap().list(Family::Config).unwrap().len(), 1);
    assert_eq!(backend.describe(), path.display().to_string());
}

#[test]
fn a_store_that_is_gone_is_not_empty() {
    let (folder, path, backend) = local();
    for name in names(1) {
        backend.put_new(&name, b"bytes").unwrap();
    }
    let packs = backend.list(Family::Packs).unwrap();
    // Something else is now where it was: the open backend stays with what it knows.
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(backend.list(Family::Packs).unwrap(), packs);
    assert_eq!(backend.put_new(&snapshot(2), b"bytes").unwrap(), Put::Created);
    assert!(elsewhere.join(snapshot(2).to_string()).exists());
    assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    assert_eq!(kind(LocalBackend::open(&path)), ErrorKind::NoStore);
    // The content disappears, then the folder.
    for remove_root in [false, true] {
        if remove_root {
            fs::remove_dir(&elsewhere).unwrap();
        } else {
            for entry in fs::read_dir(&elsewhere).unwrap() {
                fs::remove_dir_all(entry.unwrap().path()).unwrap();
            }
        }
        for family in Family::ALL {
            assert_eq!(kind(backend.list(family)), ErrorKind::NoStore, "{family:?}");
        }
        for name in names(1) {
            assert_eq!(kind(backend.get(&name, 100)), ErrorKind::NoStore, "{name}");
            assert_eq!(kind(backend.stat(&name)), ErrorKind::NoStore, "{name}");
            assert_eq!(kind(backend.delete(&name)), ErrorKind::NoStore, "{name}");
            assert_eq!(kind(backend.put_new(&name, b"x")), ErrorKind::NoStore, "{name}");
        }
        assert_eq!(kind(backend.put_session(&ObjectName::Session(SessionId([1; 16])), b"x")), ErrorKind::NoStore);
        assert_eq!(kind(backend.remove_unfinished(Time::default())), ErrorKind::NoStore);
    }
}

#[test]
fn a_lost_family_is_empty_and_grows_again() {
    let (_folder, path, backend) = local();
    for name in names(1) {
        backend.put_new(&name, b"bytes").unwrap();
    }
    // One after the other; config and its replica never at once.
    for family in Family::ALL {
        fs::remove_dir_all(path.join(family.folder())).unwrap();
        assert_eq!(backend.list(family).unwrap(), [], "{family:?}");
        assert_eq!(LocalBackend::open(&path).unwrap().list(family).unwrap(), [], "{family:?}");
        for name in names(1).into_iter().filter(|name| name.family() == family) {
            assert_eq!(kind(backend.get(&name, 100)), ErrorKind::NotFound, "{name}");
            backend.delete(&name).unwrap();
            assert_eq!(backend.put_new(&name, b"again").unwrap(), Put::Created, "{name}");
            assert_eq!(backend.get(&name, 100).unwrap(), b"again", "{name}");
        }
    }
    fs::remove_dir_all(path.join("replica")).unwrap();
    backend.put_new(&ObjectName::ReplicaTomb(SessionId([1; 16])), b"again").unwrap();
    fs::remove_dir_all(path.join("packs")).unwrap();
    backend.replace_pack(&pack_of(b"p"), b"p").unwrap();
    assert_eq!(backend.list(Family::Packs).unwrap().len(), 1);
}

#[test]
fn symbolic_links_are_not_followed() {
    let (folder, path, backend) = local();
    let outside = folder.path().join("outside");
    fs::write(&outside, "secret").unwrap();
    for target in [outside.clone(), folder.path().join("nowhere")] {
        let name = snapshot(1);
        symlink(&target, path.join(name.to_string())).unwrap();
        assert_eq!(kind(backend.get(&name, 100)), ErrorKind::Other);
        assert_eq!(kind(backend.get_range(&name, 0, 1)), ErrorKind::Other);
        assert_eq!(kind(backend.stat(&name)), ErrorKind::Other);
        assert_eq!(backend.list(Family::Snapshots).unwrap(), []);
        assert_eq!(backend.put_new(&name, b"x").unwrap(), Put::Exists);
        backend.delete(&name).unwrap();
        let name = ObjectName::Session(SessionId([1; 16]));
        backend.delete(&name).unwrap();
        symlink(&target, path.join(name.to_string())).unwrap();
        backend.put_session(&name, b"beat").unwrap();
        assert!(fs::symlink_metadata(path.join(name.to_string())).unwrap().is_file());
        let name = pack_of(b"p");
        fs::create_dir_all(path.join(name.to_string()).parent().unwrap()).unwrap();
        backend.delete(&name).unwrap();
        symlink(&target, path.join(name.to_string())).unwrap();
        backend.replace_pack(&name, b"p").unwrap();
        assert_eq!(backend.get(&name, 100).unwrap(), b"p");
    }
    assert_eq!(fs::read(&outside).unwrap(), b"secret");
    assert!(!folder.path().join("nowhere").exists());
    // Nor are folders.
    fs::create_dir(folder.path().join("tombs")).unwrap();
    fs::remove_dir(path.join("tombs")).unwrap();
    symlink(folder.path().join("tombs"), path.join("tombs")).unwrap();
    assert!(backend.list(Family::Tombs).is_err());
    assert!(backend.put_new(&ObjectName::Tomb(SessionId([1; 16])), b"x").is_err());
    assert_eq!(fs::read_dir(folder.path().join("tombs")).unwrap().count(), 0);
    // A named pipe does not block.
    let pipe = path.join(snapshot(9).to_string());
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(kind(backend.get(&snapshot(9), 100)), ErrorKind::Other);
}

#[test]
fn modes_follow_the_root_whatever_the_umask() {
    // The umask belongs to the process and would disturb the other tests, so this one runs itself under another one.
    if let Some(path) = std::env::var_os("CADDIS_TEST_MODES") {
        let backend = LocalBackend::create(path).unwrap();
        for name in names(1) {
            backend.put_new(&name, b"bytes").unwrap();
        }
        return;
    }
    let (_folder, path, _) = local();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o077, 0);
    fs::remove_dir_all(&path).unwrap();
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o2775)).unwrap();
    let me = std::env::current_exe().unwrap();
    let test = "local_folder::modes_follow_the_root_whatever_the_umask";
    let script = format!(r#"umask 077; CADDIS_TEST_MODES="$2" exec "$1" --exact {test}"#);
    let status = Command::new("sh").args(["-c", &script, "sh"]).arg(me).arg(&path).output().unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
    let mode = |file: &str| fs::metadata(path.join(file)).unwrap().mode() & 0o7777;
    assert_eq!(mode("replica/config"), 0o2770);
    for name in names(1) {
        let name = name.to_string();
        assert_eq!(mode(&name), 0o640, "{name}");
        assert_eq!(mode(name.rsplit_once('/').unwrap().0), 0o2770, "{name}");
    }
}

/// A small tmpfs; `None`, with a line that says so, where mounting is not allowed.
struct Mount(TempDir);

impl Mount {
    fn new(options: &str) -> Option<Mount> {
        let folder = tempfile::tempdir().unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder.path()).output();
        match mount {
            Ok(output) if output.status.success() => Some(Mount(folder)),
            _ => {
                eprintln!("skipped: this test needs the right to mount a tmpfs");
                None
            }
        }
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.0.path()).status().unwrap().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing_behind() {
    let Some(mount) = Mount::new("size=1m") else { return };
    let path = mount.0.path().join("repo");
    let backend = LocalBackend::create(&path).unwrap();
    let (small, large) = (vec![1; 300_000], vec![2; 2_000_000]);
    backend.put_new(&pack_of(&small), &small).unwrap();
    assert_eq!(kind(backend.put_new(&pack_of(&large), &large)), ErrorKind::OutOfSpace);
    assert_eq!(kind(backend.put_new(&snapshot(1), &large)), ErrorKind::OutOfSpace);
    assert_eq!(kind(backend.replace_pack(&pack_of(&large), &large)), ErrorKind::OutOfSpace);
    assert_eq!(kind(backend.stat(&snapshot(1))), ErrorKind::NotFound);
    assert_eq!(temporary_files(&path), Vec::<PathBuf>::new());
    backend.put_new(&snapshot(1), &small).unwrap();
    backend.barrier().unwrap();
    assert_eq!(backend.list(Family::Packs).unwrap().len(), 1);
}

#[test]
fn a_read_only_file_system_refuses_and_can_be_read() {
    // Permissions mean nothing to root; a read-only mount does.
    let Some(mount) = Mount::new("size=1m") else { return };
    let path = mount.0.path().join("repo");
    let backend = LocalBackend::create(&path).unwrap();
    backend.put_new(&snapshot(1), b"bytes").unwrap();
    mount.remount("ro");
    for backend in [backend, LocalBackend::open(&path).unwrap()] {
        assert_eq!(backend.get(&snapshot(1), 100).unwrap(), b"bytes");
        assert_eq!(kind(backend.put_new(&snapshot(2), b"x")), ErrorKind::PermissionDenied);
        assert_eq!(kind(backend.put_new(&pack_of(b"x"), b"x")), ErrorKind::PermissionDenied);
        assert_eq!(kind(backend.delete(&snapshot(1))), ErrorKind::PermissionDenied);
        assert_eq!(backend.list(Family::Snapshots).unwrap().len(), 1);
    }
}

#[test]
fn an_unmounted_disk_is_no_repository() {
    let Some(mount) = Mount::new("size=1m") else { return };
    let path = mount.0.path().to_owned();
    let backend = LocalBackend::create(&path).unwrap();
    backend.put_new(&snapshot(1), b"bytes").unwrap();
    assert!(Command::new("umount").arg("-l").arg(&path).status().unwrap().success());
    assert_eq!(kind(LocalBackend::open(&path)), ErrorKind::NoStore);
    // Whoever has it open still sees the disk, not the folder beneath.
    assert_eq!(backend.list(Family::Snapshots).unwrap().len(), 1);
    backend.put_new(&snapshot(2), b"bytes").unwrap();
    assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
}

#[test]
fn folders_without_rights_are_refused_and_not_empty() {
    let (_folder, path, backend) = local();
    backend.put_new(&snapshot(1), b"bytes").unwrap();
    fs::set_permissions(path.join("snapshots"), fs::Permissions::from_mode(0o000)).unwrap();
    let outcome = backend.list(Family::Snapshots);
    fs::set_permissions(path.join("snapshots"), fs::Permissions::from_mode(0o700)).unwrap();
    if fs::metadata(&path).unwrap().uid() == 0 {
        eprintln!("skipped in part: root may read everything");
        assert_eq!(outcome.unwrap().len(), 1);
    } else {
        assert_eq!(kind(outcome), ErrorKind::PermissionDenied);
    }
}
