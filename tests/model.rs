//! The commit and prune protocol as an explicit-state model: every interleaving, crash and late put of small configurations.
//!
//! `cargo test --test model -- --nocapture` prints what was explored. Larger configurations and longer walks, for an hour and up to 10 GiB:
//! `CADDIS_TEST_MODEL=deep cargo test --profile quick --test model -- --nocapture --test-threads 1`. One configuration, with broken rules and
//! a trace: `CADDIS_TEST_MODEL='1x1+late any: no_fence'`.
//!
//! # What a state is
//!
//! The storage (every object that matters here, plus puts that are still under way) and the memory of up to three writers and three
//! prunes. One transition is one storage operation: a listing of one prefix, a put, a delete. Reading what a listing named is part of the
//! listing. A crash is a process that never moves again, so every interleaving contains every crash. No process sees a clock: whenever
//! prune may wait for a session it may also fence it.
//!
//! # Invariants, checked in every state
//!
//! - LOST: a snapshot without tombstone needs a blob that no listed index object places in an existing stripe that gives it.
//! - VOID: ... or only index objects that do not count do.
//! - DANGLING: an index object that counts names a stripe that is not doomed and does not exist; a new writer would use it.
//! - LIE: a process reported success without the commit, or a tag removed the old snapshot without a new one.
//! - LEAK: everything stops in this state; complete prunes then leave a dead or unindexed stripe, a mark, a dead index object or a session.
//!
//! What storage itself lost beyond its parity is excused, but not for snapshots whose writers could see that it was given up.
//!
//! # How steps map to the engine
//!
//! | step | operation here | in the engine |
//! |---|---|---|
//! | W1 | `WOp::Session`, `NextSession` | `Session::open`, from `Writer::begin` and `Writer::checkpoint` |
//! | W2 | `ListGc` | `Shared::collected`, from `refresh_for_writing` (repo/mod.rs) |
//! | W3 | `ListIndex`, `ListSnapshots` | `listed_index`, then `catalog`, then `refresh_index`; after it `is_usable` |
//! | W4 | `PutStripe`, `PutIndex` | repo/write: `write_packs`, `flush`, `put_index` |
//! | W5 | `Look`, `Commit`, reading back, `Replica` | `Session::decide` |
//! | W6 | `EndSession` | `Session::close` |
//! | checkpoint | `NextSession` before `Commit` | `Writer::checkpoint` |
//! | changed copy | `Role::Copy`, `Lift`, `ListTombs` to `AskAgain`, `Tomb` | `prepare` (ops/rewrite.rs), then `Shared::bury` (repo/tomb.rs) |
//! | changed copy that stores again, undelete | `Role::Tag`, `Role::Undelete`, `Tomb` | a writer, then `Shared::bury` (repo/tomb.rs); no tombstone ever goes |
//! | resume | `CloseList`, `CloseIndex`, `CloseFence` | repo/resume.rs: `resume`, `index_leftovers`, `is_decided` |
//! | repair | `Inspect`, `Adopt`, `PutStripe`, `PutIndex`, `Doom`, `Commit` | `Repository::mend`: `verify`, `index_again`, `give_up`, `Writer::doom`, `Decision::Repaired` |
//! | G0 | `GOp::Session`, `Packs0` to `Index0` | `Repository::begin_prune`: `before_survey`, `survey` |
//! | G1 | `Candidates` | `Shared::packs`, `ops::prune::plan` |
//! | G2 | `Mark` | `Writer::doom`, from `Prune::carry_out` |
//! | G3 | `ListSessions`, `Decided`, fences, going home | `Prune::others_have_ended`, `Shared::end_sessions`; `Writer::abandon` |
//! | G4 | `Tombs` to `Gc` | `Prune::look_again` |
//! | G5 | `Config::plan`, `CopyStripe`, `CopyIndex`, `Replace`, `Decide`, `Replica` | `Prune::prepare`: `copy`, `uncovered`, `replace`; the decision in `Prune::finish` |
//! | G6 to G8 | `DropIndex`, `DropStripes`, `DropMarks`, `DropSessions` | `Prune::sweep`: `tidy`, `drop_packs`, `drop_marks` |
//!
//! The rules of `tests/model/rules.rs` have the names of `caddis::repo::Broken`, where the engine has the same switch.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "model/config.rs"]
mod config;
#[path = "model/copy.rs"]
mod copy;
#[path = "model/environment.rs"]
mod environment;
#[path = "model/leak.rs"]
mod leak;
#[path = "model/meaning.rs"]
mod meaning;
#[path = "model/plan.rs"]
mod plan;
#[path = "model/prune.rs"]
mod prune;
#[path = "model/repair.rs"]
mod repair;
#[path = "model/rules.rs"]
mod rules;
#[path = "model/scenarios.rs"]
mod scenarios;
#[path = "model/search.rs"]
mod search;
#[path = "model/state.rs"]
mod state;
#[path = "model/tables.rs"]
mod tables;
#[path = "model/words.rs"]
mod words;
#[path = "model/writer.rs"]
mod writer;

