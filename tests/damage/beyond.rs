//! More damage than one object: whole families, and stripes up to their parity and beyond.
use std::collections::BTreeMap;
use std::sync::Arc;

use caddis::backend::{Family, MemoryBackend, ObjectName};
use caddis::format::{IndexObject, StripeEntry, split_object};
use caddis::monitor::Silent;
use caddis::ops::check::{ReadData, Severity};
use caddis::ops::repair::{RepairOptions, repair};
use caddis::ops::scrub::scrub;

use super::fixture::{Damage, assert_clean, contents, fixture, look, mend, open, reopen, save, worst};

/// All stripes, as index objects name them.
pub fn stripes(place: &MemoryBackend) -> Vec<StripeEntry> {
    let objects = place.snapshot_contents();
    let index = objects.iter().filter(|(name, _)| name.family() == Family::Index);
    index.flat_map(|(_, bytes)| IndexObject::decode_plain(split_object(bytes).unwrap().plain).unwrap()).collect()
}

/// Removes or damages the first `count` packs of every stripe that has so many.
fn damage_packs(place: &MemoryBackend, count: usize, damage: Damage) -> usize {
    let mut damaged = 0;
    for stripe in stripes(place) {
        for slot in stripe.slots.iter().take(count) {
            damaged += usize::from(damage.inflict(place, &ObjectName::Pack(slot.pack), None));
        }
    }
    damaged
}

fn remove_family(place: &MemoryBackend, family: Family) {
    for name in place.snapshot_contents().into_keys().filter(|name| name.family() == family) {
        place.remove(&name);
    }
}

#[test]
fn a_lost_index_comes_back_from_the_packs() {
    let fixture = fixture(4, 2);
    for lost_packs in [0, 2] {
        let place = Arc::new(fixture.backend.clone());
        damage_packs(&place, lost_packs, Damage::Delete);
        remove_family(&place, Family::Index);
        let repo = reopen(&place).unwrap();
        let (severity, findings) = (worst(&look(&repo, ReadData::No)).0, look(&repo, ReadData::No).findings);
        assert_eq!(severity, Severity::Repairable, "{findings:#?}");
        assert_eq!(look(&repo, ReadData::No).lost_files, [], "nobody can tell yet");
        let report = mend(&repo);
        assert!(report.packs_indexed > 8 && report.index_written > 0 && report.blobs_lost.is_empty(), "{report:?}");
        assert!(report.packs_lost.is_empty(), "{report:?}");
        let repo = reopen(&place).unwrap();
        assert_clean(&repo, "after the repair");
        assert_eq!(contents(&repo).unwrap(), fixture.truth);
        let after = place.snapshot_contents();
        for (name, bytes) in fixture.backend.snapshot_contents() {
            assert!(name.family() == Family::Index || after.get(&name) == Some(&bytes), "{name}");
        }
    }
}

#[test]
fn scrub_mends_stripes_that_only_parity_packs_describe() {
    let fixture = fixture(4, 2);
    let place = Arc::new(fixture.backend.clone());
    // One data pack of each stripe and one parity pack, so that parity must be topped up by computing it.
    for stripe in stripes(&place) {
        place.remove(&ObjectName::Pack(stripe.slots[0].pack));
        place.remove(&ObjectName::Pack(stripe.slots[stripe.slots.len() - 1].pack));
    }
    remove_family(&place, Family::Index);
    let report = scrub(&*place, 1, true, &Silent).unwrap();
    assert!(report.lost.is_empty(), "{report:?}");
    let after = place.snapshot_contents();
    for (name, bytes) in fixture.backend.snapshot_contents() {
        assert!(name.family() == Family::Index || after.get(&name) == Some(&bytes), "{name}");
    }
}

#[test]
fn two_packs_of_every_stripe_come_back_bit_for_bit() {
    let fixture = fixture(4, 2);
    for damage in [Damage::Delete, Damage::Truncate, Damage::Flip, Damage::Overwrite, Damage::Empty] {
        let place = Arc::new(fixture.backend.clone());
        let count = damage_packs(&place, 2, damage);
        let repo = reopen(&place).unwrap();
        assert_eq!(contents(&repo).unwrap(), fixture.truth, "{damage:?}: reading heals");
        let report = look(&repo, ReadData::All);
        assert_eq!(worst(&report).0, Severity::Repairable, "{damage:?}: {:#?}", report.findings);
        assert_eq!(worst(&report).1.len(), count, "{damage:?}: each pack is named");
        let options = RepairOptions {
            replicas: true,
            index: true,
            packs: true,
            locations: true,
            dry_run: true,
            host: "host".to_owned(),
        };
        let before = place.snapshot_contents();
        assert_eq!(repair(&repo, &options, &Silent).unwrap().packs_rebuilt.len(), count);
        assert_eq!(place.snapshot_contents(), before, "a dry run writes nothing");
        assert_eq!(mend(&repo).packs_rebuilt.len(), count);
        assert_eq!(place.snapshot_contents(), fixture.backend.snapshot_contents(), "{damage:?}");
        assert_clean(&repo, "after the repair");
    }
}

