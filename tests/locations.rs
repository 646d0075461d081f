//! Repositories in several locations: any one may fail, at any time, and be emptied; nothing is lost, and repair brings everything back.
#[allow(dead_code, reason = "shared with other tests")]
mod engine;
#[allow(dead_code, reason = "shared with other tests")]
mod faults;

#[path = "locations/mended.rs"]
mod mended;
#[path = "locations/returned.rs"]
mod returned;
#[path = "locations/scene.rs"]
mod scene;
#[path = "locations/together.rs"]
mod together;

use caddis::backend::Family;
use caddis::error::Error;
use caddis::format::KeySlotNote;
use caddis::ops::check::{CheckReport, ReadData, check};
use caddis::ops::locations;
use caddis::repo::Balance;
use faults::{Call, Fault};
use proptest::prelude::*;
use scene::{Monitored, Scene};

fn clean(report: &CheckReport) -> bool {
    report.findings.iter().all(|finding| finding.severity == caddis::repo::Severity::Note)
}

/// Everything is in order: a full check finds nothing, and whichever location is lost, all snapshots can be read.
fn assert_whole(scene: &Scene) {
    let repo = scene.open().expect("opens");
    let found = locations::list(&repo, &caddis::monitor::Silent).expect("lists");
    assert!(found.all.iter().all(|location| location.away.is_none() && location.needed_by == 0), "{found:?}");
    let report = check(&repo, ReadData::All, &caddis::monitor::Silent).expect("checks");
    assert!(clean(&report), "{:?}", report.findings);
    drop(repo);
    for number in scene.numbers() {
        scene.place(number).set(Fault::crash(0, false));
        scene.assert_reads();
        scene.place(number).heal();
    }
}

#[test]
fn schemes_that_do_not_survive_the_loss_of_a_location_are_refused() {
    for (scheme, places, proposed) in [((20, 2), 3, "4+2"), ((4, 2), 2, "1+1"), ((20, 2), 4, "6+2")] {
        let error = Scene::make("refused", scheme, places).map(drop).unwrap_err().to_string();
        assert!(error.contains(&format!("--parity {proposed}")), "{error}");
    }
    for (scheme, places) in [((4, 2), 3), ((1, 1), 2), ((6, 2), 4), ((20, 20), 2)] {
        Scene::make("accepted", scheme, places).unwrap();
    }
}

#[test]
fn a_backup_goes_on_without_a_secondary_and_repair_tops_it_up() {
    let scene = Scene::make("secondary", (4, 2), 3).unwrap();
    scene.back_up(1).unwrap();
    assert_whole(&scene);
    scene.place(3).set(Fault::crash(0, false));
    let states = scene.back_up(2).unwrap();
    assert!(states[2].away.is_some() && states[2].objects_behind > 0, "{states:?}");
    scene.assert_reads();
    // It is told from damage.
    let monitor = Monitored::default();
    let report = check(&scene.open().unwrap(), ReadData::All, &monitor).unwrap();
    assert!(clean(&report), "{:?}", report.findings);
    assert!(monitor.problems().iter().any(|problem| problem.contains("cannot be reached")), "{:?}", monitor.problems());
    scene.place(3).heal();
    let repo = scene.open().unwrap();
    let report = check(&repo, ReadData::No, &caddis::monitor::Silent).unwrap();
    assert!(!clean(&report), "packs of the second backup are in two places only");
    let mended = scene.repair().unwrap();
    assert!(mended.packs_moved > 0 && mended.objects_synced > 0 && mended.packs_lost.is_empty(), "{mended:?}");
    assert_whole(&scene);
    assert_eq!(scene.repair().unwrap().packs_moved, 0);
}

#[test]
fn without_the_primary_everything_reads_and_nothing_is_written() {
    let scene = Scene::make("primary", (4, 2), 3).unwrap();
    scene.back_up(1).unwrap();
    scene.place(1).set(Fault::crash(0, false));
    scene.assert_reads();
    let error = scene.back_up(2).unwrap_err().to_string();
    assert!(error.contains("without the primary location") && error.contains("promote"), "{error}");
    scene.promote(2, false).unwrap();
    scene.back_up(2).unwrap();
    scene.assert_reads();
    // The old primary comes back, and is asked first.
    scene.place(1).heal();
    scene.back_up(3).unwrap();
    assert_eq!(scene.numbers()[0], 2);
    scene.repair().unwrap();
    assert_whole(&scene);
}

