//! The end of a history: nobody is left and nothing goes wrong any more; what must be true of storage now?
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use caddis::backend::ObjectName;
use caddis::error::Result;
use caddis::format::{Decision, FrameEntry, IndexName, StripeEntry};
use caddis::id::{BlobId, PackId};
use caddis::monitor::Silent;
use caddis::ops::check::{Finding, ReadData, Severity, check};
use caddis::ops::prune::MaxUnused;
use caddis::ops::snapshots::{SnapshotFilter, SnapshotInfo, from_catalog};
use caddis::repo::{Broken, Catalog, Repository};

use crate::acts::{Act, Job, PASSWORD, open_options, run_lane};
use crate::handle::Handle;
use crate::pictures::{NEW, blobs_of, compare, number_of};
use crate::random::Rng;
use crate::schedule::{Core, Sim, Weather};

/// Hosts of the end have met nobody.
const HOST: usize = 77;

/// Everything stops in this state. Then: all snapshots restore; prune removes all garbage and no more; a backup works; check is content.
///
/// Broken rules stay broken for prunes of the end, but not for those who look.
pub fn conclude(core: Core, mut rng: Rng, broken: &[Broken]) -> Core {
    let harmed = core.storage.damaged;
    let core = calm(core);
    let mut core = inspect(core, "in the end", &count_deltas);
    core = look(core, "in the end");
    for _ in 0..core.storage.late.len() {
        if rng.one_in(2) {
            core.arrive();
        }
    }
    // On a full disk a prune may have given up parity of what somebody has come to use meanwhile.
    if harmed || core.storage.has_been_full {
        core = act(core, Act::Repair, &[]);
        core = look(core, "after a repair");
    }
    // What is forgotten now may leave bases that nothing but deltas needs.
    for _ in 0..rng.below(4) {
        core = act(core, Act::Forget(rng.below(8)), &[]);
    }
    core = act(core, prune_all(), broken);
    while !core.storage.late.is_empty() {
        core.arrive();
    }
    core = act(core, prune_all(), broken);
    core = act(core, prune_all(), broken);
    core = look(core, "after the last prune");
    core = inspect(core, "after the last prune", &garbage);
    let newest = core.pictures.len().checked_sub(1);
    if let Some(number) = newest {
        core = act(core, Act::Backup { pictures: vec![number], in_pieces: false, abandon: false }, &[]);
    }
    core = look(core, "after another backup");
    inspect(core, "after another backup", &sound)
}

fn prune_all() -> Act {
    Act::Prune { stale_after: Duration::ZERO, max_unused: MaxUnused::Bytes(0) }
}

/// No faults from now on. What is under way stays so for the time being.
fn calm(mut core: Core) -> Core {
    core.weather = Weather::default();
    core.halt_at = usize::MAX;
    core.storage.full = false;
    core.storage.staleness = Duration::ZERO;
    core.storage.damaged = false;
    core.script.clear();
    core
}

/// A process does something, alone; it must not fail.
fn act(core: Core, act: Act, broken: &[Broken]) -> Core {
    let sim = Arc::new(Sim::new(core, 1));
    run_lane(&sim, 0, HOST, &[Job::new(act)], broken);
    Arc::into_inner(sim).expect("the process has ended").into_core()
}

/// Opens the repository and looks at it; adds what is wrong to the violations.
fn inspect(mut core: Core, when: &str, find: &dyn Fn(&Repository, &Handle) -> Result<Vec<String>>) -> Core {
    core.trace.in_any_order = true;
    let sim = Arc::new(Sim::new(core, 1));
    sim.enter(0);
    let process = sim.core().begin(0, HOST, "look", None);
    let handle = Handle::new(&sim, process);
    let found = Repository::open(handle.clone(), handle.clone(), PASSWORD, &open_options(), &Silent)
        .and_then(|repo| find(&repo, &handle))
        .unwrap_or_else(|error| vec![error.to_string()]);
    for what in found {
        sim.core().watch.violate(format!("{when}: {what}"));
    }
    drop(handle);
    let mut core = Arc::into_inner(sim).expect("nobody is left").into_core();
    core.trace.in_any_order = false;
    core
}

/// All snapshots that were ever reported, and all that are there, restore as they were.
fn look(core: Core, when: &str) -> Core {
    inspect(core, when, &|repo, handle| {
        let mut found = Vec::new();
        let (_, infos) = snapshots(repo)?;
        let (acknowledged, buried, pictures) = {
            let core = handle.sim().core();
            (core.watch.acknowledged.clone(), core.watch.buried.clone(), core.pictures.clone())
        };
        for (sid, number) in acknowledged {
            let there = infos.iter().find(|info| info.id == sid);
            if there.is_none() && !buried.contains(&sid) {
                found.push(format!("snapshot {sid} was committed and is not there"));
            }
            if there.is_some_and(|info| number_of(&info.snapshot) != Some(number)) {
                found.push(format!("snapshot {sid} is another one than was committed"));
            }
        }
        for info in infos {
            let picture = number_of(&info.snapshot).and_then(|number| pictures.get(number));
            let Some(picture) = picture else {
                found.push(format!("snapshot {} is not what anybody wrote", info.id));
                continue;
            };
            match compare(repo, &info.snapshot, picture) {
                Ok(Ok(())) => {}
                Ok(Err(difference)) => found.push(format!("snapshot {} restores wrongly: {difference}", info.id)),
                Err(error) => found.push(format!("snapshot {} does not restore: {error}", info.id)),
            }
        }
        Ok(found)
    })
}

