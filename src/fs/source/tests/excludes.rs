//! Exclude rules: a table of patterns, and files that exclude.
use super::*;
use crate::model::NodeType;

fn excludes(pattern: &str, path: &str) -> bool {
    let mut rules = Rules::default();
    rules.exclude(pattern).unwrap();
    rules.decide(path.as_bytes(), NodeType::File, 0).is_some()
}

#[test]
fn patterns_match_components_runs_and_depths() {
    let matching = [
        ("*.go", "/foo/bar/test.go"),
        ("*", "/foo"),
        ("**", "/foo/bar"),
        ("foo*", "/foo/bar/test.go"),
        ("bar/*", "/foo/bar/baz"),
        ("ba*/*.go", "/foo/bar/test.go"),
        ("bar", "/foo/bar/baz"),
        ("/foo/bar/", "/foo/bar"),
        ("/foo///bar", "/foo/bar"),
        ("/foo/../bar", "/bar"),
        ("/foo", "/foo/baz"),
        ("/*/*/baz/test.*", "/foo/bar/baz/test.go"),
        ("foo/**/bar/*.go", "/home/user/foo/work/special/project/bar/test.go"),
        ("foo/**/bar/*.go", "/foo/bar/test.go"),
        ("foo/**/bar/**/x", "/home/user/foo/blaaa/blaz/bar/shared/work/x"),
        ("user/**/hidden*/**/c", "/home/user/work/x/y/hidden/z/a/b/c"),
        ("/home/**/cache", "/home/cache"),
        ("file-[0-9][0-9]", "/x/file-42"),
        ("[^a]b", "/x/cb"),
        ("[]a]", "/]"),
        ("a\\*b", "/a*b"),
        ("?", "/ä"),
        ("[ä-ü]x", "/öx"),
        ("a{b,c}", "/a{b,c}"),
        ("*a*b*c", "/xaybzabc"),
    ];
    let different = [
        ("*.c", "/foo/bar/test.go"),
        ("/bar*", "/foo/bar/test.go"),
        ("tesT.*", "/foo/bar/test.go"),
        ("/foo/../bar", "/foo/bar"),
        ("/foo/*", "/foo"),
        ("/foo/*test.*", "/foo/bar/test.go"),
        ("/foo/*/bar/test.*", "/foo/bar/test.go"),
        ("bar/baz", "/bar/x/baz"),
        ("foo", "/food"),
        ("foo/**/bar/*.go", "/bar/foo/main.go"),
        ("sdk/*/cpp/*/*vars*.html", "/usr/share/doc/libreoffice/sdk/docs/cpp/ref/a00517.html"),
        ("[^a]b", "/ab"),
        ("a\\*b", "/axb"),
        ("a{b,c}", "/ab"),
        ("*a*b*c", "/xaybzab"),
        ("??", "/ä"),
    ];
    matching.iter().for_each(|(pattern, path)| assert!(excludes(pattern, path), "{pattern} should match {path}"));
    different.iter().for_each(|(pattern, path)| assert!(!excludes(pattern, path), "{pattern} should not match {path}"));
    let mut rules = Rules::default();
    rules.exclude("a?c").unwrap();
    assert!(rules.decide(b"/a\xffc", NodeType::File, 0).is_some(), "a stray byte counts as one character");
}

#[test]
fn malformed_patterns_are_refused_and_empty_ones_ignored() {
    for pattern in ["[", "a/[b", "x\\", "[a-", "!["] {
        assert!(Rules::default().exclude(pattern).is_err(), "{pattern}");
    }
    assert!(!excludes("", "/x") && !excludes("!", "/x"));
}

#[test]
fn the_last_match_counts() {
    let mut rules = Rules::default();
    for pattern in ["*.o", "!keep.o", "/tmp/keep.o", "!/tmp/keep.o/**"] {
        rules.exclude(pattern).unwrap();
    }
    let verdict = |path: &str| rules.decide(path.as_bytes(), NodeType::File, 0).map(|rule| rule.to_string());
    assert_eq!(verdict("/a/b.o").as_deref(), Some("pattern *.o"));
    assert_eq!(verdict("/a/keep.o"), None);
    assert_eq!(verdict("/tmp/keep.o"), None);
    rules.exclude("keep.o").unwrap();
    assert!(rules.decide(b"/a/keep.o", NodeType::File, 0).is_some());
}

#[test]
fn case_and_size() {
    let mut rules = Rules::default();
    rules.exclude_ignoring_case("*.JPG").unwrap();
    rules.exclude_ignoring_case("Ärger").unwrap();
    rules.exclude_larger_than(10);
    assert_eq!(rules.decide(b"/a/x.jPg", NodeType::File, 0), Some(Exclusion::Pattern("*.JPG")));
    assert!(rules.decide("/äRGER".as_bytes(), NodeType::File, 0).is_some());
    assert_eq!(rules.decide(b"/a", NodeType::File, 11), Some(Exclusion::LargerThan(10)));
    assert_eq!(rules.decide(b"/a", NodeType::File, 10), None);
    assert_eq!(rules.decide(b"/a", NodeType::Directory, 11), None);
}

