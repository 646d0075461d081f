//! Snapshots that are stored as deltas of older ones.
use std::sync::atomic::Ordering;

use super::*;
use crate::ops::stats;
use crate::ops::testing::{PASSWORD, TestRepo, Watched, text};

#[test]
fn a_frame_that_is_wanted_and_a_base_is_read_once() {
    let test = TestRepo::new();
    (0..300).for_each(|number| test.file(&format!("{number:03}"), text(number).as_bytes()));
    test.backup();
    for number in (0..300).step_by(2) {
        test.file(&format!("{number:03}"), format!("{}and more", text(number)).as_bytes());
    }
    test.backup();
    let counted = stats::repository(&test.repo, &Recorder::default()).unwrap();
    assert!(counted.deltas.raw_bytes > 1_000_000 && counted.deltas.frame_bytes < 200_000, "{counted:?}");

    let backend = Arc::new(Watched::new(test.backend.clone()));
    let open = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
    let repo = Repository::open(backend.clone(), SystemWorld::new(), PASSWORD, &open, &Recorder::default()).unwrap();
    let target = tempfile::tempdir().unwrap();
    let options = options(target.path().to_owned(), test.source_path().into_bytes());
    let report = restore(&repo, test.snapshots().last().unwrap(), &options, &Recorder::default()).unwrap();
    assert!(report.problems.is_empty() && report.files_restored == 300, "{report:?}");
    for number in 0..300 {
        let name = format!("{number:03}");
        let more = if number % 2 == 0 { "and more" } else { "" };
        assert_eq!(fs::read_to_string(target.path().join(name)).unwrap(), format!("{}{more}", text(number)));
    }
    // Twice as much if bases were read by themselves; a little more than once if a thread overtakes another.
    let read = backend.bytes_read.load(Ordering::Relaxed);
    assert!(read < counted.frame_bytes * 3 / 2, "{read} bytes of {} were read", counted.frame_bytes);
}
