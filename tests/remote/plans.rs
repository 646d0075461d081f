//! What commands say that they will read is what they read.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::life::Client;
use crate::proxy::{Action, Proxy};
use crate::servers::{Server, Service};
use crate::testenv::Run;

/// Requests that are not of packs: listings and decisions.
const OTHER_REQUESTS: u64 = 3;
/// And their bytes.
const OTHER_BYTES: u64 = 50_000;

/// Files that hardly compress, a third of them another in each turn, and many so small that they are in their directories.
fn write_source(client: &Client, turn: u32) {
    for n in 0..60u32 {
        let seed = if n % 3 == 0 { turn } else { 0 };
        let mut reader = blake3::Hasher::new().update(&[n as u8, seed as u8, 77]).finalize_xof();
        let mut bytes = vec![0; 30_000 + 3_000 * n as usize];
        reader.fill(&mut bytes);
        let text: String = bytes.iter().map(|byte| char::from(b' ' + byte % 95)).collect();
        client.env.file(&format!("src/d{}/f{n}", n % 5), &text);
    }
    for n in 0..3_000u32 {
        let hash = blake3::hash(&n.to_le_bytes()).to_hex();
        client.env.file(&format!("src/small{}/s{n}", n % 20), &hash.repeat(1 + n as usize % 3));
    }
}

struct Counted {
    client: Client,
    /// Requests that read packs, as a proxy sees them.
    pack_reads: Arc<AtomicU64>,
    _proxy: Proxy,
}

impl Counted {
    fn new() -> Counted {
        let pack_reads = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&pack_reads);
        let proxy = Proxy::start(Server::shared(Service::S3).port, move |request| {
            if request.method == "GET" && request.target.contains("/packs/") {
                counter.fetch_add(1, Ordering::Relaxed);
            }
            Action::Forward
        });
        let client = Client::new(Service::S3, proxy.port);
        // Without deltas, of which bases may be read again when there is no room for them.
        let init = ["init", "--kdf-log-n", "4", "--pack-size", "256KiB", "--parity", "4+2", "--delta", "off"];
        client.run(&init).ok().has("suit repositories up to about");
        Counted { client, pack_reads, _proxy: proxy }
    }

    /// The run, its plan, and what was read of packs as the server saw it.
    fn run(&self, args: &[&str]) -> (Run, Value, u64) {
        let before = self.pack_reads.load(Ordering::Relaxed);
        let run = self.client.run(&[&["--json"], args].concat()).ok();
        let mut plans = run.json_lines();
        plans.retain(|line| line["message_type"] == "plan");
        assert_eq!(plans.len(), 1, "{run:?}");
        (run, plans.remove(0), self.pack_reads.load(Ordering::Relaxed) - before)
    }
}

/// What was received, and how many requests there were, after the plan: more than it says by no more than a fiftieth part and
/// what is named above, and less by no more than that part.
fn assert_right(run: &Run, plan: &Value) {
    let number = |value: &Value, name: &str| value[name].as_u64().unwrap_or_else(|| panic!("{name} in {value}"));
    let summary = run.summary();
    let after = |name: &str| number(&summary["storage"], name) - number(&plan["storage"], name);
    let (bytes, requests) = (number(plan, "bytes_to_read"), number(plan, "requests"));
    let (received, asked) = (after("bytes_received"), after("requests"));
    assert!(requests >= 10 && bytes > 500_000, "it is worth planning: {plan}");
    let (least, most) = (bytes - bytes / 50, bytes + bytes / 50 + OTHER_BYTES);
    assert!((least..=most).contains(&received), "{received} bytes of {plan}");
    let (least, most) = (requests - requests / 50, requests + requests / 50 + OTHER_REQUESTS);
    assert!((least..=most).contains(&asked), "{asked} requests of {plan}");
}

#[test]
fn a_check_reads_what_it_says() {
    let counted = Counted::new();
    write_source(&counted.client, 0);
    counted.client.run(&["backup", "src"]).ok();
    let (run, plan, reads) = counted.run(&["check", "--read-data"]);
    assert_right(&run, &plan);
    assert_eq!(plan["at_most"], false);
    assert!(reads <= plan["requests"].as_u64().unwrap_or(0) + 2, "{reads} of {plan}");
    let (run, part, _) = counted.run(&["check", "--read-data-subset", "50%"]);
    assert!(part["bytes_to_read"].as_u64() < plan["bytes_to_read"].as_u64(), "{part} {plan}");
    assert_right(&run, &part);
    counted.client.run(&["check", "--read-data"]).ok().has("will read");
    counted.client.run(&["-q", "check", "--read-data"]).ok().has_not("will read");
}

