//! Times in the local zone: parsed from flags, shown in tables and JSON.
use caddis::world::Time;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};

/// Parses `YYYY-MM-DD HH:MM:SS`, `YYYY-MM-DD` (midnight), or RFC 3339 with an offset; `now` is `None`.
pub fn parse(text: &str) -> Result<Option<Time>, String> {
    parse_in(text, &TimeZone::system())
}

fn parse_in(text: &str, zone: &TimeZone) -> Result<Option<Time>, String> {
    let text = text.trim();
    if text == "now" {
        return Ok(None);
    }
    // With an offset or `Z` the text says which moment it means; without one it is local.
    let moment = match text.parse::<Timestamp>() {
        Ok(moment) => Some(moment),
        Err(_) => {
            let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", text)
                .or_else(|_| DateTime::strptime("%Y-%m-%dT%H:%M:%S", text))
                .or_else(|_| DateTime::strptime("%Y-%m-%d %H:%M", text))
                .or_else(|_| Date::strptime("%Y-%m-%d", text).map(DateTime::from));
            civil.and_then(|civil| civil.to_zoned(zone.clone())).map(|zoned| zoned.timestamp()).ok()
        }
    };
    let moment = moment.ok_or_else(|| format!("{text:?} is not a time; write \"2026-01-31 23:59:59\" or now"))?;
    Ok(Some(time(moment)))
}

/// Which moment of a day, a month or a second is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    First,
    Last,
}

/// Parses the time of a selector like `latest@{yesterday}`: the last moment that it means. A day, a month or a second means its end; `2 days ago`
/// is that much before now.
pub fn not_after(text: &str) -> Result<Time, String> {
    past_in(text, &Zoned::now(), Edge::Last)
}

/// Parses the same for an option: a day or a month means its first moment, as with [`parse`].
pub fn past(text: &str) -> Result<Time, String> {
    past_in(text, &Zoned::now(), Edge::First)
}

fn past_in(text: &str, now: &Zoned, edge: Edge) -> Result<Time, String> {
    let text = text.trim();
    let zone = now.time_zone();
    let first_of = |date: Date| Some(date.to_zoned(zone.clone()).ok()?.timestamp());
    let last_of = |date: Date| first_of(date.tomorrow().ok()?)?.checked_sub(1.nanosecond()).ok();
    let of = |date: Date| if edge == Edge::First { first_of(date) } else { last_of(date) };
    let (day, clock) = text.split_once(' ').map_or((text, None), |(day, clock)| (day, Some(clock.trim())));
    let named = match day {
        "today" => Some(now.date()),
        "yesterday" => now.date().yesterday().ok(),
        _ => None,
    };
    let span = || -> Option<Timestamp> {
        let span: Span = text.parse().ok()?;
        // A time to come means nothing here: `2 days` are days ago too.
        let ago = if span.is_negative() { span } else { -span };
        Some(now.checked_add(ago).ok()?.timestamp())
    };
    let moment = match (named, clock) {
        (Some(date), None) => of(date),
        (Some(date), Some(clock)) => return past_in(&format!("{date} {clock}"), now, edge),
        _ if text == "now" => Some(now.timestamp()),
        _ => {
            let month = || Date::strptime("%Y-%m-%d", format!("{text}-01")).ok();
            let month = || if edge == Edge::First { month() } else { month().map(Date::last_of_month) };
            let date = Date::strptime("%Y-%m-%d", text).ok().or_else(month);
            date.and_then(of).or_else(span)
        }
    };
    match moment {
        Some(moment) => Ok(time(moment)),
        None => {
            let is_whole = edge == Edge::First || text.contains('.');
            match parse_in(text, zone) {
                Ok(Some(time)) => Ok(Time { nanos: if is_whole { time.nanos } else { 999_999_999 }, ..time }),
                _ => Err(format!(
                    "{text:?} is not a time; write 2026-01-31, \"2026-01-31 23:59:59\", \"2 days ago\", yesterday or \"yesterday 18:00\""
                )),
            }
        }
    }
}

fn time(moment: Timestamp) -> Time {
    let nanos = moment.as_nanosecond();
    Time { secs: nanos.div_euclid(1_000_000_000) as i64, nanos: nanos.rem_euclid(1_000_000_000) as u32 }
}

/// For tables: `2026-01-31 23:59:59`.
pub fn human(time: Time) -> String {
    format(time, &TimeZone::system(), "%Y-%m-%d %H:%M:%S")
}

/// For protection: `until 2026-01-31 23:59:59`, or `for ever` for what no calendar has.
pub fn until(time: Time) -> String {
    match Timestamp::from_second(time.secs) {
        Ok(_) => format!("until {}", human(time)),
        Err(_) => "for ever".to_owned(),
    }
}

