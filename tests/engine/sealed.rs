//! Sealed objects made and opened by the letter of repo-format.md, section 3.
use caddis::backend::ObjectName;
use caddis::crypto::{Purpose, TAG_LEN, object_key};
use caddis::format::{ObjectHeader, ObjectType, Payload, object_aad, object_trailer};
use caddis::repo::Repository;
use caddis::world::random;

pub fn purpose(name: &ObjectName) -> (ObjectType, Purpose) {
    match name.original() {
        ObjectName::Config(_) => (ObjectType::Config, Purpose::Administration),
        ObjectName::Index(..) => (ObjectType::Index, Purpose::Index),
        ObjectName::Session(_) => (ObjectType::Session, Purpose::Administration),
        ObjectName::Snapshot(_) => (ObjectType::Decision, Purpose::Snapshots),
        ObjectName::Tomb(_) => (ObjectType::Tombstone, Purpose::Administration),
        ObjectName::Mark(_) => (ObjectType::Mark, Purpose::Administration),
        ObjectName::Done(_) => (ObjectType::Done, Purpose::Administration),
        other => unreachable!("{other} is not made here"),
    }
}

/// The bytes of an object of this repository.
pub fn sealed(repo: &Repository, name: &ObjectName, plain: &[u8], content: &[u8]) -> Vec<u8> {
    let (object_type, purpose) = purpose(name);
    let payload = Payload { compressed: false, raw_len: content.len(), stored: content };
    let payload = payload.encode(object_type, plain.len());
    let salt = random(repo.world());
    let key = object_key(repo.subkeys().key(purpose), &salt);
    let header = ObjectHeader {
        object_type,
        epoch: repo.subkeys().epoch(),
        repo: repo.id(),
        salt,
        commitment: key.commitment,
        plain_len: plain.len(),
        sealed_len: payload.len() + TAG_LEN,
    };
    let header = header.encode();
    let mut bytes = [&header[..], plain].concat();
    key.aead.seal_into(0, &object_aad(&name.original().to_string(), &header, plain), &payload, &mut bytes);
    bytes.extend(object_trailer(&bytes));
    bytes
}

/// Puts an object and, if it has one, its replica.
pub fn put(repo: &Repository, name: &ObjectName, content: &[u8]) {
    let bytes = sealed(repo, name, &[], content);
    match name {
        ObjectName::Session(_) => repo.backend().put_session(name, &bytes).expect("storage works"),
        _ => drop(repo.backend().put_new(name, &bytes).expect("storage works")),
    }
    if let Some(replica) = name.replica() {
        repo.backend().put_new(&replica, &bytes).expect("storage works");
    }
}
