//! Every exit code, provoked through the program.
use std::fs;

use crate::testenv::{Run, TestEnv};

/// How a code comes about; none where this machine does not allow to provoke it.
type Provoke = fn(&TestEnv) -> Option<Run>;

const ALL: &[(i32, Provoke)] = &[
    (0, |env| Some(env.run(["snapshots"]))),
    (1, |env| Some(env.run(["restore", "no-such-snapshot", "--target", "out"]))),
    (2, |env| Some(env.run(["backup", "--no-such-option", "src"]))),
    (3, |env| Some(env.run(["backup", "src", "missing"]))),
    (4, |env| Some(env.run(["status", "--max-age", "1h", "--host", "nobody"]))),
    (5, |env| {
        env.damage(&env.objects("packs")[0]);
        Some(env.run(["repair"]))
    }),
    (6, |env| {
        env.damage(&env.objects("packs")[0]);
        Some(env.run(["check", "--read-data"]))
    }),
    (10, |env| Some(env.run(["--repo", "elsewhere", "snapshots"]))),
    (11, fenced),
    (12, |env| {
        env.file("wrong", "wrong\n");
        Some(env.run(["--password-file", "wrong", "snapshots"]))
    }),
    (13, refused),
    (14, full),
    (130, |env| Some(stopped(env, "INT"))),
    (143, |env| Some(stopped(env, "TERM"))),
];

/// A prune takes a backup that is alive for dead, and its data with it.
fn fenced(env: &TestEnv) -> Option<Run> {
    env.run(["forget", "latest"]).ok();
    Some(env.shell(
        "$CADDIS backup --stdin-from-command -- bash -c 'echo begun; touch running; while ! test -e pruned; do sleep 0.05; done' & pid=$!
         while ! test -e running; do sleep 0.05; done
         $CADDIS prune --max-unused 0 --stale-after 0s >&2; touch pruned; wait $pid",
    ))
}

/// Root may read everything, unless it gives up that right.
fn refused(env: &TestEnv) -> Option<Run> {
    let run = env.shell(
        "chmod 000 repo/keys
         rights=
         if [ \"$(id -u)\" = 0 ]; then
             rights='setpriv --bounding-set=-dac_override,-dac_read_search'
             $rights true || { chmod 700 repo/keys; exit 77; }
         fi
         $rights \"$CADDIS\" snapshots; code=$?; chmod 700 repo/keys; exit $code",
    );
    (run.code != Some(77)).then_some(run)
}

/// A file system of its own can be had only by those who may mount.
fn full(env: &TestEnv) -> Option<Run> {
    for n in 0..50u8 {
        let mut bytes = vec![0; 100_000];
        blake3::Hasher::new().update(&[n]).finalize_xof().fill(&mut bytes);
        fs::write(env.path(&format!("src/f{n}")), bytes).expect("writes");
    }
    let run = env.shell(
        "unshare -rm true || exit 77; mkdir small; exec unshare -rm bash -c \
         'mount -t tmpfs -o size=3m none small || exit 77
          \"$CADDIS\" --repo small/repo init --kdf-log-n 4 --pack-size 256KiB >&2 && exec \"$CADDIS\" --repo small/repo backup src'",
    );
    (run.code != Some(77)).then_some(run)
}

fn stopped(env: &TestEnv, signal: &str) -> Run {
    env.shell(&format!(
        "$CADDIS backup --stdin-from-command -- bash -c 'echo begun; touch running; exec sleep 30 2>/dev/null' & pid=$!
         while ! test -e running; do sleep 0.05; done
         sleep 0.3; kill -{signal} $pid; sleep 0.2; kill -{signal} $pid 2>/dev/null; wait $pid"
    ))
}

#[test]
fn each_code_comes_about_and_the_repository_stays_in_order() {
    for (code, provoke) in ALL {
        let env = TestEnv::ready();
        env.backup(&[]);
        match provoke(&env) {
            None => eprintln!("skipped: this machine does not allow to provoke exit code {code}"),
            Some(run) => {
                let run = run.expect(*code);
                // Whoever is not told by a result, and has not sent a signal, is told by a message.
                assert!(!run.stderr.is_empty() || matches!(code, 0 | 5 | 130 | 143), "{code}: {run:?}");
            }
        }
        env.run(["repair"]);
        env.run(["check", "--read-data"]).ok();
        env.run(["backup", "src"]).ok();
    }
}

#[test]
fn the_help_names_these_codes_and_no_others() {
    let env = TestEnv::new();
    let help = env.run(["--help"]).ok().stdout;
    let list = help.split_once("Exit codes:").expect("there is a list").1;
    let named: Vec<i32> =
        list.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(|word| word.parse().ok()).collect();
    let tested: Vec<i32> = ALL.iter().map(|(code, _)| *code).collect();
    assert_eq!(named, tested);
}
