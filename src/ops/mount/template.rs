//! Templates for the paths of snapshots beneath the mount point, with the placeholders of restic.
use crate::error::{Error, Result};
use crate::ops::snapshots::SnapshotInfo;

/// Longest name of a directory that is made of a template, in bytes.
const MAX_NAME: usize = 255;

/// A path with placeholders: `%i` short and `%I` whole id, `%u` user, `%h` host, `%t` each tag, `%l` label, `%T` time, `%%` a percent sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathTemplate {
    /// Components of the path, none of them empty.
    components: Vec<Vec<Part>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    ShortId,
    Id,
    User,
    Host,
    Tag,
    Label,
    Time,
}

/// Where a snapshot belongs: the directory that it shares with others of its template, and its name in there, which may be a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub folder: Vec<String>,
    pub name: Vec<String>,
}

impl PathTemplate {
    /// Those of `caddis mount` unless others are given.
    pub const DEFAULT: [&str; 5] = ["ids/%i", "snapshots/%T", "hosts/%h/%T", "tags/%t/%T", "labels/%l/%T"];

    /// Reads a template.
    pub fn parse(text: &str) -> Result<PathTemplate> {
        let refuse = |cause: &str| Err(Error::Invalid(format!("The path template {text:?} is refused: {cause}")));
        let mut components = Vec::new();
        for component in text.split('/').filter(|component| !component.is_empty()) {
            if component == "." || component == ".." {
                return refuse("it has a component that is no name");
            }
            let mut parts = Vec::new();
            let mut literal = String::new();
            let mut chars = component.chars();
            while let Some(c) = chars.next() {
                let part = match (c, if c == '%' { chars.next() } else { None }) {
                    ('%', Some('%')) => {
                        literal.push('%');
                        continue;
                    }
                    ('%', Some('i')) => Part::ShortId,
                    ('%', Some('I')) => Part::Id,
                    ('%', Some('u')) => Part::User,
                    ('%', Some('h')) => Part::Host,
                    ('%', Some('t')) => Part::Tag,
                    ('%', Some('l')) => Part::Label,
                    ('%', Some('T')) => Part::Time,
                    ('%', _) => return refuse("the placeholders are %i %I %u %h %t %l %T and %% for a percent sign"),
                    ('\0', _) => return refuse("it has a zero byte"),
                    (c, _) => {
                        literal.push(c);
                        continue;
                    }
                };
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(part);
            }
            if !literal.is_empty() {
                parts.push(Part::Text(literal));
            }
            components.push(parts);
        }
        let is_fixed = |component: &[Part]| matches!(component, [Part::Text(_)]);
        match components.last() {
            None => refuse("it is empty"),
            Some(last) if is_fixed(last) => refuse("its last component has no placeholder to tell snapshots apart"),
            Some(_) if components[0] == [Part::Text(super::VERSIONS.to_owned())] => {
                refuse("that directory is the view of all versions")
            }
            Some(_) => Ok(PathTemplate { components }),
        }
    }

    /// Where a snapshot belongs: one place for each of its tags if tags are in the template, none if it lacks what the template names.
    pub(super) fn places(&self, info: &SnapshotInfo, time: &str) -> Vec<Wanted> {
        let has = |wanted: &Part| self.components.iter().flatten().any(|part| part == wanted);
        let label = info.snapshot.label.as_deref().filter(|label| !label.is_empty());
        if has(&Part::Label) && label.is_none() {
            return Vec::new();
        }
        let mut tags: Vec<Option<&str>> = vec![None];
        if has(&Part::Tag) {
            tags = info.snapshot.tags.iter().map(|tag| Some(tag.as_str())).collect();
            tags.sort_unstable();
            tags.dedup();
        }
        let place = |tag: Option<&str>| {
            let expand = |parts: &Vec<Part>| expand(parts, info, time, tag, label);
            let (last, folder) = self.components.split_last()?;
            Some(Wanted { folder: folder.iter().flat_map(expand).collect(), name: expand(last) })
        };
        tags.into_iter().filter_map(place).collect()
    }
}

/// One component of the template; a time that has slashes makes several of it.
fn expand(parts: &[Part], info: &SnapshotInfo, time: &str, tag: Option<&str>, label: Option<&str>) -> Vec<String> {
    // What comes from a snapshot must not lead to another directory.
    let plain = |text: &str| text.replace('/', "_");
    let text: String = parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::ShortId => info.id.short(),
            Part::Id => info.id.to_string(),
            Part::User => plain(&info.snapshot.user),
            Part::Host => plain(&info.snapshot.host),
            Part::Tag => plain(tag.unwrap_or_default()),
            Part::Label => plain(label.unwrap_or_default()),
            Part::Time => time.to_owned(),
        })
        .collect();
    let names: Vec<String> = text.split('/').filter(|name| !name.is_empty()).map(name).collect();
    if names.is_empty() { vec!["_".to_owned()] } else { names }
}

/// A name that a file system can have.
fn name(text: &str) -> String {
    let mut name = text.replace('\0', "_");
    if name == "." || name == ".." {
        name.insert(0, '_');
    }
    if name.len() > MAX_NAME {
        let end = (0..=MAX_NAME).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
        name.truncate(end);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SessionId;
    use crate::model::Snapshot;

    fn info() -> SnapshotInfo {
        let snapshot = Snapshot {
            host: "a/b".to_owned(),
            user: "..".to_owned(),
            tags: vec!["y".to_owned(), "x".to_owned(), "y".to_owned()],
            ..Snapshot::default()
        };
        SnapshotInfo { id: SessionId([0x12; 16]), snapshot }
    }

    fn paths(template: &str, time: &str) -> Vec<String> {
        let template = PathTemplate::parse(template).unwrap();
        let path = |place: Wanted| [place.folder, place.name].concat().join("/");
        template.places(&info(), time).into_iter().map(path).collect()
    }

    #[test]
    fn placeholders_are_filled_in() {
        assert_eq!(paths("ids/%i", "T"), ["ids/12121212"]);
        assert_eq!(paths("%I", "T"), ["12".repeat(16)]);
        assert_eq!(paths("/h/%h//%T/", "T"), ["h/a_b/T"]);
        assert_eq!(paths("%u/100%%-%T", "T"), ["_../100%-T"]);
        assert_eq!(paths("tags/%t/%T", "T"), ["tags/x/T", "tags/y/T"]);
        assert!(paths("labels/%l/%T", "T").is_empty());
        assert_eq!(paths("%T", "2026/01/../02\0"), ["2026/01/_../02_"]);
        assert_eq!(paths("%T", ""), ["_"]);
        assert_eq!(paths("%T", &"é".repeat(200)), ["é".repeat(127)]);
    }

    #[test]
    fn templates_that_make_no_sense_are_refused() {
        for bad in ["", "/", "%x/%T", "%", "a%", "../%T", "./%i", "snapshots", "%h/all", "versions/%T", "a\0%T"] {
            assert!(PathTemplate::parse(bad).is_err(), "{bad}");
        }
        for default in PathTemplate::DEFAULT {
            PathTemplate::parse(default).unwrap();
        }
    }
}
