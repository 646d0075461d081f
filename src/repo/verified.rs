//! Which packs were read and found sound, when, and which were damaged: a small file in the cache folder, for checks that go on where
//! earlier ones ended.
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::cache_file;
use crate::id::{PackId, RepoId};
use crate::world::Time;

const MAGIC: &[u8; 8] = b"CADDISV1";
/// Half of a pack id, which is enough to tell packs apart, and a time.
const ENTRY: usize = 20;
/// Fifty million packs; a longer file is none of ours.
const MAX_LEN: u64 = 1 << 30;

type Half = [u8; 16];

/// The memory of checks: 20 bytes for each pack. Disposable: without it, or if it is damaged, every pack counts as never verified.
#[derive(Debug)]
pub struct Verified {
    path: Option<PathBuf>,
    key: Zeroizing<[u8; 32]>,
    /// Ascending: half of an id, and seconds since 1970; 0 for a pack that was damaged when it was last read.
    entries: Vec<(Half, u32)>,
}

/// How far packs were verified, by what this machine remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// All there are, doomed ones left out.
    pub packs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Packs that no check on this machine has read.
    pub never: u64,
    /// Their bytes.
    pub never_bytes: u64,
    /// Packs that were damaged when a check read them last.
    pub damaged: u64,
    /// Seconds since 1970: when the one of the others was read that was not read for the longest time…
    pub oldest: Option<u32>,
    /// …and the one that was read last.
    pub newest: Option<u32>,
}

fn half(id: &PackId) -> Half {
    id.0.first_chunk().copied().expect("an id has more than 16 bytes")
}

/// Later than 2106 counts as then, earlier than 1970 as its first second: 0 says something else.
fn seconds(time: Time) -> u32 {
    u32::try_from(time.secs.max(1)).unwrap_or(u32::MAX)
}

impl Verified {
    /// Reads the file of a repository. `folder` is what is kept locally of this repository; without it nothing is remembered.
    pub(super) fn load(folder: Option<&Path>, key: &[u8; 32], repo: &RepoId) -> Verified {
        let key = Zeroizing::new(*blake3::Hasher::new_keyed(key).update(MAGIC).update(&repo.0).finalize().as_bytes());
        let path = folder.map(|folder| folder.join("verified"));
        let entries = path.as_deref().and_then(|path| {
            let content = cache_file::read(path, MAGIC, Some(&key), MAX_LEN)?;
            let entries: Vec<(Half, u32)> = (content.as_chunks::<ENTRY>().0.iter())
                .map(|entry| {
                    let (id, time) = entry.split_at(16);
                    (id.try_into().unwrap_or_default(), u32::from_le_bytes(time.try_into().unwrap_or_default()))
                })
                .collect();
            (content.len() % ENTRY == 0 && entries.is_sorted_by(|a, b| a.0 < b.0)).then_some(entries)
        });
        Verified { path, key, entries: entries.unwrap_or_default() }
    }

    /// Whether anything outlasts this run.
    pub fn is_kept(&self) -> bool {
        self.path.is_some()
    }

    /// Seconds since 1970 of the last time when the pack was found sound; 0 if never.
    pub fn when(&self, pack: &PackId) -> u32 {
        self.last(pack).unwrap_or(0)
    }

    /// Whether it was damaged when it was last read.
    pub fn was_damaged(&self, pack: &PackId) -> bool {
        self.last(pack) == Some(0)
    }

    fn last(&self, pack: &PackId) -> Option<u32> {
        let at = self.entries.binary_search_by(|entry| entry.0.cmp(&half(pack)));
        at.ok().and_then(|at| self.entries.get(at)).map(|entry| entry.1)
    }

    /// How far these packs, with their lengths, were verified.
    pub fn coverage(&self, packs: impl Iterator<Item = (PackId, u32)>) -> Coverage {
        let mut coverage = Coverage::default();
        for (pack, length) in packs {
            coverage.packs += 1;
            coverage.bytes += u64::from(length);
            match self.last(&pack) {
                None => {
                    (coverage.never, coverage.never_bytes) =
                        (coverage.never + 1, coverage.never_bytes + u64::from(length))
                }
                Some(0) => coverage.damaged += 1,
                Some(when) => {
                    coverage.oldest = Some(coverage.oldest.map_or(when, |oldest: u32| oldest.min(when)));
                    coverage.newest = coverage.newest.max(Some(when));
                }
            }
        }
        coverage
    }

    /// Notes what a check found out, at `now` or a little later. Packs that are not among `existing` any more are dropped.
    pub fn update<'p>(
        &mut self,
        now: Time,
        good: &HashSet<PackId>,
        bad: &HashSet<PackId>,
        existing: impl Iterator<Item = &'p PackId>,
    ) {
        let now = seconds(now);
        let mut entries: Vec<(Half, u32)> = existing
            .filter_map(|pack| {
                let last = match (bad.contains(pack), good.contains(pack)) {
                    (true, _) => Some(0),
                    (false, true) => Some(now),
                    (false, false) => self.last(pack),
                };
                Some((half(pack), last?))
            })
            .collect();
        entries.sort_unstable();
        entries.dedup_by_key(|entry| entry.0);
        self.entries = entries;
    }

    /// Replaces the file. What another check noted meanwhile is lost, which costs time and nothing else.
    pub fn save(&self) -> std::io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut content = Vec::with_capacity(self.entries.len() * ENTRY);
        for (id, time) in &self.entries {
            content.extend_from_slice(id);
            content.extend_from_slice(&time.to_le_bytes());
        }
        cache_file::write(path, MAGIC, Some(&self.key), &content)
    }
}

