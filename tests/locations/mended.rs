//! Copies of small objects that are damaged, configs that contradict each other, replacements that were killed, and locations that have little room.
use caddis::backend::Family;
use caddis::error::Error;
use caddis::format::LocationConfig;
use caddis::ops::check::{ReadData, check};
use caddis::ops::locations;
use caddis::repo::{Balance, Severity};

use crate::assert_whole;
use crate::faults::Fault;
use crate::scene::Scene;

#[test]
fn locations_that_were_changed_in_two_ways_are_not_used_until_it_is_known_which_counts() {
    let scene = Scene::make("split", (1, 1), 2).unwrap();
    scene.back_up(1).unwrap();
    // Each side believes that the other one is gone for good.
    scene.place(1).set(Fault::crash(0, false));
    scene.promote(2, true).unwrap();
    let promoted = scene.take(2, Family::Config);
    scene.put_back(2, &scene.without_newest(&promoted));
    scene.place(1).heal();
    scene.place(2).set(Fault::crash(0, false));
    scene.write_config_alone(1);
    scene.place(2).heal();
    scene.put_back(2, &promoted);
    let error = scene.open().map(drop).unwrap_err().to_string();
    assert!(error.contains("different configs of the same number") && error.contains("--at N="), "{error}");
    assert!(scene.back_up(2).is_err());
    // One that is damaged contradicts nothing.
    let wrong = scene.newest_config(1);
    scene.damage(1, &wrong);
    assert!(scene.open().is_err(), "its replica is read");
    scene.damage(1, &wrong.replica().expect("it has one"));
    scene.open().unwrap();
    // The advice: the one that is wrong goes, and repair copies the other.
    scene.with_replica(1, &wrong, Scene::lose);
    scene.repair().unwrap();
    scene.back_up(3).unwrap();
    assert_eq!(scene.numbers(), [2, 1]);
    scene.repair().unwrap();
    assert_whole(&scene);
}

fn findings(scene: &Scene, read: ReadData) -> Vec<String> {
    let report = check(&scene.open().unwrap(), read, &caddis::monitor::Silent).unwrap();
    let found = report.findings.iter().filter(|finding| finding.severity != Severity::Note);
    found.map(|finding| format!("{}: {}", finding.object, finding.message)).collect()
}

#[test]
fn copies_of_small_objects_are_checked_in_every_location_and_mended_from_a_good_one() {
    let scene = Scene::make("copies", (4, 2), 3).unwrap();
    scene.back_up(1).unwrap();
    scene.back_up(2).unwrap();
    scene.forget_oldest();
    assert_eq!(findings(&scene, ReadData::All), Vec::<String>::new());
    for family in
        [Family::Config, Family::Keys, Family::Snapshots, Family::Tombs, Family::Index, Family::ReplicaSnapshots]
    {
        let name = scene.objects(2, family).pop().expect("there is one");
        // Missing is noticed by names alone. (A location without its config was emptied, and is not used.)
        if family != Family::Config {
            scene.lose(3, &name);
            let found = findings(&scene, ReadData::No);
            assert!(
                found.len() == 1 && found[0].starts_with(&format!("{name} in location 3: it is missing")),
                "{family:?} {found:?}"
            );
            scene.repair().unwrap();
        }
        // So is what has another size; the same size tells nothing until it is read.
        scene.truncate(2, &name);
        let found = findings(&scene, ReadData::No);
        assert!(found.len() == 1 && found[0].starts_with(&format!("{name} in location 2")), "{found:?}");
        scene.repair().unwrap();
        scene.damage(3, &name);
        assert_eq!(findings(&scene, ReadData::No), Vec::<String>::new());
        let found = findings(&scene, ReadData::All);
        assert!(found.len() == 1 && found[0].contains(&format!("{name} in location 3")), "{found:?}");
        let mended = scene.repair().unwrap();
        assert!(mended.objects_synced == 1, "{family:?} {mended:?}");
        assert_eq!(findings(&scene, ReadData::All), Vec::<String>::new(), "{family:?}");
    }
    assert_whole(&scene);
}

