//! Sentences on terminals that are narrower than they are: broken at blanks, so that paths and ids stay whole.

/// In lines of so many characters at most, but for words that are longer. What is within backticks, a command to be typed, is one word.
pub fn fold(text: &str, width: usize) -> String {
    let (mut folded, mut column) = (String::new(), 0);
    for (at, word) in words(text).enumerate() {
        let length = word.chars().count();
        // A line of its own does not help a word that is too long.
        if at > 0 && column + 1 + length > width && length <= width {
            folded.push('\n');
            column = 0;
        } else if at > 0 {
            folded.push(' ');
            column += 1;
        }
        folded.push_str(word);
        column += length;
        if length > width {
            column %= width.max(1);
        }
    }
    folded
}

/// What blanks separate, but for those within backticks.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut is_within = false;
    text.split(move |c| {
        is_within ^= c == '`';
        c == ' ' && !is_within
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_break_at_blanks() {
        assert_eq!(fold("one two three", 13), "one two three");
        assert_eq!(fold("one two three", 12), "one two\nthree");
        assert_eq!(fold("in /a/long/path/of/it it is it", 8), "in /a/long/path/of/it it\nis it");
        assert_eq!(fold("run `caddis repair locations` now", 28), "run\n`caddis repair locations`\nnow");
        assert_eq!(fold("äöü äöü", 7), "äöü äöü");
    }
}
