//! A source directory, a repository whose storage can stop at any operation, and what is known of its snapshots.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use caddis::backend::{Family, Listed, ObjectName};
use caddis::error::{Error, Result};
use caddis::id::SessionId;
use caddis::monitor::Silent;
use caddis::ops::backup::{BackupOptions, BackupReport};
use caddis::repo::{Broken, Repository, SessionOwner};
use caddis::world::World;
use tempfile::TempDir;

use crate::engine::{
    PASSWORD, Picture, TestWorld, back_up, backup_options, init, noise, open_options, pictures, snapshots,
};
use crate::faults::{FaultBackend, Op};
use crate::place::Place;
use crate::record::{Deed, Record};

/// How the machine stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stop {
    /// Before the operation had any effect.
    Before,
    /// The operation was done and its answer is lost.
    After,
    /// In the midst of writing an object: half of a file without its name is left in the folder.
    Half,
    /// As after, and packs that no barrier has made durable are lost, or damaged, in turn.
    PowerCut,
}

pub struct Scene {
    dir: Arc<TempDir>,
    pub world: Arc<TestWorld>,
    pub place: Place,
    pub record: Arc<Record>,
    pub backend: Arc<FaultBackend>,
    /// Snapshots that were committed before the crash, oldest first.
    known: Mutex<Vec<(SessionId, Picture)>>,
    /// A rule that everything done from now on breaks.
    broken: Mutex<Option<Broken>>,
}

impl Scene {
    pub fn new(stop: Stop) -> Scene {
        let world = TestWorld::new();
        let place = if stop == Stop::Half { Place::folder() } else { Place::memory(&world) };
        let record = Record::new(place.backend());
        let backend = FaultBackend::new(record.clone());
        let dir = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        fs::create_dir_all(dir.path().join("src/sub")).unwrap();
        Scene { dir: Arc::new(dir), world, place, record, backend, known: Mutex::default(), broken: Mutex::default() }
    }

    /// The same once more, with a storage of its own. The source and the world are shared.
    pub fn again(&self) -> Scene {
        let place = self.place.again();
        let record = self.record.again(place.backend());
        let backend = FaultBackend::new(record.clone());
        Scene {
            dir: self.dir.clone(),
            world: self.world.clone(),
            place,
            record,
            backend,
            known: Mutex::new(self.known()),
            broken: Mutex::default(),
        }
    }

    pub fn src(&self) -> PathBuf {
        self.dir.path().join("src")
    }

    pub fn file(&self, name: &str, bytes: &[u8]) {
        fs::write(self.src().join(name), bytes).unwrap();
    }

    /// The source of a first backup: several packs, long and short files.
    pub fn first_files(&self) {
        for n in 0..6 {
            self.file(&format!("sub/noise{n}"), &noise(n, 100_000));
        }
        self.file("text", &b"all work and no play ".repeat(5_000));
        self.file("short", b"short");
        std::os::unix::fs::symlink("text", self.src().join("link")).unwrap();
    }

    /// What has changed before the second one.
    pub fn second_files(&self) {
        self.file("sub/noise1", &noise(11, 90_000));
        self.file("sub/new", &noise(12, 300_000));
        self.file("text", &b"all play and no work ".repeat(5_000));
        fs::remove_file(self.src().join("short")).unwrap();
    }

    pub fn init(&self) -> Result<Repository> {
        init(self.backend.clone(), &self.world, (2, 1))
    }

    pub fn open_with(&self, password: &[u8]) -> Result<Repository> {
        let repo = Repository::open(self.backend.clone(), self.world.clone(), password, &open_options(None), &Silent)?;
        self.broken.lock().unwrap().into_iter().for_each(|rule| repo.break_rule(rule));
        Ok(repo)
    }

    pub fn break_rule(&self, rule: Broken) {
        *self.broken.lock().unwrap() = Some(rule);
    }

    /// With whichever password it has: one of the scenarios changes it.
    pub fn open(&self) -> Result<Repository> {
        match self.open_with(PASSWORD) {
            Err(Error::WrongPassword { .. }) => self.open_with(b"changed"),
            result => result,
        }
    }

