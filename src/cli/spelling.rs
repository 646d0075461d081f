//! What restic takes on its command line and clap does not.
use std::ffi::OsString;

use clap::{Arg, Command};

/// Options of some commands that restic takes before the command as well.
const TAKEN_EARLY: [&str; 3] = ["--compression", "--pack-size", "--no-extra-verify"];

/// The arguments as the definition knows them.
pub fn plain(program: &Command, arguments: &[OsString]) -> Vec<OsString> {
    let options = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    let (options, rest) = arguments.split_at(options);
    let spelled = options.iter().flat_map(spelled_out).collect();
    behind_command(program, spelled).into_iter().chain(rest.iter().cloned()).collect()
}

/// `--verbose=2` as `--verbose --verbose`.
fn spelled_out(argument: &OsString) -> Vec<OsString> {
    let level = argument.to_str().and_then(|text| text.strip_prefix("--verbose=")).and_then(|n| n.parse().ok());
    match level {
        Some(level @ 0..=2) => vec![OsString::from("--verbose"); level],
        _ => vec![argument.clone()],
    }
}

/// Options that are taken early are put behind the command, which may have them or not.
fn behind_command(program: &Command, arguments: Vec<OsString>) -> Vec<OsString> {
    let mut arguments = arguments.into_iter();
    let (mut early, mut late): (Vec<OsString>, Vec<OsString>) = (arguments.next().into_iter().collect(), Vec::new());
    while let Some(argument) = arguments.next() {
        let text = argument.to_str().unwrap_or_default();
        let name = text.split('=').next().unwrap_or_default();
        let is_late = TAKEN_EARLY.contains(&name);
        let has_value_behind =
            if is_late { name != "--no-extra-verify" && name == text } else { wants_value(program, text) };
        let is_command = !text.starts_with('-');
        let list = if is_late { &mut late } else { &mut early };
        list.push(argument);
        if is_command {
            break;
        }
        list.extend(if has_value_behind { arguments.next() } else { None });
    }
    early.into_iter().chain(late).chain(arguments).collect()
}

/// Whether the value of an option of every command is the next argument.
fn wants_value(program: &Command, option: &str) -> bool {
    let mut with_value = program.get_arguments().filter(|arg| arg.get_action().takes_values());
    if let Some(long) = option.strip_prefix("--") {
        return with_value.any(|arg| arg.get_long() == Some(long));
    }
    // In `-vr` the value follows, in `-r/srv` it is there.
    let letters: Vec<char> = with_value.filter_map(Arg::get_short).collect();
    option.find(|c| letters.contains(&c)).is_some_and(|at| at + 1 == option.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::definition::command;

    #[track_caller]
    fn becomes(arguments: &str, expected: &str) {
        let arguments: Vec<OsString> = arguments.split(' ').map(OsString::from).collect();
        assert_eq!(plain(&command(), &arguments).join(" ".as_ref()), expected);
    }

    #[test]
    fn options_before_the_command_are_put_behind_it() {
        becomes("c --compression max backup x", "c backup --compression max x");
        becomes("c -r backup --compression=max -v backup x", "c -r backup -v backup --compression=max x");
        becomes("c -r/compress-r --no-extra-verify backup x", "c -r/compress-r backup --no-extra-verify x");
        becomes("c -vr /r --pack-size 4MiB init", "c -vr /r init --pack-size 4MiB");
        becomes("c --repo=/r backup --compression max x", "c --repo=/r backup --compression max x");
        becomes("c backup -- --compression max", "c backup -- --compression max");
        becomes("c --compression", "c --compression");
    }

    #[test]
    fn levels_of_talk_are_spelled_out() {
        becomes("c --verbose=2 backup", "c --verbose --verbose backup");
        becomes("c backup --verbose=0 -- --verbose=1", "c backup -- --verbose=1");
        becomes("c --verbose=9 backup", "c --verbose=9 backup");
    }
}
