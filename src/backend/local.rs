//! Placeholder.
use super::*;
use std::path::Path;
#[derive(Debug)]
pub struct LocalBackend;
impl LocalBackend {
    /// Placeholder.
    pub fn create(_: &Path) -> Result<LocalBackend, BackendError> {
        todo!()
    }
    /// Placeholder.
    pub fn open(_: &Path) -> Result<LocalBackend, BackendError> {
        todo!()
    }
}
impl Backend for LocalBackend {
    fn describe(&self) -> String {
        todo!()
    }
    fn put_new(&self, _: &ObjectName, _: &[u8]) -> Result<Put, BackendError> {
        todo!()
    }
    fn put_session(&self, _: &ObjectName, _: &[u8]) -> Result<(), BackendError> {
        todo!()
    }
    fn replace_pack(&self, _: &ObjectName, _: &[u8]) -> Result<(), BackendError> {
        todo!()
    }
    fn get(&self, _: &ObjectName, _: u64) -> Result<Vec<u8>, BackendError> {
        todo!()
    }
    fn get_range(&self, _: &ObjectName, _: u64, _: usize) -> Result<Vec<u8>, BackendError> {
        todo!()
    }
    fn list(&self, _: Family) -> Result<Vec<Listed>, BackendError> {
        todo!()
    }
    fn stat(&self, _: &ObjectName) -> Result<Listed, BackendError> {
        todo!()
    }
    fn delete(&self, _: &ObjectName) -> Result<(), BackendError> {
        todo!()
    }
    fn barrier(&self) -> Result<(), BackendError> {
        todo!()
    }
}
