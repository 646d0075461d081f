//! Compression.
/// How hard new data is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Compression {
    Off,
    Auto,
    Level(i32),
}
impl std::str::FromStr for Compression {
    type Err = String;
    fn from_str(_: &str) -> Result<Self, String> {
        todo!()
    }
}
