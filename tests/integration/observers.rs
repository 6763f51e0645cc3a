//! An observer of one's own sees everything, and may stop training, which then goes on as if it had
//! never stopped.

use nn_core::{Cost, Network};
use nn_train::{Batches, Control, Ending, Epoch, Observer, Start, TrainParams, Trainer};

use crate::digits::{bits, network, samples};

/// Counts what it is shown, and stops after some mini-batches.
struct Counter {
    at_a_time: Option<usize>,
    stop_after: Option<usize>,
    starts: usize,
    batches: Vec<usize>,
    costs: Vec<f64>,
    epochs: Vec<(usize, f64)>,
}

impl Counter {
    fn new(at_a_time: Option<usize>, stop_after: Option<usize>) -> Self {
        let (batches, costs, epochs) = (Vec::new(), Vec::new(), Vec::new());
        Self { at_a_time, stop_after, starts: 0, batches, costs, epochs }
    }
}

impl Observer<f32> for Counter {
    fn on_start(&mut self, start: &Start<'_, f32>) {
        self.starts += 1;
        assert_eq!((start.samples, start.batches), (4_000, 134));
    }

    fn batches_at_a_time(&self) -> Option<usize> {
        self.at_a_time
    }

    fn on_batches(&mut self, batches: &Batches<'_, f32>) -> Control {
        assert_eq!(batches.costs.len(), batches.correct.len());
        assert!(batches.costs.len() <= self.at_a_time.unwrap_or(usize::MAX));
        self.batches.extend(batches.first..batches.first + batches.costs.len());
        self.costs.extend(batches.costs);
        let done = self.batches.len();
        if self.stop_after.is_some_and(|n| done >= n) { Control::Stop } else { Control::Continue }
    }

    fn on_epoch(&mut self, epoch: &Epoch<'_, f32>) -> Control {
        self.epochs.push((epoch.epoch, epoch.train_cost));
        Control::Continue
    }
}

const EPOCHS: usize = 2;

/// Trains to the end, stopping after each number of mini-batches in turn.
fn train(stops: &[usize], at_a_time: Option<usize>) -> (Network<f32>, Vec<Counter>) {
    let (train, _) = samples();
    let params = TrainParams { epochs: EPOCHS, batch_size: 30, ..TrainParams::default() };
    let mut trainer = Trainer::new(network(&[20]), &Cost::Quadratic, &train, &params).unwrap();
    let mut counters = Vec::new();
    for &stop in stops {
        let mut counter = Counter::new(at_a_time, Some(stop));
        assert_eq!(trainer.run(&mut counter).unwrap(), Ending::Stopped);
        counters.push(counter);
    }
    let mut counter = Counter::new(at_a_time, None);
    assert_eq!(trainer.run(&mut counter).unwrap(), Ending::Finished);
    counters.push(counter);
    (trainer.into_network(), counters)
}

#[test]
fn every_mini_batch_and_epoch_is_seen_once_and_in_order() {
    for at_a_time in [None, Some(1), Some(7), Some(1_000)] {
        let (_, counters) = train(&[], at_a_time);
        let seen = &counters[0];
        let expected: Vec<usize> = (0..EPOCHS).flat_map(|_| 0..134).collect();
        assert_eq!((seen.starts, &seen.batches), (1, &expected));
        let epochs: Vec<usize> = seen.epochs.iter().map(|(epoch, _)| *epoch).collect();
        assert_eq!(epochs, [1, 2]);
        // The epoch's cost is the mean over samples; its last mini-batch has 10 instead of 30.
        let costs = &seen.costs[..134];
        let mean = (costs[..133].iter().sum::<f64>() * 30.0 + costs[133] * 10.0) / 4_000.0;
        assert!((mean - seen.epochs[0].1).abs() < 1e-12, "{mean} and {}", seen.epochs[0].1);
    }
}

#[test]
fn how_often_it_looks_changes_nothing() {
    let expected = bits(&train(&[], None).0);
    for at_a_time in [1, 13, 134] {
        assert!(bits(&train(&[], Some(at_a_time)).0) == expected, "{at_a_time} at a time");
    }
}

#[test]
fn stopping_and_going_on_changes_nothing() {
    let (network, counters) = train(&[], None);
    for stops in [&[1][..], &[100, 50], &[133, 1, 1, 40]] {
        let (stopped, parts) = train(stops, Some(1));
        assert!(bits(&stopped) == bits(&network), "stops {stops:?}");
        let costs: Vec<f64> = parts.iter().flat_map(|part| part.costs.clone()).collect();
        assert_eq!(costs, counters[0].costs);
        let epochs: Vec<(usize, f64)> = parts.iter().flat_map(|p| p.epochs.clone()).collect();
        assert_eq!(epochs, counters[0].epochs);
    }
}
