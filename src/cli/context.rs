//! What every command works with: the options of all commands, the output, and ways to the repository.
use std::sync::Arc;

use caddis::backend::{Backend, ErrorKind, Family, LocalBackend};
use caddis::crypto::KdfParams;
use caddis::error::Error;
use caddis::repo::{InitOptions, OpenOptions, Repository, SessionOwner, forget_seen, seen_at};
use caddis::world::{SystemWorld, World};

use super::exit::usage;
use super::globals::{GlobalArgs, progress_fps};
use super::identity;
use super::location::Location;
use super::names;
use super::output::Output;
use super::password;
use super::progress::{Progress, Task};

/// See above.
pub struct Context {
    pub globals: GlobalArgs,
    pub out: Output,
    pub world: Arc<dyn World>,
}

impl Context {
    /// For one run of the program.
    pub fn new(globals: GlobalArgs) -> Self {
        let out = Output::new(globals.style());
        Context { globals, out, world: SystemWorld::new() }
    }

    /// The monitor for an operation.
    pub fn progress(&self, task: Task) -> Progress<'_> {
        Progress::new(&self.out, task, progress_fps())
    }

    /// The storage of an existing repository.
    pub fn backend(&self) -> anyhow::Result<Arc<dyn Backend>> {
        let Location::Local(path) = self.globals.location()?;
        Ok(Arc::new(LocalBackend::open(&path)?))
    }

    /// Opens the repository.
    pub fn open(&self) -> anyhow::Result<Repository> {
        let backend = self.backend()?;
        if let Some(cache) = self.globals.cache().filter(|_| self.globals.accept_rollback) {
            forget_seen(&cache, &backend.describe())?;
        }
        let password = password::current(&self.globals, false)?;
        let progress = self.progress(Task::Read);
        Ok(Repository::open(backend, Arc::clone(&self.world), &password, &self.open_options(), &progress)?)
    }

    /// Makes the repository.
    pub fn init(&self, options: &InitOptions) -> anyhow::Result<(Repository, String)> {
        let Location::Local(path) = self.globals.location()?;
        // Looked at before a password is asked for in vain; `Repository::init` decides.
        if let Ok(backend) = LocalBackend::open(&path)
            && !backend.list(Family::Config)?.is_empty()
        {
            return Err(Error::RepositoryExists { location: backend.describe() }.into());
        }
        let password = password::current(&self.globals, true)?;
        let backend: Arc<dyn Backend> = Arc::new(LocalBackend::create(&path)?);
        let location = backend.describe();
        let repo = Repository::init(backend, Arc::clone(&self.world), &password, options, &self.open_options())?;
        Ok((repo, location))
    }

    /// Opens the repository, or makes it if there is none.
    pub fn open_or_init(&self, options: &InitOptions) -> anyhow::Result<Repository> {
        let Location::Local(path) = self.globals.location()?;
        let exists = match LocalBackend::open(&path) {
            Ok(backend) => {
                !backend.list(Family::Config)?.is_empty() || !backend.list(Family::ReplicaConfig)?.is_empty()
            }
            Err(error) if error.kind == ErrorKind::NoStore => false,
            Err(error) => return Err(error.into()),
        };
        if exists {
            return self.open();
        }
        // A disk that is not mounted must not become the place of a new repository.
        let place = path.canonicalize().unwrap_or(path).display().to_string();
        let before = self.globals.cache().and_then(|cache| seen_at(&cache, &place));
        if let Some(before) = before.filter(|_| !self.globals.accept_rollback) {
            let what = format!("repository {} was here before and is gone; is everything mounted?", before.short());
            return Err(Error::RolledBack { location: place, what }.into());
        }
        let (repo, location) = self.init(options)?;
        self.out.say(format_args!("created repository {} at {location}", repo.id().short()));
        Ok(repo)
    }

    /// How the program is called for this repository, in commands that are shown to be typed.
    pub fn command_line(&self) -> String {
        let globals = &self.globals;
        let place = globals.repo.as_ref().map(|place| ("--repo", place.clone()));
        let file = |option, file: &Option<std::path::PathBuf>| Some((option, file.as_ref()?.display().to_string()));
        let command = globals.password_command.as_ref().map(|command| ("--password-command", command.clone()));
        let options = [
            place,
            file("--repository-file", &globals.repository_file),
            file("--password-file", &globals.password_file),
            command,
        ];
        let words = options.into_iter().flatten().map(|(option, value)| format!(" {option} {}", names::shell(&value)));
        words.fold("caddis".to_owned(), |line, word| line + &word)
    }

    /// Cost of a new key slot's password. One with which this program would not open the slot again is a usage error.
    pub fn kdf(&self, log_n: Option<u8>) -> anyhow::Result<KdfParams> {
        let kdf = KdfParams { log_n: log_n.unwrap_or(KdfParams::DEFAULT.log_n), ..KdfParams::DEFAULT };
        kdf.check(self.kdf_floor()).map_err(|error| usage(format!("--kdf-log-n {} is refused: {error}", kdf.log_n)))?;
        Ok(kdf)
    }

    fn kdf_floor(&self) -> u8 {
        self.globals.kdf_floor.unwrap_or(KdfParams::FLOOR)
    }

    /// Host name of this machine, unless another one was given.
    pub fn host(&self, given: Option<&String>) -> String {
        given.cloned().unwrap_or_else(identity::host)
    }

    /// Whose sessions those of this run are.
    pub fn owner(&self) -> SessionOwner {
        SessionOwner { host: self.host(None), label: None, process: self.world.process() }
    }

    fn open_options(&self) -> OpenOptions {
        OpenOptions { cache: self.globals.cache(), kdf_floor: self.kdf_floor() }
    }
}
