//! Checks that go on where the last one ended, snapshots that are made anew, directories that are found again.
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use caddis::backend::{Backend, Family, LocalBackend, ObjectName};
use caddis::format::{IndexName, SlotEntry};
use caddis::id::BlobKind;
use caddis::monitor::Silent;
use caddis::repo::{OpenOptions, Repository};
use caddis::world::SystemWorld;
use serde_json::Value;

use crate::testenv::{TestEnv, find};

/// Text that does not compress to nothing.
fn noise(seed: u64, len: usize) -> String {
    let mut state = seed;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'!' + (state >> 33) as u8 % 90)
        })
        .collect()
}

/// A repository with parity 4+2, in which `src/noise` takes several packs.
fn ready() -> TestEnv {
    let env = TestEnv::new();
    env.file("src/noise", &noise(1, 2_000_000));
    env.file("src/sub/small", "small");
    env.init(&["--parity", "4+2"]);
    env.backup(&[]);
    env
}

fn number(summary: &Value, key: &str) -> u64 {
    summary[key].as_u64().unwrap_or_else(|| panic!("{key} in {summary}"))
}

fn check(env: &TestEnv, more: &[&str]) -> Value {
    env.run([&["--json", "check"], more].concat()).ok().summary()
}

/// The packs of each stripe, with the kinds of the blobs in them: none in a parity pack.
fn stripes(env: &TestEnv) -> Vec<Vec<(PathBuf, BTreeSet<BlobKind>)>> {
    let place: Arc<dyn Backend> = Arc::new(LocalBackend::open(env.path("repo")).expect("a repository"));
    let options = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
    let repo = Repository::open(place.clone(), SystemWorld::new(), b"secret", &options, &Silent).expect("opens");
    let names = place.list(Family::Index).expect("a folder").into_iter().filter_map(|listed| match listed.name {
        ObjectName::Index(session, number) => Some(IndexName { session, number }),
        _ => None,
    });
    let objects = names.map(|name| repo.read_index_object(name, &Silent).expect("whole"));
    let of_slot = |slot: SlotEntry| {
        let name = slot.pack.to_string();
        let path = env.path("repo/packs").join(&name[..2]).join(&name);
        assert!(path.exists(), "{path:?}");
        (path, slot.frames.iter().map(|frame| frame.tag.kind).collect())
    };
    objects.flat_map(|object| object.stripes).map(|stripe| stripe.slots.into_iter().map(of_slot).collect()).collect()
}

/// Removes three packs of one stripe, which is more than its parity covers, but none with trees.
fn lose_data(env: &TestEnv) {
    let only_data = BTreeSet::from([BlobKind::Data]);
    let data = stripes(env).into_iter().map(|packs| packs.into_iter().filter(|(_, kinds)| *kinds == only_data));
    let packs = data.map(Vec::from_iter).find(|packs| packs.len() >= 3).expect("a stripe that is full of data");
    packs.iter().take(3).for_each(|(pack, _)| fs::remove_file(pack).expect("ours"));
}

/// Removes every pack with trees, and parity that could bring them back.
fn lose_trees(env: &TestEnv) {
    let is_tree = |kinds: &BTreeSet<BlobKind>| kinds.contains(&BlobKind::Tree);
    for stripe in stripes(env) {
        if stripe.iter().any(|(_, kinds)| is_tree(kinds)) {
            let lost = stripe.iter().filter(|(_, kinds)| is_tree(kinds) || kinds.is_empty());
            lost.for_each(|(pack, _)| fs::remove_file(pack).expect("ours"));
        }
    }
}

