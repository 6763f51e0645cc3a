//! What a visitor can do to a network: each edit by itself, and all of them in order.

use ndarray::Array2;
use nn_core::{Error, Model, Network, backprop, rng};
use serde::{Deserialize, Serialize};

use crate::reply::Refusal;
use crate::served::row;

/// The bias that keeps an output unit which is switched off near 0 under sigmoid and softmax.
const OFF_BIAS: f32 = -30.0;

/// Most steps of one lesson.
const MAX_STEPS: u32 = 500;

/// One change of a network. Layers are numbered as in the book (2 to L), units from 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Edit {
    /// Cuts what leads out of a unit; an output unit is silenced by its bias instead.
    SwitchOff { layer: usize, unit: usize },
    /// Multiplies the weights into a unit.
    Scale { layer: usize, unit: usize, factor: f32 },
    /// Adds to a unit's bias.
    Shift { layer: usize, unit: usize, by: f32 },
    /// Sets the smallest weights of every layer to 0: this share of them, 0 to 1.
    Prune { share: f64 },
    /// Adds normal noise of this standard deviation to every weight.
    Noise { deviation: f64, seed: u64 },
    /// Divides z of the output layer: above 1 the answer is less sure, below 1 more.
    Temperature { value: f32 },
    /// Steps of gradient descent on one digit, until it is answered with `class` or so many.
    Teach {
        /// Raw features (n₁).
        pixels: Vec<f64>,
        class: usize,
        rate: f32,
        steps: u32,
    },
}

impl Edit {
    /// Refuses what isn't possible on this model.
    pub(crate) fn check(&self, model: &Model<f32>) -> Result<(), Refusal> {
        let sizes = model.network.sizes();
        let within = |ok: bool, what: &str| {
            if ok { Ok(()) } else { Err(Refusal::unprocessable(what)) }
        };
        match self {
            Self::SwitchOff { layer, unit } => check_unit(&sizes, *layer, *unit),
            Self::Scale { layer, unit, factor } => {
                check_unit(&sizes, *layer, *unit)?;
                within(factor.abs() <= 100.0, "factor: expected −100 to 100")
            }
            Self::Shift { layer, unit, by } => {
                check_unit(&sizes, *layer, *unit)?;
                within(by.abs() <= 1000.0, "by: expected −1000 to 1000")
            }
            Self::Prune { share } => within((0.0..=1.0).contains(share), "share: expected 0 to 1"),
            Self::Noise { deviation, .. } => {
                within((0.0..=10.0).contains(deviation), "deviation: expected 0 to 10")
            }
            Self::Temperature { value } => {
                within((0.01..=100.0).contains(value), "value: expected 0.01 to 100")
            }
            Self::Teach { pixels, class, rate, steps } => {
                check_pixels(pixels, sizes[0])?;
                within(*class < sizes[sizes.len() - 1], "class: expected one of the classes")?;
                within(*rate > 0.0 && *rate <= 100.0, "rate: expected above 0, to 100")?;
                within((1..=MAX_STEPS).contains(steps), "steps: expected 1 to 500")
            }
        }
    }

    /// Steps of gradient descent it takes.
    pub(crate) fn steps(&self) -> u32 {
        if let Self::Teach { steps, .. } = self { *steps } else { 0 }
    }

    /// Changes a model by this edit, which was checked on it.
    pub(crate) fn apply(&self, model: &mut Model<f32>) -> Result<(), Error> {
        let network = &mut model.network;
        match self {
            Self::SwitchOff { layer, unit } => switch_off(network, *layer, *unit),
            Self::Scale { layer, unit, factor } => {
                let mut weights = network.layers_mut()[layer - 2].weights_mut();
                weights.column_mut(*unit).mapv_inplace(|w| w * factor);
            }
            Self::Shift { layer, unit, by } => {
                network.layers_mut()[layer - 2].biases_mut()[*unit] += by;
            }
            Self::Prune { share } => prune(network, *share),
            Self::Noise { deviation, seed } => add_noise(network, *deviation, *seed),
            Self::Temperature { value } => {
                let last = network.layers().len() - 1;
                let layer = &mut network.layers_mut()[last];
                layer.weights_mut().mapv_inplace(|w| w / value);
                layer.biases_mut().mapv_inplace(|b| b / value);
            }
            Self::Teach { pixels, class, rate, steps } => {
                teach(model, pixels, *class, *rate, *steps)?;
            }
        }
        Ok(())
    }
}

