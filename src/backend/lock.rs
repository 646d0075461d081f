//! Locks that a service puts on objects: until when nobody may remove them, whoever asks.
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Family, ObjectName};
use crate::world::Time;

/// A typing error must not lock a bucket for a lifetime.
const LONGEST: u64 = 10 * 365 * 86_400;

/// Who may lift a lock before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// Those with a special right.
    Governance,
    /// Nobody.
    Compliance,
}

/// How new objects are locked: `governance:30d`, `compliance:90d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectLock {
    /// See there.
    pub mode: LockMode,
    /// From when an object is written, or its lock extended.
    pub period: Duration,
}

impl ObjectLock {
    /// The setting of a place that says so.
    pub const SETTING: &str = "object_lock";

    /// When a lock ends that begins at `now`, in whole seconds.
    pub fn end(&self, now: Time) -> Time {
        Time { secs: now.secs.saturating_add_unsigned(self.period.as_secs()), nanos: 0 }
    }

    /// Locks that end before this are extended: less than half of the time is left.
    pub fn extend_before(&self, now: Time) -> Time {
        Time { secs: now.secs.saturating_add_unsigned(self.period.as_secs() / 2), nanos: 0 }
    }

    /// A lock that ends at `end` has a third of the time left then: by then it should have been extended.
    pub fn due(&self, end: Time) -> Time {
        Time { secs: end.secs.saturating_sub_unsigned(self.period.as_secs() / 3), nanos: 0 }
    }
}

impl Family {
    /// Whether its objects get locks: not what runs replace and prune removes day by day, which no snapshot needs.
    pub fn is_lockable(self) -> bool {
        !matches!(self, Family::Sessions | Family::Gc)
    }
}

impl FromStr for ObjectLock {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is no object lock; write governance:30d or compliance:30d");
        let (mode, period) = text.split_once(':').ok_or_else(bad)?;
        let mode = match mode.to_lowercase().as_str() {
            "governance" => LockMode::Governance,
            "compliance" => LockMode::Compliance,
            _ => return Err(bad()),
        };
        let (number, unit) = period.split_at_checked(period.len().saturating_sub(1)).ok_or_else(bad)?;
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 7 * 86_400,
            _ => return Err(bad()),
        };
        let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(bad)?;
        match seconds {
            0 => Err(bad()),
            1..=LONGEST => Ok(ObjectLock { mode, period: Duration::from_secs(seconds) }),
            _ => Err(format!("{text:?} would lock objects for more than ten years, which nobody could undo")),
        }
    }
}

impl fmt::Display for ObjectLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.mode {
            LockMode::Governance => "governance",
            LockMode::Compliance => "compliance",
        };
        let seconds = self.period.as_secs();
        let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')];
        let (size, unit) = units.into_iter().find(|(size, _)| seconds.is_multiple_of(*size)).unwrap_or((1, 's'));
        write!(f, "{mode}:{}{unit}", seconds / size)
    }
}

/// An object that was to be removed and is kept by a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retained {
    /// The object.
    pub name: ObjectName,
    /// When its lock ends; absent if storage does not say.
    pub until: Option<Time>,
}

/// What storage tells of the lock of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// It can be removed.
    Free,
    /// Until then it cannot.
    Until(Time),
    /// Somebody has forbidden it until further notice.
    Always,
}

impl Held {
    /// Whether it may not be removed at this time.
    pub fn holds(self, now: Time) -> bool {
        match self {
            Held::Free => false,
            Held::Until(end) => end > now,
            Held::Always => true,
        }
    }

    /// When it ends, if that is known.
    pub fn end(self) -> Option<Time> {
        match self {
            Held::Until(end) => Some(end),
            Held::Free | Held::Always => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_written() {
        for text in ["governance:30d", "compliance:1d", "governance:5h", "compliance:90s", "governance:7m"] {
            assert_eq!(text.parse::<ObjectLock>().map(|lock| lock.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("GOVERNANCE:2w".parse::<ObjectLock>().unwrap().to_string(), "governance:14d");
        for bad in ["", "governance", "governance:", "governance:d", "governance:0d", "legal:3d", "compliance:3y"] {
            assert!(bad.parse::<ObjectLock>().unwrap_err().contains("governance:30d"), "{bad}");
        }
        assert!("compliance:30000d".parse::<ObjectLock>().unwrap_err().contains("ten years"));
        assert!("compliance:99999999999999999999d".parse::<ObjectLock>().is_err());
        assert!("compliance:ä".parse::<ObjectLock>().is_err());
    }

    #[test]
    fn locks_are_extended_when_half_is_left_and_are_due_when_a_third_is() {
        let lock: ObjectLock = "compliance:30d".parse().unwrap();
        let at = |secs| Time { secs, nanos: 0 };
        let day = 86_400;
        assert_eq!((lock.end(at(0)), lock.extend_before(at(0))), (at(30 * day), at(15 * day)));
        assert_eq!(lock.due(at(30 * day)), at(20 * day));
        assert!(Held::Until(at(5)).holds(at(4)) && !Held::Until(at(5)).holds(at(5)) && Held::Always.holds(at(9)));
    }
}
