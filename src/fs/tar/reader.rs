//! Goes through an archive, entry by entry.
use std::collections::VecDeque;
use std::io::{self, Read};

use super::acl::Ids;
use super::header::{BLOCK, Header};
use super::malformed;
use super::pax::Records;
use super::sparse::{self, MAX_PIECES, Run};
use crate::model::{Node, NodeType};

/// Longest extended header, also of all that are about one entry together; and longest name in one of GNU's.
const MAX_RECORDS: u64 = 16 << 20;
/// The same of those about all entries. Each entry takes them over.
const MAX_GLOBAL: u64 = 1 << 20;
const MAX_NAME: u64 = 1 << 20;

/// One entry of an archive.
#[derive(Debug)]
pub struct TarEntry {
    /// As the archive has it; anything may be in there.
    pub path: Vec<u8>,
    /// Everything but name and content. Of a hard link only its metadata, which are those of the file.
    pub node: Node,
    /// It is a further name of what the archive has under this path.
    pub hard_link: Option<Vec<u8>>,
    /// What the archive says of it and a node cannot hold, in words.
    pub left_out: Vec<String>,
}

/// Offsets and lengths of the data of a sparse file, its length, and the bytes of it in the archive.
type Sparse = (Vec<(u64, u64)>, u64, u64);

/// An archive that is being read from front to back.
pub struct TarReader<R> {
    input: R,
    /// Bytes of the archive so far, for messages.
    position: u64,
    /// Of the current file.
    runs: VecDeque<Run>,
    padding: u64,
    global: Records,
    ids: Ids,
    has_end: bool,
}

impl<R: Read> TarReader<R> {
    /// At the beginning of an archive that is not compressed.
    pub fn new(input: R) -> Self {
        let (runs, global, ids) = Default::default();
        TarReader { input, position: 0, runs, padding: 0, global, ids, has_end: false }
    }

    /// Whether the archive had the mark at its end; without one it may have been cut off.
    pub fn has_end(&self) -> bool {
        self.has_end
    }

    /// The next entry, over what was not read of the one before; none at the end, when everything was read. Errors say where.
    pub fn next_entry(&mut self) -> io::Result<Option<TarEntry>> {
        let begun = self.position;
        self.entry().map_err(|error| io::Error::new(error.kind(), format!("{error} (in what begins at byte {begun})")))
    }

