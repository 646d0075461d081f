//! A repository as a read-only file system: numbers of entries, their metadata, links, attributes and bytes. Knows nothing of FUSE.
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use super::attributes::{Attributes, Owner, Totals, newest_time};
use super::chunks::Chunks;
use super::content::{Contents, OpenFile};
use super::inodes::{Identity, Inodes, Known, Place, ROOT, What};
use super::merged::{Merged, Merger, below};
use super::shelves::{GivenNames, Item, Naming, Shelf, Shelves, join};
use super::teller::{Teller, Told};
use super::trees::{NodeAt, Trees};
use crate::error::{Error, Result};
use crate::id::{BlobId, SessionId};
use crate::model::{NodeType, XattrValue};
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::snapshots::{SnapshotFilter, SnapshotInfo, from_catalog};
use crate::repo::{Catalog, Repository};

/// Name of the directory with the versions of all files.
pub const VERSIONS: &str = "versions";

/// What is shown.
#[derive(Clone)]
pub struct ViewOptions {
    /// Paths of snapshots.
    pub naming: Naming,
    /// Which snapshots.
    pub filter: SnapshotFilter,
    /// Whose they are.
    pub owner: Owner,
    /// After so long the list of snapshots is read again when somebody looks at it.
    pub refresh: Duration,
}

/// What the mount point is.
#[derive(Clone, Debug)]
pub enum Top {
    /// Directories with all snapshots.
    Snapshots,
    /// One snapshot, or a directory in it.
    Snapshot {
        /// Which.
        info: Box<SnapshotInfo>,
        /// Path of the directory; empty for the root.
        path: Vec<u8>,
    },
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such entry.
    NotFound,
    /// It is no directory.
    NotADirectory,
    /// It is a directory.
    IsADirectory,
    /// It is not of the kind for which this can be done.
    WrongKind,
    /// It has no such attribute.
    NoAttribute,
    /// The number was forgotten.
    Stale,
    /// What is stored cannot be read; the monitor has been told why.
    Unreadable,
}

type Answer<T> = Result<T, Refusal>;

/// See above. All methods may be called from many threads at once.
pub struct View {
    pub(super) repo: Arc<Repository>,
    pub(super) teller: Arc<Teller>,
    pub(super) told: crossbeam_channel::Receiver<Told>,
    options: ViewOptions,
    is_whole: bool,
    pub(super) trees: Arc<Trees>,
    contents: Contents,
    merger: Merger,
    pub(super) inodes: Inodes,
    shelves: RwLock<Arc<Shelves>>,
    refresh: Mutex<Refresh>,
    totals: Totals,
}

#[derive(Default)]
struct Refresh {
    /// When it is due again.
    due: Duration,
    given: GivenNames,
    /// What there was: decisions and tombstones.
    seen: (BTreeSet<SessionId>, BTreeSet<SessionId>),
}

impl Refresh {
    fn has_changed(&mut self, catalog: &Catalog) -> bool {
        let seen = (catalog.decisions.keys().copied().collect(), catalog.tombs.clone());
        let changed = self.seen != seen;
        self.seen = seen;
        changed
    }
}