use std::time::Instant;

use scenarios::scenario;
use search::Outcome;

/// States of one configuration, at most, when all of them are asked for; a fingerprint and a way back cost some 50 bytes.
const DEEP_STATES: usize = 100_000_000;
/// In a run of all tests every configuration is small enough to be exhausted.
const STATES: usize = 3_000_000;

fn asked() -> Option<String> {
    std::env::var("CADDIS_TEST_MODEL").ok().filter(|what| !what.is_empty())
}

fn deep() -> bool {
    asked().is_some_and(|what| what == "deep")
}

fn tell(name: &str, outcome: &Outcome, since: Instant) {
    let verdict = match (&outcome.violation, outcome.exhaustive) {
        (None, true) => "safe, exhausted".to_owned(),
        (None, false) => "safe as far as explored".to_owned(),
        (Some(violation), _) => format!("{violation} after {} steps", outcome.trace.len()),
    };
    println!("{name:<62} {:>10} states {:>7.1} s  {verdict}", outcome.states, since.elapsed().as_secs_f32());
    match outcome.violation {
        None => println!("REPORT model.safe_configurations 1\nREPORT model.states {}", outcome.states),
        Some(_) => println!("REPORT model.broken_rules_noticed 1"),
    }
}

/// Explores configurations, all of which must be safe.
fn must_be_safe(names: &[&str], cap: usize, exhausted: bool) {
    for name in names {
        let since = Instant::now();
        let outcome = scenario(name, &[]).explore(cap);
        tell(name, &outcome, since);
        assert!(outcome.violation.is_none(), "{name}: {:?}\n{}", outcome.violation, outcome.trace.join("\n"));
        assert!(outcome.exhaustive || !exhausted, "{name} has more than {cap} states");
    }
}

#[test]
fn the_protocol_is_safe() {
    match asked() {
        Some(what) if what != "deep" => {
            let (name, rules) = what.split_once(':').unwrap_or((&what, ""));
            let rules: Vec<&str> = rules.split_whitespace().collect();
            let since = Instant::now();
            let outcome = scenario(name, &rules).explore(DEEP_STATES);
            tell(&what, &outcome, since);
            outcome.trace.iter().for_each(|step| println!("    {step}"));
        }
        _ => must_be_safe(tables::PROTOCOL, STATES, true),
    }
}

#[test]
fn undelete_repair_deltas_replicas_and_take_over_are_safe() {
    must_be_safe(tables::ADDED, STATES, true);
}

#[test]
fn larger_configurations_are_safe() {
    if deep() {
        must_be_safe(tables::DEEP, DEEP_STATES, false);
    }
    for (nth, name) in tables::WALKS.iter().enumerate() {
        let since = Instant::now();
        let steps = if deep() { 50_000_000 } else { 60_000 };
        let outcome = scenario(name, &[]).walk(steps, 88_172_645_463_325_252 + nth as u64);
        tell(&format!("walk {name}"), &outcome, since);
        assert!(outcome.violation.is_none(), "{name}: {:?}\n{}", outcome.violation, outcome.trace.join("\n"));
    }
}

#[test]
fn every_broken_rule_is_caught() {
    for (rules, name) in tables::MUTANTS {
        let since = Instant::now();
        let rules: Vec<&str> = rules.split(' ').collect();
        let outcome = scenario(&format!("{name}+no leak"), &rules).explore(STATES);
        tell(&format!("{} [{name}]", rules.join(" ")), &outcome, since);
        assert!(outcome.violation.is_some(), "nobody notices {rules:?} in {name}");
    }
}

#[test]
fn redundant_rules_are_redundant() {
    for (rule, name, why) in tables::REDUNDANT {
        let since = Instant::now();
        let outcome = scenario(&format!("{name}+no leak"), &[rule]).explore(STATES);
        tell(&format!("{rule} [{name}]"), &outcome, since);
        let found = &outcome.violation;
        assert!(found.is_none(), "{rule} is no longer redundant ({why}): {found:?}\n{}", outcome.trace.join("\n"));
    }
}

#[test]
fn every_rule_is_in_a_table() {
    let broken = tables::MUTANTS.iter().flat_map(|(rules, _)| rules.split(' '));
    let redundant = tables::REDUNDANT.iter().map(|(rule, _, _)| *rule);
    let known: Vec<&str> = broken.chain(redundant).chain(tables::VARIANTS.iter().copied()).collect();
    let missing: Vec<_> = rules::ALL.iter().filter(|rule| !known.contains(rule)).collect();
    assert!(missing.is_empty(), "rules that no test breaks: {missing:?}");
}
