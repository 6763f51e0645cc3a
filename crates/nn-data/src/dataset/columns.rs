//! [`Column`]: a column of a table, and the features it becomes.

/// A column of a table as it becomes features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name: that of the header, or its number, counted from 0.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a [`Column`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Numbers: one feature.
    Number,
    /// One of these words: a feature each, 1 for the word that stands there and 0 for the others.
    Category(Vec<String>),
}

impl Column {
    /// A column of numbers.
    #[must_use]
    pub fn number(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: ColumnKind::Number }
    }

    /// Columns of numbers that are named by their places: `0`, `1`, …
    #[must_use]
    pub fn numbered(count: usize) -> Vec<Self> {
        (0..count).map(|i| Self::number(i.to_string())).collect()
    }

    /// How many features the column becomes.
    #[must_use]
    pub fn num_features(&self) -> usize {
        match &self.kind {
            ColumnKind::Number => 1,
            ColumnKind::Category(words) => words.len(),
        }
    }
}
