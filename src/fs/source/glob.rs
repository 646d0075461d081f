//! Shell-like patterns for one path component, and for whole paths.
//!
//! In a component `*` stands for any characters, `?` for one, `[a-z]` and `[^a-z]` (or `[!a-z]`) for one of a set, and a
//! backslash takes away the meaning of what follows. A component `**` stands for any number of components.
//! Names are read as UTF-8; a byte that is not part of a character counts as a character of its own.

/// One character, or one stray byte that is unlike any character.
type Char = u32;

fn chars(bytes: &[u8]) -> impl Iterator<Item = Char> {
    bytes.utf8_chunks().flat_map(|chunk| {
        let stray = chunk.invalid().iter().map(|&byte| 0x8000_0000 + Char::from(byte));
        chunk.valid().chars().map(Char::from).chain(stray)
    })
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Char(Char),
    One,
    Many,
    Set { negated: bool, ranges: Vec<(Char, Char)> },
}

/// A pattern for one component.
#[derive(Clone, Debug)]
enum Part {
    Literal(Vec<u8>),
    Tokens(Vec<Token>),
    /// `*`
    Any,
    /// `**`
    AnyDepth,
}

impl Part {
    fn parse(text: &[u8]) -> Option<Self> {
        match text {
            b"**" => return Some(Part::AnyDepth),
            b"*" => return Some(Part::Any),
            _ if !text.iter().any(|byte| b"\\[*?".contains(byte)) => return Some(Part::Literal(text.to_vec())),
            _ => {}
        }
        let mut tokens = Vec::new();
        let mut rest = chars(text).peekable();
        while let Some(next) = rest.next() {
            tokens.push(match char::from_u32(next) {
                Some('*') if tokens.last() == Some(&Token::Many) => continue,
                Some('*') => Token::Many,
                Some('?') => Token::One,
                Some('\\') => Token::Char(rest.next()?),
                Some('[') => set(&mut rest)?,
                _ => Token::Char(next),
            });
        }
        Some(Part::Tokens(tokens))
    }

    fn matches(&self, name: &[u8]) -> bool {
        match self {
            Part::Literal(literal) => literal == name,
            Part::Any | Part::AnyDepth => true,
            Part::Tokens(tokens) => {
                let name: Vec<Char> = chars(name).collect();
                wildcard(tokens, &name, |token| *token == Token::Many, |token, &c| token.matches(c))
            }
        }
    }
}

impl Token {
    fn matches(&self, c: Char) -> bool {
        match self {
            Token::Char(own) => *own == c,
            Token::One | Token::Many => true,
            Token::Set { negated, ranges } => ranges.iter().any(|&(low, high)| (low..=high).contains(&c)) != *negated,
        }
    }
}

/// Reads a set after its opening bracket; none if it does not end.
fn set(rest: &mut std::iter::Peekable<impl Iterator<Item = Char>>) -> Option<Token> {
    const DASH: Char = '-' as Char;
    const CLOSE: Char = ']' as Char;
    let negated = rest.next_if(|&c| c == '^' as Char || c == '!' as Char).is_some();
    let mut ranges = Vec::new();
    let member = |rest: &mut std::iter::Peekable<_>| match rest.next()? {
        c if c == '\\' as Char => rest.next(),
        c => Some(c),
    };
    loop {
        if !ranges.is_empty() && rest.next_if_eq(&CLOSE).is_some() {
            return Some(Token::Set { negated, ranges });
        }
        let low = member(rest)?;
        let high = if rest.next_if_eq(&DASH).is_some() { member(rest)? } else { low };
        ranges.push((low, high));
    }
}

