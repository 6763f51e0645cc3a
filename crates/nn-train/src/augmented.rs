//! Augmented samples, made anew for every epoch a chunk at a time, beside training where that
//! is faster.
//!
//! What becomes of an image depends on the seed, the epoch and the sample alone
//! ([`nn_data::augment`]), so neither threads nor chunks nor a stop change a bit, and nothing
//! of it has to be saved. There are two ways to share N threads between augmenting and
//! training, and both are measured as training goes on:
//!
//! - one after the other: all threads fill a chunk, then all train on it;
//! - side by side: one thread trains on a chunk while the others fill the next.
//!
//! A sample costs f/N + min(t₁, t_N) the first way, and max(t₁, f / (N − 1)) the second, where
//! f is the time to fill it, t₁ that to train on it alone and t_N that with all threads.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use ndarray::Array2;
use nn_core::engine::Report;
use nn_core::{Error, Inputs, Scalar, Targets};
use nn_data::augment::{Augmentation, AugmentationError, Augmenter, Key};
use nn_data::{Dataset, Features};

use crate::{BYTE_SCALE, Team};

/// Images a thread takes at a time.
const BLOCK: usize = 32;
/// Most bytes of a chunk's pixels, unless a single mini-batch has more.
const CHUNK_BYTES: usize = 16 << 20;

/// Makes the augmented samples of a run.
#[derive(Debug)]
pub(crate) struct Feeder {
    augmenter: Augmenter,
    dataset: Arc<Dataset>,
    /// The chunk that was filled while the one before it was trained on.
    next: Option<Chunk>,
    /// Seconds it takes one thread to fill a sample; `None` until it is measured.
    fill: Option<f64>,
}

/// The images of some places of an epoch's order.
#[derive(Debug)]
struct Chunk {
    epoch: u64,
    places: Range<usize>,
    /// Samples × pixels.
    pixels: Array2<u8>,
}

/// Where in training a chunk is.
#[derive(Debug, Clone)]
pub(crate) struct Place<'a> {
    /// Counted from 0.
    pub(crate) epoch: u64,
    /// The samples of the epoch in the order they are used.
    pub(crate) order: &'a [u32],
    /// The places of the order that are trained on now.
    pub(crate) now: Range<usize>,
    /// Those that will be trained on next; empty at the end of an epoch.
    pub(crate) next: Range<usize>,
}

/// Seconds that training on a sample takes: on one thread, and shared by all if it can be.
pub(crate) type Measured = (Option<f64>, Option<f64>);

impl Feeder {
    /// Augments the images of `dataset`.
    ///
    /// # Errors
    ///
    /// [`AugmentationError`] if they can't be.
    pub(crate) fn new(
        augmentation: &Augmentation,
        dataset: &Arc<Dataset>,
        seed: u64,
    ) -> Result<Self, AugmentationError> {
        let augmenter = Augmenter::new(&augmentation.check()?, dataset, seed)?;
        Ok(Self { augmenter, dataset: Arc::clone(dataset), next: None, fill: None })
    }

    /// The most samples there may be in a chunk.
    pub(crate) fn max_samples(&self) -> usize {
        CHUNK_BYTES / self.dataset.num_features()
    }

    /// Where the chunk that begins at place `first` of the order ends, if it is ready.
    pub(crate) fn ready(&self, epoch: u64, first: usize) -> Option<usize> {
        let next = self.next.as_ref()?;
        (next.epoch == epoch && next.places.start == first).then_some(next.places.end)
    }

