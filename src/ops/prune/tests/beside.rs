//! Prunes beside other runs: whom they wait for, and whom they need not wait for.
use std::sync::{Arc, Mutex};

use super::*;
use crate::ops::testing::Watched;
use crate::repo::OpenOptions;
use crate::world::{SystemWorld, World};

/// Time passes quickly when it is let pass; the machine does not say which it is, and no process of it runs.
#[derive(Debug)]
struct Hasty(Arc<SystemWorld>);

impl World for Hasty {
    fn now(&self) -> Time {
        self.0.now()
    }
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
    fn sleep(&self, _: Duration) {
        std::thread::sleep(Duration::from_millis(20));
    }
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
    fn process(&self) -> ProcessIdentity {
        ProcessIdentity { pid: 1_000_000, ..ProcessIdentity::default() }
    }
    fn is_running(&self, _: &ProcessIdentity) -> bool {
        false
    }
}

fn open(backend: Arc<dyn Backend>) -> Repository {
    let world = Arc::new(Hasty(SystemWorld::new()));
    Repository::open(backend, world, PASSWORD, &OpenOptions { kdf_floor: 1, ..OpenOptions::default() }, &Silent)
        .unwrap()
}

impl TestRepo {
    fn hasty(&self) -> Repository {
        open(self.backend.clone())
    }
}

/// A run that has stored something.
fn begin(repo: &Repository, pid: u32) -> Writer<'_> {
    let write = WriteOptions::default();
    let (writer, _) = Writer::begin(repo, owner(pid), write, &Silent).unwrap();
    writer.save(0, BlobKind::Data, &pid.to_le_bytes()).unwrap();
    writer
}

fn commit(writer: Writer<'_>) {
    writer.commit(&Decision::Repaired(Finished::default()), &Silent).unwrap();
}

#[test]
fn runs_that_overlap_for_ever_do_not_stop_prunes_for_ever() {
    let (test, sids) = three();
    let repos: Vec<Repository> = (0..3).map(|_| test.open(PASSWORD).unwrap()).collect();
    let before = test.stored();
    let first = begin(&repos[0], 10);
    test.forget(sids[0]);
    let report = test.prune(&options());
    assert_eq!((report.waiting.len(), report.packs_removed), (1, 0));

    // It has begun when the mark was there; but the first one goes on.
    let second = begin(&repos[1], 11);
    test.forget(sids[1]);
    let report = test.prune(&options());
    assert_eq!((report.waiting.len(), report.packs_removed), (2, 0));
    commit(first);
    let third = begin(&repos[2], 12);
    let report = test.prune(&options());
    assert_eq!(report.waiting.len(), 2);
    assert!(report.packs_removed > 0 && test.stored() < before, "{report:?}");
    // What was doomed beside the second one is there still.
    let (survey, _) = test.open(PASSWORD).unwrap().survey(&Silent).unwrap();
    assert!(!survey.marks.is_empty());
    let between = test.stored();
    commit(second);
    let report = test.prune(&options());
    assert_eq!(report.waiting.len(), 1);
    assert!(report.packs_removed > 0 && test.stored() < between, "{report:?}");
    commit(third);
    (0..2).for_each(|_| drop(test.prune(&options())));
    test.assert_sound(1);
}

/// Ends one run and begins another one as soon as somebody waits.
struct Relay<'r> {
    ends: Mutex<Option<Writer<'r>>>,
    next: &'r Repository,
    begun: Mutex<Option<Writer<'r>>>,
}

impl Monitor for Relay<'_> {
    fn event(&self, event: Event<'_>) {
        if let Event::Phase("Waiting for other runs") = event
            && let Some(writer) = self.ends.lock().unwrap().take()
        {
            *self.begun.lock().unwrap() = Some(begin(self.next, 11));
            commit(writer);
        }
    }
}

#[test]
fn waiting_ends_with_those_that_were_there() {
    let (test, sids) = three();
    let repos: Vec<Repository> = (0..2).map(|_| test.open(PASSWORD).unwrap()).collect();
    let relay = Relay { ends: Some(begin(&repos[0], 10)).into(), next: &repos[1], begun: None.into() };
    test.forget(sids[0]);
    let options = PruneOptions { wait: Duration::from_secs(600), ..options() };
    let report = prune(&test.hasty(), &owner(1), &options, &relay).unwrap();
    assert_eq!(report.waiting, []);
    assert!(report.packs_removed > 0);
    commit(relay.begun.into_inner().unwrap().unwrap());
    test.prune(&super::options());
    test.assert_sound(2);
}