/// Whatever was damaged: what is lost is named, and with repair and a backup of the same sources all is whole again.
fn lost_and_whole_again(place: &Arc<MemoryBackend>, source: &std::path::Path) {
    let repo = reopen(place).unwrap();
    let report = look(&repo, ReadData::All);
    assert_eq!(worst(&report).0, Severity::Lost, "{:#?}", report.findings);
    assert!(!report.lost_files.is_empty());
    let mended = mend(&repo);
    assert!(!mended.blobs_lost.is_empty() || mended.packs_indexed > 0 || !mended.packs_lost.is_empty(), "{mended:?}");
    // A second repair finds nothing more to do.
    let again = mend(&reopen(place).unwrap());
    assert!(again.packs_rebuilt.is_empty() && again.packs_lost.is_empty() && again.index_written == 0, "{again:?}");
    assert_eq!(worst(&look(&reopen(place).unwrap(), ReadData::All)).0, Severity::Lost);
    let newest = save(&repo, source);
    let repo = reopen(place).unwrap();
    let report = look(&repo, ReadData::All);
    let still: Vec<_> = report.lost_files.iter().map(|(_, path)| String::from_utf8_lossy(path)).collect();
    // What the second snapshot replaced is in no source any more: one file, and trees on the way to it.
    let replaced = source.join("d1/f1");
    assert!(still.iter().all(|path| replaced.starts_with(path.as_ref())), "{still:?}");
    assert!(report.lost_files.iter().all(|(snapshot, _)| !newest.starts_with(snapshot)), "{still:?}");
}

#[test]
fn three_packs_are_lost_named_and_stored_again() {
    let fixture = fixture(4, 2);
    for damage in [Damage::Delete, Damage::Overwrite] {
        let place = Arc::new(fixture.backend.clone());
        damage_packs(&place, 3, damage);
        lost_and_whole_again(&place, fixture.source.path());
    }
}

#[test]
fn what_reads_of_lost_stripes_is_rescued_without_an_index() {
    let fixture = fixture(4, 2);
    let place = Arc::new(fixture.backend.clone());
    let damaged = damage_packs(&place, 3, Damage::Overwrite);
    remove_family(&place, Family::Index);
    let report = mend(&reopen(&place).unwrap());
    assert!(report.packs_lost.len() >= damaged / 2, "{report:?}");
    let rescued = reopen(&place).unwrap();
    rescued.load_index(&Silent).unwrap();
    assert!(rescued.blob_places() > 50, "frames around the damage are kept: {}", rescued.blob_places());
    let again = mend(&rescued);
    assert!(again.packs_lost.is_empty() && again.packs_rebuilt.is_empty() && again.packs_indexed == 0, "{again:?}");
    let sid = save(&rescued, fixture.source.path());
    let report = look(&reopen(&place).unwrap(), ReadData::All);
    assert!(report.lost_files.iter().all(|(snapshot, _)| !sid.starts_with(snapshot)), "{:?}", report.lost_files);
}

#[test]
fn without_parity_a_lost_pack_is_lost_and_stored_again() {
    let fixture = fixture(1, 0);
    let place = Arc::new(fixture.backend.clone());
    for stripe in stripes(&place).iter().step_by(3) {
        place.remove(&ObjectName::Pack(stripe.slots[0].pack));
    }
    lost_and_whole_again(&place, fixture.source.path());
}

#[test]
fn what_still_reads_of_a_lost_stripe_is_kept() {
    let fixture = fixture(4, 2);
    let place = Arc::new(fixture.backend.clone());
    let first = stripes(&place).into_iter().max_by_key(|stripe| stripe.slots.len()).unwrap();
    for slot in first.slots.iter().take(3) {
        place.remove(&ObjectName::Pack(slot.pack));
    }
    let repo = reopen(&place).unwrap();
    let lost_before = look(&repo, ReadData::No).lost_files.len();
    let report = mend(&repo);
    assert!(report.packs_lost.len() >= 3 && !report.blobs_lost.is_empty() && report.index_written == 0, "{report:?}");
    // The doomed stripe goes altogether, as a prune would do: nothing more is lost with it.
    for slot in &first.slots {
        place.remove(&ObjectName::Pack(slot.pack));
    }
    let repo = reopen(&place).unwrap();
    assert_eq!(look(&repo, ReadData::All).lost_files.len(), lost_before);
}

#[test]
fn nothing_is_left_when_everything_but_replicas_is_gone() {
    let fixture = fixture(4, 2);
    let place = Arc::new(fixture.backend.clone());
    for family in [Family::Config, Family::Keys, Family::Snapshots] {
        remove_family(&place, family);
    }
    let repo = reopen(&place).unwrap();
    assert_eq!(contents(&repo).unwrap(), fixture.truth);
    let written = mend(&repo).replicas_written;
    assert_eq!(written.len(), 4, "{written:?}");
    assert_eq!(place.snapshot_contents(), fixture.backend.snapshot_contents());
}