#[test]
fn an_old_primary_by_itself_decides_nothing() {
    let scene = Scene::make("minority", (4, 2), 3).unwrap();
    scene.back_up(1).unwrap();
    let old = scene.open().unwrap();
    scene.promote(3, false).unwrap();
    // Opened before the change.
    let error = scene.back_up_with(&old, 2).unwrap_err().to_string();
    assert!(error.contains("locations of this repository were changed"), "{error}");
    // Away when the others promoted one of them, and now by itself.
    scene.place(3).set(Fault::crash(0, false));
    scene.promote(1, false).unwrap();
    scene.place(3).heal();
    scene.place(1).set(Fault::crash(0, false));
    scene.place(2).set(Fault::crash(0, false));
    let error = scene.back_up(2).unwrap_err().to_string();
    assert!(error.contains("only 1 of 3 locations"), "{error}");
    scene.heal_everything();
    scene.back_up(2).unwrap();
    scene.repair().unwrap();
    assert_whole(&scene);
}

fn is_put_of_config(call: &Call) -> bool {
    call.op.writes() && call.family == Some(Family::Config)
}

#[test]
fn of_two_sides_that_promote_different_locations_one_decides_at_most() {
    let scene = Scene::make("sides", (4, 2), 3).unwrap();
    scene.back_up(1).unwrap();
    // One side does not reach the primary, and gets no further than the location that it wants to be the primary.
    scene.place(1).set(Fault::crash(0, false));
    scene.place(2).set(Fault::fail(0, false, is_put_of_config));
    let error = scene.promote(3, false).unwrap_err().to_string();
    assert!(error.contains("Only 1 of 3 locations"), "{error}");
    scene.place(2).heal();
    // Whoever comes by way of it reaches two of three, one of which knows nothing of the change.
    let error = scene.back_up(2).unwrap_err().to_string();
    assert!(
        error.contains("only 1 of 3 locations have config/2") && error.contains("`caddis repair locations`"),
        "{error}"
    );
    let early = scene.open().unwrap();
    // The other side reaches all but that one.
    scene.place(1).heal();
    scene.place(3).set(Fault::crash(0, false));
    scene.promote(2, false).unwrap();
    scene.back_up(2).unwrap();
    scene.place(1).set(Fault::crash(0, false));
    scene.place(3).heal();
    let error = scene.back_up_with(&early, 3).unwrap_err().to_string();
    assert!(error.contains("only 1 of 3 locations have config/2"), "{error}");
    scene.place(1).heal();
    let error = scene.open().map(drop).unwrap_err().to_string();
    assert!(error.contains("changed in two ways"), "{error}");
    // As the message says.
    let name = scene.newest_config(3);
    scene.with_replica(3, &name, Scene::lose);
    scene.repair().unwrap();
    assert_eq!(scene.numbers()[0], 2);
    assert_whole(&scene);
}

#[test]
fn a_change_of_locations_that_stopped_half_way_is_finished_by_repair() {
    let scene = Scene::make("half", (4, 2), 3).unwrap();
    scene.back_up(1).unwrap();
    for number in [2, 3] {
        scene.place(number).set(Fault::fail(0, false, is_put_of_config));
    }
    scene.promote(3, false).unwrap_err();
    scene.heal_everything();
    let error = scene.back_up(2).unwrap_err().to_string();
    assert!(error.contains("config/2"), "{error}");
    scene.repair().unwrap();
    scene.back_up(2).unwrap();
    assert_eq!(scene.numbers()[0], 3);
    assert_whole(&scene);
}

#[test]
fn of_two_locations_the_second_takes_over_only_when_told() {
    let scene = Scene::make("mirror", (1, 1), 2).unwrap();
    scene.back_up(1).unwrap();
    assert_whole(&scene);
    scene.place(1).set(Fault::crash(0, false));
    let error = scene.promote(2, false).unwrap_err().to_string();
    assert!(error.contains("--primary-is-gone"), "{error}");
    scene.promote(2, true).unwrap();
    scene.back_up(2).unwrap();
    scene.assert_reads();
    scene.replace(1, true).unwrap();
    assert_whole(&scene);
}

#[test]
fn an_emptied_location_is_known_and_is_filled_again() {
    for number in [2, 3] {
        let scene = Scene::make("emptied", (4, 2), 3).unwrap();
        scene.back_up(1).unwrap();
        scene.back_up(2).unwrap();
        scene.empty(number);
        scene.assert_reads();
        let states = scene.back_up(3).unwrap();
        let away = states.iter().find(|state| state.number == number).and_then(|state| state.away.clone());
        assert!(away.is_some_and(|cause| cause.contains("emptied")));
        scene.replace(number, false).unwrap();
        assert_whole(&scene);
    }
}

