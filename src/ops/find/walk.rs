//! The search: each distinct directory is read once for every way in which the patterns can arrive at it.
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use super::{FindReport, Found, Wanted};
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::fs::source::{PathPatterns, PathSteps};
use crate::id::{BlobId, BlobKind};
use crate::model::{Content, ContentReader, Node, TreeReader, TreeStore, XattrValue};
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::snapshots::SnapshotInfo;
use crate::ops::trees::{ReadTrees, is_fatal};
use crate::repo::Repository;

/// Finds that are kept to be told again. One takes some 400 bytes.
const MAX_KEPT: usize = 1_000_000;

/// Loads trees and remembers which.
pub(super) struct Store<'a> {
    trees: ReadTrees<'a>,
    loaded: Mutex<Vec<BlobId>>,
}

impl<'a> Store<'a> {
    pub(super) fn new(repo: &'a Repository, monitor: &'a dyn Monitor) -> Self {
        Store { trees: ReadTrees { repo, monitor }, loaded: Mutex::default() }
    }

    /// Trees that were loaded since the last time.
    fn loaded(&self) -> Vec<BlobId> {
        std::mem::take(&mut self.loaded.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn problem(&self, item: &str, error: &Error) {
        self.trees.monitor.event(Event::Problem(&Problem { item: item.to_owned(), message: error.to_string() }));
    }
}

impl TreeStore for Store<'_> {
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
        self.trees.save_tree(bytes)
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        let bytes = self.trees.load_tree(id)?;
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).push(*id);
        Ok(bytes)
    }
}

/// A directory, and where the patterns are there. Half an id tells directories apart.
type Key = ([u8; 16], u32);

/// Something in a directory, or a directory in it with something beneath.
enum Item {
    Found(Vec<u8>, Found),
    Below(Vec<u8>, Key),
}

/// A directory that is being read.
struct Open<'a> {
    reader: TreeReader<'a>,
    id: BlobId,
    key: Key,
    steps: PathSteps,
    path: usize,
    /// None: too much was found to be kept, or something could not be read.
    items: Option<Vec<Item>>,
}

pub(super) struct Walk<'a> {
    store: &'a Store<'a>,
    wanted: &'a Wanted,
    patterns: PathPatterns,
    /// Numbers of the places that patterns were at.
    numbers: HashMap<PathSteps, u32>,
    known: HashMap<Key, Rc<[Item]>>,
    /// Directories with nothing in them.
    barren: HashSet<Key>,
    kept: usize,
    /// What was found in content lists.
    lists: HashMap<BlobId, Vec<(BlobKind, BlobId)>>,
    pub report: FindReport,
}

type Each<'e> = &'e mut dyn FnMut(&[u8], &Found) -> Result<()>;

impl<'a> Walk<'a> {
    pub(super) fn new(store: &'a Store<'a>, wanted: &'a Wanted) -> Self {
        let patterns = match wanted {
            Wanted::Entries(entries) => entries.patterns.clone(),
            Wanted::Objects(_) => PathPatterns::default(),
        };
        Walk {
            store,
            wanted,
            patterns,
            numbers: HashMap::new(),
            known: HashMap::new(),
            barren: HashSet::new(),
            kept: 0,
            lists: HashMap::new(),
            report: FindReport::default(),
        }
    }

