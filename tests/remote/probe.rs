//! `repo probe` on real servers and folders, and what later commands say because of it.
use std::fs;

use crate::life::Client;
use crate::proxy::{Action, Proxy};
use crate::servers::{Server, Service};
use crate::testenv::TestEnv;

const PROBE: [&str; 5] = ["--json", "repo", "probe", "--size", "2MiB"];

#[test]
fn sound_storage_is_good_before_init_and_after() {
    for service in [Service::S3, Service::Azure, Service::Sftp] {
        let client = Client::new(service, Server::shared(service).port);
        for _ in 0..2 {
            let report = client.run(&PROBE).ok().json();
            assert_eq!((&report["verdict"], &report["objects_left"]), (&"good".into(), &0.into()), "{report}");
            if service == Service::Sftp {
                let root = fs::read_dir(&client.place.settings["root"]).expect("a folder on this machine");
                let names: Vec<_> = root.map(|entry| entry.expect("an entry").file_name()).collect();
                assert!(names.iter().all(|name| !name.to_string_lossy().starts_with("probe")), "{names:?}");
            }
            if client.run(&["snapshots"]).code == Some(10) {
                client.init();
            }
        }
        client.run(&["check"]).ok().has("no errors were found");
    }
}

#[test]
fn webdav_is_for_a_single_writer() {
    let client = Client::new(Service::WebDav, Server::shared(Service::WebDav).port);
    let run = client.run(&["repo", "probe", "--size", "2MiB"]).expect(3);
    run.has("single-writer").has("init --single-writer");
}

#[test]
fn a_verdict_that_contradicts_the_repository_is_told_by_commands_that_write() {
    let proxy = Proxy::start(Server::shared(Service::Gcs).port, |_| Action::Forward);
    proxy.honour_preconditions();
    let client = Client::new(Service::Gcs, proxy.port);
    client.init();
    client.write_source(0);
    client.run(&["repo", "probe", "--size", "2MiB"]).ok();
    let quiet = client.run(&["backup", "src"]).ok();
    assert!(!quiet.stderr.contains("repo probe"), "{quiet:?}");
    proxy.ignore_preconditions();
    let report = client.run(&PROBE).expect(3).json();
    let first = (&report["verdict"], &report["tests"][0]["seen"]);
    assert_eq!(first, (&"single-writer".into(), &"overwrote what exists".into()));
    proxy.honour_preconditions();
    client.run(&["backup", "src"]).ok().complains("`repo probe` found on").complains("is single-writer");
    client.run(&["repo", "probe", "--size", "2MiB"]).ok();
    let quiet = client.run(&["backup", "src"]).ok();
    assert!(!quiet.stderr.contains("repo probe"), "{quiet:?}");
}

#[test]
fn a_role_that_may_not_delete_is_told_what_stays() {
    let proxy = Proxy::start(Server::shared(Service::S3).port, |request| {
        match request.method == "DELETE" || request.target.contains("?delete") {
            true => Action::Refuse,
            false => Action::Forward,
        }
    });
    let client = Client::new(Service::S3, proxy.port);
    let report = client.run(&PROBE).ok().json();
    assert!(report["verdict"] == "good" && report["may_delete"] == false, "{report}");
    assert!(report["objects_left"].as_u64() > Some(20), "{report}");
    client.run(&["repo", "probe", "--size", "1MiB"]).ok().has("prune must run with other rights").complains("/probe-");
    client.run(&["snapshots"]).expect(10);
    client.init();
}

#[test]
fn folders_are_tried_out_and_left_as_they_were() {
    let env = TestEnv::ready();
    let names = |path: &str| -> Vec<_> {
        let mut names: Vec<_> =
            fs::read_dir(env.path(path)).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    for place in ["repo", "not/there/yet"] {
        let before = (names("."), names("repo"));
        env.run(["-r", place, "repo", "probe", "--size", "2MiB"]).ok().has("any number of machines");
        // The cache, which remembers the verdict, was there.
        assert_eq!((names("."), names("repo")), before);
    }
    env.run(["repo", "probe", "--size", "5GiB"]).expect(2);
}

#[test]
fn a_path_that_is_not_there_is_told_apart_and_the_verdict_is_kept() {
    let env = TestEnv::ready();
    let run = env.run(["-r", "not/there/yet", "repo", "probe", "--size", "1MiB"]).ok();
    run.complains("not/there/yet is not there yet").complains(env.text("src").trim_end_matches("/src"));
    let report = env.run(["--json", "-r", "not/there", "repo", "probe", "--size", "1MiB"]).ok().json();
    assert_eq!(report["exists"], false, "{report}");
    let run = env.run(["repo", "probe", "--size", "1MiB"]).ok();
    assert!(!run.stderr.contains("not there"), "{run:?}");
    let kept: Vec<_> = fs::read_dir(env.path("cache/probed")).expect("a folder").flatten().collect();
    let kept: Vec<String> = kept.iter().map(|file| fs::read_to_string(file.path()).expect("readable")).collect();
    assert!(kept.len() == 3 && kept.iter().all(|text| text.contains("\"verdict\":\"good\"")), "{kept:?}");
}

#[test]
fn why_ssh_cannot_connect_is_told() {
    let client = Client::new(Service::Sftp, Server::shared(Service::Sftp).port);
    let mut other = Client { env: client.env, place: client.place };
    let args = other.place.settings["args"].clone();
    other.place.settings.insert("args".to_owned(), "-F none -o UserKnownHostsFile=/dev/null".to_owned());
    other.run(&["snapshots"]).expect(1).complains("Host key verification failed");
    other.place.settings.insert("args".to_owned(), args);
    other.place.settings.insert("key".to_owned(), "/dev/null".to_owned());
    other.run(&["snapshots"]).expect(13).complains("Permission denied");
    other.place.settings.insert("host".to_owned(), "-oProxyCommand=touch".to_owned());
    other.run(&["snapshots"]).expect(1).complains("no name of a host");
}

#[test]
fn a_wrong_password_of_webdav_is_told() {
    let mut client = Client::new(Service::WebDav, Server::shared(Service::WebDav).port);
    client.place.settings.insert("password".to_owned(), "wrongsecret".to_owned());
    client.run(&["snapshots"]).expect(13).complains("the credentials are wrong");
}

#[test]
fn b2_is_sent_to_its_s3_protocol() {
    let env = TestEnv::new();
    env.run(["-r", "b2:bucket:prefix", "init"]).expect(1).complains("backblazeb2.com");
}
