//! `caddis generate`: man pages and completions, all from the one definition of the command line.
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use serde_json::json;

use super::context::Context;
use super::definition;
use super::exit::{Exit, usage};
use super::output::Output;
use super::units::count;

/// Write man pages, and completions for shells
///
/// Options and files are those of restic; - stands for standard output. Needs no repository.
#[derive(Args, Debug, Clone)]
#[group(required = true, multiple = true)]
#[command(after_long_help = "Examples:
  caddis generate --man /usr/local/share/man/man1
  caddis generate --bash-completion /etc/bash_completion.d/caddis
  caddis generate --zsh-completion /usr/local/share/zsh/site-functions/_caddis
  caddis generate --fish-completion ~/.config/fish/completions/caddis.fish
  caddis generate --powershell-completion - >> profile.ps1

Completions that ask the repository offer ids of snapshots, hosts, tags and
labels too, if its password is in a file or a variable. In ~/.bashrc, ~/.zshrc,
~/.config/fish/config.fish:
  source <(CADDIS_COMPLETE=bash caddis)
  source <(CADDIS_COMPLETE=zsh caddis)
  CADDIS_COMPLETE=fish caddis | source")]
pub struct GenerateArgs {
    /// Write man pages into this folder, one for each command
    #[arg(long, value_name = "DIR")]
    man: Option<PathBuf>,

    /// Write completions for bash to this file
    #[arg(long, value_name = "FILE")]
    bash_completion: Option<PathBuf>,

    /// Write completions for zsh to this file
    #[arg(long, value_name = "FILE")]
    zsh_completion: Option<PathBuf>,

    /// Write completions for fish to this file
    #[arg(long, value_name = "FILE")]
    fish_completion: Option<PathBuf>,

    /// Write completions for PowerShell to this file
    #[arg(long, value_name = "FILE")]
    powershell_completion: Option<PathBuf>,
}

/// Writes what was asked for.
pub fn run(args: &GenerateArgs, context: &Context) -> anyhow::Result<Exit> {
    let shells = [
        (Shell::Bash, &args.bash_completion),
        (Shell::Zsh, &args.zsh_completion),
        (Shell::Fish, &args.fish_completion),
        (Shell::PowerShell, &args.powershell_completion),
    ];
    let wanted = || shells.iter().filter_map(|(shell, file)| Some((*shell, file.as_deref()?)));
    if context.out.style.json && wanted().any(|(_, file)| is_stdout(file)) {
        return Err(usage("With --json standard output is for JSON; write completions to a file"));
    }
    let (mut files, mut command) = (Vec::new(), shown(&definition::command()));
    for (shell, file) in wanted() {
        let mut text = Vec::new();
        generate(shell, &mut command, "caddis", &mut text);
        if shell == Shell::Bash {
            text = bash(String::from_utf8(text).context("A completion is no text")?)?.into_bytes();
        }
        put(file, &text, &mut files, &context.out)?;
    }
    if let Some(folder) = &args.man {
        fs::create_dir_all(folder).with_context(|| format!("Could not make {}", folder.display()))?;
        let mut command = definition::command().disable_help_subcommand(true);
        command.build();
        pages(&command, None, &mut |name, text| {
            put(&folder.join(format!("{name}.1")), text, &mut files, &context.out)
        })?;
    }
    if context.out.style.json {
        let shown: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        context.out.status(&json!({"message_type": "summary", "files": shown}));
    } else if !files.is_empty() {
        context.out.say(format_args!("wrote {}", count(files.len(), "file")));
    }
    Ok(Exit::Success)
}

/// The command without what is hidden, which completions would offer: names, helps, options and what is beneath it.
pub fn shown(command: &Command) -> Command {
    // clap wants names that live as long as the program; this is done once.
    let keep = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let mut shown = Command::new(keep(command.get_name()));
    shown = shown.disable_help_subcommand(command.is_disable_help_subcommand_set());
    if let Some(about) = command.get_about() {
        shown = shown.about(about.clone());
    }
    if let Some(version) = command.get_version() {
        shown = shown.version(keep(version));
    }
    let arguments = command.get_arguments().filter(|argument| !argument.is_hide_set());
    let below = command.get_subcommands().filter(|below| !below.is_hide_set());
    shown.args(arguments.cloned()).subcommands(below.map(self::shown))
}

