//! What policies keep: the examples of restic's manual, and edges.
use super::*;

const SUNDAYS: [&str; 12] = [
    "2019-09-01 11:00",
    "2019-09-08 11:00",
    "2019-09-15 11:00",
    "2019-09-22 11:00",
    "2019-09-29 11:00",
    "2019-10-06 11:00",
    "2019-10-13 11:00",
    "2019-10-20 11:00",
    "2019-10-27 11:00",
    "2019-11-03 11:00",
    "2019-11-10 11:00",
    "2019-11-17 11:00",
];

#[test]
fn four_days_of_twelve_sundays() {
    let kept = kept(&policy(&[(Period::Day, "4")]), snapshots(&SUNDAYS));
    assert_eq!(kept, [9, 10, 11, 12].map(|number| (number, "daily snapshot".to_owned())));
}

/// One backup every day for 100 years.
#[test]
fn daily_backups_of_a_hundred_years() {
    let mut day = jiff::civil::date(2000, 1, 1);
    let mut group = Vec::new();
    while day.year() < 2100 {
        let moment = day.at(12, 0, 0, 0).to_zoned(berlin()).unwrap();
        group.push(snapshot(group.len() as u32, Time { secs: moment.timestamp().as_second(), nanos: 0 }));
        day = day.tomorrow().unwrap();
    }
    let counts = policy(&[(Period::Day, "7"), (Period::Week, "5"), (Period::Month, "12"), (Period::Year, "75")]);
    let verdict = apply(&counts, group.clone(), &BTreeMap::new(), &clock("2100-01-01 00:00"));
    let with = |reason: &str| verdict.keep.iter().filter(|kept| kept.reasons.iter().any(|r| r == reason)).count();
    assert_eq!(with("daily snapshot"), 7);
    assert_eq!(with("weekly snapshot"), 5);
    assert_eq!(with("monthly snapshot"), 12);
    assert_eq!(with("yearly snapshot"), 75);
    assert!(verdict.keep.iter().all(|kept| kept.reasons.iter().all(|reason| !reason.starts_with("oldest"))));
    // 2099-12-31, a Thursday, is in all four; of the others only Sunday the 27th is both daily and weekly.
    assert_eq!(verdict.keep.len(), 7 + (5 - 2) + (12 - 1) + (75 - 1));
    let within = policy(&[(Period::Day, "7d"), (Period::Week, "1m"), (Period::Month, "1y"), (Period::Year, "75y")]);
    let verdict = apply(&within, group, &BTreeMap::new(), &clock("2100-01-01 00:00"));
    let with = |reason: &str| verdict.keep.iter().filter(|kept| kept.reasons.iter().any(|r| r == reason)).count();
    assert_eq!(with("daily within 7d"), 7);
    assert_eq!(with("weekly within 1m"), 5);
    assert_eq!(with("monthly within 1y"), 12);
    assert_eq!(with("yearly within 75y"), 75);
}

#[test]
fn the_oldest_stays_as_long_as_a_count_is_not_exhausted() {
    let group = snapshots(&["2026-01-01 08:00", "2026-01-01 09:00", "2026-01-02 09:00"]);
    assert_eq!(
        kept(&policy(&[(Period::Day, "3")]), group.clone()),
        [(1, "oldest daily snapshot".to_owned()), (2, "daily snapshot".to_owned()), (3, "daily snapshot".to_owned())]
    );
    assert_eq!(numbers(&policy(&[(Period::Day, "2")]), group.clone()), [2, 3]);
    assert_eq!(numbers(&policy(&[(Period::Day, "all")]), group.clone()), [1, 2, 3]);
    assert_eq!(kept(&policy(&[(Period::Day, "5d")]), group.clone())[0], (1, "oldest daily within 5d".to_owned()));
    assert_eq!(numbers(&policy(&[(Period::Day, "24h")]), group), [3]);
}

#[test]
fn reasons_add_up() {
    let group = snapshots(&["2026-01-01 08:00", "2026-01-02 08:00", "2026-01-03 09:00"]);
    let all = policy(&[
        (Period::Any, "1"),
        (Period::Hour, "1"),
        (Period::Year, "1"),
        (Period::Any, "25h"),
        (Period::Any, "2d"),
    ]);
    assert_eq!(
        kept(&all, group),
        [
            (2, "within 2d".to_owned()),
            (3, "last snapshot, hourly snapshot, yearly snapshot, within 25h, within 2d".to_owned()),
        ]
    );
}

