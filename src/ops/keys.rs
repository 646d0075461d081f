//! Key slots: several passwords for one repository.
use crate::crypto::KdfParams;
use crate::error::{Error, Result};
use crate::format::KeySlotNote;
use crate::id::SlotId;
use crate::repo::Repository;
use crate::world::Time;

/// One slot as far as it can be known without its password.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct SlotInfo {
    pub id: SlotId,
    /// The repository was opened with this one.
    pub current: bool,
    pub created: Option<Time>,
    pub host: Option<String>,
    pub user: Option<String>,
    pub label: Option<String>,
    /// Zeros where the slot is damaged in both copies: it opens with no password and can only be removed.
    pub kdf: KdfParams,
}

/// Recorded in a new slot, for people.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct SlotNote {
    pub host: String,
    pub user: String,
    pub label: Option<String>,
}

/// All slots, ascending by id. One that is damaged is listed without what it says.
pub fn list(repo: &Repository) -> Result<Vec<SlotInfo>> {
    let current = repo.current_key_slot();
    let mut slots = Vec::new();
    for id in repo.key_slots()? {
        let (kdf, note) = match repo.read_key_slot(id) {
            Ok(slot) => (KdfParams { log_n: slot.header.log_n, r: slot.header.r, p: slot.header.p }, slot.note),
            // Removed since it was listed.
            Err(error) if error.is_not_found() => continue,
            Err(Error::Damaged { .. } | Error::Unsupported { .. }) => (KdfParams { log_n: 0, r: 0, p: 0 }, None),
            Err(error) => return Err(error),
        };
        let created = note.as_ref().map(|note| note.created);
        let text = |pick: fn(KeySlotNote) -> String| note.clone().map(pick).filter(|text| !text.is_empty());
        let (host, user, label) = (text(|note| note.host), text(|note| note.user), text(|note| note.label));
        slots.push(SlotInfo { id, current: id == current, created, host, user, label, kdf });
    }
    Ok(slots)
}

/// Adds a slot for `password`; durable when it returns. Slow on purpose.
pub fn add(repo: &Repository, password: &[u8], kdf: KdfParams, note: &SlotNote) -> Result<SlotId> {
    let SlotNote { host, user, label } = note.clone();
    let note = KeySlotNote { created: repo.world().now(), host, user, label: label.unwrap_or_default() };
    repo.add_key_slot(password, kdf, &note)
}

/// Removes a slot by the beginning of its id. Refuses the one in use (which also keeps the last one).
pub fn remove(repo: &Repository, id_prefix: &str) -> Result<SlotId> {
    let slots = repo.key_slots()?;
    let mut matching = slots.into_iter().filter(|id| !id_prefix.is_empty() && id.to_string().starts_with(id_prefix));
    match (matching.next(), matching.next()) {
        (None, _) => Err(Error::Invalid(format!("No key slot matches {id_prefix:?}; `caddis key list` lists them"))),
        (Some(_), Some(_)) => {
            Err(Error::Invalid(format!("{id_prefix:?} is the beginning of several key slot ids; give more digits")))
        }
        (Some(id), None) => {
            repo.remove_key_slot(id)?;
            Ok(id)
        }
    }
}

