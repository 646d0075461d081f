//! Policies on random snapshots, compared with what the definition says of each snapshot on its own.
use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::{Timestamp, Zoned};

use super::*;

struct Random(blake3::OutputReader);

impl Random {
    fn new(seed: u64) -> Self {
        Random(blake3::Hasher::new().update(b"forget").update(&seed.to_le_bytes()).finalize_xof())
    }

    fn below(&mut self, n: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// Some close together, some far apart, often around a change of clocks.
fn random_group(random: &mut Random) -> Vec<SnapshotInfo> {
    let start = if random.one_in(2) { at("2026-10-24 20:00") } else { at("2025-12-20 03:00") }.secs;
    let spread = [7_200, 86_400, 30 * 86_400, 3 * 365 * 86_400][random.below(4) as usize];
    let mut times: Vec<i64> = (0..random.below(40)).map(|_| start + random.below(spread) as i64 / 60 * 60).collect();
    times.sort();
    let infos = times.iter().zip(1..).map(|(secs, number)| {
        let mut info = snapshot(number, Time { secs: *secs, nanos: 0 });
        info.snapshot.counter = number.into();
        info.snapshot.partial = random.one_in(6);
        info.snapshot.tags = ["a", "b"].iter().filter(|_| random.one_in(4)).map(|tag| (*tag).to_owned()).collect();
        info.snapshot.protected_until =
            random.one_in(10).then(|| Time { secs: start + random.below(2 * spread) as i64, nanos: 0 });
        info
    });
    infos.collect()
}

fn random_policy(random: &mut Random) -> Policy {
    let periods = [Period::Any, Period::Hour, Period::Day, Period::Week, Period::Month, Period::Year];
    let within = ["1h", "30h", "3d", "2w", "1m", "1y1m"];
    let rules = (0..random.below(4)).map(|_| {
        let limit = match random.below(5) {
            0 => "all".to_owned(),
            1 | 2 => within[random.below(6) as usize].to_owned(),
            _ => random.below(8).to_string(),
        };
        rule(periods[random.below(6) as usize], &limit)
    });
    let rules = rules.collect();
    let tags = if random.one_in(3) { vec![vec!["a".to_owned()]] } else { Vec::new() };
    Policy { rules, tags, ids: Vec::new() }
}

/// The name of the period in which a snapshot lies.
fn bucket(period: Period, info: &SnapshotInfo) -> String {
    let moment = local(info);
    let pattern = match period {
        Period::Any => return format!("{:?}", info.id),
        Period::Hour => "%Y-%m-%d %H %z",
        Period::Day => "%Y-%m-%d",
        Period::Week => "%G-%V",
        Period::Month => "%Y-%m",
        Period::Year => "%Y",
    };
    moment.strftime(pattern).to_string()
}

fn local(info: &SnapshotInfo) -> Zoned {
    Timestamp::from_second(info.snapshot.time.secs).unwrap().to_zoned(berlin())
}

/// Counted by hand on the clock face: years and months of the date, then weeks and days, then real hours.
fn is_within(duration: &CalendarDuration, info: &SnapshotInfo, newest: &SnapshotInfo) -> bool {
    let wall: DateTime = local(newest).datetime();
    let months =
        i32::from(wall.year()) * 12 + i32::from(wall.month()) - 1 - (duration.years * 12 + duration.months) as i32;
    let (year, month) = (months.div_euclid(12) as i16, (months.rem_euclid(12) + 1) as i8);
    let days = jiff::civil::date(year, month, 1).days_in_month();
    let date = jiff::civil::date(year, month, wall.day().min(days));
    let date = (0..duration.weeks * 7 + duration.days).fold(date, |date, _| date.yesterday().unwrap());
    let limit = date.to_datetime(wall.time()).to_zoned(berlin()).unwrap().timestamp().as_second();
    info.snapshot.time.secs > limit - i64::from(duration.hours) * 3600
}

fn is_kept(
    policy: &Policy,
    group: &[SnapshotInfo],
    at: usize,
    doubts: &BTreeMap<SessionId, Doubt>,
    clock: &Clock,
) -> bool {
    let info = &group[at];
    let snapshot = &info.snapshot;
    let trusted = |info: &SnapshotInfo| !doubts.contains_key(&info.id);
    let counted = |info: &SnapshotInfo| trusted(info) && !info.snapshot.partial;
    if !trusted(info) || snapshot.protected_until.is_some_and(|until| until > clock.protected_at) {
        return true;
    }
    if policy.tags.iter().any(|list| list.iter().all(|tag| snapshot.tags.contains(tag))) {
        return true;
    }
    if snapshot.partial && !group[at..].iter().any(counted) {
        return true;
    }
    let newest = group.iter().rev().find(|info| counted(info)).or(group.iter().rev().find(|info| trusted(info)));
    let younger: Vec<_> = group[at + 1..].iter().filter(|info| counted(info)).collect();
    let is_oldest = !group[..at].iter().any(counted);
    policy.rules.iter().any(|rule| {
        if let (Limit::Within(duration), Period::Any) = (rule.limit, rule.period) {
            return !duration.is_zero() && is_within(&duration, info, newest.unwrap());
        }
        if snapshot.partial {
            return false;
        }
        let own = bucket(rule.period, info);
        let taken: BTreeSet<String> = younger.iter().map(|info| bucket(rule.period, info)).collect();
        match rule.limit {
            Limit::Count(count) => taken.len() < count as usize && (is_oldest || !taken.contains(&own)),
            Limit::All => is_oldest || !taken.contains(&own),
            Limit::Within(duration) => {
                is_within(&duration, info, newest.unwrap()) && (is_oldest || !taken.contains(&own))
            }
        }
    })
}

#[test]
fn random_sets_are_judged_as_defined() {
    let (mut kept, mut removed) = (0, 0);
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let group = random_group(&mut random);
        let policy = random_policy(&mut random);
        let middle = group.get(group.len() / 2).map_or(0, |info| info.snapshot.time.secs);
        let clock =
            Clock { now: at("2099-01-01 00:00"), protected_at: Time { secs: middle, nanos: 0 }, zone: berlin() };
        let doubtful = group.iter().filter(|_| random.one_in(8)).map(|info| (info.id, Doubt::Impossible));
        let doubts: BTreeMap<_, _> = doubtful.collect();
        let verdict = apply(&policy, group.clone(), &doubts, &clock);
        let expected: Vec<u32> = (0..group.len())
            .filter(|at| is_kept(&policy, &group, *at, &doubts, &clock))
            .map(|at| number(&group[at].id))
            .collect();
        let found: Vec<u32> = verdict.keep.iter().map(|kept| number(&kept.info.id)).collect();
        assert_eq!(found, expected, "seed {seed}: {policy:?}");
        assert_eq!(verdict.keep.len() + verdict.remove.len(), group.len());
        (kept, removed) = (kept + verdict.keep.len(), removed + verdict.remove.len());
    }
    // The sets are no trivial ones.
    assert!(kept > 1000 && removed > 1000, "{kept} {removed}");
}
