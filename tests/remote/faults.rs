//! Networks that lose what is sent, servers that are busy, and roles that may not do everything.
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use caddis::backend::{Backend, ErrorKind, Family, ObjectName, Put, RemoteBackend};
use caddis::id::SessionId;

use crate::life::Client;
use crate::proxy::{Action, Proxy, Request};
use crate::servers::{Server, Service};

/// A bad day: most requests come through, in the end.
fn bad_day(request: &Request) -> Action {
    match request.number {
        n if n % 97 == 50 => Action::Hang,
        n if n % 7 == 3 => Action::Busy,
        n if n % 11 == 5 => Action::ResetAfter,
        n if n % 13 == 6 => Action::ResetBefore,
        n if n % 17 == 8 => Action::Truncate(300),
        n if n % 5 == 1 => Action::Delay(Duration::from_millis(20)),
        _ => Action::Forward,
    }
}

#[test]
fn on_a_bad_day_everything_works_in_the_end() {
    let proxy = Proxy::start(Server::shared(Service::S3).port, bad_day);
    let mut client = Client::new(Service::S3, proxy.port);
    client.place.settings.insert("timeout".to_owned(), "2".to_owned());
    client.init();
    for turn in 0..2 {
        client.write_source(turn);
        client.run(&["backup", "src"]).ok();
    }
    client.assert_restores("out");
    client.run(&["forget", "--keep-last", "1", "--prune", "--max-unused", "0"]).ok();
    client.run(&["check", "--read-data"]).ok().has("no errors were found");
    assert!(proxy.requests() > 200, "{}", proxy.requests());
}

#[test]
fn a_storm_of_refusals_ends_the_run_with_a_clear_error_and_nothing_is_lost() {
    let port = Server::shared(Service::S3).port;
    let good = Client::new(Service::S3, port);
    good.init();
    good.write_source(0);
    good.run(&["backup", "src"]).ok();
    let storm = Proxy::start(port, |request| if request.number < 25 { Action::Forward } else { Action::Busy });
    let mut bad = Client { env: good.env, place: good.place };
    bad.place.settings.insert("endpoint".to_owned(), format!("http://127.0.0.1:{}", storm.port));
    bad.place.settings.insert("retries".to_owned(), "2".to_owned());
    bad.write_source(1);
    bad.run(&["backup", "src", "--force"]).expect(1).complains("SlowDown");
    bad.place.settings.insert("endpoint".to_owned(), format!("http://127.0.0.1:{port}"));
    bad.run(&["backup", "src"]).ok();
    bad.assert_restores("out");
    bad.run(&["check", "--read-data"]).ok().has("no errors were found");
}

#[test]
fn what_was_created_though_the_answer_was_lost_counts_as_created() {
    let proxy = Proxy::start(Server::shared(Service::S3).port, |request| match request.method.as_str() {
        "PUT" if request.number % 2 == 0 => Action::ResetAfter,
        _ => Action::Forward,
    });
    let store = RemoteBackend::open(Server::shared(Service::S3).place(proxy.port)).expect("good settings");
    for n in 0..20 {
        let name = ObjectName::Snapshot(SessionId([n; 16]));
        assert_eq!(store.put_new(&name, &[n; 10]).expect("an answer"), Put::Created);
        assert_eq!(store.put_new(&name, &[n + 1; 10]).expect("an answer"), Put::Exists);
        assert_eq!(store.get(&name, 10).expect("reads"), [n; 10]);
    }
    assert_eq!(store.list(Family::Snapshots).expect("a list").len(), 20);
}

#[test]
fn a_server_that_hangs_is_given_up() {
    let proxy = Proxy::start(Server::shared(Service::S3).port, |_| Action::Hang);
    let mut place = Server::shared(Service::S3).place(proxy.port);
    place.settings.insert("timeout".to_owned(), "1".to_owned());
    place.settings.insert("retries".to_owned(), "1".to_owned());
    let store = RemoteBackend::open(place).expect("good settings");
    let start = Instant::now();
    let error = store.get(&ObjectName::Config(1), 100).expect_err("no answer");
    assert_eq!(error.kind, ErrorKind::Other);
    assert!(error.to_string().contains("no answer within 1 s"), "{error}");
    // Two attempts of a second each; a machine may be slow, but not ten minutes.
    assert!(start.elapsed() < Duration::from_secs(60));
}

/// Neither opendal, which gets no layer that does so, nor the HTTP client sends a request again by itself that has got an answer, or none: with `retries=3` there are
/// four attempts, whatever is asked.
#[test]
fn what_fails_is_sent_again_as_often_as_was_said_and_no_more() {
    let port = Server::shared(Service::S3).port;
    for action in [Action::Busy, Action::ResetBefore, Action::ResetAfter] {
        let failing = action;
        let proxy = Proxy::start(port, move |_| failing);
        let mut place = Server::shared(Service::S3).place(proxy.port);
        place.settings.insert("retries".to_owned(), "3".to_owned());
        // Delays are a part of this.
        place.settings.insert("timeout".to_owned(), "1".to_owned());
        let store = RemoteBackend::open(place).expect("good settings");
        let name = ObjectName::Snapshot(SessionId([9; 16]));
        let session = ObjectName::Session(SessionId([9; 16]));
        let counted = |what: &str, failed: bool| {
            assert!(failed, "{what}");
            let (seen, told) = (proxy.requests(), store.usage().requests);
            (what.to_owned(), seen, told)
        };
        let mut all = vec![("none".to_owned(), 0, 0)];
        all.push(counted("stat", store.stat(&name).is_err()));
        all.push(counted("read", store.get(&name, 100).is_err()));
        all.push(counted("list", store.list(Family::Snapshots).is_err()));
        all.push(counted("replace", store.put_session(&session, b"x").is_err()));
        all.push(counted("delete", store.delete(&name).is_err()));
        // Creating ends with reading back.
        all.push(counted("create", store.put_new(&name, b"x").is_err()));
        for pair in all.windows(2) {
            let attempts = if pair[1].0 == "create" { 8 } else { 4 };
            let (seen, told) = (pair[1].1 - pair[0].1, pair[1].2 - pair[0].2);
            assert_eq!((seen, told), (attempts, attempts), "{} {action:?}", pair[1].0);
        }
    }
}

