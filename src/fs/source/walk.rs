//! Goes through the sources, depth first, names ascending.
use std::collections::{BTreeMap, VecDeque, btree_map};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use rustix::fs::{OFlags, Statx};
use rustix::io::Errno;

use super::directory::{Directory, Listing, Place, display, open_at, open_path, push};
use super::excludes::{Own, Rules};
use super::local_rules::LocalRules;
use super::metadata::{self, XattrReader};
use super::names::Names;
use super::sources::{Branch, Origin, RootDirectory, Sources, StoredAs};
use super::special;
use crate::model::{Node, NodeType};
use crate::monitor::Problem;

/// So many directories on the way down stay open; those above are opened again on the way back.
const OPEN_ANCESTORS: usize = 32;

/// How to walk.
#[derive(Clone, Copy, Debug, Default)]
pub struct WalkOptions {
    /// Keep directories on which another file system is mounted, but not what is in them.
    pub one_file_system: bool,
    /// Leave out what costs more than a stat: link targets and extended attributes. For counting.
    pub stat_only: bool,
    /// Devices and pipes that are named, also by links, are files of what comes out of them.
    pub read_special: bool,
    /// Keep times of access.
    pub with_atime: bool,
}

/// What the walk comes across. A problem lies in the directory that was entered last and not left. Without the problems, the events are those of a tree: `Enter` and `Leave` are paired, the
/// root tree has neither, and names within one directory are ascending.
#[derive(Debug)]
pub enum Event {
    /// A directory; what follows up to its `Leave` is in it.
    Enter(Node),
    /// Anything else.
    Entry(Entry),
    /// The directory that was entered last is finished.
    Leave,
    /// This directory is left out because it belongs to this program. Its path on this machine.
    LeftOut(Vec<u8>, Own),
    /// Something could not be read and is incomplete or missing; the item is its path on this machine.
    Problem(Problem),
}

/// An entry that is no directory.
#[derive(Debug)]
pub struct Entry {
    /// Its metadata, without content.
    pub node: Node,
    /// Where to open it.
    pub place: Place,
}

/// Walk through [`Sources`]. It is an iterator that does its work in the thread that calls `next`; to run ahead of
/// those who read the files, run it on a thread of its own and send the events through a bounded channel.
///
/// Costs two system calls for an entry without attributes, plus four for a directory. Holds the names of the directories on the
/// way down and some thirty descriptors, whatever the depth; directories of entries that are not dropped yet
/// stay open too, up to a limit. What vanishes during the walk is left out without a word.
#[derive(Debug)]
pub struct Walk {
    rules: Arc<Rules>,
    names: Arc<Names>,
    options: WalkOptions,
    roots: btree_map::IntoIter<Vec<u8>, Origin>,
    directories: Vec<RootDirectory>,
    root_frames: Vec<Option<Frame>>,
    frames: Vec<Frame>,
    /// Of the entry at hand.
    path: Vec<u8>,
    events: VecDeque<Event>,
    xattrs: XattrReader,
    buffer: Box<[MaybeUninit<u8>]>,
    open: Arc<AtomicUsize>,
    stored_as: Option<StoredAs>,
    /// Directories above what is stored under another path, to be entered and left.
    above: (bool, usize),
}

/// A directory that is being walked.
#[derive(Debug)]
struct Frame {
    fd: Option<OwnedFd>,
    handed_out: Option<Arc<Directory>>,
    path_len: usize,
    identity: (u64, u64),
    /// All entries are wanted, as far as the rules allow; else those of `children`.
    whole: bool,
    children: BTreeMap<Vec<u8>, Branch>,
    listing: Listing,
    next: usize,
    local: LocalRules,
}

impl Walk {
    /// Ready to start. `names` may be shared with others.
    pub fn new(sources: Sources, rules: Arc<Rules>, names: Arc<Names>, options: WalkOptions) -> Self {
        Walk {
            rules,
            names,
            options,
            roots: sources.roots.into_iter(),
            root_frames: sources.directories.iter().map(|_| None).collect(),
            directories: sources.directories,
            frames: Vec::new(),
            path: Vec::new(),
            events: sources.missing.into_iter().map(Event::Problem).collect(),
            xattrs: XattrReader::default(),
            buffer: Box::new_uninit_slice(1 << 16),
            open: Arc::default(),
            above: (false, sources.stored_as.as_ref().map_or(0, |stored_as| stored_as.above.len())),
            stored_as: sources.stored_as,
        }
    }

