//! Groups, refusals and hints; and plans that are carried out on a repository.
use std::sync::Mutex;

use super::super::hints;
use super::*;
use crate::error::Error;
use crate::monitor::{Monitor, Recorder, Silent};
use crate::ops::protect::FOREVER;
use crate::ops::snapshots::SnapshotFilter;
use crate::ops::testing::TestRepo;

fn options(policy: Policy) -> ForgetOptions {
    ForgetOptions {
        filter: SnapshotFilter::default(),
        policy,
        group_by: GroupBy::default(),
        clock: clock("2099-01-01 00:00"),
        allow_remove_all: false,
    }
}

fn of_host(mut info: SnapshotInfo, host: &str, label: Option<&str>) -> SnapshotInfo {
    info.snapshot.host = host.to_owned();
    info.snapshot.label = label.map(ToOwned::to_owned);
    info
}

fn grouped(by: &GroupBy, list: Vec<SnapshotInfo>) -> Vec<Vec<u32>> {
    by.groups(list).into_values().map(|group| group.iter().map(|info| number(&info.id)).collect()).collect()
}

#[test]
fn labels_make_a_group_of_their_own_unless_something_else_is_asked_for() {
    let days = snapshots(&["2026-01-01 08:00", "2026-01-02 08:00", "2026-01-03 08:00", "2026-01-04 08:00"]);
    let mut list: Vec<_> = (days.into_iter())
        .zip([("a", None), ("b", None), ("a", Some("x")), ("b", Some("x"))])
        .map(|(info, (host, label))| of_host(info, host, label))
        .collect();
    list[0].snapshot.tags = vec!["t".into()];
    list[1].snapshot.paths.reverse();
    assert_eq!(grouped(&GroupBy::default(), list.clone()), [vec![3, 4], vec![1], vec![2]]);
    assert_eq!(grouped(&"host".parse().unwrap(), list.clone()), [[1, 3], [2, 4]]);
    assert_eq!(grouped(&"tags,label".parse().unwrap(), list.clone()), [vec![2], vec![3, 4], vec![1]]);
    assert_eq!(grouped(&"host,paths,label".parse().unwrap(), list.clone()).len(), 4);
    assert_eq!(grouped(&"".parse().unwrap(), list), [[1, 2, 3, 4]]);
    assert!("size".parse::<GroupBy>().is_err());
}

#[test]
fn the_order_of_paths_does_not_matter() {
    let mut list = snapshots(&["2026-01-01 08:00", "2026-01-02 08:00"]);
    list[0].snapshot.paths = vec![b"/a".to_vec(), b"/b".to_vec()];
    list[1].snapshot.paths = vec![b"/b".to_vec(), b"/a".to_vec()];
    assert_eq!(grouped(&GroupBy::default(), list), [[1, 2]]);
}

fn hints_about(policy: Policy, list: Vec<SnapshotInfo>) -> Vec<String> {
    let options = options(policy);
    let doubts = BTreeMap::new();
    let groups = (options.group_by.groups(list).into_iter())
        .map(|(key, group)| Group { key, verdict: apply(&options.policy, group, &doubts, &options.clock) });
    let plan = Plan { groups: groups.collect(), reason: "test" };
    hints::about(&plan, &options, &doubts)
}

#[test]
fn groups_that_keep_a_policy_from_any_effect_are_noticed() {
    let mut list = snapshots(&["2026-01-01 08:00", "2026-01-02 08:00", "2026-01-03 08:00", "2026-01-04 08:00"]);
    for (at, info) in list.iter_mut().enumerate() {
        info.snapshot.paths = vec![format!("/tmp/{at}").into_bytes()];
    }
    let hints = hints_about(policy(&[(Period::Any, "1")]), list.clone());
    assert!(hints.len() == 1 && hints[0].contains("their paths differ") && hints[0].contains("4 groups"), "{hints:?}");
    // One group has two.
    list[1].snapshot.paths = list[0].snapshot.paths.clone();
    let hints = hints_about(policy(&[(Period::Any, "3")]), list.clone());
    assert!(hints.len() == 1 && hints[0].contains("fewer snapshots than are to be kept"), "{hints:?}");
    // Something goes; all would stay in one group too; there is but one group.
    assert!(hints_about(policy(&[(Period::Any, "1")]), list.clone()).is_empty());
    assert!(hints_about(policy(&[(Period::Any, "4")]), list.clone()).is_empty());
    list.truncate(2);
    assert!(hints_about(policy(&[(Period::Any, "3")]), list).is_empty());
}

#[test]
fn a_series_of_several_hosts_is_noticed() {
    let list = snapshots(&["2026-01-01 08:00", "2026-01-02 08:00"]);
    let series = |hosts: [&str; 2]| -> Vec<_> {
        list.iter().zip(hosts).map(|(info, host)| of_host(info.clone(), host, Some("nightly"))).collect()
    };
    let hints = hints_about(policy(&[(Period::Any, "1")]), series(["a", "b"]));
    assert!(hints.len() == 1 && hints[0].contains("a, b") && hints[0].contains("label nightly"), "{hints:?}");
    assert!(hints_about(policy(&[(Period::Any, "1")]), series(["a", "a"])).is_empty());
}

