//! Each kind of damage, to one object of each family, before each operation.
use std::collections::BTreeMap;
use std::sync::Arc;

use caddis::backend::{Family, MemoryBackend, ObjectName};
use caddis::monitor::Silent;
use caddis::ops::check::{ReadData, Severity};
use caddis::ops::scrub::scrub;

use super::fixture::{Damage, Fixture, assert_clean, contents, fixture, look, mend, open, reopen, save, worst};

const FAMILIES: [Family; 8] = [
    Family::Config,
    Family::Keys,
    Family::Packs,
    Family::Index,
    Family::Snapshots,
    Family::ReplicaConfig,
    Family::ReplicaKeys,
    Family::ReplicaSnapshots,
];

type Objects = BTreeMap<ObjectName, Arc<[u8]>>;

/// Two objects of the family: for packs the first data packs, then parity packs.
fn victims(objects: &Objects, family: Family) -> Vec<(ObjectName, Option<ObjectName>)> {
    let names: Vec<ObjectName> = objects.keys().filter(|name| name.family() == family).copied().collect();
    let of = |magic: &[u8]| names.iter().copied().filter(|name| objects[name].starts_with(magic)).collect::<Vec<_>>();
    let groups = if family == Family::Packs { vec![of(b"CADDISP1"), of(b"CADDISR1")] } else { vec![names.clone()] };
    // Of equal length, so that only reading tells that they were swapped.
    let twin = |group: &[ObjectName]| {
        let first = group[0];
        let other = group[1..].iter().find(|name| objects[name].len() == objects[&first].len());
        (first, other.copied())
    };
    groups.iter().map(|group| twin(group)).collect()
}

/// Runs `each` on a damaged copy for every kind of damage to every family.
fn for_each_damage(fixture: &Fixture, each: impl Fn(&str, Family, Damage, &Arc<MemoryBackend>)) {
    let objects = fixture.backend.snapshot_contents();
    let mut cases = 0;
    for family in FAMILIES {
        for (name, other) in victims(&objects, family) {
            for damage in Damage::ALL {
                let place = Arc::new(fixture.backend.clone());
                if damage.inflict(&place, &name, other.as_ref()) {
                    each(&format!("{damage:?} of {name}"), family, damage, &place);
                    cases += 1;
                }
            }
        }
    }
    println!("REPORT damage.cases {cases}");
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let fixture = fixture(4, 2);
    let (place, repo) = open(&fixture.backend);
    assert_clean(&repo, "undamaged");
    for repair in [false, true] {
        let report = scrub(&*place, 1, repair, &Silent).unwrap();
        assert!(report.rebuilt.is_empty() && report.lost.is_empty(), "{report:?}");
        assert!(report.stripes > 1 && report.packs > 12 && report.objects > 5 && report.unknown_packs == 0);
    }
    let report = mend(&repo);
    assert!(report.replicas_written.is_empty() && report.objects_lost.is_empty() && report.packs_rebuilt.is_empty());
    assert!(report.packs_lost.is_empty() && report.packs_indexed == 0 && report.index_written == 0);
    assert_eq!(place.snapshot_contents(), fixture.backend.snapshot_contents(), "nothing was written");
}

#[test]
fn every_damage_is_found_and_named_as_repairable() {
    let fixture = fixture(4, 2);
    for_each_damage(&fixture, |what, family, damage, place| {
        let before = place.snapshot_contents();
        let repo = reopen(place).unwrap_or_else(|error| panic!("{what}: {error}"));
        // Bytes of packs are read only when that is asked for.
        let silent = family == Family::Packs && matches!(damage, Damage::Flip | Damage::Overwrite | Damage::Swap);
        for read in [ReadData::No, ReadData::All] {
            let report = look(&repo, read);
            let (severity, findings) = worst(&report);
            let expected = if silent && read == ReadData::No { Severity::Note } else { Severity::Repairable };
            assert_eq!(severity, expected, "{what}, {read:?}: {findings:#?}");
            assert!(findings.iter().all(|finding| finding.message.contains("caddis repair")), "{what}: {findings:#?}");
        }
        assert_eq!(place.snapshot_contents(), before, "{what}: a check changes nothing");
    });
}

#[test]
fn reading_and_backing_up_go_on() {
    let fixture = fixture(4, 2);
    for_each_damage(&fixture, |what, family, _, place| {
        let repo = reopen(place).unwrap();
        if family != Family::Index {
            assert_eq!(contents(&repo).unwrap_or_else(|error| panic!("{what}: {error}")), fixture.truth, "{what}");
        }
        let sid = save(&repo, fixture.source.path());
        let found = contents(&reopen(place).unwrap());
        if family != Family::Index {
            let found = found.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(found.keys().any(|(snapshot, _)| *snapshot == sid), "{what}");
        }
    });
}

#[test]
fn repair_makes_all_good_again() {
    let fixture = fixture(4, 2);
    let truth = fixture.backend.snapshot_contents();
    for_each_damage(&fixture, |what, family, _, place| {
        mend(&reopen(place).unwrap());
        let after = place.snapshot_contents();
        for (name, bytes) in &truth {
            if family != Family::Index || name.family() != Family::Index {
                assert_eq!(after.get(name), Some(bytes), "{what}: {name}");
            }
        }
        if family != Family::Index {
            assert_eq!(after.len(), truth.len(), "{what}: nothing but what was damaged is written");
        }
        let repo = reopen(place).unwrap();
        assert_clean(&repo, what);
        assert_eq!(contents(&repo).unwrap(), fixture.truth, "{what}");
    });
}

#[test]
fn scrub_finds_and_mends_without_a_key() {
    let fixture = fixture(4, 2);
    let truth = fixture.backend.snapshot_contents();
    for_each_damage(&fixture, |what, family, damage, place| {
        let before = place.snapshot_contents();
        let looked = scrub(&**place, 1, false, &Silent).unwrap();
        assert_eq!(place.snapshot_contents(), before, "{what}: nothing is written");
        let mended = scrub(&**place, 1, true, &Silent).unwrap();
        assert_eq!((looked.rebuilt.len(), looked.lost.len()), (mended.rebuilt.len(), mended.lost.len()), "{what}");
        let after = place.snapshot_contents();
        match (family, damage) {
            // An object that is lost altogether leaves no trace but packs; objects that are sound under a wrong name need a key.
            (Family::Index, Damage::Delete) => assert!(mended.lost.is_empty() && mended.rebuilt.is_empty(), "{what}"),
            (Family::Index, Damage::Swap) => {}
            (Family::Index, _) => assert_eq!(mended.lost.len(), 1, "{what}"),
            (Family::Packs, _) => assert_eq!(after, truth, "{what}"),
            (_, Damage::Swap) => assert_eq!(mended.lost.len(), 2, "{what}"),
            _ => assert_eq!((after, mended.rebuilt.len()), (truth.clone(), 1), "{what}"),
        }
    });
}
