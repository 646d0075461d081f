//! Files as streams.
use super::*;
use crate::error::Error;
use crate::model::Node;
use crate::ops::restore::{Sink, stream};

#[derive(Default)]
struct Kept {
    files: BTreeMap<String, Vec<u8>>,
    open: Option<(String, Vec<u8>)>,
    aborted: Vec<String>,
    /// Refuses files of this name, at the end.
    refuses: Option<&'static str>,
}

impl Sink for Kept {
    fn begin(&mut self, path: &[u8], _: &Node) -> Result<()> {
        assert!(self.open.is_none());
        let name = String::from_utf8_lossy(path).rsplit('/').next().unwrap_or_default().to_owned();
        self.open = Some((name, Vec::new()));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.open.as_mut().unwrap().1.extend_from_slice(bytes);
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let (name, content) = self.open.take().unwrap();
        if self.refuses == Some(&name) {
            return Err(Error::Invalid("No".to_owned()));
        }
        self.files.insert(name, content);
        Ok(())
    }

    fn abort(&mut self) {
        self.aborted.extend(self.open.take().map(|(name, _)| name));
    }
}

fn prepared() -> (Place, SnapshotInfo, BTreeMap<String, Vec<u8>>) {
    let place = Place::new();
    let source = place.source();
    for number in 0..50 {
        write(&source.join(format!("sub/{number}")), noise(number, 100 + number as usize * 300));
    }
    write(&source.join("empty"), "");
    write(&source.join("inline"), "few");
    // More than is fetched at a time.
    write(&source.join("large"), noise(1000, 20 << 20));
    let holes = fs::File::create(source.join("holes")).unwrap();
    holes.set_len(3 << 20).unwrap();
    holes.write_all_at(&noise(1001, 200_000), 1 << 20).unwrap();
    symlink("inline", source.join("link")).unwrap();
    let snapshot = place.backup();
    let files = facts(&source).into_iter().filter(|(_, fact)| fact.0 & 0o170000 == 0o100000);
    let files = files.map(|(path, fact)| (path.file_name().unwrap().to_str().unwrap().to_owned(), fact.5));
    let files = files.collect();
    (place, snapshot, files)
}

#[test]
fn every_file_comes_whole() {
    let (place, snapshot, files) = prepared();
    let mut sink = Kept::default();
    let report = stream(&place.repo, &snapshot, &place.options(), &mut sink, &Recorder::default()).unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert!(sink.files == files);
    assert_eq!((report.files_restored, report.total_files), (54, 54));
    let mut none = Kept::default();
    let dry = RestoreOptions { dry_run: true, ..place.options() };
    let report = stream(&place.repo, &snapshot, &dry, &mut none, &Recorder::default()).unwrap();
    assert!(none.files.is_empty() && none.open.is_none() && report.files_restored == 54);
}

#[test]
fn a_path_and_patterns_choose() {
    let (place, snapshot, files) = prepared();
    let mut includes = Rules::default();
    includes.exclude("4?").unwrap();
    let options = RestoreOptions { includes: Some(includes), ..place.options() };
    let mut sink = Kept { refuses: Some("44"), ..Kept::default() };
    let report = stream(&place.repo, &snapshot, &options, &mut sink, &Recorder::default()).unwrap();
    assert_eq!((sink.files.len(), report.missing), (9, 1));
    assert!(report.problems[0].item.ends_with("sub/44") && report.problems[0].message == "No");
    let path = place.source().join("large").as_os_str().as_bytes().to_vec();
    let mut sink = Kept::default();
    stream(&place.repo, &snapshot, &RestoreOptions { path, ..place.options() }, &mut sink, &Recorder::default())
        .unwrap();
    assert!(sink.files.len() == 1 && sink.files["large"] == files["large"]);
}

#[test]
fn what_is_lost_never_looks_complete() {
    let (mut place, snapshot, files) = prepared();
    // Beyond what parity brings back.
    let packs = place.packs();
    for pack in packs.iter().step_by(2) {
        place.backend.overwrite(&ObjectName::Pack(*pack), b"gone");
    }
    place.reopen();
    let mut sink = Kept::default();
    match stream(&place.repo, &snapshot, &place.options(), &mut sink, &Recorder::default()) {
        // Trees may be lost too.
        Err(error) => assert!(matches!(error, Error::BlobLost { .. } | Error::Damaged { .. }), "{error}"),
        Ok(report) => {
            assert!(report.missing > 0);
            assert!(!sink.files.contains_key("large"));
        }
    }
    assert!(sink.files.iter().all(|(name, content)| files[name] == *content));
}
