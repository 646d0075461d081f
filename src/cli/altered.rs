//! What `rewrite` and `purge` have in common: plan, refuse what is protected, change one snapshot after the other, tell it.
use caddis::ops::alter::{self, Alteration, Planned};
use caddis::ops::rewrite::LeftOut;
use caddis::ops::snapshots::SnapshotInfo;
use serde_json::{Value, json};

use super::changed::ChangeRun;
use super::units::{count, size};
use super::when;

/// How it is done.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// The old snapshots are forgotten.
    pub replace: bool,
    /// Protected ones are replaced too.
    pub even_protected: bool,
    pub dry_run: bool,
}

/// What was done, or would be.
#[derive(Debug, Default)]
pub struct Outcome {
    pub looked_at: usize,
    pub changed: usize,
    pub left_out: LeftOut,
}

/// Does it. Each snapshot is changed, and its old one forgotten, by itself: after an interruption the same command goes on.
pub fn run(run: &ChangeRun<'_>, found: &[SnapshotInfo], alteration: &Alteration, how: How) -> anyhow::Result<Outcome> {
    let planned = alter::plan(&run.repo, found, alteration, &run.progress)?;
    if how.replace && !how.even_protected {
        let protected = alter::protected(&run.repo, &planned);
        if !protected.is_empty() {
            let text = format!(
                "Protected snapshots would be changed: {}. --even-protected changes them too, and their copies are protected as they were",
                protected.iter().map(|info| named(info)).collect::<Vec<_>>().join(", ")
            );
            match how.dry_run {
                true => run.context.out.note(&format!("{text}; without it nothing is changed")),
                false => anyhow::bail!("{text}. Nothing was changed"),
            }
        }
    }
    let mut outcome = Outcome { looked_at: found.len(), ..Outcome::default() };
    for one in &planned {
        let new = match how.dry_run {
            true => None,
            false => {
                let (new, is_new) = alter::execute(&run.repo, &run.owner, one, alteration, how.replace, &run.progress)?;
                if !is_new {
                    let (old, new) = (one.info.id.short(), new.short());
                    run.context.out.say(format_args!("snapshot {old} has such a changed copy already, {new}"));
                    continue;
                }
                Some(new.to_string())
            }
        };
        tell(run, one, new.as_deref(), how);
        outcome.changed += 1;
        outcome.left_out.add(one.left_out);
    }
    run.progress.finish();
    Ok(outcome)
}

/// `1a2b3c4d (for ever)`.
fn named(info: &SnapshotInfo) -> String {
    let until = info.snapshot.protected_until.map(when::until);
    format!("{} ({})", info.id.short(), until.unwrap_or_default())
}

fn tell(run: &ChangeRun<'_>, one: &Planned, new: Option<&str>, how: How) {
    let out = &run.context.out;
    let old = one.info.id;
    if out.style.json {
        let mut value = json!({
            "message_type": if new.is_some() { "changed" } else { "would_change" },
            "old_snapshot_id": old.to_string(),
            "new_snapshot_id": new,
            "old_snapshot_forgotten": how.replace && new.is_some(),
        });
        add_left_out(&mut value, &one.left_out);
        return out.status(&value);
    }
    let mut text = match new {
        Some(new) => format!("snapshot {} is now {}", old.short(), new.get(..8).unwrap_or(new)),
        None => format!("snapshot {} would be changed", old.short()),
    };
    if !one.left_out.is_empty() {
        text.push_str(&format!(", without {}", left_out(&one.left_out)));
    }
    if !how.replace {
        text.push_str("; the original stays");
    }
    out.say(text);
}

/// `3 files and 1 directory, 2.000 MiB`.
pub fn left_out(left_out: &LeftOut) -> String {
    let totals = left_out.totals;
    let kinds = [(totals.files, "file"), (totals.directories, "directory"), (totals.others, "other entry")];
    let kinds: Vec<String> =
        kinds.into_iter().filter(|(number, _)| *number > 0).map(|(number, noun)| count(number, noun)).collect();
    let mut text = format!("{} ({})", kinds.join(", "), size(totals.bytes));
    if left_out.unread > 0 {
        let unread = count(left_out.unread, "directory");
        text.push_str(&format!(", and what was in {unread} that cannot be read"));
    }
    text
}

/// The same as members of a JSON object.
pub fn add_left_out(value: &mut Value, left_out: &LeftOut) {
    value["files_removed"] = json!(left_out.totals.files);
    value["dirs_removed"] = json!(left_out.totals.directories);
    value["others_removed"] = json!(left_out.totals.others);
    value["bytes_removed"] = json!(left_out.totals.bytes);
    value["dirs_unread"] = json!(left_out.unread);
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::ops::totals::Totals;

    #[test]
    fn what_goes_is_told_in_words() {
        let totals = Totals { files: 3, directories: 1, others: 0, bytes: 2 << 20 };
        assert_eq!(left_out(&LeftOut { totals, ..LeftOut::default() }), "3 files, 1 directory (2.000 MiB)");
        let text = left_out(&LeftOut { totals, unread: 2, ..LeftOut::default() });
        assert!(text.ends_with("and what was in 2 directories that cannot be read"), "{text}");
    }
}
