//! Options of every command: which repository, how to get its password, how much to tell.
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::exit::usage;
use super::location::Location;
use super::output::Style;
use super::storage::{StorageOption, parse_option, parse_rate};
use super::units::{parse_duration, parse_size};

/// See the help texts; environment variables are looked at where an option is absent.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalArgs {
    /// Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH;
    /// `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]
    // Not `global`: values before and after the command would not be added up.
    #[arg(short = 'r', long, value_name = "PLACE")]
    pub repo: Vec<String>,

    /// File whose first line is the repository's place [env: CADDIS_REPOSITORY_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub repository_file: Option<PathBuf>,

    /// File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]
    #[arg(short = 'p', long, global = true, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]
    #[arg(long, global = true, value_name = "COMMAND")]
    pub password_command: Option<String>,

    /// Read the password from this open file descriptor (0 is standard input)
    #[arg(long, global = true, value_name = "N")]
    pub password_fd: Option<u32>,

    /// Use an empty password: whoever has the storage can read the repository. Every command on it needs this
    #[arg(long, global = true)]
    pub insecure_no_password: bool,

    /// Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]
    #[arg(long, global = true, value_name = "ID")]
    pub key_hint: Option<String>,

    /// Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]
    #[arg(long, global = true, value_name = "DIR", env = "CADDIS_CACHE_DIR", hide_env = true)]
    pub cache_dir: Option<PathBuf>,

    /// How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing
    /// [env: CADDIS_CACHE_SIZE] [default: 1GiB]
    #[arg(long, global = true, value_name = "SIZE", value_parser = parse_size)]
    pub cache_size: Option<u64>,

    /// Keep no cache between runs
    #[arg(long, global = true)]
    pub no_cache: bool,

    /// Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work
    #[arg(long, global = true)]
    pub cleanup_cache: bool,

    /// Take the repository as it is, although it is another one than before or lacks what this machine saw there
    #[arg(long, global = true)]
    pub accept_rollback: bool,

    /// Tell only problems and results
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Tell more; twice: list every file
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Print JSON lines instead of text
    #[arg(long, global = true)]
    pub json: bool,

    /// Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME
    /// [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only
    #[arg(short = 'o', long, value_name = "NAME=VALUE", value_parser = parse_option)]
    pub option: Vec<StorageOption>,

    /// File with certificates to trust, like -o cacert=FILE
    #[arg(long, global = true, value_name = "FILE")]
    pub cacert: Option<String>,

    /// File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE
    #[arg(long, global = true, value_name = "FILE")]
    pub tls_client_cert: Option<String>,

    /// Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true
    #[arg(long, global = true)]
    pub insecure_tls: bool,

    /// What to call this program to servers, like -o user_agent=TEXT
    #[arg(long, global = true, value_name = "TEXT")]
    pub http_user_agent: Option<String>,

    /// As in restic: how long a server may be silent until a request is sent again. Like -o timeout=SECONDS
    #[arg(long, global = true, hide = true, value_name = "DURATION", value_parser = parse_duration)]
    pub stuck_request_timeout: Option<Duration>,

    /// Location N of the repository is at PLACE now, and not where it was recorded
    #[arg(long, value_name = "N=PLACE", value_parser = parse_at)]
    pub at: Vec<(u8, Location)>,

    /// Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB
    #[arg(long, global = true, value_name = "RATE", value_parser = parse_rate)]
    pub limit_upload: Option<u64>,

    /// Receive no more than this per second
    #[arg(long, global = true, value_name = "RATE", value_parser = parse_rate)]
    pub limit_download: Option<u64>,

    /// As in restic: lock nothing. Nothing is ever locked, with or without this
    #[arg(long, global = true, hide = true)]
    pub no_lock: bool,

    /// As in restic: how long to wait for locks of others. There are none, so that no run waits for another
    #[arg(long, global = true, hide = true, value_name = "DURATION", value_parser = parse_duration)]
    pub retry_lock: Option<Duration>,

    /// Accept passwords whose derivation costs only 2^N (for tests and small machines)
    #[arg(long, global = true, hide = true, value_name = "N", env = "CADDIS_KDF_FLOOR", hide_env = true)]
    pub kdf_floor: Option<u8>,
}

impl GlobalArgs {
    /// The same options for another repository.
    pub fn for_place(&self, place: &str) -> Self {
        GlobalArgs { repo: vec![place.to_owned()], repository_file: None, at: Vec::new(), ..self.clone() }
    }

