//! Histories: who does what, when it goes wrong, and what is asked of storage in the end.
use std::sync::Arc;
use std::time::Duration;

use caddis::ops::prune::MaxUnused;
use caddis::repo::Broken;

use crate::acts::{Act, Job, run_lane};
use crate::ending::conclude;
use crate::pictures::{Picture, draw};
use crate::random::Rng;
use crate::schedule::{Core, Sim, Stretch, Weather};
use crate::storage::Storage;
use crate::templates::{TEMPLATES, Template};

/// Everything that a simulation starts from.
#[derive(Clone, Debug)]
pub struct History {
    pub seed: u64,
    pub template: usize,
    pub pictures: Vec<Picture>,
    /// Host and jobs of each lane.
    pub lanes: Vec<(usize, Vec<Job>)>,
    pub weather: Weather,
    /// What may go wrong in total.
    pub budget: usize,
    pub staleness: Duration,
    pub longest_burst: usize,
    pub halt_at: usize,
    pub script: Vec<Stretch>,
    /// Of all that the template holds a second copy is still under way.
    pub ghosts: bool,
}

/// How it ended.
#[derive(Debug)]
pub struct Verdict {
    pub violations: Vec<String>,
    pub hash: u64,
    /// Storage operations.
    pub steps: usize,
    /// Delta frames when all had ended.
    pub deltas: usize,
    /// Of their bases those that hold what was new in a blob, and that no snapshot ever refers to.
    pub new_bases: usize,
    /// Bases that after the last prune no snapshot refers to.
    pub bases_kept: usize,
    /// What happened, for people.
    pub trace: String,
}

impl History {
    /// Nothing goes wrong, nobody does anything.
    pub fn quiet(seed: u64, template: usize) -> History {
        History {
            seed,
            template,
            pictures: TEMPLATES[template].pictures.clone(),
            lanes: Vec::new(),
            weather: Weather { arrivals: 8, ..Weather::default() },
            budget: 0,
            staleness: Duration::ZERO,
            longest_burst: 6,
            halt_at: usize::MAX,
            script: Vec::new(),
            ghosts: false,
        }
    }

    /// The history of a seed.
    pub fn random(seed: u64) -> History {
        let mut rng = Rng::new(seed);
        let mut history = History::quiet(seed, rng.below(TEMPLATES.len()));
        for _ in 0..5 {
            history.pictures.push(draw(&mut rng, u8::MAX));
        }
        let hosts = 1 + rng.below(3);
        let deadly = rng.pick(&[0, 0, 6, 3]);
        for _ in 0..2 + rng.below(3) {
            let jobs = 1 + rng.below(4);
            let jobs = (0..jobs).map(|_| history.job(&mut rng, deadly)).collect();
            history.lanes.push((rng.below(hosts), jobs));
        }
        history.weather = Weather {
            lost_writes: rng.pick(&[0, 0, 60, 15]),
            lost_reads: rng.pick(&[0, 0, 200]),
            echoes: rng.pick(&[0, 40, 12]),
            harm: rng.pick(&[0, 0, 0, 60]),
            full_disk: rng.pick(&[0, 0, 0, 0, 60]),
            arrivals: rng.pick(&[4, 30, 150]),
        };
        if history.weather.full_disk > 0 {
            // On a full disk prune gives up parity of what nothing uses: then nothing may be lost besides.
            history.weather.harm = 0;
        }
        history.budget = rng.below(8);
        history.staleness = Duration::from_secs(rng.pick(&[0, 0, 0, 5, 300]));
        history.longest_burst = rng.pick(&[1, 4, 16, 60, 200]);
        if rng.one_in(3) {
            history.halt_at = 1 + rng.below(400);
        }
        history
    }

    /// A job as it comes.
    fn job(&self, rng: &mut Rng, deadly: usize) -> Job {
        let nth = rng.below(8);
        let act = match rng.below(100) {
            0..42 => {
                let sessions = rng.pick(&[1, 1, 2, 3]);
                // Large ones are rare: they take time.
                let large = rng.one_in(20);
                let number = |rng: &mut Rng| {
                    if large {
                        2 + rng.below(2)
                    } else {
                        (rng.below(self.pictures.len() - 2) + 4) % self.pictures.len()
                    }
                };
                let pictures = (0..sessions).map(|_| number(rng)).collect();
                Act::Backup { pictures, in_pieces: rng.one_in(4), abandon: rng.one_in(12) }
            }
            42..57 => Act::Forget(nth),
            57..67 => Act::Tag(nth),
            67..71 => Act::Undelete(nth),
            71..78 => Act::Read,
            78..80 => Act::Repair,
            _ => Act::Prune {
                stale_after: Duration::from_secs(rng.pick(&[0, 0, 60, 1800])),
                max_unused: rng.pick(&[MaxUnused::Bytes(0), MaxUnused::Bytes(0), MaxUnused::Percent(10.0)]),
            },
        };
        let lifetime = rng.one_in(deadly).then(|| (rng.below(70), rng.one_in(2)));
        let same_process = matches!(act, Act::Backup { .. }) && rng.one_in(4);
        Job { act, same_process, lifetime }
    }

    /// Lives through it.
    pub fn run(&self, broken: &[Broken]) -> Verdict {
        let mut rng = Rng::new(self.seed ^ 0x5eed);
        let Template { objects, .. } = &TEMPLATES[self.template];
        let mut storage = Storage::new(objects.clone(), self.staleness);
        if self.ghosts {
            storage.haunt();
        }
        let mut core = Core::new(rng.fork(), storage, self.pictures.clone());
        core.weather = self.weather;
        core.budget = self.budget;
        core.longest_burst = self.longest_burst;
        core.halt_at = self.halt_at;
        core.script = self.script.iter().copied().collect();
        let sim = Arc::new(Sim::new(core, self.lanes.len()));
        std::thread::scope(|scope| {
            for (lane, (host, jobs)) in self.lanes.iter().enumerate() {
                let sim = &sim;
                scope.spawn(move || run_lane(sim, lane, *host, jobs, broken));
            }
        });
        let core = Arc::into_inner(sim).expect("all processes have ended").into_core();
        let core = conclude(core, rng, broken);
        Verdict {
            violations: core.watch.violations.clone(),
            hash: core.trace.hash(),
            steps: core.trace.steps(),
            deltas: core.deltas,
            new_bases: core.new_bases,
            bases_kept: core.bases_kept,
            trace: if core.watch.violations.is_empty() { String::new() } else { core.trace.render(&core.processes) },
        }
    }
}
