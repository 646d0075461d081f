//! A segment: an immutable file with everything that a set of index objects says.
use std::fs::{File, OpenOptions};
use std::marker::PhantomData;
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::page::{CONTENT, PAGE, PageCache, PageReader, PageWriter, PagedFile, StaleIndex};
use super::record::{Base, Blob, Bucket, Frame, MAX_RECORD, Object, Pack, RECORD_LENGTHS, Record, TABLES};
use crate::error::{Error, Result};
use crate::id::{BlobId, RepoId};
use crate::world::{World, random};

const MAGIC: &[u8; 8] = b"CADDISX1";
/// Where segments that nobody should find again are made.
const SCRATCH: &str = "/var/tmp";

/// Name of a segment.
pub type SegmentId = [u8; 16];

/// Where segments are kept and what they are sealed with.
#[derive(Debug)]
pub struct Store {
    pub folder: Option<PathBuf>,
    pub cache: PageCache,
    key: Zeroizing<[u8; 32]>,
    world: Arc<dyn World>,
}

impl Store {
    pub fn new(folder: Option<&Path>, key: &[u8; 32], repo: &RepoId, world: Arc<dyn World>) -> Self {
        let key = Zeroizing::new(*blake3::keyed_hash(key, &repo.0).as_bytes());
        Store { folder: folder.map(Path::to_owned), cache: PageCache::new(), key, world }
    }

    pub fn random_id(&self) -> SegmentId {
        random(&*self.world)
    }

    /// Checksum of a small file.
    pub fn hash(&self, bytes: &[u8]) -> [u8; 32] {
        *blake3::keyed_hash(&self.key, bytes).as_bytes()
    }

    pub fn path(folder: &Path, id: &SegmentId) -> PathBuf {
        folder.join(format!("{:032x}.segment", u128::from_be_bytes(*id)))
    }

    /// Opens a segment; anything wrong with it means that it has to be made again.
    pub fn open(&self, id: SegmentId) -> Result<Segment, StaleIndex> {
        let folder = self.folder.as_deref().ok_or(StaleIndex)?;
        let file = File::open(Self::path(folder, &id)).map_err(|_| StaleIndex)?;
        Segment::open(self.paged(file, &id), id, &self.cache)
    }

    fn paged(&self, file: File, id: &SegmentId) -> PagedFile {
        PagedFile::new(file, self.hash(id), &self.cache)
    }

    /// Starts a segment with the given numbers of rows. Without a name nobody else sees it and it goes with the process.
    pub fn create(&self, rows: [u32; TABLES], named: bool) -> Result<SegmentWriter> {
        let id = self.random_id();
        let folder = self.folder.as_deref().unwrap_or(Path::new(SCRATCH));
        let path = Self::path(folder, &id);
        let file = match self.folder.is_some() && named {
            true => OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path),
            false => tempfile::tempfile_in(folder),
        };
        let file = file.map_err(|e| Error::local("create", &path, e))?;
        let layout = Layout::new(rows).ok_or_else(|| Error::Invalid("Too much for one index segment".to_owned()))?;
        let tables = layout.first.map(PageWriter::new);
        Ok(SegmentWriter { id, path, file: self.paged(file, &id), layout, tables, pushed: [0; TABLES] })
    }
}

/// Rows of each table and the page where it starts.
#[derive(Clone, Debug)]
struct Layout {
    rows: [u32; TABLES],
    first: [u32; TABLES],
    end: u32,
}

impl Layout {
    fn new(rows: [u32; TABLES]) -> Option<Self> {
        let mut first = [0; TABLES];
        let mut end = 1u32;
        for table in 0..TABLES {
            first[table] = end;
            let bytes = u64::from(rows[table]) * RECORD_LENGTHS[table] as u64;
            end = end.checked_add(u32::try_from(bytes.div_ceil(CONTENT as u64)).ok()?)?;
        }
        Some(Layout { rows, first, end })
    }
}

/// A segment in the making. Tables may be filled in any order, each from its first row to its last.
#[derive(Debug)]
pub struct SegmentWriter {
    id: SegmentId,
    path: PathBuf,
    file: PagedFile,
    layout: Layout,
    tables: [PageWriter; TABLES],
    pushed: [u32; TABLES],
}

impl SegmentWriter {
    pub fn push<R: Record>(&mut self, row: &R) -> Result<()> {
        self.pushed[R::TABLE] += 1;
        let done = self.tables[R::TABLE].push(&self.file, |out| row.put(out));
        done.map_err(|e| Error::local("write", &self.path, e))
    }

    /// Completes the file. Not synced: after a crash its checksums tell.
    pub fn finish(self, store: &Store) -> Result<Segment> {
        let SegmentWriter { id, path, file, layout, tables, pushed } = self;
        let failed = |e| Error::local("write", &path, e);
        if pushed != layout.rows {
            return Err(Error::damaged(path.display(), "Rows are missing from the segment that was just written"));
        }
        for table in tables {
            table.finish(&file).map_err(failed)?;
        }
        let mut header = MAGIC.to_vec();
        layout.rows.iter().for_each(|rows| header.extend_from_slice(&rows.to_le_bytes()));
        file.write(0, &header).map_err(failed)?;
        Segment::open(file, id, &store.cache)
            .map_err(|_| Error::damaged(path.display(), "The segment that was just written cannot be read"))
    }
}

