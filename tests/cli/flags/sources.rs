//! The words that stand together in one use of the program, out of the sources of the tests.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A statement, or what a function or closure does.
#[derive(Default, Clone)]
struct Piece {
    /// Those in its texts.
    words: BTreeSet<String>,
    /// What it calls or passes on.
    names: BTreeSet<String>,
}

impl Piece {
    fn add(&mut self, other: &Piece) {
        self.words.extend(other.words.iter().cloned());
        self.names.extend(other.names.iter().cloned());
    }

    fn text(&mut self, text: &str) {
        for word in text.split(|c: char| c.is_whitespace() || "'`\"()".contains(c)).filter(|word| !word.is_empty()) {
            self.words.insert(word.split('=').next().unwrap_or(word).to_owned());
            self.words.insert(word.to_owned());
        }
    }
}

/// A file, taken apart.
#[derive(Default)]
struct Source {
    statements: Vec<Piece>,
    /// Functions, closures and lists, and what is in them.
    named: BTreeMap<String, Piece>,
}

/// For each statement of a test: the words in it, and in what it calls.
pub fn uses() -> Vec<BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let shared = take_apart(&fs::read_to_string(root.join("testenv/mod.rs")).expect("text")).named;
    let mut uses = Vec::new();
    for (name, text) in files {
        if name.ends_with(".sh") {
            for line in text.replace("\\\n", " ").lines().filter(|line| !line.trim_start().starts_with('#')) {
                let mut piece = Piece::default();
                piece.text(line);
                uses.push(piece.words);
            }
            continue;
        }
        let source = take_apart(&text);
        for statement in source.statements {
            let (mut whole, mut seen) = (statement.words, BTreeSet::new());
            let mut open: Vec<String> = statement.names.into_iter().collect();
            while let Some(name) = open.pop() {
                let Some(called) = source.named.get(&name).or_else(|| shared.get(&name)) else { continue };
                if seen.insert(name) {
                    whole.extend(called.words.iter().cloned());
                    open.extend(called.names.iter().cloned());
                }
            }
            uses.push(whole);
        }
    }
    uses
}

/// Everything that may be the name of a variable, anywhere in the tests.
pub fn words() -> BTreeSet<String> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &mut files);
    let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
    files.iter().flat_map(|(_, text)| text.split(move |c| !is_part(c))).map(str::to_owned).collect()
}

/// Tests of how things look: they run everything, and are content with whatever comes.
const LOOKS: [&str; 3] = ["json.rs", "looks.rs", "terminal.rs"];

fn collect(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("sources").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() && name != "target" && name != "flags" {
            collect(&path, files);
        } else if name.ends_with(".rs") && name != "flags.rs" && !LOOKS.contains(&&*name) || name.ends_with(".sh") {
            files.push((name, fs::read_to_string(&path).expect("text")));
        }
    }
}

/// A function, closure or list that is being read: its name, the depth of brackets at its end, what is in it.
struct Open {
    name: String,
    depth: usize,
    piece: Piece,
}

fn take_apart(text: &str) -> Source {
    let mut source = Source::default();
    let (mut statement, mut open) = (Piece::default(), Vec::<Open>::new());
    let (mut depth, mut before) = (0_usize, [String::new(), String::new()]);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' => {
                let inner = quoted(&rest[1..]);
                statement.text(&unescaped(inner));
                inner.len() + 2
            }
            '\'' if rest.starts_with("'\"'") => 3,
            c if c.is_alphanumeric() || c == '_' => {
                let word = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(rest);
                if before[1] == "fn" {
                    open.push(Open { name: word.to_owned(), depth, piece: Piece::default() });
                } else {
                    statement.names.insert(word.to_owned());
                }
                let after = rest[word.len()..].trim_start();
                let value = after.strip_prefix('=').map(|value| value.trim_start().trim_start_matches("move "));
                let is_let = before[1] == "let" || before[1] == "mut" && before[0] == "let";
                let is_kept = |value: &str| ["|", "[", "&[", "vec!["].iter().any(|start| value.starts_with(start));
                if is_let && value.is_some_and(is_kept) {
                    open.push(Open { name: word.to_owned(), depth, piece: Piece::default() });
                }
                before = [std::mem::take(&mut before[1]), word.to_owned()];
                word.len()
            }
            c => {
                match c {
                    '{' | '(' | '[' => depth += 1,
                    '}' | ')' | ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if c == ';' || c == '}' {
                    open.iter_mut().for_each(|one| one.piece.add(&statement));
                    source.statements.push(std::mem::take(&mut statement));
                    while let Some(done) = open.pop_if(|one| one.depth >= depth) {
                        source.named.insert(done.name, done.piece);
                    }
                }
                c.len_utf8()
            }
        };
        rest = &rest[length.min(rest.len())..];
    }
    source
}

/// Up to the quote that ends it.
fn quoted(text: &str) -> &str {
    let mut escaped = false;
    let end = text.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    &text[..end.unwrap_or(text.len())]
}

fn unescaped(text: &str) -> String {
    text.replace("\\\n", " ").replace("\\n", " ").replace("\\\"", " ")
}
