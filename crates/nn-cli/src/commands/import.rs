//! `nn-cli import`: a model from a file of another tool.

use std::fs::File;
use std::io;

use nn_core::{Error, Model, Normalization};
use nn_interop::{ImportError, ImportOptions, safetensors};

use crate::Exit;
use crate::args::import::ImportArgs;
use crate::failure::Failure;
use crate::memory;
use crate::model_store;
use crate::output::json;
use crate::output::records::{ImportResult, SCHEMA};
use crate::streams::{Streams, one_line};

/// Runs the command.
pub(crate) fn run(args: &ImportArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let output = args.output.clone().unwrap_or_else(|| args.file.with_extension("nnm"));
    model_store::check_destination(&output, args.force)?;
    let model = load(args)?;
    let model_bytes = model_store::save(&output, &model)?;
    let layers = model.network.layers();
    let result = ImportResult {
        schema: SCHEMA,
        file: args.file.to_string_lossy().into_owned(),
        layers: model.network.sizes(),
        activations: layers.iter().map(|layer| layer.activation().to_string()).collect(),
        cost: model.cost.to_string(),
        parameters: model.network.num_parameters(),
        model: output.to_string_lossy().into_owned(),
        model_bytes,
    };
    if json {
        json::line(&result, streams);
    } else {
        let (network, cost) = (one_line(&model.network.to_string()), &model.cost);
        let size = memory::human(model_bytes);
        streams.say(format!("{network}, {cost} cost: {} ({size})", output.display()));
    }
    Ok(())
}

fn load(args: &ImportArgs) -> Result<Model<f32>, Failure> {
    let unreadable = |error: &io::Error| {
        Failure::of(Exit::Io, format!("cannot read {}", args.file.display()), error)
    };
    let file = File::open(&args.file).map_err(|error| unreadable(&error))?;
    if file.metadata().map_err(|error| unreadable(&error))?.is_dir() {
        return Err(unreadable(&io::ErrorKind::IsADirectory.into()));
    }
    let mut options = ImportOptions::default();
    options.activations.clone_from(&args.layers);
    options.cost.clone_from(&args.cost);
    options.class_names.clone_from(&args.classes);
    options.image_shape = args.image_shape;
    options.max_bytes = memory::available();
    if args.mean.is_none() && args.deviation.is_none() {
        options.normalization = args.scale.map(Normalization::Scale);
    }
    let mut model = safetensors::read(file, &options).map_err(|error| failure(args, &error))?;
    if args.mean.is_some() || args.deviation.is_some() {
        model.normalization = standardize(args, model.network.num_inputs());
        model.check()?;
    }
    Ok(model)
}

/// (scale · x − mean) / deviation, as means and deviations of raw features.
fn standardize(args: &ImportArgs, features: usize) -> Normalization {
    let (scale, mean) = (args.scale.unwrap_or(1.0), args.mean.unwrap_or(0.0));
    let deviation = args.deviation.unwrap_or(1.0);
    Normalization::Standardize {
        means: vec![mean / scale; features],
        deviations: vec![deviation / scale; features],
    }
}

fn failure(args: &ImportArgs, error: &ImportError) -> Failure {
    let file = args.file.display();
    let of_flag = |flag: &str, error: &Error| Failure::of(Exit::Usage, flag, error);
    match error {
        ImportError::Io(error) => Failure::of(Exit::Io, format!("cannot read {file}"), error),
        ImportError::TooLarge { .. } => Failure::of(Exit::TooLarge, file, error),
        ImportError::ActivationsNeeded { layers } => {
            let mut example = vec!["relu"; layers.saturating_sub(1).min(8)];
            example.push("softmax");
            Failure::of(Exit::Usage, file, error)
                .hint(format!("tell them, such as --layers {}", example.join(",")))
        }
        ImportError::Activations { .. } if args.layers.is_some() => {
            Failure::of(Exit::Usage, "--layers", error)
        }
        ImportError::Invalid(error @ Error::TooLarge { .. }) => {
            Failure::of(Exit::TooLarge, file, error)
        }
        // What the flags say has to fit the file.
        ImportError::Invalid(error @ Error::HiddenSoftmax { .. }) if args.layers.is_some() => {
            of_flag("--layers", error)
        }
        ImportError::Invalid(error @ Error::CostNeedsActivation { .. }) if args.cost.is_some() => {
            of_flag("--cost", error)
        }
        ImportError::Invalid(error @ Error::Shape { what: "class names", .. })
            if args.classes.is_some() =>
        {
            of_flag("--classes", error)
        }
        ImportError::Invalid(error @ Error::Shape { what: "pixels of an image", .. })
            if args.image_shape.is_some() =>
        {
            of_flag("--image-shape", error)
        }
        ImportError::Tensor { .. } | ImportError::DoNotChain { .. } => Failure::of(
            Exit::Model,
            file,
            error,
        )
        .hint("a file to import holds the weights and biases of fully connected layers, no others"),
        _ => Failure::of(Exit::Model, file, error),
    }
}
