//! Series, wrong dates, limits and the rule of three copies, on made-up snapshots.
use std::time::Duration;

use super::series::of_snapshots;
use super::*;
use crate::id::{SessionId, WriterId};
use crate::model::Snapshot;
use crate::ops::snapshots::{SnapshotFilter, SnapshotInfo};
use crate::world::Time;

const HOUR: i64 = 3600;
const NOW: Time = Time { secs: 1_000 * HOUR, nanos: 0 };

/// Made so many hours ago.
fn snapshot(id: u8, host: &str, hours: i64) -> SnapshotInfo {
    let snapshot = Snapshot {
        host: host.into(),
        paths: vec![b"/data".to_vec()],
        time: Time { secs: NOW.secs - hours * HOUR, nanos: 0 },
        writer: Some(WriterId([host.len() as u8; 16])),
        counter: u64::from(id),
        ..Snapshot::default()
    };
    SnapshotInfo { id: SessionId([id; 16]), snapshot }
}

fn found(mut all: Vec<SnapshotInfo>, filter: &SnapshotFilter) -> SeriesStates {
    all.sort_by_key(|info| (info.snapshot.time, info.snapshot.counter));
    of_snapshots(all, filter, NOW)
}

fn place(kind: &str, is_off_site: bool) -> Place {
    Place { name: format!("{kind}-place"), kinds: vec![kind.into()], copies: 1, disks: Default::default(), is_off_site }
}

fn hours(hours: u64) -> Option<Duration> {
    Some(Duration::from_secs(hours * 3600))
}

fn overview(all: Vec<SnapshotInfo>, limits: Limits) -> Overview {
    Overview::new(&[place("disk", false)], vec![(0, found(all, &SnapshotFilter::default()))], &limits, NOW)
}

fn too_old(overview: &Overview) -> Vec<(String, Option<Duration>)> {
    let old = overview.alarms.iter().map(|alarm| match alarm {
        Alarm::TooOld { series, age, .. } => (series.host.clone().unwrap_or_default(), *age),
        other => panic!("{other:?}"),
    });
    old.collect()
}

#[test]
fn each_series_has_its_own_age() {
    let all = || vec![snapshot(1, "a", 50), snapshot(2, "a", 5), snapshot(3, "bb", 30)];
    let limits = |max| Limits { max_age: hours(max), ended_after: None };
    assert_eq!(too_old(&overview(all(), limits(26))), [("bb".to_owned(), hours(30))]);
    assert_eq!(too_old(&overview(all(), limits(30))), [], "not older than that");
    assert_eq!(too_old(&overview(all(), limits(4))).len(), 2);
    assert_eq!(overview(all(), Limits::default()).alarms, []);
    let mut labelled = snapshot(4, "ccc", 1);
    labelled.snapshot.label = Some("db".into());
    let with_label = overview(vec![labelled, snapshot(5, "ccc", 2)], Limits::default());
    let keys: Vec<_> = with_label.series.iter().map(|series| series.key.label.clone()).collect();
    assert_eq!(keys, [Some("db".to_owned()), None], "{with_label:?}");
}

#[test]
fn a_date_to_come_hides_nothing_and_neither_does_one_that_contradicts() {
    let limits = Limits { max_age: hours(26), ended_after: None };
    let future = overview(vec![snapshot(1, "a", 90), snapshot(2, "a", -5000)], limits);
    assert_eq!(too_old(&future), [("a".to_owned(), hours(90))]);
    assert_eq!(future.series[0].copies[0].state.doubtful.len(), 1);
    // The first was dated 80 hours ahead when it was made, and now looks like one of ten hours ago.
    let later = overview(vec![snapshot(1, "a", 10), snapshot(2, "a", 88), snapshot(3, "a", 87)], limits);
    assert_eq!(too_old(&later), [("a".to_owned(), None)]);
    // Once a backup has a date after it, that one counts.
    let again = vec![snapshot(1, "a", 10), snapshot(2, "a", 88), snapshot(3, "a", 87), snapshot(4, "a", 2)];
    assert_eq!(too_old(&overview(again, limits)), []);
    // Clocks differ a little.
    let mut slightly = snapshot(1, "a", 0);
    slightly.snapshot.time.secs += 60;
    assert_eq!(overview(vec![slightly], limits).series[0].copies[0].age, hours(0));
}

#[test]
fn what_was_interrupted_is_no_backup() {
    let mut partial = snapshot(2, "a", 1);
    partial.snapshot.partial = true;
    let limits = Limits { max_age: hours(26), ended_after: None };
    let found = overview(vec![snapshot(1, "a", 40), partial.clone()], limits);
    assert_eq!(too_old(&found), [("a".to_owned(), hours(40))]);
    assert!(found.series[0].copies[0].state.partial.is_some());
    partial.snapshot.time.secs -= 60 * HOUR;
    assert!(overview(vec![snapshot(3, "a", 40), partial], limits).series[0].copies[0].state.partial.is_none());
}

