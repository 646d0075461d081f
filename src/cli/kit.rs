//! `caddis kit`: a sheet of paper with which a backup is restored when nothing else is left.
use std::fs::OpenOptions;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use caddis::ops::keys::{self, SlotInfo};
use caddis::repo::Repository;
use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use super::context::Context;
use super::exit::{Exit, usage};
use super::kit_page;
use super::storage::Storage;
use super::when;

/// Print a recovery sheet: what is needed to restore on a new machine
///
/// A page to be printed, in one HTML file that loads nothing: where the repository is (also as a QR code), its id, which password opens it,
/// the commands that restore, and a place to write the password on. Of credentials for storage it only names the variables. The password is
/// not in it unless --with-password is given.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis kit --output recovery.html
  caddis kit --text | lpr")]
pub struct KitArgs {
    /// Write the sheet to this new file, which only you can read, instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Plain text, without the QR code
    #[arg(long)]
    text: bool,

    /// Print the password too: whoever finds the sheet can then read the backups
    #[arg(long)]
    with_password: bool,
}

/// What is on the sheet.
pub struct Kit {
    /// As it is named on any machine.
    pub place: String,
    /// Settings of the storage without which it is not found; none that are secret.
    pub settings: Vec<(String, String)>,
    /// Of a repository in several places: number and place of each, the primary first.
    pub locations: Vec<(u8, String)>,
    /// Variables with what the storage wants to know of who asks. One of each list will do.
    pub credentials: &'static [&'static str],
    pub repository: String,
    pub slot: SlotInfo,
    pub parity: (u8, u8),
    pub made: String,
    pub password: Option<Zeroizing<String>>,
}

/// Opens the repository, so that the sheet is about something that works.
pub fn run(args: &KitArgs, context: &Context) -> anyhow::Result<Exit> {
    if context.out.style.json && (args.text || args.output.is_some()) {
        return Err(usage("--json prints what is on the sheet; --text and --output do not go with it"));
    }
    if !context.out.style.json && !args.text && args.output.is_none() && io::stdout().is_terminal() {
        return Err(usage("A page of HTML is not written to a terminal; give --output FILE, or --text"));
    }
    let repo = context.open()?;
    let kit = gather(&repo, args.with_password, context)?;
    if context.out.style.json {
        // A reader that went away has seen enough.
        let _ = context.out.object(&value(&kit));
        return Ok(Exit::Success);
    }
    let sheet = Zeroizing::new(if args.text { kit_page::text(&kit) } else { kit_page::html(&kit)? });
    match &args.output {
        None => drop(context.out.bytes(sheet.as_bytes())),
        Some(path) => {
            write(path, &sheet)?;
            context.out.say(format_args!(
                "wrote {}; print it, and keep it where no fire and no thief finds both it and the machine",
                path.display()
            ));
        }
    }
    Ok(Exit::Success)
}

fn write(path: &Path, sheet: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    if file.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists) {
        anyhow::bail!("{} is there already; choose another name, or remove it first", path.display());
    }
    let written = file.and_then(|mut file| file.write_all(sheet.as_bytes()).and_then(|()| file.sync_all()));
    written.with_context(|| format!("Could not write the new file {}", path.display()))
}

fn gather(repo: &Repository, with_password: bool, context: &Context) -> anyhow::Result<Kit> {
    let slot = keys::list(repo)?.into_iter().find(|slot| slot.current);
    let (place, settings, service) = match context.storage()? {
        storage @ Storage::Local(_) => (storage.place(), Vec::new(), String::new()),
        Storage::Remote(backend) => {
            let place = backend.place();
            let recorded = Storage::recorded(place).into_iter();
            let named = context.globals.place()?;
            // Not what the place says already, nor what every such place has if nothing is said.
            let is_default = |name: &str, value: &str| name == "region" && value == "us-east-1";
            let settings = recorded.filter(|(name, value)| !named.contains(value.as_str()) && !is_default(name, value));
            (named.clone(), settings.collect(), place.service.clone())
        }
    };
    let config = repo.config();
    Ok(Kit {
        settings,
        locations: config.locations.iter().map(|location| (location.number, location.place.clone())).collect(),
        credentials: credentials(&service),
        repository: repo.id().to_string(),
        slot: slot
            .context("The key slot in use was removed in the meantime; open the repository with another password")?,
        parity: (config.k, config.m),
        made: when::human(context.world.now()),
        password: with_password.then(|| context.password_text()).transpose()?,
        place,
    })
}

/// What a new machine must be told besides the place.
fn credentials(service: &str) -> &'static [&'static str] {
    match service {
        "s3" => &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
        "azblob" => &["AZURE_STORAGE_KEY"],
        "gcs" => &["GOOGLE_APPLICATION_CREDENTIALS"],
        "webdav" => &["WEBDAV_USERNAME", "WEBDAV_PASSWORD"],
        _ => &[],
    }
}

fn value(kit: &Kit) -> serde_json::Value {
    let mut value = json!({
        "message_type": "kit",
        "repository": kit.place,
        "settings": kit.settings.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "locations": kit.locations.iter().map(|(number, place)| json!({"number": number, "place": place})).collect::<Vec<_>>(),
        "variables": kit.credentials,
        "id": kit.repository,
        "key_slot": kit.slot.id.to_string(),
        "commands": kit_page::commands(kit),
        "created": kit.made,
        "qr": kit_page::code_text(kit),
    });
    if let (Some(password), Some(members)) = (&kit.password, value.as_object_mut()) {
        members.insert("password".to_owned(), json!(password.as_str()));
    }
    value
}
