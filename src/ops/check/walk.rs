//! Walks the trees of all snapshots: is everything there that they refer to, and which files are hit by what is not?
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::format::Decision;
use crate::id::{BlobId, BlobKind, SessionId};
use crate::model::{Branch, Content, Node, NodeType, Tree, XattrValue, decode_snapshot, decode_tree};
use crate::monitor::{Event, Monitor, Silent};
use crate::repo::{Availability, Inspection, Remedy, Repository, Severity};

/// Files with lost content that are named.
const NAMED_FILES: usize = 1000;
/// Content lists, and pieces of a directory, within one another; the decoder refuses higher ones.
const MAX_HEIGHT: u8 = 8;
/// So often are trees read again below which something is missing, to name it there too; after that what is missing is only counted.
const MAX_REREADS: u64 = 100_000;

/// What was seen.
#[derive(Default)]
pub(in crate::ops) struct Walked {
    pub snapshots: u64,
    pub trees: u64,
    pub lost_files: Vec<(String, Vec<u8>)>,
    pub damaged: Vec<DamagedSnapshot>,
}

/// A snapshot that does not read in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DamagedSnapshot {
    /// Which.
    pub id: SessionId,
    /// Entries that are lost, in full or in part. What a directory that cannot be read held is one entry, for nobody knows how many it had.
    pub entries: u64,
    /// Its root directory cannot be read: `repair snapshots` has nothing to make a snapshot of.
    pub root_is_lost: bool,
    /// It may not be forgotten yet.
    pub is_protected: bool,
    /// A snapshot that has all that is left of it.
    pub successor: Option<SessionId>,
}

impl DamagedSnapshot {
    /// Whether nothing more can be had of it than there is elsewhere, so that `forget` may remove it.
    pub fn is_to_be_forgotten(&self) -> bool {
        (self.root_is_lost || self.successor.is_some()) && !self.is_protected
    }

    /// Whether `repair snapshots` can make another of it.
    pub fn is_to_be_repaired(&self) -> bool {
        !self.root_is_lost && self.successor.is_none()
    }
}

/// What is left of one tree, on the way down.
struct Level {
    id: BlobId,
    /// Length of the path of its directory.
    path: usize,
    items: Items,
    whole: bool,
    /// The memory key of the place where it was met, and the losses before it.
    place: [u8; 32],
    before: Losses,
    /// Pieces of the same directory above this one.
    pieces_above: u8,
}

/// What became of an attempt to read a tree.
enum Opened {
    Level(Level),
    /// It was read before; what is lost below it is counted.
    Counted,
    Lost,
}

enum Items {
    Nodes(std::vec::IntoIter<Node>),
    /// With the first name of the piece behind each.
    Pieces(std::iter::Peekable<std::vec::IntoIter<Branch>>),
}

/// What the tree above says of a piece of a directory.
struct Place {
    branch: Branch,
    /// With this name the next piece begins.
    end: Option<Vec<u8>>,
    pieces_above: u8,
}

impl Place {
    fn key(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.branch.id.as_bytes()).update(&self.branch.nodes.to_le_bytes()).update(&[self.pieces_above]);
        hasher.update(&self.branch.first_name.len().to_le_bytes()).update(&self.branch.first_name);
        hasher.update(self.end.as_deref().unwrap_or_default());
        *hasher.finalize().as_bytes()
    }

    /// What of it is not so.
    fn contradiction(&self, tree: &Tree) -> Option<&'static str> {
        let (first, last, nodes) = match tree {
            Tree::Leaf(nodes) => {
                (nodes.first().map(|node| &node.name), nodes.last().map(|node| &node.name), Some(nodes.len() as u64))
            }
            Tree::Inner(_) if self.pieces_above >= MAX_HEIGHT => return Some("Its pieces are nested too deeply"),
            Tree::Inner(pieces) => (
                pieces.first().map(|piece| &piece.first_name),
                pieces.last().map(|piece| &piece.first_name),
                pieces.iter().try_fold(0_u64, |sum, piece| sum.checked_add(piece.nodes)),
            ),
            Tree::List { .. } => return None,
        };
        let in_order = self.end.as_ref().is_none_or(|end| last.is_some_and(|last| last < end));
        let same = first == Some(&self.branch.first_name) && nodes == Some(self.branch.nodes) && in_order;
        (!same).then_some("It is not what the tree above says")
    }
}

