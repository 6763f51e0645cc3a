//! The payload of a model file: the model in the order it is written and read.
//!
//! Its bytes are those of one struct of a [`Head`], the means and deviations of the
//! normalisation (`Vec<f64>`, empty if there are none), the class names (`Vec<String>`) and
//! the layers (a `Vec` of weights and biases, each a `Vec` of numbers); since format version 2
//! followed by the [`Meaning`] and the columns (a `Vec` of [`TableColumn`]). It is written and
//! read piece by piece so that the long ones are never held a second time.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use super::{Limits, ModelFileError};
use crate::codec::{Decoder, Encoder, PutError};
use crate::container::Payload;
use crate::{
    Activation, Column, ColumnKind, Cost, Error, ImagePreparation, Layer, Matrix, Model, Network,
    NetworkBuilder, Normalization, Provenance, Scalar, TargetScale, Task,
};

/// All but the long sequences.
///
/// These types are the file's own, apart from those of [`Model`], so that a change there
/// cannot change the format unnoticed.
#[derive(Serialize, Deserialize)]
struct Head {
    /// [`Scalar::NAME`].
    scalar: String,
    /// Units per layer, from the input to the output.
    sizes: Vec<u64>,
    /// Names of σ of the layers 2 to L.
    activations: Vec<String>,
    cost: String,
    normalization: HeadNormalization,
    /// Rows and columns.
    image_shape: Option<(u64, u64)>,
    provenance: HeadProvenance,
}

/// [`Normalization`], whose sequences follow the head.
#[derive(Serialize, Deserialize)]
enum HeadNormalization {
    None,
    Scale(f64),
    Standardize,
}

/// [`Task`].
#[derive(Serialize, Deserialize)]
enum Meaning {
    Classification,
    Regression { mean: f64, deviation: f64 },
}

/// [`ImagePreparation`].
#[derive(Serialize, Deserialize)]
enum Preparation {
    Digit,
    Resize,
}

/// [`Column`].
#[derive(Serialize, Deserialize)]
struct TableColumn {
    name: String,
    kind: TableColumnKind,
}

/// [`ColumnKind`].
#[derive(Serialize, Deserialize)]
enum TableColumnKind {
    Number,
    Category(Vec<String>),
}

/// [`Provenance`].
#[derive(Serialize, Deserialize)]
struct HeadProvenance {
    dataset: String,
    dataset_sha256: String,
    recipe: String,
    seed: u64,
    epochs: u64,
    test_accuracy: Option<f64>,
    version: String,
}

/// Refuses a model that could not be read back.
pub(super) fn check_writable<T: Scalar>(model: &Model<T>) -> Result<(), ModelFileError> {
    let custom = |kind, name: &str| Err(ModelFileError::Custom { kind, name: name.to_owned() });
    for layer in model.network.layers() {
        if let Activation::Custom(function) = layer.activation() {
            return custom("activation", function.name());
        }
    }
    if let Cost::Custom(function) = &model.cost {
        return custom("cost", function.name());
    }
    check(model)
}

/// What holds for every model, written or read.
fn check<T: Scalar>(model: &Model<T>) -> Result<(), ModelFileError> {
    if let Some(layer) = model.network.first_non_finite_layer() {
        return Err(ModelFileError::NotFinite { layer });
    }
    Ok(model.check()?)
}

/// The oldest format version that has a place for all of the model.
pub(super) fn version<T: Scalar>(model: &Model<T>) -> u32 {
    let of_old = model.task == Task::Classification
        && model.image_preparation == ImagePreparation::Digit
        && model.columns.is_empty();
    if of_old { 1 } else { 2 }
}

/// Writes a model that [`check_writable`] has passed.
pub(super) fn write<T: Scalar>(
    model: &Model<T>,
    encoder: &mut Encoder<impl Write>,
) -> Result<(), ModelFileError> {
    let put = |part: &'static str| {
        move |error| match error {
            PutError::Io(error) => ModelFileError::Io(error),
            PutError::TooLong => ModelFileError::TooLong { part },
        }
    };
    encoder.put(&head(model)).map_err(put("description"))?;
    let (means, deviations): (&[f64], &[f64]) = match &model.normalization {
        Normalization::Standardize { means, deviations } => (means, deviations),
        _ => (&[], &[]),
    };
    encoder.put_all(means.iter()).map_err(put("normalisation"))?;
    encoder.put_all(deviations.iter()).map_err(put("normalisation"))?;
    encoder.put_all(model.class_names.iter()).map_err(put("name of a class"))?;
    encoder.put(&(model.network.layers().len() as u64)).map_err(put("layers"))?;
    for layer in model.network.layers() {
        encoder.put_all(layer.weights().iter()).map_err(put("weights"))?;
        encoder.put_all(layer.biases().iter()).map_err(put("biases"))?;
    }
    if version(model) >= 2 {
        encoder.put(&meaning(model.task)).map_err(put("task"))?;
        let preparation = match model.image_preparation {
            ImagePreparation::Digit => Preparation::Digit,
            ImagePreparation::Resize => Preparation::Resize,
        };
        encoder.put(&preparation).map_err(put("preparation of images"))?;
        encoder.put(&(model.columns.len() as u64)).map_err(put("columns"))?;
        for Column { name, kind } in &model.columns {
            let kind = match kind {
                ColumnKind::Number => TableColumnKind::Number,
                ColumnKind::Category(words) => TableColumnKind::Category(words.clone()),
            };
            encoder.put(&TableColumn { name: name.clone(), kind }).map_err(put("column"))?;
        }
    }
    Ok(())
}

