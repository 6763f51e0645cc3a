//! The cells of a table as text, with the names of its columns.

use super::TableError;

/// Whether the first row names the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Header {
    /// It does if none of its cells is a number.
    #[default]
    Auto,
    /// It does.
    Yes,
    /// It is data; columns are named by their places, counted from 0.
    No,
}

/// What stands in a cell in which nothing stands: pandas' list, and the `?` of many collections.
const MISSING: [&str; 19] = [
    "", "?", "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NULL", "null", "NaN", "nan",
    "-NaN", "-nan", "None", "1.#QNAN", "1.#IND", "-1.#IND",
];

/// A table of text, each row of as many cells as there are columns.
#[derive(Debug)]
pub(super) struct Cells {
    names: Vec<String>,
    named: bool,
    text: String,
    /// Where each cell ends in `text`.
    ends: Vec<u32>,
    /// The line of the file that each row begins in, counted from 1.
    lines: Vec<u64>,
}

impl Cells {
    /// Reads all of a table, whose bytes must be fewer than 2³².
    pub(super) fn read(
        bytes: &[u8],
        header: Header,
        delimiter: Option<u8>,
    ) -> Result<Self, TableError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let delimiter = delimiter.unwrap_or_else(|| sniff(bytes));
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .delimiter(delimiter)
            .from_reader(bytes);
        let mut cells = Self {
            names: Vec::new(),
            named: false,
            text: String::new(),
            ends: Vec::new(),
            lines: Vec::new(),
        };
        let mut record = csv::StringRecord::new();
        let mut first = true;
        while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
            let line = line_of(&record, bytes);
            if first {
                first = false;
                cells.named = match header {
                    Header::Yes => true,
                    Header::No => false,
                    Header::Auto => !record.iter().any(|cell| cell.parse::<f64>().is_ok()),
                };
                cells.names = if cells.named {
                    names(&record)?
                } else {
                    (0..record.len()).map(|i| i.to_string()).collect()
                };
                if cells.named {
                    continue;
                }
            }
            let (expected, found) = (cells.names.len(), record.len());
            if expected != found {
                return Err(TableError::Ragged { line, expected, found });
            }
            for cell in &record {
                cells.text.push_str(cell);
                let end = u32::try_from(cells.text.len());
                cells.ends.push(end.map_err(|_| TableError::TooLong)?);
            }
            cells.lines.push(line);
        }
        if cells.lines.is_empty() {
            return Err(TableError::NoRows { named: cells.named });
        }
        Ok(cells)
    }

    pub(super) fn num_rows(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether the names stand in the file.
    pub(super) fn is_named(&self) -> bool {
        self.named
    }

    /// The line of the file that a row begins in, counted from 1.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// The text of a cell, without white space around it.
    pub(super) fn get(&self, row: usize, column: usize) -> &str {
        let cell = row * self.names.len() + column;
        let start = cell.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[start..self.ends[cell] as usize]
    }

    /// The cells of a column.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = &str> + Clone {
        (0..self.num_rows()).map(move |row| self.get(row, column))
    }

    /// The number in a cell.
    pub(super) fn number(&self, row: usize, column: usize) -> Result<f64, TableError> {
        let text = self.get(row, column);
        let place = || (self.line(row), self.names[column].clone(), text.to_owned());
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number.abs() <= f64::from(f32::MAX) => Ok(number),
            Ok(_) => {
                let (line, column, found) = place();
                Err(TableError::NotFinite { line, column, found })
            }
            Err(_) => {
                let (line, column, found) = place();
                Err(TableError::NotANumber { line, column, found })
            }
        }
    }

    /// Refuses cells of these columns in which nothing stands.
    pub(super) fn check_missing(&self, columns: &[usize]) -> Result<(), TableError> {
        let mut first = None;
        let mut count = 0;
        for row in 0..self.num_rows() {
            for &column in columns {
                if MISSING.contains(&self.get(row, column)) {
                    count += 1;
                    first = first.or(Some((row, column)));
                }
            }
        }
        let Some((row, column)) = first else { return Ok(()) };
        let found = self.get(row, column).to_owned();
        let (line, column) = (self.line(row), self.names[column].clone());
        Err(TableError::Missing { line, column, found, count })
    }
}

