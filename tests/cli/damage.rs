//! Damage: what check, repair, scrub and restore say and do about it.
use std::fs;

use crate::testenv::{TestEnv, find};

/// A repository with parity 4+2 and content that is stored in several packs.
fn ready() -> TestEnv {
    let env = TestEnv::new();
    let mut state = 1u64;
    let noise: String = (0..1_000_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'!' + (state >> 33) as u8 % 90)
        })
        .collect();
    env.file("src/noise", &noise);
    env.init(&["--parity", "4+2"]);
    env.backup(&[]);
    env
}

#[test]
fn a_healthy_repository_is_0_everywhere() {
    let env = ready();
    env.run(["check"]).ok().has("no errors were found");
    let summary = env.run(["--json", "check", "--read-data"]).ok().summary();
    assert_eq!(summary["num_errors"], 0);
    assert_eq!(summary["packs_read"], summary["packs"]);
    env.run(["repair"]).ok().has("nothing to repair");
    env.run(["scrub"]).ok().has("no errors were found");
}

#[test]
fn subsets_read_a_part() {
    let env = ready();
    let read = |subset: &str| {
        env.run(["--json", "check", "--read-data-subset", subset]).ok().summary()["packs_read"]
            .as_u64()
            .expect("a number")
    };
    let all = env.run(["--json", "check", "--read-data"]).ok().summary()["packs_read"].as_u64().expect("a number");
    assert_eq!((1..=3).map(|n| read(&format!("{n}/3"))).sum::<u64>(), all);
    assert_eq!(read("100%"), all);
    assert!(read("1KiB") < all);
    assert_eq!(env.run(["--json", "check"]).ok().summary()["packs_read"], 0);
    env.run(["check", "--read-data", "--read-data-subset", "1/2"]).expect(2);
}

#[test]
fn a_missing_pack_is_found_and_repaired() {
    let env = ready();
    let pack = env.objects("packs").remove(0);
    let bytes = fs::read(&pack).expect("an object");
    fs::remove_file(&pack).expect("ours");
    env.run(["check"]).expect(6).complains("caddis: ").has("caddis repair");
    env.run(["repair", "--dry-run"]).expect(6).has("dry run");
    assert!(!pack.exists());
    env.run(["repair", "index", "replicas"]).ok();
    assert!(!pack.exists());
    let summary = env.run(["--json", "repair", "packs"]).expect(5).summary();
    assert_eq!(summary["packs_rebuilt"].as_array().map(Vec::len), Some(1));
    assert_eq!(fs::read(&pack).expect("rebuilt"), bytes);
    env.run(["check", "--read-data"]).ok();
    env.run(["repair"]).ok();
}

#[test]
fn bit_rot_is_found_by_reading() {
    let env = ready();
    let pack = env.objects("packs").remove(1);
    let bytes = fs::read(&pack).expect("an object");
    env.damage(&pack);
    env.run(["check"]).ok();
    env.run(["check", "--read-data"]).expect(6);
    env.run(["repair"]).expect(5).has("everything was repaired");
    assert_eq!(fs::read(&pack).expect("rebuilt"), bytes);
}

#[test]
fn a_check_that_reads_nothing_does_not_forget_what_an_earlier_one_found_by_reading() {
    let env = ready();
    let packs = env.objects("packs");
    env.damage(&packs[1]);
    env.run(["check", "--read-data"]).expect(6);
    let again = env.run(["check"]).expect(6);
    again.has("read 1 pack").has("because an earlier check").has("caddis repair packs");
    let name = packs[1].file_name().expect("named").to_string_lossy();
    assert_eq!(env.run(["--json", "check"]).expect(6).summary()["packs_suspected"], 1, "{name}");
    // No time to look again: it is not forgotten.
    env.run(["check", "--max-duration", "0s"])
        .expect(6)
        .complains("for the time was up: 1 pack")
        .has("caddis repair packs");
    env.run(["check", "--read-data-subset", "1KiB"]).expect(6);
    // Another machine, or one without a memory, knows nothing.
    env.run(["check", "--no-cache"]).ok();
    env.run(["repair", "packs"]).expect(5);
    env.run(["check"]).ok().has("no errors were found").has("read 1 pack");
    let summary = env.run(["--json", "check"]).ok().summary();
    assert_eq!((&summary["packs_read"], &summary["packs_suspected"]), (&0.into(), &0.into()), "it read well");
}

#[test]
fn scrub_names_each_lost_pack_once() {
    let env = ready();
    for pack in env.objects("packs") {
        env.damage(&pack);
    }
    let output = env.command(["scrub"]).output().expect("runs");
    let (errors, lost) = (String::from_utf8_lossy(&output.stderr), env.run(["--json", "scrub"]).expect(6).summary());
    let lost = lost["lost"].as_array().expect("a list").len();
    assert!(lost > 2, "{errors}");
    assert_eq!(errors.matches("packs/").count(), lost, "{errors}");
}

