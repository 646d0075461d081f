//! What a remote place was asked for: requests and bytes, which is what it bills and what takes time.
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one backend since it was opened. Requests are those on the wire, repeated ones included.
#[derive(Debug, Default)]
pub struct Meter {
    requests: AtomicU64,
    repeated: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
}

/// A reading of such counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests that were sent.
    pub requests: u64,
    /// How often something was tried again.
    pub repeated: u64,
    /// Bytes of request bodies.
    pub sent: u64,
    /// Bytes of response bodies.
    pub received: u64,
}

impl std::ops::Add for Usage {
    type Output = Usage;

    fn add(self, other: Usage) -> Usage {
        Usage {
            requests: self.requests + other.requests,
            repeated: self.repeated + other.repeated,
            sent: self.sent + other.sent,
            received: self.received + other.received,
        }
    }
}

impl Meter {
    pub(super) fn request(&self, sent: u64) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.sent.fetch_add(sent, Ordering::Relaxed);
    }

    pub(super) fn add_sent(&self, bytes: u64) {
        self.sent.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn received(&self, bytes: u64) {
        self.received.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn again(&self) {
        self.repeated.fetch_add(1, Ordering::Relaxed);
    }

    /// The counters as they are now.
    pub fn read(&self) -> Usage {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Usage {
            requests: load(&self.requests),
            repeated: load(&self.repeated),
            sent: load(&self.sent),
            received: load(&self.received),
        }
    }
}
