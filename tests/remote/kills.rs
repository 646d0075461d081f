//! The program is killed at random moments while it writes to real servers, and a server while the program writes to it: nothing is lost.
//!
//! Three kills for each server by default. More: `CADDIS_TEST_SERVER_KILLS=50 CADDIS_TEST_SEED=7 cargo test --test remote kills -- --nocapture`.
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::life::Client;
use crate::proxy::{Action, Proxy};
use crate::servers::{Server, Service};

/// A generator of numbers, good enough for choosing moments.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

fn start(client: &Client, args: &[&str]) -> Child {
    client.command(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program is built")
}

/// Kills of backups, and of a prune among them, each at a moment within the time that one takes.
fn survives(service: Service, port: u16) {
    let (rounds, seed) = (number("CADDIS_TEST_SERVER_KILLS", 3), number("CADDIS_TEST_SEED", 1));
    let mut numbers = Numbers(seed);
    let client = Client::new(service, port);
    client.init_for(service);
    client.write_source(0);
    let begun = Instant::now();
    client.run(&["backup", "src"]).ok();
    let mut longest = begun.elapsed();
    let mut killed = 0;
    for round in 1..=rounds {
        client.write_source(round as u32);
        let args: &[&str] = match round % 3 {
            2 => &["forget", "--keep-last", "1", "--prune", "--max-unused", "0"],
            _ => &["backup", "src"],
        };
        let mut child = start(&client, args);
        sleep(longest.mul_f64(numbers.below(1_000) as f64 / 1_000.0));
        // Fails if it has ended.
        drop(child.kill());
        killed += u64::from(child.wait().expect("it ended").code().is_none());
        let check = client.run(&["check"]);
        if check.code == Some(6) {
            // It was killed between its decision and the second copy of it.
            check.has("without loss of data").has("caddis repair replicas");
            client.run(&["repair", "replicas"]).expect(5);
        } else {
            check.ok().has("no errors were found");
        }
        let begun = Instant::now();
        client.run(&["backup", "src"]).ok();
        longest = (longest + begun.elapsed()) / 2;
        client.assert_restores(&format!("out{round}"));
    }
    client.run(&["forget", "--keep-last", "1", "--prune", "--max-unused", "0"]).ok();
    client.run(&["check", "--read-data"]).ok().has("no errors were found");
    client.assert_restores("last");
    println!("{service:?}: {killed} of {rounds} runs were killed, seed {seed}");
}

#[test]
fn kills_on_s3_lose_nothing() {
    survives(Service::S3, Server::shared(Service::S3).port);
}

#[test]
fn kills_on_azure_lose_nothing() {
    survives(Service::Azure, Server::shared(Service::Azure).port);
}

#[test]
fn kills_on_google_cloud_lose_nothing() {
    let proxy = Proxy::start(Server::shared(Service::Gcs).port, |_| Action::Forward);
    proxy.honour_preconditions();
    survives(Service::Gcs, proxy.port);
}

#[test]
fn kills_on_webdav_lose_nothing() {
    survives(Service::WebDav, Server::shared(Service::WebDav).port);
}

#[test]
fn kills_on_sftp_lose_nothing() {
    survives(Service::Sftp, Server::shared(Service::Sftp).port);
}

/// The server dies while a backup writes to it and is there again soon after.
fn outlives_the_server(service: Service) {
    let mut server = Server::start(service);
    let client = Client::at(server.place(server.port));
    client.init_for(service);
    client.write_source(0);
    client.run(&["backup", "src"]).ok();
    client.write_source(1);
    // Long enough that it is in the middle when the server dies.
    let child = start(&client, &["--limit-upload", "300KiB", "backup", "--force", "src"]);
    sleep(Duration::from_millis(1_500));
    server.restart(Duration::from_secs(1));
    let ended = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() || ended.status.code() == Some(1) && told.contains("Could not"), "{ended:?} {told}");
    println!("{service:?}: the backup ended with {}", ended.status);
    client.run(&["backup", "src"]).ok();
    client.assert_restores("out");
    client.run(&["check", "--read-data"]).ok().has("no errors were found");
}

#[test]
fn kills_of_an_s3_server_lose_nothing() {
    outlives_the_server(Service::S3);
}

#[test]
fn kills_of_a_webdav_server_lose_nothing() {
    outlives_the_server(Service::WebDav);
}

#[test]
fn kills_of_an_sftp_server_lose_nothing() {
    outlives_the_server(Service::Sftp);
}