#[test]
fn where_a_rule_cannot_reach_is_known() {
    let reach = |pattern: &str, path: &str| {
        let mut rules = Rules::default();
        rules.exclude(pattern).unwrap();
        rules.reach_below(path.as_bytes())
    };
    for (pattern, path, expected) in [
        ("*.o", "/a", true),
        ("/a/b", "", true),
        ("/a/b", "/a", true),
        ("/a/b", "/a/b", true),
        ("/a/b", "/a/c", false),
        ("/a/b", "/b", false),
        ("/*/b", "/x", true),
        ("/*/b", "/x/c", false),
        ("/a/**/b", "/a/x/y", true),
        ("!/a/b", "/a", false),
    ] {
        assert_eq!(reach(pattern, path), expected, "{pattern} {path}");
    }
    assert!(!Rules::default().reach_below(b"/"));
    let mut rules = Rules::default();
    rules.exclude_ignoring_case("/A/b").unwrap();
    assert!(rules.reach_below(b"/a") && !rules.reach_below(b"/c"));
    rules.exclude_larger_than(5);
    assert!(rules.reach_below(b"/c"));
}

#[test]
fn patterns_may_hold_beneath_a_directory_too() {
    let mut rules = Rules::default();
    ["/x/y", "/a/b/z", "*.o", "!/x/y.o"].iter().for_each(|pattern| rules.exclude(pattern).unwrap());
    rules.also_beneath(2);
    let decides = |path: &str| rules.decide(path.as_bytes(), NodeType::File, 1).is_some();
    assert!(decides("/a/b/x/y") && decides("/a/b/x/y/1") && decides("/a/b/z") && decides("/a/b/c.o"));
    assert!(!decides("/a/b") && !decides("/a/b/x") && !decides("/a/b/y") && !decides("/a/b/x/y.o"));
    let mut rules = Rules::default();
    rules.exclude("/x/y").unwrap();
    assert!(!rules.reach_below(b"/a/b"));
    rules.also_beneath(2);
    assert!(rules.reach_below(b"/a/b") && rules.reach_below(b"/a/b/x") && !rules.reach_below(b"/a/b/y"));
}

#[test]
fn exclude_files_have_comments() {
    let lines: Vec<_> = parse_exclude_lines("\u{feff}# note\n\n  *.o \r\n!x\n #y\n").collect();
    assert_eq!(lines, ["*.o", "!x"]);
}

#[test]
fn excluded_directories_are_not_entered() {
    let dir = tree(&["keep/a.o", "keep/a.c", "skip/x"]);
    let mut rules = Rules::default();
    rules.exclude("skip").unwrap();
    rules.exclude("*.o").unwrap();
    rules.exclude("!skip/x").unwrap();
    let walked = walk_with(dir.path(), &["."], rules, WalkOptions::default());
    assert_eq!(walked.paths(), ["keep", "keep/a.c"]);
}

#[test]
fn markers_keep_the_directory_and_themselves() {
    let dir = tree(&["a/.nobackup", "a/x", "a/y/z", "b/x", "cache/data", "fake/data", "c/.nobackup/x"]);
    let tag = "Signature: 8a477f597d28d172789f06886806bc55\n# more";
    std::fs::write(dir.path().join("cache/CACHEDIR.TAG"), tag).unwrap();
    std::fs::write(dir.path().join("fake/CACHEDIR.TAG"), "no").unwrap();
    let mut rules = Rules::default();
    rules.exclude_if_present(Marker::parse(b".nobackup").unwrap());
    rules.exclude_if_present(Marker::cache());
    let walked = walk_with(dir.path(), &["."], rules.clone(), WalkOptions::default());
    let expected = [
        "a",
        "a/.nobackup",
        "b",
        "b/x",
        "c",
        "c/.nobackup",
        "c/.nobackup/x",
        "cache",
        "cache/CACHEDIR.TAG",
        "fake",
        "fake/CACHEDIR.TAG",
        "fake/data",
    ];
    assert_eq!(walked.paths(), expected);
    let walked = walk_with(&dir.path().join("a"), &["."], rules.clone(), WalkOptions::default());
    assert_eq!(walked.paths(), [".nobackup"], "also when the directory is the source itself");
    let walked = walk_with(dir.path(), &["a", "a/y"], rules, WalkOptions::default());
    assert_eq!(walked.paths(), ["a", "a/.nobackup", "a/y", "a/y/z"]);
    assert!(Marker::parse(b":x").is_err() && Marker::parse(b"a/b").is_err());
    assert_eq!(Marker::parse(b"f:a:b").unwrap(), Marker { name: b"f".to_vec(), header: b"a:b".to_vec() });
}

#[test]
fn git_ignore_files_nest_and_negate() {
    let dir = tree(&["a.o", "keep.o", "build/x", "sub/a.o", "sub/build", "sub/t.tmp", "sub/deep/t.tmp", "sub/b.o"]);
    std::fs::write(dir.path().join(".gitignore"), "*.o\n!keep.o\nbuild/\n").unwrap();
    std::fs::write(dir.path().join("sub/.gitignore"), "!a.o\n/t.tmp\n").unwrap();
    let mut rules = Rules::default();
    rules.honour_git_ignore();
    let expected = ["sub/.gitignore", "sub/a.o", "sub/build", "sub/deep", "sub/deep/t.tmp"];
    let walked = walk_with(dir.path(), &["."], rules.clone(), WalkOptions::default());
    assert_eq!(walked.paths(), [&[".gitignore", "keep.o", "sub"], &expected[..]].concat());
    let all = walk(dir.path(), &["."]);
    assert_eq!(all.paths().len(), 13);
}
