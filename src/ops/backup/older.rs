//! The chunks of a file's older version: which of them does a new chunk take the place of?
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::id::{BlobId, BlobKind};
use crate::model::{Content, ContentReader, TreeStore};
use crate::repo::Repository;

/// Chunks that are known at a time: some 3 MiB of memory for 8 GiB of a file. A smaller file is known as a whole.
const WINDOW: usize = 64 * 1024;
/// Old chunks that are told for one new chunk.
const REPLACED: usize = 8;
/// Assumed for a chunk that is not in the repository any more.
const SOME_LENGTH: u32 = 128 * 1024;

/// Tells the length of an old chunk.
type LengthOf<'a> = &'a dyn Fn(&BlobId) -> Option<u32>;

/// The older version, read as far as the new one has come. Asked from several threads, in about the order of the file.
pub(super) struct Older<'a> {
    content: Content,
    state: Mutex<State<'a>>,
    /// [`WINDOW`], or what a test wants.
    most: usize,
}

struct Chunk {
    id: BlobId,
    start: u64,
    len: u32,
}

struct State<'a> {
    ids: ContentReader<'a>,
    /// Consecutive chunks.
    window: VecDeque<Chunk>,
    /// Number of the first of them in the file.
    first: u64,
    /// Number of each; `None` where a chunk recurs.
    numbers: HashMap<BlobId, Option<u64>>,
    /// Where the last of them ends.
    end: u64,
    /// Old offset less new offset at the last chunk that both have.
    shift: i64,
}

impl<'a> Older<'a> {
    /// Nothing is read yet.
    pub(super) fn new(store: &'a dyn TreeStore, content: &Content) -> Self {
        Older {
            most: WINDOW,
            content: content.clone(),
            state: Mutex::new(State {
                ids: ContentReader::new(store, content),
                window: VecDeque::new(),
                first: 0,
                numbers: HashMap::new(),
                end: 0,
                shift: 0,
            }),
        }
    }

    /// What it consists of.
    pub(super) fn content(&self) -> &Content {
        &self.content
    }

    /// For consecutive new chunks from the offset `start`: the old chunks that were where each of them is. The nearest chunk that both
    /// versions have tells how far things have moved. Chunks that both have get nothing.
    pub(super) fn replaced(&self, repo: &Repository, start: u64, chunks: &[(BlobId, u32)]) -> Vec<Vec<BlobId>> {
        self.replaced_by(&|id| repo.blob_length(BlobKind::Data, id), start, chunks)
    }

    fn replaced_by(&self, length_of: LengthOf<'_>, start: u64, chunks: &[(BlobId, u32)]) -> Vec<Vec<BlobId>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.read_on(length_of, start, self.most);
        let mut end = start;
        let mut offset = |len: u32| {
            end += u64::from(len);
            end - u64::from(len)
        };
        let offsets: Vec<u64> = chunks.iter().map(|(_, len)| offset(*len)).collect();
        let shifts: Vec<Option<i64>> =
            chunks.iter().zip(&offsets).map(|((id, _), offset)| state.shift_of(id, *offset)).collect();
        let first = shifts.iter().flatten().next().copied();
        let mut shift = first.unwrap_or(state.shift);
        let mut all = Vec::with_capacity(chunks.len());
        for ((found, (_, len)), offset) in shifts.into_iter().zip(chunks).zip(offsets) {
            all.push(match found {
                Some(found) => {
                    shift = found;
                    Vec::new()
                }
                None => state.overlapping((offset as i64).saturating_add(shift), *len),
            });
        }
        state.shift = shift;
        all
    }
}

