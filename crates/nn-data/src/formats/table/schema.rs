//! What the columns of a table become, found out once and then applied to any such table.

use ndarray::Array2;

use super::cells::Cells;
use super::{TableError, TableOptions};
use crate::formats::target::{Raw, TargetKind, TaskChoice, shortened};
use crate::{Column, ColumnKind, Dataset, DatasetError, Features};

/// Names that a target usually has.
const TARGET_NAMES: [&str; 4] = ["target", "label", "class", "y"];

/// Different words of which a column may have any number of rows.
const FEW_WORDS: usize = 20;

/// Different words that a column may have at all.
const MOST_WORDS: usize = 1000;

/// Numbers that a table is turned into at most, 2 GiB of them: a few megabytes of words, each of
/// which becomes a feature, could be turned into more than any machine holds.
const MOST_NUMBERS: usize = 1 << 29;

/// What the columns of a table become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    columns: Vec<Column>,
    target: String,
    kind: TargetKind,
}

impl Schema {
    /// The schema of tables whose features are these columns, and whose target is of this kind. The
    /// target's name may be empty if it isn't known.
    #[must_use]
    pub fn new(columns: Vec<Column>, target: impl Into<String>, kind: TargetKind) -> Self {
        Self { columns, target: target.into(), kind }
    }

    /// The columns that become features.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The name of the target.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// What the target is.
    #[must_use]
    pub fn kind(&self) -> &TargetKind {
        &self.kind
    }

    /// Finds out what the columns of a table are, and which is the target.
    pub(super) fn infer(
        cells: &Cells,
        options: &TableOptions,
    ) -> Result<(Self, usize), TableError> {
        let names = cells.names();
        let target = match &options.target {
            Some(name) => find(names, name)?,
            None => usual_target(names),
        };
        let dropped: Vec<usize> =
            options.drop.iter().map(|name| find(names, name)).collect::<Result<_, _>>()?;
        let features: Vec<usize> =
            (0..names.len()).filter(|i| *i != target && !dropped.contains(i)).collect();
        let target_name = names[target].clone();
        if features.is_empty() {
            return Err(TableError::NoFeatures { target: target_name });
        }
        cells.check_missing(&[&features[..], &[target]].concat())?;
        let columns = features
            .iter()
            .map(|&i| Ok(Column { name: names[i].clone(), kind: kind_of(cells, i)? }))
            .collect::<Result<_, TableError>>()?;
        let kind = raw_target(cells, target, options.task == TaskChoice::Regression)?
            .kind(options.task)
            .map_err(|error| TableError::Target { column: target_name.clone(), error })?;
        Ok((Self { columns, target: target_name, kind }, target))
    }

    /// Which column of another table is the target.
    pub(super) fn find_target(
        &self,
        cells: &Cells,
        options: &TableOptions,
    ) -> Result<usize, TableError> {
        let names = cells.names();
        if let Some(name) = &options.target {
            return find(names, name);
        }
        if let Some(place) = names.iter().position(|name| *name == self.target) {
            return Ok(place);
        }
        let known = |name: &String| self.columns.iter().any(|column| column.name == *name);
        let others: Vec<usize> = (0..names.len()).filter(|&i| !known(&names[i])).collect();
        if let [only] = others[..] {
            return Ok(only);
        }
        let usual = usual_target(names);
        if others.contains(&usual) && TARGET_NAMES.contains(&&*names[usual].to_lowercase()) {
            return Ok(usual);
        }
        let columns: Vec<String> = others.iter().map(|&i| names[i].clone()).collect();
        let columns = if columns.is_empty() { "none".to_owned() } else { shortened(&columns) };
        Err(TableError::WhichTarget { columns })
    }

    /// Makes a dataset of a table whose target stands in this column.
    pub(super) fn encode(
        &self,
        cells: &Cells,
        target: usize,
        name: &str,
        image_shape: Option<(usize, usize)>,
    ) -> Result<Dataset, TableError> {
        let places = places(cells, &self.columns)?;
        cells.check_missing(&[&places[..], &[target]].concat())?;
        let features = match image_shape {
            None => Features::F32(numbers(cells, &self.columns, &places)?),
            Some(shape) => Features::U8(pixels(cells, &places, shape)?),
        };
        let blame = |error| TableError::Target { column: self.target.clone(), error };
        let of_numbers = self.kind == TargetKind::Number;
        let raw = raw_target(cells, target, of_numbers)?;
        let dataset = match (&self.kind, raw) {
            (TargetKind::Classes(names), raw) => {
                let labels = raw.labels(names).map_err(blame)?;
                Dataset::new(name, features, labels, names.clone())
            }
            (TargetKind::Number, Raw::Numbers(values)) => {
                Dataset::regression(name, features, values, self.target.clone())
            }
            (TargetKind::Number, Raw::Words(words)) => {
                let word = words.into_iter().next().unwrap_or_default();
                return Err(blame(crate::formats::TargetError::Words { word }));
            }
        };
        let dataset = dataset.and_then(|dataset| match image_shape {
            None => dataset.with_columns(self.columns.clone()),
            Some((rows, columns)) => dataset.with_image_shape(rows, columns),
        });
        dataset.map_err(|error: DatasetError| TableError::Unreadable(error.to_string()))
    }
}

/// The features of every row, and the line it begins in.
pub(super) fn encode_rows(
    cells: &Cells,
    columns: &[Column],
) -> Result<Vec<(u64, Vec<f32>)>, TableError> {
    let places = places(cells, columns)?;
    cells.check_missing(&places)?;
    let numbers = numbers(cells, columns, &places)?;
    let rows = numbers.rows().into_iter().enumerate();
    Ok(rows.map(|(row, features)| (cells.line(row), features.to_vec())).collect())
}