impl View {
    /// Reads the index and the list of snapshots, no tree but those on the way to the top.
    pub fn new(repo: Repository, top: Top, options: ViewOptions, monitor: &dyn Monitor) -> Result<View> {
        let (catalog, _) = repo.load_index(monitor)?;
        let repo = Arc::new(repo);
        let (teller, told) = Teller::new();
        let teller = Arc::new(teller);
        let trees = Arc::new(Trees::new(repo.clone(), teller.clone()));
        let mut refresh = Refresh { due: repo.world().elapsed() + options.refresh, ..Refresh::default() };
        refresh.has_changed(&catalog);
        let (root, shelves, totals) = match &top {
            Top::Snapshots => {
                let list = from_catalog(&catalog, &options.filter, monitor);
                let shelves = Shelves::build(&list, &options.naming, &mut refresh.given);
                (What::Shelf(Arc::from([])), shelves, Totals::default())
            }
            Top::Snapshot { info, path } => {
                let shelves = Shelves::default();
                (top_of(&trees, info, path)?, shelves, Totals::of(&info.snapshot))
            }
        };
        Ok(View {
            contents: Contents::new(trees.clone(), Chunks::new(repo.clone(), teller.clone())),
            merger: Merger::new(trees.clone(), options.naming.time.clone()),
            inodes: Inodes::new(root),
            shelves: RwLock::new(Arc::new(shelves)),
            refresh: Mutex::new(refresh),
            is_whole: matches!(top, Top::Snapshots),
            totals,
            repo,
            teller,
            told,
            options,
            trees,
        })
    }

    /// Number of the entry with this name in a directory, and its metadata. The number is valid until it is forgotten as often as it was
    /// looked up.
    pub fn lookup(&self, parent: u64, name: &[u8]) -> Answer<Attributes> {
        let directory = self.known(parent)?;
        let (tree, base) = match &directory.what {
            What::Shelf(path) => return self.lookup_in_shelf(parent, path, name),
            What::Merged(path) => return self.lookup_in_merged(parent, path, name),
            What::Latest => return Err(Refusal::NotADirectory),
            _ => self.tree_of(parent, &directory)?,
        };
        let node = match self.trees.find(&tree, name) {
            Ok(node) => node.ok_or(Refusal::NotFound)?,
            Err(error) => return Err(self.unreadable(parent, &error)),
        };
        Ok(self.remember_node(parent, &tree, base, &node))
    }

    /// Metadata of an entry.
    pub fn attributes(&self, number: u64) -> Answer<Attributes> {
        let known = self.known(number)?;
        let owner = self.options.owner;
        Ok(match &known.what {
            What::Shelf(_) => owner.folder(number, self.time_of_top()),
            What::Latest => owner.latest(number, &self.latest(&known)?, self.time_of_top()),
            What::Snapshot(shown) => owner.snapshot(number, shown),
            What::Top(node) => owner.node(number, node, false),
            What::Node(place) => owner.node(number, &*self.node(number, place)?, place.base != 0),
            What::Merged(path) if path.is_empty() => owner.folder(number, self.time_of_top()),
            What::Merged(path) => owner.merged(number, &self.merged(number, path).looks),
        })
    }

    /// Takes back lookups of a number.
    pub fn forget(&self, number: u64, lookups: u64) {
        self.inodes.forget(number, lookups);
    }

    /// How many numbers are known.
    pub fn known_numbers(&self) -> usize {
        self.inodes.len()
    }

    /// Where a symbolic link leads.
    pub fn target(&self, number: u64) -> Answer<Vec<u8>> {
        let known = self.known(number)?;
        match &known.what {
            What::Latest => self.latest(&known),
            What::Node(place) => match &*self.node(number, place)? {
                node if node.kind == NodeType::Symlink => Ok(node.target.clone()),
                _ => Err(Refusal::WrongKind),
            },
            _ => Err(Refusal::WrongKind),
        }
    }

    /// Names of extended attributes.
    pub fn xattr_names(&self, number: u64) -> Answer<Vec<Vec<u8>>> {
        let node = self.node_of(number)?;
        Ok(node.map_or(Vec::new(), |node| node.xattrs.iter().map(|(name, _)| name.clone()).collect()))
    }