#[test]
fn within_counts_from_the_newest_snapshot_not_from_now() {
    let group = snapshots(&["2020-01-01 12:00", "2020-01-08 12:00", "2020-01-08 12:01", "2020-01-15 12:00"]);
    // Exactly a week is not within a week.
    assert_eq!(numbers(&policy(&[(Period::Any, "7d")]), group), [3, 4]);
}

#[test]
fn tags_and_ids_keep_beside_all_counts() {
    let mut group = snapshots(&SUNDAYS[..5]);
    group[0].snapshot.tags = vec!["a".into(), "b".into()];
    group[1].snapshot.tags = vec!["a".into()];
    group[2].snapshot.tags = vec!["b".into()];
    let mut policy = policy(&[(Period::Any, "1")]);
    policy.tags = vec![vec!["a".into(), "b".into()]];
    policy.ids = vec![id(3)];
    assert_eq!(
        kept(&policy, group.clone()),
        [(1, "has tags [a, b]".to_owned()), (3, "has id".to_owned()), (5, "last snapshot".to_owned())]
    );
    policy.tags = vec![vec!["b".into()], Vec::new()];
    policy.ids = Vec::new();
    assert_eq!(
        kept(&policy, group),
        [(1, "has tags [b]"), (3, "has tags [b]"), (4, "has no tags"), (5, "has no tags, last snapshot")]
            .map(|(number, reason)| (number, reason.to_owned()))
    );
}

#[test]
fn partial_snapshots_take_no_place_and_go_when_a_newer_complete_one_is_there() {
    let mut group = snapshots(&[
        "2026-01-01 08:00",
        "2026-01-02 08:00",
        "2026-01-02 09:00",
        "2026-01-03 08:00",
        "2026-01-03 09:00",
    ]);
    for at in [0, 2, 3, 4] {
        group[at].snapshot.partial = true;
    }
    let last = policy(&[(Period::Any, "3"), (Period::Day, "3")]);
    assert_eq!(
        kept(&last, group.clone()),
        [
            (2, "last snapshot, daily snapshot"),
            (3, "no complete snapshot since"),
            (4, "no complete snapshot since"),
            (5, "no complete snapshot since")
        ]
        .map(|(number, reason)| (number, reason.to_owned()))
    );
    // Plain within is no place that could be taken. It counts from the newest complete one.
    assert_eq!(numbers(&policy(&[(Period::Any, "2d")]), group.clone()), [1, 2, 3, 4, 5]);
    assert_eq!(numbers(&policy(&[(Period::Any, "1h")]), group.clone()), [2, 3, 4, 5]);
    // Without a complete one all of them stay.
    group.remove(1);
    assert_eq!(numbers(&last, group), [1, 3, 4, 5]);
}

#[test]
fn protected_snapshots_stay_until_their_time() {
    let mut group = snapshots(&SUNDAYS[..4]);
    group[0].snapshot.protected_until = Some(crate::ops::protect::FOREVER);
    group[1].snapshot.protected_until = Some(at("2020-01-01 00:00"));
    group[2].snapshot.protected_until = Some(at("2019-10-01 00:00"));
    let verdict = apply(&policy(&[(Period::Any, "1")]), group, &BTreeMap::new(), &clock("2019-10-01 00:00"));
    assert_eq!(
        reasons(&verdict),
        [(1, "protected"), (2, "protected until 2020-01-01 00:00:00"), (4, "last snapshot")]
            .map(|(number, reason)| (number, reason.to_owned()))
    );
}

#[test]
fn a_policy_of_zeros_is_empty() {
    assert!(Policy::default().is_empty());
    assert!(policy(&[(Period::Any, "0"), (Period::Day, "0d")]).is_empty());
    assert!(!policy(&[(Period::Any, "0"), (Period::Day, "1d")]).is_empty());
    assert!(!Policy { ids: vec![id(1)], ..Policy::default() }.is_empty());
    assert!(numbers(&Policy::default(), snapshots(&SUNDAYS)).is_empty());
}
