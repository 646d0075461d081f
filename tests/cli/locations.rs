//! Repositories in several folders.
use std::fs;
use std::path::PathBuf;

use crate::testenv::TestEnv;

/// Three locations, two backups; commands name the repository by the first.
fn ready() -> TestEnv {
    let env = TestEnv::new();
    // Enough that does not compress for stripes to be full, so that each location has packs.
    for n in 0..30u8 {
        let mut bytes = vec![0; 80_000];
        blake3::Hasher::new().update(&[n]).finalize_xof().fill(&mut bytes);
        fs::write(env.path(&format!("src/f{n}")), bytes).expect("writes");
    }
    let places = ["repo", "second", "third"].map(|name| env.text(name));
    let mut args = vec!["init", "--kdf-log-n", "4", "--pack-size", "256KiB", "--parity", "4+2"];
    places.iter().for_each(|place| args.extend(["--location", place]));
    env.shell(&format!("unset CADDIS_REPOSITORY CADDIS_REPO; $CADDIS {}", args.join(" ")))
        .ok()
        .has("any 1 of 3 locations");
    env.backup(&[]);
    env
}

fn packs(env: &TestEnv, place: &str) -> Vec<PathBuf> {
    let folders = fs::read_dir(env.path(place).join("packs")).expect("a folder").flatten();
    let files = folders.flat_map(|folder| fs::read_dir(folder.path()).expect("a folder").flatten());
    files.map(|file| file.path()).collect()
}

#[test]
fn locations_are_named_by_init_and_by_nothing_else() {
    let env = TestEnv::new();
    let (a, b) = (env.text("a"), env.text("b"));
    let init = |more: &[&str]| {
        let mut args = vec!["init", "--kdf-log-n", "4"];
        args.extend(more);
        env.run(args)
    };
    init(&["--repo", &a, "--location", &a, "--location", &b]).expect(2).complains("not with both");
    init(&["--location", &a]).expect(2).complains("two and more");
    init(&["--location", &a, "--location", &b, "--parity", "4+2"]).expect(1).complains("use --parity 1+1");
    std::os::unix::fs::symlink(&a, env.path("link")).expect("linked");
    init(&["--location", &a, "--location", &env.text("link"), "--parity", "1+1"]).expect(1).complains("the same place");
    env.file("a/config/1", "x");
    init(&["--location", &b, "--location", &a, "--parity", "1+1"]).expect(1);
    let plain = TestEnv::ready();
    plain.run(["location", "list"]).expect(2).complains("in one place");
    plain.run(["--at", "2=/srv", "snapshots"]).expect(2).complains("There is no location 2");
    plain.run(["repo", "info"]).ok().has("with it everything is lost");
}

#[test]
fn each_location_can_be_verified_without_a_password_by_itself_and_all_together() {
    let env = ready();
    let all = ["repo", "second", "third"];
    for place in all {
        env.run(["scrub", place]).ok().has("in other locations").has("no errors were found");
    }
    env.run(["scrub", "repo", "second", "third"]).ok().has("no errors were found").has_not("in other locations");
    let pack = packs(&env, "second").pop().expect("a pack");
    let mut bytes = fs::read(&pack).expect("reads");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&pack, bytes).expect("writes");
    env.run(["scrub", "second"]).expect(6).complains("from the other locations");
    env.run(["scrub", "--repair", "repo", "second", "third"]).expect(5);
    env.run(["scrub", "second"]).ok();
    env.run(["check", "--read-data"]).ok();
}

#[test]
fn a_location_that_moved_is_found_where_the_user_says() {
    let env = ready();
    fs::rename(env.path("second"), env.path("elsewhere")).expect("renamed");
    env.run(["backup", "src"]).expect(3).complains("location 2").complains("repair locations");
    let at = format!("2={}", env.text("elsewhere"));
    env.run(["--at", &at, "repair"]).expect(5).has("to locations that had missed them");
    env.run(["--at", &at, "check", "--read-data"]).ok();
    let run = env.run(["--at", &at, "--json", "repo", "info"]).ok().json();
    assert_eq!(run["locations"][1]["away"], serde_json::Value::Null, "{run}");
    assert!(run["locations"].as_array().is_some_and(|all| all.len() == 3), "{run}");
    env.run(["location", "list"]).ok().has("away").has("primary");
}

