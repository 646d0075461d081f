//! Keys.
/// Cost of a password guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct KdfParams {
    pub log_n: u8,
    pub r: u32,
    pub p: u32,
}