#[test]
fn packs_that_were_verified_are_left_out_until_they_are_old() {
    let env = ready();
    let all = number(&check(&env, &["--read-data"]), "packs_read");
    let summary = check(&env, &["--older-than", "1d"]);
    assert_eq!((number(&summary, "packs_read"), number(&summary, "packs_recent")), (0, all));
    // What is new was never verified.
    env.file("src/more", &noise(2, 300_000));
    env.backup(&[]);
    let summary = check(&env, &["--older-than", "1d"]);
    assert!(number(&summary, "packs_read") > 0 && number(&summary, "packs_recent") == all, "{summary}");
    let all = number(&summary, "packs");
    assert_eq!(number(&check(&env, &["--older-than", "0s"]), "packs_read"), all, "all are older than now");
    env.run(["check", "--older-than", "1d"]).ok().has("were verified not long ago");
    // The memory is local and disposable.
    let folder = fs::read_dir(env.path("cache")).expect("a cache").flatten().map(|entry| entry.path());
    let memory = folder.map(|path| path.join("verified")).find(|path| path.exists()).expect("a memory");
    env.damage(&memory);
    assert_eq!(number(&check(&env, &["--older-than", "1d"]), "packs_read"), all);
    fs::remove_file(memory).expect("ours");
    assert_eq!(number(&check(&env, &["--older-than", "1d"]), "packs_read"), all);
    env.run(["check", "--no-cache", "--older-than", "1d"]).ok().has("nothing is remembered");
    env.run(["check", "--older-than", "soon"]).expect(2);
}

#[test]
fn a_check_of_some_snapshots_reads_what_they_need() {
    let env = ready();
    env.run(
        ["backup", "--tag", "later", "--stdin-filename", "x", "--stdin-from-command", "--", "sh", "-c"]
            .into_iter()
            .chain(["head -c 3000000 /dev/urandom"]),
    )
    .ok();
    let all = check(&env, &["--read-data"]);
    let [first, later] = ["latest~1", "latest"].map(|name| check(&env, &["--read-data", name]));
    assert_eq!((&first["snapshots"], &later["snapshots"], &all["snapshots"]), (&1.into(), &1.into(), &2.into()));
    let [first_read, later_read, all_read] = [&first, &later, &all].map(|summary| number(summary, "packs_read"));
    assert!(first_read > 0 && later_read > 0 && first_read + later_read < all_read, "{first} {later} {all}");
    let tagged = check(&env, &["--read-data", "--tag", "later"]);
    assert_eq!(number(&tagged, "packs_read"), later_read);
    env.run(["check", "--host", "nobody"]).expect(1).complains("nothing was checked");
    // Damage to what only the later one needs.
    let places = stripes(&env);
    let (pack, _) = places.iter().flatten().rfind(|(_, kinds)| kinds.contains(&BlobKind::Data)).expect("data packs");
    env.damage(pack);
    let codes = ["latest~1", "latest"].map(|name| env.run(["check", "--read-data", "--no-cache", name]).code);
    assert!(codes == [Some(0), Some(6)] || codes == [Some(6), Some(0)], "{codes:?}");
    // Nor does it need whole trees.
    lose_trees(&env);
    env.run(["check", "--read-data", "latest", "latest~1"]).expect(6).complains("its root directory is lost");
}

#[test]
fn a_pack_that_was_bad_counts_as_never_verified() {
    let env = ready();
    let all = number(&check(&env, &["--read-data"]), "packs_read");
    env.damage(&env.objects("packs")[0]);
    env.run(["check", "--read-data"]).expect(6);
    env.run(["repair", "packs"]).expect(5);
    let summary = check(&env, &["--older-than", "1d"]);
    assert_eq!((number(&summary, "packs_read"), number(&summary, "packs_recent")), (1, all - 1));
}

#[test]
fn when_the_time_is_up_a_check_ends_in_order_and_the_next_goes_on() {
    let env = ready();
    let summary = check(&env, &["--max-duration", "0s"]);
    assert_eq!((number(&summary, "packs_read"), number(&summary, "packs_left")), (0, number(&summary, "packs")));
    assert!(number(&summary, "bytes_left") > 1_000_000);
    env.run(["check", "--max-duration", "0s"]).ok().has("the time was up").has("no errors were found");
    let summary = check(&env, &["--max-duration", "1h"]);
    assert_eq!((number(&summary, "packs_read"), number(&summary, "packs_left")), (number(&summary, "packs"), 0));
    let part = check(&env, &["--max-duration", "1h", "--read-data-subset", "1/2"]);
    assert!(number(&part, "packs_read") < number(&part, "packs"), "{part}");
}

