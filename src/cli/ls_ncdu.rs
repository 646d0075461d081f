//! A snapshot as ncdu's export, version 1.2 (<https://dev.yorhel.nl/ncdu/jsonfmt>): names are bytes as they are, everything else is ASCII.
use caddis::error::Error;
use caddis::model::{Node, NodeType};
use caddis::ops::ls::{self, Step};
use caddis::ops::snapshots::SnapshotInfo;
use caddis::repo::Repository;

use super::names;
use super::output::{Closed, Output, one_line};
use super::snapshot_json;

/// What file systems allocate at least; sizes on disk are not known.
const BLOCK: u64 = 512;

/// Writes everything beneath `base`, or the paths in it, as it is read.
pub fn print(
    repo: &Repository,
    info: &SnapshotInfo,
    base: &[u8],
    paths: &[Vec<u8>],
    out: &Output,
) -> Result<(), Error> {
    let write = |bytes: &[u8]| out.bytes(bytes).map_err(|Closed| Error::Stopped { checkpoint: None });
    let mut metadata = snapshot_json::snapshot(info);
    if let Some(fields) = metadata.as_object_mut() {
        fields.insert("progname".to_owned(), "caddis".into());
        fields.insert("progver".to_owned(), env!("CARGO_PKG_VERSION").into());
        fields.insert("timestamp".to_owned(), info.snapshot.time.secs.max(0).into());
    }
    let base_name = if base.is_empty() { b"/" } else { base };
    let mut begun = false;
    let mut begin = || -> Result<(), Error> {
        if std::mem::replace(&mut begun, true) {
            return Ok(());
        }
        write(format!("[1,2,{},\n[{{\"name\":", one_line(&metadata)).as_bytes())?;
        write(&[&quoted(base_name)[..], b"}"].concat())
    };
    ls::tree(repo, &info.snapshot, base, paths, &mut |step| {
        begin()?;
        match step {
            Step::Entry(node) => {
                let open: &[u8] = if node.kind == NodeType::Directory { b",\n[" } else { b",\n" };
                write(&[open, &entry(node)].concat())
            }
            Step::Leave => write(b"]"),
        }
    })?;
    begin()?;
    write(b"]]\n")
}

fn entry(node: &Node) -> Vec<u8> {
    let mut text = b"{\"name\":".to_vec();
    text.extend(quoted(&node.name));
    let on_disk = node.size.div_ceil(BLOCK).saturating_mul(BLOCK);
    text.extend(
        format!(",\"asize\":{},\"dsize\":{on_disk},\"dev\":{},\"ino\":{}", node.size, node.device, node.inode).bytes(),
    );
    if node.links > 1 && node.kind != NodeType::Directory {
        text.extend(format!(",\"hlnkc\":true,\"nlink\":{}", node.links).bytes());
    }
    if !matches!(node.kind, NodeType::File | NodeType::Directory) {
        text.extend(b",\"notreg\":true");
    }
    // Neither negative times nor what does not fit is allowed.
    let (mode, mtime) = (names::st_mode(node), node.mtime.secs.max(0));
    text.extend(format!(",\"uid\":{},\"gid\":{},\"mode\":{mode},\"mtime\":{mtime}}}", node.uid, node.gid).bytes());
    text
}

/// A JSON string of bytes that need not be UTF-8, without anything that a terminal would act on if they are.
fn quoted(bytes: &[u8]) -> Vec<u8> {
    let mut text = vec![b'"'];
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => text.extend([b'\\', c as u8]),
                c if names::is_tricky(c) => text.extend(format!("\\u{:04x}", u32::from(c)).bytes()),
                c => text.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        text.extend(chunk.invalid());
    }
    text.push(b'"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn names_are_escaped_and_otherwise_as_they_are() {
        assert_eq!(quoted(b"a\"b\\c\n\xff"), b"\"a\\\"b\\\\c\\u000a\xff\"");
        let name = "ü\u{9b}\u{202e}\t";
        assert_eq!(serde_json::from_slice::<Value>(&quoted(name.as_bytes())).ok(), Some(name.into()));
        assert!(!quoted(name.as_bytes()).contains(&0x9b));
    }

    #[test]
    fn entries_have_the_fields_of_the_format() {
        let node =
            Node { name: b"x".to_vec(), kind: NodeType::Fifo, mode: 0o644, links: 2, size: 0, ..Node::default() };
        let value: Value = serde_json::from_slice(&entry(&node)).expect("JSON");
        assert_eq!((&value["notreg"], &value["nlink"], &value["hlnkc"]), (&true.into(), &2.into(), &true.into()));
        let file = Node {
            name: b"y".to_vec(),
            size: 513,
            links: 1,
            mtime: caddis::world::Time { secs: -5, nanos: 0 },
            ..Node::default()
        };
        let value: Value = serde_json::from_slice(&entry(&file)).expect("JSON");
        assert_eq!((&value["dsize"], &value["mtime"]), (&1024.into(), &0.into()));
        assert!(value.get("notreg").is_none() && value.get("hlnkc").is_none());
    }
}