#[test]
fn a_restore_reads_what_it_says() {
    let counted = Counted::new();
    write_source(&counted.client, 0);
    counted.client.run(&["backup", "src"]).ok();
    let (run, plan, reads) = counted.run(&["restore", "latest", "--target", "out"]);
    assert_right(&run, &plan);
    let (_, dry, nothing) = counted.run(&["restore", "latest", "--target", "other", "--dry-run"]);
    assert_eq!((&dry["requests"], &dry["bytes_to_read"]), (&plan["requests"], &plan["bytes_to_read"]));
    assert_eq!((&dry["dry_run"], nothing), (&Value::from(true), 0), "trees are at hand: {reads}");
    // What is there already is compared before, and is not read.
    let (_, again, reads) = counted.run(&["restore", "latest", "--target", "out"]);
    assert_eq!((&again["bytes_to_read"], reads), (&Value::from(0), 0), "{again}");
    let (_, dry, _) = counted.run(&["restore", "latest", "--target", "out", "--dry-run"]);
    assert_eq!(dry["bytes_to_read"], 0);
    // A part of it.
    let (run, part, _) = counted.run(&["restore", "latest", "--target", "part", "--include", "*/d1"]);
    assert!(part["bytes_to_read"].as_u64() < plan["bytes_to_read"].as_u64(), "{part} {plan}");
    let received = |value: &Value| value["storage"]["bytes_received"].as_u64().unwrap_or(0);
    let read = received(&run.summary()) - received(&part);
    let planned = part["bytes_to_read"].as_u64().unwrap_or(0);
    assert!(planned.abs_diff(read) <= planned / 50 + OTHER_BYTES, "{read} of {part}");
    // What nothing is kept of on this machine is read again, if it is much; here it stays in memory.
    let (run, bare, _) = counted.run(&["--no-cache", "restore", "latest", "--target", "bare"]);
    assert_right(&run, &bare);
}

#[test]
fn a_prune_reads_what_it_says() {
    let counted = Counted::new();
    for turn in 0..3 {
        write_source(&counted.client, turn);
        counted.client.run(&["backup", "src"]).ok();
    }
    counted.client.run(&["forget", "--keep-last", "1"]).ok();
    let options = ["prune", "--max-unused", "0"];
    let (_, dry, _) = counted.run(&[&options[..], &["--dry-run"]].concat());
    assert_eq!(dry["dry_run"], true);
    let (run, plan, reads) = counted.run(&options);
    assert_eq!((&dry["requests"], &dry["bytes_to_read"]), (&plan["requests"], &plan["bytes_to_read"]));
    // Trees were read before; nothing else reads packs.
    let (planned, bytes) = (plan["requests"].as_u64().unwrap_or(0), plan["bytes_to_read"].as_u64().unwrap_or(0));
    assert!(planned >= 5 && reads.abs_diff(planned) <= planned / 20 + 2, "{reads} of {plan}");
    let received = |value: &Value| value["storage"]["bytes_received"].as_u64().unwrap_or(0);
    let read = received(&run.summary()) - received(&plan);
    assert!(read.abs_diff(bytes) <= bytes / 50 + OTHER_BYTES, "{read} of {plan}");
    counted.client.run(&["check", "--read-data"]).ok();
}

#[test]
fn what_is_kept_of_an_object_store_has_a_limit_that_may_be_nothing() {
    let client = Client::new(Service::S3, Server::shared(Service::S3).port);
    client.init();
    client.write_source(0);
    client.run(&["backup", "src"]).ok();
    client.run(&["ls", "latest"]).ok();
    let near = || client.run(&["--json", "cache"]).ok().json()["repositories"][0]["near_bytes"].as_u64();
    assert!(near() > Some(0));
    client.run(&["--cache-size", "0", "ls", "latest"]).ok();
    assert_eq!(near(), Some(0));
    client.run(&["--cache-size", "1GiB", "ls", "latest"]).ok();
    assert!(near() > Some(0));
    // The store is elsewhere by kind, and on this machine by address.
    let run = client.run(&["--json", "status"]).ok();
    let place = run.json_lines().remove(0);
    assert_eq!((&place["kinds"][0], &place["off_site"]), (&Value::from("s3"), &Value::from(false)));
    assert_eq!((&run.summary()["two_kinds"], &run.summary()["three_copies"]), (&true.into(), &false.into()));
}
