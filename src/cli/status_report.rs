//! What `caddis status` tells, as text and as JSON.
use std::time::Duration;

use caddis::ops::forget::{Doubt, GroupKey};
use caddis::ops::status::{Alarm, Copy, Limits, Overview, Place, Series};
use caddis::world::Time;
use serde_json::{Value, json};

use super::names;
use super::output::Output;
use super::status::Looked;
use super::table::{Align, DAYS, MINUTES, Step, Table};
use super::units::{count, size};
use super::when;

/// Left out until the table fits.
const STEPS: [Step; 14] = [
    Step::DropEmpty("Notes"),
    Step::Cut("Last backup", MINUTES),
    Step::Shorten("Series", 24),
    Step::Shorten("Place", 20),
    Step::Fold("Notes", 16),
    Step::Shorten("Series", 18),
    Step::Shorten("Place", 12),
    Step::Cut("Last backup", DAYS),
    Step::Drop("Snapshots"),
    Step::Shorten("Series", 12),
    Step::Shorten("Place", 10),
    Step::Fold("Notes", 8),
    Step::Drop("Age"),
    Step::Drop("Size"),
];

/// The whole report. `looked` has what is known of each place, as far as it could be looked at.
pub fn show(overview: &Overview, places: &[Place], looked: &[Option<Looked>], limits: &Limits, out: &Output) {
    // A reader that went away has seen enough.
    if out.style.json {
        for (place, about) in places.iter().zip(looked) {
            let _ = out.object(&place_json(place, about.as_ref()));
        }
        for series in &overview.series {
            let _ = out.object(&series_json(series, places));
        }
        let _ = out.object(&summary(overview, places, limits));
    } else if !out.style.quiet {
        let _ = out.bytes(table(overview, places, out.width()).as_bytes());
        text(overview, places, looked).iter().for_each(|line| out.say(line));
    }
    for copy in overview.series.iter().flat_map(|series| &series.copies) {
        if let Some((info, doubt)) = copy.state.doubtful.first() {
            let others = match copy.state.doubtful.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more)"),
            };
            out.note(&format!(
                "Snapshot {} of {}{others} in {} does not count: its date, {}, {}; `caddis forget` removes it",
                info.id.short(),
                name(&copy.state.key),
                name_of(places, copy.place),
                when::human(info.snapshot.time),
                reason(*doubt)
            ));
        }
    }
}

fn reason(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Impossible => "is later than now, so that a clock was or is wrong",
        Doubt::Order { .. } => "contradicts those of other snapshots of its host, so that a clock was wrong",
    }
}

/// `host:/path, /path`, or `@label`.
pub fn name(key: &GroupKey) -> String {
    if let Some(label) = key.label.as_ref().filter(|label| !label.is_empty()) {
        return format!("@{}", names::display(label.as_bytes()));
    }
    let paths: Vec<_> = key.paths.iter().flatten().map(|path| names::display(path)).collect();
    format!("{}:{}", names::display(key.host.as_deref().unwrap_or_default().as_bytes()), paths.join(", "))
}

fn name_of(places: &[Place], number: usize) -> &str {
    places.get(number).map_or("", |place| &place.name)
}

/// `3 minutes`, `26 hours`, `3 days`.
pub fn long(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..120 => count(seconds, "second"),
        120..7200 => count(seconds / 60, "minute"),
        7200..172_800 => count(seconds / 3600, "hour"),
        _ => count(seconds / 86_400, "day"),
    }
}

/// What an alarm is about, and what it says.
pub fn alarm(alarm: &Alarm, places: &[Place], max_age: Option<Duration>) -> (String, String) {
    match alarm {
        Alarm::Nothing { place } => {
            let place = name_of(places, *place);
            (place.to_owned(), format!("There are no such snapshots in {place}"))
        }
        Alarm::Unmatched(what) => (what.clone(), format!("There are no snapshots: {what}")),
        Alarm::TooOld { series, place, age } => {
            let (series, place) = (name(series), name_of(places, *place));
            let limit = long(max_age.unwrap_or_default());
            let message = match age {
                Some(age) => {
                    format!("{series} was last backed up to {place} {} ago, which is more than {limit}", long(*age))
                }
                None => format!("{series} has no complete snapshot in {place} whose date is to be believed"),
            };
            (series, message)
        }
        Alarm::AllEnded => {
            ("all series".to_owned(), "Nothing was backed up for so long that all series count as ended".to_owned())
        }
    }
}