/// For the plan of a check: what was damaged first, then what was verified the longest time ago; of one time packs with deltas first, so that
/// they can wait for their bases.
pub(super) fn oldest_first(
    verified: &Verified,
    packs: &HashMap<PackId, (u32, u32)>,
    delta_packs: &HashSet<PackId>,
    ids: &mut [PackId],
) {
    // Within one time by index object, so that each of these is read as few times as can be.
    let object = |id: &PackId| packs.get(id).map_or(0, |(_, object)| *object);
    let key = |id: &PackId| (!verified.was_damaged(id), verified.when(id), !delta_packs.contains(id), object(id), *id);
    ids.sort_by_cached_key(key);
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPO: RepoId = RepoId([9; 32]);
    const KEY: [u8; 32] = [7; 32];

    fn id(n: u8) -> PackId {
        PackId([n; 32])
    }

    fn at(secs: i64) -> Time {
        Time { secs, nanos: 0 }
    }

    #[test]
    fn what_was_noted_is_there_again_and_damage_means_nothing_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let load = |key: &[u8; 32]| Verified::load(Some(folder.path()), key, &REPO);
        let mut verified = load(&KEY);
        assert!(verified.is_kept() && verified.when(&id(1)) == 0);
        let existing = [id(3), id(1), id(2)];
        verified.update(at(1000), &HashSet::from([id(1), id(2), id(4)]), &HashSet::new(), existing.iter());
        verified.save().unwrap();
        let mut again = load(&KEY);
        assert_eq!([1, 2, 3, 4].map(|n| again.when(&id(n))), [1000, 1000, 0, 0], "4 does not exist");
        again.update(at(2000), &HashSet::from([id(3)]), &HashSet::from([id(1)]), existing.iter());
        again.save().unwrap();
        assert_eq!([1, 2, 3].map(|n| load(&KEY).when(&id(n))), [0, 1000, 2000], "1 was found bad");
        assert_eq!([1, 2, 4].map(|n| load(&KEY).was_damaged(&id(n))), [true, false, false]);
        let mut mended = load(&KEY);
        mended.update(at(2500), &HashSet::new(), &HashSet::new(), existing.iter());
        assert!(mended.was_damaged(&id(1)), "it was not read since");
        mended.update(at(3000), &HashSet::from([id(1)]), &HashSet::new(), existing.iter());
        assert!(!mended.was_damaged(&id(1)) && mended.when(&id(1)) == 3000);
        assert_eq!(load(&[8; 32]).entries, [], "of another repository");
        let path = folder.path().join("verified");
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.len(), 8 + 3 * ENTRY + 32);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            assert_eq!(load(&KEY).entries, []);
            std::fs::write(&path, &bytes[..at]).unwrap();
            assert_eq!(load(&KEY).entries, []);
        }
        assert!(!Verified::load(None, &KEY, &REPO).is_kept());
    }

    #[test]
    fn coverage_counts_what_was_never_read_and_what_was_damaged() {
        let mut verified = Verified::load(None, &KEY, &REPO);
        let existing = [id(1), id(2), id(3), id(4)];
        verified.update(at(50), &HashSet::from([id(1)]), &HashSet::from([id(3)]), existing.iter());
        verified.update(at(90), &HashSet::from([id(2)]), &HashSet::new(), existing.iter());
        let coverage = verified.coverage(existing.iter().map(|id| (*id, 10)));
        let expected =
            Coverage { packs: 4, bytes: 40, never: 1, never_bytes: 10, damaged: 1, oldest: Some(50), newest: Some(90) };
        assert_eq!(coverage, expected);
        assert_eq!(verified.coverage(std::iter::empty()), Coverage::default());
    }

    #[test]
    fn the_damaged_and_the_oldest_come_first_and_those_of_one_object_together() {
        let mut verified = Verified::load(None, &KEY, &REPO);
        let packs =
            HashMap::from([(id(1), (1, 2)), (id(2), (1, 1)), (id(3), (1, 2)), (id(4), (1, 1)), (id(5), (1, 0))]);
        verified.update(at(50), &HashSet::from([id(5)]), &HashSet::from([id(3)]), packs.keys());
        let mut ids: Vec<PackId> = packs.keys().copied().collect();
        oldest_first(&verified, &packs, &HashSet::new(), &mut ids);
        assert_eq!(ids, [id(3), id(2), id(4), id(1), id(5)], "3 was damaged");
        oldest_first(&verified, &packs, &HashSet::from([id(1), id(5)]), &mut ids);
        assert_eq!(ids, [id(3), id(1), id(2), id(4), id(5)], "1 is made of deltas");
    }

    #[test]
    fn times_outside_of_the_range_do_not_wrap() {
        assert_eq!([at(-5), at(i64::MAX), at(7)].map(seconds), [1, u32::MAX, 7]);
    }
}
