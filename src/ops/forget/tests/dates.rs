//! Durations, and where hours, days and weeks begin and end.
use super::*;

#[test]
fn durations_read_and_print_like_those_of_restic() {
    for (text, shown) in
        [("1y5m7d2h", "1y5m7d2h"), ("14d", "14d"), ("2w", "2w"), (" 1m ", "1m"), ("1d1w2w", "3w1d"), ("0d", "")]
    {
        let duration: CalendarDuration = text.parse().unwrap();
        assert_eq!(duration.to_string(), shown, "{text}");
        assert_eq!(duration.is_zero(), shown.is_empty());
    }
    for bad in ["", "7", "d", "-1d", "1x", "1d2", "99999999999d", "4294967295w", "4294967295y", "1 d"] {
        assert!(bad.parse::<CalendarDuration>().is_err(), "{bad}");
    }
}

#[test]
fn hours_around_a_change_of_clocks_are_told_apart() {
    // On 2026-10-25 clocks go from 3:00 back to 2:00: that hour comes twice. On 2026-03-29 the hour from 2:00 does not come.
    let utc = |text: &str| Time { secs: text.parse::<jiff::Timestamp>().unwrap().as_second(), nanos: 0 };
    let autumn = [
        "2026-10-24T23:30:00Z",
        "2026-10-25T00:10:00Z",
        "2026-10-25T00:50:00Z",
        "2026-10-25T01:20:00Z",
        "2026-10-25T02:10:00Z",
    ];
    let group: Vec<_> = autumn.iter().zip(1..).map(|(text, number)| snapshot(number, utc(text))).collect();
    assert_eq!(numbers(&policy(&[(Period::Hour, "all")]), group.clone()), [1, 3, 4, 5]);
    assert_eq!(numbers(&policy(&[(Period::Day, "1")]), group), [5]);
    let spring = [
        "2026-03-29T00:10:00Z",
        "2026-03-29T00:59:00Z",
        "2026-03-29T01:01:00Z",
        "2026-03-29T21:59:00Z",
        "2026-03-29T22:01:00Z",
    ];
    let group: Vec<_> = spring.iter().zip(1..).map(|(text, number)| snapshot(number, utc(text))).collect();
    assert_eq!(numbers(&policy(&[(Period::Hour, "3")]), group.clone()), [3, 4, 5]);
    // The day had 23 hours; local midnight is at 22:00 UTC.
    assert_eq!(numbers(&policy(&[(Period::Day, "2")]), group), [4, 5]);
}

#[test]
fn a_day_is_a_day_of_the_calendar_even_if_clocks_change() {
    // From 12:00 on the day before: 25 hours, but one day, when clocks went back in between.
    let group = snapshots(&["2026-10-24 11:59", "2026-10-24 12:00", "2026-10-24 12:01", "2026-10-25 12:00"]);
    assert_eq!(numbers(&policy(&[(Period::Any, "1d")]), group.clone()), [3, 4]);
    assert_eq!(numbers(&policy(&[(Period::Any, "24h")]), group), [4]);
}

#[test]
fn weeks_begin_on_monday_and_may_cross_the_year() {
    // 2020-12-31 is a Thursday; 2021-01-03 a Sunday.
    let group = snapshots(&[
        "2020-12-27 23:59",
        "2020-12-28 00:00",
        "2020-12-31 12:00",
        "2021-01-03 23:59",
        "2021-01-04 00:00",
    ]);
    assert_eq!(numbers(&policy(&[(Period::Week, "3")]), group.clone()), [1, 4, 5]);
    assert_eq!(numbers(&policy(&[(Period::Year, "2")]), group), [3, 5]);
}

#[test]
fn months_differ_in_length() {
    // A month before the end of March is the end of February.
    let group = snapshots(&["2026-02-27 12:00", "2026-02-28 12:00", "2026-02-28 12:01", "2026-03-31 12:00"]);
    assert_eq!(numbers(&policy(&[(Period::Any, "1m")]), group), [3, 4]);
    // Before all calendars: everything is within.
    let group = snapshots(&["2026-02-27 12:00", "2026-02-28 12:00"]);
    assert_eq!(numbers(&policy(&[(Period::Any, "19000y")]), group), [1, 2]);
}