/// Losses of one snapshot, or below one tree.
#[derive(Clone, Copy, Default)]
struct Losses {
    files: u64,
    not_indexed: u64,
}

impl Losses {
    /// As many paths may lead to one loss as there are atoms.
    fn add(&mut self, more: Losses) {
        self.files = self.files.saturating_add(more.files);
        self.not_indexed = self.not_indexed.saturating_add(more.not_indexed);
    }

    fn since(self, before: Losses) -> Losses {
        Losses { files: self.files - before.files, not_indexed: self.not_indexed - before.not_indexed }
    }
}

struct Walk<'a, 'r> {
    repo: &'r Repository,
    inspection: &'a mut Inspection<'r>,
    monitor: &'a dyn Monitor,
    walked: Walked,
    /// Trees, of directories and of contents, in and below which all is well: 32 bytes for each, the memory of a check.
    whole: HashSet<BlobId>,
    /// Trees below which something is missing, by their place, and what it is. They are read again only to name it: 48 bytes for each.
    broken: HashMap<[u8; 32], Losses>,
    rereads: u64,
    /// Trees that were called senseless.
    senseless: HashSet<BlobId>,
    /// Places of pieces of directories that these fit into.
    fitting: HashSet<[u8; 32]>,
    /// Content lists that were read: whether all that they name is there, and how long it is.
    lists: HashMap<BlobId, (Availability, u64)>,
    losses: Losses,
    snapshot: String,
}

/// Walks every snapshot that is not forgotten, or of these the `chosen` ones. Every tree is read once, except that those that lead to something that is lost are read
/// again as long as that is named.
pub(in crate::ops) fn walk<'r>(
    repo: &'r Repository,
    inspection: &mut Inspection<'r>,
    chosen: Option<&BTreeSet<SessionId>>,
    monitor: &dyn Monitor,
) -> Result<Walked> {
    monitor.event(Event::Phase("Checking snapshots"));
    let catalog = inspection.catalog.clone();
    let snapshots = catalog
        .decisions
        .iter()
        .filter(|(sid, decision)| matches!(decision.as_ref(), Decision::Snapshot(_)) && !catalog.tombs.contains(sid))
        .filter(|(sid, _)| chosen.is_none_or(|chosen| chosen.contains(sid)));
    monitor.event(Event::Total { items: snapshots.clone().count() as u64, bytes: 0, complete: true });
    let mut walk = Walk {
        repo,
        inspection,
        monitor,
        walked: Walked::default(),
        whole: HashSet::new(),
        broken: HashMap::new(),
        rereads: 0,
        senseless: HashSet::new(),
        fitting: HashSet::new(),
        lists: HashMap::new(),
        losses: Losses::default(),
        snapshot: String::new(),
    };
    for (sid, decision) in snapshots {
        let Decision::Snapshot(body) = decision.as_ref() else { continue };
        let named_before = walk.walked.lost_files.len();
        let name = ObjectName::Snapshot(*sid);
        walk.walked.snapshots += 1;
        walk.snapshot = sid.short();
        let (mut root_is_lost, mut is_protected) = (false, false);
        match decode_snapshot(body) {
            Ok(snapshot) => {
                is_protected = snapshot.protected_until.is_some_and(|until| until > repo.world().now());
                if let Some(root) = snapshot.root {
                    root_is_lost = !walk.directory(root)?;
                }
            }
            Err(error) => walk.inspection.find(Severity::Lost, name, error),
        }
        let losses = std::mem::take(&mut walk.losses);
        if losses.files + losses.not_indexed > 0 && repo.catalog(&Silent)?.tombs.contains(sid) {
            walk.walked.lost_files.truncate(named_before);
            walk.inspection.find(Severity::Note, name, "it was forgotten while it was checked");
            continue;
        }
        if losses.files > 0 {
            let entries = losses.files;
            let damaged = DamagedSnapshot { id: *sid, entries, root_is_lost, is_protected, successor: None };
            walk.walked.damaged.push(damaged);
        }
        if losses.not_indexed > 0 {
            walk.inspection.advise(Remedy::Index);
            walk.inspection.find(
                Severity::Repairable,
                name,
                format!(
                    "entries that need blobs that are in no index: {}; `caddis repair index` looks for them in the packs",
                    losses.not_indexed
                ),
            );
        }
        monitor.event(Event::Progress { items: 1, bytes: 0 });
    }
    Ok(walk.walked)
}

