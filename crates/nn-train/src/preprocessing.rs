//! What a model must know of the data it is trained on, found out from the training samples.

use nn_core::{Column, ColumnKind, Model, Normalization, Scalar, TargetScale, Task};
use nn_data::{Dataset, Features};

use crate::BYTE_SCALE;

/// Writes into a model how its inputs and outputs are to be understood: the normalisation, the task,
/// the names of the classes, the shape of images and the columns of a table.
///
/// - Bytes are scaled to 0 to 1.
/// - Columns of numbers are standardised by the mean and the standard deviation (of the population)
///   that they have in `train`; those of words, which are 0 or 1, stay. Nothing of other samples is
///   looked at, so that they can be used for tests.
/// - Numbers of other origin are taken as they are.
/// - Numbers to be predicted are standardised likewise ([`TargetScale`]).
#[must_use]
pub fn fit_preprocessing<T: Scalar>(model: Model<T>, train: &Dataset) -> Model<T> {
    let normalization = match train.features() {
        Features::U8(_) => Normalization::Scale(BYTE_SCALE),
        _ if train.columns().is_empty() => Normalization::None,
        features => standardization(train.columns(), features),
    };
    let column = |column: &nn_data::Column| Column {
        name: column.name.clone(),
        kind: match &column.kind {
            nn_data::ColumnKind::Category(words) => ColumnKind::Category(words.clone()),
            _ => ColumnKind::Number,
        },
    };
    Model {
        normalization,
        task: match train.values() {
            None => Task::Classification,
            Some(values) => {
                let (mean, deviation) = mean_and_deviation(values.iter().copied());
                Task::Regression(TargetScale { mean, deviation })
            }
        },
        class_names: train.class_names().to_vec(),
        image_shape: train.image_shape(),
        columns: train.columns().iter().map(column).collect(),
        ..model
    }
}

fn standardization(columns: &[nn_data::Column], features: &Features) -> Normalization {
    let rows = features.to_f32();
    let (mut means, mut deviations) = (Vec::new(), Vec::new());
    for column in columns {
        for feature in means.len()..means.len() + column.num_features() {
            let (mean, deviation) = match column.kind {
                nn_data::ColumnKind::Category(_) => (0.0, 1.0),
                _ => mean_and_deviation(rows.column(feature).iter().map(|&x| f64::from(x))),
            };
            means.push(mean);
            deviations.push(deviation);
        }
    }
    Normalization::Standardize { means, deviations }
}

/// Mean and standard deviation of the population, which is given as 1 where all values are the same.
/// Two passes, so that a large mean doesn't cancel what differs.
fn mean_and_deviation(values: impl ExactSizeIterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / n;
    let deviation = variance.sqrt();
    // Below what rounding of the mean leaves, the values are the same.
    let differs = deviation.is_finite() && deviation > mean.abs() * 1e-12;
    (mean, if differs { deviation } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Samples;
    use ndarray::array;
    use nn_core::{Activation, Cost, NetworkBuilder};

    fn table() -> Dataset {
        let features =
            Features::F32(array![[1.0, 1.0, 0.0, 7.0], [2.0, 0.0, 1.0, 7.0], [3.0, 1.0, 0.0, 7.0]]);
        let words = vec!["no".to_owned(), "yes".to_owned()];
        let columns = vec![
            nn_data::Column::number("age"),
            nn_data::Column { name: "member".into(), kind: nn_data::ColumnKind::Category(words) },
            nn_data::Column::number("constant"),
        ];
        let values = vec![100.0, 200.0, 600.0];
        let set = Dataset::regression("t", features, values, "price").unwrap();
        set.with_columns(columns).unwrap()
    }

    #[test]
    fn numbers_are_standardised_and_words_stay() {
        let table = table();
        let network = NetworkBuilder::<f64>::new(&[4, 2, 1]).output(Activation::Identity);
        let model = Model::new(network.build(1).unwrap(), Cost::Quadratic);
        let model = fit_preprocessing(model, &table);
        model.check().unwrap();
        let Normalization::Standardize { means, deviations } = &model.normalization else {
            panic!("a table is standardised")
        };
        assert_eq!(means, &[2.0, 0.0, 0.0, 7.0]);
        assert_eq!(deviations, &[(2.0_f64 / 3.0).sqrt(), 1.0, 1.0, 1.0]);
        assert_eq!(model.class_names, ["price"]);
        let Task::Regression(scale) = model.task else { panic!("numbers are predicted") };
        assert_eq!(scale.mean, 300.0);

        let samples = Samples::for_model(&model, &table).unwrap();
        assert_eq!(samples.target_scale(), Some(scale));
        let mut row = [0.0; 4];
        samples.inputs().copy_row(2, &mut row);
        assert_eq!(row, [1.0 / deviations[0], 1.0, 0.0, 0.0]);
        let mut target = [0.0];
        samples.targets().copy_row(2, &mut target);
        assert!((scale.target(target[0]) - 600.0).abs() < 1e-9);
    }
}
