//! burn trains a network on MNIST, for `cargo xtask bench --peers`.
//!
//! `--variant` chooses the backend: `flex`, or `ndarray`, which burn has deprecated.

#[path = "../../protocol.rs"]
mod protocol;

use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use protocol::{Args, Images, PIXELS, Peer, Random, TRAINING_SAMPLES};

struct Network {
    /// Weights (inputs × outputs) and biases of each layer, without autodiff.
    layers: Vec<(Tensor<2>, Tensor<2>)>,
    relu: bool,
    rate: f64,
    batch: usize,
    samples: usize,
    x: Tensor<2>,
    /// One-hot rows.
    y: Tensor<2>,
    random: Random,
    device: Device,
}

fn forward(layers: &[(Tensor<2>, Tensor<2>)], relu: bool, x: Tensor<2>) -> Tensor<2> {
    let mut a = x;
    for (l, (w, b)) in layers.iter().enumerate() {
        a = a.matmul(w.clone()) + b.clone();
        if !relu {
            a = activation::sigmoid(a);
        } else if l + 1 < layers.len() {
            a = activation::relu(a);
        }
    }
    a
}

impl Network {
    fn new(args: &Args) -> Self {
        #[allow(deprecated)]
        let device = if args.variant == "ndarray" { Device::ndarray() } else { Device::flex() };
        let tensor = |values: Vec<f32>, rows: usize| {
            let shape = [rows, values.len() / rows];
            Tensor::<2>::from_data(TensorData::new(values, shape), &device)
        };
        let mut random = Random(1);
        let layer = |sizes: &[usize]| {
            let (n, m) = (sizes[0], sizes[1]);
            (tensor(random.weights(n, n * m), n), tensor(vec![0.0; m], 1))
        };
        let layers = args.layers.windows(2).map(layer).collect();
        let images = Images::read(&args.data, "train", TRAINING_SAMPLES);
        let y = tensor(images.one_hot(args.layers[args.layers.len() - 1]), TRAINING_SAMPLES);
        let x = tensor(images.pixels, TRAINING_SAMPLES);
        let (relu, rate) = (args.relu, args.learning_rate);
        let (batch, samples) = (args.batch, args.samples);
        Self { layers, relu, rate, batch, samples, x, y, random, device }
    }

    fn step(&mut self, chosen: &[u32]) {
        let index: Vec<i64> = chosen.iter().map(|&i| i64::from(i)).collect();
        let index =
            Tensor::<1, Int>::from_data(TensorData::new(index, [chosen.len()]), &self.device);
        let x = self.x.clone().select(0, index.clone()).autodiff();
        let y = self.y.clone().select(0, index).autodiff();
        let layers = std::mem::take(&mut self.layers).into_iter();
        let layers: Vec<_> = layers
            .map(|(w, b)| (w.autodiff().require_grad(), b.autodiff().require_grad()))
            .collect();
        let out = forward(&layers, self.relu, x);
        let m = chosen.len() as f64;
        let loss = if self.relu {
            (activation::log_softmax(out, 1) * y).sum().mul_scalar(-1.0 / m)
        } else {
            (out - y).powi_scalar(2).sum().mul_scalar(0.5 / m)
        };
        let mut gradients = loss.backward();
        let mut update = |parameter: Tensor<2>| {
            let gradient = parameter.grad_remove(&mut gradients).expect("a gradient");
            parameter.inner() - gradient.mul_scalar(self.rate)
        };
        self.layers = layers.into_iter().map(|(w, b)| (update(w), update(b))).collect();
    }
}

impl Peer for Network {
    fn turn(&mut self) {
        let order = self.random.order(self.samples);
        for chosen in order.chunks(self.batch) {
            self.step(chosen);
        }
    }

    fn classify(&mut self, pixels: &[f32]) -> Vec<u32> {
        let shape = [pixels.len() / PIXELS, PIXELS];
        let x = Tensor::from_data(TensorData::new(pixels.to_vec(), shape), &self.device);
        let classes = forward(&self.layers, self.relu, x).argmax(1).into_data();
        classes.iter::<i64>().map(|class| class as u32).collect()
    }
}

/// The version that `Cargo.toml` pins.
const VERSION: &str = "0.22.0";

fn main() {
    let args = Args::parse();
    let name = if args.variant == "ndarray" { "burn, ndarray" } else { "burn, flex" };
    let network = Network::new(&args);
    protocol::run(&args, name, VERSION, network);
}
