//! Passwords: from a file, a command, a descriptor, the environment or the terminal.
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, anyhow, bail};
use zeroize::Zeroizing;

use super::exit::usage;
use super::globals::{GlobalArgs, variable};

/// Bytes of a password; zeroed when dropped.
pub type Password = Zeroizing<Vec<u8>>;

/// Nobody's password is longer, but a file named by mistake is.
const MAX: u64 = 1 << 16;

/// Where a password comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    File(PathBuf),
    Command(String),
    Descriptor(u32),
    /// A variable whose content is the password.
    Variable(&'static str),
    Terminal,
}

/// The repository's password. `twice`: a new one, asked for again when it is typed.
pub fn current(args: &GlobalArgs, twice: bool) -> anyhow::Result<Password> {
    if args.insecure_no_password {
        let variables = ["PASSWORD", "PASSWORD_FILE", "PASSWORD_COMMAND", "PASSWORD_FD"];
        let is_given = args.password_file.is_some() || args.password_command.is_some() || args.password_fd.is_some();
        if is_given || variables.into_iter().any(|name| variable(name).is_some()) {
            return Err(usage(
                "--insecure-no-password is an empty password; an option or a variable gives another one",
            ));
        }
        return Ok(Zeroizing::default());
    }
    let given = [
        args.password_file.clone().map(Origin::File),
        args.password_command.clone().map(Origin::Command),
        args.password_fd.map(Origin::Descriptor),
    ];
    let options = "--password-file, --password-command and --password-fd";
    let origin = match only_one(given, options)? {
        Some(origin) => origin,
        None => {
            let file = variable("PASSWORD_FILE").map(|file| Origin::File(file.into()));
            let command = variable("PASSWORD_COMMAND").map(Origin::Command);
            let wrong = |_| usage("CADDIS_PASSWORD_FD is not the number of a file descriptor");
            let fd = variable("PASSWORD_FD").map(|fd| fd.parse().map(Origin::Descriptor).map_err(wrong)).transpose()?;
            only_one([file, command, fd], "CADDIS_PASSWORD_FILE, CADDIS_PASSWORD_COMMAND and CADDIS_PASSWORD_FD")?
                .or_else(|| variable("PASSWORD").map(|_| Origin::Variable("CADDIS_PASSWORD")))
                .unwrap_or(Origin::Terminal)
        }
    };
    read(&origin, "Password for the repository", twice, "--password-file, --password-command or CADDIS_PASSWORD")
}

/// Whether nobody need be asked for it, and nothing run that an option names.
pub fn is_given(args: &GlobalArgs) -> bool {
    args.password_file.is_some()
        || args.insecure_no_password
        || ["PASSWORD", "PASSWORD_FILE", "PASSWORD_COMMAND"].into_iter().any(|name| variable(name).is_some())
}

/// The password of a further repository, if one is given: by option, or by variables that begin with `prefix`.
pub fn of_other(prefix: &str, file: Option<&Path>, command: Option<&str>) -> anyhow::Result<Option<Password>> {
    let lower = prefix.to_lowercase();
    let given = [file.map(|file| Origin::File(file.into())), command.map(|command| Origin::Command(command.into()))];
    let options = format!("--{lower}-password-file and --{lower}-password-command");
    let bytes = match only_one(given, &options)? {
        Some(origin) => read(&origin, "", false, &options)?,
        None => match variable(&format!("{prefix}_PASSWORD")) {
            Some(password) => Zeroizing::new(password.into_bytes()),
            None => return Ok(None),
        },
    };
    Ok(Some(bytes))
}

/// Asks for the password of a further repository; `None` if there is no terminal.
pub fn ask_for(place: &str) -> Option<Password> {
    rpassword::prompt_password(format!("Password for {place}: "))
        .ok()
        .filter(|password| !password.is_empty())
        .map(|password| Zeroizing::new(password.into_bytes()))
}

/// A new password for a key slot, empty only if `none` says so; typed ones are asked for twice.
pub fn new(file: Option<&Path>, command: Option<&str>, none: bool) -> anyhow::Result<Password> {
    if none {
        return Ok(Zeroizing::default());
    }
    let given = [file.map(|file| Origin::File(file.into())), command.map(|command| Origin::Command(command.into()))];
    let origin = only_one(given, "--new-password-file and --new-password-command")?.unwrap_or(Origin::Terminal);
    read(&origin, "New password", true, "--new-password-file or --new-password-command")
}