    /// Value of an extended attribute.
    pub fn xattr(&self, number: u64, name: &[u8]) -> Answer<Vec<u8>> {
        let node = self.node_of(number)?.ok_or(Refusal::NoAttribute)?;
        let at = node.xattrs.binary_search_by(|(has, _)| has.as_slice().cmp(name));
        match at.ok().and_then(|at| node.xattrs.get(at)) {
            None => Err(Refusal::NoAttribute),
            Some((_, XattrValue::Inline(value))) => Ok(value.clone()),
            Some((_, XattrValue::Blobs(ids))) => {
                let mut value = Vec::new();
                for id in ids {
                    match self.contents.chunks.load(id) {
                        Ok(blob) if value.len() + blob.len() <= MAX_XATTR => value.extend_from_slice(&blob),
                        Ok(_) => return Err(self.unreadable(number, &Error::damaged("An attribute", "it is too long"))),
                        Err(error) => return Err(self.unreadable(number, &error)),
                    }
                }
                Ok(value)
            }
        }
    }

    /// Opens a regular file.
    pub fn open(&self, number: u64) -> Answer<Arc<OpenFile>> {
        let known = self.known(number)?;
        let What::Node(place) = &known.what else {
            return Err(if matches!(known.what, What::Latest) { Refusal::WrongKind } else { Refusal::IsADirectory });
        };
        let node = self.node(number, place)?;
        match node.kind {
            NodeType::File => Ok(Arc::new(OpenFile::new(Arc::new(node)))),
            NodeType::Directory => Err(Refusal::IsADirectory),
            _ => Err(Refusal::WrongKind),
        }
    }

    /// Bytes of an open file: as many as asked for, or all up to its end. `number` is only for messages.
    pub fn read(&self, number: u64, file: &OpenFile, offset: u64, len: usize) -> Answer<Vec<u8>> {
        file.read(&self.contents, offset, len).map_err(|error| self.unreadable(number, &error))
    }

    /// Next position with data, or in a hole; see lseek(2).
    pub fn seek(&self, file: &OpenFile, offset: u64, for_data: bool) -> Option<u64> {
        file.seek(offset, for_data)
    }

    /// How much there is.
    pub fn totals(&self) -> Totals {
        match self.is_whole {
            true => {
                let shelves = self.shelves();
                Totals { bytes: shelves.bytes, files: shelves.files }
            }
            false => self.totals,
        }
    }

    /// Packs that had to be rebuilt so far.
    pub fn healed(&self) -> usize {
        self.repo.healed().len()
    }

    /// How many requests storage should have at a time.
    pub fn concurrency(&self) -> usize {
        self.repo.backend().concurrency()
    }

    pub(super) fn known(&self, number: u64) -> Answer<Known> {
        self.inodes.get(number).ok_or(Refusal::Stale)
    }

    /// Tree of a directory in a snapshot, and the number of the snapshot's root.
    pub(super) fn tree_of(&self, number: u64, known: &Known) -> Answer<(BlobId, u64)> {
        let lost = || self.unreadable(number, &Error::damaged("The directory", "it has no tree"));
        match &known.what {
            What::Snapshot(shown) => Ok((shown.root.ok_or_else(lost)?, number)),
            What::Top(node) => Ok((node.subtree.ok_or_else(lost)?, number)),
            What::Node(place) => {
                let node = self.node(number, place)?;
                match node.kind {
                    NodeType::Directory => Ok((node.subtree.ok_or_else(lost)?, place.base)),
                    _ => Err(Refusal::NotADirectory),
                }
            }
            What::Shelf(_) | What::Merged(_) | What::Latest => Err(Refusal::NotADirectory),
        }
    }

    /// Gives an entry of a snapshot its number.
    pub(super) fn remember_node(&self, parent: u64, tree: &BlobId, base: u64, node: &NodeAt) -> Attributes {
        let (identity, base) = identify(parent, base, node);
        let name: Arc<[u8]> = node.name.as_slice().into();
        let place = Place { tree: *tree, name: name.clone(), base };
        let number = self.inodes.remember(identity, Known { what: What::Node(place), parent, name });
        self.options.owner.node(number, node, base != 0)
    }

    pub(super) fn merged(&self, number: u64, path: &[u8]) -> Arc<Merged> {
        self.merger.merged(path, &self.shelves().snapshots, &mut |error| {
            self.unreadable(number, &error);
        })
    }

