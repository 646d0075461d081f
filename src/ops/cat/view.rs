//! JSON of what is stored, with the words of the format.
use serde_json::{Map, Value, json};

use crate::format::{Codec, Config, FrameEntry, IndexObject};
use crate::id::{BlobId, BlobKind, RepoId, SlotId};
use crate::model::{Content, Node, NodeType, Tree, XattrValue};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::{KeySlot, PackView};
use crate::world::Time;

/// Text where it is UTF-8, so that most of it can be read.
fn bytes(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({ "hex": hex(bytes) }),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn id(id: &impl ToString) -> Value {
    json!(id.to_string())
}

fn ids(list: &[BlobId]) -> Value {
    list.iter().map(id).collect()
}

fn time(time: Time) -> Value {
    json!({ "secs": time.secs, "nanos": time.nanos })
}

/// Fields of later versions: key and CBOR.
fn unknown<'a, K: ToString + 'a>(fields: &'a [(K, Vec<u8>)]) -> Value {
    let fields = fields.iter().map(|(key, value)| (key.to_string(), json!(hex(value))));
    Value::Object(fields.collect())
}

/// Leaves out what the format leaves out: nothing, zero, empty.
fn compact(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let absent = |value: &Value| match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_u64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    };
    Value::Object(fields.into_iter().filter(|(_, value)| !absent(value)).collect::<Map<_, _>>())
}

pub(super) fn config(repo: &RepoId, config: &Config) -> Value {
    let chunker = &config.chunker;
    json!({
        "version": 1,
        "id": id(repo),
        "repository": id(repo),
        "number": config.number,
        "optional_features": config.optional_features,
        "chunker": {
            "min": chunker.min, "average": chunker.average, "max": chunker.max, "normalization": chunker.level,
        },
        "pack_size": config.pack_size,
        "parity": { "k": config.k, "m": config.m },
        "compression": config.compression,
        "inline_limit": config.inline_limit,
        "frame_target": config.frame_target,
        "created": time(config.created),
        "single_writer": config.single_writer,
        "id_generation": config.id_generation,
        "chunker_generation": config.chunker_generation,
        // The key itself is nobody's business.
        "chunker_key_of_another": config.chunker_key.is_some(),
        "unknown": unknown(&config.unknown),
    })
}

pub(super) fn snapshot(info: &SnapshotInfo) -> Value {
    let snapshot = &info.snapshot;
    let statistics = &snapshot.statistics;
    compact(json!({
        "id": id(&info.id),
        "root": snapshot.root.as_ref().map(id),
        "time": time(snapshot.time),
        "host": snapshot.host,
        "user": snapshot.user,
        "uid": snapshot.uid,
        "gid": snapshot.gid,
        "paths": snapshot.paths.iter().map(|path| bytes(path)).collect::<Vec<_>>(),
        "label": snapshot.label,
        "tags": snapshot.tags,
        "excludes": snapshot.excludes,
        "parent": snapshot.parent.as_ref().map(id),
        "statistics": {
            "files": statistics.files,
            "directories": statistics.directories,
            "others": statistics.others,
            "bytes": statistics.bytes,
            "new_files": statistics.new_files,
            "changed_files": statistics.changed_files,
            "unmodified_files": statistics.unmodified_files,
            "new_data_blobs": statistics.new_data_blobs,
            "new_tree_blobs": statistics.new_tree_blobs,
            "raw_added_bytes": statistics.raw_added_bytes,
            "stored_added_bytes": statistics.stored_added_bytes,
            "started": time(statistics.started),
            "finished": time(statistics.finished),
            "problems": statistics.problems,
            "new_directories": statistics.new_directories,
            "changed_directories": statistics.changed_directories,
            "unmodified_directories": statistics.unmodified_directories,
            "unknown": unknown(&statistics.unknown),
        },
        "program": snapshot.program,
        "writer": snapshot.writer.as_ref().map(id),
        "counter": snapshot.counter,
        "previous": snapshot.previous.as_ref().map(id),
        "partial": snapshot.partial,
        "with_problems": snapshot.with_problems,
        "original": snapshot.original.as_ref().map(id),
        "protected_until": snapshot.protected_until.map(time),
        "description": snapshot.description,
        "origin": snapshot.origin.as_ref().map(|origin| json!({
            "repository": id(&origin.repository), "snapshot": id(&origin.snapshot), "root": id(&origin.root),
        })),
        "unknown": unknown(&snapshot.unknown),
    }))
}

pub(super) fn index(object: &IndexObject) -> Value {
    let stripes = object.stripes.iter().map(|stripe| {
        let slots = stripe.slots.iter().map(|slot| {
            let mut value = json!({
                "slot": slot.slot, "location": slot.location, "length": slot.length, "pack": id(&slot.pack),
            });
            if slot.slot < stripe.k {
                value["frames"] = frames(&slot.frames);
            }
            value
        });
        json!({
            "stripe": id(&stripe.id),
            "k": stripe.k,
            "m": stripe.m,
            "generation": stripe.generation,
            "slots": slots.collect::<Vec<_>>(),
        })
    });
    json!({ "stripes": stripes.collect::<Vec<_>>() })
}

