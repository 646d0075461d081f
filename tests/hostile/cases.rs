//! Runs named cases one after the other, each with a limit of time and of memory.
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Far more than any case takes, on the slowest machine.
const TIME: Duration = Duration::from_secs(300);
/// Beyond what was in use when the case began. Caches of frames, threads and the repository itself, which is in memory, are in it.
const MEMORY: usize = 400 << 20;

static USED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// Cases run one at a time: memory is counted for the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The system's allocator with a counter.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(size: usize) {
    let used = USED.fetch_add(size, Ordering::Relaxed) + size;
    PEAK.fetch_max(used, Ordering::Relaxed);
}

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Runs one case.
pub fn run(name: &'static str, case: fn()) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let before = USED.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let start = Instant::now();
    let (ended, end) = channel();
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        case();
        let _ = ended.send(());
    });
    let thread = thread.unwrap();
    if end.recv_timeout(TIME) == Err(RecvTimeoutError::Timeout) {
        // Its threads cannot be ended, and would disturb all that come after.
        eprintln!("hostile repository {name}: it hangs");
        std::process::abort();
    }
    let result = thread.join();
    let peak = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    eprintln!("hostile repository {name}: {:.2} s, {} MiB", start.elapsed().as_secs_f64(), peak >> 20);
    assert!(result.is_ok(), "{name} failed");
    assert!(peak < MEMORY, "{name} took {} MiB", peak >> 20);
}

/// What was allocated at the same time at most since the case began, above what `since` returned.
pub fn peak_above(base: usize) -> usize {
    PEAK.load(Ordering::Relaxed).saturating_sub(base)
}

/// Forgets the peak so far: what comes next is counted from here.
pub fn measure_from_here() -> usize {
    let used = USED.load(Ordering::Relaxed);
    PEAK.store(used, Ordering::Relaxed);
    used
}

/// Makes a test of each case, and the list of their names.
macro_rules! cases {
    ($($(#[$doc:meta])* $name:ident $body:block)*) => {
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];
        $($(#[$doc])* #[test] fn $name() { crate::cases::run(stringify!($name), || $body) })*
    };
}
