//! Listing and selecting snapshots.
use std::fmt::{self, Display};

use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::format::Decision;
use crate::id::SessionId;
use crate::model::{Snapshot, decode_snapshot};
use crate::monitor::{Event, Monitor, Problem};
use crate::repo::{Catalog, Repository};
use crate::world::Time;

/// A snapshot with its id.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct SnapshotInfo {
    pub id: SessionId,
    pub snapshot: Snapshot,
}

impl SnapshotInfo {
    /// What lists of snapshots ascend in: the time, and of the same time first the original, then its changed copies.
    pub fn order(&self) -> impl Ord + use<> {
        let Snapshot { time, counter, original, .. } = self.snapshot;
        (time, counter, original.unwrap_or(self.id), original.is_some(), self.id)
    }
}

/// Reads a time; the error says what is wrong with it.
pub type ReadTime = fn(&str) -> std::result::Result<Time, String>;

/// Restricts snapshots; empty parts do not restrict.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct SnapshotFilter {
    pub hosts: Vec<String>,
    pub labels: Vec<String>,
    /// Each is a list of which all tags must be there, an empty one stands for no tags at all; one of the lists must match.
    pub tags: Vec<Vec<String>>,
    /// All must be among the snapshot's paths.
    pub paths: Vec<Vec<u8>>,
    /// Reads the times in selectors; without it they are RFC 3339.
    pub read_time: Option<ReadTime>,
}

impl SnapshotFilter {
    /// Whether the snapshot passes.
    pub fn matches(&self, snapshot: &Snapshot) -> bool {
        let label = snapshot.label.as_deref().unwrap_or_default();
        (self.hosts.is_empty() || self.hosts.contains(&snapshot.host))
            && (self.labels.is_empty() || self.labels.iter().any(|wanted| wanted == label))
            && (self.tags.is_empty() || self.tags.iter().any(|list| has_tags(snapshot, list)))
            && self.paths.iter().all(|path| snapshot.paths.contains(path))
    }

    /// Whether every snapshot passes.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.labels.is_empty() && self.tags.is_empty() && self.paths.is_empty()
    }
}

/// What it asks for: `host a or b, tags x,y, path /srv`.
impl Display for SnapshotFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags = |list: &Vec<String>| if list.is_empty() { "none".to_owned() } else { list.join(",") };
        let tags: Vec<String> = self.tags.iter().map(tags).collect();
        let paths: Vec<_> = self.paths.iter().map(|path| String::from_utf8_lossy(path)).collect();
        let several = if self.tags.iter().any(|list| list.len() != 1) { "tags" } else { "tag" };
        let parts = [
            ("host", self.hosts.join(" or ")),
            (several, tags.join(" or ")),
            ("label", self.labels.join(" or ")),
            ("path", paths.join(" and ")),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(_, wanted)| !wanted.is_empty())
            .map(|(what, wanted)| format!("{what} {wanted}"))
            .collect();
        f.write_str(&parts.join(", "))
    }
}

fn has_tags(snapshot: &Snapshot, list: &[String]) -> bool {
    if list.is_empty() { snapshot.tags.is_empty() } else { list.iter().all(|tag| snapshot.tags.contains(tag)) }
}

/// Snapshots that are committed and not forgotten, oldest first. One that cannot be read is a problem for the monitor.
pub fn list(repo: &Repository, filter: &SnapshotFilter, monitor: &dyn Monitor) -> Result<Vec<SnapshotInfo>> {
    Ok(from_catalog(&repo.catalog_to_read(monitor)?, filter, monitor))
}

/// The snapshots of a catalog, oldest first.
pub fn from_catalog(catalog: &Catalog, filter: &SnapshotFilter, monitor: &dyn Monitor) -> Vec<SnapshotInfo> {
    let mut list = Vec::new();
    for (&id, decision) in &catalog.decisions {
        let Decision::Snapshot(body) = decision.as_ref() else { continue };
        if catalog.tombs.contains(&id) {
            continue;
        }
        match decode_snapshot(body) {
            Ok(snapshot) if filter.matches(&snapshot) => list.push(SnapshotInfo { id, snapshot }),
            Ok(_) => {}
            Err(error) => {
                let item = ObjectName::Snapshot(id).to_string();
                monitor.event(Event::Problem(&Problem { item, message: error.to_string() }));
            }
        }
    }
    list.sort_by_key(SnapshotInfo::order);
    list
}

