//! Which snapshots of one group a policy keeps, and why: a pure function of snapshots, doubts, time and zone.
use std::collections::BTreeMap;

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::period::{CalendarDuration, Period, zoned};
use super::trust::Doubt;
use crate::id::SessionId;
use crate::ops::protect::is_protected;
use crate::ops::snapshots::SnapshotInfo;
use crate::world::Time;

/// How many of the wanted snapshots are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Limit {
    Count(u32),
    All,
    /// Those that are younger than this, counted back from the newest snapshot of the group.
    Within(CalendarDuration),
}

/// Keeps the newest snapshot of each period, up to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Rule {
    pub period: Period,
    pub limit: Limit,
}

impl Rule {
    /// Whether it keeps nothing.
    pub fn is_empty(&self) -> bool {
        match self.limit {
            Limit::Count(count) => count == 0,
            Limit::All => false,
            Limit::Within(duration) => duration.is_zero(),
        }
    }

    /// restic's words: `daily snapshot`, `within 1y`, `daily within 14d`.
    fn reason(&self, oldest: bool) -> String {
        let oldest = if oldest { "oldest " } else { "" };
        let word = self.period.word();
        match (self.limit, self.period) {
            (Limit::Within(duration), Period::Any) => format!("within {duration}"),
            (Limit::Within(duration), _) => format!("{oldest}{word} within {duration}"),
            _ => format!("{oldest}{word} snapshot"),
        }
    }
}

/// A snapshot that anything here speaks for is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// By date.
    pub rules: Vec<Rule>,
    /// Snapshots that have all tags of one of these; an empty list stands for snapshots without tags.
    pub tags: Vec<Vec<String>>,
    /// These snapshots.
    pub ids: Vec<SessionId>,
}

impl Policy {
    /// Whether nothing would be kept by it.
    pub fn is_empty(&self) -> bool {
        self.rules.iter().all(Rule::is_empty) && self.tags.is_empty() && self.ids.is_empty()
    }
}

/// What a policy needs to know of time.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Snapshots that are dated later are not believed.
    pub now: Time,
    /// Snapshots that are protected beyond this stay.
    pub protected_at: Time,
    /// Where days and months begin.
    pub zone: TimeZone,
}

/// A snapshot that stays.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Which.
    pub info: SnapshotInfo,
    /// Why, in restic's words; never empty.
    pub reasons: Vec<String>,
    /// Complete, and with a date that nothing speaks against: the policy counts it.
    pub counted: bool,
}

/// What becomes of the snapshots of a group, each list oldest first.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Verdict {
    pub keep: Vec<Kept>,
    pub remove: Vec<SnapshotInfo>,
}

impl Verdict {
    /// Whether something goes and nothing stays that the policy counts: what stays has a doubtful date, or is partial.
    pub fn leaves_nothing(&self) -> bool {
        !self.remove.is_empty() && !self.keep.iter().any(|kept| kept.counted)
    }
}

/// Applies a policy to one group, oldest first.
///
/// Snapshots with a doubtful date stay, and the others are judged as if they were not there. So are partial snapshots, except that
/// those younger than the newest complete one stay, and that plain `within`, tags and ids hold for them too.
pub fn apply(policy: &Policy, group: Vec<SnapshotInfo>, doubts: &BTreeMap<SessionId, Doubt>, clock: &Clock) -> Verdict {
    let mut reasons: Vec<Vec<String>> = group.iter().map(|info| unconditional(policy, info, clock)).collect();
    let moments: Vec<Option<Zoned>> = (group.iter())
        .map(|info| zoned(info.snapshot.time, &clock.zone).filter(|_| !doubts.contains_key(&info.id)))
        .collect();
    let counted = |at: &usize| moments[*at].is_some() && !group[*at].snapshot.partial;
    let newest = (0..group.len()).rev().find(counted);
    for at in 0..group.len() {
        if moments[at].is_none() {
            reasons[at].push("untrusted date".to_owned());
        } else if group[at].snapshot.partial && newest.is_none_or(|newest| at > newest) {
            reasons[at].push("no complete snapshot since".to_owned());
        }
    }
    let anchor = newest.or_else(|| (0..group.len()).rev().find(|at| moments[*at].is_some()));
    if let Some(anchor) = anchor.and_then(|at| moments[at].as_ref()) {
        for rule in policy.rules.iter().filter(|rule| !rule.is_empty()) {
            let candidates = (0..group.len()).rev().filter(|at| match rule {
                Rule { period: Period::Any, limit: Limit::Within(_) } => true,
                _ => counted(at),
            });
            let dated: Vec<(usize, &Zoned)> = candidates.filter_map(|at| Some((at, moments[at].as_ref()?))).collect();
            for (at, reason) in kept_by(rule, &dated, anchor) {
                reasons[at].push(reason);
            }
        }
    }
    let counted: Vec<bool> = (0..group.len()).map(|at| counted(&at)).collect();
    let mut verdict = Verdict::default();
    for ((info, reasons), counted) in group.into_iter().zip(reasons).zip(counted) {
        match reasons.is_empty() {
            true => verdict.remove.push(info),
            false => verdict.keep.push(Kept { info, reasons, counted }),
        }
    }
    verdict
}

/// What keeps a snapshot whatever its date is.
fn unconditional(policy: &Policy, info: &SnapshotInfo, clock: &Clock) -> Vec<String> {
    let snapshot = &info.snapshot;
    let mut reasons = Vec::new();
    if let Some(until) = snapshot.protected_until.filter(|_| is_protected(snapshot, clock.protected_at)) {
        reasons.push(match zoned(until, &clock.zone) {
            Some(until) => format!("protected until {}", until.strftime("%Y-%m-%d %H:%M:%S")),
            None => "protected".to_owned(),
        });
    }
    for tags in &policy.tags {
        match tags.is_empty() {
            true if snapshot.tags.is_empty() => reasons.push("has no tags".to_owned()),
            false if tags.iter().all(|tag| snapshot.tags.contains(tag)) => {
                reasons.push(format!("has tags [{}]", tags.join(", ")));
            }
            _ => {}
        }
    }
    if policy.ids.contains(&info.id) {
        reasons.push("has id".to_owned());
    }
    reasons
}

/// What one rule keeps of snapshots that come newest first. As long as its count is not exhausted it keeps the oldest one too, so that
/// the history is as long as possible.
fn kept_by(rule: &Rule, newest_first: &[(usize, &Zoned)], anchor: &Zoned) -> Vec<(usize, String)> {
    let (mut left, since) = match rule.limit {
        Limit::Count(count) => (count, None),
        Limit::All => (u32::MAX, None),
        Limit::Within(duration) => (u32::MAX, duration.before(anchor)),
    };
    let mut kept = Vec::new();
    let mut last = None;
    for (nth, (at, moment)) in newest_first.iter().enumerate() {
        if left == 0 || since.as_ref().is_some_and(|since| *moment <= since) {
            break;
        }
        let key = rule.period.key(moment);
        let first_of_period = key.is_none() || key != last;
        if first_of_period || nth + 1 == newest_first.len() {
            kept.push((*at, rule.reason(!first_of_period)));
            left -= u32::from(rule.limit != Limit::All);
            last = key;
        }
    }
    kept
}
