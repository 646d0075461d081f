//! A cache that is bounded by the weight of what it holds; what was not used for the longest time goes first.
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What an entry costs beside its weight, about.
const ENTRY: usize = 128;

/// Shared by threads.
pub(super) struct Lru<K, V> {
    limit: usize,
    inner: Mutex<Inner<K, V>>,
}

struct Inner<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// By time of the last use.
    used: BTreeMap<u64, K>,
    now: u64,
    weight: usize,
}

struct Entry<V> {
    used: u64,
    weight: usize,
    value: V,
}

impl<K: Hash + Eq + Clone, V: Clone> Lru<K, V> {
    /// Holds values of this weight together.
    pub(super) fn new(limit: usize) -> Self {
        let inner = Inner { entries: HashMap::new(), used: BTreeMap::new(), now: 0, weight: 0 };
        Lru { limit, inner: Mutex::new(inner) }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        let Inner { entries, used, now, .. } = &mut *self.lock();
        let entry = entries.get_mut(key)?;
        used.remove(&entry.used);
        *now += 1;
        entry.used = *now;
        used.insert(*now, key.clone());
        Some(entry.value.clone())
    }

    pub(super) fn has(&self, key: &K) -> bool {
        self.lock().entries.contains_key(key)
    }

    /// A value that is heavier than all that may be held is not kept.
    pub(super) fn put(&self, key: K, value: V, weight: usize) {
        let weight = weight.saturating_add(ENTRY);
        let inner = &mut *self.lock();
        inner.remove(&key);
        if weight > self.limit {
            return;
        }
        inner.now += 1;
        inner.weight += weight;
        inner.used.insert(inner.now, key.clone());
        inner.entries.insert(key, Entry { used: inner.now, weight, value });
        while inner.weight > self.limit {
            let Some((_, oldest)) = inner.used.pop_first() else { break };
            inner.weight -= inner.entries.remove(&oldest).map_or(0, |entry| entry.weight);
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        let inner = &mut *self.lock();
        inner.entries.clear();
        inner.used.clear();
        inner.weight = 0;
    }

    fn lock(&self) -> MutexGuard<'_, Inner<K, V>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq, V> Inner<K, V> {
    fn remove(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.used.remove(&entry.used);
            self.weight -= entry.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_goes_first() {
        let cache = Lru::new(3 * (100 + ENTRY));
        for key in 0..3 {
            cache.put(key, key * 10, 100);
        }
        assert_eq!(cache.get(&0), Some(0));
        cache.put(3, 30, 100);
        assert_eq!((cache.get(&0), cache.get(&1), cache.get(&3)), (Some(0), None, Some(30)));
        cache.put(0, 5, 100);
        assert_eq!((cache.get(&0), cache.lock().entries.len()), (Some(5), 3));
        cache.put(9, 9, 1_000);
        assert!(!cache.has(&9) && cache.has(&3));
        cache.clear();
        assert!(!cache.has(&3) && cache.lock().weight == 0);
    }
}
