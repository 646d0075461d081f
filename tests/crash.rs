//! The machine stops at every storage operation of every scenario; afterwards everything committed reads as before, and the next run just works.
//!
//! It stops before the operation; after it, with the answer lost; in the midst of writing an object; and as after, with packs lost or torn that no
//! barrier had made durable. The invariants, which `aftermath.rs` and `protocol.rs` check after each crash:
//!
//! 1. Every committed snapshot without a tombstone is there and reads as it was, byte for byte; none with a tombstone is listed.
//! 2. What was reported as a success is committed (each scenario knows what that means).
//! 3. Never a wrong byte: what an interrupted run has committed is its source, of a checkpoint a part of it.
//! 4. No name ever has two contents.
//! 5. No key is used twice: neither a stripe and slot nor a salt is sealed twice with different bytes.
//! 6. Nothing is locked and nobody has to do anything: the next backup works, its snapshot is the source, and what was stored is not stored again.
//! 7. Check, which reads all data, finds nothing, except that a key slot or config whose making was interrupted has no second copy, and key slots
//!    of an attempt at making the repository that came to nothing.
//! 8. Two prunes later no garbage is left: no pack outside the index, no mark, no void index object, no session object, no unfinished file.
//! 9. What goes may go: packs of stripes in the mark of a prune that has finished, once no index object names them; index objects that are retired
//!    or void; sessions that are decided or have written nothing; marks whose packs are gone. Decisions and tombstones never go.
//!
//! `cargo test --test crash -- --nocapture` prints the number of crash points of each scenario as `REPORT crash.<scenario> <number>`.
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout, reason = "a test that tells what it did")]

#[path = "crash/aftermath.rs"]
mod aftermath;
#[path = "crash/backups.rs"]
mod backups;
#[path = "crash/changed.rs"]
mod changed;
#[path = "crash/copies.rs"]
mod copies;
#[path = "crash/deltas.rs"]
mod deltas;
#[allow(dead_code, reason = "shared with other tests")]
mod engine;
#[allow(dead_code, reason = "shared with other tests")]
mod faults;
#[path = "crash/key_slots.rs"]
mod key_slots;
#[path = "crash/place.rs"]
mod place;
#[path = "crash/protocol.rs"]
mod protocol;
#[path = "crash/prunes.rs"]
mod prunes;
#[path = "crash/record.rs"]
mod record;
#[path = "crash/repairs.rs"]
mod repairs;
#[path = "crash/scene.rs"]
mod scene;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "engine/sealed.rs"]
mod sealed;
