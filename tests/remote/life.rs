//! The program on real servers, from `init` to the last check.
use std::fs;
use std::process::Command;

use caddis::backend::{Backend, Family, RemoteBackend, RemotePlace};

use crate::proxy::{Action, Proxy};
use crate::servers::{Server, Service};
use crate::testenv::{Run, TestEnv};

/// The program with a place of its own on a server.
pub struct Client {
    pub env: TestEnv,
    pub place: RemotePlace,
}

impl Client {
    /// Reaches the server through `port`.
    pub fn new(service: Service, port: u16) -> Client {
        Client::at(Server::shared(service).place(port))
    }

    /// With a place that nobody else uses.
    pub fn at(place: RemotePlace) -> Client {
        Client { env: TestEnv::new(), place }
    }

    /// All settings but the service come from the environment.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.env.command(args);
        command.env("CADDIS_REPOSITORY", format!("opendal:{}", self.place.service));
        for (name, value) in &self.place.settings {
            command.env(format!("CADDIS_REPO_OPT_{}", name.to_uppercase()), value);
        }
        command
    }

    /// Runs the program to its end; no secret is in what it prints.
    pub fn run(&self, args: &[&str]) -> Run {
        let output = self.command(args).output().expect("the program is built");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let run = Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        for secret in self
            .place
            .settings
            .iter()
            .filter(|(name, _)| matches!(name.as_str(), "account_key" | "secret_access_key" | "password"))
        {
            assert!(!run.stdout.contains(secret.1) && !run.stderr.contains(secret.1), "{run:?}");
        }
        run
    }

    pub fn init(&self) {
        self.run(&["init", "--kdf-log-n", "4", "--pack-size", "256KiB", "--parity", "4+2"]).ok();
    }

    /// With a single writer, where the service takes no more.
    pub fn init_for(&self, service: Service) {
        match service {
            Service::WebDav => drop(
                self.run(&["init", "--single-writer", "--kdf-log-n", "4", "--pack-size", "256KiB", "--parity", "4+2"])
                    .ok(),
            ),
            _ => self.init(),
        }
    }

    /// Some files, text and noise; `turn` changes a few.
    pub fn write_source(&self, turn: u32) {
        for n in 0..40u32 {
            let seed = if n % 7 == 0 { turn } else { 0 };
            let mut reader = blake3::Hasher::new().update(&[n as u8, seed as u8]).finalize_xof();
            let mut bytes = vec![0; 20_000 + 1_000 * n as usize];
            reader.fill(&mut bytes);
            let text: String = bytes.iter().map(|byte| char::from(b'a' + byte % 26)).collect();
            self.env.file(&format!("src/d{}/f{n}", n % 4), &text);
        }
    }

    /// A restore of the newest snapshot is what the source is now.
    pub fn assert_restores(&self, target: &str) {
        self.run(&["restore", "latest:/src", "--target", target]).ok();
        self.assert_is_source(target);
    }

    pub fn assert_is_source(&self, target: &str) {
        for n in 0..40 {
            let file = format!("d{}/f{n}", n % 4);
            let read = |root: &str| fs::read(self.env.path(root).join(&file));
            let (source, restored) = (read("src").expect("exists"), read(target).expect("restored"));
            assert!(source == restored, "{file}");
        }
    }
}

fn lives(service: Service, port: u16) {
    let client = Client::new(service, port);
    client.run(&["snapshots"]).expect(10);
    client.init_for(service);
    client.run(&["init", "--kdf-log-n", "4"]).expect(1).complains("already");
    for turn in 0..4 {
        client.write_source(turn);
        client.run(&["backup", "src"]).ok();
    }
    client.assert_restores("first");
    client.run(&["check", "--read-data"]).ok().has("no errors were found");
    client.run(&["forget", "--keep-last", "1", "--prune", "--max-unused", "0"]).ok();
    client.run(&["prune"]).ok();
    client.assert_restores("second");
    client.run(&["check", "--read-data"]).ok().has("no errors were found");
    let stats = client.run(&["snapshots"]).ok();
    stats.has("1 snapshot");
}

