//! Looking at single objects and at all of the index: for `cat` and `stats`.
use std::collections::BTreeSet;

use super::index::StaleIndex;
use super::pack::open_pack;
use super::{IndexTotals, Repository};
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::format::{
    BLOCK_BYTES, FrameEntry, IndexName, IndexObject, MAX_PACK_LEN, PackHeader, ParityHeader, ParityPage,
};
use crate::id::{BlobId, BlobKind, PackId};
use crate::monitor::Monitor;

/// A parity header has a page for a few hundred blocks; this bounds what is read of a pack.
const MAX_PACK_READ: u64 = 2 * MAX_PACK_LEN as u64;

/// What a pack says about itself.
#[derive(Debug)]
pub enum PackView {
    /// Holds frames.
    Data {
        /// Its header.
        header: PackHeader,
        /// Frames in order. The ids of blobs in a damaged frame are zero.
        frames: Vec<FrameEntry>,
        /// Frames that do not open, with the cause.
        bad_frames: Vec<(u32, String)>,
    },
    /// Holds a parity row.
    Parity {
        /// Its header.
        header: ParityHeader,
        /// The row.
        row: u8,
    },
}

impl Repository {
    /// Reads one index object, whether it counts or not.
    pub fn read_index_object(&self, name: IndexName, monitor: &dyn Monitor) -> Result<IndexObject> {
        self.shared.read_index(name, monitor)
    }

    /// Kind and length of a blob, as the index has it; it must be loaded. `None`: no index object that counts names it.
    pub fn blob_info(&self, id: &BlobId) -> Result<Option<(BlobKind, u32)>> {
        Ok(self.shared.places(id)?.first().map(|place| (place.tag.kind, place.len)))
    }

    /// All blobs that the loaded index places in packs of which `wanted` is true. Reads all of it.
    pub fn blobs_in_packs(&self, wanted: &dyn Fn(&PackId) -> bool) -> Result<Vec<(BlobKind, BlobId)>> {
        let mut found = Vec::new();
        for kind in [BlobKind::Tree, BlobKind::Data] {
            self.shared.index.for_each_blob(kind, |id, place| {
                if wanted(&place.pack) {
                    found.push((kind, id));
                }
            })?;
        }
        Ok(found)
    }

    /// Packs in which the loaded index has something of that. Reads all of it.
    pub fn packs_with(&self, live: &super::Live) -> Result<BTreeSet<PackId>> {
        let mut packs = BTreeSet::new();
        for kind in [BlobKind::Tree, BlobKind::Data] {
            self.shared.index.for_each_blob(kind, |id, place| {
                if !packs.contains(&place.pack) && live.contains(&id) {
                    packs.insert(place.pack);
                }
            })?;
        }
        Ok(packs)
    }

    /// Numbers for all blobs of the loaded index, as of now.
    pub fn blob_numbers(&self) -> Result<super::BlobNumbers<'_>> {
        Ok(self.shared.index.numbers()?)
    }

    /// Sums over the index, which must be loaded. Reads all of the local index once.
    pub fn index_totals(&self, monitor: &dyn Monitor) -> Result<IndexTotals> {
        match self.shared.index.totals() {
            Ok(totals) => Ok(totals),
            Err(StaleIndex) => {
                self.shared.refresh_for_reading(monitor)?;
                Ok(self.shared.index.totals()?)
            }
        }
    }

    /// Reads a whole pack as it is, without help from parity, and decodes what it says about itself. Bases of delta frames come
    /// through the index, which must be loaded.
    pub fn view_pack(&self, pack: &PackId, monitor: &dyn Monitor) -> Result<PackView> {
        let name = ObjectName::Pack(*pack);
        let damaged = |cause: String| Error::damaged(name, cause);
        let bytes = self.shared.backend.get(&name, MAX_PACK_READ)?;
        if blake3::hash(&bytes).as_bytes() != pack.as_bytes() {
            return Err(damaged("its BLAKE3 is not its name; `caddis scrub` repairs it from parity".to_owned()));
        }
        if let Some(first) = bytes.get(..BLOCK_BYTES).and_then(|page| ParityPage::decode(page).ok()) {
            let blocks = bytes.as_chunks::<BLOCK_BYTES>().0;
            let pages = blocks.iter().take(usize::from(first.count)).filter_map(|page| ParityPage::decode(page).ok());
            let header = ParityHeader::assemble(&first.stripe, pages).map_err(|error| damaged(error.to_string()))?;
            return Ok(PackView::Parity { header, row: first.row });
        }
        let mut bases = |kind, ids: &[BlobId]| self.shared.load_prefix(kind, ids, monitor);
        let opened = open_pack(self.shared.repo, &self.shared.keys, &bytes, &mut bases, &mut |_, _, _, _| {});
        let opened = opened.map_err(damaged)?;
        Ok(PackView::Data { header: opened.header, frames: opened.frames, bad_frames: opened.bad_frames })
    }
}
