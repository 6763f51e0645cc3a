//! candle trains a network on MNIST, for `cargo xtask bench --peers`.

#[path = "../../protocol.rs"]
mod protocol;

use candle_core::{D, Device, Result, Tensor, Var};
use protocol::{Args, Images, PIXELS, Peer, Random, TRAINING_SAMPLES};

struct Network {
    /// Weights (outputs × inputs) and biases of each layer.
    layers: Vec<(Var, Var)>,
    relu: bool,
    rate: f64,
    batch: usize,
    samples: usize,
    x: Tensor,
    /// One-hot rows.
    y: Tensor,
    random: Random,
}

impl Network {
    fn new(args: &Args) -> Result<Self> {
        let device = Device::Cpu;
        let mut random = Random(1);
        let layers = args.layers.windows(2).map(|sizes| {
            let (n, m) = (sizes[0], sizes[1]);
            let w = Var::from_vec(random.weights(n, n * m), (m, n), &device)?;
            let b = Var::from_vec(vec![0f32; m], m, &device)?;
            Ok((w, b))
        });
        let layers = layers.collect::<Result<_>>()?;
        let images = Images::read(&args.data, "train", TRAINING_SAMPLES);
        let classes = args.layers[args.layers.len() - 1];
        let y = Tensor::from_vec(images.one_hot(classes), (TRAINING_SAMPLES, classes), &device)?;
        let x = Tensor::from_vec(images.pixels, (TRAINING_SAMPLES, PIXELS), &device)?;
        let (relu, rate) = (args.relu, args.learning_rate);
        let (batch, samples) = (args.batch, args.samples);
        Ok(Self { layers, relu, rate, batch, samples, x, y, random })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut a = x.clone();
        for (l, (w, b)) in self.layers.iter().enumerate() {
            a = a.matmul(&w.t()?)?.broadcast_add(b)?;
            if !self.relu {
                a = candle_nn::ops::sigmoid(&a)?;
            } else if l + 1 < self.layers.len() {
                a = a.relu()?;
            }
        }
        Ok(a)
    }

    fn step(&self, chosen: &[u32]) -> Result<()> {
        let index = Tensor::new(chosen, &Device::Cpu)?;
        let (x, y) = (self.x.index_select(&index, 0)?, self.y.index_select(&index, 0)?);
        let out = self.forward(&x)?;
        let m = chosen.len() as f64;
        let loss = if self.relu {
            (candle_nn::ops::log_softmax(&out, D::Minus1)? * &y)?
                .sum_all()?
                .affine(-1.0 / m, 0.0)?
        } else {
            (out - y)?.sqr()?.sum_all()?.affine(0.5 / m, 0.0)?
        };
        let gradients = loss.backward()?;
        for var in self.layers.iter().flat_map(|(w, b)| [w, b]) {
            let gradient = gradients.get(var).expect("every parameter has a gradient");
            var.set(&var.sub(&(gradient * self.rate)?)?)?;
        }
        Ok(())
    }
}

impl Peer for Network {
    fn turn(&mut self) {
        let order = self.random.order(self.samples);
        for chosen in order.chunks(self.batch) {
            self.step(chosen).expect("a step");
        }
    }

    fn classify(&mut self, pixels: &[f32]) -> Vec<u32> {
        let x = Tensor::from_slice(pixels, (pixels.len() / PIXELS, PIXELS), &Device::Cpu);
        let out = x.and_then(|x| self.forward(&x)?.argmax(D::Minus1)?.to_vec1());
        out.expect("a forward pass")
    }
}

/// The version that `Cargo.toml` pins.
const VERSION: &str = "0.11.1";

fn main() {
    let args = Args::parse();
    let network = Network::new(&args).expect("a network");
    protocol::run(&args, "candle", VERSION, network);
}
