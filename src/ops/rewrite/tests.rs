//! Changed copies: what they keep, and that they refuse what a prune has removed or is about to remove.
use std::sync::Arc;

use crate::backend::{Backend, Family, MemoryBackend, ObjectName};
use crate::error::{Error, Result};
use crate::format::{Decision, Finished, IndexName, Mark};
use crate::id::{BlobId, BlobKind, SessionId};
use crate::model::{
    Content, ContentBuilder, Node, NodeType, Snapshot, Tree, TreeReader, TreeStore, XattrValue, encode_snapshot,
    encode_tree,
};
use crate::monitor::{Event, Monitor, Silent};
use crate::ops::protect::{FOREVER, protect, unprotect};
use crate::ops::rewrite::{LeaveOut, Rewrite, Survey, count, rewrite_without};
use crate::ops::snapshots::{SnapshotFilter, SnapshotInfo, list};
use crate::ops::testing::{PASSWORD, TestRepo, noise};
use crate::ops::trees::ReadTrees;
use crate::ops::undelete::{forgotten, select_forgotten, undelete};
use crate::repo::{Broken, OpenOptions, Repository, SessionOwner, WriteOptions, Writer, seal_object};
use crate::world::{SystemWorld, Time};

fn owner(repo: &Repository) -> SessionOwner {
    SessionOwner { host: "host".to_owned(), label: None, process: repo.world().process() }
}

fn all(repo: &Repository) -> Vec<SnapshotInfo> {
    list(repo, &SnapshotFilter::default(), &Silent).unwrap()
}

fn gone(repo: &Repository) -> Vec<SessionId> {
    forgotten(repo, &SnapshotFilter::default(), &Silent)
        .unwrap()
        .into_iter()
        .map(|forgotten| forgotten.info.id)
        .collect()
}

#[test]
fn a_protected_copy_takes_the_place_of_the_old_snapshot() {
    let test = TestRepo::new();
    test.file("a", &noise(1, 100_000));
    test.backup();
    let [old] = &all(&test.repo)[..] else { panic!() };
    let new = protect(&test.repo, &owner(&test.repo), old, FOREVER, &Silent).unwrap().unwrap();
    let [copy] = &all(&test.repo)[..] else { panic!() };
    assert_eq!(copy.id, new);
    let expected = Snapshot { protected_until: Some(FOREVER), original: Some(old.id), ..old.snapshot.clone() };
    assert_eq!(copy.snapshot, expected);
    assert_eq!(test.repo.tombstone(old.id, &Silent).unwrap().reason, format!("replaced by {new}"));
    // Nothing to do, a shorter time is refused, and nothing that is protected counts as forgotten.
    assert_eq!(protect(&test.repo, &owner(&test.repo), copy, FOREVER, &Silent).unwrap(), None);
    let soon = Time { secs: test.repo.world().now().secs + 60, nanos: 0 };
    let error = protect(&test.repo, &owner(&test.repo), copy, soon, &Silent).unwrap_err();
    assert!(matches!(error, Error::Protected { until: FOREVER, .. }), "{error}");
    assert!(gone(&test.repo).is_empty());
    // The copy of a copy has the first id as its original.
    unprotect(&test.repo, &owner(&test.repo), copy, &Silent).unwrap().unwrap();
    let [last] = &all(&test.repo)[..] else { panic!() };
    assert_eq!(last.snapshot, Snapshot { original: Some(old.id), ..old.snapshot.clone() });
    assert_eq!(unprotect(&test.repo, &owner(&test.repo), last, &Silent).unwrap(), None);
    assert!(test.backend.list(Family::Sessions).unwrap().is_empty());
    // Who still believes in an old one does not bring it back by changing it.
    let error = protect(&test.repo, &owner(&test.repo), old, FOREVER, &Silent).unwrap_err();
    assert!(error.to_string().contains("meanwhile"), "{error}");
    assert_eq!(all(&test.repo).len(), 1);
    assert!(test.backend.list(Family::Sessions).unwrap().is_empty());
}

#[test]
fn what_was_forgotten_comes_back() {
    let test = TestRepo::new();
    test.file("a", b"one");
    test.backup();
    test.file("a", b"two");
    test.backup();
    let before = all(&test.repo);
    test.repo.bury(before[0].id, "host", "policy", &Silent).unwrap();
    assert_eq!(gone(&test.repo), [before[0].id]);
    let found = select_forgotten(&test.repo, &before[0].id.short(), &Silent).unwrap();
    assert_eq!(found.info.snapshot, before[0].snapshot);
    assert!(select_forgotten(&test.repo, &before[1].id.short(), &Silent).is_err());
    assert!(select_forgotten(&test.repo, "", &Silent).is_err());
    let new = undelete(&test.repo, &owner(&test.repo), &found.info, &Silent).unwrap();
    assert!(gone(&test.repo).is_empty());
    let back = all(&test.repo).into_iter().find(|info| info.id == new).unwrap();
    assert_eq!(back.snapshot, Snapshot { original: Some(before[0].id), ..before[0].snapshot.clone() });
}

