//! Random histories must end well, and replay exactly.
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use crate::history::History;

pub fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

#[test]
fn histories_end_well() {
    let (first, count) = (setting("CADDIS_TEST_SEED", 1), setting("CADDIS_TEST_SEEDS", 1500));
    let next = AtomicU64::new(first);
    let steps = AtomicUsize::new(0);
    let (deltas, with_deltas, with_bases) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let with_new = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let started = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count || failed.lock().expect("nobody panics").len() >= 20 {
                        break;
                    }
                    let verdict = History::random(seed).run(&[]);
                    steps.fetch_add(verdict.steps, Ordering::Relaxed);
                    deltas.fetch_add(verdict.deltas, Ordering::Relaxed);
                    with_deltas.fetch_add(usize::from(verdict.deltas > 0), Ordering::Relaxed);
                    with_new.fetch_add(usize::from(verdict.new_bases > 0), Ordering::Relaxed);
                    with_bases.fetch_add(usize::from(verdict.bases_kept > 0), Ordering::Relaxed);
                    if !verdict.violations.is_empty() {
                        failed.lock().expect("nobody panics").push((seed, verdict));
                    }
                }
            });
        }
    });
    let done = next.into_inner().min(first + count) - first;
    let seconds = started.elapsed().as_secs_f64();
    println!("REPORT sim.histories {done}\nREPORT sim.storage_operations {}\n{seconds:.1} s", steps.into_inner());
    let (deltas, with_deltas, with_bases) = (deltas.into_inner(), with_deltas.into_inner(), with_bases.into_inner());
    println!("REPORT sim.delta_frames {deltas}\nREPORT sim.histories_with_deltas {with_deltas}");
    println!("REPORT sim.histories_where_prunes_keep_bases_only {with_bases}");
    let with_new = with_new.into_inner();
    println!("REPORT sim.histories_with_bases_of_what_is_new {with_new}");
    let mut failed = failed.into_inner().expect("nobody panics");
    failed.sort_by_key(|(_, verdict)| verdict.steps);
    let Some((seed, shortest)) = failed.first() else {
        // Otherwise these histories prove nothing about deltas.
        assert!(done < 500 || with_deltas as u64 * 2 > done && with_bases as u64 * 40 > done);
        assert!(done < 500 || with_new as u64 * 10 > done);
        return;
    };
    println!("{}seed {seed}, the shortest of those that fail\n", shortest.trace);
    for (seed, verdict) in &failed {
        println!("seed {seed}: {:#?}", verdict.violations);
    }
    panic!("{} of {done} histories end badly", failed.len());
}

#[test]
fn a_seed_replays_exactly() {
    for seed in 1..40 {
        let run = || History::random(seed).run(&[]);
        assert_eq!(run().hash, run().hash, "seed {seed}");
    }
}
