//! Reading sources.
/// Which entries are left out.
#[derive(Clone, Debug, Default)]
pub struct Rules {}
