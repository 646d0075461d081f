//! Access-control lists as Linux keeps them in extended attributes, and as archives do: as text (acl(5)).
use std::collections::HashMap;

const VERSION: u32 = 2;
const ENTRY: usize = 8;
/// Longer values no kernel takes.
const MAX_ENTRIES: usize = (64 << 10) / ENTRY - 1;
const NO_ID: u32 = u32::MAX;

const USER_OBJ: u16 = 0x01;
const USER: u16 = 0x02;
const GROUP_OBJ: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;
const OTHER: u16 = 0x20;

/// `user::rw-,user:1000:r--,…`, with numbers for names; none if the bytes are no such list.
pub fn acl_text(bytes: &[u8]) -> Option<String> {
    let (version, entries) = bytes.split_first_chunk::<4>()?;
    let (entries, rest) = entries.as_chunks::<ENTRY>();
    if u32::from_le_bytes(*version) != VERSION || !rest.is_empty() {
        return None;
    }
    let entries: Option<Vec<String>> = entries.iter().map(entry_text).collect();
    Some(entries?.join(","))
}

fn entry_text(bytes: &[u8; ENTRY]) -> Option<String> {
    let [tag_low, tag_high, bits, _, id @ ..] = *bytes;
    let id = u32::from_le_bytes(id);
    let who = match u16::from_le_bytes([tag_low, tag_high]) {
        USER_OBJ => "user:".to_owned(),
        USER => format!("user:{id}"),
        GROUP_OBJ => "group:".to_owned(),
        GROUP => format!("group:{id}"),
        MASK => "mask:".to_owned(),
        OTHER => "other:".to_owned(),
        _ => return None,
    };
    let letter = |bit, letter| if bits & bit != 0 { letter } else { '-' };
    Some(format!("{who}:{}{}{}", letter(4, 'r'), letter(2, 'w'), letter(1, 'x')))
}

/// Numbers of users and groups by name, asked for once each.
#[derive(Debug, Default)]
pub(super) struct Ids(HashMap<(u16, String), Option<u32>>);

impl Ids {
    fn find(&mut self, tag: u16, name: &str) -> Option<u32> {
        // Nobody has a name with a zero in it.
        let find = |name: &str| match tag {
            _ if name.contains('\0') => None,
            USER => uzers::get_user_by_name(name).map(|user| user.uid()),
            _ => uzers::get_group_by_name(name).map(|group| group.gid()),
        };
        *self.0.entry((tag, name.to_owned())).or_insert_with(|| find(name))
    }
}

/// The other way. Whom an entry is about is told by the number behind it, as star has it, or else by a number or name in it. None: the mode of
/// the file says the same. The error ends "an ACL, which …".
pub(super) fn parse(text: &[u8], is_default: bool, ids: &mut Ids) -> Result<Option<Vec<u8>>, String> {
    let text = std::str::from_utf8(text).map_err(|_| "is no text".to_owned())?;
    let uncommented = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let words = uncommented.flat_map(|line| line.split([',', ' ', '\t'])).filter(|word| !word.is_empty());
    let mut entries = Vec::new();
    for word in words {
        if entries.len() == MAX_ENTRIES {
            return Err("is too long".to_owned());
        }
        entries.push(entry(word, ids)?);
    }
    entries.sort_unstable();
    let count = |tag| entries.iter().filter(|entry| entry.0 == tag).count();
    let named = count(USER) + count(GROUP);
    let is_minimal = entries.len() == 3;
    let is_whole = [USER_OBJ, GROUP_OBJ, OTHER].into_iter().all(|tag| count(tag) == 1)
        && (count(MASK) == 1 || count(MASK) == 0 && named == 0)
        && entries.windows(2).all(|pair| (pair[0].0, pair[0].1) != (pair[1].0, pair[1].1));
    match entries.is_empty() || is_minimal && is_whole && !is_default {
        true => Ok(None),
        false if !is_whole => Err("makes no sense".to_owned()),
        false => {
            let bytes = entries
                .iter()
                .flat_map(|(tag, id, bits)| [&tag.to_le_bytes()[..], &bits.to_le_bytes(), &id.to_le_bytes()].concat());
            Ok(Some(VERSION.to_le_bytes().into_iter().chain(bytes).collect()))
        }
    }
}

