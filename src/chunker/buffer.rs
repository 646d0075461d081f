//! Chunking of files that are larger than memory should hold: a buffer that its owner refills.
use super::Chunker;

/// Holds a window of a file. The owner reads into [`ChunkBuffer::space`], tells how much arrived, and takes chunks until
/// there is none; the cut points are those of the whole file.
///
/// One buffer serves many files, one after another; see [`ChunkBuffer::restart`].
pub struct ChunkBuffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
}

impl ChunkBuffer {
    /// For this chunker. Takes four times its maximal chunk length of memory, or `at_least` if that is more: what is left over
    /// from one filling is moved to the front before the next one, so a buffer of few chunks copies much.
    pub fn new(chunker: &Chunker, at_least: usize) -> Self {
        let len = at_least.max(4 * chunker.params().max());
        ChunkBuffer { bytes: vec![0; len], start: 0, end: 0, ended: false }
    }

    /// Forgets everything, for the next file.
    pub fn restart(&mut self) {
        (self.start, self.end, self.ended) = (0, 0, false);
    }

    /// Where the next bytes go; not empty if [`ChunkBuffer::next_chunk`] has just returned `None`.
    pub fn space(&mut self) -> &mut [u8] {
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        &mut self.bytes[self.end..]
    }

    /// The first `len` bytes of the space were written; 0 means that the file has ended.
    pub fn filled(&mut self, len: usize) {
        assert!(len <= self.bytes.len() - self.end, "no more can be filled than there is space");
        self.end += len;
        self.ended = len == 0;
    }

    /// The next chunk; `None` if more bytes are needed or, after the end, if there are no more.
    pub fn next_chunk(&mut self, chunker: &Chunker) -> Option<&[u8]> {
        let window = &self.bytes[self.start..self.end];
        if window.is_empty() || !self.ended && window.len() < chunker.params().max() {
            return None;
        }
        let chunk = &window[..chunker.cut(window)];
        self.start += chunk.len();
        Some(chunk)
    }

    /// The file has ended and all its chunks were taken.
    pub fn is_done(&self) -> bool {
        self.ended && self.start == self.end
    }
}
