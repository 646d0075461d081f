//! Backup of streams as files, one after another.
use super::gathered::Leaf;
use super::intake::Intake;
use super::options::{Started, Stream};
use crate::error::{Error, Result};
use crate::model::{Node, NodeType};

/// Reads each stream to its end. One that fails, or whose command fails, fails all of it.
pub(super) fn streams(intake: &mut Intake<'_, '_, '_>, streams: Vec<Stream>) -> Result<()> {
    for Stream { name, start } in streams {
        let path: Vec<&[u8]> = name.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).collect();
        if path.is_empty() {
            return Err(Error::Invalid("The name of the stream is empty".to_owned()));
        }
        let shown = String::from_utf8_lossy(&name);
        let Started { mut reader, finish } = start()?;
        let mut size = 0;
        let mut read = |space: &mut [u8]| {
            let len = reader.read(space)?;
            size += len as u64;
            Ok(len)
        };
        let contents = intake.read(&path, &format!("The stream {shown}"), &mut read)?;
        finish()?;
        let options = intake.crew.first.options;
        let now = intake.crew.first.repo.world().now();
        let node = Node {
            kind: NodeType::File,
            mode: 0o644,
            uid: options.uid,
            gid: options.gid,
            user: Some(options.user.clone()),
            size,
            mtime: now,
            ctime: now,
            ..Node::default()
        };
        let inserted = intake.gathered.insert(&path, Leaf { node, contents });
        inserted.map_err(|cause| Error::Invalid(format!("The stream {shown} cannot be stored: {cause}")))?;
    }
    Ok(())
}
