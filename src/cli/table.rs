//! Tables in plain text: a heading, rules, cells of several lines, columns as wide as they must be.
use std::fmt::Write;

use super::fold::fold;

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// What a table that is too wide does without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The column, if it is empty.
    DropEmpty(&'static str),
    /// The column.
    Drop(&'static str),
    /// The middle of longer cells: as much as must be, down to so many characters.
    Shorten(&'static str, usize),
    /// All behind so many characters.
    Cut(&'static str, usize),
    /// Of a list with commas the last items: as much as must be, down to so many characters. Their number stays.
    Fewer(&'static str, usize),
    /// Nothing, but cells get more lines: as narrow as must be, down to so many characters.
    Fold(&'static str, usize),
}

/// What is left of a time without its seconds, and without its hours.
pub const MINUTES: usize = "2000-01-01 00:00".len();
pub const DAYS: usize = "2000-01-01".len();

/// Characters that are left of a cell in any case: as many as a day has. An id has less.
const LEAST: usize = DAYS;

/// Rows are added one by one; a cell is a list of lines.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<Vec<String>>>,
    footer: String,
    /// Columns that were there and are not shown.
    dropped: Vec<&'static str>,
}

impl Table {
    /// With a heading for each column.
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Table { columns: columns.to_vec(), rows: Vec::new(), footer: String::new(), dropped: Vec::new() }
    }

    /// One row; missing cells are empty.
    pub fn row(&mut self, cells: Vec<Vec<String>>) {
        self.rows.push(cells);
    }

    /// A line below everything.
    pub fn footer(&mut self, text: String) {
        self.footer = text;
    }

    /// Takes these steps, one after the other, until the table is no wider than `width`. If they do not suffice the longest cells lose their ends,
    /// but never numbers.
    pub fn fit(&mut self, width: usize, steps: &[Step]) {
        self.apply(width, steps);
        self.squeeze(width);
    }

    /// Takes these steps, one after the other, until the table is no wider than `width`.
    pub fn apply(&mut self, width: usize, steps: &[Step]) {
        for step in steps {
            let excess = self.total().saturating_sub(width);
            if excess == 0 {
                return;
            }
            let Some(at) = self.columns.iter().position(|(column, _)| *column == step.title()) else { continue };
            let longest = self.cells(at).map(|line| line.chars().count()).max().unwrap_or(0);
            let rows = self.rows.iter_mut().filter_map(|row| row.get_mut(at));
            let length = |least: usize| longest.saturating_sub(excess).max(least);
            match *step {
                Step::DropEmpty(_) if longest > 0 => {}
                Step::DropEmpty(_) | Step::Drop(_) => {
                    let (title, _) = self.columns.remove(at);
                    self.dropped.extend((longest > 0).then_some(title));
                    self.rows.iter_mut().filter(|row| at < row.len()).for_each(|row| drop(row.remove(at)));
                }
                Step::Shorten(_, least) => rows.flatten().for_each(|line| *line = shortened(line, length(least))),
                Step::Cut(_, length) => rows.flatten().for_each(|line| *line = line.chars().take(length).collect()),
                Step::Fewer(_, least) => rows.flatten().for_each(|line| *line = fewer(line, length(least))),
                Step::Fold(_, least) => rows.for_each(|cell| {
                    let folded = cell.iter().map(|line| fold(line, length(least)));
                    *cell = folded.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
                }),
            }
        }
    }

    fn squeeze(&mut self, width: usize) {
        loop {
            let excess = self.total().saturating_sub(width);
            let longest = |at: usize| self.cells(at).map(|line| line.chars().count()).max().unwrap_or(0);
            let texts = (0..self.columns.len()).filter(|at| self.columns[*at].1 == Align::Left);
            let widest = texts.map(|at| (longest(at), at)).max();
            let Some((longest, at)) = widest.filter(|(longest, _)| excess > 0 && *longest > LEAST) else { return };
            let length = longest.saturating_sub(excess).max(LEAST);
            for line in self.rows.iter_mut().filter_map(|row| row.get_mut(at)).flatten() {
                if line.chars().count() > length {
                    *line = line.chars().take(length - 1).chain(['…']).collect();
                }
            }
        }
    }

    fn widths(&self) -> Vec<usize> {
        (0..self.columns.len()).map(|column| self.width(column)).collect()
    }

    fn total(&self) -> usize {
        self.widths().iter().sum::<usize>() + 2 * self.columns.len().saturating_sub(1)
    }

    /// The whole table, each line ended.
    pub fn render(&self) -> String {
        let widths = self.widths();
        let rule = "-".repeat(self.total());
        let mut text = String::new();
        let heading: Vec<&str> = self.columns.iter().map(|(title, _)| *title).collect();
        self.line(&mut text, &heading, &widths);
        let _ = writeln!(text, "{rule}");
        for row in &self.rows {
            let height = row.iter().map(Vec::len).max().unwrap_or(0);
            for at in 0..height {
                let cells: Vec<&str> =
                    row.iter().map(|cell| cell.get(at).map(String::as_str).unwrap_or_default()).collect();
                self.line(&mut text, &cells, &widths);
            }
        }
        let _ = writeln!(text, "{rule}");
        if !self.footer.is_empty() {
            let _ = writeln!(text, "{}", self.footer);
        }
        if !self.dropped.is_empty() {
            let _ = writeln!(text, "Not shown for lack of space: {}", self.dropped.join(", "));
        }
        text
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &String> {
        self.rows.iter().filter_map(move |row| row.get(column)).flatten()
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.cells(column).map(|line| line.chars().count());
        cells.chain(self.columns.get(column).map(|(title, _)| title.len())).max().unwrap_or(0)
    }

    fn line(&self, text: &mut String, cells: &[&str], widths: &[usize]) {
        let mut line = String::new();
        for (index, (width, (_, align))) in widths.iter().zip(&self.columns).enumerate() {
            let cell = cells.get(index).copied().unwrap_or_default();
            if index > 0 {
                line.push_str("  ");
            }
            // Not by the formatter, whose widths end at 65,535.
            let blanks = std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count()));
            match align {
                Align::Left => line.extend(cell.chars().chain(blanks)),
                Align::Right => line.extend(blanks.chain(cell.chars())),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

impl Step {
    fn title(self) -> &'static str {
        match self {
            Step::DropEmpty(title) | Step::Drop(title) => title,
            Step::Shorten(title, _) | Step::Cut(title, _) | Step::Fewer(title, _) | Step::Fold(title, _) => title,
        }
    }
}

/// `daily,…+2`: the first items of a list, and how many more there are. An item by itself stays as it is.
fn fewer(list: &str, length: usize) -> String {
    let items: Vec<&str> = list.split(',').collect();
    if list.chars().count() <= length || items.len() < 2 {
        return list.to_owned();
    }
    let first = |count: usize| format!("{},…+{}", items[..count].join(","), items.len() - count);
    let fitting = (1..items.len()).rev().map(first).find(|text| text.chars().count() <= length);
    fitting.unwrap_or_else(|| format!("…+{}", items.len()))
}

/// The text without its middle, if it is longer. Of a path the end says more than the beginning.
fn shortened(text: &str, length: usize) -> String {
    let count = text.chars().count();
    if count <= length || length == 0 {
        return text.to_owned();
    }
    let head = (length - 1) / 3;
    let tail = length - 1 - head;
    text.chars().take(head).chain(['…']).chain(text.chars().skip(count - tail)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_does_without() {
        let cell = |line: &str| vec![line.to_owned()];
        let table = |width, steps: &[Step]| {
            let mut table = Table::new(&[("ID", Align::Left), ("Tags", Align::Left), ("Paths", Align::Left)]);
            table.row(vec![cell("1a2b3c4d"), Vec::new(), cell("/home/someone/projects/caddis")]);
            table.row(vec![cell("ffffffff"), Vec::new(), cell("/etc")]);
            table.fit(width, steps);
            table.render()
        };
        let steps = [Step::DropEmpty("Tags"), Step::Shorten("Paths", 10), Step::Cut("ID", 4), Step::Drop("Paths")];
        assert_eq!(table(45, &steps), table(45, &[]));
        assert_eq!(table(44, &steps), table(44, &steps[..1]));
        assert!(!table(44, &steps).contains("Tags") && table(44, &[Step::DropEmpty("ID")]).contains("1a2b3c4d"));
        let line = |width| table(width, &steps).lines().nth(2).map(str::to_owned).unwrap_or_default();
        assert_eq!(line(38), "1a2b3c4d  /home/som…ne/projects/caddis");
        assert_eq!([line(20), line(16)], ["1a2b3c4d  /ho…caddis", "1a2b  /ho…caddis"]);
        assert_eq!(line(15), "1a2b");
        assert!(table(15, &steps).ends_with("\nNot shown for lack of space: Paths\n"), "what was empty is not missed");
        assert!(table(20, &steps).contains("\nffffffff  /etc\n"));
    }

    #[test]
    fn numbers_stay_whole() {
        let mut table = Table::new(&[("ID", Align::Left), ("Text", Align::Left), ("Size", Align::Right)]);
        table.row(["1a2b3c4d", "some longer text", "63.815 MiB"].map(|cell| vec![cell.to_owned()]).into());
        table.fit(20, &[]);
        assert_eq!(table.render().lines().nth(2), Some("1a2b3c4d  some long…  63.815 MiB"));
    }

    #[test]
    fn lists_lose_whole_items_and_sentences_get_lines() {
        assert_eq!(fewer("daily,weekly,x", 14), "daily,weekly,x");
        assert_eq!([fewer("daily,weekly,x", 13), fewer("daily,weekly,x", 8)], ["daily,…+2", "…+3"]);
        assert_eq!(fewer("a-single-long-one", 8), "a-single-long-one");
        let mut table = Table::new(&[("What changed", Align::Left), ("In", Align::Right)]);
        table.row(vec![vec!["content (size, mtime)".to_owned()], vec!["3".to_owned()]]);
        table.fit(20, &[Step::Fold("What changed", 12)]);
        assert_eq!(table.render().lines().nth(2), Some("content (size,   3"));
        assert_eq!(table.render().lines().nth(3), Some("mtime)"));
    }

    #[test]
    fn cells_of_several_lines_are_set_below_one_another() {
        let mut table = Table::new(&[("ID", Align::Left), ("Paths", Align::Left), ("Size", Align::Right)]);
        let cell = |lines: &[&str]| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
        table.row(vec![cell(&["1a2b3c4d"]), cell(&["/home", "/ü"]), cell(&["5 B"])]);
        table.row(vec![cell(&["ffffffff"]), cell(&[]), cell(&["1.000 KiB"])]);
        table.footer("2 snapshots".into());
        let expected = "\
ID        Paths       Size
--------------------------
1a2b3c4d  /home        5 B
          /ü
ffffffff         1.000 KiB
--------------------------
2 snapshots
";
        assert_eq!(table.render(), expected);
    }
}
