//! Making and opening repositories: config, key slots, local index.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};

use super::index::LocalIndex;
use super::objects::{MAX_OBJECT, served_by_replica};
use super::slots::{open_slot, seal_slot};
use super::{Repository, Shared};
use crate::backend::{Backend, BackendError, ErrorKind, Family, ObjectName, Put};
use crate::chunker::ChunkerParams;
use crate::compress::Compression;
use crate::crypto::{Generations, KdfParams, KeyRing, MasterKey, Purpose};
use crate::error::{Error, Result};
use crate::format::{Config, SlotNote};
use crate::id::{RepoId, SlotId};
use crate::monitor::Monitor;
use crate::world::{World, random};

/// Settings of a new repository; they live in its config.
#[derive(Clone, Debug)]
pub struct InitOptions {
    /// A power of two from 256 KiB to 64 MiB.
    pub pack_size: u32,
    /// Data and parity packs of a stripe; (1, 0) is off.
    pub parity: (u8, u8),
    /// Its maximum is lowered to half a pack.
    pub chunker: ChunkerParams,
    /// Default for backups.
    pub compression: Compression,
    /// Files of at most so many bytes are stored in their node.
    pub inline_limit: u32,
    /// Raw bytes that a frame takes at most.
    pub frame_target: u32,
    /// Cost of guessing the first password.
    pub kdf: KdfParams,
    /// Recorded in the first key slot.
    pub host: String,
    /// Recorded in the first key slot.
    pub user: String,
}

/// How a repository is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Folder of caches; a temporary one if absent.
    pub cache: Option<PathBuf>,
    /// Key slots with a weaker scrypt than N = 2^this are refused.
    pub kdf_floor: u8,
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions { cache: None, kdf_floor: KdfParams::FLOOR }
    }
}
