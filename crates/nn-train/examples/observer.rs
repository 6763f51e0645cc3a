//! An observer of your own: it draws a line an epoch, and stops training when it is good enough.
//!
//! ```text
//! cargo run -p nn-train --example observer
//! ```

#![forbid(unsafe_code)]

use std::error::Error;

use nn_core::{Activation, Cost, NetworkBuilder};
use nn_train::{Control, Ending, Epoch, Observer, Samples, Start, TrainParams, Trainer};

/// Stops at the first epoch with this accuracy, in per cent, on the validation samples.
struct GoodEnough {
    wanted: f64,
    curve: Vec<f64>,
}

impl Observer<f32> for GoodEnough {
    fn on_start(&mut self, start: &Start<'_, f32>) {
        println!("{}, {} samples", start.network, start.samples);
    }

    fn on_epoch(&mut self, epoch: &Epoch<'_, f32>) -> Control {
        let Some(validation) = epoch.validation else { return Control::Continue };
        let accuracy = 100.0 * validation.accuracy();
        println!("{:2} {accuracy:5.1} % {}", epoch.epoch, "▪".repeat(accuracy as usize / 2));
        self.curve.push(accuracy);
        if accuracy >= self.wanted { Control::Stop } else { Control::Continue }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let digits = nn_data::sample::splits();
    let train = Samples::from_dataset(&digits.train)?;
    let validation = Samples::from_dataset(&digits.validation)?;
    let network =
        NetworkBuilder::<f32>::new(&[784, 30, 10]).output(Activation::Softmax).build(1)?;
    let params = TrainParams { learning_rate: 0.1, ..TrainParams::default() };
    let cost = Cost::SoftmaxCrossEntropy;
    let mut trainer =
        Trainer::new(network, &cost, &train, &params)?.with_validation(&validation)?;

    let mut observer = GoodEnough { wanted: 80.0, curve: Vec::new() };
    let ending = trainer.run(&mut observer)?;

    assert_eq!(ending, Ending::Stopped, "30 epochs would have been more than enough");
    assert_eq!(observer.curve.len(), trainer.epochs_done());
    assert!(observer.curve.last().is_some_and(|&last| last >= observer.wanted));
    Ok(())
}
