//! What every command works with: the options of all commands, the output, and ways to the repository.
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;

use caddis::backend::{Backend, Family, ObjectLock};
use caddis::crypto::KdfParams;
use caddis::error::Error;
use caddis::repo::{Connect, ExtendOptions, InitOptions, OpenOptions, Repository, SessionOwner, forget_seen, seen_at};
use caddis::world::{SystemWorld, World, random};
use zeroize::Zeroizing;

use super::connect::Locations;
use super::exit::{self, Exit, usage};
use super::globals::{GlobalArgs, progress_fps};
use super::identity;
use super::names;
use super::output::Output;
use super::password::{self, Password};
use super::progress::{Progress, Task};
use super::storage::Storage;
use super::units::count;

/// See above.
pub struct Context {
    pub globals: GlobalArgs,
    pub out: Output,
    pub world: Arc<dyn World>,
    /// Whether the command may write to a repository.
    pub writes: bool,
    /// Whether it reads directories or files of a repository, or compares with what is there.
    needs_index: bool,
    password: OnceCell<Password>,
    /// Why locations were away when a repository was opened, which was told then.
    told_away: RefCell<Vec<String>>,
}

/// What a repository is opened with, besides the password.
struct Opened<'a> {
    globals: &'a GlobalArgs,
    storage: &'a Storage,
    given_up: Option<u8>,
}

impl Context {
    /// For one run of the program.
    pub fn new(globals: GlobalArgs, writes: bool, needs_index: bool) -> Self {
        let out = Output::new(globals.style());
        if globals.no_lock || globals.retry_lock.is_some() {
            out.detail("--no-lock and --retry-lock change nothing: there are no locks");
        }
        let (password, told_away) = Default::default();
        Context { globals, out, world: SystemWorld::new(), writes, needs_index, password, told_away }
    }