impl Walk<'_, '_> {
    /// False if the root itself cannot be read.
    fn directory(&mut self, root: BlobId) -> Result<bool> {
        let mut path = Vec::new();
        let mut levels = Vec::new();
        if self.whole.contains(&root) {
            return Ok(true);
        }
        match self.open(root, &path, None)? {
            Opened::Level(level) => levels.push(level),
            Opened::Counted => return Ok(true),
            Opened::Lost => return Ok(false),
        }
        while let Some(level) = levels.last_mut() {
            path.truncate(level.path);
            let mut place = None;
            let next = match &mut level.items {
                Items::Pieces(pieces) => pieces.next().map(|branch| {
                    let end = pieces.peek().map(|next| next.first_name.clone());
                    let id = branch.id;
                    place = Some(Place { branch, end, pieces_above: level.pieces_above + 1 });
                    id
                }),
                Items::Nodes(nodes) => match nodes.next() {
                    None => None,
                    Some(node) => {
                        path.push(b'/');
                        path.extend_from_slice(&node.name);
                        if !self.node(&node, &path)? {
                            level.whole = false;
                        }
                        match node.subtree.filter(|tree| !self.whole.contains(tree)) {
                            Some(tree) => Some(tree),
                            None => continue,
                        }
                    }
                },
            };
            match next {
                // A piece may be whole, and yet not what it should be here.
                Some(tree) if self.whole.contains(&tree) && self.fits(place.as_ref()) => {}
                Some(tree) => match self.open(tree, &path, place)? {
                    Opened::Level(below) => levels.push(below),
                    Opened::Counted | Opened::Lost => level.whole = false,
                },
                None => {
                    let (id, whole, place) = (level.id, level.whole, level.place);
                    let losses = self.losses.since(level.before);
                    levels.pop();
                    if whole {
                        self.whole.insert(id);
                    } else {
                        self.broken.insert(place, losses);
                        levels.last_mut().into_iter().for_each(|above| above.whole = false);
                    }
                }
            }
        }
        Ok(true)
    }

    fn fits(&self, place: Option<&Place>) -> bool {
        place.is_none_or(|place| self.fitting.contains(&place.key()))
    }

    /// Loads a piece of the directory at `path`.
    fn open(&mut self, id: BlobId, path: &[u8], place: Option<Place>) -> Result<Opened> {
        if self.monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        let key = place.as_ref().map_or(id.0, Place::key);
        let known = self.broken.get(&key).copied();
        if let Some(losses) = known {
            let can_name = self.walked.lost_files.len() < NAMED_FILES && self.rereads < MAX_REREADS;
            if losses.files == 0 || !can_name {
                self.losses.add(losses);
                return Ok(Opened::Counted);
            }
            self.rereads += 1;
        }
        let tree = self.load(&id, known.is_none())?;
        if let (Some(tree), Some(place)) = (&tree, &place)
            && let Some(cause) = place.contradiction(tree)
        {
            self.senseless(&id, cause);
            self.lose(path, &Availability::Lost);
            return Ok(Opened::Lost);
        }
        self.fitting.extend(place.as_ref().map(Place::key));
        let pieces_above = place.map_or(0, |place| place.pieces_above);
        let items = match tree {
            Some(Tree::Leaf(nodes)) => Items::Nodes(nodes.into_iter()),
            Some(Tree::Inner(pieces)) => Items::Pieces(pieces.into_iter().peekable()),
            Some(Tree::List { .. }) => {
                self.senseless(&id, "It is a content list in place of a directory");
                self.lose(path, &Availability::Lost);
                return Ok(Opened::Lost);
            }
            None => {
                let (availability, _) = self.inspection.availability(BlobKind::Tree, &id)?;
                self.lose(path, &availability);
                return Ok(Opened::Lost);
            }
        };
        let (path, before) = (path.len(), self.losses);
        Ok(Opened::Level(Level { id, path, items, whole: true, place: key, before, pieces_above }))
    }

