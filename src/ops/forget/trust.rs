//! Which dates are to be believed: a snapshot with a wrong date must not push others out of a policy.
//!
//! A date is doubtful if it lies in the future, or contradicts the order in which its host wrote snapshots: each has a counter that is greater
//! than those of all snapshots that the host could see. Where two contradict each other and one of them was dated by hand (`backup --time`),
//! that one is doubtful; otherwise both are, because nothing says which of them is wrong. Two runs at the same time may end in any order.
//! What is doubtful is kept, so a wrong guess here costs space and nothing else.
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::id::{SessionId, WriterId};
use crate::model::Snapshot;
use crate::ops::snapshots::SnapshotInfo;
use crate::world::Time;

/// Clocks of different machines, and of one machine before and after it was set, differ by so many seconds without further meaning.
pub(super) const TOLERANCE: i64 = 300;

/// Why a date is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It is later than now, or outside of any calendar.
    Impossible,
    /// It contradicts the order in which its host wrote snapshots.
    Order {
        /// So many snapshots contradict this one.
        contradicted_by: usize,
    },
}

/// Looks at all snapshots of a repository, whichever a policy is applied to.
pub fn doubts(all: &[SnapshotInfo], now: Time) -> BTreeMap<SessionId, Doubt> {
    let mut doubts = BTreeMap::new();
    let mut writers: HashMap<WriterId, Vec<&SnapshotInfo>> = HashMap::new();
    for info in all {
        let time = info.snapshot.time;
        if is_after(time, now) || time.secs < Timestamp::MIN.as_second() {
            // An impossible date proves nothing about others either.
            doubts.insert(info.id, Doubt::Impossible);
        } else if let (Some(writer), 1..) = (info.snapshot.writer, info.snapshot.counter) {
            writers.entry(writer).or_default().push(info);
        }
    }
    for snapshots in writers.into_values() {
        doubts.extend(of_one_writer(snapshots));
    }
    doubts
}

fn of_one_writer(mut snapshots: Vec<&SnapshotInfo>) -> BTreeMap<SessionId, Doubt> {
    snapshots.sort_by_key(|info| info.snapshot.counter);
    let suspects = suspects(&snapshots);
    let mut counts: BTreeMap<SessionId, usize> = BTreeMap::new();
    for (at, first) in suspects.iter().enumerate() {
        for second in &suspects[at + 1..] {
            let (earlier, later) = (&first.snapshot, &second.snapshot);
            if earlier.counter == later.counter || !is_after(earlier.time, later.time) || side_by_side(earlier, later) {
                continue;
            }
            let guilty = match (dated_by_hand(earlier), dated_by_hand(later)) {
                (true, false) => &[first.id][..],
                (false, true) => &[second.id],
                _ => &[first.id, second.id],
            };
            guilty.iter().for_each(|id| *counts.entry(*id).or_default() += 1);
        }
    }
    counts.into_iter().map(|(id, contradicted_by)| (id, Doubt::Order { contradicted_by })).collect()
}

/// Of snapshots in the order of counters: those with a later date before them, or an earlier one behind them. Usually none.
fn suspects<'a>(snapshots: &[&'a SnapshotInfo]) -> Vec<&'a SnapshotInfo> {
    let mut is_suspect = vec![false; snapshots.len()];
    let mut latest: Option<Time> = None;
    for (at, info) in snapshots.iter().enumerate() {
        is_suspect[at] |= latest.is_some_and(|latest| is_after(latest, info.snapshot.time));
        latest = latest.max(Some(info.snapshot.time));
    }
    let mut earliest: Option<Time> = None;
    for (at, info) in snapshots.iter().enumerate().rev() {
        is_suspect[at] |= earliest.is_some_and(|earliest| is_after(info.snapshot.time, earliest));
        earliest = Some(earliest.map_or(info.snapshot.time, |earliest| earliest.min(info.snapshot.time)));
    }
    snapshots.iter().zip(is_suspect).filter(|(_, suspect)| *suspect).map(|(info, _)| *info).collect()
}

/// Later by more than clocks differ.
fn is_after(time: Time, than: Time) -> bool {
    time > Time { secs: than.secs.saturating_add(TOLERANCE), nanos: than.nanos }
}

/// The run began at another time than the one that its snapshot has.
fn dated_by_hand(snapshot: &Snapshot) -> bool {
    let started = snapshot.statistics.started;
    started != Time::default() && (is_after(started, snapshot.time) || is_after(snapshot.time, started))
}

/// Two runs of one host that were under way at the same time: their counters say nothing about their dates.
fn side_by_side(one: &Snapshot, other: &Snapshot) -> bool {
    let known = |snapshot: &Snapshot| snapshot.statistics.started != Time::default() && !dated_by_hand(snapshot);
    let meets = |a: &Snapshot, b: &Snapshot| !is_after(a.statistics.started, b.statistics.finished);
    known(one) && known(other) && meets(one, other) && meets(other, one)
}
