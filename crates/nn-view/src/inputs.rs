//! Datasets in the form a model takes.

use ndarray::{Array1, Array2};
use nn_core::{Error, Inputs, Model, Normalization};
use nn_data::{Dataset, Features};
use nn_train::BYTE_SCALE;

use crate::ViewError;

/// The samples of a dataset as inputs of this model's network: normalised as in training.
///
/// # Errors
///
/// [`Error::Shape`] if the model takes another number of features.
pub fn inputs_of(model: &Model<f32>, dataset: &Dataset) -> Result<Inputs<f32>, ViewError> {
    let n = model.network.num_inputs();
    ViewError::check_len("features of a sample", n, dataset.num_features())?;
    Ok(match (dataset.features(), as_trained(&model.normalization)) {
        (Features::U8(bytes), true) => Inputs::from_bytes(bytes.view(), BYTE_SCALE)?,
        (other, true) => Inputs::from_values(other.to_f32().view())?,
        (_, false) => {
            let mut rows = Array2::<f32>::zeros((dataset.len(), n));
            for (sample, mut row) in rows.rows_mut().into_iter().enumerate() {
                row.assign(&Array1::from(normalized(model, &raw_features(dataset, sample)?)?));
            }
            Inputs::from_values(rows.view())?
        }
    })
}

/// The raw features (n₁) of one sample, before any normalisation: grey values 0 to 255 where the
/// dataset holds bytes.
///
/// # Errors
///
/// [`ViewError::NoSuchSample`] if there is no such sample.
pub fn raw_features(dataset: &Dataset, sample: usize) -> Result<Vec<f64>, ViewError> {
    if sample >= dataset.len() {
        return Err(ViewError::NoSuchSample { index: sample, samples: dataset.len() });
    }
    if let Features::U8(bytes) = dataset.features() {
        return Ok(bytes.row(sample).iter().map(|&byte| f64::from(byte)).collect());
    }
    let mut row = vec![0.0; dataset.num_features()];
    dataset.features().copy_row(sample, &mut row);
    Ok(row.into_iter().map(f64::from).collect())
}

/// Raw features (n₁) as the network takes them.
pub(crate) fn normalized(model: &Model<f32>, raw: &[f64]) -> Result<Vec<f32>, Error> {
    let (expected, found) = (model.network.num_inputs(), raw.len());
    if expected != found {
        return Err(Error::Shape { what: "features of a sample", expected, found });
    }
    let features = model.normalization.apply(raw.into());
    Ok(features.into_iter().map(|x| x as f32).collect())
}

/// Whether bytes stand for 0 to 1 and other numbers for themselves, as everywhere where no other
/// normalisation is asked for.
fn as_trained(normalization: &Normalization) -> bool {
    match normalization {
        Normalization::None => true,
        Normalization::Scale(factor) => (factor - BYTE_SCALE).abs() < f64::EPSILON,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::{Cost, NetworkBuilder};

    #[test]
    fn every_way_of_normalising_gives_what_the_model_applies() {
        let test = nn_data::sample::load().1.subset(&[3, 5]).unwrap();
        let network = NetworkBuilder::<f32>::new(&[784, 2]).build(1).unwrap();
        let mut model = Model::new(network, Cost::Quadratic);
        let standardize = Normalization::Standardize {
            means: (0..784).map(f64::from).collect(),
            deviations: (1..785).map(f64::from).collect(),
        };
        for normalization in [Normalization::Scale(BYTE_SCALE), standardize] {
            model.normalization = normalization;
            let inputs = inputs_of(&model, &test).unwrap();
            for sample in 0..2 {
                let mut row = vec![0.0; 784];
                inputs.copy_row(sample, &mut row);
                let raw = raw_features(&test, sample).unwrap();
                for (a, b) in row.iter().zip(normalized(&model, &raw).unwrap()) {
                    assert!((a - b).abs() < 1e-6);
                }
            }
        }
        assert!(matches!(raw_features(&test, 2), Err(ViewError::NoSuchSample { samples: 2, .. })));
    }
}