#[test]
fn check_prints_the_commands_that_mend_and_they_do() {
    let env = ready();
    fs::remove_file(&env.objects("packs")[0]).expect("ours");
    fs::remove_file(&env.objects("replica/snapshots")[0]).expect("ours");
    let summary = env.run(["--json", "--repo", "repo", "check"]).expect(6).summary();
    let commands: Vec<&str> =
        summary["commands"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(commands, ["caddis --repo repo repair replicas", "caddis --repo repo repair packs"]);
    for command in commands {
        let run = env.shell(&command.replace("caddis", "$CADDIS"));
        assert_eq!(run.code, Some(5), "{run:?}");
    }
    env.run(["check"]).ok();
}

#[test]
fn snapshots_that_lost_something_are_made_anew() {
    let env = ready();
    let original = env.snapshots(&[]).remove(0);
    let id = original["id"].as_str().expect("an id").to_owned();
    env.run(["repair", "snapshots"]).ok().has("none is damaged");
    lose_data(&env);
    let short = &id[..8];
    let report = env.run(["check"]).expect(6);
    let report =
        report.has(&format!("caddis repair snapshots {short}")).has("lost in snapshot").has("caddis repair packs");
    assert!(report.stdout.contains("src/noise"), "{report:?}");

    let before = env.objects("snapshots");
    let summary = env.run(["--json", "repair", "snapshots", "--dry-run"]).expect(6).summary();
    assert_eq!(summary["snapshots"][0]["outcome"], "repairable");
    assert_eq!(env.objects("snapshots"), before, "a dry run writes nothing");

    let summary = env.run(["--json", "repair", "snapshots", short]).expect(5).summary();
    let one = &summary["snapshots"][0];
    assert_eq!((&one["original"], &one["outcome"]), (&Value::from(id.clone()), &Value::from("repaired")));
    assert_eq!(one["entries"][0]["change"], "shortened");
    let new = one["snapshot_id"].as_str().expect("an id").to_owned();
    let listed = env.snapshots(&[]);
    let repaired = listed.iter().find(|snapshot| snapshot["id"] == *new).expect("listed");
    assert_eq!(repaired["tags"], serde_json::json!(["repaired"]));
    assert_eq!(repaired["original"], original["id"]);
    assert_eq!(repaired["time"], original["time"]);

    // The new one restores in full: what is left of the file, in order, and all other files.
    env.run(["restore", &new, "--target", "out"]).ok();
    let (whole, left) =
        (noise(1, 2_000_000), fs::read(find(&env.path("out"), "noise").expect("restored")).expect("reads"));
    assert!(!left.is_empty() && left.len() < whole.len());
    assert!(is_subsequence_of_pieces(&left, whole.as_bytes()), "its parts are parts of the file, in order");
    assert_eq!(fs::read(find(&env.path("out"), "small").expect("restored")).expect("reads"), b"small");
    let damaged = env.run(["--json", "check"]).expect(6).summary()["damaged_snapshots"].clone();
    assert_eq!(damaged.as_array().expect("a list").len(), 1, "the original is as it was: {damaged}");
    assert_eq!(damaged[0]["successor"], *new);
    let again = env.run(["check"]).expect(6).has(&format!("  caddis forget {short}\n"));
    let again = again.complains(&format!("snapshot {} has all that is left of it", &new[..8]));
    assert!(!again.stdout.contains("caddis repair snapshots"), "it is done: {again:?}");
    env.run(["repair", "snapshots"]).expect(5).has(&format!("caddis forget {short}"));

    // Nothing is made twice, and the original goes when that is asked for.
    let again = env.run(["--json", "repair", "snapshots", "--forget"]).expect(5).summary();
    assert_eq!(again["snapshots"][0]["outcome"], "already_repaired");
    assert_eq!(again["snapshots"][0]["snapshot_id"], *new);
    let listed: Vec<_> = env.snapshots(&[]).into_iter().map(|snapshot| snapshot["id"].clone()).collect();
    assert_eq!(listed, [Value::from(new)]);
    env.run(["repair"]).expect(6);
    env.run(["check"]).ok();
    env.run(["repair", "snapshots"]).ok();
    // What is shorter than its source is read again.
    env.backup(&[]);
    env.run(["restore", "latest", "--target", "new"]).ok();
    assert_eq!(fs::read(find(&env.path("new"), "noise").expect("restored")).expect("reads"), whole.as_bytes());
}

#[test]
fn what_check_advises_for_a_snapshot_without_a_root_works() {
    let env = ready();
    env.file("src/only/deep/file", "deep");
    env.backup(&[]);
    env.run(["forget", "latest~1"]).ok();
    let id = env.snapshots(&[]).remove(0)["short_id"].as_str().expect("an id").to_owned();
    lose_trees(&env);
    let summary = env.run(["--json", "check"]).expect(6).summary();
    assert_eq!(summary["damaged_snapshots"][0]["root_lost"], true);
    let commands: Vec<String> = serde_json::from_value(summary["commands"].clone()).expect("a list of texts");
    let expected = ["repair packs", "backup PATH...    (of what still exists)", "recover", &format!("forget {id}")];
    assert_eq!(commands, expected.map(|command| format!("caddis {command}")));
    env.run(["check"]).expect(6).complains("its root directory is lost").has(&format!("  caddis forget {id}\n"));
    for command in commands.iter().filter(|command| !command.contains("PATH")) {
        env.shell(&command.replace("caddis", "$CADDIS"));
    }
    assert!(env.snapshots(&[]).iter().all(|snapshot| snapshot["short_id"] != *id));
    env.run(["check"]).ok();
}

/// Whether `left` is `whole` with pieces taken out.
fn is_subsequence_of_pieces(left: &[u8], whole: &[u8]) -> bool {
    let mut at = 0;
    let mut rest = left;
    while !rest.is_empty() {
        // Pieces are chunks, and those are longer than this.
        let head = &rest[..rest.len().min(64)];
        let Some(found) = whole[at..].windows(head.len()).position(|window| window == head) else { return false };
        let from = at + found;
        let same = rest.iter().zip(&whole[from..]).take_while(|(a, b)| a == b).count();
        at = from + same;
        rest = &rest[same..];
    }
    true
}

#[test]
fn repair_of_snapshots_needs_a_whole_index_and_packs() {
    let env = ready();
    for index in env.objects("index") {
        fs::remove_file(index).expect("ours");
    }
    env.run(["repair", "snapshots"]).expect(1).complains("caddis repair index");
    env.run(["repair", "index"]).expect(5);
    fs::rename(env.path("repo/packs"), env.path("away")).expect("ours");
    fs::create_dir(env.path("repo/packs")).expect("new");
    env.run(["repair", "snapshots", "--forget"]).expect(1).complains("Is everything mounted");
    assert_eq!(env.snapshots(&[]).len(), 1);
}

#[test]
fn directories_of_a_lost_snapshot_are_recovered() {
    let env = ready();
    env.run(["recover"]).ok().has("nothing to recover");
    let before: BTreeSet<_> = env.objects("snapshots").into_iter().collect();
    env.file("src/only-here/late", "late");
    env.backup(&[]);
    env.file("src/only-here/late", "later");
    for snapshot in env.objects("snapshots").into_iter().filter(|path| !before.contains(path)) {
        let name = snapshot.file_name().expect("named").to_owned();
        fs::remove_file(snapshot).expect("ours");
        fs::remove_file(env.path("repo/replica/snapshots").join(name)).expect("ours");
    }
    let lost = env.run(["--accept-rollback", "check"]).expect(6);
    lost.has("caddis repair index").has("caddis recover");
    env.run(["repair", "index"]).expect(6);
    let summary = env.run(["--json", "recover", "--dry-run"]).ok().summary();
    assert_eq!(summary["found"].as_array().map(Vec::len), Some(1), "{summary}");
    assert_eq!(env.snapshots(&[]).len(), 1);
    let summary = env.run(["--json", "recover"]).ok().summary();
    let id = summary["snapshot_id"].as_str().expect("an id");
    let found = env.snapshots(&["latest"]).remove(0);
    assert_eq!((&found["id"], &found["tags"]), (&Value::from(id), &serde_json::json!(["recovered"])));
    env.run(["restore", "latest", "--target", "out"]).ok();
    assert_eq!(fs::read(find(&env.path("out"), "late").expect("restored")).expect("reads"), b"late");
    env.run(["recover"]).ok().has("nothing to recover");
}
