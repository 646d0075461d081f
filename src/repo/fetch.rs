//! Reading many frames of one pack at once, each of them decoded once: for restores, which know what they want beforehand.
use super::index::Location;
use super::{Repository, Shared};
use crate::backend::{ErrorKind, ObjectName};
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::monitor::Monitor;

impl Repository {
    /// All places of a blob, as far as the loaded index knows; none if it is in no index object that counts.
    pub fn places(&self, id: &BlobId) -> Result<Vec<Location>> {
        self.shared.places(id)
    }

    /// Reads frames of one pack, given by any location in each, ascending: one request from the first to the last of them,
    /// what lies between included. `each` gets the number of a location and the plaintext of its frame, whose blobs are not
    /// yet compared with their ids, or why it cannot be had from this place as it is; [`Repository::load_blob`] then tries
    /// other places and parity. An error is returned only if storage is gone altogether.
    pub fn fetch_frames(
        &self,
        frames: &[Location],
        monitor: &dyn Monitor,
        each: &mut dyn FnMut(usize, Result<Vec<u8>>),
    ) -> Result<()> {
        self.shared.fetch_frames(frames, monitor, each)
    }
}

impl Shared {
    fn fetch_frames(
        &self,
        frames: &[Location],
        monitor: &dyn Monitor,
        each: &mut dyn FnMut(usize, Result<Vec<u8>>),
    ) -> Result<()> {
        let (Some(first), Some(last)) = (frames.first(), frames.last()) else { return Ok(()) };
        let name = ObjectName::Pack(first.pack);
        let start = first.frame_offset as usize;
        let end = last.frame_offset as usize + last.stored_len as usize;
        let read = self.backend.get_range(&name, start as u64, end.saturating_sub(start));
        match read {
            Ok(bytes) => {
                for (number, frame) in frames.iter().enumerate() {
                    let sealed = (frame.frame_offset as usize)
                        .checked_sub(start)
                        .and_then(|offset| bytes.get(offset..)?.get(..frame.stored_len as usize));
                    let opened = match sealed {
                        Some(sealed) => self.decode(frame, sealed, 0, monitor),
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
}
