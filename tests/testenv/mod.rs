//! A folder with a source, a repository and a cache, and ways to run the program in it.
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What came of one run.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The run ended with this exit code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// It was a success.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.expect(0)
    }

    /// Standard output has this text.
    #[track_caller]
    pub fn has(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "{text:?} is missing in {self:#?}");
        self
    }

    /// Standard output does not have this text.
    #[track_caller]
    pub fn has_not(self, text: &str) -> Self {
        assert!(!self.stdout.contains(text), "{text:?} is in {self:#?}");
        self
    }

    /// Standard error has this text.
    #[track_caller]
    pub fn complains(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is missing in {self:#?}");
        self
    }

    /// Every line of standard output as JSON.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout.lines().map(parse).collect()
    }

    /// The one JSON value on standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// The last line, with `message_type` summary.
    #[track_caller]
    pub fn summary(&self) -> Value {
        let last = self.json_lines().pop().unwrap_or_default();
        assert_eq!(last["message_type"], "summary", "{self:#?}");
        last
    }
}

/// See above.
pub struct TestEnv {
    dir: TempDir,
}

impl TestEnv {
    /// With an empty source and no repository.
    pub fn new() -> Self {
        TestEnv::beneath(&std::env::temp_dir())
    }

    /// The same in another folder than that of all tests, whose time changes while they run.
    pub fn beneath(folder: &Path) -> Self {
        let env = TestEnv { dir: TempDir::new_in(folder).expect("temporary folders can be made") };
        fs::create_dir(env.path("src")).expect("a new folder");
        env
    }

    /// With a few files in the source and a repository.
    pub fn ready() -> Self {
        let env = TestEnv::new();
        env.file("src/a.txt", "alpha");
        env.file("src/sub/b.log", "beta");
        env.file("src/sub/deep/c.txt", &"gamma ".repeat(50_000));
        env.init(&[]);
        env
    }

    /// A path beneath the folder.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    /// The same as text.
    pub fn text(&self, relative: &str) -> String {
        self.path(relative).to_str().expect("temporary folders have plain names").to_owned()
    }

    /// Writes a file and makes the directories above it.
    pub fn file(&self, relative: &str, content: &str) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("beneath the folder")).expect("folders can be made");
        fs::write(&path, content).expect("files can be written");
        path
    }

    /// The program, without the variables of the caller, with those of this environment.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_caddis"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"CADDIS_")) {
            command.env_remove(name);
        }
        // What decides about colours and widths.
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI", "COLUMNS"] {
            command.env_remove(name);
        }
        command
            .args(args)
            .current_dir(self.dir.path())
            .env("CADDIS_REPOSITORY", self.path("repo"))
            .env("CADDIS_PASSWORD", "secret")
            .env("CADDIS_CACHE_DIR", self.path("cache"))
            // Passwords that cost nothing.
            .env("CADDIS_KDF_FLOOR", "1")
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run {
        finish(&mut self.command(args))
    }

    /// With something on standard input.
    pub fn run_with_input<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>, input: &[u8]) -> Run {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program is built");
        let mut stdin = child.stdin.take().expect("piped");
        // A program that fails early does not read everything.
        let _ = stdin.write_all(input);
        drop(stdin);
        outcome(child.wait_with_output().expect("it ends"))
    }

    /// Runs a shell script in the folder; `$CADDIS` is the program.
    pub fn shell(&self, script: &str) -> Run {
        let ours = self.command::<&str>([]);
        let mut shell = Command::new("/bin/bash");
        shell.args(["-c", script]).env("CADDIS", ours.get_program()).stdin(Stdio::null());
        for (name, value) in ours.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        finish(shell.current_dir(self.dir.path()))
    }

    /// Makes the repository: small packs, cheap password.
    #[track_caller]
    pub fn init(&self, more: &[&str]) -> Run {
        let mut args = vec!["init", "--kdf-log-n", "4", "--pack-size", "256KiB"];
        args.extend(more);
        self.run(args).ok()
    }

    /// Backs up `src` with more options; returns the JSON summary.
    #[track_caller]
    pub fn backup(&self, more: &[&str]) -> Value {
        let mut args = vec!["--json", "backup", "src"];
        args.extend(more);
        self.run(args).ok().summary()
    }

    /// The same by its absolute path, so that it has this path in the snapshot too.
    #[track_caller]
    pub fn backup_absolute(&self, more: &[&str]) -> Value {
        let src = self.text("src");
        let mut args = vec!["--json", "backup", &src];
        args.extend(more);
        self.run(args).ok().summary()
    }

    /// Paths of a snapshot, as `ls` prints them, with what is above `src` cut off.
    #[track_caller]
    pub fn listed(&self, selector: &str) -> Vec<String> {
        let run = self.run(["-q", "ls", selector]).ok();
        run.stdout.lines().filter_map(|line| Some(line.split_once("src/")?.1.to_owned())).collect()
    }

    /// All snapshots as JSON.
    #[track_caller]
    pub fn snapshots(&self, filter: &[&str]) -> Vec<Value> {
        let mut args = vec!["--json", "snapshots"];
        args.extend(filter);
        self.run(args).ok().json().as_array().expect("an array").clone()
    }

    /// Files of a family of objects, in order of names.
    pub fn objects(&self, family: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(&self.path("repo").join(family), &mut found);
        found.sort();
        found
    }

    /// Number of files beneath a folder.
    pub fn count(&self, relative: &str) -> usize {
        let mut found = Vec::new();
        collect(&self.path(relative), &mut found);
        found.len()
    }

    /// Changes one byte in the middle of an object.
    pub fn damage(&self, object: &Path) {
        let mut bytes = fs::read(object).expect("an object");
        let at = bytes.len() / 2;
        bytes[at] ^= 0x55;
        fs::set_permissions(object, fs::Permissions::from_mode(0o600)).expect("ours");
        fs::write(object, bytes).expect("writable");
    }
}

/// Finds a file by name and reads it: restored trees may lie deeper than one thinks.
pub fn find(root: &Path, name: &str) -> Option<PathBuf> {
    let mut found = Vec::new();
    collect(root, &mut found);
    found.into_iter().find(|path| path.file_name().is_some_and(|file| file == name))
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            true => collect(&path, found),
            false => found.push(path),
        }
    }
}

fn finish(command: &mut Command) -> Run {
    outcome(command.output().expect("the program is built"))
}

fn outcome(output: std::process::Output) -> Run {
    Run {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