    /// Enters the directories above what is stored under another path.
    fn enter_above(&mut self) {
        self.above.0 = true;
        let above = self.stored_as.as_ref().map(|stored_as| stored_as.above.clone()).unwrap_or_default();
        for (name, path) in above {
            self.path.clone_from(&path);
            let opened = open_path(&path, OFlags::PATH).and_then(|fd| Ok((metadata::stat(fd.as_fd(), b"")?, fd)));
            let mut node = Node { name: name.clone(), kind: NodeType::Directory, mode: 0o755, ..Node::default() };
            match opened {
                Ok((stat, fd)) => {
                    node = self.node(&stat, NodeType::Directory, &name);
                    if !self.options.stat_only {
                        push(&mut self.path, b".");
                        node.xattrs = self.read_xattrs(fd.as_fd(), b".");
                    }
                }
                Err(errno) => drop(self.problem("Could not read metadata", errno)),
            }
            self.events.push_back(Event::Enter(node));
        }
    }

    /// The entry at hand, which came after so many events, gets the name under which it is stored.
    fn rename(&mut self, before: usize) {
        let Some(name) = self.stored_as.as_ref().and_then(|stored_as| stored_as.name.as_ref()) else { return };
        for event in self.events.iter_mut().skip(before) {
            match event {
                Event::Enter(node) => node.name.clone_from(name),
                Event::Entry(entry) => entry.node.name.clone_from(name),
                _ => {}
            }
        }
    }

    /// Whether the rules leave out the entry at hand.
    fn is_excluded(&self, local: &LocalRules, name: &[u8], kind: NodeType, size: u64) -> bool {
        let by_itself = match &self.stored_as {
            None => self.rules.decide(&self.path, kind, size),
            Some(stored_as) => self.rules.decide(&stored_as.stored(&self.path), kind, size),
        };
        by_itself.is_some() || local.decide(&self.rules, &self.path, name, kind == NodeType::Directory).is_some()
    }

    /// Goes on by one entry; false at the end.
    fn step(&mut self) -> bool {
        let Some(mut frame) = self.frames.pop() else { return self.step_root() };
        let Some(name) = frame.listing.get(frame.next).map(<[u8]>::to_vec) else {
            self.leave(frame);
            return true;
        };
        frame.next += 1;
        let branch = frame.children.remove(&name);
        let child = self.visit(&mut frame, &name, branch);
        self.frames.push(frame);
        if let Some(child) = child {
            self.frames.push(child);
            if let Some(far) =
                self.frames.len().checked_sub(OPEN_ANCESTORS + 1).and_then(|far| self.frames.get_mut(far))
            {
                far.fd = None;
                far.handed_out = None;
            }
        }
        true
    }

    fn step_root(&mut self) -> bool {
        let Some((name, origin)) = self.roots.next() else { return false };
        let directory = &self.directories[origin.directory];
        self.path.clone_from(&directory.path);
        let listed = directory.listed;
        let mut frame = match self.root_frames[origin.directory].take() {
            Some(frame) => frame,
            None => match self.open_root(listed) {
                Ok(frame) => frame,
                Err(errno) => {
                    self.problem("Could not open", errno);
                    return true;
                }
            },
        };
        frame.whole = origin.listed;
        let before = self.events.len();
        let child = self.visit(&mut frame, &name, Some(origin.branch));
        self.rename(before);
        self.frames.extend(child);
        self.root_frames[origin.directory] = Some(frame);
        true
    }

    /// Opens the directory at `path` in which sources are. If all of its names are wanted, its rules apply to them.
    fn open_root(&mut self, listed: bool) -> Result<Frame, Errno> {
        let fd = open_path(&self.path, if listed { OFlags::RDONLY } else { OFlags::PATH })?;
        let stat = metadata::stat(fd.as_fd(), b"")?;
        let mut frame = self.frame(fd, &stat, listed, BTreeMap::new());
        if listed && (self.rules.git_ignore || !self.rules.markers.is_empty()) {
            self.list(&mut frame, &LocalRules::default());
            frame.listing = Listing::default();
        }
        Ok(frame)
    }