/// The place of a column that a user named: by its name, or counted from 0, or from −1 at the end.
fn find(names: &[String], wanted: &str) -> Result<usize, TableError> {
    if let Some(place) = names.iter().position(|name| name == wanted) {
        return Ok(place);
    }
    let place = wanted.parse::<i64>().ok().and_then(|number| {
        let place = usize::try_from(number.unsigned_abs()).ok()?;
        let place = if number < 0 { names.len().checked_sub(place)? } else { place };
        (place < names.len()).then_some(place)
    });
    place.ok_or_else(|| TableError::NoSuchColumn {
        name: wanted.to_owned(),
        columns: shortened(names),
    })
}

/// The only column with a name that targets usually have, or else the last.
fn usual_target(names: &[String]) -> usize {
    let usual = |name: &String| TARGET_NAMES.contains(&&*name.to_lowercase());
    let found: Vec<usize> = (0..names.len()).filter(|&i| usual(&names[i])).collect();
    match found[..] {
        [only] => only,
        _ => names.len() - 1,
    }
}

/// Whether a column holds numbers or words. A word among numbers is an error of that cell.
fn kind_of(cells: &Cells, column: usize) -> Result<ColumnKind, TableError> {
    let is_number = |cell: &str| cell.parse::<f64>().is_ok();
    let rows = cells.num_rows();
    let of_numbers = cells.column(column).filter(|cell| is_number(cell)).count();
    if of_numbers == rows {
        return Ok(ColumnKind::Number);
    }
    if 2 * of_numbers > rows {
        let row = cells.column(column).position(|cell| !is_number(cell)).unwrap_or(0);
        cells.number(row, column)?;
    }
    let mut words: Vec<&str> = cells.column(column).collect();
    words.sort_unstable();
    words.dedup();
    let (count, name) = (words.len(), &cells.names()[column]);
    if count > MOST_WORDS || (count > FEW_WORDS && 2 * count > rows) {
        return Err(TableError::TooManyWords { column: name.clone(), words: count, rows });
    }
    Ok(ColumnKind::Category(words.into_iter().map(str::to_owned).collect()))
}

/// The target as numbers where all cells are, or must be.
fn raw_target(cells: &Cells, target: usize, numbers: bool) -> Result<Raw, TableError> {
    let all = cells.column(target).all(|cell| cell.parse::<f64>().is_ok());
    if all || numbers {
        let values = (0..cells.num_rows()).map(|row| cells.number(row, target));
        return Ok(Raw::Numbers(values.collect::<Result<_, _>>()?));
    }
    Ok(Raw::Words(cells.column(target).map(str::to_owned).collect()))
}

/// Where the columns of a schema stand in a table: by name, or in order where there are no names.
fn places(cells: &Cells, columns: &[Column]) -> Result<Vec<usize>, TableError> {
    let names = cells.names();
    if !cells.is_named() && names.len() == columns.len() {
        return Ok((0..columns.len()).collect());
    }
    let place = |column: &Column| {
        names.iter().position(|name| *name == column.name).ok_or_else(|| {
            if cells.is_named() {
                TableError::NoSuchColumn { name: column.name.clone(), columns: shortened(names) }
            } else {
                let (expected, found) = (columns.len(), names.len());
                TableError::Ragged { line: cells.line(0), expected, found }
            }
        })
    };
    columns.iter().map(place).collect()
}

fn numbers(cells: &Cells, columns: &[Column], places: &[usize]) -> Result<Array2<f32>, TableError> {
    let width: usize = columns.iter().map(Column::num_features).sum();
    if cells.num_rows().checked_mul(width).is_none_or(|numbers| numbers > MOST_NUMBERS) {
        let (rows, features, limit) = (cells.num_rows(), width, MOST_NUMBERS);
        return Err(TableError::TooManyNumbers { rows, features, limit });
    }
    let mut features = Array2::zeros((cells.num_rows(), width));
    for (row, mut features) in features.rows_mut().into_iter().enumerate() {
        let mut at = 0;
        for (column, &place) in columns.iter().zip(places) {
            match &column.kind {
                ColumnKind::Number => features[at] = cells.number(row, place)? as f32,
                ColumnKind::Category(words) => {
                    let found = cells.get(row, place);
                    let Some(word) = words.iter().position(|word| word == found) else {
                        return Err(TableError::UnknownWord {
                            line: cells.line(row),
                            column: column.name.clone(),
                            found: found.to_owned(),
                            words: shortened(words),
                        });
                    };
                    features[at + word] = 1.0;
                }
            }
            at += column.num_features();
        }
    }
    Ok(features)
}

fn pixels(
    cells: &Cells,
    places: &[usize],
    (rows, columns): (usize, usize),
) -> Result<Array2<u8>, TableError> {
    if rows.checked_mul(columns) != Some(places.len()) {
        return Err(TableError::ImageShape { rows, columns, features: places.len() });
    }
    let mut pixels = Vec::with_capacity(cells.num_rows() * places.len());
    for row in 0..cells.num_rows() {
        for &place in places {
            let text = cells.get(row, place);
            let number = text.parse::<f64>().ok();
            let pixel = number.filter(|n| n.fract() == 0.0 && (0.0..=255.0).contains(n));
            pixels.push(pixel.ok_or_else(|| TableError::NotAPixel {
                line: cells.line(row),
                column: cells.names()[place].clone(),
                found: text.to_owned(),
            })? as u8);
        }
    }
    Ok(Array2::from_shape_vec((cells.num_rows(), places.len()), pixels)
        .expect("a pixel for every row and place"))
}
