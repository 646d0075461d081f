//! `caddis key`.
use std::path::PathBuf;

use caddis::crypto::KdfParams;
use caddis::ops::keys::{self, SlotInfo, SlotNote};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::context::Context;
use super::definition::NoArgs;
use super::exit::Exit;
use super::identity;
use super::names;
use super::password;
use super::table::{Align, DAYS, MINUTES, Step, Table};
use super::when;

/// Manage passwords: each key slot opens the repository with one
#[derive(Args, Debug, Clone)]
pub struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Subcommand, Debug, Clone)]
enum KeyCommand {
    /// List key slots
    List(NoArgs),
    /// Add a key slot with a new password
    Add(NewKeyArgs),
    /// Remove a key slot; the one in use cannot be removed
    Remove(RemoveArgs),
    /// Change the password: adds a slot, then removes the one in use
    Passwd(NewKeyArgs),
}

/// The new slot.
#[derive(Args, Debug, Clone)]
struct NewKeyArgs {
    /// File that holds the new password
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,

    /// Shell command that prints the new password
    #[arg(long, value_name = "COMMAND")]
    new_password_command: Option<String>,

    /// The new password is empty: whoever has the storage can read the repository
    #[arg(long, conflicts_with_all = ["new_password_file", "new_password_command"])]
    new_insecure_no_password: bool,

    /// Host name that is noted in the slot [default: that of this machine]
    #[arg(long, value_name = "HOST")]
    host: Option<String>,

    /// User name that is noted in the slot [default: that of this user]
    #[arg(long, value_name = "USER")]
    user: Option<String>,

    /// A text that says whose or what the slot is
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,

    /// Guessing the password costs 2^N units of work and memory, 14 to 20 [default: 17]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=20))]
    kdf_log_n: Option<u8>,
}

#[derive(Args, Debug, Clone)]
struct RemoveArgs {
    /// Beginning of the slot's id
    #[arg(value_name = "ID")]
    id: String,
}

/// All take the password of a slot that exists.
pub fn run(args: &KeyArgs, context: &Context) -> anyhow::Result<Exit> {
    // Before a password is asked for.
    let kdf = match &args.command {
        KeyCommand::Add(new) | KeyCommand::Passwd(new) => context.kdf(new.kdf_log_n)?,
        KeyCommand::List(_) | KeyCommand::Remove(_) => KdfParams::DEFAULT,
    };
    let repo = context.open()?;
    match &args.command {
        KeyCommand::List(NoArgs {}) => {
            show(&keys::list(&repo)?, context);
            return Ok(Exit::Success);
        }
        KeyCommand::Add(new) => {
            let id = keys::add(&repo, &new.password()?, kdf, &new.note(context))?;
            done(context, "added", &id.to_string(), format!("added key slot {}", id.short()));
        }
        KeyCommand::Remove(RemoveArgs { id }) => {
            let id = keys::remove(&repo, id)?;
            done(context, "removed", &id.to_string(), format!("removed key slot {}", id.short()));
        }
        KeyCommand::Passwd(new) => {
            let id = keys::passwd(&repo, &new.password()?, kdf, &new.note(context))?;
            let text = format!("changed the password; the new key slot is {}", id.short());
            done(context, "changed", &id.to_string(), text);
        }
    }
    Ok(context.settle(&repo, Exit::Success))
}

impl NewKeyArgs {
    fn password(&self) -> anyhow::Result<password::Password> {
        password::new(
            self.new_password_file.as_deref(),
            self.new_password_command.as_deref(),
            self.new_insecure_no_password,
        )
    }

    fn note(&self, context: &Context) -> SlotNote {
        SlotNote {
            host: context.host(self.host.as_ref()),
            user: self.user.clone().unwrap_or_else(identity::user),
            label: self.label.clone(),
        }
    }
}

fn done(context: &Context, action: &str, id: &str, text: String) {
    if context.out.style.json {
        context.out.status(&json!({"message_type": "key", "action": action, "id": id}));
    } else {
        context.out.say(text);
    }
}

fn show(slots: &[SlotInfo], context: &Context) {
    // A reader that went away has seen enough.
    let _ = if context.out.style.json {
        context.out.object(&slots.iter().map(slot_json).collect::<Value>())
    } else {
        context.out.bytes(table(slots, context.out.width()).as_bytes())
    };
}

/// Field names of restic.
fn slot_json(slot: &SlotInfo) -> Value {
    json!({
        "current": slot.current,
        "id": slot.id.to_string(),
        "userName": slot.user,
        "hostName": slot.host,
        "label": slot.label,
        "created": slot.created.map(when::human),
        "kdf": {"log_n": slot.kdf.log_n, "r": slot.kdf.r, "p": slot.kdf.p},
    })
}

fn table(slots: &[SlotInfo], width: Option<usize>) -> String {
    let columns = ["ID", "User", "Host", "Created", "Label"].map(|title| (title, Align::Left));
    let mut table = Table::new(&columns);
    for slot in slots {
        let text =
            |text: &Option<String>| vec![text.as_ref().map_or(String::new(), |text| names::display(text.as_bytes()))];
        let mark = if slot.current { "*" } else { " " };
        table.row(vec![
            vec![format!("{mark}{}", slot.id.short())],
            text(&slot.user),
            text(&slot.host),
            vec![slot.created.map(when::human).unwrap_or_default()],
            text(&slot.label),
        ]);
    }
    table.footer("* opened the repository".to_owned());
    if let Some(width) = width {
        let steps = [
            Step::Cut("Created", MINUTES),
            Step::Shorten("Host", 16),
            Step::Fold("Label", 16),
            Step::Cut("Created", DAYS),
            Step::Shorten("Host", 8),
        ];
        table.fit(width, &steps);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use caddis::id::SlotId;

    #[test]
    fn the_slot_in_use_is_marked() {
        let slot = |id, current| SlotInfo {
            id: SlotId([id; 16]),
            current,
            created: None,
            host: Some("h\n".into()),
            user: None,
            label: Some("spare".into()),
            kdf: KdfParams { log_n: 17, r: 8, p: 1 },
        };
        let text = table(&[slot(1, true), slot(2, false)], None);
        assert!(text.contains("*01010101") && text.contains(" 02020202") && text.contains("spare"), "{text}");
        assert!(text.contains("\"h\\n\""), "{text}");
        let value = slot_json(&slot(1, true));
        assert_eq!((&value["current"], &value["kdf"]["log_n"]), (&json!(true), &json!(17)));
        assert!(value["userName"].is_null());
    }
}
