//! Reading many frames of one pack at once, each of them decoded once: for restores, which know what they want beforehand.
use std::sync::Arc;

use super::index::Location;
use super::{Repository, Shared};
use crate::backend::{ErrorKind, ObjectName};
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::monitor::Monitor;

/// A frame to be fetched.
#[derive(Clone, Debug)]
pub struct WantedFrame {
    /// Any place in it.
    pub place: Location,
    /// Delta frames that need it will follow soon: it is kept in memory for them as long as there is room.
    pub is_base: bool,
}

impl Repository {
    /// All places of a blob, as far as the loaded index knows; none if it is in no index object that counts.
    pub fn places(&self, id: &BlobId) -> Result<Vec<Location>> {
        self.shared.places(id)
    }

    /// Reads frames of one pack, ascending: one request from the first to the last of them,
    /// what lies between included. `each` gets the number of a frame and its plaintext, whose blobs are not
    /// yet compared with their ids, or why it cannot be had from this place as it is; [`Repository::load_blob`] then tries
    /// other places and parity. An error is returned only if storage is gone altogether.
    pub fn fetch_frames(
        &self,
        frames: &[WantedFrame],
        monitor: &dyn Monitor,
        each: &mut dyn FnMut(usize, Result<Arc<Vec<u8>>>),
    ) -> Result<()> {
        self.shared.fetch_frames(frames, monitor, each)
    }
}

impl Shared {
    fn fetch_frames(
        &self,
        frames: &[WantedFrame],
        monitor: &dyn Monitor,
        each: &mut dyn FnMut(usize, Result<Arc<Vec<u8>>>),
    ) -> Result<()> {
        let (Some(first), Some(last)) = (frames.first(), frames.last()) else { return Ok(()) };
        let name = ObjectName::Pack(first.place.pack);
        let start = first.place.frame_offset as usize;
        let end = last.place.frame_offset as usize + last.place.stored_len as usize;
        let read = self.backend.get_range(&name, start as u64, end.saturating_sub(start));
        match read {
            Ok(bytes) => {
                for (number, WantedFrame { place, is_base }) in frames.iter().enumerate() {
                    let sealed = (place.frame_offset as usize)
                        .checked_sub(start)
                        .and_then(|offset| bytes.get(offset..)?.get(..place.stored_len as usize));
                    let opened = match sealed {
                        Some(sealed) => self.decode_base(place, sealed, *is_base, monitor),
                        None => Err(Error::damaged(name, "the index places a frame outside it")),
                    };
                    each(number, opened);
                }
                Ok(())
            }
            Err(error) if error.kind == ErrorKind::NoStore => Err(error.into()),
            Err(error) => {
                let cause = error.to_string();
                (0..frames.len()).for_each(|number| each(number, Err(Error::damaged(name, &cause))));
                Ok(())
            }
        }
    }

    /// Opens a frame; one that is a base is taken from, or goes to, the cache.
    fn decode_base(
        &self,
        place: &Location,
        sealed: &[u8],
        is_base: bool,
        monitor: &dyn Monitor,
    ) -> Result<Arc<Vec<u8>>> {
        let key = (place.pack, place.frame);
        if is_base && let Some(frame) = self.cache.get(key) {
            return Ok(frame);
        }
        let frame = Arc::new(self.decode(place, sealed, 0, monitor)?);
        if is_base {
            self.cache.put(key, frame.clone());
        }
        Ok(frame)
    }
}
