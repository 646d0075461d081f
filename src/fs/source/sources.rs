//! The paths to back up, merged into the tree as which they are stored.
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::directory::{Listing, display, open_at, open_path, push};
use super::glob::components;
use super::metadata;
use crate::error::{Error, Result};
use crate::monitor::Problem;

/// One name in the merged tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch {
    /// Given by the caller: wanted with everything beneath, whatever exclude rules and device borders say of it.
    pub named: bool,
    /// Names in it that are wanted, or have something beneath that is.
    pub children: BTreeMap<Vec<u8>, Branch>,
}

/// A directory from which names of the root tree come.
#[derive(Clone, Debug)]
pub(super) struct RootDirectory {
    pub path: Vec<u8>,
    /// All of its names are wanted.
    pub listed: bool,
}

/// A name in the root tree and the directory that it comes from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// Index in [`Sources::directories`].
    pub directory: usize,
    /// All names of that directory are wanted, and this is one of them.
    pub listed: bool,
    pub branch: Branch,
}

/// What to back up and under which names.
///
/// The root tree holds the first components: `/usr/share` is stored as `usr/share`, with the metadata of `usr` but
/// nothing else of it; `a/b` as `a/b`; `../x` as `x`; and `.`, `..` or `/` as what is in that directory. A symbolic
/// link that is named is stored as a link, one on the way to what is named is followed and stored as a directory.
/// A path beneath another one changes nothing but that exclude rules do not apply to it. Two paths that would be stored
/// under the same first name and come from different directories (`x` and `../x`) are refused; absolute paths avoid that.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub(super) directories: Vec<RootDirectory>,
    pub(super) roots: BTreeMap<Vec<u8>, Origin>,
    pub(super) missing: Vec<Problem>,
    pub(super) stored_as: Option<StoredAs>,
    paths: Vec<PathBuf>,
}

/// How a path is stored that shall have another one in the snapshot.
#[derive(Clone, Debug, Default)]
pub(super) struct StoredAs {
    /// Where it is read, and where it is stored; without a slash at the end, so that the root is empty.
    pub from: Vec<u8>,
    pub to: Vec<u8>,
    /// Name of the entry itself; none if its content is stored, not itself.
    pub name: Option<Vec<u8>>,
    /// Names of the directories above it, each with the directory of this machine whose metadata it gets.
    pub above: Vec<(Vec<u8>, Vec<u8>)>,
}

impl StoredAs {
    /// Where a path of this machine is stored.
    pub fn stored(&self, path: &[u8]) -> Vec<u8> {
        [&self.to, path.strip_prefix(&self.from[..]).unwrap_or(path)].concat()
    }
}

impl Sources {
    /// Merges `paths`; `base` is the absolute path of the current directory. Lists directories that are given as `.`,
    /// `..` or `/`. Paths that do not exist become problems of the walk; it is an error if there is nothing else.
    pub fn new(base: &Path, paths: &[PathBuf]) -> Result<Self> {
        if !base.is_absolute() {
            return Err(Error::Invalid(format!("{} is not an absolute path", base.display())));
        }
        if paths.is_empty() {
            return Err(Error::Invalid("Nothing to back up was named".to_owned()));
        }
        let mut sources = Sources::default();
        for path in paths {
            sources.add(base.as_os_str().as_bytes(), path)?;
        }
        if sources.missing.len() == paths.len() {
            let list: Vec<_> = sources.missing.iter().map(|problem| problem.item.as_str()).collect();
            return Err(Error::Invalid(format!("None of the paths to back up can be read: {}", list.join(", "))));
        }
        Ok(sources)
    }

    /// One path that is stored as another one, as if it were there. Both are absolute. The directories above it get the metadata of those above
    /// where it is read, counted from below, as far as there are any, and else those of the root.
    pub fn new_as(path: &Path, stored_as: &Path) -> Result<Self> {
        let (from, to) = (absolute_components(path)?, absolute_components(stored_as)?);
        let mut sources = Sources::default();
        let full = join(&from);
        exists(&full).map_err(|errno| Error::local("find", path, errno))?;
        let (name, above) = match (from.split_last(), to.split_last()) {
            (Some((last, parents)), Some((name, above))) => {
                sources.root(last, join(parents))?.branch.named = true;
                (Some(name.to_vec()), above)
            }
            // The content of a directory, which is there as the root or becomes it.
            _ => {
                sources.add_content(full)?;
                (None, &to[..])
            }
        };
        let parents = from.len().saturating_sub(1);
        let above = above.iter().enumerate().map(|(at, name)| {
            let depth = (parents + at + 1).saturating_sub(above.len());
            (name.to_vec(), join(&from[..depth.min(from.len())]))
        });
        let without_root = |path: Vec<u8>| if path == b"/" { Vec::new() } else { path };
        sources.stored_as = Some(StoredAs {
            name,
            above: above.collect(),
            from: without_root(join(&from)),
            to: without_root(join(&to)),
        });
        sources.paths.push(OsString::from_vec(join(&to)).into());
        Ok(sources)
    }