    /// Calls `train` with the augmented samples of `place.now` and their targets, and says
    /// whether it should train on one thread, because the others are at work on `place.next`.
    pub(crate) fn run<T: Scalar>(
        &mut self,
        team: &Team,
        place: &Place<'_>,
        targets: &Targets<T>,
        measured: Measured,
        train: impl FnOnce(&Inputs<T>, &Targets<T>, bool) -> Result<Report, Error>,
    ) -> Result<Report, Error> {
        let kept = self.next.take();
        let is_now = |chunk: &Chunk| chunk.epoch == place.epoch && chunk.places == place.now;
        let chunk = match kept.filter(is_now) {
            Some(chunk) => chunk,
            None => self.filled(team, place, &place.now, team.threads() - 1, || ()).0,
        };
        let inputs = Inputs::from_bytes(chunk.pixels.view(), BYTE_SCALE)?;
        let targets = targets.select(&place.order[place.now.clone()]);
        if place.next.is_empty() || !self.is_faster_beside(team.threads(), measured) {
            return train(&inputs, &targets, false);
        }
        let helpers = team.threads() - 1;
        let train = || train(&inputs, &targets, true);
        let (next, report) = self.filled(team, place, &place.next, helpers, train);
        self.next = Some(next);
        report
    }

    /// Whether filling the next chunk beside training on this one is the faster way.
    fn is_faster_beside(&self, threads: usize, (alone, shared): Measured) -> bool {
        let (Some(fill), Some(alone)) = (self.fill, alone) else { return false };
        if threads == 1 {
            return false;
        }
        let in_turn = fill / threads as f64 + shared.map_or(alone, |shared| shared.min(alone));
        alone.max(fill / (threads - 1) as f64) < in_turn
    }

    /// A chunk, filled by `helpers` threads of the team while this thread does `meanwhile` and
    /// then helps them.
    fn filled<R>(
        &mut self,
        team: &Team,
        place: &Place<'_>,
        places: &Range<usize>,
        helpers: usize,
        meanwhile: impl FnOnce() -> R,
    ) -> (Chunk, R) {
        let (epoch, samples) = (place.epoch, &place.order[places.clone()]);
        let features = self.dataset.num_features();
        let mut pixels = Array2::zeros((samples.len(), features));
        let nanos = AtomicU64::new(0);
        let result = {
            let out = pixels.as_slice_mut().expect("a new array is contiguous");
            let blocks = out.chunks_mut(BLOCK * features).zip(samples.chunks(BLOCK));
            let blocks = Mutex::new(blocks);
            let fill = || {
                let mut scratch = self.augmenter.scratch();
                loop {
                    let block = blocks.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((out, samples)) = block else { break };
                    let start = Instant::now();
                    self.fill_block(epoch, samples, out, &mut scratch);
                    nanos.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
                }
            };
            team.beside(helpers, fill, meanwhile)
        };
        let seconds = nanos.into_inner() as f64 * 1e-9;
        self.fill = Some(seconds / samples.len().max(1) as f64);
        (Chunk { epoch, places: places.clone(), pixels }, result)
    }

    fn fill_block(
        &self,
        epoch: u64,
        samples: &[u32],
        out: &mut [u8],
        scratch: &mut nn_data::augment::Scratch,
    ) {
        let Features::U8(images) = self.dataset.features() else {
            unreachable!("the augmenter takes bytes only")
        };
        let labels = self.dataset.labels();
        for (&sample, out) in samples.iter().zip(out.chunks_mut(images.ncols())) {
            let row = sample as usize;
            let image = images.row(row).to_slice().expect("datasets are row-major");
            let key = Key { epoch, sample: u64::from(sample) };
            self.augmenter.augment_into(image, labels.get(row), key, out, scratch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faster_way_is_chosen() {
        let dataset = Arc::new(nn_data::sample::splits().train);
        let mut feeder = Feeder::new(&Augmentation::simard_2003(), &dataset, 1).unwrap();
        assert!(!feeder.is_faster_beside(2, (Some(10.0), Some(6.0))), "nothing is known yet");
        feeder.fill = Some(12.0);
        // In turn 6 + 6, beside max(10, 12): the same, so nothing is gained.
        assert!(!feeder.is_faster_beside(2, (Some(10.0), Some(6.0))));
        // A network too small to share: 6 + 10 in turn.
        assert!(feeder.is_faster_beside(2, (Some(10.0), Some(11.0))));
        assert!(feeder.is_faster_beside(2, (Some(10.0), None)));
        // Many threads: 0.75 + 1 in turn, against 10.
        assert!(!feeder.is_faster_beside(16, (Some(10.0), Some(1.0))));
        assert!(!feeder.is_faster_beside(1, (Some(10.0), None)));
    }
}
