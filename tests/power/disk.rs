//! A disk that works, and records what a power cut could undo; its calls fail on demand.
use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use caddis::backend::disk::{Disk, Entry, System};
use rustix::fs::{CWD, FsWord, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;

/// A file or folder, by the order in which they came into being. A number is never used again.
pub type Node = usize;

/// One step that changes the disk, or makes earlier ones durable.
#[derive(Clone, Debug)]
pub enum Step {
    /// A name for a new file, a new folder or (by a link) an old file.
    Name {
        folder: Node,
        name: String,
        node: Node,
    },
    Rename {
        folder: Node,
        from: String,
        to: String,
        node: Node,
    },
    Unlink {
        folder: Node,
        name: String,
    },
    /// So many bytes at the end.
    Write {
        node: Node,
        len: usize,
    },
    Sync {
        node: Node,
    },
    SyncAll,
}

/// Kinds of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    Open,
    Create,
    Mkdir,
    Chmod,
    Stat,
    List,
    Read,
    Write,
    Fsync,
    Syncfs,
    Rename,
    Link,
    Unlink,
}

impl Call {
    /// True for what a process that is killed does no more.
    pub fn changes(self) -> bool {
        !matches!(self, Call::Open | Call::Stat | Call::List | Call::Read)
    }
}

/// What is there besides names.
#[derive(Clone, Debug)]
pub enum Content {
    Folder,
    File(Vec<u8>),
}

/// Which calls fail.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Of the calls that `concerns` accepts, from the time when it is set.
    pub nth: usize,
    pub errno: Errno,
    pub concerns: fn(Call) -> bool,
    /// All later ones too, as long as it is set.
    pub lasting: bool,
}

/// What kind of file system this is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `syncfs` waits.
    Ext4,
    /// It is not known whether `syncfs` waits, and renaming knows no flags.
    Network,
}

#[derive(Debug, Default)]
struct State {
    nodes: Vec<Content>,
    /// Of the nodes that exist; numbers of files are used again by the system.
    by_inode: HashMap<u64, Node>,
    steps: Vec<Step>,
    fault: Option<Fault>,
    /// Calls since then that the fault concerns.
    seen: usize,
    fired: Option<Call>,
}

/// See the first line of this file. The files are real, on whatever the folder lies; nothing is synced for real.
#[derive(Debug)]
pub struct TestDisk {
    kind: Kind,
    state: Mutex<State>,
}

/// Larger writes are cut short, as a signal does it.
const WRITE: usize = 100_000;

impl TestDisk {
    /// Everything that exists at this time is durable.
    pub fn new(kind: Kind) -> Arc<TestDisk> {
        Arc::new(TestDisk { kind, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set(&self, fault: Option<Fault>) {
        let mut state = self.state();
        (state.fault, state.seen, state.fired) = (fault, 0, None);
    }

    /// The kind of call that failed first.
    pub fn fired(&self) -> Option<Call> {
        self.state().fired
    }

    /// How many calls the fault that was set last has concerned.
    pub fn seen(&self) -> usize {
        self.state().seen
    }

    /// How many steps there have been.
    pub fn now(&self) -> usize {
        self.state().steps.len()
    }

    /// All steps and nodes; nodes as they are now.
    pub fn record(&self) -> (Vec<Step>, Vec<Content>) {
        let state = self.state();
        (state.steps.clone(), state.nodes.clone())
    }

    /// Held during the call, so that the steps are in the order of their effects.
    fn begin(&self, call: Call) -> Result<MutexGuard<'_, State>, Errno> {
        let mut state = self.state();
        let Some(fault) = state.fault.filter(|fault| (fault.concerns)(call)) else { return Ok(state) };
        state.seen += 1;
        let fails = if fault.lasting { state.seen > fault.nth } else { state.seen == fault.nth + 1 };
        if fails {
            state.fired = state.fired.or(Some(call));
            return Err(fault.errno);
        }
        Ok(state)
    }
}

impl State {
    fn node(&mut self, stat: &Stat) -> Node {
        // Only the folder in which everything happens is there without a record.
        let next = self.nodes.len();
        let node = *self.by_inode.entry(stat.st_ino).or_insert(next);
        if node == next {
            self.nodes.push(Content::Folder);
        }
        node
    }

    fn node_of(&mut self, file: BorrowedFd<'_>) -> Node {
        let stat = System.stat(file).expect("an open file");
        self.node(&stat)
    }

    /// Records the new name `path` of the file `stat`.
    fn made(&mut self, at: BorrowedFd<'_>, path: &Path, stat: &Stat, content: Content) {
        let name = path.file_name().expect("it was made").to_str().expect("plain names").to_owned();
        let folder = match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            None => self.node_of(at),
            Some(parent) => {
                let parent = System.open(CWD, parent, OFlags::PATH, Mode::empty()).expect("it was made in it");
                self.node_of(parent.as_fd())
            }
        };
        let node = self.nodes.len();
        self.nodes.push(content);
        self.by_inode.insert(stat.st_ino, node);
        self.steps.push(Step::Name { folder, name, node });
    }
}

impl Disk for TestDisk {
    fn open(&self, at: BorrowedFd<'_>, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        let create = flags.contains(OFlags::CREATE);
        let mut state = self.begin(if create { Call::Create } else { Call::Open })?;
        let file = System.open(at, path, flags, mode)?;
        if create {
            assert!(flags.contains(OFlags::EXCL), "only new files are written");
            state.made(at, path, &System.stat(file.as_fd())?, Content::File(Vec::new()));
        }
        Ok(file)
    }

