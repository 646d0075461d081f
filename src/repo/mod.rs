//! The repository: blobs, frames, packs, stripes, index, keys and sessions.
use std::path::PathBuf;
use std::sync::Arc;

use crate::backend::Backend;
use crate::compress::Compression;
use crate::crypto::KdfParams;
use crate::error::Result;
use crate::format::ChunkerConfig;
use crate::id::RepoId;
use crate::monitor::Monitor;
use crate::world::World;

pub use crate::world::ProcessIdentity;

/// Settings of a new repository; they live in its config.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct InitOptions {
    pub pack_size: u32,
    /// Data and parity packs of a stripe; (1, 0) is off.
    pub parity: (u8, u8),
    pub chunker: ChunkerConfig,
    pub compression: Compression,
    pub inline_limit: u32,
    pub frame_target: u32,
    pub kdf: KdfParams,
    /// For the first key slot.
    pub host: String,
    pub user: String,
}

/// How a repository is opened.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct OpenOptions {
    /// Folder of caches; a temporary one if absent.
    pub cache: Option<PathBuf>,
    /// Key slots with a weaker scrypt than 2^this are refused.
    pub kdf_floor: u8,
}

/// An open repository.
pub struct Repository {}

impl Repository {
    /// Placeholder.
    pub fn world(&self) -> &dyn World {
        todo!()
    }

    /// Makes a repository. Refuses a place that holds one.
    pub fn init(
        backend: Arc<dyn Backend>,
        world: Arc<dyn World>,
        password: &[u8],
        options: &InitOptions,
        open: &OpenOptions,
    ) -> Result<Repository> {
        let _ = (backend, world, password, options, open);
        todo!()
    }

    /// Opens with a password. Does not read the index yet.
    pub fn open(
        backend: Arc<dyn Backend>,
        world: Arc<dyn World>,
        password: &[u8],
        options: &OpenOptions,
        monitor: &dyn Monitor,
    ) -> Result<Repository> {
        let _ = (backend, world, password, options, monitor);
        todo!()
    }

    /// Its public id.
    pub fn id(&self) -> RepoId {
        todo!()
    }
}