#[test]
fn scrub_needs_no_password() {
    let env = ready();
    let pack = env.objects("packs").remove(0);
    let bytes = fs::read(&pack).expect("an object");
    env.damage(&pack);
    let scrub = |args: &[&str]| {
        let mut command = env.command(args);
        command.env_remove("CADDIS_PASSWORD").env_remove("CADDIS_REPOSITORY");
        command.output().expect("runs").status.code()
    };
    assert_eq!(scrub(&["scrub", "repo"]), Some(6));
    assert_ne!(fs::read(&pack).expect("still there"), bytes);
    assert_eq!(scrub(&["scrub", "-r", "repo", "--repair"]), Some(5));
    assert_eq!(fs::read(&pack).expect("rebuilt"), bytes);
    assert_eq!(scrub(&["scrub", "repo"]), Some(0));
    assert_eq!(scrub(&["scrub", "repo", "-r", "repo"]), Some(2));
    assert_eq!(scrub(&["scrub"]), Some(2));
    assert_eq!(scrub(&["scrub", "nowhere"]), Some(10));
    let summary = env.run(["--json", "scrub"]).ok().summary();
    assert!(summary["packs"].as_u64() > Some(0), "{summary}");
}

#[test]
fn restore_heals_on_the_way() {
    let env = ready();
    let expected = fs::read(env.path("src/noise")).expect("exists");
    // Every pack of data is damaged once; each time the rest brings it back.
    let mut healed = 0;
    for pack in env.objects("packs") {
        let bytes = fs::read(&pack).expect("an object");
        fs::remove_file(&pack).expect("ours");
        let target = format!("out-{}", pack.file_name().expect("named").to_string_lossy());
        let run = env.run(["restore", "latest", "-t", &target]).ok();
        assert_eq!(fs::read(find(&env.path(&target), "noise").expect("restored")).expect("readable"), expected);
        assert!(!pack.exists(), "only --heal writes");
        if run.stdout.contains("rebuilt from parity") {
            healed += 1;
            fs::remove_dir_all(env.path(&target)).expect("ours");
            env.run(["restore", "latest", "-t", &target, "--report-healed"]).expect(5);
            fs::remove_dir_all(env.path(&target)).expect("ours");
            env.run(["restore", "latest", "-t", &target, "--heal"]).ok().has("written back");
            assert_eq!(fs::read(&pack).expect("healed"), bytes);
        } else {
            fs::write(&pack, bytes).expect("ours");
        }
    }
    assert!(healed > 0);
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn what_is_lost_is_named_and_never_restored_as_something_else() {
    let env = ready();
    for pack in env.objects("packs") {
        let bytes = fs::read(&pack).expect("an object");
        // Data packs and parity alike, but not trees: those are needed to name anything.
        if bytes.len() == 256 << 10 {
            fs::remove_file(&pack).expect("ours");
        }
    }
    let run = env.run(["check"]).expect(6);
    assert!(!run.stderr.is_empty(), "{run:?}");
    let run = env.run(["restore", "latest", "-t", "out"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let restored = find(&env.path("out"), "noise").map(|path| fs::read(path).expect("readable"));
    assert!(restored.is_none_or(|bytes| bytes == fs::read(env.path("src/noise")).expect("exists")), "wrong bytes");
    env.run(["repair"]).expect(6);
}

#[test]
fn what_no_repair_brings_back_is_said_plainly() {
    for lost in [&["keys", "replica/keys"][..], &["config", "replica/config"], &["keys", "config", "replica"]] {
        let env = ready();
        for folder in lost.iter().flat_map(|family| env.objects(family)) {
            fs::remove_file(folder).expect("ours");
        }
        for command in ["snapshots", "repair"] {
            let run = env.run([command]).expect(6).complains("No repair brings it back").complains("`keys`");
            assert!(!run.stderr.contains("caddis check"), "{run:?}");
        }
    }
}

#[test]
fn a_lost_config_is_brought_back_from_its_replica() {
    let env = ready();
    let config = env.objects("config").remove(0);
    let bytes = fs::read(&config).expect("an object");
    fs::remove_file(&config).expect("ours");
    env.run(["repair", "replicas"]).expect(5);
    assert_eq!(fs::read(&config).expect("back"), bytes);
    env.run(["check"]).ok();
}

#[test]
fn an_index_that_was_lost_is_built_from_the_packs() {
    let env = ready();
    for index in env.objects("index") {
        fs::remove_file(index).expect("ours");
    }
    fs::remove_dir_all(env.path("cache")).ok();
    env.run(["check"]).expect(6);
    env.run(["repair", "index"]).expect(5);
    env.run(["restore", "latest", "-t", "out"]).ok();
    assert_eq!(
        fs::read(find(&env.path("out"), "noise").expect("restored")).expect("readable"),
        fs::read(env.path("src/noise")).expect("exists")
    );
}
