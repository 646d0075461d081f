//! Header blocks of tar archives.
use std::io;

use super::malformed;
use crate::model::{Node, NodeType};
use crate::world::Time;

pub(super) const BLOCK: usize = 512;

/// One header block whose checksum is right.
pub(super) struct Header(pub [u8; BLOCK]);

impl Header {
    /// None for a block of zeros.
    pub(super) fn parse(block: [u8; BLOCK]) -> io::Result<Option<Self>> {
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let header = Header(block);
        let told = header.number(148, 8)?;
        let sum = |value: fn(u8) -> i64| {
            let bytes = block.iter().enumerate();
            bytes.map(|(at, byte)| if (148..156).contains(&at) { 32 } else { value(*byte) }).sum::<i64>()
        };
        // Some old programs summed up signed bytes.
        if told != sum(i64::from) && told != sum(|byte| i64::from(byte as i8)) {
            return Err(malformed("a header has a wrong checksum"));
        }
        Ok(Some(header))
    }

    pub(super) fn kind(&self) -> u8 {
        self.0[156]
    }

    fn field(&self, at: usize, len: usize) -> &[u8] {
        let field = &self.0[at..at + len];
        &field[..field.iter().position(|byte| *byte == 0).unwrap_or(len)]
    }

    /// A number as octal digits, or, with the highest bit set, as binary.
    pub(super) fn number(&self, at: usize, len: usize) -> io::Result<i64> {
        let field = &self.0[at..at + len];
        if field[0] & 0x80 != 0 {
            let negative = field[0] & 0x40 != 0;
            let first = if negative { i128::from(field[0] as i8) } else { i128::from(field[0] & 0x3f) };
            let mut value = first;
            for byte in &field[1..] {
                value = value.checked_mul(256).ok_or_else(|| malformed("a number is too large"))? + i128::from(*byte);
            }
            return i64::try_from(value).map_err(|_| malformed("a number is too large"));
        }
        let mut value = 0_i64;
        let digits = field.iter().copied().skip_while(|byte| *byte == b' ');
        for digit in digits.take_while(|byte| !matches!(byte, 0 | b' ')) {
            if !digit.is_ascii_digit() || digit > b'7' {
                return Err(malformed("a number in a header is not octal"));
            }
            value = value.checked_mul(8).ok_or_else(|| malformed("a number is too large"))? + i64::from(digit - b'0');
        }
        Ok(value)
    }

    pub(super) fn length(&self, at: usize, len: usize) -> io::Result<u64> {
        u64::try_from(self.number(at, len)?).map_err(|_| malformed("a length is negative"))
    }

    fn is_posix(&self) -> bool {
        &self.0[257..263] == b"ustar\0"
    }

    fn is_gnu(&self) -> bool {
        &self.0[257..265] == b"ustar  \0"
    }

    /// Path as the header has it.
    pub(super) fn path(&self) -> Vec<u8> {
        let (prefix, name) = (self.field(345, 155), self.field(0, 100));
        match self.is_posix() && !prefix.is_empty() {
            true => [prefix, b"/", name].concat(),
            false => name.to_vec(),
        }
    }

    pub(super) fn link(&self) -> Vec<u8> {
        self.field(157, 100).to_vec()
    }

    /// Metadata without the name.
    pub(super) fn node(&self, kind: NodeType) -> io::Result<Node> {
        let id = |at| self.number(at, 8).map(|id| u32::try_from(id).unwrap_or(u32::MAX));
        let mut node = Node {
            kind,
            mode: (self.number(100, 8)? & 0o7777) as u32,
            uid: id(108)?,
            gid: id(116)?,
            mtime: Time { secs: self.number(136, 12)?, nanos: 0 },
            links: 1,
            ..Node::default()
        };
        if self.is_posix() || self.is_gnu() {
            let name = |at| String::from_utf8(self.field(at, 32).to_vec()).ok().filter(|name| !name.is_empty());
            (node.user, node.group) = (name(265), name(297));
            if matches!(kind, NodeType::CharDevice | NodeType::BlockDevice) {
                let number = |at| self.number(at, 8).map(|number| u32::try_from(number).unwrap_or(0));
                node.rdev = rustix::fs::makedev(number(329)?, number(337)?);
            }
        }
        Ok(node)
    }
}
