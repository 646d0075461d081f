//! Names of users and groups; each id is looked up once.
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Cache of the system's user and group names. A lookup may ask a directory service over the network, so answers,
/// also "there is none", are kept for the life of the cache.
#[derive(Debug, Default)]
pub struct Names {
    users: Mutex<HashMap<u32, Option<String>>>,
    groups: Mutex<HashMap<u32, Option<String>>>,
}

impl Names {
    /// Name of a user; none if the system knows none or it is not UTF-8.
    pub fn user(&self, uid: u32) -> Option<String> {
        cached(&self.users, uid, |id| {
            uzers::get_user_by_uid(id).and_then(|user| user.name().to_str().map(str::to_owned))
        })
    }

    /// Name of a group; none if the system knows none or it is not UTF-8.
    pub fn group(&self, gid: u32) -> Option<String> {
        cached(&self.groups, gid, |id| {
            uzers::get_group_by_gid(id).and_then(|group| group.name().to_str().map(str::to_owned))
        })
    }
}

/// The lock is held during the lookup, so that no id is looked up twice.
fn cached(
    cache: &Mutex<HashMap<u32, Option<String>>>,
    id: u32,
    lookup: impl FnOnce(u32) -> Option<String>,
) -> Option<String> {
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    cache.entry(id).or_insert_with(|| lookup(id)).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_looked_up_once_and_absence_is_one_of_them() {
        let cache = Mutex::default();
        assert_eq!(cached(&cache, 7, |_| Some("x".to_owned())).as_deref(), Some("x"));
        assert_eq!(cached(&cache, 7, |_| unreachable!("known already")).as_deref(), Some("x"));
        assert_eq!(cached(&cache, 8, |_| None), None);
        assert_eq!(cached(&cache, 8, |_| unreachable!("known already")), None);
    }

    #[test]
    fn the_superuser_has_a_name() {
        assert_eq!(Names::default().user(0).as_deref(), Some("root"));
        assert_eq!(Names::default().user(0xfffe_1234), None);
    }
}
