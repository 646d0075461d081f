//! Paths and modes for people: bytes that a terminal must not see are escaped.
use std::borrow::Cow;

use caddis::model::{Node, NodeType};

/// What moves a cursor, begins an escape sequence, forges a line, or turns the direction of what follows.
pub fn is_tricky(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text in which storage, or a file system, may have had a hand, for a line on a terminal.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(is_tricky) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| if is_tricky(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

/// The path as it is if it is printable text, else quoted with escapes: names in a snapshot may hold anything.
pub fn display(path: &[u8]) -> String {
    match std::str::from_utf8(path) {
        Ok(text) if !text.contains(is_tricky) => text.to_owned(),
        _ => {
            let mut quoted = String::from("\"");
            for chunk in path.utf8_chunks() {
                chunk.valid().chars().for_each(|c| match c {
                    '"' => quoted.push_str("\\\""),
                    c if is_tricky(c) || c == '\\' => quoted.extend(c.escape_default()),
                    c => quoted.push(c),
                });
                chunk.invalid().iter().for_each(|byte| quoted.push_str(&format!("\\x{byte:02x}")));
            }
            quoted.push('"');
            quoted
        }
    }
}

/// Ids of 64 hex digits become their first eight, which say enough to people.
pub fn with_short_ids(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    for part in text.split_inclusive(|c: char| !c.is_ascii_hexdigit()) {
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
        match (digits.len(), digits.get(..8)) {
            (64, Some(first)) => short.extend([first, &part[digits.len()..]]),
            _ => short.push_str(part),
        }
    }
    short
}

/// For JSON, which has no bytes: what is not UTF-8 becomes U+FFFD.
pub fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

/// A word as a shell takes it.
pub fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// `st_mode` as stat(2) has it: type and permission bits.
pub fn st_mode(node: &Node) -> u32 {
    let kind = match node.kind {
        NodeType::File => 0o100_000,
        NodeType::Directory => 0o040_000,
        NodeType::Symlink => 0o120_000,
        NodeType::Fifo => 0o010_000,
        NodeType::Socket => 0o140_000,
        NodeType::CharDevice => 0o020_000,
        NodeType::BlockDevice => 0o060_000,
    };
    kind | node.mode & 0o7777
}

/// `drwxr-xr-x`, as ls(1) writes it.
pub fn permissions(node: &Node) -> String {
    let kind = match node.kind {
        NodeType::File => '-',
        NodeType::Directory => 'd',
        NodeType::Symlink => 'l',
        NodeType::Fifo => 'p',
        NodeType::Socket => 's',
        NodeType::CharDevice => 'c',
        NodeType::BlockDevice => 'b',
    };
    let mut text = String::from(kind);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = node.mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, node.mode & special != 0) {
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// restic's names for types.
pub fn kind(node: &Node) -> &'static str {
    match node.kind {
        NodeType::File => "file",
        NodeType::Directory => "dir",
        NodeType::Symlink => "symlink",
        NodeType::Fifo => "fifo",
        NodeType::Socket => "socket",
        NodeType::CharDevice => "chardev",
        NodeType::BlockDevice => "dev",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ids_are_cut_and_nothing_else() {
        let id = "0123456789abcdef".repeat(4);
        assert_eq!(with_short_ids(&format!("packs/01/{id}: bad, {id}")), "packs/01/01234567: bad, 01234567");
        assert_eq!(with_short_ids(&format!("{id}a é 12 {}", &id[1..])), format!("{id}a é 12 {}", &id[1..]));
    }

    #[test]
    fn only_printable_paths_are_shown_as_they_are() {
        assert_eq!(display("/home/Jürgen/a b".as_bytes()), "/home/Jürgen/a b");
        assert_eq!(display(b"/a\x1b[31m\n"), "\"/a\\u{1b}[31m\\n\"");
        assert_eq!(display(b"/x\xff\"y"), "\"/x\\xff\\\"y\"");
        assert_eq!(lossy(b"/x\xff"), "/x\u{fffd}");
        assert_eq!(display("/a\u{202e}gpj".as_bytes()), "\"/a\\u{202e}gpj\"");
        assert_eq!(plain("a\x1b[2J\nb\u{9b}"), "a\\u{1b}[2J\\nb\\u{9b}");
        assert_eq!(plain("Jürgen \\ \"x\""), "Jürgen \\ \"x\"");
    }

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        assert_eq!(shell("/srv/backup-1.x"), "/srv/backup-1.x");
        assert_eq!(shell("it's here"), "'it'\\''s here'");
        assert_eq!(shell(""), "''");
    }

    #[test]
    fn modes_read_like_those_of_ls() {
        let node = |kind, mode| Node { kind, mode, ..Node::default() };
        assert_eq!(permissions(&node(NodeType::Directory, 0o755)), "drwxr-xr-x");
        assert_eq!(permissions(&node(NodeType::File, 0o4755)), "-rwsr-xr-x");
        assert_eq!(permissions(&node(NodeType::File, 0o6644)), "-rwSr-Sr--");
        assert_eq!(permissions(&node(NodeType::Directory, 0o1777)), "drwxrwxrwt");
        assert_eq!(permissions(&node(NodeType::Symlink, 0o777)), "lrwxrwxrwx");
        assert_eq!(st_mode(&node(NodeType::Directory, 0o755)), 0o040_755);
    }
}