/// Tag, id and permissions; in this order they are in a list, too.
fn entry(word: &str, ids: &mut Ids) -> Result<(u16, u32, u16), String> {
    let no_sense = || "makes no sense".to_owned();
    let fields: Vec<&str> = word.splitn(5, ':').collect();
    let (kind, name, permissions, number) = match fields[..] {
        // Some leave out the field that is always empty.
        [kind @ ("mask" | "m" | "other" | "o"), permissions] => (kind, "", permissions, None),
        [kind, name, permissions] => (kind, name, permissions, None),
        [kind, name, permissions, number] => (kind, name, permissions, Some(number)),
        _ => return Err(no_sense()),
    };
    let tag = match (kind, name) {
        ("user" | "u", "") => USER_OBJ,
        ("user" | "u", _) => USER,
        ("group" | "g", "") => GROUP_OBJ,
        ("group" | "g", _) => GROUP,
        ("mask" | "m", "") => MASK,
        ("other" | "o", "") => OTHER,
        _ => return Err(no_sense()),
    };
    let mut bits = 0;
    for letter in permissions.chars() {
        bits |= match letter {
            'r' => 4,
            'w' => 2,
            'x' => 1,
            '-' => 0,
            _ => return Err(no_sense()),
        };
    }
    if !matches!(tag, USER | GROUP) {
        return Ok((tag, NO_ID, bits));
    }
    let number = number.map_or_else(|| name.parse().ok(), |number| number.parse().ok());
    match number.or_else(|| ids.find(tag, name)) {
        Some(id) if id != NO_ID => Ok((tag, id, bits)),
        _ => Err(format!("names {} that is unknown here: {name}", if tag == USER { "a user" } else { "a group" })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(u16, u16, u32)]) -> Vec<u8> {
        let bytes = entries
            .iter()
            .flat_map(|(tag, bits, id)| [&tag.to_le_bytes()[..], &bits.to_le_bytes(), &id.to_le_bytes()].concat());
        2_u32.to_le_bytes().into_iter().chain(bytes).collect()
    }

    fn parsed(text: &str) -> Result<Option<Vec<u8>>, String> {
        parse(text.as_bytes(), false, &mut Ids::default())
    }

    #[test]
    fn lists_are_spelt_out_and_read() {
        let list = list(&[(1, 6, NO_ID), (2, 4, 1000), (4, 5, NO_ID), (8, 7, 100), (16, 7, NO_ID), (32, 0, NO_ID)]);
        let expected = "user::rw-,user:1000:r--,group::r-x,group:100:rwx,mask::rwx,other::---";
        assert_eq!(acl_text(&list).as_deref(), Some(expected));
        assert_eq!(acl_text(&list[..list.len() - 1]), None);
        assert_eq!(acl_text(b""), None);
        assert_eq!(acl_text(&[3, 0, 0, 0]), None);
        for text in [
            expected,
            "user::rw-\nuser:1000:r--\t#effective:r--\ngroup::r-x\ngroup:100:rwx\nmask::rwx\nother::---\n",
            "o:-,m:rwx,g:100:rwx,g::rx,u:1000:r,u::rw",
            "user::rw-,group::r-x,other::---,user:no such user:r--:1000,mask::rwx,group:x:rwx:100",
        ] {
            assert_eq!(parsed(&text.replace("no such user", "nobody-of-this-name")), Ok(Some(list.clone())), "{text}");
        }
    }

    #[test]
    fn names_are_looked_up() {
        let root = list(&[(1, 6, NO_ID), (2, 4, 0), (4, 4, NO_ID), (8, 4, 0), (16, 4, NO_ID), (32, 0, NO_ID)]);
        let rest = "user::rw-,group::r--,mask::r--,other::---";
        assert_eq!(parsed(&format!("{rest},user:root:r--,group:root:r--")), Ok(Some(root)));
        let unknown = parsed(&format!("{rest},group:nobody-of-this-name:r--"));
        assert_eq!(unknown, Err("names a group that is unknown here: nobody-of-this-name".to_owned()));
        assert!(parsed(&format!("{rest},user:no\0body:r--")).is_err());
    }

    #[test]
    fn what_a_mode_says_is_no_list() {
        let text = "user::rw-,group::r--,other::---";
        assert_eq!(parsed(text), Ok(None));
        assert_eq!(parsed("\n"), Ok(None));
        let default = parse(text.as_bytes(), true, &mut Ids::default());
        assert_eq!(default, Ok(Some(list(&[(1, 6, NO_ID), (4, 4, NO_ID), (32, 0, NO_ID)]))));
    }

    #[test]
    fn text_that_is_no_list_is_refused() {
        let whole = "user::rw-,group::r--,other::---";
        let long = (0..MAX_ENTRIES).fold(format!("{whole},mask::r"), |text, id| text + &format!(",user:{id}:r"));
        for bad in [
            "user::rw-".to_owned(),
            "user".to_owned(),
            ":::::::".to_owned(),
            "user::rw-:0:1".to_owned(),
            "user:::".to_owned(),
            format!("{whole},user:5:r"),
            format!("{whole},mask::r,mask::r"),
            format!("{whole},user:5:r,user:5:w,mask::r"),
            format!("{whole},mask::r,user:4294967295:r"),
            format!("{whole},mask::r,user:99999999999999999999:r"),
            format!("{whole},mask:1:r"),
            format!("{whole},mask::z"),
            long,
        ] {
            assert!(parsed(&bad).is_err(), "{:.100}", bad);
        }
        assert!(parse(b"\xff\xfe", false, &mut Ids::default()).is_err());
    }
}
