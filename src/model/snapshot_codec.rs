//! Snapshots as CBOR (repo-format.md, section 11).
use super::cbor::{MapWriter, Reader, check_unknown, sort_unknown, write, write_time};
use super::{ModelError, Origin, Snapshot, Statistics};
use crate::id::{BlobId, RepoId, SessionId, WriterId};

const PARTIAL: u64 = 1;
const WITH_PROBLEMS: u64 = 2;
const LAST_KEY: u32 = 20;
const LAST_STATISTICS_KEY: u32 = 16;

/// The bytes of a snapshot; the same for the same snapshot. Zeros and empty values are left out.
pub fn encode_snapshot(snapshot: &Snapshot) -> Vec<u8> {
    debug_assert!(check_unknown(&snapshot.unknown, LAST_KEY).is_ok());
    debug_assert!(check_unknown(&snapshot.statistics.unknown, LAST_STATISTICS_KEY).is_ok());
    let mut out = Vec::new();
    let mut map = MapWriter::new(&mut out);
    map.bytes(0, snapshot.root.as_ref().map_or(&[], |id| id.as_bytes()));
    map.time(1, snapshot.time);
    map.text(2, &snapshot.host);
    map.text(3, &snapshot.user);
    map.uint(4, snapshot.uid.into());
    map.uint(5, snapshot.gid.into());
    if !snapshot.paths.is_empty() {
        write(map.key(6), |e| {
            e.array(snapshot.paths.len() as u64)?;
            snapshot.paths.iter().try_for_each(|path| e.bytes(path)?.ok())
        });
    }
    map.text(7, snapshot.label.as_deref().unwrap_or_default());
    map.texts(8, &snapshot.tags);
    map.texts(9, &snapshot.excludes);
    map.bytes(10, snapshot.parent.as_ref().map_or(&[], |id| id.as_bytes()));
    if snapshot.statistics != Statistics::default() {
        write_statistics(map.key(11), &snapshot.statistics);
    }
    map.text(12, &snapshot.program);
    map.bytes(13, snapshot.writer.as_ref().map_or(&[], |id| id.as_bytes()));
    map.uint(14, snapshot.counter);
    map.bytes(15, snapshot.previous.as_ref().map_or(&[], |id| id.as_bytes()));
    let partial = if snapshot.partial { PARTIAL } else { 0 };
    map.uint(16, partial | if snapshot.with_problems { WITH_PROBLEMS } else { 0 });
    map.bytes(17, snapshot.original.as_ref().map_or(&[], |id| id.as_bytes()));
    if let Some(time) = snapshot.protected_until {
        write_time(map.key(18), time);
    }
    map.text(19, snapshot.description.as_deref().unwrap_or_default());
    if let Some(Origin { repository, snapshot, root }) = &snapshot.origin {
        write(map.key(20), |e| {
            e.array(3)?.bytes(repository.as_bytes())?.bytes(snapshot.as_bytes())?.bytes(root.as_bytes())?.ok()
        });
    }
    map.unknown(&snapshot.unknown);
    map.finish();
    out
}

fn write_statistics(out: &mut Vec<u8>, statistics: &Statistics) {
    let mut map = MapWriter::new(out);
    map.uint(0, statistics.files);
    map.uint(1, statistics.directories);
    map.uint(2, statistics.others);
    map.uint(3, statistics.bytes);
    map.uint(4, statistics.new_files);
    map.uint(5, statistics.changed_files);
    map.uint(6, statistics.unmodified_files);
    map.uint(7, statistics.new_data_blobs);
    map.uint(8, statistics.new_tree_blobs);
    map.uint(9, statistics.raw_added_bytes);
    map.uint(10, statistics.stored_added_bytes);
    map.time(11, statistics.started);
    map.time(12, statistics.finished);
    map.uint(13, statistics.problems);
    map.uint(14, statistics.new_directories);
    map.uint(15, statistics.changed_directories);
    map.uint(16, statistics.unmodified_directories);
    map.unknown(&statistics.unknown);
    map.finish();
}