#[test]
fn a_snapshot_whose_both_copies_are_lost_costs_no_other_snapshot() {
    let fixture = fixture(4, 2);
    let place = Arc::new(fixture.backend.clone());
    let repo = reopen(&place).unwrap();
    let first = caddis::ops::snapshots::list(&repo, &Default::default(), &Silent).unwrap()[0].id;
    for name in [ObjectName::Snapshot(first), ObjectName::ReplicaSnapshot(first)] {
        Damage::Flip.inflict(&place, &name, None);
    }
    let repo = reopen(&place).unwrap();
    assert_eq!(worst(&look(&repo, ReadData::No)).0, Severity::Lost);
    let report = mend(&repo);
    assert_eq!(report.objects_lost, [ObjectName::Snapshot(first).to_string()]);
    let repo = reopen(&place).unwrap();
    let rest: BTreeMap<_, _> = fixture
        .truth
        .iter()
        .filter(|((sid, _), _)| *sid != first.to_string())
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    assert_eq!(contents(&repo).unwrap(), rest);
}

#[test]
fn a_snapshot_of_which_both_copies_are_gone_is_lost() {
    let fixture = fixture(4, 2);
    let (place, repo) = open(&fixture.backend);
    let first = caddis::ops::snapshots::list(&repo, &Default::default(), &Silent).unwrap()[0].id;
    place.remove(&ObjectName::Snapshot(first));
    place.remove(&ObjectName::ReplicaSnapshot(first));
    let name = ObjectName::Snapshot(first).to_string();
    let report = look(&reopen(&place).unwrap(), ReadData::No);
    let found: Vec<_> = report.findings.iter().filter(|finding| finding.object == name).collect();
    assert!(matches!(found[..], [one] if one.severity == Severity::Lost), "{:#?}", report.findings);
    assert!(found[0].message.contains("its packs are still there"), "{found:?}");
    assert_eq!(mend(&reopen(&place).unwrap()).objects_lost, [name]);
    // What the lost one stored for the other is there.
    let mut rest = fixture.truth;
    rest.retain(|(sid, _), _| *sid != first.to_string());
    assert_eq!(contents(&reopen(&place).unwrap()).unwrap(), rest);
}

#[test]
fn a_damaged_mark_stops_writers_until_it_is_dealt_with() {
    let fixture = fixture(4, 2);
    let (place, repo) = open(&fixture.backend);
    damage_packs(&place, 3, Damage::Delete);
    mend(&repo);
    let mark = place.snapshot_contents().into_keys().find(|name| matches!(name, ObjectName::Mark(_))).unwrap();
    Damage::Flip.inflict(&place, &mark, None);
    let repo = reopen(&place).unwrap();
    assert!(look(&repo, ReadData::No).findings.iter().any(|finding| finding.object == mark.to_string()));
    let report = mend(&repo);
    assert!(report.objects_given_up.contains(&mark.to_string()), "{report:?}");
    let repo = reopen(&place).unwrap();
    let newest = save(&repo, fixture.source.path());
    let lost = look(&repo, ReadData::All).lost_files;
    assert!(lost.iter().all(|(snapshot, _)| !newest.starts_with(snapshot)), "{newest}: {lost:?}");
}

#[test]
fn parts_of_the_data_add_up_to_all_of_it() {
    let fixture = fixture(4, 2);
    let (_, repo) = open(&fixture.backend);
    let all = look(&repo, ReadData::All);
    assert_eq!(all.packs, all.packs_read);
    let parts: Vec<_> = (1..=3).map(|n| look(&repo, ReadData::Part { n, t: 3 })).collect();
    assert_eq!(parts.iter().map(|part| part.packs_read).sum::<u64>(), all.packs);
    assert_eq!(parts.iter().map(|part| part.bytes_read).sum::<u64>(), all.bytes_read);
    let half = look(&repo, ReadData::Percent(50.0)).bytes_read;
    assert!(half >= all.bytes_read / 2 && half < all.bytes_read * 3 / 4, "{half} of {}", all.bytes_read);
    let some = look(&repo, ReadData::Bytes(300_000)).bytes_read;
    assert!((300_000..900_000).contains(&some), "{some}");
    assert_eq!(look(&repo, ReadData::No).packs_read, 0);
}

#[test]
fn all_packs_that_were_read_are_counted_whatever_is_wrong_with_them() {
    let fixture = fixture(4, 2);
    for damage in [Damage::Delete, Damage::Flip] {
        let place = Arc::new(fixture.backend.clone());
        let gone = if damage == Damage::Delete { 2 * stripes(&place).len() as u64 } else { 0 };
        assert_eq!(damage_packs(&place, 2, damage), 2 * stripes(&place).len());
        let report = look(&reopen(&place).unwrap(), ReadData::All);
        assert_eq!(report.packs_read + gone, report.packs, "{damage:?}");
    }
}
