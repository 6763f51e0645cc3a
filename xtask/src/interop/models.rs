//! The models that other tools are tried with, the samples, and what the library makes of them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use nn_core::{Inputs, Limits, Model, Predictor};
use nn_data::{Dataset, Features};

/// Names and arguments of `nn-cli train`: together they have every activation.
pub const TRAINED: &[(&str, &str)] = &[
    ("book", "--hidden 30"),
    ("relu", "--hidden 50,20 --activation relu --cost softmax-cross-entropy"),
    (
        "tanh",
        "--hidden 20 --activation tanh --cost cross-entropy --init xavier-normal --learning-rate 0.1",
    ),
    ("gelu", "--hidden 20 --activation gelu --cost softmax-cross-entropy --learning-rate 0.1"),
    ("silu", "--hidden 20 --activation silu --cost softmax-cross-entropy --learning-rate 0.1"),
    ("softplus", "--hidden 20 --activation softplus --init xavier-normal --learning-rate 0.1"),
    ("leaky-relu", "--hidden 20 --activation leaky-relu --learning-rate 0.1"),
    ("lecun-tanh", "--hidden 20 --activation lecun-tanh --init lecun-normal --learning-rate 0.1"),
    (
        "identity",
        "--layers 784,10 --output-activation identity --init lecun-normal --learning-rate 0.01",
    ),
];

/// Samples at a time.
const BLOCK: usize = 128;

/// Images and their classes.
pub struct Samples {
    pixels: Vec<u8>,
    features: usize,
    labels: Vec<u8>,
    classes: usize,
}

impl Samples {
    /// The embedded sample, all 6,000 of it.
    pub fn embedded() -> Result<Self> {
        let (train, test) = nn_data::sample::load();
        let mut samples = Self::of(&train)?;
        let more = Self::of(&test)?;
        samples.pixels.extend(more.pixels);
        samples.labels.extend(more.labels);
        Ok(samples)
    }

    /// MNIST's test images.
    pub fn mnist() -> Result<Self> {
        let folder = nn_data::mnist_dir(None)?;
        let (_, test) = nn_data::mnist::load(&folder).context("`cargo xtask fetch-mnist` first")?;
        Self::of(&test)
    }

    fn of(dataset: &Dataset) -> Result<Self> {
        let Features::U8(pixels) = dataset.features() else { bail!("pixels are bytes") };
        Ok(Self {
            pixels: pixels.iter().copied().collect(),
            features: dataset.num_features(),
            labels: dataset.labels().iter().map(|label| label as u8).collect(),
            classes: dataset.num_classes(),
        })
    }

    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Writes pixels and labels as they are.
    pub fn write(&self, folder: &Path) -> Result<()> {
        fs::write(folder.join("pixels"), &self.pixels)?;
        fs::write(folder.join("labels"), &self.labels)?;
        Ok(())
    }

    /// Writes what the scripts have to know.
    pub fn describe(&self, folder: &Path, names: &[&str]) -> Result<()> {
        let (features, classes) = (self.features, self.classes);
        let text = serde_json::json!({ "models": names, "features": features, "classes": classes });
        fs::write(folder.join("models.json"), text.to_string())?;
        Ok(())
    }

    /// z^L and a^L of all samples (samples × n_L each), by the model in this file.
    pub fn results(&self, model: &Path) -> Result<(Vec<f32>, Vec<f32>)> {
        let file =
            fs::File::open(model).with_context(|| format!("cannot read {}", model.display()))?;
        let model = Model::<f32>::read_from(file, &Limits::default())?;
        let mut predictor = Predictor::new(&model.network);
        let (mut logits, mut outputs) = (Vec::new(), Vec::new());
        for block in self.pixels.chunks(BLOCK * self.features) {
            let mut rows = Vec::with_capacity(block.len());
            for sample in block.chunks(self.features) {
                let raw: Vec<f64> = sample.iter().map(|&pixel| pixel.into()).collect();
                rows.extend(model.normalization.apply(raw[..].into()).iter().map(|&x| x as f32));
            }
            let shape = (block.len() / self.features, self.features);
            let rows = ndarray::ArrayView2::from_shape(shape, &rows)?;
            let inputs = Inputs::from_values(rows)?;
            for (z, a) in predictor.results(&inputs, 0..shape.0)? {
                logits.extend_from_slice(z);
                outputs.extend_from_slice(a);
            }
        }
        Ok((logits, outputs))
    }
}

/// Writes numbers as their bytes.
pub fn write(path: &Path, numbers: &[f32]) -> Result<()> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads numbers that were written as their bytes.
pub fn read(path: &Path) -> Result<Vec<f32>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
}