    /// Searches one snapshot.
    pub(super) fn snapshot(&mut self, info: &SnapshotInfo, each: Each<'_>) -> Result<()> {
        let item = ObjectName::Snapshot(info.id).to_string();
        let Some(root) = info.snapshot.root else {
            self.store.problem(&item, &Error::damaged("The snapshot", "it has no tree"));
            return Ok(());
        };
        let mut path = Vec::new();
        let steps = self.patterns.root();
        let key = self.key(&root, &steps);
        if self.replay(key, &mut path, each)? {
            return Ok(());
        }
        // Not by recursion: trees may be deeper than the stack of a thread.
        let mut stack = vec![self.open(root, key, steps, 0)];
        while let Some(top) = stack.last_mut() {
            if self.store.trees.monitor.stop() {
                return Err(Error::Stopped { checkpoint: None });
            }
            path.truncate(top.path);
            let next = top.reader.next();
            let loaded = self.store.loaded();
            if let Wanted::Objects(objects) = self.wanted {
                for id in loaded.into_iter().filter(|id| objects.has(BlobKind::Tree, id)) {
                    let found = Found::Object { kind: BlobKind::Tree, id, parent: None };
                    self.found(top, b"", found, &path, each)?;
                }
            }
            match next {
                Some(Ok(node)) => {
                    path.push(b'/');
                    path.extend_from_slice(&node.name);
                    let steps = self.patterns.enter(&top.steps, &node.name);
                    self.node(top, &node, &steps, &path, &item, each)?;
                    let Some(id) = node.subtree.filter(|_| self.patterns.may_match(&steps)) else { continue };
                    let key = self.key(&id, &steps);
                    if self.replay(key, &mut path, each)? {
                        if self.known.contains_key(&key) {
                            top.keep(Item::Below(node.name, key));
                        }
                    } else {
                        let length = path.len();
                        stack.push(self.open(id, key, steps, length));
                    }
                }
                Some(Err(error)) => {
                    self.store.problem(&item, &error);
                    if is_fatal(&error) {
                        return Err(error);
                    }
                    top.items = None;
                }
                None => {
                    let Some(done) = stack.pop() else { break };
                    let key = done.key;
                    let is_kept = self.close(done);
                    if let Some(above) = stack.last_mut() {
                        let name = path.get(above.path + 1..).unwrap_or_default().to_vec();
                        match is_kept {
                            Some(true) => above.keep(Item::Below(name, key)),
                            Some(false) => {}
                            None => above.items = None,
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn open(&mut self, id: BlobId, key: Key, steps: PathSteps, path: usize) -> Open<'a> {
        self.report.directories_read += 1;
        let items = (self.kept < MAX_KEPT).then(Vec::new);
        Open { reader: TreeReader::new(self.store, id), id, key, steps, path, items }
    }

    /// Remembers what was found in a directory: some, nothing, or (`None`) that it must be read again.
    fn close(&mut self, done: Open<'_>) -> Option<bool> {
        let items = done.items?;
        if items.is_empty() {
            self.barren.insert(done.key);
            return Some(false);
        }
        self.kept += items.len();
        self.known.insert(done.key, items.into());
        Some(true)
    }

    fn key(&mut self, id: &BlobId, steps: &PathSteps) -> Key {
        let next = self.numbers.len() as u32;
        let number = match self.numbers.get(steps) {
            Some(number) => *number,
            None => *self.numbers.entry(steps.clone()).or_insert(next),
        };
        (id.0.first_chunk().copied().expect("an id has more than 16 bytes"), number)
    }

    /// Looks at one entry, not at what is beneath it.
    fn node(
        &mut self,
        top: &mut Open<'a>,
        node: &Node,
        steps: &PathSteps,
        path: &[u8],
        item: &str,
        each: Each<'_>,
    ) -> Result<()> {
        match self.wanted {
            Wanted::Entries(entries) => {
                if self.patterns.is_match(steps) && entries.fit(node) {
                    let short = Node {
                        content: Content::Empty,
                        xattrs: Vec::new(),
                        holes: Vec::new(),
                        unknown: Vec::new(),
                        ..node.clone()
                    };
                    self.found(top, &node.name, Found::Entry(Box::new(short)), path, each)?;
                }
            }
            Wanted::Objects(_) => {
                for (kind, id) in self.objects_of(node, item)? {
                    let found = Found::Object { kind, id, parent: Some(top.id) };
                    self.found(top, &node.name, found, path, each)?;
                }
            }
        }
        Ok(())
    }

    /// What an entry itself has of the objects that are looked for, each once.
    fn objects_of(&mut self, node: &Node, item: &str) -> Result<Vec<(BlobKind, BlobId)>> {
        let Wanted::Objects(objects) = self.wanted else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let data = |ids: &[BlobId], found: &mut Vec<_>| {
            found.extend(ids.iter().filter(|id| objects.has(BlobKind::Data, id)).map(|id| (BlobKind::Data, *id)));
        };
        match &node.content {
            Content::Blobs(ids) => data(ids, &mut found),
            Content::List { id, .. } => match self.lists.get(id) {
                Some(known) => found.extend_from_slice(known),
                None => {
                    let mut of_list = Vec::new();
                    for id in ContentReader::new(self.store, &node.content) {
                        match id {
                            Ok(id) => data(&[id], &mut of_list),
                            Err(error) => {
                                self.store.problem(item, &error);
                                if is_fatal(&error) {
                                    return Err(error);
                                }
                            }
                        }
                    }
                    let lists = self.store.loaded();
                    if objects.has_trees() {
                        let lists = lists.into_iter().filter(|id| objects.has(BlobKind::Tree, id));
                        of_list.extend(lists.map(|id| (BlobKind::Tree, id)));
                    }
                    found.extend_from_slice(&of_list);
                    self.lists.insert(*id, of_list);
                }
            },
            Content::Empty | Content::Inline(_) => {}
        }
        for (_, value) in &node.xattrs {
            if let XattrValue::Blobs(ids) = value {
                data(ids, &mut found);
            }
        }
        let mut seen = HashSet::new();
        found.retain(|object| seen.insert(*object));
        Ok(found)
    }

    fn found(&mut self, top: &mut Open<'a>, name: &[u8], found: Found, path: &[u8], each: Each<'_>) -> Result<()> {
        self.report.hits += 1;
        each(if path.is_empty() { b"/" } else { path }, &found)?;
        top.keep(Item::Found(name.to_vec(), found));
        if top.items.as_ref().is_some_and(|items| self.kept + items.len() > MAX_KEPT) {
            top.items = None;
        }
        Ok(())
    }

    /// Tells again what was found in a directory; false if that is not known.
    fn replay(&mut self, key: Key, path: &mut Vec<u8>, each: Each<'_>) -> Result<bool> {
        if self.barren.contains(&key) {
            self.report.directories_known += 1;
            return Ok(true);
        }
        let Some(items) = self.known.get(&key) else { return Ok(false) };
        self.report.directories_known += 1;
        let mut stack = vec![(Rc::clone(items), 0, path.len())];
        while let Some((items, at, length)) = stack.last_mut() {
            path.truncate(*length);
            let items = Rc::clone(items);
            let Some(item) = items.get(*at) else {
                stack.pop();
                continue;
            };
            *at += 1;
            match item {
                Item::Found(name, found) => {
                    if !name.is_empty() {
                        path.push(b'/');
                        path.extend_from_slice(name);
                    }
                    self.report.hits += 1;
                    each(if path.is_empty() { b"/" } else { path }, found)?;
                }
                Item::Below(name, key) => {
                    path.push(b'/');
                    path.extend_from_slice(name);
                    let length = path.len();
                    stack.extend(self.known.get(key).map(|items| (Rc::clone(items), 0, length)));
                }
            }
        }
        Ok(true)
    }
}

impl Open<'_> {
    fn keep(&mut self, item: Item) {
        if let Some(items) = &mut self.items {
            items.push(item);
        }
    }
}