    fn mkdir(&self, at: BorrowedFd<'_>, path: &Path, mode: Mode) -> Result<(), Errno> {
        let mut state = self.begin(Call::Mkdir)?;
        System.mkdir(at, path, mode)?;
        let folder = System.open(at, path, OFlags::PATH, Mode::empty())?;
        state.made(at, path, &System.stat(folder.as_fd())?, Content::Folder);
        Ok(())
    }

    fn chmod(&self, file: BorrowedFd<'_>, mode: Mode) -> Result<(), Errno> {
        self.begin(Call::Chmod).and_then(|_state| System.chmod(file, mode))
    }

    fn stat(&self, file: BorrowedFd<'_>) -> Result<Stat, Errno> {
        self.begin(Call::Stat).and_then(|_state| System.stat(file))
    }

    fn stat_at(&self, folder: BorrowedFd<'_>, name: &str) -> Result<Stat, Errno> {
        self.begin(Call::Stat).and_then(|_state| System.stat_at(folder, name))
    }

    fn file_system(&self, _file: BorrowedFd<'_>) -> Result<FsWord, Errno> {
        self.begin(Call::Stat).map(|_state| match self.kind {
            Kind::Ext4 => 0xEF53,
            Kind::Network => 0x6969,
        })
    }

    fn free_space(&self, file: BorrowedFd<'_>) -> Result<u64, Errno> {
        self.begin(Call::Stat).and_then(|_state| System.free_space(file))
    }

    fn list(&self, folder: BorrowedFd<'_>) -> Result<Vec<Entry>, Errno> {
        self.begin(Call::List).and_then(|_state| System.list(folder))
    }

    fn read(&self, file: BorrowedFd<'_>, bytes: &mut [u8], offset: u64) -> Result<usize, Errno> {
        self.begin(Call::Read).and_then(|_state| System.read(file, bytes, offset))
    }

    fn write(&self, file: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
        let mut state = self.begin(Call::Write)?;
        let len = System.write(file, &bytes[..bytes.len().min(WRITE)])?;
        let node = state.node_of(file);
        match &mut state.nodes[node] {
            Content::File(content) => content.extend_from_slice(&bytes[..len]),
            Content::Folder => panic!("folders are not written"),
        }
        state.steps.push(Step::Write { node, len });
        Ok(len)
    }

    fn fsync(&self, file: BorrowedFd<'_>) -> Result<(), Errno> {
        let mut state = self.begin(Call::Fsync)?;
        let node = state.node_of(file);
        state.steps.push(Step::Sync { node });
        Ok(())
    }

    fn syncfs(&self, _file: BorrowedFd<'_>) -> Result<(), Errno> {
        let mut state = self.begin(Call::Syncfs)?;
        // Where it is not known to wait it is not relied on.
        if self.kind == Kind::Ext4 {
            state.steps.push(Step::SyncAll);
        }
        Ok(())
    }

    fn rename(&self, folder: BorrowedFd<'_>, from: &str, to: &str, flags: RenameFlags) -> Result<(), Errno> {
        let mut state = self.begin(Call::Rename)?;
        if self.kind == Kind::Network && !flags.is_empty() {
            return Err(Errno::INVAL);
        }
        let stat = System.stat_at(folder, from)?;
        System.rename(folder, from, to, flags)?;
        let (folder, node) = (state.node_of(folder), state.node(&stat));
        state.steps.push(Step::Rename { folder, from: from.to_owned(), to: to.to_owned(), node });
        Ok(())
    }

    fn link(&self, folder: BorrowedFd<'_>, from: &str, to: &str) -> Result<(), Errno> {
        let mut state = self.begin(Call::Link)?;
        let stat = System.stat_at(folder, from)?;
        System.link(folder, from, to)?;
        let (folder, node) = (state.node_of(folder), state.node(&stat));
        state.steps.push(Step::Name { folder, name: to.to_owned(), node });
        Ok(())
    }

    fn unlink(&self, folder: BorrowedFd<'_>, name: &str) -> Result<(), Errno> {
        let mut state = self.begin(Call::Unlink)?;
        System.unlink(folder, name)?;
        let folder = state.node_of(folder);
        state.steps.push(Step::Unlink { folder, name: name.to_owned() });
        Ok(())
    }
}
