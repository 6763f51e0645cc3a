//! Checkpoints: training stopped anywhere and resumed ends as if it had not stopped, and no
//! damaged file is taken for a checkpoint.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::io::{self, Cursor, Write};

use nn_core::{Cost, Inputs, Limits, Model, Network, NetworkBuilder, Scalar, Targets};
use nn_train::{
    Batches, Best, Checkpoint, CheckpointError, Control, Ending, Epoch, Observer, Samples,
    StateArray, TrainError, TrainParams, Trainer, TrainerState,
};

/// Stops after so many mini-batches, and keeps what each epoch reports.
struct StopAfter {
    batches: usize,
    epochs: Vec<(usize, u64, u64)>,
}

impl StopAfter {
    fn new(batches: usize) -> Self {
        Self { batches, epochs: Vec::new() }
    }
}

impl<T: Scalar> Observer<T> for StopAfter {
    fn batches_at_a_time(&self) -> Option<usize> {
        Some(1)
    }

    fn on_batches(&mut self, _: &Batches<'_, T>) -> Control {
        self.batches -= 1;
        if self.batches == 0 { Control::Stop } else { Control::Continue }
    }

    fn on_epoch(&mut self, epoch: &Epoch<'_, T>) -> Control {
        let costs = (epoch.train_cost.to_bits(), epoch.train_accuracy.to_bits());
        self.epochs.push((epoch.epoch, costs.0, costs.1));
        Control::Continue
    }
}

fn samples<T: Scalar>(n: usize) -> Samples<T> {
    let dataset = nn_data::sample::splits().train.split_at(n).unwrap().0;
    Samples::from_dataset(&dataset).unwrap()
}

fn to_bytes<T: Scalar>(checkpoint: &Checkpoint<T>) -> Vec<u8> {
    let mut bytes = Vec::new();
    checkpoint.write_to(&mut bytes).unwrap();
    bytes
}

fn from_bytes<T: Scalar>(bytes: &[u8]) -> Checkpoint<T> {
    Checkpoint::read_from(Cursor::new(bytes), &Limits::default()).unwrap()
}

/// Stops training at every mini-batch there is, and resumes it on other threads.
fn stop_anywhere<T: Scalar>(hidden: usize, n: usize, params: &TrainParams) {
    let samples = samples::<T>(n);
    let cost = Cost::CrossEntropy;
    let network = NetworkBuilder::<T>::new(&[784, hidden, 10]).build(5).unwrap();
    let mut whole = StopAfter::new(usize::MAX);
    let expected = {
        let mut trainer = Trainer::new(network.clone(), &cost, &samples, params).unwrap();
        trainer.run(&mut whole).unwrap();
        trainer.into_network()
    };
    let batches = n.div_ceil(params.batch_size);
    for stop in 1..=batches * params.epochs {
        let threads = 1 + stop % 3;
        let before = TrainParams { threads, ..params.clone() };
        let mut trainer = Trainer::new(network.clone(), &cost, &samples, &before).unwrap();
        let mut first = StopAfter::new(stop);
        assert_eq!(trainer.run(&mut first).unwrap(), Ending::Stopped);
        let state = trainer.state();
        assert_eq!(state.epoch * batches + state.batch, stop);
        let model = Model::new(trainer.into_network(), cost.clone());
        let bytes = to_bytes(&Checkpoint { model, state, best: None });

        let mut checkpoint = from_bytes::<T>(&bytes);
        assert_eq!(to_bytes(&checkpoint), bytes);
        checkpoint.state.params.threads = 1 + (stop + 1) % 3;
        let Checkpoint { model, state, .. } = checkpoint;
        let mut trainer = Trainer::resume(model.network, &model.cost, &samples, &state).unwrap();
        let mut second = StopAfter::new(usize::MAX);
        assert_eq!(trainer.run(&mut second).unwrap(), Ending::Finished);
        assert!(same_bits(trainer.network(), &expected), "stopped after {stop} mini-batches");
        assert_eq!([first.epochs, second.epochs].concat(), whole.epochs, "after {stop}");
    }
}

