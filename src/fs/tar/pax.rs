//! Extended headers of pax archives: records of keywords and values.
use std::collections::BTreeMap;
use std::io;

use super::acl::{self, Ids};
use super::malformed;
use crate::model::{Node, XattrValue};
use crate::world::Time;

/// Records, the later of two with the same keyword; those of old sparse files, which repeat, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Records {
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Offsets and lengths of the sparse format 0.0.
    pub sparse: Vec<u64>,
    /// Bytes of all this.
    held: u64,
}

impl Records {
    /// Adds what an extended header has, until there are `most` bytes of records.
    pub(super) fn add(&mut self, mut bytes: &[u8], most: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            let blank = bytes.iter().position(|byte| *byte == b' ').filter(|at| *at <= 20);
            let blank = blank.ok_or_else(|| malformed("an extended header has a record without a length"))?;
            let length = decimal(&bytes[..blank]).and_then(|length| usize::try_from(length).ok());
            let record = length.and_then(|length| bytes.get(blank + 1..length)?.strip_suffix(b"\n"));
            let record = record.ok_or_else(|| malformed("an extended header has a record with a wrong length"))?;
            bytes = &bytes[blank + record.len() + 2..];
            let equals = record.iter().position(|byte| *byte == b'=');
            let equals = equals.ok_or_else(|| malformed("an extended header has a record without a value"))?;
            let (keyword, value) = (&record[..equals], &record[equals + 1..]);
            let (more, old) = match (keyword, value) {
                (b"GNU.sparse.offset" | b"GNU.sparse.numbytes", value) => {
                    self.sparse.push(decimal(value).ok_or_else(|| malformed("a sparse map has what is no number"))?);
                    (record.len(), None)
                }
                // It says that nothing of the kind is known.
                (keyword, b"") if !keyword.starts_with(b"SCHILY.xattr.") => (0, self.records.remove(keyword)),
                (keyword, value) => (record.len(), self.records.insert(keyword.to_vec(), value.to_vec())),
            };
            self.held = self.held + more as u64 - old.map_or(0, |old| (equals + 1 + old.len()) as u64);
            if self.held > most {
                return Err(malformed("the extended headers of an entry are too long together"));
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, keyword: &str) -> Option<&[u8]> {
        self.records.get(keyword.as_bytes()).map(Vec::as_slice)
    }

    pub(super) fn number(&self, keyword: &str) -> io::Result<Option<u64>> {
        let parse =
            |value| decimal(value).ok_or_else(|| malformed(format!("{keyword} in an extended header is no number")));
        self.get(keyword).map(parse).transpose()
    }

    /// Changes the metadata of a node. What of it cannot be kept is told.
    pub(super) fn apply(&self, node: &mut Node, ids: &mut Ids, left_out: &mut Vec<String>) -> io::Result<()> {
        if let Some(uid) = self.number("uid")? {
            node.uid = u32::try_from(uid).unwrap_or(u32::MAX);
        }
        if let Some(gid) = self.number("gid")? {
            node.gid = u32::try_from(gid).unwrap_or(u32::MAX);
        }
        let text = |keyword| self.get(keyword).and_then(|value| String::from_utf8(value.to_vec()).ok());
        node.user = text("uname").or(node.user.take());
        node.group = text("gname").or(node.group.take());
        let times =
            [("mtime", &mut node.mtime), ("ctime", &mut node.ctime), ("LIBARCHIVE.creationtime", &mut node.btime)];
        for (keyword, place) in times {
            if let Some(value) = self.get(keyword) {
                *place = time(value).ok_or_else(|| malformed(format!("{keyword} in an extended header is no time")))?;
            }
        }
        let mut xattrs = BTreeMap::new();
        for (keyword, value) in &self.records {
            if let Some(name) = keyword.strip_prefix(b"LIBARCHIVE.xattr.") {
                match (percent_decoded(name), base64(value)) {
                    (Some(name), Some(value)) => drop(xattrs.insert(name, value)),
                    _ => left_out.push("an extended attribute, which is not encoded rightly".to_owned()),
                }
            } else if keyword == b"RHT.security.selinux" {
                xattrs.entry(b"security.selinux".to_vec()).or_insert_with(|| [value, b"\0".as_slice()].concat());
            } else if let Some(which) = keyword.strip_prefix(b"SCHILY.acl.") {
                let name = match which {
                    b"access" => b"system.posix_acl_access".to_vec(),
                    b"default" => b"system.posix_acl_default".to_vec(),
                    _ => {
                        left_out.push("its ACL, which is of another system".to_owned());
                        continue;
                    }
                };
                match acl::parse(value, which == b"default", ids) {
                    Ok(list) => xattrs.extend(list.map(|list| (name, list))),
                    Err(cause) => left_out.push(format!("its ACL, which {cause}")),
                }
            }
        }
        for (keyword, value) in &self.records {
            if let Some(name) = keyword.strip_prefix(b"SCHILY.xattr.") {
                xattrs.insert(name.to_vec(), value.clone());
            }
        }
        node.xattrs = xattrs.into_iter().map(|(name, value)| (name, XattrValue::Inline(value))).collect();
        Ok(())
    }
}

pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?.parse().ok()
}

