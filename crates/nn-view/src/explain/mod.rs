//! One sample through the five phases of back-propagation, with the numbers of the network at hand.
//!
//! The phases are those of the book's chapter 2: input, feed-forward, output error,
//! back-propagation, gradient. [`explain`] gives them as facts, in double precision, computed by
//! [`nn_core::backprop()`] and nothing else; [`Explanation::text`] and
//! [`Explanation::html`] say them in English or Spanish.

mod check;
mod equations;
mod facts;
mod page;
mod shares;
mod text;
mod words;

pub use check::{GradientCheck, WeightPlace};
pub use facts::{
    BackwardLayer, Explanation, ForwardLayer, GradientLayer, InputPhase, OutputError, OutputRule,
    PredictedNumber,
};
pub use shares::{Contribution, WorkedSum};

use ndarray::{Array1, Array2, Axis};
use nn_core::targets::argmax;
use nn_core::{Cost, Model, Normalization, TargetScale, Task, backprop, forward};

use crate::ViewError;
use crate::wide::wide;

/// What to explain.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample<'a> {
    /// Its number in its dataset, if it has one.
    pub index: Option<usize>,
    /// Raw features (n₁), before the model's normalisation.
    pub raw: &'a [f64],
    /// The class it is of: the desired output y is 1 there and 0 elsewhere. A model that predicts
    /// numbers doesn't look at it.
    pub actual: usize,
    /// The number that should come out, for a model that predicts numbers.
    pub value: Option<f64>,
}

/// Walks a sample through the five phases.
///
/// The gradient of one weight is checked against a finite difference: that at `check`, or else the
/// weight of the largest gradient in the output layer.
///
/// # Errors
///
/// [`nn_core::Error::Shape`] or [`nn_core::Error::Label`] if the sample doesn't fit the model,
/// [`ViewError::NoSuchLayer`] and [`ViewError::NoSuchWeight`] if there is no weight at `check`,
/// [`ViewError::NoNumber`] if a number is predicted and the sample has none.
pub fn explain(
    model: &Model<f32>,
    sample: &Sample<'_>,
    check: Option<WeightPlace>,
) -> Result<Explanation, ViewError> {
    let network = wide(&model.network)?;
    ViewError::check_len("features of a sample", network.num_inputs(), sample.raw.len())?;
    let classes = network.num_outputs();
    let (y, scale) = desired(model, sample)?;
    // The network sees what it was trained on: inputs rounded to f32.
    let narrow = crate::inputs::normalized(model, sample.raw)?;
    let x: Array1<f64> = narrow.iter().map(|&x| f64::from(x)).collect();
    let (rows, targets) = (x.view().insert_axis(Axis(0)), y.view().insert_axis(Axis(0)));
    let pass = forward(&network, rows)?;
    let gradients = backprop(&network, rows, targets, &model.cost)?;
    let deltas: Vec<Array1<f64>> =
        gradients.layers().iter().map(|layer| layer.errors.row(0).to_owned()).collect();
    let first = |array: &Array2<f64>| array.row(0).to_owned();
    let z: Vec<Array1<f64>> = pass.weighted_inputs.iter().map(first).collect();
    let a: Vec<Array1<f64>> = pass.activations.iter().map(first).collect();
    let output = a.last().expect("a forward pass has an input");
    let predicted = argmax(&output.to_vec());

    let place = match check {
        Some(place) => place,
        None => check::largest(&deltas, &a),
    };
    let gradient_check =
        check::against_difference(&network, &model.cost, (&x, &y), place, (&deltas, &a))?;
    let names =
        |class: usize| model.class_names.get(class).cloned().unwrap_or_else(|| class.to_string());
    let slopes = |i: usize| {
        let activation = network.layers()[i].activation();
        let (z, a) = (z[i].view().insert_axis(Axis(0)), a[i + 1].view().insert_axis(Axis(0)));
        activation.derivatives(z, a).row(0).to_vec()
    };
    let last = network.layers().len() - 1;
    Ok(Explanation {
        index: sample.index,
        network: network.to_string(),
        sizes: network.sizes(),
        cost_name: model.cost.to_string(),
        class_names: (0..classes).map(names).collect(),
        actual: if scale.is_some() { 0 } else { sample.actual },
        predicted,
        regression: scale
            .zip(sample.value)
            .map(|(scale, target)| PredictedNumber { target, predicted: scale.target(output[0]) }),
        image_shape: model.image_shape,
        grey: grey(sample.raw, model),
        input: InputPhase::of(&x, sample.raw, normalization_name(&model.normalization)),
        forward: (0..=last)
            .map(|i| {
                let layer = &network.layers()[i];
                // The unit worth following: of the outputs the winner, else the most active one.
                let unit = argmax(&a[i + 1].to_vec());
                ForwardLayer {
                    layer: i + 2,
                    inputs: layer.inputs(),
                    outputs: layer.outputs(),
                    activation: layer.activation().to_string(),
                    weighted_inputs: z[i].to_vec(),
                    activations: a[i + 1].to_vec(),
                    worked: WorkedSum::weighted_input(
                        layer,
                        &a[i],
                        unit,
                        z[i][unit],
                        a[i + 1][unit],
                    ),
                }
            })
            .collect(),
        output_error: OutputError {
            layer: last + 2,
            rule: OutputRule::of(&model.cost, network.output_layer().activation()),
            target: y.to_vec(),
            cost: model.cost.value(z[last].view(), output.view(), y.view()),
            cost_gradient: cost_gradient(&model.cost, output, &y),
            slope: slopes(last),
            error: deltas[last].to_vec(),
        },
        backward: (0..last)
            .rev()
            .map(|i| {
                let (layer, delta) = (&network.layers()[i + 1], &deltas[i + 1]);
                let propagated = layer.weights().dot(delta);
                let unit = largest_of(&deltas[i]);
                BackwardLayer {
                    layer: i + 2,
                    from: i + 3,
                    worked: WorkedSum::propagated_error(layer, delta, unit, propagated[unit]),
                    propagated: propagated.to_vec(),
                    slope: slopes(i),
                    error: deltas[i].to_vec(),
                }
            })
            .collect(),
        gradient: (0..=last).map(|i| GradientLayer::of(i + 2, &deltas[i], &a[i])).collect(),
        check: gradient_check,
    })
}