fn table(overview: &Overview, places: &[Place], width: Option<usize>) -> String {
    let mut table = Table::new(&[
        ("Series", Align::Left),
        ("Place", Align::Left),
        ("Last backup", Align::Left),
        ("Age", Align::Right),
        ("Size", Align::Right),
        ("Snapshots", Align::Right),
        ("Notes", Align::Left),
    ]);
    for series in &overview.series {
        for (at, copy) in series.copies.iter().enumerate() {
            let latest = copy.state.latest.as_ref();
            let cell = |text: Option<String>| vec![text.unwrap_or_else(|| "none".to_owned())];
            table.row(vec![
                if at == 0 { vec![name(&series.key)] } else { Vec::new() },
                vec![name_of(places, copy.place).to_owned()],
                cell(latest.map(|info| when::human(info.snapshot.time))),
                copy.age.map(long).into_iter().collect(),
                latest.map(|info| size(info.snapshot.statistics.bytes)).into_iter().collect(),
                vec![copy.state.snapshots.to_string()],
                notes(series, copy),
            ]);
        }
    }
    table.footer(format!("{} series", overview.series.len()));
    if let Some(width) = width {
        table.fit(width, &STEPS);
    }
    table.render()
}

fn notes(series: &Series, copy: &Copy) -> Vec<String> {
    let mut notes = Vec::new();
    if series.has_ended {
        notes.push("ended".to_owned());
    } else if copy.is_too_old {
        notes.push("too old".to_owned());
    }
    if let Some(partial) = &copy.state.partial {
        notes.push(format!("unfinished run of {}", when::human(partial.snapshot.time)));
    }
    if let Some(info) = copy.state.latest.as_ref().filter(|info| info.snapshot.with_problems) {
        match info.snapshot.statistics.problems {
            0 => notes.push("with errors".to_owned()),
            problems => notes.push(format!("with {}", count(problems, "error"))),
        }
    }
    if !copy.state.doubtful.is_empty() {
        notes.push(format!("{} not believed", count(copy.state.doubtful.len(), "date")));
    }
    notes
}

fn text(overview: &Overview, places: &[Place], looked: &[Option<Looked>]) -> Vec<String> {
    let mut lines = Vec::new();
    for (place, about) in places.iter().zip(looked) {
        let Some(Looked { coverage, is_remembered, .. }) = about else { continue };
        let stored = format!(
            "{} ({}): {} in {}",
            place.name,
            place.kinds.join(", "),
            size(coverage.bytes),
            count(coverage.packs, "pack")
        );
        let verified = match (is_remembered, coverage.oldest.zip(coverage.newest)) {
            (false, _) => "nothing is remembered of checks, for there is no cache".to_owned(),
            (true, None) => "no check on this machine has read any of them".to_owned(),
            (true, Some((oldest, newest))) => {
                let (oldest, newest) = (when::human(at(oldest)), when::human(at(newest)));
                match oldest == newest {
                    true => format!("last verified on this machine {newest}"),
                    false => format!("last verified on this machine from {oldest} to {newest}"),
                }
            }
        };
        lines.push(format!("{stored}, {verified}"));
        if coverage.never > 0 && coverage.oldest.is_some() {
            lines.push(format!(
                "  never verified here: {} ({})",
                count(coverage.never, "pack"),
                size(coverage.never_bytes)
            ));
        }
        if coverage.damaged > 0 {
            let damaged = count(coverage.damaged, "pack");
            lines.push(format!("  found damaged by the last check here: {damaged}; `caddis check` tells what to do"));
        }
    }
    let Some([copies, kinds, off_site]) = overview.rule() else { return lines };
    let word = |holds| if holds { "yes" } else { "no" };
    lines.push(format!(
        "3-2-1: three copies (the original and two more): {}; two kinds of storage: {}; one copy elsewhere: {}",
        word(copies),
        word(kinds),
        word(off_site)
    ));
    // Where series differ it is told which of them lack something.
    let lacking = |part: usize| {
        let active = overview.series.iter().filter(|series| !series.has_ended);
        let lacking: Vec<_> =
            active.clone().filter(|series| !series.rule.holds()[part]).map(|one| name(&one.key)).collect();
        (lacking.len() < active.count()).then_some(lacking).filter(|lacking| !lacking.is_empty())
    };
    for (part, what) in ["three copies", "two kinds of storage", "a copy elsewhere"].into_iter().enumerate() {
        if let Some(lacking) = lacking(part) {
            lines.push(format!("  without {what}: {}", lacking.join("; ")));
        }
    }
    lines
}

fn at(seconds: u32) -> Time {
    Time { secs: seconds.into(), nanos: 0 }
}

