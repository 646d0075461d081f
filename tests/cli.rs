//! The program as its users meet it: every command, option and exit code.
mod testenv;

#[path = "cli/backup.rs"]
mod backup;
#[path = "cli/basics.rs"]
mod basics;
#[path = "cli/cache.rs"]
mod cache;
#[path = "cli/copy.rs"]
mod copy;
#[path = "cli/damage.rs"]
mod damage;
#[path = "cli/docs.rs"]
mod docs;
#[path = "cli/excludes.rs"]
mod excludes;
#[path = "cli/exit_codes.rs"]
mod exit_codes;
#[path = "cli/forget.rs"]
mod forget;
#[path = "cli/generated.rs"]
mod generated;
#[path = "cli/health.rs"]
mod health;
#[path = "cli/inspect.rs"]
mod inspect;
#[path = "cli/json.rs"]
mod json;
#[path = "cli/keys.rs"]
mod keys;
#[path = "cli/kit.rs"]
mod kit;
#[path = "cli/locations.rs"]
mod locations;
#[path = "cli/looks.rs"]
mod looks;
#[path = "cli/protect.rs"]
mod protect;
#[path = "cli/restic.rs"]
mod restic;
#[path = "cli/restore.rs"]
mod restore;
#[path = "cli/rollback.rs"]
mod rollback;
#[path = "cli/status.rs"]
mod status;
#[path = "cli/streams.rs"]
mod streams;
#[path = "cli/terminal.rs"]
mod terminal;