/// For JSON: RFC 3339 with nanoseconds and offset.
pub fn rfc3339(time: Time) -> String {
    format(time, &TimeZone::system(), "%Y-%m-%dT%H:%M:%S%.f%:z")
}

fn format(time: Time, zone: &TimeZone, pattern: &str) -> String {
    // Times come from storage: one outside the calendar is shown as the number that it is.
    match Timestamp::new(time.secs, time.nanos.min(999_999_999) as i32) {
        Ok(moment) => Zoned::new(moment, zone.clone()).strftime(pattern).to_string(),
        Err(_) => format!("@{}", time.secs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a valid rule")
    }

    #[test]
    fn local_and_absolute_times_parse() {
        let at = |secs| Ok(Some(Time { secs, nanos: 0 }));
        assert_eq!(parse_in("now", &berlin()), Ok(None));
        assert_eq!(parse_in("1970-01-02 01:00:00", &berlin()), at(86_400));
        assert_eq!(parse_in("1970-01-02T01:00:00", &berlin()), at(86_400));
        assert_eq!(parse_in("1970-01-02 01:00", &berlin()), at(86_400));
        assert_eq!(parse_in("1970-01-02", &berlin()), at(86_400 - 3_600));
        assert_eq!(parse_in("1970-01-02T00:00:00Z", &berlin()), at(86_400));
        assert_eq!(parse_in("1970-01-02T00:00:00+02:00", &berlin()), at(86_400 - 7_200));
        assert_eq!(parse_in("1969-12-31T23:59:59.5Z", &berlin()), Ok(Some(Time { secs: -1, nanos: 500_000_000 })));
        for bad in ["", "yesterday", "2026-13-01", "2026-01-01 25:00:00"] {
            assert!(parse_in(bad, &berlin()).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_of_selectors_mean_the_last_moment() {
        // An hour before summer time begins.
        let now = Timestamp::from_second(1_774_746_000).expect("valid").to_zoned(berlin());
        assert_eq!(now.strftime("%Y-%m-%d %H:%M:%S").to_string(), "2026-03-29 02:00:00".replace("02:", "03:"));
        let read = |text| past_in(text, &now, Edge::Last).map(|time| format(time, &berlin(), "%Y-%m-%d %H:%M:%S%.f"));
        for (text, moment) in [
            ("now", "2026-03-29 03:00:00"),
            ("today", "2026-03-29 23:59:59.999999999"),
            ("yesterday", "2026-03-28 23:59:59.999999999"),
            ("yesterday 18:00", "2026-03-28 18:00:00.999999999"),
            ("2026-03-01", "2026-03-01 23:59:59.999999999"),
            ("2026-02", "2026-02-28 23:59:59.999999999"),
            ("2026-03-01 10:30:05", "2026-03-01 10:30:05.999999999"),
            ("2026-03-01T10:30:05.25+01:00", "2026-03-01 10:30:05.25"),
            // The day has 23 hours.
            ("1 day ago", "2026-03-28 03:00:00"),
            ("1 day", "2026-03-28 03:00:00"),
            ("24 hours ago", "2026-03-28 02:00:00"),
            ("1 month 2 weeks ago", "2026-02-14 03:00:00"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(moment), "{text}");
        }
        for bad in ["", "tomorrow", "2026-13", "today 25:00", "yesterday yesterday", "3"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let first = |text| past_in(text, &now, Edge::First).map(|time| format(time, &berlin(), "%Y-%m-%d %H:%M:%S%.f"));
        for (text, moment) in [
            ("now", "2026-03-29 03:00:00"),
            ("today", "2026-03-29 00:00:00"),
            ("yesterday 18:00", "2026-03-28 18:00:00"),
            ("2026-02", "2026-02-01 00:00:00"),
            ("2026-03-01", "2026-03-01 00:00:00"),
            ("2026-03-01 10:30", "2026-03-01 10:30:00"),
            ("1 day ago", "2026-03-28 03:00:00"),
        ] {
            assert_eq!(first(text).as_deref(), Ok(moment), "{text}");
        }
        assert!(first("tomorrow").is_err());
    }

    #[test]
    fn times_are_shown_in_the_zone() {
        let time = Time { secs: 86_400, nanos: 5 };
        assert_eq!(format(time, &berlin(), "%Y-%m-%d %H:%M:%S"), "1970-01-02 01:00:00");
        assert_eq!(format(time, &berlin(), "%Y-%m-%dT%H:%M:%S%.f%:z"), "1970-01-02T01:00:00.000000005+01:00");
        assert_eq!(format(Time { secs: i64::MAX, nanos: 0 }, &berlin(), "%Y"), "@9223372036854775807");
    }
}
