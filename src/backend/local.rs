//! Placeholder.
#[derive(Debug)]
pub struct LocalBackend;