#[test]
fn a_repository_lives_on_s3() {
    lives(Service::S3, Server::shared(Service::S3).port);
}

#[test]
fn a_repository_lives_on_azure() {
    lives(Service::Azure, Server::shared(Service::Azure).port);
}

#[test]
fn a_repository_lives_on_google_cloud() {
    let proxy = Proxy::start(Server::shared(Service::Gcs).port, |_| Action::Forward);
    proxy.honour_preconditions();
    lives(Service::Gcs, proxy.port);
}

#[test]
fn a_repository_lives_on_sftp() {
    lives(Service::Sftp, Server::shared(Service::Sftp).port);
}

#[test]
fn a_repository_lives_on_webdav_with_a_single_writer() {
    lives(Service::WebDav, Server::shared(Service::WebDav).port);
}

#[test]
fn commands_that_write_say_that_there_is_one_writer() {
    let client = Client::new(Service::WebDav, Server::shared(Service::WebDav).port);
    client.run(&["init", "--kdf-log-n", "4"]).expect(1).complains("init --single-writer");
    client.run(&["snapshots"]).expect(10);
    client.init_for(Service::WebDav);
    client.write_source(0);
    let told = "only one machine at a time may write";
    client.run(&["backup", "src"]).ok().complains(told);
    client.run(&["forget", "--keep-last", "1"]).ok().complains(told);
    let quiet = client.run(&["snapshots"]).ok();
    assert!(!quiet.stderr.contains(told), "{quiet:?}");
}

#[test]
fn a_place_that_overwrites_what_exists_gets_no_repository() {
    // fake-gcs-server ignores the precondition.
    let client = Client::new(Service::Gcs, Server::shared(Service::Gcs).port);
    client.run(&["init", "--kdf-log-n", "4"]).expect(1).complains("could destroy each other");
    client.run(&["snapshots"]).expect(10);
    client.run(&["init", "--kdf-log-n", "4", "--single-writer", "--parity", "4+2", "--pack-size", "256KiB"]).ok();
    client.write_source(0);
    client.run(&["backup", "src"]).ok().complains("only one machine at a time may write");
    client.assert_restores("out");
    client.run(&["forget", "--keep-last", "1", "--prune", "--max-unused", "0"]).ok();
    client.run(&["check", "--read-data"]).ok().has("no errors were found");
}

#[test]
fn a_check_looks_at_storage_and_not_at_what_is_kept_of_it() {
    let client = Client::new(Service::S3, Server::shared(Service::S3).port);
    client.run(&["init", "--kdf-log-n", "4", "--pack-size", "256KiB", "--parity", "off"]).ok();
    client.write_source(0);
    client.run(&["backup", "src"]).ok();
    client.run(&["ls", "latest", "-v"]).ok().has("f39").has("storage: ");
    let usage = client.run(&["--json", "backup", "src"]).ok().summary()["storage"].clone();
    assert!(usage["requests"].as_u64() > Some(5) && usage["bytes_sent"].as_u64() > Some(100), "{usage}");
    let requests = |args: &[&str]| client.run(args).ok().summary()["storage"]["requests"].as_u64().expect("counted");
    assert!(requests(&["--json", "check", "--with-cache"]) < requests(&["--json", "check"]));
    let store = RemoteBackend::open(client.place.clone()).expect("good settings");
    let packs = store.list(Family::Packs).expect("a list");
    packs.iter().for_each(|pack| store.delete(&pack.name).expect("deleted"));
    client.run(&["ls", "latest"]).ok().has("f39");
    client.run(&["check"]).expect(6).has("lost in snapshot");
    client.run(&["--no-cache", "ls", "latest"]).expect(6);
}
