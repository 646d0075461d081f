//! Reading sources.
use crate::error::Result;
/// Which entries are left out.
#[derive(Clone, Debug, Default)]
pub struct Rules {}
impl Rules {
    /// Placeholder.
    pub fn exclude(&mut self, _: &str) -> Result<()> {
        Ok(())
    }
    /// Placeholder.
    pub fn exclude_ignoring_case(&mut self, _: &str) -> Result<()> {
        Ok(())
    }
    /// Placeholder.
    pub fn exclude_if_present(&mut self, _: Marker) {}
    /// Placeholder.
    pub fn exclude_larger_than(&mut self, _: u64) {}
    /// Placeholder.
    pub fn honour_git_ignore(&mut self) {}
}
/// Placeholder.
pub struct Marker {}
impl Marker {
    /// Placeholder.
    pub fn parse(_: &[u8]) -> Result<Self> {
        Ok(Marker {})
    }
    /// Placeholder.
    pub fn cache() -> Self {
        Marker {}
    }
}
/// Placeholder.
pub fn parse_exclude_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}
/// Placeholder.
pub fn parse_lines(_: &[u8]) -> Vec<std::path::PathBuf> {
    Vec::new()
}
/// Placeholder.
pub fn parse_raw(_: &[u8]) -> Result<Vec<std::path::PathBuf>> {
    Ok(Vec::new())
}
/// Placeholder.
pub fn parse_globs(_: &std::path::Path, _: &[u8]) -> Result<(Vec<std::path::PathBuf>, Vec<String>)> {
    Ok(Default::default())
}
