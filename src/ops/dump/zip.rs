//! A directory as a zip archive. Names are UTF-8 there; owners, further names, attributes, devices and pipes have no place in it.
use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use zip::write::{FullFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::abandon;
use super::content::{Content, Stream, copy};
use super::plan::Piece;
use crate::model::{Node, NodeType};

/// From here on sizes take more than the old format has.
const LARGE: u64 = 0xffff_0000;
/// Extra field with the time of modification as Unix has it.
const EXTENDED_TIMESTAMP: u16 = 0x5455;

type Writer<'o> = ZipWriter<StreamWriter<&'o mut dyn Write>>;

pub(super) fn write(stream: &mut Stream<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(out);
    match entries(stream, &mut zip) {
        Ok(()) => zip.finish()?.flush(),
        Err(error) => Err(abandon(zip, error)),
    }
}

fn entries(stream: &mut Stream<'_>, zip: &mut Writer<'_>) -> io::Result<()> {
    while let Some(piece) = stream.next()? {
        let Piece::Entry(path, node) = piece else { continue };
        let name = match std::str::from_utf8(&path) {
            Ok(name) => name.to_owned(),
            Err(_) => {
                let name = escaped(&path);
                stream.problem(&path, format!("A zip archive cannot hold its name; it is in it as {name}"));
                name
            }
        };
        let options = options(&node)?;
        match node.kind {
            NodeType::File => {
                zip.start_file(name, options)?;
                copy(&mut Content::new(stream, &path, &node), zip)?;
                continue;
            }
            NodeType::Directory => zip.add_directory(name, options)?,
            NodeType::Symlink => match std::str::from_utf8(&node.target) {
                Ok(target) => zip.add_symlink(name, target, options)?,
                Err(_) => {
                    stream.problem(&path, "A zip archive cannot hold where the link leads; it is left out".to_owned())
                }
            },
            kind => stream.problem(&path, format!("A zip archive cannot hold what it is ({kind:?}); it is left out")),
        }
        // There is no content, and what comes next is an entry.
        io::copy(&mut Content::new(stream, &path, &node), &mut io::sink())?;
    }
    Ok(())
}

fn options(node: &Node) -> io::Result<FullFileOptions<'static, 'static>> {
    let options = FullFileOptions::default()
        .compression_method(if node.size > 0 { CompressionMethod::Deflated } else { CompressionMethod::Stored })
        .unix_permissions(node.mode & 0o777)
        .large_file(node.size >= LARGE)
        .last_modified_time(dos_time(node.mtime.secs));
    let Ok(seconds) = i32::try_from(node.mtime.secs) else { return Ok(options) };
    let field = [&[1][..], &seconds.to_le_bytes()].concat();
    let mut options = options;
    options.add_extra_field(EXTENDED_TIMESTAMP, field, false)?;
    Ok(options)
}

/// Years from 1980 on, in UTC; the exact time is in a field of its own.
fn dos_time(seconds: i64) -> DateTime {
    let Ok(moment) = Timestamp::from_second(seconds) else { return DateTime::default() };
    let local = moment.to_zoned(TimeZone::UTC);
    let two = |number: i8| u8::try_from(number).unwrap_or(0);
    let year = u16::try_from(local.year()).unwrap_or(0);
    DateTime::from_date_and_time(
        year,
        two(local.month()),
        two(local.day()),
        two(local.hour()),
        two(local.minute()),
        two(local.second()),
    )
    .unwrap_or_default()
}

/// Bytes that are no UTF-8 as `\xff`.
fn escaped(path: &[u8]) -> String {
    let mut name = String::new();
    for chunk in path.utf8_chunks() {
        name.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| name.push_str(&format!("\\x{byte:02x}")));
    }
    name
}
