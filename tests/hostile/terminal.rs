//! What the program prints of repositories that were made to play tricks on a terminal, and what an ordinary user gets.
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;

use caddis::backend::ObjectName;
use caddis::format::{Decision, Fence};
use caddis::id::{BlobId, SessionId};
use caddis::model::{Content, Node, NodeType, Snapshot, XattrValue};
use caddis::ops::keys::{self, SlotNote};
use caddis::repo::Repository;

use crate::engine::CHEAP;
use crate::scene::{commit, directory, file, large, local, node, snapshot, symlink};
use crate::sealed::put;
use crate::testenv::{Run, TestEnv};

/// Clears the screen, sets the title, moves up, writes right to left, forges a line.
const EVIL: &str = "evil\x1b[2J\x1b]0;title\x07\x08\x7f\u{9b}31m\r\ncaddis: all is well\u{202e}gpj\u{2066}\u{2028}";

/// Runs the program; nothing that it prints moves a cursor or forges a line.
fn plain(env: &TestEnv, args: &[&str]) -> Run {
    let run = env.run(args);
    for text in [&run.stdout, &run.stderr] {
        let evil = |c: char| {
            c.is_control() && c != '\n'
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
        };
        assert!(!text.chars().any(evil), "{args:?}: {text:?}");
        assert!(!text.lines().any(|line| line.starts_with("caddis: all is well")), "{args:?}: {text}");
    }
    assert!(run.code.is_some_and(|code| code != 101), "{run:?}");
    run
}

/// The same with `--json`: every line, on both streams, is JSON.
fn json(env: &TestEnv, args: &[&str]) -> Run {
    let args = [&["--json"], args].concat();
    let run = plain(env, &args);
    for line in run.stdout.lines().chain(run.stderr.lines()) {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{args:?}: {line:?}");
    }
    run
}

fn evil_nodes(lost: bool) -> Vec<Node> {
    let mut nodes = vec![
        Node { user: Some(EVIL.into()), group: Some(EVIL.into()), ..file(EVIL, b"1") },
        symlink(&format!("{EVIL}-link"), EVIL),
        Node { xattrs: vec![(EVIL.into(), XattrValue::Inline(b"1".to_vec()))], ..file(&format!("{EVIL}-x"), b"2") },
    ];
    nodes[1].name.extend(b"\xff\xfe");
    if lost {
        nodes.push(large(&format!("{EVIL}-z"), 5, Content::Blobs(vec![BlobId([9; 32])])));
    }
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    nodes
}

fn repository(lost: bool) -> (TestEnv, Repository) {
    let env = TestEnv::new();
    let repo = local(&env.path("repo"));
    commit(&repo, |pen| {
        let inside = pen.leaf(evil_nodes(lost));
        let root = pen.leaf(vec![directory(EVIL, inside)]);
        Snapshot {
            host: EVIL.into(),
            user: EVIL.into(),
            paths: vec![EVIL.into(), b"\x1b\xff".to_vec()],
            label: Some(EVIL.into()),
            tags: vec![EVIL.into(); 3],
            excludes: vec![EVIL.into()],
            program: EVIL.into(),
            description: Some(EVIL.into()),
            ..snapshot(root)
        }
    });
    (env, repo)
}

