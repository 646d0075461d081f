//! Bytes as programs: operations on a target with any names, and trees that are restored over one another. Whatever the bytes, canaries
//! beside the target live, and nothing panics. Used by tests and fuzzing.
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use caddis::backend::MemoryBackend;
use caddis::compress::Compression;
use caddis::crypto::KdfParams;
use caddis::format::{ChunkerConfig, Decision};
use caddis::fs::source::Rules;
use caddis::fs::target::{Dir, Overwrite, Target, TargetOptions};
use caddis::id::{BlobId, BlobKind};
use caddis::model::{Content, Node, NodeType, Snapshot, Tree, encode_snapshot, encode_tree};
use caddis::monitor::Silent;
use caddis::ops::restore::{self as engine, RestoreOptions};
use caddis::ops::snapshots::{SnapshotFilter, list};
use caddis::repo::{DeltaMode, InitOptions, OpenOptions, Repository, SessionOwner, WriteOptions, Writer};
use caddis::world::{SystemWorld, World};

/// Names that lead elsewhere if anything does; others come from the input.
const NAMES: &[&[u8]] = &[
    b"a",
    b"b",
    b"..",
    b".",
    b"",
    b"../outside",
    b"../canary",
    b"/",
    b"a/b",
    b"a\0",
    b"canary",
    b"outside",
    b"link",
    b"a/../../canary",
    b"\xff",
    b"-rf",
];

/// Reads small numbers and names; zeros when nothing is left.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn name(&mut self) -> Vec<u8> {
        let byte = self.byte();
        match NAMES.get(byte as usize) {
            Some(name) => name.to_vec(),
            None => {
                let (name, rest) = self.0.split_at(self.0.len().min(byte as usize % 8));
                self.0 = rest;
                name.to_vec()
            }
        }
    }

    fn node(&mut self) -> Node {
        let kinds = [
            NodeType::File,
            NodeType::Directory,
            NodeType::Symlink,
            NodeType::Fifo,
            NodeType::Socket,
            NodeType::CharDevice,
        ];
        let choice = self.byte();
        let kind = kinds[choice as usize % kinds.len()];
        let name = self.name();
        let target = if kind == NodeType::Symlink { self.name() } else { Vec::new() };
        let mode = u32::from(self.byte()) << 3;
        let linked = choice & 0x80 != 0;
        let (links, inode) = if linked { (2, u64::from(choice >> 4 & 3)) } else { (1, 0) };
        let bytes = if kind == NodeType::File { self.name() } else { Vec::new() };
        let size = bytes.len() as u64;
        let content = if bytes.is_empty() { Content::Empty } else { Content::Inline(bytes) };
        Node { name, kind, target, mode, links, inode, size, content, ..Node::default() }
    }
}

/// A folder `target` with canaries beside it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        // In memory if there is such a place.
        let base = Path::new("/dev/shm");
        let made = if base.is_dir() { tempfile::tempdir_in(base) } else { tempfile::tempdir() };
        let dir = made.expect("temporary folders can be made");
        fs::create_dir_all(dir.path().join("target")).expect("folders can be made");
        fs::create_dir_all(dir.path().join("outside")).expect("folders can be made");
        for name in ["canary", "outside/canary"] {
            fs::write(dir.path().join(name), "untouched").expect("files can be written");
        }
        Place(dir)
    }

    fn target(&self) -> std::path::PathBuf {
        self.0.path().join("target")
    }

    fn assert_untouched(&self) {
        let count = |path: &Path| fs::read_dir(path).expect("it is there").count();
        assert_eq!((count(self.0.path()), count(&self.0.path().join("outside"))), (3, 1), "something new is outside");
        for name in ["canary", "outside/canary"] {
            let path = self.0.path().join(name);
            let metadata = fs::symlink_metadata(&path).expect("it is there");
            assert!(
                metadata.is_file() && metadata.nlink() == 1 && metadata.mode() & 0o7777 == 0o644,
                "{name} was changed"
            );
            assert_eq!(fs::read(&path).expect("it reads"), b"untouched", "{name} was written to");
        }
    }
}