    /// What to tell and how.
    pub fn style(&self) -> Style {
        Style { json: self.json, quiet: self.quiet, verbose: self.verbose }
    }

    /// Whether an option (not the environment) says which repository is meant.
    pub fn names_place(&self) -> bool {
        !self.repo.is_empty() || self.repository_file.is_some()
    }

    /// Whether an option or the environment says it.
    pub fn has_location(&self) -> bool {
        let names = ["REPOSITORY", "REPO", "REPOSITORY_FILE"];
        self.names_place() || names.into_iter().any(|name| variable(name).is_some())
    }

    /// Options before environment; naming two places is an error.
    pub fn location(&self) -> anyhow::Result<Location> {
        self.place()?.parse().map_err(usage)
    }

    /// The same as it was written.
    pub fn place(&self) -> anyhow::Result<String> {
        if self.repo.len() > 1 {
            return Err(usage("Only `caddis backup` takes several repositories; give one --repo"));
        }
        Ok(match (self.repo.first(), &self.repository_file) {
            (Some(_), Some(_)) => return Err(usage("Give either --repo or --repository-file, not both")),
            (Some(place), None) => place.clone(),
            (None, Some(file)) => read_place(file)?,
            (None, None) => match (variable("REPOSITORY").or_else(|| variable("REPO")), variable("REPOSITORY_FILE")) {
                (Some(_), Some(_)) => {
                    return Err(usage("CADDIS_REPOSITORY and CADDIS_REPOSITORY_FILE are both set; unset one of them"));
                }
                (Some(place), None) => place,
                (None, Some(file)) => read_place(file.as_ref())?,
                (None, None) => {
                    return Err(usage("No repository given; use --repo PATH or the variable CADDIS_REPOSITORY"));
                }
            },
        })
    }

    /// Which key slot to try first, if anything says so.
    pub fn key_hint(&self) -> Option<String> {
        self.key_hint.clone().filter(|hint| !hint.is_empty())
    }

    /// Settings of the storage that have options of their own.
    pub fn settings(&self) -> Vec<String> {
        let mut settings = Vec::new();
        settings.extend(self.cacert.as_ref().map(|file| format!("cacert={file}")));
        settings.extend(self.tls_client_cert.as_ref().map(|file| format!("tls_client_cert={file}")));
        settings.extend(self.insecure_tls.then(|| "insecure_tls=true".to_owned()));
        settings.extend(self.http_user_agent.as_ref().map(|name| format!("user_agent={name}")));
        settings.extend(self.stuck_request_timeout.map(|time| format!("timeout={}", time.as_secs().max(1))));
        settings
    }

    /// The limit for what is kept of object stores, if one was given.
    pub fn cache_limit(&self) -> anyhow::Result<Option<u64>> {
        match (self.cache_size, variable("CACHE_SIZE")) {
            (None, Some(text)) => {
                parse_size(&text).map(Some).map_err(|error| usage(format!("CADDIS_CACHE_SIZE: {error}")))
            }
            (given, _) => Ok(given),
        }
    }

    /// The folder for caches, by option, environment or XDG; none with `--no-cache` or without a home.
    pub fn cache(&self) -> Option<PathBuf> {
        if self.no_cache {
            return None;
        }
        let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        self.cache_dir
            .clone()
            .filter(|path| !path.as_os_str().is_empty())
            .or_else(|| absolute("XDG_CACHE_HOME").map(|cache| cache.join("caddis")))
            .or_else(|| absolute("HOME").map(|home| home.join(".cache/caddis")))
    }
}

/// `CADDIS_<name>`; an empty variable counts as unset.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(format!("CADDIS_{name}")).ok().filter(|value| !value.is_empty())
}

/// Updates per second that `CADDIS_PROGRESS_FPS` asks for.
pub fn progress_fps() -> Option<f64> {
    variable("PROGRESS_FPS")?.parse().ok().filter(|fps: &f64| *fps >= 0.001).map(|fps| fps.min(60.0))
}

/// `N=PLACE`.
fn parse_at(text: &str) -> Result<(u8, Location), String> {
    let (number, place) = text.split_once('=').ok_or("write N=PLACE with the number of a location")?;
    Ok((number.parse().map_err(|_| format!("{number:?} is no number of a location"))?, place.parse()?))
}

/// The first line of a file.
pub fn read_place(file: &std::path::Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("Could not read {}", file.display()))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}