fn frames(frames: &[FrameEntry]) -> Value {
    let codec = |codec| match codec {
        Codec::Raw => "raw",
        Codec::Zstd => "zstd",
        Codec::ZstdDelta => "zstd-delta",
    };
    let kind = |kind| if kind == BlobKind::Data { "data" } else { "tree" };
    let frame = |frame: &FrameEntry| {
        let blobs: Vec<Value> =
            frame.blobs.iter().map(|(blob, length)| json!({ "id": id(blob), "length": length })).collect();
        let mut value = json!({
            "kind": kind(frame.tag.kind),
            "codec": codec(frame.tag.codec),
            "stored_length": frame.stored_len,
            "blobs": blobs,
        });
        if !frame.bases.is_empty() {
            value["bases"] = ids(&frame.bases);
        }
        value
    };
    frames.iter().map(frame).collect()
}

pub(super) fn pack(view: &PackView) -> Value {
    match view {
        PackView::Data { header, frames: entries, bad_frames } => json!({
            "type": "data",
            "epoch": header.epoch,
            "session": id(&header.session),
            "stripe": id(&header.stripe),
            "slot": header.slot,
            "k": header.k,
            "m": header.m,
            "length": header.length,
            "data_frames": header.kinds.has(BlobKind::Data),
            "tree_frames": header.kinds.has(BlobKind::Tree),
            "frames": frames(entries),
            "bad_frames": bad_frames.iter().map(|(frame, cause)| json!({ "frame": frame, "cause": cause })).collect::<Vec<_>>(),
        }),
        PackView::Parity { header, row } => json!({
            "type": "parity",
            "stripe": id(&header.stripe),
            "row": row,
            "k": header.k,
            "m": header.m,
            "generation": header.generation,
            "row_length": header.row_length(),
            "members": header.members.iter().map(|member| {
                json!({ "slot": member.slot, "length": member.length, "pack": id(&member.id) })
            }).collect::<Vec<_>>(),
        }),
    }
}

pub(super) fn tree(tree: &Tree) -> Value {
    match tree {
        Tree::Leaf(nodes) => json!({ "form": "leaf", "nodes": nodes.iter().map(node).collect::<Vec<_>>() }),
        Tree::Inner(branches) => {
            let branches = branches.iter().map(|branch| {
                json!({ "id": id(&branch.id), "first_name": bytes(&branch.first_name), "nodes": branch.nodes })
            });
            json!({ "form": "inner", "trees": branches.collect::<Vec<_>>() })
        }
        Tree::List { height, ids: list } => json!({ "form": "list", "height": height, "ids": ids(list) }),
    }
}

fn node(node: &Node) -> Value {
    let kind = match node.kind {
        NodeType::File => "file",
        NodeType::Directory => "directory",
        NodeType::Symlink => "symlink",
        NodeType::Fifo => "fifo",
        NodeType::Socket => "socket",
        NodeType::CharDevice => "character device",
        NodeType::BlockDevice => "block device",
    };
    let xattrs = node.xattrs.iter().map(|(name, value)| {
        let value = match value {
            XattrValue::Inline(value) => bytes(value),
            XattrValue::Blobs(list) => json!({ "blobs": ids(list) }),
        };
        json!([bytes(name), value])
    });
    let (content, inline, list) = match &node.content {
        Content::Empty => (Value::Null, Value::Null, Value::Null),
        Content::Inline(content) => (Value::Null, bytes(content), Value::Null),
        Content::Blobs(list) => (ids(list), Value::Null, Value::Null),
        Content::List { height, id: list } => (Value::Null, Value::Null, json!({ "height": height, "id": id(list) })),
    };
    let stamp = |stamp: Time| if stamp == Time::default() { Value::Null } else { time(stamp) };
    compact(json!({
        "name": bytes(&node.name),
        "type": kind,
        "mode": node.mode,
        "uid": node.uid,
        "gid": node.gid,
        "user": node.user,
        "group": node.group,
        "size": node.size,
        "mtime": stamp(node.mtime),
        "ctime": stamp(node.ctime),
        "btime": stamp(node.btime),
        "atime": node.atime.map(time),
        "inode": node.inode,
        "device": node.device,
        "links": node.links,
        "rdev": node.rdev,
        "target": bytes(&node.target),
        "xattrs": xattrs.collect::<Vec<_>>(),
        "content": content,
        "inline": inline,
        "content_list": list,
        "holes": node.holes,
        "subtree": node.subtree.as_ref().map(id),
        "changed_while_read": node.changed_while_read,
        "unknown": unknown(&node.unknown),
    }))
}

pub(super) fn key(slot_id: &SlotId, slot: &KeySlot) -> Value {
    let note = slot.note.as_ref().map(
        |note| json!({ "created": time(note.created), "host": note.host, "user": note.user, "label": note.label }),
    );
    let header = &slot.header;
    json!({
        "id": id(slot_id),
        "kdf": { "name": "scrypt", "log_n": header.log_n, "r": header.r, "p": header.p, "salt": hex(&header.salt) },
        "note": note,
    })
}
