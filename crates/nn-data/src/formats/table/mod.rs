//! Tables of comma- or tab-separated values: a row per sample, a column of which is the target.
//!
//! The first row may name the columns. Columns of numbers become a feature each, columns of words
//! one feature per word (one-hot), and the target a class or a number. What a table's columns became
//! is its [`Schema`], by which other tables of the same kind are read: test data, or rows that a
//! model is to predict.

mod cells;
mod schema;

pub use cells::Header;
pub use schema::Schema;

use std::path::Path;

use super::TargetError;
use super::target::TaskChoice;
use crate::{DataError, Dataset};
use cells::Cells;

/// How a table is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableOptions {
    /// The column to predict: its name, or its place counted from 0, or from −1 at the end. Unless it
    /// is named, it is the column called `target`, `label`, `class` or `y`, or else the last.
    pub target: Option<String>,
    /// Columns that are left out, named as the target is.
    pub drop: Vec<String>,
    /// Whether the first row names the columns.
    pub header: Header,
    /// What stands between cells; by default the most frequent of `,`, tab, `;` and `|` in the first
    /// line.
    pub delimiter: Option<u8>,
    /// Whether classes or numbers are predicted.
    pub task: TaskChoice,
    /// Rows and columns of the image that each row is, its features being pixels from 0 to 255.
    pub image_shape: Option<(usize, usize)>,
}

/// Why a file is no table that can be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// No row of data.
    #[error("expected rows of cells, found {}", if *.named { "only a header" } else { "nothing" })]
    NoRows {
        /// There is a header.
        named: bool,
    },
    /// More text than can be counted.
    #[error("expected less than 4 GB of text, found more")]
    TooLong,
    /// Bytes that are no text.
    #[error("line {line}, column {field}: expected UTF-8 text, found other bytes")]
    NotText {
        /// The line, counted from 1.
        line: u64,
        /// The column, counted from 0.
        field: usize,
    },
    /// The reader gave up.
    #[error("{0}")]
    Unreadable(String),
    /// A row of another length.
    #[error("line {line}: expected {expected} cells, found {found}")]
    Ragged {
        /// The line, counted from 1.
        line: u64,
        /// Cells of the first row.
        expected: usize,
        /// Cells of this row.
        found: usize,
    },
    /// A name that stands twice in the header.
    #[error("expected a header of different names, found two columns named `{name}`")]
    TwoColumns {
        /// The name.
        name: String,
    },
    /// A column that isn't there.
    #[error("expected one of the columns {columns}, found `{name}`")]
    NoSuchColumn {
        /// The name asked for.
        name: String,
        /// The names there are.
        columns: String,
    },
    /// Nothing is left beside the target.
    #[error("expected a column of features beside the target `{target}`, found none")]
    NoFeatures {
        /// The target.
        target: String,
    },
    /// A cell with nothing in it.
    #[error(
        "line {line}, column `{column}`: expected a value, found `{found}` (a missing value; \
         {count} in all)"
    )]
    Missing {
        /// The line, counted from 1.
        line: u64,
        /// The column.
        column: String,
        /// What stands there.
        found: String,
        /// Missing values in the whole table.
        count: usize,
    },
    /// Text where numbers are.
    #[error("line {line}, column `{column}`: expected a number, found `{found}`")]
    NotANumber {
        /// The line, counted from 1.
        line: u64,
        /// The column.
        column: String,
        /// The text.
        found: String,
    },
    /// A number beyond what a network can take.
    #[error("line {line}, column `{column}`: expected a finite number, found {found}")]
    NotFinite {
        /// The line, counted from 1.
        line: u64,
        /// The column.
        column: String,
        /// The number as it stands there.
        found: String,
    },
    /// A word that a column did not have before.
    #[error("line {line}, column `{column}`: expected one of {words}, found `{found}`")]
    UnknownWord {
        /// The line, counted from 1.
        line: u64,
        /// The column.
        column: String,
        /// The word.
        found: String,
        /// The words known.
        words: String,
    },
    /// Words of which nearly each is another: names, identifiers, sentences.
    #[error(
        "column `{column}`: expected numbers, or words that come again and again, found {words} \
         different words in {rows} rows"
    )]
    TooManyWords {
        /// The column.
        column: String,
        /// Its different words.
        words: usize,
        /// Rows of the table.
        rows: usize,
    },
    /// More numbers than a table is turned into.
    #[error(
        "expected at most {limit} numbers when words are one feature each, found {rows} rows of \
         {features}"
    )]
    TooManyNumbers {
        /// Rows of the table.
        rows: usize,
        /// Features of a row, a word of a column being one.
        features: usize,
        /// The most numbers there may be.
        limit: usize,
    },
    /// A pixel that is none.
    #[error("line {line}, column `{column}`: expected a pixel from 0 to 255, found `{found}`")]
    NotAPixel {
        /// The line, counted from 1.
        line: u64,
        /// The column.
        column: String,
        /// What stands there.
        found: String,
    },
    /// The features of a row don't make the image asked for.
    #[error("expected {rows}×{columns} pixels a row, found {features} columns beside the target")]
    ImageShape {
        /// Rows of the image.
        rows: usize,
        /// Columns of the image.
        columns: usize,
        /// Columns of the table that aren't the target.
        features: usize,
    },
    /// The target isn't what it has to be.
    #[error("column `{column}`: {error}")]
    Target {
        /// The column.
        column: String,
        /// What is wrong.
        error: TargetError,
    },
    /// Several columns could be the target.
    #[error("expected one column beside the model's, found {columns}")]
    WhichTarget {
        /// The columns that the model doesn't know.
        columns: String,
    },
}

/// Reads a table from its bytes, and says what its columns became.
///
/// With a `schema` the columns are those of an earlier table: they may stand in another order, and
/// others beside them are ignored.
///
/// # Errors
///
/// [`TableError`] names the line and the column.
pub fn parse_table(
    name: &str,
    bytes: &[u8],
    options: &TableOptions,
    schema: Option<&Schema>,
) -> Result<(Dataset, Schema), TableError> {
    let cells = Cells::read(bytes, options.header, options.delimiter)?;
    let (schema, target) = match schema {
        Some(schema) => (schema.clone(), schema.find_target(&cells, options)?),
        None => Schema::infer(&cells, options)?,
    };
    let dataset = schema.encode(&cells, target, name, options.image_shape)?;
    Ok((dataset, schema))
}

/// The raw features of the rows of a table whose columns are these, and the line of each row. Other
/// columns are ignored.
///
/// # Errors
///
/// [`TableError`] names the line and the column.
pub fn parse_rows(
    bytes: &[u8],
    columns: &[crate::Column],
    options: &TableOptions,
) -> Result<Vec<(u64, Vec<f32>)>, TableError> {
    let cells = Cells::read(bytes, options.header, options.delimiter)?;
    schema::encode_rows(&cells, columns)
}

/// Reads the table at `path`, which may be gzipped; see [`parse_table`].
pub(super) fn read_table(
    path: &Path,
    options: &TableOptions,
    schema: Option<&Schema>,
    limit: u64,
) -> Result<(Dataset, Schema), DataError> {
    let bytes = super::files::read_limited(path, limit)?;
    let name = super::files::title(path);
    parse_table(&name, &bytes, options, schema)
        .map_err(|error| DataError::Table { path: path.to_path_buf(), error })
}
