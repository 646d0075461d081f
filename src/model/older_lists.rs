//! The lists of a file's older version: which of them does a new list take the place of?
use std::collections::{HashMap, VecDeque};

use super::content::ContentReader;
use super::{Content, TreeStore};
use crate::id::BlobId;

/// Ids that are known at a time: some 2 MiB of memory for 8 GiB of a file. A smaller file is known as a whole.
const WINDOW: usize = 64 * 1024;
/// Old lists that are told for one new list: each cut that is gone or new makes one of two, or two of one.
const REPLACED: usize = 3;

/// An old list of data blobs.
struct List {
    id: BlobId,
    /// Beginnings of the ids in it.
    ids: Vec<u64>,
}

/// The old lists, read as far as the new ones have come.
pub(super) struct OlderLists<'a> {
    reader: ContentReader<'a>,
    window: VecDeque<List>,
    /// Number of the first of them in the file.
    first: usize,
    /// Number of the list that an id is in, the last one if it is in several.
    places: HashMap<u64, usize>,
    /// Ids of the lists in the window, and of those before them.
    ids: usize,
    before: usize,
    /// How many ids further an old list is found than the new one that it resembles.
    shift: isize,
}

fn beginning(id: &BlobId) -> u64 {
    u64::from_le_bytes(*id.0.first_chunk().expect("an id has 32 bytes"))
}

impl<'a> OlderLists<'a> {
    /// Nothing is read yet. Content without lists has none.
    pub(super) fn new(store: &'a dyn TreeStore, content: &Content) -> Option<Self> {
        matches!(content, Content::List { .. }).then(|| OlderLists {
            reader: ContentReader::new(store, content),
            window: VecDeque::new(),
            first: 0,
            places: HashMap::new(),
            ids: 0,
            before: 0,
            shift: 0,
        })
    }

    /// The old lists that have the most of `ids`, which begin with number `start` of the new version; the best first.
    pub(super) fn replaced(&mut self, start: usize, ids: &[BlobId]) -> Vec<BlobId> {
        self.read_on(start);
        let mut shared: Vec<(usize, usize)> = Vec::new();
        for number in ids.iter().filter_map(|id| self.places.get(&beginning(id))) {
            match shared.iter_mut().find(|(known, _)| known == number) {
                Some((_, count)) => *count += 1,
                None => shared.push((*number, 1)),
            }
        }
        shared.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        if let Some(at) = shared.first().and_then(|(number, _)| number.checked_sub(self.first)) {
            let old = self.before + self.window.iter().take(at).map(|list| list.ids.len()).sum::<usize>();
            self.shift = old as isize - start as isize;
        }
        let found = shared.iter().filter_map(|(number, _)| self.window.get(number.checked_sub(self.first)?));
        found.take(REPLACED).map(|list| list.id).collect()
    }

    /// Reads until half of the window is behind the new id number `start`, and forgets what is far before it.
    fn read_on(&mut self, start: usize) {
        let place = start.saturating_add_signed(self.shift);
        while self.before + self.ids < place + WINDOW / 2 {
            // What cannot be read ends the old version here.
            let Some(list) = self.next_list() else { return };
            let number = self.first + self.window.len();
            self.places.extend(list.ids.iter().map(|id| (*id, number)));
            self.ids += list.ids.len();
            self.window.push_back(list);
            while self.ids > WINDOW
                && let Some(list) = self.window.pop_front()
            {
                for id in &list.ids {
                    if self.places.get(id) == Some(&self.first) {
                        self.places.remove(id);
                    }
                }
                self.first += 1;
                self.ids -= list.ids.len();
                self.before += list.ids.len();
            }
        }
    }

    fn next_list(&mut self) -> Option<List> {
        let first = self.reader.next()?.ok()?;
        let (id, rest) = self.reader.rest_of_list()?;
        Some(List { id, ids: [first].iter().chain(&rest).map(beginning).collect() })
    }
}