pub(crate) fn check_unit(sizes: &[usize], layer: usize, unit: usize) -> Result<(), Refusal> {
    if !(2..=sizes.len()).contains(&layer) {
        let message = format!("layer: expected 2 to {}, found {layer}", sizes.len());
        return Err(Refusal::unprocessable(message));
    }
    let units = sizes[layer - 1];
    if unit >= units {
        let message = format!("unit: layer {layer} has {units} units counted from 0, found {unit}");
        return Err(Refusal::unprocessable(message));
    }
    Ok(())
}

/// Refuses pixels that are too few, too many, or no grey values.
pub(crate) fn check_pixels(pixels: &[f64], expected: usize) -> Result<(), Refusal> {
    if pixels.len() != expected {
        let message = format!("pixels: expected {expected} numbers, found {}", pixels.len());
        return Err(Refusal::unprocessable(message));
    }
    match pixels.iter().position(|pixel| !(0.0..=255.0).contains(pixel)) {
        None => Ok(()),
        Some(at) => {
            let message = format!("pixels: expected 0 to 255, found {} at {at}", pixels[at]);
            Err(Refusal::unprocessable(message))
        }
    }
}

fn switch_off(network: &mut Network<f32>, layer: usize, unit: usize) {
    if layer <= network.layers().len() {
        network.layers_mut()[layer - 1].weights_mut().row_mut(unit).fill(0.0);
    } else {
        let output = &mut network.layers_mut()[layer - 2];
        output.weights_mut().column_mut(unit).fill(0.0);
        output.biases_mut()[unit] = OFF_BIAS;
    }
}

/// Magnitude pruning, layer by layer; of weights of one size those of lower index go first.
fn prune(network: &mut Network<f32>, share: f64) {
    for layer in network.layers_mut() {
        let mut weights = layer.weights_mut();
        let count = (weights.len() as f64 * share).round() as usize;
        let columns = weights.ncols();
        let mut order: Vec<usize> = (0..weights.len()).collect();
        let size = |at: usize| weights[[at / columns, at % columns]].abs();
        order.sort_by(|&i, &j| size(i).total_cmp(&size(j)).then(i.cmp(&j)));
        for &at in &order[..count] {
            weights[[at / columns, at % columns]] = 0.0;
        }
    }
}

fn add_noise(network: &mut Network<f32>, deviation: f64, seed: u64) {
    use ndarray_rand::rand_distr::{Distribution, StandardNormal};
    for (index, layer) in network.layers_mut().iter_mut().enumerate() {
        let mut stream = rng::stream(seed, "lab noise", index as u64);
        layer.weights_mut().mapv_inplace(|w| {
            let noise: f64 = StandardNormal.sample(&mut stream);
            w + (noise * deviation) as f32
        });
    }
}