    pub fn back_up(&self, options: &BackupOptions) -> Result<BackupReport> {
        back_up(&self.open()?, &self.src(), options)
    }

    /// A repository with one snapshot of the first files, which is known.
    pub fn with_snapshot(&self) {
        self.first_files();
        self.init().unwrap();
        self.back_up(&backup_options()).unwrap();
        self.know();
    }

    /// One more snapshot, of changed files.
    pub fn with_two_snapshots(&self) {
        self.with_snapshot();
        self.second_files();
        self.back_up(&backup_options()).unwrap();
        self.know();
    }

    /// Remembers what all snapshots hold now.
    pub fn know(&self) {
        let now = pictures(&self.open().unwrap()).unwrap();
        let mut known = self.known.lock().unwrap();
        for (info, picture) in now {
            if known.iter().all(|(id, _)| *id != info.id) {
                known.push((info.id, picture));
            }
        }
    }

    pub fn known(&self) -> Vec<(SessionId, Picture)> {
        self.known.lock().unwrap().clone()
    }

    /// Snapshots that are there, oldest first.
    pub fn snapshots(&self) -> Vec<SessionId> {
        snapshots(&self.open().unwrap(), &Silent).unwrap().into_iter().map(|info| info.id).collect()
    }

    pub fn owner(&self) -> SessionOwner {
        SessionOwner { host: "host".to_owned(), label: None, process: self.world.process() }
    }

    /// What the storage has, whatever was made to fail.
    pub fn list(&self, family: Family) -> Vec<Listed> {
        self.place.backend().list(family).unwrap()
    }

    pub fn count(&self, family: Family) -> usize {
        self.list(family).len()
    }

    /// Damage that is not the program's doing.
    pub fn lose(&self, name: &ObjectName) {
        self.place.remove(name);
        self.record.note(Deed::Lost, name, &[]);
    }

    /// What was put since the last barrier that succeeded.
    fn not_durable(&self) -> Vec<ObjectName> {
        let calls = self.backend.calls();
        let start = calls.iter().rposition(|call| call.op == Op::Barrier).unwrap_or(0);
        let packs = calls[start..].iter().filter(|call| call.op == Op::PutNew && call.family == Some(Family::Packs));
        packs.filter_map(|call| call.name).collect()
    }

    /// The process is gone, the machine is there again. `at` is the operation at which it stopped.
    pub fn restart(&self, stop: Stop, at: Option<ObjectName>) {
        match (stop, at) {
            (Stop::PowerCut, _) => self.not_durable().iter().enumerate().for_each(|(n, name)| self.tear(n, name)),
            (Stop::Half, Some(name)) => {
                if let Some((bytes, older)) = self.record.undo_last(&name) {
                    self.place.leave_half(&name, &bytes, older);
                }
            }
            _ => {}
        }
        self.backend.heal();
        self.backend.forget_calls();
        self.world.next_process();
    }

    fn tear(&self, n: usize, name: &ObjectName) {
        let Ok(bytes) = self.place.backend().get(name, u64::MAX) else { return };
        match n % 3 {
            0 => self.lose(name),
            1 => self.place.overwrite(name, &bytes[..bytes.len() / 2]),
            _ => {
                self.place.overwrite(name, &vec![0; bytes.len()]);
                self.record.note(Deed::Torn, name, &[]);
            }
        }
    }
}

/// Bytes of the files beneath a directory, by path.
pub fn files(dir: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            found.extend(files(&path));
        } else if kind.is_file() {
            found.insert(path.as_os_str().as_encoded_bytes().to_vec(), fs::read(&path).unwrap());
        }
    }
    found
}

/// The same of a snapshot.
pub fn files_of(picture: &Picture) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let files = picture.iter().filter(|(_, (node, _))| node.kind == caddis::model::NodeType::File);
    files.map(|(path, (_, bytes))| (path.clone(), bytes.clone())).collect()
}
