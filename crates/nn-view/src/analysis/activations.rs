//! The activations of every layer for many samples.

use ndarray::{Array2, Axis};
use nn_core::{Inputs, Model, forward};

use crate::ViewError;

/// Samples fed forward at a time.
const BLOCK: usize = 256;

/// a² to a^L of the given samples, m × n_l each; element l − 2 is the book's a^l. Sample i is row i.
///
/// # Errors
///
/// [`ViewError::NoSuchSample`] for a sample that doesn't exist, [`nn_core::Error::Shape`] if the
/// inputs don't fit the model.
pub fn activations(
    model: &Model<f32>,
    inputs: &Inputs<f32>,
    samples: &[usize],
) -> Result<Vec<Array2<f32>>, ViewError> {
    if let Some(&index) = samples.iter().find(|&&sample| sample >= inputs.len()) {
        return Err(ViewError::NoSuchSample { index, samples: inputs.len() });
    }
    let layers = model.network.layers();
    let mut all: Vec<Array2<f32>> =
        layers.iter().map(|layer| Array2::zeros((0, layer.outputs()))).collect();
    for block in samples.chunks(BLOCK) {
        let mut rows = Array2::zeros((block.len(), inputs.num_features()));
        for (mut row, &sample) in rows.rows_mut().into_iter().zip(block) {
            inputs.copy_row(sample, row.as_slice_mut().expect("a fresh array is contiguous"));
        }
        let pass = forward(&model.network, rows.view())?;
        for (to, from) in all.iter_mut().zip(&pass.activations[1..]) {
            to.append(Axis(0), from.view()).expect("as many columns as the layer has units");
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Predictions;
    use crate::analysis::predictions::tests::subject;
    use crate::inputs_of;

    #[test]
    fn the_last_layer_s_activations_are_the_predictions() {
        let (model, test) = subject();
        let predictions = Predictions::of(&model, &test).unwrap();
        let inputs = inputs_of(&model, &test).unwrap();
        let samples: Vec<usize> = (0..600).rev().collect();
        let layers = activations(&model, &inputs, &samples).unwrap();
        assert_eq!(layers.iter().map(Array2::dim).collect::<Vec<_>>(), [(600, 12), (600, 10)]);
        for (row, &sample) in layers[1].rows().into_iter().zip(&samples) {
            for (a, b) in row.iter().zip(predictions.output(sample)) {
                assert!((a - b).abs() < 1e-5);
            }
        }
        let missing = ViewError::NoSuchSample { index: 1000, samples: 1000 };
        assert_eq!(activations(&model, &inputs, &[0, 1000]), Err(missing));
    }
}
