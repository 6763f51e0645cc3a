//! Settings as they are used: flags, environment and defaults resolved into one value each.

use std::path::PathBuf;

use nn_core::{Activation, Cost, Init, NetworkBuilder};
use nn_train::TrainParams;

use crate::Exit;
use crate::args::parse::{DataChoice, Threads};
use crate::args::{DataArgs, MachineArgs, TrainArgs};
use crate::data_source::Data;
use crate::failure::Failure;

/// The model file's name if none is given.
const DEFAULT_OUTPUT: &str = "model.nnm";

/// The seed if none is given.
///
/// Under the book's own initialiser and cost an output unit may start so far in saturation that it
/// never wakes up, and its digit is never recognised. Seed 1 draws such a start; this one doesn't.
const DEFAULT_SEED: u64 = 3;

/// Units of the book's hidden layer.
const DEFAULT_HIDDEN: [usize; 1] = [30];

/// What `train` is to do, every default in place.
#[derive(Debug, Clone)]
pub(crate) struct TrainSettings {
    pub(crate) data: DataSettings,
    layers: Layers,
    pub(crate) activation: Activation,
    pub(crate) output_activation: Activation,
    pub(crate) init: Init,
    pub(crate) cost: Cost,
    pub(crate) params: TrainParams,
    pub(crate) output: PathBuf,
    pub(crate) force: bool,
}

/// Where the data come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DataSettings {
    pub(crate) choice: DataChoice,
    pub(crate) data_dir: Option<PathBuf>,
    /// Training samples kept for validation, if the user said so.
    pub(crate) validation: Option<usize>,
    pub(crate) offline: bool,
    pub(crate) fallback: bool,
}

/// The layers as they were asked for.
#[derive(Debug, Clone, PartialEq)]
enum Layers {
    /// All of them.
    All(Vec<usize>),
    /// Those between input and output.
    Hidden(Vec<usize>),
}

impl TrainSettings {
    /// Puts in the defaults, some of which depend on other settings:
    ///
    /// - the output activation is the cost's own;
    /// - ReLU and its kin start from He's initialiser, all else as in the book's chapter 1;
    /// - η is the book's 3.0 (chapter 1) or, for a cross-entropy, 0.5 (chapter 3); ReLU and its
    ///   kin, whose activations aren't bounded, take 0.1.
    pub(crate) fn resolve(args: &TrainArgs) -> Result<Self, Failure> {
        let cost = args.training.cost.clone().unwrap_or_default();
        let activation = args.network.activation.clone().unwrap_or_default();
        let output_activation =
            args.network.output_activation.clone().unwrap_or_else(|| cost.natural_output());
        cost.check_output(&output_activation)?;
        let unbounded = is_unbounded(&activation);
        let init = if unbounded { Init::HeNormal } else { Init::StandardNormal };
        let learning_rate = match cost {
            _ if unbounded => 0.1,
            Cost::Quadratic => 3.0,
            _ => 0.5,
        };
        let layers = match (&args.network.layers, &args.network.hidden) {
            (Some(all), _) => Layers::All(all.0.clone()),
            (None, Some(hidden)) => Layers::Hidden(hidden.0.clone()),
            (None, None) => Layers::Hidden(DEFAULT_HIDDEN.to_vec()),
        };
        let defaults = TrainParams::default();
        let params = TrainParams {
            epochs: args.training.epochs.unwrap_or(defaults.epochs),
            batch_size: args.training.batch_size.unwrap_or(defaults.batch_size),
            learning_rate: args.training.learning_rate.unwrap_or(learning_rate),
            lambda: args.training.lambda.unwrap_or(defaults.lambda),
            seed: args.training.seed.unwrap_or(DEFAULT_SEED),
            threads: threads(&args.machine),
            ..defaults
        };
        let settings = Self {
            data: DataSettings::resolve(&args.data, DataChoice::Mnist),
            layers,
            activation,
            output_activation,
            init: args.network.init.unwrap_or(init),
            cost,
            params,
            output: args.target.output.clone().unwrap_or_else(|| DEFAULT_OUTPUT.into()),
            force: args.target.force,
        };
        // What can be refused without the data is refused before they are fetched.
        if let Layers::All(sizes) = &settings.layers {
            settings.builder(sizes).bytes()?;
        }
        Ok(settings)
    }

