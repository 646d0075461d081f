//! Entries of directories in order, from any position on.
use std::sync::Arc;

use super::attributes::Attributes;
use super::inodes::{Identity, What};
use super::merged::Version;
use super::shelves::Item;
use super::view::{Refusal, VERSIONS, View, identify};
use crate::error::Error;
use crate::id::BlobId;
use crate::model::{Node, NodeType};

/// Longer names cannot be handed to the kernel.
const MAX_NAME: usize = 1024;

/// An open directory: what it had when it was opened.
#[derive(Clone)]
pub struct Directory {
    number: u64,
    parent: u64,
    entries: Entries,
}

#[derive(Clone)]
enum Entries {
    /// Of a snapshot: read as they are asked for.
    Tree { tree: BlobId, base: u64 },
    /// Of directories that are made from several snapshots.
    Listed(Arc<Vec<Listed>>),
}

struct Listed {
    name: Vec<u8>,
    number: u64,
    kind: NodeType,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Its number.
    pub number: u64,
    /// Its type.
    pub kind: NodeType,
    /// Its metadata, if that was asked for and costs next to nothing. Then it counts as looked up if it is taken.
    pub attributes: Option<Attributes>,
}

impl View {
    /// Opens a directory.
    pub fn open_directory(&self, number: u64) -> Result<Directory, Refusal> {
        let known = self.known(number)?;
        let entries = match &known.what {
            What::Shelf(path) => Entries::Listed(Arc::new(self.list_shelf(number, path)?)),
            What::Merged(path) => Entries::Listed(Arc::new(self.list_merged(number, path))),
            _ => {
                let (tree, base) = self.tree_of(number, &known)?;
                Entries::Tree { tree, base }
            }
        };
        Ok(Directory { number, parent: known.parent, entries })
    }

    /// Hands on entries from a position on, each with the position behind it, until `each` does not take one. `.` and `..` come first.
    pub fn list(
        &self,
        directory: &Directory,
        from: u64,
        with_attributes: bool,
        each: &mut dyn FnMut(u64, Entry<'_>) -> bool,
    ) -> Result<(), Refusal> {
        let Directory { number, parent, entries } = directory;
        for (position, name, number) in [(0, &b"."[..], *number), (1, b"..", *parent)] {
            let entry = Entry { name, number, kind: NodeType::Directory, attributes: None };
            if from <= position && !each(position + 1, entry) {
                return Ok(());
            }
        }
        let from = from.max(2);
        match entries {
            Entries::Tree { tree, base } => self.list_tree(*number, (tree, *base), from, with_attributes, each),
            Entries::Listed(listed) => {
                let skip = usize::try_from(from - 2).unwrap_or(usize::MAX);
                for (position, Listed { name, number, kind }) in listed.iter().enumerate().skip(skip) {
                    let entry = Entry { name, number: *number, kind: *kind, attributes: None };
                    if !each(position as u64 + 3, entry) {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    fn list_tree(
        &self,
        number: u64,
        (tree, base): (&BlobId, u64),
        from: u64,
        with_attributes: bool,
        each: &mut dyn FnMut(u64, Entry<'_>) -> bool,
    ) -> Result<(), Refusal> {
        let mut position = from;
        let listed = self.trees.list_from(tree, from - 2, &mut |node| {
            position += 1;
            if node.name.len() > MAX_NAME {
                self.too_long(number, node);
                return Ok(true);
            }
            let name = node.name.as_slice();
            if !with_attributes {
                let number = identify(number, base, node).0.number;
                return Ok(each(position, Entry { name, number, kind: node.kind, attributes: None }));
            }
            let attributes = self.remember_node(number, tree, base, node);
            let number = attributes.number;
            let taken = each(position, Entry { name, number, kind: node.kind, attributes: Some(attributes) });
            if !taken {
                self.forget(number, 1);
            }
            Ok(taken)
        });
        listed.map_err(|error| self.unreadable(number, &error))
    }

    fn too_long(&self, number: u64, node: &Node) {
        let name = String::from_utf8_lossy(node.name.get(..40).unwrap_or_default()).into_owned();
        let cause = format!("The name that begins with {name:?} is too long to be shown; restore it");
        self.unreadable(number, &Error::Invalid(cause));
    }

    fn list_shelf(&self, parent: u64, path: &[u8]) -> Result<Vec<Listed>, Refusal> {
        let shelf = self.shelf(path)?;
        let listed =
            |name: &[u8], kind, identity: Identity| Listed { name: name.to_vec(), kind, number: identity.number };
        let item = |(name, item): (&Vec<u8>, &Item)| match item {
            Item::Folder => listed(name, NodeType::Directory, Identity::of_entry(parent, name)),
            Item::Latest(_) => listed(name, NodeType::Symlink, Identity::of_entry(parent, name)),
            Item::Snapshot(shown) => {
                listed(name, NodeType::Directory, Identity::of_changing(parent, name, shown.id.as_bytes()))
            }
        };
        let mut all: Vec<Listed> = shelf.iter().map(item).collect();
        if self.has_versions(path) {
            let name = VERSIONS.as_bytes();
            all.push(listed(name, NodeType::Directory, Identity::of_entry(parent, name)));
        }
        Ok(all)
    }

    fn list_merged(&self, parent: u64, path: &[u8]) -> Vec<Listed> {
        self.refresh();
        let merged = self.merged(parent, path);
        let version = |(name, version): (&Vec<u8>, &Version)| {
            let number = Identity::of_changing(parent, name, version.tree.as_bytes()).number;
            Listed { name: name.clone(), number, kind: version.kind }
        };
        let mut all: Vec<Listed> = merged.versions.iter().map(version).collect();
        let children = self.children(parent, &merged).into_iter().filter(|name| name.len() <= MAX_NAME);
        all.extend(children.map(|name| {
            let number = Identity::of_entry(parent, &name).number;
            Listed { name, number, kind: NodeType::Directory }
        }));
        all
    }
}
