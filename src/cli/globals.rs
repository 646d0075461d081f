//! Options of every command: which repository, how to get its password, how much to tell.
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::exit::usage;
use super::location::Location;
use super::output::Style;

/// See the help texts; environment variables are looked at where an option is absent.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalArgs {
    /// Repository to use, a path [env: CADDIS_REPOSITORY or CADDIS_REPO]
    #[arg(short = 'r', long, global = true, value_name = "PLACE")]
    pub repo: Option<String>,

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

    /// Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]
    #[arg(long, global = true, value_name = "DIR", env = "CADDIS_CACHE_DIR", hide_env = true)]
    pub cache_dir: Option<PathBuf>,

    /// Keep no cache between runs
    #[arg(long, global = true)]
    pub no_cache: bool,

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

    /// Accept passwords whose derivation costs only 2^N (for tests and small machines)
    #[arg(long, global = true, hide = true, value_name = "N", env = "CADDIS_KDF_FLOOR", hide_env = true)]
    pub kdf_floor: Option<u8>,
}

impl GlobalArgs {
    /// What to tell and how.
    pub fn style(&self) -> Style {
        Style { json: self.json, quiet: self.quiet, verbose: self.verbose }
    }

    /// Whether an option (not the environment) says which repository is meant.
    pub fn names_place(&self) -> bool {
        self.repo.is_some() || self.repository_file.is_some()
    }

    /// Options before environment; naming two places is an error.
    pub fn location(&self) -> anyhow::Result<Location> {
        let place = match (&self.repo, &self.repository_file) {
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
        };
        place.parse().map_err(usage)
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

fn read_place(file: &std::path::Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("Could not read {}", file.display()))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}
