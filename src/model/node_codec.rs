//! Nodes as CBOR (repo-format.md, section 10).
use super::ModelError;
use super::cbor::{MapWriter, Reader, sort_unknown, write};
use super::node::{Content, LAST_KEY, Node, NodeType, XattrValue};
use crate::id::BlobId;
use crate::world::Time;

const CHANGED_WHILE_READ: u64 = 1;

/// Appends the encoded node. It should have been validated.
pub(super) fn write_node(out: &mut Vec<u8>, node: &Node) {
    debug_assert!(node.unknown.first().is_none_or(|(key, _)| *key > LAST_KEY));
    let mut map = MapWriter::new(out);
    map.bytes(0, &node.name);
    map.uint(1, node.kind as u64);
    map.uint(2, node.mode.into());
    map.uint(3, node.uid.into());
    map.uint(4, node.gid.into());
    map.text(5, node.user.as_deref().unwrap_or_default());
    map.text(6, node.group.as_deref().unwrap_or_default());
    map.uint(7, node.size);
    map.time(8, node.mtime);
    map.time(9, node.ctime);
    map.time(10, node.btime);
    map.uint(11, node.inode);
    map.uint(12, node.device);
    map.uint(13, node.links);
    map.uint(14, node.rdev);
    map.bytes(15, &node.target);
    if !node.xattrs.is_empty() {
        write_xattrs(map.key(16), &node.xattrs);
    }
    match &node.content {
        Content::Empty => {}
        Content::Blobs(ids) => map.ids(17, ids),
        Content::Inline(bytes) => map.bytes(18, bytes),
        Content::List { height, id } => {
            write(map.key(19), |e| e.array(2)?.u8(*height)?.bytes(id.as_bytes())?.ok());
        }
    }
    if !node.holes.is_empty() {
        write(map.key(20), |e| {
            e.array(node.holes.len() as u64 * 2)?;
            node.holes.iter().try_for_each(|(offset, len)| e.u64(*offset)?.u64(*len)?.ok())
        });
    }
    if let Some(id) = &node.subtree {
        map.bytes(21, id.as_bytes());
    }
    map.uint(22, if node.changed_while_read { CHANGED_WHILE_READ } else { 0 });
    map.time(23, node.atime.unwrap_or_default());
    map.unknown(&node.unknown);
    map.finish();
}

fn write_xattrs(out: &mut Vec<u8>, xattrs: &[(Vec<u8>, XattrValue)]) {
    write(out, |e| e.array(xattrs.len() as u64)?.ok());
    for (name, value) in xattrs {
        write(out, |e| {
            e.array(2)?.bytes(name)?;
            match value {
                XattrValue::Inline(bytes) => e.bytes(bytes)?.ok(),
                XattrValue::Blobs(ids) => {
                    e.array(ids.len() as u64)?;
                    ids.iter().try_for_each(|id| e.bytes(id.as_bytes())?.ok())
                }
            }
        });
    }
}

/// Reads and validates one node.
pub(super) fn read_node(reader: &mut Reader<'_>) -> Result<Node, ModelError> {
    let mut node = Node::default();
    let mut content = None;
    let mut map = reader.map()?;
    while let Some(key) = map.next(reader)? {
        let form = match key {
            0 => {
                node.name = reader.bytes()?.to_vec();
                continue;
            }
            17 => Content::Blobs(reader.ids()?),
            18 => Content::Inline(reader.bytes()?.to_vec()),
            19 => read_list(reader)?,
            _ => {
                read_field(reader, key, &mut node)?;
                continue;
            }
        };
        if content.replace(form).is_some() {
            return Err(ModelError::Value("Content in more than one form"));
        }
    }
    node.content = content.filter(|content| !content.is_empty()).unwrap_or_default();
    sort_unknown(&mut node.unknown)?;
    node.validate()?;
    Ok(node)
}

fn read_field(reader: &mut Reader<'_>, key: u32, node: &mut Node) -> Result<(), ModelError> {
    let text = |text: String| (!text.is_empty()).then_some(text);
    match key {
        1 => {
            node.kind = NodeType::from_number(reader.u64()?).ok_or(ModelError::Value("An unknown type of node"))?;
        }
        2 => node.mode = reader.u32()?,
        3 => node.uid = reader.u32()?,
        4 => node.gid = reader.u32()?,
        5 => node.user = text(reader.text()?),
        6 => node.group = text(reader.text()?),
        7 => node.size = reader.u64()?,
        8 => node.mtime = reader.time()?,
        9 => node.ctime = reader.time()?,
        10 => node.btime = reader.time()?,
        11 => node.inode = reader.u64()?,
        12 => node.device = reader.u64()?,
        13 => node.links = reader.u64()?,
        14 => node.rdev = reader.u64()?,
        15 => node.target = reader.bytes()?.to_vec(),
        16 => node.xattrs = reader.items(3, read_xattr)?,
        20 => node.holes = read_holes(reader)?,
        21 => node.subtree = Some(BlobId(reader.fixed()?)),
        22 => node.changed_while_read = reader.u64()? & CHANGED_WHILE_READ != 0,
        23 => node.atime = Some(reader.time()?).filter(|time| *time != Time::default()),
        _ => node.unknown.push((key, reader.raw()?.to_vec())),
    }
    Ok(())
}

fn read_list(reader: &mut Reader<'_>) -> Result<Content, ModelError> {
    reader.array_of(2)?;
    let height = reader.u64()?;
    let id = BlobId(reader.fixed()?);
    // Too high for the format is found by the node's validation.
    Ok(Content::List { height: u8::try_from(height).unwrap_or(u8::MAX), id })
}

fn read_xattr(reader: &mut Reader<'_>) -> Result<(Vec<u8>, XattrValue), ModelError> {
    reader.array_of(2)?;
    let name = reader.bytes()?.to_vec();
    let value = match reader.is_array() {
        true => XattrValue::Blobs(reader.items(BlobId::LEN, |reader| reader.fixed().map(BlobId))?),
        false => XattrValue::Inline(reader.bytes()?.to_vec()),
    };
    Ok((name, value))
}

fn read_holes(reader: &mut Reader<'_>) -> Result<Vec<(u64, u64)>, ModelError> {
    let numbers = reader.items(1, Reader::u64)?;
    let (pairs, odd) = numbers.as_chunks();
    if !odd.is_empty() {
        return Err(ModelError::Value("A hole without a length"));
    }
    Ok(pairs.iter().map(|[offset, len]| (*offset, *len)).collect())
}
