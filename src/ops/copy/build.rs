//! Builds the trees of a copy from its steps, from the leaves up.
use super::batch::Step;
use super::known::Known;
use super::transfer::TargetTrees;
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::model::{Content, ContentBuilder, Node, TreeBuilder, XattrValue};

/// A directory whose entries are still arriving.
struct Open<'a> {
    /// None: the root.
    node: Option<Box<Node>>,
    /// Its tree in the source.
    id: BlobId,
    builder: TreeBuilder<'a>,
    /// Length of its path.
    path: usize,
}

pub(super) struct Build<'a> {
    store: &'a TargetTrees<'a>,
    open: Vec<Open<'a>>,
    file: Option<(Box<Node>, ContentBuilder<'a>)>,
    path: Vec<u8>,
    root: Option<BlobId>,
    pub files: u64,
}

impl<'a> Build<'a> {
    /// `older` is a root of the target that the new one resembles.
    pub(super) fn new(store: &'a TargetTrees<'a>, root: BlobId, older: Option<BlobId>) -> Self {
        let builder = TreeBuilder::over(store, older);
        let open = vec![Open { node: None, id: root, builder, path: 0 }];
        Build { store, open, file: None, path: Vec::new(), root: None, files: 0 }
    }

    /// The root tree, when all steps were taken.
    pub(super) fn root(self) -> Result<BlobId> {
        self.root.ok_or_else(|| Error::Invalid("The copy of a snapshot ended without its root".to_owned()))
    }

    /// Everything that the step needs must be known.
    pub(super) fn take(&mut self, step: Step, known: &mut Known) -> Result<()> {
        match step {
            Step::Enter { mut node, id, older } => {
                self.map_xattrs(&mut node, known)?;
                self.path.push(b'/');
                self.path.extend_from_slice(&node.name);
                let builder = TreeBuilder::over(self.store, older);
                self.open.push(Open { node: Some(node), id, builder, path: self.path.len() });
            }
            Step::Leave => self.leave(known)?,
            Step::Entry { mut node, is_mapped } => {
                if !is_mapped && let Content::Blobs(ids) = &mut node.content {
                    ids.iter_mut().try_for_each(|id| self.map(&node.name, id, known))?;
                }
                self.map_xattrs(&mut node, known)?;
                self.push(node)?;
            }
            Step::Open(mut node) => {
                self.map_xattrs(&mut node, known)?;
                self.file = Some((node, ContentBuilder::new(self.store)));
            }
            Step::Ids(ids) => {
                let Some((node, mut builder)) = self.file.take() else { return Ok(()) };
                for mut id in ids {
                    self.map(&node.name, &mut id, known)?;
                    builder.push(id)?;
                }
                self.file = Some((node, builder));
            }
            Step::Close => {
                let Some((mut node, builder)) = self.file.take() else { return Ok(()) };
                node.content = builder.finish()?;
                self.push(node)?;
            }
        }
        Ok(())
    }

    fn leave(&mut self, known: &mut Known) -> Result<()> {
        let Some(Open { node, id, builder, .. }) = self.open.pop() else { return Ok(()) };
        let tree = builder.finish()?;
        known.learn_tree(id, tree);
        self.path.truncate(self.open.last().map_or(0, |above| above.path));
        match node {
            None => self.root = Some(tree),
            Some(mut node) => {
                node.subtree = Some(tree);
                self.push(node)?;
            }
        }
        Ok(())
    }

    /// At once: what is known now may be forgotten before a directory or a long file ends.
    fn map_xattrs(&self, node: &mut Node, known: &Known) -> Result<()> {
        for (_, value) in &mut node.xattrs {
            if let XattrValue::Blobs(ids) = value {
                ids.iter_mut().try_for_each(|id| self.map(&node.name, id, known))?;
            }
        }
        Ok(())
    }

    /// Adds a finished node.
    fn push(&mut self, node: Box<Node>) -> Result<()> {
        self.files += u64::from(node.kind == crate::model::NodeType::File);
        match self.open.last_mut() {
            Some(above) => above.builder.push(&node),
            None => Err(Error::Invalid("An entry outside of the root".to_owned())),
        }
    }

    fn map(&self, name: &[u8], id: &mut BlobId, known: &Known) -> Result<()> {
        match known.data(id) {
            Some(new) => {
                *id = new;
                Ok(())
            }
            None => {
                let path = [&self.path, b"/".as_slice(), name].concat();
                let cause = known.lost(id).unwrap_or_else(|| format!("Blob {id} was not read"));
                Err(Error::damaged(String::from_utf8_lossy(&path), cause))
            }
        }
    }
}