/// Finds one by `ID-prefix`, `latest`, `latest~N`, `@label`, `@label~N`, each with `:path` behind it. The second value is that path, empty if there is none.
///
/// `latest@{TIME}` and `@label@{TIME}` are the newest not after that time, `@{TIME}` is short for the first; `~N` may follow.
/// The filter applies to `latest` and labels, not to ids. `latest` takes a checkpoint only if there is no complete snapshot, and says so.
pub fn select(
    repo: &Repository,
    selector: &str,
    filter: &SnapshotFilter,
    monitor: &dyn Monitor,
) -> Result<(SnapshotInfo, Vec<u8>)> {
    let Selector { base, time, back, path } = Selector::parse(selector)?;
    let path = path.unwrap_or_default().as_bytes().to_vec();
    let not_found = |filter: &SnapshotFilter| {
        let among = if filter.is_empty() { String::new() } else { format!(" with {filter}") };
        Error::SnapshotNotFound { selector: selector.to_owned(), among }
    };
    if base == "latest" || base.starts_with('@') {
        let read = filter.read_time.unwrap_or(rfc3339);
        let not_after = time.map(read).transpose().map_err(Error::Invalid)?;
        let mut list = list(repo, filter, monitor)?;
        if let Some(label) = base.strip_prefix('@') {
            list.retain(|info| info.snapshot.label.as_deref() == Some(label));
        }
        list.retain(|info| not_after.is_none_or(|not_after| info.snapshot.time <= not_after));
        if list.iter().any(|info| !info.snapshot.partial) {
            list.retain(|info| !info.snapshot.partial);
        }
        let found = list.into_iter().rev().nth(back).ok_or_else(|| not_found(filter))?;
        if found.snapshot.partial {
            let id = found.id.short();
            let note = format!(
                "snapshot {id} is partial, a checkpoint of a backup that did not end; there is no complete one"
            );
            monitor.event(Event::Note(&note));
        }
        return Ok((found, path));
    }
    let mut list = list(repo, &SnapshotFilter::default(), monitor)?;
    list.retain(|info| back == 0 && !base.is_empty() && info.id.to_string().starts_with(base));
    match list.len() {
        0 => Err(not_found(&SnapshotFilter::default())),
        1 => Ok((list.remove(0), path)),
        count => Err(Error::SnapshotAmbiguous { selector: selector.to_owned(), count }),
    }
}

/// Whether a selector names a part of a snapshot; colons may be in times too.
pub fn has_path(selector: &str) -> Result<bool> {
    Selector::parse(selector).map(|selector| selector.path.is_some())
}

/// How a snapshot is named: `BASE[@{TIME}][~N][:PATH]`.
#[derive(Debug, PartialEq, Eq)]
struct Selector<'a> {
    /// `latest`, `@label` or the beginning of an id.
    base: &'a str,
    time: Option<&'a str>,
    back: usize,
    path: Option<&'a str>,
}

impl<'a> Selector<'a> {
    fn parse(text: &'a str) -> Result<Self> {
        // A path may have anything in it; before it there are colons in times only.
        let time_at = text.find("@{").filter(|at| text.find(':').is_none_or(|colon| *at < colon));
        let (base, time, rest) = match time_at {
            None => {
                let end = text.find(['~', ':']).unwrap_or(text.len());
                let (base, rest) = text.split_at(end);
                (base, None, rest)
            }
            Some(at) => {
                let inside = text.get(at + 2..).unwrap_or_default();
                let (time, rest) = inside
                    .split_once('}')
                    .ok_or_else(|| Error::Invalid(format!("{text:?} has a time that does not end: a }} is missing")))?;
                let base = if at == 0 { "latest" } else { text.get(..at).unwrap_or_default() };
                (base, Some(time), rest)
            }
        };
        if time.is_some() && base != "latest" && !base.starts_with('@') {
            return Err(Error::Invalid(format!("In {text:?} a time follows an id; it goes with latest or @LABEL")));
        }
        let (back, path) = rest.split_once(':').map_or((rest, None), |(back, path)| (back, Some(path)));
        let number = match back.strip_prefix('~') {
            Some(number) => number.parse().ok(),
            None if back.is_empty() => Some(0),
            None => None,
        };
        let back = number.ok_or_else(|| Error::SnapshotNotFound { selector: text.to_owned(), among: String::new() })?;
        Ok(Selector { base, time, back, path })
    }
}

