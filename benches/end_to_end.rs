//! Whole backups of a generated directory into a local repository: the first, and one in which nothing has changed.
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use caddis::backend::LocalBackend;
use caddis::compress::Compression;
use caddis::crypto::KdfParams;
use caddis::format::ChunkerConfig;
use caddis::monitor::Silent;
use caddis::ops::backup::{BackupOptions, Parent, Source, backup};
use caddis::repo::{DeltaMode, InitOptions, OpenOptions, Repository};
use caddis::world::SystemWorld;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut out);
    out
}

/// Compresses like source code.
fn text(seed: u64, len: usize) -> Vec<u8> {
    let words = ["let ", "chunk", " = ", "self.", "buffer", "[at..", "end", "];\n", "    ", "fn ", "(&mut ", ") -> "];
    noise(seed, len).iter().flat_map(|byte| words[usize::from(byte % 12)].bytes()).take(len).collect()
}

/// Records of a binary file: numbers that grow, flags, a little noise.
fn records(seed: u64, len: usize) -> Vec<u8> {
    let noise = noise(seed, len / 4 + 4);
    let record = |(at, noise): (usize, &[u8])| [&(at as u32).to_le_bytes(), [0; 8].as_slice(), noise].concat();
    noise.chunks_exact(4).enumerate().flat_map(record).take(len).collect()
}

/// About 48 MB: 2,000 small texts, large texts, binary files, and files that do not compress. Returns how many bytes.
fn generate(folder: &Path) -> u64 {
    let mut bytes = 0;
    let mut write = |name: String, content: Vec<u8>| {
        bytes += content.len() as u64;
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("it is beneath the folder")).expect("the folder is ours");
        fs::write(path, content).expect("there is space");
    };
    for i in 0..2000_u64 {
        write(format!("source/{:02}/{i}.rs", i / 50), text(i, 200 + (i * 37 % 12_000) as usize));
    }
    for i in 0..4_u64 {
        write(format!("logs/{i}.log"), text(10_000 + i, 3 << 20));
        write(format!("data/{i}.bin"), records(20_000 + i, 3 << 20));
        write(format!("photos/{i}.jpg"), noise(30_000 + i, 3 << 20));
    }
    bytes
}

fn repository(folder: &Path) -> Repository {
    let world = SystemWorld::new();
    let backend = Arc::new(LocalBackend::create(folder).expect("the folder is ours"));
    let options = InitOptions {
        pack_size: 1 << 20,
        parity: (20, 2),
        chunker: ChunkerConfig { min: 32 << 10, average: 128 << 10, max: 512 << 10, level: 1 },
        compression: Compression::Auto,
        delta: DeltaMode::Auto,
        inline_limit: 256,
        frame_target: 512 << 10,
        single_writer: false,
        settings: Default::default(),
        kdf: KdfParams { log_n: 4, r: 8, p: 1 },
        locations: Vec::new(),
        host: "bench".to_owned(),
        user: "bench".to_owned(),
    };
    let open = OpenOptions { cache: None, kdf_floor: 1, ..OpenOptions::default() };
    Repository::init(backend, world, b"password", &options, &open).expect("the folder is empty")
}

fn run(repo: &Repository, source: &Path) {
    let options = BackupOptions {
        rules: Arc::default(),
        excludes: Vec::new(),
        one_file_system: false,
        read_special: false,
        with_atime: false,
        detect_rot: false,
        ignore_ctime: false,
        ignore_inode: false,
        host: "bench".to_owned(),
        user: "bench".to_owned(),
        uid: 0,
        gid: 0,
        label: None,
        tags: Vec::new(),
        description: None,
        time: None,
        parent: Parent::Newest,
        skip_if_unchanged: false,
        dry_run: false,
        compression: None,
        delta: None,
        read_concurrency: 4,
        threads: 0,
        extra_verify: true,
        scan: false,
        checkpoint_interval: Duration::from_secs(3600),
        checkpoint_bytes: 1 << 40,
    };
    let paths = Source::Paths { base: PathBuf::from("/"), paths: vec![source.to_owned()] };
    let report = backup(repo, paths, &options, &Silent).expect("the source is readable");
    assert!(report.snapshot.is_some() && report.statistics.problems == 0);
}

fn end_to_end(criterion: &mut Criterion) {
    let work = tempfile::tempdir().expect("there is a temporary folder");
    let source = work.path().join("source");
    let bytes = generate(&source);
    let mut group = criterion.benchmark_group("end to end");
    group.sample_size(10).throughput(Throughput::Bytes(bytes));
    group.bench_function("first backup", |bencher| {
        bencher.iter_batched(
            || tempfile::tempdir_in(work.path()).expect("there is a temporary folder"),
            |folder| {
                run(&repository(&folder.path().join("repo")), &source);
                folder
            },
            BatchSize::PerIteration,
        );
    });
    let repo = repository(&work.path().join("repo"));
    run(&repo, &source);
    group.bench_function("unchanged backup", |bencher| bencher.iter(|| run(&repo, &source)));
    group.finish();
}

criterion_group!(benches, end_to_end);
criterion_main!(benches);
