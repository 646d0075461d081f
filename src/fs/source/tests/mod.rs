//! Tests of the source side on real file systems.
mod deep;
mod excludes;
mod input;
mod kinds;
mod merge;
mod reader;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::model::Node;

/// What a walk yielded: stored path and node of each entry, in order, and problems as text.
#[derive(Default)]
struct Walked {
    nodes: Vec<(String, Node)>,
    places: Vec<(String, Place)>,
    problems: Vec<String>,
}

impl Walked {
    fn paths(&self) -> Vec<&str> {
        self.nodes.iter().map(|(path, _)| path.as_str()).collect()
    }

    fn node(&self, path: &str) -> &Node {
        &self.nodes.iter().find(|(known, _)| known == path).unwrap_or_else(|| panic!("{path} in {:?}", self.paths())).1
    }

    fn place(&self, path: &str) -> &Place {
        &self.places.iter().find(|(known, _)| known == path).unwrap_or_else(|| panic!("{path}")).1
    }
}

/// Collects a walk and checks that directories are paired and names within each ascend.
fn collect(events: impl Iterator<Item = Event>) -> Walked {
    let mut walked = Walked::default();
    let mut stack: Vec<String> = Vec::new();
    let mut last: Vec<Option<Vec<u8>>> = vec![None];
    for event in events {
        let node = match &event {
            Event::Enter(node) => node,
            Event::Entry(entry) => &entry.node,
            Event::Leave => {
                stack.pop().expect("a directory was entered");
                last.pop();
                continue;
            }
            Event::Problem(problem) => {
                walked.problems.push(format!("{}: {}", problem.item, problem.message));
                continue;
            }
            Event::LeftOut(path, _) => panic!("{} is left out", path.escape_ascii()),
        };
        let before = last.last_mut().expect("the root is never left");
        assert!(before.as_ref() < Some(&node.name), "{before:?} comes before {:?}", node.name);
        *before = Some(node.name.clone());
        let mut path = stack.last().map(|path| format!("{path}/")).unwrap_or_default();
        path.push_str(&node.name.escape_ascii().to_string());
        walked.nodes.push((path.clone(), node.clone()));
        match event {
            Event::Enter(_) => {
                stack.push(path);
                last.push(None);
            }
            Event::Entry(entry) => walked.places.push((path, entry.place)),
            _ => {}
        }
    }
    assert!(stack.is_empty(), "all directories are left");
    walked
}

fn walk_with(base: &Path, paths: &[&str], rules: Rules, options: WalkOptions) -> Walked {
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    let sources = Sources::new(base, &paths).unwrap();
    collect(Walk::new(sources, Arc::new(rules), Arc::default(), options))
}

fn walk(base: &Path, paths: &[&str]) -> Walked {
    walk_with(base, paths, Rules::default(), WalkOptions::default())
}

/// Makes a tree; a name that ends with `/` is a directory, any other a file that contains its own name.
fn tree(names: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in names {
        let path = dir.path().join(name);
        std::fs::create_dir_all(if name.ends_with('/') { &path } else { path.parent().unwrap() }).unwrap();
        if !name.ends_with('/') {
            std::fs::write(path, name).unwrap();
        }
    }
    dir
}