struct Saving<'a>(&'a Writer<'a>);

impl TreeStore for Saving<'_> {
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
        Ok(self.0.save(0, BlobKind::Tree, &bytes)?.0)
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        Err(Error::BlobNotFound { id: *id })
    }
}

/// Stores something in a session, and so in stripes, of its own.
fn in_session<T>(repo: &Repository, save: impl FnOnce(&Writer<'_>) -> T) -> (T, SessionId) {
    let options = WriteOptions::default();
    let (writer, _) = Writer::begin(repo, owner(repo), options, &Silent).unwrap();
    let saved = save(&writer);
    (saved, writer.commit(&Decision::Repaired(Finished::default()), &Silent).unwrap())
}

fn leaf(nodes: Vec<Node>) -> impl FnOnce(&Writer<'_>) -> BlobId {
    move |writer| Saving(writer).save_tree(encode_tree(&Tree::Leaf(nodes))).unwrap()
}

/// A copy of the repository in which a prune has doomed the stripes of a session.
fn doomed(test: &TestRepo, session: SessionId) -> Repository {
    let backend = Arc::new((*test.backend).clone());
    let world = SystemWorld::new();
    let options = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
    let repo = Repository::open(backend.clone(), world, PASSWORD, &options, &Silent).unwrap();
    let index = repo.read_index_object(IndexName { session, number: 0 }, &Silent).unwrap();
    let by = SessionId([9; 16]);
    let mark = Mark { stripes: index.stripes.iter().map(|stripe| stripe.id).collect(), by };
    let name = ObjectName::Mark(by);
    let bytes = seal_object(&name, &repo.id(), repo.subkeys(), &[], &mark.encode(), repo.world()).unwrap();
    backend.put_new(&name, &bytes).unwrap();
    repo
}

#[test]
fn every_kind_of_blob_must_be_there() {
    let test = TestRepo::new();
    let data = |seed| move |writer: &Writer<'_>| writer.save(0, BlobKind::Data, &noise(seed, 10_000)).unwrap().0;
    let (content, content_in) = in_session(&test.repo, data(1));
    let (value, value_in) = in_session(&test.repo, data(2));
    let (listed, listed_in) = in_session(&test.repo, data(3));
    let (list, list_in) = in_session(&test.repo, |writer| {
        let store = Saving(writer);
        let mut builder = ContentBuilder::new(&store);
        (0..2000).for_each(|_| builder.push(listed).unwrap());
        builder.finish().unwrap()
    });
    assert!(matches!(list, Content::List { .. }));
    let file = |name: &str, size, content| Node { name: name.into(), size, content, ..Node::default() };
    let (subtree, subtree_in) = in_session(&test.repo, leaf(vec![file("deep", 10_000, Content::Blobs(vec![content]))]));
    let with_xattr =
        Node { xattrs: vec![(b"user.x".to_vec(), XattrValue::Blobs(vec![value]))], ..file("attr", 0, Content::Empty) };
    let directory =
        Node { name: b"dir".to_vec(), kind: NodeType::Directory, subtree: Some(subtree), ..Node::default() };
    let nodes = vec![with_xattr, directory, file("long", 20_000_000, list)];
    let (root, root_in) = in_session(&test.repo, leaf(nodes));
    let snapshot = Snapshot { root: Some(root), host: "host".into(), ..Snapshot::default() };
    let options = WriteOptions::default();
    let (writer, _) = Writer::begin(&test.repo, owner(&test.repo), options, &Silent).unwrap();
    let id = writer.commit(&Decision::Snapshot(encode_snapshot(&snapshot)), &Silent).unwrap();
    let info = SnapshotInfo { id, snapshot };

    for (session, path) in [
        (content_in, "which /dir/deep needs"),
        (value_in, "which /attr needs"),
        (listed_in, "which /long needs"),
        (list_in, "which /long needs"),
        (subtree_in, "which /dir needs"),
        (root_in, "which / needs"),
    ] {
        let repo = doomed(&test, session);
        let error = protect(&repo, &owner(&repo), &info, FOREVER, &Silent).unwrap_err();
        assert!(error.to_string().contains(path), "{path}: {error}");
        assert_eq!(all(&repo).iter().map(|info| info.id).collect::<Vec<_>>(), [id]);
        assert!(repo.backend().list(Family::Sessions).unwrap().is_empty());
        // The old one may be read as long as the prune has not come further, but a forgotten one does not come back.
        repo.bury(id, "host", "policy", &Silent).unwrap();
        assert!(undelete(&repo, &owner(&repo), &info, &Silent).is_err());
        assert_eq!(gone(&repo).len(), usize::from(session != root_in));
        // This is what the check is for.
        repo.break_rule(Broken::TagWithoutCheck);
        undelete(&repo, &owner(&repo), &info, &Silent).unwrap();
    }
    assert!(protect(&test.repo, &owner(&test.repo), &info, FOREVER, &Silent).unwrap().is_some());
}

/// Does something while the copy is being checked.
struct Meanwhile<F>(F);

impl<F: Fn() + Send + Sync> Monitor for Meanwhile<F> {
    fn event(&self, event: Event<'_>) {
        if let Event::Phase("Checking that nothing is missing") = event {
            (self.0)();
        }
    }
}

#[test]
fn protection_is_lifted_of_what_is_lost_but_not_of_what_a_prune_may_remove() {
    for whole in [true, false] {
        let test = TestRepo::new();
        let data = |writer: &Writer<'_>| writer.save(0, BlobKind::Data, &noise(1, 10_000)).unwrap().0;
        let (content, content_in) = in_session(&test.repo, data);
        let packs = test.backend.list(Family::Packs).unwrap();
        let file =
            Node { name: b"f".to_vec(), size: 10_000, content: Content::Blobs(vec![content]), ..Node::default() };
        let (root, _) = in_session(&test.repo, leaf(vec![file]));
        let protected_until = Some(FOREVER);
        let snapshot = Snapshot { root: Some(root), host: "host".into(), protected_until, ..Snapshot::default() };
        let (writer, _) = Writer::begin(&test.repo, owner(&test.repo), WriteOptions::default(), &Silent).unwrap();
        let id = writer.commit(&Decision::Snapshot(encode_snapshot(&snapshot)), &Silent).unwrap();
        let info = SnapshotInfo { id, snapshot };
        if whole {
            let repo = doomed(&test, content_in);
            let error = unprotect(&repo, &owner(&repo), &info, &Silent).unwrap_err();
            assert!(error.to_string().contains("A prune may be about to remove"), "{error}");
        }
        // Without what the other one keeps in memory.
        let repo = doomed(&test, content_in);
        let lose = || packs.iter().for_each(|listed| repo.backend().delete(&listed.name).unwrap());
        // Another run lifts the protection, its copy is forgotten, and the prune that has doomed the stripes goes on.
        let forgotten = Meanwhile(|| {
            repo.bury(id, "other", "replaced", &Silent).unwrap();
            lose();
        });
        if whole {
            let error = unprotect(&repo, &owner(&repo), &info, &forgotten).unwrap_err();
            assert!(error.to_string().contains("meanwhile"), "{error}");
            assert!(all(&repo).is_empty());
        } else {
            lose();
            let new = unprotect(&repo, &owner(&repo), &info, &Silent).unwrap().unwrap();
            assert_eq!(all(&repo).iter().map(|info| info.id).collect::<Vec<_>>(), [new]);
        }
        assert!(repo.backend().list(Family::Sessions).unwrap().is_empty());
    }
}

/// Takes the session object away while the copy is being checked, as a prune does that has fenced the session.
struct Fencing(Arc<MemoryBackend>);

impl Monitor for Fencing {
    fn event(&self, event: Event<'_>) {
        if let Event::Phase(_) = event {
            for listed in self.0.list(Family::Sessions).unwrap() {
                self.0.delete(&listed.name).unwrap();
            }
        }
    }
}

#[test]
fn the_old_snapshot_stays_if_the_copy_cannot_be_committed() {
    let test = TestRepo::new();
    test.file("a", b"one");
    test.backup();
    let before = all(&test.repo);
    let fencing = Fencing(test.backend.clone());
    let error = protect(&test.repo, &owner(&test.repo), &before[0], FOREVER, &fencing).unwrap_err();
    assert!(matches!(error, Error::Fenced { .. }), "{error}");
    assert_eq!(all(&test.repo)[0].id, before[0].id);
    // With the wrong order it would be lost.
    test.repo.break_rule(Broken::TombBeforeCommit);
    assert!(protect(&test.repo, &owner(&test.repo), &before[0], FOREVER, &fencing).is_err());
    assert!(all(&test.repo).is_empty());
}

#[test]
fn subtrees_of_which_nothing_goes_are_not_even_read() {
    let test = TestRepo::new();
    let packs = || -> Vec<ObjectName> {
        test.backend.list(Family::Packs).unwrap().into_iter().map(|listed| listed.name).collect()
    };
    let file = |name: &str| Node { name: name.into(), ..Node::default() };
    let directory = |name: &str, subtree| Node { kind: NodeType::Directory, subtree: Some(subtree), ..file(name) };
    let (keep, _) = in_session(&test.repo, leaf(vec![file("x")]));
    let lost = packs();
    let (less, _) = in_session(&test.repo, leaf(vec![file("y"), file("z")]));
    let (root, _) = in_session(&test.repo, leaf(vec![directory("keep", keep), directory("less", less)]));
    let snapshot = Snapshot { root: Some(root), host: "host".into(), ..Snapshot::default() };
    let (writer, _) = Writer::begin(&test.repo, owner(&test.repo), WriteOptions::default(), &Silent).unwrap();
    let old = writer.commit(&Decision::Snapshot(encode_snapshot(&snapshot)), &Silent).unwrap();
    lost.iter().for_each(|name| test.backend.delete(name).unwrap());
    let repo = test.open(PASSWORD).unwrap();
    repo.load_index(&Silent).unwrap();

    let leave_out = LeaveOut::Paths([b"/less/y".to_vec()].into());
    let left_out = Survey::new(&repo, &leave_out, &Silent).of(root).unwrap();
    assert_eq!((left_out.totals.files, left_out.totals.directories, left_out.unread), (1, 0, 0));
    let change = Rewrite { old, changed: snapshot.clone(), replace: true, lost_may_go: false };
    let (new, _) = rewrite_without(&repo, &owner(&repo), &change, Some(&leave_out), &Silent).unwrap();
    let copy = all(&repo).into_iter().find(|info| info.id == new).unwrap().snapshot;
    let trees = ReadTrees { repo: &repo, monitor: &Silent };
    let nodes: Vec<Node> = TreeReader::new(&trees, copy.root.unwrap()).map(Result::unwrap).collect();
    assert_eq!((nodes[0].subtree, nodes.len()), (Some(keep), 2));
    let names: Vec<Vec<u8>> =
        TreeReader::new(&trees, nodes[1].subtree.unwrap()).map(|node| node.unwrap().name).collect();
    assert_eq!(names, [b"z"]);

    // A directory that goes may be unreadable, one in which something may go must not.
    let gone = LeaveOut::Paths([b"/keep".to_vec()].into());
    let left_out = Survey::new(&repo, &gone, &Silent).of(root).unwrap();
    assert_eq!((left_out.totals.directories, left_out.unread), (1, 1));
    let within = LeaveOut::Paths([b"/keep/x".to_vec()].into());
    assert!(Survey::new(&repo, &within, &Silent).of(root).is_err());
    assert!(count(&repo, root, &Silent).is_err());
}

#[test]
fn a_filtered_copy_refuses_what_a_prune_is_about_to_remove() {
    let test = TestRepo::new();
    let file = |name: &str| Node { name: name.into(), ..Node::default() };
    let (below, below_in) = in_session(&test.repo, leaf(vec![file("x")]));
    let directory = Node { kind: NodeType::Directory, subtree: Some(below), ..file("keep") };
    let (root, _) = in_session(&test.repo, leaf(vec![file("goes"), directory]));
    let snapshot = Snapshot { root: Some(root), host: "host".into(), ..Snapshot::default() };
    let (writer, _) = Writer::begin(&test.repo, owner(&test.repo), WriteOptions::default(), &Silent).unwrap();
    let old = writer.commit(&Decision::Snapshot(encode_snapshot(&snapshot)), &Silent).unwrap();
    let leave_out = LeaveOut::Paths([b"/goes".to_vec()].into());
    let change = Rewrite { old, changed: snapshot, replace: true, lost_may_go: false };
    let repo = doomed(&test, below_in);
    let error = rewrite_without(&repo, &owner(&repo), &change, Some(&leave_out), &Silent).unwrap_err();
    assert!(error.to_string().contains("which /keep needs"), "{error}");
    assert_eq!(all(&repo)[0].id, old);
    rewrite_without(&test.repo, &owner(&test.repo), &change, Some(&leave_out), &Silent).unwrap();
}