/// An open segment. The list of its objects is in memory, the rest in the file.
#[derive(Debug)]
pub struct Segment {
    pub id: SegmentId,
    pub objects: Vec<Object>,
    file: PagedFile,
    layout: Layout,
}

impl Segment {
    fn open(file: PagedFile, id: SegmentId, cache: &PageCache) -> Result<Self, StaleIndex> {
        let mut header = [0; 8 + 4 * TABLES];
        file.read(cache, 0, 0, &mut header)?;
        let (magic, numbers) = header.split_at(8);
        let mut rows = [0; TABLES];
        for (rows, bytes) in rows.iter_mut().zip(numbers.as_chunks::<4>().0) {
            *rows = u32::from_le_bytes(*bytes);
        }
        let layout = Layout::new(rows).ok_or(StaleIndex)?;
        let len = file.len().map_err(|_| StaleIndex)?;
        if magic != MAGIC || len != u64::from(layout.end) * PAGE as u64 {
            return Err(StaleIndex);
        }
        let mut segment = Segment { id, objects: Vec::new(), file, layout };
        let mut rows = segment.rows::<Object>();
        let mut objects = Vec::new();
        while let Some(object) = rows.next()? {
            objects.push(object);
        }
        segment.objects = objects;
        Ok(segment)
    }

    pub fn count<R: Record>(&self) -> u32 {
        self.layout.rows[R::TABLE]
    }

    pub fn is_broken(&self) -> bool {
        self.file.is_broken()
    }

    /// One row, through the page cache.
    pub fn get<R: Record>(&self, cache: &PageCache, row: u32) -> Result<R, StaleIndex> {
        if row >= self.count::<R>() {
            return Err(self.file.give_up());
        }
        let mut bytes = [0; MAX_RECORD];
        let bytes = &mut bytes[..R::LEN];
        self.file.read(cache, self.layout.first[R::TABLE], u64::from(row) * R::LEN as u64, bytes)?;
        Ok(R::get(bytes))
    }

    /// All rows of a table, past the page cache.
    pub fn rows<R: Record>(&self) -> Rows<'_, R> {
        let end = self.layout.first.get(R::TABLE + 1).copied().unwrap_or(self.layout.end);
        let reader = PageReader::new(&self.file, self.layout.first[R::TABLE], end);
        Rows { reader, left: self.count::<R>(), row: PhantomData }
    }

    /// Rows of the blob table with this id.
    pub fn find(&self, cache: &PageCache, id: &BlobId) -> Result<Range<u32>, StaleIndex> {
        let bucket: Bucket = self.get(cache, Bucket::of(id, self.count::<Bucket>()))?;
        if !bucket.may_hold(id) {
            return Ok(0..0);
        }
        let end = bucket.start.checked_add(bucket.count).ok_or_else(|| self.file.give_up())?;
        let start = self.lower_bound(bucket.start..end, |row| Ok(self.get::<Blob>(cache, row)?.id < id.0))?;
        let mut next = start;
        while next < end && self.get::<Blob>(cache, next)?.id == id.0 {
            next += 1;
        }
        Ok(start..next)
    }

    /// First of `rows` that is not `before`.
    pub fn lower_bound(
        &self,
        mut rows: Range<u32>,
        before: impl Fn(u32) -> Result<bool, StaleIndex>,
    ) -> Result<u32, StaleIndex> {
        while rows.start < rows.end {
            let middle = rows.start + (rows.end - rows.start) / 2;
            match before(middle)? {
                true => rows.start = middle + 1,
                false => rows.end = middle,
            }
        }
        Ok(rows.start)
    }

    /// Which object a frame comes from.
    pub fn object_of_frame(&self, frame: u32) -> usize {
        self.objects.partition_point(|object| object.first_frame <= frame).saturating_sub(1)
    }

    /// Where the rows of an object end: the next object's first rows, as if it were one.
    pub fn end_of(&self, object: usize) -> Object {
        let behind = Object {
            session: [0; 16],
            number: 0,
            first_stripe: self.count::<super::record::Stripe>(),
            first_pack: self.count::<Pack>(),
            first_frame: self.count::<Frame>(),
            first_base: self.count::<Base>(),
            blobs: 0,
        };
        self.objects.get(object + 1).copied().unwrap_or(behind)
    }
}

/// Rows of one table in order.
pub struct Rows<'a, R> {
    reader: PageReader<'a>,
    left: u32,
    row: PhantomData<R>,
}

impl<R: Record> Rows<'_, R> {
    /// The next one; `None` behind the last.
    pub fn next(&mut self) -> Result<Option<R>, StaleIndex> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let mut bytes = [0; MAX_RECORD];
        let bytes = &mut bytes[..R::LEN];
        self.reader.read(bytes)?;
        Ok(Some(R::get(bytes)))
    }
}