/// The line that a record begins in. Its position is that of the blank lines before it, if any.
fn line_of(record: &csv::StringRecord, bytes: &[u8]) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let rest = &bytes[(position.byte() as usize).min(bytes.len())..];
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    position.line() + blank.filter(|&&byte| byte == b'\n').count() as u64
}

fn names(record: &csv::StringRecord) -> Result<Vec<String>, TableError> {
    let mut names: Vec<String> = Vec::with_capacity(record.len());
    let mut seen = std::collections::HashSet::new();
    for (i, name) in record.iter().enumerate() {
        // The column of row numbers that pandas writes has no name.
        let name = if name.is_empty() { format!("unnamed {i}") } else { name.to_owned() };
        if !seen.insert(name.clone()) {
            return Err(TableError::TwoColumns { name });
        }
        names.push(name);
    }
    Ok(names)
}

/// The separator that is most frequent in the first line, outside quotes; a comma if there is none.
fn sniff(bytes: &[u8]) -> u8 {
    let start = bytes.iter().position(|&byte| byte != b'\n' && byte != b'\r').unwrap_or(0);
    let mut counts = [(b',', 0), (b'\t', 0), (b';', 0), (b'|', 0)];
    let mut quoted = false;
    for &byte in &bytes[start..] {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => {
                if let Some((_, count)) = counts.iter_mut().find(|(sep, _)| *sep == byte) {
                    *count += 1;
                }
            }
        }
    }
    // Of equals the first is meant.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| *separator)
}

fn unreadable(error: &csv::Error) -> TableError {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, err } => TableError::NotText {
            line: pos.as_ref().map_or(0, csv::Position::line),
            field: err.field(),
        },
        _ => TableError::Unreadable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Cells {
        Cells::read(text.as_bytes(), Header::Auto, None).unwrap()
    }

    #[test]
    fn headers_and_separators_are_found() {
        let cells = read("\u{feff}a,b\n1, x y \n\n2,\"q,\"\"r\"\"\"\n");
        assert_eq!(
            (cells.names(), cells.is_named()),
            (&["a".to_owned(), "b".to_owned()][..], true)
        );
        assert_eq!(cells.column(1).collect::<Vec<_>>(), ["x y", "q,\"r\""]);
        assert_eq!((cells.line(0), cells.line(1)), (2, 4));
        let cells = read("1;2,5;3\n3;4,5;6");
        assert_eq!((cells.names().len(), cells.is_named(), cells.get(1, 1)), (3, false, "4,5"));
        assert_eq!(read("a\tb,c\td\n1\t2\t3").names(), ["a", "b,c", "d"]);
        assert_eq!(read("one\n1\n2").num_rows(), 2);
        let forced = Cells::read(b"x,y\nz,w\n", Header::No, None).unwrap();
        assert_eq!((forced.num_rows(), forced.names()), (2, &["0".to_owned(), "1".to_owned()][..]));
    }

    #[test]
    fn what_is_no_table_is_said_with_its_line() {
        let refuse = |bytes: &[u8], expected: &str| {
            let error = Cells::read(bytes, Header::Auto, None).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        refuse(b"", "found nothing");
        refuse(b"a,b\n", "found only a header");
        refuse(b"a,b\n1,2\n1,2,3\n", "line 3: expected 2 cells, found 3");
        refuse(b"a,a\n1,2\n", "two columns named `a`");
        refuse(b"a,b\n1,\xff\n", "line 2");
    }

    proptest! {
        #[test]
        fn no_bytes_cause_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Cells::read(&bytes, Header::Auto, None);
        }

        #[test]
        fn cells_come_back(
            rows in prop::collection::vec(prop::collection::vec("[ -~]{0,8}", 3), 1..10),
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let cells = Cells::read(&bytes, Header::No, Some(b',')).unwrap();
            prop_assert_eq!(cells.num_rows(), rows.len());
            for (i, row) in rows.iter().enumerate() {
                for (j, text) in row.iter().enumerate() {
                    prop_assert_eq!(cells.get(i, j), text.trim());
                }
            }
        }
    }
}
