//! House rules that a machine can check: layers, purposes of files, their size, and what must not be in them.
#[path = "layers/code.rs"]
mod code;
#[path = "layers/rules.rs"]
mod rules;

use std::path::Path;

use rules::violations;

/// Files over 500 lines, with their length at most. It only shrinks: an entry whose file is no longer that long must go.
const LONG_FILES: &[(&str, usize)] = &[];

fn read(folder: &Path, root: &Path, out: &mut Vec<(String, String)>) {
    for entry in folder.read_dir().expect("the sources are readable") {
        let path = entry.expect("the sources are readable").path();
        if path.is_dir() {
            read(&path, root, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).expect("it is beneath").to_str().expect("names are plain");
            out.push((name.to_owned(), std::fs::read_to_string(&path).expect("sources are text")));
        }
    }
}

#[test]
fn the_sources_keep_the_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        read(&root.join(folder), root, &mut files);
    }
    // What cargo-fuzz builds there is not ours.
    files.retain(|(path, _)| !path.starts_with("tests/fuzz/target/"));
    assert!(files.len() > 100, "the sources were not found");
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let found = violations(&files, LONG_FILES);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}
