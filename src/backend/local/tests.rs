//! What cannot be seen from outside: the way without `RENAME_NOREPLACE`, failed barriers, storage that cannot defer.
use std::fs;
use std::os::unix::fs::MetadataExt;

use super::publish::link_as;
use super::*;
use crate::id::{PackId, SessionId};

fn repository() -> (tempfile::TempDir, LocalBackend) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = LocalBackend::create(folder.path().join("repo")).expect("an empty repository");
    (folder, backend)
}

#[test]
fn a_hard_link_creates_only_what_is_absent() {
    let (folder, backend) = repository();
    let path = |file: &str| folder.path().join("repo").join(file);
    fs::write(path("a.tmp"), "a").unwrap();
    fs::write(path("b.tmp"), "b").unwrap();
    assert_eq!(link_as(&System, &backend.root, "a.tmp", "object").unwrap(), Put::Created);
    assert_eq!(link_as(&System, &backend.root, "b.tmp", "object").unwrap(), Put::Exists);
    assert_eq!(fs::read(path("object")).unwrap(), b"a");
    // The first request again, as after a lost answer.
    assert_eq!(link_as(&System, &backend.root, "a.tmp", "object").unwrap(), Put::Created);
    assert_eq!(link_as(&System, &backend.root, "none.tmp", "other"), Err(Errno::NOENT));
}

#[test]
fn a_failed_barrier_is_not_forgotten() {
    let (_folder, backend) = repository();
    backend.barrier().unwrap();
    *backend.lost_writes.lock().unwrap() = Some(io::ErrorKind::StorageFull);
    assert_eq!(backend.barrier().unwrap_err().kind, ErrorKind::OutOfSpace);
    assert_eq!(backend.barrier().unwrap_err().kind, ErrorKind::OutOfSpace);
}

#[test]
fn packs_are_synced_one_by_one_where_the_file_system_is_not_known() {
    let (_folder, mut backend) = repository();
    backend.syncs.deferred = false;
    let bytes = [7; 5000];
    let name = ObjectName::Pack(PackId(*blake3::hash(&bytes).as_bytes()));
    assert_eq!(backend.put_new(&name, &bytes).unwrap(), Put::Created);
    assert_eq!(backend.put_new(&name, &bytes).unwrap(), Put::Exists);
    backend.barrier().unwrap();
    assert_eq!(backend.get(&name, 5000).unwrap(), bytes);
}

#[test]
fn modes_follow_the_root_and_give_nothing_to_others() {
    for (root, folder, file) in [
        (0o700, 0o700, 0o600),
        (0o755, 0o750, 0o640),
        (0o2770, 0o2770, 0o640),
        (0o740, 0o740, 0o600),
        (0o777, 0o770, 0o640),
    ] {
        let (place, backend) = repository();
        let path = place.path().join("repo");
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(root)).unwrap();
        let modes = Modes::following(&System.stat(backend.root.as_fd()).unwrap());
        assert_eq!((modes.folder.bits(), modes.file.bits()), (folder, file), "{root:o}");
        let backend = LocalBackend::open(&path).unwrap();
        let bytes = [1];
        let pack = ObjectName::Pack(PackId(*blake3::hash(&bytes).as_bytes()));
        backend.put_new(&pack, &bytes).unwrap();
        let pack = path.join(pack.to_string());
        assert_eq!(fs::metadata(&pack).unwrap().mode() & 0o7777, file, "{root:o}");
        assert_eq!(fs::metadata(pack.parent().unwrap()).unwrap().mode() & 0o7777, folder, "{root:o}");
    }
}

#[test]
fn a_failed_write_leaves_no_temporary_file() {
    let (folder, backend) = repository();
    let name = ObjectName::Session(SessionId([3; 16]));
    // A folder in the place of the object: the last step fails.
    let path = folder.path().join("repo").join(name.to_string());
    fs::create_dir(&path).unwrap();
    assert_eq!(backend.put_session(&name, b"x").unwrap_err().kind, ErrorKind::Other);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}