/// Reads and validates a snapshot.
pub fn decode_snapshot(bytes: &[u8]) -> Result<Snapshot, ModelError> {
    let mut reader = Reader::new(bytes);
    let mut snapshot = Snapshot::default();
    let mut map = reader.map()?;
    while let Some(key) = map.next(&mut reader)? {
        read_field(&mut reader, key, &mut snapshot)?;
    }
    reader.end()?;
    sort_unknown(&mut snapshot.unknown)?;
    Ok(snapshot)
}

fn read_field(reader: &mut Reader<'_>, key: u32, snapshot: &mut Snapshot) -> Result<(), ModelError> {
    let text = |text: String| (!text.is_empty()).then_some(text);
    match key {
        0 => snapshot.root = Some(BlobId(reader.fixed()?)),
        1 => snapshot.time = reader.time()?,
        2 => snapshot.host = reader.text()?,
        3 => snapshot.user = reader.text()?,
        4 => snapshot.uid = reader.u32()?,
        5 => snapshot.gid = reader.u32()?,
        6 => snapshot.paths = reader.items(1, |reader| reader.bytes().map(<[u8]>::to_vec))?,
        7 => snapshot.label = text(reader.text()?),
        8 => snapshot.tags = reader.items(1, Reader::text)?,
        9 => snapshot.excludes = reader.items(1, Reader::text)?,
        10 => snapshot.parent = Some(SessionId(reader.fixed()?)),
        11 => snapshot.statistics = read_statistics(reader)?,
        12 => snapshot.program = reader.text()?,
        13 => snapshot.writer = Some(WriterId(reader.fixed()?)),
        14 => snapshot.counter = reader.u64()?,
        15 => snapshot.previous = Some(SessionId(reader.fixed()?)),
        16 => {
            let flags = reader.u64()?;
            snapshot.partial = flags & PARTIAL != 0;
            snapshot.with_problems = flags & WITH_PROBLEMS != 0;
        }
        17 => snapshot.original = Some(SessionId(reader.fixed()?)),
        18 => snapshot.protected_until = Some(reader.time()?),
        19 => snapshot.description = text(reader.text()?),
        20 => {
            reader.array_of(3)?;
            let (repository, snapshot_id, root) = (reader.fixed()?, reader.fixed()?, reader.fixed()?);
            snapshot.origin =
                Some(Origin { repository: RepoId(repository), snapshot: SessionId(snapshot_id), root: BlobId(root) });
        }
        _ => snapshot.unknown.push((key, reader.raw()?.to_vec())),
    }
    Ok(())
}

fn read_statistics(reader: &mut Reader<'_>) -> Result<Statistics, ModelError> {
    let mut statistics = Statistics::default();
    let mut map = reader.map()?;
    while let Some(key) = map.next(reader)? {
        match key {
            0 => statistics.files = reader.u64()?,
            1 => statistics.directories = reader.u64()?,
            2 => statistics.others = reader.u64()?,
            3 => statistics.bytes = reader.u64()?,
            4 => statistics.new_files = reader.u64()?,
            5 => statistics.changed_files = reader.u64()?,
            6 => statistics.unmodified_files = reader.u64()?,
            7 => statistics.new_data_blobs = reader.u64()?,
            8 => statistics.new_tree_blobs = reader.u64()?,
            9 => statistics.raw_added_bytes = reader.u64()?,
            10 => statistics.stored_added_bytes = reader.u64()?,
            11 => statistics.started = reader.time()?,
            12 => statistics.finished = reader.time()?,
            13 => statistics.problems = reader.u64()?,
            14 => statistics.new_directories = reader.u64()?,
            15 => statistics.changed_directories = reader.u64()?,
            16 => statistics.unmodified_directories = reader.u64()?,
            _ => statistics.unknown.push((key, reader.raw()?.to_vec())),
        }
    }
    sort_unknown(&mut statistics.unknown)?;
    Ok(statistics)
}
