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
    let mut failed = failed.into_inner().expect("nobody panics");
    failed.sort_by_key(|(_, verdict)| verdict.steps);
    let Some((seed, shortest)) = failed.first() else { return };
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