#[test]
fn locations_are_added_and_removed() {
    let scene = Scene::make("moved", (4, 2), 3).unwrap();
    scene.back_up(1).unwrap();
    scene.add(4, true).unwrap();
    scene.back_up(2).unwrap();
    assert_whole(&scene);
    let held = |number: u8| {
        let repo = scene.open().unwrap();
        let found = locations::list(&repo, &caddis::monitor::Silent).unwrap();
        found.all.iter().find(|location| location.config.number == number).map_or(0, |location| location.packs)
    };
    assert!(held(4) > 0);
    scene.remove(2, false).unwrap();
    assert_eq!(scene.numbers(), [1, 3, 4]);
    assert_whole(&scene);
    scene.place(3).set(Fault::crash(0, false));
    assert!(scene.remove(3, false).unwrap_err().to_string().contains("--is-gone"));
    // Two locations cannot keep what three promised.
    assert!(scene.remove(3, true).unwrap_err().to_string().contains("--parity"));
    scene.place(3).heal();
    assert_whole(&scene);
}

#[test]
fn a_location_whose_packs_have_no_place_elsewhere_is_not_removed() {
    let scene = Scene::with_room_in_one("crowded", (2, 2), 3, 300 << 10).unwrap();
    (1..4).for_each(|turn| drop(scene.back_up(turn).unwrap()));
    let error = scene.remove(3, false).unwrap_err().to_string();
    assert!(error.contains("could not be moved"), "{error}");
    assert_eq!(scene.numbers(), [1, 2, 3]);
    scene.assert_reads();
}

#[test]
fn what_only_the_old_primary_knew_counts_when_it_is_back() {
    let scene = Scene::make("old", (1, 1), 2).unwrap();
    scene.back_up(1).unwrap();
    scene.place(2).set(Fault::crash(0, false));
    scene.back_up(2).unwrap();
    scene.place(2).heal();
    scene.place(1).set(Fault::crash(0, false));
    scene.promote(2, true).unwrap();
    scene.place(1).heal();
    let mended = scene.repair().unwrap();
    assert_eq!(mended.packs_indexed, 0, "its index object was there");
    assert_whole(&scene);
    scene.assert_reads();
}

fn is_put_of_decision(call: &Call) -> bool {
    call.op.writes() && call.family == Some(Family::Snapshots)
}

#[test]
fn a_location_that_was_filled_anew_knows_of_the_sessions_that_have_not_ended() {
    let scene = Scene::make("sessions", (4, 2), 3).unwrap();
    scene.back_up(1).unwrap();
    // Its index objects are there, and it dies before its decision.
    scene.place(1).set(Fault { crash: true, ..Fault::fail(0, false, is_put_of_decision) });
    scene.back_up(2).unwrap_err();
    scene.place(1).heal();
    scene.empty(2);
    scene.replace(2, false).unwrap();
    scene.promote(2, false).unwrap();
    scene.prune().unwrap();
    scene.repair().unwrap();
    assert_whole(&scene);
    // One that was away when it began, and gets its index objects by repair.
    scene.place(3).set(Fault::crash(0, false));
    scene.place(2).set(Fault { crash: true, ..Fault::fail(0, false, is_put_of_decision) });
    scene.back_up(3).unwrap_err();
    scene.heal_everything();
    scene.repair().unwrap();
    scene.promote(3, false).unwrap();
    scene.prune().unwrap();
    scene.repair().unwrap();
    assert_whole(&scene);
}

#[test]
fn a_removed_password_does_not_come_back_from_a_location_that_was_away() {
    let scene = Scene::make("keys", (4, 2), 3).unwrap();
    scene.back_up(1).unwrap();
    let repo = scene.open().unwrap();
    let stolen = repo.add_key_slot(b"stolen", engine::CHEAP, &KeySlotNote::default()).unwrap();
    assert!(scene.opens(2, b"stolen"));
    scene.place(2).set(Fault::crash(0, false));
    scene.open().unwrap().remove_key_slot(stolen).unwrap();
    scene.place(2).heal();
    assert!(scene.opens(2, b"stolen") && !scene.opens(3, b"stolen"));
    scene.promote(2, false).unwrap();
    assert!((1..4).all(|number| !scene.opens(number, b"stolen")));
    scene.repair().unwrap();
    assert_whole(&scene);
}

#[test]
fn a_full_location_gets_no_more_packs() {
    let scene = Scene::with_capacity("full", (4, 2), 3, Some((2, 512 << 10))).unwrap();
    for turn in 1..4 {
        scene.back_up(turn).unwrap();
    }
    let states = scene.back_up(4).unwrap();
    assert!(states[1].is_full, "{states:?}");
    let repo = scene.open().unwrap();
    let found = locations::list(&repo, &caddis::monitor::Silent).unwrap();
    let bytes = |at: usize| found.all[at].bytes;
    assert!(bytes(1) < bytes(0) && bytes(1) < (512 << 10) + (2 << 18), "{found:?}");
    scene.assert_reads();
}

