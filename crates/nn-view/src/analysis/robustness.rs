//! How accuracy falls as images get harder.

use ndarray::Array2;
use nn_core::{Inputs, Model, Predictor, targets::argmax};
use nn_data::{Dataset, Features};
use serde::Serialize;

use super::Perturbation;
use crate::ViewError;
use crate::inputs::normalized;

/// Accuracy under one kind of perturbation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RobustnessCurve {
    /// What was done to the images.
    pub perturbation: Perturbation,
    /// Samples used.
    pub samples: usize,
    /// One point an amount, in the order given.
    pub points: Vec<RobustnessPoint>,
}

/// Accuracy at one amount.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RobustnessPoint {
    /// How much of it, in the perturbation's unit.
    pub amount: f64,
    /// Share of the samples that are still classified rightly.
    pub accuracy: f64,
}

/// The accuracy on at most `most` samples, evenly spaced over the dataset, at each amount.
///
/// # Errors
///
/// [`ViewError::NotImages`] if the samples are no images, [`nn_core::Error::Shape`] if they don't
/// fit the model.
pub fn robustness(
    model: &Model<f32>,
    dataset: &Dataset,
    perturbation: Perturbation,
    amounts: &[f64],
    most: usize,
) -> Result<RobustnessCurve, ViewError> {
    let features = dataset.num_features();
    ViewError::check_len("features of a sample", model.network.num_inputs(), features)?;
    let Some((_, columns)) = dataset.image_shape() else {
        return Err(ViewError::NotImages { what: "robustness", features });
    };
    let count = dataset.len().min(most.max(1));
    let chosen: Vec<usize> = (0..count).map(|i| i * dataset.len() / count).collect();
    // Bytes stand for 0 to 1; a model that normalises wants them as they were.
    let unit = if matches!(dataset.features(), Features::U8(_)) { 255.0 } else { 1.0 };
    let scaled = matches!(model.normalization, nn_core::Normalization::None);
    let mut predictor = Predictor::new(&model.network);
    let mut image = vec![0.0; features];
    let mut points = Vec::with_capacity(amounts.len());
    for &amount in amounts {
        let mut rows = Array2::<f32>::zeros((count, features));
        for (mut row, &sample) in rows.rows_mut().into_iter().zip(&chosen) {
            dataset.features().copy_row(sample, &mut image);
            let changed = perturbation.apply(&image, columns, amount, sample as u64);
            let input = if scaled {
                changed
            } else {
                let raw: Vec<f64> = changed.iter().map(|&p| f64::from(p) * unit).collect();
                normalized(model, &raw)?
            };
            row.assign(&ndarray::ArrayView1::from(&input));
        }
        let inputs = Inputs::from_values(rows.view())?;
        let outputs = predictor.outputs(&inputs, 0..count)?;
        let right = outputs
            .rows()
            .into_iter()
            .zip(&chosen)
            .filter(|(a, sample)| argmax(&a.to_vec()) == dataset.labels().get(**sample));
        points.push(RobustnessPoint { amount, accuracy: right.count() as f64 / count as f64 });
    }
    Ok(RobustnessCurve { perturbation, samples: count, points })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Predictions;
    use crate::analysis::predictions::tests::subject;
    use nn_core::Normalization;

    #[test]
    fn nothing_done_is_the_plain_accuracy() {
        let (mut model, test) = subject();
        let plain = Predictions::of(&model, &test).unwrap().accuracy();
        for normalization in [Normalization::None, Normalization::Scale(1.0 / 255.0)] {
            model.normalization = normalization;
            for way in Perturbation::ALL {
                let curve = robustness(&model, &test, way, &[0.0], 2_000).unwrap();
                assert_eq!(curve.samples, 1_000);
                assert!((curve.points[0].accuracy - plain).abs() < 0.002);
            }
        }
    }

    #[test]
    fn a_trained_network_suffers() {
        let (train, test) = nn_data::sample::load();
        let samples = nn_train::Samples::<f32>::from_dataset(&train).unwrap();
        let network = nn_core::NetworkBuilder::<f32>::new(&[784, 16, 10])
            .init(nn_core::Init::XavierNormal)
            .build(1)
            .unwrap();
        let params = nn_train::TrainParams { epochs: 3, threads: 1, ..Default::default() };
        let cost = nn_core::Cost::Quadratic;
        let mut trainer = nn_train::Trainer::new(network, &cost, &samples, &params).unwrap();
        trainer.run(&mut ()).unwrap();
        let model = Model::new(trainer.into_network(), cost);
        for (way, most) in [
            (Perturbation::Noise, 1.0),
            (Perturbation::Rotation, 60.0),
            (Perturbation::StrokeWidth, 2.0),
        ] {
            let curve = robustness(&model, &test, way, &[0.0, most], 300).unwrap();
            let [plain, harder] = [0, 1].map(|i| curve.points[i].accuracy);
            assert!(plain > 0.8 && harder < plain - 0.1, "{way:?}: {plain} {harder}");
        }
    }
}