fn place_json(place: &Place, about: Option<&Looked>) -> Value {
    let mut value = json!({
        "message_type": "repository", "place": place.name, "kinds": place.kinds, "copies": place.copies, "off_site": place.is_off_site,
        "reached": about.is_some(),
    });
    if let (Some(about), Some(members)) = (about, value.as_object_mut()) {
        let coverage = &about.coverage;
        let time = |seconds: Option<u32>| seconds.map(|seconds| when::rfc3339(at(seconds)));
        members.insert("id".to_owned(), json!(about.id));
        members.insert("packs".to_owned(), json!(coverage.packs));
        members.insert("bytes".to_owned(), json!(coverage.bytes));
        let verified = json!({
            "remembered": about.is_remembered,
            "oldest": time(coverage.oldest),
            "newest": time(coverage.newest),
            "packs_never": coverage.never,
            "bytes_never": coverage.never_bytes,
            "packs_damaged": coverage.damaged,
        });
        members.insert("verified_on_this_machine".to_owned(), verified);
    }
    value
}

fn series_json(series: &Series, places: &[Place]) -> Value {
    let copies: Vec<Value> = series.copies.iter().map(|copy| copy_json(copy, places)).collect();
    let [three, two, one] = series.rule.holds();
    json!({
        "message_type": "series",
        "name": name(&series.key),
        "hostname": series.key.host,
        "paths": series.key.paths.as_ref().map(|paths| paths.iter().map(|path| names::lossy(path)).collect::<Vec<_>>()),
        "label": series.key.label,
        "last_backup": series.newest().map(|info| when::rfc3339(info.snapshot.time)),
        "ended": series.has_ended,
        "repositories": copies,
        "copies": series.rule.copies,
        "kinds": series.rule.kinds,
        "copies_off_site": series.rule.off_site,
        "three_copies": three,
        "two_kinds": two,
        "one_off_site": one,
    })
}

fn copy_json(copy: &Copy, places: &[Place]) -> Value {
    let latest = copy.state.latest.as_ref();
    let doubtful = copy.state.doubtful.iter().map(|(info, doubt)| {
        json!({"id": info.id.to_string(), "time": when::rfc3339(info.snapshot.time), "reason": format!("its date {}", reason(*doubt))})
    });
    json!({
        "place": name_of(places, copy.place),
        "snapshots": copy.state.snapshots,
        "snapshot_id": latest.map(|info| info.id.to_string()),
        "time": latest.map(|info| when::rfc3339(info.snapshot.time)),
        "age_seconds": copy.age.map(|age| age.as_secs()),
        "too_old": copy.is_too_old,
        "bytes": latest.map(|info| info.snapshot.statistics.bytes),
        "files": latest.map(|info| info.snapshot.statistics.files),
        "error_count": latest.map(|info| info.snapshot.statistics.problems.max(info.snapshot.with_problems.into())),
        "unfinished": copy.state.partial.as_ref().map(|info| when::rfc3339(info.snapshot.time)),
        "doubtful": doubtful.collect::<Vec<_>>(),
    })
}

fn summary(overview: &Overview, places: &[Place], limits: &Limits) -> Value {
    let rule = overview.rule();
    let part = |part: usize| rule.map(|rule| rule[part]);
    let alarms: Vec<_> = overview.alarms.iter().map(|one| alarm(one, places, limits.max_age).1).collect();
    json!({
        "message_type": "summary",
        "series": overview.series.len(),
        "series_ended": overview.series.iter().filter(|series| series.has_ended).count(),
        "max_age_seconds": limits.max_age.map(|age| age.as_secs()),
        "alarms": alarms,
        "three_copies": part(0),
        "two_kinds": part(1),
        "one_off_site": part(2),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_one_unit() {
        let told = |seconds| long(Duration::from_secs(seconds));
        assert_eq!([0, 1, 119].map(told), ["0 seconds", "1 second", "119 seconds"]);
        assert_eq!([120, 7199, 7200, 93_600].map(told), ["2 minutes", "119 minutes", "2 hours", "26 hours"]);
        assert_eq!([172_800, 8_640_000].map(told), ["2 days", "100 days"]);
    }

    #[test]
    fn series_have_names() {
        let key = GroupKey {
            host: Some("web".into()),
            paths: Some(vec![b"/a".to_vec(), b"/b".to_vec()]),
            ..GroupKey::default()
        };
        assert_eq!(name(&key), "web:/a, /b");
        assert_eq!(name(&GroupKey { label: Some("db".into()), ..GroupKey::default() }), "@db");
    }
}
