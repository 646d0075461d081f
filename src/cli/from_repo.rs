//! Options that name another repository from which something is taken, with restic's names.
use std::path::PathBuf;

use caddis::repo::Repository;
use clap::Args;

use super::context::Context;
use super::globals::read_place;
use super::password::{self, Password};

/// See the help texts.
#[derive(Args, Debug, Clone, Default)]
pub struct FromArgs {
    /// The other repository, as for --repo [env: CADDIS_FROM_REPOSITORY]
    #[arg(long, value_name = "PLACE", env = "CADDIS_FROM_REPOSITORY", hide_env = true)]
    pub from_repo: Option<String>,

    /// File whose first line is the place of the other repository
    #[arg(long, value_name = "FILE", conflicts_with = "from_repo")]
    from_repository_file: Option<PathBuf>,

    /// File that holds its password [env: CADDIS_FROM_PASSWORD_FILE; the password itself may be in CADDIS_FROM_PASSWORD] [default: the same
    /// password]
    #[arg(long, value_name = "FILE")]
    from_password_file: Option<PathBuf>,

    /// Shell command that prints its password [env: CADDIS_FROM_PASSWORD_COMMAND]
    #[arg(long, value_name = "COMMAND")]
    from_password_command: Option<String>,

    /// Its password is empty
    #[arg(long, conflicts_with_all = ["from_password_file", "from_password_command"])]
    from_insecure_no_password: bool,

    /// Beginning of the id of its key slot that is tried first, where there are many [env: CADDIS_FROM_KEY_HINT]
    #[arg(long, value_name = "ID")]
    from_key_hint: Option<String>,
}

impl FromArgs {
    /// Whether one is named.
    pub fn is_given(&self) -> bool {
        self.from_repo.as_ref().is_some_and(|place| !place.is_empty()) || self.from_repository_file.is_some()
    }

    /// Opens it, if one is named.
    pub fn open(&self, context: &Context) -> anyhow::Result<Option<Repository>> {
        let place = match (&self.from_repo, &self.from_repository_file) {
            (Some(place), _) if !place.is_empty() => place.clone(),
            (_, Some(file)) => read_place(file)?,
            _ => return Ok(None),
        };
        let (file, command) = (self.from_password_file.as_deref(), self.from_password_command.as_deref());
        let own = match self.from_insecure_no_password {
            true => Some(Password::default()),
            false => password::of_other("FROM", file, command)?,
        };
        context.open_other(&place, own.as_ref(), self.from_key_hint.as_ref()).map(Some)
    }
}
