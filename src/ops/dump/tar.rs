//! A directory as a tar archive in the POSIX (pax) format: what the old header has no room for is in extended records.
use std::io::{self, Read, Write};

use tar::{Builder, EntryType, Header};

use super::abandon;
use super::content::{Content, Stream};
use super::plan::Piece;
use super::sparse::{self, Map};
use crate::fs::tar::acl_text;
use crate::model::{Node, NodeType, XattrValue};
use crate::world::Time;

/// Bytes of a name in the old header.
const SHORT_NAME: usize = 100;
/// Largest number of seven octal digits.
const OCTAL_7: u64 = 0o777_7777;
/// Largest size of eleven octal digits.
const OCTAL_11: u64 = 0o777_7777_7777;
/// Numbers of owners, too, have seven digits.
const MAX_OWNER: u64 = OCTAL_7;

pub(super) fn write(stream: &mut Stream<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut builder = Builder::new(out);
    match entries(stream, &mut builder) {
        Ok(()) => builder.into_inner()?.flush(),
        Err(error) => Err(abandon(builder, error)),
    }
}

fn entries(stream: &mut Stream<'_>, builder: &mut Builder<&mut dyn Write>) -> io::Result<()> {
    while let Some(piece) = stream.next()? {
        match piece {
            Piece::Entry(path, node) => {
                let map = sparse::map(&node);
                let (header, records) = head(stream, &path, &node, None, map.as_ref());
                append_records(builder, &records)?;
                let mut content = Content::new(stream, &path, &node).skipping_holes(map.is_some());
                if node.kind == NodeType::File {
                    let text = map.map(|map| map.text).unwrap_or_default();
                    builder.append(&header, text.as_slice().chain(&mut content))?;
                } else {
                    builder.append(&header, io::empty())?;
                }
                // What comes next is an entry.
                io::copy(&mut content, &mut io::sink())?;
            }
            Piece::Link(path, node, first) => {
                let (header, records) = head(stream, &path, &node, Some(&first), None);
                append_records(builder, &records)?;
                builder.append(&header, io::empty())?;
            }
            Piece::Data(_) | Piece::End | Piece::Problem => {}
        }
    }
    Ok(())
}

type Records = Vec<(String, Vec<u8>)>;

fn append_records(builder: &mut Builder<&mut dyn Write>, records: &Records) -> io::Result<()> {
    builder.append_pax_extensions(records.iter().map(|(key, value)| (key.as_str(), value.as_slice())))
}

