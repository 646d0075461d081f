//! Backup of one stream as a file.
use std::sync::Arc;

use crossbeam_channel::bounded;

use super::archive::Archived;
use super::crew::Crew;
use super::older::Older;
use super::run::{Run, Trees};
use super::work::{FileOutcome, Want};
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::model::{Content, Node, NodeType, TreeBuilder, find};
use crate::monitor::{Action, Event};
use crate::ops::snapshots::SnapshotInfo;

/// Reads the stream to its end, for all targets; gives what came of each run.
pub(super) fn stream(
    crew: &Crew<'_, '_>,
    name: &[u8],
    parents: &[&[SnapshotInfo]],
    mut reader: Box<dyn std::io::Read + Send>,
    finish: Box<dyn FnOnce() -> Result<()> + Send>,
    workers: usize,
) -> Vec<Result<Archived>> {
    let Crew { runs, first, .. } = crew;
    let trees: Vec<Trees<'_>> = runs.iter().map(|run| run.trees(workers)).collect();
    let (jobs, jobs_in) = bounded(2 * workers);
    first.monitor.event(Event::Phase("Backing up"));
    let mut size = 0;
    let components: Vec<&[u8]> = name.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).collect();
    let want = |(target, (parents, trees)): (usize, (&&[SnapshotInfo], &'_ Trees<'_>))| {
        let root = parents.first().and_then(|parent| parent.snapshot.root);
        // What cannot be read of the parent is no base, and no more than that.
        let older = root.and_then(|root| find(trees, &root, components.iter().copied()).ok().flatten());
        (target, older.filter(|node| node.content.has_blobs()))
    };
    let older: Vec<_> = parents.iter().zip(&trees).enumerate().map(want).collect();
    let wants = older.iter().zip(&trees).map(|((target, older), trees)| Want {
        target: *target,
        older: older.as_ref().map(|node| Arc::new(Older::new(trees, &node.content))),
    });
    let wants: Vec<Want<'_>> = wants.collect();
    let contents = std::thread::scope(|scope| {
        for thread in 0..workers {
            let jobs_in = jobs_in.clone();
            scope.spawn(move || {
                let mut buffer = Vec::new();
                for job in jobs_in {
                    crew.work(thread, job, &mut buffer);
                }
            });
        }
        let mut read = |space: &mut [u8]| {
            let len = reader.read(space)?;
            size += len as u64;
            Ok(len)
        };
        let contents = crew.stream(workers + 1, &mut read, wants, Some(&jobs));
        drop(jobs);
        contents
    });
    let all = |error: &dyn Fn() -> Error| runs.iter().map(|run| run.failure().and(Err(error()))).collect();
    let contents = match contents {
        Ok(contents) => contents,
        Err(FileOutcome::Unreadable(message)) => {
            return all(&|| Error::Invalid(format!("Could not read the stream: {message}")));
        }
        Err(FileOutcome::Stopped) => return all(&|| Error::Stopped { checkpoint: None }),
        Err(_) => return all(&|| Error::Invalid("The stream ended without a result".to_owned())),
    };
    if let Err(error) = finish() {
        // It is one error, and one of them has it as it is.
        let (text, mut error) = (error.to_string(), Some(error));
        return runs.iter().map(|_| Err(error.take().unwrap_or_else(|| Error::Invalid(text.clone())))).collect();
    }
    let saved = runs.iter().zip(&trees).zip(contents);
    saved.map(|((run, trees), content)| archive(run, trees, &components, size, content)).collect()
}

/// The trees above the file.
fn archive(
    run: &Run<'_>,
    trees: &Trees<'_>,
    components: &[&[u8]],
    size: u64,
    content: Option<Content>,
) -> Result<Archived> {
    run.failure()?;
    let content = content.ok_or_else(|| Error::Invalid("The stream ended without a result".to_owned()))?;
    let now = run.repo.world().now();
    let Some((last, above)) = components.split_last() else {
        return Err(Error::Invalid("The name of the stream is empty".to_owned()));
    };
    let options = run.options;
    let entry = |name: &[u8], kind, mode| Node {
        name: name.to_vec(),
        kind,
        mode,
        uid: options.uid,
        gid: options.gid,
        user: Some(options.user.clone()),
        mtime: now,
        ctime: now,
        links: 1,
        ..Node::default()
    };
    let mut node = Node { size, content, ..entry(last, NodeType::File, 0o644) };
    run.count_entry(&node, Action::New);
    for name in above.iter().rev() {
        node = Node { subtree: Some(tree_of(trees, &node)?), ..entry(name, NodeType::Directory, 0o755) };
        run.count_entry(&node, Action::New);
    }
    Ok(Archived { root: tree_of(trees, &node)?, stopped: false })
}

fn tree_of(trees: &Trees<'_>, node: &Node) -> Result<BlobId> {
    let mut builder = TreeBuilder::new(trees);
    builder.push(node)?;
    builder.finish()
}