    /// The monitor for an operation.
    pub fn progress(&self, task: Task) -> Progress<'_> {
        Progress::new(&self.out, task, progress_fps())
    }

    /// The password of the repository; read, or asked for, once.
    fn password(&self, twice: bool) -> anyhow::Result<&Password> {
        if let Some(password) = self.password.get() {
            return Ok(password);
        }
        let password = password::current(&self.globals, twice)?;
        Ok(self.password.get_or_init(|| password))
    }

    /// The password with which the repository was opened, as text. For the one command that shows it.
    pub fn password_text(&self) -> anyhow::Result<Zeroizing<String>> {
        let text = std::str::from_utf8(self.password(false)?).ok();
        let text = text.filter(|text| !text.contains(char::is_control));
        let text = text.context("The password cannot be written down: it is not text")?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// Where the repository is, or shall be.
    pub fn storage(&self) -> anyhow::Result<Storage> {
        self.storage_of(&self.globals)
    }

    fn storage_of(&self, globals: &GlobalArgs) -> anyhow::Result<Storage> {
        let storage = Storage::find(globals)?;
        if let Storage::Remote(backend) = &storage {
            self.out.counter()(backend);
        }
        Ok(storage)
    }

    /// The storage of an existing repository.
    pub fn backend(&self) -> anyhow::Result<Arc<dyn Backend>> {
        let storage = self.storage()?;
        if let Storage::Local(_) = storage {
            Storage::refuse_useless_options(&self.globals)?;
        }
        Ok(storage.open()?)
    }

    /// Opens the repository.
    pub fn open(&self) -> anyhow::Result<Repository> {
        self.open_giving_up(None)
    }

    /// The same to put a location elsewhere or take it out: that it is away is not told.
    pub fn open_giving_up(&self, location: Option<u8>) -> anyhow::Result<Repository> {
        let storage = self.storage()?;
        let opened = Opened { globals: &self.globals, storage: &storage, given_up: location };
        let repo = self.open_with(opened, storage.open()?, self.password(false)?)?;
        self.refuse_useless_options(&[&repo])?;
        Ok(repo)
    }

    /// Opens the repository of a place. Where it is `alone`, options must be for it; otherwise some may be for the other places.
    pub fn open_at(&self, storage: &Storage, alone: bool) -> anyhow::Result<Repository> {
        if let Storage::Remote(backend) = storage {
            self.out.counter()(backend);
        }
        let repo = self.open_on(&self.globals, storage, storage.open()?, self.password(false)?)?;
        if alone {
            self.refuse_useless_options(&[&repo])?;
        }
        Ok(repo)
    }

    /// Of all repositories that take part in a command.
    pub fn refuse_useless_options(&self, repos: &[&Repository]) -> anyhow::Result<()> {
        let is_in_folder = |repo: &&Repository| repo.config().locations.is_empty() && !repo.backend().is_remote();
        if repos.iter().all(is_in_folder) { Storage::refuse_useless_options(&self.globals) } else { Ok(()) }
    }

    fn open_on(
        &self,
        globals: &GlobalArgs,
        storage: &Storage,
        backend: Arc<dyn Backend>,
        password: &Password,
    ) -> anyhow::Result<Repository> {
        self.open_with(Opened { globals, storage, given_up: None }, backend, password)
    }

    fn open_with(
        &self,
        opened: Opened<'_>,
        backend: Arc<dyn Backend>,
        password: &Password,
    ) -> anyhow::Result<Repository> {
        let Opened { globals, storage, given_up } = opened;
        if let Some(cache) = self.globals.cache().filter(|_| self.globals.accept_rollback) {
            forget_seen(&cache, &backend.describe())?;
        }
        let progress = self.progress(Task::Read);
        let limit = self.globals.cache_limit()?;
        let named = Some((storage.place(), Arc::clone(&backend)));
        let connect = Some(Arc::new(self.locations_of(globals, named)) as Arc<dyn Connect>);
        let key_hint = globals.key_hint();
        let options = OpenOptions { connect, given_up, key_hint, ..self.open_options() };
        let repo = Repository::open(backend, Arc::clone(&self.world), password, &options, &progress)?;
        self.told_away.borrow_mut().extend(repo.location_states().into_iter().filter_map(|state| state.away));
        limit.inspect(|bytes| repo.limit_cache(*bytes));
        let known = |number: u8| repo.config().locations.iter().any(|location| location.number == number);
        if let Some((number, _)) = globals.at.iter().find(|(number, _)| !known(*number)) {
            return Err(usage(format!("There is no location {number} in this repository")));
        }
        drop(progress);
        refuse_other_lock(globals, storage, &repo)?;
        if self.writes {
            super::repo_probe::warn_writers(self, &repo);
        }
        Ok(repo)
    }

    /// Extends the locks of what is kept, where it is due, at the end of a command that wrote. What cannot be done is told, and no more than a warning.
    pub fn extend_locks_if_due(&self, repo: &Repository, exit: Exit) -> Exit {
        if repo.location_states().is_empty() && repo.backend().object_lock().is_none() {
            return exit;
        }
        let progress = self.progress(Task::Read);
        let options = ExtendOptions { if_due: true, dry_run: false };
        let extended = repo.extend_locks(options, &progress);
        progress.finish();
        match extended {
            Ok(extended) if extended.failed > 0 && exit == Exit::Success => Exit::Warnings,
            Ok(extended) => {
                if extended.extended > 0 {
                    self.out.say(format_args!("extended the locks of {}", count(extended.extended, "object")));
                }
                exit
            }
            // Asked to stop: the next run does it.
            Err(Error::Stopped { .. }) => exit,
            Err(error) => {
                let message = format!("Locks were not extended: {error}; `caddis repo lock` tries again");
                self.out.problem("locking", "", &message);
                if exit == Exit::Success { Exit::Warnings } else { exit }
            }
        }
    }

    /// How several locations are reached; `named` is what the command named, and the place there.
    pub fn locations(&self, named: Option<(String, Arc<dyn Backend>)>) -> Locations {
        self.locations_of(&self.globals, named)
    }

    fn locations_of(&self, globals: &GlobalArgs, named: Option<(String, Arc<dyn Backend>)>) -> Locations {
        let opened = Box::new(self.out.counter());
        Locations { globals: globals.clone(), world: Arc::clone(&self.world), named, opened }
    }

    /// Tells which locations missed something in this run. Exit code 3 if any did and nothing else is to be told.
    pub fn settle(&self, repo: &Repository, exit: Exit) -> Exit {
        let mut missed = false;
        for state in repo.location_states() {
            let mut told = Vec::new();
            if state.packs_elsewhere > 0 {
                told.push(format!("{} meant for it went to others", count(state.packs_elsewhere, "pack")));
            }
            if state.objects_behind > 0 {
                told.push(format!("{} not written there", count(state.objects_behind, "object")));
            }
            let cause = match (&state.away, state.is_full) {
                (Some(cause), _) if self.told_away.borrow().contains(cause) => "it was away",
                (Some(cause), _) => cause,
                (None, true) => "it has as much as it takes, so that its loss could not be survived any more",
                (None, false) if told.is_empty() => continue,
                (None, false) => "it refused some requests",
            };
            missed = true;
            let item = format!("location {} ({})", state.number, state.place);
            let missed = if told.is_empty() { "no packs were put there".to_owned() } else { told.join(", ") };
            let advice = match state.is_full {
                true => "give it room, or add a location, and run `caddis repair locations`",
                false => "`caddis repair locations` brings it in order when it is back",
            };
            self.out.problem("location", &item, &format!("{cause}; {missed}; {advice}"));
        }
        if missed && exit == Exit::Success { Exit::Warnings } else { exit }
    }

    /// Makes a repository in several locations.
    pub fn init_locations(
        &self,
        options: &InitOptions,
        like: Option<&Repository>,
    ) -> anyhow::Result<(Repository, String)> {
        let connect = Arc::new(self.locations(None));
        let primary = options.locations.first().ok_or_else(|| usage("Name the locations with --location"))?;
        let places: Vec<String> = options.locations.iter().map(|location| location.place.clone()).collect();
        let password = self.password(true)?;
        let backend = connect.create(primary)?;
        let open = OpenOptions { connect: Some(connect), ..self.open_options() };
        let limit = self.globals.cache_limit()?;
        let world = Arc::clone(&self.world);
        let repo = match like {
            None => Repository::init(backend, world, password, options, &open)?,
            Some(like) => Repository::init_like(like, backend, world, password, options, &open)?,
        };
        limit.inspect(|bytes| repo.limit_cache(*bytes));
        Ok((repo, places.join(", ")))
    }

    /// Opens a further repository: with its own password if there is one, else with that of the first, and else with one that is asked for.
    pub fn open_other(
        &self,
        place: &str,
        own: Option<&Password>,
        key_hint: Option<&String>,
    ) -> anyhow::Result<Repository> {
        let mut globals = self.globals.for_place(place);
        globals.key_hint = key_hint.cloned().or(globals.key_hint);
        let open = |password: &Password| {
            let storage = self.storage_of(&globals)?;
            self.open_on(&globals, &storage, storage.open()?, password)
        };
        let opened = open(own.map_or_else(|| self.password(false), Ok)?);
        let is_wrong = |error: &anyhow::Error| exit::code(error) == Exit::WrongPassword;
        match (own, opened) {
            (None, Err(error)) if is_wrong(&error) => match password::ask_for(place) {
                Some(password) => open(&password),
                None => Err(error),
            },
            (_, opened) => opened,
        }
        .with_context(|| format!("Could not open {place}"))
    }

    /// Opens the repository of this command although others take part in it: their options may be none of its own.
    pub fn open_among_others(&self) -> anyhow::Result<Repository> {
        let storage = self.storage()?;
        self.open_on(&self.globals, &storage, storage.open()?, self.password(false)?)
    }

    /// Makes the repository; one that cuts like `like`, if there is that.
    pub fn init(&self, options: &InitOptions, like: Option<&Repository>) -> anyhow::Result<(Repository, String)> {
        self.init_at(&self.globals, &self.storage()?, options, like)
    }

    fn init_at(
        &self,
        globals: &GlobalArgs,
        storage: &Storage,
        options: &InitOptions,
        like: Option<&Repository>,
    ) -> anyhow::Result<(Repository, String)> {
        if let (Storage::Local(_), None, 1) = (storage, like, self.globals.repo.len().max(1)) {
            Storage::refuse_useless_options(globals)?;
        }
        // Looked at before a password is asked for in vain; `Repository::init` decides.
        if let Ok(Some(backend)) = storage.open_if_there()
            && !backend.list(Family::Config)?.is_empty()
        {
            return Err(Error::RepositoryExists { location: backend.describe() }.into());
        }
        let password = self.password(true)?;
        let backend = storage.create(u64::from_le_bytes(random(&*self.world)), options.single_writer)?;
        let location = backend.describe();
        let options = &InitOptions { settings: storage.lasting(), ..options.clone() };
        let limit = self.globals.cache_limit()?;
        let (world, open) = (Arc::clone(&self.world), self.open_options());
        let repo = match like {
            None => Repository::init(backend, world, password, options, &open)?,
            Some(like) => Repository::init_like(like, backend, world, password, options, &open)?,
        };
        limit.inspect(|bytes| repo.limit_cache(*bytes));
        Ok((repo, location))
    }

    /// Opens the repository, or makes it if there is none.
    pub fn open_or_init(&self, options: &InitOptions) -> anyhow::Result<Repository> {
        let repo = self.open_or_init_on(&self.globals, options)?;
        self.refuse_useless_options(&[&repo])?;
        Ok(repo)
    }

    /// The same for one of several repositories, which have the same password.
    pub fn open_one_of(&self, place: &str, init: Option<&InitOptions>) -> anyhow::Result<Repository> {
        let globals = self.globals.for_place(place);
        match init {
            Some(options) => self.open_or_init_on(&globals, options),
            None => {
                let storage = self.storage_of(&globals)?;
                self.open_on(&globals, &storage, storage.open()?, self.password(false)?)
            }
        }
    }

    fn open_or_init_on(&self, globals: &GlobalArgs, options: &InitOptions) -> anyhow::Result<Repository> {
        let storage = self.storage_of(globals)?;
        if let Some(backend) = storage.open_if_there()?
            && !(backend.list(Family::Config)?.is_empty() && backend.list(Family::ReplicaConfig)?.is_empty())
        {
            return self.open_on(globals, &storage, backend, self.password(false)?);
        }
        // A disk that is not mounted must not become the place of a new repository.
        let place = storage.place();
        let before = self.globals.cache().and_then(|cache| seen_at(&cache, &place));
        if let Some(before) = before.filter(|_| !self.globals.accept_rollback) {
            let what = format!("repository {} was here before and is gone (is everything mounted?)", before.short());
            return Err(Error::RolledBack { location: place, what }.into());
        }
        let (repo, location) = self.init_at(globals, &storage, options, None)?;
        self.out.say(format_args!("created repository {} at {location}", repo.id().short()));
        Ok(repo)
    }

    /// How the program is called for this repository, in commands that are shown to be typed.
    pub fn command_line(&self) -> String {
        let globals = &self.globals;
        let place = globals.repo.first().map(|place| ("--repo", place.clone()));
        let file = |option, file: &Option<std::path::PathBuf>| Some((option, file.as_ref()?.display().to_string()));
        let command = globals.password_command.as_ref().map(|command| ("--password-command", command.clone()));
        let options = [
            place,
            file("--repository-file", &globals.repository_file),
            file("--password-file", &globals.password_file),
            command,
        ];
        let words = options.into_iter().flatten().map(|(option, value)| format!(" {option} {}", names::shell(&value)));
        let program = if globals.insecure_no_password { "caddis --insecure-no-password" } else { "caddis" };
        words.fold(program.to_owned(), |line, word| line + &word)
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

    pub fn open_options(&self) -> OpenOptions {
        OpenOptions {
            cache: self.globals.cache(),
            kdf_floor: self.kdf_floor(),
            connect: None,
            key_hint: self.globals.key_hint(),
            needs_index: self.needs_index,
            given_up: None,
        }
    }
}

/// The lock of new objects is what the repository has recorded: an option that says otherwise would hold for one run, and the next would know nothing of it.
fn refuse_other_lock(globals: &GlobalArgs, storage: &Storage, repo: &Repository) -> anyhow::Result<()> {
    let recorded = |settings: &BTreeMap<String, String>| -> Option<ObjectLock> {
        settings.get(ObjectLock::SETTING).and_then(|text| text.parse().ok())
    };
    let refuse = |given: ObjectLock, recorded: Option<ObjectLock>, whose: &str| {
        let recorded = recorded.map_or_else(|| "no object lock".to_owned(), |lock| format!("the object lock {lock}"));
        usage(format!(
            "{whose} has recorded {recorded}, which every command uses; `caddis repo lock {given}` changes that, -o does not"
        ))
    };
    let config = repo.config();
    if config.locations.is_empty() {
        let recorded = recorded(&config.settings);
        return match storage.object_lock() {
            Some(given) if Some(given) != recorded => Err(refuse(given, recorded, "The repository")),
            _ => Ok(()),
        };
    }
    for location in &config.locations {
        let Ok(place) = location.place.parse() else { continue };
        let settled = Storage::settled(place, &Default::default(), Some(location.number), globals);
        let super::location::Location::Remote(place) = settled else { continue };
        let given = place.settings.get(ObjectLock::SETTING).and_then(|text| text.parse().ok());
        let recorded = recorded(&location.settings);
        if let Some(given) = given.filter(|given| Some(*given) != recorded) {
            return Err(refuse(given, recorded, &format!("Location {}", location.number)));
        }
    }
    Ok(())
}
