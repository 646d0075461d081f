//! The program as its users meet it: every command, option and exit code.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a skipped test says why")]

mod odd_tree;
mod testenv;

#[path = "cli/backup.rs"]
mod backup;
#[path = "cli/basics.rs"]
mod basics;
#[path = "cli/browse.rs"]
mod browse;
#[path = "cli/cache.rs"]
mod cache;
#[path = "cli/copy.rs"]
mod copy;
#[path = "cli/damage.rs"]
mod damage;
#[path = "cli/diff.rs"]
mod diff;
#[path = "cli/docs.rs"]
mod docs;
#[path = "cli/du.rs"]
mod du;
#[path = "cli/dump.rs"]
mod dump;
#[path = "cli/excludes.rs"]
mod excludes;
#[path = "cli/exit_codes.rs"]
mod exit_codes;
#[path = "cli/filters.rs"]
mod filters;
#[path = "cli/flags.rs"]
mod flags;
#[path = "cli/forget.rs"]
mod forget;
#[path = "cli/generated.rs"]
mod generated;
#[path = "cli/health.rs"]
mod health;
#[path = "cli/import.rs"]
mod import;
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
#[path = "cli/mount.rs"]
mod mount;
#[path = "cli/own_folders.rs"]
mod own_folders;
#[path = "cli/protect.rs"]
mod protect;
#[path = "cli/prune.rs"]
mod prune;
#[path = "cli/requests.rs"]
mod requests;
#[path = "cli/restic.rs"]
mod restic;
#[path = "cli/restore.rs"]
mod restore;
#[path = "cli/restore_command.rs"]
mod restore_command;
#[path = "cli/restore_in_place.rs"]
mod restore_in_place;
#[path = "cli/restore_metadata.rs"]
mod restore_metadata;
#[path = "cli/rewriting.rs"]
mod rewriting;
#[path = "cli/rollback.rs"]
mod rollback;
#[path = "cli/selectors.rs"]
mod selectors;
#[path = "cli/sources.rs"]
mod sources;
#[path = "cli/status.rs"]
mod status;
#[path = "cli/streams.rs"]
mod streams;
#[path = "cli/terminal.rs"]
mod terminal;
#[path = "cli/variables.rs"]
mod variables;
