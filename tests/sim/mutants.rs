//! Every rule of the protocol that is broken on purpose must be noticed: otherwise these simulations prove nothing.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use caddis::ops::prune::MaxUnused;
use caddis::repo::Broken;

use crate::acts::{Act, Job};
use crate::histories::setting;
use crate::history::History;
use crate::pictures::draw;
use crate::random::Rng;
use crate::schedule::Weather;

/// Few processes, so that they meet often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scene {
    /// One backup, one prune, one forget.
    Pair,
    /// The same with checkpoints.
    Chain,
    /// Two backups and a prune.
    Writers,
    /// Two prunes and a backup.
    Prunes,
    /// A backup that dies, its successor, and a prune.
    Successor,
    /// A backup over and over in one process, beside a prune.
    Lasting,
    /// A tag and a prune.
    Tag,
    /// Everything.
    All,
}

/// What is broken, and where it shows best.
const MUTANTS: &[(&[Broken], Scene)] = &[
    (&[Broken::ListBeforeSession], Scene::Pair),
    (&[Broken::CommitBeforeIndex], Scene::Pair),
    (&[Broken::IndexBeforeStripe], Scene::Successor),
    (&[Broken::EndSessionBeforeCommit], Scene::Pair),
    (&[Broken::ChainKeepsView], Scene::Chain),
    (&[Broken::WriterCountsUndecided], Scene::Writers),
    (&[Broken::IgnoreDoomed], Scene::Pair),
    (&[Broken::StaleCache, Broken::WriterIgnoresRetired], Scene::Lasting),
    (&[Broken::NoVoid], Scene::Writers),
    (&[Broken::WriterIgnoresRetired], Scene::Pair),
    (&[Broken::TimeoutIsSuccess], Scene::Pair),
    (&[Broken::UnknownEndsSession], Scene::Pair),
    (&[Broken::CommitOverwrites], Scene::Pair),
    (&[Broken::NoSettle], Scene::Pair),
    (&[Broken::SessionsBeforeMark], Scene::Pair),
    (&[Broken::NoFence], Scene::Pair),
    (&[Broken::IgnoreSessions], Scene::Pair),
    (&[Broken::NoSecondScan], Scene::Pair),
    (&[Broken::NoIndexRelist], Scene::Prunes),
    (&[Broken::DecideAfterDelete], Scene::Pair),
    (&[Broken::PruneIgnoresFence], Scene::Prunes),
    (&[Broken::NoReplacement], Scene::Pair),
    (&[Broken::PruneIgnoresRetired], Scene::Prunes),
    (&[Broken::MarksFirst], Scene::Pair),
    (&[Broken::AdoptLate], Scene::Prunes),
    (&[Broken::DropsUndecidedSessions], Scene::Prunes),
    (&[Broken::DropsFences], Scene::Pair),
    (&[Broken::FenceOverwrites], Scene::Pair),
    (&[Broken::FenceKeepsAll], Scene::Prunes),
];

fn history(scene: Scene, seed: u64) -> History {
    if scene == Scene::All {
        return History::random(seed);
    }
    let mut rng = Rng::new(seed ^ 0x7363_656e_65);
    let mut history = History::quiet(seed, rng.below(crate::templates::TEMPLATES.len()));
    (0..4).for_each(|_| history.pictures.push(draw(&mut rng)));
    let numbers = history.pictures.len();
    let backup = |rng: &mut Rng, sessions: usize| {
        let pictures = (0..sessions).map(|_| rng.below(numbers)).collect();
        Job::new(Act::Backup { pictures, in_pieces: rng.one_in(4), abandon: rng.one_in(8) })
    };
    let prune = |rng: &mut Rng| {
        let stale_after = Duration::from_secs(rng.pick(&[0, 0, 0, 3600]));
        Job::new(Act::Prune { stale_after, max_unused: MaxUnused::Bytes(0) })
    };
    let forget = |rng: &mut Rng| Job::new(Act::Forget(rng.below(8)));
    let lanes = match scene {
        Scene::Pair => vec![vec![backup(&mut rng, 1)], vec![forget(&mut rng), prune(&mut rng)]],
        Scene::Chain => vec![vec![backup(&mut rng, 3)], vec![forget(&mut rng), prune(&mut rng)]],
        Scene::Writers => {
            vec![vec![backup(&mut rng, 1)], vec![backup(&mut rng, 1)], vec![forget(&mut rng), prune(&mut rng)]]
        }
        Scene::Prunes => vec![
            vec![forget(&mut rng), prune(&mut rng)],
            vec![prune(&mut rng)],
            vec![backup(&mut rng, 1), prune(&mut rng)],
        ],
        Scene::Successor => {
            let dying = Job { lifetime: Some((25 + rng.below(30), true)), ..backup(&mut rng, 1) };
            vec![vec![dying, backup(&mut rng, 1)], vec![forget(&mut rng), prune(&mut rng)]]
        }
        Scene::Lasting => {
            let again = |rng: &mut Rng| Job { same_process: true, ..backup(rng, 1) };
            let backups = vec![backup(&mut rng, 1), again(&mut rng), again(&mut rng)];
            vec![backups, vec![forget(&mut rng), prune(&mut rng), prune(&mut rng)]]
        }
        Scene::Tag | Scene::All => {
            vec![vec![Job::new(Act::Tag(rng.below(8)))], vec![forget(&mut rng), prune(&mut rng)]]
        }
    };
    history.lanes = lanes.into_iter().enumerate().collect();
    history.longest_burst = rng.pick(&[4, 16, 60, 200]);
    history.weather = Weather {
        lost_writes: rng.pick(&[0, 25]),
        echoes: rng.pick(&[0, 8]),
        arrivals: rng.pick(&[4, 60]),
        ..Weather::default()
    };
    history.budget = rng.below(4);
    history.staleness = Duration::from_secs(rng.pick(&[0, 0, 0, 300]));
    history
}

/// The number of histories that were needed until a violation, and that violation.
fn hunt(broken: &[Broken], scene: Scene, most: u64) -> Option<(u64, String)> {
    let (next, found) = (AtomicU64::new(1), AtomicU64::new(u64::MAX));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > most.min(found.load(Ordering::Relaxed)) {
                        break;
                    }
                    if !history(scene, seed).run(broken).violations.is_empty() {
                        found.fetch_min(seed, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let seed = found.into_inner();
    (seed <= most).then(|| {
        let verdict = history(scene, seed).run(broken);
        (seed, verdict.violations.first().cloned().unwrap_or_default())
    })
}

#[test]
fn scenes_end_well_when_no_rule_is_broken() {
    for scene in [
        Scene::Pair,
        Scene::Chain,
        Scene::Writers,
        Scene::Prunes,
        Scene::Successor,
        Scene::Lasting,
        Scene::Tag,
        Scene::All,
    ] {
        let found = hunt(&[], scene, setting("CADDIS_TEST_SEEDS", 60));
        assert_eq!(found, None, "{scene:?}");
    }
}

#[test]
fn every_broken_rule_is_noticed() {
    let mut escaped = Vec::new();
    for (broken, scene) in MUTANTS {
        let name = broken.iter().map(|rule| format!("{rule:?}")).collect::<Vec<_>>().join(" + ");
        match hunt(broken, *scene, setting("CADDIS_TEST_SEEDS", 2000)) {
            Some((seed, violation)) => println!("{name:<42} {scene:<10?} {seed:>5}  {violation}"),
            None => {
                println!("{name:<42} {scene:<10?}  none");
                escaped.push(name);
            }
        }
    }
    assert!(escaped.is_empty(), "not noticed: {escaped:?}");
}
