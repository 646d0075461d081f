//! The rules, as a function of paths and texts.
use std::collections::BTreeSet;

use crate::code::code;

/// Longer files need an entry in the list.
const MAX_LINES: usize = 500;
const MAX_MAIN_LINES: usize = 40;

const GROUND: &[&str] = &["id", "monitor", "world"];
const PURE: &[&str] = &["backend", "format", "crypto", "compress", "chunker", "parity"];
/// Above the pure row, each may use all that come before it.
const ABOVE: &[&str] = &["error", "repo", "model", "fs", "ops"];

/// Belong to the command line.
const CLI_ONLY: &[&str] = &[
    "clap",
    "indicatif",
    "anyhow",
    "rpassword",
    "signal_hook",
    "std::env",
    "process::exit",
    "println!",
    "print!",
    "eprintln!",
    "eprint!",
    "dbg!",
];
/// Unfinished work and tests that nobody runs.
const NOWHERE: &[&str] = &["todo!", "unimplemented!", "#[ignore"];
/// Names that say nothing.
const VAGUE: &[&str] = &["util", "utils", "helper", "helpers", "common", "manager"];

/// Modules that a module of the library may use, besides itself.
fn may_use(module: &str) -> Option<Vec<&'static str>> {
    if let Some(at) = ABOVE.iter().position(|above| *above == module) {
        return Some([GROUND, PURE, &ABOVE[..at]].concat());
    }
    if PURE.contains(&module) {
        return Some(GROUND.to_vec());
    }
    match module {
        "monitor" => Some(vec!["id"]),
        "id" | "world" => Some(Vec::new()),
        _ => None,
    }
}

/// The top modules that the code names as `crate::x`, `crate::{x, y}` or, from a top module, `super::x`.
fn used(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = code[at + "crate::".len()..].trim_start();
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        match rest.strip_prefix('{') {
            Some(group) => {
                let (mut depth, mut name) = (0, String::new());
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => drop(used.insert(first_word(&std::mem::take(&mut name)))),
                        c if depth == 0 => name.push(c),
                        _ => {}
                    }
                }
                used.insert(first_word(&name));
            }
            None => drop(used.insert(first_word(rest))),
        }
    }
    used.remove("");
    used
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Whether the code has the word, not as a part of a longer one.
fn has(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = !code[..at].ends_with(part) || word.starts_with('#');
        let after = word.ends_with('!') || !code[at + word.len()..].starts_with(part);
        before && after
    })
}