/// Matches a sequence against a pattern in which some elements stand for any number of items. Greedy with one point to
/// return to, so never more than pattern times sequence steps.
fn wildcard<P, T>(pattern: &[P], items: &[T], is_many: impl Fn(&P) -> bool, matches: impl Fn(&P, &T) -> bool) -> bool {
    let (mut p, mut i) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), items.get(i)) {
            (None, None) => return true,
            (Some(element), _) if is_many(element) => {
                back = Some((p + 1, i));
                p += 1;
                continue;
            }
            (Some(element), Some(item)) if matches(element, item) => {
                p += 1;
                i += 1;
                continue;
            }
            _ => {}
        }
        match &mut back {
            Some((after, start)) if *start < items.len() => {
                *start += 1;
                (p, i) = (*after, *start);
            }
            _ => return false,
        }
    }
}

/// Which parts of a pattern may be next: one bit for each, and one for its end. Fewer than 63 parts.
pub(super) type Step = u64;

/// A pattern for paths.
#[derive(Clone, Debug)]
pub(super) struct PathPattern {
    /// Begins and ends with [`Part::AnyDepth`] as far as it may match within a path.
    parts: Vec<Part>,
}

impl PathPattern {
    /// A pattern that begins with `/` matches from the root, any other at any depth. A path also matches if the pattern
    /// matches a directory above it. None if the pattern is malformed or empty.
    pub(super) fn within(text: &[u8]) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let mut parts = Vec::new();
        for component in components(text) {
            match component {
                b"." => {}
                b".." => {
                    parts.pop();
                }
                _ => parts.push(Part::parse(component)?),
            }
        }
        if !text.starts_with(b"/") {
            parts.insert(0, Part::AnyDepth);
        }
        parts.push(Part::AnyDepth);
        Some(PathPattern { parts })
    }

    /// Whether it matches from the root only.
    pub(super) fn is_anchored(&self) -> bool {
        !matches!(self.parts.first(), Some(Part::AnyDepth))
    }

    /// Number of its parts.
    pub(super) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// Before any component of a path.
    pub(super) fn first_step(&self) -> Step {
        self.closed(1)
    }

    /// One component further.
    pub(super) fn next_step(&self, step: Step, name: &[u8]) -> Step {
        let mut next = 0;
        for (at, part) in self.parts.iter().enumerate().filter(|(at, _)| step >> at & 1 == 1) {
            match part {
                Part::AnyDepth => next |= 1 << at,
                part if part.matches(name) => next |= 1 << (at + 1),
                _ => {}
            }
        }
        self.closed(next)
    }

    /// Whether the path that led there matches.
    pub(super) fn is_match(&self, step: Step) -> bool {
        step >> self.parts.len() & 1 == 1
    }

    /// A part for any number of components may stand for none.
    fn closed(&self, mut step: Step) -> Step {
        for (at, _) in self.parts.iter().enumerate().filter(|(_, part)| matches!(part, Part::AnyDepth)) {
            step |= (step >> at & 1) << (at + 1);
        }
        step
    }

    /// Tests an absolute path that was split by [`components`].
    pub(super) fn matches(&self, path: &[&[u8]]) -> bool {
        wildcard(&self.parts, path, |part| matches!(part, Part::AnyDepth), |part, name| part.matches(name))
    }

    /// Whether a path beneath this one may match.
    pub(super) fn reaches_below(&self, path: &[&[u8]]) -> bool {
        for (at, part) in self.parts.iter().enumerate() {
            match (part, path.get(at)) {
                (Part::AnyDepth, _) | (_, None) => return true,
                (part, Some(name)) if !part.matches(name) => return false,
                _ => {}
            }
        }
        false
    }
}

/// A pattern for the names in one directory.
#[derive(Clone, Debug)]
pub(super) struct NamePattern(Part);

impl NamePattern {
    /// None if the pattern is malformed.
    pub(super) fn new(text: &[u8]) -> Option<Self> {
        Part::parse(text).map(NamePattern)
    }

    /// The name, if only one can match.
    pub(super) fn literal(&self) -> Option<&[u8]> {
        match &self.0 {
            Part::Literal(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn matches(&self, name: &[u8]) -> bool {
        self.0.matches(name)
    }
}

/// Components of a path.
pub(super) fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/').filter(|component| !component.is_empty())
}
