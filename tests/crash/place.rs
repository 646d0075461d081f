//! Where a repository lies: in memory, or in a folder where unfinished files can be left.
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use caddis::backend::{Backend, LocalBackend, MemoryBackend, ObjectName};
use tempfile::TempDir;

use crate::engine::TestWorld;

pub enum Place {
    Memory(Arc<MemoryBackend>),
    Folder(TempDir, Arc<LocalBackend>),
}

impl Place {
    pub fn memory(world: &Arc<TestWorld>) -> Self {
        Place::Memory(Arc::new(MemoryBackend::new(world.clone())))
    }

    pub fn folder() -> Self {
        // Real syncs would make the test slow and show nothing: a process cannot see its own power cuts.
        let dir = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        let backend = LocalBackend::create(dir.path().join("repo")).unwrap();
        Place::Folder(dir, Arc::new(backend))
    }

    /// Another one with the same objects, as old as they are here.
    pub fn again(&self) -> Self {
        match self {
            Place::Memory(memory) => Place::Memory(Arc::new(MemoryBackend::clone(memory))),
            Place::Folder(dir, _) => {
                let Place::Folder(copy, backend) = Place::folder() else { unreachable!("folders are folders") };
                for path in self.files() {
                    let to = copy.path().join(path.strip_prefix(dir.path()).unwrap());
                    fs::create_dir_all(to.parent().unwrap()).unwrap();
                    fs::copy(&path, &to).unwrap();
                    let modified = fs::metadata(&path).unwrap().modified().unwrap();
                    fs::File::open(to).unwrap().set_modified(modified).unwrap();
                }
                Place::Folder(copy, backend)
            }
        }
    }

    pub fn backend(&self) -> Arc<dyn Backend> {
        match self {
            Place::Memory(memory) => memory.clone(),
            Place::Folder(_, local) => local.clone(),
        }
    }

    pub fn remove(&self, name: &ObjectName) {
        self.backend().delete(name).unwrap();
    }

    /// Puts other bytes in the place of an object.
    pub fn overwrite(&self, name: &ObjectName, bytes: &[u8]) {
        match self {
            Place::Memory(memory) => memory.overwrite(name, bytes),
            Place::Folder(dir, _) => {
                let path = dir.path().join("repo").join(name.to_string());
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
                fs::write(path, bytes).unwrap();
            }
        }
    }

    /// The object is not there, unless `older` has the name, but half of the file that was to become it is.
    pub fn leave_half(&self, name: &ObjectName, bytes: &[u8], older: bool) {
        let Place::Folder(dir, _) = self else { unreachable!("only folders keep unfinished files") };
        let path = dir.path().join("repo").join(name.to_string());
        if !older {
            fs::remove_file(&path).unwrap();
        }
        fs::write(format!("{}.0123456789abcdef-0.tmp", path.display()), &bytes[..bytes.len() / 2]).unwrap();
    }

    /// Two days go by, in the storage too: for everything that is there.
    pub fn days_later(&self, world: &TestWorld) {
        const DAYS: u64 = 48 * 60 * 60;
        world.advance(DAYS);
        for path in self.files() {
            let then = SystemTime::now() - Duration::from_secs(DAYS);
            fs::File::open(path).unwrap().set_modified(then).unwrap();
        }
    }

    /// Files of writers that died.
    pub fn unfinished(&self) -> Vec<PathBuf> {
        self.files().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "tmp")).collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        match self {
            Place::Memory(_) => Vec::new(),
            Place::Folder(dir, _) => {
                let mut found = Vec::new();
                collect(dir.path(), &mut found);
                found
            }
        }
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, found) } else { found.push(path) }
    }
}
