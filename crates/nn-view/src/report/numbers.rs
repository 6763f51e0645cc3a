//! A regression measured on test samples: how near its numbers are, and where they are not.

use std::fmt::Write;

use nn_core::{Model, Predictor};
use nn_data::Dataset;
use nn_train::{Evaluation, RegressionMetrics, Samples};

use super::RunReport;
use crate::ViewError;
use crate::analysis::Histogram;
use crate::page::{Bars, Chart, Marks, Series, count, escape, table};

/// Samples predicted at a time.
const BLOCK: usize = 128;
/// Points of a picture; of more samples every so many is drawn.
const POINTS: usize = 1_000;
/// Samples in the table of the largest errors.
const WORST: usize = 12;
/// Bins of the residuals.
const BINS: usize = 32;

/// True and predicted numbers, in the unit of the target.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    pub(super) metrics: RegressionMetrics,
    pub(super) mean_cost: f64,
    /// Of each sample the true number and the predicted one.
    pairs: Vec<(f64, f64)>,
}

impl Numbers {
    /// Measures a model that predicts numbers.
    ///
    /// # Errors
    ///
    /// [`nn_core::Error::Shape`] if the samples don't fit the model, [`ViewError::NoNumber`] if they
    /// have classes instead of numbers.
    pub(super) fn of(model: &Model<f32>, test: &Dataset) -> Result<Self, ViewError> {
        let values = test.values().ok_or(ViewError::NoNumber)?;
        let samples = Samples::for_model(model, test)?;
        let scale = samples.target_scale().ok_or(ViewError::NoNumber)?;
        let mut predictor = Predictor::new(&model.network);
        let mut pairs = Vec::with_capacity(values.len());
        let (mut cost, mut y) = (0.0, [0.0]);
        for start in (0..values.len()).step_by(BLOCK) {
            let range = start..values.len().min(start + BLOCK);
            for (i, (z, a)) in predictor.results(samples.inputs(), range)?.enumerate() {
                samples.targets().copy_row(start + i, &mut y);
                cost += model.cost.value(z.into(), a.into(), (&y[..]).into());
                pairs.push((values[start + i], scale.target(f64::from(a[0]))));
            }
        }
        let evaluation = Evaluation::of_numbers(cost / values.len().max(1) as f64, &pairs);
        let metrics = evaluation.regression.ok_or(ViewError::NoNumber)?;
        Ok(Self { metrics, mean_cost: evaluation.mean_cost, pairs })
    }

    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }
}

/// A number of a regression, in few digits.
pub(super) fn short(x: f64) -> String {
    let text = match x.abs() {
        size if size == 0.0 || (1e-3..1e6).contains(&size) => {
            let digits = 4_i32.saturating_sub(size.max(1.0).log10() as i32);
            format!("{x:.*}", digits.max(0) as usize)
        }
        _ => format!("{x:.3e}"),
    };
    text.replace('-', "−")
}

/// The section: predicted against true numbers, residuals, the largest errors.
pub(super) fn section(run: &RunReport, n: &Numbers, i: usize, level: usize, html: &mut String) {
    let target = run.class_names.first().map_or("target", String::as_str);
    let _ = writeln!(
        html,
        "<h{level} id=\"numbers-{i}\">Predicted numbers</h{level}>\n<p>R² is {}, the mean absolute \
         error {} and the root of the mean squared error {}, in the unit of {}. On the dashed line \
         the prediction is the true number.</p>\n<div class=\"charts\">",
        n.metrics
            .r2
            .map_or("not defined, since all are the same".to_owned(), |r2| format!("{r2:.4}")),
        short(n.metrics.mae),
        short(n.metrics.rmse),
        escape(target),
    );
    let step = n.pairs.len().div_ceil(POINTS).max(1);
    let drawn: Vec<(f64, f64)> = n.pairs.iter().step_by(step).copied().collect();
    let dots = |title: &str, y_label: &str, points, diagonal| Chart {
        title: title.to_owned(),
        x_label: format!("true {target}"),
        y_label: y_label.to_owned(),
        series: vec![Series { name: "test samples".to_owned(), colour: 0, dashed: false, points }],
        y_range: None,
        x_range: None,
        diagonal,
        marks: Marks::Dots,
    };
    html.push_str(&dots("Predicted, against true", "predicted", drawn.clone(), true).html());
    let residuals = drawn.iter().map(|&(t, p)| (t, p - t)).collect();
    html.push_str(&dots("Error, against true", "predicted − true", residuals, false).html());
    let bins = Histogram::of(n.pairs.iter().map(|(t, p)| p - t), BINS);
    html.push_str(
        &Bars {
            title: "How large the errors are".to_owned(),
            x_label: "predicted − true".to_owned(),
            y_label: "samples".to_owned(),
            colour: 1,
            from: bins.from,
            to: bins.to,
            heights: bins.counts.iter().map(|&count| count as f64).collect(),
        }
        .html(),
    );
    html.push_str("</div>\n");

    let mut order: Vec<usize> = (0..n.pairs.len()).collect();
    let error = |sample: usize| n.pairs[sample].1 - n.pairs[sample].0;
    order.sort_by(|&a, &b| error(b).abs().total_cmp(&error(a).abs()));
    let rows: Vec<Vec<String>> = order
        .iter()
        .take(WORST)
        .map(|&sample| {
            let (truth, predicted) = n.pairs[sample];
            vec![count(sample as u64), short(truth), short(predicted), short(error(sample))]
        })
        .collect();
    let heads = ["test sample", "true", "predicted", "error"].map(String::from);
    html.push_str(&table("The largest errors", &heads, &rows));
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_keep_about_five_digits() {
        let found = [0.0, 0.123_456, -12.345_67, 123_456.7, 1.5e9].map(short);
        assert_eq!(found, ["0.0000", "0.1235", "−12.346", "123457", "1.500e9"]);
    }
}
