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
#[path = "cli/excludes.rs"]
mod excludes;
#[path = "cli/forget.rs"]
mod forget;
#[path = "cli/health.rs"]
mod health;
#[path = "cli/history.rs"]
mod history;
#[path = "cli/import.rs"]
mod import;
#[path = "cli/inspect.rs"]
mod inspect;
#[path = "cli/keys.rs"]
mod keys;
#[path = "cli/locations.rs"]
mod locations;
#[path = "cli/protect.rs"]
mod protect;
#[path = "cli/restore.rs"]
mod restore;
#[path = "cli/rollback.rs"]
mod rollback;
#[path = "cli/sources.rs"]
mod sources;
#[path = "cli/status.rs"]
mod status;
#[path = "cli/streams.rs"]
mod streams;
