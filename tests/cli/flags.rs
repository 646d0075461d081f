//! Every option and every documented variable has a test that uses it: found in the manual pages and in the sources of the tests.
#[path = "flags/sources.rs"]
mod sources;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::testenv::TestEnv;

/// Not used by any test: only Google's own servers would ask for what is in that file.
const UNTRIED: [&str; 1] = ["GOOGLE_APPLICATION_CREDENTIALS"];

/// The options of each command, by its name without `caddis`; those of every command under no name.
fn options(env: &TestEnv) -> Vec<(String, Vec<String>)> {
    env.run(["generate", "--man", "man"]).ok();
    let mut pages: Vec<_> = fs::read_dir(env.path("man")).expect("pages").flatten().map(|page| page.path()).collect();
    pages.sort();
    let read = |page: &Path| {
        let name = page.file_stem().and_then(|stem| stem.to_str()).expect("plain").replace('-', " ");
        let text = fs::read_to_string(page).expect("text").replace('\\', "");
        let lines: Vec<&str> = text.lines().collect();
        let named = lines.windows(2).filter(|pair| pair[0] == ".TP" && pair[1].starts_with("fB-")).map(|pair| pair[1]);
        let options = named.filter_map(|line| {
            let words =
                line.split("fB").filter_map(|part| part.split("fR").next()).filter(|word| word.starts_with('-'));
            let words: Vec<&str> = words.collect();
            (!words.contains(&"--help") && !words.contains(&"--version")).then(|| words.join(" "))
        });
        (name.trim_start_matches("caddis").trim().to_owned(), options.collect::<Vec<_>>())
    };
    let mut found: Vec<_> = pages.iter().map(|page| read(page)).collect();
    let of_all = found.iter().find(|(command, _)| command.is_empty()).expect("a page").1.clone();
    let own = found.iter_mut().filter(|(command, _)| !command.is_empty());
    own.for_each(|(_, options)| options.retain(|option| !of_all.contains(option)));
    found
}

#[test]
fn every_option_has_a_test_that_uses_it_with_its_command() {
    let (env, uses) = (TestEnv::new(), sources::uses());
    let commands = options(&env);
    assert!(commands.iter().map(|(_, options)| options.len()).sum::<usize>() > 300, "{commands:?}");
    let mut missing = Vec::new();
    for (command, options) in &commands {
        let words: Vec<&str> = command.split_whitespace().collect();
        for option in options {
            let is_used = |used: &BTreeSet<String>| {
                option.split(' ').any(|name| used.contains(name)) && words.iter().all(|word| used.contains(*word))
            };
            if !uses.iter().any(is_used) {
                missing.push(format!("{command} {option}"));
            }
        }
    }
    assert!(missing.is_empty(), "no test uses\n{}", missing.join("\n"));
}

#[test]
fn every_documented_variable_has_a_test_that_sets_it() {
    let (root, env) = (Path::new(env!("CARGO_MANIFEST_DIR")), TestEnv::new());
    env.run(["generate", "--man", "man"]).ok();
    let mut pages = vec![root.join("README.md")];
    for folder in [root.join("docs"), env.path("man")] {
        pages.extend(
            fs::read_dir(folder).expect("pages").flatten().map(|page| page.path()).filter(|page| page.is_file()),
        );
    }
    let mut documented = BTreeSet::new();
    for text in pages.iter().map(|page| fs::read_to_string(page).expect("text").replace('\\', "")) {
        let words = text.split(|c: char| !c.is_ascii_uppercase() && c != '_');
        let is_ours = |word: &&str| {
            ["CADDIS_", "AWS_", "AZURE_", "GOOGLE_", "WEBDAV_"].iter().any(|start| word.starts_with(start))
        };
        documented.extend(words.filter(is_ours).map(str::to_owned));
    }
    let known = sources::words();
    let is_set =
        |name: &&String| known.iter().any(|word| word == *name || name.ends_with('_') && word.starts_with(*name));
    let missing: Vec<_> = documented.iter().filter(|name| !is_set(name) && !UNTRIED.contains(&&***name)).collect();
    assert!(documented.len() > 20 && missing.is_empty(), "no test sets {missing:?}");
}
