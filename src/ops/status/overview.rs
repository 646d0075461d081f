//! Several places together: the series with their copies, what is too old, and what ended.
use std::collections::BTreeMap;
use std::time::Duration;

use super::rule::{Place, Rule};
use super::series::{SeriesState, SeriesStates};
use crate::ops::forget::GroupKey;
use crate::ops::snapshots::SnapshotInfo;
use crate::world::Time;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// No older may the newest snapshot of a series be, wherever the series is.
    pub max_age: Option<Duration>,
    /// A series whose newest snapshot is older than this has ended: it is shown, and nothing of it is too old.
    pub ended_after: Option<Duration>,
}

/// A series in one of the places.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Number of the place.
    pub place: usize,
    /// What is there.
    pub state: SeriesState,
    /// Since the newest complete snapshot began; zero if that is a little later than now. `None`: there is none whose date is believed.
    pub age: Option<Duration>,
    /// Older than the limit.
    pub is_too_old: bool,
}

/// A series wherever it is.
#[derive(Clone, Debug)]
pub struct Series {
    /// See [`SeriesState::key`].
    pub key: GroupKey,
    /// In the order of the places; never empty.
    pub copies: Vec<Copy>,
    /// See [`Limits::ended_after`].
    pub has_ended: bool,
    /// Copies count if they have a snapshot that is not too old.
    pub rule: Rule,
}

/// What somebody has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// A place has no snapshot at all, or none that passes the filter.
    Nothing {
        /// Number of the place.
        place: usize,
    },
    /// Something that the filter names is in no place.
    Unmatched(String),
    /// The series has no new snapshot in a place.
    TooOld {
        /// Which.
        series: GroupKey,
        /// Number of the place.
        place: usize,
        /// See [`Copy::age`].
        age: Option<Duration>,
    },
    /// Every series has ended: more likely nothing runs any more.
    AllEnded,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// In the order of their keys.
    pub series: Vec<Series>,
    /// Empty: all is well.
    pub alarms: Vec<Alarm>,
}

impl Series {
    /// The newest complete snapshot of all places.
    pub fn newest(&self) -> Option<&SnapshotInfo> {
        let all = self.copies.iter().filter_map(|copy| copy.state.latest.as_ref());
        all.max_by_key(|info| info.order())
    }
}

impl Overview {
    /// Puts together what was found in each place, by the number of the place. A place that could not be looked at is left out.
    pub fn new(places: &[Place], found: Vec<(usize, SeriesStates)>, limits: &Limits, now: Time) -> Overview {
        let mut overview = Overview::default();
        let mut unmatched: Option<Vec<String>> = None;
        let mut all: BTreeMap<GroupKey, Vec<Copy>> = BTreeMap::new();
        for (place, states) in found {
            if states.series.is_empty() {
                overview.alarms.push(Alarm::Nothing { place });
            }
            match &mut unmatched {
                None => unmatched = Some(states.unmatched),
                Some(known) => known.retain(|name| states.unmatched.contains(name)),
            }
            for state in states.series {
                let age = state.latest.as_ref().map(|info| age(info.snapshot.time, now));
                let is_too_old = limits.max_age.is_some_and(|max| age.is_none_or(|age| age > max));
                all.entry(state.key.clone()).or_default().push(Copy { place, state, age, is_too_old });
            }
        }
        overview.series = all
            .into_iter()
            .map(|(key, copies)| {
                let youngest = copies.iter().filter_map(|copy| copy.age).min();
                let has_ended = limits.ended_after.zip(youngest).is_some_and(|(limit, age)| age > limit);
                let good = copies.iter().filter(|copy| copy.age.is_some() && !copy.is_too_old);
                let rule = Rule::of(good.filter_map(|copy| places.get(copy.place)));
                Series { key, copies, has_ended, rule }
            })
            .collect();
        // Of nothing at all that is said already.
        if !overview.series.is_empty() {
            overview.alarms.extend(unmatched.unwrap_or_default().into_iter().map(Alarm::Unmatched));
        }
        for series in overview.series.iter().filter(|series| !series.has_ended) {
            let old = series.copies.iter().filter(|copy| copy.is_too_old);
            let alarm = |copy: &Copy| Alarm::TooOld { series: series.key.clone(), place: copy.place, age: copy.age };
            overview.alarms.extend(old.map(alarm));
        }
        if !overview.series.is_empty() && overview.series.iter().all(|series| series.has_ended) {
            overview.alarms.push(Alarm::AllEnded);
        }
        overview
    }

    /// The rule for everything: the worst of each part of it, over series that have not ended. `None` without any.
    pub fn rule(&self) -> Option<[bool; 3]> {
        let rules = self.series.iter().filter(|series| !series.has_ended).map(|series| series.rule.holds());
        rules.reduce(|all, one| std::array::from_fn(|part| all[part] && one[part]))
    }
}

fn age(time: Time, now: Time) -> Duration {
    Duration::from_secs(u64::try_from(now.secs.saturating_sub(time.secs)).unwrap_or(0))
}
