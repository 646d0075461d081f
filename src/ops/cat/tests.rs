//! Every kind of object is shown, and what is not there is said so.
use super::*;
use crate::ops::testing::{TestRepo, noise};
use serde_json::Value;

fn json(repo: &Repository, target: CatTarget) -> Value {
    match cat(repo, &target, &SnapshotFilter::default()) {
        Ok(CatOutput::Json(value)) => value,
        Ok(CatOutput::Bytes(_)) => panic!("bytes for {target:?}"),
        Err(error) => panic!("{target:?}: {error}"),
    }
}

fn error(repo: &Repository, target: CatTarget) -> Error {
    cat(repo, &target, &SnapshotFilter::default()).err().expect("an error")
}

#[test]
fn everything_is_shown() {
    let test = TestRepo::new();
    let content = noise(3, 30_000);
    test.file("dir/file", &content);
    test.file("dir/small", b"tiny");
    let sid = test.backup().snapshot.unwrap();
    let repo = &test.open(crate::ops::testing::PASSWORD).unwrap();

    assert_eq!(json(repo, CatTarget::Config)["parity"]["k"], 4);
    let snapshot = json(repo, CatTarget::Snapshot(sid.to_string()[..10].to_owned()));
    assert_eq!(snapshot["host"], "host");
    assert_eq!(snapshot["paths"][0], test.source_path());

    let dir = json(repo, CatTarget::Tree(format!("latest:{}/dir", test.source_path())));
    assert_eq!((&dir["form"], &dir["nodes"][0]["name"]), (&"leaf".into(), &"file".into()));
    assert_eq!(dir["nodes"][1]["inline"], "tiny");
    let root = snapshot["root"].as_str().unwrap().to_owned();
    assert_eq!(json(repo, CatTarget::Tree(root.clone())), json(repo, CatTarget::Tree("latest".to_owned())));
    let blobs = dir["nodes"][0]["content"].as_array().unwrap();
    let mut read = Vec::new();
    for blob in blobs {
        match cat(repo, &CatTarget::Blob(blob.as_str().unwrap().to_owned()), &SnapshotFilter::default()).unwrap() {
            CatOutput::Bytes(bytes) => read.extend(bytes),
            CatOutput::Json(_) => panic!("not bytes"),
        }
    }
    assert!(read == content);
    assert!(
        matches!(cat(repo, &CatTarget::Blob(root), &SnapshotFilter::default()), Ok(CatOutput::Bytes(bytes)) if !bytes.is_empty())
    );

    let index = json(repo, CatTarget::Index(format!("{sid}-0")));
    let (mut data, mut parity) = (0, 0);
    for slot in index["stripes"][0]["slots"].as_array().unwrap() {
        let shown = json(repo, CatTarget::Pack(slot["pack"].as_str().unwrap()[..20].to_owned()));
        assert_eq!(shown["stripe"], index["stripes"][0]["stripe"]);
        match shown["type"].as_str() {
            Some("data") => {
                data += 1;
                // The directory, from which ids are computed, says what the index says.
                assert_eq!(shown["frames"], slot["frames"]);
                assert_eq!(shown["bad_frames"], Value::Array(Vec::new()));
            }
            _ => {
                parity += 1;
                assert_eq!(shown["members"][0]["pack"], index["stripes"][0]["slots"][0]["pack"]);
            }
        }
    }
    assert!(data > 0 && parity > 0);

    let key = json(repo, CatTarget::Key(repo.current_key_slot().short()));
    assert_eq!((&key["kdf"]["log_n"], &key["note"]["host"]), (&4.into(), &"host".into()));
}

#[test]
fn what_is_not_there_is_said() {
    let test = TestRepo::new();
    test.file("file", b"content");
    test.backup();
    let repo = &test.repo;
    let zeros = "0".repeat(64);
    assert!(matches!(error(repo, CatTarget::Blob(zeros.clone())), Error::BlobNotFound { .. }));
    assert!(matches!(error(repo, CatTarget::Tree(zeros)), Error::BlobNotFound { .. }));
    assert!(matches!(error(repo, CatTarget::Blob("abc".to_owned())), Error::Invalid(_)));
    assert!(matches!(error(repo, CatTarget::Index("abc-0".to_owned())), Error::Invalid(_)));
    assert!(error(repo, CatTarget::Index(format!("{}-0", "0".repeat(32)))).is_not_found());
    assert!(matches!(error(repo, CatTarget::Pack("xyz".to_owned())), Error::Invalid(_)));
    assert!(matches!(error(repo, CatTarget::Pack(String::new())), Error::Invalid(_)));
    assert!(matches!(error(repo, CatTarget::Key("xyz".to_owned())), Error::Invalid(_)));
    assert!(matches!(error(repo, CatTarget::Snapshot("xyz".to_owned())), Error::SnapshotNotFound { .. }));
    for path in ["no", "file"] {
        let name = format!("latest:{}/{path}", test.source_path());
        assert!(matches!(error(repo, CatTarget::Tree(name)), Error::PathNotFound { .. }));
    }
}

#[test]
fn a_damaged_pack_is_not_shown_as_whole() {
    let test = TestRepo::new();
    test.file("file", &noise(4, 10_000));
    test.backup();
    let (name, bytes) = (test.backend.snapshot_contents().into_iter())
        .find(|(name, bytes)| matches!(name, ObjectName::Pack(_)) && bytes.starts_with(b"CADDISP1"))
        .unwrap();
    let mut bytes = bytes.to_vec();
    bytes[1000] ^= 1;
    test.backend.overwrite(&name, &bytes);
    let ObjectName::Pack(pack) = name else { panic!("a pack") };
    assert!(matches!(error(&test.repo, CatTarget::Pack(pack.to_string())), Error::Damaged { .. }));
}