fn only_one<const N: usize>(given: [Option<Origin>; N], names: &str) -> anyhow::Result<Option<Origin>> {
    let mut given = given.into_iter().flatten();
    let first = given.next();
    if given.next().is_some() {
        return Err(usage(format!("Give only one of {names}")));
    }
    Ok(first)
}

fn read(origin: &Origin, prompt: &str, twice: bool, instead: &str) -> anyhow::Result<Password> {
    let password = match origin {
        Origin::File(path) => {
            let what = || format!("Could not read the password from {}", path.display());
            without_newline(bounded(File::open(path).with_context(what)?).with_context(what)?)
        }
        Origin::Descriptor(number) => {
            let what = || format!("Could not read the password from file descriptor {number}");
            let file = File::open(format!("/dev/fd/{number}")).with_context(what)?;
            without_newline(bounded(file).with_context(what)?)
        }
        Origin::Command(command) => without_newline(run(command)?),
        Origin::Variable(name) => Zeroizing::new(std::env::var_os(name).unwrap_or_default().into_encoded_bytes()),
        Origin::Terminal => ask(prompt, twice, instead)?,
    };
    if password.is_empty() {
        bail!("The password is empty; an empty password protects nothing and is not accepted");
    }
    Ok(password)
}

fn ask(prompt: &str, twice: bool, instead: &str) -> anyhow::Result<Password> {
    let typed = |text: &str| {
        rpassword::prompt_password(format!("{text}: "))
            .map(|password| Zeroizing::new(password.into_bytes()))
            // The cause is always the same: there is no terminal.
            .map_err(|_| anyhow!("No password was given and it cannot be asked for on a terminal; use {instead}"))
    };
    let password = typed(prompt)?;
    if twice && !password.is_empty() && typed("The same once more")? != password {
        bail!("The two passwords differ; nothing was changed");
    }
    Ok(password)
}

/// Standard input stays untouched: a backup may want to read it.
fn run(command: &str) -> anyhow::Result<Password> {
    let what = || format!("Could not run the password command {command:?}");
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(what)?;
    let stdout = child.stdout.take().ok_or_else(|| anyhow!("The password command has no output"))?;
    let password = bounded(stdout);
    let status = child.wait().with_context(what)?;
    if !status.success() {
        bail!("The password command {command:?} failed ({status}); its own messages are above");
    }
    password.with_context(what)
}

fn bounded(reader: impl Read) -> anyhow::Result<Password> {
    // The capacity is taken at once: a buffer that grew would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX as usize + 1));
    reader.take(MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX {
        bail!("It is longer than {MAX} bytes, which is no password");
    }
    Ok(bytes)
}

/// Editors and `echo` end a file with a newline; it is not part of the password.
fn without_newline(mut password: Password) -> Password {
    if password.ends_with(b"\n") {
        password.pop();
        if password.ends_with(b"\r") {
            password.pop();
        }
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_trailing_newline_is_dropped() {
        for (bytes, password) in
            [(&b"a\n"[..], &b"a"[..]), (b"a\r\n", b"a"), (b"a\n\n", b"a\n"), (b" a ", b" a "), (b"\n", b""), (b"", b"")]
        {
            assert_eq!(without_newline(Zeroizing::new(bytes.to_vec())).as_slice(), password);
        }
    }

    #[test]
    fn commands_give_their_output_or_an_error() {
        assert_eq!(run("printf 'a b'").expect("succeeds").as_slice(), b"a b");
        let error = run("exit 3").unwrap_err().to_string();
        assert!(error.contains("exit 3") && error.contains("failed"), "{error}");
        assert!(run("head -c 100000 /dev/zero").is_err());
    }

    #[test]
    fn two_origins_and_empty_passwords_are_refused() {
        let args = GlobalArgs {
            password_file: Some("/x".into()),
            password_command: Some("true".into()),
            ..GlobalArgs::default()
        };
        assert!(current(&args, false).unwrap_err().to_string().contains("only one"));
        let empty = new(None, Some("true"), false).unwrap_err().to_string();
        assert!(empty.contains("empty"), "{empty}");
        assert_eq!(new(None, Some("echo x"), false).expect("given").as_slice(), b"x");
    }
}
