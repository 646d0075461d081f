//! Access-control lists as Linux keeps them in extended attributes, as text (acl(5), short form).

const VERSION: u32 = 2;
const ENTRY: usize = 8;

/// `user::rw-,user:1000:r--,…`, with numbers for names; none if the bytes are no such list.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let (version, entries) = bytes.split_first_chunk::<4>()?;
    let (entries, rest) = entries.as_chunks::<ENTRY>();
    if u32::from_le_bytes(*version) != VERSION || !rest.is_empty() {
        return None;
    }
    let entries: Option<Vec<String>> = entries.iter().map(entry).collect();
    Some(entries?.join(","))
}

fn entry(bytes: &[u8; ENTRY]) -> Option<String> {
    let [tag_low, tag_high, bits, _, id @ ..] = *bytes;
    let id = u32::from_le_bytes(id);
    let who = match u16::from_le_bytes([tag_low, tag_high]) {
        0x01 => "user:".to_owned(),
        0x02 => format!("user:{id}"),
        0x04 => "group:".to_owned(),
        0x08 => format!("group:{id}"),
        0x10 => "mask:".to_owned(),
        0x20 => "other:".to_owned(),
        _ => return None,
    };
    let letter = |bit, letter| if bits & bit != 0 { letter } else { '-' };
    Some(format!("{who}:{}{}{}", letter(4, 'r'), letter(2, 'w'), letter(1, 'x')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_spelt_out() {
        let entry =
            |tag: u16, bits: u16, id: u32| [&tag.to_le_bytes()[..], &bits.to_le_bytes(), &id.to_le_bytes()].concat();
        let none = u32::MAX;
        let list = [
            2_u32.to_le_bytes().to_vec(),
            entry(1, 6, none),
            entry(2, 4, 1000),
            entry(4, 5, none),
            entry(8, 7, 100),
            entry(16, 7, none),
            entry(32, 0, none),
        ]
        .concat();
        let expected = "user::rw-,user:1000:r--,group::r-x,group:100:rwx,mask::rwx,other::---";
        assert_eq!(text(&list).as_deref(), Some(expected));
        assert_eq!(text(&list[..list.len() - 1]), None);
        assert_eq!(text(b""), None);
        assert_eq!(text(&[3, 0, 0, 0]), None);
    }
}
