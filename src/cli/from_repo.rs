//! Options that name another repository from which something is taken, with restic's names.
use std::path::PathBuf;

use caddis::repo::Repository;
use clap::Args;

use super::context::Context;
use super::password;

/// See the help texts.
#[derive(Args, Debug, Clone, Default)]
pub struct FromArgs {
    /// The other repository, as for --repo [env: CADDIS_FROM_REPOSITORY]
    #[arg(long, value_name = "PLACE", env = "CADDIS_FROM_REPOSITORY", hide_env = true)]
    pub from_repo: Option<String>,

    /// File that holds its password [env: CADDIS_FROM_PASSWORD_FILE; the password itself may be in CADDIS_FROM_PASSWORD] [default: the same
    /// password]
    #[arg(long, value_name = "FILE")]
    from_password_file: Option<PathBuf>,

    /// Shell command that prints its password [env: CADDIS_FROM_PASSWORD_COMMAND]
    #[arg(long, value_name = "COMMAND")]
    from_password_command: Option<String>,
}

impl FromArgs {
    /// Opens it, if one is named.
    pub fn open(&self, context: &Context) -> anyhow::Result<Option<Repository>> {
        let Some(place) = self.from_repo.as_ref().filter(|place| !place.is_empty()) else { return Ok(None) };
        let (file, command) = (self.from_password_file.as_deref(), self.from_password_command.as_deref());
        let own = password::of_other("FROM", file, command)?;
        context.open_other(place, own.as_ref()).map(Some)
    }
}
