//! Blobs, frames, packs, stripes, index, keys, sessions: the repository (placeholder façade).
pub mod index;
