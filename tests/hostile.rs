//! Repositories that somebody wrote with the right keys and bad intent: whatever is in them, restore, check, list and repair end with a
//! clear error or a correct skip. No panic, no hang, bounded memory, nothing outside of the target touched, no wrong bytes as right ones.
//!
//! Each case is a test with a name; `cargo test --test hostile -- --nocapture` prints what each took.
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout, reason = "tests that tell their numbers")]

#[allow(dead_code, reason = "shared with other tests")]
mod engine;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "engine/sealed.rs"]
mod sealed;
#[allow(dead_code, reason = "shared with other tests")]
mod testenv;

#[macro_use]
#[path = "hostile/cases.rs"]
mod cases;
#[path = "hostile/content.rs"]
mod content;
#[path = "hostile/index.rs"]
mod index;
#[path = "hostile/keys.rs"]
mod keys;
#[path = "hostile/links.rs"]
mod links;
#[path = "hostile/names.rs"]
mod names;
#[path = "hostile/objects.rs"]
mod objects;
#[path = "hostile/packs.rs"]
mod packs;
#[path = "hostile/paths.rs"]
mod paths;
#[path = "hostile/protocol.rs"]
mod protocol;
#[path = "hostile/scene.rs"]
mod scene;
#[path = "hostile/stripe.rs"]
mod stripe;
#[path = "hostile/terminal.rs"]
mod terminal;
#[path = "hostile/trees.rs"]
mod trees;

/// All cases by the file that has them.
const TABLE: &[(&str, &[&str])] = &[
    ("content", content::NAMES),
    ("index", index::NAMES),
    ("keys", keys::NAMES),
    ("links", links::NAMES),
    ("names", names::NAMES),
    ("objects", objects::NAMES),
    ("packs", packs::NAMES),
    ("paths", paths::NAMES),
    ("protocol", protocol::NAMES),
    ("terminal", terminal::NAMES),
    ("trees", trees::NAMES),
];

/// Reports quote it.
const CASES: usize = 218;

#[test]
fn the_table_has_all_cases_once() {
    let names: Vec<&str> = TABLE.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let distinct: std::collections::BTreeSet<&str> = names.iter().copied().collect();
    for (file, names) in TABLE {
        eprintln!("hostile repositories, {file}: {}", names.join(", "));
    }
    println!("REPORT hostile.cases {}", names.len());
    assert_eq!((names.len(), distinct.len()), (CASES, CASES));
}
