//! du: what would forgetting it free?
use serde_json::Value;

use crate::testenv::TestEnv;

/// Text that does not compress well, of so many kilobytes.
fn text(seed: u64, kilobytes: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'!' + (state % 90) as u8)
    };
    (0..kilobytes * 1024).map(|_| next()).collect()
}

/// Two hosts that share a file; one of them has two snapshots.
fn shared() -> TestEnv {
    let env = TestEnv::new();
    env.init(&[]);
    env.file("src/shared/file", &text(1, 400));
    env.file("src/own/file", &text(2, 200));
    env.backup_absolute(&["--host", "h1", "--label", "l1", "--time", "2001-01-01"]);
    env.file("src/own/file", &text(3, 300));
    env.backup_absolute(&["--host", "h1", "--label", "l1", "--time", "2002-01-01"]);
    env.file("src/own/file", &text(4, 100));
    env.backup_absolute(&["--host", "h2", "--time", "2003-01-01"]);
    env
}

fn lines(env: &TestEnv, args: &[&str]) -> Vec<Value> {
    env.run([&["--json", "du"], args].concat()).ok().json_lines()
}

fn kilobytes(value: &Value, field: &str) -> u64 {
    value[field].as_u64().expect("a number") / 1024
}

#[test]
fn du_shows_snapshots() {
    let env = shared();
    let table = env.run(["du"]).ok().has("Alone").has("2003-01-01").has("Together ").has("3 snapshots").has("l1");
    assert_eq!(table.stdout.lines().filter(|line| line.contains("-01-01")).count(), 3);
    let all = lines(&env, &[]);
    assert_eq!(all.len(), 4);
    let alone: Vec<u64> = all.iter().map(|line| kilobytes(line, "exclusive_bytes")).collect();
    for (alone, (least, most)) in alone.iter().zip([(150, 420), (230, 620), (70, 320), (800, 2200)]) {
        assert!((least..most).contains(alone), "{alone} {all:?}");
    }
    assert!(kilobytes(&all[0], "shared_bytes") > 300 && kilobytes(&all[0], "total_bytes") > 450, "{}", all[0]);
    for field in ["id", "short_id", "time", "hostname", "label"] {
        assert!(all[0].get(field).is_some(), "{field}");
    }
    assert_eq!((&all[3]["message_type"], &all[3]["snapshots_count"]), (&"summary".into(), &3.into()));
    // Of two snapshots of which one is told.
    let one = lines(&env, &["latest"]);
    assert_eq!((one.len(), &one[0]), (2, &all[2]));
    assert_eq!(lines(&env, &["--host", "h2"])[0], all[2]);
}

#[test]
fn du_puts_snapshots_together() {
    let env = shared();
    let hosts = lines(&env, &["--group-by", "host"]);
    assert_eq!(
        (&hosts[0]["group_key"]["hostname"], hosts[0]["snapshots"].as_array().map(Vec::len)),
        (&"h1".into(), Some(2))
    );
    assert!((400..1100).contains(&kilobytes(&hosts[0], "exclusive_bytes")), "{}", hosts[0]);
    assert!(kilobytes(&hosts[0], "shared_bytes") > 300);
    env.run(["du", "-g", "host,label"]).ok().has("host h1, label l1").has("host h2, no label");
    let both = lines(&env, &["--group-by", "label", "--host", "h1"]);
    assert_eq!(both[0]["exclusive_bytes"], hosts[0]["exclusive_bytes"]);
    env.run(["du", "--group-by", "size"]).expect(2);
}

#[test]
fn du_shows_directories() {
    let env = shared();
    let base = env.text("src");
    let found = lines(&env, &["--beneath", &base]);
    let of = |name: &str| found.iter().find(|line| line["path"] == format!("{base}{name}")).expect("told").clone();
    assert_eq!(found.len(), 4);
    assert!((450..1300).contains(&kilobytes(&of("/own"), "exclusive_bytes")), "{}", of("/own"));
    assert!(kilobytes(&of("/shared"), "exclusive_bytes") > 300 && kilobytes(&of(""), "total_bytes") > 800);
    // In one snapshot: the others still have the shared file.
    let one = lines(&env, &[&format!("latest:{base}"), "--depth", "1"]);
    let of = |name: &str| one.iter().find(|line| line["path"] == format!("{base}{name}")).expect("told").clone();
    assert_eq!(kilobytes(&of("/shared"), "exclusive_bytes"), 0);
    assert!(kilobytes(&of("/own"), "exclusive_bytes") > 70);
    env.run(["du", "--depth", "0"]).ok().has("1 directory in 3 snapshots");
    env.run(["du", "--beneath", &base, "--depth", "2"]).ok().has(&format!("  {base}/own\n"));
    env.run(["du", "--beneath", "/no/such"]).expect(1).complains("/no/such");
    env.run(["du", "--beneath", "relative"]).expect(2);
    env.run(["du", "--depth", "1", "--group-by", "host"]).expect(2);
    env.run(["du", "--depth", "1000"]).expect(2);
}

#[test]
fn forgetting_frees_what_du_says() {
    let env = shared();
    let stored = || {
        let stats = env.run(["--json", "stats", "--mode", "repository"]).ok().json();
        stats["data_bytes"].as_u64().expect("a number") + stats["parity_bytes"].as_u64().expect("a number")
    };
    let before = stored();
    let said = lines(&env, &["latest"])[0]["exclusive_bytes"].as_u64().expect("a number");
    let id = env.snapshots(&["latest"])[0]["id"].as_str().expect("an id").to_owned();
    env.run(["forget", &id, "--prune", "--max-unused", "unlimited"]).ok();
    let freed = before - stored();
    // Nothing is packed anew: what goes is what only that snapshot has, and its padding.
    assert!(freed >= said * 8 / 10 && freed <= said * 2 + 200_000, "{freed} were freed, {said} were said");
}