fn meaning(task: Task) -> Meaning {
    match task {
        Task::Classification => Meaning::Classification,
        Task::Regression(TargetScale { mean, deviation }) => {
            Meaning::Regression { mean, deviation }
        }
    }
}

fn head<T: Scalar>(model: &Model<T>) -> Head {
    let Provenance { dataset, dataset_sha256, recipe, seed, epochs, test_accuracy, version } =
        model.provenance.clone();
    Head {
        scalar: T::NAME.to_owned(),
        sizes: model.network.sizes().into_iter().map(|size| size as u64).collect(),
        activations: {
            let layers = model.network.layers().iter();
            layers.map(|layer| layer.activation().name().to_owned()).collect()
        },
        cost: model.cost.name().to_owned(),
        normalization: match model.normalization {
            Normalization::None => HeadNormalization::None,
            Normalization::Scale(factor) => HeadNormalization::Scale(factor),
            Normalization::Standardize { .. } => HeadNormalization::Standardize,
        },
        image_shape: model.image_shape.map(|(rows, cols)| (rows as u64, cols as u64)),
        provenance: HeadProvenance {
            dataset,
            dataset_sha256,
            recipe,
            seed,
            epochs,
            test_accuracy,
            version,
        },
    }
}

/// Reads a model of this format version and checks it.
pub(super) fn read<T: Scalar>(
    decoder: &mut Decoder<Payload>,
    file_version: u32,
    limits: Limits,
) -> Result<Model<T>, ModelFileError> {
    let head: Head = get(decoder, "description")?;
    if head.scalar != T::NAME {
        return Err(ModelFileError::ScalarType { expected: T::NAME, found: head.scalar });
    }
    let cost: Cost = head.cost.parse()?;
    let activations = head.activations.iter().map(|name| name.parse());
    let activations = activations.collect::<Result<Vec<Activation>, Error>>()?;

    // Shapes first: what they ask for must be possible, within the limit and really there,
    // before anything is allocated for it.
    let sizes = head.sizes.iter().map(|&size| to_usize(size));
    let sizes = sizes.collect::<Result<Vec<usize>, ModelFileError>>()?;
    let network_bytes = NetworkBuilder::<T>::new(&sizes).bytes()?;
    if network_bytes as u64 > limits.max_bytes {
        let (bytes, limit) = (network_bytes as u64, limits.max_bytes);
        return Err(ModelFileError::TooLarge { bytes, limit });
    }
    expect_count("activations", sizes.len() as u64 - 1, activations.len() as u64)?;
    let parameters: usize = sizes.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum();
    expect_bytes("weights", decoder, parameters as u64 * size_of::<T>() as u64)?;

    let standardized = matches!(head.normalization, HeadNormalization::Standardize);
    let features = if standardized { sizes[0] } else { 0 };
    let means = get_numbers(decoder, "means of the normalisation", features)?;
    let deviations = get_numbers(decoder, "deviations of the normalisation", features)?;
    let class_names = get_names(decoder, sizes[sizes.len() - 1])?;

    let count = get(decoder, "number of layers")?;
    expect_count("layers", activations.len() as u64, count)?;
    let mut layers = Vec::with_capacity(activations.len());
    for ((pair, activation), l) in sizes.windows(2).zip(activations).zip(2..) {
        let weights = get_matrix(decoder, "weights", l, pair[0], pair[1])?;
        let biases = get_matrix(decoder, "biases", l, 1, pair[1])?;
        layers.push(Layer { weights, biases, activation });
    }

    let (task, image_preparation, columns) = match file_version {
        1 => (Task::Classification, ImagePreparation::Digit, Vec::new()),
        _ => (get_task(decoder)?, get_preparation(decoder)?, get_columns(decoder, sizes[0])?),
    };
    let HeadProvenance { dataset, dataset_sha256, recipe, seed, epochs, test_accuracy, version } =
        head.provenance;
    let model = Model {
        network: Network::from_layers(layers)?,
        cost,
        normalization: match head.normalization {
            HeadNormalization::None => Normalization::None,
            HeadNormalization::Scale(factor) => Normalization::Scale(factor),
            HeadNormalization::Standardize => Normalization::Standardize { means, deviations },
        },
        task,
        class_names,
        image_shape: match head.image_shape {
            Some((rows, cols)) => Some((to_usize(rows)?, to_usize(cols)?)),
            None => None,
        },
        image_preparation,
        columns,
        provenance: Provenance {
            dataset,
            dataset_sha256,
            recipe,
            seed,
            epochs,
            test_accuracy,
            version,
        },
    };
    check(&model)?;
    // One model has one file, so a file that an older version would do for is not ours.
    if self::version(&model) != file_version {
        return Err(ModelFileError::Payload { part: "task", reason: "needs no version 2" });
    }
    Ok(model)
}