impl State<'_> {
    /// Reads until the window reaches well beyond where the chunk at the new `offset` should be, and forgets what is far behind.
    fn read_on(&mut self, length_of: LengthOf<'_>, offset: u64, most: usize) {
        let place = offset.saturating_add_signed(self.shift);
        loop {
            let full = self.window.len() == most;
            if full && self.window.get(most / 2).is_some_and(|middle| middle.start > place) {
                return;
            }
            // What cannot be read ends the old version here.
            let Some(Ok(id)) = self.ids.next() else { return };
            if full && let Some(behind) = self.window.pop_front() {
                self.numbers.remove(&behind.id);
                self.first += 1;
            }
            let len = length_of(&id).unwrap_or(SOME_LENGTH);
            let number = self.first + self.window.len() as u64;
            self.numbers.entry(id).and_modify(|number| *number = None).or_insert(Some(number));
            self.window.push_back(Chunk { id, start: self.end, len });
            self.end += u64::from(len);
        }
    }

    fn shift_of(&self, id: &BlobId, offset: u64) -> Option<i64> {
        let number = (*self.numbers.get(id)?)?;
        let chunk = self.window.get(number.checked_sub(self.first)? as usize)?;
        Some(chunk.start as i64 - offset as i64)
    }

    /// Chunks between two old offsets.
    fn overlapping(&self, start: i64, len: u32) -> Vec<BlobId> {
        let end = u64::try_from(start.saturating_add(len.into())).unwrap_or(0);
        let start = u64::try_from(start).unwrap_or(0);
        let from = self.window.partition_point(|chunk| chunk.start + u64::from(chunk.len) <= start);
        let within = self.window.range(from..).take_while(|chunk| chunk.start < end);
        within.take(REPLACED).map(|chunk| chunk.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Result};

    /// Lists of ids that are in the node need no store.
    struct Nothing;

    impl TreeStore for Nothing {
        fn save_tree(&self, _: Vec<u8>) -> Result<BlobId> {
            Err(Error::Invalid("nothing is written".to_owned()))
        }
        fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
            Err(Error::BlobNotFound { id: *id })
        }
    }

    fn id(n: u32) -> BlobId {
        let mut id = BlobId([0; 32]);
        id.0[..4].copy_from_slice(&n.to_le_bytes());
        id
    }

    fn number(id: &BlobId) -> u32 {
        u32::from_le_bytes([id.0[0], id.0[1], id.0[2], id.0[3]])
    }

    /// Chunks of an old version are 100 bytes long, except that number 7 is gone.
    fn length_of(id: &BlobId) -> Option<u32> {
        (number(id) != 7).then_some(100)
    }

    fn older(numbers: &[u32], most: usize) -> Older<'static> {
        let content = Content::Blobs(numbers.iter().map(|n| id(*n)).collect());
        Older { most, ..Older::new(&Nothing, &content) }
    }

    /// What chunks of a new version replace that begin at `start`: old numbers of each.
    fn replaced(older: &Older<'_>, start: u64, new: &[(u32, u32)]) -> Vec<Vec<u32>> {
        let chunks: Vec<_> = new.iter().map(|(n, len)| (id(*n), *len)).collect();
        let all = older.replaced_by(&length_of, start, &chunks);
        all.iter().map(|ids| ids.iter().map(number).collect()).collect()
    }

    fn none() -> Vec<u32> {
        Vec::new()
    }

    #[test]
    fn a_changed_chunk_replaces_what_was_in_its_place() {
        let older = older(&[10, 11, 12, 13], WINDOW);
        assert_eq!(
            replaced(&older, 0, &[(10, 100), (90, 100), (12, 100), (13, 100)]),
            [none(), vec![11], none(), none()]
        );
        // Of another length: two chunks for one, one for two.
        assert_eq!(
            replaced(&older, 0, &[(10, 100), (90, 60), (91, 40), (12, 100)]),
            [none(), vec![11], vec![11], none()]
        );
        assert_eq!(replaced(&older, 0, &[(10, 100), (90, 200), (13, 100)]), [none(), vec![11, 12], none()]);
    }

    #[test]
    fn an_insertion_in_front_moves_everything() {
        let older = older(&[10, 11, 12, 13], WINDOW);
        // 50 bytes more in the first chunk: the next one that both have tells by how much.
        assert_eq!(
            replaced(&older, 0, &[(90, 150), (11, 100), (91, 100), (13, 100)]),
            [vec![10], none(), vec![12], none()]
        );
        // A later call has nothing in common, and remembers.
        assert_eq!(replaced(&older, 250, &[(92, 100)]), [vec![12]]);
    }

    #[test]
    fn deletions_and_swaps() {
        let older = older(&[10, 11, 12, 13, 14, 15], WINDOW);
        assert_eq!(
            replaced(&older, 0, &[(10, 100), (13, 100), (90, 100), (15, 100)]),
            [none(), none(), vec![14], none()]
        );
        let swapped = [(13, 100), (90, 100), (15, 100), (10, 100), (91, 100), (12, 100)];
        assert_eq!(replaced(&older, 0, &swapped), [none(), vec![14], none(), none(), vec![11], none()]);
    }

    #[test]
    fn chunks_that_recur_tell_nothing() {
        // 5 is everywhere, as runs of zeros are.
        let older = older(&[5, 10, 5, 11, 5, 12, 5], WINDOW);
        assert_eq!(
            replaced(&older, 0, &[(5, 100), (10, 100), (5, 100), (90, 100), (5, 100)]),
            [vec![5], none(), vec![5], vec![11], vec![5]]
        );
    }

    #[test]
    fn beyond_either_end_and_without_an_older_version() {
        assert_eq!(
            replaced(&older(&[10, 11], WINDOW), 0, &[(10, 100), (11, 100), (90, 100)]),
            [none(), none(), none()]
        );
        assert_eq!(replaced(&older(&[], WINDOW), 0, &[(90, 100)]), [none()]);
        // The length of one that is gone is a guess.
        assert_eq!(replaced(&older(&[7, 11], WINDOW), 0, &[(90, 100), (11, 100)])[0].len(), 1);
        // What was in front of the first byte is nothing that may be taken for something else.
        assert_eq!(replaced(&older(&[10, 11], WINDOW), 0, &[(90, 100), (91, 100), (10, 100)])[2], none());
    }

    #[test]
    fn of_a_file_beyond_the_window_the_old_part_is_known_that_is_near() {
        let all: Vec<u32> = (100..1100).collect();
        for shift in [0_i64, 30] {
            let older = older(&all, 16);
            let mut wrong = 0;
            for n in 0..1000_u64 {
                let start = n * 100 + if n > 0 { shift as u64 } else { 0 };
                let len = if n == 0 { 100 + shift as u32 } else { 100 };
                // Every third chunk is new.
                let new = if n % 3 == 0 { 5_000 + n as u32 } else { 100 + n as u32 };
                let found = replaced(&older, start, &[(new, len)]).remove(0);
                let expected = if n % 3 == 0 { vec![100 + n as u32] } else { Vec::new() };
                wrong += usize::from(found != expected);
                let state = older.state.lock().unwrap();
                assert!(state.window.len() <= 16 && state.numbers.len() <= 16);
            }
            // The very first one can know nothing yet.
            assert!(wrong <= 1, "{shift} {wrong}");
        }
    }

    #[test]
    fn groups_out_of_order_find_what_is_still_known() {
        let all: Vec<u32> = (100..300).collect();
        let older = older(&all, 32);
        assert_eq!(replaced(&older, 4000, &[(900, 100)]), [vec![140]]);
        assert_eq!(replaced(&older, 3500, &[(901, 100)]), [vec![135]]);
        assert_eq!(replaced(&older, 0, &[(902, 100)]), [none()]);
    }
}