/// Adds a slot for the new password, then removes the one in use; the new one is in use afterwards. Interrupted in between, both
/// passwords open the repository.
pub fn passwd(repo: &Repository, password: &[u8], kdf: KdfParams, note: &SlotNote) -> Result<SlotId> {
    let old = repo.current_key_slot();
    let new = add(repo, password, kdf, note)?;
    repo.use_key_slot(new);
    repo.remove_key_slot(old)?;
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::ObjectName;
    use crate::ops::testing::{CHEAP, PASSWORD, TestRepo};

    fn note(label: &str) -> SlotNote {
        SlotNote { host: "h2".to_owned(), user: "u2".to_owned(), label: Some(label.to_owned()) }
    }

    #[test]
    fn slots_are_added_listed_and_removed() {
        let test = TestRepo::new();
        let second = add(&test.repo, b"second", CHEAP, &note("spare")).unwrap();
        assert!(test.open(b"second").is_ok() && test.open(PASSWORD).is_ok());
        let slots = list(&test.repo).unwrap();
        assert_eq!(slots.len(), 2);
        let found = slots.iter().find(|slot| slot.id == second).unwrap();
        assert!(!found.current && found.created.is_some());
        assert_eq!(
            (found.host.as_deref(), found.user.as_deref(), found.label.as_deref()),
            (Some("h2"), Some("u2"), Some("spare"))
        );
        assert_eq!(found.kdf, CHEAP);
        let first = slots.iter().find(|slot| slot.current).unwrap();
        assert_eq!((first.host.as_deref(), first.label.as_deref()), (Some("host"), None));
        for bad in ["", "zz", &first.id.to_string()] {
            assert!(matches!(remove(&test.repo, bad), Err(Error::Invalid(_))), "{bad}");
        }
        assert_eq!(list(&test.repo).unwrap().len(), 2);
        assert_eq!(remove(&test.repo, &second.to_string()[..12]).unwrap(), second);
        assert!(matches!(test.open(b"second"), Err(Error::WrongPassword { slots: 1 })));
        assert!(!test.backend.snapshot_contents().keys().any(|name| name.original() == ObjectName::Key(second)));
    }

    #[test]
    fn the_password_is_changed() {
        let test = TestRepo::new();
        let new = passwd(&test.repo, b"other", CHEAP, &note("")).unwrap();
        assert!(test.open(PASSWORD).is_err());
        assert_eq!(test.open(b"other").unwrap().current_key_slot(), new);
        // The open repository goes by the new slot, so the last one stays.
        assert!(list(&test.repo).unwrap()[0].current);
        assert!(remove(&test.repo, &new.to_string()).is_err());
        passwd(&test.repo, b"third", CHEAP, &note("")).unwrap();
        assert!(test.open(b"third").is_ok() && test.open(b"other").is_err());
    }

    #[test]
    fn a_slot_that_could_not_be_opened_is_not_made() {
        let test = TestRepo::new();
        for kdf in [KdfParams { log_n: 0, ..CHEAP }, KdfParams { log_n: 40, ..CHEAP }] {
            assert!(passwd(&test.repo, b"other", kdf, &note("")).is_err());
            assert!(add(&test.repo, b"other", kdf, &note("")).is_err());
        }
        assert_eq!(list(&test.repo).unwrap().len(), 1);
        assert!(test.open(PASSWORD).is_ok());
    }

    #[test]
    fn nothing_is_removed_when_the_slot_in_use_has_gone() {
        let test = TestRepo::new();
        let second = add(&test.repo, b"second", CHEAP, &note("")).unwrap();
        let other = test.open(b"second").unwrap();
        remove(&other, &test.repo.current_key_slot().to_string()).unwrap();
        assert!(matches!(remove(&test.repo, &second.to_string()), Err(Error::Invalid(_))));
        assert!(test.open(b"second").is_ok());
    }

    #[test]
    fn slots_in_one_copy_only_or_damaged_are_listed_and_removed() {
        let test = TestRepo::new();
        let ids: Vec<SlotId> =
            [b"a", b"b", b"c"].map(|password| add(&test.repo, password, CHEAP, &note("x")).unwrap()).to_vec();
        test.backend.remove(&ObjectName::Key(ids[0]));
        test.backend.overwrite(&ObjectName::Key(ids[1]), b"damage");
        for name in [ObjectName::Key(ids[2]), ObjectName::ReplicaKey(ids[2])] {
            test.backend.overwrite(&name, b"damage");
        }
        let slots = list(&test.repo).unwrap();
        assert_eq!(slots.len(), 4);
        for (id, readable) in ids.iter().zip([true, true, false]) {
            let slot = slots.iter().find(|slot| slot.id == *id).unwrap();
            assert_eq!((slot.label.is_some(), slot.kdf == CHEAP), (readable, readable));
            remove(&test.repo, &id.to_string()).unwrap();
        }
        assert_eq!(list(&test.repo).unwrap().len(), 1);
        for password in [b"a", b"b", b"c"] {
            assert!(test.open(password).is_err());
        }
    }
}
