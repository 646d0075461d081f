//! dump: files and archives on standard output.
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use crate::testenv::TestEnv;

#[test]
fn a_file_comes_out_as_it_was() {
    let env = TestEnv::ready();
    env.backup_absolute(&["--label", "l"]);
    let base = env.text("src");
    let path = format!("{base}/sub/deep/c.txt");
    let expected = std::fs::read_to_string(&path).expect("there");
    assert!(env.run(["dump", "latest", &path]).ok().stdout == expected);
    assert!(env.run(["dump", &format!("@l:{base}/sub"), "deep/c.txt"]).ok().stdout == expected);
    assert!(env.run(["dump", &format!("latest:{path}"), "/"]).ok().stdout == expected);
    let told = env.run(["dump", "latest", &path, "--target", "out.txt"]).ok().has("wrote 1 entry");
    assert!(std::fs::read_to_string(env.path("out.txt")).expect("written") == expected && told.stderr.is_empty());
    env.file("out.txt", "older");
    let summary = env.run(["--json", "dump", "latest", &path, "-t", "out.txt"]).ok().summary();
    assert_eq!((&summary["total_bytes"], &summary["entries"]), (&300_000.into(), &1.into()));
    assert!(std::fs::read_to_string(env.path("out.txt")).expect("written") == expected);
    env.run(["dump", "latest", "/no/such"]).expect(1).complains(": /no/such is");
    env.run(["dump", "latest", &path, "--host", "nobody"]).expect(1);
    env.run(["dump", "latest", &path, "--target", "no/such/folder"]).expect(1);
    env.run(["dump", "latest"]).expect(2);
    // A reader that has seen enough.
    env.shell(&format!("set -o pipefail; $CADDIS dump latest {path} | head -c 10 > /dev/null")).ok();
}

#[test]
fn a_directory_comes_out_as_tar_or_zip() {
    let env = TestEnv::ready();
    symlink("a.txt", env.path("src/link")).expect("new");
    std::fs::hard_link(env.path("src/a.txt"), env.path("src/sub/again")).expect("new");
    std::fs::set_permissions(env.path("src/a.txt"), PermissionsExt::from_mode(0o640)).expect("ours");
    env.backup_absolute(&[]);
    let base = env.text("src");
    let script =
        format!("set -o pipefail; mkdir out && $CADDIS dump latest:{base} / | tar -x -C out && diff -r src out");
    env.shell(&script).ok();
    let mode = std::fs::metadata(env.path("out/a.txt")).expect("extracted").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let listed = env.shell(&format!("set -o pipefail; $CADDIS dump latest {base}/sub | tar -tv")).ok();
    let inside = base.trim_start_matches('/');
    listed.has(&format!(" {inside}/sub/\n")).has(&format!(" {inside}/sub/deep/c.txt\n")).has_not("a.txt\n");
    let linked = env.shell(&format!("set -o pipefail; $CADDIS dump latest:{base} / | tar -tv")).ok();
    linked.has("link -> a.txt").has("sub/again link to a.txt");
    env.run(["dump", "-a", "zip", "-t", "out.zip", &format!("latest:{base}"), "/"]).ok();
    let bytes = std::fs::read(env.path("out.zip")).expect("written");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("an archive");
    let mut names: Vec<String> =
        (0..zip.len()).map(|at| zip.by_index(at).expect("there").name().expect("UTF-8").into_owned()).collect();
    names.sort();
    assert_eq!(names, ["a.txt", "link", "sub/", "sub/again", "sub/b.log", "sub/deep/", "sub/deep/c.txt"]);
    env.run(["dump", "--archive", "rar", "latest", "/"]).expect(2);
}

#[test]
fn what_a_zip_cannot_hold_is_a_warning() {
    let env = TestEnv::ready();
    let made = std::process::Command::new("mkfifo").arg(env.path("src/pipe")).status().expect("it runs");
    assert!(made.success());
    env.backup_absolute(&[]);
    env.run(["dump", "-a", "zip", "-t", "out.zip", "latest", "/"]).expect(3).complains("pipe");
    env.run(["dump", "-a", "tar", "-t", "out.tar", "latest", "/"]).ok();
}

#[test]
fn lost_data_ends_the_output() {
    let env = TestEnv::ready();
    env.backup_absolute(&[]);
    let path = env.text("src/sub/deep/c.txt");
    let found = env.run(["--json", "find", "--type", "f", "c.txt"]).ok().json();
    assert_eq!(found[0]["hits"], 1);
    let tree = env.run(["cat", "tree", &format!("latest:{}/sub/deep", env.text("src"))]).ok().json();
    let blob = tree["nodes"][0]["content"][0].as_str().expect("an id").to_owned();
    let trees = env.snapshots(&[])[0]["tree"].as_str().expect("an id").to_owned();
    let pack_of = |kind: &str, id: &str| {
        let found = env.run(["--json", "find", "--show-pack-id", kind, id]).ok().json();
        found[0]["packs"][0].as_str().expect("an id").to_owned()
    };
    let (data, kept) = (pack_of("--blob", &blob), pack_of("--tree", &trees));
    for pack in env.objects("packs") {
        let name = pack.file_name().and_then(|name| name.to_str()).expect("plain").to_owned();
        if data == kept || name != kept {
            std::fs::remove_file(pack).expect("ours");
        }
    }
    let run = env.run(["dump", "latest", &path]);
    assert!(
        matches!(run.code, Some(6)) && !run.stdout.contains('\0') && run.stdout.len() < 300_000,
        "{:?}",
        run.stderr
    );
    env.run(["dump", "latest", &path, "-t", "out"]).expect(6);
    assert!(!env.path("out").exists(), "it is not complete");
}

#[test]
fn an_archive_is_not_written_to_a_terminal() {
    let env = TestEnv::ready();
    env.backup_absolute(&[]);
    // `script` has a terminal to give.
    let Ok(output) = env
        .command(["version"])
        .output()
        .and_then(|_| std::process::Command::new("script").arg("--version").stdout(Stdio::null()).output())
    else {
        return;
    };
    assert!(output.status.success());
    let run = env.shell("script -qec '$CADDIS dump latest /' /dev/null");
    assert!(run.stdout.contains("not written to a terminal"), "{run:?}");
}