    fn load(&mut self, id: &BlobId, is_first: bool) -> Result<Option<Tree>> {
        let bytes = match self.repo.load_blob(BlobKind::Tree, id, &Silent) {
            Ok(bytes) => bytes,
            Err(Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        self.walked.trees += u64::from(is_first);
        match decode_tree(&bytes) {
            Ok(tree) => {
                // Noted if its only place is in a stripe that was given up.
                self.inspection.availability(BlobKind::Tree, id)?;
                Ok(Some(tree))
            }
            Err(error) => {
                self.senseless(id, &error.to_string());
                Ok(None)
            }
        }
    }

    fn senseless(&mut self, id: &BlobId, cause: &str) {
        // Once is enough, however often it is named.
        if self.senseless.insert(*id) {
            self.inspection.find(Severity::Lost, format!("Tree {id}"), cause);
        }
    }

    fn lose(&mut self, path: &[u8], availability: &Availability) {
        if *availability == Availability::NotIndexed && self.inspection.index_is_incomplete {
            // Whether it is lost shows when the index is whole.
            self.losses.add(Losses { files: 0, not_indexed: 1 });
            return;
        }
        self.losses.add(Losses { files: 1, not_indexed: 0 });
        let path = if path.is_empty() { b"/" } else { path };
        if self.walked.lost_files.len() < NAMED_FILES {
            self.walked.lost_files.push((self.snapshot.clone(), path.to_vec()));
        }
    }

    /// Whether all that belongs to the node itself is there.
    fn node(&mut self, node: &Node, path: &[u8]) -> Result<bool> {
        let mut worst = Availability::Available;
        let values = node.xattrs.iter().filter_map(|(_, value)| match value {
            XattrValue::Blobs(ids) => Some(ids),
            XattrValue::Inline(_) => None,
        });
        for ids in values {
            self.blobs(ids, &mut worst)?;
        }
        let length = match &node.content {
            Content::Blobs(ids) => Some(self.blobs(ids, &mut worst)?),
            Content::List { height, id } => Some(self.list(id, *height, &mut worst)?),
            Content::Empty | Content::Inline(_) => None,
        };
        let holes = node.holes.iter().map(|(_, len)| *len).fold(0, u64::saturating_add);
        if worst == Availability::Available && length.is_some_and(|length| length != node.size.saturating_sub(holes)) {
            worst = Availability::Lost;
        }
        if node.kind == NodeType::Directory && node.subtree.is_none() {
            worst = Availability::Lost;
        }
        if worst != Availability::Available {
            self.lose(path, &worst);
        }
        Ok(worst == Availability::Available)
    }

    /// Returns the length of those that are there.
    fn blobs(&mut self, ids: &[BlobId], worst: &mut Availability) -> Result<u64> {
        let mut length = 0_u64;
        for id in ids {
            let (availability, len) = self.inspection.availability(BlobKind::Data, id)?;
            length = length.saturating_add(len.into());
            join(worst, availability);
        }
        Ok(length)
    }

    /// A list is read once, however often it is named: lists of lists may name each other without end.
    fn list(&mut self, id: &BlobId, height: u8, worst: &mut Availability) -> Result<u64> {
        if let Some((own, length)) = self.lists.get(id) {
            join(worst, own.clone());
            return Ok(*length);
        }
        let (mut own, mut length) = (Availability::Available, 0_u64);
        match self.load(id, true)? {
            Some(Tree::List { height: found, ids }) if found == height && height <= MAX_HEIGHT => {
                match height.checked_sub(1) {
                    None => length = self.blobs(&ids, &mut own)?,
                    Some(below) => {
                        for id in &ids {
                            length = length.saturating_add(self.list(id, below, &mut own)?);
                        }
                    }
                }
            }
            Some(_) => {
                self.senseless(id, "It is not the content list that belongs there");
                own = Availability::Lost;
            }
            None => own = self.inspection.availability(BlobKind::Tree, id)?.0,
        }
        self.lists.insert(*id, (own.clone(), length));
        join(worst, own);
        Ok(length)
    }
}

/// Lost is worse than not indexed.
fn join(worst: &mut Availability, other: Availability) {
    match other {
        Availability::Available => {}
        Availability::NotIndexed if *worst != Availability::Available => {}
        other => *worst = other,
    }
}