fn get_task(decoder: &mut Decoder<Payload>) -> Result<Task, ModelFileError> {
    Ok(match get(decoder, "task")? {
        Meaning::Classification => Task::Classification,
        Meaning::Regression { mean, deviation } => {
            Task::Regression(TargetScale { mean, deviation })
        }
    })
}

fn get_preparation(decoder: &mut Decoder<Payload>) -> Result<ImagePreparation, ModelFileError> {
    Ok(match get(decoder, "preparation of images")? {
        Preparation::Digit => ImagePreparation::Digit,
        Preparation::Resize => ImagePreparation::Resize,
    })
}

/// Reads the columns and their count before them, of which each is a feature or more.
fn get_columns(
    decoder: &mut Decoder<Payload>,
    features: usize,
) -> Result<Vec<Column>, ModelFileError> {
    let count: u64 = get(decoder, "columns")?;
    if count > features as u64 {
        return Err(ModelFileError::Count {
            part: "columns, at most one a feature".to_owned(),
            expected: features as u64,
            found: count,
        });
    }
    let mut columns = Vec::new();
    for _ in 0..count {
        let TableColumn { name, kind } = get(decoder, "columns")?;
        let kind = match kind {
            TableColumnKind::Number => ColumnKind::Number,
            TableColumnKind::Category(words) => ColumnKind::Category(words),
        };
        columns.push(Column { name, kind });
    }
    Ok(columns)
}

/// Reads one small value.
fn get<V: serde::de::DeserializeOwned>(
    decoder: &mut Decoder<impl Read>,
    part: &'static str,
) -> Result<V, ModelFileError> {
    decoder.get().map_err(|reason| ModelFileError::Payload { part, reason })
}

/// Reads `count` numbers and the count before them.
fn get_numbers(
    decoder: &mut Decoder<Payload>,
    part: &'static str,
    count: usize,
) -> Result<Vec<f64>, ModelFileError> {
    expect_count(part, count as u64, get(decoder, part)?)?;
    expect_bytes(part, decoder, count as u64 * 8)?;
    let mut numbers = Vec::with_capacity(count);
    for _ in 0..count {
        numbers.push(get(decoder, part)?);
    }
    Ok(numbers)
}

/// Reads as many names as there are classes, or none, and their count before them.
fn get_names(
    decoder: &mut Decoder<Payload>,
    classes: usize,
) -> Result<Vec<String>, ModelFileError> {
    let part = "names of the classes";
    let count: u64 = get(decoder, part)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    Error::check_len("class names", classes, to_usize(count)?)?;
    // A name takes at least the 8 bytes of its length.
    expect_bytes(part, decoder, count.saturating_mul(8))?;
    let mut names = Vec::with_capacity(classes);
    for _ in 0..classes {
        names.push(get(decoder, part)?);
    }
    Ok(names)
}

/// Reads a matrix of layer `l` row by row, and the count of its elements before it.
fn get_matrix<T: Scalar>(
    decoder: &mut Decoder<Payload>,
    part: &'static str,
    l: usize,
    rows: usize,
    cols: usize,
) -> Result<Matrix<T>, ModelFileError> {
    let elements = rows as u64 * cols as u64;
    expect_count(&format!("{part} of layer {l}"), elements, get(decoder, part)?)?;
    expect_bytes(part, decoder, elements * size_of::<T>() as u64)?;
    let mut matrix = Matrix::zeros(rows, cols);
    for i in 0..rows {
        for element in matrix.row_mut(i) {
            *element = get(decoder, part)?;
        }
    }
    Ok(matrix)
}

/// Refuses a claimed count that is not the one the layer sizes ask for.
fn expect_count(part: &str, expected: u64, found: u64) -> Result<(), ModelFileError> {
    if expected == found {
        return Ok(());
    }
    Err(ModelFileError::Count { part: part.to_owned(), expected, found })
}

/// Refuses to begin a part that cannot end within the payload.
fn expect_bytes(
    part: &'static str,
    decoder: &Decoder<Payload>,
    bytes: u64,
) -> Result<(), ModelFileError> {
    if bytes <= decoder.reader().remaining() {
        return Ok(());
    }
    Err(ModelFileError::Payload { part, reason: "ask for more bytes than the file has" })
}

/// A size of the file as this machine counts.
fn to_usize(size: u64) -> Result<usize, ModelFileError> {
    let reason = "holds a size beyond this machine's address space";
    usize::try_from(size).map_err(|_| ModelFileError::Payload { part: "description", reason })
}