    pub(super) fn children(&self, number: u64, merged: &Merged) -> BTreeSet<Vec<u8>> {
        self.merger.children(merged, &mut |error| {
            self.unreadable(number, &error);
        })
    }

    /// Entries of a directory of snapshots, as of now.
    pub(super) fn shelf(&self, path: &[u8]) -> Answer<Arc<Shelf>> {
        self.refresh();
        self.shelves().folder(path).cloned().ok_or(Refusal::NotFound)
    }

    /// Whether the view of all versions is an entry of this directory of snapshots.
    pub(super) fn has_versions(&self, path: &[u8]) -> bool {
        path.is_empty() && self.is_whole
    }

    /// Tells why something cannot be read.
    pub(super) fn unreadable(&self, number: u64, error: &Error) -> Refusal {
        let item = String::from_utf8_lossy(&self.inodes.path(number)).into_owned();
        self.teller.event(Event::Problem(&Problem { item, message: error.to_string() }));
        Refusal::Unreadable
    }

    fn lookup_in_shelf(&self, parent: u64, path: &[u8], name: &[u8]) -> Answer<Attributes> {
        let (owner, time) = (self.options.owner, self.time_of_top());
        let remember = |what| {
            let identity = match &what {
                What::Snapshot(shown) => Identity::of_changing(parent, name, shown.id.as_bytes()),
                _ => Identity::of_entry(parent, name),
            };
            self.inodes.remember(identity, Known { what, parent, name: name.into() })
        };
        if self.has_versions(path) && name == VERSIONS.as_bytes() {
            return Ok(owner.folder(remember(What::Merged(Arc::from([]))), time));
        }
        match self.shelf(path)?.get(name) {
            None => Err(Refusal::NotFound),
            Some(Item::Folder) => Ok(owner.folder(remember(What::Shelf(join(path, name).into())), time)),
            Some(Item::Latest(target)) => Ok(owner.latest(remember(What::Latest), target, time)),
            Some(Item::Snapshot(shown)) => Ok(owner.snapshot(remember(What::Snapshot(shown.clone())), shown)),
        }
    }

    fn lookup_in_merged(&self, parent: u64, path: &[u8], name: &[u8]) -> Answer<Attributes> {
        self.refresh();
        let remember = |what| {
            let identity = match &what {
                What::Node(place) => Identity::of_changing(parent, name, place.tree.as_bytes()),
                _ => Identity::of_entry(parent, name),
            };
            self.inodes.remember(identity, Known { what, parent, name: name.into() })
        };
        if let Some(version) = self.merged(parent, path).versions.get(name) {
            let file = path.strip_suffix(&[0]).and_then(|path| path.rsplit(|byte| *byte == 0).next());
            let place = Place { tree: version.tree, name: file.unwrap_or_default().into(), base: 0 };
            let node = self.node(parent, &place)?;
            return Ok(self.options.owner.node(remember(What::Node(place)), &node, false));
        }
        let path = below(path, name);
        let merged = self.merged(parent, &path);
        match merged.is_nothing() {
            true => Err(Refusal::NotFound),
            false => Ok(self.options.owner.merged(remember(What::Merged(path)), &merged.looks)),
        }
    }

    fn latest(&self, known: &Known) -> Answer<Vec<u8>> {
        let above = self.known(known.parent)?;
        let What::Shelf(path) = &above.what else { return Err(Refusal::NotFound) };
        match self.shelf(path)?.get(known.name.as_ref()) {
            Some(Item::Latest(target)) => Ok(target.clone()),
            _ => Err(Refusal::NotFound),
        }
    }

    fn node(&self, number: u64, place: &Place) -> Answer<NodeAt> {
        match self.trees.find(&place.tree, &place.name) {
            Ok(Some(node)) => Ok(node),
            // It was there when the number was given.
            Ok(None) => Err(Refusal::Stale),
            Err(error) => Err(self.unreadable(number, &error)),
        }
    }

