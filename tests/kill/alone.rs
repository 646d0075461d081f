//! One client, killed in each phase of its run as the repository folder shows it.
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use crate::source::{Manifest, Numbers, change, manifest, number};
use crate::testenv::TestEnv;

/// What the repository folder shows.
#[derive(Clone, Copy, Debug, PartialEq)]
struct State {
    sessions: usize,
    packs: usize,
    index: usize,
    decisions: usize,
}

fn state(env: &TestEnv) -> State {
    // Files with an extension are unfinished.
    let count = |family| env.objects(family).iter().filter(|path| path.extension().is_none()).count();
    // Counted in the order of writing backwards, so that nothing seems to come before its time.
    let decisions = count("snapshots");
    let index = count("index");
    let packs = count("packs");
    State { sessions: count("sessions"), packs, index, decisions }
}

/// When the program is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Its session is there and no pack.
    BeforePacks,
    /// Some packs are there.
    AmongPacks,
    /// All packs are there and indexed, nothing is decided.
    BeforeDecision,
    /// The decision is there.
    AfterDecision,
    /// It was done before it could be killed.
    Done,
}

fn start(env: &TestEnv) -> Child {
    let mut command = env.command(["-q", "backup", "src"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills as soon as the repository shows the phase; returns in which one it was in fact.
fn kill_in(env: &TestEnv, phase: Phase, packs: usize, before: State) -> Phase {
    // Unfinished files count here: they are the first that is seen of an object. Only what is needed is looked at, to be quick.
    let family = match phase {
        Phase::BeforePacks => "sessions",
        Phase::AmongPacks => "packs",
        Phase::BeforeDecision => "index",
        Phase::AfterDecision | Phase::Done => "snapshots",
    };
    let wanted = env.objects(family).len() + if phase == Phase::AmongPacks { packs } else { 1 };
    let mut child = start(env);
    loop {
        let due = env.objects(family).len() >= wanted;
        if due || child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::yield_now();
    }
    // Fails if it has ended.
    let _ = child.kill();
    child.wait().unwrap();
    let after = state(env);
    match after {
        State { decisions, sessions, .. } if decisions > before.decisions => match sessions > before.sessions {
            true => Phase::AfterDecision,
            false => Phase::Done,
        },
        State { index, .. } if index > before.index => Phase::BeforeDecision,
        State { packs, .. } if packs > before.packs => Phase::AmongPacks,
        _ => Phase::BeforePacks,
    }
}

#[test]
fn killed_anywhere() {
    let (kills, seed) = (number("CADDIS_TEST_KILLS", 20) / 2, number("CADDIS_TEST_SEED", 1));
    let mut numbers = Numbers(seed);
    let env = TestEnv::new();
    let src: PathBuf = env.path("src");
    change(&src, &mut numbers);
    env.init(&["--parity", "4+2"]);
    let mut expected: BTreeMap<String, Manifest> = BTreeMap::new();
    let mut counts: BTreeMap<Phase, u32> = BTreeMap::new();
    let mut packs_of_a_run = 40;
    for round in 0..kills {
        let wanted =
            [Phase::BeforePacks, Phase::AmongPacks, Phase::AmongPacks, Phase::BeforeDecision, Phase::AfterDecision];
        let before = state(&env);
        let packs = 1 + numbers.below(packs_of_a_run) as usize;
        let phase = kill_in(&env, wanted[round as usize % wanted.len()], packs, before);
        *counts.entry(phase).or_default() += 1;
        let summary = env.backup(&[]);
        packs_of_a_run = ((state(&env).packs - before.packs) as u64).max(2);
        // Its session, and the one that was killed, are closed; nothing of the source is missing.
        assert_eq!(state(&env).sessions, 0, "round {round}: {summary}");
        let now = manifest(&src);
        for snapshot in env.snapshots(&[]) {
            expected.entry(snapshot["id"].as_str().unwrap().to_owned()).or_insert_with(|| now.clone());
        }
        change(&src, &mut numbers);
    }
    eprintln!("{kills} kills, seed {seed}: {counts:?}, {} snapshots", expected.len());
    println!("REPORT kill.alone {kills}");
    assert!(expected.len() as u64 >= kills);
    env.run(["check", "--read-data"]).ok();
    for (id, manifest_then) in &expected {
        env.run(["-q", "restore", &format!("{id}:/src"), "-t", "out"]).ok();
        assert_eq!(&manifest(&env.path("out")), manifest_then, "snapshot {id}");
        fs::remove_dir_all(env.path("out")).unwrap();
    }
    // Most hit where they were aimed.
    let hit = counts.iter().filter(|(phase, _)| **phase != Phase::Done).map(|(_, count)| count).sum::<u32>();
    assert!(u64::from(hit) * 2 > kills && counts.len() >= 3, "{counts:?}");
}