fn same_bits<T: Scalar>(a: &Network<T>, b: &Network<T>) -> bool {
    let bits = |network: &Network<T>| {
        let mut bytes = Vec::new();
        Model::new(network.clone(), Cost::Quadratic).write_to(&mut bytes).unwrap();
        bytes
    };
    bits(a) == bits(b)
}

#[test]
fn a_stop_anywhere_changes_no_bit() {
    let params = TrainParams {
        epochs: 3,
        batch_size: 7,
        learning_rate: 0.5,
        lambda: 1.0,
        seed: 11,
        threads: 2,
        ..TrainParams::default()
    };
    stop_anywhere::<f32>(12, 100, &params);
    stop_anywhere::<f64>(5, 30, &params);
}

#[test]
fn a_stop_anywhere_changes_no_bit_where_threads_share_the_steps() {
    let params = TrainParams { epochs: 2, batch_size: 32, lambda: 0.1, ..TrainParams::default() };
    stop_anywhere::<f32>(48, 200, &params);
}

/// A small checkpoint with everything in it.
fn checkpoint<T: Scalar>() -> Checkpoint<T> {
    let network = NetworkBuilder::<T>::new(&[2, 3, 2]).build(1).unwrap();
    let inputs = ndarray::Array2::from_shape_fn((9, 2), |(i, j)| T::from_f64((i + j) as f64));
    let targets = Targets::one_hot((0..9).map(|i| i % 2).collect(), 2).unwrap();
    let samples = Samples::new(Inputs::from_values(inputs.view()).unwrap(), targets).unwrap();
    let params = TrainParams { batch_size: 2, learning_rate: 0.1 + 0.2, ..TrainParams::default() };
    let params = TrainParams { seed: u64::MAX, ..params };
    let mut trainer = Trainer::new(network, &Cost::Quadratic, &samples, &params).unwrap();
    trainer.run(&mut StopAfter::new(8)).unwrap();
    let mut state = trainer.state();
    let values = vec![T::from_f64(1.5), T::from_f64(-0.0), T::from_f64(1e-40)];
    state.optimizer.push(StateArray { name: "velocity".to_owned(), values });
    state.optimizer.push(StateArray { name: "steps".to_owned(), values: Vec::new() });
    let model = Model::new(trainer.into_network(), Cost::Quadratic);
    Checkpoint { model, state, best: Some(Best { epoch: 1, accuracy: 0.1 + 0.2 }) }
}

#[test]
fn everything_comes_back_to_the_last_bit() {
    let single = checkpoint::<f32>();
    assert_eq!(from_bytes(&to_bytes(&single)), single);
    assert!(from_bytes::<f32>(&to_bytes(&single)).state.optimizer[0].values[1].is_sign_negative());
    let double = checkpoint::<f64>();
    assert_eq!(from_bytes(&to_bytes(&double)), double);
}

fn is_rejected(bytes: &[u8]) -> bool {
    Checkpoint::<f32>::read_from(Cursor::new(bytes), &Limits::default()).is_err()
}

#[test]
fn every_truncation_and_every_flipped_bit_is_rejected() {
    let bytes = to_bytes(&checkpoint::<f32>());
    assert!(!is_rejected(&bytes));
    for length in 0..bytes.len() {
        assert!(is_rejected(&bytes[..length]), "{length} bytes");
    }
    assert!(is_rejected(&[&bytes[..], b"\0"].concat()));
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(is_rejected(&damaged), "bit {bit}");
    }
}

/// A full disk: takes so many bytes, the last of them by a short write, and then no more.
struct FullDisk<W> {
    disk: W,
    left: usize,
}

impl<W: Write> Write for FullDisk<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let written = self.disk.write(&bytes[..bytes.len().min(self.left)])?;
        self.left -= written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.disk.flush()
    }
}

