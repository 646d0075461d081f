//! One repository over a folder, S3 and Azure: servers die in the middle, locations are emptied, and nothing is lost.
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::life::Client;
use crate::proxy::{Action, Proxy};
use crate::servers::{Server, Service};
use crate::testenv::Run;

/// Reaches S3 and Azure through proxies that can cut them off.
struct Mixed {
    client: Client,
    s3: Cut,
    azure: Cut,
    places: [String; 3],
}

/// A proxy and when it cuts the server off.
struct Cut {
    proxy: Proxy,
    is_dead: Arc<AtomicBool>,
    /// Requests until it does.
    left: Arc<AtomicU64>,
}

impl Cut {
    fn new(port: u16) -> Cut {
        let (is_dead, left) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(u64::MAX)));
        let (dead, fuse) = (is_dead.clone(), left.clone());
        let proxy = Proxy::start(port, move |_| {
            if fuse.fetch_sub(1, Ordering::Relaxed) == 0 {
                dead.store(true, Ordering::Relaxed);
            }
            if dead.load(Ordering::Relaxed) { Action::ResetBefore } else { Action::Forward }
        });
        Cut { proxy, is_dead, left }
    }

    fn die_after(&self, requests: u64) {
        self.left.store(requests, Ordering::Relaxed);
    }

    fn die(&self) {
        self.is_dead.store(true, Ordering::Relaxed);
    }

    fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::Relaxed)
    }

    fn revive(&self) {
        self.left.store(u64::MAX, Ordering::Relaxed);
        self.is_dead.store(false, Ordering::Relaxed);
    }
}

impl Mixed {
    fn new() -> Mixed {
        static NUMBER: Mutex<u32> = Mutex::new(0);
        let number = {
            let mut number = NUMBER.lock().expect("no panics");
            *number += 1;
            *number
        };
        let s3 = Cut::new(Server::shared(Service::S3).port);
        let azure = Cut::new(Server::shared(Service::Azure).port);
        let client = Client::new(Service::S3, s3.proxy.port);
        let places = [
            client.env.text("repo-folder"),
            format!("s3:http://127.0.0.1:{}/test/spread-{number}", s3.proxy.port),
            format!("azblob://test/spread-{number}"),
        ];
        let mixed = Mixed { client, s3, azure, places };
        let mut args = vec!["init", "--kdf-log-n", "4", "--pack-size", "256KiB", "--parity", "4+2"];
        mixed.places.iter().for_each(|place| args.extend(["--location", place]));
        mixed.run(0, &args).ok().has("any 1 of 3 locations");
        mixed
    }

    /// With the repository named by one of its locations, or by none.
    fn run(&self, location: usize, args: &[&str]) -> Run {
        let mut command = self.client.env.command(args);
        if !args.contains(&"init") {
            command.env("CADDIS_REPOSITORY", &self.places[location - 1]);
        } else {
            command.env_remove("CADDIS_REPOSITORY").env_remove("CADDIS_REPO");
        }
        let azure = crate::servers::AZURE_KEY;
        command.env("AWS_ACCESS_KEY_ID", "testkey").env("AWS_SECRET_ACCESS_KEY", "testsecret");
        command.env("AZURE_STORAGE_ACCOUNT", "devstoreaccount1").env("AZURE_STORAGE_KEY", azure);
        let endpoint = format!("azblob.endpoint=http://127.0.0.1:{}/devstoreaccount1", self.azure.proxy.port);
        command.args(["-o", &endpoint, "-o", "retries=1"]);
        let output = command.output().expect("the program is built");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let run = Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!format!("{run:?}").contains(azure) && !format!("{run:?}").contains("testsecret"), "{run:?}");
        run
    }

    fn back_up(&self, turn: u32) -> Run {
        self.client.write_source(turn);
        // Nine stripes: which location gets their parity follows from their random ids, and none must get nothing but that.
        let mut noise = vec![0; 9_000_000];
        blake3::Hasher::new().update(&turn.to_le_bytes()).finalize_xof().fill(&mut noise);
        std::fs::write(self.client.env.path("src/noise"), noise).expect("written");
        self.run(1, &["backup", "src"])
    }

    /// Restores the newest snapshot without what is kept in the cache.
    fn assert_restores(&self, location: usize, target: &str) -> Run {
        let run = self.run(location, &["--no-cache", "restore", "latest:/src", "--target", target]).ok();
        self.client.assert_is_source(target);
        run
    }
}

