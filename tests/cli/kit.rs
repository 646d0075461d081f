//! The recovery sheet: what is on it works, and what must not be on it is not.
use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::testenv::TestEnv;

/// What a phone reads: the QR code of the page, decoded by another program than the one that made it.
fn scanned(page: &str) -> String {
    let side: usize = page
        .split("viewBox=\"0 0 ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .expect("a size")
        .parse()
        .expect("a number");
    let path = page.split("<path d=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a path");
    let dark: Vec<(usize, usize)> = path
        .split('M')
        .filter(|module| !module.is_empty())
        .map(|module| {
            let (x, y) = module.trim_end_matches("h1v1h-1z").split_once(' ').expect("a place");
            (x.parse().expect("a number"), y.parse().expect("a number"))
        })
        .collect();
    // As a camera sees it: several points to a module.
    const POINTS: usize = 4;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * POINTS, side * POINTS, |x, y| {
        if dark.contains(&(x / POINTS, y / POINTS)) { 0 } else { 255 }
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code");
    grids[0].decode().expect("it can be read").1
}

#[test]
fn the_sheet_tells_where_what_and_how() {
    let env = TestEnv::ready();
    env.backup(&[]);
    let page = env.run(["kit"]).ok().stdout;
    let slot = env.run(["--json", "key", "list"]).ok().json()[0]["id"].as_str().expect("text").to_owned();
    let id = env.run(["--json", "repo", "info"]).ok().json()["id"].as_str().expect("text").to_owned();
    for wanted in [&*env.text("repo"), &slot, &id, "caddis restore latest", "<svg", "class=\"write\""] {
        assert!(page.contains(wanted), "{wanted} is missing in {page}");
    }
    assert!(!page.contains("secret"), "the password is nobody's business");
    for loads in ["http://", "https://", "src=", "<script", "<link", "url("] {
        assert!(!page.replace("http://www.w3.org/2000/svg", "").contains(loads), "{loads}: the page loads something");
    }
    let code = scanned(&page);
    assert_eq!(code, format!("CADDIS_REPOSITORY={}\nrepository id: {id}\nkey slot: {slot}", env.text("repo")));
}

#[test]
fn what_the_sheet_says_is_enough_on_a_new_machine() {
    let env = TestEnv::ready();
    env.backup(&[]);
    let kit = env.run(["--json", "kit"]).ok().json();
    let commands: Vec<&str> =
        kit["commands"].as_array().expect("commands").iter().filter_map(|line| line.as_str()).collect();
    let script = commands.join("\n").replace("/tmp/restored", &env.text("restored"));
    // Nothing is left but the sheet, the password, and the program.
    let script =
        format!("unset CADDIS_REPOSITORY; rm -r src cache; cd /; set -e; caddis() {{ \"$CADDIS\" \"$@\"; }}\n{script}");
    env.shell(&script).ok().has("1 snapshot").has("Restored");
    assert_eq!(
        fs::read_to_string(crate::testenv::find(&env.path("restored"), "a.txt").expect("there")).expect("text"),
        "alpha"
    );
}

#[test]
fn text_password_and_files() {
    let env = TestEnv::ready();
    let text = env.run(["kit", "--text"]).ok().has("caddis recovery sheet").has("____").has_not("<").has_not("secret");
    assert!(
        text.stdout.lines().all(|line| line.chars().count() <= 100 || line.contains(&env.text("repo"))),
        "{text:?}"
    );
    env.run(["kit", "--text", "--with-password"]).ok().has("Password        secret").has_not("____");
    env.run(["kit", "--with-password"]).ok().has("<pre>secret</pre>").has("can read the backups");
    env.run(["kit", "--output", "sheet.html"]).ok().has("wrote sheet.html");
    let sheet = env.path("sheet.html");
    assert_eq!(fs::metadata(&sheet).expect("written").permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&sheet).expect("text").starts_with("<!DOCTYPE html>"));
    // A sheet that is there is not lost.
    env.run(["kit", "--text", "--output", "sheet.html"])
        .expect(1)
        .complains("sheet.html is there already; choose another");
    env.run(["--json", "kit", "--text"]).expect(2);
    let run = env.command(["kit", "--with-password"]).env("CADDIS_PASSWORD", "wrong").output().expect("runs");
    assert_eq!(run.status.code(), Some(12));
}

#[test]
fn all_locations_are_on_it() {
    let env = TestEnv::new();
    let (a, b) = (env.text("repo"), env.text("b & <b>"));
    env.run(["init", "--kdf-log-n", "4", "--location", &a, "--location", &b]).ok();
    let page = env.run(["kit"]).ok().has("Any of the locations").has("b &amp; &lt;b&gt;").stdout;
    assert!(!page.contains("<b>"), "{page}");
    assert!(scanned(&page).contains(&format!("location 2: {b}")));
}