#[test]
fn series_that_have_ended_are_silent_unless_all_have() {
    let all = || vec![snapshot(1, "a", 500), snapshot(2, "bb", 5)];
    let limits = Limits { max_age: hours(26), ended_after: hours(400) };
    let some = overview(all(), limits);
    assert_eq!((some.alarms.len(), some.series[0].has_ended, some.series[1].has_ended), (0, true, false));
    let every = overview(vec![snapshot(1, "a", 500)], limits);
    assert_eq!(every.alarms, [Alarm::AllEnded]);
    assert_eq!(overview(Vec::new(), limits).alarms, [Alarm::Nothing { place: 0 }]);
}

#[test]
fn every_place_that_has_a_series_must_have_a_new_snapshot_of_it() {
    let places = [place("disk", false), place("s3", true), place("gcs", true)];
    let all = SnapshotFilter::default();
    let states = vec![
        (0, found(vec![snapshot(1, "a", 5), snapshot(2, "bb", 5)], &all)),
        (1, found(vec![snapshot(1, "a", 50)], &all)),
        (2, found(Vec::new(), &all)),
    ];
    let limits = Limits { max_age: hours(26), ended_after: None };
    let both = Overview::new(&places, states.clone(), &limits, NOW);
    let [Alarm::Nothing { place: 2 }, Alarm::TooOld { place: 1, series, .. }] = &both.alarms[..] else {
        panic!("{:?}", both.alarms);
    };
    assert_eq!(series.host.as_deref(), Some("a"));
    assert_eq!(both.rule(), Some([false, false, false]), "what is too old is no copy");
    let unlimited = Overview::new(&places, states, &Limits::default(), NOW);
    assert_eq!(unlimited.series[0].rule.holds(), [true, true, true]);
    assert_eq!(unlimited.series[1].rule.holds(), [false, false, false]);
    assert_eq!(unlimited.rule(), Some([false, false, false]));
    assert_eq!(unlimited.series[0].newest().map(|info| info.id), Some(SessionId([1; 16])));
}

#[test]
fn names_that_nothing_has_are_told() {
    let filter = SnapshotFilter { hosts: vec!["a".into(), "typo".into()], ..SnapshotFilter::default() };
    let states = vec![(0, found(vec![snapshot(1, "a", 5), snapshot(2, "bb", 5)], &filter))];
    let found = Overview::new(&[place("disk", false)], states, &Limits::default(), NOW);
    assert_eq!((found.series.len(), &found.alarms[..]), (1, &[Alarm::Unmatched("host typo".into())][..]));
}

#[test]
fn a_repository_in_several_locations_is_as_good_as_what_it_survives() {
    let over = [place("disk", false), place("s3", true), place("gcs", true)];
    let none = Place::spread("x".into(), &over, 0);
    assert_eq!(
        (none.copies, none.is_off_site, &none.kinds[..]),
        (1, false, &["disk", "gcs", "s3"].map(String::from)[..])
    );
    let one = Place::spread("x".into(), &over, 1);
    assert_eq!((one.copies, one.is_off_site), (2, true), "the disk may be lost");
    let two_disks = [place("disk", false), place("disk", false), place("s3", true)];
    assert!(!Place::spread("x".into(), &two_disks, 1).is_off_site);
    assert!(!Place::spread("x".into(), &two_disks[..2], 2).is_off_site);
    assert_eq!(Rule::of([one].iter()).holds(), [true, true, true]);
}

#[test]
fn what_is_on_one_disk_is_one_copy() {
    let on = |disk: u64| Place { disks: [disk].into(), ..place("disk", false) };
    let copies = |places: &[Place]| Rule::of(places.iter()).copies;
    assert_eq!((copies(&[on(1), on(2)]), copies(&[on(1), on(1)]), copies(&[on(1), place("s3", true)])), (3, 2, 3));
    let spread = |over: &[Place], survived| Place::spread("x".into(), over, survived).copies;
    assert_eq!((spread(&[on(1), on(2)], 1), spread(&[on(1), on(1)], 1)), (2, 1));
    // Of three locations any one may go, and a disk with two of them may not.
    assert_eq!((spread(&[on(1), on(1), on(2)], 1), spread(&[on(1), on(1), on(2)], 2)), (1, 2));
    assert_eq!(spread(&[on(1), on(2), place("s3", true)], 1), 2);
    assert_eq!(copies(&[Place::spread("x".into(), &[on(1), on(2)], 1), on(2)]), 3);
}
