//! Repositories to begin with: made once, copied by every simulation.
use std::sync::{Arc, LazyLock};

use caddis::compress::Compression;
use caddis::crypto::KdfParams;
use caddis::format::ChunkerConfig;
use caddis::repo::{DeltaMode, InitOptions, Repository};

use crate::acts::{Act, Job, PASSWORD, open_options, run_lane};
use crate::handle::Handle;
use crate::pictures::{LARGE, Picture};
use crate::random::Rng;
use crate::schedule::{Core, Sim};
use crate::storage::{Objects, Storage};

/// A repository with some snapshots.
#[derive(Clone, Debug)]
pub struct Template {
    pub objects: Objects,
    /// What its snapshots hold.
    pub pictures: Vec<Picture>,
}

/// Data and parity packs of a stripe.
const SCHEMES: [(u8, u8); 4] = [(1, 0), (1, 1), (2, 1), (3, 2)];

/// Snapshots of a template: the runs with the numbers of their pictures, and whether they are stored in pieces.
type Layout = (&'static [&'static [usize]], bool);

/// Of each scheme there is one of each.
pub const LAYOUTS: [Layout; 5] = [
    (&[], false),
    // Two stripes that share a blob.
    (&[&[0], &[1]], false),
    // Two snapshots share a stripe.
    (&[&[0, 1]], false),
    // A stripe for each blob.
    (&[&[0], &[1]], true),
    // Two stripes in one index object, one of them shared.
    (&[&[2], &[3]], false),
];

pub static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let file = |name: u8, blobs: &[u8]| ((0, name), blobs.to_vec());
    let pictures = [
        Picture::from([file(0, &[0, 1])]),
        Picture::from([file(1, &[1])]),
        Picture::from([file(0, &LARGE)]),
        Picture::from([file(1, &LARGE[1..])]),
    ];
    let make = |scheme| LAYOUTS.map(|(runs, in_pieces)| template(scheme, &pictures, runs, in_pieces));
    SCHEMES.into_iter().flat_map(make).collect()
});

fn template(scheme: (u8, u8), pictures: &[Picture], runs: &[&[usize]], in_pieces: bool) -> Template {
    let pictures: Vec<Picture> = pictures.to_vec();
    let sim = Arc::new(Sim::new(Core::new(Rng::new(7), Storage::default(), pictures.clone()), 1));
    let process = sim.core().begin(0, 9, "init", None);
    let handle = Handle::new(&sim, process);
    let options = InitOptions {
        pack_size: 256 << 10,
        parity: scheme,
        chunker: ChunkerConfig { min: 4 << 10, average: 8 << 10, max: 16 << 10, level: 1 },
        compression: Compression::Auto,
        delta: DeltaMode::Auto,
        inline_limit: 64,
        frame_target: 64 << 10,
        single_writer: false,
        settings: Default::default(),
        kdf: KdfParams { log_n: 1, r: 1, p: 1 },
        locations: Vec::new(),
        host: "host".to_owned(),
        user: "user".to_owned(),
    };
    Repository::init(handle.clone(), handle, PASSWORD, &options, &open_options()).expect("storage works");
    let job = |run: &&[usize]| Job::new(Act::Backup { pictures: run.to_vec(), in_pieces, abandon: false });
    run_lane(&sim, 0, 9, &runs.iter().map(job).collect::<Vec<_>>(), &[]);
    let core = sim.core();
    assert!(core.watch.violations.is_empty(), "{:?}", core.watch.violations);
    Template { objects: core.storage.objects.clone(), pictures }
}
