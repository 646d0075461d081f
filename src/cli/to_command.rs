//! `restore --to-command`: a command for each file, with its content as standard input.
use std::ffi::OsStr;
use std::io::{ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, ChildStdin, Command, Stdio};

use caddis::error::{Error, Result};
use caddis::model::Node;
use caddis::ops::restore::Sink;

/// Runs commands, one after the other.
pub struct ToCommand<'a> {
    command: &'a str,
    snapshot: String,
    /// Standard output has JSON only: what commands print goes to standard error.
    is_json: bool,
    running: Option<(Child, Option<ChildStdin>)>,
}

impl<'a> ToCommand<'a> {
    pub fn new(command: &'a str, snapshot: String, is_json: bool) -> Self {
        ToCommand { command, snapshot, is_json, running: None }
    }
}

impl Sink for ToCommand<'_> {
    fn begin(&mut self, path: &[u8], node: &Node) -> Result<()> {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(self.command).stdin(Stdio::piped());
        if self.is_json {
            command.stdout(std::io::stderr());
        }
        command
            .env("CADDIS_FILE", OsStr::from_bytes(path))
            .env("CADDIS_SIZE", node.size.to_string())
            .env("CADDIS_FILE_MODE", format!("{:04o}", node.mode))
            .env("CADDIS_MTIME", format!("{}.{:09}", node.mtime.secs, node.mtime.nanos))
            .env("CADDIS_UID", node.uid.to_string())
            .env("CADDIS_GID", node.gid.to_string())
            .env("CADDIS_UNAME", node.user.as_deref().unwrap_or_default().replace('\0', ""))
            .env("CADDIS_GNAME", node.group.as_deref().unwrap_or_default().replace('\0', ""))
            .env("CADDIS_SNAPSHOT", &self.snapshot);
        let mut child = command.spawn().map_err(|error| Error::local("run", "/bin/sh", error))?;
        let stdin = child.stdin.take();
        self.running = Some((child, stdin));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some((_, stdin)) = &mut self.running else { return Ok(()) };
        match stdin.as_mut().map_or(Ok(()), |stdin| stdin.write_all(bytes)) {
            // It has read enough; how it ends is what counts.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => *stdin = None,
            Err(error) => return Err(Error::local("write to the command for", "standard input", error)),
            Ok(()) => {}
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let Some((mut child, stdin)) = self.running.take() else { return Ok(()) };
        drop(stdin);
        let status = child.wait().map_err(|error| Error::local("wait for", "the command", error))?;
        match status.success() {
            true => Ok(()),
            false => Err(Error::Invalid(format!("The command ended with {status}"))),
        }
    }

    fn abort(&mut self) {
        // Before its input ends: it must not take this for all.
        if let Some((mut child, stdin)) = self.running.take() {
            let _ = child.kill();
            drop(stdin);
            let _ = child.wait();
        }
    }
}

impl Drop for ToCommand<'_> {
    fn drop(&mut self) {
        self.abort();
    }
}