#[test]
fn the_primary_gets_back_what_is_damaged_in_both_copies_and_sound_elsewhere() {
    let scene = Scene::make("primary-damage", (4, 2), 3).unwrap();
    scene.back_up(1).unwrap();
    scene.back_up(2).unwrap();
    for family in [Family::Snapshots, Family::Config, Family::Index] {
        let name = scene.objects(1, family).pop().expect("there is one");
        scene.with_replica(1, &name, Scene::damage);
        let found = findings(&scene, ReadData::All);
        assert!(found.iter().any(|found| found.contains("caddis repair locations")), "{family:?} {found:?}");
        assert!(scene.repair().unwrap().objects_synced >= 1);
        assert_eq!(findings(&scene, ReadData::All), Vec::<String>::new(), "{family:?}");
        scene.assert_reads();
    }
    assert_whole(&scene);
}

#[test]
fn a_replacement_that_was_killed_is_taken_up_by_repeating_it() {
    let points = [0, 3, 8, 15, 25, 40, 60, 90];
    // The primary's takes more steps: another location takes its part before the end.
    let cases = points.map(|nth| (2, nth)).into_iter().chain((0..400).step_by(23).map(|nth| (1, nth)));
    for (number, nth) in cases {
        let scene = Scene::make("killed", (4, 2), 3).unwrap();
        scene.back_up(1).unwrap();
        scene.back_up(2).unwrap();
        let elsewhere = scene.elsewhere(9);
        scene.fail_everything(nth);
        let failed = scene.replace_by(number, &elsewhere);
        scene.heal_everything();
        scene.next_process();
        scene.assert_reads();
        match failed {
            Err(_) => scene.replace_by(number, &elsewhere).unwrap_or_else(|error| panic!("{number} {nth}: {error}")),
            Ok(()) => assert_eq!(scene.numbers()[0], 1, "{nth}"),
        }
        assert_eq!(scene.place_of(number), elsewhere);
        assert_whole(&scene);
    }
}

#[test]
fn packs_that_an_earlier_attempt_has_copied_are_not_copied_again_unless_they_are_damaged() {
    let scene = Scene::make("again", (4, 2), 3).unwrap();
    scene.back_up(1).unwrap();
    scene.back_up(2).unwrap();
    let elsewhere = scene.elsewhere(9);
    // It dies when everything is there but the config that says so.
    let copied = scene.copy_to(2, &elsewhere).unwrap();
    assert!(copied > 3);
    assert_eq!(scene.copy_to(2, &elsewhere).unwrap(), 0);
    let pack = scene.objects(9, Family::Packs).pop().expect("there is one");
    scene.damage(9, &pack);
    assert_eq!(scene.copy_to(2, &elsewhere).unwrap(), 1);
    scene.replace_by(2, &elsewhere).unwrap();
    assert_whole(&scene);
    // What another repository has left there is in the way.
    let other = Scene::make("foreign", (6, 2), 8).unwrap();
    scene.exchange(8, &other);
    assert!(matches!(scene.replace_by(2, &scene.elsewhere(8)), Err(Error::RepositoryExists { .. })));
}

#[test]
fn moves_and_rebuilds_respect_the_capacity_of_a_location() {
    let scene = Scene::with_capacity("moves", (4, 2), 4, Some((4, 700 << 10))).unwrap();
    let bytes = |number: u8| {
        let found = locations::list(&scene.open().unwrap(), &caddis::monitor::Silent).unwrap();
        found.all.iter().find(|location| location.config.number == number).map_or(0, |location| location.bytes)
    };
    // While it is away all goes to the others, and more than it takes is to be moved back.
    scene.place(4).set(Fault::crash(0, false));
    for turn in 1..5 {
        scene.back_up(turn).unwrap();
    }
    scene.place(4).heal();
    let even = Balance { even: true, ..Balance::default() };
    scene.open().unwrap().balance_locations(even, &caddis::monitor::Silent).unwrap();
    assert!(bytes(4) > 0 && bytes(4) <= 700 << 10, "{}", bytes(4));
    // What another location had is rebuilt, and not into a place that is full.
    scene.empty(3);
    scene.replace(3, false).unwrap();
    assert!(bytes(4) <= 700 << 10, "{}", bytes(4));
    scene.assert_reads();
    scene.remove(2, false).unwrap();
    assert!(bytes(4) <= 700 << 10, "{}", bytes(4));
    scene.assert_reads();
    // A new place that takes less than there is to copy is refused before anything is copied.
    let error = scene.replace_by(1, &LocationConfig { capacity: Some(1_000), ..scene.elsewhere(9) });
    assert!(error.map(drop).unwrap_err().to_string().contains("capacity"), "{:?}", scene.numbers());
}
