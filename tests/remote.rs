//! Real storage servers: the contract, races, whole life cycles with the program, and what networks and roles do to them.
#![allow(clippy::print_stdout, reason = "numbers of longer runs are told")]

mod conformance;
mod servers;
#[allow(dead_code, reason = "shared with other tests")]
mod testenv;

#[path = "remote/faults.rs"]
mod faults;
#[path = "remote/kills.rs"]
mod kills;
#[path = "remote/life.rs"]
mod life;
#[path = "remote/locks.rs"]
mod locks;
#[path = "remote/plans.rs"]
mod plans;
#[path = "remote/probe.rs"]
mod probe;
#[path = "remote/proxy.rs"]
mod proxy;
#[path = "remote/spread.rs"]
mod spread;

use std::sync::{Arc, Barrier};
use std::thread;

use caddis::backend::{Backend, ObjectName, Put, RemoteBackend};
use caddis::id::SessionId;

use proxy::{Action, Proxy};
use servers::{Server, Service};

fn conforms(service: Service, port: u16) {
    let server = Server::shared(service);
    conformance::run(&|| Arc::new(RemoteBackend::open(server.place(port)).expect("good settings")));
}

/// As [`conforms`], with one client at a time.
fn conforms_alone(service: Service, port: u16) {
    let server = Server::shared(service);
    conformance::run_alone(&|| {
        let store = RemoteBackend::open(server.place(port)).expect("good settings");
        store.assume_single_writer();
        Arc::new(store)
    });
}

/// Of sixteen clients that create the same 500 names, each name has exactly one winner.
fn one_winner_each(service: Service, port: u16) {
    const CLIENTS: u8 = 16;
    const NAMES: u16 = 500;
    let place = Server::shared(service).place(port);
    let start = Barrier::new(usize::from(CLIENTS));
    let name = |n: u16| {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&n.to_be_bytes());
        ObjectName::Snapshot(SessionId(id))
    };
    let won: Vec<Vec<bool>> = thread::scope(|scope| {
        let race = |me: u8| {
            let store = RemoteBackend::open(place.clone()).expect("good settings");
            start.wait();
            (0..NAMES).map(|n| store.put_new(&name(n), &[me; 100]).expect("an answer") == Put::Created).collect()
        };
        let clients: Vec<_> = (0..CLIENTS).map(|me| scope.spawn(move || race(me))).collect();
        clients.into_iter().map(|client| client.join().expect("no panic")).collect()
    });
    let store = RemoteBackend::open(place.clone()).expect("good settings");
    for n in 0..NAMES {
        let winners: Vec<u8> = (0..CLIENTS).filter(|me| won[usize::from(*me)][usize::from(n)]).collect();
        assert_eq!(winners.len(), 1, "{service:?} {n}");
        assert_eq!(store.get(&name(n), 100).expect("reads"), [winners[0]; 100], "{service:?} {n}");
    }
}

#[test]
fn s3_conforms() {
    let port = Server::shared(Service::S3).port;
    conforms(Service::S3, port);
    one_winner_each(Service::S3, port);
}

#[test]
fn azure_conforms() {
    let port = Server::shared(Service::Azure).port;
    conforms(Service::Azure, port);
    one_winner_each(Service::Azure, port);
}

#[test]
fn google_cloud_conforms_behind_a_proxy_that_honours_preconditions() {
    let proxy = Proxy::start(Server::shared(Service::Gcs).port, |_| Action::Forward);
    proxy.honour_preconditions();
    conforms(Service::Gcs, proxy.port);
    one_winner_each(Service::Gcs, proxy.port);
}

#[test]
fn sftp_conforms() {
    let port = Server::shared(Service::Sftp).port;
    conforms(Service::Sftp, port);
    one_winner_each(Service::Sftp, port);
}

#[test]
fn webdav_conforms_with_a_single_writer() {
    conforms_alone(Service::WebDav, Server::shared(Service::WebDav).port);
}

#[test]
fn a_store_that_overwrites_conforms_with_a_single_writer() {
    // fake-gcs-server ignores the precondition of create-if-absent.
    conforms_alone(Service::Gcs, Server::shared(Service::Gcs).port);
}
