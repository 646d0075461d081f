//! Prunes of repositories with damaged packs: what cannot be copied stays, and nothing else does.
use super::*;

#[test]
fn a_stripe_that_cannot_be_copied_stays_alone() {
    // A delta of what is damaged could not be read either.
    let (test, sids) = three_with(DeltaMode::Off);
    test.forget(sids[0]);
    test.forget(sids[1]);
    let plan = test.prune(&PruneOptions { dry_run: true, ..options() }).plan;
    let Some(worst) = plan.repack.first().copied() else { panic!("{plan:?}") };
    let mut damaged = Vec::new();
    for (name, bytes) in test.backend.snapshot_contents() {
        // Parity as well: the stripe may have one data pack only.
        let data = bytes.first_chunk().and_then(|page| crate::format::PackHeader::decode(page).ok());
        let parity = bytes.get(..4096).and_then(|page| crate::format::ParityPage::decode(page).ok());
        let stripe = data.map(|header| header.stripe).or(parity.map(|page| page.stripe));
        if stripe == Some(worst) && matches!(name, ObjectName::Pack(_)) {
            let mut harmed = bytes.to_vec();
            harmed.iter_mut().skip(4096).for_each(|byte| *byte ^= 0x55);
            test.backend.overwrite(&name, &harmed);
            damaged.push((name, bytes));
        }
    }
    assert!(damaged.len() > 1);

    let stored = test.stored();
    for round in 0..3 {
        let recorder = Recorder::default();
        let report = prune(&test.open(PASSWORD).unwrap(), &owner(1), &options(), &recorder).unwrap();
        assert!(report.packs_removed > 0 || round > 0, "{report:?}");
        let problems = format!("{:?}", recorder.problems());
        assert!(problems.contains(&worst.short()) && problems.contains("caddis repair packs"), "{problems}");
        let doomed = test.open(PASSWORD).unwrap().survey(&Silent).unwrap().0.doomed();
        assert!(doomed.contains(&worst));
        assert_eq!(test.count(Family::Sessions), 0);
        assert!(test.stored() + 2_000_000 < stored, "{round}");
    }
    for (name, bytes) in &damaged {
        test.backend.overwrite(name, bytes);
    }
    test.prune(&options());
    test.prune(&options());
    test.assert_sound(1);
}