    /// The next bytes of the current file, without its holes; 0 at its end.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(run) = self.runs.front_mut() else { return Ok(0) };
        let (left, is_data) = match *run {
            Run::Data(left) => (left, true),
            Run::Zeros(left) => (left, false),
        };
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let len = match is_data {
            true => retry(|| self.input.read(&mut buffer[..most]))?,
            false => {
                buffer[..most].fill(0);
                most
            }
        };
        if len == 0 && most > 0 {
            return Err(cut_off());
        }
        let left = left - len as u64;
        if is_data {
            self.position += len as u64;
        }
        match (left, is_data) {
            (0, _) => drop(self.runs.pop_front()),
            (left, true) => *run = Run::Data(left),
            (left, false) => *run = Run::Zeros(left),
        }
        // A run without length says nothing about the end.
        if len == 0 && !buffer.is_empty() { self.read(buffer) } else { Ok(len) }
    }

    fn entry(&mut self) -> io::Result<Option<TarEntry>> {
        self.skip_rest()?;
        let (mut records, mut long_path, mut long_link) = (self.global.clone(), None, None);
        loop {
            let Some(header) = self.header()? else { return Ok(None) };
            let size = header.length(124, 12)?;
            match header.kind() {
                b'x' | b'X' => records.add(&self.extra(size, MAX_RECORDS)?, MAX_RECORDS)?,
                b'g' => {
                    let extra = self.extra(size, MAX_GLOBAL)?;
                    self.global.add(&extra, MAX_GLOBAL)?;
                    records.add(&extra, MAX_RECORDS)?;
                }
                b'L' => long_path = Some(self.name(size)?),
                b'K' => long_link = Some(self.name(size)?),
                // Names of a volume.
                b'V' => drop(self.extra(size, MAX_NAME)?),
                b'M' => return Err(malformed("it is the continuation of another volume; join the volumes first")),
                kind => {
                    let size = records.number("size")?.unwrap_or(size);
                    let path = records.get("GNU.sparse.name").or(records.get("path")).map(<[u8]>::to_vec);
                    let link = records.get("linkpath").map(<[u8]>::to_vec);
                    let path = path.or(long_path).unwrap_or_else(|| header.path());
                    let link = link.or(long_link).unwrap_or_else(|| header.link());
                    return self.finish(&header, kind, size, path, link, &records).map(Some);
                }
            }
        }
    }

    fn finish(
        &mut self,
        header: &Header,
        kind: u8,
        size: u64,
        path: Vec<u8>,
        link: Vec<u8>,
        records: &Records,
    ) -> io::Result<TarEntry> {
        let node_type = match kind {
            b'2' => NodeType::Symlink,
            b'3' => NodeType::CharDevice,
            b'4' => NodeType::BlockDevice,
            b'5' | b'D' => NodeType::Directory,
            b'6' => NodeType::Fifo,
            // Before ustar, directories were files whose name ends with a slash.
            0 | b'0' if path.ends_with(b"/") => NodeType::Directory,
            0 | b'0' | b'1' | b'7' | b'S' => NodeType::File,
            other => return Err(malformed(format!("{:?} is an unknown kind of entry", char::from(other)))),
        };
        let mut node = header.node(node_type)?;
        let mut left_out = Vec::new();
        records.apply(&mut node, &mut self.ids, &mut left_out)?;
        if node_type == NodeType::Symlink {
            node.target.clone_from(&link);
        }
        let hard_link = (kind == b'1').then_some(link);
        self.padding = padding(size);
        let is_file = node_type == NodeType::File && hard_link.is_none();
        if !is_file {
            // Some programs write the content once more with each hard link, others the list of a directory.
            self.runs = VecDeque::from([Run::Data(size)]);
            return Ok(TarEntry { path, node, hard_link, left_out });
        }
        let pieces = self.pieces(header, kind, size, records)?;
        let (pieces, real_size, stored) = match pieces {
            Some(found) => found,
            None => (vec![(0, size)], size, size),
        };
        let layout = sparse::layout(&pieces, real_size, stored)?;
        (self.runs, node.holes, node.size) = (layout.runs.into(), layout.holes, real_size);
        Ok(TarEntry { path, node, hard_link, left_out })
    }

    /// Where the data of a sparse file are, its length, and the bytes of it that are to come.
    fn pieces(&mut self, header: &Header, kind: u8, size: u64, records: &Records) -> io::Result<Option<Sparse>> {
        if kind == b'S' {
            let (mut pieces, mut more) = sparse::gnu_pieces(header, false)?;
            while more {
                let mut block = [0; BLOCK];
                self.fill(&mut block)?;
                let extension = sparse::gnu_pieces(&Header(block), true)?;
                pieces.extend(extension.0);
                more = extension.1;
                if pieces.len() > MAX_PIECES {
                    return Err(malformed("the map of a sparse file is too long"));
                }
            }
            return Ok(Some((pieces, header.length(483, 12)?, size)));
        }
        if records.get("GNU.sparse.major") == Some(b"1") {
            let real = records.number("GNU.sparse.realsize")?;
            let real = real.ok_or_else(|| malformed("a sparse file has no size"))?;
            let (pieces, taken) = sparse::read_map(|| {
                let mut block = [0; BLOCK];
                self.fill(&mut block).map(|()| block)
            })?;
            let left =
                size.checked_sub(taken).ok_or_else(|| malformed("the map of a sparse file is longer than it"))?;
            return Ok(Some((pieces, real, left)));
        }
        let Some(real) = records.number("GNU.sparse.size")?.or(records.number("GNU.sparse.realsize")?) else {
            return Ok(None);
        };
        let numbers = match records.get("GNU.sparse.map") {
            Some(map) => {
                let numbers: Option<Vec<u64>> = map.split(|byte| *byte == b',').map(super::pax::decimal).collect();
                numbers.ok_or_else(|| malformed("the map of a sparse file has what is no number"))?
            }
            None => records.sparse.clone(),
        };
        Ok(Some((sparse::pairs(&numbers)?, real, size)))
    }

    /// The next header; none at the end of the archive.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut zeros = 0;
        loop {
            let mut block = [0; BLOCK];
            let mut filled = 0;
            while filled < BLOCK {
                match retry(|| self.input.read(&mut block[filled..]))? {
                    0 if filled == 0 => return Ok(None),
                    0 => return Err(cut_off()),
                    len => filled += len,
                }
            }
            self.position += BLOCK as u64;
            match Header::parse(block)? {
                Some(header) => return Ok(Some(header)),
                None => zeros += 1,
            }
            if zeros == 2 {
                self.has_end = true;
                // Whoever writes the archive is not to be stopped, and what is compressed has a checksum at its end.
                io::copy(&mut self.input, &mut io::sink())?;
                return Ok(None);
            }
        }
    }

    fn skip_rest(&mut self) -> io::Result<()> {
        let data: u64 = self.runs.drain(..).map(|run| if let Run::Data(length) = run { length } else { 0 }).sum();
        let rest = data.saturating_add(std::mem::take(&mut self.padding));
        let skipped = io::copy(&mut (&mut self.input).take(rest), &mut io::sink())?;
        self.position += skipped;
        if skipped < rest { Err(cut_off()) } else { Ok(()) }
    }

    /// Content of an entry that is about the next one.
    fn extra(&mut self, size: u64, most: u64) -> io::Result<Vec<u8>> {
        if size > most {
            return Err(malformed(format!("an extended header has {size} bytes")));
        }
        let mut bytes = Vec::new();
        (&mut self.input).take(size).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < size {
            return Err(cut_off());
        }
        self.position += size;
        self.padding = padding(size);
        self.skip_rest()?;
        Ok(bytes)
    }

    fn name(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let mut name = self.extra(size, MAX_NAME)?;
        name.truncate(name.iter().position(|byte| *byte == 0).unwrap_or(name.len()));
        Ok(name)
    }

    fn fill(&mut self, block: &mut [u8; BLOCK]) -> io::Result<()> {
        self.input.read_exact(block).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => cut_off(),
            _ => error,
        })?;
        self.position += BLOCK as u64;
        Ok(())
    }
}

/// From the end of so many bytes to the next block, whatever an archive says.
fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends in the middle of an entry")
}
