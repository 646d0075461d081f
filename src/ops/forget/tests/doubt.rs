//! Snapshots that were dated to push others out.
use super::*;
use crate::id::WriterId;

/// Of one writer, with a counter; made when it is dated.
fn written(counter: u64, time: &str) -> SnapshotInfo {
    let mut info = snapshot(counter as u32, at(time));
    info.snapshot.writer = Some(WriterId([1; 16]));
    info.snapshot.counter = counter;
    info
}

/// Made at `made` and dated by hand.
fn dated(counter: u64, made: &str, time: &str) -> SnapshotInfo {
    let mut info = written(counter, made);
    info.snapshot.time = at(time);
    info
}

fn doubted(all: &[SnapshotInfo], now: &str) -> Vec<u32> {
    doubts(all, at(now)).keys().map(number).collect()
}

fn good_days(count: u64) -> Vec<SnapshotInfo> {
    (1..=count).map(|day| written(day, &format!("2026-05-{day:02} 12:00"))).collect()
}

#[test]
fn a_usual_history_is_believed() {
    let mut all = good_days(30);
    // Clocks may differ by minutes.
    all.push(written(31, "2026-05-30 11:58"));
    assert!(doubted(&all, "2026-05-30 11:57").is_empty());
    assert!(doubted(&all, "2026-05-31 00:00").is_empty());
    // Nor do those of other writers, or of none, contradict anything.
    let mut other = written(1, "2026-06-01 12:00");
    other.snapshot.writer = Some(WriterId([2; 16]));
    all.push(other);
    all.push(snapshot(1000, at("2026-01-01 12:00")));
    assert!(doubted(&all, "2026-06-02 00:00").is_empty());
}

#[test]
fn dates_in_the_future_are_not_believed_and_prove_nothing() {
    let mut all = good_days(3);
    all.push(dated(4, "2026-05-03 13:00", "2030-01-01 12:00"));
    all.push(written(5, "2026-05-04 12:00"));
    let mut far = written(6, "2026-05-05 12:00");
    far.snapshot.time = Time { secs: i64::MAX, nanos: 0 };
    all.push(far.clone());
    far.id = id(7);
    far.snapshot.time = Time { secs: i64::MIN, nanos: 0 };
    all.push(far);
    assert_eq!(doubted(&all, "2026-05-05 12:00"), [4, 6, 7]);
}

/// A client that may only add snapshots makes empty ones, the newest of each past day, so that the policy drops the good ones.
#[test]
fn snapshots_dated_into_the_past_push_nothing_out() {
    let good = good_days(30);
    let policy = policy(&[(Period::Day, "10"), (Period::Week, "4")]);
    let clock = clock("2026-06-01 00:00");
    let before = apply(&policy, good.clone(), &BTreeMap::new(), &clock);
    let attack = (1..=30).map(|day| dated(100 + day, "2026-05-31 03:00", &format!("2026-05-{day:02} 23:59")));
    let mut all: Vec<_> = good.into_iter().chain(attack).collect();
    all.sort_by_key(|info| (info.snapshot.time, info.snapshot.counter));
    let doubts = doubts(&all, clock.now);
    let after = apply(&policy, all.clone(), &doubts, &clock);
    let good_ones = |verdict: &Verdict| -> Vec<_> { reasons(verdict).into_iter().filter(|(n, _)| *n < 30).collect() };
    assert_eq!(good_ones(&after), good_ones(&before));
    // Those of the attacker stay to be looked at. The last one contradicts nothing: it is the newest of its day, as any real one would be.
    let untrusted = reasons(&after).into_iter().filter(|(_, why)| why == "untrusted date").count();
    assert_eq!(untrusted, 29);
    // Without the doubts the attack works: this is what the test is about.
    let naive = apply(&policy, all, &BTreeMap::new(), &clock);
    assert!(good_ones(&naive).len() < good_ones(&before).len());
}

#[test]
fn a_clock_that_was_wrong_puts_all_that_it_contradicts_in_doubt() {
    // Nobody dated anything by hand: nothing says which of them is wrong.
    let mut all = good_days(5);
    all.push(written(6, "1970-01-01 12:00"));
    all.push(written(7, "2026-05-06 12:00"));
    assert_eq!(doubted(&all, "2026-06-01 00:00"), [1, 2, 3, 4, 5, 6]);
    let doubts = doubts(&all, at("2026-06-01 00:00"));
    assert_eq!(doubts[&id(6)], Doubt::Order { contradicted_by: 5 });
    assert_eq!(doubts[&id(5)], Doubt::Order { contradicted_by: 1 });
    let verdict = apply(&policy(&[(Period::Any, "1")]), all, &doubts, &clock("2026-06-01 00:00"));
    assert!(verdict.remove.is_empty());
    assert_eq!(verdict.keep.iter().filter(|kept| kept.counted).count(), 1);
}

#[test]
fn imports_in_order_are_believed() {
    let all: Vec<_> = (1..=9).map(|n| dated(n, "2026-05-31 03:00", &format!("2019-0{n}-01 12:00"))).collect();
    assert!(doubted(&all, "2026-06-01 00:00").is_empty());
    let mut late = all;
    late.push(dated(10, "2026-05-31 03:00", "2019-05-15 12:00"));
    // All are dated by hand.
    assert_eq!(doubted(&late, "2026-06-01 00:00"), [6, 7, 8, 9, 10]);
}

#[test]
fn two_runs_of_a_host_may_end_in_any_order() {
    let run = |counter: u64, started: &str, finished: &str| {
        let mut info = written(counter, started);
        info.snapshot.statistics.finished = at(finished);
        info
    };
    // A long run with checkpoints beside a short one that began later and ended first.
    let mut all = vec![
        run(6, "2026-05-01 10:00", "2026-05-01 10:10"),
        run(7, "2026-05-01 10:30", "2026-05-01 10:31"),
        run(8, "2026-05-01 10:00", "2026-05-01 12:00"),
        run(9, "2026-05-01 13:00", "2026-05-01 13:01"),
    ];
    assert!(doubted(&all, "2026-06-01 00:00").is_empty());
    // One that claims to have been made after the others had ended cannot have begun before them.
    all.push(run(10, "2026-05-01 08:00", "2026-05-01 09:00"));
    assert_eq!(doubted(&all, "2026-06-01 00:00"), [6, 7, 8, 9, 10]);
}

#[test]
fn a_doubtful_snapshot_is_no_anchor_and_saves_no_group() {
    let mut group = good_days(3);
    group.push(dated(4, "2026-05-03 13:00", "2027-01-01 12:00"));
    let clock = clock("2026-05-04 00:00");
    let doubts = doubts(&group, clock.now);
    let verdict = apply(&policy(&[(Period::Any, "30h")]), group.clone(), &doubts, &clock);
    assert_eq!(
        reasons(&verdict),
        [(2, "within 30h"), (3, "within 30h"), (4, "untrusted date")].map(|(n, why)| (n, why.to_owned()))
    );
    assert!(!verdict.leaves_nothing());
    let tags = Policy { tags: vec![vec!["x".into()]], ..Policy::default() };
    let verdict = apply(&tags, group, &doubts, &clock);
    assert_eq!((verdict.keep.len(), verdict.remove.len(), verdict.leaves_nothing()), (1, 3, true));
}
