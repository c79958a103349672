//! Columns that stay straight beside Chinese text, which takes two cells a character.

use unicode_width::UnicodeWidthStr;

/// Text filled up with spaces to a width in terminal cells.
pub(crate) fn pad(text: &str, cells: usize) -> String {
    let missing = cells.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

/// Rows of cells in straight columns, two spaces between.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| pad(cell, *width)).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// Lines of a label and a value: what a thing says of itself.
#[derive(Default)]
pub(crate) struct Sheet {
    rows: Vec<(String, String)>,
}

impl Sheet {
    /// Adds a line. What files say is kept on one line and free of terminal controls.
    pub(crate) fn line(&mut self, label: impl Into<String>, value: impl AsRef<str>) {
        self.rows.push((label.into(), crate::failure::one_line(value.as_ref())));
    }

    /// Adds a line if there is something to say.
    pub(crate) fn maybe(&mut self, label: impl Into<String>, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.line(label, value);
        }
    }

    /// The lines, labels in one column; `indent` spaces in front.
    pub(crate) fn text(&self, indent: usize) -> String {
        let width = self.rows.iter().map(|(label, _)| label.width()).max().unwrap_or(0);
        let indent = " ".repeat(indent);
        self.rows.iter().map(|(label, value)| format!("{indent}{}  {value}\n", pad(label, width))).collect()
    }
}

/// Lower-case hexadecimal, two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_straight_beside_wide_characters() {
        let rows = vec![vec!["印章".to_owned(), "x".to_owned()], vec!["seal no. 1".to_owned(), "y".to_owned()]];
        assert_eq!(table(&rows), "印章        x\nseal no. 1  y\n");
        let mut sheet = Sheet::default();
        sheet.line("名称", "甲\n乙");
        sheet.line("a", "b");
        assert_eq!(sheet.text(1), " 名称  甲 乙\n a     b\n");
    }
}
