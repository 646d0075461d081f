//! The repository: sealed objects, key slots, and everything between blobs and storage.
mod seal;
mod slots;

pub use seal::{Opened, decode_error, open_object, seal_object};
pub use slots::{KeyBundle, NewSlot, OpenedSlot, PasswordCheck, open_slot, open_slots, seal_slot, slot_note};
