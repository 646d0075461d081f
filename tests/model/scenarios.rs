//! Named configurations: writers x prunes / layout + options.
use crate::config::{Config, Role, WriterCfg};
use crate::state::*;

fn writer(role: Role, needs: &[Blobs]) -> WriterCfg {
    WriterCfg { role, needs: needs.to_vec(), may_delete: true }
}

fn backup(needs: &[Blobs]) -> WriterCfg {
    writer(Role::Backup, needs)
}

fn no_delete(needs: &[Blobs]) -> WriterCfg {
    WriterCfg { may_delete: false, ..backup(needs) }
}

/// The kind of a configuration: its writers and the number of its prunes.
fn cast(kind: &str) -> (Vec<WriterCfg>, usize) {
    let (who, prunes) = kind.rsplit_once('x').expect("a kind ends with x and the number of prunes");
    let both = A | B;
    let writers = match who.trim_end() {
        "0" => vec![],
        "1" => vec![backup(&[both])],
        "1b" => vec![backup(&[B])],
        "2" => vec![backup(&[A]), backup(&[both])],
        "3" => vec![backup(&[A, both]), writer(Role::Tag(1), &[B]), backup(&[B, both])],
        "chain" => vec![backup(&[A, both])],
        "2 chains" => vec![backup(&[A, both]), backup(&[both])],
        "tag" => vec![writer(Role::Tag(0), &[both])],
        "copy" => vec![writer(Role::Copy(0), &[both])],
        "copy b" => vec![writer(Role::Copy(1), &[B])],
        "rewrite" => vec![writer(Role::Copy(1), &[both])],
        "lift" => vec![writer(Role::Lift(0), &[both])],
        "2 copies" => vec![writer(Role::Copy(0), &[both]), writer(Role::Copy(0), &[both])],
        "2 lifts" => vec![writer(Role::Lift(0), &[both]), writer(Role::Lift(0), &[both])],
        "copy of copy" => vec![writer(Role::Copy(0), &[both]), writer(Role::Copy(2), &[both])],
        "backup and its copy" => vec![backup(&[both]), writer(Role::Copy(2), &[both])],
        "writer and copy" => vec![backup(&[A]), writer(Role::Copy(0), &[both])],
        "copy and repair" => vec![writer(Role::Copy(0), &[both]), writer(Role::Repair, &[0])],
        "lift and repair" => vec![writer(Role::Lift(0), &[both]), writer(Role::Repair, &[0])],
        "chain and copies" => {
            vec![backup(&[A, both]), writer(Role::Copy(1), &[both]), writer(Role::Lift(4), &[both])]
        }
        "undelete" => vec![writer(Role::Undelete(0), &[both])],
        "writer and undelete" => vec![backup(&[A]), writer(Role::Undelete(0), &[both])],
        "writer and tag" => vec![backup(&[A]), writer(Role::Tag(1), &[B])],
        "no delete right" => vec![no_delete(&[A, both]), no_delete(&[both])],
        "resume" => vec![backup(&[both]), writer(Role::Resume(0), &[both])],
        "take over" => vec![writer(Role::TakeOver, &[B])],
        "take over alone" => vec![writer(Role::TakeOver, &[0])],
        "repair" => vec![writer(Role::Repair, &[0])],
        "writer and repair" => vec![backup(&[both]), writer(Role::Repair, &[0])],
        "undelete and repair" => vec![writer(Role::Undelete(0), &[both]), writer(Role::Repair, &[0])],
        _ => panic!("no configuration {kind}"),
    };
    (writers, prunes.parse().expect("a number of prunes"))
}

fn leave_marks(c: &mut Config) {
    c.leak = false;
    for (stripe, waits) in [(0, 0), (1, 1 << c.w_sid[0][0])] {
        // Of the closing prunes, which do not run.
        let run = FINAL + 1 + stripe;
        c.start.fenced |= 1 << c.run_sid(run);
        (c.start.homed, c.start.marks) = (c.start.homed | 1 << run, c.start.marks | 1 << run);
        (c.start.doomed[run], c.start.waits[run], c.start.covers[run]) = (1 << stripe, waits, 1 << run);
    }
}

/// A configuration and the rules it breaks, e.g. `tag x2/one+late`. Options:
/// late: one put of an index object or a pack may be late; late any: one put of any object; a number behind it: so many of them.
/// ghost: second copies of the initial index objects and packs are under way. split: one stripe and index object for each blob.
/// dead: prune only takes stripes with dead blobs, not any one stripe. keeps: prune's fences name what they keep.
/// lost stripe, lost index, lost decision: storage has one such fault. replicas: decisions have them.
/// left marks: earlier prunes have marked both stripes and gone home; one mark waits for nobody, the other for the first writer. No leak check.
/// stale: lists of tombstones may be as old as the session. protected: only what writers commit may be forgotten.
/// waits for all, close over kept: variants, see `rules`. only lost: nothing but lost data and lies is looked for. no leak: not for leaked space.
pub fn scenario(name: &str, rules: &[&str]) -> Config {
    let mut options = name.split('+');
    let base = options.next().unwrap_or_default();
    let (kind, layout) = base.split_once('/').unwrap_or((base, "shared"));
    let (writers, prunes) = cast(kind);
    let mut c = Config::new(layout, &writers, prunes);
    for option in options {
        match option {
            "late" => (c.late, c.budget) = (L_INDEX | L_STRIPE, 1),
            "late2" => (c.late, c.budget) = (L_INDEX | L_STRIPE, 2),
            "late any" => (c.late, c.budget) = (L_ALL, 1),
            "late any2" => (c.late, c.budget) = (L_ALL, 2),
            "late any3" => (c.late, c.budget) = (L_ALL, 3),
            "late session" => (c.late, c.budget) = (L_SESSION | L_MARK | L_FENCE, 2),
            "split" => c.split = true,
            "stale" => c.stale = true,
            "protected" => c.forget = c.snapshots & !3,
            "dead" => c.free_candidates = false,
            "forget all" => c.forget = c.snapshots,
            "keeps" => c.rules.fence_keeps_listed = true,
            "ghost" => (c.start.late.index, c.start.late.stripes) = (c.initial_names, c.start.stripes),
            "lost stripe" => (c.fault_kinds, c.faults) = (c.fault_kinds | F_STRIPE, c.faults + 1),
            "lost index" => (c.fault_kinds, c.faults) = (c.fault_kinds | F_INDEX, c.faults + 1),
            "lost decision" => (c.fault_kinds, c.faults, c.replicas) = (c.fault_kinds | F_DECISION, c.faults + 1, true),
            "replicas" => c.replicas = true,
            "left marks" => leave_marks(&mut c),
            "waits for all" => c.rules.waits_for_all = true,
            "close over kept" => c.rules.close_over_kept = true,
            "only lost" => c.only_lost = true,
            "no leak" => c.leak = false,
            _ => panic!("no option {option}"),
        }
    }
    for rule in rules {
        c.rules.set(rule);
    }
    c.finish()
}