fn snapshots(repo: &Repository) -> Result<(Catalog, Vec<SnapshotInfo>)> {
    let (catalog, _) = repo.load_index(&Silent)?;
    let infos = from_catalog(&catalog, &SnapshotFilter::default(), &Silent);
    Ok((catalog, infos))
}

/// What no snapshot needs.
fn garbage(repo: &Repository, handle: &Handle) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let (catalog, infos) = snapshots(repo)?;
    let mut live: BTreeSet<BlobId> = BTreeSet::new();
    for info in &infos {
        live.extend(blobs_of(repo, &info.snapshot)?.into_iter().map(|(_, id)| id));
    }
    let names: Vec<ObjectName> = handle.sim().core().storage.objects.keys().copied().collect();
    let mut indexed: BTreeSet<PackId> = BTreeSet::new();
    let mut stripes = Vec::new();
    for name in index_names(handle) {
        let IndexName { session, .. } = name;
        let counts = match catalog.decisions.get(&session).map(Arc::as_ref) {
            None => false,
            Some(Decision::Fence(fence)) => fence.kept.contains(&name),
            Some(_) => true,
        };
        if !counts || catalog.retired.contains(&name) {
            found.push(format!("{name} does not count and is still there"));
            continue;
        }
        stripes.extend(repo.read_index_object(name, &Silent)?.stripes);
    }
    let frames = |stripe: &StripeEntry| stripe.slots.iter().flat_map(|slot| slot.frames.clone()).collect::<Vec<_>>();
    let is_live = |frame: &FrameEntry| frame.blobs.iter().any(|(id, _)| live.contains(id));
    let bases: BTreeSet<BlobId> =
        stripes.iter().flat_map(&frames).filter(&is_live).flat_map(|frame| frame.bases).collect();
    let holds_base =
        |frame: &FrameEntry| frame.bases.is_empty() && frame.blobs.iter().any(|(id, _)| bases.contains(id));
    handle.sim().core().bases_kept += bases.difference(&live).count();
    for stripe in &stripes {
        indexed.extend(stripe.slots.iter().map(|slot| slot.pack));
        if !frames(stripe).iter().any(|frame| is_live(frame) || holds_base(frame)) {
            found.push(format!("stripe {} is dead and still there", stripe.id));
        }
    }
    for name in names {
        match name {
            ObjectName::Pack(id) if !indexed.contains(&id) => found.push(format!("{name} is in no index")),
            ObjectName::Mark(_) | ObjectName::Session(_) => found.push(format!("{name} is still there")),
            _ => {}
        }
    }
    Ok(found)
}

fn index_names(handle: &Handle) -> Vec<IndexName> {
    let core = handle.sim().core();
    let name = |name: &ObjectName| match *name {
        ObjectName::Index(session, number) => Some(IndexName { session, number }),
        _ => None,
    };
    core.storage.objects.keys().filter_map(name).collect()
}

/// Nothing is wrong with deltas: it only counts them.
fn count_deltas(repo: &Repository, handle: &Handle) -> Result<Vec<String>> {
    for name in index_names(handle) {
        // It may be harmed.
        let Ok(object) = repo.read_index_object(name, &Silent) else { continue };
        let frames = object.stripes.iter().flat_map(|stripe| &stripe.slots).flat_map(|slot| &slot.frames);
        let (deltas, full): (Vec<_>, Vec<_>) = frames.partition(|frame| !frame.bases.is_empty());
        handle.sim().core().deltas += deltas.len();
        let bases: BTreeSet<BlobId> = deltas.iter().flat_map(|frame| frame.bases.iter().copied()).collect();
        let new = |len: u32| (NEW - 8..=NEW + 8).contains(&(len as usize));
        let blobs = full.iter().flat_map(|frame| &frame.blobs);
        handle.sim().core().new_bases += blobs.filter(|(id, len)| new(*len) && bases.contains(id)).count();
    }
    Ok(Vec::new())
}

/// What check has to say.
fn sound(repo: &Repository, _: &Handle) -> Result<Vec<String>> {
    let report = check(repo, ReadData::All, &Silent)?;
    // Who dies between the two copies of an object leaves one.
    let second_copy = |finding: &Finding| finding.object.starts_with("replica/") && finding.message.contains("missing");
    let bad = report.findings.into_iter().filter(|finding| finding.severity != Severity::Note && !second_copy(finding));
    Ok(bad.map(|finding| format!("check says: {}: {}", finding.object, finding.message)).collect())
}