#[test]
fn of_two_prunes_that_wait_for_each_other_the_later_one_goes_home() {
    let (test, sids) = three();
    test.forget(sids[0]);
    let (one, two) = (test.hasty(), test.hasty());
    let first = one.begin_prune(&owner(10), true, &Silent).unwrap();
    let second = two.begin_prune(&owner(11), true, &Silent).unwrap();
    let how = CarryOut {
        delete_only: false,
        stale_after: Duration::from_secs(3600),
        wait: Duration::from_secs(7200),
        wipe: false,
    };
    let carry_out = |repo, run: crate::repo::Prune<'_>, monitor: &dyn Monitor| {
        run.carry_out(&[], &how, &mut Walk::new(repo, &Silent), monitor).unwrap()
    };
    let recorder = Recorder::default();
    let (went_on, went_home) = std::thread::scope(|scope| {
        let other = scope.spawn(|| carry_out(&one, first, &Silent));
        let home = carry_out(&two, second, &recorder);
        (other.join().unwrap(), home)
    });
    assert_eq!((went_on.waiting.len(), went_home.waiting.len()), (0, 1));
    test.prune(&options());
    test.assert_sound(2);
}

#[test]
fn a_prune_never_overtakes_another() {
    let (test, sids) = three();
    let repos: Vec<Repository> = (0..2).map(|_| test.open(PASSWORD).unwrap()).collect();
    let writer = begin(&repos[0], 10);
    test.forget(sids[0]);
    assert_eq!(test.prune(&options()).waiting.len(), 1);
    commit(writer);
    // All that are there have seen the mark.
    let other = repos[1].begin_prune(&owner(11), true, &Silent).unwrap();
    let report = test.prune(&options());
    assert_eq!((report.waiting.len(), report.packs_removed), (1, 0));
    other.give_up("the test goes on", &Silent).unwrap();
    assert!(test.prune(&options()).packs_removed > 0);
    test.prune(&options());
    test.assert_sound(2);
}

#[test]
fn a_dry_run_tells_whom_a_prune_would_wait_for_and_what_forgetting_more_would_free() {
    let (test, sids) = three();
    test.forget(sids[0]);
    let repo = test.open(PASSWORD).unwrap();
    let writer = begin(&repo, 10);
    let dry = PruneOptions { dry_run: true, forgotten: BTreeSet::from([sids[1]]), ..options() };
    let told = test.prune(&dry);
    writer.abandon("the test goes on", &Silent).unwrap();
    test.prune(&PruneOptions { delete_only: true, max_unused: MaxUnused::Unlimited, ..options() });
    assert_eq!(told.waiting.len(), 1);

    let told = test.prune(&dry);
    assert_eq!((told.waiting.len(), test.count(Family::Tombs)), (0, 1));
    assert_ne!(told.plan, test.prune(&PruneOptions { dry_run: true, ..options() }).plan);
    test.forget(sids[1]);
    assert_eq!(told.plan, test.prune(&options()).plan);
    test.assert_sound(1);
}

#[test]
fn a_run_of_a_machine_that_does_not_say_which_it_is_is_not_taken_for_dead() {
    let (test, sids) = three();
    let repo = test.open(PASSWORD).unwrap();
    let label = Some("other".to_owned());
    let write = WriteOptions::default();
    let (writer, _) = Writer::begin(&repo, SessionOwner { label, ..owner(10) }, write, &Silent).unwrap();
    writer.save(0, BlobKind::Data, b"something new").unwrap();
    test.forget(sids[0]);
    let report = prune(&test.hasty(), &owner(1), &options(), &Silent).unwrap();
    assert_eq!((report.waiting.len(), report.packs_removed), (1, 0), "{report:?}");
    commit(writer);
}

#[test]
fn an_index_object_that_is_there_already_is_ones_own_if_it_is_the_same() {
    let (test, sids) = three();
    test.forget(sids[0]);
    let repo = open(Arc::new(Watched { puts_index_twice: true, ..Watched::new(test.backend.clone()) }));
    commit(begin(&repo, 10));
    let report = prune(&repo, &owner(1), &options(), &Silent).unwrap();
    assert!(report.blobs_copied > 0 && report.packs_removed > 0, "{report:?}");
    test.prune(&options());
    test.assert_sound(2);
}
