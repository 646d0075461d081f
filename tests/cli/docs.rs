//! Pages of the documentation: their commands do what they say.
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::testenv::TestEnv;

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)).expect("a page")
}

/// The commands of a page, and what is done between them where readers do not see it, as a shell script that stops at the first
/// surprise. A command line ends with the line; `# exit code N` behind it says how it ends.
fn script(page: &str) -> String {
    let mut script = String::new();
    let mut within: Option<&str> = None;
    for line in page.lines() {
        match (within, line) {
            (None, "```sh") => within = Some("```"),
            (None, "<!-- rehearsal") => within = Some("-->"),
            (Some(end), line) if line == end => within = None,
            (Some("```"), line) => {
                let (command, code) = line.split_once("# exit code ").unwrap_or((line, "0"));
                let code: u8 = code.trim().parse().expect("a number");
                script.push_str(&format!(
                    "echo '$ {0}' >&2; code=0; {0} || code=$?; test $code = {code} || {{ echo \"ended with $code\" >&2; exit 99; }}\n",
                    command.trim()
                ));
            }
            (Some(_), line) => script.push_str(&format!("{line}\n")),
            (None, _) => {}
        }
    }
    assert!(within.is_none(), "a block has no end");
    script
}

#[test]
fn what_is_to_be_done_in_a_disaster_works() {
    // Directories above the source are in its snapshots, and what is lost of them must be what is stored again: not in a folder whose time other tests change.
    let quiet =
        [Path::new("/var/tmp"), Path::new(env!("CARGO_TARGET_TMPDIR"))].into_iter().find(|folder| folder.is_dir());
    let env = TestEnv::beneath(quiet.expect("cargo makes it"));
    let mut script = script(&page("disaster-recovery.md"));
    assert!(script.matches("caddis ").count() > 20, "{script}");
    for place in ["/tmp/", "/srv", "/home/me", "/mnt"] {
        assert!(script.contains(place), "{place}");
        script = script.replace(place, &format!("{}{place}", env.text("").trim_end_matches('/')));
    }
    for folder in ["bin", "home", "tmp", "srv", "mnt"] {
        fs::create_dir(env.path(folder)).expect("new");
    }
    symlink(env!("CARGO_BIN_EXE_caddis"), env.path("bin/caddis")).expect("linked");
    env.file("script", &format!("set -e -o pipefail\n{script}"));
    let run = env.shell(
        "unset CADDIS_REPOSITORY CADDIS_PASSWORD CADDIS_CACHE_DIR XDG_CACHE_HOME
         export CADDIS_KDF_LOG_N=4 HOME=\"$PWD/home\" PATH=\"$PWD/bin:$PATH\"; exec bash script",
    );
    run.ok();
}

#[test]
fn links_between_pages_lead_somewhere() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for entry in fs::read_dir(&docs).expect("pages").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("text");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().expect("a part");
            if !target.contains("://") && !file.is_empty() {
                assert!(docs.join(file).exists(), "{}: {target}", path.display());
            }
        }
    }
}