#[test]
fn any_of_three_different_locations_may_be_lost() {
    let mixed = Mixed::new();
    mixed.back_up(0).ok();
    mixed.back_up(1).ok();
    mixed.run(2, &["check", "--read-data"]).ok().has("no errors were found");
    mixed.run(3, &["repo", "info"]).ok().has("Survives the loss of any 1 of 3 locations.");
    let info = mixed.run(3, &["--json", "location", "list"]).ok().json();
    let packs: Vec<u64> = info.as_array().expect("a list").iter().filter_map(|place| place["packs"].as_u64()).collect();
    assert!(packs.len() == 3 && packs.iter().all(|count| *count > 1), "{info}");

    // The folder is the primary: without it everything reads, and another one takes over.
    std::fs::remove_dir_all(&mixed.places[0]).expect("removed");
    mixed.assert_restores(2, "without-folder").complains("location 1");
    mixed.run(2, &["backup", "src"]).expect(1).complains("caddis location promote");
    mixed.run(3, &["location", "promote", "3"]).expect(3).has("primary");
    mixed.run(2, &["location", "replace", "1"]).ok().has("rebuilt from parity");
    mixed.run(1, &["check", "--read-data"]).ok().has("no errors were found");
    mixed.run(1, &["repo", "info"]).ok().has("Survives the loss of any 1 of 3 locations.");

    // Cut off altogether, one after the other.
    mixed.s3.die();
    mixed.assert_restores(1, "without-s3");
    mixed.s3.revive();
    mixed.azure.die();
    mixed.assert_restores(1, "without-azure");
    mixed.azure.revive();

    // Elsewhere from now on.
    let moved = format!("{}-moved", mixed.places[1]);
    mixed.run(1, &["location", "replace", "2", &moved]).ok().has("copied to other locations");
    mixed.run(1, &["check", "--read-data"]).ok().has("no errors were found");
}

#[test]
fn servers_die_in_the_middle_of_a_backup_and_of_a_restore() {
    let mixed = Mixed::new();
    mixed.back_up(0).ok();
    mixed.s3.die_after(6);
    let run = mixed.back_up(1).expect(3);
    assert!(mixed.s3.is_dead());
    run.complains("location 2").complains("repair locations");
    mixed.assert_restores(1, "with-s3-dead");
    mixed.run(1, &["check"]).expect(3).complains("cannot be reached");
    mixed.s3.revive();
    mixed.run(1, &["repair"]).expect(5);
    mixed.run(1, &["check", "--read-data"]).ok().has("no errors were found");
    mixed.run(1, &["repo", "info"]).ok().has("Survives the loss of any 1 of 3 locations.");

    // It is looked at once when the repository is opened.
    mixed.azure.die_after(2);
    mixed.assert_restores(1, "azure-dies");
    assert!(mixed.azure.is_dead());
    // Prune works, and what it could not remove goes next time.
    mixed.run(1, &["forget", "--keep-last", "1", "--prune", "--max-unused", "0"]).expect(3);
    mixed.azure.revive();
    mixed.run(1, &["repair"]).expect(5);
    mixed.back_up(2).ok();
    mixed.run(1, &["prune", "--max-unused", "0"]).ok();
    mixed.run(1, &["check", "--read-data"]).ok().has("no errors were found");
    mixed.assert_restores(3, "at-last");
}
