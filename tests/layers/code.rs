//! What of a source is code: the text without comments and without what is in strings.

/// The source with comments and the contents of literals replaced by blanks; lines stay where they are.
pub fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match literal(&bytes[at..], at.checked_sub(1).map(|before| bytes[before])) {
            Some(length) => at + length,
            None => {
                at += 1;
                continue;
            }
        };
        out[at..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        at = end;
    }
    String::from_utf8(out).expect("whole characters were replaced")
}

/// Length of the comment or literal that begins here.
fn literal(rest: &[u8], before: Option<u8>) -> Option<usize> {
    let find = |needle: &[u8], from: usize| {
        rest.get(from..)?.windows(needle.len()).position(|window| window == needle).map(|at| from + at + needle.len())
    };
    let in_word = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match rest {
        [b'/', b'/', ..] => Some(find(b"\n", 2).map_or(rest.len(), |end| end - 1)),
        [b'/', b'*', ..] => Some(find(b"*/", 2).unwrap_or(rest.len())),
        [b'"', ..] => Some(quoted(rest, b'"')),
        [b'r', b'"' | b'#', ..] if !in_word || before == Some(b'b') => {
            let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
            if rest.get(1 + hashes) != Some(&b'"') {
                return None;
            }
            let end = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
            Some(find(&end, 2 + hashes).unwrap_or(rest.len()))
        }
        // Not a lifetime: those have no quote after one character.
        [b'\'', b'\\', ..] => Some(quoted(rest, b'\'')),
        [b'\'', ..] => {
            let character = &rest[1..rest.len().min(5)];
            let character = std::str::from_utf8(character).unwrap_or_else(|error| {
                std::str::from_utf8(&character[..error.valid_up_to()]).expect("it is valid up to there")
            });
            let width = character.chars().next()?.len_utf8();
            (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
        }
        _ => None,
    }
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

#[test]
fn only_code_is_left() {
    for (text, expected) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b\n */ c", "a     \n    c"),
        (r#"f("x\"y", z)"#, "f(      , z)"),
        (r##"f(r#"x"y"#, z)"##, "f(        , z)"),
        ("br\"x\" y", "b     y"),
        ("('\"', 'a: b')", "(   , 'a: b')"),
        (r"('\'', '\n', 'ä')", "(    ,     ,     )"),
        ("for x in r { 'outer: loop {} }", "for x in r { 'outer: loop {} }"),
    ] {
        assert_eq!(code(text), expected, "{text}");
    }
}
