//! Packs that are missing or damaged: what parity brings back, and what is said about the rest.
use super::*;

/// 40 files of noise, in several stripes.
fn prepared() -> (Place, SnapshotInfo) {
    let mut place = Place::new();
    for number in 0..40 {
        write(&place.source().join(format!("{number:02}")), noise(number, 60_000 + number as usize * 1000));
    }
    write(&place.source().join("large"), noise(99, 2_000_000));
    let snapshot = place.backup();
    place.reopen();
    (place, snapshot)
}

/// Every file that is there is right; returns the names of those that are not there.
fn missing(place: &Place) -> Vec<String> {
    let (source, target) = (facts(&place.source()), facts(&place.target()));
    for (path, fact) in &target {
        assert!(source.get(path) == Some(fact), "{path:?} is there and wrong");
    }
    source.keys().filter(|path| !target.contains_key(*path)).map(|path| path.to_str().unwrap().to_owned()).collect()
}

fn damage(place: &Place, pack: PackId) {
    let mut bytes = place.backend.snapshot_contents()[&ObjectName::Pack(pack)].to_vec();
    for byte in bytes.iter_mut().skip(300).step_by(4096) {
        *byte ^= 0x55;
    }
    place.backend.overwrite(&ObjectName::Pack(pack), &bytes);
}

#[test]
fn any_one_lost_pack_is_healed() {
    let (mut place, snapshot) = prepared();
    let packs = place.packs();
    assert!(packs.len() > 12, "{}", packs.len());
    let mut healed = 0;
    for pack in packs {
        place.reopen();
        let bytes = place.backend.snapshot_contents()[&ObjectName::Pack(pack)].clone();
        place.backend.remove(&ObjectName::Pack(pack));
        let report = place.restore(&snapshot, &place.options());
        assert_eq!(missing(&place), [""; 0]);
        healed += report.healed.len();
        assert!(report.healed.is_empty() || report.healed == [pack]);
        assert!(!place.packs().contains(&pack), "written back unasked");
        place.backend.overwrite(&ObjectName::Pack(pack), &bytes);
        fs::remove_dir_all(place.target()).unwrap();
    }
    assert!(healed > 6, "{healed} packs were data packs");
}

#[test]
fn healed_packs_are_written_back_on_request() {
    let (place, snapshot) = prepared();
    let before = place.backend.snapshot_contents();
    let pack = place.packs()[0];
    damage(&place, pack);
    let packs = place.packs();
    place.backend.remove(&ObjectName::Pack(packs[1]));
    let report = place.restore(&snapshot, &RestoreOptions { heal: true, ..place.options() });
    assert_eq!(missing(&place), [""; 0]);
    for pack in report.healed {
        let name = ObjectName::Pack(pack);
        assert_eq!(place.backend.snapshot_contents()[&name], before[&name]);
    }
}

#[test]
fn beyond_parity_exactly_the_files_that_are_lost_are_missing_and_named() {
    let (mut place, snapshot) = prepared();
    // Every data pack of files is looked for by losing all packs but those that hold trees: a tree must stay readable.
    let packs = place.packs();
    let mut outcomes = std::collections::BTreeSet::new();
    for window in packs.windows(9) {
        place.reopen();
        let kept: Vec<_> =
            window.iter().map(|pack| (ObjectName::Pack(*pack), place.backend.snapshot_contents())).collect();
        for (name, _) in &kept {
            place.backend.remove(name);
        }
        let options = RestoreOptions { overwrite: Overwrite::Always, ..place.options() };
        let report = place.try_restore(&snapshot, &options);
        for (name, contents) in &kept {
            place.backend.overwrite(name, &contents[name]);
        }
        // The root tree itself may be lost: then there is no path to restore from.
        let Ok(report) = report else { continue };
        let missing = missing(&place);
        let mut named: Vec<_> =
            report.problems.iter().map(|problem| problem.item.rsplit('/').next().unwrap().to_owned()).collect();
        named.sort();
        if report.problems.iter().all(|problem| !problem.message.contains("directory")) {
            assert_eq!(named, missing);
            outcomes.insert(missing.len());
        }
        let _ = fs::remove_dir_all(place.target());
    }
    assert!(outcomes.iter().any(|lost| (1..41).contains(lost)), "{outcomes:?}");
}

#[test]
fn a_file_changed_in_part_does_not_stay() {
    let (mut place, snapshot) = prepared();
    let before = place.backend.snapshot_contents();
    let mut partly = 0;
    let packs = place.packs();
    // What is lost together, and how much of it, hangs on where things were cut.
    for window in [9, 7, 11, 5, 13].into_iter().flat_map(|size| packs.windows(size)) {
        place.reopen();
        write(&place.target().join("large"), noise(1, 2_000_000));
        window.iter().for_each(|pack| assert!(place.backend.remove(&ObjectName::Pack(*pack))));
        let report = place.try_restore(&snapshot, &place.options());
        window.iter().for_each(|pack| {
            let name = ObjectName::Pack(*pack);
            place.backend.overwrite(&name, &before[&name]);
        });
        let there = fs::read(place.target().join("large"));
        let right = place.source().join("large");
        if let (Ok(report), Ok(there)) = (&report, &there) {
            let lost = report.problems.iter().any(|problem| problem.item.ends_with("/large"));
            let expected = if lost { noise(1, 2_000_000) } else { fs::read(&right).unwrap() };
            assert!(*there == expected, "a mixture stays");
        } else if report.is_ok() {
            partly += 1;
        }
        fs::remove_dir_all(place.target()).unwrap();
        if partly > 2 {
            break;
        }
    }
    assert!(partly > 0);
}

#[test]
fn storage_that_is_wrong_never_yields_wrong_bytes() {
    let (place, snapshot) = prepared();
    // More than parity can mend, all over the place; trees may be among it.
    for pack in place.packs().into_iter().step_by(2) {
        damage(&place, pack);
    }
    if let Ok(report) = place.try_restore(&snapshot, &place.options()) {
        assert_eq!(missing(&place).is_empty(), report.problems.is_empty());
    }
    if place.target().exists() {
        missing(&place);
    }
}
