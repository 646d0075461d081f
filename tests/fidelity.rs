//! Everything that a file system can hold comes back as it was: the program's backup and restore, compared by rsync and by our own eyes.
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, reason = "the folder of the tests of the program has more than is needed here")]

mod odd_tree;
mod testenv;

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;

use odd_tree::{differing_details, is_root, mode, rsync_differences};
use testenv::TestEnv;

#[test]
fn everything_comes_back() {
    let env = TestEnv::new();
    let (src, out) = (env.path("src"), env.path("out"));
    odd_tree::plant(&src);
    env.init(&[]);
    // A file that nobody but root may read is a problem of its own.
    let code = if is_root() { 0 } else { 3 };
    env.run(["-q", "backup", "src"]).expect(code);
    env.run(["-q", "restore", "latest:/src", "-t", "out"]).ok();
    // The target itself was made by the restore; its metadata is not part of what was asked for.
    mode(&out, fs::metadata(&src).unwrap().mode() & 0o7777);
    let mtime = fs::metadata(&src).unwrap().modified().unwrap();
    File::open(&out).unwrap().set_modified(mtime).unwrap();

    let differing = differing_details(&src, &out);
    assert!(differing.is_empty(), "wanted and found: {differing:#?}");
    let differences = rsync_differences(&src, &out);
    assert!(differences.is_empty(), "{differences}");
    mode(&src.join("read-only-dir"), 0o755);
    mode(&out.join("read-only-dir"), 0o755);
}