fn rfc3339(text: &str) -> std::result::Result<Time, String> {
    let moment: jiff::Timestamp =
        text.parse().map_err(|_| format!("{text:?} is not a time like 2026-01-31T23:59:59Z"))?;
    let nanos = moment.as_nanosecond();
    Ok(Time { secs: nanos.div_euclid(1_000_000_000) as i64, nanos: nanos.rem_euclid(1_000_000_000) as u32 })
}

/// The same for operations on whole snapshots: a path behind the selector is an error.
pub fn select_whole(
    repo: &Repository,
    selector: &str,
    filter: &SnapshotFilter,
    monitor: &dyn Monitor,
) -> Result<SnapshotInfo> {
    if has_path(selector)? {
        return Err(Error::Invalid(format!("{selector:?} names a part of a snapshot; here it must be the whole")));
    }
    select(repo, selector, filter, monitor).map(|(info, _)| info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_have_a_base_a_time_a_number_and_a_path() {
        let parse = |text| Selector::parse(text).unwrap();
        for (text, base, time, back, path) in [
            ("latest", "latest", None, 0, None),
            ("latest~2:/a:b~c@{d}", "latest", None, 2, Some("/a:b~c@{d}")),
            ("@home~1", "@home", None, 1, None),
            ("1a2b:/etc", "1a2b", None, 0, Some("/etc")),
            ("@{yesterday}", "latest", Some("yesterday"), 0, None),
            ("latest@{2026-03-01 10:00}:/a", "latest", Some("2026-03-01 10:00"), 0, Some("/a")),
            ("@home@{2 days ago}~3:", "@home", Some("2 days ago"), 3, Some("")),
        ] {
            assert_eq!(parse(text), Selector { base, time, back, path }, "{text}");
        }
        for bad in ["latest@{now", "1a2b@{now}", "latest@{now}x", "latest~x", "latest~1@{now}", "latest~"] {
            assert!(Selector::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn filters_say_what_they_ask_for() {
        let text = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut filter = SnapshotFilter { hosts: text(&["a", "b"]), labels: text(&["l"]), ..SnapshotFilter::default() };
        assert_eq!(filter.to_string(), "host a or b, label l");
        filter.tags = vec![text(&["x", "y"]), Vec::new()];
        filter.paths = vec![b"/a".to_vec(), b"/b".to_vec()];
        assert_eq!(filter.to_string(), "host a or b, tags x,y or none, label l, path /a and /b");
        let filter = SnapshotFilter { tags: vec![text(&["x"])], ..SnapshotFilter::default() };
        assert_eq!(filter.to_string(), "tag x");
    }

    #[test]
    fn changed_copies_follow_what_they_were_made_of() {
        let info = |id: u8, secs: i64, original: Option<u8>| SnapshotInfo {
            id: SessionId([id; 16]),
            snapshot: Snapshot {
                time: Time { secs, nanos: 0 },
                original: original.map(|id| SessionId([id; 16])),
                ..Snapshot::default()
            },
        };
        let mut list = [info(1, 5, Some(9)), info(9, 5, None), info(2, 7, None), info(4, 5, Some(9)), info(3, 5, None)];
        list.sort_by_key(SnapshotInfo::order);
        assert_eq!(list.map(|info| info.id.0[0]), [3, 9, 1, 4, 2]);
    }

    #[test]
    fn without_a_reader_times_are_absolute() {
        assert_eq!(rfc3339("1970-01-01T00:00:01.5Z"), Ok(Time { secs: 1, nanos: 500_000_000 }));
        assert!(rfc3339("yesterday").is_err());
    }
}