/// All that is wrong, a line each. `long` lists files that may have more than 500 lines, with how many.
pub fn violations(files: &[(&str, &str)], long: &[(&str, usize)]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        let mut wrong = |what: String| found.push(format!("{path}: {what}"));
        let purpose = text.lines().next().and_then(|line| line.strip_prefix("//! "));
        if purpose.is_none_or(|purpose| purpose.trim().is_empty()) {
            wrong("the first line must say, after //!, what the file is for".to_owned());
        }
        let lines = text.lines().count();
        match long.iter().find(|(entry, _)| entry == path) {
            None if lines > MAX_LINES => wrong(format!("{lines} lines, at most {MAX_LINES}")),
            Some((_, allowed)) if lines > *allowed => wrong(format!("{lines} lines, its entry allows {allowed}")),
            Some(_) if lines <= MAX_LINES => wrong("no longer a long file: remove its entry".to_owned()),
            _ => {}
        }
        let parts = path.trim_end_matches(".rs").split('/');
        if let Some(vague) = parts.into_iter().find(|part| VAGUE.contains(part)) {
            wrong(format!("a module named {vague} says nothing"));
        }
        let code = code(text);
        NOWHERE.iter().filter(|word| has(&code, word)).for_each(|word| wrong(format!("{word} must not be anywhere")));
        let Some(source) = path.strip_prefix("src/") else { continue };
        let top = source.split(['/', '.']).next().unwrap_or_default();
        match top {
            "cli" => continue,
            "main" => {
                if lines > MAX_MAIN_LINES {
                    wrong(format!("{lines} lines, at most {MAX_MAIN_LINES}"));
                }
                continue;
            }
            _ => {}
        }
        CLI_ONLY
            .iter()
            .filter(|word| has(&code, word))
            .for_each(|word| wrong(format!("{word} is for the command line")));
        if top == "lib" {
            continue;
        }
        match may_use(top) {
            Some(below) => (used(&code).iter())
                .filter(|module| *module != top && !below.contains(&module.as_str()))
                .for_each(|module| wrong(format!("{top} must not use {module}"))),
            None => wrong(format!("{top} has no place in the table of layers")),
        }
    }
    for (entry, _) in long.iter().filter(|(entry, _)| files.iter().all(|(path, _)| path != entry)) {
        found.push(format!("{entry}: does not exist, remove its entry"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str) -> Vec<String> {
        violations(&[(path, &format!("//! Purpose.\n{text}"))], &[])
    }

    #[test]
    fn what_is_right_passes() {
        for (path, text) in [
            ("src/ops/backup/run.rs", "use crate::{model::Node, repo::{Writer, read}};\nuse crate::fs::Walk;"),
            ("src/crypto/keys.rs", "use crate::id::RepoId;\nuse super::aead;\n// crate::ops is above\n"),
            ("src/error.rs", "use crate::backend::BackendError;"),
            ("src/monitor.rs", "use crate::id::PackId;"),
            ("src/repo/pack.rs", "const X: &str = \"todo!() println! crate::ops\";"),
            ("src/cli/ls.rs", "use clap::Args; fn f() { println!(); std::process::exit(1) }"),
            ("src/lib.rs", "pub mod ops;"),
            ("tests/x.rs", "use caddis::ops; fn f() { println!() }"),
        ] {
            assert_eq!(check(path, text), Vec::<String>::new());
        }
    }

    #[test]
    fn what_is_planted_is_found() {
        for (path, text, what) in [
            ("src/repo/read.rs", "use crate::model::Node;", "repo must not use model"),
            ("src/repo/read.rs", "fn f() { crate::ops::ls::ls() }", "repo must not use ops"),
            ("src/model/read.rs", "use crate::{\n    id::BlobId,\n    fs::source,\n};", "model must not use fs"),
            ("src/crypto/aead.rs", "use crate::format::Codec;", "crypto must not use format"),
            ("src/backend/mod.rs", "use crate::error::Error;", "backend must not use error"),
            ("src/id.rs", "use crate::world::Time;", "id must not use world"),
            ("src/newcomer.rs", "", "newcomer has no place"),
            ("src/repo/a.rs", "fn f() { println!() }", "println! is for the command line"),
            ("src/fs/a.rs", "use std::env;", "std::env is for"),
            ("src/ops/a.rs", "fn f() { std::process::exit(1) }", "process::exit is for"),
            ("src/ops/a.rs", "use clap::Args;", "clap is for"),
            ("src/ops/a.rs", "fn f() -> anyhow::Result<()>", "anyhow is for"),
            ("src/ops/a.rs", "fn f() { todo!() }", "todo! must not"),
            ("tests/a.rs", "fn f() { unimplemented!(\"x\") }", "unimplemented! must not"),
            ("src/cli/a.rs", "#[test]\n#[ignore]\nfn f() {}", "#[ignore must not"),
            ("tests/a.rs", "#[ignore = \"slow\"]", "#[ignore must not"),
            ("src/repo/util.rs", "", "a module named util"),
            ("tests/common/mod.rs", "", "a module named common"),
            ("src/main.rs", &"\n".repeat(50), "at most 40"),
            ("src/ops/a.rs", &"\n".repeat(500), "501 lines, at most 500"),
        ] {
            let found = check(path, text);
            assert!(found.len() == 1 && found[0].contains(what), "{path} {text:?}: {found:?}");
        }
    }

    #[test]
    fn purposes_are_needed() {
        for text in ["", "use x;\n//! Late.", "// Purpose.", "//!", "//! \n"] {
            assert_eq!(violations(&[("tests/a.rs", text)], &[]).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn the_list_of_long_files_only_shrinks() {
        let text = format!("//! Purpose.\n{}", "\n".repeat(599));
        let files = [("src/ops/a.rs", text.as_str())];
        assert!(violations(&files, &[("src/ops/a.rs", 600)]).is_empty());
        assert!(violations(&files, &[("src/ops/a.rs", 599)])[0].contains("its entry allows"));
        assert!(violations(&[("src/ops/a.rs", "//! P.\n")], &[("src/ops/a.rs", 600)])[0].contains("remove its entry"));
        assert!(violations(&[], &[("src/ops/a.rs", 600)])[0].contains("does not exist"));
    }
}
