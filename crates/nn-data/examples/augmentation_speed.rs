//! Times augmentation on one core: `cargo run --release -p nn-data --example augmentation_speed`.
//!
//! Prints the microseconds an image of 28×28 takes: the fastest of 480 blocks of 50 images, so that
//! other work on the machine counts little.

use std::time::{Duration, Instant};

use nn_data::augment::PRESETS;
use nn_data::{Augmentation, AugmentationError, Augmenter, sample};

/// Images a block.
const BLOCK: usize = 50;
/// Epochs over the sample's 4,000 training digits.
const EPOCHS: u64 = 6;

fn main() -> Result<(), AugmentationError> {
    let digits = sample::splits().train;
    let rotation = Augmentation { rotation: 15.0, ..Augmentation::default() };
    let presets = PRESETS.iter().filter_map(|name| Some((*name, Augmentation::preset(name)?)));
    for (name, augmentation) in presets.chain([("rotation", rotation)]) {
        let augmenter = Augmenter::new(&augmentation.check()?, &digits, 1)?;
        let mut scratch = augmenter.scratch();
        let mut out = vec![0; BLOCK * digits.num_features()];
        let mut fastest = Duration::MAX;
        for epoch in 0..EPOCHS {
            for first in (0..digits.len()).step_by(BLOCK) {
                let start = Instant::now();
                let samples = first..first + BLOCK;
                augmenter.fill_block(&digits, epoch, samples, &mut out, &mut scratch);
                fastest = fastest.min(start.elapsed());
            }
        }
        println!("{name:14} {:5.1} µs an image", fastest.as_secs_f64() * 1e6 / BLOCK as f64);
    }
    Ok(())
}
