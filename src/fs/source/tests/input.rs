//! Lists of paths.
use super::*;

#[test]
fn lines_are_taken_as_they_are() {
    assert_eq!(parse_lines(b"a\n\n #b \nc"), [PathBuf::from("a"), " #b ".into(), "c".into()]);
}

#[test]
fn raw_lists_must_be_complete() {
    assert_eq!(parse_raw(b"a\nb\0c\0").unwrap(), [PathBuf::from("a\nb"), "c".into()]);
    assert!(parse_raw(b"").unwrap().is_empty());
    assert!(parse_raw(b"a\0b").is_err());
    assert!(parse_raw(b"a\0\0b\0").is_err());
}

#[test]
fn patterns_are_expanded() {
    let dir = tree(&["a/x.txt", "a/y.txt", "b/x.txt", "b/z", "[c]"]);
    let absolute = dir.path().join("?");
    let text = format!("# note\n*/x.txt\n  a/[xy].*\n\n\\[c]\nnone*\n{}\n", absolute.display());
    let (paths, unmatched) = parse_globs(dir.path(), text.as_bytes()).unwrap();
    let expected = ["a/x.txt", "b/x.txt", "a/x.txt", "a/y.txt", "[c]"].map(PathBuf::from);
    assert_eq!(paths[..5], expected);
    assert_eq!(paths[5..], [dir.path().join("a"), dir.path().join("b")]);
    assert_eq!(unmatched, ["none*"]);
    assert!(parse_globs(dir.path(), b"a[").is_err());
}
