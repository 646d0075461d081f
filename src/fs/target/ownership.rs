//! To whom restored entries belong: by number or by name, through maps of numbers, or to whoever restores.
use std::borrow::Cow;
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Mutex;

use super::handle::lock;
use crate::model::Node;

/// Where the owner of an entry comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OwnedBy {
    /// The numbers in the snapshot.
    #[default]
    Number,
    /// The names in the snapshot where this machine has them, else the numbers.
    Name,
    /// Nobody is made the owner: new entries belong to whoever restores, what is there keeps its owner.
    Nobody,
}

/// How owners are set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ownership {
    /// See above.
    pub by: OwnedBy,
    /// For the numbers of users, also in access-control lists; the first range that has a number counts.
    pub users: Vec<IdRange>,
    /// The same for groups.
    pub groups: Vec<IdRange>,
}

/// So many numbers from one on become those from another one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdRange {
    from: u32,
    to: u32,
    count: u32,
}

impl FromStr for IdRange {
    type Err = String;

    /// `FROM:TO` or `FROM:TO:COUNT`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let numbers = parts.iter().map(|part| part.parse::<u32>()).collect::<Result<Vec<_>, _>>();
        let (from, to, count) = match numbers.as_deref() {
            Ok([from, to]) => (*from, *to, 1),
            Ok([from, to, count]) if *count > 0 => (*from, *to, *count),
            _ => return Err(format!("{text:?} is not FROM:TO or FROM:TO:COUNT")),
        };
        // All ones are no id.
        let fits = |first: u32| first.checked_add(count - 1).is_some_and(|last| last != u32::MAX);
        match fits(from) && fits(to) {
            true => Ok(IdRange { from, to, count }),
            false => Err(format!("{text:?} leads beyond the highest id")),
        }
    }
}

fn map(ranges: &[IdRange], id: u32) -> u32 {
    let inside = |range: &&IdRange| id.checked_sub(range.from).is_some_and(|at| at < range.count);
    ranges.iter().find(inside).map_or(id, |range| range.to + (id - range.from))
}

/// Knows the names that were asked for.
#[derive(Debug)]
pub struct Owners {
    ownership: Ownership,
    users: Mutex<HashMap<String, Option<u32>>>,
    groups: Mutex<HashMap<String, Option<u32>>>,
}

impl Owners {
    /// For one restore.
    pub fn new(ownership: Ownership) -> Self {
        Owners { ownership, users: Mutex::default(), groups: Mutex::default() }
    }

    /// Whether owners are set at all.
    pub fn are_set(&self) -> bool {
        self.ownership.by != OwnedBy::Nobody
    }

    /// User and group to whom an entry belongs by right, also where they are not set.
    pub fn of(&self, node: &Node) -> (u32, u32) {
        let by_number = (map(&self.ownership.users, node.uid), map(&self.ownership.groups, node.gid));
        if self.ownership.by != OwnedBy::Name {
            return by_number;
        }
        let user = |name: &str| uzers::get_user_by_name(name).map(|user| user.uid());
        let group = |name: &str| uzers::get_group_by_name(name).map(|group| group.gid());
        (
            cached(&self.users, node.user.as_deref(), user).unwrap_or(by_number.0),
            cached(&self.groups, node.group.as_deref(), group).unwrap_or(by_number.1),
        )
    }

    /// The value of an extended attribute with mapped numbers, if it is an access-control list (version 2: entries of tag, permission and id).
    pub(super) fn mapped<'a>(&self, name: &[u8], value: &'a [u8]) -> Cow<'a, [u8]> {
        const HEADER: usize = 4;
        const ENTRY: usize = 8;
        let Ownership { users, groups, .. } = &self.ownership;
        let unmapped = users.is_empty() && groups.is_empty();
        let version = value.first_chunk::<HEADER>().map(|bytes| u32::from_le_bytes(*bytes));
        if unmapped || !super::metadata::ACLS.contains(&name) || version != Some(2) {
            return Cow::Borrowed(value);
        }
        let mut mapped = value.to_vec();
        for entry in mapped.get_mut(HEADER..).unwrap_or_default().chunks_exact_mut(ENTRY) {
            let &mut [low, high, _, _, ref mut id @ ..] = entry else { continue };
            let Some(number) = id.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes)) else { continue };
            let to = match u16::from_le_bytes([low, high]) {
                0x02 => map(users, number),
                0x08 => map(groups, number),
                _ => continue,
            };
            id.copy_from_slice(&to.to_le_bytes());
        }
        Cow::Owned(mapped)
    }
}

