//! Policies on made-up snapshots, and plans on a repository.
mod dates;
mod doubt;
mod oracle;
mod plans;
mod policies;

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::*;
use crate::id::SessionId;
use crate::model::{Snapshot, Statistics};
use crate::ops::snapshots::SnapshotInfo;
use crate::world::Time;

fn berlin() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

/// A local time such as `2019-09-01 11:00`.
fn at(text: &str) -> Time {
    let moment = DateTime::strptime("%Y-%m-%d %H:%M", text).unwrap().to_zoned(berlin()).unwrap();
    Time { secs: moment.timestamp().as_second(), nanos: 0 }
}

fn id(number: u32) -> SessionId {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    SessionId(id)
}

fn number(id: &SessionId) -> u32 {
    u32::from_be_bytes([id.0[0], id.0[1], id.0[2], id.0[3]])
}

/// One of host `mopped`.
fn snapshot(number: u32, time: Time) -> SnapshotInfo {
    let statistics = Statistics { started: time, finished: time, ..Statistics::default() };
    let snapshot =
        Snapshot { time, host: "mopped".into(), paths: vec![b"/home".to_vec()], statistics, ..Snapshot::default() };
    SnapshotInfo { id: id(number), snapshot }
}

/// Snapshots of these local times, numbered from 1.
fn snapshots(times: &[&str]) -> Vec<SnapshotInfo> {
    times.iter().zip(1..).map(|(text, number)| snapshot(number, at(text))).collect()
}

fn clock(now: &str) -> Clock {
    Clock { now: at(now), protected_at: at(now), zone: berlin() }
}

fn rule(period: Period, limit: &str) -> Rule {
    let limit = match limit.parse::<u32>() {
        Ok(count) => Limit::Count(count),
        Err(_) if limit == "all" => Limit::All,
        Err(_) => Limit::Within(limit.parse().unwrap()),
    };
    Rule { period, limit }
}

fn policy(rules: &[(Period, &str)]) -> Policy {
    Policy { rules: rules.iter().map(|(period, limit)| rule(*period, limit)).collect(), ..Policy::default() }
}

/// Numbers and reasons of what is kept.
fn kept(policy: &Policy, group: Vec<SnapshotInfo>) -> Vec<(u32, String)> {
    let verdict = apply(policy, group, &BTreeMap::new(), &clock("2099-01-01 00:00"));
    reasons(&verdict)
}

fn reasons(verdict: &Verdict) -> Vec<(u32, String)> {
    verdict.keep.iter().map(|kept| (number(&kept.info.id), kept.reasons.join(", "))).collect()
}

fn numbers(policy: &Policy, group: Vec<SnapshotInfo>) -> Vec<u32> {
    kept(policy, group).into_iter().map(|(number, _)| number).collect()
}
