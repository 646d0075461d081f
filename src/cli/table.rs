//! Tables in plain text: a heading, rules, cells of several lines, columns as wide as they must be.
use std::fmt::Write;

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Rows are added one by one; a cell is a list of lines.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<Vec<String>>>,
    footer: String,
}

impl Table {
    /// With a heading for each column.
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Table { columns: columns.to_vec(), rows: Vec::new(), footer: String::new() }
    }

    /// One row; missing cells are empty.
    pub fn row(&mut self, cells: Vec<Vec<String>>) {
        self.rows.push(cells);
    }

    /// A line below everything.
    pub fn footer(&mut self, text: String) {
        self.footer = text;
    }

    /// The whole table, each line ended.
    pub fn render(&self) -> String {
        let widths: Vec<usize> = (0..self.columns.len()).map(|column| self.width(column)).collect();
        let total = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
        let rule = "-".repeat(total);
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
        text
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column)).flatten().map(|line| line.chars().count());
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

#[cfg(test)]
mod tests {
    use super::*;

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