/// Calls of [`Target`], in any order, with any names.
pub fn operate(bytes: &[u8]) {
    let place = Place::new();
    let options = TargetOptions { open_limit: 2, ..TargetOptions::default() };
    let target = Target::open(&place.target(), &options, &*SystemWorld::new()).expect("a folder of our own");
    let mut dirs: Vec<Dir> = vec![target.root()];
    let mut input = Input(bytes);
    for _ in 0..64 {
        if input.0.is_empty() {
            break;
        }
        let (call, replace) = (input.byte(), input.byte() & 1 == 1);
        let dir = dirs[call as usize / 16 % dirs.len()].clone();
        match call % 8 {
            0 | 1 => dirs.extend(target.make_dir(&dir, &input.name(), replace)),
            2 => {
                let node = Node { kind: NodeType::File, subtree: None, ..input.node() };
                let content = input.name();
                let node = Node { size: content.len() as u64, content: Content::Inline(content.clone()), ..node };
                let _ = target.write_whole(&dir, &node.name, &content, &node, replace);
            }
            3 => {
                let node = input.node();
                let _ = target.create_special(&dir, &node.name, &node, replace);
            }
            4 => {
                let (first, name) = (input.name(), input.name());
                let to = dirs[input.byte() as usize % dirs.len()].clone();
                let _ = target.hard_link((&dir, &first), &to, &name, replace);
            }
            5 => drop(target.remove(&dir, &input.name(), replace)),
            6 => {
                let node = Node { size: 3, ..input.node() };
                if let Ok(Some(file)) = target.open_existing(&dir, &node.name, 3) {
                    let _ = file.write_at(0, b"new");
                    let _ = target.finish(file, &node);
                }
            }
            _ => drop(target.finish_dir(&dir, &input.node())),
        }
    }
    place.assert_untouched();
}

/// Snapshots of any nodes, restored one over the other by the whole engine.
pub fn restore(bytes: &[u8]) {
    let place = Place::new();
    let world: Arc<dyn World> = SystemWorld::new();
    let repo = repository(&world);
    let mut input = Input(bytes);
    for _ in 0..3 {
        let flags = input.byte();
        let root = trees(&repo, &mut input, flags & 1 == 1);
        let snapshot = Snapshot { root: Some(root.0), time: world.now(), ..Snapshot::default() };
        root.1.commit(&Decision::Snapshot(encode_snapshot(&snapshot)), &Silent).expect("storage works");
        let Some(info) = list(&repo, &SnapshotFilter::default(), &Silent).expect("storage works").pop() else { break };
        let options = RestoreOptions {
            target: place.target(),
            path: if flags & 2 != 0 { input.name() } else { Vec::new() },
            includes: None,
            excludes: Rules::default(),
            overwrite: [Overwrite::Always, Overwrite::IfChanged, Overwrite::IfNewer, Overwrite::Never]
                [flags as usize >> 2 & 3],
            delete: flags & 16 != 0,
            dry_run: flags & 32 != 0,
            verify: flags & 64 != 0,
            sparse: false,
            heal: false,
            ..RestoreOptions::default()
        };
        let _ = engine::restore(&repo, &info, &options, &Silent);
        place.assert_untouched();
        if input.0.is_empty() {
            break;
        }
    }
}

/// Saves directories bottom up; each node that is one gets the tree before it. With `sorted` they are what a reader accepts, if the names are.
fn trees<'r>(repo: &'r Repository, input: &mut Input<'_>, sorted: bool) -> (BlobId, Writer<'r>) {
    let options = WriteOptions { compression: Some(Compression::Off), extra_verify: false, ..WriteOptions::default() };
    let (writer, _) = Writer::begin(repo, SessionOwner::default(), options, &Silent).expect("storage works");
    let save =
        |nodes: Vec<Node>| writer.save(0, BlobKind::Tree, &encode_tree(&Tree::Leaf(nodes))).expect("storage works").0;
    let mut below = save(Vec::new());
    for _ in 0..1 + input.byte() % 4 {
        let mut nodes: Vec<Node> = (0..input.byte() % 6).map(|_| input.node()).collect();
        for node in nodes.iter_mut().filter(|node| node.kind == NodeType::Directory) {
            node.subtree = Some(below);
        }
        if sorted {
            nodes.retain(|node| node.validate().is_ok());
            nodes.sort_by(|a, b| a.name.cmp(&b.name));
            nodes.dedup_by(|a, b| a.name == b.name);
        }
        below = save(nodes);
    }
    (below, writer)
}

fn repository(world: &Arc<dyn World>) -> Repository {
    let options = InitOptions {
        pack_size: 256 << 10,
        parity: (1, 0),
        chunker: ChunkerConfig { min: 4 << 10, average: 8 << 10, max: 16 << 10, level: 1 },
        compression: Compression::Off,
        delta: DeltaMode::Auto,
        inline_limit: 64,
        frame_target: 64 << 10,
        single_writer: false,
        settings: Default::default(),
        kdf: KdfParams { log_n: 1, r: 1, p: 1 },
        locations: Vec::new(),
        host: String::new(),
        user: String::new(),
    };
    let backend = Arc::new(MemoryBackend::new(world.clone()));
    let open = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
    Repository::init(backend, world.clone(), b"x", &options, &open).expect("storage works")
}
