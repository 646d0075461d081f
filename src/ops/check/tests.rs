//! Checks that read deltas.
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::*;
use crate::id::BlobKind;
use crate::monitor::Silent;
use crate::ops::testing::{PASSWORD, TestRepo, Watched, text};
use crate::repo::{OpenOptions, SessionOwner, WriteOptions, Writer};
use crate::world::SystemWorld;

/// What a check of a repository in which all is well reads beside whole packs.
fn read_beside(test: &TestRepo, options: &CheckOptions) -> u64 {
    let backend = Arc::new(Watched::new(test.backend.clone()));
    let open = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
    let repo = Repository::open(backend.clone(), SystemWorld::new(), PASSWORD, &open, &Silent).unwrap();
    let report = check_with(&repo, options, &Silent).unwrap();
    assert!(report.findings.is_empty(), "{report:?}");
    assert!(options.read != ReadData::All || report.packs_read == report.packs, "{report:?}");
    backend.bytes_read.load(Ordering::Relaxed)
}

#[test]
fn deltas_wait_for_their_bases_where_these_are_read_anyway() {
    let test = TestRepo::new();
    for version in ["", "and more", "and even more"] {
        for number in 0..300 {
            let more = if number % 2 == 0 { version } else { "" };
            test.file(&format!("{number:03}"), format!("{}{more}", text(number)).as_bytes());
        }
        test.backup();
    }
    let counted = crate::ops::stats::repository(&test.repo, &Silent).unwrap();
    assert!(counted.deltas.raw_bytes > 2_000_000 && counted.deltas.frame_bytes < 300_000, "{counted:?}");
    let options = CheckOptions { read: ReadData::All, ..CheckOptions::default() };
    let once = read_beside(&test, &options);
    // Trees only: of the data about half are bases.
    assert!(once < 300_000, "{once}");
    let in_time = CheckOptions { max_duration: Some(Duration::from_secs(100_000)), ..options.clone() };
    let twice = read_beside(&test, &in_time);
    assert!(twice > once + 500_000, "{twice} {once}");
    // Some packs are read without those of their bases.
    for n in 1..=3 {
        read_beside(&test, &CheckOptions { read: ReadData::Part { n, t: 3 }, ..CheckOptions::default() });
    }
}

#[test]
fn what_a_prune_removes_is_no_error_but_worth_a_hint() {
    let test = TestRepo::new();
    test.file("a", b"alpha");
    test.backup();
    let hint = || {
        let report = check(&test.repo, ReadData::No, &Silent).unwrap();
        assert!(report.findings.iter().all(|finding| finding.severity == Severity::Note), "{report:?}");
        report.prune_removes
    };
    assert!(!hint());
    let owner = SessionOwner { host: "host".to_owned(), label: None, process: Default::default() };
    let (writer, _) = Writer::begin(&test.repo, owner, WriteOptions::default(), &Silent).unwrap();
    writer.save(0, BlobKind::Data, b"something new").unwrap();
    writer.finish_packs().unwrap();
    writer.abandon("the test goes on", &Silent).unwrap();
    assert!(hint());
}
