//! The recovery sheet as a page and as text.
use std::fmt::Write as _;

use anyhow::Context as _;
use qrcode::{Color, EcLevel, QrCode};

use super::kit::Kit;
use super::names;
use super::when;

/// Loads nothing, and prints in black on white on one page of A4 or Letter.
const STYLE: &str = "\
body { font: 11pt/1.4 Georgia, serif; color: #000; background: #fff; max-width: 44em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 18pt; margin: 0; } h2 { font-size: 12pt; margin: 1.2em 0 .3em; }
table { border-collapse: collapse; } td { padding: .1em .8em .1em 0; vertical-align: top; }
code, pre { font: 9.5pt/1.4 monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
pre { border: 1px solid #888; padding: .5em; margin: .3em 0; }
svg { width: 4.2cm; height: 4.2cm; float: right; margin: 0 0 .5em 1em; }
.write { border-bottom: 1px solid #000; height: 1.9em; } .note { font-size: 9.5pt; }
@media print { body { margin: 0; max-width: none; } h2, pre, table { break-inside: avoid; } }";

/// Words of a command line that are the same wherever it is typed.
fn exports(kit: &Kit) -> Vec<String> {
    let mut lines = vec![format!("export CADDIS_REPOSITORY={}", names::shell(&kit.place))];
    for (name, value) in &kit.settings {
        lines.push(format!("export CADDIS_REPO_OPT_{}={}", name.to_uppercase(), names::shell(value)));
    }
    lines
}

/// What is typed on the new machine, in this order.
pub fn commands(kit: &Kit) -> Vec<String> {
    let mut lines = exports(kit);
    lines.extend(kit.credentials.iter().map(|name| format!("export {name}=...")));
    lines.push("caddis snapshots".to_owned());
    lines.push("caddis restore latest --target /tmp/restored".to_owned());
    lines
}

/// What the QR code says: enough to find the repository and to know that it is the right one.
pub fn code_text(kit: &Kit) -> String {
    let mut text =
        exports(kit).iter().map(|line| line.trim_start_matches("export ").to_owned() + "\n").collect::<String>();
    for (number, place) in kit.locations.iter().filter(|_| kit.locations.len() > 1) {
        let _ = writeln!(text, "location {number}: {place}");
    }
    let _ = write!(text, "repository id: {}\nkey slot: {}", kit.repository, kit.slot.id);
    text
}

fn facts(kit: &Kit) -> Vec<(&'static str, String)> {
    let shown = |text: &str| names::display(text.as_bytes());
    let mut facts = vec![("Repository", shown(&kit.place))];
    facts.extend(kit.settings.iter().map(|(name, value)| ("Setting", shown(&format!("{name}={value}")))));
    facts.extend(kit.locations.iter().map(|(number, place)| ("Location", format!("{number}: {}", shown(place)))));
    facts.push(("Repository id", kit.repository.clone()));
    facts.push(("Key slot", kit.slot.id.to_string()));
    let slot = &kit.slot;
    let whose =
        [slot.label.as_deref(), slot.user.as_deref(), slot.host.as_deref(), slot.created.map(when::human).as_deref()]
            .into_iter()
            .flatten()
            .map(shown)
            .collect::<Vec<_>>();
    if !whose.is_empty() {
        facts.push(("made by, on, at", whose.join(", ")));
    }
    let (k, m) = kit.parity;
    facts.push(("Parity", if m == 0 { "none".to_owned() } else { format!("{k}+{m}") }));
    facts.push(("This sheet", format!("made {} with caddis {}", kit.made, env!("CARGO_PKG_VERSION"))));
    facts
}

/// What else is worth knowing when nothing works.
fn advice(kit: &Kit) -> Vec<String> {
    let mut lines = vec![
        "caddis is one program and needs nothing else on the machine. The newest version reads what older ones wrote.".to_owned(),
        "caddis asks for the password. There is no other way to read the backups, and nobody who could help.".to_owned(),
        "latest is the newest of all snapshots. Where the list shows several hosts, labels or paths, restore the newest of each by its id: caddis \
         restore 1a2b3c4d --target /tmp/restored"
            .to_owned(),
        "Restore a single directory: caddis restore latest:/home/me/work --target /tmp/restored".to_owned(),
        "If something cannot be read: caddis check --read-data tells what, caddis repair mends what parity can bring back. Both can \
         wait until everything else is restored."
            .to_owned(),
    ];
    if !kit.credentials.is_empty() {
        lines.push("The storage wants credentials of its own. They are not on this sheet; without them the backups cannot be reached.".to_owned());
    }
    if kit.locations.len() > 1 {
        lines.push("Any of the locations can be named as CADDIS_REPOSITORY, should the first be lost.".to_owned());
    }
    lines
}

/// Plain text of at most 100 characters a line, unless something that must be typed is longer.
pub fn text(kit: &Kit) -> String {
    let mut text = "caddis recovery sheet\n=====================\n\n".to_owned();
    for (title, value) in facts(kit) {
        let _ = writeln!(text, "{title:<16}{value}");
    }
    let _ = match &kit.password {
        Some(password) => writeln!(text, "{:<16}{}", "Password", password.as_str()),
        None => writeln!(text, "\nPassword, or where it is kept:\n\n{0}\n\n{0}", "_".repeat(60)),
    };
    text.push_str("\nOn a new machine with caddis:\n\n");
    text.extend(commands(kit).iter().map(|line| format!("    {line}\n")));
    text.push('\n');
    for line in advice(kit) {
        let mut left = String::from("-");
        for word in line.split(' ') {
            if left.chars().count() + 1 + word.chars().count() > 100 {
                let _ = writeln!(text, "{left}");
                left = String::from(" ");
            }
            left.push(' ');
            left.push_str(word);
        }
        let _ = writeln!(text, "{left}");
    }
    text
}

/// A page of HTML.
pub fn html(kit: &Kit) -> anyhow::Result<String> {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>caddis recovery sheet</title>\n<style>\n{STYLE}\n</style>\n\
         </head>\n<body>\n{}<h1>caddis recovery sheet</h1>\n<p>With this sheet and the password the backups can be restored on any machine. \
         Keep it away from the machine that it is about.</p>\n<table>\n",
        drawing(&code_text(kit))?
    );
    for (title, value) in facts(kit) {
        let _ = writeln!(page, "<tr><td>{title}</td><td><code>{}</code></td></tr>", escaped(&value));
    }
    page.push_str("</table>\n<h2>Password</h2>\n");
    let _ = match &kit.password {
        Some(password) => writeln!(
            page,
            "<pre>{}</pre>\n<p class=\"note\">Whoever has this sheet and can reach the storage can read the backups.</p>",
            escaped(password)
        ),
        None => writeln!(
            page,
            "<p class=\"note\">Write it here, or where it is kept. Without it nobody can read the backups.</p>\n{0}\n{0}",
            "<div class=\"write\"></div>"
        ),
    };
    page.push_str("<h2>On a new machine with caddis</h2>\n<pre>");
    page.extend(commands(kit).iter().map(|line| escaped(line) + "\n"));
    page.push_str("</pre>\n<ul class=\"note\">\n");
    page.extend(advice(kit).iter().map(|line| format!("<li>{}</li>\n", escaped(line))));
    page.push_str("</ul>\n</body>\n</html>\n");
    Ok(page)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The text as a QR code, with the white margin of four modules that readers need.
fn drawing(text: &str) -> anyhow::Result<String> {
    let code =
        QrCode::with_error_correction_level(text, EcLevel::M).context("What the QR code has to say is too long")?;
    let (width, modules) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in modules.chunks(width).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, module)| **module == Color::Dark) {
            let _ = write!(path, "M{} {}h1v1h-1z", x + 4, y + 4);
        }
    }
    let side = width + 8;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" role=\"img\" \
         aria-label=\"Repository, id and key slot as a QR code\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\"/></svg>\n"
    ))
}