#[test]
fn a_role_that_may_not_delete_backs_up_and_restores() {
    let port = Server::shared(Service::S3).port;
    let proxy = Proxy::start(port, |request| match request.method == "DELETE" || request.target.contains("?delete") {
        true => Action::Refuse,
        false => Action::Forward,
    });
    let client = Client::new(Service::S3, proxy.port);
    client.init();
    for turn in 0..2 {
        client.write_source(turn);
        client.run(&["backup", "src"]).ok();
    }
    client.assert_restores("out");
    client.run(&["forget", "--keep-last", "1"]).ok();
    let refused = client.run(&["prune", "--max-unused", "0"]).expect(13);
    refused.complains("s3:DeleteObject");
}

#[test]
fn a_role_that_may_only_read_is_told_what_it_lacks() {
    let client = Client::new(Service::S3, Server::shared(Service::S3).port);
    client.init();
    client.write_source(0);
    client.run(&["backup", "src"]).ok();
    let mut reader = Client { env: client.env, place: client.place };
    reader.place.settings.insert("access_key_id".to_owned(), "readkey".to_owned());
    reader.place.settings.insert("secret_access_key".to_owned(), "readsecret".to_owned());
    reader.assert_restores("out");
    reader.run(&["backup", "src"]).expect(13).complains("s3:PutObject");
    reader.place.settings.insert("secret_access_key".to_owned(), "wrongsecret".to_owned());
    reader.run(&["snapshots"]).expect(13).complains("credentials are wrong");
    reader.place.settings.insert("bucket".to_owned(), "nosuchbucket".to_owned());
    reader.run(&["snapshots", "-o", "secret_access_key=readsecret"]).complains("Could not list");
    reader.run(&["snapshots", "-o", "nosuch=option"]).complains("there is no option \"nosuch\"");
}

#[test]
fn packs_have_the_storage_class_and_all_else_stays_hot() {
    let seen: Arc<Mutex<Vec<(String, bool)>>> = Arc::default();
    let noting = Arc::clone(&seen);
    let proxy = Proxy::start(Server::shared(Service::S3).port, move |request| {
        if request.method == "PUT" {
            let has_class = request.head.to_lowercase().contains("x-amz-storage-class: standard_ia");
            noting.lock().expect("no panic").push((request.target.clone(), has_class));
        }
        Action::Forward
    });
    let mut client = Client::new(Service::S3, proxy.port);
    client.place.settings.insert("storage_class".to_owned(), "STANDARD_IA".to_owned());
    client.init();
    client.write_source(0);
    client.run(&["backup", "src"]).ok();
    let seen = seen.lock().expect("no panic");
    assert!(seen.iter().any(|(_, has_class)| *has_class) && seen.iter().any(|(_, has_class)| !has_class));
    for (target, has_class) in seen.iter() {
        assert_eq!(*has_class, target.contains("/packs/"), "{target}");
    }
}

#[test]
fn rates_are_kept() {
    let client = Client::new(Service::S3, Server::shared(Service::S3).port);
    client.init();
    client.write_source(0);
    let start = Instant::now();
    let usage = client.run(&["--json", "--limit-upload", "200KiB", "backup", "src"]).ok().summary()["storage"].clone();
    let sent = usage["bytes_sent"].as_u64().expect("a number");
    // What goes last is not waited for.
    let least = sent.saturating_sub(256 << 10) as f64 / (200 << 10) as f64;
    assert!(least > 0.5 && start.elapsed().as_secs_f64() > least, "{usage} {:?}", start.elapsed());
    client.run(&["--limit-download", "100MiB", "check", "--read-data"]).ok();
}

#[test]
fn a_backup_that_might_have_to_make_the_repository_tells_all_it_asked_for() {
    let client = Client::new(Service::S3, Server::shared(Service::S3).port);
    client.init();
    client.write_source(0);
    let usage = client.run(&["--json", "backup", "--init", "src"]).ok().summary()["storage"].clone();
    assert!(usage["bytes_sent"].as_u64() > Some(100_000), "{usage}");
}

#[test]
fn in_a_locked_bucket_everything_works_and_an_attacker_with_all_rights_destroys_nothing() {
    let server = Server::shared(Service::S3);
    let mut client = Client::new(Service::S3, server.port);
    let bucket = server.locked_bucket();
    client.place.settings.insert("bucket".to_owned(), bucket.clone());
    client.init();
    for turn in 0..2 {
        client.write_source(turn);
        client.run(&["backup", "src"]).ok();
    }
    client.run(&["repo", "probe", "--size", "1MiB"]).ok().has("Good");
    client.run(&["forget", "--keep-last", "1", "--prune", "--max-unused", "0"]).ok();
    client.run(&["check", "--read-data"]).ok().has("no errors were found");
    server.in_locked_bucket(&bucket, "wipe");
    client.run(&["--accept-rollback", "snapshots"]).expect(10);
    server.in_locked_bucket(&bucket, "undo");
    client.assert_restores("out");
    client.run(&["check", "--read-data"]).expect(0);
}