    fn node_of(&self, number: u64) -> Answer<Option<Arc<NodeAt>>> {
        match &self.known(number)?.what {
            What::Node(place) => Ok(Some(Arc::new(self.node(number, place)?))),
            What::Top(node) => Ok(Some(node.clone())),
            _ => Ok(None),
        }
    }

    fn shelves(&self) -> Arc<Shelves> {
        self.shelves.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn time_of_top(&self) -> crate::world::Time {
        newest_time(self.shelves().snapshots.last().map(|shown| &**shown))
    }

    /// Reads the list of snapshots again if that is due. One thread does it; others see the old list meanwhile.
    pub(super) fn refresh(&self) {
        let Ok(mut refresh) = self.refresh.try_lock() else { return };
        let now = self.repo.world().elapsed();
        if !self.is_whole || now < refresh.due {
            return;
        }
        refresh.due = now + self.options.refresh;
        match self.repo.catalog(&*self.teller) {
            Ok(catalog) if refresh.has_changed(&catalog) => {
                let list = from_catalog(&catalog, &self.options.filter, &*self.teller);
                let shelves = Shelves::build(&list, &self.options.naming, &mut refresh.given);
                *self.shelves.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(shelves);
                self.merger.reset();
            }
            Ok(_) => {}
            Err(error) => {
                let message = format!("{error}; the list stays as it is");
                self.teller.event(Event::Problem(&Problem { item: "The list of snapshots".to_owned(), message }));
            }
        }
    }
}

/// Longest value of an attribute that Linux knows.
const MAX_XATTR: usize = 64 * 1024;

/// Identity of an entry of a snapshot; the second value is `base` if the entry shares its number with others.
pub(super) fn identify(parent: u64, base: u64, node: &NodeAt) -> (Identity, u64) {
    // Directories keep the base for what is in them.
    if node.kind == NodeType::Directory || node.links <= 1 || base == 0 {
        let base = if node.kind == NodeType::Directory { base } else { 0 };
        return (Identity::of_entry(parent, &node.name), base);
    }
    // Numbers are taken again while a backup runs, and snapshots can lie: names of one file have the same content.
    let mut hasher = blake3::Hasher::new();
    hasher.update(&node.device.to_le_bytes()).update(&node.inode.to_le_bytes()).update(&[node.kind as u8]);
    hasher.update(&(node.target.len() as u64).to_le_bytes()).update(&node.target);
    hasher.update(&crate::ops::restore::content_digest(node));
    (Identity::of_link(base, hasher.finalize().as_bytes()), base)
}

/// The top of a mount that shows one snapshot.
fn top_of(trees: &Arc<Trees>, info: &SnapshotInfo, path: &[u8]) -> Result<What> {
    let shown = super::shelves::Shown { id: info.id, root: info.snapshot.root, time: info.snapshot.time };
    let root = shown.root.ok_or_else(|| Error::damaged(format!("Snapshot {}", info.id), "it has no tree"))?;
    let names: Vec<&[u8]> = path.split(|byte| *byte == b'/').filter(|name| !name.is_empty() && *name != b".").collect();
    if names.is_empty() {
        return Ok(What::Snapshot(Arc::new(shown)));
    }
    let refuse = |cause: &str| {
        let path = String::from_utf8_lossy(path).into_owned();
        Err(Error::PathNotFound { path, snapshot: info.id.short(), cause: cause.to_owned() })
    };
    match trees.walk(&root, names)? {
        Some(node) if node.kind == NodeType::Directory => Ok(What::Top(Arc::new(node))),
        Some(_) => refuse("it is no directory; only directories can be mounted"),
        None => refuse("there is no such entry"),
    }
}

/// Number of the top.
pub const TOP: u64 = ROOT;