#[test]
fn the_location_with_the_highest_priority_gets_data_and_no_parity() {
    let scene = Scene::with_priority("priority", (2, 1), 3, 2).unwrap();
    scene.back_up(1).unwrap();
    assert_whole(&scene);
    let name = scene.place(2);
    // Parity packs have header pages of their own.
    assert!(!name.packs().is_empty() && name.packs().iter().all(|bytes| !scene::is_parity(bytes)));
}

#[derive(Clone, Debug)]
enum Step {
    BackUp,
    /// A location fails at its nth call during a backup.
    FailDuring {
        number: usize,
        nth: usize,
    },
    Prune,
    PruneWithout(usize),
    Repair,
    Balance,
    Replace(usize),
    Promote(usize),
    KillDuring {
        nth: usize,
    },
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::BackUp),
        4 => (0usize..4, 0usize..60).prop_map(|(number, nth)| Step::FailDuring { number, nth }),
        1 => Just(Step::Prune),
        1 => (1usize..4).prop_map(Step::PruneWithout),
        1 => Just(Step::Repair),
        1 => Just(Step::Balance),
        1 => (0usize..4).prop_map(Step::Replace),
        1 => (0usize..4).prop_map(Step::Promote),
        1 => (0usize..60).prop_map(|nth| Step::KillDuring { nth }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: scene::cases(24), max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens, all snapshots that were made can be read, with any one location missing as soon as repair was there.
    #[test]
    fn histories_lose_nothing(
        scheme in prop::sample::select(vec![((4u8, 2u8), 3u8), ((1, 1), 2), ((6, 2), 4)]),
        steps in prop::collection::vec(steps(), 1..10),
    ) {
        let scene = Scene::make("history", scheme.0, scheme.1).unwrap();
        scene.back_up(0).unwrap();
        for (turn, step) in (1u32..).zip(&steps) {
            let numbers = scene.numbers();
            let pick = |at: usize| numbers[at % numbers.len()];
            match *step {
                Step::BackUp => drop(scene.back_up(turn).unwrap()),
                Step::FailDuring { number, nth } => {
                    // What was made while another location was away would not survive that this one goes too.
                    scene.repair().unwrap();
                    let place = scene.place(pick(number));
                    place.set(Fault::crash(nth, nth % 2 == 0));
                    // It may fail as a whole, with the primary or with packs that had not become durable.
                    drop(scene.back_up(turn));
                    scene.assert_reads();
                    place.heal();
                    drop(scene.back_up(turn).unwrap());
                }
                Step::KillDuring { nth } => {
                    scene.fail_everything(nth);
                    drop(scene.back_up(turn));
                    scene.heal_everything();
                    scene.next_process();
                }
                Step::Prune | Step::PruneWithout(_) => {
                    if let Step::PruneWithout(at) = *step && pick(at) != numbers[0] {
                        scene.repair().unwrap();
                        scene.place(pick(at)).set(Fault::crash(0, false));
                    }
                    scene.forget_oldest();
                    scene.prune().unwrap();
                    scene.assert_reads();
                    scene.heal_everything();
                }
                Step::Repair => drop(scene.repair().unwrap()),
                Step::Balance => {
                    let even = Balance { even: true, ..Balance::default() };
                    scene.open().unwrap().balance_locations(even, &caddis::monitor::Silent).map(drop).unwrap();
                }
                Step::Replace(at) => {
                    // What other locations have no share of yet would be lost with this one.
                    scene.repair().unwrap();
                    let number = pick(at);
                    if number == numbers[0] {
                        scene.promote(pick(at + 1), false).unwrap();
                    }
                    scene.empty(number);
                    scene.replace(number, turn % 2 == 0).unwrap();
                }
                Step::Promote(at) if pick(at) != numbers[0] => scene.promote(pick(at), false).unwrap(),
                Step::Promote(_) => {}
            }
            scene.assert_reads();
        }
        scene.repair().unwrap();
        assert_whole(&scene);
    }
}

#[test]
fn a_config_of_another_repository_is_no_location() {
    let scene = Scene::make("one", (4, 2), 3).unwrap();
    scene.back_up(1).unwrap();
    let other = Scene::make("other", (4, 2), 3).unwrap();
    other.back_up(1).unwrap();
    scene.exchange(3, &other);
    let states = scene.back_up(2).unwrap();
    assert!(states[2].away.as_ref().is_some_and(|cause| cause.contains("another repository")), "{states:?}");
    scene.assert_reads();
    let error = scene.replace(3, false).map(drop).unwrap_err();
    assert!(matches!(error, Error::RepositoryExists { .. }), "{error}");
}
