//! How times become names: a sample of the time that Go's layouts use, as in restic, or strftime(3), as in rustic.
use std::str::FromStr;
use std::sync::Arc;

use caddis::ops::mount::TimeFormat;
use caddis::world::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// See above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeTemplate(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// For strftime.
    Pattern(String),
    /// `Z`, or, where the zone is not UTC, this pattern.
    Zone(&'static str),
}

/// Parts of the sample time `Mon Jan 2 15:04:05 -0700 MST 2006`; the longer of two comes first.
const SAMPLES: &[(&str, &str)] = &[
    ("January", "%B"),
    ("Jan", "%b"),
    ("Monday", "%A"),
    ("Mon", "%a"),
    ("MST", "%Z"),
    ("2006", "%Y"),
    ("002", "%j"),
    ("01", "%m"),
    ("02", "%d"),
    ("03", "%I"),
    ("04", "%M"),
    ("05", "%S"),
    ("06", "%y"),
    ("15", "%H"),
    ("_2006", "_%Y"),
    ("_2", "%e"),
    ("1", "%-m"),
    ("2", "%-d"),
    ("3", "%-I"),
    ("4", "%-M"),
    ("5", "%-S"),
    ("PM", "%p"),
    ("pm", "%P"),
    ("-07:00", "%:z"),
    ("-0700", "%z"),
];

const ZONES: &[(&str, &str)] = &[("Z07:00", "%:z"), ("Z0700", "%z")];

impl TimeTemplate {
    /// A template for times of this machine's zone.
    pub fn format(&self) -> TimeFormat {
        let (template, zone) = (self.clone(), TimeZone::system());
        Arc::new(move |time| template.show(time, &zone))
    }

    fn show(&self, time: Time, zone: &TimeZone) -> String {
        // Times come from storage: one outside the calendar is shown as the number that it is.
        let Ok(moment) = Timestamp::new(time.secs, time.nanos.min(999_999_999) as i32) else {
            return format!("@{}", time.secs);
        };
        let zoned = Zoned::new(moment, zone.clone());
        let pattern =
            |pattern: &str| jiff::fmt::strtime::format(pattern, &zoned).unwrap_or_else(|_| format!("@{}", time.secs));
        let show = |part: &Part| match part {
            Part::Zone(_) if zoned.offset().is_zero() => "Z".to_owned(),
            Part::Zone(text) => pattern(text),
            Part::Pattern(text) => pattern(text),
        };
        self.0.iter().map(show).collect()
    }
}

impl FromStr for TimeTemplate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('%') {
            return match jiff::fmt::strtime::format(text, &Zoned::new(Timestamp::UNIX_EPOCH, TimeZone::UTC)) {
                Ok(shown) if shown.trim_matches('/').is_empty() => Err("it gives no name".to_owned()),
                Ok(_) => Ok(TimeTemplate(vec![Part::Pattern(text.to_owned())])),
                Err(error) => Err(error.to_string()),
            };
        }
        let parts = from_sample(text);
        let has_time = |part: &Part| matches!(part, Part::Pattern(pattern) if pattern.contains('%'));
        match parts.iter().any(has_time) {
            true => Ok(TimeTemplate(parts)),
            false => {
                Err("no part of \"Mon Jan 2 15:04:05 -0700 MST 2006\" is in it, nor anything of strftime, as %Y"
                    .to_owned())
            }
        }
    }
}

fn from_sample(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut pattern = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((sample, zone)) = ZONES.iter().find(|(sample, _)| rest.starts_with(sample)) {
            if !pattern.is_empty() {
                parts.push(Part::Pattern(std::mem::take(&mut pattern)));
            }
            parts.push(Part::Zone(zone));
            rest = &rest[sample.len()..];
        } else if let Some((sample, strftime)) = SAMPLES.iter().find(|(sample, _)| rest.starts_with(sample)) {
            pattern.push_str(strftime);
            rest = &rest[sample.len()..];
        } else if let Some((len, strftime)) = fraction(rest) {
            pattern.push_str(&strftime);
            rest = &rest[len..];
        } else {
            pattern.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    if !pattern.is_empty() {
        parts.push(Part::Pattern(pattern));
    }
    parts
}

/// `.000`: so many digits of a second; `.999`: without zeros at the end.
fn fraction(text: &str) -> Option<(usize, String)> {
    let digits = text.strip_prefix('.')?;
    let first = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let count = digits.chars().take_while(|c| *c == first).count();
    let ends = !digits[count..].starts_with(|c: char| c.is_ascii_digit());
    let strftime = if first == '0' { format!("%.{count}f") } else { "%.f".to_owned() };
    (ends && count <= 9).then_some((count + 1, strftime))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(template: &str, zone: &TimeZone) -> String {
        let time = Time { secs: 1_767_456_789, nanos: 120_000_000 };
        template.parse::<TimeTemplate>().expect("a template").show(time, zone)
    }

    #[test]
    fn samples_and_strftime_mean_the_same() {
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a valid rule");
        let default = "2006-01-02T15:04:05Z07:00";
        assert_eq!(show(default, &TimeZone::UTC), "2026-01-03T16:13:09Z");
        assert_eq!(show(default, &berlin), "2026-01-03T17:13:09+01:00");
        for (go, strftime) in [
            ("2006-01-02_15-04-05", "%Y-%m-%d_%H-%M-%S"),
            ("Mon, 2 Jan 06 3:04PM", "%a, %-d %b %y %-I:%M%p"),
            ("Monday/January/_2/002", "%A/%B/%e/%j"),
            ("15:4:5.000 -0700 -07:00", "%H:%-M:%-S%.3f %z %:z"),
            ("pm MST 2006_2006", "%P %Z %Y_%Y"),
        ] {
            assert_eq!(show(go, &berlin), show(strftime, &berlin), "{go}");
        }
        assert_eq!(show("15:4:5.000", &berlin), "17:13:9.120");
        assert_eq!(show("05.99", &berlin), "09.12");
        assert_eq!(show("2006/01/02", &berlin), "2026/01/03");
        let never = Time { secs: i64::MAX, nanos: 0 };
        assert_eq!(default.parse::<TimeTemplate>().expect("fine").show(never, &berlin), "@9223372036854775807");
    }

    #[test]
    fn what_has_no_time_is_refused() {
        for bad in ["", "snapshot", "%", "/", "%!", "Z07:00"] {
            assert!(bad.parse::<TimeTemplate>().is_err(), "{bad}");
        }
    }
}