    /// The sizes of all layers, for these data.
    pub(crate) fn sizes(&self, data: &Data) -> Result<Vec<usize>, Failure> {
        let (inputs, outputs) = (data.train.num_features(), data.train.num_classes());
        match &self.layers {
            Layers::Hidden(hidden) => Ok([&[inputs], &hidden[..], &[outputs]].concat()),
            Layers::All(sizes) => {
                if (sizes.first(), sizes.last()) == (Some(&inputs), Some(&outputs)) {
                    return Ok(sizes.clone());
                }
                let found: Vec<String> = sizes.iter().map(ToString::to_string).collect();
                Err(Failure::new(
                    Exit::Usage,
                    format!(
                        "--layers: expected {inputs} inputs and {outputs} outputs for {}, \
                         found {}",
                        data.name,
                        found.join(",")
                    ),
                )
                .hint("--hidden takes the hidden layers only; input and output follow the data"))
            }
        }
    }

    /// The maker of the network.
    pub(crate) fn builder(&self, sizes: &[usize]) -> NetworkBuilder<f32> {
        NetworkBuilder::new(sizes)
            .hidden(self.activation.clone())
            .output(self.output_activation.clone())
            .init(self.init)
    }

    /// The settings in a line, as the model file keeps them.
    pub(crate) fn recipe(&self, sizes: &[usize]) -> String {
        let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
        let p = &self.params;
        format!(
            "--layers {} --activation {} --output-activation {} --init {} --cost {} --epochs {} \
             --batch-size {} --learning-rate {} --lambda {} --seed {}",
            sizes.join(","),
            self.activation,
            self.output_activation,
            self.init,
            self.cost,
            p.epochs,
            p.batch_size,
            p.learning_rate,
            p.lambda,
            p.seed,
        )
    }
}

impl DataSettings {
    /// The data asked for, or `default`.
    pub(crate) fn resolve(args: &DataArgs, default: DataChoice) -> Self {
        Self {
            choice: args.data.clone().unwrap_or(default),
            // An empty variable counts as unset.
            data_dir: args.data_dir.clone().filter(|dir| !dir.as_os_str().is_empty()),
            validation: args.validation,
            offline: args.offline,
            fallback: !args.no_fallback,
        }
    }
}

/// The number of threads in the trainer's words: 0 means one per core.
pub(crate) fn threads(args: &MachineArgs) -> usize {
    match args.threads.unwrap_or_default() {
        Threads::Auto => 0,
        Threads::Exactly(threads) => threads,
    }
}

/// Whether an activation grows without bound, as ReLU does.
fn is_unbounded(activation: &Activation) -> bool {
    use Activation as A;
    matches!(activation, A::Relu | A::LeakyRelu | A::Gelu | A::Silu | A::Softplus | A::Identity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::parse::LayerSizes;

    fn resolve(change: impl FnOnce(&mut TrainArgs)) -> TrainSettings {
        let mut args = TrainArgs::default();
        change(&mut args);
        TrainSettings::resolve(&args).unwrap()
    }

    #[test]
    fn nothing_said_is_the_book_s_first_chapter() {
        let settings = resolve(|_| {});
        assert_eq!(settings.params, TrainParams { seed: DEFAULT_SEED, ..TrainParams::default() });
        assert_eq!(settings.init, Init::StandardNormal);
        assert_eq!(settings.output_activation, Activation::Sigmoid);
        assert_eq!(settings.layers, Layers::Hidden(vec![30]));
        assert_eq!(settings.data.choice, DataChoice::Mnist);
    }

    #[test]
    fn defaults_follow_cost_and_activation() {
        let settings = resolve(|args| args.training.cost = Some(Cost::SoftmaxCrossEntropy));
        assert_eq!(settings.output_activation, Activation::Softmax);
        assert!((settings.params.learning_rate - 0.5).abs() < f64::EPSILON);
        let settings = resolve(|args| args.network.activation = Some(Activation::Relu));
        assert_eq!(settings.init, Init::HeNormal);
        assert!((settings.params.learning_rate - 0.1).abs() < f64::EPSILON);
    }

    #[test]
    fn what_cannot_be_is_refused_before_there_are_data() {
        let layers = |sizes: &[usize]| Some(LayerSizes(sizes.to_vec()));
        let mut args = TrainArgs::default();
        args.training.cost = Some(Cost::CrossEntropy);
        args.network.output_activation = Some(Activation::Tanh);
        assert_eq!(TrainSettings::resolve(&args).unwrap_err().exit(), Exit::Usage);
        let mut args = TrainArgs::default();
        args.network.layers = layers(&[784]);
        assert_eq!(TrainSettings::resolve(&args).unwrap_err().exit(), Exit::Usage);
        args.network.layers = layers(&[784, usize::MAX, 10]);
        assert_eq!(TrainSettings::resolve(&args).unwrap_err().exit(), Exit::TooLarge);
    }
}
