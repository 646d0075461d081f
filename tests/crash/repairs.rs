//! Crashes while damage is repaired: it gets no worse, and the next repair brings everything back.
use caddis::backend::{Family, ObjectName};
use caddis::error::Result;
use caddis::monitor::Silent;
use caddis::ops::check::{ReadData, Severity, check};
use caddis::ops::repair::{RepairOptions, RepairReport, repair};

use crate::aftermath::at_every_operation;
use crate::scene::Scene;

fn mend(scene: &Scene, options: &RepairOptions) -> Result<RepairReport> {
    repair(&scene.open()?, options, &Silent)
}

fn nothing() -> RepairOptions {
    RepairOptions {
        replicas: false,
        index: false,
        packs: false,
        locations: false,
        dry_run: false,
        host: "host".to_owned(),
    }
}

fn everything() -> RepairOptions {
    RepairOptions { replicas: true, index: true, packs: true, ..nothing() }
}

/// What these options repair is damaged by `damage`, and whole again after a second run of the same.
fn crash(scenario: &str, options: &RepairOptions, damage: impl Fn(&Scene)) -> usize {
    at_every_operation(
        scenario,
        |scene| {
            scene.with_two_snapshots();
            damage(scene);
        },
        |scene| mend(scene, options).map(drop),
        |scene, (), _| {
            let report = mend(scene, options).unwrap();
            assert!(report.packs_lost.is_empty() && report.blobs_lost.is_empty(), "{report:?}");
            let checked = check(&scene.open().unwrap(), ReadData::All, &Silent).unwrap();
            assert!(checked.findings.iter().all(|finding| finding.severity == Severity::Note), "{checked:?}");
        },
    )
}

fn first(scene: &Scene, family: Family) -> ObjectName {
    scene.list(family)[0].name
}

#[test]
fn of_everything() {
    let points = crash("repair", &everything(), |scene| {
        for family in [Family::ReplicaConfig, Family::Packs, Family::Index] {
            scene.lose(&first(scene, family));
        }
    });
    assert!(points > 100, "{points}");
}

#[test]
fn of_packs() {
    let points = crash("repair_packs", &RepairOptions { packs: true, ..nothing() }, |scene| {
        let damaged = first(scene, Family::Packs);
        scene.place.overwrite(&damaged, b"no pack");
    });
    assert!(points > 30, "{points}");
}

#[test]
fn of_snapshots() {
    let points = crash("repair_replicas", &RepairOptions { replicas: true, ..nothing() }, |scene| {
        // The second copy of one decision, the first of the other, which is damaged.
        let decisions = scene.list(Family::Snapshots);
        scene.lose(&decisions[0].name.replica().unwrap());
        scene.place.overwrite(&decisions[1].name, b"no decision");
    });
    assert!(points > 10, "{points}");
}
