//! Content-defined chunking.
/// Sizes in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkerParams {
    min: u32,
    average: u32,
    max: u32,
    level: u8,
}
impl ChunkerParams {
    /// Placeholder.
    pub fn new(min: u32, average: u32, max: u32, level: u8) -> Result<Self, std::fmt::Error> {
        let params = ChunkerParams { min, average, max, level };
        if params.min > params.average || params.average > params.max || params.level > 3 {
            return Err(std::fmt::Error);
        }
        Ok(params)
    }
}