/// Seconds with a fraction; may be negative.
fn time(value: &[u8]) -> Option<Time> {
    let text = std::str::from_utf8(value).ok()?;
    let (text, negative) = text.strip_prefix('-').map_or((text, false), |text| (text, true));
    let (secs, fraction) = text.split_once('.').unwrap_or((text, ""));
    let secs = i64::try_from(decimal(secs.as_bytes())?).ok()?;
    let digits: String = fraction.chars().take(9).collect();
    let nanos = if digits.is_empty() { 0 } else { decimal(format!("{digits:0<9}").as_bytes())? as u32 };
    Some(match (negative, nanos) {
        (false, nanos) => Time { secs, nanos },
        (true, 0) => Time { secs: -secs, nanos: 0 },
        (true, nanos) => Time { secs: -secs - 1, nanos: 1_000_000_000 - nanos },
    })
}

fn percent_decoded(name: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = name;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'%' => {
                let digits = std::str::from_utf8(after.get(..2)?).ok()?;
                out.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &after[2..];
            }
            byte => out.push(*byte),
        }
    }
    Some(out)
}

/// Standard alphabet, with or without padding.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.iter().filter(|byte| !matches!(byte, b'=' | b'\n')) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 & 0xff_ffff | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_fractions_and_signs() {
        let at = |secs, nanos| Some(Time { secs, nanos });
        assert_eq!(time(b"12.5"), at(12, 500_000_000));
        assert_eq!(time(b"12.1234567899"), at(12, 123_456_789));
        assert_eq!(time(b"-1"), at(-1, 0));
        assert_eq!(time(b"-1.25"), at(-2, 750_000_000));
        for bad in [&b""[..], b"x", b"1.x", b"--1", b"99999999999999999999"] {
            assert_eq!(time(bad), None);
        }
    }

    #[test]
    fn names_and_values_are_decoded() {
        assert_eq!(percent_decoded(b"user.a%3Db").as_deref(), Some(&b"user.a=b"[..]));
        assert_eq!(percent_decoded(b"a%3"), None);
        assert_eq!(base64(b"aGVsbG8").as_deref(), Some(&b"hello"[..]));
        assert_eq!(base64(b"aGVsbA==").as_deref(), Some(&b"hell"[..]));
        assert_eq!(base64(b"a-b"), None);
    }

    #[test]
    fn records_with_wrong_lengths_are_refused() {
        for bad in [&b"5 a=b\n"[..], b"7 a=b\n", b"x a=b\n", b"6 a=bc", b"5 ab\n", b"99999999999999999999999 a=b\n"] {
            assert!(Records::default().add(bad, 1000).is_err(), "{:?}", String::from_utf8_lossy(bad));
        }
        let mut records = Records::default();
        records.add(b"6 a=b\n7 c=\nd\n", 7).unwrap();
        assert_eq!((records.get("a"), records.get("c")), (Some(&b"b"[..]), Some(&b"\nd"[..])));
        // What is replaced or taken away makes room.
        records.add(b"5 c=\n6 a=x\n7 b=yz\n", 7).unwrap();
        assert!(records.add(b"6 d=x\n", 7).is_err());
    }
}