/// clap's script for bash offers options wherever something may be typed. Here they are offered behind a `-` only, and else commands and values; where
/// there are none, bash offers files.
fn bash(script: String) -> anyhow::Result<String> {
    const AT: &str = "            ";
    let first = |line: &str| line.starts_with(&format!("{AT}if [[ ${{cur}} == -* || ${{COMP_CWORD}} -eq "));
    let (mut text, mut changed) = (String::new(), [0; 3]);
    for line in script.lines() {
        if let Some(all) = line.strip_prefix(AT).and_then(|line| line.strip_prefix("opts=\"")) {
            let all = all.trim_end_matches('"').split(' ');
            let (options, words): (Vec<&str>, Vec<&str>) = all.partition(|word| word.starts_with('-'));
            text.push_str(&format!("{AT}opts=\"{}\"\n{AT}words=\"{}\"\n", options.join(" "), words.join(" ")));
            changed[0] += 1;
        } else if first(line) {
            text.push_str(&format!("{AT}if [[ ${{cur}} == -* ]] ; then\n"));
            changed[1] += 1;
        } else if line.strip_prefix(AT) == Some("COMPREPLY=( $(compgen -W \"${opts}\" -- \"${cur}\") )") {
            text.push_str(&format!("{AT}COMPREPLY=( $(compgen -W \"${{words}}\" -- \"${{cur}}\") )\n"));
            changed[2] += 1;
        } else if line.trim() == "COMPREPLY=($(compgen -f \"${cur}\"))" {
            // Bash does it itself then, and knows directories.
            text.push_str(&line.replace("($(compgen -f \"${cur}\"))", "()"));
            text.push('\n');
        } else {
            text.push_str(&line.replace("    local i cur prev opts cmd", "    local i cur prev opts words cmd"));
            text.push('\n');
        }
    }
    let same = changed[0] > 0 && changed.iter().all(|number| *number == changed[0]);
    if same { Ok(text) } else { Err(anyhow::anyhow!("clap writes completions for bash in another way than is known")) }
}

fn is_stdout(file: &Path) -> bool {
    file == Path::new("-")
}

fn put(file: &Path, text: &[u8], files: &mut Vec<PathBuf>, out: &Output) -> anyhow::Result<()> {
    if is_stdout(file) {
        // Whoever stops reading has no use for the rest.
        let _ = out.bytes(text);
        return Ok(());
    }
    fs::write(file, text).with_context(|| format!("Could not write {}", file.display()))?;
    files.push(file.to_owned());
    Ok(())
}

/// One page for the command and each that is beneath it and not hidden; `put` takes its name, such as `caddis-key-add`.
fn pages(
    command: &Command,
    above: Option<&str>,
    put: &mut dyn FnMut(&str, &[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let name = above.map_or_else(|| command.get_name().to_owned(), |above| format!("{above}-{}", command.get_name()));
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        pages(below, Some(&name), put)?;
    }
    put(&name, &page(command, above)?)
}

fn page(command: &Command, above: Option<&str>) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    let man = Man::new(command.clone()).source(concat!("caddis ", env!("CARGO_PKG_VERSION"))).manual("caddis");
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    synopsis(command).to_writer(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.get_subcommands().any(|below| !below.is_hide_set()) {
        man.render_subcommands_section(&mut text)?;
    }
    if let Some(after) = command.get_after_long_help().or_else(|| command.get_after_help()) {
        notes(&after.to_string()).to_writer(&mut text)?;
    }
    if let Some(above) = above {
        let mut roff = Roff::new();
        roff.control("SH", ["SEE ALSO"]).text([bold(above), roman("(1)")]);
        roff.to_writer(&mut text)?;
    }
    // Each part begins with the same definitions; one of them is enough.
    let text = String::from_utf8(text).context("A page is no text")?;
    let begin = text.find(".TH ").context("A page has no title")?;
    let (definitions, rest) = text.split_at(begin);
    Ok(ascii(&[definitions, &rest.replace(definitions, "")].concat()).into_bytes())
}

/// Other characters as groff knows them whatever the encoding of the page.
fn ascii(text: &str) -> String {
    let escape = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\[u{:04X}]", u32::from(c)) };
    text.chars().map(escape).collect()
}

/// As the help shows it: the derived one would list the options of every command once more.
fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]).control("nf", []);
    for line in usage.trim_start_matches("Usage:").lines().filter(|line| !line.trim().is_empty()) {
        roff.text([roman(line.trim())]);
    }
    roff.control("fi", []);
    roff
}

/// Lines of examples and tables stay lines.
fn notes(text: &str) -> Roff {
    let mut roff = Roff::new();
    let (title, rest) = match text.strip_prefix("Examples:\n") {
        Some(examples) => ("EXAMPLES", examples),
        None => ("NOTES", text),
    };
    roff.control("SH", [title]).control("nf", []);
    for line in rest.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_for_each_command_that_is_not_hidden() {
        let command = Command::new("a").about("A").subcommands([
            Command::new("b")
                .about("B")
                .subcommand(Command::new("c").about("C…").after_long_help("Examples:\n  a b c\n  a")),
            Command::new("d").about("D").hide(true),
        ]);
        let mut found = Vec::new();
        pages(&command, None, &mut |name, text| {
            found.push((name.to_owned(), String::from_utf8_lossy(text).into_owned()));
            Ok(())
        })
        .expect("nothing fails");
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a-b-c", "a-b", "a"]);
        assert!(found[0].1.contains("EXAMPLES\n.nf\n  a b c\n  a\n.fi"), "{}", found[0].1);
        assert!(found[0].1.contains("C\\[u2026]") && found.iter().all(|(_, page)| page.is_ascii()), "{}", found[0].1);
        assert!(found[0].1.contains("\"SEE ALSO\"\n\\fBa\\-b\\fR(1)"), "{}", found[0].1);
    }
}
