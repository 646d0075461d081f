//! Changed copies.