/// Id of a name, asked for once: the answer may come from a server. Names with a zero byte are nobody's.
fn cached(
    known: &Mutex<HashMap<String, Option<u32>>>,
    name: Option<&str>,
    find: impl Fn(&str) -> Option<u32>,
) -> Option<u32> {
    let name = name.filter(|name| !name.is_empty() && !name.contains('\0'))?;
    let mut known = lock(known);
    if let Some(id) = known.get(name) {
        return *id;
    }
    let id = find(name);
    known.insert(name.to_owned(), id);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_from_to_and_count() {
        let parse = |text: &str| text.parse::<IdRange>();
        assert_eq!(parse("1000:2000"), Ok(IdRange { from: 1000, to: 2000, count: 1 }));
        assert_eq!(parse("0:100000:65536"), Ok(IdRange { from: 0, to: 100_000, count: 65_536 }));
        for bad in ["", "1", "1:", "a:b", "1:2:0", "1:2:3:4", "-1:2", "4294967295:1", "1:4294967290:6"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_first_range_that_has_a_number_counts() {
        let ranges = ["10:20:5", "12:99", "4294967294:7"].map(|text| text.parse().unwrap());
        for (id, to) in [(9, 9), (10, 20), (12, 22), (14, 24), (15, 15), (u32::MAX - 1, 7), (u32::MAX, u32::MAX)] {
            assert_eq!(map(&ranges, id), to, "{id}");
        }
    }

    #[test]
    fn names_come_before_maps() {
        let users = vec!["5:6".parse().unwrap()];
        let node = |user: &str| Node { user: Some(user.to_owned()), uid: 5, gid: 5, ..Node::default() };
        let by = |by| Owners::new(Ownership { by, users: users.clone(), groups: Vec::new() });
        assert_eq!(by(OwnedBy::Name).of(&node("root")), (0, 5));
        assert_eq!(by(OwnedBy::Name).of(&node("nobody of this name")), (6, 5));
        assert_eq!(by(OwnedBy::Number).of(&node("root")), (6, 5));
        assert!(by(OwnedBy::Number).are_set() && !by(OwnedBy::Nobody).are_set());
    }

    #[test]
    fn access_control_lists_are_mapped() {
        let list = |user: u32, group: u32| {
            let mut bytes = 2_u32.to_le_bytes().to_vec();
            for (tag, id) in [(1_u16, u32::MAX), (2, user), (4, u32::MAX), (8, group), (0x10, u32::MAX)] {
                bytes.extend_from_slice(&[&tag.to_le_bytes()[..], &6_u16.to_le_bytes(), &id.to_le_bytes()].concat());
            }
            bytes
        };
        let ranges = |text: &str| vec![text.parse().unwrap()];
        let ownership = Ownership { users: ranges("100:7"), groups: ranges("100:8"), ..Ownership::default() };
        let owners = Owners::new(ownership);
        let name = b"system.posix_acl_access";
        assert_eq!(*owners.mapped(name, &list(100, 100)), list(7, 8));
        assert_eq!(*owners.mapped(b"user.x", &list(100, 100)), list(100, 100));
        // What is no list stays what it is.
        for odd in [&b""[..], b"\x02\0\0", b"\x03\0\0\0\x02\0\0\0\x64\0\0\0", b"\x02\0\0\0\x02\0\0"] {
            assert_eq!(*owners.mapped(name, odd), *odd);
        }
    }
}
