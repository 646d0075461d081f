//! Snapshots and nodes as JSON with restic's field names.
use caddis::model::{Node, NodeType, Snapshot};
use caddis::ops::protect::FOREVER;
use caddis::ops::snapshots::SnapshotInfo;
use caddis::ops::undelete::Forgotten;
use serde_json::{Map, Value, json};

use super::names;
use super::when::rfc3339;

/// One snapshot.
pub fn snapshot(info: &SnapshotInfo) -> Value {
    let snapshot = &info.snapshot;
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("time", json!(rfc3339(snapshot.time)));
    put("paths", snapshot.paths.iter().map(|path| names::lossy(path)).collect());
    put("hostname", json!(snapshot.host));
    put("username", json!(snapshot.user));
    put("uid", json!(snapshot.uid));
    put("gid", json!(snapshot.gid));
    put("program_version", json!(snapshot.program));
    put("summary", summary(snapshot));
    put("id", json!(info.id.to_string()));
    put("short_id", json!(info.id.short()));
    put("partial", json!(snapshot.partial));
    // What there is none of is absent, as in restic.
    let ids = [("parent", snapshot.parent), ("original", snapshot.original)];
    ids.into_iter().filter_map(|(name, id)| Some((name, id?))).for_each(|(name, id)| {
        put(name, json!(id.to_string()));
    });
    if let Some(origin) = &snapshot.origin {
        put("origin", json!({"repository": origin.repository.to_string(), "snapshot": origin.snapshot.to_string()}));
    }
    if let Some(until) = snapshot.protected_until {
        // For ever is beyond what RFC 3339 can say.
        put("protected_until", if until >= FOREVER { json!("forever") } else { json!(rfc3339(until)) });
    }
    if let Some(tree) = snapshot.root {
        put("tree", json!(tree.to_string()));
    }
    for (name, list) in [("tags", &snapshot.tags), ("excludes", &snapshot.excludes)] {
        if !list.is_empty() {
            put(name, json!(list));
        }
    }
    for (name, text) in [("label", &snapshot.label), ("description", &snapshot.description)] {
        if let Some(text) = text {
            put(name, json!(text));
        }
    }
    Value::Object(fields)
}

/// One that was forgotten: the same, and what its tombstone says.
pub fn forgotten(forgotten: &Forgotten) -> Value {
    let mut value = snapshot(&forgotten.info);
    value["forgotten"] =
        json!({"time": rfc3339(forgotten.time), "hostname": forgotten.host, "reason": forgotten.reason});
    value
}

fn summary(snapshot: &Snapshot) -> Value {
    let statistics = &snapshot.statistics;
    let mut value = json!({
        "backup_start": rfc3339(statistics.started),
        "backup_end": rfc3339(statistics.finished),
        "files_new": statistics.new_files,
        "files_changed": statistics.changed_files,
        "files_unmodified": statistics.unmodified_files,
        "data_blobs": statistics.new_data_blobs,
        "tree_blobs": statistics.new_tree_blobs,
        "data_added": statistics.raw_added_bytes,
        "data_added_packed": statistics.stored_added_bytes,
        "total_files_processed": statistics.files,
        "total_bytes_processed": statistics.bytes,
        "error_count": statistics.problems,
    });
    let directories = [statistics.new_directories, statistics.changed_directories, statistics.unmodified_directories];
    // Earlier versions did not note them.
    if directories.iter().any(|number| *number > 0) {
        let names = ["dirs_new", "dirs_changed", "dirs_unmodified"];
        names.iter().zip(directories).for_each(|(name, number)| value[name] = json!(number));
    }
    value
}

/// One entry of a snapshot. `mode` is `st_mode` of stat(2).
pub fn node(path: &[u8], node: &Node) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("message_type", json!("node"));
    put("struct_type", json!("node"));
    put("name", json!(names::lossy(&node.name)));
    put("type", json!(names::kind(node)));
    put("path", json!(names::lossy(path)));
    put("uid", json!(node.uid));
    put("gid", json!(node.gid));
    put("mode", json!(names::st_mode(node)));
    put("permissions", json!(names::permissions(node)));
    put("mtime", json!(rfc3339(node.mtime)));
    // As with restic, which shows that of the last change where none is stored.
    put("atime", json!(rfc3339(node.atime.unwrap_or(node.mtime))));
    put("ctime", json!(rfc3339(node.ctime)));
    put("inode", json!(node.inode));
    if node.kind == NodeType::File {
        put("size", json!(node.size));
    }
    if node.kind == NodeType::Symlink {
        put("linktarget", json!(names::lossy(&node.target)));
    }
    for (name, text) in [("user", &node.user), ("group", &node.group)] {
        if let Some(text) = text {
            put(name, json!(text));
        }
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::id::{BlobId, SessionId};
    use caddis::world::Time;

    #[test]
    fn snapshots_have_the_fields_of_restic() {
        let info = SnapshotInfo {
            id: SessionId([0xab; 16]),
            snapshot: Snapshot {
                root: Some(BlobId([1; 32])),
                host: "h".into(),
                paths: vec![b"/home".to_vec()],
                tags: vec!["a".into()],
                protected_until: Some(FOREVER),
                ..Snapshot::default()
            },
        };
        let value = snapshot(&info);
        assert_eq!(value["protected_until"], "forever");
        assert_eq!(value["id"], "ab".repeat(16));
        assert_eq!(value["short_id"], "abababab");
        assert_eq!(value["tree"], "01".repeat(32));
        assert_eq!(value["hostname"], "h");
        assert_eq!(value["paths"], json!(["/home"]));
        assert_eq!(value["tags"], json!(["a"]));
        assert!(value["summary"]["total_bytes_processed"].is_u64());
        assert!(value.get("parent").is_none() && value.get("label").is_none());
        assert!(value["summary"].get("dirs_new").is_none(), "it is not known");
    }

    #[test]
    fn nodes_have_what_their_kind_has() {
        let file =
            Node { name: b"f".to_vec(), mode: 0o644, size: 5, mtime: Time { secs: 1, nanos: 0 }, ..Node::default() };
        let value = node(b"/d/f", &file);
        assert_eq!(value["type"], "file");
        assert_eq!(value["size"], 5);
        assert_eq!(value["permissions"], "-rw-r--r--");
        assert_eq!(value["mode"], 0o100_644);
        assert!(value.get("linktarget").is_none());
        assert_eq!(value["atime"], value["mtime"]);
        let link = Node { kind: NodeType::Symlink, target: b"x".to_vec(), ..Node::default() };
        let value = node(b"/l", &link);
        assert_eq!(value["linktarget"], "x");
        assert!(value.get("size").is_none());
    }
}