#[test]
fn a_disk_that_is_full_at_any_byte_leaves_the_old_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.nnc");
    let old = checkpoint::<f32>();
    let mut new = old.clone();
    new.best = None;
    let (old, length) = (to_bytes(&old), to_bytes(&new).len());
    std::fs::write(&path, &old).unwrap();
    let save = |left| {
        nn_data::durable::write_file(&path, |disk| {
            new.write_to(FullDisk { disk, left }).map_err(|error| match error {
                CheckpointError::Io(error) => error,
                other => panic!("{other}"),
            })
        })
    };
    for left in 0..length {
        assert_eq!(save(left).unwrap_err().kind(), io::ErrorKind::StorageFull, "{left} bytes");
        assert!(std::fs::read(&path).unwrap() == old);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "litter");
    }
    save(length).unwrap();
    assert!(std::fs::read(&path).unwrap() == to_bytes(&new));
}

/// Makes the checksum and the lengths right again after the payload was changed.
fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let payload = (bytes.len() - 64) as u64;
    bytes[24..32].copy_from_slice(&payload.to_le_bytes());
    let sum = Sha256::new().chain_update(&bytes[64..]).chain_update(&bytes[..32]).finalize();
    bytes[32..64].copy_from_slice(&sum);
    bytes
}

#[test]
fn lies_under_a_right_checksum_are_rejected() {
    let bytes = to_bytes(&checkpoint::<f32>());
    let head = u64::from_le_bytes(bytes[16..24].try_into().unwrap()) as usize;
    let text = std::str::from_utf8(&bytes[64..64 + head]).unwrap();
    let with_head = |text: &str| {
        let mut lie = [&bytes[..64], text.as_bytes(), &bytes[64 + head..]].concat();
        lie[16..24].copy_from_slice(&(text.len() as u64).to_le_bytes());
        seal(lie)
    };
    assert!(!is_rejected(&with_head(text)));
    for (from, to) in [
        ("\"values\":3", "\"values\":18446744073709551615"),
        ("\"values\":3", "\"values\":4611686018427387904"),
        ("\"values\":3", "\"values\":4"),
        ("\"values\":3", "\"values\":2"),
        ("\"values\":0", "\"values\":18446744073709551613"),
        ("\"batch\":3", "\"batch\":-3"),
        ("\"epoch\":1", "\"epoch\":1.5"),
        ("\"batch_size\"", "\"batchsize\""),
    ] {
        assert!(text.contains(from), "{text}");
        assert!(is_rejected(&with_head(&text.replace(from, to))), "{to}");
    }
    // Any payload at all: nothing panics, and none is long enough to be a checkpoint.
    for length in 0..200 {
        let mut lie = bytes[..64 + length].to_vec();
        for state in [0, length as u64, u64::MAX] {
            lie[16..24].copy_from_slice(&state.to_le_bytes());
            assert!(is_rejected(&seal(lie.clone())));
        }
    }
}

#[test]
fn a_position_that_cannot_be_is_refused() {
    let samples = samples::<f32>(20);
    let network = NetworkBuilder::<f32>::new(&[784, 4, 10]).build(1).unwrap();
    let params = TrainParams { epochs: 2, ..TrainParams::default() };
    let good = Trainer::new(network.clone(), &Cost::Quadratic, &samples, &params).unwrap().state();
    let resume = |change: &dyn Fn(&mut TrainerState<f32>)| {
        let mut state = good.clone();
        change(&mut state);
        Trainer::resume(network.clone(), &Cost::Quadratic, &samples, &state).map(drop)
    };
    resume(&|_| {}).unwrap();
    resume(&|state| state.epoch = 2).unwrap();
    // All mini-batches, but not the end of the epoch.
    resume(&|state| state.batch = 2).unwrap();
    let bad: [fn(&mut TrainerState<f32>); 6] = [
        |state| state.samples = 21,
        |state| state.epoch = 3,
        |state| state.batch = 3,
        |state| (state.epoch, state.batch) = (2, 1),
        |state| state.correct = 1,
        |state| {
            let array = StateArray { name: "velocity".to_owned(), values: vec![1.0] };
            state.optimizer.push(array);
        },
    ];
    for change in bad {
        assert!(matches!(resume(&change), Err(TrainError::Resume(_))));
    }
}