fn three() -> TestRepo {
    let test = TestRepo::new();
    for content in ["one", "two", "three"] {
        test.file("a", content.as_bytes());
        test.backup();
    }
    test
}

fn ids(test: &TestRepo) -> Vec<SessionId> {
    test.snapshots().iter().map(|info| info.id).collect()
}

#[test]
fn a_plan_is_carried_out_once() {
    let test = three();
    let before = ids(&test);
    let made = plan(&test.repo, &options(policy(&[(Period::Any, "1")])), &Silent).unwrap();
    assert_eq!(ids(&test), before);
    assert_eq!(execute(&test.repo, &made, "host", &Silent).unwrap(), before[..2]);
    assert_eq!(ids(&test), before[2..]);
    assert_eq!(execute(&test.repo, &made, "host", &Silent).unwrap(), []);
    let tomb = test.repo.tombstone(before[0], &Silent).unwrap();
    assert_eq!((tomb.host.as_str(), tomb.reason.as_str()), ("host", "policy"));
}

#[test]
fn nothing_goes_if_what_was_to_stay_has_gone_meanwhile() {
    let test = three();
    let before = ids(&test);
    let made = plan(&test.repo, &options(policy(&[(Period::Any, "1")])), &Silent).unwrap();
    test.open(b"secret").unwrap().bury(before[2], "other", "test", &Silent).unwrap();
    let error = execute(&test.repo, &made, "host", &Silent).unwrap_err();
    assert!(error.to_string().contains("run the command again"), "{error}");
    assert_eq!(ids(&test), before[..2]);
}

/// Stops when the second snapshot is about to go.
struct Impatient(Mutex<u32>);

impl Monitor for Impatient {
    fn event(&self, _: crate::monitor::Event<'_>) {}

    fn stop(&self) -> bool {
        let mut asked = self.0.lock().unwrap();
        *asked += 1;
        *asked > 1
    }
}

#[test]
fn a_run_that_is_stopped_leaves_the_rest() {
    let test = three();
    let made = plan(&test.repo, &options(policy(&[(Period::Any, "1")])), &Silent).unwrap();
    let error = execute(&test.repo, &made, "host", &Impatient(Mutex::new(0))).unwrap_err();
    assert!(matches!(error, Error::Stopped { .. }), "{error}");
    assert_eq!(ids(&test).len(), 2);
}

#[test]
fn dangerous_policies_are_refused() {
    let test = three();
    let refused = |options: &ForgetOptions| plan(&test.repo, options, &Silent).unwrap_err().to_string();
    let nothing = options(Policy::default());
    assert!(refused(&nothing).contains("keeps nothing"));
    assert!(refused(&ForgetOptions { allow_remove_all: true, ..nothing.clone() }).contains("--host"));
    let tags = options(Policy { tags: vec![vec!["x".into()]], ..Policy::default() });
    let message = refused(&tags);
    assert!(message.contains("--unsafe-allow-remove-all") && message.contains("host host"), "{message}");
    assert_eq!(
        plan(&test.repo, &ForgetOptions { allow_remove_all: true, ..tags }, &Silent).unwrap().removed().count(),
        3
    );
    let filter = SnapshotFilter { hosts: vec!["host".into()], ..SnapshotFilter::default() };
    let all = ForgetOptions { allow_remove_all: true, filter, ..nothing };
    assert_eq!(plan(&test.repo, &all, &Silent).unwrap().removed().count(), 3);
}

#[test]
fn doubtful_dates_are_problems() {
    let test = three();
    let mut options = options(policy(&[(Period::Any, "1")]));
    options.clock.now = Time { secs: 1_000_000_000, nanos: 0 };
    let monitor = Recorder::default();
    let made = plan(&test.repo, &options, &monitor).unwrap();
    assert_eq!(made.removed().count(), 0);
    let problems = monitor.problems();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("3 snapshots are dated later than now"), "{problems:?}");
}

#[test]
fn named_snapshots_go_once_and_protected_ones_never() {
    let test = three();
    let mut named = test.snapshots();
    named.push(named[0].clone());
    let now = test.repo.world().now();
    assert_eq!(plan_ids(named.clone(), now).unwrap().removed().count(), 3);
    named[1].snapshot.protected_until = Some(FOREVER);
    let error = plan_ids(named.clone(), now).unwrap_err();
    assert!(matches!(error, Error::Protected { snapshot, .. } if snapshot == named[1].id), "{error}");
    assert!(error.to_string().contains("protected for ever"), "{error}");
    named[1].snapshot.protected_until = Some(now);
    assert!(plan_ids(named, now).is_ok());
}
