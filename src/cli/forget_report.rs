//! What a forget keeps and removes, as tables like restic's or as its JSON.
use caddis::id::SessionId;
use caddis::ops::forget::{Group, GroupKey, Plan};
use caddis::ops::snapshots::SnapshotInfo;
use serde_json::{Value, json};

use super::names;
use super::output::Output;
use super::snapshot_json;
use super::snapshots::{Extra, table};
use super::units::count;

/// A table for what stays and one for what goes, for each group. With `-q` nothing: it is no result, the snapshots are.
pub fn show(plan: &Plan, compact: bool, out: &Output) {
    for group in &plan.groups {
        out.say(heading(&group.key));
        out.say("");
        let verdict = &group.verdict;
        if !verdict.keep.is_empty() {
            let infos: Vec<SnapshotInfo> = verdict.keep.iter().map(|kept| kept.info.clone()).collect();
            let reasons = verdict.keep.iter().map(|kept| kept.reasons.clone()).collect();
            out.say(format_args!("keep {}:", count(infos.len(), "snapshot")));
            out.lines(&table(&infos, compact, Some(Extra { title: "Reasons", cells: reasons }), out.width()));
        }
        if !verdict.remove.is_empty() {
            out.say(format_args!("remove {}:", count(verdict.remove.len(), "snapshot")));
            out.lines(&table(&verdict.remove, compact, None, out.width()));
        }
    }
}

/// `snapshots for host web, paths [/etc, /srv]:`
pub fn heading(key: &GroupKey) -> String {
    let shown = |text: &[u8]| names::display(text);
    let list = |items: Vec<String>| format!("[{}]", items.join(", "));
    let mut parts = Vec::new();
    parts.extend(key.host.as_ref().map(|host| format!("host {}", shown(host.as_bytes()))));
    parts.extend(
        key.paths.as_ref().map(|paths| format!("paths {}", list(paths.iter().map(|path| shown(path)).collect()))),
    );
    parts.extend(
        key.tags.as_ref().map(|tags| format!("tags {}", list(tags.iter().map(|tag| shown(tag.as_bytes())).collect()))),
    );
    parts.extend(key.label.as_ref().map(|label| match label.as_str() {
        "" => "no label".to_owned(),
        label => format!("label {}", shown(label.as_bytes())),
    }));
    if parts.is_empty() { "snapshots:".to_owned() } else { format!("snapshots for {}:", parts.join(", ")) }
}

/// What was done.
pub fn conclude(removed: &[SessionId], dry_run: bool, by_policy: bool, is_pruned: bool, out: &Output) {
    match (dry_run, by_policy) {
        (true, _) if removed.is_empty() => out.say("Would have removed nothing"),
        (true, _) => {
            let ids: Vec<String> = removed.iter().map(SessionId::short).collect();
            out.say(format_args!("Would have removed {}: {}", count(ids.len(), "snapshot"), ids.join(" ")));
        }
        (false, false) => removed.iter().for_each(|id| out.say(format_args!("removed snapshot {}", id.short()))),
        (false, true) if removed.is_empty() => out.say("No snapshots were removed"),
        (false, true) => {
            let have = if removed.len() == 1 { "has" } else { "have" };
            out.say(format_args!("{} {have} been removed", count(removed.len(), "snapshot")));
        }
    }
    match removed {
        _ if dry_run || is_pruned => {}
        [] => {}
        [id] => out.say(format_args!("Until `caddis prune` has run, `caddis undelete {}` brings it back", id.short())),
        _ => out.say("Until `caddis prune` has run, `caddis undelete` brings them back (`caddis snapshots --deleted`)"),
    }
}

/// restic's array of groups.
pub fn json(plan: &Plan) -> Value {
    plan.groups.iter().map(group_json).collect()
}

fn group_json(group: &Group) -> Value {
    let Group { key, verdict } = group;
    let reasons = verdict
        .keep
        .iter()
        .map(|kept| json!({"snapshot": snapshot_json::snapshot(&kept.info), "matches": kept.reasons}));
    json!({
        "tags": key.tags,
        "host": key.host.clone().unwrap_or_default(),
        "paths": key.paths.as_ref().map(|paths| paths.iter().map(|path| names::lossy(path)).collect::<Vec<_>>()),
        "label": key.label,
        "keep": verdict.keep.iter().map(|kept| snapshot_json::snapshot(&kept.info)).collect::<Value>(),
        "remove": verdict.remove.iter().map(snapshot_json::snapshot).collect::<Value>(),
        "reasons": reasons.collect::<Value>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_name_what_groups_have_in_common() {
        let key = GroupKey {
            host: Some("h\n".into()),
            paths: Some(vec![b"/a".to_vec(), b"/b".to_vec()]),
            ..GroupKey::default()
        };
        assert_eq!(heading(&key), "snapshots for host \"h\\n\", paths [/a, /b]:");
        assert_eq!(heading(&GroupKey::default()), "snapshots:");
        let key = GroupKey { tags: Some(Vec::new()), label: Some(String::new()), ..GroupKey::default() };
        assert_eq!(heading(&key), "snapshots for tags [], no label:");
    }
}
