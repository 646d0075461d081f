//! Stretches of the calendar: hours, days, weeks, months and years of local time, and durations such as `1y2m14d`.
use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};

use crate::world::Time;

/// Of which stretch only the newest snapshot is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Period {
    /// No stretch: every snapshot is wanted.
    Any,
    Hour,
    Day,
    /// Monday to Sunday.
    Week,
    Month,
    Year,
}

impl Period {
    /// `hourly` and so on; `last` where every snapshot is wanted.
    pub fn word(self) -> &'static str {
        match self {
            Period::Any => "last",
            Period::Hour => "hourly",
            Period::Day => "daily",
            Period::Week => "weekly",
            Period::Month => "monthly",
            Period::Year => "yearly",
        }
    }

    /// Two moments are in the same stretch if their keys are equal. `None`: every moment is on its own.
    pub(super) fn key(self, moment: &Zoned) -> Option<[i32; 5]> {
        let day = [i32::from(moment.year()), i32::from(moment.month()), i32::from(moment.day())];
        Some(match self {
            Period::Any => return None,
            // When clocks are set back an hour of the day comes twice; the offset tells the two apart.
            Period::Hour => [day[0], day[1], day[2], i32::from(moment.hour()), moment.offset().seconds()],
            Period::Day => [day[0], day[1], day[2], 0, 0],
            Period::Week => {
                let week = moment.date().iso_week_date();
                [i32::from(week.year()), i32::from(week.week()), 0, 0, 0]
            }
            Period::Month => [day[0], day[1], 0, 0, 0],
            Period::Year => [day[0], 0, 0, 0, 0],
        })
    }
}

/// A number of years, months, weeks, days and hours of the calendar: `1y5m2w7d2h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CalendarDuration {
    pub years: u32,
    pub months: u32,
    pub weeks: u32,
    pub days: u32,
    pub hours: u32,
}

impl CalendarDuration {
    /// Whether it is no time at all.
    pub fn is_zero(&self) -> bool {
        *self == CalendarDuration::default()
    }

    /// The moment that lies so long before; `None` if that is before all calendars.
    pub(super) fn before(&self, moment: &Zoned) -> Option<Zoned> {
        moment.checked_sub(self.span()?).ok()
    }

    /// The moment that lies so long after `time` in a zone; `None` if that is beyond all calendars.
    pub fn after(&self, time: Time, zone: &TimeZone) -> Option<Time> {
        let moment = zoned(time, zone)?.checked_add(self.span()?).ok()?.timestamp();
        Some(Time { secs: moment.as_second(), nanos: moment.subsec_nanosecond().try_into().ok()? })
    }

    fn span(&self) -> Option<Span> {
        let span = 0.years().try_years(self.years).ok()?.try_months(self.months).ok()?;
        let span = span.try_weeks(self.weeks).ok()?;
        span.try_days(self.days).ok()?.try_hours(self.hours).ok()
    }
}

impl FromStr for CalendarDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is not a duration; write years, months, weeks, days and hours like 1y5m7d2h");
        let mut duration = CalendarDuration::default();
        let mut digits = String::new();
        for c in text.trim().chars() {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            let number: u32 = std::mem::take(&mut digits).parse().map_err(|_| bad())?;
            let part = match c {
                'y' => &mut duration.years,
                'm' => &mut duration.months,
                'w' => &mut duration.weeks,
                'd' => &mut duration.days,
                'h' => &mut duration.hours,
                _ => return Err(bad()),
            };
            *part = part.checked_add(number).ok_or_else(bad)?;
        }
        if !digits.is_empty() || text.trim().is_empty() || duration.span().is_none() {
            return Err(bad());
        }
        Ok(duration)
    }
}

impl fmt::Display for CalendarDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { years, months, weeks, days, hours } = *self;
        let parts = [(years, 'y'), (months, 'm'), (weeks, 'w'), (days, 'd'), (hours, 'h')];
        parts.iter().filter(|(number, _)| *number > 0).try_for_each(|(number, unit)| write!(f, "{number}{unit}"))
    }
}

/// The moment in a zone; `None` outside of the calendar: times come from storage.
pub(super) fn zoned(time: Time, zone: &TimeZone) -> Option<Zoned> {
    let moment = Timestamp::new(time.secs, i32::try_from(time.nanos).ok()?).ok()?;
    Some(Zoned::new(moment, zone.clone()))
}