#[test]
fn a_location_that_is_away_is_told_once() {
    let env = ready();
    let told = |run: &crate::testenv::Run| run.stderr.matches("there is no repository here").count();
    fs::rename(env.path("repo"), env.path("away")).expect("moved");
    let second = env.text("second");
    let run = env.run(["--repo", &second, "snapshots"]).ok();
    assert_eq!(told(&run), 1, "{run:?}");
    let run = env.run(["--repo", &second, "backup", "src"]).expect(1);
    assert_eq!(told(&run), 1, "{run:?}");
    run.complains("nothing can be written").complains("caddis location promote");
    let run = env.run(["--repo", &second, "location", "promote", "2"]).expect(3);
    assert_eq!(told(&run), 1, "{run:?}");
    run.complains("does not know of the change yet");
    fs::rename(env.path("away"), env.path("repo")).expect("moved");
    env.run(["repair"]).expect(5);
    fs::rename(env.path("third"), env.path("away")).expect("moved");
    env.file("src/more", "more");
    let run = env.run(["backup", "src"]).expect(3);
    assert_eq!(told(&run), 1, "{run:?}");
    // It is away, which is why it is replaced.
    let run = env.run(["location", "replace", "3"]).ok();
    assert_eq!(told(&run), 0, "{run:?}");
}

#[test]
fn a_location_is_replaced_by_what_is_left_elsewhere() {
    let env = ready();
    fs::remove_dir_all(env.path("third")).expect("removed");
    env.run(["restore", "latest", "--target", "back"]).ok();
    let report = env.run(["--json", "location", "replace", "3"]).ok().summary();
    assert!(report["packs_rebuilt"].as_u64() > Some(0), "{report}");
    env.run(["check", "--read-data"]).ok();
    env.run(["location", "remove", "2"]).expect(1).complains("--parity");
    env.run(["location", "remove", "1"]).expect(1).complains("promote");
    env.run(["location", "replace", "9"]).expect(2).complains("no location 9");
    let fourth = format!("{},priority=2,capacity=1GiB", env.text("fourth"));
    env.run(["location", "add", "--rebalance", &fourth]).ok().has("Capacity").has("copied to other locations");
    env.run(["location", "remove", "2"]).ok();
    assert_eq!(packs(&env, "second"), Vec::<PathBuf>::new());
    env.run(["check", "--read-data"]).ok();
    env.run(["repo", "info"]).ok().has("Survives the loss of any 1 of 3 locations.");
}

#[test]
fn repairs_of_snapshots_tell_of_a_location_that_missed_them() {
    let env = ready();
    fs::rename(env.path("third"), env.path("away")).expect("moved");
    for command in [&["repair", "snapshots"][..], &["recover"]] {
        env.run(command).expect(3).complains("location 3").complains("brings it in order when it is back");
    }
    fs::rename(env.path("away"), env.path("third")).expect("moved");
    env.run(["repair", "snapshots"]).ok();
    env.run(["recover"]).ok();
}

#[test]
fn a_location_that_will_not_be_back_is_taken_out() {
    let env = ready();
    env.run(["location", "add", &env.text("fourth")]).ok();
    fs::remove_dir_all(env.path("third")).expect("removed");
    env.run(["location", "remove", "3"]).expect(1).complains("--is-gone");
    let report = env.run(["--json", "location", "remove", "3", "--is-gone"]).ok().summary();
    assert!(report["packs_rebuilt"].as_u64() > Some(0) && report["packs_lost"] == 0, "{report}");
    env.run(["check", "--read-data"]).ok();
    env.run(["repo", "info"]).ok().has("3 locations");
}

#[test]
fn one_of_two_takes_the_place_of_a_primary_that_is_gone() {
    let env = TestEnv::ready();
    let (first, second) = (env.text("first"), env.text("second"));
    let init = ["init", "--kdf-log-n", "4", "--pack-size", "256KiB", "--parity", "1+1"];
    let places = ["--location", &first, "--location", &second];
    let run = |args: &[&str]| {
        let mut command = env.command(args);
        command.env_remove("CADDIS_REPOSITORY");
        command.output().expect("runs")
    };
    let code = |args: &[&str]| run(args).status.code();
    assert_eq!(code(&[&init[..], &places[..]].concat()), Some(0));
    assert_eq!(code(&["-r", &first, "backup", "src"]), Some(0));
    fs::remove_dir_all(&first).expect("removed");
    let refused = run(&["-r", &second, "location", "promote", "2"]);
    assert!(refused.status.code() == Some(1), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--primary-is-gone"), "{refused:?}");
    // The one that is away is told.
    assert_eq!(code(&["-r", &second, "location", "promote", "2", "--primary-is-gone"]), Some(3));
    assert_eq!(code(&["-r", &second, "location", "replace", "1"]), Some(0));
    assert_eq!(code(&["-r", &second, "backup", "src"]), Some(0));
    assert_eq!(code(&["-r", &second, "check", "--read-data"]), Some(0));
}