/// The header of an entry, or of a further name of the file `first`, and the records before it.
fn head(
    stream: &mut Stream<'_>,
    path: &[u8],
    node: &Node,
    first: Option<&[u8]>,
    map: Option<&Map>,
) -> (Header, Records) {
    let mut records: Records = Vec::new();
    let mut record = |key: &str, value: &[u8]| records.push((key.to_owned(), value.to_vec()));
    let mut header = Header::new_ustar();
    let (kind, target) = match (first, node.kind) {
        (Some(first), _) => (EntryType::Link, first),
        (None, NodeType::Directory) => (EntryType::Directory, &b""[..]),
        (None, NodeType::Symlink) => (EntryType::Symlink, &node.target[..]),
        (None, NodeType::Fifo) => (EntryType::Fifo, &b""[..]),
        (None, NodeType::CharDevice) => (EntryType::Char, &b""[..]),
        (None, NodeType::BlockDevice) => (EntryType::Block, &b""[..]),
        (None, NodeType::File | NodeType::Socket) => (EntryType::Regular, &b""[..]),
    };
    header.set_entry_type(kind);
    let mut name = path.to_vec();
    if kind == EntryType::Directory {
        name.push(b'/');
    }
    if map.is_some() {
        name = sparse::stand_in(path);
    }
    let needs_record = |text: &[u8]| text.len() > SHORT_NAME || map.is_some();
    let is_binary = [&name[..], target].iter().any(|text| needs_record(text) && std::str::from_utf8(text).is_err());
    if is_binary {
        record("hdrcharset", b"BINARY");
    }
    if map.is_some() {
        record("GNU.sparse.major", b"1");
        record("GNU.sparse.minor", b"0");
        record("GNU.sparse.name", path);
        record("GNU.sparse.realsize", node.size.to_string().as_bytes());
    }
    if let Some(old) = header.as_ustar_mut() {
        for (key, text, field) in [("path", &name[..], &mut old.name), ("linkpath", target, &mut old.linkname)] {
            let len = text.len().min(SHORT_NAME);
            field[..len].copy_from_slice(&text[..len]);
            // Readers take what is not ASCII from the records alone for UTF-8.
            if text.len() > SHORT_NAME || (!text.is_ascii() && std::str::from_utf8(text).is_ok()) {
                record(key, text);
            }
        }
        for (key, name, field) in [("uname", &node.user, &mut old.uname), ("gname", &node.group, &mut old.gname)] {
            let name = name.as_deref().unwrap_or_default().as_bytes();
            // The last byte stays zero.
            let len = name.len().min(field.len() - 1);
            field[..len].copy_from_slice(&name[..len]);
            if len < name.len() || !name.is_ascii() {
                record(key, name);
            }
        }
    }
    header.set_mode(node.mode & 0o7777);
    for (key, id) in [("uid", node.uid), ("gid", node.gid)] {
        if u64::from(id) > MAX_OWNER {
            record(key, id.to_string().as_bytes());
        }
    }
    header.set_uid(u64::from(node.uid).min(MAX_OWNER));
    header.set_gid(u64::from(node.gid).min(MAX_OWNER));
    let size = match (kind, map) {
        (EntryType::Regular, Some(map)) => map.stored,
        (EntryType::Regular, None) => node.size,
        _ => 0,
    };
    if size > OCTAL_11 {
        record("size", size.to_string().as_bytes());
    }
    // Beyond eleven digits it is binary, which those who do not know the record understand too.
    header.set_size(size);
    header.set_mtime(u64::try_from(node.mtime.secs).unwrap_or(0).min(OCTAL_11));
    if node.mtime.nanos != 0 || !(0..=OCTAL_11 as i64).contains(&node.mtime.secs) {
        record("mtime", seconds(node.mtime).as_bytes());
    }
    if node.ctime != Time::default() {
        record("ctime", seconds(node.ctime).as_bytes());
    }
    if matches!(kind, EntryType::Char | EntryType::Block)
        && let Some(old) = header.as_ustar_mut()
    {
        old.set_device_major(rustix::fs::major(node.rdev));
        old.set_device_minor(rustix::fs::minor(node.rdev));
    }
    let mut refused = Vec::new();
    for (name, value) in node.xattrs.iter().filter(|_| first.is_none()) {
        let XattrValue::Inline(value) = value else { continue };
        match xattr(name, value) {
            Ok((key, value)) => record(&key, &value),
            Err(cause) => refused.push((String::from_utf8_lossy(name).into_owned(), cause)),
        }
    }
    for (name, cause) in refused {
        stream.problem(path, format!("Extended attribute {name} is left out: {cause}"));
    }
    header.set_cksum();
    (header, records)
}

/// As star, GNU tar and bsdtar have them.
fn xattr(name: &[u8], value: &[u8]) -> Result<(String, Vec<u8>), &'static str> {
    let acl = match name {
        b"system.posix_acl_access" => Some("SCHILY.acl.access"),
        b"system.posix_acl_default" => Some("SCHILY.acl.default"),
        _ => None,
    };
    if let Some(key) = acl {
        return acl_text(value).map(|text| (key.to_owned(), text.into_bytes())).ok_or("it is no access-control list");
    }
    match std::str::from_utf8(name) {
        Ok(name) if !name.contains('=') => Ok((format!("SCHILY.xattr.{name}"), value.to_vec())),
        _ => Err("a tar archive cannot hold its name"),
    }
}

/// `-0.5`, `12.000000001`: decimal, without zeros at the end.
fn seconds(time: Time) -> String {
    if time.nanos == 0 {
        return time.secs.to_string();
    }
    let nanos = i128::from(time.secs) * 1_000_000_000 + i128::from(time.nanos);
    let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
    let text = format!("{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_decimal() {
        let text = |secs, nanos| seconds(Time { secs, nanos });
        assert_eq!([text(12, 0), text(12, 1), text(12, 500_000_000)], ["12", "12.000000001", "12.5"]);
        assert_eq!([text(-1, 0), text(-1, 500_000_000), text(-2, 500_000_000)], ["-1", "-0.5", "-1.5"]);
    }
}