cases! {
    listings_on_a_terminal {
        let (env, _) = repository(false);
        for args in [&["ls", "latest"][..], &["ls", "-l", "latest"], &["snapshots"], &["snapshots", "--compact"], &["stats"], &["cat", "snapshot", "latest"]] {
            plain(&env, args).ok();
            json(&env, args).ok();
        }
        plain(&env, &["ls", "latest", "/nowhere"]).expect(1);
        json(&env, &["ls", "latest", "/nowhere"]).expect(1);
    }

    restores_on_a_terminal {
        for lost in [false, true] {
            let (env, _) = repository(lost);
            for (n, args) in [&["restore", "latest", "-vv", "-t"][..], &["restore", "latest", "--dry-run", "-vv", "-t"]].iter().enumerate() {
                let run = plain(&env, &[*args, &[&format!("out{n}")]].concat());
                assert!(matches!(run.code, Some(0 | 1 | 3)), "{run:?}");
                assert_eq!(run.code == Some(1), lost, "{run:?}");
                json(&env, &[*args, &[&format!("out-json{n}")]].concat());
            }
            assert_eq!(fs::read(env.path("out0").join(EVIL).join(EVIL)).unwrap(), b"1");
            // Again over what is there, and with what is there in the way.
            plain(&env, &["restore", "latest", "--verify", "--delete", "-vv", "-t", "out0"]);
            fs::create_dir_all(env.path("out2").join(EVIL).join(EVIL).join("full")).unwrap();
            plain(&env, &["restore", "latest", "-vv", "-t", "out2"]).expect(1);
            json(&env, &["restore", "latest", "-vv", "-t", "out2"]).expect(1);
        }
    }

    checks_on_a_terminal {
        let (env, _) = repository(true);
        for args in [&["check"][..], &["check", "--read-data", "-v"], &["repair", "--dry-run"], &["repair"]] {
            plain(&env, args);
            json(&env, args);
        }
        plain(&env, &["check"]).expect(6);
    }

    a_backup_of_evil_names_on_a_terminal {
        let env = TestEnv::new();
        env.init(&[]);
        env.file(&format!("src/{EVIL}/{EVIL}"), "1");
        let closed = env.file(&format!("src/{EVIL}/closed"), "1");
        fs::set_permissions(closed, fs::Permissions::from_mode(0o0)).unwrap();
        plain(&env, &["backup", "src", "-vv", "--tag", EVIL, "--host", EVIL, "--label", "x"]);
        json(&env, &["backup", "src", "-vv"]);
        plain(&env, &["backup", &format!("src/{EVIL}/nothing")]);
    }

    notes_of_key_slots_on_a_terminal {
        let (env, repo) = repository(false);
        let note = SlotNote { host: EVIL.into(), user: EVIL.into(), label: Some(EVIL.into()) };
        keys::add(&repo, b"other", CHEAP, &note).unwrap();
        plain(&env, &["key", "list"]).ok();
        json(&env, &["key", "list"]).ok();
    }

    decisions_and_sessions_on_a_terminal {
        let (env, repo) = repository(false);
        let fence = Fence { by: SessionId([1; 16]), reason: EVIL.into(), kept: Vec::new(), left: Default::default() };
        put(&repo, &ObjectName::Snapshot(SessionId([1; 16])), &Decision::Fence(fence).encode());
        put(&repo, &ObjectName::Snapshot(SessionId([2; 16])), EVIL.as_bytes());
        for args in [&["check", "-v"][..], &["snapshots"], &["repair"], &["scrub"], &["cat", "snapshot", "02"]] {
            plain(&env, args);
            json(&env, args);
        }
    }

    a_snapshot_with_100_000_tags_on_a_terminal {
        let env = TestEnv::new();
        let repo = local(&env.path("repo"));
        commit(&repo, |pen| Snapshot {
            tags: (0..100_000).map(|n| format!("{n}\x1b")).collect(),
            ..snapshot(pen.leaf(Vec::new()))
        });
        plain(&env, &["snapshots"]).ok();
        plain(&env, &["snapshots", "--compact"]).ok();
        json(&env, &["snapshots"]).ok();
    }

    times_without_a_calendar_on_a_terminal {
        let env = TestEnv::new();
        let repo = local(&env.path("repo"));
        for secs in [i64::MIN, i64::MAX, -377_705_116_801, 253_402_300_800] {
            let time = caddis::world::Time { secs, nanos: 999_999_999 };
            commit(&repo, |pen| {
                let root = pen.leaf(vec![Node { mtime: time, ctime: time, ..file("a", b"1") }]);
                Snapshot { time, protected_until: Some(time), ..snapshot(root) }
            });
        }
        for args in [&["snapshots"][..], &["ls", "-l", "latest"], &["ls", "-l", "latest~3"]] {
            plain(&env, args).ok();
            json(&env, args).ok();
        }
        plain(&env, &["backup", "src"]).ok();
    }

    /// No devices, no set-id programs of others, no files of others; what can be had is there, and what is not is told.
    devices_and_set_id_bits_for_an_ordinary_user {
        let env = TestEnv::new();
        let repo = local(&env.path("repo"));
        commit(&repo, |pen| {
            let device = |name, kind| Node { rdev: 0x103, ..node(name, kind, 0, Content::Empty) };
            let of_root = Node { uid: 0, gid: 0, mode: 0o6755, ..file("set-id", b"#!/bin/sh\n") };
            snapshot(pen.leaf(vec![
                device("block", NodeType::BlockDevice),
                device("char", NodeType::CharDevice),
                file("good", b"right"),
                Node {
                    xattrs: vec![(b"security.capability".to_vec(), XattrValue::Inline(vec![1, 0, 0, 2, 255, 255, 255, 255, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]))],
                    ..file("powers", b"x")
                },
                of_root,
            ]))
        });
        let target = env.path("out");
        fs::create_dir(&target).unwrap();
        let mut command = env.command(["restore", "latest", "-t", "out"]);
        if rustix::process::geteuid().is_root() {
            let everything = env.command(["x"]).get_current_dir().unwrap().to_owned();
            let status = std::process::Command::new("chmod").args(["-R", "a+rwX"]).arg(everything).status().unwrap();
            assert!(status.success());
            // The program itself may lie where nobody else may go.
            let program = env.path("caddis");
            fs::copy(env!("CARGO_BIN_EXE_caddis"), &program).unwrap();
            let envs: Vec<_> = command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
            let folder = command.get_current_dir().unwrap().to_owned();
            command = std::process::Command::new(program);
            command.args(["restore", "latest", "-t", "out"]).current_dir(folder).uid(65_534).gid(65_534);
            for (name, value) in envs {
                match value {
                    Some(value) => command.env(name, value),
                    None => command.env_remove(name),
                };
            }
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        for name in ["block", "char"] {
            assert!(fs::symlink_metadata(target.join(name)).is_err(), "{name}");
        }
        assert_eq!(fs::read(target.join("good")).unwrap(), b"right");
        let program = fs::metadata(target.join("set-id")).unwrap();
        assert_ne!(program.uid(), 0);
        assert_eq!(program.mode() & 0o7777, 0o755);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("block") && errors.contains("char") && errors.contains("security.capability"), "{errors}");
    }
}