    /// The absolute paths, for the snapshot; without those that are missing.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    fn add(&mut self, base: &[u8], path: &Path) -> Result<()> {
        let text = path.as_os_str().as_bytes();
        if text.is_empty() {
            return Err(Error::Invalid("A path to back up is empty".to_owned()));
        }
        let mut origin = if text.starts_with(b"/") { Vec::new() } else { components(base).collect() };
        let mut stored: Vec<&[u8]> = Vec::new();
        for component in components(text) {
            match component {
                b"." => {}
                b".." => {
                    if stored.pop().is_none() {
                        origin.pop();
                    }
                }
                _ => stored.push(component),
            }
        }
        let directory = join(&origin);
        let mut full = directory.clone();
        stored.iter().for_each(|component| push(&mut full, component));
        if let Err(error) = exists(&full) {
            let message = format!("Could not find what to back up: {}", std::io::Error::from(error));
            self.missing.push(Problem { item: display(&full), message });
            return Ok(());
        }
        self.paths.push(OsString::from_vec(full.clone()).into());
        match stored.split_first() {
            Some((first, rest)) => {
                let mut branch = &mut self.root(first, directory)?.branch;
                for component in rest {
                    branch = branch.children.entry(component.to_vec()).or_default();
                }
                branch.named = true;
            }
            None => self.add_content(directory)?,
        }
        Ok(())
    }

    /// Puts the content of a directory at the root.
    fn add_content(&mut self, directory: Vec<u8>) -> Result<()> {
        let local = |error| Error::local("list", OsStr::from_bytes(&directory), error);
        let fd = open_path(&directory, OFlags::RDONLY).map_err(|errno| local(errno.into()))?;
        let (names, error) = Listing::read(fd.as_fd(), &mut [MaybeUninit::uninit(); 1 << 16]);
        if let Some(error) = error {
            return Err(local(error));
        }
        for name in (0..).map_while(|index| names.get(index)) {
            let origin = self.root(name, directory.clone())?;
            origin.listed = true;
            let index = origin.directory;
            self.directories[index].listed = true;
        }
        Ok(())
    }

    fn root(&mut self, name: &[u8], directory: Vec<u8>) -> Result<&mut Origin> {
        let index = match self.directories.iter().position(|known| known.path == directory) {
            Some(index) => index,
            None => {
                self.directories.push(RootDirectory { path: directory, listed: false });
                self.directories.len() - 1
            }
        };
        let origin = self.roots.entry(name.to_vec()).or_insert(Origin {
            directory: index,
            listed: false,
            branch: Branch::default(),
        });
        if origin.directory != index {
            return Err(Error::Invalid(format!(
                "{name} of {} and {name} of {} would have the same name in the snapshot; give absolute paths",
                display(&self.directories[origin.directory].path),
                display(&self.directories[index].path),
                name = display(name),
            )));
        }
        Ok(origin)
    }
}

fn absolute_components(path: &Path) -> Result<Vec<&[u8]>> {
    let text = path.as_os_str().as_bytes();
    let names: Vec<&[u8]> = components(text).filter(|name| *name != b".").collect();
    match text.starts_with(b"/") && !names.contains(&&b".."[..]) {
        true => Ok(names),
        false => Err(Error::Invalid(format!("{} is not an absolute path, or leads upwards", path.display()))),
    }
}

fn join(components: &[&[u8]]) -> Vec<u8> {
    let mut path = vec![b'/'];
    components.iter().for_each(|component| push(&mut path, component));
    path
}

fn exists(path: &[u8]) -> Result<(), rustix::io::Errno> {
    let cut = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
    let (parent, name) = (&path[..cut.max(1)], path.get(cut + 1..).unwrap_or_default());
    let parent = open_path(parent, OFlags::PATH)?;
    if name.is_empty() {
        return open_at(parent.as_fd(), b".", OFlags::PATH, true).map(drop);
    }
    metadata::stat(parent.as_fd(), name).map(drop)
}