    fn node(&self, stat: &Statx, kind: NodeType, name: &[u8]) -> Node {
        let atime = self.options.with_atime.then(|| metadata::atime(stat));
        Node { atime, ..metadata::node(stat, kind, name, &self.names) }
    }

    fn frame(&self, fd: OwnedFd, stat: &Statx, whole: bool, children: BTreeMap<Vec<u8>, Branch>) -> Frame {
        Frame {
            fd: Some(fd),
            handed_out: None,
            path_len: self.path.len(),
            identity: (metadata::device(stat), stat.stx_ino),
            whole,
            children,
            listing: Listing::default(),
            next: 0,
            local: LocalRules::default(),
        }
    }

    /// Looks at one entry of a directory; returns the entry's own frame if it is a directory to go into.
    fn visit(&mut self, parent: &mut Frame, name: &[u8], branch: Option<Branch>) -> Option<Frame> {
        self.path.truncate(parent.path_len);
        push(&mut self.path, name);
        let Branch { named, children } = branch.unwrap_or_default();
        let fd = parent.fd.as_ref()?.as_fd();
        if !named && !parent.whole {
            return self.visit_partly(fd, name, children);
        }
        let stat = match metadata::stat(fd, name) {
            Ok(stat) => stat,
            Err(Errno::NOENT) if !named && children.is_empty() => return None,
            Err(errno) => return self.problem("Could not read metadata", errno),
        };
        let Some(kind) = metadata::kind(&stat) else {
            return self.problem("Could not read metadata", Errno::NOTSUP);
        };
        let is_dir = kind == NodeType::Directory;
        let beyond = !named && self.options.one_file_system && metadata::device(&stat) != parent.identity.0;
        let excluded = !named && (beyond && !is_dir || self.is_excluded(&parent.local, name, kind, stat.stx_size));
        let own = self.rules.own((metadata::device(&stat), stat.stx_ino)).filter(|_| is_dir && !named && !excluded);
        if let Some(own) = own.filter(|_| children.is_empty()) {
            self.events.push_back(Event::LeftOut(self.path.clone(), own));
        }
        if excluded || own.is_some() {
            return if children.is_empty() { None } else { self.visit_partly(fd, name, children) };
        }
        if is_dir {
            return self.visit_directory(parent, name, &stat, !beyond, children);
        }
        if !children.is_empty() {
            self.problem("Could not go into what is not a directory", Errno::NOTDIR);
        }
        let mut node = self.node(&stat, kind, name);
        let special =
            if named && self.options.read_special { special::node(fd, name, &stat, &self.names) } else { None };
        let is_special = special.is_some();
        if let Some(special) = special {
            node = special;
        } else if !self.options.stat_only {
            if kind == NodeType::Symlink {
                match metadata::link_target(fd, name) {
                    Ok(target) => node.target = target,
                    // Replaced by something else since.
                    Err(Errno::NOENT | Errno::INVAL) => return None,
                    Err(errno) => return self.problem("Could not read link", errno),
                }
            }
            node.xattrs = self.read_xattrs(fd, name);
        }
        let directory = parent.handed_out.get_or_insert_with(|| {
            Arc::new(Directory::new(fd, self.path.get(..parent.path_len).unwrap_or_default(), &self.open))
        });
        let place = Place { directory: Arc::clone(directory), name: name.to_vec(), is_special };
        self.events.push_back(Event::Entry(Entry { node, place }));
        None
    }

    fn visit_directory(
        &mut self,
        parent: &Frame,
        name: &[u8],
        stat: &Statx,
        whole: bool,
        children: BTreeMap<Vec<u8>, Branch>,
    ) -> Option<Frame> {
        let above = parent.fd.as_ref()?.as_fd();
        let mut refused = None;
        let flags = if whole { OFlags::RDONLY } else { OFlags::PATH };
        let fd = match open_at(above, name, flags, false) {
            Ok(fd) => fd,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return None,
            Err(errno) => {
                refused = Some(errno);
                match open_at(above, name, OFlags::PATH, false) {
                    Ok(fd) => fd,
                    Err(_) => return self.problem("Could not list directory", errno),
                }
            }
        };
        let mut node = self.node(stat, NodeType::Directory, name);
        if !self.options.stat_only {
            node.xattrs = self.read_xattrs(above, name);
        }
        let mut frame = self.frame(fd, stat, whole, children);
        self.events.push_back(Event::Enter(node));
        // In the directory, which lacks something then.
        match refused {
            Some(errno) => drop(self.problem("Could not list directory", errno)),
            None if whole => self.list(&mut frame, &parent.local),
            None => {}
        }
        frame.listing.merge(frame.children.keys());
        Some(frame)
    }

