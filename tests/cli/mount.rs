//! `mount`: a repository as files, by the kernel of this machine where it can mount.
#![allow(clippy::print_stderr, reason = "a skipped test says why")]
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::odd_tree;
use crate::testenv::TestEnv;

const PATIENCE: Duration = Duration::from_secs(60);

fn can_mount() -> bool {
    let can = odd_tree::is_root() && File::options().read(true).write(true).open("/dev/fuse").is_ok();
    if !can {
        eprintln!("skipped: this test mounts, and needs to be root and /dev/fuse");
    }
    can
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn is_mounted(place: &Path) -> bool {
    let mounts = fs::read_to_string("/proc/self/mounts").expect("Linux has it");
    mounts.lines().any(|line| line.split(' ').nth(1) == place.to_str())
}

/// The running program; killed and unmounted when a test fails.
struct Mounted {
    child: Child,
    place: PathBuf,
    complaints: PathBuf,
    stdout: BufReader<ChildStdout>,
    said: String,
}

/// How it ended.
struct End {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Mounted {
    fn new(env: &TestEnv, args: &[&str]) -> Mounted {
        let place = env.path("mnt");
        fs::create_dir_all(&place).expect("a folder");
        let complaints = env.path("complaints");
        let mut command = env.command(["mount", "mnt"]);
        command.args(args).stdout(Stdio::piped()).stderr(File::create(&complaints).expect("a new file"));
        let mut child = command.spawn().expect("the program is built");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut said = String::new();
        while !said.contains("ends it") && !said.contains("\"mounted\"") {
            let read = stdout.read_line(&mut said).expect("text");
            assert!(read > 0, "it ended: {said}{}", fs::read_to_string(&complaints).unwrap_or_default());
        }
        assert!(is_mounted(&place.canonicalize().expect("it is there")), "{said}");
        Mounted { child, place, complaints, stdout, said }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.place.join(path)
    }

    fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn names(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("readable").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    fn wait(mut self) -> End {
        let started = Instant::now();
        let code = loop {
            match self.child.try_wait().expect("a child") {
                Some(status) => break status.code(),
                None => assert!(started.elapsed() < PATIENCE, "it does not end"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut stdout = std::mem::take(&mut self.said);
        self.stdout.read_to_string(&mut stdout).expect("text");
        assert!(!is_mounted(&self.place), "still mounted");
        End { code, stdout, stderr: fs::read_to_string(&self.complaints).expect("readable") }
    }

    fn end(self) -> End {
        self.signal(Signal::TERM);
        self.wait()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
            let _ = Command::new("umount").arg("-l").arg(&self.place).output();
        }
    }
}

#[test]
fn everything_is_there_as_it_was() {
    if !can_mount() {
        return;
    }
    let env = TestEnv::new();
    let src = env.path("src");
    odd_tree::plant(&src);
    env.init(&[]);
    env.backup(&[]);
    let mounted = Mounted::new(&env, &["latest:/src"]);
    let differing = odd_tree::differing_details(&src, &mounted.place);
    assert!(differing.is_empty(), "wanted and found: {differing:#?}");
    let differences = odd_tree::rsync_differences(&src, &mounted.place);
    assert!(differences.is_empty(), "{differences}");
    // The other way round nothing is missing either, and hard links are those of the source.
    let differences = odd_tree::rsync_differences(&mounted.place, &src);
    assert!(differences.is_empty(), "{differences}");
    let facts = |name: &str| fs::metadata(mounted.at(name)).map(|meta| (meta.ino(), meta.nlink())).expect("there");
    assert_eq!(facts("linked/first"), facts("z-fourth"));
    assert_eq!(facts("a-third").1, 4);
    assert!(fs::metadata(mounted.at("holes")).expect("there").blocks() < 4 << 11);
    let grep = |folder: &Path| {
        let found = Command::new("grep").args(["-rlc", "several names", "."]).current_dir(folder).output();
        let mut lines: Vec<String> =
            String::from_utf8_lossy(&found.expect("grep").stdout).lines().map(ToOwned::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(grep(&mounted.place), grep(&src));
    let denied = fs::write(mounted.at("new"), "x").expect_err("it is read-only");
    assert_eq!(denied.raw_os_error(), Some(rustix::io::Errno::ROFS.raw_os_error()));
    let statistics = rustix::fs::statvfs(&mounted.place).expect("mounted");
    assert!(statistics.f_blocks > 1_000 && statistics.f_bfree == 0 && statistics.f_files > 20_000);
    let end = mounted.end();
    assert_eq!((end.code, end.stderr.as_str()), (Some(0), ""), "{}", end.stdout);
    odd_tree::mode(&src.join("read-only-dir"), 0o755);
}

#[test]
fn many_processes_read_at_once() {
    if !can_mount() {
        return;
    }
    let env = TestEnv::new();
    let mut noise = vec![0; 30_000_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    fs::write(env.path("src/noise"), &noise).expect("writable");
    env.file("src/text", &(0..400_000).map(|n| format!("line {n}\n")).collect::<String>());
    env.init(&[]);
    env.backup(&[]);
    // Deltas of what is there.
    let text = File::options().write(true).open(env.path("src/text")).expect("there");
    (0..40).for_each(|n| text.write_all_at(b"changed", n * 100_000).expect("writable"));
    env.backup(&[]);
    let mounted = Mounted::new(&env, &["latest:/src"]);
    env.shell(
        "set -e
         one() { # file seed: pieces of all lengths at any place, then all of it
             RANDOM=$2; size=$(stat -c %s src/$1)
             for i in $(seq 25); do
                 at=$(( (RANDOM * 32768 + RANDOM) % size )); len=$(( RANDOM * 5 + 1 ))
                 cmp <(tail -c +$((at + 1)) src/$1 | head -c $len) <(tail -c +$((at + 1)) mnt/$1 | head -c $len)
             done
             cmp src/$1 mnt/$1
         }
         for seed in 1 2 3; do for file in noise text; do one $file $seed & jobs=\"$jobs $!\"; done; done
         for job in $jobs; do wait $job; done",
    )
    .ok();
    assert_eq!(mounted.end().code, Some(0));
}

#[test]
fn snapshots_are_where_templates_say() {
    if !can_mount() {
        return;
    }
    let env = TestEnv::ready();
    let id = env.backup(&["--host", "h1", "--tag", "a,b", "--label", "l1", "--time", "2001-02-03 04:05:06"]);
    env.backup(&["--host", "h1", "--time", "2001-02-03 04:05:06"]);
    env.backup(&["--host", "h2", "--tag", "b", "--time", "2003-01-01"]);
    let link = |mounted: &Mounted, path: &str| fs::read_link(mounted.at(path)).expect("a link").display().to_string();

    let mounted = Mounted::new(&env, &[]);
    assert_eq!(mounted.names(""), ["hosts", "ids", "labels", "snapshots", "tags", "versions"]);
    let times = ["2001-02-03T04:05:06Z", "2001-02-03T04:05:06Z-1", "2003-01-01T00:00:00Z", "latest"];
    assert_eq!(mounted.names("snapshots"), times);
    assert_eq!(mounted.names("hosts/h1"), [times[0], times[1], "latest"]);
    assert_eq!((mounted.names("tags"), mounted.names("tags/b").len()), (vec!["a".to_owned(), "b".to_owned()], 3));
    assert_eq!(mounted.names("labels/l1"), [times[0], "latest"]);
    assert_eq!(link(&mounted, "hosts/h1/latest"), times[1]);
    let short = &id["snapshot_id"].as_str().expect("an id")[..8];
    assert_eq!(mounted.read(&format!("ids/{short}/src/a.txt")), b"alpha");
    assert_eq!(mounted.read("snapshots/latest/src/sub/b.log"), b"beta");
    assert_eq!(mounted.names("ids").len(), 4);
    mounted.end();

    let mounted = Mounted::new(
        &env,
        &["--path-template", "by-host/%h/%T", "--path-template", "%u-%I", "--time-template", "2006/01", "--host", "h1"],
    );
    assert_eq!(mounted.names("by-host"), ["h1"]);
    assert_eq!(mounted.names("by-host/h1/2001"), ["02", "02-1"]);
    assert_eq!(link(&mounted, "by-host/h1/latest"), "2001/02-1");
    assert_eq!(mounted.names("").len(), 1 + 2 + 1 + 1, "{:?}", mounted.names(""));
    mounted.end();

    let mounted = Mounted::new(&env, &["--time-template", "%s", "--tag", "a"]);
    assert_eq!(mounted.names("snapshots"), ["981173106", "latest"]);
    mounted.end();
    let mounted = Mounted::new(&env, &["latest:/src/sub", "--host", "h1"]);
    assert_eq!(mounted.names(""), ["b.log", "deep"]);
    mounted.end();
    env.file("other/a", "x");
    env.run(["backup", "other", "--time", "2004-01-01"]).ok();
    for (option, value, names) in [
        ("--path", &*env.text("other"), &["2004-01-01T00:00:00Z", "latest"][..]),
        ("--label", "l1", &[times[0], "latest"]),
        ("--tag", "b", &[times[0], times[2], "latest"]),
        ("--host", "h2", &[times[2], "latest"]),
    ] {
        let mounted = Mounted::new(&env, &[option, value]);
        assert_eq!(mounted.names("snapshots"), names, "{option}");
        mounted.end();
    }
}

#[test]
fn versions_of_files_are_side_by_side() {
    if !can_mount() {
        return;
    }
    let env = TestEnv::new();
    env.init(&[]);
    for (year, content) in [("2001", "one"), ("2002", "two"), ("2003", "two"), ("2004", "four")] {
        env.file("src/notes.txt", content);
        env.backup(&["--time", &format!("{year}-01-01")]);
    }
    fs::remove_file(env.path("src/notes.txt")).expect("there");
    env.backup(&["--time", "2005-01-01"]);
    let mounted = Mounted::new(&env, &["--time-template", "%Y"]);
    assert_eq!(mounted.names("versions/src/notes.txt"), ["2001.txt", "2002.txt", "2004.txt"]);
    assert_eq!(mounted.read("versions/src/notes.txt/2002.txt"), b"two");
    assert!(!mounted.at("versions/src/other").exists());
    assert_eq!(mounted.end().code, Some(0));
}

#[test]
fn snapshots_come_and_go_while_mounted() {
    if !can_mount() {
        return;
    }
    let env = TestEnv::ready();
    let first = env.backup(&["--time", "2001-01-01"])["snapshot_id"].as_str().expect("an id").to_owned();
    let mounted = Mounted::new(&env, &["--time-template", "%Y"]);
    assert_eq!(mounted.names("snapshots"), ["2001", "latest"]);
    let open = File::open(mounted.at("snapshots/2001/src/a.txt")).expect("there");
    env.file("src/a.txt", "changed");
    env.backup(&["--time", "2002-01-01"]);
    wait_until("the new snapshot is there", || mounted.names("snapshots") == ["2001", "2002", "latest"]);
    assert_eq!(mounted.read("snapshots/latest/src/a.txt"), b"changed");
    env.run(["forget", &first]).ok();
    wait_until("the old snapshot is gone", || mounted.names("snapshots") == ["2002", "latest"]);
    wait_until("it cannot be entered", || !mounted.at("snapshots/2001/src").exists());
    let mut content = String::new();
    (&open).read_to_string(&mut content).expect("still there");
    assert_eq!(content, "alpha");
    drop(open);
    assert_eq!(mounted.end().code, Some(0));
}

/// Flips bytes all over an object.
fn ruin(object: &Path) {
    let mut bytes = fs::read(object).expect("an object");
    bytes.iter_mut().skip(400).step_by(1_000).for_each(|byte| *byte ^= 0x55);
    fs::set_permissions(object, fs::Permissions::from_mode(0o600)).expect("ours");
    fs::write(object, bytes).expect("writable");
}

#[test]
fn damage_is_healed_or_an_error() {
    if !can_mount() {
        return;
    }
    let env = TestEnv::new();
    let mut noise = vec![0; 2_000_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    fs::write(env.path("src/noise"), &noise).expect("writable");
    env.init(&[]);
    env.backup(&[]);
    let packs = env.objects("packs");
    packs.iter().take(2).for_each(|pack| ruin(pack));
    let mounted = Mounted::new(&env, &["--json", "latest:/src"]);
    assert!(mounted.read("noise") == noise);
    let end = mounted.end();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    let summary: serde_json::Value = serde_json::from_str(end.stdout.lines().last().expect("a line")).expect("JSON");
    assert_eq!((&summary["message_type"], &summary["error_count"]), (&"summary".into(), &0.into()), "{summary}");
    assert!(summary["packs_healed"].as_u64() >= Some(1) && summary["bytes_read"].as_u64() >= Some(2_000_000));

    let mounted = Mounted::new(&env, &["-v", "latest:/src"]);
    mounted.read("noise");
    let end = mounted.end();
    assert!(
        end.stderr.contains("rebuilt from parity") && end.stderr.contains("its bytes were rebuilt"),
        "{}",
        end.stderr
    );

    // The tree is in memory before most of the rest is lost.
    let mounted = Mounted::new(&env, &["latest:/src"]);
    assert_eq!(mounted.names(""), ["noise"]);
    let file = File::open(mounted.at("noise")).expect("there");
    packs.iter().skip(2).for_each(|pack| ruin(pack));
    let mut lost = 0;
    let mut block = vec![0; 50_000];
    for at in (0..noise.len()).step_by(50_000) {
        match file.read_exact_at(&mut block, at as u64) {
            Ok(()) => assert!(block == noise[at..at + 50_000], "wrong bytes at {at}"),
            Err(error) => {
                assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::IO.raw_os_error()), "{error}");
                lost += 1;
            }
        }
    }
    drop(file);
    assert!(lost > 5, "{lost}");
    let end = mounted.end();
    assert_eq!(end.code, Some(3), "{}", end.stderr);
    assert!(end.stderr.contains("noise: Blob"), "{}", end.stderr);
}

#[test]
fn it_ends_by_signals_and_by_umount() {
    if !can_mount() {
        return;
    }
    let env = TestEnv::ready();
    env.backup(&[]);
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mounted = Mounted::new(&env, &[]);
        assert!(mounted.said.contains("umount mnt"), "{}", mounted.said);
        let found =
            Command::new("findmnt").args(["-n", "-o", "SOURCE", "-t", "fuse.caddis"]).arg(&mounted.place).output();
        assert_eq!(String::from_utf8_lossy(&found.expect("util-linux").stdout).trim_end(), env.text("repo"));
        mounted.signal(signal);
        let end = mounted.wait();
        assert_eq!((end.code, end.stderr.as_str()), (Some(0), ""), "{signal:?}");
        assert!(end.stdout.contains("unmounted"), "{}", end.stdout);
    }
    let mounted = Mounted::new(&env, &[]);
    assert!(Command::new("umount").arg(&mounted.place).status().expect("util-linux").success());
    assert_eq!(mounted.wait().code, Some(0));

    // Whoever has a file open can read it to its end.
    let mounted = Mounted::new(&env, &["latest:/src"]);
    let mut open = File::open(mounted.at("sub/deep/c.txt")).expect("there");
    mounted.signal(Signal::TERM);
    wait_until("it is out of sight", || !is_mounted(&mounted.place));
    let mut content = String::new();
    open.read_to_string(&mut content).expect("served");
    assert_eq!(content, "gamma ".repeat(50_000));
    drop(open);
    let end = mounted.wait();
    assert_eq!(end.code, Some(0));
    assert!(end.stderr.contains("still in use"), "{}", end.stderr);
}

#[test]
fn what_cannot_be_mounted_is_refused_with_what_to_do() {
    let env = TestEnv::ready();
    env.backup(&[]);
    fs::create_dir(env.path("mnt")).expect("new");
    env.run(["mount", "missing"]).expect(1).complains("make an empty directory");
    env.run(["mount", "src/a.txt"]).expect(1).complains("is not a directory");
    env.run(["mount", "src"]).expect(1).complains("is not empty");
    env.run(["mount", "mnt", "--path-template", "%x"]).expect(2).complains("placeholders");
    env.run(["mount", "mnt", "--path-template", "versions/%T"]).expect(2).complains("all versions");
    env.run(["mount", "mnt", "--time-template", "now"]).expect(2).complains("strftime");
    env.run(["mount", "mnt", "--no-default-permissions"]).expect(2).complains("--allow-other");
    env.run(["mount", "mnt", "latest", "--path-template", "%T"]).expect(2).complains("cannot be used with");
    if can_mount() {
        env.run(["mount", "mnt", "latest:/src/a.txt"]).expect(1).complains("only directories can be mounted");
        env.run(["mount", "mnt", "latest:/no/such"]).expect(1).complains("no such entry");
        env.run(["mount", "mnt", "ffffffff"]).expect(1).complains("No snapshot matches");
        assert!(!is_mounted(&env.path("mnt")));
    }
}

#[test]
fn other_users_see_what_they_may() {
    if !can_mount() {
        return;
    }
    let env = TestEnv::ready();
    fs::set_permissions(env.path("."), fs::Permissions::from_mode(0o755)).expect("ours");
    let secret = env.file("src/secret", "secret");
    odd_tree::mode(&secret, 0o600);
    std::os::unix::fs::chown(&secret, Some(1234), Some(1234)).expect("root");
    env.backup(&[]);
    let nobody = |file: &str| {
        let script = format!("setpriv --reuid=65534 --regid=65534 --clear-groups cat mnt/{file}");
        env.shell(&script).code == Some(0)
    };
    let seen = |args: &[&str]| {
        let mounted = Mounted::new(&env, &[&["latest:/src"], args].concat());
        let owner = fs::metadata(mounted.at("secret")).expect("there").uid();
        let seen = (nobody("a.txt"), nobody("secret"), owner);
        mounted.end();
        seen
    };
    assert_eq!(seen(&[]), (false, false, 1234));
    assert_eq!(seen(&["--allow-other"]), (true, false, 1234));
    assert_eq!(seen(&["--allow-other", "--no-default-permissions"]), (true, true, 1234));
    assert_eq!(seen(&["--allow-other", "--owner-root"]), (true, false, 0));
}

#[test]
fn an_ordinary_user_mounts_by_way_of_fusermount() {
    let has = |program: &str| Command::new(program).arg("-V").output().is_ok();
    if !can_mount() || !["fusermount3", "setpriv", "unshare"].into_iter().all(has) {
        eprintln!("skipped: fusermount3, setpriv and unshare are needed");
        return;
    }
    let env = TestEnv::ready();
    env.file("src/secret", "of root");
    odd_tree::mode(&env.path("src/secret"), 0o600);
    env.backup(&[]);
    // In a mount namespace of its own, in which everybody may open the device, as distributions have it.
    let run = env.shell(
        "set -e
         cp $CADDIS caddis; mkdir mnt dev; chown -R 65534:65534 .
         exec unshare --mount bash -c '
             set -e
             mount -t tmpfs -o dev,mode=755 none dev; mknod -m 666 dev/fuse c 10 229; mount --bind dev/fuse /dev/fuse
             exec setpriv --reuid=65534 --regid=65534 --clear-groups bash -c \"
                 ./caddis mount mnt latest:/src & program=\\$!
                 for i in \\$(seq 300); do [ -e mnt/a.txt ] && break; sleep 0.1; done
                 cat mnt/a.txt mnt/secret
                 fusermount3 -u mnt
                 wait \\$program && echo ended with \\$? && ls -A mnt && ./caddis mount --allow-other mnt
             \"
         '",
    );
    let run = run.has("alphaof root").has("fusermount3 -u mnt").has("ended with 0");
    // That is not allowed to them unless root says so.
    let is_allowed =
        fs::read_to_string("/etc/fuse.conf").is_ok_and(|text| text.lines().any(|line| line == "user_allow_other"));
    if !is_allowed {
        run.expect(1).complains("write the line user_allow_other into /etc/fuse.conf");
    }
}