/// The desired output y (n_L), and the scale of the targets where numbers are predicted.
fn desired(
    model: &Model<f32>,
    sample: &Sample<'_>,
) -> Result<(Array1<f64>, Option<TargetScale>), ViewError> {
    let classes = model.network.num_outputs();
    if let Task::Regression(scale) = model.task {
        let value = sample.value.ok_or(ViewError::NoNumber)?;
        return Ok((Array1::from_elem(classes, scale.output(value)), Some(scale)));
    }
    let mut y = Array1::zeros(classes);
    let Some(right) = y.get_mut(sample.actual) else {
        return Err(nn_core::Error::Label { label: sample.actual, sample: 0, classes }.into());
    };
    *right = 1.0;
    Ok((y, None))
}

/// ∇_a C where it is known in closed form (n_L).
fn cost_gradient(cost: &Cost, a: &Array1<f64>, y: &Array1<f64>) -> Option<Vec<f64>> {
    match cost {
        Cost::Quadratic => Some((a - y).to_vec()),
        Cost::Custom(function) => {
            Some(a.iter().zip(y).map(|(&a, &y)| function.derivative(a, y)).collect())
        }
        _ => None,
    }
}

/// The sample as grey values to be drawn.
fn grey(raw: &[f64], model: &Model<f32>) -> Vec<u8> {
    // Grey values are drawn as they are, other numbers over the range from 0 to 1.
    let bytes =
        matches!(model.normalization, Normalization::Scale(_)) || raw.iter().any(|&x| x > 1.0);
    let scale = if bytes { 1.0 } else { 255.0 };
    raw.iter().map(|x| (x * scale).round().clamp(0.0, 255.0) as u8).collect()
}

fn normalization_name(normalization: &Normalization) -> String {
    match normalization {
        Normalization::None => "x".to_owned(),
        Normalization::Scale(factor) => {
            let divisor = 1.0 / factor;
            if (divisor - divisor.round()).abs() < 1e-9 {
                format!("x / {}", divisor.round())
            } else {
                format!("{factor} · x")
            }
        }
        _ => "(x − μ) / σ".to_owned(),
    }
}

/// Where the largest |value| stands.
fn largest_of(values: &Array1<f64>) -> usize {
    argmax(&values.iter().map(|v| v.abs()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests;