    /// Goes into a directory of which only some entries are wanted. It need not be readable, and may be a link to one.
    fn visit_partly(
        &mut self,
        above: BorrowedFd<'_>,
        name: &[u8],
        children: BTreeMap<Vec<u8>, Branch>,
    ) -> Option<Frame> {
        let opened = open_at(above, name, OFlags::PATH, true).and_then(|fd| Ok((metadata::stat(fd.as_fd(), b"")?, fd)));
        let (stat, fd) = match opened {
            Ok(opened) => opened,
            Err(errno) => return self.problem("Could not open", errno),
        };
        let mut node = self.node(&stat, NodeType::Directory, name);
        if !self.options.stat_only {
            let len = self.path.len();
            self.path.extend_from_slice(b"/.");
            node.xattrs = self.read_xattrs(fd.as_fd(), b".");
            self.path.truncate(len);
        }
        let mut frame = self.frame(fd, &stat, false, children);
        frame.listing.merge(frame.children.keys());
        self.events.push_back(Event::Enter(node));
        Some(frame)
    }

    /// Reads the names of a directory and the rules in it.
    fn list(&mut self, frame: &mut Frame, above: &LocalRules) {
        let Some(fd) = frame.fd.as_ref().map(AsFd::as_fd) else { return };
        let (listing, error) = Listing::read(fd, &mut self.buffer);
        if let Some(error) = error {
            let message = format!("Could not list directory: {error}");
            self.events.push_back(Event::Problem(Problem { item: display(&self.path), message }));
        }
        let Walk { rules, path, events, .. } = self;
        frame.local = LocalRules::read(rules, above, fd, path, &listing, &mut |message| {
            events.push_back(Event::Problem(Problem { item: display(path), message }));
        });
        frame.listing = listing;
    }

    fn read_xattrs(&mut self, dir: BorrowedFd<'_>, name: &[u8]) -> Vec<(Vec<u8>, crate::model::XattrValue)> {
        let Walk { xattrs, path, events, .. } = self;
        xattrs.read(dir, name, path, &mut |message| {
            events.push_back(Event::Problem(Problem { item: display(path), message }));
        })
    }

    /// Ends a directory and makes sure that the one above is open.
    fn leave(&mut self, frame: Frame) {
        self.events.push_back(Event::Leave);
        let Some(parent) = self.frames.last_mut().filter(|parent| parent.fd.is_none()) else { return };
        self.path.truncate(parent.path_len);
        let flags = if parent.whole { OFlags::RDONLY } else { OFlags::PATH };
        let is_parent = |fd: &OwnedFd| {
            metadata::stat(fd.as_fd(), b"").is_ok_and(|stat| (metadata::device(&stat), stat.stx_ino) == parent.identity)
        };
        let upwards = frame.fd.as_ref().and_then(|fd| open_at(fd.as_fd(), b"..", flags, false).ok()).filter(is_parent);
        parent.fd = upwards.or_else(|| open_path(&self.path, flags).ok().filter(is_parent));
        if parent.fd.is_none() {
            // The rest of its entries would come from elsewhere.
            parent.next = usize::MAX;
            let message = "Could not go on: the directory was moved or removed meanwhile".to_owned();
            self.events.push_back(Event::Problem(Problem { item: display(&self.path), message }));
        }
    }

    /// Reports a problem with the entry at hand. Returns none, for callers that go on without it.
    fn problem(&mut self, what: &str, errno: Errno) -> Option<Frame> {
        let message = format!("{what}: {}", io::Error::from(errno));
        self.events.push_back(Event::Problem(Problem { item: display(&self.path), message }));
        None
    }
}

impl Iterator for Walk {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if !self.above.0 {
                self.enter_above();
            } else if !self.step() {
                let left = self.above.1.checked_sub(1)?;
                self.above.1 = left;
                return Some(Event::Leave);
            }
        }
    }
}
