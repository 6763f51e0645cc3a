//! MNIST in the form the trainer takes, and the memory it all took.

use std::path::Path;

use anyhow::Context;
use nn_train::Samples;

/// The first `count` training images, and the 10,000 test images.
pub fn load(folder: &Path, count: usize) -> anyhow::Result<(Samples<f32>, Samples<f32>)> {
    let (train, test) = nn_data::mnist::load(folder).context("MNIST can't be loaded")?;
    let train = if count < train.len() { train.split_at(count)?.0 } else { train };
    Ok((Samples::from_dataset(&train)?, Samples::from_dataset(&test)?))
}

/// The most memory this process has had, in KiB; 0 where the system does not tell.
pub fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