/// w ← w − η ∂C/∂w, the whole gradient of this one digit by [`backprop`](nn_core::backprop()).
fn teach(
    model: &mut Model<f32>,
    pixels: &[f64],
    class: usize,
    rate: f32,
    steps: u32,
) -> Result<(), Error> {
    let features = model.normalization.apply(pixels.into());
    let x = row(&features.into_iter().map(|x| x as f32).collect::<Vec<_>>());
    let mut y = Array2::zeros((1, model.network.num_outputs()));
    y[[0, class]] = 1.0;
    for _ in 0..steps {
        let gradients = backprop(&model.network, x.view(), y.view(), &model.cost)?.sum();
        for (layer, gradient) in model.network.layers_mut().iter_mut().zip(gradients.layers()) {
            layer.weights_mut().scaled_add(-rate, &gradient.weights);
            layer.biases_mut().scaled_add(-rate, &gradient.biases);
        }
        let output = nn_core::forward(&model.network, x.view())?;
        if nn_core::targets::argmax(&output.output().row(0).to_vec()) == class {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::{Cost, NetworkBuilder, forward};

    fn model() -> Model<f32> {
        let network = NetworkBuilder::<f32>::new(&[4, 3, 2]).build(1).unwrap();
        Model::new(network, Cost::CrossEntropy)
    }

    fn edited(edit: &Edit) -> Model<f32> {
        let mut model = model();
        edit.check(&model).unwrap();
        edit.apply(&mut model).unwrap();
        model
    }

    fn output(model: &Model<f32>) -> Vec<f32> {
        let x = ndarray::array![[0.1, 0.7, 0.0, 0.4]];
        forward(&model.network, x.view()).unwrap().output().iter().copied().collect()
    }

    #[test]
    fn a_unit_that_is_off_has_no_say() {
        let off = edited(&Edit::SwitchOff { layer: 2, unit: 1 });
        let mut louder = off.clone();
        Edit::Shift { layer: 2, unit: 1, by: 5.0 }.apply(&mut louder).unwrap();
        assert_eq!(output(&off), output(&louder));
        let silent = edited(&Edit::SwitchOff { layer: 3, unit: 0 });
        assert!(output(&silent)[0] < 1e-6);
    }

    #[test]
    fn pruning_takes_the_smallest() {
        let pruned = edited(&Edit::Prune { share: 0.5 });
        for (layer, before) in pruned.network.layers().iter().zip(model().network.layers()) {
            let zeros = layer.weights().iter().filter(|w| **w == 0.0).count();
            assert_eq!(zeros, layer.weights().len() / 2);
            let pairs: Vec<_> =
                layer.weights().iter().copied().zip(before.weights().to_owned()).collect();
            let gone = pairs.iter().filter(|(w, _)| *w == 0.0).map(|(_, b)| b.abs());
            let kept = pairs.iter().filter(|(w, _)| *w != 0.0).map(|(_, b)| b.abs());
            assert!(gone.fold(0.0, f32::max) <= kept.fold(f32::MAX, f32::min));
        }
        assert_eq!(edited(&Edit::Prune { share: 0.0 }), model());
    }

    #[test]
    fn teaching_lowers_the_cost_of_the_digit() {
        let pixels = vec![10.0, 200.0, 0.0, 90.0];
        let class = usize::from(output(&model())[0] > output(&model())[1]);
        let taught = edited(&Edit::Teach { pixels: pixels.clone(), class, rate: 0.5, steps: 200 });
        let says = |model: &Model<f32>| {
            let x: Vec<f32> = pixels.iter().map(|&x| x as f32).collect();
            forward(&model.network, row(&x).view()).unwrap().output()[[0, class]]
        };
        assert!(says(&taught) > says(&model()));
    }

    #[test]
    fn temperature_keeps_the_order_and_noise_repeats() {
        let warm = output(&edited(&Edit::Temperature { value: 4.0 }));
        let cold = output(&model());
        assert_eq!(warm[0] > warm[1], cold[0] > cold[1]);
        assert!((warm[0] - 0.5).abs() < (cold[0] - 0.5).abs());
        let noise = Edit::Noise { deviation: 0.1, seed: 7 };
        assert_eq!(edited(&noise), edited(&noise));
        assert_ne!(edited(&noise), model());
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let teach = |pixels, class, rate, steps| Edit::Teach { pixels, class, rate, steps };
        for edit in [
            Edit::SwitchOff { layer: 1, unit: 0 },
            Edit::SwitchOff { layer: 4, unit: 0 },
            Edit::SwitchOff { layer: 2, unit: 3 },
            Edit::Scale { layer: 2, unit: 0, factor: f32::NAN },
            Edit::Shift { layer: 2, unit: 0, by: f32::INFINITY },
            Edit::Prune { share: 1.1 },
            Edit::Noise { deviation: -0.1, seed: 0 },
            Edit::Temperature { value: 0.0 },
            teach(vec![0.0; 3], 0, 0.1, 1),
            teach(vec![256.0; 4], 0, 0.1, 1),
            teach(vec![0.0; 4], 2, 0.1, 1),
            teach(vec![0.0; 4], 0, 0.0, 1),
            teach(vec![0.0; 4], 0, 0.1, 501),
        ] {
            assert!(edit.check(&model()).is_err(), "{edit:?}");
        }
    }
}
