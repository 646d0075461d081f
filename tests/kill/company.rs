//! Three clients and a pruner on one repository at the same time, each killed again and again.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::source::{Manifest, Numbers, manifest, number};
use crate::testenv::TestEnv;

const HOSTS: [&str; 3] = ["anna", "bert", "carl"];
/// The newest of each host are never forgotten.
const KEPT: usize = 3;

/// What all threads know.
struct Company {
    env: TestEnv,
    /// Kills that are still to come.
    left: AtomicU64,
    /// What a run had for its source, by the tag of its snapshot.
    sources: Mutex<BTreeMap<String, Manifest>>,
    /// Tags of snapshots of which the program has said that they are committed.
    committed: Mutex<BTreeSet<String>>,
    /// Ids of snapshots of which it has said that they are forgotten.
    forgotten: Mutex<BTreeSet<String>>,
    /// Runs that the pruner ended, and prunes that came to their end.
    fenced: AtomicU64,
    prunes: AtomicU64,
}

/// How one run ended.
enum End {
    Killed,
    Done { code: Option<i32>, stdout: String, stderr: String, took: Duration },
}

/// Kills the run after `patience`, if it is not done by then.
fn run_for(mut command: Command, patience: Option<Duration>) -> End {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    // What is written here fits into a pipe.
    while child.try_wait().unwrap().is_none() {
        if patience.is_some_and(|patience| begun.elapsed() >= patience) {
            // Fails if it has just ended.
            let _ = child.kill();
            child.wait().unwrap();
            return End::Killed;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    let took = begun.elapsed();
    let [mut stdout, mut stderr] = [String::new(), String::new()];
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    End::Done { code: child.wait().unwrap().code(), stdout, stderr, took }
}

/// Chooses moments: about half of them are within the run, as long as the last ones took, whatever else the machine does.
struct Moments {
    numbers: Numbers,
    longest: Duration,
}

impl Moments {
    fn next(&mut self) -> Duration {
        self.longest.mul_f64(self.numbers.below(2_000) as f64 / 1_000.0)
    }

    fn took(&mut self, time: Duration) {
        self.longest = (self.longest + time) / 2;
    }

    /// Nobody knows how long it would have taken; perhaps longer than was thought.
    fn was_killed(&mut self) {
        self.longest = self.longest.mul_f64(1.1);
    }
}

/// Changes some files, or makes them: some of content that other clients have too, some that only grow, some of their own.
fn change(src: &Path, numbers: &mut Numbers) {
    fs::create_dir_all(src).unwrap();
    for n in 0..24 {
        let path = src.join(format!("file{n}"));
        if path.exists() && numbers.below(4) > 0 {
            continue;
        }
        let bytes = match n % 3 {
            // One of few: every client comes upon it again, after others have forgotten it.
            0 => Numbers(numbers.below(12)).noise(200_000),
            1 => [fs::read(&path).unwrap_or_default(), numbers.text(3_000)].concat(),
            _ => numbers.noise(60_000),
        };
        fs::write(path, bytes).unwrap();
    }
}

impl Company {
    fn command(&self, who: &str, args: &[&str]) -> Command {
        let mut command = self.env.command(args);
        // Clients are machines of their own, as far as that can be on one.
        command.env("CADDIS_CACHE_DIR", self.env.path(&format!("cache-{who}")));
        command
    }

    fn src(&self, host: &str) -> PathBuf {
        self.env.path(host).join("src")
    }

    /// One more kill, unless there were enough.
    fn may_kill(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    fn go_on(&self) -> bool {
        self.left.load(Ordering::Relaxed) > 0
    }

    /// Runs of one client until there were enough kills, and one more in peace. Returns how often it was killed.
    fn client(&self, host: &str, seed: u64) -> u64 {
        let mut moments = Moments { numbers: Numbers(seed), longest: Duration::from_millis(400) };
        let mut numbers = Numbers(seed + 100);
        let mut kills = 0;
        for run in 0.. {
            change(&self.src(host), &mut numbers);
            let tag = format!("{host}-{run:05}");
            self.sources.lock().unwrap().insert(tag.clone(), manifest(&self.src(host)));
            let last = !self.go_on();
            let label = if host == HOSTS[0] { "" } else { host };
            let args = ["--json", "backup", "src", "--host", host, "--label", label, "--tag", &tag];
            let mut command = self.command(host, &args);
            command.current_dir(self.env.path(host));
            match run_for(command, (!last).then(|| moments.next())) {
                End::Killed => {
                    moments.was_killed();
                    kills += u64::from(self.may_kill());
                }
                End::Done { code: Some(11), .. } => drop(self.fenced.fetch_add(1, Ordering::Relaxed)),
                End::Done { code, stdout, stderr, took } => {
                    assert_eq!(code, Some(0), "{tag}: {stdout}{stderr}");
                    moments.took(took);
                    let summary: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
                    assert!(summary["snapshot_id"].is_string(), "{summary}");
                    self.committed.lock().unwrap().insert(tag);
                }
            }
            if last {
                break;
            }
        }
        kills
    }

    /// Forgets and prunes until there were enough kills.
    fn pruner(&self, seed: u64) -> u64 {
        let mut moments = Moments { numbers: Numbers(seed), longest: Duration::from_millis(300) };
        let mut numbers = Numbers(seed + 100);
        let mut kills = 0;
        while self.go_on() {
            let ids = self.old(&mut numbers);
            let args = match numbers.below(4) {
                0 => vec!["forget", "--keep-last", "3", "--group-by", "host", "--prune", "--max-unused", "0"],
                1 | 2 if !ids.is_empty() => {
                    [vec!["forget", "--prune", "--max-unused", "0"], ids.iter().map(String::as_str).collect()].concat()
                }
                // Ends runs of clients, which costs them no more than that.
                _ => vec!["prune", "--max-unused", "0", "--stale-after", "0s"],
            };
            match run_for(self.command("pruner", &args), Some(moments.next())) {
                End::Killed => {
                    moments.was_killed();
                    kills += u64::from(self.may_kill());
                }
                End::Done { code, stdout, stderr, took } => {
                    // 3: it did not remove anything because clients were at work.
                    assert!(matches!(code, Some(0 | 3)), "{args:?}: {code:?} {stdout}{stderr}");
                    moments.took(took);
                    self.prunes.fetch_add(u64::from(code == Some(0)), Ordering::Relaxed);
                    if args.len() == 4 + ids.len() && args[0] == "forget" {
                        self.forgotten.lock().unwrap().extend(ids);
                    }
                }
            }
        }
        kills
    }

    fn snapshots(&self, who: &str) -> Vec<Value> {
        match run_for(self.command(who, &["--json", "snapshots"]), None) {
            End::Done { code: Some(0), stdout, .. } => serde_json::from_str(&stdout).unwrap(),
            End::Done { stderr, .. } => panic!("{stderr}"),
            End::Killed => unreachable!("it is not"),
        }
    }

    /// Some ids of snapshots that are not the newest of their host.
    fn old(&self, numbers: &mut Numbers) -> Vec<String> {
        let mut hosts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for snapshot in self.snapshots("pruner") {
            let text = |field: &str| snapshot[field].as_str().unwrap().to_owned();
            hosts.entry(text("hostname")).or_default().push(text("id"));
        }
        let old = hosts.into_values().flat_map(|mut ids| {
            ids.truncate(ids.len().saturating_sub(KEPT));
            ids
        });
        old.filter(|_| numbers.below(2) == 0).collect()
    }

    /// Fails if a snapshot is missing or differs. Returns how many there are.
    fn judge(&self) -> usize {
        let listed = self.snapshots("pruner");
        let by_tag: BTreeMap<&str, &str> = listed
            .iter()
            .map(|snapshot| (snapshot["tags"][0].as_str().unwrap(), snapshot["id"].as_str().unwrap()))
            .collect();
        assert_eq!(by_tag.len(), listed.len(), "a run has one snapshot");
        for tag in self.committed.lock().unwrap().iter() {
            let host = tag.split_once('-').unwrap().0;
            let newest = by_tag.keys().rev().filter(|tag| tag.starts_with(host)).nth(KEPT - 1);
            assert!(by_tag.contains_key(tag.as_str()) || newest.is_some_and(|newest| tag.as_str() < *newest), "{tag}");
        }
        let forgotten = self.forgotten.lock().unwrap();
        assert!(by_tag.values().all(|id| !forgotten.contains(*id)), "forgotten is forgotten");
        for (tag, id) in by_tag {
            self.env.run(["-q", "restore", &format!("{id}:/src"), "-t", "out"]).ok();
            assert!(manifest(&self.env.path("out")) == self.sources.lock().unwrap()[tag], "{tag} is not its source");
            fs::remove_dir_all(self.env.path("out")).unwrap();
        }
        listed.len()
    }

    /// As if it were tomorrow.
    fn next_day(&self) {
        for family in ["packs", "index", "sessions", "snapshots", "tombs", "gc", "config", "keys", "replica"] {
            for path in self.env.objects(family) {
                let yesterday = SystemTime::now() - Duration::from_secs(24 * 60 * 60);
                fs::File::open(path).unwrap().set_modified(yesterday).unwrap();
            }
        }
    }
}

#[test]
fn killed_in_company() {
    let (kills, seed) = (number("CADDIS_TEST_KILLS", 20).div_ceil(2), number("CADDIS_TEST_SEED", 1));
    let company = Company {
        env: TestEnv::new(),
        left: AtomicU64::new(kills),
        sources: Mutex::default(),
        committed: Mutex::default(),
        forgotten: Mutex::default(),
        fenced: AtomicU64::default(),
        prunes: AtomicU64::default(),
    };
    company.env.init(&["--parity", "4+2"]);
    let (of_clients, of_pruner) = std::thread::scope(|scope| {
        let company = &company;
        let clients: Vec<_> =
            (0..).zip(HOSTS).map(|(n, host)| scope.spawn(move || company.client(host, seed * 1_000 + n))).collect();
        let pruner = scope.spawn(move || company.pruner(seed * 1_000 + 50));
        let of_clients: Vec<u64> = clients.into_iter().map(|thread| thread.join().unwrap()).collect();
        (of_clients, pruner.join().unwrap())
    });
    let snapshots = company.judge();
    company.next_day();
    for _ in 0..2 {
        company.env.run(["prune", "--max-unused", "0"]).ok();
    }
    assert_eq!(company.judge(), snapshots);
    company.env.run(["check", "--read-data"]).ok().has("no errors were found");
    for family in ["sessions", "gc"] {
        assert_eq!(company.env.objects(family), Vec::<PathBuf>::new());
    }
    for family in ["packs", "index", "snapshots"] {
        assert!(company.env.objects(family).iter().all(|path| path.extension().is_none()), "unfinished files");
    }
    let forgotten = company.env.objects("tombs").len();
    assert_eq!(of_clients.iter().sum::<u64>() + of_pruner, kills);
    let (fenced, prunes) = (company.fenced.into_inner(), company.prunes.into_inner());
    eprintln!(
        "seed {seed}: kills of clients {of_clients:?}, of the pruner {of_pruner}; {prunes} prunes ended well, {fenced} backups were fenced; \
         {snapshots} snapshots stay, {forgotten} forgotten"
    );
    println!("REPORT kill.clients {}", of_clients.iter().sum::<u64>());
    println!("REPORT kill.pruner {of_pruner}");
}
